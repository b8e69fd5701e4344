/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting without a daemon what is to run from boot on, and stopping everything before the machine
 * goes down. Two facts outlive the boot: in which boot autostart was done, and what ran when
 * everything was stopped. */
#include "core/autostart.h"
#include "core/domain.h"
#include "core/job.h"
#include "core/states.h"
#include "core/wait.h"

#define FACT_DONE "autostart"
#define FACT_RAN "ran"
#define SHUTDOWN_MS 1000 /* for delivering one request; a guest that is deaf is destroyed later */
#define DESTROY_MS 10000 /* for the last ones, once their time is over */

typedef struct {
    uint32_t flags;
    int64_t timeout_ms; /* as given */
} Plan;

/* A container that is restarted under one boot id is a boot, too. */
static char *this_boot(void)
{
    return g_strdup_printf("%s/%" G_GUINT64_FORMAT, vessel__boot_id(), vessel__pidns());
}

static int set_fact(VesselHost *host, const char *operation, const char *name, const char *value,
                    VesselError **err)
{
    VesselTxn *txn = NULL;
    int code = vessel__txn_begin(host->store, operation, vessel__host_deadline(host, 0), &txn, err);
    if (code)
        return code;
    code = vessel__txn_set_fact(txn, name, value, err);
    if (!code)
        return vessel__txn_commit(txn, err);
    vessel__txn_abort(txn);
    return code;
}

/* ---- autostart ---- */

static int read_ran(VesselHost *host, VesselJson **ran, VesselError **err)
{
    g_autofree char *text = NULL;
    int code = vessel__store_fact(host->store, FACT_RAN, &text, err);
    if (code || !text)
        return code;
    return vessel__json_parse(text, strlen(text), NULL, "what ran", ran, err);
}

static bool is_among(const VesselJson *uuids, const char *uuid)
{
    VESSEL_JSON_FOREACH (one, uuids) {
        if (g_strcmp0(vessel__json_string(one, NULL), uuid) == 0)
            return true;
    }
    return false;
}

static int start_one(VesselHost *host, const char *uuid, int64_t timeout_ms, VesselError **err)
{
    VesselDomain *domain = vessel__domain_new(host, uuid);
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    options.timeout_ms = timeout_ms;
    int code = vessel__domain_start(domain, &options, NULL, err);
    vessel__domain_unref(domain);
    return code;
}

typedef struct {
    VesselProblems *problems;
    VesselError *first;
} Failures;

/* One that runs already, or that went away meanwhile, is no failure. Its code does not tell: a file
 * of it may be what was not found. */
static bool is_moot(VesselHost *host, const char *uuid)
{
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_record(host, uuid, &record, &now, NULL);
    return code == VESSEL_ERROR_NOT_FOUND || (!code && now.state != VESSEL_DOMAIN_SHUT_OFF);
}

static void note_failure(Failures *failures, VesselHost *host, const VesselDomainRecord *record,
                         VesselError *error)
{
    int code = vessel_error_code(error);
    if (!is_moot(host, record->uuid)) {
        vessel__problems_add(failures->problems, code, vessel_error_path(error), 0, 0,
                             vessel_error_hint(error), "domain \"%s\": %s", record->name,
                             vessel_error_message(error));
        if (!failures->first) {
            failures->first = error;
            return;
        }
    }
    vessel_error_free(error);
}

static int failures_error(Failures *failures, VesselError **err)
{
    if (!failures->first)
        return VESSEL_OK;
    guint count = vessel__problems_count(failures->problems);
    g_autoptr(VesselError) all = NULL;
    g_autofree char *message =
        g_strdup_printf("%u domain%s did not start", count, count == 1 ? "" : "s");
    vessel__problems_to_error(failures->problems, message, &all);
    g_autoptr(VesselJson) json = vessel__error_to_json(all);
    vessel__json_set_string(json, "code",
                            vessel_error_code_name(vessel_error_code(failures->first)));
    if (count > 1)
        vessel__json_set_string(json, "message", message);
    return vessel__error_steal(err, vessel__error_from_json(json));
}

