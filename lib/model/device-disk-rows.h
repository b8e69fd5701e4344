/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of <disk> share with each other and with those that have a <source> like it. */
#ifndef VESSEL_MODEL_DEVICE_DISK_ROWS_H
#define VESSEL_MODEL_DEVICE_DISK_ROWS_H

#include "model/check.h"
#include "model/device.h"

extern const char *const vessel__disk_types[];
/* VesselImageFormat; <disk> itself has another word for raw (vessel__image_formats). */
extern const char *const vessel__storage_formats[];
/* Its tag is the @type of the element around it, which has the words above. */
extern const VesselTable vessel__disk_source_table;
extern const VesselTable vessel__source_host_table;
extern const VesselTable vessel__auth_table;
extern const VesselTable vessel__encryption_table;

/* @below is the element, from @device on; what is NULL is not checked. */
void vessel__check_source(const VesselCheck *check, const VesselDevice *device, const char *below,
                          const VesselDiskSource *source);
void vessel__check_auth(const VesselCheck *check, const VesselDevice *device, const char *below,
                        const VesselAuth *auth);
void vessel__check_encryption(const VesselCheck *check, const VesselDevice *device,
                              const char *below, const VesselEncryption *encryption);

#endif
