/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dispatch and jobs, with a driver that does what the test says: waits, fails, lacks slots, has an
 * XML namespace of its own. It takes the place of the tables that configure made. */
#include "core/driver.h"
#include "core/operations.h"
#include "core/states.h"
#include "model/domain-shape.h"
#include "model/namespaces.h"
#include "tests/lib/vt.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <vessel/vessel.h>

/* ---- the driver ---- */

static _Atomic bool hold;         /* slots wait until it is false */
static const char *_Atomic only;  /* and only those of this operation; NULL: all */
static _Atomic bool deaf;         /* and do not look at `cancelled` */
static _Atomic int inside, calls; /* slots under way, and ever */
static _Atomic int fail_with;

static int slot(VesselGuest *guest, VesselError **err)
{
    VesselOperation *operation = guest->operation;
    inside++;
    calls++;
    if (operation->progress)
        operation->progress(operation->data, 50, "holding");
    while (hold && (!only || g_str_equal(only, operation->name))) {
        if (!deaf && operation->cancelled && operation->cancelled(operation->data)) {
            inside--;
            return vessel__fail(err, VESSEL_ERROR_CANCELLED, "cancelled in the slot");
        }
        g_usleep(1000);
    }
    inside--;
    return fail_with ? vessel__fail(err, fail_with, "as the test says") : VESSEL_OK;
}

/* <probe:pace speed='7'/> */
typedef struct {
    VesselNumber speed;
    GPtrArray *unknown;
    int *lines;
} Probe;

static const VesselRow probe_rows[] = {
    VESSEL_NUMBER(Probe, speed, "pace/@speed", 1, 9, VESSEL_ROW_NEEDED, "how fast it goes"),
    {.path = NULL},
};
static const VesselTable probe_table = VESSEL_ROOT_TABLE(Probe, "probe", probe_rows);
static const VesselNamespace probe_namespace = {
    "urn:probe", "probe", &vessel__domain_table, &probe_table, "what is said to the probe",
};
const VesselNamespace *const vessel__driver_namespaces[] = {&probe_namespace, NULL};

static _Atomic uint64_t speed; /* of the guest that was started last */

static int probe_start(VesselGuest *guest, const VesselStartArgs *args, VesselError **err)
{
    const Probe *own = vessel__namespace_get(&probe_namespace, guest->def);
    speed = own ? own->speed.value : 0;
    (void)args;
    assert_true(guest->id >= 1);
    assert_non_null(guest->def);
    return slot(guest, err);
}

static int probe_changed(VesselGuest *guest, const char *xml, const char *kind, VesselError **err)
{
    assert_non_null(strstr(xml, "<domain"));
    assert_true(*kind);
    return slot(guest, err);
}

static int probe_renamed(VesselGuest *guest, const char *name, VesselError **err)
{
    assert_true(*name);
    return slot(guest, err);
}

static int probe_console(VesselGuest *guest, const char *device, unsigned flags, int *fd,
                         VesselError **err)
{
    (void)device;
    (void)flags;
    *fd = -1;
    return slot(guest, err);
}

static int probe_exec(VesselGuest *guest, const char *const *argv, const VesselExecOptions *options,
                      VesselExecChannel *channel, VesselError **err)
{
    (void)channel;
    assert_string_equal(argv[0], "true");
    assert_int_equal(options->stdin_fd, -1);
    return slot(guest, err);
}

static int probe_copy(VesselGuest *guest, const VesselCopy *copy, char **notes, VesselError **err)
{
    assert_string_equal(copy->local, "/here");
    assert_string_equal(copy->inside, "/there");
    *notes = NULL;
    return slot(guest, err);
}

static int probe_change(VesselGuest *guest, const VesselChange *change, VesselError **err)
{
    assert_non_null(change->to);
    return slot(guest, err);
}

static void probe_collect(VesselGuest *const *guests, VesselStatsSink *const *sinks, size_t count,
                          unsigned groups, VesselDeadline deadline)
{
    g_autoptr(VesselError) err = NULL;
    (void)deadline;
    assert_false(groups & VESSEL_STATS_STATE);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(guests[i]->def);
        vessel__stats_put_u64(sinks[i], "cpu.time", 7);
    }
    vessel__fail(&err, VESSEL_ERROR_IO, "cannot be read");
    vessel__stats_put_error(sinks[0], "balloon.rss", err);
}

