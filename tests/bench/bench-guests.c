/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What running guests cost, beside the same QEMU started by hand. Needs the guest's kernel and
 * initramfs (tests/guest). */
#include "base/file.h"
#include "bench/figure.h"
#include "bench/hand.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vessel/vessel.h>

#define STARTS 15
#define RUNNING 30

static const char *scratch, *guest;
static char *root;

static void must(int result, VesselError **err, const char *what)
{
    if (result >= 0)
        return;
    g_autofree char *text = vessel_error_text(*err);
    bench_die("%s: %s", what, text ? text : "failed");
}

static VesselDomain *define(VesselHost *host, int number)
{
    g_autofree char *xml = g_strdup_printf(
        "<domain type='emulator'><name>bench-%02d</name><memory "
        "unit='MiB'>128</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64' machine='q35'>hvm</type><kernel>%s/vmlinuz</kernel>"
        "<initrd>%s/initrd.img</initrd><cmdline>console=ttyS0</cmdline></os><features><acpi/></"
        "features>"
        "<devices><serial type='pty'/><memballoon model='none'/></devices></domain>",
        number, guest, guest);
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    must(vessel_domain_define(host, xml, NULL, &domain, &err), &err, "define");
    return domain;
}

/* Tied to this program, so that nothing runs on when it is interrupted. */
static void start(VesselDomain *domain, uint32_t flags)
{
    VesselError *err = NULL;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    options.flags = flags | VESSEL_DOMAIN_START_AUTODESTROY;
    must(vessel_domain_start(domain, &options, NULL, &err), &err, "start");
}

static VesselJson *read_json(VesselDomain *domain, const char *name)
{
    g_autofree char *path =
        g_strdup_printf("%s/run/domains/%s/%s", root, vessel_domain_get_uuid(domain), name);
    g_autofree char *text = NULL;
    size_t length;
    VesselJson *json = NULL;
    if (vessel__read_file(AT_FDCWD, path, 1 << 20, &text, &length, NULL) < 0 ||
        vessel__json_parse(text, length, NULL, name, &json, NULL) < 0)
        bench_die("%s: cannot be read", path);
    return json;
}

static void run_once(VesselHost *host)
{
    VesselError *err = NULL;
    VesselDomain *domain = define(host, 0);
    start(domain, 0);
    must(vessel_domain_destroy(domain, NULL, &err), &err, "destroy");
    vessel_domain_unref(domain);
}

static void measure_start(VesselHost *host)
{
    Sample starts = {0}, destroy = {0}, hand_starts = {0}, hand_term = {0};
    VesselError *err = NULL;
    VesselDomain *domain = define(host, 0);
    g_autoptr(VesselJson) plan = NULL;
    for (int i = -1; i < STARTS; i++) { /* one to warm up */
        Hand hand;
        int64_t a = clock_ns();
        start(domain, 0);
        int64_t b = clock_ns();
        g_clear_pointer(&plan, vessel__json_free);
        plan = read_json(domain, "plan.json");
        int64_t c = clock_ns();
        must(vessel_domain_destroy(domain, NULL, &err), &err, "destroy");
        int64_t d = clock_ns();
        hand_start(vessel__json_get(plan, "plan"), guest, scratch, &hand);
        int64_t e = clock_ns();
        hand_end(&hand, SIGTERM);
        int64_t f = clock_ns();
        if (i < 0)
            continue;
        sample_add(&starts, b - a);
        sample_add(&destroy, d - c);
        sample_add(&hand_starts, e - d);
        sample_add(&hand_term, f - e);
    }
    figure("start a VM (q35, kernel + initrd, 128 MiB)", "ms", sample_median(&starts), "by hand",
           sample_median(&hand_starts), "<= 1.25 x");
    figure("destroy a VM", "ms", sample_median(&destroy), "SIGTERM by hand",
           sample_median(&hand_term), "<= by hand + 3 ms");
    vessel_domain_unref(domain);
}

