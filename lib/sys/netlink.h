/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to the kernel's rtnetlink, collected and sent at once. By hand and not with libnl-route:
 * a helper linked with that starts 0.3 ms later and has 68 KiB more of its own, whether its guest
 * has an interface or not. */
#ifndef VESSEL_SYS_NETLINK_H
#define VESSEL_SYS_NETLINK_H

#include "base/error.h"

#include <linux/if_link.h>
#include <net/if.h>

typedef struct VesselNetlink VesselNetlink;

/* Of the network namespace that this thread is in. */
int vessel__netlink_open(VesselNetlink **netlink, VesselError **err);
void vessel__netlink_free(VesselNetlink *netlink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselNetlink, vessel__netlink_free)

/* Begins a request of @type (RTM_…) with @header. @at is the definition's path for its error
 * (borrowed until it is sent; may be NULL), what follows says what it is about. */
void vessel__netlink_begin(VesselNetlink *netlink, int type, int flags, const void *header,
                           size_t size, const char *at, const char *format, ...)
    G_GNUC_PRINTF(7, 8);
void vessel__netlink_put(VesselNetlink *netlink, int attribute, const void *data, size_t size);
void vessel__netlink_put_u32(VesselNetlink *netlink, int attribute, uint32_t value);
void vessel__netlink_put_string(VesselNetlink *netlink, int attribute, const char *text);
/* The attributes until its end are @attribute's, after @header if there is one. */
size_t vessel__netlink_nest(VesselNetlink *netlink, int attribute, const void *header, size_t size);
void vessel__netlink_end(VesselNetlink *netlink, size_t nest);

/* Sends what was begun; all of it is done or refused when this returns. The error is that of the
 * first that was refused, the kernel's own words its cause; `busy` if an address or a device is. */
int vessel__netlink_send(VesselNetlink *netlink, VesselError **err);

#define VESSEL__LINK_ADDRESS_MAX 32 /* the kernel's MAX_ADDR_LEN */
#define VESSEL__LINK_ALTERNATIVE_MAX 128

typedef struct {
    unsigned index, mtu;
    char name[IFNAMSIZ];
    char kind[16];                                  /* "veth"; "" of a physical one */
    char alternative[VESSEL__LINK_ALTERNATIVE_MAX]; /* the first of its other names; "" */
    /* The address it was built with, in hexadecimal digits; "": it has none. */
    char permanent[2 * VESSEL__LINK_ADDRESS_MAX + 1];
    struct rtnl_link_stats64 counters;
} VesselLink;

/* The interface @name, or the one with the number @index; `not-found` when there is none. */
int vessel__netlink_link(VesselNetlink *netlink, const char *name, VesselLink *link,
                         VesselError **err);
int vessel__netlink_link_at(VesselNetlink *netlink, unsigned index, VesselLink *link,
                            VesselError **err);

/* Begins to take that other name off it. */
void vessel__netlink_begin_unname(VesselNetlink *netlink, const VesselLink *link);

/* Six bytes of a MAC address; false if it is none. */
bool vessel__mac_parse(const char *text, uint8_t mac[6]);

#endif
