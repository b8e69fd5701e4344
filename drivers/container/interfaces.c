/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces: what they get that nobody said, what they cannot be, and their part of the plan. */
#include "base/file.h"
#include "container/container.h"

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define COUNT_MAX 36 /* one digit of a name */
#define DIGITS "0123456789abcdefghijklmnopqrstuvwxyz"

static const VesselDevice *next_of(const VesselDomainDef *def, VesselDeviceKind kind, guint *index)
{
    while (*index < def->devices->len) {
        const VesselDevice *device = g_ptr_array_index(def->devices, (*index)++);
        if (device->kind == kind)
            return device;
    }
    return NULL;
}

static const VesselDevice *next(const VesselDomainDef *def, guint *index)
{
    return next_of(def, VESSEL_DEVICE_INTERFACE, index);
}

/* An interface of the host that is moved into the container. */
static const VesselDevice *next_moved(const VesselDomainDef *def, guint *index)
{
    const VesselDevice *device;
    while ((device = next_of(def, VESSEL_DEVICE_HOSTDEV, index)))
        if (device->hostdev->type == VESSEL_HOSTDEV_NET)
            return device;
    return NULL;
}

/* ---- names ---- */

/* "v", the root's id, the start's number, the interface's: nobody else's and never the one before,
 * whose end the kernel may not have come to yet. */
static char *host_name(const VesselDriverHost *host, const VesselInterface *interface, int id,
                       guint number)
{
    char start[6] = "00000";
    if (interface->target)
        return g_strdup(interface->target);
    for (size_t i = 5; i > 0; i--, id /= 36)
        start[i - 1] = DIGITS[id % 36];
    return g_strdup_printf("v%.8s%s%c", host->root_id, start, DIGITS[number % 36]);
}

static bool has_host_end(const VesselInterface *interface)
{
    return interface->type == VESSEL_INTERFACE_BRIDGE;
}

static char *guest_name(const VesselInterface *interface, guint number)
{
    return interface->guest_dev ? g_strdup(interface->guest_dev) : g_strdup_printf("eth%u", number);
}

void vessel__container_in_force(VesselDriverHost *host, VesselDomainDef *def, int id)
{
    const VesselDevice *device;
    guint number = 0;
    for (guint i = 0; (device = next(def, &i)); number++) {
        VesselInterface *interface = device->interface;
        if (!interface->target && has_host_end(interface))
            interface->target = host_name(host, interface, id, number);
        if (!interface->guest_actual)
            interface->guest_actual = guest_name(interface, number);
        if (!interface->common.alias)
            interface->common.alias = g_strdup_printf("net%u", number);
    }
}

/* As libvirt has it where none is given: 64, that of IPv4's classes, or 0 for everything. */
unsigned vessel__container_prefix(const char *address, const VesselNumber *prefix,
                                  const char *netmask)
{
    struct in_addr four = {0};
    struct in6_addr six;
    if (prefix->set)
        return (unsigned)prefix->value;
    if (netmask && inet_pton(AF_INET, netmask, &four) == 1)
        return (unsigned)__builtin_popcount(four.s_addr);
    if (inet_pton(AF_INET6, address, &six) == 1)
        return IN6_IS_ADDR_UNSPECIFIED(&six) ? 0 : 64;
    inet_pton(AF_INET, address, &four);
    uint32_t number = ntohl(four.s_addr);
    if (number == 0)
        return 0;
    return IN_CLASSA(number) ? 8 : IN_CLASSB(number) ? 16 : 24;
}

/* ---- check ---- */

/* What the kernel takes as a name; with a percent sign it would make one up. */
static bool is_name(const char *name)
{
    return *name && strlen(name) < IFNAMSIZ && !strpbrk(name, "/: \t%") && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0 && strcmp(name, "lo") != 0;
}

static void check_name(const VesselDomainDef *def, const char *at, const char *below,
                       const char *name, VesselProblems *problems)
{
    g_autofree char *path = g_strconcat(at, below, NULL);
    if (name && !is_name(name))
        vessel__container_refuse(def, problems, path, "\"%s\" cannot be the name of an interface",
                                 name);
}

