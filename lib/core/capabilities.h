/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine and the drivers can do, as documents. */
#ifndef VESSEL_CORE_CAPABILITIES_H
#define VESSEL_CORE_CAPABILITIES_H

#include "core/host.h"

int vessel__host_hostname(VesselHost *host, char **name, VesselError **err);
int vessel__host_node_info(VesselHost *host, VesselNodeInfo *info, VesselError **err);
int vessel__host_capabilities(VesselHost *host, char **xml, VesselError **err);
int vessel__host_domain_capabilities(VesselHost *host, const VesselDomainSpec *spec, char **xml,
                                     VesselError **err);
int vessel__host_doctor(VesselHost *host, char **json, VesselError **err);

#endif
