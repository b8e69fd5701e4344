/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network of an interface of the type "user": slirp4netns, a child of the warden's that carries
 * packets between a tap inside and sockets of this user's outside. It ends with the warden, and
 * with the container. */
#include "base/file.h"
#include "container/engine/state.h"
#include "sys/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define READY_MAX_MS 10000
#define LOOK_MS 2
#define API "slirp.sock" /* in the runtime folder */
#define ANSWER_MAX 4096
#define WORDS_MAX 2048
#define READS_MAX 16 /* at once: who writes without end is not listened to alone */
#define LEFT_MAX_MS 2000
#define RECORD "slirp" /* in state.json: for the next warden, if this one is killed */

/* Its descriptors from 3 on. */
enum { FOLDER, EXIT, READY, FDS };

struct ContainerSlirp {
    ContainerEngine *engine;
    VesselJson *interface; /* a copy: the plan may change meanwhile */
    int exit_fd, ready_fd, words_fd, api_fd;
    VesselWatch *ready, *words, *api;
    VesselTimer *late, *again; /* of the whole; of a try to reach it */
    size_t forward, port;      /* what is to be asked for next */
    GString *answer, *said;
    bool done;
    void (*then)(ContainerEngine *engine); /* of one that an earlier warden left */
};

/* ---- its end ---- */

void vessel__container_slirp_free(ContainerSlirp *slirp)
{
    if (!slirp)
        return;
    vessel__watch_free(slirp->ready);
    vessel__watch_free(slirp->words);
    vessel__watch_free(slirp->api);
    vessel__timer_free(slirp->late);
    vessel__timer_free(slirp->again);
    vessel__close_fd(&slirp->exit_fd);
    vessel__close_fd(&slirp->ready_fd);
    vessel__close_fd(&slirp->words_fd);
    vessel__close_fd(&slirp->api_fd);
    vessel__json_free(slirp->interface);
    g_string_free(slirp->answer, TRUE);
    g_string_free(slirp->said, TRUE);
    g_free(slirp);
}

/* What it said last, as the cause. @err is taken. */
static void fail(ContainerSlirp *slirp, VesselError *err)
{
    ContainerEngine *engine = slirp->engine;
    g_strchomp(slirp->said->str);
    if (*slirp->said->str)
        vessel__error_cause(&err, slirp->said->str);
    vessel__error_at(&err, vessel__json_get_string(slirp->interface, "at", "/domain"), 0, 0);
    engine->slirp = NULL;
    vessel__container_slirp_free(slirp);
    vessel__container_fail(engine, err);
}

static void be_late(void *data)
{
    ContainerSlirp *slirp = data;
    VesselError *err = NULL;
    vessel__fail(&err, VESSEL_ERROR_TIMEOUT, "slirp4netns was not ready after %d s",
                 READY_MAX_MS / 1000);
    fail(slirp, err);
}

/* Its log; and its end, which nobody but the container's should be. */
static void hear_words(void *data, short revents)
{
    ContainerSlirp *slirp = data;
    VesselWarden *warden = slirp->engine->warden;
    char words[1024];
    ssize_t got = 1;
    (void)revents;
    for (int i = 0; i < READS_MAX && got > 0; i++) {
        got = read(slirp->words_fd, words, sizeof words);
        if (got > 0 && !slirp->done && slirp->said->len + (size_t)got < WORDS_MAX)
            g_string_append_len(slirp->said, words, got);
    }
    if (got != 0)
        return;
    vessel__watch_free(g_steal_pointer(&slirp->words));
    int guest = vessel__warden_guest_pidfd(warden);
    if (vessel__warden_ending(warden) || guest < 0 || vessel__pidfd_dead(guest))
        return;
    if (slirp->done) {
        vessel__warden_note(warden, "slirp4netns ended, and the container's network with it");
        return;
    }
    VesselError *err = NULL;
    vessel__fail(&err, VESSEL_ERROR_IO, "slirp4netns ended before it was ready");
    fail(slirp, err);
}

/* ---- ports of the host ---- */

