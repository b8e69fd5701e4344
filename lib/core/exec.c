/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/exec.h"
#include "base/file.h"
#include "core/dispatch.h"
#include "core/domain.h"
#include "core/host.h"
#include "sys/socket.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

struct VesselExec {
    VesselHandle handle;
    VesselHost *host; /* a reference */
    int socket, terminal;
    pthread_mutex_t lock; /* of everything below */
    bool ended, known;
    int status, signal;
};

/* ---- the start ---- */

/* A directory of the host would be a way out of the container. */
static int check_descriptor(int fd, const char *what, bool terminal, VesselError **err)
{
    struct stat st;
    if (fd < 0)
        return 0;
    if (terminal)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%s is given, and the program was to have a terminal", what);
    if (fstat(fd, &st) < 0)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is %d: %s", what, fd,
                            g_strerror(errno));
    return S_ISDIR(st.st_mode) ? vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                                              "%s is a directory, which a program could leave the "
                                              "container by", what)
                               : 0;
}

static int check_options(const VesselExecOptions *options, VesselError **err)
{
    bool terminal = options->flags & VESSEL_EXEC_TTY;
    int code = vessel__flags_check(options->flags, VESSEL_EXEC_TTY, "flags", err);
    for (const char *const *word = options->env; word && *word && !code; word++)
        if (**word == '=' || !strchr(*word, '='))
            code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                                "\"%s\" in env is not NAME=VALUE", *word);
    if (!code)
        code = check_descriptor(options->stdin_fd, "stdin_fd", terminal, err);
    if (!code)
        code = check_descriptor(options->stdout_fd, "stdout_fd", terminal, err);
    if (!code)
        code = check_descriptor(options->stderr_fd, "stderr_fd", terminal, err);
    if (!code && (options->rows > UINT16_MAX || options->columns > UINT16_MAX))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "no terminal is as large");
    return code;
}

static VesselExec *exec_new(VesselHost *host, const VesselExecChannel *channel)
{
    VesselExec *exec = g_new0(VesselExec, 1);
    vessel__handle_init(&exec->handle, VESSEL__MAGIC_EXEC);
    exec->host = vessel__host_ref(host);
    exec->socket = channel->socket;
    exec->terminal = channel->terminal;
    pthread_mutex_init(&exec->lock, NULL);
    return exec;
}

int vessel__domain_exec(VesselDomain *domain, const char *const *argv,
                        const VesselExecOptions *given, VesselExec **exec, VesselError **err)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    VesselExecChannel channel = {-1, -1};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(exec != NULL, "exec", err);
    if (!code)
        code = vessel__need(argv && argv[0], "argv", err);
    if (code == 0 && !*argv[0])
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "the program's name is empty");
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = check_options(&options, err);
    if (code)
        return code;
    VesselHow how = {.deadline = vessel__host_deadline(inside, options.timeout_ms)};
    code = vessel__call_begin(&call, inside, domain->uuid, vessel__op(VESSEL_OP_DOMAIN_EXEC), &how,
                              err);
    if (!code)
        code = vessel__call_guest(&call, err);
    if (!code)
        code = call.driver->exec->exec(&call.guest, argv, &options, &channel, err);
    if (!code)
        *exec = exec_new(inside, &channel);
    return code;
}

/* ---- the handle ---- */

VesselExec *vessel__exec_ref(VesselExec *exec)
{
    if (!vessel__handle_is(exec, VESSEL__MAGIC_EXEC))
        return NULL;
    vessel__handle_ref(&exec->handle);
    return exec;
}

void vessel__exec_unref(VesselExec *exec)
{
    if (!vessel__handle_is(exec, VESSEL__MAGIC_EXEC) || !vessel__handle_unref(&exec->handle))
        return;
    vessel__close_fd(&exec->socket); /* ends what still runs */
    vessel__close_fd(&exec->terminal);
    if (!vessel__host_forked(exec->host))
        pthread_mutex_destroy(&exec->lock);
    vessel__host_unref(exec->host);
    g_free(exec);
}