static const VesselLifecycleOps all_lifecycle = {
    .size = sizeof(VesselLifecycleOps),
    .start = probe_start,
    .shutdown = slot,
    .destroy = slot,
    .reboot = slot,
    .reset = slot,
    .suspend = slot,
    .resume = slot,
    .definition_changed = probe_changed,
    .renamed = probe_renamed,
};
static const VesselConsoleOps all_console = {sizeof(VesselConsoleOps), probe_console};
static const VesselExecOps all_exec = {sizeof(VesselExecOps), probe_exec, probe_copy};
static const VesselChangeOps all_change = {.size = sizeof(VesselChangeOps), .change = probe_change};
static const VesselStatsOps all_stats = {.size = sizeof(VesselStatsOps), .collect = probe_collect};
/* One that an older driver was compiled with: it ends before `destroy`. */
static const VesselLifecycleOps short_lifecycle = {
    .size = offsetof(VesselLifecycleOps, destroy),
    .start = probe_start,
    .shutdown = slot,
    .destroy = slot, /* beyond its size: must not be seen */
};

static const char *const probe_types[] = {"emulator", "qemu", NULL};
static const char *const short_types[] = {"kvm", NULL};
static const char *const bare_types[] = {"container", "lxc", NULL};
static const VesselSupport everything[] = {{"/domain/*", NULL}, {NULL, NULL}};
static const VesselSupport little[] = {
    {"/domain/@type", NULL},
    {"/domain/name", NULL},
    {"/domain/uuid", NULL},
    {"/domain/memory", NULL},
    {"/domain/currentMemory", NULL},
    {"/domain/vcpu", NULL},
    {"/domain/os/*", NULL},
    {"/domain/on_poweroff", NULL},
    {"/domain/on_reboot", NULL},
    {"/domain/on_crash", NULL},
    {NULL, NULL},
};

static const VesselDriver probe = {
    .size = sizeof(VesselDriver),
    .abi = VESSEL__DRIVER_ABI,
    .name = "probe",
    .types = probe_types,
    .truth = VESSEL_TRUTH_PROCESS,
    .support = everything,
    .lifecycle = &all_lifecycle,
    .console = &all_console,
    .stats = &all_stats,
    .exec = &all_exec,
    .change = &all_change,
};
static const VesselDriver shorter = {
    .size = sizeof(VesselDriver),
    .abi = VESSEL__DRIVER_ABI,
    .name = "short",
    .types = short_types,
    .truth = VESSEL_TRUTH_PROCESS,
    .support = everything,
    .lifecycle = &short_lifecycle,
};
static const VesselDriver bare = {
    .size = sizeof(VesselDriver),
    .abi = VESSEL__DRIVER_ABI,
    .name = "bare",
    .types = bare_types,
    .truth = VESSEL_TRUTH_PROCESS,
    .support = little,
};

const VesselDriver *const vessel__drivers[] = {&probe, &shorter, &bare, NULL};

/* ---- helpers ---- */

static VesselHost *open_host(void)
{
    VesselHost *host = NULL;
    VesselError *err = NULL;
    g_autofree char *root = vt_path("root");
    g_autofree char *uri = g_strdup_printf("local:?root=%s", root);
    vessel_host_open(uri, NULL, &host, &err);
    vt_no_error(err);
    return host;
}

static VesselDomain *define_of(VesselHost *host, const char *name, const char *type)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    g_autofree char *xml = g_strdup_printf("<domain type='%s'><name>%s</name><memory>1024</memory>"
                                           "<os><type>hvm</type></os></domain>",
                                           type, name);
    vessel_domain_define(host, xml, NULL, &domain, &err);
    vt_no_error(err);
    return domain;
}

static VesselDomain *define(VesselHost *host, const char *name)
{
    return define_of(host, name, "emulator");
}

static bool is_inside(void *data)
{
    return inside >= *(int *)data;
}

