/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Write transactions: who may have a name, what changes, and the events that tell of it. Between
 * begin and commit the store's db_mutex is held, and for a local root its write.lock. */
#include "store/internal.h"

#include "base/words.h"
#include <vessel/domain.h>

static void change_free(void *data)
{
    VesselChange *change = data;
    vessel__record_unref(change->record);
    g_free(change);
}

static void event_free(void *json)
{
    vessel__json_free(json);
}

static void txn_free(VesselTxn *txn)
{
    g_ptr_array_unref(txn->changes);
    g_ptr_array_unref(txn->events);
    if (txn->facts)
        g_hash_table_unref(txn->facts);
    g_free(txn);
}

int vessel__txn_begin(VesselStore *store, const char *operation, VesselDeadline deadline,
                      VesselTxn **result, VesselError **err)
{
    *result = NULL;
    VesselTxn *txn = g_new0(VesselTxn, 1);
    txn->store = store;
    txn->changes = g_ptr_array_new_with_free_func(change_free);
    txn->events = g_ptr_array_new_with_free_func(event_free);
    if (store->memory) {
        pthread_mutex_lock(&store->db_mutex);
        txn->generation = store->memory->generation;
    } else {
        int rc = vessel__local_begin(txn, operation, deadline, err);
        if (rc < 0) {
            txn_free(txn);
            return rc;
        }
    }
    *result = txn;
    return 0;
}

static void note_change(VesselTxn *txn, const char *uuid, VesselDomainRecord *record)
{
    VesselChange *change = g_new0(VesselChange, 1);
    g_strlcpy(change->uuid, uuid, sizeof change->uuid);
    change->record = record;
    g_ptr_array_add(txn->changes, change);
}

/* ---- who has it now, with what this transaction has done so far ---- */

/* The newest change of that domain, or NULL. */
static const VesselChange *change_of(const VesselTxn *txn, const char *uuid)
{
    for (guint i = txn->changes->len; i-- > 0;) {
        const VesselChange *change = g_ptr_array_index(txn->changes, i);
        if (strcmp(change->uuid, uuid) == 0)
            return change;
    }
    return NULL;
}

static VesselDomainRecord *owner_of_name(const VesselTxn *txn, const char *name)
{
    for (guint i = txn->changes->len; i-- > 0;) {
        const VesselChange *change = g_ptr_array_index(txn->changes, i);
        if (change->record && strcmp(change->record->name, name) == 0 &&
            change_of(txn, change->uuid) == change)
            return vessel__record_ref(change->record);
    }
    VesselDomainRecord *owner = NULL;
    pthread_mutex_lock(&txn->store->table_mutex);
    const VesselEntry *entry = vessel__table_by_name(txn->store->table, name);
    if (entry && !change_of(txn, entry->uuid))
        owner = vessel__record_ref(entry->record);
    pthread_mutex_unlock(&txn->store->table_mutex);
    return owner;
}

static bool exists(const VesselTxn *txn, const char *uuid)
{
    const VesselChange *change = change_of(txn, uuid);
    if (change)
        return change->record != NULL;
    pthread_mutex_lock(&txn->store->table_mutex);
    const VesselEntry *entry = vessel__table_by_uuid(txn->store->table, uuid);
    bool found = entry && entry->record;
    pthread_mutex_unlock(&txn->store->table_mutex);
    return found;
}

/* Nobody is at work on it, no warden looks after it, and its guest is gone. */
static bool is_dead(VesselStore *store, const char *uuid)
{
    g_autoptr(VesselLive) live = vessel__store_live(store, uuid);
    bool off = !live || live->state == VESSEL_DOMAIN_SHUT_OFF;
    if (store->memory)
        return off && !vessel__slots_peek(store->slots, uuid, NULL);
    g_autofree char *op = g_build_filename(RUN_DOMAINS, uuid, VESSEL__RUN_OP_LOCK, NULL);
    g_autofree char *warden = g_build_filename(RUN_DOMAINS, uuid, VESSEL__RUN_WARDEN_LOCK, NULL);
    return vessel__lock_peek(store->runtime_dir, op, NULL, NULL) == 0 &&
           vessel__lock_peek(store->runtime_dir, warden, NULL, NULL) == 0 &&
           (off || !vessel__process_alive(&live->guest));
}

