/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's interfaces: made by the warden, their inner ends at once where they belong, and
 * given their addresses from inside. Whatever is made ends with the container's network namespace,
 * so with its last process, whoever is there to see it. */
#include "base/file.h"
#include "container/engine/state.h"
#include "sys/netlink.h"
#include "sys/socket.h"

#include <arpa/inet.h>
#include <linux/ipv6_route.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>

#define ADDRESS_LOOK_MS 2
#define ADDRESS_MAX_MS 2000
#define LOOPBACK 1 /* the first interface of a network namespace */

static const char *text(const VesselJson *interface, const char *member)
{
    return vessel__json_get_string(interface, member, "");
}

/* Where in the definition, for an error; @storage keeps it until then. */
static const char *below(const VesselJson *interface, const char *what, GPtrArray *storage)
{
    char *path = g_strconcat(text(interface, "at"), what, NULL);
    g_ptr_array_add(storage, path);
    return path;
}

static const VesselJson *interfaces_of(const VesselJson *plan)
{
    return vessel__json_get(plan, "interfaces");
}

static const VesselJson *moved_of(const VesselJson *plan)
{
    return vessel__json_get(plan, "moved");
}

static bool has_network(const VesselJson *plan)
{
    return vessel__json_length(interfaces_of(plan)) > 0 || vessel__json_length(moved_of(plan)) > 0;
}

/* ---- in the warden: making them ---- */

typedef struct {
    ContainerEngine *engine;
    VesselNetlink *netlink;
    const VesselJson *interface;
    GPtrArray *paths;
} Making;

static void put_mac(VesselNetlink *netlink, const char *address, bool of_host)
{
    uint8_t mac[6];
    if (!vessel__mac_parse(address, mac))
        return;
    if (of_host) /* a bridge takes the lowest of its ports' as its own: this one is not */
        mac[0] = 0xfe;
    vessel__netlink_put(netlink, IFLA_ADDRESS, mac, sizeof mac);
}

/* What both ends of a pair have. One queue, as the row of the definition says; the kernel would
 * make one for each processor. */
static void put_end(const Making *making, const char *name, uint32_t mtu, bool of_host)
{
    vessel__netlink_put_string(making->netlink, IFLA_IFNAME, name);
    put_mac(making->netlink, text(making->interface, "mac"), of_host);
    if (mtu > 0)
        vessel__netlink_put_u32(making->netlink, IFLA_MTU, mtu);
    vessel__netlink_put_u32(making->netlink, IFLA_NUM_TX_QUEUES, 1);
    vessel__netlink_put_u32(making->netlink, IFLA_NUM_RX_QUEUES, 1);
}

/* One request makes both ends, the inner one where it belongs: there is no moment at which an end
 * of them could be left over. */
static int make_pair(const Making *making, VesselError **err)
{
    const VesselJson *interface = making->interface;
    const char *host = text(interface, "host"), *bridge_name = text(interface, "source");
    bool down = vessel__json_get_bool(interface, "down", false);
    struct ifinfomsg outer = {.ifi_flags = down ? 0 : IFF_UP, .ifi_change = IFF_UP}, inner = {0};
    VesselLink bridge;
    int code = vessel__netlink_link(making->netlink, bridge_name, &bridge, err);
    if (code < 0) {
        vessel__error_at(err, below(interface, "/source/@bridge", making->paths), 0, 0);
        return code;
    }
    uint32_t mtu = (uint32_t)vessel__json_get_uint(interface, "mtu", bridge.mtu);
    vessel__netlink_begin(making->netlink, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &outer,
                          sizeof outer, text(interface, "at"), "%s, a pair of interfaces on %s",
                          host, bridge_name);
    put_end(making, host, mtu, true);
    vessel__netlink_put_u32(making->netlink, IFLA_MASTER, bridge.index);
    size_t info = vessel__netlink_nest(making->netlink, IFLA_LINKINFO, NULL, 0);
    vessel__netlink_put_string(making->netlink, IFLA_INFO_KIND, "veth");
    size_t data = vessel__netlink_nest(making->netlink, IFLA_INFO_DATA, NULL, 0);
    size_t peer = vessel__netlink_nest(making->netlink, VETH_INFO_PEER, &inner, sizeof inner);
    put_end(making, text(interface, "name"), mtu, false);
    vessel__netlink_put_u32(making->netlink, IFLA_NET_NS_PID, (uint32_t)making->engine->child.pid);
    vessel__netlink_end(making->netlink, peer);
    vessel__netlink_end(making->netlink, data);
    vessel__netlink_end(making->netlink, info);
    return vessel__netlink_send(making->netlink, err);
}

