/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* log/NAME.log in the state directory: what a domain's hypervisor and warden had to say. */
#include "store/internal.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define LOG_DIR "log"
#define LOG_SIZE (1024 * 1024)
/* A file's name has at most 255 bytes, and ".log.1" is added. */
#define NAME_MAX_BYTES 249
#define HASH_LENGTH 16

/* A name too long for a file is cut, and told from others by a hash of the whole. */
static int log_path(const char *name, const char *suffix, char **path, VesselError **err)
{
    if (!*name || *name == '.' || strchr(name, '/'))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" cannot name a log", name);
    if (strlen(name) <= NAME_MAX_BYTES) {
        *path = g_strdup_printf(LOG_DIR "/%s.log%s", name, suffix);
        return 0;
    }
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    *path = g_strdup_printf(LOG_DIR "/%.*s-%.*s.log%s", NAME_MAX_BYTES - HASH_LENGTH - 1, name,
                            HASH_LENGTH, hash, suffix);
    return 0;
}

static int refuse_memory(VesselStore *store, VesselError **err)
{
    return store->memory ? vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "a mock host keeps no logs")
                         : 0;
}

static int open_log(VesselStore *store, const char *path, int *fd, VesselError **err)
{
    return vessel__open_at(store->state_dir, path,
                           O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600,
                           fd, err);
}

int vessel__store_log(VesselStore *store, const char *name, int *fd, VesselError **err)
{
    *fd = -1;
    g_autofree char *path = NULL, *older = NULL;
    vessel_autofd int dir = -1, log = -1;
    int rc = refuse_memory(store, err);
    if (rc >= 0)
        rc = log_path(name, "", &path, err);
    if (rc >= 0)
        rc = log_path(name, ".1", &older, err);
    if (rc >= 0)
        rc = vessel__make_dir_at(store->state_dir, LOG_DIR, 0700, &dir, err);
    if (rc >= 0)
        rc = open_log(store, path, &log, err);
    if (rc < 0)
        return rc;
    struct stat st;
    if (fstat(log, &st) < 0 || !S_ISREG(st.st_mode))
        return vessel__fail(err, VESSEL_ERROR_IO, "%s/%s is no regular file",
                            store->places->state_dir, path);
    if (st.st_size >= LOG_SIZE) {
        vessel__close_fd(&log);
        if (renameat(store->state_dir, path, store->state_dir, older) < 0 && errno != ENOENT)
            return vessel__fail_errno(err, errno, "cannot turn over the log of %s", name);
        rc = open_log(store, path, &log, err);
        if (rc < 0)
            return rc;
    }
    *fd = vessel__steal_fd(&log);
    return 0;
}

int vessel__store_log_read(VesselStore *store, const char *name, int *fd, VesselError **err)
{
    *fd = -1;
    g_autofree char *path = NULL;
    int rc = refuse_memory(store, err);
    if (rc >= 0)
        rc = log_path(name, "", &path, err);
    if (rc >= 0)
        rc = vessel__open_at(store->state_dir, path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK,
                             0, fd, err);
    if (rc == VESSEL_ERROR_NOT_FOUND)
        vessel__error_prefix(err, "domain %s has no log yet", name);
    return rc;
}

static int rename_one(VesselStore *store, const char *old_name, const char *new_name,
                      const char *suffix, VesselError **err)
{
    g_autofree char *from = NULL, *to = NULL;
    int rc = log_path(old_name, suffix, &from, err);
    if (rc >= 0)
        rc = log_path(new_name, suffix, &to, err);
    if (rc < 0)
        return rc;
    if (renameat(store->state_dir, from, store->state_dir, to) < 0 && errno != ENOENT)
        return vessel__fail_errno(err, errno, "cannot rename the log of %s", old_name);
    return 0;
}

int vessel__store_log_rename(VesselStore *store, const char *old_name, const char *new_name,
                             VesselError **err)
{
    if (store->memory)
        return 0;
    int rc = rename_one(store, old_name, new_name, ".1", err);
    return rc < 0 ? rc : rename_one(store, old_name, new_name, "", err);
}
