/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A profile of system calls, as Docker, podman and the OCI's specification of a runtime write them,
 * made into a filter. */
#ifndef VESSEL_CONTAINER_PROFILE_PROFILE_H
#define VESSEL_CONTAINER_PROFILE_PROFILE_H

#include "base/error.h"
#include "base/json.h"

/* For a container that keeps the capabilities @kept: the instructions, as the kernel takes them. An
 * error says @name and the line. */
int vessel__profile_compile(const VesselJson *profile, const char *name, uint64_t kept,
                            GByteArray **program, VesselError **err);

#endif
