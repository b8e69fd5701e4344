/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a running container, and what follows its end. */
#include "base/file.h"
#include "container/engine/state.h"
#include "sys/cgroup.h"

#include <inttypes.h>
#include <signal.h>

#define FREEZE_LOOK_MS 2
#define FREEZE_MAX_MS 5000
#define STOP_LOOK_MS 50
#define STEADY_MS 10000 /* one that ran for so long has not failed to start */
#define QUICK_MAX 10    /* ends in a row after which it stays off */
#define BACKOFF_MS 100  /* doubled with each, to … */
#define BACKOFF_MAX_MS 10000

/* ---- what follows ---- */

/* One that ends as soon as it is started is given more and more time, and then up. */
static bool restart(ContainerEngine *engine, bool asked)
{
    VesselWarden *warden = engine->warden;
    bool steady = asked || vessel__now_ms() - engine->began_ms >= STEADY_MS;
    if (engine->incomplete) {
        vessel__warden_end_guest(warden, "failed", NULL, NULL, NULL);
        return false;
    }
    engine->quick_ends = steady ? 0 : engine->quick_ends + 1;
    if (engine->quick_ends > QUICK_MAX) {
        vessel__warden_note(warden,
                            "the container ended %u times within %d s of its start, and was "
                            "not restarted again",
                            engine->quick_ends, STEADY_MS / 1000);
        vessel__warden_end_guest(warden, "failed", NULL, NULL, NULL);
        return false;
    }
    int64_t wait = steady ? 0 : MIN(BACKOFF_MS << (engine->quick_ends - 1), BACKOFF_MAX_MS);
    vessel__container_launch_in(engine, wait);
    vessel__warden_log(warden, "the container is started again in %" PRId64 " ms", wait);
    return true;
}

/* reboot(2) inside ends process 1, an init, by a signal that says which (pid_namespaces(7)). */
static const char *what_happened(VesselWarden *warden, const VesselExit *how)
{
    bool rebooted = how->known && vessel__container_is_init(warden);
    if (rebooted && how->signal == SIGHUP)
        return "reboot";
    if ((rebooted && how->signal == SIGINT) || (how->known && !how->signal && how->status == 0))
        return "poweroff";
    return "crash"; /* or unknown, when its warden was replaced: better one life too many */
}

/* Why it is shut off. An end that was asked for, or that an init has asked for, is none of a
 * program's. */
static char *reason_of_end(VesselWarden *warden, bool asked, const VesselExit *how)
{
    bool poweroff = strcmp(what_happened(warden, how), "crash") != 0;
    return asked || (poweroff && vessel__container_is_init(warden)) ? g_strdup("shutdown")
                                                                    : vessel__exit_reason(how);
}

/* In state.json, for the next warden. */
#define ASKED "asked"
#define ASKED_UNTIL "asked_until" /* of CLOCK_MONOTONIC; the state is of this boot */

/* However it ends now, that is what was wanted. NULL: nothing was. Who asks again gives it no more
 * time. */
static void expect_end(ContainerEngine *engine, const char *word)
{
    VesselJson *state = vessel__warden_engine_state(engine->warden);
    uint64_t stop_ms = vessel__json_get_uint(vessel__warden_plan(engine->warden), "stop_ms", 0);
    vessel__json_set_string(state, ASKED, word);
    if (!word)
        vessel__json_set(state, ASKED_UNTIL, NULL);
    else if (stop_ms && !vessel__json_get(state, ASKED_UNTIL))
        vessel__json_set_int(state, ASKED_UNTIL, vessel__deadline_after((int64_t)stop_ms));
    vessel__container_recall(engine);
    vessel__warden_save(engine->warden, NULL);
}

static void asked_long_ago(void *data)
{
    ContainerEngine *engine = data;
    if (vessel__warden_ending(engine->warden))
        return;
    if (engine->adopt_request) { /* its end comes first */
        vessel__timer_set(engine->stop_timer, vessel__deadline_after(STOP_LOOK_MS));
        return;
    }
    vessel__warden_log(engine->warden, "it was asked to end and has not in the time that the "
                                       "definition gives it: killed");
    vessel__container_kill(engine->warden, true);
}

