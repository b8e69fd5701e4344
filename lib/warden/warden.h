/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The warden's insides, shared by the files of this folder; an engine sees engine.h alone. */
#ifndef VESSEL_WARDEN_WARDEN_H
#define VESSEL_WARDEN_WARDEN_H

#include "sys/cgroup.h"
#include "sys/eventlog.h"
#include "sys/lock.h"
#include "sys/scope.h"
#include "sys/socket.h"
#include "sys/wire.h"
#include "warden/engine.h"

#define VESSEL__CLIENTS_MAX 256        /* connections at once */
#define VESSEL__CLIENT_REQUESTS_MAX 16 /* unanswered, of one client */
#define VESSEL__CLIENT_QUEUE_MAX 32    /* answers that a client does not read */
#define VESSEL__CONSOLE_KEEP (64 * 1024)
#define VESSEL__CONSOLE_READERS_MAX 64
#define VESSEL__KILL_GRACE_MS 3000 /* between asking a guest's process to end and making it */

typedef struct VesselServer VesselServer;
typedef struct VesselConsole VesselConsole;
typedef struct VesselDomainLog VesselDomainLog;
typedef struct VesselChanging VesselChanging;

struct VesselWarden {
    VesselLoop *loop;
    const VesselEngine *engine;
    void *engine_data;
    VesselServer *server;
    VesselDomainLog *log;
    GPtrArray *consoles;

    VesselJson *args; /* plan.json */
    char uuid[VESSEL__UUID_SIZE], *name;
    int id, folder;
    VesselLock *lock;
    VesselEventWriter *events;

    /* What state.json says (state.c). */
    const char *state; /* a constant */
    char *reason;
    char since[32], started[32];
    VesselProcess self, guest;
    VesselJson *notes, *engine_state, *exit_status, *announce;
    const char *operation; /* "domain_start" until it is over */
    uint64_t memory_kib;
    bool announce_owed; /* the event log did not take `announce`: tried again */
    VesselTimer *save_timer;
    int spare_fd; /* room for a state.json; -1: none */
    bool over; /* warden.lock was given back: nothing of the folder may be touched any more */

    /* The guest's process (guest.c). */
    int guest_pidfd;
    bool guest_child;
    VesselWatch *guest_watch;
    VesselTimer *kill_timer;
    VesselDeadline kill_deadline;
    bool ending;
    struct {
        char *reason, *author, *request;
        VesselJson *detail;
    } end; /* why it is being ended */
    VesselRequest *start_request;
    VesselError *start_error;
    GPtrArray *destroyers; /* requests that wait for the end */
    int owner_pidfd;       /* autodestroy */
    VesselWatch *owner_watch;
    VesselProcess owner;

    /* Where it stands among the host's processes (place.c). */
    VesselCgroup *cgroup, *guest_cgroup; /* the second only if the engine wants one, beneath the first */
    char *no_group;                      /* why there is none */
    bool place_begun;
    VesselScope *scope;
    char *scope_name;
    VesselWatch *scope_watch;
    VesselTimer *scope_timer;
    void (*placed)(VesselWarden *warden);

    bool confine_wanted, confined; /* confine.c */

    VesselChanging *changing; /* change.c; NULL: nothing is being changed */
};

/* role.c */
VesselWarden *vessel__warden_new(VesselJson *notes); /* taken */
void vessel__warden_free(VesselWarden *warden);
const VesselEngine *vessel__engine_find(const char *name);
int vessel__save_plan(VesselWarden *warden, VesselError **err); /* plan.json */

/* state.c */
int vessel__state_load(VesselWarden *warden, VesselJson **json, VesselError **err);
void vessel__state_enter(VesselWarden *warden, const char *state, const char *reason,
                         VesselJson *event);
/* An event record; @author and @request may be NULL, @detail is taken. */
VesselJson *vessel__state_event(VesselWarden *warden, const char *kind, const char *reason,
                                const char *author, const char *request, VesselJson *detail);
/* What cannot be appended is logged; the caller may try again. */
int vessel__state_append(VesselWarden *warden, const VesselJson *event);
/* Appends what a warden announced in state.json and had no time to append. */
void vessel__state_finish_announcement(VesselWarden *warden, const VesselJson *json);
/* The same, of any event (NULL: none) that its maker may have appended before it died. */
void vessel__state_append_once(VesselWarden *warden, const VesselJson *event);
void vessel__definition_changed(VesselWarden *warden, VesselRequest *request);

/* change.c */
void vessel__change(VesselWarden *warden, VesselRequest *request);
/* Of an adopted guest: what an earlier warden began is ended, or taken back. */
void vessel__change_recover(VesselWarden *warden);
/* Runs it again once what is being changed is; false: nothing is. */
bool vessel__change_first(VesselWarden *warden, VesselRequest *request);
/* The process that is at it; 0: none is. */
pid_t vessel__change_worker(const VesselWarden *warden);
/* The guest has ended: nobody writes any more; then, who waits is told. */
void vessel__change_stop(VesselWarden *warden);
void vessel__change_over(VesselWarden *warden);

