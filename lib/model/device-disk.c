/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <disk>; its <source> is in device-disk-source.c. */
#include "model/device-disk-rows.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define LIVE VESSEL_ROW_LIVE
/* Only media are changed while the guest runs. */
#define IF_REMOVABLE                                                                               \
    .live_if = "@device",                                                                          \
    .live_words = VESSEL_WHEN(VESSEL_DISK_DEVICE_CDROM) | VESSEL_WHEN(VESSEL_DISK_DEVICE_FLOPPY)
/* Everything but an element without a type. */
#define TYPED (~VESSEL_WHEN(VESSEL_DISK_TYPE_ABSENT))

static const char *const disk_devices[] = {"", "disk", "cdrom", "floppy", "lun", NULL};
static const char *const disk_buses[] = {"",     "ide", "fdc", "scsi", "virtio", "usb",
                                         "sata", "sd",  "xen", "uml",  NULL};
static const char *const sgios[] = {"", "filtered", "unfiltered", NULL};
static const char *const snapshots[] = {"", "no", "internal", "external", "manual", NULL};
const char *const vessel__image_formats[] = {
    "",    "raw", "qcow2", "dir",  "bochs", "cloop", "dmg", "iso",  "vpc", "vdi",
    "fat", "vhd", "ploop", "luks", "cow",   "qcow",  "qed", "vmdk", "aio", NULL};
static const char *const caches[] = {"",          "default",    "none",   "writethrough",
                                     "writeback", "directsync", "unsafe", NULL};
static const char *const error_policies[] = {"", "stop", "report", "ignore", "enospace", NULL};
static const char *const rerror_policies[] = {"", "stop", "report", "ignore", NULL};
static const char *const ios[] = {"", "native", "threads", "io_uring", NULL};
static const char *const discards[] = {"", "ignore", "unmap", NULL};
static const char *const detect_zeroes[] = {"", "off", "on", "unmap", NULL};
static const char *const trays[] = {"", "closed", "open", NULL};
static const char *const translations[] = {"", "auto", "none", "lba", NULL};
static const char *const mirror_jobs[] = {"", "copy", "active-commit", NULL};
static const char *const mirror_states[] = {"", "yes", "abort", "pivot", NULL};

static const VesselTable backing_table;
static const VesselRow backing_rows[] = {
    VESSEL_ENUM(VesselBacking, type, "@type", vessel__disk_types, 0,
                "what the image is based on; an element without a type ends the chain"),
    VESSEL_NUMBER(VesselBacking, index, "@index", 1, UINT32_MAX, VESSEL_ROW_RUNTIME,
                  "number of this image in the running domain"),
    VESSEL_ENUM(VesselBacking, format, "format/@type", vessel__storage_formats, VESSEL_ROW_REQUIRED,
                "format of the image; never guessed", .when = TYPED),
    VESSEL_BYTES(VesselBacking, metadata_cache, "format/metadata_cache/max_size", 0, INT64_MAX, 0,
                 "memory for the tables of a qcow2 image", .when = TYPED,
                 .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselBacking, source, "source", &vessel__disk_source_table, VESSEL_ROW_STILL,
                  "where the image is", .when = TYPED),
    VESSEL_OBJECT(VesselBacking, backing, "backingStore", &backing_table, 0,
                  "the next image of the chain", .when = TYPED,
                  .otherwise = "what the image itself says"),
    {.path = NULL},
};
static const VesselTable backing_table =
    VESSEL_PART_TABLE(VesselBacking, "backing store", backing_rows, .tag = "@type");

static const VesselRow mirror_rows[] = {
    VESSEL_ENUM(VesselMirror, type, "@type", vessel__disk_types, 0, "where the copy is"),
    VESSEL_STRING(VesselMirror, file, "@file", &vessel__form_file, 4095, VESSEL_ROW_HOSTPATH,
                  "file of the copy, as old versions wrote it"),
    VESSEL_ENUM(VesselMirror, old_format, "@format", vessel__storage_formats, 0,
                "format of the copy, as old versions wrote it"),
    VESSEL_ENUM(VesselMirror, job, "@job", mirror_jobs, 0, "what is being done"),
    VESSEL_ENUM(VesselMirror, ready, "@ready", mirror_states, 0, "how far it is"),
    VESSEL_ENUM(VesselMirror, format, "format/@type", vessel__storage_formats, 0,
                "format of the copy"),
    VESSEL_BYTES(VesselMirror, metadata_cache, "format/metadata_cache/max_size", 0, INT64_MAX, 0,
                 "memory for the tables of a qcow2 image"),
    VESSEL_OBJECT(VesselMirror, source, "source", &vessel__disk_source_table, VESSEL_ROW_STILL,
                  "where the copy is"),
    VESSEL_OBJECT(VesselMirror, backing, "backingStore", &backing_table, 0,
                  "what the copy is based on"),
    {.path = NULL},
};
static const VesselTable mirror_table =
    VESSEL_PART_TABLE(VesselMirror, "mirror", mirror_rows, .tag = "@type");

