/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's process: watched by pidfd, ended kindly and then by force, and what happens when it
 * is gone. */
#include "base/file.h"
#include "warden/warden.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define KILL_LOOK_MS 50
#define CHILDREN_RETRY_MS 1
#define CHILDREN_MAX_MS 2000
#define STATUS_MAX_MS 100
#define LEAVE_MS 1000

static void guest_readable(void *data, short revents);

const VesselProcess *vessel__warden_guest(VesselWarden *warden)
{
    return &warden->guest;
}

int vessel__warden_guest_pidfd(VesselWarden *warden)
{
    return warden->guest_pidfd;
}

bool vessel__warden_ending(VesselWarden *warden)
{
    return warden->ending;
}

VesselRequest *vessel__warden_start_request(VesselWarden *warden)
{
    return warden->start_request;
}

static void forget_guest(VesselWarden *warden)
{
    vessel__watch_free(g_steal_pointer(&warden->guest_watch));
    vessel__timer_free(g_steal_pointer(&warden->kill_timer));
    vessel__close_fd(&warden->guest_pidfd);
    warden->guest.pid = 0;
}

int vessel__warden_set_guest(VesselWarden *warden, pid_t pid, bool child, VesselError **err)
{
    forget_guest(warden);
    int code = vessel__process_of(pid, &warden->guest, err);
    if (code == 0)
        code = vessel__process_pidfd(&warden->guest, &warden->guest_pidfd, err);
    if (code < 0) {
        vessel__error_prefix(err, "the guest's process %d", pid);
        return code;
    }
    warden->guest_child = child;
    warden->guest_watch =
        vessel__watch_new(warden->loop, warden->guest_pidfd, POLLIN, guest_readable, warden);
    vessel__place_begin(warden);
    return 0;
}

int vessel__guest_adopt(VesselWarden *warden, VesselError **err)
{
    int code = vessel__process_pidfd(&warden->guest, &warden->guest_pidfd, err);
    if (code < 0)
        return code;
    warden->guest_watch =
        vessel__watch_new(warden->loop, warden->guest_pidfd, POLLIN, guest_readable, warden);
    return 0;
}

/* ---- ending it ---- */

static void look_again(void *data)
{
    VesselWarden *warden = data;
    bool stopped = vessel__process_stopped(warden->guest.pid); /* it does not see SIGTERM */
    if (!stopped && !vessel__deadline_passed(warden->kill_deadline)) {
        vessel__timer_set(warden->kill_timer, vessel__deadline_after(KILL_LOOK_MS));
        return;
    }
    vessel__warden_log(warden, "the guest's process %s: killed",
                       stopped ? "is stopped" : "does not end");
    warden->engine->kill(warden, true);
}

static void none_to_end(void *data)
{
    VesselExit how = {.known = false};
    vessel__guest_over(data, &how);
}

static void begin_ending(VesselWarden *warden)
{
    if (warden->guest_pidfd < 0) {
        vessel__loop_defer(warden->loop, none_to_end, warden);
        return;
    }
    if (vessel__pidfd_dead(warden->guest_pidfd))
        return; /* about to be noticed */
    warden->engine->kill(warden, false);
    warden->kill_deadline = vessel__deadline_after(VESSEL__KILL_GRACE_MS);
    warden->kill_timer = vessel__timer_new(warden->loop, look_again, warden);
    vessel__timer_set(warden->kill_timer, vessel__deadline_after(KILL_LOOK_MS));
}

void vessel__warden_end_guest(VesselWarden *warden, const char *reason, const char *author,
                              const VesselRequest *request, VesselJson *detail)
{
    if (warden->ending || warden->over) {
        vessel__json_free(detail);
        return;
    }
    warden->ending = true;
    warden->end.reason = g_strdup(reason);
    warden->end.author = g_strdup(author);
    warden->end.request = g_strdup(vessel__request_id_text(request));
    warden->end.detail = detail;
    begin_ending(warden);
}

void vessel__warden_abort_start(VesselWarden *warden, VesselRequest *request, VesselError *err)
{
    warden->start_request = request;
    if (warden->start_error)
        vessel_error_free(err);
    else
        warden->start_error = err;
    /* Nobody has anything to lose yet: no grace for a guest that was never let run. */
    vessel__warden_end_guest(warden, "failed", NULL, NULL, NULL);
    if (warden->guest_pidfd >= 0)
        warden->engine->kill(warden, true);
}

