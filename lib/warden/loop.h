/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The warden's one loop: descriptors that are watched and timers. Nothing else in the helper ever
 * waits. Callbacks may free any watch or timer, their own included. */
#ifndef VESSEL_WARDEN_LOOP_H
#define VESSEL_WARDEN_LOOP_H

#include "base/clock.h"
#include "base/error.h"

typedef struct VesselLoop VesselLoop;
typedef struct VesselWatch VesselWatch;
typedef struct VesselTimer VesselTimer;

typedef void (*VesselWatchFn)(void *data, short revents);
typedef void (*VesselTimerFn)(void *data);

VesselLoop *vessel__loop_new(void);
void vessel__loop_free(VesselLoop *loop); /* after all its watches and timers */
void vessel__loop_run(VesselLoop *loop);  /* until vessel__loop_quit */
void vessel__loop_quit(VesselLoop *loop);
void vessel__loop_resume(VesselLoop *loop); /* it may be run again */
/* Called once, before the loop waits again. Asked for twice, it is still called once. */
void vessel__loop_defer(VesselLoop *loop, VesselTimerFn fn, void *data);

/* @fd is borrowed. @events as for poll(2); 0 = errors and hang-up alone; -1 = not at all now. */
VesselWatch *vessel__watch_new(VesselLoop *loop, int fd, short events, VesselWatchFn fn,
                               void *data);
void vessel__watch_events(VesselWatch *watch, short events);
void vessel__watch_free(VesselWatch *watch); /* NULL is fine */

VesselTimer *vessel__timer_new(VesselLoop *loop, VesselTimerFn fn, void *data);
/* VESSEL_DEADLINE_NEVER: not set. It fires once. */
void vessel__timer_set(VesselTimer *timer, VesselDeadline due);
void vessel__timer_free(VesselTimer *timer); /* NULL is fine */

#endif
