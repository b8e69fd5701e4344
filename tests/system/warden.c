/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A warden and a real QEMU: from the start to the end, and what can be asked in between. */
#include "sys/wire.h"
#include "tests/lib/guest.h"
#include "tests/system/rig.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static const char greeting[] = "vessel-guest: ready";

static void start_and_destroy(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    rig_assert_state(rig, "running", "booted");
    assert_false(rig_lock_is_held(rig, "op.lock"));
    assert_true(rig_lock_is_held(rig, "warden.lock"));
    g_autoptr(VesselJson) started = rig_event(rig, "domain.started", "booted");
    assert_string_equal(vessel__json_get_string(started, "request", ""), rig->operation.request);
    assert_non_null(strstr(vessel__json_get_string(started, "author", ""), "pid "));
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_assert_state(rig, "shut-off", "destroyed");
    rig_assert_clean(rig);
    g_autoptr(VesselJson) stopped = rig_event(rig, "domain.stopped", "destroyed");
    assert_string_equal(vessel__json_get_string(stopped, "request", ""), rig->operation.request);
    rig_no_event(rig);
    rig_free(rig);
}

static void many_in_a_row(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    for (int i = 0; i < 10; i++) {
        rig_start_qemu(rig, NULL, NULL);
        rig_destroy(rig, &err);
        vt_no_error(err);
    }
    rig_assert_clean(rig);
    rig_free(rig);
}

