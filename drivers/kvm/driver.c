/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kvm: QEMU guests on the kernel's KVM. What they do is the family's, drivers/qemu. */
#define VESSEL_QEMU_ACCEL VESSEL_QEMU_KVM
#include "qemu/driver-template.h"

const VesselDriver vessel__driver_kvm = {
    VESSEL_QEMU_DRIVER,
    .name = "kvm",
    .types = (const char *const[]){"kvm", NULL},
};
