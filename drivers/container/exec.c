/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another program in a running container. The library executes vessel-init afresh, out of a memory
 * file that nobody can write to, and that goes in (init/join.c): neither this program nor the
 * warden ever does. */
#include "base/file.h"
#include "container/container.h"
#include "container/plan.h"
#include "sys/cgroup.h"
#include "sys/process.h"
#include "sys/socket.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <poll.h>

#define PLAN_FILE "plan.json"
#define PLAN_MAX (8 << 20)
#define END_WAIT_MS 1000

typedef struct {
    VesselGuest *guest;
    const VesselExecOptions *options;
    const char *path;
    char *user;              /* "USER[:GROUP]" */
    VesselJson *plan;        /* what it was started from */
    const VesselJson *inner; /* the engine's part of it */
    pid_t pid;               /* of its first process */
    int pidfd, root, program, null, group, socket, filter;
    bool copies;   /* it is no program of the container's but a copier, as the container's root */
    GArray *tasks; /* of int */
    GPtrArray *argv, *env;
} Join;

static void join_clear(Join *join)
{
    for (guint i = 0; join->tasks && i < join->tasks->len; i++)
        close(g_array_index(join->tasks, int, i));
    g_clear_pointer(&join->tasks, g_array_unref);
    g_clear_pointer(&join->argv, g_ptr_array_unref);
    g_clear_pointer(&join->env, g_ptr_array_unref);
    g_clear_pointer(&join->plan, vessel__json_free);
    g_clear_pointer(&join->user, g_free);
    vessel__close_fd(&join->pidfd);
    vessel__close_fd(&join->root);
    vessel__close_fd(&join->program);
    vessel__close_fd(&join->null);
    vessel__close_fd(&join->group);
    vessel__close_fd(&join->socket);
    vessel__close_fd(&join->filter);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Join, join_clear)
#define JOIN_OF(of, given)                                                                         \
    {                                                                                              \
        .guest = (of), .options = (given), .pidfd = -1, .root = -1, .program = -1, .null = -1,     \
        .group = -1, .socket = -1, .filter = -1                                                    \
    }

/* ---- which container ---- */

static int not_running(const Join *join, VesselError **err)
{
    if (err)
        g_clear_pointer(err, vessel_error_free);
    return vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "domain \"%s\" has just ended",
                        join->guest->name);
}

static int find_process(Join *join, VesselError **err)
{
    VesselProcess process;
    if (!vessel__process_from_json(vessel__json_get(join->guest->state, "guest"), &process))
        return not_running(join, err);
    int code = vessel__process_pidfd(&process, &join->pidfd, err);
    join->pid = process.pid;
    return code == VESSEL_ERROR_NOT_FOUND ? not_running(join, err) : code;
}

static int read_plan(Join *join, VesselError **err)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    int code = vessel__read_file(join->guest->dir, PLAN_FILE, PLAN_MAX, &text, &length, err);
    if (code == 0)
        code = vessel__json_parse(text, length, NULL, PLAN_FILE, &join->plan, err);
    join->inner = vessel__json_get(join->plan, "plan");
    const char *group = vessel__json_get_string(join->inner, "group", NULL);
    join->user = g_strdup(join->options->user);
    if (!join->user)
        join->user = g_strconcat(vessel__json_get_string(join->inner, "user", "0"),
                                 group ? ":" : NULL, group, NULL);
    return code;
}

/* The filter of a profile as it was when the container was started. */
static int copy_filter(Join *join, VesselError **err)
{
    const char *program =
        vessel__json_get_string(vessel__json_get(join->inner, "seccomp"), "program", NULL);
    gsize size = 0;
    if (!program)
        return 0;
    g_autofree guchar *bytes = g_base64_decode(program, &size);
    return vessel__memfd("filter", bytes, size, &join->filter, err);
}

/* ---- how it is executed ---- */

static bool has_name(const char *word, const char *setting)
{
    size_t length = strcspn(setting, "=");
    return strncmp(word, setting, length) == 0 && word[length] == '=';
}

