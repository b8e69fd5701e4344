/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lives of containers: how one ends and who learns of it, when its warden is replaced; what
 * follows an end; ids, limits and groups of one life and the next. */
#include "base/file.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void tell(VesselDomain *domain, int number)
{
    assert_int_equal(kill(vt_container_program(domain), number), 0);
}

#define OBEY(status) "<initarg>obey</initarg><initarg>" #status "</initarg>"

/* ---- how it ended ---- */

static void test_end_seen_by_another_warden(void **state)
{
    static const struct {
        int signal;
        const char *reason, *exit;
    } cases[] = {{SIGUSR1, "exit:7", "\"exit\":{\"status\":7}"},
                 {SIGHUP, NULL, NULL}, /* its console's, which it does not hear */
                 {SIGKILL, "signal:9", "\"exit\":{\"signal\":9}"}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VesselHost *host = vt_container_host();
        VesselDomain *domain = vt_container_begin(host, OBEY(7), "");
        vt_container_await(domain, "ready");
        vt_container_kill_warden(domain);
        vt_container_have_adopted(domain);
        tell(domain, cases[i].signal);
        if (cases[i].reason) {
            vt_wait(vt_container_is_off, domain, 5000);
            vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, cases[i].reason);
            vt_container_event(host, "domain.stopped", cases[i].exit);
        } else {
            vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
        }
        vt_container_done(host, domain);
    }
}

/* The record is in the user's own runtime folder. */
static void test_end_of_a_users_container(void **state)
{
    (void)state;
    vt_need_root(); /* who is none already runs all the others so */
    vt_as_user();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, OBEY(7), "");
    vt_container_await(domain, "ready");
    vt_container_kill_warden(domain);
    vt_container_have_adopted(domain);
    tell(domain, SIGUSR1);
    vt_wait(vt_container_is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "exit:7");
    vt_container_done(host, domain);
}

/* It ended before anybody came; and with it, at once. */
static void test_end_seen_by_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        VesselHost *host = vt_container_host();
        VesselDomain *domain = vt_container_begin(host, OBEY(7), "");
        vt_container_await(domain, "ready");
        pid_t first = vt_container_pids(domain).guest;
        if (i == 0)
            vt_container_kill_warden(domain);
        tell(domain, SIGUSR1);
        if (i == 1) {
            pid_t warden = vt_container_pids(domain).warden;
            if (warden > 0)
                kill(warden, SIGKILL);
        }
        vt_gone(first, 2000);
        vt_wait(vt_container_is_off, domain, 5000);
        vt_container_event(host, "domain.stopped", "\"exit\":{\"status\":7}");
        vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "exit:7");
        vt_container_done(host, domain);
    }
}

/* Who looks it up in that moment takes away what is left of it while its warden still does. */
static void test_transient_swept_at_its_end(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *xml = vt_container_xml("web", "exit", "");
    for (int i = 0; i < 10; i++) {
        VesselDomain *domain = NULL, *seen = NULL;
        VesselError *err = NULL;
        vessel_domain_create(host, xml, NULL, NULL, &domain, &err);
        vt_no_error(err);
        vessel_domain_unref(domain);
        while (vessel_domain_lookup_by_name(host, "web", &seen, NULL) == 0)
            vessel_domain_unref(seen);
    }
    vt_nothing_left();
    g_autofree char *path = g_strdup_printf("%s/log/web.log", vt_state()), *log = NULL;
    assert_true(g_file_get_contents(path, &log, NULL, NULL));
    assert_null(strstr(log, "cannot write"));
    vessel_host_unref(host);
}

/* An init leaves no record, and who was its parent is gone: the kernel tells, or nobody. */
static void test_end_of_an_init_that_was_adopted(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_container_begin(host, "<initarg>init</initarg>",
                           "<vessel:init kind='init'/><vessel:overlay target='/' upper='memory'/>");
    vt_container_await(domain, "init is 1");
    vt_container_kill_warden(domain);
    vt_container_have_adopted(domain);
    pid_t first = vt_container_pids(domain).guest;
    assert_int_equal(kill(first, SIGKILL), 0);
    for (int i = 0; i < 500 && waitpid(-1, NULL, WNOHANG) != first; i++)
        g_usleep(1000); /* it became ours */
    vt_wait(vt_container_is_off, domain, 5000);
    char *reason = NULL;
    VesselError *err = NULL;
    vessel_domain_state(domain, &reason, &err);
    vt_no_error(err);
    if (strcmp(reason, "unknown") != 0) /* before Linux 6.15 */
        assert_string_equal(reason, "signal:9");
    vessel_free(reason);
    vt_container_done(host, domain);
}

/* The warden that restarts it is not the one that started it, and so again. Each life has a record
 * of its own: the last one was killed and left none. */
static void test_restarted_by_an_adopter(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, OBEY(7), "<on_crash>restart</on_crash>");
    for (int i = 0; i < 2; i++) {
        vt_container_await(domain, "ready");
        vt_container_kill_warden(domain);
        vt_container_have_adopted(domain);
        VtLives lives = vt_container_lives(host);
        tell(domain, SIGUSR1);
        vt_wait(vt_container_lives_again, &lives, 10000);
    }
    vt_container_await(domain, "ready");
    vt_container_event(host, "domain.rebooted", "");
    assert_true(vt_container_program(domain) > 0);
    vt_destroy(domain);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    vt_container_done(host, domain);
}

