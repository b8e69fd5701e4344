/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to the warden of a domain, to those of many, and what to do when there is none or when
 * it does not answer. */
#include "base/file.h"
#include "kit/launch.h"
#include "kit/warden-client.h"
#include "sys/socket.h"
#include "sys/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#define SOCKET_FILE "warden.sock"
#define LOCK_FILE "warden.lock"
#define STATE_FILE "state.json"
#define STATE_MAX (1024 * 1024)
#define RETRY_MS 5
#define TRIES 3
#define KIND_MS 1000 /* between SIGTERM and SIGKILL */

static void pause_ms(int64_t ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* ---- a warden to talk to ---- */

static int load_state(int dir, VesselJson **state, VesselError **err)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    int code = vessel__read_file(dir, STATE_FILE, STATE_MAX, &text, &length, err);
    return code < 0 ? code : vessel__json_parse(text, length, NULL, STATE_FILE, state, err);
}

static int shut_off(const VesselGuest *guest, VesselError **err)
{
    return vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "domain \"%s\" is shut off", guest->name);
}

/* With warden.lock, so that nobody else becomes it meanwhile. */
static int adopt_with(VesselGuest *guest, const VesselJson *state, VesselLock *lock,
                      VesselDeadline deadline, VesselError **err)
{
    VesselOperation adoption = *guest->operation;
    VesselGuest adopted = *guest;
    adoption.name = "domain_adopt";
    adoption.deadline = deadline;
    adoption.op_lock_fd = -1;
    adoption.warden_lock_fd = vessel__lock_fd(lock);
    adoption.handed_over = false;
    adoption.cancelled = NULL;
    adopted.operation = &adoption;
    adopted.state = state;
    int code = vessel__warden_adopt(&adopted, err);
    if (adoption.handed_over)
        vessel__lock_hand_over(lock);
    else
        vessel__lock_release(lock);
    return code;
}

/* 1: there may be a warden again, 0: the guest is gone as well, or an error. */
static int replace_warden(VesselGuest *guest, VesselDeadline deadline, VesselError **err)
{
    VesselHolder holder;
    VesselLock *lock = NULL;
    VesselProcess process;
    g_autoptr(VesselJson) state = NULL;
    g_autoptr(VesselError) why = NULL;
    vessel__holder_self("domain_adopt", &holder);
    int code =
        vessel__lock_take(guest->dir, LOCK_FILE, &holder, vessel__deadline_after(0), &lock, &why);
    if (code == VESSEL_ERROR_BUSY) {
        /* It is starting, or ending, or another adopter was faster. */
        if (vessel__deadline_passed(deadline))
            return vessel__error_steal(err, g_steal_pointer(&why));
        pause_ms(RETRY_MS);
        return 1;
    }
    if (code < 0)
        return vessel__error_steal(err, g_steal_pointer(&why));
    if (load_state(guest->dir, &state, NULL) < 0 || !vessel__json_get(state, "guest")) {
        vessel__lock_release(lock);
        return shut_off(guest, err);
    }
    if (!vessel__process_from_json(vessel__json_get(state, "guest"), &process) ||
        !vessel__process_alive(&process)) {
        vessel__lock_release(lock);
        return 0;
    }
    code = adopt_with(guest, state, lock, deadline, err);
    return code < 0 ? code : 1;
}

/* 1 connected, 0: neither warden nor guest is there any more. */
static int reach(VesselGuest *guest, VesselDeadline deadline, VesselConnection *connection,
                 VesselError **err)
{
    for (;;) {
        g_autoptr(VesselError) why = NULL;
        int code = vessel__socket_connect(guest->dir, SOCKET_FILE, SOCK_SEQPACKET, deadline,
                                          &connection->fd, &why);
        if (code == 0)
            return 1;
        if (code != VESSEL_ERROR_NOT_FOUND)
            return vessel__error_steal(err, g_steal_pointer(&why));
        code = replace_warden(guest, deadline, err);
        if (code <= 0)
            return code;
    }
}

/* ---- one request ---- */

/* Asking again does no harm. */
static bool is_repeatable(const char *op)
{
    return strcmp(op, VESSEL__OP_DESTROY) == 0 || strcmp(op, VESSEL__OP_STATS) == 0 ||
           strcmp(op, VESSEL__OP_CONSOLE) == 0;
}

