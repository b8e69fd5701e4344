/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients on warden.sock: who may ask, how much, and what happens to one that does not read. */
#include "config.h"

#include "warden/warden.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#define SOCKET_FILE "warden.sock"
#define DRAIN_MS 1000
#define CROWD_LOG_MS 10000

typedef struct {
    VesselJson *message;
    int fds[2];
    size_t fds_count;
} Answer;

typedef struct {
    VesselServer *server;
    int fd;
    VesselWatch *watch;
    GQueue answers;      /* not sent yet */
    GPtrArray *requests; /* unanswered */
    int64_t active_ms;   /* when it last said something */
} Client;

struct VesselServer {
    VesselWarden *warden;
    int fd;
    VesselWatch *watch;
    GPtrArray *clients;
    VesselTimer *drain_timer;
    bool draining;
    int64_t crowded_ms; /* when that was logged last */
};

static void answer_free(Answer *answer)
{
    for (size_t i = 0; i < answer->fds_count; i++)
        vessel__close_fd(&answer->fds[i]);
    vessel__json_free(answer->message);
    g_free(answer);
}

/* What it asked for and was begun goes on. */
static void client_drop(Client *client)
{
    VesselServer *server = client->server;
    for (guint i = 0; i < client->requests->len; i++)
        vessel__request_orphan(g_ptr_array_index(client->requests, i));
    g_ptr_array_unref(client->requests);
    for (Answer *answer; (answer = g_queue_pop_head(&client->answers));)
        answer_free(answer);
    vessel__watch_free(client->watch);
    vessel__close_fd(&client->fd);
    g_ptr_array_remove_fast(server->clients, client);
    g_free(client);
    if (server->draining && server->clients->len == 0)
        vessel__loop_quit(server->warden->loop);
}

static bool client_flush(Client *client)
{
    Answer *answer;
    while ((answer = g_queue_peek_head(&client->answers))) {
        int code = vessel__message_send(client->fd, answer->message, answer->fds, answer->fds_count,
                                        0, NULL);
        if (code == VESSEL_ERROR_TIMEOUT)
            break;
        if (code < 0) {
            client_drop(client);
            return false;
        }
        answer_free(g_queue_pop_head(&client->answers));
    }
    bool waiting = client->answers.length > 0;
    if (client->server->draining && !waiting && client->requests->len == 0) {
        client_drop(client);
        return false;
    }
    vessel__watch_events(client->watch, waiting ? POLLIN | POLLOUT : POLLIN);
    return true;
}

/* @message is borrowed, descriptors too. */
static bool client_answer(Client *client, const VesselJson *message, const int *fds, size_t count)
{
    if (client->answers.length >= VESSEL__CLIENT_QUEUE_MAX) {
        vessel__warden_log(client->server->warden, "a client that does not read was dropped");
        client_drop(client);
        return false;
    }
    Answer *answer = g_new0(Answer, 1);
    answer->message = vessel__json_copy(message);
    for (size_t i = 0; i < count && i < G_N_ELEMENTS(answer->fds); i++)
        answer->fds[answer->fds_count++] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
    g_queue_push_tail(&client->answers, answer);
    return client_flush(client);
}

static void request_answered(void *data, VesselRequest *request, VesselJson *message,
                             const int *fds, size_t count)
{
    Client *client = data;
    g_ptr_array_remove_fast(client->requests, request);
    client_answer(client, message, fds, count);
}

static void refuse(VesselRequest *request, int code, const char *why)
{
    VesselError *err = NULL;
    vessel__fail(&err, code, "%s", why);
    vessel__request_failed(request, err);
}

static void rename_domain(VesselWarden *warden, VesselRequest *request)
{
    const char *name = vessel__json_get_string(vessel__request_args(request), "name", NULL);
    if (!name || !*name) {
        refuse(request, VESSEL_ERROR_INVALID_ARGUMENT, "\"rename\" needs a name");
        return;
    }
    vessel__warden_log(warden, "renamed from %s to %s", warden->name, name);
    char *old = warden->name;
    warden->name = g_strdup(name);
    g_free(old);
    vessel__json_set_string(warden->args, "name", name);
    vessel__warden_save(warden, NULL);
    vessel__request_done(request, NULL);
}

static const VesselEngineOp *find_op(const VesselEngineOp *ops, const char *name)
{
    for (const VesselEngineOp *op = ops; op && op->name; op++)
        if (strcmp(op->name, name) == 0)
            return op;
    return NULL;
}

