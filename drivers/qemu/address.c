/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/address.h"

#include <stdarg.h>

#define BUSES 256
#define SLOTS 32
#define FUNCTIONS 8
#define Q35_PORT_SLOT 2   /* root ports from here up */
#define Q35_DEVICE_SLOT 3 /* conventional devices from here up */
#define PC_DEVICE_SLOT 3
#define Q35_LAST_SLOT 0x1e /* 0x1f is the chipset */
/* Root ports that are made because an address names their bus. A number beyond is the user's to
 * write down. */
#define MADE_PORTS_MAX 64

/* Which functions of which slots are taken, and by whom (index into def->devices, +1). */
typedef struct {
    guint root[SLOTS][FUNCTIONS];
    guint behind[BUSES]; /* a root port has room for one */
    bool bus[BUSES];
} PciMap;
#define CHIPSET G_MAXUINT

static guint *taken(PciMap *map, guint bus, guint slot, guint function)
{
    return bus == 0 ? &map->root[slot][function] : &map->behind[bus];
}

bool vessel__qemu_needs_pci(const VesselDevice *device, VesselQemuMachineKind kind)
{
    if (kind == VESSEL_QEMU_MACHINE_MICROVM)
        return false;
    if (vessel__qemu_is_virtio(device))
        return true;
    return vessel__qemu_is_root_port(device) || device->kind == VESSEL_DEVICE_INTERFACE;
}

static VesselAddress *address_of(const VesselDevice *device)
{
    VesselDeviceCommon *common = vessel__device_common(device);
    return common ? common->address : NULL;
}

static VesselAddress *new_address(VesselDevice *device, VesselAddressType type)
{
    VesselDeviceCommon *common = vessel__device_common(device);
    if (!common->address)
        common->address = g_new0(VesselAddress, 1);
    common->address->type = type;
    return common->address;
}

static void set(VesselNumber *number, uint64_t value)
{
    if (!number->set)
        *number = (VesselNumber){value, true};
}

static bool has_pci_place(const VesselDevice *device)
{
    const VesselAddress *address = address_of(device);
    return address && address->type == VESSEL_ADDRESS_PCI && address->slot.set;
}

/* The parts of an address that are in range, as indices. */
static bool pci_place(const VesselDevice *device, guint *bus, guint *slot, guint *function)
{
    const VesselAddress *address = address_of(device);
    uint64_t b = vessel__number(address->bus, 0), s = vessel__number(address->slot, 0);
    uint64_t f = vessel__number(address->function, 0);
    if (b >= BUSES || s >= SLOTS || f >= FUNCTIONS)
        return false;
    *bus = (guint)b;
    *slot = (guint)s;
    *function = (guint)f;
    return true;
}

static PciMap *new_map(const VesselDomainDef *def, VesselQemuMachineKind kind)
{
    PciMap *map = g_new0(PciMap, 1);
    guint chipset_slot = kind == VESSEL_QEMU_MACHINE_Q35 ? 0x1f : 1;
    map->bus[0] = true;
    for (guint function = 0; function < FUNCTIONS; function++)
        map->root[0][function] = map->root[chipset_slot][function] = CHIPSET;
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (vessel__qemu_is_root_port(device)) {
            uint64_t index = vessel__number(device->controller->index, 0);
            if (index > 0 && index < BUSES)
                map->bus[index] = true;
        }
    }
    return map;
}

static void map_devices(PciMap *map, const VesselDomainDef *def, VesselQemuMachineKind kind)
{
    guint bus, slot, function;
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (vessel__qemu_needs_pci(device, kind) && has_pci_place(device) &&
            pci_place(device, &bus, &slot, &function) && !*taken(map, bus, slot, function))
            *taken(map, bus, slot, function) = i + 1;
    }
}

static bool slot_empty(const PciMap *map, guint slot)
{
    for (guint function = 0; function < FUNCTIONS; function++)
        if (map->root[slot][function])
            return false;
    return true;
}

static void place(PciMap *map, VesselDevice *device, guint device_index, guint bus, guint slot,
                  guint function)
{
    VesselAddress *address = new_address(device, VESSEL_ADDRESS_PCI);
    set(&address->domain, 0);
    address->bus = (VesselNumber){bus, true};
    address->slot = (VesselNumber){slot, true};
    address->function = (VesselNumber){function, true};
    *taken(map, bus, slot, function) = device_index + 1;
}

/* ---- controllers ---- */

