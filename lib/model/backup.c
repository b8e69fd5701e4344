/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <domainbackup>. */
#include "model/device-disk-rows.h"
#include "model/moment.h"

#define FILE_ONLY VESSEL_WHEN(VESSEL_BACKUP_DISK_FILE) | VESSEL_WHEN(VESSEL_BACKUP_DISK_ABSENT)
#define BLOCK_ONLY VESSEL_WHEN(VESSEL_BACKUP_DISK_BLOCK)

static const char *const modes[] = {"", "push", "pull", NULL};
static const char *const transports[] = {"", "tcp", "unix", NULL};
static const char *const types[] = {"", "file", "block", NULL};
static const char *const disk_modes[] = {"", "full", "incremental", NULL};

static const VesselRow server_rows[] = {
    VESSEL_ENUM(VesselBackupServer, transport, "@transport", transports, 0,
                "how the server is reached", .preset = "tcp"),
    VESSEL_SWITCH(VesselBackupServer, tls, "@tls", vessel__no_yes, 0, "the server wants TLS",
                  .preset = "no"),
    VESSEL_STRING(VesselBackupServer, name, "@name", &vessel__form_host, 255, 0,
                  "name or address it listens on"),
    VESSEL_STRING(VesselBackupServer, port, "@port", &vessel__form_port, 8, 0, "its port",
                  .otherwise = "one that is free"),
    VESSEL_STRING(VesselBackupServer, socket, "@socket", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "its socket, if the transport is unix"),
    {.path = NULL},
};

static const VesselTable server_table =
    VESSEL_LINES_TABLE(VesselBackupServer, "server", server_rows);

static const VesselRow store_rows[] = {
    VESSEL_ENUM(VesselBackupStore, type, "..", types, 0, "type of the disk"),
    VESSEL_STRING(VesselBackupStore, file, "@file", &vessel__form_file, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_REQUIRED, "file that is written",
                  .when = FILE_ONLY),
    VESSEL_STRING(VesselBackupStore, dev, "@dev", &vessel__form_file, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_REQUIRED, "block device that is written",
                  .when = BLOCK_ONLY),
    VESSEL_OBJECTS(VesselBackupStore, seclabels, "seclabel", &vessel__source_seclabel_table, 8, 0,
                   "labels of the file"),
    VESSEL_OBJECT(VesselBackupStore, encryption, "encryption", &vessel__encryption_table, 0,
                  "how it is encrypted"),
    {.path = NULL},
};

static const VesselTable store_table =
    VESSEL_PART_TABLE(VesselBackupStore, "store", store_rows, .tag = "..");

static const VesselRow disk_rows[] = {
    VESSEL_STRING(VesselBackupDisk, name, "@name", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "target of the disk"),
    VESSEL_SWITCH(VesselBackupDisk, backup, "@backup", vessel__no_yes, 0, "whether it takes part",
                  .preset = "yes"),
    VESSEL_ENUM(VesselBackupDisk, type, "@type", types, 0, "what is written to", .preset = "file"),
    VESSEL_ENUM(VesselBackupDisk, mode, "@backupmode", disk_modes, 0,
                "all of the disk, or what was changed", .otherwise = "as the whole backup"),
    VESSEL_STRING(VesselBackupDisk, incremental, "@incremental", &vessel__form_name_any, 200, 0,
                  "checkpoint from which on changes are copied",
                  .otherwise = "the checkpoint of the whole backup"),
    VESSEL_STRING(VesselBackupDisk, exportname, "@exportname", &vessel__form_name_any, 1023, 0,
                  "name at the server", .otherwise = "the target of the disk"),
    VESSEL_STRING(VesselBackupDisk, exportbitmap, "@exportbitmap", &vessel__form_name_any, 1023, 0,
                  "name of the bitmap at the server", .otherwise = "a name of its own"),
    VESSEL_NUMBER(VesselBackupDisk, index, "@index", 0, UINT32_MAX, VESSEL_ROW_RUNTIME,
                  "number of what is written to"),
    VESSEL_ENUM(VesselBackupDisk, format, "driver/@type", vessel__storage_formats, 0,
                "format that is written", .preset = "qcow2"),
    VESSEL_OBJECT(VesselBackupDisk, target, "target", &store_table, 0,
                  "where the backup is written to", .otherwise = "a file beside the image"),
    VESSEL_OBJECT(VesselBackupDisk, scratch, "scratch", &store_table, 0,
                  "where what the guest overwrites is kept meanwhile",
                  .otherwise = "a file beside the image"),
    {.path = NULL},
};

static const VesselTable disk_table =
    VESSEL_LINES_TABLE(VesselBackupDisk, "disk", disk_rows, .tag = "@type");

