/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel.db -> table: all of it once, then what changed since. */
#include "store/internal.h"

#include "base/words.h"

/* Columns of VESSEL__SQL_LOAD_*. */
enum { UUID, GENERATION, NAME, TYPE, BOOT, AUTOSTART, GIVEN, FILLED };

bool vessel__load_is_current(const VesselStore *store)
{
    return store->loaded && store->db && vessel__db_unchanged(store->db);
}

static VesselDomainRecord *row_to_record(sqlite3_stmt *row)
{
    VesselDomainRecord *record = vessel__record_new(
        vessel__db_text(row, UUID), vessel__db_text(row, NAME), vessel__db_text(row, TYPE));
    record->generation = (uint64_t)sqlite3_column_int64(row, GENERATION);
    record->persistent = sqlite3_column_type(row, BOOT) == SQLITE_NULL;
    record->autostart = record->persistent && sqlite3_column_int(row, AUTOSTART);
    if (record->persistent) {
        record->given = g_strdup(vessel__db_text(row, GIVEN));
        record->full = g_strdup(vessel__db_text(row, FILLED));
    }
    return record;
}

/* A row that no version of ours wrote. */
static int check_row(VesselDb *db, sqlite3_stmt *row, VesselError **err)
{
    char uuid[VESSEL__UUID_SIZE];
    const char *text = vessel__db_text(row, UUID);
    bool defined = sqlite3_column_type(row, FILLED) == SQLITE_TEXT;
    bool persistent = sqlite3_column_type(row, BOOT) == SQLITE_NULL;
    if (!vessel__uuid_parse(text, uuid) || strcmp(uuid, text) != 0 || !*vessel__db_text(row, NAME))
        return vessel__db_corrupt(db->path, "a domain has no valid UUID or name", err);
    if (persistent && !defined) {
        g_autofree char *how =
            g_strdup_printf("the definition of domain %s is missing", vessel__db_text(row, NAME));
        return vessel__db_corrupt(db->path, how, err);
    }
    return 0;
}

static int take_row(VesselStore *store, VesselDb *db, sqlite3_stmt *row, GHashTable *seen,
                    VesselError **err)
{
    int rc = check_row(db, row, err);
    if (rc < 0)
        return rc;
    if (sqlite3_column_type(row, BOOT) != SQLITE_NULL &&
        strcmp(vessel__db_text(row, BOOT), vessel__boot_id()) != 0) {
        store->stale_transients = true; /* it ended with its boot */
        vessel__table_remove(store->table, vessel__db_text(row, UUID));
        return 0;
    }
    uint64_t generation = (uint64_t)sqlite3_column_int64(row, GENERATION);
    db->generation = MAX(db->generation, generation);
    if (seen)
        g_hash_table_add(seen, g_strdup(vessel__db_text(row, UUID)));
    const VesselEntry *old = vessel__table_by_uuid(store->table, vessel__db_text(row, UUID));
    if (old && old->record && old->record->generation == generation)
        return 0; /* the same: what others attached to it stays */
    g_autoptr(VesselDomainRecord) record = row_to_record(row);
    vessel__table_put(store->table, record);
    return 0;
}

static bool was_seen(const VesselDomainRecord *record, void *seen)
{
    return g_hash_table_contains(seen, record->uuid);
}

static int load_all(VesselStore *store, VesselDb *db, VesselError **err)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(sqlite3_stmt) rows = NULL;
    int rc = vessel__db_statement(db, VESSEL__SQL_LOAD_ALL, &rows, err);
    while (rc >= 0 && (rc = vessel__db_step(db, rows, err)) > 0)
        rc = take_row(store, db, rows, seen, err);
    if (rc == 0)
        vessel__table_retain(store->table, was_seen, seen);
    return rc;
}

