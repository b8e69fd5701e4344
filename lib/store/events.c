/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Appending events. */
#include "store/internal.h"

/* With events_mutex held. */
static int need_writer(VesselStore *store, VesselError **err)
{
    char epoch[VESSEL__EPOCH_SIZE];
    if (store->writer)
        return 0;
    int rc = vessel__eventlog_create(store->events_dir, epoch, err);
    return rc < 0 ? rc : vessel__eventwriter_open(store->events_dir, &store->writer, err);
}

int vessel__events_append(VesselStore *store, const VesselJson *event, uint64_t *number,
                          VesselError **err)
{
    uint64_t ignored;
    int rc = vessel__local_need_runtime(store, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->events_mutex);
    rc = need_writer(store, err);
    if (rc >= 0)
        rc = vessel__eventwriter_append(store->writer, event, number ? number : &ignored, err);
    pthread_mutex_unlock(&store->events_mutex);
    return rc;
}

int vessel__store_event_once(VesselStore *store, const VesselJson *event, VesselError **err)
{
    if (store->memory) /* nobody is killed in the middle and leaves it */
        return vessel__store_event(store, event, NULL, err);
    int rc = vessel__local_need_runtime(store, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&store->events_mutex);
    rc = need_writer(store, err);
    if (rc >= 0)
        rc = vessel__eventwriter_append_once(store->writer, event, err);
    pthread_mutex_unlock(&store->events_mutex);
    return rc;
}

int vessel__store_event(VesselStore *store, const VesselJson *event, uint64_t *number,
                        VesselError **err)
{
    if (!store->memory)
        return vessel__events_append(store, event, number, err);
    VesselJson *copy = vessel__json_copy(event);
    if (!vessel__json_get(copy, "time")) {
        char time[32];
        vessel__time_format(vessel__realtime_us(), time);
        vessel__json_set_string(copy, "time", time);
    }
    pthread_mutex_lock(&store->table_mutex);
    uint64_t at = vessel__memory_append(store->memory, copy);
    pthread_mutex_unlock(&store->table_mutex);
    if (number)
        *number = at;
    return 0;
}
