/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of a running container are changed: all of a change or nothing, in the kernel's files, in
 * what is in force and over a restart; whoever is killed, or wants the same, in the middle. */
#include "tests/lib/command.h"
#include "tests/lib/container.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static char *text_with(const char *limits)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = /* it does not end with its console */
        vt_container_body(root, "<initarg>obey</initarg><initarg>0</initarg>", "");
    return g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                           "<name>web</name>%s%s</domain>",
                           limits, body);
}

#define PLAIN "<memory unit='MiB'>64</memory>"

/* Skips where this host has no groups to limit. */
static VesselDomain *begin(VesselHost *host, const char *limits)
{
    VesselError *err = NULL;
    g_autofree char *text = text_with(limits);
    VesselDomain *domain = vt_define_xml(host, text);
    vessel_domain_start(domain, NULL, NULL, &err);
    if (vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED)
        vt_skip("%s", vessel_error_message(err));
    vt_no_error(err);
    return domain;
}

static void change(VesselDomain *domain, const char *limits, uint32_t flags, VesselError **err)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    g_autofree char *text = text_with(limits);
    options.flags = flags;
    vessel_domain_change(domain, text, &options, err);
}

static void memory_is(VesselDomain *domain, const char *bytes)
{
    vt_container_expect_file(domain, "memory", "memory.limit_in_bytes", bytes, "memory.max", bytes);
}

static char *in_force(VesselDomain *domain)
{
    VesselError *err = NULL;
    char *xml = NULL;
    vessel_domain_xml(domain, 0, &xml, &err);
    vt_no_error(err);
    return xml;
}

static guint count_changes(VesselHost *host)
{
    g_autoptr(GPtrArray) events = vt_events(host);
    return vt_count_events(events, "domain.changed", NULL);
}

/* ---- what is written ---- */

#define ALL                                                                                        \
    "<memory unit='MiB'>96</memory><currentMemory unit='MiB'>80</currentMemory>"                   \
    "<vcpu cpuset='0'>2</vcpu><memtune><soft_limit unit='MiB'>72</soft_limit>"                     \
    "</memtune><cputune><shares>512</shares><period>50000</period>"                                \
    "<quota>10000</quota></cputune><numatune><memory mode='strict' nodeset='0'/></numatune>"       \
    "<vessel:pids max='77'/>"

static void expect_all(VesselDomain *domain)
{
    memory_is(domain, "83886080");
    vt_container_expect_file(domain, "memory", "memory.soft_limit_in_bytes", "75497472",
                             "memory.high", "75497472");
    vt_container_expect_file(domain, "cpu", "cpu.shares", "512", "cpu.weight", "20");
    vt_container_expect_file(domain, "cpu", "cpu.cfs_period_us", "50000", "cpu.max", "10000 50000");
    vt_container_expect_file(domain, "cpu", "cpu.cfs_quota_us", "10000", "cpu.max", "10000 50000");
    vt_container_expect_file(domain, "cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0");
    vt_container_expect_file(domain, "pids", "pids.max", "77", "pids.max", "77");
}

/* Each limit comes, and goes back to what a container has that has none; the same again does
 * nothing at all. */
