/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of a transaction: written with it, moved to the log after it, and in the log exactly once
 * whoever dies when. Each carries "tx"; its row says where the log ended when it was written, so
 * that whoever finds the row of somebody who died can look from there on whether it was moved. */
#include "store/internal.h"

#include "base/words.h"

/* Columns of VESSEL__SQL_OUTBOX_LIST. */
enum { ID, TX, EPOCH, NUMBER, RECORD };

int vessel__outbox_add(VesselTxn *txn, VesselJson *given, VesselError **err)
{
    VesselStore *store = txn->store;
    g_autoptr(VesselJson) event = given;
    if (!*txn->id)
        vessel__random_hex(8, txn->id);
    g_autofree char *tx = g_strdup_printf("%s-%u", txn->id, txn->events->len);
    vessel__json_set_string(event, "tx", tx);
    g_autofree char *text = vessel__json_format(event, false);
    pthread_mutex_lock(&store->table_mutex);
    g_autofree char *epoch = g_strdup(vessel__follow_epoch(store));
    uint64_t number = vessel__follow_number(store);
    pthread_mutex_unlock(&store->table_mutex);
    g_autoptr(sqlite3_stmt) row = NULL;
    int rc = vessel__db_statement(store->db, VESSEL__SQL_OUTBOX_ADD, &row, err);
    if (rc < 0)
        return rc;
    vessel__db_bind_text(row, 1, tx);
    vessel__db_bind_text(row, 2, epoch);
    sqlite3_bind_int64(row, 3, (sqlite3_int64)number);
    vessel__db_bind_text(row, 4, text);
    rc = vessel__db_step(store->db, row, err);
    if (rc < 0)
        return rc;
    txn->outbox_last = (uint64_t)sqlite3_last_insert_rowid(store->db->handle);
    if (!txn->outbox_first)
        txn->outbox_first = txn->outbox_last;
    g_ptr_array_add(txn->events, g_steal_pointer(&event));
    return 0;
}

static int delete_rows(VesselStore *store, uint64_t first, uint64_t last, VesselError **err)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    int rc = vessel__db_statement(store->db, VESSEL__SQL_OUTBOX_DELETE, &statement, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)first);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)last);
    return vessel__db_step(store->db, statement, err);
}

void vessel__outbox_move(VesselTxn *txn)
{
    VesselStore *store = txn->store;
    g_autoptr(VesselError) why = NULL;
    guint moved = 0;
    int rc = 0;
    while (moved < txn->events->len) {
        rc = vessel__events_append(store, g_ptr_array_index(txn->events, moved), NULL, &why);
        if (rc < 0)
            break;
        moved++;
    }
    /* Not worth an fsync: if a power cut brings the rows back, the log of that boot is gone. */
    if (moved > 0 && rc >= 0)
        rc = vessel__db_durable(store->db, false, &why);
    if (moved > 0 && rc >= 0)
        rc = delete_rows(store, txn->outbox_first, txn->outbox_first + moved - 1, &why);
    if (rc < 0)
        vessel__store_warn(store, why, "an event waits for the next writer");
}

/* The "tx" of every record of the log after @number. */
static int read_moved(VesselStore *store, const char *epoch, uint64_t number, GHashTable *moved,
                      VesselError **err)
{
    g_autoptr(VesselEventReader) reader = NULL;
    int rc = vessel__eventreader_open(store->events_dir, epoch, number, &reader, err);
    while (rc >= 0) {
        g_autoptr(VesselJson) record = NULL;
        uint64_t at;
        rc = vessel__eventreader_next(reader, &record, &at, err);
        if (rc < 0 || !record)
            break;
        const char *tx = vessel__json_get_string(record, "tx", NULL);
        if (tx)
            g_hash_table_add(moved, g_strdup(tx));
    }
    return rc;
}

typedef struct {
    uint64_t id, number;
    char *tx, *epoch, *record;
} OutboxRow;

static void row_free(void *data)
{
    OutboxRow *row = data;
    g_free(row->tx);
    g_free(row->epoch);
    g_free(row->record);
    g_free(row);
}

static int read_rows(VesselDb *db, GPtrArray *rows, VesselError **err)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    int rc = vessel__db_statement(db, VESSEL__SQL_OUTBOX_LIST, &statement, err);
    while (rc >= 0 && (rc = vessel__db_step(db, statement, err)) > 0) {
        OutboxRow *row = g_new0(OutboxRow, 1);
        row->id = (uint64_t)sqlite3_column_int64(statement, ID);
        row->number = (uint64_t)sqlite3_column_int64(statement, NUMBER);
        row->tx = g_strdup(vessel__db_text(statement, TX));
        row->epoch = g_strdup(vessel__db_text(statement, EPOCH));
        row->record = g_strdup(vessel__db_text(statement, RECORD));
        g_ptr_array_add(rows, row);
    }
    return rc;
}

static int move_row(VesselStore *store, const OutboxRow *row, VesselError **err)
{
    g_autoptr(VesselJson) event = NULL;
    if (vessel__json_parse(row->record, strlen(row->record), NULL, "outbox", &event, NULL) < 0)
        return vessel__db_corrupt(store->db->path, "an event in the outbox is no JSON", err);
    return vessel__events_append(store, event, NULL, err);
}

/* Moves what is not there yet; *last is the id up to which all is in the log. */
static int move_rows(VesselStore *store, const GPtrArray *rows, uint64_t *last, VesselError **err)
{
    char epoch[VESSEL__EPOCH_SIZE];
    int rc = vessel__eventlog_create(store->events_dir, epoch, err);
    if (rc < 0)
        return rc;
    uint64_t from = UINT64_MAX;
    for (guint i = 0; i < rows->len; i++) {
        const OutboxRow *row = g_ptr_array_index(rows, i);
        if (strcmp(row->epoch, epoch) == 0)
            from = MIN(from, row->number);
    }
    g_autoptr(GHashTable) moved = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (from != UINT64_MAX)
        rc = read_moved(store, epoch, from, moved, err);
    for (guint i = 0; rc >= 0 && i < rows->len; i++) {
        const OutboxRow *row = g_ptr_array_index(rows, i);
        if (!g_hash_table_contains(moved, row->tx))
            rc = move_row(store, row, err);
        if (rc >= 0)
            *last = row->id;
    }
    return rc;
}

int vessel__outbox_recover(VesselStore *store, VesselError **err)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    int rc = read_rows(store->db, rows, err);
    if (rc < 0 || rows->len == 0)
        return rc;
    uint64_t last = 0;
    g_autoptr(VesselError) why = NULL;
    if (move_rows(store, rows, &last, &why) < 0)
        vessel__store_warn(store, why, "an event waits for the next writer");
    return last ? delete_rows(store, 0, last, err) : 0;
}

/* Is there anything to do? */
static bool outbox_waits(VesselStore *store)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    return vessel__db_statement(store->db, VESSEL__SQL_OUTBOX_LIST, &statement, NULL) >= 0 &&
           vessel__db_step(store->db, statement, NULL) > 0;
}

void vessel__outbox_sweep(VesselStore *store)
{
    if (store->readonly || !store->db || store->runtime_dir < 0 || !outbox_waits(store))
        return;
    g_autoptr(VesselError) why = NULL;
    VesselTxn *txn = NULL;
    int rc = vessel__txn_begin(store, "host_open", vessel__now_ms(), &txn, &why);
    if (rc >= 0)
        rc = vessel__txn_commit(txn, &why);
    if (rc < 0 && rc != VESSEL_ERROR_BUSY) /* busy: whoever writes just now does it */
        vessel__store_warn(store, why, "events of a program that died wait");
}
