/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host: what it is, what it can do, and what stands in the way. */
#include "tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_tree.h>

static int print_one(ToolCall *call, const char *key, const char *value)
{
    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_object(json, NULL);
        tool_json_string(json, key, value);
        tool_json_close_object(json);
        tool_json_print(json);
    } else {
        fputs(value, stdout);
        if (!g_str_has_suffix(value, "\n"))
            putchar('\n');
    }
    return TOOL_DONE;
}

int cmd_uri(ToolCall *call)
{
    return print_one(call, "uri", vessel_host_get_uri(call->host));
}

int cmd_hostname(ToolCall *call)
{
    tool_autofree char *name = NULL;
    VesselError *err = NULL;

    if (vessel_host_hostname(call->host, &name, &err) < 0)
        return tool_error(call, err);
    return print_one(call, "hostname", name);
}

int cmd_capabilities(ToolCall *call)
{
    tool_autofree char *xml = NULL;
    VesselError *err = NULL;

    if (vessel_host_capabilities(call->host, &xml, &err) < 0)
        return tool_error(call, err);
    return print_one(call, "xml", xml);
}

int cmd_domcapabilities(ToolCall *call)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    tool_autofree char *xml = NULL;
    VesselError *err = NULL;

    spec.type = tool_text(call, "virttype");
    spec.emulator = tool_text(call, "emulatorbin");
    spec.arch = tool_text(call, "arch");
    spec.machine = tool_text(call, "machine");
    if (vessel_host_domain_capabilities(call->host, &spec, &xml, &err) < 0)
        return tool_error(call, err);
    return print_one(call, "xml", xml);
}

static void node_json(const VesselNodeInfo *node)
{
    yajl_gen json = tool_json_new();

    tool_json_object(json, NULL);
    tool_json_string(json, "arch", node->arch);
    tool_json_string(json, "model", node->model);
    tool_json_int(json, "memory_kib", (int64_t)node->memory_kib);
    tool_json_int(json, "cpus", node->cpus);
    if (node->mhz)
        tool_json_int(json, "mhz", node->mhz);
    tool_json_int(json, "nodes", node->nodes);
    tool_json_int(json, "sockets", node->sockets);
    tool_json_int(json, "cores", node->cores);
    tool_json_int(json, "threads", node->threads);
    tool_json_close_object(json);
    tool_json_print(json);
}

int cmd_nodeinfo(ToolCall *call)
{
    VesselNodeInfo node = {.size = sizeof(node)};
    VesselError *err = NULL;

    if (vessel_host_node_info(call->host, &node, &err) < 0)
        return tool_error(call, err);
    if (call->json) {
        node_json(&node);
        return TOOL_DONE;
    }
    /* virsh's lines; its CPU model is the architecture. */
    printf("%-20s %s\n", "CPU model:", node.arch);
    printf("%-20s %s\n", "CPU name:", node.model);
    printf("%-20s %u\n", "CPU(s):", node.cpus);
    if (node.mhz)
        printf("%-20s %u MHz\n", "CPU frequency:", node.mhz);
    printf("%-20s %u\n", "CPU socket(s):", node.sockets);
    printf("%-20s %u\n", "Core(s) per socket:", node.cores);
    printf("%-20s %u\n", "Thread(s) per core:", node.threads);
    printf("%-20s %u\n", "NUMA cell(s):", node.nodes);
    printf("%-20s %" PRIu64 " KiB\n", "Memory size:", node.memory_kib);
    return TOOL_DONE;
}

int cmd_version(ToolCall *call)
{
    uint32_t built = VESSEL_VERSION_NUMBER;
    g_autofree char *compiled =
        g_strdup_printf("%u.%u.%u", built / 1000000, built / 1000 % 1000, built % 1000);

    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_object(json, NULL);
        tool_json_string(json, "compiled", compiled);
        tool_json_string(json, "library", vessel_version_string());
        tool_json_close_object(json);
        tool_json_print(json);
        return TOOL_DONE;
    }
    printf("Compiled against library: vessel %s\n", compiled);
    printf("Using library: vessel %s\n", vessel_version_string());
    return TOOL_DONE;
}

/* ---- doctor ---- */

static const char *member(yajl_val row, const char *name)
{
    const char *path[] = {name, NULL};
    yajl_val value = yajl_tree_get(row, path, yajl_t_string);

    return YAJL_GET_STRING(value);
}

static void print_finding(yajl_val row)
{
    const char *status = member(row, "status"), *remedy = member(row, "remedy");
    g_autofree char *word = g_ascii_strup(status ? status : "", -1);
    const char *color = !g_strcmp0(status, "pass")   ? "\033[32m"
                        : !g_strcmp0(status, "warn") ? "\033[33m"
                                                     : "\033[1;31m";
    bool colored = tool_color(STDOUT_FILENO);

    printf("%s%-4s%s ", colored ? color : "", word, colored ? "\033[0m" : "");
    tool_line(stdout, "%s: %s", member(row, "name"), member(row, "message"));
    if (remedy)
        tool_line(stdout, "     remedy: %s", remedy);
}

/* The report as an array, to be freed with yajl_tree_free(). */
static int read_report(ToolCall *call, char **text, yajl_val *rows)
{
    VesselError *err = NULL;

    if (vessel_host_doctor(call->host, text, &err) < 0)
        return tool_error(call, err);
    *rows = yajl_tree_parse(*text, NULL, 0);
    if (YAJL_IS_ARRAY(*rows))
        return TOOL_DONE;
    yajl_tree_free(*rows);
    return tool_fail(call, "bug", NULL, NULL, "the library's report is no array");
}

bool tool_doctor_warns(ToolCall *call, const char *name, char **message, char **remedy)
{
    tool_autofree char *text = NULL;
    bool warns = false;
    yajl_val rows;

    if (read_report(call, &text, &rows) != TOOL_DONE)
        return false;
    for (size_t i = 0; i < YAJL_GET_ARRAY(rows)->len && !warns; i++) {
        yajl_val row = YAJL_GET_ARRAY(rows)->values[i];

        warns = !g_strcmp0(member(row, "name"), name) && g_strcmp0(member(row, "status"), "pass");
        if (warns) {
            *message = g_strdup(member(row, "message"));
            *remedy = g_strdup(member(row, "remedy"));
        }
    }
    yajl_tree_free(rows);
    return warns;
}

int cmd_doctor(ToolCall *call)
{
    tool_autofree char *text = NULL;
    int status;
    yajl_val rows;

    if ((status = read_report(call, &text, &rows)) != TOOL_DONE)
        return status;
    for (size_t i = 0; i < YAJL_GET_ARRAY(rows)->len; i++) {
        yajl_val row = YAJL_GET_ARRAY(rows)->values[i];

        if (!call->json)
            print_finding(row);
        if (!g_strcmp0(member(row, "status"), "fail"))
            status = TOOL_FAILED;
    }
    if (call->json)
        puts(g_strchomp(text));
    yajl_tree_free(rows);
    return status;
}
