/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions as texts, of any kind: validate, convert. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static VesselDefinitionOptions options_of(const ToolCall *call)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;

    options.kind = tool_text(call, "kind");
    options.flags = tool_flag(call, "lenient") ? VESSEL_DEFINITION_LENIENT : 0;
    return options;
}

/* ---- validate ---- */

static void print_problem(const char *file, const VesselError *problem)
{
    const char *path = vessel_error_path(problem), *hint = vessel_error_hint(problem);

    printf("%s", file);
    if (vessel_error_line(problem))
        printf(":%d", vessel_error_line(problem));
    if (vessel_error_line(problem) && vessel_error_column(problem))
        printf(":%d", vessel_error_column(problem));
    printf(": %s\n", vessel_error_message(problem));
    if (path)
        printf("  at: %s\n", path);
    if (hint)
        printf("  hint: %s\n", hint);
}

static void print_problems(const char *file, const VesselError *err)
{
    size_t count = vessel_error_problem_count(err);

    if (!count)
        print_problem(file, err);
    for (size_t i = 0; i < count; i++)
        print_problem(file, vessel_error_problem(err, i));
}

static int validate_file(ToolCall *call, const char *file, const VesselDefinitionOptions *options,
                         yajl_gen json)
{
    g_autofree char *text = tool_read_file(call, file);
    g_autoptr(VesselError) err = NULL;
    const char *shown = strcmp(file, "-") ? file : "(standard input)";
    int result;

    if (!text)
        return TOOL_FAILED;
    result = vessel_definition_validate(text, options, &err);
    if (json) {
        tool_autofree char *error = vessel_error_json(err);

        tool_json_object(json, NULL);
        tool_json_string(json, "file", shown);
        tool_json_bool(json, "valid", result == 0);
        tool_json_raw(json, "error", error);
        tool_json_close_object(json);
    } else if (result < 0) {
        print_problems(shown, err);
    } else {
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
    uint32_t host = tool_flag(call, "host") ? VESSEL_DEFINITION_HOST : 0;

    options.host = call->host;
    options.flags |= host;

    if (json)
        tool_json_array(json, NULL);
    for (guint i = 0; i < files->len; i++) {
        if (validate_file(call, g_ptr_array_index(files, i), &options, json) != TOOL_DONE)
            status = TOOL_FAILED;
    }
    if (json) {
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
    tool_autofree char *result = NULL;
    VesselError *err = NULL;
    int form = !g_strcmp0(to, "json") ? VESSEL_DEFINITION_JSON : VESSEL_DEFINITION_XML;

    if (tool_flag(call, "libvirt") && form != VESSEL_DEFINITION_XML)
        return tool_usage(call, NULL, "--libvirt goes with --to xml");
    text = tool_read_file(call, tool_text(call, "file"));
    if (!text)
        return TOOL_FAILED;
    options.flags |= tool_flag(call, "libvirt") ? VESSEL_DEFINITION_LIBVIRT : 0;
    if (vessel_definition_convert(text, form, &options, &result, &err) < 0)
        return tool_error(call, err);
    fputs(result, stdout);
    return TOOL_DONE;
}