static VesselDevice *find_controller(const VesselDomainDef *def, VesselControllerType type,
                                     uint64_t index)
{
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_CONTROLLER && device->controller->type == type &&
            vessel__number(device->controller->index, 0) == index)
            return device;
    }
    return NULL;
}

static VesselDevice *need_controller(VesselDomainDef *def, VesselControllerType type,
                                     uint64_t index, const char *model)
{
    VesselDevice *device = find_controller(def, type, index);
    if (!device) {
        device = vessel__domain_def_add_device(def, VESSEL_DEVICE_CONTROLLER);
        device->controller->type = type;
        device->controller->index = (VesselNumber){index, true};
    }
    if (model && !device->controller->model)
        device->controller->model = vessel__qemu_word_value(VESSEL__QEMU_CONTROLLER_MODEL, model);
    return device;
}

static bool index_taken(const VesselDomainDef *def, VesselControllerType type, uint64_t index)
{
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_CONTROLLER && device->controller->type == type &&
            device->controller->index.set && device->controller->index.value == index)
            return true;
    }
    return false;
}

/* A controller without an index gets the next free one of its type; PCI ports count from 1. */
static void number_controllers(VesselDomainDef *def)
{
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_CONTROLLER || device->controller->index.set)
            continue;
        uint64_t index = vessel__qemu_is_root_port(device) ? 1 : 0;
        while (index_taken(def, device->controller->type, index))
            index++;
        device->controller->index = (VesselNumber){index, true};
    }
}

static bool bus_is_used(const VesselDomainDef *def, VesselDiskBus bus)
{
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_DISK && device->disk->bus == bus)
            return true;
    }
    return false;
}

static void fix_chipset_address(VesselDevice *device, guint slot, guint function)
{
    VesselAddress *address = address_of(device);
    if (address)
        return;
    address = new_address(device, VESSEL_ADDRESS_PCI);
    set(&address->domain, 0);
    set(&address->bus, 0);
    set(&address->slot, slot);
    set(&address->function, function);
}

static void make_controllers(VesselDomainDef *def, VesselQemuMachineKind kind)
{
    number_controllers(def);
    if (kind == VESSEL_QEMU_MACHINE_Q35) {
        need_controller(def, VESSEL_CONTROLLER_PCI, 0, "pcie-root");
        if (bus_is_used(def, VESSEL_DISK_BUS_SATA) ||
            find_controller(def, VESSEL_CONTROLLER_SATA, 0))
            fix_chipset_address(need_controller(def, VESSEL_CONTROLLER_SATA, 0, NULL), 0x1f, 2);
    } else if (kind == VESSEL_QEMU_MACHINE_PC) {
        need_controller(def, VESSEL_CONTROLLER_PCI, 0, "pci-root");
        if (bus_is_used(def, VESSEL_DISK_BUS_IDE) || find_controller(def, VESSEL_CONTROLLER_IDE, 0))
            fix_chipset_address(need_controller(def, VESSEL_CONTROLLER_IDE, 0, NULL), 1, 1);
    }
    if (vessel__qemu_has_virtio_console(def))
        need_controller(def, VESSEL_CONTROLLER_VIRTIO_SERIAL, 0, NULL);
}

/* ---- q35: root ports ---- */

/* Behind a port of its own: everything on virtio. */
static bool wants_port(const VesselDevice *device)
{
    return vessel__qemu_is_virtio(device);
}

/* Ports for the buses that addresses name, and one for each device that has none yet. */
static void make_ports(VesselDomainDef *def, PciMap *map)
{
    guint bus, slot, function, highest = 0, wanted = 0, free_ports = 0;
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (!vessel__qemu_needs_pci(device, VESSEL_QEMU_MACHINE_Q35))
            continue;
        if (!has_pci_place(device))
            wanted += wants_port(device);
        else if (pci_place(device, &bus, &slot, &function) && bus <= MADE_PORTS_MAX)
            highest = MAX(highest, bus);
    }
    for (bus = 1; bus < BUSES; bus++)
        free_ports += (map->bus[bus] || bus <= highest) && !map->behind[bus];
    for (bus = 1; bus < BUSES && (bus <= highest || free_ports < wanted); bus++) {
        if (map->bus[bus] || find_controller(def, VESSEL_CONTROLLER_PCI, bus))
            continue; /* what else is there is told of when addresses are checked */
        need_controller(def, VESSEL_CONTROLLER_PCI, bus, "pcie-root-port");
        map->bus[bus] = true;
        free_ports += bus > highest;
    }
}

