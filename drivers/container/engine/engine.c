/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container engine: from a plan to a running first process, its end, and what follows that. */
#include "base/file.h"
#include "container/engine/state.h"
#include "sys/cgroup.h"
#include "sys/fileid.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#define CHILD_FDS 8
#define LAUNCH_LOOK_MS 2
#define CLEAR_SLICE_MS 20

ContainerEngine *vessel__container_engine(VesselWarden *warden)
{
    return vessel__warden_engine_data(warden);
}

bool vessel__container_is_init(VesselWarden *warden)
{
    const char *kind = vessel__json_get_string(vessel__warden_plan(warden), "kind", "program");
    return strcmp(kind, "init") == 0;
}

/* ---- what it is made of ---- */

static void add_source(GArray *sources, const VesselJson *plan, int fd)
{
    ContainerSource source = {.plan = plan, .fd = fd, .tree = -1};
    g_array_append_val(sources, source);
}

/* From the request; by an adopter, which got none, by their paths. */
static int take_fd(VesselRequest *request, const char *name, const VesselJson *plan, int *fd,
                   VesselError **err)
{
    *fd = request ? vessel__request_take_fd(request, name) : -1;
    if (*fd >= 0)
        return 0;
    if (request)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the plan's descriptor \"%s\" is missing",
                            name);
    const char *path = vessel__json_get_string(plan, "source", "");
    int code = vessel__open_at(AT_FDCWD, path, O_PATH, 0, fd, err);
    if (code < 0 || vessel__fileid_is(*fd, plan))
        return code;
    vessel__close_fd(fd);
    return vessel__fail(err, VESSEL_ERROR_BUSY, "%s is not what it was at the start", path);
}

static int gather_list(ContainerEngine *engine, VesselRequest *request, const VesselJson *list,
                       VesselError **err)
{
    VESSEL_JSON_FOREACH (item, list) {
        const char *name = vessel__json_get_string(item, "fd", NULL);
        int fd = -1, code = name ? take_fd(request, name, item, &fd, err) : 0;
        if (code < 0)
            return code;
        add_source(engine->sources, item, fd);
    }
    return 0;
}

static int gather(ContainerEngine *engine, VesselRequest *request, VesselError **err)
{
    static const char *const first[] = {"init", "root"}, *const lists[] = {"mounts", "layers"};
    const VesselJson *plan = vessel__warden_plan(engine->warden);
    int fd = -1, code = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(first) && code == 0; i++) {
        const VesselJson *source = vessel__json_get(plan, first[i]);
        code = take_fd(request, first[i], source, &fd, err);
        if (code == 0)
            add_source(engine->sources, source, fd);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(lists) && code == 0; i++)
        code = gather_list(engine, request, vessel__json_get(plan, lists[i]), err);
    const VesselJson *slirp = vessel__json_get(plan, "slirp");
    if (code == 0 && slirp)
        code = take_fd(request, "slirp", slirp, &engine->slirp_binary, err);
    return code;
}

static void close_sources(ContainerEngine *engine, bool trees_alone)
{
    for (guint i = 0; i < engine->sources->len; i++) {
        ContainerSource *source = &g_array_index(engine->sources, ContainerSource, i);
        vessel__close_fd(&source->tree);
        if (!trees_alone)
            vessel__close_fd(&source->fd);
    }
}

/* ---- the start ---- */

void vessel__container_fail(ContainerEngine *engine, VesselError *err)
{
    VesselRequest *request = vessel__warden_start_request(engine->warden);
    if (request) {
        vessel__warden_abort_start(engine->warden, request, err);
        return;
    }
    /* A restart of a container that ran. */
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set(detail, "error", vessel__error_to_json(err));
    vessel__warden_log(engine->warden, "the restart failed: %s", vessel_error_message(err));
    vessel_error_free(err);
    vessel__warden_end_guest(engine->warden, "failed", NULL, NULL, detail);
}

/* A child that is gone is heard of by its end. */
void vessel__container_say(ContainerEngine *engine, const char *what)
{
    g_autoptr(VesselJson) word = vessel__json_new_object();
    vessel__json_set_bool(word, what, true);
    vessel__message_send(engine->child.socket, word, NULL, 0, vessel__deadline_after(0), NULL);
}

