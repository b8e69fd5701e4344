/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every device may have: its rows are in device-common.c. */
#ifndef VESSEL_MODEL_DEVICE_COMMON_H
#define VESSEL_MODEL_DEVICE_COMMON_H

#include "model/value.h"

/* <address type='pci' …> of any device. */
typedef enum {
    VESSEL_ADDRESS_ABSENT, VESSEL_ADDRESS_PCI, VESSEL_ADDRESS_DRIVE, VESSEL_ADDRESS_VIRTIO_SERIAL,
    VESSEL_ADDRESS_CCID, VESSEL_ADDRESS_USB, VESSEL_ADDRESS_SPAPR_VIO, VESSEL_ADDRESS_VIRTIO_S390,
    VESSEL_ADDRESS_CCW, VESSEL_ADDRESS_VIRTIO_MMIO, VESSEL_ADDRESS_ISA, VESSEL_ADDRESS_DIMM,
    VESSEL_ADDRESS_UNASSIGNED,
} VesselAddressType;

typedef struct {
    VesselAddressType type;
    VesselNumber domain, bus, slot, function; /* pci; bus and slot of others too */
    VesselTri multifunction;
    VesselNumber zpci_uid, zpci_fid;       /* pci of s390 */
    VesselNumber controller, target, unit; /* drive, with bus; others have a controller too */
    VesselNumber iobase, irq;              /* isa */
    VesselNumber port;                     /* virtio-serial, with controller and bus */
    char *usb_port;                        /* usb, with bus: "1.2" */
    char *reg;                             /* spapr-vio */
    VesselNumber cssid, ssid, devno;       /* ccw: all of them or none */
    char *base;                            /* dimm, with slot */
} VesselAddress;

/* <address> of a PCI device of the host, which needs no type. */
typedef struct {
    VesselNumber domain, bus, slot, function;
    VesselTri multifunction;
} VesselHostPciAddress;

/* <seclabel> in a <source>: for one file. */
typedef struct {
    char *model;
    int type; /* of no meaning here */
    VesselTri relabel, labelskip;
    char *label;
} VesselSourceSeclabel;

/* driver/@… of any virtio device. */
typedef struct {
    VesselTri iommu, ats, packed, page_per_vq;
} VesselVirtioOptions;

/* <rom> of a PCI device. */
typedef struct {
    VesselTri enabled, bar;
    char *file;
} VesselRom;

/* What every device may have. */
typedef struct {
    char *alias;           /* alias/@name; user-given ones start with "ua-", others are RUNTIME */
    VesselAddress *address;
    VesselNumber boot_order; /* boot/@order */
    char *boot_loadparm;     /* boot/@loadparm */
    VesselNumber acpi_index; /* acpi/@index */
    GPtrArray *unknown; /* of VesselLeftover; may be NULL */
    int *lines;         /* the engine's; may be NULL */
} VesselDeviceCommon;

#endif
