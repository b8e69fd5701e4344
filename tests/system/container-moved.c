/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces of the host in containers: another face of one (macvlan), and the interface itself. */
#include "base/file.h"
#include "tests/lib/network.h"

#include <signal.h>
#include <stdio.h>

static void test_macvlan(void **state)
{
    (void)state;
    vt_net_wire();
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain = vt_net_define(
        host, "7777",
        VT_ON_WIRE("<mac address='52:54:00:aa:bb:cc'/><guest dev='wan'/><ip address='" VT_INSIDE
                   "' prefix='24'/>"));
    if (vessel_domain_start(domain, NULL, NULL, &err) < 0 &&
        vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED)
        vt_skip("this kernel has no macvlan: %s", vessel_error_message(err));
    vt_no_error(err);
    g_autofree char *said = vt_container_says(domain, "that is all");
    vt_assert_says(said, "interface wan 52:54:00:aa:bb:cc mtu 1500 up carrier");
    vt_wait(vt_net_answers, NULL, 5000);
    uint64_t received = vt_net_stat(domain, 0, "rx.bytes"),
             sent = vt_net_stat(domain, 0, "tx.bytes");
    assert_true(received > 0 && received != UINT64_MAX && sent > 0 && sent != UINT64_MAX);
    /* Its address is the next life's at once. */
    for (int i = 0; i < 5; i++) {
        vessel_domain_reset(domain, NULL, &err);
        vt_no_error(err);
        vt_destroy(domain);
        vt_start(domain);
    }
    vt_wait(vt_net_answers, NULL, 5000);
    vt_net_done(host, domain);
}

/* The interface is the host's, and the one that it was. */
static void assert_back(void)
{
    assert_int_not_equal(if_nametoindex(VT_WIRE), 0);
    assert_int_equal(access("/sys/class/net/" VT_WIRE "/bridge", F_OK), -1);
}

static bool log_says(const char *text)
{
    g_autofree char *path = g_strdup_printf("%s/log/net.log", vt_state());
    g_autofree char *log = NULL;
    assert_true(g_file_get_contents(path, &log, NULL, NULL));
    return strstr(log, text) != NULL;
}

static void kill_warden(VesselDomain *domain)
{
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
}

/* It is the container's for the time of its life, and of each of its lives; then the host's again.
 */
static void test_moved_in(void **state)
{
    (void)state;
    vt_net_wire();
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain =
        vt_net_define(host, "7777", VT_WIRE_ITSELF("<ip address='" VT_INSIDE "' prefix='24'/>"));
    vt_start(domain);
    assert_int_equal(if_nametoindex(VT_WIRE), 0);
    g_autofree char *said = vt_container_says(domain, "that is all");
    vt_assert_says(said, "address " VT_WIRE " " VT_INSIDE);
    vt_wait(vt_net_answers, NULL, 5000);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_net_answers, NULL, 5000);
    vt_destroy(domain);
    assert_back(); /* before destroy returns */
    vt_start(domain);
    g_autofree char *again = vt_container_says(domain, "that is all");
    kill_warden(domain);
    assert_int_equal(if_nametoindex(VT_WIRE), 0);
    vt_destroy(domain); /* by another warden */
    assert_back();
    vt_net_done(host, domain);
}

static void test_moved_refused(void **state)
{
    (void)state;
    vt_net_wire();
    VesselHost *host = vt_container_host();
    vt_net_refused(host,
                   "<hostdev mode='capabilities' type='net'><source><interface>vtnone</interface>"
                   "</source></hostdev>",
                   VESSEL_ERROR_NOT_FOUND, "/domain/devices/hostdev[1]/source/interface",
                   "no interface \"vtnone\"");
    vt_net_refused(host,
                   "<interface type='direct'><source dev='vtnone' mode='bridge'/></interface>",
                   VESSEL_ERROR_NOT_FOUND, "/domain/devices/interface[1]/source/@dev",
                   "no interface \"vtnone\"");
    /* It is moved, and then cannot be given that address: it is the host's again. */
    vt_net_refused(host,
                   VT_WIRE_ITSELF("<route address='10.9.0.0' prefix='16' gateway='10.9.1.1'/>"),
                   VESSEL_ERROR_IO, "/domain/devices/hostdev[1]/route[1]", "10.9.0.0/16");
    assert_back();
    vessel_host_unref(host);
    vt_nothing_left();
}

/* An init that was given it, and calls it "vtmine" ("rename"); beside that makes a bridge with its
 * name ("beside"), or with its name and number ("instead"). */
static VesselDomain *start_meddling(VesselHost *host, const char *how)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *words = g_strdup_printf("<initarg>change-interface</initarg><initarg>" VT_WIRE
                                             "</initarg><initarg>vtmine</initarg><initarg>%s"
                                             "</initarg>",
                                             how);
    g_autofree char *body = vt_container_body(root, words, VT_WIRE_ITSELF(""));
    g_autofree char *xml =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>net</name>%s<vessel:init kind='init'/></domain>",
                        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    return domain;
}

static void assert_changed(VesselDomain *domain)
{
    g_autofree char *said = vt_container_says(domain, "changed");
    assert_null(strstr(said, "not permitted"));
    assert_null(strstr(said, "exists"));
}

static VesselDomain *start_with_wire(VesselHost **host)
{
    vt_net_wire();
    *host = vt_container_host();
    VesselDomain *domain = vt_net_define(*host, NULL, VT_WIRE_ITSELF(""));
    vt_start(domain);
    return domain;
}

