/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of what is stored: one transaction each, with its event in it. */
#include "core/dispatch.h"
#include "core/domain.h"
#include "core/recover.h"

/* ---- define ---- */

static int fail_exists(const VesselDomainRecord *theirs, const char *what, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_EXISTS, "%s: there is a domain \"%s\" with UUID %s", what,
                 theirs->name, theirs->uuid);
    vessel__error_hint(err, "choose another name and UUID, or undefine that one first");
    return VESSEL_ERROR_EXISTS;
}

/* Inside the transaction: what is there by now. */
static int check_clash(VesselHost *host, VesselPrepared *prepared, uint32_t flags,
                       VesselError **err)
{
    VesselDomainRecord *record = prepared->record;
    g_autoptr(VesselError) error = NULL;
    g_autoptr(VesselDomainRecord) old = vessel__store_find_uuid(host->store, record->uuid, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (!old)
        return VESSEL_OK;
    if (flags & VESSEL_DOMAIN_DEFINE_NEW || !record->persistent)
        return fail_exists(old, "it exists already", err);
    if (!g_str_equal(old->name, record->name)) {
        fail_exists(old, "the UUID is taken", err);
        if (err && *err)
            vessel__error_at(err, "/domain/uuid", 0, 0);
        return VESSEL_ERROR_EXISTS;
    }
    record->autostart = old->autostart;
    prepared->replaces = true;
    return VESSEL_OK;
}

static int put(VesselHost *host, VesselPrepared *prepared, uint32_t flags, const VesselOp *op,
               const char *kind, VesselTxn *txn, VesselError **err)
{
    VesselDomainRecord *record = prepared->record;
    int code = check_clash(host, prepared, flags, err);
    if (!code)
        code = vessel__txn_put_domain(txn, record, err);
    if (code || !kind)
        return code;
    g_autoptr(VesselJson) event = vessel__domain_event(
        host, kind, record->uuid, record->name, prepared->replaces ? "updated" : "added", op->name);
    return vessel__txn_event(txn, event, err);
}

/* Ends the transaction, well or not. */
static int end_txn(VesselTxn *txn, int code, VesselError **err)
{
    if (!code)
        return vessel__txn_commit(txn, err);
    vessel__txn_abort(txn);
    return code;
}

void vessel__tell_kept(VesselHost *host, const VesselDomainRecord *record, bool is_kept, bool runs)
{
    const VesselDriver *driver = vessel__driver_of(record, NULL);
    if (driver && vessel_driver_has(driver, host, kept))
        driver->host->kept(vessel__host_for_driver(host), record->uuid, is_kept, runs);
}

int vessel__domain_put(VesselHost *host, VesselPrepared *prepared, uint32_t flags,
                       const VesselOp *op, const char *event, VesselDeadline deadline,
                       VesselError **err)
{
    VesselTxn *txn = NULL;
    int code = vessel__txn_begin(host->store, op->name, deadline, &txn, err);
    if (!code)
        code = end_txn(txn, put(host, prepared, flags, op, event, txn, err), err);
    if (!code && prepared->record->persistent)
        vessel__tell_kept(host, prepared->record, true, true);
    return code;
}

int vessel__domain_define(VesselHost *host, const char *text,
                          const VesselDomainDefineOptions *given, VesselDomain **result,
                          VesselError **err)
{
    const VesselOp *op = vessel__op(VESSEL_OP_DOMAIN_DEFINE);
    VesselDomainDefineOptions options = VESSEL_DOMAIN_DEFINE_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_auto(VesselPrepared) prepared = {0};
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
        code = vessel__flags_check(
            options.flags, VESSEL_DOMAIN_DEFINE_LENIENT | VESSEL_DOMAIN_DEFINE_NEW, "flags", err);
    if (!code)
        code = vessel__refuse_readonly(host, op, err);
    if (!code)
        code = vessel__definition_prepare(host, text, options.flags, &prepared, err);
    if (!code)
        code = vessel__domain_put(host, &prepared, options.flags, op, "domain.defined",
                                  vessel__host_deadline(host, options.timeout_ms), err);
    if (code)
        return code;
    if (options.warnings)
        *options.warnings = g_steal_pointer(&prepared.warnings);
    *result = vessel__domain_new(host, prepared.record->uuid);
    return VESSEL_OK;
}

/* ---- change one that is there ---- */

static int change_in(VesselHost *host, const char *uuid, VesselChangeFn change, void *data,
                     VesselTxn *txn, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    g_autoptr(VesselDomainRecord) changed = NULL;
    g_autoptr(VesselJson) event = NULL;
    g_autoptr(VesselDomainRecord) old = vessel__store_find_uuid(host->store, uuid, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (!old)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no domain %s any more", uuid);
    int code = change(host, old, data, &changed, &event, err);
    if (code || !changed)
        return code;
    code = vessel__txn_put_domain(txn, changed, err);
    return code || !event ? code : vessel__txn_event(txn, event, err);
}

int vessel__change_record(VesselHost *host, const char *uuid, const VesselOp *op,
                          VesselChangeFn change, void *data, VesselDeadline deadline,
                          VesselError **err)
{
    VesselTxn *txn = NULL;
    int code = vessel__txn_begin(host->store, op->name, deadline, &txn, err);
    return code ? code : end_txn(txn, change_in(host, uuid, change, data, txn, err), err);
}

int vessel__refuse_transient(const VesselDomainRecord *record, const VesselOp *op,
                             VesselError **err)
{
    if (record->persistent)
        return VESSEL_OK;
    vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "domain \"%s\" is transient: %s needs a definition",
                 record->name, op->name);
    vessel__error_hint(err, "define it first: a running domain can be defined");
    return VESSEL_ERROR_WRONG_STATE;
}

/* ---- undefine ---- */

static int make_transient(VesselHost *host, const VesselDomainRecord *old, void *data,
                          VesselDomainRecord **changed, VesselJson **event, VesselError **err)
{
    (void)data;
    (void)err;
    *changed = vessel__record_copy(old);
    (*changed)->persistent = false;
    (*changed)->autostart = false;
    g_clear_pointer(&(*changed)->given, g_free);
    g_clear_pointer(&(*changed)->full, g_free);
    *event = vessel__domain_event(host, "domain.undefined", old->uuid, old->name, "removed",
                                  "domain_undefine");
    return VESSEL_OK;
}

static int delete_in(VesselHost *host, const VesselDomainRecord *record, VesselTxn *txn,
                     VesselError **err)
{
    g_autoptr(VesselJson) event = vessel__domain_event(host, "domain.undefined", record->uuid,
                                                       record->name, "removed", "domain_undefine");
    int code = vessel__txn_delete_domain(txn, record->uuid, err);
    return code ? code : vessel__txn_event(txn, event, err);
}

static int undefine_shut_off(VesselCall *call, VesselDeadline deadline, VesselError **err)
{
    VesselStore *store = call->host->store;
    const char *uuid = call->record->uuid;
    VesselTxn *txn = NULL;
    int code = vessel__recover_groups(call->host, uuid, deadline, err);
    if (!code)
        code = vessel__txn_begin(store, call->op->name, deadline, &txn, err);
    if (!code)
        code = end_txn(txn, delete_in(call->host, call->record, txn, err), err);
    if (code)
        return code;
    /* What is left of its folder does no harm, and the next of that UUID begins with it. */
    vessel__store_folder_remove(store, uuid, NULL);
    if (vessel__store_is_memory(store))
        vessel__store_set_live(store, uuid, NULL, NULL);
    vessel__tell_kept(call->host, call->record, false, false);
    vessel__entry_forget(call->host, uuid);
    return VESSEL_OK;
}

int vessel__domain_undefine(VesselDomain *domain, const VesselDomainOptions *given,
                            VesselError **err)
{
    const VesselOp *op = vessel__op(VESSEL_OP_DOMAIN_UNDEFINE);
    VesselHow how = {0};
    vessel_inside VesselHost *inside = NULL;
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__how_read(inside, given, &how, err);
    if (code)
        return code;
    code = vessel__call_begin(&call, inside, domain->uuid, op, &how, err);
    if (!code)
        code = vessel__refuse_transient(call.record, op, err);
    if (code)
        return code;
    if (call.now.state == VESSEL_DOMAIN_SHUT_OFF)
        return undefine_shut_off(&call, how.deadline, err);
    code = vessel__change_record(inside, domain->uuid, op, make_transient, NULL, how.deadline, err);
    if (!code)
        vessel__tell_kept(inside, call.record, false, true);
    return code;
}

/* ---- autostart ---- */

static int mark_autostart(VesselHost *host, const VesselDomainRecord *old, void *data,
                          VesselDomainRecord **changed, VesselJson **event, VesselError **err)
{
    const VesselOp *op = vessel__op(VESSEL_OP_DOMAIN_SET_AUTOSTART);
    bool autostart = *(int *)data != 0;
    int code = vessel__refuse_transient(old, op, err);
    if (code || old->autostart == autostart)
        return code;
    *changed = vessel__record_copy(old);
    (*changed)->autostart = autostart;
    *event =
        vessel__domain_event(host, "domain.changed", old->uuid, old->name, "autostart", op->name);
    return VESSEL_OK;
}

int vessel__domain_set_autostart(VesselDomain *domain, int autostart,
                                 const VesselDomainOptions *given, VesselError **err)
{
    const VesselOp *op = vessel__op(VESSEL_OP_DOMAIN_SET_AUTOSTART);
    VesselHow how = {0};
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__how_read(inside, given, &how, err);
    if (!code && autostart != 0 && autostart != 1)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "autostart is 1 or 0, not %d",
                            autostart);
    if (!code)
        code = vessel__refuse_readonly(inside, op, err);
    if (code)
        return code;
    return vessel__change_record(inside, domain->uuid, op, mark_autostart, &autostart, how.deadline,
                                 err);
}
