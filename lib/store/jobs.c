/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs that any program can see. jobs/ID.json is the record, jobs/ID.lock is held by the owner
 * while he lives, jobs/ID.cancel is there when somebody asked for an end, and
 * says who. The lock is made before
 * the record and let go after the final one ("ended" is in it), so a record without both is
 * abandoned. */
#include "store/internal.h"

#include "base/file.h"
#include "base/words.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define JOBS_CAP 100000
#define RECORD_CAP (1024 * 1024)
#define ID_LENGTH 16
#define CANCELLER_CAP 256
#define CANCEL_PATH_SIZE (sizeof RUN_JOBS + 32)
/* How long the final record is kept for those who follow it. */
#define KEPT_US (60 * G_USEC_PER_SEC)
#define SWEEP_US (20 * G_USEC_PER_SEC)

struct VesselJobFile {
    VesselStore *store; /* NULL in the memory store's list once it has ended */
    char id[ID_LENGTH + 1];
    VesselLock *lock;   /* local */
    VesselJson *record; /* memory */
    char *canceller;    /* memory */
    int64_t ended_us;   /* memory; 0: under way */
};

static bool is_id(const char *id)
{
    return strlen(id) == ID_LENGTH && strspn(id, "0123456789abcdef") == ID_LENGTH;
}

static int unknown_job(const char *id, VesselError **err)
{
    return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no job %s", id);
}

static int refuse_ended(const char *id, VesselError **err)
{
    return vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "the job %s has ended", id);
}

void vessel__job_entry_free(VesselJobFile *job)
{
    vessel__json_free(job->record);
    g_free(job->canceller);
    g_free(job);
}

static VesselJson *final_record(const char *id, const VesselJson *record)
{
    char time[32];
    vessel__time_format(vessel__realtime_us(), time);
    VesselJson *copy = vessel__json_copy(record);
    vessel__json_set_string(copy, "id", id);
    vessel__json_set_string(copy, "ended", time);
    return copy;
}

/* ---- files ---- */

static int jobs_dir(VesselStore *store, int *dir, VesselError **err)
{
    int rc = vessel__local_need_runtime(store, err);
    return rc < 0
               ? rc
               : vessel__open_at(store->runtime_dir, RUN_JOBS, O_RDONLY | O_DIRECTORY, 0, dir, err);
}

static void file_name(const char *id, const char *suffix, char name[32])
{
    g_snprintf(name, 32, "%s.%s", id, suffix);
}

static int write_record(VesselStore *store, const char *id, const VesselJson *record,
                        VesselError **err)
{
    vessel_autofd int dir = -1;
    int rc = jobs_dir(store, &dir, err);
    if (rc < 0)
        return rc;
    char name[32];
    file_name(id, "json", name);
    g_autofree char *text = vessel__json_format(record, false);
    return vessel__replace_file(dir, name, text, strlen(text), 0600, VESSEL_REPLACE_QUICK, err);
}

/* The lock is looked at before the record: an owner who ends meanwhile has written his last one. */
static int read_record(int dir, const char *id, VesselJson **record, VesselError **err)
{
    char name[32];
    file_name(id, "lock", name);
    int held = vessel__lock_peek(dir, name, NULL, err);
    if (held < 0)
        return held;
    g_autofree char *text = NULL;
    size_t length;
    file_name(id, "json", name);
    g_autoptr(VesselError) why = NULL;
    int rc = vessel__read_file(dir, name, RECORD_CAP, &text, &length, &why);
    if (rc == VESSEL_ERROR_NOT_FOUND)
        return unknown_job(id, err);
    if (rc < 0)
        return vessel__error_steal(err, g_steal_pointer(&why));
    rc = vessel__json_parse(text, length, NULL, name, record, err);
    if (rc < 0)
        return rc;
    if (!held && !vessel__json_get(*record, "ended"))
        vessel__json_set_string(*record, "state", "abandoned");
    return 0;
}

static bool has_ended(const VesselJson *record)
{
    return vessel__json_get(record, "ended") ||
           strcmp(vessel__json_get_string(record, "state", ""), "abandoned") == 0;
}

static void remove_files(int dir, const char *id)
{
    static const char *const suffixes[] = {"json", "cancel", "lock"};
    char name[32];
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        file_name(id, suffixes[i], name);
        unlinkat(dir, name, 0);
    }
}

/* The id of "ID.json"; false for any other name. */
static bool id_of(const char *name, char id[ID_LENGTH + 1])
{
    if (strlen(name) != ID_LENGTH + strlen(".json") || !g_str_has_suffix(name, ".json"))
        return false;
    g_strlcpy(id, name, ID_LENGTH + 1);
    return is_id(id);
}

/* Told without reading it: what was written just now is kept, ended or not. */
static bool is_young(int dir, const char *name, int64_t now_us)
{
    struct stat st;
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (int64_t)st.st_mtim.tv_sec * G_USEC_PER_SEC + KEPT_US > now_us;
}

