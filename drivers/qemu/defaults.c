/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest will see, written into the definition once, so that it stays the same when QEMU or
 * the host changes. Stable: running it on its own result changes nothing. */
#include "qemu/address.h"
#include "qemu/family.h"

int vessel__qemu_facts_of(VesselDriverHost *host, const VesselDomainDef *def, char **binary,
                          VesselQemuFacts **facts, VesselError **err)
{
    g_autoptr(VesselError) missing = NULL;
    const VesselDevice *emulator = vessel__domain_def_device(def, VESSEL_DEVICE_EMULATOR, 0);
    *binary = NULL;
    *facts = NULL;
    int code = vessel__qemu_binary(emulator ? emulator->emulator : NULL, vessel__qemu_arch(def),
                                   binary, &missing);
    if (code == 0)
        code = vessel__qemu_facts(host, *binary, facts, &missing);
    if (code == VESSEL_ERROR_MISSING_FEATURE)
        return 0;
    if (code == 0)
        return 0;
    vessel__error_move(&missing, "/domain/devices/emulator");
    return vessel__error_steal(err, g_steal_pointer(&missing));
}

/* "q35" is another machine with each QEMU: it is written down as "pc-q35-7.2". */
static void fix_machine(VesselDomainDef *def, const VesselQemuFacts *facts)
{
    if (!def->os_type)
        def->os_type = g_strdup("hvm");
    if (!def->os_arch)
        def->os_arch = g_strdup(vessel__qemu_arch(def));
    if (!def->os_machine)
        def->os_machine = g_strdup("pc");
    const VesselQemuMachine *machine =
        facts ? vessel__qemu_facts_machine(facts, def->os_machine) : NULL;
    if (machine && strcmp(machine->name, def->os_machine) != 0) {
        g_free(def->os_machine);
        def->os_machine = g_strdup(machine->name);
    }
}

static void default_disk(VesselDisk *disk, VesselQemuMachineKind kind)
{
    static const struct {
        const char *prefix;
        VesselDiskBus bus;
    } prefixes[] = {
        {"vd", VESSEL_DISK_BUS_VIRTIO}, {"fd", VESSEL_DISK_BUS_FDC}, {"sd", VESSEL_DISK_BUS_SCSI}};
    VesselDiskBus native =
        kind == VESSEL_QEMU_MACHINE_Q35 ? VESSEL_DISK_BUS_SATA : VESSEL_DISK_BUS_IDE;
    if (disk->type == VESSEL_DISK_TYPE_ABSENT)
        disk->type = VESSEL_DISK_FILE;
    if (disk->device == VESSEL_DISK_DEVICE_ABSENT)
        disk->device = VESSEL_DISK_DEVICE_DISK;
    if (disk->device == VESSEL_DISK_DEVICE_CDROM)
        disk->readonly = VESSEL_TRI_YES;
    /* Raw is taken as it is; any other format has to be said, none is ever guessed. */
    if (disk->format == VESSEL_FORMAT_ABSENT && vessel__source_path(disk->source))
        disk->format = VESSEL_FORMAT_RAW;
    if (disk->bus != VESSEL_DISK_BUS_ABSENT)
        return;
    disk->bus = native;
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes) && disk->device == VESSEL_DISK_DEVICE_DISK; i++)
        if (disk->target && g_str_has_prefix(disk->target, prefixes[i].prefix))
            disk->bus = prefixes[i].bus;
}

static void default_interface(VesselInterface *interface, VesselQemuMachineKind kind)
{
    /* As with libvirt, a card that every guest has a driver for; a microvm has but virtio. */
    if (!interface->model)
        interface->model = g_strdup(kind == VESSEL_QEMU_MACHINE_MICROVM ? "virtio" : "e1000");
}

static bool serial_port_taken(const VesselDomainDef *def, uint64_t port)
{
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_SERIAL && device->chardev->port.set &&
            device->chardev->port.value == port)
            return true;
    }
    return false;
}

static void default_serial(VesselDomainDef *def, VesselChardev *serial)
{
    uint64_t port = 0;
    if (serial->backend.type == VESSEL_CHARDEV_ABSENT)
        serial->backend.type = VESSEL_CHARDEV_PTY;
    if (!serial->target_type)
        serial->target_type = vessel__qemu_word_value(VESSEL__QEMU_SERIAL_TYPE, "isa-serial");
    if (!serial->target_model)
        serial->target_model = vessel__qemu_word_value(VESSEL__QEMU_SERIAL_MODEL, "isa-serial");
    while (!serial->port.set && serial_port_taken(def, port))
        port++;
    if (!serial->port.set)
        serial->port = (VesselNumber){port, true};
}

