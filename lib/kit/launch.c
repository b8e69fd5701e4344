/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a plan to a running warden, and other helpers. Requests to a warden: warden.c. */
#include "kit/launch.h"
#include "base/file.h"
#include "kit/helper.h"
#include "kit/report.h"
#include "kit/warden-client.h"
#include "sys/cgroup.h"
#include "sys/socket.h"
#include "sys/spawn.h"
#include "sys/wire.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define LOG_TAIL 4096

struct VesselLaunch {
    VesselJson *plan;
    char *engine;
    GPtrArray *names;
    GArray *fds;
};

VesselLaunch *vessel__launch_new(const char *engine)
{
    VesselLaunch *launch = g_new0(VesselLaunch, 1);
    launch->engine = g_strdup(engine);
    launch->plan = vessel__json_new_object();
    launch->names = g_ptr_array_new_with_free_func(g_free);
    launch->fds = g_array_new(FALSE, FALSE, sizeof(int));
    return launch;
}

static void close_files(VesselLaunch *launch)
{
    for (guint i = 0; i < launch->fds->len; i++)
        vessel__close_fd(&g_array_index(launch->fds, int, i));
}

void vessel__launch_free(VesselLaunch *launch)
{
    if (!launch)
        return;
    close_files(launch);
    g_array_unref(launch->fds);
    g_ptr_array_unref(launch->names);
    vessel__json_free(launch->plan);
    g_free(launch->engine);
    g_free(launch);
}

VesselJson *vessel__launch_plan(VesselLaunch *launch)
{
    return launch->plan;
}

void vessel__launch_add_fd(VesselLaunch *launch, const char *name, int fd)
{
    g_ptr_array_add(launch->names, g_strdup(name));
    g_array_append_val(launch->fds, fd);
}

/* ---- a new helper ---- */

/* From a list, not from the program: and for a user's own systemd, where its bus is. */
static char **helper_environment(void)
{
    static const char *const passed[] = {"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"};
    GPtrArray *env = g_ptr_array_new();
    g_ptr_array_add(env, g_strdup("LANG=C"));
    g_ptr_array_add(env, g_strdup("LC_ALL=C"));
    g_ptr_array_add(env,
                    g_strdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    for (size_t i = 0; i < G_N_ELEMENTS(passed) && geteuid() != 0; i++) {
        const char *value = secure_getenv(passed[i]);
        if (value)
            g_ptr_array_add(env, g_strdup_printf("%s=%s", passed[i], value));
    }
    g_ptr_array_add(env, NULL);
    return (char **)g_ptr_array_free(env, FALSE);
}

static int spawn_helper(VesselDriverHost *host, int socket_fd, int cgroup_fd, int *pidfd,
                        VesselError **err)
{
    static const char *const argv[] = {VESSEL__HELPER_NAME, NULL};
    if (!host->helper_dir && host->helper_error)
        return vessel__error_steal(err, vessel__error_copy(host->helper_error));
    if (!host->helper_dir)
        return vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE,
                            VESSEL__HELPER_NAME " was not found");
    g_autofree char *path = g_build_filename(host->helper_dir, VESSEL__HELPER_NAME, NULL);
    vessel_autofd int exec_fd = -1;
    int code = vessel__open_at(AT_FDCWD, path, O_PATH, 0, &exec_fd, err);
    if (code < 0)
        return code;
    g_auto(GStrv) env = helper_environment();
    pid_t pid = 0;
    VesselSpawn spawn = {.exec_fd = exec_fd,
                         .argv = argv,
                         .envp = (const char *const *)env,
                         .fds = &socket_fd,
                         .fds_count = 1,
                         .cgroup_fd = cgroup_fd};
    code = vessel__spawn(&spawn, &pid, err);
    if (code < 0) {
        vessel__error_prefix(err, "starting %s", path);
        return code;
    }
    vessel_log(host->log, VESSEL__LOG_DEBUG, "launch", "vessel-warden is pid %d", pid);
    *pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* -1: it is over already */
    return 0;
}

