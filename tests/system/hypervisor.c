/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hypervisor that is missing, false, silent, stopped or dead. The false ones are scripts that let
 * the real QEMU answer the questions of the probe, and misbehave at the start of a guest. */
#include "tests/lib/guest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define QEMU "/usr/bin/qemu-system-x86_64"
#define PLACE "/mnt" /* a tmpfs of the case's own that every user can search */

/* ---- false hypervisors ---- */

static void prepare_place(void)
{
    vt_need_root();
    vt_need_program("perl");
    vt_need_program("qemu-system-x86_64");
    vt_private_mounts();
    assert_int_equal(mount("vt", PLACE, "tmpfs", 0, "mode=755"), 0);
}

static char *write_program(const char *name, const char *text)
{
    char *path = g_build_filename(PLACE, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(chmod(path, 0755), 0);
    return path;
}

/* At a start it accepts the monitor's client and does @act with the connection $c. */
static char *fake(const char *name, const char *act)
{
    g_autofree char *text = g_strdup_printf(
        "#!/usr/bin/perl\n"
        "use strict; use Socket; use IO::Handle;\n"
        "my ($arg) = grep { /id=monitor/ && /server=on/ } @ARGV;\n"
        "exec { '%s' } 'qemu', @ARGV unless $arg;\n"
        "$SIG{PIPE} = 'IGNORE';\n"
        "STDERR->autoflush(1);\n"
        "my ($fd) = $arg =~ /fd=(\\d+)/;\n"
        "my $greeting = '{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, "
        "\"major\": 7},"
        " \"package\": \"\"}, \"capabilities\": [\"oob\"]}}' . \"\\r\\n\";\n"
        "sub client { open(my $l, '+<&=', $fd) or die; accept(my $c, $l) or die; $c->autoflush(1);"
        " return $c; }\n"
        "%s\n"
        "sleep 1000;\n",
        QEMU, act);
    return write_program(name, text);
}

static VesselDomain *define_with(VesselHost *host, const char *emulator)
{
    g_autofree char *xml = vt_idle_xml("guest", emulator);
    return vt_define_xml(host, xml);
}

/* A start that must fail within @limit_ms; the caller frees the error. */
static VesselError *failed_start(VesselDomain *domain, int timeout_ms, int limit_ms)
{
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    VesselError *err = NULL;
    options.timeout_ms = timeout_ms;
    int64_t began = vt_now_us();
    int code = vessel_domain_start(domain, &options, NULL, &err);
    int took = (int)((vt_now_us() - began) / 1000);
    assert_true(code < 0);
    assert_non_null(err);
    if (took > limit_ms) {
        char *text = vt_text(err);
        print_error("the failure took %d ms: %s\n", took, text);
        vessel_free(text);
    }
    assert_true(took <= limit_ms);
    return err;
}

static bool is_shut_off(void *domain)
{
    return vessel_domain_state(domain, NULL, NULL) == VESSEL_DOMAIN_SHUT_OFF;
}

/* Back to where it was: shut off, nothing in the system, no event of a life it never had. */
static void as_if_never_started(VesselHost *host, VesselDomain *domain)
{
    vt_wait(is_shut_off, domain, 5000);
    vt_nothing_left();
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.started", NULL), 0);
    /* And the same definition with a proper QEMU starts. */
    vt_undefine(domain);
    VesselDomain *proper = vt_define(host, "guest");
    vt_start(proper);
    vt_destroy(proper);
    vt_undefine(proper);
    vessel_domain_unref(proper);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void misbehaves(const char *act, int timeout_ms, int limit_ms, const int *codes,
                       const char *says, char where)
{
    prepare_place();
    g_autofree char *program = fake("qemu-false", act);
    VesselHost *host = vt_open();
    VesselDomain *domain = define_with(host, program);
    VesselError *err = failed_start(domain, timeout_ms, limit_ms);
    vt_one_of_at(err, codes, __FILE__, __LINE__);
    if (says)
        vt_says(err, where, says);
    vessel_error_free(err);
    as_if_never_started(host, domain);
}

#define CODES(...) ((const int[]){__VA_ARGS__, 0})

static void fails_at_once(void **state)
{
    (void)state;
    misbehaves("print STDERR \"cannot set up guest memory 'pc.ram': out of luck\\n\"; exit 3;",
               10000, 5000, CODES(VESSEL_ERROR_HYPERVISOR_DIED), "out of luck", 'c');
}

static void is_killed_at_once(void **state)
{
    (void)state;
    misbehaves("kill 9, $$;", 10000, 5000, CODES(VESSEL_ERROR_HYPERVISOR_DIED), NULL, 0);
}

static void never_greets(void **state)
{
    (void)state;
    misbehaves("my $c = client();", 1500, 4000,
               CODES(VESSEL_ERROR_TIMEOUT, VESSEL_ERROR_OUTCOME_UNKNOWN), "greet", 'm');
}

static void never_accepts(void **state)
{
    (void)state;
    misbehaves("", 1500, 4000, CODES(VESSEL_ERROR_TIMEOUT, VESSEL_ERROR_OUTCOME_UNKNOWN), "greet",
               'm');
}

static void greets_and_is_silent(void **state)
{
    (void)state;
    misbehaves("my $c = client(); print $c $greeting;", 1500, 4000,
               CODES(VESSEL_ERROR_TIMEOUT, VESSEL_ERROR_OUTCOME_UNKNOWN), NULL, 0);
}

static void speaks_garbage(void **state)
{
    (void)state;
    misbehaves("my $c = client(); print $c \"\\x00\\xff HTTP/1.1 200 OK\\r\\n\\r\\n\";", 10000,
               5000, CODES(VESSEL_ERROR_PROTOCOL), NULL, 0);
}

static void speaks_json_that_is_none(void **state)
{
    (void)state;
    misbehaves("my $c = client(); print $c \"[1, 2, {\\\"QMP\\\": null}]\\r\\n\";", 10000, 5000,
               CODES(VESSEL_ERROR_PROTOCOL), NULL, 0);
}

static void sends_an_endless_line(void **state)
{
    (void)state;
    misbehaves("my $c = client(); while (print $c 'x' x 65536) {}", 20000, 10000,
               CODES(VESSEL_ERROR_PROTOCOL), NULL, 0);
}

static void nests_without_end(void **state)
{
    (void)state;
    misbehaves("my $c = client(); print $c '[' x 1000000, \"\\n\";", 20000, 10000,
               CODES(VESSEL_ERROR_PROTOCOL), NULL, 0);
}

static void closes_its_monitor(void **state)
{
    (void)state;
    misbehaves("my $c = client(); print $c $greeting; close $c;", 15000, 10000,
               CODES(VESSEL_ERROR_HYPERVISOR_DIED, VESSEL_ERROR_PROTOCOL), NULL, 0);
}

static void floods_its_output(void **state)
{
    (void)state;
    misbehaves("for (1 .. 2000) { print STDERR 'y' x 10000, \"\\n\"; }"
               " select(undef, undef, undef, 0.3); print STDERR \"\\nlast words\\n\"; exit 1;",
               20000, 15000, CODES(VESSEL_ERROR_HYPERVISOR_DIED), "last words", 'c');
}

static void refuses_a_command(void **state)
{
    (void)state;
    misbehaves(
        "my $c = client(); print $c $greeting; while (my $l = <$c>) {"
        " my ($id) = $l =~ /\"id\": *(\"[^\"]*\"|\\d+)/; $id = 0 unless defined $id;"
        " print $c '{\"error\": {\"class\": \"GenericError\", \"desc\": \"not in this mood\"},"
        " \"id\": ' . $id . \"}\\r\\n\"; }",
        10000, 6000,
        CODES(VESSEL_ERROR_GUEST_REFUSED, VESSEL_ERROR_PROTOCOL, VESSEL_ERROR_HYPERVISOR_DIED),
        "not in this mood", 'c');
}

/* One that starts as it should and goes mad later. */
static void goes_mad_while_running(void **state)
{
    (void)state;
    prepare_place();
    g_autofree char *program = fake(
        "qemu-mad",
        "my $c = client(); print $c $greeting; while (my $l = <$c>) {"
        " my ($id) = $l =~ /\"id\": *(\"[^\"]*\"|\\d+)/; my $mad = $l =~ /\"cont\"/;"
        " my $r = $l =~ /query-status/ ? '{\"status\": \"running\", \"running\": true}' : '{}';"
        " print $c '{\"return\": ' . $r . ', \"id\": ' . $id . \"}\\r\\n\" if defined $id;"
        " if ($mad) { select(undef, undef, undef, 0.3); while (print $c 'x' x 65536) {} } }");
    VesselHost *host = vt_open();
    VesselDomain *domain = define_with(host, program);
    vt_start(domain);
    vt_wait(is_shut_off, domain, 10000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "failed");
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.started", NULL), 1);
    assert_int_equal(vt_count_events(events, "domain.stopped", NULL), 1);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- at the probe ---- */

static void is_missing(void **state)
{
    (void)state;
    prepare_place();
    VesselHost *host = vt_open();
    VesselDomain *domain = define_with(host, PLACE "/no-such-qemu"); /* accepted: it may come */
    VesselError *err = failed_start(domain, 0, 3000);
    vt_one_of(err, VESSEL_ERROR_MISSING_FEATURE, VESSEL_ERROR_NOT_FOUND);
    vt_says(err, 'p', "/domain/devices/emulator");
    vt_says(err, 'm', PLACE "/no-such-qemu");
    assert_non_null(vessel_error_hint(err));
    vessel_error_free(err);
    as_if_never_started(host, domain);
}

static void is_not_installed(void **state)
{
    (void)state;
    prepare_place();
    g_autofree char *nothing = write_program("nothing", "");
    assert_int_equal(chmod(nothing, 0644), 0);
    assert_int_equal(mount(nothing, QEMU, NULL, MS_BIND, NULL), 0);
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define(host, "guest");
    VesselError *err = failed_start(domain, 0, 3000);
    vt_one_of(err, VESSEL_ERROR_MISSING_FEATURE);
    vt_says(err, 'm', "QEMU");
    assert_non_null(vessel_error_hint(err));
    vessel_error_free(err);
    assert_int_equal(umount2(QEMU, MNT_DETACH), 0);
    as_if_never_started(host, domain);
}

/* Refused, at define or at start, in words that name the program. */
static void refused_by_the_probe(const char *text, int limit_ms)
{
    prepare_place();
    g_autofree char *program = write_program("qemu-wrong", text);
    g_autofree char *xml = vt_idle_xml("guest", program);
    VesselHost *host = vt_open();
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    int64_t began = vt_now_us();
    int code = vessel_domain_define(host, xml, NULL, &domain, &err);
    if (code == 0)
        code = vessel_domain_start(domain, NULL, NULL, &err);
    int took = (int)((vt_now_us() - began) / 1000);
    assert_true(code < 0);
    vt_one_of(err, VESSEL_ERROR_MISSING_FEATURE, VESSEL_ERROR_HYPERVISOR_DIED,
              VESSEL_ERROR_PROTOCOL, VESSEL_ERROR_TIMEOUT, VESSEL_ERROR_UNSUPPORTED,
              VESSEL_ERROR_INVALID_DEFINITION, VESSEL_ERROR_IO);
    vt_says(err, 'm', program);
    if (took > limit_ms)
        fail_msg("it took %d ms", took);
    vessel_error_free(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void is_no_qemu(void **state)
{
    (void)state;
    refused_by_the_probe("#!/bin/sh\necho I am no QEMU >&2\nexit 0\n", 5000);
}

static void is_no_program(void **state)
{
    (void)state;
    refused_by_the_probe("just text\n", 5000);
}

static void hangs_at_the_probe(void **state)
{
    (void)state;
    refused_by_the_probe("#!/bin/sh\nexec sleep 1000\n", 25000);
}

static void talks_nonsense_at_the_probe(void **state)
{
    (void)state;
    refused_by_the_probe(
        "#!/usr/bin/perl\nopen(my $c, '>&=', 3); syswrite $c, \"nonsense\\n\"; sleep 1000;\n",
        5000);
}

static void floods_the_probe(void **state)
{
    (void)state;
    refused_by_the_probe("#!/usr/bin/perl\nopen(my $c, '>&=', 3);\n"
                         "while (syswrite $c, 'x' x 65536) {}\nsleep 1000;\n",
                         15000);
}

static void is_too_old(void **state)
{
    (void)state;
    refused_by_the_probe(
        "#!/usr/bin/perl\nuse IO::Handle; open(my $c, '+<&=', 3); $c->autoflush(1);\n"
        "print $c '{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 1, \"minor\": 2, \"major\": 5},"
        " \"package\": \"\"}, \"capabilities\": []}}' . \"\\r\\n\";\n"
        "while (my $l = <$c>) { my ($id) = $l =~ /\"id\": *(\"[^\"]*\"|\\d+)/; next unless defined "
        "$id;\n"
        " print $c '{\"return\": [], \"id\": ' . $id . \"}\\r\\n\"; }\n",
        5000);
}

/* ---- one that dies or stands still while it runs ---- */

static void is_killed_while_running(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define(host, "guest");
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    vt_start(domain);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    assert_true(pids.guest > 0);
    kill(pids.guest, SIGKILL);
    options.timeout_ms = 3000;
    vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err);
    vt_no_error(err);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "failed");
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.stopped", NULL), 1);
    const VesselEvent *last = g_ptr_array_index(events, events->len - 1);
    assert_string_equal(vessel_event_kind(last), "domain.stopped");
    assert_string_equal(vessel_event_reason(last), "failed");
    vt_nothing_left();
    vt_start(domain);
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

#define GUESTS 3

typedef struct {
    VesselHost *host;
    VesselDomain *domains[GUESTS];
    VtPids pids[GUESTS];
} Group;

static void start_group(Group *group)
{
    vt_need_root();
    group->host = vt_open();
    for (int i = 0; i < GUESTS; i++) {
        g_autofree char *name = g_strdup_printf("guest-%d", i);
        group->domains[i] = vt_define(group->host, name);
        vt_start(group->domains[i]);
        group->pids[i] = vt_pids(vt_state(), vessel_domain_get_uuid(group->domains[i]));
        assert_true(group->pids[i].guest > 0 && group->pids[i].warden > 0);
    }
}

static void end_group(Group *group)
{
    for (int i = 0; i < GUESTS; i++) {
        vt_destroy(group->domains[i]);
        vt_gone(group->pids[i].guest, 100);
        vt_undefine(group->domains[i]);
        vessel_domain_unref(group->domains[i]);
    }
    vessel_host_unref(group->host);
    vt_nothing_left();
}

/* Everything that only looks, in a fresh program's eyes; the time it took in ms. */
static int look_at_all(void)
{
    VesselError *err = NULL;
    VesselDomain **list = NULL;
    size_t count = 0;
    int64_t began = vt_now_us();
    VesselHost *host = vt_open();
    vessel_domain_list(host, 0, &list, &count, &err);
    vt_no_error(err);
    assert_int_equal(count, GUESTS);
    for (size_t i = 0; i < count; i++) {
        VesselDomainInfo *info = NULL;
        char *xml = NULL;
        vt_expect_state(list[i], VESSEL_DOMAIN_RUNNING, "booted");
        vessel_domain_info(list[i], &info, &err);
        vt_no_error(err);
        assert_int_equal(info->state, VESSEL_DOMAIN_RUNNING);
        vessel_domain_info_free(info);
        vessel_domain_xml(list[i], 0, &xml, &err);
        vt_no_error(err);
        vessel_free(xml);
    }
    vessel_domain_list_free(list);
    vessel_host_unref(host);
    return (int)((vt_now_us() - began) / 1000);
}

/* Stats of all within the deadline; @silent is told with its age and the reason, the others fresh.
 */
static void stats_of_all(Group *group, int silent)
{
    VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
    VesselStats **stats = NULL;
    VesselError *err = NULL;
    size_t count = 0;
    options.timeout_ms = 500;
    int64_t began = vt_now_us();
    vessel_host_stats(group->host, &options, &stats, &count, &err);
    vt_no_error(err);
    int took = (int)((vt_now_us() - began) / 1000);
    if (took > 900)
        fail_msg("stats took %d ms with a deadline of 500", took);
    assert_int_equal(count, GUESTS);
    for (int i = 0; i < GUESTS; i++) {
        bool is_silent = i == silent;
        if (is_silent != (vessel_stats_age_ms(stats[i]) > 0) ||
            (is_silent && !vessel_stats_error(stats[i])))
            fail_msg("item %d: age %d ms, %s", i, (int)vessel_stats_age_ms(stats[i]),
                     vt_text(vessel_stats_error(stats[i])));
        assert_true(vessel_stats_find(stats[i], "state.state") >= 0);
    }
    vessel_stats_list_free(stats);
}

/* For vt_wait(): every guest of the Group answers. */
static bool all_answer(void *data)
{
    Group *group = data;
    VesselStats **stats = NULL;
    VesselError *err = NULL;
    size_t count = 0, answers = 0;
    vessel_host_stats(group->host, NULL, &stats, &count, &err);
    vt_no_error(err);
    for (size_t i = 0; i < count; i++)
        answers += vessel_stats_age_ms(stats[i]) == 0;
    vessel_stats_list_free(stats);
    return answers == GUESTS;
}

static void stands_still_while_listed(void **state)
{
    Group group = {0};
    (void)state;
    start_group(&group);
    stats_of_all(&group, -1);
    look_at_all();
    kill(group.pids[1].guest, SIGSTOP);
    int took = look_at_all();
    if (took > 300)
        fail_msg("list, state, info and XML took %d ms", took);
    g_usleep(20000);
    stats_of_all(&group, 1);
    int64_t began = vt_now_us();
    stats_of_all(&group, 1); /* known to be silent: not waited for */
    took = (int)((vt_now_us() - began) / 1000);
    if (took > 250)
        fail_msg("stats took %d ms with a guest known to be silent", took);
    kill(group.pids[1].guest, SIGCONT);
    vt_wait(all_answer, &group, 20000);
    end_group(&group);
}

/* A command to a guest that stands still: unknown outcome, told which; the next is told who has it;
 * destroy is always allowed. */
static void stands_still_when_asked(void **state)
{
    Group group = {0};
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    (void)state;
    start_group(&group);
    kill(group.pids[0].guest, SIGSTOP);
    options.timeout_ms = 500;
    int64_t began = vt_now_us();
    vessel_domain_suspend(group.domains[0], &options, &err);
    vt_one_of(err, VESSEL_ERROR_OUTCOME_UNKNOWN);
    assert_true(vt_now_us() - began < 1500000);
    assert_int_equal(vessel_error_outcome(err), VESSEL_OUTCOME_UNKNOWN);
    vt_says(err, 'm', "suspend"); /* what is pending, and on which */
    vt_says(err, 'm', "guest-0");
    g_clear_pointer(&err, vessel_error_free);
    vessel_domain_reset(group.domains[0], &options, &err);
    vt_one_of(err, VESSEL_ERROR_BUSY);
    vt_says(err, 'm', "domain \"guest-0\" is busy");
    vt_says(err, 'w', "domain_suspend");
    g_clear_pointer(&err, vessel_error_free);
    vt_expect_state(group.domains[0], VESSEL_DOMAIN_RUNNING, NULL);
    began = vt_now_us();
    vt_destroy(group.domains[0]);
    assert_true(vt_now_us() - began < 5000000);
    vt_gone(group.pids[0].guest, 100);
    vt_start(group.domains[0]);
    group.pids[0] = vt_pids(vt_state(), vessel_domain_get_uuid(group.domains[0]));

    /* And one that comes to itself again: the late result is an event. */
    kill(group.pids[1].guest, SIGSTOP);
    vessel_domain_suspend(group.domains[1], &options, &err);
    vt_one_of(err, VESSEL_ERROR_OUTCOME_UNKNOWN);
    g_clear_pointer(&err, vessel_error_free);
    kill(group.pids[1].guest, SIGCONT);
    options.timeout_ms = 5000;
    vessel_domain_wait(group.domains[1], VESSEL_DOMAIN_PAUSED, &options, &err);
    vt_no_error(err);
    g_autoptr(GPtrArray) events = vt_events(group.host);
    assert_int_equal(
        vt_count_events(events, "domain.suspended", vessel_domain_get_uuid(group.domains[1])), 1);
    vessel_domain_resume(group.domains[1], &options, &err);
    vt_no_error(err);
    end_group(&group);
}

static void warden_stands_still(void **state)
{
    Group group = {0};
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    (void)state;
    start_group(&group);
    stats_of_all(&group, -1);
    kill(group.pids[2].warden, SIGSTOP);
    int took = look_at_all();
    if (took > 300)
        fail_msg("list, state, info and XML took %d ms", took);
    stats_of_all(&group, 2);
    VesselError *err = NULL;
    options.timeout_ms = 500;
    vessel_domain_suspend(group.domains[2], &options, &err);
    vt_one_of(err, VESSEL_ERROR_TIMEOUT, VESSEL_ERROR_OUTCOME_UNKNOWN);
    vessel_error_free(err);
    err = NULL;
    options.timeout_ms = 3000;
    int64_t began = vt_now_us();
    vessel_domain_destroy(group.domains[2], &options, &err);
    vt_no_error(err);
    assert_true(vt_now_us() - began < 4000000);
    vt_gone(group.pids[2].guest, 100);
    vt_gone(group.pids[2].warden, 1000);
    vt_expect_state(group.domains[2], VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    vt_start(group.domains[2]);
    group.pids[2] = vt_pids(vt_state(), vessel_domain_get_uuid(group.domains[2]));
    end_group(&group);
}

/* ---- one from elsewhere ---- */

static bool sees(pid_t guest, const char *path)
{
    g_autofree char *seen = g_strdup_printf("/proc/%d/root%s", (int)guest, path);
    return access(seen, F_OK) == 0;
}

/* It sees itself and its data, and nothing else that lies there. */
static void lies_among_secrets(void **state)
{
    (void)state;
    prepare_place();
    assert_int_equal(system("set -e; cd " PLACE "; mkdir -p opt/bin opt/lib opt/share;"
                            "ln -s /usr/lib/x86_64-linux-gnu opt/lib/; mkdir opt/lib/qemu;"
                            "cp " QEMU " opt/bin/qemu; ln -s /usr/share/qemu opt/share/qemu;"
                            "ln -s /usr/share/seabios opt/share/seabios;"
                            "echo s >opt/bin/secret; echo s >opt/lib/secret; echo s >opt/secret"),
                     0);
    VesselHost *host = vt_open();
    VesselDomain *domain = define_with(host, PLACE "/opt/bin/qemu");
    vt_start(domain);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    assert_true(sees(pids.guest, PLACE "/opt/bin/qemu"));
    assert_true(sees(pids.guest, PLACE "/opt/lib/qemu"));
    assert_true(sees(pids.guest, PLACE "/opt/share/seabios"));
    assert_false(sees(pids.guest, PLACE "/opt/bin/secret"));
    assert_false(sees(pids.guest, PLACE "/opt/lib/secret"));
    assert_false(sees(pids.guest, PLACE "/opt/secret"));
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- while no warden lived ---- */

static void dies_without_a_warden(void **state)
{
    Group group = {0};
    (void)state;
    start_group(&group);
    kill(group.pids[0].warden, SIGKILL);
    vt_gone(group.pids[0].warden, 2000);
    kill(group.pids[0].guest, SIGKILL);
    vt_gone(group.pids[0].guest, 2000);
    vt_expect_state(group.domains[0], VESSEL_DOMAIN_SHUT_OFF, "failed");
    vt_start(group.domains[0]);
    g_autoptr(GPtrArray) events = vt_events(group.host);
    const char *uuid = vessel_domain_get_uuid(group.domains[0]);
    assert_int_equal(vt_count_events(events, "domain.stopped", uuid), 1);
    assert_int_equal(vt_count_events(events, "domain.started", uuid), 2);
    assert_true(vt_count_events(events, "host.gap", NULL) >= 1);
    group.pids[0] = vt_pids(vt_state(), uuid);
    end_group(&group);
}

/* The guest lives: the next call that needs it gets another warden, and the guest notices nothing.
 */
static void lives_without_a_warden(void **state)
{
    Group group = {0};
    VesselError *err = NULL;
    (void)state;
    start_group(&group);
    for (int round = 0; round < 3; round++) {
        kill(group.pids[0].warden, SIGKILL);
        vt_gone(group.pids[0].warden, 2000);
        vt_expect_state(group.domains[0], VESSEL_DOMAIN_RUNNING, NULL);
        vessel_domain_suspend(group.domains[0], NULL, &err);
        vt_no_error(err);
        vessel_domain_resume(group.domains[0], NULL, &err);
        vt_no_error(err);
        VtPids now = vt_pids(vt_state(), vessel_domain_get_uuid(group.domains[0]));
        assert_int_equal(now.guest, group.pids[0].guest);
        assert_int_not_equal(now.warden, group.pids[0].warden);
        group.pids[0] = now;
    }
    g_autoptr(GPtrArray) events = vt_events(group.host);
    const char *uuid = vessel_domain_get_uuid(group.domains[0]);
    assert_int_equal(vt_count_events(events, "domain.started", uuid), 1);
    assert_int_equal(vt_count_events(events, "domain.stopped", uuid), 0);
    end_group(&group);
}

/* "p" on its serial port powers the boot sector off. */
static void press_p(const char *uuid)
{
    g_autofree char *dir = g_build_filename(vt_state(), "run/domains", uuid, NULL);
    vessel_autofd int folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    vessel_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(folder >= 0 && fd >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/serial0.sock", folder);
    for (int i = 0; connect(fd, (struct sockaddr *)&address, sizeof address) < 0; i++) {
        assert_true(i < 200);
        g_usleep(10000);
    }
    for (int i = 0; i < 20; i++, g_usleep(50000))
        if (send(fd, "p", 1, MSG_NOSIGNAL) < 0)
            break;
}

static void powers_off_without_a_warden(void **state)
{
    (void)state;
    vt_need_root();
    g_autofree char *xml = vt_bootsect_xml("guest");
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define_xml(host, xml);
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    vt_start(domain);
    const char *uuid = vessel_domain_get_uuid(domain);
    VtPids pids = vt_pids(vt_state(), uuid);
    g_usleep(1000000); /* until its boot sector runs */
    kill(pids.warden, SIGKILL);
    vt_gone(pids.warden, 2000);
    press_p(uuid);
    options.timeout_ms = 8000;
    vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err);
    vt_no_error(err);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_gone(pids.guest, 3000);
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.stopped", uuid), 1);
    vt_start(domain);
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails_at_once),
        cmocka_unit_test(is_killed_at_once),
        cmocka_unit_test(never_greets),
        cmocka_unit_test(never_accepts),
        cmocka_unit_test(greets_and_is_silent),
        cmocka_unit_test(speaks_garbage),
        cmocka_unit_test(speaks_json_that_is_none),
        cmocka_unit_test(sends_an_endless_line),
        cmocka_unit_test(nests_without_end),
        cmocka_unit_test(closes_its_monitor),
        cmocka_unit_test(floods_its_output),
        cmocka_unit_test(refuses_a_command),
        cmocka_unit_test(goes_mad_while_running),
        cmocka_unit_test(is_missing),
        cmocka_unit_test(is_not_installed),
        cmocka_unit_test(is_no_qemu),
        cmocka_unit_test(is_no_program),
        cmocka_unit_test(hangs_at_the_probe),
        cmocka_unit_test(talks_nonsense_at_the_probe),
        cmocka_unit_test(floods_the_probe),
        cmocka_unit_test(is_too_old),
        cmocka_unit_test(is_killed_while_running),
        cmocka_unit_test(stands_still_while_listed),
        cmocka_unit_test(stands_still_when_asked),
        cmocka_unit_test(warden_stands_still),
        cmocka_unit_test(lies_among_secrets),
        cmocka_unit_test(dies_without_a_warden),
        cmocka_unit_test(lives_without_a_warden),
        cmocka_unit_test(powers_off_without_a_warden),
    };
    return vt_main(tests);
}