void vessel__container_let_go(ContainerEngine *engine)
{
    engine->step = "to be executed";
    engine->gone = true;
    vessel__container_say(engine, "go");
}

static void answer_start(ContainerEngine *engine, const char *state, const char *reason)
{
    VesselWarden *warden = engine->warden;
    VesselRequest *request = vessel__warden_start_request(warden);
    VesselJson *ok = vessel__json_new_object();
    if (!request) {
        vessel__warden_enter(warden, state, "booted", "domain.rebooted", NULL, NULL);
        vessel__json_free(ok);
        return;
    }
    vessel__warden_enter(warden, state, reason, "domain.started", request, NULL);
    vessel__json_set_string(ok, "state", vessel__warden_state(warden));
    vessel__request_done(request, ok);
}

/* Before it was executed: with it went its namespaces, and it has said why, or its end does. */
static bool child_gone(const ContainerEngine *engine)
{
    struct pollfd poller = {.fd = engine->child.socket};
    return poll(&poller, 1, 0) > 0 && (poller.revents & POLLHUP);
}

/* It has a network namespace, in which its interfaces can be made. */
static void child_apart(ContainerEngine *engine)
{
    g_autoptr(VesselError) err = NULL;
    if (vessel__warden_ending(engine->warden) || child_gone(engine))
        return;
    if (vessel__container_make_network(engine, &err) < 0 && !child_gone(engine))
        vessel__container_fail(engine, g_steal_pointer(&err));
}

/* The container's root, as the host numbers it. */
static uid_t root_outside(const VesselJson *plan, const char *ranges)
{
    const VesselJson *first = vessel__json_at(vessel__json_get(plan, ranges), 0);
    return (uid_t)vessel__json_get_uint(first, "target", geteuid());
}

/* An init's groups, not before its process stands in them: who is nobody yet joins what is ours. An
 * ordinary user's group can be given to that user alone: to another of its ids it could be from
 * inside of a user namespace that has both, which such a map is not. */
static int delegate(const ContainerEngine *engine, VesselError **err)
{
    const VesselJson *plan = vessel__warden_plan(engine->warden);
    VesselCgroup *group = vessel__warden_cgroup(engine->warden);
    uid_t uid = root_outside(plan, "uids");
    if (!group || !vessel__container_is_init(engine->warden))
        return 0;
    int code = vessel__cgroup_delegate(group, uid, (gid_t)root_outside(plan, "gids"), err);
    if (code == 0 || geteuid() == 0 || uid == geteuid())
        return code;
    vessel__error_prefix(err,
                         "an init needs a control group of its own, which this user cannot give "
                         "to the host's id %u",
                         (unsigned)uid);
    vessel__error_at(err, "/domain/idmap/uid", 0, 0);
    vessel__error_hint(err, "leave <idmap> out, or have the container's 0 be this user's own id");
    return code;
}

static void child_ready(ContainerEngine *engine)
{
    VesselWarden *warden = engine->warden;
    VesselError *err = NULL;
    bool paused = vessel__json_get_bool(vessel__warden_args(warden), "paused", false);
    engine->ready = true;
    if (engine->gone || vessel__warden_ending(warden))
        return;
    if (delegate(engine, &err) < 0) {
        vessel__container_fail(engine, err);
        return;
    }
    if (paused && vessel__warden_start_request(warden)) {
        engine->held = true;
        answer_start(engine, "paused", "user"); /* resume gives the word */
        vessel__close_fd(&engine->stage);       /* it would keep the host's file systems in use */
    } else {
        vessel__container_let_go(engine);
    }
}

/* The socket ended: the program runs, or the process is gone and its end is about to be noticed. */
static void child_executed(ContainerEngine *engine)
{
    VesselWarden *warden = engine->warden;
    vessel__watch_free(g_steal_pointer(&engine->child_watch));
    vessel__close_fd(&engine->child.socket);
    if (!engine->gone || engine->child_error || vessel__warden_ending(warden))
        return;
    engine->running = true;
    if (engine->held) { /* started paused, and resumed: answered by who resumed it */
        engine->held = false;
        return;
    }
    answer_start(engine, "running", "booted");
}

