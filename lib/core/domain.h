/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handles on domains, and what can be done with definitions. */
#ifndef VESSEL_CORE_DOMAIN_H
#define VESSEL_CORE_DOMAIN_H

#include "core/guests.h"
#include "core/operations.h"

/* Handles of a list are one allocation, which goes with the last of them: one reference to the host
 * and no page faults for each of thousands. */
typedef struct VesselDomainBlock VesselDomainBlock;

struct VesselDomain {
    VesselHandle handle;
    VesselHost *host;
    VesselDomainBlock *block; /* NULL: on its own, with a reference to the host */
    char uuid[VESSEL__UUID_SIZE];
};

VesselDomain *vessel__domain_new(VesselHost *host, const char *uuid);
/* NULL when there is no memory for so many. The handles are filled one by one, each with one
 * reference; vessel__domain_block_done drops that of the one who fills it. */
VesselDomainBlock *vessel__domain_block_new(VesselHost *host, size_t count);
VesselDomain *vessel__domain_block_add(VesselDomainBlock *block, const char *uuid);
void vessel__domain_block_done(VesselDomainBlock *block);
VesselDomain *vessel__domain_ref(VesselDomain *domain);
void vessel__domain_unref(VesselDomain *domain);
void vessel__domain_list_free(VesselDomain **domains);
int vessel__domain_enter(VesselDomain *domain, VesselHost **inside, VesselError **err);

/* The record of a handle: `not-found` when the domain is gone; with its state. */
int vessel__domain_record(VesselHost *host, const char *uuid, VesselDomainRecord **record,
                          VesselNow *now, VesselError **err);

/* change.c */
int vessel__domain_define(VesselHost *host, const char *text,
                          const VesselDomainDefineOptions *options, VesselDomain **result,
                          VesselError **err);
int vessel__domain_undefine(VesselDomain *domain, const VesselDomainOptions *options,
                            VesselError **err);
int vessel__domain_set_autostart(VesselDomain *domain, int autostart,
                                 const VesselDomainOptions *options, VesselError **err);
/* Puts a record made ready by vessel__definition_prepare into the store, with its event (may be
 * NULL). @flags: VesselDomainDefineFlags. */
int vessel__domain_put(VesselHost *host, VesselPrepared *prepared, uint32_t flags,
                       const VesselOp *op, const char *event, VesselDeadline deadline,
                       VesselError **err);

/* The driver of @record learns whether its definition is kept. */
void vessel__tell_kept(VesselHost *host, const VesselDomainRecord *record, bool is_kept, bool runs);

/* Puts what @change makes of the record that is there by now. @change may fail, or say by leaving
 * *changed NULL that there is nothing to do. */
typedef int (*VesselChangeFn)(VesselHost *host, const VesselDomainRecord *old, void *data,
                              VesselDomainRecord **changed, VesselJson **event, VesselError **err);
int vessel__change_record(VesselHost *host, const char *uuid, const VesselOp *op,
                          VesselChangeFn change, void *data, VesselDeadline deadline,
                          VesselError **err);
int vessel__refuse_transient(const VesselDomainRecord *record, const VesselOp *op,
                             VesselError **err);

/* rename.c */
int vessel__domain_rename(VesselDomain *domain, const char *name,
                          const VesselDomainOptions *options, VesselError **err);

/* metadata.c */
int vessel__domain_set_metadata(VesselDomain *domain, int kind, const char *text,
                                const char *prefix, const char *uri,
                                const VesselDomainMetadataOptions *options, VesselError **err);
int vessel__domain_metadata(VesselDomain *domain, int kind, const char *uri, uint32_t affect,
                            char **text, VesselError **err);

/* Which of the two definitions is meant by VesselDomainAffect bits, with what it may not be. */
int vessel__settle_affect(const VesselDomainRecord *record, int state, uint32_t *affect,
                          VesselError **err);

/* whole.c */
int vessel__domain_change(VesselDomain *domain, const char *text,
                          const VesselDomainChangeOptions *options, VesselError **err);

/* lookup.c */
int vessel__domain_list(VesselHost *host, uint32_t flags, VesselDomain ***domains, size_t *count,
                        VesselError **err);
int vessel__domain_lookup_by_name(VesselHost *host, const char *name, VesselDomain **result,
                                  VesselError **err);
int vessel__domain_lookup_by_uuid(VesselHost *host, const char *uuid, VesselDomain **result,
                                  VesselError **err);
int vessel__domain_lookup_by_id(VesselHost *host, int id, VesselDomain **result, VesselError **err);
int vessel__domain_name(VesselDomain *domain, char **name, VesselError **err);
int vessel__domain_id(VesselDomain *domain, int *id, VesselError **err);
int vessel__domain_state(VesselDomain *domain, char **reason, VesselError **err);
int vessel__domain_xml(VesselDomain *domain, uint32_t flags, char **xml, VesselError **err);
/* True if a domain of that state and kind is among those that @flags (VesselDomainListFlags) ask
 * for. */
bool vessel__list_wants(uint32_t flags, const VesselDomainRecord *record, int state);
/* Checks list flags: invalid-argument. */
int vessel__list_check(uint32_t flags, VesselError **err);

/* info.c */
int vessel__domain_info(VesselDomain *domain, VesselDomainInfo **info, VesselError **err);
void vessel__domain_info_free(VesselDomainInfo *info);

/* start.c */
int vessel__domain_start(VesselDomain *domain, const VesselDomainStartOptions *options,
                         VesselJob **job, VesselError **err);
int vessel__domain_create(VesselHost *host, const char *text,
                          const VesselDomainCreateOptions *options, VesselJob **job,
                          VesselDomain **result, VesselError **err);

/* stop.c: destroy, which works also while somebody plans a start */
int vessel__domain_destroy(VesselDomain *domain, const VesselDomainOptions *options,
                           VesselError **err);

/* wait.c */
int vessel__domain_wait(VesselDomain *domain, uint32_t states, const VesselDomainOptions *options,
                        VesselError **err);

/* console.c */
int vessel__domain_open_console(VesselDomain *domain, const VesselDomainConsoleOptions *options,
                                int *fd, VesselError **err);
int vessel__domain_open_log(VesselDomain *domain, int *fd, VesselError **err);

#endif