static void wait_inside(int count)
{
    vt_wait(is_inside, &count, 10000);
}

static VesselJob *start_held(VesselDomain *domain)
{
    VesselError *err = NULL;
    VesselJob *job = NULL;
    hold = true;
    vessel_domain_start(domain, NULL, &job, &err);
    vt_no_error(err);
    wait_inside(1);
    return job;
}

static int state_of(VesselDomain *domain)
{
    VesselError *err = NULL;
    int state = vessel_domain_state(domain, NULL, &err);
    vt_no_error(err);
    return state;
}

/* ---- rows ---- */

static int call_by_name(const char *name, VesselDomain *domain, VesselError **err)
{
    int fd;
    VesselStats *stats = NULL;
    VesselExec *exec = NULL;
    int code = g_str_equal(name, "domain_shutdown")  ? vessel_domain_shutdown(domain, NULL, err)
               : g_str_equal(name, "domain_destroy") ? vessel_domain_destroy(domain, NULL, err)
               : g_str_equal(name, "domain_reboot")  ? vessel_domain_reboot(domain, NULL, err)
               : g_str_equal(name, "domain_reset")   ? vessel_domain_reset(domain, NULL, err)
               : g_str_equal(name, "domain_suspend") ? vessel_domain_suspend(domain, NULL, err)
               : g_str_equal(name, "domain_resume")  ? vessel_domain_resume(domain, NULL, err)
               : g_str_equal(name, "domain_start")   ? vessel_domain_start(domain, NULL, NULL, err)
               : g_str_equal(name, "domain_open_console")
                   ? vessel_domain_open_console(domain, NULL, &fd, err)
               : g_str_equal(name, "domain_exec")
                   ? vessel_domain_exec(domain, (const char *const[]){"true", NULL}, NULL, &exec,
                                        err)
               : g_str_equal(name, "domain_copy_in")
                   ? vessel_domain_copy_in(domain, "/here", "/there", NULL, NULL, err)
               : g_str_equal(name, "domain_copy_out")
                   ? vessel_domain_copy_out(domain, "/there", "/here", NULL, NULL, err)
               : g_str_equal(name, "domain_stats") ? vessel_domain_stats(domain, NULL, &stats, err)
                                                   : 1;
    vessel_stats_free(stats);
    vessel_exec_unref(exec);
    return code;
}