static int unknown_outcome(const VesselGuest *guest, const char *op, const char *why,
                           VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_OUTCOME_UNKNOWN, "\"%s\" of domain \"%s\": %s", op, guest->name,
                 why);
    vessel__error_outcome(err, VESSEL_OUTCOME_UNKNOWN);
    vessel__error_hint(err, "look at the domain's state");
    return VESSEL_ERROR_OUTCOME_UNKNOWN;
}

static int exchange(VesselGuest *guest, VesselConnection *connection, const char *op,
                    const VesselJson *args, VesselReply *reply, VesselError **err)
{
    VesselOperation *operation = guest->operation;
    static const char *const names[] = {"op.lock"};
    g_autoptr(VesselError) why = NULL;
    uint64_t id;
    VesselMessage message = {.op = op,
                             .args = args,
                             .operation = operation,
                             .deadline = operation->deadline,
                             .fds = &operation->op_lock_fd,
                             .fd_names = names,
                             .fds_count = operation->op_lock_fd >= 0 ? 1 : 0};
    bool last = strcmp(op, VESSEL__OP_DESTROY) == 0;
    if (last)
        vessel__connection_way_around(connection);
    int code = vessel__connection_send(connection, &message, &id, err);
    if (code < 0)
        return code;
    if (operation->op_lock_fd >= 0)
        operation->handed_over = true;
    code = vessel__connection_wait(connection, id, operation, operation->deadline, reply, &why);
    if (last && code == 0)
        vessel__connection_see_off(connection);
    /* A timeout that the warden tells is retryable: nothing was done. Ours is not. */
    if (code == VESSEL_ERROR_TIMEOUT && !vessel_error_retryable(why))
        return unknown_outcome(guest, op, vessel_error_message(why), err);
    if (code == VESSEL_ERROR_CANCELLED && !reply->came)
        vessel__error_outcome(&why, VESSEL_OUTCOME_UNKNOWN);
    return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : 0;
}

int vessel__warden_call(VesselGuest *guest, const char *op, const VesselJson *args,
                        VesselJson **reply, int *fd, VesselError **err)
{
    VesselOperation *operation = guest->operation;
    int code = 0;
    if (reply)
        *reply = NULL;
    if (fd)
        *fd = -1;
    for (int i = 0; i < TRIES; i++) {
        g_auto(VesselConnection) connection = VESSEL_CONNECTION_INIT;
        g_auto(VesselReply) answer = VESSEL_REPLY_INIT;
        g_autoptr(VesselError) why = NULL;
        code = reach(guest, operation->deadline, &connection, err);
        if (code < 0)
            return code;
        if (code == 0) /* what was to be destroyed is gone; nothing else can be done to it */
            return strcmp(op, VESSEL__OP_DESTROY) == 0 ? 0 : shut_off(guest, err);
        code = exchange(guest, &connection, op, args, &answer, &why);
        if (code == VESSEL_ERROR_CLOSED && is_repeatable(op) && i + 1 < TRIES)
            continue;
        if (code == VESSEL_ERROR_CLOSED)
            return unknown_outcome(guest, op, "its warden died while it was at it", err);
        if (code < 0)
            return vessel__error_steal(err, g_steal_pointer(&why));
        if (reply)
            *reply = g_steal_pointer(&answer.ok);
        if (fd)
            *fd = vessel__steal_fd(&answer.fd);
        break;
    }
    return code;
}

/* ---- many at once ---- */

typedef struct {
    VesselConnection connection;
    uint64_t id;
    bool open;
} Pending;

static bool begin_one(VesselGuest *guest, const char *op, const VesselJson *args,
                      VesselDeadline deadline, Pending *pending, VesselError **err)
{
    VesselMessage message = {
        .op = op, .args = args, .operation = guest->operation, .deadline = deadline};
    pending->connection = (VesselConnection)VESSEL_CONNECTION_INIT;
    int code = reach(guest, deadline, &pending->connection, err);
    if (code == 0)
        code = shut_off(guest, err);
    if (code > 0)
        code = vessel__connection_send(&pending->connection, &message, &pending->id, err);
    pending->open = code == 0;
    return pending->open;
}

static void read_one(Pending *pending, VesselJson **result, VesselError **err)
{
    g_auto(VesselReply) reply = VESSEL_REPLY_INIT;
    int code = vessel__connection_read(&pending->connection, pending->id, &reply, err);
    if (code == 0)
        return;
    pending->open = false;
    if (code > 0)
        *result = g_steal_pointer(&reply.ok);
}

