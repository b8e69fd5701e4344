/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of containers, each case's bridge in a network namespace of its own. */
#include "base/file.h"
#include "sys/netlink.h"
#include "tests/lib/container.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define BRIDGE "vtbr"
#define OUTSIDE "10.77.0.1"
#define INSIDE "10.77.0.5"

/* ---- the host's side ---- */

static VesselNetlink *netlink(void)
{
    VesselNetlink *result = NULL;
    VesselError *err = NULL;
    vessel__netlink_open(&result, &err);
    vt_no_error(err);
    return result;
}

/* A bridge that is @mtu wide, with the address OUTSIDE, in a network of the case's own. */
static void make_bridge(uint32_t mtu)
{
    struct ifinfomsg link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 24};
    g_autoptr(VesselError) why = NULL;
    VesselError *err = NULL;
    uint8_t bytes[4];
    vt_private_network();
    g_autoptr(VesselNetlink) net = netlink();
    vessel__netlink_begin(net, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link, NULL,
                          BRIDGE);
    vessel__netlink_put_string(net, IFLA_IFNAME, BRIDGE);
    size_t info = vessel__netlink_nest(net, IFLA_LINKINFO, NULL, 0);
    vessel__netlink_put_string(net, IFLA_INFO_KIND, "bridge");
    vessel__netlink_end(net, info);
    if (vessel__netlink_send(net, &why) < 0)
        vt_skip("this kernel has no bridges: %s", vessel_error_message(why));
    address.ifa_index = if_nametoindex(BRIDGE);
    link.ifi_index = (int)address.ifa_index;
    assert_int_equal(inet_pton(AF_INET, OUTSIDE, bytes), 1);
    vessel__netlink_begin(net, RTM_NEWADDR, NLM_F_CREATE, &address, sizeof address, NULL, OUTSIDE);
    vessel__netlink_put(net, IFA_LOCAL, bytes, sizeof bytes);
    vessel__netlink_put(net, IFA_ADDRESS, bytes, sizeof bytes);
    vessel__netlink_begin(net, RTM_NEWLINK, 0, &link, sizeof link, NULL, "mtu");
    vessel__netlink_put_u32(net, IFLA_MTU, mtu);
    vessel__netlink_send(net, &err);
    vt_no_error(err);
}

/* Its name is borrowed from the list. */
static char *only_end(void)
{
    struct if_nameindex *list = if_nameindex();
    char *name = NULL;
    for (struct if_nameindex *at = list; at->if_index; at++)
        if (strcmp(at->if_name, "lo") != 0 && strcmp(at->if_name, BRIDGE) != 0 &&
            !g_str_has_prefix(at->if_name, "vtwire") && !name)
            name = g_strdup(at->if_name);
    if_freenameindex(list);
    return name;
}

static bool no_ends(void *data)
{
    (void)data;
    g_autofree char *name = only_end();
    return name == NULL;
}

static bool is_port(const char *name)
{
    g_autofree char *path = g_strdup_printf("/sys/class/net/%s/brport/bridge/address", name);
    return access(path, F_OK) == 0;
}

static uint64_t outside_of(const char *name, const char *counter)
{
    g_autofree char *path = g_strdup_printf("/sys/class/net/%s/statistics/%s", name, counter);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return g_ascii_strtoull(text, NULL, 10);
}

/* What is heard there, "" when nothing is. */
static char *heard_at(const char *address, uint16_t port)
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

static bool answers(void *data)
{
    (void)data;
    g_autofree char *hello = heard_at(INSIDE, 7777);
    return strcmp(hello, "hello from inside\n") == 0;
}

/* ---- the container's ---- */

static char *net_xml(const char *words, const char *interfaces)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, words, interfaces);
    return g_strdup_printf("<domain type='container'>\n  <name>net</name>\n%s</domain>\n", body);
}

