/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"
#include "model/things.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define NEEDED VESSEL_ROW_NEEDED
#define ON(type) VESSEL_WHEN(VESSEL_INTERFACE_##type)
#define ON_SOCKET (ON(SERVER) | ON(CLIENT) | ON(MCAST) | ON(UDP))

static const char *const interface_types[] = {
    "",         "user",   "ethernet", "vhostuser", "server", "client", "mcast", "network", "bridge",
    "internal", "direct", "hostdev",  "udp",       "vdpa",   "null",   "vds",   NULL};
static const char *const down_up[] = {"", "down", "up", NULL};
static const char *const mac_types[] = {"", "generated", "static", NULL};
static const char *const socket_types[] = {"", "unix", NULL};
static const char *const socket_modes[] = {"", "server", "client", NULL};
static const char *const driver_names[] = {"", "qemu", "vhost", "kvm", "vfio", "xen", NULL};
static const char *const tx_modes[] = {"", "iothread", "timer", NULL};
static const char *const backend_types[] = {"", "default", "passt", NULL};
static const char *const protocols[] = {"", "tcp", "udp", NULL};
static const char *const teaming_types[] = {"", "persistent", "transient", NULL};
static const char *const host_address_types[] = {"", "pci", "usb", NULL};

/* What libvirt names the host's end itself is of the running domain only. */
static bool target_is_own(const char *name)
{
    return !g_str_has_prefix(name, "vnet");
}

static const VesselRow teaming_rows[] = {
    VESSEL_ENUM(VesselTeaming, type, "@type", teaming_types, VESSEL_ROW_REQUIRED | ABI,
                "persistent for the one that stays, transient for the one that may be unplugged"),
    VESSEL_STRING(VesselTeaming, persistent, "@persistent", &vessel__form_alias, 128, ABI,
                  "alias of the persistent one"),
    {.path = NULL},
};

const VesselTable vessel__teaming_table = VESSEL_PART_TABLE(VesselTeaming, "teaming", teaming_rows);

#define ON_PCI VESSEL_WHEN(VESSEL_HOST_ADDRESS_PCI)
/* Beside vendor and product the type is left out. */
#define ON_USB (VESSEL_WHEN(VESSEL_HOST_ADDRESS_ABSENT) | VESSEL_WHEN(VESSEL_HOST_ADDRESS_USB))
static const VesselRow host_address_rows[] = {
    VESSEL_ENUM(VesselHostAddress, type, "@type", host_address_types, 0, "kind of address",
                .preset = "pci"),
    VESSEL_HEX(VesselHostAddress, domain, "@domain", 4, UINT32_MAX, 0, "PCI domain", .when = ON_PCI,
               .preset = "0"),
    VESSEL_HEX(VesselHostAddress, bus, "@bus", 2, 0xff, 0, "PCI bus", .when = ON_PCI,
               .preset = "0"),
    VESSEL_NUMBER(VesselHostAddress, bus, "@bus", 0, 0xfff, VESSEL_ROW_ANY_BASE, "USB bus",
                  .when = ON_USB, .preset = "0"),
    VESSEL_HEX(VesselHostAddress, slot, "@slot", 2, 0x1f, 0, "PCI slot", .when = ON_PCI,
               .preset = "0"),
    VESSEL_HEX(VesselHostAddress, function, "@function", 1, 7, 0, "PCI function", .when = ON_PCI,
               .preset = "0"),
    VESSEL_SWITCH(VesselHostAddress, multifunction, "@multifunction", vessel__off_on, 0,
                  "the slot has other functions too", .when = ON_PCI, .preset = "off"),
    VESSEL_NUMBER(VesselHostAddress, device, "@device", 0, 0xfff, VESSEL_ROW_ANY_BASE,
                  "number on the USB bus", .when = ON_USB),
    {.path = NULL},
};

static const VesselTable host_address_table =
    VESSEL_PART_TABLE(VesselHostAddress, "address", host_address_rows, .tag = "@type");

static const VesselRow filter_parameter_rows[] = {
    VESSEL_STRING(VesselFilterParameter, name, "@name", &vessel__form_filter_name, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "name of the variable"),
    VESSEL_STRING(VesselFilterParameter, value, "@value", &vessel__form_filter_value, 255,
                  VESSEL_ROW_REQUIRED, "its value"),
    {.path = NULL},
};

