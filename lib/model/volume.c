/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <volume>. */
#include "model/volume.h"

#include "model/check-document.h"
#include "model/device-disk-rows.h"

static const char *const types[] = {"", "file", "block", "dir", "network", "netdir", "ploop", NULL};
/* Images, file systems and partitions: which of them depends on the pool. */
static const char *const formats[] = {
    "",      "unknown", "raw",        "dir",       "bochs",      "cloop",    "dmg",
    "iso",   "vpc",     "vdi",        "fat",       "vhd",        "ploop",    "luks",
    "cow",   "qcow",    "qcow2",      "qed",       "vmdk",       "none",     "auto",
    "ext2",  "ext3",    "ext4",       "ufs",       "iso9660",    "udf",      "gfs",
    "gfs2",  "vfat",    "hfs+",       "xfs",       "ocfs2",      "vmfs",     "linux",
    "fat16", "fat32",   "linux-swap", "linux-lvm", "linux-raid", "extended", NULL};

/* Any file name. */
static char *read_volume_name(const char *text)
{
    bool folder = strcmp(text, ".") == 0 || strcmp(text, "..") == 0;
    return folder ? NULL : vessel__form_entry.read(text);
}

static const VesselForm form_volume_name = {
    "a file name: without '/' or control characters, and not '.' or '..'", "[^/\\p{Cc}]+",
    read_volume_name};

static char *read_time(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;
    size_t fraction = *rest == '.' ? 1 + strspn(rest + 1, "0123456789") : 0;
    return digits > 0 && digits < 20 && fraction <= 10 && !rest[fraction] ? g_strdup(text) : NULL;
}

static const VesselForm form_time = {"seconds since 1970, with at most nine digits of a fraction",
                                     "[0-9]+(\\.[0-9]{0,9})?", read_time};

static char *read_compat(const char *text)
{
    size_t major = strspn(text, "0123456789");
    size_t minor = text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;
    return major > 0 && minor > 0 && !text[major + 1 + minor] ? g_strdup(text) : NULL;
}

static const VesselForm form_compat = {"two numbers with a dot between them, such as 1.1",
                                       "[0-9]+\\.[0-9]+", read_compat};

static const VesselRow extent_rows[] = {
    VESSEL_NUMBER(VesselVolumeExtent, start, "@start", 0, UINT64_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "first byte"),
    VESSEL_NUMBER(VesselVolumeExtent, end, "@end", 0, UINT64_MAX, VESSEL_ROW_REQUIRED,
                  "byte behind the last"),
    {.path = NULL},
};

static const VesselTable extent_table =
    VESSEL_PART_TABLE(VesselVolumeExtent, "extent", extent_rows);

static const VesselRow device_rows[] = {
    VESSEL_STRING(VesselVolumeDevice, path, "@path", &vessel__form_path, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_HOSTPATH | VESSEL_ROW_KEY, "device of the host"),
    VESSEL_OBJECTS(VesselVolumeDevice, extents, "extent", &extent_table, 65536, 0,
                   "parts of it that are the volume's"),
    {.path = NULL},
};

static const VesselTable device_table =
    VESSEL_LINES_TABLE(VesselVolumeDevice, "device", device_rows);

#define TIME(type, member, what)                                                                   \
    VESSEL_STRING(type, timestamps.member, "timestamps/" #member, &form_time, 32,                  \
                  VESSEL_ROW_RUNTIME, what)
#define TIMES(type)                                                                                \
    TIME(type, atime, "when it was read last"), TIME(type, btime, "when it was made"),             \
        TIME(type, mtime, "when it was written last"),                                             \
        TIME(type, ctime, "when it was changed last")

static const VesselRow backing_rows[] = {
    VESSEL_STRING(VesselVolumeBacking, path, "path", &vessel__form_file, 4095, VESSEL_ROW_HOSTPATH,
                  "where it is", .otherwise = "there is no backing store"),
    VESSEL_ENUM(VesselVolumeBacking, format, "format/@type", formats, VESSEL_ROW_NEEDED,
                "its format", .otherwise = "raw; it is never guessed"),
    VESSEL_OBJECT(VesselVolumeBacking, permissions, "permissions", &vessel__permissions_table, 0,
                  "its permissions"),
    TIMES(VesselVolumeBacking),
    {.path = NULL},
};

static const VesselTable backing_table =
    VESSEL_PART_TABLE(VesselVolumeBacking, "backingStore", backing_rows);

