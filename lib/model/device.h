/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the devices, one file each. */
#ifndef VESSEL_MODEL_DEVICE_H
#define VESSEL_MODEL_DEVICE_H

#include "model/schema.h"

extern const VesselTable vessel__address_table;
extern const VesselTable vessel__host_pci_address_table;
extern const VesselTable vessel__source_seclabel_table;
extern const VesselTable vessel__disk_table;
extern const VesselTable vessel__controller_table;
extern const VesselTable vessel__interface_table;
extern const VesselTable vessel__serial_table;
extern const VesselTable vessel__console_table;
extern const VesselTable vessel__balloon_table;
extern const VesselTable vessel__iommu_table;
extern const VesselTable vessel__panic_table;
extern const VesselTable vessel__shmem_table;
extern const VesselTable vessel__tpm_table;
extern const VesselTable vessel__vsock_table;
extern const VesselTable vessel__watchdog_table;

extern const char *const vessel__virtio_models[];

/* An alias of the user's own begins with "ua-". */
bool vessel__alias_is_own(const char *alias);

/* What every device ends with. */
#define VESSEL_DEVICE_ROWS(type)                                                                   \
    VESSEL_STRING(type, common.alias, "alias/@name", &vessel__form_alias, 128, VESSEL_ROW_RUNTIME, \
                  "name of the device for later calls; one of the user's own begins with ua-",     \
                  .own = vessel__alias_is_own),                                                    \
        VESSEL_NUMBER(type, common.acpi_index, "acpi/@index", 0, UINT32_MAX, VESSEL_ROW_GUEST_ABI, \
                      "number that the firmware tells of it, for the names of interfaces"),        \
        VESSEL_OBJECT(type, common.address, "address", &vessel__address_table,                     \
                      VESSEL_ROW_GUEST_ABI, "where the guest finds the device")
#define VESSEL_DEVICE_BOOT_ROWS(type)                                                              \
    VESSEL_NUMBER(type, common.boot_order, "boot/@order", 1, INT32_MAX, VESSEL_ROW_GUEST_ABI,      \
                  "turn of this device in the boot order, from 1"),                                \
        VESSEL_STRING(type, common.boot_loadparm, "boot/@loadparm", &vessel__form_loadparm, 8,     \
                      VESSEL_ROW_GUEST_ABI, "parameter the boot loader of an s390 guest reads")
/* Of a device that may be virtio. */
#define VESSEL_DEVICE_VIRTIO_ROWS(type)                                                            \
    VESSEL_SWITCH(type, virtio.iommu, "driver/@iommu", vessel__off_on, VESSEL_ROW_GUEST_ABI,       \
                  "virtio: the guest's IOMMU is used"),                                            \
        VESSEL_SWITCH(type, virtio.ats, "driver/@ats", vessel__off_on, VESSEL_ROW_GUEST_ABI,       \
                      "virtio: address translation service"),                                      \
        VESSEL_SWITCH(type, virtio.packed, "driver/@packed", vessel__off_on, VESSEL_ROW_GUEST_ABI, \
                      "virtio: packed queues"),                                                    \
        VESSEL_SWITCH(type, virtio.page_per_vq, "driver/@page_per_vq", vessel__off_on,             \
                      VESSEL_ROW_GUEST_ABI, "virtio: a page of its own for each queue")
/* Every device's struct begins with its VesselDeviceCommon. */
#define VESSEL_DEVICE_TABLE(type)                                                                  \
    .size = VESSEL__OFFSET(type, common, offsetof(type, common) == 0) + sizeof(type),              \
    .leftovers = offsetof(type, common.unknown), .lines = offsetof(type, common.lines)

#endif
