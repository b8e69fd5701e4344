/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container driver's insides, library side. */
#ifndef VESSEL_CONTAINER_CONTAINER_H
#define VESSEL_CONTAINER_CONTAINER_H

#include "container/namespace.h"
#include "core/driver.h"

#define VESSEL__CONTAINER_IDS 65536 /* ids of a range */

extern const VesselSupport vessel__container_support[];

int vessel__container_defaults(VesselDriverHost *host, VesselDomainDef *def, VesselError **err);
void vessel__container_check(VesselDriverHost *host, const VesselDomainDef *def,
                             VesselProblems *problems);
void vessel__container_check_start(VesselDriverHost *host, const VesselDomainDef *def,
                                   VesselProblems *problems);

/* The <filesystem> that is the root; NULL: the check refuses that. */
const VesselDevice *vessel__container_root(const VesselDomainDef *def);
/* What <vessel:overlay> and <vessel:image> say of the filesystem with that target; NULL: nothing. */
const VesselOverlay *vessel__container_overlay_of(const VesselDomainDef *def, const char *target);
const VesselContainerImage *vessel__container_image(const VesselDomainDef *def, const char *target);
const VesselContainerMount *vessel__container_mount_of(const VesselDomainDef *def, const char *target);
/* Whether its standard streams are pipes, and no terminal. */
bool vessel__container_has_pipes(const VesselDomainDef *def);
/* The path of a device of the host that the container gets; NULL: it names none. */
const char *vessel__container_hostdev(const VesselDevice *device);
/* From a definition to a launch plan. @kept: it is not that of a transient domain. */
int vessel__container_plan(const VesselGuest *guest, bool kept, VesselLaunch **launch,
                           VesselError **err);

/* Whether nobody on the host comes to @fd (O_PATH) but this user: a directory above it lets nobody else
 * search it, and, of a file, it has no other name (closed.c). */
bool vessel__container_is_closed(int fd);