static void not_executed(ContainerEngine *engine, int errnum)
{
    const VesselJson *plan = vessel__warden_plan(engine->warden);
    const char *path = vessel__json_get_string(plan, "path", "?");
    vessel__fail_errno(&engine->child_error, errnum, "%s in the container", path);
    vessel__error_at(&engine->child_error, "/domain/os/init", 0, 0);
    if (errnum == ENOENT)
        vessel__error_hint(&engine->child_error,
                           "it, its interpreter or its loader is not in the container's root");
}

static void take_console(ContainerEngine *engine, int *fds, size_t count)
{
    const VesselJson *plan = vessel__warden_plan(engine->warden);
    if (count < 2)
        return;
    vessel__close_fd(&engine->terminal);
    engine->terminal = vessel__steal_fd(&fds[1]);
    fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK);
    vessel__console_attach(engine->warden, vessel__json_get_string(plan, "console", ""),
                           vessel__steal_fd(&fds[0]));
}

static void take_word(ContainerEngine *engine, const VesselJson *message, int *fds, size_t count)
{
    const VesselJson *error = vessel__json_get(message, "error");
    int errnum = (int)vessel__json_get_int(message, "errno", 0);
    if (error && !engine->child_error)
        engine->child_error = vessel__error_from_json(error);
    else if (errnum && !engine->child_error)
        not_executed(engine, errnum);
    else if (vessel__json_get(message, "console"))
        take_console(engine, fds, count);
    else if (vessel__json_get(message, "apart"))
        child_apart(engine);
    else if (vessel__json_get(message, "ready"))
        child_ready(engine);
    for (size_t i = 0; i < count; i++)
        vessel__close_fd(&fds[i]);
}

static void child_speaks(void *data, short revents)
{
    ContainerEngine *engine = data;
    (void)revents;
    while (engine->child.socket >= 0) {
        g_autoptr(VesselJson) message = NULL;
        int fds[CHILD_FDS];
        size_t count = 0;
        int code = vessel__message_receive(engine->child.socket, &message, fds, CHILD_FDS, &count,
                                           vessel__deadline_after(0), NULL);
        if (code == VESSEL_ERROR_TIMEOUT)
            return;
        if (code < 0) {
            child_executed(engine);
            vessel__close_fd(&engine->stage); /* takes the kernel its time: after the answer */
        } else {
            take_word(engine, message, fds, count);
        }
    }
}

/* ---- making it ---- */

/* A user's child finds the files by itself, in mounts of its own from the beginning. */
static int enter_stage(ContainerEngine *engine, ContainerStage *stage, VesselError **err)
{
    int code = 0;
    for (guint i = 0; i < engine->sources->len && geteuid() == 0 && code == 0; i++) {
        ContainerSource *source = &g_array_index(engine->sources, ContainerSource, i);
        code = source->fd >= 0 ? vessel__container_copy_source(source, err) : 0;
    }
    if (code < 0 || geteuid() != 0)
        return code;
    return vessel__container_stage_enter(stage, vessel__warden_folder(engine->warden), err);
}

static int fill_stage(ContainerEngine *engine, const ContainerStage *stage, VesselError **err)
{
    int code = 0;
    for (guint i = 0; i < engine->sources->len && stage->top >= 0 && code == 0; i++) {
        ContainerSource *source = &g_array_index(engine->sources, ContainerSource, i);
        if (source->fd >= 0)
            code = vessel__container_fit_source(source, engine->child.pid, err);
        if (source->fd >= 0 && code == 0)
            code = vessel__container_stage_add(stage, i, source, err);
    }
    return code;
}

/* Each life has a record of its own, and pipes if its console is such. */
static int fork_with_files(ContainerEngine *engine, const ContainerStage *stage,
                           ContainerSpawn *spawn, VesselError **err)
{
    vessel_autofd int record = -1, input = -1, output = -1;
    int code = vessel__container_is_init(engine->warden)
                   ? 0
                   : vessel__exit_record_new(vessel__warden_folder(engine->warden), &record, err);
    if (code == 0)
        code = vessel__container_make_pipes(engine, stage->uid, stage->gid, spawn->pipes, err);
    spawn->record = record;
    input = spawn->pipes[0];
    output = spawn->pipes[1];
    return code < 0 ? code : vessel__container_fork(spawn, &engine->child, err);
}

/* The child is there and waits. The order decides what a kill leaves behind: see
 * lib/warden/README.md. */
