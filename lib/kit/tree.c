/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kit/tree.h"
#include "base/depth.h"
#include "base/file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define NAMES_MAX (4u << 20)
#define ATTRIBUTES_MAX 65536
#define STEP (8 << 20) /* between two looks at the deadline */

typedef struct {
    const VesselTreeHow *how;
    int to;            /* the top */
    GString *path;     /* where it is, beneath the top */
    GHashTable *names; /* of files with several: "DEV:INO" → the first one's path */
    char *buffer;
} Tree;

/* ---- what belongs to a file ---- */

static bool is_kept(const char *name)
{
    return g_str_has_prefix(name, "user.") || strcmp(name, "security.capability") == 0;
}

static void copy_attributes(Tree *tree, int from, int to)
{
    g_autofree char *names = g_malloc(ATTRIBUTES_MAX);
    ssize_t length = flistxattr(from, names, ATTRIBUTES_MAX);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        ssize_t size =
            is_kept(names + at) ? fgetxattr(from, names + at, tree->buffer, ATTRIBUTES_MAX) : -1;
        if (size >= 0)
            fsetxattr(to, names + at, tree->buffer, (size_t)size, 0);
    }
}

/* The owner before the mode and capabilities, which he would take away; the time last. */
static int copy_facts(Tree *tree, int from, int to, const struct stat *st, VesselError **err)
{
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    if ((geteuid() == 0 && fchown(to, st->st_uid, st->st_gid) < 0) ||
        fchmod(to, st->st_mode & 07777) < 0)
        return vessel__fail_errno(err, errno, "the owner and mode of %s", tree->path->str);
    copy_attributes(tree, from, to);
    futimens(to, times);
    return 0;
}

/* ---- files ---- */

static int check_time(const Tree *tree, VesselError **err)
{
    if (tree->how->cancelled && tree->how->cancelled(tree->how->data))
        return vessel__fail(err, VESSEL_ERROR_CANCELLED, "the copy was cancelled");
    return vessel__deadline_passed(tree->how->deadline)
               ? vessel__fail(err, VESSEL_ERROR_TIMEOUT, "the copy did not end in time")
               : 0;
}

static int copy_range(Tree *tree, int from, int to, off_t at, off_t end, VesselError **err)
{
    while (at < end) {
        off_t in = at, out = at;
        size_t wanted = (size_t)MIN(end - at, (off_t)STEP);
        ssize_t moved = copy_file_range(from, &in, to, &out, wanted, 0);
        if (moved < 0 &&
            (errno == EXDEV || errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS)) {
            moved = pread(from, tree->buffer, MIN(wanted, (size_t)ATTRIBUTES_MAX), at);
            if (moved > 0)
                moved = pwrite(to, tree->buffer, (size_t)moved, at);
        }
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0)
            return vessel__fail_errno(err, errno, "%s", tree->path->str);
        if (moved == 0)
            break; /* it was cut */
        at += moved;
        int code = check_time(tree, err);
        if (code < 0)
            return code;
    }
    return 0;
}

static int copy_data(Tree *tree, int from, int to, off_t size, VesselError **err)
{
    int code = 0;
    if (ioctl(to, FICLONE, from) == 0)
        return 0;
    if (ftruncate(to, size) < 0)
        return vessel__fail_errno(err, errno, "%s", tree->path->str);
    off_t at = lseek(from, 0, SEEK_DATA);
    if (at < 0 && errno != ENXIO)
        return copy_range(tree, from, to, 0, size, err);
    while (at >= 0 && at < size && code == 0) {
        off_t hole = lseek(from, at, SEEK_HOLE);
        hole = hole < 0 ? size : MIN(hole, size);
        code = copy_range(tree, from, to, at, hole, err);
        at = lseek(from, hole, SEEK_DATA);
    }
    return code;
}

/* True if it was there by another name and now is by this one, too. */
static bool copy_name(Tree *tree, int to, const char *name, const struct stat *st)
{
    if (st->st_nlink < 2)
        return false;
    g_autofree char *key = g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                           (guint64)st->st_dev, (guint64)st->st_ino);
    const char *first = g_hash_table_lookup(tree->names, key);
    if (first)
        return linkat(tree->to, first, to, name, 0) == 0;
    g_hash_table_insert(tree->names, g_steal_pointer(&key), g_strdup(tree->path->str));
    return false;
}

