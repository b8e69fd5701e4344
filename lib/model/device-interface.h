/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <interface> as C data. */
#ifndef VESSEL_MODEL_DEVICE_INTERFACE_H
#define VESSEL_MODEL_DEVICE_INTERFACE_H

#include "model/device-common.h"

typedef enum { VESSEL_INTERFACE_ABSENT, VESSEL_INTERFACE_USER } VesselInterfaceType;
typedef struct {
    VesselDeviceCommon common;
    VesselInterfaceType type;
    char *mac;     /* mac/@address */
    char *model;   /* model/@type, any word: the driver knows which it has */
    VesselTri link; /* link/@state: up is YES */
    char *target;  /* target/@dev */
} VesselInterface;

#endif
