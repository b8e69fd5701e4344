/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of containers, each case's bridge in a network namespace of its own. */
#include "base/file.h"
#include "tests/lib/command.h"
#include "tests/lib/network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

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

/* ---- a bridge ---- */

static void test_bridge(void **state)
{
    (void)state;
    vt_net_bridge(1400);
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_net_define(
        host, "7777",
        VT_ON_BRIDGE("<mac address='52:54:00:11:22:33'/>"
                     "<ip address='" VT_INSIDE
                     "' prefix='24'/><ip address='fd00:77::5' prefix='64'/>"
                     "<route address='0.0.0.0' gateway='" VT_OUTSIDE "'/>"
                     "<route family='ipv6' address='::' prefix='0' gateway='fd00:77::1'/>"));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all"), *end = vt_net_end();
    vt_assert_says(said, "interface eth0 52:54:00:11:22:33 mtu 1400 up carrier");
    vt_assert_says(said, "interface lo 00:00:00:00:00:00 mtu 65536 up");
    vt_assert_says(said, "address eth0 " VT_INSIDE);
    vt_assert_says(said, "address eth0 fd00:77::5");
    vt_assert_says(said, "address lo 127.0.0.1");
    vt_assert_says(said, "eth0\t00000000\t01004D0A\t0003\t0\t0\t1\t00000000");
    vt_assert_says(said, "fd000077000000000000000000000001");
    assert_non_null(end);
    assert_true(is_port(end));
    g_autofree char *address_file = g_strdup_printf("/sys/class/net/%s/address", end);
    g_autofree char *address = NULL;
    assert_true(g_file_get_contents(address_file, &address, NULL, NULL));
    assert_string_equal(address, "fe:54:00:11:22:33\n");
    vt_wait(vt_net_answers, NULL, 5000);
    /* What it received is what its end outside sent. */
    uint64_t received = vt_net_stat(domain, 0, "rx.bytes"),
             sent = vt_net_stat(domain, 0, "tx.bytes");
    assert_true(received > 0 && received != UINT64_MAX && sent > 0 && sent != UINT64_MAX);
    assert_true(outside_of(end, "tx_bytes") >= received && outside_of(end, "rx_bytes") >= sent);
    /* Its names are told while it runs. */
    VesselError *err = NULL;
    char *shown = NULL;
    vessel_domain_xml(domain, 0, &shown, &err);
    vt_no_error(err);
    g_autofree char *target = g_strdup_printf("<target dev='%s'/>", end);
    vt_assert_says(shown, target);
    vt_assert_says(shown, "<guest actual='eth0'/>");
    vessel_free(shown);
    vt_net_done(host, domain);
}

/* Of both families, through a peer and through the link alone, several to one network. */
static void test_addresses(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_net_define(
        host, NULL,
        VT_ON_BRIDGE("<ip address='10.77.0.5' prefix='32' peer='10.77.0.1'/>"
                     "<ip address='192.168.7.9' prefix='31'/>"
                     "<ip address='fd00:77::5' prefix='128' peer='fd00:77::1'/>"
                     "<ip address='fd00:78::5'/>"
                     "<route address='0.0.0.0' gateway='10.77.0.1'/>"
                     "<route address='0.0.0.0' gateway='192.168.7.8' metric='7'/>"
                     "<route address='10.9.0.0' prefix='16' gateway='10.77.0.1' metric='4'/>"
                     "<route address='172.16.0.0' netmask='255.240.0.0' gateway='192.168.7.8'/>"
                     "<route family='ipv6' address='::' gateway='fe80::1'/>"
                     "<route family='ipv6' address='fd01::' prefix='16' gateway='fd00:77::1'/>"));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    vt_assert_says(said, "address eth0 10.77.0.5");
    vt_assert_says(said, "address eth0 192.168.7.9");
    vt_assert_says(said, "address eth0 fd00:77::5");
    vt_assert_says(said, "address eth0 fd00:78::5");
    /* Destination, gateway, flags, …, metric, mask; the bytes of each from last to first. */
    vt_assert_says(said, "eth0\t01004D0A\t00000000\t0005\t0\t0\t0\tFFFFFFFF"); /* the peer */
    vt_assert_says(said, "eth0\t00000000\t01004D0A\t0003\t0\t0\t1\t00000000");
    vt_assert_says(said, "eth0\t00000000\t0807A8C0\t0003\t0\t0\t7\t00000000");
    vt_assert_says(said, "eth0\t0000090A\t01004D0A\t0003\t0\t0\t4\t0000FFFF");
    vt_assert_says(said, "eth0\t000010AC\t0807A8C0\t0003\t0\t0\t1\t0000F0FF");
    vt_assert_says(said, "fd000077000000000000000000000001 80 "); /* the peer */
    vt_assert_says(said, "fd010000000000000000000000000000 10 ");
    vt_assert_says(said, "00000000000000000000000000000000 00 "
                         "00000000000000000000000000000000 00 fe800000000000000000000000000001");
    vt_net_done(host, domain);
}

