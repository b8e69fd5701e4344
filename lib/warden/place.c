/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Out of the program's control group and session, so that stopping the service that started a guest
 * does not stop the guest: a systemd scope where systemd runs, a group of our own elsewhere. Where
 * leaving is impossible the domain's info says so, and the guest runs. */
#include "warden/warden.h"

#include <poll.h>

#define SCOPE_MAX_MS 10000
#define SWEEP_MS 10000
#define REST_MS 60000
/* For what ends with the guest, a moment later: who brought a program into it. */
#define LAST_MS 200

static void keep_reason(VesselWarden *warden, const VesselError *why)
{
    g_free(warden->no_group);
    warden->no_group = g_strdup(vessel_error_message(why));
}

static void stays_behind(VesselWarden *warden, const VesselError *why)
{
    keep_reason(warden, why);
    vessel__warden_note(warden,
                        "the guest stays in the control group of the program that started it, and "
                        "ends when that group is stopped: %s",
                        vessel_error_message(why));
}

/* A user's own manager ends with the last session, and everything in it. */
static void note_lingering(VesselWarden *warden)
{
    const char *user = vessel__json_get_string(warden->args, "user", NULL);
    g_autofree char *path = g_strconcat("/var/lib/systemd/linger/", user ? user : "", NULL);
    if (user && access(path, F_OK) < 0)
        vessel__warden_note(warden,
                            "the guest ends when %s logs out: lingering is off (loginctl "
                            "enable-linger)",
                            user);
}

/* A guest with a group of its own can be frozen and limited without its warden. */
static int make_inner(VesselWarden *warden, VesselError **err)
{
    int code =
        vessel__cgroup_make_inner(warden->cgroup, VESSEL_CGROUP_GUEST, &warden->guest_cgroup, err);
    if (code == 0)
        vessel__cgroup_enable(warden->cgroup);
    return code;
}

/* The group's name has the number of this start in it: a later start never meets the group of one
 * that is still being removed. */
static int make_group(VesselWarden *warden, VesselError **err)
{
    const VesselJson *born = vessel__json_get(warden->args, "cgroup");
    const char *why_not = vessel__json_get_string(warden->args, "cgroup_error", NULL);
    if (born) /* v2: the starter made it, and we were born in it */
        return vessel__cgroup_open(born, &warden->cgroup, err);
    if (why_not)
        return vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "%s", why_not);
    g_autoptr(VesselCgroups) groups = NULL;
    g_autofree char *name = g_strdup_printf("%s-%d", warden->uuid, warden->id);
    int code = vessel__cgroups_open(&groups, err);
    bool v2 = code == 0 && vessel__cgroups_layout(groups) == VESSEL_CGROUP_V2;
    if (code == 0 && !v2 && warden->scope_name && geteuid() != 0)
        code = vessel__fail(err, VESSEL_ERROR_DENIED,
                            "systemd delegates no controller of cgroup v1 to users");
    if (v2 && !warden->scope_name)
        code = vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE,
                            "systemd, whose control groups these are, gave it no scope");
    if (code == 0)
        code = vessel__cgroup_create(groups, vessel__json_get_string(warden->args, "root_id", "0"),
                                     name, &warden->cgroup, err);
    return code;
}

/* v1: with its guest, or above it if that has the group for itself. On v2 it was born in its place.
 */
static int stand(VesselWarden *warden, VesselError **err)
{
    if (vessel__cgroup_v2_fd(warden->cgroup) >= 0)
        return 0;
    return warden->engine->own_group ? vessel__cgroup_leave(warden->cgroup, err)
                                     : vessel__cgroup_join_v1(warden->cgroup, err);
}

/* systemd delegates the scope to us, and has put the warden into it: what is beneath is ours to
 * arrange. */
static int stand_in_scope(VesselWarden *warden, VesselError **err)
{
    g_autoptr(VesselCgroup) own = NULL;
    if (vessel__cgroup_v2_fd(warden->cgroup) < 0)
        return stand(warden, err);
    int code = vessel__cgroup_make_inner(warden->cgroup, VESSEL_CGROUP_WARDEN, &own, err);
    return code == 0 ? vessel__cgroup_enter_v2(own, err) : code;
}

static int make_groups(VesselWarden *warden, VesselError **err)
{
    int code = make_group(warden, err);
    if (code == 0)
        code = warden->scope_name ? stand_in_scope(warden, err) : stand(warden, err);
    if (code == 0 && warden->engine->own_group)
        code = make_inner(warden, err);
    return code;
}

