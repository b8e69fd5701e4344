/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition limits, as files of a control group: limit × (v1, v2). The README has the same
 * table for readers. */
#include "base/words.h"
#include "container/container.h"
#include "container/namespace.h"
#include "container/plan.h"
#include "model/forms.h"
#include "sys/cgroup.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PERIOD_US UINT64_C(100000) /* the kernel's own */
#define PIDS UINT64_C(2048)
#define UNLIMITED_KIB UINT64_C(9007199254740991) /* virsh's word for "no limit" */

/* ---- what the definition asks for ---- */

typedef struct {
    const char *at;
    uint64_t value;
    bool unlimited;
    uint64_t period;
    char *list;
} Asked;

static bool is_limit(VesselNumber kib)
{
    return kib.set && kib.value > 0 && kib.value < UNLIMITED_KIB;
}

static const VesselNumber *memtune_number(const VesselDomainDef *def, size_t offset)
{
    static const VesselNumber none;
    return def->memtune ? (const VesselNumber *)(const void *)((const char *)def->memtune + offset)
                        : &none;
}

#define MEMTUNE(def, member) (*memtune_number(def, offsetof(VesselMemtune, member)))

static bool ask_memory(const VesselDomainDef *def, Asked *asked)
{
    VesselNumber hard = MEMTUNE(def, hard_limit);
    asked->at = is_limit(hard) ? "/domain/memtune/hard_limit" : "/domain/memory";
    asked->value = vessel__container_memory_kib(def) * 1024;
    return asked->value > 0;
}

static bool ask_soft(const VesselDomainDef *def, Asked *asked)
{
    VesselNumber soft = MEMTUNE(def, soft_limit);
    asked->at = "/domain/memtune/soft_limit";
    asked->value = soft.value * 1024;
    return is_limit(soft);
}

/* Of memory and swap together; v2 counts swap alone. */
static bool ask_swap(const VesselDomainDef *def, Asked *asked)
{
    VesselNumber both = MEMTUNE(def, swap_hard_limit);
    uint64_t memory = vessel__container_memory_kib(def);
    asked->at = "/domain/memtune/swap_hard_limit";
    asked->value = both.value * 1024;
    asked->period = MIN(memory, both.value) * 1024;
    return is_limit(both);
}

static bool ask_shares(const VesselDomainDef *def, Asked *asked)
{
    asked->at = "/domain/cputune/shares";
    asked->value = def->cputune ? CLAMP(def->cputune->shares.value, 2, 262144) : 0;
    return def->cputune && def->cputune->shares.set;
}

/* A quota of the definition's, else as many processors' worth of time as it has. */
static bool ask_quota(const VesselDomainDef *def, Asked *asked)
{
    const VesselCputune *tune = def->cputune;
    bool whole = tune && (tune->global_quota || vessel__number(tune->global_period, 0));
    const char *quota = !tune ? NULL : whole ? tune->global_quota : tune->quota;
    uint64_t period = !tune ? 0 : vessel__number(whole ? tune->global_period : tune->period, 0);
    int64_t us = quota ? g_ascii_strtoll(quota, NULL, 10) : 0;
    asked->period = period ? period : PERIOD_US;
    asked->unlimited = us < 0;
    asked->value = us ? (uint64_t)us : vessel__number(def->vcpus, 0) * asked->period;
    asked->at = !us     ? "/domain/vcpu"
                : whole ? "/domain/cputune/global_quota"
                        : "/domain/cputune/quota";
    return asked->value > 0;
}

static void mark(gboolean *cpus, const char *list)
{
    guint first, last;
    for (const char *at = list; list && vessel__cpus_next(&at, &first, &last);)
        for (guint i = first; i <= MIN(last, VESSEL_CPUS_MAX); i++)
            cpus[i] = TRUE;
}

static char *list_of(const gboolean *cpus)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i <= VESSEL_CPUS_MAX; i++) {
        guint first = i;
        if (!cpus[i])
            continue;
        while (i < VESSEL_CPUS_MAX && cpus[i + 1])
            i++;
        g_string_append_printf(list, "%s%u", list->len ? "," : "", first);
        if (i > first)
            g_string_append_printf(list, "-%u", i);
    }
    return g_string_free(list, FALSE);
}