static void test_all_limits(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    g_autofree char *cpus = vt_container_group_file(domain, "cpuset", "cpuset.cpus");
    g_autofree char *soft = vt_container_group_file(domain, "memory", "memory.soft_limit_in_bytes");
    memory_is(domain, "67108864");
    guint before = count_changes(host);
    change(domain, ALL, VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_no_error(err);
    expect_all(domain);
    assert_int_equal(count_changes(host), before + 1);
    vt_container_event(host, "domain.changed", "/domain/cputune/shares");
    change(domain, ALL, VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_no_error(err);
    assert_int_equal(count_changes(host), before + 1);
    char *xml = in_force(domain);
    assert_non_null(strstr(xml, "<shares>512</shares>"));
    vessel_free(xml);
    change(domain, PLAIN, 0, &err);
    vt_no_error(err);
    memory_is(domain, "67108864");
    vt_container_expect_file(domain, "cpu", "cpu.shares", "1024", "cpu.weight", "100");
    vt_container_expect_file(domain, "cpu", "cpu.cfs_quota_us", "-1", "cpu.max", "max 100000");
    vt_container_expect_file(domain, "cpuset", "cpuset.cpus", cpus, "cpuset.cpus", "");
    vt_container_expect_file(domain, "memory", "memory.soft_limit_in_bytes", soft, "memory.high",
                             "max");
    vt_container_expect_file(domain, "pids", "pids.max", "2048", "pids.max", "2048");
    vt_container_done(host, domain);
}

/* v1 takes neither of the two in the wrong order. */
static void test_memory_and_swap(void **state)
{
    static const struct {
        const char *limits, *memory, *swap_v1, *swap_v2;
    } steps[] = {
        {"<memory unit='MiB'>32</memory><memtune><swap_hard_limit unit='MiB'>48</swap_hard_limit>"
         "</memtune>",
         "33554432", "50331648", "16777216"},
        {"<memory unit='MiB'>128</memory><memtune><swap_hard_limit unit='MiB'>128"
         "</swap_hard_limit></memtune>",
         "134217728", "134217728", "0"},
        {"<memory unit='MiB'>16</memory><memtune><swap_hard_limit unit='MiB'>16"
         "</swap_hard_limit></memtune>",
         "16777216", "16777216", "0"},
        {PLAIN, "67108864", NULL, "max"},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    g_autofree char *none =
        vt_container_group_file(domain, "memory", "memory.memsw.limit_in_bytes");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        VesselError *err = NULL;
        change(domain, steps[i].limits, VESSEL_DOMAIN_AFFECT_LIVE, &err);
        vt_no_error(err);
        memory_is(domain, steps[i].memory);
        vt_container_expect_file(domain, "memory", "memory.memsw.limit_in_bytes",
                                 steps[i].swap_v1 ? steps[i].swap_v1 : none, "memory.swap.max",
                                 steps[i].swap_v2);
    }
    vt_container_done(host, domain);
}

/* ---- refused ---- */

/* What cannot be done while it runs: all paths are told, and nothing is done of the rest. */
static void test_refused_by_the_library(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    char *before = in_force(domain);
    change(domain,
           "<memory unit='MiB'>32</memory><features><capabilities><kill state='off'/>"
           "</capabilities></features><on_reboot>destroy</on_reboot>",
           VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT, &err);
    vt_says(err, 'p', "/domain/features/capabilities");
    vt_says(err, 'p', "/domain/on_reboot");
    vt_says(err, 'h', "--config");
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    memory_is(domain, "67108864");
    char *after = in_force(domain);
    assert_string_equal(before, after);
    vessel_free(after);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &after, &err);
    vt_no_error(err);
    assert_null(strstr(after, "on_reboot>destroy"));
    vessel_free(before);
    vessel_free(after);
    vt_container_done(host, domain);
}

/* What the kernel refuses, after it has taken others: those are as they were, and so is what is in
 * force and what is stored. */
static void test_refused_by_the_kernel(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN "<cputune><shares>300</shares></cputune>");
    char *before = in_force(domain);
    guint events = count_changes(host);
    change(domain,
           "<memory unit='MiB'>32</memory><vcpu cpuset='4000'>1</vcpu>"
           "<cputune><shares>700</shares></cputune><vessel:pids max='50'/>",
           VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_says(err, 'p', "/domain/vcpu/@cpuset");
    vt_says(err, 'm', "cpuset.cpus");
    vessel_error_free(err);
    memory_is(domain, "67108864");
    vt_container_expect_file(domain, "cpu", "cpu.shares", "300", "cpu.weight", "12");
    vt_container_expect_file(domain, "cpu", "cpu.cfs_quota_us", "-1", "cpu.max", "max 100000");
    vt_container_expect_file(domain, "pids", "pids.max", "2048", "pids.max", "2048");
    char *after = in_force(domain);
    assert_string_equal(before, after);
    vessel_free(before);
    vessel_free(after);
    assert_int_equal(count_changes(host), events);
    g_autofree char *left = g_strdup_printf("%s/run/domains/%s/change.json", vt_state(),
                                            vessel_domain_get_uuid(domain));
    assert_int_equal(access(left, F_OK), -1);
    vt_container_done(host, domain);
}

/* Less than it uses: told, and nobody is killed for it. */
static void test_less_than_is_used(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    change(domain, "<memory unit='KiB'>4</memory>", VESSEL_DOMAIN_AFFECT_LIVE, &err);
    vt_says(err, 'p', "/domain/memory");
    vt_error(&err, VESSEL_ERROR_BUSY);
    memory_is(domain, "67108864");
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_container_done(host, domain);
}

/* Without a group of its own: refused by its path, as at a start, and it runs on without. */
static void test_without_a_group(void **state)
{
    VesselError *err = NULL;
    (void)state;
    vt_as_user();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, "");
    change(domain, PLAIN, VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT, &err);
    if (!err) { /* a user with a delegated group */
        vt_container_done(host, domain);
        return;
    }
    vt_says(err, 'p', "/domain/memory");
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    char *xml = in_force(domain);
    assert_null(strstr(xml, "<memory"));
    vessel_free(xml);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &xml, &err);
    vt_no_error(err);
    assert_null(strstr(xml, "<memory")); /* put back */
    vessel_free(xml);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_container_done(host, domain);
}