static const VesselJson *forward_of(const ContainerSlirp *slirp)
{
    return vessel__json_at(vessel__json_get(slirp->interface, "forwards"), slirp->forward);
}

/* It does not say why it may not have a port: the kernel does. */
static int why_refused(const char *proto, const char *address, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int type = strcmp(proto, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, on = 1;
    vessel_autofd int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
        return EINVAL;
    if (bind(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        (type == SOCK_STREAM && listen(fd, 1) < 0))
        return errno;
    return EADDRINUSE; /* it was, a moment ago */
}

static void refused(ContainerSlirp *slirp, const char *why)
{
    const VesselJson *forward = forward_of(slirp);
    const char *proto = vessel__json_get_string(forward, "proto", "tcp");
    const char *address = vessel__json_get_string(forward, "address", "0.0.0.0");
    uint16_t port = (uint16_t)(vessel__json_get_uint(forward, "start", 0) + slirp->port);
    VesselError *err = NULL;
    int errnum = why_refused(proto, address, port);
    vessel__fail_errno(&err, errnum, "the %s port %u of the host's %s", proto, port, address);
    vessel__error_at(&err, vessel__json_get_string(forward, "at", "/domain"), 0, 0);
    if (errnum == EACCES)
        vessel__error_hint(&err, "a port from 1024 on is everybody's, and one below where the "
                                 "sysctl net.ipv4.ip_unprivileged_port_start allows it");
    else if (why)
        vessel__error_cause(&err, why);
    fail(slirp, err);
}

static void ask_next(void *data);

static void hear_answer(void *data, short revents)
{
    ContainerSlirp *slirp = data;
    char text[1024];
    (void)revents;
    for (ssize_t got; (got = read(slirp->api_fd, text, sizeof text)) != 0;) {
        if (got < 0 && errno == EAGAIN)
            return;
        if (got < 0 || slirp->answer->len + (size_t)got > ANSWER_MAX)
            break;
        g_string_append_len(slirp->answer, text, got);
    }
    g_autoptr(VesselJson) answer = NULL;
    vessel__json_parse(slirp->answer->str, slirp->answer->len, NULL, "slirp4netns's answer",
                       &answer, NULL);
    const char *why = vessel__json_string(vessel__json_path(answer, "error", "desc", NULL), NULL);
    vessel__watch_free(g_steal_pointer(&slirp->api));
    vessel__close_fd(&slirp->api_fd);
    if (!vessel__json_get(answer, "return")) {
        refused(slirp, why);
        return;
    }
    const VesselJson *forward = forward_of(slirp);
    if (++slirp->port >= vessel__json_get_uint(forward, "count", 1)) {
        slirp->port = 0;
        slirp->forward++;
    }
    ask_next(slirp);
}

static char *request_of(const ContainerSlirp *slirp)
{
    const VesselJson *forward = forward_of(slirp);
    g_autoptr(VesselJson) request = vessel__json_new_object();
    VesselJson *arguments = vessel__json_new_object();
    const char *address = vessel__json_get_string(forward, "address", "0.0.0.0");
    vessel__json_set_string(request, "execute", "add_hostfwd");
    vessel__json_set_string(arguments, "proto", vessel__json_get_string(forward, "proto", "tcp"));
    vessel__json_set_string(arguments, "host_addr", address);
    vessel__json_set_uint(arguments, "host_port",
                          vessel__json_get_uint(forward, "start", 0) + slirp->port);
    vessel__json_set_string(arguments, "guest_addr",
                            vessel__json_get_string(slirp->interface, "address", ""));
    vessel__json_set_uint(arguments, "guest_port",
                          vessel__json_get_uint(forward, "to", 0) + slirp->port);
    vessel__json_set(request, "arguments", arguments);
    return vessel__json_format(request, false);
}

static void made(ContainerSlirp *slirp)
{
    slirp->done = true;
    vessel__timer_free(g_steal_pointer(&slirp->late));
    vessel__container_say(slirp->engine, "mapped");
    vessel__container_say(slirp->engine, "network");
}

/* The next port, or the word that all is there. One port a connection: that is its protocol. */
static void ask_next(void *data)
{
    ContainerSlirp *slirp = data;
    VesselLoop *loop = vessel__warden_loop(slirp->engine->warden);
    if (!forward_of(slirp)) {
        made(slirp);
        return;
    }
    g_string_truncate(slirp->answer, 0);
    vessel__socket_connect(vessel__warden_folder(slirp->engine->warden), API, SOCK_STREAM,
                           vessel__deadline_after(0), &slirp->api_fd, NULL);
    if (slirp->api_fd < 0) { /* it listens for one at a time */
        if (!slirp->again)
            slirp->again = vessel__timer_new(loop, ask_next, slirp);
        vessel__timer_set(slirp->again, vessel__deadline_after(LOOK_MS));
        return;
    }
    g_autofree char *request = request_of(slirp);
    (void)!write(slirp->api_fd, request, strlen(request)); /* a broken one is heard as its end */
    shutdown(slirp->api_fd, SHUT_WR);
    slirp->api = vessel__watch_new(loop, slirp->api_fd, POLLIN, hear_answer, slirp);
}

static void hear_ready(void *data, short revents)
{
    ContainerSlirp *slirp = data;
    char byte;
    (void)revents;
    ssize_t got = read(slirp->ready_fd, &byte, 1);
    if (got < 0 && errno == EAGAIN)
        return;
    vessel__watch_free(g_steal_pointer(&slirp->ready));
    vessel__close_fd(&slirp->ready_fd);
    if (got == 1) /* else its end is told by its words' */
        ask_next(slirp);
}

/* ---- its start ---- */

static G_GNUC_NORETURN void execute(int binary, int words, const int fds[FDS], char **argv,
                                    pid_t warden)
{
    static const char *const env[] = {"LANG=C", NULL};
    int high[FDS], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i < FDS; i++)
        high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 64);
    binary = fcntl(binary, F_DUPFD_CLOEXEC, 64);
    words = fcntl(words, F_DUPFD_CLOEXEC, 64);
    dup2(null, 0);
    dup2(null, 1);
    dup2(words, 2);
    for (int i = 0; i < FDS; i++)
        dup2(high[i], 3 + i);
    syscall(SYS_close_range, 3 + FDS, ~0U, CLOSE_RANGE_CLOEXEC);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != warden)
        _exit(127);
    syscall(SYS_execveat, binary, "", argv, env, AT_EMPTY_PATH);
    dprintf(2, "slirp4netns: %s\n", strerror(errno));
    _exit(127);
}

