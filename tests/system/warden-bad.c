/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bad hypervisors, deaths of the warden and of the program, clients that misbehave. */
#include "config.h"

#include "base/file.h"
#include "kit/warden-client.h"
#include "sys/socket.h"
#include "sys/wire.h"
#include "tests/lib/guest.h"
#include "tests/lib/tree.h"
#include "tests/system/rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The start fails so, within the time, and leaves nothing. */
static void assert_bad_start(const char *what, int timeout_ms, int code, const char *cause)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    int64_t before = vessel__now_ms();
    rig_start(rig, rig_fake(rig, what), NULL, timeout_ms, &err);
    assert_in_range(vessel__now_ms() - before, 0, timeout_ms + 200);
    if (!err)
        fail_msg("%s: it started", what);
    if (cause && (!vessel_error_cause(err) || !strstr(vessel_error_cause(err), cause)))
        fail_msg("%s: cause is %s", what, vessel_error_cause(err));
    vt_error(&err, code);
    rig_assert_state(rig, "shut-off", "failed");
    rig_assert_clean(rig);
    rig_no_event(rig);
    rig_free(rig);
}

static void bad_starts(void **state G_GNUC_UNUSED)
{
    assert_bad_start("exits", 5000, VESSEL_ERROR_HYPERVISOR_DIED, "abacus");
    assert_bad_start("hangs", 600, VESSEL_ERROR_TIMEOUT, NULL);
    assert_bad_start("garbage", 5000, VESSEL_ERROR_PROTOCOL, NULL);
    assert_bad_start("impatient", 5000, VESSEL_ERROR_PROTOCOL, NULL);
    assert_bad_start("endless", 20000, VESSEL_ERROR_PROTOCOL, NULL);
    assert_bad_start("silent", 600, VESSEL_ERROR_TIMEOUT, NULL);
    assert_bad_start("refuses", 5000, VESSEL_ERROR_GUEST_REFUSED, "not today");
}

