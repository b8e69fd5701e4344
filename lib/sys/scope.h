/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A transient systemd scope for the helper and its guest (sd-bus from libsystemd, loaded only where
 * systemd runs, so that nobody else pays for it). Used in the helper alone. */
#ifndef VESSEL_SYS_SCOPE_H
#define VESSEL_SYS_SCOPE_H

#include "base/clock.h"
#include "base/error.h"

/* sd_booted(3) and a reachable manager: the system's for root, the user's otherwise. */
bool vessel__systemd_running(void);

typedef struct VesselScope VesselScope;
/* Asks for StartTransientUnit NAME.scope with these PIDs (systemd moves no others, not their
 * children either), Delegate=yes, IOAccounting=yes, TasksMax=infinity, CollectMode=inactive-or-failed.
 * Returns at once; `unsupported` when built without libsystemd, `missing-feature` when systemd does not run. */
int vessel__scope_begin(const char *name, const pid_t *pids, size_t count, VesselScope **scope,
                        VesselError **err);
int vessel__scope_fd(const VesselScope *scope); /* poll for input, then _finish(0) */
/* Waits until the job is done or the deadline has passed. */
int vessel__scope_finish(VesselScope *scope, VesselDeadline deadline, VesselError **err);
void vessel__scope_free(VesselScope *scope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselScope, vessel__scope_free)

#endif