static int prepare(ContainerEngine *engine, const ContainerStage *stage, VesselError **err)
{
    VesselWarden *warden = engine->warden;
    const VesselJson *plan = vessel__warden_plan(warden);
    int code = vessel__warden_set_guest(warden, engine->child.pid, true, err);
    if (code == 0)
        code = vessel__warden_save(warden, err);
    if (code == 0)
        code = vessel__container_limit(engine, err);
    if (code == 0)
        vessel__container_allow_devices(engine);
    if (code == 0)
        code = vessel__container_write_maps(plan, engine->child.pid, err);
    if (code == 0)
        code = vessel__container_relax(plan, engine->child.pid, err);
    vessel__container_watch_oom(engine);
    if (code == 0)
        code = fill_stage(engine, stage, err);
    return code;
}

static int launch(ContainerEngine *engine, VesselError **err)
{
    VesselWarden *warden = engine->warden;
    const VesselJson *plan = vessel__warden_plan(warden);
    __attribute__((cleanup(vessel__container_stage_leave)))
    ContainerStage stage = {.uid = root_outside(plan, "uids"),
                            .gid = (gid_t)root_outside(plan, "gids"),
                            .home = -1,
                            .root = -1,
                            .mounts = -1,
                            .top = -1};
    engine->ready = engine->gone = engine->running = engine->held = false;
    engine->began_ms = vessel__now_ms();
    g_clear_pointer(&engine->child_error, vessel_error_free);
    int code = enter_stage(engine, &stage, err);
    ContainerSpawn spawn = {.plan = plan,
                            .sources = (ContainerSource *)(void *)engine->sources->data,
                            .sources_count = engine->sources->len,
                            .mounts_count = vessel__json_length(vessel__json_get(plan, "mounts")),
                            .group = vessel__warden_cgroup(warden),
                            .pipes = {-1, -1},
                            .record = -1,
                            .stage = stage.top};
    if (code == 0)
        code = fork_with_files(engine, &stage, &spawn, err);
    if (code == 0) {
        engine->child_watch = vessel__watch_new(vessel__warden_loop(warden), engine->child.socket,
                                                POLLIN, child_speaks, engine);
        code = prepare(engine, &stage, err);
    }
    close_sources(engine, true);
    vessel__close_fd(&engine->stage);
    engine->stage = vessel__steal_fd(&stage.mounts);
    return code;
}

/* ---- what a launch waits for: the life before this one leaves things behind ---- */

#define NOT_YET 1

static int await_change(ContainerEngine *engine, bool last, VesselError **err)
{
    (void)err;
    return vessel__warden_changing(engine->warden) && !last ? NOT_YET : 0;
}

/* What it made in its groups goes, a bit at a time, since the warden has others to answer. What it
 * was given of them is taken back: who is made next joins them before it is anybody inside. */
static int await_groups(ContainerEngine *engine, bool last, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    VesselCgroup *group = vessel__warden_cgroup(engine->warden);
    if (!group || vessel__warden_start_request(engine->warden))
        return 0; /* there was none */
    int code = vessel__cgroup_clear(group, vessel__deadline_after(CLEAR_SLICE_MS), &why);
    if (code == 0 && vessel__container_is_init(engine->warden))
        code = vessel__cgroup_delegate(group, geteuid(), getegid(), &why);
    /* In use by what is about to end: who brought a program into that life. */
    if ((code == VESSEL_ERROR_TIMEOUT || code == VESSEL_ERROR_BUSY) && !last)
        return NOT_YET;
    return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : 0;
}

/* Those that are still taken then are somebody else's: making them says so. */
static int await_names(ContainerEngine *engine, bool last, VesselError **err)
{
    (void)err;
    return vessel__container_names_taken(engine) && !last ? NOT_YET : 0;
}

static const struct {
    int (*look)(ContainerEngine *engine, bool last, VesselError **err);
    const char *step;
    int64_t max_ms; /* from when the launch was due */
} waits[] = {
    /* Then the plan says what its limits are. The change has a deadline of its own. */
    {await_change, "for a change to be made", INT64_MAX},
    {await_groups, "to get its control groups", 60000},
    {await_names, "to get its interfaces' names", 2000},
};

