/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening vessel.db and telling what is wrong with it. The statements are in sql.c.
 *
 * While SQLite has the file open, nobody in this process may open and close it otherwise: the close
 * would drop SQLite's POSIX locks. */
#include "store/db.h"

#include "base/file.h"
#include "base/words.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#define DB_NAME "vessel.db"
#define DB_NEW "vessel.db.new"
/* The unix VFS takes paths up to 512 bytes, with "-journal" added. */
#define DB_DIR_MAX 480

/* ---- errors ---- */

static bool is_full(VesselDb *db, int rc)
{
    int errnum = sqlite3_system_errno(db->handle);
    return (rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE ||
           ((rc & 0xff) == SQLITE_IOERR && (errnum == ENOSPC || errnum == EDQUOT)) ||
           ((rc & 0xff) == SQLITE_CANTOPEN && (errnum == ENOSPC || errnum == EDQUOT));
}

static bool cannot_lock(VesselDb *db, int rc)
{
    int errnum = sqlite3_system_errno(db->handle);
    switch (rc) {
    case SQLITE_IOERR_LOCK:
    case SQLITE_IOERR_RDLOCK:
    case SQLITE_IOERR_UNLOCK:
    case SQLITE_IOERR_CHECKRESERVEDLOCK:
    case SQLITE_IOERR_SHMLOCK:
    case SQLITE_IOERR_SHMMAP:
        return errnum == ENOLCK || errnum == ENOSYS || errnum == EOPNOTSUPP || errnum == EINVAL ||
               errnum == ENODEV || errnum == 0;
    default:
        return false;
    }
}

int vessel__db_corrupt(const char *path, const char *how, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_CORRUPT, "%s is damaged: %s", path, how);
    vessel__error_at(err, path, 0, 0);
    vessel__error_hint(err,
                       "nothing was changed; end the programs that use it, copy %s* aside, put a "
                       "backup in its place or rebuild it by: sqlite3 COPY .recover | sqlite3 %s",
                       path, path);
    return VESSEL_ERROR_CORRUPT;
}

static int cannot_lock_fail(const char *path, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the filesystem of %s cannot lock or map files",
                 path);
    vessel__error_hint(err, "put the root on a local filesystem (ext4, xfs, btrfs, tmpfs)");
    return VESSEL_ERROR_UNSUPPORTED;
}

/* Our statements are right for our schema: where SQLite finds them wrong, or a row of ours in its
 * own way, the file is not what we wrote. */
static bool is_damage(int rc)
{
    return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB || rc == SQLITE_ERROR ||
           rc == SQLITE_CONSTRAINT || rc == SQLITE_MISMATCH;
}

int vessel__db_fail(VesselDb *db, int rc, VesselError **err)
{
    int extended = sqlite3_extended_errcode(db->handle);
    if ((extended & 0xff) == (rc & 0xff))
        rc = extended;
    const char *words = sqlite3_errmsg(db->handle);
    int errnum = sqlite3_system_errno(db->handle);
    int code = VESSEL_ERROR_IO;
    if (is_damage(rc & 0xff))
        return vessel__db_corrupt(db->path, words, err);
    if (is_full(db, rc)) {
        code = vessel__fail(err, VESSEL_ERROR_NO_SPACE, "there is no space left for %s", db->path);
        vessel__error_hint(err, "make room on that filesystem and try again");
    } else if (cannot_lock(db, rc)) {
        code = cannot_lock_fail(db->path, err);
    } else if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ||
               (rc & 0xff) == SQLITE_PROTOCOL) {
        code = vessel__fail(err, VESSEL_ERROR_BUSY, "%s is locked by another program", db->path);
        vessel__error_retryable(err, true);
    } else if ((rc & 0xff) == SQLITE_READONLY) {
        code = vessel__fail(err, VESSEL_ERROR_DENIED, "%s cannot be written", db->path);
    } else if ((rc & 0xff) == SQLITE_NOMEM) {
        code = vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "no memory for %s", db->path);
    } else if ((rc & 0xff) == SQLITE_CANTOPEN && errnum) {
        code = vessel__fail_errno(err, errnum, "cannot open %s", db->path);
    } else {
        code = vessel__fail(err, VESSEL_ERROR_IO, "%s: %s", db->path, sqlite3_errstr(rc));
    }
    /* Written, but nobody knows whether it will be there after a power cut. */
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
        vessel__error_outcome(err, VESSEL_OUTCOME_UNKNOWN);
    vessel__error_at(err, db->path, 0, 0);
    g_autofree char *cause = errnum ? g_strdup_printf("%s (%s)", words, g_strerror(errnum)) : NULL;
    vessel__error_cause(err, cause ? cause : words);
    return code;
}

