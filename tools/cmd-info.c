/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of domains without asking them: list, dominfo and the single values. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- single values ---- */

static int print_value(ToolCall *call, const char *key, const char *value)
{
    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_object(json, NULL);
        tool_json_string(json, key, value);
        tool_json_close_object(json);
        tool_json_print(json);
    } else {
        tool_line(stdout, "%s", value);
    }
    return TOOL_DONE;
}

int cmd_domname(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    tool_autofree char *name = NULL;
    VesselError *err = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    if (vessel_domain_name(domain, &name, &err) < 0)
        return tool_error(call, err);
    return print_value(call, "name", name);
}

int cmd_domuuid(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_domain(call, &domain);

    return status == TOOL_DONE ? print_value(call, "uuid", vessel_domain_get_uuid(domain)) : status;
}

int cmd_domid(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    int id, status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    if (vessel_domain_id(domain, &id, &err) < 0)
        return tool_error(call, err);
    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_object(json, NULL);
        if (id >= 0)
            tool_json_int(json, "id", id);
        tool_json_close_object(json);
        tool_json_print(json);
    } else if (id >= 0) {
        printf("%d\n", id);
    } else {
        puts("-");
    }
    return TOOL_DONE;
}

int cmd_domstate(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    tool_autofree char *reason = NULL;
    VesselError *err = NULL;
    int state, status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    state = vessel_domain_state(domain, &reason, &err);
    if (state < 0)
        return tool_error(call, err);
    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_object(json, NULL);
        tool_json_state(json, state);
        tool_json_string(json, "reason", reason);
        tool_json_close_object(json);
        tool_json_print(json);
    } else if (tool_flag(call, "reason")) {
        tool_line(stdout, "%s (%s)", vessel_domain_state_name(state), reason);
    } else {
        puts(vessel_domain_state_name(state));
    }
    return TOOL_DONE;
}

/* ---- dominfo ---- */

static void info_json(yajl_gen json, const VesselDomainInfo *info, const char *title)
{
    tool_json_object(json, NULL);
    tool_json_string(json, "name", info->name);
    tool_json_string(json, "uuid", info->uuid);
    if (info->id >= 0)
        tool_json_int(json, "id", info->id);
    tool_json_string(json, "title", title);
    tool_json_state(json, info->state);
    tool_json_string(json, "reason", info->reason);
    tool_json_string(json, "type", info->type);
    tool_json_string(json, "driver", info->driver);
    tool_json_string(json, "os_type", info->os_type);
    tool_json_int(json, "max_memory_kib", (int64_t)info->max_memory_kib);
    tool_json_int(json, "memory_kib", (int64_t)info->memory_kib);
    tool_json_int(json, "vcpus", info->vcpus);
    tool_json_int(json, "cpu_time_ns", (int64_t)info->cpu_time_ns);
    tool_json_bool(json, "persistent", info->persistent);
    tool_json_bool(json, "autostart", info->autostart);
    tool_json_bool(json, "autodestroy", info->autodestroy);
    tool_json_bool(json, "changed", info->changed);
    if (info->notes && info->notes[0]) {
        tool_json_array(json, "notes");
        for (const char *const *note = info->notes; *note; note++)
            tool_json_string(json, NULL, *note);
        tool_json_close_array(json);
    }
    tool_json_close_object(json);
}

/* In virsh's words. */
static void print_memory(const char *title, uint64_t kib)
{
    if (kib > 0)
        printf("%-15s %" PRIu64 " KiB\n", title, kib);
    else
        printf("%-15s no limit\n", title);
}

static void print_info(const VesselDomainInfo *info)
{
    g_autofree char *id = info->id >= 0 ? g_strdup_printf("%d", info->id) : g_strdup("-");

    printf("%-15s %s\n", "Id:", id);
    tool_line(stdout, "%-15s %s", "Name:", info->name);
    printf("%-15s %s\n", "UUID:", info->uuid);
    printf("%-15s %s\n", "OS Type:", info->os_type);
    printf("%-15s %s\n", "State:", vessel_domain_state_name(info->state));
    tool_line(stdout, "%-15s %s", "Reason:", info->reason);
    printf("%-15s %u\n", "CPU(s):", info->vcpus);
    if (info->id >= 0)
        printf("%-15s %.1fs\n", "CPU time:", (double)info->cpu_time_ns / 1e9);
    print_memory("Max memory:", info->max_memory_kib);
    print_memory("Used memory:", info->memory_kib);
    printf("%-15s %s\n", "Persistent:", info->persistent ? "yes" : "no");
    printf("%-15s %s\n", "Autostart:", info->autostart ? "enable" : "disable");
    printf("%-15s %s\n", "Autodestroy:", info->autodestroy ? "yes" : "no");
    printf("%-15s %s\n", "Type:", info->type);
    printf("%-15s %s\n", "Driver:", info->driver ? info->driver : "-");
    printf("%-15s %s\n", "Changed:", info->changed ? "yes" : "no");
    for (const char *const *note = info->notes; note && *note; note++)
        tool_line(stdout, "%-15s %s", "Note:", *note);
}

int cmd_dominfo(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    g_autoptr(VesselDomainInfo) info = NULL;
    VesselError *err = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    if (vessel_domain_info(domain, &info, &err) < 0)
        return tool_error(call, err);
    if (call->json) {
        yajl_gen json = tool_json_new();

        info_json(json, info, NULL);
        tool_json_print(json);
    } else {
        print_info(info);
    }
    return TOOL_DONE;
}

