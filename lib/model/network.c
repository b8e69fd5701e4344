/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <network>. Its cross checks are in check-network.c. */
#include "model/network.h"

#include "model/check-document.h"
#include "model/things.h"

#define LIVE VESSEL_ROW_LIVE

static const char *const modes[] = {"",        "nat",  "route",       "open",    "bridge",
                                    "private", "vepa", "passthrough", "hostdev", NULL};
static const char *const pci[] = {"", "pci", NULL};
/* Of a network device of the host: the words of libvirt's schema. */
static char *read_device(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("_.-\\:/", *p))
            return NULL;
    }
    return *text ? g_strdup(text) : NULL;
}

static const VesselForm form_device = {
    "a name of letters, digits and '_', '.', '-', '\\', ':', '/'", "[a-zA-Z0-9_.\\-\\\\:/]+",
    read_device};

static const VesselRow interface_rows[] = {
    VESSEL_STRING(VesselForwardInterface, dev, "@dev", &form_device, 255,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "device of the host"),
    VESSEL_NUMBER(VesselForwardInterface, connections, "@connections", 0, UINT32_MAX,
                  VESSEL_ROW_RUNTIME, "how many guests use it"),
    {.path = NULL},
};

static const VesselTable interface_table =
    VESSEL_LINES_TABLE(VesselForwardInterface, "interface", interface_rows);

static const VesselRow address_rows[] = {
    VESSEL_ENUM(VesselForwardAddress, type, "@type", pci, VESSEL_ROW_REQUIRED, "kind of address"),
    VESSEL_HEX(VesselForwardAddress, domain, "@domain", 4, UINT32_MAX, VESSEL_ROW_KEY, "PCI domain",
               .preset = "0"),
    VESSEL_HEX(VesselForwardAddress, bus, "@bus", 2, 0xff, VESSEL_ROW_KEY, "PCI bus",
               .preset = "0"),
    VESSEL_HEX(VesselForwardAddress, slot, "@slot", 2, 0x1f, VESSEL_ROW_KEY, "PCI slot",
               .preset = "0"),
    VESSEL_HEX(VesselForwardAddress, function, "@function", 1, 7, VESSEL_ROW_KEY, "PCI function",
               .preset = "0"),
    VESSEL_SWITCH(VesselForwardAddress, multifunction, "@multifunction", vessel__off_on, 0,
                  "the slot has other functions too", .preset = "off"),
    VESSEL_NUMBER(VesselForwardAddress, connections, "@connections", 0, UINT32_MAX,
                  VESSEL_ROW_RUNTIME, "how many guests use it"),
    {.path = NULL},
};

static const VesselTable address_table =
    VESSEL_LINES_TABLE(VesselForwardAddress, "address", address_rows);

static const VesselRow nat_rows[] = {
    VESSEL_SWITCH(VesselNat, ipv6, "@ipv6", vessel__no_yes, 0,
                  "addresses of IPv6 are translated too", .preset = "no"),
    VESSEL_STRING(VesselNat, address_start, "address/@start", &vessel__form_ipv4, 15,
                  VESSEL_ROW_NEEDED, "first address that is shown outside",
                  .otherwise = "that of the host"),
    VESSEL_STRING(VesselNat, address_end, "address/@end", &vessel__form_ipv4, 15, VESSEL_ROW_NEEDED,
                  "last address that is shown outside", .otherwise = "that of the host"),
    VESSEL_NUMBER(VesselNat, port_start, "port/@start", 1, 65535, VESSEL_ROW_NEEDED,
                  "first port that is used outside", .preset = "1024"),
    VESSEL_NUMBER(VesselNat, port_end, "port/@end", 1, 65535, VESSEL_ROW_NEEDED,
                  "last port that is used outside", .preset = "65535"),
    {.path = NULL},
};

static const VesselTable nat_table = VESSEL_PART_TABLE(VesselNat, "nat", nat_rows);

