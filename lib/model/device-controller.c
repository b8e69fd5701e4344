/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

#define ON_PCI VESSEL_WHEN(VESSEL_CONTROLLER_PCI)
#define ON_VIRTIO_SERIAL VESSEL_WHEN(VESSEL_CONTROLLER_VIRTIO_SERIAL)
#define ABI VESSEL_ROW_GUEST_ABI

static const char *const controller_types[] = {
    "", "ide", "fdc", "scsi", "sata", "virtio-serial", "ccid", "usb", "pci", NULL};
static const char *const controller_models[] = {"",
                                                "pci-root",
                                                "pcie-root",
                                                "pci-bridge",
                                                "dmi-to-pci-bridge",
                                                "pcie-to-pci-bridge",
                                                "pcie-root-port",
                                                "pcie-switch-upstream-port",
                                                "pcie-switch-downstream-port",
                                                "auto",
                                                "virtio-scsi",
                                                "lsilogic",
                                                "lsisas1068",
                                                "lsisas1078",
                                                "piix3",
                                                "piix4",
                                                "ich6",
                                                "none",
                                                "piix3-uhci",
                                                "piix4-uhci",
                                                "ehci",
                                                "nec-xhci",
                                                "qemu-xhci",
                                                NULL};

static const VesselRow controller_rows[] = {
    VESSEL_ENUM(VesselController, type, "@type", controller_types, VESSEL_ROW_REQUIRED | ABI,
                "what can be connected to it"),
    VESSEL_NUMBER(VesselController, index, "@index", 0, 255, ABI,
                  "its number among the controllers of this type"),
    VESSEL_ENUM(VesselController, model, "@model", controller_models, ABI, "device model"),
    VESSEL_NUMBER(VesselController, ports, "@ports", 1, 511, ABI, "how many ports it has",
                  .when = ON_VIRTIO_SERIAL),
    VESSEL_NUMBER(VesselController, vectors, "@vectors", 0, 2048, ABI, "interrupt vectors",
                  .when = ON_VIRTIO_SERIAL),
    VESSEL_STRING(VesselController, model_name, "model/@name", &vessel__form_word, 64, ABI,
                  "device the hypervisor makes of it", .when = ON_PCI),
    VESSEL_NUMBER(VesselController, target_chassis_nr, "target/@chassisNr", 1, 255, ABI,
                  "chassis number of a PCI bridge", .when = ON_PCI),
    VESSEL_NUMBER(VesselController, target_chassis, "target/@chassis", 0, 255, ABI,
                  "chassis of a PCI Express port", .when = ON_PCI),
    VESSEL_HEX(VesselController, target_port, "target/@port", 1, 255, ABI,
               "port number of a PCI Express port", .when = ON_PCI),
    VESSEL_DEVICE_ROWS(VesselController),
    {.path = NULL},
};

const VesselTable vessel__controller_table = {
    .name = "controller",
    VESSEL_DEVICE_TABLE(VesselController),
    .rows = controller_rows,
    .tag = "@type",
};
