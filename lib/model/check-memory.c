/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks: memory, its limits and its huge pages. */
#include "model/check.h"

#define PAGE "/domain/memoryBacking/hugepages/page[%u]"

static void check_size(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    if (!def->memory_kib.set && !vessel__check_count(def->numa_cells) &&
        !vessel__domain_is_container(def))
        vessel__check_at(check, g_strdup("/domain/memory"), NULL,
                         "the element 'memory' is missing");
    /* Containers of OpenVZ have limits of their own instead. */
    if (def->memory_kib.set && !def->memory_kib.value && !vessel__check_count(def->numa_cells) &&
        def->type != VESSEL_DOMAIN_TYPE_OPENVZ)
        vessel__check_at(check, g_strdup("/domain/memory"), NULL, "a domain needs memory");
}

static uint64_t modules(const VesselCheck *check)
{
    uint64_t sum = 0;
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_MEMORY && device->memory->model != VESSEL_MEMORY_SGX_EPC)
            sum += device->memory->size_kib.value;
    }
    return sum;
}

/* What the guest begins with: libvirt believes the NUMA nodes, and adds the modules, before
 * <memory>, which has them already. */
static uint64_t at_boot(const VesselCheck *check)
{
    uint64_t sum = vessel__domain_numa_memory(check->def);
    return sum ? sum + modules(check) : vessel__number(check->def->memory_kib, 0);
}

static void check_most(const VesselCheck *check)
{
    const VesselMaxMemory *most = check->def->max_memory;
    uint64_t kib = most ? vessel__number(most->kib, 0) : 0;
    if (most && !kib && vessel__number(most->slots, 0) > 0)
        vessel__check_at(check, g_strdup("/domain/maxMemory"), "give the size that can be reached",
                         "there are slots for memory, but no size");
    if (kib && kib < at_boot(check))
        vessel__check_at(check, g_strdup("/domain/maxMemory"), NULL,
                         "maxMemory (%" G_GUINT64_FORMAT
                         " KiB) is smaller than the memory at boot (%" G_GUINT64_FORMAT " KiB)",
                         kib, at_boot(check));
}

static void check_hugepages(const VesselCheck *check)
{
    const VesselMemoryBacking *backing = check->def->memory_backing;
    const GPtrArray *pages = backing ? backing->pages : NULL;
    int cells = (int)MAX(vessel__check_count(check->def->numa_cells), 1);
    g_autofree guint16 *owners = pages ? g_new0(guint16, VESSEL_CPUS_MAX + 1) : NULL;
    bool rest = false;
    guint other;

    for (guint i = 0; i < vessel__check_count(pages); i++) {
        const VesselHugepage *page = pages->pdata[i];
        int common = vessel__owners_claim(owners, page->nodeset, i + 1, &other);
        if (common >= 0)
            vessel__check_at(check, g_strdup_printf(PAGE "/@nodeset", i + 1), NULL,
                             "NUMA node %d has pages of another size already", common);
        if (vessel__cpus_last(page->nodeset) >= cells)
            vessel__check_at(check, g_strdup_printf(PAGE "/@nodeset", i + 1),
                             "the nodes of the guest are in cpu/numa",
                             "the guest has no NUMA node %d", vessel__cpus_last(page->nodeset));
        if (!page->nodeset && rest)
            vessel__check_at(check, g_strdup_printf(PAGE, i + 1), "say which with nodeset",
                             "two sizes of huge pages are for all NUMA nodes");
        rest = rest || !page->nodeset;
    }
}

static void check_limits(const VesselCheck *check)
{
    const VesselMemtune *memtune = check->def->memtune;
    if (memtune && vessel__number(memtune->swap_hard_limit, 0) > 0 &&
        memtune->swap_hard_limit.value < vessel__number(memtune->hard_limit, 0))
        vessel__check_at(check, g_strdup("/domain/memtune/swap_hard_limit"),
                         "it counts memory and swap together",
                         "swap_hard_limit is smaller than hard_limit");
}

void vessel__check_memory(const VesselCheck *check)
{
    check_size(check);
    check_most(check);
    check_hugepages(check);
    check_limits(check);
}
