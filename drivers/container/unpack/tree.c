/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of an archive, beneath one directory. Nobody else is in that tree, so what is checked here
 * is what the archive itself may have put there before: links to anywhere, files for directories.
 */
#include "base/depth.h"
#include "base/file.h"
#include "container/unpack/unpack.h"

#include <fcntl.h>

int vessel__unpack_clean(const char *given, char **path, VesselError **err)
{
    g_auto(GStrv) words = g_strsplit(given, "/", -1);
    g_autoptr(GString) clean = g_string_new(NULL);
    *path = NULL;
    for (char **word = words; *word; word++) {
        if (strcmp(*word, "..") == 0)
            return vessel__fail(err, VESSEL_ERROR_CORRUPT, "the name leads out with \"..\"");
        if (!**word || strcmp(*word, ".") == 0)
            continue;
        if (clean->len)
            g_string_append_c(clean, '/');
        g_string_append(clean, *word);
    }
    *path = g_string_free(g_steal_pointer(&clean), FALSE);
    return 0;
}

static int open_directory(const VesselUnpack *unpack, const char *path, int *fd, VesselError **err)
{
    return vessel__open_beneath(unpack->root, *path ? path : ".", O_PATH | O_DIRECTORY, 0, fd, err);
}

int vessel__unpack_make(VesselUnpack *unpack, int parent, const char *name, mode_t mode,
                        VesselError **err)
{
    struct stat st;
    if (fstat(parent, &st) < 0)
        return vessel__fail_errno(err, errno, "the directory above %s", name);
    guint depth =
        GPOINTER_TO_UINT(g_hash_table_lookup(unpack->depths, GSIZE_TO_POINTER(st.st_ino)));
    if (depth >= VESSEL__DEPTH_MAX)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "directories are nested more than %d deep", VESSEL__DEPTH_MAX);
    if (mkdirat(parent, name, mode) < 0 || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return vessel__fail_errno(err, errno, "the directory %s", name);
    g_hash_table_insert(unpack->depths, GSIZE_TO_POINTER(st.st_ino), GUINT_TO_POINTER(depth + 1));
    return 0;
}

/* A directory that the archive has not told of yet, or never does. */
static int make_way(VesselUnpack *unpack, const char *path, int *fd, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    int code = open_directory(unpack, path, fd, &why);
    if (code != VESSEL_ERROR_NOT_FOUND)
        return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : 0;
    vessel_autofd int parent = -1;
    const char *name;
    code = vessel__unpack_parent(unpack, path, true, &parent, &name, err);
    if (code < 0)
        return code;
    g_clear_pointer(&why, vessel_error_free);
    code = vessel__unpack_make(unpack, parent, name, 0755, &why);
    if (code == VESSEL_ERROR_EXISTS)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "%s is no directory", path);
    return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why))
                    : open_directory(unpack, path, fd, err);
}

int vessel__unpack_parent(VesselUnpack *unpack, const char *path, bool make, int *parent,
                          const char **name, VesselError **err)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *above = g_strndup(path, slash ? (size_t)(slash - path) : 0);
    *name = slash ? slash + 1 : path;
    return make ? make_way(unpack, above, parent, err) : open_directory(unpack, above, parent, err);
}

int vessel__unpack_remove(int parent, const char *name, bool keep_directory, VesselError **err)
{
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : vessel__fail_errno(err, errno, "%s", name);
    if (S_ISDIR(st.st_mode))
        return keep_directory ? 0 : vessel__remove_tree(parent, name, err);
    return unlinkat(parent, name, 0) < 0 ? vessel__fail_errno(err, errno, "%s", name) : 0;
}

int vessel__unpack_owner(const VesselUnpack *unpack, int fd, const VesselUnpackFolder *what,
                         VesselError **err)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, what->mtime};
    /* A user has to read it for a container's copy, and to remove it; root of their container may
     * whatever these bits say. */
    mode_t own = unpack->owner ? 0 : what->is_directory ? S_IRWXU : S_IRUSR;
    if (unpack->owner && fchown(fd, (uid_t)what->uid, (gid_t)what->gid) < 0)
        return vessel__fail_errno(err, errno, "its owner %" G_GUINT64_FORMAT, what->uid);
    if (fchmod(fd, what->mode | own) < 0) /* after its owner, who takes setuid away */
        return vessel__fail_errno(err, errno, "its mode");
    return futimens(fd, times) < 0 ? vessel__fail_errno(err, errno, "its time") : 0;
}

void vessel__unpack_left_out(VesselUnpack *unpack, const char *path, const char *what)
{
    if (unpack->left_out_count++ < VESSEL__UNPACK_NAMED) {
        g_autofree char *text = g_strdup_printf("%s (%s)", path, what);
        vessel__json_append_string(unpack->left_out, text);
    }
}

/* What is in a directory comes before it: its mode may keep us out, and its time is its last
 * change's. */
static int deepest_first(const void *a, const void *b)
{
    return strcmp(*(const char *const *)b, *(const char *const *)a);
}

int vessel__unpack_finish(VesselUnpack *unpack, VesselError **err)
{
    guint count = 0;
    g_autofree const char **paths =
        (const char **)g_hash_table_get_keys_as_array(unpack->folders, &count);
    qsort(paths, count, sizeof *paths, deepest_first);
    for (guint i = 0; i < count; i++) {
        const char *path = *paths[i] ? paths[i] : ".";
        vessel_autofd int fd = -1;
        if (vessel__open_beneath(unpack->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &fd,
                                 NULL) < 0)
            continue; /* something else took its place */
        int code =
            vessel__unpack_owner(unpack, fd, g_hash_table_lookup(unpack->folders, paths[i]), err);
        if (code < 0) {
            vessel__error_prefix(err, "\"%s\"", path);
            return code;
        }
    }
    return 0;
}
