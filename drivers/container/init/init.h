/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of vessel-init know of each other. */
#ifndef VESSEL_CONTAINER_INIT_INIT_H
#define VESSEL_CONTAINER_INIT_INIT_H

#include <sys/types.h>

#define SOCKET 3
#define RECORD 4
#define RECORD_SIZE 64 /* VESSEL__EXIT_RECORD_SIZE */
#define GROUPS_MAX 64
#define FAILED 127

#define JOIN_ARGUMENTS 11
int join_container(char **argv);
/* A message to the library, with a descriptor unless it is -1. */
void say(const char *text, int fd);

#define COPY_ARGUMENTS 5
int copy_outside(char **argv);
int remove_tree(const char *name);
int copy_files(char **argv); /* send|receive PATH MAX_BYTES */

#endif
