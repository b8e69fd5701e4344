/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the cross checks share. Those of one device stand in that device's file. */
#ifndef VESSEL_MODEL_CHECK_H
#define VESSEL_MODEL_CHECK_H

#include "model/domain.h"

typedef struct {
    const VesselDomainDef *def;
    const GPtrArray *devices; /* never NULL */
    VesselProblems *problems;
} VesselCheck;

/* @below is the path from @device on, or from the domain if @device is NULL; @hint may be NULL. */
void vessel__check_problem(const VesselCheck *check, const VesselDevice *device, const char *below,
                           const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Remembers that @device has @key (taken over); the device that has it already, or NULL. */
GHashTable *vessel__check_new_seen(void);
const VesselDevice *vessel__check_seen(GHashTable *seen, char *key, const VesselDevice *device);
/* "@what is that of /domain/devices/… already" */
void vessel__check_duplicate(const VesselCheck *check, const VesselDevice *device,
                             const VesselDevice *first, const char *below, const char *what);

/* Checks of the files of their things. */
void vessel__check_addresses(const VesselCheck *check);

#endif
