/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>
#if defined(__x86_64__) || defined(__i386__)
#include <sys/prctl.h>
#include <x86intrin.h>
#endif

int64_t vessel__now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t vessel__now_ms(void)
{
    return vessel__now_ns() / 1000000;
}

int64_t vessel__pause_us(int64_t waited_ms, int64_t most_ms)
{
    return CLAMP(waited_ms * 1000 / 4, 200, most_ms * 1000);
}

int64_t vessel__realtime_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#if defined(__x86_64__) || defined(__i386__)
typedef struct {
    int64_t ns;
    uint64_t ticks;
} Reading;

/* Both clocks at one moment: of some tries the one that was interrupted least. */
static Reading read_both(void)
{
    Reading best = {0};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 20; i++) {
        uint64_t before = __rdtsc();
        int64_t ns = vessel__now_ns();
        uint64_t took = __rdtsc() - before;
        if (took < least) {
            least = took;
            best = (Reading){ns, before + took / 2};
        }
    }
    return best;
}

unsigned vessel__tsc_khz(void)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    int mode = PR_TSC_ENABLE;
    if (prctl(PR_GET_TSC, &mode) == 0 && mode != PR_TSC_ENABLE)
        return 0;
    Reading first = read_both();
    nanosleep(&pause, NULL);
    Reading second = read_both();
    while (second.ns - first.ns < pause.tv_nsec) /* a signal cut it short */
        second = read_both();
    double khz = (double)(second.ticks - first.ticks) * 1e6 / (double)(second.ns - first.ns);
    return khz >= 1 && khz < UINT_MAX ? (unsigned)(khz + 0.5) : 0;
}
#else
unsigned vessel__tsc_khz(void)
{
    return 0;
}
#endif

VesselDeadline vessel__deadline_after(int64_t timeout_ms)
{
    int64_t now = vessel__now_ms();
    if (timeout_ms < 0 || timeout_ms >= VESSEL_DEADLINE_NEVER - now)
        return VESSEL_DEADLINE_NEVER;
    return now + timeout_ms;
}

bool vessel__deadline_passed(VesselDeadline deadline)
{
    return deadline != VESSEL_DEADLINE_NEVER && vessel__now_ms() >= deadline;
}

int vessel__deadline_poll(VesselDeadline deadline)
{
    if (deadline == VESSEL_DEADLINE_NEVER)
        return -1;
    int64_t left = deadline - vessel__now_ms();
    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

VesselDeadline vessel__deadline_min(VesselDeadline a, VesselDeadline b)
{
    return a < b ? a : b;
}

void vessel__time_format(int64_t realtime_us, char out[32])
{
    int64_t micro = realtime_us % 1000000;
    if (micro < 0)
        micro += 1000000;
    time_t seconds = (realtime_us - micro) / 1000000;
    struct tm tm = {0};
    gmtime_r(&seconds, &tm);
    size_t length = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + length, 32 - length, ".%06dZ", (int)micro);
}

/* Exactly @count digits at *text, which moves past them; -1 if they are not there. */
static int take_digits(const char **text, int count)
{
    int value = 0;
    for (; count > 0; count--, (*text)++) {
        if (!g_ascii_isdigit(**text))
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

bool vessel__time_parse(const char *text, int64_t *realtime_us)
{
    static const struct {
        char before;
        int digits, least, most;
    } parts[] = {{0, 4, 1900, 9999}, {'-', 2, 1, 12}, {'-', 2, 1, 31},
                 {'T', 2, 0, 23},    {':', 2, 0, 59}, {':', 2, 0, 60}};
    int value[G_N_ELEMENTS(parts)];
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].before && *text++ != parts[i].before)
            return false;
        value[i] = take_digits(&text, parts[i].digits);
        if (value[i] < parts[i].least || value[i] > parts[i].most)
            return false;
    }
    int micro = 0;
    if (*text == '.') {
        text++;
        if (!g_ascii_isdigit(*text))
            return false;
        for (int scale = 100000; g_ascii_isdigit(*text); text++, scale /= 10)
            micro += (*text - '0') * scale;
    }
    if (strcmp(text, "Z"))
        return false;
    struct tm tm = {.tm_year = value[0] - 1900,
                    .tm_mon = value[1] - 1,
                    .tm_mday = value[2],
                    .tm_hour = value[3],
                    .tm_min = value[4],
                    .tm_sec = value[5]};
    *realtime_us = (int64_t)timegm(&tm) * 1000000 + micro;
    return true;
}
