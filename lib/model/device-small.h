/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <lease>, <nvram> and <crypto> as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_DEVICE_SMALL_H
#define VESSEL_MODEL_DEVICE_SMALL_H

#include "model/device-common.h"

typedef struct {
    VesselDeviceCommon common;
    char *lockspace, *key;
    char *path; /* target/@path */
    VesselNumber offset;
} VesselLease;

/* <nvram> of a pSeries guest. */
typedef struct {
    VesselDeviceCommon common;
} VesselNvramDevice;

typedef struct {
    VesselDeviceCommon common;
    int model, type, backend;
    VesselNumber queues;
    VesselVirtioOptions virtio;
} VesselCrypto;

#endif
