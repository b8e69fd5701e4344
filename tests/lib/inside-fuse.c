/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file system of the container's own that takes every question and answers none: who asked cannot
 * be killed either, until this one ends. It is on a directory, or on a file, and then is one. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "tests/lib/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUESTION (1 << 20)

/* The kernel asks nothing else before it has been greeted. */
static int greet(int fd, const struct fuse_in_header *question)
{
    struct {
        struct fuse_out_header head;
        struct fuse_init_out init;
    } answer = {.head = {.len = sizeof answer, .unique = question->unique},
                .init = {.major = FUSE_KERNEL_VERSION,
                         .minor = FUSE_KERNEL_MINOR_VERSION,
                         .max_readahead = 4096,
                         .max_write = 4096}};
    return write(fd, &answer, sizeof answer) == sizeof answer ? 0 : -1;
}

int serve_nothing(const char *path)
{
    char options[128];
    struct stat at = {0};
    char *question = malloc(QUESTION);
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    int seen = stat(path, &at);
    snprintf(options, sizeof options, "fd=%d,rootmode=%o,user_id=0,group_id=0,allow_other", fd,
             at.st_mode & S_IFMT);
    signal(SIGHUP, SIG_IGN);
    if (!question || fd < 0 || seen < 0 || mount("vt", path, "fuse", 0, options) < 0 ||
        read(fd, question, QUESTION) <= 0 || greet(fd, (const void *)question) < 0) {
        printf("no file system: %s\n", strerror(errno));
        return 1;
    }
    printf("mounted\n");
    while (read(fd, question, QUESTION) > 0 || errno == EINTR)
        printf("asked %u\n", ((const struct fuse_in_header *)(const void *)question)->opcode);
    return 1;
}
