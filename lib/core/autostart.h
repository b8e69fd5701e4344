/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_CORE_AUTOSTART_H
#define VESSEL_CORE_AUTOSTART_H

#include "core/host.h"

int vessel__host_autostart(VesselHost *host, const VesselHostAutostartOptions *options,
                           VesselJob **job, VesselError **err);
int vessel__host_stop_all(VesselHost *host, const VesselHostStopOptions *options, VesselJob **job,
                          VesselError **err);

#endif
