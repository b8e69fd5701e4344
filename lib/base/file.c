/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/file.h"

#include "base/words.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define OPEN_TRIES 2000 /* some milliseconds */

/* Adds which component is in the way, and the bit it lacks. */
static void hint_denied(VesselError **err, const char *path, int access_mode)
{
    g_autofree char *why =
        err ? vessel__path_denied(path, access_mode, (uid_t)-1, (gid_t)-1) : NULL;
    if (why)
        vessel__error_hint(err, "%s", why);
}

static int fail_open(VesselError **err, int errnum, const char *path, int flags)
{
    int code = vessel__fail_errno(err, errnum, "cannot open %s", path);
    vessel__error_at(err, path, 0, 0);
    if (errnum == EACCES) {
        bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
        int mask = (writes ? W_OK : 0) | ((flags & O_ACCMODE) != O_WRONLY ? R_OK : 0);
        hint_denied(err, path, flags & O_PATH ? 0 : mask);
    }
    return code;
}

int vessel__open_at(int dir, const char *path, int flags, mode_t mode, int *fd, VesselError **err)
{
    do {
        *fd = openat(dir, path, flags | O_CLOEXEC, mode);
    } while (*fd < 0 && errno == EINTR);
    return *fd >= 0 ? VESSEL_OK : fail_open(err, errno, path, flags);
}

/* EAGAIN: something was renamed or mounted, anywhere in the system, while ".." was resolved
 * (openat2(2)). Even who does that without end does not hit each of so many. Beneath a mount that
 * is in no namespace any more it may be the answer for ever: see drivers/container/reader.c. */
int vessel__openat2(int dir, const char *path, int flags, mode_t mode, uint64_t resolve)
{
    struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    int fd = -1;
    for (int tries = 0; tries < OPEN_TRIES; tries++) {
        fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
        if (fd >= 0 || (errno != EINTR && errno != EAGAIN))
            break;
    }
    return fd;
}

int vessel__open_beneath(int dir, const char *path, int flags, mode_t mode, int *fd,
                         VesselError **err)
{
    /* openat2() refuses a mode without O_CREAT. */
    mode_t used = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0;
    *fd = vessel__openat2(dir, path, flags, used, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    if (*fd >= 0)
        return VESSEL_OK;
    int code = vessel__fail_errno(err, errno, "cannot open %s beneath its root", path);
    vessel__error_at(err, path, 0, 0);
    if (code == VESSEL_ERROR_UNSUPPORTED)
        vessel__error_hint(err, "openat2(2) is needed: Linux 5.6, and no filter that hides it");
    return code;
}

/* ---- reading and writing ---- */

int vessel__read_fd(int fd, const char *what, size_t cap, char **text, size_t *length,
                    VesselError **err)
{
    struct stat st;
    bool sized = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
    /* One byte more than there is, so that the end is seen without growing. */
    size_t room = MIN(sized ? (size_t)st.st_size : 4096, cap) + 1, used = 0;
    g_autofree char *buffer = g_try_malloc(room + 1);
    *text = NULL;
    while (buffer) {
        ssize_t got = read(fd, buffer + used, room - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vessel__fail_errno(err, errno, "cannot read %s", what);
        if (got == 0)
            break;
        used += (size_t)got;
        if (used > cap)
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is larger than %zu bytes",
                                what, cap);
        if (used < room)
            continue;
        room = MIN(room * 2, cap + 1);
        char *grown = g_try_realloc(buffer, room + 1);
        if (!grown)
            return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "no memory to read %s", what);
        buffer = grown;
    }
    if (!buffer)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "no memory to read %s", what);
    buffer[used] = '\0';
    if (length)
        *length = used;
    *text = g_steal_pointer(&buffer);
    return VESSEL_OK;
}

int vessel__read_file(int dir, const char *path, size_t cap, char **text, size_t *length,
                      VesselError **err)
{
    vessel_autofd int fd = -1;
    struct stat st;
    *text = NULL;
    /* Not to wait for the other end of a FIFO. */
    int result = vessel__open_at(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, &fd, err);
    if (result < 0)
        return result;
    if (fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "cannot look at %s", path);
    if (S_ISREG(st.st_mode))
        result = vessel__read_fd(fd, path, cap, text, length, err);
    else
        result = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is not a regular file", path);
    if (result < 0)
        vessel__error_at(err, path, 0, 0);
    return result;
}

int vessel__write_all(int fd, const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        ssize_t wrote = write(fd, at, length);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return wrote < 0 ? -errno : -EIO;
        at += wrote;
        length -= (size_t)wrote;
    }
    return 0;
}

/* The errno of the first step that fails, 0 when @temporary is whole. */
static int write_temporary(int dir, const char *temporary, const char *data, size_t length,
                           mode_t mode, VesselReplace how)
{
    vessel_autofd int fd =
        openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fchmod(fd, mode) < 0) /* fchmod: the program's umask must not matter */
        return errno;
    int result = -vessel__write_all(fd, data, length);
    if (result == 0 && how == VESSEL_REPLACE_DURABLE && fsync(fd) < 0)
        result = errno;
    return result;
}

