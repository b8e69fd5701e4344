/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is left when a warden, a guest or a program is killed, and that the next call puts it right:
 * seen from outside, through the public API alone. */
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "sys/lock.h"
#include "sys/process.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <vessel/vessel.h>

/* ---- a host and a guest ---- */

static VesselHost *open_host(void)
{
    VesselHost *host = NULL;
    VesselError *err = NULL;
    VesselHostOpenOptions options = VESSEL_HOST_OPEN_OPTIONS_INIT;
    g_autofree char *root = vt_path("root");
    g_autofree char *uri = g_strdup_printf("local:?root=%s", root);
    g_autofree char *helper = g_build_filename(vt_build_dir(), "libexec", "vessel", NULL);
    options.helper_dir = helper;
    vessel_host_open(uri, &options, &host, &err);
    vt_no_error(err);
    return host;
}

static char *definition(const char *name)
{
    return g_strdup_printf("<domain type='emulator'><name>%s</name><memory unit='MiB'>32</memory>"
                           "<os><type arch='x86_64' machine='microvm'>hvm</type></os>"
                           "<devices><serial type='pty'/></devices></domain>",
                           name);
}

static VesselDomain *define(VesselHost *host, const char *name)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    g_autofree char *xml = definition(name);
    vessel_domain_define(host, xml, NULL, &domain, &err);
    vt_no_error(err);
    return domain;
}

static VesselDomain *started(VesselHost *host, const char *name)
{
    VesselError *err = NULL;
    VesselDomain *domain = define(host, name);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    return domain;
}

static void needs(void)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    char *why_not = NULL;
    VesselHost *host = open_host();
    spec.type = "emulator";
    int can = vessel_host_supports(host, "domain_start", &spec, &why_not, NULL);
    vessel_host_unref(host);
    if (can == 0)
        vt_skip("%s", why_not);
}

/* ---- what is on the disk ---- */

static char *folder(VesselDomain *domain)
{
    return vt_path("root/run/domains/%s", vessel_domain_get_uuid(domain));
}

static VesselJson *state_json(VesselDomain *domain)
{
    VesselError *err = NULL;
    VesselJson *json = NULL;
    g_autofree char *dir = folder(domain);
    g_autofree char *path = g_build_filename(dir, "state.json", NULL);
    g_autofree char *text = NULL;
    size_t length;
    vessel__read_file(AT_FDCWD, path, 1 << 20, &text, &length, &err);
    vt_no_error(err);
    vessel__json_parse(text, length, NULL, path, &json, &err);
    vt_no_error(err);
    return json;
}

static pid_t pid_of(VesselDomain *domain, const char *who)
{
    g_autoptr(VesselJson) json = state_json(domain);
    pid_t pid = (pid_t)vessel__json_get_int(vessel__json_get(json, who), "pid", 0);
    assert_true(pid > 1);
    return pid;
}

/* By pidfd: a process of several threads may look like a zombie while the last of them still ends.
 */
static void kill_and_wait(pid_t pid)
{
    vessel_autofd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd poller = {pidfd, POLLIN, 0};
    assert_true(pidfd >= 0);
    kill(pid, SIGKILL);
    assert_int_equal(poll(&poller, 1, 10000), 1);
}

/* Nothing of a guest: no process, no group, no file but those that stay. */
static void assert_nothing_left(VesselDomain *domain, const VesselJson *while_it_ran)
{
    g_autofree char *dir = folder(domain);
    g_auto(GStrv) names = NULL;
    vessel__list_dir(AT_FDCWD, dir, 100, &names, NULL);
    for (char **name = names; name && *name; name++) {
        if (!g_str_equal(*name, "state.json") && !g_str_equal(*name, "op.lock") &&
            !g_str_equal(*name, "warden.lock"))
            fail_msg("%s is left in %s", *name, dir);
    }
    VESSEL_JSON_FOREACH (group, vessel__json_get(while_it_ran, "cgroup")) {
        struct stat st;
        if (stat(vessel__json_string(group, ""), &st) == 0)
            fail_msg("%s is left", vessel__json_string(group, ""));
    }
    static const char *const who[] = {"warden", "guest"};
    for (int i = 0; i < 2; i++) {
        VesselProcess process;
        if (vessel__process_from_json(vessel__json_get(while_it_ran, who[i]), &process))
            assert_false(vessel__process_alive(&process));
    }
}