/* Of the first that is not yet there, or an error. */
static int look_around(ContainerEngine *engine, VesselError **err)
{
    int64_t waited = vessel__now_ms() - engine->due_ms;
    for (size_t i = 0; i < G_N_ELEMENTS(waits); i++) {
        int code = waits[i].look(engine, waited >= waits[i].max_ms, err);
        if (code == NOT_YET)
            engine->step = waits[i].step;
        if (code != 0)
            return code;
    }
    return 0;
}

static void launch_now(void *data)
{
    ContainerEngine *engine = data;
    VesselWarden *warden = engine->warden;
    VesselError *err = NULL;
    if (vessel__warden_ending(warden))
        return;
    int code = look_around(engine, &err);
    if (code == NOT_YET) {
        vessel__timer_set(engine->launch_timer, vessel__deadline_after(LAUNCH_LOOK_MS));
        return;
    }
    engine->step = "to be made";
    if (code == 0)
        code = launch(engine, &err);
    if (code < 0) {
        vessel__container_fail(engine, err);
        return;
    }
    /* slirp4netns must find a child that is not unreadable yet; else it makes its root meanwhile.
     */
    if (!vessel__json_get(vessel__warden_plan(warden), "slirp"))
        vessel__container_say(engine, "mapped");
    vessel__warden_log(
        warden, "start of %s: %s in a container, pid %d", vessel__warden_name(warden),
        vessel__json_get_string(vessel__warden_plan(warden), "path", "?"), engine->child.pid);
}

void vessel__container_launch_in(ContainerEngine *engine, int64_t wait_ms)
{
    if (!engine->launch_timer)
        engine->launch_timer =
            vessel__timer_new(vessel__warden_loop(engine->warden), launch_now, engine);
    engine->due_ms = vessel__now_ms() + wait_ms;
    vessel__timer_set(engine->launch_timer, vessel__deadline_after(wait_ms));
}

static ContainerEngine *engine_new(VesselWarden *warden)
{
    ContainerEngine *engine = g_new0(ContainerEngine, 1);
    const char *console = vessel__json_get_string(vessel__warden_plan(warden), "console", NULL);
    engine->warden = warden;
    engine->child.socket = engine->terminal = engine->oom_fd = engine->ids = engine->slirp_binary =
        engine->stage = -1;
    engine->sources = g_array_new(FALSE, FALSE, sizeof(ContainerSource));
    vessel__warden_set_engine_data(warden, engine);
    if (console)
        vessel__console_add(warden, console);
    return engine;
}

static void start_late(VesselWarden *warden, VesselRequest *request)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    VesselError *err = NULL;
    if (vessel__warden_ending(warden)) {
        vessel__request_late(request);
        return;
    }
    vessel__fail(&err, VESSEL_ERROR_TIMEOUT,
                 "the start took too long: the container was waited "
                 "for %s",
                 engine->step);
    vessel__error_retryable(&err, true);
    vessel__container_fail(engine, err);
}

/* The warden is where it belongs among the host's processes, and the groups are there. */
static void placed(VesselWarden *warden)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    if (engine->child.pid <= 0 && !vessel__warden_ending(warden))
        vessel__container_launch_in(engine, 0);
}

static void container_start(VesselWarden *warden, VesselRequest *request)
{
    ContainerEngine *engine = engine_new(warden);
    VesselError *err = NULL;
    engine->step = "to get its systemd scope";
    engine->ids = vessel__request_take_fd(request, "ids");
    vessel__request_on_deadline(request, start_late);
    if (gather(engine, request, &err) < 0)
        vessel__warden_abort_start(warden, request, err);
    else if (vessel__warden_place(warden, placed))
        placed(warden);
}

/* ---- adoption ---- */

static void adopted(ContainerEngine *engine)
{
    VesselJson *ok = vessel__json_new_object();
    vessel__json_set_string(ok, "state", vessel__warden_state(engine->warden));
    vessel__request_done(g_steal_pointer(&engine->adopt_request), ok);
    if (vessel__warden_ending(engine->warden)) /* that waited */
        vessel__container_kill(engine->warden, true);
}