static void default_console(VesselChardev *console, guint index)
{
    if (console->backend.type == VESSEL_CHARDEV_ABSENT)
        console->backend.type = VESSEL_CHARDEV_PTY;
    /* The first one is the first serial port, any further one virtio: libvirt's rule. */
    if (!console->target_type)
        console->target_type =
            vessel__qemu_word_value(VESSEL__QEMU_CONSOLE_TYPE, index == 0 ? "serial" : "virtio");
    if (!console->port.set)
        console->port = (VesselNumber){index, true};
}

/* A first console that is no virtio one and the first serial port are the same thing: either makes
 * the other. */
static void pair_console_and_serial(VesselDomainDef *def)
{
    const VesselDevice *console = vessel__domain_def_device(def, VESSEL_DEVICE_CONSOLE, 0);
    const VesselDevice *serial = vessel__domain_def_device(def, VESSEL_DEVICE_SERIAL, 0);
    if (serial && !console)
        vessel__domain_def_add_device(def, VESSEL_DEVICE_CONSOLE);
    else if (console && !serial && !vessel__qemu_is_virtio_console(console))
        vessel__domain_def_add_device(def, VESSEL_DEVICE_SERIAL);
}

static void default_balloon(VesselDomainDef *def, VesselQemuMachineKind kind)
{
    VesselDevice *device = vessel__domain_def_device(def, VESSEL_DEVICE_MEMBALLOON, 0);
    if (!device)
        device = vessel__domain_def_add_device(def, VESSEL_DEVICE_MEMBALLOON);
    if (device->balloon->model == VESSEL_BALLOON_ABSENT)
        device->balloon->model =
            kind == VESSEL_QEMU_MACHINE_MICROVM ? VESSEL_BALLOON_NONE : VESSEL_BALLOON_VIRTIO;
}

static void default_devices(VesselDomainDef *def, VesselQemuMachineKind kind)
{
    guint consoles = 0;
    pair_console_and_serial(def);
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_DISK)
            default_disk(device->disk, kind);
        else if (device->kind == VESSEL_DEVICE_INTERFACE)
            default_interface(device->interface, kind);
        else if (device->kind == VESSEL_DEVICE_SERIAL)
            default_serial(def, device->chardev);
        else if (device->kind == VESSEL_DEVICE_CONSOLE)
            default_console(device->chardev, consoles++);
    }
    default_balloon(def, kind);
}

static bool any_boot_order(const VesselDomainDef *def)
{
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDeviceCommon *common = vessel__device_common(def->devices->pdata[i]);
        if (common && common->boot_order.set)
            return true;
    }
    return false;
}

/* Without a word on it a machine boots from its first disk. */
static void default_boot(VesselDomainDef *def)
{
    const VesselBootDevice hd = VESSEL_BOOT_HD;
    if (def->kernel || (def->boot && def->boot->len) || any_boot_order(def))
        return;
    if (!def->boot)
        def->boot = g_array_new(FALSE, TRUE, sizeof(int));
    g_array_append_val(def->boot, hd);
}

int vessel__qemu_defaults(VesselQemuAccel accel, VesselDriverHost *host, VesselDomainDef *def,
                          VesselError **err)
{
    g_autoptr(VesselQemuFacts) facts = NULL;
    g_autofree char *binary = NULL;
    int code = vessel__qemu_facts_of(host, def, &binary, &facts, err);
    (void)accel; /* the guest must see the same machine with either */
    if (code < 0)
        return code;
    fix_machine(def, facts);
    VesselQemuMachineKind kind = vessel__qemu_machine_kind(def->os_machine);
    if (kind == VESSEL_QEMU_MACHINE_OTHER)
        return 0; /* the check refuses it */
    if (def->type == VESSEL_DOMAIN_TYPE_AUTO && def->cpu_mode == VESSEL_CPU_MODE_ABSENT)
        def->cpu_mode = VESSEL_CPU_MODE_MAXIMUM;
    if (def->clock_offset == VESSEL_CLOCK_ABSENT)
        def->clock_offset = VESSEL_CLOCK_UTC;
    default_devices(def, kind);
    default_boot(def);
    vessel__qemu_assign_addresses(def, kind);
    return 0;
}
