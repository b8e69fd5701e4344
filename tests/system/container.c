/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Real containers: what is inside one, what it cannot reach, how it ends, and what is left. */
#include "tests/lib/container.h"
#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

static bool is_off(void *data)
{
    return vt_state_of(data) == VESSEL_DOMAIN_SHUT_OFF;
}

/* It ignores now what it is to ignore: the hang-up of its console, which ends with its warden. */
static void await_ready(VesselDomain *domain)
{
    g_autofree char *said = vt_container_says(domain, "ready");
    (void)said;
}

/* ---- what is inside ---- */

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in: %s", part, text);
}

static void test_inside(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "facts");
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "descriptors: 0 1 2\r\n");
    assert_says(said, "ids: 0 0\r\n");
    assert_says(said, "hostname: web\r\n");
    assert_says(said, "pid: 2 parent: 1\r\n");
    assert_says(said, "env: container=vessel\r\n");
    assert_says(said, "NoNewPrivs:\t1");
    assert_says(said, "CapAmb:\t0000000000000000");
    assert_null(strstr(said, "/old"));
    assert_null(strstr(said, "eth"));
    vt_container_done(host, domain);
}

static void test_escapes(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "bad", "escape");
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "mount: Operation not permitted");
    assert_says(said, "umount mask: Operation not permitted");
    assert_says(said, "init's program: ");
    if (strstr(said, ": done"))
        fail_msg("something was done: %s", said);
    vt_container_done(host, domain);
}

static void test_init_words(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *passwd = NULL, *group = NULL;
    passwd = g_build_filename(root, "etc", "passwd", NULL);
    group = g_build_filename(root, "etc", "group", NULL);
    assert_true(g_file_set_contents(passwd, "app:x:33:34::/tmp:/bin/sh\n", -1, NULL));
    assert_true(g_file_set_contents(group, "www:x:77:app\nwheel:x:88:\n", -1, NULL));
    g_autofree char *body = vt_container_body(
        root,
        "<initarg>facts</initarg><initarg>two words</initarg><initenv "
        "name='HOME'>/elsewhere</initenv>"
        "<initdir>/etc</initdir><inituser>app</inituser><initgroup>wheel</initgroup>",
        "");
    g_autofree char *xml = g_strdup_printf("<domain type='lxc'><name>web</name>%s</domain>", body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "ids: 33 88\r\n");
    assert_says(said, "cwd: /etc\r\n");
    assert_says(said, "arg: two words\r\n");
    assert_says(said, "env: HOME=/elsewhere\r\n");
    assert_says(said, "Groups:\t77 ");
    vt_container_done(host, domain);
}

static void test_mounts(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *data = vt_path("data"), *file = vt_write("data.txt", "hello\n");
    assert_int_equal(mkdir(data, 0755), 0);
    g_autofree char *devices = g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target "
        "dir='/srv/data'/><readonly/></filesystem>"
        "<filesystem type='bind'><source dir='%s'/><target dir='/etc/note'/></filesystem>"
        "<filesystem type='ram'><source usage='1' units='MiB'/><target "
        "dir='/scratch'/></filesystem>",
        data, file);
    g_autofree char *xml = vt_container_xml("web", "facts", devices);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, " /srv/data ro,");
    assert_says(said, " /etc/note rw,");
    assert_says(said, " /scratch rw,");
    assert_says(said, "size=1024k");
    vt_container_done(host, domain);
}

/* ---- overlays ---- */

static char *overlay_xml(const char *root, const char *overlay)
{
    g_autofree char *body = vt_container_body(root, "<initarg>change</initarg>", "");
    return g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                           "<name>web</name>%s%s</domain>",
                           body, overlay);
}

/* What the container changed is not in the directory that it is made of. */
static void run_overlay(const char *overlay)
{
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml = overlay_xml(root, overlay);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "etc: written, inside: removed");
    g_autofree char *changed = g_build_filename(root, "etc", "changed", NULL);
    g_autofree char *program = g_build_filename(root, "inside", NULL);
    assert_int_equal(access(changed, F_OK), -1);
    assert_int_equal(access(program, X_OK), 0);
    vt_container_done(host, domain);
}