/* A helper that finds its first request in its socket; @message NULL: that waits for one. */
static int start_helper(VesselDriverHost *host, const VesselMessage *message, int cgroup_fd,
                        VesselConnection *connection, uint64_t *id, VesselError **err)
{
    int ends[2];
    int code = vessel__socket_pair(SOCK_SEQPACKET, ends, err);
    if (code < 0)
        return code;
    connection->fd = ends[0];
    vessel_autofd int theirs = ends[1];
    if (message)
        code = vessel__connection_send(connection, message, id, err);
    return code < 0 ? code : spawn_helper(host, theirs, cgroup_fd, &connection->pidfd, err);
}

/* ---- one that waits ---- */

struct VesselHelper {
    VesselConnection connection;
};

/* systemd's own test, without its library: that is for the helper to load. */
static bool systemd_is_there(void)
{
    return access("/run/systemd/system/", F_OK) == 0;
}

VesselHelper *vessel__helper_ahead(VesselDriverHost *host)
{
    struct statfs fs;
    bool v2 = statfs("/sys/fs/cgroup", &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
    if (v2 && !systemd_is_there())
        return NULL;
    VesselHelper *helper = g_new(VesselHelper, 1);
    helper->connection = (VesselConnection)VESSEL_CONNECTION_INIT;
    if (start_helper(host, NULL, -1, &helper->connection, NULL, NULL) < 0)
        g_clear_pointer(&helper, vessel__helper_dismiss);
    return helper;
}

void vessel__helper_dismiss(VesselHelper *helper)
{
    if (!helper)
        return;
    /* Also for a copy of it that a forked child of the program's has. */
    if (helper->connection.fd >= 0)
        shutdown(helper->connection.fd, SHUT_RDWR);
    vessel__connection_see_off(&helper->connection);
    vessel__connection_clear(&helper->connection);
    g_free(helper);
}

/* False: there is none that hears it. */
static bool ask_ahead(VesselOperation *operation, const VesselMessage *message,
                      VesselConnection *connection, uint64_t *id)
{
    VesselHelper *helper = g_steal_pointer(&operation->ahead);
    if (!helper)
        return false;
    bool heard = vessel__connection_send(&helper->connection, message, id, NULL) == 0;
    if (heard) {
        *connection = helper->connection;
        helper->connection = (VesselConnection)VESSEL_CONNECTION_INIT;
    }
    vessel__helper_dismiss(helper);
    return heard;
}

/* Descriptors and their names, side by side. */
typedef struct {
    int fds[VESSEL__MESSAGE_FDS];
    const char *names[VESSEL__MESSAGE_FDS];
    size_t count;
} Parcel;

static void parcel_add(Parcel *parcel, const char *name, int fd)
{
    if (fd < 0)
        return;
    if (parcel->count < G_N_ELEMENTS(parcel->fds)) {
        parcel->fds[parcel->count] = fd;
        parcel->names[parcel->count] = name;
    }
    parcel->count++; /* too many: told by the one who sends */
}

static void parcel_add_warden(Parcel *parcel, const VesselGuest *guest)
{
    const VesselOperation *operation = guest->operation;
    parcel_add(parcel, "warden.lock", operation->warden_lock_fd);
    parcel_add(parcel, "runtime", operation->runtime_fd >= 0 ? operation->runtime_fd : guest->dir);
    parcel_add(parcel, "events", operation->events_fd);
    parcel_add(parcel, "log", operation->log_fd);
}

/* ---- start ---- */

static void set_action(VesselJson *actions, const char *what, VesselAction action)
{
    static const char *const words[] = {NULL,
                                        "destroy",
                                        "restart",
                                        "preserve",
                                        "rename-restart",
                                        "coredump-destroy",
                                        "coredump-restart"};
    if (action < G_N_ELEMENTS(words))
        vessel__json_set_string(actions, what, words[action]);
}

static VesselJson *start_args(const VesselGuest *guest, const VesselLaunch *launch,
                              const VesselStartArgs *args)
{
    VesselJson *json = vessel__json_new_object(), *actions = vessel__json_new_object();
    VesselProcess self;
    vessel__json_set_int(json, "version", VESSEL__WIRE_VERSION);
    vessel__json_set_string(json, "uuid", guest->uuid);
    vessel__json_set_string(json, "name", guest->name);
    vessel__json_set_int(json, "id", guest->id);
    vessel__json_set_string(json, "root_id", guest->host->root_id);
    vessel__json_set_string(json, "driver", guest->driver ? guest->driver : launch->engine);
    vessel__json_set_string(json, "engine", launch->engine);
    if (geteuid() != 0) { /* for what logging out will do; the helper has no name service */
        g_autofree char *user = vessel__user_name();
        vessel__json_set_string(json, "user", user);
    }
    vessel__json_set_bool(json, "transient", args->transient);
    vessel__json_set_bool(json, "paused", args->paused);
    if (args->autodestroy && vessel__process_self(&self, NULL) == 0)
        vessel__json_set(json, "autodestroy", vessel__process_to_json(&self));
    if (guest->def) {
        set_action(actions, "poweroff", guest->def->on_poweroff);
        set_action(actions, "reboot", guest->def->on_reboot);
        set_action(actions, "crash", guest->def->on_crash);
    }
    vessel__json_set(json, "actions", actions);
    vessel__json_set(json, "plan", vessel__json_copy(launch->plan));
    return json;
}

/* Where there is nothing but v2 and no systemd, the helper must be born in its group: @born of the
 * domain's @group. */
static void make_group(const VesselGuest *guest, VesselJson *args, VesselCgroup **group,
                       VesselCgroup **born)
{
    g_autoptr(VesselCgroups) groups = NULL;
    g_autoptr(VesselError) err = NULL;
    g_autofree char *name = g_strdup_printf("%s-%d", guest->uuid, guest->id);
    if (vessel__cgroups_open(&groups, &err) == 0) {
        if (vessel__cgroups_layout(groups) != VESSEL_CGROUP_V2 || systemd_is_there())
            return;
        if (vessel__cgroup_create(groups, guest->host->root_id, name, group, &err) == 0 &&
            vessel__cgroup_make_inner(*group, VESSEL_CGROUP_WARDEN, born, &err) == 0) {
            vessel__json_set(args, "cgroup", vessel__cgroup_to_json(*group));
            return;
        }
    }
    vessel__json_set_string(args, "cgroup_error", vessel_error_message(err));
}

/* The domain's log tells what a warden that died had come to. */
static void add_log_as_cause(int log_fd, VesselError **err)
{
    char path[64], text[LOG_TAIL + 1];
    if (log_fd < 0)
        return;
    g_snprintf(path, sizeof path, "/proc/self/fd/%d", log_fd);
    vessel_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (end <= 0)
        return;
    ssize_t got = pread(fd, text, LOG_TAIL, MAX(end - LOG_TAIL, 0));
    if (got <= 0)
        return;
    text[got] = '\0';
    const char *line = end > LOG_TAIL ? strchr(text, '\n') : NULL;
    g_strchomp(text);
    vessel__error_cause(err, line ? line + 1 : text);
}

/* What a helper's silence or death means for the one who waits. */
static int explain(const VesselOperation *operation, const char *what, int code, VesselError **why,
                   VesselError **err)
{
    /* A timeout that the warden tells is retryable: it took everything back. Ours is not. */
    if (code == VESSEL_ERROR_TIMEOUT && !vessel_error_retryable(*why)) {
        g_clear_pointer(why, vessel_error_free);
        vessel__fail(err, VESSEL_ERROR_OUTCOME_UNKNOWN,
                     "%s: the warden has not answered before the deadline", what);
        vessel__error_outcome(err, VESSEL_OUTCOME_UNKNOWN);
        vessel__error_hint(err, "it goes on by itself; look at the domain's state");
        return VESSEL_ERROR_OUTCOME_UNKNOWN;
    }
    if (code == VESSEL_ERROR_CLOSED) {
        g_clear_pointer(why, vessel_error_free);
        vessel__fail(err, VESSEL_ERROR_HYPERVISOR_DIED, "%s: the warden ended without an answer",
                     what);
        vessel__error_outcome(err, VESSEL_OUTCOME_UNKNOWN);
        add_log_as_cause(operation->log_fd, err);
        return VESSEL_ERROR_HYPERVISOR_DIED;
    }
    return vessel__error_steal(err, g_steal_pointer(why));
}

/* A cancelled start is taken back by its warden, and the answer says so. */
static int cancel_start(VesselConnection *connection, const VesselOperation *operation,
                        uint64_t start_id, VesselReply *reply, VesselError **err)
{
    uint64_t id;
    g_autoptr(VesselJson) args = vessel__json_new_object();
    VesselMessage message = {.op = VESSEL__OP_DESTROY,
                             .args = args,
                             .operation = operation,
                             .deadline = operation->deadline};
    vessel__json_set_bool(args, "cancel", true);
    /* A warden that has left has answered before. */
    int code = vessel__connection_send(connection, &message, &id, err);
    if (code == VESSEL_ERROR_CLOSED) {
        g_clear_pointer(err, vessel_error_free);
        code = 0;
    }
    if (code == 0)
        code = vessel__connection_wait(connection, start_id, NULL, operation->deadline, reply, err);
    return code;
}

static int wait_for_start(VesselGuest *guest, VesselConnection *connection, uint64_t id,
                          VesselError **err)
{
    g_auto(VesselReply) reply = VESSEL_REPLY_INIT;
    g_autoptr(VesselError) why = NULL;
    const VesselOperation *operation = guest->operation;
    int code =
        vessel__connection_wait(connection, id, operation, operation->deadline, &reply, &why);
    if (code == VESSEL_ERROR_CANCELLED && !reply.came) {
        g_clear_pointer(&why, vessel_error_free);
        code = cancel_start(connection, operation, id, &reply, &why);
        if (code == 0) /* it ran already when the word came: the destroy that follows ends it */
            code = vessel__fail(&why, VESSEL_ERROR_CANCELLED, "%s was cancelled", operation->name);
    }
    if (code == 0)
        return 0;
    vessel__connection_see_off(connection);
    return explain(operation, "starting the domain", code, &why, err);
}

int vessel__warden_launch(VesselGuest *guest, VesselLaunch *launch, const VesselStartArgs *args,
                          VesselError **err)
{
    VesselOperation *operation = guest->operation;
    g_autoptr(VesselJson) json = start_args(guest, launch, args);
    g_autoptr(VesselCgroup) group = NULL, born = NULL;
    g_auto(VesselConnection) connection = VESSEL_CONNECTION_INIT;
    vessel_autofd int owner = -1;
    Parcel parcel = {.count = 0};
    uint64_t id;
    if (vessel__deadline_passed(operation->deadline))
        return vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                            "the deadline passed before the start began");
    if (args->autodestroy) {
        owner = (int)syscall(SYS_pidfd_open, getpid(), 0);
        if (owner < 0)
            return vessel__fail_errno(err, errno, "pidfd_open of this process");
    }
    parcel_add(&parcel, "op.lock", operation->op_lock_fd);
    parcel_add_warden(&parcel, guest);
    parcel_add(&parcel, "owner", owner);
    for (guint i = 0; i < launch->fds->len; i++)
        parcel_add(&parcel, g_ptr_array_index(launch->names, i),
                   g_array_index(launch->fds, int, i));
    make_group(guest, json, &group, &born);
    VesselMessage message = {.op = VESSEL__OP_START,
                             .args = json,
                             .operation = operation,
                             .deadline = operation->deadline,
                             .fds = parcel.fds,
                             .fd_names = parcel.names,
                             .fds_count = parcel.count};
    int code = 0;
    if (born || !ask_ahead(operation, &message, &connection, &id))
        code = start_helper(guest->host, &message, born ? vessel__cgroup_v2_fd(born) : -1,
                            &connection, &id, err);
    /* On their way. A copy here would keep an image locked when QEMU is dead and this program is
     * stopped, or has not read the answer yet. */
    close_files(launch);
    if (code < 0) {
        if (group)
            vessel__cgroup_remove(group, vessel__deadline_after(0), NULL);
        return code;
    }
    operation->handed_over = true;
    return wait_for_start(guest, &connection, id, err);
}

