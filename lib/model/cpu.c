/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <cpu>: what CPU the guest sees. */
#include "model/things.h"

static const char *const cpu_model_fallback_words[] = {"", "allow", "forbid", NULL};

static const VesselRow cpu_model_rows[] = {
    VESSEL_ENUM(
        VesselCpuModel, fallback, "@fallback", cpu_model_fallback_words, VESSEL_ROW_GUEST_ABI,
        "whether the nearest model will do where the host lacks this one", .preset = "allow"),
    VESSEL_STRING(VesselCpuModel, vendor_id, "@vendor_id", &vessel__form_vendor_id, 12,
                  VESSEL_ROW_GUEST_ABI, "vendor the guest reads", .otherwise = "that of the host"),
    VESSEL_STRING(VesselCpuModel, name, "", &vessel__form_word, 128,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_EMPTY, "name of the model",
                  .otherwise = "as the mode says"),
    {.path = NULL},
};

const VesselTable vessel__cpu_model_table =
    VESSEL_PART_TABLE(VesselCpuModel, "model", cpu_model_rows);

static const VesselRow cpu_topology_rows[] = {
    VESSEL_NUMBER(VesselCpuTopology, sockets, "@sockets", 1, 4294967295,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "sockets"),
    VESSEL_NUMBER(VesselCpuTopology, dies, "@dies", 1, 4294967295, VESSEL_ROW_GUEST_ABI,
                  "dies of a socket", .preset = "1"),
    VESSEL_NUMBER(VesselCpuTopology, cores, "@cores", 1, 4294967295,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "cores of a die"),
    VESSEL_NUMBER(VesselCpuTopology, threads, "@threads", 1, 4294967295,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "threads of a core"),
    {.path = NULL},
};

const VesselTable vessel__cpu_topology_table =
    VESSEL_PART_TABLE(VesselCpuTopology, "topology", cpu_topology_rows);

static const char *const cpu_feature_policy_words[] = {"",        "force",  "require", "optional",
                                                       "disable", "forbid", NULL};

static const VesselRow cpu_feature_rows[] = {
    VESSEL_ENUM(VesselCpuFeature, policy, "@policy", cpu_feature_policy_words, VESSEL_ROW_GUEST_ABI,
                "what becomes of it", .preset = "require"),
    VESSEL_STRING(VesselCpuFeature, name, "@name", &vessel__form_word, 128,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                  "name of the feature"),
    {.path = NULL},
};

const VesselTable vessel__cpu_feature_table =
    VESSEL_PART_TABLE(VesselCpuFeature, "feature", cpu_feature_rows);

static const char *const cpu_cache_mode_words[] = {"", "emulate", "passthrough", "disable", NULL};

static const VesselRow cpu_cache_rows[] = {
    VESSEL_NUMBER(VesselCpuCache, level, "@level", 1, 3, VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                  "level of the cache", .otherwise = "all levels"),
    VESSEL_ENUM(VesselCpuCache, mode, "@mode", cpu_cache_mode_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "whose cache the guest sees"),
    {.path = NULL},
};

const VesselTable vessel__cpu_cache_table =
    VESSEL_PART_TABLE(VesselCpuCache, "cache", cpu_cache_rows);

static const char *const maxphysaddr_mode_words[] = {"", "emulate", "passthrough", NULL};

static const VesselRow maxphysaddr_rows[] = {
    VESSEL_ENUM(VesselMaxphysaddr, mode, "@mode", maxphysaddr_mode_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "whose size the guest sees"),
    VESSEL_NUMBER(VesselMaxphysaddr, bits, "@bits", 1, 64, VESSEL_ROW_GUEST_ABI,
                  "how many bits an address has", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselMaxphysaddr, limit, "@limit", 1, 64, VESSEL_ROW_GUEST_ABI,
                  "the most it may have", .otherwise = "no limit"),
    {.path = NULL},
};

const VesselTable vessel__maxphysaddr_table =
    VESSEL_PART_TABLE(VesselMaxphysaddr, "maxphysaddr", maxphysaddr_rows);

static const VesselRow numa_sibling_rows[] = {
    VESSEL_NUMBER(VesselNumaSibling, id, "@id", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "the other node"),
    VESSEL_NUMBER(VesselNumaSibling, value, "@value", 10, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "how far it is, 10 is itself"),
    {.path = NULL},
};

const VesselTable vessel__numa_sibling_table =
    VESSEL_PART_TABLE(VesselNumaSibling, "sibling", numa_sibling_rows);

static const char *const numa_cache_associativity_words[] = {"", "none", "direct", "full", NULL};
static const char *const numa_cache_policy_words[] = {"", "none", "writeback", "writethrough",
                                                      NULL};

