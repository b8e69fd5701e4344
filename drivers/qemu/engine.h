/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The QEMU engine's insides: what its files know of each other. Compiled into the helper alone. */
#ifndef VESSEL_QEMU_ENGINE_H
#define VESSEL_QEMU_ENGINE_H

#include "qemu/plan.h"
#include "sys/qmp.h"
#include "sys/wire.h"
#include "warden/engine.h"

#define VESSEL__QEMU_OUTPUT "stderr.fifo"

/* ---- the monitor (engine-monitor.c): one connection, commands matched by id ---- */

typedef struct QemuMonitor QemuMonitor;
/* @answer ("return" of the reply) or @err, both borrowed. */
typedef void (*QemuReplyFn)(void *data, const VesselJson *answer, const VesselError *err);
typedef struct {
    void (*greeted)(void *data, const VesselJson *greeting);
    void (*event)(void *data, const char *name, const VesselJson *event_data);
    /* Closed (@err NULL) or unusable; called once. Unanswered commands are failed after it. */
    void (*lost)(void *data, const VesselError *err);
} QemuMonitorHooks;

/* @line_max: longest line that is taken. */
QemuMonitor *vessel__qemu_monitor_new(VesselLoop *loop, size_t line_max,
                                      const QemuMonitorHooks *hooks, void *data);
void vessel__qemu_monitor_free(QemuMonitor *monitor);           /* forgets what is unanswered */
void vessel__qemu_monitor_attach(QemuMonitor *monitor, int fd); /* taken */
bool vessel__qemu_monitor_attached(
    const QemuMonitor *monitor); /* or lost: no more to be attached */
bool vessel__qemu_monitor_greeted(const QemuMonitor *monitor);
/* Sent at once after the greeting, all that wait in one write. @arguments is taken. Returns its id.
 */
uint64_t vessel__qemu_monitor_send(QemuMonitor *monitor, const char *command, VesselJson *arguments,
                                   QemuReplyFn fn, void *data);
/* True: it was not sent yet and never will be (and @fn is not called). */
bool vessel__qemu_monitor_cancel(QemuMonitor *monitor, uint64_t id);
/* Takes what has arrived, to the end of the stream; then everything unanswered fails. */
void vessel__qemu_monitor_finish(QemuMonitor *monitor);

/* ---- starting the process (engine-child.c, engine-view.c, engine-identity.c) ---- */

typedef struct {
    int fd;     /* ours, stays ours */
    int number; /* in QEMU */
} QemuFd;

typedef struct {
    const char *binary;
    const VesselJson *argv;
    const QemuFd *fds;
    size_t fds_count;
    int output_fd; /* stdout and stderr */
    int folder;    /* the domain's; -1: a probe */
    bool own_identity;
    uid_t uid; /* and gid, if own_identity */
    const VesselJson *devices, *paths;
    bool proc;
    bool network; /* stays in the warden's network namespace */
} QemuSpawn;

typedef struct {
    pid_t pid;
    int status_fd; /* its words until it is executed, then the end of the stream */
} QemuChild;

/* Forks the child; it prepares itself and waits. The end of our end of status_fd ends it. */
int vessel__qemu_child_fork(const QemuSpawn *spawn, QemuChild *child, VesselError **err);
/* It may join these control groups (NULL: none) and be executed now. */
int vessel__qemu_child_go(const QemuChild *child, const VesselJson *groups, VesselError **err);
/* One word of it: 1 and *note or *failure, 0 when it has been executed (or is gone), VESSEL_ERROR_
 * TIMEOUT when there is none now. */
int vessel__qemu_child_read(const QemuChild *child, char **note, VesselError **failure);
/* In the child: puts its view together (*root -1: none is to be entered; *note, g_free, when it
 * cannot be done here), and makes it the root. */
int vessel__qemu_view_make(const QemuSpawn *spawn, int *root, char **note, VesselError **err);
int vessel__qemu_view_enter(int root, VesselError **err);

/* A uid (and gid) that no other guest on this machine has, and no process: 1, *lock_fd keeps it. 0:
 * the range is not mapped in this user namespace. */
int vessel__qemu_identity_take(const VesselJson *range, const char *seed, uid_t *uid, int *lock_fd,
                               VesselError **err);
int vessel__qemu_identity_keep(uid_t base, uid_t uid, int *lock_fd, VesselError **err);

/* ---- one guest ---- */

typedef struct QemuStats QemuStats;

/* What to do once a reset has happened. */
typedef struct {
    bool wanted;
    const char *reason;
    char *author;
} QemuRestart;

typedef struct {
    VesselWarden *warden;
    QemuMonitor *monitor;
    QemuChild child;
    VesselWatch *child_watch;
    VesselError *child_error;
    const char *step; /* of the start, for the error of a deadline */
    int output_fd;
    VesselWatch *output_watch;
    int identity_lock;
    VesselTimer *lost_timer, *adopt_timer, *connect_timer, *reset_timer;
    int64_t last_reset_ms;
    VesselRequest *adopt_request;
    bool stopping, resuming; /* our own stop, cont under way: its event is no news */
    bool powered_off;        /* seen, and acted upon */
    QemuRestart restart;
    QemuStats *stats;
} QemuEngine;

QemuEngine *vessel__qemu_engine(VesselWarden *warden);

/* engine-status.c: events and states */
void vessel__qemu_event(void *data, const char *name, const VesselJson *event_data);
/* Asks for the state and follows it. */
void vessel__qemu_ask_status(QemuEngine *engine, QemuReplyFn then);
/* Has QEMU pause a guest that reboots, where the definition wants that. */
void vessel__qemu_send_actions(QemuEngine *engine, QemuReplyFn fn);
void vessel__qemu_reset_done(void *engine); /* of reset_timer */
/* system_reset, whatever on_reboot says. */
uint64_t vessel__qemu_system_reset(QemuEngine *engine, QemuReplyFn fn, void *data);
void vessel__qemu_apply_status(QemuEngine *engine, const VesselJson *answer);

/* engine-ops.c */
extern const VesselEngineOp vessel__qemu_ops[];

/* engine-stats.c */
void vessel__qemu_stats(VesselWarden *warden, VesselRequest *request);
void vessel__qemu_stats_free(QemuStats *stats);

/* engine-probe.c */
void vessel__qemu_probe(VesselWarden *warden, VesselRequest *request);
void vessel__qemu_probe_free(void);

#endif
