/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What interfaces have in common with networks, as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_NET_H
#define VESSEL_MODEL_NET_H

#include "model/value.h"

/* <vlan><tag> */
typedef struct VesselVlanTag {
    VesselNumber id;
    int native_mode; /* @nativeMode */
} VesselVlanTag;

/* <vlan> */
typedef struct VesselVlan {
    VesselTri trunk;
    GPtrArray *tag; /* of VesselVlanTag */
} VesselVlan;

/* <inbound>, <outbound>: KiB per second, but burst is in KiB */
typedef struct VesselBandwidthRates {
    VesselNumber average, peak, floor, burst;
} VesselBandwidthRates;

/* <bandwidth> */
typedef struct VesselBandwidth {
    VesselNumber class_id; /* @classID: RUNTIME */
    VesselBandwidthRates *inbound, *outbound;
} VesselBandwidth;

typedef enum {
    VESSEL_VIRTUALPORT_ABSENT, VESSEL_VIRTUALPORT_8021QBG, VESSEL_VIRTUALPORT_8021QBH,
    VESSEL_VIRTUALPORT_OPENVSWITCH, VESSEL_VIRTUALPORT_MIDONET,
} VesselVirtualportType;

/* <virtualport>: parameters/@… */
typedef struct VesselVirtualport {
    VesselVirtualportType type;
    VesselNumber managerid, typeid, typeidversion;
    char *instanceid, *profileid, *interfaceid;
} VesselVirtualport;

typedef enum { VESSEL_FAMILY_ABSENT, VESSEL_FAMILY_IPV4, VESSEL_FAMILY_IPV6 } VesselFamily;

/* <ip> of an interface */
typedef struct VesselIp {
    VesselFamily family;
    char *address, *peer;
    VesselNumber prefix;
} VesselIp;

/* <route> */
typedef struct VesselRoute {
    VesselFamily family;
    char *address, *netmask, *gateway;
    VesselNumber prefix, metric;
} VesselRoute;

#endif
