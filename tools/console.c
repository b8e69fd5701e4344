/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest's console on this terminal. The terminal is raw meanwhile, and is what it was again on
 * every way out: the escape character, the end of the console, an error, a signal. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define PENDING_LIMIT 65536       /* typed and not yet taken by the guest */
#define LASTING_US G_USEC_PER_SEC /* a connection that was worth making again */

/* Signal handlers need these. */
static struct termios saved, raw;
static volatile sig_atomic_t is_raw;

static const int ending_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

static void restore_terminal(void)
{
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    is_raw = 0;
}

static void end_by_signal(int number)
{
    restore_terminal();
    signal(number, SIG_DFL);
    raise(number);
}

/* Stopped from outside (SIGTSTP): the shell gets its terminal back, and we ours on going on. */
static void stop_by_signal(int number)
{
    int saved_errno = errno;
    bool was_raw = is_raw;
    sigset_t set;

    (void)number;
    restore_terminal();
    signal(SIGTSTP, SIG_DFL);
    raise(SIGTSTP);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* stops here */
    signal(SIGTSTP, stop_by_signal);
    if (was_raw && tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0)
        is_raw = 1;
    errno = saved_errno;
}

int tool_terminal_raw(ToolCall *call)
{
    struct sigaction action = {.sa_handler = end_by_signal};

    if (!isatty(STDIN_FILENO))
        return TOOL_DONE;
    if (tcgetattr(STDIN_FILENO, &saved) < 0)
        return tool_fail(call, "io", NULL, NULL, "cannot read the terminal's settings: %s",
                         g_strerror(errno));
    raw = saved;
    cfmakeraw(&raw);
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(ending_signals); i++)
        sigaction(ending_signals[i], &action, NULL);
    action.sa_handler = stop_by_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGTSTP, &action, NULL);
    is_raw = 1;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0)
        return TOOL_DONE;
    is_raw = 0;
    return tool_fail(call, "io", NULL, NULL, "cannot change the terminal's settings: %s",
                     g_strerror(errno));
}

