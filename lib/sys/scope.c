/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/scope.h"

#include "config.h"

#include <sys/stat.h>

/* sd_booted(3) is this very test. */
static bool booted_by_systemd(void)
{
    struct stat st;
    return lstat("/run/systemd/system/", &st) == 0 && S_ISDIR(st.st_mode);
}

#ifdef HAVE_LIBSYSTEMD

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <systemd/sd-bus.h>

/* Loaded when it is needed: a helper on a host without systemd has no use for the library. Each
 * entry is a function of sd-bus(3) with its own type. */
#define FUNCTIONS(entry)                                                                           \
    entry(sd_bus_open_system) entry(sd_bus_open_user) entry(sd_bus_close_unref)                    \
        entry(sd_bus_get_fd) entry(sd_bus_get_events) entry(sd_bus_process) entry(sd_bus_send)     \
            entry(sd_bus_match_signal) entry(sd_bus_call_async)                                    \
                entry(sd_bus_message_new_method_call) entry(sd_bus_message_append)                 \
                    entry(sd_bus_message_open_container) entry(sd_bus_message_close_container)     \
                        entry(sd_bus_message_read) entry(sd_bus_message_is_method_error)           \
                            entry(sd_bus_message_get_error) entry(sd_bus_message_unref)

static struct {
    bool loaded;
#define DECLARE(name) __typeof__(name) *name;
    FUNCTIONS(DECLARE)
#undef DECLARE
} sd;

static void load_library(void)
{
    void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    bool all = library != NULL;
#define LOAD(name)                                                                                 \
    sd.name = library ? (__typeof__(name) *)dlsym(library, #name) : NULL;                          \
    all = all && sd.name;
    FUNCTIONS(LOAD)
#undef LOAD
    sd.loaded = all;
}

static bool have_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_library);
    return sd.loaded;
}

static int open_bus(sd_bus **bus)
{
    return geteuid() == 0 ? sd.sd_bus_open_system(bus) : sd.sd_bus_open_user(bus);
}

bool vessel__systemd_running(void)
{
    struct stat st;
    if (!booted_by_systemd() || !have_library())
        return false;
    if (geteuid() == 0)
        return lstat("/run/systemd/private", &st) == 0 ||
               lstat("/run/dbus/system_bus_socket", &st) == 0;
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR");
    g_autofree char *user_bus = runtime ? g_build_filename(runtime, "bus", NULL)
                                        : g_strdup_printf("/run/user/%u/bus", (unsigned)geteuid());
    return lstat(user_bus, &st) == 0;
}

struct VesselScope {
    sd_bus *bus;
    char *name;
    char *job;           /* object path of the job, once systemd has answered */
    GHashTable *removed; /* job → result, of jobs that ended before we knew which was ours */
    int errnum;          /* 0, or why it failed */
    char *refusal;       /* systemd's words */
    bool done;
};

/* JobRemoved(u id, o job, s unit, s result) */
static int on_job_removed(sd_bus_message *message, void *data, sd_bus_error *error G_GNUC_UNUSED)
{
    VesselScope *scope = data;
    uint32_t id;
    const char *job, *unit, *result;
    if (sd.sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) < 0 ||
        strcmp(unit, scope->name))
        return 0;
    if (g_hash_table_size(scope->removed) < 64)
        g_hash_table_insert(scope->removed, g_strdup(job), g_strdup(result));
    return 0;
}

static int on_reply(sd_bus_message *reply, void *data, sd_bus_error *error G_GNUC_UNUSED)
{
    VesselScope *scope = data;
    const char *job;
    if (sd.sd_bus_message_is_method_error(reply, NULL)) {
        const sd_bus_error *refused = sd.sd_bus_message_get_error(reply);
        scope->refusal = g_strdup_printf("%s: %s", refused->name, refused->message);
        scope->done = true;
    } else if (sd.sd_bus_message_read(reply, "o", &job) < 0) {
        scope->errnum = EPROTO;
        scope->done = true;
    } else {
        scope->job = g_strdup(job);
    }
    return 0;
}

static int append_pids(sd_bus_message *call, const pid_t *pids, size_t count)
{
    int result = sd.sd_bus_message_open_container(call, 'r', "sv");
    if (result >= 0)
        result = sd.sd_bus_message_append(call, "s", "PIDs");
    if (result >= 0)
        result = sd.sd_bus_message_open_container(call, 'v', "au");
    if (result >= 0)
        result = sd.sd_bus_message_open_container(call, 'a', "u");
    for (size_t i = 0; i < count && result >= 0; i++)
        result = sd.sd_bus_message_append(call, "u", (uint32_t)pids[i]);
    for (int level = 0; level < 3 && result >= 0; level++)
        result = sd.sd_bus_message_close_container(call);
    return result;
}

/* StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) auxiliary),
 * org.freedesktop.systemd1(5) */