/* Where neither prefix nor netmask is given: the model knows no class. */
static bool is_of_class(const VesselRoute *route)
{
    struct in_addr four;
    unsigned prefix = vessel__container_prefix(route->address, &route->prefix, route->netmask);
    if (route->prefix.set || route->netmask || inet_pton(AF_INET, route->address, &four) != 1)
        return true;
    return prefix == 0 || (ntohl(four.s_addr) & (UINT32_MAX >> prefix)) == 0;
}

static void check_routes(const VesselDomainDef *def, const char *at, const GPtrArray *routes,
                         VesselProblems *problems)
{
    for (guint i = 0; routes && i < routes->len; i++) {
        const VesselRoute *route = routes->pdata[i];
        g_autofree char *path = g_strdup_printf("%s/route[%u]/@address", at, i + 1);
        if (!is_of_class(route))
            vessel__container_refuse(
                def, problems, path,
                "without a prefix it is a network of /%u, whose address is another",
                vessel__container_prefix(route->address, &route->prefix, route->netmask));
    }
}

/* What only some kinds have. */
static void check_kind(const VesselDomainDef *def, const VesselDevice *device, const char *at,
                       VesselProblems *problems)
{
    const VesselInterface *interface = device->interface;
    g_autofree char *target = g_strconcat(at, "/target/@dev", NULL);
    g_autofree char *link = g_strconcat(at, "/link/@state", NULL);
    if (interface->type == VESSEL_INTERFACE_USER)
        vessel__container_check_user(def, device, at, problems);
    if (interface->target && !has_host_end(interface))
        vessel__container_refuse(def, problems, target, "it has no end on the host");
    if (interface->link == VESSEL_TRI_NO && !has_host_end(interface))
        vessel__container_refuse(def, problems, link, "it has no cable that could be unplugged");
}

void vessel__container_check_interfaces(const VesselDomainDef *def, VesselProblems *problems)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const VesselDevice *device;
    guint number = 0, users = 0;
    for (guint i = 0; (device = next(def, &i)); number++) {
        const VesselInterface *interface = device->interface;
        g_autofree char *at = vessel__device_path(def, device);
        g_autofree char *guest = g_strconcat(at, "/guest/@dev", NULL);
        check_name(def, at, "/guest/@dev", interface->guest_dev, problems);
        check_name(def, at, "/target/@dev", interface->target, problems);
        check_routes(def, at, interface->route, problems);
        check_kind(def, device, at, problems);
        if (!g_hash_table_add(names, guest_name(interface, number)))
            vessel__container_refuse(def, problems, guest,
                                     "another interface has that name in the container");
        if (number == COUNT_MAX)
            vessel__container_refuse(def, problems, at, "a container has %d interfaces at most",
                                     COUNT_MAX);
        if (interface->type == VESSEL_INTERFACE_USER && users++ == 1)
            vessel__container_refuse(def, problems, at,
                                     "a container has one interface of the type 'user'");
    }
    for (guint i = 0; (device = next_moved(def, &i));) {
        const VesselHostdev *hostdev = device->hostdev;
        g_autofree char *at = vessel__device_path(def, device);
        g_autofree char *source = g_strconcat(at, "/source/interface", NULL);
        check_name(def, at, "/source/interface", hostdev->source.interface, problems);
        check_routes(def, at, hostdev->route, problems);
        if (!g_hash_table_add(names, g_strdup(hostdev->source.interface)))
            vessel__container_refuse(def, problems, source,
                                     "another interface has that name in the container");
    }
}

static bool is_bridge(const char *name)
{
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    struct ifreq request = {.ifr_data = (void *)&info};
    vessel_autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_strlcpy(request.ifr_name, name, sizeof request.ifr_name);
    return fd >= 0 && ioctl(fd, SIOCETHTOOL, &request) == 0 && strcmp(info.driver, "bridge") == 0;
}