static const VesselRow geometry_rows[] = {
    VESSEL_NUMBER(VesselGeometry, cyls, "@cyls", 0, UINT32_MAX, VESSEL_ROW_REQUIRED | ABI,
                  "cylinders"),
    VESSEL_NUMBER(VesselGeometry, heads, "@heads", 0, UINT32_MAX, VESSEL_ROW_REQUIRED | ABI,
                  "heads"),
    VESSEL_NUMBER(VesselGeometry, secs, "@secs", 0, UINT32_MAX, VESSEL_ROW_REQUIRED | ABI,
                  "sectors of a track"),
    VESSEL_ENUM(VesselGeometry, trans, "@trans", translations, ABI, "how the BIOS translates them",
                .preset = "auto"),
    {.path = NULL},
};
static const VesselTable geometry_table =
    VESSEL_PART_TABLE(VesselGeometry, "geometry", geometry_rows);

#define IO_LIMIT(member, xml, text, none)                                                          \
    VESSEL_NUMBER(VesselIotune, member, xml, 0, UINT64_MAX, LIVE, text, .preset = none)
#define IO_LIMITS(member, suffix, text, none)                                                      \
    IO_LIMIT(member.total, "total_" suffix, "reading and writing: " text, none),                   \
        IO_LIMIT(member.read, "read_" suffix, "reading: " text, none),                             \
        IO_LIMIT(member.write, "write_" suffix, "writing: " text, none)

static const VesselRow iotune_rows[] = {
    IO_LIMITS(bytes, "bytes_sec", "bytes in a second; 0 for no limit", "0"),
    IO_LIMITS(iops, "iops_sec", "operations in a second; 0 for no limit", "0"),
    IO_LIMITS(bytes_max, "bytes_sec_max", "bytes in a second of a burst; 0 for no limit", "0"),
    IO_LIMITS(iops_max, "iops_sec_max", "operations in a second of a burst; 0 for no limit", "0"),
    IO_LIMIT(size_iops, "size_iops_sec", "bytes that count as one operation; 0 for any number",
             "0"),
    VESSEL_STRING(VesselIotune, group_name, "group_name", &vessel__form_name_any, 255, LIVE,
                  "disks with the same name share the limits"),
    IO_LIMITS(bytes_max_length, "bytes_sec_max_length", "seconds of a burst of bytes", "1"),
    IO_LIMITS(iops_max_length, "iops_sec_max_length", "seconds of a burst of operations", "1"),
    {.path = NULL},
};
static const VesselTable iotune_table = VESSEL_PART_TABLE(VesselIotune, "iotune", iotune_rows);

