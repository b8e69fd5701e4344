/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <memballoon> as C data. */
#ifndef VESSEL_MODEL_DEVICE_MEMBALLOON_H
#define VESSEL_MODEL_DEVICE_MEMBALLOON_H

#include "model/device-common.h"

typedef enum {
    VESSEL_BALLOON_ABSENT, VESSEL_BALLOON_VIRTIO, VESSEL_BALLOON_VIRTIO_TRANSITIONAL,
    VESSEL_BALLOON_VIRTIO_NON_TRANSITIONAL, VESSEL_BALLOON_XEN, VESSEL_BALLOON_NONE,
} VesselBalloonModel;
typedef struct {
    VesselDeviceCommon common;
    VesselBalloonModel model;
    VesselTri autodeflate, free_page_reporting;
    VesselNumber stats_period; /* stats/@period, seconds */
    VesselVirtioOptions virtio;
} VesselBalloon;

#endif