/* The last one given counts. */
static void set_env(GPtrArray *env, const char *setting)
{
    for (guint i = 0; i < env->len; i++)
        if (has_name(env->pdata[i], setting)) {
            g_free(env->pdata[i]);
            env->pdata[i] = g_strdup(setting);
            return;
        }
    g_ptr_array_add(env, g_strdup(setting));
}

static bool has_env(const GPtrArray *env, const char *setting)
{
    for (guint i = 0; i < env->len; i++)
        if (has_name(env->pdata[i], setting))
            return true;
    return false;
}

/* HOME is the user's unless somebody has said another. */
static bool make_env(Join *join)
{
    const VesselExecOptions *options = join->options;
    const VesselDomainDef *def = join->guest->def;
    bool home = true;
    join->env = g_ptr_array_new_with_free_func(g_free);
    VESSEL_JSON_FOREACH (word, vessel__json_get(join->inner, "env"))
        g_ptr_array_add(join->env, g_strdup(vessel__json_string(word, "")));
    for (guint i = 0; def && def->initenvs && i < def->initenvs->len; i++)
        home &= strcmp(((VesselInitenv *)def->initenvs->pdata[i])->name, "HOME") != 0;
    for (const char *const *word = options->env; word && *word; word++) {
        home &= !g_str_has_prefix(*word, "HOME=");
        set_env(join->env, *word);
    }
    if (options->flags & VESSEL_EXEC_TTY && !has_env(join->env, "TERM="))
        g_ptr_array_add(join->env, g_strdup("TERM=linux"));
    g_ptr_array_add(join->env, NULL);
    return home;
}

static char *make_flags(const Join *join, bool home)
{
    const VesselJson *plan = join->inner;
    const VesselJson *filter = vessel__json_get(plan, "seccomp");
    return g_strdup_printf("%s%s%s%s%s", filter ? (join->filter >= 0 ? "f" : "u") : "",
                           vessel__json_get_bool(plan, "no_new_privs", true) ? "n" : "",
                           home ? "h" : "", vessel__json_get(plan, "time") ? "t" : "",
                           join->copies ? "c" : "");
}

static void make_argv(Join *join, const char *const *argv, bool home)
{
    const VesselExecOptions *options = join->options;
    const VesselJson *plan = join->inner;
    GPtrArray *words = join->argv = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(words, g_strdup(VESSEL__CONTAINER_INIT));
    g_ptr_array_add(words, g_strdup("join"));
    g_ptr_array_add(
        words, g_strdup(options->cwd ? options->cwd : vessel__json_get_string(plan, "cwd", "/")));
    g_ptr_array_add(words, g_strdup(join->copies ? "" : join->user));
    g_ptr_array_add(words, g_strdup_printf("%" G_GUINT64_FORMAT,
                                           vessel__json_get_uint(plan, "capabilities", 0)));
    g_ptr_array_add(words, make_flags(join, home));
    g_ptr_array_add(words, g_strdup_printf("%d", join->pid));
    g_ptr_array_add(
        words, g_strdup_printf("%" G_GINT64_FORMAT, vessel__json_get_int(plan, "oom_score", 0)));
    g_ptr_array_add(words, options->flags & VESSEL_EXEC_TTY
                               ? g_strdup_printf("%ux%u", options->rows ? options->rows : 24,
                                                 options->columns ? options->columns : 80)
                               : g_strdup(""));
    g_ptr_array_add(words, g_strdup_printf("%u", join->tasks->len));
    for (; *argv; argv++)
        g_ptr_array_add(words, g_strdup(*argv));
    g_ptr_array_add(words, NULL);
}

static int explain_spawn(const Join *join, int code, VesselError **err)
{
    if (join->group >= 0 && code == VESSEL_ERROR_DENIED)
        vessel__error_hint(err, "this program is outside of the part of the control groups that "
                                "its user may arrange: run it in a scope of the user's systemd "
                                "(systemd-run --user --scope)");
    return code;
}