void vessel__guest_destroy(VesselWarden *warden, VesselRequest *request)
{
    const char *author = vessel__request_author(request);
    g_ptr_array_add(warden->destroyers, request);
    if (warden->start_request &&
        vessel__json_get_bool(vessel__request_args(request), "cancel", false)) {
        VesselError *err = NULL;
        vessel__fail(&err, VESSEL_ERROR_CANCELLED, "the start was taken back");
        vessel__warden_abort_start(warden, warden->start_request, err);
        return;
    }
    if (warden->start_request && !warden->start_error) {
        vessel__fail(&warden->start_error, VESSEL_ERROR_CANCELLED,
                     "the domain was destroyed by %s while it was being started",
                     author ? author : "somebody");
    }
    vessel__warden_end_guest(warden, "destroyed", author, request, NULL);
}

static void owner_ended(void *data, short revents)
{
    VesselWarden *warden = data;
    (void)revents;
    vessel__watch_free(g_steal_pointer(&warden->owner_watch));
    g_autofree char *author = g_strdup_printf(
        "autodestroy: pid %d, which the domain was tied to, ended", warden->owner.pid);
    vessel__warden_log(warden, "%s", author);
    if (warden->start_request && !warden->start_error)
        vessel__fail(&warden->start_error, VESSEL_ERROR_CANCELLED, "%s", author);
    vessel__warden_end_guest(warden, "destroyed", author, NULL, NULL);
}

int vessel__guest_watch_owner(VesselWarden *warden, int pidfd, VesselError **err)
{
    if (pidfd < 0) {
        int code = vessel__process_pidfd(&warden->owner, &pidfd, err);
        if (code < 0)
            return code;
    }
    warden->owner_pidfd = pidfd;
    warden->owner_watch = vessel__watch_new(warden->loop, pidfd, POLLIN, owner_ended, warden);
    return 0;
}

/* ---- when it is gone ---- */

