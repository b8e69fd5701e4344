/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limits of a container, and what follows when memory's is reached. */
#include "base/file.h"
#include "base/words.h"
#include "container/engine/state.h"
#include "sys/cgroup.h"

#include <inttypes.h>

#define WAYS_MAX 8
#define LOOK_MS 50
#define LOOKS 20

/* ---- setting ---- */

static int set_limit(VesselWarden *warden, const VesselJson *limit, VesselError **err)
{
    VesselCgroup *group = NULL;
    VesselCgroupWay ways[WAYS_MAX];
    size_t count = 0;
    VESSEL_JSON_FOREACH (way, vessel__json_get(limit, "ways"))
        if (count < WAYS_MAX)
            ways[count++] = (VesselCgroupWay){.v2 = vessel__json_get_bool(way, "v2", false),
                                              .file = vessel__json_get_string(way, "file", ""),
                                              .value = vessel__json_get_string(way, "value", "")};
    int code = vessel__warden_need_cgroup(warden, &group, err);
    return code == 0 ? vessel__cgroup_set(group, ways, count, err) : code;
}

/* ---- memory of one that is in use ---- */

/* What memory.high is when nothing is being changed. */
static const char *usual_high(VesselWarden *warden)
{
    const char *high = "max";
    VESSEL_JSON_FOREACH (limit, vessel__json_get(vessel__warden_plan(warden), "limits"))
        if (strcmp(vessel__json_get_string(limit, "of", ""), VESSEL__LIMIT_SOFT) == 0)
            VESSEL_JSON_FOREACH (way, vessel__json_get(limit, "ways"))
                if (vessel__json_get_bool(way, "v2", false))
                    high = vessel__json_get_string(way, "value", high);
    return high;
}

static int set_high(VesselCgroup *group, const char *value, VesselError **err)
{
    const VesselCgroupWay way = {.v2 = true, .file = "memory.high", .value = value};
    return vessel__cgroup_set(group, &way, 1, err);
}

static int check_room(VesselCgroup *group, uint64_t most, VesselError **err)
{
    uint64_t used = 0;
    if (vessel__cgroup_memory(group, &used, NULL) < 0 || used <= most)
        return 0;
    vessel__fail(err, VESSEL_ERROR_BUSY,
                 "%" PRIu64 " KiB are less than the container uses, %" PRIu64 " KiB", most / 1024,
                 used / 1024);
    vessel__error_hint(err, "end something in it first");
    vessel__error_retryable(err, true);
    return VESSEL_ERROR_BUSY;
}

/* A limit of memory below what is used is refused by v1, by itself too, so that what was raised a
 * moment ago can be lowered again (@undo). v2 kills for it: there who wants more than the new limit
 * is held back first, and what is used looked at then. */
static int change_memory(VesselWarden *warden, const VesselJson *limit, bool undo,
                         VesselError **err)
{
    VesselCgroup *group = vessel__warden_cgroup(warden);
    const VesselJson *way = vessel__json_at(vessel__json_get(limit, "ways"), 0);
    const char *value = vessel__json_get_string(way, "value", "");
    g_autofree char *high = NULL;
    uint64_t most = 0;
    int code = 0;
    bool v2 = group && vessel__cgroup_read(group, NULL, "memory.high", NULL, &high, NULL) == 0;
    bool limited = group && vessel__parse_u64(value, &most);
    if (limited && (v2 || !undo))
        code = check_room(group, most, err);
    if (limited && v2 && code == 0) {
        code = set_high(group, value, err);
        if (code == 0)
            code = check_room(group, most, err);
    }
    if (code == 0)
        code = set_limit(warden, limit, err);
    if (v2) {
        g_autoptr(VesselError) why = NULL;
        if (set_high(group, usual_high(warden), &why) < 0)
            vessel__warden_log(warden, "%s", vessel_error_message(why));
    }
    return code;
}

/* ---- all of them ---- */

typedef enum { START, LIVE, UNDO } When;

static int write_limit(VesselWarden *warden, const VesselJson *limit, When when, VesselError **err)
{
    bool memory = strcmp(vessel__json_get_string(limit, "of", ""), VESSEL__LIMIT_MEMORY) == 0;
    return memory && when != START ? change_memory(warden, limit, when == UNDO, err)
                                   : set_limit(warden, limit, err);
}

