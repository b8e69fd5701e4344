/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole life of a container by crun and runc: same root, same namespaces, a bundle that we
 * write. They load no filter of system calls, since they would build it at each start. */
#ifndef VESSEL_BENCH_RUNTIMES_H
#define VESSEL_BENCH_RUNTIMES_H

#include "base/common.h"

typedef struct {
    const char *name;
    char *program; /* NULL: not installed */
    int mounts;    /* mounts of its own, see runtime_open() */
    unsigned runs;
} Runtime;

/* @root: the root file system; @argument: of /inside in it, which is the program. Its mounts are
 * without the v2 hierarchy of a hybrid host, which crun refuses, and have the root where anybody
 * can get at it. */
void runtime_open(Runtime *runtime, const char *name, const char *root, const char *argument);
/* From fork to the end of `NAME run`, in ns. Ends the benchmark if that is not 0. */
double runtime_run(Runtime *runtime);
void runtime_close(Runtime *runtime);

#endif