/* What every engine's guest has alike. */
static const VesselEngineOp common_ops[] = {
    {VESSEL__OP_DESTROY, false, vessel__guest_destroy},
    {VESSEL__OP_CONSOLE, false, vessel__console_open},
    {VESSEL__OP_DEFINITION, true, vessel__definition_changed},
    {VESSEL__OP_CHANGE, true, vessel__change},
    {VESSEL__OP_RENAME, false, rename_domain}, /* done at once: the requester keeps the lock */
    {0},
};

static const VesselEngineOp *op_of(VesselWarden *warden, const char *name)
{
    const VesselEngineOp *op = find_op(common_ops, name);
    return op ? op : find_op(warden->engine->ops, name);
}

void vessel__server_run(VesselWarden *warden, VesselRequest *request)
{
    const char *name = vessel__request_op(request);
    const VesselEngineOp *op = op_of(warden, name);
    if (!op) {
        g_autofree char *why = g_strdup_printf("this warden does not know \"%s\"", name);
        refuse(request, VESSEL_ERROR_UNSUPPORTED, why);
        return;
    }
    if (warden->over) {
        refuse(request, VESSEL_ERROR_WRONG_STATE, "the domain is shut off");
        return;
    }
    if (op->changes && (warden->ending || warden->start_request)) {
        refuse(request, VESSEL_ERROR_BUSY,
               warden->ending ? "the domain is being ended" : "the domain is being started");
        return;
    }
    if (!op->changes || !vessel__change_first(warden, request))
        op->run(warden, request);
}

static void dispatch(VesselWarden *warden, VesselRequest *request)
{
    VesselError *err = NULL;
    const VesselEngineOp *op = op_of(warden, vessel__request_op(request));
    if (vessel__request_take_lock(request, op && op->changes, &err) < 0)
        vessel__request_failed(request, err);
    else
        vessel__server_run(warden, request);
}

static VesselRequest *client_request(Client *client, VesselJson *message, const int *fds,
                                     size_t count)
{
    uint64_t number = 0;
    g_autoptr(VesselError) err = NULL;
    VesselRequest *request = vessel__request_new(client->server->warden, message, fds, count,
                                                 request_answered, client, &number, &err);
    if (request) {
        g_ptr_array_add(client->requests, request);
        return request;
    }
    g_autoptr(VesselJson) answer = vessel__request_error_message(number, err);
    client_answer(client, answer, NULL, 0);
    return NULL;
}

static void client_ready(void *data, short revents)
{
    Client *client = data;
    VesselWarden *warden = client->server->warden;
    int fds[VESSEL__MESSAGE_FDS];
    size_t count = 0;
    VesselJson *message = NULL;
    g_autoptr(VesselError) err = NULL;
    if ((revents & POLLOUT) && !client_flush(client))
        return;
    if (!(revents & (POLLIN | POLLHUP | POLLERR)))
        return;
    int code =
        vessel__message_receive(client->fd, &message, fds, G_N_ELEMENTS(fds), &count, 0, &err);
    if (code == VESSEL_ERROR_TIMEOUT)
        return;
    if (code < 0) {
        if (code != VESSEL_ERROR_CLOSED)
            vessel__warden_log(warden, "a client was dropped: %s", vessel_error_message(err));
        client_drop(client);
        return;
    }
    if (client->requests->len >= VESSEL__CLIENT_REQUESTS_MAX) {
        vessel__warden_log(warden, "a client with too many open requests was dropped");
        for (size_t i = 0; i < count; i++)
            vessel__close_fd(&fds[i]);
        vessel__json_free(message);
        client_drop(client);
        return;
    }
    client->active_ms = vessel__now_ms();
    VesselRequest *request = client_request(client, message, fds, count);
    if (request)
        dispatch(warden, request);
}

static VesselJson *greeting(const VesselWarden *warden)
{
    static const char *const features[] = {"args-fd", "change", "console", "definition",
                                           "destroy", "rename", "stats",   NULL};
    VesselJson *message = vessel__json_new_object(), *list = vessel__json_new_array();
    vessel__json_set_int(message, "vessel-warden", VESSEL__WIRE_VERSION);
    vessel__json_set_string(message, "version", PACKAGE_VERSION);
    for (int i = 0; features[i]; i++)
        vessel__json_append_string(list, features[i]);
    vessel__json_set(message, "features", list);
    vessel__json_set_string(message, "uuid", *warden->uuid ? warden->uuid : NULL);
    return message;
}

