/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kit/warden-client.h"
#include "base/file.h"
#include "sys/socket.h"
#include "sys/wire.h"

#include <poll.h>
#include <sys/syscall.h>

#define LOOK_SLICE_MS 50
#define STOPPED_MS 500
#define GREETING_MS 2000
#define MARGIN_MAX_MS 250
#define SEE_OFF_MS 200
#define INLINE_MAX (VESSEL__MESSAGE_MAX - 4096) /* room for the rest of the message */
#define REPLY_MAX (64 * 1024 * 1024)
#define ARGS_FD "args"
#define OK_FD "ok"

void vessel__connection_clear(VesselConnection *connection)
{
    vessel__close_fd(&connection->fd);
    vessel__close_fd(&connection->pidfd);
}

void vessel__connection_see_off(VesselConnection *connection)
{
    struct pollfd poller = {.fd = connection->pidfd, .events = POLLIN};
    vessel__close_fd(&connection->fd); /* it waits for us to have read everything */
    if (connection->pidfd >= 0)
        poll(&poller, 1, SEE_OFF_MS);
}

void vessel__reply_clear(VesselReply *reply)
{
    g_clear_pointer(&reply->ok, vessel__json_free);
    vessel__close_fd(&reply->fd);
}

/* ---- requests ---- */

static VesselJson *author_json(const VesselOperation *operation)
{
    VesselJson *author = vessel__json_new_object();
    vessel__json_set_int(author, "pid", operation->author.process.pid);
    vessel__json_set_string(author, "name", operation->author.name);
    vessel__json_set_uint(author, "uid", geteuid());
    vessel__json_set_string(author, "operation", operation->name);
    return author;
}

static void set_deadline(VesselJson *json, VesselDeadline deadline)
{
    if (deadline == VESSEL_DEADLINE_NEVER)
        return;
    int64_t left = MAX(deadline - vessel__now_ms(), 0);
    vessel__json_set_int(json, "timeout_ms", left - MIN(left / 5, MARGIN_MAX_MS));
}

static VesselJson *request_json(const VesselMessage *message, uint64_t id)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_uint(json, "id", id);
    vessel__json_set_string(json, "op", message->op);
    if (message->operation) {
        vessel__json_set(json, "author", author_json(message->operation));
        vessel__json_set_string(json, "request", message->operation->request);
    }
    set_deadline(json, message->deadline);
    return json;
}

/* Arguments that are too large for a message go in a memory file. */
static int put_args(VesselJson *json, const VesselJson *args, int *fd, VesselError **err)
{
    if (!args)
        return 0;
    g_autofree char *text = vessel__json_format(args, false);
    size_t length = strlen(text);
    if (length > INLINE_MAX)
        return vessel__memfd("vessel-args", text, length, fd, err);
    vessel__json_set(json, "args", vessel__json_copy(args));
    return 0;
}

int vessel__connection_send(VesselConnection *connection, const VesselMessage *message,
                            uint64_t *id, VesselError **err)
{
    int fds[VESSEL__MESSAGE_FDS];
    size_t count = 0;
    vessel_autofd int args_fd = -1;
    *id = ++connection->last_id;
    g_autoptr(VesselJson) json = request_json(message, *id);
    VesselJson *names = vessel__json_new_array();
    vessel__json_set(json, "fds", names);
    int code = put_args(json, message->args, &args_fd, err);
    if (code < 0)
        return code;
    if (message->fds_count >= G_N_ELEMENTS(fds))
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE,
                            "%zu files for one guest are too many: %zu can be passed",
                            message->fds_count, G_N_ELEMENTS(fds) - 1);
    for (size_t i = 0; i < message->fds_count; i++) {
        fds[count++] = message->fds[i];
        vessel__json_append_string(names, message->fd_names[i]);
    }
    if (args_fd >= 0) {
        fds[count++] = args_fd;
        vessel__json_append_string(names, ARGS_FD);
    }
    return vessel__message_send(connection->fd, json, fds, count, message->deadline, err);
}

/* ---- replies ---- */

static int check_greeting(VesselConnection *connection, const VesselJson *message,
                          VesselError **err)
{
    int64_t version = vessel__json_get_int(message, "vessel-warden", 0);
    if (version == 0)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the other side is no vessel-warden");
    if (version != VESSEL__WIRE_VERSION)
        return vessel__fail(err, VESSEL_ERROR_INCOMPATIBLE,
                            "the domain's warden is of version %s and speaks another protocol",
                            vessel__json_get_string(message, "version", "?"));
    connection->greeted = true;
    return 0;
}

