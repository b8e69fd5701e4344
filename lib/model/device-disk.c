/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

#define FILE_OR_ABSENT (VESSEL_WHEN(VESSEL_DISK_TYPE_ABSENT) | VESSEL_WHEN(VESSEL_DISK_FILE))
#define ON_FILE VESSEL_WHEN(VESSEL_DISK_FILE)
#define ON_BLOCK VESSEL_WHEN(VESSEL_DISK_BLOCK)
#define PATH_LIMIT 4095

static const char *const disk_types[] = {"", "file", "block", NULL};
static const char *const disk_devices[] = {"", "disk", "cdrom", "floppy", "lun", NULL};
static const char *const disk_buses[] = {"",    "ide",  "fdc", "scsi", "virtio",
                                         "usb", "sata", "sd",  NULL};
static const char *const formats[] = {"", "raw", "qcow2", NULL};
static const char *const caches[] = {"",          "default",    "none",   "writethrough",
                                     "writeback", "directsync", "unsafe", NULL};
static const char *const error_policies[] = {"", "stop", "report", "ignore", "enospace", NULL};
static const char *const ios[] = {"", "native", "threads", "io_uring", NULL};
static const char *const discards[] = {"", "ignore", "unmap", NULL};

static const VesselTable backing_table;
static const VesselRow backing_rows[] = {
    VESSEL_ENUM(VesselBacking, type, "@type", disk_types, 0,
                "what the image is based on; an element without a type ends the chain"),
    VESSEL_NUMBER(VesselBacking, index, "@index", 1, UINT32_MAX, VESSEL_ROW_RUNTIME,
                  "number of this image in the running domain"),
    VESSEL_ENUM(VesselBacking, format, "format/@type", formats, VESSEL_ROW_REQUIRED,
                "format of the image; never guessed", .when = ON_FILE | ON_BLOCK),
    VESSEL_STRING(VesselBacking, file, "source/@file", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_HOSTPATH, "image file", .when = ON_FILE),
    VESSEL_STRING(VesselBacking, dev, "source/@dev", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_HOSTPATH, "block device", .when = ON_BLOCK),
    VESSEL_OBJECT(VesselBacking, backing, "backingStore", &backing_table, 0,
                  "the next image of the chain", .when = ON_FILE | ON_BLOCK),
    {.path = NULL},
};
static const VesselTable backing_table = {
    .name = "backing store",
    .size = sizeof(VesselBacking),
    .rows = backing_rows,
    .tag = "@type",
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow disk_rows[] = {
    VESSEL_ENUM(VesselDisk, type, "@type", disk_types, 0, "where the data is; file if left out"),
    VESSEL_ENUM(VesselDisk, device, "@device", disk_devices, VESSEL_ROW_GUEST_ABI,
                "what the guest sees; disk if left out"),
    VESSEL_STRING(VesselDisk, driver_name, "driver/@name", &vessel__form_word, 64, 0,
                  "backend, qemu"),
    VESSEL_ENUM(VesselDisk, format, "driver/@type", formats, 0, "format of the image"),
    VESSEL_ENUM(VesselDisk, cache, "driver/@cache", caches, 0, "how the host caches"),
    VESSEL_ENUM(VesselDisk, error_policy, "driver/@error_policy", error_policies, 0,
                "what happens on an I/O error"),
    VESSEL_ENUM(VesselDisk, io, "driver/@io", ios, 0, "how the host does I/O"),
    VESSEL_ENUM(VesselDisk, discard, "driver/@discard", discards, 0,
                "whether the guest's discards reach the image"),
    VESSEL_STRING(VesselDisk, file, "source/@file", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_LIVE, "image file", .when = FILE_OR_ABSENT),
    VESSEL_STRING(VesselDisk, dev, "source/@dev", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_LIVE, "block device", .when = ON_BLOCK),
    VESSEL_NUMBER(VesselDisk, source_index, "source/@index", 1, UINT32_MAX, VESSEL_ROW_RUNTIME,
                  "number of this image in the running domain"),
    VESSEL_OBJECT(VesselDisk, backing, "backingStore", &backing_table, 0,
                  "what the image is based on"),
    VESSEL_STRING(VesselDisk, target, "target/@dev", &vessel__form_word, 32,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI,
                  "name of the disk in this definition, such as vda"),
    VESSEL_ENUM(VesselDisk, bus, "target/@bus", disk_buses, VESSEL_ROW_GUEST_ABI,
                "what the disk is connected to"),
    VESSEL_PRESENCE(VesselDisk, readonly, "readonly", VESSEL_ROW_GUEST_ABI,
                    "the guest may not write"),
    VESSEL_PRESENCE(VesselDisk, shareable, "shareable", 0, "several domains may use it at once"),
    VESSEL_PRESENCE(VesselDisk, transient, "transient", 0, "what the guest writes is thrown away"),
    VESSEL_STRING(VesselDisk, serial, "serial", &vessel__form_line, 128, VESSEL_ROW_GUEST_ABI,
                  "serial number the guest reads"),
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
