/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <clock>: timers. */
#include "model/things.h"

static const char *const timer_name_words[] = {
    "", "platform", "rtc", "tsc", "hpet", "pit", "kvmclock", "hypervclock", "armvtimer", NULL};
static const char *const timer_track_words[] = {"", "boot", "guest", "wall", "realtime", NULL};
static const char *const timer_tickpolicy_words[] = {"",      "delay",   "catchup",
                                                     "merge", "discard", NULL};
static const char *const timer_mode_words[] = {"",         "auto",    "native", "emulate",
                                               "paravirt", "smpsafe", NULL};

enum { PLATFORM = 1, RTC, TSC, HPET, PIT, KVMCLOCK, HYPERVCLOCK, ARMVTIMER };

/* Which timers may be told what to do about ticks that were missed. */
#define TICKING                                                                                    \
    (VESSEL_WHEN(PLATFORM) | VESSEL_WHEN(RTC) | VESSEL_WHEN(TSC) | VESSEL_WHEN(HPET) |             \
     VESSEL_WHEN(PIT) | VESSEL_WHEN(ARMVTIMER))

static const VesselRow timer_rows[] = {
    VESSEL_ENUM(VesselTimer, name, "@name", timer_name_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "which timer"),
    VESSEL_ENUM(VesselTimer, track, "@track", timer_track_words, VESSEL_ROW_GUEST_ABI,
                "what it follows", .when = VESSEL_WHEN(PLATFORM) | VESSEL_WHEN(RTC),
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselTimer, tickpolicy, "@tickpolicy", timer_tickpolicy_words,
                VESSEL_ROW_GUEST_ABI, "what becomes of ticks the guest missed", .when = TICKING,
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselTimer, frequency, "@frequency", 1, UINT64_MAX, VESSEL_ROW_GUEST_ABI,
                  "frequency of the TSC, in Hz", .when = VESSEL_WHEN(TSC),
                  .otherwise = "that of the host"),
    VESSEL_ENUM(VesselTimer, mode, "@mode", timer_mode_words, VESSEL_ROW_GUEST_ABI,
                "how the TSC is read", .when = VESSEL_WHEN(TSC), .preset = "auto"),
    VESSEL_SWITCH(VesselTimer, present, "@present", vessel__no_yes, VESSEL_ROW_GUEST_ABI,
                  "whether the guest has it", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselTimer, catchup_threshold, "catchup/@threshold", 1, UINT32_MAX, 0,
                  "ticks that are missed before catching up begins", .when = TICKING,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselTimer, catchup_slew, "catchup/@slew", 1, UINT32_MAX, 0,
                  "how fast it catches up", .when = TICKING, .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselTimer, catchup_limit, "catchup/@limit", 1, UINT32_MAX, 0,
                  "how much it catches up at most", .when = TICKING, .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__timer_table =
    VESSEL_PART_TABLE(VesselTimer, "timer", timer_rows, .tag = "@name");
