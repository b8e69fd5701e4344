/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which driver runs a domain. */
#ifndef VESSEL_CORE_REGISTRY_H
#define VESSEL_CORE_REGISTRY_H

#include "core/host.h"
#include "core/operations.h"

/* The driver of records that say so; NULL: this build has none of that name. */
const VesselDriver *vessel__driver_by_name(const char *name);
/* Those that belong to this host: index from 0, NULL after the last. */
const VesselDriver *vessel__driver_at(const VesselHost *host, guint index);
/* A word of /domain/@type (NULL: none); `unsupported` with those of this host if it is none. */
int vessel__type_from_word(VesselHost *host, const char *word, VesselDomainType *type,
                           VesselError **err);
/* By the type of a definition. `auto` is kvm where hardware is behind it, else the emulator; *why
 * (may be NULL; g_free) says which and why, and is NULL for every other type. On failure
 * `unsupported`, or `invalid-definition` for the mock's types on a real host, with the path of the
 * attribute. */
int vessel__driver_for_type(VesselHost *host, VesselDomainType type, const char *arch,
                            const char *machine, const VesselDriver **driver, char **why,
                            VesselError **err);
/* 1 or 0 with *why_not: can domains of that driver run here? A driver that does not say can. */
int vessel__driver_usable(VesselHost *host, const VesselDriver *driver, const char *arch,
                          const char *machine, char **why_not);

int vessel__host_supports(VesselHost *host, const char *operation, const VesselDomainSpec *spec,
                          char **why_not, VesselError **err);

#endif
