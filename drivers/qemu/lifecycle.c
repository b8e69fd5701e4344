/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Start builds a plan; everything else is one request to the warden. */
#include "qemu/build.h"
#include "qemu/family.h"
#include "sys/wire.h"

/* How long destroy waits for a warden that hears it before it does the work itself; a deaf one is
 * found out sooner (vessel__connection_way_around). The warden's own patience with a QEMU that does
 * not end is 3 s. */
#define DESTROY_WAIT_MS 8000

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

static int call(VesselGuest *guest, const char *op, VesselError **err)
{
    return vessel__warden_call(guest, op, NULL, NULL, NULL, err);
}

int vessel__qemu_shutdown(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_SHUTDOWN, err);
}

int vessel__qemu_reboot(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_REBOOT, err);
}

int vessel__qemu_reset(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_RESET, err);
}

int vessel__qemu_suspend(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_SUSPEND, err);
}

int vessel__qemu_resume(VesselGuest *guest, VesselError **err)
{
    return call(guest, VESSEL__OP_RESUME, err);
}

/* True if the guest was not ended because its warden did not do it, not because it must not be. */
static bool warden_failed(int code)
{
    switch (code) {
    case VESSEL_ERROR_WRONG_STATE:
    case VESSEL_ERROR_NOT_FOUND:
    case VESSEL_ERROR_DENIED:
    case VESSEL_ERROR_INVALID_ARGUMENT:
    case VESSEL_ERROR_CANCELLED:
    case VESSEL_ERROR_INCOMPATIBLE:
        return false;
    default:
        return true;
    }
}

int vessel__qemu_destroy(VesselGuest *guest, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    VesselOperation operation = *guest->operation;
    VesselGuest asked = *guest;
    VesselDeadline whole = operation.deadline, now = vessel__now_ms();
    /* A part of the time is kept for the way around the warden. */
    int64_t wait =
        whole == VESSEL_DEADLINE_NEVER ? DESTROY_WAIT_MS : MIN((whole - now) / 2, DESTROY_WAIT_MS);
    asked.operation = &operation;
    operation.deadline = vessel__deadline_min(whole, now + MAX(wait, 0));
    int code = call(&asked, VESSEL__OP_DESTROY, &why);
    guest->operation->handed_over = operation.handed_over;
    if (code == 0)
        return 0;
    if (!warden_failed(code))
        return vessel__error_steal(err, g_steal_pointer(&why));
    vessel_log(guest->host->log, VESSEL__LOG_WARNING, "qemu",
               "domain %s: the warden does not destroy it (%s): "
               "killing both",
               guest->name, vessel_error_message(why));
    return vessel__warden_kill(guest, err);
}

int vessel__qemu_definition_changed(VesselGuest *guest, const char *xml, const char *kind,
                                    VesselError **err)
{
    g_autoptr(VesselJson) args = vessel__json_new_object();
    vessel__json_set_string(args, "xml", xml);
    vessel__json_set_string(args, "kind", kind);
    return vessel__warden_call(guest, VESSEL__OP_DEFINITION, args, NULL, NULL, err);
}

int vessel__qemu_renamed(VesselGuest *guest, const char *new_name, VesselError **err)
{
    g_autoptr(VesselJson) args = vessel__json_new_object();
    vessel__json_set_string(args, "name", new_name);
    return vessel__warden_call(guest, VESSEL__OP_RENAME, args, NULL, NULL, err);
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
    g_autoptr(VesselJson) args = vessel__json_new_object();
    g_autofree char *alias = device ? stream_alias(guest->def, device) : NULL;
    *fd = -1;
    vessel__json_set_string(args, "device", alias);
    vessel__json_set_bool(args, "force", flags & VESSEL_DOMAIN_CONSOLE_FORCE);
    vessel__json_set_bool(args, "readonly", flags & VESSEL_DOMAIN_CONSOLE_READONLY);
    int code = vessel__warden_call(guest, VESSEL__OP_CONSOLE, args, NULL, fd, err);
    if (code == 0 && *fd < 0)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the warden of %s opened no console",
                            guest->name);
    return code;
}

const VesselConsoleOps vessel__qemu_console = {.size = sizeof(VesselConsoleOps),
                                               .open = open_console};
