/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_STORE_LIVE_H
#define VESSEL_STORE_LIVE_H

#include "store/store.h"

/* From state.json (lib/sys/wire.h says what is in it); NULL when it names no known state. */
VesselLive *vessel__live_new(const VesselJson *json);

#endif