static int start_marked(VesselJob *job, const Plan *plan, bool again, const VesselJson *ran,
                        VesselError **err)
{
    VesselHost *host = job->host;
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    Failures failures = {problems, NULL};
    int code = vessel__store_snapshot(host->store, &records, NULL, NULL, NULL, err);
    for (guint i = 0; !code && i < records->len; i++) {
        VesselDomainRecord *record = records->pdata[i];
        VesselError *error = NULL;
        if (!record->persistent || !((again && record->autostart) || is_among(ran, record->uuid)))
            continue;
        if (vessel__job_is_cancelled(job))
            code = vessel__fail(err, VESSEL_ERROR_CANCELLED, "autostart was cancelled");
        else if (start_one(host, record->uuid, plan->timeout_ms, &error))
            note_failure(&failures, host, record, error);
        vessel__job_progress(job, (int)(100 * (i + 1) / records->len), record->name);
    }
    if (!code)
        code = failures_error(&failures, err);
    vessel_error_free(failures.first);
    return code;
}

/* Done is done, also if some did not start: once a boot. What a killed program did not come to is
 * done by the next one, since the fact is written last. */
static int autostart_work(VesselJob *job, void *data, VesselError **err)
{
    const Plan *plan = data;
    g_autofree char *done = NULL, *now = this_boot();
    g_autoptr(VesselJson) ran = NULL;
    g_autoptr(VesselError) error = NULL;
    VesselHost *host = job->host;
    int code = vessel__store_fact(host->store, FACT_DONE, &done, err);
    if (!code)
        code = read_ran(host, &ran, err);
    if (code)
        return code;
    bool again = (plan->flags & VESSEL_AUTOSTART_AGAIN) || g_strcmp0(done, now) != 0;
    int result = start_marked(job, plan, again, ran, &error);
    if (result == VESSEL_ERROR_CANCELLED)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (g_strcmp0(done, now) != 0)
        code = set_fact(host, "host_autostart", FACT_DONE, now, err);
    if (!code && ran)
        code = set_fact(host, "host_autostart", FACT_RAN, NULL, err);
    if (code || !result)
        return code;
    return vessel__error_steal(err, g_steal_pointer(&error));
}

int vessel__host_autostart(VesselHost *host, const VesselHostAutostartOptions *given,
                           VesselJob **job, VesselError **err)
{
    VesselHostAutostartOptions options = VESSEL_HOST_AUTOSTART_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = vessel__flags_check(options.flags, VESSEL_AUTOSTART_AGAIN, "flags", err);
    if (code)
        return code;
    Plan *plan = g_new(Plan, 1);
    *plan = (Plan){options.flags, options.timeout_ms};
    return vessel__job_run(host, "host_autostart", NULL, NULL, autostart_work, plan, g_free, job,
                           err);
}

/* ---- stop all ---- */

static int list_active(VesselHost *host, GPtrArray *active, VesselError **err)
{
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(GPtrArray) lives = NULL;
    int code = vessel__store_snapshot(host->store, &records, &lives, NULL, NULL, err);
    for (guint i = 0; !code && i < records->len; i++) {
        g_auto(VesselNow) now = {0};
        vessel__now(host, records->pdata[i], lives->pdata[i], &now);
        if (now.state != VESSEL_DOMAIN_SHUT_OFF)
            g_ptr_array_add(active, vessel__record_ref(records->pdata[i]));
    }
    return code;
}

/* Written before anything is stopped: a machine that goes down in the middle forgets nothing. */
static int remember(VesselHost *host, const GPtrArray *active, VesselError **err)
{
    g_autoptr(VesselJson) ran = NULL;
    if (!active->len || vessel__store_is_readonly(host->store))
        return VESSEL_OK;
    int code = read_ran(host, &ran, err);
    if (code)
        return code;
    if (!ran)
        ran = vessel__json_new_array();
    for (guint i = 0; i < active->len; i++) {
        const VesselDomainRecord *record = active->pdata[i];
        if (record->persistent && !is_among(ran, record->uuid))
            vessel__json_append_string(ran, record->uuid);
    }
    g_autofree char *text = vessel__json_format(ran, false);
    return set_fact(host, "host_stop_all", FACT_RAN, text, err);
}

/* Into @asked those that may end by themselves: one that has powered off and is kept, or crashed,
 * is not waited for. */
