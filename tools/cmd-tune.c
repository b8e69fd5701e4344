/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virsh's commands for limits: what they show and set are rows of one table. */
#include "tool.h"

#include <string.h>

/* ---- values ---- */

/* A number and virsh's suffix; without one KiB. -1: no limit, which is *none. */
static bool parse_kib(const char *text, uint64_t *kib, bool *none)
{
    static const struct {
        const char *suffix;
        uint64_t bytes;
    } units[] = {{"", 1024},           {"b", 1},          {"byte", 1},
                 {"bytes", 1},         {"k", 1ULL << 10}, {"kib", 1ULL << 10},
                 {"kb", 1000},         {"m", 1ULL << 20}, {"mib", 1ULL << 20},
                 {"mb", 1000000},      {"g", 1ULL << 30}, {"gib", 1ULL << 30},
                 {"gb", 1000000000},   {"t", 1ULL << 40}, {"tib", 1ULL << 40},
                 {"tb", 1000000000000}};
    char *end = NULL;
    guint64 number;

    *none = !strcmp(text, "-1") || !g_ascii_strcasecmp(text, "unlimited");
    if (*none)
        return true;
    if (!g_ascii_isdigit(*text))
        return false;
    number = g_ascii_strtoull(text, &end, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_strcasecmp(end, units[i].suffix))
            continue;
        if (number > INT64_MAX / units[i].bytes)
            return false;
        *kib = (number * units[i].bytes + 1023) / 1024;
        return true;
    }
    return false;
}

typedef enum { SIZE, NUMBER, WORD, LISTS } Kind;

typedef struct {
    const char *command, *option; /* of schedinfo: the name before the = */
    const char *label;            /* as virsh prints it */
    const char *path[3];          /* in the definition's JSON */
    Kind kind;
    const char *absent; /* what is shown where the definition says nothing */
} Parameter;

#define CPUTUNE(name, member, absent)                                                              \
    {                                                                                              \
        "schedinfo", name, name, {"cputune", member}, NUMBER, absent                               \
    }
#define DEVICES(option, label, member)                                                             \
    {                                                                                              \
        "blkiotune", option, label, {"blkiotune", "device", member}, LISTS, ""                     \
    }

static const Parameter parameters[] = {
    {"setmem", "size", NULL, {"current_memory_kib"}, SIZE, NULL},
    {"setmaxmem", "size", NULL, {"memory_kib"}, SIZE, NULL},
    {"memtune", "hard-limit", "hard_limit", {"memtune", "hard_limit_kib"}, SIZE, "unlimited"},
    {"memtune", "soft-limit", "soft_limit", {"memtune", "soft_limit_kib"}, SIZE, "unlimited"},
    {"memtune",
     "swap-hard-limit",
     "swap_hard_limit",
     {"memtune", "swap_hard_limit_kib"},
     SIZE,
     "unlimited"},
    CPUTUNE("cpu_shares", "shares", "1024"),
    CPUTUNE("vcpu_period", "period", "100000"),
    CPUTUNE("vcpu_quota", "quota", "-1"),
    CPUTUNE("emulator_period", "emulator_period", "100000"),
    CPUTUNE("emulator_quota", "emulator_quota", "-1"),
    CPUTUNE("global_period", "global_period", "100000"),
    CPUTUNE("global_quota", "global_quota", "-1"),
    CPUTUNE("iothread_period", "iothread_period", "100000"),
    CPUTUNE("iothread_quota", "iothread_quota", "-1"),
    {"numatune", "mode", "numa_mode", {"numatune", "memory", "mode"}, WORD, "strict"},
    {"numatune", "nodeset", "numa_nodeset", {"numatune", "memory", "nodeset"}, WORD, ""},
    {"blkiotune", "weight", "weight", {"blkiotune", "weight"}, NUMBER, "0"},
    DEVICES("device-weights", "device_weight", "weight"),
    DEVICES("device-read-iops-sec", "device_read_iops_sec", "read_iops_sec"),
    DEVICES("device-write-iops-sec", "device_write_iops_sec", "write_iops_sec"),
    DEVICES("device-read-bytes-sec", "device_read_bytes_sec", "read_bytes_sec"),
    DEVICES("device-write-bytes-sec", "device_write_bytes_sec", "write_bytes_sec"),
};

#define FOREACH_PARAMETER(one, call)                                                               \
    for (const Parameter *one = parameters; one < parameters + G_N_ELEMENTS(parameters); one++)    \
        if (!strcmp(one->command, (call)->command->name))

/* What was given for it on the command line; schedinfo's are NAME=VALUE. */
static const char *given(ToolCall *call, const Parameter *one)
{
    size_t length = strlen(one->option);
    GPtrArray *sets;

    if (strcmp(one->command, "schedinfo") != 0)
        return tool_text(call, one->option);
    sets = tool_many(call, "set");
    for (guint i = 0; sets && i < sets->len; i++)
        if (!strncmp(sets->pdata[i], one->option, length) &&
            ((const char *)sets->pdata[i])[length] == '=')
            return (const char *)sets->pdata[i] + length + 1;
    return NULL;
}

