/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A runtime directory that outlived what it tells of: a reboot, the restart of a container under
 * the same boot id, numbers of processes that are others' by now. */
#include "base/json.h"
#include "sys/cgroup.h"
#include "tests/lib/guest.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static VesselError *cannot_open(const char *dir, int code)
{
    g_autofree char *uri = vt_uri(dir);
    VesselHost *host = NULL;
    VesselError *err = NULL;
    int64_t began = vt_now_us();
    assert_int_equal(vessel_host_open(uri, NULL, &host, &err), code);
    assert_true(vt_now_us() - began < 5000000);
    assert_null(host);
    vt_one_of(err, code);
    return err;
}

static VesselDomain *lookup(VesselHost *host, const char *name)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_lookup_by_name(host, name, &domain, &err);
    vt_no_error(err);
    return domain;
}

static void edit(const char *path, const char *from, const char *to)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(text, from, -1);
    assert_true(g_strv_length(parts) > 1);
    g_autofree char *changed = g_strjoinv(to, parts);
    assert_true(g_file_set_contents(path, changed, -1, NULL));
    assert_int_equal(chmod(path, 0600), 0);
}

typedef struct {
    char uuid[40];
    char *state_file, *boot_file, *boot_id;
    VtPids pids;
    char *epoch;
} Life;

static void start_life(Life *life)
{
    vt_need_root();
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define(host, "guest");
    VesselEventStream *stream = NULL;
    VesselError *err = NULL;
    uint64_t number;
    vt_start(domain);
    g_strlcpy(life->uuid, vessel_domain_get_uuid(domain), sizeof life->uuid);
    vessel_host_subscribe(host, NULL, &stream, &err);
    vt_no_error(err);
    vessel_event_stream_place(stream, &life->epoch, &number, &err);
    vt_no_error(err);
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    life->state_file = g_build_filename(vt_state(), "run/domains", life->uuid, "state.json", NULL);
    life->boot_file = g_build_filename(vt_state(), "run/boot", NULL);
    life->pids = vt_pids(vt_state(), life->uuid);
    assert_true(life->pids.warden > 0 && life->pids.guest > 0);
    assert_true(g_file_get_contents("/proc/sys/kernel/random/boot_id", &life->boot_id, NULL, NULL));
    g_strchomp(life->boot_id);
}

/* As a power cut or the end of a container does it. */
static void kill_all(const Life *life)
{
    kill(life->pids.warden, SIGSTOP); /* so that it tells nobody */
    kill(life->pids.guest, SIGKILL);
    kill(life->pids.warden, SIGKILL);
    vt_gone(life->pids.guest, 2000);
    vt_gone(life->pids.warden, 2000);
}

