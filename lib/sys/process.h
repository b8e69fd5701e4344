/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a process is, beyond its reusable number, and whether it still lives. A zombie is dead:
 * where PID 1 does not reap, it stays for ever. */
#ifndef VESSEL_SYS_PROCESS_H
#define VESSEL_SYS_PROCESS_H

#include "base/common.h"
#include "base/error.h"
#include "base/json.h"

typedef struct {
    pid_t pid;          /* 0 = nobody */
    uint64_t start;     /* start time in clock ticks since boot, proc(5) stat field 22 */
    uint64_t pidns;     /* inode of its PID namespace as the recorder saw its own */
    char boot_id[VESSEL__UUID_SIZE]; /* /proc/sys/kernel/random/boot_id */
} VesselProcess;

/* This boot, and this PID namespace. Read once per process (and again after a fork). */
const char *vessel__boot_id(void);
uint64_t vessel__pidns(void);

int vessel__process_self(VesselProcess *process, VesselError **err);
int vessel__process_of(pid_t pid, VesselProcess *process, VesselError **err); /* not-found if gone */
/* True if that very process still runs (not a zombie) in this boot and PID namespace. */
bool vessel__process_alive(const VesselProcess *process);
/* A pidfd of that very process: opened, then identity checked again. not-found if it is gone. */
int vessel__process_pidfd(const VesselProcess *process, int *pidfd, VesselError **err);
/* By a signal or a tracer: it does nothing until somebody lets it go on. */
bool vessel__process_stopped(pid_t pid);
bool vessel__pidfd_dead(int pidfd); /* exited, zombie included */
/* Signal by pidfd; a process that is gone already is success. */
int vessel__pidfd_signal(int pidfd, int signal, VesselError **err);
/* comm of a process, "?" if unknown. */
void vessel__process_name(pid_t pid, char name[32]);
/* utime + stime of all its threads, in nanoseconds; resident memory in KiB. */
int vessel__process_usage(const VesselProcess *process, uint64_t *cpu_ns, uint64_t *rss_kib,
                          VesselError **err);

VesselJson *vessel__process_to_json(const VesselProcess *process);
bool vessel__process_from_json(const VesselJson *json, VesselProcess *process);

#endif
