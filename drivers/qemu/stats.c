/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics: one request to each warden, all at once. */
#include "qemu/family.h"
#include "sys/cgroup.h"
#include "sys/wire.h"

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

const VesselStatsOps vessel__qemu_stats = {
    .size = sizeof(VesselStatsOps), .collect = collect, .cpu_time = cpu_time};