/* As JSON, g_free(): digits, with a minus or without; NULL: it is none. */
static char *number_of(const char *text)
{
    char *end = NULL;
    gint64 number = g_ascii_strtoll(text, &end, 10);

    if (!g_ascii_isdigit(text[*text == '-']) || *end)
        return NULL;
    return g_strdup_printf("%" PRId64, number);
}

/* ---- patches ---- */

/* {"path": …, MEMBER: N} on top of what is there of that device; 0 takes it away. NULL: no number.
 */
static char *device_with(yajl_val old, const Parameter *one, const char *path, const char *text)
{
    g_autofree char *number = number_of(text);
    g_autoptr(GString) patch = g_string_new("{\"path\":");

    if (!number)
        return NULL;
    tool_json_quote(patch, path);
    g_string_append_printf(patch, ",\"%s\":%s}", one->path[2],
                           strcmp(number, "0") ? number : "null");
    return tool_merge(old, patch->str);
}

/* What DEVICE,N,DEVICE,N says of the device @path. */
static const char *given_for(char **words, const char *path)
{
    for (; words[0] && words[1]; words += 2)
        if (!g_strcmp0(words[0], path))
            return words[1];
    return NULL;
}

static bool has_device(yajl_val devices, const char *path)
{
    for (size_t i = 0; i < tool_tree_length(devices); i++)
        if (!g_strcmp0(tool_tree_text(YAJL_GET_ARRAY(devices)->values[i], "path"), path))
            return true;
    return false;
}

/* All devices: those that are there, each with what is given for it, and new ones. */
static char *device_list(yajl_val definition, const Parameter *one, const char *text)
{
    const char *way[] = {"blkiotune", "device", NULL};
    yajl_val old = yajl_tree_get(definition, way, yajl_t_array);
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *joined = NULL;

    if (g_strv_length(words) % 2)
        return NULL;
    for (size_t i = 0; i < tool_tree_length(old); i++) {
        yajl_val item = YAJL_GET_ARRAY(old)->values[i];
        const char *path = tool_tree_text(item, "path"), *number = given_for(words, path);

        g_ptr_array_add(items,
                        number ? device_with(item, one, path, number) : tool_merge(item, "{}"));
    }
    for (char **word = words; *word; word += 2)
        if (!has_device(old, *word))
            g_ptr_array_add(items, device_with(NULL, one, word[0], word[1]));
    for (guint i = 0; i < items->len; i++)
        if (!items->pdata[i])
            return NULL;
    if (items->len == 0)
        return g_strdup("null");
    g_ptr_array_add(items, NULL);
    joined = g_strjoinv(",", (char **)items->pdata);
    return g_strdup_printf("[%s]", joined);
}

/* As JSON; NULL: it is none. */
static char *value_of(yajl_val definition, const Parameter *one, const char *text)
{
    uint64_t kib = 0;
    bool none = false;
    GString *word;

    switch (one->kind) {
    case SIZE:
        /* What a domain has of memory is something; libvirt refuses 0, too. */
        if (!parse_kib(text, &kib, &none) || (!one->absent && (none || kib == 0)))
            return NULL;
        return none ? g_strdup("null") : g_strdup_printf("%" PRIu64, kib);
    case NUMBER:
        return number_of(text);
    case LISTS:
        return device_list(definition, one, text);
    case WORD:
        break;
    }
    word = g_string_new(NULL);
    tool_json_quote(word, text);
    return g_string_free(word, FALSE);
}

/* {"cputune":{"shares":N}} */
static char *nest(const Parameter *one, const char *value)
{
    GString *patch = g_string_new(NULL);
    guint levels = one->kind == LISTS ? 2 : 3;

    for (guint i = 0; i < levels && one->path[i]; i++)
        g_string_append_printf(patch, "{\"%s\":", one->path[i]);
    g_string_append(patch, value);
    for (guint i = 0; i < levels && one->path[i]; i++)
        g_string_append_c(patch, '}');
    return g_string_free(patch, FALSE);
}

/* All that was given, one after the other. */
static char *edit_parameters(ToolCall *call, yajl_val definition)
{
    static const char *const kinds[] = {[SIZE] = "a number of KiB, or with a suffix: 512M, 2GiB",
                                        [NUMBER] = "a whole number",
                                        [LISTS] = "a device of the host and a number: "
                                                  "/dev/sda,1048576,/dev/sdb,0",
                                        [WORD] = NULL};
    char *text = tool_merge(definition, "{}");

    FOREACH_PARAMETER(one, call)
    {
        const char *word = given(call, one);
        g_autofree char *before = word ? text : NULL, *value = NULL, *patch = NULL;
        yajl_val tree = word ? yajl_tree_parse(before, NULL, 0) : NULL;

        if (!word)
            continue;
        value = value_of(tree, one, word);
        patch = value ? nest(one, value) : NULL;
        text = patch ? tool_merge(tree, patch) : NULL;
        yajl_tree_free(tree);
        if (!text) {
            tool_fail(call, "invalid-argument", NULL, kinds[one->kind], "\"%s\" is no value for %s",
                      word, one->option);
            return NULL;
        }
    }
    return text;
}

