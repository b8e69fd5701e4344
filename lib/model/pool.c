/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <pool>. Its cross checks are in check-pool.c. */
#include "model/pool.h"

#include "model/check-document.h"
#include "model/device.h"

#define IS(type) VESSEL_WHEN(VESSEL_POOL_##type)
#define ISCSI_ANY (IS(ISCSI) | IS(ISCSI_DIRECT))
#define NAMED (IS(LOGICAL) | IS(RBD) | IS(SHEEPDOG) | IS(GLUSTER) | IS(ZFS) | IS(VSTORAGE))
#define SERVED (IS(NETFS) | ISCSI_ANY | IS(RBD) | IS(SHEEPDOG) | IS(GLUSTER))
#define ON_DEVICES (IS(FS) | IS(LOGICAL) | IS(DISK) | ISCSI_ANY | IS(ZFS) | IS(VSTORAGE))
#define SOLD (IS(DIR) | IS(FS) | IS(NETFS) | IS(LOGICAL) | IS(DISK) | IS(ISCSI) | IS(SCSI))

static const char *const types[] = {
    "",     "dir",   "fs",  "netfs",    "logical", "disk", "iscsi",    "iscsi-direct",
    "scsi", "mpath", "rbd", "sheepdog", "gluster", "zfs",  "vstorage", NULL};
static const char *const fs_formats[] = {"",        "auto",  "ext2", "ext3", "ext4", "ufs",
                                         "iso9660", "udf",   "gfs",  "gfs2", "vfat", "hfs+",
                                         "xfs",     "ocfs2", "vmfs", NULL};
static const char *const netfs_formats[] = {"", "auto", "nfs", "cifs", "glusterfs", NULL};
static const char *const logical_formats[] = {"", "unknown", "lvm2", NULL};
static const char *const disk_formats[] = {"",    "unknown", "dos", "dvh",  "gpt", "mac",
                                           "bsd", "pc98",    "sun", "lvm2", NULL};
static const char *const adapter_types[] = {"", "scsi_host", "fc_host", NULL};
static const char *const auth_types[] = {"", "chap", "ceph", NULL};
static const char *const secret_types[] = {"", "volume", "ceph", "iscsi", "tls", "vtpm", NULL};
static const char *const refresh_words[] = {"", "default", "capacity", NULL};

/* A path, the name of a target of iSCSI, or a short name of the driver's. */
static char *read_device(const char *text)
{
    size_t plain =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-");
    if (*text != '/' && !g_str_has_prefix(text, "iqn.") && (plain == 0 || text[plain]))
        return NULL;
    return vessel__form_name_any.read(text);
}

static const VesselForm form_device = {
    "an absolute path, a name of iSCSI that begins with 'iqn.', or a word",
    "/[^\\p{Cc}]*|iqn\\.[^\\p{Cc}]*|[a-zA-Z0-9_+\\-]+", read_device};

static const VesselRow host_rows[] = {
    VESSEL_STRING(VesselPoolHost, name, "@name", &vessel__form_host, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "name or address of the server"),
    VESSEL_STRING(VesselPoolHost, port, "@port", &vessel__form_port, 8, 0, "its port",
                  .otherwise = "the protocol's own, as with -1"),
    {.path = NULL},
};

static const VesselTable host_table = VESSEL_PART_TABLE(VesselPoolHost, "host", host_rows);

static const VesselRow extent_rows[] = {
    VESSEL_NUMBER(VesselPoolExtent, start, "@start", 0, UINT64_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "first byte"),
    VESSEL_NUMBER(VesselPoolExtent, end, "@end", 0, UINT64_MAX, VESSEL_ROW_REQUIRED,
                  "byte behind the last"),
    {.path = NULL},
};

static const VesselTable extent_table =
    VESSEL_PART_TABLE(VesselPoolExtent, "freeExtent", extent_rows);