/* There are no virtual processors to pin: all of the container runs on all that any is pinned to.
 * One that is pinned nowhere may run on what @cpuset says. */
static bool ask_cpus(const VesselDomainDef *def, Asked *asked)
{
    const GPtrArray *pins = def->cputune ? def->cputune->vcpupin : NULL;
    guint count = pins ? pins->len : 0;
    g_autofree gboolean *cpus = g_new0(gboolean, VESSEL_CPUS_MAX + 1);
    for (guint i = 0; i < count; i++)
        mark(cpus, ((const VesselVcpupin *)pins->pdata[i])->cpuset);
    if (count == 0 || count < vessel__number(def->vcpus, 1))
        mark(cpus, def->vcpu_placement_cpuset);
    asked->at = count ? "/domain/cputune/vcpupin" : "/domain/vcpu/@cpuset";
    asked->list = list_of(cpus);
    return *asked->list != '\0';
}

static bool ask_mems(const VesselDomainDef *def, Asked *asked)
{
    asked->at = "/domain/numatune/memory/@nodeset";
    asked->list = g_strdup(def->numatune ? def->numatune->nodeset : NULL);
    return asked->list != NULL;
}

static bool ask_weight(const VesselDomainDef *def, Asked *asked)
{
    asked->at = "/domain/blkiotune/weight";
    asked->value = def->blkiotune ? def->blkiotune->weight.value : 0;
    return def->blkiotune && def->blkiotune->weight.set;
}

uint64_t vessel__container_memory_kib(const VesselDomainDef *def)
{
    VesselNumber hard = MEMTUNE(def, hard_limit);
    if (is_limit(hard))
        return hard.value;
    return is_limit(def->current_memory_kib) ? def->current_memory_kib.value : 0;
}

/* ---- as words ---- */

static char *number(const Asked *asked)
{
    return g_strdup_printf("%" PRIu64, asked->value);
}

static char *swap_alone(const Asked *asked)
{
    return g_strdup_printf("%" PRIu64, asked->value - asked->period);
}

/* The range of shares onto that of weights, as other container engines do it. */
static char *cpu_weight(const Asked *asked)
{
    return g_strdup_printf("%" PRIu64, 1 + (asked->value - 2) * 9999 / 262142);
}

static char *period(const Asked *asked)
{
    return g_strdup_printf("%" PRIu64, asked->period);
}

static char *quota(const Asked *asked)
{
    return asked->unlimited ? g_strdup("-1") : number(asked);
}

static char *cpu_max(const Asked *asked)
{
    return asked->unlimited ? g_strdup_printf("max %" PRIu64, asked->period)
                            : g_strdup_printf("%" PRIu64 " %" PRIu64, asked->value, asked->period);
}

static char *list(const Asked *asked)
{
    return g_strdup(asked->list);
}

/* 10 to 1000 onto 1 to 10000; bfq counts to 1000 itself. */
static uint64_t io_weight(uint64_t weight)
{
    return 1 + (weight - 10) * 9999 / 990;
}

static char *default_weight(const Asked *asked)
{
    return g_strdup_printf("default %" PRIu64, io_weight(asked->value));
}

typedef struct {
    bool v2;
    const char *file;
    char *(*word)(const Asked *asked);
    const char *none; /* what takes the limit away */
} Way;

/* In the order in which they are written: the limit of memory and swap is never below that of
 * memory. The first way whose file is there is taken. */
