/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's name is in the store; its log, its definition in force, its state.json and its warden
 * follow. A program that is killed between leaves some of them behind: whoever uses the domain next
 * finds that its state.json has another name than the store, and brings all of them up to date. */
#include "core/rename.h"
#include "core/dispatch.h"
#include "core/domain.h"

#define TELL_MS 250 /* for a warden that is told in passing */
#define KICK_MS 50

/* A name is right if a definition with it is read back as it was. */
static int check_name(const char *name, VesselError **err)
{
    g_autofree char *escaped = g_markup_escape_text(name, -1);
    g_autofree char *xml = g_strdup_printf("<domain type='auto'><name>%s</name></domain>", escaped);
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselDomainDef) def = NULL;
    vessel__domain_def_parse(xml, strlen(xml), VESSEL_PARSE_STORED, &def, problems, NULL);
    for (guint i = 0; i < vessel__problems_count(problems); i++) {
        const VesselError *problem = vessel__problems_get(problems, i);
        if (problem && (!def || g_strcmp0(vessel_error_path(problem), "/domain/name") == 0))
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s",
                                vessel_error_message(problem));
    }
    if (!def || g_strcmp0(def->name, name) != 0)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" can be no name", name);
    return VESSEL_OK;
}

static int give_name(VesselHost *host, const VesselDomainRecord *old, void *data,
                     VesselDomainRecord **changed, VesselJson **event, VesselError **err)
{
    const char *name = data;
    VesselDefinition *definition = vessel__definition_of((VesselDomainRecord *)old);
    if (!definition || !definition->def)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT,
                            "the stored definition of \"%s\" cannot be read", old->name);
    VesselDomainDef *def = vessel__domain_def_copy(definition->def);
    g_free(def->name);
    def->name = g_strdup(name);
    *changed = vessel__record_with(old, def);
    *event =
        vessel__domain_event(host, "domain.renamed", old->uuid, name, "renamed", "domain_rename");
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(detail, "from", old->name);
    vessel__json_set_string(detail, "to", name);
    vessel__json_set(*event, "detail", detail);
    return VESSEL_OK;
}

/* ---- what follows ---- */

static const char *live_name(const VesselNow *now, const char *otherwise)
{
    return now->live ? vessel__json_get_string(now->live->json, "name", otherwise) : otherwise;
}

/* Somebody may have taken the old name since, and its log with it. */
static void follow_log(VesselHost *host, const char *old_name, const char *name)
{
    g_autoptr(VesselError) error = NULL;
    g_autoptr(VesselDomainRecord) other = vessel__store_find_name(host->store, old_name, &error);
    if (!other && !error)
        vessel__store_log_rename(host->store, old_name, name, NULL);
}

/* Without a warden: whoever holds warden.lock writes its records. */
static int follow_record(VesselCall *call, const char *name, VesselError **err)
{
    VesselStore *store = call->host->store;
    const char *uuid = call->record->uuid;
    vessel_autofd int dir = -1;
    g_autoptr(VesselLock) lock = NULL;
    VesselHolder holder;
    int code = vessel__store_folder(store, uuid, &dir, err);
    if (!code && dir >= 0) {
        vessel__host_author(call->host, "domain_rename", &holder);
        code = vessel__lock_take(dir, VESSEL__RUN_WARDEN_LOCK, &holder, vessel__deadline_after(0),
                                 &lock, err);
    }
    g_autoptr(VesselLive) live = code ? NULL : vessel__store_live(store, uuid);
    if (!live || (live->warden.pid && dir >= 0))
        return code;
    g_autoptr(VesselJson) json = vessel__json_copy(live->json);
    vessel__json_set_string(json, "name", name);
    return vessel__store_set_live(store, uuid, json, err);
}

static int follow_in_force(VesselCall *call, const char *name, VesselError **err)
{
    if (!call->definition || !call->definition->def)
        return VESSEL_OK;
    g_autoptr(VesselDomainDef) def = vessel__domain_def_copy(call->definition->def);
    g_free(def->name);
    def->name = g_strdup(name);
    g_clear_pointer(&call->definition, vessel__definition_unref);
    call->guest.def = NULL;
    return vessel__in_force_set(call->host, call->record->uuid, call->folder, def, err);
}

