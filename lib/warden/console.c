/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A console: one stream to the guest, shared. What the guest writes is kept in a ring that every
 * reader follows at its own pace; one that falls behind by more than the ring loses the oldest and
 * the guest never waits. One reader at a time may write; it waits when the guest does not take its
 * input. */
#include "warden/warden.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#define INPUT_MAX 4096
#define LAST_ROUNDS 64 /* of 4 KiB: a pipe holds less */

typedef struct {
    VesselConsole *console;
    int fd;
    VesselWatch *watch;
    uint64_t place; /* of the next byte for it, counted from the console's first */
    bool writer;
    bool ousted; /* another writer took its place: what it sends now fails with EPIPE */
    char *author;
} Reader;

struct VesselConsole {
    VesselWarden *warden;
    char *alias;
    int fd;
    VesselWatch *watch;
    int input_fd; /* what the guest reads; -1: @fd is both */
    VesselWatch *input_watch;
    char *ring; /* made with the first output */
    uint64_t total;
    GPtrArray *readers;
    char input[INPUT_MAX]; /* from the writer, not taken by the guest yet */
    size_t input_length;
};

/* A socket, the master of a terminal, or a pipe. */
static ssize_t stream_write(int fd, const char *data, size_t length)
{
    ssize_t sent = send(fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 && errno == ENOTSOCK ? write(fd, data, length) : sent;
}

static void reader_drop(Reader *reader)
{
    vessel__watch_free(reader->watch);
    vessel__close_fd(&reader->fd);
    g_ptr_array_remove_fast(reader->console->readers, reader);
    g_free(reader->author);
    g_free(reader);
}

/* While the guest does not take the input there is, no more is read, not even the end. */
static short reader_events(const Reader *reader)
{
    const VesselConsole *console = reader->console;
    bool behind = reader->place < console->total;
    if (reader->writer && console->input_length >= INPUT_MAX)
        return behind ? POLLOUT : -1;
    if (reader->ousted) /* it is always at its end; POLLHUP tells when it is gone */
        return behind ? POLLOUT : 0;
    return behind ? POLLIN | POLLOUT : POLLIN;
}

static bool reader_write(Reader *reader)
{
    VesselConsole *console = reader->console;
    if (console->total - reader->place > VESSEL__CONSOLE_KEEP)
        reader->place = console->total - VESSEL__CONSOLE_KEEP;
    while (reader->place < console->total) {
        size_t at = reader->place % VESSEL__CONSOLE_KEEP;
        size_t length = MIN(console->total - reader->place, VESSEL__CONSOLE_KEEP - at);
        ssize_t sent = send(reader->fd, console->ring + at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN) {
            reader_drop(reader);
            return false;
        }
        if (sent < 0)
            break;
        reader->place += (uint64_t)sent;
    }
    vessel__watch_events(reader->watch, reader_events(reader));
    return true;
}

static void input_changed(VesselConsole *console)
{
    if (console->input_watch)
        vessel__watch_events(console->input_watch, console->input_length ? POLLOUT : -1);
    else if (console->watch)
        vessel__watch_events(console->watch, console->input_length ? POLLIN | POLLOUT : POLLIN);
    for (guint i = 0; i < console->readers->len; i++) {
        Reader *reader = g_ptr_array_index(console->readers, i);
        vessel__watch_events(reader->watch, reader_events(reader));
    }
}

static void input_flush(VesselConsole *console)
{
    int fd = console->input_fd >= 0 ? console->input_fd : console->fd;
    while (fd >= 0 && console->input_length > 0) {
        ssize_t sent = stream_write(fd, console->input, console->input_length);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            break;
        console->input_length -= (size_t)sent;
        memmove(console->input, console->input + sent, console->input_length);
    }
    input_changed(console);
}

/* What one without the right to write sends is thrown away. */
static void reader_ready(void *data, short revents)
{
    Reader *reader = data;
    VesselConsole *console = reader->console;
    char waste[1024];
    if ((revents & POLLOUT) && !reader_write(reader))
        return;
    if (!(revents & (POLLIN | POLLHUP | POLLERR)))
        return;
    char *into = reader->writer ? console->input + console->input_length : waste;
    size_t room = reader->writer ? INPUT_MAX - console->input_length : sizeof waste;
    if (room == 0)
        return;
    ssize_t got = recv(reader->fd, into, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        reader_drop(reader);
        return;
    }
    if (reader->writer) {
        console->input_length += (size_t)got;
        input_flush(console);
    }
}

static void console_output(VesselConsole *console, const char *data, size_t length)
{
    if (!console->ring)
        console->ring = g_malloc(VESSEL__CONSOLE_KEEP);
    while (length > 0) {
        size_t at = console->total % VESSEL__CONSOLE_KEEP;
        size_t part = MIN(length, VESSEL__CONSOLE_KEEP - at);
        memcpy(console->ring + at, data, part);
        console->total += part;
        data += part;
        length -= part;
    }
}

static void console_detach(VesselConsole *console)
{
    vessel__watch_free(g_steal_pointer(&console->watch));
    vessel__close_fd(&console->fd);
    vessel__watch_free(g_steal_pointer(&console->input_watch));
    vessel__close_fd(&console->input_fd);
    console->input_length = 0;
}

/* Reads at most @rounds buffers, so that a guest that writes without end does not keep the warden
 * from everything else. False when the stream is over. */
static bool console_read(VesselConsole *console, int rounds)
{
    char data[4096];
    bool open = true, any = false;
    while (rounds-- > 0) {
        ssize_t got = read(console->fd, data, sizeof data);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            open = got < 0 && errno == EAGAIN;
            break;
        }
        console_output(console, data, (size_t)got);
        any = true;
    }
    for (guint i = console->readers->len; any && i-- > 0;)
        reader_write(g_ptr_array_index(console->readers, i));
    return open;
}

