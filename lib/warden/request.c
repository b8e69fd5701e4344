/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request: what was asked, by whom, until when, and the operation lock that came with it. It
 * lives until the engine has finished it, whatever becomes of the one who asked. */
#include "base/file.h"
#include "warden/warden.h"

#include <fcntl.h>
#include <inttypes.h>

#define ARGS_FD "args" /* arguments too large for a message come in a memory file of this name */
#define ARGS_MAX (8 * 1024 * 1024)
#define REPLY_FD "ok"

struct VesselRequest {
    VesselWarden *warden;
    uint64_t number;
    char *op, *author, *operation, *id;
    VesselDeadline deadline;
    VesselTimer *timer;
    VesselJson *args;
    GPtrArray *fd_names;
    GArray *fds;
    VesselLock *lock;
    VesselReplyFn reply;
    void *client;
    bool late;
    void (*expired)(VesselWarden *warden, VesselRequest *request);
    void *data;
};

static void request_free(VesselRequest *request)
{
    for (guint i = 0; i < request->fds->len; i++)
        vessel__close_fd(&g_array_index(request->fds, int, i));
    g_array_unref(request->fds);
    g_ptr_array_unref(request->fd_names);
    vessel__timer_free(request->timer);
    vessel__json_free(request->args);
    vessel__lock_release(request->lock);
    g_free(request->op);
    g_free(request->author);
    g_free(request->operation);
    g_free(request->id);
    g_free(request);
}

static void name_fds(VesselRequest *request, const VesselJson *message, const int *fds,
                     size_t count)
{
    const VesselJson *names = vessel__json_get(message, "fds");
    for (size_t i = 0; i < count; i++) {
        const char *name = vessel__json_string(vessel__json_at(names, i), "");
        g_ptr_array_add(request->fd_names, g_strdup(name));
        g_array_append_val(request->fds, fds[i]);
    }
}

static char *author_text(const VesselJson *author)
{
    int64_t pid = vessel__json_get_int(author, "pid", 0);
    if (pid <= 0)
        return NULL;
    return g_strdup_printf("pid %" PRId64 " (%s)", pid,
                           vessel__json_get_string(author, "name", "?"));
}

static int read_args(VesselRequest *request, const VesselJson *message, VesselError **err)
{
    const VesselJson *args = vessel__json_get(message, "args");
    vessel_autofd int fd = vessel__request_take_fd(request, ARGS_FD);
    if (fd < 0) {
        request->args = args ? vessel__json_copy(args) : vessel__json_new_object();
        return 0;
    }
    g_autofree char *text = NULL;
    size_t length = 0;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return vessel__fail_errno(err, errno, "the request's arguments");
    int code = vessel__read_fd(fd, "the request's arguments", ARGS_MAX, &text, &length, err);
    return code < 0 ? code
                    : vessel__json_parse(text, length, NULL, "the request's arguments",
                                         &request->args, err);
}

static void deadline_passed(void *data)
{
    VesselRequest *request = data;
    if (request->expired)
        request->expired(request->warden, request);
    else
        vessel__request_late(request);
}

VesselRequest *vessel__request_new(VesselWarden *warden, VesselJson *message, const int *fds,
                                   size_t fds_count, VesselReplyFn reply, void *client,
                                   uint64_t *number, VesselError **err)
{
    g_autoptr(VesselJson) owned = message;
    VesselRequest *request = g_new0(VesselRequest, 1);
    const VesselJson *author = vessel__json_get(message, "author");
    int64_t timeout = vessel__json_get_int(message, "timeout_ms", -1);
    request->warden = warden;
    request->number = *number = vessel__json_get_uint(message, "id", 0);
    request->op = g_strdup(vessel__json_get_string(message, "op", ""));
    request->id = g_strdup(vessel__json_get_string(message, "request", NULL));
    request->author = author_text(author);
    request->operation = g_strdup(vessel__json_get_string(author, "operation", request->op));
    request->fd_names = g_ptr_array_new_with_free_func(g_free);
    request->fds = g_array_new(FALSE, FALSE, sizeof(int));
    request->reply = reply;
    request->client = client;
    request->deadline = vessel__deadline_after(timeout);
    name_fds(request, message, fds, fds_count);
    int code = 0;
    if (request->number == 0 || !*request->op)
        code = vessel__fail(err, VESSEL_ERROR_PROTOCOL, "a request needs \"id\" and \"op\"");
    if (code == 0)
        code = read_args(request, message, err);
    if (code < 0) {
        request_free(request);
        return NULL;
    }
    request->timer = vessel__timer_new(warden->loop, deadline_passed, request);
    vessel__timer_set(request->timer, request->deadline);
    return request;
}

/* Its requester may be gone long before the guest has answered. */
static void say_who_holds(VesselRequest *request)
{
    VesselHolder holder;
    vessel__holder_self(request->operation, &holder);
    g_strlcpy(holder.asked_by, request->author ? request->author : "", sizeof holder.asked_by);
    vessel__lock_set_holder(request->lock, &holder);
}

int vessel__request_take_lock(VesselRequest *request, bool needed, VesselError **err)
{
    int fd = vessel__request_take_fd(request, "op.lock");
    if (fd < 0)
        return !needed
                   ? 0
                   : vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                                  "\"%s\" changes the guest and came without the operation lock",
                                  request->op);
    request->lock = vessel__lock_adopt(fd);
    say_who_holds(request);
    return 0;
}

