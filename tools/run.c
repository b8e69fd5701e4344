/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* create, stay until the end, and exit as the domain did. */
#include "tool.h"

#include <string.h>
#include <yajl/yajl_tree.h>

enum { RUN_FAILED = 125, END_EVENT_MS = 10000 };

/* What the end's event says of the first process: its status, or 128 and its signal. A machine has
 * none: 0, or 1 if it crashed; and so has a container of which nobody knows. */
static int status_of(const VesselEvent *event)
{
    static const char *const status_path[] = {"detail", "exit", "status", NULL};
    static const char *const signal_path[] = {"detail", "exit", "signal", NULL};
    tool_autofree char *text = vessel_event_json(event);
    const char *reason = vessel_event_reason(event);
    yajl_val tree = text ? yajl_tree_parse(text, NULL, 0) : NULL;
    yajl_val status =
        tree ? yajl_tree_get(tree, (const char **)(void *)status_path, yajl_t_number) : NULL;
    yajl_val number =
        tree ? yajl_tree_get(tree, (const char **)(void *)signal_path, yajl_t_number) : NULL;
    int result = reason && (!strcmp(reason, "crashed") || !strcmp(reason, "failed") ||
                            !strcmp(reason, "unknown"));

    if (YAJL_IS_INTEGER(number))
        result = 128 + (int)YAJL_GET_INTEGER(number);
    else if (YAJL_IS_INTEGER(status))
        result = (int)YAJL_GET_INTEGER(status);
    yajl_tree_free(tree);
    return result;
}

/* It was told to all before the domain was seen as shut off. */
static int take_status(ToolCall *call, VesselEventStream *stream, const char *uuid)
{
    for (;;) {
        g_autoptr(VesselEvent) event = NULL;
        VesselError *err = NULL;
        int got = vessel_event_stream_next(stream, END_EVENT_MS, &event, &err);

        if (got < 0) {
            tool_error(call, err);
            return RUN_FAILED;
        }
        if (!got) {
            tool_fail(call, "events-lost", NULL, NULL, "how it ended is not known");
            return RUN_FAILED;
        }
        if (!g_strcmp0(vessel_event_object_uuid(event), uuid))
            return status_of(event);
    }
}

static bool has_ended(VesselDomain *domain)
{
    int state = vessel_domain_state(domain, NULL, NULL);

    return state < 0 || state == VESSEL_DOMAIN_SHUT_OFF;
}

static int stay(ToolCall *call, VesselDomain *domain, VesselEventStream *stream)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;

    options.timeout_ms = -1;
    if (tool_flag(call, "console")) {
        if (tool_console(call, domain, NULL, 0, true) != TOOL_DONE)
            return RUN_FAILED;
        if (!has_ended(domain))
            options.timeout_ms = 1000; /* the console ends a moment before its domain */
    }
    if (vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err) < 0) {
        bool left = vessel_error_code(err) == VESSEL_ERROR_TIMEOUT;

        if (left) /* by the escape character */
            vessel_error_free(err);
        else
            tool_error(call, err);
        return left ? TOOL_DONE : RUN_FAILED;
    }
    return take_status(call, stream, vessel_domain_get_uuid(domain));
}

int cmd_run(ToolCall *call)
{
    VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    VesselEventOptions wanted = VESSEL_EVENT_OPTIONS_INIT;
    g_autoptr(VesselEventStream) stream = NULL;
    g_autoptr(VesselDomain) domain = NULL;
    g_autofree char *text = NULL;
    VesselError *err = NULL;

    if (!(text = tool_read_file(call, tool_text(call, "file"))))
        return RUN_FAILED;
    wanted.kind = "domain.stopped";
    options.timeout_ms = tool_timeout(call);
    /* Nothing of what it says first is lost: it is let go when the console is open. */
    options.flags = (tool_flag(call, "rm") ? VESSEL_DOMAIN_START_AUTODESTROY : 0) |
                    (tool_flag(call, "console") ? VESSEL_DOMAIN_START_PAUSED : 0);
    if (vessel_host_subscribe(call->host, &wanted, &stream, &err) < 0 ||
        vessel_domain_create(call->host, text, &options, NULL, &domain, &err) < 0) {
        tool_error(call, err);
        return RUN_FAILED;
    }
    return stay(call, domain, stream);
}
