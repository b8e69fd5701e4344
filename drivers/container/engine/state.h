/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One container, as its warden knows it. */
#ifndef VESSEL_CONTAINER_ENGINE_STATE_H
#define VESSEL_CONTAINER_ENGINE_STATE_H

#include "container/engine/engine.h"
#include "sys/netlink.h"

typedef struct ContainerSlirp ContainerSlirp;

typedef struct {
    VesselWarden *warden;
    GArray *sources; /* of ContainerSource; open as long as there may be a restart */
    ContainerChild child;
    VesselWatch *child_watch;
    VesselError *child_error;
    const char *step; /* of the start, for the error of a deadline */
    bool ready;       /* prepared, and waits for the word */
    bool gone;        /* it was given */
    bool running;     /* the program was executed */
    bool held;        /* started paused, and not executed yet */
    VesselRequest *adopt_request;
    ContainerSlirp *slirp; /* NULL: none runs */
    int slirp_binary;
    VesselNetlink *inside; /* of its network namespace, if interfaces of the host are in it; NULL */
    GArray *bound; /* of int: a packet socket for each of those (moved.c); NULL */
    int stage; /* the mounts that a child was made in, until it is executed; -1: none */
    VesselTimer *launch_timer;
    int64_t due_ms; /* when it was to be launched, if nothing is to be waited for */
    bool incomplete;  /* adopted, and its files are not there any more: no restart */
    int ids;          /* keeps its ids its own as long as it is open; -1 */
    int terminal;     /* the console's far end, held so that the stream does not end */

    /* What follows its end (engine-ops.c). */
    bool end_asked;     /* by shutdown: however it ends, that is no crash */
    bool restart_asked; /* by reboot or reset: whatever the definition says */
    int64_t began_ms;
    unsigned quick_ends; /* in a row */

    VesselRequest *freeze_request; /* waits until everything is stopped, or the time is over */
    int64_t freeze_until;
    VesselTimer *freeze_timer;
    VesselTimer *stop_timer; /* it was asked to end, and has until then */
    /* Processes of it that were killed for memory (limits.c). */
    uint64_t oom_told; /* so many of them */
    int oom_fd;
    VesselWatch *oom_watch;
    VesselTimer *oom_timer;
    unsigned oom_looks;
} ContainerEngine;

ContainerEngine *vessel__container_engine(VesselWarden *warden);
/* A console of pipes (pipes.c), if the plan wants it: made anew, and the child's ends of it; or those
 * of an earlier warden, taken over. */
int vessel__container_make_pipes(ContainerEngine *engine, uid_t uid, gid_t gid, int pipes[2],
                                 VesselError **err);
int vessel__container_take_pipes(ContainerEngine *engine, VesselError **err);
bool vessel__container_is_init(VesselWarden *warden);
void vessel__container_fail(ContainerEngine *engine,
                            VesselError *err); /* a start or restart; taken */
void vessel__container_kill(VesselWarden *warden, bool force);
/* Makes it, for the first time or again. */
void vessel__container_launch_in(ContainerEngine *engine, int64_t wait_ms);
/* {@what: true} to the child (plan.h). */
void vessel__container_say(ContainerEngine *engine, const char *what);
void vessel__container_let_go(ContainerEngine *engine);
/* What was asked of a container that another warden had. */
void vessel__container_recall(ContainerEngine *engine);
/* It has ended by itself: what the definition wants. True: another follows. */
bool vessel__container_over(ContainerEngine *engine, const VesselExit *how);

/* Writes the plan's limits; an error is at the definition's path (limits.c). */
int vessel__container_limit(ContainerEngine *engine, VesselError **err);
/* A change of what runs (plan.h). */
int vessel__container_change_live(VesselWarden *warden, const VesselJson *what, VesselError **err);
/* No other devices than its list has (devices.c). */
void vessel__container_allow_devices(ContainerEngine *engine);
void vessel__container_watch_oom(ContainerEngine *engine);
void vessel__container_forget_oom(ContainerEngine *engine);
/* How many were killed that nobody was told of yet. */
uint64_t vessel__container_oom_news(ContainerEngine *engine);

/* Makes the plan's interfaces (network.c). */
int vessel__container_make_network(ContainerEngine *engine, VesselError **err);
/* Of interfaces that are there: "links" of a change (plan.h). */
int vessel__container_set_links(VesselWarden *warden, const VesselJson *links, VesselError **err);
/* The interface with the number @index is the container's until its end (moved.c). */
int vessel__container_move_in(ContainerEngine *engine, VesselNetlink *netlink,
                              const VesselJson *interface, unsigned index, VesselError **err);
/* For an adopter: what giving them back takes. */
void vessel__container_adopt_moved(ContainerEngine *engine);
void vessel__container_forget_moved(ContainerEngine *engine);
/* Gives the host its interfaces back, at an end that somebody sees. */
void vessel__container_give_back(ContainerEngine *engine);
/* The @number-th of the plan's "moved", whatever its name is by now; it, and none in its place. */
int vessel__container_moved_link(ContainerEngine *engine, size_t number, VesselLink *link,
                                 VesselError **err);
/* Begins to make one of the type "user"; made, or failed, later (slirp.c). */
int vessel__container_slirp_start(ContainerEngine *engine, const VesselJson *interface,
                                  VesselError **err);
void vessel__container_slirp_free(ContainerSlirp *slirp);
/* Ends the one of an earlier warden; @then when there is none. */
void vessel__container_slirp_sweep(ContainerEngine *engine, void (*then)(ContainerEngine *engine));
/* Whether an interface of the host has one of their names still. */
bool vessel__container_names_taken(const ContainerEngine *engine);

/* Keys of those that cannot be read are in @errors (netstats.c). */
void vessel__container_put_interfaces(VesselWarden *warden, VesselJson *stats, VesselJson *errors);
void vessel__container_op_stats(VesselWarden *warden, VesselRequest *request); /* stats.c */

extern const VesselEngineOp vessel__container_ops[];

#endif