static void measure_latency(VesselHost *host)
{
    Sample latency = {0}, hand_kill = {0};
    VesselError *err = NULL;
    VesselDomain *domain = define(host, 0);
    for (int i = 0; i < STARTS; i++) {
        Hand hand;
        VesselEventStream *stream = NULL;
        VesselEvent *event = NULL;
        start(domain, 0);
        VesselEventOptions options = VESSEL_EVENT_OPTIONS_INIT;
        options.kind = "domain.stopped";
        must(vessel_host_subscribe(host, &options, &stream, &err), &err, "subscribe");
        g_autoptr(VesselJson) state = read_json(domain, "state.json");
        g_autoptr(VesselJson) plan = read_json(domain, "plan.json");
        pid_t pid = (pid_t)vessel__json_int(vessel__json_path(state, "guest", "pid", NULL), 0);
        int64_t before = clock_ns();
        if (pid <= 1 || kill(pid, SIGKILL))
            bench_die("the guest's process cannot be killed");
        must(vessel_event_stream_next(stream, 10000, &event, &err), &err, "event");
        sample_add(&latency, clock_ns() - before);
        if (!event)
            bench_die("no event came");
        vessel_event_free(event);
        vessel_event_stream_unref(stream);
        hand_start(vessel__json_get(plan, "plan"), guest, scratch, &hand);
        int64_t killed = clock_ns();
        hand_end(&hand, SIGKILL);
        sample_add(&hand_kill, clock_ns() - killed);
    }
    figure("guest is killed -> the program has the event", "ms", sample_median(&latency),
           "SIGKILL by hand", sample_median(&hand_kill), "<= 5 ms");
    vessel_domain_unref(domain);
}

static double measure_stats(VesselHost *host, size_t expected)
{
    Sample sample = {0};
    for (int i = 0; i < 11; i++) {
        VesselStats **list = NULL;
        VesselError *err = NULL;
        size_t count = 0;
        VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
        options.timeout_ms = 2000;
        options.filter = VESSEL_DOMAIN_LIST_ACTIVE;
        int64_t before = clock_ns();
        must(vessel_host_stats(host, &options, &list, &count, &err), &err, "stats");
        if (i) /* the first meets guests that still boot, or finds out who is silent */
            sample_add(&sample, clock_ns() - before);
        if (count != expected)
            bench_die("stats of %zu domains, expected %zu", count, expected);
        vessel_stats_list_free(list);
    }
    return sample_median(&sample);
}

static double measure_list(VesselHost *host)
{
    Sample sample = {0};
    for (int i = 0; i < 31; i++) {
        VesselDomain **list = NULL;
        VesselError *err = NULL;
        size_t count = 0;
        int64_t before = clock_ns();
        must(vessel_domain_list(host, VESSEL_DOMAIN_LIST_ACTIVE, &list, &count, &err), &err,
             "list");
        for (size_t j = 0; j < count; j++)
            must(vessel_domain_state(list[j], NULL, &err), &err, "state");
        sample_add(&sample, clock_ns() - before);
        vessel_domain_list_free(list);
    }
    return sample_median(&sample);
}

/* The same questions to the same number of guests, straight to their monitors, all sent at once. */
static double measure_direct(const VesselJson *plan)
{
    static const char *const questions[] = {"query-blockstats", "query-cpus-fast", "query-status",
                                            NULL};
    Hand hands[RUNNING];
    Sample sample = {0};
    for (int i = 0; i < RUNNING; i++)
        hand_start(plan, guest, scratch, &hands[i]);
    for (int round = 0; round < 11; round++) {
        int64_t before = clock_ns();
        for (int i = 0; i < RUNNING; i++)
            hand_send(&hands[i], questions);
        for (int i = 0; i < RUNNING; i++)
            hand_await(&hands[i], 3);
        if (round)
            sample_add(&sample, clock_ns() - before);
    }
    for (int i = 0; i < RUNNING; i++)
        hand_end(&hands[i], SIGKILL);
    return sample_median(&sample);
}