static int write_limits(VesselWarden *warden, const VesselJson *limits, When when,
                        VesselError **err)
{
    VESSEL_JSON_FOREACH (limit, limits) {
        g_autoptr(VesselError) why = NULL;
        const char *at = vessel__json_get_string(limit, "at", "a limit");
        int code = write_limit(warden, limit, when, &why);
        if (code == 0)
            continue;
        if (vessel__json_get_bool(limit, "optional", false)) {
            vessel__warden_log(warden, "%s is not limited: %s", at, vessel_error_message(why));
            continue;
        }
        vessel__error_at(&why, at, 0, 0);
        vessel__error_hint(&why, "%s",
                           code == VESSEL_ERROR_IO
                               ? "that controller is there; this kernel does not take the value"
                               : "leave it out of the definition, or run where a control group "
                                 "with that controller is delegated (`vessel doctor` tells)");
        return vessel__error_steal(err, g_steal_pointer(&why));
    }
    return 0;
}

int vessel__container_limit(ContainerEngine *engine, VesselError **err)
{
    const VesselJson *plan = vessel__warden_plan(engine->warden);
    return write_limits(engine->warden, vessel__json_get(plan, "limits"), START, err);
}

int vessel__container_change_live(VesselWarden *warden, const VesselJson *what, VesselError **err)
{
    When when = vessel__json_get_bool(what, "undo", false) ? UNDO : LIVE;
    int code = write_limits(warden, vessel__json_get(what, "limits"), when, err);
    return code < 0 ? code
                    : vessel__container_set_links(warden, vessel__json_get(what, "links"), err);
}

/* ---- killed for memory ---- */

/* Kept for the next warden, in case this one is killed. */
#define TOLD "oom_told"

uint64_t vessel__container_oom_news(ContainerEngine *engine)
{
    VesselCgroup *group = vessel__warden_cgroup(engine->warden);
    uint64_t count = 0;
    if (!group || vessel__cgroup_oom_kills(group, &count, NULL) < 0 || count <= engine->oom_told)
        return 0;
    uint64_t news = count - engine->oom_told;
    engine->oom_told = count;
    vessel__json_set_uint(vessel__warden_engine_state(engine->warden), TOLD, count);
    return news;
}

/* v1 tells before it kills, and if that was process 1, or what it looks after, there is an end to
 * tell instead. */
static void look_at_oom(void *data)
{
    ContainerEngine *engine = data;
    VesselWarden *warden = engine->warden;
    int pidfd = vessel__warden_guest_pidfd(warden);
    if (pidfd < 0 || vessel__pidfd_dead(pidfd) || vessel__warden_ending(warden))
        return;
    uint64_t killed = vessel__container_oom_news(engine);
    if (killed > 0) {
        VesselJson *detail = vessel__json_new_object();
        vessel__json_set_uint(detail, "killed", killed);
        vessel__warden_log(warden, "%" G_GUINT64_FORMAT " of its processes killed: out of memory",
                           killed);
        vessel__warden_save(warden, NULL);
        vessel__warden_event(warden, "domain.oom", NULL, NULL, detail);
    } else if (engine->oom_looks > 0) {
        engine->oom_looks--;
        vessel__timer_set(engine->oom_timer, vessel__deadline_after(LOOK_MS));
    }
}

static void look_soon(ContainerEngine *engine)
{
    engine->oom_looks = LOOKS;
    vessel__timer_set(engine->oom_timer, vessel__deadline_after(LOOK_MS));
}

static void hear_oom(void *data, short revents)
{
    ContainerEngine *engine = data;
    (void)revents;
    vessel__cgroup_oom_heard(engine->oom_fd);
    look_soon(engine);
}

void vessel__container_watch_oom(ContainerEngine *engine)
{
    VesselCgroup *group = vessel__warden_cgroup(engine->warden);
    VesselLoop *loop = vessel__warden_loop(engine->warden);
    uint64_t count = 0;
    short events = 0;
    if (engine->oom_watch || !group ||
        vessel__cgroup_watch_oom(group, &engine->oom_fd, &events, NULL) < 0)
        return; /* no limit of memory either */
    engine->oom_told = vessel__json_get_uint(vessel__warden_engine_state(engine->warden), TOLD, 0);
    engine->oom_timer = vessel__timer_new(loop, look_at_oom, engine);
    engine->oom_watch = vessel__watch_new(loop, engine->oom_fd, events, hear_oom, engine);
    /* While nobody watched. */
    if (vessel__cgroup_oom_kills(group, &count, NULL) == 0 && count > engine->oom_told)
        look_soon(engine);
}

void vessel__container_forget_oom(ContainerEngine *engine)
{
    vessel__watch_free(g_steal_pointer(&engine->oom_watch));
    vessel__timer_free(g_steal_pointer(&engine->oom_timer));
    vessel__close_fd(&engine->oom_fd);
}