static void missing_binary(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    rig_start(rig, rig_program(rig, "/usr/bin/qemu-system-abacus"), NULL, 5000, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    rig_assert_clean(rig);
    g_autofree char *script = vt_write("emulator", "#!/bin/sh\nexec /bin/false\n");
    rig_start(rig, rig_program(rig, script), NULL, 5000, &err); /* not executable */
    vt_error(&err, VESSEL_ERROR_DENIED);
    assert_int_equal(chmod(script, 0755), 0); /* in a directory that is root's alone */
    rig_start(rig, rig_program(rig, script), NULL, 5000, &err);
    vt_error(&err, VESSEL_ERROR_HYPERVISOR_DIED);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void started(Rig *rig, const char *what)
{
    VesselError *err = NULL;
    rig_start(rig, rig_fake(rig, what), NULL, 5000, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
}

/* Dies, babbles or hangs up when it is told to stop. */
static void bad_lives(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    started(rig, "dies");
    rig_do(rig, VESSEL__OP_SUSPEND, &err);
    assert_non_null(strstr(vessel_error_cause(err), "assertion failed"));
    vt_error(&err, VESSEL_ERROR_HYPERVISOR_DIED);
    g_autoptr(VesselJson) died = rig_event(rig, "domain.stopped", "failed");
    const VesselJson *detail = vessel__json_get(died, "detail");
    assert_int_equal(vessel__json_get_int(vessel__json_get(detail, "exit"), "signal", 0), SIGABRT);
    assert_non_null(strstr(vessel__json_get_string(detail, "cause", ""), "assertion failed"));
    rig_wait_state(rig, "shut-off", "failed");
    rig_assert_clean(rig);
    started(rig, "babbles");
    rig_do(rig, VESSEL__OP_SUSPEND, &err);
    vt_error(&err, VESSEL_ERROR_HYPERVISOR_DIED);
    vessel__json_free(rig_event(rig, "domain.stopped", "failed"));
    rig_wait_state(rig, "shut-off", "failed");
    started(rig, "closes");
    rig_do(rig, VESSEL__OP_SUSPEND, &err);
    assert_non_null(err);
    g_clear_pointer(&err, vessel_error_free);
    vessel__json_free(rig_event(rig, "domain.stopped", "failed"));
    rig_wait_state(rig, "shut-off", "failed");
    rig_assert_clean(rig);
    rig_free(rig);
}

/* A full disk pauses the guest; a panic is announced and done as the definition wants. */
static void troubles(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    VesselLaunch *launch = rig_fake(rig, "troubled");
    VesselJson *blocks = vessel__json_new_array(), *block = vessel__json_new_object();
    vessel__json_set_string(block, "node", "disk0");
    vessel__json_set_string(block, "target", "vda");
    vessel__json_append(blocks, block);
    vessel__json_set(vessel__launch_plan(launch), "blocks", blocks);
    rig->def.on_crash = VESSEL_ACTION_PRESERVE;
    rig_start(rig, launch, NULL, 5000, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    rig_do(rig, VESSEL__OP_SHUTDOWN, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.shutdown-requested", "user"));
    g_autoptr(VesselJson) disk = rig_event(rig, "domain.disk-error", "stop");
    const VesselJson *detail = vessel__json_get(disk, "detail");
    assert_string_equal(vessel__json_get_string(detail, "target", ""), "vda");
    assert_true(vessel__json_get_bool(detail, "no_space", false));
    vessel__json_free(rig_event(rig, "domain.suspended", "ioerror"));
    rig_wait_state(rig, "paused", "ioerror");
    rig_do(rig, VESSEL__OP_RESUME, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.resumed", "unpaused"));
    rig_do(rig, VESSEL__OP_RESET, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.reset", "user"));
    vessel__json_free(rig_event(rig, "domain.guest-panic", "panicked"));
    vessel__json_free(rig_event(rig, "domain.crashed", "panicked"));
    rig_wait_state(rig, "crashed", "panicked");
    rig_no_event(rig);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

static bool patience_is_over(void *data)
{
    return vessel__now_ms() > *(int64_t *)data;
}

static void cancelled_start_is_taken_back(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    int64_t until = vessel__now_ms() + 300;
    rig->cancelled = patience_is_over;
    rig->cancelled_data = &until;
    rig_start(rig, rig_fake(rig, "hangs"), NULL, 20000, &err);
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    assert_in_range(vessel__now_ms() - until, 0, 4000);
    rig_wait_state(rig, "shut-off", "failed");
    rig_assert_clean(rig);
    rig_free(rig);
}

static bool is_destroyed(void *data)
{
    g_autoptr(VesselJson) json = rig_state(data);
    return strcmp(vessel__json_get_string(json, "reason", ""), "destroyed") == 0;
}

/* Another program destroys what we start, and cancels the start as well: the answer that is on its
 * way then is the start's, and there is no other. */
static void cancelled_start_was_destroyed(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    pid_t other = fork();
    if (other == 0) {
        VesselProcess guest;
        while (!rig_process(rig, "guest", &guest))
            poll(NULL, 0, 5);
        rig_destroy(rig, &err);
        _exit(err != NULL);
    }
    rig->cancelled = is_destroyed;
    rig->cancelled_data = rig;
    rig_start(rig, rig_fake(rig, "hangs"), NULL, 20000, &err);
    assert_non_null(strstr(vessel_error_message(err), "was destroyed by pid"));
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    int status;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    rig_assert_clean(rig);
    rig_free(rig);
}

/* All are asked at once, and one that is stopped dead keeps nobody. */
static void stats_of_many(void **state G_GNUC_UNUSED)
{
    enum { COUNT = 4 };
    VesselError *err = NULL, *errors[COUNT];
    VesselJson *results[COUNT];
    Rig *rigs[COUNT];
    VesselGuest *guests[COUNT];
    VesselProcess warden;
    for (int i = 0; i < COUNT; i++) {
        rigs[i] = rig_new_named(i);
        guests[i] = &rigs[i]->guest;
        rig_start(rigs[i], rig_fake(rigs[i], "stubborn"), NULL, 5000, &err);
        vt_no_error(err);
    }
    assert_true(rig_process(rigs[1], "warden", &warden));
    kill(warden.pid, SIGSTOP);
    int64_t before = vessel__now_ms();
    vessel__warden_call_many(guests, COUNT, VESSEL__OP_STATS, NULL, vessel__deadline_after(500),
                             results, errors);
    assert_in_range(vessel__now_ms() - before, 400, 700);
    for (int i = 0; i < COUNT; i++) {
        if (i == 1) {
            assert_null(results[i]);
            vt_error(&errors[i], VESSEL_ERROR_TIMEOUT);
            continue;
        }
        vt_no_error(errors[i]);
        assert_non_null(vessel__json_get(results[i], "stats"));
        vessel__json_free(results[i]);
    }
    kill(warden.pid, SIGCONT);
    for (int i = 0; i < COUNT; i++) {
        rig_destroy(rigs[i], &err);
        vt_no_error(err);
        rig_free(rigs[i]);
    }
}

static void stubborn_is_killed(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    started(rig, "stubborn");
    int64_t before = vessel__now_ms();
    rig_destroy(rig, &err);
    vt_no_error(err);
    assert_in_range(vessel__now_ms() - before, 1000, 5000);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void killed_from_outside(void **state G_GNUC_UNUSED)
{
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    rig_kill(rig, "guest", SIGKILL);
    g_autoptr(VesselJson) stopped = rig_event(rig, "domain.stopped", "failed");
    assert_int_equal(
        vessel__json_get_int(vessel__json_path(stopped, "detail", "exit", NULL), "signal", 0),
        SIGKILL);
    rig_wait_state(rig, "shut-off", "failed");
    rig_assert_clean(rig);
    rig_free(rig);
}

static int open_console(Rig *rig, bool readonly)
{
    VesselError *err = NULL;
    g_autoptr(VesselJson) args = vessel__json_new_object();
    int fd = -1;
    vessel__json_set_bool(args, "readonly", readonly);
    rig_call(rig, VESSEL__OP_CONSOLE, args, false, 5000, NULL, &fd, &err);
    vt_no_error(err);
    return fd;
}

/* 400 kB of output that one reader does not read: it loses the oldest, the other nothing. */
static void slow_reader_loses_the_oldest(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    started(rig, "floods");
    int slow = open_console(rig, true), fast = open_console(rig, true);
    vt_read_until(fast, "the end", 20000);
    size_t total = 0;
    char data[65536], last[16] = "";
    struct pollfd poller = {.fd = slow, .events = POLLIN};
    while (poll(&poller, 1, 300) > 0) {
        ssize_t got = read(slow, data, sizeof data);
        assert_true(got > 0);
        total += (size_t)got;
        if (got >= 9)
            g_strlcpy(last, data + got - 9, 10);
    }
    assert_true(total < 400000);
    assert_memory_equal(last, "the end\r\n", 9);
    close(slow);
    close(fast);
    rig_destroy(rig, &err); /* its second process goes, too */
    vt_no_error(err);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void log_is_turned_over(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    struct stat st;
    Rig *rig = rig_new();
    g_autofree char *older = g_strconcat(rig->log_path, ".1", NULL);
    started(rig, "shouts");
    for (int i = 0; i < 1000 && stat(older, &st) < 0; i++)
        poll(NULL, 0, 10);
    rig_destroy(rig, &err);
    vt_no_error(err);
    assert_int_equal(stat(older, &st), 0);
    assert_true(st.st_size <= 1024 * 1024 + 4096);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(rig->log_path, &st), 0);
    assert_true(st.st_size <= 1024 * 1024 + 4096);
    rig_free(rig);
}

static void assert_last_line(const char *path, const char *part)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *last = g_strrstr(text, "vessel-warden[");
    if (!last || !strstr(last, part))
        fail_msg("the last line in %s is %s", path, last ? last : "none");
}

/* Whoever else turns it over, and whatever its name becomes: lines are in the file of that name. */
static void log_is_turned_over_by_another(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    struct stat st;
    Rig *rig = rig_new();
    g_autofree char *older = g_strconcat(rig->log_path, ".1", NULL);
    g_autofree char *oldest = g_strconcat(older, ".1", NULL), *renamed = vt_path("renamed.log");
    started(rig, "shouts");
    for (int i = 0; i < 50; i++) { /* in the middle of the flood */
        rename(rig->log_path, older);
        poll(NULL, 0, 2);
    }
    rig_destroy(rig, &err);
    vt_no_error(err);
    assert_last_line(rig->log_path, "shut off (destroyed)");
    assert_int_equal(stat(rig->log_path, &st), 0);
    assert_true(st.st_size <= 1024 * 1024 + 4096);
    assert_int_equal(stat(oldest, &st), -1);
    close(rig->log);
    rig->log = open(rig->log_path, O_WRONLY | O_APPEND | O_CLOEXEC);
    rig_start(rig, rig_fake(rig, "troubled"), NULL, 5000, &err);
    vt_no_error(err);
    assert_last_line(rig->log_path, "running (booted)");
    assert_int_equal(rename(rig->log_path, renamed), 0);
    rig_destroy(rig, &err);
    vt_no_error(err);
    assert_last_line(renamed, "shut off (destroyed)");
    assert_int_equal(stat(rig->log_path, &st), -1);
    rig_free(rig);
}

/* ---- probes ---- */

static VesselJson *probe_args(const char *binary)
{
    static const char *const queries[] = {"query-machines", "query-version", "query-nonsense"};
    VesselJson *args = vessel__json_new_object();
    VesselJson *list = vessel__json_new_array(), *range = vessel__json_new_object();
    for (size_t i = 0; i < G_N_ELEMENTS(queries); i++) {
        VesselJson *query = vessel__json_new_object();
        vessel__json_set_string(query, "execute", queries[i]);
        vessel__json_append(list, query);
    }
    vessel__json_set_uint(range, "uid_base", VESSEL_UID_BASE);
    vessel__json_set_uint(range, "uid_count", VESSEL_UID_COUNT);
    vessel__json_set_string(args, "engine", "qemu");
    vessel__json_set_string(args, "binary", binary);
    vessel__json_set(args, "queries", list);
    vessel__json_set(args, "identity", range);
    return args;
}

static int probe(Rig *rig, const char *binary, int timeout_ms, VesselJson **ok, VesselJson **all,
                 VesselError **err)
{
    g_autoptr(VesselJson) args = probe_args(binary);
    vessel_autofd int fd = -1;
    g_autofree char *text = NULL;
    size_t length = 0;
    int code = vessel__helper_ask(&rig->host, VESSEL__OP_PROBE, args, NULL, NULL, 0,
                                  vessel__deadline_after(timeout_ms), ok, &fd, err);
    if (code == 0)
        code = vessel__read_fd(fd, "replies", 16 << 20, &text, &length, err);
    return code < 0 ? code : vessel__json_parse(text, length, NULL, "replies", all, err);
}

static void probes(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autoptr(VesselJson) ok = NULL, all = NULL;
    Rig *rig = rig_new();
    vt_need_program("qemu-system-x86_64");
    probe(rig, "/usr/bin/qemu-system-x86_64", 10000, &ok, &all, &err);
    vt_no_error(err);
    assert_true(vessel__json_get_int(vessel__json_get(ok, "version"), "major", 0) >= 7);
    const VesselJson *replies = vessel__json_get(all, "replies");
    assert_int_equal(vessel__json_length(replies), 3);
    assert_true(vessel__json_length(vessel__json_get(vessel__json_at(replies, 0), "return")) > 5);
    assert_string_equal(vessel__json_get_string(
                            vessel__json_get(vessel__json_at(replies, 2), "error"), "class", ""),
                        "CommandNotFound");
    /* Not understood, silent, not there: told as what it is. */
    const struct {
        const char *text;
        int code;
        const char *cause;
    } bad[] = {
        {"#!/bin/sh\necho no such luck >&2\nexit 3\n", VESSEL_ERROR_HYPERVISOR_DIED, "luck"},
        {"#!/bin/sh\nsleep 100\n", VESSEL_ERROR_TIMEOUT, NULL},
        {"#!/bin/bash\necho garbage >&3\nsleep 100\n", VESSEL_ERROR_PROTOCOL, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *script = vt_write("emulator", bad[i].text);
        assert_int_equal(chmod(script, 0755), 0);
        g_autoptr(VesselJson) none = NULL, nothing = NULL;
        int64_t before = vessel__now_ms();
        probe(rig, script, 2000, &none, &nothing, &err);
        assert_in_range(vessel__now_ms() - before, 0, 2300);
        if (bad[i].cause)
            assert_non_null(strstr(vessel_error_cause(err), bad[i].cause));
        vt_error(&err, bad[i].code);
    }
    g_autoptr(VesselJson) none = NULL, nothing = NULL;
    probe(rig, "/usr/bin/qemu-system-abacus", 2000, &none, &nothing, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    rig_free(rig);
}

static bool has_ended(void *pid)
{
    return waitpid(*(pid_t *)pid, NULL, WNOHANG) == *(pid_t *)pid;
}

/* The program was killed when it had started the helper, and before that said a word. */
static void probe_for_the_dead(void **state G_GNUC_UNUSED)
{
    g_autofree char *helper = g_build_filename(vt_build_dir(), "vessel-warden", NULL);
    g_autoptr(VesselJson) args = probe_args("/usr/bin/qemu-system-abacus");
    const VesselMessage message = {
        .op = VESSEL__OP_PROBE, .args = args, .deadline = vessel__deadline_after(2000)};
    g_auto(VesselConnection) connection = VESSEL_CONNECTION_INIT;
    VesselError *err = NULL;
    uint64_t id;
    int ends[2];
    vessel__socket_pair(SOCK_SEQPACKET, ends, &err);
    vt_no_error(err);
    connection.fd = ends[0];
    vessel_autofd int theirs = ends[1];
    vessel__connection_send(&connection, &message, &id, &err);
    vt_no_error(err);
    vessel__close_fd(&connection.fd);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(theirs, VESSEL__WIRE_FD);
        execl(helper, "vessel-warden", (char *)NULL);
        _exit(127);
    }
    vt_wait(has_ended, &pid, 10000);
}

/* ---- deaths ---- */

static void adoption(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autofree char *disk = vt_guest("bootsect.img");
    VesselProcess before, after;
    Rig *rig = rig_new();
    rig_start_qemu(rig, disk, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    int console = open_console(rig, false);
    vt_read_until(console, "ready", 20000);
    assert_true(rig_process(rig, "warden", &before));
    rig_kill(rig, "warden", SIGKILL);
    assert_false(rig_lock_is_held(rig, "warden.lock"));
    close(console);
    rig_do(rig, VESSEL__OP_SUSPEND, &err); /* starts an adopter */
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "host.gap", "adopted"));
    vessel__json_free(rig_event(rig, "domain.suspended", "user"));
    assert_true(rig_process(rig, "warden", &after));
    assert_int_not_equal(before.pid, after.pid);
    assert_true(rig_lock_is_held(rig, "warden.lock"));
    rig_do(rig, VESSEL__OP_RESUME, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.resumed", "unpaused"));
    console = open_console(rig, false);
    assert_int_equal(write(console, "hello", 5), 5);
    vt_read_until(console, "hello", 5000);
    /* The guest powers off while nobody looks: acted upon by the next adopter. */
    rig_kill(rig, "warden", SIGSTOP);
    assert_int_equal(write(console, "p", 1), 1);
    rig_kill(rig, "warden", SIGKILL);
    close(console);
    console = socket(AF_UNIX, SOCK_STREAM, 0);
    close(console);
    rig_call(rig, VESSEL__OP_STATS, NULL, false, 5000, NULL, NULL, &err);
    g_clear_pointer(&err, vessel_error_free);
    vessel__json_free(rig_event(rig, "host.gap", "adopted"));
    rig_destroy(rig, &err);
    g_clear_pointer(&err, vessel_error_free);
    rig_wait_state(rig, "shut-off", NULL);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void adoption_of_a_silent_guest(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    rig_kill(rig, "guest", SIGSTOP);
    rig_kill(rig, "warden", SIGKILL);
    rig_call(rig, VESSEL__OP_SUSPEND, NULL, true, 800, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_TIMEOUT); /* not sent: QEMU has not greeted the adopter */
    assert_false(rig_lock_is_held(rig, "op.lock"));
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void both_dead(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    rig_kill(rig, "warden", SIGSTOP);
    rig_kill(rig, "guest", SIGKILL);
    rig_kill(rig, "warden", SIGKILL);
    rig_do(rig, VESSEL__OP_SUSPEND, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    rig_destroy(rig, &err); /* what was wanted is so */
    vt_no_error(err);
    rig_start_qemu(rig, NULL, NULL); /* nothing has to be removed by hand */
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void deaf_warden_is_gone_around(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    VesselProcess process;
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    rig_kill(rig, "warden", SIGSTOP);
    int64_t before = vessel__now_ms();
    rig_do(rig, "suspend", &err);
    g_clear_pointer(&err, vessel_error_free);
    rig_call(rig, VESSEL__OP_DESTROY, NULL, false, 300, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_OUTCOME_UNKNOWN);
    assert_true(vessel__now_ms() - before >= 300);
    rig->operation.deadline = vessel__deadline_after(5000);
    vessel__warden_kill(&rig->guest, &err);
    vt_no_error(err);
    assert_true(rig_process(rig, "guest", &process));
    assert_false(vessel__process_alive(&process));
    assert_true(rig_process(rig, "warden", &process));
    assert_false(vessel__process_alive(&process));
    rig_start_qemu(rig, NULL, NULL); /* which sweeps what the dead one left */
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void owner_dies_while_no_warden_lives(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        VesselStartArgs args = {.autodestroy = true};
        char word = rig_start(rig, rig_qemu(rig, NULL), &args, 20000, &err) == 0 ? 'y' : 'n';
        if (write(ends[1], &word, 1) == 1)
            pause();
        _exit(1);
    }
    char word = 0;
    assert_int_equal(read(ends[0], &word, 1), 1);
    assert_int_equal(word, 'y');
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    rig_kill(rig, "warden", SIGKILL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    rig_call(rig, VESSEL__OP_STATS, NULL, false, 5000, NULL, NULL, &err);
    g_clear_pointer(&err, vessel_error_free);
    vessel__json_free(rig_event(rig, "host.gap", "adopted"));
    vessel__json_free(rig_event(rig, "domain.stopped", "destroyed"));
    rig_wait_state(rig, "shut-off", "destroyed");
    close(ends[0]);
    close(ends[1]);
    rig_free(rig);
}

/* ---- the kill matrix ---- */

static pid_t find_process(const char *name)
{
    pid_t pids[64];
    char comm[32];
    size_t count = tree_list(pids, G_N_ELEMENTS(pids));
    for (size_t i = 0; i < count; i++) {
        vessel__process_name(pids[i], comm);
        if (strcmp(comm, name) == 0)
            return pids[i];
    }
    return 0;
}

static size_t guests_alive(void)
{
    pid_t pids[64];
    char comm[32];
    size_t guests = 0, count = tree_list(pids, G_N_ELEMENTS(pids));
    for (size_t i = 0; i < count; i++) {
        vessel__process_name(pids[i], comm);
        guests += strncmp(comm, "qemu-system", 11) == 0 || strcmp(comm, "vessel-warden") == 0;
    }
    return guests;
}

/* In a program of its own. */
static pid_t start_in_child(Rig *rig)
{
    pid_t child = fork();
    if (child == 0) {
        VesselError *err = NULL;
        _exit(rig_start(rig, rig_qemu(rig, NULL), NULL, 10000, &err) == 0 ? 0 : 1);
    }
    return child;
}

static void pause_us(int us)
{
    struct timespec time = {0, us * 1000L};
    nanosleep(&time, NULL);
}

/* Whatever there is: after a destroy nothing is, and the next start works. */
static void assert_recovers(Rig *rig, int step_us)
{
    VesselError *err = NULL;
    rig_destroy(rig, &err);
    if (err && vessel_error_code(err) != VESSEL_ERROR_WRONG_STATE)
        fail_msg("after %d us: %s", step_us, vessel_error_message(err));
    g_clear_pointer(&err, vessel_error_free);
    for (VesselDeadline end = vessel__deadline_after(3000);
         guests_alive() > 0 && !vessel__deadline_passed(end);)
        poll(NULL, 0, 2);
    if (guests_alive() > 0) {
        pid_t pids[64];
        char text[1024];
        tree_describe(pids, tree_list(pids, G_N_ELEMENTS(pids)), text, sizeof text);
        fail_msg("after %d us there are left: %s", step_us, text);
    }
    assert_false(rig_lock_is_held(rig, "op.lock"));
    assert_false(rig_lock_is_held(rig, "warden.lock"));
}

/* What a killed warden left of control groups goes with the next start. */
static void sweep(Rig *rig)
{
    VesselError *err = NULL;
    rig_start_qemu(rig, NULL, NULL);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_clean(rig);
}

static void kill_the_warden_at_each_step(void **state G_GNUC_UNUSED)
{
    Rig *rig = rig_new();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int us = 0; us < 30000; us += 400) {
        pid_t child = start_in_child(rig), warden = 0;
        rig->next_id++;
        while (!(warden = find_process("vessel-warden")) && waitpid(child, NULL, WNOHANG) == 0)
            continue;
        pause_us(us);
        if (warden)
            kill(warden, SIGKILL);
        waitpid(child, NULL, 0);
        assert_recovers(rig, us);
    }
    sweep(rig);
    rig_free(rig);
}

static bool op_is_over(void *data)
{
    return !rig_lock_is_held(data, "op.lock");
}

static void kill_the_program_at_each_step(void **state G_GNUC_UNUSED)
{
    Rig *rig = rig_new();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int us = 0; us < 32000; us += 800) {
        pid_t child = start_in_child(rig);
        rig->next_id++;
        pause_us(us);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        vt_wait(op_is_over, rig, 10000);
        g_autoptr(VesselJson) json = rig_state(rig);
        const char *state_word = vessel__json_get_string(json, "state", "shut-off");
        bool running = strcmp(state_word, "running") == 0;
        assert_true(running || strcmp(state_word, "shut-off") == 0);
        assert_int_equal(rig_lock_is_held(rig, "warden.lock"), running);
        assert_recovers(rig, us);
    }
    rig_free(rig);
}

static void kill_the_warden_during_destroy(void **state G_GNUC_UNUSED)
{
    Rig *rig = rig_new();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int us = 0; us < 8000; us += 500) {
        rig_start_qemu(rig, NULL, NULL);
        pid_t warden = find_process("vessel-warden");
        pid_t child = fork();
        if (child == 0) {
            VesselError *err = NULL;
            _exit(rig_destroy(rig, &err) == 0 ? 0 : 1);
        }
        pause_us(us);
        kill(warden, SIGKILL);
        waitpid(child, NULL, 0);
        assert_recovers(rig, us);
    }
    sweep(rig);
    rig_free(rig);
}

/* ---- clients ---- */

static int raw_client(Rig *rig)
{
    VesselError *err = NULL;
    g_autoptr(VesselJson) hello = NULL;
    int fd = -1;
    vessel__socket_connect(rig->dir, "warden.sock", SOCK_SEQPACKET, vessel__deadline_after(2000),
                           &fd, &err);
    vt_no_error(err);
    vessel__message_receive(fd, &hello, NULL, 0, NULL, vessel__deadline_after(2000), &err);
    vt_no_error(err);
    assert_int_equal(vessel__json_get_int(hello, "vessel-warden", 0), VESSEL__WIRE_VERSION);
    return fd;
}

static void bad_clients(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autoptr(VesselJson) reply = NULL, stats = vessel__json_new_object();
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    int fd = raw_client(rig);
    assert_true(send(fd, "not json", 8, 0) > 0); /* dropped */
    vessel__message_receive(fd, &reply, NULL, 0, NULL, vessel__deadline_after(2000), &err);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    close(fd);
    fd = raw_client(rig);
    assert_true(send(fd, "{\"op\": \"stats\"}", 15, 0) > 0); /* no number */
    vessel__message_receive(fd, &reply, NULL, 0, NULL, vessel__deadline_after(2000), &err);
    vt_no_error(err);
    assert_non_null(vessel__json_get(reply, "error"));
    vessel__json_set_string(stats, "op", "stats");
    for (int i = 1; i < 5000; i++) { /* asks and never reads */
        vessel__json_set_int(stats, "id", i);
        if (vessel__message_send(fd, stats, NULL, 0, vessel__deadline_after(1000), &err) < 0)
            break;
    }
    assert_non_null(err);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    close(fd);
    rig_call(rig, VESSEL__OP_STATS, NULL, false, 2000, NULL, NULL, &err); /* others are served */
    vt_no_error(err);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

/* More than it takes, and all of them silent: nobody else is shut out. */
static void many_clients(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    int fds[300];
    rig_start_qemu(rig, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = raw_client(rig);
    rig_call(rig, VESSEL__OP_STATS, NULL, false, 5000, NULL, NULL, &err);
    vt_no_error(err);
    rig_do(rig, VESSEL__OP_SUSPEND, &err);
    vt_no_error(err);
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

/* ---- images ---- */

typedef struct {
    Rig *rig;
    VesselLaunch *launch;
    VesselError *err;
} Starting;

static void *start_and_wait(void *data)
{
    Starting *starting = data;
    rig_start(starting->rig, starting->launch, NULL, 2000, &starting->err);
    return NULL;
}

static int count_open(const char *file)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char target[4096];
        ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        target[MAX(length, 0)] = '\0';
        count += strcmp(target, file) == 0;
    }
    closedir(dir);
    return count;
}

/* Once it is handed over, also while the program still waits for the answer. */
static void the_program_keeps_no_image(void **state G_GNUC_UNUSED)
{
    Rig *rig = rig_new();
    Starting starting = {.rig = rig, .launch = rig_fake(rig, "hangs")};
    pthread_t thread;
    g_autofree char *image = vt_write("image", "x");
    vessel__launch_add_fd(starting.launch, "disk0", open(image, O_RDWR | O_CLOEXEC));
    assert_int_equal(count_open(image), 1);
    assert_int_equal(pthread_create(&thread, NULL, start_and_wait, &starting), 0);
    int64_t before = vessel__now_ms();
    while (count_open(image) > 0 && vessel__now_ms() - before < 1500)
        poll(NULL, 0, 10);
    assert_true(vessel__now_ms() - before < 1500);
    pthread_join(thread, NULL);
    vt_error(&starting.err, VESSEL_ERROR_TIMEOUT);
    rig_free(rig);
}

/* ---- a full disk ---- */

static void mount_small(const char *name)
{
    g_autofree char *path = vt_path("%s", name);
    assert_int_equal(mkdir(path, 0700), 0);
    if (mount("vt", path, "tmpfs", 0, "size=256k,mode=0700") < 0)
        vt_skip("no tmpfs can be mounted");
}

static void fill(const char *name)
{
    g_autofree char *path = vt_path("%s/filler", name);
    vessel_autofd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char block[4096] = {0};
    while (write(fd, block, sizeof block) > 0)
        continue;
    assert_int_equal(errno, ENOSPC);
}

static void unfill(const char *name)
{
    g_autofree char *path = vt_path("%s/filler", name);
    assert_int_equal(unlink(path), 0);
}

static bool announces(Rig *rig)
{
    g_autoptr(VesselJson) json = rig_state(rig);
    return vessel__json_get(json, "announce") != NULL;
}

/* Its state stays true, however often it changes, and the last event comes when there is room. */
static void full_disk(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    vt_need_root();
    vt_private_mounts();
    mount_small("folder0");
    mount_small("events0");
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    fill("folder0");
    fill("events0");
    for (int i = 0; i < 12; i++) {
        rig_do(rig, VESSEL__OP_SUSPEND, &err);
        vt_no_error(err);
        rig_assert_state(rig, "paused", "user");
        rig_do(rig, VESSEL__OP_RESUME, &err);
        vt_no_error(err);
        rig_assert_state(rig, "running", "unpaused");
    }
    assert_true(announces(rig));
    unfill("events0");
    for (int i = 0; i < 300 && announces(rig); i++)
        poll(NULL, 0, 10);
    assert_false(announces(rig));
    rig_kill(rig, "warden", SIGKILL);
    rig_do(rig, VESSEL__OP_SUSPEND, &err); /* of an adopter */
    vt_no_error(err);
    rig_assert_state(rig, "paused", "user");
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_state(rig, "shut-off", "destroyed");
    rig_assert_clean(rig);
    rig_free(rig);
}

static bool shares(pid_t pid, const char *kind)
{
    g_autofree char *theirs = g_strdup_printf("/proc/%d/ns/%s", pid, kind);
    g_autofree char *ours = g_strdup_printf("/proc/self/ns/%s", kind);
    struct stat a, b;
    assert_int_equal(stat(theirs, &a), 0);
    assert_int_equal(stat(ours, &b), 0);
    return a.st_ino == b.st_ino;
}

/* With a user interface QEMU keeps the network alone. */
static void network_of_a_user_interface(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    VesselProcess guest;
    vt_need_root();
    vt_private_network();
    Rig *rig = rig_new();
    VesselLaunch *launch = rig_qemu(rig, NULL);
    vessel__json_set_bool(vessel__launch_plan(launch), "network", true);
    rig_start(rig, launch, NULL, 20000, &err);
    vt_no_error(err);
    assert_true(rig_process(rig, "guest", &guest));
    assert_true(shares(guest.pid, "net"));
    assert_false(shares(guest.pid, "ipc"));
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

static char *status_of(pid_t pid)
{
    VesselError *err = NULL;
    g_autofree char *path = g_strdup_printf("/proc/%d/status", pid);
    char *status = NULL;
    vessel__read_file(AT_FDCWD, path, 65536, &status, NULL, &err);
    vt_no_error(err);
    return status;
}

/* From the moment its guest is executed, and so does one that adopts it. */
static void assert_confined_warden(Rig *rig)
{
    VesselProcess warden;
    assert_true(rig_process(rig, "warden", &warden));
    g_autofree char *status = status_of(warden.pid);
    assert_non_null(strstr(status, "NoNewPrivs:\t1"));
    const char *permitted = strstr(status, "CapPrm:\t");
    const char *effective = strstr(status, "CapEff:\t");
    const uint64_t to_kill = 1 << 5, to_remove = 1 << 1;
    assert_true(permitted && effective);
    assert_int_equal(g_ascii_strtoull(effective + 8, NULL, 16), geteuid() == 0 ? to_kill : 0);
    assert_int_equal(g_ascii_strtoull(permitted + 8, NULL, 16) & ~(to_kill | to_remove), 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_non_null(strstr(status, "Seccomp:\t2"));
#endif
}

static void warden_is_confined(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    VesselStartArgs paused = {.paused = true};
    Rig *rig = rig_new();
    vt_need_root();
    rig_start(rig, rig_fake(rig, "hangs"), NULL, 300, &err);
    vt_error(&err, VESSEL_ERROR_TIMEOUT); /* it cleans up behind the filter */
    rig_assert_clean(rig);
    rig_start_qemu(rig, NULL, &paused);
    assert_confined_warden(rig);
    rig_kill(rig, "warden", SIGKILL);
    rig_do(rig, VESSEL__OP_RESUME, &err);
    vt_no_error(err);
    assert_confined_warden(rig);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_clean(rig);
    rig_free(rig);
}

static void confinement(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    VesselProcess guest;
    Rig *rig = rig_new();
    vt_need_root();
    rig_start_qemu(rig, NULL, NULL);
    assert_true(rig_process(rig, "guest", &guest));
    g_autofree char *status = status_of(guest.pid);
    assert_non_null(strstr(status, "NoNewPrivs:\t1"));
    assert_non_null(strstr(status, "CapEff:\t0000000000000000"));
    assert_non_null(strstr(status, "CapBnd:\t0000000000000000"));
    assert_non_null(strstr(status, "Seccomp:\t2"));
    g_autoptr(VesselJson) json = rig_state(rig);
    uint64_t uid = vessel__json_get_uint(vessel__json_get(json, "engine_state"), "uid", 0);
    assert_in_range(uid, VESSEL_UID_BASE, VESSEL_UID_BASE + VESSEL_UID_COUNT - 1);
    g_autofree char *uids = g_strdup_printf("Uid:\t%" G_GUINT64_FORMAT "\t", uid);
    assert_non_null(strstr(status, uids));
    assert_false(shares(guest.pid, "mnt"));
    assert_false(shares(guest.pid, "ipc"));
    assert_false(shares(guest.pid, "net"));
    const char *const hidden[] = {"home", "root",       "proc",       "sys",
                                  "tmp",  "etc/passwd", "usr/bin/env"};
    for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++) {
        g_autofree char *seen = g_strdup_printf("/proc/%d/root/%s", guest.pid, hidden[i]);
        if (access(seen, F_OK) == 0)
            fail_msg("QEMU sees /%s", hidden[i]);
    }
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

static void as_a_user(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    vt_as_user();
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    g_autoptr(VesselJson) json = rig_state(rig);
    assert_true(vessel__json_length(vessel__json_get(json, "notes")) >= 1);
    assert_confined_warden(rig);
    rig_do(rig, VESSEL__OP_SUSPEND, &err);
    vt_no_error(err);
    rig_kill(rig, "warden", SIGKILL);
    rig_do(rig, VESSEL__OP_RESUME, &err);
    vt_no_error(err);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_clean(rig);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_starts),
        cmocka_unit_test(missing_binary),
        cmocka_unit_test(bad_lives),
        cmocka_unit_test(troubles),
        cmocka_unit_test(cancelled_start_is_taken_back),
        cmocka_unit_test(cancelled_start_was_destroyed),
        cmocka_unit_test(stats_of_many),
        cmocka_unit_test(stubborn_is_killed),
        cmocka_unit_test(killed_from_outside),
        cmocka_unit_test(slow_reader_loses_the_oldest),
        cmocka_unit_test(log_is_turned_over),
        cmocka_unit_test(log_is_turned_over_by_another),
        cmocka_unit_test(probes),
        cmocka_unit_test(probe_for_the_dead),
        cmocka_unit_test(adoption),
        cmocka_unit_test(adoption_of_a_silent_guest),
        cmocka_unit_test(both_dead),
        cmocka_unit_test(deaf_warden_is_gone_around),
        cmocka_unit_test(owner_dies_while_no_warden_lives),
        cmocka_unit_test(kill_the_warden_at_each_step),
        cmocka_unit_test(kill_the_program_at_each_step),
        cmocka_unit_test(kill_the_warden_during_destroy),
        cmocka_unit_test(bad_clients),
        cmocka_unit_test(many_clients),
        cmocka_unit_test(the_program_keeps_no_image),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(warden_is_confined),
        cmocka_unit_test(confinement),
        cmocka_unit_test(network_of_a_user_interface),
        cmocka_unit_test(as_a_user),
    };
    return vt_main(tests);
}