/* ---- list ---- */

typedef struct {
    VesselDomainInfo *info;
    char *title; /* NULL unless asked for, or there is none */
} Row;

static void row_free(void *data)
{
    Row *row = data;

    vessel_domain_info_free(row->info);
    vessel_free(row->title);
    g_free(row);
}

/* As virsh: what runs comes first, by id; then the rest by name. */
static int row_compare(const void *a, const void *b)
{
    const VesselDomainInfo *left = (*(Row *const *)a)->info, *right = (*(Row *const *)b)->info;

    if (left->id >= 0 && right->id >= 0)
        return (left->id > right->id) - (left->id < right->id);
    if (left->id >= 0 || right->id >= 0)
        return left->id >= 0 ? -1 : 1;
    return strcmp(left->name, right->name);
}

static uint32_t list_filter(ToolCall *call)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } states[] = {{"state-running", VESSEL_DOMAIN_LIST_RUNNING},
                  {"state-paused", VESSEL_DOMAIN_LIST_PAUSED},
                  {"state-shutoff", VESSEL_DOMAIN_LIST_SHUT_OFF},
                  {"state-other", VESSEL_DOMAIN_LIST_OTHER}},
      others[] = {{"transient", VESSEL_DOMAIN_LIST_TRANSIENT},
                  {"persistent", VESSEL_DOMAIN_LIST_PERSISTENT},
                  {"autostart", VESSEL_DOMAIN_LIST_AUTOSTART},
                  {"no-autostart", VESSEL_DOMAIN_LIST_NO_AUTOSTART}};
    uint32_t flags = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        flags |= tool_flag(call, states[i].name) ? states[i].flag : 0;
    /* A state says itself whether it is active. */
    if (tool_flag(call, "inactive") && !tool_flag(call, "all"))
        flags |= VESSEL_DOMAIN_LIST_INACTIVE;
    else if (!flags && !tool_flag(call, "all"))
        flags |= VESSEL_DOMAIN_LIST_ACTIVE;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        flags |= tool_flag(call, others[i].name) ? others[i].flag : 0;
    return flags;
}

static int collect_rows(ToolCall *call, GPtrArray *rows)
{
    VesselDomain **domains = NULL;
    VesselError *err = NULL;

    if (vessel_domain_list(call->host, list_filter(call), &domains, NULL, &err) < 0)
        return tool_error(call, err);
    for (VesselDomain **domain = domains; *domain; domain++) {
        Row *row = g_new0(Row, 1);

        if (vessel_domain_info(*domain, &row->info, NULL) < 0) {
            row_free(row); /* it went away since it was listed */
            continue;
        }
        if (tool_flag(call, "title"))
            vessel_domain_metadata(*domain, VESSEL_DOMAIN_METADATA_TITLE, NULL,
                                   VESSEL_DOMAIN_AFFECT_CURRENT, &row->title, NULL);
        g_ptr_array_add(rows, row);
    }
    vessel_domain_list_free(domains);
    g_ptr_array_sort(rows, row_compare);
    return TOOL_DONE;
}

static void print_table(ToolCall *call, const GPtrArray *rows)
{
    static const char *const titles[] = {"Id", "Name", "State", NULL};
    static const char *const with_title[] = {"Id", "Name", "State", "Title", NULL};
    ToolTable *table = tool_table_new(tool_flag(call, "title") ? with_title : titles);

    for (guint i = 0; i < rows->len; i++) {
        const Row *row = g_ptr_array_index(rows, i);
        g_autofree char *id = row->info->id >= 0 ? g_strdup_printf("%d", row->info->id) : NULL;

        tool_table_row(table, id ? id : "-", row->info->name,
                       vessel_domain_state_name(row->info->state), row->title ? row->title : "",
                       NULL);
    }
    tool_table_print(table, call);
}

/* One line of what was asked for, in virsh's order. */
static void print_columns(ToolCall *call, const GPtrArray *rows)
{
    for (guint i = 0; i < rows->len; i++) {
        const VesselDomainInfo *info = ((const Row *)g_ptr_array_index(rows, i))->info;
        g_autoptr(GString) line = g_string_new(NULL);

        if (tool_flag(call, "uuid"))
            g_string_append_printf(line, "%s ", info->uuid);
        if (tool_flag(call, "id") && info->id >= 0)
            g_string_append_printf(line, "%d ", info->id);
        else if (tool_flag(call, "id"))
            g_string_append(line, "- ");
        if (tool_flag(call, "name"))
            g_string_append_printf(line, "%s ", info->name);
        tool_line(stdout, "%s", g_strchomp(line->str));
    }
}

int cmd_list(ToolCall *call)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    bool columns = tool_flag(call, "uuid") || tool_flag(call, "name") || tool_flag(call, "id");
    int status = TOOL_DONE;

    if (columns && (tool_flag(call, "table") || tool_flag(call, "title")))
        status = tool_usage(call, NULL, "--table and --title go without --name, --uuid and --id");
    if (status == TOOL_DONE)
        status = collect_rows(call, rows);
    if (status != TOOL_DONE)
        return status;
    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_array(json, NULL);
        for (guint i = 0; i < rows->len; i++) {
            const Row *row = g_ptr_array_index(rows, i);

            info_json(json, row->info, row->title);
        }
        tool_json_close_array(json);
        tool_json_print(json);
    } else if (columns) {
        print_columns(call, rows);
    } else {
        print_table(call, rows);
    }
    return TOOL_DONE;
}
