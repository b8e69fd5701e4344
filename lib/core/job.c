/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/job.h"
#include "base/words.h"
#include "core/domain.h"
#include <sys/eventfd.h>

#define SAVE_EVERY_MS 100 /* progress within a phase */
#define ASK_EVERY_MS 50   /* whether another program wants it cancelled */

static const char *const state_words[] = {"",          "running",   "done", "failed",
                                          "cancelled", "abandoned", NULL};

/* ---- making one ---- */

static VesselJob *job_new(VesselHost *host, const char *operation)
{
    VesselJob *job = g_new0(VesselJob, 1);
    vessel__handle_init(&job->handle, VESSEL__MAGIC_JOB);
    job->host = vessel__host_ref(host);
    job->operation = g_strdup(operation);
    job->fd = -1;
    job->state = VESSEL_JOB_RUNNING;
    job->percent = -1;
    pthread_mutex_init(&job->lock, NULL);
    return job;
}

VesselJob *vessel__job_ref(VesselJob *job)
{
    if (!vessel__handle_is(job, VESSEL__MAGIC_JOB))
        return NULL;
    vessel__handle_ref(&job->handle);
    return job;
}

void vessel__job_unref(VesselJob *job)
{
    if (!vessel__handle_is(job, VESSEL__MAGIC_JOB))
        return;
    bool forked = vessel__host_forked(job->host);
    if (!vessel__handle_unref(&job->handle))
        return;
    if (!forked) {
        vessel__job_unfollow(job);
        pthread_mutex_destroy(&job->lock);
    }
    vessel__close_fd(&job->fd);
    vessel_error_free(job->error);
    vessel__json_free(job->record);
    g_free(job->phase);
    g_free(job->operation);
    g_free(job->id);
    vessel__host_unref(job->host);
    g_free(job);
}

int vessel__job_enter(VesselJob *job, VesselHost **inside, VesselError **err)
{
    int code = vessel__need(vessel__handle_is(job, VESSEL__MAGIC_JOB), "job", err);
    return code ? code : vessel__enter(job->host, inside, err);
}

static VesselJson *new_record(VesselHost *host, const char *operation, const char *uuid,
                              const char *name)
{
    char now[32];
    VesselHolder author;
    VesselJson *record = vessel__json_new_object(), *who = vessel__json_new_object();
    vessel__time_format(vessel__realtime_us(), now);
    vessel__host_author(host, operation, &author);
    vessel__json_set_string(record, "operation", operation);
    if (uuid) {
        VesselJson *object = vessel__json_new_object();
        vessel__json_set_string(object, "type", "domain");
        vessel__json_set_string(object, "name", name);
        vessel__json_set_string(object, "uuid", uuid);
        vessel__json_set(record, "object", object);
    }
    vessel__json_set_int(who, "pid", author.process.pid);
    vessel__json_set_string(who, "name", author.name);
    vessel__json_set(record, "author", who);
    vessel__json_set_string(record, "started", now);
    vessel__json_set_string(record, "state", state_words[VESSEL_JOB_RUNNING]);
    return record;
}

static void announce(VesselJob *job, const char *kind, const char *reason)
{
    const VesselJson *who = vessel__json_get(job->record, "author");
    g_autofree char *author =
        g_strdup_printf("pid %d (%s)", (int)vessel__json_get_int(who, "pid", 0),
                        vessel__json_get_string(who, "name", "?"));
    g_autoptr(VesselJson) event = vessel__json_new_object();
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(event, "kind", kind);
    const VesselJson *object = vessel__json_get(job->record, "object");
    if (object)
        vessel__json_set(event, "object", vessel__json_copy(object));
    vessel__json_set_string(event, "reason", reason);
    vessel__json_set_string(event, "author", author);
    vessel__json_set_string(event, "request", job->id);
    vessel__json_set_string(detail, "operation", job->operation);
    const VesselJson *progress = vessel__json_get(job->record, "progress");
    if (progress)
        vessel__json_set(detail, "progress", vessel__json_copy(progress));
    if (job->error)
        vessel__json_set(detail, "error", vessel__error_to_json(job->error));
    vessel__json_set(event, "detail", detail);
    g_autoptr(VesselError) error = NULL;
    if (vessel__store_event(job->host->store, event, NULL, &error))
        vessel_log(job->host->log, VESSEL__LOG_WARNING, "job", "%s of %s: %s", kind, job->id,
                   vessel_error_message(error));
}

