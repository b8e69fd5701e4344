/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <controller> as C data. */
#ifndef VESSEL_MODEL_DEVICE_CONTROLLER_H
#define VESSEL_MODEL_DEVICE_CONTROLLER_H

#include "model/device-common.h"

typedef enum {
    VESSEL_CONTROLLER_ABSENT,
    VESSEL_CONTROLLER_IDE, VESSEL_CONTROLLER_FDC, VESSEL_CONTROLLER_SCSI, VESSEL_CONTROLLER_SATA,
    VESSEL_CONTROLLER_VIRTIO_SERIAL, VESSEL_CONTROLLER_CCID, VESSEL_CONTROLLER_USB,
    VESSEL_CONTROLLER_PCI, VESSEL_CONTROLLER_ISA, VESSEL_CONTROLLER_XENBUS,
} VesselControllerType;

/* Of all types; those of one type stand together. */
typedef enum {
    VESSEL_CONTROLLER_MODEL_ABSENT,
    /* pci */
    VESSEL_CONTROLLER_MODEL_PCI_ROOT, VESSEL_CONTROLLER_MODEL_PCIE_ROOT,
    VESSEL_CONTROLLER_MODEL_PCI_BRIDGE, VESSEL_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE,
    VESSEL_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, VESSEL_CONTROLLER_MODEL_PCIE_ROOT_PORT,
    VESSEL_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT,
    VESSEL_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT, VESSEL_CONTROLLER_MODEL_PCI_EXPANDER_BUS,
    VESSEL_CONTROLLER_MODEL_PCIE_EXPANDER_BUS,
    /* scsi, and from the first virtio on virtio-serial */
    VESSEL_CONTROLLER_MODEL_AUTO, VESSEL_CONTROLLER_MODEL_BUSLOGIC,
    VESSEL_CONTROLLER_MODEL_LSILOGIC, VESSEL_CONTROLLER_MODEL_LSISAS1068,
    VESSEL_CONTROLLER_MODEL_LSISAS1078, VESSEL_CONTROLLER_MODEL_VMPVSCSI,
    VESSEL_CONTROLLER_MODEL_IBMVSCSI, VESSEL_CONTROLLER_MODEL_VIRTIO_SCSI,
    VESSEL_CONTROLLER_MODEL_NCR53C90, VESSEL_CONTROLLER_MODEL_DC390,
    VESSEL_CONTROLLER_MODEL_AM53C974,
    VESSEL_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL, VESSEL_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL,
    VESSEL_CONTROLLER_MODEL_VIRTIO,
    /* ide */
    VESSEL_CONTROLLER_MODEL_PIIX3, VESSEL_CONTROLLER_MODEL_PIIX4, VESSEL_CONTROLLER_MODEL_ICH6,
    /* usb */
    VESSEL_CONTROLLER_MODEL_NONE, VESSEL_CONTROLLER_MODEL_PIIX3_UHCI,
    VESSEL_CONTROLLER_MODEL_PIIX4_UHCI, VESSEL_CONTROLLER_MODEL_EHCI,
    VESSEL_CONTROLLER_MODEL_ICH9_EHCI1, VESSEL_CONTROLLER_MODEL_ICH9_UHCI1,
    VESSEL_CONTROLLER_MODEL_ICH9_UHCI2, VESSEL_CONTROLLER_MODEL_ICH9_UHCI3,
    VESSEL_CONTROLLER_MODEL_VT82C686B_UHCI, VESSEL_CONTROLLER_MODEL_PCI_OHCI,
    VESSEL_CONTROLLER_MODEL_NEC_XHCI, VESSEL_CONTROLLER_MODEL_QEMU_XHCI,
    VESSEL_CONTROLLER_MODEL_QUSB1, VESSEL_CONTROLLER_MODEL_QUSB2,
} VesselControllerModel;

typedef struct {
    VesselDeviceCommon common;
    VesselControllerType type;
    VesselNumber index;
    VesselControllerModel model;
    VesselNumber queues, cmd_per_lun, max_sectors, iothread; /* driver/@… */
    VesselTri ioeventfd;
    VesselVirtioOptions virtio;
    VesselNumber ports, vectors;                       /* virtio-serial; usb has ports too */
    VesselNumber master_startport;                     /* usb: master/@startport */
    VesselNumber max_grant_frames, max_event_channels; /* xenbus */
    /* pci */
    int model_name;                           /* model/@name */
    VesselNumber pcihole64_kib;               /* of a root */
    VesselNumber target_chassis, target_port; /* target/@… of bridges and ports */
    VesselNumber target_chassis_nr, target_bus_nr, target_index;
    VesselTri target_hotplug;
    VesselNumber target_node; /* target/node: NUMA node of the guest */
} VesselController;

#endif
