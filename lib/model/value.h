/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that know whether they were given. Part of domain.h. */
#ifndef VESSEL_MODEL_VALUE_H
#define VESSEL_MODEL_VALUE_H

#include "base/common.h"

typedef enum { VESSEL_TRI_ABSENT = 0, VESSEL_TRI_NO, VESSEL_TRI_YES } VesselTri;

typedef struct {
    uint64_t value;
    bool set;
} VesselNumber;

/* What a document has of one namespace: namespaces.h. */
typedef struct {
    void *body;   /* the struct of the namespace's table */
    char *prefix; /* as it was written, NULL: the usual one. No difference */
} VesselNamespaced;
#define VESSEL_NAMESPACES_MAX 8 /* in one kind of document */

/* A number the definition may leave out. */
static inline uint64_t vessel__number(VesselNumber number, uint64_t otherwise)
{
    return number.set ? number.value : otherwise;
}

#endif
