/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of containers: that they hold, what becomes of a program that meets one, which cannot be;
 * and where a container stands among the host's groups. */
#include "base/file.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in: %s", part, text);
}

/* ---- limits ---- */

/* A domain with @limits that does @word; skipped where the host has not what they need. */
static VesselDomain *start_limited(VesselHost *host, const char *word, const char *limits)
{
    VesselError *err = NULL;
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *os = g_strdup_printf("<initarg>%s</initarg>", word);
    g_autofree char *body = vt_container_body(root, os, "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container'><name>tight</name>%s%s</domain>", limits, body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vessel_domain_start(domain, NULL, NULL, &err);
    if (vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED)
        vt_skip("%s", vessel_error_message(err));
    vt_no_error(err);
    return domain;
}

static uint64_t stat_of(VesselDomain *domain, const char *key)
{
    VesselError *err = NULL;
    VesselStats *stats = NULL;
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    int64_t index = vessel_stats_find(stats, key);
    uint64_t value = index < 0 ? UINT64_MAX : vessel_stats_value_u64(stats, (size_t)index);
    vessel_stats_free(stats);
    return value;
}

/* It ends with the program that was killed, and says why. */
static void test_memory_limit(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_limited(
        host, "hog",
        "<memory unit='MiB'>16</memory><memtune><swap_hard_limit unit='MiB'>16</swap_hard_limit>"
        "</memtune>");
    vt_wait(vt_container_is_off, domain, 20000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "signal:9");
    vt_container_event(host, "domain.stopped", "\"oom_killed\":1");
    assert_false(vt_container_has_event(host, "domain.oom", ""));
    vt_container_done(host, domain);
}

static void test_child_killed_for_memory(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_limited(
        host, "lose-child",
        "<memory unit='MiB'>64</memory><memtune><hard_limit unit='MiB'>16</hard_limit>"
        "<soft_limit unit='MiB'>16</soft_limit><swap_hard_limit unit='MiB'>16</swap_hard_limit>"
        "</memtune>"); /* v2 slows down what is above a lower soft limit */
    vt_container_expect_file(domain, "memory", "memory.limit_in_bytes", "16777216", "memory.max",
                             "16777216");
    vt_container_expect_file(domain, "memory", "memory.soft_limit_in_bytes", "16777216",
                             "memory.high", "16777216");
    g_autofree char *said = vt_container_says(domain, "child: signal 9");
    vt_container_event(host, "domain.oom", "\"killed\":1");
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    assert_int_equal(stat_of(domain, "balloon.maximum"), 16 * 1024);
    assert_true(stat_of(domain, "balloon.rss") < 16 * 1024);
    assert_int_equal(stat_of(domain, "x.oom.killed"), 1);
    vt_container_done(host, domain);
}

/* Whoever watches next tells it. */
static void test_killed_for_memory_while_nobody_watched(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_limited(
        host, "lose-child-later",
        "<memory unit='MiB'>16</memory><memtune><swap_hard_limit unit='MiB'>16</swap_hard_limit>"
        "</memtune>");
    vt_container_await(domain, "ready");
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    assert_int_equal(kill(pids.warden, SIGKILL), 0);
    vt_gone(pids.warden, 2000);
    for (int i = 0; i < 500; i++) {
        g_autofree char *text = vt_container_group_file(domain, "memory", "memory.oom_control");
        if (!text || strstr(text, "oom_kill 1"))
            break;
        g_usleep(20000);
    }
    assert_true(stat_of(domain, "cpu.time") > 0); /* which takes another warden */
    vt_container_event(host, "domain.oom", "\"killed\":1");
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_container_done(host, domain);
}

static void test_fork_bomb(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_limited(host, "bomb", "");
    if (stat_of(domain, "x.pids.maximum") == UINT64_MAX)
        vt_skip("this host cannot limit the number of processes");
    g_autofree char *said = vt_container_says(domain, "Resource temporarily unavailable");
    assert_true(stat_of(domain, "x.pids.current") <= 2048);
    int64_t before = vt_now_us();
    vt_destroy(domain);
    assert_true(vt_now_us() - before < 10 * G_USEC_PER_SEC);
    vt_container_done(host, domain);
}

static void test_processor_limits(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_limited(
        host, "burn",
        "<vcpu cpuset='0'>2</vcpu><cputune><shares>512</shares><period>50000</period>"
        "<quota>10000</quota></cputune><numatune><memory mode='strict' nodeset='0'/></numatune>");
    vt_container_expect_file(domain, "cpu", "cpu.shares", "512", "cpu.weight", "20");
    vt_container_expect_file(domain, "cpu", "cpu.cfs_period_us", "50000", "cpu.max", "10000 50000");
    vt_container_expect_file(domain, "cpu", "cpu.cfs_quota_us", "10000", "cpu.max", "10000 50000");
    vt_container_expect_file(domain, "cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0");
    g_autofree char *said = vt_container_says(domain, "that is all");
    long long used = 0, wall = 0;
    const char *burnt = strstr(said, "burnt: ");
    assert_non_null(burnt);
    assert_int_equal(sscanf(burnt, "burnt: %lld of %lld", &used, &wall), 2);
    assert_true(used * 10 < wall * 3); /* a fifth */
    assert_says(said, "Cpus_allowed_list:\t0\r\n");
    assert_true(stat_of(domain, "cpu.user") > 10000000);
    assert_int_equal(stat_of(domain, "vcpu.maximum"), 2);
    vt_container_done(host, domain);
}

/* An error at start, by its path: never a container without it. */
static void test_limits_that_cannot_be(void **state)
{
    static const struct {
        const char *limits, *path;
    } cases[] = {
        {"<memtune><swap_hard_limit unit='MiB'>16</swap_hard_limit></memtune>",
         "/domain/memtune/swap_hard_limit"},
        {"<memory unit='MiB'>32</memory><memtune><swap_hard_limit unit='MiB'>16</swap_hard_limit>"
         "</memtune>",
         "/domain/memtune/swap_hard_limit"},
        {"<vcpu cpuset='4000'>1</vcpu>", "/domain/vcpu/@cpuset"},
        {"<vcpu>1</vcpu><cputune><emulator_quota>5000</emulator_quota></cputune>",
         "/domain/cputune/emulator_quota"},
        {"<vcpu>1</vcpu><cputune><quota>5000</quota><global_quota>6000</global_quota></cputune>",
         "/domain/cputune/global_quota"},
        {"<blkiotune><device><path>/dev/null</path><weight>500</weight></device></blkiotune>",
         "/domain/blkiotune/device[1]/path"},
        {"<blkiotune><device><path>/nowhere</path><weight>500</weight></device></blkiotune>",
         "/domain/blkiotune/device[1]/path"},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "", "");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = g_strdup_printf(
            "<domain type='container'><name>bad</name>%s%s</domain>", cases[i].limits, body);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'p', cases[i].path);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- where it stands ---- */

static void expect_group(pid_t pid, const char *end)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", pid), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_strchomp(text);
    if (!strstr(text, "0::/vessel-") || !g_str_has_suffix(text, end))
        fail_msg("%s is not the end of %s", end, text);
}

