/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A group of ours goes, with what was made beneath it: as many groups and as deep as it pleased
 * whoever ran inside. */
#include "base/file.h"
#include "sys/cgroup-tops.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define REMOVE_LOOK_MS 5
#define CLOCK_EVERY 256 /* steps between looks at the clock: done even when it is late already */

/* One directory is open at a time, and back is "..". Of those above there is where their reading
 * stopped: eight bytes for a group that takes the kernel kilobytes. */
typedef struct {
    int dir;
    GArray *above; /* of off_t */
    VesselDeadline deadline;
    unsigned steps, removed;
    bool came_back; /* the next entry is the one that was just gone through */
    off_t at;       /* of the next entry */
    size_t have, used;
    _Alignas(struct dirent64) char buffer[4096];
} Walk;

static void walk_clear(Walk *walk)
{
    vessel__close_fd(&walk->dir);
    g_array_unref(walk->above);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

/* The next group in the open directory, which was at @from; NULL: there is none, or *errnum. */
static const char *next_group(Walk *walk, off_t *from, int *errnum)
{
    for (;;) {
        if (walk->used == walk->have) {
            ssize_t got = getdents64(walk->dir, walk->buffer, sizeof walk->buffer);
            *errnum = got < 0 && errno != ENOENT ? errno : 0;
            walk->have = got > 0 ? (size_t)got : 0;
            walk->used = 0;
            if (got <= 0)
                return NULL;
        }
        const struct dirent64 *entry = (const void *)(walk->buffer + walk->used);
        walk->used += entry->d_reclen;
        *from = walk->at;
        walk->at = entry->d_off;
        if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            return entry->d_name;
    }
}

static int enter(Walk *walk, const char *name, off_t at)
{
    int next = openat(walk->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (next < 0)
        return errno;
    if (at > 0 && lseek(next, at, SEEK_SET) < 0) {
        int errnum = errno;
        close(next);
        return errnum;
    }
    vessel__close_fd(&walk->dir);
    walk->dir = next;
    walk->at = at;
    walk->have = walk->used = 0;
    return 0;
}

static int go_down(Walk *walk, const char *name, off_t from)
{
    int errnum = enter(walk, name, 0);
    if (errnum == 0)
        g_array_append_val(walk->above, from);
    return errnum == ENOENT ? 0 : errnum; /* gone meanwhile */
}

static int go_up(Walk *walk)
{
    off_t at = g_array_index(walk->above, off_t, walk->above->len - 1);
    g_array_set_size(walk->above, walk->above->len - 1);
    walk->came_back = true;
    return enter(walk, "..", at);
}

static int remove_or_enter(Walk *walk, const char *name, off_t from)
{
    bool emptied = walk->came_back;
    walk->came_back = false;
    if (unlinkat(walk->dir, name, AT_REMOVEDIR) == 0) {
        walk->removed++;
        return 0;
    }
    if (errno == ENOENT)
        return 0;
    if (errno != EBUSY && errno != ENOTEMPTY)
        return errno;
    return emptied ? EBUSY : go_down(walk, name, from);
}

/* What is beneath @path, deepest first. EBUSY: a process is in one of them; ETIME: not all by
 * @deadline. */
static int remove_below(const char *path, VesselDeadline deadline, unsigned *removed)
{
    g_auto(Walk) walk = {.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW),
                         .above = g_array_new(FALSE, FALSE, sizeof(off_t)),
                         .deadline = deadline};
    int errnum = walk.dir < 0 && errno != ENOENT ? errno : 0;
    off_t from = 0;
    *removed = 0;
    while (walk.dir >= 0 && errnum == 0) {
        const char *name = next_group(&walk, &from, &errnum);
        if (!name && errnum == 0 && walk.above->len == 0)
            break;
        if (errnum == 0)
            errnum = name ? remove_or_enter(&walk, name, from) : go_up(&walk);
        if (errnum == 0 && ++walk.steps % CLOCK_EVERY == 0 && vessel__deadline_passed(deadline))
            errnum = ETIME;
    }
    *removed = walk.removed;
    return errnum;
}

/* Names whose hashes are one may be missed in a directory that is gone back to: then what is above
 * them is in use, and is gone through again. */
static int remove_all_below(const char *path, VesselDeadline deadline)
{
    unsigned removed = 0;
    int errnum;
    do
        errnum = remove_below(path, deadline, &removed);
    while (errnum == EBUSY && removed > 0 && !vessel__deadline_passed(deadline));
    return errnum;
}

static int remove_group(const char *path, VesselDeadline deadline)
{
    for (bool again = false;; again = true) {
        unsigned removed = 0;
        if (rmdir(path) == 0 || errno == ENOENT)
            return 0;
        if (errno != EBUSY && errno != ENOTEMPTY)
            return errno;
        if (again && vessel__deadline_passed(deadline))
            return ETIME;
        int errnum = remove_below(path, deadline, &removed);
        if (errnum != 0 && errnum != EBUSY)
            return errnum;
        if (removed == 0)
            return EBUSY;
    }
}

static int explain_removal(const char *path, int errnum, VesselError **err)
{
    bool busy = errnum == EBUSY || errnum == ENOTEMPTY, late = errnum == ETIME;
    int code =
        busy ? vessel__fail(err, VESSEL_ERROR_BUSY, "processes are left in control group %s", path)
        : late ? vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                              "beneath control group %s are more groups than could be removed in "
                              "time",
                              path)
               : vessel__fail_errno(err, errnum, "cannot remove control group %s", path);
    if (late)
        vessel__error_hint(err, "try again: each time removes more of them");
    vessel__error_retryable(err, busy || late);
    return code;
}

