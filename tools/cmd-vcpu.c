/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setvcpus, vcpupin. */
#include "tool.h"

#include <string.h>

/* A machine's may be fewer than it has room for; a container's are a limit. */
static char *edit_vcpus(ToolCall *call, yajl_val definition)
{
    bool maximum = tool_flag(call, "maximum") || tool_is_container(definition);
    g_autofree char *patch =
        g_strdup_printf("{\"vcpu\":{\"%s\":%" PRIu64 "}}", maximum ? "value" : "current",
                        tool_number(call, "count", 1));

    return tool_merge(definition, patch);
}

int cmd_setvcpus(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_domain(call, &domain);

    return status == TOOL_DONE ? tool_change(call, domain, edit_vcpus) : status;
}

static yajl_val pins_of(yajl_val definition)
{
    const char *way[] = {"cputune", "vcpupin", NULL};
    return yajl_tree_get(definition, way, yajl_t_array);
}

static bool is_pin_of(yajl_val pin, uint64_t vcpu)
{
    yajl_val number = tool_tree_member(pin, "vcpu", yajl_t_number);
    return number && g_ascii_strtoull(YAJL_GET_NUMBER(number), NULL, 10) == vcpu;
}

/* "r" is virsh's word for all there are. */
static char *edit_pins(ToolCall *call, yajl_val definition)
{
    const char *list = tool_text(call, "cpulist");
    uint64_t vcpu = tool_number(call, "vcpu", 0);
    yajl_val pins = pins_of(definition);
    g_autoptr(GString) kept = g_string_new(NULL);
    g_autofree char *patch = NULL;

    for (size_t i = 0; i < tool_tree_length(pins); i++) {
        yajl_val pin = YAJL_GET_ARRAY(pins)->values[i];
        g_autofree char *text = is_pin_of(pin, vcpu) ? NULL : tool_merge(pin, "{}");

        if (text)
            g_string_append_printf(kept, "%s%s", kept->len ? "," : "", text);
    }
    if (strcmp(list, "r") != 0) {
        g_string_append_printf(kept, "%s{\"vcpu\":%" PRIu64 ",\"cpuset\":", kept->len ? "," : "",
                               vcpu);
        tool_json_quote(kept, list);
        g_string_append_c(kept, '}');
    }
    patch = kept->len ? g_strdup_printf("{\"cputune\":{\"vcpupin\":[%s]}}", kept->str)
                      : g_strdup("{\"cputune\":{\"vcpupin\":null}}");
    return tool_merge(definition, patch);
}

static const char *pin_of(yajl_val definition, uint64_t vcpu)
{
    const char *way[] = {"vcpu", "cpuset", NULL};
    yajl_val pins = pins_of(definition), rest = yajl_tree_get(definition, way, yajl_t_string);

    for (size_t i = 0; i < tool_tree_length(pins); i++)
        if (is_pin_of(YAJL_GET_ARRAY(pins)->values[i], vcpu))
            return tool_tree_text(YAJL_GET_ARRAY(pins)->values[i], "cpuset");
    return rest ? YAJL_GET_STRING(rest) : "all";
}

static int show_pins(ToolCall *call, VesselDomain *domain)
{
    static const char *const titles[] = {"VCPU", "CPU Affinity", NULL};
    const char *way[] = {"vcpu", "value", NULL};
    tool_autofree char *text = NULL;
    uint32_t affect;
    uint64_t only = tool_number(call, "vcpu", UINT64_MAX);
    int status = tool_affected(call, domain, &affect);
    ToolTable *table;
    yajl_val tree, count;

    if (status != TOOL_DONE)
        return status;
    text = tool_definition(call, domain, affect & VESSEL_DOMAIN_AFFECT_LIVE ? 0 : affect);
    if (!text)
        return TOOL_FAILED;
    tree = yajl_tree_parse(text, NULL, 0);
    count = yajl_tree_get(tree, way, yajl_t_number);
    table = tool_table_new(titles);
    for (uint64_t i = 0; i < (count ? g_ascii_strtoull(YAJL_GET_NUMBER(count), NULL, 10) : 1);
         i++) {
        g_autofree char *number = g_strdup_printf("%" PRIu64, i);

        if (only == UINT64_MAX || only == i)
            tool_table_row(table, number, pin_of(tree, i), NULL);
    }
    tool_table_print(table, call);
    yajl_tree_free(tree);
    return TOOL_DONE;
}

int cmd_vcpupin(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    bool set = tool_text(call, "cpulist");
    int status = TOOL_DONE;

    if (set && tool_number(call, "vcpu", UINT64_MAX) == UINT64_MAX)
        status = tool_usage(call, NULL, "--cpulist goes with --vcpu");
    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    return set ? tool_change(call, domain, edit_pins) : show_pins(call, domain);
}
