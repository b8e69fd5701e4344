/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks: NUMA nodes of the guest, and what of the host is behind them. */
#include "model/check.h"

#define CELL "/domain/cpu/numa/cell[%u]"
#define LINK "/domain/cpu/numa/interconnects/%s[%u]"
#define MEMNODE "/domain/numatune/memnode[%u]"

static bool is_word(const char *path, int value, const char *wanted)
{
    const char *word = vessel__domain_word(path, value);
    return word && strcmp(word, wanted) == 0;
}

static uint64_t cell_id(const GPtrArray *cells, guint i)
{
    return vessel__number(((const VesselNumaCell *)cells->pdata[i])->id, i);
}

static const VesselNumaCell *find_cell(const GPtrArray *cells, uint64_t id)
{
    for (guint i = 0; i < vessel__check_count(cells); i++) {
        if (cell_id(cells, i) == id)
            return cells->pdata[i];
    }
    return NULL;
}

static void check_ids(const VesselCheck *check, const GPtrArray *cells, guint i)
{
    uint64_t id = cell_id(cells, i);
    if (id >= cells->len)
        vessel__check_at(check, g_strdup_printf(CELL "/@id", i + 1),
                         "they are numbered from 0 without a gap",
                         "of %u NUMA nodes none has the number %" G_GUINT64_FORMAT, cells->len, id);
    for (guint j = 0; j < i; j++) {
        if (cell_id(cells, j) == id)
            vessel__check_at(check, g_strdup_printf(CELL "/@id", i + 1), NULL,
                             "NUMA node %" G_GUINT64_FORMAT " is given more than once", id);
    }
}

static void check_cpus(const VesselCheck *check, const GPtrArray *cells)
{
    int most = (int)vessel__number(check->def->vcpus, 1);
    g_autofree guint16 *owners = cells ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;
    guint other;

    for (guint i = 0; i < vessel__check_count(cells); i++) {
        const VesselNumaCell *cell = cells->pdata[i];
        int last = vessel__cpus_last(cell->cpus);
        int common = vessel__owners_claim(owners, cell->cpus, i + 1, &other);
        if (last >= most)
            vessel__check_at(check, g_strdup_printf(CELL "/@cpus", i + 1),
                             "the text of <vcpu> says how many there can be",
                             "there is no virtual CPU %d: the last is %d", last, most - 1);
        if (common >= 0)
            vessel__check_at(check, g_strdup_printf(CELL "/@cpus", i + 1), NULL,
                             "virtual CPU %d is in NUMA node %" G_GUINT64_FORMAT " already", common,
                             cell_id(cells, other - 1));
    }
}

static void check_distances(const VesselCheck *check, const GPtrArray *cells, guint i)
{
    const VesselNumaCell *cell = cells->pdata[i];
    for (guint j = 0; j < vessel__check_count(cell->distances); j++) {
        const VesselNumaSibling *sibling = cell->distances->pdata[j];
        bool itself = sibling->id.value == cell_id(cells, i);
        if (sibling->id.value >= cells->len)
            vessel__check_at(check,
                             g_strdup_printf(CELL "/distances/sibling[%u]/@id", i + 1, j + 1), NULL,
                             "the guest has no NUMA node %" G_GUINT64_FORMAT, sibling->id.value);
        else if (itself != (sibling->value.value == 10))
            vessel__check_at(check,
                             g_strdup_printf(CELL "/distances/sibling[%u]/@value", i + 1, j + 1),
                             NULL, "10 is the distance of a node to itself, and only that");
    }
}

static void check_caches(const VesselCheck *check, const GPtrArray *cells, guint i)
{
    const VesselNumaCell *cell = cells->pdata[i];
    unsigned levels = 0;
    for (guint j = 0; j < vessel__check_count(cell->cache); j++) {
        uint64_t level = ((const VesselNumaCache *)cell->cache->pdata[j])->level.value;
        if (level > 3)
            vessel__check_at(check, g_strdup_printf(CELL "/cache[%u]/@level", i + 1, j + 1), NULL,
                             "a cache has the level 1, 2 or 3");
        else if (levels & (1u << level))
            vessel__check_at(check, g_strdup_printf(CELL "/cache[%u]/@level", i + 1, j + 1), NULL,
                             "the cache of level %" G_GUINT64_FORMAT " is given more than once",
                             level);
        else
            levels |= 1u << level;
    }
}

typedef struct {
    const char *element;
    guint number;
    uint64_t initiator, target, cache;
    int type;
} Link;

static void check_link(const VesselCheck *check, const Link *link)
{
    const GPtrArray *cells = check->def->numa_cells;
    const VesselNumaCell *from = find_cell(cells, link->initiator);
    const VesselNumaCell *to = find_cell(cells, link->target);
    bool cached = link->cache == 0;

    if (!from || !to) {
        vessel__check_at(check, g_strdup_printf(LINK, link->element, link->number), NULL,
                         "the guest has no NUMA node %" G_GUINT64_FORMAT,
                         from ? link->target : link->initiator);
        return;
    }
    if (!from->cpus)
        vessel__check_at(check, g_strdup_printf(LINK, link->element, link->number), NULL,
                         "NUMA node %" G_GUINT64_FORMAT " has no CPUs to begin from",
                         link->initiator);
    for (guint i = 0; i < vessel__check_count(to->cache); i++)
        cached =
            cached || ((const VesselNumaCache *)to->cache->pdata[i])->level.value == link->cache;
    if (!cached)
        vessel__check_at(check, g_strdup_printf(LINK, link->element, link->number), NULL,
                         "NUMA node %" G_GUINT64_FORMAT " has no cache of level %" G_GUINT64_FORMAT,
                         link->target, link->cache);
}