/* ---- opening ---- */

static int wait_for_lock(void *data, int attempts)
{
    VesselDb *db = data;
    if (vessel__deadline_passed(db->deadline))
        return 0;
    struct timespec pause = {.tv_nsec = attempts < 10 ? 200000 : 2000000};
    nanosleep(&pause, NULL);
    return 1;
}

static void close_handle(VesselDb *db)
{
    for (int i = 0; i < VESSEL__SQL_COUNT; i++)
        sqlite3_finalize(g_steal_pointer(&db->statements[i]));
    sqlite3_close_v2(g_steal_pointer(&db->handle));
    db->header = NULL;
}

void vessel__db_close(VesselDb *db)
{
    if (!db)
        return;
    close_handle(db);
    g_free(db->path);
    g_free(db);
}

void vessel__db_forget(VesselDb *db)
{
    if (db)
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    vessel__db_close(db);
}

typedef struct {
    int flags;
    const char *query; /* of the URI, "" for none */
    const char *vfs;
    const char *setup;
    bool no_checkpoint;
    bool watched;    /* others may change it: the wal-index is to be mapped */
    bool keep_files; /* the last one leaves the WAL and the wal-index there */
} OpenWay;

static const OpenWay way_shared = {
    .flags = SQLITE_OPEN_READWRITE,
    .query = "",
    .setup = "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-128; PRAGMA synchronous=FULL;"
             "PRAGMA journal_size_limit=4194304;",
    .watched = true,
    .keep_files = true,
};
static const OpenWay way_create = {
    .flags = SQLITE_OPEN_READWRITE,
    .query = "",
    .setup = "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL;",
};
/* The wal-index in this process's memory: no file is made. Others are kept out. */
static const OpenWay way_alone = {
    .flags = SQLITE_OPEN_READWRITE,
    .query = "",
    .setup = "PRAGMA temp_store=MEMORY; PRAGMA locking_mode=EXCLUSIVE;",
    .no_checkpoint = true,
};
static const OpenWay way_readonly = {
    .flags = SQLITE_OPEN_READONLY,
    .query = "",
    .setup = "PRAGMA temp_store=MEMORY;",
    .watched = true,
};
static const OpenWay way_immutable = {
    .flags = SQLITE_OPEN_READONLY,
    .query = "?immutable=1",
    .setup = "PRAGMA temp_store=MEMORY;",
};
/* Nobody can write, nobody needs a lock, and none could be had; but the WAL is read. */
static const OpenWay way_readonly_wal = {
    .flags = SQLITE_OPEN_READONLY,
    .query = "",
    .vfs = "unix-none",
    .setup = "PRAGMA temp_store=MEMORY; PRAGMA locking_mode=EXCLUSIVE;",
};

static int is_wal(void *data, int columns, char **values, char **names)
{
    (void)names;
    *(bool *)data = columns == 1 && values[0] && strcmp(values[0], "wal") == 0;
    return 0;
}

static void map_header(VesselDb *db)
{
    sqlite3_file *file = NULL;
    volatile void *region = NULL;
    bool wal = false;
    sqlite3_exec(db->handle, "PRAGMA journal_mode", is_wal, &wal, NULL);
    if (!wal) /* there is no wal-index then, and asking for it would make one */
        return;
    if (sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        !file || !file->pMethods || file->pMethods->iVersion < 2 || !file->pMethods->xShmMap)
        return;
    /* Region 0 was mapped by the first read; its size is fixed by the format. A mapping that can
     * only be read answers SQLITE_READONLY, and is all we want. */
    int rc = file->pMethods->xShmMap(file, 0, 32768, 0, &region);
    if (rc == SQLITE_OK || rc == SQLITE_READONLY)
        db->header = region;
}

