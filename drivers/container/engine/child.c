/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the warden to the container's first process. The order of the steps is the security: nothing
 * that the container may have prepared is followed with rights that it has not itself, and whatever
 * goes wrong ends the child before anything of the container has run. */
#include "base/file.h"
#include "container/engine/engine.h"
#include "sys/cgroup.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID)
#define NAMESPACES_OF_ITS_OWN (CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)
#define INIT_SOCKET 3
#define INIT_RECORD 4

/* ---- talking to the warden ---- */

int vessel__container_tell(const ContainerInside *inside, const char *what, const int *fds,
                           size_t count, VesselError **err)
{
    g_autoptr(VesselJson) message = vessel__json_new_object();
    vessel__json_set_bool(message, what, true);
    return vessel__message_send(inside->socket, message, fds, count, VESSEL_DEADLINE_NEVER, err);
}

static G_GNUC_NORETURN void give_up(int socket, const VesselError *err)
{
    g_autoptr(VesselJson) message = vessel__json_new_object();
    vessel__json_set(message, "error", vessel__error_to_json(err));
    vessel__message_send(socket, message, NULL, 0, VESSEL_DEADLINE_NEVER, NULL);
    _exit(127);
}

/* A warden that is gone wants no container. */
static VesselJson *hear(const ContainerInside *inside)
{
    VesselJson *message = NULL;
    size_t count = 0;
    if (vessel__message_receive(inside->socket, &message, NULL, 0, &count, VESSEL_DEADLINE_NEVER,
                                NULL) < 0)
        _exit(0);
    return message;
}

void vessel__container_await(const ContainerInside *inside)
{
    vessel__json_free(hear(inside));
}

/* ---- the steps ---- */

static int explain_namespaces(int errnum, VesselError **err)
{
    int code = vessel__fail_errno(err, errnum, "the container's namespaces");
    if (errnum == EPERM || errnum == EACCES || errnum == ENOSPC || errnum == EUSERS)
        vessel__error_hint(err, "namespaces must be allowed here, a user's and those in it: see "
                                "/proc/sys/user/max_*_namespaces, "
                                "/proc/sys/kernel/unprivileged_userns_clone and AppArmor's "
                                "restriction of them, or `vessel doctor`");
    return code;
}

/* The kernel takes its time for these, the network's most of all: meanwhile the warden writes maps
 * and limits. */
static int come_apart(ContainerInside *inside, VesselError **err)
{
    if (unshare(NAMESPACES_OF_ITS_OWN) < 0)
        return explain_namespaces(errno, err);
    return vessel__container_tell(inside, "apart", NULL, 0, err);
}

static int join_groups(ContainerInside *inside, VesselError **err)
{
    VesselCgroup *group = inside->spawn->group;
    return group ? vessel__cgroup_join_v1(group, err) : 0;
}

/* What root's warden has staged, else what is found by ourselves. */
static int take_sources(const ContainerInside *inside, VesselError **err)
{
    const ContainerSpawn *spawn = inside->spawn;
    bool staged = spawn->stage >= 0;
    int code = staged ? vessel__container_stage_copy(spawn->stage, err) : 0;
    for (size_t i = 0; i < spawn->sources_count && code == 0; i++) {
        ContainerSource *source = &spawn->sources[i];
        if (source->fd >= 0)
            code = staged ? vessel__container_stage_take(i, source, err)
                          : vessel__container_find_source(source, err);
    }
    return code;
}

/* Its maps are written, its group has its limits, and its files stand where it finds them. */
static int await_maps(ContainerInside *inside, VesselError **err)
{
    vessel__container_await(inside);
    return take_sources(inside, err);
}

/* Root of its user namespace, whose other ids are of no use yet. Whoever is root inside may not
 * look into this process, which is still full of the warden. */
static int become_root(ContainerInside *inside, VesselError **err)
{
    (void)inside;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return vessel__fail_errno(err, errno, "becoming unreadable");
    umask(0022); /* the warden's lets nobody else in: what is made now is everybody's inside */
    /* In a namespace of one id the kernel refuses it, and its groups stay the user's. */
    if (setgroups(0, NULL) < 0 && errno != EPERM)
        return vessel__fail_errno(err, errno, "giving up groups");
    if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
        return vessel__fail_errno(err, errno, "becoming the container's root");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || unshare(CLONE_NEWCGROUP) < 0)
        return vessel__fail_errno(err, errno, "a control group namespace");
    return 0;
}

