/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Slots that are one request to the domain's warden, or to the wardens of many. */
#include "core/by-warden.h"
#include "kit/launch.h"
#include "sys/cgroup.h"
#include "sys/wire.h"

/* How long destroy waits for a warden that hears it before it does the work itself; a deaf one is
 * found out sooner (vessel__connection_way_around). The warden's own patience with a guest that
 * does not end is 3 s. */
#define DESTROY_WAIT_MS 8000

/* ---- lifecycle ---- */

static int call(VesselGuest *guest, const char *op, VesselError **err)
{
    return vessel__warden_call(guest, op, NULL, NULL, NULL, err);
}

int vessel__by_warden_shutdown(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_SHUTDOWN, err);
}

int vessel__by_warden_reboot(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_REBOOT, err);
}

int vessel__by_warden_reset(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_RESET, err);
}

int vessel__by_warden_suspend(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_SUSPEND, err);
}

int vessel__by_warden_resume(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_RESUME, err);
}

/* True if the guest was not ended because its warden did not do it, not because it must not be. */
static bool warden_failed(int code)
{
    switch (code) {
    case VESSEL_ERROR_WRONG_STATE:
    case VESSEL_ERROR_NOT_FOUND:
    case VESSEL_ERROR_DENIED:
    case VESSEL_ERROR_INVALID_ARGUMENT:
    case VESSEL_ERROR_CANCELLED:
    case VESSEL_ERROR_INCOMPATIBLE:
        return false;
    default:
        return true;
    }
}

int vessel__by_warden_destroy(VesselGuest *guest, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    VesselOperation operation = *guest->operation;
    VesselGuest asked = *guest;
    VesselDeadline whole = operation.deadline, now = vessel__now_ms();
    /* A part of the time is kept for the way around the warden. */
    int64_t wait =
        whole == VESSEL_DEADLINE_NEVER ? DESTROY_WAIT_MS : MIN((whole - now) / 2, DESTROY_WAIT_MS);
    asked.operation = &operation;
    operation.deadline = vessel__deadline_min(whole, now + MAX(wait, 0));
    int code = call(&asked, VESSEL__OP_DESTROY, &why);
    guest->operation->handed_over = operation.handed_over;
    if (code == 0)
        return 0;
    if (!warden_failed(code))
        return vessel__error_steal(err, g_steal_pointer(&why));
    vessel_log(guest->host->log, VESSEL__LOG_WARNING, guest->driver,
               "domain %s: the warden does not destroy it (%s): "
               "killing both",
               guest->name, vessel_error_message(why));
    return vessel__warden_kill(guest, err);
}

int vessel__by_warden_definition_changed(VesselGuest *guest, const char *xml, const char *kind,
                                         VesselError **err)
{
    g_autoptr(VesselJson) args = vessel__json_new_object();
    vessel__json_set_string(args, "xml", xml);
    vessel__json_set_string(args, "kind", kind);
    return vessel__warden_call(guest, VESSEL__OP_DEFINITION, args, NULL, NULL, err);
}

int vessel__by_warden_change(VesselGuest *guest, const VesselChange *change, VesselJson *plan,
                             VesselJson *set, VesselJson *undo, VesselError **err)
{
    g_autoptr(VesselJson) args = vessel__json_new_object();
    vessel__json_set_string(args, "xml", change->xml);
    vessel__json_set(args, "paths", vessel__json_copy(change->paths));
    vessel__json_set(args, "plan", plan);
    vessel__json_set(args, "set", set);
    vessel__json_set(args, "undo", undo);
    return vessel__warden_call(guest, VESSEL__OP_CHANGE, args, NULL, NULL, err);
}

int vessel__by_warden_renamed(VesselGuest *guest, const char *new_name, VesselError **err)
{
    g_autoptr(VesselJson) args = vessel__json_new_object();
    vessel__json_set_string(args, "name", new_name);
    return vessel__warden_call(guest, VESSEL__OP_RENAME, args, NULL, NULL, err);
}

/* ---- console ---- */

int vessel__by_warden_console(VesselGuest *guest, const char *alias, unsigned flags, int *fd,
                              VesselError **err)
{
    g_autoptr(VesselJson) args = vessel__json_new_object();
    *fd = -1;
    vessel__json_set_string(args, "device", alias);
    vessel__json_set_bool(args, "force", flags & VESSEL_DOMAIN_CONSOLE_FORCE);
    vessel__json_set_bool(args, "readonly", flags & VESSEL_DOMAIN_CONSOLE_READONLY);
    int code = vessel__warden_call(guest, VESSEL__OP_CONSOLE, args, NULL, fd, err);
    if (code == 0 && *fd < 0)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the warden of %s opened no console",
                            guest->name);
    return code;
}

/* ---- statistics ---- */