static VesselDomain *define_net(VesselHost *host, const char *port, const char *interfaces)
{
    g_autofree char *words =
        g_strdup_printf("<initarg>net</initarg>%s%s%s", port ? "<initarg>" : "", port ? port : "",
                        port ? "</initarg>" : "");
    g_autofree char *xml = net_xml(words, interfaces);
    return vt_define_xml(host, xml);
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in: %s", part, text);
}

/* A definition that is refused, or a start that fails, with @path and @message in it. */
static void refused(VesselHost *host, const char *interfaces, int code, const char *path,
                    const char *message)
{
    g_autofree char *xml = net_xml("", interfaces);
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

/* Whatever became of it: what runs on without a warden, or waits for its next one. */
static void end_it(VesselDomain *domain)
{
    VesselError *err = NULL;
    vessel_domain_destroy(domain, NULL, &err);
    vessel_error_free(err);
}

static void done(VesselHost *host, VesselDomain *domain)
{
    end_it(domain);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    vt_wait(no_ends, NULL, 5000);
}

/* A counter of its interface; UINT64_MAX: there is none. */
static uint64_t net_stat(VesselDomain *domain, guint number, const char *name)
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

/* ---- a bridge ---- */

#define ON_BRIDGE(more) "<interface type='bridge'><source bridge='" BRIDGE "'/>" more "</interface>"

static void test_bridge(void **state)
{
    (void)state;
    make_bridge(1400);
    VesselHost *host = vt_container_host();
    VesselDomain *domain = define_net(
        host, "7777",
        ON_BRIDGE("<mac address='52:54:00:11:22:33'/>"
                  "<ip address='" INSIDE "' prefix='24'/><ip address='fd00:77::5' prefix='64'/>"
                  "<route address='0.0.0.0' gateway='" OUTSIDE "'/>"
                  "<route family='ipv6' address='::' prefix='0' gateway='fd00:77::1'/>"));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all"), *end = only_end();
    assert_says(said, "interface eth0 52:54:00:11:22:33 mtu 1400 up carrier");
    assert_says(said, "interface lo 00:00:00:00:00:00 mtu 65536 up");
    assert_says(said, "address eth0 " INSIDE);
    assert_says(said, "address eth0 fd00:77::5");
    assert_says(said, "address lo 127.0.0.1");
    assert_says(said, "eth0\t00000000\t01004D0A\t0003\t0\t0\t1\t00000000");
    assert_says(said, "fd000077000000000000000000000001");
    assert_non_null(end);
    assert_true(is_port(end));
    g_autofree char *address_file = g_strdup_printf("/sys/class/net/%s/address", end);
    g_autofree char *address = NULL;
    assert_true(g_file_get_contents(address_file, &address, NULL, NULL));
    assert_string_equal(address, "fe:54:00:11:22:33\n");
    vt_wait(answers, NULL, 5000);
    /* What it received is what its end outside sent. */
    uint64_t received = net_stat(domain, 0, "rx.bytes"), sent = net_stat(domain, 0, "tx.bytes");
    assert_true(received > 0 && received != UINT64_MAX && sent > 0 && sent != UINT64_MAX);
    assert_true(outside_of(end, "tx_bytes") >= received && outside_of(end, "rx_bytes") >= sent);
    /* Its names are told while it runs. */
    VesselError *err = NULL;
    char *shown = NULL;
    vessel_domain_xml(domain, 0, &shown, &err);
    vt_no_error(err);
    g_autofree char *target = g_strdup_printf("<target dev='%s'/>", end);
    assert_says(shown, target);
    assert_says(shown, "<guest actual='eth0'/>");
    vessel_free(shown);
    done(host, domain);
}

/* Names that are the definition's own, through a restart and an end that is followed at once. */
static void test_names(void **state)
{
    (void)state;
    make_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain =
        define_net(host, NULL,
                   ON_BRIDGE("<target dev='vtweb'/><guest dev='wan'/><mtu size='1300'/>")
                       ON_BRIDGE("<guest dev='lan'/><ip address='192.168.9.1'/>"));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "interface wan 52:54:00:");
    assert_says(said, "mtu 1300 up carrier");
    assert_says(said, "interface lan 52:54:00:");
    assert_says(said, "address lan 192.168.9.1");
    assert_true(is_port("vtweb"));
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_destroy(domain);
    vt_start(domain);
    g_autofree char *again = vt_container_says(domain, "that is all");
    assert_says(again, "interface wan 52:54:00:");
    assert_true(is_port("vtweb"));
    done(host, domain);
}