static int exec_enter(VesselExec *exec, VesselHost **inside, VesselError **err)
{
    int code = vessel__need(vessel__handle_is(exec, VESSEL__MAGIC_EXEC), "exec", err);
    return code ? code : vessel__enter(exec->host, inside, err);
}

/* Whichever thread comes first reads how it ended; the socket's end stays readable for all. */
static bool has_ended(VesselExec *exec)
{
    g_autoptr(VesselJson) message = NULL;
    size_t count = 0;
    pthread_mutex_lock(&exec->lock);
    if (!exec->ended) {
        int code = vessel__message_receive(exec->socket, &message, NULL, 0, &count,
                                           vessel__deadline_after(0), NULL);
        exec->ended = code != VESSEL_ERROR_TIMEOUT;
        exec->known = code == 0;
        exec->signal = (int)vessel__json_get_int(message, "signal", 0);
        exec->status = exec->signal ? 128 + exec->signal
                                    : (int)vessel__json_get_int(message, "status", 0);
    }
    bool ended = exec->ended;
    pthread_mutex_unlock(&exec->lock);
    return ended;
}

int vessel__exec_wait(VesselExec *exec, int64_t timeout_ms, int *status, int *signal,
                      VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = exec_enter(exec, &inside, err);
    if (code)
        return code;
    VesselDeadline deadline = vessel__host_deadline(inside, timeout_ms);
    while (!has_ended(exec)) {
        int ready = vessel__wait_fd(exec->socket, inside->closed_fd, deadline);
        if (ready < 0)
            return vessel__fail(err, VESSEL_ERROR_CLOSED, "the host was closed");
        if (!ready && !has_ended(exec)) {
            vessel__fail(err, VESSEL_ERROR_TIMEOUT, "the program did not end in time and goes on");
            vessel__error_retryable(err, true);
            return VESSEL_ERROR_TIMEOUT;
        }
    }
    if (!exec->known)
        return vessel__fail(err, VESSEL_ERROR_OUTCOME_UNKNOWN,
                            "the program has ended, and what watched it was killed before it could "
                            "tell how");
    if (status)
        *status = exec->status;
    if (signal)
        *signal = exec->signal;
    return 0;
}

int vessel__exec_signal(VesselExec *exec, int number, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselJson) message = vessel__json_new_object();
    int code = exec_enter(exec, &inside, err);
    if (!code && (number < 1 || number > SIGRTMAX))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "there is no signal %d", number);
    if (code)
        return code;
    vessel__json_set_int(message, "signal", number);
    code = vessel__message_send(exec->socket, message, NULL, 0, vessel__deadline_after(0), err);
    if (code == VESSEL_ERROR_TIMEOUT) {
        g_clear_pointer(err, vessel_error_free);
        return vessel__fail(err, VESSEL_ERROR_BUSY, "the program has not taken the signals before");
    }
    if (code < 0 && err)
        g_clear_pointer(err, vessel_error_free);
    return 0; /* nobody is there any more */
}

int vessel__exec_fd(VesselExec *exec, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = exec_enter(exec, &inside, err);
    return code ? code : exec->socket;
}

int vessel__exec_terminal(VesselExec *exec, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = exec_enter(exec, &inside, err);
    if (code)
        return code;
    return exec->terminal >= 0
               ? exec->terminal
               : vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the program has no terminal");
}

int vessel__exec_resize(VesselExec *exec, uint32_t rows, uint32_t columns, VesselError **err)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    vessel_inside VesselHost *inside = NULL;
    int code = exec_enter(exec, &inside, err);
    if (!code && (rows < 1 || columns < 1 || rows > UINT16_MAX || columns > UINT16_MAX))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "no terminal is %u by %u", rows,
                            columns);
    if (!code && exec->terminal < 0)
        code = vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the program has no terminal");
    if (!code && ioctl(exec->terminal, TIOCSWINSZ, &size) < 0)
        code = vessel__fail_errno(err, errno, "the program's terminal");
    return code;
}
