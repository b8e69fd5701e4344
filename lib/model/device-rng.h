/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <rng> as C data. */
#ifndef VESSEL_MODEL_DEVICE_RNG_H
#define VESSEL_MODEL_DEVICE_RNG_H

#include "model/device-chardev.h"

typedef enum {
    VESSEL_RNG_ABSENT, VESSEL_RNG_RANDOM, VESSEL_RNG_EGD, VESSEL_RNG_BUILTIN,
} VesselRngModel;

/* <backend> */
typedef struct {
    VesselRngModel model;
    char *file;                   /* random: its text */
    VesselChardevBackend backend; /* egd */
} VesselRngBackend;

/* <rate> */
typedef struct {
    VesselNumber bytes;
    VesselNumber period; /* milliseconds */
} VesselRngRate;

typedef struct {
    VesselDeviceCommon common;
    int model; /* word */
    VesselVirtioOptions virtio;
    VesselRngRate *rate;
    VesselRngBackend *backend; /* required */
} VesselRng;

#endif