static const VesselRow disk_rows[] = {
    VESSEL_ENUM(VesselDisk, type, "@type", vessel__disk_types, LIVE | VESSEL_ROW_DRIVER_FILLED,
                "where the data is", .preset = "file", IF_REMOVABLE),
    VESSEL_ENUM(VesselDisk, device, "@device", disk_devices, ABI | VESSEL_ROW_DRIVER_FILLED,
                "what the guest sees", .preset = "disk"),
    VESSEL_ENUM(VesselDisk, model, "@model", vessel__virtio_models, ABI,
                "device model on the bus virtio", .otherwise = "virtio on the bus virtio"),
    VESSEL_SWITCH(VesselDisk, rawio, "@rawio", vessel__no_yes, 0,
                  "the hypervisor may send any SCSI command to the unit", .preset = "no"),
    VESSEL_ENUM(VesselDisk, sgio, "@sgio", sgios, 0,
                "whether the guest's SCSI commands to the unit are filtered", .preset = "filtered"),
    VESSEL_ENUM(VesselDisk, snapshot, "@snapshot", snapshots, 0,
                "what a snapshot of the domain does with the disk",
                .otherwise =
                    "no for a disk that is only read, else what the kind of snapshot needs"),
    VESSEL_STRING(VesselDisk, driver_name, "driver/@name", &vessel__form_word, 64, 0,
                  "who serves the disk: qemu, or a backend of Xen",
                  .otherwise = "qemu where QEMU runs it"),
    VESSEL_ENUM(VesselDisk, format, "driver/@type", vessel__image_formats,
                LIVE | VESSEL_ROW_DRIVER_FILLED, "format of the image",
                .otherwise = "raw, if there is an image; it is never guessed", IF_REMOVABLE),
    VESSEL_ENUM(VesselDisk, cache, "driver/@cache", caches, 0,
                "how the host caches; default is as the hypervisor has it", .preset = "default"),
    VESSEL_ENUM(VesselDisk, error_policy, "driver/@error_policy", error_policies, 0,
                "what happens on an I/O error", .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselDisk, rerror_policy, "driver/@rerror_policy", rerror_policies, 0,
                "what happens on an error while reading",
                .otherwise = "as on any error, but report for enospace"),
    VESSEL_ENUM(VesselDisk, io, "driver/@io", ios, 0, "how the host does I/O",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDisk, ioeventfd, "driver/@ioeventfd", vessel__off_on, 0,
                  "the virtual CPU goes on while a thread of the host does the I/O",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDisk, event_idx, "driver/@event_idx", vessel__off_on, ABI,
                  "guest and host tell each other when they want to be notified: fewer interrupts",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDisk, copy_on_read, "driver/@copy_on_read", vessel__off_on, 0,
                  "what is read of the backing image is copied", .preset = "off"),
    VESSEL_ENUM(VesselDisk, discard, "driver/@discard", discards, 0,
                "whether the guest's discards reach the image", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDisk, discard_no_unref, "driver/@discard_no_unref", vessel__off_on, 0,
                  "discarded clusters keep their place in the image", .preset = "off"),
    VESSEL_NUMBER(VesselDisk, iothread, "driver/@iothread", 1, UINT32_MAX, 0,
                  "number of the I/O thread that serves it",
                  .otherwise = "the hypervisor's main loop"),
    VESSEL_ENUM(VesselDisk, detect_zeroes, "driver/@detect_zeroes", detect_zeroes, 0,
                "whether written zeroes are looked for, and discarded", .preset = "off"),
    VESSEL_NUMBER(VesselDisk, queues, "driver/@queues", 1, UINT32_MAX, ABI, "how many queues",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselDisk, queue_size, "driver/@queue_size", 1, UINT32_MAX, ABI,
                  "entries of a queue", .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselDisk),
    VESSEL_BYTES(VesselDisk, metadata_cache, "driver/metadata_cache/max_size", 0, INT64_MAX, 0,
                 "memory for the tables of a qcow2 image", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDisk, auth, "auth", &vessel__auth_table, 0, "who asks the server"),
    VESSEL_OBJECT(VesselDisk, source, "source", &vessel__disk_source_table, LIVE,
                  "where the data is", IF_REMOVABLE),
    VESSEL_OBJECT(VesselDisk, backing, "backingStore", &backing_table, 0,
                  "what the image is based on", .otherwise = "what the image itself says"),
    VESSEL_STRING(VesselDisk, backenddomain, "backenddomain/@name", &vessel__form_name_any, 255,
                  VESSEL_ROW_NEEDED, "Xen: domain that serves the disk"),
    VESSEL_OBJECT(VesselDisk, geometry, "geometry", &geometry_table, ABI,
                  "what the guest is told of cylinders", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselDisk, logical_block_size, "blockio/@logical_block_size", 0, UINT32_MAX, ABI,
                  "bytes of the smallest access", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselDisk, physical_block_size, "blockio/@physical_block_size", 0, UINT32_MAX,
                  ABI, "bytes of a sector of the hardware", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDisk, mirror, "mirror", &mirror_table, VESSEL_ROW_RUNTIME,
                  "copy that a job of the running domain makes"),
    VESSEL_STRING(VesselDisk, target, "target/@dev", &vessel__form_disk_target, 32,
                  VESSEL_ROW_REQUIRED | ABI | VESSEL_ROW_KEY,
                  "name of the disk in this definition, such as vda"),
    VESSEL_ENUM(VesselDisk, bus, "target/@bus", disk_buses, ABI | VESSEL_ROW_DRIVER_FILLED,
                "what the disk is connected to",
                .otherwise = "what the target names (vd virtio, sd scsi, fd fdc), else sata or ide "
                             "as the machine has"),
    VESSEL_ENUM(VesselDisk, tray, "target/@tray", trays, LIVE,
                "whether the tray of the drive is open", .preset = "closed", IF_REMOVABLE),
    VESSEL_SWITCH(VesselDisk, removable, "target/@removable", vessel__off_on, ABI,
                  "the guest is told that a USB disk is removable", .preset = "off"),
    VESSEL_NUMBER(VesselDisk, rotation_rate, "target/@rotation_rate", 1, 65534, ABI,
                  "rotations a minute from 1025, or 1 for none", .otherwise = "not told"),
    VESSEL_OBJECT(VesselDisk, iotune, "iotune", &iotune_table, LIVE, "limits of its I/O"),
    VESSEL_PRESENCE(VesselDisk, readonly, "readonly", ABI | VESSEL_ROW_DRIVER_FILLED,
                    "the guest may not write", .otherwise = "only a cdrom is"),
    VESSEL_PRESENCE(VesselDisk, shareable, "shareable", 0, "several domains may use it at once"),
    VESSEL_PRESENCE(VesselDisk, transient, "transient", 0, "what the guest writes is thrown away"),
    VESSEL_SWITCH(VesselDisk, share_backing, "transient/@shareBacking", vessel__no_yes, 0,
                  "other domains may use the image at the same time", .preset = "no"),
    VESSEL_STRING(VesselDisk, serial, "serial", &vessel__form_line, 255, ABI,
                  "serial number the guest reads", .otherwise = "none"),
    VESSEL_STRING(VesselDisk, wwn, "wwn", &vessel__form_wwn, 18, ABI, "world wide name",
                  .otherwise = "none"),
    VESSEL_STRING(VesselDisk, vendor, "vendor", &vessel__form_printable, 8, ABI,
                  "vendor the guest reads", .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselDisk, product, "product", &vessel__form_printable, 16, ABI,
                  "product the guest reads", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDisk, encryption, "encryption", &vessel__encryption_table, 0,
                  "how the data is encrypted"),
    VESSEL_DEVICE_BOOT_ROWS(VesselDisk),
    VESSEL_DEVICE_ROWS(VesselDisk),
    {.path = NULL},
};

