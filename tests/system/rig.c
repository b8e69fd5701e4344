/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/file.h"
#include "base/words.h"
#include "qemu/plan.h"
#include "sys/socket.h"
#include "sys/wire.h"
#include "tests/system/rig.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#define QEMU "/usr/bin/qemu-system-x86_64"
#define FIRST_NUMBER 20

Rig *rig_new(void)
{
    return rig_new_named(0);
}

Rig *rig_new_named(int number)
{
    Rig *rig = g_new0(Rig, 1);
    VesselError *err = NULL;
    char epoch[VESSEL__EPOCH_SIZE];
    g_autofree char *events = vt_path("events%d", number);
    rig->folder = vt_path("folder%d", number);
    rig->log_path = vt_path("domain%d.log", number);
    vessel__uuid_generate(rig->uuid);
    vessel__make_dirs(rig->folder, 0700, &err);
    vt_no_error(err);
    vessel__make_dirs(events, 0700, &err);
    vt_no_error(err);
    rig->dir = open(rig->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rig->events = open(events, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rig->log = open(rig->log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    assert_true(rig->dir >= 0 && rig->events >= 0 && rig->log >= 0);
    vessel__eventlog_create(rig->events, epoch, &err);
    vt_no_error(err);
    vessel__eventreader_open(rig->events, NULL, 0, &rig->reader, &err);
    vt_no_error(err);
    rig->host.root_id = "0badcafe";
    rig->host.helper_dir = vt_build_dir();
    rig->host.cache_fd = -1;
    rig->def.on_poweroff = VESSEL_ACTION_DESTROY;
    rig->def.on_reboot = VESSEL_ACTION_RESTART;
    rig->def.on_crash = VESSEL_ACTION_DESTROY;
    rig->guest = (VesselGuest){.host = &rig->host,
                               .uuid = rig->uuid,
                               .name = "rig",
                               .driver = "emulator",
                               .def = &rig->def,
                               .dir = rig->dir,
                               .operation = &rig->operation};
    return rig;
}

/* Nothing lives on, whatever the case came to. */
void rig_free(Rig *rig)
{
    VesselProcess process;
    int pidfd;
    const char *const both[] = {"warden", "guest"};
    for (int i = 0; i < 2; i++)
        if (rig_process(rig, both[i], &process) &&
            vessel__process_pidfd(&process, &pidfd, NULL) == 0) {
            vessel__pidfd_signal(pidfd, SIGKILL, NULL);
            close(pidfd);
        }
    vessel__eventreader_free(rig->reader);
    close(rig->dir);
    close(rig->events);
    close(rig->log);
    g_free(rig->folder);
    g_free(rig->log_path);
    g_free(rig);
}

/* ---- plans ---- */

void rig_add_argument(VesselLaunch *launch, const char *word)
{
    VesselJson *plan = vessel__launch_plan(launch);
    VesselJson *argv = vessel__json_copy(vessel__json_get(plan, "argv"));
    vessel__json_append_string(argv, word);
    vessel__json_set(plan, "argv", argv);
}

VesselLaunch *rig_fake(Rig *rig, const char *what)
{
    g_autofree char *path = g_build_filename(vt_build_dir(), "tests/system/fake-qemu", NULL);
    VesselLaunch *launch = rig_program(rig, path);
    rig_add_argument(launch, what);
    return launch;
}

static VesselJson *named_number(const char *name, int number)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_string(json, "name", name);
    vessel__json_set_int(json, "number", number);
    return json;
}

VesselLaunch *rig_program(Rig *rig, const char *binary)
{
    VesselLaunch *launch = vessel__launch_new(VESSEL__QEMU_ENGINE);
    VesselJson *plan = vessel__launch_plan(launch), *argv = vessel__json_new_array();
    VesselJson *listen = vessel__json_new_array(), *consoles = vessel__json_new_array();
    VesselJson *console = vessel__json_new_object();
    (void)rig;
    vessel__json_append_string(argv, binary);
    vessel__json_append(listen, named_number(VESSEL__QEMU_MONITOR, FIRST_NUMBER));
    vessel__json_append(listen, named_number("serial0.sock", FIRST_NUMBER + 1));
    vessel__json_set_string(console, "alias", "serial0");
    vessel__json_set_string(console, "socket", "serial0.sock");
    vessel__json_append(consoles, console);
    vessel__json_set_string(plan, "binary", binary);
    vessel__json_set_string(plan, "version", "7.2.0");
    vessel__json_set_string(plan, "accel", "tcg");
    vessel__json_set(plan, "argv", argv);
    vessel__json_set(plan, "listen", listen);
    vessel__json_set(plan, "consoles", consoles);
    vessel__json_set_int(plan, "vcpus", 1);
    vessel__json_set_int(plan, "memory_kib", 65536);
    vessel__json_set_bool(plan, "power_button", true);
    if (geteuid() == 0) {
        VesselJson *range = vessel__json_new_object();
        vessel__json_set_uint(range, "uid_base", VESSEL_UID_BASE);
        vessel__json_set_uint(range, "uid_count", VESSEL_UID_COUNT);
        vessel__json_set(plan, "identity", range);
    }
    return launch;
}

static void add_disk(VesselLaunch *launch, const char *path)
{
    VesselJson *plan = vessel__launch_plan(launch);
    VesselJson *fds = vessel__json_new_array(), *blocks = vessel__json_new_array();
    VesselJson *block = vessel__json_new_object();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    vessel__launch_add_fd(launch, "disk0", fd);
    vessel__json_append(fds, named_number("disk0", FIRST_NUMBER + 2));
    vessel__json_set(plan, "fds", fds);
    vessel__json_set_string(block, "alias", "virtio-disk0");
    vessel__json_set_string(block, "target", "sda");
    vessel__json_set_string(block, "node", "disk0");
    vessel__json_set_string(block, "qdev", "sata0");
    vessel__json_set_string(block, "path", path);
    vessel__json_append(blocks, block);
    vessel__json_set(plan, "blocks", blocks);
    static const char *const words[] = {
        "-add-fd",
        "fd=22,set=1",
        "-blockdev",
        "driver=file,filename=/dev/fdset/1,node-name=file0,auto-read-only=on,read-only=on",
        "-blockdev",
        "driver=raw,file=file0,node-name=disk0,read-only=on",
        "-device",
        "virtio-blk-pci,drive=disk0,id=sata0"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        rig_add_argument(launch, words[i]);
}

VesselLaunch *rig_qemu(Rig *rig, const char *disk)
{
    static const char *const words[] = {
        "-machine",     "q35",
        "-accel",       "tcg",
        "-m",           "64",
        "-nodefaults",  "-no-user-config",
        "-display",     "none",
        "-sandbox",     "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-no-shutdown", "-action",
        "panic=pause",  "-S",
        "-chardev",     "socket,id=monitor,fd=20,server=on,wait=off",
        "-mon",         "chardev=monitor,mode=control",
        "-chardev",     "socket,id=serial0,fd=21,server=on,wait=off",
        "-serial",      "chardev:serial0"};
    vt_need_program("qemu-system-x86_64");
    VesselLaunch *launch = rig_program(rig, QEMU);
    VesselJson *paths = vessel__json_new_array();
    vessel__json_append_string(paths, "/usr/share/qemu");
    vessel__json_append_string(paths, "/usr/share/seabios");
    vessel__json_set(vessel__launch_plan(launch), "paths", paths);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        rig_add_argument(launch, words[i]);
    if (disk)
        add_disk(launch, disk);
    return launch;
}

/* ---- operations ---- */

static void begin(Rig *rig, const char *name, int timeout_ms)
{
    rig->operation = (VesselOperation){.name = name,
                                       .deadline = vessel__deadline_after(timeout_ms),
                                       .op_lock_fd = -1,
                                       .warden_lock_fd = -1,
                                       .runtime_fd = rig->dir,
                                       .events_fd = rig->events,
                                       .log_fd = rig->log,
                                       .cancelled = rig->cancelled,
                                       .data = rig->cancelled_data};
    vessel__random_hex(8, rig->operation.request);
    vessel__holder_self(name, &rig->operation.author);
}

static VesselLock *take(Rig *rig, const char *file, VesselError **err)
{
    VesselLock *lock = NULL;
    vessel__lock_take(rig->dir, file, &rig->operation.author, rig->operation.deadline, &lock, err);
    return lock;
}

static void let_go(Rig *rig, VesselLock *lock)
{
    if (lock && rig->operation.handed_over)
        vessel__lock_hand_over(lock);
    else
        vessel__lock_release(lock);
}

int rig_start(Rig *rig, VesselLaunch *launch, const VesselStartArgs *args, int timeout_ms,
              VesselError **err)
{
    static const VesselStartArgs plain = {0};
    begin(rig, "domain_start", timeout_ms);
    rig->guest.id = ++rig->next_id;
    VesselLock *op = take(rig, "op.lock", err);
    VesselLock *warden = op ? take(rig, "warden.lock", err) : NULL;
    int code = *err ? vessel_error_code(*err) : 0;
    if (code == 0) {
        rig->operation.op_lock_fd = vessel__lock_fd(op);
        rig->operation.warden_lock_fd = vessel__lock_fd(warden);
        code = vessel__warden_launch(&rig->guest, launch, args ? args : &plain, err);
    }
    let_go(rig, op);
    let_go(rig, warden);
    vessel__launch_free(launch);
    return code;
}

void rig_start_qemu(Rig *rig, const char *disk, const VesselStartArgs *args)
{
    VesselError *err = NULL;
    rig_start(rig, rig_qemu(rig, disk), args, 20000, &err);
    vt_no_error(err);
}

int rig_call(Rig *rig, const char *op, const VesselJson *args, bool locked, int timeout_ms,
             VesselJson **reply, int *fd, VesselError **err)
{
    VesselLock *lock = NULL;
    begin(rig, op, timeout_ms);
    if (locked) {
        lock = take(rig, "op.lock", err);
        if (!lock)
            return vessel_error_code(*err);
        rig->operation.op_lock_fd = vessel__lock_fd(lock);
    }
    int code = vessel__warden_call(&rig->guest, op, args, reply, fd, err);
    let_go(rig, lock);
    return code;
}

int rig_do(Rig *rig, const char *op, VesselError **err)
{
    return rig_call(rig, op, NULL, true, 10000, NULL, NULL, err);
}

int rig_destroy(Rig *rig, VesselError **err)
{
    return rig_call(rig, VESSEL__OP_DESTROY, NULL, false, 10000, NULL, NULL, err);
}

/* ---- what there is ---- */

VesselJson *rig_state(Rig *rig)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    VesselJson *json = NULL;
    if (vessel__read_file(rig->dir, "state.json", 1 << 20, &text, &length, NULL) == 0)
        vessel__json_parse(text, length, NULL, "state.json", &json, NULL);
    return json;
}

static bool state_is(Rig *rig, const char *state, const char *reason)
{
    g_autoptr(VesselJson) json = rig_state(rig);
    return json && strcmp(vessel__json_get_string(json, "state", ""), state) == 0 &&
           (!reason || strcmp(vessel__json_get_string(json, "reason", ""), reason) == 0);
}

void rig_assert_state(Rig *rig, const char *state, const char *reason)
{
    if (state_is(rig, state, reason))
        return;
    g_autofree char *text = NULL;
    g_autofree char *log = rig_log(rig);
    size_t length = 0;
    vessel__read_file(rig->dir, "state.json", 1 << 20, &text, &length, NULL);
    fail_msg("expected %s (%s), state.json is: %s\nlog:\n%s", state, reason ? reason : "any",
             text ? text : "absent", log);
}

/* A guest that ended by itself takes its warden with it, a moment after it has recorded that. */
static void see_off_warden(Rig *rig)
{
    for (VesselDeadline end = vessel__deadline_after(2000);
         vessel__lock_peek(rig->dir, "warden.lock", NULL, NULL) == 1 &&
         !vessel__deadline_passed(end);)
        poll(NULL, 0, 2);
}

void rig_wait_state(Rig *rig, const char *state, const char *reason)
{
    for (VesselDeadline end = vessel__deadline_after(15000);
         !state_is(rig, state, reason) && !vessel__deadline_passed(end);)
        poll(NULL, 0, 5);
    rig_assert_state(rig, state, reason);
    if (strcmp(state, "shut-off") == 0)
        see_off_warden(rig);
}

bool rig_process(Rig *rig, const char *which, VesselProcess *process)
{
    g_autoptr(VesselJson) json = rig_state(rig);
    return vessel__process_from_json(vessel__json_get(json, which), process);
}

void rig_kill(Rig *rig, const char *which, int signal)
{
    VesselProcess process;
    VesselError *err = NULL;
    int pidfd = -1;
    assert_true(rig_process(rig, which, &process));
    vessel__process_pidfd(&process, &pidfd, &err);
    vt_no_error(err);
    vessel__pidfd_signal(pidfd, signal, &err);
    vt_no_error(err);
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    if (signal == SIGKILL)
        assert_int_equal(poll(&poller, 1, 5000), 1);
    close(pidfd);
}

VesselJson *rig_event(Rig *rig, const char *kind, const char *reason)
{
    VesselDeadline end = vessel__deadline_after(15000);
    VesselError *err = NULL;
    for (;;) {
        VesselJson *record = NULL;
        uint64_t number;
        vessel__eventreader_next(rig->reader, &record, &number, &err);
        vt_no_error(err);
        if (record) {
            g_autofree char *text = vessel__json_format(record, false);
            if (strcmp(vessel__json_get_string(record, "kind", ""), kind) != 0 ||
                (reason && strcmp(vessel__json_get_string(record, "reason", ""), reason) != 0))
                fail_msg("expected %s (%s), got %s", kind, reason ? reason : "any", text);
            return record;
        }
        if (vessel__deadline_passed(end)) {
            g_autofree char *log = rig_log(rig);
            fail_msg("no event %s (%s); log:\n%s", kind, reason ? reason : "any", log);
        }
        poll(NULL, 0, 2);
    }
}

void rig_no_event(Rig *rig)
{
    VesselJson *record = NULL;
    uint64_t number;
    VesselError *err = NULL;
    vessel__eventreader_next(rig->reader, &record, &number, &err);
    vt_no_error(err);
    if (record) {
        g_autofree char *text = vessel__json_format(record, false);
        fail_msg("unexpected event %s", text);
    }
}

char *rig_log(Rig *rig)
{
    char *text = NULL;
    size_t length = 0;
    vessel__read_file(AT_FDCWD, rig->log_path, 4 << 20, &text, &length, NULL);
    return text;
}

bool rig_lock_is_held(Rig *rig, const char *name)
{
    VesselError *err = NULL;
    int held = vessel__lock_peek(rig->dir, name, NULL, &err);
    vt_no_error(err);
    return held == 1;
}

void rig_assert_clean(Rig *rig)
{
    g_auto(GStrv) names = NULL;
    VesselError *err = NULL;
    vessel__list_dir(rig->dir, ".", 100, &names, &err);
    vt_no_error(err);
    for (guint i = 0; names[i]; i++)
        if (strcmp(names[i], "state.json") != 0 && !g_str_has_suffix(names[i], ".lock"))
            fail_msg("%s was left in the runtime folder", names[i]);
    assert_false(rig_lock_is_held(rig, "op.lock"));
    assert_false(rig_lock_is_held(rig, "warden.lock"));
}
