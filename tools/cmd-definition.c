/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions as texts, of any kind: validate, convert, schema, explain, diff. */
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yajl/yajl_tree.h>

static VesselDefinitionOptions options_of(const ToolCall *call)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;

    options.kind = tool_text(call, "kind");
    options.flags = tool_flag(call, "lenient") ? VESSEL_DEFINITION_LENIENT : 0;
    return options;
}

/* A kind that is not there is wrong usage, whatever is in the files. */
static int definition_error(const ToolCall *call, VesselError *err)
{
    bool usage = vessel_error_code(err) == VESSEL_ERROR_INVALID_ARGUMENT;

    tool_error(call, err);
    return usage ? TOOL_USAGE : TOOL_FAILED;
}

/* ---- validate ---- */

static void json_warnings(yajl_gen json, const VesselError *warnings)
{
    tool_json_array(json, "warnings");
    for (size_t i = 0; i < vessel_error_problem_count(warnings); i++) {
        tool_autofree char *one = vessel_error_json(vessel_error_problem(warnings, i));

        tool_json_raw(json, NULL, one);
    }
    tool_json_close_array(json);
}

/* @error: as JSON; NULL if there is none. */
static void json_file(yajl_gen json, const char *shown, const char *error,
                      const VesselError *warnings)
{
    tool_json_object(json, NULL);
    tool_json_string(json, "file", shown);
    tool_json_bool(json, "valid", !error);
    tool_json_raw(json, "error", error);
    json_warnings(json, warnings);
    tool_json_close_object(json);
}

static int validate_file(ToolCall *call, const char *file, VesselDefinitionOptions *options,
                         yajl_gen json)
{
    g_autofree char *unread = NULL;
    g_autofree char *text =
        json ? tool_read_file_or_why(file, &unread) : tool_read_file(call, file);
    g_autoptr(VesselError) err = NULL, warnings = NULL;
    const char *shown = strcmp(file, "-") ? file : "(standard input)";
    int result;

    if (!text && json)
        json_file(json, shown, unread, NULL);
    if (!text)
        return TOOL_FAILED;
    options->warnings = &warnings;
    result = vessel_definition_validate(text, options, &err);
    if (result == VESSEL_ERROR_INVALID_ARGUMENT)
        return definition_error(call, g_steal_pointer(&err));
    if (json) {
        tool_autofree char *error = vessel_error_json(err);

        json_file(json, shown, error, warnings);
    } else if (result < 0) {
        tool_problems(stdout, shown, "", err);
    } else {
        tool_warnings(call, stdout, shown, warnings);
        tool_say(call, "%s validates", shown);
    }
    return result == 0 ? TOOL_DONE : TOOL_FAILED;
}

int cmd_validate(ToolCall *call)
{
    GPtrArray *files = tool_many(call, "file");
    yajl_gen json = call->json ? tool_json_new() : NULL;
    int status = TOOL_DONE;
    VesselDefinitionOptions options = options_of(call);

    if (tool_flag(call, "host")) {
        if (!call->host && tool_open(call) != TOOL_DONE)
            return TOOL_FAILED;
        options.host = call->host;
        options.flags |= VESSEL_DEFINITION_HOST;
    }

    if (json)
        tool_json_array(json, NULL);
    for (guint i = 0; i < files->len && status != TOOL_USAGE; i++) {
        int one = validate_file(call, g_ptr_array_index(files, i), &options, json);

        status = MAX(status, one);
    }
    if (json && status == TOOL_USAGE) {
        yajl_gen_free(json);
    } else if (json) {
        tool_json_close_array(json);
        tool_json_print(json);
    }
    return status;
}

/* ---- convert ---- */

int cmd_convert(ToolCall *call)
{
    VesselDefinitionOptions options = options_of(call);
    const char *to = tool_text(call, "to");
    g_autofree char *text = NULL;
    g_autoptr(VesselError) warnings = NULL;
    tool_autofree char *result = NULL;
    VesselError *err = NULL;
    int form = !g_strcmp0(to, "json") ? VESSEL_DEFINITION_JSON : VESSEL_DEFINITION_XML;

    if (tool_flag(call, "libvirt") && form != VESSEL_DEFINITION_XML)
        return tool_usage(call, NULL, "--libvirt goes with --to xml");
    text = tool_read_file(call, tool_text(call, "file"));
    if (!text)
        return TOOL_FAILED;
    options.flags |= tool_flag(call, "libvirt") ? VESSEL_DEFINITION_LIBVIRT : 0;
    options.warnings = &warnings;
    if (vessel_definition_convert(text, form, &options, &result, &err) < 0)
        return definition_error(call, err);
    tool_warnings(call, stderr, tool_text(call, "file"), warnings);
    fputs(result, stdout);
    return TOOL_DONE;
}

