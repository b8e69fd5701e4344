/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A root of one domain, without store and dispatch: what a warden needs from them is made by hand,
 * so that the tests drive lib/kit/launch.h directly. */
#ifndef VESSEL_TESTS_SYSTEM_RIG_H
#define VESSEL_TESTS_SYSTEM_RIG_H

#include "kit/launch.h"
#include "sys/eventlog.h"
#include "tests/lib/vt.h"

typedef struct {
    VesselDriverHost host;
    VesselDomainDef def;
    VesselOperation operation;
    VesselGuest guest;
    char uuid[VESSEL__UUID_SIZE];
    char *folder, *log_path;
    int dir, events, log, next_id;
    VesselEventReader *reader;
    bool (*cancelled)(void *data);
    void *cancelled_data;
} Rig;

Rig *rig_new(void);
Rig *rig_new_named(int number); /* for more than one in a case */
void rig_free(Rig *rig);

/* A plan for a real QEMU: q35 with one serial console and a monitor; with @disk (may be NULL) as a
 * raw disk passed by descriptor. */
VesselLaunch *rig_qemu(Rig *rig, const char *disk);
/* A plan for another program instead. */
VesselLaunch *rig_program(Rig *rig, const char *binary);
void rig_add_argument(VesselLaunch *launch, const char *word);
/* fake-qemu, which misbehaves as @what says. */
VesselLaunch *rig_fake(Rig *rig, const char *what);

/* Takes the locks as dispatch would, starts, lets go of them. @launch is freed. */
int rig_start(Rig *rig, VesselLaunch *launch, const VesselStartArgs *args, int timeout_ms,
              VesselError **err);
/* Starts the real QEMU, or fails the case. */
void rig_start_qemu(Rig *rig, const char *disk, const VesselStartArgs *args);
/* One request with the operation lock (@locked) or without. */
int rig_call(Rig *rig, const char *op, const VesselJson *args, bool locked, int timeout_ms,
             VesselJson **reply, int *fd, VesselError **err);
int rig_do(Rig *rig, const char *op, VesselError **err); /* with the lock, 10 s */
int rig_destroy(Rig *rig, VesselError **err);

VesselJson *rig_state(Rig *rig); /* state.json; NULL when there is none */
void rig_assert_state(Rig *rig, const char *state, const char *reason);
void rig_wait_state(Rig *rig, const char *state, const char *reason);
bool rig_process(Rig *rig, const char *which, VesselProcess *process); /* "warden", "guest" */
void rig_kill(Rig *rig, const char *which,
              int signal); /* and for SIGKILL: waits until it is gone */
/* The next event must be of this kind (and reason, unless NULL). */
VesselJson *rig_event(Rig *rig, const char *kind, const char *reason);
void rig_no_event(Rig *rig);
char *rig_log(Rig *rig);
/* The domain is over: only state.json and the locks are there, no process lives. */
void rig_assert_clean(Rig *rig);
bool rig_lock_is_held(Rig *rig, const char *name);

#endif
