/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of definitions as files of control groups: what is planned, and what is written to and
 * read from groups of either version, which here are plain directories. */
#include "base/file.h"
#include "container/container.h"
#include "sys/cgroup-tops.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ROOT                                                                                       \
    "<os><type>exe</type><init>/init</init></os><devices><filesystem type='mount'>"                \
    "<source dir='/srv'/><target dir='/'/></filesystem></devices>"

static VesselDomainDef *parse(const char *limits, VesselProblems *problems)
{
    VesselDomainDef *def = NULL;
    g_autofree char *text =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>c</name>%s" ROOT "</domain>",
                        limits);
    vessel__domain_def_parse(text, strlen(text), 0, &def, problems, NULL);
    assert_non_null(def);
    vessel__domain_def_defaults(def);
    vessel__domain_def_check(def, problems);
    vessel__domain_def_check_support(def, vessel__container_support, "container", problems);
    vessel__container_check_limits(def, problems);
    return def;
}

/* "FILE=VALUE FILE=VALUE …" of that version, the first way of each. */
static char *planned(const char *limits, bool v2)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselJson) plan = NULL;
    VesselError *err = NULL;
    GString *words = g_string_new(NULL);
    VesselDomainDef *def = parse(limits, problems);
    vessel__problems_to_error(problems, "c", &err);
    vt_no_error(err);
    vessel__container_limits(def, false, &plan, &err);
    vt_no_error(err);
    VESSEL_JSON_FOREACH (limit, plan) {
        bool taken = false;
        VESSEL_JSON_FOREACH (way, vessel__json_get(limit, "ways")) {
            const char *file = vessel__json_get_string(way, "file", "");
            if (taken || vessel__json_get_bool(way, "v2", !v2) != v2 || !strcmp(file, "pids.max"))
                continue;
            taken = true;
            g_string_append_printf(words, "%s%s=%s", words->len ? "; " : "", file,
                                   vessel__json_get_string(way, "value", ""));
        }
    }
    vessel__domain_def_free(def);
    return g_string_free(words, FALSE);
}

/* One is there unasked, and may be missed; asked for, it may not. */
static void test_number_of_processes(void **state)
{
    static const struct {
        const char *limits, *value, *at;
        bool optional;
    } cases[] = {{"", "2048", "the number of processes", true},
                 {"<vessel:pids max='7'/>", "7", "/domain/vessel:pids/@max", false}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VesselProblems) problems = vessel__problems_new();
        g_autoptr(VesselJson) plan = NULL;
        VesselError *err = NULL;
        VesselDomainDef *def = parse(cases[i].limits, problems);
        vessel__problems_to_error(problems, "c", &err);
        vt_no_error(err);
        vessel__container_limits(def, false, &plan, &err);
        vt_no_error(err);
        assert_int_equal(vessel__json_length(plan), 1);
        const VesselJson *limit = vessel__json_at(plan, 0), *ways = vessel__json_get(limit, "ways");
        assert_string_equal(vessel__json_get_string(limit, "at", ""), cases[i].at);
        assert_true(vessel__json_get_bool(limit, "optional", false) == cases[i].optional);
        VESSEL_JSON_FOREACH (way, ways) {
            assert_string_equal(vessel__json_get_string(way, "file", ""), "pids.max");
            assert_string_equal(vessel__json_get_string(way, "value", ""), cases[i].value);
        }
        vessel__domain_def_free(def);
    }
}

