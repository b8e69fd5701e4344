/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/machine.h"
#include "base/words.h"

const char *const vessel__qemu_arches[] = {"x86_64", "i686", NULL};

VesselQemuMachineKind vessel__qemu_machine_kind(const char *name)
{
    if (!name)
        return VESSEL_QEMU_MACHINE_OTHER;
    if (strcmp(name, "q35") == 0 || g_str_has_prefix(name, "pc-q35-"))
        return VESSEL_QEMU_MACHINE_Q35;
    if (strcmp(name, "pc") == 0 || g_str_has_prefix(name, "pc-i440fx-"))
        return VESSEL_QEMU_MACHINE_PC;
    if (strcmp(name, "microvm") == 0)
        return VESSEL_QEMU_MACHINE_MICROVM;
    return VESSEL_QEMU_MACHINE_OTHER;
}

int vessel__qemu_kind_check(const char *arch, const char *machine, VesselError **err)
{
    static const char *const machines[] = {"q35", "pc", "microvm", NULL};
    bool wrong_arch = arch && vessel__word_find(vessel__qemu_arches, arch) < 0;
    if (!wrong_arch && (!machine || vessel__qemu_machine_kind(machine) != VESSEL_QEMU_MACHINE_OTHER))
        return 0;
    VesselWords known = wrong_arch ? vessel__qemu_arches : machines;
    const char *nearest = vessel__word_nearest(known, wrong_arch ? arch : machine);
    g_autofree char *all = vessel__words_join(known, 8);
    if (wrong_arch)
        vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "guests of architecture %s are not supported",
                     arch);
    else
        vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "machine type %s is not supported", machine);
    vessel__error_hint(err, "%s%s%sUse %s%s", nearest ? "Did you mean " : "",
                       nearest ? nearest : "", nearest ? "? " : "", all,
                       wrong_arch ? "" : ", or a versioned name of these");
    return VESSEL_ERROR_UNSUPPORTED;
}

const char *vessel__qemu_arch(const VesselDomainDef *def)
{
    if (def->os_arch)
        return def->os_arch;
#if defined(__x86_64__)
    return "x86_64";
#elif defined(__i386__)
    return "i686";
#elif defined(__aarch64__)
    return "aarch64";
#else
    return "unknown";
#endif
}

int vessel__qemu_word_value(const char *path, const char *word)
{
    const char *known;
    for (int value = 1; (known = vessel__domain_word(path, value)); value++)
        if (strcmp(known, word) == 0)
            return value;
    return -1;
}

bool vessel__qemu_word_is(const char *path, int value, const char *word)
{
    return g_strcmp0(vessel__domain_word(path, value), word) == 0;
}

bool vessel__qemu_is_root_port(const VesselDevice *device)
{
    return device->kind == VESSEL_DEVICE_CONTROLLER &&
           device->controller->type == VESSEL_CONTROLLER_PCI &&
           vessel__qemu_word_is(VESSEL__QEMU_CONTROLLER_MODEL, device->controller->model,
                                "pcie-root-port");
}

bool vessel__qemu_is_virtio_console(const VesselDevice *device)
{
    return device->kind == VESSEL_DEVICE_CONSOLE &&
           vessel__qemu_word_is(VESSEL__QEMU_CONSOLE_TYPE, device->chardev->target_type, "virtio");
}

bool vessel__qemu_has_virtio_console(const VesselDomainDef *def)
{
    for (guint i = 0; i < def->devices->len; i++)
        if (vessel__qemu_is_virtio_console(def->devices->pdata[i]))
            return true;
    return false;
}

bool vessel__qemu_is_virtio(const VesselDevice *device)
{
    switch (device->kind) {
    case VESSEL_DEVICE_DISK:
        return device->disk->bus == VESSEL_DISK_BUS_VIRTIO;
    case VESSEL_DEVICE_INTERFACE:
        return g_strcmp0(device->interface->model, "virtio") == 0;
    case VESSEL_DEVICE_CONTROLLER:
        return device->controller->type == VESSEL_CONTROLLER_VIRTIO_SERIAL;
    case VESSEL_DEVICE_MEMBALLOON:
        return device->balloon->model == VESSEL_BALLOON_VIRTIO;
    default:
        return false;
    }
}

static const char *disk_name(const VesselDisk *disk, bool mmio)
{
    switch (disk->bus) {
    case VESSEL_DISK_BUS_VIRTIO:
        return mmio ? "virtio-blk-device" : "virtio-blk-pci";
    case VESSEL_DISK_BUS_IDE:
    case VESSEL_DISK_BUS_SATA:
        return disk->device == VESSEL_DISK_DEVICE_CDROM ? "ide-cd" : "ide-hd";
    default:
        return NULL;
    }
}

