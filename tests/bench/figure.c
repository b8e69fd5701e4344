/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/figure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void sample_add(Sample *sample, double value)
{
    if (sample->count == sample->room) {
        sample->room = sample->room ? sample->room * 2 : 64;
        sample->values = g_renew(double, sample->values, sample->room);
    }
    sample->values[sample->count++] = value;
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double sample_median(Sample *sample)
{
    if (!sample->count)
        return 0;
    qsort(sample->values, sample->count, sizeof(double), compare_double);
    return sample->values[sample->count / 2];
}

double sample_least(Sample *sample)
{
    sample_median(sample); /* sorts them */
    return sample->count ? sample->values[0] : 0;
}

void sample_clear(Sample *sample)
{
    g_free(sample->values);
    *sample = (Sample){0};
}

int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static double read_private_dirty(FILE *file, const char *what)
{
    char line[256];
    double kib = -1;
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "Private_Dirty: %lf", &kib);
    if (kib < 0)
        bench_die("%s: cannot be read", what);
    return kib;
}

double private_dirty(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "re");
    double kib = read_private_dirty(file, path);
    fclose(file);
    return kib;
}

double private_dirty_of_cat(void)
{
    FILE *pipe = popen("exec cat /proc/self/smaps_rollup", "re");
    double kib = read_private_dirty(pipe, "cat's smaps_rollup");
    pclose(pipe);
    return kib;
}

static double scaled(const char *unit, double value)
{
    return !strcmp(unit, "ms") ? value / 1e6 : !strcmp(unit, "us") ? value / 1e3 : value;
}

void figure(const char *what, const char *unit, double ours, const char *peer, double theirs,
            const char *aim)
{
    char beside[64] = "-", ratio[16] = "-";
    if (theirs > 0) {
        snprintf(beside, sizeof beside, "%s %.2f", peer, scaled(unit, theirs));
        snprintf(ratio, sizeof ratio, "%.2f", ours / theirs);
    }
    printf("| %-46s | %9.2f %-3s | %-34s | %6s | %s |\n", what, scaled(unit, ours), unit, beside,
           ratio, aim);
    fflush(stdout);
}

void figure_heading(const char *title)
{
    printf("\n%s\n\n| %-46s | %-13s | %-34s | %-6s | aim |\n|---|---|---|---|---|\n", title, "what",
           "vessel", "beside", "ratio");
    fflush(stdout);
}

void figure_skip(const char *what, const char *why)
{
    printf("| %-46s | %-13s | %-34s | %-6s | |\n", what, "not measured", why, "-");
    fflush(stdout);
}

void bench_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}
