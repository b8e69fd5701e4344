/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a host, and the mock's beginning. */
#ifndef VESSEL_CORE_CLOSE_H
#define VESSEL_CORE_CLOSE_H

#include "core/host.h"

/* Everything that calls use goes: by whoever leaves the closed host last. Memory stays. */
void vessel__host_teardown(VesselHost *host);
/* mock:?fixture=default: one running domain "test". */
int vessel__host_fixture_default(VesselHost *host, VesselError **err);

#endif