static const VesselRow forward_rows[] = {
    VESSEL_ENUM(VesselForward, mode, "@mode", modes, 0, "how packets come to other networks",
                .preset = "nat"),
    VESSEL_STRING(VesselForward, dev, "@dev", &form_device, 255, 0,
                  "device of the host they go through", .otherwise = "any"),
    VESSEL_SWITCH(VesselForward, managed, "@managed", vessel__no_yes, 0,
                  "devices are taken from the host's driver and given back", .preset = "no"),
    VESSEL_ENUM(VesselForward, driver, "driver/@name", vessel__pci_drivers, VESSEL_ROW_NEEDED,
                "how a device is assigned", .otherwise = "vfio where the host has it"),
    VESSEL_STRING(VesselForward, pf, "pf/@dev", &form_device, 255, VESSEL_ROW_NEEDED,
                  "device whose virtual functions are used"),
    VESSEL_OBJECT(VesselForward, nat, "nat", &nat_table, 0, "what is shown outside"),
    VESSEL_OBJECTS(VesselForward, interfaces, "interface", &interface_table, 4096, LIVE,
                   "devices of the host to choose from"),
    VESSEL_OBJECTS(VesselForward, addresses, "address", &address_table, 4096, 0,
                   "PCI devices of the host to choose from"),
    {.path = NULL},
};

static const VesselTable forward_table = VESSEL_LINES_TABLE(VesselForward, "forward", forward_rows);

static const VesselRow bridge_rows[] = {
    VESSEL_STRING(VesselBridge, name, "@name", &form_device, 255, VESSEL_ROW_BLANK,
                  "name of the bridge",
                  .otherwise = "virbr and a number, where the bridge is made for the network"),
    VESSEL_STRING(VesselBridge, zone, "@zone", &form_device, 64, 0, "zone of the host's firewall",
                  .otherwise = "libvirt, where the firewall has zones"),
    VESSEL_SWITCH(VesselBridge, stp, "@stp", vessel__off_on, 0,
                  "whether the spanning tree protocol is spoken", .preset = "on"),
    VESSEL_NUMBER(VesselBridge, delay, "@delay", 0, UINT64_MAX, 0, "seconds until a port forwards",
                  .preset = "0"),
    VESSEL_ENUM(VesselBridge, mac_table_manager, "@macTableManager", vessel__mac_managers, 0,
                "who knows behind which port an address is", .preset = "kernel"),
    {.path = NULL},
};

static const VesselTable bridge_table = VESSEL_PART_TABLE(VesselBridge, "bridge", bridge_rows);

static const VesselRow portgroup_rows[] = {
    VESSEL_STRING(VesselPortgroup, name, "@name", &form_device, 255,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "name that an interface gives"),
    VESSEL_SWITCH(VesselPortgroup, preset, "@default", vessel__no_yes, LIVE,
                  "whether it is for interfaces that give none", .preset = "no"),
    VESSEL_SWITCH(VesselPortgroup, trust_guest_rx_filters, "@trustGuestRxFilters", vessel__no_yes,
                  LIVE, "whether what the guest says of its addresses is believed", .preset = "no"),
    VESSEL_OBJECT(VesselPortgroup, virtualport, "virtualport", &vessel__virtualport_table, LIVE,
                  "what the switch is told"),
    VESSEL_OBJECT(VesselPortgroup, bandwidth, "bandwidth", &vessel__bandwidth_table, LIVE,
                  "rates of each interface"),
    VESSEL_OBJECT(VesselPortgroup, vlan, "vlan", &vessel__vlan_table, LIVE, "VLANs"),
    {.path = NULL},
};

static const VesselTable portgroup_table =
    VESSEL_LINES_TABLE(VesselPortgroup, "portgroup", portgroup_rows);