static const struct {
    const char *of; /* in the plan */
    bool (*ask)(const VesselDomainDef *def, Asked *asked);
    Way ways[4];
} rows[] = {
    {VESSEL__LIMIT_MEMORY,
     ask_memory,
     {{false, "memory.limit_in_bytes", number, "-1"}, {true, "memory.max", number, "max"}}},
    {VESSEL__LIMIT_SOFT,
     ask_soft,
     {{false, "memory.soft_limit_in_bytes", number, "-1"}, {true, "memory.high", number, "max"}}},
    {VESSEL__LIMIT_SWAP,
     ask_swap,
     {{false, "memory.memsw.limit_in_bytes", number, "-1"},
      {true, "memory.swap.max", swap_alone, "max"}}},
    {"shares",
     ask_shares,
     {{false, "cpu.shares", number, "1024"}, {true, "cpu.weight", cpu_weight, "100"}}},
    {VESSEL__LIMIT_PERIOD, ask_quota, {{false, "cpu.cfs_period_us", period, "100000"}}},
    {VESSEL__LIMIT_QUOTA,
     ask_quota,
     {{false, "cpu.cfs_quota_us", quota, "-1"}, {true, "cpu.max", cpu_max, "max 100000"}}},
    {"cpus",
     ask_cpus,
     {{false, "cpuset.cpus", list, VESSEL_CGROUP_INHERIT},
      {true, "cpuset.cpus", list, VESSEL_CGROUP_INHERIT}}},
    {"mems",
     ask_mems,
     {{false, "cpuset.mems", list, VESSEL_CGROUP_INHERIT},
      {true, "cpuset.mems", list, VESSEL_CGROUP_INHERIT}}},
    {"weight",
     ask_weight,
     {{false, "blkio.weight", number, "500"},
      {false, "blkio.bfq.weight", number, "100"},
      {true, "io.weight", default_weight, "default 100"},
      {true, "io.bfq.weight", number, "100"}}},
};

static VesselJson *add_limit(VesselJson *limits, const char *of, const char *at)
{
    VesselJson *limit = vessel__json_new_object();
    vessel__json_set_string(limit, "of", of);
    vessel__json_set_string(limit, "at", at);
    vessel__json_set(limit, "ways", vessel__json_new_array());
    vessel__json_append(limits, limit);
    return limit;
}

/* @value is taken. */
static void add_way(VesselJson *limit, bool v2, const char *file, char *value, const char *none)
{
    VesselJson *way = vessel__json_new_object();
    vessel__json_set_bool(way, "v2", v2);
    vessel__json_set_string(way, "file", file);
    vessel__json_set_string(way, "value", value);
    vessel__json_set_string(way, "none", none);
    vessel__json_append((VesselJson *)vessel__json_get(limit, "ways"), way);
    g_free(value);
}

static void add_rows(VesselJson *limits, const VesselDomainDef *def)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Asked asked = {0};
        if (rows[i].ask(def, &asked)) {
            VesselJson *limit = add_limit(limits, rows[i].of, asked.at);
            for (const Way *way = rows[i].ways; way < rows[i].ways + 4 && way->file; way++)
                add_way(limit, way->v2, way->file, way->word(&asked), way->none);
        }
        g_free(asked.list);
    }
}

/* ---- of one device ---- */

static const struct {
    const char *name;
    size_t member;
    const char *v1, *v1_other, *v2, *v2_other; /* files */
    const char *key;                           /* before the number, in v2 */
} device_rows[] = {
    {"weight", offsetof(VesselBlkioDevice, weight), "blkio.weight_device",
     "blkio.bfq.weight_device", "io.weight", "io.bfq.weight", ""},
    {"read_iops_sec", offsetof(VesselBlkioDevice, read_iops_sec), "blkio.throttle.read_iops_device",
     NULL, "io.max", NULL, "riops="},
    {"write_iops_sec", offsetof(VesselBlkioDevice, write_iops_sec),
     "blkio.throttle.write_iops_device", NULL, "io.max", NULL, "wiops="},
    {"read_bytes_sec", offsetof(VesselBlkioDevice, read_bytes_sec),
     "blkio.throttle.read_bps_device", NULL, "io.max", NULL, "rbps="},
    {"write_bytes_sec", offsetof(VesselBlkioDevice, write_bytes_sec),
     "blkio.throttle.write_bps_device", NULL, "io.max", NULL, "wbps="},
};

static void add_device_way(VesselJson *limit, bool v2, const char *file, const struct stat *st,
                           const char *key, uint64_t value)
{
    unsigned big = major(st->st_rdev), small = minor(st->st_rdev);
    bool rate = strstr(file ? file : "", "weight") == NULL;
    g_autofree char *none = g_strdup_printf("%u:%u %s%s", big, small, key,
                                            !rate  ? "default"
                                            : v2   ? "max"
                                                   : "0");
    if (file)
        add_way(limit, v2, file, g_strdup_printf("%u:%u %s%" PRIu64, big, small, key, value), none);
}