void vessel__container_recall(ContainerEngine *engine)
{
    const char *word =
        vessel__json_get_string(vessel__warden_engine_state(engine->warden), ASKED, "");
    engine->end_asked = strcmp(word, "end") == 0;
    engine->restart_asked = strcmp(word, "restart") == 0;
    VesselDeadline until = vessel__json_get_int(vessel__warden_engine_state(engine->warden),
                                                ASKED_UNTIL, VESSEL_DEADLINE_NEVER);
    if (!engine->stop_timer && until != VESSEL_DEADLINE_NEVER)
        engine->stop_timer =
            vessel__timer_new(vessel__warden_loop(engine->warden), asked_long_ago, engine);
    if (engine->stop_timer)
        vessel__timer_set(engine->stop_timer, until);
}

/* NULL: nothing to say. */
static VesselJson *detail_of_end(uint64_t killed)
{
    VesselJson *detail = killed ? vessel__json_new_object() : NULL;
    if (detail)
        vessel__json_set_uint(detail, "oom_killed", killed);
    return detail;
}

bool vessel__container_over(ContainerEngine *engine, const VesselExit *how)
{
    VesselWarden *warden = engine->warden;
    const char *what = engine->end_asked ? "poweroff" : what_happened(warden, how);
    g_autofree char *reason = reason_of_end(warden, engine->end_asked, how);
    g_autofree char *ended = vessel__exit_reason(how);
    uint64_t killed = vessel__container_oom_news(engine);
    bool asked = engine->restart_asked;
    expect_end(engine, NULL);
    vessel__warden_log(warden, "it ended: %s", how->known ? ended : "its warden was replaced");
    if (killed)
        vessel__warden_log(warden, "%" PRIu64 " of its processes killed: out of memory", killed);
    if (asked || strcmp(vessel__warden_action(warden, what), "restart") == 0)
        return restart(engine, asked);
    vessel__warden_end_guest(warden, reason, NULL, NULL, detail_of_end(killed));
    return false;
}

/* ---- ending it ---- */

/* Between two lives: nothing of it runs, and the next one is on its way. */
static bool is_restarting(const ContainerEngine *engine)
{
    return !engine->running || vessel__warden_guest_pidfd(engine->warden) < 0;
}

/* What is frozen hears the signal as soon as it is thawed, and not before: who asks for an end does
 * not want to wait for somebody who resumes it. */
static void wake(VesselWarden *warden, const VesselRequest *request)
{
    VesselCgroup *group = vessel__warden_cgroup(warden);
    if (group && vessel__cgroup_freeze(group, false, NULL) == 0)
        vessel__warden_enter(warden, "running", "unpaused", "domain.resumed", request, NULL);
}

/* As the definition says. Else a program is asked by SIGTERM, an init by the signal that systemd
 * and its like take for "power off". vessel-init passes on what it gets. */
static int stop_signal(VesselWarden *warden)
{
    int usual = vessel__container_is_init(warden) ? SIGRTMIN + 3 : SIGTERM;
    return (int)vessel__json_get_int(vessel__warden_plan(warden), "stop_signal", usual);
}

static void ask_to_end(VesselWarden *warden, VesselRequest *request, bool reboot)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    VesselError *err = NULL;
    int number = stop_signal(warden);
    bool restarting = is_restarting(engine);
    if (!restarting && vessel__pidfd_signal(vessel__warden_guest_pidfd(warden), number, &err) < 0) {
        vessel__request_failed(request, err);
        return;
    }
    if (!restarting)
        expect_end(engine, reboot ? "restart" : "end");
    if (!restarting && strcmp(vessel__warden_state(warden), "paused") == 0)
        wake(warden, request);
    vessel__warden_event(warden, "domain.shutdown-requested", reboot ? "reboot" : "user", request,
                         NULL);
    vessel__request_done(request, NULL);
    if (restarting && !reboot)
        vessel__warden_end_guest(warden, "shutdown", NULL, NULL, NULL);
}

