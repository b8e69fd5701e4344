/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The statements of vessel.db. Every one is reset as soon as it has been stepped to its end, so
 * that no read holds the WAL back. */
#include "store/db.h"

#define LOAD_COLUMNS                                                                               \
    "SELECT n.uuid, n.generation, n.name, n.type, n.boot, d.autostart, d.given, d.filled"          \
    " FROM names n LEFT JOIN domains d ON d.id = n.id"

static const char *const texts[VESSEL__SQL_COUNT] = {
    [VESSEL__SQL_BEGIN_READ] = "BEGIN",
    [VESSEL__SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [VESSEL__SQL_COMMIT] = "COMMIT",
    [VESSEL__SQL_ROLLBACK] = "ROLLBACK",
    [VESSEL__SQL_LAST_GENERATION] = "SELECT max(ifnull((SELECT max(generation) FROM names), 0),"
                                    " ifnull((SELECT max(generation) FROM removed), 0))",
    [VESSEL__SQL_LOAD_ALL] = LOAD_COLUMNS " ORDER BY n.name",
    [VESSEL__SQL_LOAD_SINCE] = LOAD_COLUMNS " WHERE n.generation > ?1 ORDER BY n.generation",
    [VESSEL__SQL_REMOVED_SINCE] = "SELECT uuid FROM removed WHERE generation > ?1",
    [VESSEL__SQL_REMOVED_FLOOR] = "SELECT value FROM meta WHERE key = 'removed_floor'",
    /* Upserts and not REPLACE: columns of a newer minor are kept. */
    [VESSEL__SQL_PUT_NAME] =
        "INSERT INTO names(uuid, name, type, boot, generation) VALUES(?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT(uuid) DO UPDATE SET name = excluded.name, type = excluded.type,"
        " boot = excluded.boot, generation = excluded.generation",
    [VESSEL__SQL_PUT_DEFINITION] =
        "INSERT INTO domains(id, autostart, given, filled)"
        " VALUES((SELECT id FROM names WHERE uuid = ?1), ?2, ?3, ?4)"
        " ON CONFLICT(id) DO UPDATE SET autostart = excluded.autostart, given = excluded.given,"
        " filled = excluded.filled",
    [VESSEL__SQL_DELETE_NAME] = "DELETE FROM names WHERE uuid = ?1",
    [VESSEL__SQL_DELETE_DEFINITION] =
        "DELETE FROM domains WHERE id = (SELECT id FROM names WHERE uuid = ?1)",
    [VESSEL__SQL_ADD_REMOVED] = "INSERT INTO removed(generation, uuid) VALUES(?1, ?2)",
    [VESSEL__SQL_PRUNE_FLOOR] = "UPDATE meta SET value = ?1 WHERE key = 'removed_floor'",
    [VESSEL__SQL_PRUNE_REMOVED] = "DELETE FROM removed WHERE generation <= ?1",
    [VESSEL__SQL_STALE_TRANSIENTS] = "SELECT uuid FROM names WHERE boot IS NOT NULL AND boot <> ?1",
    [VESSEL__SQL_OUTBOX_ADD] =
        "INSERT INTO outbox(tx, epoch, number, record) VALUES(?1, ?2, ?3, ?4)",
    [VESSEL__SQL_OUTBOX_LIST] = "SELECT id, tx, epoch, number, record FROM outbox ORDER BY id",
    [VESSEL__SQL_OUTBOX_DELETE] = "DELETE FROM outbox WHERE id BETWEEN ?1 AND ?2",
    [VESSEL__SQL_SET_FACT] = "INSERT INTO facts(name, value) VALUES(?1, ?2)"
                             " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
    [VESSEL__SQL_DELETE_FACT] = "DELETE FROM facts WHERE name = ?1",
    [VESSEL__SQL_FACT] = "SELECT value FROM facts WHERE name = ?1",
};

int vessel__db_statement(VesselDb *db, VesselSql sql, sqlite3_stmt **statement, VesselError **err)
{
    int rc = SQLITE_OK;
    if (!db->statements[sql])
        rc = sqlite3_prepare_v3(db->handle, texts[sql], -1, SQLITE_PREPARE_PERSISTENT,
                                &db->statements[sql], NULL);
    *statement = db->statements[sql];
    if (rc == SQLITE_ERROR) /* a table or column that must be there is not */
        return vessel__db_corrupt(db->path, sqlite3_errmsg(db->handle), err);
    return rc == SQLITE_OK ? 0 : vessel__db_fail(db, rc, err);
}

int vessel__db_step(VesselDb *db, sqlite3_stmt *statement, VesselError **err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE)
        return 0;
    return vessel__db_fail(db, rc, err);
}

void vessel__db_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

int vessel__db_run(VesselDb *db, VesselSql sql, VesselError **err)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    int rc = vessel__db_statement(db, sql, &statement, err);
    return rc < 0 ? rc : vessel__db_step(db, statement, err);
}

const char *vessel__db_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

void vessel__db_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int vessel__db_durable(VesselDb *db, bool durable, VesselError **err)
{
    int rc =
        sqlite3_exec(db->handle, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                     NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : vessel__db_fail(db, rc, err);
}
