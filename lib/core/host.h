/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open host, as lib/core sees it. */
#ifndef VESSEL_CORE_HOST_H
#define VESSEL_CORE_HOST_H

#include "core/driver.h"
#include "core/handle.h"
#include "core/pool.h"
#include "store/store.h"
#include <pthread.h>
#include <vessel/host.h>

struct VesselHost {
    VesselHandle handle;
    VesselGate gate;
    VesselForkGuard guard;
    int closed_fd; /* eventfd: readable once the host is closed; whoever waits, waits for it too */

    char *uri;
    bool mock;
    char *program; /* NULL: the process's own name */
    int64_t timeout_ms, query_timeout_ms;

    VesselStore *store;
    VesselLog *log;
    VesselPool *pool;

    VesselDriverHost driver_host;
    pthread_mutex_t helper_lock; /* for looking for the helper, once */
    bool helper_sought;
    char *helper_option, *helper_dir;
    VesselError *helper_error;

    pthread_mutex_t record_lock; /* for what a guest without a warden has come to (dispatch.c) */

    pthread_mutex_t lock;            /* of everything below */
    GPtrArray *jobs;                 /* borrowed VesselJob: this program's, under way */
    GPtrArray *streams;              /* borrowed VesselEventStream */
    GHashTable *autodestroy;         /* uuid: started with the flag by this handle */
    GHashTable *guests;              /* uuid → VesselGuestEntry (guests.h) */
    struct VesselFollower *follower; /* of other programs' jobs; NULL until one is asked for */

    /* Of the wait before, for the next: closing one's inotify takes the kernel 10 to 20 ms. */
    VesselStoreReader *spare_reader; /* atomic */
};

/* vessel__enter is the first line of everything that a public call does; each success is followed
 * by vessel__leave, usually by leaving the scope of a `vessel_inside` variable. */
int vessel__enter(VesselHost *host, VesselHost **inside, VesselError **err);
void vessel__leave(VesselHost *host);
static inline void vessel__leave_scope(VesselHost **inside)
{
    if (*inside)
        vessel__leave(*inside);
}
#define vessel_inside __attribute__((cleanup(vessel__leave_scope)))

int vessel__host_open(const char *uri, const VesselHostOpenOptions *options, VesselHost **host,
                      VesselError **err);
VesselHost *vessel__host_ref(VesselHost *host);
void vessel__host_unref(VesselHost *host);
int vessel__host_close(VesselHost *host, VesselError **err);
bool vessel__host_forked(const VesselHost *host);
bool vessel__host_closed(const VesselHost *host);

/* What a slot is called with; looks for the helper at the first call. */
VesselDriverHost *vessel__host_for_driver(VesselHost *host);

/* Options' timeout_ms of a call that changes something, and of one that only asks. */
VesselDeadline vessel__host_deadline(const VesselHost *host, int64_t timeout_ms);
VesselDeadline vessel__host_query_deadline(const VesselHost *host, int64_t timeout_ms);
/* This program, doing @operation now. */
void vessel__host_author(const VesselHost *host, const char *operation, VesselHolder *holder);

/* ---- URIs (uri.c) ---- */

typedef struct {
    bool mock;
    char *root;    /* absolute, without a trailing slash; NULL: the user's own places */
    char *fixture; /* mock: */
    char *text;    /* canonical */
} VesselUri;
int vessel__uri_parse(const char *text, VesselUri *uri, VesselError **err);
void vessel__uri_clear(VesselUri *uri);

#endif
