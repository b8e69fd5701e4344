/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The QEMU engine: from a plan to running vCPUs, adoption, and the end of the process. */
#include "qemu/engine.h"
#include "base/file.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define MONITOR_LINE_MAX (4 * 1024 * 1024)
#define LOST_GRACE_MS 2000 /* between the end of the monitor and that of the process */
#define ADOPT_WAIT_MS 250  /* for a QEMU that answers; a silent one is adopted all the same */
#define CONNECT_RETRY_MS 500
#define OUTPUT_ROUNDS 64

QemuEngine *vessel__qemu_engine(VesselWarden *warden)
{
    return vessel__warden_engine_data(warden);
}

/* ---- output ---- */

/* A FIFO that QEMU has open for reading too: its warden may die and another read on, and QEMU never
 * gets SIGPIPE and never waits. */
static int make_output(int folder, int *write_fd, VesselError **err)
{
    if (unlinkat(folder, VESSEL__QEMU_OUTPUT, 0) < 0 && errno != ENOENT)
        return vessel__fail_errno(err, errno, "%s", VESSEL__QEMU_OUTPUT);
    if (mkfifoat(folder, VESSEL__QEMU_OUTPUT, 0600) < 0)
        return vessel__fail_errno(err, errno, "%s", VESSEL__QEMU_OUTPUT);
    return vessel__open_at(folder, VESSEL__QEMU_OUTPUT, O_RDWR | O_NONBLOCK, 0, write_fd, err);
}

static bool read_output(QemuEngine *engine)
{
    char data[4096];
    for (int i = 0; i < OUTPUT_ROUNDS; i++) {
        ssize_t got = read(engine->output_fd, data, sizeof data);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 && errno == EAGAIN;
        vessel__warden_log_output(engine->warden, data, (size_t)got);
    }
    return true;
}

static void output_ready(void *data, short revents)
{
    QemuEngine *engine = data;
    (void)revents;
    if (!read_output(engine))
        vessel__watch_free(g_steal_pointer(&engine->output_watch));
}

static int open_output(QemuEngine *engine, VesselError **err)
{
    int code = vessel__open_at(vessel__warden_folder(engine->warden), VESSEL__QEMU_OUTPUT,
                               O_RDONLY | O_NONBLOCK, 0, &engine->output_fd, err);
    if (code == 0)
        engine->output_watch = vessel__watch_new(vessel__warden_loop(engine->warden),
                                                 engine->output_fd, POLLIN, output_ready, engine);
    return code;
}

/* ---- the monitor's hooks ---- */

static void fail_start(QemuEngine *engine, VesselError *err)
{
    VesselRequest *request = vessel__warden_start_request(engine->warden);
    g_autofree char *cause = vessel__warden_last_output(engine->warden);
    vessel__error_cause(&err, cause);
    vessel__warden_abort_start(engine->warden, request, err);
}

/* "cont" was answered: the guest runs. */
static void guest_runs(void *data, const VesselJson *answer, const VesselError *err)
{
    QemuEngine *engine = data;
    VesselWarden *warden = engine->warden;
    VesselRequest *request = vessel__warden_start_request(warden);
    (void)answer;
    if (!request || vessel__warden_ending(warden))
        return;
    if (err) {
        fail_start(engine, vessel__error_copy(err));
        return;
    }
    bool paused = vessel__json_get_bool(vessel__warden_args(warden), "paused", false);
    engine->resuming = false;
    vessel__warden_enter(warden, paused ? "paused" : "running", paused ? "user" : "booted",
                         "domain.started", request, NULL);
    VesselJson *ok = vessel__json_new_object();
    vessel__json_set_string(ok, "state", vessel__warden_state(warden));
    vessel__request_done(request, ok);
}

/* Greeted, and out of the program's control group: nothing is left but to let it run. */
static void let_run(VesselWarden *warden)
{
    QemuEngine *engine = vessel__qemu_engine(warden);
    if (!vessel__warden_start_request(warden) || vessel__warden_ending(warden) ||
        !vessel__qemu_monitor_greeted(engine->monitor))
        return;
    bool paused = vessel__json_get_bool(vessel__warden_args(warden), "paused", false);
    engine->step = paused ? "to answer query-status" : "to run its vCPUs";
    engine->resuming = !paused;
    vessel__qemu_monitor_send(engine->monitor, paused ? "query-status" : "cont", NULL, guest_runs,
                              engine);
}

