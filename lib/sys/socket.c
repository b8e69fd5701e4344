/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

/* An address of any length: the directory by descriptor, the name beneath it. thread-self, since a
 * thread may have descriptors of its own. *parent is to be closed after use. */
static int make_address(int dir, const char *name, struct sockaddr_un *address, int *parent,
                        VesselError **err)
{
    *parent = -1;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    const char *slash = strrchr(name, '/');
    if (dir == AT_FDCWD || slash) {
        g_autofree char *folder = g_path_get_dirname(name);
        *parent = openat(dir, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (*parent < 0)
            return vessel__fail_errno(err, errno, "cannot open the directory of %s", name);
        dir = *parent;
        name = slash ? slash + 1 : name;
    }
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/thread-self/fd/%d/%s",
                          dir, name);
    if (length < 0 || (size_t)length >= sizeof address->sun_path) {
        vessel__close_fd(parent);
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is too long a socket name",
                            name);
    }
    return VESSEL_OK;
}

static int remove_old_socket(const char *path)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(st.st_mode))
        return EEXIST;
    return unlink(path) < 0 && errno != ENOENT ? errno : 0;
}

int vessel__socket_listen(int dir, const char *name, int type, int *fd, VesselError **err)
{
    struct sockaddr_un address;
    vessel_autofd int parent = -1;
    *fd = -1;
    int result = make_address(dir, name, &address, &parent, err);
    if (result < 0)
        return result;
    vessel_autofd int made = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return vessel__fail_errno(err, errno, "cannot make a socket");
    int errnum = remove_old_socket(address.sun_path);
    /* The file gets the mode of the socket, so there is no moment when it is anybody's. */
    if (errnum == 0 &&
        (fchmod(made, 0600) < 0 || bind(made, (struct sockaddr *)&address, sizeof address) < 0 ||
         listen(made, 128) < 0))
        errnum = errno == EADDRINUSE ? EEXIST : errno;
    if (errnum != 0)
        return vessel__fail_errno(err, errnum, "cannot listen at %s", name);
    *fd = vessel__steal_fd(&made);
    return VESSEL_OK;
}

/* A connect that waits for room in the queue of the other side obeys the send timeout. */
static void set_connect_timeout(int fd, VesselDeadline deadline)
{
    int left_ms = vessel__deadline_poll(deadline);
    struct timeval timeout = {0};
    if (left_ms >= 0) {
        timeout.tv_sec = left_ms / 1000;
        timeout.tv_usec = MAX(left_ms % 1000, left_ms < 1000 ? 1 : 0) * 1000;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

int vessel__socket_connect(int dir, const char *name, int type, VesselDeadline deadline, int *fd,
                           VesselError **err)
{
    struct sockaddr_un address;
    vessel_autofd int parent = -1;
    *fd = -1;
    int result = make_address(dir, name, &address, &parent, err);
    if (result < 0)
        return result;
    vessel_autofd int made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (made < 0)
        return vessel__fail_errno(err, errno, "cannot make a socket");
    int errnum;
    do {
        set_connect_timeout(made, deadline);
        errnum = connect(made, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
    } while (errnum == EINTR && !vessel__deadline_passed(deadline));
    set_connect_timeout(made, VESSEL_DEADLINE_NEVER);
    if (errnum == 0 && fcntl(made, F_SETFL, O_NONBLOCK) < 0)
        errnum = errno;
    if (errnum == EAGAIN || errnum == EINTR)
        return vessel__fail(err, VESSEL_ERROR_TIMEOUT, "nobody answered at %s in time", name);
    if (errnum == ECONNREFUSED)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "nobody listens at %s any more", name);
    if (errnum != 0)
        return vessel__fail_errno(err, errnum, "cannot connect to %s", name);
    *fd = vessel__steal_fd(&made);
    return VESSEL_OK;
}

int vessel__socket_pair(int type, int fds[2], VesselError **err)
{
    fds[0] = fds[1] = -1;
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0)
        return VESSEL_OK;
    return vessel__fail_errno(err, errno, "cannot make a pair of sockets");
}

int vessel__socket_peer(int fd, pid_t *pid, uid_t *uid, VesselError **err)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
        return vessel__fail_errno(err, errno, "cannot tell who is at the other end");
    *pid = peer.pid;
    *uid = peer.uid;
    return VESSEL_OK;
}

/* ---- messages ---- */

static bool peer_gone(int errnum)
{
    return errnum == EPIPE || errnum == ECONNRESET || errnum == ENOTCONN;
}

