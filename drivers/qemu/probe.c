/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One start of a binary in the helper, and the two caches in front of it. */
#include "base/file.h"
#include "kit/launch.h"
#include "qemu/build.h"
#include "qemu/facts.h"
#include "qemu/machine.h"
#include "qemu/plan.h"
#include "sys/wire.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#define VERSION 1 /* of the file in the cache directory */
#define PROBE_TIMEOUT_MS 10000
#define REPLIES_MAX (16 * 1024 * 1024)
#define CACHE_FILE_MAX (1024 * 1024)
#define ENTRIES_MAX 16
/* A binary that failed is not asked again by everybody who waited for the first answer. */
#define FAILURE_KEPT_MS 1000

typedef struct {
    char *binary;
    uint64_t size;
    int64_t mtime_ns;
    VesselQemuFacts *facts; /* or */
    VesselError *failure;
    int64_t failed_ms;
} Entry;

/* Shared by all hosts of the process. `entries` is held for moments, `probing` while a binary is
 * asked, so that many callers at once start it once. */
static pthread_mutex_t entries_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t probing_lock = PTHREAD_MUTEX_INITIALIZER;
static Entry entries[ENTRIES_MAX];
static unsigned next_entry;

int vessel__qemu_binary(const char *emulator, const char *arch, char **binary, VesselError **err)
{
    static const char *const places[] = {"/usr/bin", "/usr/local/bin"};
    const char *suffix = strcmp(arch, "i686") == 0 ? "i386" : arch;
    *binary = NULL;
    if (emulator) {
        if (access(emulator, X_OK) == 0) {
            *binary = g_strdup(emulator);
            return 0;
        }
        vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "the emulator %s cannot be executed: %s",
                     emulator, g_strerror(errno));
        vessel__error_at(err, "/domain/devices/emulator", 0, 0);
        vessel__error_hint(err, "Install it, or leave <emulator> out to take the distribution's");
        return VESSEL_ERROR_MISSING_FEATURE;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_strconcat(places[i], "/qemu-system-", suffix, NULL);
        if (access(path, X_OK) == 0) {
            *binary = g_steal_pointer(&path);
            return 0;
        }
    }
    /* Where the distribution has but one QEMU, that for its own architecture. */
    if (strcmp(arch, vessel__qemu_arch(&(VesselDomainDef){0})) == 0 &&
        access("/usr/libexec/qemu-kvm", X_OK) == 0) {
        *binary = g_strdup("/usr/libexec/qemu-kvm");
        return 0;
    }
    vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "no QEMU for %s guests is installed", arch);
    vessel__error_hint(
        err, "Install qemu-system-%s (Debian: qemu-system-x86), or name a binary in <emulator>",
        suffix);
    return VESSEL_ERROR_MISSING_FEATURE;
}

static VesselQemuFacts *facts_ref(VesselQemuFacts *facts)
{
    __atomic_add_fetch(&facts->references, 1, __ATOMIC_RELAXED);
    return facts;
}

static void entry_clear(Entry *entry)
{
    g_free(entry->binary);
    vessel__qemu_facts_unref(entry->facts);
    vessel_error_free(entry->failure);
    *entry = (Entry){0};
}

/* 1: known (facts or *err), 0: not. */
static int look_up(const Entry *wanted, VesselQemuFacts **facts, VesselError **err)
{
    int result = 0;
    pthread_mutex_lock(&entries_lock);
    for (unsigned i = 0; i < ENTRIES_MAX && !result; i++) {
        Entry *entry = &entries[i];
        if (!entry->binary || strcmp(entry->binary, wanted->binary) != 0)
            continue;
        if (entry->size != wanted->size || entry->mtime_ns != wanted->mtime_ns) {
            entry_clear(entry);
        } else if (entry->facts) {
            *facts = facts_ref(entry->facts);
            result = 1;
        } else if (vessel__now_ms() - entry->failed_ms <= FAILURE_KEPT_MS) {
            result = vessel__error_steal(err, vessel__error_copy(entry->failure));
        } else {
            entry_clear(entry);
        }
    }
    pthread_mutex_unlock(&entries_lock);
    return result;
}

