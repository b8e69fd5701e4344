/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics: compact lists of values, one allocation for the usual item. */
#ifndef VESSEL_CORE_STATS_H
#define VESSEL_CORE_STATS_H

#include "core/host.h"
#include <vessel/stats.h>

/* vessel_domain_stats() and vessel_host_stats() */
int vessel__domain_stats(VesselDomain *domain, const VesselStatsOptions *options,
                         VesselStats **stats, VesselError **err);
int vessel__host_stats(VesselHost *host, const VesselStatsOptions *options, VesselStats ***stats,
                       size_t *count, VesselError **err);

/* ---- one item (stats-item.c) ---- */

typedef struct {
    uint32_t key; /* offset in the text */
    uint32_t type;
    union {
        uint64_t u64;
        int64_t i64;
        uint32_t string; /* offset in the text */
    };
} VesselStatsValue;

#define VESSEL__STATS_VALUES 16 /* without another allocation */
#define VESSEL__STATS_TEXT 256

struct VesselStats {
    VesselDomainRecord *record; /* name and UUID */
    VesselError *error;
    int64_t age_ms;
    bool listed; /* part of a list: its memory is the list's */
    uint32_t count, capacity, used, size;
    VesselStatsValue *values;
    char *text;
    VesselStatsValue own_values[VESSEL__STATS_VALUES];
    char own_text[VESSEL__STATS_TEXT];
};

VesselStats *vessel__stats_new(VesselDomainRecord *record);
void vessel__stats_free(VesselStats *stats);
/* A list with room for @count items, in one allocation; NULL when there is no memory for it. */
VesselStats **vessel__stats_list_new(size_t count);
/* The next of them, which is to become list[n]. */
VesselStats *vessel__stats_list_add(VesselStats **list, size_t count, size_t n,
                                    VesselDomainRecord *record);
void vessel__stats_list_free(VesselStats **list);
/* A copy of the values alone. */
VesselStats *vessel__stats_copy(const VesselStats *stats);
/* Adds those of @from whose keys are not there. */
void vessel__stats_merge(VesselStats *stats, const VesselStats *from);
void vessel__stats_add_u64(VesselStats *stats, const char *key, uint64_t value);
void vessel__stats_add_i64(VesselStats *stats, const char *key, int64_t value);
void vessel__stats_add_string(VesselStats *stats, const char *key, const char *value);
int64_t vessel__stats_find(const VesselStats *stats, const char *key);
char *vessel__stats_json(const VesselStats *stats);

/* What a driver's slot writes into. */
struct VesselStatsSink {
    VesselStats *stats;
    VesselProblems *problems; /* NULL: none yet */
    VesselError *why;         /* it did not answer in time */
    int64_t age_ms;           /* of the values that the driver had */
};

#endif