static int read_large(int fd, VesselJson **ok, VesselError **err)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return vessel__fail_errno(err, errno, "the warden's answer");
    int code = vessel__read_fd(fd, "the warden's answer", REPLY_MAX, &text, &length, err);
    VesselJsonLimits limits = {.bytes = REPLY_MAX, .nodes = 4 * 1000 * 1000};
    return code < 0 ? code
                    : vessel__json_parse(text, length, &limits, "the warden's answer", ok, err);
}

/* 1: it is the reply, read well; or its error. */
static int take_reply(const VesselJson *message, int *fds, size_t count, VesselReply *reply,
                      VesselError **err)
{
    const VesselJson *error = vessel__json_get(message, "error");
    const VesselJson *ok = vessel__json_get(message, "ok");
    const VesselJson *names = vessel__json_get(message, "fds");
    int code = 1;
    reply->came = true;
    if (error)
        return vessel__error_steal(err, vessel__error_from_json(error));
    if (ok)
        reply->ok = vessel__json_copy(ok);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(vessel__json_string(vessel__json_at(names, i), ""), OK_FD) == 0)
            code = read_large(fds[i], &reply->ok, err);
        else if (reply->fd < 0)
            reply->fd = vessel__steal_fd(&fds[i]);
    }
    if (code >= 0 && !reply->ok)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the warden's answer is empty");
    return code < 0 ? code : 1;
}

/* Replies to requests that were given up are drained. */
int vessel__connection_read(VesselConnection *connection, uint64_t id, VesselReply *reply,
                            VesselError **err)
{
    for (;;) {
        int fds[VESSEL__REPLY_FDS_MAX];
        size_t count = 0;
        g_autoptr(VesselJson) message = NULL;
        g_autoptr(VesselError) why = NULL;
        int code = vessel__message_receive(connection->fd, &message, fds, G_N_ELEMENTS(fds), &count,
                                           0, &why);
        if (code == VESSEL_ERROR_TIMEOUT)
            return 0;
        if (code < 0)
            return vessel__error_steal(err, g_steal_pointer(&why));
        bool mine = connection->greeted && vessel__json_get_uint(message, "id", 0) == id;
        if (mine)
            code = take_reply(message, fds, count, reply, err);
        else if (!connection->greeted)
            code = check_greeting(connection, message, err);
        for (size_t i = 0; i < count; i++)
            vessel__close_fd(&fds[i]);
        if (code < 0 || mine)
            return code;
    }
}

void vessel__connection_way_around(VesselConnection *connection)
{
    uid_t uid;
    if (vessel__socket_peer(connection->fd, &connection->pid, &uid, NULL) < 0)
        return;
    connection->pidfd = (int)syscall(SYS_pidfd_open, connection->pid, 0);
    connection->greeting_due = vessel__deadline_after(GREETING_MS);
    connection->stopped_due = VESSEL_DEADLINE_NEVER;
}

static int check_hearing(VesselConnection *connection, VesselError **err)
{
    if (!connection->pid)
        return 0;
    if (!vessel__process_stopped(connection->pid))
        connection->stopped_due = VESSEL_DEADLINE_NEVER;
    else if (connection->stopped_due == VESSEL_DEADLINE_NEVER)
        connection->stopped_due = vessel__deadline_after(STOPPED_MS);
    else if (vessel__deadline_passed(connection->stopped_due))
        return vessel__fail(err, VESSEL_ERROR_TIMEOUT, "the warden, pid %d, is stopped",
                            connection->pid);
    if (!connection->greeted && vessel__deadline_passed(connection->greeting_due))
        return vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                            "the warden, pid %d, does not even greet who connects",
                            connection->pid);
    return 0;
}

static VesselDeadline next_look(const VesselConnection *connection,
                                const VesselOperation *operation, VesselDeadline deadline)
{
    return connection->pid || (operation && operation->cancelled)
               ? vessel__deadline_min(deadline, vessel__deadline_after(LOOK_SLICE_MS))
               : deadline;
}

int vessel__connection_wait(VesselConnection *connection, uint64_t id,
                            const VesselOperation *operation, VesselDeadline deadline,
                            VesselReply *reply, VesselError **err)
{
    for (;;) {
        int code = vessel__connection_read(connection, id, reply, err);
        if (code != 0)
            return MIN(code, 0);
        if (operation && operation->cancelled && operation->cancelled(operation->data))
            return vessel__fail(err, VESSEL_ERROR_CANCELLED, "%s was cancelled", operation->name);
        if (vessel__deadline_passed(deadline))
            return vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                                "the warden has not answered before the deadline");
        code = check_hearing(connection, err);
        if (code < 0)
            return code;
        struct pollfd poller = {.fd = connection->fd, .events = POLLIN};
        if (poll(&poller, 1, vessel__deadline_poll(next_look(connection, operation, deadline))) <
                0 &&
            errno != EINTR)
            return vessel__fail_errno(err, errno, "waiting for the warden");
    }
}
