/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/engine.h"

#include <poll.h>
#include <sys/socket.h>

#define OUTPUT_MAX (4 * 1024 * 1024) /* bytes that a silent QEMU has not taken */
#define READ_ROUNDS 16

typedef struct {
    uint64_t id;
    char *name, *line;
    bool sent;
    QemuReplyFn fn;
    void *data;
} Command;

struct QemuMonitor {
    VesselLoop *loop;
    const QemuMonitorHooks *hooks;
    void *data;
    VesselQmp *qmp;
    int fd;
    VesselWatch *watch;
    GPtrArray *commands; /* unanswered, in order */
    GString *output;
    uint64_t last_id;
    bool greeted, gone;
};

static void command_free(void *data)
{
    Command *command = data;
    g_free(command->name);
    g_free(command->line);
    g_free(command);
}

QemuMonitor *vessel__qemu_monitor_new(VesselLoop *loop, size_t line_max,
                                      const QemuMonitorHooks *hooks, void *data)
{
    QemuMonitor *monitor = g_new0(QemuMonitor, 1);
    monitor->loop = loop;
    monitor->hooks = hooks;
    monitor->data = data;
    monitor->qmp = vessel__qmp_new(line_max);
    monitor->fd = -1;
    monitor->commands = g_ptr_array_new_with_free_func(command_free);
    monitor->output = g_string_new(NULL);
    return monitor;
}

static void disconnect(QemuMonitor *monitor)
{
    vessel__watch_free(g_steal_pointer(&monitor->watch));
    vessel__close_fd(&monitor->fd);
}

void vessel__qemu_monitor_free(QemuMonitor *monitor)
{
    if (!monitor)
        return;
    disconnect(monitor);
    vessel__qmp_free(monitor->qmp);
    g_ptr_array_unref(monitor->commands);
    g_string_free(monitor->output, TRUE);
    g_free(monitor);
}

bool vessel__qemu_monitor_attached(const QemuMonitor *monitor)
{
    return monitor->fd >= 0 || monitor->gone;
}

bool vessel__qemu_monitor_greeted(const QemuMonitor *monitor)
{
    return monitor->greeted;
}

/* Each callback may send further commands, so the list is taken from the front until it is empty.
 */
static void fail_commands(QemuMonitor *monitor)
{
    while (monitor->commands->len > 0) {
        Command *command = g_ptr_array_steal_index(monitor->commands, 0);
        g_autoptr(VesselError) err = NULL;
        vessel__fail(&err, VESSEL_ERROR_HYPERVISOR_DIED, "QEMU ended before it answered \"%s\"",
                     command->name);
        if (command->fn)
            command->fn(command->data, NULL, err);
        command_free(command);
    }
}

static void lost(QemuMonitor *monitor, const VesselError *err)
{
    if (monitor->gone)
        return;
    monitor->gone = true;
    disconnect(monitor);
    monitor->hooks->lost(monitor->data, err);
}

static void flush(QemuMonitor *monitor)
{
    while (monitor->fd >= 0 && monitor->output->len > 0) {
        ssize_t sent = send(monitor->fd, monitor->output->str, monitor->output->len,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            break; /* full, or over: the watch tells which */
        g_string_erase(monitor->output, 0, sent);
    }
    if (monitor->watch)
        vessel__watch_events(monitor->watch, monitor->output->len ? POLLIN | POLLOUT : POLLIN);
}

static void send_waiting(QemuMonitor *monitor)
{
    if (!monitor->greeted || monitor->output->len > OUTPUT_MAX)
        return;
    for (guint i = 0; i < monitor->commands->len; i++) {
        Command *command = g_ptr_array_index(monitor->commands, i);
        if (command->sent)
            continue;
        g_string_append(monitor->output, command->line);
        g_clear_pointer(&command->line, g_free);
        command->sent = true;
    }
    flush(monitor);
}

static void send_deferred(void *data)
{
    send_waiting(data);
}

uint64_t vessel__qemu_monitor_send(QemuMonitor *monitor, const char *name, VesselJson *arguments,
                                   QemuReplyFn fn, void *data)
{
    g_autoptr(VesselJson) owned = arguments;
    Command *command = g_new0(Command, 1);
    command->id = ++monitor->last_id;
    command->name = g_strdup(name);
    command->line = vessel__qmp_command(name, arguments, command->id);
    command->fn = fn;
    command->data = data;
    g_ptr_array_add(monitor->commands, command);
    if (!monitor->gone)
        vessel__loop_defer(monitor->loop, send_deferred, monitor);
    return command->id;
}

static int find_command(const QemuMonitor *monitor, uint64_t id)
{
    for (guint i = 0; i < monitor->commands->len; i++)
        if (((Command *)g_ptr_array_index(monitor->commands, i))->id == id)
            return (int)i;
    return -1;
}

bool vessel__qemu_monitor_cancel(QemuMonitor *monitor, uint64_t id)
{
    int index = find_command(monitor, id);
    if (index < 0 || ((Command *)g_ptr_array_index(monitor->commands, index))->sent)
        return false;
    g_ptr_array_remove_index(monitor->commands, (guint)index);
    return true;
}

static int handle_greeting(QemuMonitor *monitor, const VesselJson *json, VesselError **err)
{
    if (monitor->greeted)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "QEMU's monitor greeted twice");
    monitor->greeted = true;
    /* Before everything that waits already. */
    Command *command = g_new0(Command, 1);
    command->id = ++monitor->last_id;
    command->name = g_strdup("qmp_capabilities");
    command->line = vessel__qmp_command("qmp_capabilities", NULL, command->id);
    g_ptr_array_insert(monitor->commands, 0, command);
    monitor->hooks->greeted(monitor->data, vessel__json_get(json, "QMP"));
    send_waiting(monitor);
    return 0;
}

