/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a rename that was cut off by a kill has left undone. */
#ifndef VESSEL_CORE_RENAME_H
#define VESSEL_CORE_RENAME_H

#include "core/dispatch.h"

/* For a call that has the operation lock: what still has the old name gets the new one. */
void vessel__rename_catch_up(VesselCall *call);
/* For those who only read: the same if nobody has the lock, no more than once a second. */
void vessel__rename_kick(VesselHost *host, const VesselDomainRecord *record, const VesselNow *now);

#endif
