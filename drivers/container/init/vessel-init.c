/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-init: process 1 of a container that runs a program (first.c, where it begins), what brings
 * another program into one (join.c), what copies files into one and out of it (copy.c), and what
 * removes files (remove.c). It is a static program without any library but the C library, since
 * nothing of the container may be loaded into it. */
#include "container/init/init.h"

#include <stdio.h>
#include <string.h>

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
