/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks of <network>: what goes with its way of forwarding. Addresses are in
 * check-network-ip.c. */
#include "model/check-network.h"

#include "model/check.h"

static const VesselNetworkDef *network_of(const VesselDocumentCheck *check)
{
    return check->def;
}

static guint count(const GPtrArray *list)
{
    return list ? list->len : 0;
}

/* Forward mode nat is what counts if <forward> gives none; ABSENT is an isolated network. */
static VesselForwardMode mode_of(const VesselNetworkDef *network)
{
    if (!network->forward)
        return VESSEL_FORWARD_ABSENT;
    return network->forward->mode ? network->forward->mode : VESSEL_FORWARD_NAT;
}

static const char *mode_word(const VesselDocumentCheck *check)
{
    const VesselRow *row = vessel__schema_find(check->shape, "/network/forward/@mode");
    VesselForwardMode mode = mode_of(network_of(check));
    return mode ? vessel__word_at(row->words, (int)mode) : "none";
}

/* Whether the bridge and the addresses on it are ours. */
static bool is_ours(const VesselNetworkDef *network)
{
    return mode_of(network) <= VESSEL_FORWARD_OPEN;
}

static void check_addressed(const VesselDocumentCheck *check)
{
    const VesselNetworkDef *network = network_of(check);
    VesselForwardMode mode = mode_of(network);
    const struct {
        bool given;
        const char *path, *name;
    } parts[] = {
        {count(network->ips) > 0, "/network/ip[1]/@address", "ip"},
        {count(network->routes) > 0, "/network/route[1]/@address", "route"},
        {network->mac, "/network/mac/@address", "mac"},
        {network->domain, "/network/domain/@name", "domain"},
        {network->mtu.set, "/network/mtu/@size", "mtu"},
        {network->dns &&
             (count(network->dns->txts) || count(network->dns->srvs) || count(network->dns->hosts)),
         "/network/dns", "dns"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts) && !is_ours(network); i++) {
        if (parts[i].given)
            vessel__document_problem(
                check, parts[i].path, "it is for nat, route, open, and without <forward>",
                "there is no %s with the forward mode '%s'", parts[i].name, mode_word(check));
    }
    if (mode >= VESSEL_FORWARD_NAT && mode <= VESSEL_FORWARD_OPEN && count(network->ips) == 0)
        vessel__document_problem(check, "/network/forward/@mode", "give an ip",
                                 "the forward mode '%s' needs an address", mode_word(check));
}

static void check_bridge(const VesselDocumentCheck *check)
{
    const VesselNetworkDef *network = network_of(check);
    const VesselBridge *bridge = network->bridge;
    VesselForwardMode mode = mode_of(network);
    if (!bridge)
        return;
    if (mode > VESSEL_FORWARD_BRIDGE) {
        vessel__document_problem(check, "/network/bridge", NULL,
                                 "there is no bridge with the forward mode '%s'", mode_word(check));
        return;
    }
    if (mode != VESSEL_FORWARD_BRIDGE)
        return;
    if (bridge->zone)
        vessel__document_problem(check, "/network/bridge/@zone", NULL,
                                 "a bridge that is there already is in a zone already");
    if (bridge->stp || bridge->delay.set)
        vessel__document_problem(check,
                                 bridge->stp ? "/network/bridge/@stp" : "/network/bridge/@delay",
                                 NULL, "stp and delay are not for a bridge that is there already");
    if (bridge->name && (count(network->forward->interfaces) || network->forward->pf))
        vessel__document_problem(check, "/network/bridge/@name", "leave out one of the two",
                                 "a bridge and devices to choose from exclude each other");
}

