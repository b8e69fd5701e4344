/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <address>, <alias>: what every device may have. */
#include "model/device.h"

#define PCI VESSEL_WHEN(VESSEL_ADDRESS_PCI)
#define DRIVE VESSEL_WHEN(VESSEL_ADDRESS_DRIVE)
#define VIRTIO_SERIAL VESSEL_WHEN(VESSEL_ADDRESS_VIRTIO_SERIAL)
#define CCID VESSEL_WHEN(VESSEL_ADDRESS_CCID)
#define USB VESSEL_WHEN(VESSEL_ADDRESS_USB)
#define SPAPR_VIO VESSEL_WHEN(VESSEL_ADDRESS_SPAPR_VIO)
#define CCW VESSEL_WHEN(VESSEL_ADDRESS_CCW)
#define ISA VESSEL_WHEN(VESSEL_ADDRESS_ISA)
#define DIMM VESSEL_WHEN(VESSEL_ADDRESS_DIMM)

static const char *const address_types[] = {
    "",    "pci",         "drive", "virtio-serial", "ccid",       "usb", "spapr-vio", "virtio-s390",
    "ccw", "virtio-mmio", "isa",   "dimm",          "unassigned", NULL};

const char *const vessel__virtio_models[] = {"", "virtio", "virtio-transitional",
                                             "virtio-non-transitional", NULL};

bool vessel__alias_is_own(const char *alias)
{
    return g_str_has_prefix(alias, "ua-");
}

#define ABI VESSEL_ROW_GUEST_ABI
static const VesselRow address_rows[] = {
    VESSEL_ENUM(VesselAddress, type, "@type", address_types, VESSEL_ROW_REQUIRED | ABI,
                "kind of address"),
    VESSEL_HEX(VesselAddress, domain, "@domain", 4, UINT32_MAX, ABI, "PCI domain", .when = PCI,
               .preset = "0"),
    VESSEL_NUMBER(VesselAddress, controller, "@controller", 0, UINT32_MAX, ABI,
                  "index of the controller", .when = DRIVE | VIRTIO_SERIAL | CCID, .preset = "0"),
    VESSEL_HEX(VesselAddress, bus, "@bus", 2, 0xff, ABI, "PCI bus: index of a PCI controller",
               .when = PCI, .preset = "0"),
    VESSEL_NUMBER(VesselAddress, bus, "@bus", 0, UINT32_MAX, ABI, "bus of the controller",
                  .when = DRIVE | VIRTIO_SERIAL, .preset = "0"),
    VESSEL_NUMBER(VesselAddress, bus, "@bus", 0, 0xfff, ABI | VESSEL_ROW_ANY_BASE,
                  "USB bus: index of a USB controller", .when = USB, .preset = "0"),
    VESSEL_NUMBER(VesselAddress, target, "@target", 0, UINT32_MAX, ABI, "SCSI target",
                  .when = DRIVE, .preset = "0"),
    VESSEL_NUMBER(VesselAddress, unit, "@unit", 0, UINT32_MAX, ABI, "unit on the bus",
                  .when = DRIVE, .preset = "0"),
    VESSEL_HEX(VesselAddress, slot, "@slot", 2, 0x1f, ABI, "PCI slot", .when = PCI,
               .otherwise = "one that is free"),
    VESSEL_NUMBER(VesselAddress, slot, "@slot", 0, UINT32_MAX, ABI, "slot", .when = CCID | DIMM,
                  .otherwise = "one that is free"),
    VESSEL_HEX(VesselAddress, function, "@function", 1, 7, ABI, "PCI function", .when = PCI,
               .preset = "0"),
    VESSEL_SWITCH(VesselAddress, multifunction, "@multifunction", vessel__off_on, ABI,
                  "other functions of the slot are used too", .when = PCI, .preset = "off"),
    VESSEL_NUMBER(VesselAddress, port, "@port", 0, UINT32_MAX, ABI, "port of the controller",
                  .when = VIRTIO_SERIAL),
    VESSEL_STRING(VesselAddress, usb_port, "@port", &vessel__form_usb_port, 15, ABI,
                  "port, through hubs", .when = USB),
    VESSEL_STRING(VesselAddress, reg, "@reg", &vessel__form_hex32, 10, ABI, "register of the bus",
                  .when = SPAPR_VIO, .otherwise = "one that is free"),
    VESSEL_HEX(VesselAddress, cssid, "@cssid", 1, 0xfe, ABI, "channel subsystem", .when = CCW,
               .otherwise = "one that is free"),
    VESSEL_HEX(VesselAddress, ssid, "@ssid", 1, 3, ABI, "subchannel set", .when = CCW,
               .otherwise = "one that is free"),
    VESSEL_HEX(VesselAddress, devno, "@devno", 4, 0xffff, ABI, "device number", .when = CCW,
               .otherwise = "one that is free"),
    VESSEL_HEX(VesselAddress, iobase, "@iobase", 1, 0xffff, ABI, "I/O port", .when = ISA,
               .otherwise = VESSEL_ITS_OWN),
    VESSEL_HEX(VesselAddress, irq, "@irq", 1, 15, ABI, "interrupt", .when = ISA,
               .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAddress, base, "@base", &vessel__form_hex, 18, ABI,
                  "where the memory begins", .when = DIMM, .otherwise = "chosen by the hypervisor"),
    VESSEL_HEX(VesselAddress, zpci_uid, "zpci/@uid", 4, 0xffff, ABI,
               "number of the device on s390, chosen by the user", .min = 1, .when = PCI,
               .otherwise = "one that is free"),
    VESSEL_HEX(VesselAddress, zpci_fid, "zpci/@fid", 8, UINT32_MAX, ABI,
               "number of the function on s390", .when = PCI, .otherwise = "one that is free"),
    {.path = NULL},
};

