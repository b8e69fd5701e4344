/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Title, description and metadata: what no device notices, of the definition in force, of the next
 * start's, or of both. */
#include "core/dispatch.h"
#include "core/domain.h"
#include "model/edit.h"

typedef struct {
    int kind;
    const char *text, *prefix, *uri;
} Edit;

static const char *kind_word(int kind)
{
    return kind == VESSEL_DOMAIN_METADATA_TITLE         ? "title"
           : kind == VESSEL_DOMAIN_METADATA_DESCRIPTION ? "description"
                                                        : "metadata";
}

static int check_kind(int kind, const char *uri, VesselError **err)
{
    if (kind < VESSEL_DOMAIN_METADATA_TITLE || kind > VESSEL_DOMAIN_METADATA_ELEMENT)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "there is no metadata of kind %d",
                            kind);
    if (kind == VESSEL_DOMAIN_METADATA_ELEMENT && (!uri || !*uri))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "metadata needs the URI of its namespace");
    if (kind != VESSEL_DOMAIN_METADATA_ELEMENT && uri)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "a %s has no namespace: uri is for elements", kind_word(kind));
    return VESSEL_OK;
}

static void set_text(char **member, const char *text)
{
    g_free(*member);
    *member = text && *text ? g_strdup(text) : NULL;
}

/* A copy of @old with the change. */
static int edit_def(const VesselDomainDef *old, const Edit *edit, VesselDomainDef **result,
                    VesselError **err)
{
    g_autoptr(VesselDomainDef) def = vessel__domain_def_copy(old);
    if (edit->kind == VESSEL_DOMAIN_METADATA_TITLE) {
        if (edit->text && strpbrk(edit->text, "\r\n"))
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "a title is one line");
        set_text(&def->title, edit->text);
    } else if (edit->kind == VESSEL_DOMAIN_METADATA_DESCRIPTION) {
        set_text(&def->description, edit->text);
    } else {
        char *inner = NULL;
        int code = vessel__metadata_replace(def->metadata, edit->uri, edit->prefix, edit->text,
                                            &inner, err);
        if (code)
            return code;
        g_free(def->metadata);
        def->metadata = inner;
    }
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    vessel__domain_def_check(def, problems);
    *result = g_steal_pointer(&def);
    return vessel__problems_to_error(problems, "the definition", err);
}

static VesselJson *changed_event(VesselCall *call, const Edit *edit, const char *which)
{
    VesselJson *event =
        vessel__domain_event(call->host, "domain.changed", call->record->uuid, call->record->name,
                             kind_word(edit->kind), call->op->name);
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(detail, "definition", which);
    vessel__json_set(event, "detail", detail);
    return event;
}

/* ---- the next start's ---- */

static int put_next(VesselCall *call, const Edit *edit, VesselTxn *txn, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    VesselDomainDef *def = NULL;
    g_autoptr(VesselDomainRecord) old =
        vessel__store_find_uuid(call->host->store, call->record->uuid, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    VesselDefinition *definition = old ? vessel__definition_of(old) : NULL;
    if (!definition)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "domain \"%s\" has no definition any more",
                            call->record->name);
    if (!definition->def)
        return vessel__error_steal(err, vessel__error_copy(definition->problem));
    int code = edit_def(definition->def, edit, &def, err);
    if (code) {
        vessel__domain_def_free(def);
        return code;
    }
    g_autoptr(VesselDomainRecord) record = vessel__record_with(old, def);
    g_autoptr(VesselJson) event = changed_event(call, edit, "next");
    code = vessel__txn_put_domain(txn, record, err);
    return code ? code : vessel__txn_event(txn, event, err);
}

static int change_next(VesselCall *call, const Edit *edit, VesselError **err)
{
    VesselTxn *txn = NULL;
    int code =
        vessel__txn_begin(call->host->store, call->op->name, call->operation.deadline, &txn, err);
    if (code)
        return code;
    code = put_next(call, edit, txn, err);
    if (!code)
        return vessel__txn_commit(txn, err);
    vessel__txn_abort(txn);
    return code;
}

/* ---- the one in force ---- */

