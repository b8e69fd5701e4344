/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a domain: start, create, shutdown and what lies between. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

/* ---- start and create ---- */

static int check_start(ToolCall *call)
{
    if (tool_flag(call, "console") && call->json)
        return tool_usage(call, NULL, "--json and --console exclude each other");
    if (tool_flag(call, "console") && tool_flag(call, "paused"))
        return tool_usage(call, "open it with `vessel console` after `vessel resume`",
                          "--paused and --console exclude each other");
    return TOOL_DONE;
}

static uint32_t start_flags(ToolCall *call)
{
    return (tool_flag(call, "paused") ? VESSEL_DOMAIN_START_PAUSED : 0) |
           (tool_flag(call, "autodestroy") ? VESSEL_DOMAIN_START_AUTODESTROY : 0);
}

/* What follows once it runs. */
static int stay(ToolCall *call, VesselDomain *domain, const char *what)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    int status = tool_domain_done(call, domain, what);

    if (tool_flag(call, "console"))
        return tool_console(call, domain, NULL, 0, false, NULL);
    if (!tool_flag(call, "autodestroy"))
        return status;
    tool_say(call, "It is destroyed when this command ends (interrupt it with ^C)");
    fflush(stdout);
    options.timeout_ms = -1;
    if (vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err) < 0)
        return tool_error(call, err);
    return status;
}

int cmd_start(ToolCall *call)
{
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    int status = check_start(call);

    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    options.timeout_ms = tool_timeout(call);
    options.flags = start_flags(call);
    if (vessel_domain_start(domain, &options, NULL, &err) < 0)
        return tool_error(call, err);
    return stay(call, domain, "started");
}

int cmd_create(ToolCall *call)
{
    static const char *const exclusive[] = {"validate", "lenient", NULL};
    VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    const char *file = tool_text(call, "file");
    g_autoptr(VesselDomain) domain = NULL;
    g_autofree char *text = NULL, *what = NULL;
    g_autoptr(VesselError) warnings = NULL;
    VesselError *err = NULL;
    int status = check_start(call);

    if (status == TOOL_DONE)
        status = tool_exclusive(call, exclusive);
    if (status != TOOL_DONE)
        return status;
    if (!(text = tool_read_file(call, file)))
        return TOOL_FAILED;
    options.warnings = &warnings;
    options.timeout_ms = tool_timeout(call);
    options.flags = start_flags(call);
    options.define_flags = tool_flag(call, "lenient") ? VESSEL_DOMAIN_DEFINE_LENIENT : 0;
    if (vessel_domain_create(call->host, text, &options, NULL, &domain, &err) < 0)
        return tool_error(call, err);
    tool_warnings(call, stderr, file, warnings);
    what = g_strdup_printf("created from %s", file);
    return stay(call, domain, what);
}

/* ---- calls that take a domain and a deadline ---- */

typedef int (*Change)(VesselDomain *domain, const VesselDomainOptions *options, VesselError **err);

static int change(ToolCall *call, Change function, const char *what)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    options.timeout_ms = tool_timeout(call);
    if (function(domain, &options, &err) < 0)
        return tool_error(call, err);
    return tool_domain_done(call, domain, what);
}

int cmd_destroy(ToolCall *call)
{
    return change(call, vessel_domain_destroy, "destroyed");
}

int cmd_reboot(ToolCall *call)
{
    return change(call, vessel_domain_reboot, "is being rebooted");
}

int cmd_reset(ToolCall *call)
{
    return change(call, vessel_domain_reset, "was reset");
}

int cmd_suspend(ToolCall *call)
{
    return change(call, vessel_domain_suspend, "suspended");
}

int cmd_resume(ToolCall *call)
{
    return change(call, vessel_domain_resume, "resumed");
}

int cmd_shutdown(ToolCall *call)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    gint64 deadline, left = tool_timeout(call);
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    int status;

    if (!tool_flag(call, "wait"))
        return change(call, vessel_domain_shutdown, "is being shutdown");
    if ((status = tool_domain(call, &domain)) != TOOL_DONE)
        return status;
    options.timeout_ms = left;
    deadline = g_get_monotonic_time() + left * 1000;
    if (vessel_domain_shutdown(domain, &options, &err) < 0)
        return tool_error(call, err);
    if (left > 0)
        options.timeout_ms = MAX(1, (deadline - g_get_monotonic_time()) / 1000);
    if (vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err) < 0)
        return tool_error(call, err);
    return tool_domain_done(call, domain, "has been shut down");
}

