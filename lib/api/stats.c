/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/stats.h"

int vessel_domain_stats(VesselDomain *domain, const VesselStatsOptions *options,
                        VesselStats **stats, VesselError **err)
{
    if (stats)
        *stats = NULL;
    return vessel__domain_stats(domain, options, stats, err);
}

int vessel_host_stats(VesselHost *host, const VesselStatsOptions *options, VesselStats ***stats,
                      size_t *count, VesselError **err)
{
    if (stats)
        *stats = NULL;
    if (count)
        *count = 0;
    return vessel__host_stats(host, options, stats, count, err);
}

void vessel_stats_list_free(VesselStats **stats)
{
    vessel__stats_list_free(stats);
}

void vessel_stats_free(VesselStats *stats)
{
    vessel__stats_free(stats);
}

const char *vessel_stats_domain_name(const VesselStats *stats)
{
    return stats ? stats->record->name : NULL;
}

const char *vessel_stats_domain_uuid(const VesselStats *stats)
{
    return stats ? stats->record->uuid : NULL;
}

const VesselError *vessel_stats_error(const VesselStats *stats)
{
    return stats ? stats->error : NULL;
}

int64_t vessel_stats_age_ms(const VesselStats *stats)
{
    return stats ? stats->age_ms : 0;
}

size_t vessel_stats_count(const VesselStats *stats)
{
    return stats ? stats->count : 0;
}

static const VesselStatsValue *at(const VesselStats *stats, size_t index)
{
    return stats && index < stats->count ? &stats->values[index] : NULL;
}

const char *vessel_stats_key(const VesselStats *stats, size_t index)
{
    const VesselStatsValue *value = at(stats, index);
    return value ? stats->text + value->key : NULL;
}

int vessel_stats_type(const VesselStats *stats, size_t index)
{
    const VesselStatsValue *value = at(stats, index);
    return value ? (int)value->type : 0;
}

uint64_t vessel_stats_value_u64(const VesselStats *stats, size_t index)
{
    const VesselStatsValue *value = at(stats, index);
    return value && value->type == VESSEL_STATS_TYPE_U64 ? value->u64 : 0;
}

int64_t vessel_stats_value_i64(const VesselStats *stats, size_t index)
{
    const VesselStatsValue *value = at(stats, index);
    return value && value->type == VESSEL_STATS_TYPE_I64 ? value->i64 : 0;
}

const char *vessel_stats_value_string(const VesselStats *stats, size_t index)
{
    const VesselStatsValue *value = at(stats, index);
    return value && value->type == VESSEL_STATS_TYPE_STRING ? stats->text + value->string : NULL;
}

int64_t vessel_stats_find(const VesselStats *stats, const char *key)
{
    return stats && key ? vessel__stats_find(stats, key) : -1;
}

char *vessel_stats_json(const VesselStats *stats)
{
    return stats ? vessel__stats_json(stats) : NULL;
}