static int change_live(VesselCall *call, const Edit *edit, VesselError **err)
{
    g_autoptr(VesselDomainDef) def = NULL;
    if (!call->driver || !vessel_driver_has(call->driver, lifecycle, definition_changed))
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "the driver of \"%s\" cannot change the definition in force",
                            call->record->name);
    int code = vessel__call_guest(call, err);
    if (!code && !(call->definition && call->definition->def))
        code = vessel__fail(err, VESSEL_ERROR_CORRUPT,
                            "the definition in force of \"%s\" cannot be read", call->record->name);
    if (!code)
        code = edit_def(call->definition->def, edit, &def, err);
    if (code)
        return code;
    g_autofree char *xml =
        vessel__domain_def_format_xml(def, VESSEL_FORMAT_SECRET | VESSEL_FORMAT_RUNTIME);
    code =
        call->driver->lifecycle->definition_changed(&call->guest, xml, kind_word(edit->kind), err);
    if (code || call->driver->truth != VESSEL_TRUTH_PROCESS)
        return code;
    code = vessel__in_force_set(call->host, call->record->uuid, call->folder, def, err);
    if (code)
        return code;
    g_autoptr(VesselJson) event = changed_event(call, edit, "live");
    return vessel__store_event(call->host->store, event, NULL, err);
}

int vessel__settle_affect(const VesselDomainRecord *record, int state, uint32_t *affect,
                          VesselError **err)
{
    bool active = state != VESSEL_DOMAIN_SHUT_OFF;
    if (!*affect)
        *affect = active ? VESSEL_DOMAIN_AFFECT_LIVE : VESSEL_DOMAIN_AFFECT_NEXT;
    if (!active && (*affect & VESSEL_DOMAIN_AFFECT_LIVE))
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE,
                            "domain \"%s\" is shut off: it has no definition in force",
                            record->name);
    if (!record->persistent && (*affect & VESSEL_DOMAIN_AFFECT_NEXT))
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE,
                            "domain \"%s\" is transient: it has no definition of a next start",
                            record->name);
    return VESSEL_OK;
}

int vessel__domain_set_metadata(VesselDomain *domain, int kind, const char *text,
                                const char *prefix, const char *uri,
                                const VesselDomainMetadataOptions *given, VesselError **err)
{
    VesselDomainMetadataOptions options = VESSEL_DOMAIN_METADATA_OPTIONS_INIT;
    Edit edit = {kind, text, prefix, uri};
    vessel_inside VesselHost *inside = NULL;
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = check_kind(kind, uri, err);
    if (!code && kind != VESSEL_DOMAIN_METADATA_ELEMENT && prefix)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "a %s has no namespace: prefix is for elements", kind_word(kind));
    if (!code && kind != VESSEL_DOMAIN_METADATA_ELEMENT && text)
        code = vessel__metadata_check_text(text, kind_word(kind), err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = vessel__flags_check(
            options.flags, VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT, "flags", err);
    if (code)
        return code;
    VesselHow how = {.deadline = vessel__host_deadline(inside, options.timeout_ms)};
    code = vessel__call_begin(&call, inside, domain->uuid,
                              vessel__op(VESSEL_OP_DOMAIN_SET_METADATA), &how, err);
    if (!code)
        code = vessel__settle_affect(call.record, call.now.state, &options.flags, err);
    if (!code && (options.flags & VESSEL_DOMAIN_AFFECT_NEXT))
        code = change_next(&call, &edit, err);
    if (!code && (options.flags & VESSEL_DOMAIN_AFFECT_LIVE))
        code = change_live(&call, &edit, err);
    return code;
}

/* ---- reading ---- */

static int read_def(const VesselDomainDef *def, int kind, const char *uri, char **text,
                    VesselError **err)
{
    const char *value = kind == VESSEL_DOMAIN_METADATA_TITLE ? def->title : def->description;
    if (kind == VESSEL_DOMAIN_METADATA_ELEMENT) {
        int found = vessel__metadata_find(def->metadata, uri, text, err);
        if (found)
            return found > 0 ? VESSEL_OK : found;
        value = NULL;
    }
    if (!value)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "domain \"%s\" has no %s%s%s", def->name,
                            kind_word(kind), uri ? " of " : "", uri ? uri : "");
    *text = g_strdup(value);
    return VESSEL_OK;
}

int vessel__domain_metadata(VesselDomain *domain, int kind, const char *uri, uint32_t affect,
                            char **text, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_autoptr(VesselDefinition) definition = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = check_kind(kind, uri, err);
    if (!code)
        code = vessel__need(text != NULL, "text", err);
    if (!code && affect > VESSEL_DOMAIN_AFFECT_NEXT)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "affect is CURRENT, LIVE or NEXT, one of them");
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (!code)
        code = vessel__settle_affect(record, now.state, &affect, err);
    if (code)
        return code;
    if (affect & VESSEL_DOMAIN_AFFECT_LIVE) {
        code = vessel__in_force(inside, record->uuid, &definition, err);
    } else if (vessel__definition_of(record)) {
        definition = vessel__definition_ref(vessel__definition_of(record));
    }
    if (code)
        return code;
    if (!definition || !definition->def)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "the definition of \"%s\" cannot be read",
                            record->name);
    return read_def(definition->def, kind, uri, text, err);
}
