/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime folder of a domain, and the numbers of this boot. */
#include "store/internal.h"

#include "base/file.h"
#include "base/words.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define DOMAINS_CAP 1000000
/* Somebody who waits for op.lock may make it anew while its folder is being removed; he then sees
 * that it is not the domain's folder any more and lets go. */
#define REMOVE_TRIES 20

static int folder_path(const char *uuid, char path[64], VesselError **err)
{
    char canonical[VESSEL__UUID_SIZE];
    if (!vessel__uuid_parse(uuid, canonical) || strcmp(uuid, canonical) != 0)
        return vessel__fail(err, VESSEL_ERROR_BUG, "\"%s\" is no UUID", uuid);
    g_snprintf(path, 64, RUN_DOMAINS "/%s", uuid);
    return 0;
}

int vessel__store_folder(VesselStore *store, const char *uuid, int *dir, VesselError **err)
{
    *dir = -1;
    if (store->memory)
        return 0;
    char path[64];
    int rc = folder_path(uuid, path, err);
    if (rc >= 0)
        rc = vessel__local_need_runtime(store, err);
    if (rc < 0)
        return rc;
    *dir = openat(store->runtime_dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *dir >= 0 ? 0 : vessel__make_dir_at(store->runtime_dir, path, 0700, dir, err);
}

static int remove_aside(VesselStore *store, const char *aside, VesselError **err)
{
    for (int i = 1; i < REMOVE_TRIES; i++)
        if (vessel__remove_tree(store->runtime_dir, aside, NULL) >= 0)
            return 0;
    return vessel__remove_tree(store->runtime_dir, aside, err);
}

int vessel__store_folder_remove(VesselStore *store, const char *uuid, VesselError **err)
{
    if (store->memory)
        return vessel__store_set_live(store, uuid, NULL, err);
    char path[64], random[17];
    int rc = folder_path(uuid, path, err);
    if (rc >= 0)
        rc = vessel__local_need_runtime(store, err);
    if (rc < 0)
        return rc;
    vessel__random_hex(8, random);
    g_autofree char *aside = g_strdup_printf(RUN_DOMAINS "/.%s.%s", uuid, random);
    if (renameat(store->runtime_dir, path, store->runtime_dir, aside) < 0)
        return errno == ENOENT ? 0
                               : vessel__fail_errno(err, errno,
                                                    "cannot remove the runtime folder "
                                                    "of domain %s",
                                                    uuid);
    pthread_mutex_lock(&store->table_mutex);
    vessel__table_set_live(store->table, uuid, NULL);
    pthread_mutex_unlock(&store->table_mutex);
    return remove_aside(store, aside, err);
}

static bool has_record(VesselStore *store, const char *uuid)
{
    pthread_mutex_lock(&store->table_mutex);
    const VesselEntry *entry = vessel__table_by_uuid(store->table, uuid);
    bool found = entry && entry->record;
    pthread_mutex_unlock(&store->table_mutex);
    return found;
}

/* Whoever makes a domain takes its operation lock before he names it in vessel.db: with that lock
 * in hand and no record, nobody has the folder. */
static int sweep_one(VesselStore *store, const char *uuid, VesselError **err)
{
    VesselHolder holder;
    vessel__holder_self("sweep", &holder);
    g_autoptr(VesselOpLock) lock = NULL;
    int rc = vessel__store_op_lock(store, uuid, &holder, vessel__now_ms(), &lock, err);
    if (rc == VESSEL_ERROR_BUSY) {
        vessel_error_free(g_steal_pointer(err));
        return 0;
    }
    g_autofree char *warden = g_build_filename(RUN_DOMAINS, uuid, VESSEL__RUN_WARDEN_LOCK, NULL);
    if (rc >= 0)
        rc = vessel__lock_peek(store->runtime_dir, warden, NULL, err);
    if (rc != 0)
        return MIN(rc, 0);
    g_autoptr(VesselLive) live = vessel__store_live(store, uuid);
    if (live && vessel__process_alive(&live->guest))
        return 0; /* left for whoever adopts it */
    return vessel__store_folder_remove(store, uuid, err);
}

void vessel__folders_sweep(VesselStore *store)
{
    store->folders_swept = true;
    g_auto(GStrv) names = NULL;
    g_autoptr(VesselError) why = NULL;
    int rc = vessel__list_dir(store->runtime_dir, RUN_DOMAINS, DOMAINS_CAP, &names, &why);
    for (guint i = 0; rc >= 0 && names[i]; i++) {
        char uuid[VESSEL__UUID_SIZE];
        g_autofree char *path = g_build_filename(RUN_DOMAINS, names[i], NULL);
        if (names[i][0] == '.') /* half removed */
            vessel__remove_tree(store->runtime_dir, path, NULL);
        else if (vessel__uuid_parse(names[i], uuid) && !has_record(store, uuid))
            rc = sweep_one(store, uuid, &why);
    }
    if (rc < 0)
        vessel__store_warn(store, why, "what a program that died left behind stays");
}

/* One byte appended for each number: the place after one's own byte is nobody else's. */
int vessel__store_next_id(VesselStore *store, int *id, VesselError **err)
{
    *id = -1;
    if (store->memory) {
        pthread_mutex_lock(&store->table_mutex);
        *id = ++store->memory->next_id;
        pthread_mutex_unlock(&store->table_mutex);
        return 0;
    }
    vessel_autofd int fd = -1;
    int rc = vessel__local_need_runtime(store, err);
    if (rc >= 0)
        rc = vessel__open_at(store->runtime_dir, RUN_NEXT_ID,
                             O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600, &fd, err);
    if (rc < 0)
        return rc;
    rc = vessel__write_all(fd, "\n", 1);
    off_t at = rc < 0 ? -1 : lseek(fd, 0, SEEK_CUR);
    if (at <= 0 || at > G_MAXINT)
        return vessel__fail_errno(err, rc < 0 ? -rc : EOVERFLOW,
                                  "cannot get a number for a domain");
    *id = (int)at;
    return 0;
}
