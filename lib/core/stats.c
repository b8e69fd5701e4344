/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One bulk call for each driver. A guest whose warden did not answer is remembered: from then on it
 * is asked, but not waited for, until it answers again. */
#include "core/stats.h"
#include "core/dispatch.h"
#include "core/domain.h"
#include "core/recover.h"
#include "core/registry.h"
#include "core/states.h"

#define SILENT_MS 2 /* for those that did not answer the last time */
#define GROUPS_ALL                                                                                 \
    (VESSEL_STATS_STATE | VESSEL_STATS_CPU | VESSEL_STATS_BALLOON | VESSEL_STATS_VCPU |            \
     VESSEL_STATS_BLOCK | VESSEL_STATS_INTERFACE)

/* One domain that is asked. */
typedef struct {
    VesselStatsSink sink;
    VesselGuest guest;
    VesselGuestEntry *entry;
    VesselDefinition *definition;
    VesselLive *live;
    const VesselDriver *driver;
    VesselDomainRecord *record; /* borrowed: the stats have a reference */
    int dir;
    bool silent;
} Item;

typedef struct {
    VesselHost *host;
    unsigned groups;
    VesselDeadline deadline;
    VesselOperation operation;
    Item *items;
    size_t count;
} Batch;

static void add_state(VesselStats *stats, const VesselNow *now)
{
    vessel__stats_add_i64(stats, "state.state", vessel__state_number(now->state));
    vessel__stats_add_i64(stats, "state.reason",
                          vessel__state_reason_number(now->state, now->reason));
}

/* ---- who is asked ---- */

static bool was_silent(const VesselGuestEntry *entry, const VesselLive *live)
{
    return entry->silent.pid && live && entry->silent.pid == live->warden.pid &&
           entry->silent.start == live->warden.start;
}

static void add_item(Batch *batch, VesselDomainRecord *record, VesselNow *now, VesselStats *stats)
{
    const VesselDriver *driver = vessel__driver_of(record, now);
    if (!driver || !vessel_driver_has(driver, stats, collect))
        return;
    Item *item = &batch->items[batch->count++];
    *item = (Item){.sink = {.stats = stats}, .driver = driver, .record = record, .dir = -1};
    item->entry = vessel__entry_get(batch->host, record->uuid);
    item->live = g_steal_pointer(&now->live);
    if (driver->truth == VESSEL_TRUTH_WARDEN) {
        vessel__store_folder(batch->host->store, record->uuid, &item->dir, NULL);
        pthread_mutex_lock(&item->entry->lock);
        item->silent = was_silent(item->entry, item->live);
        pthread_mutex_unlock(&item->entry->lock);
    }
    vessel__in_force_of(batch->host, item->entry, record->uuid, &item->definition, NULL);
    item->guest = (VesselGuest){
        .host = vessel__host_for_driver(batch->host),
        .uuid = record->uuid,
        .name = record->name,
        .driver = driver->name,
        .id = now->id,
        .def = item->definition ? item->definition->def : NULL,
        .state = item->live ? item->live->json : NULL,
        .dir = item->dir,
        .operation = &batch->operation,
        .data = &item->entry->data,
    };
}

/* ---- asking ---- */

static void collect(Batch *batch, const VesselDriver *driver, bool silent)
{
    g_autofree VesselGuest **guests = g_new(VesselGuest *, batch->count);
    g_autofree VesselStatsSink **sinks = g_new(VesselStatsSink *, batch->count);
    size_t n = 0;
    for (size_t i = 0; i < batch->count; i++) {
        Item *item = &batch->items[i];
        if (item->driver != driver || item->silent != silent)
            continue;
        guests[n] = &item->guest;
        sinks[n++] = &item->sink;
    }
    if (!n)
        return;
    VesselDeadline deadline = batch->deadline;
    if (silent)
        deadline = vessel__deadline_min(deadline, vessel__deadline_after(SILENT_MS));
    batch->operation.deadline = deadline;
    driver->stats->collect(guests, sinks, n, batch->groups & ~(unsigned)VESSEL_STATS_STATE,
                           deadline);
}

/* ---- what came ---- */

/* The problems name the keys; the error as a whole is what the first of them is. */
static VesselError *keys_error(const VesselProblems *problems)
{
    VesselError *error = NULL;
    vessel__problems_to_error(problems, "statistics", &error);
    const VesselError *first = vessel__problems_get(problems, 0);
    if (!first)
        return error;
    g_autoptr(VesselJson) json = vessel__error_to_json(error);
    vessel_error_free(error);
    vessel__json_set_string(json, "code", vessel_error_code_name(vessel_error_code(first)));
    return vessel__error_from_json(json);
}

/* The driver had nothing: the last values that this program saw, if any. */
static void add_last(Item *item)
{
    if (!item->entry->last || item->sink.age_ms > 0)
        return;
    vessel__stats_merge(item->sink.stats, item->entry->last);
    item->sink.age_ms = MAX(vessel__now_ms() - item->entry->last_ms, 1);
}

static void remember(Item *item)
{
    VesselGuestEntry *entry = item->entry;
    pthread_mutex_lock(&entry->lock);
    if (item->sink.why) {
        if (item->live)
            entry->silent = item->live->warden;
        add_last(item);
    } else {
        entry->silent.pid = 0;
        vessel__stats_free(entry->last);
        entry->last = vessel__stats_copy(item->sink.stats);
        entry->last_ms = vessel__now_ms();
    }
    pthread_mutex_unlock(&entry->lock);
}

