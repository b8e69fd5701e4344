/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs: the operations that may take long. Each has a record that every program on the root can
 * read; those of this program have a worker, or the calling thread. */
#ifndef VESSEL_CORE_JOB_H
#define VESSEL_CORE_JOB_H

#include "core/dispatch.h"
#include <vessel/job.h>

struct VesselJob {
    VesselHandle handle;
    VesselHost *host; /* a reference */
    char *id, *operation;
    bool own; /* of this host handle; else it is followed by its record alone */
    int fd;   /* eventfd, readable once it has ended; -1: nobody asked */
    _Atomic bool cancelled;
    pthread_mutex_t lock; /* of everything below */
    bool followed;
    int state, percent; /* VesselJobState; -1: not known */
    char *phase;
    VesselError *error;
    VesselJson *record;
    VesselJobFile *file; /* own, until it ends */
    int64_t saved_ms, asked_ms;
    bool asked; /* somebody else asked to cancel it */
};

typedef int (*VesselJobWork)(VesselJob *job, void *data, VesselError **err);

/* Runs @work here (@result NULL), or in a worker. @uuid and @name: the domain that it is about, or
 * NULL. @data is freed by @free_data once the work is done, or at once when this fails. */
int vessel__job_run(VesselHost *host, const char *operation, const char *uuid, const char *name,
                    VesselJobWork work, void *data, GDestroyNotify free_data, VesselJob **result,
                    VesselError **err);
/* What a call that belongs to the job is run with. */
VesselHow vessel__job_how(VesselJob *job, VesselDeadline deadline);
bool vessel__job_is_cancelled(void *job);
void vessel__job_progress(void *job, int percent, const char *phase);

void vessel__jobs_cancel_all(VesselHost *host);

/* Tells the descriptors of jobs of other programs when they end: one worker for all of them. */
struct VesselFollower;
void vessel__follower_free(struct VesselFollower *follower);

int vessel__job_list(VesselHost *host, VesselJob ***jobs, size_t *count, VesselError **err);
void vessel__job_list_free(VesselJob **jobs);
int vessel__job_lookup_by_id(VesselHost *host, const char *id, VesselJob **job, VesselError **err);
int vessel__job_lookup_by_domain(VesselDomain *domain, VesselJob **job, VesselError **err);
/* Cancels what is starting @uuid: true if there was something. */
bool vessel__job_cancel_start(VesselHost *host, const char *uuid);
VesselJob *vessel__job_ref(VesselJob *job);
void vessel__job_unref(VesselJob *job);
int vessel__job_enter(VesselJob *job, VesselHost **inside, VesselError **err);
int vessel__job_fd(VesselJob *job, VesselError **err);
int vessel__job_state(VesselJob *job, int *percent, char **phase, VesselError **err);
int vessel__job_wait(VesselJob *job, int64_t timeout_ms, VesselError **err);
int vessel__job_cancel(VesselJob *job, VesselError **err);
int vessel__job_json(VesselJob *job, char **json, VesselError **err);

/* job-follow.c */
int vessel__job_follow(VesselJob *job, VesselError **err);
void vessel__job_unfollow(VesselJob *job);
/* Reads a followed job's record again: updates state, progress and error. */
int vessel__job_reread(VesselJob *job, VesselError **err);

#endif
