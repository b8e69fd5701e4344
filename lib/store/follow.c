/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the domains of this boot do: state.json of each, read again when the event log tells of it.
 * A warden writes state.json first and the event after, so that whoever has read the event finds
 * the state it tells of, or a later one. */
#include "store/internal.h"
#include "store/live.h"

#include "base/file.h"
#include "base/words.h"

#include <sys/stat.h>

#define STATE_CAP (1024 * 1024)
#define DOMAINS_CAP 1000000

void vessel__follow_domain(VesselStore *store, const char *uuid)
{
    char path[sizeof RUN_DOMAINS "//" VESSEL__RUN_STATE + VESSEL__UUID_SIZE];
    g_snprintf(path, sizeof path, RUN_DOMAINS "/%s/" VESSEL__RUN_STATE, uuid);
    g_autoptr(VesselError) why = NULL;
    g_autoptr(VesselJson) json = NULL;
    g_autofree char *text = NULL;
    size_t length;
    VesselLive *live = NULL;
    int rc = vessel__read_file(store->runtime_dir, path, STATE_CAP, &text, &length, &why);
    if (rc >= 0)
        rc = vessel__json_parse(text, length, NULL, path, &json, &why);
    /* What another boot left is not true any more. */
    if (rc >= 0 && strcmp(vessel__json_get_string(json, "boot_id", ""), vessel__boot_id()) == 0) {
        live = vessel__live_new(json);
        if (!live)
            rc = vessel__fail(&why, VESSEL_ERROR_CORRUPT, "%s names no known state", path);
    }
    /* One unreadable state is not to keep all others from being seen; whoever needs the domain
     * finds its lock held and asks the warden. */
    if (rc < 0 && rc != VESSEL_ERROR_NOT_FOUND)
        vessel__store_warn(store, why, "a state cannot be read");
    vessel__table_set_live(store->table, uuid, live);
}

static int follow_all(VesselStore *store, VesselError **err)
{
    g_auto(GStrv) names = NULL;
    int rc = vessel__list_dir(store->runtime_dir, RUN_DOMAINS, DOMAINS_CAP, &names, err);
    if (rc < 0)
        return rc;
    vessel__table_clear_lives(store->table);
    for (guint i = 0; names[i]; i++) {
        char uuid[VESSEL__UUID_SIZE];
        if (vessel__uuid_parse(names[i], uuid) && strcmp(uuid, names[i]) == 0)
            vessel__follow_domain(store, uuid);
    }
    store->lives_loaded = true;
    return 0;
}

/* The log first, the states after: what happens in between is in both. */
static int follow_begin(VesselStore *store, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    if (store->events_dir >= 0 && !store->follower) {
        char epoch[VESSEL__EPOCH_SIZE];
        int rc = store->readonly && vessel__dir_is_readonly(store->events_dir)
                     ? 0
                     : vessel__eventlog_create(store->events_dir, epoch, &why);
        if (rc >= 0)
            rc = vessel__eventreader_open(store->events_dir, NULL, 0, &store->follower, &why);
        if (rc == VESSEL_ERROR_NO_SPACE || (rc == VESSEL_ERROR_NOT_FOUND && store->readonly))
            vessel__store_warn(store, why, "there is no event log");
        else if (rc < 0)
            return vessel__error_steal(err, g_steal_pointer(&why));
    }
    return follow_all(store, err);
}

int vessel__follow(VesselStore *store, VesselError **err)
{
    if (store->runtime_dir < 0)
        return 0;
    if (!store->lives_loaded)
        return follow_begin(store, err);
    if (!store->follower) /* nothing tells of changes: look each time */
        return follow_begin(store, err);
    if (!vessel__eventreader_pending(store->follower))
        return 0;
    g_autoptr(GHashTable) changed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool gap = false;
    for (;;) {
        g_autoptr(VesselJson) record = NULL;
        uint64_t number;
        int rc = vessel__eventreader_next(store->follower, &record, &number, err);
        if (rc < 0)
            return rc;
        if (!record)
            break;
        const VesselJson *object = vessel__json_get(record, "object");
        const char *text = vessel__json_get_string(object, "uuid", "");
        char uuid[VESSEL__UUID_SIZE];
        if (strcmp(vessel__json_get_string(record, "kind", ""), "host.gap") == 0)
            gap = true;
        else if (strcmp(vessel__json_get_string(object, "type", ""), "domain") == 0 &&
                 vessel__uuid_parse(text, uuid))
            g_hash_table_add(changed, g_strdup(uuid));
    }
    if (gap)
        return follow_all(store, err);
    GHashTableIter iterator;
    gpointer uuid;
    g_hash_table_iter_init(&iterator, changed);
    while (g_hash_table_iter_next(&iterator, &uuid, NULL))
        vessel__follow_domain(store, uuid);
    return 0;
}

void vessel__follow_stop(VesselStore *store)
{
    vessel__eventreader_free(g_steal_pointer(&store->follower));
}

const char *vessel__follow_epoch(const VesselStore *store)
{
    return store->follower ? vessel__eventreader_epoch(store->follower) : store->no_epoch;
}

uint64_t vessel__follow_number(const VesselStore *store)
{
    return store->follower ? vessel__eventreader_number(store->follower) : 0;
}
