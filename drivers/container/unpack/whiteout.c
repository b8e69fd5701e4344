/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a layer of an image takes away what is in those below it (OCI image specification, "Layer
 * Filesystem Changeset"): an empty file .wh.NAME for NAME, .wh..wh..opq for everything in its
 * directory. What the same layer has brought stays, in whichever order they come. */
#include "base/file.h"
#include "container/unpack/unpack.h"

#include <fcntl.h>

#define MARK ".wh."
#define ALL ".wh..wh..opq"
#define OTHERS ".wh..wh." /* aufs's own */
#define NAMES_MAX VESSEL__UNPACK_FILES

void vessel__unpack_made(VesselUnpack *unpack, const char *path)
{
    if (!unpack->is_upper)
        return;
    g_autofree char *word = g_strdup(path);
    while (*word && g_hash_table_add(unpack->made, g_strdup(word))) {
        char *slash = strrchr(word, '/');
        *(slash ? slash : word) = '\0';
    }
}

static int clear_lower(const VesselUnpack *unpack, const char *path, VesselError **err);

/* @parent is the directory of @path, @name what it is called there. */
static int remove_lower(const VesselUnpack *unpack, int parent, const char *name, const char *path,
                        VesselError **err)
{
    struct stat st;
    if (!g_hash_table_contains(unpack->made, path))
        return vessel__unpack_remove(parent, name, false, err);
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
        return 0;
    return clear_lower(unpack, path, err);
}

/* Of a directory, all that this layer has not brought. It is no deeper than what was made. */
static int clear_lower(const VesselUnpack *unpack, const char *path, VesselError **err)
{
    vessel_autofd int fd = -1;
    g_auto(GStrv) names = NULL;
    int code = vessel__open_beneath(unpack->root, *path ? path : ".",
                                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &fd, err);
    if (code == 0)
        code = vessel__list_dir(fd, ".", NAMES_MAX, &names, err);
    for (char **name = names; name && *name && code == 0; name++) {
        g_autofree char *child = *path ? g_strdup_printf("%s/%s", path, *name) : g_strdup(*name);
        code = remove_lower(unpack, fd, *name, child, err);
    }
    return code;
}

static int obey(VesselUnpack *unpack, const char *directory, int parent, const char *name,
                VesselError **err)
{
    if (strcmp(name, ALL) == 0)
        return clear_lower(unpack, directory, err);
    if (g_str_has_prefix(name, OTHERS))
        return 0;
    name += strlen(MARK);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "the mark takes no name away");
    g_autofree char *path = *directory ? g_strdup_printf("%s/%s", directory, name) : g_strdup(name);
    return remove_lower(unpack, parent, name, path, err);
}

int vessel__unpack_whiteout(VesselUnpack *unpack, const char *path, VesselError **err)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    g_autofree char *directory = g_strndup(path, slash ? (size_t)(slash - path) : 0);
    vessel_autofd int parent = -1;
    if (!g_str_has_prefix(name, MARK))
        return 0;
    if (!unpack->is_upper)
        return 1; /* nothing lies beneath it */
    if (vessel__unpack_parent(unpack, path, false, &parent, &name, NULL) < 0)
        return 1; /* where nothing is, there is nothing to take away */
    int code = obey(unpack, directory, parent, name, err);
    return code < 0 ? code : 1;
}