/* ---- while it runs ---- */

bool vessel__job_is_cancelled(void *data)
{
    VesselJob *job = data;
    if (atomic_load(&job->cancelled))
        return true;
    int64_t now = vessel__now_ms();
    pthread_mutex_lock(&job->lock);
    if (job->file && !job->asked && now - job->asked_ms >= ASK_EVERY_MS) {
        job->asked_ms = now;
        job->asked = vessel__store_job_cancelled(job->file);
    }
    bool asked = job->asked;
    pthread_mutex_unlock(&job->lock);
    return asked;
}

void vessel__job_progress(void *data, int percent, const char *phase)
{
    VesselJob *job = data;
    int64_t now = vessel__now_ms();
    pthread_mutex_lock(&job->lock);
    bool new_phase = phase && g_strcmp0(phase, job->phase) != 0;
    if (new_phase) {
        g_free(job->phase);
        job->phase = g_strdup(phase);
    }
    job->percent = percent;
    if (job->file && (new_phase || now - job->saved_ms >= SAVE_EVERY_MS)) {
        VesselJson *progress = vessel__json_new_object();
        if (percent >= 0)
            vessel__json_set_int(progress, "percent", percent);
        vessel__json_set_string(progress, "phase", job->phase);
        vessel__json_set(job->record, "progress", progress);
        job->saved_ms = now;
        vessel__store_job_update(job->file, job->record, NULL);
        announce(job, "job.progress", NULL);
    }
    pthread_mutex_unlock(&job->lock);
}

VesselHow vessel__job_how(VesselJob *job, VesselDeadline deadline)
{
    return (VesselHow){deadline, vessel__job_is_cancelled, vessel__job_progress, job};
}

/* ---- its end ---- */

static void finish(VesselJob *job, int code, VesselError *error)
{
    pthread_mutex_lock(&job->lock);
    job->error = error;
    job->state = !code                            ? VESSEL_JOB_DONE
                 : code == VESSEL_ERROR_CANCELLED ? VESSEL_JOB_CANCELLED
                                                  : VESSEL_JOB_FAILED;
    if (!code)
        job->percent = 100;
    vessel__json_set_string(job->record, "state", state_words[job->state]);
    if (error)
        vessel__json_set(job->record, "error", vessel__error_to_json(error));
    if (job->file)
        vessel__store_job_end(g_steal_pointer(&job->file), job->record);
    announce(job, "job.ended", state_words[job->state]);
    pthread_mutex_unlock(&job->lock);
    pthread_mutex_lock(&job->host->lock);
    g_ptr_array_remove_fast(job->host->jobs, job);
    pthread_mutex_unlock(&job->host->lock);
    if (job->fd >= 0)
        eventfd_write(job->fd, 1);
}

typedef struct {
    VesselJob *job;
    VesselJobWork work;
    void *data;
    GDestroyNotify free_data;
} Task;

/* Whoever asked for it may be another program. */
static void name_canceller(VesselJob *job, VesselError **error)
{
    g_autofree char *who = job->file ? vessel__store_job_canceller(job->file) : NULL;
    if (who)
        vessel__error_prefix(error, "cancelled by %s", who);
}

static int run_work(Task *task, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    VesselJob *job = task->job;
    int code = vessel__job_is_cancelled(job)
                   ? vessel__fail(&error, VESSEL_ERROR_CANCELLED,
                                  "%s was cancelled before it began", job->operation)
                   : task->work(job, task->data, &error);
    if (task->free_data)
        task->free_data(task->data);
    if (code == VESSEL_ERROR_CANCELLED)
        name_canceller(job, &error);
    finish(job, code, error ? vessel__error_copy(error) : NULL);
    return code ? vessel__error_steal(err, g_steal_pointer(&error)) : code;
}