static void start_command_answered(void *data, const VesselJson *answer, const VesselError *err)
{
    QemuEngine *engine = data;
    (void)answer;
    if (err && vessel__warden_start_request(engine->warden))
        fail_start(engine, vessel__error_copy(err));
}

/* All of it goes in one write with qmp_capabilities; QEMU works it off in order. */
static void send_start(QemuEngine *engine)
{
    VesselWarden *warden = engine->warden;
    const VesselJson *plan = vessel__warden_plan(warden);
    uint64_t current = vessel__json_get_uint(plan, "current_kib", 0);
    vessel__qemu_send_actions(engine, start_command_answered);
    if (current > 0 && vessel__json_get_bool(plan, "balloon", false)) {
        VesselJson *target = vessel__json_new_object();
        vessel__json_set_uint(target, "value", current * 1024);
        vessel__qemu_monitor_send(engine->monitor, "balloon", target, start_command_answered,
                                  engine);
        vessel__warden_set_memory(warden, current);
    }
    engine->step = "to be moved into its systemd scope";
    if (vessel__warden_placed(warden, let_run))
        let_run(warden);
}

static void greeted(void *data, const VesselJson *greeting)
{
    QemuEngine *engine = data;
    const VesselJson *version = vessel__json_path(greeting, "version", "qemu", NULL);
    vessel__warden_log(engine->warden, "QEMU %" PRId64 ".%" PRId64 ".%" PRId64 " is there",
                       vessel__json_get_int(version, "major", 0),
                       vessel__json_get_int(version, "minor", 0),
                       vessel__json_get_int(version, "micro", 0));
    if (vessel__warden_start_request(engine->warden))
        send_start(engine);
}

/* Without its monitor a QEMU cannot be looked after. */
static void monitor_unusable(QemuEngine *engine, VesselError *err)
{
    VesselWarden *warden = engine->warden;
    if (vessel__warden_start_request(warden)) {
        fail_start(engine, err);
        return;
    }
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set(detail, "error", vessel__error_to_json(err));
    vessel__warden_log(warden, "QEMU's monitor: %s", vessel_error_message(err));
    vessel_error_free(err);
    vessel__warden_end_guest(warden, "failed", NULL, NULL, detail);
}

static void still_there(void *data)
{
    QemuEngine *engine = data;
    VesselError *err = NULL;
    vessel__fail(&err, VESSEL_ERROR_PROTOCOL, "QEMU closed its monitor and did not end");
    monitor_unusable(engine, err);
}

/* One that closed it is most likely ending, and its process will say how. */
static void monitor_lost(void *data, const VesselError *err)
{
    QemuEngine *engine = data;
    if (vessel__warden_ending(engine->warden))
        return;
    if (err) {
        monitor_unusable(engine, vessel__error_copy(err));
        return;
    }
    engine->lost_timer =
        vessel__timer_new(vessel__warden_loop(engine->warden), still_there, engine);
    vessel__timer_set(engine->lost_timer, vessel__deadline_after(LOST_GRACE_MS));
}

static const QemuMonitorHooks hooks = {greeted, vessel__qemu_event, monitor_lost};

/* ---- sockets ---- */

static int connect_stream(QemuEngine *engine, const char *name, int *fd, VesselError **err)
{
    return vessel__socket_connect(vessel__warden_folder(engine->warden), name, SOCK_STREAM,
                                  vessel__deadline_after(0), fd, err);
}

static int connect_monitor(QemuEngine *engine, VesselError **err)
{
    int fd = -1;
    int code = connect_stream(engine, VESSEL__QEMU_MONITOR, &fd, err);
    if (code == 0)
        vessel__qemu_monitor_attach(engine->monitor, fd);
    return code;
}

