/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <redirdev> and <redirfilter> as C data. */
#ifndef VESSEL_MODEL_DEVICE_REDIRDEV_H
#define VESSEL_MODEL_DEVICE_REDIRDEV_H

#include "model/device-chardev.h"

typedef enum { VESSEL_REDIRDEV_BUS_ABSENT, VESSEL_REDIRDEV_BUS_USB } VesselRedirdevBus;

typedef struct {
    VesselDeviceCommon common;
    VesselRedirdevBus bus;
    VesselChardevBackend backend;
} VesselRedirdev;

/* <usbdev>: "-1" stands for any */
typedef struct VesselUsbFilter {
    char *class, *vendor, *product, *version;
    VesselTri allow;
} VesselUsbFilter;

typedef struct {
    VesselDeviceCommon common;
    GPtrArray *usbdev; /* of VesselUsbFilter: the first that fits decides */
} VesselRedirfilter;

#endif