/* Whatever it was called inside, and whatever has its name there. */
static void give_back(const char *how)
{
    vt_net_wire();
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain = start_meddling(host, how);
    assert_changed(domain);
    assert_true(vt_net_stat(domain, 0, "tx.bytes") != UINT64_MAX);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    assert_changed(domain); /* its next life found it */
    vt_destroy(domain);
    assert_back();
    assert_int_equal(if_nametoindex("vtmine"), 0);
    vt_start(domain);
    assert_changed(domain);
    kill_warden(domain);
    vt_destroy(domain); /* by one that has read what was written down */
    assert_back();
    vt_net_done(host, domain);
}

static void test_renamed(void **state)
{
    (void)state;
    give_back("rename");
}

static void test_impostor_beside(void **state)
{
    (void)state;
    give_back("beside");
}

/* The interface is gone, and what stands for it stays where it was made. */
static void test_impostor_instead(void **state)
{
    (void)state;
    vt_net_wire();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_meddling(host, "instead");
    assert_changed(domain);
    assert_true(vt_net_stat(domain, 0, "tx.bytes") == UINT64_MAX);
    vt_destroy(domain);
    assert_int_equal(if_nametoindex(VT_WIRE), 0);
    assert_true(log_says(VT_WIRE " does not come back: "));
    vt_net_done(host, domain);
}

/* Not by number, kind and name either. */
static void exchange(VesselDomain *domain)
{
    g_autofree char *command = g_strdup_printf(
        "nsenter --net=/proc/%d/ns/net sh -c 'i=$(ip -o link show " VT_WIRE " | cut -d: -f1) && "
        "ip link del " VT_WIRE " && "
        "ip link add " VT_WIRE " index $i address 02:bb:bb:bb:bb:bb type veth peer name vtpeer'",
        vt_container_pids(domain).guest);
    assert_true(vt_net_stat(domain, 0, "tx.bytes") != UINT64_MAX);
    assert_int_equal(system(command), 0);
    assert_true(vt_net_stat(domain, 0, "tx.bytes") == UINT64_MAX);
    vt_destroy(domain);
    assert_int_equal(if_nametoindex(VT_WIRE), 0);
    assert_true(log_says(VT_WIRE " does not come back: "));
}

static void test_exchanged(void **state)
{
    (void)state;
    vt_need_program("ip");
    vt_need_program("nsenter");
    VesselHost *host;
    VesselDomain *domain = start_with_wire(&host);
    exchange(domain);
    assert_int_equal(system("ip link add " VT_WIRE " type veth peer name vtpeer"), 0);
    vt_start(domain);
    kill_warden(domain); /* its adopter knows it as well */
    exchange(domain);
    vt_net_done(host, domain);
}

/* As an init may: names beside the one it has, of which the host has one for something else, and so
 * many that what the kernel says of it is long. */
static void test_alternative_names(void **state)
{
    (void)state;
    vt_need_program("ip");
    vt_need_program("nsenter");
    VesselHost *host;
    VesselDomain *domain = start_with_wire(&host);
    g_autofree char *command = g_strdup_printf(
        "ip link add vthostbr type bridge && for i in hostbr $(seq 100000 100400); do "
        "echo link property add dev " VT_WIRE
        " altname vt$i$(test $i = hostbr || printf %%0100d 0); "
        "done | nsenter --net=/proc/%d/ns/net ip -b -",
        vt_container_pids(domain).guest);
    if (system(command) != 0)
        vt_skip("this ip knows no alternative names");
    assert_true(vt_net_stat(domain, 0, "tx.bytes") != UINT64_MAX);
    vt_destroy(domain);
    assert_back();
    assert_int_equal(system("ip link del vthostbr"), 0);
    assert_int_equal(system("ip link show vt100400$(printf %0100d 0) 2>/dev/null") == 0, 0);
    vt_net_done(host, domain);
}

/* The host made another of its name meanwhile. */
static void test_name_taken(void **state)
{
    (void)state;
    vt_need_program("ip");
    VesselHost *host;
    VesselDomain *domain = start_with_wire(&host);
    assert_int_equal(system("ip link add " VT_WIRE " type bridge"), 0);
    vt_destroy(domain);
    g_autofree char *other = vt_net_end();
    assert_non_null(other);
    assert_true(g_str_has_prefix(other, "vessel"));
    assert_true(log_says(VT_WIRE));
    g_autofree char *command = g_strdup_printf("ip link del %s", other);
    assert_int_equal(system(command), 0);
    vt_net_done(host, domain);
}

/* Its own counters, of before as well. */
static void test_moved_counted(void **state)
{
    (void)state;
    vt_net_wire();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_net_define(
        host, "7777", VT_ON_BRIDGE("") VT_WIRE_ITSELF("<ip address='" VT_INSIDE "' prefix='24'/>"));
    vt_start(domain);
    vt_wait(vt_net_answers, NULL, 5000);
    assert_int_equal(vt_net_stat(domain, 0, "tx.errs"), 0);
    uint64_t received = vt_net_stat(domain, 1, "rx.bytes"),
             sent = vt_net_stat(domain, 1, "tx.bytes");
    assert_true(received > 0 && received != UINT64_MAX && sent > 0 && sent != UINT64_MAX);
    assert_true(vt_net_stat(domain, 2, "rx.bytes") == UINT64_MAX);
    kill_warden(domain);
    assert_true(vt_net_stat(domain, 1, "rx.bytes") >= received);
    vt_net_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macvlan),           cmocka_unit_test(test_moved_in),
        cmocka_unit_test(test_moved_refused),     cmocka_unit_test(test_renamed),
        cmocka_unit_test(test_impostor_beside),   cmocka_unit_test(test_impostor_instead),
        cmocka_unit_test(test_name_taken),        cmocka_unit_test(test_exchanged),
        cmocka_unit_test(test_alternative_names), cmocka_unit_test(test_moved_counted),
    };
    return vt_main(tests);
}
