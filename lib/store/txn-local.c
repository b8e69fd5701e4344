/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a write transaction is in vessel.db. */
#include "store/internal.h"

/* Deletions that are remembered, so that other programs need not load all anew. */
#define REMOVED_KEPT 4096
#define PRUNE_EVERY 256

static int refuse_readonly(VesselStore *store, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_DENIED,
                 "nothing can be changed: %s is on a read-only filesystem",
                 store->places->state_dir);
    vessel__error_at(err, store->places->state_dir, 0, 0);
    vessel__error_hint(err, "mount it writable, then open the host again");
    return VESSEL_ERROR_DENIED;
}

static int take_write_lock(VesselTxn *txn, const char *operation, VesselDeadline deadline,
                           VesselError **err)
{
    VesselStore *store = txn->store;
    VesselHolder holder;
    vessel__holder_self(operation, &holder);
    int rc = vessel__slots_take(store->slots, SLOT_WRITE, &holder, deadline, err);
    txn->slot = rc >= 0;
    if (rc >= 0)
        rc = vessel__lock_take(store->runtime_dir, RUN_WRITE_LOCK, &holder, deadline,
                               &txn->write_lock, err);
    if (rc == VESSEL_ERROR_BUSY)
        vessel__error_prefix(err, "%s is being written", store->places->state_dir);
    return rc;
}

static int begin_immediate(VesselStore *store, VesselDeadline deadline, VesselError **err)
{
    VesselDb *db = store->db;
    db->deadline = deadline;
    int rc = vessel__db_durable(db, true, err);
    if (rc >= 0)
        rc = vessel__db_run(db, VESSEL__SQL_BEGIN_WRITE, err);
    if (rc == VESSEL_ERROR_BUSY) {
        g_autofree char *others = vessel__instances_others(store->instance);
        vessel__error_holder(err, others ? others : "a program that has not said who it is");
    }
    return rc;
}

/* Transient domains of another boot are not in the table, but their names are in the way. */
static int delete_stale_transients(VesselTxn *txn, VesselError **err)
{
    VesselDb *db = txn->store->db;
    g_autoptr(GPtrArray) uuids = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(sqlite3_stmt) rows = NULL;
    int rc = vessel__db_statement(db, VESSEL__SQL_STALE_TRANSIENTS, &rows, err);
    if (rc >= 0)
        vessel__db_bind_text(rows, 1, vessel__boot_id());
    while (rc >= 0 && (rc = vessel__db_step(db, rows, err)) > 0)
        g_ptr_array_add(uuids, g_strdup(vessel__db_text(rows, 0)));
    for (guint i = 0; rc >= 0 && i < uuids->len; i++) {
        rc = vessel__local_delete(txn, g_ptr_array_index(uuids, i), err);
        txn->generation++;
    }
    return rc;
}

/* With write.lock and db_mutex held. */
static int begin_locked(VesselTxn *txn, VesselDeadline deadline, VesselError **err)
{
    VesselStore *store = txn->store;
    pthread_mutex_lock(&store->table_mutex);
    int rc = store->db ? 0 : vessel__load(store, err); /* is there room by now? */
    pthread_mutex_unlock(&store->table_mutex);
    if (rc >= 0 && !store->db) {
        rc = vessel__fail(err, VESSEL_ERROR_NO_SPACE, "there is no space left in %s",
                          store->places->state_dir);
        vessel__error_at(err, store->places->state_dir, 0, 0);
        vessel__error_hint(err, "make room on that filesystem and try again");
    }
    if (rc >= 0)
        rc = begin_immediate(store, deadline, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->table_mutex);
    rc = vessel__follow(store, err); /* where the log ends goes into the outbox */
    if (rc >= 0 && !vessel__load_is_current(store))
        rc = vessel__load(store, err);
    pthread_mutex_unlock(&store->table_mutex);
    txn->generation = store->db->generation;
    if (rc >= 0 && !store->folders_swept)
        vessel__folders_sweep(store);
    if (rc >= 0)
        rc = vessel__outbox_recover(store, err);
    if (rc >= 0 && store->stale_transients)
        rc = delete_stale_transients(txn, err);
    return rc;
}

