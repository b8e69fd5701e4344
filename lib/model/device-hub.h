/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <hub> as C data. */
#ifndef VESSEL_MODEL_DEVICE_HUB_H
#define VESSEL_MODEL_DEVICE_HUB_H

#include "model/device-common.h"

typedef enum { VESSEL_HUB_ABSENT, VESSEL_HUB_USB } VesselHubType;

typedef struct {
    VesselDeviceCommon common;
    VesselHubType type;
} VesselHub;

#endif
