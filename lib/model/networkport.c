/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <networkport>. */
#include "model/networkport.h"

#include "model/check.h"
#include "model/device.h"
#include "model/things.h"

#define ON_BRIDGE (VESSEL_WHEN(VESSEL_PLUG_NETWORK) | VESSEL_WHEN(VESSEL_PLUG_BRIDGE))
#define DIRECT VESSEL_WHEN(VESSEL_PLUG_DIRECT)
#define HOSTDEV VESSEL_WHEN(VESSEL_PLUG_HOSTDEV_PCI)

static const char *const plug_types[] = {"", "network", "bridge", "direct", "hostdev-pci", NULL};
static const VesselRow plug_rows[] = {
    VESSEL_ENUM(VesselPlug, type, "@type", plug_types, VESSEL_ROW_REQUIRED,
                "how the interface is connected"),
    VESSEL_STRING(VesselPlug, bridge, "@bridge", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "bridge of the host", .when = ON_BRIDGE),
    VESSEL_ENUM(VesselPlug, mac_table_manager, "@macTableManager", vessel__mac_managers, 0,
                "who knows behind which port an address is", .when = ON_BRIDGE, .preset = "kernel"),
    VESSEL_STRING(VesselPlug, dev, "@dev", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "network device of the host", .when = DIRECT),
    VESSEL_ENUM(VesselPlug, mode, "@mode", vessel__direct_modes, VESSEL_ROW_REQUIRED,
                "mode of macvtap", .when = DIRECT),
    VESSEL_SWITCH(VesselPlug, managed, "@managed", vessel__no_yes, 0,
                  "the device is taken from the host's driver and given back", .when = HOSTDEV,
                  .preset = "no"),
    VESSEL_ENUM(VesselPlug, driver, "driver/@name", vessel__pci_drivers, 0,
                "how the device is assigned", .when = HOSTDEV,
                .otherwise = "vfio where the host has it"),
    VESSEL_OBJECT(VesselPlug, address, "address", &vessel__host_pci_address_table,
                  VESSEL_ROW_REQUIRED, "PCI device of the host", .when = HOSTDEV),
    {.path = NULL},
};

static const VesselTable plug_table =
    VESSEL_PART_TABLE(VesselPlug, "plug", plug_rows, .tag = "@type");

static const VesselRow port_rows[] = {
    VESSEL_STRING(VesselNetworkPortDef, uuid, "uuid", &vessel__form_uuid, 64, VESSEL_ROW_FILLED,
                  "UUID", .otherwise = "made up"),
    VESSEL_STRING(VesselNetworkPortDef, owner_name, "owner/name", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED, "name of the domain"),
    VESSEL_STRING(VesselNetworkPortDef, owner_uuid, "owner/uuid", &vessel__form_uuid, 64,
                  VESSEL_ROW_REQUIRED, "UUID of the domain"),
    VESSEL_STRING(VesselNetworkPortDef, group, "group", &vessel__form_name_any, 255, 0,
                  "class of interfaces it belongs to"),
    VESSEL_STRING(VesselNetworkPortDef, mac, "mac/@address", &vessel__form_mac, 17,
                  VESSEL_ROW_REQUIRED, "MAC address the guest sees"),
    VESSEL_SWITCH(VesselNetworkPortDef, trust_guest, "rxfilters/@trustGuest", vessel__no_yes, 0,
                  "what the guest says of its addresses is believed", .preset = "no"),
    VESSEL_SWITCH(VesselNetworkPortDef, isolated, "port/@isolated", vessel__no_yes, 0,
                  "whether other isolated ports are not seen", .preset = "no"),
    VESSEL_OBJECT(VesselNetworkPortDef, virtualport, "virtualport", &vessel__virtualport_table, 0,
                  "what the switch is told"),
    VESSEL_OBJECT(VesselNetworkPortDef, bandwidth, "bandwidth", &vessel__bandwidth_table,
                  VESSEL_ROW_LIVE, "rates of the interface"),
    VESSEL_OBJECT(VesselNetworkPortDef, vlan, "vlan", &vessel__vlan_table, VESSEL_ROW_STILL,
                  "VLANs"),
    VESSEL_OBJECT(VesselNetworkPortDef, plug, "plug", &plug_table, 0, "what it is connected to"),
    {.path = NULL},
};

static const VesselTable port_table =
    VESSEL_ROOT_TABLE(VesselNetworkPortDef, "networkport", port_rows);

const VesselShape *vessel__networkport_shape(void)
{
    return vessel__schema_compile(&port_table, "networkport");
}

void vessel__networkport_defaults(void *def)
{
    VesselNetworkPortDef *port = def;
    vessel__document_default_uuid(&port->uuid);
}

void vessel__networkport_check(const void *def, VesselProblems *problems)
{
    const VesselNetworkPortDef *port = def;
    VesselDocumentCheck check = {vessel__networkport_shape(), def, problems};
    if (port->mac && g_str_has_prefix(port->mac, "fe:"))
        vessel__document_problem(&check, "/networkport/mac/@address", NULL,
                                 "addresses that begin with fe are those of the host's side");
    VesselWhere vlan = {.in = &check, .path = "/networkport/vlan"};
    VesselWhere bandwidth = {.in = &check, .path = "/networkport/bandwidth"};
    vessel__check_vlan(&vlan, port->vlan);
    vessel__check_bandwidth(&bandwidth, port->bandwidth, NULL);
}