/* A group whose controllers are handed down has no process itself. */
static void test_pure_v2(void **state)
{
    VesselError *err = NULL;
    (void)state;
    vt_container_v2();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "stubborn");
    vt_start(domain);
    vt_container_await(domain, "ready");
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    expect_group(pids.warden, "/warden");
    expect_group(pids.guest, "/guest");
    vessel_domain_suspend(domain, NULL, &err);
    vt_no_error(err);
    /* Its next warden is not born in the group that is frozen. */
    assert_int_equal(kill(pids.warden, SIGKILL), 0);
    vt_gone(pids.warden, 2000);
    vessel_domain_resume(domain, NULL, &err);
    vt_no_error(err);
    VtPids after = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    assert_int_equal(after.guest, pids.guest);
    expect_group(after.warden, "/warden");
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    for (int i = 0; i < 250 && (after.guest == pids.guest || after.guest <= 0); i++) {
        g_usleep(20000);
        after = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    }
    expect_group(after.guest, "/guest");
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_child_killed_for_memory),
        cmocka_unit_test(test_killed_for_memory_while_nobody_watched),
        cmocka_unit_test(test_fork_bomb),
        cmocka_unit_test(test_processor_limits),
        cmocka_unit_test(test_limits_that_cannot_be),
        cmocka_unit_test(test_pure_v2),
    };
    return vt_main(tests);
}
