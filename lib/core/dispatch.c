/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/dispatch.h"
#include "base/words.h"
#include "core/domain.h"
#include "core/recover.h"
#include "core/registry.h"
#include "core/rename.h"
#include "core/states.h"
#include "kit/launch.h"

#define LOCK_SLICE_MS 100

VesselJson *vessel__domain_event(VesselHost *host, const char *kind, const char *uuid,
                                 const char *name, const char *reason, const char *operation)
{
    VesselHolder author;
    vessel__host_author(host, operation, &author);
    g_autofree char *who = vessel__holder_who(&author);
    VesselJson *event = vessel__json_new_object(), *object = vessel__json_new_object();
    vessel__json_set_string(event, "kind", kind);
    vessel__json_set_string(object, "type", "domain");
    vessel__json_set_string(object, "name", name);
    vessel__json_set_string(object, "uuid", uuid);
    vessel__json_set(event, "object", object);
    vessel__json_set_string(event, "reason", reason);
    vessel__json_set_string(event, "author", who);
    return event;
}

/* ---- up to the slot ---- */

static int find_record(VesselCall *call, const char *uuid, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    g_clear_pointer(&call->record, vessel__record_unref);
    call->record = vessel__store_find_uuid(call->host->store, uuid, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (!call->record)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no domain %s any more", uuid);
    return VESSEL_OK;
}

static void read_now(VesselCall *call)
{
    g_autoptr(VesselLive) live = vessel__store_live(call->host->store, call->record->uuid);
    vessel__now_clear(&call->now);
    vessel__now(call->host, call->record, live, &call->now);
}

int vessel__fail_no_slot(const VesselCall *call, const VesselOp *op, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the %s driver has no %s",
                 call->driver ? call->driver->name : call->record->type, op->name);
    vessel__error_hint(err, "vessel_host_supports() tells beforehand");
    return VESSEL_ERROR_UNSUPPORTED;
}

static int find_slot(VesselCall *call, VesselError **err)
{
    call->driver = vessel__driver_of(call->record, &call->now);
    if (!vessel__op_needs_slot(call->op))
        return VESSEL_OK;
    if (!call->driver)
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "this build has no driver \"%s\", which domain \"%s\" needs",
                            call->record->type, call->record->name);
    if (vessel__op_slot(call->op, call->driver))
        return VESSEL_OK;
    return vessel__fail_no_slot(call, call->op, err);
}

/* A guest that is being started by its warden is shut off and can be destroyed. */
static bool is_being_started(const VesselCall *call)
{
    return call->now.state == VESSEL_DOMAIN_SHUT_OFF && call->now.live &&
           vessel__live_is_claimed(call->now.live);
}

static int check_state(VesselCall *call, VesselError **err)
{
    const VesselOp *op = call->op;
    if (!op->states || (op->states & (unsigned)call->now.state))
        return VESSEL_OK;
    if (op == vessel__op(VESSEL_OP_DOMAIN_DESTROY) && is_being_started(call))
        return VESSEL_OK;
    g_autofree char *wanted =
        op->states == VESSEL__STATES_ACTIVE ? g_strdup("active") : vessel__states_text(op->states);
    vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "domain \"%s\" is %s (%s); %s needs it %s",
                 call->record->name, vessel__state_name(call->now.state), call->now.reason,
                 op->name, wanted);
    if (call->now.state == VESSEL_DOMAIN_SHUT_OFF && op->becomes != VESSEL_DOMAIN_SHUT_OFF)
        vessel__error_hint(err, "start it first");
    else if (call->now.state == VESSEL_DOMAIN_IN_SHUTDOWN)
        vessel__error_hint(err, "its guest has powered off and is kept as the definition says "
                                "(preserve); destroy ends it");
    else if (op->states == VESSEL_DOMAIN_SHUT_OFF)
        vessel__error_hint(err, "it runs already");
    else if (call->now.state == VESSEL_DOMAIN_PAUSED)
        vessel__error_hint(err, "resume it first");
    return VESSEL_ERROR_WRONG_STATE;
}