static void test_planned(void **state)
{
    static const struct {
        const char *limits, *v1, *v2;
    } cases[] = {
        {"", "", ""},
        {"<memory unit='KiB'>1024</memory>", "memory.limit_in_bytes=1048576", "memory.max=1048576"},
        {"<memory unit='MiB'>4</memory><currentMemory unit='MiB'>2</currentMemory>",
         "memory.limit_in_bytes=2097152", "memory.max=2097152"},
        {"<memory unit='MiB'>4</memory><memtune><hard_limit unit='MiB'>2</hard_limit>"
         "<soft_limit unit='MiB'>1</soft_limit><swap_hard_limit unit='MiB'>3</swap_hard_limit>"
         "</memtune>",
         "memory.limit_in_bytes=2097152; memory.soft_limit_in_bytes=1048576; "
         "memory.memsw.limit_in_bytes=3145728",
         "memory.max=2097152; memory.high=1048576; memory.swap.max=1048576"},
        {"<memtune><hard_limit>9007199254740991</hard_limit></memtune>", "", ""},
        {"<vcpu>2</vcpu>", "cpu.cfs_period_us=100000; cpu.cfs_quota_us=200000",
         "cpu.max=200000 100000"},
        {"<vcpu>2</vcpu><cputune><shares>1024</shares><period>50000</period><quota>10000</quota>"
         "</cputune>",
         "cpu.shares=1024; cpu.cfs_period_us=50000; cpu.cfs_quota_us=10000",
         "cpu.weight=39; cpu.max=10000 50000"},
        {"<vcpu>2</vcpu><cputune><period>50000</period></cputune>",
         "cpu.cfs_period_us=50000; cpu.cfs_quota_us=100000", "cpu.max=100000 50000"},
        {"<vcpu>2</vcpu><cputune><global_quota>-1</global_quota></cputune>",
         "cpu.cfs_period_us=100000; cpu.cfs_quota_us=-1", "cpu.max=max 100000"},
        {"<vcpu cpuset='0-3,^2'>1</vcpu>",
         "cpu.cfs_period_us=100000; cpu.cfs_quota_us=100000; cpuset.cpus=0-1,3",
         "cpu.max=100000 100000; cpuset.cpus=0-1,3"},
        {"<vcpu cpuset='7'>2</vcpu><cputune><vcpupin vcpu='0' cpuset='1-2'/>"
         "<vcpupin vcpu='1' cpuset='2-4'/></cputune>",
         "cpu.cfs_period_us=100000; cpu.cfs_quota_us=200000; cpuset.cpus=1-4",
         "cpu.max=200000 100000; cpuset.cpus=1-4"},
        {"<vcpu cpuset='7'>2</vcpu><cputune><vcpupin vcpu='0' cpuset='1'/></cputune>",
         "cpu.cfs_period_us=100000; cpu.cfs_quota_us=200000; cpuset.cpus=1,7",
         "cpu.max=200000 100000; cpuset.cpus=1,7"},
        {"<numatune><memory mode='strict' nodeset='0'/></numatune>", "cpuset.mems=0",
         "cpuset.mems=0"},
        {"<blkiotune><weight>1000</weight></blkiotune>", "blkio.weight=1000",
         "io.weight=default 10000"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *v1 = planned(cases[i].limits, false);
        g_autofree char *v2 = planned(cases[i].limits, true);
        assert_string_equal(v1, cases[i].v1);
        assert_string_equal(v2, cases[i].v2);
    }
}

/* ---- from some limits to others ---- */

static VesselJson *limits_of(const char *limits)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselJson *plan = NULL;
    VesselError *err = NULL;
    VesselDomainDef *def = parse(limits, problems);
    vessel__problems_to_error(problems, "c", &err);
    vt_no_error(err);
    vessel__container_limits(def, false, &plan, &err);
    vt_no_error(err);
    vessel__domain_def_free(def);
    return plan;
}

/* As planned() has it: what is written, in its order. */
static char *between(const char *from, const char *to, bool v2)
{
    g_autoptr(VesselJson) a = limits_of(from), b = limits_of(to);
    g_autoptr(VesselJson) list = vessel__container_limits_between(a, b);
    GString *words = g_string_new(NULL);
    VESSEL_JSON_FOREACH (limit, list) {
        bool taken = false;
        assert_non_null(vessel__json_get_string(limit, "at", NULL));
        VESSEL_JSON_FOREACH (way, vessel__json_get(limit, "ways")) {
            if (taken || vessel__json_get_bool(way, "v2", !v2) != v2)
                continue;
            taken = true;
            g_string_append_printf(words, "%s%s=%s", words->len ? "; " : "",
                                   vessel__json_get_string(way, "file", ""),
                                   vessel__json_get_string(way, "value", ""));
        }
    }
    return g_string_free(words, FALSE);
}

#define SWAP(memory, both)                                                                         \
    "<memory unit='b'>" #memory "</memory><memtune><swap_hard_limit unit='b'>" #both               \
    "</swap_hard_limit></memtune>"
#define QUOTA(period, quota)                                                                       \
    "<cputune><period>" #period "</period><quota>" #quota "</quota></cputune>"

