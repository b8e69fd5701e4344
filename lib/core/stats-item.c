/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/stats.h"

static void init(VesselStats *stats, VesselDomainRecord *record, bool listed)
{
    stats->listed = listed;
    stats->record = record ? vessel__record_ref(record) : NULL;
    stats->error = NULL;
    stats->age_ms = 0;
    stats->count = stats->used = 0;
    stats->capacity = VESSEL__STATS_VALUES;
    stats->size = VESSEL__STATS_TEXT;
    stats->values = stats->own_values;
    stats->text = stats->own_text;
}

VesselStats *vessel__stats_new(VesselDomainRecord *record)
{
    VesselStats *stats = g_new(VesselStats, 1);
    init(stats, record, false);
    return stats;
}

static void clear(VesselStats *stats)
{
    if (stats->record)
        vessel__record_unref(stats->record);
    vessel_error_free(stats->error);
    if (stats->values != stats->own_values)
        g_free(stats->values);
    if (stats->text != stats->own_text)
        g_free(stats->text);
}

void vessel__stats_free(VesselStats *stats)
{
    if (!stats || stats->listed)
        return;
    clear(stats);
    g_free(stats);
}

/* The pointers, then the items. */
static size_t pointers_size(size_t count)
{
    size_t align = _Alignof(VesselStats), size = (count + 1) * sizeof(VesselStats *);
    return (size + align - 1) / align * align;
}

VesselStats **vessel__stats_list_new(size_t count)
{
    return g_try_malloc(pointers_size(count) + count * sizeof(VesselStats));
}

VesselStats *vessel__stats_list_add(VesselStats **list, size_t count, size_t n,
                                    VesselDomainRecord *record)
{
    VesselStats *stats = (VesselStats *)(void *)((char *)list + pointers_size(count)) + n;
    init(stats, record, true);
    list[n] = stats;
    return stats;
}

void vessel__stats_list_free(VesselStats **list)
{
    for (VesselStats **stats = list; stats && *stats; stats++)
        clear(*stats);
    g_free(list);
}

static uint32_t add_text(VesselStats *stats, const char *text)
{
    uint32_t length = (uint32_t)strlen(text) + 1, at = stats->used;
    if (stats->size - stats->used < length) {
        uint32_t size = MAX(stats->size * 2, stats->used + length);
        char *more = stats->text == stats->own_text ? NULL : stats->text;
        more = g_realloc(more, size);
        if (stats->text == stats->own_text)
            memcpy(more, stats->own_text, stats->used);
        stats->text = more;
        stats->size = size;
    }
    memcpy(stats->text + at, text, length);
    stats->used += length;
    return at;
}

static VesselStatsValue *add(VesselStats *stats, const char *key, uint32_t type)
{
    if (stats->count == stats->capacity) {
        uint32_t capacity = stats->capacity * 2;
        VesselStatsValue *more = stats->values == stats->own_values ? NULL : stats->values;
        more = g_renew(VesselStatsValue, more, capacity);
        if (stats->values == stats->own_values)
            memcpy(more, stats->own_values, sizeof stats->own_values);
        stats->values = more;
        stats->capacity = capacity;
    }
    uint32_t at = add_text(stats, key);
    VesselStatsValue *value = &stats->values[stats->count++];
    value->key = at;
    value->type = type;
    return value;
}

void vessel__stats_add_u64(VesselStats *stats, const char *key, uint64_t number)
{
    add(stats, key, VESSEL_STATS_TYPE_U64)->u64 = number;
}

void vessel__stats_add_i64(VesselStats *stats, const char *key, int64_t number)
{
    add(stats, key, VESSEL_STATS_TYPE_I64)->i64 = number;
}

void vessel__stats_add_string(VesselStats *stats, const char *key, const char *text)
{
    uint32_t at = add_text(stats, text ? text : "");
    add(stats, key, VESSEL_STATS_TYPE_STRING)->string = at;
}

int64_t vessel__stats_find(const VesselStats *stats, const char *key)
{
    for (uint32_t i = 0; i < stats->count; i++) {
        if (g_str_equal(stats->text + stats->values[i].key, key))
            return i;
    }
    return -1;
}

static void copy_value(VesselStats *stats, const VesselStats *from, uint32_t index)
{
    const VesselStatsValue *value = &from->values[index];
    const char *key = from->text + value->key;
    if (value->type == VESSEL_STATS_TYPE_STRING)
        vessel__stats_add_string(stats, key, from->text + value->string);
    else
        add(stats, key, value->type)->u64 = value->u64;
}

VesselStats *vessel__stats_copy(const VesselStats *from)
{
    VesselStats *stats = vessel__stats_new(NULL);
    for (uint32_t i = 0; i < from->count; i++)
        copy_value(stats, from, i);
    return stats;
}

void vessel__stats_merge(VesselStats *stats, const VesselStats *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        if (vessel__stats_find(stats, from->text + from->values[i].key) < 0)
            copy_value(stats, from, i);
    }
}

char *vessel__stats_json(const VesselStats *stats)
{
    g_autoptr(VesselJson) json = vessel__json_new_object();
    VesselJson *values = vessel__json_new_object();
    vessel__json_set_string(json, "name", stats->record ? stats->record->name : NULL);
    vessel__json_set_string(json, "uuid", stats->record ? stats->record->uuid : NULL);
    vessel__json_set_int(json, "age_ms", stats->age_ms);
    if (stats->error)
        vessel__json_set(json, "error", vessel__error_to_json(stats->error));
    for (uint32_t i = 0; i < stats->count; i++) {
        const VesselStatsValue *value = &stats->values[i];
        const char *key = stats->text + value->key;
        if (value->type == VESSEL_STATS_TYPE_U64)
            vessel__json_set_uint(values, key, value->u64);
        else if (value->type == VESSEL_STATS_TYPE_I64)
            vessel__json_set_int(values, key, value->i64);
        else
            vessel__json_set_string(values, key, stats->text + value->string);
    }
    vessel__json_set(json, "stats", values);
    return vessel__json_format(json, false);
}

/* ---- what drivers call ---- */

void vessel__stats_put_u64(VesselStatsSink *sink, const char *key, uint64_t value)
{
    vessel__stats_add_u64(sink->stats, key, value);
}

void vessel__stats_put_i64(VesselStatsSink *sink, const char *key, int64_t value)
{
    vessel__stats_add_i64(sink->stats, key, value);
}

void vessel__stats_put_string(VesselStatsSink *sink, const char *key, const char *value)
{
    vessel__stats_add_string(sink->stats, key, value);
}

void vessel__stats_put_error(VesselStatsSink *sink, const char *key, const VesselError *err)
{
    if (!sink->problems)
        sink->problems = vessel__problems_new();
    vessel__problems_add(sink->problems, vessel_error_code(err), key, 0, 0, vessel_error_hint(err),
                         "%s", vessel_error_message(err));
}

void vessel__stats_put_age(VesselStatsSink *sink, int64_t age_ms, const VesselError *why)
{
    sink->age_ms = age_ms;
    vessel_error_free(sink->why);
    sink->why = why ? vessel__error_copy(why) : NULL;
}
