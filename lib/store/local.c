/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening and closing a root on disk. */
#include "store/internal.h"

#include "base/file.h"
#include "base/words.h"

#include <fcntl.h>
#include <sys/stat.h>

/* A disk that is full or read-only does not keep anybody from reading what is there. */
static bool is_only_unwritable(VesselStore *store, int rc)
{
    return rc == VESSEL_ERROR_NO_SPACE ||
           (store->readonly && (rc == VESSEL_ERROR_DENIED || rc == VESSEL_ERROR_NOT_FOUND));
}

static int open_state(VesselStore *store, VesselError **err)
{
    struct stat st;
    int rc = vessel__dir_open(store->places->state_dir, true, &store->state_dir, err);
    if (rc < 0)
        return rc;
    if (fstat(store->state_dir, &st) < 0)
        return vessel__fail_errno(err, errno, "cannot look at %s", store->places->state_dir);
    store->device = st.st_dev;
    store->inode = st.st_ino;
    store->readonly = vessel__dir_is_readonly(store->state_dir);
    return 0;
}

static int enter_runtime(VesselStore *store, VesselError **err)
{
    const char *path = store->places->runtime_dir;
    int rc = vessel__dir_open(path, false, &store->runtime_dir, err);
    if (rc >= 0)
        rc = vessel__boot_prepare(store->runtime_dir, path, err);
    if (rc >= 0)
        rc = vessel__open_at(store->runtime_dir, RUN_EVENTS, O_RDONLY | O_DIRECTORY, 0,
                             &store->events_dir, err);
    if (rc >= 0)
        rc = vessel__instance_enter(store->runtime_dir, store->places->state_dir, &store->instance,
                                    err);
    return rc;
}

/* On a filesystem that cannot be written the runtime directory is used as far as it is there and
 * of this boot. */