/* ---- showing ---- */

static char *list_shown(yajl_val devices, const char *member)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < tool_tree_length(devices); i++) {
        yajl_val item = YAJL_GET_ARRAY(devices)->values[i];
        yajl_val value = tool_tree_member(item, member, yajl_t_number);

        if (value)
            g_string_append_printf(text, "%s%s,%s", text->len ? "," : "",
                                   tool_tree_text(item, "path"), YAJL_GET_NUMBER(value));
    }
    return g_string_free(text, FALSE);
}

static char *shown(yajl_val definition, const Parameter *one)
{
    const char *way[] = {one->path[0], one->path[1],
                         one->path[1] && one->kind != LISTS ? one->path[2] : NULL, NULL};
    yajl_val value = yajl_tree_get(definition, way, yajl_t_any);

    if (one->kind == LISTS)
        return list_shown(value, one->path[2]);
    if (YAJL_IS_NUMBER(value))
        return g_strdup(YAJL_GET_NUMBER(value));
    return g_strdup(YAJL_IS_STRING(value) ? YAJL_GET_STRING(value) : one->absent);
}

/* "unlimited" is left out. */
static void print_json(yajl_gen json, const Parameter *one, const char *value)
{
    g_autofree char *number = number_of(value);

    if (one->kind == WORD || one->kind == LISTS)
        tool_json_string(json, one->label, value);
    else
        tool_json_raw(json, one->label, number);
}

static int show(ToolCall *call, VesselDomain *domain)
{
    yajl_gen json = call->json ? tool_json_new() : NULL;
    tool_autofree char *text = NULL;
    uint32_t affect;
    int status = tool_affected(call, domain, &affect);
    yajl_val tree;

    if (status == TOOL_DONE && affect == (VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT))
        affect = VESSEL_DOMAIN_AFFECT_LIVE;
    text = status == TOOL_DONE ? tool_definition(call, domain, affect) : NULL;
    if (!text) {
        g_clear_pointer(&json, yajl_gen_free);
        return status == TOOL_DONE ? TOOL_FAILED : status;
    }
    tree = yajl_tree_parse(text, NULL, 0);
    if (json)
        tool_json_object(json, NULL);
    else if (!strcmp(call->command->name, "schedinfo"))
        tool_line(stdout, "%-15s: %s", "Scheduler", "posix");
    FOREACH_PARAMETER(one, call)
    {
        g_autofree char *value = shown(tree, one);

        if (json)
            print_json(json, one, value);
        else
            tool_line(stdout, "%-15s: %s", one->label, value);
    }
    if (json) {
        tool_json_close_object(json);
        tool_json_print(json);
    }
    yajl_tree_free(tree);
    return TOOL_DONE;
}

/* ---- the commands ---- */

/* Names that schedinfo has not are wrong usage. */
static int check_sets(ToolCall *call)
{
    GPtrArray *sets = strcmp(call->command->name, "schedinfo") ? NULL : tool_many(call, "set");
    g_autoptr(GString) hint = g_string_new("known:");

    FOREACH_PARAMETER(one, call)
    g_string_append_printf(hint, " %s", one->option);
    for (guint i = 0; sets && i < sets->len; i++) {
        bool known = false;

        FOREACH_PARAMETER(one, call)
        known |= g_str_has_prefix(sets->pdata[i], one->option) &&
                 ((const char *)sets->pdata[i])[strlen(one->option)] == '=';
        if (!known)
            return tool_usage(call, hint->str, "'%s' is no NAME=VALUE of this scheduler",
                              (const char *)sets->pdata[i]);
    }
    return TOOL_DONE;
}

/* The library, as libvirt's, takes more than there can be for all of it. */
static char *edit_memory(ToolCall *call, yajl_val definition)
{
    const char *hard[] = {"memtune", "hard_limit_kib", NULL};
    yajl_val most = tool_tree_member(definition, "memory_kib", yajl_t_number);
    uint64_t kib = 0;
    bool none = false;

    if (most && parse_kib(tool_text(call, "size"), &kib, &none) && !none &&
        kib > g_ascii_strtoull(YAJL_GET_NUMBER(most), NULL, 10)) {
        tool_fail(call, "invalid-argument", "/domain/currentMemory", "setmaxmem changes that",
                  "%" PRIu64 " KiB is more than the domain can have, %s KiB", kib,
                  YAJL_GET_NUMBER(most));
        return NULL;
    }
    if (tool_is_container(definition) && yajl_tree_get(definition, hard, yajl_t_number))
        tool_warn(call, "what counts is the hard_limit that `memtune` has set, not this");
    return edit_parameters(call, definition);
}

int cmd_setmem(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_domain(call, &domain);

    return status == TOOL_DONE ? tool_change(call, domain, edit_memory) : status;
}

/* Shows all, or sets what is given. */
int cmd_tune(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    bool set = false;
    int status = check_sets(call);

    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    FOREACH_PARAMETER(one, call)
    set |= given(call, one) != NULL;
    return set ? tool_change(call, domain, edit_parameters) : show(call, domain);
}
