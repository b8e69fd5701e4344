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

/* What is NULL is not checked. */
void vessel__check_source(const VesselWhere *where, const VesselDiskSource *source);
void vessel__check_auth(const VesselWhere *where, const VesselAuth *auth);
/* The kind of secret that @protocol takes. */
void vessel__check_auth_protocol(const VesselWhere *where, const VesselAuth *auth,
                                 VesselSourceProtocol protocol);
/* What of a disk goes with what: its address, its kind, its name. check-disk.c */
void vessel__check_disk(const VesselCheck *check, const VesselDevice *device);
/* @rbd: whether RBD itself may do it. */
void vessel__check_encryption(const VesselWhere *where, const VesselEncryption *encryption,
                              bool rbd);
/* Whether it is, or may be once a volume was found. */
bool vessel__source_is_rbd(const VesselDiskSource *source);

#endif
