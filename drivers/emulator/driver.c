/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* emulator: QEMU guests without KVM, on QEMU's own emulator. What they do is the family's,
 * drivers/qemu. */
#define VESSEL_QEMU_ACCEL VESSEL_QEMU_TCG
#include "qemu/driver-template.h"

const VesselDriver vessel__driver_emulator = {
    VESSEL_QEMU_DRIVER,
    .name = "emulator",
    .types = (const char *const[]){"emulator", "qemu", NULL},
};
