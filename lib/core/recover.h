/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain whose warden is dead: what its guest is doing decides. A living guest gets an adopter, a
 * dead one is recorded as shut off. The right to write live state is warden.lock; whoever takes it
 * here holds it for a moment or hands it to the adopter. */
#ifndef VESSEL_CORE_RECOVER_H
#define VESSEL_CORE_RECOVER_H

#include "core/guests.h"

/* The record names a warden or a guest. */
bool vessel__live_is_claimed(const VesselLive *live);

/* For those who only read: never waits. @now is what they will report, put right where the guest is
 * known to be dead. */
void vessel__recover_kick(VesselHost *host, VesselDomainRecord *record, VesselNow *now);
/* For operations: when it returns 0, @now is true and, if the domain is active, its warden lives.
 * `incompatible` for a domain of another PID namespace. */
int vessel__recover(VesselHost *host, VesselDomainRecord *record, VesselNow *now,
                    VesselDeadline deadline, VesselError **err);
/* After the guest and warden were killed by us: recorded as shut off for @reason. */
int vessel__recover_ended(VesselHost *host, VesselDomainRecord *record, const char *reason,
                          const VesselHolder *author, VesselDeadline deadline, VesselError **err);
/* Of a domain that is about to be forgotten: control groups that are left of its last life. Those that
 * cannot be removed by @deadline are an error, `busy` or `timeout`: nobody else knows of them. */
int vessel__recover_groups(VesselHost *host, const char *uuid, VesselDeadline deadline,
                           VesselError **err);
/* With the operation lock held: a transient domain that is shut off goes, record and folder. */
int vessel__sweep_transient(VesselHost *host, const char *uuid, VesselDeadline deadline,
                            VesselError **err);
/* The same for those who only read: if nobody holds the lock, without waiting. */
void vessel__sweep_transient_kick(VesselHost *host, const char *uuid);

#endif
