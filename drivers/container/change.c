/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a container can be changed while it runs: its limits, and the links of its interfaces. */
#include "base/words.h"
#include "container/container.h"
#include "container/plan.h"
#include "core/by-warden.h"

/* ---- from some limits to others ---- */

static const VesselJson *find(const VesselJson *limits, const char *of)
{
    VESSEL_JSON_FOREACH (limit, limits)
        if (strcmp(vessel__json_get_string(limit, "of", ""), of) == 0)
            return limit;
    return NULL;
}

/* @none: as it is to be taken away. */
static void add(VesselJson *list, const VesselJson *limit, bool none)
{
    VesselJson *copy = vessel__json_copy(limit);
    VESSEL_JSON_FOREACH (way, vessel__json_get(copy, "ways"))
        if (none)
            vessel__json_set_string((VesselJson *)way, "value",
                                    vessel__json_get_string(way, "none", ""));
    vessel__json_append(list, copy);
}

static bool same(const VesselJson *a, const VesselJson *b)
{
    g_autofree char *x = vessel__json_format(vessel__json_get(a, "ways"), false);
    g_autofree char *y = vessel__json_format(vessel__json_get(b, "ways"), false);
    return strcmp(x, y) == 0;
}

/* In v1's words; not limited is the most. */
static uint64_t amount(const VesselJson *limits, const char *of)
{
    const VesselJson *way = vessel__json_at(vessel__json_get(find(limits, of), "ways"), 0);
    uint64_t value = UINT64_MAX;
    if (way && !vessel__parse_u64(vessel__json_get_string(way, "value", ""), &value))
        value = UINT64_MAX;
    return value;
}

/* What is between the two at one name, if anything. */
static bool add_between(VesselJson *list, const VesselJson *from, const VesselJson *to,
                        const char *of, bool always)
{
    const VesselJson *old = find(from, of), *new = find(to, of);
    if ((!old && !new) || (!always && old && new &&same(old, new)))
        return false;
    add(list, new ? new : old, !new);
    return true;
}

/* v1 takes a limit of memory alone only below that of memory and swap, whatever is on the way. */
static void add_memory(VesselJson *list, const VesselJson *from, const VesselJson *to)
{
    bool grows = amount(to, VESSEL__LIMIT_SWAP) > amount(from, VESSEL__LIMIT_SWAP);
    const char *first = grows ? VESSEL__LIMIT_SWAP : VESSEL__LIMIT_MEMORY;
    const char *second = grows ? VESSEL__LIMIT_MEMORY : VESSEL__LIMIT_SWAP;
    add_between(list, from, to, first, false);
    add_between(list, from, to, second, false);
}

/* v1 checks a quota with the period that is there: none is in the way while that changes. */
static void add_quota(VesselJson *list, const VesselJson *from, const VesselJson *to)
{
    const VesselJson *old = find(from, VESSEL__LIMIT_PERIOD), *new = find(to, VESSEL__LIMIT_PERIOD);
    bool period = (old || new) && !(old && new &&same(old, new));
    const VesselJson *quota = find(from, VESSEL__LIMIT_QUOTA);
    if (period && quota)
        add(list, quota, true);
    if (period)
        add_between(list, from, to, VESSEL__LIMIT_PERIOD, false);
    add_between(list, from, to, VESSEL__LIMIT_QUOTA, period);
}

static bool has_order(const char *of)
{
    return strcmp(of, VESSEL__LIMIT_MEMORY) == 0 || strcmp(of, VESSEL__LIMIT_SWAP) == 0 ||
           strcmp(of, VESSEL__LIMIT_PERIOD) == 0 || strcmp(of, VESSEL__LIMIT_QUOTA) == 0;
}

VesselJson *vessel__container_limits_between(const VesselJson *from, const VesselJson *to)
{
    VesselJson *list = vessel__json_new_array();
    add_memory(list, from, to);
    add_quota(list, from, to);
    VESSEL_JSON_FOREACH (limit, to) {
        const char *of = vessel__json_get_string(limit, "of", "");
        if (!has_order(of))
            add_between(list, from, to, of, false);
    }
    VESSEL_JSON_FOREACH (limit, from) {
        const char *of = vessel__json_get_string(limit, "of", "");
        if (!has_order(of) && !find(to, of))
            add_between(list, from, to, of, false);
    }
    return list;
}

/* ---- the slot ---- */

/* The plan's members that a definition's change may touch. */
static int plan_of(const VesselGuest *guest, const VesselDomainDef *def, bool past,
                   VesselJson *plan, VesselError **err)
{
    VesselGuest as = *guest;
    as.def = def;
    vessel__json_set(plan, "interfaces", vessel__container_interfaces(&as));
    return vessel__container_plan_limits(def, past, plan, err);
}

static VesselJson *step(const VesselJson *from, const VesselJson *to)
{
    VesselJson *what = vessel__json_new_object();
    vessel__json_set(what, "limits",
                     vessel__container_limits_between(vessel__json_get(from, "limits"),
                                                      vessel__json_get(to, "limits")));
    vessel__json_set(what, "links",
                     vessel__container_links_between(vessel__json_get(from, "interfaces"),
                                                     vessel__json_get(to, "interfaces")));
    return what;
}

static int change(VesselGuest *guest, const VesselChange *change, VesselError **err)
{
    g_autoptr(VesselJson) plan = vessel__json_new_object(), before = vessel__json_new_object();
    int code = plan_of(guest, change->to, false, plan, err);
    if (code == 0)
        code = plan_of(guest, guest->def, true, before, err);
    if (code < 0)
        return code;
    VesselJson *set = step(before, plan), *undo = step(plan, before);
    vessel__json_set_bool(undo, "undo", true);
    return vessel__by_warden_change(guest, change, g_steal_pointer(&plan), set, undo, err);
}

static const char *const paths[] = {
    "/domain/memory",
    "/domain/currentMemory",
    "/domain/memtune",
    "/domain/vcpu",
    "/domain/cputune",
    "/domain/numatune",
    "/domain/blkiotune",
    "/domain/vessel:pids",
    "/domain/devices/interface/link",
    NULL,
};

const VesselChangeOps vessel__container_change = {
    .size = sizeof(VesselChangeOps),
    .paths = paths,
    .change = change,
};
