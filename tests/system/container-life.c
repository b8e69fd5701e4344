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

/* ---- its ids ---- */

#define REGISTRY VESSEL_STATE_DIR "/container-ids" /* the case's own: vt_container_prepare() */

/* What is written down of a domain: 'k' its definition is kept, 'l' it is not, 0 nothing. */
static char ids_of(const char *uuid)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(REGISTRY, &text, &length, NULL))
        return 0;
    for (gsize at = 0; at + 64 <= length; at += 64)
        if (strncmp(text + at, uuid, 36) == 0)
            return strncmp(text + at + 58, "kept", 4) == 0 ? 'k' : 'l';
    return 0;
}

static bool is_held(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 64 * 2560};
    vessel_autofd int fd = open(REGISTRY, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0);
    return lock.l_type != F_UNLCK;
}

static void test_ids_of_a_definition(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>stubborn</initarg>", "");
    g_autofree char *uuid = g_strdup(vessel_domain_get_uuid(domain));
    vt_container_await(domain, "ready");
    assert_int_equal(ids_of(uuid), 'k');
    assert_true(is_held());
    vt_container_kill_warden(domain);
    assert_false(is_held());
    vt_container_have_adopted(domain);
    assert_true(is_held());
    vt_undefine(domain); /* it runs on, and has its ids */
    assert_int_equal(ids_of(uuid), 'l');
    assert_true(is_held());
    VesselError *err = NULL;
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    assert_false(is_held());
}

static void test_ids_of_what_is_not_kept(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    g_autofree char *xml = vt_container_xml("web", "exit", "");
    vessel_domain_create(host, xml, NULL, NULL, &domain, &err);
    vt_no_error(err);
    g_autofree char *uuid = g_strdup(vessel_domain_get_uuid(domain));
    for (int i = 0; i < 250 && ids_of(uuid) != 0; i++) {
        VesselDomain **list = NULL;
        vessel_domain_list(host, 0, &list, NULL, NULL); /* who looks sweeps */
        vessel_domain_list_free(list);
        g_usleep(20000);
    }
    assert_int_equal(ids_of(uuid), 0);
    vessel_domain_unref(domain);
    domain = vt_define_xml(host, xml);
    g_free(g_steal_pointer(&uuid));
    uuid = g_strdup(vessel_domain_get_uuid(domain));
    assert_int_equal(ids_of(uuid), 'k');
    vt_container_done(host, domain);
    assert_int_equal(ids_of(uuid), 0);
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

/* ---- again and again ---- */

static size_t memory_kib(void)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents("/proc/self/smaps_rollup", &text, NULL, NULL));
    const char *line = strstr(text, "Private_Dirty:");
    return line ? (size_t)atol(line + strlen("Private_Dirty:")) : 0;
}

/* What a start takes is given back: the same descriptors, and not more memory, after many as after
 * a few. VT_CYCLES=1000 for the whole of it. */
static void test_flat(void **state)
{
    const char *wanted = getenv("VT_CYCLES");
    int cycles = wanted ? atoi(wanted) : 60, descriptors = 0;
    size_t kib = 0;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    for (int i = 0; i < cycles; i++) {
        vt_start(domain);
        vt_destroy(domain);
        if (i == cycles / 3) {
            descriptors = vt_fd_count();
            kib = memory_kib();
        }
    }
    assert_int_equal(vt_fd_count(), descriptors);
    if (memory_kib() > kib + 256)
        fail_msg("%zu KiB after %d starts, %zu after %d", memory_kib(), cycles, kib, cycles / 3);
    vt_container_done(host, domain);
}