static int copy_file(Tree *tree, int from, int to, const char *name, const struct stat *st,
                     VesselError **err)
{
    if (copy_name(tree, to, name, st))
        return 0;
    vessel_autofd int in =
        openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    vessel_autofd int out =
        openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (in < 0 || out < 0)
        return vessel__fail_errno(err, errno, "%s", tree->path->str);
    int code = copy_data(tree, in, out, st->st_size, err);
    return code < 0 ? code : copy_facts(tree, in, out, st, err);
}

/* ---- what is none ---- */

static int copy_link(Tree *tree, int from, int to, const char *name, const struct stat *st,
                     VesselError **err)
{
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    ssize_t length = readlinkat(from, name, tree->buffer, ATTRIBUTES_MAX - 1);
    if (length >= 0)
        tree->buffer[length] = '\0';
    if (length < 0 || symlinkat(tree->buffer, to, name) < 0 ||
        (geteuid() == 0 && fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0))
        return vessel__fail_errno(err, errno, "%s", tree->path->str);
    utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

static int copy_fifo(Tree *tree, int to, const char *name, const struct stat *st, VesselError **err)
{
    if (mknodat(to, name, S_IFIFO | 0600, 0) < 0 ||
        (geteuid() == 0 && fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0) ||
        fchmodat(to, name, st->st_mode & 07777, 0) < 0)
        return vessel__fail_errno(err, errno, "%s", tree->path->str);
    return 0;
}

/* ---- directories ---- */

static int copy_directory(Tree *tree, int from, int to, int depth, VesselError **err);

static int copy_below(Tree *tree, int from, int to, const char *name, int depth, VesselError **err)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    vessel_autofd int in = openat(from, name, flags);
    if (in < 0 || mkdirat(to, name, 0700) < 0)
        return vessel__fail_errno(err, errno, "%s", tree->path->str);
    vessel_autofd int out = openat(to, name, flags);
    if (out < 0)
        return vessel__fail_errno(err, errno, "%s", tree->path->str);
    return copy_directory(tree, in, out, depth + 1, err);
}

static int copy_entry(Tree *tree, int from, int to, const char *name, int depth, VesselError **err)
{
    struct stat st;
    int code = check_time(tree, err);
    if (code < 0)
        return code;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return vessel__fail_errno(err, errno, "%s", tree->path->str);
    if (S_ISDIR(st.st_mode))
        return copy_below(tree, from, to, name, depth, err);
    if (S_ISREG(st.st_mode))
        return copy_file(tree, from, to, name, &st, err);
    if (S_ISLNK(st.st_mode))
        return copy_link(tree, from, to, name, &st, err);
    return S_ISFIFO(st.st_mode) ? copy_fifo(tree, to, name, &st, err) : 0;
}

static int copy_directory(Tree *tree, int from, int to, int depth, VesselError **err)
{
    g_auto(GStrv) names = NULL;
    struct stat st;
    int code = vessel__list_dir(from, ".", NAMES_MAX, &names, err);
    if (code == 0 && depth > VESSEL__DEPTH_MAX)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%s: directories are nested more than %d deep", tree->path->str,
                            VESSEL__DEPTH_MAX);
    for (char **name = names; code == 0 && *name; name++) {
        gsize before = tree->path->len;
        g_string_append_printf(tree->path, "%s%s", before ? "/" : "", *name);
        code = copy_entry(tree, from, to, *name, depth, err);
        g_string_truncate(tree->path, before);
    }
    if (code == 0 && fstat(from, &st) < 0)
        code = vessel__fail_errno(err, errno, "%s", tree->path->str);
    return code < 0 ? code : copy_facts(tree, from, to, &st, err);
}

int vessel__tree_copy(int from, int to, const VesselTreeHow *how, VesselError **err)
{
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *buffer = g_malloc(ATTRIBUTES_MAX);
    Tree tree = {.how = how, .to = to, .path = path, .names = names, .buffer = buffer};
    return copy_directory(&tree, from, to, 0, err);
}