/* ---- who else is there ---- */

static void kill_warden(VesselDomain *domain)
{
    VtPids pids = vt_container_pids(domain);
    assert_int_equal(kill(pids.warden, SIGKILL), 0);
    vt_gone(pids.warden, 2000);
}

/* The next life has what was changed, whoever looks after it. */
static void test_over_restarts(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    for (int i = 0; i < 2; i++) {
        VesselError *err = NULL;
        change(domain, i ? PLAIN : ALL, VESSEL_DOMAIN_AFFECT_LIVE, &err);
        vt_no_error(err);
        VtLives lives = vt_container_lives(host);
        if (i)
            kill_warden(domain);
        vessel_domain_reset(domain, NULL, &err);
        vt_no_error(err);
        vt_wait(vt_container_lives_again, &lives, 10000);
        if (i)
            memory_is(domain, "67108864");
        else
            expect_all(domain);
    }
    vt_container_done(host, domain);
}

/* Of one that is suspended, too; an adopter changes it as well. */
static void test_suspended_and_adopted(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    vessel_domain_suspend(domain, NULL, &err);
    vt_no_error(err);
    kill_warden(domain);
    change(domain, ALL, 0, &err);
    vt_no_error(err);
    expect_all(domain);
    vt_expect_state(domain, VESSEL_DOMAIN_PAUSED, NULL);
    vt_container_done(host, domain);
}

#define ONE PLAIN "<cputune><shares>100</shares></cputune><vessel:pids max='101'/>"
#define TWO                                                                                        \
    "<memory unit='MiB'>96</memory><cputune><shares>200</shares></cputune>"                        \
    "<vessel:pids max='202'/>"

static pid_t changer(const char *limits)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    VesselHost *host = vt_open();
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_lookup_by_name(host, "web", &domain, &err);
    for (int i = 0; i < 15 && !err; i++)
        change(domain, limits, VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT, &err);
    _exit(vessel_error_code(err) == 0 ? 0 : 1);
}

