/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <iommu> as C data. */
#ifndef VESSEL_MODEL_DEVICE_IOMMU_H
#define VESSEL_MODEL_DEVICE_IOMMU_H

#include "model/device-common.h"

typedef struct {
    VesselDeviceCommon common;
    int model;                                /* word */
    VesselTri intremap, caching_mode, eim, iotlb; /* driver/@… */
    VesselNumber aw_bits;
} VesselIommu;

#endif