/* Only what differs, in an order that v1 takes; what is left out goes back to what it was. */
static void test_between(void **state)
{
    static const struct {
        const char *from, *to, *v1, *v2;
    } cases[] = {
        {"<memory>1024</memory>", "<memory>1024</memory>", "", ""},
        {"<memory>1024</memory>", "<memory>2048</memory>", "memory.limit_in_bytes=2097152",
         "memory.max=2097152"},
        {"<memory>1024</memory>", "", "memory.limit_in_bytes=-1", "memory.max=max"},
        {SWAP(8192, 16384), SWAP(32768, 65536),
         "memory.memsw.limit_in_bytes=65536; memory.limit_in_bytes=32768",
         "memory.swap.max=32768; memory.max=32768"},
        {SWAP(32768, 65536), SWAP(8192, 16384),
         "memory.limit_in_bytes=8192; memory.memsw.limit_in_bytes=16384",
         "memory.max=8192; memory.swap.max=8192"},
        {SWAP(8192, 16384), "", "memory.memsw.limit_in_bytes=-1; memory.limit_in_bytes=-1",
         "memory.swap.max=max; memory.max=max"},
        {"", SWAP(8192, 16384), "memory.limit_in_bytes=8192; memory.memsw.limit_in_bytes=16384",
         "memory.max=8192; memory.swap.max=8192"},
        {QUOTA(50000, 10000), QUOTA(20000, 10000),
         "cpu.cfs_quota_us=-1; cpu.cfs_period_us=20000; cpu.cfs_quota_us=10000",
         "cpu.max=max 100000; cpu.max=10000 20000"},
        {QUOTA(50000, 10000), QUOTA(50000, 20000), "cpu.cfs_quota_us=20000", "cpu.max=20000 50000"},
        {"", "<vcpu>2</vcpu>", "cpu.cfs_period_us=100000; cpu.cfs_quota_us=200000",
         "cpu.max=200000 100000"},
        {QUOTA(50000, 10000), "",
         "cpu.cfs_quota_us=-1; cpu.cfs_period_us=100000; cpu.cfs_quota_us=-1",
         "cpu.max=max 100000; cpu.max=max 100000"},
        {"<vcpu cpuset='0'>1</vcpu><cputune><shares>2</shares></cputune>", "<vcpu>1</vcpu>",
         "cpu.shares=1024; cpuset.cpus=\n", "cpu.weight=100; cpuset.cpus=\n"},
        {"<vessel:pids max='7'/>", "", "pids.max=2048", "pids.max=2048"},
        {"<blkiotune><weight>100</weight></blkiotune>", "", "blkio.weight=500",
         "io.weight=default 100"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *v1 = between(cases[i].from, cases[i].to, false);
        g_autofree char *v2 = between(cases[i].from, cases[i].to, true);
        assert_string_equal(v1, cases[i].v1);
        assert_string_equal(v2, cases[i].v2);
    }
}

/* A limit of memory and swap is never below one of memory, on the way from anything between the
 * two: what v1 would refuse. */
static void expect_taken(const char *words, long memory, long both)
{
    for (const char *at = words; at && *at; at = strchr(at, ';') ? strchr(at, ';') + 2 : NULL) {
        long value = atol(strchr(at, '=') + 1);
        long *which = g_str_has_prefix(at, "memory.memsw") ? &both : &memory;
        *which = value < 0 ? LONG_MAX : value;
        if (memory > both)
            fail_msg("%s: memory and swap are below memory", words);
    }
}

static char *memory_and_swap(const long limits[2])
{
    if (limits[0] == LONG_MAX)
        return g_strdup("");
    if (limits[1] == LONG_MAX)
        return g_strdup_printf("<memory unit='b'>%ld</memory>", limits[0]);
    return g_strdup_printf("<memory unit='b'>%ld</memory><memtune><swap_hard_limit unit='b'>%ld"
                           "</swap_hard_limit></memtune>",
                           limits[0], limits[1]);
}

static void test_order_of_memory_and_swap(void **state)
{
    static const long steps[][2] = {
        {LONG_MAX, LONG_MAX}, {4096, LONG_MAX}, {4096, 4096},   {4096, 16384},
        {8192, 8192},         {8192, 16384},    {16384, 16384}, {16384, 32768},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(steps) * G_N_ELEMENTS(steps); i++) {
        const long *a = steps[i / G_N_ELEMENTS(steps)], *b = steps[i % G_N_ELEMENTS(steps)];
        g_autofree char *from = memory_and_swap(a), *to = memory_and_swap(b);
        g_autofree char *words = between(from, to, false);
        expect_taken(words, a[0], a[1]);
        expect_taken(words, b[0], b[1]);
        expect_taken(words, MIN(a[0], b[0]), MAX(a[1], b[1]));
    }
}

static void test_refused(void **state)
{
    static const char *const cases[] = {
        "<vcpu>1</vcpu><cputune><emulator_quota>5000</emulator_quota></cputune>",
        "<vcpu>1</vcpu><cputune><emulatorpin cpuset='0'/></cputune>",
        "<memtune><min_guarantee>1024</min_guarantee></memtune>",
        "<memtune><swap_hard_limit>1024</swap_hard_limit></memtune>",
        "<memory>2048</memory><memtune><swap_hard_limit>1024</swap_hard_limit></memtune>",
        "<cputune><quota>5000</quota><global_quota>5000</global_quota></cputune>",
        "<numatune><memory mode='preferred' nodeset='0'/></numatune>",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VesselProblems) problems = vessel__problems_new();
        VesselError *err = NULL;
        VesselDomainDef *def = parse(cases[i], problems);
        vessel__problems_to_error(problems, "c", &err);
        if (!err)
            fail_msg("not refused: %s", cases[i]);
        vessel_error_free(err);
        vessel__domain_def_free(def);
    }
}