/* SQLITE_OK, or its code with the handle still there to be asked about it. */
static int open_way(VesselDb *db, const OpenWay *way)
{
    if (db->handle)
        close_handle(db);
    g_autofree char *escaped = g_uri_escape_string(db->path, "/", FALSE);
    g_autofree char *uri = g_strdup_printf("file:%s%s", escaped, way->query);
    int rc = sqlite3_open_v2(uri, &db->handle, way->flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                             way->vfs);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_handler(db->handle, wait_for_lock, db);
    /* The last one writes the WAL back and empties it in any case; but making the two files anew
     * costs more than all the rest of opening. */
    int keep = way->keep_files;
    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    /* What is in the file is data: no trigger or view of it may call anything. */
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    if (way->no_checkpoint)
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    rc = sqlite3_exec(db->handle, way->setup, NULL, NULL, NULL);
    if (rc == SQLITE_OK) /* the first real read: header, schema, locks, WAL */
        rc = sqlite3_exec(db->handle, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
    if (rc == SQLITE_OK && way->watched)
        map_header(db);
    return rc;
}

static bool has_wal(const VesselDb *db)
{
    g_autofree char *wal = g_strconcat(db->path, "-wal", NULL);
    struct stat st;
    return stat(wal, &st) == 0 && st.st_size > 0;
}

static int open_readonly(VesselDb *db)
{
    if (!has_wal(db))
        return open_way(db, &way_immutable);
    int rc = open_way(db, &way_readonly);
    return rc == SQLITE_OK ? rc : open_way(db, &way_readonly_wal);
}

static int read_meta(VesselDb *db, GHashTable *meta, VesselError **err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "SELECT key, value FROM meta", -1, &statement, NULL);
    if (rc == SQLITE_ERROR)
        return vessel__db_corrupt(db->path, "it is a database, but not one of Vessel's", err);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW)
            g_hash_table_replace(meta, g_strdup(vessel__db_text(statement, 0)),
                                 g_strdup(vessel__db_text(statement, 1)));
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? 0 : vessel__db_fail(db, rc, err);
}

/* Rebuilt by hand, as our own hint says, it is not in WAL mode any more. */
static int restore_wal(VesselDb *db, VesselError **err)
{
    g_autoptr(GHashTable) meta = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    int rc = read_meta(db, meta, err);
    if (rc < 0)
        return rc;
    rc = sqlite3_exec(db->handle, "PRAGMA journal_mode=WAL; SELECT 1 FROM meta LIMIT 1", NULL, NULL,
                      NULL);
    if (rc != SQLITE_OK)
        return vessel__db_fail(db, rc, err);
    map_header(db);
    if (db->header)
        return 0;
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "%s cannot be put into WAL mode", db->path);
    vessel__error_hint(err, "put the root on a local filesystem that can map files (mmap, shared)");
    return VESSEL_ERROR_UNSUPPORTED;
}

int vessel__db_check_dir(const char *dir, VesselError **err)
{
    if (strlen(dir) <= DB_DIR_MAX)
        return 0;
    vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                 "the path of the state directory has %zu bytes, at most %d are possible",
                 strlen(dir), DB_DIR_MAX);
    vessel__error_at(err, dir, 0, 0);
    vessel__error_hint(err, "choose a shorter root with root=DIR");
    return VESSEL_ERROR_INVALID_ARGUMENT;
}

int vessel__db_open(const char *dir, VesselDbMode mode, VesselDb **result, bool *full,
                    VesselError **err)
{
    *result = NULL;
    if (full)
        *full = false;
    g_autoptr(VesselDb) db = g_new0(VesselDb, 1);
    db->path = g_build_filename(dir, DB_NAME, NULL);
    db->deadline = vessel__deadline_after(5000);
    int rc = SQLITE_OK;
    if (mode == VESSEL__DB_SHARED)
        rc = open_way(db, &way_shared);
    else if (mode == VESSEL__DB_READONLY)
        rc = open_readonly(db);
    else if ((rc = open_way(db, &way_alone)) != SQLITE_OK && is_full(db, rc) && !has_wal(db))
        rc = open_way(db, &way_immutable);
    if (rc != SQLITE_OK) {
        if (full)
            *full = is_full(db, rc);
        return vessel__db_fail(db, rc, err);
    }
    if (mode == VESSEL__DB_SHARED && !db->header) {
        rc = restore_wal(db, err);
        if (rc < 0)
            return rc;
    }
    *result = g_steal_pointer(&db);
    return 0;
}