static int start_joiner(Join *join, VesselError **err)
{
    const VesselExecOptions *options = join->options;
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
    const int first[] = {join->pidfd, options->stdin_fd >= 0 ? options->stdin_fd : join->null,
                         options->stdout_fd >= 0 ? options->stdout_fd : join->null,
                         options->stderr_fd >= 0 ? options->stderr_fd : join->null, join->root};
    g_array_append_vals(fds, first, G_N_ELEMENTS(first));
    g_array_append_vals(fds, join->tasks->data, join->tasks->len);
    if (join->filter >= 0)
        g_array_append_val(fds, join->filter);
    VesselSpawn spawn = {.exec_fd = join->program,
                         .argv = (const char *const *)join->argv->pdata,
                         .envp = (const char *const *)join->env->pdata,
                         .fds = (const int *)(const void *)fds->data,
                         .fds_count = fds->len,
                         .cgroup_fd = join->group};
    int code = vessel__spawn_with_socket(&spawn, &join->socket, err);
    return code < 0 ? explain_spawn(join, code, err) : 0;
}

/* ---- what becomes of it ---- */

static const struct {
    const char *step, *what;
} steps[] = {
    {"group", "joining the container's control groups"},
    {"namespaces", "joining the container's namespaces"},
    {"score", "the container's OOM score"},
    {"root", "entering the container's root"},
    {"process", "a process in the container"},
    {"identity", "becoming that user in the container"},
    {"terminal", "a terminal in the container"},
    {"capabilities", "dropping capabilities"},
    {"filter", "the filter of system calls"},
    {"keyring", "a session keyring"},
};

static int no_user(const Join *join, bool group, VesselError **err)
{
    const char *user = join->user, *colon = strchr(user, ':');
    g_autofree char *name = group ? g_strdup(colon ? colon + 1 : "")
                                  : g_strndup(user, colon ? (size_t)(colon - user) : strlen(user));
    int code = vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "the container's /etc/%s has no \"%s\"",
                            group ? "group" : "passwd", name);
    vessel__error_at(err, "user", 0, 0);
    vessel__error_hint(err, "use a name that it has, or a number");
    return code;
}

/* One that is ending takes no more processes; it has not ended before the last of them has. */
static bool is_over(const Join *join, int errnum)
{
    struct pollfd end = {.fd = join->pidfd, .events = POLLIN};
    bool ending = errnum == ENOMEM || errnum == ESRCH;
    return poll(&end, 1, ending ? END_WAIT_MS : 0) > 0;
}

static int explain(const Join *join, const char *step, int errnum, VesselError **err)
{
    const char *cwd =
        join->options->cwd ? join->options->cwd : vessel__json_get_string(join->inner, "cwd", "/");
    int code = 0;
    if (is_over(join, errnum))
        return not_running(join, err);
    if (strcmp(step, "program") == 0) {
        code = vessel__fail_errno(err, errnum, "\"%s\" in the container", join->path);
        vessel__error_at(err, "argv", 0, 0);
        return code;
    }
    if (strcmp(step, "user") == 0 || strcmp(step, "group-name") == 0)
        return no_user(join, *step == 'g', err);
    if (strcmp(step, "directory") == 0) {
        code = vessel__fail_errno(err, errnum, "\"%s\" in the container", cwd);
        vessel__error_at(err, "cwd", 0, 0);
        return code;
    }
    if (strcmp(step, "identity") == 0 && errnum == EINVAL) {
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "that user or group has no id in the container");
        vessel__error_at(err, "user", 0, 0);
        vessel__error_hint(err, "its ids are those of the definition's <idmap>");
        return code;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        if (strcmp(steps[i].step, step) == 0)
            return vessel__fail_errno(err, errnum, "%s", steps[i].what);
    return vessel__fail_errno(err, errnum, "starting a program in the container (%s)", step);
}

static int too_late(const Join *join, int code, VesselError **err)
{
    if (code == VESSEL_ERROR_CLOSED) {
        if (is_over(join, ESRCH))
            return not_running(join, err);
        g_clear_pointer(err, vessel_error_free);
        return vessel__fail(err, VESSEL_ERROR_IO,
                            "what was to start the program in the container "
                            "was killed");
    }
    if (code == VESSEL_ERROR_TIMEOUT) {
        g_clear_pointer(err, vessel_error_free);
        vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                     "the program was not started in time, and will not "
                     "be");
        vessel__error_hint(err, "a file system in the container may not answer, or it was "
                                "suspended");
        vessel__error_retryable(err, true);
    }
    return code;
}

