/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The physical machine, as virsh nodeinfo shows it. */
#include "base/file.h"
#include "base/words.h"
#include "kit/report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/utsname.h>

#define CPUS "/sys/devices/system/cpu"

/* The value after "KEY<blanks>:" of a /proc file; false if there is none. */
static bool proc_value(const char *text, const char *key, char *out, size_t size)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) != 0)
            continue;
        const char *p = line + length + strspn(line + length, " \t");
        if (*p != ':')
            continue;
        p += 1 + strspn(p + 1, " \t");
        g_strlcpy(out, p, MIN(size, strcspn(p, "\n") + 1));
        return true;
    }
    return false;
}

static int64_t topology(const char *cpu, const char *what)
{
    g_autofree char *path = g_strdup_printf(CPUS "/%s/topology/%s", cpu, what);
    g_autofree char *text = NULL;
    size_t length;
    int64_t value;
    if (vessel__read_file(AT_FDCWD, path, 64, &text, &length, NULL) < 0)
        return -1;
    return vessel__parse_i64(g_strchomp(text), &value) ? value : -1;
}

static uint32_t count_entries(const char *dir, const char *prefix)
{
    g_auto(GStrv) names = NULL;
    uint32_t count = 0;
    if (vessel__list_dir(AT_FDCWD, dir, 65536, &names, NULL) < 0)
        return 0;
    for (char **name = names; *name; name++) {
        uint64_t number;
        count +=
            g_str_has_prefix(*name, prefix) && vessel__parse_u64(*name + strlen(prefix), &number);
    }
    return count;
}

/* Sockets per NUMA node, cores per socket, threads per core: counted, not taken from one CPU, since
 * some may be offline. */
static void read_topology(VesselNode *node)
{
    g_autoptr(GHashTable) packages = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GHashTable) cores = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) names = NULL;
    uint32_t seen = 0;
    node->nodes = MAX(count_entries("/sys/devices/system/node", "node"), 1);
    if (vessel__list_dir(AT_FDCWD, CPUS, 65536, &names, NULL) < 0)
        names = NULL;
    for (char **name = names; name && *name; name++) {
        uint64_t number;
        if (!g_str_has_prefix(*name, "cpu") || !vessel__parse_u64(*name + 3, &number))
            continue;
        int64_t package = topology(*name, "physical_package_id"), core = topology(*name, "core_id");
        if (core < 0)
            continue; /* offline */
        int64_t pair[2] = {MAX(package, 0), MAX(package, 0) << 32 | core};
        int64_t *kept = g_memdup2(pair, sizeof pair);
        g_ptr_array_add(keys, kept);
        g_hash_table_add(packages, kept);
        g_hash_table_add(cores, kept + 1);
        seen++;
    }
    uint32_t sockets = MAX(g_hash_table_size(packages), 1);
    uint32_t all_cores = MAX(g_hash_table_size(cores), 1);
    node->sockets = MAX(sockets / node->nodes, 1);
    node->cores = MAX(all_cores / sockets, 1);
    node->threads = MAX(seen / all_cores, 1);
}

int vessel__node_read(VesselNode *node, VesselError **err)
{
    g_autofree char *meminfo = NULL, *cpuinfo = NULL;
    char value[64] = "";
    struct utsname uts;
    size_t length;
    int code;
    *node = (VesselNode){0};
    if (uname(&uts) < 0)
        return vessel__fail_errno(err, errno, "uname");
    g_strlcpy(node->arch, uts.machine, sizeof node->arch);
    code = vessel__read_file(AT_FDCWD, "/proc/meminfo", 65536, &meminfo, &length, err);
    if (code < 0)
        return code;
    if (!proc_value(meminfo, "MemTotal", value, sizeof value))
        return vessel__fail(err, VESSEL_ERROR_IO, "/proc/meminfo has no MemTotal");
    node->memory_kib = strtoull(value, NULL, 10);
    code = vessel__read_file(AT_FDCWD, "/proc/cpuinfo", 8 * 1024 * 1024, &cpuinfo, &length, err);
    if (code < 0)
        return code;
    if (!proc_value(cpuinfo, "model name", node->model, sizeof node->model))
        g_strlcpy(node->model, uts.machine, sizeof node->model);
    if (proc_value(cpuinfo, "cpu MHz", value, sizeof value))
        node->mhz = (uint32_t)strtoul(value, NULL, 10);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    node->cpus = online > 0 ? (uint32_t)online : 1;
    read_topology(node);
    return 0;
}
