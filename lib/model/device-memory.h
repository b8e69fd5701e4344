/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <memory> among the devices, as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_DEVICE_MEMORY_H
#define VESSEL_MODEL_DEVICE_MEMORY_H

#include "model/device-common.h"

typedef enum {
    VESSEL_MEMORY_ABSENT, VESSEL_MEMORY_DIMM, VESSEL_MEMORY_NVDIMM, VESSEL_MEMORY_VIRTIO_PMEM,
    VESSEL_MEMORY_VIRTIO_MEM, VESSEL_MEMORY_SGX_EPC,
} VesselMemoryModel;

typedef struct {
    VesselDeviceCommon common;
    VesselMemoryModel model;
    int access;
    VesselTri discard;
    char *uuid;
    VesselNumber pagesize_kib, alignsize_kib; /* source/… */
    char *nodemask, *path;
    VesselTri pmem;
    VesselNumber size_kib, node; /* target/… */
    VesselNumber block_kib, requested_kib, current_kib;
    VesselNumber label_size_kib;
    VesselTri readonly;
} VesselMemoryDevice;

#endif
