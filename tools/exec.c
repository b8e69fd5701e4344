/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program in a container, as a child of the shell would be: its input and output are ours, its
 * exit status is ours. The container never gets this command's terminal, which it could keep and
 * read from when the program has long ended: a pipe stands between. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* As env(1), timeout(1) and others that run a program. */
enum { EXEC_FAILED = 125, EXEC_NOT_EXECUTABLE = 126, EXEC_NOT_FOUND = 127 };

typedef struct {
    int from, to;  /* -1: nothing more */
    bool owned;    /* @to is closed at the end of @from */
    bool terminal; /* @to is one, which hears of the end of @from by ^D */
    int broken;    /* why @to could not be written to, an errno */
    char data[8192];
    size_t at, length;
} Pump;

enum { PUMP_IN, PUMP_OUT, PUMP_ERR, PUMPS };

typedef struct {
    ToolCall *call;
    VesselExec *exec;
    VesselExecOptions options;
    Pump pumps[PUMPS];
    int theirs[PUMPS]; /* the container's ends of pipes; -1 */
    int resized;       /* signalfd */
    bool raw;
    int64_t until; /* monotonic, us; 0: for ever */
} Session;

/* ---- what is between us and it ---- */

static void stop_pump(Pump *pump)
{
    if (pump->owned && pump->to >= 0)
        close(pump->to);
    pump->from = pump->to = -1;
    pump->length = 0;
}

/* One ^D is the end of a line that was begun, and what follows a line's end is the end of all. */
static void end_of_input(Pump *pump)
{
    if (!pump->terminal) {
        stop_pump(pump);
        return;
    }
    pump->length = !pump->at || pump->data[pump->at - 1] == '\n' ? 1 : 2;
    memset(pump->data, '\4', pump->length);
    pump->at = 0;
    pump->from = -1;
}

static void turn_pump(Pump *pump, short from, short to)
{
    ssize_t moved;

    if (pump->length && to) {
        moved = write(pump->to, pump->data + pump->at, pump->length);
        if (moved < 0 && errno != EAGAIN && errno != EINTR) {
            pump->broken = errno;
            stop_pump(pump);
        } else if (moved > 0) {
            pump->at += (size_t)moved;
            pump->length -= (size_t)moved;
        }
    } else if (!pump->length && pump->from >= 0 && from) {
        moved = read(pump->from, pump->data, sizeof(pump->data));
        if (moved == 0 || (moved < 0 && errno != EAGAIN && errno != EINTR)) {
            end_of_input(pump);
            return;
        }
        pump->at = 0;
        pump->length = moved > 0 ? (size_t)moved : 0;
    }
}

static void poll_pump(const Pump *pump, struct pollfd fds[2])
{
    fds[0] = (struct pollfd){.fd = pump->length ? -1 : pump->from, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = pump->length ? pump->to : -1, .events = POLLOUT};
}

/* A pipe for each stream that is a terminal. */
static int open_pipes(Session *session)
{
    int *given[PUMPS] = {&session->options.stdin_fd, &session->options.stdout_fd,
                         &session->options.stderr_fd};
    int ends[2];

    for (int i = 0; i < PUMPS; i++) {
        *given[i] = i;
        if (!isatty(i))
            continue;
        if (pipe2(ends, O_CLOEXEC) < 0)
            return tool_fail(session->call, "no-resource", NULL, NULL, "a pipe: %s",
                             g_strerror(errno));
        *given[i] = session->theirs[i] = ends[i == PUMP_IN ? 0 : 1];
        session->pumps[i].from = i == PUMP_IN ? i : ends[0];
        session->pumps[i].to = i == PUMP_IN ? ends[1] : i;
        session->pumps[i].owned = i == PUMP_IN;
        fcntl(i == PUMP_IN ? ends[1] : ends[0], F_SETFL, O_NONBLOCK);
    }
    return TOOL_DONE;
}

static bool own_size(uint32_t *rows, uint32_t *columns)
{
    struct winsize size;

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
        return false;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return true;
}

static int connect_terminal(Session *session, VesselError **err)
{
    int fd = vessel_exec_terminal(session->exec, err);
    sigset_t resize;

    if (fd < 0)
        return fd;
    session->pumps[PUMP_IN].from = STDIN_FILENO;
    session->pumps[PUMP_IN].to = fd;
    session->pumps[PUMP_IN].terminal = true;
    session->pumps[PUMP_OUT].from = fd;
    session->pumps[PUMP_OUT].to = STDOUT_FILENO;
    sigemptyset(&resize);
    sigaddset(&resize, SIGWINCH);
    sigprocmask(SIG_BLOCK, &resize, NULL);
    session->resized = signalfd(-1, &resize, SFD_CLOEXEC | SFD_NONBLOCK);
    session->raw = true;
    return 0;
}

static void resize(Session *session)
{
    struct signalfd_siginfo info;
    uint32_t rows, columns;

    while (read(session->resized, &info, sizeof(info)) == sizeof(info))
        ;
    if (own_size(&rows, &columns))
        vessel_exec_resize(session->exec, rows, columns, NULL);
}

/* ---- while it runs ---- */

static int remaining_ms(const Session *session)
{
    gint64 left = session->until ? (session->until - g_get_monotonic_time() + 999) / 1000 : -1;

    return session->until && left < 0 ? 0 : (int)MIN(left, G_MAXINT);
}

/* Why what it writes can be shown no more, an errno; 0: it can. */
static int is_broken(const Session *session)
{
    int broken = session->pumps[PUMP_OUT].broken;

    return broken ? broken : session->pumps[PUMP_ERR].broken;
}