static int clear_name(VesselTxn *txn, const VesselDomainRecord *record, VesselError **err)
{
    g_autoptr(VesselDomainRecord) owner = owner_of_name(txn, record->name);
    if (!owner || strcmp(owner->uuid, record->uuid) == 0)
        return 0;
    if (!owner->persistent && is_dead(txn->store, owner->uuid))
        return vessel__txn_delete_domain(txn, owner->uuid, err);
    vessel__fail(err, VESSEL_ERROR_EXISTS, "the name \"%s\" is taken by the domain with UUID %s",
                 owner->name, owner->uuid);
    vessel__error_hint(err, "choose another name, or give that UUID to redefine the domain");
    return VESSEL_ERROR_EXISTS;
}

/* ---- changes ---- */

int vessel__txn_put_domain(VesselTxn *txn, VesselDomainRecord *given, VesselError **err)
{
    int rc = clear_name(txn, given, err);
    if (rc < 0)
        return rc;
    g_autoptr(VesselDomainRecord) record =
        given->generation ? vessel__record_copy(given) : vessel__record_ref(given);
    record->generation = txn->generation + 1;
    rc = txn->store->memory ? 0 : vessel__local_put(txn, record, err);
    if (rc < 0)
        return rc;
    txn->generation++;
    char uuid[VESSEL__UUID_SIZE];
    g_strlcpy(uuid, record->uuid, sizeof uuid);
    note_change(txn, uuid, g_steal_pointer(&record));
    return 0;
}

int vessel__txn_delete_domain(VesselTxn *txn, const char *uuid, VesselError **err)
{
    if (!exists(txn, uuid))
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no domain with UUID %s", uuid);
    int rc = txn->store->memory ? 0 : vessel__local_delete(txn, uuid, err);
    if (rc < 0)
        return rc;
    txn->generation++;
    note_change(txn, uuid, NULL);
    return 0;
}

int vessel__txn_event(VesselTxn *txn, const VesselJson *event, VesselError **err)
{
    VesselJson *copy = vessel__json_copy(event);
    if (!vessel__json_get(copy, "time")) {
        char time[32];
        vessel__time_format(vessel__realtime_us(), time);
        vessel__json_set_string(copy, "time", time);
    }
    if (txn->store->memory) {
        g_ptr_array_add(txn->events, copy);
        return 0;
    }
    return vessel__outbox_add(txn, copy, err);
}

int vessel__txn_set_fact(VesselTxn *txn, const char *name, const char *value, VesselError **err)
{
    if (!txn->store->memory)
        return vessel__local_set_fact(txn, name, value, err);
    if (!txn->facts)
        txn->facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_replace(txn->facts, g_strdup(name), g_strdup(value));
    return 0;
}

void vessel__txn_apply(VesselTxn *txn)
{
    for (guint i = 0; i < txn->changes->len; i++) {
        const VesselChange *change = g_ptr_array_index(txn->changes, i);
        if (change->record)
            vessel__table_put(txn->store->table, change->record);
        else
            vessel__table_remove(txn->store->table, change->uuid);
    }
}

int vessel__txn_commit(VesselTxn *txn, VesselError **err)
{
    int rc = 0;
    if (txn->store->memory) {
        vessel__memory_commit(txn);
        pthread_mutex_unlock(&txn->store->db_mutex);
    } else {
        rc = vessel__local_commit(txn, err);
    }
    txn_free(txn);
    return rc;
}

void vessel__txn_abort(VesselTxn *txn)
{
    if (!txn)
        return;
    if (txn->store->memory)
        pthread_mutex_unlock(&txn->store->db_mutex);
    else
        vessel__local_abort(txn);
    txn_free(txn);
}