static int name_host(ContainerInside *inside, VesselError **err)
{
    const char *name = vessel__json_get_string(inside->spawn->plan, "hostname", "container");
    if (sethostname(name, strlen(name)) < 0)
        return vessel__fail_errno(err, errno, "the host name %s", name);
    return 0;
}

static int new_keyring(ContainerInside *inside, VesselError **err)
{
    (void)inside;
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
        return vessel__fail_errno(err, errno, "a session keyring");
    return 0;
}

/* Nothing is left but to execute; until the word comes nothing of the container has run. */
static int await_word(ContainerInside *inside, VesselError **err)
{
    int code = vessel__container_tell(inside, "ready", NULL, 0, err);
    if (code == 0)
        vessel__container_await(inside);
    return code;
}

/* 0, 1, 2, the socket and the record are all that goes in. */
static int arrange_descriptors(ContainerInside *inside, VesselError **err)
{
    ContainerSource *init = &inside->spawn->sources[CONTAINER_INIT];
    int socket = fcntl(inside->socket, F_DUPFD_CLOEXEC, 10);
    int record = inside->spawn->record;
    inside->record = record < 0 ? -1 : fcntl(record, F_DUPFD_CLOEXEC, 10);
    init->tree = fcntl(init->tree, F_DUPFD_CLOEXEC, 10);
    if (init->tree < 0 || socket < 0 || (record >= 0 && inside->record < 0))
        return vessel__fail_errno(err, errno, "the container's descriptors");
    inside->socket = socket; /* an error from here on can still be told */
    for (int i = 0; i < 3; i++)
        if (dup2(i == 0 && inside->input >= 0 ? inside->input : inside->console, i) < 0)
            return vessel__fail_errno(err, errno, "the container's descriptors");
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return vessel__fail_errno(err, errno, "close_range");
    return 0;
}

static int refuse_id(const char *what, uint64_t id, const char *path, VesselError **err)
{
    int code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%s %" G_GUINT64_FORMAT " has no id in the container", what, id);
    vessel__error_at(err, path, 0, 0);
    vessel__error_hint(err, "its ids are those of the definition's <idmap>");
    return code;
}

/* In its own files, as they are mounted by now. */
static int find_user(ContainerInside *inside, VesselError **err)
{
    const VesselJson *plan = inside->spawn->plan;
    ContainerUser *user = &inside->user;
    int code =
        vessel__container_user_find(inside->root, vessel__json_get_string(plan, "user", NULL),
                                    vessel__json_get_string(plan, "group", NULL), user, err);
    if (code == 0 && !vessel__container_has_id(vessel__json_get(plan, "uids"), user->uid))
        return refuse_id("user", user->uid, "/domain/os/inituser", err);
    if (code == 0 && !vessel__container_has_id(vessel__json_get(plan, "gids"), user->gid))
        return refuse_id("group", user->gid, "/domain/os/initgroup", err);
    return code;
}

static int (*const steps[])(ContainerInside *inside, VesselError **err) = {
    come_apart,
    join_groups,
    await_maps,
    become_root,
    vessel__container_make_root,
    vessel__container_make_proc,
    vessel__container_make_dev,
    vessel__container_make_mounts,
    find_user,
    vessel__container_open_console,
    vessel__container_mask,
    vessel__container_enter_root,
    name_host,
    new_keyring,
    vessel__container_configure_network,
    await_word,
    arrange_descriptors,
};

/* ---- the process ---- */

