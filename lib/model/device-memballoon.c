/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

static const char *const balloon_models[] = {"", "virtio", "xen", "none", NULL};

static const VesselRow balloon_rows[] = {
    VESSEL_ENUM(VesselBalloon, model, "@model", balloon_models,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "device model, none for no balloon"),
    VESSEL_NUMBER(VesselBalloon, stats_period, "stats/@period", 0, INT32_MAX, VESSEL_ROW_LIVE,
                  "seconds between statistics of the guest; 0 for none"),
    VESSEL_DEVICE_ROWS(VesselBalloon),
    {.path = NULL},
};

const VesselTable vessel__balloon_table = {
    .name = "memballoon",
    VESSEL_DEVICE_TABLE(VesselBalloon),
    .rows = balloon_rows,
};
