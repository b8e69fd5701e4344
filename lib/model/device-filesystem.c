/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device-disk-rows.h"
#include "model/device.h"
#include "model/forms.h"

#define ON(type) VESSEL_WHEN(VESSEL_FILESYSTEM_##type)
#define ON_MOUNT (ON(ABSENT) | ON(MOUNT))
#define ABI VESSEL_ROW_GUEST_ABI
#define PATH_LIMIT 4095

static const char *const types[] = {"",         "mount", "bind",   "file", "block",
                                    "template", "ram",   "volume", NULL};
static const char *const accessmodes[] = {"", "passthrough", "mapped", "squash", NULL};
static const char *const multidevs[] = {"", "default", "remap", "forbid", "warn", NULL};
static const char *const drivers[] = {"",    "path",  "handle",   "loop",
                                      "nbd", "ploop", "virtiofs", NULL};
static const char *const wrpolicies[] = {"", "immediate", NULL};
static const char *const cache_modes[] = {"", "none", "always", NULL};
static const char *const sandbox_modes[] = {"", "namespace", "chroot", NULL};

static const VesselRow binary_rows[] = {
    VESSEL_STRING(VesselFilesystemBinary, path, "@path", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH, "program of the server", .otherwise = "found on the host"),
    VESSEL_SWITCH(VesselFilesystemBinary, xattr, "@xattr", vessel__off_on, 0, "extended attributes",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselFilesystemBinary, cache, "cache/@mode", cache_modes, 0,
                "how much the guest caches", .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselFilesystemBinary, sandbox, "sandbox/@mode", sandbox_modes, 0,
                "how the server is confined", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselFilesystemBinary, lock_posix, "lock/@posix", vessel__off_on, 0,
                  "locks of POSIX reach the host", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselFilesystemBinary, lock_flock, "lock/@flock", vessel__off_on, 0,
                  "locks of flock reach the host", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselFilesystemBinary, thread_pool, "thread_pool/@size", 0, INT32_MAX, 0,
                  "threads of the server at most; 0 for no pool", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};
static const VesselTable binary_table =
    VESSEL_PART_TABLE(VesselFilesystemBinary, "binary", binary_rows);

static const VesselRow filesystem_rows[] = {
    VESSEL_ENUM(VesselFilesystem, type, "@type", types, ABI, "what is passed to the guest",
                .preset = "mount"),
    VESSEL_ENUM(VesselFilesystem, model, "@model", vessel__virtio_models, ABI, "device model",
                .otherwise = "virtio where the guest has it"),
    VESSEL_ENUM(VesselFilesystem, accessmode, "@accessmode", accessmodes, ABI,
                "whose permissions count", .preset = "passthrough"),
    VESSEL_ENUM(VesselFilesystem, multidevs, "@multidevs", multidevs, ABI,
                "what happens if several file systems are below the directory; default is as the "
                "hypervisor has it",
                .preset = "default"),
    VESSEL_STRING(VesselFilesystem, fmode, "@fmode", &vessel__form_mode, 4, ABI,
                  "mode of new files, in octal", .preset = "600"),
    VESSEL_STRING(VesselFilesystem, dmode, "@dmode", &vessel__form_mode, 4, ABI,
                  "mode of new directories, in octal", .preset = "700"),
    VESSEL_ENUM(VesselFilesystem, driver, "driver/@type", drivers, ABI, "how it is done",
                .otherwise = "path for a mount, loop for a file"),
    VESSEL_ENUM(VesselFilesystem, format, "driver/@format", vessel__storage_formats, 0,
                "format of the image", .preset = "raw"),
    VESSEL_ENUM(VesselFilesystem, wrpolicy, "driver/@wrpolicy", wrpolicies, 0,
                "immediate: what the guest writes is written to the disk at once",
                .otherwise = "the host writes when it likes"),
    VESSEL_NUMBER(VesselFilesystem, queue, "driver/@queue", 0, UINT32_MAX, ABI,
                  "requests that may wait", .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselFilesystem),
    VESSEL_OBJECT(VesselFilesystem, binary, "binary", &binary_table, 0, "server of virtiofs",
                  .when = ON_MOUNT),
    VESSEL_STRING(VesselFilesystem, dir, "source/@dir", &vessel__form_file, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_BLANK, "directory", .when = ON_MOUNT | ON(BIND)),
    VESSEL_STRING(VesselFilesystem, socket, "source/@socket", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH, "socket of a virtiofs server that runs already",
                  .when = ON_MOUNT),
    VESSEL_STRING(VesselFilesystem, file, "source/@file", &vessel__form_file, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH, "image file", .when = ON(FILE)),
    VESSEL_STRING(VesselFilesystem, dev, "source/@dev", &vessel__form_file, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH, "block device", .when = ON(BLOCK)),
    VESSEL_STRING(VesselFilesystem, name, "source/@name", &vessel__form_name_any, 255, 0,
                  "name of the template", .when = ON(TEMPLATE)),
    VESSEL_STRING(VesselFilesystem, pool, "source/@pool", &vessel__form_name_any, 255, 0,
                  "storage pool that has the volume", .when = ON(VOLUME)),
    VESSEL_STRING(VesselFilesystem, volume, "source/@volume", &vessel__form_name_any, 255, 0,
                  "name of the volume", .when = ON(VOLUME)),
    VESSEL_NUMBER(VesselFilesystem, usage, "source/@usage", 1, UINT64_MAX, 0,
                  "memory it may take, counted in units", .when = ON(RAM)),
    VESSEL_STRING(VesselFilesystem, units, "source/@units", &vessel__form_size_unit, 8, 0,
                  "unit of usage", .when = ON(RAM), .preset = "KiB"),
    VESSEL_STRING(VesselFilesystem, target, "target/@dir", &vessel__form_name_any, PATH_LIMIT,
                  ABI | VESSEL_ROW_KEY, "where a container finds it; for a machine a name of it"),
    VESSEL_PRESENCE(VesselFilesystem, readonly, "readonly", ABI, "the guest may not write"),
    VESSEL_BYTES(VesselFilesystem, space_hard_limit, "space_hard_limit", 0, INT64_MAX, 0,
                 "space the guest may take", .otherwise = "no limit"),
    VESSEL_BYTES(VesselFilesystem, space_soft_limit, "space_soft_limit", 0, INT64_MAX, 0,
                 "space it may take for longer than a while", .otherwise = "no limit"),
    VESSEL_DEVICE_BOOT_ROWS(VesselFilesystem),
    VESSEL_DEVICE_ROWS(VesselFilesystem),
    {.path = NULL},
};

const VesselTable vessel__filesystem_table = {
    .name = "filesystem",
    VESSEL_DEVICE_TABLE(VesselFilesystem),
    .rows = filesystem_rows,
    .tag = "@type",
};

uint64_t vessel__filesystem_usage_kib(const VesselFilesystem *fs)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, fs->usage.value);
    const char *why;
    uint64_t kib = 0;
    return vessel__size_parse(number, fs->units, &kib, &why) ? kib : 0;
}

