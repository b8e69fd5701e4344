/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"
#include <poll.h>
#include <pthread.h>

static VesselEventStream *subscribe(VesselHost *host, const VesselEventOptions *options)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    vessel_host_subscribe(host, options, &stream, &err);
    vt_no_error(err);
    return stream;
}

static void test_events_of_a_life(void **state)
{
    static const char *const kinds[] = {"domain.defined", "domain.started", "domain.suspended",
                                        "domain.resumed", "domain.stopped", "domain.undefined"};
    VesselError *err = NULL;
    uint64_t last = 0;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_suspend");
    VesselEventStream *stream = subscribe(host, NULL);
    VesselDomain *domain = suite_define(host, "web");
    suite_start(domain);
    vessel_domain_suspend(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_resume(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_undefine(domain, NULL, &err);
    vt_no_error(err);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        VesselEvent *event = suite_event(stream, kinds[i]);
        assert_true(vessel_event_number(event) > last);
        last = vessel_event_number(event);
        assert_string_equal(vessel_event_object_uuid(event), vessel_domain_get_uuid(domain));
        assert_string_equal(vessel_event_object_name(event), "web");
        assert_true(g_str_has_suffix(vessel_event_time(event), "Z"));
        assert_true(*vessel_event_epoch(event));
        g_autofree char *who = g_strdup_printf("\"author\":\"pid %d (suite)", getpid());
        char *json = vessel_event_json(event);
        assert_non_null(strstr(json, who));
        vessel_free(json);
        vessel_event_free(event);
    }
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_from_a_place(void **state)
{
    VesselError *err = NULL;
    VesselEventOptions options = VESSEL_EVENT_OPTIONS_INIT;
    char *epoch = NULL;
    uint64_t number = 0;
    (void)state;
    VesselHost *host = suite_host();
    VesselEventStream *stream = subscribe(host, NULL);
    vessel_domain_unref(suite_define(host, "one"));
    vessel_event_free(suite_event(stream, "domain.defined"));
    vessel_event_stream_place(stream, &epoch, &number, &err);
    vt_no_error(err);
    vessel_event_stream_unref(stream);
    vessel_domain_unref(suite_define(host, "two"));
    vessel_domain_unref(suite_define(host, "three"));
    options.epoch = epoch;
    options.number = number;
    stream = subscribe(host, &options);
    VesselEvent *event = suite_event(stream, "domain.defined");
    assert_string_equal(vessel_event_object_name(event), "two");
    vessel_event_free(event);
    event = suite_event(stream, "domain.defined");
    assert_string_equal(vessel_event_object_name(event), "three");
    vessel_event_free(event);
    assert_int_equal(vessel_event_stream_next(stream, 0, &event, &err), 0);
    assert_null(event);
    vessel_event_stream_unref(stream);
    vessel_free(epoch);
    options.epoch = "0123456789abcdef"; /* before a reboot */
    stream = subscribe(host, &options);
    vessel_event_stream_next(stream, 1000, &event, &err);
    vt_no_error(err);
    assert_string_equal(vessel_event_kind(event), "host.gap");
    vessel_event_free(event);
    vessel_event_stream_unref(stream);
    options.epoch = NULL;
    options.number = 7;
    vessel_host_subscribe(host, &options, &stream, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_host_unref(host);
}

static void test_filters(void **state)
{
    VesselError *err = NULL;
    VesselEventOptions kind = VESSEL_EVENT_OPTIONS_INIT, uuid = VESSEL_EVENT_OPTIONS_INIT;
    VesselEvent *event = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *one = suite_define(host, "one"), *two = suite_define(host, "two");
    kind.kind = "domain.undefined";
    VesselEventStream *by_kind = subscribe(host, &kind);
    uuid.uuid = vessel_domain_get_uuid(two);
    VesselEventStream *by_uuid = subscribe(host, &uuid);
    vessel_domain_set_autostart(one, 1, NULL, &err);
    vessel_domain_set_autostart(two, 1, NULL, &err);
    vessel_domain_undefine(one, NULL, &err);
    vt_no_error(err);
    assert_int_equal(vessel_event_stream_next(by_kind, 10000, &event, &err), 1);
    assert_string_equal(vessel_event_object_name(event), "one");
    vessel_event_free(event);
    assert_int_equal(vessel_event_stream_next(by_uuid, 10000, &event, &err), 1);
    assert_string_equal(vessel_event_kind(event), "domain.changed");
    vessel_event_free(event);
    assert_int_equal(vessel_event_stream_next(by_uuid, 0, &event, &err), 0);
    vessel_event_stream_unref(by_kind);
    vessel_event_stream_unref(by_uuid);
    vessel_domain_unref(one);
    vessel_domain_unref(two);
    vessel_host_unref(host);
}

static void test_descriptor(void **state)
{
    VesselError *err = NULL;
    VesselEvent *event = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselEventStream *stream = subscribe(host, NULL);
    struct pollfd poller = {vessel_event_stream_fd(stream, &err), POLLIN, 0};
    while (vessel_event_stream_next(stream, 0, &event, &err) == 1)
        vessel_event_free(event);
    assert_int_equal(poll(&poller, 1, 0), 0);
    vessel_domain_unref(suite_define(host, "one"));
    assert_int_equal(poll(&poller, 1, 10000), 1);
    assert_int_equal(vessel_event_stream_next(stream, 0, &event, &err), 1);
    vessel_event_free(event);
    vessel_event_stream_unref(stream);
    vessel_host_unref(host);
}

static void *close_soon(void *data)
{
    g_usleep(100 * 1000);
    vessel_host_close(data, NULL);
    return NULL;
}

static void test_closed_while_waiting(void **state)
{
    VesselError *err = NULL;
    VesselEvent *event = NULL;
    pthread_t thread;
    (void)state;
    VesselHost *host = suite_host();
    VesselEventStream *stream = subscribe(host, NULL);
    assert_int_equal(pthread_create(&thread, NULL, close_soon, host), 0);
    assert_int_equal(vessel_event_stream_next(stream, -1, &event, &err), VESSEL_ERROR_CLOSED);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    pthread_join(thread, NULL);
    vessel_event_stream_unref(stream);
    vessel_host_unref(host);
}

const struct CMUnitTest suite_events[] = {
    cmocka_unit_test(test_events_of_a_life),
    cmocka_unit_test(test_from_a_place),
    cmocka_unit_test(test_filters),
    cmocka_unit_test(test_descriptor),
    cmocka_unit_test(test_closed_while_waiting),
    {0},
};
