/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-init: process 1 of a container that runs a program (first.c, where it begins), what brings
 * another program into one (join.c), what copies files into one and out of it (copy.c), and what
 * removes files (remove.c). It is a static program without any library but the C library, since
 * nothing of the container may be loaded into it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "container/init/init.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In a user namespace of one id the kernel refuses setgroups(2), and there are none to lose but
 * those that say nothing inside. */
bool become(const User *user)
{
    if (setgroups(user->count, user->groups) < 0 && (errno != EPERM || user->count > 0))
        return false;
    return setresgid(user->gid, user->gid, user->gid) == 0 &&
           setresuid(user->uid, user->uid, user->uid) == 0;
}

int main(int argc, char **argv)
{
    if (argc >= JOIN_ARGUMENTS && strcmp(argv[1], "join") == 0)
        return join_container(argv);
    if (argc == COPY_ARGUMENTS && strcmp(argv[1], "copy") == 0)
        return copy_outside(argv);
    if (argc == 3 && strcmp(argv[1], "remove") == 0)
        return remove_tree(argv[2]);
    fputs("vessel-init is started by vessel-warden in a container\n", stderr);
    return 2;
}