/* In a worker. It counts as a call under way, so that a closed host is torn down only after it. */
static void run_task(void *data)
{
    g_autofree Task *task = data;
    VesselJob *job = task->job;
    run_work(task, NULL);
    vessel__leave(job->host);
    vessel__job_unref(job);
}

static int run_in_worker(Task *task, VesselJob **result, VesselError **err)
{
    VesselJob *job = task->job;
    Task *copy = g_new(Task, 1);
    *copy = *task;
    vessel__gate_again(&job->host->gate);
    vessel__job_ref(job); /* the worker's */
    int code = vessel__pool_run(job->host->pool, run_task, copy, err);
    if (!code) {
        *result = job;
        return VESSEL_OK;
    }
    g_free(copy);
    vessel__leave(job->host);
    vessel__job_unref(job);
    return code;
}

static int prepare(VesselJob *job, bool with_fd, VesselError **err)
{
    if (with_fd) {
        job->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (job->fd < 0)
            return vessel__fail_errno(err, errno, "cannot get a descriptor for the job");
    }
    int code = vessel__store_job_new(job->host->store, job->record, &job->file, err);
    if (code)
        return code;
    job->own = true;
    job->id = g_strdup(vessel__json_get_string(job->record, "id", ""));
    pthread_mutex_lock(&job->host->lock);
    g_ptr_array_add(job->host->jobs, job);
    pthread_mutex_unlock(&job->host->lock);
    announce(job, "job.started", NULL);
    return VESSEL_OK;
}

int vessel__job_run(VesselHost *host, const char *operation, const char *uuid, const char *name,
                    VesselJobWork work, void *data, GDestroyNotify free_data, VesselJob **result,
                    VesselError **err)
{
    Task task = {job_new(host, operation), work, data, free_data};
    VesselJob *job = task.job;
    job->record = new_record(host, operation, uuid, name);
    int code = prepare(job, result != NULL, err);
    if (code) {
        if (free_data)
            free_data(data);
        vessel__job_unref(job);
        return code;
    }
    if (!result) {
        code = run_work(&task, err);
        vessel__job_unref(job);
        return code;
    }
    g_autoptr(VesselError) error = NULL;
    code = run_in_worker(&task, result, &error);
    if (!code)
        return VESSEL_OK;
    if (free_data)
        free_data(data);
    finish(job, code, vessel__error_copy(error));
    vessel__job_unref(job);
    return vessel__error_steal(err, g_steal_pointer(&error));
}

void vessel__jobs_cancel_all(VesselHost *host)
{
    pthread_mutex_lock(&host->lock);
    for (guint i = 0; i < host->jobs->len; i++)
        atomic_store(&((VesselJob *)host->jobs->pdata[i])->cancelled, true);
    pthread_mutex_unlock(&host->lock);
}

/* ---- finding them ---- */

static VesselJob *find_own(VesselHost *host, const char *id)
{
    VesselJob *found = NULL;
    pthread_mutex_lock(&host->lock);
    for (guint i = 0; i < host->jobs->len && !found; i++) {
        VesselJob *job = host->jobs->pdata[i];
        if (g_strcmp0(job->id, id) == 0)
            found = vessel__job_ref(job);
    }
    pthread_mutex_unlock(&host->lock);
    return found;
}

/* A handle on the job of a record, which is copied. */
static VesselJob *job_of(VesselHost *host, const VesselJson *record)
{
    const char *id = vessel__json_get_string(record, "id", "");
    VesselJob *job = find_own(host, id);
    if (job)
        return job;
    job = job_new(host, vessel__json_get_string(record, "operation", "?"));
    job->id = g_strdup(id);
    job->record = vessel__json_copy(record);
    return job;
}

