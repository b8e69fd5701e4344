/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions in memory: parsed once, shared by everybody who reads them, and the way from a text
 * to one: parse, defaults (core, driver), checks (core, what the driver honours, driver). */
#ifndef VESSEL_CORE_DEFINITION_H
#define VESSEL_CORE_DEFINITION_H

#include "core/host.h"

typedef struct {
    _Atomic unsigned refs;
    VesselDomainDef *def; /* NULL: the stored text is no definition at all, see @problem */
    VesselError *problem; /* of a stored one: why it cannot be started; NULL: nothing known */
} VesselDefinition;

VesselDefinition *vessel__definition_new(VesselDomainDef *def); /* takes it */
VesselDefinition *vessel__definition_ref(VesselDefinition *definition);
void vessel__definition_unref(VesselDefinition *definition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselDefinition, vessel__definition_unref)

/* Of text that is stored already: always gives one. */
VesselDefinition *vessel__definition_load(const char *text, size_t length);
/* The next start's definition of a record; kept in it. NULL for a transient domain. Borrowed: valid
 * as long as the record. */
VesselDefinition *vessel__definition_of(VesselDomainRecord *record);

/* A text made ready to be put into the store. */
typedef struct {
    VesselDomainRecord *record; /* its parsed form is in it */
    VesselDefinition *definition;
    const VesselDriver *driver;
    bool replaces; /* a record of this UUID was there */
    VesselError *warnings; /* what was let pass; NULL: nothing */
} VesselPrepared;
void vessel__prepared_clear(VesselPrepared *prepared);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VesselPrepared, vessel__prepared_clear)
/* @flags: VESSEL_DOMAIN_DEFINE_LENIENT. All problems at once. */
int vessel__definition_prepare(VesselHost *host, const char *text, uint32_t flags,
                               VesselPrepared *prepared, VesselError **err);
/* The same, of what is to replace @before (or NULL): what would be made up, and is there, stays. */
int vessel__definition_prepare_change(VesselHost *host, const char *text, uint32_t flags,
                                      const VesselDomainDef *before, VesselPrepared *prepared,
                                      VesselError **err);
/* @problems as an error, if there are any, that tells where in @text each is. */
int vessel__definition_problems(const char *text, VesselProblems *problems, VesselError **err);
/* The driver's and the core's checks of a definition as it stands (before a start: for a record
 * that another version wrote), and what a start needs of this machine. */
void vessel__definition_check(VesselHost *host, const VesselDriver *driver,
                              const VesselDomainDef *def, VesselProblems *problems);
void vessel__definition_check_start(VesselHost *host, const VesselDriver *driver,
                                    const VesselDomainDef *def, VesselProblems *problems);
/* A record with the same given text and another definition. Takes @def. */
VesselDomainRecord *vessel__record_with(const VesselDomainRecord *record, VesselDomainDef *def);
/* vessel_host_validate(). @warnings may be NULL. */
int vessel__host_validate(VesselHost *host, const char *text, uint32_t flags,
                          VesselProblems *warnings, VesselError **err);

#endif
