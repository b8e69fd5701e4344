/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition says of a container's confinement beside its capabilities: limits of its
 * processes, their score when memory runs out, new privileges, the filter of system calls; and its
 * clocks. */
#include "container/container.h"
#include "container/namespace.h"

#include <sys/resource.h>

static const VesselContainerNamespace *own_of(const VesselDomainDef *def)
{
    return vessel__namespace_get(&vessel__namespace_container, def);
}

/* ---- limits of each process ---- */

static const VesselRlimit *rlimit_at(const VesselContainerNamespace *own, guint i)
{
    return own && own->rlimits && i < own->rlimits->len ? own->rlimits->pdata[i] : NULL;
}

static uint64_t soft_of(const VesselRlimit *limit)
{
    const VesselNumber *said = limit->soft.set ? &limit->soft : &limit->hard;
    return said->set ? said->value : RLIM_INFINITY;
}

static uint64_t hard_of(const VesselRlimit *limit)
{
    return limit->hard.set ? limit->hard.value : soft_of(limit);
}

static void check_rlimits(const VesselDomainDef *def, VesselProblems *problems)
{
    const VesselContainerNamespace *own = own_of(def);
    const VesselRlimit *limit;
    bool seen[VESSEL_RLIMIT_STACK + 1] = {false};
    for (guint i = 0; (limit = rlimit_at(own, i)); i++) {
        g_autofree char *path = g_strdup_printf("/domain/vessel:rlimit[%u]", i + 1);
        const char *name = vessel__container_rlimit_names[limit->name];
        if (seen[limit->name])
            vessel__container_refuse(def, problems, path, "there is another limit of %s", name);
        if (soft_of(limit) > hard_of(limit))
            vessel__container_refuse(def, problems, path,
                                     "the soft limit of %s is above the hard one", name);
        seen[limit->name] = true;
    }
}

static VesselJson *plan_rlimits(const VesselContainerNamespace *own)
{
    VesselJson *list = vessel__json_new_array();
    const VesselRlimit *limit;
    for (guint i = 0; (limit = rlimit_at(own, i)); i++) {
        VesselJson *json = vessel__json_new_object();
        g_autofree char *path = g_strdup_printf("/domain/vessel:rlimit[%u]", i + 1);
        vessel__json_set_string(json, "at", path);
        vessel__json_set_string(json, "name", vessel__container_rlimit_names[limit->name]);
        vessel__json_set_uint(json, "soft", soft_of(limit));
        vessel__json_set_uint(json, "hard", hard_of(limit));
        vessel__json_append(list, json);
    }
    return list;
}

/* ---- clocks ---- */

#define TIME "/domain/vessel:time"

static bool has_time(const VesselContainerNamespace *own)
{
    return own && (own->monotonic.seconds || own->boottime.seconds);
}

static void check_time(const VesselDomainDef *def, VesselProblems *problems)
{
    if (has_time(own_of(def)) && geteuid() != 0)
        vessel__container_refuse(def, problems, TIME,
                                 "only root gives a container other clocks than the host's");
}

static void plan_clock(VesselJson *list, const char *name, const VesselContainerClock *offset)
{
    VesselJson *json = vessel__json_new_object();
    if (!offset->seconds)
        return vessel__json_free(json);
    g_autofree char *path = g_strconcat(TIME "/", name, NULL);
    vessel__json_set_string(json, "at", path);
    vessel__json_set_string(json, "clock", name);
    vessel__json_set_int(json, "seconds", g_ascii_strtoll(offset->seconds, NULL, 10));
    vessel__json_set_uint(json, "nanoseconds", offset->nanoseconds.value);
    vessel__json_append(list, json);
}

static VesselJson *plan_time(const VesselContainerNamespace *own)
{
    VesselJson *list = vessel__json_new_array();
    plan_clock(list, "monotonic", &own->monotonic);
    plan_clock(list, "boottime", &own->boottime);
    return list;
}

/* ---- the filter of system calls ---- */

#define PROFILE "/domain/vessel:seccomp/@profile"

static void check_seccomp(const VesselDomainDef *def, VesselProblems *problems)
{
    const VesselContainerNamespace *own = own_of(def);
    if (own && own->seccomp_profile && own->seccomp != VESSEL_SECCOMP_ABSENT)
        vessel__container_refuse(def, problems, "/domain/vessel:seccomp",
                                 "a mode and a profile exclude each other");
}

/* NULL where it is Vessel's own. */
static int plan_seccomp(const VesselDriverHost *host, const VesselDomainDef *def,
                        VesselJson **result, VesselError **err)
{
    const VesselContainerNamespace *own = own_of(def);
    g_autofree char *filter = NULL;
    *result = NULL;
    if (!own || (own->seccomp != VESSEL_SECCOMP_NONE && !own->seccomp_profile))
        return 0;
    if (own->seccomp_profile) {
        int code = vessel__container_profile(host, own->seccomp_profile,
                                             vessel__container_capabilities(def), &filter, err);
        if (code < 0) {
            vessel__error_move(err, PROFILE);
            return code;
        }
    }
    *result = vessel__json_new_object();
    vessel__json_set_string(*result, "program", filter);
    return 0;
}

/* ---- the whole ---- */

void vessel__container_check_confinement(const VesselDomainDef *def, VesselProblems *problems)
{
    check_rlimits(def, problems);
    check_time(def, problems);
    check_seccomp(def, problems);
}

void vessel__container_check_confinement_start(const VesselDriverHost *host,
                                               const VesselDomainDef *def, VesselProblems *problems)
{
    g_autoptr(VesselJson) seccomp = NULL;
    g_autoptr(VesselError) err = NULL;
    if (plan_seccomp(host, def, &seccomp, &err) < 0)
        vessel__problems_add_error(problems, err);
    if (has_time(own_of(def)) && access("/proc/self/ns/time", F_OK) < 0)
        vessel__container_refuse(def, problems, TIME,
                                 "the host's kernel has no time namespaces (CONFIG_TIME_NS)");
}

/* An init system has setuid programs to start; a program does without unless it is said. */
static bool no_new_privs(const VesselContainerNamespace *own)
{
    VesselTri said = own ? own->no_new_privs : VESSEL_TRI_ABSENT;
    return said == VESSEL_TRI_ABSENT ? !own || own->init_kind != VESSEL_INIT_INIT
                                     : said == VESSEL_TRI_YES;
}

int vessel__container_plan_confinement(const VesselDriverHost *host, const VesselDomainDef *def,
                                       VesselJson *plan, VesselError **err)
{
    const VesselContainerNamespace *own = own_of(def);
    VesselJson *seccomp = NULL;
    vessel__json_set_uint(plan, "capabilities", vessel__container_capabilities(def));
    vessel__json_set_bool(plan, "no_new_privs", no_new_privs(own));
    if (rlimit_at(own, 0))
        vessel__json_set(plan, "rlimits", plan_rlimits(own));
    if (has_time(own))
        vessel__json_set(plan, "time", plan_time(own));
    if (own && own->oom_score)
        vessel__json_set_int(plan, "oom_score", g_ascii_strtoll(own->oom_score, NULL, 10));
    int code = plan_seccomp(host, def, &seccomp, err);
    if (seccomp)
        vessel__json_set(plan, "seccomp", seccomp);
    return code;
}