/* Not at every job: many are made in a minute, and all of them are there. */
static bool sweep_is_due(VesselStore *store, int64_t now_us)
{
    int64_t before = atomic_load(&store->jobs_swept_us);
    return (now_us < before || now_us > before + SWEEP_US) &&
           atomic_compare_exchange_strong(&store->jobs_swept_us, &before, now_us);
}

static void sweep(VesselStore *store, int dir)
{
    int64_t now = vessel__realtime_us();
    if (!sweep_is_due(store, now))
        return;
    g_auto(GStrv) names = NULL;
    if (vessel__list_dir(dir, ".", JOBS_CAP, &names, NULL) < 0)
        return;
    for (guint i = 0; names[i]; i++) {
        char id[ID_LENGTH + 1];
        int64_t ended = 0;
        g_autoptr(VesselError) why = NULL;
        g_autoptr(VesselJson) record = NULL;
        if (!id_of(names[i], id) || is_young(dir, names[i], now))
            continue;
        int rc = read_record(dir, id, &record, &why);
        if (rc < 0 && rc != VESSEL_ERROR_NOT_FOUND)
            vessel__store_warn(store, why, "a job cannot be read");
        if (rc < 0 || !has_ended(record))
            continue;
        bool known = vessel__time_parse(vessel__json_get_string(record, "ended", ""), &ended);
        if (!known || ended + KEPT_US < now)
            remove_files(dir, id);
    }
}

static int new_local(VesselJobFile *job, const VesselJson *record, VesselError **err)
{
    vessel_autofd int dir = -1;
    int rc = jobs_dir(job->store, &dir, err);
    if (rc < 0)
        return rc;
    sweep(job->store, dir);
    char name[32];
    file_name(job->id, "lock", name);
    VesselHolder holder;
    vessel__holder_self(vessel__json_get_string(record, "operation", "job"), &holder);
    rc = vessel__lock_take(dir, name, &holder, vessel__now_ms(), &job->lock, err);
    if (rc >= 0)
        rc = write_record(job->store, job->id, record, err);
    if (rc < 0)
        remove_files(dir, job->id);
    return rc;
}

/* ---- memory ---- */

static VesselJobFile *memory_job(const VesselMemory *memory, const char *id)
{
    for (guint i = 0; i < memory->jobs->len; i++) {
        VesselJobFile *job = g_ptr_array_index(memory->jobs, i);
        if (strcmp(job->id, id) == 0)
            return job;
    }
    return NULL;
}

static void memory_sweep(VesselMemory *memory)
{
    int64_t now = vessel__realtime_us();
    for (guint i = memory->jobs->len; i-- > 0;) {
        const VesselJobFile *job = g_ptr_array_index(memory->jobs, i);
        if (job->ended_us && job->ended_us + KEPT_US < now)
            g_ptr_array_remove_index(memory->jobs, i);
    }
}

static void memory_set(VesselJobFile *job, VesselJson *record)
{
    vessel__json_free(job->record);
    job->record = record;
}

/* ---- the owner's side ---- */

int vessel__store_job_new(VesselStore *store, VesselJson *record, VesselJobFile **result,
                          VesselError **err)
{
    *result = NULL;
    VesselJobFile *job = g_new0(VesselJobFile, 1);
    job->store = vessel__store_ref(store);
    vessel__random_hex(ID_LENGTH / 2, job->id);
    vessel__json_set_string(record, "id", job->id);
    int rc = 0;
    if (store->memory) {
        pthread_mutex_lock(&store->table_mutex);
        memory_sweep(store->memory);
        memory_set(job, vessel__json_copy(record));
        g_ptr_array_add(store->memory->jobs, job);
        pthread_mutex_unlock(&store->table_mutex);
    } else {
        rc = new_local(job, record, err);
    }
    if (rc < 0) {
        vessel__lock_release(job->lock);
        vessel__job_entry_free(job);
        vessel__store_unref(store);
        return rc;
    }
    *result = job;
    return 0;
}

int vessel__store_job_update(VesselJobFile *job, const VesselJson *record, VesselError **err)
{
    VesselStore *store = job->store;
    if (!store->memory)
        return write_record(store, job->id, record, err);
    pthread_mutex_lock(&store->table_mutex);
    memory_set(job, vessel__json_copy(record));
    pthread_mutex_unlock(&store->table_mutex);
    return 0;
}

static char *memory_canceller(VesselJobFile *job)
{
    pthread_mutex_lock(&job->store->table_mutex);
    char *canceller = g_strdup(job->canceller);
    pthread_mutex_unlock(&job->store->table_mutex);
    return canceller;
}

static void cancel_path(const VesselJobFile *job, char path[CANCEL_PATH_SIZE])
{
    g_snprintf(path, CANCEL_PATH_SIZE, RUN_JOBS "/%s.cancel", job->id);
}

bool vessel__store_job_cancelled(VesselJobFile *job)
{
    char path[CANCEL_PATH_SIZE];
    if (job->store->memory) {
        g_autofree char *canceller = memory_canceller(job);
        return canceller != NULL;
    }
    cancel_path(job, path);
    return faccessat(job->store->runtime_dir, path, F_OK, 0) == 0;
}