static bool is_running(const VesselJson *record)
{
    return g_str_equal(vessel__json_get_string(record, "state", ""),
                       state_words[VESSEL_JOB_RUNNING]);
}

int vessel__job_list(VesselHost *host, VesselJob ***jobs, size_t *count, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselJson) array = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(jobs != NULL, "jobs", err);
    if (!code)
        code = vessel__store_jobs(host->store, &array, err);
    if (code)
        return code;
    size_t n = vessel__json_length(array), used = 0;
    VesselJob **list = g_new0(VesselJob *, n + 1);
    VESSEL_JSON_FOREACH (record, array) {
        list[used++] = job_of(host, record);
    }
    *jobs = list;
    if (count)
        *count = used;
    return VESSEL_OK;
}

void vessel__job_list_free(VesselJob **jobs)
{
    for (VesselJob **job = jobs; job && *job; job++)
        vessel__job_unref(*job);
    g_free(jobs);
}

int vessel__job_lookup_by_id(VesselHost *host, const char *id, VesselJob **job, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselJson) record = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(id != NULL, "id", err);
    if (!code)
        code = vessel__need(job != NULL, "job", err);
    if (code)
        return code;
    if ((*job = find_own(host, id)))
        return VESSEL_OK;
    code = vessel__store_job_read(host->store, id, &record, err);
    if (!code)
        *job = job_of(host, record);
    return code;
}

static const VesselJson *running_on(const VesselJson *array, const char *uuid)
{
    VESSEL_JSON_FOREACH (record, array) {
        const VesselJson *object = vessel__json_get(record, "object");
        if (is_running(record) && g_str_equal(vessel__json_get_string(object, "uuid", ""), uuid))
            return record;
    }
    return NULL;
}

int vessel__job_lookup_by_domain(VesselDomain *domain, VesselJob **job, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselJson) array = NULL;
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(job != NULL, "job", err);
    if (!code)
        code = vessel__store_jobs(inside->store, &array, err);
    if (code)
        return code;
    const VesselJson *record = running_on(array, domain->uuid);
    *job = record ? job_of(inside, record) : NULL;
    return record ? 1 : 0;
}

static int cancel(VesselJob *job, VesselError **err)
{
    if (job->own) {
        atomic_store(&job->cancelled, true);
        return VESSEL_OK;
    }
    VesselHolder author;
    vessel__host_author(job->host, "job_cancel", &author);
    g_autofree char *who = vessel__holder_who(&author);
    return vessel__store_job_cancel(job->host->store, job->id, who, err);
}

bool vessel__job_cancel_start(VesselHost *host, const char *uuid)
{
    g_autoptr(VesselJson) array = NULL;
    if (vessel__store_jobs(host->store, &array, NULL))
        return false;
    const VesselJson *record = running_on(array, uuid);
    const char *operation = vessel__json_get_string(record, "operation", "");
    if (!record ||
        (!g_str_equal(operation, "domain_start") && !g_str_equal(operation, "domain_create")))
        return false;
    VesselJob *job = job_of(host, record);
    bool done = cancel(job, NULL) == VESSEL_OK;
    vessel__job_unref(job);
    return done;
}

/* ---- looking at one ---- */

int vessel__job_reread(VesselJob *job, VesselError **err)
{
    g_autoptr(VesselJson) record = NULL;
    if (job->own)
        return VESSEL_OK;
    int code = vessel__store_job_read(job->host->store, job->id, &record, err);
    if (code)
        return code;
    const VesselJson *progress = vessel__json_get(record, "progress");
    int state = vessel__word_find(state_words, vessel__json_get_string(record, "state", ""));
    pthread_mutex_lock(&job->lock);
    job->state = state > 0 ? state : VESSEL_JOB_RUNNING;
    job->percent =
        (int)vessel__json_get_int(progress, "percent", state == VESSEL_JOB_DONE ? 100 : -1);
    g_free(job->phase);
    job->phase = g_strdup(vessel__json_get_string(progress, "phase", NULL));
    vessel_error_free(job->error);
    const VesselJson *error = vessel__json_get(record, "error");
    job->error = error ? vessel__error_from_json(error) : NULL;
    vessel__json_free(job->record);
    job->record = g_steal_pointer(&record);
    pthread_mutex_unlock(&job->lock);
    return VESSEL_OK;
}