/* A slot whose function 0 is a port that says that the others are used, or an empty one. */
static bool port_place(const VesselDomainDef *def, const PciMap *map, guint *slot, guint *function)
{
    for (*slot = Q35_PORT_SLOT; *slot <= Q35_LAST_SLOT; (*slot)++) {
        const guint *functions = map->root[*slot];
        if (slot_empty(map, *slot)) {
            *function = 0;
            return true;
        }
        if (!functions[0] || functions[0] == CHIPSET)
            continue;
        const VesselDevice *first = def->devices->pdata[functions[0] - 1];
        if (!vessel__qemu_is_root_port(first) || address_of(first)->multifunction != VESSEL_TRI_YES)
            continue;
        for (*function = 1; *function < FUNCTIONS; (*function)++)
            if (!functions[*function])
                return true;
    }
    return false;
}

static void place_ports(VesselDomainDef *def, PciMap *map)
{
    guint slot, function;
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (!vessel__qemu_is_root_port(device))
            continue;
        if (!has_pci_place(device)) {
            if (!port_place(def, map, &slot, &function))
                return;
            place(map, device, i, 0, slot, function);
            if (function == 0)
                address_of(device)->multifunction = VESSEL_TRI_YES;
        }
        const VesselAddress *address = address_of(device);
        set(&device->controller->target_chassis, vessel__number(device->controller->index, 0));
        set(&device->controller->target_port,
            vessel__number(address->slot, 0) << 3 | vessel__number(address->function, 0));
    }
}

static void place_device(VesselDomainDef *def, PciMap *map, guint i, VesselQemuMachineKind kind)
{
    VesselDevice *device = def->devices->pdata[i];
    bool q35 = kind == VESSEL_QEMU_MACHINE_Q35;
    if (q35 && wants_port(device)) {
        for (guint bus = 1; bus < BUSES; bus++)
            if (map->bus[bus] && !map->behind[bus]) {
                place(map, device, i, bus, 0, 0);
                return;
            }
        return;
    }
    for (guint slot = q35 ? Q35_DEVICE_SLOT : PC_DEVICE_SLOT;
         slot <= (q35 ? Q35_LAST_SLOT : SLOTS - 1); slot++)
        if (slot_empty(map, slot)) {
            place(map, device, i, 0, slot, 0);
            return;
        }
}

static void assign_pci(VesselDomainDef *def, VesselQemuMachineKind kind)
{
    g_autofree PciMap *map = new_map(def, kind);
    map_devices(map, def, kind);
    if (kind == VESSEL_QEMU_MACHINE_Q35) {
        make_ports(def, map);
        place_ports(def, map);
    }
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (!vessel__qemu_needs_pci(device, kind))
            continue;
        if (!has_pci_place(device) && !vessel__qemu_is_root_port(device) &&
            (!address_of(device) || address_of(device)->type == VESSEL_ADDRESS_PCI ||
             address_of(device)->type == VESSEL_ADDRESS_ABSENT))
            place_device(def, map, i, kind);
        VesselAddress *address = address_of(device);
        if (address && address->type == VESSEL_ADDRESS_PCI) {
            set(&address->domain, 0);
            set(&address->bus, 0);
            set(&address->function, 0);
        }
    }
}

/* ---- drives, virtio-serial, virtio-mmio ---- */

/* "hdc" is the third: 2; -1 for a name without a letter. */
static int target_index(const char *target)
{
    int index = 0;
    if (!target || strlen(target) < 3)
        return -1;
    for (const char *p = target + 2; *p; p++) {
        if (*p < 'a' || *p > 'z' || index > 10000)
            return -1;
        index = index * 26 + (*p - 'a' + 1);
    }
    return index - 1;
}

/* Units of the chipset's controller: IDE has two buses of two, SATA six of one. */
static guint drive_units(VesselDiskBus bus)
{
    return bus == VESSEL_DISK_BUS_SATA ? 6 : 4;
}

static int drive_unit(const VesselDevice *device)
{
    const VesselAddress *address = address_of(device);
    bool sata = device->disk->bus == VESSEL_DISK_BUS_SATA;
    if (!address || address->type != VESSEL_ADDRESS_DRIVE)
        return -1;
    uint64_t bus = vessel__number(address->bus, 0), unit = vessel__number(address->unit, 0);
    if (vessel__number(address->controller, 0) || vessel__number(address->target, 0) ||
        (sata ? bus > 0 || unit > 5 : bus > 1 || unit > 1))
        return -1;
    return (int)(sata ? unit : bus * 2 + unit);
}

