/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the warden to QEMU: fork, confine, wait for the word, execute. Until the word comes the
 * child ends by itself when the warden dies; from then on state.json says who it is. */
#include "base/file.h"
#include "qemu/engine.h"
#include "sys/cgroup.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define WORD_MAX 16384

extern char **environ;

/* ---- in the child ---- */

static void say(int fd, char what, const char *text)
{
    g_autofree char *word = g_strdup_printf("%c%.*s", what, WORD_MAX - 2, text);
    send(fd, word, strlen(word), MSG_NOSIGNAL);
}

static G_GNUC_NORETURN void give_up(int status_fd, const VesselError *err)
{
    g_autoptr(VesselJson) json = vessel__error_to_json(err);
    g_autofree char *text = vessel__json_format(json, false);
    say(status_fd, 'E', text);
    _exit(127);
}

/* What becomes N in QEMU is first put out of the way of all the numbers. */
static int arrange_fds(const QemuSpawn *spawn, int *status_fd, VesselError **err)
{
    int highest = 2;
    for (size_t i = 0; i < spawn->fds_count; i++)
        highest = MAX(highest, spawn->fds[i].number);
    g_autofree int *moved = g_new(int, spawn->fds_count + 1);
    for (size_t i = 0; i < spawn->fds_count; i++) {
        moved[i] = fcntl(spawn->fds[i].fd, F_DUPFD_CLOEXEC, highest + 1);
        if (moved[i] < 0)
            return vessel__fail_errno(err, errno, "descriptor %d of QEMU", spawn->fds[i].number);
    }
    int output = fcntl(spawn->output_fd, F_DUPFD_CLOEXEC, highest + 1);
    int status = fcntl(*status_fd, F_DUPFD_CLOEXEC, highest + 1);
    if (output < 0 || status < 0)
        return vessel__fail_errno(err, errno, "QEMU's descriptors");
    *status_fd = status;
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return vessel__fail_errno(err, errno, "close_range");
    for (size_t i = 0; i < spawn->fds_count; i++)
        if (dup2(moved[i], spawn->fds[i].number) < 0)
            return vessel__fail_errno(err, errno, "descriptor %d of QEMU", spawn->fds[i].number);
    if (dup2(output, 1) < 0 || dup2(output, 2) < 0)
        return vessel__fail_errno(err, errno, "QEMU's output");
    return 0;
}

