/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_CORE_COPY_H
#define VESSEL_CORE_COPY_H

#include "core/operations.h"
#include <vessel/exec.h>

/* @op: VESSEL_OP_DOMAIN_COPY_IN or _OUT. */
int vessel__domain_copy(VesselDomain *domain, VesselOpId op, const char *from, const char *to,
                        const VesselDomainCopyOptions *options, VesselJob **job, VesselError **err);

#endif