const char *vessel__qemu_device_name(const VesselDevice *device, VesselQemuMachineKind kind)
{
    bool mmio = kind == VESSEL_QEMU_MACHINE_MICROVM;
    switch (device->kind) {
    case VESSEL_DEVICE_DISK:
        return disk_name(device->disk, mmio);
    case VESSEL_DEVICE_CONTROLLER:
        if (vessel__qemu_is_root_port(device))
            return "pcie-root-port";
        if (device->controller->type == VESSEL_CONTROLLER_VIRTIO_SERIAL)
            return mmio ? "virtio-serial-device" : "virtio-serial-pci";
        return NULL;
    case VESSEL_DEVICE_INTERFACE:
        if (g_strcmp0(device->interface->model, "virtio") == 0)
            return mmio ? "virtio-net-device" : "virtio-net-pci";
        return device->interface->model;
    case VESSEL_DEVICE_SERIAL:
        return "isa-serial";
    case VESSEL_DEVICE_CONSOLE:
        return vessel__qemu_is_virtio_console(device) ? "virtconsole" : NULL;
    case VESSEL_DEVICE_MEMBALLOON:
        if (device->balloon->model != VESSEL_BALLOON_VIRTIO)
            return NULL;
        return mmio ? "virtio-balloon-device" : "virtio-balloon-pci";
    default:
        return NULL;
    }
}

const VesselDevice *vessel__qemu_console_serial(const VesselDomainDef *def,
                                                const VesselDevice *console)
{
    if (console != vessel__domain_def_device(def, VESSEL_DEVICE_CONSOLE, 0) ||
        vessel__qemu_is_virtio_console(console))
        return NULL;
    return vessel__domain_def_device(def, VESSEL_DEVICE_SERIAL, 0);
}

static char *disk_alias(const VesselDisk *disk, guint index)
{
    const VesselAddress *address = disk->common.address;
    const char *bus = disk->bus == VESSEL_DISK_BUS_SATA ? "sata" : "ide";
    if (disk->bus == VESSEL_DISK_BUS_VIRTIO || !address || address->type != VESSEL_ADDRESS_DRIVE)
        return g_strdup_printf("virtio-disk%u", index);
    return g_strdup_printf("%s%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, bus,
                           vessel__number(address->controller, 0), vessel__number(address->bus, 0),
                           vessel__number(address->unit, 0));
}

static char *controller_alias(const VesselController *controller)
{
    guint64 index = vessel__number(controller->index, 0);
    switch (controller->type) {
    case VESSEL_CONTROLLER_PCI:
        if (vessel__qemu_word_is(VESSEL__QEMU_CONTROLLER_MODEL, controller->model, "pcie-root"))
            return g_strdup("pcie.0");
        return g_strdup_printf("pci.%" G_GUINT64_FORMAT, index);
    case VESSEL_CONTROLLER_IDE:
        return g_strdup("ide");
    case VESSEL_CONTROLLER_SATA:
        return g_strdup("ide"); /* the q35's own AHCI has its buses named so */
    case VESSEL_CONTROLLER_VIRTIO_SERIAL:
        return g_strdup_printf("virtio-serial%" G_GUINT64_FORMAT, index);
    default:
        return g_strdup_printf("controller%" G_GUINT64_FORMAT, index);
    }
}

static char *made_alias(const VesselDomainDef *def, const VesselDevice *device, guint index)
{
    switch (device->kind) {
    case VESSEL_DEVICE_DISK:
        return disk_alias(device->disk, index);
    case VESSEL_DEVICE_CONTROLLER:
        return controller_alias(device->controller);
    case VESSEL_DEVICE_INTERFACE:
        return g_strdup_printf("net%u", index);
    case VESSEL_DEVICE_SERIAL:
        return g_strdup_printf("serial%u", index);
    case VESSEL_DEVICE_CONSOLE:
        /* As libvirt shows it: the console that is a serial port has the port's alias. */
        if (vessel__qemu_console_serial(def, device))
            return g_strdup(
                vessel__device_common(vessel__qemu_console_serial(def, device))->alias
                    ? vessel__device_common(vessel__qemu_console_serial(def, device))->alias
                    : "serial0");
        return g_strdup_printf("console%u", index);
    case VESSEL_DEVICE_MEMBALLOON:
        return device->balloon->model == VESSEL_BALLOON_VIRTIO ? g_strdup_printf("balloon%u", index)
                                                               : NULL;
    default:
        return NULL;
    }
}

void vessel__qemu_assign_aliases(VesselDomainDef *def)
{
    guint counts[VESSEL_DEVICE_UNKNOWN + 1] = {0};
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        VesselDeviceCommon *common = vessel__device_common(device);
        guint index = counts[device->kind]++;
        if (common && !common->alias)
            common->alias = made_alias(def, device, index);
    }
}
