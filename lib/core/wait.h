/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_CORE_WAIT_H
#define VESSEL_CORE_WAIT_H

#include "core/host.h"

/* Waits until the domain is in one of @states; returns the state. One that is gone is shut off.
 * @cancelled may be NULL: then the host's close ends the wait. */
int vessel__wait_for(VesselHost *host, const char *uuid, uint32_t states, VesselDeadline deadline,
                     bool (*cancelled)(void *data), void *data, VesselError **err);

#endif