static const VesselRow numa_cache_rows[] = {
    VESSEL_NUMBER(VesselNumaCache, level, "@level", 1, 4294967295,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                  "level of the cache"),
    VESSEL_ENUM(VesselNumaCache, associativity, "@associativity", numa_cache_associativity_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI,
                "how a line finds its place: anywhere (full), in one place (direct)"),
    VESSEL_ENUM(VesselNumaCache, policy, "@policy", numa_cache_policy_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI,
                "when what is written reaches the memory"),
    /* Written in KiB: libvirt 9 takes the number for that, whatever the unit. */
    VESSEL_SIZE(VesselNumaCache, size_kib, "size/@value", 0, VESSEL_KIB_MAX,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "its size"),
    VESSEL_BYTES(VesselNumaCache, line, "line/@value", 0, INT64_MAX,
                 VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "size of a line"),
    {.path = NULL},
};

const VesselTable vessel__numa_cache_table =
    VESSEL_PART_TABLE(VesselNumaCache, "cache", numa_cache_rows);

static const char *const numa_cell_mem_access_words[] = {"", "shared", "private", NULL};

static const VesselRow numa_cell_rows[] = {
    VESSEL_NUMBER(VesselNumaCell, id, "@id", 0, UINT32_MAX, VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                  "number of the node", .otherwise = "its turn in the list, from 0"),
    VESSEL_STRING(VesselNumaCell, cpus, "@cpus", &vessel__form_cpus, 4096, VESSEL_ROW_GUEST_ABI,
                  "its CPUs", .otherwise = "none: a node of memory alone"),
    VESSEL_SIZE(VesselNumaCell, memory, "@memory", 1, VESSEL_KIB_MAX,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "its memory"),
    VESSEL_ENUM(VesselNumaCell, mem_access, "@memAccess", numa_cell_mem_access_words, 0,
                "whether other programs see what is written", .otherwise = "as memoryBacking says"),
    VESSEL_SWITCH(VesselNumaCell, discard, "@discard", vessel__no_yes, 0,
                  "what is in the memory is not kept when the guest ends",
                  .otherwise = "as memoryBacking says"),
    VESSEL_OBJECTS(VesselNumaCell, distances, "distances/sibling", &vessel__numa_sibling_table,
                   1024, VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "how far other nodes are"),
    VESSEL_OBJECTS(VesselNumaCell, cache, "cache", &vessel__numa_cache_table, 16,
                   VESSEL_ROW_GUEST_ABI, "caches of the memory"),
    {.path = NULL},
};

const VesselTable vessel__numa_cell_table =
    VESSEL_PART_TABLE(VesselNumaCell, "cell", numa_cell_rows);

static const char *const numa_access_words[] = {"", "access", "read", "write", NULL};

static const VesselRow numa_latency_rows[] = {
    VESSEL_NUMBER(VesselNumaLatency, initiator, "@initiator", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "node of the CPU"),
    VESSEL_NUMBER(VesselNumaLatency, target, "@target", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                  "node of the memory"),
    VESSEL_NUMBER(VesselNumaLatency, cache, "@cache", 1, 4294967295,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "level of the memory's cache",
                  .otherwise = "that of the memory itself"),
    VESSEL_ENUM(VesselNumaLatency, type, "@type", numa_access_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "kind of access"),
    VESSEL_NUMBER(VesselNumaLatency, value, "@value", 1, 4294967295,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "how long it takes, in nanoseconds"),
    {.path = NULL},
};

const VesselTable vessel__numa_latency_table =
    VESSEL_PART_TABLE(VesselNumaLatency, "latency", numa_latency_rows);

static const VesselRow numa_bandwidth_rows[] = {
    VESSEL_NUMBER(VesselNumaBandwidth, initiator, "@initiator", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "node of the CPU"),
    VESSEL_NUMBER(VesselNumaBandwidth, target, "@target", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                  "node of the memory"),
    VESSEL_NUMBER(VesselNumaBandwidth, cache, "@cache", 1, 4294967295,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "level of the memory's cache",
                  .otherwise = "that of the memory itself"),
    VESSEL_ENUM(VesselNumaBandwidth, type, "@type", numa_access_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "kind of access"),
    VESSEL_SIZE(VesselNumaBandwidth, value, "@value", 1, VESSEL_KIB_MAX,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "how much goes through in a second"),
    {.path = NULL},
};

const VesselTable vessel__numa_bandwidth_table =
    VESSEL_PART_TABLE(VesselNumaBandwidth, "bandwidth", numa_bandwidth_rows);
