/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/domain.h"
#include "core/job.h"
#include "core/recover.h"
#include "core/registry.h"
#include "core/states.h"
#include "kit/launch.h"
#include <unistd.h>

typedef struct {
    char uuid[VESSEL__UUID_SIZE];
    const VesselOp *op;
    uint32_t flags; /* VesselDomainStartFlags */
    VesselDeadline deadline;
    /* Of a transient domain: */
    VesselDefinition *definition;
    VesselOpLock *lock;  /* taken before its name is reserved, so that nobody sweeps it */
    VesselHelper *ahead; /* executed while its name is reserved */
} Plan;

static void plan_free(void *data)
{
    Plan *plan = data;
    vessel__definition_unref(plan->definition);
    g_clear_pointer(&plan->lock, vessel__op_lock_release);
    g_clear_pointer(&plan->ahead, vessel__helper_dismiss);
    g_free(plan);
}

/* ---- what is to be started, and by whom ---- */

/* Its warden is executed while the rest is worked out. */
static VesselHelper *begin_warden(VesselHost *host, const VesselDriver *driver)
{
    return driver && driver->truth == VESSEL_TRUTH_WARDEN
               ? vessel__helper_ahead(vessel__host_for_driver(host))
               : NULL;
}

static int take_definition(VesselCall *call, const Plan *plan, VesselError **err)
{
    VesselDefinition *definition =
        plan->definition ? plan->definition : vessel__definition_of(call->record);
    if (!definition)
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE,
                            "domain \"%s\" is transient: nothing says what to start",
                            call->record->name);
    if (definition->problem) {
        vessel__error_steal(err, vessel__error_copy(definition->problem));
        vessel__error_prefix(err, "domain \"%s\" cannot be started as it is stored",
                             call->record->name);
        return vessel_error_code(definition->problem);
    }
    g_clear_pointer(&call->definition, vessel__definition_unref);
    call->definition = vessel__definition_ref(definition);
    return VESSEL_OK;
}

/* `auto` may come to something else than when it was defined, but only if the guest then sees the
 * same machine. */
static void resolve_again(VesselCall *call)
{
    const VesselDomainDef *def = call->definition->def;
    const VesselDriver *driver = NULL;
    if (def->type != VESSEL_DOMAIN_TYPE_AUTO && def->type != VESSEL_DOMAIN_TYPE_ABSENT)
        return;
    if (vessel__driver_for_type(call->host, def->type, def->os_arch, def->os_machine, &driver, NULL,
                                NULL) ||
        driver == call->driver)
        return;
    g_autoptr(VesselDomainDef) same = vessel__domain_def_copy(def);
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    if (vessel_driver_has(driver, host, defaults) &&
        driver->host->defaults(vessel__host_for_driver(call->host), same, NULL))
        return;
    vessel__definition_check(call->host, driver, same, problems);
    if (!vessel__problems_count(problems) && vessel__domain_def_equal(def, same))
        call->driver = driver;
}

static int check_can_run(VesselCall *call, VesselError **err)
{
    const VesselDomainDef *def = call->definition->def;
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    /* Another version may have stored it, or the hypervisor is another by now. */
    vessel__definition_check(call->host, call->driver, def, problems);
    vessel__definition_check_start(call->host, call->driver, def, problems);
    g_autofree char *what = g_strdup_printf("domain \"%s\"", call->record->name);
    return vessel__problems_to_error(problems, what, err);
}

/* ---- the runtime folder ---- */

static int set_in_force(VesselCall *call, VesselError **err)
{
    g_autoptr(VesselDomainDef) def = vessel__domain_def_copy(call->definition->def);
    if (vessel_driver_has(call->driver, host, in_force))
        call->driver->host->in_force(vessel__host_for_driver(call->host), def, call->guest.id);
    return vessel__in_force_set(call->host, call->record->uuid, call->folder, def, err);
}

/* From here on the folder is ours: the warden of the life before, whose end may have been told
 * already, sweeps it until it gives the lock back. */