/* @name, at @below, must be there, and the host's root be asking. */
static bool check_source(const VesselDomainDef *def, const char *at, const char *below,
                         const char *name, const char *what, const char *hint,
                         VesselProblems *problems)
{
    g_autofree char *path = g_strconcat(at, below, NULL);
    bool there = strlen(name) < IFNAMSIZ && if_nametoindex(name) != 0;
    if (geteuid() != 0)
        vessel__problems_add(problems, VESSEL_ERROR_DENIED, at, vessel__domain_def_line(def, at), 0,
                             "an ordinary user's container has interfaces of the type 'user'",
                             "only root can connect a container to %s of the host", what);
    else if (!there)
        vessel__problems_add(problems, VESSEL_ERROR_NOT_FOUND, path,
                             vessel__domain_def_line(def, path), 0, hint,
                             "this host has no %s \"%s\"", strchr(what, ' ') + 1, name);
    return geteuid() == 0 && there;
}

static void check_bridge(const VesselDomainDef *def, const VesselDevice *device, const char *at,
                         VesselProblems *problems)
{
    const char *bridge = device->interface->source.bridge;
    g_autofree char *path = g_strconcat(at, "/source/@bridge", NULL);
    if (check_source(def, at, "/source/@bridge", bridge, "a bridge",
                     "make it first (ip link add NAME type bridge), or name one that is there "
                     "(ip link show type bridge)",
                     problems) &&
        !is_bridge(bridge))
        vessel__container_refuse(def, problems, path, "%s is no bridge", bridge);
}

void vessel__container_check_interfaces_start(const VesselDomainDef *def, VesselProblems *problems)
{
    static const char hint[] = "`ip link` shows those that are there";
    const VesselDevice *device;
    for (guint i = 0; (device = next(def, &i));) {
        g_autofree char *at = vessel__device_path(def, device);
        if (device->interface->type == VESSEL_INTERFACE_BRIDGE)
            check_bridge(def, device, at, problems);
        else if (device->interface->type == VESSEL_INTERFACE_DIRECT)
            check_source(def, at, "/source/@dev", device->interface->source.dev, "an interface",
                         hint, problems);
        else if (device->interface->type == VESSEL_INTERFACE_USER)
            vessel__container_check_user_start(device, at, problems);
    }
    for (guint i = 0; (device = next_moved(def, &i));) {
        g_autofree char *at = vessel__device_path(def, device);
        check_source(def, at, "/source/interface", device->hostdev->source.interface,
                     "an interface", hint, problems);
    }
}

/* ---- plan ---- */

static VesselJson *ips_of(const GPtrArray *ips, const char *at)
{
    VesselJson *list = vessel__json_new_array();
    for (guint i = 0; ips && i < ips->len; i++) {
        const VesselIp *ip = ips->pdata[i];
        VesselJson *json = vessel__json_new_object();
        g_autofree char *path = g_strdup_printf("%s/ip[%u]", at, i + 1);
        vessel__json_set_string(json, "at", path);
        vessel__json_set_string(json, "address", ip->address);
        vessel__json_set_uint(json, "prefix",
                              vessel__container_prefix(ip->address, &ip->prefix, NULL));
        if (ip->peer)
            vessel__json_set_string(json, "peer", ip->peer);
        vessel__json_append(list, json);
    }
    return list;
}

static VesselJson *routes_of(const GPtrArray *routes, const char *at)
{
    VesselJson *list = vessel__json_new_array();
    for (guint i = 0; routes && i < routes->len; i++) {
        const VesselRoute *route = routes->pdata[i];
        VesselJson *json = vessel__json_new_object();
        g_autofree char *path = g_strdup_printf("%s/route[%u]", at, i + 1);
        vessel__json_set_string(json, "at", path);
        vessel__json_set_string(json, "address", route->address);
        vessel__json_set_uint(
            json, "prefix",
            vessel__container_prefix(route->address, &route->prefix, route->netmask));
        vessel__json_set_string(json, "gateway", route->gateway);
        vessel__json_set_uint(json, "metric", route->metric.set ? route->metric.value : 1);
        vessel__json_append(list, json);
    }
    return list;
}