static void read_status(VesselWarden *warden, VesselExit *how)
{
    siginfo_t info = {0};
    *how = (VesselExit){.known = false, .status = -1};
    if (warden->guest_child &&
        waitid(P_PIDFD, (id_t)warden->guest_pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid) {
        how->known = true;
        if (info.si_code == CLD_EXITED)
            how->status = info.si_status;
        else
            how->signal = info.si_status;
    }
    /* What ran inside may have ended otherwise than what looked after it. */
    vessel__exit_record_read(warden->folder, how);
}

/* An adopter is not the parent. Whoever became that takes its time to take note, or never does. */
static bool knows_status(VesselWarden *warden, VesselExit *how, VesselDeadline deadline)
{
    return how->known || warden->ending || vessel__pidfd_exit(warden->guest_pidfd, how) ||
           vessel__deadline_passed(deadline);
}

/* All but @spared. */
static bool children_gone(pid_t spared)
{
    char path[64];
    g_autofree char *text = NULL;
    size_t length = 0;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    g_snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    if (vessel__read_file(AT_FDCWD, path, 64 * 1024, &text, &length, NULL) < 0)
        return true; /* a kernel without that file */
    char *rest = text, *end = NULL;
    bool any = false;
    for (long pid = strtol(rest, &end, 10); end != rest; pid = strtol(rest, &end, 10)) {
        rest = end;
        if (pid == spared)
            continue;
        kill((pid_t)pid, SIGKILL);
        any = true;
    }
    return !any;
}

bool vessel__warden_children_gone(void)
{
    return children_gone(0);
}

typedef struct {
    VesselWarden *warden;
    VesselExit how;
    VesselTimer *timer;
    VesselDeadline deadline, status_deadline;
} Ending;

static void wait_for_children(void *data)
{
    Ending *ending = data;
    /* What is being changed may be for the next one. */
    pid_t spared = ending->warden->ending ? 0 : vessel__change_worker(ending->warden);
    bool gone_all = children_gone(spared) || vessel__deadline_passed(ending->deadline);
    if (!gone_all || !knows_status(ending->warden, &ending->how, ending->status_deadline)) {
        vessel__timer_set(ending->timer, vessel__deadline_after(CHILDREN_RETRY_MS));
        return;
    }
    VesselWarden *warden = ending->warden;
    VesselExit how = ending->how;
    VesselProcess gone = warden->guest;
    vessel__timer_free(ending->timer);
    g_free(ending);
    VesselError **why = warden->start_request && !warden->start_error ? &warden->start_error : NULL;
    if (!warden->engine->exited(warden, &how, why))
        vessel__guest_over(warden, &how);
    else if (warden->guest.pid == gone.pid && warden->guest.start == gone.start)
        forget_guest(warden); /* the next one is not there yet */
}

static void guest_readable(void *data, short revents)
{
    VesselWarden *warden = data;
    (void)revents;
    vessel__watch_free(g_steal_pointer(&warden->guest_watch));
    vessel__timer_free(g_steal_pointer(&warden->kill_timer));
    Ending *ending = g_new0(Ending, 1);
    ending->warden = warden;
    read_status(warden, &ending->how);
    ending->deadline = vessel__deadline_after(CHILDREN_MAX_MS);
    ending->status_deadline = vessel__deadline_after(STATUS_MAX_MS);
    ending->timer = vessel__timer_new(warden->loop, wait_for_children, ending);
    wait_for_children(ending);
}

/* ---- the end of it all ---- */

static bool stays(const char *name)
{
    return strcmp(name, "state.json") == 0 || strcmp(name, "op.lock") == 0 ||
           strcmp(name, "warden.lock") == 0;
}

static void sweep_folder(VesselWarden *warden)
{
    g_auto(GStrv) names = NULL;
    g_autoptr(VesselError) err = NULL;
    if (vessel__list_dir(warden->folder, ".", 4096, &names, &err) < 0) {
        vessel__warden_log(warden, "the runtime folder: %s", vessel_error_message(err));
        return;
    }
    for (guint i = 0; names[i]; i++)
        if (!stays(names[i]))
            vessel__remove_tree(warden->folder, names[i], NULL);
}

static VesselJson *stopped_event(VesselWarden *warden, const VesselExit *how, const char *reason)
{
    VesselJson *detail = g_steal_pointer(&warden->end.detail);
    if (!detail)
        detail = vessel__json_new_object();
    vessel__json_set(detail, "exit", vessel__exit_to_json(how));
    if (strcmp(reason, "failed") == 0) {
        g_autofree char *cause = vessel__warden_last_output(warden);
        vessel__json_set_string(detail, "cause", cause);
    }
    return vessel__state_event(warden, "domain.stopped", reason, warden->end.author,
                               warden->end.request, detail);
}

static void record_end(VesselWarden *warden, const VesselExit *how)
{
    const char *reason = warden->ending ? warden->end.reason : "failed";
    bool had_started = !warden->operation;
    VesselJson *event = had_started ? stopped_event(warden, how, reason) : NULL;
    g_autofree char *status = !how->known   ? g_strdup("its exit status is unknown")
                              : how->signal ? g_strdup_printf("ended by signal %d", how->signal)
                                            : g_strdup_printf("exit status %d", how->status);
    if (warden->start_error)
        vessel__warden_log(warden, "the start failed: %s",
                           vessel_error_message(warden->start_error));
    vessel__warden_log(warden, "shut off (%s), %s", reason, status);
    if (had_started)
        warden->exit_status = vessel__exit_to_json(how);
    warden->operation = NULL;
    warden->id = -1;
    warden->guest.pid = 0;
    warden->owner.pid = 0;
    g_clear_pointer(&warden->engine_state, vessel__json_free);
    /* Readers look at the file when they have read the event: it must not claim a warden then. */
    warden->self.pid = 0;
    vessel__state_enter(warden, "shut-off", reason, event);
    if (!warden->announce_owed) /* else the next warden of this domain announces it */
        g_clear_pointer(&warden->announce, vessel__json_free);
}

static void answer_all(VesselWarden *warden)
{
    VesselRequest *start = g_steal_pointer(&warden->start_request);
    if (start) {
        VesselError *why = g_steal_pointer(&warden->start_error);
        if (!why)
            vessel__fail(&why, VESSEL_ERROR_HYPERVISOR_DIED,
                         "the guest ended while it was started");
        vessel__request_failed(start, why);
    }
    vessel__change_over(warden);
    for (guint i = 0; i < warden->destroyers->len; i++)
        vessel__request_done(g_ptr_array_index(warden->destroyers, i), NULL);
    g_ptr_array_set_size(warden->destroyers, 0);
}

/* Who destroys it waits until its groups are removed, but not for a container that made them by the
 * ten thousand: what is left is removed when everybody has been answered, and is on record. */
static VesselDeadline leave_deadline(const VesselWarden *warden)
{
    VesselDeadline deadline = vessel__deadline_after(LEAVE_MS);
    for (guint i = 0; i < warden->destroyers->len; i++)
        deadline = vessel__deadline_min(
            deadline, vessel__request_deadline(g_ptr_array_index(warden->destroyers, i)));
    return deadline;
}

/* The event first: removing groups is slow (v1: one in each hierarchy), and who waits for the event
 * need not wait for that; who called destroy does. From the release of warden.lock on, the folder
 * may belong to the next warden. */
void vessel__guest_over(VesselWarden *warden, const VesselExit *how)
{
    if (warden->over)
        return;
    vessel__server_close(warden->server);
    record_end(warden, how);
    vessel__change_stop(warden);
    vessel__place_leave(warden, leave_deadline(warden));
    vessel__warden_save(warden, NULL);
    vessel__consoles_free(warden);
    sweep_folder(warden);
    warden->over = true;
    vessel__lock_release(g_steal_pointer(&warden->lock));
    answer_all(warden);
    vessel__server_drain(warden->server);
}
