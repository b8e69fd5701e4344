/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory: its size, what is behind it, its limits and NUMA nodes. */
#include "model/things.h"

static const VesselRow max_memory_rows[] = {
    VESSEL_SIZE(VesselMaxMemory, kib, "", 0, VESSEL_KIB_MAX, VESSEL_ROW_GUEST_ABI,
                "memory with all modules that may be added"),
    VESSEL_NUMBER(VesselMaxMemory, slots, "@slots", 0, 4294967295, VESSEL_ROW_GUEST_ABI,
                  "how many modules may be added"),
    {.path = NULL},
};

const VesselTable vessel__max_memory_table =
    VESSEL_PART_TABLE(VesselMaxMemory, "maxMemory", max_memory_rows);

static const VesselRow hugepage_rows[] = {
    VESSEL_SIZE(VesselHugepage, size, "@size", 1, VESSEL_KIB_MAX,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "size of the pages"),
    VESSEL_STRING(VesselHugepage, nodeset, "@nodeset", &vessel__form_cpus, 4096, 0,
                  "the guest's NUMA nodes they are for", .otherwise = "all others"),
    {.path = NULL},
};

const VesselTable vessel__hugepage_table = VESSEL_PART_TABLE(VesselHugepage, "page", hugepage_rows);

static const char *const memory_backing_source_words[] = {"", "file", "anonymous", "memfd", NULL};
static const char *const memory_backing_access_words[] = {"", "shared", "private", NULL};
static const char *const memory_backing_allocation_words[] = {"", "immediate", "ondemand", NULL};

static const VesselRow memory_backing_rows[] = {
    VESSEL_PRESENCE(VesselMemoryBacking, hugepages, "hugepages", 0, "memory from huge pages"),
    VESSEL_OBJECTS(VesselMemoryBacking, pages, "hugepages/page", &vessel__hugepage_table, 64, 0,
                   "which sizes are used", .otherwise = "the host's own size"),
    VESSEL_PRESENCE(VesselMemoryBacking, nosharepages, "nosharepages", 0,
                    "the host may not merge pages"),
    VESSEL_PRESENCE(VesselMemoryBacking, locked, "locked", 0, "the memory stays in the host's"),
    VESSEL_ENUM(VesselMemoryBacking, source, "source/@type", memory_backing_source_words,
                VESSEL_ROW_NEEDED, "what is behind the memory", .preset = "anonymous"),
    VESSEL_ENUM(VesselMemoryBacking, access, "access/@mode", memory_backing_access_words,
                VESSEL_ROW_NEEDED, "whether other programs see what is written",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselMemoryBacking, allocation, "allocation/@mode",
                memory_backing_allocation_words, 0, "when the host's memory is taken",
                .preset = "ondemand"),
    VESSEL_NUMBER(VesselMemoryBacking, allocation_threads, "allocation/@threads", 1, 4294967295, 0,
                  "how many threads take it", .otherwise = VESSEL_ITS_OWN),
    VESSEL_PRESENCE(VesselMemoryBacking, discard, "discard", 0,
                    "what is in the memory is not kept when the guest ends"),
    {.path = NULL},
};

const VesselTable vessel__memory_backing_table =
    VESSEL_PART_TABLE(VesselMemoryBacking, "memoryBacking", memory_backing_rows);

static const VesselRow memtune_rows[] = {
    VESSEL_SIZE(VesselMemtune, hard_limit, "hard_limit", 0, VESSEL_KIB_MAX, VESSEL_ROW_LIVE,
                "the most of the host's memory the domain may use, the hypervisor's own included",
                .otherwise = "no limit"),
    VESSEL_SIZE(VesselMemtune, soft_limit, "soft_limit", 0, VESSEL_KIB_MAX, VESSEL_ROW_LIVE,
                "the most it may use when the host is short of memory", .otherwise = "no limit"),
    VESSEL_SIZE(VesselMemtune, min_guarantee, "min_guarantee", 0, VESSEL_KIB_MAX, 0,
                "memory the domain is sure to have"),
    VESSEL_SIZE(VesselMemtune, swap_hard_limit, "swap_hard_limit", 0, VESSEL_KIB_MAX,
                VESSEL_ROW_LIVE, "the most of memory and swap together", .otherwise = "no limit"),
    {.path = NULL},
};

const VesselTable vessel__memtune_table = VESSEL_PART_TABLE(VesselMemtune, "memtune", memtune_rows);

static const char *const numa_mode_words[] = {"",           "strict",      "preferred",
                                              "interleave", "restrictive", NULL};

static const VesselRow memnode_rows[] = {
    VESSEL_NUMBER(VesselMemnode, cellid, "@cellid", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "the guest's NUMA node"),
    VESSEL_ENUM(VesselMemnode, mode, "@mode", numa_mode_words, 0, "how the host's nodes are chosen",
                .preset = "strict"),
    VESSEL_STRING(VesselMemnode, nodeset, "@nodeset", &vessel__form_cpus, 4096, VESSEL_ROW_REQUIRED,
                  "the host's nodes"),
    {.path = NULL},
};

const VesselTable vessel__memnode_table = VESSEL_PART_TABLE(VesselMemnode, "memnode", memnode_rows);

static const char *const numatune_placement_words[] = {"", "static", "auto", NULL};

static const VesselRow numatune_rows[] = {
    VESSEL_ENUM(VesselNumatune, mode, "memory/@mode", numa_mode_words, 0,
                "how the host's nodes are chosen", .preset = "strict"),
    VESSEL_ENUM(VesselNumatune, placement, "memory/@placement", numatune_placement_words, 0,
                "who chooses them", .otherwise = "static if there is a nodeset, else as vcpu says"),
    VESSEL_STRING(VesselNumatune, nodeset, "memory/@nodeset", &vessel__form_cpus, 4096,
                  VESSEL_ROW_LIVE, "the host's nodes"),
    VESSEL_OBJECTS(VesselNumatune, memnode, "memnode", &vessel__memnode_table, 1024, 0,
                   "the same for one node of the guest"),
    {.path = NULL},
};

const VesselTable vessel__numatune_table =
    VESSEL_PART_TABLE(VesselNumatune, "numatune", numatune_rows);
