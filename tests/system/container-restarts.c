/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows the end of a container whose definition says restart: one that ends at once is given
 * more and more time, and then up. */
#include "tests/lib/container.h"

#define ENDS_AT_ONCE(status) "<initarg>exit</initarg><initarg>" #status "</initarg>"
#define RESTARTS 10

static guint rebooted(VesselHost *host)
{
    g_autoptr(GPtrArray) events = vt_events(host);
    return vt_count_events(events, "domain.rebooted", NULL);
}

static char *read_log(void)
{
    g_autofree char *path = g_strdup_printf("%s/log/web.log", vt_state());
    char *log = NULL;
    assert_true(g_file_get_contents(path, &log, NULL, NULL));
    return log;
}

/* All of it takes what the pauses come to, some 42 s in which nothing is done. */
static void test_given_up(void **state)
{
    static const char *const pauses[] = {"100",  "200",  "400",   "800",   "1600",
                                         "3200", "6400", "10000", "10000", "10000"};
    (void)state;
    VesselHost *host = vt_container_host();
    int64_t began = vt_now_us();
    VesselDomain *domain =
        vt_container_begin(host, ENDS_AT_ONCE(3), "<on_crash>restart</on_crash>");
    vt_wait(vt_container_is_off, domain, 57000);
    assert_true(vt_now_us() - began > 42 * G_USEC_PER_SEC);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "failed");
    assert_int_equal(rebooted(host), RESTARTS);
    g_autofree char *log = read_log();
    const char *at = log;
    for (size_t i = 0; i < G_N_ELEMENTS(pauses); i++) {
        g_autofree char *words =
            g_strdup_printf("the container is started again in %s ms\n", pauses[i]);
        at = strstr(at, words);
        if (!at)
            fail_msg("no pause of %s ms, number %zu, in: %s", pauses[i], i + 1, log);
        at += strlen(words);
    }
    assert_non_null(strstr(at, "was not restarted again"));
    /* It can be started by hand, and is given as much again. */
    vt_start(domain);
    vt_destroy(domain);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    vt_container_done(host, domain);
}

/* Somebody who asks is not made to wait for a pause. */
static void test_ended_in_a_pause(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_container_begin(host, ENDS_AT_ONCE(0), "<on_poweroff>restart</on_poweroff>");
    for (int i = 0; i < 1000 && rebooted(host) < 5; i++)
        g_usleep(20000);
    assert_true(rebooted(host) >= 5); /* the next pause is of 3.2 s */
    int64_t began = vt_now_us();
    vt_destroy(domain);
    assert_true(vt_now_us() - began < 2 * G_USEC_PER_SEC);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    guint before = rebooted(host);
    g_usleep(4 * G_USEC_PER_SEC);
    assert_int_equal(rebooted(host), before);
    vt_container_done(host, domain);
}

/* What the definition says of another end is not said of this one. */
static void test_other_ends(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_container_begin(host, ENDS_AT_ONCE(0), "<on_crash>restart</on_crash>");
    vt_wait(vt_container_is_off, domain, 10000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "exit:0");
    assert_int_equal(rebooted(host), 0);
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_ended_in_a_pause),
        cmocka_unit_test(test_other_ends),
    };
    return vt_main(tests);
}
