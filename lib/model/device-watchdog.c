/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

static const char *const models[] = {"", "i6300esb", "ib700", "diag288", "itco", NULL};
static const char *const actions[] = {"",     "reset", "shutdown",   "poweroff", "pause",
                                      "none", "dump",  "inject-nmi", NULL};

static const VesselRow watchdog_rows[] = {
    VESSEL_ENUM(VesselWatchdog, model, "@model", models,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "device model"),
    VESSEL_ENUM(VesselWatchdog, action, "@action", actions, 0,
                "what happens when the guest stops answering", .preset = "reset"),
    VESSEL_DEVICE_ROWS(VesselWatchdog),
    {.path = NULL},
};

const VesselTable vessel__watchdog_table = {
    .name = "watchdog",
    VESSEL_DEVICE_TABLE(VesselWatchdog),
    .rows = watchdog_rows,
};