/* ---- is there one, is it ours ---- */

static off_t size_of(int dir_fd, const char *name)
{
    struct stat st;
    if (fstatat(dir_fd, name, &st, 0) < 0)
        return -1;
    return st.st_size;
}

int vessel__db_exists(int dir_fd, const char *dir, VesselError **err)
{
    off_t size = size_of(dir_fd, DB_NAME);
    if (size > 0)
        return 1;
    if (size < 0 && errno != ENOENT)
        return vessel__fail_errno(err, errno, "cannot look at %s/%s", dir, DB_NAME);
    g_autofree char *path = g_build_filename(dir, DB_NAME, NULL);
    if (size == 0)
        return vessel__db_corrupt(path, "it is empty", err);
    /* SQLite would throw an orphaned WAL away, and what was acknowledged with it. */
    if (size_of(dir_fd, DB_NAME "-wal") > 0)
        return vessel__db_corrupt(path, "it is missing, but its journal " DB_NAME "-wal is there",
                                  err);
    return 0;
}

static bool is_root_id(const char *text)
{
    return text && strlen(text) == 8 && strspn(text, "0123456789abcdef") == 8;
}

int vessel__db_check(VesselDb *db, char root_id[9], VesselError **err)
{
    g_autoptr(GHashTable) meta = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    int rc = read_meta(db, meta, err);
    if (rc < 0)
        return rc;
    const char *id = g_hash_table_lookup(meta, "root_id");
    const char *major = g_hash_table_lookup(meta, "schema_major");
    const char *writer = g_hash_table_lookup(meta, "written_by");
    uint64_t number = 0;
    if (!is_root_id(id) || !major || !vessel__parse_u64(major, &number))
        return vessel__db_corrupt(db->path, "its meta table lacks the root id or the version", err);
    if (number != VESSEL__SCHEMA_MAJOR) {
        vessel__fail(err, VESSEL_ERROR_INCOMPATIBLE,
                     "%s was made by %s with schema %s; this library knows schema %d", db->path,
                     writer ? writer : "another version", major, VESSEL__SCHEMA_MAJOR);
        vessel__error_at(err, db->path, 0, 0);
        return VESSEL_ERROR_INCOMPATIBLE;
    }
    g_strlcpy(root_id, id, 9);
    return 0;
}

/* ---- making one ---- */

static const char schema_sql[] =
    "BEGIN;"
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    /* Every domain, transient ones too (boot: the boot in which one may live; NULL: persistent). */
    "CREATE TABLE names(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL UNIQUE, type TEXT NOT NULL, boot TEXT, generation INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX names_generation ON names(generation);"
    "CREATE TABLE domains(id INTEGER PRIMARY KEY, autostart INTEGER NOT NULL DEFAULT 0,"
    " given TEXT NOT NULL, filled TEXT NOT NULL);"
    /* The last deletions, so that a reader need not load everything anew. */
    "CREATE TABLE removed(generation INTEGER PRIMARY KEY, uuid TEXT NOT NULL);"
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY, tx TEXT NOT NULL, epoch TEXT NOT NULL,"
    " number INTEGER NOT NULL, record TEXT NOT NULL);"
    "CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;";

static int write_schema(VesselDb *db, VesselError **err)
{
    char root_id[9];
    vessel__random_hex(4, root_id);
    g_autofree char *sql = g_strdup_printf(
        "%s INSERT INTO meta VALUES('root_id','%s'),('schema_major','%d'),('schema_minor','%d'),"
        "('written_by','libvessel %d.%d.%d'),('removed_floor','0'); COMMIT;",
        schema_sql, root_id, VESSEL__SCHEMA_MAJOR, VESSEL__SCHEMA_MINOR,
        VESSEL_VERSION_NUMBER / 1000000, VESSEL_VERSION_NUMBER / 1000 % 1000,
        VESSEL_VERSION_NUMBER % 1000);
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : vessel__db_fail(db, rc, err);
}

