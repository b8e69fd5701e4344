/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one way into a driver: handle, slot, operation lock, state, call, record, release. */
#ifndef VESSEL_CORE_DISPATCH_H
#define VESSEL_CORE_DISPATCH_H

#include "core/guests.h"
#include "core/operations.h"

/* A call under way. */
typedef struct {
    VesselHost *host;
    const VesselOp *op;
    VesselDomainRecord *record;
    VesselNow now;
    const VesselDriver *driver;
    VesselDefinition *definition; /* in force, or the next start's */
    VesselGuestEntry *entry;
    VesselOpLock *lock;
    VesselLock *warden_lock; /* of a start */
    int folder, log_fd;      /* -1 where there is none */
    VesselOperation operation;
    VesselGuest guest;
} VesselCall;

/* `denied` where vessel.db cannot be written and the operation changes it. */
int vessel__refuse_readonly(VesselHost *host, const VesselOp *op, VesselError **err);

/* How a call is run beside its row. */
typedef struct {
    VesselDeadline deadline;
    bool (*cancelled)(void *data); /* may be NULL */
    void (*progress)(void *data, int percent, const char *phase);
    void *data;
    VesselOpLock **lock; /* the operation lock, if the caller has it: taken over */
} VesselHow;

/* From the public form of options, which has no flags. */
int vessel__how_read(VesselHost *host, const VesselDomainOptions *given, VesselHow *how,
                     VesselError **err);

/* Everything up to the slot. On failure nothing is held. */
int vessel__call_begin(VesselCall *call, VesselHost *host, const char *uuid, const VesselOp *op,
                       const VesselHow *how, VesselError **err);
void vessel__call_end(VesselCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VesselCall, vessel__call_end)
/* Fills call->guest with the definition in force and the folder; before a slot is called. */
int vessel__call_guest(VesselCall *call, VesselError **err);
/* The driver has no slot for @op: `unsupported`. */
int vessel__fail_no_slot(const VesselCall *call, const VesselOp *op, VesselError **err);
/* The slots that take a guest alone, by the row. */
int vessel__call_slot(VesselCall *call, VesselError **err);
/* For drivers whose truth is the process: what the row says a success makes of the domain. */
int vessel__call_record(VesselCall *call, int state, const char *reason, const char *event,
                        VesselError **err);

/* A whole operation that is one slot. */
int vessel__run_simple(VesselHost *host, const char *uuid, VesselOpId id, const VesselHow *how,
                       VesselError **err);
/* Destroy, also of what somebody is about to start (stop.c). */
int vessel__destroy(VesselHost *host, const char *uuid, const VesselHow *how, VesselError **err);
/* The same with the public form of options. */
int vessel__domain_simple(VesselDomain *domain, VesselOpId id, const VesselDomainOptions *options,
                          VesselError **err);

/* Takes the operation lock of a domain: in slices, so that a cancelled job or a closed host does
 * not wait to the end. */
int vessel__take_op_lock(VesselHost *host, const char *uuid, const VesselOp *op,
                         const VesselHow *how, VesselOpLock **lock, VesselError **err);

/* {"kind", "object", "reason", "author"} of a domain's event. */
VesselJson *vessel__domain_event(VesselHost *host, const char *kind, const char *uuid,
                                 const char *name, const char *reason, const char *operation);

#endif
