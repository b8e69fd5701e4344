/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/copy.h"
#include "core/domain.h"
#include "core/job.h"

#define MAX_BYTES (UINT64_C(64) << 30)

typedef struct {
    char uuid[VESSEL__UUID_SIZE];
    const VesselOp *op;
    char *from, *to;
    VesselCopy copy;
    VesselDeadline deadline;
} Plan;

static void plan_free(void *data)
{
    Plan *plan = data;
    g_free(plan->from);
    g_free(plan->to);
    g_free(plan);
}

static int work(VesselJob *job, void *data, VesselError **err)
{
    const Plan *plan = data;
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    VesselHow how = vessel__job_how(job, plan->deadline);
    g_autofree char *notes = NULL;
    how.progress(how.data, -1, "copying");
    int code = vessel__call_begin(&call, job->host, plan->uuid, plan->op, &how, err);
    if (!code)
        code = vessel__call_guest(&call, err);
    if (!code)
        code = call.driver->exec->copy(&call.guest, &plan->copy, &notes, err);
    if (!code)
        how.progress(how.data, 100, notes);
    return code;
}

/* The path of a container is its root's, whatever it begins with. */
static Plan *make_plan(const VesselDomain *domain, VesselHost *host, VesselOpId op,
                       const char *from, const char *to, const VesselDomainCopyOptions *options)
{
    Plan *plan = g_new0(Plan, 1);
    g_strlcpy(plan->uuid, domain->uuid, sizeof plan->uuid);
    plan->op = vessel__op(op);
    plan->from = g_strdup(from);
    plan->to = g_strdup(to);
    plan->deadline = vessel__deadline_after(options->timeout_ms ? options->timeout_ms : -1);
    plan->copy.in = op == VESSEL_OP_DOMAIN_COPY_IN;
    plan->copy.local = plan->copy.in ? plan->from : plan->to;
    plan->copy.inside = plan->copy.in ? plan->to : plan->from;
    plan->copy.max_bytes = options->max_bytes ? options->max_bytes : MAX_BYTES;
    plan->copy.idle_ms = options->timeout_ms < 0 ? -1 : host->timeout_ms;
    return plan;
}

int vessel__domain_copy(VesselDomain *domain, VesselOpId op, const char *from, const char *to,
                        const VesselDomainCopyOptions *given, VesselJob **job, VesselError **err)
{
    VesselDomainCopyOptions options = VESSEL_DOMAIN_COPY_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(from && *from, "from", err);
    if (!code)
        code = vessel__need(to && *to, "to", err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = vessel__flags_check(options.flags, 0, "flags", err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (code)
        return code;
    return vessel__job_run(inside, vessel__op(op)->name, domain->uuid, record->name, work,
                           make_plan(domain, inside, op, from, to, &options), plan_free, job, err);
}
