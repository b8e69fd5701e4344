/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver's slots and the kit are called with. Made by core; a driver only reads it and hands
 * it on to the kit: it never sees a lock, the store or an event. */
#ifndef VESSEL_KIT_GUEST_H
#define VESSEL_KIT_GUEST_H

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "model/domain.h"
#include "sys/lock.h"

/* One per open host; the same for all its drivers. */
typedef struct VesselDriverHost {
    VesselLog *log;           /* may be NULL */
    const char *root_id;      /* 8 hex digits; part of every name made in the kernel */
    const char *helper_dir;   /* where vessel-warden was found; NULL with helper_error set */
    const VesselError *helper_error;
    const char *state_dir;    /* state directory, NULL where there is none (mock) */
    int cache_fd;             /* cache directory, -1 where there is none (mock) */
    bool mock;
    void *mock_data;          /* the mock driver's own, freed by its `close`; NULL elsewhere */
    void *container_data;     /* the container driver's, likewise */
} VesselDriverHost;

/* The operation under way. The kit alone looks inside. */
typedef struct VesselOperation {
    const char *name;         /* "domain_start" */
    char request[17];         /* its id in the warden's records and in late events */
    VesselHolder author;
    VesselDeadline deadline;
    int op_lock_fd;           /* -1: none is needed (reads, destroy) */
    bool handed_over;         /* set by the kit when the warden has taken the lock */
    int warden_lock_fd;       /* start and adopt: taken by core; -1 otherwise */
    struct VesselHelper *ahead; /* start: a helper that waits for its plan; may be NULL */
    int runtime_fd, events_fd, log_fd; /* of this domain / root, for a new warden */
    bool (*cancelled)(void *data); /* may be NULL: asked while waiting */
    void (*progress)(void *data, int percent, const char *phase); /* may be NULL */
    void *data;
} VesselOperation;

typedef struct VesselGuest {
    VesselDriverHost *host;
    const char *uuid, *name;
    const char *driver;       /* the driver's name: what state.json will say */
    int id;                   /* the id of this start; -1 when shut off */
    const VesselDomainDef *def; /* in force, or (start) that which is to be started */
    const VesselJson *state;  /* state.json; NULL when never started in this boot */
    int dir;                  /* runtime folder; -1 for the mock */
    VesselOperation *operation;
    void **data;              /* drivers whose truth is `process`: theirs, per domain, freed by
                                 their `forget` slot */
} VesselGuest;

#endif