/* One that cannot be had (a full backlog: somebody else talks to it) is tried again. */
static void connect_console(QemuEngine *engine, const VesselJson *console)
{
    int fd = -1;
    const char *alias = vessel__json_get_string(console, "alias", "");
    if (vessel__console_is_attached(engine->warden, alias))
        return; /* another one was lost */
    if (connect_stream(engine, vessel__json_get_string(console, "socket", ""), &fd, NULL) == 0)
        vessel__console_attach(engine->warden, alias, fd);
    else
        vessel__timer_set(engine->connect_timer, vessel__deadline_after(CONNECT_RETRY_MS));
}

static void connect_consoles(QemuEngine *engine)
{
    VESSEL_JSON_FOREACH (console, vessel__json_get(vessel__warden_plan(engine->warden), "consoles"))
        connect_console(engine, console);
}

static void retry_connections(void *data)
{
    QemuEngine *engine = data;
    g_autoptr(VesselError) err = NULL;
    if (vessel__warden_ending(engine->warden))
        return;
    connect_consoles(engine);
    if (vessel__qemu_monitor_attached(engine->monitor) || connect_monitor(engine, &err) == 0)
        return;
    vessel__warden_log(engine->warden, "QEMU's monitor: %s", vessel_error_message(err));
    vessel__timer_set(engine->connect_timer, vessel__deadline_after(CONNECT_RETRY_MS));
}

static void console_lost(VesselWarden *warden, const char *alias)
{
    QemuEngine *engine = vessel__qemu_engine(warden);
    vessel__warden_log(warden, "console %s was closed by QEMU", alias);
    if (!vessel__warden_ending(warden))
        vessel__timer_set(engine->connect_timer, vessel__deadline_after(CONNECT_RETRY_MS));
}

static QemuEngine *engine_new(VesselWarden *warden)
{
    QemuEngine *engine = g_new0(QemuEngine, 1);
    engine->warden = warden;
    engine->output_fd = engine->identity_lock = engine->child.status_fd = -1;
    VesselLoop *loop = vessel__warden_loop(warden);
    engine->monitor = vessel__qemu_monitor_new(loop, MONITOR_LINE_MAX, &hooks, engine);
    engine->connect_timer = vessel__timer_new(loop, retry_connections, engine);
    engine->reset_timer = vessel__timer_new(loop, vessel__qemu_reset_done, engine);
    vessel__warden_set_engine_data(warden, engine);
    VESSEL_JSON_FOREACH (console, vessel__json_get(vessel__warden_plan(warden), "consoles"))
        vessel__console_add(warden, vessel__json_get_string(console, "alias", ""));
    return engine;
}

/* ---- the start ---- */

static void close_fds(GArray *fds)
{
    for (guint i = 0; i < fds->len; i++)
        close(g_array_index(fds, QemuFd, i).fd);
    g_array_unref(fds);
}

static int check_number(const VesselJson *item, GArray *fds, int *number, VesselError **err)
{
    *number = (int)vessel__json_get_int(item, "number", -1);
    if (*number < 3 || *number > 4096)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the plan's descriptor number %d", *number);
    for (guint i = 0; i < fds->len; i++)
        if (g_array_index(fds, QemuFd, i).number == *number)
            return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the plan has descriptor %d twice",
                                *number);
    return 0;
}

/* Those that came with the request, and the sockets that QEMU finds listening. */
static int gather_fds(VesselWarden *warden, VesselRequest *request, GArray *fds, VesselError **err)
{
    const VesselJson *plan = vessel__warden_plan(warden);
    QemuFd one;
    VESSEL_JSON_FOREACH (item, vessel__json_get(plan, "fds")) {
        const char *name = vessel__json_get_string(item, "name", "");
        int code = check_number(item, fds, &one.number, err);
        if (code < 0)
            return code;
        one.fd = vessel__request_take_fd(request, name);
        if (one.fd < 0)
            return vessel__fail(err, VESSEL_ERROR_PROTOCOL,
                                "the plan's descriptor \"%s\" is missing", name);
        g_array_append_val(fds, one);
    }
    VESSEL_JSON_FOREACH (item, vessel__json_get(plan, "listen")) {
        const char *name = vessel__json_get_string(item, "name", "");
        int code = check_number(item, fds, &one.number, err);
        if (code == 0 && (!*name || *name == '.' || strchr(name, '/')))
            code = vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the plan's socket name \"%s\"", name);
        if (code == 0)
            code = vessel__socket_listen(vessel__warden_folder(warden), name, SOCK_STREAM, &one.fd,
                                         err);
        if (code < 0)
            return code;
        g_array_append_val(fds, one);
    }
    return 0;
}