static int drop_powers(const QemuSpawn *spawn, VesselError **err)
{
    struct rlimit none = {0};
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    setrlimit(RLIMIT_CORE, &none); /* a core file would hold the guest's memory */
    for (int cap = 0; cap <= 63; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            break; /* the kernel knows no more, or this user has none to lose */
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (spawn->own_identity &&
        (setgroups(0, NULL) < 0 || setresgid(spawn->uid, spawn->uid, spawn->uid) < 0 ||
         setresuid(spawn->uid, spawn->uid, spawn->uid) < 0))
        return vessel__fail_errno(err, errno, "becoming user %u", spawn->uid);
    if (syscall(SYS_capset, &header, data) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return vessel__fail_errno(err, errno, "dropping privileges");
    return 0;
}

static int check_devices(const QemuSpawn *spawn, VesselError **err)
{
    VESSEL_JSON_FOREACH (device, spawn->devices) {
        const char *path = vessel__json_string(device, "");
        if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0)
            continue;
        int code = vessel__fail_errno(err, errno, "%s", path);
        vessel__error_at(err, path, 0, 0);
        if (errno == EACCES)
            vessel__error_hint(err, "the user who runs the guest needs to read and write it: for "
                                    "example, join the group it belongs to");
        return code;
    }
    return 0;
}

/* The word to go on, and with it the control groups to join. */
static void wait_for_word(int status_fd, char *word)
{
    ssize_t got = recv(status_fd, word, WORD_MAX, 0);
    if (got < 1)
        _exit(0); /* the warden is gone, or does not want us any more */
    word[got] = '\0';
}

static void join_groups(int status_fd, const char *record)
{
    g_autoptr(VesselJson) json = NULL;
    g_autoptr(VesselCgroup) group = NULL;
    g_autoptr(VesselError) err = NULL;
    if (!*record)
        return;
    if (vessel__json_parse(record, strlen(record), NULL, "the groups", &json, &err) < 0 ||
        vessel__cgroup_open(json, &group, &err) < 0 || vessel__cgroup_join_v1(group, &err) < 0) {
        g_autofree char *note =
            g_strdup_printf("QEMU is not in its control group: %s", vessel_error_message(err));
        say(status_fd, 'N', note);
    }
}

/* One that only answers a probe is in nobody's state.json: if the helper is killed it goes too. Not
 * before the change of user, which takes it back. */
static void die_with_helper(int status_fd)
{
    char word;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (recv(status_fd, &word, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        _exit(0); /* it was killed just before */
}

/* Of the host's IPC objects and, unless it is to open connections itself, network it gets none. The
 * kernel may have no room for another namespace, or none at all: said, and no reason not to run. */
static void leave_namespaces(const QemuSpawn *spawn, int status_fd)
{
    static const struct {
        int flag;
        const char *name;
    } kinds[] = {{CLONE_NEWIPC, "IPC objects"}, {CLONE_NEWNET, "network"}};
    if (!spawn->own_identity)
        return; /* the user's own guest; said by whoever decided so */
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if ((kinds[i].flag == CLONE_NEWNET && spawn->network) || unshare(kinds[i].flag) == 0)
            continue;
        g_autofree char *note = g_strdup_printf("QEMU shares the %s of the host: unshare: %s",
                                                kinds[i].name, g_strerror(errno));
        say(status_fd, 'N', note);
    }
}

static int prepare_and_wait(const QemuSpawn *spawn, int *status_fd, VesselError **err)
{
    g_autofree char *note = NULL;
    g_autofree char *word = g_malloc(WORD_MAX + 1);
    vessel_autofd int root = -1;
    leave_namespaces(spawn, *status_fd);
    int code = vessel__qemu_view_make(spawn, &root, &note, err);
    if (code < 0)
        return code;
    if (note)
        say(*status_fd, 'N', note);
    wait_for_word(*status_fd, word);
    join_groups(*status_fd, word + 1);
    if (root >= 0)
        code = vessel__qemu_view_enter(root, err);
    else if (chdir("/") < 0)
        code = vessel__fail_errno(err, errno, "/");
    vessel__close_fd(&root); /* its number may be wanted for another now */
    if (code == 0)
        code = arrange_fds(spawn, status_fd, err);
    if (code == 0)
        code = drop_powers(spawn, err);
    if (code == 0)
        code = check_devices(spawn, err);
    if (code == 0 && spawn->folder < 0)
        die_with_helper(*status_fd);
    return code;
}

static G_GNUC_NORETURN void run_child(const QemuSpawn *spawn, int status_fd)
{
    g_autoptr(VesselError) err = NULL;
    size_t count = vessel__json_length(spawn->argv);
    char **argv = g_new0(char *, count + 1);
    for (size_t i = 0; i < count; i++)
        argv[i] = g_strdup(vessel__json_string(vessel__json_at(spawn->argv, i), ""));
    if (prepare_and_wait(spawn, &status_fd, &err) < 0)
        give_up(status_fd, err);
    execve(spawn->binary, argv, environ);
    int why = errno;
    vessel__fail_errno(&err, why, "%s cannot be executed", spawn->binary);
    if (why == EACCES) {
        g_autofree char *denied = vessel__path_denied(spawn->binary, X_OK, geteuid(), getegid());
        vessel__error_cause(&err, denied);
    } else if (why == ENOENT && access(spawn->binary, F_OK) == 0) {
        vessel__error_hint(&err, "the program is there, but its interpreter or loader is not");
    }
    vessel__error_at(&err, spawn->binary, 0, 0);
    give_up(status_fd, err);
}

/* ---- in the warden ---- */

int vessel__qemu_child_fork(const QemuSpawn *spawn, QemuChild *child, VesselError **err)
{
    int ends[2];
    if (vessel__json_length(spawn->argv) == 0)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the plan has no command line");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return vessel__fail_errno(err, errno, "a socket pair");
    pid_t pid = fork();
    if (pid < 0) {
        int why = errno;
        close(ends[0]);
        close(ends[1]);
        return vessel__fail_errno(err, why == EAGAIN ? ENOMEM : why, "fork");
    }
    if (pid == 0) {
        close(ends[0]);
        run_child(spawn, ends[1]);
    }
    close(ends[1]);
    *child = (QemuChild){.pid = pid, .status_fd = ends[0]};
    return 0;
}

int vessel__qemu_child_go(const QemuChild *child, const VesselJson *groups, VesselError **err)
{
    g_autofree char *record = groups ? vessel__json_format(groups, false) : g_strdup("");
    g_autofree char *word = g_strconcat("x", record, NULL);
    if (send(child->status_fd, word, strlen(word), MSG_NOSIGNAL) > 0 || errno == EPIPE ||
        errno == ECONNRESET)
        return 0; /* gone already: what it said about that is still to be read */
    return vessel__fail_errno(err, errno, "the guest's process %d", child->pid);
}

int vessel__qemu_child_read(const QemuChild *child, char **note, VesselError **failure)
{
    g_autofree char *word = g_malloc(WORD_MAX + 1);
    g_autoptr(VesselJson) json = NULL;
    ssize_t got = recv(child->status_fd, word, WORD_MAX, MSG_DONTWAIT);
    if (got < 0 && errno == ECONNRESET) /* it left without reading ours; its own words come first */
        got = recv(child->status_fd, word, WORD_MAX, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return VESSEL_ERROR_TIMEOUT;
    if (got <= 0)
        return 0;
    word[got] = '\0';
    if (*word == 'N')
        *note = g_strdup(word + 1);
    else if (vessel__json_parse(word + 1, (size_t)got - 1, NULL, "the child's word", &json, NULL) ==
             0)
        *failure = vessel__error_from_json(json);
    else
        vessel__fail(failure, VESSEL_ERROR_BUG, "the guest's process could not be prepared");
    return 1;
}