static unsigned macvlan_mode(const VesselInterface *interface)
{
    static const struct {
        const char *word;
        unsigned mode;
    } modes[] = {{"private", MACVLAN_MODE_PRIVATE},
                 {"bridge", MACVLAN_MODE_BRIDGE},
                 {"passthrough", MACVLAN_MODE_PASSTHRU}};
    const char *word =
        vessel__domain_word("/domain/devices/interface/source/@mode", interface->source.mode);
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        if (g_strcmp0(word, modes[i].word) == 0)
            return modes[i].mode;
    return MACVLAN_MODE_VEPA;
}

static VesselJson *interface_json(const VesselGuest *guest, const VesselDevice *device,
                                  guint number)
{
    const VesselInterface *interface = device->interface;
    VesselJson *json = vessel__json_new_object();
    g_autofree char *at = vessel__device_path(guest->def, device);
    g_autofree char *name = guest_name(interface, number);
    g_autofree char *host = host_name(guest->host, interface, guest->id, number);
    vessel__json_set_string(json, "at", at);
    vessel__json_set_string(
        json, "kind", vessel__domain_word("/domain/devices/interface/@type", (int)interface->type));
    vessel__json_set_string(json, "name", name);
    if (has_host_end(interface))
        vessel__json_set_string(json, "host", host);
    const char *source =
        interface->source.bridge ? interface->source.bridge : interface->source.dev;
    if (source)
        vessel__json_set_string(json, "source", source);
    if (interface->type == VESSEL_INTERFACE_DIRECT)
        vessel__json_set_uint(json, "mode", macvlan_mode(interface));
    vessel__json_set_string(json, "mac", interface->mac);
    if (interface->mtu.set && interface->mtu.value > 0)
        vessel__json_set_uint(json, "mtu", interface->mtu.value);
    if (interface->link == VESSEL_TRI_NO)
        vessel__json_set_bool(json, "down", true);
    vessel__json_set(json, "ips", ips_of(interface->ip, at));
    vessel__json_set(json, "routes", routes_of(interface->route, at));
    if (interface->type == VESSEL_INTERFACE_USER)
        vessel__container_plan_user(interface, at, json);
    return json;
}

VesselJson *vessel__container_interfaces(const VesselGuest *guest)
{
    VesselJson *list = vessel__json_new_array();
    const VesselDevice *device;
    guint number = 0;
    for (guint i = 0; (device = next(guest->def, &i)); number++)
        vessel__json_append(list, interface_json(guest, device, number));
    return list;
}

/* Both are vessel__container_interfaces() of one container, whose interfaces stay what they are. */
VesselJson *vessel__container_links_between(const VesselJson *from, const VesselJson *to)
{
    VesselJson *list = vessel__json_new_array();
    for (size_t i = 0; i < vessel__json_length(to); i++) {
        const VesselJson *interface = vessel__json_at(to, i);
        const char *host = vessel__json_get_string(interface, "host", NULL);
        bool down = vessel__json_get_bool(interface, "down", false);
        if (!host || down == vessel__json_get_bool(vessel__json_at(from, i), "down", false))
            continue;
        VesselJson *link = vessel__json_new_object();
        g_autofree char *at =
            g_strconcat(vessel__json_get_string(interface, "at", ""), "/link", NULL);
        vessel__json_set_string(link, "at", at);
        vessel__json_set_string(link, "host", host);
        vessel__json_set_bool(link, "down", down);
        vessel__json_append(list, link);
    }
    return list;
}

VesselJson *vessel__container_moved(const VesselDomainDef *def)
{
    VesselJson *list = vessel__json_new_array();
    const VesselDevice *device;
    for (guint i = 0; (device = next_moved(def, &i));) {
        const VesselHostdev *hostdev = device->hostdev;
        VesselJson *json = vessel__json_new_object();
        g_autofree char *at = vessel__device_path(def, device);
        vessel__json_set_string(json, "at", at);
        vessel__json_set_string(json, "kind", "hostdev");
        vessel__json_set_string(json, "name", hostdev->source.interface);
        vessel__json_set_string(json, "source", hostdev->source.interface);
        vessel__json_set(json, "ips", ips_of(hostdev->ip, at));
        vessel__json_set(json, "routes", routes_of(hostdev->route, at));
        vessel__json_append(list, json);
    }
    return list;
}
