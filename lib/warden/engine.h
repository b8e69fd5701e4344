/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an engine (the warden's side of a driver) offers and what it is offered. An engine knows its
 * hypervisor or container; it never sees a client, a socket of ours, a lock or the event log.
 *
 * Everything is asynchronous: an operation gets a VesselRequest and finishes it, now or later, with
 * exactly one of vessel__request_done() and vessel__request_failed(). Nothing may wait. */
#ifndef VESSEL_WARDEN_ENGINE_H
#define VESSEL_WARDEN_ENGINE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "sys/exit.h"
#include "sys/process.h"
#include "warden/loop.h"

typedef struct VesselWarden VesselWarden;
typedef struct VesselRequest VesselRequest;

typedef struct {
    const char *name; /* VESSEL__OP_… */
    bool changes;     /* refused without the operation lock */
    void (*run)(VesselWarden *warden, VesselRequest *request);
} VesselEngineOp;

typedef struct VesselEngine {
    size_t size;
    const char *name;          /* as in the plan */
    uint64_t capabilities;     /* what it needs of root's powers once the guest is executed */
    bool new_privileges;       /* its guests may gain some by executing a program: no no_new_privs */
    bool own_group;            /* the guest gets a control group beneath that of the warden */
    const VesselEngineOp *ops; /* ends with name NULL */
    /* Starts the guest of vessel__warden_plan(). Finishes @request when the guest runs; on failure
     * it calls vessel__warden_abort_start(), which ends what there is and answers. */
    void (*start)(VesselWarden *warden, VesselRequest *request);
    /* Takes over a guest that lives (vessel__warden_guest(), vessel__warden_engine_state()). */
    void (*adopt)(VesselWarden *warden, VesselRequest *request);
    /* Ends the guest's process(es): kindly, or (@force) at once. May be called repeatedly. */
    void (*kill)(VesselWarden *warden, bool force);
    /* The guest's process is gone. Last output is read, connections are given up. If a start was
     * under way, @start_error gets why it failed (the engine knows best); else it is NULL. True:
     * the domain lives on, the engine starts another guest in its place (vessel__warden_set_guest),
     * now or later. */
    bool (*exited)(VesselWarden *warden, const VesselExit *how, VesselError **start_error);
    /* A console's stream ended while the guest lives: may attach another. May be NULL. */
    void (*console_lost)(VesselWarden *warden, const char *alias);
    /* Does to the guest what @what says, "set" or "undo" of a change (sys/wire.h). It may take its
     * time, and alone here may something wait: this is called in a process of its own (work.c), which
     * has the warden's memory, the guest's groups and the log, no other descriptor, and may be killed.
     * On failure it stops where it is, and is called with "undo" next: both are right from whatever is
     * between the two. An adopter's is called after `adopt`. Not for an engine whose warden gives up
     * making processes. NULL: nothing can be changed while it runs. */
    int (*change)(VesselWarden *warden, const VesselJson *what, VesselError **err);
    /* Answers a "probe" request; the helper leaves afterwards. NULL: none. */
    void (*probe)(VesselWarden *warden, VesselRequest *request);
    void (*free)(VesselWarden *warden); /* its data */
} VesselEngine;

/* All that are compiled in; ends with NULL. */
extern const VesselEngine *const vessel__engines[];

/* ---- what there is to know ---- */

VesselLoop *vessel__warden_loop(VesselWarden *warden);
const VesselJson *vessel__warden_plan(VesselWarden *warden); /* the engine's own part; or the
                                                                 probe's args */
const VesselJson *
vessel__warden_args(VesselWarden *warden); /* the whole of it: actions, paused … */
const char *vessel__warden_uuid(VesselWarden *warden);
const char *vessel__warden_name(VesselWarden *warden);
int vessel__warden_folder(VesselWarden *warden); /* runtime folder of the domain */
/* What to do when the guest powers off ("poweroff"), reboots or crashes; as in the definition. */
const char *vessel__warden_action(VesselWarden *warden, const char *what);
void *vessel__warden_engine_data(VesselWarden *warden);
void vessel__warden_set_engine_data(VesselWarden *warden, void *data);

/* ---- the guest ---- */

/* @pid is the guest; @child: ours (its exit status can be known), forked and not executed yet.
 * Recorded at the next save. The warden watches it from now on, and begins to leave the program's
 * control group with it. */
int vessel__warden_set_guest(VesselWarden *warden, pid_t pid, bool child, VesselError **err);
const VesselProcess *vessel__warden_guest(VesselWarden *warden); /* pid 0: none */
int vessel__warden_guest_pidfd(VesselWarden *warden);            /* -1: none */
/* What a process of ours that is gone left behind (a hypervisor that was started through a script,
 * for example) became our child. Kills it; true when none is left. */
bool vessel__warden_children_gone(void);
/* Ends the guest: engine's kill, then kill by force. The first one that asks says why: @reason is
 * that of "shut-off", @author and @request may be NULL. */
void vessel__warden_end_guest(VesselWarden *warden, const char *reason, const char *author,
                              const VesselRequest *request, VesselJson *detail);
bool vessel__warden_ending(VesselWarden *warden);
/* `change` is under way: what it sets is not what the plan says. */
bool vessel__warden_changing(VesselWarden *warden);
/* The start failed: @err (taken) is the answer, sent when nothing is left of the guest. */
void vessel__warden_abort_start(VesselWarden *warden, VesselRequest *request, VesselError *err);
/* The start's requester gets this when it fails; NULL outside of a start. */
VesselRequest *vessel__warden_start_request(VesselWarden *warden);

/* ---- state, events, log ---- */

const char *vessel__warden_state(VesselWarden *warden);
const char *vessel__warden_reason(VesselWarden *warden);
/* The guest is now in that state: recorded, then announced as @kind ("domain.suspended") with the
 * author and id of @request, if there is one, and @detail (taken, may be NULL). */
void vessel__warden_enter(VesselWarden *warden, const char *state, const char *reason,
                          const char *kind, const VesselRequest *request, VesselJson *detail);
/* An event that changes no state. */
void vessel__warden_event(VesselWarden *warden, const char *kind, const char *reason,
                          const VesselRequest *request, VesselJson *detail);
/* The engine's own object in state.json, to be edited; then vessel__warden_save(). */
VesselJson *vessel__warden_engine_state(VesselWarden *warden);
void vessel__warden_set_memory(VesselWarden *warden, uint64_t memory_kib);
/* Writes state.json. Before a guest is executed its failure must end the start; later failures are
 * logged and tried again by the warden itself (err may be NULL). */
int vessel__warden_save(VesselWarden *warden, VesselError **err);
/* A sentence for the domain's info; the same one is kept once. */
void vessel__warden_note(VesselWarden *warden, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A line of the domain's log. */
void vessel__warden_log(VesselWarden *warden, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* What the guest's process wrote on its stderr: to the log, its last lines kept. */
void vessel__warden_log_output(VesselWarden *warden, const char *data, size_t length);
/* The last 20 lines of it, NULL when there are none. g_free(). */
char *vessel__warden_last_output(VesselWarden *warden);
/* The control groups that the guest's process is to join before it is executed (v1: it writes
 * itself into `tasks`, vessel__cgroup_open() and _join_v1()); NULL: none. To be freed. */
VesselJson *vessel__warden_group(VesselWarden *warden);
/* The guest's own group, to be born in or joined, limited, frozen or asked; NULL: none. Borrowed. */
struct VesselCgroup *vessel__warden_cgroup(VesselWarden *warden);
/* The same, for what cannot be without: `unsupported`, and why. */
int vessel__warden_need_cgroup(VesselWarden *warden, struct VesselCgroup **group,
                               VesselError **err);
/* For an engine whose guest is born in its group: begins to leave the program's group before there is
 * a guest. True when that is over; else @ready is called once it is. */
bool vessel__warden_place(VesselWarden *warden, void (*ready)(VesselWarden *warden));
/* Control group and systemd scope: true when the guest may run (they are there, or cannot be). Else
 * @ready is called once they are. */
bool vessel__warden_placed(VesselWarden *warden, void (*ready)(VesselWarden *warden));
/* The guest is executed: from now on (or once it is placed) this process can do what looking after it
 * takes, and no more: no process, no network, no capability that the engine does not name. */
void vessel__warden_confine(VesselWarden *warden);

/* ---- consoles: one stream to the guest, any number of readers, one writer ---- */

void vessel__console_add(VesselWarden *warden, const char *alias);
/* Takes @fd: a stream socket or the master of a terminal, non-blocking. Replaces an earlier one. */
void vessel__console_attach(VesselWarden *warden, const char *alias, int fd);
/* Takes the ends of two pipes, non-blocking: what the guest writes, and what it reads. */
void vessel__console_attach_pipes(VesselWarden *warden, const char *alias, int output, int input);
bool vessel__console_is_attached(VesselWarden *warden, const char *alias);

/* ---- requests ---- */

const char *vessel__request_op(const VesselRequest *request);
const VesselJson *vessel__request_args(const VesselRequest *request);
const char *
vessel__request_author(const VesselRequest *request); /* "pid 12 (virt-panel)" or NULL */
VesselDeadline vessel__request_deadline(const VesselRequest *request);
int vessel__request_take_fd(VesselRequest *request, const char *name); /* -1 if it has none */
void *vessel__request_data(const VesselRequest *request);
void vessel__request_set_data(VesselRequest *request, void *data);
/* What to do when its deadline passes. Without one, or when it calls vessel__request_late(), the
 * requester is told outcome-unknown and the request lives on, with the operation lock. */
void vessel__request_on_deadline(VesselRequest *request,
                                 void (*expired)(VesselWarden *warden, VesselRequest *request));
void vessel__request_late(VesselRequest *request);
/* The end of a request; @ok (taken, NULL = {}) and @fd (taken, -1: none, named @fd_name). Releases
 * the operation lock, then answers. */
void vessel__request_done(VesselRequest *request, VesselJson *ok);
void vessel__request_done_fd(VesselRequest *request, VesselJson *ok, const char *fd_name, int fd);
void vessel__request_failed(VesselRequest *request, VesselError *err); /* taken */

#endif