static void console_ready(void *data, short revents)
{
    VesselConsole *console = data;
    if (revents & POLLOUT)
        input_flush(console);
    if (!(revents & (POLLIN | POLLHUP | POLLERR)) || console_read(console, 4))
        return;
    console_detach(console);
    if (console->warden->engine->console_lost)
        console->warden->engine->console_lost(console->warden, console->alias);
}

static VesselConsole *find(VesselWarden *warden, const char *alias)
{
    for (guint i = 0; i < warden->consoles->len; i++) {
        VesselConsole *console = g_ptr_array_index(warden->consoles, i);
        if (!alias || strcmp(console->alias, alias) == 0)
            return console;
    }
    return NULL;
}

void vessel__console_add(VesselWarden *warden, const char *alias)
{
    VesselConsole *console = g_new0(VesselConsole, 1);
    console->warden = warden;
    console->alias = g_strdup(alias);
    console->fd = console->input_fd = -1;
    console->readers = g_ptr_array_new();
    g_ptr_array_add(warden->consoles, console);
}

static void input_ready(void *data, short revents)
{
    (void)revents;
    input_flush(data);
}

/* What an earlier stream has left is read first. */
void vessel__console_attach_pipes(VesselWarden *warden, const char *alias, int output, int input)
{
    VesselConsole *console = find(warden, alias);
    if (!console) {
        close(output);
        if (input >= 0)
            close(input);
        return;
    }
    if (console->fd >= 0)
        console_read(console, LAST_ROUNDS);
    console_detach(console);
    console->fd = output;
    console->input_fd = input;
    console->watch = vessel__watch_new(warden->loop, output, POLLIN, console_ready, console);
    if (input >= 0)
        console->input_watch = vessel__watch_new(warden->loop, input, -1, input_ready, console);
}

void vessel__console_attach(VesselWarden *warden, const char *alias, int fd)
{
    vessel__console_attach_pipes(warden, alias, fd, -1);
}