static Client *client_new(VesselServer *server, int fd)
{
    Client *client = g_new0(Client, 1);
    client->server = server;
    client->fd = fd;
    client->active_ms = vessel__now_ms();
    client->requests = g_ptr_array_new();
    g_queue_init(&client->answers);
    client->watch = vessel__watch_new(server->warden->loop, fd, POLLIN, client_ready, client);
    g_ptr_array_add(server->clients, client);
    g_autoptr(VesselJson) hello = greeting(server->warden);
    return client_answer(client, hello, NULL, 0) ? client : NULL;
}

static void log_crowd(VesselServer *server, pid_t pid, const char *what)
{
    int64_t now = vessel__now_ms();
    if (server->crowded_ms && now - server->crowded_ms < CROWD_LOG_MS)
        return;
    server->crowded_ms = now;
    vessel__warden_log(server->warden, "%d clients are connected: for pid %d %s",
                       VESSEL__CLIENTS_MAX, pid, what);
}

/* A program that forgets its connections shuts nobody out: one that waits for nothing, and said
 * nothing for longest, makes room. */
static bool make_room(VesselServer *server, pid_t pid)
{
    Client *idle = NULL;
    if (server->clients->len < VESSEL__CLIENTS_MAX)
        return true;
    for (guint i = 0; i < server->clients->len; i++) {
        Client *client = g_ptr_array_index(server->clients, i);
        if (client->requests->len == 0 && (!idle || client->active_ms < idle->active_ms))
            idle = client;
    }
    log_crowd(server, pid, idle ? "an idle one was dropped" : "there is no room");
    if (idle)
        client_drop(idle);
    return idle != NULL;
}

static void server_ready(void *data, short revents)
{
    VesselServer *server = data;
    pid_t pid;
    uid_t uid;
    (void)revents;
    vessel_autofd int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || vessel__socket_peer(fd, &pid, &uid, NULL) < 0)
        return;
    if (uid != geteuid() && uid != 0) {
        vessel__warden_log(server->warden, "pid %d of uid %u may not connect", pid, uid);
        return;
    }
    if (make_room(server, pid))
        client_new(server, vessel__steal_fd(&fd));
}

void vessel__server_add(VesselServer *server, int fd)
{
    client_new(server, fd);
}

VesselServer *vessel__server_new(VesselWarden *warden)
{
    VesselServer *server = g_new0(VesselServer, 1);
    server->warden = warden;
    server->fd = -1;
    server->clients = g_ptr_array_new();
    return server;
}

VesselRequest *vessel__server_first(VesselServer *server, int fd, VesselJson *message,
                                    const int *fds, size_t fds_count)
{
    Client *client = client_new(server, fd);
    if (!client) {
        /* Who asked is gone already, and what was asked for is done all the same: those who only
         * read a state start an adopter and do not wait for it. */
        uint64_t number = 0;
        VesselRequest *request = vessel__request_new(server->warden, message, fds, fds_count,
                                                     request_answered, NULL, &number, NULL);
        if (request)
            vessel__request_orphan(request);
        return request;
    }
    return client_request(client, message, fds, fds_count);
}

int vessel__server_listen(VesselServer *server, VesselError **err)
{
    int code = vessel__socket_listen(server->warden->folder, SOCKET_FILE, SOCK_SEQPACKET,
                                     &server->fd, err);
    if (code == 0)
        server->watch =
            vessel__watch_new(server->warden->loop, server->fd, POLLIN, server_ready, server);
    return code;
}

void vessel__server_close(VesselServer *server)
{
    vessel__watch_free(g_steal_pointer(&server->watch));
    vessel__close_fd(&server->fd);
}

static void drained(void *data)
{
    vessel__loop_quit(((VesselServer *)data)->warden->loop);
}

bool vessel__server_leave(VesselServer *server)
{
    server->draining = true;
    return server->clients->len > 0;
}

void vessel__server_drain(VesselServer *server)
{
    server->draining = true;
    if (!server->drain_timer)
        server->drain_timer = vessel__timer_new(server->warden->loop, drained, server);
    vessel__timer_set(server->drain_timer, vessel__deadline_after(DRAIN_MS));
    for (guint i = server->clients->len; i-- > 0;) {
        Client *client = g_ptr_array_index(server->clients, i);
        if (client->requests->len == 0)
            client_flush(client);
    }
    if (server->clients->len == 0)
        vessel__loop_quit(server->warden->loop);
}

void vessel__server_free(VesselServer *server)
{
    while (server->clients->len > 0)
        client_drop(g_ptr_array_index(server->clients, 0));
    vessel__server_close(server);
    vessel__timer_free(server->drain_timer);
    g_ptr_array_unref(server->clients);
    g_free(server);
}
