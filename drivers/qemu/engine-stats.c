/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics in the keys and units of `virsh domstats`. What the kernel knows is read at once; what
 * QEMU knows is asked for once for all who wait. A QEMU that lets a deadline pass is known as
 * silent: until it answers, everybody gets the last values and their age without waiting. */
#include "base/file.h"
#include "qemu/engine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define QUERIES 4

struct QemuStats {
    QemuEngine *engine;
    GPtrArray *waiting; /* requests */
    int unanswered;     /* of the queries on their way */
    bool silent, ever;
    int64_t asked_ms, known_ms;
    VesselJson *blockstats, *block, *balloon, *cpus; /* the last answers */
};

typedef struct {
    VesselJson *values, *errors;
} Sink;

static const struct {
    const char *command;
    size_t offset; /* of the answer in QemuStats */
} queries[QUERIES] = {
    {"query-blockstats", offsetof(QemuStats, blockstats)},
    {"query-block", offsetof(QemuStats, block)},
    {"query-balloon", offsetof(QemuStats, balloon)},
    {"query-cpus-fast", offsetof(QemuStats, cpus)},
};

static const VesselJson *plan_of(const QemuStats *stats)
{
    return vessel__warden_plan(stats->engine->warden);
}

static void missing(Sink *sink, const char *key, const char *why)
{
    VesselError *err = NULL;
    vessel__fail(&err, VESSEL_ERROR_MISSING_FEATURE, "%s", why);
    vessel__json_set(sink->errors, key, vessel__error_to_json(err));
    vessel_error_free(err);
}

static void put(Sink *sink, const char *key, uint64_t value)
{
    vessel__json_set_uint(sink->values, key, value);
}

static void put_at(Sink *sink, const char *what, size_t index, const char *key, uint64_t value)
{
    g_autofree char *name = g_strdup_printf("%s.%zu.%s", what, index, key);
    put(sink, name, value);
}

static void put_string_at(Sink *sink, const char *what, size_t index, const char *key,
                          const char *value)
{
    g_autofree char *name = g_strdup_printf("%s.%zu.%s", what, index, key);
    vessel__json_set_string(sink->values, name, value);
}

/* ---- what the kernel knows ---- */

static bool read_proc(pid_t pid, const char *rest, char **text)
{
    char path[96];
    size_t length = 0;
    g_snprintf(path, sizeof path, "/proc/%d/%s", pid, rest);
    return vessel__read_file(AT_FDCWD, path, 65536, text, &length, NULL) == 0;
}

/* Fields 14 and 15 of stat(5), in ticks, after the name that may contain anything. */
static bool split_time(pid_t pid, uint64_t *user_ns, uint64_t *system_ns)
{
    g_autofree char *text = NULL;
    unsigned long long user, system;
    long ticks = sysconf(_SC_CLK_TCK);
    if (!read_proc(pid, "stat", &text) || ticks <= 0)
        return false;
    const char *rest = strrchr(text, ')');
    if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
                        &system) != 2)
        return false;
    *user_ns = user * (1000000000ULL / (unsigned long)ticks);
    *system_ns = system * (1000000000ULL / (unsigned long)ticks);
    return true;
}

static void put_cpu(QemuStats *stats, Sink *sink)
{
    pid_t pid = vessel__warden_guest(stats->engine->warden)->pid;
    uint64_t user, system;
    struct timespec used;
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &used) == 0)
        put(sink, "cpu.time", (uint64_t)used.tv_sec * 1000000000ULL + (uint64_t)used.tv_nsec);
    else
        missing(sink, "cpu.time", "the kernel does not tell the process's CPU time");
    if (split_time(pid, &user, &system)) {
        put(sink, "cpu.user", user);
        put(sink, "cpu.system", system);
    }
}

static void put_rss(QemuStats *stats, Sink *sink)
{
    g_autofree char *text = NULL;
    unsigned long long pages;
    pid_t pid = vessel__warden_guest(stats->engine->warden)->pid;
    if (read_proc(pid, "statm", &text) && sscanf(text, "%*u %llu", &pages) == 1)
        put(sink, "balloon.rss", pages * ((unsigned long)sysconf(_SC_PAGESIZE) / 1024));
}

/* schedstat(5): time on a CPU and time waiting for one, in ns. */
static void put_vcpu(QemuStats *stats, Sink *sink, size_t index, int64_t thread)
{
    pid_t pid = vessel__warden_guest(stats->engine->warden)->pid;
    unsigned long long ran, waited;
    char file[64];
    g_autofree char *text = NULL;
    g_snprintf(file, sizeof file, "task/%" PRId64 "/schedstat", thread);
    if (thread <= 0 || !read_proc(pid, file, &text) ||
        sscanf(text, "%llu %llu", &ran, &waited) != 2)
        return;
    put_at(sink, "vcpu", index, "time", ran);
    put_at(sink, "vcpu", index, "delay", waited);
}

