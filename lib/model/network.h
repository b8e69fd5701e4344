/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <network> as C data. An int is a word of its row. */
#ifndef VESSEL_MODEL_NETWORK_H
#define VESSEL_MODEL_NETWORK_H

#include "model/net.h"
#include "model/schema.h"

typedef enum {
    VESSEL_FORWARD_ABSENT,
    VESSEL_FORWARD_NAT,
    VESSEL_FORWARD_ROUTE,
    VESSEL_FORWARD_OPEN,
    VESSEL_FORWARD_BRIDGE,
    VESSEL_FORWARD_PRIVATE,
    VESSEL_FORWARD_VEPA,
    VESSEL_FORWARD_PASSTHROUGH,
    VESSEL_FORWARD_HOSTDEV,
} VesselForwardMode;

/* forward/interface */
typedef struct {
    char *dev;
    VesselNumber connections; /* RUNTIME */
    int *lines;
} VesselForwardInterface;

/* forward/address: a PCI device */
typedef struct {
    int type;
    VesselNumber domain, bus, slot, function;
    VesselTri multifunction;
    VesselNumber connections; /* RUNTIME */
    int *lines;
} VesselForwardAddress;

/* forward/nat */
typedef struct {
    VesselTri ipv6;
    char *address_start, *address_end; /* address/@… */
    VesselNumber port_start, port_end; /* port/@… */
} VesselNat;

/* <forward> */
typedef struct {
    VesselForwardMode mode;
    char *dev;
    VesselTri managed;
    int driver; /* driver/@name */
    char *pf;   /* pf/@dev */
    VesselNat *nat;
    GPtrArray *interfaces; /* of VesselForwardInterface */
    GPtrArray *addresses;  /* of VesselForwardAddress */
    int *lines;
} VesselForward;

/* <bridge> */
typedef struct {
    char *name, *zone;
    VesselTri stp;
    VesselNumber delay; /* seconds */
    int mac_table_manager;
} VesselBridge;

typedef struct {
    char *addr, *domain;
    int *lines;
} VesselDnsForwarder;

typedef struct {
    char *name, *value;
    int *lines;
} VesselDnsTxt;

typedef struct {
    char *service;
    int protocol;
    char *domain, *target;
    VesselNumber port, priority, weight;
    int *lines;
} VesselDnsSrv;

typedef struct {
    char *name;
} VesselDnsName;

typedef struct {
    char *ip;
    GPtrArray *names; /* of VesselDnsName */
    int *lines;
} VesselDnsHost;

/* <dns> */
typedef struct {
    VesselTri enable, forward_plain_names;
    GPtrArray *forwarders, *txts, *srvs, *hosts;
    int *lines;
} VesselDns;

typedef enum {
    VESSEL_DHCP_LEASE_ABSENT,
    VESSEL_DHCP_LEASE_SECONDS,
    VESSEL_DHCP_LEASE_MINUTES,
    VESSEL_DHCP_LEASE_HOURS,
} VesselDhcpLeaseUnit;

/* <lease> */
typedef struct {
    VesselNumber expiry; /* 0: for ever */
    VesselDhcpLeaseUnit unit;
} VesselDhcpLease;

typedef struct {
    char *start, *end;
    VesselDhcpLease *lease;
    int *lines;
} VesselDhcpRange;

typedef struct {
    char *mac, *id, *name, *ip;
    VesselDhcpLease *lease;
    int *lines;
} VesselDhcpHost;

/* ip/dhcp */
typedef struct {
    GPtrArray *ranges, *hosts;
    char *bootp_file, *bootp_server; /* bootp/@… */
    int *lines;
} VesselDhcp;

/* <ip> */
typedef struct {
    VesselFamily family;
    char *address, *netmask;
    VesselNumber prefix;
    VesselTri local_ptr;
    char *tftp; /* tftp/@root */
    VesselDhcp *dhcp;
    int *lines;
} VesselNetworkIp;

/* <portgroup> */
typedef struct {
    char *name;
    VesselTri preset, trust_guest_rx_filters; /* @default, @trustGuestRxFilters */
    VesselVirtualport *virtualport;
    VesselBandwidth *bandwidth;
    VesselVlan *vlan;
    int *lines;
} VesselPortgroup;

typedef struct {
    VesselNumber connections; /* RUNTIME */
    VesselTri ipv6, trust_guest_rx_filters;
    char *name, *uuid, *metadata;
    VesselForward *forward;
    VesselBridge *bridge;
    VesselNumber mtu;
    char *mac;
    char *domain; /* domain/@name */
    VesselTri domain_local_only;
    VesselDns *dns;
    VesselVlan *vlan;
    VesselBandwidth *bandwidth;
    VesselTri port_isolated;
    GPtrArray *ips;    /* of VesselNetworkIp */
    GPtrArray *routes; /* of VesselRoute */
    VesselVirtualport *virtualport;
    GPtrArray *portgroups; /* of VesselPortgroup */
    GPtrArray *unknown;    /* of VesselLeftover */
    VesselNamespaced namespaces[VESSEL_NAMESPACES_MAX];
    int *lines;
} VesselNetworkDef;

extern const VesselTable vessel__dns_table;        /* network-dns.c */
extern const VesselTable vessel__network_ip_table; /* network-ip.c */

extern const VesselTable vessel__network_table;
const VesselShape *vessel__network_shape(void);
void vessel__network_defaults(void *def);
void vessel__network_check(const void *def, VesselProblems *problems);

#endif