static const VesselTable filter_parameter_table =
    VESSEL_PART_TABLE(VesselFilterParameter, "parameter", filter_parameter_rows);

static const VesselRow filterref_rows[] = {
    VESSEL_STRING(VesselFilterref, filter, "@filter", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED, "name of the filter"),
    VESSEL_OBJECTS(VesselFilterref, parameter, "parameter", &filter_parameter_table, 1024, 0,
                   "its variables"),
    {.path = NULL},
};

static const VesselTable filterref_table =
    VESSEL_PART_TABLE(VesselFilterref, "filterref", filterref_rows);

static const VesselRow forward_range_rows[] = {
    VESSEL_NUMBER(VesselForwardRange, start, "@start", 1, 65535,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "first port of the host"),
    VESSEL_NUMBER(VesselForwardRange, end, "@end", 1, 65535, 0, "last port of the host",
                  .otherwise = "the first: one port"),
    VESSEL_NUMBER(VesselForwardRange, to, "@to", 1, 65535, 0, "port of the guest for the first one",
                  .otherwise = "the same as on the host"),
    VESSEL_SWITCH(VesselForwardRange, exclude, "@exclude", vessel__no_yes, 0,
                  "these ports are not forwarded", .preset = "no"),
    {.path = NULL},
};

static const VesselTable forward_range_table =
    VESSEL_PART_TABLE(VesselForwardRange, "range", forward_range_rows);

static const VesselRow port_forward_rows[] = {
    VESSEL_ENUM(VesselPortForward, proto, "@proto", protocols, VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY,
                "protocol"),
    VESSEL_STRING(VesselPortForward, address, "@address", &vessel__form_ip, 45, VESSEL_ROW_KEY,
                  "address of the host", .otherwise = "all"),
    VESSEL_STRING(VesselPortForward, dev, "@dev", &vessel__form_name_any, 64, VESSEL_ROW_KEY,
                  "interface of the host", .otherwise = "all"),
    VESSEL_OBJECTS(VesselPortForward, range, "range", &forward_range_table, 1024, 0,
                   "ports that are forwarded", .otherwise = "all ports"),
    {.path = NULL},
};

static const VesselTable port_forward_table =
    VESSEL_PART_TABLE(VesselPortForward, "portForward", port_forward_rows);

#define OFFLOAD(member, xml, text)                                                                 \
    VESSEL_SWITCH(VesselOffloads, member, xml, vessel__off_on, ABI, text)
static const VesselRow guest_offloads_rows[] = {
    OFFLOAD(csum, "@csum", "checksums"),
    OFFLOAD(tso4, "@tso4", "segments of TCP over IPv4"),
    OFFLOAD(tso6, "@tso6", "segments of TCP over IPv6"),
    OFFLOAD(ecn, "@ecn", "congestion notification"),
    OFFLOAD(ufo, "@ufo", "fragments of UDP"),
    {.path = NULL},
};

static const VesselTable guest_offloads_table =
    VESSEL_PART_TABLE(VesselOffloads, "guest", guest_offloads_rows);

static const VesselRow host_offloads_rows[] = {
    OFFLOAD(csum, "@csum", "checksums"),
    OFFLOAD(gso, "@gso", "segments of any protocol"),
    OFFLOAD(tso4, "@tso4", "segments of TCP over IPv4"),
    OFFLOAD(tso6, "@tso6", "segments of TCP over IPv6"),
    OFFLOAD(ecn, "@ecn", "congestion notification"),
    OFFLOAD(ufo, "@ufo", "fragments of UDP"),
    OFFLOAD(mrg_rxbuf, "@mrg_rxbuf", "buffers that can be merged"),
    {.path = NULL},
};

static const VesselTable host_offloads_table =
    VESSEL_PART_TABLE(VesselOffloads, "host", host_offloads_rows);

#define SOURCE_STRING(member, xml, form, limit, more, text, types)                                 \
    VESSEL_STRING(VesselInterface, source.member, "source/" xml, form, limit, more, text,          \
                  .when = types)

