/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <pool>, a storage pool, as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_POOL_H
#define VESSEL_MODEL_POOL_H

#include "model/device-common.h"
#include "model/schema.h"
#include "model/storage.h"

typedef enum {
    VESSEL_POOL_ABSENT,
    VESSEL_POOL_DIR,
    VESSEL_POOL_FS,
    VESSEL_POOL_NETFS,
    VESSEL_POOL_LOGICAL,
    VESSEL_POOL_DISK,
    VESSEL_POOL_ISCSI,
    VESSEL_POOL_ISCSI_DIRECT,
    VESSEL_POOL_SCSI,
    VESSEL_POOL_MPATH,
    VESSEL_POOL_RBD,
    VESSEL_POOL_SHEEPDOG,
    VESSEL_POOL_GLUSTER,
    VESSEL_POOL_ZFS,
    VESSEL_POOL_VSTORAGE,
} VesselPoolType;

/* source/host */
typedef struct {
    char *name, *port; /* port is a number, -1 for the usual one */
} VesselPoolHost;

/* source/device/freeExtent: bytes */
typedef struct {
    VesselNumber start, end;
} VesselPoolExtent;

/* source/device */
typedef struct {
    char *path;
    VesselTri part_separator;
    GPtrArray *free_extents; /* of VesselPoolExtent */
    int *lines;
} VesselPoolDevice;

typedef enum {
    VESSEL_POOL_ADAPTER_ABSENT,
    VESSEL_POOL_ADAPTER_SCSI_HOST,
    VESSEL_POOL_ADAPTER_FC_HOST,
} VesselPoolAdapterType;

/* source/adapter/parentaddr */
typedef struct {
    VesselNumber unique_id;
    VesselHostPciAddress *address;
} VesselPoolParentAddress;

/* source/adapter */
typedef struct {
    VesselPoolAdapterType type;
    char *name;
    VesselPoolParentAddress *parentaddr;
    char *parent, *parent_wwnn, *parent_wwpn, *parent_fabric_wwn, *wwnn, *wwpn; /* of fc_host */
    VesselTri managed;
} VesselPoolAdapter;

typedef enum {
    VESSEL_POOL_AUTH_ABSENT,
    VESSEL_POOL_AUTH_CHAP,
    VESSEL_POOL_AUTH_CEPH,
} VesselPoolAuthType;

/* source/auth */
typedef struct {
    VesselPoolAuthType type;
    char *username;
    int secret_type; /* secret/@… */
    char *secret_uuid, *secret_usage;
} VesselPoolAuth;

typedef enum {
    VESSEL_POOL_NETFS_ABSENT,
    VESSEL_POOL_NETFS_AUTO,
    VESSEL_POOL_NETFS_NFS,
    VESSEL_POOL_NETFS_CIFS,
    VESSEL_POOL_NETFS_GLUSTERFS,
} VesselPoolNetfs;

/* <source> */
typedef struct {
    VesselPoolType type; /* the pool's */
    GPtrArray *hosts;    /* of VesselPoolHost */
    GPtrArray *devices;  /* of VesselPoolDevice */
    char *dir;           /* dir/@path */
    VesselPoolAdapter *adapter;
    char *name;
    char *initiator; /* initiator/iqn/@name */
    int fs_format;   /* format/@type, by the pool's type */
    VesselPoolNetfs netfs_format;
    int logical_format, disk_format;
    VesselPoolAuth *auth;
    char *protocol;                       /* protocol/@ver */
    char *vendor, *product;               /* …/@name */
    char *format_vendor, *format_product; /* the same inside of <format>: no meaning is known */
    int *lines;
} VesselPoolSource;

/* <target> */
typedef struct {
    char *path;
    VesselPermissions *permissions;
} VesselPoolTarget;

typedef struct {
    VesselPoolType type;
    char *name, *uuid;
    VesselNumber capacity, allocation, available; /* bytes; RUNTIME */
    VesselTri cow;                                /* features/cow/@state */
    VesselPoolSource *source;
    VesselPoolTarget *target;
    int refresh_allocation; /* refresh/volume/@allocation */
    GPtrArray *unknown;     /* of VesselLeftover */
    VesselNamespaced namespaces[VESSEL_NAMESPACES_MAX];
    int *lines;
} VesselPoolDef;

extern const VesselTable vessel__pool_table;
const VesselShape *vessel__pool_shape(void);
void vessel__pool_defaults(void *def);
void vessel__pool_check(const void *def, VesselProblems *problems);

#endif