/* ---- schema ---- */

int cmd_schema(ToolCall *call)
{
    static const struct {
        const char *option;
        int form;
    } forms[] = {{"rng", VESSEL_SCHEMA_RNG},
                 {"json-schema", VESSEL_SCHEMA_JSON},
                 {"markdown", VESSEL_SCHEMA_MARKDOWN},
                 {"man", VESSEL_SCHEMA_MAN}};
    const char *kind = NULL;
    tool_autofree char *result = NULL;
    VesselError *err = NULL;
    int form = 0, given = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (!tool_text(call, forms[i].option))
            continue;
        kind = tool_text(call, forms[i].option);
        form = forms[i].form;
        given++;
    }
    if (given != 1)
        return tool_usage(call, "`vessel explain` lists the kinds",
                          "schema needs one of --rng, --json-schema, --markdown and --man");
    if (vessel_definition_schema(kind, form, &result, &err) < 0)
        return definition_error(call, err);
    fputs(result, stdout);
    return TOOL_DONE;
}

/* ---- explain ---- */

static yajl_val member(yajl_val object, const char *name, yajl_type type)
{
    const char *path[] = {name, NULL};

    return yajl_tree_get(object, path, type);
}

static const char *text_of(yajl_val object, const char *name)
{
    return YAJL_GET_STRING(member(object, name, yajl_t_string));
}

static size_t length_of(yajl_val array)
{
    return YAJL_IS_ARRAY(array) ? YAJL_GET_ARRAY(array)->len : 0;
}

static char *join(yajl_val array, const char *name)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < length_of(array); i++) {
        yajl_val one = YAJL_GET_ARRAY(array)->values[i];

        g_string_append_printf(text, "%s%s", i ? ", " : "",
                               name ? text_of(one, name) : YAJL_GET_STRING(one));
    }
    return g_string_free(text, FALSE);
}

static void print_line(const char *title, const char *text)
{
    if (text && *text)
        printf("  %-9s %s\n", title, text);
}

static void print_units(yajl_val row)
{
    g_autofree char *all = join(member(row, "units", yajl_t_array), NULL);

    if (!*all)
        return;
    g_autofree char *text =
        g_strdup_printf("%s; a number alone is %s in XML", all, text_of(row, "unit_of_xml"));
    print_line("units:", text);
}

static void print_row(yajl_val row)
{
    yajl_val only = member(row, "only_for", yajl_t_object);
    yajl_val notes = member(row, "notes", yajl_t_array);

    printf("  %s\n", text_of(row, "meaning"));
    print_line("type:", text_of(row, "type"));
    print_line("takes:", text_of(row, "takes"));
    print_units(row);
    print_line("default:", text_of(row, "if_left_out"));
    if (only) {
        g_autofree char *words = join(member(only, "words", yajl_t_array), NULL);

        printf("  %-9s %s %s\n", "only for:", text_of(only, "attribute"), words);
    }
    for (size_t i = 0; i < length_of(notes); i++)
        print_line("", YAJL_GET_STRING(YAJL_GET_ARRAY(notes)->values[i]));
    print_line("xmlns:", text_of(row, "namespace"));
    print_line("since:", text_of(row, "since"));
}

static void print_drivers(yajl_val drivers)
{
    for (size_t i = 0; i < length_of(drivers); i++) {
        yajl_val one = YAJL_GET_ARRAY(drivers)->values[i];
        g_autofree char *words = join(member(one, "words", yajl_t_array), NULL);
        g_autofree char *text =
            g_strdup_printf("%s%s%s", text_of(one, "name"), *words ? ": " : "", words);

        print_line(i ? "" : "drivers:", text);
    }
}