/* A late or unknown answer is drained: nobody waits for it. */
static void handle_reply(QemuMonitor *monitor, const VesselQmpMessage *message)
{
    int index = find_command(monitor, message->id);
    if (index < 0)
        return;
    Command *command = g_ptr_array_steal_index(monitor->commands, (guint)index);
    g_autoptr(VesselError) err = NULL;
    if (message->kind == VESSEL_QMP_ERROR)
        vessel__qmp_error(message->json, command->name, &err);
    if (command->fn)
        command->fn(command->data, err ? NULL : vessel__json_get(message->json, "return"), err);
    command_free(command);
}

static int handle(QemuMonitor *monitor, const VesselQmpMessage *message, VesselError **err)
{
    if (message->kind == VESSEL_QMP_GREETING)
        return handle_greeting(monitor, message->json, err);
    if (!monitor->greeted)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "QEMU's monitor spoke before its greeting");
    if (message->kind == VESSEL_QMP_EVENT)
        monitor->hooks->event(monitor->data, vessel__json_get_string(message->json, "event", ""),
                              vessel__json_get(message->json, "data"));
    else
        handle_reply(monitor, message);
    return 0;
}

static int take_messages(QemuMonitor *monitor, VesselError **err)
{
    for (;;) {
        VesselQmpMessage message = {0};
        int code = vessel__qmp_next(monitor->qmp, &message, err);
        if (code <= 0)
            return code;
        code = handle(monitor, &message, err);
        vessel__qmp_message_clear(&message);
        if (code < 0)
            return code;
        if (monitor->gone)
            return 0;
    }
}

/* 1: more may follow, 0: nothing now, -1: over. */
static int read_some(QemuMonitor *monitor)
{
    char data[16384];
    ssize_t got = recv(monitor->fd, data, sizeof data, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR)
        return 1;
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got <= 0) {
        lost(monitor, NULL);
        return -1;
    }
    g_autoptr(VesselError) err = NULL;
    int code = vessel__qmp_feed(monitor->qmp, data, (size_t)got, &err);
    if (code == 0)
        code = take_messages(monitor, &err);
    if (code < 0)
        lost(monitor, err);
    return monitor->gone ? -1 : (size_t)got == sizeof data;
}

static void monitor_ready(void *data, short revents)
{
    QemuMonitor *monitor = data;
    if (revents & POLLOUT)
        flush(monitor);
    if (!(revents & (POLLIN | POLLHUP | POLLERR)))
        return;
    for (int i = 0; i < READ_ROUNDS; i++)
        if (read_some(monitor) <= 0)
            return;
}

void vessel__qemu_monitor_attach(QemuMonitor *monitor, int fd)
{
    disconnect(monitor);
    monitor->fd = fd;
    monitor->watch = vessel__watch_new(monitor->loop, fd, POLLIN, monitor_ready, monitor);
}

void vessel__qemu_monitor_finish(QemuMonitor *monitor)
{
    for (int i = 0; i < 1024 && monitor->fd >= 0; i++)
        if (read_some(monitor) <= 0)
            break;
    monitor->gone = true;
    disconnect(monitor);
    fail_commands(monitor);
}
