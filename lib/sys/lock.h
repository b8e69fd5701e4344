/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks between processes and threads: open-file-description locks (fcntl(2) F_OFD_SETLK) on files
 * of ours, with their holder written into the file, so that the one who waits can be told who it
 * is. They die with the last descriptor of the description, so they can be passed to another
 * process (SCM_RIGHTS) and need never be removed by hand. */
#ifndef VESSEL_SYS_LOCK_H
#define VESSEL_SYS_LOCK_H

#include "base/clock.h"
#include "base/error.h"
#include "sys/process.h"

typedef struct {
    VesselProcess process;
    char name[32];      /* comm of the holder */
    char operation[48]; /* "domain_start" */
    char since[32];     /* RFC 3339 */
    char asked_by[64];  /* "pid 4711 (virt-panel)": for whom it holds it, who may have ended; or "" */
} VesselHolder;

typedef struct VesselLock VesselLock;

/* Fills @holder for this process, now. */
void vessel__holder_self(const char *operation, VesselHolder *holder);
/* "pid 4711 (virt-panel)"; g_free() it. */
char *vessel__holder_who(const VesselHolder *holder);
/* "pid 4711 (virt-panel), domain_start since …", or "pid 4712 (vessel-warden), domain_start asked
 * for by pid 4711 (virt-panel) since …"; g_free() it. */
char *vessel__holder_text(const VesselHolder *holder);

/* Opens (0600, O_CREAT) and locks @name beneath @dir exclusively, waiting until @deadline, with
 * @holder written into it. Late: `busy`, with the holder, retryable. A filesystem that cannot lock
 * gives `unsupported` with a hint. The file may be replaced or removed while we wait: what is
 * returned is the lock of the file that has the name. */
int vessel__lock_take(int dir, const char *name, const VesselHolder *holder, VesselDeadline deadline,
                      VesselLock **lock, VesselError **err);
/* Takes over a description that is locked already (came by SCM_RIGHTS). */
VesselLock *vessel__lock_adopt(int fd);
int vessel__lock_fd(const VesselLock *lock);
/* Writes another holder into a lock that we have. */
void vessel__lock_set_holder(VesselLock *lock, const VesselHolder *holder);
/* Unlocks and closes. In a child forked meanwhile it does neither: the lock stayed behind. */
void vessel__lock_release(VesselLock *lock);
/* Closes only: another process holds the same description and goes on. */
void vessel__lock_hand_over(VesselLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselLock, vessel__lock_release)

/* 1: somebody holds it (and @holder says who, pid 0 if unreadable), 0: nobody, negative: error.
 * Never waits and takes nothing. An absent file is not held. */
int vessel__lock_peek(int dir, const char *name, VesselHolder *holder, VesselError **err);

#endif
