/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks: the host's CPUs, I/O threads, caches and disks. */
#include "model/check.h"

#define TUNE "/domain/cputune/"
#define IOTHREAD "/domain/iothreadids/iothread[%u]"

static void check_pool(const VesselCheck *check, const VesselNumber *least,
                       const VesselNumber *most, char *path)
{
    if (least->set && most->set && least->value > most->value)
        vessel__check_at(check, path, NULL,
                         "thread_pool_min (%" G_GUINT64_FORMAT
                         ") is larger than thread_pool_max (%" G_GUINT64_FORMAT ")",
                         least->value, most->value);
    else
        g_free(path);
}

/* Which numbers of I/O threads there are: those given, and the lowest that are free until there are
 * as many as <iothreads> says. */
static guint8 *known_iothreads(const VesselDomainDef *def)
{
    guint8 *known = g_malloc0(VESSEL_CPUS_MAX + 1);
    guint given = vessel__check_count(def->iothread_ids);
    uint64_t all = vessel__number(def->iothreads, 0);

    for (guint i = 0; i < given; i++) {
        uint64_t id = ((const VesselIothread *)def->iothread_ids->pdata[i])->id.value;
        if (id <= VESSEL_CPUS_MAX)
            known[id] = 1;
    }
    for (guint id = 1; id <= VESSEL_CPUS_MAX && given < all; id++) {
        given += !known[id];
        known[id] = 1;
    }
    return known;
}

/* Those that a disk or a controller names. Where the domain says nothing of I/O threads, it is for
 * who runs it to find that they are missing. */
static void check_users(const VesselCheck *check, const guint8 *iothreads)
{
    bool some =
        vessel__number(check->def->iothreads, 0) || vessel__check_count(check->def->iothread_ids);
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        VesselNumber id = {0, false};
        if (device->kind == VESSEL_DEVICE_DISK)
            id = device->disk->iothread;
        else if (device->kind == VESSEL_DEVICE_CONTROLLER)
            id = device->controller->iothread;
        if (some && id.set && (id.value > VESSEL_CPUS_MAX || !iothreads[id.value]))
            vessel__check_problem(check, device, "/driver/@iothread",
                                  "they are in iothreads or iothreadids",
                                  "there is no I/O thread %" G_GUINT64_FORMAT, id.value);
    }
}

static void check_iothreads(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    const VesselThreadPool *pool = def->defaultiothread;
    g_autoptr(GHashTable) seen = NULL;

    for (guint i = 0; i < vessel__check_count(def->iothread_ids); i++) {
        const VesselIothread *thread = def->iothread_ids->pdata[i];
        if (!vessel__check_first(&seen, g_strdup_printf("%" G_GUINT64_FORMAT, thread->id.value)))
            vessel__check_at(check, g_strdup_printf(IOTHREAD "/@id", i + 1), NULL,
                             "I/O thread %" G_GUINT64_FORMAT " is given more than once",
                             thread->id.value);
        check_pool(check, &thread->thread_pool_min, &thread->thread_pool_max,
                   g_strdup_printf(IOTHREAD "/@thread_pool_min", i + 1));
    }
    if (pool)
        check_pool(check, &pool->thread_pool_min, &pool->thread_pool_max,
                   g_strdup("/domain/defaultiothread/@thread_pool_min"));
}

static void check_times(const VesselCheck *check, const VesselCputune *tune)
{
    const struct {
        const char *path;
        const VesselNumber *number;
        uint64_t least;
    } times[] = {
        {TUNE "shares", &tune->shares, 2},
        {TUNE "period", &tune->period, 1000},
        {TUNE "global_period", &tune->global_period, 1000},
        {TUNE "emulator_period", &tune->emulator_period, 1000},
        {TUNE "iothread_period", &tune->iothread_period, 1000},
    };
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        uint64_t value = vessel__number(*times[i].number, 0);
        if (value > 0 && value < times[i].least)
            vessel__check_at(check, g_strdup(times[i].path), "0 is the same as leaving it out",
                             "%" G_GUINT64_FORMAT " is too small: the least is %" G_GUINT64_FORMAT,
                             value, times[i].least);
    }
}