static void test_overlay_in_memory(void **state)
{
    (void)state;
    run_overlay("<vessel:overlay target='/' upper='memory'><vessel:size unit='MiB'>4</vessel:size>"
                "</vessel:overlay>");
}

static void test_overlay_kept(void **state)
{
    (void)state;
    vt_container_prepare();
    g_autofree char *dir = vt_path("kept"), *layer = vt_path("layer"), *etc = vt_path("layer/etc");
    g_autofree char *file = vt_path("layer/etc/layer"), *upper = vt_path("kept/upper/etc/changed");
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mkdir(layer, 0755), 0);
    assert_int_equal(mkdir(etc, 0755), 0);
    assert_true(g_file_set_contents(file, "more\n", -1, NULL));
    g_autofree char *overlay =
        g_strdup_printf("<uuid>5d2b6f0e-1c1f-4d0e-9d5a-0f3d1a2b3c4d</uuid>" /* the same ids twice */
                        "<vessel:overlay target='/' upper='kept' "
                        "dir='%s'><vessel:lower dir='%s'/></vessel:overlay>",
                        dir, layer);
    run_overlay(overlay);
    assert_int_equal(access(upper, F_OK), 0);
    /* What was removed in the first life is gone in the second. */
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *xml = overlay_xml(root, overlay);
    g_autoptr(VesselError) err = vt_container_fails(host, xml);
    vt_says(err, 'm', "No such file");
    vessel_host_unref(host);
}

static void test_bad_overlays(void **state)
{
    static const struct {
        const char *overlay, *says;
    } cases[] = {
        {"<vessel:overlay target='/srv' upper='memory'/>", "no <filesystem>"},
        {"<vessel:overlay target='/' upper='kept'/>", "go together"},
        {"<vessel:overlay target='/' upper='memory' dir='/srv'/>", "go together"},
        {"<vessel:overlay target='/' upper='kept' dir='/srv'><vessel:size>4</vessel:size>"
         "</vessel:overlay>",
         "for upper='memory'"},
        {"<vessel:overlay target='/' upper='kept' dir='/nothing/at/all'/>", "No such file"},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = overlay_xml(root, cases[i].overlay);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', cases[i].says);
    }
    vessel_host_unref(host);
}

/* ---- an init system ---- */

static void test_kept_is_of_one(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *kept = vt_path("kept");
    g_autofree char *file = vt_path("theirs/file"), *theirs = vt_path("theirs");
    assert_int_equal(mkdir(kept, 0700), 0);
    assert_int_equal(mkdir(theirs, 0755), 0);
    assert_true(g_file_set_contents(file, "x", -1, NULL));
    g_autofree char *overlay =
        g_strdup_printf("<vessel:overlay target='/' upper='kept' dir='%s'/>", kept);
    g_autofree char *other =
        g_strdup_printf("<vessel:overlay target='/' upper='kept' dir='%s'/>", theirs);
    g_autofree char *first = overlay_xml(root, overlay), *taken = overlay_xml(root, other);
    domain = vt_define_xml(host, first);
    vt_start(domain);
    char *at = strstr(first, "<name>web");
    assert_non_null(at);
    memcpy(at, "<name>two", 9);
    memcpy(strstr(taken, "<name>web"), "<name>two", 9);
    g_autoptr(VesselError) busy = vt_container_fails(host, first);
    assert_int_equal(vessel_error_code(busy), VESSEL_ERROR_BUSY);
    if (geteuid() == 0) {
        assert_int_equal(chown(theirs, 12345, 12345), 0);
        err = vt_container_fails(host, taken);
        vt_says(err, 'm', "not empty");
        vt_error(&err, VESSEL_ERROR_DENIED);
    }
    vt_container_done(host, domain);
}

