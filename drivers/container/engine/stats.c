/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container uses, in virsh domstats' words: the README has the table. */
#include "base/file.h"
#include "container/engine/state.h"
#include "sys/cgroup.h"

#include <fcntl.h>

static bool wants(const VesselRequest *request, const char *group)
{
    VESSEL_JSON_FOREACH (word, vessel__json_get(vessel__request_args(request), "groups"))
        if (strcmp(vessel__json_string(word, ""), group) == 0)
            return true;
    return false;
}

static void put_cpu(VesselWarden *warden, VesselCgroup *group, VesselJson *stats)
{
    uint64_t value, system, rss;
    if ((group && vessel__cgroup_cpu_ns(group, &value, NULL) == 0) ||
        vessel__process_usage(vessel__warden_guest(warden), &value, &rss, NULL) == 0)
        vessel__json_set_uint(stats, "cpu.time", value);
    if (group && vessel__cgroup_cpu_modes_ns(group, &value, &system, NULL) == 0) {
        vessel__json_set_uint(stats, "cpu.user", value);
        vessel__json_set_uint(stats, "cpu.system", system);
    }
    if (group && vessel__cgroup_get(group, "pids.current", "pids.current", &value, NULL) == 0)
        vessel__json_set_uint(stats, "x.pids.current", value);
    if (group && vessel__cgroup_get(group, "pids.max", "pids.max", &value, NULL) == 0)
        vessel__json_set_uint(stats, "x.pids.maximum", value); /* "max" is no number */
}

static void put_memory(VesselWarden *warden, VesselCgroup *group, VesselJson *stats)
{
    uint64_t value, limit = vessel__json_get_uint(vessel__warden_plan(warden), "memory_kib", 0);
    if (limit) {
        vessel__json_set_uint(stats, "balloon.current", limit);
        vessel__json_set_uint(stats, "balloon.maximum", limit);
    }
    if (group && vessel__cgroup_memory(group, &value, NULL) == 0)
        vessel__json_set_uint(stats, "balloon.rss", value / 1024);
    if (group && vessel__cgroup_oom_kills(group, &value, NULL) == 0)
        vessel__json_set_uint(stats, "x.oom.killed", value);
}

static void put_vcpus(VesselWarden *warden, VesselCgroup *group, VesselJson *stats)
{
    uint64_t vcpus = vessel__json_get_uint(vessel__warden_plan(warden), "vcpus", 0);
    (void)group;
    if (!vcpus)
        return;
    vessel__json_set_uint(stats, "vcpu.current", vcpus);
    vessel__json_set_uint(stats, "vcpu.maximum", vcpus);
}

/* The name that the host's kernel has for it, else its number. */
static char *disk_name(const VesselCgroupDisk *disk)
{
    g_autofree char *path =
        g_strdup_printf("/sys/dev/block/%u:%u/uevent", disk->major, disk->minor);
    g_autofree char *text = NULL;
    const char *at = NULL;
    if (vessel__read_file(AT_FDCWD, path, 4096, &text, NULL, NULL) == 0)
        at = strstr(text, "DEVNAME=");
    if (!at)
        return g_strdup_printf("%u:%u", disk->major, disk->minor);
    at += strlen("DEVNAME=");
    return g_strndup(at, strcspn(at, "\n"));
}

static void put_disk(const VesselCgroupDisk *disk, guint number, VesselJson *stats)
{
    static const char *const keys[] = {"rd.reqs", "rd.bytes", "wr.reqs", "wr.bytes"};
    g_autofree char *name = disk_name(disk), *name_key = g_strdup_printf("block.%u.name", number);
    vessel__json_set_string(stats, name_key, name);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *key = g_strdup_printf("block.%u.%s", number, keys[i]);
        vessel__json_set_uint(stats, key, disk->used[i]);
    }
}

/* A container has no disks of its own: these are the host's that it used. */
static void put_disks(VesselWarden *warden, VesselCgroup *group, VesselJson *stats)
{
    g_autoptr(GArray) disks = NULL;
    (void)warden;
    if (group)
        vessel__cgroup_disks(group, &disks, NULL);
    vessel__json_set_uint(stats, "block.count", disks ? disks->len : 0);
    for (guint i = 0; disks && i < disks->len; i++)
        put_disk(&g_array_index(disks, VesselCgroupDisk, i), i, stats);
}

void vessel__container_op_stats(VesselWarden *warden, VesselRequest *request)
{
    static const struct {
        const char *group;
        void (*put)(VesselWarden *warden, VesselCgroup *group, VesselJson *stats);
    } groups[] = {
        {"cpu-total", put_cpu}, {"balloon", put_memory}, {"vcpu", put_vcpus}, {"block", put_disks}};
    VesselJson *ok = vessel__json_new_object(), *stats = vessel__json_new_object();
    VesselJson *errors = vessel__json_new_object();
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        if (wants(request, groups[i].group))
            groups[i].put(warden, vessel__warden_cgroup(warden), stats);
    if (wants(request, "interface"))
        vessel__container_put_interfaces(warden, stats, errors);
    vessel__json_set(ok, "stats", stats);
    vessel__json_set(ok, "errors", errors);
    vessel__request_done(request, ok);
}