/* ---- what QEMU knows ---- */

static void put_balloon(QemuStats *stats, Sink *sink)
{
    uint64_t memory = vessel__json_get_uint(plan_of(stats), "memory_kib", 0);
    uint64_t actual = vessel__json_get_uint(stats->balloon, "actual", memory * 1024);
    put(sink, "balloon.current", actual / 1024);
    put(sink, "balloon.maximum", memory);
    put_rss(stats, sink);
}

static void put_vcpus(QemuStats *stats, Sink *sink)
{
    size_t index = 0;
    put(sink, "vcpu.current",
        stats->cpus ? vessel__json_length(stats->cpus)
                    : vessel__json_get_uint(plan_of(stats), "vcpus", 0));
    put(sink, "vcpu.maximum", vessel__json_get_uint(plan_of(stats), "vcpus", 0));
    VESSEL_JSON_FOREACH (cpu, stats->cpus) {
        index = (size_t)vessel__json_get_uint(cpu, "cpu-index", index);
        put_at(sink, "vcpu", index, "state", 1);
        put_vcpu(stats, sink, index, vessel__json_get_int(cpu, "thread-id", 0));
        index++;
    }
}

/* A device is named by its id in the plan and by its path in QEMU's object tree in an answer:
 * /machine/peripheral/ID or beneath it. */