static int open_runtime(VesselStore *store, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    int rc = enter_runtime(store, &why);
    if (rc >= 0)
        return 0;
    bool unwritable = rc == VESSEL_ERROR_NO_SPACE ||
                      (store->readonly &&
                       (store->runtime_dir < 0 || vessel__dir_is_readonly(store->runtime_dir)) &&
                       is_only_unwritable(store, rc));
    if (!unwritable) {
        vessel__error_at(&why, store->places->runtime_dir, 0, 0);
        return vessel__error_steal(err, g_steal_pointer(&why));
    }
    vessel__store_warn(store, why, "the runtime directory cannot be written");
    store->runtime_full = rc == VESSEL_ERROR_NO_SPACE;
    if (store->runtime_dir < 0)
        return 0;
    g_autofree char *boot = NULL;
    size_t length;
    if (vessel__read_file(store->runtime_dir, RUN_BOOT, 128, &boot, &length, NULL) < 0 ||
        strcmp(boot, vessel__boot_id()) != 0) {
        vessel__close_fd(&store->runtime_dir); /* another boot's: nothing in it is true */
        vessel__close_fd(&store->events_dir);
    } else if (store->events_dir < 0) {
        store->events_dir =
            openat(store->runtime_dir, RUN_EVENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return 0;
}

static int open_cache(VesselStore *store, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    int rc = vessel__dir_open(store->places->cache_dir, false, &store->cache_dir, &why);
    if (rc >= 0)
        return 0;
    if (!is_only_unwritable(store, rc))
        return vessel__error_steal(err, g_steal_pointer(&why));
    vessel__store_warn(store, why, "there is no cache directory");
    return 0;
}

static int create_db(VesselStore *store, VesselError **err)
{
    const char *dir = store->places->state_dir;
    if (store->readonly) {
        vessel__fail(err, VESSEL_ERROR_DENIED,
                     "%s holds no root of Vessel yet, and is on a read-only filesystem", dir);
        vessel__error_at(err, dir, 0, 0);
        return VESSEL_ERROR_DENIED;
    }
    VesselHolder holder;
    vessel__holder_self("host_open", &holder);
    g_autoptr(VesselLock) lock = NULL;
    int rc = vessel__local_need_runtime(store, err);
    if (rc >= 0)
        rc = vessel__lock_take(store->runtime_dir, RUN_WRITE_LOCK, &holder,
                               vessel__deadline_after(VESSEL__STORE_PATIENCE_MS), &lock, err);
    if (rc >= 0)
        rc = vessel__db_exists(store->state_dir, dir, err);
    return rc != 0 ? MIN(rc, 0) : vessel__db_create(dir, store->state_dir, err);
}

/* The disk is too full for the files that SQLite makes beside vessel.db: what is needed is read at
 * each change, see load.c. */
static int check_alone(VesselStore *store, VesselError **err)
{
    g_autoptr(VesselDb) db = NULL;
    int rc = vessel__db_open(store->places->state_dir, VESSEL__DB_ALONE, &db, NULL, err);
    return rc < 0 ? rc : vessel__db_check(db, store->root_id, err);
}

static int open_db(VesselStore *store, VesselError **err)
{
    const char *dir = store->places->state_dir;
    int rc = vessel__db_exists(store->state_dir, dir, err);
    if (rc == 0)
        rc = create_db(store, err);
    if (rc < 0)
        return rc;
    bool full;
    g_autoptr(VesselError) why = NULL;
    rc = vessel__db_open(dir, store->readonly ? VESSEL__DB_READONLY : VESSEL__DB_SHARED, &store->db,
                         &full, &why);
    if (rc < 0 && full)
        return check_alone(store, err);
    if (rc >= 0)
        rc = vessel__db_check(store->db, store->root_id, &why);
    if (rc == VESSEL_ERROR_INCOMPATIBLE || rc == VESSEL_ERROR_BUSY) {
        g_autofree char *others = vessel__instances_others(store->instance);
        if (others) {
            vessel__error_holder(&why, others);
            vessel__error_hint(&why, "programs that have this root open: %s", others);
        } else {
            vessel__error_hint(&why, "use that version of the library, or another root");
        }
    }
    return rc < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : 0;
}

int vessel__local_open(VesselPlaces *places, VesselLog *log, VesselStore *store, VesselError **err)
{
    store->places = places;
    store->log = log;
    store->slots = vessel__slots_new();
    vessel__random_hex(8, store->no_epoch);
    int rc = vessel__db_check_dir(places->state_dir, err);
    if (rc >= 0)
        rc = open_state(store, err);
    if (rc >= 0)
        vessel__runtime_elsewhere(store);
    if (rc >= 0)
        rc = open_runtime(store, err);
    if (rc >= 0)
        rc = open_db(store, err);
    if (rc >= 0)
        rc = open_cache(store, err);
    if (rc >= 0)
        vessel__outbox_sweep(store);
    return rc;
}

static void close_files(VesselStore *store)
{
    vessel__follow_stop(store);
    vessel__eventwriter_free(g_steal_pointer(&store->writer));
    vessel__watch_close(store);
    vessel__close_fd(&store->cache_dir);
    vessel__close_fd(&store->events_dir);
    vessel__close_fd(&store->state_dir);
}

void vessel__local_close(VesselStore *store)
{
    vessel__db_close(g_steal_pointer(&store->db));
    if (store->instance)
        vessel__instance_leave(g_steal_pointer(&store->instance));
    close_files(store);
    vessel__close_fd(&store->runtime_dir);
}

void vessel__local_forget(VesselStore *store)
{
    /* A connection that another thread of the parent was using is left as it is: it is no use to
     * anybody, and its locks may never be had. */
    if (store->db && pthread_mutex_trylock(&store->db_mutex) == 0)
        vessel__db_forget(g_steal_pointer(&store->db));
    if (store->instance)
        vessel__instance_forget(g_steal_pointer(&store->instance));
    close_files(store);
    vessel__close_fd(&store->runtime_dir);
}

int vessel__local_need_runtime(VesselStore *store, VesselError **err)
{
    if (store->runtime_dir >= 0)
        return 0;
    int code = store->runtime_full ? VESSEL_ERROR_NO_SPACE : VESSEL_ERROR_DENIED;
    vessel__fail(err, code,
                 store->runtime_full ? "there was no space for the runtime directory %s"
                                     : "the runtime directory %s cannot be made or written",
                 store->places->runtime_dir);
    vessel__error_at(err, store->places->runtime_dir, 0, 0);
    vessel__error_hint(err, "%s, then open the host again",
                       store->runtime_full ? "make room on that filesystem"
                                           : "make that filesystem writable");
    return code;
}