static void finish_item(Item *item)
{
    VesselStats *stats = item->sink.stats;
    if (item->driver->truth == VESSEL_TRUTH_WARDEN)
        remember(item);
    stats->age_ms = item->sink.age_ms;
    if (item->sink.why)
        stats->error = g_steal_pointer(&item->sink.why);
    else if (item->sink.problems && vessel__problems_count(item->sink.problems))
        stats->error = keys_error(item->sink.problems);
    vessel_error_free(item->sink.why);
    vessel__problems_free(item->sink.problems);
    vessel__definition_unref(item->definition);
    vessel__entry_unref(item->entry);
    if (item->live)
        vessel__live_unref(item->live);
    vessel__close_fd(&item->dir);
}

static void run_batch(Batch *batch)
{
    const VesselDriver *driver;
    if (batch->count) {
        /* Those known to be silent first: they cost next to nothing, and whoever speaks again is
         * heard. */
        for (guint i = 0; (driver = vessel__driver_at(batch->host, i)); i++) {
            collect(batch, driver, true);
            collect(batch, driver, false);
        }
    }
    for (size_t i = 0; i < batch->count; i++)
        finish_item(&batch->items[i]);
    g_free(batch->items);
}

static int begin_batch(Batch *batch, VesselHost *host, const char *operation,
                       const VesselStatsOptions *given, VesselStatsOptions *options, size_t count,
                       VesselError **err)
{
    *batch = (Batch){.host = host};
    int code = vessel__options_read(given, "options", options, sizeof *options, err);
    if (!code)
        code = vessel__flags_check(options->flags, 0, "flags", err);
    if (!code)
        code = vessel__flags_check(options->groups, GROUPS_ALL, "groups", err);
    if (code)
        return code;
    batch->groups = options->groups ? options->groups : GROUPS_ALL;
    batch->deadline = vessel__host_query_deadline(host, options->timeout_ms);
    batch->operation = (VesselOperation){
        .name = operation,
        .op_lock_fd = -1,
        .warden_lock_fd = -1,
        .runtime_fd = -1,
        .events_fd = vessel__store_events_fd(host->store),
        .log_fd = -1,
    };
    vessel__random_hex(8, batch->operation.request);
    vessel__host_author(host, operation, &batch->operation.author);
    batch->items = count ? g_try_new(Item, count) : NULL;
    if (count && !batch->items)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE,
                            "no memory for statistics of %zu domains", count);
    return VESSEL_OK;
}

/* What is known without asking; into the batch if there is more to it. */
static void begin_item(Batch *batch, VesselDomainRecord *record, VesselNow *now, VesselStats *stats)
{
    if (batch->groups & VESSEL_STATS_STATE)
        add_state(stats, now);
    if (now->state != VESSEL_DOMAIN_SHUT_OFF && (batch->groups & ~(unsigned)VESSEL_STATS_STATE))
        add_item(batch, record, now, stats);
}

/* ---- the calls ---- */

int vessel__domain_stats(VesselDomain *domain, const VesselStatsOptions *given, VesselStats **stats,
                         VesselError **err)
{
    VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    Batch batch;
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(stats != NULL, "stats", err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (code)
        return code;
    const VesselDriver *driver = vessel__driver_of(record, &now);
    if (!driver || !vessel_driver_has(driver, stats, collect))
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the driver of \"%s\" has no statistics",
                            record->name);
    code = begin_batch(&batch, inside, "domain_stats", given, &options, 1, err);
    if (!code && options.filter) {
        g_free(batch.items);
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "filter chooses among domains: it is for vessel_host_stats()");
    }
    if (code)
        return code;
    *stats = vessel__stats_new(record);
    begin_item(&batch, record, &now, *stats);
    run_batch(&batch);
    return VESSEL_OK;
}

int vessel__host_stats(VesselHost *host, const VesselStatsOptions *given, VesselStats ***stats,
                       size_t *count, VesselError **err)
{
    VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(GPtrArray) records = NULL;
    g_autoptr(GPtrArray) lives = NULL;
    Batch batch;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(stats != NULL, "stats", err);
    if (!code)
        code = vessel__store_snapshot(host->store, &records, &lives, NULL, NULL, err);
    if (!code)
        code = begin_batch(&batch, host, "host_stats", given, &options, records->len, err);
    if (code)
        return code;
    code = vessel__list_check(options.filter, err);
    VesselStats **list = code ? NULL : vessel__stats_list_new(records->len);
    if (!list) {
        g_free(batch.items);
        return code ? code
                    : vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "no memory for %u domains",
                                   records->len);
    }
    size_t n = 0;
    for (guint i = 0; i < records->len; i++) {
        VesselDomainRecord *record = records->pdata[i];
        g_auto(VesselNow) now = {0};
        vessel__now(host, record, lives->pdata[i], &now);
        if (vessel__is_leftover(host, record, &now) ||
            !vessel__list_wants(options.filter, record, now.state))
            continue;
        begin_item(&batch, record, &now, vessel__stats_list_add(list, records->len, n, record));
        n++;
    }
    list[n] = NULL;
    run_batch(&batch);
    *stats = list;
    if (count)
        *count = n;
    return VESSEL_OK;
}
