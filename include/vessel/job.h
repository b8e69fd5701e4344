/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_JOB_H
#define VESSEL_JOB_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VesselJobState: where a job is. */
typedef enum VesselJobState {
    VESSEL_JOB_RUNNING = 1,   /**< running */
    VESSEL_JOB_DONE = 2,      /**< done: it succeeded */
    VESSEL_JOB_FAILED = 3,    /**< failed: see vessel_job_result() */
    VESSEL_JOB_CANCELLED = 4, /**< cancelled */
    VESSEL_JOB_ABANDONED = 5  /**< abandoned: its program died; what it left is undone */
} VesselJobState;

/**
 * vessel_job_list:
 * @host: the host
 * @jobs: (out) (transfer full): NULL-terminated array, to be freed with vessel_job_list_free()
 * @count: (out) (optional): how many
 * @err: (out) (optional): the error
 *
 * Lists all jobs on this root, those of other programs too.
 *
 * Errors: closed, forked, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_list(VesselHost *host, VesselJob ***jobs, size_t *count,
                               VesselError **err);

/**
 * vessel_job_list_free:
 * @jobs: (nullable) (transfer full): the array
 *
 * Frees the array and drops its references.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_job_list_free(VesselJob **jobs);

/**
 * vessel_job_lookup_by_id:
 * @host: the host
 * @id: its id, from vessel_job_id() or another program
 * @job: (out): the job
 * @err: (out) (optional): the error
 *
 * Finds a job by its id.
 *
 * Errors: closed, forked, not-found, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_lookup_by_id(VesselHost *host, const char *id, VesselJob **job,
                                       VesselError **err);

/**
 * vessel_job_lookup_by_domain:
 * @domain: the domain
 * @job: (out) (nullable): the job under way on it, NULL if there is none
 * @err: (out) (optional): the error
 *
 * Finds the job under way on a domain.
 *
 * Errors: closed, forked, io.
 * Returns: 1 with a job, 0 without, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_lookup_by_domain(VesselDomain *domain, VesselJob **job,
                                           VesselError **err);

/**
 * vessel_job_ref:
 * @job: the job
 *
 * Returns: (transfer full): @job with one more reference.
 * Since: 0.1.0
 */
VESSEL_API VesselJob *vessel_job_ref(VesselJob *job);

/**
 * vessel_job_unref:
 * @job: (nullable) (transfer full): the job
 *
 * Drops a reference; the job goes on.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_job_unref(VesselJob *job);

/**
 * vessel_job_id:
 * @job: the job
 *
 * Returns: (borrowed) its id, unique on its root.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_job_id(VesselJob *job);

/**
 * vessel_job_operation:
 * @job: the job
 *
 * Returns: (borrowed) the operation's name, "domain_start".
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_job_operation(VesselJob *job);

/**
 * vessel_job_fd:
 * @job: the job
 * @err: (out) (optional): the error
 *
 * Gives a descriptor to wait for its end with poll(2).
 *
 * Errors: closed, forked, no-resource.
 * Returns: a descriptor, borrowed, that polls readable once the job has ended, or a negative
 * VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_fd(VesselJob *job, VesselError **err);

/**
 * vessel_job_state:
 * @job: the job
 * @percent: (out) (optional): 0 to 100, -1 if it is not known
 * @phase: (out) (optional) (transfer full) (nullable): what it is doing, to be freed with
 *     vessel_free()
 * @err: (out) (optional): the error
 *
 * Tells how far it is.
 *
 * Errors: closed, forked, not-found (it ended long ago), io.
 * Returns: a VesselJobState or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_state(VesselJob *job, int *percent, char **phase, VesselError **err);

/**
 * vessel_job_wait:
 * @job: the job
 * @timeout_ms: 0 = the host's default, -1 = for ever
 * @err: (out) (optional): the error: that of the job, or `timeout`
 *
 * Waits until it has ended.
 *
 * Errors: timeout (the job goes on), cancelled, closed, forked; whatever the job failed with.
 * Returns: 0 if the job ended well, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_wait(VesselJob *job, int64_t timeout_ms, VesselError **err);

/**
 * vessel_job_cancel:
 * @job: the job
 * @err: (out) (optional): the error
 *
 * Asks the job to end, whichever program it belongs to. It is over when its descriptor says so.
 *
 * Errors: closed, forked, wrong-state (it has ended), denied, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_cancel(VesselJob *job, VesselError **err);

/**
 * vessel_job_json:
 * @job: the job
 * @json: (out) (transfer full): id, operation, object, author, started, state, progress, phase and
 *     error as far as there are any
 * @err: (out) (optional): the error
 *
 * Describes it as one JSON object.
 *
 * Errors: closed, forked, not-found, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_job_json(VesselJob *job, char **json, VesselError **err);

#ifdef __cplusplus
}
#endif

#endif
