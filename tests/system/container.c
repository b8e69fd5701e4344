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
    vt_wait(vt_container_is_off, domain, 5000);
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
    vt_wait(vt_container_is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, reason);
    vt_container_event(host, "domain.stopped", exit);
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
    vt_wait(vt_container_is_off, domain, 5000);
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
    vt_container_await(domain, "ready");
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

/* ---- kill -9 ---- */

static void test_warden_killed(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "stubborn");
    vt_start(domain);
    vt_container_await(domain, "ready");
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
    vt_wait(vt_container_is_off, domain, 5000);
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
        cmocka_unit_test(test_warden_killed),
        cmocka_unit_test(test_first_process_killed),
        cmocka_unit_test(test_rootless),
    };
    return vt_main(tests);
}