static int make_call(VesselScope *scope, const pid_t *pids, size_t count, sd_bus_message **call)
{
    int result = sd.sd_bus_message_new_method_call(
        scope->bus, call, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
        "org.freedesktop.systemd1.Manager", "StartTransientUnit");
    if (result >= 0)
        result = sd.sd_bus_message_append(*call, "ss", scope->name, "fail");
    if (result >= 0)
        result = sd.sd_bus_message_open_container(*call, 'a', "(sv)");
    if (result >= 0)
        result =
            sd.sd_bus_message_append(*call, "(sv)(sv)(sv)(sv)(sv)(sv)", "Delegate", "b", 1,
                                     /* v1: Delegate leaves blkio alone, and who is not in the scope
                                      * there is moved when the slice comes to be in it. */
                                     "IOAccounting", "b", 1,
                                     /* Its own limit is the definition's matter. */
                                     "TasksMax", "t", UINT64_MAX, "CollectMode", "s",
                                     "inactive-or-failed", "Description", "s", "Vessel guest",
                                     /* At the machine's end that unit is stopped first: it asks the
                                      * guests to shut down before their scopes are killed. */
                                     "Before", "as", 1, "vessel-autostart.service");
    if (result >= 0)
        result = append_pids(*call, pids, count);
    if (result >= 0)
        result = sd.sd_bus_message_close_container(*call);
    if (result >= 0)
        result = sd.sd_bus_message_append(*call, "a(sa(sv))", 0);
    return result;
}

static int send_call(VesselScope *scope, const pid_t *pids, size_t count)
{
    sd_bus_message *call = NULL;
    int result = open_bus(&scope->bus);
    if (result >= 0)
        result = sd.sd_bus_match_signal(
            scope->bus, NULL, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager", "JobRemoved", on_job_removed, scope);
    if (result >= 0)
        result = make_call(scope, pids, count, &call);
    if (result >= 0)
        result = sd.sd_bus_call_async(scope->bus, NULL, call, on_reply, scope, 0);
    if (call)
        sd.sd_bus_message_unref(call);
    return result;
}

int vessel__scope_begin(const char *name, const pid_t *pids, size_t count, VesselScope **scope,
                        VesselError **err)
{
    *scope = NULL;
    if (!vessel__systemd_running())
        return vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE,
                            "systemd does not run here, or cannot be reached by this user");
    g_autoptr(VesselScope) made = g_new0(VesselScope, 1);
    made->name = g_strconcat(name, ".scope", NULL);
    made->removed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    int result = send_call(made, pids, count);
    if (result < 0)
        return vessel__fail_errno(err, -result, "cannot ask systemd for the scope %s", made->name);
    *scope = g_steal_pointer(&made);
    return VESSEL_OK;
}

int vessel__scope_fd(const VesselScope *scope)
{
    return sd.sd_bus_get_fd(scope->bus);
}

/* Takes what has come; sets done when the job has ended. */
static void process_messages(VesselScope *scope)
{
    int result;
    while (!scope->done && (result = sd.sd_bus_process(scope->bus, NULL)) != 0) {
        if (result < 0) {
            scope->errnum = -result;
            scope->done = true;
        }
    }
    const char *ended = scope->job ? g_hash_table_lookup(scope->removed, scope->job) : NULL;
    if (!ended || scope->done)
        return;
    scope->done = true;
    if (strcmp(ended, "done"))
        scope->refusal = g_strdup_printf("the job ended with \"%s\"", ended);
}

int vessel__scope_finish(VesselScope *scope, VesselDeadline deadline, VesselError **err)
{
    for (process_messages(scope); !scope->done; process_messages(scope)) {
        int left_ms = vessel__deadline_poll(deadline);
        if (left_ms == 0)
            return vessel__fail(err, VESSEL_ERROR_TIMEOUT, "systemd has not answered about %s",
                                scope->name);
        int events = sd.sd_bus_get_events(scope->bus);
        struct pollfd poller = {.fd = vessel__scope_fd(scope),
                                .events = (short)(events < 0 ? POLLIN : events)};
        if (poll(&poller, 1, left_ms) < 0 && errno != EINTR)
            return vessel__fail_errno(err, errno, "cannot wait for systemd");
    }
    if (scope->errnum != 0)
        return vessel__fail_errno(err, scope->errnum, "lost systemd while it made the scope %s",
                                  scope->name);
    if (!scope->refusal)
        return VESSEL_OK;
    vessel__fail(err, VESSEL_ERROR_DENIED, "systemd did not make the scope %s", scope->name);
    vessel__error_cause(err, scope->refusal);
    return VESSEL_ERROR_DENIED;
}

void vessel__scope_free(VesselScope *scope)
{
    if (!scope)
        return;
    if (scope->bus)
        sd.sd_bus_close_unref(scope->bus);
    if (scope->removed)
        g_hash_table_unref(scope->removed);
    g_free(scope->name);
    g_free(scope->job);
    g_free(scope->refusal);
    g_free(scope);
}

#else

bool vessel__systemd_running(void)
{
    return false;
}

int vessel__scope_begin(const char *name, const pid_t *pids G_GNUC_UNUSED,
                        size_t count G_GNUC_UNUSED, VesselScope **scope, VesselError **err)
{
    *scope = NULL;
    if (!booted_by_systemd())
        return vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "systemd does not run here");
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "no scope %s: built without libsystemd", name);
    vessel__error_hint(err,
                       "build Vessel with libsystemd (Debian: apt-get install libsystemd-dev)");
    return VESSEL_ERROR_UNSUPPORTED;
}

/* There is never a scope to call these with. */
int vessel__scope_fd(const VesselScope *scope G_GNUC_UNUSED)
{
    return -1;
}

int vessel__scope_finish(VesselScope *scope G_GNUC_UNUSED, VesselDeadline deadline G_GNUC_UNUSED,
                         VesselError **err)
{
    return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "built without libsystemd");
}

void vessel__scope_free(VesselScope *scope G_GNUC_UNUSED)
{
}

#endif
