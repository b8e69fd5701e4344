/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <volume>, of a storage pool, as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_VOLUME_H
#define VESSEL_MODEL_VOLUME_H

#include "model/device-disk.h"
#include "model/storage.h"

/* source/device/extent: bytes */
typedef struct {
    VesselNumber start, end;
} VesselVolumeExtent;

/* source/device */
typedef struct {
    char *path;
    GPtrArray *extents; /* of VesselVolumeExtent */
    int *lines;
} VesselVolumeDevice;

/* <timestamps>: seconds since 1970, with a fraction; RUNTIME */
typedef struct {
    char *atime, *btime, *ctime, *mtime;
} VesselTimestamps;

/* <backingStore> */
typedef struct {
    char *path;
    int format;
    VesselPermissions *permissions;
    VesselTimestamps timestamps;
} VesselVolumeBacking;

/* <target> */
typedef struct {
    char *path;
    int format;
    VesselPermissions *permissions;
    VesselTimestamps timestamps;
    VesselEncryption *encryption;
    char *compat;
    VesselTri nocow;
    VesselNumber cluster_size; /* bytes */
    VesselTri lazy_refcounts, extended_l2;
} VesselVolumeTarget;

typedef struct {
    int type;
    char *name, *key;                            /* key: RUNTIME */
    GPtrArray *devices;                          /* source/device, of VesselVolumeDevice */
    VesselNumber capacity, allocation, physical; /* bytes; physical: RUNTIME */
    VesselVolumeTarget *target;
    VesselVolumeBacking *backing;
    GPtrArray *unknown; /* of VesselLeftover */
    int *lines;
} VesselVolumeDef;

const VesselShape *vessel__volume_shape(void);
void vessel__volume_check(const void *def, VesselProblems *problems);

#endif
