/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a QEMU binary can do, asked of the binary: started confined, without a guest, all questions
 * at once, and ended. */
#include "base/file.h"
#include "qemu/engine.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MONITOR_NUMBER 3
#define OUTPUT_MAX 16384
#define QUERIES_MAX 256
#define CHILDREN_MAX_MS 1000
#define REPLY_NAME "replies"

typedef struct {
    VesselWarden *warden;
    VesselRequest *request;
    QemuMonitor *monitor;
    QemuChild child;
    int output_fd, pidfd, identity_lock;
    VesselWatch *exit_watch;
    GString *output;
    VesselJson *version, *replies;
    char *package;
    size_t asked, answered;
    bool over;
} Probe;

static Probe *the_probe; /* a helper that probes does nothing else */

static void read_output(Probe *probe)
{
    char data[4096];
    ssize_t got;
    while ((got = read(probe->output_fd, data, sizeof data)) > 0)
        if (probe->output->len < OUTPUT_MAX)
            g_string_append_len(probe->output, data, got);
}

static void end_process(Probe *probe)
{
    vessel__watch_free(g_steal_pointer(&probe->exit_watch));
    if (probe->pidfd < 0)
        return;
    vessel__pidfd_signal(probe->pidfd, SIGKILL, NULL);
    vessel__close_fd(&probe->pidfd); /* the process is waited for after the answer */
}

static void fail(Probe *probe, VesselError *err)
{
    if (probe->over) {
        vessel_error_free(err);
        return;
    }
    probe->over = true;
    if (probe->output_fd >= 0)
        read_output(probe);
    vessel__error_cause(&err, probe->output->len ? probe->output->str : NULL);
    const char *binary =
        vessel__json_get_string(vessel__request_args(probe->request), "binary", "?");
    if (!strstr(vessel_error_message(err), binary))
        vessel__error_prefix(&err, "probing %s", binary);
    end_process(probe);
    vessel__request_failed(probe->request, err);
}

static void finish(Probe *probe)
{
    VesselError *err = NULL;
    VesselJson *all = vessel__json_new_object(), *ok = vessel__json_new_object();
    int fd = -1;
    vessel__json_set(all, "replies", g_steal_pointer(&probe->replies));
    g_autofree char *text = vessel__json_format(all, false);
    vessel__json_free(all);
    if (vessel__memfd("vessel-probe", text, strlen(text), &fd, &err) < 0) {
        vessel__json_free(ok);
        fail(probe, err);
        return;
    }
    probe->over = true;
    vessel__json_set(ok, "version", g_steal_pointer(&probe->version));
    vessel__json_set_string(ok, "package", probe->package);
    end_process(probe);
    vessel__request_done_fd(probe->request, ok, REPLY_NAME, fd);
}

/* A query that this QEMU refuses is an answer, too. */
static void answered(void *data, const VesselJson *answer, const VesselError *err)
{
    Probe *probe = data;
    VesselJson *reply = vessel__json_new_object();
    if (probe->over || (err && vessel_error_code(err) == VESSEL_ERROR_HYPERVISOR_DIED)) {
        vessel__json_free(reply);
        return;
    }
    if (err) {
        const char *cause = vessel_error_cause(err);
        const char *colon = cause ? strstr(cause, ": ") : NULL;
        g_autofree char *class = colon ? g_strndup(cause, (gsize)(colon - cause)) : NULL;
        VesselJson *error = vessel__json_new_object();
        vessel__json_set_string(error, "class", class ? class : "GenericError");
        vessel__json_set_string(error, "desc", colon ? colon + 2 : vessel_error_message(err));
        vessel__json_set(reply, "error", error);
    } else {
        vessel__json_set(reply, "return",
                         answer ? vessel__json_copy(answer) : vessel__json_new_null());
    }
    vessel__json_append(probe->replies, reply);
    if (++probe->answered == probe->asked)
        finish(probe);
}

static void greeted(void *data, const VesselJson *greeting)
{
    Probe *probe = data;
    const VesselJson *version = vessel__json_path(greeting, "version", "qemu", NULL);
    const VesselJson *queries = vessel__json_get(vessel__request_args(probe->request), "queries");
    probe->version = version ? vessel__json_copy(version) : vessel__json_new_object();
    probe->package = g_strdup(
        vessel__json_string(vessel__json_path(greeting, "version", "package", NULL), NULL));
    probe->asked = vessel__json_length(queries);
    if (probe->asked == 0) {
        finish(probe);
        return;
    }
    VESSEL_JSON_FOREACH (query, queries) {
        const VesselJson *arguments = vessel__json_get(query, "arguments");
        vessel__qemu_monitor_send(probe->monitor, vessel__json_get_string(query, "execute", ""),
                                  arguments ? vessel__json_copy(arguments) : NULL, answered, probe);
    }
}

static void event(void *data, const char *name, const VesselJson *event_data)
{
    (void)data;
    (void)name;
    (void)event_data;
}

/* A closed monitor: the end of the process says more, and comes at once. */
static void lost(void *data, const VesselError *err)
{
    if (err)
        fail(data, vessel__error_copy(err));
}

static const QemuMonitorHooks hooks = {greeted, event, lost};

static void describe_exit(Probe *probe, VesselError **err)
{
    siginfo_t info = {0};
    g_autofree char *note = NULL;
    for (int code = 1; code == 1 && !*err;) {
        code = vessel__qemu_child_read(&probe->child, &note, err);
        g_clear_pointer(&note, g_free);
    }
    if (*err)
        return;
    if (waitid(P_PIDFD, (id_t)probe->pidfd, &info, WEXITED | WNOHANG) == 0 &&
        info.si_code == CLD_EXITED)
        vessel__fail(err, VESSEL_ERROR_HYPERVISOR_DIED, "it ended with status %d", info.si_status);
    else
        vessel__fail(err, VESSEL_ERROR_HYPERVISOR_DIED, "it was ended by signal %d (%s)",
                     info.si_status, g_strsignal(info.si_status));
}

