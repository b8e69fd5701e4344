/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection to a warden, for launch.c: requests, replies, deadlines. */
#ifndef VESSEL_KIT_WARDEN_CLIENT_H
#define VESSEL_KIT_WARDEN_CLIENT_H

#include "kit/guest.h"

#define VESSEL__REPLY_FDS_MAX 4

typedef struct {
    int fd;
    int pidfd; /* of the process at the other end, where it matters; -1 */
    pid_t pid; /* who that is, where there is a way around it: waited for as long as it can hear */
    VesselDeadline greeting_due, stopped_due;
    bool greeted;
    uint64_t last_id;
} VesselConnection;
#define VESSEL_CONNECTION_INIT                                                                     \
    {                                                                                              \
        .fd = -1, .pidfd = -1                                                                      \
    }
void vessel__connection_clear(VesselConnection *connection);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VesselConnection, vessel__connection_clear)

typedef struct {
    const char *op;
    const VesselJson *args;           /* may be NULL */
    const VesselOperation *operation; /* author, request id; may be NULL (a question) */
    VesselDeadline deadline;
    const int *fds;
    const char *const *fd_names;
    size_t fds_count;
} VesselMessage;
/* *id is what the reply will have. The deadline told is a little earlier than ours, so that the
 * warden's own word on it (what it waited for, that it rolled back) still reaches us. */
int vessel__connection_send(VesselConnection *connection, const VesselMessage *message,
                            uint64_t *id, VesselError **err);

typedef struct {
    VesselJson *ok;
    int fd;    /* the first of the reply that is not the reply itself; -1 */
    bool came; /* what the call returns, error or not, is what the warden said */
} VesselReply;
#define VESSEL_REPLY_INIT                                                                          \
    {                                                                                              \
        .fd = -1                                                                                   \
    }
void vessel__reply_clear(VesselReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VesselReply, vessel__reply_clear)

/* What is in the socket now, without waiting: 1 and the reply (or its error in *err, with the
 * error's code), 0: nothing yet. `closed` when the other side is gone. */
int vessel__connection_read(VesselConnection *connection, uint64_t id, VesselReply *reply,
                            VesselError **err);
/* For a request that can be done without the warden (destroy): the wait for its answer ends with
 * `timeout` as soon as it is found deaf, that is stopped for half a second, or for two without as
 * much as a greeting. One that has greeted is slow, not deaf. */
void vessel__connection_way_around(VesselConnection *connection);
/* The same, waiting: 0 and a reply, or an error; `timeout` when the deadline has passed. The
 * operation's `cancelled` is asked meanwhile: `cancelled`. */
int vessel__connection_wait(VesselConnection *connection, uint64_t id,
                            const VesselOperation *operation, VesselDeadline deadline,
                            VesselReply *reply, VesselError **err);

/* After the last answer of a warden or helper: it is about to leave. Waits for that, but not for
 * long, so that nothing is left behind when the call returns. */
void vessel__connection_see_off(VesselConnection *connection);

#endif
