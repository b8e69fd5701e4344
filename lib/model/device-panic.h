/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <panic> as C data. */
#ifndef VESSEL_MODEL_DEVICE_PANIC_H
#define VESSEL_MODEL_DEVICE_PANIC_H

#include "model/device-common.h"

typedef enum {
    VESSEL_PANIC_ABSENT, VESSEL_PANIC_ISA, VESSEL_PANIC_PSERIES, VESSEL_PANIC_HYPERV,
    VESSEL_PANIC_S390, VESSEL_PANIC_PVPANIC,
} VesselPanicModel;

typedef struct {
    VesselDeviceCommon common;
    VesselPanicModel model;
} VesselPanic;

#endif