static void exited(void *data, short revents)
{
    Probe *probe = data;
    VesselError *err = NULL;
    (void)revents;
    vessel__qemu_monitor_finish(probe->monitor);
    if (probe->over)
        return;
    describe_exit(probe, &err);
    fail(probe, err);
}

static void probe_late(VesselWarden *warden, VesselRequest *request)
{
    Probe *probe = the_probe;
    VesselError *err = NULL;
    (void)warden;
    (void)request;
    vessel__fail(&err, VESSEL_ERROR_TIMEOUT, "it %s in time",
                 vessel__qemu_monitor_greeted(probe->monitor) ? "has not answered all questions"
                                                              : "has not greeted");
    fail(probe, err);
}

static VesselJson *command_line(const VesselJson *args, const char *machine)
{
    static const char *const fixed[] = {
        "-nodefaults",
        "-no-user-config",
        "-display",
        "none",
        "-S",
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-chardev",
        "socket,id=monitor,fd=3",
        "-mon",
        "chardev=monitor,mode=control",
        NULL};
    VesselJson *argv = vessel__json_new_array();
    vessel__json_append_string(argv, vessel__json_get_string(args, "binary", ""));
    vessel__json_append_string(argv, "-machine");
    vessel__json_append_string(argv, machine);
    VESSEL_JSON_FOREACH (accel, vessel__json_get(args, "accel")) {
        vessel__json_append_string(argv, "-accel");
        vessel__json_append_string(argv, vessel__json_string(accel, ""));
    }
    for (int i = 0; fixed[i]; i++)
        vessel__json_append_string(argv, fixed[i]);
    return argv;
}

static int launch(Probe *probe, VesselError **err)
{
    const VesselJson *args = vessel__request_args(probe->request);
    g_autoptr(VesselJson) argv =
        command_line(args, vessel__json_get_string(args, "machine", "none"));
    const VesselJson *range = vessel__json_get(args, "identity");
    int ends[2], pipe_fds[2];
    QemuSpawn spawn = {.binary = vessel__json_get_string(args, "binary", ""),
                       .argv = argv,
                       .fds_count = 1,
                       .folder = -1,
                       .devices = vessel__json_get(args, "devices"),
                       .paths = vessel__json_get(args, "paths")};
    int code = vessel__json_length(vessel__json_get(args, "queries")) > QUERIES_MAX
                   ? vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "too many questions")
                   : 0;
    if (code == 0 && range && geteuid() == 0) {
        code =
            vessel__qemu_identity_take(range, spawn.binary, &spawn.uid, &probe->identity_lock, err);
        spawn.own_identity = code == 1;
    }
    if (code >= 0)
        code = vessel__socket_pair(SOCK_STREAM, ends, err);
    if (code < 0)
        return code;
    vessel__qemu_monitor_attach(probe->monitor, ends[0]);
    vessel_autofd int theirs = ends[1];
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
        return vessel__fail_errno(err, errno, "a pipe");
    probe->output_fd = pipe_fds[0];
    vessel_autofd int output = pipe_fds[1];
    QemuFd fd = {.fd = theirs, .number = MONITOR_NUMBER};
    spawn.fds = &fd;
    spawn.output_fd = output;
    code = vessel__qemu_child_fork(&spawn, &probe->child, err);
    if (code < 0)
        return code;
    probe->pidfd = (int)syscall(SYS_pidfd_open, probe->child.pid, 0);
    if (probe->pidfd < 0)
        return vessel__fail_errno(err, errno, "pidfd_open");
    return vessel__qemu_child_go(&probe->child, NULL, err);
}

void vessel__qemu_probe(VesselWarden *warden, VesselRequest *request)
{
    Probe *probe = g_new0(Probe, 1);
    VesselError *err = NULL;
    VesselLoop *loop = vessel__warden_loop(warden);
    probe->warden = warden;
    probe->request = request;
    probe->output_fd = probe->pidfd = probe->identity_lock = probe->child.status_fd = -1;
    probe->output = g_string_new(NULL);
    probe->replies = vessel__json_new_array();
    probe->monitor = vessel__qemu_monitor_new(loop, VESSEL__QMP_LINE_MAX, &hooks, probe);
    the_probe = probe;
    vessel__request_on_deadline(request, probe_late);
    if (launch(probe, &err) < 0) {
        fail(probe, err);
        return;
    }
    probe->exit_watch = vessel__watch_new(loop, probe->pidfd, POLLIN, exited, probe);
}

/* Not left to a PID 1 that may not reap. */
void vessel__qemu_probe_free(void)
{
    Probe *probe = g_steal_pointer(&the_probe);
    if (!probe)
        return;
    end_process(probe);
    if (probe->child.pid > 0) {
        kill(probe->child.pid, SIGKILL);
        waitpid(probe->child.pid, NULL, 0);
        for (int i = 0; i < CHILDREN_MAX_MS && !vessel__warden_children_gone(); i++)
            poll(NULL, 0, 1);
    }
    vessel__qemu_monitor_free(probe->monitor);
    vessel__close_fd(&probe->child.status_fd);
    vessel__close_fd(&probe->output_fd);
    vessel__close_fd(&probe->identity_lock);
    g_string_free(probe->output, TRUE);
    vessel__json_free(probe->version);
    vessel__json_free(probe->replies);
    g_free(probe->package);
    g_free(probe);
}
