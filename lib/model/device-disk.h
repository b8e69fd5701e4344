/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <disk> as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_DEVICE_DISK_H
#define VESSEL_MODEL_DEVICE_DISK_H

#include "model/device-common.h"

typedef enum {
    VESSEL_DISK_TYPE_ABSENT, VESSEL_DISK_FILE, VESSEL_DISK_BLOCK, VESSEL_DISK_DIR,
    VESSEL_DISK_NETWORK, VESSEL_DISK_VOLUME, VESSEL_DISK_NVME, VESSEL_DISK_VHOSTUSER,
} VesselDiskType;
typedef enum {
    VESSEL_DISK_DEVICE_ABSENT, VESSEL_DISK_DEVICE_DISK, VESSEL_DISK_DEVICE_CDROM,
    VESSEL_DISK_DEVICE_FLOPPY, VESSEL_DISK_DEVICE_LUN,
} VesselDiskDevice;
typedef enum {
    VESSEL_DISK_BUS_ABSENT, VESSEL_DISK_BUS_IDE, VESSEL_DISK_BUS_FDC, VESSEL_DISK_BUS_SCSI,
    VESSEL_DISK_BUS_VIRTIO, VESSEL_DISK_BUS_USB, VESSEL_DISK_BUS_SATA, VESSEL_DISK_BUS_SD,
    VESSEL_DISK_BUS_XEN, VESSEL_DISK_BUS_UML,
} VesselDiskBus;
/* The first of those that are known; the words of the others are in device-disk.c. */
typedef enum { VESSEL_FORMAT_ABSENT, VESSEL_FORMAT_RAW, VESSEL_FORMAT_QCOW2 } VesselImageFormat;
typedef enum {
    VESSEL_CACHE_ABSENT, VESSEL_CACHE_DEFAULT, VESSEL_CACHE_NONE, VESSEL_CACHE_WRITETHROUGH,
    VESSEL_CACHE_WRITEBACK, VESSEL_CACHE_DIRECTSYNC, VESSEL_CACHE_UNSAFE,
} VesselDiskCache;
typedef enum {
    VESSEL_IO_ABSENT, VESSEL_IO_NATIVE, VESSEL_IO_THREADS, VESSEL_IO_URING,
} VesselDiskIo;
typedef enum {
    VESSEL_DISCARD_ABSENT, VESSEL_DISCARD_IGNORE, VESSEL_DISCARD_UNMAP,
} VesselDiskDiscard;
typedef enum {
    VESSEL_ERROR_POLICY_ABSENT, VESSEL_ERROR_POLICY_STOP, VESSEL_ERROR_POLICY_REPORT,
    VESSEL_ERROR_POLICY_IGNORE, VESSEL_ERROR_POLICY_ENOSPACE,
} VesselDiskErrorPolicy;
typedef enum {
    VESSEL_PROTOCOL_ABSENT, VESSEL_PROTOCOL_NBD, VESSEL_PROTOCOL_RBD, VESSEL_PROTOCOL_ISCSI,
    VESSEL_PROTOCOL_HTTP, VESSEL_PROTOCOL_HTTPS, VESSEL_PROTOCOL_FTP, VESSEL_PROTOCOL_FTPS,
    VESSEL_PROTOCOL_TFTP, VESSEL_PROTOCOL_GLUSTER, VESSEL_PROTOCOL_SSH, VESSEL_PROTOCOL_NFS,
    VESSEL_PROTOCOL_SHEEPDOG, VESSEL_PROTOCOL_VXHS,
} VesselSourceProtocol;
typedef enum {
    VESSEL_TRANSPORT_ABSENT, VESSEL_TRANSPORT_TCP, VESSEL_TRANSPORT_RDMA, VESSEL_TRANSPORT_UNIX,
} VesselSourceTransport;

/* a server of a network source */
typedef struct VesselSourceHost {
    VesselSourceTransport transport;
    char *name;
    VesselNumber port;
    char *socket;
} VesselSourceHost;

typedef enum {
    VESSEL_ENCRYPTION_ABSENT, VESSEL_ENCRYPTION_DEFAULT, VESSEL_ENCRYPTION_QCOW,
    VESSEL_ENCRYPTION_LUKS, VESSEL_ENCRYPTION_LUKS2,
} VesselEncryptionFormat;
typedef enum {
    VESSEL_ENGINE_ABSENT, VESSEL_ENGINE_QEMU, VESSEL_ENGINE_LIBRBD,
} VesselEncryptionEngine;

/* <secret> of <auth> and <encryption>: where the store of secrets has it */
typedef struct {
    int type;
    char *uuid, *usage; /* one of the two */
} VesselSecretRef;

typedef struct {
    char *username;
    VesselSecretRef *secret;
} VesselAuth;

typedef struct {
    VesselEncryptionFormat format;
    VesselEncryptionEngine engine;
    GPtrArray *secrets; /* of VesselSecretRef */
    char *cipher_name, *cipher_mode, *cipher_hash;
    VesselNumber cipher_size;
    char *ivgen_name, *ivgen_hash;
} VesselEncryption;