typedef struct {
    const char *name;
    unsigned index;
} End;

static bool is_gone_or_new(void *data)
{
    const End *end = data;
    return if_nametoindex(end->name) != end->index;
}

static void test_restart(void **state)
{
    (void)state;
    make_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain =
        define_net(host, "7777", ON_BRIDGE("<ip address='" INSIDE "' prefix='24'/>"));
    vt_start(domain);
    g_autofree char *before = only_end();
    End end = {before, if_nametoindex(before)};
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", pids.guest);
    vt_wait(answers, NULL, 5000);
    /* The name stays taken for a while: the next life waits for it. */
    vessel_autofd int held = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(held >= 0);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    g_usleep(200000);
    vessel__close_fd(&held);
    vt_wait(is_gone_or_new, &end, 5000);
    vt_wait(answers, NULL, 5000);
    g_autofree char *after = only_end();
    assert_string_equal(before, after);
    done(host, domain);
}

static void test_link_down(void **state)
{
    (void)state;
    make_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        define_net(host, NULL,
                   ON_BRIDGE("<link state='down'/><ip address='" INSIDE "' prefix='24'/>"
                             "<route address='0.0.0.0' gateway='" OUTSIDE "'/>"));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "up no-carrier");
    assert_says(said, "address eth0 " INSIDE);
    done(host, domain);
}

static void test_refused(void **state)
{
    (void)state;
    make_bridge(1500);
    VesselHost *host = vt_container_host();
    refused(host, "<interface type='bridge'><source bridge='vtnone'/></interface>",
            VESSEL_ERROR_NOT_FOUND, "/domain/devices/interface[1]/source/@bridge",
            "this host has no bridge \"vtnone\"");
    refused(host, "<interface type='bridge'><source bridge='lo'/></interface>",
            VESSEL_ERROR_INVALID_DEFINITION, "/domain/devices/interface[1]/source/@bridge",
            "lo is no bridge");
    refused(host, "<interface type='network'><source network='default'/></interface>",
            VESSEL_ERROR_UNSUPPORTED, "/domain/devices/interface[1]/@type", "'network'");
    refused(host, ON_BRIDGE("<guest dev='eth%d'/>"), VESSEL_ERROR_INVALID_DEFINITION,
            "/domain/devices/interface[1]/guest/@dev", "cannot be the name");
    refused(host, ON_BRIDGE("<guest dev='eth1'/>") ON_BRIDGE(""), VESSEL_ERROR_INVALID_DEFINITION,
            "/domain/devices/interface[2]/guest/@dev", "another interface");
    refused(host, ON_BRIDGE("<target dev='" BRIDGE "'/>"), VESSEL_ERROR_EXISTS,
            "/domain/devices/interface[1]", BRIDGE);
    refused(host,
            ON_BRIDGE("<ip address='" INSIDE "' prefix='24'/>"
                      "<route address='10.9.0.0' prefix='16' gateway='10.78.0.1'/>"),
            VESSEL_ERROR_IO, "/domain/devices/interface[1]/route[1]", "the route to 10.9.0.0/16");
    vessel_host_unref(host);
    vt_nothing_left();
    vt_wait(no_ends, NULL, 5000);
}

/* ---- slirp4netns ---- */

#define USER(more) "<interface type='user'>" more "</interface>"

/* A device for taps that everybody may open, as hosts have it. */
static void open_tun(void)
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

/* Answers once, in a process of its own, at OUTSIDE and on the loopback. */
static pid_t answer_outside(uint16_t *port)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t length = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&any, &length), 0);
    *port = ntohs(any.sin_port);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int one = accept(fd, NULL, NULL);
            (void)!write(one, "hello from outside\n", 19);
            close(one);
        }
    }
    close(fd);
    return pid;
}

