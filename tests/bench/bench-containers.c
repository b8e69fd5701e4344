/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What containers cost. Needs root, and the static program tests/lib/inside. */
#include "base/file.h"
#include "bench/figure.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vessel/vessel.h>

#define EXECS 100
#define STARTS 100
#define ISOLATED 15
#define APART_US 250000

static void must(int result, VesselError **err, const char *what)
{
    if (result >= 0)
        return;
    g_autofree char *text = vessel_error_text(*err);
    bench_die("%s: %s", what, text ? text : "failed");
}

static char *make_root(const char *scratch, const char *program)
{
    static const char *const folders[] = {"", "proc", "sys", "dev"};
    char *folder = g_build_filename(scratch, "rootfs", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folder, folders[i], NULL);
        if (g_mkdir_with_parents(path, 0755) < 0)
            bench_die("%s: %s", path, g_strerror(errno));
    }
    g_autofree char *copy = g_build_filename(folder, "inside", NULL), *text = NULL;
    gsize length;
    if (!g_file_get_contents(program, &text, &length, NULL) ||
        !g_file_set_contents_full(copy, text, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0755, NULL))
        bench_die("%s cannot be copied", program);
    return folder;
}

static VesselDomain *start(VesselHost *host, const char *folder)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='container'><name>bench</name><os><type>exe</type><init>/inside</init></os>"
        "<devices><filesystem type='mount'><source dir='%s'/><target dir='/'/></filesystem>"
        "</devices></domain>",
        folder);
    VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    options.flags = VESSEL_DOMAIN_START_AUTODESTROY;
    must(vessel_domain_create(host, xml, &options, NULL, &domain, &err), &err, "start");
    return domain;
}

/* From the call to the known status of a program that ends at once. */
static double exec_once(VesselDomain *domain)
{
    static const char *const argv[] = {"/inside", "exit", NULL};
    VesselExec *exec = NULL;
    VesselError *err = NULL;
    int status = -1;
    int64_t begin = clock_ns();
    must(vessel_domain_exec(domain, argv, NULL, &exec, &err), &err, "exec");
    must(vessel_exec_wait(exec, -1, &status, NULL, &err), &err, "its end");
    int64_t end = clock_ns();
    vessel_exec_unref(exec);
    if (status != 0)
        bench_die("the program ended with %d", status);
    return (double)(end - begin);
}

static void measure_exec(VesselDomain *domain)
{
    Sample warm = {0}, isolated = {0};
    for (int i = -1; i < EXECS; i++) {
        double took = exec_once(domain);
        if (i >= 0)
            sample_add(&warm, took);
    }
    for (int i = 0; i < ISOLATED; i++) {
        g_usleep(APART_US);
        sample_add(&isolated, exec_once(domain));
    }
    figure("exec of true, back to back", "ms", sample_median(&warm), NULL, 0, "<= 4 ms");
    figure("exec of true, one each 250 ms", "ms", sample_median(&isolated), NULL, 0, "<= 4 ms");
    sample_clear(&warm);
    sample_clear(&isolated);
}

/* From the call to a first process that is executed; it is destroyed outside of the measurement. */
static double start_once(VesselHost *host, const char *folder)
{
    VesselError *err = NULL;
    int64_t begin = clock_ns();
    VesselDomain *domain = start(host, folder);
    int64_t end = clock_ns();
    must(vessel_domain_destroy(domain, NULL, &err), &err, "destroy");
    vessel_domain_unref(domain);
    return (double)(end - begin);
}

static void measure_starts(VesselHost *host, const char *folder)
{
    Sample warm = {0}, isolated = {0};
    for (int i = -1; i < STARTS; i++) {
        double took = start_once(host, folder);
        if (i >= 0)
            sample_add(&warm, took);
    }
    for (int i = 0; i < ISOLATED; i++) {
        g_usleep(APART_US);
        sample_add(&isolated, start_once(host, folder));
    }
    figure("start of a container, back to back", "ms", sample_median(&warm), NULL, 0, "<= 5 ms");
    figure("start of a container, one each 250 ms", "ms", sample_median(&isolated), NULL, 0,
           "<= 8 ms");
    sample_clear(&warm);
    sample_clear(&isolated);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        bench_die("usage: bench-containers STATIC-PROGRAM EMPTY-DIRECTORY");
    g_autofree char *root = g_build_filename(argv[2], "root", NULL);
    g_autofree char *uri = g_strdup_printf("local:?root=%s", root);
    g_autofree char *folder = NULL;
    VesselError *err = NULL;
    VesselHost *host = NULL;
    figure_heading("Containers");
    if (geteuid() != 0) {
        figure_skip("exec of true", "not root");
        return 0;
    }
    folder = make_root(argv[2], argv[1]);
    must(vessel_host_open(uri, NULL, &host, &err), &err, uri);
    VesselDomain *domain = start(host, folder);
    measure_exec(domain);
    must(vessel_domain_destroy(domain, NULL, &err), &err, "destroy");
    vessel_domain_unref(domain);
    measure_starts(host, folder);
    vessel_host_unref(host);
    return 0;
}
