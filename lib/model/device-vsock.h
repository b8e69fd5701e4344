/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <vsock> as C data. */
#ifndef VESSEL_MODEL_DEVICE_VSOCK_H
#define VESSEL_MODEL_DEVICE_VSOCK_H

#include "model/device-common.h"

typedef struct {
    VesselDeviceCommon common;
    int model; /* word */
    VesselTri cid_auto;
    VesselNumber cid; /* cid/@address */
    VesselVirtioOptions virtio;
} VesselVsock;

#endif