static void test_device_that_is_none(void **state)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselJson) plan = NULL;
    VesselError *err = NULL;
    (void)state;
    VesselDomainDef *def = parse("<blkiotune><device><path>/dev/null</path><read_bytes_sec>1000"
                                 "</read_bytes_sec></device></blkiotune>",
                                 problems);
    assert_true(vessel__container_limits(def, false, &plan, &err) < 0);
    assert_string_equal(vessel_error_path(err), "/domain/blkiotune/device[1]/path");
    g_clear_pointer(&err, vessel_error_free);
    vessel__container_limits(def, true, &plan, &err); /* it was one, when that was begun */
    vt_no_error(err);
    assert_int_equal(vessel__json_length(plan), 1);
    vessel__domain_def_free(def);
}

/* ---- groups that are directories ---- */

typedef struct {
    const char *file, *text;
} File;

static VesselCgroup *fake(bool v2, const File *files, size_t count)
{
    VesselCgroup *group = g_new0(VesselCgroup, 1);
    char *path = vt_path(v2 ? "v2" : "v1");
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *file = g_build_filename(path, files[i].file, NULL);
        assert_true(g_file_set_contents(file, files[i].text, -1, NULL));
    }
    VesselCgroupPlace place = {
        .v2 = v2, .path = path, .fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    group->places = g_array_new(FALSE, TRUE, sizeof(VesselCgroupPlace));
    g_array_append_val(group->places, place);
    return group;
}

static void fake_free(VesselCgroup *group)
{
    const VesselCgroupPlace *place = vessel__cgroup_place(group, 0);
    g_free(place->path);
    close(place->fd);
    vessel__cgroup_free(group);
}

static void expect_text(const VesselCgroup *group, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(vessel__cgroup_place(group, 0)->path, file, NULL);
    g_autofree char *found = NULL;
    assert_true(g_file_get_contents(path, &found, NULL, NULL));
    assert_string_equal(found, text);
}

static void test_the_first_way_that_is_there(void **state)
{
    static const VesselCgroupWay ways[] = {{false, "blkio.weight", "10"},
                                           {true, "io.weight", "default 1"},
                                           {true, "io.bfq.weight", "10"}};
    static const VesselCgroupWay v1_alone[] = {{false, "cpu.cfs_period_us", "1"}};
    static const File files[] = {{"io.bfq.weight", ""}};
    VesselError *err = NULL;
    (void)state;
    VesselCgroup *group = fake(true, files, 1);
    vessel__cgroup_set(group, ways, G_N_ELEMENTS(ways), &err);
    vt_no_error(err);
    expect_text(group, "io.bfq.weight", "10");
    vessel__cgroup_set(group, v1_alone, 1, &err); /* v2 says it elsewhere */
    vt_no_error(err);
    fake_free(group);
    group = fake(false, NULL, 0);
    assert_int_equal(vessel__cgroup_set(group, ways, G_N_ELEMENTS(ways), &err),
                     VESSEL_ERROR_UNSUPPORTED);
    assert_non_null(strstr(vessel_error_message(err), "blkio.weight"));
    vessel_error_free(err);
    fake_free(group);
}

/* None of its own: v1's is that of the group above, v2's is empty. */
static void test_what_the_group_above_has(void **state)
{
    static const VesselCgroupWay ways[] = {{false, "cpuset.cpus", VESSEL_CGROUP_INHERIT},
                                           {true, "cpuset.cpus", VESSEL_CGROUP_INHERIT}};
    static const File files[] = {{"cpuset.cpus", ""}};
    VesselError *err = NULL;
    (void)state;
    g_autofree char *above = vt_write("cpuset.cpus", "0-3\n");
    VesselCgroup *group = fake(false, files, 1);
    vessel__cgroup_set(group, ways, G_N_ELEMENTS(ways), &err);
    vt_no_error(err);
    expect_text(group, "cpuset.cpus", "0-3");
    fake_free(group);
    group = fake(true, files, 1);
    vessel__cgroup_set(group, ways, G_N_ELEMENTS(ways), &err);
    vt_no_error(err);
    expect_text(group, "cpuset.cpus", "\n");
    fake_free(group);
}

