/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <secret> as C data: what a secret is for. Its value is never part of it. */
#ifndef VESSEL_MODEL_SECRET_H
#define VESSEL_MODEL_SECRET_H

#include "model/schema.h"

typedef enum {
    VESSEL_SECRET_ABSENT,
    VESSEL_SECRET_VOLUME,
    VESSEL_SECRET_CEPH,
    VESSEL_SECRET_ISCSI,
    VESSEL_SECRET_TLS,
    VESSEL_SECRET_VTPM,
} VesselSecretType;

/* <usage> */
typedef struct {
    VesselSecretType type;
    char *volume, *name, *target; /* one of them, by type */
} VesselSecretUsage;

typedef struct {
    VesselTri ephemeral, private;
    char *uuid, *description;
    VesselSecretUsage *usage;
    GPtrArray *unknown; /* of VesselLeftover */
    int *lines;
} VesselSecretDef;

const VesselShape *vessel__secret_shape(void);
void vessel__secret_defaults(void *def);

#endif
