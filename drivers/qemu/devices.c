/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices as -device. Each is JSON, so no value of a definition can become another option. */
#include "qemu/address.h"
#include "qemu/build.h"

static const VesselAddress *address_of(const VesselDevice *device)
{
    return vessel__device_common(device)->address;
}

/* The bus below a PCI controller has that controller's id. */
static const char *pci_bus_name(const VesselQemuBuild *build, uint64_t index)
{
    if (index == 0)
        return build->kind == VESSEL_QEMU_MACHINE_Q35 ? "pcie.0" : "pci.0";
    for (guint i = 0; i < build->def->devices->len; i++) {
        const VesselDevice *device = build->def->devices->pdata[i];
        if (vessel__qemu_is_root_port(device) &&
            vessel__number(device->controller->index, 0) == index)
            return device->controller->common.alias;
    }
    return NULL;
}

static void set_pci_address(const VesselQemuBuild *build, const VesselDevice *device,
                            VesselJson *json)
{
    const VesselAddress *address = address_of(device);
    uint64_t slot = vessel__number(address->slot, 0),
             function = vessel__number(address->function, 0);
    g_autofree char *text = function
                                ? g_strdup_printf("0x%x.0x%x", (unsigned)slot, (unsigned)function)
                                : g_strdup_printf("0x%x", (unsigned)slot);
    vessel__json_set_string(json, "bus", pci_bus_name(build, vessel__number(address->bus, 0)));
    vessel__json_set_string(json, "addr", text);
    if (address->multifunction == VESSEL_TRI_YES)
        vessel__json_set_bool(json, "multifunction", true);
}

VesselJson *vessel__qemu_device_json(VesselQemuBuild *build, const VesselDevice *device)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_string(json, "driver", vessel__qemu_device_name(device, build->kind));
    vessel__json_set_string(json, "id", vessel__device_common(device)->alias);
    if (vessel__qemu_needs_pci(device, build->kind)) {
        set_pci_address(build, device, json);
    } else if (vessel__qemu_is_virtio(device)) {
        g_autofree char *bus =
            g_strdup_printf("virtio-mmio-bus.%u", vessel__qemu_mmio_index(build->def, device));
        vessel__json_set_string(json, "bus", bus);
    }
    return json;
}

/* The place of a device in os/boot, from 1; 0 if it is not there. Of each kind the first one
 * counts. */
static guint place_in_boot_list(const VesselDomainDef *def, const VesselDevice *device)
{
    VesselBootDevice kind = VESSEL_BOOT_ABSENT;
    if (device->kind == VESSEL_DEVICE_INTERFACE)
        kind = VESSEL_BOOT_NETWORK;
    else if (device->kind == VESSEL_DEVICE_DISK)
        kind =
            device->disk->device == VESSEL_DISK_DEVICE_CDROM ? VESSEL_BOOT_CDROM : VESSEL_BOOT_HD;
    for (guint i = 0; i < def->devices->len && def->devices->pdata[i] != device; i++) {
        const VesselDevice *other = def->devices->pdata[i];
        if (other->kind == device->kind &&
            (other->kind != VESSEL_DEVICE_DISK || other->disk->device == device->disk->device))
            return 0;
    }
    for (guint i = 0; kind && def->boot && i < def->boot->len; i++)
        if (g_array_index(def->boot, int, i) == (int)kind)
            return i + 1;
    return 0;
}

static guint64 boot_index(const VesselQemuBuild *build, const VesselDevice *device)
{
    VesselNumber order = vessel__device_common(device)->boot_order;
    return order.set ? order.value : place_in_boot_list(build->def, device);
}

void vessel__qemu_set_boot_index(const VesselQemuBuild *build, const VesselDevice *device,
                                 VesselJson *json)
{
    guint64 index = boot_index(build, device);
    if (index)
        vessel__json_set_uint(json, "bootindex", index);
}

static void add_controller(VesselQemuBuild *build, const VesselDevice *device)
{
    const VesselController *controller = device->controller;
    if (!vessel__qemu_device_name(device, build->kind))
        return; /* part of the machine */
    VesselJson *json = vessel__qemu_device_json(build, device);
    if (vessel__qemu_is_root_port(device)) {
        vessel__json_set_uint(json, "chassis", vessel__number(controller->target_chassis, 0));
        vessel__json_set_uint(json, "port", vessel__number(controller->target_port, 0));
    }
    if (controller->ports.set)
        vessel__json_set_uint(json, "max_ports", controller->ports.value);
    if (controller->vectors.set)
        vessel__json_set_uint(json, "vectors", controller->vectors.value);
    vessel__qemu_arg_json(build, "-device", json);
}

