/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <input> as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_DEVICE_INPUT_H
#define VESSEL_MODEL_DEVICE_INPUT_H

#include "model/device-common.h"

typedef enum {
    VESSEL_INPUT_ABSENT,
    VESSEL_INPUT_MOUSE,
    VESSEL_INPUT_TABLET,
    VESSEL_INPUT_KEYBOARD,
    VESSEL_INPUT_PASSTHROUGH,
    VESSEL_INPUT_EVDEV,
} VesselInputType;
typedef enum {
    VESSEL_INPUT_BUS_ABSENT,
    VESSEL_INPUT_BUS_PS2,
    VESSEL_INPUT_BUS_USB,
    VESSEL_INPUT_BUS_XEN,
    VESSEL_INPUT_BUS_VIRTIO,
} VesselInputBus;

typedef struct {
    VesselDeviceCommon common;
    VesselInputType type;
    VesselInputBus bus;
    int model;
    VesselVirtioOptions virtio;
    char *evdev; /* source/@evdev of passthrough */
    char *dev;   /* source/@dev of evdev, with the following */
    int grab, grab_toggle;
    VesselTri repeat;
} VesselInput;

#endif