static void test_init_system(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "<initarg>init</initarg>", "");
    g_autofree char *xml = g_strdup_printf(
        "<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'><name>os</name>%s"
        "<vessel:init kind='init'/><vessel:overlay target='/' upper='memory'/></domain>",
        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "init is 1, /run ok, groups ok");
    vessel_domain_shutdown(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_done(host, domain);
}

static void test_console_both_ways(void **state)
{
    VesselError *err = NULL;
    int fd = -1;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "echo");
    vt_start(domain);
    vessel_domain_open_console(domain, NULL, &fd, &err);
    vt_no_error(err);
    vt_read_until(fd, "ready", 5000);
    assert_int_equal(vessel__write_all(fd, "hello\n", 6), 0);
    vt_read_until(fd, "heard hello", 5000);
    close(fd);
    vt_container_done(host, domain);
}

/* ---- how it ends ---- */

/* Whether there is such an event whose document has @part in it. */
static bool has_event(VesselHost *host, const char *kind, const char *part)
{
    g_autoptr(GPtrArray) events = vt_events(host);
    bool found = false;
    for (guint i = 0; i < events->len; i++) {
        char *json = vessel_event_json(events->pdata[i]);
        found |= g_str_equal(vessel_event_kind(events->pdata[i]), kind) && strstr(json, part);
        vessel_free(json);
    }
    return found;
}

/* The state is written before the event. */
static void expect_event(VesselHost *host, const char *kind, const char *part)
{
    for (int i = 0; i < 250 && !has_event(host, kind, part); i++)
        g_usleep(20000);
    if (!has_event(host, kind, part))
        fail_msg("no %s with %s", kind, part);
}

