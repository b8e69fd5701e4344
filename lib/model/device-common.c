/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <address>, <alias>: what every device may have. */
#include "model/device.h"

#define PCI VESSEL_WHEN(VESSEL_ADDRESS_PCI)
#define DRIVE VESSEL_WHEN(VESSEL_ADDRESS_DRIVE)
#define VIRTIO_SERIAL VESSEL_WHEN(VESSEL_ADDRESS_VIRTIO_SERIAL)
#define ISA VESSEL_WHEN(VESSEL_ADDRESS_ISA)

static const char *const address_types[] = {
    "",    "pci",         "drive", "virtio-serial", "ccid",       "usb", "spapr-vio", "virtio-s390",
    "ccw", "virtio-mmio", "isa",   "dimm",          "unassigned", NULL};
static const char *const on_off[] = {"", "off", "on", NULL};

bool vessel__alias_is_own(const char *alias)
{
    return g_str_has_prefix(alias, "ua-");
}

#define ABI VESSEL_ROW_GUEST_ABI
static const VesselRow address_rows[] = {
    VESSEL_ENUM(VesselAddress, type, "@type", address_types, VESSEL_ROW_REQUIRED | ABI,
                "kind of address"),
    VESSEL_HEX(VesselAddress, domain, "@domain", 4, 0xffff, ABI, "PCI domain", .when = PCI),
    VESSEL_NUMBER(VesselAddress, controller, "@controller", 0, 255, ABI, "index of the controller",
                  .when = DRIVE | VIRTIO_SERIAL),
    VESSEL_HEX(VesselAddress, bus, "@bus", 2, 0xff, ABI, "PCI bus: index of a PCI controller",
               .when = PCI),
    VESSEL_NUMBER(VesselAddress, bus, "@bus", 0, 255, ABI, "bus of the controller",
                  .when = DRIVE | VIRTIO_SERIAL),
    VESSEL_NUMBER(VesselAddress, target, "@target", 0, 65535, ABI, "SCSI target", .when = DRIVE),
    VESSEL_NUMBER(VesselAddress, unit, "@unit", 0, 65535, ABI, "unit on the bus", .when = DRIVE),
    VESSEL_HEX(VesselAddress, slot, "@slot", 2, 0x1f, ABI, "PCI slot", .when = PCI),
    VESSEL_HEX(VesselAddress, function, "@function", 1, 7, ABI, "PCI function", .when = PCI),
    VESSEL_SWITCH(VesselAddress, multifunction, "@multifunction", on_off, ABI,
                  "other functions of the slot are used too", .when = PCI),
    VESSEL_NUMBER(VesselAddress, port, "@port", 0, 65535, ABI, "port of the controller",
                  .when = VIRTIO_SERIAL),
    VESSEL_HEX(VesselAddress, iobase, "@iobase", 1, 0xffff, ABI, "I/O port", .when = ISA),
    VESSEL_HEX(VesselAddress, irq, "@irq", 1, 15, ABI, "interrupt", .when = ISA),
    {.path = NULL},
};

const VesselTable vessel__address_table = {
    .name = "address",
    .size = sizeof(VesselAddress),
    .rows = address_rows,
    .tag = "@type",
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};
