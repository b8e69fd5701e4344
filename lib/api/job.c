/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/job.h"

int vessel_job_list(VesselHost *host, VesselJob ***jobs, size_t *count, VesselError **err)
{
    if (jobs)
        *jobs = NULL;
    if (count)
        *count = 0;
    return vessel__job_list(host, jobs, count, err);
}

void vessel_job_list_free(VesselJob **jobs)
{
    vessel__job_list_free(jobs);
}

int vessel_job_lookup_by_id(VesselHost *host, const char *id, VesselJob **job, VesselError **err)
{
    if (job)
        *job = NULL;
    return vessel__job_lookup_by_id(host, id, job, err);
}

int vessel_job_lookup_by_domain(VesselDomain *domain, VesselJob **job, VesselError **err)
{
    if (job)
        *job = NULL;
    return vessel__job_lookup_by_domain(domain, job, err);
}

VesselJob *vessel_job_ref(VesselJob *job)
{
    return vessel__job_ref(job);
}

void vessel_job_unref(VesselJob *job)
{
    vessel__job_unref(job);
}

const char *vessel_job_id(VesselJob *job)
{
    return vessel__handle_is(job, VESSEL__MAGIC_JOB) ? job->id : NULL;
}

const char *vessel_job_operation(VesselJob *job)
{
    return vessel__handle_is(job, VESSEL__MAGIC_JOB) ? job->operation : NULL;
}

int vessel_job_fd(VesselJob *job, VesselError **err)
{
    return vessel__job_fd(job, err);
}

int vessel_job_state(VesselJob *job, int *percent, char **phase, VesselError **err)
{
    if (phase)
        *phase = NULL;
    if (percent)
        *percent = -1;
    return vessel__job_state(job, percent, phase, err);
}

int vessel_job_wait(VesselJob *job, int64_t timeout_ms, VesselError **err)
{
    return vessel__job_wait(job, timeout_ms, err);
}

int vessel_job_cancel(VesselJob *job, VesselError **err)
{
    return vessel__job_cancel(job, err);
}

int vessel_job_json(VesselJob *job, char **json, VesselError **err)
{
    if (json)
        *json = NULL;
    return vessel__job_json(job, json, err);
}
