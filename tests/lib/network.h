/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks for tests of containers, each case's in a network namespace of its own. */
#ifndef VESSEL_TESTS_LIB_NETWORK_H
#define VESSEL_TESTS_LIB_NETWORK_H

#include "tests/lib/container.h"

#include <net/if.h>

#define VT_BRIDGE "vtbr"
#define VT_OUTSIDE "10.77.0.1" /* the bridge's */
#define VT_INSIDE "10.77.0.5"
#define VT_WIRE "vtwire" /* its other end is on the bridge */

#define VT_ON_BRIDGE(more)                                                                         \
    "<interface type='bridge'><source bridge='" VT_BRIDGE "'/>" more "</interface>"
#define VT_ON_WIRE(more)                                                                           \
    "<interface type='direct'><source dev='" VT_WIRE "' mode='bridge'/>" more "</interface>"
#define VT_WIRE_ITSELF(more)                                                                       \
    "<hostdev mode='capabilities' type='net'><source><interface>" VT_WIRE                          \
    "</interface></source>" more "</hostdev>"
#define VT_USER(more) "<interface type='user'>" more "</interface>"

/* ---- the host's side ---- */

/* A bridge that is @mtu wide, with the address VT_OUTSIDE, in a network of the case's own. */
void vt_net_bridge(uint32_t mtu);
void vt_net_wire(void);     /* and the bridge */
void vt_net_new_wire(void); /* after it went with the namespace that it was in */
/* A device for taps that everybody may open, as hosts have it. */
void vt_net_taps(void);
/* The first end of a container's that the host has; NULL: none. The caller frees. */
char *vt_net_end(void);
bool vt_net_no_ends(void *data); /* for vt_wait() */
/* What is heard there, "" when nothing is; the caller frees. */
char *vt_net_heard(const char *address, uint16_t port);
bool vt_net_answers(void *data); /* for vt_wait(): the container's port 7777 */

/* ---- the container ---- */

/* One called "net" that shows what it has (with @words beside its init), and listens to @port if
 * that is not NULL. */
char *vt_net_xml(const char *words, const char *interfaces);
VesselDomain *vt_net_define(VesselHost *host, const char *port, const char *interfaces);
void vt_assert_says(const char *text, const char *part);
/* A definition that is refused, or a start that fails, with @path and @message in it. */
void vt_net_refused(VesselHost *host, const char *interfaces, int code, const char *path,
                    const char *message);
/* A counter of its interface; UINT64_MAX: there is none. */
uint64_t vt_net_stat(VesselDomain *domain, guint number, const char *name);
/* Whatever became of it: what runs on without a warden, or waits for its next one. */
void vt_net_end_it(VesselDomain *domain);
/* That, and nothing is left of it. */
void vt_net_done(VesselHost *host, VesselDomain *domain);

#endif
