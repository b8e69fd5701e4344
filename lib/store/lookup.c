/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reading half of the interface: all from the table, which is brought up to date first. */
#include "store/internal.h"
#include "store/live.h"

#include "base/file.h"

int vessel__store_lock_fresh(VesselStore *store, VesselError **err)
{
    pthread_mutex_lock(&store->table_mutex);
    if (store->memory)
        return 0;
    /* The log before the database: an event that was read tells of a commit that is there. */
    int rc = vessel__follow(store, err);
    if (rc >= 0 && !vessel__load_is_current(store)) {
        pthread_mutex_unlock(&store->table_mutex);
        pthread_mutex_lock(&store->db_mutex);
        pthread_mutex_lock(&store->table_mutex);
        rc = vessel__load_is_current(store) ? 0 : vessel__load(store, err);
        pthread_mutex_unlock(&store->db_mutex);
    }
    if (rc < 0)
        pthread_mutex_unlock(&store->table_mutex);
    return MIN(rc, 0);
}

int vessel__store_refresh(VesselStore *store, VesselError **err)
{
    int rc = vessel__store_lock_fresh(store, err);
    if (rc == 0)
        pthread_mutex_unlock(&store->table_mutex);
    return rc;
}

static VesselDomainRecord *record_of(VesselStore *store, const VesselEntry *entry)
{
    VesselDomainRecord *record = entry && entry->record ? vessel__record_ref(entry->record) : NULL;
    pthread_mutex_unlock(&store->table_mutex);
    return record;
}

VesselDomainRecord *vessel__store_find_uuid(VesselStore *store, const char *uuid, VesselError **err)
{
    if (vessel__store_lock_fresh(store, err) < 0)
        return NULL;
    return record_of(store, vessel__table_by_uuid(store->table, uuid));
}

VesselDomainRecord *vessel__store_find_name(VesselStore *store, const char *name, VesselError **err)
{
    if (vessel__store_lock_fresh(store, err) < 0)
        return NULL;
    return record_of(store, vessel__table_by_name(store->table, name));
}

VesselDomainRecord *vessel__store_find_id(VesselStore *store, int id, VesselError **err)
{
    if (vessel__store_lock_fresh(store, err) < 0)
        return NULL;
    return record_of(store, vessel__table_by_id(store->table, id));
}

static void unref_live(void *live)
{
    vessel__live_unref(live);
}

static void unref_record(void *record)
{
    vessel__record_unref(record);
}

int vessel__store_snapshot(VesselStore *store, GPtrArray **records, GPtrArray **lives, char **epoch,
                           uint64_t *number, VesselError **err)
{
    if (records)
        *records = NULL;
    if (lives)
        *lives = NULL;
    if (epoch)
        *epoch = NULL;
    int rc = vessel__store_lock_fresh(store, err);
    if (rc < 0)
        return rc;
    guint count = vessel__table_count(store->table);
    if (records)
        *records = g_ptr_array_new_full(count, unref_record);
    if (lives)
        *lives = g_ptr_array_new_full(count, unref_live);
    for (guint i = 0; i < count; i++) {
        const VesselEntry *entry = vessel__table_at(store->table, i);
        if (records)
            g_ptr_array_add(*records, vessel__record_ref(entry->record));
        if (lives)
            g_ptr_array_add(*lives, entry->live ? vessel__live_ref(entry->live) : NULL);
    }
    if (epoch)
        *epoch = g_strdup(store->memory ? store->memory->epoch : vessel__follow_epoch(store));
    if (number)
        *number = store->memory ? store->memory->last : vessel__follow_number(store);
    pthread_mutex_unlock(&store->table_mutex);
    return 0;
}

VesselLive *vessel__store_live(VesselStore *store, const char *uuid)
{
    /* Only what this boot knows: vessel.db is not asked. */
    g_autoptr(VesselError) why = NULL;
    pthread_mutex_lock(&store->table_mutex);
    if (!store->memory && vessel__follow(store, &why) < 0)
        vessel__store_warn(store, why, "the states cannot be brought up to date");
    const VesselEntry *entry = vessel__table_by_uuid(store->table, uuid);
    VesselLive *live = entry && entry->live ? vessel__live_ref(entry->live) : NULL;
    pthread_mutex_unlock(&store->table_mutex);
    return live;
}

static int write_state(VesselStore *store, const char *uuid, const VesselJson *json,
                       VesselError **err)
{
    vessel_autofd int dir = -1;
    int rc = vessel__store_folder(store, uuid, &dir, err);
    if (rc < 0)
        return rc;
    if (!json)
        return unlinkat(dir, VESSEL__RUN_STATE, 0) == 0 || errno == ENOENT
                   ? 0
                   : vessel__fail_errno(err, errno, "cannot remove the state of %s", uuid);
    g_autofree char *text = vessel__json_format(json, false);
    return vessel__replace_file(dir, VESSEL__RUN_STATE, text, strlen(text), 0600,
                                VESSEL_REPLACE_QUICK, err);
}

int vessel__store_set_live(VesselStore *store, const char *uuid, const VesselJson *json,
                           VesselError **err)
{
    VesselLive *live = json ? vessel__live_new(json) : NULL;
    if (json && !live)
        return vessel__fail(err, VESSEL_ERROR_BUG, "a state without a known word for domain %s",
                            uuid);
    int rc = store->memory ? 0 : write_state(store, uuid, json, err);
    if (rc < 0) {
        vessel__live_unref(live);
        return rc;
    }
    pthread_mutex_lock(&store->table_mutex);
    if (store->memory) {
        vessel__table_set_live(store->table, uuid, live);
    } else {
        vessel__live_unref(live);
        vessel__follow_domain(store, uuid); /* what the file says now is what counts */
    }
    pthread_mutex_unlock(&store->table_mutex);
    return 0;
}