/* "op.lock is held by" says nothing to who has never heard of that file. */
static int fail_busy(VesselHost *host, const char *uuid, const char *holder, VesselError **err)
{
    g_autoptr(VesselDomainRecord) record = vessel__store_find_uuid(host->store, uuid, NULL);
    const char *name = record ? record->name : uuid;
    vessel__fail(err, VESSEL_ERROR_BUSY, "domain \"%s\" is busy: %s", name, holder);
    vessel__error_hint(
        err, "try again with more time; `vessel domjobinfo %s` shows what is under way", name);
    vessel__error_holder(err, holder);
    vessel__error_retryable(err, true);
    return VESSEL_ERROR_BUSY;
}

int vessel__take_op_lock(VesselHost *host, const char *uuid, const VesselOp *op,
                         const VesselHow *how, VesselOpLock **lock, VesselError **err)
{
    VesselHolder holder;
    vessel__host_author(host, op->name, &holder);
    for (;;) {
        g_autoptr(VesselError) error = NULL;
        VesselDeadline slice =
            vessel__deadline_min(how->deadline, vessel__deadline_after(LOCK_SLICE_MS));
        int code = vessel__store_op_lock(host->store, uuid, &holder, slice, lock, &error);
        bool last = code != VESSEL_ERROR_BUSY || vessel__deadline_passed(how->deadline);
        if (last && code == VESSEL_ERROR_BUSY && vessel_error_holder(error))
            return fail_busy(host, uuid, vessel_error_holder(error), err);
        if (last)
            return code ? vessel__error_steal(err, g_steal_pointer(&error)) : code;
        if (how->cancelled && how->cancelled(how->data))
            return vessel__fail(
                err, VESSEL_ERROR_CANCELLED, "%s was cancelled while it waited for %s", op->name,
                vessel_error_holder(error) ? vessel_error_holder(error) : "another");
        /* A job is cancelled by the close; who has none looks for itself. */
        if (!how->cancelled && vessel__host_closed(host))
            return vessel__fail(err, VESSEL_ERROR_CLOSED, "the host was closed");
    }
}

static void fill_operation(VesselCall *call, const VesselHow *how)
{
    VesselOperation *operation = &call->operation;
    operation->name = call->op->name;
    vessel__random_hex(8, operation->request);
    vessel__host_author(call->host, call->op->name, &operation->author);
    operation->deadline = how->deadline;
    operation->op_lock_fd = call->lock ? vessel__op_lock_fd(call->lock) : -1;
    operation->warden_lock_fd = -1;
    operation->runtime_fd = -1;
    operation->log_fd = -1;
    operation->events_fd = vessel__store_events_fd(call->host->store);
    operation->cancelled = how->cancelled;
    operation->progress = how->progress;
    operation->data = how->data;
}

int vessel__refuse_readonly(VesselHost *host, const VesselOp *op, VesselError **err)
{
    if (!op->changes_definition || !vessel__store_is_readonly(host->store))
        return VESSEL_OK;
    const VesselPlaces *places = vessel__store_places(host->store);
    vessel__fail(err, VESSEL_ERROR_DENIED, "the root of %s is read-only: %s is refused", host->uri,
                 op->name);
    vessel__error_at(err, places ? places->state_dir : NULL, 0, 0);
    vessel__error_hint(err, "make that filesystem writable, then open the host again");
    return VESSEL_ERROR_DENIED;
}

static int begin(VesselCall *call, const char *uuid, const VesselHow *how, VesselError **err)
{
    if (how->lock)
        call->lock = g_steal_pointer(how->lock);
    int code = find_record(call, uuid, err);
    if (code)
        return code;
    code = vessel__refuse_readonly(call->host, call->op, err);
    if (code)
        return code;
    read_now(call);
    code = find_slot(call, err);
    if (code)
        return code;
    if (call->op->during == VESSEL_DURING_NOTHING && !call->lock) {
        code = vessel__take_op_lock(call->host, uuid, call->op, how, &call->lock, err);
        /* Whoever held it may have changed everything. */
        if (!code)
            code = find_record(call, uuid, err);
        if (code)
            return code;
        read_now(call);
    }
    if (vessel__op_needs_slot(call->op) || call->lock) {
        code = vessel__recover(call->host, call->record, &call->now, how->deadline, err);
        if (!code)
            code = find_slot(call, err);
    }
    if (!code)
        code = check_state(call, err);
    if (code)
        return code;
    fill_operation(call, how);
    if (call->lock)
        vessel__rename_catch_up(call);
    return VESSEL_OK;
}

