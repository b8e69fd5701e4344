/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to the kernel's rtnetlink, and requests that it refuses: nothing here changes an
 * interface, whoever runs it. */
#include "sys/netlink.h"
#include "tests/lib/guest.h"

#include <linux/rtnetlink.h>

#define NOBODY 0x7ffffff0U /* no interface has that number */

static VesselNetlink *begin(void)
{
    VesselNetlink *netlink = NULL;
    VesselError *err = NULL;
    vessel__netlink_open(&netlink, &err);
    vt_no_error(err);
    return netlink;
}

static void test_loopback(void **state)
{
    (void)state;
    g_autoptr(VesselNetlink) netlink = begin();
    VesselError *err = NULL;
    VesselLink by_name, by_index;
    vessel__netlink_link(netlink, "lo", &by_name, &err);
    vt_no_error(err);
    vessel__netlink_link_at(netlink, by_name.index, &by_index, &err);
    vt_no_error(err);
    assert_int_equal(by_name.index, if_nametoindex("lo"));
    assert_int_equal(by_index.index, by_name.index);
    assert_string_equal(by_index.name, "lo");
    assert_string_equal(by_index.kind, "");
    assert_string_equal(by_index.permanent, "");
    assert_int_equal(by_index.mtu, by_name.mtu);
    assert_true(by_index.mtu > 0);
    assert_true(by_index.counters.rx_bytes >= by_name.counters.rx_bytes);
}

static void test_not_there(void **state)
{
    (void)state;
    g_autoptr(VesselNetlink) netlink = begin();
    VesselError *err = NULL;
    VesselLink link;
    assert_int_equal(vessel__netlink_link(netlink, "vtnosuch", &link, &err),
                     VESSEL_ERROR_NOT_FOUND);
    vt_says(err, 'm', "vtnosuch");
    g_clear_pointer(&err, vessel_error_free);
    assert_int_equal(link.index, 0);
    assert_int_equal(vessel__netlink_link_at(netlink, NOBODY, &link, &err), VESSEL_ERROR_NOT_FOUND);
    vessel_error_free(err);
    /* Nothing of an answer is left for the next question. */
    err = NULL;
    vessel__netlink_link(netlink, "lo", &link, &err);
    vt_no_error(err);
    assert_string_equal(link.name, "lo");
}

/* More than are sent at once: the error is the first one's, and all are answered. */
static void test_many_refused(void **state)
{
    struct ifinfomsg header = {.ifi_index = (int)NOBODY};
    static char paths[250][8];
    (void)state;
    g_autoptr(VesselNetlink) netlink = begin();
    VesselError *err = NULL;
    VesselLink link;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_snprintf(paths[i], sizeof paths[i], "/%zu", i);
        vessel__netlink_begin(netlink, RTM_NEWLINK, 0, &header, sizeof header, paths[i],
                              "request %zu", i);
        vessel__netlink_put_u32(netlink, IFLA_MTU, 1500);
    }
    assert_true(vessel__netlink_send(netlink, &err) < 0);
    vt_says(err, 'm', "request 0");
    vt_says(err, 'p', "/0");
    g_clear_pointer(&err, vessel_error_free);
    vessel__netlink_link(netlink, "lo", &link, &err);
    vt_no_error(err);
    assert_string_equal(link.name, "lo");
    assert_int_equal(vessel__netlink_send(netlink, NULL), 0); /* nothing was begun */
}

static void test_mac(void **state)
{
    static const char *const bad[] = {"",
                                      "52:54:00:11:22",
                                      "52:54:00:11:22:3",
                                      "52:54:00:11:22:333",
                                      "52:54:00:11:22:33 ",
                                      " 52:54:00:11:22:33",
                                      "52:54:00:11:22:33:44",
                                      "52-54-00-11-22-33",
                                      "5g:54:00:11:22:33",
                                      "+2:54:00:11:22:33",
                                      "0x:54:00:11:22:33",
                                      "52:54:00: 1:22:33"};
    const uint8_t expected[] = {0x52, 0x54, 0x00, 0xaa, 0xBB, 0x0f};
    uint8_t mac[6];
    (void)state;
    assert_true(vessel__mac_parse("52:54:00:aa:BB:0f", mac));
    assert_memory_equal(mac, expected, sizeof mac);
    assert_false(vessel__mac_parse(NULL, mac));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        if (vessel__mac_parse(bad[i], mac))
            fail_msg("\"%s\" is taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loopback),
        cmocka_unit_test(test_not_there),
        cmocka_unit_test(test_many_refused),
        cmocka_unit_test(test_mac),
    };
    return vt_main(tests);
}
