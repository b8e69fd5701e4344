/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions as texts, of any kind: validate, convert, schema, explain, diff. */
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static char *join(yajl_val array, const char *name)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < tool_tree_length(array); i++) {
        yajl_val one = YAJL_GET_ARRAY(array)->values[i];

        g_string_append_printf(text, "%s%s", i ? ", " : "",
                               name ? tool_tree_text(one, name) : YAJL_GET_STRING(one));
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
    g_autofree char *all = join(tool_tree_member(row, "units", yajl_t_array), NULL);

    if (!*all)
        return;
    g_autofree char *text =
        g_strdup_printf("%s; a number alone is %s in XML", all, tool_tree_text(row, "unit_of_xml"));
    print_line("units:", text);
}

static void print_row(yajl_val row)
{
    yajl_val only = tool_tree_member(row, "only_for", yajl_t_object);
    yajl_val notes = tool_tree_member(row, "notes", yajl_t_array);

    printf("  %s\n", tool_tree_text(row, "meaning"));
    print_line("type:", tool_tree_text(row, "type"));
    print_line("takes:", tool_tree_text(row, "takes"));
    print_units(row);
    print_line("default:", tool_tree_text(row, "if_left_out"));
    if (only) {
        g_autofree char *words = join(tool_tree_member(only, "words", yajl_t_array), NULL);

        printf("  %-9s %s %s\n", "only for:", tool_tree_text(only, "attribute"), words);
    }
    for (size_t i = 0; i < tool_tree_length(notes); i++)
        print_line("", YAJL_GET_STRING(YAJL_GET_ARRAY(notes)->values[i]));
    print_line("xmlns:", tool_tree_text(row, "namespace"));
    print_line("since:", tool_tree_text(row, "since"));
}

static void print_drivers(yajl_val drivers)
{
    for (size_t i = 0; i < tool_tree_length(drivers); i++) {
        yajl_val one = YAJL_GET_ARRAY(drivers)->values[i];
        g_autofree char *words = join(tool_tree_member(one, "words", yajl_t_array), NULL);
        g_autofree char *text =
            g_strdup_printf("%s%s%s", tool_tree_text(one, "name"), *words ? ": " : "", words);

        print_line(i ? "" : "drivers:", text);
    }
}

static void print_explained(yajl_val all)
{
    yajl_val rows = tool_tree_member(all, "rows", yajl_t_array), kinds = tool_tree_member(all, "kinds", yajl_t_array);
    yajl_val beneath = tool_tree_member(all, "beneath", yajl_t_array);

    for (size_t i = 0; i < tool_tree_length(kinds); i++)
        printf("%-20s %s\n", tool_tree_text(YAJL_GET_ARRAY(kinds)->values[i], "kind"),
               tool_tree_text(YAJL_GET_ARRAY(kinds)->values[i], "meaning"));
    if (kinds)
        return;
    printf("%s\n", tool_tree_text(all, "path"));
    print_line("in JSON:", tool_tree_text(all, "json"));
    print_line("", tool_tree_text(all, "meaning"));
    for (size_t i = 0; i < tool_tree_length(rows); i++)
        print_row(YAJL_GET_ARRAY(rows)->values[i]);
    print_drivers(tool_tree_member(all, "drivers", yajl_t_array));
    for (size_t i = 0; i < tool_tree_length(beneath); i++)
        printf("%s\n    %s\n", tool_tree_text(YAJL_GET_ARRAY(beneath)->values[i], "path"),
               tool_tree_text(YAJL_GET_ARRAY(beneath)->values[i], "meaning"));
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
    const char *what = tool_tree_text(change, "change"), *name = tool_tree_text(change, "name");
    const char *in = tool_tree_text(change, "in");
    const char *old = tool_tree_text(change, "old"), *new = tool_tree_text(change, "new");
    bool live = tool_tree_member(change, "live", yajl_t_true), secret = tool_tree_member(change, "secret", yajl_t_true);
    bool visible = tool_tree_member(change, "guest_visible", yajl_t_true);

    tool_line(stdout, "%s: %s%s%s%s%s%s (%s%s)", tool_tree_text(change, "path"), what, name ? " " : "",
              name ? name : "", in ? " in " : "", in ? in : "", secret ? ", secret" : "",
              live ? "live" : "next start", visible ? ", guest-visible" : "");
    if (old)
        print_value("-", old);
    if (new)
        print_value("+", new);
}

void tool_print_changes(yajl_val changes)
{
    for (size_t i = 0; i < tool_tree_length(changes); i++)
        print_change(YAJL_GET_ARRAY(changes)->values[i]);
}

static int print_diff(ToolCall *call, const char *json)
{
    yajl_val all = yajl_tree_parse(json, NULL, 0);
    yajl_val changes = tool_tree_member(all, "changes", yajl_t_array);
    size_t count = tool_tree_length(changes);

    if (call->json)
        puts(json);
    else
        tool_print_changes(changes);
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
