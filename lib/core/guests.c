/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/guests.h"
#include "base/file.h"
#include "core/recover.h"
#include "core/registry.h"
#include "core/rename.h"
#include "core/states.h"
#include "core/stats.h"
#include <poll.h>
#include <sys/stat.h>

#define DEFINITION_MAX (16 * 1024 * 1024)
#define KICK_EVERY_MS 1000

static void entry_clear_data(VesselGuestEntry *entry)
{
    if (!entry->data || !entry->driver || !vessel_driver_has(entry->driver, lifecycle, forget))
        return;
    VesselGuest guest = {.id = -1, .dir = -1, .data = &entry->data};
    entry->driver->lifecycle->forget(&guest);
    entry->data = NULL;
}

VesselGuestEntry *vessel__entry_ref(VesselGuestEntry *entry)
{
    atomic_fetch_add_explicit(&entry->refs, 1u, memory_order_relaxed);
    return entry;
}

void vessel__entry_unref(VesselGuestEntry *entry)
{
    if (!entry || atomic_fetch_sub_explicit(&entry->refs, 1u, memory_order_acq_rel) != 1u)
        return;
    entry_clear_data(entry);
    vessel__definition_unref(entry->in_force);
    vessel__stats_free(entry->last);
    vessel__close_fd(&entry->pidfd);
    pthread_mutex_destroy(&entry->lock);
    g_free(entry);
}

GHashTable *vessel__entries_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                 (GDestroyNotify)vessel__entry_unref);
}

VesselGuestEntry *vessel__entry_get(VesselHost *host, const char *uuid)
{
    pthread_mutex_lock(&host->lock);
    VesselGuestEntry *entry = g_hash_table_lookup(host->guests, uuid);
    if (!entry) {
        entry = g_new0(VesselGuestEntry, 1);
        atomic_init(&entry->refs, 1u);
        pthread_mutex_init(&entry->lock, NULL);
        entry->pidfd = -1;
        g_hash_table_insert(host->guests, g_strdup(uuid), entry);
    }
    vessel__entry_ref(entry);
    pthread_mutex_unlock(&host->lock);
    return entry;
}

bool vessel__entry_may_kick(VesselHost *host, const char *uuid)
{
    g_autoptr(VesselGuestEntry) entry = vessel__entry_get(host, uuid);
    int64_t since = vessel__now_ms();
    pthread_mutex_lock(&entry->lock);
    bool may = !entry->kicked_ms || since - entry->kicked_ms >= KICK_EVERY_MS;
    if (may)
        entry->kicked_ms = since;
    pthread_mutex_unlock(&entry->lock);
    return may;
}

void vessel__entry_forget(VesselHost *host, const char *uuid)
{
    pthread_mutex_lock(&host->lock);
    g_autoptr(VesselGuestEntry) entry = g_hash_table_lookup(host->guests, uuid);
    g_autofree char *key = NULL;
    if (entry)
        g_hash_table_steal_extended(host->guests, uuid, (gpointer *)&key, NULL);
    pthread_mutex_unlock(&host->lock);
}

/* ---- the definition in force ---- */

static char *in_force_path(const char *uuid)
{
    return g_strdup_printf("domains/%s/" VESSEL__RUN_DOMAIN, uuid);
}

static int read_in_force(VesselHost *host, VesselGuestEntry *entry, const char *uuid,
                         VesselError **err)
{
    g_autofree char *path = in_force_path(uuid);
    g_autofree char *text = NULL;
    size_t length;
    struct stat st;
    int runtime = vessel__store_runtime_fd(host->store);
    if (fstatat(runtime, path, &st, 0) < 0)
        return vessel__fail_errno(err, errno, "cannot read the definition in force (%s)", path);
    int64_t changed = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
    if (entry->in_force && entry->file == st.st_ino && entry->changed_ns == changed)
        return VESSEL_OK;
    int code = vessel__read_file(runtime, path, DEFINITION_MAX, &text, &length, err);
    if (code)
        return code;
    g_autoptr(VesselDefinition) definition = vessel__definition_load(text, length);
    if (!definition->def)
        return vessel__error_steal(err, vessel__error_copy(definition->problem));
    g_clear_pointer(&entry->in_force, vessel__definition_unref);
    entry->in_force = g_steal_pointer(&definition);
    entry->file = st.st_ino;
    entry->changed_ns = changed;
    return VESSEL_OK;
}

int vessel__in_force(VesselHost *host, const char *uuid, VesselDefinition **definition,
                     VesselError **err)
{
    g_autoptr(VesselGuestEntry) entry = vessel__entry_get(host, uuid);
    return vessel__in_force_of(host, entry, uuid, definition, err);
}