/* Either version says the same. */
static void expect_use(VesselCgroup *group)
{
    VesselError *err = NULL;
    uint64_t value, other;
    g_autoptr(GArray) disks = NULL;
    vessel__cgroup_cpu_ns(group, &value, &err);
    vt_no_error(err);
    assert_int_equal(value, 5000000);
    vessel__cgroup_cpu_modes_ns(group, &value, &other, &err);
    vt_no_error(err);
    assert_int_equal(value, 3000000);
    assert_int_equal(other, 2000000);
    vessel__cgroup_memory(group, &value, &err);
    vt_no_error(err);
    assert_int_equal(value, 6000);
    vessel__cgroup_oom_kills(group, &value, &err);
    vt_no_error(err);
    assert_int_equal(value, 3);
    vessel__cgroup_disks(group, &disks, &err);
    vt_no_error(err);
    assert_int_equal(disks->len, 1);
    const VesselCgroupDisk *disk = &g_array_index(disks, VesselCgroupDisk, 0);
    const uint64_t used[] = {7, 4096, 8, 8192};
    assert_int_equal(disk->major, 253);
    assert_int_equal(disk->minor, 16);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(disk->used[i], used[i]);
}

static void test_use_in_v2(void **state)
{
    static const File files[] = {
        {"cpu.stat", "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\n"},
        {"memory.current", "10000\n"},
        {"memory.stat", "anon 1\ninactive_file_x 9\ninactive_file 4000\n"},
        {"memory.events", "low 0\noom 4\noom_kill 3\noom_group_kill 0\n"},
        {"io.stat", "253:16 rbytes=4096 wbytes=8192 rios=7 wios=8 dbytes=0 dios=0\n"}};
    short events = 0;
    int fd = -1;
    VesselError *err = NULL;
    (void)state;
    VesselCgroup *group = fake(true, files, G_N_ELEMENTS(files));
    expect_use(group);
    vessel__cgroup_watch_oom(group, &fd, &events, &err);
    vt_no_error(err);
    assert_int_equal(events, POLLPRI);
    vessel__cgroup_oom_heard(fd);
    close(fd);
    fake_free(group);
}

static void test_use_in_v1(void **state)
{
    static const File files[] = {
        {"cpuacct.usage", "5000000\n"},
        {"cpuacct.usage_user", "3000000\n"},
        {"cpuacct.usage_sys", "2000000\n"},
        {"memory.usage_in_bytes", "10000\n"},
        {"memory.stat", "inactive_file 1\ntotal_inactive_file 4000\n"},
        {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"},
        {"blkio.throttle.io_service_bytes_recursive",
         "253:16 Read 4096\n253:16 Write 8192\n253:16 Total 12288\nTotal 12288\n"},
        {"blkio.throttle.io_serviced_recursive",
         "253:16 Read 7\n253:16 Write 8\n253:16 Total 15\nTotal 15\n"}};
    (void)state;
    VesselCgroup *group = fake(false, files, G_N_ELEMENTS(files));
    expect_use(group);
    fake_free(group);
}

/* A v2 group without controllers, and hostile numbers. */
static void test_use_that_is_not_told(void **state)
{
    static const File files[] = {{"memory.current", "many\n"}, {"io.stat", "253:x rbytes=\n\n"}};
    uint64_t value;
    g_autoptr(GArray) disks = NULL;
    (void)state;
    VesselCgroup *group = fake(true, files, G_N_ELEMENTS(files));
    assert_true(vessel__cgroup_memory(group, &value, NULL) < 0);
    assert_true(vessel__cgroup_cpu_ns(group, &value, NULL) < 0);
    assert_true(vessel__cgroup_oom_kills(group, &value, NULL) < 0);
    assert_int_equal(vessel__cgroup_disks(group, &disks, NULL), 0);
    assert_int_equal(disks->len, 0);
    fake_free(group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planned),
        cmocka_unit_test(test_number_of_processes),
        cmocka_unit_test(test_between),
        cmocka_unit_test(test_order_of_memory_and_swap),
        cmocka_unit_test(test_what_the_group_above_has),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_device_that_is_none),
        cmocka_unit_test(test_the_first_way_that_is_there),
        cmocka_unit_test(test_use_in_v2),
        cmocka_unit_test(test_use_in_v1),
        cmocka_unit_test(test_use_that_is_not_told),
    };
    return vt_main(tests);
}