static int remove_leftovers(int dir_fd, const char *dir, VesselError **err)
{
    static const char *const names[] = {DB_NEW, DB_NEW "-wal", DB_NEW "-shm", DB_NEW "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (unlinkat(dir_fd, names[i], 0) < 0 && errno != ENOENT)
            return vessel__fail_errno(err, errno, "cannot remove %s/%s", dir, names[i]);
    return 0;
}

/* SQLite takes ENOLCK for "somebody has it" and would wait in vain. */
static int probe_locks(int fd, const char *path, VesselError **err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    if (fcntl(fd, F_SETLK, &lock) == 0)
        return 0;
    if (errno != ENOLCK && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)
        return vessel__fail_errno(err, errno, "cannot lock %s", path);
    return cannot_lock_fail(path, err);
}

/* Never in the place of another: where two runtime directories are in use for one state directory,
 * their write.locks do not know of each other. */
static int give_name(int dir_fd)
{
    if (renameat2(dir_fd, DB_NEW, dir_fd, DB_NAME, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS) /* not every filesystem can do that */
        return -1;
    return linkat(dir_fd, DB_NEW, dir_fd, DB_NAME, 0) == 0 ? unlinkat(dir_fd, DB_NEW, 0) : -1;
}

static int create_new(const char *dir, int dir_fd, VesselError **err)
{
    vessel_autofd int fd = -1; /* SQLite would make it readable by all */
    int rc = vessel__open_at(dir_fd, DB_NEW, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, &fd, err);
    if (rc < 0)
        return rc;
    if (fchmod(fd, 0600) < 0)
        return vessel__fail_errno(err, errno, "cannot set the mode of %s/%s", dir, DB_NEW);
    g_autoptr(VesselDb) db = g_new0(VesselDb, 1);
    db->path = g_build_filename(dir, DB_NEW, NULL);
    rc = probe_locks(fd, db->path, err);
    if (rc < 0)
        return rc;
    vessel__close_fd(&fd);
    db->deadline = vessel__deadline_after(5000);
    int status = open_way(db, &way_create);
    if (status != SQLITE_OK)
        return vessel__db_fail(db, status, err);
    rc = write_schema(db, err);
    if (rc < 0)
        return rc;
    /* The close does it too, and does not say when there was no space for it; then half of the file
     * would be left behind under the name of its WAL. */
    status = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (status != SQLITE_OK)
        return vessel__db_fail(db, status, err);
    close_handle(db);
    rc = vessel__open_at(dir_fd, DB_NEW, O_RDONLY, 0, &fd, err);
    if (rc < 0)
        return rc;
    if (fsync(fd) < 0 || give_name(dir_fd) < 0 || fsync(dir_fd) < 0)
        return vessel__fail_errno(err, errno, "cannot make %s/%s", dir, DB_NAME);
    return 0;
}

int vessel__db_create(const char *dir, int dir_fd, VesselError **err)
{
    int rc = remove_leftovers(dir_fd, dir, err);
    if (rc >= 0)
        rc = create_new(dir, dir_fd, err);
    if (rc < 0)
        remove_leftovers(dir_fd, dir, NULL);
    return rc;
}

/* ---- the change counter ---- */

/* Other processes, and SQLite in this one, write there while we look; a torn look differs from
 * what was loaded, and that is all that is asked. */
__attribute__((no_sanitize("thread"))) void vessel__db_read_header(const VesselDb *db,
                                                                   uint32_t header[12])
{
    for (int i = 0; i < 12; i++)
        header[i] = db->header[i];
}

__attribute__((no_sanitize("thread"))) bool vessel__db_unchanged(const VesselDb *db)
{
    if (!db->header)
        return true;
    uint32_t different = 0;
    for (int i = 0; i < 12; i++)
        different |= db->header[i] ^ db->loaded_header[i];
    return different == 0;
}
