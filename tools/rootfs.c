/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Archives that become a container's root file system. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static char **files_of(ToolCall *call)
{
    GPtrArray *given = tool_many(call, "file");
    char **files = g_new0(char *, given->len + 1);

    for (guint i = 0; i < given->len; i++)
        files[i] = g_strdup(strcmp(given->pdata[i], "-") ? given->pdata[i] : "/dev/stdin");
    return files;
}

static void print_place(ToolCall *call, const char *path, const char *notes)
{
    yajl_gen json;

    if (!call->json) {
        tool_line(stdout, "%s", path);
        return;
    }
    json = tool_json_new();
    tool_json_object(json, NULL);
    tool_json_string(json, "path", path);
    tool_json_string(json, "notes", notes);
    tool_json_close_object(json);
    tool_json_print(json);
}

int cmd_rootfs_import(ToolCall *call)
{
    VesselHostImportOptions options = VESSEL_HOST_IMPORT_OPTIONS_INIT;
    g_auto(GStrv) files = files_of(call);
    g_autoptr(VesselJob) job = NULL;
    tool_autofree char *path = NULL, *notes = NULL;
    VesselError *err = NULL;

    if (!strcmp(files[0], "/dev/stdin") && !tool_text(call, "name"))
        return tool_usage(call, NULL, "standard input has no name: give it one with --name");
    options.timeout_ms = tool_timeout(call);
    options.name = tool_text(call, "name");
    options.max_bytes = tool_mib(call, "max-size");
    if (vessel_host_import_rootfs(call->host, (const char *const *)files, &options, &job, &path,
                                  &err) < 0 ||
        vessel_job_wait(job, -1, &err) < 0 || vessel_job_state(job, NULL, &notes, &err) < 0)
        return tool_error(call, err);
    if (notes && strstr(notes, "left out"))
        tool_warn(call, "%s", notes);
    print_place(call, path, notes);
    return TOOL_DONE;
}
