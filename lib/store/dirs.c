/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a root: made 0700, and only ever used by the one who made them. */
#include "store/internal.h"

#include "base/file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static void owner_name(uid_t uid, char name[64])
{
    char buffer[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found)
        g_strlcpy(name, found->pw_name, 64);
    else
        g_snprintf(name, 64, "uid %u", uid);
}

static int check_owner(const char *path, const struct stat *st, VesselError **err)
{
    char name[64];
    if (st->st_uid != geteuid()) {
        owner_name(st->st_uid, name);
        vessel__fail(err, VESSEL_ERROR_DENIED, "%s belongs to %s", path, name);
        vessel__error_at(err, path, 0, 0);
        vessel__error_hint(err, "open it as %s, or give a root of your own with root=DIR", name);
        return VESSEL_ERROR_DENIED;
    }
    if (st->st_mode & 022) {
        vessel__fail(err, VESSEL_ERROR_DENIED, "others may write in %s (mode %04o)", path,
                     st->st_mode & 07777);
        vessel__error_at(err, path, 0, 0);
        vessel__error_hint(err, "chmod go-w %s", path);
        return VESSEL_ERROR_DENIED;
    }
    return 0;
}

/* A link in the last place is followed only where we or root made it: in a directory like /tmp
 * anybody could have. */
static int open_directory(const char *path)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int fd = open(path, flags | O_NOFOLLOW);
    struct stat st;
    if (fd >= 0 || (errno != ENOTDIR && errno != ELOOP))
        return fd;
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && (st.st_uid == geteuid() || st.st_uid == 0))
        return open(path, flags);
    errno = ENOTDIR;
    return -1;
}

int vessel__dir_open_existing(const char *path, int *fd, VesselError **err)
{
    *fd = -1;
    vessel_autofd int dir = open_directory(path);
    struct stat st;
    if (dir < 0) {
        int errnum = errno;
        if (errnum == EACCES && stat(path, &st) == 0) {
            int rc = check_owner(path, &st, err);
            if (rc < 0)
                return rc;
        }
        int code = vessel__fail_errno(err, errnum, "cannot open the directory %s", path);
        vessel__error_at(err, path, 0, 0);
        g_autofree char *why =
            errnum == EACCES ? vessel__path_denied(path, R_OK | X_OK, -1, -1) : NULL;
        if (why)
            vessel__error_hint(err, "%s", why);
        return code;
    }
    if (fstat(dir, &st) < 0)
        return vessel__fail_errno(err, errno, "cannot look at %s", path);
    int rc = check_owner(path, &st, err);
    if (rc < 0)
        return rc;
    *fd = vessel__steal_fd(&dir);
    return 0;
}

/* The names of what was made are on the disk before anything in it is acknowledged. */
static void sync_upwards(const char *path, const char *until)
{
    g_autofree char *name = g_strdup(path);
    while (strlen(name) >= strlen(until)) {
        vessel_autofd int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
            (void)fsync(fd); /* a filesystem without it has nothing to promise */
        if (strcmp(name, "/") == 0)
            return;
        char *parent = g_path_get_dirname(name);
        g_free(name);
        name = parent;
    }
}

static char *existing_ancestor(const char *path)
{
    char *name = g_path_get_dirname(path);
    while (strcmp(name, "/") != 0 && access(name, F_OK) < 0) {
        char *parent = g_path_get_dirname(name);
        g_free(name);
        name = parent;
    }
    return name;
}

int vessel__dir_open(const char *path, bool durable, int *fd, VesselError **err)
{
    g_autoptr(VesselError) first = NULL;
    int rc = vessel__dir_open_existing(path, fd, &first);
    if (rc != VESSEL_ERROR_NOT_FOUND)
        return rc < 0 ? vessel__error_steal(err, g_steal_pointer(&first)) : 0;
    g_autofree char *ancestor = existing_ancestor(path);
    rc = vessel__make_dirs(path, 0700, err);
    if (rc < 0)
        return rc;
    if (durable)
        sync_upwards(path, ancestor);
    return vessel__dir_open_existing(path, fd, err);
}

bool vessel__dir_is_readonly(int fd)
{
    struct statvfs st;
    return fstatvfs(fd, &st) == 0 && (st.f_flag & ST_RDONLY);
}