char *vessel__store_job_canceller(VesselJobFile *job)
{
    char path[CANCEL_PATH_SIZE], *text = NULL;
    if (job->store->memory)
        return memory_canceller(job);
    cancel_path(job, path);
    vessel__read_file(job->store->runtime_dir, path, CANCELLER_CAP, &text, NULL, NULL);
    if (text && !*text)
        g_clear_pointer(&text, g_free);
    return text;
}

void vessel__store_job_end(VesselJobFile *job, const VesselJson *record)
{
    if (!job)
        return;
    VesselStore *store = job->store;
    VesselJson *final = final_record(job->id, record);
    if (store->memory) {
        pthread_mutex_lock(&store->table_mutex);
        memory_set(job, final);
        job->ended_us = vessel__realtime_us();
        job->store = NULL;
        pthread_mutex_unlock(&store->table_mutex);
    } else {
        g_autoptr(VesselError) why = NULL;
        if (write_record(store, job->id, final, &why) < 0)
            vessel__store_warn(store, why, "the end of a job cannot be written");
        vessel__json_free(final);
        vessel__lock_release(g_steal_pointer(&job->lock));
        vessel__job_entry_free(job);
    }
    vessel__store_unref(store);
}

/* ---- everybody's side ---- */

static int list_local(VesselStore *store, VesselJson *array, VesselError **err)
{
    if (store->runtime_dir < 0)
        return 0;
    vessel_autofd int dir = -1;
    g_auto(GStrv) names = NULL;
    int rc = jobs_dir(store, &dir, err);
    if (rc >= 0)
        rc = vessel__list_dir(dir, ".", JOBS_CAP, &names, err);
    for (guint i = 0; rc >= 0 && names[i]; i++) {
        char id[ID_LENGTH + 1];
        VesselJson *record = NULL;
        g_autoptr(VesselError) why = NULL;
        if (!id_of(names[i], id))
            continue;
        rc = read_record(dir, id, &record, &why);
        if (rc >= 0)
            vessel__json_append(array, record);
        else if (rc == VESSEL_ERROR_NOT_FOUND) /* swept meanwhile */
            rc = 0;
        else
            return vessel__error_steal(err, g_steal_pointer(&why));
    }
    return rc;
}

int vessel__store_jobs(VesselStore *store, VesselJson **array, VesselError **err)
{
    *array = NULL;
    g_autoptr(VesselJson) list = vessel__json_new_array();
    int rc = 0;
    if (store->memory) {
        pthread_mutex_lock(&store->table_mutex);
        for (guint i = 0; i < store->memory->jobs->len; i++) {
            const VesselJobFile *job = g_ptr_array_index(store->memory->jobs, i);
            vessel__json_append(list, vessel__json_copy(job->record));
        }
        pthread_mutex_unlock(&store->table_mutex);
    } else {
        rc = list_local(store, list, err);
    }
    if (rc >= 0)
        *array = g_steal_pointer(&list);
    return MIN(rc, 0);
}

int vessel__store_job_read(VesselStore *store, const char *id, VesselJson **record,
                           VesselError **err)
{
    *record = NULL;
    if (!is_id(id))
        return unknown_job(id, err);
    if (store->memory) {
        pthread_mutex_lock(&store->table_mutex);
        const VesselJobFile *job = memory_job(store->memory, id);
        if (job)
            *record = vessel__json_copy(job->record);
        pthread_mutex_unlock(&store->table_mutex);
        return *record ? 0 : unknown_job(id, err);
    }
    vessel_autofd int dir = -1;
    int rc = jobs_dir(store, &dir, err);
    return rc < 0 ? rc : read_record(dir, id, record, err);
}

static int cancel_memory(VesselStore *store, const char *id, const char *who, VesselError **err)
{
    pthread_mutex_lock(&store->table_mutex);
    VesselJobFile *job = memory_job(store->memory, id);
    int rc = !job ? unknown_job(id, err) : job->ended_us ? refuse_ended(id, err) : 0;
    if (rc == 0 && !job->canceller)
        job->canceller = g_strdup(who);
    pthread_mutex_unlock(&store->table_mutex);
    return rc;
}

int vessel__store_job_cancel(VesselStore *store, const char *id, const char *who, VesselError **err)
{
    if (!is_id(id))
        return unknown_job(id, err);
    if (store->memory)
        return cancel_memory(store, id, who, err);
    vessel_autofd int dir = -1, marker = -1;
    g_autoptr(VesselJson) record = NULL;
    int rc = jobs_dir(store, &dir, err);
    if (rc >= 0)
        rc = read_record(dir, id, &record, err);
    if (rc >= 0 && has_ended(record))
        rc = refuse_ended(id, err);
    if (rc < 0)
        return rc;
    char name[32];
    file_name(id, "cancel", name);
    if (vessel__replace_file(dir, name, who, strlen(who), 0600, VESSEL_REPLACE_QUICK, NULL) == 0)
        return 0;
    /* A full disk may have room for a name. */
    return vessel__open_at(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600, &marker, err);
}
