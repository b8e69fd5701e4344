/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of machine and devices of the QEMU family, as plain facts. */
#ifndef VESSEL_QEMU_MACHINE_H
#define VESSEL_QEMU_MACHINE_H

#include "model/domain.h"

typedef enum { VESSEL_QEMU_KVM, VESSEL_QEMU_TCG } VesselQemuAccel;

typedef enum {
    VESSEL_QEMU_MACHINE_OTHER,
    VESSEL_QEMU_MACHINE_Q35,
    VESSEL_QEMU_MACHINE_PC,
    VESSEL_QEMU_MACHINE_MICROVM,
} VesselQemuMachineKind;

/* By the name of a machine type: "q35", "pc-q35-7.2", "pc", "pc-i440fx-jammy", "microvm". */
VesselQemuMachineKind vessel__qemu_machine_kind(const char *name);

/* Architectures whose guests are run; ends with NULL. */
extern const char *const vessel__qemu_arches[];
/* `unsupported`, with the nearest that there is, for an architecture or machine type that no QEMU
 * makes usable here; each may be NULL. */
int vessel__qemu_kind_check(const char *arch, const char *machine, VesselError **err);

/* /domain/os/type/@arch, this host's when it is absent. */
const char *vessel__qemu_arch(const VesselDomainDef *def);

/* virtio-mmio transports that a microvm has (hw/i386/microvm.c, without a second IOAPIC). */
#define VESSEL__QEMU_MMIO_MAX 8
/* Above it, interrupts need remapping, which needs an IOMMU device. */
#define VESSEL__QEMU_VCPUS_MAX 255
#define VESSEL__QEMU_ISA_SERIAL_MAX 4

/* The value of a word of the definition: vessel__domain_word() backwards; -1 if it is none. */
int vessel__qemu_word_value(const char *path, const char *word);
bool vessel__qemu_word_is(const char *path, int value, const char *word);

/* Short forms for the questions asked in many places. */
#define VESSEL__QEMU_CONTROLLER_MODEL "/domain/devices/controller/@model"
#define VESSEL__QEMU_SERIAL_TYPE "/domain/devices/serial/target/@type"
#define VESSEL__QEMU_SERIAL_MODEL "/domain/devices/serial/target/model/@name"
#define VESSEL__QEMU_CONSOLE_TYPE "/domain/devices/console/target/@type"
bool vessel__qemu_is_root_port(const VesselDevice *device);
bool vessel__qemu_is_virtio_console(const VesselDevice *device);
bool vessel__qemu_has_virtio_console(const VesselDomainDef *def);
/* True if the device is on a virtio transport. */
bool vessel__qemu_is_virtio(const VesselDevice *device);
/* QEMU's name of a device on that kind of machine; NULL for what is no -device of its own (the root
 * bus, the machine's own IDE and SATA controllers, a console that is a serial port …). */
const char *vessel__qemu_device_name(const VesselDevice *device, VesselQemuMachineKind kind);
/* The aliases: the user's, or one from kind and place ("virtio-disk0", "net0"). Fills only those
 * that are absent. */
void vessel__qemu_assign_aliases(VesselDomainDef *def);

/* The first serial port, if the first console is only another name for it; else NULL. */
const VesselDevice *vessel__qemu_console_serial(const VesselDomainDef *def,
                                                const VesselDevice *console);

#endif
