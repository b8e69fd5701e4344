/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <networkport>, where an interface is connected to a network, as C data. */
#ifndef VESSEL_MODEL_NETWORKPORT_H
#define VESSEL_MODEL_NETWORKPORT_H

#include "model/device-common.h"
#include "model/net.h"
#include "model/schema.h"

typedef enum {
    VESSEL_PLUG_ABSENT,
    VESSEL_PLUG_NETWORK,
    VESSEL_PLUG_BRIDGE,
    VESSEL_PLUG_DIRECT,
    VESSEL_PLUG_HOSTDEV_PCI,
} VesselPlugType;

/* <plug> */
typedef struct {
    VesselPlugType type;
    char *bridge;
    int mac_table_manager;
    char *dev;
    int mode;
    VesselTri managed;
    int driver; /* driver/@name */
    VesselHostPciAddress *address;
} VesselPlug;

typedef struct {
    char *uuid, *owner_name, *owner_uuid; /* owner/… */
    char *mac, *group;
    VesselTri trust_guest; /* rxfilters/@trustGuest */
    VesselTri isolated;    /* port/@isolated */
    VesselVirtualport *virtualport;
    VesselBandwidth *bandwidth;
    VesselVlan *vlan;
    VesselPlug *plug;
    GPtrArray *unknown; /* of VesselLeftover */
    int *lines;
} VesselNetworkPortDef;

const VesselShape *vessel__networkport_shape(void);
void vessel__networkport_defaults(void *def);
void vessel__networkport_check(const void *def, VesselProblems *problems);

#endif