static int take_folder(VesselCall *call, VesselError **err)
{
    int code = vessel__store_log(call->host->store, call->record->name, &call->log_fd, err);
    if (!code)
        code = vessel__lock_take(call->folder, VESSEL__RUN_WARDEN_LOCK, &call->operation.author,
                                 call->operation.deadline, &call->warden_lock, err);
    if (code)
        return code;
    call->operation.log_fd = call->log_fd;
    call->operation.warden_lock_fd = vessel__lock_fd(call->warden_lock);
    return VESSEL_OK;
}

static int prepare_folder(VesselCall *call, VesselError **err)
{
    VesselStore *store = call->host->store;
    int code = vessel__call_guest(call, err);
    call->guest.driver = call->driver->name; /* `auto` may just have come to another */
    if (!code)
        code = vessel__store_next_id(store, &call->guest.id, err);
    if (!code && call->driver->truth == VESSEL_TRUTH_WARDEN)
        code = take_folder(call, err);
    return code ? code : set_in_force(call, err);
}

/* Nothing was started: what a warden would have swept is swept here. */
static void undo_folder(VesselCall *call)
{
    if (call->operation.handed_over)
        return;
    if (call->folder >= 0)
        unlinkat(call->folder, VESSEL__RUN_DOMAIN, 0);
    else
        vessel__in_force_set(call->host, call->record->uuid, -1, NULL, NULL);
}

/* ---- start ---- */

static void tie(VesselCall *call)
{
    pthread_mutex_lock(&call->host->lock);
    g_hash_table_replace(call->host->autodestroy, g_strdup(call->record->uuid),
                         GINT_TO_POINTER(call->guest.id));
    pthread_mutex_unlock(&call->host->lock);
}

static int record_started(VesselCall *call, uint32_t flags, VesselError **err)
{
    if (call->driver->truth != VESSEL_TRUTH_PROCESS)
        return VESSEL_OK;
    if (flags & VESSEL_DOMAIN_START_PAUSED)
        return vessel__call_record(call, VESSEL_DOMAIN_PAUSED, "starting up", call->op->event, err);
    return vessel__call_record(call, call->op->becomes, call->op->reason, call->op->event, err);
}

static int run_start(VesselCall *call, const Plan *plan, const VesselHow *how, VesselError **err)
{
    VesselStartArgs args = {
        .paused = plan->flags & VESSEL_DOMAIN_START_PAUSED,
        .autodestroy = plan->flags & VESSEL_DOMAIN_START_AUTODESTROY,
        .transient = plan->definition != NULL,
    };
    how->progress(how->data, 5, "checking");
    int code = take_definition(call, plan, err);
    if (code)
        return code;
    resolve_again(call);
    code = check_can_run(call, err);
    if (code)
        return code;
    how->progress(how->data, 20, "starting");
    code = prepare_folder(call, err);
    if (!code)
        code = call->driver->lifecycle->start(&call->guest, &args, err);
    if (!code)
        code = record_started(call, plan->flags, err);
    if (code)
        undo_folder(call);
    else if (args.autodestroy)
        tie(call);
    return code;
}

static int work(VesselJob *job, void *data, VesselError **err)
{
    Plan *plan = data;
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    VesselHow how = vessel__job_how(job, plan->deadline);
    how.lock = &plan->lock;
    int code = vessel__call_begin(&call, job->host, plan->uuid, plan->op, &how, err);
    if (!code) {
        call.operation.ahead =
            plan->ahead ? g_steal_pointer(&plan->ahead) : begin_warden(job->host, call.driver);
        code = run_start(&call, plan, &how, err);
    }
    if (code && plan->definition) {
        /* The name is free again, unless a warden has it in hand. */
        vessel__call_end(&call);
        vessel__sweep_transient_kick(job->host, plan->uuid);
    }
    return code;
}

static int check_flags(uint32_t flags, VesselError **err)
{
    return vessel__flags_check(flags, VESSEL_DOMAIN_START_PAUSED | VESSEL_DOMAIN_START_AUTODESTROY,
                               "flags", err);
}