static int add_device(VesselJson *limits, const VesselBlkioDevice *device, guint index,
                      VesselError **err)
{
    struct stat st;
    g_autofree char *path = g_strdup_printf("/domain/blkiotune/device[%u]/path", index);
    int code = stat(device->path, &st) < 0 ? vessel__fail_errno(err, errno, "%s", device->path) : 0;
    if (code == 0 && !S_ISBLK(st.st_mode))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s is no block device",
                            device->path);
    if (code < 0) {
        vessel__error_at(err, path, 0, 0);
        return code;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(device_rows); i++) {
        const VesselNumber *asked =
            (const VesselNumber *)(const void *)((const char *)device + device_rows[i].member);
        bool weight = i == 0;
        if (!asked->set || asked->value == 0) /* 0: no limit */
            continue;
        g_autofree char *at =
            g_strdup_printf("/domain/blkiotune/device[%u]/%s", index, device_rows[i].name);
        g_autofree char *of = g_strdup_printf("%s of %s", device_rows[i].name, device->path);
        VesselJson *limit = add_limit(limits, of, at);
        add_device_way(limit, false, device_rows[i].v1, &st, "", asked->value);
        add_device_way(limit, false, device_rows[i].v1_other, &st, "", asked->value);
        add_device_way(limit, true, device_rows[i].v2, &st, device_rows[i].key,
                       weight ? io_weight(asked->value) : asked->value);
        add_device_way(limit, true, device_rows[i].v2_other, &st, device_rows[i].key, asked->value);
    }
    return 0;
}

/* Without one a container can make the host unable to start a process: the one limit that is there
 * unasked, and may be missed if nobody asked. */
static void add_pids(VesselJson *limits, const VesselDomainDef *def)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    bool asked = own && own->pids.set;
    uint64_t most = asked ? own->pids.value : PIDS;
    VesselJson *limit =
        add_limit(limits, "pids", asked ? "/domain/vessel:pids/@max" : "the number of processes");
    vessel__json_set_bool(limit, "optional", !asked);
    add_way(limit, false, "pids.max", g_strdup_printf("%" PRIu64, most), "max");
    add_way(limit, true, "pids.max", g_strdup_printf("%" PRIu64, most), "max");
}

int vessel__container_limits(const VesselDomainDef *def, bool past, VesselJson **result,
                             VesselError **err)
{
    const GPtrArray *devices = def->blkiotune ? def->blkiotune->device : NULL;
    g_autoptr(VesselJson) limits = vessel__json_new_array();
    int code = 0;
    *result = NULL;
    add_rows(limits, def);
    for (guint i = 0; devices && i < devices->len && code == 0; i++) {
        code = add_device(limits, g_ptr_array_index(devices, i), i + 1, past ? NULL : err);
        code = past ? 0 : code; /* a disk that is gone has no limit any more */
    }
    add_pids(limits, def);
    if (code == 0)
        *result = g_steal_pointer(&limits);
    return code;
}

int vessel__container_plan_limits(const VesselDomainDef *def, bool past, VesselJson *plan,
                                  VesselError **err)
{
    VesselJson *limits = NULL;
    int code = vessel__container_limits(def, past, &limits, err);
    if (code < 0)
        return code;
    vessel__json_set(plan, "limits", limits);
    vessel__json_set_uint(plan, "memory_kib", vessel__container_memory_kib(def));
    vessel__json_set_uint(plan, "vcpus", vessel__number(def->vcpus, 0));
    return 0;
}

/* ---- what cannot be meant ---- */

void vessel__container_check_limits(const VesselDomainDef *def, VesselProblems *problems)
{
    const VesselCputune *tune = def->cputune;
    VesselNumber swap = MEMTUNE(def, swap_hard_limit);
    uint64_t memory = vessel__container_memory_kib(def);
    if (is_limit(swap) && memory == 0)
        vessel__container_refuse(
            def, problems, "/domain/memtune/swap_hard_limit",
            "it limits memory and swap together, and needs a limit of memory: <memory> or "
            "<hard_limit>");
    else if (is_limit(swap) && swap.value < memory)
        vessel__container_refuse(
            def, problems, "/domain/memtune/swap_hard_limit",
            "it limits memory and swap together, and is smaller than the limit of memory");
    if (tune && (tune->quota || vessel__number(tune->period, 0)) &&
        (tune->global_quota || vessel__number(tune->global_period, 0)))
        vessel__container_refuse(
            def, problems, "/domain/cputune/global_quota",
            "the quota of a container is that of the whole, said once: quota and period, or "
            "global_quota and global_period");
}
