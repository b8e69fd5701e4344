/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time: deadlines on the monotonic clock, stamps in UTC. */
#ifndef VESSEL_BASE_CLOCK_H
#define VESSEL_BASE_CLOCK_H

#include "base/common.h"

/* A moment on CLOCK_MONOTONIC in milliseconds, or VESSEL_DEADLINE_NEVER. */
typedef int64_t VesselDeadline;
#define VESSEL_DEADLINE_NEVER INT64_MAX

int64_t vessel__now_ms(void);      /* CLOCK_MONOTONIC */
int64_t vessel__now_ns(void);      /* CLOCK_MONOTONIC */
int64_t vessel__realtime_us(void); /* CLOCK_REALTIME, since 1970 */

/* The frequency of this CPU's time stamp counter, measured in about 10 ms; 0 if it has none that a
 * program can read. */
unsigned vessel__tsc_khz(void);

/* @timeout_ms as in the public options: negative means never. */
VesselDeadline vessel__deadline_after(int64_t timeout_ms);
bool vessel__deadline_passed(VesselDeadline deadline);
/* For poll(): milliseconds left, 0 if passed, -1 for never, capped to INT_MAX. */
int vessel__deadline_poll(VesselDeadline deadline);
VesselDeadline vessel__deadline_min(VesselDeadline a, VesselDeadline b);
/* How long to pause before looking again, in microseconds: a quarter of the time waited so far, 0.2
 * ms at least and @most_ms at most. What comes soon is seen soon; what takes long is looked at
 * seldom. */
int64_t vessel__pause_us(int64_t waited_ms, int64_t most_ms);

/* RFC 3339 in UTC with microseconds, "2026-11-21T08:00:00.123456Z". @out has room for 32. */
void vessel__time_format(int64_t realtime_us, char out[32]);
/* Back; false if it is not of that form. */
bool vessel__time_parse(const char *text, int64_t *realtime_us);

#endif
