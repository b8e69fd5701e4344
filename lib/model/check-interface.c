/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks of interfaces, and of what other devices have in common with them. */
#include "model/check-network.h"
#include "model/check.h"

#define ON(type) (1u << VESSEL_INTERFACE_##type)
#define TYPE_PATH "/domain/devices/interface/@type"

/* What the source of each type cannot do without. */
static const struct {
    unsigned types;
    const char *below;
    size_t offset;
    enum { TEXT, NUMBER, WORD } kind;
} needs[] = {
#define NEED(types, below, member, kind)                                                           \
    {                                                                                              \
        types, below, offsetof(VesselInterface, member), kind                                      \
    }
    NEED(ON(NETWORK), "/source/@network", source.network, TEXT),
    NEED(ON(BRIDGE), "/source/@bridge", source.bridge, TEXT),
    NEED(ON(DIRECT) | ON(VDPA), "/source/@dev", source.dev, TEXT),
    NEED(ON(VHOSTUSER), "/source/@type", source.socket_type, WORD),
    NEED(ON(VHOSTUSER), "/source/@path", source.path, TEXT),
    NEED(ON(VHOSTUSER), "/source/@mode", source.socket_mode, WORD),
    NEED(ON(INTERNAL), "/source/@name", source.name, TEXT),
    NEED(ON(CLIENT) | ON(MCAST) | ON(UDP), "/source/@address", source.address, TEXT),
    NEED(ON(SERVER) | ON(CLIENT) | ON(MCAST) | ON(UDP), "/source/@port", source.port, NUMBER),
    NEED(ON(UDP), "/source/local/@address", source.local_address, TEXT),
    NEED(ON(UDP), "/source/local/@port", source.local_port, NUMBER),
    NEED(ON(VDS), "/source/@switchid", source.switchid, TEXT),
    NEED(ON(VDS), "/source/@portid", source.vds_portid, TEXT),
    NEED(ON(VDS), "/source/@portgroupid", source.portgroupid, TEXT),
    NEED(ON(VDS), "/source/@connectionid", source.connectionid, TEXT),
#undef NEED
};

static bool is_given(const void *interface, size_t offset, int kind)
{
    const void *member = (const char *)interface + offset;
    if (kind == NUMBER)
        return ((const VesselNumber *)member)->set;
    return kind == WORD ? *(const int *)member != 0 : *(char *const *)member != NULL;
}

static void check_needs(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    const char *type = vessel__domain_word(TYPE_PATH, (int)interface->type);
    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++) {
        bool needed = needs[i].types >> interface->type & 1;
        if (needed && !is_given(interface, needs[i].offset, needs[i].kind))
            vessel__check_problem(check, device, needs[i].below, NULL,
                                  "an interface of the type '%s' needs a source with '%s'", type,
                                  strrchr(needs[i].below, '@') + 1);
    }
    bool usb = interface->source.vendor.set && interface->source.product.set;
    if (interface->type == VESSEL_INTERFACE_HOSTDEV && !interface->source.host_address && !usb)
        vessel__check_problem(check, device, "/source/address", NULL,
                              "an interface of the type '%s' needs the address of a device of the "
                              "host",
                              type);
}

/* A network fills in what its interfaces leave out; nobody does for the others. */
static void check_virtualport(const VesselWhere *where, const VesselVirtualport *port)
{
    static const char at[] = "/parameters";
    if (!port)
        return;
    switch (port->type) {
    case VESSEL_VIRTUALPORT_ABSENT:
        vessel__where_problem(where, "/@type", NULL,
                              "only with a network the type of the virtualport may be left out");
        break;
    case VESSEL_VIRTUALPORT_8021QBG:
        if (!port->managerid.set || !port->typeid.set || !port->typeidversion.set)
            vessel__where_problem(where, at, NULL,
                                  "802.1Qbg needs managerid, typeid and typeidversion");
        break;
    case VESSEL_VIRTUALPORT_8021QBH:
        if (!port->profileid)
            vessel__where_problem(where, at, NULL, "802.1Qbh needs a profileid");
        break;
    case VESSEL_VIRTUALPORT_MIDONET:
        if (!port->interfaceid)
            vessel__where_problem(where, at, NULL, "midonet needs an interfaceid");
        break;
    case VESSEL_VIRTUALPORT_OPENVSWITCH:
        break;
    }
}