static void scope_made(VesselWarden *warden)
{
    g_autoptr(VesselError) err = NULL;
    if (geteuid() != 0)
        note_lingering(warden);
    if (!warden->engine->own_group || make_groups(warden, &err) == 0)
        return;
    keep_reason(warden, err);
    vessel__warden_log(warden, "the scope's control groups: %s", vessel_error_message(err));
}

static void scope_settled(VesselWarden *warden)
{
    vessel__watch_free(g_steal_pointer(&warden->scope_watch));
    vessel__timer_free(g_steal_pointer(&warden->scope_timer));
    g_clear_pointer(&warden->scope, vessel__scope_free);
    vessel__confine_placed(warden);
    if (warden->placed)
        warden->placed(warden);
}

static void scope_ready(void *data, short revents)
{
    VesselWarden *warden = data;
    g_autoptr(VesselError) err = NULL;
    bool late = revents == 0;
    int code = vessel__scope_finish(warden->scope, vessel__deadline_after(0), &err);
    if (code == VESSEL_ERROR_TIMEOUT && !late)
        return; /* not all of the answer yet */
    if (code < 0) {
        stays_behind(warden, err);
        g_clear_pointer(&warden->scope_name, g_free);
    } else {
        scope_made(warden);
    }
    scope_settled(warden);
}

static void scope_late(void *data)
{
    scope_ready(data, 0);
}

/* The guest's process waits to be executed, or is not there yet; it joins by itself what is made
 * here. */
static void begin_group(VesselWarden *warden)
{
    g_autoptr(VesselError) err = NULL;
    if (make_groups(warden, &err) < 0)
        stays_behind(warden, err);
}

/* systemd moves the processes it is told and no others; a guest with a group of its own is born
 * later, beneath the scope. */
static void begin_scope(VesselWarden *warden)
{
    g_autoptr(VesselError) err = NULL;
    g_autofree char *name =
        g_strdup_printf("vessel-%s-%s-%d", vessel__json_get_string(warden->args, "root_id", "0"),
                        warden->uuid, warden->id);
    pid_t pids[] = {getpid(), warden->guest.pid};
    size_t count = warden->guest.pid > 0 ? 2 : 1;
    if (vessel__scope_begin(name, pids, count, &warden->scope, &err) < 0) {
        vessel__warden_log(warden, "no systemd scope: %s", vessel_error_message(err));
        begin_group(warden);
        return;
    }
    warden->scope_name = g_strconcat(name, ".scope", NULL);
    warden->scope_watch = vessel__watch_new(warden->loop, vessel__scope_fd(warden->scope), POLLIN,
                                            scope_ready, warden);
    warden->scope_timer = vessel__timer_new(warden->loop, scope_late, warden);
    vessel__timer_set(warden->scope_timer, vessel__deadline_after(SCOPE_MAX_MS));
}

static bool by_systemd(const VesselWarden *warden)
{
    return !vessel__json_get(warden->args, "cgroup") && vessel__systemd_running();
}

void vessel__place_begin(VesselWarden *warden)
{
    if (warden->place_begun)
        return;
    warden->place_begun = true;
    if (by_systemd(warden))
        begin_scope(warden);
    else
        begin_group(warden);
}

VesselJson *vessel__warden_group(VesselWarden *warden)
{
    const VesselCgroup *group = warden->guest_cgroup ? warden->guest_cgroup : warden->cgroup;
    return group ? vessel__cgroup_to_json(group) : NULL;
}

VesselCgroup *vessel__warden_cgroup(VesselWarden *warden)
{
    return warden->guest_cgroup;
}

int vessel__warden_need_cgroup(VesselWarden *warden, VesselCgroup **group, VesselError **err)
{
    *group = warden->guest_cgroup;
    if (*group)
        return 0;
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "it has no control group of its own");
    vessel__error_cause(err, warden->no_group);
    return VESSEL_ERROR_UNSUPPORTED;
}

