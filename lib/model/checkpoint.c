/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <domaincheckpoint>. */
#include "model/domain-shape.h"
#include "model/moment.h"

static const char *const checkpoint_words[] = {"", "no", "bitmap", NULL};

/* Part of the names of bitmaps. */
static char *read_checkpoint(const char *text)
{
    if (!*text || *text == '.')
        return NULL;
    for (const char *p = text; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("_-.", *p))
            return NULL;
    }
    return g_strdup(text);
}

static const VesselForm form_checkpoint = {
    "a name of letters, digits, '_', '-' and '.', without a leading '.'",
    "[a-zA-Z0-9_\\-][a-zA-Z0-9_\\-.]*", read_checkpoint};

static const VesselRow disk_rows[] = {
    VESSEL_STRING(VesselCheckpointDisk, name, "@name", &vessel__form_name_any, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "target or file of the disk"),
    VESSEL_ENUM(VesselCheckpointDisk, checkpoint, "@checkpoint", checkpoint_words, 0,
                "whether its changes are marked", .preset = "bitmap"),
    VESSEL_STRING(VesselCheckpointDisk, bitmap, "@bitmap", &vessel__form_name_any, 1023, 0,
                  "name of the bitmap", .otherwise = "the name of the checkpoint"),
    VESSEL_NUMBER(VesselCheckpointDisk, size, "@size", 0, UINT64_MAX, VESSEL_ROW_RUNTIME,
                  "bytes that were changed since"),
    {.path = NULL},
};

static const VesselTable disk_table = VESSEL_LINES_TABLE(VesselCheckpointDisk, "disk", disk_rows);

static const VesselRow checkpoint_rows[] = {
    VESSEL_STRING(VesselCheckpointDef, name, "name", &form_checkpoint, 200, 0,
                  "name, unique in its domain",
                  .otherwise = "the time at which it is made, in seconds since 1970"),
    VESSEL_STRING(VesselCheckpointDef, description, "description", NULL, 65536, 0, "description"),
    VESSEL_STRING(VesselCheckpointDef, parent, "parent/name", &form_checkpoint, 200,
                  VESSEL_ROW_NEEDED, "the checkpoint before it"),
    VESSEL_NUMBER(VesselCheckpointDef, creation_time, "creationTime", 0, INT64_MAX, 0,
                  "when it was made, in seconds since 1970"),
    VESSEL_OBJECTS(VesselCheckpointDef, disks, "disks/disk", &disk_table, 4096, 0, "disks it is of",
                   .otherwise = "all disks that can have one"),
    VESSEL_OBJECT(VesselCheckpointDef, domain, "domain", &vessel__domain_table, VESSEL_ROW_STILL,
                  "the domain as it was"),
    {.path = NULL},
};

static const VesselTable checkpoint_table =
    VESSEL_ROOT_TABLE(VesselCheckpointDef, "domaincheckpoint", checkpoint_rows);

const VesselShape *vessel__checkpoint_shape(void)
{
    return vessel__schema_compile(&checkpoint_table, "domaincheckpoint");
}

void vessel__checkpoint_check(const void *def, VesselProblems *problems)
{
    const VesselCheckpointDef *checkpoint = def;
    VesselDocumentCheck check = {vessel__checkpoint_shape(), def, problems};
    if (checkpoint->domain)
        vessel__domain_check_inside(checkpoint->domain, "/domaincheckpoint/domain", problems);
    vessel__moment_check_parent(&check, checkpoint->name, checkpoint->parent,
                                "/domaincheckpoint/parent/name");
    g_autoptr(GHashTable) names = vessel__document_new_seen();
    g_autoptr(GHashTable) disks = vessel__moment_disks(checkpoint->domain);
    for (guint i = 0; checkpoint->disks && i < checkpoint->disks->len; i++) {
        const VesselCheckpointDisk *disk = checkpoint->disks->pdata[i];
        g_autofree char *path = g_strdup_printf("/domaincheckpoint/disks/disk[%u]", i + 1);
        g_autofree char *bitmap = g_strconcat(path, "/@bitmap", NULL);
        vessel__moment_check_disk(&check, names, disks, disk->name, path);
        if (disk->bitmap && g_strcmp0(checkpoint_words[disk->checkpoint], "no") == 0)
            vessel__document_problem(&check, bitmap, NULL,
                                     "a disk that takes no part has no bitmap");
    }
}
