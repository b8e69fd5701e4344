/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting a helper from a program that is not ours (architecture: "Starting it from a foreign
 * process"): two stages of CLONE_VM | CLONE_VFORK with exit signal 0, so that the program sees
 * neither SIGCHLD nor a child in wait(-1); only async-signal-safe calls in between; all signals
 * blocked meanwhile in the calling thread. */
#ifndef VESSEL_SYS_SPAWN_H
#define VESSEL_SYS_SPAWN_H

#include "base/common.h"
#include "base/error.h"

typedef struct {
    int exec_fd;            /* the helper's binary, O_PATH or readable */
    const char *const *argv;
    const char *const *envp; /* the whole environment of the helper */
    const int *fds;          /* become descriptors 3, 4, …; 0-2 become /dev/null; all others close */
    size_t fds_count;
    int cgroup_fd;           /* cgroup v2 directory to be born in (CLONE_INTO_CGROUP), or -1 */
} VesselSpawn;

/* @pid is the helper's, for the record only: it is nobody's child by the time this returns (its
 * parent is the nearest subreaper). A failed exec is an error here. */
int vessel__spawn(const VesselSpawn *spawn, pid_t *pid, VesselError **err);
/* The same with a SOCK_SEQPACKET socket as descriptor 3, whose other end is *@socket, the caller's also
 * on failure; @spawn's descriptors become 4, 5, … */
int vessel__spawn_with_socket(const VesselSpawn *spawn, int *socket, VesselError **err);

/* In the helper, first thing in main: what a foreign program handed down is put right: umask 077,
 * cwd /, signals default and unblocked, default scheduling policy, nice 0 and full affinity, rlimits
 * to what is sensible, oom_score_adj 0, a new session, a new session keyring, PR_SET_CHILD_SUBREAPER,
 * comm @name. What cannot be reset (no_new_privs, seccomp filter, foreign namespaces, hard limits)
 * is returned as an array of sentences for the domain's notes. */
VesselJson *vessel__helper_reset(const char *name);

#endif
