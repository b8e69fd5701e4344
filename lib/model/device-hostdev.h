/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <hostdev> as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_DEVICE_HOSTDEV_H
#define VESSEL_MODEL_DEVICE_HOSTDEV_H

#include "model/device-common.h"
#include "model/device-disk.h"
#include "model/device-interface.h"

/* The last three are capabilities, the others subsystems. */
typedef enum {
    VESSEL_HOSTDEV_ABSENT,
    VESSEL_HOSTDEV_USB,
    VESSEL_HOSTDEV_PCI,
    VESSEL_HOSTDEV_SCSI,
    VESSEL_HOSTDEV_SCSI_HOST,
    VESSEL_HOSTDEV_MDEV,
    VESSEL_HOSTDEV_STORAGE,
    VESSEL_HOSTDEV_MISC,
    VESSEL_HOSTDEV_NET,
} VesselHostdevType;
typedef enum {
    VESSEL_HOSTDEV_MODE_ABSENT,
    VESSEL_HOSTDEV_MODE_SUBSYSTEM,
    VESSEL_HOSTDEV_MODE_CAPABILITIES,
} VesselHostdevMode;
typedef enum {
    VESSEL_HOSTDEV_MODEL_ABSENT,
    VESSEL_HOSTDEV_MODEL_VFIO_PCI,
    VESSEL_HOSTDEV_MODEL_VFIO_CCW,
    VESSEL_HOSTDEV_MODEL_VFIO_AP,
    VESSEL_HOSTDEV_MODEL_VIRTIO,
    VESSEL_HOSTDEV_MODEL_VIRTIO_TRANSITIONAL,
    VESSEL_HOSTDEV_MODEL_VIRTIO_NON_TRANSITIONAL,
} VesselHostdevModel;
typedef enum {
    VESSEL_HOSTDEV_PROTOCOL_ABSENT,
    VESSEL_HOSTDEV_PROTOCOL_ADAPTER,
    VESSEL_HOSTDEV_PROTOCOL_ISCSI,
    VESSEL_HOSTDEV_PROTOCOL_VHOST,
} VesselHostdevProtocol;

typedef struct {                         /* source/…: the device in the host */
    int startup_policy;                  /* usb, pci */
    int guest_reset;                     /* usb */
    VesselTri missing;                   /* usb: RUNTIME */
    VesselTri write_filtering;           /* pci */
    VesselNumber vendor, product;        /* usb */
    VesselNumber bus, device;            /* address/@…: usb; pci and scsi have a bus too */
    int address_type;                    /* of no meaning here */
    VesselNumber domain, slot, function; /* pci */
    VesselTri multifunction;
    VesselNumber target, unit;      /* scsi */
    char *uuid;                     /* mdev */
    VesselHostdevProtocol protocol; /* scsi, scsi_host */
    char *adapter;                  /* adapter/@name */
    char *name, *iqn;               /* iscsi; initiator/iqn/@name */
    GPtrArray *host;                /* of VesselSourceHost */
    VesselAuth *auth;               /* iscsi */
    char *wwpn;                          /* scsi_host */
    char *block, *character, *interface; /* capabilities */
} VesselHostdevSource;

typedef struct {
    VesselDeviceCommon common;
    VesselHostdevMode mode;
    VesselHostdevType type;
    VesselTri managed;
    VesselHostdevModel model;
    VesselTri display, ramfb; /* mdev */
    int sgio;                 /* scsi */
    VesselTri rawio;
    VesselHostdevSource source;
    int driver_name;        /* driver/@name; pci */
    VesselTeaming *teaming; /* pci */
    GPtrArray *ip, *route;  /* net */
    VesselRom rom;
    VesselTri readonly, shareable;
} VesselHostdev;

#endif