static void measure_many(VesselHost *host)
{
    VesselDomain *domains[RUNNING];
    VesselError *err = NULL;
    Sample wardens = {0};
    for (int i = 0; i < RUNNING; i++) {
        domains[i] = define(host, i);
        start(domains[i],
              VESSEL_DOMAIN_START_PAUSED); /* 30 booting kernels would be measured otherwise */
    }
    g_autoptr(VesselJson) plan = read_json(domains[0], "plan.json");
    double stats = measure_stats(host, RUNNING), list = measure_list(host);
    for (int i = 0; i < RUNNING; i++) {
        g_autoptr(VesselJson) state = read_json(domains[i], "state.json");
        sample_add(&wardens, private_dirty((pid_t)vessel__json_int(
                                 vessel__json_path(state, "warden", "pid", NULL), 0)));
    }
    g_autoptr(VesselJson) state = read_json(domains[RUNNING - 1], "state.json");
    pid_t silent = (pid_t)vessel__json_int(vessel__json_path(state, "guest", "pid", NULL), 0);
    kill(silent, SIGSTOP);
    double stats_silent = measure_stats(host, RUNNING), list_silent = measure_list(host);
    kill(silent, SIGCONT);
    double direct = measure_direct(vessel__json_get(plan, "plan"));
    figure("stats of 30 VMs, one call", "ms", stats, "direct QMP", direct, "<= 2 x");
    figure("the same, one of them stopped dead", "ms", stats_silent, "none stopped", stats,
           "<= 1.1 x");
    figure("list and state of 30, one stopped dead", "ms", list_silent, "none stopped", list,
           "<= 1.1 x");
    figure("Private_Dirty of a warden", "KiB", sample_median(&wardens), NULL, 0, "<= 614 KiB");
    for (int i = 0; i < RUNNING; i++) {
        must(vessel_domain_destroy(domains[i], NULL, &err), &err, "destroy");
        vessel_domain_unref(domains[i]);
    }
}

static double probe_once(int number)
{
    VesselError *err = NULL;
    VesselHost *host = NULL;
    char *xml = NULL;
    g_autofree char *uri = g_strdup_printf("local:?root=%s/probe-%d", scratch, number);
    must(vessel_host_open(uri, NULL, &host, &err), &err, uri);
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    spec.type = "emulator";
    int64_t before = clock_ns();
    must(vessel_host_domain_capabilities(host, &spec, &xml, &err), &err, "domain capabilities");
    double took = clock_ns() - before;
    vessel_free(xml);
    vessel_host_unref(host);
    return took;
}

/* Each in a process of its own: what was probed is remembered by the process. */
static void measure_probe(void)
{
    Sample probe = {0};
    for (int i = 0; i < 7; i++) {
        int ends[2];
        double took;
        if (pipe(ends))
            bench_die("no pipe");
        pid_t child = fork();
        if (child == 0) {
            took = probe_once(i);
            _exit(write(ends[1], &took, sizeof took) != sizeof took);
        }
        close(ends[1]);
        if (child < 0 || read(ends[0], &took, sizeof took) != sizeof took ||
            waitpid(child, NULL, 0) != child)
            bench_die("the probe failed");
        close(ends[0]);
        sample_add(&probe, took);
    }
    figure("first use of a QEMU binary (probe)", "ms", sample_median(&probe), NULL, 0, "<= 120 ms");
}

int main(int argc, char **argv)
{
    if (argc != 3)
        bench_die("usage: bench-guests GUEST-DIRECTORY EMPTY-DIRECTORY");
    guest = argv[1];
    scratch = argv[2];
    root = g_build_filename(scratch, "root", NULL);
    g_autofree char *uri = g_strdup_printf("local:?root=%s", root);
    VesselError *err = NULL;
    VesselHost *host = NULL;
    figure_heading("Guests");
    measure_probe();
    double before = private_dirty(getpid());
    must(vessel_host_open(uri, NULL, &host, &err), &err, uri);
    run_once(host);
    figure("Private_Dirty added to the program", "KiB", private_dirty(getpid()) - before, NULL, 0,
           "<= 1024 KiB");
    measure_start(host);
    measure_latency(host);
    measure_many(host);
    vessel_host_unref(host);
    return 0;
}