int cmd_wait(ToolCall *call)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    GPtrArray *words = tool_many(call, "state");
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    uint32_t states = 0;
    int state, status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    for (guint i = 0; words && i < words->len; i++) {
        g_autofree char *word = g_strdelimit(g_strdup(g_ptr_array_index(words, i)), "-", ' ');

        for (uint32_t bit = 1; bit <= VESSEL_DOMAIN_PMSUSPENDED; bit <<= 1)
            states |= strcmp(vessel_domain_state_name((int)bit), word) ? 0 : bit;
    }
    options.timeout_ms = tool_timeout(call);
    state = vessel_domain_wait(domain, states ? states : VESSEL_DOMAIN_SHUT_OFF, &options, &err);
    if (state < 0)
        return tool_error(call, err);
    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_object(json, NULL);
        tool_json_state(json, state);
        tool_json_close_object(json);
        tool_json_print(json);
    } else {
        puts(vessel_domain_state_name(state));
    }
    return TOOL_DONE;
}

/* ---- autostart ---- */

/* Says so where nothing would act on the mark. */
static void warn_without_unit(ToolCall *call)
{
    const char *uri = vessel_host_get_uri(call->host);
    g_autofree char *message = NULL, *remedy = NULL;

    if (g_str_has_prefix(uri, "mock:"))
        return;
    if (strchr(uri, '?'))
        tool_warn(call, "the unit does not look after %s: run `vessel -c %s autostart-all` at boot",
                  uri, uri);
    else if (tool_doctor_warns(call, "autostart", &message, &remedy) ||
             tool_doctor_warns(call, "systemd", &message, &remedy))
        tool_warn(call, "%s: %s", message, remedy);
}

int cmd_autostart(ToolCall *call)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    bool disable = tool_flag(call, "disable");
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    options.timeout_ms = tool_timeout(call);
    if (vessel_domain_set_autostart(domain, !disable, &options, &err) < 0)
        return tool_error(call, err);
    if (!disable)
        warn_without_unit(call);
    return tool_domain_done(call, domain,
                            disable ? "unmarked as autostarted" : "marked as autostarted");
}

/* What both commands for all domains say when they are done: nothing to say but that. */
static int all_done(ToolCall *call, const char *what)
{
    if (call->json)
        puts("{}");
    else
        tool_say(call, "%s", what);
    return TOOL_DONE;
}

int cmd_autostart_all(ToolCall *call)
{
    VesselHostAutostartOptions options = VESSEL_HOST_AUTOSTART_OPTIONS_INIT;
    VesselError *err = NULL;

    options.timeout_ms = tool_timeout(call);
    options.flags = tool_flag(call, "again") ? VESSEL_AUTOSTART_AGAIN : 0;
    if (vessel_host_autostart(call->host, &options, NULL, &err) < 0)
        return tool_error(call, err);
    return all_done(call, "All domains marked for autostart have been started");
}

int cmd_stop_all(ToolCall *call)
{
    VesselHostStopOptions options = VESSEL_HOST_STOP_OPTIONS_INIT;
    VesselError *err = NULL;

    options.timeout_ms = tool_timeout(call);
    if (vessel_host_stop_all(call->host, &options, NULL, &err) < 0)
        return tool_error(call, err);
    return all_done(call, "All domains are shut off");
}

/* ---- jobs ---- */

int cmd_domjobinfo(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    g_autoptr(VesselJob) job = NULL;
    tool_autofree char *phase = NULL, *text = NULL;
    VesselError *err = NULL;
    int found, percent = -1, status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    found = vessel_job_lookup_by_domain(domain, &job, &err);
    if (found < 0)
        return tool_error(call, err);
    if (!found) {
        puts(call->json ? "null" : "Job type:         None");
        return TOOL_DONE;
    }
    if (call->json) {
        if (vessel_job_json(job, &text, &err) < 0)
            return tool_error(call, err);
        puts(text);
        return TOOL_DONE;
    }
    if (vessel_job_state(job, &percent, &phase, &err) < 0)
        return tool_error(call, err);
    printf("Job type:         %s\n", percent < 0 ? "Unbounded" : "Bounded");
    tool_line(stdout, "Operation:        %s", vessel_job_operation(job));
    tool_line(stdout, "Job:              %s", vessel_job_id(job));
    if (percent >= 0)
        printf("Progress:         %d %%\n", percent);
    if (phase)
        tool_line(stdout, "Phase:            %s", phase);
    return TOOL_DONE;
}

int cmd_domjobabort(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    g_autoptr(VesselJob) job = NULL;
    VesselError *err = NULL;
    int found, status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    found = vessel_job_lookup_by_domain(domain, &job, &err);
    if (found < 0 || (found && vessel_job_cancel(job, &err) < 0))
        return tool_error(call, err);
    if (!found)
        return tool_fail(call, "wrong-state", NULL, NULL, "no job is under way on this domain");
    return tool_domain_done(call, domain, "job cancelled");
}