static void ask_all(VesselJob *job, const GPtrArray *active, GPtrArray *asked,
                    VesselDeadline deadline)
{
    for (guint i = 0; i < active->len && !vessel__job_is_cancelled(job); i++) {
        const VesselDomainRecord *record = active->pdata[i];
        g_autoptr(VesselError) error = NULL;
        VesselHow how = vessel__job_how(
            job, vessel__deadline_min(deadline, vessel__deadline_after(SHUTDOWN_MS)));
        vessel__job_progress(job, -1, "asking the guests to shut down");
        int code =
            vessel__run_simple(job->host, record->uuid, VESSEL_OP_DOMAIN_SHUTDOWN, &how, &error);
        if (code != VESSEL_ERROR_WRONG_STATE && code != VESSEL_ERROR_UNSUPPORTED)
            g_ptr_array_add(asked, active->pdata[i]);
        if (code)
            vessel_log(job->host->log, VESSEL__LOG_INFO, "stop-all", "\"%s\": %s", record->name,
                       vessel_error_message(error));
    }
}

/* Waits for each in turn: the deadline is the same for all of them. */
static int wait_all(VesselJob *job, const GPtrArray *asked, VesselDeadline deadline,
                    VesselError **err)
{
    for (guint i = 0; i < asked->len; i++) {
        const VesselDomainRecord *record = asked->pdata[i];
        g_autoptr(VesselError) error = NULL;
        int state = vessel__wait_for(job->host, record->uuid, VESSEL_DOMAIN_SHUT_OFF, deadline,
                                     vessel__job_is_cancelled, job, &error);
        vessel__job_progress(job, (int)(90 * (i + 1) / asked->len),
                             "waiting for the guests to end");
        if (state < 0 && state != VESSEL_ERROR_TIMEOUT)
            return vessel__error_steal(err, g_steal_pointer(&error));
    }
    return VESSEL_OK;
}

static int destroy_rest(VesselJob *job, const GPtrArray *active, VesselError **err)
{
    int result = VESSEL_OK;
    VesselDeadline deadline = vessel__deadline_after(DESTROY_MS);
    for (guint i = 0; i < active->len; i++) {
        const VesselDomainRecord *record = active->pdata[i];
        g_autoptr(VesselError) error = NULL;
        VesselHow how = vessel__job_how(job, deadline);
        int code = vessel__destroy(job->host, record->uuid, &how, &error);
        if (!code || code == VESSEL_ERROR_WRONG_STATE || code == VESSEL_ERROR_NOT_FOUND)
            continue;
        vessel__error_prefix(&error, "domain \"%s\" could not be destroyed", record->name);
        if (!result)
            result = vessel__error_steal(err, g_steal_pointer(&error));
    }
    return result;
}

static int stop_work(VesselJob *job, void *data, VesselError **err)
{
    const Plan *plan = data;
    g_autoptr(GPtrArray) active =
        g_ptr_array_new_with_free_func((GDestroyNotify)vessel__record_unref);
    g_autoptr(GPtrArray) asked = g_ptr_array_new();
    VesselDeadline deadline = vessel__host_deadline(job->host, plan->timeout_ms);
    g_autoptr(VesselError) forgotten = NULL;
    int code = list_active(job->host, active, err);
    if (code)
        return code;
    /* A full disk keeps nothing from being stopped; that it is not remembered is told at the end.
     */
    int kept = remember(job->host, active, &forgotten);
    ask_all(job, active, asked, deadline);
    code = wait_all(job, asked, deadline, err);
    if (!code)
        code = destroy_rest(job, active, err);
    if (code || !kept)
        return code;
    vessel__error_prefix(&forgotten, "everything was stopped, but what ran is not remembered");
    return vessel__error_steal(err, g_steal_pointer(&forgotten));
}

int vessel__host_stop_all(VesselHost *host, const VesselHostStopOptions *given, VesselJob **job,
                          VesselError **err)
{
    VesselHostStopOptions options = VESSEL_HOST_STOP_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = vessel__flags_check(options.flags, 0, "flags", err);
    if (code)
        return code;
    Plan *plan = g_new(Plan, 1);
    *plan = (Plan){0, options.timeout_ms};
    return vessel__job_run(host, "host_stop_all", NULL, NULL, stop_work, plan, g_free, job, err);
}