const VesselTable vessel__disk_table = {
    .name = "disk",
    VESSEL_DEVICE_TABLE(VesselDisk),
    .rows = disk_rows,
    .tag = "@type",
};

/* ---- checks ---- */

#define BUS "/domain/devices/disk/target/@bus"

static bool is_removable(const VesselDisk *disk)
{
    return disk->device == VESSEL_DISK_DEVICE_CDROM || disk->device == VESSEL_DISK_DEVICE_FLOPPY;
}

/* Of whatever kind: one of the wrong kind has been told already. */
static bool has_path(const VesselDiskSource *source)
{
    return source && (source->file || source->dev);
}

static bool has_source(const VesselDisk *disk)
{
    bool local = disk->type <= VESSEL_DISK_BLOCK;
    return disk->source && (!local || has_path(disk->source));
}

static void check_source(const VesselCheck *check, const VesselDevice *device)
{
    static const char *const paths[] = {"/source/@file", "/source/@file", "/source/@dev"};
    const VesselDisk *disk = device->disk;

    if (!is_removable(disk) && !has_source(disk))
        vessel__check_problem(
            check, device, disk->type < G_N_ELEMENTS(paths) ? paths[disk->type] : "/source",
            "only a cdrom or floppy drive may be empty", "the disk has no source");
    VesselWhere source = {check, device, NULL, "/source"}, auth = {check, device, NULL, "/auth"};
    VesselWhere encryption = {check, device, NULL, "/encryption"};
    vessel__check_source(&source, disk->source);
    vessel__check_auth(&auth, disk->auth);
    if (disk->source)
        vessel__check_auth_protocol(&auth, disk->auth, disk->source->protocol);
    vessel__check_encryption(&encryption, disk->encryption, vessel__source_is_rbd(disk->source));
    if (disk->auth && disk->source && disk->source->auth)
        vessel__check_problem(check, device, "/auth", "leave it in the source",
                              "auth is given for the disk and for its source");
    if (disk->auth && disk->type != VESSEL_DISK_NETWORK && disk->type != VESSEL_DISK_VOLUME)
        vessel__check_problem(check, device, "/auth", NULL,
                              "auth is for disks of the type 'network'");
    if (disk->encryption && disk->source && disk->source->encryption)
        vessel__check_problem(check, device, "/encryption", "leave it in the source",
                              "encryption is given for the disk and for its source");
    g_autoptr(GString) below = g_string_new(NULL);
    for (const VesselBacking *backing = disk->backing; backing; backing = backing->backing) {
        g_string_append(below, "/backingStore");
        g_autofree char *path = g_strconcat(below->str, "/source", NULL);
        VesselWhere where = {check, device, NULL, path};
        vessel__check_source(&where, backing->source);
        bool local = backing->type == VESSEL_DISK_FILE || backing->type == VESSEL_DISK_BLOCK;
        if (backing->type && (!backing->source || (local && !has_path(backing->source))))
            vessel__check_problem(check, device, path, NULL, "the backing image has no source");
    }
}