int vessel__in_force_of(VesselHost *host, VesselGuestEntry *entry, const char *uuid,
                        VesselDefinition **definition, VesselError **err)
{
    int code = VESSEL_OK;
    *definition = NULL;
    pthread_mutex_lock(&entry->lock);
    if (!vessel__store_is_memory(host->store))
        code = read_in_force(host, entry, uuid, err);
    else if (!entry->in_force)
        code = vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "the domain does not run");
    if (!code)
        *definition = vessel__definition_ref(entry->in_force);
    pthread_mutex_unlock(&entry->lock);
    return code;
}

int vessel__in_force_set(VesselHost *host, const char *uuid, int dir, const VesselDomainDef *def,
                         VesselError **err)
{
    if (dir >= 0) {
        if (!def)
            return VESSEL_OK; /* the folder goes as a whole */
        g_autofree char *xml =
            vessel__domain_def_format_xml(def, VESSEL_FORMAT_SECRET | VESSEL_FORMAT_RUNTIME);
        return vessel__replace_file(dir, VESSEL__RUN_DOMAIN, xml, strlen(xml), 0600,
                                    VESSEL_REPLACE_QUICK, err);
    }
    g_autoptr(VesselGuestEntry) entry = vessel__entry_get(host, uuid);
    VesselDefinition *definition =
        def ? vessel__definition_new(vessel__domain_def_copy(def)) : NULL;
    pthread_mutex_lock(&entry->lock);
    VesselDefinition *old = entry->in_force;
    entry->in_force = definition;
    pthread_mutex_unlock(&entry->lock);
    vessel__definition_unref(old);
    return VESSEL_OK;
}

/* ---- state ---- */

void vessel__now_clear(VesselNow *now)
{
    g_clear_pointer(&now->live, vessel__live_unref);
}

static bool same_process(const VesselProcess *a, const VesselProcess *b)
{
    return a->pid == b->pid && a->start == b->start && a->pidns == b->pidns &&
           g_str_equal(a->boot_id, b->boot_id);
}

bool vessel__warden_lives(VesselHost *host, const char *uuid, const VesselProcess *warden)
{
    if (!warden->pid)
        return false;
    g_autoptr(VesselGuestEntry) entry = vessel__entry_get(host, uuid);
    pthread_mutex_lock(&entry->lock);
    if (entry->pidfd < 0 || !same_process(&entry->watched, warden)) {
        vessel__close_fd(&entry->pidfd);
        entry->watched = *warden;
        /* Without a descriptor to spare it is looked up each time. */
        vessel__process_pidfd(warden, &entry->pidfd, NULL);
    }
    bool lives =
        entry->pidfd >= 0 ? !vessel__pidfd_dead(entry->pidfd) : vessel__process_alive(warden);
    if (!lives)
        vessel__close_fd(&entry->pidfd);
    pthread_mutex_unlock(&entry->lock);
    return lives;
}

const VesselDriver *vessel__driver_of(const VesselDomainRecord *record, const VesselNow *now)
{
    if (now && now->live && now->live->driver && now->state != VESSEL_DOMAIN_SHUT_OFF)
        return vessel__driver_by_name(now->live->driver);
    return vessel__driver_by_name(record->type);
}

static void set_now(VesselNow *now, VesselLive *live)
{
    *now = (VesselNow){live ? vessel__live_ref(live) : NULL, VESSEL_DOMAIN_SHUT_OFF, "unknown", -1};
    if (!live)
        return;
    now->state = live->state ? live->state : VESSEL_DOMAIN_SHUT_OFF;
    now->reason = live->reason ? live->reason : "unknown";
    now->id = now->state == VESSEL_DOMAIN_SHUT_OFF ? -1 : live->id;
}

void vessel__now(VesselHost *host, VesselDomainRecord *record, VesselLive *live, VesselNow *now)
{
    set_now(now, live);
    const VesselDriver *driver = vessel__driver_of(record, now);
    if (!live || !vessel__live_is_claimed(live) || (driver && driver->truth != VESSEL_TRUTH_WARDEN))
        return;
    if (vessel__warden_lives(host, record->uuid, &live->warden))
        vessel__rename_kick(host, record, now);
    else
        vessel__recover_kick(host, record, now);
}

bool vessel__is_leftover(VesselHost *host, const VesselDomainRecord *record, const VesselNow *now)
{
    VesselHolder holder;
    if (record->persistent || now->state != VESSEL_DOMAIN_SHUT_OFF)
        return false;
    return vessel__store_op_peek(host->store, record->uuid, &holder, NULL) == 0;
}