/* ---- adoption, questions ---- */

/* Where the domain's wardens stand, by its record; else where the guest is. NULL: that is not to be
 * found. */
static char *place_for_adopter(const VesselGuest *guest)
{
    const VesselJson *record = vessel__json_get(guest->state, "cgroup");
    g_autofree char *text = NULL;
    VesselProcess process;
    char path[64];
    if (vessel__json_length(record) > 0)
        return g_build_filename(vessel__json_string(vessel__json_at(record, 0), ""),
                                VESSEL_CGROUP_WARDEN, NULL);
    if (!vessel__process_from_json(vessel__json_get(guest->state, "guest"), &process))
        return NULL;
    g_snprintf(path, sizeof path, "/proc/%d/cgroup", process.pid);
    if (vessel__read_file(AT_FDCWD, path, 65536, &text, NULL, NULL) < 0 ||
        !g_str_has_prefix(text, "0::/"))
        return NULL;
    return g_strconcat("/sys/fs/cgroup", g_strchomp(text) + strlen("0::"), NULL);
}

/* Hybrid, under systemd: it is by the v2 group that it knows what is in a scope. */
static int scope_for_adopter(const VesselGuest *guest)
{
    VesselProcess process;
    int v2 = -1;
    if (vessel__json_get(guest->state, "scope") &&
        vessel__process_from_json(vessel__json_get(guest->state, "guest"), &process))
        vessel__cgroups_of(process.pid, NULL, &v2, NULL);
    return v2;
}

