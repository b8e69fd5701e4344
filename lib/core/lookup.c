/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is answered from memory: no operation lock is taken and no guest is asked. */
#include "base/words.h"
#include "core/domain.h"
#include "core/recover.h"
#include "core/states.h"

#define NEAREST_AMONG 1000 /* names looked at for "did you mean" */

/* ---- lists ---- */

#define LIST_ALL                                                                                   \
    (VESSEL_DOMAIN_LIST_ACTIVE | VESSEL_DOMAIN_LIST_INACTIVE | VESSEL_DOMAIN_LIST_PERSISTENT |     \
     VESSEL_DOMAIN_LIST_TRANSIENT | VESSEL_DOMAIN_LIST_RUNNING | VESSEL_DOMAIN_LIST_PAUSED |       \
     VESSEL_DOMAIN_LIST_SHUT_OFF | VESSEL_DOMAIN_LIST_OTHER | VESSEL_DOMAIN_LIST_AUTOSTART |       \
     VESSEL_DOMAIN_LIST_NO_AUTOSTART)

static uint32_t bits_of(const VesselDomainRecord *record, int state)
{
    uint32_t bits =
        record->persistent ? VESSEL_DOMAIN_LIST_PERSISTENT : VESSEL_DOMAIN_LIST_TRANSIENT;
    bits |= record->autostart ? VESSEL_DOMAIN_LIST_AUTOSTART : VESSEL_DOMAIN_LIST_NO_AUTOSTART;
    bits |=
        state == VESSEL_DOMAIN_SHUT_OFF ? VESSEL_DOMAIN_LIST_INACTIVE : VESSEL_DOMAIN_LIST_ACTIVE;
    bits |= state == VESSEL_DOMAIN_RUNNING    ? VESSEL_DOMAIN_LIST_RUNNING
            : state == VESSEL_DOMAIN_PAUSED   ? VESSEL_DOMAIN_LIST_PAUSED
            : state == VESSEL_DOMAIN_SHUT_OFF ? VESSEL_DOMAIN_LIST_SHUT_OFF
                                              : VESSEL_DOMAIN_LIST_OTHER;
    return bits;
}

bool vessel__list_wants(uint32_t flags, const VesselDomainRecord *record, int state)
{
    static const uint32_t groups[] = {
        VESSEL_DOMAIN_LIST_ACTIVE | VESSEL_DOMAIN_LIST_INACTIVE,
        VESSEL_DOMAIN_LIST_PERSISTENT | VESSEL_DOMAIN_LIST_TRANSIENT,
        VESSEL_DOMAIN_LIST_RUNNING | VESSEL_DOMAIN_LIST_PAUSED | VESSEL_DOMAIN_LIST_SHUT_OFF |
            VESSEL_DOMAIN_LIST_OTHER,
        VESSEL_DOMAIN_LIST_AUTOSTART | VESSEL_DOMAIN_LIST_NO_AUTOSTART,
    };
    uint32_t bits = flags ? bits_of(record, state) : 0;
    for (guint i = 0; flags && i < G_N_ELEMENTS(groups); i++) {
        if ((flags & groups[i]) && !(flags & groups[i] & bits))
            return false;
    }
    return true;
}

int vessel__list_check(uint32_t flags, VesselError **err)
{
    return vessel__flags_check(flags, LIST_ALL, "flags", err);
}

int vessel__domain_list(VesselHost *host, uint32_t flags, VesselDomain ***domains, size_t *count,
                        VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(GPtrArray) lives = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(domains != NULL, "domains", err);
    if (!code)
        code = vessel__list_check(flags, err);
    if (!code)
        code = vessel__store_snapshot(host->store, &records, &lives, NULL, NULL, err);
    if (code)
        return code;
    VesselDomain **list = g_try_new(VesselDomain *, records->len + 1);
    VesselDomainBlock *block = list ? vessel__domain_block_new(host, records->len) : NULL;
    if (!block) {
        g_free(list);
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "no memory for %u domains",
                            records->len);
    }
    size_t n = 0;
    for (guint i = 0; i < records->len; i++) {
        VesselDomainRecord *record = records->pdata[i];
        g_auto(VesselNow) now = {0};
        vessel__now(host, record, lives->pdata[i], &now);
        if (vessel__is_leftover(host, record, &now))
            vessel__sweep_transient_kick(host, record->uuid);
        else if (vessel__list_wants(flags, record, now.state))
            list[n++] = vessel__domain_block_add(block, record->uuid);
    }
    vessel__domain_block_done(block);
    list[n] = NULL;
    *domains = list;
    if (count)
        *count = n;
    return VESSEL_OK;
}

/* ---- look-ups ---- */

static bool is_there(VesselHost *host, VesselDomainRecord *record)
{
    g_auto(VesselNow) now = {0};
    if (record->persistent)
        return true;
    g_autoptr(VesselLive) live = vessel__store_live(host->store, record->uuid);
    vessel__now(host, record, live, &now);
    if (!vessel__is_leftover(host, record, &now))
        return true;
    vessel__sweep_transient_kick(host, record->uuid);
    return false;
}

static int fail_name(VesselHost *host, const char *name, VesselError **err)
{
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no domain \"%s\"", name);
    if (!err || vessel__store_snapshot(host->store, &records, NULL, NULL, NULL, NULL))
        return VESSEL_ERROR_NOT_FOUND;
    for (guint i = 0; i < MIN(records->len, NEAREST_AMONG); i++)
        g_ptr_array_add(words, ((VesselDomainRecord *)records->pdata[i])->name);
    g_ptr_array_add(words, NULL);
    const char *nearest = vessel__word_nearest((VesselWords)words->pdata, name);
    if (nearest)
        vessel__error_hint(err, "did you mean \"%s\"?", nearest);
    return VESSEL_ERROR_NOT_FOUND;
}