static int state_of(VesselDomain *domain)
{
    VesselError *err = NULL;
    int state = vessel_domain_state(domain, NULL, &err);
    vt_no_error(err);
    return state;
}

static void reason_is(VesselDomain *domain, int state, const char *reason)
{
    VesselError *err = NULL;
    char *text = NULL;
    assert_int_equal(vessel_domain_state(domain, &text, &err), state);
    if (reason)
        assert_string_equal(text, reason);
    vessel_free(text);
}

static VesselEvent *next(VesselEventStream *stream, const char *kind)
{
    for (;;) {
        VesselEvent *event = NULL;
        VesselError *err = NULL;
        int result = vessel_event_stream_next(stream, 10000, &event, &err);
        vt_no_error(err);
        if (result != 1)
            fail_msg("no %s within 10 s", kind);
        if (g_str_equal(vessel_event_kind(event), kind))
            return event;
        vessel_event_free(event);
    }
}

static bool has_warden(void *data)
{
    g_autoptr(VesselJson) json = state_json(data);
    VesselProcess process;
    return vessel__process_from_json(vessel__json_get(json, "warden"), &process) &&
           vessel__process_alive(&process);
}

static void end(VesselHost *host, VesselDomain *domain)
{
    VesselError *err = NULL;
    if (vessel_domain_state(domain, NULL, NULL) > 0 && state_of(domain) != VESSEL_DOMAIN_SHUT_OFF)
        vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- a warden or a guest is killed ---- */

static void test_warden_killed_and_looked_at(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = started(host, "web");
    pid_t guest = pid_of(domain, "guest");
    vessel_host_subscribe(host, NULL, &stream, &err);
    kill_and_wait(pid_of(domain, "warden"));
    /* Who reads is not kept waiting, and sees what is. */
    int64_t before = vessel__now_ms();
    assert_int_equal(state_of(domain), VESSEL_DOMAIN_RUNNING);
    assert_true(vessel__now_ms() - before < 2000);
    vt_wait(has_warden, domain, 10000);
    assert_int_equal(pid_of(domain, "guest"), guest);
    VesselEvent *gap = next(stream, "host.gap");
    assert_string_equal(vessel_event_object_uuid(gap), vessel_domain_get_uuid(domain));
    vessel_event_free(gap);
    vessel_event_stream_unref(stream);
    end(host, domain);
}

static void test_warden_killed_and_used(void **state)
{
    VesselError *err = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = started(host, "web");
    kill_and_wait(pid_of(domain, "warden"));
    vessel_domain_suspend(domain, NULL, &err);
    vt_no_error(err);
    reason_is(domain, VESSEL_DOMAIN_PAUSED, "user");
    kill_and_wait(pid_of(domain, "warden"));
    g_autoptr(VesselJson) before = state_json(domain);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    reason_is(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    assert_nothing_left(domain, before);
    end(host, domain);
}

static void test_both_killed(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = started(host, "web");
    g_autoptr(VesselJson) before = state_json(domain);
    vessel_host_subscribe(host, NULL, &stream, &err);
    kill_and_wait(pid_of(domain, "warden"));
    kill_and_wait((pid_t)vessel__json_get_int(vessel__json_get(before, "guest"), "pid", 0));
    reason_is(domain, VESSEL_DOMAIN_SHUT_OFF, "failed");
    VesselEvent *event = next(stream, "domain.stopped");
    assert_string_equal(vessel_event_reason(event), "failed");
    char *json = vessel_event_json(event);
    assert_non_null(strstr(json, "\"derived\":true"));
    vessel_free(json);
    vessel_event_free(event);
    assert_nothing_left(domain, before);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    vessel_event_stream_unref(stream);
    end(host, domain);
}

static void test_transient_both_killed(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL, *found = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    g_autofree char *xml = definition("web");
    vessel_domain_create(host, xml, NULL, NULL, &domain, &err);
    vt_no_error(err);
    pid_t guest = pid_of(domain, "guest");
    kill_and_wait(pid_of(domain, "warden"));
    kill_and_wait(guest);
    vessel_domain_lookup_by_name(host, "web", &found, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_create(host, xml, NULL, NULL, &found, &err);
    vt_no_error(err);
    vessel_domain_destroy(found, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(found);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- one that does not answer ---- */

static void test_deaf_warden(void **state)
{
    VesselError *err = NULL;
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselDomain **list = NULL;
    VesselDomainInfo *info = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = started(host, "web");
    g_autoptr(VesselJson) before = state_json(domain);
    pid_t warden = pid_of(domain, "warden");
    kill(warden, SIGSTOP);
    int64_t begin = vessel__now_ms();
    assert_int_equal(state_of(domain), VESSEL_DOMAIN_RUNNING);
    vessel_domain_list(host, 0, &list, NULL, &err);
    vessel_domain_list_free(list);
    vessel_domain_info(domain, &info, &err);
    vt_no_error(err);
    vessel_domain_info_free(info);
    assert_true(vessel__now_ms() - begin < 2000);
    options.timeout_ms = 300;
    vessel_domain_suspend(domain, &options, &err);
    assert_int_equal(vessel_error_outcome(err), VESSEL_OUTCOME_UNKNOWN);
    vt_error(&err, VESSEL_ERROR_OUTCOME_UNKNOWN);
    options.timeout_ms = 10000;
    begin = vessel__now_ms();
    vessel_domain_destroy(domain, &options, &err); /* it is stopped: nobody waits for its answer */
    vt_no_error(err);
    assert_in_range(vessel__now_ms() - begin, 400, 2500);
    reason_is(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    assert_nothing_left(domain, before);
    end(host, domain);
}

static int64_t time_stats(VesselHost *host, VesselStats ***list, int64_t timeout_ms)
{
    VesselError *err = NULL;
    VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
    options.timeout_ms = timeout_ms;
    int64_t before = vessel__now_ms();
    vessel_host_stats(host, &options, list, NULL, &err);
    vt_no_error(err);
    return vessel__now_ms() - before;
}

static void test_silent_guest(void **state)
{
    static const char *const whom[] = {"guest", "warden"};
    (void)state;
    needs();
    for (int i = 0; i < 2; i++) {
        VesselStats **list = NULL;
        VesselHost *host = open_host();
        VesselDomain *good = started(host, "good"), *silent = started(host, "silent");
        time_stats(host, &list, 5000);
        assert_null(vessel_stats_error(list[0]));
        assert_null(vessel_stats_error(list[1]));
        vessel_stats_list_free(list);
        pid_t pid = pid_of(silent, whom[i]);
        kill(pid, SIGSTOP);
        int64_t first = time_stats(host, &list, 700);
        assert_true(first < 3000);
        assert_null(vessel_stats_error(list[0]));
        assert_non_null(vessel_stats_error(list[1]));
        assert_true(vessel_stats_age_ms(list[1]) > 0);
        assert_true(vessel_stats_find(list[1], "cpu.time") >= 0);
        vessel_stats_list_free(list);
        int64_t second = time_stats(host, &list, 700);
        assert_true(second < 350); /* it is not waited for again */
        assert_non_null(vessel_stats_error(list[1]));
        vessel_stats_list_free(list);
        kill(pid, SIGCONT);
        for (int k = 0; k < 50; k++) {
            time_stats(host, &list, 700);
            bool again = !vessel_stats_error(list[1]);
            vessel_stats_list_free(list);
            if (again)
                break;
            assert_int_not_equal(k, 49); /* who speaks again is heard */
            g_usleep(20 * 1000);
        }
        vessel_domain_destroy(good, NULL, NULL);
        vessel_domain_undefine(good, NULL, NULL);
        vessel_domain_destroy(silent, NULL, NULL);
        vessel_domain_unref(good);
        vessel_domain_unref(silent);
        vessel_host_unref(host);
    }
}

/* ---- a program is killed ---- */

static void in_child_start(const char *name, uint32_t flags)
{
    VesselDomain *domain = NULL;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    VesselHost *host = open_host();
    options.flags = flags;
    vessel_domain_lookup_by_name(host, name, &domain, NULL);
    vessel_domain_start(domain, &options, NULL, NULL);
}

/* Running or shut off, and usable at once; never a third thing. */
static void test_program_killed_while_starting(void **state)
{
    VesselError *err = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    int running = 0;
    for (int ms = 0; ms < 48; ms += 4) {
        pid_t pid = fork();
        if (pid == 0) {
            in_child_start("web", 0);
            pause();
        }
        g_usleep((gulong)ms * 1000);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        int seen = state_of(domain);
        assert_true(seen == VESSEL_DOMAIN_RUNNING || seen == VESSEL_DOMAIN_SHUT_OFF);
        /* A warden that has the start in hand finishes it. */
        VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
        options.timeout_ms = 15000;
        vessel_domain_suspend(domain, &options, &err);
        if (err && vessel_error_code(err) == VESSEL_ERROR_WRONG_STATE) {
            vessel_error_free(g_steal_pointer(&err));
            vessel_domain_start(domain, NULL, NULL, &err);
        } else {
            running++;
        }
        vt_no_error(err);
        g_autoptr(VesselJson) before = state_json(domain);
        vessel_domain_destroy(domain, NULL, &err);
        vt_no_error(err);
        assert_nothing_left(domain, before);
    }
    print_message("# it ran %d times of 12\n", running);
    end(host, domain);
}

/* All that can be done to a domain, over and over. */
static void in_child_live(void)
{
    VesselHost *host = open_host();
    g_autofree char *xml = definition("web");
    for (;;) {
        VesselDomain *domain = NULL;
        if (vessel_domain_define(host, xml, NULL, &domain, NULL))
            _exit(1);
        vessel_domain_set_autostart(domain, 1, NULL, NULL);
        vessel_domain_rename(domain, "www", NULL, NULL);
        vessel_domain_start(domain, NULL, NULL, NULL);
        vessel_domain_rename(domain, "web", NULL, NULL);
        vessel_domain_suspend(domain, NULL, NULL);
        vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "t", NULL, NULL, NULL,
                                   NULL);
        vessel_domain_resume(domain, NULL, NULL);
        vessel_domain_destroy(domain, NULL, NULL);
        vessel_domain_undefine(domain, NULL, NULL);
        vessel_domain_unref(domain);
    }
}

/* Whatever the killed one was at: everything can be read, ended and removed at once, nothing is
 * there twice and nothing stays. */
static void test_program_killed_in_any_call(void **state)
{
    (void)state;
    needs();
    VesselHost *host = open_host();
    for (int i = 0; i < 40; i++) {
        VesselError *err = NULL;
        VesselDomain **list = NULL;
        size_t count = 0;
        pid_t pid = fork();
        if (pid == 0)
            in_child_live();
        g_usleep((gulong)g_random_int_range(5, 250) * 1000);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        vessel_domain_list(host, 0, &list, &count, &err);
        vt_no_error(err);
        assert_true(count <= 1);
        for (size_t k = 0; k < count; k++) {
            char *xml = NULL;
            vessel_domain_xml(list[k], VESSEL_DOMAIN_XML_INACTIVE, &xml, &err);
            vt_no_error(err);
            vessel_free(xml);
            vessel_domain_destroy(list[k], NULL, &err);
            if (err && vessel_error_code(err) == VESSEL_ERROR_WRONG_STATE)
                vessel_error_free(g_steal_pointer(&err));
            vt_no_error(err);
            reason_is(list[k], VESSEL_DOMAIN_SHUT_OFF, NULL);
            vessel_domain_undefine(list[k], NULL, &err);
            vt_no_error(err);
        }
        vessel_domain_list_free(list);
    }
    vessel_host_unref(host);
    /* A folder whose domain was just deleted is swept by the first writer of the next open. */
    VesselError *err = NULL;
    host = open_host();
    VesselDomain *domain = define(host, "sweeper");
    vessel_domain_undefine(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    g_autofree char *domains = vt_path("root/run/domains");
    g_auto(GStrv) names = NULL;
    vessel__list_dir(AT_FDCWD, domains, 100, &names, NULL);
    if (names && names[0])
        fail_msg("%s is left", names[0]);
}

static void test_autodestroy_of_a_killed_program(void **state)
{
    VesselError *err = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    pid_t pid = fork();
    if (pid == 0) {
        in_child_start("web", VESSEL_DOMAIN_START_AUTODESTROY);
        pause();
    }
    assert_int_equal(vessel_domain_wait(domain, VESSEL_DOMAIN_RUNNING, NULL, &err),
                     VESSEL_DOMAIN_RUNNING);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, NULL, &err),
                     VESSEL_DOMAIN_SHUT_OFF);
    reason_is(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    end(host, domain);
}

/* Nobody waits longer for a program that is stopped in the middle of a call than he wants to. */
static void test_program_stopped_while_starting(void **state)
{
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    for (int ms = 2; ms < 40; ms += 6) {
        VesselError *err = NULL;
        pid_t pid = fork();
        if (pid == 0) {
            in_child_start("web", 0);
            pause();
        }
        g_usleep((gulong)ms * 1000);
        kill(pid, SIGSTOP);
        options.timeout_ms = 400;
        int64_t before = vessel__now_ms();
        int code = vessel_domain_start(domain, &options, NULL, &err);
        assert_true(vessel__now_ms() - before < 3000);
        if (code == VESSEL_ERROR_BUSY) {
            g_autofree char *holder = g_strdup_printf("pid %d ", pid);
            assert_true(g_str_has_prefix(vessel_error_holder(err), holder));
        }
        vessel_error_free(err);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        err = NULL;
        vessel_domain_destroy(domain, NULL, &err);
        if (err && vessel_error_code(err) == VESSEL_ERROR_WRONG_STATE)
            vessel_error_free(g_steal_pointer(&err));
        vt_no_error(err);
    }
    end(host, domain);
}

/* What a program leaves that was killed right after it sent its warden the start: the lock is held,
 * no state is written and no job runs. */
static pid_t start_in_the_dark(VesselDomain *domain, const char *operation, int ms)
{
    int ready[2];
    char word;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        g_autofree char *path = folder(domain);
        VesselHolder holder;
        VesselLock *lock = NULL;
        vessel__holder_self(operation, &holder);
        g_mkdir_with_parents(path, 0700);
        vessel_autofd int dir = open(path, O_DIRECTORY | O_CLOEXEC);
        int code = vessel__lock_take(dir, "op.lock", &holder, vessel__deadline_after(5000), &lock,
                                     NULL);
        if (code == 0 && write(ready[1], "y", 1) == 1)
            g_usleep((gulong)ms * 1000);
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &word, 1), 1);
    close(ready[0]);
    return pid;
}

/* "It is shut off" would be true, and the guest would run a moment later. */
static void test_destroy_while_nobody_knows_yet(void **state)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    pid_t pid = start_in_the_dark(domain, "domain_start", 60000);
    options.timeout_ms = 200;
    assert_int_equal(vessel_domain_destroy(domain, &options, &err), VESSEL_ERROR_TIMEOUT);
    assert_non_null(strstr(vessel_error_holder(err), "domain_start"));
    vessel_error_free(g_steal_pointer(&err));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    pid = start_in_the_dark(domain, "domain_start", 300);
    int64_t before = vessel__now_ms();
    assert_int_equal(vessel_domain_destroy(domain, NULL, &err), VESSEL_ERROR_WRONG_STATE);
    assert_true(vessel__now_ms() - before > 200);
    vessel_error_free(g_steal_pointer(&err));
    waitpid(pid, NULL, 0);
    /* Anything else that is under way starts nothing. */
    pid = start_in_the_dark(domain, "domain_rename", 60000);
    before = vessel__now_ms();
    assert_int_equal(vessel_domain_destroy(domain, NULL, &err), VESSEL_ERROR_WRONG_STATE);
    assert_true(vessel__now_ms() - before < 5000);
    vessel_error_free(err);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    end(host, domain);
}

static void test_two_programs_start_one_domain(void **state)
{
    int status, won = 0;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    pid_t pids[4];
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            VesselError *err = NULL;
            VesselDomain *mine = NULL;
            VesselHost *own = open_host();
            vessel_domain_lookup_by_name(own, "web", &mine, &err);
            int code = vessel_domain_start(mine, NULL, NULL, NULL);
            _exit(code == 0 ? 0 : code == VESSEL_ERROR_WRONG_STATE ? 1 : 2);
        }
    }
    for (int i = 0; i < 4; i++) {
        waitpid(pids[i], &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        won += WEXITSTATUS(status) == 0;
    }
    assert_int_equal(won, 1);
    end(host, domain);
}

/* ---- state that is not to be believed ---- */

static void edit_boot_id(VesselJson *json, const char *who, const char *boot_id)
{
    VesselJson *process = vessel__json_copy(vessel__json_get(json, who));
    vessel__json_set_string(process, "boot_id", boot_id);
    vessel__json_set(json, who, process);
}

/* As after a reboot where /run is on a disk: pids that may be anybody's by now. */
static void test_state_of_another_boot(void **state)
{
    VesselError *err = NULL;
    (void)state;
    needs();
    VesselHost *host = open_host();
    VesselDomain *domain = started(host, "web");
    g_autoptr(VesselJson) json = state_json(domain);
    g_autofree char *dir = folder(domain);
    pid_t guest = pid_of(domain, "guest");
    kill_and_wait(pid_of(domain, "warden"));
    kill_and_wait(guest);
    edit_boot_id(json, "warden", "00000000-0000-4000-8000-000000000000");
    edit_boot_id(json, "guest", "00000000-0000-4000-8000-000000000000");
    g_autofree char *text = vessel__json_format(json, false);
    vessel_autofd int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    vessel__replace_file(fd, "state.json", text, strlen(text), 0600, VESSEL_REPLACE_QUICK, &err);
    vt_no_error(err);
    vessel_host_unref(host);
    VesselHost *again = open_host();
    VesselDomain *same = NULL;
    vessel_domain_lookup_by_name(again, "web", &same, &err);
    vt_no_error(err);
    assert_int_equal(state_of(same), VESSEL_DOMAIN_SHUT_OFF);
    vessel_domain_start(same, NULL, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    end(again, same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warden_killed_and_looked_at),
        cmocka_unit_test(test_warden_killed_and_used),
        cmocka_unit_test(test_both_killed),
        cmocka_unit_test(test_transient_both_killed),
        cmocka_unit_test(test_deaf_warden),
        cmocka_unit_test(test_silent_guest),
        cmocka_unit_test(test_program_killed_while_starting),
        cmocka_unit_test(test_program_killed_in_any_call),
        cmocka_unit_test(test_autodestroy_of_a_killed_program),
        cmocka_unit_test(test_program_stopped_while_starting),
        cmocka_unit_test(test_destroy_while_nobody_knows_yet),
        cmocka_unit_test(test_two_programs_start_one_domain),
        cmocka_unit_test(test_state_of_another_boot),
    };
    return vt_main(tests);
}