bool vessel__console_is_attached(VesselWarden *warden, const char *alias)
{
    const VesselConsole *console = find(warden, alias);
    return console && console->fd >= 0;
}

/* ---- the operation ---- */

static Reader *writer_of(const VesselConsole *console)
{
    for (guint i = 0; i < console->readers->len; i++) {
        Reader *reader = g_ptr_array_index(console->readers, i);
        if (reader->writer)
            return reader;
    }
    return NULL;
}

static int may_write(VesselConsole *console, bool force, VesselError **err)
{
    Reader *writer = writer_of(console);
    if (!writer)
        return 0;
    if (force) {
        writer->writer = false;
        writer->ousted = true;
        shutdown(writer->fd, SHUT_RD);
        console->input_length = 0;
        input_changed(console);
        return 0;
    }
    vessel__fail(err, VESSEL_ERROR_BUSY, "somebody else is writing to console \"%s\"",
                 console->alias);
    vessel__error_holder(err, writer->author);
    vessel__error_hint(err, "open it read-only, or take it over by force");
    return VESSEL_ERROR_BUSY;
}

static int add_reader(VesselConsole *console, VesselRequest *request, int *fd, VesselError **err)
{
    const VesselJson *args = vessel__request_args(request);
    bool readonly = vessel__json_get_bool(args, "readonly", false);
    int ends[2];
    if (console->readers->len >= VESSEL__CONSOLE_READERS_MAX)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "console \"%s\" has %d readers already",
                            console->alias, VESSEL__CONSOLE_READERS_MAX);
    int code = readonly ? 0 : may_write(console, vessel__json_get_bool(args, "force", false), err);
    if (code == 0)
        code = vessel__socket_pair(SOCK_STREAM, ends, err);
    if (code < 0)
        return code;
    Reader *reader = g_new0(Reader, 1);
    reader->console = console;
    reader->fd = ends[0];
    reader->writer = !readonly;
    reader->author = g_strdup(vessel__request_author(request));
    reader->watch =
        vessel__watch_new(console->warden->loop, reader->fd, POLLIN, reader_ready, reader);
    g_ptr_array_add(console->readers, reader);
    reader_write(reader);
    *fd = ends[1];
    return 0;
}

void vessel__console_open(VesselWarden *warden, VesselRequest *request)
{
    const char *alias = vessel__json_get_string(vessel__request_args(request), "device", NULL);
    VesselConsole *console = find(warden, alias);
    VesselError *err = NULL;
    int fd = -1, code;
    if (console)
        code = add_reader(console, request, &fd, &err);
    else if (alias)
        code =
            vessel__fail(&err, VESSEL_ERROR_NOT_FOUND, "the domain has no console \"%s\"", alias);
    else
        code = vessel__fail(&err, VESSEL_ERROR_NOT_FOUND, "the domain has no console");
    if (code < 0) {
        vessel__request_failed(request, err);
        return;
    }
    VesselJson *ok = vessel__json_new_object();
    vessel__json_set_string(ok, "device", console->alias);
    vessel__request_done_fd(request, ok, "console", fd);
}

/* What the guest wrote last reaches the readers' sockets before they are closed. */
static void console_free(VesselConsole *console)
{
    if (console->fd >= 0)
        console_read(console, LAST_ROUNDS);
    while (console->readers->len > 0) {
        Reader *reader = g_ptr_array_index(console->readers, 0);
        if (reader_write(reader))
            reader_drop(reader);
    }
    console_detach(console);
    g_ptr_array_unref(console->readers);
    g_free(console->ring);
    g_free(console->alias);
    g_free(console);
}

void vessel__consoles_free(VesselWarden *warden)
{
    for (guint i = 0; i < warden->consoles->len; i++)
        console_free(g_ptr_array_index(warden->consoles, i));
    g_ptr_array_set_size(warden->consoles, 0);
}
