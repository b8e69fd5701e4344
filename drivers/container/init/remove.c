/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-init remove NAME: removes NAME beneath the directory that is descriptor 4, in a user
 * namespace whose maps the library has written for it: what belongs to another of an ordinary
 * user's ids cannot be removed by that user. Descriptor 3 is a socket to the library: a byte to it
 * when the namespace is there, one from it when the maps are, and then the errno. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "container/init/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FOLDER 4
#define MAPS_MS 10000

static int tell(int errnum)
{
    unsigned char byte = (unsigned char)errnum;
    send(SOCKET, &byte, 1, MSG_NOSIGNAL);
    return errnum ? FAILED : 0;
}

static bool is_itself(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* What is in the directory @fd, but directories that are not empty: the name of one of those, else
 * "". */
static int remove_flat(int fd, char full[NAME_MAX + 1])
{
    struct dirent *entry;
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), errnum = 0;
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    *full = '\0';
    if (!dir)
        return errno;
    while (errnum == 0 && (entry = readdir(dir))) {
        if (is_itself(entry->d_name) || unlinkat(fd, entry->d_name, 0) == 0 ||
            ((errno == EISDIR || errno == EPERM) && unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0))
            continue;
        if (errno == ENOTEMPTY || errno == EEXIST)
            snprintf(full, NAME_MAX + 1, "%s", entry->d_name);
        else if (errno != ENOENT)
            errnum = errno;
    }
    closedir(dir);
    return errnum;
}

/* One descriptor, however deep: back is "..". */
static int remove_below(int folder, const char *name)
{
    char full[NAME_MAX + 1];
    int here = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int errnum = here < 0 ? errno : 0;
    for (unsigned depth = 0; errnum == 0;) {
        errnum = remove_flat(here, full);
        if (errnum != 0 || (depth == 0 && !*full))
            break;
        depth += *full ? 1u : -1u;
        int next = openat(here, *full ? full : "..", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        errnum = next < 0 ? errno : 0;
        close(here);
        here = next;
    }
    if (here >= 0)
        close(here);
    return errnum;
}

int remove_tree(const char *name)
{
    struct pollfd word = {.fd = SOCKET, .events = POLLIN};
    if (unshare(CLONE_NEWUSER) < 0)
        return tell(errno);
    if (send(SOCKET, "", 1, MSG_NOSIGNAL) != 1 || poll(&word, 1, MAPS_MS) != 1 ||
        recv(SOCKET, &(char){0}, 1, 0) != 1)
        return FAILED; /* nobody wants it any more */
    int errnum = remove_below(FOLDER, name);
    if (errnum == 0 && unlinkat(FOLDER, name, AT_REMOVEDIR) < 0)
        errnum = errno;
    return tell(errnum);
}