static int source_index(const Making *making, const char *below_path, int *index, VesselError **err)
{
    VesselLink link;
    int code = vessel__netlink_link(making->netlink, text(making->interface, "source"), &link, err);
    *index = (int)link.index;
    if (code < 0)
        vessel__error_at(err, below(making->interface, below_path, making->paths), 0, 0);
    return code;
}

/* Another face of an interface of the host; it has no end outside. One that passes everything
 * through has that one's address. */
static int make_macvlan(const Making *making, VesselError **err)
{
    const VesselJson *interface = making->interface;
    uint32_t mode = (uint32_t)vessel__json_get_uint(interface, "mode", MACVLAN_MODE_VEPA);
    uint64_t mtu = vessel__json_get_uint(interface, "mtu", 0);
    struct ifinfomsg header = {0};
    int index = 0, code = source_index(making, "/source/@dev", &index, err);
    if (code < 0)
        return code;
    vessel__netlink_begin(making->netlink, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header,
                          sizeof header, text(interface, "at"), "a macvlan interface on %s",
                          text(interface, "source"));
    vessel__netlink_put_string(making->netlink, IFLA_IFNAME, text(interface, "name"));
    vessel__netlink_put_u32(making->netlink, IFLA_LINK, (uint32_t)index);
    vessel__netlink_put_u32(making->netlink, IFLA_NET_NS_PID, (uint32_t)making->engine->child.pid);
    if (mode != MACVLAN_MODE_PASSTHRU)
        put_mac(making->netlink, text(interface, "mac"), false);
    if (mtu > 0)
        vessel__netlink_put_u32(making->netlink, IFLA_MTU, (uint32_t)mtu);
    size_t info = vessel__netlink_nest(making->netlink, IFLA_LINKINFO, NULL, 0);
    vessel__netlink_put_string(making->netlink, IFLA_INFO_KIND, "macvlan");
    size_t data = vessel__netlink_nest(making->netlink, IFLA_INFO_DATA, NULL, 0);
    vessel__netlink_put_u32(making->netlink, IFLA_MACVLAN_MODE, mode);
    vessel__netlink_end(making->netlink, data);
    vessel__netlink_end(making->netlink, info);
    code = vessel__netlink_send(making->netlink, err);
    if (code == VESSEL_ERROR_UNSUPPORTED)
        vessel__error_hint(err, "this kernel has no macvlan (CONFIG_MACVLAN; modprobe macvlan)");
    return code;
}

static int move_in(const Making *making, VesselError **err)
{
    int index = 0, code = source_index(making, "/source/interface", &index, err);
    return code < 0 ? code
                    : vessel__container_move_in(making->engine, making->netlink, making->interface,
                                                (unsigned)index, err);
}

static int begin_user(const Making *making, VesselError **err)
{
    return vessel__container_slirp_start(making->engine, making->interface, err);
}

static const struct {
    const char *kind;
    int (*make)(const Making *making, VesselError **err);
} kinds[] = {
    {"bridge", make_pair}, {"direct", make_macvlan}, {"user", begin_user}, {"hostdev", move_in}};

static int make_one(const Making *making, VesselError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(text(making->interface, "kind"), kinds[i].kind) == 0)
            return kinds[i].make(making, err);
    return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "an interface of the kind \"%s\"",
                        text(making->interface, "kind"));
}

int vessel__container_make_network(ContainerEngine *engine, VesselError **err)
{
    const VesselJson *plan = vessel__warden_plan(engine->warden);
    const VesselJson *const lists[] = {interfaces_of(plan), moved_of(plan)};
    g_autoptr(VesselNetlink) netlink = NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    if (!has_network(plan))
        return 0;
    int code = vessel__netlink_open(&netlink, err);
    Making making = {.engine = engine, .netlink = netlink, .paths = paths};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (size_t j = 0; j < vessel__json_length(lists[i]) && code == 0; j++) {
            making.interface = vessel__json_at(lists[i], j);
            code = make_one(&making, err);
        }
    if (code == 0 && engine->inside) /* what a next warden gives back */
        code = vessel__warden_save(engine->warden, err);
    if (code == 0 && !engine->slirp)
        vessel__container_say(engine, "network");
    return code;
}

/* ---- in the warden: while it runs ---- */