static const VesselRow device_rows[] = {
    VESSEL_STRING(VesselPoolDevice, path, "@path", &form_device, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_HOSTPATH | VESSEL_ROW_KEY,
                  "device of the host, or target of iSCSI"),
    VESSEL_SWITCH(VesselPoolDevice, part_separator, "@part_separator", vessel__no_yes, 0,
                  "there is a 'p' before the number of a partition",
                  .otherwise = "yes if the name of the device ends in a digit"),
    VESSEL_OBJECTS(VesselPoolDevice, free_extents, "freeExtent", &extent_table, 65536, 0,
                   "what is free on the device"),
    {.path = NULL},
};

static const VesselTable device_table = VESSEL_LINES_TABLE(VesselPoolDevice, "device", device_rows);

static const VesselRow parentaddr_rows[] = {
    VESSEL_NUMBER(VesselPoolParentAddress, unique_id, "@unique_id", 1, UINT32_MAX,
                  VESSEL_ROW_REQUIRED, "which of the adapters at this address"),
    VESSEL_OBJECT(VesselPoolParentAddress, address, "address", &vessel__host_pci_address_table,
                  VESSEL_ROW_REQUIRED, "address of the adapter in the host"),
    {.path = NULL},
};

static const VesselTable parentaddr_table =
    VESSEL_PART_TABLE(VesselPoolParentAddress, "parentaddr", parentaddr_rows);

#define FC VESSEL_WHEN(VESSEL_POOL_ADAPTER_FC_HOST)
#define SCSI (VESSEL_WHEN(VESSEL_POOL_ADAPTER_SCSI_HOST) | VESSEL_WHEN(VESSEL_POOL_ADAPTER_ABSENT))
static const VesselRow adapter_rows[] = {
    VESSEL_ENUM(VesselPoolAdapter, type, "@type", adapter_types, 0, "kind of adapter",
                .preset = "scsi_host"),
    VESSEL_STRING(VesselPoolAdapter, name, "@name", &vessel__form_name_any, 255, 0,
                  "name of the adapter, such as scsi_host1", .when = SCSI),
    VESSEL_OBJECT(VesselPoolAdapter, parentaddr, "parentaddr", &parentaddr_table, 0,
                  "its address in the host instead of its name: it stays the same", .when = SCSI),
    VESSEL_STRING(VesselPoolAdapter, parent, "@parent", &vessel__form_name_any, 255, 0,
                  "name of the adapter beneath", .when = FC,
                  .otherwise = "the first that can have virtual ports"),
    VESSEL_SWITCH(VesselPoolAdapter, managed, "@managed", vessel__no_yes, 0,
                  "whether the adapter is removed when the pool stops", .when = FC, .preset = "no"),
    VESSEL_STRING(VesselPoolAdapter, parent_wwnn, "@parent_wwnn", &vessel__form_wwn, 18, 0,
                  "node name of the adapter beneath", .when = FC),
    VESSEL_STRING(VesselPoolAdapter, parent_wwpn, "@parent_wwpn", &vessel__form_wwn, 18, 0,
                  "port name of the adapter beneath", .when = FC),
    VESSEL_STRING(VesselPoolAdapter, parent_fabric_wwn, "@parent_fabric_wwn", &vessel__form_wwn, 18,
                  0, "name of the fabric of the adapter beneath", .when = FC),
    VESSEL_STRING(VesselPoolAdapter, wwnn, "@wwnn", &vessel__form_wwn, 18, VESSEL_ROW_REQUIRED,
                  "node name", .when = FC),
    VESSEL_STRING(VesselPoolAdapter, wwpn, "@wwpn", &vessel__form_wwn, 18, VESSEL_ROW_REQUIRED,
                  "port name", .when = FC),
    {.path = NULL},
};

static const VesselTable adapter_table =
    VESSEL_PART_TABLE(VesselPoolAdapter, "adapter", adapter_rows, .tag = "@type");

