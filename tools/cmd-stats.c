/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domstats: keys and units are virsh's. */
#include "tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Statistics are looked at, often by a script for all guests at once: one that stands still is not
 * worth the host's default of half a minute. */
#define ANSWER_MS 2000

typedef struct {
    const char *name;
    uint32_t flag;
} Word;

static uint32_t flags_of(const ToolCall *call, const Word *words, size_t count)
{
    uint32_t flags = 0;

    for (size_t i = 0; i < count; i++)
        flags |= tool_flag(call, words[i].name) ? words[i].flag : 0;
    return flags;
}

static uint32_t groups_of(const ToolCall *call)
{
    static const Word groups[] = {
        {"state", VESSEL_STATS_STATE},         {"cpu-total", VESSEL_STATS_CPU},
        {"balloon", VESSEL_STATS_BALLOON},     {"vcpu", VESSEL_STATS_VCPU},
        {"interface", VESSEL_STATS_INTERFACE}, {"block", VESSEL_STATS_BLOCK}};

    return flags_of(call, groups, G_N_ELEMENTS(groups));
}

static uint32_t filter_of(const ToolCall *call)
{
    static const Word filters[] = {{"list-active", VESSEL_DOMAIN_LIST_ACTIVE},
                                   {"list-inactive", VESSEL_DOMAIN_LIST_INACTIVE},
                                   {"list-persistent", VESSEL_DOMAIN_LIST_PERSISTENT},
                                   {"list-transient", VESSEL_DOMAIN_LIST_TRANSIENT},
                                   {"list-running", VESSEL_DOMAIN_LIST_RUNNING},
                                   {"list-paused", VESSEL_DOMAIN_LIST_PAUSED},
                                   {"list-shutoff", VESSEL_DOMAIN_LIST_SHUT_OFF},
                                   {"list-other", VESSEL_DOMAIN_LIST_OTHER}};

    return flags_of(call, filters, G_N_ELEMENTS(filters));
}

static void print_value(const VesselStats *stats, size_t i)
{
    printf("  %s=", vessel_stats_key(stats, i));
    switch (vessel_stats_type(stats, i)) {
    case VESSEL_STATS_TYPE_U64:
        printf("%" PRIu64 "\n", vessel_stats_value_u64(stats, i));
        break;
    case VESSEL_STATS_TYPE_I64:
        printf("%" PRId64 "\n", vessel_stats_value_i64(stats, i));
        break;
    default:
        tool_line(stdout, "%s", vessel_stats_value_string(stats, i));
    }
}

static void print_stats(const ToolCall *call, const VesselStats *stats, bool first)
{
    const VesselError *error = vessel_stats_error(stats);

    if (!first)
        putchar('\n');
    tool_line(stdout, "Domain: '%s'", vessel_stats_domain_name(stats));
    for (size_t i = 0; i < vessel_stats_count(stats); i++)
        print_value(stats, i);
    if (error && vessel_stats_age_ms(stats))
        tool_warn(call, "domain '%s': %s; its values are %.1f s old",
                  vessel_stats_domain_name(stats), vessel_error_message(error),
                  (double)vessel_stats_age_ms(stats) / 1000);
    else if (error)
        tool_warn(call, "domain '%s': %s", vessel_stats_domain_name(stats),
                  vessel_error_message(error));
}

static int print_all(ToolCall *call, VesselStats *const *all)
{
    yajl_gen json = call->json ? tool_json_new() : NULL;

    if (json)
        tool_json_array(json, NULL);
    for (size_t i = 0; all[i]; i++) {
        tool_autofree char *text = json ? vessel_stats_json(all[i]) : NULL;

        if (json)
            tool_json_raw(json, NULL, text);
        else
            print_stats(call, all[i], i == 0);
    }
    if (json) {
        tool_json_close_array(json);
        tool_json_print(json);
    }
    return TOOL_DONE;
}

/* Moves the statistics of the domains called for to the front, in that order. */
static int pick(ToolCall *call, GPtrArray *words, VesselStats **all, size_t count)
{
    for (guint i = 0; i < words->len; i++) {
        g_autoptr(VesselDomain) domain = NULL;
        int status = tool_domain_find(call, g_ptr_array_index(words, i), &domain);
        size_t at = i;

        if (status != TOOL_DONE)
            return status;
        while (at < count &&
               strcmp(vessel_stats_domain_uuid(all[at]), vessel_domain_get_uuid(domain)))
            at++;
        if (at == count)
            return tool_usage(call, NULL, "domain '%s' was named twice",
                              (const char *)g_ptr_array_index(words, i));
        VesselStats *found = all[at];
        memmove(&all[i + 1], &all[i], (at - i) * sizeof(*all));
        all[i] = found;
    }
    for (size_t i = words->len; i < count; i++)
        g_clear_pointer(&all[i], vessel_stats_free);
    return TOOL_DONE;
}

/* One domain is asked alone; several are asked at once, as all are. */
int cmd_domstats(ToolCall *call)
{
    VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
    GPtrArray *words = tool_many(call, "domain");
    VesselStats **all = NULL;
    VesselError *err = NULL;
    size_t count = 0;
    int status = TOOL_DONE;

    options.timeout_ms = tool_text(call, "timeout") ? tool_timeout(call) : ANSWER_MS;
    options.groups = groups_of(call);
    options.filter = filter_of(call);
    if (words && options.filter)
        return tool_usage(call, NULL, "--list-… goes without domains");
    if (words && words->len == 1) {
        g_autoptr(VesselDomain) domain = NULL;
        g_autoptr(VesselStats) one = NULL;

        if ((status = tool_domain_find(call, g_ptr_array_index(words, 0), &domain)) != TOOL_DONE)
            return status;
        if (vessel_domain_stats(domain, &options, &one, &err) < 0)
            return tool_error(call, err);
        return print_all(call, (VesselStats *[]){one, NULL});
    }
    if (vessel_host_stats(call->host, &options, &all, &count, &err) < 0)
        return tool_error(call, err);
    if (words)
        status = pick(call, words, all, count);
    if (status == TOOL_DONE)
        status = print_all(call, all);
    vessel_stats_list_free(all);
    return status;
}