static void release_write_lock(VesselTxn *txn)
{
    vessel__lock_release(g_steal_pointer(&txn->write_lock));
    if (txn->slot)
        vessel__slots_release(txn->store->slots, SLOT_WRITE);
}

static void end(VesselTxn *txn)
{
    VesselStore *store = txn->store;
    if (store->db && !sqlite3_get_autocommit(store->db->handle)) {
        g_autoptr(VesselError) why = NULL;
        if (vessel__db_run(store->db, VESSEL__SQL_ROLLBACK, &why) < 0)
            vessel__store_warn(store, why, "a transaction cannot be rolled back");
    }
    pthread_mutex_unlock(&store->db_mutex);
    release_write_lock(txn);
}

int vessel__local_begin(VesselTxn *txn, const char *operation, VesselDeadline deadline,
                        VesselError **err)
{
    VesselStore *store = txn->store;
    int rc = store->readonly ? refuse_readonly(store, err) : vessel__local_need_runtime(store, err);
    if (rc >= 0)
        rc = take_write_lock(txn, operation, deadline, err);
    if (rc < 0) {
        release_write_lock(txn);
        return rc;
    }
    pthread_mutex_lock(&store->db_mutex);
    rc = begin_locked(txn, deadline, err);
    if (rc < 0)
        end(txn);
    return MIN(rc, 0);
}

static int put_name(VesselDb *db, const VesselDomainRecord *record, VesselError **err)
{
    g_autoptr(sqlite3_stmt) name = NULL;
    int rc = vessel__db_statement(db, VESSEL__SQL_PUT_NAME, &name, err);
    if (rc < 0)
        return rc;
    vessel__db_bind_text(name, 1, record->uuid);
    vessel__db_bind_text(name, 2, record->name);
    vessel__db_bind_text(name, 3, record->type);
    if (!record->persistent)
        vessel__db_bind_text(name, 4, vessel__boot_id());
    sqlite3_bind_int64(name, 5, (sqlite3_int64)record->generation);
    return vessel__db_step(db, name, err);
}

static int put_definition(VesselDb *db, const VesselDomainRecord *record, VesselError **err)
{
    g_autoptr(sqlite3_stmt) definition = NULL;
    int rc = vessel__db_statement(
        db, record->persistent ? VESSEL__SQL_PUT_DEFINITION : VESSEL__SQL_DELETE_DEFINITION,
        &definition, err);
    if (rc < 0)
        return rc;
    vessel__db_bind_text(definition, 1, record->uuid);
    if (record->persistent) {
        sqlite3_bind_int(definition, 2, record->autostart);
        vessel__db_bind_text(definition, 3, record->given ? record->given : "");
        vessel__db_bind_text(definition, 4, record->full ? record->full : "");
    }
    return vessel__db_step(db, definition, err);
}

int vessel__local_put(VesselTxn *txn, const VesselDomainRecord *record, VesselError **err)
{
    int rc = put_name(txn->store->db, record, err);
    return rc < 0 ? rc : put_definition(txn->store->db, record, err);
}

static int delete_by(VesselDb *db, VesselSql sql, const char *uuid, VesselError **err)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    int rc = vessel__db_statement(db, sql, &statement, err);
    if (rc < 0)
        return rc;
    vessel__db_bind_text(statement, 1, uuid);
    return vessel__db_step(db, statement, err);
}