static void check_addresses(const VesselDocumentCheck *check, const GPtrArray *addresses)
{
    g_autoptr(GHashTable) seen = vessel__document_new_seen();
    for (guint i = 0; i < count(addresses); i++) {
        const VesselForwardAddress *one = addresses->pdata[i];
        g_autofree char *path = g_strdup_printf("/network/forward/address[%u]", i + 1);
        g_autofree char *where = g_strdup_printf(
            "%04" G_GINT64_MODIFIER "x:%02" G_GINT64_MODIFIER "x:%02" G_GINT64_MODIFIER
            "x.%" G_GINT64_MODIFIER "x",
            one->domain.value, one->bus.value, one->slot.value, one->function.value);
        vessel__document_unique(check, seen, where, path, "the device");
    }
    if (count(addresses) && mode_of(network_of(check)) != VESSEL_FORWARD_HOSTDEV)
        vessel__document_problem(check, "/network/forward/address[1]/@type", NULL,
                                 "addresses of devices are only for the forward mode 'hostdev'");
}

/* Beside a pf a running network shows the functions that were found. */
static void check_devices(const VesselDocumentCheck *check, const VesselForward *forward)
{
    g_autoptr(GHashTable) seen = vessel__document_new_seen();
    if (count(forward->interfaces) > 0 && count(forward->addresses) > 0)
        vessel__document_problem(check, "/network/forward", "leave one kind",
                                 "interface and address exclude each other");
    if (forward->dev && (forward->pf || count(forward->addresses) > 0))
        vessel__document_problem(check, "/network/forward/@dev", "leave it out",
                                 "dev is not for devices that are given by pf or address");
    for (guint i = 0; i < count(forward->interfaces); i++) {
        const VesselForwardInterface *one = forward->interfaces->pdata[i];
        g_autofree char *path = g_strdup_printf("/network/forward/interface[%u]/@dev", i + 1);
        vessel__document_unique(check, seen, one->dev, path, "the device");
        if (i == 0 && forward->dev && g_strcmp0(one->dev, forward->dev) != 0)
            vessel__document_problem(check, path, "dev is the first of them",
                                     "the forward's dev is '%s'", forward->dev);
    }
    check_addresses(check, forward->addresses);
}

static uint32_t ipv4_of(const char *text)
{
    VesselNetAddress address;
    return vessel__net_address(text, &address) ? vessel__net_ipv4(&address) : 0;
}

static void check_nat(const VesselDocumentCheck *check, const VesselNat *nat)
{
    if (mode_of(network_of(check)) != VESSEL_FORWARD_NAT)
        vessel__document_problem(check, "/network/forward/nat", NULL,
                                 "nat is only for the forward mode 'nat'");
    if (nat->address_start && nat->address_end &&
        ipv4_of(nat->address_start) > ipv4_of(nat->address_end))
        vessel__document_problem(check, "/network/forward/nat/address/@end", NULL,
                                 "the range from %s to %s is empty", nat->address_start,
                                 nat->address_end);
    if (nat->port_start.set && nat->port_end.set && nat->port_start.value > nat->port_end.value)
        vessel__document_problem(check, "/network/forward/nat/port/@end", NULL,
                                 "the end lies before the start");
}

static void check_forward(const VesselDocumentCheck *check)
{
    const VesselForward *forward = network_of(check)->forward;
    if (!forward)
        return;
    check_devices(check, forward);
    if (forward->nat)
        check_nat(check, forward->nat);
    VesselForwardMode mode = mode_of(network_of(check));
    if (mode == VESSEL_FORWARD_OPEN && (forward->dev || count(forward->interfaces)))
        vessel__document_problem(check, "/network/forward/@dev", NULL,
                                 "nothing keeps packets to a device with the forward mode 'open'");
    if (is_ours(network_of(check)) && count(forward->interfaces) > 1)
        vessel__document_problem(check, "/network/forward/interface[2]/@dev", NULL,
                                 "the forward mode '%s' has one device at most", mode_word(check));
}

static void check_bandwidth(const VesselDocumentCheck *check, const char *path,
                            const VesselBandwidth *bandwidth)
{
    VesselWhere where = {.in = check, .path = path};
    vessel__check_bandwidth(&where, bandwidth, "floor is for what comes to one interface");
}

static bool switches(const VesselVirtualport *port, VesselVirtualportType type)
{
    return port && port->type == type;
}

