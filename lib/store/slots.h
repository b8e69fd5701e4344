/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Named locks between the threads of this process, with their holders: the operation locks of the
 * memory store, and of a root whose op.lock cannot be written. */
#ifndef VESSEL_STORE_SLOTS_H
#define VESSEL_STORE_SLOTS_H

#include "sys/lock.h"

typedef struct VesselSlots VesselSlots;
VesselSlots *vessel__slots_new(void);
/* Nobody may wait in it. */
void vessel__slots_free(VesselSlots *slots);
/* Late: `busy`, with the holder, retryable. */
int vessel__slots_take(VesselSlots *slots, const char *key, const VesselHolder *holder,
                       VesselDeadline deadline, VesselError **err);
void vessel__slots_release(VesselSlots *slots, const char *key);
bool vessel__slots_peek(VesselSlots *slots, const char *key, VesselHolder *holder);

#endif