static const VesselRow target_rows[] = {
    VESSEL_STRING(VesselVolumeTarget, path, "path", &vessel__form_name_any, 4095,
                  VESSEL_ROW_HOSTPATH, "where the volume is",
                  .otherwise = "made of the pool and the name"),
    VESSEL_ENUM(VesselVolumeTarget, format, "format/@type", formats, VESSEL_ROW_NEEDED,
                "format of the volume", .otherwise = "that of the pool"),
    VESSEL_OBJECT(VesselVolumeTarget, permissions, "permissions", &vessel__permissions_table, 0,
                  "permissions of the file"),
    TIMES(VesselVolumeTarget),
    VESSEL_OBJECT(VesselVolumeTarget, encryption, "encryption", &vessel__encryption_table, 0,
                  "how what is written is encrypted"),
    VESSEL_STRING(VesselVolumeTarget, compat, "compat", &form_compat, 16, 0,
                  "version of QEMU that can still read a qcow2 image: 0.10 or 1.1",
                  .otherwise = "0.10, but 1.1 where features are given"),
    VESSEL_PRESENCE(VesselVolumeTarget, nocow, "nocow", 0,
                    "whether the file system does not copy on write"),
    VESSEL_BYTES(VesselVolumeTarget, cluster_size, "clusterSize", 0, UINT64_MAX, 0,
                 "size of a cluster of a qcow2 image, in bytes", .otherwise = "64 KiB"),
    VESSEL_PRESENCE(VesselVolumeTarget, lazy_refcounts, "features/lazy_refcounts", 0,
                    "reference counts of a qcow2 image are written late"),
    VESSEL_PRESENCE(VesselVolumeTarget, extended_l2, "features/extended_l2", 0,
                    "clusters of a qcow2 image have 32 parts each"),
    {.path = NULL},
};

static const VesselTable target_table =
    VESSEL_PART_TABLE(VesselVolumeTarget, "target", target_rows);

static const VesselRow volume_rows[] = {
    VESSEL_ENUM(VesselVolumeDef, type, "@type", types, 0, "what it is for the host",
                .otherwise = "what the pool has"),
    VESSEL_STRING(VesselVolumeDef, name, "name", &form_volume_name, 255, VESSEL_ROW_REQUIRED,
                  "name, unique in its pool"),
    VESSEL_STRING(VesselVolumeDef, key, "key", &vessel__form_line, 4095, VESSEL_ROW_RUNTIME,
                  "what makes it the same volume on every host"),
    VESSEL_OBJECTS(VesselVolumeDef, devices, "source/device", &device_table, 1024, 0,
                   "devices it lies on"),
    VESSEL_BYTES(VesselVolumeDef, capacity, "capacity", 0, UINT64_MAX, 0,
                 "what the guest sees, in bytes", .otherwise = "that of the backing store"),
    VESSEL_BYTES(VesselVolumeDef, allocation, "allocation", 0, UINT64_MAX, 0,
                 "what is taken from the pool at once, in bytes", .otherwise = "all of capacity"),
    VESSEL_BYTES(VesselVolumeDef, physical, "physical", 0, UINT64_MAX, VESSEL_ROW_RUNTIME,
                 "size of the file or device on the host, in bytes"),
    VESSEL_OBJECT(VesselVolumeDef, target, "target", &target_table, 0,
                  "what the volume is on the host"),
    VESSEL_OBJECT(VesselVolumeDef, backing, "backingStore", &backing_table, 0,
                  "image that has what was not written to this one"),
    {.path = NULL},
};

static const VesselTable volume_table = VESSEL_ROOT_TABLE(VesselVolumeDef, "volume", volume_rows);

const VesselShape *vessel__volume_shape(void)
{
    return vessel__schema_compile(&volume_table, "volume");
}

/* ---- cross checks ---- */

static void check_extents(const VesselDocumentCheck *check)
{
    const VesselVolumeDef *volume = check->def;
    for (guint i = 0; volume->devices && i < volume->devices->len; i++) {
        const VesselVolumeDevice *device = volume->devices->pdata[i];
        for (guint k = 0; device->extents && k < device->extents->len; k++) {
            const VesselVolumeExtent *extent = device->extents->pdata[k];
            g_autofree char *path =
                g_strdup_printf("/volume/source/device[%u]/extent[%u]/@end", i + 1, k + 1);
            if (extent->end.value < extent->start.value)
                vessel__document_problem(check, path, NULL, "the end lies before the start");
        }
    }
}

void vessel__volume_check(const void *def, VesselProblems *problems)
{
    const VesselVolumeDef *volume = def;
    VesselDocumentCheck check = {vessel__volume_shape(), def, problems};
    VesselWhere encryption = {.in = &check, .path = "/volume/target/encryption"};
    if (volume->target)
        vessel__check_encryption(&encryption, volume->target->encryption, true);
    if (!volume->capacity.set && !volume->backing)
        vessel__document_problem(&check, "/volume/capacity", "or give a backingStore",
                                 "the element 'capacity' is missing");
    check_extents(&check);
}
