/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks of the addresses of a <network>: masks, DHCP, routes, DNS. */
#include "model/check-network.h"

#include <arpa/inet.h>

bool vessel__net_address(const char *text, VesselNetAddress *address)
{
    *address = (VesselNetAddress){0};
    if (text && inet_pton(AF_INET, text, address->bytes) == 1)
        address->bits = 32;
    else if (text && inet_pton(AF_INET6, text, address->bytes) == 1)
        address->bits = 128;
    return address->bits > 0;
}

uint32_t vessel__net_ipv4(const VesselNetAddress *address)
{
    const uint8_t *b = address->bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* What the start and the end of a range may differ in. */
#define RANGE_BITS 16

static guint count(const GPtrArray *list)
{
    return list ? list->len : 0;
}

static int compare(const VesselNetAddress *a, const VesselNetAddress *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* All bits behind the prefix made 0 or 1. */
static VesselNetAddress edge(VesselNetAddress address, unsigned prefix, bool ones)
{
    for (unsigned bit = prefix; bit < address.bits; bit++) {
        uint8_t mask = (uint8_t)(0x80u >> bit % 8);
        address.bytes[bit / 8] =
            (uint8_t)(ones ? address.bytes[bit / 8] | mask : address.bytes[bit / 8] & ~mask);
    }
    return address;
}

/* The bits of a netmask; -1 if it is none. */
static int mask_bits(const char *netmask)
{
    VesselNetAddress mask;
    if (!vessel__net_address(netmask, &mask))
        return -1;
    uint32_t value = vessel__net_ipv4(&mask), rest = ~value;
    return rest & (rest + 1) ? -1 : __builtin_popcount(value);
}

/* An address with its prefix. */
typedef struct {
    VesselNetAddress address;
    unsigned prefix;
} Subnet;

typedef struct {
    VesselWhere where; /* the element */
    VesselFamily family;
    const char *address, *netmask;
    VesselNumber prefix;
} Place;

static void problem(const Place *place, const char *attribute, const char *message)
{
    vessel__where_problem(&place->where, attribute, NULL, "%s", message);
}

/* False, with a problem unless the address was one already, if it is no subnet. */
static bool read_subnet(const Place *place, Subnet *subnet)
{
    bool six = place->family == VESSEL_FAMILY_IPV6;
    int bits = place->netmask ? mask_bits(place->netmask) : 0;
    if (!vessel__net_address(place->address, &subnet->address))
        return false;
    if (six != (subnet->address.bits == 128)) {
        problem(place, "/@family",
                six ? "the family is ipv6, but not the address"
                    : "an address of IPv6 needs family='ipv6'");
        return false;
    }
    if (place->netmask && place->prefix.set)
        problem(place, "/@netmask", "netmask and prefix exclude each other");
    else if (place->netmask && (six || bits < 0))
        problem(place, "/@netmask", six ? "a netmask is for IPv4" : "the netmask has gaps");
    else if (place->prefix.set && place->prefix.value > subnet->address.bits)
        problem(place, "/@prefix", "the prefix is longer than the address");
    else {
        const uint8_t first = subnet->address.bytes[0];
        unsigned class = six ? 64 : first < 128 ? 8 : first < 192 ? 16 : 24;
        subnet->prefix = place->netmask      ? (unsigned)bits
                         : place->prefix.set ? (unsigned)place->prefix.value
                                             : class;
        return true;
    }
    return false;
}

static bool contains(const Subnet *subnet, const VesselNetAddress *address)
{
    VesselNetAddress low = edge(subnet->address, subnet->prefix, false);
    VesselNetAddress other = edge(*address, subnet->prefix, false);
    return address->bits == subnet->address.bits && compare(&low, &other) == 0;
}

static void check_lease(const Place *place, const VesselDhcpLease *lease)
{
    static const unsigned seconds[] = {60, 1, 60, 3600};
    if (lease && lease->expiry.value > 0 && lease->expiry.value * seconds[lease->unit] < 120)
        problem(place, "/lease/@expiry", "a lease lasts at least two minutes, or for ever (0)");
}

static void check_range(const Place *place, const Subnet *subnet, const VesselDhcpRange *range)
{
    VesselNetAddress start, end;
    if (!vessel__net_address(range->start, &start) || !vessel__net_address(range->end, &end))
        return;
    if (start.bits != end.bits) {
        problem(place, "/@end", "the range begins and ends in different families");
        return;
    }
    VesselNetAddress first = edge(start, start.bits - RANGE_BITS, false);
    VesselNetAddress last = edge(end, end.bits - RANGE_BITS, false);
    if (compare(&start, &end) > 0)
        problem(place, "/@end", "the end lies before the start");
    else if (compare(&first, &last) != 0)
        problem(place, "/@end", "a range ends among the 65536 addresses it begins in");
    if (!subnet)
        return;
    if (!contains(subnet, &start))
        problem(place, "/@start", "the start is not in the network");
    if (!contains(subnet, &end))
        problem(place, "/@end", "the end is not in the network");
    VesselNetAddress low = edge(subnet->address, subnet->prefix, false);
    VesselNetAddress high = edge(subnet->address, subnet->prefix, true);
    if (start.bits == 32 && subnet->prefix < 31 && compare(&start, &low) == 0)
        problem(place, "/@start", "the start is the address of the network itself");
    if (start.bits == 32 && subnet->prefix < 31 && compare(&end, &high) == 0)
        problem(place, "/@end", "the end is the broadcast address");
}

static void check_ranges(const VesselDocumentCheck *check, const char *path, const Subnet *subnet,
                         const VesselDhcp *dhcp)
{
    for (guint i = 0; i < count(dhcp->ranges); i++) {
        const VesselDhcpRange *range = dhcp->ranges->pdata[i];
        g_autofree char *at = g_strdup_printf("%s/dhcp/range[%u]", path, i + 1);
        Place place = {.where = {.in = check, .path = at}};
        check_range(&place, subnet, range);
        check_lease(&place, range->lease);
    }
}

static void check_host(const Place *place, const VesselDhcpHost *host, bool six)
{
    VesselNetAddress address;
    if (six && host->mac)
        problem(place, "/@mac", "a host of IPv6 is known by its id or name, not by a MAC address");
    if (!six && !host->mac && !host->id && !host->name)
        problem(place, "", "a host needs a mac or a name");
    if (six && !host->mac && !host->id && !host->name)
        problem(place, "", "a host needs an id or a name");
    if (vessel__net_address(host->ip, &address) && (address.bits == 128) != six)
        problem(place, "/@ip", "the address is of the other family");
    check_lease(place, host->lease);
}

/* Hosts that share a name, an address or a card, and ranges that overlap, are the server's to sort
 * out. */
static void check_hosts(const VesselDocumentCheck *check, const char *path, bool six,
                        const VesselDhcp *dhcp)
{
    for (guint i = 0; i < count(dhcp->hosts); i++) {
        g_autofree char *at = g_strdup_printf("%s/dhcp/host[%u]", path, i + 1);
        Place place = {.where = {.in = check, .path = at}};
        check_host(&place, dhcp->hosts->pdata[i], six);
    }
}

static void check_ip(const VesselDocumentCheck *check, const VesselNetworkIp *ip, guint number,
                     Subnet *subnet, GHashTable *services)
{
    g_autofree char *path = g_strdup_printf("/network/ip[%u]", number);
    g_autofree char *dhcp = g_strconcat(path, "/dhcp", NULL);
    g_autofree char *tftp = g_strconcat(path, "/tftp/@root", NULL);
    g_autofree char *bootp = g_strconcat(path, "/dhcp/bootp/@file", NULL);
    VesselWhere where = {.in = check, .path = path};
    Place place = {where, ip->family, ip->address, ip->netmask, ip->prefix};
    bool six = ip->family == VESSEL_FAMILY_IPV6;

    if (!read_subnet(&place, subnet))
        subnet->address.bits = 0;
    if (ip->tftp && six)
        vessel__document_problem(check, tftp, NULL, "there is no TFTP with IPv6");
    else if (ip->tftp)
        vessel__document_unique(check, services, "tftp", tftp, "the service");
    if (!ip->dhcp)
        return;
    vessel__document_unique(check, services, six ? "DHCP for IPv6" : "DHCP for IPv4", dhcp,
                            "the service");
    if (six && (ip->dhcp->bootp_file || ip->dhcp->bootp_server))
        vessel__document_problem(check, bootp, NULL, "there is no bootp with IPv6");
    check_ranges(check, path, subnet->address.bits ? subnet : NULL, ip->dhcp);
    check_hosts(check, path, six, ip->dhcp);
}

bool vessel__check_route(const VesselWhere *where, const VesselRoute *route,
                         VesselNetAddress *gateway)
{
    Place place = {*where, route->family, route->address, route->netmask, route->prefix};
    Subnet target;
    if (!read_subnet(&place, &target))
        return false;
    /* In a network one without either is the way to everywhere, not so in libvirt's documentation of
     * interfaces. */
    bool given = route->netmask || route->prefix.set;
    VesselNetAddress low = edge(target.address, given ? target.prefix : 0, false);
    if ((given || where->in) && compare(&low, &target.address) != 0)
        problem(&place, "/@address", "the address is not that of a network");
    if (!vessel__net_address(route->gateway, gateway))
        return false;
    if (gateway->bits != target.address.bits)
        problem(&place, "/@gateway", "the gateway is of the other family");
    return true;
}

static void check_route(const VesselDocumentCheck *check, const VesselRoute *route, guint number,
                        const Subnet *subnets, guint subnet_count)
{
    g_autofree char *path = g_strdup_printf("/network/route[%u]", number);
    VesselWhere where = {.in = check, .path = path};
    VesselNetAddress gateway;
    if (!vessel__check_route(&where, route, &gateway))
        return;
    bool reached = false;
    for (guint i = 0; i < subnet_count; i++)
        reached |= subnets[i].address.bits && contains(&subnets[i], &gateway);
    if (!reached)
        vessel__where_problem(&where, "/@gateway", NULL, "the gateway is in no network of an ip");
}

void vessel__network_check_addresses(const VesselDocumentCheck *check)
{
    const VesselNetworkDef *network = check->def;
    g_autoptr(GHashTable) services = vessel__document_new_seen();
    guint subnet_count = count(network->ips);
    g_autofree Subnet *subnets = g_new0(Subnet, subnet_count + 1);
    for (guint i = 0; i < subnet_count; i++)
        check_ip(check, network->ips->pdata[i], i + 1, &subnets[i], services);
    for (guint i = 0; i < count(network->routes); i++)
        check_route(check, network->routes->pdata[i], i + 1, subnets, subnet_count);
}

void vessel__network_check_dns(const VesselDocumentCheck *check)
{
    const VesselDns *dns = ((const VesselNetworkDef *)check->def)->dns;
    bool any = dns && (count(dns->forwarders) || count(dns->txts) || count(dns->srvs) ||
                       count(dns->hosts));
    if (any && dns->enable == VESSEL_TRI_NO)
        vessel__document_problem(check, "/network/dns/@enable", "leave out what is in it",
                                 "there is no DNS server to tell this to");
    for (guint i = 0; dns && i < count(dns->forwarders); i++) {
        const VesselDnsForwarder *one = dns->forwarders->pdata[i];
        g_autofree char *path = g_strdup_printf("/network/dns/forwarder[%u]", i + 1);
        if (!one->addr && !one->domain)
            vessel__document_problem(check, path, NULL, "a forwarder needs an addr or a domain");
    }
    for (guint i = 0; dns && i < count(dns->srvs); i++) {
        const VesselDnsSrv *one = dns->srvs->pdata[i];
        g_autofree char *path = g_strdup_printf("/network/dns/srv[%u]/@target", i + 1);
        if (!one->target && (one->port.set || one->priority.set || one->weight.set))
            vessel__document_problem(check, path, NULL,
                                     "port, priority and weight are those of a target");
    }
    for (guint i = 0; dns && i < count(dns->hosts); i++) {
        const VesselDnsHost *one = dns->hosts->pdata[i];
        g_autofree char *path = g_strdup_printf("/network/dns/host[%u]/hostname", i + 1);
        if (count(one->names) == 0)
            vessel__document_problem(check, path, NULL, "a host needs a hostname");
    }
}