static void check_source(const VesselCheck *check, const VesselDevice *device)
{
    const VesselFilesystem *fs = device->filesystem;
    const struct {
        const char *attribute;
        bool given;
    } wanted[] = {
        [VESSEL_FILESYSTEM_ABSENT] = {"dir", fs->dir || fs->socket},
        [VESSEL_FILESYSTEM_MOUNT] = {"dir", fs->dir || fs->socket},
        [VESSEL_FILESYSTEM_BIND] = {"dir", fs->dir != NULL},
        [VESSEL_FILESYSTEM_FILE] = {"file", fs->file != NULL},
        [VESSEL_FILESYSTEM_BLOCK] = {"dev", fs->dev != NULL},
        [VESSEL_FILESYSTEM_TEMPLATE] = {"name", fs->name != NULL},
        [VESSEL_FILESYSTEM_RAM] = {"usage", fs->usage.set},
        [VESSEL_FILESYSTEM_VOLUME] = {fs->pool ? "volume" : "pool", fs->pool && fs->volume},
    };
    g_autofree char *below = g_strconcat("/source/@", wanted[fs->type].attribute, NULL);
    if (!wanted[fs->type].given)
        vessel__check_problem(check, device, below, NULL, "the filesystem has no source");
    if (fs->usage.set && vessel__filesystem_usage_kib(fs) == 0)
        vessel__check_problem(check, device, "/source/@usage", NULL, "the size is too large");
    if (fs->dir && fs->socket)
        vessel__check_problem(check, device, "/source/@dir", "leave out one of the two",
                              "who listens at the socket knows the directory");
    if (!fs->target && !fs->socket)
        vessel__check_problem(check, device, "/target/@dir", NULL, "the filesystem has no target");
}

static void check_virtiofs(const VesselCheck *check, const VesselDevice *device, GHashTable *seen)
{
    const VesselFilesystem *fs = device->filesystem;
    const VesselDevice *first = vessel__check_seen(seen, g_strdup(fs->target), device);
    if (first)
        vessel__check_duplicate(check, device, first, "/target/@dir", "the target");
    if (fs->accessmode > VESSEL_ACCESSMODE_PASSTHROUGH)
        vessel__check_problem(check, device, "/@accessmode", "use passthrough",
                              "virtiofs has only the accessmode 'passthrough'");
    if (fs->multidevs)
        vessel__check_problem(check, device, "/@multidevs", NULL, "virtiofs has no multidevs");
    if (fs->wrpolicy)
        vessel__check_problem(check, device, "/driver/@wrpolicy", NULL, "virtiofs has no wrpolicy");
    if (fs->readonly)
        vessel__check_problem(check, device, "/readonly", NULL, "virtiofs is never readonly");
}

void vessel__check_filesystems(const VesselCheck *check)
{
    g_autoptr(GHashTable) targets = vessel__check_new_seen();
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_FILESYSTEM)
            continue;
        const VesselFilesystem *fs = device->filesystem;
        bool virtiofs = fs->driver == VESSEL_FSDRIVER_VIRTIOFS;
        check_source(check, device);
        if (virtiofs)
            check_virtiofs(check, device, targets);
        else if (fs->common.boot_order.set)
            vessel__check_problem(check, device, "/boot/@order", NULL,
                                  "only virtiofs can be booted from");
        if ((fs->fmode || fs->dmode) && fs->accessmode != VESSEL_ACCESSMODE_MAPPED)
            vessel__check_problem(check, device, fs->fmode ? "/@fmode" : "/@dmode", NULL,
                                  "modes of new files are for the accessmode 'mapped'");
    }
}
