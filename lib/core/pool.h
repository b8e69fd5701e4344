/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads of one host: none before the first task, four at most (the mock driver has one of its
 * own), every signal blocked. The pool
 * outlives its host where a task does. */
#ifndef VESSEL_CORE_POOL_H
#define VESSEL_CORE_POOL_H

#include "base/clock.h"
#include "base/error.h"

#define VESSEL__POOL_THREADS 4

typedef struct VesselPool VesselPool;
typedef void (*VesselTask)(void *data);

VesselPool *vessel__pool_new(unsigned threads);
/* Runs @task in a thread, or queues it. no-resource when not even one thread can be had. */
int vessel__pool_run(VesselPool *pool, VesselTask task, void *data, VesselError **err);
/* No more tasks. Those queued still run (they are expected to see that all is over). Waits for the
 * threads until @deadline: false when some are left; they end by themselves. May be called from one
 * of the threads, which is not waited for. */
bool vessel__pool_stop(VesselPool *pool, VesselDeadline deadline);
/* Drops the owner's reference. @forked: the threads are another process's. */
void vessel__pool_release(VesselPool *pool, bool forked);

#endif
