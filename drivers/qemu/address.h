/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where each device sits in the guest: PCI, drive, virtio-serial and virtio-mmio addresses. What is
 * given is kept, what is absent is chosen by fixed rules, so that the same definition always gives
 * the same machine:
 *
 * q35      virtio devices and the like each behind a pcie-root-port of their own; the ports are
 *          functions of 00:02 and up. Conventional PCI (e1000) on the root bus from 00:03 up. 00:01
 *          stays free for a display, 00:1f is the chipset (00:1f.2 the SATA controller).
 * pc       the root bus from 00:03 up; 00:01 is the chipset (00:01.1 IDE), 00:02 stays free.
 * microvm  no PCI: transport n for the n-th virtio device. */
#ifndef VESSEL_QEMU_ADDRESS_H
#define VESSEL_QEMU_ADDRESS_H

#include "qemu/machine.h"

/* Makes the controllers that are missing and fills in every absent address. A definition with
 * conflicts is filled as far as it goes: vessel__qemu_check_addresses says what is wrong. */
void vessel__qemu_assign_addresses(VesselDomainDef *def, VesselQemuMachineKind kind);
void vessel__qemu_check_addresses(const VesselDomainDef *def, VesselQemuMachineKind kind,
                                  VesselProblems *problems);

/* True if that device sits on the PCI bus of that kind of machine. */
bool vessel__qemu_needs_pci(const VesselDevice *device, VesselQemuMachineKind kind);
/* The index of a virtio device among the transports of a microvm. */
guint vessel__qemu_mmio_index(const VesselDomainDef *def, const VesselDevice *device);

#endif