static void check_pins(const VesselCheck *check, const VesselCputune *tune, const guint8 *iothreads)
{
    g_autoptr(GHashTable) vcpus = NULL, threads = NULL;
    for (guint i = 0; i < vessel__check_count(tune->vcpupin); i++) {
        uint64_t id = ((const VesselVcpupin *)tune->vcpupin->pdata[i])->vcpu.value;
        if (!vessel__check_first(&vcpus, g_strdup_printf("%" G_GUINT64_FORMAT, id)))
            vessel__check_at(check, g_strdup_printf(TUNE "vcpupin[%u]/@vcpu", i + 1), NULL,
                             "virtual CPU %" G_GUINT64_FORMAT " is pinned more than once", id);
    }
    for (guint i = 0; i < vessel__check_count(tune->iothreadpin); i++) {
        uint64_t id = ((const VesselIothreadpin *)tune->iothreadpin->pdata[i])->iothread.value;
        if (!vessel__check_first(&threads, g_strdup_printf("%" G_GUINT64_FORMAT, id)))
            vessel__check_at(check, g_strdup_printf(TUNE "iothreadpin[%u]/@iothread", i + 1), NULL,
                             "I/O thread %" G_GUINT64_FORMAT " is pinned more than once", id);
        if (id <= VESSEL_CPUS_MAX && !iothreads[id])
            vessel__check_at(check, g_strdup_printf(TUNE "iothreadpin[%u]/@iothread", i + 1),
                             "they are in iothreads or iothreadids",
                             "there is no I/O thread %" G_GUINT64_FORMAT, id);
    }
}

static void check_priority(const VesselCheck *check, int scheduler, const VesselNumber *priority,
                           char *path)
{
    const char *word = vessel__domain_word(TUNE "emulatorsched/@scheduler", scheduler);
    bool real_time = word && (strcmp(word, "fifo") == 0 || strcmp(word, "rr") == 0);
    if (real_time && !priority->set)
        vessel__check_at(check, path, "most hosts have 1 to 99",
                         "the scheduler '%s' needs a priority", word);
    else
        g_free(path);
}

static void check_vcpusched(const VesselCheck *check, const VesselCputune *tune)
{
    g_autofree guint16 *owners = tune->vcpusched ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;
    int most = (int)vessel__number(check->def->vcpus, 1);
    guint other;

    for (guint i = 0; i < vessel__check_count(tune->vcpusched); i++) {
        const VesselVcpusched *one = tune->vcpusched->pdata[i];
        int common = vessel__owners_claim(owners, one->vcpus, i + 1, &other);
        if (common >= 0)
            vessel__check_at(check, g_strdup_printf(TUNE "vcpusched[%u]/@vcpus", i + 1), NULL,
                             "virtual CPU %d has a scheduler already", common);
        if (vessel__cpus_last(one->vcpus) >= most)
            vessel__check_at(check, g_strdup_printf(TUNE "vcpusched[%u]/@vcpus", i + 1),
                             "the text of <vcpu> says how many there can be",
                             "there is no virtual CPU %d: the last is %d",
                             vessel__cpus_last(one->vcpus), most - 1);
        check_priority(check, one->scheduler, &one->priority,
                       g_strdup_printf(TUNE "vcpusched[%u]/@priority", i + 1));
    }
}

/* The first number of @list that is not @known, or -1. */
static int first_unknown(const char *list, const guint8 *known)
{
    guint first, last;
    while (vessel__cpus_next(&list, &first, &last)) {
        for (guint id = first; id <= last; id++) {
            if (!known[id])
                return (int)id;
        }
    }
    return -1;
}

static void check_iothreadsched(const VesselCheck *check, const VesselCputune *tune,
                                const guint8 *iothreads)
{
    g_autofree guint16 *owners = tune->iothreadsched ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;
    guint other;

    for (guint i = 0; i < vessel__check_count(tune->iothreadsched); i++) {
        const VesselIothreadsched *one = tune->iothreadsched->pdata[i];
        int common = vessel__owners_claim(owners, one->iothreads, i + 1, &other);
        int unknown = first_unknown(one->iothreads, iothreads);
        if (common >= 0)
            vessel__check_at(check, g_strdup_printf(TUNE "iothreadsched[%u]/@iothreads", i + 1),
                             NULL, "I/O thread %d has a scheduler already", common);
        if (unknown >= 0)
            vessel__check_at(check, g_strdup_printf(TUNE "iothreadsched[%u]/@iothreads", i + 1),
                             "they are in iothreads or iothreadids", "there is no I/O thread %d",
                             unknown);
        check_priority(check, one->scheduler, &one->priority,
                       g_strdup_printf(TUNE "iothreadsched[%u]/@priority", i + 1));
    }
}

