/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unix sockets at paths of any length (bound and connected through /proc/self/fd/DIR/NAME), and
 * JSON messages over SOCK_SEQPACKET with descriptors (SCM_RIGHTS). */
#ifndef VESSEL_SYS_SOCKET_H
#define VESSEL_SYS_SOCKET_H

#include "base/clock.h"
#include "base/json.h"

#define VESSEL__MESSAGE_MAX (64 * 1024)
#define VESSEL__MESSAGE_FDS 253 /* what the kernel passes at once (SCM_MAX_FD) */

/* @type: SOCK_STREAM or SOCK_SEQPACKET. Non-blocking, close-on-exec, mode 0600. An old socket file
 * of that name is replaced. */
int vessel__socket_listen(int dir, const char *name, int type, int *fd, VesselError **err);
int vessel__socket_connect(int dir, const char *name, int type, VesselDeadline deadline, int *fd,
                           VesselError **err);
int vessel__socket_pair(int type, int fds[2], VesselError **err);
/* Who is at the other end (SO_PEERCRED). */
int vessel__socket_peer(int fd, pid_t *pid, uid_t *uid, VesselError **err);

/* One message. Blocking forms wait until @deadline (poll); with a deadline of 0 they never wait and
 * `timeout` means "would block". The JSON is at most VESSEL__MESSAGE_MAX bytes. End of file is
 * `closed`. @fds received are close-on-exec and belong to the caller; more than @fds_max: error,
 * all closed. Never raises SIGPIPE. */
int vessel__message_send(int fd, const VesselJson *message, const int *fds, size_t fds_count,
                         VesselDeadline deadline, VesselError **err);
int vessel__message_receive(int fd, VesselJson **message, int *fds, size_t fds_max,
                            size_t *fds_count, VesselDeadline deadline, VesselError **err);

#endif