static bool is_drive(const VesselDevice *device)
{
    return device->kind == VESSEL_DEVICE_DISK &&
           (device->disk->bus == VESSEL_DISK_BUS_IDE || device->disk->bus == VESSEL_DISK_BUS_SATA);
}

static bool unit_taken(const VesselDomainDef *def, VesselDiskBus bus, int unit)
{
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (is_drive(device) && device->disk->bus == bus && drive_unit(device) == unit)
            return true;
    }
    return false;
}

static void assign_drives(VesselDomainDef *def)
{
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (!is_drive(device) || address_of(device))
            continue;
        VesselDiskBus bus = device->disk->bus;
        int unit = target_index(device->disk->target), units = (int)drive_units(bus);
        if (unit < 0 || unit >= units || unit_taken(def, bus, unit))
            for (unit = 0; unit < units && unit_taken(def, bus, unit); unit++)
                ;
        if (unit >= units)
            continue; /* the check says so */
        VesselAddress *address = new_address(device, VESSEL_ADDRESS_DRIVE);
        set(&address->controller, 0);
        set(&address->bus, bus == VESSEL_DISK_BUS_SATA ? 0 : (uint64_t)unit / 2);
        set(&address->target, 0);
        set(&address->unit, bus == VESSEL_DISK_BUS_SATA ? (uint64_t)unit : (uint64_t)unit % 2);
    }
}

static bool port_taken(const VesselDomainDef *def, uint64_t port)
{
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        const VesselAddress *address = address_of(device);
        if (device->kind == VESSEL_DEVICE_CONSOLE && address &&
            address->type == VESSEL_ADDRESS_VIRTIO_SERIAL &&
            vessel__number(address->port, 0) == port)
            return true;
    }
    return false;
}

static void assign_consoles(VesselDomainDef *def)
{
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        uint64_t port = 0;
        if (!vessel__qemu_is_virtio_console(device) || address_of(device))
            continue;
        while (port_taken(def, port))
            port++;
        VesselAddress *address = new_address(device, VESSEL_ADDRESS_VIRTIO_SERIAL);
        set(&address->controller, 0);
        set(&address->bus, 0);
        set(&address->port, port);
    }
}

guint vessel__qemu_mmio_index(const VesselDomainDef *def, const VesselDevice *device)
{
    guint index = 0;
    for (guint i = 0; i < def->devices->len && def->devices->pdata[i] != device; i++)
        index += vessel__qemu_is_virtio(def->devices->pdata[i]);
    return index;
}

static void assign_mmio(VesselDomainDef *def)
{
    for (guint i = 0; i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (vessel__qemu_is_virtio(device) && !address_of(device))
            new_address(device, VESSEL_ADDRESS_VIRTIO_MMIO);
    }
}

void vessel__qemu_assign_addresses(VesselDomainDef *def, VesselQemuMachineKind kind)
{
    make_controllers(def, kind);
    assign_drives(def);
    assign_consoles(def);
    if (kind == VESSEL_QEMU_MACHINE_MICROVM)
        assign_mmio(def);
    else
        assign_pci(def, kind);
}

/* ---- checks ---- */

static void G_GNUC_PRINTF(5, 6)
    problem(VesselProblems *problems, const VesselDomainDef *def, const VesselDevice *device,
            const char *rest, const char *format, ...)
{
    g_autofree char *path = vessel__device_path(def, device), *full = g_strconcat(path, rest, NULL);
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    vessel__problems_add(problems, VESSEL_ERROR_INVALID_DEFINITION, full, device->line, 0, NULL,
                         "%s", message);
}

static void check_function(const VesselDomainDef *def, PciMap *map, const VesselDevice *device,
                           guint bus, guint slot, guint function, VesselProblems *problems)
{
    guint first = *taken(map, bus, slot, 0);
    if (function == 0)
        return;
    if (!first)
        problem(problems, def, device, "/address/@function",
                "function %u of PCI slot %02x:%02x cannot be found by the guest: nothing is at "
                "function 0",
                function, bus, slot);
    else if (first != CHIPSET &&
             address_of(def->devices->pdata[first - 1])->multifunction != VESSEL_TRI_YES)
        problem(problems, def, device, "/address/@function",
                "the device at function 0 of PCI slot %02x:%02x needs multifunction='on'", bus,
                slot);
}

