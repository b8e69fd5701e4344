/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the devices, one file each. */
#ifndef VESSEL_MODEL_DEVICE_H
#define VESSEL_MODEL_DEVICE_H

#include "model/schema.h"
#include "model/things.h"

extern const VesselTable vessel__address_table;
extern const VesselTable vessel__host_pci_address_table;
extern const VesselTable vessel__source_seclabel_table;
extern const VesselTable vessel__chardev_source_table;
extern const VesselTable vessel__reconnect_table;
extern const VesselTable vessel__teaming_table;
extern const VesselTable vessel__disk_table;
extern const VesselTable vessel__filesystem_table;
extern const VesselTable vessel__memory_device_table;
extern const VesselTable vessel__lease_table;
extern const VesselTable vessel__nvram_device_table;
extern const VesselTable vessel__crypto_table;
extern const VesselTable vessel__controller_table;
extern const VesselTable vessel__interface_table;
extern const VesselTable vessel__hostdev_table;
extern const VesselTable vessel__smartcard_table;
extern const VesselTable vessel__redirdev_table;
extern const VesselTable vessel__redirfilter_table;
extern const VesselTable vessel__input_table;
extern const VesselTable vessel__hub_table;
extern const VesselTable vessel__serial_table;
extern const VesselTable vessel__parallel_table;
extern const VesselTable vessel__console_table;
extern const VesselTable vessel__channel_table;
extern const VesselTable vessel__balloon_table;
extern const VesselTable vessel__audio_table;
extern const VesselTable vessel__graphics_table;
extern const VesselTable vessel__iommu_table;
extern const VesselTable vessel__panic_table;
extern const VesselTable vessel__rng_table;
extern const VesselTable vessel__shmem_table;
extern const VesselTable vessel__sound_table;
extern const VesselTable vessel__tpm_table;
extern const VesselTable vessel__video_table;
extern const VesselTable vessel__vsock_table;
extern const VesselTable vessel__watchdog_table;

extern const char *const vessel__virtio_models[];

extern const char *const vessel__chardev_types[];
extern const char *const vessel__chardev_protocols[];

/* Formats of images. */
extern const char *const vessel__image_formats[];

/* An alias of the user's own begins with "ua-". */
bool vessel__alias_is_own(const char *alias);

/* What every device ends with. */
#define VESSEL_DEVICE_ROWS(type)                                                                   \
    VESSEL_STRING(type, common.alias, "alias/@name", &vessel__form_alias, 128,                     \
                  VESSEL_ROW_RUNTIME | VESSEL_ROW_NEEDED,                                          \
                  "name of the device for later calls; one of the user's own begins with ua-",     \
                  .own = vessel__alias_is_own),                                                    \
        VESSEL_NUMBER(type, common.acpi_index, "acpi/@index", 1, 16383, VESSEL_ROW_GUEST_ABI,      \
                      "number that the firmware tells of it, for the names of interfaces",         \
                      .otherwise = "none"),                                                        \
        VESSEL_OBJECT(type, common.address, "address", &vessel__address_table,                     \
                      VESSEL_ROW_GUEST_ABI | VESSEL_ROW_ELSE_KEY | VESSEL_ROW_DRIVER_FILLED,       \
                      "where the guest finds the device", .otherwise = "one that is free")
#define VESSEL_DEVICE_BOOT_ROWS(type)                                                              \
    VESSEL_NUMBER(type, common.boot_order, "boot/@order", 1, INT32_MAX,                            \
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,                                        \
                  "turn of this device in the boot order, from 1"),                                \
        VESSEL_STRING(type, common.boot_loadparm, "boot/@loadparm", &vessel__form_loadparm, 8,     \
                      VESSEL_ROW_GUEST_ABI, "parameter the boot loader of an s390 guest reads")
/* Of a device that may be virtio. */
#define VESSEL_DEVICE_VIRTIO_ROWS(type)                                                            \
    VESSEL_SWITCH(type, virtio.iommu, "driver/@iommu", vessel__off_on, VESSEL_ROW_GUEST_ABI,       \
                  "virtio: the device goes through the IOMMU of the guest",                        \
                  .otherwise = VESSEL_ITS_OWN),                                                    \
        VESSEL_SWITCH(type, virtio.ats, "driver/@ats", vessel__off_on, VESSEL_ROW_GUEST_ABI,       \
                      "virtio: address translation service, for an IOMMU",                         \
                      .otherwise = VESSEL_ITS_OWN),                                                \
        VESSEL_SWITCH(type, virtio.packed, "driver/@packed", vessel__off_on, VESSEL_ROW_GUEST_ABI, \
                      "virtio: packed queues, which are read faster",                              \
                      .otherwise = VESSEL_ITS_OWN),                                                \
        VESSEL_SWITCH(type, virtio.page_per_vq, "driver/@page_per_vq", vessel__off_on,             \
                      VESSEL_ROW_GUEST_ABI, "virtio: a page of its own for each queue",            \
                      .otherwise = VESSEL_ITS_OWN)
/* <rom>, in the member `rom`. */
#define VESSEL_DEVICE_ROM_ROWS(type)                                                               \
    VESSEL_SWITCH(type, rom.enabled, "rom/@enabled", vessel__no_yes, VESSEL_ROW_GUEST_ABI,         \
                  "whether the guest sees the device's ROM at all", .preset = "yes"),              \
        VESSEL_SWITCH(type, rom.bar, "rom/@bar", vessel__off_on, VESSEL_ROW_GUEST_ABI,             \
                      "whether the ROM is in the guest's memory map",                              \
                      .otherwise = VESSEL_ITS_OWN),                                                \
        VESSEL_STRING(type, rom.file, "rom/@file", &vessel__form_path, 4095,                       \
                      VESSEL_ROW_GUEST_ABI | VESSEL_ROW_HOSTPATH, "what the guest finds as ROM",   \
                      .otherwise = "the ROM that the device has")
/* The host's end of a character device, in the member `backend`; the rest is for its @type. */
#define VESSEL_CHARDEV_BACKEND_ROWS(type_of, more, ...)                                            \
    VESSEL_ENUM(type_of, backend.type, "@type", vessel__chardev_types, more,                       \
                "the host's end; a pty is reached with the console calls", ##__VA_ARGS__),         \
        VESSEL_OBJECTS(type_of, backend.source, "source", &vessel__chardev_source_table, 16,       \
                       VESSEL_ROW_HOLLOW, "where the host's end is"),                              \
        VESSEL_ENUM(type_of, backend.protocol, "protocol/@type", vessel__chardev_protocols, 0,     \
                    "what is spoken on a tcp connection", .preset = "raw"),                        \
        VESSEL_STRING(type_of, backend.log_file, "log/@file", &vessel__form_path, 4095,            \
                      VESSEL_ROW_HOSTPATH | VESSEL_ROW_NEEDED,                                     \
                      "file that gets all output as well"),                                        \
        VESSEL_SWITCH(type_of, backend.log_append, "log/@append", vessel__off_on, 0,               \
                      "whether that file is kept when the domain starts anew", .preset = "off")
/* Every device's struct begins with its VesselDeviceCommon. */
#define VESSEL_DEVICE_TABLE(type)                                                                  \
    .size = VESSEL__OFFSET(type, common, offsetof(type, common) == 0) + sizeof(type),              \
    .leftovers = offsetof(type, common.unknown), .lines = offsetof(type, common.lines)

#endif