/* HOME is the user's unless the definition says another. */
static char **environment(const ContainerInside *inside)
{
    const char *home = inside->user.home;
    GPtrArray *words = g_ptr_array_new();
    bool has_home = false;
    VESSEL_JSON_FOREACH (word, vessel__json_get(inside->spawn->plan, "env")) {
        const char *text = vessel__json_string(word, "");
        has_home |= g_str_has_prefix(text, "HOME=");
        g_ptr_array_add(words, g_strdup(text));
    }
    if (!has_home)
        g_ptr_array_add(words, g_strconcat("HOME=", home && *home ? home : "/", NULL));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

/* "vessel-init KIND UID GID GROUPS CWD PATH ARGV…": it changes to the ids that the program is to
 * have, which process 1 has not. */
static char **init_argv(const ContainerInside *inside)
{
    const VesselJson *plan = inside->spawn->plan;
    const ContainerUser *user = &inside->user;
    g_autoptr(GString) groups = g_string_new(NULL);
    GPtrArray *argv = g_ptr_array_new();
    for (guint i = 0; i < user->groups->len; i++)
        g_string_append_printf(groups, "%s%" G_GUINT64_FORMAT, i ? "," : "",
                               g_array_index(user->groups, uint64_t, i));
    g_ptr_array_add(argv, g_strdup(VESSEL__CONTAINER_INIT));
    g_ptr_array_add(argv, g_strdup(vessel__json_get_string(plan, "kind", "program")));
    g_ptr_array_add(argv, g_strdup_printf("%" G_GUINT64_FORMAT, user->uid));
    g_ptr_array_add(argv, g_strdup_printf("%" G_GUINT64_FORMAT, user->gid));
    g_ptr_array_add(argv, g_strdup(groups->str));
    g_ptr_array_add(argv, g_strdup(vessel__json_get_string(plan, "cwd", "/")));
    g_ptr_array_add(argv, g_strdup(vessel__json_get_string(plan, "path", "/sbin/init")));
    VESSEL_JSON_FOREACH (word, vessel__json_get(plan, "argv"))
        g_ptr_array_add(argv, g_strdup(vessel__json_string(word, "")));
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

static int execute(ContainerInside *inside, VesselError **err)
{
    char **argv = init_argv(inside), **env = environment(inside);
    if (dup2(inside->socket, INIT_SOCKET) < 0 ||
        (inside->record >= 0 && dup2(inside->record, INIT_RECORD) < 0))
        return vessel__fail_errno(err, errno, "the container's descriptors");
    int code = vessel__container_set_limits(inside, err); /* of descriptors, too */
    if (code == 0)
        code = vessel__container_drop(inside, err);
    if (code < 0)
        return code;
    syscall(SYS_execveat, inside->spawn->sources[CONTAINER_INIT].tree, "", argv, env,
            AT_EMPTY_PATH);
    return vessel__fail_errno(err, errno, "%s cannot be executed", VESSEL__CONTAINER_INIT);
}

static G_GNUC_NORETURN void run_child(const ContainerSpawn *spawn, int socket)
{
    g_autoptr(VesselError) err = NULL;
    ContainerInside inside = {.spawn = spawn,
                              .socket = socket,
                              .root = -1,
                              .proc = -1,
                              .sys = -1,
                              .dev = -1,
                              .run = -1,
                              .console = -1,
                              .input = -1,
                              .record = -1};
    int code = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(steps) && code == 0; i++)
        code = steps[i](&inside, &err);
    if (code == 0)
        code = execute(&inside, &err);
    give_up(inside.socket, err);
}

/* By the system call: the C library's fork knows no namespaces. This process has one thread, and
 * the child does not come back. */
static pid_t clone_child(const ContainerSpawn *spawn)
{
    struct clone_args args = {.flags = NAMESPACES, .exit_signal = SIGCHLD};
    if (spawn->stage < 0)
        args.flags |= CLONE_NEWNS;
    int v2 = spawn->group ? vessel__cgroup_v2_fd(spawn->group) : -1;
    if (v2 >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)v2;
    }
    return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

static int make_child(const ContainerSpawn *spawn, ContainerChild *child, VesselError **err)
{
    int ends[2];
    int code = vessel__socket_pair(SOCK_SEQPACKET, ends, err);
    if (code < 0)
        return code;
    pid_t pid = clone_child(spawn);
    int errnum = errno;
    if (pid == 0) {
        close(ends[0]);
        run_child(spawn, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return explain_namespaces(errnum, err);
    }
    *child = (ContainerChild){.pid = pid, .socket = ends[0]};
    return 0;
}

int vessel__container_fork(const ContainerSpawn *spawn, ContainerChild *child, VesselError **err)
{
    int home = -1;
    int code = vessel__container_enter_time(spawn->plan, &home, err);
    if (code == 0)
        code = make_child(spawn, child, err);
    int left = vessel__container_leave_time(&home, code == 0 ? err : NULL);
    return code < 0 ? code : left;
}
