/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What containers cost, beside crun, runc and libvirt_lxc. Needs root, the static program
 * tests/lib/inside and the command. "Back to back" hides what the kernel does for a group or
 * namespace meanwhile; "each 250 ms" does not. */
#include "base/file.h"
#include "base/json.h"
#include "bench/figure.h"
#include "bench/lxc.h"
#include "bench/runtimes.h"
#include "sys/netlink.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vessel/vessel.h>

#define EXECS 100
#define STARTS 100
#define BATCHES 5
#define MANY 200
#define ISOLATED 15
#define BRIDGE "vtbench"
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

static char *make_xml(const char *name, const char *folder, const char *word, const char *devices)
{
    return g_strdup_printf(
        "<domain type='container'><name>%s</name><os><type>exe</type><init>/inside</init>"
        "<initarg>%s</initarg></os><devices><filesystem type='mount'><source dir='%s'/>"
        "<target dir='/'/></filesystem>%s</devices></domain>",
        name, word, folder, devices);
}

static VesselDomain *create(VesselHost *host, const char *xml, uint32_t flags)
{
    VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    options.flags = flags;
    must(vessel_domain_create(host, xml, &options, NULL, &domain, &err), &err, "start");
    return domain;
}

static double destroy(VesselDomain *domain)
{
    VesselError *err = NULL;
    int64_t begin = clock_ns();
    must(vessel_domain_destroy(domain, NULL, &err), &err, "destroy");
    int64_t end = clock_ns();
    vessel_domain_unref(domain);
    return (double)(end - begin);
}

/* ---- exec ---- */

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

/* ---- start and destroy, without an interface and with one ---- */

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

enum { START, DESTROY };

/* From the call to a first process that is executed, and from that call to an empty group. */
static void start_once(VesselHost *host, const char *xml, Sample samples[2])
{
    int64_t begin = clock_ns();
    VesselDomain *domain = create(host, xml, VESSEL_DOMAIN_START_AUTODESTROY);
    sample_add(&samples[START], (double)(clock_ns() - begin));
    sample_add(&samples[DESTROY], destroy(domain));
}

static void show_starts(Sample samples[2], const char *with, bool isolated, const char *aim)
{
    const char *how = isolated ? "each 250 ms" : "back to back";
    g_autofree char *start = g_strdup_printf("start of a container%s, %s", with, how);
    g_autofree char *end = g_strdup_printf("destroy of a container%s, %s", with, how);
    figure(start, "ms", sample_median(&samples[START]), "at best", sample_least(&samples[START]),
           aim);
    figure(end, "ms", sample_median(&samples[DESTROY]), "at best", sample_least(&samples[DESTROY]),
           "<= 5 ms");
    sample_clear(&samples[START]);
    sample_clear(&samples[DESTROY]);
}

/* In turns, so that both meet the same host. */
static void measure_starts(VesselHost *host, const char *folder, bool bridge)
{
    g_autofree char *plain = make_xml("bench", folder, "wait", "");
    g_autofree char *veth = make_xml(
        "bench", folder, "wait",
        "<interface type='bridge'><source bridge='" BRIDGE "'/>"
        "<ip address='10.77.0.5' prefix='24'/><route address='0.0.0.0' gateway='10.77.0.1'/>"
        "</interface>");
    for (int isolated = 0; isolated < 2; isolated++) {
        Sample samples[2][2] = {{{0}}};
        for (int i = 0; i < (isolated ? ISOLATED : STARTS); i++)
            for (int with = 0; with <= bridge; with++) {
                g_usleep(isolated ? APART_US : 0);
                start_once(host, with ? veth : plain, samples[with]);
            }
        show_starts(samples[0], "", isolated, isolated ? "<= 8 ms" : "<= 5 ms");
        if (bridge)
            show_starts(samples[1], " with veth", isolated, "<= 1 ms more");
    }
}

/* ---- a whole life ---- */

/* From the call to its end, of a program that ends at once. */
static double live_once(VesselHost *host, const char *xml)
{
    VesselError *err = NULL;
    int64_t begin = clock_ns();
    VesselDomain *domain = create(host, xml, 0);
    must(vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, NULL, &err), &err, "its end");
    int64_t end = clock_ns();
    vessel_domain_unref(domain);
    return (double)(end - begin);
}