/* A network of its own that reaches nothing on the host's loopback, behind its own mounts and
 * filter. A user joins the container's user namespace to make the tap; root need not. */
static char **arguments(const VesselJson *interface, pid_t pid)
{
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, g_strdup("slirp4netns"));
    g_ptr_array_add(argv, g_strdup("--disable-host-loopback"));
    g_ptr_array_add(argv, g_strdup("--enable-sandbox"));
    g_ptr_array_add(argv, g_strdup("--enable-seccomp"));
    g_ptr_array_add(argv, g_strdup_printf("--exit-fd=%d", 3 + EXIT));
    g_ptr_array_add(argv, g_strdup_printf("--ready-fd=%d", 3 + READY));
    g_ptr_array_add(argv, g_strdup_printf("--api-socket=/proc/self/fd/%d/" API, 3 + FOLDER));
    g_ptr_array_add(argv, g_strdup_printf("--cidr=%s", vessel__json_get_string(interface, "source",
                                                                               "10.0.2.0/24")));
    g_ptr_array_add(
        argv, g_strdup_printf("--mtu=%" PRIu64, vessel__json_get_uint(interface, "mtu", 1500)));
    g_ptr_array_add(argv, g_strdup_printf("%d", pid));
    g_ptr_array_add(argv, g_strdup(vessel__json_get_string(interface, "name", "eth0")));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

static void record(ContainerEngine *engine, pid_t pid)
{
    VesselProcess process;
    if (vessel__process_of(pid, &process, NULL) == 0)
        vessel__json_set(vessel__warden_engine_state(engine->warden), RECORD,
                         vessel__process_to_json(&process));
}