int vessel__domain_start(VesselDomain *domain, const VesselDomainStartOptions *given,
                         VesselJob **job, VesselError **err)
{
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = check_flags(options.flags, err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (code)
        return code;
    Plan *plan = g_new0(Plan, 1);
    memcpy(plan->uuid, domain->uuid, sizeof plan->uuid);
    plan->op = vessel__op(VESSEL_OP_DOMAIN_START);
    plan->flags = options.flags;
    plan->deadline = vessel__host_deadline(inside, options.timeout_ms);
    return vessel__job_run(inside, plan->op->name, record->uuid, record->name, work, plan,
                           plan_free, job, err);
}

/* ---- create ---- */

/* Takes the lock of a domain that is not there yet, and its name. @at_once: it is started right
 * afterwards. */
static int reserve(VesselHost *host, VesselPrepared *prepared, Plan *plan, bool at_once,
                   VesselError **err)
{
    VesselHow how = {.deadline = plan->deadline};
    int code = vessel__take_op_lock(host, prepared->record->uuid, plan->op, &how, &plan->lock, err);
    if (!code && at_once)
        plan->ahead = begin_warden(host, prepared->driver);
    /* A transient domain of that UUID may have ended without anybody to see it. */
    if (!code)
        code = vessel__sweep_transient(host, prepared->record->uuid, plan->deadline, err);
    if (code)
        return code;
    prepared->record->persistent = false;
    g_clear_pointer(&prepared->record->given, g_free);
    g_clear_pointer(&prepared->record->full, g_free);
    return vessel__domain_put(host, prepared, VESSEL_DOMAIN_DEFINE_NEW, plan->op, NULL,
                              plan->deadline, err);
}

static int create(VesselHost *host, const char *text, const VesselDomainCreateOptions *options,
                  VesselJob **job, VesselDomain **result, VesselError **err)
{
    g_auto(VesselPrepared) prepared = {0};
    int code = vessel__definition_prepare(host, text, options->define_flags, &prepared, err);
    if (code)
        return code;
    Plan *plan = g_new0(Plan, 1);
    memcpy(plan->uuid, prepared.record->uuid, sizeof plan->uuid);
    plan->op = vessel__op(VESSEL_OP_DOMAIN_CREATE);
    plan->flags = options->flags;
    plan->deadline = vessel__host_deadline(host, options->timeout_ms);
    plan->definition = vessel__definition_ref(prepared.definition);
    code = reserve(host, &prepared, plan, !job, err);
    if (code) {
        plan_free(plan);
        return code;
    }
    VesselDomain *domain = vessel__domain_new(host, prepared.record->uuid);
    code = vessel__job_run(host, plan->op->name, prepared.record->uuid, prepared.record->name, work,
                           plan, plan_free, job, err);
    if (!code) {
        *result = domain;
        if (options->warnings)
            *options->warnings = g_steal_pointer(&prepared.warnings);
        return VESSEL_OK;
    }
    /* If there was not even a job, nobody else gives the name back. */
    vessel__sweep_transient_kick(host, domain->uuid);
    vessel__domain_unref(domain);
    return code;
}

int vessel__domain_create(VesselHost *host, const char *text,
                          const VesselDomainCreateOptions *given, VesselJob **job,
                          VesselDomain **result, VesselError **err)
{
    VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(text != NULL, "text", err);
    if (!code)
        code = vessel__need(result != NULL, "result", err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code && options.warnings)
        *options.warnings = NULL;
    if (!code)
        code = check_flags(options.flags, err);
    if (!code)
        code = vessel__flags_check(options.define_flags,
                                   VESSEL_DOMAIN_DEFINE_LENIENT | VESSEL_DOMAIN_DEFINE_NEW,
                                   "define_flags", err);
    if (!code && vessel__store_is_readonly(host->store))
        code = vessel__fail(err, VESSEL_ERROR_DENIED, "the root of %s is read-only", host->uri);
    return code ? code : create(host, text, &options, job, result, err);
}