/* The same by the command, which is a program of its own as a runtime is. */
static double run_once(const char *uri, const char *command, const char *file)
{
    const char *const argv[] = {command, "-c", uri, "-q", "run", file, NULL};
    int status = -1;
    int64_t begin = clock_ns();
    if (!g_spawn_sync(NULL, (char **)(void *)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                      NULL, NULL, &status, NULL) ||
        status != 0)
        bench_die("%s run ended with 0x%x", command, status);
    return (double)(clock_ns() - begin);
}

enum { BY_CALL, BY_COMMAND, CRUN, RUNC, LIBVIRT, WAYS };

static const char *const peers[] = {[CRUN] = "crun", [RUNC] = "runc", [LIBVIRT] = "libvirt_lxc"};

typedef struct {
    VesselHost *host;
    const char *uri, *command;
    char *xml, *file;
    Runtime runtimes[2];
    Lxc lxc;
} Lives;

static bool is_there(const Lives *lives, int way)
{
    return way == LIBVIRT ? lives->lxc.pid > 0 : way < CRUN || lives->runtimes[way - CRUN].program;
}

static void live(Lives *lives, int way, Sample *sample)
{
    if (way == BY_CALL)
        sample_add(sample, live_once(lives->host, lives->xml));
    else if (way == BY_COMMAND)
        sample_add(sample, run_once(lives->uri, lives->command, lives->file));
    else if (way == LIBVIRT && is_there(lives, way))
        sample_add(sample, lxc_run(&lives->lxc));
    else if (is_there(lives, way))
        sample_add(sample, runtime_run(&lives->runtimes[way - CRUN]));
}

/* In turns, so that all have the same of what else goes on. */
static void measure_lives_so(Lives *lives, const char *how, int rounds, int each, int apart_us,
                             const char *aim)
{
    Sample samples[WAYS] = {{0}};
    for (int i = 0; i < rounds * WAYS; i++) {
        for (int j = 0; j < each; j++) {
            g_usleep((gulong)apart_us);
            live(lives, i % WAYS, &samples[i % WAYS]);
        }
    }
    for (int way = BY_CALL; way <= BY_COMMAND; way++) {
        for (int peer = CRUN; peer < WAYS; peer++) {
            g_autofree char *title = g_strdup_printf(
                "life of true%s, %s", way == BY_COMMAND ? " by the command" : "", how);
            if (peer == CRUN || is_there(lives, peer))
                figure(title, "ms", sample_median(&samples[way]), peers[peer],
                       sample_median(&samples[peer]), peer == CRUN ? aim : "");
        }
    }
    for (int way = 0; way < WAYS; way++)
        sample_clear(&samples[way]);
}

static void measure_lives(Lives lives, char **argv, const char *folder)
{
    const char *scratch = argv[3];
    lives.xml = make_xml("life", folder, "exit", "");
    lives.file = g_build_filename(scratch, "life.xml", NULL);
    if (!g_file_set_contents(lives.file, lives.xml, -1, NULL))
        bench_die("%s cannot be written", lives.file);
    runtime_open(&lives.runtimes[0], "crun", folder, "exit");
    runtime_open(&lives.runtimes[1], "runc", folder, "exit");
    if (argv[4])
        lxc_open(&lives.lxc, argv[4], argv[5], argv[1]);
    for (int way = CRUN; way < WAYS; way++)
        if (!is_there(&lives, way))
            figure_skip(peers[way], "not installed, or does not work here");
    for (int way = 0; way < WAYS; way++) {
        Sample first = {0};
        live(&lives, way, &first);
        sample_clear(&first);
    }
    measure_lives_so(&lives, "back to back", BATCHES, STARTS / BATCHES / 2, 0, "<= 0.75 x crun");
    measure_lives_so(&lives, "each 250 ms", ISOLATED, 1, APART_US, "<= 0.4 x crun");
    runtime_close(&lives.runtimes[0]);
    runtime_close(&lives.runtimes[1]);
    lxc_close(&lives.lxc);
    g_free(lives.xml);
    g_free(lives.file);
}

