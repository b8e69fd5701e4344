/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a guest's process ended, as far as anybody can tell: its parent; else a record that it left;
 * else the kernel. */
#ifndef VESSEL_SYS_EXIT_H
#define VESSEL_SYS_EXIT_H

#include "base/error.h"
#include "base/json.h"

typedef struct {
    bool known; /* false: nobody can tell */
    int status; /* exit status, or -1 */
    int signal; /* signal that ended it, or 0 */
} VesselExit;

/* {"status": N}, {"signal": N} or {"unknown": true}. */
VesselJson *vessel__exit_to_json(const VesselExit *how);
/* "exit:N", "signal:N" or "unknown": the reason of "shut off" for what ends by itself. g_free(). */
char *vessel__exit_reason(const VesselExit *how);

/* The record: a file of fixed length in the domain's runtime folder, which outlives the warden. What
 * starts the guest's program maps it (so that there is no descriptor to be had from it) and writes
 * {"status": N} or {"signal": N} over the blanks when the program has ended. */
#define VESSEL__EXIT_RECORD "exit.json"
#define VESSEL__EXIT_RECORD_SIZE 64
/* A blank one, instead of one that is there. */
int vessel__exit_record_new(int folder, int *fd, VesselError **err);
/* False, and *how is left as it is: there is none, or it is blank. */
bool vessel__exit_record_read(int folder, VesselExit *how);

/* From the kernel (6.15), once whoever was its parent has taken note; false: not to be had (yet). */
bool vessel__pidfd_exit(int pidfd, VesselExit *how);

#endif