/* Who takes over knows what was asked. */
static void test_shutdown_asked_of_an_earlier_warden(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_container_begin(host, "<initarg>stubborn</initarg>", "<on_crash>restart</on_crash>");
    vt_container_await(domain, "ready");
    vessel_domain_shutdown(domain, NULL, &err); /* it does not hear it */
    vt_no_error(err);
    vt_container_kill_warden(domain);
    vt_container_have_adopted(domain);
    tell(domain, SIGKILL);
    vt_wait(vt_container_is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_done(host, domain);
}

/* ---- asked to end ---- */

static void shut_down(VesselDomain *domain)
{
    VesselError *err = NULL;
    vessel_domain_shutdown(domain, NULL, &err);
    vt_no_error(err);
}

static void test_shutdown_by_another_signal(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, OBEY(7), "<vessel:shutdown signal='SIGUSR1'/>");
    vt_container_await(domain, "ready");
    shut_down(domain);
    vt_wait(vt_container_is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_event(host, "domain.stopped", "\"exit\":{\"status\":7}");
    vt_container_done(host, domain);
}

#define STUBBORN "<initarg>stubborn</initarg>"

/* Not before its time, which who asks again does not put off. */
static void test_shutdown_that_is_not_heard(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, STUBBORN, "<vessel:shutdown timeout='1'/>");
    vt_container_await(domain, "ready");
    int64_t began = vt_now_us();
    while (vt_state_of(domain) != VESSEL_DOMAIN_SHUT_OFF && vt_now_us() - began < 10000000) {
        vessel_domain_shutdown(domain, NULL, NULL);
        g_usleep(100000);
    }
    assert_true(vt_now_us() - began >= 900000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_event(host, "domain.stopped", "\"exit\":{\"signal\":9}");
    vt_container_done(host, domain);
}

/* Who takes over keeps the time; one that is suspended is killed all the same; a reboot begins
 * another life, which nobody has asked to end. */
static void test_shutdown_that_another_warden_keeps(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, STUBBORN, "<vessel:shutdown timeout='2'/>");
    vt_container_await(domain, "ready");
    VtLives lives = vt_container_lives(host);
    vessel_domain_reboot(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 10000);
    vt_container_await(domain, "ready");
    shut_down(domain);
    if (vessel_domain_suspend(domain, NULL, &err) < 0)
        vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    vt_container_kill_warden(domain);
    vt_container_have_adopted(domain);
    vt_wait(vt_container_is_off, domain, 10000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_done(host, domain);
}

/* ---- suspended ---- */

static void test_shutdown_and_reboot_of_a_suspended_one(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, OBEY(7), "");
    vt_container_await(domain, "ready");
    VtLives lives = vt_container_lives(host);
    vessel_domain_suspend(domain, NULL, &err);
    if (vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED)
        vt_skip("%s", vessel_error_message(err));
    vt_no_error(err);
    vessel_domain_reboot(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 5000);
    vt_container_await(domain, "ready");
    vessel_domain_suspend(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_shutdown(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_done(host, domain);
}

/* ---- bad programs ---- */

/* A fork bomb against a limit of its own: nobody else notices, and its end takes no time. */
static void test_fork_bomb_against_a_limit(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "<initarg>bomb</initarg>", "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>web</name>%s<vessel:pids max='40'/></domain>",
                        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    VesselError *err = NULL;
    if (vessel_domain_start(domain, NULL, NULL, &err) < 0) { /* refused, never left out */
        vt_says(err, 'p', "/domain/vessel:pids/@max");
        vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
        vt_container_done(host, domain);
        return;
    }
    vt_container_await(domain, "processes: 38 "); /* process 1 and the program are two */
    int64_t before = vt_now_us();
    vt_destroy(domain);
    assert_true(vt_now_us() - before < 5 * G_USEC_PER_SEC);
    vt_container_done(host, domain);
}

/* ---- what it has of its caller ---- */

static void test_nothing_of_the_caller(void **state)
{
    static const gid_t groups[] = {12345, 54321};
    struct rlimit locked;
    (void)state;
    vt_need_root();
    assert_int_equal(setgroups(2, groups), 0);
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &locked), 0);
    locked.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &locked), 0);
    assert_true(vt_container_write("/proc/self/oom_score_adj", "700"));
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>limits</initarg>", "");
    g_autofree char *said = vt_container_says(domain, "that is all");
    static const char *const parts[] = {
        "Groups:\t \r\n",
        "[/proc/self/oom_score_adj]\r\n0\r\n",
        "Max locked memory         8388608 ",
        "Max core file size        0                    unlimited ",
        "Max msgqueue size         819200               819200 ",
        "Max realtime priority     0                    0 ",
        "Max open files            1024 ",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!strstr(said, parts[i]))
            fail_msg("%s is missing in: %s", parts[i], said);
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_seen_by_another_warden),
        cmocka_unit_test(test_end_of_a_users_container),
        cmocka_unit_test(test_end_seen_by_nobody),
        cmocka_unit_test(test_transient_swept_at_its_end),
        cmocka_unit_test(test_end_of_an_init_that_was_adopted),
        cmocka_unit_test(test_restarted_by_an_adopter),
        cmocka_unit_test(test_shutdown_asked_of_an_earlier_warden),
        cmocka_unit_test(test_shutdown_by_another_signal),
        cmocka_unit_test(test_shutdown_that_is_not_heard),
        cmocka_unit_test(test_shutdown_that_another_warden_keeps),
        cmocka_unit_test(test_shutdown_and_reboot_of_a_suspended_one),
        cmocka_unit_test(test_fork_bomb_against_a_limit),
        cmocka_unit_test(test_nothing_of_the_caller),
    };
    return vt_main(tests);
}
