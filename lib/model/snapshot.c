/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <domainsnapshot>. */
#include "model/device-disk-rows.h"
#include "model/domain-shape.h"
#include "model/moment.h"

static const char *const locations[] = {"", "no", "internal", "external", "manual", NULL};
static const char *const memory_locations[] = {"", "no", "internal", "external", NULL};
static const char *const zero_one[] = {"", "0", "1", NULL};

/* Those of a domain, and one more. */
enum { SHUTOFF = 5, DISK_SNAPSHOT = 8 };
static const char *const states[] = {"",        "running",     "blocked",
                                     "paused",  "shutdown",    [SHUTOFF] = "shutoff",
                                     "crashed", "pmsuspended", [DISK_SNAPSHOT] = "disk-snapshot",
                                     NULL};

static const VesselRow memory_rows[] = {
    VESSEL_ENUM(VesselSnapshotMemory, snapshot, "@snapshot", memory_locations, 0,
                "where its memory is kept", .otherwise = "external if there is a file"),
    VESSEL_STRING(VesselSnapshotMemory, file, "@file", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "file the memory is written to"),
    {.path = NULL},
};

static const VesselTable memory_table =
    VESSEL_LINES_TABLE(VesselSnapshotMemory, "memory", memory_rows);

static const VesselRow disk_rows[] = {
    VESSEL_STRING(VesselSnapshotDisk, name, "@name", &vessel__form_name_any, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "target or file of the disk"),
    VESSEL_ENUM(VesselSnapshotDisk, snapshot, "@snapshot", locations, 0,
                "where its contents are kept", .otherwise = "what the disk itself says"),
    VESSEL_ENUM(VesselSnapshotDisk, type, "@type", vessel__disk_types, 0,
                "where the guest writes from then on", .preset = "file"),
    VESSEL_ENUM(VesselSnapshotDisk, format, "driver/@type", vessel__storage_formats, 0,
                "format of the new image", .preset = "qcow2"),
    VESSEL_BYTES(VesselSnapshotDisk, metadata_cache, "driver/metadata_cache/max_size", 0, INT64_MAX,
                 0, "memory for the tables of a qcow2 image", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselSnapshotDisk, source, "source", &vessel__disk_source_table,
                  VESSEL_ROW_STILL, "the new image", .otherwise = "named after the old one"),
    {.path = NULL},
};

static const VesselTable disk_table =
    VESSEL_LINES_TABLE(VesselSnapshotDisk, "disk", disk_rows, .tag = "@type");

static const VesselRow snapshot_rows[] = {
    VESSEL_STRING(VesselSnapshotDef, name, "name", &vessel__form_name, 200, 0,
                  "name, unique in its domain",
                  .otherwise = "the time at which it is made, in seconds since 1970"),
    VESSEL_STRING(VesselSnapshotDef, description, "description", NULL, 65536, 0, "description"),
    VESSEL_ENUM(VesselSnapshotDef, state, "state", states, 0,
                "state the domain had; disk-snapshot where only disks were kept"),
    VESSEL_STRING(VesselSnapshotDef, parent, "parent/name", &vessel__form_name, 200,
                  VESSEL_ROW_NEEDED, "the snapshot before it"),
    VESSEL_NUMBER(VesselSnapshotDef, creation_time, "creationTime", 0, INT64_MAX, 0,
                  "when it was made, in seconds since 1970"),
    VESSEL_OBJECT(VesselSnapshotDef, memory, "memory", &memory_table, 0,
                  "what becomes of the domain's memory", .otherwise = "kept, if the domain runs"),
    VESSEL_OBJECTS(VesselSnapshotDef, disks, "disks/disk", &disk_table, 4096, 0,
                   "what becomes of its disks", .otherwise = "the same for all disks"),
    VESSEL_OBJECT(VesselSnapshotDef, domain, "domain", &vessel__domain_table, VESSEL_ROW_STILL,
                  "the domain as it was; without a type its UUID is enough, and the rest is not "
                  "checked",
                  .alone = "uuid"),
    VESSEL_OBJECT(VesselSnapshotDef, inactive, "inactiveDomain", &vessel__domain_table,
                  VESSEL_ROW_STILL, "what a running domain was to be at its next start"),
    VESSEL_METADATA(VesselSnapshotDef, cookie, "cookie", VESSEL_METADATA_MAX, VESSEL_ROW_OPAQUE,
                    "what the hypervisor needs besides to go back"),
    VESSEL_SWITCH(VesselSnapshotDef, active, "active", zero_one, 0,
                  "whether it is the domain's current snapshot", .preset = "0"),
    {.path = NULL},
};