static void check_bus(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    bool floppy = disk->device == VESSEL_DISK_DEVICE_FLOPPY;

    if (disk->bus && floppy != (disk->bus == VESSEL_DISK_BUS_FDC))
        vessel__check_problem(check, device, "/target/@bus", NULL,
                              "floppy drives and the bus 'fdc' go together");
    if (disk->target && floppy != g_str_has_prefix(disk->target, "fd"))
        vessel__check_problem(check, device, "/target/@dev", floppy ? "fda, fdb" : "vda, sda, hda",
                              "names with 'fd' are those of floppy drives");
    if (disk->type == VESSEL_DISK_VHOSTUSER && disk->bus && disk->bus != VESSEL_DISK_BUS_VIRTIO)
        vessel__check_problem(check, device, "/target/@bus", "use virtio",
                              "a vhost-user disk is on the bus 'virtio'");
}

/* What only virtio has; a bus that is not given follows from the target's name, which is the
 * driver's matter. */
static void check_virtio(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    const struct {
        const char *below;
        bool given;
    } options[] = {
        {"/@model", disk->model != 0},
        {"/driver/@ioeventfd", disk->ioeventfd != VESSEL_TRI_ABSENT},
        {"/driver/@event_idx", disk->event_idx != VESSEL_TRI_ABSENT},
        {"/driver/@iothread", disk->iothread.set},
        {"/driver/@queues", disk->queues.set},
        {"/driver/@queue_size", disk->queue_size.set},
        {"/driver/@iommu", disk->virtio.iommu != VESSEL_TRI_ABSENT},
        {"/driver/@ats", disk->virtio.ats != VESSEL_TRI_ABSENT},
        {"/driver/@packed", disk->virtio.packed != VESSEL_TRI_ABSENT},
        {"/driver/@page_per_vq", disk->virtio.page_per_vq != VESSEL_TRI_ABSENT},
    };
    if (!disk->bus || disk->bus == VESSEL_DISK_BUS_VIRTIO)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (options[i].given)
            vessel__check_problem(check, device, options[i].below, NULL,
                                  "this is only for the bus 'virtio', not for '%s'",
                                  vessel__domain_word(BUS, (int)disk->bus));
    }
}

static void check_lun(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    bool lun = disk->device == VESSEL_DISK_DEVICE_LUN;
    bool iscsi = disk->type == VESSEL_DISK_NETWORK && disk->source &&
                 disk->source->protocol == VESSEL_PROTOCOL_ISCSI;

    if (lun && disk->type != VESSEL_DISK_BLOCK && disk->type != VESSEL_DISK_VOLUME && !iscsi)
        vessel__check_problem(check, device, "/@device", "give it the device 'disk'",
                              "only a block device, an iSCSI unit or a volume can be a 'lun'");
    if (!lun && disk->rawio)
        vessel__check_problem(check, device, "/@rawio", NULL, "rawio is only for the device 'lun'");
    if (!lun && disk->sgio)
        vessel__check_problem(check, device, "/@sgio", NULL, "sgio is only for the device 'lun'");
}

