/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kvm and emulator drivers share. Their own folders hold nothing but the tables. */
#ifndef VESSEL_QEMU_FAMILY_H
#define VESSEL_QEMU_FAMILY_H

#include "core/driver.h"
#include "qemu/facts.h"
#include "qemu/machine.h"

/* Definition paths and words that are honoured; the same for both. */
extern const VesselSupport vessel__qemu_support[];

int vessel__qemu_usable(VesselQemuAccel accel, VesselDriverHost *host, const char *arch,
                        const char *machine, char **why_not);
int vessel__qemu_defaults(VesselQemuAccel accel, VesselDriverHost *host, VesselDomainDef *def,
                          VesselError **err);
void vessel__qemu_check(VesselQemuAccel accel, VesselDriverHost *host, const VesselDomainDef *def,
                        VesselProblems *problems);
void vessel__qemu_check_start(VesselQemuAccel accel, VesselDriverHost *host,
                              const VesselDomainDef *def, VesselProblems *problems);
int vessel__qemu_capabilities(VesselQemuAccel accel, VesselDriverHost *host, VesselJson **guests,
                              VesselError **err);
int vessel__qemu_domain_capabilities(VesselQemuAccel accel, VesselDriverHost *host,
                                     const char *emulator, const char *arch, const char *machine,
                                     char **xml, VesselError **err);
void vessel__qemu_report(VesselQemuAccel accel, VesselDriverHost *host, VesselReport *report);
void vessel__qemu_in_force(VesselDriverHost *host, VesselDomainDef *def, int id);

/* The facts behind a definition: the binary it names or the usual one. Absent means that it is not
 * installed, or cannot be asked for want of the helper: 0 with *facts NULL; *binary may be NULL. */
int vessel__qemu_facts_of(VesselDriverHost *host, const VesselDomainDef *def, char **binary,
                          VesselQemuFacts **facts, VesselError **err);

/* The rest of the slots is core/by-warden.h's. */
int vessel__qemu_start(VesselQemuAccel accel, VesselGuest *guest, const VesselStartArgs *args,
                       VesselError **err);
extern const VesselConsoleOps vessel__qemu_console;

#endif
