/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What containers cost. Needs root, and the static program tests/lib/inside. */
#include "base/file.h"
#include "bench/figure.h"
#include "sys/netlink.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
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

static VesselDomain *start(VesselHost *host, const char *folder, const char *devices)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='container'><name>bench</name><os><type>exe</type><init>/inside</init></os>"
        "<devices><filesystem type='mount'><source dir='%s'/><target dir='/'/></filesystem>%s"
        "</devices></domain>",
        folder, devices);
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

/* ---- the start, without an interface and with one ---- */

#define BRIDGE "vtbench"

/* In a network of this program's own: the host's is not touched. */
static bool make_bridge(VesselError **err)
{
    struct ifinfomsg link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    g_autoptr(VesselNetlink) netlink = NULL;
    if (unshare(CLONE_NEWNET) < 0)
        return vessel__fail_errno(err, errno, "a network of its own") == 0;
    if (vessel__netlink_open(&netlink, err) < 0)
        return false;
    vessel__netlink_begin(netlink, RTM_NEWLINK, NLM_F_CREATE, &link, sizeof link, NULL, BRIDGE);
    vessel__netlink_put_string(netlink, IFLA_IFNAME, BRIDGE);
    size_t info = vessel__netlink_nest(netlink, IFLA_LINKINFO, NULL, 0);
    vessel__netlink_put_string(netlink, IFLA_INFO_KIND, "bridge");
    vessel__netlink_end(netlink, info);
    return vessel__netlink_send(netlink, err) == 0;
}

/* From the call to a first process that is executed; it is destroyed outside of the measurement. */
static double start_once(VesselHost *host, const char *folder, const char *devices)
{
    VesselError *err = NULL;
    int64_t begin = clock_ns();
    VesselDomain *domain = start(host, folder, devices);
    int64_t end = clock_ns();
    must(vessel_domain_destroy(domain, NULL, &err), &err, "destroy");
    vessel_domain_unref(domain);
    return (double)(end - begin);
}

/* In turns, so that both meet the same host. */
static void measure_starts(VesselHost *host, const char *folder, bool bridge)
{
    static const char veth[] =
        "<interface type='bridge'><source bridge='" BRIDGE "'/>"
        "<ip address='10.77.0.5' prefix='24'/><route address='0.0.0.0' gateway='10.77.0.1'/>"
        "</interface>";
    static const char *const what[2][2] = {
        {"start of a container, back to back", "the same with veth, address and route"},
        {"start of a container, one each 250 ms",
         "the same with veth, address and route, isolated"}};
    for (int isolated = 0; isolated < 2; isolated++) {
        Sample samples[2] = {0};
        for (int i = -1; i < (isolated ? ISOLATED : STARTS); i++)
            for (int with = 0; with <= bridge; with++) {
                g_usleep(isolated ? APART_US : 0);
                double took = start_once(host, folder, with ? veth : "");
                if (i >= 0)
                    sample_add(&samples[with], took);
            }
        figure(what[isolated][0], "ms", sample_median(&samples[0]), NULL, 0,
               isolated ? "<= 8 ms" : "<= 5 ms");
        if (bridge)
            figure(what[isolated][1], "ms", sample_median(&samples[1]), NULL, 0, "<= 1 ms more");
        sample_clear(&samples[0]);
        sample_clear(&samples[1]);
    }
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
    VesselDomain *domain = start(host, folder, "");
    measure_exec(domain);
    must(vessel_domain_destroy(domain, NULL, &err), &err, "destroy");
    vessel_domain_unref(domain);
    bool bridge = make_bridge(&err);
    if (!bridge)
        figure_skip("start with veth", vessel_error_message(err));
    measure_starts(host, folder, bridge);
    vessel_host_unref(host);
    return 0;
}
