/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

static const char *const hub_types[] = {"", "usb", NULL};

static const VesselRow hub_rows[] = {
    VESSEL_ENUM(VesselHub, type, "@type", hub_types, VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI,
                "kind of hub"),
    VESSEL_DEVICE_ROWS(VesselHub),
    {.path = NULL},
};

const VesselTable vessel__hub_table = {
    .name = "hub",
    VESSEL_DEVICE_TABLE(VesselHub),
    .rows = hub_rows,
};