static const VesselRow network_rows[] = {
    VESSEL_NUMBER(VesselNetworkDef, connections, "@connections", 0, UINT32_MAX, VESSEL_ROW_RUNTIME,
                  "how many interfaces are connected"),
    VESSEL_SWITCH(VesselNetworkDef, ipv6, "@ipv6", vessel__no_yes, 0,
                  "guests may speak IPv6 to each other without an address of the host",
                  .preset = "no"),
    VESSEL_SWITCH(VesselNetworkDef, trust_guest_rx_filters, "@trustGuestRxFilters", vessel__no_yes,
                  0, "whether what guests say of their addresses is believed", .preset = "no"),
    VESSEL_STRING(VesselNetworkDef, name, "name", &vessel__form_name, 200, VESSEL_ROW_REQUIRED,
                  "name, unique on its host"),
    VESSEL_STRING(VesselNetworkDef, uuid, "uuid", &vessel__form_uuid, 64, VESSEL_ROW_FILLED, "UUID",
                  .otherwise = "made up"),
    VESSEL_METADATA(VesselNetworkDef, metadata, "metadata", VESSEL_METADATA_MAX, VESSEL_ROW_LIVE,
                    "data of other programs, one element for each namespace"),
    VESSEL_OBJECT(VesselNetworkDef, forward, "forward", &forward_table, 0,
                  "connection to other networks",
                  .otherwise = "none: guests reach the host and each other"),
    VESSEL_OBJECT(VesselNetworkDef, bridge, "bridge", &bridge_table, 0,
                  "bridge of the host that guests are connected to"),
    VESSEL_NUMBER(VesselNetworkDef, mtu, "mtu/@size", 0, 65535, VESSEL_ROW_NEEDED,
                  "largest packet, in bytes", .otherwise = "the device's own, 1500 as a rule"),
    VESSEL_STRING(VesselNetworkDef, mac, "mac/@address", &vessel__form_mac, 17, VESSEL_ROW_NEEDED,
                  "MAC address of the bridge", .otherwise = "made up"),
    VESSEL_STRING(VesselNetworkDef, domain, "domain/@name", &vessel__form_host, 255,
                  VESSEL_ROW_NEEDED, "DNS domain of the guests"),
    VESSEL_SWITCH(VesselNetworkDef, domain_local_only, "domain/@localOnly", vessel__no_yes, 0,
                  "nobody else is asked for names of this domain", .preset = "no"),
    VESSEL_OBJECT(VesselNetworkDef, dns, "dns", &vessel__dns_table, 0, "DNS server"),
    VESSEL_OBJECT(VesselNetworkDef, vlan, "vlan", &vessel__vlan_table, VESSEL_ROW_STILL, "VLANs"),
    VESSEL_OBJECT(VesselNetworkDef, bandwidth, "bandwidth", &vessel__bandwidth_table,
                  VESSEL_ROW_STILL, "rates of all interfaces together"),
    VESSEL_SWITCH(VesselNetworkDef, port_isolated, "port/@isolated", vessel__no_yes, 0,
                  "guests do not see each other", .preset = "no"),
    VESSEL_OBJECTS(VesselNetworkDef, ips, "ip", &vessel__network_ip_table, 256, 0,
                   "addresses of the host in the network"),
    VESSEL_OBJECTS(VesselNetworkDef, routes, "route", &vessel__route_table, 1024, 0,
                   "networks that are reached through guests"),
    VESSEL_OBJECT(VesselNetworkDef, virtualport, "virtualport", &vessel__virtualport_table, 0,
                  "what the switch is told", .otherwise = "as the interface says"),
    VESSEL_OBJECTS(VesselNetworkDef, portgroups, "portgroup", &portgroup_table, 1024, LIVE,
                   "classes of interfaces"),
    {.path = NULL},
};

const VesselTable vessel__network_table =
    VESSEL_ROOT_TABLE(VesselNetworkDef, "network", network_rows,
                      .namespaces = offsetof(VesselNetworkDef, namespaces));

const VesselShape *vessel__network_shape(void)
{
    return vessel__schema_compile(&vessel__network_table, "network");
}

void vessel__network_defaults(void *def)
{
    VesselNetworkDef *network = def;
    vessel__document_default_uuid(&network->uuid);
}
