/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel.db: the connection, its schema, its statements, and its errors in our words. Not locked.
 */
#ifndef VESSEL_STORE_DB_H
#define VESSEL_STORE_DB_H

#include "base/clock.h"
#include "base/error.h"
#include <sqlite3.h>

/* The schema. Within a major it only grows: new tables, new columns with defaults. */
#define VESSEL__SCHEMA_MAJOR 1
#define VESSEL__SCHEMA_MINOR 0

typedef enum {
    VESSEL__SQL_BEGIN_READ,
    VESSEL__SQL_BEGIN_WRITE,
    VESSEL__SQL_COMMIT,
    VESSEL__SQL_ROLLBACK,
    VESSEL__SQL_LAST_GENERATION,
    VESSEL__SQL_LOAD_ALL,
    VESSEL__SQL_LOAD_SINCE,
    VESSEL__SQL_REMOVED_SINCE,
    VESSEL__SQL_REMOVED_FLOOR,
    VESSEL__SQL_PUT_NAME,
    VESSEL__SQL_PUT_DEFINITION,
    VESSEL__SQL_DELETE_NAME,
    VESSEL__SQL_DELETE_DEFINITION,
    VESSEL__SQL_ADD_REMOVED,
    VESSEL__SQL_PRUNE_FLOOR,
    VESSEL__SQL_PRUNE_REMOVED,
    VESSEL__SQL_STALE_TRANSIENTS,
    VESSEL__SQL_OUTBOX_ADD,
    VESSEL__SQL_OUTBOX_LIST,
    VESSEL__SQL_OUTBOX_DELETE,
    VESSEL__SQL_SET_FACT,
    VESSEL__SQL_DELETE_FACT,
    VESSEL__SQL_FACT,
    VESSEL__SQL_COUNT,
} VesselSql;

typedef struct {
    sqlite3 *handle;
    char *path; /* for messages */
    sqlite3_stmt *statements[VESSEL__SQL_COUNT];
    /* The wal-index header (sqlite.org/walformat.html: 48 bytes at the start of the -shm file),
     * mapped by SQLite itself. NULL: nothing can change (a read-only filesystem). */
    const volatile uint32_t *header;
    uint32_t loaded_header[12]; /* as it was when the table was loaded */
    uint64_t generation;        /* the newest that was loaded */
    VesselDeadline deadline;    /* of waiting for another connection's lock */
} VesselDb;

typedef enum {
    VESSEL__DB_SHARED,   /* the normal way */
    VESSEL__DB_READONLY, /* on a filesystem that cannot be written */
    VESSEL__DB_ALONE,    /* exclusively and for a moment, with nothing written: on a full disk */
} VesselDbMode;

/* Is DIR's path short enough for SQLite? */
int vessel__db_check_dir(const char *dir, VesselError **err);
/* Opens DIR/vessel.db, which exists. *full tells of a disk too full for the files beside it. */
int vessel__db_open(const char *dir, VesselDbMode mode, VesselDb **db, bool *full,
                    VesselError **err);
void vessel__db_close(VesselDb *db);
/* In a forked child: frees it without a trace in the files. */
void vessel__db_forget(VesselDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselDb, vessel__db_close)

/* Makes DIR/vessel.db where there is none: it appears whole or not at all. Callers hold write.lock.
 */
int vessel__db_create(const char *dir, int dir_fd, VesselError **err);
/* 1: there is one; 0: none yet; negative: what is there cannot be right. */
int vessel__db_exists(int dir_fd, const char *dir, VesselError **err);
/* Reads meta: is it ours, and of a version that we know? */
int vessel__db_check(VesselDb *db, char root_id[9], VesselError **err);

/* A statement ready to be bound; borrowed, and reset by g_autoptr at the end of the scope. */
int vessel__db_statement(VesselDb *db, VesselSql sql, sqlite3_stmt **statement, VesselError **err);
/* 1: a row, 0: done, negative: error. */
int vessel__db_step(VesselDb *db, sqlite3_stmt *statement, VesselError **err);
void vessel__db_done(sqlite3_stmt *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, vessel__db_done)
/* A statement without parameters and rows. */
int vessel__db_run(VesselDb *db, VesselSql sql, VesselError **err);
/* Its text as a borrowed string; NULL becomes "". */
const char *vessel__db_text(sqlite3_stmt *statement, int column);
void vessel__db_bind_text(sqlite3_stmt *statement, int index, const char *text); /* borrowed */
/* Whether a commit is to be on the disk when it returns. Not inside a transaction. */
int vessel__db_durable(VesselDb *db, bool durable, VesselError **err);

/* What SQLite just reported, as an error of ours. */
int vessel__db_fail(VesselDb *db, int rc, VesselError **err);
int vessel__db_corrupt(const char *path, const char *how, VesselError **err);

/* The wal-index header as it is now. */
void vessel__db_read_header(const VesselDb *db, uint32_t header[12]);
bool vessel__db_unchanged(const VesselDb *db);

#endif
