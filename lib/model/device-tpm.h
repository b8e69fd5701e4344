/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <tpm> as C data. */
#ifndef VESSEL_MODEL_DEVICE_TPM_H
#define VESSEL_MODEL_DEVICE_TPM_H

#include "model/device-common.h"

typedef enum {
    VESSEL_TPM_ABSENT, VESSEL_TPM_TIS, VESSEL_TPM_CRB, VESSEL_TPM_SPAPR, VESSEL_TPM_SPAPR_PROXY,
} VesselTpmModel;
typedef enum {
    VESSEL_TPM_TYPE_ABSENT, VESSEL_TPM_PASSTHROUGH, VESSEL_TPM_EMULATOR, VESSEL_TPM_EXTERNAL,
} VesselTpmType;
typedef enum { VESSEL_TPM_VERSION_ABSENT, VESSEL_TPM_1_2, VESSEL_TPM_2_0 } VesselTpmVersion;

/* <source> of an external TPM. */
typedef struct {
    int type, mode; /* words: unix, connect */
    char *path;
} VesselTpmSource;

typedef struct {
    VesselTpmType type;
    VesselTpmVersion version;
    /* passthrough */
    char *device; /* device/@path */
    /* emulator */
    VesselTri persistent_state;
    char *encryption;                       /* encryption/@secret */
    VesselTri sha1, sha256, sha384, sha512; /* active_pcr_banks/… */
    /* external */
    VesselTpmSource *source;
} VesselTpmBackend;

typedef struct {
    VesselDeviceCommon common;
    VesselTpmModel model;
    VesselTpmBackend *backend; /* required */
} VesselTpm;

#endif
