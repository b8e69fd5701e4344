/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <interface> as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_DEVICE_INTERFACE_H
#define VESSEL_MODEL_DEVICE_INTERFACE_H

#include "model/device-chardev.h"
#include "model/device-common.h"
#include "model/net.h"

typedef enum {
    VESSEL_INTERFACE_ABSENT,
    VESSEL_INTERFACE_USER,
    VESSEL_INTERFACE_ETHERNET,
    VESSEL_INTERFACE_VHOSTUSER,
    VESSEL_INTERFACE_SERVER,
    VESSEL_INTERFACE_CLIENT,
    VESSEL_INTERFACE_MCAST,
    VESSEL_INTERFACE_NETWORK,
    VESSEL_INTERFACE_BRIDGE,
    VESSEL_INTERFACE_INTERNAL,
    VESSEL_INTERFACE_DIRECT,
    VESSEL_INTERFACE_HOSTDEV,
    VESSEL_INTERFACE_UDP,
    VESSEL_INTERFACE_VDPA,
    VESSEL_INTERFACE_NULL,
    VESSEL_INTERFACE_VDS,
} VesselInterfaceType;

typedef enum {
    VESSEL_TEAMING_ABSENT,
    VESSEL_TEAMING_PERSISTENT,
    VESSEL_TEAMING_TRANSIENT
} VesselTeamingType;

/* <teaming>: two devices that the guest uses as one */
typedef struct VesselTeaming {
    VesselTeamingType type;
    char *persistent; /* alias of the other one */
} VesselTeaming;

typedef enum {
    VESSEL_HOST_ADDRESS_ABSENT,
    VESSEL_HOST_ADDRESS_PCI,
    VESSEL_HOST_ADDRESS_USB,
} VesselHostAddressType;

/* <source><address> of an interface that is a device of the host */
typedef struct VesselHostAddress {
    VesselHostAddressType type;
    VesselNumber domain, bus, slot, function; /* usb has a bus too */
    VesselTri multifunction;
    VesselNumber device;
} VesselHostAddress;

/* <filterref><parameter> */
typedef struct VesselFilterParameter {
    char *name, *value;
} VesselFilterParameter;

/* <filterref> */
typedef struct VesselFilterref {
    char *filter;
    GPtrArray *parameter; /* of VesselFilterParameter */
} VesselFilterref;

/* <portForward><range> */
typedef struct VesselForwardRange {
    VesselNumber start, end, to;
    VesselTri exclude;
} VesselForwardRange;

/* <portForward> */
typedef struct VesselPortForward {
    int proto;
    char *address, *dev;
    GPtrArray *range; /* of VesselForwardRange */
} VesselPortForward;

/* <driver><host>, <driver><guest>: what is left to the other side */
typedef struct VesselOffloads {
    VesselTri csum, gso, tso4, tso6, ecn, ufo, mrg_rxbuf; /* gso and mrg_rxbuf only of the host */
} VesselOffloads;

typedef enum {
    VESSEL_SOCKET_ABSENT,
    VESSEL_SOCKET_SERVER,
    VESSEL_SOCKET_CLIENT,
} VesselSocketMode;

typedef struct {                        /* source/@… */
    char *network, *portgroup, *portid; /* portid: RUNTIME */
    char *bridge, *actual_bridge;       /* of a bridge, and of a network: RUNTIME */
    int mac_table_manager, actual_mac_table_manager;
    char *dev;
    int mode;                 /* of direct */
    int socket_type; /* vhostuser, as is the path */
    char *path;
    VesselSocketMode socket_mode;
    VesselReconnect *reconnect;
    char *name;    /* internal */
    char *address; /* server, client, mcast, udp */
    VesselNumber port;
    char *local_address;
    VesselNumber local_port;
    VesselTri missing; /* hostdev */
    VesselNumber vendor, product;
    VesselHostAddress *host_address;
    char *switchid, *vds_portid, *portgroupid, *connectionid; /* vds */
    GPtrArray *ip, *route;                                    /* ethernet: the host's end */
} VesselInterfaceSource;

typedef struct {
    VesselDeviceCommon common;
    VesselInterfaceType type;
    VesselTri managed; /* of hostdev */
    VesselTri trust_guest_rx_filters;
    char *mac; /* mac/@address */
    int mac_type;
    VesselTri mac_check;
    VesselInterfaceSource source;
    VesselVlan *vlan;
    VesselVirtualport *virtualport;
    VesselTri port_isolated; /* port/@isolated */
    VesselBandwidth *bandwidth;
    GPtrArray *ip, *route;     /* of the guest's end: containers */
    GPtrArray *port_forward;   /* of VesselPortForward */
    char *script, *downscript; /* script/@path, downscript/@path */
    char *backenddomain;       /* backenddomain/@name */
    char *target;              /* target/@dev */
    VesselTri target_managed;
    char *guest_dev, *guest_actual; /* guest/@… */
    char *model;                    /* model/@type, any word: the driver knows which it has */
    int driver_name, txmode;        /* driver/@… */
    VesselTri ioeventfd, event_idx;
    VesselNumber queues, rx_queue_size, tx_queue_size;
    VesselTri rss, rss_hash_report;
    VesselVirtioOptions virtio;
    VesselOffloads *host_offloads, *guest_offloads;
    int backend_type; /* backend/@… */
    char *backend_tap, *backend_vhost, *backend_log;
    VesselTeaming *teaming;
    VesselFilterref *filterref;
    VesselNumber sndbuf;          /* tune/sndbuf, bytes */
    VesselTri link;               /* link/@state: up is YES */
    VesselNumber mtu;             /* mtu/@size */
    VesselNumber coalesce_frames; /* coalesce/rx/frames/@max */
    VesselRom rom;
} VesselInterface;

#endif
