/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks as block nodes. The rules for images by descriptor: a set for each image with a descriptor
 * of each access mode that may be needed; protocol nodes are auto-read-only and never read-only;
 * descriptors are shared by no two images, since O_DIRECT is a property of the open file. */
#include "qemu/build.h"

#define DRIVER "/domain/devices/disk/driver/@"

static bool cache_is(const VesselDisk *disk, const char *word)
{
    return g_strcmp0(vessel__domain_word(DRIVER "cache", disk->cache), word) == 0;
}

/* cache.direct and cache.no-flush of a mode; the third part, the guest's write cache, is the
 * device's. */
static void set_cache(VesselJson *node, const VesselDisk *disk)
{
    bool direct = cache_is(disk, "none") || cache_is(disk, "directsync");
    bool unsafe = cache_is(disk, "unsafe");
    if (!disk->cache || cache_is(disk, "default"))
        return;
    VesselJson *cache = vessel__json_new_object();
    vessel__json_set_bool(cache, "direct", direct);
    vessel__json_set_bool(cache, "no-flush", unsafe);
    vessel__json_set(node, "cache", cache);
}

static void add_to_set(VesselQemuBuild *build, guint set, const char *name, int *fd)
{
    int number = vessel__qemu_send_fd(build, name, vessel__steal_fd(fd));
    vessel__qemu_arg(build, "-add-fd", "fd=%d,set=%u,opaque=%s", number, set, name);
}

static guint add_fdset(VesselQemuBuild *build, VesselQemuImage *image, const char *node)
{
    guint set = ++build->fdsets;
    g_autofree char *read_name = g_strconcat(node, ".ro", NULL),
                    *write_name = g_strconcat(node, ".rw", NULL);
    if (image->write_fd >= 0)
        add_to_set(build, set, write_name, &image->write_fd);
    add_to_set(build, set, read_name, &image->read_fd);
    return set;
}

static void add_protocol(VesselQemuBuild *build, const VesselDisk *disk,
                         const VesselQemuImage *image, guint set, const char *node)
{
    VesselJson *json = vessel__json_new_object();
    g_autofree char *file = g_strdup_printf("/dev/fdset/%u", set);
    const char *io = vessel__domain_word(DRIVER "io", disk->io);
    vessel__json_set_string(json, "driver", image->block ? "host_device" : "file");
    vessel__json_set_string(json, "filename", file);
    vessel__json_set_string(json, "node-name", node);
    vessel__json_set_bool(json, "auto-read-only", true);
    vessel__json_set_string(json, "discard", "unmap"); /* the format node decides */
    vessel__json_set_string(json, "aio", io);
    set_cache(json, disk);
    vessel__qemu_arg_json(build, "-blockdev", json);
}

static void add_format(VesselQemuBuild *build, const VesselDisk *disk, const VesselQemuImage *image,
                       bool writable, const char *node, const char *file, const char *backing)
{
    VesselJson *json = vessel__json_new_object();
    bool qcow2 = image->format == VESSEL_FORMAT_QCOW2;
    vessel__json_set_string(json, "driver", qcow2 ? "qcow2" : "raw");
    vessel__json_set_string(json, "node-name", node);
    vessel__json_set_bool(json, "read-only", !writable);
    vessel__json_set_string(json, "discard", vessel__domain_word(DRIVER "discard", disk->discard));
    set_cache(json, disk);
    vessel__json_set_string(json, "file", file);
    if (qcow2) /* said in any case: what its header names is never opened */
        vessel__json_set(json, "backing",
                         backing ? vessel__json_new_string(backing) : vessel__json_new_null());
    vessel__qemu_arg_json(build, "-blockdev", json);
}

/* From the end of the chain up, since a node is named by the one above it. Returns the node of the
 * active image. */
static char *add_chain(VesselQemuBuild *build, const VesselDisk *disk, guint index,
                       VesselQemuChain *chain)
{
    char *above = NULL;
    for (guint i = chain->images->len; i-- > 0;) {
        VesselQemuImage *image = chain->images->pdata[i];
        bool writable = image->write_fd >= 0;
        char *node =
            i ? g_strdup_printf("disk%u-base%u", index, i) : g_strdup_printf("disk%u", index);
        g_autofree char *file = g_strconcat(node, "-file", NULL);
        guint set = add_fdset(build, image, node);
        add_protocol(build, disk, image, set, file);
        add_format(build, disk, image, writable, node, file, above);
        g_free(above);
        above = node;
    }
    return above;
}

/* What the guest's device does about errors. */
static void set_error_policy(VesselJson *json, const VesselDisk *disk)
{
    const char *word = vessel__domain_word(DRIVER "error_policy", disk->error_policy);
    bool space = g_strcmp0(word, "enospace") == 0;
    vessel__json_set_string(json, "werror", space ? "enospc" : word);
    if (!space) /* reading cannot run out of space */
        vessel__json_set_string(json, "rerror", word);
}

static void set_drive_address(const VesselQemuBuild *build, VesselJson *json,
                              const VesselDisk *disk)
{
    const VesselAddress *address = disk->common.address;
    uint64_t bus = vessel__number(address->bus, 0), unit = vessel__number(address->unit, 0);
    bool sata = disk->bus == VESSEL_DISK_BUS_SATA; /* each port is a bus of its own */
    g_autofree char *name = g_strdup_printf("ide.%u", (unsigned)(sata ? unit : bus));
    (void)build;
    vessel__json_set_string(json, "bus", name);
    if (!sata)
        vessel__json_set_uint(json, "unit", unit);
}

void vessel__qemu_add_disk(VesselQemuBuild *build, const VesselDevice *device, guint index,
                           VesselQemuChain *chain)
{
    const VesselDisk *disk = device->disk;
    const char *path = vessel__source_path(disk->source);
    g_autofree char *node = add_chain(build, disk, index, chain);
    VesselJson *json = vessel__qemu_device_json(build, device), *block = vessel__json_new_object();
    if (disk->bus != VESSEL_DISK_BUS_VIRTIO)
        set_drive_address(build, json, disk);
    vessel__json_set_string(json, "drive", node);
    vessel__json_set_string(json, "serial", disk->serial);
    if (node && disk->cache && !cache_is(disk, "default"))
        vessel__json_set_string(
            json, "write-cache",
            cache_is(disk, "writethrough") || cache_is(disk, "directsync") ? "off" : "on");
    if (node && disk->error_policy)
        set_error_policy(json, disk);
    if (node && disk->shareable == VESSEL_TRI_YES)
        vessel__json_set_bool(json, "share-rw", true);
    vessel__qemu_set_boot_index(build, device, json);
    vessel__qemu_arg_json(build, "-device", json);

    vessel__json_set_string(block, "alias", disk->common.alias);
    vessel__json_set_string(block, "target", disk->target);
    vessel__json_set_string(block, "node", node);
    vessel__json_set_string(block, "qdev", disk->common.alias);
    vessel__json_set_string(block, "path", path);
    vessel__json_append(build->blocks, block);
}