int vessel__call_begin(VesselCall *call, VesselHost *host, const char *uuid, const VesselOp *op,
                       const VesselHow *how, VesselError **err)
{
    *call = (VesselCall){.host = host, .op = op, .folder = -1, .log_fd = -1};
    int code = begin(call, uuid, how, err);
    if (code)
        vessel__call_end(call);
    return code;
}

void vessel__call_end(VesselCall *call)
{
    bool theirs = call->operation.handed_over;
    if (call->lock && theirs)
        vessel__op_lock_hand_over(g_steal_pointer(&call->lock));
    g_clear_pointer(&call->lock, vessel__op_lock_release);
    if (call->warden_lock && theirs)
        vessel__lock_hand_over(g_steal_pointer(&call->warden_lock));
    g_clear_pointer(&call->warden_lock, vessel__lock_release);
    g_clear_pointer(&call->operation.ahead, vessel__helper_dismiss);
    vessel__close_fd(&call->folder);
    vessel__close_fd(&call->log_fd);
    g_clear_pointer(&call->definition, vessel__definition_unref);
    g_clear_pointer(&call->entry, vessel__entry_unref);
    vessel__now_clear(&call->now);
    g_clear_pointer(&call->record, vessel__record_unref);
}

/* ---- the slot ---- */

int vessel__call_guest(VesselCall *call, VesselError **err)
{
    int code = VESSEL_OK;
    if (!call->entry)
        call->entry = vessel__entry_get(call->host, call->record->uuid);
    if (call->folder < 0)
        code = vessel__store_folder(call->host->store, call->record->uuid, &call->folder, err);
    /* Where what is in force cannot be read (the disk, a start that is under way), the guest can
     * still be destroyed. */
    if (!code && !call->definition)
        vessel__in_force(call->host, call->record->uuid, &call->definition, NULL);
    if (code)
        return code;
    pthread_mutex_lock(&call->entry->lock);
    call->entry->driver = call->driver;
    pthread_mutex_unlock(&call->entry->lock);
    call->operation.runtime_fd = call->folder;
    call->guest = (VesselGuest){
        .host = vessel__host_for_driver(call->host),
        .uuid = call->record->uuid,
        .name = call->record->name,
        .driver = call->driver ? call->driver->name : NULL,
        .id = call->now.id,
        .def = call->definition ? call->definition->def : NULL,
        .state = call->now.live ? call->now.live->json : NULL,
        .dir = call->folder,
        .operation = &call->operation,
        .data = &call->entry->data,
    };
    return VESSEL_OK;
}

int vessel__call_slot(VesselCall *call, VesselError **err)
{
    int (*slot)(VesselGuest *, VesselError **) =
        (int (*)(VesselGuest *, VesselError **))vessel__op_slot(call->op, call->driver);
    int code = vessel__call_guest(call, err);
    if (code)
        return code;
    vessel_log(call->host->log, VESSEL__LOG_INFO, "dispatch", "%s \"%s\" (%s) begins",
               call->op->name, call->record->name, call->driver->name);
    code = slot(&call->guest, err);
    vessel_log(call->host->log, VESSEL__LOG_INFO, "dispatch", "%s \"%s\" ends: %s", call->op->name,
               call->record->name, code ? vessel_error_code_name(code) : "ok");
    return code;
}

static VesselJson *live_json(VesselCall *call, int state, const char *reason)
{
    char now[32];
    bool off = state == VESSEL_DOMAIN_SHUT_OFF;
    VesselJson *json =
        call->now.live ? vessel__json_copy(call->now.live->json) : vessel__json_new_object();
    vessel__time_format(vessel__realtime_us(), now);
    vessel__json_set_int(json, "version", 1);
    vessel__json_set_string(json, "uuid", call->record->uuid);
    vessel__json_set_string(json, "name", call->record->name);
    vessel__json_set_int(json, "id", off ? -1 : call->guest.id);
    vessel__json_set_string(json, "driver", call->driver->name);
    vessel__json_set_string(json, "state", vessel__state_word(state));
    vessel__json_set_string(json, "reason", reason);
    vessel__json_set_string(json, "since", now);
    vessel__json_set_string(json, "boot_id", vessel__boot_id());
    return json;
}

