/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <domainsnapshot>, <domaincheckpoint> and <domainbackup> as C data: moments of a domain. An int is
 * a word of its row. */
#ifndef VESSEL_MODEL_MOMENT_H
#define VESSEL_MODEL_MOMENT_H

#include "model/check-document.h"
#include "model/domain.h"

typedef enum {
    VESSEL_SNAPSHOT_ABSENT, VESSEL_SNAPSHOT_NO, VESSEL_SNAPSHOT_INTERNAL, VESSEL_SNAPSHOT_EXTERNAL,
    VESSEL_SNAPSHOT_MANUAL,
} VesselSnapshotLocation;

/* <memory> of a snapshot */
typedef struct {
    VesselSnapshotLocation snapshot; /* not MANUAL */
    char *file;
    int *lines;
} VesselSnapshotMemory;

/* <disk> of a snapshot */
typedef struct {
    char *name;
    VesselSnapshotLocation snapshot;
    VesselDiskType type;
    VesselImageFormat format;    /* driver/@type */
    VesselNumber metadata_cache; /* driver/metadata_cache/max_size: bytes */
    VesselDiskSource *source;
    int *lines;
} VesselSnapshotDisk;

typedef struct {
    char *name, *description, *parent; /* parent/name */
    int state;
    VesselNumber creation_time;
    VesselSnapshotMemory *memory;
    GPtrArray *disks;        /* of VesselSnapshotDisk */
    VesselDomainDef *domain; /* of old files its UUID alone */
    VesselDomainDef *inactive;
    char *cookie;     /* inner XML */
    VesselTri active; /* 0 or 1 */
    GPtrArray *unknown; /* of VesselLeftover */
    int *lines;
} VesselSnapshotDef;

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

/* What the disks of a domain may be called, and the target of each; NULL if the domain is not known.
 */
GHashTable *vessel__moment_disks(const VesselDomainDef *domain);
/* The moment @name cannot come after itself; @path is that of @parent, which may be NULL. */
void vessel__moment_check_parent(const VesselDocumentCheck *check, const char *name,
                                 const char *parent, const char *path);
/* The disk @name of the element at @above may be named once, and must be one of @disks (may be
 * NULL). */
void vessel__moment_check_disk(const VesselDocumentCheck *check, GHashTable *seen,
                               GHashTable *disks, const char *name, const char *above);

const VesselShape *vessel__snapshot_shape(void);
void vessel__snapshot_check(const void *def, VesselProblems *problems);
const VesselShape *vessel__checkpoint_shape(void);
void vessel__checkpoint_check(const void *def, VesselProblems *problems);
const VesselShape *vessel__backup_shape(void);
void vessel__backup_check(const void *def, VesselProblems *problems);

#endif