/* virsh's name of what is several kinds of ours. */
static void test_lifecycle_events(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    g_autofree char *said = NULL;
    assert_int_equal(vt_command_line("schedinfo web cpu_shares=300", NULL, NULL), 0);
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.changed", NULL), 1);
    g_autofree char *words =
        g_strdup_printf("event web lifecycle --loop --timeout 0.2 --since %s:0",
                        vessel_event_epoch(events->pdata[0]));
    assert_int_equal(vt_command_line(words, &said, NULL), 0);
    assert_non_null(strstr(said, "event 'domain.defined' for domain 'web'"));
    assert_non_null(strstr(said, "event 'domain.started' for domain 'web'"));
    assert_null(strstr(said, "domain.changed"));
    assert_non_null(strstr(said, "events received: 2\n"));
    vt_container_done(host, domain);
}

/* Two programs at once: one waits for the other, and never is there something of both. */
static void test_two_programs(void **state)
{
    VesselError *err = NULL;
    char *next = NULL;
    int status[2] = {0, 0};
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    pid_t pids[2] = {changer(ONE), changer(TWO)};
    for (int i = 0; i < 2; i++)
        assert_int_equal(waitpid(pids[i], &status[i], 0), pids[i]);
    assert_int_equal(status[0] | status[1], 0);
    char *live = in_force(domain);
    bool two = strstr(live, "<shares>200</shares>");
    memory_is(domain, two ? "100663296" : "67108864");
    vt_container_expect_file(domain, "cpu", "cpu.shares", two ? "200" : "100", "cpu.weight",
                             two ? "8" : "4");
    vt_container_expect_file(domain, "pids", "pids.max", two ? "202" : "101", "pids.max",
                             two ? "202" : "101");
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &next, &err);
    vt_no_error(err);
    const char *own = two ? "max='202'" : "max='101'";
    assert_true(strstr(live, own) && strstr(next, own));
    vessel_free(live);
    vessel_free(next);
    vt_container_done(host, domain);
}

/* Each sets another thing of the same definition, which it reads first: nothing is lost. */
static void test_two_commands(void **state)
{
    static const char *const loops[] = {
        "for i in 1 2 3 4 5 6 7 8; do '%s/vessel' -c 'local:?root=%s' schedinfo web "
        "cpu_shares=30$i || exit 1; done",
        "for i in 1 2 3 4 5 6 7 8; do '%s/vessel' -c 'local:?root=%s' memtune web "
        "--soft-limit 3${i}M || exit 1; done"};
    FILE *pipes[2];
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    for (int i = 0; i < 2; i++) {
        GString *text = g_string_new(loops[i]);
        g_string_replace(text, "%s", vt_build_dir(), 1);
        g_string_replace(text, "%s", vt_state(), 1);
        pipes[i] = popen(text->str, "re");
        assert_non_null(pipes[i]);
        g_string_free(text, TRUE);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pclose(pipes[i]), 0);
    char *live = in_force(domain);
    assert_non_null(strstr(live, "<shares>308</shares>"));
    assert_non_null(strstr(live, "<soft_limit unit='KiB'>38912</soft_limit>"));
    vessel_free(live);
    vt_container_done(host, domain);
}

/* ---- the command ---- */

static char *said_by(const char *command, int *status)
{
    g_autofree char *whole = g_strdup_printf("'%s/vessel' -c 'local:?root=%s' %s 2>&1",
                                             vt_build_dir(), vt_state(), command);
    char text[8192];
    FILE *pipe = popen(whole, "re");
    assert_non_null(pipe);
    size_t length = fread(text, 1, sizeof text - 1, pipe);
    text[length] = '\0';
    *status = WEXITSTATUS(pclose(pipe));
    return g_strdup(text);
}

