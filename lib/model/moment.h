/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <domaincheckpoint> and <domainbackup> as C data: moments of a domain's disks. An int is a word of
 * its row. */
#ifndef VESSEL_MODEL_MOMENT_H
#define VESSEL_MODEL_MOMENT_H

#include "model/domain.h"
#include "model/schema.h"

/* <disk> of a checkpoint */
typedef struct {
    char *name;
    int checkpoint;
    char *bitmap;
    VesselNumber size; /* bytes; RUNTIME */
    int *lines;
} VesselCheckpointDisk;

typedef struct {
    char *name, *description, *parent; /* parent/name */
    VesselNumber creation_time;
    GPtrArray *disks;
    VesselDomainDef *domain;
    GPtrArray *unknown; /* of VesselLeftover */
    int *lines;
} VesselCheckpointDef;

typedef enum { VESSEL_BACKUP_ABSENT, VESSEL_BACKUP_PUSH, VESSEL_BACKUP_PULL } VesselBackupMode;

/* <server> */
typedef struct {
    int transport;
    VesselTri tls;
    char *name, *port, *socket;
    int *lines;
} VesselBackupServer;

typedef enum {
    VESSEL_BACKUP_DISK_ABSENT,
    VESSEL_BACKUP_DISK_FILE,
    VESSEL_BACKUP_DISK_BLOCK,
} VesselBackupDiskType;

/* <target>, <scratch> */
typedef struct {
    VesselBackupDiskType type; /* the disk's */
    char *file, *dev;
    GPtrArray *seclabels; /* of VesselSourceSeclabel */
    VesselEncryption *encryption;
} VesselBackupStore;

/* <disk> of a backup */
typedef struct {
    VesselBackupDiskType type;
    char *name;
    VesselTri backup;
    int mode;
    char *incremental, *exportname, *exportbitmap;
    VesselNumber index; /* RUNTIME */
    int format;         /* driver/@type */
    VesselBackupStore *target, *scratch;
    int *lines;
} VesselBackupDisk;

typedef struct {
    VesselBackupMode mode;
    char *incremental;
    VesselBackupServer *server;
    GPtrArray *disks;
    GPtrArray *unknown; /* of VesselLeftover */
    int *lines;
} VesselBackupDef;

const VesselShape *vessel__checkpoint_shape(void);
void vessel__checkpoint_check(const void *def, VesselProblems *problems);
const VesselShape *vessel__backup_shape(void);
void vessel__backup_check(const void *def, VesselProblems *problems);

#endif
