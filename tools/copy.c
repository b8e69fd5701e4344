/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files into a container and out of it. */
#include "tool.h"

#include <string.h>

/* DOMAIN of DOMAIN:PATH, and *path; NULL for a path here, which has a slash before its colons. */
static char *domain_of(const char *word, const char **path)
{
    const char *colon = strchr(word, ':');

    *path = word;
    if (!colon || colon == word || memchr(word, '/', (size_t)(colon - word)))
        return NULL;
    *path = colon + 1;
    return g_strndup(word, (size_t)(colon - word));
}

static int finish(ToolCall *call, VesselJob *job)
{
    tool_autofree char *notes = NULL;
    VesselError *err = NULL;
    yajl_gen json;

    if (vessel_job_wait(job, -1, &err) < 0 || vessel_job_state(job, NULL, &notes, &err) < 0)
        return tool_error(call, err);
    if (notes && strstr(notes, "left out"))
        tool_warn(call, "%s", notes);
    if (!call->json)
        return TOOL_DONE;
    json = tool_json_new();
    tool_json_object(json, NULL);
    tool_json_string(json, "notes", notes);
    tool_json_close_object(json);
    tool_json_print(json);
    return TOOL_DONE;
}

int cmd_cp(ToolCall *call)
{
    VesselDomainCopyOptions options = VESSEL_DOMAIN_COPY_OPTIONS_INIT;
    const char *from, *to;
    g_autofree char *out = domain_of(tool_text(call, "source"), &from);
    g_autofree char *in = domain_of(tool_text(call, "target"), &to);
    g_autoptr(VesselDomain) domain = NULL;
    g_autoptr(VesselJob) job = NULL;
    VesselError *err = NULL;
    int status;

    if (!strcmp(from, "-") || !strcmp(to, "-"))
        return tool_usage(call,
                          "vessel exec DOMAIN -- tar writes or reads a tar archive; ./- is a file",
                          "cp copies no standard input or output");
    if (!in == !out)
        return tool_usage(call, "vessel cp web:/etc/hosts . or vessel cp ./hosts web:/etc/",
                          "one of SOURCE and TARGET must be DOMAIN:PATH");
    if (!*from || !*to)
        return tool_usage(call, NULL, "there is no path after the colon");
    status = tool_domain_find(call, in ? in : out, &domain);
    if (status != TOOL_DONE)
        return status;
    options.timeout_ms = tool_timeout(call);
    options.max_bytes = tool_mib(call, "max-size");
    if ((in ? vessel_domain_copy_in : vessel_domain_copy_out)(domain, from, to, &options, &job,
                                                              &err) < 0)
        return tool_error(call, err);
    return finish(call, job);
}