/* What a driver does not have is answered alike by supports() and by the call. */
static void test_every_row_without_its_slot(void **state)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    guint count, tried = 0;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define_of(host, "bare", "container");
    const VesselOp *ops = vessel__ops(&count);
    spec.type = "container";
    for (guint i = 0; i < count; i++) {
        VesselError *err = NULL;
        char *why_not = NULL;
        int supported = vessel_host_supports(host, ops[i].name, &spec, &why_not, &err);
        vt_no_error(err);
        assert_int_equal(supported, vessel__op_needs_slot(&ops[i]) ? 0 : 1);
        assert_true((why_not != NULL) == (supported == 0));
        vessel_free(why_not);
        int code = supported ? 1 : call_by_name(ops[i].name, domain, &err);
        if (code != 1) {
            tried++;
            vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
        }
        spec.type = "emulator";
        if (ops[i].table != offsetof(VesselDriver, host))
            assert_int_equal(vessel_host_supports(host, ops[i].name, &spec, NULL, NULL), 1);
        spec.type = "container";
    }
    assert_int_equal(tried, 12);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_shorter_table(void **state)
{
    VesselError *err = NULL;
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define_of(host, "web", "kvm");
    spec.type = "kvm";
    assert_int_equal(vessel_host_supports(host, "domain_start", &spec, NULL, NULL), 1);
    assert_int_equal(vessel_host_supports(host, "domain_destroy", &spec, NULL, NULL), 0);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    int before = calls;
    vessel_domain_destroy(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    assert_int_equal(calls, before);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* Each operation in each state: the row decides, and a slot is called only if it says yes. */
static void test_every_row_in_every_state(void **state)
{
    static const int states[] = {VESSEL_DOMAIN_SHUT_OFF, VESSEL_DOMAIN_RUNNING,
                                 VESSEL_DOMAIN_PAUSED};
    guint count;
    (void)state;
    VesselHost *host = open_host();
    const VesselOp *ops = vessel__ops(&count);
    for (guint i = 0; i < count; i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(states) && ops[i].states; k++) {
            VesselError *err = NULL;
            g_autofree char *name = g_strdup_printf("d%u-%zu", i, k);
            VesselDomain *domain = define(host, name);
            if (states[k] != VESSEL_DOMAIN_SHUT_OFF)
                vessel_domain_start(domain, NULL, NULL, NULL);
            if (states[k] == VESSEL_DOMAIN_PAUSED)
                vessel_domain_suspend(domain, NULL, NULL);
            assert_int_equal(state_of(domain), states[k]);
            int before = calls, code = call_by_name(ops[i].name, domain, &err);
            if (code != 1 && (ops[i].states & (unsigned)states[k])) {
                vt_no_error(err);
                assert_int_equal(calls, before + 1);
                assert_int_equal(state_of(domain), ops[i].becomes ? ops[i].becomes : states[k]);
            } else if (code != 1) {
                vt_error(&err, VESSEL_ERROR_WRONG_STATE);
                assert_int_equal(calls, before);
            }
            vessel_domain_unref(domain);
        }
    }
    vessel_host_unref(host);
}

/* ---- one at a time ---- */

static void test_busy_names_the_holder(void **state)
{
    VesselError *err = NULL;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    VesselJob *job = start_held(domain);
    options.timeout_ms = 150;
    int64_t before = vessel__now_ms();
    vessel_domain_start(domain, &options, NULL, &err);
    assert_in_range(vessel__now_ms() - before, 100, 3000);
    g_autofree char *pid = g_strdup_printf("pid %d ", getpid());
    assert_true(g_str_has_prefix(vessel_error_holder(err), pid));
    assert_non_null(strstr(vessel_error_holder(err), "domain_start since 20"));
    assert_non_null(strstr(vessel_error_message(err), "domain \"web\" is busy: pid "));
    assert_int_equal(vessel_error_retryable(err), 1);
    vt_error(&err, VESSEL_ERROR_BUSY);
    hold = false;
    assert_int_equal(vessel_job_wait(job, 10000, &err), 0);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_reads_and_define_do_not_wait(void **state)
{
    VesselError *err = NULL;
    VesselDomainInfo *info = NULL;
    VesselDomain **list = NULL;
    VesselStats **stats = NULL;
    char *xml = NULL;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    VesselJob *job = start_held(domain);
    int64_t before = vessel__now_ms();
    assert_int_equal(state_of(domain), VESSEL_DOMAIN_SHUT_OFF);
    vessel_domain_info(domain, &info, &err);
    vessel_domain_info_free(info);
    vessel_domain_list(host, 0, &list, NULL, &err);
    vessel_domain_list_free(list);
    vessel_host_stats(host, NULL, &stats, NULL, &err);
    vessel_stats_list_free(stats);
    vessel_domain_xml(domain, 0, &xml, &err);
    vessel_free(xml);
    vessel_domain_set_autostart(domain, 1, NULL, &err);
    vessel_domain_unref(define(host, "web"));
    vt_no_error(err);
    assert_true(vessel__now_ms() - before < 2000);
    hold = false;
    assert_int_equal(vessel_job_wait(job, 10000, &err), 0);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_destroy_calls_off_a_start(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    VesselJob *job = start_held(domain);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    assert_int_equal(state_of(domain), VESSEL_DOMAIN_SHUT_OFF);
    vessel_job_wait(job, 10000, &err);
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    hold = false;
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void *suspend_it(void *data)
{
    return GINT_TO_POINTER(vessel_domain_suspend(data, NULL, NULL));
}

static void *destroy_it(void *data)
{
    return GINT_TO_POINTER(vessel_domain_destroy(data, NULL, NULL));
}

/* Destroy waits for nobody: what ends in the middle of another operation has ended, once. */
static void test_destroy_in_the_middle(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    VesselEvent *event = NULL;
    pthread_t threads[2];
    void *codes[2];
    int stopped = 0;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    vessel_domain_start(domain, NULL, NULL, &err);
    vessel_host_subscribe(host, NULL, &stream, &err);
    vt_no_error(err);

    only = "domain_suspend";
    hold = true;
    pthread_create(&threads[0], NULL, suspend_it, domain);
    wait_inside(1);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    hold = false;
    pthread_join(threads[0], &codes[0]);
    assert_int_equal(GPOINTER_TO_INT(codes[0]), VESSEL_ERROR_WRONG_STATE);
    assert_int_equal(state_of(domain), VESSEL_DOMAIN_SHUT_OFF);

    only = NULL;
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    hold = true;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, destroy_it, domain);
    wait_inside(2);
    hold = false;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], &codes[i]);
    assert_true(!codes[0] != !codes[1]);
    assert_int_equal(GPOINTER_TO_INT(codes[0] ? codes[0] : codes[1]), VESSEL_ERROR_WRONG_STATE);

    while (vessel_event_stream_next(stream, 0, &event, &err) == 1) {
        stopped += g_str_equal(vessel_event_kind(event), "domain.stopped");
        vessel_event_free(event);
    }
    vt_no_error(err);
    assert_int_equal(stopped, 2);
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_a_failed_slot_changes_nothing(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    fail_with = VESSEL_ERROR_GUEST_REFUSED;
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_GUEST_REFUSED);
    assert_int_equal(state_of(domain), VESSEL_DOMAIN_SHUT_OFF);
    fail_with = 0;
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    fail_with = VESSEL_ERROR_GUEST_REFUSED;
    vessel_domain_suspend(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_GUEST_REFUSED);
    assert_int_equal(state_of(domain), VESSEL_DOMAIN_RUNNING);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_a_key_that_cannot_be_read(void **state)
{
    VesselError *err = NULL;
    VesselStats *stats = NULL;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    vessel_domain_start(domain, NULL, NULL, &err);
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    assert_true(vessel_stats_find(stats, "cpu.time") >= 0);
    assert_int_equal(vessel_stats_find(stats, "balloon.rss"), -1);
    const VesselError *why = vessel_stats_error(stats);
    assert_int_equal(vessel_error_code(why), VESSEL_ERROR_IO);
    assert_int_equal(vessel_error_problem_count(why), 1);
    assert_string_equal(vessel_error_path(vessel_error_problem(why, 0)), "balloon.rss");
    vessel_stats_free(stats);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- jobs ---- */

static void test_cancel(void **state)
{
    VesselError *err = NULL;
    char *phase = NULL;
    int percent = 0;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    VesselJob *job = start_held(domain);
    assert_int_equal(vessel_job_state(job, &percent, &phase, &err), VESSEL_JOB_RUNNING);
    assert_int_equal(percent, 50);
    assert_string_equal(phase, "holding");
    vessel_free(phase);
    vessel_job_wait(job, 50, &err);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    vessel_job_cancel(job, &err);
    vt_no_error(err);
    struct pollfd poller = {vessel_job_fd(job, &err), POLLIN, 0};
    assert_int_equal(poll(&poller, 1, 10000), 1);
    assert_int_equal(vessel_job_state(job, NULL, NULL, &err), VESSEL_JOB_CANCELLED);
    vessel_job_wait(job, 0, &err);
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    hold = false;
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* As another program would: by the record alone. */
static void test_follow_and_cancel_foreign(void **state)
{
    VesselError *err = NULL;
    VesselJob **list = NULL, *theirs = NULL;
    VesselDomain *same = NULL;
    size_t count = 0;
    (void)state;
    VesselHost *host = open_host(), *other = open_host();
    VesselDomain *domain = define(host, "web");
    VesselJob *job = start_held(domain);
    vessel_domain_lookup_by_name(other, "web", &same, &err);
    vt_no_error(err);
    assert_int_equal(vessel_job_lookup_by_domain(same, &theirs, &err), 1);
    assert_string_equal(vessel_job_id(theirs), vessel_job_id(job));
    vessel_job_list(other, &list, &count, &err);
    assert_int_equal(count, 1);
    assert_string_equal(vessel_job_operation(list[0]), "domain_start");
    vessel_job_list_free(list);
    struct pollfd poller = {vessel_job_fd(theirs, &err), POLLIN, 0};
    vt_no_error(err);
    assert_int_equal(poll(&poller, 1, 700), 0);
    vessel_job_cancel(theirs, &err);
    vt_no_error(err);
    assert_int_equal(poll(&poller, 1, 10000), 1);
    g_autofree char *canceller = g_strdup_printf("cancelled by pid %d (", getpid());
    vessel_job_wait(theirs, 0, &err);
    assert_non_null(strstr(vessel_error_message(err), canceller));
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    hold = false;
    vessel_job_unref(theirs);
    vessel_job_unref(job);
    vessel_domain_unref(same);
    vessel_domain_unref(domain);
    vessel_host_unref(other);
    vessel_host_unref(host);
}

/* Counts this process's threads and checks that all but the first have every signal blocked. */
static int count_threads(void)
{
    int count = 0;
#ifdef __SANITIZE_THREAD__
    vt_skip("the thread sanitizer has a thread of its own");
#endif
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (*entry->d_name == '.')
            continue;
        count++;
        if (atoi(entry->d_name) == getpid())
            continue;
        g_autofree char *path = g_strdup_printf("/proc/self/task/%s/status", entry->d_name);
        g_autofree char *text = NULL;
        g_file_get_contents(path, &text, NULL, NULL);
        const char *blocked = text ? strstr(text, "SigBlk:\t") : NULL;
        /* All but KILL, STOP and the two that the C library keeps for itself. */
        if (blocked)
            assert_true(g_str_has_prefix(blocked, "SigBlk:\tfffffffe7ffbfeff") ||
                        g_str_has_prefix(blocked, "SigBlk:\tfffffffc7ffbfeff") ||
                        g_str_has_prefix(blocked, "SigBlk:\tfffffffe"));
    }
    closedir(dir);
    return count;
}

static void test_threads(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domains[10];
    VesselJob *jobs[10];
    (void)state;
    VesselHost *host = open_host();
    for (int i = 0; i < 10; i++) {
        g_autofree char *name = g_strdup_printf("d%d", i);
        domains[i] = define(host, name);
    }
    assert_int_equal(count_threads(), 1); /* none before the first job */
    hold = true;
    for (int i = 0; i < 10; i++) {
        vessel_domain_start(domains[i], NULL, &jobs[i], &err);
        vt_no_error(err);
    }
    wait_inside(4);
    g_usleep(50 * 1000);
    assert_int_equal(inside, 4);
    assert_int_equal(count_threads(), 5);
    hold = false;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(vessel_job_wait(jobs[i], 10000, &err), 0);
        vessel_job_unref(jobs[i]);
        vessel_domain_unref(domains[i]);
    }
    vessel_host_close(host, &err);
    vt_no_error(err);
    assert_int_equal(count_threads(), 1);
    vessel_host_unref(host);
}

static void test_close_cancels(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    VesselJob *job = start_held(domain);
    int64_t before = vessel__now_ms();
    vessel_host_close(host, &err);
    vt_no_error(err);
    assert_true(vessel__now_ms() - before < 3000);
    assert_int_equal(inside, 0);
    hold = false;
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* A job that does not listen: close says so after 5 s, and what is left ends by itself. */
static void test_close_with_a_deaf_job(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    deaf = true;
    VesselJob *job = start_held(domain);
    int64_t before = vessel__now_ms();
    vessel_host_close(host, &err);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_in_range(vessel__now_ms() - before, 4900, 7000);
    assert_int_equal(vessel_domain_state(domain, NULL, &err), VESSEL_ERROR_CLOSED);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    hold = false;
    while (inside)
        g_usleep(1000);
    g_usleep(100 * 1000);
    assert_int_equal(count_threads(), 1);
}

/* The last reference is the job's own: its worker closes the host. */
static void test_the_worker_is_last(void **state)
{
    (void)state;
    int before = vt_fd_count();
    VesselHost *host = open_host();
    VesselDomain *domain = define(host, "web");
    VesselJob *job = start_held(domain);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    hold = false;
    for (int i = 0; i < 200 && (count_threads() > 1 || vt_fd_count() > before); i++)
        g_usleep(10 * 1000);
    assert_int_equal(count_threads(), 1);
    assert_int_equal(vt_fd_count(), before);
}

/* What domstats prints: libvirt's numbers, also for the words that libvirt has not. */
static void test_reasons_have_numbers(void **state)
{
    static const struct {
        int state;
        const char *reason;
        int number;
    } rows[] = {
        {VESSEL_DOMAIN_RUNNING, "unpaused", 5},  {VESSEL_DOMAIN_PAUSED, "starting up", 11},
        {VESSEL_DOMAIN_IN_SHUTDOWN, "user", 1},  {VESSEL_DOMAIN_IN_SHUTDOWN, "shutdown", 1},
        {VESSEL_DOMAIN_SHUT_OFF, "shutdown", 1}, {VESSEL_DOMAIN_SHUT_OFF, "failed", 6},
        {VESSEL_DOMAIN_CRASHED, "panicked", 1},  {VESSEL_DOMAIN_CRASHED, "internal-error", 0},
        {VESSEL_DOMAIN_SHUT_OFF, "exit:7", 1},   {VESSEL_DOMAIN_SHUT_OFF, "signal:9", 3},
        {VESSEL_DOMAIN_RUNNING, "exit:7", 0},    {VESSEL_DOMAIN_RUNNING, NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(vessel__state_reason_number(rows[i].state, rows[i].reason),
                         rows[i].number);
}

static int define_pace(VesselHost *host, const char *type, const char *given, VesselDomain **domain,
                       VesselError **err)
{
    g_autofree char *xml =
        g_strdup_printf("<domain type='%s' xmlns:p='urn:probe'><name>paced</name>\n"
                        "<memory>1024</memory><os><type>hvm</type></os>\n"
                        "<p:pace speed='%s'/></domain>",
                        type, given);
    return vessel_domain_define(host, xml, NULL, domain, err);
}

static void must_refuse_pace(VesselHost *host, const char *type, const char *given, int code)
{
    g_autoptr(VesselError) err = NULL;
    VesselDomain *domain = NULL;
    assert_int_equal(define_pace(host, type, given, &domain, &err), code);
    assert_string_equal(vessel_error_path(err), "/domain/probe:pace/@speed");
    assert_int_equal(vessel_error_line(err), 3);
}

/* What a definition says in the driver's own namespace is checked by its rows for everybody, and
 * reaches it as its struct. */
static void test_a_namespace_of_its_own(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    char *xml = NULL;
    must_refuse_pace(host, "emulator", "10", VESSEL_ERROR_INVALID_DEFINITION);
    must_refuse_pace(host, "container", "many", VESSEL_ERROR_INVALID_DEFINITION);
    must_refuse_pace(host, "container", "7", VESSEL_ERROR_UNSUPPORTED);
    define_pace(host, "emulator", "7", &domain, &err);
    vt_no_error(err);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    assert_int_equal(speed, 7);
    vessel_domain_xml(domain, 0, &xml, &err);
    vt_no_error(err);
    assert_non_null(strstr(xml, "<p:pace xmlns:p='urn:probe' speed='7'/>"));
    vessel_free(xml);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_without_its_slot),
        cmocka_unit_test(test_shorter_table),
        cmocka_unit_test(test_a_namespace_of_its_own),
        cmocka_unit_test(test_every_row_in_every_state),
        cmocka_unit_test(test_busy_names_the_holder),
        cmocka_unit_test(test_reads_and_define_do_not_wait),
        cmocka_unit_test(test_destroy_calls_off_a_start),
        cmocka_unit_test(test_destroy_in_the_middle),
        cmocka_unit_test(test_a_failed_slot_changes_nothing),
        cmocka_unit_test(test_a_key_that_cannot_be_read),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_follow_and_cancel_foreign),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_close_cancels),
        cmocka_unit_test(test_close_with_a_deaf_job),
        cmocka_unit_test(test_the_worker_is_last),
        cmocka_unit_test(test_reasons_have_numbers),
    };
    return vt_main(tests);
}
