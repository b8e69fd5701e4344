/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const VesselRow vsock_rows[] = {
    VESSEL_ENUM(VesselVsock, model, "@model", vessel__virtio_models, ABI, "device model",
                .preset = "virtio"),
    VESSEL_SWITCH(VesselVsock, cid_auto, "cid/@auto", vessel__no_yes, 0,
                  "whether a free number is chosen at each start", .preset = "no"),
    VESSEL_NUMBER(VesselVsock, cid, "cid/@address", 3, UINT32_MAX, ABI,
                  "number of the guest on the host; 0 to 2 have a meaning already"),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselVsock),
    VESSEL_DEVICE_ROWS(VesselVsock),
    {.path = NULL},
};

const VesselTable vessel__vsock_table = {
    .name = "vsock",
    VESSEL_DEVICE_TABLE(VesselVsock),
    .rows = vsock_rows,
};
