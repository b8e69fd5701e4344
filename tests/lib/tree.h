/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes below this one. A test starts programs that leave their parent, so its keeper is
 * their subreaper and can find, name and end every one of them. */
#ifndef VESSEL_TESTS_LIB_TREE_H
#define VESSEL_TESTS_LIB_TREE_H

#include <stddef.h>
#include <sys/types.h>

/* Makes this process the one that orphans below it come to. */
void tree_adopt(void);
/* Living descendants (zombies are dead), deepest last; at most @max. */
size_t tree_list(pid_t *pids, size_t max);
/* "pid 12 (vessel-warden), pid 13 (qemu-system-x86)" into @text. */
void tree_describe(const pid_t *pids, size_t count, char *text, size_t size);
/* Kills every descendant and reaps what is ours to reap; 0 when none is left, -1 when some process
 * could not be ended within five seconds. */
int tree_kill(void);

#endif