/* Of one warden, whose container lives again and again. */
static void test_warden_is_flat(void **state)
{
    VesselError *err = NULL;
    const char *wanted = getenv("VT_CYCLES");
    int cycles = wanted ? atoi(wanted) : 30, before = 0, count = 0;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    for (int i = 0; i < cycles; i++) {
        VtLives lives = vt_container_lives(host);
        vessel_domain_reset(domain, NULL, &err);
        vt_no_error(err);
        vt_wait(vt_container_lives_again, &lives, 10000);
        g_autofree char *path = g_strdup_printf("/proc/%d/fd", vt_container_pids(domain).warden);
        GDir *dir = g_dir_open(path, 0, NULL);
        assert_non_null(dir);
        for (count = 0; g_dir_read_name(dir);)
            count++;
        g_dir_close(dir);
        before = i == cycles / 3 ? count : before;
    }
    assert_true(count <= before + 1); /* one more while it answers somebody */
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

/* ---- ids of an ordinary user ---- */

/* With @script, a program of root's, as newuidmap and newgidmap; NULL: there are none. The error of
 * a start, and how long it took. */
static VesselError *start_with_tool(const char *script, int64_t *took_ms)
{
    static const char *const names[] = {"newuidmap", "newgidmap"};
    VesselError *err = NULL;
    vt_need_root();
    if (access("/usr/bin/newuidmap", F_OK) == 0)
        vt_skip("this host has a newuidmap of its own");
    vt_private_mounts();
    assert_int_equal(mount("vt", "/usr/local/bin", "tmpfs", 0, "mode=0755"), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(names) && script; i++) {
        g_autofree char *path = g_build_filename("/usr/local/bin", names[i], NULL);
        assert_true(
            g_file_set_contents_full(path, script, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    }
    vt_as_user();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "<initarg>wait</initarg>", "");
    g_autofree char *xml = g_strdup_printf(
        "<domain type='container'><name>web</name>%s<idmap><uid start='0' target='100000' "
        "count='65536'/><gid start='0' target='100000' count='65536'/></idmap></domain>",
        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    int64_t began = vt_now_us();
    vessel_domain_start(domain, NULL, NULL, &err);
    *took_ms = (vt_now_us() - began) / 1000;
    assert_non_null(err);
    vt_says(err, 'p', "/domain/idmap");
    vt_container_done(host, domain);
    return err;
}

static void test_no_newuidmap(void **state)
{
    int64_t took_ms;
    (void)state;
    VesselError *err = start_with_tool(NULL, &took_ms);
    vt_says(err, 'h', "not installed");
    vt_error(&err, VESSEL_ERROR_DENIED);
}

static void test_range_too_small(void **state)
{
    int64_t took_ms;
    (void)state;
    VesselError *err = start_with_tool("#!/bin/sh\nexit 1\n", &took_ms);
    vt_says(err, 'h', "/etc/subuid");
    vt_error(&err, VESSEL_ERROR_DENIED);
}

static void test_newuidmap_that_hangs(void **state)
{
    int64_t took_ms;
    (void)state;
    VesselError *err = start_with_tool("#!/bin/sh\nexec sleep 20\n", &took_ms);
    vt_says(err, 'm', "has not answered");
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_true(took_ms >= 2900 && took_ms < 15000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_seen_by_another_warden),
        cmocka_unit_test(test_end_of_a_users_container),
        cmocka_unit_test(test_end_seen_by_nobody),
        cmocka_unit_test(test_end_of_an_init_that_was_adopted),
        cmocka_unit_test(test_restarted_by_an_adopter),
        cmocka_unit_test(test_shutdown_asked_of_an_earlier_warden),
        cmocka_unit_test(test_ids_of_a_definition),
        cmocka_unit_test(test_ids_of_what_is_not_kept),
        cmocka_unit_test(test_shutdown_and_reboot_of_a_suspended_one),
        cmocka_unit_test(test_fork_bomb_against_a_limit),
        cmocka_unit_test(test_flat),
        cmocka_unit_test(test_warden_is_flat),
        cmocka_unit_test(test_nothing_of_the_caller),
        cmocka_unit_test(test_no_newuidmap),
        cmocka_unit_test(test_range_too_small),
        cmocka_unit_test(test_newuidmap_that_hangs),
    };
    return vt_main(tests);
}