static int sync_parent(int dir, const char *name)
{
    g_autofree char *parent = g_path_get_dirname(name);
    vessel_autofd int fd = openat(dir, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? errno : 0;
}

/* For the reader: where @name is, whatever was opened before. */
static char *full_path(int dir, const char *name)
{
    char link[32];
    g_snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    g_autofree char *folder =
        dir == AT_FDCWD || name[0] == '/' ? NULL : g_file_read_link(link, NULL);
    return folder ? g_build_filename(folder, name, NULL) : g_strdup(name);
}

int vessel__replace_file(int dir, const char *name, const char *data, size_t length, mode_t mode,
                         VesselReplace how, VesselError **err)
{
    char word[17];
    vessel__random_hex(8, word);
    /* Hidden, so that what a killed writer left is never taken for a file of ours. */
    const char *slash = strrchr(name, '/');
    size_t folder = slash ? (size_t)(slash - name) + 1 : 0;
    g_autofree char *temporary =
        g_strdup_printf("%.*s.%s.%s", (int)folder, name, name + folder, word);
    int errnum = write_temporary(dir, temporary, data, length, mode, how);
    if (errnum == 0 && renameat(dir, temporary, dir, name) < 0)
        errnum = errno;
    if (errnum != 0)
        unlinkat(dir, temporary, 0);
    else if (how == VESSEL_REPLACE_DURABLE)
        errnum = sync_parent(dir, name);
    if (errnum == 0)
        return VESSEL_OK;
    g_autofree char *path = full_path(dir, name);
    int code = vessel__fail_errno(err, errnum, "cannot write %s", path);
    vessel__error_at(err, path, 0, 0);
    if (code == VESSEL_ERROR_NO_SPACE)
        vessel__error_hint(err, "make room on that filesystem and try again");
    return code;
}

/* ---- directories ---- */

/* 0 or an errno; an existing directory is fine. */
static int make_one_dir(int dir, const char *path, mode_t mode)
{
    struct stat st;
    if (mkdirat(dir, path, 0700) == 0)
        return fchmodat(dir, path, mode, 0) < 0 ? errno : 0; /* the umask must not matter */
    if (errno != EEXIST)
        return errno;
    if (fstatat(dir, path, &st, 0) < 0)
        return errno;
    return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

int vessel__make_dirs(const char *path, mode_t mode, VesselError **err)
{
    if (path[0] != '/')
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is not an absolute path", path);
    g_autofree char *prefix = g_strdup(path);
    for (char *end = prefix; end;) {
        end = strchr(end + 1 + strspn(end + 1, "/"), '/');
        if (end)
            *end = '\0';
        int errnum = make_one_dir(AT_FDCWD, prefix, mode);
        if (errnum != 0) {
            int code = vessel__fail_errno(err, errnum, "cannot make directory %s", prefix);
            vessel__error_at(err, prefix, 0, 0);
            if (errnum == EACCES)
                hint_denied(err, prefix, W_OK | X_OK);
            return code;
        }
        if (end)
            *end = '/';
    }
    return VESSEL_OK;
}

int vessel__make_dir_at(int dir, const char *name, mode_t mode, int *fd, VesselError **err)
{
    *fd = -1;
    int errnum = make_one_dir(dir, name, mode);
    if (errnum == 0)
        return vessel__open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, fd, err);
    int code = vessel__fail_errno(err, errnum, "cannot make directory %s", name);
    vessel__error_at(err, name, 0, 0);
    return code;
}

typedef struct {
    char *name; /* in its parent */
    dev_t dev;
    ino_t ino;
} RemoveLevel;

static void remove_level_clear(void *data)
{
    g_free(((RemoveLevel *)data)->name);
}

/* Goes down into @name: never through a link, never across a mount, bind mounts included. */
static int remove_enter(GArray *levels, int *at, const char *name)
{
    struct stat st;
    int fd = vessel__openat2(*at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                             RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (fd < 0)
        return errno;
    if (fstat(fd, &st) < 0) {
        int errnum = errno;
        close(fd);
        return errnum;
    }
    RemoveLevel level = {g_strdup(name), st.st_dev, st.st_ino};
    g_array_append_val(levels, level);
    close(*at);
    *at = fd;
    return 0;
}

/* Back up, if the parent is still the one we came from, and removes what we were in. */
static int remove_leave(GArray *levels, int *at, int top)
{
    g_autofree char *name = g_strdup(g_array_index(levels, RemoveLevel, levels->len - 1).name);
    g_array_set_size(levels, levels->len - 1);
    vessel_autofd int parent = levels->len > 0
                                   ? openat(*at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                   : fcntl(top, F_DUPFD_CLOEXEC, 0);
    struct stat st;
    if (parent < 0 || fstat(parent, &st) < 0)
        return errno;
    if (levels->len > 0) {
        const RemoveLevel *level = &g_array_index(levels, RemoveLevel, levels->len - 1);
        if (st.st_dev != level->dev || st.st_ino != level->ino)
            return EBUSY; /* moved away under our feet */
    }
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return errno;
    close(*at);
    *at = vessel__steal_fd(&parent);
    return 0;
}

/* Removes every file of a directory; *child is the first subdirectory that is not empty, or NULL.
 */
static int remove_files(int at, char **child)
{
    int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    int errnum = 0;
    *child = NULL;
    if (!stream) {
        errnum = errno;
        if (fd >= 0)
            close(fd);
        return errnum;
    }
    while (!*child && errnum == 0) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (!entry) {
            errnum = errno;
            break;
        }
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        bool directory = entry->d_type == DT_DIR;
        if (!directory && unlinkat(at, entry->d_name, 0) < 0 && errno != ENOENT) {
            directory = errno == EISDIR || entry->d_type == DT_UNKNOWN;
            errnum = directory ? 0 : errno;
        }
        if (directory && unlinkat(at, entry->d_name, AT_REMOVEDIR) < 0 && errno != ENOENT)
            *child = g_strdup(entry->d_name);
    }
    closedir(stream);
    return errnum;
}

/* Iterative, with one descriptor however deep: the tree may be a hostile one. */
static int remove_contents(GArray *levels, int *at, int top)
{
    int errnum = 0;
    while (errnum == 0 && levels->len > 0) {
        g_autofree char *child = NULL;
        errnum = remove_files(*at, &child);
        if (errnum == 0)
            errnum = child ? remove_enter(levels, at, child) : remove_leave(levels, at, top);
    }
    return errnum;
}

int vessel__remove_tree(int dir, const char *name, VesselError **err)
{
    g_autofree char *path = g_strdup(name), *entry = g_path_get_basename(name);
    for (size_t end = strlen(path); end > 1 && path[end - 1] == '/';)
        path[--end] = '\0';
    g_autofree char *parent = g_path_get_dirname(path);
    vessel_autofd int top = openat(dir, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    vessel_autofd int at = top < 0 ? -1 : fcntl(top, F_DUPFD_CLOEXEC, 0);
    if (top < 0 && errno == ENOENT)
        return VESSEL_OK;
    if (at < 0)
        return vessel__fail_errno(err, errno, "cannot open the directory of %s", name);
    if (unlinkat(top, entry, 0) == 0 || errno == ENOENT)
        return VESSEL_OK;
    int errnum = errno;
    if (errnum == EISDIR || errnum == EPERM) { /* POSIX has EPERM for a directory */
        g_autoptr(GArray) levels = g_array_new(FALSE, FALSE, sizeof(RemoveLevel));
        g_array_set_clear_func(levels, remove_level_clear);
        errnum = remove_enter(levels, &at, entry);
        if (errnum == 0)
            errnum = remove_contents(levels, &at, top);
    }
    if (errnum == 0 || errnum == ENOENT)
        return VESSEL_OK;
    int code = errnum == EXDEV || errnum == EBUSY
                   ? vessel__fail(err, VESSEL_ERROR_BUSY,
                                  "cannot remove %s: something is mounted in it", name)
                   : vessel__fail_errno(err, errnum, "cannot remove %s", name);
    vessel__error_at(err, name, 0, 0);
    return code;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int vessel__list_dir(int dir, const char *path, guint cap, char ***names, VesselError **err)
{
    int fd;
    *names = NULL;
    int result = vessel__open_at(dir, path, O_RDONLY | O_DIRECTORY, 0, &fd, err);
    if (result < 0)
        return result;
    DIR *stream = fdopendir(fd);
    if (!stream) {
        close(fd);
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "no memory to list %s", path);
    }
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    struct dirent *entry;
    for (errno = 0; (entry = readdir(stream)) && list->len <= cap; errno = 0)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            g_ptr_array_add(list, g_strdup(entry->d_name));
    int errnum = errno;
    closedir(stream);
    if (!entry && errnum != 0)
        return vessel__fail_errno(err, errnum, "cannot list %s", path);
    if (list->len > cap)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "%s has more than %u entries", path,
                            cap);
    if (list->len > 0) /* an array without elements has no memory, and qsort() wants some */
        qsort(list->pdata, list->len, sizeof *list->pdata, compare_names);
    g_ptr_array_add(list, NULL);
    *names = (char **)g_ptr_array_steal(list, NULL);
    return VESSEL_OK;
}

int vessel__memfd(const char *name, const void *data, size_t length, int *fd, VesselError **err)
{
    vessel_autofd int made = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    *fd = -1;
    if (made < 0)
        return vessel__fail_errno(err, errno, "cannot make the memory file %s", name);
    int errnum = -vessel__write_all(made, data, length);
    if (errnum == 0 &&
        (lseek(made, 0, SEEK_SET) < 0 ||
         fcntl(made, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0))
        errnum = errno;
    if (errnum != 0)
        return vessel__fail_errno(err, errnum, "cannot fill the memory file %s", name);
    *fd = vessel__steal_fd(&made);
    return VESSEL_OK;
}
