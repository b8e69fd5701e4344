/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces of the type "user": a network that slirp4netns makes up, whose second address is the
 * way out and whose third the host's name service. */
#include "base/file.h"
#include "container/container.h"

#include <arpa/inet.h>
#include <inttypes.h>

#define OWN_ADDRESS "10.0.2.15" /* as in a machine */
#define OWN_PREFIX 24
#define PREFIX_MAX 25 /* of slirp4netns */
#define MTU_MAX 65521
#define PORTS_MAX 1024
#define TUN "/dev/net/tun"

const char *vessel__container_slirp(void)
{
    static const char *const places[] = {"/usr/bin/slirp4netns", "/usr/local/bin/slirp4netns"};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

/* ---- check ---- */

/* @prefix low bits of an address are its number in the network. */
static bool is_taken(const char *address, unsigned prefix)
{
    struct in_addr in = {0};
    inet_pton(AF_INET, address, &in);
    uint32_t mask = UINT32_MAX >> prefix, number = ntohl(in.s_addr) & mask;
    return number <= 3 || number == mask;
}

static void check_address(const VesselDomainDef *def, const VesselInterface *interface,
                          const char *at, VesselProblems *problems)
{
    g_autofree char *path = g_strconcat(at, "/ip[1]", NULL);
    const VesselIp *ip = interface->ip && interface->ip->len ? interface->ip->pdata[0] : NULL;
    if (!ip)
        return;
    unsigned prefix = vessel__container_prefix(ip->address, &ip->prefix, NULL);
    if (interface->ip->len > 1 || strchr(ip->address, ':'))
        vessel__container_refuse(def, problems, path,
                                 "an interface of the type 'user' has one IPv4 address");
    else if (prefix == 0 || prefix > PREFIX_MAX)
        vessel__container_refuse(def, problems, path, "slirp4netns takes a prefix of 1 to %d",
                                 PREFIX_MAX);
    else if (is_taken(ip->address, prefix))
        vessel__container_refuse(def, problems, path,
                                 "the first three addresses of the network are slirp4netns's, and "
                                 "%s is one of them, or of the network itself",
                                 ip->address);
}

static uint64_t count_of(const VesselForwardRange *range)
{
    if (!range->end.set)
        return 1;
    return range->end.value < range->start.value ? 0 : range->end.value - range->start.value + 1;
}

static uint64_t check_forward(const VesselDomainDef *def, const VesselPortForward *forward,
                              const char *path, VesselProblems *problems)
{
    uint64_t ports = 0;
    guint ranges = forward->range ? forward->range->len : 0;
    if (forward->address && strchr(forward->address, ':'))
        vessel__container_refuse(def, problems, path,
                                 "slirp4netns forwards ports of IPv4 addresses alone");
    if (ranges == 0)
        vessel__container_refuse(def, problems, path, "name the ports in a <range>");
    for (guint i = 0; i < ranges; i++) {
        const VesselForwardRange *range = forward->range->pdata[i];
        g_autofree char *at = g_strdup_printf("%s/range[%u]", path, i + 1);
        uint64_t count = count_of(range), to = range->to.set ? range->to.value : range->start.value;
        if (count == 0 || to + count > 65536)
            vessel__container_refuse(def, problems, at, "there are no such ports");
        ports += count;
    }
    return ports;
}

void vessel__container_check_user(const VesselDomainDef *def, const VesselDevice *device,
                                  const char *at, VesselProblems *problems)
{
    const VesselInterface *interface = device->interface;
    uint64_t ports = 0;
    g_autofree char *source = g_strconcat(at, "/source/@dev", NULL);
    if (interface->source.dev)
        vessel__container_refuse(def, problems, source,
                                 "slirp4netns goes out by whatever way the host has");
    check_address(def, interface, at, problems);
    for (guint i = 0; interface->port_forward && i < interface->port_forward->len; i++) {
        g_autofree char *path = g_strdup_printf("%s/portForward[%u]", at, i + 1);
        ports += check_forward(def, interface->port_forward->pdata[i], path, problems);
    }
    if (ports > PORTS_MAX)
        vessel__container_refuse(def, problems, at, "%" PRIu64 " ports are more than %d", ports,
                                 PORTS_MAX);
    if (interface->mtu.set && interface->mtu.value > MTU_MAX)
        vessel__container_refuse(def, problems, at, "slirp4netns takes packets of %d bytes at most",
                                 MTU_MAX);
}

void vessel__container_check_user_start(const VesselDevice *device, const char *at,
                                        VesselProblems *problems)
{
    if (!vessel__container_slirp())
        vessel__problems_add(
            problems, VESSEL_ERROR_MISSING_FEATURE, at, device->line, 0,
            "install it (Debian: apt-get install slirp4netns)",
            "an interface of the type 'user' needs slirp4netns, which is not here");
    if (access(TUN, R_OK | W_OK) < 0)
        vessel__problems_add(
            problems, errno == EACCES ? VESSEL_ERROR_DENIED : VESSEL_ERROR_MISSING_FEATURE, at,
            device->line, 0, "it is usually there for everybody (mode 0666): modprobe tun, chmod",
            "an interface of the type 'user' needs " TUN ": %s", g_strerror(errno));
}

/* ---- plan ---- */

static VesselJson *forwards_of(const VesselInterface *interface, const char *at)
{
    VesselJson *list = vessel__json_new_array();
    for (guint i = 0; interface->port_forward && i < interface->port_forward->len; i++) {
        const VesselPortForward *forward = interface->port_forward->pdata[i];
        for (guint j = 0; forward->range && j < forward->range->len; j++) {
            const VesselForwardRange *range = forward->range->pdata[j];
            VesselJson *json = vessel__json_new_object();
            g_autofree char *path =
                g_strdup_printf("%s/portForward[%u]/range[%u]", at, i + 1, j + 1);
            vessel__json_set_string(json, "at", path);
            vessel__json_set_string(
                json, "proto",
                vessel__domain_word("/domain/devices/interface/portForward/@proto",
                                    forward->proto));
            if (forward->address)
                vessel__json_set_string(json, "address", forward->address);
            vessel__json_set_uint(json, "start", range->start.value);
            vessel__json_set_uint(json, "count", count_of(range));
            vessel__json_set_uint(json, "to", range->to.set ? range->to.value : range->start.value);
            vessel__json_append(list, json);
        }
    }
    return list;
}

static char *address_in(uint32_t network, uint32_t number)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr in = {htonl(network + number)};
    return g_strdup(inet_ntop(AF_INET, &in, text, sizeof text));
}