static int forget_old_removals(VesselDb *db, uint64_t generation, VesselError **err)
{
    if (generation % PRUNE_EVERY != 0 || generation <= REMOVED_KEPT)
        return 0;
    g_autoptr(sqlite3_stmt) floor = NULL;
    g_autoptr(sqlite3_stmt) prune = NULL;
    int rc = vessel__db_statement(db, VESSEL__SQL_PRUNE_FLOOR, &floor, err);
    if (rc >= 0)
        rc = vessel__db_statement(db, VESSEL__SQL_PRUNE_REMOVED, &prune, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(floor, 1, (sqlite3_int64)(generation - REMOVED_KEPT));
    sqlite3_bind_int64(prune, 1, (sqlite3_int64)(generation - REMOVED_KEPT));
    rc = vessel__db_step(db, floor, err);
    return rc < 0 ? rc : vessel__db_step(db, prune, err);
}

int vessel__local_delete(VesselTxn *txn, const char *uuid, VesselError **err)
{
    VesselDb *db = txn->store->db;
    int rc = delete_by(db, VESSEL__SQL_DELETE_DEFINITION, uuid, err);
    if (rc >= 0)
        rc = delete_by(db, VESSEL__SQL_DELETE_NAME, uuid, err);
    if (rc < 0)
        return rc;
    g_autoptr(sqlite3_stmt) removed = NULL;
    rc = vessel__db_statement(db, VESSEL__SQL_ADD_REMOVED, &removed, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(removed, 1, (sqlite3_int64)(txn->generation + 1));
    vessel__db_bind_text(removed, 2, uuid);
    rc = vessel__db_step(db, removed, err);
    return rc < 0 ? rc : forget_old_removals(db, txn->generation + 1, err);
}

int vessel__local_set_fact(VesselTxn *txn, const char *name, const char *value, VesselError **err)
{
    VesselDb *db = txn->store->db;
    if (!value)
        return delete_by(db, VESSEL__SQL_DELETE_FACT, name, err);
    g_autoptr(sqlite3_stmt) fact = NULL;
    int rc = vessel__db_statement(db, VESSEL__SQL_SET_FACT, &fact, err);
    if (rc < 0)
        return rc;
    vessel__db_bind_text(fact, 1, name);
    vessel__db_bind_text(fact, 2, value);
    return vessel__db_step(db, fact, err);
}

int vessel__local_commit(VesselTxn *txn, VesselError **err)
{
    VesselStore *store = txn->store;
    int rc = vessel__db_run(store->db, VESSEL__SQL_COMMIT, err);
    if (rc >= 0) {
        vessel__outbox_move(txn);
        pthread_mutex_lock(&store->table_mutex);
        vessel__txn_apply(txn);
        /* Nobody else writes while we hold write.lock: this is what we have just made. */
        store->db->generation = txn->generation;
        vessel__db_read_header(store->db, store->db->loaded_header);
        store->stale_transients = false;
        pthread_mutex_unlock(&store->table_mutex);
    }
    end(txn);
    return rc;
}

void vessel__local_abort(VesselTxn *txn)
{
    end(txn);
}

int vessel__store_fact(VesselStore *store, const char *name, char **value, VesselError **err)
{
    *value = NULL;
    if (store->memory) {
        pthread_mutex_lock(&store->db_mutex);
        *value = g_strdup(g_hash_table_lookup(store->memory->facts, name));
        pthread_mutex_unlock(&store->db_mutex);
        return 0;
    }
    pthread_mutex_lock(&store->db_mutex);
    g_autoptr(VesselDb) alone = NULL; /* on a full disk */
    int rc = store->db
                 ? 0
                 : vessel__db_open(store->places->state_dir, VESSEL__DB_ALONE, &alone, NULL, err);
    VesselDb *db = store->db ? store->db : alone;
    if (rc >= 0) {
        db->deadline = vessel__deadline_after(VESSEL__STORE_PATIENCE_MS);
        g_autoptr(sqlite3_stmt) fact = NULL;
        rc = vessel__db_statement(db, VESSEL__SQL_FACT, &fact, err);
        if (rc >= 0) {
            vessel__db_bind_text(fact, 1, name);
            rc = vessel__db_step(db, fact, err);
        }
        if (rc > 0)
            *value = g_strdup(vessel__db_text(fact, 0));
    }
    pthread_mutex_unlock(&store->db_mutex);
    return MIN(rc, 0);
}