/* One poll for all that are still open; false when there is none or the time is over. */
static bool wait_for_any(const Pending *pending, size_t count, VesselDeadline deadline)
{
    g_autofree struct pollfd *pollers = g_new(struct pollfd, count);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        pollers[i] = (struct pollfd){.fd = pending[i].open ? pending[i].connection.fd : -1,
                                     .events = POLLIN};
        any |= pending[i].open;
    }
    return any && !vessel__deadline_passed(deadline) &&
           (poll(pollers, count, vessel__deadline_poll(deadline)) >= 0 || errno == EINTR);
}

int vessel__warden_call_many(VesselGuest *const *guests, size_t count, const char *op,
                             const VesselJson *args, VesselDeadline deadline, VesselJson **results,
                             VesselError **errors)
{
    g_autofree Pending *pending = g_new0(Pending, count);
    for (size_t i = 0; i < count; i++) {
        results[i] = NULL;
        errors[i] = NULL;
        begin_one(guests[i], op, args, deadline, &pending[i], &errors[i]);
    }
    while (wait_for_any(pending, count, deadline))
        for (size_t i = 0; i < count; i++)
            if (pending[i].open)
                read_one(&pending[i], &results[i], &errors[i]);
    for (size_t i = 0; i < count; i++) {
        if (pending[i].open)
            read_one(&pending[i], &results[i], &errors[i]);
        if (pending[i].open)
            vessel__fail(&errors[i], VESSEL_ERROR_TIMEOUT,
                         "the warden of domain \"%s\" has not answered in time", guests[i]->name);
        vessel__connection_clear(&pending[i].connection);
    }
    return 0;
}

/* ---- going around one ---- */

static bool wait_dead(int pidfd, VesselDeadline deadline)
{
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    while (!vessel__pidfd_dead(pidfd) && !vessel__deadline_passed(deadline))
        poll(&poller, 1, vessel__deadline_poll(deadline));
    return vessel__pidfd_dead(pidfd);
}

static int kill_process(const VesselProcess *process, const char *what, bool kindly,
                        VesselDeadline deadline, VesselError **err)
{
    vessel_autofd int pidfd = -1;
    VesselDeadline grace = vessel__deadline_min(deadline, vessel__deadline_after(KIND_MS));
    int code = vessel__process_pidfd(process, &pidfd, NULL);
    if (code < 0)
        return 0; /* gone */
    if (kindly && !vessel__process_stopped(process->pid) &&
        vessel__pidfd_signal(pidfd, SIGTERM, NULL) == 0 && wait_dead(pidfd, grace))
        return 0;
    code = vessel__pidfd_signal(pidfd, SIGKILL, err);
    if (code < 0 || wait_dead(pidfd, deadline))
        return code;
    vessel__fail(err, VESSEL_ERROR_OUTCOME_UNKNOWN,
                 "%s, pid %d, was killed and is not gone yet: the kernel does not let go of it",
                 what, process->pid);
    vessel__error_outcome(err, VESSEL_OUTCOME_UNKNOWN);
    return VESSEL_ERROR_OUTCOME_UNKNOWN;
}

/* The warden first: it must not write any more what is about to become untrue. Then what it wrote
 * last is read, since it may have forked a guest meanwhile; a guest it had not recorded yet ends by
 * itself with it. The guest may write down what it has in memory of its images first. */
static int kill_both(VesselGuest *guest, VesselError **err)
{
    VesselDeadline deadline = guest->operation->deadline;
    g_autoptr(VesselJson) state = NULL, after = NULL;
    VesselProcess process;
    int code = load_state(guest->dir, &state, err);
    if (code == VESSEL_ERROR_NOT_FOUND) {
        g_clear_pointer(err, vessel_error_free);
        return 0; /* it never was started */
    }
    if (code == 0 && vessel__process_from_json(vessel__json_get(state, "warden"), &process))
        code = kill_process(&process, "the warden", false, deadline, err);
    if (code == 0)
        code = load_state(guest->dir, &after, err);
    if (code == 0 && vessel__process_from_json(vessel__json_get(after, "guest"), &process))
        code = kill_process(&process, "the guest", true, deadline, err);
    return code;
}

int vessel__warden_kill(VesselGuest *guest, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    int code = kill_both(guest, &why);
    return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : code;
}