static const VesselTable snapshot_table =
    VESSEL_ROOT_TABLE(VesselSnapshotDef, "domainsnapshot", snapshot_rows);

const VesselShape *vessel__snapshot_shape(void)
{
    return vessel__schema_compile(&snapshot_table, "domainsnapshot");
}

/* ---- cross checks ---- */

static void check_memory(const VesselDocumentCheck *check)
{
    static const char at[] = "/domainsnapshot/memory/@snapshot";
    const VesselSnapshotDef *snapshot = check->def;
    const VesselSnapshotMemory *memory = snapshot->memory;
    bool offline = snapshot->state == SHUTOFF || snapshot->state == DISK_SNAPSHOT;
    if (!memory)
        return;
    if (!memory->snapshot && !memory->file)
        vessel__document_problem(check, at, NULL, "the attribute 'snapshot' is missing");
    if (memory->file && memory->snapshot && memory->snapshot != VESSEL_SNAPSHOT_EXTERNAL)
        vessel__document_problem(check, "/domainsnapshot/memory/@file", "give snapshot='external'",
                                 "memory is written to a file only if it is kept outside");
    if (!memory->file && memory->snapshot == VESSEL_SNAPSHOT_EXTERNAL)
        vessel__document_problem(check, "/domainsnapshot/memory/@file", NULL,
                                 "memory that is kept outside needs a file");
    if (offline && (memory->snapshot > VESSEL_SNAPSHOT_NO || memory->file))
        vessel__document_problem(check, at, "give snapshot='no'",
                                 "in the state '%s' there is no memory to keep",
                                 states[snapshot->state]);
}

static void check_source(const VesselDocumentCheck *check, const VesselSnapshotDisk *disk,
                         const char *path)
{
    g_autofree char *source = g_strconcat(path, "/source", NULL);
    VesselWhere where = {.in = check, .path = source};
    vessel__check_source(&where, disk->source);
    if (disk->source->file && disk->source->file[0] != '/')
        vessel__where_problem(&where, "/@file", NULL, "a new image needs an absolute path");
    if (disk->type == VESSEL_DISK_BLOCK && !disk->source->dev)
        vessel__where_problem(&where, "/@dev", NULL, "the attribute 'dev' is missing");
    if (disk->source->startup_policy)
        vessel__where_problem(&where, "/@startupPolicy", NULL,
                              "it is for an image that is there already");
}

static void check_disk(const VesselDocumentCheck *check, const VesselSnapshotDisk *disk,
                       const char *path)
{
    g_autofree char *type = g_strconcat(path, "/@type", NULL);
    g_autofree char *how = g_strconcat(path, "/@snapshot", NULL);
    bool image = disk->type || disk->format || disk->metadata_cache.set || disk->source;
    if (image && disk->snapshot && disk->snapshot != VESSEL_SNAPSHOT_EXTERNAL)
        vessel__document_problem(check, how, "give snapshot='external'",
                                 "there is no new image with snapshot='%s'",
                                 locations[disk->snapshot]);
    if (disk->type == VESSEL_DISK_DIR || disk->type == VESSEL_DISK_VOLUME)
        vessel__document_problem(check, type, "it may be file, block or network",
                                 "a new image cannot be of the type '%s'",
                                 vessel__disk_types[disk->type]);
    if (disk->source)
        check_source(check, disk, path);
}

void vessel__snapshot_check(const void *def, VesselProblems *problems)
{
    const VesselSnapshotDef *snapshot = def;
    VesselDocumentCheck check = {vessel__snapshot_shape(), def, problems};
    g_autoptr(GHashTable) names = vessel__document_new_seen();
    g_autoptr(GHashTable) disks = vessel__moment_disks(snapshot->domain);
    if (snapshot->domain && snapshot->domain->type) /* else it is only read */
        vessel__domain_check_inside(snapshot->domain, "/domainsnapshot/domain", problems);
    if (snapshot->inactive)
        vessel__domain_check_inside(snapshot->inactive, "/domainsnapshot/inactiveDomain", problems);
    check_memory(&check);
    vessel__moment_check_parent(&check, snapshot->name, snapshot->parent,
                                "/domainsnapshot/parent/name");
    for (guint i = 0; snapshot->disks && i < snapshot->disks->len; i++) {
        const VesselSnapshotDisk *disk = snapshot->disks->pdata[i];
        g_autofree char *path = g_strdup_printf("/domainsnapshot/disks/disk[%u]", i + 1);
        vessel__moment_check_disk(&check, names, disks, disk->name, path);
        check_disk(&check, disk, path);
    }
}
