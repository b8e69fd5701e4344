/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/dispatch.h"
#include "core/domain.h"
#include "core/registry.h"

/* ---- notes ---- */

static void note_problems(GPtrArray *notes, const VesselError *problem)
{
    if (!problem)
        return;
    size_t count = vessel_error_problem_count(problem);
    if (!count)
        g_ptr_array_add(notes,
                        g_strdup_printf("cannot be started: %s", vessel_error_message(problem)));
    for (size_t i = 0; i < count; i++) {
        const VesselError *one = vessel_error_problem(problem, i);
        const char *path = vessel_error_path(one);
        g_ptr_array_add(notes, g_strdup_printf("cannot be started: %s%s%s", path ? path : "",
                                               path ? ": " : "", vessel_error_message(one)));
    }
}

static void note_driver(VesselHost *host, GPtrArray *notes, const VesselDomainRecord *record,
                        const VesselNow *now, const VesselDomainDef *def)
{
    const VesselDriver *driver = vessel__driver_of(record, now);
    const VesselDriver *resolved = NULL;
    char *why = NULL;
    if (def && def->type == VESSEL_DOMAIN_TYPE_AUTO && !host->mock &&
        !vessel__driver_for_type(host, def->type, def->os_arch, def->os_machine, &resolved, &why,
                                 NULL) &&
        why)
        g_ptr_array_add(notes, why);
    if (!driver) {
        g_ptr_array_add(notes, g_strdup_printf("this build has no driver \"%s\"", record->type));
        return;
    }
    g_autofree char *why_not = NULL;
    if (now->state == VESSEL_DOMAIN_SHUT_OFF && def &&
        vessel__driver_usable(host, driver, def->os_arch, def->os_machine, &why_not) <= 0)
        g_ptr_array_add(notes, g_strdup_printf("%s cannot run guests here: %s", driver->name,
                                               why_not ? why_not : "no reason was given"));
}

static void note_live(GPtrArray *notes, const VesselNow *now)
{
    if (!now->live)
        return;
    VESSEL_JSON_FOREACH (note, vessel__json_get(now->live->json, "notes")) {
        const char *text = vessel__json_string(note, NULL);
        if (text)
            g_ptr_array_add(notes, g_strdup(text));
    }
}

/* ---- numbers ---- */

static bool is_tied(VesselHost *host, const VesselDomainRecord *record, const VesselNow *now)
{
    if (now->state == VESSEL_DOMAIN_SHUT_OFF)
        return false;
    if (now->live && vessel__json_get(now->live->json, "autodestroy"))
        return true;
    pthread_mutex_lock(&host->lock);
    gpointer id = g_hash_table_lookup(host->autodestroy, record->uuid);
    pthread_mutex_unlock(&host->lock);
    return id && GPOINTER_TO_INT(id) == now->id;
}

static uint64_t cpu_time(VesselHost *host, VesselDomainRecord *record, const VesselNow *now)
{
    const VesselDriver *driver = vessel__driver_of(record, now);
    uint64_t cpu_ns = 0;
    if (now->state == VESSEL_DOMAIN_SHUT_OFF || !driver ||
        !vessel_driver_has(driver, stats, cpu_time))
        return 0;
    g_autoptr(VesselGuestEntry) entry = vessel__entry_get(host, record->uuid);
    VesselGuest guest = {
        .host = vessel__host_for_driver(host),
        .uuid = record->uuid,
        .name = record->name,
        .driver = driver->name,
        .id = now->id,
        .state = now->live ? now->live->json : NULL,
        .dir = -1,
        .data = &entry->data,
    };
    return driver->stats->cpu_time(&guest, &cpu_ns, NULL) ? 0 : cpu_ns;
}

static void fill_def(VesselDomainInfo *info, const VesselDomainDef *def)
{
    info->type = g_strdup(vessel__domain_word("/domain/@type", (int)def->type));
    info->os_type = g_strdup(def->os_type ? def->os_type : "hvm");
    info->max_memory_kib = vessel__number(def->memory_kib, 0);
    info->memory_kib = vessel__number(def->current_memory_kib, info->max_memory_kib);
    info->vcpus = (uint32_t)vessel__number(def->vcpus_current, vessel__number(def->vcpus, 1));
}

static VesselDomainInfo *make(VesselHost *host, VesselDomainRecord *record, const VesselNow *now)
{
    g_autoptr(VesselDefinition) in_force = NULL;
    VesselDomainInfo *info = g_new0(VesselDomainInfo, 1);
    VesselDefinition *next = vessel__definition_of(record);
    const VesselDriver *driver = vessel__driver_of(record, now);
    GPtrArray *notes = g_ptr_array_new();
    bool active = now->state != VESSEL_DOMAIN_SHUT_OFF;
    if (active)
        vessel__in_force(host, record->uuid, &in_force, NULL);
    VesselDefinition *shown = in_force ? in_force : next;
    info->size = sizeof *info;
    info->name = g_strdup(record->name);
    info->uuid = g_strdup(record->uuid);
    info->id = now->id;
    info->state = now->state;
    info->reason = g_strdup(now->reason);
    info->driver = g_strdup(driver ? driver->name : record->type);
    if (shown && shown->def)
        fill_def(info, shown->def);
    if (!info->type)
        info->type = g_strdup(record->type);
    if (!info->os_type)
        info->os_type = g_strdup("hvm");
    if (active)
        info->memory_kib = vessel__json_get_uint(now->live->json, "memory_kib", info->memory_kib);
    info->cpu_time_ns = cpu_time(host, record, now);
    info->persistent = record->persistent;
    info->autostart = record->autostart;
    info->autodestroy = is_tied(host, record, now);
    info->changed = in_force && in_force->def && next && next->def && record->persistent &&
                    !vessel__domain_def_equal(in_force->def, next->def);
    note_live(notes, now);
    note_driver(host, notes, record, now, shown ? shown->def : NULL);
    note_problems(notes, next && record->persistent ? next->problem : NULL);
    g_ptr_array_add(notes, NULL);
    info->notes = (const char *const *)g_ptr_array_free(notes, notes->len == 1);
    return info;
}

int vessel__domain_info(VesselDomain *domain, VesselDomainInfo **info, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(info != NULL, "info", err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (!code)
        *info = make(inside, record, &now);
    return code;
}

void vessel__domain_info_free(VesselDomainInfo *info)
{
    if (!info)
        return;
    g_free((char *)info->name);
    g_free((char *)info->uuid);
    g_free((char *)info->reason);
    g_free((char *)info->type);
    g_free((char *)info->driver);
    g_free((char *)info->os_type);
    g_strfreev((char **)info->notes);
    g_free(info);
}