/* An allocation, and the monitors in it; @vcpus_at is where each has its virtual CPUs. */
typedef struct {
    const char *element; /* "cachetune" */
    guint number;
    const char *vcpus;
    bool empty; /* nothing is allocated */
    const GPtrArray *monitors;
    size_t vcpus_at;
} Watched;

static bool is_outside(const guint16 *allocated, const char *vcpus)
{
    guint first, last;
    while (vessel__cpus_next(&vcpus, &first, &last)) {
        for (guint id = first; id <= last; id++) {
            if (!allocated[id])
                return true;
        }
    }
    return false;
}

/* What is watched is a part of the allocation; all of it may be watched once beside parts, if
 * anything is allocated. */
static void check_monitors(const VesselCheck *check, const Watched *on)
{
    guint count = vessel__check_count(on->monitors);
    g_autofree guint16 *allocated = count ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;
    g_autofree guint16 *watched = count ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;
    bool all = false;
    guint other;

    if (count)
        vessel__owners_claim(allocated, on->vcpus, 1, &other);
    for (guint i = 0; i < count; i++) {
        const char *vcpus =
            G_STRUCT_MEMBER(const char *, on->monitors->pdata[i], (glong)on->vcpus_at);
        bool whole = g_strcmp0(vcpus, on->vcpus) == 0 && !on->empty, twice = whole && all;
        bool outside = is_outside(allocated, vcpus);
        all = all || whole;
        if (!whole)
            twice = vessel__owners_claim(watched, vcpus, i + 1, &other) >= 0;
        if (outside)
            vessel__check_at(
                check,
                g_strdup_printf(TUNE "%s[%u]/monitor[%u]/@vcpus", on->element, on->number, i + 1),
                NULL, "a virtual CPU is watched that is not of this %s", on->element);
        else if (twice)
            vessel__check_at(
                check,
                g_strdup_printf(TUNE "%s[%u]/monitor[%u]/@vcpus", on->element, on->number, i + 1),
                NULL, "a virtual CPU is watched twice");
    }
}

/* A cache is allocated once: for both, or for code, for data or for each. */
static void check_allocations(const VesselCheck *check, const VesselCachetune *one, guint number)
{
    for (guint i = 1; i < vessel__check_count(one->cache); i++) {
        const VesselCachetuneCache *second = one->cache->pdata[i];
        for (guint j = 0; j < i; j++) {
            const VesselCachetuneCache *first = one->cache->pdata[j];
            bool both = first->type == 1 || second->type == 1;
            if (first->id.value != second->id.value || first->level.value != second->level.value ||
                (first->type != second->type && !both))
                continue;
            vessel__check_at(check, g_strdup_printf(TUNE "cachetune[%u]/cache[%u]", number, i + 1),
                             NULL, "this cache is allocated already");
            break;
        }
    }
}

static void check_nodes(const VesselCheck *check, const VesselMemorytune *one, guint number)
{
    g_autoptr(GHashTable) seen = NULL;
    for (guint i = 0; i < vessel__check_count(one->node); i++) {
        uint64_t id = ((const VesselMemorytuneNode *)one->node->pdata[i])->id.value;
        if (!vessel__check_first(&seen, g_strdup_printf("%" G_GUINT64_FORMAT, id)))
            vessel__check_at(check,
                             g_strdup_printf(TUNE "memorytune[%u]/node[%u]/@id", number, i + 1),
                             NULL, "node %" G_GUINT64_FORMAT " is given more than once", id);
    }
}

