/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The open stores of this process: one for each root, shared by every host on it. */
#include "store/internal.h"

#include "base/words.h"

#include <sys/stat.h>

static GPtrArray *open_stores; /* local ones; under the registry's lock; NULL when there are none */

static VesselStore *store_new(void)
{
    VesselStore *store = g_new0(VesselStore, 1);
    atomic_init(&store->refs, 1);
    store->process = vessel__process_token();
    pthread_mutex_init(&store->log_mutex, NULL);
    pthread_mutex_init(&store->table_mutex, NULL);
    pthread_mutex_init(&store->db_mutex, NULL);
    pthread_mutex_init(&store->events_mutex, NULL);
    pthread_mutex_init(&store->watch.mutex, NULL);
    store->watch.inotify = -1;
    store->table = vessel__table_new();
    store->state_dir = store->runtime_dir = store->events_dir = store->cache_dir = -1;
    return store;
}

/* Whatever was closed before. In a forked child a mutex may be locked for ever by a thread that is
 * not there, so none is destroyed: on Linux that frees nothing. */
static void store_free(VesselStore *store)
{
    vessel__table_free(store->table);
    vessel__memory_free(store->memory);
    vessel__slots_free(store->slots);
    vessel__places_free(store->places);
    g_free(store);
}

static void registry_add(VesselStore *store)
{
    if (!open_stores)
        open_stores = g_ptr_array_new();
    g_ptr_array_add(open_stores, store);
}

static void registry_remove(VesselStore *store)
{
    if (!open_stores)
        return;
    g_ptr_array_remove_fast(open_stores, store);
    if (open_stores->len == 0)
        g_ptr_array_unref(g_steal_pointer(&open_stores));
}

/* In a forked child, before anything is opened: SQLite believes that it still has its parent's
 * locks, which a child never has, and would share that belief with a new connection to the same
 * file. So the inherited connections are forgotten first. */
static int forget_inherited(VesselError **err)
{
    for (guint i = open_stores ? open_stores->len : 0; i-- > 0;) {
        VesselStore *store = g_ptr_array_index(open_stores, i);
        if (!vessel__store_forked(store))
            continue;
        if (store->db && pthread_mutex_trylock(&store->db_mutex) != 0) {
            vessel__fail(err, VESSEL_ERROR_FORKED,
                         "this process was forked while another thread wrote to the root %s",
                         store->places->state_dir);
            vessel__error_hint(err, "open hosts in the child after exec(), or fork() while no call "
                                    "of Vessel is under way");
            return VESSEL_ERROR_FORKED;
        }
        if (store->db) {
            vessel__db_forget(g_steal_pointer(&store->db));
            pthread_mutex_unlock(&store->db_mutex);
        }
        registry_remove(store);
    }
    return 0;
}

/* A new reference, or NULL: not open yet. */
static VesselStore *find_open(const VesselPlaces *places)
{
    struct stat st;
    if (!open_stores || stat(places->state_dir, &st) < 0)
        return NULL;
    for (guint i = 0; i < open_stores->len; i++) {
        VesselStore *store = g_ptr_array_index(open_stores, i);
        if (store->device == st.st_dev && store->inode == st.st_ino)
            return vessel__store_ref(store);
    }
    return NULL;
}

static VesselPlaces *places_copy(const VesselPlaces *places)
{
    VesselPlaces *copy = g_new0(VesselPlaces, 1);
    copy->state_dir = g_strdup(places->state_dir);
    copy->runtime_dir = g_strdup(places->runtime_dir);
    copy->cache_dir = g_strdup(places->cache_dir);
    return copy;
}

static int open_locked(const VesselPlaces *places, VesselLog *log, VesselStore **store,
                       VesselError **err)
{
    int rc = forget_inherited(err);
    if (rc < 0)
        return rc;
    *store = find_open(places);
    if (*store)
        return 0;
    VesselStore *made = store_new();
    rc = vessel__local_open(places_copy(places), log, made, err);
    if (rc < 0) {
        vessel__local_close(made);
        store_free(made);
        return rc;
    }
    registry_add(made);
    *store = made;
    return 0;
}

int vessel__store_open(const VesselPlaces *places, VesselLog *log, VesselStore **store,
                       VesselError **err)
{
    *store = NULL;
    vessel__registry_lock();
    int rc = open_locked(places, log, store, err);
    vessel__registry_unlock();
    return rc;
}

int vessel__store_open_memory(VesselStore **store, VesselError **err)
{
    (void)err; /* nothing in it can fail */
    *store = store_new();
    (*store)->memory = vessel__memory_new();
    (*store)->slots = vessel__slots_new();
    vessel__random_hex(4, (*store)->root_id);
    return 0;
}

VesselStore *vessel__store_ref(VesselStore *store)
{
    atomic_fetch_add(&store->refs, 1);
    return store;
}

/* True if it was not the last reference, which is dropped under the registry's lock. Who opens a
 * store has that lock and may well drop one: an operation lock of its sweep. */
static bool drop_not_last(VesselStore *store)
{
    int refs = atomic_load(&store->refs);
    while (refs > 1)
        if (atomic_compare_exchange_weak(&store->refs, &refs, refs - 1))
            return true;
    return false;
}

/* Under the registry's lock to the end, so that whoever opens the root next finds it closed. */
static void close_local(VesselStore *store)
{
    if (drop_not_last(store))
        return;
    vessel__registry_lock();
    if (atomic_fetch_sub(&store->refs, 1) == 1) {
        registry_remove(store);
        vessel__local_close(store);
        store_free(store);
    }
    vessel__registry_unlock();
}

static void forget_forked(VesselStore *store)
{
    if (atomic_fetch_sub(&store->refs, 1) != 1)
        return;
    vessel__registry_lock();
    if (!store->memory) {
        registry_remove(store);
        vessel__local_forget(store);
    }
    store_free(store);
    vessel__registry_unlock();
}

void vessel__store_unref(VesselStore *store)
{
    if (!store)
        return;
    if (vessel__store_forked(store)) {
        forget_forked(store);
    } else if (!store->memory) {
        close_local(store);
    } else if (atomic_fetch_sub(&store->refs, 1) == 1) {
        store_free(store);
    }
}

bool vessel__store_forked(const VesselStore *store)
{
    return store->process != vessel__process_token();
}

void vessel__store_drop_log(VesselStore *store, VesselLog *log)
{
    pthread_mutex_lock(&store->log_mutex);
    if (store->log == log)
        store->log = NULL;
    pthread_mutex_unlock(&store->log_mutex);
}

void vessel__store_warn(VesselStore *store, const VesselError *err, const char *what)
{
    pthread_mutex_lock(&store->log_mutex);
    vessel_log(store->log, VESSEL__LOG_WARNING, "store", "%s: %s", what, vessel_error_message(err));
    pthread_mutex_unlock(&store->log_mutex);
}

bool vessel__store_is_memory(const VesselStore *store)
{
    return store->memory != NULL;
}

bool vessel__store_is_readonly(const VesselStore *store)
{
    return store->readonly;
}

const char *vessel__store_root_id(const VesselStore *store)
{
    return store->root_id;
}

const VesselPlaces *vessel__store_places(const VesselStore *store)
{
    return store->places;
}

int vessel__store_runtime_fd(const VesselStore *store)
{
    return store->runtime_dir;
}

int vessel__store_events_fd(const VesselStore *store)
{
    return store->events_dir;
}

int vessel__store_cache_fd(const VesselStore *store)
{
    return store->cache_dir;
}