static int take_identity(QemuEngine *engine, QemuSpawn *spawn, VesselError **err)
{
    VesselWarden *warden = engine->warden;
    const VesselJson *range = vessel__json_get(vessel__warden_plan(warden), "identity");
    if (geteuid() != 0) {
        vessel__warden_note(warden,
                            "QEMU runs as uid %u, the user who started it, and sees that "
                            "user's files",
                            geteuid());
        return 0;
    }
    if (!range) {
        vessel__warden_note(warden, "QEMU runs as root: the plan gives it no user of its own");
        return 0;
    }
    int code = vessel__qemu_identity_take(range, vessel__warden_uuid(warden), &spawn->uid,
                                          &engine->identity_lock, err);
    if (code < 0)
        return code;
    if (code == 0) {
        vessel__warden_note(warden,
                            "QEMU runs as this user namespace's root, without a view of its "
                            "own: the namespace has none of the guests' ids");
        return 0;
    }
    spawn->own_identity = true;
    vessel__json_set_uint(vessel__warden_engine_state(warden), "uid", spawn->uid);
    vessel__json_set_uint(vessel__warden_engine_state(warden), "uid_base",
                          vessel__json_get_uint(range, "uid_base", 0));
    return 0;
}

static bool known_action(const char *action)
{
    return strcmp(action, "destroy") == 0 || strcmp(action, "restart") == 0 ||
           strcmp(action, "preserve") == 0;
}

static int check_actions(VesselWarden *warden, VesselError **err)
{
    static const char *const all[] = {"poweroff", "reboot", "crash"};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        const char *action = vessel__warden_action(warden, all[i]);
        if (!known_action(action)) {
            int code = vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                                    "on_%s \"%s\" is not supported by this driver", all[i], action);
            vessel__error_hint(err, "use destroy, restart or preserve");
            return code;
        }
    }
    return 0;
}

static void log_command(VesselWarden *warden)
{
    const VesselJson *plan = vessel__warden_plan(warden);
    g_autoptr(GString) line = g_string_new(vessel__json_get_string(plan, "binary", "?"));
    bool first = true;
    VESSEL_JSON_FOREACH (word, vessel__json_get(plan, "argv")) {
        const char *text = vessel__json_string(word, "");
        if (!first) { /* argv[0] is the binary's name again */
            bool plain =
                *text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_-./:=,+@%") == strlen(text);
            g_autofree char *quoted = plain ? g_strdup(text) : g_shell_quote(text);
            g_string_append_printf(line, " %s", quoted);
        }
        first = false;
    }
    vessel__warden_log(warden, "start of %s: QEMU %s, pid %d, as: %s", vessel__warden_name(warden),
                       vessel__json_get_string(plan, "version", "of unknown version"),
                       vessel__warden_guest(warden)->pid, line->str);
}

static void child_ready(void *data, short revents)
{
    QemuEngine *engine = data;
    (void)revents;
    for (;;) {
        g_autofree char *note = NULL;
        g_autoptr(VesselError) failure = NULL;
        int code = vessel__qemu_child_read(&engine->child, &note, &failure);
        if (code == VESSEL_ERROR_TIMEOUT)
            return;
        if (code == 0)
            break;
        if (note)
            vessel__warden_note(engine->warden, "%s", note);
        if (failure && !engine->child_error)
            engine->child_error = g_steal_pointer(&failure);
    }
    vessel__watch_free(g_steal_pointer(&engine->child_watch));
    vessel__close_fd(&engine->child.status_fd);
}

/* The order decides what a kill leaves behind: see lib/warden/README.md. */
static int fork_guest(QemuEngine *engine, QemuSpawn *spawn, VesselError **err)
{
    VesselWarden *warden = engine->warden;
    g_autoptr(VesselJson) groups = NULL;
    int code = vessel__qemu_child_fork(spawn, &engine->child, err);
    if (code < 0)
        return code;
    engine->child_watch = vessel__watch_new(vessel__warden_loop(warden), engine->child.status_fd,
                                            POLLIN, child_ready, engine);
    code = vessel__warden_set_guest(warden, engine->child.pid, true, err);
    if (code == 0)
        code = vessel__warden_save(warden, err);
    groups = vessel__warden_group(warden);
    if (code == 0)
        code = vessel__qemu_child_go(&engine->child, groups, err);
    return code;
}