/* How many VLANs an interface may be in. A switch of 802.1Qbh is told of them, too. */
static guint vlans_of(const VesselNetworkDef *network, const VesselVirtualport *port)
{
    VesselForwardMode mode = mode_of(network);
    const VesselVirtualport *own = network->virtualport;
    bool open = switches(port, VESSEL_VIRTUALPORT_OPENVSWITCH) ||
                switches(own, VESSEL_VIRTUALPORT_OPENVSWITCH);
    bool qbh =
        switches(port, VESSEL_VIRTUALPORT_8021QBH) || switches(own, VESSEL_VIRTUALPORT_8021QBH);
    if ((mode == VESSEL_FORWARD_BRIDGE && open) || (mode >= VESSEL_FORWARD_BRIDGE && qbh))
        return G_MAXUINT;
    return mode == VESSEL_FORWARD_HOSTDEV || mode == VESSEL_FORWARD_PASSTHROUGH ? 1 : 0;
}

static void check_vlan(const VesselDocumentCheck *check, const char *path,
                       const VesselVirtualport *port, const VesselVlan *vlan)
{
    VesselWhere where = {.in = check, .path = path};
    guint most = vlans_of(network_of(check), port);
    if (!vlan)
        return;
    vessel__check_vlan(&where, vlan);
    if (most == 0)
        vessel__where_problem(&where, "",
                              "they are for hostdev, passthrough, bridges of Open vSwitch and "
                              "switches of 802.1Qbh",
                              "a network of this kind has no VLANs of its own");
    else if (count(vlan->tag) > most || (vlan->trunk == VESSEL_TRI_YES && most == 1))
        vessel__where_problem(&where, "", "several need Open vSwitch",
                              "an interface of this network is in one VLAN only");
}

static void check_portgroups(const VesselDocumentCheck *check)
{
    const VesselNetworkDef *network = network_of(check);
    g_autoptr(GHashTable) names = vessel__document_new_seen(),
                          presets = vessel__document_new_seen();
    for (guint i = 0; i < count(network->portgroups); i++) {
        const VesselPortgroup *group = network->portgroups->pdata[i];
        g_autofree char *path = g_strdup_printf("/network/portgroup[%u]", i + 1);
        g_autofree char *name = g_strconcat(path, "/@name", NULL);
        g_autofree char *preset = g_strconcat(path, "/@default", NULL);
        g_autofree char *vlan = g_strconcat(path, "/vlan", NULL);
        g_autofree char *bandwidth = g_strconcat(path, "/bandwidth", NULL);
        vessel__document_unique(check, names, group->name, name, "the name");
        if (group->preset == VESSEL_TRI_YES)
            vessel__document_unique(check, presets, "yes", preset, "the default");
        check_vlan(check, vlan, group->virtualport, group->vlan);
        check_bandwidth(check, bandwidth, group->bandwidth);
    }
}

static void check_switching(const VesselDocumentCheck *check)
{
    const VesselNetworkDef *network = network_of(check);
    VesselForwardMode mode = mode_of(network);
    check_vlan(check, "/network/vlan", NULL, network->vlan);
    check_bandwidth(check, "/network/bandwidth", network->bandwidth);
    if (mode > VESSEL_FORWARD_BRIDGE && network->bandwidth)
        vessel__document_problem(
            check, "/network/bandwidth", "give it to a portgroup",
            "the forward mode '%s' has no bandwidth of all interfaces together", mode_word(check));
    if (mode > VESSEL_FORWARD_BRIDGE && network->port_isolated == VESSEL_TRI_YES)
        vessel__document_problem(check, "/network/port/@isolated", NULL,
                                 "ports of the forward mode '%s' cannot be isolated",
                                 mode_word(check));
}

void vessel__network_check(const void *def, VesselProblems *problems)
{
    VesselDocumentCheck check = {vessel__network_shape(), def, problems};
    check_forward(&check);
    check_bridge(&check);
    check_addressed(&check);
    check_switching(&check);
    check_portgroups(&check);
    vessel__network_check_dns(&check);
    vessel__network_check_addresses(&check);
}
