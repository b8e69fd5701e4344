/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_STATS_H
#define VESSEL_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VesselStatsGroup: which statistics; the names and units of the keys are virsh domstats'. */
typedef enum VesselStatsGroup {
    VESSEL_STATS_STATE = 1 << 0,     /**< state: state.state, state.reason */
    VESSEL_STATS_CPU = 1 << 1,       /**< cpu-total: cpu.time, cpu.user, cpu.system (ns) */
    VESSEL_STATS_BALLOON = 1 << 2,   /**< balloon: balloon.current, balloon.maximum (KiB) … */
    VESSEL_STATS_VCPU = 1 << 3,      /**< vcpu: vcpu.current, vcpu.0.time … */
    VESSEL_STATS_BLOCK = 1 << 4,     /**< block: block.count, block.0.rd.bytes … */
    VESSEL_STATS_INTERFACE = 1 << 5, /**< interface: net.count, net.0.name … */
    VESSEL_STATS_ALL = 0             /**< everything the driver has */
} VesselStatsGroup;

/** VesselStatsType: the type of one value. */
typedef enum VesselStatsType {
    VESSEL_STATS_TYPE_U64 = 1,   /**< unsigned number */
    VESSEL_STATS_TYPE_I64 = 2,   /**< signed number */
    VESSEL_STATS_TYPE_STRING = 3 /**< string */
} VesselStatsType;

/**
 * VesselStatsOptions: for vessel_domain_stats() and vessel_host_stats(). Initialise with
 * VESSEL_STATS_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: 0 = the host's default for queries, negative = none
 * @flags: must be 0
 * @groups: VesselStatsGroup bits
 * @filter: VesselDomainListFlags of the domains wanted (vessel_host_stats() only)
 *
 * Since: 0.1.0
 */
typedef struct VesselStatsOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    uint32_t groups;
    uint32_t filter;
} VesselStatsOptions;
/** VESSEL_STATS_OPTIONS_INIT: the defaults. */
#define VESSEL_STATS_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(VesselStatsOptions), 0, 0, 0, 0                                                     \
    }

/**
 * vessel_domain_stats:
 * @domain: the domain
 * @options: (nullable): NULL for everything
 * @stats: (out): the statistics, to be freed with vessel_stats_free()
 * @err: (out) (optional): the error
 *
 * Reads the statistics of one domain. A guest that does not answer in time is no failure of the
 * call: its last values come with their age, see vessel_stats_error() and vessel_stats_age_ms().
 *
 * Errors: closed, forked, not-found, unsupported.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_stats(VesselDomain *domain, const VesselStatsOptions *options,
                                   VesselStats **stats, VesselError **err);

/**
 * vessel_host_stats:
 * @host: the host
 * @options: (nullable): NULL for everything of all domains
 * @stats: (out) (transfer full): NULL-terminated array, to be freed with vessel_stats_list_free()
 * @count: (out) (optional): how many
 * @err: (out) (optional): the error
 *
 * Reads the statistics of many domains in one call: all guests are asked at once. Each item has
 * its own status.
 *
 * Errors: closed, forked, invalid-argument.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_stats(VesselHost *host, const VesselStatsOptions *options,
                                 VesselStats ***stats, size_t *count, VesselError **err);

/**
 * vessel_stats_list_free:
 * @stats: (nullable) (transfer full): the array
 *
 * Frees the array and what is in it. NULL is allowed.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_stats_list_free(VesselStats **stats);

/**
 * vessel_stats_free:
 * @stats: (nullable) (transfer full): the statistics
 *
 * Frees them and everything borrowed from them. NULL is allowed.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_stats_free(VesselStats *stats);

/**
 * vessel_stats_domain_name:
 * @stats: the statistics
 *
 * Returns: (borrowed) the domain's name.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_stats_domain_name(const VesselStats *stats);

/**
 * vessel_stats_domain_uuid:
 * @stats: the statistics
 *
 * Returns: (borrowed) the domain's UUID.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_stats_domain_uuid(const VesselStats *stats);

/**
 * vessel_stats_error:
 * @stats: the statistics
 *
 * Returns: (borrowed) (nullable) why this item is old or incomplete (its problems name the keys
 * that could not be read); NULL if all is well.
 * Since: 0.1.0
 */
VESSEL_API const VesselError *vessel_stats_error(const VesselStats *stats);

/**
 * vessel_stats_age_ms:
 * @stats: the statistics
 *
 * Returns: the age of the values the guest was to be asked for, in milliseconds; 0 if fresh.
 * Since: 0.1.0
 */
VESSEL_API int64_t vessel_stats_age_ms(const VesselStats *stats);

/**
 * vessel_stats_count:
 * @stats: the statistics
 *
 * Returns: how many values there are.
 * Since: 0.1.0
 */
VESSEL_API size_t vessel_stats_count(const VesselStats *stats);

/**
 * vessel_stats_key:
 * @stats: the statistics
 * @index: from 0
 *
 * Returns: (borrowed) (nullable) the key, "cpu.time"; NULL if @index is out of range.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_stats_key(const VesselStats *stats, size_t index);

/**
 * vessel_stats_type:
 * @stats: the statistics
 * @index: from 0
 *
 * Returns: a VesselStatsType; 0 if @index is out of range.
 * Since: 0.1.0
 */
VESSEL_API int vessel_stats_type(const VesselStats *stats, size_t index);

/**
 * vessel_stats_value_u64:
 * @stats: the statistics
 * @index: from 0
 *
 * Returns: the value of a VESSEL_STATS_TYPE_U64, else 0.
 * Since: 0.1.0
 */
VESSEL_API uint64_t vessel_stats_value_u64(const VesselStats *stats, size_t index);

/**
 * vessel_stats_value_i64:
 * @stats: the statistics
 * @index: from 0
 *
 * Returns: the value of a VESSEL_STATS_TYPE_I64, else 0.
 * Since: 0.1.0
 */
VESSEL_API int64_t vessel_stats_value_i64(const VesselStats *stats, size_t index);

/**
 * vessel_stats_value_string:
 * @stats: the statistics
 * @index: from 0
 *
 * Returns: (borrowed) (nullable) the value of a VESSEL_STATS_TYPE_STRING, else NULL.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_stats_value_string(const VesselStats *stats, size_t index);

/**
 * vessel_stats_find:
 * @stats: the statistics
 * @key: the key
 *
 * Returns: its index, or -1 if there is no such value.
 * Since: 0.1.0
 */
VESSEL_API int64_t vessel_stats_find(const VesselStats *stats, const char *key);

/**
 * vessel_stats_json:
 * @stats: the statistics
 *
 * Returns: (transfer full) {name, uuid, age_ms, error, stats: {KEY: value}}, to be freed with
 * vessel_free().
 * Since: 0.1.0
 */
VESSEL_API char *vessel_stats_json(const VesselStats *stats);

#ifdef __cplusplus
}
#endif

#endif