static char *reached_from_inside(VesselHost *host, const char *address, uint16_t port)
{
    g_autofree char *words = g_strdup_printf(
        "<initarg>reach</initarg><initarg>%s</initarg><initarg>%u</initarg>", address, port);
    g_autofree char *xml = net_xml(words, USER(""));
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    char *said = vt_container_says(domain, "that is all");
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    return said;
}

static void use_user_network(bool as_user)
{
    uint16_t port = 0;
    vt_need_program("slirp4netns");
    make_bridge(1500);
    open_tun();
    if (as_user)
        vt_as_user();
    VesselHost *host = vt_container_host();
    pid_t outside = answer_outside(&port);
    g_autofree char *said = reached_from_inside(host, OUTSIDE, port);
    assert_says(said, "reached: hello from outside");
    g_autofree char *loopback = reached_from_inside(host, "10.0.2.2", port);
    assert_null(strstr(loopback, "hello"));
    VesselDomain *domain = define_net(
        host, "7777",
        USER("<mac address='52:54:00:99:88:77'/><ip address='10.5.0.9' prefix='24'/>"
             "<portForward proto='tcp' address='127.0.0.1'><range start='7001' to='7777'/>"
             "<range start='7005' end='7007' to='7776'/></portForward>"
             "<portForward proto='udp'><range start='7001'/></portForward>"));
    vt_start(domain);
    g_autofree char *shown = vt_container_says(domain, "that is all");
    assert_says(shown, "interface eth0 52:54:00:99:88:77 mtu 1500 up carrier");
    assert_says(shown, "address eth0 10.5.0.9");
    assert_says(shown, "eth0\t00000000\t0200050A\t0003\t0\t0\t1\t00000000");
    g_autofree char *first = heard_at("127.0.0.1", 7001), *second = heard_at("127.0.0.1", 7006);
    assert_string_equal(first, "hello from inside\n");
    assert_string_equal(second, "hello from inside\n");
    kill(outside, SIGKILL);
    waitpid(outside, NULL, 0);
    done(host, domain);
}

static void test_user(void **state)
{
    (void)state;
    use_user_network(false);
}

static void test_user_rootless(void **state)
{
    (void)state;
    use_user_network(true);
}