/* It is shut off, starts again, and nothing stands in the way. */
static void goes_on_with(const Life *life)
{
    VesselHost *host = vt_open();
    VesselDomain *domain = lookup(host, "guest");
    VesselError *err = NULL;
    int id = 0;
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
    vessel_domain_id(domain, &id, &err);
    vt_no_error(err);
    assert_int_equal(id, -1);
    vessel_domain_destroy(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vt_start(domain);
    VtPids now = vt_pids(vt_state(), life->uuid);
    assert_int_not_equal(now.guest, life->pids.guest);
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void goes_on(const Life *life)
{
    goes_on_with(life);
    vt_nothing_left();
}

#define OTHER_BOOT "11111111-2222-4333-8444-555555555555"

static void after_a_reboot(void **state)
{
    Life life = {{0}};
    (void)state;
    start_life(&life);
    kill_all(&life);
    edit(life.state_file, life.boot_id, OTHER_BOOT);
    edit(life.boot_file, life.boot_id, OTHER_BOOT);
    VesselHost *host = vt_open();
    VesselEventOptions options = VESSEL_EVENT_OPTIONS_INIT;
    VesselEventStream *stream = NULL;
    VesselEvent *event = NULL;
    VesselError *err = NULL;
    options.epoch = life.epoch; /* a reader from before */
    options.number = 1;
    vessel_host_subscribe(host, &options, &stream, &err);
    vt_no_error(err);
    assert_int_equal(vessel_event_stream_next(stream, 1000, &event, &err), 1);
    assert_string_equal(vessel_event_kind(event), "host.gap");
    vessel_event_free(event);
    vessel_event_stream_unref(stream);
    vessel_host_unref(host);
    goes_on(&life);
    g_autofree char *stale = g_build_filename(vt_state(), "run/stale", NULL);
    assert_int_not_equal(access(stale, F_OK), 0);
}

/* The state of another boot, in a runtime directory of this one. */
static void state_of_another_boot(void **state)
{
    Life life = {{0}};
    (void)state;
    start_life(&life);
    kill_all(&life);
    edit(life.state_file, life.boot_id, OTHER_BOOT);
    goes_on(&life);
}

/* A guest that lives is never taken for one of another boot. */
static void boot_id_of_another_machine(void **state)
{
    Life life = {{0}};
    (void)state;
    start_life(&life);
    edit(life.boot_file, life.boot_id, OTHER_BOOT);
    VesselError *err = cannot_open(vt_state(), VESSEL_ERROR_INCOMPATIBLE);
    vt_says(err, 'p', vt_state());
    assert_non_null(vessel_error_hint(err));
    vessel_error_free(err);
    edit(life.boot_file, OTHER_BOOT, life.boot_id);
    VesselHost *host = vt_open();
    VesselDomain *domain = lookup(host, "guest");
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, "booted");
    vt_destroy(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    goes_on(&life);
}

/* The same boot id, no process, and pids of a PID namespace that is gone. */
static void after_a_container_restart(void **state)
{
    Life life = {{0}};
    struct stat st;
    (void)state;
    start_life(&life);
    kill_all(&life);
    assert_int_equal(stat("/proc/self/ns/pid", &st), 0);
    g_autofree char *mine = g_strdup_printf("%lu", (unsigned long)st.st_ino);
    edit(life.state_file, mine, "4026599999");
    goes_on(&life);
}

static void after_a_container_restart_without_namespace(void **state)
{
    Life life = {{0}};
    (void)state;
    start_life(&life);
    kill_all(&life);
    goes_on(&life);
}

static pid_t innocent(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return pid;
}

static void replace_pid(const char *file, pid_t old, pid_t new)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_autofree char *pattern = g_strdup_printf("\"pid\"\\s*:\\s*%d\\b", old);
    g_autofree char *with = g_strdup_printf("\"pid\":%d", new);
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    assert_true(g_regex_match(regex, text, 0, NULL));
    g_autofree char *changed = g_regex_replace_literal(regex, text, -1, 0, with, 0, NULL);
    assert_true(g_file_set_contents(file, changed, -1, NULL));
    assert_int_equal(chmod(file, 0600), 0);
}

/* Processes of that number live, and are others: nobody touches them. */
static void with_reused_pids(void **state)
{
    Life life = {{0}};
    (void)state;
    start_life(&life);
    kill_all(&life);
    pid_t first = innocent(), second = innocent();
    replace_pid(life.state_file, life.pids.warden, first);
    replace_pid(life.state_file, life.pids.guest, second);
    goes_on(&life);
    assert_int_not_equal(vt_process_state(first), 'Z');
    assert_int_not_equal(vt_process_state(second), 'Z');
    kill(first, SIGKILL);
    kill(second, SIGKILL);
    waitpid(first, NULL, 0);
    waitpid(second, NULL, 0);
}

static VesselCgroup *groups_of(const Life *life)
{
    g_autofree char *text = NULL;
    g_autoptr(VesselJson) live = NULL;
    VesselCgroup *group = NULL;
    VesselError *err = NULL;
    assert_true(g_file_get_contents(life->state_file, &text, NULL, NULL));
    vessel__json_parse(text, strlen(text), NULL, life->state_file, &live, &err);
    vt_no_error(err);
    const VesselJson *record = vessel__json_get(live, "cgroup");
    if (record)
        vessel__cgroup_open(record, &group, &err);
    vt_no_error(err);
    return group;
}

/* A state file that makes no sense is no reason to fail at anything. What it said of control groups
 * nobody else knows. */
static void with_a_damaged_state(void **state)
{
    static const char *const texts[] = {"",
                                        "{",
                                        "[]",
                                        "null",
                                        "{\"version\": 1}",
                                        "{\"version\": 1, \"state\": \"running\", \"warden\": 7}"};
    Life life = {{0}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        start_life(&life);
        kill_all(&life);
        g_autoptr(VesselCgroup) groups = groups_of(&life);
        assert_true(g_file_set_contents(life.state_file, texts[i], -1, NULL));
        goes_on_with(&life);
        if (groups)
            assert_int_equal(vessel__cgroup_remove(groups, vessel__deadline_after(2000), NULL), 0);
        vt_nothing_left();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_reboot),
        cmocka_unit_test(state_of_another_boot),
        cmocka_unit_test(boot_id_of_another_machine),
        cmocka_unit_test(after_a_container_restart),
        cmocka_unit_test(after_a_container_restart_without_namespace),
        cmocka_unit_test(with_reused_pids),
        cmocka_unit_test(with_a_damaged_state),
    };
    return vt_main(tests);
}