int vessel__domain_lookup_by_name(VesselHost *host, const char *name, VesselDomain **result,
                                  VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselError) error = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(name != NULL, "name", err);
    if (!code)
        code = vessel__need(result != NULL, "result", err);
    if (code)
        return code;
    g_autoptr(VesselDomainRecord) record = vessel__store_find_name(host->store, name, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (!record || !is_there(host, record))
        return fail_name(host, name, err);
    *result = vessel__domain_new(host, record->uuid);
    return VESSEL_OK;
}

int vessel__domain_lookup_by_uuid(VesselHost *host, const char *text, VesselDomain **result,
                                  VesselError **err)
{
    char uuid[VESSEL__UUID_SIZE];
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselError) error = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(text != NULL, "uuid", err);
    if (!code)
        code = vessel__need(result != NULL, "result", err);
    if (code)
        return code;
    if (!vessel__uuid_parse(text, uuid))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" is not a UUID", text);
    g_autoptr(VesselDomainRecord) record = vessel__store_find_uuid(host->store, uuid, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (!record || !is_there(host, record))
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no domain %s", uuid);
    *result = vessel__domain_new(host, uuid);
    return VESSEL_OK;
}

int vessel__domain_lookup_by_id(VesselHost *host, int id, VesselDomain **result, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselError) error = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(result != NULL, "result", err);
    if (code)
        return code;
    g_autoptr(VesselDomainRecord) record = vessel__store_find_id(host->store, id, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (record) {
        g_autoptr(VesselLive) live = vessel__store_live(host->store, record->uuid);
        vessel__now(host, record, live, &now);
    }
    if (!record || now.id != id || id < 0)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "no domain runs with id %d", id);
    *result = vessel__domain_new(host, record->uuid);
    return VESSEL_OK;
}

/* ---- facts of one ---- */

int vessel__domain_name(VesselDomain *domain, char **name, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(name != NULL, "name", err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (!code)
        *name = g_strdup(record->name);
    return code;
}

int vessel__domain_id(VesselDomain *domain, int *id, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(id != NULL, "id", err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (!code)
        *id = now.id;
    return code;
}

int vessel__domain_state(VesselDomain *domain, char **reason, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (code)
        return code;
    if (reason)
        *reason = g_strdup(now.reason);
    return now.state;
}

/* ---- definitions ---- */

/* The one that was asked for: in force, or of the next start. */
static int pick(VesselHost *host, VesselDomainRecord *record, const VesselNow *now, bool inactive,
                VesselDefinition **definition, VesselError **err)
{
    if (now->state != VESSEL_DOMAIN_SHUT_OFF && !inactive)
        return vessel__in_force(host, record->uuid, definition, err);
    VesselDefinition *next = vessel__definition_of(record);
    if (!record->persistent || !next) {
        /* A transient one that is being started, too: its text is on the way to the warden. */
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE,
                            "domain \"%s\" is transient: it has no definition of a next start",
                            record->name);
    }
    *definition = vessel__definition_ref(next);
    return VESSEL_OK;
}

static int given(const VesselDomainRecord *record, char **text, VesselError **err)
{
    if (!record->given)
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE,
                            "domain \"%s\" is transient: its text is not kept", record->name);
    *text = g_strdup(record->given);
    return VESSEL_OK;
}

static char *format(const VesselDomainDef *def, const char *name, uint32_t flags,
                    const VesselNow *now)
{
    unsigned how = 0;
    g_autoptr(VesselDomainDef) live = NULL;
    if (flags & VESSEL_DOMAIN_XML_SECURE)
        how |= VESSEL_FORMAT_SECRET;
    if (now->state != VESSEL_DOMAIN_SHUT_OFF && !(flags & VESSEL_DOMAIN_XML_INACTIVE)) {
        how |= VESSEL_FORMAT_RUNTIME;
        live = vessel__domain_def_copy(def);
        g_free(live->name);
        live->name = g_strdup(name); /* it may just have been renamed */
        live->id = (VesselNumber){(uint64_t)now->id, now->id >= 0};
        def = live;
    }
    if (!(flags & VESSEL_DOMAIN_XML_JSON))
        return vessel__domain_def_format_xml(def, how);
    g_autoptr(VesselJson) json = vessel__domain_def_format_json(def, how);
    return vessel__json_format(json, true);
}

int vessel__domain_xml(VesselDomain *domain, uint32_t flags, char **xml, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_autoptr(VesselDefinition) definition = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(xml != NULL, "xml", err);
    if (!code)
        code = vessel__flags_check(flags,
                                   VESSEL_DOMAIN_XML_INACTIVE | VESSEL_DOMAIN_XML_SECURE |
                                       VESSEL_DOMAIN_XML_GIVEN | VESSEL_DOMAIN_XML_JSON,
                                   "flags", err);
    if (!code && (flags & VESSEL_DOMAIN_XML_GIVEN) && (flags & VESSEL_DOMAIN_XML_JSON))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the text as it was given is not converted: ask for GIVEN or JSON");
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (code)
        return code;
    if (flags & VESSEL_DOMAIN_XML_GIVEN)
        return given(record, xml, err);
    code = pick(inside, record, &now, flags & VESSEL_DOMAIN_XML_INACTIVE, &definition, err);
    if (code)
        return code;
    /* What cannot be read as a definition is still shown as it is stored. */
    if (!definition->def && !(flags & VESSEL_DOMAIN_XML_JSON)) {
        *xml = g_strdup(record->full);
        return VESSEL_OK;
    }
    if (!definition->def)
        return vessel__error_steal(err, vessel__error_copy(definition->problem));
    *xml = format(definition->def, record->name, flags, &now);
    return VESSEL_OK;
}