/* A network may have a switch that knows VLANs, which turns out when it starts. */
static void check_vlan_switch(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    const VesselVlan *vlan = interface->vlan;
    const char *mode =
        vessel__domain_word("/domain/devices/interface/source/@mode", interface->source.mode);
    bool openvswitch = interface->type == VESSEL_INTERFACE_BRIDGE && interface->virtualport &&
                       interface->virtualport->type == VESSEL_VIRTUALPORT_OPENVSWITCH;
    bool function =
        interface->type == VESSEL_INTERFACE_HOSTDEV ||
        (interface->type == VESSEL_INTERFACE_DIRECT && g_strcmp0(mode, "passthrough") == 0);

    if (!vlan || interface->type == VESSEL_INTERFACE_NETWORK || openvswitch)
        return;
    if (!function)
        vessel__check_problem(check, device, "/vlan", "it needs Open vSwitch or an SR-IOV function",
                              "this connection knows no VLANs");
    else if (vessel__check_count(vlan->tag) > 1 || vlan->trunk == VESSEL_TRI_YES)
        vessel__check_problem(check, device, "/vlan", "it needs Open vSwitch",
                              "this connection is in one VLAN only");
}

static void check_switch(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    VesselWhere vlan = {check, device, NULL, "/vlan"};
    VesselWhere virtualport = {check, device, NULL, "/virtualport"};
    VesselWhere bandwidth = {check, device, NULL, "/bandwidth"};
    bool network = interface->type == VESSEL_INTERFACE_NETWORK;

    vessel__check_vlan(&vlan, interface->vlan);
    check_vlan_switch(check, device);
    if (interface->bandwidth && interface->type == VESSEL_INTERFACE_HOSTDEV)
        vessel__check_problem(check, device, "/bandwidth", NULL,
                              "the host does not see the packets of a device it has given away");
    if (!network)
        check_virtualport(&virtualport, interface->virtualport);
    vessel__check_bandwidth(&bandwidth, interface->bandwidth,
                            network ? NULL : "only an interface of a network can have a floor");
}

static bool is_ipv6(const char *address)
{
    return strchr(address, ':') != NULL;
}

static void check_family(const VesselCheck *check, const VesselDevice *device, const char *below,
                         VesselFamily family, const char *address, VesselNumber prefix)
{
    if (!address)
        return;
    if (family && (family == VESSEL_FAMILY_IPV6) != is_ipv6(address)) {
        g_autofree char *path = g_strconcat(below, "/@family", NULL);
        vessel__check_problem(check, device, path, NULL, "'%s' is an %s address", address,
                              is_ipv6(address) ? "IPv6" : "IPv4");
    }
    if (prefix.set && prefix.value > 32 && !is_ipv6(address)) {
        g_autofree char *path = g_strconcat(below, "/@prefix", NULL);
        vessel__check_problem(check, device, path, NULL, "an IPv4 address has 32 bits");
    }
}

void vessel__check_ips(const VesselCheck *check, const VesselDevice *device, const char *above,
                       const GPtrArray *ips, const GPtrArray *routes)
{
    for (guint i = 0; ips && i < ips->len; i++) {
        const VesselIp *ip = ips->pdata[i];
        g_autofree char *below = g_strdup_printf("%s/ip[%u]", above, i + 1);
        check_family(check, device, below, ip->family, ip->address, ip->prefix);
        g_autofree char *peer = g_strconcat(below, "/@peer", NULL);
        if (ip->address && ip->peer && is_ipv6(ip->address) != is_ipv6(ip->peer))
            vessel__check_problem(check, device, peer, NULL, "the peer is of the other family");
    }
    for (guint i = 0; routes && i < routes->len; i++) {
        g_autofree char *below = g_strdup_printf("%s/route[%u]", above, i + 1);
        VesselWhere where = {check, device, NULL, below};
        VesselNetAddress gateway;
        vessel__check_route(&where, routes->pdata[i], &gateway);
    }
}