static int await_program(Join *join, int *terminal, VesselError **err)
{
    for (;;) {
        g_autoptr(VesselJson) message = NULL;
        g_autoptr(VesselError) why = NULL;
        size_t count = 0;
        int fd = -1;
        int code = vessel__message_receive(join->socket, &message, &fd, 1, &count,
                                           join->guest->operation->deadline, &why);
        if (code < 0) {
            too_late(join, code, &why);
            return vessel__error_steal(err, g_steal_pointer(&why));
        }
        if (count > 0) {
            vessel__close_fd(terminal);
            *terminal = fd;
        }
        if (vessel__json_get(message, "running"))
            return 0;
        if (vessel__json_get(message, "step"))
            return explain(join, vessel__json_get_string(message, "step", ""),
                           (int)vessel__json_get_int(message, "errno", EIO), err);
        if (vessel__json_get(message, "signal"))
            return not_running(join, err);
    }
}

/* That of its first process, which nothing that is mounted inside can change. */
static int find_root(Join *join, VesselError **err)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/root", join->pid);
    join->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (join->root >= 0)
        return 0;
    int errnum = errno;
    bool ending = errnum == ENOENT || errnum == ESRCH; /* what ends loses its root first */
    return ending && is_over(join, ESRCH)
               ? not_running(join, err)
               : vessel__fail_errno(err, errnum, "the root of the container's first process");
}

/* Brings it in; what becomes of it is told on join->socket. */
static int join_container(Join *join, const char *const *argv, VesselError **err)
{
    join->tasks = g_array_new(FALSE, FALSE, sizeof(int));
    int code = find_process(join, err);
    if (code == 0)
        code = read_plan(join, err);
    if (code == 0)
        code = find_root(join, err);
    if (code == 0)
        code = vessel__cgroups_of(join->pid, join->tasks, &join->group, err);
    if (vessel__pidfd_dead(join->pidfd))
        return not_running(join, err);
    if (code == 0)
        code = vessel__container_program(join->guest->host, &join->program, err);
    if (code == 0)
        code = copy_filter(join, err);
    if (code == 0)
        code = vessel__open_at(AT_FDCWD, "/dev/null", O_RDWR, 0, &join->null, err);
    if (code < 0)
        return code;
    make_argv(join, argv, make_env(join));
    return start_joiner(join, err);
}

int vessel__container_exec(VesselGuest *guest, const char *const *argv,
                           const VesselExecOptions *options, VesselExecChannel *channel,
                           VesselError **err)
{
    g_auto(Join) join = JOIN_OF(guest, options);
    vessel_autofd int terminal = -1;
    join.path = argv[0];
    int code = join_container(&join, argv, err);
    if (code == 0)
        code = await_program(&join, &terminal, err);
    if (code < 0)
        return code;
    channel->socket = vessel__steal_fd(&join.socket);
    channel->terminal = vessel__steal_fd(&terminal);
    return 0;
}

/* ---- copiers ---- */

int vessel__container_join_copier(VesselGuest *guest, const char *const *argv, int stream, int proc,
                                  VesselContainerCopier *copier, VesselError **err)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    options.stdin_fd = stream;
    options.stdout_fd = proc;
    g_auto(Join) join = JOIN_OF(guest, &options);
    join.copies = true;
    int code = join_container(&join, argv, err);
    if (code < 0)
        return code;
    copier->socket = vessel__steal_fd(&join.socket);
    copier->pidfd = vessel__steal_fd(&join.pidfd);
    copier->program = vessel__steal_fd(&join.program);
    return 0;
}

int vessel__container_copier_failed(VesselGuest *guest, const VesselContainerCopier *copier,
                                    const char *step, int errnum, VesselError **err)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    Join join = JOIN_OF(guest, &options);
    join.pidfd = copier->pidfd; /* stays the copier's */
    return explain(&join, step, errnum, err);
}
