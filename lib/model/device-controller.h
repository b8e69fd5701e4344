/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <controller> as C data. */
#ifndef VESSEL_MODEL_DEVICE_CONTROLLER_H
#define VESSEL_MODEL_DEVICE_CONTROLLER_H

#include "model/device-common.h"

typedef enum {
    VESSEL_CONTROLLER_ABSENT, VESSEL_CONTROLLER_IDE, VESSEL_CONTROLLER_FDC, VESSEL_CONTROLLER_SCSI,
    VESSEL_CONTROLLER_SATA, VESSEL_CONTROLLER_VIRTIO_SERIAL, VESSEL_CONTROLLER_CCID,
    VESSEL_CONTROLLER_USB, VESSEL_CONTROLLER_PCI,
} VesselControllerType;

/* Of all types; which goes with which is checked. */
typedef enum {
    VESSEL_CONTROLLER_MODEL_ABSENT,
    /* pci */
    VESSEL_CONTROLLER_MODEL_PCI_ROOT, VESSEL_CONTROLLER_MODEL_PCIE_ROOT,
    VESSEL_CONTROLLER_MODEL_PCI_BRIDGE, VESSEL_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE,
    VESSEL_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE, VESSEL_CONTROLLER_MODEL_PCIE_ROOT_PORT,
    VESSEL_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT,
    VESSEL_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT,
    /* scsi */
    VESSEL_CONTROLLER_MODEL_AUTO, VESSEL_CONTROLLER_MODEL_VIRTIO_SCSI,
    VESSEL_CONTROLLER_MODEL_LSILOGIC, VESSEL_CONTROLLER_MODEL_LSISAS1068,
    VESSEL_CONTROLLER_MODEL_LSISAS1078,
    /* ide */
    VESSEL_CONTROLLER_MODEL_PIIX3, VESSEL_CONTROLLER_MODEL_PIIX4, VESSEL_CONTROLLER_MODEL_ICH6,
    /* usb */
    VESSEL_CONTROLLER_MODEL_NONE, VESSEL_CONTROLLER_MODEL_PIIX3_UHCI,
    VESSEL_CONTROLLER_MODEL_PIIX4_UHCI, VESSEL_CONTROLLER_MODEL_EHCI,
    VESSEL_CONTROLLER_MODEL_NEC_XHCI, VESSEL_CONTROLLER_MODEL_QEMU_XHCI,
} VesselControllerModel;

typedef struct {
    VesselDeviceCommon common;
    VesselControllerType type;
    VesselNumber index;
    VesselControllerModel model;
    char *model_name;                         /* model/@name of a pci controller: any word */
    VesselNumber ports, vectors;              /* virtio-serial */
    VesselNumber target_chassis, target_port; /* pci bridges and root ports: target/@… */
    VesselNumber target_chassis_nr;
} VesselController;

#endif