static void check_caches(const VesselCheck *check, const GPtrArray *tunes, guint16 *owners)
{
    guint other;
    for (guint i = 0; i < vessel__check_count(tunes); i++) {
        const VesselCachetune *one = tunes->pdata[i];
        Watched on = {.element = "cachetune",
                      .number = i + 1,
                      .vcpus = one->vcpus,
                      .empty = !vessel__check_count(one->cache),
                      .monitors = one->monitor,
                      .vcpus_at = offsetof(VesselCachetuneMonitor, vcpus)};
        int common = vessel__owners_claim(owners, one->vcpus, i + 1, &other);
        if (common >= 0)
            vessel__check_at(check, g_strdup_printf(TUNE "cachetune[%u]/@vcpus", i + 1), NULL,
                             "virtual CPU %d is in another cachetune", common);
        check_monitors(check, &on);
        check_allocations(check, one, i + 1);
    }
}

/* The first of the @owners that has one of @vcpus, or 0. */
static guint first_owner(const guint16 *owners, const char *vcpus)
{
    guint first, last;
    while (vessel__cpus_next(&vcpus, &first, &last)) {
        for (guint id = first; id <= last; id++) {
            if (owners[id])
                return owners[id];
        }
    }
    return 0;
}

/* A virtual CPU is in one <cachetune> and one <memorytune>; if in both, they have the same ones. */
static void check_resources(const VesselCheck *check, const VesselCputune *tune)
{
    guint memories = vessel__check_count(tune->memorytune), other = 0;
    bool some = memories || vessel__check_count(tune->cachetune);
    g_autofree guint16 *cache = some ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;
    g_autofree guint16 *memory = some ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;

    check_caches(check, tune->cachetune, cache);
    for (guint i = 0; i < memories; i++) {
        const VesselMemorytune *one = tune->memorytune->pdata[i];
        int common = vessel__owners_claim(memory, one->vcpus, i + 1, &other);
        guint part = first_owner(cache, one->vcpus);
        const VesselCachetune *same = part ? tune->cachetune->pdata[part - 1] : NULL;
        Watched on = {.element = "memorytune",
                      .number = i + 1,
                      .vcpus = one->vcpus,
                      .empty = !vessel__check_count(one->node) &&
                               !(same && vessel__check_count(same->cache)),
                      .monitors = one->monitor,
                      .vcpus_at = offsetof(VesselMemorytuneMonitor, vcpus)};
        check_nodes(check, one, i + 1);
        check_monitors(check, &on);
        if (common >= 0)
            vessel__check_at(check, g_strdup_printf(TUNE "memorytune[%u]/@vcpus", i + 1), NULL,
                             "virtual CPU %d is in another memorytune", common);
        if (same && strcmp(same->vcpus, one->vcpus) != 0)
            vessel__check_at(check, g_strdup_printf(TUNE "memorytune[%u]/@vcpus", i + 1),
                             "give it the same virtual CPUs, or quite different ones",
                             "it has only a part of the virtual CPUs of cachetune %u", part);
    }
}

static void check_disks(const VesselCheck *check)
{
    const VesselBlkiotune *tune = check->def->blkiotune;
    g_autoptr(GHashTable) seen = NULL;
    for (guint i = 0; tune && i < vessel__check_count(tune->device); i++) {
        const VesselBlkioDevice *device = tune->device->pdata[i];
        if (!vessel__check_first(&seen, g_strdup(device->path)))
            vessel__check_at(check, g_strdup_printf("/domain/blkiotune/device[%u]/path", i + 1),
                             NULL, "'%s' is given more than once", device->path);
    }
}

void vessel__check_tuning(const VesselCheck *check)
{
    const VesselCputune *tune = check->def->cputune;
    check_iothreads(check);
    check_disks(check);
    g_autofree guint8 *iothreads = known_iothreads(check->def);
    check_users(check, iothreads);
    if (!tune)
        return;
    check_times(check, tune);
    check_pins(check, tune, iothreads);
    check_vcpusched(check, tune);
    check_iothreadsched(check, tune, iothreads);
    if (tune->emulatorsched)
        check_priority(check, tune->emulatorsched->scheduler, &tune->emulatorsched->priority,
                       g_strdup(TUNE "emulatorsched/@priority"));
    check_resources(check, tune);
}
