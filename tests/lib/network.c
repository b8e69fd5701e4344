/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/network.h"
#include "base/file.h"
#include "sys/netlink.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* ---- the host's side ---- */

static VesselNetlink *netlink(void)
{
    VesselNetlink *result = NULL;
    VesselError *err = NULL;
    vessel__netlink_open(&result, &err);
    vt_no_error(err);
    return result;
}

void vt_net_bridge(uint32_t mtu)
{
    struct ifinfomsg link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 24};
    g_autoptr(VesselError) why = NULL;
    VesselError *err = NULL;
    uint8_t bytes[4];
    vt_private_network();
    g_autoptr(VesselNetlink) net = netlink();
    vessel__netlink_begin(net, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link, NULL,
                          VT_BRIDGE);
    vessel__netlink_put_string(net, IFLA_IFNAME, VT_BRIDGE);
    size_t info = vessel__netlink_nest(net, IFLA_LINKINFO, NULL, 0);
    vessel__netlink_put_string(net, IFLA_INFO_KIND, "bridge");
    vessel__netlink_end(net, info);
    if (vessel__netlink_send(net, &why) < 0)
        vt_skip("this kernel has no bridges: %s", vessel_error_message(why));
    address.ifa_index = if_nametoindex(VT_BRIDGE);
    link.ifi_index = (int)address.ifa_index;
    assert_int_equal(inet_pton(AF_INET, VT_OUTSIDE, bytes), 1);
    vessel__netlink_begin(net, RTM_NEWADDR, NLM_F_CREATE, &address, sizeof address, NULL,
                          VT_OUTSIDE);
    vessel__netlink_put(net, IFA_LOCAL, bytes, sizeof bytes);
    vessel__netlink_put(net, IFA_ADDRESS, bytes, sizeof bytes);
    vessel__netlink_begin(net, RTM_NEWLINK, 0, &link, sizeof link, NULL, "mtu");
    vessel__netlink_put_u32(net, IFLA_MTU, mtu);
    vessel__netlink_send(net, &err);
    vt_no_error(err);
}

void vt_net_taps(void)
{
    vt_private_mounts();
    if (mkdir("/dev/net", 0755) < 0 && errno != EEXIST)
        fail_msg("/dev/net: %s", strerror(errno));
    assert_int_equal(mount("vt", "/dev/net", "tmpfs", 0, "mode=0755"), 0);
    mode_t mask = umask(0);
    assert_int_equal(mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200)), 0);
    umask(mask);
    vessel_autofd int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        vt_skip("this host has no taps: %s", strerror(errno));
}

void vt_net_wire(void)
{
    vt_net_bridge(1500);
    vt_net_new_wire();
}

void vt_net_new_wire(void)
{
    struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, peer = {0};
    VesselError *err = NULL;
    g_autoptr(VesselNetlink) net = netlink();
    vessel__netlink_begin(net, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up, NULL,
                          VT_WIRE);
    vessel__netlink_put_string(net, IFLA_IFNAME, VT_WIRE "2");
    vessel__netlink_put_u32(net, IFLA_MASTER, if_nametoindex(VT_BRIDGE));
    size_t info = vessel__netlink_nest(net, IFLA_LINKINFO, NULL, 0);
    vessel__netlink_put_string(net, IFLA_INFO_KIND, "veth");
    size_t data = vessel__netlink_nest(net, IFLA_INFO_DATA, NULL, 0);
    size_t other = vessel__netlink_nest(net, VETH_INFO_PEER, &peer, sizeof peer);
    vessel__netlink_put_string(net, IFLA_IFNAME, VT_WIRE);
    vessel__netlink_end(net, other);
    vessel__netlink_end(net, data);
    vessel__netlink_end(net, info);
    vessel__netlink_send(net, &err);
    vt_no_error(err);
    up.ifi_index = (int)if_nametoindex(VT_WIRE);
    vessel__netlink_begin(net, RTM_NEWLINK, 0, &up, sizeof up, NULL, VT_WIRE);
    vessel__netlink_send(net, &err);
    vt_no_error(err);
}

char *vt_net_end(void)
{
    struct if_nameindex *list = if_nameindex();
    char *name = NULL;
    for (struct if_nameindex *at = list; at->if_index; at++)
        if (strcmp(at->if_name, "lo") != 0 && strcmp(at->if_name, VT_BRIDGE) != 0 &&
            !g_str_has_prefix(at->if_name, "vtwire") && !name)
            name = g_strdup(at->if_name);
    if_freenameindex(list);
    return name;
}

bool vt_net_no_ends(void *data)
{
    (void)data;
    g_autofree char *name = vt_net_end();
    return name == NULL;
}

char *vt_net_heard(const char *address, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    char line[64] = "";
    vessel_autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = 5};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    inet_pton(AF_INET, address, &to.sin_addr);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        (void)!read(fd, line, sizeof line - 1);
    return g_strdup(line);
}

bool vt_net_answers(void *data)
{
    (void)data;
    g_autofree char *hello = vt_net_heard(VT_INSIDE, 7777);
    return strcmp(hello, "hello from inside\n") == 0;
}

/* ---- the container ---- */

char *vt_net_xml(const char *words, const char *interfaces)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, words, interfaces);
    return g_strdup_printf("<domain type='container'>\n  <name>net</name>\n%s</domain>\n", body);
}

VesselDomain *vt_net_define(VesselHost *host, const char *port, const char *interfaces)
{
    g_autofree char *words =
        g_strdup_printf("<initarg>net</initarg>%s%s%s", port ? "<initarg>" : "", port ? port : "",
                        port ? "</initarg>" : "");
    g_autofree char *xml = vt_net_xml(words, interfaces);
    return vt_define_xml(host, xml);
}

void vt_assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in: %s", part, text);
}

void vt_net_refused(VesselHost *host, const char *interfaces, int code, const char *path,
                    const char *message)
{
    g_autofree char *xml = vt_net_xml("", interfaces);
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    if (vessel_domain_define(host, xml, NULL, &domain, &err) == 0)
        assert_true(vessel_domain_start(domain, NULL, NULL, &err) < 0);
    if (domain) {
        vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
        vt_undefine(domain);
    }
    vessel_domain_unref(domain);
    vt_one_of(err, code);
    vt_says(err, 'p', path);
    vt_says(err, 'm', message);
    vessel_error_free(err);
}

void vt_net_end_it(VesselDomain *domain)
{
    VesselError *err = NULL;
    if (vessel_domain_destroy(domain, NULL, &err) != VESSEL_ERROR_WRONG_STATE)
        vt_no_error(err);
    vessel_error_free(err);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
}

void vt_net_done(VesselHost *host, VesselDomain *domain)
{
    vt_net_end_it(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    vt_wait(vt_net_no_ends, NULL, 5000);
}

uint64_t vt_net_stat(VesselDomain *domain, guint number, const char *name)
{
    VesselStats *stats = NULL;
    VesselError *err = NULL;
    g_autofree char *key = g_strdup_printf("net.%u.%s", number, name);
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    int64_t index = vessel_stats_find(stats, key);
    uint64_t value = index < 0 ? UINT64_MAX : vessel_stats_value_u64(stats, (size_t)index);
    vessel_stats_free(stats);
    return value;
}