/* virsh's words, and what they print. */
static void test_commands(void **state)
{
    static const struct {
        const char *command, *says;
        int status;
    } cases[] = {
        {"setmem web 32M", "", 0},
        {"setmem web 1G", "65536 KiB", 1},
        {"setmem web 1X", "no value for size", 1},
        {"memtune web", "hard_limit     : unlimited\nsoft_limit     : unlimited\n", 0},
        {"memtune web --soft-limit 24M --live", "", 0},
        {"memtune web", "soft_limit     : 24576\n", 0},
        {"memtune web --config", "soft_limit     : unlimited\n", 0},
        {"memtune web --hard-limit 60M --config", "", 0},
        {"setmem web 30M --config", "what counts is the hard_limit", 0},
        {"memtune web --hard-limit -1 --config", "", 0},
        {"schedinfo web cpu_shares=300 vcpu_period=50000 --set vcpu_quota=20000 --live --config",
         "", 0},
        {"schedinfo web",
         "Scheduler      : posix\ncpu_shares     : 300\nvcpu_period    : 50000\n"
         "vcpu_quota     : 20000\n",
         0},
        {"schedinfo web --config", "cpu_shares     : 300\n", 0},
        {"schedinfo web --json", "{\"cpu_shares\":300,\"vcpu_period\":50000,\"vcpu_quota\":20000,",
         0},
        {"memtune web --json", "{\"soft_limit\":24576}", 0},
        {"schedinfo web bogus=1", "no NAME=VALUE", 2},
        {"numatune web --nodeset 0", "", 0},
        {"numatune web", "numa_mode      : strict\nnuma_nodeset   : 0\n", 0},
        {"setvcpus web 2", "", 0},
        {"vcpupin web 0 0", "", 0},
        {"vcpupin web", " 0      0\n 1      all\n", 0},
        {"blkiotune web --device-read-iops-sec /nowhere,x", "no value for device-read-iops-sec", 1},
        {"schedinfo web cpu_shares=+5", "no value for cpu_shares", 1},
        {"schedinfo web cpu_shares=0300", "", 0},
        {"blkiotune web --device-read-iops-sec /nowhere,7", "/domain/blkiotune/device[1]/path", 1},
        {"memtune web --soft-limit -1 --json", "{", 0},
        {"setmem web 32M --live --current", "", 2},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int status = 0;
        g_autofree char *said = said_by(cases[i].command, &status);
        if (status != cases[i].status || !strstr(said, cases[i].says) ||
            (!*cases[i].says && status == 0 && *said))
            fail_msg("%s: %d: %s", cases[i].command, status, said);
    }
    memory_is(domain, "33554432");
    vt_container_expect_file(domain, "cpu", "cpu.shares", "300", "cpu.weight", "12");
    vt_container_expect_file(domain, "cpuset", "cpuset.cpus", "0", "cpuset.cpus", "0");
    vt_container_done(host, domain);
}

static void test_change_command(void **state)
{
    int status = 0;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, PLAIN);
    g_autofree char *text = text_with("<memory unit='MiB'>48</memory>");
    g_autofree char *file = vt_write("web.xml", text);
    g_autofree char *dry = g_strdup_printf("change web %s --dry-run", file);
    g_autofree char *said = said_by(dry, &status);
    assert_int_equal(status, 0);
    assert_non_null(strstr(said, "The definition in force:\n/domain/memory: changed (live"));
    memory_is(domain, "67108864");
    g_autofree char *make = g_strdup_printf("change web %s --live --config", file);
    g_autofree char *made = said_by(make, &status);
    assert_string_equal(made, "Domain 'web' has been changed\n");
    memory_is(domain, "50331648");
    g_autofree char *again = said_by(dry, &status);
    assert_non_null(strstr(again, "nothing is to be changed"));
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_limits),
        cmocka_unit_test(test_memory_and_swap),
        cmocka_unit_test(test_refused_by_the_library),
        cmocka_unit_test(test_refused_by_the_kernel),
        cmocka_unit_test(test_less_than_is_used),
        cmocka_unit_test(test_without_a_group),
        cmocka_unit_test(test_over_restarts),
        cmocka_unit_test(test_suspended_and_adopted),
        cmocka_unit_test(test_lifecycle_events),
        cmocka_unit_test(test_two_programs),
        cmocka_unit_test(test_two_commands),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_change_command),
    };
    return vt_main(tests);
}
