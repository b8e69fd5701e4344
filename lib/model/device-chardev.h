/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <serial> and <console> as C data. */
#ifndef VESSEL_MODEL_DEVICE_CHARDEV_H
#define VESSEL_MODEL_DEVICE_CHARDEV_H

#include "model/device-common.h"

typedef enum { VESSEL_CHARDEV_ABSENT, VESSEL_CHARDEV_PTY } VesselChardevType;
typedef enum {
    VESSEL_SERIAL_TARGET_ABSENT, VESSEL_SERIAL_TARGET_ISA, VESSEL_SERIAL_TARGET_USB,
    VESSEL_SERIAL_TARGET_PCI, VESSEL_SERIAL_TARGET_SPAPR_VIO, VESSEL_SERIAL_TARGET_SYSTEM,
    VESSEL_SERIAL_TARGET_SCLP, VESSEL_SERIAL_TARGET_ISA_DEBUG,
} VesselSerialTarget;
typedef enum {
    VESSEL_SERIAL_MODEL_ABSENT, VESSEL_SERIAL_MODEL_ISA, VESSEL_SERIAL_MODEL_USB,
    VESSEL_SERIAL_MODEL_PCI, VESSEL_SERIAL_MODEL_SPAPR_VTY, VESSEL_SERIAL_MODEL_PL011,
    VESSEL_SERIAL_MODEL_16550A, VESSEL_SERIAL_MODEL_SCLPCONSOLE,
    VESSEL_SERIAL_MODEL_SCLPLMCONSOLE, VESSEL_SERIAL_MODEL_ISA_DEBUGCON,
} VesselSerialModel;
typedef enum {
    VESSEL_CONSOLE_TARGET_ABSENT, VESSEL_CONSOLE_TARGET_SERIAL, VESSEL_CONSOLE_TARGET_VIRTIO,
    VESSEL_CONSOLE_TARGET_XEN, VESSEL_CONSOLE_TARGET_LXC, VESSEL_CONSOLE_TARGET_SCLP,
    VESSEL_CONSOLE_TARGET_SCLPLM,
} VesselConsoleTarget;
typedef struct { /* <serial> and <console> */
    VesselDeviceCommon common;
    VesselChardevType type;
    char *path;         /* source/@path of a running one: RUNTIME */
    char *tty;          /* console/@tty, the same: RUNTIME */
    int target_type;    /* target/@type: VesselSerialTarget or VesselConsoleTarget */
    VesselNumber port;  /* target/@port */
    VesselSerialModel target_model; /* target/model/@name; only serial */
} VesselChardev;

#endif
