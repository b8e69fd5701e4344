/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <video> as C data. */
#ifndef VESSEL_MODEL_DEVICE_VIDEO_H
#define VESSEL_MODEL_DEVICE_VIDEO_H

#include "model/device-common.h"

typedef enum {
    VESSEL_VIDEO_ABSENT, VESSEL_VIDEO_VGA, VESSEL_VIDEO_CIRRUS, VESSEL_VIDEO_VMVGA,
    VESSEL_VIDEO_XEN, VESSEL_VIDEO_VBOX, VESSEL_VIDEO_QXL, VESSEL_VIDEO_VIRTIO, VESSEL_VIDEO_GOP,
    VESSEL_VIDEO_NONE, VESSEL_VIDEO_BOCHS, VESSEL_VIDEO_RAMFB,
} VesselVideoType;
typedef enum {
    VESSEL_VIDEO_DRIVER_ABSENT, VESSEL_VIDEO_DRIVER_QEMU, VESSEL_VIDEO_DRIVER_VHOSTUSER,
} VesselVideoDriver;

/* <resolution> */
typedef struct {
    VesselNumber x, y;
} VesselResolution;

/* <model> */
typedef struct {
    VesselVideoType type;
    VesselNumber ram, vram, vram64, vgamem; /* KiB */
    VesselNumber heads;
    VesselTri primary, blob;
    VesselTri accel3d, accel2d; /* acceleration/@… */
    char *rendernode;
    VesselResolution *resolution;
} VesselVideoModel;

typedef struct {
    VesselDeviceCommon common;
    VesselVideoDriver driver; /* driver/@name */
    int vgaconf;              /* word */
    VesselVirtioOptions virtio;
    VesselVideoModel *model; /* NULL: chosen by the driver */
} VesselVideo;

#endif