/* Between two nodes there is one way, whatever is told of it. */
static bool is_way_back(GHashTable **ways, const Link *link)
{
    g_autofree char *back =
        g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, link->target, link->initiator);
    bool there = *ways && link->initiator != link->target && g_hash_table_contains(*ways, back);
    vessel__check_first(ways, g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                                              link->initiator, link->target));
    return there;
}

static void check_links(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    g_autoptr(GHashTable) seen = NULL, ways = NULL;
    guint latencies = vessel__check_count(def->numa_latencies);
    guint all = latencies + vessel__check_count(def->numa_bandwidths);

    for (guint i = 0; i < all; i++) {
        Link link;
        if (i < latencies) {
            const VesselNumaLatency *one = def->numa_latencies->pdata[i];
            link = (Link){"latency",
                          i + 1,
                          one->initiator.value,
                          one->target.value,
                          vessel__number(one->cache, 0),
                          one->type};
        } else {
            const VesselNumaBandwidth *one = def->numa_bandwidths->pdata[i - latencies];
            link = (Link){"bandwidth",
                          i - latencies + 1,
                          one->initiator.value,
                          one->target.value,
                          vessel__number(one->cache, 0),
                          one->type};
        }
        check_link(check, &link);
        char *key = g_strdup_printf(
            "%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %d", link.element,
            link.initiator, link.target, link.cache, link.type);
        if (!vessel__check_first(&seen, key))
            vessel__check_at(check, g_strdup_printf(LINK, link.element, link.number), NULL,
                             "the %s is given more than once", link.element);
        if (is_way_back(&ways, &link))
            vessel__check_at(check, g_strdup_printf(LINK, link.element, link.number),
                             "what is told of a way holds in both directions",
                             "the way between the NUMA nodes %" G_GUINT64_FORMAT
                             " and %" G_GUINT64_FORMAT " is given from the other end already",
                             link.initiator, link.target);
    }
}

static void check_memnodes(const VesselCheck *check, const VesselNumatune *tune)
{
    g_autoptr(GHashTable) seen = NULL;
    bool restrictive = is_word("/domain/numatune/memory/@mode", tune->mode, "restrictive");

    for (guint i = 0; i < vessel__check_count(tune->memnode); i++) {
        const VesselMemnode *node = tune->memnode->pdata[i];
        uint64_t id = node->cellid.value;
        if (!find_cell(check->def->numa_cells, id))
            vessel__check_at(check, g_strdup_printf(MEMNODE "/@cellid", i + 1),
                             "the nodes of the guest are in cpu/numa",
                             "the guest has no NUMA node %" G_GUINT64_FORMAT, id);
        if (!vessel__check_first(&seen, g_strdup_printf("%" G_GUINT64_FORMAT, id)))
            vessel__check_at(check, g_strdup_printf(MEMNODE "/@cellid", i + 1), NULL,
                             "NUMA node %" G_GUINT64_FORMAT " is given more than once", id);
        if (tune->mode &&
            restrictive != is_word("/domain/numatune/memnode/@mode", node->mode, "restrictive"))
            vessel__check_at(
                check, g_strdup_printf(MEMNODE "/@mode", i + 1), NULL,
                "'restrictive' is for numatune/memory and all of its nodes, or for none");
    }
}

static void check_numatune(const VesselCheck *check)
{
    const VesselNumatune *tune = check->def->numatune;
    if (!tune)
        return;
    bool given = tune->mode || tune->placement;
    bool automatic = is_word("/domain/numatune/memory/@placement", tune->placement, "auto") ||
                     (!tune->placement && !tune->nodeset &&
                      check->def->vcpu_placement == VESSEL_VCPU_PLACEMENT_AUTO);
    if (given && !automatic && !tune->nodeset)
        vessel__check_at(check, g_strdup("/domain/numatune/memory/@nodeset"), "or placement='auto'",
                         "static placement needs the host's nodes");
    if (automatic && vessel__check_count(tune->memnode))
        vessel__check_at(check, g_strdup("/domain/numatune/memnode[1]"), NULL,
                         "single nodes cannot be placed when placement is automatic");
    check_memnodes(check, tune);
}

void vessel__check_numa(const VesselCheck *check)
{
    const GPtrArray *cells = check->def->numa_cells;
    for (guint i = 0; i < vessel__check_count(cells); i++) {
        check_ids(check, cells, i);
        check_distances(check, cells, i);
        check_caches(check, cells, i);
    }
    check_cpus(check, cells);
    check_links(check);
    check_numatune(check);
}