static VesselJson *stats_args(unsigned groups)
{
    static const struct {
        unsigned bit;
        const char *word;
    } words[] = {{VESSEL_STATS_CPU, "cpu-total"},
                 {VESSEL_STATS_BALLOON, "balloon"},
                 {VESSEL_STATS_VCPU, "vcpu"},
                 {VESSEL_STATS_BLOCK, "block"},
                 {VESSEL_STATS_INTERFACE, "interface"}};
    VesselJson *args = vessel__json_new_object(), *list = vessel__json_new_array();
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (groups == VESSEL_STATS_ALL || groups & words[i].bit)
            vessel__json_append_string(list, words[i].word);
    vessel__json_set(args, "groups", list);
    return args;
}

static void put_values(VesselStatsSink *sink, const VesselJson *values)
{
    for (size_t i = 0; i < vessel__json_length(values); i++) {
        const VesselJson *value = vessel__json_at(values, i);
        const char *key = vessel__json_key_at(values, i);
        int64_t number;
        switch (vessel__json_kind(value)) {
        case VESSEL_JSON_INT:
            number = vessel__json_int(value, 0);
            if (number < 0)
                vessel__stats_put_i64(sink, key, number);
            else
                vessel__stats_put_u64(sink, key, (uint64_t)number);
            break;
        case VESSEL_JSON_UINT:
            vessel__stats_put_u64(sink, key, vessel__json_uint(value, 0));
            break;
        case VESSEL_JSON_STRING:
            vessel__stats_put_string(sink, key, vessel__json_string(value, ""));
            break;
        default: /* a later warden's: this library has no type for it */
            break;
        }
    }
}

static void put_answer(VesselStatsSink *sink, const VesselJson *answer)
{
    const VesselJson *errors = vessel__json_get(answer, "errors");
    g_autoptr(VesselError) why = NULL;
    put_values(sink, vessel__json_get(answer, "stats"));
    for (size_t i = 0; i < vessel__json_length(errors); i++) {
        g_autoptr(VesselError) err = vessel__error_from_json(vessel__json_at(errors, i));
        vessel__stats_put_error(sink, vessel__json_key_at(errors, i), err);
    }
    if (!vessel__json_get(answer, "why"))
        return;
    why = vessel__error_from_json(vessel__json_get(answer, "why"));
    vessel__stats_put_age(sink, vessel__json_get_int(answer, "age_ms", 0), why);
}

static int cpu_time(VesselGuest *guest, uint64_t *cpu_ns, VesselError **err);

/* The warden itself did not answer: the kernel still knows something. */
static void put_silent(VesselGuest *guest, VesselStatsSink *sink, unsigned groups,
                       const VesselError *why)
{
    uint64_t cpu_ns;
    if ((groups == VESSEL_STATS_ALL || groups & VESSEL_STATS_CPU) &&
        cpu_time(guest, &cpu_ns, NULL) == 0)
        vessel__stats_put_u64(sink, "cpu.time", cpu_ns);
    vessel__stats_put_age(sink, 0, why); /* core has the last values and their age */
}

static void collect(VesselGuest *const *guests, VesselStatsSink *const *sinks, size_t count,
                    unsigned groups, VesselDeadline deadline)
{
    g_autoptr(VesselJson) args = stats_args(groups);
    g_autofree VesselJson **answers = g_new0(VesselJson *, count);
    g_autofree VesselError **errors = g_new0(VesselError *, count);
    if (vessel__json_length(vessel__json_get(args, "groups")) == 0)
        return; /* the state alone, which core knows */
    vessel__warden_call_many(guests, count, VESSEL__OP_STATS, args, deadline, answers, errors);
    for (size_t i = 0; i < count; i++) {
        if (answers[i])
            put_answer(sinks[i], answers[i]);
        else
            put_silent(guests[i], sinks[i], groups, errors[i]);
        vessel__json_free(answers[i]);
        vessel_error_free(errors[i]);
    }
}

/* From the guest's control group if it has one, else from its process. */
static int cpu_time(VesselGuest *guest, uint64_t *cpu_ns, VesselError **err)
{
    const VesselJson *record = vessel__json_get(guest->state, "cgroup");
    g_autoptr(VesselCgroup) group = NULL;
    VesselProcess process;
    uint64_t rss;
    if (vessel__json_length(record) && vessel__cgroup_open(record, &group, NULL) == 0 &&
        vessel__cgroup_cpu_ns(group, cpu_ns, NULL) == 0)
        return 0;
    if (!vessel__process_from_json(vessel__json_get(guest->state, "guest"), &process))
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "domain %s is not running", guest->name);
    return vessel__process_usage(&process, cpu_ns, &rss, err);
}

const VesselStatsOps vessel__by_warden_stats = {
    .size = sizeof(VesselStatsOps), .collect = collect, .cpu_time = cpu_time};
