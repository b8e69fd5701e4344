/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks: labels, keys, users and counters. */
#include "model/check.h"

#define LABEL "/domain/seclabel[%u]"

static void check_label(const VesselCheck *check, const VesselSeclabel *label, guint number)
{
    const char *type = vessel__domain_word("/domain/seclabel/@type", label->type);
    if (!type && label->baselabel)
        type = "dynamic";
    if (!type)
        return;
    if (strcmp(type, "static") == 0 && !label->label)
        vessel__check_at(check, g_strdup_printf(LABEL "/label", number), NULL,
                         "a static label must be given");
    if (strcmp(type, "dynamic") == 0 && label->relabel == VESSEL_TRI_NO)
        vessel__check_at(check, g_strdup_printf(LABEL "/@relabel", number), NULL,
                         "files always get a dynamic label");
    if (strcmp(type, "none") == 0 && label->relabel == VESSEL_TRI_YES)
        vessel__check_at(check, g_strdup_printf(LABEL "/@relabel", number), NULL,
                         "without a label files cannot get it");
}

static void check_labels(const VesselCheck *check)
{
    const GPtrArray *labels = check->def->seclabel;
    g_autoptr(GHashTable) seen = NULL;
    for (guint i = 0; i < vessel__check_count(labels); i++) {
        const VesselSeclabel *label = labels->pdata[i];
        check_label(check, label, i + 1);
        if (!label->model && labels->len > 1)
            vessel__check_at(check, g_strdup_printf(LABEL "/@model", i + 1), NULL,
                             "of several labels each needs its model");
        else if (label->model && !vessel__check_first(&seen, g_strdup(label->model)))
            vessel__check_at(check, g_strdup_printf(LABEL "/@model", i + 1), NULL,
                             "the model '%s' is given more than once", label->model);
    }
}

static void check_keywrap(const VesselCheck *check)
{
    unsigned seen = 0;
    for (guint i = 0; i < vessel__check_count(check->def->keywrap); i++) {
        int name = ((const VesselCipher *)check->def->keywrap->pdata[i])->name;
        if (seen & (1u << name))
            vessel__check_at(check, g_strdup_printf("/domain/keywrap/cipher[%u]/@name", i + 1),
                             NULL, "the cipher '%s' is given more than once",
                             vessel__domain_word("/domain/keywrap/cipher/@name", name));
        seen |= 1u << name;
    }
}

static bool maps_root(const GPtrArray *entries)
{
    for (guint i = 0; i < vessel__check_count(entries); i++) {
        if (((const VesselIdmapEntry *)entries->pdata[i])->start.value == 0)
            return true;
    }
    return false;
}

static void check_idmap(const VesselCheck *check)
{
    const GPtrArray *uids = check->def->idmap_uids, *gids = check->def->idmap_gids;
    bool some = vessel__check_count(uids) || vessel__check_count(gids);
    if (some && !maps_root(uids))
        vessel__check_at(check, g_strdup("/domain/idmap/uid"),
                         "users and groups go together, from 0",
                         "user 0 of the container is not mapped");
    if (some && !maps_root(gids))
        vessel__check_at(check, g_strdup("/domain/idmap/gid"),
                         "users and groups go together, from 0",
                         "group 0 of the container is not mapped");
}

static void check_perf(const VesselCheck *check)
{
    uint64_t seen = 0;
    for (guint i = 0; i < vessel__check_count(check->def->perf_events); i++) {
        int name = ((const VesselPerfEvent *)check->def->perf_events->pdata[i])->name;
        if (seen & (UINT64_C(1) << name))
            vessel__check_at(check, g_strdup_printf("/domain/perf/event[%u]/@name", i + 1), NULL,
                             "the event '%s' is given more than once",
                             vessel__domain_word("/domain/perf/event/@name", name));
        seen |= UINT64_C(1) << name;
    }
}

void vessel__check_security(const VesselCheck *check)
{
    check_labels(check);
    check_keywrap(check);
    check_idmap(check);
    check_perf(check);
}