static void add_interface(VesselQemuBuild *build, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    g_autofree char *netdev = g_strconcat("host", interface->common.alias, NULL);
    VesselJson *host = vessel__json_new_object(), *entry = vessel__json_new_object();
    vessel__json_set_string(host, "type", "user");
    vessel__json_set_string(host, "id", netdev);
    vessel__qemu_arg_json(build, "-netdev", host);

    VesselJson *json = vessel__qemu_device_json(build, device);
    vessel__json_set_string(json, "netdev", netdev);
    vessel__json_set_string(json, "mac", interface->mac);
    /* The network boot ROM only where it is wanted: it costs time at boot and may not be installed.
     */
    if (build->kind != VESSEL_QEMU_MACHINE_MICROVM && !boot_index(build, device))
        vessel__json_set_string(json, "romfile", "");
    vessel__qemu_set_boot_index(build, device, json);
    vessel__qemu_arg_json(build, "-device", json);

    vessel__json_set_string(entry, "alias", interface->common.alias);
    vessel__json_set_string(entry, "netdev", netdev);
    vessel__json_set_string(entry, "mac", interface->mac);
    vessel__json_set_string(entry, "model", interface->model);
    vessel__json_append(build->interfaces, entry);
}

/* A serial port or virtio console with the socket behind it. */
static void add_chardev(VesselQemuBuild *build, const VesselDevice *device)
{
    const char *alias = device->chardev->common.alias;
    g_autofree char *id = g_strconcat("char-", alias, NULL);
    g_autofree char *socket =
        g_strdup_printf("%s%u.sock", device->kind == VESSEL_DEVICE_SERIAL ? "serial" : "console",
                        (unsigned)vessel__json_length(build->consoles));
    VesselJson *entry = vessel__json_new_object();
    vessel__qemu_arg(build, "-chardev", "socket,id=%s,fd=%d,server=on,wait=off", id,
                     vessel__qemu_listen(build, socket));
    VesselJson *json = vessel__qemu_device_json(build, device);
    vessel__json_set_string(json, "chardev", id);
    if (device->kind == VESSEL_DEVICE_SERIAL) {
        vessel__json_set_uint(json, "index", vessel__number(device->chardev->port, 0));
    } else {
        uint64_t controller = vessel__number(address_of(device)->controller, 0);
        for (guint i = 0; i < build->def->devices->len; i++) {
            const VesselDevice *other = build->def->devices->pdata[i];
            if (other->kind != VESSEL_DEVICE_CONTROLLER ||
                other->controller->type != VESSEL_CONTROLLER_VIRTIO_SERIAL ||
                vessel__number(other->controller->index, 0) != controller)
                continue;
            g_autofree char *bus = g_strconcat(other->controller->common.alias, ".0", NULL);
            vessel__json_set_string(json, "bus", bus);
        }
        vessel__json_set_uint(json, "nr", vessel__number(address_of(device)->port, 0));
    }
    vessel__qemu_arg_json(build, "-device", json);
    vessel__json_set_string(entry, "alias", alias);
    vessel__json_set_string(entry, "socket", socket);
    vessel__json_append(build->consoles, entry);
}

static void add_balloon(VesselQemuBuild *build, const VesselDevice *device)
{
    if (device->balloon->model != VESSEL_BALLOON_VIRTIO)
        return;
    VesselJson *json = vessel__qemu_device_json(build, device);
    if (vessel__number(device->balloon->stats_period, 0))
        vessel__json_set_uint(json, "guest-stats-polling-interval",
                              device->balloon->stats_period.value);
    vessel__qemu_arg_json(build, "-device", json);
}

void vessel__qemu_add_devices(VesselQemuBuild *build, GPtrArray *chains)
{
    const GPtrArray *devices = build->def->devices;
    guint disks = 0;
    for (int ports = 1; ports >= 0; ports--) /* what others are plugged into comes first */
        for (guint i = 0; i < devices->len; i++) {
            const VesselDevice *device = devices->pdata[i];
            if (device->kind == VESSEL_DEVICE_CONTROLLER &&
                vessel__qemu_is_root_port(device) == ports)
                add_controller(build, device);
        }
    for (guint i = 0; i < devices->len; i++) {
        const VesselDevice *device = devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_DISK) {
            vessel__qemu_add_disk(build, device, disks, chains->pdata[disks]);
            disks++;
        } else if (device->kind == VESSEL_DEVICE_INTERFACE) {
            add_interface(build, device);
        } else if (device->kind == VESSEL_DEVICE_SERIAL || vessel__qemu_is_virtio_console(device)) {
            add_chardev(build, device);
        } else if (device->kind == VESSEL_DEVICE_MEMBALLOON) {
            add_balloon(build, device);
        }
    }
}
