/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Slots that any driver whose guests have wardens may take as they are: each is one request, which
 * the engine in the warden answers. Start is the driver's own. */
#ifndef VESSEL_CORE_BY_WARDEN_H
#define VESSEL_CORE_BY_WARDEN_H

#include "core/driver.h"

int vessel__by_warden_shutdown(VesselGuest *guest, VesselError **err);
int vessel__by_warden_reboot(VesselGuest *guest, VesselError **err);
int vessel__by_warden_reset(VesselGuest *guest, VesselError **err);
int vessel__by_warden_suspend(VesselGuest *guest, VesselError **err);
int vessel__by_warden_resume(VesselGuest *guest, VesselError **err);
/* Does it itself when the warden does not. */
int vessel__by_warden_destroy(VesselGuest *guest, VesselError **err);
/* @plan, @set and @undo (taken): see VESSEL__OP_CHANGE. */
int vessel__by_warden_change(VesselGuest *guest, const VesselChange *change, VesselJson *plan,
                             VesselJson *set, VesselJson *undo, VesselError **err);
int vessel__by_warden_definition_changed(VesselGuest *guest, const char *xml, const char *kind,
                                         VesselError **err);
int vessel__by_warden_renamed(VesselGuest *guest, const char *new_name, VesselError **err);
/* @alias: the engine's name of a console; NULL: its first. */
int vessel__by_warden_console(VesselGuest *guest, const char *alias, unsigned flags, int *fd,
                              VesselError **err);
extern const VesselStatsOps vessel__by_warden_stats;

/* All of VesselLifecycleOps but start. */
#define VESSEL_BY_WARDEN_LIFECYCLE                                                                 \
    .shutdown = vessel__by_warden_shutdown, .destroy = vessel__by_warden_destroy,                  \
    .reboot = vessel__by_warden_reboot, .reset = vessel__by_warden_reset,                          \
    .suspend = vessel__by_warden_suspend, .resume = vessel__by_warden_resume,                      \
    .definition_changed = vessel__by_warden_definition_changed,                                    \
    .renamed = vessel__by_warden_renamed

#endif
