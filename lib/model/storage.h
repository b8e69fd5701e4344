/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pools and volumes have in common. */
#ifndef VESSEL_MODEL_STORAGE_H
#define VESSEL_MODEL_STORAGE_H

#include "model/schema.h"

/* <permissions> */
typedef struct {
    char *mode;          /* octal: "0744" */
    char *owner, *group; /* numbers, -1 for none */
    char *label;
} VesselPermissions;

extern const VesselTable vessel__permissions_table;

#endif