static int spawn(ContainerSlirp *slirp, VesselError **err)
{
    ContainerEngine *engine = slirp->engine;
    g_auto(GStrv) argv = arguments(slirp->interface, engine->child.pid);
    int leave[2], ready[2], words[2];
    if (pipe2(leave, O_CLOEXEC) < 0)
        return vessel__fail_errno(err, errno, "a pipe");
    slirp->exit_fd = leave[1];
    vessel_autofd int leave_end = leave[0];
    if (pipe2(ready, O_CLOEXEC | O_NONBLOCK) < 0)
        return vessel__fail_errno(err, errno, "a pipe");
    slirp->ready_fd = ready[0];
    vessel_autofd int ready_end = ready[1];
    if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0)
        return vessel__fail_errno(err, errno, "a pipe");
    slirp->words_fd = words[0];
    vessel_autofd int words_end = words[1];
    const int fds[FDS] = {
        [FOLDER] = vessel__warden_folder(engine->warden), [EXIT] = leave_end, [READY] = ready_end};
    pid_t warden = getpid(), pid = fork();
    if (pid == 0)
        execute(engine->slirp_binary, words_end, fds, argv, warden);
    if (pid < 0)
        return vessel__fail_errno(err, errno, "slirp4netns");
    record(engine, pid);
    return 0;
}

static ContainerSlirp *slirp_new(ContainerEngine *engine)
{
    ContainerSlirp *slirp = g_new0(ContainerSlirp, 1);
    vessel__container_slirp_free(engine->slirp);
    engine->slirp = slirp;
    slirp->engine = engine;
    slirp->exit_fd = slirp->ready_fd = slirp->words_fd = slirp->api_fd = -1;
    slirp->answer = g_string_new(NULL);
    slirp->said = g_string_new(NULL);
    return slirp;
}

int vessel__container_slirp_start(ContainerEngine *engine, const VesselJson *interface,
                                  VesselError **err)
{
    VesselLoop *loop = vessel__warden_loop(engine->warden);
    ContainerSlirp *slirp = slirp_new(engine);
    slirp->interface = vessel__json_copy(interface);
    int code = spawn(slirp, err);
    if (code < 0)
        return code;
    engine->step = "to get its network from slirp4netns";
    slirp->late = vessel__timer_new(loop, be_late, slirp);
    vessel__timer_set(slirp->late, vessel__deadline_after(READY_MAX_MS));
    slirp->ready = vessel__watch_new(loop, slirp->ready_fd, POLLIN, hear_ready, slirp);
    slirp->words = vessel__watch_new(loop, slirp->words_fd, POLLIN, hear_words, slirp);
    return 0;
}

/* ---- what an earlier warden left ---- */

static void left_is_gone(void *data)
{
    ContainerSlirp *slirp = data;
    ContainerEngine *engine = slirp->engine;
    void (*then)(ContainerEngine *) = slirp->then;
    engine->slirp = NULL;
    vessel__container_slirp_free(slirp);
    then(engine);
}

static void hear_left(void *data, short revents)
{
    (void)revents;
    left_is_gone(data);
}

/* It was sent its end with its warden's; until it has come to that, it stands in our group. */
void vessel__container_slirp_sweep(ContainerEngine *engine, void (*then)(ContainerEngine *engine))
{
    VesselLoop *loop = vessel__warden_loop(engine->warden);
    const VesselJson *json = vessel__json_get(vessel__warden_engine_state(engine->warden), RECORD);
    VesselProcess process;
    int pidfd = -1;
    if (!json || !vessel__process_from_json(json, &process) ||
        vessel__process_pidfd(&process, &pidfd, NULL) < 0) {
        then(engine);
        return;
    }
    ContainerSlirp *slirp = slirp_new(engine);
    slirp->then = then;
    slirp->words_fd = pidfd;
    vessel__pidfd_signal(pidfd, SIGKILL, NULL);
    slirp->words = vessel__watch_new(loop, pidfd, POLLIN, hear_left, slirp);
    slirp->late = vessel__timer_new(loop, left_is_gone, slirp);
    vessel__timer_set(slirp->late, vessel__deadline_after(LEFT_MAX_MS));
}