/* Waits for @events; 0, or the timeout's or poll's error. */
static int wait_for(int fd, short events, VesselDeadline deadline, VesselError **err)
{
    struct pollfd poller = {.fd = fd, .events = events};
    for (;;) {
        int left_ms = vessel__deadline_poll(deadline);
        int ready = left_ms == 0 ? 0 : poll(&poller, 1, left_ms);
        if (ready > 0)
            return VESSEL_OK; /* errors and hang-ups show in the call itself */
        if (ready < 0 && errno != EINTR)
            return vessel__fail_errno(err, errno, "cannot wait for a message");
        if (ready == 0)
            return vessel__fail(err, VESSEL_ERROR_TIMEOUT, "the other side is not ready");
    }
}

typedef union {
    struct cmsghdr header; /* for its alignment */
    char space[CMSG_SPACE(VESSEL__MESSAGE_FDS * sizeof(int))];
} Control;

int vessel__message_send(int fd, const VesselJson *message, const int *fds, size_t fds_count,
                         VesselDeadline deadline, VesselError **err)
{
    g_autofree char *text = vessel__json_format(message, false);
    struct iovec part = {text, strlen(text)};
    Control control = {0};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (part.iov_len > VESSEL__MESSAGE_MAX)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "a message of %zu bytes is too long", part.iov_len);
    if (fds_count > VESSEL__MESSAGE_FDS)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%zu descriptors are too many for one message", fds_count);
    if (fds_count > 0) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(fds_count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds_count * sizeof(int));
        memcpy(CMSG_DATA(rights), fds, fds_count * sizeof(int));
    }
    for (;;) {
        if (sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return VESSEL_OK;
        if (errno == EINTR)
            continue;
        if (peer_gone(errno))
            return vessel__fail(err, VESSEL_ERROR_CLOSED, "the other side has gone");
        if (errno != EAGAIN)
            return vessel__fail_errno(err, errno, "cannot send a message");
        int result = wait_for(fd, POLLOUT, deadline, err);
        if (result < 0)
            return result;
    }
}

/* Descriptors that came; all are closed when they are more than @max. The number that came. */
static size_t take_descriptors(struct msghdr *header, int *fds, size_t max)
{
    size_t count = 0;
    int all[VESSEL__MESSAGE_FDS];
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t here = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < here && count < G_N_ELEMENTS(all); i++, count++)
            memcpy(&all[count], CMSG_DATA(part) + i * sizeof(int), sizeof(int));
    }
    for (size_t i = 0; i < count; i++) {
        if (count > max)
            close(all[i]);
        else
            fds[i] = all[i];
    }
    return count;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

int vessel__message_receive(int fd, VesselJson **message, int *fds, size_t fds_max,
                            size_t *fds_count, VesselDeadline deadline, VesselError **err)
{
    g_autofree char *text = g_malloc(VESSEL__MESSAGE_MAX);
    struct iovec part = {text, VESSEL__MESSAGE_MAX};
    Control control;
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t length;
    size_t ignored;
    int reset = 0; /* told once, when it left without reading us; what it sent before comes after */
    fds_count = fds_count ? fds_count : &ignored;
    *message = NULL;
    *fds_count = 0;
    for (;;) {
        header.msg_control = &control;
        header.msg_controllen = sizeof control;
        length = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (length >= 0)
            break;
        if (errno == EINTR || (errno == ECONNRESET && !reset++))
            continue;
        if (peer_gone(errno))
            return vessel__fail(err, VESSEL_ERROR_CLOSED, "the other side has gone");
        if (errno != EAGAIN)
            return vessel__fail_errno(err, errno, "cannot receive a message");
        int result = wait_for(fd, POLLIN, deadline, err);
        if (result < 0)
            return result;
    }
    size_t came = take_descriptors(&header, fds, fds_max);
    if (came > fds_max || (header.msg_flags & MSG_CTRUNC)) {
        close_all(fds, came > fds_max ? 0 : came);
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL,
                            "a message came with more than %zu descriptors, or more than this "
                            "process can take",
                            fds_max);
    }
    int result = VESSEL_OK;
    if (length == 0)
        result = vessel__fail(err, VESSEL_ERROR_CLOSED, "the other side has gone");
    else if (header.msg_flags & MSG_TRUNC)
        result = vessel__fail(err, VESSEL_ERROR_PROTOCOL, "a message is longer than %d bytes",
                              VESSEL__MESSAGE_MAX);
    else
        result = vessel__json_parse(text, (size_t)length, NULL, "a message", message, err);
    if (result < 0)
        close_all(fds, came);
    else
        *fds_count = came;
    return result;
}