/* work.c */
typedef struct VesselWork VesselWork;
typedef int (*VesselWorkFn)(VesselWarden *warden, const VesselJson *what, VesselError **err);
typedef void (*VesselWorkDone)(void *data, VesselError *err); /* taken; NULL: it is done */
/* Calls @run in a process of its own, which has the warden's memory as it is now, its groups and its
 * log; then @done here, and @work is no more. While it lives its groups cannot be removed. */
int vessel__work_new(VesselWarden *warden, VesselWorkFn run, const VesselJson *what,
                     VesselWorkDone done, void *data, VesselWork **work, VesselError **err);
pid_t vessel__work_pid(const VesselWork *work); /* NULL: 0 */
void vessel__work_kill(VesselWork *work);       /* NULL is fine; @done is called once it is gone */
void vessel__work_free(VesselWork *work);       /* NULL is fine; @done is not called, it lives on */

/* guest.c */
void vessel__guest_destroy(VesselWarden *warden, VesselRequest *request);
int vessel__guest_watch_owner(VesselWarden *warden, int pidfd, VesselError **err);
int vessel__guest_adopt(VesselWarden *warden, VesselError **err);
/* Nothing of the guest is left: last state, folder swept, lock given back, everybody answered. */
void vessel__guest_over(VesselWarden *warden, const VesselExit *how);

/* place.c */
void vessel__place_begin(VesselWarden *warden); /* once; with the guest's process if there is one */
void vessel__place_adopt(VesselWarden *warden, const VesselJson *state);
/* What of its groups can be removed by then; and the rest, when nobody waits for it any more. */
void vessel__place_leave(VesselWarden *warden, VesselDeadline deadline);
void vessel__place_free(VesselWarden *warden);
/* What an earlier warden of this domain recorded and could not remove. `busy` or `timeout`, which can
 * be tried again: it is not gone yet, and would be forgotten by going on. */
int vessel__place_sweep(VesselWarden *warden, const VesselJson *state, VesselDeadline deadline,
                        VesselError **err);

/* confine.c */
void vessel__confine_placed(VesselWarden *warden); /* systemd has answered */
/* For the time it takes to remove control groups. */
void vessel__confine_lift(VesselWarden *warden, bool lift);
int vessel__filter_install(void); /* errno; for ever */

/* server.c */
VesselServer *vessel__server_new(VesselWarden *warden);
/* @fd becomes a client; its first request was read by main (taken, with its descriptors). NULL: it
 * was malformed and has been answered. */
VesselRequest *vessel__server_first(VesselServer *server, int fd, VesselJson *message,
                                    const int *fds, size_t fds_count);
void vessel__server_add(VesselServer *server,
                        int fd); /* a client that connected otherwise; taken */
int vessel__server_listen(VesselServer *server, VesselError **err); /* warden.sock */
/* Does what was asked; its lock was taken. */
void vessel__server_run(VesselWarden *warden, VesselRequest *request);
void vessel__server_close(VesselServer *server);                    /* stops listening */
/* Once nobody waits for an answer any more, the loop ends. False: nobody does. */
bool vessel__server_leave(VesselServer *server);
/* Answers whatever is still open; the loop ends when all has been read (or a second later). */
void vessel__server_drain(VesselServer *server);
void vessel__server_free(VesselServer *server);

/* request.c */
typedef void (*VesselReplyFn)(void *client, VesselRequest *request, VesselJson *message,
                              const int *fds, size_t fds_count);
/* Of one message (taken, with its descriptors, also on failure). Even a malformed one has a number
 * that can be answered: *number, 0 if it has not even that. @reply is called once, unless the
 * request was orphaned. */
VesselRequest *vessel__request_new(VesselWarden *warden, VesselJson *message, const int *fds,
                                   size_t fds_count, VesselReplyFn reply, void *client,
                                   uint64_t *number, VesselError **err);
const char *vessel__request_id_text(const VesselRequest *request); /* 16 hex digits; NULL */
/* Its client is gone: what was begun goes on, and nobody is told but by events. */
void vessel__request_orphan(VesselRequest *request);
/* Takes the operation lock that came with it; @needed: an error when none did. */
int vessel__request_take_lock(VesselRequest *request, bool needed, VesselError **err);
VesselJson *vessel__request_error_message(uint64_t number, const VesselError *err);

/* console.c */
void vessel__console_open(VesselWarden *warden, VesselRequest *request);
void vessel__consoles_free(VesselWarden *warden);

/* log.c */
VesselDomainLog *vessel__domainlog_new(int fd); /* taken */
int vessel__domainlog_fd(const VesselDomainLog *log); /* -1: it has none */
void vessel__domainlog_free(VesselDomainLog *log);
void vessel__domainlog_line(VesselDomainLog *log, const char *text);
void vessel__domainlog_output(VesselDomainLog *log, const char *data, size_t length);
char *vessel__domainlog_tail(const VesselDomainLog *log);

#endif
