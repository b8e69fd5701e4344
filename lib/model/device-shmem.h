/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <shmem> as C data. */
#ifndef VESSEL_MODEL_DEVICE_SHMEM_H
#define VESSEL_MODEL_DEVICE_SHMEM_H

#include "model/device-common.h"

typedef enum {
    VESSEL_SHMEM_ABSENT, VESSEL_SHMEM_IVSHMEM, VESSEL_SHMEM_PLAIN, VESSEL_SHMEM_DOORBELL,
} VesselShmemModel;

typedef struct {
    VesselNumber vectors;
    VesselTri ioeventfd;
} VesselShmemMsi;

typedef struct {
    VesselDeviceCommon common;
    char *name;
    int role;               /* word */
    VesselShmemModel model; /* model/@type */
    VesselNumber size;      /* bytes */
    VesselTri server;
    char *server_path; /* server/@path; NULL: made from the name */
    VesselShmemMsi *msi;
} VesselShmem;

#endif