static void check_target(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    bool rotates = disk->bus == VESSEL_DISK_BUS_SCSI || disk->bus == VESSEL_DISK_BUS_IDE ||
                   disk->bus == VESSEL_DISK_BUS_SATA;

    if (disk->tray && !is_removable(disk))
        vessel__check_problem(check, device, "/target/@tray", NULL,
                              "only a cdrom or floppy drive has a tray");
    if (disk->rotation_rate.value > 1 && disk->rotation_rate.value < 1025)
        vessel__check_problem(check, device, "/target/@rotation_rate", NULL,
                              "a rotation rate is 1 or from 1025 to 65534");
    if (disk->rotation_rate.set && disk->bus && !rotates)
        vessel__check_problem(check, device, "/target/@rotation_rate", NULL,
                              "a rotation rate is for the buses scsi, ide and sata");
    if (disk->transient && disk->readonly)
        vessel__check_problem(check, device, "/transient", NULL,
                              "a disk cannot be transient and readonly: nothing is written to it");
}

static void check_limit(const VesselCheck *check, const VesselDevice *device,
                        const VesselIoLimit *limit, const char *suffix)
{
    g_autofree char *below = g_strconcat("/iotune/total_", suffix, NULL);
    if (limit->total.value > 0 && (limit->read.value > 0 || limit->write.value > 0))
        vessel__check_problem(check, device, below, "leave out one or the other",
                              "a limit of all I/O and one of reads or writes exclude each other");
}

/* The length of a burst needs the burst's limit. */
static void check_length(const VesselCheck *check, const VesselDevice *device, VesselNumber length,
                         VesselNumber max, const char *name)
{
    g_autofree char *below = g_strdup_printf("/iotune/%s_max_length", name);
    if (length.value > 0 && max.value == 0)
        vessel__check_problem(check, device, below, NULL, "it needs %s_max too", name);
}

static void check_iotune(const VesselCheck *check, const VesselDevice *device)
{
    const VesselIotune *tune = device->disk->iotune;
    if (!tune)
        return;
    check_limit(check, device, &tune->bytes, "bytes_sec");
    check_limit(check, device, &tune->iops, "iops_sec");
    check_limit(check, device, &tune->bytes_max, "bytes_sec_max");
    check_limit(check, device, &tune->iops_max, "iops_sec_max");
    const struct {
        const VesselIoLimit *length, *max;
        const char *total, *read, *write;
    } bursts[] = {
        {&tune->bytes_max_length, &tune->bytes_max, "total_bytes_sec", "read_bytes_sec",
         "write_bytes_sec"},
        {&tune->iops_max_length, &tune->iops_max, "total_iops_sec", "read_iops_sec",
         "write_iops_sec"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bursts); i++) {
        const VesselIoLimit *length = bursts[i].length, *max = bursts[i].max;
        check_length(check, device, length->total, max->total, bursts[i].total);
        check_length(check, device, length->read, max->read, bursts[i].read);
        check_length(check, device, length->write, max->write, bursts[i].write);
    }
}

/* Units of the host and disks share the SCSI buses. */
static void check_address(const VesselCheck *check, const VesselDevice *device, GHashTable *seen)
{
    const VesselAddress *address = device->common->address;
    VesselDiskBus bus =
        device->kind == VESSEL_DEVICE_DISK ? device->disk->bus : VESSEL_DISK_BUS_SCSI;
    if (!address || address->type != VESSEL_ADDRESS_DRIVE || !bus)
        return;
    char *key = g_strdup_printf(
        "%d %u %u %u %u", (int)bus, (unsigned)vessel__number(address->controller, 0),
        (unsigned)vessel__number(address->bus, 0), (unsigned)vessel__number(address->target, 0),
        (unsigned)vessel__number(address->unit, 0));
    const VesselDevice *first = vessel__check_seen(seen, key, device);
    if (first)
        vessel__check_duplicate(check, device, first, "/address", "the drive's address");
}

void vessel__check_disks(const VesselCheck *check)
{
    g_autoptr(GHashTable) targets = vessel__check_new_seen(), addresses = vessel__check_new_seen();
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_HOSTDEV && device->hostdev->type == VESSEL_HOSTDEV_SCSI)
            check_address(check, device, addresses);
        if (device->kind != VESSEL_DEVICE_DISK)
            continue;
        vessel__check_disk(check, device);
        check_source(check, device);
        check_bus(check, device);
        check_virtio(check, device);
        check_lun(check, device);
        check_target(check, device);
        check_iotune(check, device);
        check_address(check, device, addresses);
        if (!device->disk->target)
            continue;
        const VesselDevice *first =
            vessel__check_seen(targets, g_strdup(device->disk->target), device);
        if (first) {
            g_autofree char *what = g_strdup_printf("the target '%s'", device->disk->target);
            vessel__check_duplicate(check, device, first, "/target/@dev", what);
        }
    }
}