static void test_addresses_refused(void **state)
{
    static const struct {
        const char *words, *path, *message;
        int code;
    } cases[] = {
        {"<ip address='" VT_INSIDE "'/><ip address='" VT_INSIDE "'/>", "/interface[1]/ip[2]",
         "the address " VT_INSIDE, VESSEL_ERROR_EXISTS},
        {"<ip address='fd00::5'/><ip address='fd00::5'/>", "/interface[1]/ip[2]",
         "the address fd00::5", VESSEL_ERROR_EXISTS},
        {"<ip address='fd00::5'/><route family='ipv6' address='fd01::' prefix='16' "
         "gateway='fd02::1'/>",
         "/interface[1]/route[1]", "the route to fd01::/16", VESSEL_ERROR_IO},
        {"<ip address='" VT_INSIDE "' prefix='24'/><route address='0.0.0.0' gateway='" VT_OUTSIDE
         "'/><route address='0.0.0.0' gateway='10.77.0.2'/>",
         "/interface[1]/route[2]", "the route to 0.0.0.0/0 through 10.77.0.2", VESSEL_ERROR_EXISTS},
        {"<ip address='" VT_INSIDE "' prefix='24'/><route address='10.9.0.0' gateway='" VT_OUTSIDE
         "'/>",
         "/interface[1]/route[1]/@address", "/8", VESSEL_ERROR_INVALID_DEFINITION},
        {"<ip address='" VT_INSIDE "' prefix='24'/><route address='10.9.0.0' prefix='16' "
         "gateway='fd00::1'/>",
         "/interface[1]/route[1]/@gateway", "other family", VESSEL_ERROR_INVALID_DEFINITION},
    };
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *interface = g_strdup_printf(VT_ON_BRIDGE("%s"), cases[i].words);
        g_autofree char *path = g_strconcat("/domain/devices", cases[i].path, NULL);
        vt_net_refused(host, interface, cases[i].code, path, cases[i].message);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* Names that are the definition's own, through a restart and an end that is followed at once. */
static void test_names(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain =
        vt_net_define(host, NULL,
                      VT_ON_BRIDGE("<target dev='vtweb'/><guest dev='wan'/><mtu size='1300'/>")
                          VT_ON_BRIDGE("<guest dev='lan'/><ip address='192.168.9.1'/>"));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    vt_assert_says(said, "interface wan 52:54:00:");
    vt_assert_says(said, "mtu 1300 up carrier");
    vt_assert_says(said, "interface lan 52:54:00:");
    vt_assert_says(said, "address lan 192.168.9.1");
    assert_true(is_port("vtweb"));
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_destroy(domain);
    vt_start(domain);
    g_autofree char *again = vt_container_says(domain, "that is all");
    vt_assert_says(again, "interface wan 52:54:00:");
    assert_true(is_port("vtweb"));
    vt_net_done(host, domain);
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
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain =
        vt_net_define(host, "7777", VT_ON_BRIDGE("<ip address='" VT_INSIDE "' prefix='24'/>"));
    vt_start(domain);
    g_autofree char *before = vt_net_end();
    End end = {before, if_nametoindex(before)};
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", pids.guest);
    vt_wait(vt_net_answers, NULL, 5000);
    /* The name stays taken for a while: the next life waits for it. */
    vessel_autofd int held = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(held >= 0);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    g_usleep(200000);
    vessel__close_fd(&held);
    vt_wait(is_gone_or_new, &end, 5000);
    vt_wait(vt_net_answers, NULL, 5000);
    g_autofree char *after = vt_net_end();
    assert_string_equal(before, after);
    vt_net_done(host, domain);
}

static void test_link_down(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_net_define(host, NULL,
                      VT_ON_BRIDGE("<link state='down'/><ip address='" VT_INSIDE "' prefix='24'/>"
                                   "<route address='0.0.0.0' gateway='" VT_OUTSIDE "'/>"));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    vt_assert_says(said, "up no-carrier");
    vt_assert_says(said, "address eth0 " VT_INSIDE);
    vt_net_done(host, domain);
}

#define OTHER_MAC "52:54:00:11:22:44"
#define TWO_LINKS(state, other)                                                                    \
    VT_ON_BRIDGE("<mac address='52:54:00:11:22:33'/><target dev='vtone'/><link state='" state      \
                 "'/>")                                                                            \
    VT_ON_BRIDGE("<mac address='" OTHER_MAC "'/><target dev='vttwo'/><link state='" other "'/>")

static void change_links(VesselDomain *domain, const char *interfaces, uint32_t flags,
                         VesselError **err)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    g_autofree char *xml =
        vt_net_xml("<initarg>watch-cable</initarg><initarg>eth0</initarg>", interfaces);
    options.flags = flags;
    vessel_domain_change(domain, xml, &options, err);
}

