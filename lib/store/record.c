/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two things the table holds: what a domain is (record) and what it does (live). */
#include "store/live.h"
#include "store/store.h"

#include "base/words.h"
#include <vessel/domain.h>

VesselDomainRecord *vessel__record_new(const char *uuid, const char *name, const char *type)
{
    VesselDomainRecord *record = g_new0(VesselDomainRecord, 1);
    atomic_init(&record->refs, 1);
    g_strlcpy(record->uuid, uuid, sizeof record->uuid);
    record->name = g_strdup(name);
    record->type = g_strdup(type);
    return record;
}

VesselDomainRecord *vessel__record_copy(const VesselDomainRecord *record)
{
    VesselDomainRecord *copy = vessel__record_new(record->uuid, record->name, record->type);
    copy->persistent = record->persistent;
    copy->autostart = record->autostart;
    copy->given = g_strdup(record->given);
    copy->full = g_strdup(record->full);
    return copy;
}

VesselDomainRecord *vessel__record_ref(VesselDomainRecord *record)
{
    atomic_fetch_add(&record->refs, 1);
    return record;
}

void vessel__record_unref(VesselDomainRecord *record)
{
    if (!record || atomic_fetch_sub(&record->refs, 1) != 1)
        return;
    void *parsed = atomic_load(&record->parsed);
    if (parsed && record->parsed_free)
        record->parsed_free(parsed);
    g_free(record->name);
    g_free(record->type);
    g_free(record->given);
    g_free(record->full);
    g_free(record);
}

static const char *const state_words[] = {
    "running", "paused", "in-shutdown", "shut-off", "crashed", "pmsuspended", NULL,
};

VesselLive *vessel__live_new(const VesselJson *json)
{
    int bit = vessel__word_find(state_words, vessel__json_get_string(json, "state", ""));
    if (bit < 0)
        return NULL;
    VesselLive *live = g_new0(VesselLive, 1);
    atomic_init(&live->refs, 1);
    live->state = 1 << bit; /* the words are in the order of VesselDomainState's bits */
    live->json = vessel__json_copy(json);
    live->reason = g_strdup(vessel__json_get_string(json, "reason", ""));
    int64_t id = vessel__json_get_int(json, "id", -1);
    live->id = id > 0 && id <= G_MAXINT && live->state != VESSEL_DOMAIN_SHUT_OFF ? (int)id : -1;
    vessel__time_parse(vessel__json_get_string(json, "since", ""), &live->since_us);
    live->driver = g_strdup(vessel__json_get_string(json, "driver", ""));
    vessel__process_from_json(vessel__json_get(json, "warden"), &live->warden);
    vessel__process_from_json(vessel__json_get(json, "guest"), &live->guest);
    return live;
}

VesselLive *vessel__live_ref(VesselLive *live)
{
    atomic_fetch_add(&live->refs, 1);
    return live;
}

void vessel__live_unref(VesselLive *live)
{
    if (!live || atomic_fetch_sub(&live->refs, 1) != 1)
        return;
    g_free(live->reason);
    g_free(live->driver);
    vessel__json_free(live->json);
    g_free(live);
}