static void print_explained(yajl_val all)
{
    yajl_val rows = member(all, "rows", yajl_t_array), kinds = member(all, "kinds", yajl_t_array);
    yajl_val beneath = member(all, "beneath", yajl_t_array);

    for (size_t i = 0; i < length_of(kinds); i++)
        printf("%-20s %s\n", text_of(YAJL_GET_ARRAY(kinds)->values[i], "kind"),
               text_of(YAJL_GET_ARRAY(kinds)->values[i], "meaning"));
    if (kinds)
        return;
    printf("%s\n", text_of(all, "path"));
    print_line("in JSON:", text_of(all, "json"));
    print_line("", text_of(all, "meaning"));
    for (size_t i = 0; i < length_of(rows); i++)
        print_row(YAJL_GET_ARRAY(rows)->values[i]);
    print_drivers(member(all, "drivers", yajl_t_array));
    for (size_t i = 0; i < length_of(beneath); i++)
        printf("%s\n    %s\n", text_of(YAJL_GET_ARRAY(beneath)->values[i], "path"),
               text_of(YAJL_GET_ARRAY(beneath)->values[i], "meaning"));
}

int cmd_explain(ToolCall *call)
{
    const char *path = tool_text(call, "path");
    tool_autofree char *json = NULL;
    VesselError *err = NULL;

    if (vessel_definition_explain(path ? path : "", &json, &err) < 0)
        return tool_error(call, err);
    if (call->json) {
        puts(json);
        return TOOL_DONE;
    }
    yajl_val all = yajl_tree_parse(json, NULL, 0);
    print_explained(all);
    yajl_tree_free(all);
    return TOOL_DONE;
}

/* ---- diff ---- */

/* As diff(1): 0 the same, 1 different, 2 trouble. */
enum { DIFF_SAME = 0, DIFF_DIFFERENT = 1, DIFF_TROUBLE = 2 };

/* A file, or the definition of a domain where there is no file of that name; g_free(). */
static char *read_side(ToolCall *call, const char *word)
{
    g_autoptr(VesselDomain) domain = NULL;
    tool_autofree char *text = NULL;
    VesselError *err = NULL;
    uint32_t flags = VESSEL_DOMAIN_XML_SECURE;

    if (!strcmp(word, "-") || strchr(word, '/') || access(word, F_OK) == 0)
        return tool_read_file(call, word);
    if (!call->host && tool_open(call) != TOOL_DONE)
        return NULL;
    if (tool_domain_find(call, word, &domain) != TOOL_DONE) {
        if (!call->json && !call->quiet)
            fprintf(stderr, "  nor is there a file of that name\n");
        return NULL;
    }
    flags |= tool_flag(call, "inactive") ? VESSEL_DOMAIN_XML_INACTIVE : 0;
    if (vessel_domain_xml(domain, flags, &text, &err) < 0) {
        tool_error(call, err);
        return NULL;
    }
    return g_strdup(text);
}

static void print_value(const char *mark, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++)
        tool_line(stdout, "    %s %s", mark, *line);
}

static void print_change(yajl_val change)
{
    const char *what = text_of(change, "change"), *name = text_of(change, "name");
    const char *in = text_of(change, "in");
    const char *old = text_of(change, "old"), *new = text_of(change, "new");
    bool live = member(change, "live", yajl_t_true), secret = member(change, "secret", yajl_t_true);
    bool visible = member(change, "guest_visible", yajl_t_true);

    tool_line(stdout, "%s: %s%s%s%s%s%s (%s%s)", text_of(change, "path"), what, name ? " " : "",
              name ? name : "", in ? " in " : "", in ? in : "", secret ? ", secret" : "",
              live ? "live" : "next start", visible ? ", guest-visible" : "");
    if (old)
        print_value("-", old);
    if (new)
        print_value("+", new);
}

static int print_diff(ToolCall *call, const char *json)
{
    yajl_val all = yajl_tree_parse(json, NULL, 0), changes = member(all, "changes", yajl_t_array);
    size_t count = length_of(changes);

    for (size_t i = 0; i < count && !call->json; i++)
        print_change(YAJL_GET_ARRAY(changes)->values[i]);
    if (call->json)
        puts(json);
    yajl_tree_free(all);
    return count ? DIFF_DIFFERENT : DIFF_SAME;
}

int cmd_diff(ToolCall *call)
{
    VesselDefinitionOptions options = options_of(call);
    g_autofree char *from = read_side(call, tool_text(call, "from")), *to = NULL;
    tool_autofree char *json = NULL;
    g_autoptr(VesselError) warnings = NULL;
    VesselError *err = NULL;

    to = from ? read_side(call, tool_text(call, "to")) : NULL;
    if (!to)
        return DIFF_TROUBLE;
    options.warnings = &warnings;
    if (vessel_definition_diff(from, to, &options, &json, &err) < 0) {
        tool_error(call, err);
        return DIFF_TROUBLE;
    }
    tool_warnings(call, stderr, NULL, warnings);
    return print_diff(call, json);
}
