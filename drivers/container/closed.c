/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the host's that a container may write to as their owner: who else could come there, to
 * execute what its root makes setuid? */
#include "base/file.h"
#include "container/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether @directory or one above it lets nobody in but us: then nobody else on the host can
 * execute what the container's root makes setuid beneath it. Walked by descriptor, from where the
 * source is. */
static bool is_closed_off(int directory)
{
    vessel_autofd int here = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    struct stat st, above;
    while (here >= 0 && fstat(here, &st) == 0) {
        if (st.st_uid == geteuid() && (st.st_mode & 077) == 0)
            return true;
        int parent = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0)
            return false;
        vessel__close_fd(&here);
        here = parent;
        if (fstat(here, &above) < 0 || (above.st_dev == st.st_dev && above.st_ino == st.st_ino))
            return false;
    }
    return false;
}

/* The directory that the file @fd is in, if it is in no other: looked up by a name that others may
 * change meanwhile, so that what bears it there is compared. Negative if it cannot be told. */
static int directory_of_file(int fd, const struct stat *st)
{
    char link[64], path[4096];
    struct stat named;
    g_snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return -1;
    path[length] = '\0';
    g_autofree char *directory = g_path_get_dirname(path), *name = g_path_get_basename(path);
    vessel_autofd int above = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool is_it = above >= 0 && fstatat(above, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                 named.st_dev == st->st_dev && named.st_ino == st->st_ino && named.st_nlink == 1;
    return is_it ? vessel__steal_fd(&above) : -1;
}

/* What is above it: the container's root may change the mode of the source itself. */
bool vessel__container_is_closed(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return false;
    vessel_autofd int above = S_ISDIR(st.st_mode)
                                  ? openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC)
                                  : directory_of_file(fd, &st);
    return above >= 0 && is_closed_off(above);
}
