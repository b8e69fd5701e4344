/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <disk> as C data. */
#ifndef VESSEL_MODEL_DEVICE_DISK_H
#define VESSEL_MODEL_DEVICE_DISK_H

#include "model/device-common.h"

typedef enum { VESSEL_DISK_TYPE_ABSENT, VESSEL_DISK_FILE, VESSEL_DISK_BLOCK } VesselDiskType;
typedef enum {
    VESSEL_DISK_DEVICE_ABSENT, VESSEL_DISK_DEVICE_DISK, VESSEL_DISK_DEVICE_CDROM,
    VESSEL_DISK_DEVICE_FLOPPY, VESSEL_DISK_DEVICE_LUN,
} VesselDiskDevice;
typedef enum {
    VESSEL_DISK_BUS_ABSENT, VESSEL_DISK_BUS_IDE, VESSEL_DISK_BUS_FDC, VESSEL_DISK_BUS_SCSI,
    VESSEL_DISK_BUS_VIRTIO, VESSEL_DISK_BUS_USB, VESSEL_DISK_BUS_SATA, VESSEL_DISK_BUS_SD,
} VesselDiskBus;
typedef enum { VESSEL_FORMAT_ABSENT, VESSEL_FORMAT_RAW, VESSEL_FORMAT_QCOW2 } VesselImageFormat;
typedef enum {
    VESSEL_CACHE_ABSENT, VESSEL_CACHE_DEFAULT, VESSEL_CACHE_NONE, VESSEL_CACHE_WRITETHROUGH,
    VESSEL_CACHE_WRITEBACK, VESSEL_CACHE_DIRECTSYNC, VESSEL_CACHE_UNSAFE,
} VesselDiskCache;
typedef enum {
    VESSEL_IO_ABSENT, VESSEL_IO_NATIVE, VESSEL_IO_THREADS, VESSEL_IO_URING,
} VesselDiskIo;
typedef enum {
    VESSEL_DISCARD_ABSENT, VESSEL_DISCARD_IGNORE, VESSEL_DISCARD_UNMAP,
} VesselDiskDiscard;
typedef enum {
    VESSEL_ERROR_POLICY_ABSENT, VESSEL_ERROR_POLICY_STOP, VESSEL_ERROR_POLICY_REPORT,
    VESSEL_ERROR_POLICY_IGNORE, VESSEL_ERROR_POLICY_ENOSPACE,
} VesselDiskErrorPolicy;

typedef struct VesselBacking {
    VesselDiskType type;
    VesselImageFormat format;      /* format/@type */
    VesselNumber index;            /* @index: RUNTIME */
    char *file, *dev;              /* source/@file, source/@dev */
    struct VesselBacking *backing; /* <backingStore/> without a type ends the chain: type ABSENT */
} VesselBacking;

typedef struct {
    VesselDeviceCommon common;
    VesselDiskType type;
    VesselDiskDevice device;
    char *driver_name;        /* driver/@name, "qemu" */
    VesselImageFormat format; /* driver/@type */
    VesselDiskCache cache;    /* driver/@… */
    VesselDiskErrorPolicy error_policy;
    VesselDiskIo io;
    VesselDiskDiscard discard;
    char *file, *dev;         /* source/@file, source/@dev */
    VesselNumber source_index; /* source/@index: RUNTIME */
    VesselBacking *backing;
    char *target;             /* target/@dev */
    VesselDiskBus bus;        /* target/@bus */
    VesselTri readonly, shareable, transient; /* presence-only elements */
    char *serial;
} VesselDisk;

#endif