/* Where there is v2 the adopter is to be born there: its dead predecessor had left the program's
 * group for it. -1 where that is no question, or cannot be. */
static int group_for_adopter(const VesselGuest *guest)
{
    g_autoptr(VesselCgroups) groups = NULL;
    if (vessel__cgroups_open(&groups, NULL) < 0)
        return -1;
    if (vessel__cgroups_layout(groups) != VESSEL_CGROUP_V2)
        return scope_for_adopter(guest);
    g_autofree char *path = place_for_adopter(guest);
    return path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

int vessel__warden_adopt(VesselGuest *guest, VesselError **err)
{
    VesselOperation *operation = guest->operation;
    g_auto(VesselConnection) connection = VESSEL_CONNECTION_INIT;
    g_auto(VesselReply) reply = VESSEL_REPLY_INIT;
    g_autoptr(VesselError) why = NULL;
    Parcel parcel = {.count = 0};
    uint64_t id;
    parcel_add_warden(&parcel, guest);
    /* The adopter itself has no deadline: it stays. */
    VesselMessage message = {.op = VESSEL__OP_ADOPT,
                             .operation = operation,
                             .deadline = VESSEL_DEADLINE_NEVER,
                             .fds = parcel.fds,
                             .fd_names = parcel.names,
                             .fds_count = parcel.count};
    vessel_autofd int group = group_for_adopter(guest);
    int code = start_helper(guest->host, &message, group, &connection, &id, group < 0 ? err : NULL);
    if (code < 0 && group >= 0) { /* this program may not put a process there */
        vessel__connection_clear(&connection);
        code = start_helper(guest->host, &message, -1, &connection, &id, err);
    }
    if (code < 0)
        return code;
    operation->handed_over = true;
    code = vessel__connection_wait(&connection, id, NULL, operation->deadline, &reply, &why);
    return code < 0 ? explain(operation, "adopting the guest", code, &why, err) : 0;
}

int vessel__helper_ask(VesselDriverHost *host, const char *op, const VesselJson *args,
                       const int *fds, const char *const *fd_names, size_t fds_count,
                       VesselDeadline deadline, VesselJson **reply, int *reply_fd,
                       VesselError **err)
{
    g_auto(VesselConnection) connection = VESSEL_CONNECTION_INIT;
    g_auto(VesselReply) answer = VESSEL_REPLY_INIT;
    uint64_t id;
    VesselMessage message = {.op = op,
                             .args = args,
                             .deadline = deadline,
                             .fds = fds,
                             .fd_names = fd_names,
                             .fds_count = fds_count};
    int code = start_helper(host, &message, -1, &connection, &id, err);
    if (code == 0)
        code = vessel__connection_wait(&connection, id, NULL, deadline, &answer, err);
    vessel__connection_see_off(&connection);
    if (code == VESSEL_ERROR_CLOSED)
        vessel__error_prefix(err, "vessel-warden ended without an answer to \"%s\"", op);
    if (code < 0)
        return code;
    if (reply)
        *reply = g_steal_pointer(&answer.ok);
    if (reply_fd)
        *reply_fd = vessel__steal_fd(&answer.fd);
    return 0;
}
