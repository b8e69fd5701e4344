/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <vcpus>, <iothreadids>, <cputune>: the host's CPUs and their use. */
#include "model/things.h"

static const VesselRow vcpu_rows[] = {
    VESSEL_NUMBER(VesselVcpu, id, "@id", 0, 65534,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "number of the CPU"),
    VESSEL_SWITCH(VesselVcpu, enabled, "@enabled", vessel__no_yes,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_LIVE, "whether it is there at boot"),
    VESSEL_SWITCH(VesselVcpu, hotpluggable, "@hotpluggable", vessel__no_yes, 0,
                  "whether it can be taken away", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselVcpu, order, "@order", 1, 65535, 0, "turn in which it was added",
                  .otherwise = "its number"),
    {.path = NULL},
};

const VesselTable vessel__vcpu_table = VESSEL_PART_TABLE(VesselVcpu, "vcpu", vcpu_rows);

static const VesselRow iothread_rows[] = {
    VESSEL_NUMBER(VesselIothread, id, "@id", 1, 4294967295, VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY,
                  "number of the thread"),
    VESSEL_NUMBER(VesselIothread, thread_pool_min, "@thread_pool_min", 0, 2147483647,
                  VESSEL_ROW_LIVE, "threads that are kept for blocking work at least",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselIothread, thread_pool_max, "@thread_pool_max", 1, 2147483647,
                  VESSEL_ROW_LIVE, "threads that are kept for blocking work at most",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselIothread, poll_max, "poll/@max", 0, 2147483647, VESSEL_ROW_LIVE,
                  "the longest it polls before it sleeps, in nanoseconds",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselIothread, poll_grow, "poll/@grow", 0, 2147483647, VESSEL_ROW_LIVE,
                  "factor the time grows by", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselIothread, poll_shrink, "poll/@shrink", 0, 2147483647, VESSEL_ROW_LIVE,
                  "divisor it shrinks by", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__iothread_table =
    VESSEL_PART_TABLE(VesselIothread, "iothread", iothread_rows);

static const VesselRow thread_pool_rows[] = {
    VESSEL_NUMBER(VesselThreadPool, thread_pool_min, "@thread_pool_min", 0, 2147483647, 0,
                  "threads that are kept for blocking work at least", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselThreadPool, thread_pool_max, "@thread_pool_max", 1, 2147483647, 0,
                  "threads that are kept for blocking work at most", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__thread_pool_table =
    VESSEL_PART_TABLE(VesselThreadPool, "defaultiothread", thread_pool_rows);

static const VesselRow vcpupin_rows[] = {
    VESSEL_NUMBER(VesselVcpupin, vcpu, "@vcpu", 0, 65535, VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY,
                  "number of the virtual CPU"),
    VESSEL_STRING(VesselVcpupin, cpuset, "@cpuset", &vessel__form_cpus, 4096,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_LIVE, "the host's CPUs it runs on"),
    {.path = NULL},
};

const VesselTable vessel__vcpupin_table = VESSEL_PART_TABLE(VesselVcpupin, "vcpupin", vcpupin_rows);

static const VesselRow iothreadpin_rows[] = {
    VESSEL_NUMBER(VesselIothreadpin, iothread, "@iothread", 1, 4294967295,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "number of the thread"),
    VESSEL_STRING(VesselIothreadpin, cpuset, "@cpuset", &vessel__form_cpus, 4096,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_LIVE, "the host's CPUs it runs on"),
    {.path = NULL},
};

const VesselTable vessel__iothreadpin_table =
    VESSEL_PART_TABLE(VesselIothreadpin, "iothreadpin", iothreadpin_rows);

static const char *const scheduler_words[] = {"", "batch", "idle", "fifo", "rr", NULL};

static const VesselRow vcpusched_rows[] = {
    VESSEL_STRING(VesselVcpusched, vcpus, "@vcpus", &vessel__form_cpus, 4096, VESSEL_ROW_KEY,
                  "virtual CPUs this is for", .otherwise = "all others"),
    VESSEL_ENUM(VesselVcpusched, scheduler, "@scheduler", scheduler_words, VESSEL_ROW_REQUIRED,
                "the host's scheduler"),
    VESSEL_NUMBER(VesselVcpusched, priority, "@priority", 0, 65535, 0, "priority of fifo and rr"),
    {.path = NULL},
};

const VesselTable vessel__vcpusched_table =
    VESSEL_PART_TABLE(VesselVcpusched, "vcpusched", vcpusched_rows);

static const VesselRow iothreadsched_rows[] = {
    VESSEL_STRING(VesselIothreadsched, iothreads, "@iothreads", &vessel__form_cpus, 4096,
                  VESSEL_ROW_KEY, "I/O threads this is for", .otherwise = "all others"),
    VESSEL_ENUM(VesselIothreadsched, scheduler, "@scheduler", scheduler_words, VESSEL_ROW_REQUIRED,
                "the host's scheduler"),
    VESSEL_NUMBER(VesselIothreadsched, priority, "@priority", 0, 65535, 0,
                  "priority of fifo and rr"),
    {.path = NULL},
};

const VesselTable vessel__iothreadsched_table =
    VESSEL_PART_TABLE(VesselIothreadsched, "iothreadsched", iothreadsched_rows);

static const VesselRow emulatorsched_rows[] = {
    VESSEL_ENUM(VesselEmulatorsched, scheduler, "@scheduler", scheduler_words, VESSEL_ROW_REQUIRED,
                "the host's scheduler"),
    VESSEL_NUMBER(VesselEmulatorsched, priority, "@priority", 0, 65535, 0,
                  "priority of fifo and rr"),
    {.path = NULL},
};

const VesselTable vessel__emulatorsched_table =
    VESSEL_PART_TABLE(VesselEmulatorsched, "emulatorsched", emulatorsched_rows);

static const char *const cachetune_cache_type_words[] = {"", "both", "code", "data", NULL};

static const VesselRow cachetune_cache_rows[] = {
    VESSEL_NUMBER(VesselCachetuneCache, id, "@id", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "the host's cache"),
    VESSEL_NUMBER(VesselCachetuneCache, level, "@level", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "its level"),
    VESSEL_ENUM(VesselCachetuneCache, type, "@type", cachetune_cache_type_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "what it is for"),
    VESSEL_BYTES(VesselCachetuneCache, size, "@size", 1, INT64_MAX, VESSEL_ROW_REQUIRED,
                 "how much of it"),
    {.path = NULL},
};

const VesselTable vessel__cachetune_cache_table =
    VESSEL_PART_TABLE(VesselCachetuneCache, "cache", cachetune_cache_rows);

static const VesselRow cachetune_monitor_rows[] = {
    VESSEL_NUMBER(VesselCachetuneMonitor, level, "@level", 3, 3,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "level of the cache"),
    VESSEL_STRING(VesselCachetuneMonitor, vcpus, "@vcpus", &vessel__form_cpus, 4096,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "virtual CPUs that are watched"),
    {.path = NULL},
};

const VesselTable vessel__cachetune_monitor_table =
    VESSEL_PART_TABLE(VesselCachetuneMonitor, "monitor", cachetune_monitor_rows);

static const VesselRow cachetune_rows[] = {
    VESSEL_STRING(VesselCachetune, vcpus, "@vcpus", &vessel__form_cpus, 4096,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "virtual CPUs this is for"),
    VESSEL_STRING(VesselCachetune, id, "@id", &vessel__form_name_any, 64, VESSEL_ROW_RUNTIME,
                  "name of the running domain's allocation"),
    VESSEL_OBJECTS(VesselCachetune, cache, "cache", &vessel__cachetune_cache_table, 64, 0,
                   "a part of a cache"),
    VESSEL_OBJECTS(VesselCachetune, monitor, "monitor", &vessel__cachetune_monitor_table, 64, 0,
                   "what is watched"),
    {.path = NULL},
};

const VesselTable vessel__cachetune_table =
    VESSEL_PART_TABLE(VesselCachetune, "cachetune", cachetune_rows);

static const VesselRow memorytune_node_rows[] = {
    VESSEL_NUMBER(VesselMemorytuneNode, id, "@id", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "the host's NUMA node"),
    VESSEL_NUMBER(VesselMemorytuneNode, bandwidth, "@bandwidth", 1, 4294967295, VESSEL_ROW_REQUIRED,
                  "share of its bandwidth, in percent or MB/s as the host counts"),
    {.path = NULL},
};

const VesselTable vessel__memorytune_node_table =
    VESSEL_PART_TABLE(VesselMemorytuneNode, "node", memorytune_node_rows);

static const VesselRow memorytune_monitor_rows[] = {
    VESSEL_STRING(VesselMemorytuneMonitor, vcpus, "@vcpus", &vessel__form_cpus, 4096,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "virtual CPUs that are watched"),
    {.path = NULL},
};

const VesselTable vessel__memorytune_monitor_table =
    VESSEL_PART_TABLE(VesselMemorytuneMonitor, "monitor", memorytune_monitor_rows);

static const VesselRow memorytune_rows[] = {
    VESSEL_STRING(VesselMemorytune, vcpus, "@vcpus", &vessel__form_cpus, 4096,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "virtual CPUs this is for"),
    VESSEL_OBJECTS(VesselMemorytune, node, "node", &vessel__memorytune_node_table, 64, 0,
                   "a part of the bandwidth"),
    VESSEL_OBJECTS(VesselMemorytune, monitor, "monitor", &vessel__memorytune_monitor_table, 64, 0,
                   "what is watched"),
    {.path = NULL},
};

const VesselTable vessel__memorytune_table =
    VESSEL_PART_TABLE(VesselMemorytune, "memorytune", memorytune_rows);

static const VesselRow cputune_rows[] = {
    VESSEL_NUMBER(VesselCputune, shares, "shares", 0, 262144, VESSEL_ROW_LIVE,
                  "weight against other domains", .otherwise = "as the host has it"),
    VESSEL_NUMBER(VesselCputune, global_period, "global_period", 0, 1000000, VESSEL_ROW_LIVE,
                  "microseconds in which the whole domain has its quota",
                  .otherwise = "as the host has it"),
    VESSEL_STRING(VesselCputune, global_quota, "global_quota", &vessel__form_quota, 24,
                  VESSEL_ROW_LIVE, "microseconds of the whole domain, negative for no limit",
                  .otherwise = "no limit"),
    VESSEL_NUMBER(VesselCputune, period, "period", 0, 1000000, VESSEL_ROW_LIVE,
                  "microseconds in which each virtual CPU has its quota",
                  .otherwise = "as the host has it"),
    VESSEL_STRING(VesselCputune, quota, "quota", &vessel__form_quota, 24, VESSEL_ROW_LIVE,
                  "microseconds of each virtual CPU, negative for no limit",
                  .otherwise = "no limit"),
    VESSEL_NUMBER(VesselCputune, emulator_period, "emulator_period", 0, 1000000, VESSEL_ROW_LIVE,
                  "microseconds in which the hypervisor's own threads have their quota",
                  .otherwise = "as the host has it"),
    VESSEL_STRING(VesselCputune, emulator_quota, "emulator_quota", &vessel__form_quota, 24,
                  VESSEL_ROW_LIVE,
                  "microseconds of the hypervisor's own threads, negative for no limit",
                  .otherwise = "no limit"),
    VESSEL_NUMBER(VesselCputune, iothread_period, "iothread_period", 0, 1000000, VESSEL_ROW_LIVE,
                  "microseconds in which each I/O thread has its quota",
                  .otherwise = "as the host has it"),
    VESSEL_STRING(VesselCputune, iothread_quota, "iothread_quota", &vessel__form_quota, 24,
                  VESSEL_ROW_LIVE, "microseconds of each I/O thread, negative for no limit",
                  .otherwise = "no limit"),
    VESSEL_OBJECTS(VesselCputune, vcpupin, "vcpupin", &vessel__vcpupin_table, 65535,
                   VESSEL_ROW_LIVE, "where a virtual CPU runs"),
    VESSEL_STRING(VesselCputune, emulatorpin, "emulatorpin/@cpuset", &vessel__form_cpus, 4096,
                  VESSEL_ROW_LIVE | VESSEL_ROW_NEEDED,
                  "the host's CPUs of the hypervisor's own threads",
                  .otherwise = "those of vcpu/@cpuset"),
    VESSEL_OBJECTS(VesselCputune, iothreadpin, "iothreadpin", &vessel__iothreadpin_table, 4096,
                   VESSEL_ROW_LIVE, "where an I/O thread runs"),
    VESSEL_OBJECTS(VesselCputune, vcpusched, "vcpusched", &vessel__vcpusched_table, 4096, 0,
                   "scheduler of virtual CPUs"),
    VESSEL_OBJECTS(VesselCputune, iothreadsched, "iothreadsched", &vessel__iothreadsched_table,
                   4096, 0, "scheduler of I/O threads"),
    VESSEL_OBJECT(VesselCputune, emulatorsched, "emulatorsched", &vessel__emulatorsched_table, 0,
                  "scheduler of the hypervisor's own threads"),
    VESSEL_OBJECTS(VesselCputune, cachetune, "cachetune", &vessel__cachetune_table, 256, 0,
                   "parts of the host's caches"),
    VESSEL_OBJECTS(VesselCputune, memorytune, "memorytune", &vessel__memorytune_table, 256, 0,
                   "parts of the host's memory bandwidth"),
    {.path = NULL},
};

const VesselTable vessel__cputune_table = VESSEL_PART_TABLE(VesselCputune, "cputune", cputune_rows);
