/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the cross checks of networks and their ports. */
#ifndef VESSEL_MODEL_CHECK_NETWORK_H
#define VESSEL_MODEL_CHECK_NETWORK_H

#include "model/check-document.h"
#include "model/check.h"
#include "model/network.h"

/* An address of either family. */
typedef struct {
    unsigned bits; /* 32 or 128 */
    uint8_t bytes[16];
} VesselNetAddress;

bool vessel__net_address(const char *text, VesselNetAddress *address); /* @text may be NULL */
uint32_t vessel__net_ipv4(const VesselNetAddress *address);

/* check-network-ip.c */
/* Of a network or an interface; false if the gateway is not worth looking at. */
bool vessel__check_route(const VesselWhere *where, const VesselRoute *route,
                         VesselNetAddress *gateway);
void vessel__network_check_dns(const VesselDocumentCheck *check);
void vessel__network_check_addresses(const VesselDocumentCheck *check);

#endif
