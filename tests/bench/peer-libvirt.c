/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same work done by libvirt, printed as "KEY NANOSECONDS" lines for tests/bench/run. */
#include "bench/figure.h"
#include "bench/libvirt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Libvirt vir;

static void print_median(const char *key, Sample *sample)
{
    printf("%s %.0f\n", key, sample_median(sample));
    fflush(stdout);
    sample_clear(sample);
}

static char *domain_xml(const char *type, int number, const char *guest)
{
    g_autofree char *boot =
        guest ? g_strdup_printf("<kernel>%s/vmlinuz</kernel><initrd>%s/initrd.img</initrd>"
                                "<cmdline>console=ttyS0</cmdline>",
                                guest, guest)
              : g_strdup("");
    return g_strdup_printf(
        "<domain type='%s'><name>bench-%05d</name><memory unit='MiB'>128</memory>"
        "<vcpu>1</vcpu><os><type arch='x86_64' machine='%s'>hvm</type>%s</os>"
        "<features><acpi/></features><devices>%s<memballoon model='none'/></devices>"
        "</domain>",
        type, number, strcmp(type, "test") ? "q35" : "pc", boot,
        strcmp(type, "test") ? "<serial type='pty'/>" : "");
}

static void measure_define(Conn conn, const char *type, int count, const char *key)
{
    Sample sample = {0};
    for (int i = 0; i < count; i++) {
        g_autofree char *xml = domain_xml(type, i, NULL);
        int64_t before = clock_ns();
        Dom dom = vir.virDomainDefineXML(conn, xml);
        sample_add(&sample, clock_ns() - before);
        if (!dom)
            bench_die("libvirt define: %s", vir.virGetLastErrorMessage());
        vir.virDomainFree(dom);
    }
    print_median(key, &sample);
}

static void measure_lookup(Conn conn, const char *key)
{
    Sample sample = {0};
    for (int i = 0; i < 200; i++) {
        int64_t before = clock_ns();
        Dom dom = vir.virDomainLookupByName(conn, "bench-00003");
        sample_add(&sample, clock_ns() - before);
        if (!dom)
            bench_die("libvirt look-up: %s", vir.virGetLastErrorMessage());
        vir.virDomainFree(dom);
    }
    print_median(key, &sample);
}

static void measure_list(Conn conn, const char *key)
{
    Sample sample = {0};
    for (int i = 0; i < 20; i++) {
        Dom *list = NULL;
        int64_t before = clock_ns();
        int count = vir.virConnectListAllDomains(conn, &list, 0);
        sample_add(&sample, clock_ns() - before);
        for (int j = 0; j < count; j++)
            vir.virDomainFree(list[j]);
        free(list);
    }
    print_median(key, &sample);
}

static void measure_stats(Conn conn, unsigned flags, const char *key)
{
    Sample sample = {0};
    for (int i = 0; i < 10; i++) {
        void **list = NULL;
        int64_t before = clock_ns();
        if (vir.virConnectGetAllDomainStats(conn, 0, &list, flags) < 0)
            bench_die("libvirt stats: %s", vir.virGetLastErrorMessage());
        sample_add(&sample, clock_ns() - before);
        vir.virDomainStatsRecordListFree(list);
    }
    print_median(key, &sample);
}

static void measure_guests(Conn conn, const char *guest, int running)
{
    Sample start = {0}, destroy = {0};
    g_autoptr(GPtrArray) domains = g_ptr_array_new();
    for (int i = 0; i < running; i++) {
        g_autofree char *xml = domain_xml("qemu", 90000 + i, guest);
        Dom dom = vir.virDomainDefineXML(conn, xml);
        g_ptr_array_add(domains, dom);
        for (int round = 0; i == 0 && round < 3; round++) {
            int64_t before = clock_ns();
            if (vir.virDomainCreate(dom))
                bench_die("libvirt start: %s", vir.virGetLastErrorMessage());
            int64_t between = clock_ns();
            vir.virDomainDestroy(dom);
            sample_add(&start, between - before);
            sample_add(&destroy, clock_ns() - between);
        }
        if (vir.virDomainCreate(dom))
            bench_die("libvirt start: %s", vir.virGetLastErrorMessage());
    }
    print_median("start", &start);
    print_median("destroy", &destroy);
    measure_stats(conn, 1, "stats"); /* VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE */
    for (guint i = 0; i < domains->len; i++) {
        vir.virDomainDestroy(domains->pdata[i]);
        vir.virDomainUndefine(domains->pdata[i]);
        vir.virDomainFree(domains->pdata[i]);
    }
}

int main(int argc, char **argv)
{
    const char *uri = getenv("LIBVIRT_URI");
    if (argc != 3 || !uri)
        bench_die("usage: with-libvirtd peer-libvirt GUEST-DIRECTORY RUNNING");
    if (!libvirt_load(&vir))
        exit(77);
    vir.virConnectClose(libvirt_open(&vir, uri));
    Sample opened = {0};
    for (int i = 0; i < 20; i++) {
        int64_t before = clock_ns();
        Conn conn = libvirt_open(&vir, uri);
        sample_add(&opened, clock_ns() - before);
        vir.virConnectClose(conn);
    }
    print_median("open", &opened);
    Conn conn = libvirt_open(&vir, uri);
    measure_define(conn, "qemu", 5, "define"); /* few: where it must probe each time, 10 s each */
    measure_lookup(conn, "lookup");
    measure_guests(conn, argv[1], atoi(argv[2]));
    vir.virConnectClose(conn);

    Conn mock = libvirt_open(&vir, "test:///default");
    measure_define(mock, "test", 2000, "mock-define");
    measure_lookup(mock, "mock-lookup");
    measure_list(mock, "mock-list2000");
    measure_stats(mock, 0, "mock-stats2000");
    vir.virConnectClose(mock);
    return 0;
}