static int launch(QemuEngine *engine, VesselRequest *request, GArray *fds, VesselError **err)
{
    VesselWarden *warden = engine->warden;
    const VesselJson *plan = vessel__warden_plan(warden);
    vessel_autofd int output = -1;
    QemuSpawn spawn = {
        .binary = vessel__json_get_string(plan, "binary", ""),
        .argv = vessel__json_get(plan, "argv"),
        .devices = vessel__json_get(plan, "devices"),
        .paths = vessel__json_get(plan, "paths"),
        .proc = vessel__json_get_bool(plan, "proc", false),
        .network = vessel__json_get_bool(plan, "network", false),
        .folder = vessel__warden_folder(warden),
    };
    int code = check_actions(warden, err);
    if (code == 0)
        code = make_output(vessel__warden_folder(warden), &output, err);
    if (code == 0)
        code = open_output(engine, err);
    if (code == 0)
        code = gather_fds(warden, request, fds, err);
    if (code == 0)
        code = take_identity(engine, &spawn, err);
    if (code < 0)
        return code;
    spawn.output_fd = output;
    spawn.fds = (const QemuFd *)(void *)fds->data;
    spawn.fds_count = fds->len;
    code = fork_guest(engine, &spawn, err);
    if (code == 0)
        code = connect_monitor(engine, err);
    if (code == 0)
        connect_consoles(engine);
    if (code == 0)
        vessel__warden_confine(warden); /* before a word of it is read */
    return code;
}

/* Rolled back: QEMU that does not answer in time is ended, and the answer says what it was at. */
static void start_late(VesselWarden *warden, VesselRequest *request)
{
    QemuEngine *engine = vessel__qemu_engine(warden);
    VesselError *err = NULL;
    if (vessel__warden_ending(warden)) {
        vessel__request_late(request);
        return;
    }
    vessel__fail(&err, VESSEL_ERROR_TIMEOUT, "the start took too long: QEMU was waited for %s",
                 engine->step);
    vessel__error_hint(&err, "it was ended, and the domain is shut off; a longer timeout may help, "
                             "the domain's log tells more");
    vessel__error_retryable(&err, true);
    fail_start(engine, err);
}

static void qemu_start(VesselWarden *warden, VesselRequest *request)
{
    QemuEngine *engine = engine_new(warden);
    VesselError *err = NULL;
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(QemuFd));
    engine->step = "to greet";
    vessel__request_on_deadline(request, start_late);
    int code = launch(engine, request, fds, &err);
    close_fds(fds); /* a copy would keep an image locked after QEMU's death */
    if (code < 0) {
        vessel__warden_abort_start(warden, request, err);
        return;
    }
    log_command(warden);
}

/* ---- adoption ---- */

static void answer_adoption(QemuEngine *engine)
{
    VesselRequest *request = g_steal_pointer(&engine->adopt_request);
    if (!request)
        return;
    vessel__timer_set(engine->adopt_timer, VESSEL_DEADLINE_NEVER);
    VesselJson *ok = vessel__json_new_object();
    vessel__json_set_string(ok, "state", vessel__warden_state(engine->warden));
    vessel__request_done(request, ok);
}

static void adopted_status(void *data, const VesselJson *answer, const VesselError *err)
{
    QemuEngine *engine = data;
    if (!err)
        vessel__qemu_apply_status(engine, answer);
    answer_adoption(engine);
}

static void adoption_silent(void *data)
{
    QemuEngine *engine = data;
    vessel__warden_log(engine->warden, "QEMU does not answer yet; its state is the last known");
    answer_adoption(engine);
}

static void keep_identity(QemuEngine *engine)
{
    VesselWarden *warden = engine->warden;
    const VesselJson *state = vessel__warden_engine_state(warden);
    g_autoptr(VesselError) err = NULL;
    uint64_t uid = vessel__json_get_uint(state, "uid", 0);
    uint64_t base = vessel__json_get_uint(state, "uid_base", 0);
    if (uid &&
        vessel__qemu_identity_keep((uid_t)base, (uid_t)uid, &engine->identity_lock, &err) < 0)
        vessel__warden_note(warden, "the guest's id %" PRIu64 " could not be locked again: %s", uid,
                            vessel_error_message(err));
}

