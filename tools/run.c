/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* create, stay until the end, and exit as the domain did. */
#include "tool.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <yajl/yajl_tree.h>

#define END_KIND "domain.stopped"

/* As of env(1) and exec: of ours, not executable, not found. */
enum {
    RUN_FAILED = 125,
    RUN_NOT_EXECUTABLE = 126,
    RUN_NOT_FOUND = 127,
    END_EVENT_MS = 10000,
    ASK_MS = 2000,
    LOOK_MS = 1000,
    SHORT_LIFE_MS = 50
};

/* What the end's event says of the first process: its status, or 128 and its signal. A machine has
 * none: 0, or 1 if it crashed; and so has a container of which nobody knows. What was destroyed
 * without a word of that was killed. */
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

    if (!g_strcmp0(reason, "destroyed"))
        result = 128 + SIGKILL;
    if (YAJL_IS_INTEGER(number))
        result = 128 + (int)YAJL_GET_INTEGER(number);
    else if (YAJL_IS_INTEGER(status))
        result = (int)YAJL_GET_INTEGER(status);
    yajl_tree_free(tree);
    return result;
}

/* What was lost of the events of the same domain is told as well. */
static bool is_end(const VesselEvent *event, const char *uuid)
{
    return !g_strcmp0(vessel_event_kind(event), END_KIND) &&
           !g_strcmp0(vessel_event_object_uuid(event), uuid);
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
        if (is_end(event, uuid))
            return status_of(event);
    }
}

static bool has_ended(VesselDomain *domain)
{
    int state = vessel_domain_state(domain, NULL, NULL);

    return state < 0 || state == VESSEL_DOMAIN_SHUT_OFF;
}

/* Before there is a container: what is asked meanwhile is done once it runs. */
static void begin_ending(ToolEnding *ending)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    ending->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What does not end by being asked ends the second time. */
void tool_ending_heard(ToolCall *call, ToolEnding *ending, VesselDomain *domain)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    struct signalfd_siginfo info;
    VesselError *err = NULL;
    int code;

    options.timeout_ms = ASK_MS; /* the second is not to wait for a warden that does not answer */
    while (read(ending->fd, &info, sizeof(info)) == sizeof(info))
        ;
    code = ending->heard++ ? vessel_domain_destroy(domain, NULL, &err)
                           : vessel_domain_shutdown(domain, &options, &err);
    if (code < 0 && vessel_error_code(err) != VESSEL_ERROR_WRONG_STATE &&
        vessel_error_code(err) != VESSEL_ERROR_NOT_FOUND)
        tool_warn(call, "%s", vessel_error_message(err));
    vessel_error_free(err);
}

/* The event comes a moment before its domain is seen as shut off; it may have been lost. For a
 * moment it is waited for without the stream's descriptor, which takes the kernel its time to
 * close: that is as long as a short life. */
static int await_end(ToolCall *call, VesselDomain *domain, VesselEventStream *stream,
                     ToolEnding *ending)
{
    const char *uuid = vessel_domain_get_uuid(domain);
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    struct pollfd fds[2] = {{.fd = -1, .events = POLLIN}, {.fd = ending->fd, .events = POLLIN}};
    int64_t patience = SHORT_LIFE_MS;

    options.timeout_ms = END_EVENT_MS;
    for (;;) {
        g_autoptr(VesselEvent) event = NULL;
        VesselError *err = NULL;
        int got = vessel_event_stream_next(stream, patience, &event, &err), ready;

        if (got < 0) {
            tool_error(call, err);
            return RUN_FAILED;
        }
        if (got > 0 && is_end(event, uuid)) {
            vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, NULL);
            return status_of(event);
        }
        if (got > 0)
            continue;
        patience = 0;
        if (fds[0].fd < 0)
            fds[0].fd = vessel_event_stream_fd(stream, NULL);
        ready = poll(fds, 2, LOOK_MS);
        if (ready > 0 && fds[1].revents)
            tool_ending_heard(call, ending, domain);
        else if (ready == 0 && has_ended(domain))
            return take_status(call, stream, uuid);
    }
}

/* A console may end long before its domain: with a warden that was killed, or where nothing inside
 * has it open. */
static int stay(ToolCall *call, VesselDomain *domain, VesselEventStream *stream, ToolEnding *ending)
{
    if (tool_flag(call, "console") &&
        tool_console(call, domain, NULL, 0, true, ending) != TOOL_DONE)
        return RUN_FAILED;
    return ending->left ? TOOL_DONE : await_end(call, domain, stream, ending);
}

static int explain(ToolCall *call, VesselError *err)
{
    bool init = !g_strcmp0(vessel_error_path(err), "/domain/os/init");
    int status = !init                                              ? RUN_FAILED
                 : vessel_error_code(err) == VESSEL_ERROR_NOT_FOUND ? RUN_NOT_FOUND
                                                                    : RUN_NOT_EXECUTABLE;

    tool_error(call, err);
    return status;
}

int cmd_run(ToolCall *call)
{
    VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    VesselEventOptions wanted = VESSEL_EVENT_OPTIONS_INIT;
    g_autoptr(VesselEventStream) stream = NULL;
    g_autoptr(VesselDomain) domain = NULL;
    g_autofree char *text = NULL;
    ToolEnding ending = {.fd = -1};
    VesselError *err = NULL;

    if (!(text = tool_read_file(call, tool_text(call, "file"))))
        return RUN_FAILED;
    wanted.kind = END_KIND;
    options.timeout_ms = tool_timeout(call);
    /* Nothing of what it says first is lost: it is let go when the console is open. */
    options.flags = (tool_flag(call, "rm") ? VESSEL_DOMAIN_START_AUTODESTROY : 0) |
                    (tool_flag(call, "console") ? VESSEL_DOMAIN_START_PAUSED : 0);
    begin_ending(&ending);
    if (vessel_host_subscribe(call->host, &wanted, &stream, &err) < 0 ||
        vessel_domain_create(call->host, text, &options, NULL, &domain, &err) < 0)
        return explain(call, err);
    return stay(call, domain, stream, &ending);
}