static bool is_device(const char *path, const char *id)
{
    static const char above[] = "/machine/peripheral/";
    size_t length = strlen(id);
    if (!*id)
        return false;
    if (strcmp(path, id) == 0)
        return true;
    if (!g_str_has_prefix(path, above))
        return false;
    path += sizeof above - 1;
    return strncmp(path, id, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static bool is_block(const VesselJson *block, const VesselJson *answer)
{
    const char *node = vessel__json_get_string(block, "node", "");
    const VesselJson *inserted = vessel__json_get(answer, "inserted");
    if (*node && (strcmp(vessel__json_get_string(answer, "node-name", ""), node) == 0 ||
                  strcmp(vessel__json_get_string(inserted, "node-name", ""), node) == 0))
        return true;
    return is_device(vessel__json_get_string(answer, "qdev", ""),
                     vessel__json_get_string(block, "qdev", ""));
}

static const VesselJson *find(const VesselJson *answers, const VesselJson *block)
{
    VESSEL_JSON_FOREACH (answer, answers)
        if (is_block(block, answer))
            return answer;
    return NULL;
}

static void put_counters(Sink *sink, size_t index, const VesselJson *counters)
{
    static const struct {
        const char *key, *qmp;
    } names[] = {
        {"rd.reqs", "rd_operations"},
        {"rd.bytes", "rd_bytes"},
        {"rd.times", "rd_total_time_ns"},
        {"wr.reqs", "wr_operations"},
        {"wr.bytes", "wr_bytes"},
        {"wr.times", "wr_total_time_ns"},
        {"fl.reqs", "flush_operations"},
        {"fl.times", "flush_total_time_ns"},
        {"allocation", "wr_highest_offset"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const VesselJson *value = vessel__json_get(counters, names[i].qmp);
        if (value)
            put_at(sink, "block", index, names[i].key, vessel__json_uint(value, 0));
    }
}

static void put_blocks(QemuStats *stats, Sink *sink)
{
    const VesselJson *blocks = vessel__json_get(plan_of(stats), "blocks");
    size_t index = 0;
    put(sink, "block.count", vessel__json_length(blocks));
    VESSEL_JSON_FOREACH (block, blocks) {
        const VesselJson *counters = vessel__json_get(find(stats->blockstats, block), "stats");
        const VesselJson *size =
            vessel__json_path(find(stats->block, block), "inserted", "image", "virtual-size", NULL);
        put_string_at(sink, "block", index, "name", vessel__json_get_string(block, "target", NULL));
        put_string_at(sink, "block", index, "path", vessel__json_get_string(block, "path", NULL));
        put_counters(sink, index, counters);
        if (size)
            put_at(sink, "block", index, "capacity", vessel__json_uint(size, 0));
        index++;
    }
}

static void put_interfaces(QemuStats *stats, Sink *sink)
{
    const VesselJson *interfaces = vessel__json_get(plan_of(stats), "interfaces");
    size_t index = 0;
    put(sink, "net.count", vessel__json_length(interfaces));
    VESSEL_JSON_FOREACH (interface, interfaces) {
        g_autofree char *key = g_strdup_printf("net.%zu.rx.bytes", index);
        put_string_at(sink, "net", index, "name",
                      vessel__json_get_string(interface, "alias", NULL));
        missing(sink, key, "QEMU's user-mode network does not count what it carries");
        index++;
    }
}

/* ---- requests ---- */

static bool wanted(const VesselRequest *request, const char *group)
{
    const VesselJson *groups = vessel__json_get(vessel__request_args(request), "groups");
    if (vessel__json_length(groups) == 0)
        return true;
    VESSEL_JSON_FOREACH (word, groups)
        if (strcmp(vessel__json_string(word, ""), group) == 0)
            return true;
    return false;
}

static bool needs_qemu(const VesselRequest *request)
{
    return wanted(request, "balloon") || wanted(request, "vcpu") || wanted(request, "block");
}

static void answer(QemuStats *stats, VesselRequest *request, bool aged)
{
    Sink sink = {vessel__json_new_object(), vessel__json_new_object()};
    VesselJson *ok = vessel__json_new_object();
    if (wanted(request, "cpu-total"))
        put_cpu(stats, &sink);
    if (wanted(request, "balloon"))
        put_balloon(stats, &sink);
    if (wanted(request, "vcpu"))
        put_vcpus(stats, &sink);
    if (wanted(request, "block"))
        put_blocks(stats, &sink);
    if (wanted(request, "interface"))
        put_interfaces(stats, &sink);
    int64_t since = stats->ever ? stats->known_ms : stats->asked_ms;
    vessel__json_set(ok, "stats", sink.values);
    vessel__json_set(ok, "errors", sink.errors);
    vessel__json_set_int(ok, "age_ms", aged ? vessel__now_ms() - since : 0);
    if (aged) {
        g_autoptr(VesselError) err = NULL;
        vessel__fail(&err, VESSEL_ERROR_TIMEOUT,
                     "QEMU has not answered for %" PRId64 " ms; what it knows is that old",
                     vessel__now_ms() - stats->asked_ms);
        vessel__json_set(ok, "why", vessel__error_to_json(err));
    }
    vessel__request_done(request, ok);
}

static void answer_all(QemuStats *stats)
{
    while (stats->waiting->len > 0)
        answer(stats, g_ptr_array_steal_index(stats->waiting, 0), false);
}

static void query_answered(QemuStats *stats, int index, const VesselJson *answer,
                           const VesselError *err)
{
    VesselJson **slot = (VesselJson **)(void *)((char *)stats + queries[index].offset);
    if (err && vessel_error_code(err) == VESSEL_ERROR_HYPERVISOR_DIED) {
        while (stats->waiting->len > 0)
            vessel__request_failed(g_ptr_array_steal_index(stats->waiting, 0),
                                   vessel__error_copy(err));
        return;
    }
    g_clear_pointer(slot, vessel__json_free);
    if (!err)
        *slot = vessel__json_copy(answer);
    if (--stats->unanswered > 0)
        return;
    stats->silent = false;
    stats->ever = true;
    stats->known_ms = vessel__now_ms();
    answer_all(stats);
}

#define ANSWERED(n)                                                                                \
    static void answered_##n(void *data, const VesselJson *answer, const VesselError *err)         \
    {                                                                                              \
        query_answered(data, n, answer, err);                                                      \
    }
ANSWERED(0)
ANSWERED(1)
ANSWERED(2)
ANSWERED(3)
static const QemuReplyFn answered[QUERIES] = {answered_0, answered_1, answered_2, answered_3};

static void ask(QemuStats *stats)
{
    bool blocks = vessel__json_length(vessel__json_get(plan_of(stats), "blocks")) > 0;
    bool balloon = vessel__json_get_bool(plan_of(stats), "balloon", false);
    bool asked[QUERIES] = {blocks, blocks, balloon, true};
    stats->asked_ms = vessel__now_ms();
    for (int i = 0; i < QUERIES; i++) {
        if (!asked[i])
            continue;
        stats->unanswered++;
        vessel__qemu_monitor_send(stats->engine->monitor, queries[i].command, NULL, answered[i],
                                  stats);
    }
}

static void late(VesselWarden *warden, VesselRequest *request)
{
    QemuStats *stats = vessel__qemu_engine(warden)->stats;
    if (!g_ptr_array_remove(stats->waiting, request))
        return;
    stats->silent = true;
    answer(stats, request, true);
}

void vessel__qemu_stats(VesselWarden *warden, VesselRequest *request)
{
    QemuEngine *engine = vessel__qemu_engine(warden);
    QemuStats *stats = engine->stats;
    if (!stats) {
        stats = engine->stats = g_new0(QemuStats, 1);
        stats->engine = engine;
        stats->waiting = g_ptr_array_new();
    }
    if (!needs_qemu(request)) {
        answer(stats, request, false);
        return;
    }
    if (stats->unanswered == 0)
        ask(stats);
    if (stats->silent) {
        answer(stats, request, true);
        return;
    }
    g_ptr_array_add(stats->waiting, request);
    vessel__request_on_deadline(request, late);
}

void vessel__qemu_stats_free(QemuStats *stats)
{
    if (!stats)
        return;
    g_ptr_array_unref(stats->waiting);
    vessel__json_free(stats->blockstats);
    vessel__json_free(stats->block);
    vessel__json_free(stats->balloon);
    vessel__json_free(stats->cpus);
    g_free(stats);
}