int vessel__container_set_links(VesselWarden *warden, const VesselJson *links, VesselError **err)
{
    g_autoptr(VesselNetlink) netlink = NULL;
    /* Between two lives there is none: the next has it from the plan. */
    if (vessel__json_length(links) == 0 || vessel__warden_guest_pidfd(warden) < 0)
        return 0;
    int code = vessel__netlink_open(&netlink, err);
    if (code < 0)
        return code;
    VESSEL_JSON_FOREACH (link, links) {
        const char *name = text(link, "host");
        bool down = vessel__json_get_bool(link, "down", false);
        struct ifinfomsg header = {.ifi_flags = down ? 0 : IFF_UP, .ifi_change = IFF_UP};
        vessel__netlink_begin(netlink, RTM_NEWLINK, 0, &header, sizeof header, text(link, "at"),
                              "the link of %s", name);
        vessel__netlink_put_string(netlink, IFLA_IFNAME, name);
    }
    return vessel__netlink_send(netlink, err);
}

/* An end outlives its container by a few milliseconds, since the kernel takes its time. */
bool vessel__container_names_taken(const ContainerEngine *engine)
{
    VESSEL_JSON_FOREACH (interface, interfaces_of(vessel__warden_plan(engine->warden)))
        if (if_nametoindex(text(interface, "host")) != 0)
            return true;
    return false;
}

/* ---- in the child: their addresses ---- */

/* @size bytes of an address; 0: it is none. */
static size_t parse_address(const char *address, uint8_t bytes[16], uint8_t *family)
{
    *family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(*family, address, bytes) != 1)
        return 0;
    return *family == AF_INET6 ? 16 : 4;
}

static void put_broadcast(VesselNetlink *netlink, const uint8_t address[4], unsigned prefix)
{
    uint32_t number;
    memcpy(&number, address, sizeof number);
    number |= htonl(prefix < 32 ? UINT32_MAX >> prefix : 0);
    vessel__netlink_put(netlink, IFA_BROADCAST, &number, sizeof number);
}

/* The kernel's own to an IPv6 peer comes a moment after the address, and a gateway may be that
 * peer: the same one, which is not there twice. */
static void add_peer_route(VesselNetlink *netlink, unsigned index, const uint8_t peer[16],
                           const VesselJson *ip)
{
    struct rtmsg header = {.rtm_family = AF_INET6,
                           .rtm_dst_len = 128,
                           .rtm_table = RT_TABLE_MAIN,
                           .rtm_protocol = RTPROT_KERNEL,
                           .rtm_scope = RT_SCOPE_UNIVERSE,
                           .rtm_type = RTN_UNICAST};
    vessel__netlink_begin(netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &header,
                          sizeof header, text(ip, "at"), "the route to %s", text(ip, "peer"));
    vessel__netlink_put(netlink, RTA_DST, peer, 16);
    vessel__netlink_put_u32(netlink, RTA_OIF, index);
    vessel__netlink_put_u32(netlink, RTA_PRIORITY, IP6_RT_PRIO_ADDRCONF);
}

/* IPv6's without looking for duplicates: the program finds it ready. */
static void add_address(VesselNetlink *netlink, unsigned index, const VesselJson *ip)
{
    const char *address = text(ip, "address"), *peer = vessel__json_get_string(ip, "peer", NULL);
    struct ifaddrmsg header = {.ifa_prefixlen = (uint8_t)vessel__json_get_uint(ip, "prefix", 0),
                               .ifa_index = index};
    uint8_t local[16], other[16], family;
    size_t size = parse_address(address, local, &header.ifa_family);
    header.ifa_flags = header.ifa_family == AF_INET6 ? IFA_F_NODAD : 0;
    vessel__netlink_begin(netlink, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header,
                          text(ip, "at"), "the address %s", address);
    vessel__netlink_put(netlink, IFA_LOCAL, local, size);
    if (peer && parse_address(peer, other, &family) == size)
        vessel__netlink_put(netlink, IFA_ADDRESS, other, size);
    else
        vessel__netlink_put(netlink, IFA_ADDRESS, local, size);
    if (!peer && size == 4 && header.ifa_prefixlen < 31)
        put_broadcast(netlink, local, header.ifa_prefixlen);
    if (peer && size == 16)
        add_peer_route(netlink, index, other, ip);
}

