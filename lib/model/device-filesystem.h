/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <filesystem> as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_DEVICE_FILESYSTEM_H
#define VESSEL_MODEL_DEVICE_FILESYSTEM_H

#include "model/device-common.h"

typedef enum {
    VESSEL_FILESYSTEM_ABSENT, VESSEL_FILESYSTEM_MOUNT, VESSEL_FILESYSTEM_BIND,
    VESSEL_FILESYSTEM_FILE, VESSEL_FILESYSTEM_BLOCK, VESSEL_FILESYSTEM_TEMPLATE,
    VESSEL_FILESYSTEM_RAM, VESSEL_FILESYSTEM_VOLUME,
} VesselFilesystemType;
typedef enum {
    VESSEL_FSDRIVER_ABSENT, VESSEL_FSDRIVER_PATH, VESSEL_FSDRIVER_HANDLE, VESSEL_FSDRIVER_LOOP,
    VESSEL_FSDRIVER_NBD, VESSEL_FSDRIVER_PLOOP, VESSEL_FSDRIVER_VIRTIOFS,
} VesselFilesystemDriver;
typedef enum {
    VESSEL_ACCESSMODE_ABSENT, VESSEL_ACCESSMODE_PASSTHROUGH, VESSEL_ACCESSMODE_MAPPED,
    VESSEL_ACCESSMODE_SQUASH,
} VesselFilesystemAccess;

/* <binary>: virtiofsd */
typedef struct {
    char *path;
    VesselTri xattr;
    int cache, sandbox;
    VesselTri lock_posix, lock_flock;
    VesselNumber thread_pool;
} VesselFilesystemBinary;

typedef struct {
    VesselDeviceCommon common;
    VesselFilesystemType type;
    VesselFilesystemAccess accessmode;
    int model, multidevs;
    char *fmode, *dmode;           /* octal */
    VesselFilesystemDriver driver; /* driver/@type */
    int format, wrpolicy;          /* driver/@… */
    VesselNumber queue;
    VesselVirtioOptions virtio;
    VesselFilesystemBinary *binary;
    char *dir, *file, *dev, *name, *socket, *pool, *volume; /* source/@… */
    VesselNumber usage;                     /* ram */
    char *units;
    char *target; /* target/@dir */
    VesselTri readonly;
    VesselNumber space_hard_limit, space_soft_limit;
} VesselFilesystem;

/* What one of type ram may take, usage counted in units; 0: more than can be. */
uint64_t vessel__filesystem_usage_kib(const VesselFilesystem *fs);

#endif
