/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The floor: the QEMU of a plan, started by hand with the same arguments, descriptors and uid. */
#ifndef VESSEL_BENCH_HAND_H
#define VESSEL_BENCH_HAND_H

#include "base/json.h"
#include "sys/qmp.h"

typedef struct {
    pid_t pid;
    int monitor;
    VesselQmp *qmp;
} Hand;

/* From fork to the reply of `cont`. @plan: the "plan" object of plan.json; @guest: directory of
 * vmlinuz and initrd.img. Ends the benchmark if anything fails. */
void hand_start(const VesselJson *plan, const char *guest, const char *scratch, Hand *hand);
/* Sends these commands at once and waits for the last reply. */
void hand_command(Hand *hand, const char *const *commands);
void hand_send(Hand *hand, const char *const *commands);
void hand_await(Hand *hand, guint replies);
/* @signal and wait until it is gone. */
void hand_end(Hand *hand, int signal);

#endif