static void qemu_adopt(VesselWarden *warden, VesselRequest *request)
{
    QemuEngine *engine = engine_new(warden);
    g_autoptr(VesselError) err = NULL;
    VesselLoop *loop = vessel__warden_loop(warden);
    engine->adopt_request = request;
    engine->adopt_timer = vessel__timer_new(loop, adoption_silent, engine);
    keep_identity(engine);
    if (open_output(engine, &err) < 0)
        vessel__warden_log(warden, "QEMU's output: %s", vessel_error_message(err));
    vessel__warden_confine(warden);
    retry_connections(engine); /* now for the first time */
    vessel__qemu_send_actions(engine, NULL);
    vessel__qemu_ask_status(engine, adopted_status);
    vessel__timer_set(engine->adopt_timer, vessel__deadline_after(ADOPT_WAIT_MS));
}

/* ---- the end ---- */

static void qemu_kill(VesselWarden *warden, bool force)
{
    vessel__pidfd_signal(vessel__warden_guest_pidfd(warden), force ? SIGKILL : SIGTERM, NULL);
}

static void describe_failure(QemuEngine *engine, const VesselExit *how, VesselError **err)
{
    if (engine->child_error) {
        *err = g_steal_pointer(&engine->child_error);
        return;
    }
    g_autofree char *cause = vessel__warden_last_output(engine->warden);
    if (how->known && how->signal)
        vessel__fail(err, VESSEL_ERROR_HYPERVISOR_DIED,
                     "QEMU was ended by signal %d (%s) before the "
                     "guest ran",
                     how->signal, g_strsignal(how->signal));
    else
        vessel__fail(err, VESSEL_ERROR_HYPERVISOR_DIED,
                     "QEMU ended with status %d before the guest ran", how->status);
    vessel__error_cause(err, cause);
    vessel__error_hint(err, "the domain's log has the whole command line");
}

static bool qemu_exited(VesselWarden *warden, const VesselExit *how, VesselError **start_error)
{
    QemuEngine *engine = vessel__qemu_engine(warden);
    if (!engine)
        return false;
    if (engine->child.status_fd >= 0)
        child_ready(engine, 0);
    if (engine->output_fd >= 0)
        read_output(engine);
    vessel__qemu_monitor_finish(engine->monitor);
    if (start_error && !*start_error)
        describe_failure(engine, how, start_error);
    answer_adoption(engine);
    vessel__timer_free(g_steal_pointer(&engine->lost_timer));
    return false;
}

static void qemu_free(VesselWarden *warden)
{
    QemuEngine *engine = vessel__qemu_engine(warden);
    vessel__qemu_probe_free();
    if (!engine)
        return;
    vessel__qemu_monitor_free(engine->monitor);
    vessel__watch_free(engine->child_watch);
    vessel__watch_free(engine->output_watch);
    vessel__timer_free(engine->lost_timer);
    vessel__timer_free(engine->adopt_timer);
    vessel__timer_free(engine->connect_timer);
    vessel__timer_free(engine->reset_timer);
    vessel__close_fd(&engine->child.status_fd);
    vessel__close_fd(&engine->output_fd);
    vessel__close_fd(&engine->identity_lock);
    vessel_error_free(engine->child_error);
    g_free(engine->restart.author);
    vessel__qemu_stats_free(engine->stats);
    g_free(engine);
    vessel__warden_set_engine_data(warden, NULL);
}

const VesselEngine vessel__engine_qemu = {
    .size = sizeof(VesselEngine),
    .name = VESSEL__QEMU_ENGINE,
    .capabilities = UINT64_C(1) << CAP_KILL, /* of a guest with a uid of its own */
    .ops = vessel__qemu_ops,
    .start = qemu_start,
    .adopt = qemu_adopt,
    .kill = qemu_kill,
    .exited = qemu_exited,
    .console_lost = console_lost,
    .probe = vessel__qemu_probe,
    .free = qemu_free,
};
