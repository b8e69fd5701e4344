/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <watchdog> as C data. */
#ifndef VESSEL_MODEL_DEVICE_WATCHDOG_H
#define VESSEL_MODEL_DEVICE_WATCHDOG_H

#include "model/device-common.h"

typedef struct {
    VesselDeviceCommon common;
    int model, action; /* words */
} VesselWatchdog;

#endif