static const VesselRow auth_rows[] = {
    VESSEL_ENUM(VesselPoolAuth, type, "@type", auth_types, VESSEL_ROW_REQUIRED,
                "ceph for rbd, chap for iSCSI"),
    VESSEL_STRING(VesselPoolAuth, username, "@username", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED, "user at the server"),
    VESSEL_ENUM(VesselPoolAuth, secret_type, "secret/@type", secret_types, 0, "kind of the secret"),
    VESSEL_STRING(VesselPoolAuth, secret_uuid, "secret/@uuid", &vessel__form_uuid, 64, 0,
                  "UUID of the secret that has the password"),
    VESSEL_STRING(VesselPoolAuth, secret_usage, "secret/@usage", &vessel__form_name_any, 1024, 0,
                  "what the secret is for, instead of its UUID"),
    {.path = NULL},
};

static const VesselTable auth_table = VESSEL_PART_TABLE(VesselPoolAuth, "auth", auth_rows);

static const VesselRow source_rows[] = {
    VESSEL_ENUM(VesselPoolSource, type, "..", types, 0, "type of the pool"),
    VESSEL_OBJECTS(VesselPoolSource, hosts, "host", &host_table, 64, 0, "servers", .when = SERVED),
    VESSEL_OBJECTS(VesselPoolSource, devices, "device", &device_table, 1024, 0,
                   "devices of the host, or targets of iSCSI", .when = ON_DEVICES),
    VESSEL_STRING(VesselPoolSource, dir, "dir/@path", &vessel__form_name_any, 4095,
                  VESSEL_ROW_HOSTPATH, "folder of the host", .when = IS(DIR)),
    VESSEL_STRING(VesselPoolSource, dir, "dir/@path", &vessel__form_name_any, 4095, 0,
                  "folder at the server", .when = IS(NETFS) | IS(GLUSTER)),
    VESSEL_OBJECT(VesselPoolSource, adapter, "adapter", &adapter_table, 0, "SCSI adapter",
                  .when = IS(SCSI)),
    VESSEL_STRING(VesselPoolSource, name, "name", &vessel__form_name_any, 1024, 0,
                  "what the driver calls it: volume group, pool, cluster", .when = NAMED,
                  .otherwise = "the pool's own name"),
    VESSEL_STRING(VesselPoolSource, initiator, "initiator/iqn/@name", &vessel__form_name_any, 1024,
                  0, "name of iSCSI of this host", .when = ISCSI_ANY),
    VESSEL_ENUM(VesselPoolSource, fs_format, "format/@type", fs_formats, 0, "kind of file system",
                .when = IS(FS), .preset = "auto"),
    VESSEL_ENUM(VesselPoolSource, netfs_format, "format/@type", netfs_formats, 0,
                "kind of network file system", .when = IS(NETFS), .preset = "auto"),
    VESSEL_ENUM(VesselPoolSource, logical_format, "format/@type", logical_formats, 0,
                "kind of volume group", .when = IS(LOGICAL), .preset = "lvm2"),
    VESSEL_ENUM(VesselPoolSource, disk_format, "format/@type", disk_formats, 0,
                "kind of partition table", .when = IS(DISK), .preset = "dos"),
    VESSEL_STRING(VesselPoolSource, format_vendor, "format/vendor/@name", &vessel__form_line, 1024,
                  0, "maker of the device, of no meaning here", .when = IS(LOGICAL) | IS(DISK)),
    VESSEL_STRING(VesselPoolSource, format_product, "format/product/@name", &vessel__form_line,
                  1024, 0, "name of the device, of no meaning here",
                  .when = IS(LOGICAL) | IS(DISK)),
    VESSEL_OBJECT(VesselPoolSource, auth, "auth", &auth_table, 0, "who we are to the server",
                  .when = ISCSI_ANY | IS(RBD)),
    VESSEL_STRING(VesselPoolSource, protocol, "protocol/@ver", &vessel__form_word, 16,
                  VESSEL_ROW_NEEDED, "version of NFS", .when = IS(NETFS),
                  .otherwise = "what both sides can"),
    VESSEL_STRING(VesselPoolSource, vendor, "vendor/@name", &vessel__form_line, 1024,
                  VESSEL_ROW_NEEDED, "maker of the device", .when = SOLD),
    VESSEL_STRING(VesselPoolSource, product, "product/@name", &vessel__form_line, 1024,
                  VESSEL_ROW_NEEDED, "name of the device", .when = SOLD),
    {.path = NULL},
};