void vessel__check_rom(const VesselCheck *check, const VesselDevice *device, const VesselRom *rom)
{
    if (rom->enabled == VESSEL_TRI_NO && (rom->bar || rom->file))
        vessel__check_problem(check, device, "/rom/@enabled", "leave out bar and file",
                              "a ROM that is not there cannot be tuned");
}

static void check_port_forwards(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    bool user = interface->type == VESSEL_INTERFACE_USER;
    bool passt = g_strcmp0(vessel__domain_word("/domain/devices/interface/backend/@type",
                                               interface->backend_type),
                           "passt") == 0;
    if (passt && !user)
        vessel__check_problem(check, device, "/backend/@type", "use type='user'",
                              "passt is for an interface of the type 'user'");
    /* A container has but one program for it, which forwards them. */
    bool forwards = user && (passt || vessel__domain_is_container(check->def));
    if (interface->port_forward && !forwards)
        vessel__check_problem(check, device, "/portForward",
                              "use type='user' and <backend type='passt'/>",
                              "ports are forwarded by the backend 'passt'");
}

static bool is_virtio(const char *model)
{
    return model && (strcmp(model, "virtio") == 0 || strcmp(model, "virtio-transitional") == 0 ||
                     strcmp(model, "virtio-non-transitional") == 0);
}

static void check_queue(const VesselCheck *check, const VesselDevice *device, const char *below,
                        VesselNumber size)
{
    if (size.set && size.value & (size.value - 1))
        vessel__check_problem(check, device, below, NULL, "the size of a queue is a power of two");
}

static void check_model(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    const VesselVirtioOptions *virtio = &interface->virtio;

    check_queue(check, device, "/driver/@rx_queue_size", interface->rx_queue_size);
    check_queue(check, device, "/driver/@tx_queue_size", interface->tx_queue_size);
    if (interface->type == VESSEL_INTERFACE_VHOSTUSER && !is_virtio(interface->model))
        vessel__check_problem(check, device, "/model/@type", "use <model type='virtio'/>",
                              "an interface of the type 'vhostuser' is a virtio one");
    if (interface->model && !is_virtio(interface->model) &&
        (virtio->iommu || virtio->ats || virtio->packed || virtio->page_per_vq))
        vessel__check_problem(check, device, "/driver", NULL,
                              "iommu, ats, packed and page_per_vq are for virtio models");
}

static void check_reconnect(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterfaceSource *source = &device->interface->source;
    if (!source->reconnect || source->reconnect->enabled != VESSEL_TRI_YES)
        return;
    if (source->socket_mode == VESSEL_SOCKET_SERVER)
        vessel__check_problem(check, device, "/source/reconnect", "use mode='client'",
                              "only who connects can connect again");
    if (!source->reconnect->timeout.set)
        vessel__check_problem(check, device, "/source/reconnect/@timeout", "in seconds",
                              "who connects again needs a timeout");
}

/* Who moves packets is another for a device of the host; of a vhostuser nobody asks. */
static void check_driver(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    const char *name =
        vessel__domain_word("/domain/devices/interface/driver/@name", (int)interface->driver_name);
    bool ours = name && (strcmp(name, "qemu") == 0 || strcmp(name, "vhost") == 0);
    bool hostdev = interface->type == VESSEL_INTERFACE_HOSTDEV;

    if (interface->driver_name && interface->type != VESSEL_INTERFACE_VHOSTUSER &&
        interface->type != VESSEL_INTERFACE_NETWORK && ours == hostdev)
        vessel__check_problem(check, device, "/driver/@name",
                              hostdev ? "use vfio" : "use vhost or qemu",
                              "an interface of this type has no driver '%s'", name);
}