/* True when it has ended; false at the deadline, or when nobody hears it any more. What it has
 * written by then is shown; what others of the container still hold open is not waited for. */
static bool attend(Session *session, int ended)
{
    struct pollfd fds[2 * PUMPS + 2];
    bool over = false;

    for (;;) {
        int ready;

        for (int i = 0; i < PUMPS; i++)
            poll_pump(&session->pumps[i], fds + 2 * i);
        if (over) /* nobody reads what is typed */
            fds[0].fd = fds[1].fd = -1;
        fds[2 * PUMPS] = (struct pollfd){.fd = over ? -1 : ended, .events = POLLIN};
        fds[2 * PUMPS + 1] = (struct pollfd){.fd = session->resized, .events = POLLIN};
        ready = poll(fds, G_N_ELEMENTS(fds), over ? 0 : remaining_ms(session));
        if (ready == 0)
            return over;
        if (ready < 0)
            continue;
        for (int i = 0; i < PUMPS; i++)
            turn_pump(&session->pumps[i], fds[2 * i].revents, fds[2 * i + 1].revents);
        if (is_broken(session))
            return false;
        if (fds[2 * PUMPS + 1].revents)
            resize(session);
        over |= fds[2 * PUMPS].revents != 0;
    }
}

static int explain(ToolCall *call, VesselError *err)
{
    const char *path = vessel_error_path(err);
    int status = EXEC_FAILED;

    if (path && !strcmp(path, "argv"))
        status =
            vessel_error_code(err) == VESSEL_ERROR_NOT_FOUND ? EXEC_NOT_FOUND : EXEC_NOT_EXECUTABLE;
    tool_error(call, err);
    return status;
}

/* It runs, and is ended with its reference. Who stops reading has had enough: that is no error. */
static int give_up(const Session *session)
{
    int broken = is_broken(session);

    tool_terminal_normal();
    if (broken == EPIPE)
        return 128 + SIGPIPE;
    if (broken)
        tool_fail(session->call, "io", NULL, NULL, "what the program writes cannot be written: %s",
                  g_strerror(broken));
    else
        tool_fail(session->call, "timeout", NULL, NULL, "the program did not end in time");
    return EXEC_FAILED;
}

static int stay(Session *session)
{
    VesselError *err = NULL;
    int status = EXEC_FAILED, ended = vessel_exec_fd(session->exec, &err);

    if (ended >= 0 && session->options.flags & VESSEL_EXEC_TTY)
        ended = connect_terminal(session, &err) < 0 ? -1 : ended;
    if (ended >= 0 && session->raw && tool_terminal_raw(session->call) != TOOL_DONE)
        return EXEC_FAILED;
    if (ended >= 0 && !attend(session, ended))
        return give_up(session);
    if (session->raw)
        tool_terminal_normal();
    if (ended >= 0 && vessel_exec_wait(session->exec, -1, &status, NULL, &err) == 0)
        return status;
    return explain(session->call, err);
}

/* ---- the command ---- */

/* A terminal is named by whoever shows it. */
static char **environment(ToolCall *call, bool terminal)
{
    GPtrArray *given = tool_many(call, "env");
    GPtrArray *words = g_ptr_array_new();
    const char *term = g_getenv("TERM");

    if (terminal && term)
        g_ptr_array_add(words, g_strconcat("TERM=", term, NULL));
    for (guint i = 0; given && i < given->len; i++)
        g_ptr_array_add(words, g_strdup(given->pdata[i]));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static int start(Session *session, VesselDomain *domain)
{
    ToolCall *call = session->call;
    GPtrArray *command = tool_many(call, "command");
    bool terminal = tool_flag(call, "tty");
    int64_t timeout = tool_timeout(call);
    g_auto(GStrv) env = environment(call, terminal), argv = g_new0(char *, command->len + 1);
    VesselError *err = NULL;

    for (guint i = 0; i < command->len; i++)
        argv[i] = g_strdup(command->pdata[i]);
    session->options.user = tool_text(call, "user");
    session->options.cwd = tool_text(call, "cwd");
    session->options.env = (const char *const *)env;
    session->options.timeout_ms = timeout > 0 ? timeout : 0;
    session->until = timeout > 0 ? g_get_monotonic_time() + timeout * 1000 : 0;
    if (terminal)
        own_size(&session->options.rows, &session->options.columns);
    session->options.flags = terminal ? VESSEL_EXEC_TTY : 0;
    if (!terminal && open_pipes(session) != TOOL_DONE)
        return EXEC_FAILED;
    vessel_domain_exec(domain, (const char *const *)argv, &session->options, &session->exec, &err);
    for (int i = 0; i < PUMPS; i++)
        if (session->theirs[i] >= 0)
            close(session->theirs[i]);
    return err ? explain(call, err) : TOOL_DONE;
}

int cmd_exec(ToolCall *call)
{
    Session session = {.call = call, .options = VESSEL_EXEC_OPTIONS_INIT, .resized = -1};
    g_autoptr(VesselDomain) domain = NULL;
    int status;

    if (tool_domain(call, &domain) != TOOL_DONE)
        return EXEC_FAILED;
    for (int i = 0; i < PUMPS; i++)
        session.pumps[i].from = session.pumps[i].to = session.theirs[i] = -1;
    signal(SIGPIPE, SIG_IGN);
    status = start(&session, domain);
    if (session.exec)
        status = stay(&session);
    vessel_exec_unref(session.exec);
    return status;
}
