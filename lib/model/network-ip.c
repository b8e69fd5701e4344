/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <ip> of a network, with its DHCP. */
#include "model/check-document.h"
#include "model/network.h"
#include "model/things.h"

#define LIVE VESSEL_ROW_LIVE

static const char *const lease_units[] = {"", "seconds", "minutes", "hours", NULL};

/* Two to 130 hexadecimal bytes with colons between them. */
static char *read_duid(const char *text)
{
    for (const char *at = text;; at++) {
        size_t digits = strspn(at, "0123456789abcdefABCDEF");
        if (digits < 1 || digits > 2)
            return NULL;
        at += digits;
        if (!*at)
            return g_strdup(text);
        if (*at != ':')
            return NULL;
    }
}

static const VesselForm form_duid = {"hexadecimal bytes with ':' between them",
                                     "[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2})*", read_duid};

static const VesselRow lease_rows[] = {
    VESSEL_NUMBER(VesselDhcpLease, expiry, "@expiry", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_LIVE,
                  "how long an address is lent, at least two minutes; 0 for ever"),
    VESSEL_ENUM(VesselDhcpLease, unit, "@unit", lease_units, VESSEL_ROW_LIVE, "unit of expiry",
                .preset = "minutes"),
    {.path = NULL},
};

static const VesselTable lease_table = VESSEL_PART_TABLE(VesselDhcpLease, "lease", lease_rows);

static const VesselRow range_rows[] = {
    VESSEL_STRING(VesselDhcpRange, start, "@start", &vessel__form_ip, 45,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "first address"),
    VESSEL_STRING(VesselDhcpRange, end, "@end", &vessel__form_ip, 45,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "last address"),
    VESSEL_OBJECT(VesselDhcpRange, lease, "lease", &lease_table, VESSEL_ROW_LIVE, "for how long",
                  .otherwise = "one hour"),
    {.path = NULL},
};

static const VesselTable range_table = VESSEL_LINES_TABLE(VesselDhcpRange, "range", range_rows);

static const VesselRow host_rows[] = {
    VESSEL_STRING(VesselDhcpHost, mac, "@mac", &vessel__form_mac, 17, LIVE | VESSEL_ROW_KEY,
                  "the host's MAC address; only for IPv4"),
    VESSEL_STRING(VesselDhcpHost, id, "@id", &form_duid, 400, LIVE | VESSEL_ROW_ELSE_KEY,
                  "what the host calls itself (DUID)"),
    VESSEL_STRING(VesselDhcpHost, name, "@name", &vessel__form_name_any, 255,
                  LIVE | VESSEL_ROW_ELSE_KEY, "its name"),
    VESSEL_STRING(VesselDhcpHost, ip, "@ip", &vessel__form_ip, 45,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_ELSE_KEY, "address it gets"),
    VESSEL_OBJECT(VesselDhcpHost, lease, "lease", &lease_table, VESSEL_ROW_LIVE, "for how long",
                  .otherwise = "one hour"),
    {.path = NULL},
};

static const VesselTable host_table = VESSEL_LINES_TABLE(VesselDhcpHost, "host", host_rows);

static const VesselRow dhcp_rows[] = {
    VESSEL_OBJECTS(VesselDhcp, ranges, "range", &range_table, 1024, LIVE,
                   "addresses for hosts that are not known"),
    VESSEL_OBJECTS(VesselDhcp, hosts, "host", &host_table, 65535, LIVE, "hosts that are known"),
    VESSEL_STRING(VesselDhcp, bootp_file, "bootp/@file", &vessel__form_name_any, 4095,
                  VESSEL_ROW_NEEDED, "file to boot from"),
    VESSEL_STRING(VesselDhcp, bootp_server, "bootp/@server", &vessel__form_host, 255, 0,
                  "server that has it", .otherwise = "this one"),
    {.path = NULL},
};

static const VesselTable dhcp_table = VESSEL_LINES_TABLE(VesselDhcp, "dhcp", dhcp_rows);

static const VesselRow ip_rows[] = {
    VESSEL_ENUM(VesselNetworkIp, family, "@family", vessel__families, 0, "kind of address",
                .preset = "ipv4"),
    VESSEL_STRING(VesselNetworkIp, address, "@address", &vessel__form_ip, 45,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "address of the host in the network"),
    VESSEL_STRING(VesselNetworkIp, netmask, "@netmask", &vessel__form_ipv4, 15, 0,
                  "mask of an IPv4 network"),
    VESSEL_NUMBER(VesselNetworkIp, prefix, "@prefix", 0, 128, 0,
                  "bits that are the network's, instead of a netmask",
                  .otherwise = "64 for IPv6, that of the class for IPv4"),
    VESSEL_SWITCH(VesselNetworkIp, local_ptr, "@localPtr", vessel__no_yes, 0,
                  "names of these addresses are not asked for elsewhere", .preset = "no"),
    VESSEL_STRING(VesselNetworkIp, tftp, "tftp/@root", &vessel__form_name_any, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_NEEDED,
                  "folder of the host that is shown by TFTP"),
    VESSEL_OBJECT(VesselNetworkIp, dhcp, "dhcp", &dhcp_table, 0, "addresses that are given out"),
    {.path = NULL},
};

const VesselTable vessel__network_ip_table = VESSEL_LINES_TABLE(VesselNetworkIp, "ip", ip_rows);
