/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Character devices as C data: <serial>, <parallel>, <console>, <channel>, and the host's end of them,
 * which smartcards, redirected devices and others have as well. */
#ifndef VESSEL_MODEL_DEVICE_CHARDEV_H
#define VESSEL_MODEL_DEVICE_CHARDEV_H

#include "model/device-common.h"

typedef enum {
    VESSEL_CHARDEV_ABSENT, VESSEL_CHARDEV_PTY, VESSEL_CHARDEV_DEV, VESSEL_CHARDEV_FILE,
    VESSEL_CHARDEV_PIPE, VESSEL_CHARDEV_UNIX, VESSEL_CHARDEV_TCP, VESSEL_CHARDEV_UDP,
    VESSEL_CHARDEV_NULL, VESSEL_CHARDEV_STDIO, VESSEL_CHARDEV_VC, VESSEL_CHARDEV_SPICEVMC,
    VESSEL_CHARDEV_SPICEPORT, VESSEL_CHARDEV_NMDM, VESSEL_CHARDEV_QEMU_VDAGENT,
    VESSEL_CHARDEV_DBUS,
} VesselChardevType;
typedef enum {
    VESSEL_CHARDEV_MODE_ABSENT, VESSEL_CHARDEV_MODE_BIND, VESSEL_CHARDEV_MODE_CONNECT,
} VesselChardevMode;

/* <reconnect> */
typedef struct VesselReconnect {
    VesselTri enabled;
    VesselNumber timeout; /* seconds */
} VesselReconnect;

/* <source> of a character device. */
typedef struct VesselChardevSource {
    VesselChardevType type; /* of the device, as it was parsed: decides which of the paths it is */
    char *pty;              /* @path of a pty: RUNTIME */
    char *path;             /* @path of any other */
    int mode;               /* VesselChardevMode */
    char *host, *service;   /* tcp, udp */
    VesselTri tls;
    char *channel;          /* spiceport, dbus */
    char *master, *slave;   /* nmdm */
    VesselTri append;
    VesselReconnect *reconnect;
    GPtrArray *seclabel;    /* of VesselSourceSeclabel */
    VesselTri copypaste;    /* clipboard/@copypaste */
    int mouse_mode;         /* mouse/@mode */
} VesselChardevSource;

/* The host's end of a character device. */
typedef struct VesselChardevBackend {
    VesselChardevType type;
    GPtrArray *source; /* of VesselChardevSource: two for udp, one for others; may be NULL */
    int protocol;      /* protocol/@type */
    char *log_file;    /* log/@… */
    VesselTri log_append;
} VesselChardevBackend;

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
    VESSEL_CONSOLE_TARGET_SCLPLM, VESSEL_CONSOLE_TARGET_UML, VESSEL_CONSOLE_TARGET_OPENVZ,
} VesselConsoleTarget;
typedef enum {
    VESSEL_CHANNEL_TARGET_ABSENT, VESSEL_CHANNEL_TARGET_VIRTIO, VESSEL_CHANNEL_TARGET_GUESTFWD,
    VESSEL_CHANNEL_TARGET_XEN,
} VesselChannelTarget;

typedef struct { /* <serial>, <parallel>, <console>, <channel> */
    VesselDeviceCommon common;
    VesselChardevBackend backend;
    char *tty;         /* @tty, not of a channel: RUNTIME */
    int target_type;   /* target/@type: VesselSerialTarget, …ConsoleTarget or …ChannelTarget */
    VesselNumber port; /* target/@port */
    VesselSerialModel target_model; /* target/model/@name; serial and console */
    char *target_name;              /* target/@name of a virtio or xen channel */
    int target_state;               /* target/@state of a virtio channel: RUNTIME */
    char *target_address;           /* target/@address of a guestfwd channel */
} VesselChardev;

#endif