static void check_pci(const VesselDomainDef *def, PciMap *map, const VesselDevice *device, guint i,
                      VesselQemuMachineKind kind, VesselProblems *problems)
{
    guint bus, slot, function;
    const VesselAddress *address = address_of(device);
    if (!has_pci_place(device)) {
        if (address && address->type != VESSEL_ADDRESS_PCI &&
            address->type != VESSEL_ADDRESS_ABSENT)
            problem(problems, def, device, "/address/@type",
                    "this device needs an address of type pci");
        else
            problem(problems, def, device, "", "no PCI slot is left for this device");
        return;
    }
    if (vessel__number(address->domain, 0) || !pci_place(device, &bus, &slot, &function)) {
        problem(problems, def, device, "/address", "there is one PCI domain, with slots 0 to 0x1f");
        return;
    }
    if (!map->bus[bus]) {
        problem(problems, def, device, "/address/@bus", "there is no PCI controller with index %u",
                bus);
        return;
    }
    if (bus > 0 && (slot > 0 || function > 0)) {
        problem(problems, def, device, "/address/@slot",
                "behind a pcie-root-port there is slot 0 alone");
        return;
    }
    if (bus > 0 && !wants_port(device)) {
        problem(problems, def, device, "/address/@bus",
                "this device is conventional PCI: it can be on bus 0, not behind a pcie-root-port");
        return;
    }
    guint holder = *taken(map, bus, slot, function);
    if (holder == CHIPSET) {
        problem(problems, def, device, "/address/@slot",
                "PCI slot %02x:%02x belongs to the chipset", bus, slot);
    } else if (holder != i + 1) {
        g_autofree char *other = vessel__device_where(def, def->devices->pdata[holder - 1]);
        problem(problems, def, device, "/address", "PCI address %02x:%02x.%x is taken by %s", bus,
                slot, function, other);
    }
    check_function(def, map, device, bus, slot, function, problems);
    if (kind == VESSEL_QEMU_MACHINE_PC && vessel__qemu_is_root_port(device))
        problem(problems, def, device, "/@model",
                "machine pc has no PCI Express: no root port fits");
}

static void check_drive(const VesselDomainDef *def, const VesselDevice *device, guint i,
                        VesselProblems *problems)
{
    int unit = drive_unit(device);
    const char *bus = vessel__domain_word("/domain/devices/disk/target/@bus", device->disk->bus);
    if (!address_of(device)) {
        problem(problems, def, device, "/target/@dev",
                "the %s controller has room for %u drives only", bus,
                drive_units(device->disk->bus));
        return;
    }
    if (unit < 0) {
        problem(problems, def, device, "/address",
                device->disk->bus == VESSEL_DISK_BUS_SATA
                    ? "SATA drives are controller 0, bus 0, target 0, units 0 to 5"
                    : "IDE drives are controller 0, buses 0 and 1, target 0, units 0 and 1");
        return;
    }
    for (guint j = 0; j < i; j++) {
        const VesselDevice *other = def->devices->pdata[j];
        if (!is_drive(other) || other->disk->bus != device->disk->bus || drive_unit(other) != unit)
            continue;
        g_autofree char *where = vessel__device_where(def, other);
        problem(problems, def, device, "/address", "the same %s unit as %s", bus, where);
    }
}

static void check_console(const VesselDomainDef *def, const VesselDevice *device, guint i,
                          VesselProblems *problems)
{
    const VesselAddress *address = address_of(device);
    if (!address || address->type != VESSEL_ADDRESS_VIRTIO_SERIAL) {
        problem(problems, def, device, "/address/@type",
                "a virtio console needs an address of type virtio-serial");
        return;
    }
    const VesselDevice *controller = find_controller(def, VESSEL_CONTROLLER_VIRTIO_SERIAL,
                                                     vessel__number(address->controller, 0));
    if (!controller)
        problem(problems, def, device, "/address/@controller",
                "there is no virtio-serial controller of that index");
    else if (vessel__number(address->port, 0) >= vessel__number(controller->controller->ports, 31))
        problem(problems, def, device, "/address/@port", "its controller has no such port");
    if (vessel__number(address->bus, 0))
        problem(problems, def, device, "/address/@bus",
                "a virtio-serial controller has bus 0 alone");
    for (guint j = 0; j < i; j++) {
        const VesselDevice *other = def->devices->pdata[j];
        if (!vessel__qemu_is_virtio_console(other) || !address_of(other) ||
            vessel__number(address_of(other)->port, 0) != vessel__number(address->port, 0) ||
            vessel__number(address_of(other)->controller, 0) !=
                vessel__number(address->controller, 0))
            continue;
        g_autofree char *where = vessel__device_where(def, other);
        problem(problems, def, device, "/address/@port", "the same virtio-serial port as %s",
                where);
    }
}

