/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of what interfaces have in common with networks. */
#include "model/things.h"

#define QBG VESSEL_WHEN(VESSEL_VIRTUALPORT_8021QBG)
#define QBH VESSEL_WHEN(VESSEL_VIRTUALPORT_8021QBH)
#define OPENVSWITCH VESSEL_WHEN(VESSEL_VIRTUALPORT_OPENVSWITCH)
#define MIDONET VESSEL_WHEN(VESSEL_VIRTUALPORT_MIDONET)
/* Without a type it is merged with that of the network. */
#define OPEN VESSEL_WHEN(VESSEL_VIRTUALPORT_ABSENT)

const char *const vessel__mac_managers[] = {"", "kernel", "libvirt", NULL};
const char *const vessel__direct_modes[] = {"", "vepa", "private", "bridge", "passthrough", NULL};
const char *const vessel__pci_drivers[] = {"", "kvm", "vfio", NULL};
const char *const vessel__families[] = {"", "ipv4", "ipv6", NULL};
static const char *const native_modes[] = {"", "tagged", "untagged", NULL};
static const char *const virtualport_types[] = {"",        "802.1Qbg", "802.1Qbh", "openvswitch",
                                                "midonet", NULL};

static const VesselRow vlan_tag_rows[] = {
    VESSEL_NUMBER(VesselVlanTag, id, "@id", 0, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY | VESSEL_ROW_LIVE, "number of the VLAN"),
    VESSEL_ENUM(VesselVlanTag, native_mode, "@nativeMode", native_modes, VESSEL_ROW_LIVE,
                "that this VLAN is the native one, and whether its packets are tagged",
                .otherwise = "not the native VLAN"),
    {.path = NULL},
};

static const VesselTable vlan_tag_table = VESSEL_PART_TABLE(VesselVlanTag, "tag", vlan_tag_rows);

static const VesselRow vlan_rows[] = {
    VESSEL_SWITCH(VesselVlan, trunk, "@trunk", vessel__no_yes, VESSEL_ROW_LIVE,
                  "whether packets keep their tags",
                  .otherwise = "yes for more than one tag, else no"),
    VESSEL_OBJECTS(VesselVlan, tag, "tag", &vlan_tag_table, 4096, VESSEL_ROW_LIVE,
                   "VLANs the packets are in"),
    {.path = NULL},
};

const VesselTable vessel__vlan_table = VESSEL_PART_TABLE(VesselVlan, "vlan", vlan_rows);

static const VesselRow bandwidth_rates_rows[] = {
    VESSEL_NUMBER(VesselBandwidthRates, average, "@average", 0, UINT32_MAX, VESSEL_ROW_LIVE,
                  "rate on average, in KiB per second", .otherwise = "none, if there is a floor"),
    VESSEL_NUMBER(VesselBandwidthRates, peak, "@peak", 0, UINT32_MAX, VESSEL_ROW_LIVE,
                  "rate of a burst, in KiB per second", .otherwise = "no limit"),
    VESSEL_NUMBER(VesselBandwidthRates, floor, "@floor", 0, UINT32_MAX, VESSEL_ROW_LIVE,
                  "rate that is always there, in KiB per second", .otherwise = "none"),
    VESSEL_NUMBER(VesselBandwidthRates, burst, "@burst", 0, UINT32_MAX, VESSEL_ROW_LIVE,
                  "what may be sent at peak rate, in KiB", .otherwise = "as the host has it"),
    {.path = NULL},
};

static const VesselTable bandwidth_rates_table =
    VESSEL_PART_TABLE(VesselBandwidthRates, "rates", bandwidth_rates_rows);

static const VesselRow bandwidth_rows[] = {
    VESSEL_NUMBER(VesselBandwidth, class_id, "@classID", 1, UINT32_MAX, VESSEL_ROW_RUNTIME,
                  "number of the class in the host"),
    VESSEL_OBJECT(VesselBandwidth, inbound, "inbound", &bandwidth_rates_table, VESSEL_ROW_LIVE,
                  "what comes to the guest"),
    VESSEL_OBJECT(VesselBandwidth, outbound, "outbound", &bandwidth_rates_table, VESSEL_ROW_LIVE,
                  "what the guest sends"),
    {.path = NULL},
};