/* v2: the root's own group is gone with the last of its groups, whosever that is. */
static void remove_above(const char *path)
{
    g_autofree char *above = g_path_get_dirname(path);
    g_autofree char *leaving = g_build_filename(above, VESSEL_CGROUP_LEAVING, NULL);
    rmdir(leaving);
    rmdir(above);
}

/* ---- held ---- */

/* A lock for writing on a file to which its owner alone may write. */
#define HELD "cgroup.procs"

static bool set_hold(const VesselCgroup *group, int *fd, int how, struct flock *lock)
{
    const VesselCgroupPlace *first = group->places->len ? vessel__cgroup_place(group, 0) : NULL;
    *fd = first ? openat(first->fd, HELD, O_RDWR | O_CLOEXEC) : -1;
    return *fd >= 0 && fcntl(*fd, how, lock) == 0;
}

/* The descriptor stays open. Held by another that does the same it is held. */
int vessel__cgroup_hold(const VesselCgroup *group, VesselError **err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = -1;
    return set_hold(group, &fd, F_OFD_SETLK, &lock) || errno == EAGAIN
               ? VESSEL_OK
               : vessel__fail_errno(err, errno, "cannot hold the control group");
}

static bool is_held(const VesselCgroup *group)
{
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    vessel_autofd int fd = -1;
    return set_hold(group, &fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

int vessel__cgroup_remove(VesselCgroup *group, VesselDeadline deadline, VesselError **err)
{
    int result = VESSEL_OK;
    if (is_held(group)) {
        vessel__fail(err, VESSEL_ERROR_BUSY, "a limit of control group %s is still being written",
                     vessel__cgroup_place(group, 0)->path);
        vessel__error_retryable(err, true);
        return VESSEL_ERROR_BUSY;
    }
    for (guint i = 0; i < group->places->len; i++) {
        const VesselCgroupPlace *place = vessel__cgroup_place(group, i);
        int errnum = remove_group(place->path, deadline);
        if (errnum == 0 && place->v2)
            remove_above(place->path);
        else if (errnum != 0 && result == VESSEL_OK)
            result = explain_removal(place->path, errnum, err);
    }
    return result;
}

int vessel__cgroup_remove_by(VesselCgroup *group, VesselDeadline deadline, VesselError **err)
{
    int64_t began_ms = vessel__now_ms();
    for (;;) {
        g_autoptr(VesselError) why = NULL;
        int code = vessel__cgroup_remove(group, deadline, &why);
        if (code != VESSEL_ERROR_BUSY || vessel__deadline_passed(deadline))
            return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : code;
        g_usleep((gulong)vessel__pause_us(vessel__now_ms() - began_ms, REMOVE_LOOK_MS));
    }
}

/* v2: a group that hands controllers to those beneath it takes no process. */
static int keep_controllers(const VesselCgroupPlace *place)
{
    g_autofree char *text = NULL;
    if (vessel__read_file(place->fd, "cgroup.subtree_control", 4096, &text, NULL, NULL) < 0)
        return 0;
    g_auto(GStrv) words = g_strsplit(g_strchomp(text), " ", -1);
    for (guint i = 0; words[i] && *words[i]; i++) {
        g_autofree char *word = g_strconcat("-", words[i], NULL);
        int errnum = vessel__cgroup_write(place->fd, "cgroup.subtree_control", word);
        if (errnum != 0)
            return errnum;
    }
    return 0;
}

int vessel__cgroup_clear(const VesselCgroup *group, VesselDeadline deadline, VesselError **err)
{
    for (guint i = 0; i < group->places->len; i++) {
        const VesselCgroupPlace *place = vessel__cgroup_place(group, i);
        int errnum = remove_all_below(place->path, deadline);
        if (errnum == 0 && place->v2)
            errnum = keep_controllers(place);
        if (errnum != 0)
            return explain_removal(place->path, errnum, err);
    }
    return VESSEL_OK;
}