/* The operation lock stays here: the warden does it at once, and the call goes on. */
static int tell_driver(VesselCall *call, const char *name, VesselDeadline deadline,
                       VesselError **err)
{
    VesselOperation operation = call->operation;
    VesselGuest guest = call->guest;
    if (!vessel_driver_has(call->driver, lifecycle, renamed))
        return VESSEL_OK;
    operation.name = "domain_rename";
    operation.op_lock_fd = -1;
    operation.deadline = deadline;
    guest.operation = &operation;
    return call->driver->lifecycle->renamed(&guest, name, err);
}

static int follow(VesselCall *call, const char *old_name, const char *name, VesselDeadline deadline,
                  VesselError **err)
{
    bool off = call->now.state == VESSEL_DOMAIN_SHUT_OFF;
    follow_log(call->host, old_name, name);
    if (off || (call->driver && call->driver->truth == VESSEL_TRUTH_PROCESS)) {
        int code = follow_record(call, name, err);
        if (code || off)
            return code == VESSEL_ERROR_BUSY ? VESSEL_OK : code; /* its warden is still leaving */
    }
    if (!call->driver)
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "this build has not the driver that it runs by");
    int code = vessel__call_guest(call, err);
    if (!code)
        code = follow_in_force(call, name, err);
    return code ? code : tell_driver(call, name, deadline, err);
}

void vessel__rename_catch_up(VesselCall *call)
{
    const char *name = call->record->name;
    g_autofree char *old_name = g_strdup(live_name(&call->now, name));
    g_autoptr(VesselError) error = NULL;
    if (g_str_equal(old_name, name) || !call->driver)
        return;
    VesselDeadline deadline =
        vessel__deadline_min(MAX(call->operation.deadline, vessel__deadline_after(KICK_MS)),
                             vessel__deadline_after(TELL_MS));
    if (follow(call, old_name, name, deadline, &error))
        vessel_log(call->host->log, VESSEL__LOG_WARNING, "rename",
                   "\"%s\" was renamed to \"%s\", and what runs of it still has the old name: %s",
                   old_name, name, vessel_error_message(error));
}

void vessel__rename_kick(VesselHost *host, const VesselDomainRecord *record, const VesselNow *now)
{
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    VesselHow at_once = {.deadline = vessel__now_ms()};
    if (g_str_equal(live_name(now, record->name), record->name) ||
        vessel__store_is_readonly(host->store) || !vessel__entry_may_kick(host, record->uuid))
        return;
    /* The way in does it. Whoever renames it right now has the lock. */
    vessel__call_begin(&call, host, record->uuid, vessel__op(VESSEL_OP_DOMAIN_RENAME), &at_once,
                       NULL);
}

/* ---- the operation ---- */

int vessel__domain_rename(VesselDomain *domain, const char *name, const VesselDomainOptions *given,
                          VesselError **err)
{
    const VesselOp *op = vessel__op(VESSEL_OP_DOMAIN_RENAME);
    VesselHow how = {0};
    vessel_inside VesselHost *inside = NULL;
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(name != NULL, "name", err);
    if (!code)
        code = check_name(name, err);
    if (!code)
        code = vessel__how_read(inside, given, &how, err);
    if (code)
        return code;
    code = vessel__call_begin(&call, inside, domain->uuid, op, &how, err);
    if (!code)
        code = vessel__refuse_transient(call.record, op, err);
    if (code || g_str_equal(call.record->name, name))
        return code;
    code =
        vessel__change_record(inside, domain->uuid, op, give_name, (void *)name, how.deadline, err);
    if (code)
        return code;
    code = follow(&call, call.record->name, name, how.deadline, err);
    if (code) {
        vessel__error_outcome(err, VESSEL_OUTCOME_DONE);
        vessel__error_prefix(err, "domain \"%s\" was renamed, but its warden was not told",
                             call.record->name);
    }
    return code;
}
