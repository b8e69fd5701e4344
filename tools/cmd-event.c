/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* event: wait for what happens, from now or from a place. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_kinds(ToolCall *call)
{
    yajl_gen json = call->json ? tool_json_new() : NULL;

    if (json)
        tool_json_array(json, NULL);
    for (const char *const *kind = tool_event_kinds; *kind; kind++) {
        if (json)
            tool_json_string(json, NULL, *kind);
        else
            puts(*kind);
    }
    if (json) {
        tool_json_close_array(json);
        tool_json_print(json);
    }
    return TOOL_DONE;
}

/* virsh's names, each one kind of ours or several of domains. Of those that are missing here there
 * is none. */
typedef struct {
    const char *name;
    const char *kinds[10]; /* ends with NULL */
} Group;

static const Group groups[] = {
    {"lifecycle",
     {"domain.defined", "domain.undefined", "domain.renamed", "domain.started", "domain.suspended",
      "domain.resumed", "domain.shutdown-requested", "domain.stopped", "domain.crashed"}},
    {"reboot", {"domain.rebooted", "domain.reset"}},
    {"watchdog", {"domain.watchdog"}},
    {"io-error", {"domain.disk-error"}},
    {"io-error-reason", {"domain.disk-error"}},
    {"device-added", {"domain.device-added"}},
    {"device-removed", {"domain.device-removed"}},
    {"agent-lifecycle", {"domain.agent-connected", "domain.agent-disconnected"}},
    {"job-completed", {"job.ended"}},
};

static const Group *find_group(const char *name)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(groups); i++)
        if (!strcmp(groups[i].name, name))
            return &groups[i];
    return NULL;
}

/* What is of no domain is a gap. */
static bool is_wanted(const Group *group, const char *kind)
{
    return !group || !group->kinds[1] || !g_str_has_prefix(kind, "domain.") ||
           g_strv_contains(group->kinds, kind);
}

/* A kind that never comes would be waited for in vain. */
static int check_kind(ToolCall *call, const char *kind)
{
    g_autofree char *hint = NULL;
    const char *nearest;
    size_t count = 0;

    for (; tool_event_kinds[count]; count++) {
        if (!strcmp(tool_event_kinds[count], kind) ||
            (g_str_has_suffix(kind, ".") && g_str_has_prefix(tool_event_kinds[count], kind)))
            return TOOL_DONE;
    }
    nearest = tool_nearest(kind, tool_event_kinds, count);
    hint = nearest ? g_strdup_printf("did you mean %s?", nearest)
                   : g_strdup("`vessel event --list` lists the kinds");
    return tool_usage(call, hint, "no event is of the kind '%s'", kind);
}

/* EPOCH:NUMBER; *epoch is to be freed. */
static int parse_place(ToolCall *call, const char *place, char **epoch, uint64_t *number)
{
    const char *colon = strrchr(place, ':');
    char *end;

    if (!colon || colon == place || !g_ascii_isdigit(colon[1]))
        return tool_usage(call, "a place as `vessel event` prints it, EPOCH:NUMBER",
                          "--since cannot be '%s'", place);
    *number = strtoull(colon + 1, &end, 10);
    if (*end)
        return tool_usage(call, "a place as `vessel event` prints it, EPOCH:NUMBER",
                          "--since cannot be '%s'", place);
    *epoch = g_strndup(place, (gsize)(colon - place));
    return TOOL_DONE;
}

static void print_event(ToolCall *call, const VesselEvent *event)
{
    const char *name = vessel_event_object_name(event), *reason = vessel_event_reason(event);

    if (call->json) {
        tool_autofree char *text = vessel_event_json(event);

        puts(text);
    } else {
        g_autoptr(GString) line = g_string_new(NULL);

        if (tool_flag(call, "timestamp"))
            g_string_append_printf(line, "%s: ", vessel_event_time(event));
        g_string_append_printf(line, "event '%s'", vessel_event_kind(event));
        if (name)
            g_string_append_printf(line, " for domain '%s'", name);
        if (reason)
            g_string_append_printf(line, ": %s", reason);
        tool_line(stdout, "%s (%s:%" PRIu64 ")", line->str, vessel_event_epoch(event),
                  vessel_event_number(event));
    }
    fflush(stdout);
}

/* Until one came (with --loop: until the time is over). */
static int receive(ToolCall *call, VesselEventStream *stream, const Group *group)
{
    int64_t timeout = tool_timeout(call), left = timeout > 0 ? timeout : -1;
    gint64 deadline = g_get_monotonic_time() + timeout * 1000;
    bool loop = tool_flag(call, "loop");
    unsigned received = 0;

    while (left && (loop || !received)) {
        g_autoptr(VesselEvent) event = NULL;
        VesselError *err = NULL;
        int got = vessel_event_stream_next(stream, left, &event, &err);

        if (got < 0)
            return tool_error(call, err);
        if (!got)
            break;
        if (is_wanted(group, vessel_event_kind(event))) {
            received++;
            print_event(call, event);
        }
        if (ferror(stdout))
            return TOOL_FAILED; /* which the end of all commands tells */
        if (timeout > 0)
            left = MAX(0, (deadline - g_get_monotonic_time()) / 1000);
    }
    if (timeout > 0 && (loop || !received))
        tool_say(call, "event loop timed out");
    tool_say(call, "events received: %u", received);
    return received ? TOOL_DONE : TOOL_FAILED;
}

int cmd_event(ToolCall *call)
{
    static const char *const exclusive[] = {"event", "all", "list", NULL};
    VesselEventOptions options = VESSEL_EVENT_OPTIONS_INIT;
    const char *since = tool_text(call, "since"), *name = tool_text(call, "domain");
    const Group *group = find_group(tool_text(call, "event"));
    g_autoptr(VesselEventStream) stream = NULL;
    g_autoptr(VesselDomain) domain = NULL;
    g_autofree char *epoch = NULL;
    VesselError *err = NULL;
    int status = tool_exclusive(call, exclusive);

    if (status != TOOL_DONE)
        return status;
    if (tool_flag(call, "list"))
        return print_kinds(call);
    options.kind = tool_text(call, "event");
    if (group)
        options.kind = group->kinds[1] ? "domain." : group->kinds[0];
    else if (options.kind && (status = check_kind(call, options.kind)) != TOOL_DONE)
        return status;
    if ((status = tool_open(call)) != TOOL_DONE)
        return status;
    if (since && (status = parse_place(call, since, &epoch, &options.number)) != TOOL_DONE)
        return status;
    if (name && (status = tool_domain_find(call, name, &domain)) != TOOL_DONE)
        return status;
    options.epoch = epoch;
    options.uuid = domain ? vessel_domain_get_uuid(domain) : NULL;
    if (vessel_host_subscribe(call->host, &options, &stream, &err) < 0)
        return tool_error(call, err);
    return receive(call, stream, group);
}