static void test_user_refused(void **state)
{
    (void)state;
    uint16_t port = 0;
    vt_need_program("slirp4netns");
    make_bridge(1500);
    open_tun();
    vt_as_user();
    VesselHost *host = vt_container_host();
    pid_t outside = answer_outside(&port);
    g_autofree char *taken =
        g_strdup_printf(USER("<portForward proto='tcp'><range start='%u'/></portForward>"), port);
    refused(host, taken, VESSEL_ERROR_IO, "/domain/devices/interface[1]/portForward[1]/range[1]",
            "Address already in use");
    kill(outside, SIGKILL);
    waitpid(outside, NULL, 0);
    refused(host, USER("<portForward proto='udp'><range start='80'/></portForward>"),
            VESSEL_ERROR_DENIED, "/domain/devices/interface[1]/portForward[1]/range[1]",
            "udp port 80");
    refused(host, USER("<ip address='10.0.2.3' prefix='24'/>"), VESSEL_ERROR_INVALID_DEFINITION,
            "/domain/devices/interface[1]/ip[1]", "10.0.2.3");
    refused(host, USER("") USER(""), VESSEL_ERROR_INVALID_DEFINITION,
            "/domain/devices/interface[2]", "one interface of the type 'user'");
    refused(host, USER("<portForward proto='tcp'/>"), VESSEL_ERROR_INVALID_DEFINITION,
            "/domain/devices/interface[1]/portForward[1]", "name the ports");
    refused(host, USER("<source dev='lo'/>"), VESSEL_ERROR_INVALID_DEFINITION,
            "/domain/devices/interface[1]/source/@dev", "slirp4netns");
    refused(host, USER("<link state='down'/>"), VESSEL_ERROR_INVALID_DEFINITION,
            "/domain/devices/interface[1]/link/@state", "no cable");
    refused(host, ON_BRIDGE(""), VESSEL_ERROR_DENIED, "/domain/devices/interface[1]", "only root");
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_user_missing(void **state)
{
    (void)state;
    make_bridge(1500);
    vt_private_mounts();
    if (access("/usr/bin/slirp4netns", F_OK) == 0)
        assert_int_equal(mount("/dev/null", "/usr/bin/slirp4netns", NULL, MS_BIND, NULL), 0);
    VesselHost *host = vt_container_host();
    refused(host, USER(""), VESSEL_ERROR_MISSING_FEATURE, "/domain/devices/interface[1]",
            "slirp4netns");
    vessel_host_unref(host);
    vt_nothing_left();
}

/* It ends with its warden; the container goes on and says so. */
static void test_user_killed(void **state)
{
    (void)state;
    vt_need_program("slirp4netns");
    make_bridge(1500);
    open_tun();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = define_net(host, NULL, USER(""));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    done(host, domain);
}

/* ---- interfaces of the host ---- */

#define WIRE "vtwire" /* its other end is on the bridge */
#define ON_WIRE(more)                                                                              \
    "<interface type='direct'><source dev='" WIRE "' mode='bridge'/>" more "</interface>"

static void make_wire(void)
{
    struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, peer = {0};
    VesselError *err = NULL;
    make_bridge(1500);
    g_autoptr(VesselNetlink) net = netlink();
    vessel__netlink_begin(net, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up, NULL, WIRE);
    vessel__netlink_put_string(net, IFLA_IFNAME, WIRE "2");
    vessel__netlink_put_u32(net, IFLA_MASTER, if_nametoindex(BRIDGE));
    size_t info = vessel__netlink_nest(net, IFLA_LINKINFO, NULL, 0);
    vessel__netlink_put_string(net, IFLA_INFO_KIND, "veth");
    size_t data = vessel__netlink_nest(net, IFLA_INFO_DATA, NULL, 0);
    size_t other = vessel__netlink_nest(net, VETH_INFO_PEER, &peer, sizeof peer);
    vessel__netlink_put_string(net, IFLA_IFNAME, WIRE);
    vessel__netlink_end(net, other);
    vessel__netlink_end(net, data);
    vessel__netlink_end(net, info);
    vessel__netlink_send(net, &err);
    vt_no_error(err);
    up.ifi_index = (int)if_nametoindex(WIRE);
    vessel__netlink_begin(net, RTM_NEWLINK, 0, &up, sizeof up, NULL, WIRE);
    vessel__netlink_send(net, &err);
    vt_no_error(err);
}

static void test_macvlan(void **state)
{
    (void)state;
    make_wire();
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain = define_net(
        host, "7777",
        ON_WIRE("<mac address='52:54:00:aa:bb:cc'/><guest dev='wan'/><ip address='" INSIDE
                "' prefix='24'/>"));
    if (vessel_domain_start(domain, NULL, NULL, &err) < 0 &&
        vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED)
        vt_skip("this kernel has no macvlan: %s", vessel_error_message(err));
    vt_no_error(err);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "interface wan 52:54:00:aa:bb:cc mtu 1500 up carrier");
    vt_wait(answers, NULL, 5000);
    assert_true(net_stat(domain, 0, "rx.bytes") > 0);
    done(host, domain);
}

static bool is_back(void *data)
{
    return if_nametoindex(data) != 0;
}

/* It is the container's for the time of its life, and of each of its lives; then the host's again.
 */