static void op_shutdown(VesselWarden *warden, VesselRequest *request)
{
    ask_to_end(warden, request, false);
}

static void op_reboot(VesselWarden *warden, VesselRequest *request)
{
    ask_to_end(warden, request, true);
}

static void op_reset(VesselWarden *warden, VesselRequest *request)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    if (!is_restarting(engine)) {
        expect_end(engine, "restart");
        vessel__container_kill(warden, true);
    }
    vessel__warden_event(warden, "domain.reset", "user", request, NULL);
    vessel__request_done(request, NULL);
}

/* ---- the freezer ---- */

static void look_at_freezer(void *data)
{
    ContainerEngine *engine = data;
    VesselWarden *warden = engine->warden;
    VesselCgroup *group = vessel__warden_cgroup(warden);
    VesselError *err = NULL;
    if (!engine->freeze_request)
        return;
    if (vessel__cgroup_frozen(group)) {
        vessel__warden_enter(warden, "paused", "user", "domain.suspended", engine->freeze_request,
                             NULL);
        vessel__request_done(g_steal_pointer(&engine->freeze_request), NULL);
        return;
    }
    if (vessel__now_ms() < engine->freeze_until) {
        vessel__timer_set(engine->freeze_timer, vessel__deadline_after(FREEZE_LOOK_MS));
        return;
    }
    vessel__cgroup_freeze(group, false, NULL);
    vessel__fail(&err, VESSEL_ERROR_TIMEOUT,
                 "a process of the container does not stop: it waits in "
                 "the kernel");
    vessel__error_retryable(&err, true);
    vessel__request_failed(g_steal_pointer(&engine->freeze_request), err);
}

static void freeze_late(VesselWarden *warden, VesselRequest *request)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    (void)request;
    engine->freeze_until = 0;
    look_at_freezer(engine);
}

static void op_suspend(VesselWarden *warden, VesselRequest *request)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    VesselCgroup *group = NULL;
    VesselError *err = NULL;
    if (is_restarting(engine)) {
        vessel__fail(&err, VESSEL_ERROR_WRONG_STATE, "the container is being restarted");
        vessel__error_retryable(&err, true);
        vessel__request_failed(request, err);
        return;
    }
    if (vessel__warden_need_cgroup(warden, &group, &err) < 0 ||
        vessel__cgroup_freeze(group, true, &err) < 0) {
        vessel__request_failed(request, err);
        return;
    }
    engine->freeze_request = request;
    engine->freeze_until = vessel__now_ms() + FREEZE_MAX_MS;
    vessel__request_on_deadline(request, freeze_late);
    if (!engine->freeze_timer)
        engine->freeze_timer =
            vessel__timer_new(vessel__warden_loop(warden), look_at_freezer, engine);
    look_at_freezer(engine);
}

static void op_resume(VesselWarden *warden, VesselRequest *request)
{
    ContainerEngine *engine = vessel__container_engine(warden);
    VesselCgroup *group = NULL;
    VesselError *err = NULL;
    if (!engine->gone)
        vessel__container_let_go(engine); /* it was started paused */
    else if (vessel__warden_need_cgroup(warden, &group, &err) < 0 ||
             vessel__cgroup_freeze(group, false, &err) < 0) {
        vessel__request_failed(request, err);
        return;
    }
    vessel__warden_enter(warden, "running", "unpaused", "domain.resumed", request, NULL);
    vessel__request_done(request, NULL);
}

const VesselEngineOp vessel__container_ops[] = {
    {VESSEL__OP_SUSPEND, true, op_suspend},
    {VESSEL__OP_RESUME, true, op_resume},
    {VESSEL__OP_SHUTDOWN, true, op_shutdown},
    {VESSEL__OP_REBOOT, true, op_reboot},
    {VESSEL__OP_RESET, true, op_reset},
    {VESSEL__OP_STATS, false, vessel__container_op_stats},
    {0},
};
