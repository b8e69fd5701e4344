/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks of <address>: what is given in parts, and what two devices have. */
#include "model/check.h"

#define PRIx "%" G_GINT64_MODIFIER "x"
#define PRIu "%" G_GUINT64_FORMAT

/* The address in words, of a bus that all kinds of devices share; NULL if it is not complete. */
static char *address_key(const VesselAddress *address)
{
    uint64_t bus = vessel__number(address->bus, 0);
    switch (address->type) {
    case VESSEL_ADDRESS_PCI:
        if (!address->slot.set)
            return NULL;
        return g_strdup_printf("the PCI address %04x:%02x:%02x.%x",
                               (unsigned)vessel__number(address->domain, 0), (unsigned)bus,
                               (unsigned)address->slot.value,
                               (unsigned)vessel__number(address->function, 0));
    case VESSEL_ADDRESS_VIRTIO_SERIAL:
        if (!address->port.set)
            return NULL;
        return g_strdup_printf("the port " PRIu " of the virtio-serial controller " PRIu,
                               address->port.value, vessel__number(address->controller, 0));
    case VESSEL_ADDRESS_USB:
        if (!address->usb_port)
            return NULL;
        return g_strdup_printf("the port %s of the USB bus " PRIu, address->usb_port, bus);
    case VESSEL_ADDRESS_SPAPR_VIO:
        return address->reg ? g_strdup_printf("the spapr-vio address %s", address->reg) : NULL;
    case VESSEL_ADDRESS_CCW:
        if (!address->devno.set)
            return NULL;
        return g_strdup_printf("the CCW address " PRIx "." PRIx ".%04x",
                               vessel__number(address->cssid, 0), vessel__number(address->ssid, 0),
                               (unsigned)address->devno.value);
    case VESSEL_ADDRESS_DIMM:
        return address->slot.set ? g_strdup_printf("the memory slot " PRIu, address->slot.value)
                                 : NULL;
    default:
        return NULL;
    }
}

static void check_parts(const VesselCheck *check, const VesselDevice *device,
                        const VesselAddress *address)
{
    unsigned given = address->cssid.set + address->ssid.set + address->devno.set;
    if (address->type == VESSEL_ADDRESS_CCW && given != 0 && given != 3)
        vessel__check_problem(check, device, "/address", "give all of them, or none",
                              "a CCW address is cssid, ssid and devno together");
    if (address->type == VESSEL_ADDRESS_UNASSIGNED && device->kind != VESSEL_DEVICE_HOSTDEV)
        vessel__check_problem(check, device, "/address/@type", NULL,
                              "only a device of the host can stay outside the guest");
}

/* Devices that are connected in one way only. */
static VesselAddressType wanted_type(const VesselDevice *device)
{
    switch (device->kind) {
    case VESSEL_DEVICE_HUB:
    case VESSEL_DEVICE_REDIRDEV:
        return VESSEL_ADDRESS_USB;
    case VESSEL_DEVICE_INPUT:
        return device->input->bus == VESSEL_INPUT_BUS_USB ? VESSEL_ADDRESS_USB : 0;
    default:
        return VESSEL_ADDRESS_ABSENT;
    }
}

static void check_type(const VesselCheck *check, const VesselDevice *device,
                       const VesselAddress *address)
{
    VesselAddressType wanted = wanted_type(device);
    if (!wanted || !address->type || address->type == wanted)
        return;
    g_autofree char *hint = g_strdup_printf(
        "use type='%s'", vessel__domain_word("/domain/devices/hub/address/@type", (int)wanted));
    vessel__check_problem(check, device, "/address/@type", hint,
                          "this device has no address of this type");
}

/* libvirt shows the first serial port again as the first console, with its address. */
static bool is_pair(const VesselDevice *first, const VesselDevice *second)
{
    return first->kind == VESSEL_DEVICE_SERIAL && second->kind == VESSEL_DEVICE_CONSOLE;
}

void vessel__check_addresses(const VesselCheck *check)
{
    g_autoptr(GHashTable) seen = vessel__check_new_seen();
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        const VesselDeviceCommon *common = vessel__device_common(device);
        if (!common || !common->address)
            continue;
        check_parts(check, device, common->address);
        check_type(check, device, common->address);
        char *key = address_key(common->address);
        if (!key)
            continue;
        g_autofree char *what = g_strdup(key);
        const VesselDevice *first = vessel__check_seen(seen, key, device);
        if (first && !is_pair(first, device))
            vessel__check_duplicate(check, device, first, "/address", what);
    }
}
