/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver of the family, kvm or emulator: its slots, bound to one accelerator. Included by that
 * driver's one file, once, after it has defined VESSEL_QEMU_ACCEL. */
#ifndef VESSEL_QEMU_DRIVER_TEMPLATE_H
#define VESSEL_QEMU_DRIVER_TEMPLATE_H

#include "core/by-warden.h"
#include "qemu/family.h"

static int usable(VesselDriverHost *host, const char *arch, const char *machine, char **why_not)
{
    return vessel__qemu_usable(VESSEL_QEMU_ACCEL, host, arch, machine, why_not);
}

static int defaults(VesselDriverHost *host, VesselDomainDef *def, VesselError **err)
{
    return vessel__qemu_defaults(VESSEL_QEMU_ACCEL, host, def, err);
}

static void check(VesselDriverHost *host, const VesselDomainDef *def, VesselProblems *problems)
{
    vessel__qemu_check(VESSEL_QEMU_ACCEL, host, def, problems);
}

static void check_start(VesselDriverHost *host, const VesselDomainDef *def,
                        VesselProblems *problems)
{
    vessel__qemu_check_start(VESSEL_QEMU_ACCEL, host, def, problems);
}

static int capabilities(VesselDriverHost *host, VesselJson **guests, VesselError **err)
{
    return vessel__qemu_capabilities(VESSEL_QEMU_ACCEL, host, guests, err);
}

static int domain_capabilities(VesselDriverHost *host, const char *emulator, const char *arch,
                               const char *machine, char **xml, VesselError **err)
{
    return vessel__qemu_domain_capabilities(VESSEL_QEMU_ACCEL, host, emulator, arch, machine, xml, err);
}

static void report(VesselDriverHost *host, VesselReport *rows)
{
    vessel__qemu_report(VESSEL_QEMU_ACCEL, host, rows);
}

static int start(VesselGuest *guest, const VesselStartArgs *args, VesselError **err)
{
    return vessel__qemu_start(VESSEL_QEMU_ACCEL, guest, args, err);
}

static const VesselHostOps host_ops = {
    .size = sizeof(VesselHostOps),
    .usable = usable,
    .defaults = defaults,
    .check = check,
    .check_start = check_start,
    .capabilities = capabilities,
    .domain_capabilities = domain_capabilities,
    .report = report,
    .in_force = vessel__qemu_in_force,
};

static const VesselLifecycleOps lifecycle_ops = {
    .size = sizeof(VesselLifecycleOps),
    .start = start,
    VESSEL_BY_WARDEN_LIFECYCLE,
};

/* The members of VesselDriver that all of the family have alike. */
#define VESSEL_QEMU_DRIVER                                                                         \
    .size = sizeof(VesselDriver), .abi = VESSEL__DRIVER_ABI, .truth = VESSEL_TRUTH_WARDEN,         \
    .support = vessel__qemu_support, .host = &host_ops, .lifecycle = &lifecycle_ops,               \
    .console = &vessel__qemu_console, .stats = &vessel__by_warden_stats

#endif