static VesselDomain *define_two_links(VesselHost *host)
{
    g_autofree char *xml =
        vt_net_xml("<initarg>watch-cable</initarg><initarg>eth0</initarg>", TWO_LINKS("up", "up"));
    return vt_define_xml(host, xml);
}

static void expect_cable(VesselDomain *domain, const char *text)
{
    g_autofree char *said = vt_container_says(domain, text);
    (void)said;
}

static bool is_up(const char *end)
{
    g_autofree char *path = g_strdup_printf("/sys/class/net/%s/flags", end), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return g_ascii_strtoull(text, NULL, 16) & IFF_UP;
}

/* The cable is pulled and plugged in while it runs; how it is holds over restarts and wardens. */
static void test_link_changed(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain = define_two_links(host);
    char *xml = NULL;
    vt_start(domain);
    expect_cable(domain, "cable 0: plugged in");
    change_links(domain, TWO_LINKS("down", "up"), VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_no_error(err);
    expect_cable(domain, "cable 1: pulled out");
    assert_false(is_up("vtone"));
    assert_true(is_up("vttwo"));
    vessel_domain_xml(domain, 0, &xml, &err);
    vt_no_error(err);
    vt_assert_says(xml, "<link state='down'/>");
    vessel_free(xml);
    change_links(domain, TWO_LINKS("up", "up"), VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_no_error(err);
    expect_cable(domain, "cable 2: plugged in");
    change_links(domain, TWO_LINKS("down", "down"), VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_no_error(err);
    expect_cable(domain, "cable 3: pulled out");
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    expect_cable(domain, "cable 0: pulled out");
    assert_false(is_up("vtone") || is_up("vttwo"));
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 5000);
    change_links(domain, TWO_LINKS("up", "down"), VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_no_error(err);
    assert_true(is_up("vtone") && !is_up("vttwo"));
    vt_destroy(domain);
    vt_start(domain); /* the next start's was not touched */
    expect_cable(domain, "cable 0: plugged in");
    vt_net_done(host, domain);
}

/* Both or none; and nothing else of an interface. */
static void test_link_not_changed(void **state)
{
    (void)state;
    vt_need_program("ip");
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain = define_two_links(host);
    vt_start(domain);
    expect_cable(domain, "cable 0: plugged in");
    change_links(domain,
                 VT_ON_BRIDGE("<mac address='52:54:00:11:22:33'/><target dev='vtone'/>"
                              "<link state='down'/><mtu size='1300'/>")
                     VT_ON_BRIDGE("<mac address='" OTHER_MAC "'/><target dev='vttwo'/>"
                                  "<link state='up'/>"),
                 VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_one_of(err, VESSEL_ERROR_UNSUPPORTED);
    vt_says(err, 'p', "/domain/devices/interface[1]/mtu");
    g_clear_pointer(&err, vessel_error_free);
    assert_int_equal(system("ip link set vttwo name vtelse"), 0);
    change_links(domain, TWO_LINKS("down", "down"), VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_one_of(err, VESSEL_ERROR_NOT_FOUND);
    vt_says(err, 'p', "/domain/devices/interface[2]/link");
    g_clear_pointer(&err, vessel_error_free);
    assert_true(is_up("vtone"));
    vt_net_done(host, domain);
}

/* What has no end outside has no cable. */
static void test_link_of_others(void **state)
{
    (void)state;
    vt_need_program("slirp4netns");
    vt_net_bridge(1500);
    vt_net_taps();
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    g_autofree char *xml =
        vt_net_xml("<initarg>watch-cable</initarg><initarg>eth0</initarg>", VT_USER(""));
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    change_links(domain, VT_USER("<link state='down'/>"), 0, &err);
    vt_one_of(err, VESSEL_ERROR_INVALID_DEFINITION);
    vt_says(err, 'p', "/domain/devices/interface[1]/link/@state");
    vessel_error_free(err);
    vt_net_done(host, domain);
}

/* What the command says; "" when it fails. */
static char *command(const char *words)
{
    char *said = NULL;
    if (vt_command_line(words, &said, NULL) != 0)
        *said = '\0';
    return said;
}

static void expect_command(const char *words, const char *expected)
{
    g_autofree char *said = command(words);
    assert_string_equal(said, expected);
}

static void test_link_command(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain = define_two_links(host);
    vt_start(domain);
    expect_command("domif-getlink net vtone", "vtone up\n");
    expect_command("domif-setlink net vtone down", "Device updated successfully\n");
    expect_cable(domain, "cable 1: pulled out");
    expect_command("domif-getlink net vtone", "vtone down\n");
    expect_command("domif-getlink net 52:54:00:11:22:33 --config", "52:54:00:11:22:33 up\n");
    expect_command("domif-setlink net " OTHER_MAC " down --config",
                   "Device updated successfully\n");
    expect_command("domif-getlink net " OTHER_MAC, OTHER_MAC " up\n");
    expect_command("domif-getlink net " OTHER_MAC " --config", OTHER_MAC " down\n");
    g_autofree char *shown = command("domif-setlink net vtone up --print-xml");
    vt_assert_says(shown, "<interface type=\"bridge\">");
    vt_assert_says(shown, "<link state=\"up\"/>");
    expect_command("domif-getlink net vtone", "vtone down\n");
    expect_command("domif-getlink net vtnone", "");
    expect_command("domif-setlink net vtone sideways", "");
    vt_net_done(host, domain);
}

/* Each changes another interface of the same definition, which it reads first: nothing is lost. */
static void test_links_at_once(void **state)
{
    static const char *const names[] = {"vtone", "vttwo"};
    g_autofree char *uri = vt_uri(vt_state());
    FILE *pipes[2];
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain = define_two_links(host);
    for (int i = 0; i < 2; i++) {
        g_autofree char *loop = g_strdup_printf(
            "for i in 1 2 3 4 5 6 7 8; do for s in up down; do "
            "'%s/vessel' -q -c '%s' domif-setlink net %s $s --config || exit 1; done; done",
            vt_build_dir(), uri, names[i]);
        pipes[i] = popen(loop, "re");
        assert_non_null(pipes[i]);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pclose(pipes[i]), 0);
    expect_command("domif-getlink net vtone", "vtone down\n");
    expect_command("domif-getlink net vttwo", "vttwo down\n");
    vt_net_done(host, domain);
}

static void test_refused(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    vt_net_refused(host, "<interface type='bridge'><source bridge='vtnone'/></interface>",
                   VESSEL_ERROR_NOT_FOUND, "/domain/devices/interface[1]/source/@bridge",
                   "this host has no bridge \"vtnone\"");
    vt_net_refused(host, "<interface type='bridge'><source bridge='lo'/></interface>",
                   VESSEL_ERROR_INVALID_DEFINITION, "/domain/devices/interface[1]/source/@bridge",
                   "lo is no bridge");
    vt_net_refused(host, "<interface type='network'><source network='default'/></interface>",
                   VESSEL_ERROR_UNSUPPORTED, "/domain/devices/interface[1]/@type", "'network'");
    vt_net_refused(host, VT_ON_BRIDGE("<guest dev='eth%d'/>"), VESSEL_ERROR_INVALID_DEFINITION,
                   "/domain/devices/interface[1]/guest/@dev", "cannot be the name");
    vt_net_refused(host, VT_ON_BRIDGE("<guest dev='eth1'/>") VT_ON_BRIDGE(""),
                   VESSEL_ERROR_INVALID_DEFINITION, "/domain/devices/interface[2]/guest/@dev",
                   "another interface");
    vt_net_refused(host, VT_ON_BRIDGE("<target dev='" VT_BRIDGE "'/>"), VESSEL_ERROR_EXISTS,
                   "/domain/devices/interface[1]", VT_BRIDGE);
    vt_net_refused(host,
                   VT_ON_BRIDGE("<ip address='" VT_INSIDE "' prefix='24'/>"
                                "<route address='10.9.0.0' prefix='16' gateway='10.78.0.1'/>"),
                   VESSEL_ERROR_IO, "/domain/devices/interface[1]/route[1]",
                   "the route to 10.9.0.0/16");
    vessel_host_unref(host);
    vt_nothing_left();
    vt_wait(vt_net_no_ends, NULL, 5000);
}

/* ---- slirp4netns ---- */

/* Answers once, in a process of its own, at VT_OUTSIDE and on the loopback. */
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
    g_autofree char *xml = vt_net_xml(words, VT_USER(""));
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
    vt_net_bridge(1500);
    vt_net_taps();
    if (as_user)
        vt_as_user();
    VesselHost *host = vt_container_host();
    pid_t outside = answer_outside(&port);
    g_autofree char *said = reached_from_inside(host, VT_OUTSIDE, port);
    vt_assert_says(said, "reached: hello from outside");
    g_autofree char *loopback = reached_from_inside(host, "10.0.2.2", port);
    assert_null(strstr(loopback, "hello"));
    VesselDomain *domain = vt_net_define(
        host, "7777",
        VT_USER("<mac address='52:54:00:99:88:77'/><ip address='10.5.0.9' prefix='24'/>"
                "<portForward proto='tcp' address='127.0.0.1'><range start='7001' to='7777'/>"
                "<range start='7005' end='7007' to='7776'/></portForward>"
                "<portForward proto='udp'><range start='7001'/></portForward>"));
    vt_start(domain);
    g_autofree char *shown = vt_container_says(domain, "that is all");
    vt_assert_says(shown, "interface eth0 52:54:00:99:88:77 mtu 1500 up carrier");
    vt_assert_says(shown, "address eth0 10.5.0.9");
    vt_assert_says(shown, "eth0\t00000000\t0200050A\t0003\t0\t0\t1\t00000000");
    g_autofree char *first = vt_net_heard("127.0.0.1", 7001),
                    *second = vt_net_heard("127.0.0.1", 7006);
    assert_string_equal(first, "hello from inside\n");
    assert_string_equal(second, "hello from inside\n");
    uint64_t received = vt_net_stat(domain, 0, "rx.bytes"),
             sent = vt_net_stat(domain, 0, "tx.bytes");
    assert_true(received > 0 && received != UINT64_MAX && sent > 0 && sent != UINT64_MAX);
    kill(outside, SIGKILL);
    waitpid(outside, NULL, 0);
    vt_net_done(host, domain);
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
    vt_net_bridge(1500);
    vt_net_taps();
    vt_as_user();
    VesselHost *host = vt_container_host();
    pid_t outside = answer_outside(&port);
    g_autofree char *taken = g_strdup_printf(
        VT_USER("<portForward proto='tcp'><range start='%u'/></portForward>"), port);
    vt_net_refused(host, taken, VESSEL_ERROR_IO,
                   "/domain/devices/interface[1]/portForward[1]/range[1]",
                   "Address already in use");
    kill(outside, SIGKILL);
    waitpid(outside, NULL, 0);
    vt_net_refused(host, VT_USER("<portForward proto='udp'><range start='80'/></portForward>"),
                   VESSEL_ERROR_DENIED, "/domain/devices/interface[1]/portForward[1]/range[1]",
                   "udp port 80");
    vt_net_refused(host, VT_USER("<ip address='10.0.2.3' prefix='24'/>"),
                   VESSEL_ERROR_INVALID_DEFINITION, "/domain/devices/interface[1]/ip[1]",
                   "10.0.2.3");
    vt_net_refused(host, VT_USER("") VT_USER(""), VESSEL_ERROR_INVALID_DEFINITION,
                   "/domain/devices/interface[2]", "one interface of the type 'user'");
    vt_net_refused(host, VT_USER("<portForward proto='tcp'/>"), VESSEL_ERROR_INVALID_DEFINITION,
                   "/domain/devices/interface[1]/portForward[1]", "name the ports");
    vt_net_refused(host, VT_USER("<source dev='lo'/>"), VESSEL_ERROR_INVALID_DEFINITION,
                   "/domain/devices/interface[1]/source/@dev", "slirp4netns");
    vt_net_refused(host, VT_USER("<link state='down'/>"), VESSEL_ERROR_INVALID_DEFINITION,
                   "/domain/devices/interface[1]/link/@state", "no cable");
    vt_net_refused(host, VT_ON_BRIDGE(""), VESSEL_ERROR_DENIED, "/domain/devices/interface[1]",
                   "only root");
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_user_missing(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    vt_private_mounts();
    if (access("/usr/bin/slirp4netns", F_OK) == 0)
        assert_int_equal(mount("/dev/null", "/usr/bin/slirp4netns", NULL, MS_BIND, NULL), 0);
    VesselHost *host = vt_container_host();
    vt_net_refused(host, VT_USER(""), VESSEL_ERROR_MISSING_FEATURE, "/domain/devices/interface[1]",
                   "slirp4netns");
    vessel_host_unref(host);
    vt_nothing_left();
}

/* One that is never ready, and never stops talking: the warden has its ears for others too. */
static void test_user_talks(void **state)
{
    (void)state;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    VesselError *err = NULL;
    vt_need_program("slirp4netns");
    vt_net_bridge(1500);
    vt_net_taps();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"),
                    *program = g_strconcat(root, "/inside", NULL);
    g_autofree char *real = g_find_program_in_path("slirp4netns");
    assert_int_equal(mount(program, real, NULL, MS_BIND, NULL), 0);
    VesselDomain *domain = vt_net_define(host, NULL, VT_USER(""));
    int64_t began = vt_now_us();
    options.timeout_ms = 1000;
    vessel_domain_start(domain, &options, NULL, &err);
    vt_one_of(err, VESSEL_ERROR_TIMEOUT);
    vt_says(err, 'm', "network from slirp4netns");
    vessel_error_free(err);
    assert_true(vt_now_us() - began < 8 * G_USEC_PER_SEC);
    assert_int_equal(umount(real), 0);
    vt_net_done(host, domain);
}

/* It ends with its warden; the container goes on and says so. */
static void test_user_killed(void **state)
{
    (void)state;
    vt_need_program("slirp4netns");
    vt_net_bridge(1500);
    vt_net_taps();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_net_define(host, NULL, VT_USER(""));
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_net_done(host, domain);
}

/* ---- bad days ---- */

static void test_killed_wardens(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_net_define(host, NULL, VT_ON_BRIDGE("<ip address='" VT_INSIDE "' prefix='24'/>"));
    const char *uuid = vessel_domain_get_uuid(domain);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all"); /* it ignores SIGHUP now */
    VtPids pids = vt_pids(vt_state(), uuid);
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 5000);
    assert_false(vt_net_no_ends(NULL)); /* it goes on, and so does its network */
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(domain);
    vt_wait(vt_net_no_ends, NULL, 5000);
    vt_start(domain);
    pids = vt_pids(vt_state(), uuid);
    kill(pids.warden, SIGKILL);
    kill(pids.guest, SIGKILL);
    vt_wait(vt_net_no_ends, NULL, 5000);
    vt_net_done(host, domain);
}

/* Returns why it could not, for who joins it; its warden was killed, or it was too late for that.
 */
static gpointer start_it(gpointer domain)
{
    VesselError *err = NULL;
    vessel_domain_start(domain, NULL, NULL, &err);
    return err;
}

/* At any step of its start: what was made ends with the container's first process, and that with
 * its warden. */
static void test_killed_while_starting(void **state)
{
    (void)state;
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_net_define(host, NULL, VT_ON_BRIDGE("<ip address='" VT_INSIDE "' prefix='24'/>"));
    pid_t last = 0;
    int failed = 0;
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
        g_autoptr(VesselError) err = g_thread_join(starter);
        if (err)
            vt_one_of(err, VESSEL_ERROR_HYPERVISOR_DIED);
        failed += err != NULL;
        vt_net_end_it(domain);
        vt_wait(vt_net_no_ends, NULL, 5000);
    }
    assert_true(failed > 0);
    vt_net_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bridge),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_addresses_refused),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_link_down),
        cmocka_unit_test(test_link_changed),
        cmocka_unit_test(test_link_not_changed),
        cmocka_unit_test(test_link_of_others),
        cmocka_unit_test(test_link_command),
        cmocka_unit_test(test_links_at_once),
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_user_rootless),
        cmocka_unit_test(test_user_refused),
        cmocka_unit_test(test_user_missing),
        cmocka_unit_test(test_user_talks),
        cmocka_unit_test(test_user_killed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_killed_wardens),
        cmocka_unit_test(test_killed_while_starting),
    };
    return vt_main(tests);
}