/* A problem of the definition, at @path (check.c). */
void vessel__container_refuse(const VesselDomainDef *def, VesselProblems *problems,
                              const char *path, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Interfaces (interfaces.c): for the slots of the same names, and for the plan. */
void vessel__container_in_force(VesselDriverHost *host, VesselDomainDef *def, int id);
void vessel__container_check_interfaces(const VesselDomainDef *def, VesselProblems *problems);
void vessel__container_check_interfaces_start(const VesselDomainDef *def, VesselProblems *problems);
VesselJson *vessel__container_interfaces(const VesselGuest *guest);
VesselJson *vessel__container_moved(const VesselDomainDef *def); /* of the host, for the time being */
unsigned vessel__container_prefix(const char *address, const VesselNumber *prefix,
                                  const char *netmask);

/* Those of the type "user" (usernet.c); the plan's has its addresses already. */
/* vessel-init to be executed on the way into a container: a descriptor of the caller's, of a sealed
 * copy that @host keeps until it is closed. */
int vessel__container_program(VesselDriverHost *host, int *fd, VesselError **err);
void vessel__container_forget_program(VesselDriverHost *host);
const char *vessel__container_slirp(void); /* where the program is; NULL: nowhere */
void vessel__container_check_user(const VesselDomainDef *def, const VesselDevice *device,
                                  const char *at, VesselProblems *problems);
void vessel__container_check_user_start(const VesselDevice *device, const char *at,
                                        VesselProblems *problems);
void vessel__container_plan_user(const VesselInterface *interface, const char *at,
                                 VesselJson *json);

/* What root of it may do, a bit for each (capabilities.c). */
uint64_t vessel__container_capabilities(const VesselDomainDef *def);
void vessel__container_check_capabilities(const VesselDomainDef *def, VesselProblems *problems);

/* What else it says of the confinement; the plan's part of both (confine.c). */
void vessel__container_check_confinement(const VesselDomainDef *def, VesselProblems *problems);
void vessel__container_check_confinement_start(const VesselDriverHost *host,
                                               const VesselDomainDef *def,
                                               VesselProblems *problems);
int vessel__container_plan_confinement(const VesselDriverHost *host, const VesselDomainDef *def,
                                       VesselJson *plan, VesselError **err);
/* The profile @path as a filter, its instructions in base 64 (profile.c). */
int vessel__container_profile(const VesselDriverHost *host, const char *path, uint64_t kept,
                              char **filter, VesselError **err);

/* Limits as the plan has them, @past: had them, of devices that may be gone; the plan's members about
 * them (limits.c). */
int vessel__container_limits(const VesselDomainDef *def, bool past, VesselJson **limits,
                             VesselError **err);
int vessel__container_plan_limits(const VesselDomainDef *def, bool past, VesselJson *plan,
                                  VesselError **err);
uint64_t vessel__container_memory_kib(const VesselDomainDef *def); /* 0: unlimited */
void vessel__container_check_limits(const VesselDomainDef *def, VesselProblems *problems);

/* What can be changed while it runs (change.c); of limits, in the order in which they are written,
 * what leads from @from to @to, both as the plan has them. */
extern const VesselChangeOps vessel__container_change;
VesselJson *vessel__container_limits_between(const VesselJson *from, const VesselJson *to);
/* The same of links, as the plan's "interfaces" have them (interfaces.c). */
VesselJson *vessel__container_links_between(const VesselJson *from, const VesselJson *to);

/* Another program in one that runs (exec.c). */
int vessel__container_exec(VesselGuest *guest, const char *const *argv,
                           const VesselExecOptions *options, VesselExecChannel *channel,
                           VesselError **err);

/* A copier in one that runs, with the end @stream of a pipe and /proc as @proc (init/copy.c). What
 * it was joined with: its socket, a pidfd of the container's first process, what was executed. */
typedef struct {
    int socket, pidfd, program;
} VesselContainerCopier;
int vessel__container_join_copier(VesselGuest *guest, const char *const *argv, int stream, int proc,
                                  VesselContainerCopier *copier, VesselError **err);
/* Why one did not come to copying, or the container has ended: @step is what it says. */
int vessel__container_copier_failed(VesselGuest *guest, const VesselContainerCopier *copier,
                                    const char *step, int errnum, VesselError **err);
/* Files in and out (copy.c). */
int vessel__container_copy(VesselGuest *guest, const VesselCopy *copy, char **notes,
                           VesselError **err);

/* Sources of file systems, copies of templates among them (template.c): whether the container has
 * one of its own, the directory that it is shown, that of the template, all of them made before a
 * start, and removed when the domain is gone. */
bool vessel__container_is_copied(const VesselDomainDef *def, const VesselFilesystem *fs);
char *vessel__container_source(const VesselDriverHost *host, const VesselDomainDef *def,
                               const VesselFilesystem *fs);
char *vessel__container_template(const VesselDriverHost *host, const VesselFilesystem *fs);
int vessel__container_make_copies(VesselGuest *guest, VesselError **err);
void vessel__container_remove_copies(const VesselDriverHost *host, const char *uuid);

/* Ids of the host that belong to the container @uuid alone, the same whenever it is asked for: for
 * good once a definition with them is kept (range.c). */
int vessel__container_range(const char *uuid, uint64_t *base, VesselError **err);
void vessel__container_kept(const char *uuid, bool kept);
/* An ordinary user's: what /etc/subuid and /etc/subgid give it, as entries of a definition's <idmap>;
 * false: nothing, or nobody could write such a map (subids.c). */
bool vessel__container_subids(GPtrArray **uids, GPtrArray **gids);
/* Removes the directory @name with files of those ids in it (remove.c). */
int vessel__container_remove_theirs(const VesselDriverHost *host, int folder, const char *name,
                                    VesselError **err);
/* At a start: the ids of @def that are of such ranges are its own, or become so. @hold keeps them as
 * long as it is open (-1: there are none), @ids says how the next warden gets such a one: {"source":
 * the file, "records": [offsets of what to lock], "length": of each}. */
int vessel__container_claim(const VesselDomainDef *def, bool kept, VesselJson *ids, int *hold,
                            VesselError **err);

#endif