static void check_kind(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInterface *interface = device->interface;
    bool bridged =
        interface->type == VESSEL_INTERFACE_NETWORK || interface->type == VESSEL_INTERFACE_BRIDGE;

    if (interface->target_managed == VESSEL_TRI_NO && interface->type != VESSEL_INTERFACE_ETHERNET)
        vessel__check_problem(check, device, "/target/@managed", "use type='ethernet'",
                              "only an interface of the type 'ethernet' takes a host's end that is "
                              "there already");
    if (interface->type == VESSEL_INTERFACE_MCAST && interface->source.address &&
        (atoi(interface->source.address) & ~15) != 224)
        vessel__check_problem(check, device, "/source/@address",
                              "from 224.0.0.0 to 239.255.255.255",
                              "'%s' is not the address of a group", interface->source.address);
    if (interface->port_isolated == VESSEL_TRI_YES &&
        (!bridged || (interface->virtualport && interface->virtualport->type)))
        vessel__check_problem(check, device, "/port/@isolated", NULL,
                              "only ports of the host's own bridges can be isolated");
    if (interface->teaming &&
        (interface->teaming->type == VESSEL_TEAMING_TRANSIENT) != !!interface->teaming->persistent)
        vessel__check_problem(
            check, device, "/teaming/@persistent", NULL,
            "the transient interface of a team names the persistent one, and only "
            "it");
}

static const VesselTeaming *team_of(const VesselDevice *device)
{
    if (device->kind == VESSEL_DEVICE_INTERFACE)
        return device->interface->teaming;
    return device->kind == VESSEL_DEVICE_HOSTDEV ? device->hostdev->teaming : NULL;
}

/* The other one may not be there yet; one that is there has to be in the team. */
static void check_team(const VesselCheck *check, const VesselDevice *device)
{
    const VesselTeaming *team = team_of(device);
    for (guint i = 0; team && team->persistent && i < check->devices->len; i++) {
        const VesselDevice *other = check->devices->pdata[i];
        const VesselDeviceCommon *common = vessel__device_common(other);
        const VesselTeaming *its = team_of(other);
        if (!common || g_strcmp0(common->alias, team->persistent) != 0)
            continue;
        if (!its || its->type != VESSEL_TEAMING_PERSISTENT)
            vessel__check_problem(check, device, "/teaming/@persistent",
                                  "give the other one <teaming type='persistent'/>",
                                  "'%s' is not the persistent interface of a team",
                                  team->persistent);
    }
}

static void check_duplicates(const VesselCheck *check)
{
    g_autoptr(GHashTable) macs = vessel__check_new_seen(), targets = vessel__check_new_seen();
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i], *first = NULL;
        if (device->kind != VESSEL_DEVICE_INTERFACE)
            continue;
        if (device->interface->mac)
            first = vessel__check_seen(macs, g_strdup(device->interface->mac), device);
        /* A team has one address. */
        if (first && !(device->interface->teaming && first->interface->teaming))
            vessel__check_duplicate(check, device, first, "/mac/@address", "the MAC address");
        first = NULL;
        if (device->interface->target)
            first = vessel__check_seen(targets, g_strdup(device->interface->target), device);
        if (first)
            vessel__check_duplicate(check, device, first, "/target/@dev", "the target");
    }
}

void vessel__check_interfaces(const VesselCheck *check)
{
    check_duplicates(check);
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        check_team(check, device);
        if (device->kind != VESSEL_DEVICE_INTERFACE)
            continue;
        const VesselInterface *interface = device->interface;
        check_needs(check, device);
        check_kind(check, device);
        check_model(check, device);
        check_driver(check, device);
        check_reconnect(check, device);
        check_port_forwards(check, device);
        vessel__check_rom(check, device, &interface->rom);
        vessel__check_ips(check, device, "", interface->ip, interface->route);
        vessel__check_ips(check, device, "/source", interface->source.ip, interface->source.route);
        check_switch(check, device);
    }
}
