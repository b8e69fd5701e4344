/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* change, and virsh's commands for limits: each is a small change of the definition, made by
 * vessel_domain_change(). What they show and set are rows of one table. */
#include "tool.h"

#include <string.h>

#define TRIES 20 /* while others change the same domain */

/* ---- change ---- */

static void print_plan(const char *plan)
{
    static const char *const titles[][2] = {{"live", "The definition in force:"},
                                            {"next", "The definition of the next start:"}};
    yajl_val all = yajl_tree_parse(plan, NULL, 0);

    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
        yajl_val changes = tool_tree_member(all, titles[i][0], yajl_t_array);

        if (!changes)
            continue;
        puts(titles[i][1]);
        if (tool_tree_length(changes) == 0)
            puts("  nothing is to be changed");
        tool_print_changes(changes);
    }
    yajl_tree_free(all);
}

int cmd_change(ToolCall *call)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    g_autoptr(VesselDomain) domain = NULL;
    g_autofree char *text = NULL;
    tool_autofree char *plan = NULL;
    VesselError *err = NULL;
    bool dry = tool_flag(call, "dry-run");
    int status = tool_affect(call, &options.flags), code;

    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    text = tool_read_file(call, tool_text(call, "file"));
    if (!text)
        return TOOL_FAILED;
    options.timeout_ms = tool_timeout(call);
    options.flags |= dry ? VESSEL_DOMAIN_CHANGE_DRY_RUN : 0;
    options.flags |= tool_flag(call, "lenient") ? VESSEL_DOMAIN_CHANGE_LENIENT : 0;
    options.plan = &plan;
    code = vessel_domain_change(domain, text, &options, &err);
    if (dry && plan && call->json && code == 0)
        puts(plan);
    else if (dry && plan && !call->json)
        print_plan(plan);
    if (code < 0)
        return tool_error(call, err);
    return dry ? TOOL_DONE : tool_domain_done(call, domain, "has been changed");
}

/* ---- one definition, edited ---- */

/* @definition as it shall be, g_free(); NULL: printed why not. */
typedef char *(*Edit)(ToolCall *call, yajl_val definition);

static char *read_definition(ToolCall *call, VesselDomain *domain, uint32_t affect)
{
    VesselError *err = NULL;
    char *text = NULL;
    uint32_t flags = VESSEL_DOMAIN_XML_SECURE | VESSEL_DOMAIN_XML_JSON;

    flags |= affect & VESSEL_DOMAIN_AFFECT_NEXT ? VESSEL_DOMAIN_XML_INACTIVE : 0;
    if (vessel_domain_xml(domain, flags, &text, &err) < 0)
        tool_error(call, err);
    return text;
}

/* It was another when the library looked: somebody else changed it in between. */
static bool is_another(ToolCall *call, VesselDomain *domain, uint32_t affect, const char *before,
                       const VesselError *err)
{
    tool_autofree char *now = NULL;

    if (vessel_error_code(err) != VESSEL_ERROR_BUSY)
        return false;
    now = read_definition(call, domain, affect);
    return now && strcmp(now, before) != 0;
}

/* @affect: one of the two. */
static int change_one(ToolCall *call, VesselDomain *domain, uint32_t affect, Edit edit, bool dry)
{
    for (int i = 0;; i++) {
        VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
        tool_autofree char *before = read_definition(call, domain, affect);
        g_autofree char *text = NULL;
        VesselError *err = NULL;
        yajl_val tree = before ? yajl_tree_parse(before, NULL, 0) : NULL;

        text = tree ? edit(call, tree) : NULL;
        yajl_tree_free(tree);
        if (!text)
            return TOOL_FAILED;
        options.timeout_ms = tool_timeout(call);
        options.from = before;
        options.flags = affect | VESSEL_DOMAIN_CHANGE_LENIENT;
        options.flags |= dry ? VESSEL_DOMAIN_CHANGE_DRY_RUN : 0;
        if (vessel_domain_change(domain, text, &options, &err) == 0)
            return TOOL_DONE;
        if (i + 1 == TRIES || !is_another(call, domain, affect, before, err))
            return tool_error(call, err);
        vessel_error_free(err);
    }
}

