/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a driver's plan to a running warden, and requests to one.
 *
 * The plan, as the warden gets it ("args" of the start request, also kept as plan.json):
 * {"version": 1, "uuid", "name", "id", "root_id", "driver", "engine": "qemu",
 *  "transient": bool, "paused": bool, "autodestroy": {process} or absent,
 *  "actions": {"poweroff": "destroy", "reboot": "restart", "crash": "destroy"},
 *  "user": name, when it is not root's; "cgroup": [directories] of the domain, beneath which the
 *  helper was born (v2), or "cgroup_error": why there is none,
 *  "plan": {…the engine's own, see drivers/qemu/plan.h…}}
 */
#ifndef VESSEL_KIT_LAUNCH_H
#define VESSEL_KIT_LAUNCH_H

#include "kit/guest.h"

/* A launch plan under construction: the engine's JSON and the descriptors it names. */
typedef struct VesselLaunch VesselLaunch;
VesselLaunch *vessel__launch_new(const char *engine);
void vessel__launch_free(VesselLaunch *launch); /* closes its descriptors */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselLaunch, vessel__launch_free)
VesselJson *vessel__launch_plan(VesselLaunch *launch); /* the engine's object, to be filled */
/* Takes @fd over. Names are unique; they appear in the message's "fds". */
void vessel__launch_add_fd(VesselLaunch *launch, const char *name, int fd);

typedef struct {
    bool paused;
    bool autodestroy; /* tied to this process by pidfd */
    bool transient;
} VesselStartArgs;

/* A helper that has been asked nothing yet: executing it takes about as long as working out what to
 * ask of it, so a start begins with it. It leaves when its socket ends. NULL: there is none, and
 * the launch starts one, or says why it cannot; so too where a helper must be born in the domain's
 * control group, or when this one has given up waiting. */
typedef struct VesselHelper VesselHelper;
VesselHelper *vessel__helper_ahead(VesselDriverHost *host);
/* NULL is nothing. Waits for its end, but not for long. */
void vessel__helper_dismiss(VesselHelper *helper);

/* Gives the plan to the vessel-warden that waits (the operation's @ahead), or to a new one, and waits
 * until the guest runs (or is paused), the operation's deadline, or a failure; the warden finishes or
 * rolls back by itself whatever becomes of us. */
int vessel__warden_launch(VesselGuest *guest, VesselLaunch *launch, const VesselStartArgs *args,
                          VesselError **err);

/* One request to the domain's warden. The operation lock goes with it if the operation has one.
 * @args may be NULL and stays the caller's; @reply (the "ok" object) may be NULL. @fd gets the
 * reply's one descriptor, or is NULL. A warden that is dead is replaced by an adopter first. */
int vessel__warden_call(VesselGuest *guest, const char *op, const VesselJson *args,
                        VesselJson **reply, int *fd, VesselError **err);

/* The same read-only request to many wardens at once: all sent, then all awaited until @deadline.
 * results[i] is the "ok" object or NULL with errors[i] set. */
int vessel__warden_call_many(VesselGuest *const *guests, size_t count, const char *op,
                             const VesselJson *args, VesselDeadline deadline, VesselJson **results,
                             VesselError **errors);

/* Starts an adopter for a domain whose guest lives and whose warden does not; the operation has
 * warden_lock_fd. Waits for its greeting until the operation's deadline. */
int vessel__warden_adopt(VesselGuest *guest, VesselError **err);

/* Ends a domain when its warden does not answer: kills guest and warden by pidfd and waits until
 * both are gone. What is to be recorded then is core's business. */
int vessel__warden_kill(VesselGuest *guest, VesselError **err);

/* One question to a helper that answers and leaves (probe): @reply_fd is a memory file with the
 * answer's JSON text when it may be larger than a message. */
int vessel__helper_ask(VesselDriverHost *host, const char *op, const VesselJson *args,
                       const int *fds, const char *const *fd_names, size_t fds_count,
                       VesselDeadline deadline, VesselJson **reply, int *reply_fd,
                       VesselError **err);

/* Finds the helper (interfaces.md section 4): @option, VESSEL_HELPER_DIR, beside the file this code
 * was loaded from, its ../libexec/vessel, libexecdir. It must belong to root or the caller and be
 * writable by nobody else. g_free() *dir. */
int vessel__helper_find(const char *option, char **dir, VesselError **err);

#endif