static const VesselRow interface_rows[] = {
    VESSEL_ENUM(VesselInterface, type, "@type", interface_types, VESSEL_ROW_REQUIRED | ABI,
                "how it is connected"),
    VESSEL_SWITCH(VesselInterface, managed, "@managed", vessel__no_yes, 0,
                  "the device is taken from the host and given back", .when = ON(HOSTDEV),
                  .preset = "no"),
    VESSEL_SWITCH(VesselInterface, trust_guest_rx_filters, "@trustGuestRxFilters", vessel__no_yes,
                  VESSEL_ROW_LIVE, "whether the guest may change its MAC address and filters",
                  .preset = "no"),
    VESSEL_STRING(VesselInterface, mac, "mac/@address", &vessel__form_mac, 17,
                  ABI | NEEDED | VESSEL_ROW_KEY | VESSEL_ROW_FILLED, "MAC address",
                  .otherwise = "52:54:00 and three random bytes"),
    VESSEL_ENUM(VesselInterface, mac_type, "mac/@type", mac_types, 0,
                "static keeps an address of a range that other hypervisors make up",
                .otherwise = "static if the address is given, else generated"),
    VESSEL_SWITCH(VesselInterface, mac_check, "mac/@check", vessel__no_yes, 0,
                  "whether the address is looked at for such ranges", .preset = "yes"),

    SOURCE_STRING(network, "@network", &vessel__form_name_any, 255, VESSEL_ROW_LIVE,
                  "name of the network", ON(NETWORK) | ON(BRIDGE) | ON(DIRECT)),
    SOURCE_STRING(portgroup, "@portgroup", &vessel__form_name_any, 255, VESSEL_ROW_LIVE,
                  "name of its group of ports", ON(NETWORK) | ON(BRIDGE) | ON(DIRECT)),
    SOURCE_STRING(portid, "@portid", &vessel__form_uuid, 64, VESSEL_ROW_RUNTIME,
                  "UUID of the network's port", ON(NETWORK) | ON(BRIDGE) | ON(DIRECT)),
    SOURCE_STRING(vds_portid, "@portid", &vessel__form_integer, 24, 0, "port of the switch",
                  ON(VDS)),
    SOURCE_STRING(bridge, "@bridge", &vessel__form_line, 64, VESSEL_ROW_LIVE, "name of the bridge",
                  ON(BRIDGE)),
    SOURCE_STRING(actual_bridge, "@bridge", &vessel__form_name_any, 64, VESSEL_ROW_RUNTIME,
                  "the network's bridge", ON(NETWORK)),
    VESSEL_ENUM(VesselInterface, source.mac_table_manager, "source/@macTableManager",
                vessel__mac_managers, 0, "who keeps the bridge's table of addresses",
                .when = ON(BRIDGE), .preset = "kernel"),
    VESSEL_ENUM(VesselInterface, source.actual_mac_table_manager, "source/@macTableManager",
                vessel__mac_managers, VESSEL_ROW_RUNTIME,
                "who keeps the table of the network's bridge", .when = ON(NETWORK)),
    SOURCE_STRING(dev, "@dev", &vessel__form_name_any, 4095, VESSEL_ROW_LIVE,
                  "interface of the host", ON(DIRECT) | ON(USER)),
    SOURCE_STRING(dev, "@dev", &vessel__form_name_any, 4095, VESSEL_ROW_HOSTPATH,
                  "vhost device of the host, such as /dev/vhost-vdpa-0", ON(VDPA)),
    VESSEL_ENUM(VesselInterface, source.socket_type, "source/@type", socket_types, 0,
                "kind of socket", .when = ON(VHOSTUSER)),
    SOURCE_STRING(path, "@path", &vessel__form_path, 4095, VESSEL_ROW_HOSTPATH,
                  "path of the socket", ON(VHOSTUSER)),
    VESSEL_ENUM(VesselInterface, source.mode, "source/@mode", vessel__direct_modes, 0,
                "how packets between guests of one interface go", .when = ON(DIRECT),
                .preset = "vepa"),
    VESSEL_ENUM(VesselInterface, source.socket_mode, "source/@mode", socket_modes, 0,
                "which end of the socket the hypervisor is", .when = ON(VHOSTUSER)),
    SOURCE_STRING(name, "@name", &vessel__form_name_any, 255, 0, "name of the internal network",
                  ON(INTERNAL)),
    SOURCE_STRING(address, "@address", &vessel__form_ipv4, 15, 0,
                  "address of the socket or the group", ON_SOCKET),
    VESSEL_NUMBER(VesselInterface, source.port, "source/@port", 0, 65535, 0, "its port",
                  .when = ON_SOCKET),
    VESSEL_SWITCH(VesselInterface, source.missing, "source/@missing", vessel__no_yes,
                  VESSEL_ROW_RUNTIME, "the device was not there", .when = ON(HOSTDEV)),
    SOURCE_STRING(switchid, "@switchid", &vessel__form_uuid, 64, 0,
                  "UUID of the distributed switch", ON(VDS)),
    SOURCE_STRING(portgroupid, "@portgroupid", &vessel__form_name_any, 255, 0, "group of its ports",
                  ON(VDS)),
    SOURCE_STRING(connectionid, "@connectionid", &vessel__form_integer, 24, 0,
                  "connection to the switch", ON(VDS)),
    VESSEL_OBJECT(VesselInterface, source.reconnect, "source/reconnect", &vessel__reconnect_table,
                  0, "what happens when the connection is lost", .when = ON(VHOSTUSER)),
    SOURCE_STRING(local_address, "local/@address", &vessel__form_ipv4, 15, 0,
                  "address of the host's end", ON(UDP)),
    VESSEL_NUMBER(VesselInterface, source.local_port, "source/local/@port", 0, 65535, 0,
                  "port of the host's end", .when = ON(UDP), .otherwise = "one that is free"),
    VESSEL_HEX(VesselInterface, source.vendor, "source/vendor/@id", 4, 0xffff, 0,
               "vendor of the USB device", .when = ON(HOSTDEV)),
    VESSEL_HEX(VesselInterface, source.product, "source/product/@id", 4, 0xffff, 0,
               "product of the USB device", .when = ON(HOSTDEV)),
    VESSEL_OBJECT(VesselInterface, source.host_address, "source/address", &host_address_table, 0,
                  "where the device is in the host", .when = ON(HOSTDEV)),
    VESSEL_OBJECTS(VesselInterface, source.ip, "source/ip", &vessel__ip_table, 64, 0,
                   "addresses of the host's end", .when = ON(ETHERNET)),
    VESSEL_OBJECTS(VesselInterface, source.route, "source/route", &vessel__route_table, 64, 0,
                   "routes of the host's end", .when = ON(ETHERNET)),

    VESSEL_OBJECT(VesselInterface, vlan, "vlan", &vessel__vlan_table, VESSEL_ROW_LIVE,
                  "VLANs the guest does not see"),
    VESSEL_OBJECT(VesselInterface, virtualport, "virtualport", &vessel__virtualport_table, 0,
                  "port of the switch", .when = ON(NETWORK) | ON(BRIDGE) | ON(DIRECT) | ON(HOSTDEV),
                  .otherwise = "as the network says"),
    VESSEL_SWITCH(VesselInterface, port_isolated, "port/@isolated", vessel__no_yes, VESSEL_ROW_LIVE,
                  "no packets from and to other isolated ports", .preset = "no"),
    VESSEL_OBJECT(VesselInterface, bandwidth, "bandwidth", &vessel__bandwidth_table,
                  VESSEL_ROW_LIVE, "rates", .otherwise = "no limit"),
    VESSEL_OBJECTS(VesselInterface, ip, "ip", &vessel__ip_table, 64, ABI,
                   "addresses of a container's end"),
    VESSEL_OBJECTS(VesselInterface, route, "route", &vessel__route_table, 64, ABI,
                   "routes of a container's end"),
    VESSEL_OBJECTS(VesselInterface, port_forward, "portForward", &port_forward_table, 1024, 0,
                   "ports of the host that lead to the guest"),
    VESSEL_STRING(VesselInterface, script, "script/@path", &vessel__form_name_any, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_BLANK | NEEDED,
                  "program that sets the host's end up"),
    VESSEL_STRING(VesselInterface, downscript, "downscript/@path", &vessel__form_name_any, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_BLANK | NEEDED,
                  "program that takes the host's end down"),
    VESSEL_STRING(VesselInterface, backenddomain, "backenddomain/@name", &vessel__form_name_any,
                  255, NEEDED, "domain that has the other end, with Xen"),
    VESSEL_STRING(VesselInterface, target, "target/@dev", &vessel__form_net_device, 15,
                  VESSEL_ROW_RUNTIME, "name of the host's end", .own = target_is_own,
                  .otherwise = "made up at each start"),
    VESSEL_SWITCH(VesselInterface, target_managed, "target/@managed", vessel__no_yes, 0,
                  "whether the host's end is made; no if it is there already", .preset = "yes"),
    VESSEL_STRING(VesselInterface, guest_dev, "guest/@dev", &vessel__form_name_any, 15, ABI,
                  "name in a container", .otherwise = "eth and a number"),
    VESSEL_STRING(VesselInterface, guest_actual, "guest/@actual", &vessel__form_name_any, 15,
                  VESSEL_ROW_RUNTIME, "name it got"),
    VESSEL_STRING(VesselInterface, model, "model/@type", &vessel__form_word, 64,
                  ABI | NEEDED | VESSEL_ROW_DRIVER_FILLED, "device model, such as virtio or e1000",
                  .preset = "e1000", .otherwise = "virtio for a microvm"),
    VESSEL_ENUM(VesselInterface, driver_name, "driver/@name", driver_names, 0,
                "who moves the packets",
                .otherwise = "vhost where the host has it; vfio for a device of the host"),
    VESSEL_ENUM(VesselInterface, txmode, "driver/@txmode", tx_modes, 0, "how packets are sent",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselInterface, ioeventfd, "driver/@ioeventfd", vessel__off_on, 0,
                  "the guest's notifications do not stop its CPU", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselInterface, event_idx, "driver/@event_idx", vessel__off_on, ABI,
                  "guest and host tell each other when they want to be notified: fewer interrupts",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselInterface, queues, "driver/@queues", 1, UINT32_MAX, ABI,
                  "how many queues there are", .preset = "1"),
    VESSEL_NUMBER(VesselInterface, rx_queue_size, "driver/@rx_queue_size", 1, UINT32_MAX, ABI,
                  "entries of a receive queue", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselInterface, tx_queue_size, "driver/@tx_queue_size", 1, UINT32_MAX, ABI,
                  "entries of a transmit queue", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselInterface, rss, "driver/@rss", vessel__off_on, ABI,
                  "packets are spread over the queues", .preset = "off"),
    VESSEL_SWITCH(VesselInterface, rss_hash_report, "driver/@rss_hash_report", vessel__off_on, ABI,
                  "the guest gets the hash they were spread by", .preset = "off"),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselInterface),
    VESSEL_OBJECT(VesselInterface, host_offloads, "driver/host", &host_offloads_table, 0,
                  "what the host takes over"),
    VESSEL_OBJECT(VesselInterface, guest_offloads, "driver/guest", &guest_offloads_table, 0,
                  "what the guest takes over"),
    VESSEL_ENUM(VesselInterface, backend_type, "backend/@type", backend_types, 0,
                "program that connects it: passt, or none beside the hypervisor",
                .preset = "default"),
    VESSEL_STRING(VesselInterface, backend_tap, "backend/@tap", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "device for taps", .preset = "/dev/net/tun"),
    VESSEL_STRING(VesselInterface, backend_vhost, "backend/@vhost", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "device for vhost", .preset = "/dev/vhost-net"),
    VESSEL_STRING(VesselInterface, backend_log, "backend/@logFile", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "log of that program", .otherwise = "none"),
    VESSEL_OBJECT(VesselInterface, teaming, "teaming", &vessel__teaming_table, ABI,
                  "the guest uses it as one with another"),
    VESSEL_OBJECT(VesselInterface, filterref, "filterref", &filterref_table, VESSEL_ROW_LIVE,
                  "filter of packets"),
    VESSEL_NUMBER(VesselInterface, sndbuf, "tune/sndbuf", 0, UINT32_MAX, 0,
                  "bytes that may wait to be sent", .otherwise = "no limit"),
    VESSEL_SWITCH(VesselInterface, link, "link/@state", down_up, VESSEL_ROW_LIVE | NEEDED,
                  "whether the cable is plugged in", .preset = "up"),
    VESSEL_NUMBER(VesselInterface, mtu, "mtu/@size", 0, 65535, ABI | NEEDED,
                  "bytes of the largest packet", .otherwise = "that of the network"),
    VESSEL_NUMBER(VesselInterface, coalesce_frames, "coalesce/rx/frames/@max", 0, UINT32_MAX,
                  VESSEL_ROW_LIVE, "packets before the host is interrupted",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_BOOT_ROWS(VesselInterface),
    VESSEL_DEVICE_ROM_ROWS(VesselInterface),
    VESSEL_DEVICE_ROWS(VesselInterface),
    {.path = NULL},
};

const VesselTable vessel__interface_table = {
    .name = "interface",
    VESSEL_DEVICE_TABLE(VesselInterface),
    .rows = interface_rows,
    .tag = "@type",
};