static void keep(const Entry *wanted, VesselQemuFacts *facts, const VesselError *failure)
{
    /* That this program has no descriptor left just now says nothing of the binary. */
    if (vessel_error_code(failure) == VESSEL_ERROR_NO_RESOURCE)
        return;
    pthread_mutex_lock(&entries_lock);
    Entry *entry = &entries[next_entry++ % ENTRIES_MAX];
    for (unsigned i = 0; i < ENTRIES_MAX; i++)
        if (entries[i].binary && strcmp(entries[i].binary, wanted->binary) == 0)
            entry = &entries[i];
    entry_clear(entry);
    *entry = *wanted;
    entry->binary = g_strdup(wanted->binary);
    entry->facts = facts ? facts_ref(facts) : NULL;
    entry->failure = failure ? vessel__error_copy(failure) : NULL;
    entry->failed_ms = vessel__now_ms();
    pthread_mutex_unlock(&entries_lock);
}

static char *cache_name(const char *binary)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, binary, -1);
    return g_strdup_printf("qemu-%.16s.json", sum);
}

/* A file that is absent, of another binary or version, or damaged is as good as none. */
static VesselQemuFacts *load(VesselDriverHost *host, const Entry *wanted)
{
    g_autofree char *name = cache_name(wanted->binary), *text = NULL;
    g_autoptr(VesselJson) json = NULL;
    size_t length;
    if (host->cache_fd < 0 ||
        vessel__read_file(host->cache_fd, name, CACHE_FILE_MAX, &text, &length, NULL) < 0 ||
        vessel__json_parse(text, length, NULL, name, &json, NULL) < 0)
        return NULL;
    if (vessel__json_get_int(json, "version", 0) != VERSION ||
        strcmp(vessel__json_get_string(json, "binary", ""), wanted->binary) != 0 ||
        vessel__json_get_uint(json, "size", 0) != wanted->size ||
        vessel__json_get_int(json, "mtime_ns", 0) != wanted->mtime_ns)
        return NULL;
    return vessel__qemu_facts_from_json(vessel__json_get(json, "facts"));
}

static void store(VesselDriverHost *host, const Entry *wanted, const VesselQemuFacts *facts)
{
    g_autofree char *name = cache_name(wanted->binary), *text = NULL;
    g_autoptr(VesselJson) json = vessel__json_new_object();
    g_autoptr(VesselError) err = NULL;
    if (host->cache_fd < 0)
        return;
    vessel__json_set_int(json, "version", VERSION);
    vessel__json_set_string(json, "binary", wanted->binary);
    vessel__json_set_uint(json, "size", wanted->size);
    vessel__json_set_int(json, "mtime_ns", wanted->mtime_ns);
    vessel__json_set(json, "facts", vessel__qemu_facts_to_json(facts));
    text = vessel__json_format(json, true);
    /* Without the file the next program asks again: slower, nothing else. */
    if (vessel__replace_file(host->cache_fd, name, text, strlen(text), 0600, VESSEL_REPLACE_QUICK,
                             &err) < 0)
        vessel_log(host->log, VESSEL__LOG_WARNING, "qemu", "the probe's result is not kept: %s",
                   vessel_error_message(err));
}

static VesselJson *probe_args(const char *binary)
{
    VesselJson *args = vessel__json_new_object(), *queries = vessel__json_new_array();
    /* The order is that of vessel__qemu_facts_from_replies. */
    static const char *const words[][2] = {
        {"query-machines", NULL}, {"qom-list-types", "device"}, {"qom-list-types", "accel"}};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        VesselJson *query = vessel__json_new_object();
        vessel__json_set_string(query, "execute", words[i][0]);
        if (words[i][1]) {
            VesselJson *arguments = vessel__json_new_object();
            vessel__json_set_string(arguments, "implements", words[i][1]);
            vessel__json_set_bool(arguments, "abstract", false);
            vessel__json_set(query, "arguments", arguments);
        }
        vessel__json_append(queries, query);
    }
    vessel__json_set_string(args, "engine", VESSEL__QEMU_ENGINE);
    vessel__json_set_string(args, "binary", binary);
    vessel__json_set(args, "queries", queries);
    vessel__qemu_confine(args, binary, VESSEL_QEMU_TCG, NULL);
    return args;
}