int vessel__job_fd(VesselJob *job, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__job_enter(job, &inside, err);
    if (!code && !job->own)
        code = vessel__job_follow(job, err);
    if (!code && job->fd < 0)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the call that this job belongs to waits for it by itself");
    return code ? code : job->fd;
}

int vessel__job_state(VesselJob *job, int *percent, char **phase, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__job_enter(job, &inside, err);
    if (!code)
        code = vessel__job_reread(job, err);
    if (code)
        return code;
    pthread_mutex_lock(&job->lock);
    int state = job->state;
    if (percent)
        *percent = job->percent;
    if (phase)
        *phase = g_strdup(job->phase);
    pthread_mutex_unlock(&job->lock);
    return state;
}

/* The end of the job as an error of the one who waited. */
static int result_of(VesselJob *job, VesselError **err)
{
    pthread_mutex_lock(&job->lock);
    int state = job->state;
    VesselError *error = job->error ? vessel__error_copy(job->error) : NULL;
    pthread_mutex_unlock(&job->lock);
    if (error)
        return vessel__error_steal(err, error);
    if (state == VESSEL_JOB_DONE)
        return VESSEL_OK;
    if (state == VESSEL_JOB_CANCELLED)
        return vessel__fail(err, VESSEL_ERROR_CANCELLED, "%s was cancelled", job->operation);
    vessel__fail(err, VESSEL_ERROR_CANCELLED, "the program that ran %s died", job->operation);
    vessel__error_hint(err, "what it left is undone by the next call that needs it");
    return VESSEL_ERROR_CANCELLED;
}

static int current_state(VesselJob *job)
{
    pthread_mutex_lock(&job->lock);
    int state = job->state;
    pthread_mutex_unlock(&job->lock);
    return state;
}

int vessel__job_wait(VesselJob *job, int64_t timeout_ms, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__job_enter(job, &inside, err);
    if (!code)
        code = vessel__job_reread(job, err);
    if (!code && current_state(job) == VESSEL_JOB_RUNNING && !job->own)
        code = vessel__job_follow(job, err);
    if (code)
        return code;
    VesselDeadline deadline = vessel__host_deadline(inside, timeout_ms);
    if (current_state(job) == VESSEL_JOB_RUNNING) {
        int ready = vessel__wait_fd(job->fd, inside->closed_fd, deadline);
        if (ready < 0)
            return vessel__fail(err, VESSEL_ERROR_CLOSED, "the host was closed");
        if (!ready) {
            vessel__fail(err, VESSEL_ERROR_TIMEOUT, "%s did not end in time and goes on",
                         job->operation);
            vessel__error_retryable(err, true);
            return VESSEL_ERROR_TIMEOUT;
        }
        code = vessel__job_reread(job, err);
        if (code)
            return code;
    }
    return result_of(job, err);
}

int vessel__job_cancel(VesselJob *job, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__job_enter(job, &inside, err);
    if (!code)
        code = vessel__job_reread(job, err);
    if (code)
        return code;
    int state = current_state(job);
    if (state != VESSEL_JOB_RUNNING)
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "%s has ended: %s", job->operation,
                            state_words[state]);
    return cancel(job, err);
}

int vessel__job_json(VesselJob *job, char **json, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__job_enter(job, &inside, err);
    if (!code)
        code = vessel__need(json != NULL, "json", err);
    if (!code)
        code = vessel__job_reread(job, err);
    if (code)
        return code;
    pthread_mutex_lock(&job->lock);
    *json = vessel__json_format(job->record, false);
    pthread_mutex_unlock(&job->lock);
    return VESSEL_OK;
}