/* <reservations> */
typedef struct {
    VesselTri managed;
    int source_type, source_mode;
    char *source_path;
    VesselTri reconnect;
    VesselNumber reconnect_timeout;
} VesselReservations;

typedef struct {
    int type;
    VesselNumber offset, size;
} VesselSlice;

typedef struct {
    char *name, *value;
} VesselCookie;

/* <source> of a disk, of an image it is based on, of a mirror, of the firmware's variables */
typedef struct VesselDiskSource {
    VesselDiskType type; /* a copy of the @type of the element around it */
    char *file, *fdgroup;
    char *dev;
    char *dir;
    VesselSourceProtocol protocol; /* network */
    char *name, *query, *tls_hostname;
    VesselTri tls;
    char *pool, *volume; /* volume */
    int mode;
    int address_type; /* nvme: pci; vhostuser: unix */
    VesselNumber nvme_namespace;
    VesselTri managed;
    VesselHostPciAddress *address;
    char *path; /* vhostuser */
    VesselTri reconnect;
    VesselNumber reconnect_timeout;
    VesselNumber index; /* RUNTIME */
    int startup_policy;
    GPtrArray *hosts; /* of VesselSourceHost */
    char *snapshot, *config;
    char *initiator;
    GPtrArray *cookies; /* of VesselCookie */
    VesselTri ssl_verify;
    VesselNumber readahead, timeout;
    char *identity_user, *identity_group;
    GPtrArray *slices; /* of VesselSlice */
    VesselAuth *auth;
    VesselEncryption *encryption;
    VesselReservations *reservations;
    GPtrArray *seclabels; /* of VesselSourceSeclabel */
} VesselDiskSource;

/* The host's file or device, NULL if it is something else or nothing. */
static inline const char *vessel__source_path(const VesselDiskSource *source)
{
    if (!source)
        return NULL;
    return source->type == VESSEL_DISK_BLOCK ? source->dev : source->file;
}

typedef struct VesselBacking {
    VesselDiskType type;
    VesselImageFormat format; /* format/@type */
    VesselNumber metadata_cache; /* format/metadata_cache/max_size */
    VesselNumber index; /* @index: RUNTIME */
    VesselDiskSource *source;
    struct VesselBacking *backing; /* <backingStore/> without a type ends the chain: type ABSENT */
} VesselBacking;

/* <mirror>: of a running copy, RUNTIME */
typedef struct {
    VesselDiskType type;
    char *file;           /* @file, @format: what old versions wrote beside <source> */
    int old_format;
    int job, ready;
    VesselImageFormat format;
    VesselNumber metadata_cache;
    VesselDiskSource *source;
    VesselBacking *backing;
} VesselMirror;

typedef struct {
    VesselNumber cyls, heads, secs;
    int trans;
} VesselGeometry;

/* A limit on all, and on reads and on writes. */
typedef struct {
    VesselNumber total, read, write;
} VesselIoLimit;

typedef struct {
    VesselIoLimit bytes, iops;                       /* per second */
    VesselIoLimit bytes_max, iops_max;               /* of a burst */
    VesselIoLimit bytes_max_length, iops_max_length; /* seconds of a burst */
    VesselNumber size_iops;
    char *group_name;
} VesselIotune;

typedef struct {
    VesselDeviceCommon common;
    VesselDiskType type;
    VesselDiskDevice device;
    int model, sgio, snapshot;
    VesselTri rawio;
    char *driver_name;        /* driver/@name, "qemu" */
    VesselImageFormat format; /* driver/@type */
    VesselDiskCache cache;    /* driver/@… */
    VesselDiskErrorPolicy error_policy;
    int rerror_policy;
    VesselDiskIo io;
    VesselTri ioeventfd, event_idx, copy_on_read;
    VesselDiskDiscard discard;
    VesselTri discard_no_unref;
    int detect_zeroes;
    VesselNumber iothread, queues, queue_size;
    VesselVirtioOptions virtio;
    VesselNumber metadata_cache; /* driver/metadata_cache/max_size */
    VesselAuth *auth;            /* the same as that of the source */
    VesselDiskSource *source;
    VesselBacking *backing;
    char *backenddomain;
    VesselGeometry *geometry;
    VesselNumber logical_block_size, physical_block_size; /* blockio/@… */
    VesselMirror *mirror;
    char *target;             /* target/@dev */
    VesselDiskBus bus;        /* target/@bus */
    int tray;
    VesselTri removable;
    VesselNumber rotation_rate;
    VesselIotune *iotune;
    VesselTri readonly, shareable, transient; /* presence-only elements */
    VesselTri share_backing;                  /* transient/@shareBacking */
    char *serial, *wwn, *vendor, *product;
    VesselEncryption *encryption; /* the same as that of the source */
} VesselDisk;

#endif
