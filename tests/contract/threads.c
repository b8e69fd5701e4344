/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"
#include <pthread.h>
#include <stdatomic.h>

#define THREADS 64

typedef struct {
    VesselHost *host;
    _Atomic int wrong;
    int number;
} Crowd;

static bool is_expected(int code)
{
    return code >= 0 || code == VESSEL_ERROR_CLOSED || code == VESSEL_ERROR_NOT_FOUND ||
           code == VESSEL_ERROR_EXISTS || code == VESSEL_ERROR_WRONG_STATE;
}

/* Calls of every kind until the host is closed. */
static void *be_busy(void *data)
{
    Crowd *crowd = data;
    for (int i = 0;; i++) {
        g_autofree char *name = g_strdup_printf("d%d", i % 16);
        g_autofree char *xml = suite_xml(name, NULL, NULL);
        VesselDomain *domain = NULL, **list = NULL;
        int codes[4] = {vessel_domain_define(crowd->host, xml, NULL, &domain, NULL)};
        vessel_domain_unref(domain);
        codes[1] = vessel_domain_list(crowd->host, 0, &list, NULL, NULL);
        vessel_domain_list_free(list);
        codes[2] = vessel_domain_lookup_by_name(crowd->host, name, &domain, NULL);
        if (codes[2] == 0) {
            codes[3] = vessel_domain_state(domain, NULL, NULL);
            if (i % 8 == 7)
                vessel_domain_undefine(domain, NULL, NULL);
            vessel_domain_unref(domain);
        }
        for (int k = 0; k < 4; k++) {
            if (!is_expected(codes[k]))
                atomic_store(&crowd->wrong, codes[k]);
        }
        if (codes[1] == VESSEL_ERROR_CLOSED)
            return NULL;
    }
}

static void test_close_among_64_threads(void **state)
{
    VesselError *err = NULL;
    pthread_t threads[THREADS];
    (void)state;
    Crowd crowd = {.host = suite_host()};
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, be_busy, &crowd), 0);
    g_usleep(300 * 1000);
    assert_int_equal(vessel_host_close(crowd.host, &err), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.wrong, 0);
    vessel_host_unref(crowd.host);
}

static void *start_it(void *data)
{
    VesselDomain *domain = data;
    return GINT_TO_POINTER(vessel_domain_start(domain, NULL, NULL, NULL));
}

/* Of many that start one domain, one does. */
static void test_one_start_wins(void **state)
{
    VesselError *err = NULL;
    pthread_t threads[8];
    int won = 0, lost = 0;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    VesselDomain *domain = suite_define(host, "web");
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, start_it, domain);
    for (int i = 0; i < 8; i++) {
        void *code;
        pthread_join(threads[i], &code);
        won += GPOINTER_TO_INT(code) == 0;
        lost += GPOINTER_TO_INT(code) == VESSEL_ERROR_WRONG_STATE;
    }
    assert_int_equal(won, 1);
    assert_int_equal(lost, 7);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void *end_it(void *data)
{
    VesselDomain *domain = data;
    int code = vessel_domain_destroy(domain, NULL, NULL);
    if (code && code != VESSEL_ERROR_WRONG_STATE && code != VESSEL_ERROR_NOT_FOUND)
        return GINT_TO_POINTER(code);
    vessel_domain_undefine(domain, NULL, NULL);
    return NULL;
}

/* Many that destroy and undefine one domain at once: it ends once, and nobody trips over it. */
static void test_it_ends_once(void **state)
{
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    for (int round = contract.mock ? 200 : 2; round > 0; round--) {
        pthread_t threads[8];
        VesselEventStream *stream = NULL;
        VesselEvent *event = NULL;
        VesselError *err = NULL;
        VesselDomain *domain = suite_define(host, "web");
        int stopped = 0;
        suite_start(domain);
        vessel_host_subscribe(host, NULL, &stream, &err);
        vt_no_error(err);
        for (int i = 0; i < 8; i++)
            pthread_create(&threads[i], NULL, end_it, domain);
        for (int i = 0; i < 8; i++) {
            void *code;
            pthread_join(threads[i], &code);
            assert_int_equal(GPOINTER_TO_INT(code), 0);
        }
        while (vessel_event_stream_next(stream, contract.mock ? 0 : 100, &event, &err) == 1) {
            stopped += g_str_equal(vessel_event_kind(event), "domain.stopped");
            vessel_event_free(event);
        }
        vt_no_error(err);
        assert_int_equal(stopped, 1);
        vessel_event_stream_unref(stream);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
}

/* A host leaves nothing behind in the program. */
static void test_open_100_times(void **state)
{
    (void)state;
    vessel_host_unref(suite_host());
    int before = vt_fd_count();
    for (int i = 0; i < 100; i++) {
        VesselHost *host = suite_host();
        VesselDomain *domain = suite_define(host, "web");
        vessel_domain_unref(domain);
        vessel_host_unref(host);
    }
    assert_int_equal(vt_fd_count(), before);
}

const struct CMUnitTest suite_threads[] = {
    cmocka_unit_test(test_close_among_64_threads),
    cmocka_unit_test(test_one_start_wins),
    cmocka_unit_test(test_it_ends_once),
    cmocka_unit_test(test_open_100_times),
    {0},
};