static void check_controller(const VesselDomainDef *def, const VesselDevice *device,
                             VesselQemuMachineKind kind, VesselProblems *problems)
{
    const VesselController *controller = device->controller;
    const VesselAddress *address = address_of(device);
    uint64_t index = vessel__number(controller->index, 0);
    if (find_controller(def, controller->type, index) != device) {
        problem(problems, def, device, "/@index", "another controller of this type has index %u",
                (guint)index);
        return;
    }
    if (controller->type == VESSEL_CONTROLLER_SATA || controller->type == VESSEL_CONTROLLER_IDE) {
        bool sata = controller->type == VESSEL_CONTROLLER_SATA;
        if (index > 0 || kind != (sata ? VESSEL_QEMU_MACHINE_Q35 : VESSEL_QEMU_MACHINE_PC))
            problem(problems, def, device, index > 0 ? "/@index" : "/@type",
                    sata ? "only machine q35 has a SATA controller, and one"
                         : "only machine pc has an IDE controller, and one");
        else if (address &&
                 (vessel__number(address->bus, 0) || vessel__number(address->domain, 0) ||
                  vessel__number(address->slot, 0) != (sata ? 0x1f : 1) ||
                  vessel__number(address->function, 0) != (sata ? 2 : 1)))
            problem(problems, def, device, "/address", "the chipset's controller is at 00:%s",
                    sata ? "1f.2" : "01.1");
    }
    if (controller->type == VESSEL_CONTROLLER_PCI && !vessel__qemu_is_root_port(device)) {
        const char *root = kind == VESSEL_QEMU_MACHINE_Q35 ? "pcie-root" : "pci-root";
        if (index > 0 || kind == VESSEL_QEMU_MACHINE_MICROVM ||
            !vessel__qemu_word_is(VESSEL__QEMU_CONTROLLER_MODEL, controller->model, root))
            problem(problems, def, device, "/@model",
                    kind == VESSEL_QEMU_MACHINE_MICROVM
                        ? "machine microvm has no PCI"
                        : "the only root of this machine is its %s, which is PCI controller 0",
                    root);
        else if (address)
            problem(problems, def, device, "/address", "the root bus has no address");
    }
    if (vessel__qemu_is_root_port(device) && (index == 0 || kind == VESSEL_QEMU_MACHINE_MICROVM))
        problem(problems, def, device, "/@index",
                "a root port's index is 1 or more, on a machine with PCI");
}

void vessel__qemu_check_addresses(const VesselDomainDef *def, VesselQemuMachineKind kind,
                                  VesselProblems *problems)
{
    g_autofree PciMap *map = new_map(def, kind);
    guint mmio = 0;
    map_devices(map, def, kind);
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        const VesselAddress *address = address_of(device);
        if (device->kind == VESSEL_DEVICE_CONTROLLER)
            check_controller(def, device, kind, problems);
        if (vessel__qemu_needs_pci(device, kind)) {
            check_pci(def, map, device, i, kind, problems);
        } else if (is_drive(device)) {
            check_drive(def, device, i, problems);
        } else if (vessel__qemu_is_virtio_console(device)) {
            check_console(def, device, i, problems);
        } else if (vessel__qemu_is_virtio(device)) { /* microvm */
            if (++mmio > VESSEL__QEMU_MMIO_MAX)
                problem(problems, def, device, "",
                        "machine microvm has room for %d virtio devices only",
                        VESSEL__QEMU_MMIO_MAX);
            if (address && address->type != VESSEL_ADDRESS_VIRTIO_MMIO)
                problem(problems, def, device, "/address/@type",
                        "machine microvm has virtio-mmio addresses only");
        } else if (address && device->kind != VESSEL_DEVICE_CONTROLLER) {
            problem(problems, def, device, "/address",
                    "this device has no address that could be chosen");
        }
    }
}