/* ---- many ---- */

static double warden_memory(VesselDomain *domain, const char *root)
{
    g_autofree char *text = NULL,
                    *path = g_build_filename(root, "run", "domains", vessel_domain_get_uuid(domain),
                                             "state.json", NULL);
    g_autoptr(VesselJson) state = NULL;
    size_t length;
    if (vessel__read_file(AT_FDCWD, path, 1 << 20, &text, &length, NULL) < 0 ||
        vessel__json_parse(text, length, NULL, path, &state, NULL) < 0)
        bench_die("%s: cannot be read", path);
    return private_dirty(
        (pid_t)vessel__json_int(vessel__json_path(state, "warden", "pid", NULL), 0));
}

/* By one program, which has @at_once of them under way. */
static double start_many(VesselHost *host, const char *folder, size_t at_once,
                         VesselDomain *domains[MANY])
{
    VesselJob *jobs[MANY] = {NULL};
    VesselError *err = NULL;
    char name[16];
    int64_t begin = clock_ns();
    for (size_t i = 0; i < MANY + at_once; i++) {
        if (i >= at_once) {
            must(vessel_job_wait(jobs[i - at_once], -1, &err), &err, "start");
            vessel_job_unref(jobs[i - at_once]);
        }
        if (i >= MANY)
            continue;
        VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
        options.flags = VESSEL_DOMAIN_START_AUTODESTROY;
        snprintf(name, sizeof name, "many-%zu", i);
        g_autofree char *xml = make_xml(name, folder, "wait", "");
        must(vessel_domain_create(host, xml, &options, &jobs[i], &domains[i], &err), &err, name);
    }
    return (double)(clock_ns() - begin);
}

static void destroy_many(VesselDomain *domains[MANY])
{
    int64_t begin = clock_ns();
    for (int i = 0; i < MANY; i++)
        destroy(domains[i]);
    figure("destroy of 200, one after the other", "ms", (double)(clock_ns() - begin), NULL, 0, "");
}

static void measure_many(VesselHost *host, const char *folder, const char *root)
{
    VesselDomain *domains[MANY];
    Sample wardens = {0};
    figure("start of 200, one after the other", "ms", start_many(host, folder, 1, domains), NULL, 0,
           "<= 1200 ms");
    for (int i = 0; i < MANY; i += 10)
        sample_add(&wardens, warden_memory(domains[i], root));
    figure("Private_Dirty of a warden", "KiB", sample_median(&wardens), NULL, 0, "<= 614 KiB");
    destroy_many(domains);
    figure("start of 200, four at a time", "ms", start_many(host, folder, 4, domains), NULL, 0,
           "<= 1200 ms");
    destroy_many(domains);
    sample_clear(&wardens);
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 6)
        bench_die("usage: bench-containers STATIC-PROGRAM COMMAND EMPTY-DIRECTORY "
                  "[WITH-LIBVIRTD PEER-LXC]");
    g_autofree char *root = g_build_filename(argv[3], "root", NULL);
    g_autofree char *uri = g_strdup_printf("local:?root=%s", root);
    g_autofree char *folder = NULL, *xml = NULL;
    VesselError *err = NULL;
    VesselHost *host = NULL;
    figure_heading("Containers");
    if (geteuid() != 0) {
        figure_skip("containers", "not root");
        return 0;
    }
    folder = make_root(argv[3], argv[1]);
    xml = make_xml("bench", folder, "wait", "");
    must(vessel_host_open(uri, NULL, &host, &err), &err, uri);
    measure_lives((Lives){.host = host, .uri = uri, .command = argv[2]}, argv, folder);
    VesselDomain *domain = create(host, xml, VESSEL_DOMAIN_START_AUTODESTROY);
    measure_exec(domain);
    destroy(domain);
    measure_many(host, folder, root);
    bool bridge = make_bridge(&err);
    if (!bridge)
        figure_skip("start with veth", vessel_error_message(err));
    measure_starts(host, folder, bridge);
    vessel_host_unref(host);
    return 0;
}