static void suspend_resume_reset(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    VesselStartArgs paused = {.paused = true};
    rig_start_qemu(rig, NULL, &paused);
    vessel__json_free(rig_event(rig, "domain.started", "user"));
    rig_assert_state(rig, "paused", "user");
    rig_do(rig, VESSEL__OP_RESUME, &err);
    vt_no_error(err);
    rig_assert_state(rig, "running", "unpaused");
    vessel__json_free(rig_event(rig, "domain.resumed", "unpaused"));
    rig_do(rig, VESSEL__OP_SUSPEND, &err);
    vt_no_error(err);
    rig_assert_state(rig, "paused", "user");
    vessel__json_free(rig_event(rig, "domain.suspended", "user"));
    rig_do(rig, VESSEL__OP_RESET, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.reset", "user"));
    rig_call(rig, VESSEL__OP_SUSPEND, NULL, false, 1000, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    rig_do(rig, "levitate", &err);
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    assert_false(rig_lock_is_held(rig, "op.lock"));
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

static int open_console(Rig *rig, const char *flag)
{
    VesselError *err = NULL;
    g_autoptr(VesselJson) args = vessel__json_new_object(), reply = NULL;
    int fd = -1;
    if (flag)
        vessel__json_set_bool(args, flag, true);
    rig_call(rig, VESSEL__OP_CONSOLE, args, false, 5000, &reply, &fd, &err);
    vt_no_error(err);
    assert_string_equal(vessel__json_get_string(reply, "device", ""), "serial0");
    return fd;
}

/* A console that is gone fails the case where it was written to, by its error. */
static void say(int console, const char *text)
{
    ssize_t length = (ssize_t)strlen(text);
    if (send(console, text, (size_t)length, MSG_NOSIGNAL) != length)
        fail_msg("\"%s\" was not written to the console: %s", text, strerror(errno));
}

/* The boot sector greets, echoes, and powers off at the button. */
static void console_is_shared(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autofree char *disk = vt_guest("bootsect.img");
    g_autoptr(VesselJson) reply = NULL;
    Rig *rig = rig_new();
    rig_start_qemu(rig, disk, NULL);
    int first = open_console(rig, NULL), none = -1;
    vt_read_until(first, greeting, 20000);
    int second = open_console(rig, "readonly");
    vt_read_until(second, greeting, 1000); /* from the ring */
    rig_call(rig, VESSEL__OP_CONSOLE, NULL, false, 5000, &reply, &none, &err);
    assert_non_null(vessel_error_holder(err));
    vt_error(&err, VESSEL_ERROR_BUSY);
    say(second, "Z"); /* thrown away */
    say(first, "hello");
    vt_read_until(first, "hello", 5000);
    vt_read_until(second, "hello", 5000);
    int third = open_console(rig, "force");
    assert_int_equal(send(first, "Z", 1, MSG_NOSIGNAL), -1); /* it is told that it may not */
    assert_int_equal(errno, EPIPE);
    say(third, "again");
    vt_read_until(second, "again", 5000);
    close(third);
    poll(NULL, 0, 50);
    int fourth = open_console(rig, NULL); /* there is no writer any more */
    close(fourth);
    rig_destroy(rig, &err);
    vt_no_error(err);
    char data[65536];
    ssize_t got;
    while ((got = read(second, data, sizeof data)) > 0)
        assert_null(memchr(data, 'Z', (size_t)got));
    assert_int_equal(got, 0); /* the end */
    close(first);
    close(second);
    rig_free(rig);
}

static void power_button(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autofree char *disk = vt_guest("bootsect.img");
    Rig *rig = rig_new();
    rig_start_qemu(rig, disk, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    int console = open_console(rig, NULL);
    vt_read_until(console, greeting, 20000);
    rig_do(rig, VESSEL__OP_SHUTDOWN, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.shutdown-requested", "user"));
    g_autoptr(VesselJson) stopped = rig_event(rig, "domain.stopped", "shutdown");
    assert_non_null(strstr(vessel__json_get_string(stopped, "author", ""), "pid "));
    rig_wait_state(rig, "shut-off", "shutdown");
    close(console);
    rig_free(rig);
}

static void reboot_is_a_reset_of_the_same_process(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autofree char *disk = vt_guest("bootsect.img");
    VesselProcess before, after;
    Rig *rig = rig_new();
    rig_start_qemu(rig, disk, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    assert_true(rig_process(rig, "guest", &before));
    int console = open_console(rig, NULL);
    vt_read_until(console, greeting, 20000);
    rig_do(rig, VESSEL__OP_REBOOT, &err);
    vt_no_error(err);
    vessel__json_free(rig_event(rig, "domain.shutdown-requested", "reboot"));
    vessel__json_free(rig_event(rig, "domain.rebooted", "booted"));
    vt_read_until(console, greeting, 20000);
    rig_assert_state(rig, "running", "booted");
    assert_true(rig_process(rig, "guest", &after));
    assert_int_equal(before.pid, after.pid);
    poll(NULL, 0, 1200); /* what follows at once belongs to the first */
    say(console, "r");   /* the guest's own reset */
    vessel__json_free(rig_event(rig, "domain.rebooted", "guest"));
    vt_read_until(console, greeting, 20000);
    say(console, "p");
    rig_wait_state(rig, "shut-off", "shutdown");
    close(console);
    rig_free(rig);
}

static void what_the_definition_wants(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autofree char *disk = vt_guest("bootsect.img");
    Rig *rig = rig_new();
    rig->def.on_poweroff = VESSEL_ACTION_RESTART;
    rig->def.on_reboot = VESSEL_ACTION_DESTROY;
    rig_start_qemu(rig, disk, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    int console = open_console(rig, NULL);
    vt_read_until(console, greeting, 20000);
    say(console, "p");
    vessel__json_free(rig_event(rig, "domain.rebooted", "booted"));
    vt_read_until(console, greeting, 20000);
    poll(NULL, 0, 1200);
    say(console, "r");
    vessel__json_free(rig_event(rig, "domain.stopped", "shutdown"));
    close(console);
    rig_wait_state(rig, "shut-off", "shutdown");
    rig->def.on_poweroff = VESSEL_ACTION_PRESERVE;
    rig_start_qemu(rig, disk, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    console = open_console(rig, NULL);
    vt_read_until(console, greeting, 20000);
    say(console, "p");
    rig_wait_state(rig, "in-shutdown", "shutdown");
    rig_kill(rig, "warden", SIGKILL);
    rig_do(rig, VESSEL__OP_RESET, &err); /* by an adopter */
    vt_no_error(err);
    rig_wait_state(rig, "paused", "user");
    rig_destroy(rig, &err);
    vt_no_error(err);
    close(console);
    rig->def.on_crash = VESSEL_ACTION_COREDUMP_DESTROY;
    rig_start(rig, rig_qemu(rig, NULL), NULL, 5000, &err);
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    rig_assert_clean(rig);
    rig_free(rig);
}

/* A panic, each time with another wish for it; restart is a reset of the same process. */
static void crashes(void **state G_GNUC_UNUSED)
{
    static const struct {
        VesselAction action;
        const char *event, *event_reason, *end, *reason;
    } all[] = {
        {VESSEL_ACTION_DESTROY, "domain.stopped", "crashed", "shut-off", "crashed"},
        {VESSEL_ACTION_PRESERVE, "domain.crashed", "panicked", "crashed", "panicked"},
        {VESSEL_ACTION_RESTART, "domain.rebooted", "booted", "running", "booted"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        VesselError *err = NULL;
        VesselProcess before, after;
        Rig *rig = rig_new();
        VesselLaunch *launch = rig_fake(rig, "panics");
        rig->def.on_crash = all[i].action;
        rig_start(rig, launch, NULL, 5000, &err);
        vt_no_error(err);
        vessel__json_free(rig_event(rig, "domain.started", "booted"));
        assert_true(rig_process(rig, "guest", &before));
        rig_do(rig, VESSEL__OP_SHUTDOWN, &err);
        vt_no_error(err);
        vessel__json_free(rig_event(rig, "domain.shutdown-requested", "user"));
        vessel__json_free(rig_event(rig, "domain.guest-panic", "panicked"));
        vessel__json_free(rig_event(rig, all[i].event, all[i].event_reason));
        rig_wait_state(rig, all[i].end, all[i].reason);
        rig_no_event(rig);
        if (all[i].action != VESSEL_ACTION_DESTROY) {
            assert_true(rig_process(rig, "guest", &after));
            assert_int_equal(before.pid, after.pid);
            rig_destroy(rig, &err);
            vt_no_error(err);
        }
        rig_free(rig);
    }
}

static void stats(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autofree char *disk = vt_guest("bootsect.img");
    g_autoptr(VesselJson) reply = NULL, aged = NULL;
    Rig *rig = rig_new();
    rig_start_qemu(rig, disk, NULL);
    int console = open_console(rig, NULL);
    vt_read_until(console, greeting, 20000);
    rig_call(rig, VESSEL__OP_STATS, NULL, false, 5000, &reply, NULL, &err);
    vt_no_error(err);
    const VesselJson *values = vessel__json_get(reply, "stats");
    assert_true(vessel__json_get_uint(values, "cpu.time", 0) > 1000000);
    assert_int_equal(vessel__json_get_uint(values, "balloon.current", 0), 65536);
    assert_true(vessel__json_get_uint(values, "balloon.rss", 0) > 1000);
    assert_int_equal(vessel__json_get_uint(values, "vcpu.current", 0), 1);
    assert_true(vessel__json_get_uint(values, "vcpu.0.time", 0) > 1000);
    assert_string_equal(vessel__json_get_string(values, "block.0.name", ""), "sda");
    assert_true(vessel__json_get_uint(values, "block.0.rd.bytes", 0) >= 512);
    assert_true(vessel__json_get_uint(values, "block.0.capacity", 0) >= 512);
    assert_int_equal(vessel__json_get_int(reply, "age_ms", -1), 0);
    /* A silent QEMU: at the deadline the first time, at once from then on, until it answers. */
    rig_kill(rig, "guest", SIGSTOP);
    int64_t before = vessel__now_ms();
    rig_call(rig, VESSEL__OP_STATS, NULL, false, 400, &aged, NULL, &err);
    vt_no_error(err);
    assert_in_range(vessel__now_ms() - before, 250, 420);
    assert_true(vessel__json_get_int(aged, "age_ms", 0) >= 250);
    assert_non_null(vessel__json_get(aged, "why"));
    assert_true(vessel__json_get_uint(vessel__json_get(aged, "stats"), "block.0.rd.bytes", 0) >=
                512);
    before = vessel__now_ms();
    g_clear_pointer(&aged, vessel__json_free);
    rig_call(rig, VESSEL__OP_STATS, NULL, false, 5000, &aged, NULL, &err);
    vt_no_error(err);
    assert_in_range(vessel__now_ms() - before, 0, 100);
    rig_kill(rig, "guest", SIGCONT);
    int64_t age = 1;
    for (int i = 0; i < 100 && age > 0; i++) {
        g_clear_pointer(&aged, vessel__json_free);
        rig_call(rig, VESSEL__OP_STATS, NULL, false, 5000, &aged, NULL, &err);
        vt_no_error(err);
        age = vessel__json_get_int(aged, "age_ms", -1);
        poll(NULL, 0, 10);
    }
    assert_int_equal(age, 0);
    close(console);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

/* The deadline passes, the operation goes on, its late result is an event with its number. */
static void late_result(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    rig_kill(rig, "guest", SIGSTOP);
    rig_call(rig, VESSEL__OP_SUSPEND, NULL, true, 200, NULL, NULL, &err);
    assert_int_equal(vessel_error_outcome(err), VESSEL_OUTCOME_UNKNOWN);
    vt_error(&err, VESSEL_ERROR_OUTCOME_UNKNOWN);
    g_autofree char *request = g_strdup(rig->operation.request);
    assert_true(rig_lock_is_held(rig, "op.lock"));
    rig_call(rig, VESSEL__OP_RESUME, NULL, true, 100, NULL, NULL, &err);
    /* The warden has it, whether the one who asked still lives or not. */
    VesselProcess warden;
    assert_true(rig_process(rig, "warden", &warden));
    g_autofree char *holder = g_strdup_printf("pid %d (vessel-warden), ", warden.pid);
    g_autofree char *asked = g_strdup_printf(" asked for by pid %d (", getpid());
    assert_true(g_str_has_prefix(vessel_error_holder(err), holder));
    assert_non_null(strstr(vessel_error_holder(err), asked));
    vt_error(&err, VESSEL_ERROR_BUSY);
    rig_kill(rig, "guest", SIGCONT);
    g_autoptr(VesselJson) event = rig_event(rig, "domain.suspended", "user");
    assert_string_equal(vessel__json_get_string(event, "request", ""), request);
    rig_wait_state(rig, "paused", "user");
    rig_do(rig, VESSEL__OP_RESUME, &err);
    vt_no_error(err);
    rig_kill(rig, "guest", SIGSTOP);
    int64_t before = vessel__now_ms();
    rig_destroy(rig, &err); /* a stopped one is not asked kindly */
    vt_no_error(err);
    assert_in_range(vessel__now_ms() - before, 0, 1000);
    rig_assert_clean(rig);
    rig_free(rig);
}

static bool no_warden(void *rig)
{
    return !rig_lock_is_held(rig, "warden.lock");
}

static void autodestroy(void **state G_GNUC_UNUSED)
{
    Rig *rig = rig_new();
    pid_t child = fork();
    if (child == 0) {
        VesselStartArgs args = {.autodestroy = true};
        VesselError *err = NULL;
        _exit(rig_start(rig, rig_qemu(rig, NULL), &args, 20000, &err) == 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    g_autoptr(VesselJson) stopped = rig_event(rig, "domain.stopped", "destroyed");
    assert_non_null(strstr(vessel__json_get_string(stopped, "author", ""), "autodestroy"));
    rig_wait_state(rig, "shut-off", "destroyed");
    vt_wait(no_warden, rig, 20000); /* it removes control groups still, which takes time */
    rig_free(rig);
}

static void rename_and_definition(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    Rig *rig = rig_new();
    g_autoptr(VesselJson) args = vessel__json_new_object(), large = vessel__json_new_object();
    rig_start_qemu(rig, NULL, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    vessel__json_set_string(args, "name", "other");
    rig_call(rig, VESSEL__OP_RENAME, args, true, 5000, NULL, NULL, &err);
    vt_no_error(err);
    g_autoptr(VesselJson) json = rig_state(rig);
    assert_string_equal(vessel__json_get_string(json, "name", ""), "other");
    g_autofree char *xml = g_strnfill(200000, 'x'); /* more than a message holds */
    vessel__json_set_string(large, "xml", xml);
    vessel__json_set_string(large, "kind", "metadata");
    rig_call(rig, VESSEL__OP_DEFINITION, large, true, 5000, NULL, NULL, &err);
    vt_no_error(err);
    g_autoptr(VesselJson) changed = rig_event(rig, "domain.changed", "live");
    assert_string_equal(
        vessel__json_get_string(vessel__json_path(changed, "object", NULL), "name", ""), "other");
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

/* What its engine cannot, and requests that are none. */
static void change_that_cannot_be(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *xml;
        bool locked;
        int code;
    } cases[] = {{NULL, true, VESSEL_ERROR_INVALID_ARGUMENT},
                 {"<domain/>", false, VESSEL_ERROR_INVALID_ARGUMENT},
                 {"<domain/>", true, VESSEL_ERROR_UNSUPPORTED}};
    VesselError *err = NULL;
    Rig *rig = rig_new();
    rig_start_qemu(rig, NULL, NULL);
    vessel__json_free(rig_event(rig, "domain.started", "booted"));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VesselJson) args = vessel__json_new_object();
        vessel__json_set_string(args, "xml", cases[i].xml);
        rig_call(rig, VESSEL__OP_CHANGE, args, cases[i].locked, 5000, NULL, NULL, &err);
        vt_error(&err, cases[i].code);
        rig_assert_state(rig, "running", "booted");
    }
    rig_no_event(rig);
    rig_destroy(rig, &err);
    vt_no_error(err);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_and_destroy),
        cmocka_unit_test(many_in_a_row),
        cmocka_unit_test(suspend_resume_reset),
        cmocka_unit_test(console_is_shared),
        cmocka_unit_test(power_button),
        cmocka_unit_test(reboot_is_a_reset_of_the_same_process),
        cmocka_unit_test(what_the_definition_wants),
        cmocka_unit_test(crashes),
        cmocka_unit_test(stats),
        cmocka_unit_test(late_result),
        cmocka_unit_test(autodestroy),
        cmocka_unit_test(rename_and_definition),
        cmocka_unit_test(change_that_cannot_be),
    };
    return vt_main(tests);
}
