/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Start builds a plan; consoles are found by QEMU's names. All else is one request to the warden. */
#include "core/by-warden.h"
#include "qemu/build.h"
#include "qemu/family.h"

int vessel__qemu_start(VesselQemuAccel accel, VesselGuest *guest, const VesselStartArgs *args,
                       VesselError **err)
{
    g_autoptr(VesselQemuFacts) facts = NULL;
    g_autoptr(VesselLaunch) launch = NULL;
    g_autofree char *binary = NULL;
    const VesselDevice *emulator = vessel__domain_def_device(guest->def, VESSEL_DEVICE_EMULATOR, 0);
    int code = vessel__qemu_binary(emulator ? emulator->emulator : NULL,
                                   vessel__qemu_arch(guest->def), &binary, err);
    if (code == 0)
        code = vessel__qemu_facts(guest->host, binary, &facts, err);
    if (code < 0)
        return code;
    VesselQemuRunner runner = {.accel = accel,
                               .soft_kvm = accel == VESSEL_QEMU_KVM &&
                                           vessel__kvm_kind(NULL) == VESSEL_KVM_SOFT,
                               .binary = binary,
                               .version = facts->version};
    if (vessel__qemu_tells_tsc(guest->def, accel))
        runner.tsc_khz = vessel__tsc_khz();
    code = vessel__qemu_build(guest->def, &runner, &launch, err);
    return code == 0 ? vessel__warden_launch(guest, launch, args, err) : code;
}

/* ---- console ---- */

/* A console that is a serial port under another name has that one's stream. */
static char *stream_alias(const VesselDomainDef *def, const char *device)
{
    g_autoptr(VesselDomainDef) named = def ? vessel__domain_def_copy(def) : NULL;
    const VesselDevice *console = NULL;
    if (named) {
        vessel__qemu_assign_aliases(named);
        console = vessel__domain_def_device(named, VESSEL_DEVICE_CONSOLE, 0);
    }
    const VesselDevice *serial = console ? vessel__qemu_console_serial(named, console) : NULL;
    if (serial &&
        (strcmp(device, "console0") == 0 || g_strcmp0(console->chardev->common.alias, device) == 0))
        return g_strdup(serial->chardev->common.alias);
    return g_strdup(device);
}

static int open_console(VesselGuest *guest, const char *device, unsigned flags, int *fd,
                        VesselError **err)
{
    g_autofree char *alias = device ? stream_alias(guest->def, device) : NULL;
    return vessel__by_warden_console(guest, alias, flags, fd, err);
}

const VesselConsoleOps vessel__qemu_console = {.size = sizeof(VesselConsoleOps),
                                               .open = open_console};