static void test_moved_in(void **state)
{
    (void)state;
    make_wire();
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain =
        define_net(host, "7777",
                   "<hostdev mode='capabilities' type='net'><source><interface>" WIRE
                   "</interface></source><ip address='" INSIDE "' prefix='24'/></hostdev>");
    vt_start(domain);
    assert_int_equal(if_nametoindex(WIRE), 0);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "address " WIRE " " INSIDE);
    vt_wait(answers, NULL, 5000);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(answers, NULL, 5000);
    vt_destroy(domain);
    assert_true(is_back((void *)WIRE)); /* before destroy returns */
    vt_start(domain);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *again = vt_container_says(domain, "that is all");
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    assert_int_equal(if_nametoindex(WIRE), 0);
    vt_destroy(domain); /* by another warden */
    assert_true(is_back((void *)WIRE));
    done(host, domain);
}

static void test_moved_refused(void **state)
{
    (void)state;
    make_wire();
    VesselHost *host = vt_container_host();
    refused(host,
            "<hostdev mode='capabilities' type='net'><source><interface>vtnone</interface>"
            "</source></hostdev>",
            VESSEL_ERROR_NOT_FOUND, "/domain/devices/hostdev[1]/source/interface",
            "no interface \"vtnone\"");
    refused(host, "<interface type='direct'><source dev='vtnone' mode='bridge'/></interface>",
            VESSEL_ERROR_NOT_FOUND, "/domain/devices/interface[1]/source/@dev",
            "no interface \"vtnone\"");
    /* It is moved, and then cannot be given that address: it is the host's again. */
    refused(host,
            "<hostdev mode='capabilities' type='net'><source><interface>" WIRE
            "</interface></source><route address='10.9.0.0' prefix='16' "
            "gateway='10.9.1.1'/></hostdev>",
            VESSEL_ERROR_IO, "/domain/devices/hostdev[1]/route[1]", "10.9.0.0/16");
    assert_true(is_back((void *)WIRE));
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- bad days ---- */

static void test_killed_wardens(void **state)
{
    (void)state;
    make_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        define_net(host, NULL, ON_BRIDGE("<ip address='" INSIDE "' prefix='24'/>"));
    const char *uuid = vessel_domain_get_uuid(domain);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all"); /* it ignores SIGHUP now */
    VtPids pids = vt_pids(vt_state(), uuid);
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 5000);
    assert_false(no_ends(NULL)); /* it goes on, and so does its network */
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(domain);
    vt_wait(no_ends, NULL, 5000);
    vt_start(domain);
    pids = vt_pids(vt_state(), uuid);
    kill(pids.warden, SIGKILL);
    kill(pids.guest, SIGKILL);
    vt_wait(no_ends, NULL, 5000);
    done(host, domain);
}

static gpointer start_it(gpointer domain)
{
    VesselError *err = NULL;
    vessel_domain_start(domain, NULL, NULL, &err);
    vessel_error_free(err);
    return NULL;
}

/* At any step of its start: what was made ends with the container's first process, and that with
 * its warden. */
static void test_killed_while_starting(void **state)
{
    (void)state;
    make_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        define_net(host, NULL, ON_BRIDGE("<ip address='" INSIDE "' prefix='24'/>"));
    pid_t last = 0;
    for (int i = 0; i < 24; i++) {
        int64_t until = vt_now_us() + 5 * G_USEC_PER_SEC;
        GThread *starter = g_thread_new("start", start_it, domain);
        VtPids pids = {0};
        while ((pids.warden == 0 || pids.warden == last) && vt_now_us() < until)
            pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
        assert_true(pids.warden > 0 && pids.warden != last);
        last = pids.warden;
        g_usleep((gulong)i * 400);
        kill(last, SIGKILL);
        g_thread_join(starter);
        end_it(domain);
        vt_wait(no_ends, NULL, 5000);
    }
    done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bridge),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_link_down),
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_user_rootless),
        cmocka_unit_test(test_user_refused),
        cmocka_unit_test(test_user_missing),
        cmocka_unit_test(test_user_killed),
        cmocka_unit_test(test_macvlan),
        cmocka_unit_test(test_moved_in),
        cmocka_unit_test(test_moved_refused),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_killed_wardens),
        cmocka_unit_test(test_killed_while_starting),
    };
    return vt_main(tests);
}