static void expect_end(const char *word, const char *more, const char *reason, const char *exit)
{
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *os = g_strdup_printf("<initarg>%s</initarg>%s", word, more);
    g_autofree char *body = vt_container_body(root, os, "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container'><name>short</name>%s</domain>", body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    vt_wait(is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, reason);
    expect_event(host, "domain.stopped", exit);
    vt_container_done(host, domain);
}

static void test_exit_well(void **state)
{
    (void)state;
    expect_end("exit", "", "exit:0", "\"status\":0");
}

static void test_exit_badly(void **state)
{
    (void)state;
    expect_end("exit", "<initarg>3</initarg>", "exit:3", "\"status\":3");
}

static void test_abort(void **state)
{
    (void)state;
    expect_end("abort", "", "signal:6", "\"signal\":6");
}

/* What was left to process 1 ends with it. */
static void test_fork_away(void **state)
{
    (void)state;
    expect_end("fork-away", "", "exit:0", "\"status\":0");
}

static void test_shutdown(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    vt_start(domain);
    vessel_domain_shutdown(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_done(host, domain);
}

static bool rebooted(void *data)
{
    g_autoptr(GPtrArray) events = vt_events(data);
    return vt_count_events(events, "domain.rebooted", NULL) > 0;
}

static void test_reboot(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    vt_start(domain);
    VtPids before = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    vessel_domain_reboot(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(rebooted, host, 5000);
    VtPids after = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    assert_int_equal(before.warden, after.warden);
    assert_true(after.guest > 0 && before.guest != after.guest);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_container_done(host, domain);
}

static void test_destroy_stubborn_and_suspended(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "stubborn");
    vt_start(domain);
    await_ready(domain);
    vessel_domain_suspend(domain, NULL, &err);
    if (vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED)
        vt_skip("%s", vessel_error_message(err));
    vt_no_error(err);
    vt_expect_state(domain, VESSEL_DOMAIN_PAUSED, NULL);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    int64_t before = vt_now_us();
    vt_destroy(domain);
    assert_true(vt_now_us() - before < 2 * G_USEC_PER_SEC); /* no grace that nobody hears of */
    vt_gone(pids.guest, 10);
    vt_container_done(host, domain);
}

/* ---- what is refused ---- */

static void test_bad_inits(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *text = g_build_filename(root, "etc", "text", NULL);
    assert_true(g_file_set_contents(text, "no program\n", -1, NULL));
    const struct {
        const char *init, *says;
    } cases[] = {{"/nothing", "No such file"}, {"/etc/text", "denied"}, {"/etc", "denied"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = g_strdup_printf(
            "<domain type='container'><name>web</name><os><type>exe</type><init>%s</init></os>"
            "<devices><filesystem type='mount'><source dir='%s'/><target dir='/'/></filesystem>"
            "</devices></domain>",
            cases[i].init, root);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', cases[i].init);
        vt_says(err, 'm', cases[i].says);
        vt_says(err, 'p', "/domain/os/init");
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_refused_definitions(void **state)
{
    static const struct {
        const char *rest, *says;
    } cases[] = {
        {"<os><type>exe</type><init>/inside</init></os><idmap><uid start='0' target='0' count='9'/>"
         "<gid start='0' target='9' count='9'/></idmap>",
         "the host's root"},
        {"<os><type>exe</type><init>/inside</init></os><idmap><uid start='0' target='5' count='9'/>"
         "<uid start='9' target='8' count='9'/><gid start='0' target='9' count='9'/></idmap>",
         "overlap"},
        {"<os><type>exe</type><init>/inside</init></os>", "is its root"},
        {"<os><type>exe</type></os><devices><filesystem type='mount'><source dir='/srv'/>"
         "<target dir='/'/></filesystem></devices>",
         "<init>"},
        {"<os><type>exe</type><init>inside</init></os><devices><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/'/></filesystem></devices>",
         "absolute"},
        {"<os><type>exe</type><init>/inside</init></os><devices><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/'/></filesystem><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/proc/sys'/></filesystem></devices>",
         "made by the driver"},
        {"<os><type>exe</type><init>/inside</init></os><devices><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/'/></filesystem><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/dev//pts/'/></filesystem></devices>",
         "/dev/pts is made by the driver"},
        {"<os><type>exe</type><init>/inside</init></os><devices><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/'/></filesystem><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/a'/></filesystem><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/b/../a/'/></filesystem></devices>",
         "/a is the target of /domain/devices/filesystem[2] already"},
        {"<os><type>exe</type><init>/inside</init></os><devices><filesystem type='mount'>"
         "<source dir='/srv'/><target dir='/'/></filesystem><interface type='network'>"
         "<source network='default'/></interface></devices>",
         "container"},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml =
            g_strdup_printf("<domain type='container'><name>web</name>%s</domain>", cases[i].rest);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', cases[i].says);
    }
    vessel_host_unref(host);
}

/* A setuid file in it would be root's for whoever reaches it on the host, now or once the
 * container's root has changed the mode of what is its own; or whom the directory above belongs to.
 */
static void test_reachable_root_is_refused(void **state)
{
    static const struct {
        mode_t above, own;
        uid_t owner;
        bool refused;
    } cases[] = {{0755, 0755, 0, true}, {0755, 0700, 0, true},     {0750, 0755, 0, true},
                 {0711, 0755, 0, true}, {0700, 0755, 12345, true}, {0700, 0755, 0, false}};
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char above[] = "/tmp/vtXXXXXX";
        assert_non_null(mkdtemp(above));
        g_autofree char *root = g_build_filename(above, "root", NULL);
        assert_int_equal(mkdir(root, 0755), 0);
        assert_int_equal(chmod(root, cases[i].own), 0);
        assert_int_equal(chown(above, cases[i].owner, 0), 0);
        assert_int_equal(chmod(above, cases[i].above), 0);
        g_autofree char *xml = g_strdup_printf(
            "<domain type='container'><name>web</name><os><type>exe</type><init>/inside</init></os>"
            "<devices><filesystem type='mount'><source dir='%s'/><target dir='/'/></filesystem>"
            "</devices></domain>",
            root);
        g_autoptr(VesselError) err = vt_container_fails(host, xml); /* there is no program in it */
        for (size_t k = 0; k < 3; k++) {
            static const char *const made[] = {"proc", "sys", "dev"};
            g_autofree char *place = g_build_filename(root, made[k], NULL);
            rmdir(place);
        }
        assert_int_equal(rmdir(root), 0);
        assert_int_equal(rmdir(above), 0);
        bool refused = vessel_error_code(err) == VESSEL_ERROR_DENIED &&
                       strstr(vessel_error_hint(err) ? vessel_error_hint(err) : "", "0700");
        if (refused != cases[i].refused)
            fail_msg("case %zu: %s", i, vt_text(err));
    }
    vessel_host_unref(host);
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
    vt_wait(is_off, domain, 20000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "signal:9");
    expect_event(host, "domain.stopped", "\"oom_killed\":1");
    assert_false(has_event(host, "domain.oom", ""));
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
    vt_container_expect_file(domain, "memory", "memory.limit_in_bytes", "16777216", "memory.max", "16777216");
    vt_container_expect_file(domain, "memory", "memory.soft_limit_in_bytes", "16777216", "memory.high",
                "16777216");
    g_autofree char *said = vt_container_says(domain, "child: signal 9");
    expect_event(host, "domain.oom", "\"killed\":1");
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
    await_ready(domain);
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
    expect_event(host, "domain.oom", "\"killed\":1");
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
    vt_need_root();
    vt_private_mounts();
    if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0 ||
        mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
        vt_skip("no v2 hierarchy can be mounted here: %s", strerror(errno));
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "stubborn");
    vt_start(domain);
    await_ready(domain);
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

/* ---- kill -9 ---- */

static void test_warden_killed(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "stubborn");
    vt_start(domain);
    await_ready(domain);
    VtPids before = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    assert_int_equal(kill(before.warden, SIGKILL), 0);
    vt_gone(before.warden, 2000);
    vt_destroy(domain);
    vt_gone(before.guest, 2000);
    vt_container_done(host, domain);
}

static void test_first_process_killed(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    vt_start(domain);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    assert_int_equal(kill(pids.guest, SIGKILL), 0);
    vt_wait(is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "signal:9");
    vt_container_done(host, domain);
}

/* ---- as an ordinary user ---- */

static void test_rootless(void **state)
{
    (void)state;
    vt_need_root(); /* who is none already runs all the others so */
    vt_as_user();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "facts");
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_says(said, "ids: 0 0\r\n");
    assert_says(said, "descriptors: 0 1 2\r\n");
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_init_words),
        cmocka_unit_test(test_mounts),
        cmocka_unit_test(test_overlay_in_memory),
        cmocka_unit_test(test_overlay_kept),
        cmocka_unit_test(test_bad_overlays),
        cmocka_unit_test(test_kept_is_of_one),
        cmocka_unit_test(test_init_system),
        cmocka_unit_test(test_console_both_ways),
        cmocka_unit_test(test_exit_well),
        cmocka_unit_test(test_exit_badly),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_fork_away),
        cmocka_unit_test(test_shutdown),
        cmocka_unit_test(test_reboot),
        cmocka_unit_test(test_destroy_stubborn_and_suspended),
        cmocka_unit_test(test_bad_inits),
        cmocka_unit_test(test_refused_definitions),
        cmocka_unit_test(test_reachable_root_is_refused),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_child_killed_for_memory),
        cmocka_unit_test(test_killed_for_memory_while_nobody_watched),
        cmocka_unit_test(test_fork_bomb),
        cmocka_unit_test(test_processor_limits),
        cmocka_unit_test(test_limits_that_cannot_be),
        cmocka_unit_test(test_pure_v2),
        cmocka_unit_test(test_warden_killed),
        cmocka_unit_test(test_first_process_killed),
        cmocka_unit_test(test_rootless),
    };
    return vt_main(tests);
}
