/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the cross checks of snapshots, checkpoints and backups share. */
#include "model/check-document.h"
#include "model/moment.h"

GHashTable *vessel__moment_disks(const VesselDomainDef *domain)
{
    if (!domain || !domain->type) /* what it has else may not be all of it */
        return NULL;
    GHashTable *disks = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; domain->devices && i < domain->devices->len; i++) {
        const VesselDevice *device = domain->devices->pdata[i];
        char *target = device->kind == VESSEL_DEVICE_DISK ? device->disk->target : NULL;
        const char *path = target ? vessel__source_path(device->disk->source) : NULL;
        if (target)
            g_hash_table_insert(disks, target, target);
        if (path) /* two disks with one file: it names neither */
            g_hash_table_insert(disks, (gpointer)path,
                                g_hash_table_contains(disks, path) ? NULL : target);
    }
    return disks;
}

void vessel__moment_check_parent(const VesselDocumentCheck *check, const char *name,
                                 const char *parent, const char *path)
{
    if (parent && g_strcmp0(name, parent) == 0)
        vessel__document_problem(check, path, NULL, "'%s' cannot be its own parent", name);
}

void vessel__moment_check_disk(const VesselDocumentCheck *check, GHashTable *seen,
                               GHashTable *disks, const char *name, const char *above)
{
    const char *target = disks && name ? g_hash_table_lookup(disks, name) : NULL;
    g_autofree char *path = g_strconcat(above, "/@name", NULL);
    if (disks && name && !target)
        vessel__document_problem(check, path, "give the target of one of its disks",
                                 "the domain has no disk '%s'", name);
    vessel__document_unique(check, seen, target ? target : name, path, "the disk");
}