static int load_since(VesselStore *store, VesselDb *db, VesselError **err)
{
    g_autoptr(sqlite3_stmt) removed = NULL;
    g_autoptr(sqlite3_stmt) rows = NULL;
    int rc = vessel__db_statement(db, VESSEL__SQL_REMOVED_SINCE, &removed, err);
    if (rc >= 0)
        sqlite3_bind_int64(removed, 1, (sqlite3_int64)db->generation);
    while (rc >= 0 && (rc = vessel__db_step(db, removed, err)) > 0)
        vessel__table_remove(store->table, vessel__db_text(removed, 0));
    if (rc >= 0)
        rc = vessel__db_statement(db, VESSEL__SQL_LOAD_SINCE, &rows, err);
    if (rc >= 0)
        sqlite3_bind_int64(rows, 1, (sqlite3_int64)db->generation);
    while (rc >= 0 && (rc = vessel__db_step(db, rows, err)) > 0)
        rc = take_row(store, db, rows, NULL, err);
    return rc;
}

/* One number of one row; *value stays as it is where there is none. */
static int read_number(VesselDb *db, VesselSql sql, uint64_t *value, VesselError **err)
{
    g_autoptr(sqlite3_stmt) row = NULL;
    int rc = vessel__db_statement(db, sql, &row, err);
    if (rc >= 0)
        rc = vessel__db_step(db, row, err);
    if (rc > 0)
        *value = (uint64_t)sqlite3_column_int64(row, 0);
    return rc < 0 ? rc : 0;
}

/* Inside a read transaction, so that all of it is of one moment. */
static int load_moment(VesselStore *store, VesselDb *db, VesselError **err)
{
    uint64_t floor = 0, last = 0;
    int rc = read_number(db, VESSEL__SQL_REMOVED_FLOOR, &floor, err);
    if (rc >= 0)
        rc = read_number(db, VESSEL__SQL_LAST_GENERATION, &last, err);
    if (rc < 0)
        return rc;
    if (!store->loaded || db->generation == 0 || db->generation < floor || last < db->generation)
        rc = load_all(store, db, err);
    else if (last > db->generation)
        rc = load_since(store, db, err);
    if (rc < 0)
        return rc;
    db->generation = last;
    store->loaded = true;
    return 0;
}

static int load_from(VesselStore *store, VesselDb *db, VesselError **err)
{
    /* Taken before the transaction: a commit in between makes it look old, never new. */
    uint32_t header[12];
    if (db->header)
        vessel__db_read_header(db, header);
    db->deadline = vessel__deadline_after(VESSEL__STORE_PATIENCE_MS);
    bool own = sqlite3_get_autocommit(db->handle); /* not inside a write transaction */
    int rc = own ? vessel__db_run(db, VESSEL__SQL_BEGIN_READ, err) : 0;
    if (rc < 0)
        return rc;
    rc = load_moment(store, db, err);
    if (own && vessel__db_run(db, VESSEL__SQL_COMMIT, rc < 0 ? NULL : err) < 0 && rc >= 0)
        rc = VESSEL_ERROR_IO;
    if (rc >= 0 && db->header)
        memcpy(db->loaded_header, header, sizeof header);
    return rc;
}

/* The disk was too full at the last try. */
static int load_full_disk(VesselStore *store, VesselError **err)
{
    const char *dir = store->places->state_dir;
    bool full;
    g_autoptr(VesselError) why = NULL;
    int rc = vessel__db_open(dir, VESSEL__DB_SHARED, &store->db, &full, &why);
    if (rc >= 0)
        return load_from(store, store->db, err);
    if (!full)
        return vessel__error_steal(err, g_steal_pointer(&why));
    g_autoptr(VesselDb) alone = NULL;
    rc = vessel__db_open(dir, VESSEL__DB_ALONE, &alone, NULL, err);
    return rc < 0 ? rc : load_from(store, alone, err);
}

int vessel__load(VesselStore *store, VesselError **err)
{
    return store->db ? load_from(store, store->db, err) : load_full_disk(store, err);
}
