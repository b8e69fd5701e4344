/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Figures of a benchmark: medians of several runs, each beside its peer or floor in the same run.
 */
#ifndef VESSEL_BENCH_FIGURE_H
#define VESSEL_BENCH_FIGURE_H

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

/* Durations in nanoseconds; sorted by _median and _least. */
typedef struct {
    double *values;
    size_t count, room;
} Sample;

void sample_add(Sample *sample, double value);
double sample_median(Sample *sample); /* 0 of an empty one */
double sample_least(Sample *sample);
void sample_clear(Sample *sample);
int64_t clock_ns(void);

/* Of a process, in KiB. The kernel counts pages of a program that was just built and is not on the
 * disk yet as if the process had written them: sync(1) it before. */
double private_dirty(pid_t pid);
double private_dirty_of_cat(void); /* a program that is linked with libc alone */

/* One row: what, ours, the peer's name and value (0 = none), the aim in words. @unit scales: "ms",
 * "us" from nanoseconds, "KiB" as it is. */
void figure(const char *what, const char *unit, double ours, const char *peer, double theirs,
            const char *aim);
/* A heading, and a row that could not be measured. */
void figure_heading(const char *title);
void figure_skip(const char *what, const char *why);

/* Ends the benchmark with a message when a step fails: a figure of a failure is none. */
void bench_die(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

#endif