const char *vessel__request_op(const VesselRequest *request)
{
    return request->op;
}

const VesselJson *vessel__request_args(const VesselRequest *request)
{
    return request->args;
}

const char *vessel__request_author(const VesselRequest *request)
{
    return request ? request->author : NULL;
}

const char *vessel__request_id_text(const VesselRequest *request)
{
    return request ? request->id : NULL;
}

VesselDeadline vessel__request_deadline(const VesselRequest *request)
{
    return request->deadline;
}

int vessel__request_take_fd(VesselRequest *request, const char *name)
{
    for (guint i = 0; i < request->fds->len; i++)
        if (strcmp(g_ptr_array_index(request->fd_names, i), name) == 0)
            return vessel__steal_fd(&g_array_index(request->fds, int, i));
    return -1;
}

void *vessel__request_data(const VesselRequest *request)
{
    return request->data;
}

void vessel__request_set_data(VesselRequest *request, void *data)
{
    request->data = data;
}

void vessel__request_on_deadline(VesselRequest *request,
                                 void (*expired)(VesselWarden *warden, VesselRequest *request))
{
    request->expired = expired;
}

void vessel__request_orphan(VesselRequest *request)
{
    request->reply = NULL;
    request->client = NULL;
    request->late = true;
}

VesselJson *vessel__request_error_message(uint64_t number, const VesselError *err)
{
    VesselJson *message = vessel__json_new_object();
    vessel__json_set_uint(message, "id", number);
    vessel__json_set(message, "error", vessel__error_to_json(err));
    return message;
}

static void answer(VesselRequest *request, VesselJson *message, const int *fds, size_t count)
{
    g_autoptr(VesselJson) owned = message;
    VesselReplyFn reply = request->reply;
    void *client = request->client;
    request->reply = NULL;
    request->client = NULL;
    if (reply)
        reply(client, request, message, fds, count);
}

void vessel__request_late(VesselRequest *request)
{
    g_autoptr(VesselError) err = NULL;
    if (request->late)
        return;
    request->late = true;
    vessel__warden_log(request->warden, "%s of %s: its deadline passed, it goes on", request->op,
                       request->author ? request->author : "?");
    vessel__fail(&err, VESSEL_ERROR_OUTCOME_UNKNOWN,
                 "domain \"%s\" was told \"%s\" and has not answered in time",
                 request->warden->name, request->op);
    vessel__error_outcome(&err, VESSEL_OUTCOME_UNKNOWN);
    vessel__error_hint(&err,
                       "the operation goes on; its result becomes an event with the request "
                       "id %s; destroy is possible meanwhile",
                       request->id ? request->id : "of this request");
    answer(request, vessel__request_error_message(request->number, err), NULL, 0);
}

/* The lock is free before the answer is sent: whoever gets it may go on at once. */
static void release_lock(VesselRequest *request)
{
    vessel__lock_release(g_steal_pointer(&request->lock));
}

/* An answer too large for a message goes in a memory file. */
static int put_ok(VesselJson *message, VesselJson *ok, VesselError **err)
{
    g_autofree char *text = vessel__json_format(ok, false);
    size_t length = strlen(text);
    int fd = -1;
    if (length > VESSEL__MESSAGE_MAX - 1024)
        vessel__memfd("vessel-reply", text, length, &fd, err);
    if (fd < 0)
        vessel__json_set(message, "ok", ok);
    else
        vessel__json_free(ok);
    return fd;
}

void vessel__request_done_fd(VesselRequest *request, VesselJson *ok, const char *fd_name, int fd)
{
    vessel_autofd int owned = fd;
    release_lock(request);
    if (!request->reply) {
        vessel__json_free(ok);
        request_free(request);
        return;
    }
    VesselJson *message = vessel__json_new_object(), *names = vessel__json_new_array();
    int fds[2];
    size_t count = 0;
    vessel__json_set_uint(message, "id", request->number);
    vessel_autofd int large = put_ok(message, ok ? ok : vessel__json_new_object(), NULL);
    if (fd >= 0) {
        vessel__json_append_string(names, fd_name);
        fds[count++] = fd;
    }
    if (large >= 0) {
        vessel__json_append_string(names, REPLY_FD);
        fds[count++] = large;
    }
    if (count)
        vessel__json_set(message, "fds", g_steal_pointer(&names));
    vessel__json_free(names);
    answer(request, message, fds, count);
    request_free(request);
}

void vessel__request_done(VesselRequest *request, VesselJson *ok)
{
    vessel__request_done_fd(request, ok, NULL, -1);
}

/* A late failure is told by an event: the requester may still be looking for it. */
static void announce_failure(VesselRequest *request, const VesselError *err)
{
    VesselWarden *warden = request->warden;
    g_autoptr(VesselJson) event =
        vessel__state_event(warden, "job.ended", "failed", request->author, request->id, NULL);
    vessel__json_set(event, "error", vessel__error_to_json(err));
    vessel__state_append(warden, event);
}

void vessel__request_failed(VesselRequest *request, VesselError *err)
{
    release_lock(request);
    if (request->late && request->id && request->warden->events)
        announce_failure(request, err);
    answer(request, vessel__request_error_message(request->number, err), NULL, 0);
    vessel_error_free(err);
    request_free(request);
}