static bool has_way_out(const VesselJson *routes)
{
    VESSEL_JSON_FOREACH (route, routes)
        if (vessel__json_get_uint(route, "prefix", 0) == 0)
            return true;
    return false;
}

void vessel__container_plan_user(const VesselInterface *interface, const char *at, VesselJson *json)
{
    VesselJson *ips = (VesselJson *)vessel__json_get(json, "ips");
    VesselJson *routes = (VesselJson *)vessel__json_get(json, "routes");
    struct in_addr in = {0};
    if (vessel__json_length(ips) == 0) {
        VesselJson *own = vessel__json_new_object();
        vessel__json_set_string(own, "at", at);
        vessel__json_set_string(own, "address", OWN_ADDRESS);
        vessel__json_set_uint(own, "prefix", OWN_PREFIX);
        vessel__json_append(ips, own);
    }
    const VesselJson *ip = vessel__json_at(ips, 0);
    const char *address = vessel__json_get_string(ip, "address", OWN_ADDRESS);
    unsigned prefix = (unsigned)vessel__json_get_uint(ip, "prefix", OWN_PREFIX);
    inet_pton(AF_INET, address, &in);
    uint32_t network = ntohl(in.s_addr) & ~(UINT32_MAX >> prefix);
    g_autofree char *base = address_in(network, 0), *gateway = address_in(network, 2);
    g_autofree char *cidr = g_strdup_printf("%s/%u", base, prefix);
    vessel__json_set_string(json, "source", cidr);
    vessel__json_set_string(json, "address", address);
    vessel__json_set(json, "forwards", forwards_of(interface, at));
    if (has_way_out(routes))
        return;
    VesselJson *route = vessel__json_new_object();
    vessel__json_set_string(route, "at", at);
    vessel__json_set_string(route, "address", "0.0.0.0");
    vessel__json_set_string(route, "gateway", gateway);
    vessel__json_append(routes, route);
}