/* Of pipes both ends are there still; a terminal has hung up. */
static void adopt_console(ContainerEngine *engine)
{
    const VesselJson *plan = vessel__warden_plan(engine->warden);
    g_autoptr(VesselError) err = NULL;
    if (!vessel__json_get(plan, "console"))
        return;
    if (!vessel__json_get_bool(plan, "pipes", false))
        vessel__warden_note(engine->warden,
                            "the console ended with the container's earlier warden");
    else if (vessel__container_take_pipes(engine, &err) < 0)
        vessel__warden_note(engine->warden, "the console is lost: %s", vessel_error_message(err));
}

static void container_adopt(VesselWarden *warden, VesselRequest *request)
{
    ContainerEngine *engine = engine_new(warden);
    g_autoptr(VesselError) err = NULL;
    engine->running = engine->ready = engine->gone = true;
    engine->began_ms = vessel__now_ms();
    engine->ids = vessel__container_hold_ids(vessel__warden_plan(warden));
    vessel__container_recall(engine);
    vessel__container_watch_oom(engine);
    if (gather(engine, NULL, &err) < 0) {
        engine->incomplete = true;
        vessel__warden_note(warden, "the container cannot be restarted: %s",
                            vessel_error_message(err));
    }
    vessel__container_adopt_moved(engine);
    if (vessel__json_get(vessel__warden_plan(warden), "slirp"))
        vessel__warden_note(
            warden, "the interface of the type 'user' has no way out until a restart: slirp4netns "
                    "ended with the container's earlier warden");
    adopt_console(engine);
    engine->adopt_request = request;
    vessel__container_slirp_sweep(engine, adopted);
}

/* ---- the end ---- */

/* The kernel kills whatever is in the PID namespace with its process 1, and that one ends last.
 * What is frozen hears no signal until it is thawed. */
void vessel__container_kill(VesselWarden *warden, bool force)
{
    const ContainerEngine *engine = vessel__container_engine(warden);
    VesselCgroup *group = vessel__warden_cgroup(warden);
    (void)force;
    if (engine && engine->adopt_request) /* what an earlier warden left goes first */
        return;
    vessel__pidfd_signal(vessel__warden_guest_pidfd(warden), SIGKILL, NULL);
    if (group)
        vessel__cgroup_freeze(group, false, NULL);
}

static bool container_exited(VesselWarden *warden, const VesselExit *how, VesselError **start_error)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    if (!engine)
        return false;
    child_speaks(engine, 0);
    if (engine->adopt_request)
        adopted(engine);
    vessel__container_slirp_free(g_steal_pointer(&engine->slirp));
    vessel__container_give_back(engine);
    if (start_error && !*start_error) {
        *start_error = g_steal_pointer(&engine->child_error);
        if (!*start_error)
            vessel__fail(start_error, VESSEL_ERROR_HYPERVISOR_DIED,
                         "the container's first process ended before it was executed");
    }
    if (engine->child_error)
        vessel__warden_log(warden, "%s", vessel_error_message(engine->child_error));
    bool follows =
        !start_error && !vessel__warden_ending(warden) && vessel__container_over(engine, how);
    if (!follows)
        vessel__close_fd(&engine->ids); /* before anybody hears of the end */
    return follows;
}

static void container_free(VesselWarden *warden)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    if (!engine)
        return;
    vessel__watch_free(engine->child_watch);
    vessel__timer_free(engine->launch_timer);
    vessel__timer_free(engine->freeze_timer);
    vessel__timer_free(engine->stop_timer);
    vessel__container_forget_oom(engine);
    vessel__close_fd(&engine->child.socket);
    vessel__close_fd(&engine->terminal);
    vessel__close_fd(&engine->stage);
    vessel__close_fd(&engine->ids);
    vessel__container_slirp_free(engine->slirp);
    vessel__container_forget_moved(engine);
    vessel__close_fd(&engine->slirp_binary);
    close_sources(engine, false);
    g_array_unref(engine->sources);
    vessel_error_free(engine->child_error);
    g_free(engine);
    vessel__warden_set_engine_data(warden, NULL);
}

const VesselEngine vessel__engine_container = {
    .size = sizeof(VesselEngine),
    .name = VESSEL__CONTAINER_ENGINE,
    .new_privileges = true, /* an init's, inside; a program's are none: privileges.c */
    .own_group = true,
    .ops = vessel__container_ops,
    .start = container_start,
    .adopt = container_adopt,
    .kill = vessel__container_kill,
    .exited = container_exited,
    .change = vessel__container_change_live,
    .free = container_free,
};
