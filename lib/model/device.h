/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the devices, one file each. */
#ifndef VESSEL_MODEL_DEVICE_H
#define VESSEL_MODEL_DEVICE_H

#include "model/schema.h"

extern const VesselTable vessel__address_table;
extern const VesselTable vessel__disk_table;
extern const VesselTable vessel__controller_table;
extern const VesselTable vessel__interface_table;
extern const VesselTable vessel__serial_table;
extern const VesselTable vessel__console_table;
extern const VesselTable vessel__balloon_table;

/* An alias of the user's own begins with "ua-". */
bool vessel__alias_is_own(const char *alias);

/* What every device ends with. */
#define VESSEL_DEVICE_ROWS(type)                                                                   \
    VESSEL_STRING(type, common.alias, "alias/@name", &vessel__form_alias, 128, VESSEL_ROW_RUNTIME, \
                  "name of the device for later calls; one of the user's own begins with ua-",     \
                  .own = vessel__alias_is_own),                                                    \
        VESSEL_OBJECT(type, common.address, "address", &vessel__address_table,                     \
                      VESSEL_ROW_GUEST_ABI, "where the guest finds the device")
#define VESSEL_DEVICE_BOOT_ROW(type)                                                               \
    VESSEL_NUMBER(type, common.boot_order, "boot/@order", 1, 1000, VESSEL_ROW_GUEST_ABI,           \
                  "turn of this device in the boot order, from 1")
/* Every device's struct begins with its VesselDeviceCommon. */
#define VESSEL_DEVICE_TABLE(type)                                                                  \
    .size = VESSEL__OFFSET(type, common, offsetof(type, common) == 0) + sizeof(type),              \
    .leftovers = offsetof(type, common.unknown), .lines = offsetof(type, common.lines)

#endif