const VesselTable vessel__bandwidth_table =
    VESSEL_PART_TABLE(VesselBandwidth, "bandwidth", bandwidth_rows);

static const VesselRow virtualport_rows[] = {
    VESSEL_ENUM(VesselVirtualport, type, "@type", virtualport_types, 0, "kind of switch",
                .otherwise = "that of the network"),
    VESSEL_NUMBER(VesselVirtualport, managerid, "parameters/@managerid", 0, 255,
                  VESSEL_ROW_ANY_BASE, "number of the database that has the type",
                  .when = QBG | OPEN),
    VESSEL_NUMBER(VesselVirtualport, typeid, "parameters/@typeid", 0, 0xffffff, VESSEL_ROW_ANY_BASE,
                  "type of the port", .when = QBG | OPEN),
    VESSEL_NUMBER(VesselVirtualport, typeidversion, "parameters/@typeidversion", 0, 255,
                  VESSEL_ROW_ANY_BASE, "version of that type", .when = QBG | OPEN),
    VESSEL_STRING(VesselVirtualport, instanceid, "parameters/@instanceid", &vessel__form_uuid, 64,
                  0, "UUID of the port", .when = QBG | OPEN, .otherwise = "made up"),
    VESSEL_STRING(VesselVirtualport, profileid, "parameters/@profileid", &vessel__form_line, 39, 0,
                  "name of the port's profile", .when = QBH | OPENVSWITCH | OPEN),
    VESSEL_STRING(VesselVirtualport, interfaceid, "parameters/@interfaceid", &vessel__form_uuid, 64,
                  0, "UUID of the interface", .when = OPENVSWITCH | MIDONET | OPEN,
                  .otherwise = "made up"),
    {.path = NULL},
};

const VesselTable vessel__virtualport_table =
    VESSEL_PART_TABLE(VesselVirtualport, "virtualport", virtualport_rows, .tag = "@type");

static const VesselRow ip_rows[] = {
    VESSEL_STRING(VesselIp, address, "@address", &vessel__form_ip, 45,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "address"),
    VESSEL_ENUM(VesselIp, family, "@family", vessel__families, 0, "kind of address",
                .otherwise = "that of the address"),
    VESSEL_NUMBER(VesselIp, prefix, "@prefix", 0, 128, 0, "bits that are the network's",
                  .otherwise = "64 for IPv6, that of the class for IPv4"),
    VESSEL_STRING(VesselIp, peer, "@peer", &vessel__form_ip, 45, 0,
                  "address of the other end of a point-to-point connection"),
    {.path = NULL},
};

const VesselTable vessel__ip_table = VESSEL_PART_TABLE(VesselIp, "ip", ip_rows);

static const VesselRow route_rows[] = {
    VESSEL_ENUM(VesselRoute, family, "@family", vessel__families, 0, "kind of addresses",
                .preset = "ipv4"),
    VESSEL_STRING(VesselRoute, address, "@address", &vessel__form_ip, 45,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "network that is reached"),
    VESSEL_STRING(VesselRoute, netmask, "@netmask", &vessel__form_ipv4, 15, VESSEL_ROW_KEY,
                  "mask of the network"),
    VESSEL_NUMBER(VesselRoute, prefix, "@prefix", 0, 128, VESSEL_ROW_KEY,
                  "bits of the network, instead of a mask",
                  .otherwise = "64 for IPv6, that of the class for IPv4"),
    VESSEL_STRING(VesselRoute, gateway, "@gateway", &vessel__form_ip, 45, VESSEL_ROW_REQUIRED,
                  "address it is reached through"),
    VESSEL_NUMBER(VesselRoute, metric, "@metric", 1, UINT32_MAX, 0,
                  "of several routes the smallest is taken", .preset = "1"),
    {.path = NULL},
};

const VesselTable vessel__route_table = VESSEL_PART_TABLE(VesselRoute, "route", route_rows);
