/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const char *const balloon_models[] = {
    "", "virtio", "virtio-transitional", "virtio-non-transitional", "xen", "none", NULL};

static const VesselRow balloon_rows[] = {
    VESSEL_ENUM(VesselBalloon, model, "@model", balloon_models, VESSEL_ROW_REQUIRED | ABI,
                "device model, none for no balloon"),
    VESSEL_SWITCH(VesselBalloon, autodeflate, "@autodeflate", vessel__off_on, ABI,
                  "the guest gets memory back before it ends a process for want of it",
                  .preset = "off"),
    VESSEL_SWITCH(VesselBalloon, free_page_reporting, "@freePageReporting", vessel__off_on, ABI,
                  "the host gets back what the guest does not use", .preset = "off"),
    VESSEL_NUMBER(VesselBalloon, stats_period, "stats/@period", 0, INT32_MAX,
                  VESSEL_ROW_LIVE | VESSEL_ROW_NEEDED,
                  "seconds between statistics of the guest; 0 for none", .preset = "0"),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselBalloon),
    VESSEL_DEVICE_ROWS(VesselBalloon),
    {.path = NULL},
};

const VesselTable vessel__balloon_table = {
    .name = "memballoon",
    VESSEL_DEVICE_TABLE(VesselBalloon),
    .rows = balloon_rows,
};