static const VesselTable source_table =
    VESSEL_LINES_TABLE(VesselPoolSource, "source", source_rows, .tag = "..");

static const VesselRow target_rows[] = {
    VESSEL_STRING(VesselPoolTarget, path, "path", &vessel__form_path, 4095, VESSEL_ROW_HOSTPATH,
                  "folder of the host where the volumes are found"),
    VESSEL_OBJECT(VesselPoolTarget, permissions, "permissions", &vessel__permissions_table, 0,
                  "permissions of that folder"),
    {.path = NULL},
};

static const VesselTable target_table = VESSEL_PART_TABLE(VesselPoolTarget, "target", target_rows);

static const VesselRow pool_rows[] = {
    VESSEL_ENUM(VesselPoolDef, type, "@type", types, VESSEL_ROW_REQUIRED,
                "what the pool's volumes are in"),
    VESSEL_STRING(VesselPoolDef, name, "name", &vessel__form_name, 200, VESSEL_ROW_FILLED,
                  "name, unique on its host", .otherwise = "that of the source"),
    VESSEL_STRING(VesselPoolDef, uuid, "uuid", &vessel__form_uuid, 64, VESSEL_ROW_FILLED, "UUID",
                  .otherwise = "made up"),
    VESSEL_BYTES(VesselPoolDef, capacity, "capacity", 0, UINT64_MAX, VESSEL_ROW_RUNTIME,
                 "what all volumes together may have, in bytes"),
    VESSEL_BYTES(VesselPoolDef, allocation, "allocation", 0, UINT64_MAX, VESSEL_ROW_RUNTIME,
                 "what is in use, in bytes"),
    VESSEL_BYTES(VesselPoolDef, available, "available", 0, UINT64_MAX, VESSEL_ROW_RUNTIME,
                 "what is free, in bytes"),
    VESSEL_SWITCH(VesselPoolDef, cow, "features/cow/@state", vessel__no_yes, VESSEL_ROW_NEEDED,
                  "whether the file system copies on write", .when = IS(DIR) | IS(FS),
                  .otherwise = "no, where it can be turned off"),
    VESSEL_OBJECT(VesselPoolDef, source, "source", &source_table, 0, "where the pool comes from"),
    VESSEL_OBJECT(
        VesselPoolDef, target, "target", &target_table, 0,
        "where the host shows the pool; nowhere for iscsi-direct, rbd, sheepdog and gluster"),
    VESSEL_ENUM(VesselPoolDef, refresh_allocation, "refresh/volume/@allocation", refresh_words, 0,
                "how the allocation of a volume is found: by asking, or it is the capacity",
                .when = IS(RBD), .preset = "default"),
    {.path = NULL},
};

const VesselTable vessel__pool_table =
    VESSEL_ROOT_TABLE(VesselPoolDef, "pool", pool_rows, .tag = "@type",
                      .namespaces = offsetof(VesselPoolDef, namespaces));

const VesselShape *vessel__pool_shape(void)
{
    return vessel__schema_compile(&vessel__pool_table, "pool");
}

void vessel__pool_defaults(void *def)
{
    VesselPoolDef *pool = def;
    if (!pool->name && pool->source)
        pool->name = g_strdup(pool->source->name);
    vessel__document_default_uuid(&pool->uuid);
}