void tool_terminal_normal(void)
{
    restore_terminal();
    for (size_t i = 0; i < G_N_ELEMENTS(ending_signals); i++)
        signal(ending_signals[i], SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
}

typedef struct {
    ToolCall *call;
    VesselDomain *domain;
    const char *device;
    int fd;
    gint64 opened;
    char escape;
    ToolEnding *ending; /* NULL: signals end us */
    bool terminal;      /* standard input is one */
    bool readonly;      /* what is typed goes nowhere */
    bool input;         /* there is more to read from it */
    bool left;          /* by the escape character, or whoever reads us is gone */
    bool ended;         /* the other side closed it */
    bool unsteady;      /* and the next one as soon as it was open */
    bool ousted;        /* another writer took our place; the output goes on */
    GString *pending;
} Console;

static int write_all(const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, data, length);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

/* 1 go on, 0 the console has ended, -1 with errno. */
static int show_output(Console *console)
{
    char buffer[8192];
    ssize_t got = read(console->fd, buffer, sizeof(buffer));

    if (got < 0 && errno != ECONNRESET)
        return errno == EAGAIN || errno == EINTR ? 1 : -1;
    if (got <= 0) {
        console->ended = true;
        return 0;
    }
    return write_all(buffer, (size_t)got) < 0 ? -1 : 1;
}

/* Beside what the guest shows. */
static void tell(const Console *console, const char *text)
{
    if (console->terminal)
        fputs("\r\n", stderr);
    tool_warn(console->call, "%s", text);
    if (console->terminal)
        fputc('\r', stderr);
}

/* The escape character is seen even when the guest takes nothing: what it does not take in time is
 * dropped with a bell on a terminal, and left in the pipe otherwise. */
static int take_input(Console *console)
{
    char buffer[4096], *escape;
    ssize_t got = read(STDIN_FILENO, buffer, sizeof(buffer));

    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -1;
    if (got == 0) {
        console->input = false;
        return 1;
    }
    escape = console->terminal ? memchr(buffer, console->escape, (size_t)got) : NULL;
    if (escape) {
        console->left = true;
        got = escape - buffer;
    }
    if (console->readonly)
        return 1;
    if (console->pending->len + (size_t)got > PENDING_LIMIT)
        return write_all("\a", 1) < 0 ? -1 : 1;
    g_string_append_len(console->pending, buffer, got);
    return 1;
}

/* The guest has ended, which reading will tell, or another writer has taken our place. */
static void lose_input(Console *console)
{
    struct pollfd end = {.fd = console->fd};

    g_string_truncate(console->pending, 0);
    console->readonly = true;
    if (poll(&end, 1, 0) > 0)
        return;
    console->ousted = true;
    if (console->terminal)
        tell(console, "another program writes on this console now; only watching");
}

static int send_pending(Console *console)
{
    ssize_t sent;

    if (!console->pending->len)
        return 1;
    sent = send(console->fd, console->pending->str, console->pending->len,
                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EPIPE) {
        lose_input(console);
        return 1;
    }
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -1;
    g_string_erase(console->pending, 0, sent);
    return 1;
}

/* 0 when the console has ended or the user has left, -1 with errno. */
static int attend(Console *console)
{
    int result = 1;

    while (result > 0 && !console->left) {
        bool room = console->terminal || console->pending->len <= PENDING_LIMIT / 2;
        struct pollfd fds[4] = {
            {.fd = console->fd, .events = POLLIN | (console->pending->len ? POLLOUT : 0)},
            {.fd = console->input && room ? STDIN_FILENO : -1, .events = POLLIN},
            {.fd = STDOUT_FILENO}, /* nobody reads us any more: POLLERR */
            {.fd = console->ending ? console->ending->fd : -1, .events = POLLIN}};

        if (poll(fds, 4, -1) < 0) {
            result = errno == EINTR ? 1 : -1;
            continue;
        }
        if (fds[2].revents & POLLERR) {
            console->left = true;
            return 0;
        }
        if (fds[3].revents)
            tool_ending_heard(console->call, console->ending, console->domain);
        if (fds[1].revents)
            result = take_input(console);
        if (result > 0 && (fds[0].revents & POLLOUT))
            result = send_pending(console);
        if (result > 0 && (fds[0].revents & (POLLIN | POLLHUP | POLLERR)))
            result = show_output(console);
    }
    return result < 0 ? -1 : 0;
}

static void greet(ToolCall *call, VesselDomain *domain, const Console *console)
{
    tool_autofree char *name = NULL;
    char shown[3] = {console->escape, 0, 0};

    if (!console->terminal || vessel_domain_name(domain, &name, NULL) < 0)
        return;
    if ((unsigned char)console->escape < 0x20) {
        shown[0] = '^';
        shown[1] = (char)(console->escape ^ 0x40);
    }
    tool_say(call, "Connected to domain '%s'%s", name, console->readonly ? ", read-only" : "");
    tool_say(call, "Escape character is %s", shown);
    fflush(stdout);
}

static int open_console(Console *console, uint32_t flags, VesselError **err)
{
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;

    options.timeout_ms = tool_timeout(console->call);
    options.flags = flags;
    options.device = console->device;
    console->ended = false;
    console->opened = g_get_monotonic_time();
    return vessel_domain_open_console(console->domain, &options, &console->fd, err);
}

static bool guest_has_ended(const Console *console)
{
    int state = vessel_domain_state(console->domain, NULL, NULL);

    return state < 0 || state == VESSEL_DOMAIN_SHUT_OFF;
}

/* The console ends with its guest. While that lives it was the warden that died, and opening it
 * again gets the guest another. 1: connected again, 0: the guest has ended. */
static int open_again(Console *console, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    bool lasted = g_get_monotonic_time() - console->opened > LASTING_US;
    int code;

    if (guest_has_ended(console))
        return 0;
    close(console->fd);
    console->fd = -1;
    code = open_console(console, console->readonly ? VESSEL_DOMAIN_CONSOLE_READONLY : 0, &why);
    if (code >= 0 && lasted) {
        tell(console, "the console was lost and is connected again; some output may be missing");
        return 1;
    }
    if (code == VESSEL_ERROR_WRONG_STATE && guest_has_ended(console))
        return 0;
    console->unsteady = code >= 0;
    *err = g_steal_pointer(&why);
    return -1;
}

/* Until its end. On the way out the terminal is what it was before anything is said. */
static int run_console(Console *console)
{
    VesselError *err = NULL;
    int again = 1, failed = 0;

    while (again > 0 && !failed) {
        failed = attend(console) < 0 ? errno : 0;
        again = !failed && console->ended ? open_again(console, &err) : 0;
    }
    tool_terminal_normal();
    if (console->terminal)
        tool_say(console->call, "%s", "");
    if (failed)
        return tool_fail(console->call, "io", NULL, NULL, "the console failed: %s",
                         g_strerror(failed));
    /* Who waits for the domain's end goes on. */
    if (console->ending && (console->unsteady || err)) {
        tool_warn(console->call, "the console was lost: %s",
                  err ? vessel_error_message(err) : "it ended as soon as it was connected again");
        vessel_error_free(err);
        return TOOL_DONE;
    }
    if (console->unsteady)
        return tool_fail(console->call, "closed", NULL, NULL,
                         "the console was lost as soon as it was connected again");
    if (err)
        return tool_error(console->call, err);
    if (console->ousted && !console->terminal)
        return tool_fail(console->call, "busy", NULL, NULL,
                         "another program took over writing; not all input was sent");
    return TOOL_DONE;
}

/* Pipes have nobody who echoes what is typed, or makes of a line's end a new line and its
 * beginning: our own terminal goes on with that. */
static bool is_of_pipes(VesselDomain *domain)
{
    tool_autofree char *xml = NULL;

    return vessel_domain_xml(domain, 0, &xml, NULL) == 0 &&
           tool_xpath_finds(xml, "/domain/*[local-name() = 'console' and @kind = 'pipe' and "
                                 "namespace-uri() = 'urn:vessel:domain:1.0']");
}

int tool_console(ToolCall *call, VesselDomain *domain, const char *device, uint32_t flags,
                 bool resume, ToolEnding *ending)
{
    Console console = {.call = call,
                       .domain = domain,
                       .device = device,
                       .ending = ending,
                       .escape = call->escape,
                       .terminal = isatty(STDIN_FILENO),
                       .readonly = flags & VESSEL_DOMAIN_CONSOLE_READONLY,
                       .input = true};
    VesselError *err = NULL;
    int status;

    if (open_console(&console, flags, &err) < 0)
        return tool_error(call, err);
    if (resume && vessel_domain_resume(domain, NULL, &err) < 0) {
        close(console.fd);
        return tool_error(call, err);
    }
    greet(call, domain, &console);
    console.pending = g_string_new(NULL);
    status = is_of_pipes(domain) ? TOOL_DONE : tool_terminal_raw(call);
    if (status == TOOL_DONE)
        status = run_console(&console);
    if (ending)
        ending->left = console.left;
    g_string_free(console.pending, TRUE);
    if (console.fd >= 0)
        close(console.fd);
    return status;
}

int cmd_console(ToolCall *call)
{
    static const char *const exclusive[] = {"force", "readonly", NULL};
    uint32_t flags = (tool_flag(call, "force") ? VESSEL_DOMAIN_CONSOLE_FORCE : 0) |
                     (tool_flag(call, "readonly") ? VESSEL_DOMAIN_CONSOLE_READONLY : 0);
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_exclusive(call, exclusive);

    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    return tool_console(call, domain, tool_text(call, "devname"), flags, false, NULL);
}