const VesselTable vessel__address_table =
    VESSEL_PART_TABLE(VesselAddress, "address", address_rows, .tag = "@type");

static const VesselRow host_pci_address_rows[] = {
    VESSEL_HEX(VesselHostPciAddress, domain, "@domain", 4, UINT32_MAX, 0, "PCI domain",
               .preset = "0"),
    VESSEL_HEX(VesselHostPciAddress, bus, "@bus", 2, 0xff, 0, "PCI bus", .preset = "0"),
    VESSEL_HEX(VesselHostPciAddress, slot, "@slot", 2, 0x1f, 0, "PCI slot", .preset = "0"),
    VESSEL_HEX(VesselHostPciAddress, function, "@function", 1, 7, 0, "PCI function", .preset = "0"),
    VESSEL_SWITCH(VesselHostPciAddress, multifunction, "@multifunction", vessel__off_on, 0,
                  "the slot has other functions too", .preset = "off"),
    {.path = NULL},
};

const VesselTable vessel__host_pci_address_table =
    VESSEL_PART_TABLE(VesselHostPciAddress, "address", host_pci_address_rows);

static const char *const seclabel_types[] = {"", "dynamic", "static", "none", NULL};

static const VesselRow source_seclabel_rows[] = {
    VESSEL_STRING(VesselSourceSeclabel, model, "@model", &vessel__form_word, 128, VESSEL_ROW_KEY,
                  "security driver of the host", .otherwise = "the only one of the host"),
    VESSEL_ENUM(VesselSourceSeclabel, type, "@type", seclabel_types, 0,
                "of no meaning here, though oVirt writes it"),
    VESSEL_SWITCH(VesselSourceSeclabel, relabel, "@relabel", vessel__no_yes, 0,
                  "whether the file gets a label", .preset = "yes"),
    VESSEL_SWITCH(VesselSourceSeclabel, labelskip, "@labelskip", vessel__no_yes, 0,
                  "the file could not get a label", .preset = "no"),
    VESSEL_STRING(VesselSourceSeclabel, label, "label", &vessel__form_name_any, 4096, 0,
                  "label of the file"),
    {.path = NULL},
};

const VesselTable vessel__source_seclabel_table =
    VESSEL_PART_TABLE(VesselSourceSeclabel, "seclabel", source_seclabel_rows);