/* --live and --config, or what is current. */
static int settle(ToolCall *call, VesselDomain *domain, uint32_t *affect)
{
    VesselError *err = NULL;
    int status = tool_affect(call, affect), state;

    if (status != TOOL_DONE || *affect)
        return status;
    state = vessel_domain_state(domain, NULL, &err);
    if (state < 0)
        return tool_error(call, err);
    *affect =
        state == VESSEL_DOMAIN_SHUT_OFF ? VESSEL_DOMAIN_AFFECT_NEXT : VESSEL_DOMAIN_AFFECT_LIVE;
    return TOOL_DONE;
}

/* Of both the one in force comes first, since its guest may say no; that the other can be changed
 * is known by then. */
static int change_all(ToolCall *call, VesselDomain *domain, Edit edit)
{
    uint32_t affect;
    int status = settle(call, domain, &affect);
    bool live = affect & VESSEL_DOMAIN_AFFECT_LIVE, next = affect & VESSEL_DOMAIN_AFFECT_NEXT;

    if (status == TOOL_DONE && live && next)
        status = change_one(call, domain, VESSEL_DOMAIN_AFFECT_NEXT, edit, true);
    if (status == TOOL_DONE && live)
        status = change_one(call, domain, VESSEL_DOMAIN_AFFECT_LIVE, edit, false);
    if (status == TOOL_DONE && next)
        status = change_one(call, domain, VESSEL_DOMAIN_AFFECT_NEXT, edit, false);
    if (status == TOOL_DONE && call->json)
        status = tool_domain_done(call, domain, NULL);
    return status;
}

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

static void put_string(GString *to, const char *text)
{
    yajl_gen json = tool_json_new();
    g_autofree char *quoted = NULL;

    tool_json_string(json, NULL, text);
    quoted = tool_json_take(json);
    g_string_append(to, quoted);
}

/* {"path": …, MEMBER: N} on top of what is there of that device; 0 takes it away. NULL: no number.
 */
static char *device_with(yajl_val old, const Parameter *one, const char *path, const char *text)
{
    g_autofree char *number = number_of(text);
    g_autoptr(GString) patch = g_string_new("{\"path\":");

    if (!number)
        return NULL;
    put_string(patch, path);
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
    put_string(word, text);
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
    int status = settle(call, domain, &affect);
    yajl_val tree;

    if (status == TOOL_DONE && affect == (VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT))
        affect = VESSEL_DOMAIN_AFFECT_LIVE;
    text = status == TOOL_DONE ? read_definition(call, domain, affect) : NULL;
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

static bool is_container(yajl_val definition)
{
    const char *type = tool_tree_text(definition, "type");
    return !g_strcmp0(type, "container") || !g_strcmp0(type, "lxc");
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
    if (is_container(definition) && yajl_tree_get(definition, hard, yajl_t_number))
        tool_warn(call, "what counts is the hard_limit that `memtune` has set, not this");
    return edit_parameters(call, definition);
}

int cmd_setmem(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_domain(call, &domain);

    return status == TOOL_DONE ? change_all(call, domain, edit_memory) : status;
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
    return set ? change_all(call, domain, edit_parameters) : show(call, domain);
}

/* A machine's may be fewer than it has room for; a container's are a limit. */
static char *edit_vcpus(ToolCall *call, yajl_val definition)
{
    bool maximum = tool_flag(call, "maximum") || is_container(definition);
    g_autofree char *patch =
        g_strdup_printf("{\"vcpu\":{\"%s\":%" PRIu64 "}}", maximum ? "value" : "current",
                        tool_number(call, "count", 1));

    return tool_merge(definition, patch);
}

int cmd_setvcpus(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_domain(call, &domain);

    return status == TOOL_DONE ? change_all(call, domain, edit_vcpus) : status;
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
        put_string(kept, list);
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
    int status = settle(call, domain, &affect);
    ToolTable *table;
    yajl_val tree, count;

    if (status != TOOL_DONE)
        return status;
    text = read_definition(call, domain, affect & VESSEL_DOMAIN_AFFECT_LIVE ? 0 : affect);
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
    return set ? change_all(call, domain, edit_pins) : show_pins(call, domain);
}