int vessel__call_record(VesselCall *call, int state, const char *reason, const char *event,
                        VesselError **err)
{
    VesselStore *store = call->host->store;
    const char *uuid = call->record->uuid;
    if (!state) {
        state = call->now.state;
    } else {
        g_autoptr(VesselJson) json = live_json(call, state, reason);
        int code = vessel__store_set_live(store, uuid, json, err);
        if (code)
            return code;
    }
    if (event) {
        g_autoptr(VesselJson) record = vessel__domain_event(
            call->host, event, uuid, call->record->name, reason, call->op->name);
        int code = vessel__store_event(store, record, NULL, err);
        if (code)
            return code;
    }
    if (state != VESSEL_DOMAIN_SHUT_OFF)
        return VESSEL_OK;
    vessel__in_force_set(call->host, uuid, call->folder, NULL, NULL);
    return VESSEL_OK;
}

/* ---- operations that are one slot ---- */

/* Destroy waits for nobody: while the slot was at work the guest may have ended, and even be
 * another by now. What has ended is not recorded twice, nor as paused. */
static int check_same(VesselCall *call, VesselError **err)
{
    g_autoptr(VesselLive) live = vessel__store_live(call->host->store, call->record->uuid);
    int state = live && live->state ? live->state : VESSEL_DOMAIN_SHUT_OFF;
    bool same = live && live->id == call->now.id;
    if (same && (!call->op->states || (call->op->states & (unsigned)state)))
        return VESSEL_OK;
    return vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "domain \"%s\" has ended meanwhile",
                        call->record->name);
}

static int record_as_is(VesselCall *call, VesselError **err)
{
    const VesselOp *op = call->op;
    if (op == vessel__op(VESSEL_OP_DOMAIN_SHUTDOWN)) {
        int code = vessel__call_record(call, 0, NULL, "domain.shutdown-requested", err);
        if (code)
            return code;
    }
    return vessel__call_record(call, op->becomes, op->reason, op->event, err);
}

static int record_simple(VesselCall *call, VesselError **err)
{
    pthread_mutex_lock(&call->host->record_lock);
    int code = check_same(call, err);
    if (!code)
        code = record_as_is(call, err);
    pthread_mutex_unlock(&call->host->record_lock);
    return code;
}

/* The driver says that the guest is gone. Its warden recorded that, or was dead or deaf. */
static int settle_destroyed(VesselCall *call, VesselError **err)
{
    g_autoptr(VesselLive) live = vessel__store_live(call->host->store, call->record->uuid);
    if (!live || !vessel__live_is_claimed(live))
        return VESSEL_OK;
    return vessel__recover_ended(call->host, call->record, "destroyed", &call->operation.author,
                                 call->operation.deadline, err);
}

static int after_slot(VesselCall *call, VesselError **err)
{
    bool destroyed = call->op == vessel__op(VESSEL_OP_DOMAIN_DESTROY);
    if (call->driver->truth == VESSEL_TRUTH_PROCESS)
        return record_simple(call, err);
    return destroyed && call->driver->truth == VESSEL_TRUTH_WARDEN ? settle_destroyed(call, err)
                                                                   : VESSEL_OK;
}

int vessel__run_simple(VesselHost *host, const char *uuid, VesselOpId id, const VesselHow *how,
                       VesselError **err)
{
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    int code = vessel__call_begin(&call, host, uuid, vessel__op(id), how, err);
    if (!code)
        code = vessel__call_slot(&call, err);
    if (!code)
        code = after_slot(&call, err);
    bool transient = !code && !call.record->persistent;
    vessel__call_end(&call);
    if (transient)
        vessel__sweep_transient_kick(host, uuid);
    return code;
}

int vessel__how_read(VesselHost *host, const VesselDomainOptions *given, VesselHow *how,
                     VesselError **err)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    int code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = vessel__flags_check(options.flags, 0, "flags", err);
    if (!code)
        *how = (VesselHow){.deadline = vessel__host_deadline(host, options.timeout_ms)};
    return code;
}

int vessel__domain_simple(VesselDomain *domain, VesselOpId id, const VesselDomainOptions *given,
                          VesselError **err)
{
    VesselHow how = {0};
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__how_read(inside, given, &how, err);
    if (code)
        return code;
    return vessel__run_simple(inside, domain->uuid, id, &how, err);
}
