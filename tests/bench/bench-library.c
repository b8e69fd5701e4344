/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the library itself costs: open, define, look up, list, statistics on the mock. No guest. */
#include "bench/figure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vessel/vessel.h>

static const char *scratch; /* a directory of ours on the disk that is measured */

static void must(int result, VesselError **err, const char *what)
{
    if (result >= 0)
        return;
    g_autofree char *text = vessel_error_text(*err);
    bench_die("%s: %s", what, text ? text : "failed");
}

static VesselHost *open_host(const char *uri)
{
    VesselHost *host = NULL;
    VesselError *err = NULL;
    must(vessel_host_open(uri, NULL, &host, &err), &err, uri);
    return host;
}

static char *domain_xml(const char *type, int number)
{
    return g_strdup_printf(
        "<domain type='%s'><name>bench-%05d</name><memory unit='MiB'>128</memory>"
        "<vcpu>1</vcpu><os><type machine='q35'>hvm</type></os>"
        "<features><acpi/></features><devices><serial type='pty'/>"
        "<memballoon model='none'/></devices></domain>",
        type, number);
}

static double fsync_floor(void)
{
    g_autofree char *path = g_build_filename(scratch, "fsync", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        bench_die("%s: cannot be made", path);
    Sample sample = {0};
    char block[4096] = "x";
    for (int i = 0; i < 200; i++) {
        int64_t before = clock_ns();
        if (pwrite(fd, block, sizeof block, i * 4096) != sizeof block || fdatasync(fd))
            bench_die("%s: cannot be written", path);
        sample_add(&sample, clock_ns() - before);
    }
    close(fd);
    double floor = sample_median(&sample);
    sample_clear(&sample);
    return floor;
}

static void measure_open(const char *uri)
{
    Sample warm = {0}, cold = {0};
    for (int i = 0; i < 20; i++) {
        g_autofree char *fresh = g_strdup_printf("local:?root=%s/cold-%d", scratch, i);
        int64_t before = clock_ns();
        VesselHost *host = open_host(fresh);
        sample_add(&cold, clock_ns() - before);
        vessel_host_unref(host);
    }
    VesselHost *other = open_host(uri); /* makes it; closed again, so that nothing is shared */
    vessel_host_unref(other);
    for (int i = 0; i < 50; i++) {
        int64_t before = clock_ns();
        VesselHost *host = open_host(uri);
        sample_add(&warm, clock_ns() - before);
        vessel_host_unref(host);
    }
    figure("open a host, warm", "ms", sample_median(&warm), NULL, 0, "<= 0.5 ms");
    figure("open a host, its root made as well", "ms", sample_median(&cold), NULL, 0, "<= 5 ms");
    sample_clear(&warm);
    sample_clear(&cold);
}

static double measure_define(VesselHost *host, const char *type, int from, int count)
{
    Sample sample = {0};
    for (int i = from; i < from + count; i++) {
        g_autofree char *xml = domain_xml(type, i);
        VesselDomain *domain = NULL;
        VesselError *err = NULL;
        int64_t before = clock_ns();
        must(vessel_domain_define(host, xml, NULL, &domain, &err), &err, "define");
        sample_add(&sample, clock_ns() - before);
        vessel_domain_unref(domain);
    }
    double median = sample_median(&sample);
    sample_clear(&sample);
    return median;
}

static VesselHost *open_and_define(const char *uri, double *opened)
{
    VesselHost *host = open_host(uri);
    *opened = private_dirty(getpid());
    measure_define(host, "emulator", 0, 1);
    return host;
}

/* Comes first: the heap is still that of a program that has done nothing. The root was used by
 * another program, so QEMU is known: probing it leaves the heap 0.2 MiB larger, once. */
static void measure_memory(void)
{
    g_autofree char *uri = g_strdup_printf("local:?root=%s/memory", scratch);
    double nothing = private_dirty_of_cat(), linked = private_dirty(getpid()), opened = 0;
    pid_t child = fork();
    if (child == 0) {
        vessel_host_unref(open_and_define(uri, &opened));
        _exit(0);
    }
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        bench_die("the other program failed");
    VesselHost *host = open_and_define(uri, &opened);
    double defined = private_dirty(getpid());
    vessel_host_unref(host);
    figure("Private_Dirty: the library is linked", "KiB", linked - nothing, NULL, 0, "");
    figure("the same, and a host is open", "KiB", opened - nothing, NULL, 0, "");
    figure("the same, and a domain is defined", "KiB", defined - nothing, NULL, 0, "<= 1024 KiB");
}

static double measure_lookup(VesselHost *host)
{
    Sample sample = {0};
    for (int i = 0; i < 200; i++) {
        int64_t before = clock_ns();
        for (int j = 0; j < 100; j++) {
            VesselDomain *domain = NULL;
            VesselError *err = NULL;
            must(vessel_domain_lookup_by_name(host, "bench-00007", &domain, &err), &err, "look-up");
            vessel_domain_unref(domain);
        }
        sample_add(&sample, (clock_ns() - before) / 100.0);
    }
    double median = sample_median(&sample);
    sample_clear(&sample);
    return median;
}

static double measure_list(VesselHost *host, size_t expected)
{
    Sample sample = {0};
    for (int i = 0; i < 30; i++) {
        VesselDomain **list = NULL;
        VesselError *err = NULL;
        size_t count = 0;
        int64_t before = clock_ns();
        must(vessel_domain_list(host, 0, &list, &count, &err), &err, "list");
        sample_add(&sample, clock_ns() - before);
        if (count != expected)
            bench_die("list has %zu domains, expected %zu", count, expected);
        vessel_domain_list_free(list);
    }
    double median = sample_median(&sample);
    sample_clear(&sample);
    return median;
}

static double measure_stats(VesselHost *host, size_t expected)
{
    Sample sample = {0};
    for (int i = 0; i < 20; i++) {
        VesselStats **list = NULL;
        VesselError *err = NULL;
        size_t count = 0;
        int64_t before = clock_ns();
        must(vessel_host_stats(host, NULL, &list, &count, &err), &err, "stats");
        sample_add(&sample, clock_ns() - before);
        if (count != expected)
            bench_die("stats of %zu domains, expected %zu", count, expected);
        vessel_stats_list_free(list);
    }
    double median = sample_median(&sample);
    sample_clear(&sample);
    return median;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        bench_die("usage: bench-library EMPTY-DIRECTORY");
    scratch = argv[1];
    g_autofree char *uri = g_strdup_printf("local:?root=%s/warm", scratch);

    figure_heading("The library alone");
    measure_memory();
    measure_open(uri);
    double floor = fsync_floor();
    VesselHost *local = open_host(uri);
    figure("define, durable", "ms", measure_define(local, "emulator", 0, 200), "one fsync", floor,
           "<= 3 x");
    figure("look up by name", "us", measure_lookup(local), NULL, 0, "<= 2 us");
    figure("list 200", "ms", measure_list(local, 200), NULL, 0, "<= 0.1 ms");
    vessel_host_unref(local);

    VesselHost *mock = open_host("mock:");
    figure("define on the mock", "us", measure_define(mock, "kvm", 0, 2000), NULL, 0, "<= 40 us");
    figure("look up by name on the mock", "us", measure_lookup(mock), NULL, 0, "<= 2 us");
    figure("list 2,000 on the mock", "ms", measure_list(mock, 2000), NULL, 0, "<= 0.5 ms");
    figure("stats of 2,000 on the mock", "ms", measure_stats(mock, 2000), NULL, 0, "<= 2 ms");
    measure_define(mock, "kvm", 2000, 8000);
    figure("list 10,000 on the mock", "ms", measure_list(mock, 10000), NULL, 0, "<= 3 ms");
    vessel_host_unref(mock);
    return 0;
}
