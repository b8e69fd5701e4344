/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a path cannot be opened: the first component on the way that refuses, and the bit it lacks.
 */
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define LINKS_MAX 40 /* as the kernel, path_resolution(7) */

typedef struct {
    uid_t uid;
    gid_t gid;
    bool self;
} Who;

/* Permission bits (r 4, w 2, x 1) of @need that @who does not have; 0 when all are there or when
 * nobody but the kernel can say (an access control list). */
static unsigned missing_bits(const char *path, const struct stat *st, unsigned need, const Who *who)
{
    unsigned missing = 0;
    for (unsigned bit = 4; bit > 0; bit >>= 1) {
        int access = bit == 4 ? R_OK : bit == 2 ? W_OK : X_OK;
        if ((need & bit) && who->self && faccessat(AT_FDCWD, path, access, AT_EACCESS) < 0)
            missing |= bit;
    }
    if (who->self || who->uid == 0)
        return missing;
    unsigned shift = who->uid == st->st_uid ? 6 : who->gid == st->st_gid ? 3 : 0;
    if (shift != 6 && getxattr(path, "system.posix_acl_access", NULL, 0) > 0)
        return 0;
    return need & ~(st->st_mode >> shift) & 7;
}

static char *describe(const char *path, const struct stat *st, unsigned missing, const Who *who)
{
    const char *able = missing & 4   ? "readable"
                       : missing & 2 ? "writable"
                                     : (S_ISDIR(st->st_mode) ? "searchable" : "executable");
    char bits[4] = {0};
    size_t count = 0;
    for (unsigned i = 0; i < 3; i++)
        if (missing & (4u >> i))
            bits[count++] = "rwx"[i];
    char owner[32] = "root";
    if (st->st_uid != 0)
        g_snprintf(owner, sizeof owner, "uid %u", (unsigned)st->st_uid);
    unsigned shift = who->uid == st->st_uid ? 6 : who->gid == st->st_gid ? 3 : 0;
    bool by_mode = (missing & ~(st->st_mode >> shift) & 7) != 0;
    return g_strdup_printf("%s is not %s by uid %u (mode %04o, owner %s): %s%s", path, able,
                           (unsigned)who->uid, (unsigned)st->st_mode & 07777, owner,
                           by_mode ? bits
                                   : "a read-only mount, an access control list or a security "
                                     "module refuses",
                           by_mode ? (count > 1 ? " are missing" : " is missing") : "");
}

/* NULL if @path lets @who do @need. */
static char *check(const char *path, unsigned need, const Who *who)
{
    struct stat st;
    if (need == 0 || stat(path, &st) < 0)
        return NULL;
    unsigned missing = missing_bits(path, &st, need, who);
    return missing ? describe(path, &st, missing, who) : NULL;
}

/* Goes from @at (a directory that may be searched) to its entry @name. A link's target is put in
 * front of *rest. False when the way ends here. */
static bool step(GString *at, const char *name, GString *rest, unsigned *links)
{
    char target[PATH_MAX];
    struct stat st;
    if (!strcmp(name, "."))
        return true;
    if (!strcmp(name, "..")) {
        char *slash = strrchr(at->str, '/');
        g_string_truncate(at, slash && slash > at->str ? (gsize)(slash - at->str) : 1);
        return true;
    }
    gsize before = at->len;
    if (before > 1)
        g_string_append_c(at, '/');
    g_string_append(at, name);
    if (lstat(at->str, &st) < 0)
        return false;
    if (!S_ISLNK(st.st_mode))
        return true;
    ssize_t length = readlink(at->str, target, sizeof target - 1);
    if (length < 0 || ++*links > LINKS_MAX)
        return false;
    target[length] = '\0';
    g_string_prepend_c(rest, '/');
    g_string_prepend(rest, target);
    g_string_truncate(at, target[0] == '/' ? 1 : before);
    return true;
}

char *vessel__path_denied(const char *path, int access_mode, uid_t uid, gid_t gid)
{
    if (path[0] != '/')
        return NULL;
    bool self = uid == (uid_t)-1;
    Who who = {self ? geteuid() : uid, self ? getegid() : gid, self};
    unsigned need = (access_mode & R_OK ? 4u : 0) | (access_mode & W_OK ? 2u : 0) |
                    (access_mode & X_OK ? 1u : 0);
    g_autoptr(GString) at = g_string_new("/");
    g_autoptr(GString) rest = g_string_new(path);
    unsigned links = 0;
    for (;;) {
        g_string_erase(rest, 0, (gssize)strspn(rest->str, "/"));
        if (rest->len == 0)
            return check(at->str, need, &who);
        char *denied = check(at->str, 1, &who);
        if (denied)
            return denied;
        size_t length = strcspn(rest->str, "/");
        g_autofree char *name = g_strndup(rest->str, length);
        g_string_erase(rest, 0, (gssize)length);
        g_autofree char *parent = g_strdup(at->str);
        if (!step(at, name, rest, &links))
            /* What is to be made needs a parent that can be written. */
            return need & 2 && rest->len == 0 ? check(parent, 3, &who) : NULL;
    }
}
