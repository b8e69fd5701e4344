/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users of a container by name: its own /etc/passwd and /etc/group, read beneath its root. The
 * host's name service knows nothing of them, and nothing of theirs is loaded here. */
#include "base/file.h"
#include "base/words.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#define FILE_MAX (1 << 20)
#define ID_MAX UINT64_C(4294967294)

/* A file of an untrusted tree: it may be a FIFO that nobody writes to. */
static int read_database(int root, const char *path, char ***lines, VesselError **err)
{
    vessel_autofd int fd = -1;
    g_autofree char *text = NULL;
    struct stat st;
    int code = vessel__open_beneath(root, path, O_PATH, 0, &fd, err);
    if (code < 0)
        return code;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "/%s in the container is no file",
                            path);
    vessel__close_fd(&fd);
    code = vessel__open_beneath(root, path, O_RDONLY | O_NONBLOCK, 0, &fd, err);
    if (code == 0)
        code = vessel__read_fd(fd, path, FILE_MAX, &text, NULL, err);
    if (code == 0)
        *lines = g_strsplit(text, "\n", -1);
    return code;
}

/* passwd(5), group(5): the fields of the line that has @key in field @at; NULL: there is none. */
static char **find_entry(char **lines, guint at, const char *key, guint fields)
{
    for (guint i = 0; lines[i]; i++) {
        char **entry = g_strsplit(lines[i], ":", -1);
        if (g_strv_length(entry) >= fields && strcmp(entry[at], key) == 0)
            return entry;
        g_strfreev(entry);
    }
    return NULL;
}

static bool is_number(const char *word, uint64_t *id)
{
    return vessel__parse_u64(*word == '+' ? word + 1 : word, id) && *id <= ID_MAX;
}

static int not_there(const char *file, const char *name, const char *path, VesselError **err)
{
    int code =
        vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "the container's /%s has no \"%s\"", file, name);
    vessel__error_at(err, path, 0, 0);
    vessel__error_hint(err, "use a name that it has, or a number");
    return code;
}

/* The groups that list @name as a member. */
static void add_memberships(int root, const char *name, ContainerUser *user)
{
    g_auto(GStrv) lines = NULL;
    if (read_database(root, "etc/group", &lines, NULL) < 0)
        return;
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) entry = g_strsplit(lines[i], ":", -1);
        uint64_t gid;
        if (g_strv_length(entry) < 4 || !vessel__parse_u64(entry[2], &gid))
            continue;
        g_auto(GStrv) members = g_strsplit(entry[3], ",", -1);
        if (g_strv_contains((const char *const *)members, name))
            g_array_append_val(user->groups, gid);
    }
}

/* A number needs no entry; if there is one it tells the group and the home. */
static int find_user(int root, const char *name, ContainerUser *user, VesselError **err)
{
    g_auto(GStrv) lines = NULL;
    g_auto(GStrv) entry = NULL;
    bool number = is_number(name, &user->uid);
    if (read_database(root, "etc/passwd", &lines, number ? NULL : err) < 0)
        return number ? 0 : vessel_error_code(err ? *err : NULL);
    g_autofree char *key =
        number ? g_strdup_printf("%" G_GUINT64_FORMAT, user->uid) : g_strdup(name);
    entry = find_entry(lines, number ? 2 : 0, key, 6);
    if (!entry)
        return number ? 0 : not_there("etc/passwd", name, "/domain/os/inituser", err);
    if (!vessel__parse_u64(entry[2], &user->uid) || !vessel__parse_u64(entry[3], &user->gid))
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "the container's /etc/passwd: %s has no ids",
                            name);
    user->home = g_strdup(entry[5]);
    add_memberships(root, entry[0], user);
    return 0;
}

static int find_group(int root, const char *name, uint64_t *gid, VesselError **err)
{
    g_auto(GStrv) lines = NULL;
    if (is_number(name, gid))
        return 0;
    int code = read_database(root, "etc/group", &lines, err);
    if (code < 0)
        return code;
    g_auto(GStrv) entry = find_entry(lines, 0, name, 3);
    return entry && vessel__parse_u64(entry[2], gid)
               ? 0
               : not_there("etc/group", name, "/domain/os/initgroup", err);
}

int vessel__container_user_find(int root, const char *name, const char *group, ContainerUser *user,
                                VesselError **err)
{
    *user = (ContainerUser){.groups = g_array_new(FALSE, FALSE, sizeof(uint64_t))};
    int code = find_user(root, name ? name : "0", user, err);
    return code == 0 && group ? find_group(root, group, &user->gid, err) : code;
}
