/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container whose own file system takes questions and never answers: whoever asks it hangs, and
 * cannot be killed as long as it lives. What is asked of the container, its program apart, ends in
 * time all the same. */
#include "tests/lib/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SHORT_MS 1000 /* the caller's deadline */
#define LONG_US (20 * G_USEC_PER_SEC)

/* It is mounted on @path. */
static VesselDomain *begin(VesselHost *host, const char *path)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *args = g_strdup_printf("<initarg>hang</initarg><initarg>%s</initarg>", path);
    g_autofree char *body = vt_container_body(
        root, args,
        "<hostdev mode='capabilities' type='misc'><source><char>/dev/fuse</char></source>"
        "</hostdev><console type='pty'/>");
    g_autofree char *xml = g_strdup_printf(
        "<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'><name>web</name>"
        "<memory unit='MiB'>64</memory>%s<vessel:init kind='init'/></domain>",
        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "\n");
    if (strstr(said, "no file system"))
        vt_skip("a container mounts no FUSE here: %s", said);
    vt_container_await(domain, "mounted");
    return domain;
}

static VesselHost *open_host(void)
{
    if (access("/dev/fuse", R_OK | W_OK) < 0)
        vt_skip("/dev/fuse: %s", g_strerror(errno));
    return vt_container_host();
}

static void assert_too_late(int code, VesselError *err, int64_t began)
{
    assert_int_equal(code, VESSEL_ERROR_TIMEOUT);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_true(vt_now_us() - began < LONG_US);
}

static void exec_too_late(VesselDomain *domain, const char *program, const char *user,
                          const char *cwd)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    VesselExec *exec = NULL;
    VesselError *err = NULL;
    int64_t began = vt_now_us();
    options.timeout_ms = SHORT_MS;
    options.user = user;
    options.cwd = cwd;
    int code = vessel_domain_exec(domain, (const char *const[]){program, "exit", NULL}, &options,
                                  &exec, &err);
    assert_too_late(code, err, began);
    assert_null(exec);
}

static void test_exec(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = begin(host, "/tmp");
    exec_too_late(domain, "/inside", NULL, "/tmp/x");
    exec_too_late(domain, "/tmp/program", NULL, NULL);
    /* One that asks it nothing is not held up by those. */
    assert_int_equal(vt_container_exec(domain, (const char *const[]){"/inside", "exit", NULL}), 0);
    /* With those in it, it ends: its file system dies with it. */
    vt_container_done(host, domain);
}

/* Who that is stands in /etc/passwd. */
static void test_user(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = begin(host, "/etc");
    exec_too_late(domain, "/inside", "root", NULL);
    vt_container_done(host, domain);
}

/* FIFOs, in a root of its own, in the place of all that a start opens. */
static void test_start(void **state)
{
    (void)state;
    static const struct {
        const char *fifo, *init, *os;
    } cases[] = {
        {"etc/passwd", "/inside", "<inituser>somebody</inituser>"},
        {"etc/group", "/inside", "<initgroup>somebody</initgroup>"},
        {"tmp/fifo", "/inside", "<initdir>/tmp/fifo</initdir>"},
        {"tmp/fifo", "/tmp/fifo", ""},
    };
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *fifo = g_build_filename(root, cases[i].fifo, NULL);
        g_autofree char *xml = g_strdup_printf(
            "<domain type='container'><name>web</name><os><type>exe</type><init>%s</init>%s</os>"
            "<devices><filesystem type='mount'><source dir='%s'/><target dir='/'/></filesystem>"
            "</devices></domain>",
            cases[i].init, cases[i].os, root);
        assert_int_equal(mkfifo(fifo, 0755), 0);
        int64_t began = vt_now_us();
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        assert_int_not_equal(vessel_error_code(err), VESSEL_ERROR_TIMEOUT);
        assert_true(vt_now_us() - began < LONG_US);
        unlink(fifo);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_copy(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = begin(host, "/tmp");
    VesselDomainCopyOptions options = VESSEL_DOMAIN_COPY_OPTIONS_INIT;
    VesselError *err = NULL;
    g_autofree char *back = vt_path("back"), *file = vt_write("file", "text");
    options.timeout_ms = SHORT_MS;
    int64_t began = vt_now_us();
    int code = vessel_domain_copy_out(domain, "/tmp", back, &options, NULL, &err);
    assert_too_late(code, g_steal_pointer(&err), began);
    began = vt_now_us();
    code = vessel_domain_copy_in(domain, file, "/tmp/x", &options, NULL, &err);
    assert_too_late(code, g_steal_pointer(&err), began);
    vt_container_done(host, domain);
}

/* One of the container's own waits there, too, so that its group has one that cannot be killed. */
static void test_asked(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = begin(host, "/tmp");
    VesselError *err = NULL;
    VesselDomain **list = NULL;
    VesselDomainInfo *info = NULL;
    VesselStats *stats = NULL, **all = NULL;
    VesselExec *exec = NULL;
    size_t count = 0;
    char *xml = NULL;
    vessel_domain_exec(domain, (const char *const[]){"/inside", "open", "/tmp/x", NULL}, NULL,
                       &exec, &err);
    vt_no_error(err);
    vt_container_await(domain, "asked");
    int64_t began = vt_now_us();
    vessel_domain_list(host, 0, &list, &count, &err);
    vt_no_error(err);
    assert_int_equal(count, 1);
    vessel_domain_list_free(list);
    vessel_domain_info(domain, &info, &err);
    vt_no_error(err);
    vessel_domain_info_free(info);
    vessel_domain_xml(domain, 0, &xml, &err);
    vt_no_error(err);
    vessel_free(xml);
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    assert_null(vessel_stats_error(stats));
    assert_true(vessel_stats_count(stats) > 0);
    vessel_stats_free(stats);
    vessel_host_stats(host, NULL, &all, &count, &err);
    vt_no_error(err);
    assert_int_equal(count, 1);
    vessel_stats_list_free(all);
    assert_true(vt_now_us() - began < LONG_US);
    vessel_exec_unref(exec);
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exec), cmocka_unit_test(test_user),  cmocka_unit_test(test_start),
        cmocka_unit_test(test_copy), cmocka_unit_test(test_asked),
    };
    return vt_main(tests);
}