static int ask(VesselDriverHost *host, const char *binary, VesselQemuFacts **facts,
               VesselError **err)
{
    g_autoptr(VesselJson) args = probe_args(binary), reply = NULL, answer = NULL;
    g_autofree char *text = NULL;
    vessel_autofd int fd = -1;
    size_t length;
    if (!host->helper_dir) {
        VesselError *why = host->helper_error ? vessel__error_copy(host->helper_error) : NULL;
        if (why)
            return vessel__error_steal(err, why);
        return vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "vessel-warden was not found");
    }
    int code = vessel__helper_ask(host, VESSEL__OP_PROBE, args, NULL, NULL, 0,
                                  vessel__deadline_after(PROBE_TIMEOUT_MS), &reply, &fd, err);
    if (code == 0 && (fd < 0 || lseek(fd, 0, SEEK_SET) < 0))
        code = vessel__fail(err, VESSEL_ERROR_PROTOCOL,
                            "the helper's answer to the probe has no replies");
    if (code == 0)
        code = vessel__read_fd(fd, "the probe's replies", REPLIES_MAX, &text, &length, err);
    if (code == 0)
        code = vessel__json_parse(text, length,
                                  &(VesselJsonLimits){.bytes = REPLIES_MAX, .nodes = 1000000},
                                  "the probe's replies", &answer, err);
    if (code == 0)
        code = vessel__qemu_facts_from_replies(binary, vessel__json_get(reply, "version"),
                                               vessel__json_get(answer, "replies"), facts, err);
    if (code < 0 && code != VESSEL_ERROR_NO_RESOURCE)
        vessel__error_hint(err, "Check that it is a QEMU that works: `%s -version`", binary);
    return code;
}

/* The probe's own lock, with an end to the wait. */
static int begin_probing(const char *binary, VesselError **err)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2 * PROBE_TIMEOUT_MS / 1000;
    if (pthread_mutex_timedlock(&probing_lock, &until) == 0)
        return 0;
    vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                 "other threads of this program are still probing, %s waits", binary);
    vessel__error_retryable(err, true);
    return VESSEL_ERROR_TIMEOUT;
}

int vessel__qemu_facts(VesselDriverHost *host, const char *binary, VesselQemuFacts **facts,
                       VesselError **err)
{
    struct stat st;
    *facts = NULL;
    if (stat(binary, &st) < 0)
        return vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "there is no %s: %s", binary,
                            g_strerror(errno));
    Entry wanted = {.binary = (char *)binary,
                    .size = (uint64_t)st.st_size,
                    .mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
    int known = look_up(&wanted, facts, err);
    if (known)
        return MIN(known, 0);
    int code = begin_probing(binary, err);
    if (code < 0)
        return code;
    known = look_up(&wanted, facts, err);
    if (known) {
        pthread_mutex_unlock(&probing_lock);
        return MIN(known, 0);
    }
    g_autoptr(VesselError) failure = NULL;
    *facts = load(host, &wanted);
    if (!*facts) {
        code = ask(host, binary, facts, &failure);
        if (code == 0)
            store(host, &wanted, *facts);
    }
    /* A missing helper says nothing about the binary. */
    if (code == 0 || host->helper_dir)
        keep(&wanted, *facts, failure);
    pthread_mutex_unlock(&probing_lock);
    return code == 0 ? 0 : vessel__error_steal(err, g_steal_pointer(&failure));
}
