/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device-disk-rows.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define ON(type) VESSEL_WHEN(VESSEL_HOSTDEV_##type)
#define TYPE_PATH "/domain/devices/hostdev/@type"

static const char *const hostdev_types[] = {"",     "usb",     "pci",  "scsi", "scsi_host",
                                            "mdev", "storage", "misc", "net",  NULL};
static const char *const modes[] = {"", "subsystem", "capabilities", NULL};
static const char *const models[] = {"",
                                     "vfio-pci",
                                     "vfio-ccw",
                                     "vfio-ap",
                                     "virtio",
                                     "virtio-transitional",
                                     "virtio-non-transitional",
                                     NULL};
static const char *const sgios[] = {"", "filtered", "unfiltered", NULL};
static const char *const startup_policies[] = {"", "mandatory", "requisite", "optional", NULL};
static const char *const guest_resets[] = {"", "off", "uninitialized", "on", NULL};
static const char *const protocols[] = {"", "adapter", "iscsi", "vhost", NULL};
static const char *const address_types[] = {"", "pci", NULL};
static const char *const driver_names[] = {"", "kvm", "vfio", "xen", NULL};

#define SOURCE_STRING(member, xml, form, limit, more, text, types)                                 \
    VESSEL_STRING(VesselHostdev, source.member, "source/" xml, form, limit, more, text,            \
                  .when = types)

static const VesselRow hostdev_rows[] = {
    VESSEL_ENUM(VesselHostdev, mode, "@mode", modes, 0,
                "subsystem, or capabilities for what a container gets", .preset = "subsystem"),
    VESSEL_ENUM(VesselHostdev, type, "@type", hostdev_types,
                VESSEL_ROW_REQUIRED | ABI | VESSEL_ROW_KEY, "kind of device"),
    VESSEL_SWITCH(VesselHostdev, managed, "@managed", vessel__no_yes, 0,
                  "a PCI device is taken from the host and given back", .preset = "no"),
    VESSEL_ENUM(VesselHostdev, model, "@model", models, ABI,
                "interface of a mediated device, device model of a scsi_host",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselHostdev, display, "@display", vessel__off_on, ABI,
                  "whether a mediated device shows the guest's screen", .when = ON(MDEV),
                  .preset = "off"),
    VESSEL_SWITCH(VesselHostdev, ramfb, "@ramfb", vessel__off_on, ABI,
                  "whether there is a screen before a driver has begun", .when = ON(MDEV),
                  .preset = "off"),
    VESSEL_ENUM(VesselHostdev, sgio, "@sgio", sgios, 0,
                "whether the kernel filters the guest's SCSI commands", .when = ON(SCSI),
                .preset = "filtered"),
    VESSEL_SWITCH(VesselHostdev, rawio, "@rawio", vessel__no_yes, 0,
                  "whether it needs the capability for raw I/O", .when = ON(SCSI), .preset = "no"),
    VESSEL_ENUM(VesselHostdev, driver_name, "driver/@name", driver_names, 0,
                "who hands the device over", .when = ON(PCI),
                .otherwise = "vfio with KVM, xen with Xen"),

    VESSEL_ENUM(VesselHostdev, source.startup_policy, "source/@startupPolicy", startup_policies, 0,
                "what happens when the device is not there", .when = ON(USB) | ON(PCI),
                .preset = "mandatory"),
    VESSEL_ENUM(VesselHostdev, source.guest_reset, "source/@guestReset", guest_resets, 0,
                "whether the guest can reset the device", .when = ON(USB),
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselHostdev, source.missing, "source/@missing", vessel__no_yes,
                  VESSEL_ROW_RUNTIME, "the device was not there", .when = ON(USB)),
    VESSEL_SWITCH(VesselHostdev, source.write_filtering, "source/@writeFiltering", vessel__no_yes,
                  0, "whether Xen filters writes to the configuration", .when = ON(PCI),
                  .preset = "yes"),
    VESSEL_ENUM(VesselHostdev, source.protocol, "source/@protocol", protocols, 0,
                "how the device is reached", .when = ON(SCSI) | ON(SCSI_HOST),
                .otherwise = "adapter, for a SCSI unit"),
    SOURCE_STRING(name, "@name", &vessel__form_name_any, 1024, VESSEL_ROW_KEY,
                  "name of the iSCSI target", ON(SCSI)),
    SOURCE_STRING(wwpn, "@wwpn", &vessel__form_wwpn, 20, VESSEL_ROW_KEY,
                  "its name in the host's vhost-scsi", ON(SCSI_HOST)),
    SOURCE_STRING(adapter, "adapter/@name", &vessel__form_name_any, 255, VESSEL_ROW_KEY,
                  "the host's adapter, such as scsi_host0", ON(SCSI)),
    VESSEL_HEX(VesselHostdev, source.vendor, "source/vendor/@id", 4, 0xffff, VESSEL_ROW_KEY,
               "USB vendor", .when = ON(USB)),
    VESSEL_HEX(VesselHostdev, source.product, "source/product/@id", 4, 0xffff, VESSEL_ROW_KEY,
               "USB product", .when = ON(USB)),
    VESSEL_ENUM(VesselHostdev, source.address_type, "source/address/@type", address_types, 0,
                "of no meaning here, though KubeVirt writes it", .when = ON(PCI)),
    VESSEL_HEX(VesselHostdev, source.domain, "source/address/@domain", 4, UINT32_MAX,
               VESSEL_ROW_KEY, "PCI domain", .when = ON(PCI), .preset = "0"),
    VESSEL_HEX(VesselHostdev, source.bus, "source/address/@bus", 2, 0xff, VESSEL_ROW_KEY, "PCI bus",
               .when = ON(PCI), .preset = "0"),
    VESSEL_NUMBER(VesselHostdev, source.bus, "source/address/@bus", 0, UINT32_MAX,
                  VESSEL_ROW_ANY_BASE | VESSEL_ROW_KEY, "bus", .when = ON(USB) | ON(SCSI),
                  .preset = "0"),
    VESSEL_HEX(VesselHostdev, source.slot, "source/address/@slot", 2, 0x1f, VESSEL_ROW_KEY,
               "PCI slot", .when = ON(PCI), .preset = "0"),
    VESSEL_HEX(VesselHostdev, source.function, "source/address/@function", 1, 7, VESSEL_ROW_KEY,
               "PCI function", .when = ON(PCI), .preset = "0"),
    VESSEL_SWITCH(VesselHostdev, source.multifunction, "source/address/@multifunction",
                  vessel__off_on, 0, "the slot has other functions too", .when = ON(PCI),
                  .preset = "off"),
    VESSEL_NUMBER(VesselHostdev, source.device, "source/address/@device", 0, UINT32_MAX,
                  VESSEL_ROW_ANY_BASE | VESSEL_ROW_KEY, "number on the USB bus", .when = ON(USB)),
    VESSEL_NUMBER(VesselHostdev, source.target, "source/address/@target", 0, UINT32_MAX,
                  VESSEL_ROW_KEY, "SCSI target", .when = ON(SCSI)),
    VESSEL_NUMBER(VesselHostdev, source.unit, "source/address/@unit", 0, UINT64_MAX, VESSEL_ROW_KEY,
                  "SCSI unit", .when = ON(SCSI)),
    SOURCE_STRING(uuid, "address/@uuid", &vessel__form_uuid, 64, VESSEL_ROW_KEY,
                  "UUID of the mediated device", ON(MDEV)),
    VESSEL_OBJECTS(VesselHostdev, source.host, "source/host", &vessel__source_host_table, 64, 0,
                   "servers", .when = ON(SCSI)),
    VESSEL_OBJECT(VesselHostdev, source.auth, "source/auth", &vessel__auth_table, 0,
                  "who asks the server", .when = ON(SCSI)),
    SOURCE_STRING(iqn, "initiator/iqn/@name", &vessel__form_name_any, 255, VESSEL_ROW_NEEDED,
                  "name of this end of the iSCSI connection", ON(SCSI)),
    SOURCE_STRING(block, "block", &vessel__form_path, 4095, VESSEL_ROW_HOSTPATH | VESSEL_ROW_KEY,
                  "block device", ON(STORAGE)),
    SOURCE_STRING(character, "char", &vessel__form_path, 4095, VESSEL_ROW_HOSTPATH | VESSEL_ROW_KEY,
                  "character device", ON(MISC)),
    SOURCE_STRING(interface, "interface", &vessel__form_name_any, 64, VESSEL_ROW_KEY,
                  "network interface", ON(NET)),

    VESSEL_OBJECT(VesselHostdev, teaming, "teaming", &vessel__teaming_table, ABI,
                  "the guest uses it as one with an interface", .when = ON(PCI)),
    VESSEL_OBJECTS(VesselHostdev, ip, "ip", &vessel__ip_table, 64, ABI, "addresses",
                   .when = ON(NET)),
    VESSEL_OBJECTS(VesselHostdev, route, "route", &vessel__route_table, 64, ABI, "routes",
                   .when = ON(NET)),
    VESSEL_PRESENCE(VesselHostdev, readonly, "readonly", ABI, "the guest may not write",
                    .when = ON(SCSI)),
    VESSEL_PRESENCE(VesselHostdev, shareable, "shareable", 0, "several domains may use it at once",
                    .when = ON(SCSI)),
    VESSEL_DEVICE_BOOT_ROWS(VesselHostdev),
    VESSEL_DEVICE_ROM_ROWS(VesselHostdev),
    VESSEL_DEVICE_ROWS(VesselHostdev),
    {.path = NULL},
};

const VesselTable vessel__hostdev_table = {
    .name = "hostdev",
    VESSEL_DEVICE_TABLE(VesselHostdev),
    .rows = hostdev_rows,
    .tag = "@type",
};

/* ---- checks ---- */

static void need(const VesselCheck *check, const VesselDevice *device, const char *below,
                 const char *what, bool given)
{
    if (!given)
        vessel__check_problem(check, device, below, NULL,
                              "a device of the host of the type '%s' needs %s",
                              vessel__word_at(hostdev_types, (int)device->hostdev->type), what);
}

static void check_needs(const VesselCheck *check, const VesselDevice *device)
{
    const VesselHostdevSource *source = &device->hostdev->source;
    bool iscsi = source->protocol == VESSEL_HOSTDEV_PROTOCOL_ISCSI;
    switch (device->hostdev->type) {
    case VESSEL_HOSTDEV_USB:
        need(check, device, "/source", "vendor and product, or an address",
             source->vendor.set == source->product.set && source->bus.set == source->device.set &&
                 (source->vendor.set || source->bus.set));
        break;
    case VESSEL_HOSTDEV_PCI:
        need(check, device, "/source/address", "an address",
             source->domain.set || source->bus.set || source->slot.set || source->function.set);
        break;
    case VESSEL_HOSTDEV_SCSI:
        need(check, device, "/source/@name", "the name of the target", !iscsi || source->name);
        need(check, device, "/source/host", "one host",
             !iscsi || vessel__check_count(source->host) == 1);
        need(check, device, "/source/adapter/@name", "an adapter", iscsi || source->adapter);
        need(check, device, "/source/address", "bus, target and unit",
             iscsi || (source->bus.set && source->target.set && source->unit.set));
        break;
    case VESSEL_HOSTDEV_SCSI_HOST:
        need(check, device, "/source/@protocol", "protocol='vhost'",
             source->protocol == VESSEL_HOSTDEV_PROTOCOL_VHOST);
        need(check, device, "/source/@wwpn", "a wwpn", source->wwpn);
        break;
    case VESSEL_HOSTDEV_MDEV:
        need(check, device, "/@model", "a model", device->hostdev->model);
        need(check, device, "/source/address/@uuid", "a UUID", source->uuid);
        break;
    case VESSEL_HOSTDEV_STORAGE:
        need(check, device, "/source/block", "a block device", source->block);
        break;
    case VESSEL_HOSTDEV_MISC:
        need(check, device, "/source/char", "a character device", source->character);
        break;
    case VESSEL_HOSTDEV_NET:
        need(check, device, "/source/interface", "an interface", source->interface);
        break;
    case VESSEL_HOSTDEV_ABSENT:
        break;
    }
}

/* Which address in the guest goes with which kind of device; without a line any. */
static const struct {
    VesselHostdevType type;
    unsigned addresses;
    const char *words;
} address_rules[] = {
    {VESSEL_HOSTDEV_USB, VESSEL_WHEN(VESSEL_ADDRESS_USB), "usb"},
    {VESSEL_HOSTDEV_PCI, VESSEL_WHEN(VESSEL_ADDRESS_PCI) | VESSEL_WHEN(VESSEL_ADDRESS_UNASSIGNED),
     "pci or unassigned"},
    {VESSEL_HOSTDEV_SCSI, VESSEL_WHEN(VESSEL_ADDRESS_DRIVE), "drive"},
    {VESSEL_HOSTDEV_SCSI_HOST, VESSEL_WHEN(VESSEL_ADDRESS_PCI) | VESSEL_WHEN(VESSEL_ADDRESS_CCW),
     "pci or ccw"},
};

static void check_address(const VesselCheck *check, const VesselDevice *device)
{
    const VesselAddress *address = device->common->address;
    for (size_t i = 0; address && i < G_N_ELEMENTS(address_rules); i++) {
        if (address_rules[i].type == device->hostdev->type && address->type &&
            !(address_rules[i].addresses >> address->type & 1))
            vessel__check_problem(
                check, device, "/address/@type", NULL,
                "a device of the host of the type '%s' must have an address of the "
                "type %s",
                vessel__word_at(hostdev_types, (int)device->hostdev->type), address_rules[i].words);
    }
}

/* Which address a mediated device has in the guest, by its model. */
static bool mediated_fits(VesselHostdevModel model, VesselAddressType type)
{
    switch (model) {
    case VESSEL_HOSTDEV_MODEL_VFIO_PCI:
        return type == VESSEL_ADDRESS_PCI || type == VESSEL_ADDRESS_UNASSIGNED;
    case VESSEL_HOSTDEV_MODEL_VFIO_CCW:
        return type == VESSEL_ADDRESS_CCW;
    case VESSEL_HOSTDEV_MODEL_VFIO_AP:
        return false;
    default:
        return true;
    }
}

static bool has_graphics(const VesselCheck *check)
{
    for (guint i = 0; i < check->devices->len; i++) {
        if (((const VesselDevice *)check->devices->pdata[i])->kind == VESSEL_DEVICE_GRAPHICS)
            return true;
    }
    return false;
}

static void check_mediated(const VesselCheck *check, const VesselDevice *device)
{
    const VesselHostdev *hostdev = device->hostdev;
    const VesselAddress *address = hostdev->common.address;

    if (address && address->type && !mediated_fits(hostdev->model, address->type))
        vessel__check_problem(check, device, "/address/@type", NULL,
                              "a device of this model has no address of this type");
    if (hostdev->display == VESSEL_TRI_YES && !has_graphics(check))
        vessel__check_problem(check, device, "/@display", "add a <graphics>",
                              "the guest has no display that shows the screen");
    if (hostdev->ramfb == VESSEL_TRI_YES && hostdev->display != VESSEL_TRI_YES)
        vessel__check_problem(check, device, "/@ramfb", "give display='on' too",
                              "ramfb is for a device whose screen is shown");
}

/* What some kinds cannot have. */
static void check_unfit(const VesselCheck *check, const VesselDevice *device)
{
    const VesselHostdev *hostdev = device->hostdev;
    bool adapter = hostdev->type == VESSEL_HOSTDEV_SCSI_HOST;
    bool mediated = hostdev->type == VESSEL_HOSTDEV_MDEV;

    if (hostdev->type == VESSEL_HOSTDEV_USB && hostdev->source.vendor.set &&
        hostdev->source.vendor.value == 0)
        vessel__check_problem(check, device, "/source/vendor/@id", NULL,
                              "no vendor has the number 0");
    bool vfio = hostdev->model && hostdev->model <= VESSEL_HOSTDEV_MODEL_VFIO_AP;
    if (hostdev->model && (adapter || mediated) && vfio != mediated)
        vessel__check_problem(check, device, "/@model", mediated ? "use vfio-pci" : "use virtio",
                              "there is no device of the type '%s' with this model",
                              vessel__word_at(hostdev_types, (int)hostdev->type));
    if (hostdev->model && !adapter && !mediated)
        vessel__check_problem(check, device, "/@model", NULL,
                              "only the types mdev and scsi_host have models");
    if (hostdev->common.boot_order.set &&
        (adapter || hostdev->model == VESSEL_HOSTDEV_MODEL_VFIO_AP))
        vessel__check_problem(check, device, "/boot/@order", NULL,
                              "nothing can be booted from this device");
}

static void check_kind(const VesselCheck *check, const VesselDevice *device)
{
    const VesselHostdev *hostdev = device->hostdev;
    const char *type = vessel__word_at(hostdev_types, (int)hostdev->type);
    bool capabilities = hostdev->type >= VESSEL_HOSTDEV_STORAGE;
    bool vfio_pci = hostdev->model == VESSEL_HOSTDEV_MODEL_VFIO_PCI;
    const VesselTeaming *team = hostdev->teaming;

    if (hostdev->type && capabilities != (hostdev->mode == VESSEL_HOSTDEV_MODE_CAPABILITIES))
        vessel__check_problem(check, device, "/@mode",
                              capabilities ? "use mode='capabilities'" : "use mode='subsystem'",
                              "the type '%s' goes with the other mode", type);
    if (hostdev->type == VESSEL_HOSTDEV_MDEV && hostdev->model && !vfio_pci &&
        (hostdev->display || hostdev->ramfb))
        vessel__check_problem(check, device, hostdev->display ? "/@display" : "/@ramfb", NULL,
                              "only a device of the model 'vfio-pci' has a screen");
    if (team && (team->type != VESSEL_TEAMING_TRANSIENT || !team->persistent))
        vessel__check_problem(check, device, "/teaming", NULL,
                              "a device of the host is the transient one of a team and names the "
                              "persistent one");
}

static char *pci_key(VesselNumber domain, VesselNumber bus, VesselNumber slot,
                     VesselNumber function)
{
    return g_strdup_printf("the PCI device %04x:%02x:%02x.%x", (unsigned)vessel__number(domain, 0),
                           (unsigned)vessel__number(bus, 0), (unsigned)vessel__number(slot, 0),
                           (unsigned)vessel__number(function, 0));
}

/* Of an interface that is a device of the host. */
static char *interface_key(const VesselInterface *interface)
{
    const VesselHostAddress *address = interface->source.host_address;
    if (interface->type != VESSEL_INTERFACE_HOSTDEV || !address ||
        address->type != VESSEL_HOST_ADDRESS_PCI)
        return NULL;
    return pci_key(address->domain, address->bus, address->slot, address->function);
}

/* What the device is in the host, in words; NULL if it is not told. */
static char *host_key(const VesselDevice *device)
{
    if (device->kind == VESSEL_DEVICE_INTERFACE)
        return interface_key(device->interface);
    const VesselHostdevSource *source = &device->hostdev->source;
    switch (device->hostdev->type) {
    case VESSEL_HOSTDEV_PCI:
        return pci_key(source->domain, source->bus, source->slot, source->function);
    case VESSEL_HOSTDEV_USB:
        if (source->bus.set && source->device.set)
            return g_strdup_printf("the USB device %u on bus %u", (unsigned)source->device.value,
                                   (unsigned)source->bus.value);
        return g_strdup_printf("the USB device %04x:%04x",
                               (unsigned)vessel__number(source->vendor, 0),
                               (unsigned)vessel__number(source->product, 0));
    case VESSEL_HOSTDEV_SCSI:
        if (!source->adapter || !source->bus.set || !source->target.set || !source->unit.set)
            return NULL;
        return g_strdup_printf("the SCSI device %u:%u:%" G_GUINT64_FORMAT " of %s",
                               (unsigned)source->bus.value, (unsigned)source->target.value,
                               source->unit.value, source->adapter);
    case VESSEL_HOSTDEV_SCSI_HOST:
        return source->wwpn ? g_strdup_printf("the adapter %s", source->wwpn) : NULL;
    case VESSEL_HOSTDEV_MDEV:
        return source->uuid ? g_strdup_printf("the mediated device %s", source->uuid) : NULL;
    case VESSEL_HOSTDEV_STORAGE:
        return g_strdup(source->block);
    case VESSEL_HOSTDEV_MISC:
        return g_strdup(source->character);
    case VESSEL_HOSTDEV_NET:
        return source->interface ? g_strdup_printf("the interface %s", source->interface) : NULL;
    case VESSEL_HOSTDEV_ABSENT:
        break;
    }
    return NULL;
}

static void check_duplicate(const VesselCheck *check, const VesselDevice *device, GHashTable *seen)
{
    char *key = host_key(device);
    if (!key)
        return;
    g_autofree char *what = g_strdup(key);
    const VesselDevice *first = vessel__check_seen(seen, key, device);
    if (first)
        vessel__check_duplicate(check, device, first, "/source", what);
}

void vessel__check_hostdevs(const VesselCheck *check)
{
    g_autoptr(GHashTable) seen = vessel__check_new_seen();
    bool ramfb = false;
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_HOSTDEV || device->kind == VESSEL_DEVICE_INTERFACE)
            check_duplicate(check, device, seen);
        if (device->kind != VESSEL_DEVICE_HOSTDEV)
            continue;
        VesselWhere auth = {check, device, NULL, "/source/auth"};
        check_needs(check, device);
        vessel__check_auth(&auth, device->hostdev->source.auth);
        if (device->hostdev->source.protocol == VESSEL_HOSTDEV_PROTOCOL_ISCSI)
            vessel__check_auth_protocol(&auth, device->hostdev->source.auth, VESSEL_PROTOCOL_ISCSI);
        check_address(check, device);
        check_kind(check, device);
        check_unfit(check, device);
        if (device->hostdev->type == VESSEL_HOSTDEV_MDEV)
            check_mediated(check, device);
        vessel__check_rom(check, device, &device->hostdev->rom);
        vessel__check_ips(check, device, "", device->hostdev->ip, device->hostdev->route);
        if (device->hostdev->ramfb != VESSEL_TRI_YES)
            continue;
        if (ramfb)
            vessel__check_problem(check, device, "/@ramfb", NULL,
                                  "only one device can have this screen");
        ramfb = true;
    }
}