static const VesselRow backup_rows[] = {
    VESSEL_ENUM(VesselBackupDef, mode, "@mode", modes, 0,
                "whether it is written for the caller (push) or fetched from a server (pull)",
                .preset = "push"),
    VESSEL_STRING(VesselBackupDef, incremental, "incremental", &vessel__form_name_any, 200, 0,
                  "only what was changed since this checkpoint"),
    VESSEL_OBJECT(VesselBackupDef, server, "server", &server_table, 0,
                  "server a pull fetches from"),
    VESSEL_OBJECTS(VesselBackupDef, disks, "disks/disk", &disk_table, 4096, 0,
                   "disks that take part", .otherwise = "all disks"),
    {.path = NULL},
};

static const VesselTable backup_table =
    VESSEL_ROOT_TABLE(VesselBackupDef, "domainbackup", backup_rows);

const VesselShape *vessel__backup_shape(void)
{
    return vessel__schema_compile(&backup_table, "domainbackup");
}

/* ---- cross checks ---- */

static void check_server(const VesselDocumentCheck *check, const VesselBackupDef *backup)
{
    const VesselBackupServer *server = backup->server;
    bool pull = backup->mode == VESSEL_BACKUP_PULL;
    if (!server) {
        if (pull)
            vessel__document_problem(check, "/domainbackup/server", NULL,
                                     "a backup of mode 'pull' needs a server");
        return;
    }
    if (!pull)
        vessel__document_problem(check, "/domainbackup/server", "give mode='pull'",
                                 "a server is only for mode 'pull'");
    bool socket = g_strcmp0(transports[server->transport], "unix") == 0;
    if (socket && !server->socket)
        vessel__document_problem(check, "/domainbackup/server/@socket", NULL,
                                 "the attribute 'socket' is missing");
    if (socket ? server->name || server->port : server->socket != NULL)
        vessel__document_problem(check, "/domainbackup/server/@transport", NULL,
                                 "name and port are for tcp, a socket is for unix");
    if (!socket && !server->name)
        vessel__document_problem(check, "/domainbackup/server/@name", NULL,
                                 "the attribute 'name' is missing");
}

static void check_store(const VesselDocumentCheck *check, const VesselBackupStore *store,
                        const char *disk, const char *element)
{
    if (!store)
        return;
    g_autofree char *path = g_strconcat(disk, "/", element, NULL);
    g_autofree char *encryption_path = g_strconcat(path, "/encryption", NULL);
    VesselWhere where = {.in = check, .path = path};
    VesselWhere encryption = {.in = check, .path = encryption_path};
    vessel__check_labels(&where, store->seclabels);
    vessel__check_encryption(&encryption, store->encryption, false);
}

static void check_disk(const VesselDocumentCheck *check, const VesselBackupDisk *disk,
                       const char *path)
{
    const VesselBackupDef *backup = check->def;
    bool pull = backup->mode == VESSEL_BACKUP_PULL;
    const char *other = pull ? "target" : "scratch";
    g_autofree char *store = g_strconcat(path, "/", other, NULL);
    g_autofree char *name = g_strconcat(path, "/@exportname", NULL);
    g_autofree char *type = g_strconcat(path, "/@type", NULL);
    g_autofree char *incremental = g_strconcat(path, "/@incremental", NULL);
    check_store(check, disk->target, path, "target");
    check_store(check, disk->scratch, path, "scratch");
    if (!disk->type && disk->backup != VESSEL_TRI_NO &&
        (disk->target || disk->scratch || disk->format))
        vessel__document_problem(check, type, "file, or block", "the attribute 'type' is missing");
    if (pull ? disk->target : disk->scratch)
        vessel__document_problem(check, store, NULL, "%s is only for mode '%s'", other,
                                 pull ? "push" : "pull");
    if (!pull && (disk->exportname || disk->exportbitmap))
        vessel__document_problem(check, name, NULL, "names at the server are only for mode 'pull'");
    if (disk->incremental && g_strcmp0(disk_modes[disk->mode], "full") == 0)
        vessel__document_problem(check, incremental, NULL, "a full backup has no checkpoint");
    if (!disk->incremental && !backup->incremental &&
        g_strcmp0(disk_modes[disk->mode], "incremental") == 0)
        vessel__document_problem(check, incremental, "the name of a checkpoint",
                                 "the attribute 'incremental' is missing");
}

void vessel__backup_check(const void *def, VesselProblems *problems)
{
    const VesselBackupDef *backup = def;
    VesselDocumentCheck check = {vessel__backup_shape(), def, problems};
    g_autoptr(GHashTable) names = vessel__document_new_seen();
    check_server(&check, backup);
    for (guint i = 0; backup->disks && i < backup->disks->len; i++) {
        const VesselBackupDisk *disk = backup->disks->pdata[i];
        g_autofree char *path = g_strdup_printf("/domainbackup/disks/disk[%u]", i + 1);
        vessel__moment_check_disk(&check, names, NULL, disk->name, path);
        check_disk(&check, disk, path);
    }
}