void vessel__place_adopt(VesselWarden *warden, const VesselJson *state)
{
    const VesselJson *groups = vessel__json_get(state, "cgroup");
    g_autoptr(VesselError) err = NULL;
    warden->scope_name = g_strdup(vessel__json_get_string(state, "scope", NULL));
    warden->place_begun = warden->scope_name || vessel__json_length(groups) > 0;
    int code = 0;
    if (vessel__json_length(groups) > 0) {
        code = vessel__cgroup_open(groups, &warden->cgroup, &err);
        if (code == 0)
            code = stand(warden, &err);
        if (code == 0 && warden->engine->own_group)
            code = make_inner(warden, &err);
    } else if (warden->scope_name && vessel__process_alive(&warden->guest)) {
        code = vessel__cgroups_follow_v1(warden->guest.pid, &err); /* into the scope */
    }
    if (code < 0)
        vessel__warden_log(warden, "the guest's control group: %s", vessel_error_message(err));
}

bool vessel__warden_place(VesselWarden *warden, void (*ready)(VesselWarden *warden))
{
    vessel__place_begin(warden);
    return vessel__warden_placed(warden, ready);
}

bool vessel__warden_placed(VesselWarden *warden, void (*ready)(VesselWarden *warden))
{
    warden->placed = ready;
    return !warden->scope;
}

static int remove_left(VesselCgroup *group, VesselDeadline deadline, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    int code = vessel__cgroup_remove(group, deadline, &why);
    if (code != VESSEL_ERROR_BUSY)
        return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : code;
    deadline = vessel__deadline_min(deadline, vessel__deadline_after(LAST_MS));
    return vessel__cgroup_remove_by(group, deadline, err);
}

/* A process cannot remove the group it is in. A scope goes by itself with its last process. */
static int leave(VesselWarden *warden, VesselDeadline deadline, VesselError **err)
{
    if (warden->cgroup && !vessel__cgroup_without_scope(warden->cgroup))
        g_clear_pointer(&warden->cgroup, vessel__cgroup_free);
    if (!warden->cgroup)
        return 0;
    vessel__confine_lift(warden, true);
    int code = vessel__cgroup_leave(warden->cgroup, err);
    if (code == 0)
        code = remove_left(warden->cgroup, deadline, err);
    vessel__confine_lift(warden, false);
    if (code == 0)
        g_clear_pointer(&warden->cgroup, vessel__cgroup_free);
    return code;
}

void vessel__place_leave(VesselWarden *warden, VesselDeadline deadline)
{
    leave(warden, deadline, NULL);
}

/* What stays is in state.json: the next start or undefine goes on. */
void vessel__place_free(VesselWarden *warden)
{
    g_autoptr(VesselError) err = NULL;
    if (leave(warden, vessel__deadline_after(REST_MS), &err) < 0)
        vessel__warden_log(warden, "the control group stays: %s", vessel_error_message(err));
    vessel__cgroup_free(warden->cgroup);
    vessel__cgroup_free(warden->guest_cgroup);
    g_free(warden->scope_name);
    g_free(warden->no_group);
}

/* One that was killed in the middle of a start may have made its group and not recorded it: the
 * name follows from what it recorded before. */
static int find_unrecorded(const char *root_id, const VesselJson *state, VesselCgroup **group)
{
    g_autofree char *name = g_strdup_printf("%s-%d", vessel__json_get_string(state, "uuid", ""),
                                            (int)vessel__json_get_int(state, "id", -1));
    return vessel__cgroup_find_named(root_id, name, group, NULL);
}

int vessel__place_sweep(VesselWarden *warden, const VesselJson *state, VesselDeadline deadline,
                        VesselError **err)
{
    const VesselJson *groups = vessel__json_get(state, "cgroup");
    const char *root_id = vessel__json_get_string(warden->args, "root_id", "0");
    g_autoptr(VesselCgroup) group = NULL;
    g_autoptr(VesselError) why = NULL;
    int code = 0;
    deadline = vessel__deadline_min(deadline, vessel__deadline_after(SWEEP_MS));
    if (vessel__json_length(groups) > 0)
        code = vessel__cgroup_open(groups, &group, &why);
    else if (vessel__json_get(state, "operation"))
        find_unrecorded(root_id, state, &group);
    if (code == 0 && group)
        code = vessel__cgroup_remove_by(group, deadline, &why);
    if (code == 0)
        return 0;
    vessel__error_prefix(&why, "of an earlier start");
    if (code == VESSEL_ERROR_BUSY || code == VESSEL_ERROR_TIMEOUT)
        return vessel__error_steal(err, g_steal_pointer(&why));
    vessel__warden_log(warden, "%s", vessel_error_message(why));
    return 0;
}