static void add_route(VesselNetlink *netlink, unsigned index, const VesselJson *route)
{
    const char *address = text(route, "address"), *gateway = text(route, "gateway");
    struct rtmsg header = {.rtm_dst_len = (uint8_t)vessel__json_get_uint(route, "prefix", 0),
                           .rtm_table = RT_TABLE_MAIN,
                           .rtm_protocol = RTPROT_STATIC,
                           .rtm_scope = RT_SCOPE_UNIVERSE,
                           .rtm_type = RTN_UNICAST};
    uint8_t to[16], through[16];
    size_t size = parse_address(address, to, &header.rtm_family);
    size_t gateway_size = parse_address(gateway, through, &header.rtm_family);
    vessel__netlink_begin(netlink, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header,
                          text(route, "at"), "the route to %s/%u through %s", address,
                          header.rtm_dst_len, gateway);
    if (header.rtm_dst_len > 0)
        vessel__netlink_put(netlink, RTA_DST, to, size);
    vessel__netlink_put(netlink, RTA_GATEWAY, through, gateway_size);
    vessel__netlink_put_u32(netlink, RTA_OIF, index);
    vessel__netlink_put_u32(netlink, RTA_PRIORITY,
                            (uint32_t)vessel__json_get_uint(route, "metric", 1));
}

static void bring_up(VesselNetlink *netlink, unsigned index, const char *name, const char *at)
{
    struct ifinfomsg header = {.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    vessel__netlink_begin(netlink, RTM_NEWLINK, 0, &header, sizeof header, at, "bringing %s up",
                          name);
}

/* The interface of the life before this one has its MAC address until the kernel has come to its
 * end, a moment after the last process's. */
static int bring_up_macvlan(VesselNetlink *netlink, unsigned index, const VesselJson *interface,
                            VesselError **err)
{
    VesselDeadline until = vessel__deadline_after(ADDRESS_MAX_MS);
    for (;;) {
        bring_up(netlink, index, text(interface, "name"), text(interface, "at"));
        int code = vessel__netlink_send(netlink, err);
        if (code != VESSEL_ERROR_BUSY || vessel__deadline_passed(until)) {
            if (code == VESSEL_ERROR_BUSY)
                vessel__error_hint(err, "another interface on %s has its MAC address",
                                   text(interface, "source"));
            return code;
        }
        g_clear_pointer(err, vessel_error_free);
        g_usleep(ADDRESS_LOOK_MS * 1000);
    }
}

/* What the others were made with. */
static void shape_tap(VesselNetlink *netlink, unsigned index, const VesselJson *interface)
{
    struct ifinfomsg header = {.ifi_index = (int)index};
    uint64_t mtu = vessel__json_get_uint(interface, "mtu", 0);
    vessel__netlink_begin(netlink, RTM_NEWLINK, 0, &header, sizeof header, text(interface, "at"),
                          "the address and the packets of %s", text(interface, "name"));
    put_mac(netlink, text(interface, "mac"), false);
    if (mtu > 0)
        vessel__netlink_put_u32(netlink, IFLA_MTU, (uint32_t)mtu);
}

static int configure(VesselNetlink *netlink, const VesselJson *interface, VesselError **err)
{
    const char *name = text(interface, "name");
    unsigned index = if_nametoindex(name);
    if (index == 0) {
        int code = vessel__fail_errno(err, errno, "the interface %s in the container", name);
        vessel__error_at(err, text(interface, "at"), 0, 0);
        return code;
    }
    if (strcmp(text(interface, "kind"), "user") == 0)
        shape_tap(netlink, index, interface);
    int code = 0;
    if (strcmp(text(interface, "kind"), "direct") == 0)
        code = bring_up_macvlan(netlink, index, interface, err);
    else
        bring_up(netlink, index, name, text(interface, "at"));
    if (code < 0)
        return code;
    VESSEL_JSON_FOREACH (ip, vessel__json_get(interface, "ips"))
        add_address(netlink, index, ip);
    VESSEL_JSON_FOREACH (route, vessel__json_get(interface, "routes"))
        add_route(netlink, index, route);
    code = vessel__netlink_send(netlink, err);
    if (code < 0)
        vessel__error_hint(err, "an address is given once; a gateway lies in the network of an "
                                "<ip> of the same interface");
    return code;
}

int vessel__container_configure_network(ContainerInside *inside, VesselError **err)
{
    const VesselJson *plan = inside->spawn->plan;
    const VesselJson *const lists[] = {interfaces_of(plan), moved_of(plan)};
    g_autoptr(VesselNetlink) netlink = NULL;
    int code = vessel__netlink_open(&netlink, err);
    if (code < 0)
        return code;
    bring_up(netlink, LOOPBACK, "lo", NULL);
    code = vessel__netlink_send(netlink, err);
    if (code == 0 && has_network(plan))
        vessel__container_await(inside);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (size_t j = 0; j < vessel__json_length(lists[i]) && code == 0; j++)
            code = configure(netlink, vessel__json_at(lists[i], j), err);
    return code;
}
