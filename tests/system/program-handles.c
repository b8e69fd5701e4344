/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that use many handles at once, in many threads, across a fork, and close them in the
 * middle of everything. */
#include "tests/lib/program.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>

/* ---- fork ---- */

typedef struct {
    VesselHost *host;
    VesselDomain *domain;
    VesselEventStream *stream;
    VesselJob *job;
} Handles;

#define FORKED_IN_A_WRITE 11

/* Every call across the fork says so, and letting go is harmless. */
static void forked_child(const Handles *handles, bool amid_calls)
{
    VesselDomain **list = NULL, *domain = NULL;
    VesselEvent *event = NULL;
    char *text = NULL;
    alarm(20); /* a lock that a thread of the parent had */
    FAILS(VESSEL_ERROR_FORKED, vessel_domain_lookup_by_name(handles->host, "guest", &domain, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_domain_list(handles->host, 0, &list, NULL, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_domain_state(handles->domain, NULL, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_domain_name(handles->domain, &text, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_domain_start(handles->domain, NULL, NULL, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_domain_destroy(handles->domain, NULL, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_domain_undefine(handles->domain, NULL, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_event_stream_next(handles->stream, 0, &event, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_event_stream_fd(handles->stream, &err));
    if (handles->job)
        FAILS(VESSEL_ERROR_FORKED, vessel_job_wait(handles->job, 100, &err));
    FAILS(VESSEL_ERROR_FORKED, vessel_host_close(handles->host, &err));
    vessel_job_unref(handles->job);
    vessel_event_stream_unref(handles->stream);
    vessel_domain_unref(handles->domain);
    vessel_host_unref(handles->host);
    VesselHost *own = NULL;
    VesselError *refused = NULL;
    g_autofree char *uri = vt_uri(vt_program_root);
    int code = vessel_host_open(uri, NULL, &own, &refused);
    /* A fork in the middle of another thread's write leaves SQLite's state in the middle, too. */
    if (amid_calls && code == VESSEL_ERROR_FORKED && vessel_error_hint(refused))
        _exit(FORKED_IN_A_WRITE);
    vt_check_error(__LINE__, "opening a host of its own", refused);
    GOOD(vessel_domain_lookup_by_name(own, "guest", &domain, &err));
    int state = vessel_domain_state(domain, NULL, NULL);
    CHECK(state == VESSEL_DOMAIN_RUNNING, "the child sees it %s", vessel_domain_state_name(state));
    GOOD(vessel_domain_set_autostart(domain, 1, NULL, &err));
    vessel_domain_unref(domain);
    vessel_host_unref(own);
    _exit(0);
}

static int child_status(pid_t pid)
{
    int status = 0;
    CHECK(waitpid(pid, &status, 0) == pid, "waitpid");
    return status;
}

static void program_forks(void)
{
    Handles handles = {0};
    VesselEvent *event = NULL;
    handles.host = vt_program_open(vt_program_root);
    GOOD(vessel_host_subscribe(handles.host, NULL, &handles.stream, &err));
    handles.domain = vt_program_define(handles.host, "guest");
    GOOD(vessel_domain_start(handles.domain, NULL, &handles.job, &err));
    GOOD(vessel_job_wait(handles.job, 0, &err));
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        if (pid == 0)
            forked_child(&handles, false);
        CHECK(child_status(pid) == 0, "the child failed");
    }
    /* The parent goes on, and learns what the child did on its own. */
    bool changed = false;
    while (!changed && vessel_event_stream_next(handles.stream, 2000, &event, NULL) == 1) {
        changed = !strcmp(vessel_event_kind(event), "domain.changed");
        vessel_event_free(event);
    }
    CHECK(changed, "the child's change is no event in the parent");
    vessel_job_unref(handles.job);
    vt_program_finish(handles.domain);
    vessel_event_stream_unref(handles.stream);
    vessel_host_unref(handles.host);
}

typedef struct {
    VesselHost *host;
    atomic_int stop, calls;
} Busy;

static void *keep_busy(void *data)
{
    Busy *busy = data;
    for (int i = 0; !busy->stop; i++) {
        VesselDomain **list = NULL, *domain = NULL;
        GOOD(vessel_domain_list(busy->host, 0, &list, NULL, &err));
        vessel_domain_list_free(list);
        GOOD(vessel_domain_lookup_by_name(busy->host, "guest", &domain, &err));
        if (i % 8 == 0)
            GOOD(vessel_domain_set_autostart(domain, i % 16 == 0, NULL, &err));
        vessel_domain_unref(domain);
        busy->calls++;
    }
    return NULL;
}

static void program_forks_amid_calls(void)
{
    Handles handles = {.host = vt_program_open(vt_program_root)};
    pthread_t workers[4];
    int opened = 0;
    handles.domain = vt_program_define(handles.host, "guest");
    GOOD(vessel_host_subscribe(handles.host, NULL, &handles.stream, &err));
    vt_program_start(handles.domain);
    Busy busy = {.host = handles.host};
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&workers[i], NULL, keep_busy, &busy) == 0, "thread");
    for (int i = 0; i < 40; i++) {
        pid_t pid = fork();
        if (pid == 0)
            forked_child(&handles, true);
        int status = child_status(pid);
        CHECK(status == 0 || status == FORKED_IN_A_WRITE << 8, "the child ended with %x", status);
        opened += status == 0;
    }
    CHECK(opened > 0, "no child could open a host of its own");
    busy.stop = 1;
    for (int i = 0; i < 4; i++)
        pthread_join(workers[i], NULL);
    CHECK(busy.calls > 40, "the threads made %d rounds", busy.calls);
    vessel_event_stream_unref(handles.stream);
    vt_program_finish(handles.domain);
    vessel_host_unref(handles.host);
}

/* ---- threads ---- */

#define THREADS 64

typedef struct {
    VesselHost *host;
    int number;
} Worker;

static void look_up(VesselHost *host, const char *name, const char *uuid)
{
    VesselDomain *domain = NULL;
    GOOD(vessel_domain_lookup_by_name(host, name, &domain, &err));
    CHECK(!strcmp(vessel_domain_get_uuid(domain), uuid), "look-up of %s gave another", name);
    vessel_domain_unref(domain);
    GOOD(vessel_domain_lookup_by_uuid(host, uuid, &domain, &err));
    vessel_domain_unref(domain);
}

static void *work(void *data)
{
    Worker *worker = data;
    VesselHost *host = worker->host;
    g_autofree char *name = g_strdup_printf("guest-%d", worker->number);
    g_autofree char *other = g_strdup_printf("other-%d", worker->number);
    for (int round = 0; round < 2; round++) {
        VesselDomain *domain = vt_program_define(host, name), **list = NULL;
        const char *uuid = vessel_domain_get_uuid(domain);
        for (int i = 0; i < 200; i++)
            look_up(host, name, uuid);
        GOOD(vessel_domain_rename(domain, other, NULL, &err));
        look_up(host, other, uuid);
        GOOD(vessel_domain_list(host, 0, &list, NULL, &err));
        vessel_domain_list_free(list);
        if (worker->number % 8 == 0 && round == 0) {
            vt_program_start(domain);
            GOOD(vessel_domain_destroy(domain, NULL, &err));
        }
        GOOD(vessel_domain_undefine(domain, NULL, &err));
        FAILS(VESSEL_ERROR_NOT_FOUND, vessel_domain_state(domain, NULL, &err));
        vessel_domain_unref(domain);
    }
    return NULL;
}

static void program_has_many_threads(void)
{
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain **list = NULL;
    pthread_t workers[THREADS];
    Worker arguments[THREADS];
    size_t count = 0;
    for (int i = 0; i < THREADS; i++) {
        arguments[i] = (Worker){host, i};
        CHECK(pthread_create(&workers[i], NULL, work, &arguments[i]) == 0, "thread");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i], NULL);
    GOOD(vessel_domain_list(host, 0, &list, &count, &err));
    CHECK(count == 0, "%zu domains are left", count);
    vessel_domain_list_free(list);
    vessel_host_unref(host);
}

/* All 64 at the same domain: one change at a time, and each is told the truth. */
static void *fight(void *data)
{
    Worker *worker = data;
    VesselDomain *domain = NULL;
    GOOD(vessel_domain_lookup_by_name(worker->host, "guest", &domain, &err));
    for (int i = 0; i < 3; i++) {
        VesselError *err = NULL;
        int code = worker->number % 2 ? vessel_domain_start(domain, NULL, NULL, &err)
                                      : vessel_domain_destroy(domain, NULL, &err);
        CHECK(code == 0 || code == VESSEL_ERROR_WRONG_STATE || code == VESSEL_ERROR_BUSY ||
                  code == VESSEL_ERROR_CANCELLED || code == VESSEL_ERROR_HYPERVISOR_DIED,
              "%s: %s: %s", worker->number % 2 ? "start" : "destroy", vessel_error_code_name(code),
              vt_text(err));
        vessel_error_free(err);
    }
    vessel_domain_unref(domain);
    return NULL;
}

static void program_has_fighting_threads(void)
{
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain *domain = vt_program_define(host, "guest");
    pthread_t workers[16];
    Worker arguments[16];
    for (int i = 0; i < 16; i++) {
        arguments[i] = (Worker){host, i};
        CHECK(pthread_create(&workers[i], NULL, fight, &arguments[i]) == 0, "thread");
    }
    for (int i = 0; i < 16; i++)
        pthread_join(workers[i], NULL);
    VesselError *err = NULL;
    int code = vessel_domain_destroy(domain, NULL, &err);
    CHECK(code == 0 || code == VESSEL_ERROR_WRONG_STATE, "%s", vt_text(err));
    vessel_error_free(err);
    vt_program_start(domain);
    vt_program_finish(domain);
    vessel_host_unref(host);
}

/* ---- close ---- */

static void *wait_for_event(void *data)
{
    VesselEvent *event = NULL;
    int got;
    while ((got = vessel_event_stream_next(data, -1, &event, NULL)) == 1)
        vessel_event_free(event);
    return GINT_TO_POINTER(got);
}

static void *wait_for_state(void *data)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    options.timeout_ms = -1;
    return GINT_TO_POINTER(vessel_domain_wait(data, VESSEL_DOMAIN_CRASHED, &options, NULL));
}

#define JOBS 4

static void check_closed(VesselHost *host, VesselDomain *domain, VesselJob *job)
{
    VesselDomain **list = NULL;
    FAILS(VESSEL_ERROR_CLOSED, vessel_domain_list(host, 0, &list, NULL, &err));
    FAILS(VESSEL_ERROR_CLOSED, vessel_domain_state(domain, NULL, &err));
    FAILS(VESSEL_ERROR_CLOSED, vessel_domain_destroy(domain, NULL, &err));
    FAILS(VESSEL_ERROR_CLOSED, vessel_job_wait(job, 100, &err));
    GOOD(vessel_host_close(host, &err)); /* a second time */
}

static void program_closes_amid_jobs(void)
{
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain *domains[JOBS];
    VesselJob *jobs[JOBS];
    VesselEventStream *stream = NULL;
    pthread_t waiters[2];
    void *result = NULL;
    int descriptors = vt_count_entries("/proc/self/fd");
    GOOD(vessel_host_subscribe(host, NULL, &stream, &err));
    for (int i = 0; i < JOBS; i++) {
        g_autofree char *name = g_strdup_printf("guest-%d", i);
        domains[i] = vt_program_define(host, name);
    }
    CHECK(pthread_create(&waiters[0], NULL, wait_for_event, stream) == 0, "thread");
    CHECK(pthread_create(&waiters[1], NULL, wait_for_state, domains[0]) == 0, "thread");
    for (int i = 0; i < JOBS; i++)
        GOOD(vessel_domain_start(domains[i], NULL, &jobs[i], &err));
    CHECK(vt_thread_count() <= 1 + 2 + 4, "%d threads, two of them ours", vt_thread_count() - 1);
    usleep(20000);
    int64_t began = vt_now_us();
    GOOD(vessel_host_close(host, &err));
    CHECK(vt_now_us() - began < 5500000, "close took %d ms", (int)((vt_now_us() - began) / 1000));
    for (int i = 0; i < 2; i++) {
        pthread_join(waiters[i], &result);
        CHECK(GPOINTER_TO_INT(result) == VESSEL_ERROR_CLOSED, "waiter %d got %d", i,
              GPOINTER_TO_INT(result));
    }
    check_closed(host, domains[0], jobs[0]);
    CHECK(vt_thread_count() == 1, "%d threads were left", vt_thread_count() - 1);
    for (int i = 0; i < JOBS; i++) {
        vessel_job_unref(jobs[i]);
        vessel_domain_unref(domains[i]);
    }
    vessel_event_stream_unref(stream);
    vessel_host_unref(host);
    CHECK(vt_count_entries("/proc/self/fd") < descriptors, "descriptors were left");
    /* Each is running or shut off, and anybody can go on with it. */
    host = vt_program_open(vt_program_root);
    for (int i = 0; i < JOBS; i++) {
        g_autofree char *name = g_strdup_printf("guest-%d", i);
        GOOD(vessel_domain_lookup_by_name(host, name, &domains[i], &err));
        VesselError *err = NULL;
        int code = vessel_domain_start(domains[i], NULL, NULL, &err);
        CHECK(code == 0 || code == VESSEL_ERROR_WRONG_STATE, "start after close: %s", vt_text(err));
        vessel_error_free(err);
        vt_program_finish(domains[i]);
    }
    vessel_host_unref(host);
}

static void program_autodestroys(void)
{
    VesselHost *host = vt_program_open(vt_program_root), *other = NULL;
    VesselDomain *domain = vt_program_define(host, "guest");
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    options.flags = VESSEL_DOMAIN_START_AUTODESTROY;
    GOOD(vessel_domain_start(domain, &options, NULL, &err));
    GOOD(vessel_host_close(host, &err));
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    other = vt_program_open(vt_program_root);
    GOOD(vessel_domain_lookup_by_name(other, "guest", &domain, &err));
    int state = vessel_domain_state(domain, NULL, NULL);
    CHECK(state == VESSEL_DOMAIN_SHUT_OFF, "after close it is %s", vessel_domain_state_name(state));
    GOOD(vessel_domain_start(domain, &options, NULL, &err));
    _exit(0); /* and without any close: what is tied to this program ends */
}

/* ---- many roots ---- */

static size_t memory_kib(void)
{
    g_autofree char *text = NULL;
    g_file_get_contents("/proc/self/smaps_rollup", &text, NULL, NULL);
    const char *at = text ? strstr(text, "Private_Dirty:") : NULL;
    return at ? strtoul(at + strlen("Private_Dirty:"), NULL, 10) : 0;
}

static void use_one_root(int number)
{
    g_autofree char *dir = g_strdup_printf("%s-%d", vt_program_root, number);
    VesselHost *host = vt_program_open(dir);
    VesselEventStream *stream = NULL;
    VesselEvent *event = NULL;
    GOOD(vessel_host_subscribe(host, NULL, &stream, &err));
    VesselDomain *domain = vt_program_define(host, "guest");
    GOOD(vessel_event_stream_next(stream, 5000, &event, &err));
    CHECK(event && !strcmp(vessel_event_kind(event), "domain.defined"), "no event in root %d",
          number);
    vessel_event_free(event);
    GOOD(vessel_domain_undefine(domain, NULL, &err));
    vessel_domain_unref(domain);
    vessel_event_stream_unref(stream);
    if (number % 2)
        GOOD(vessel_host_close(host, &err));
    vessel_host_unref(host);
}

static void program_opens_many_roots(void)
{
    int descriptors = 0, thread_count = vt_thread_count();
    size_t memory = 0;
    for (int i = 0; i < 100; i++) {
        if (i == 30) {
            malloc_trim(0);
            memory = memory_kib();
            descriptors = vt_count_entries("/proc/self/fd");
        }
        use_one_root(i);
    }
    malloc_trim(0);
    size_t now = memory_kib();
    CHECK(vt_count_entries("/proc/self/fd") == descriptors, "descriptors: %d, then %d", descriptors,
          vt_count_entries("/proc/self/fd"));
    CHECK(vt_thread_count() == thread_count, "%d threads are left",
          vt_thread_count() - thread_count);
    CHECK(now < memory + 256, "private memory grew from %zu to %zu KiB", memory, now);
}

static void program_has_many_roots_open(void)
{
    VesselHost *hosts[100];
    int descriptors = vt_count_entries("/proc/self/fd");
    vt_limit_descriptors(4096);
    for (int i = 0; i < 100; i++) {
        g_autofree char *dir = g_strdup_printf("%s-%d", vt_program_root, i);
        hosts[i] = vt_program_open(dir);
        vessel_domain_unref(vt_program_define(hosts[i], "guest"));
    }
    for (int i = 0; i < 100; i++) {
        VesselDomain **list = NULL;
        size_t count = 0;
        GOOD(vessel_domain_list(hosts[i], 0, &list, &count, &err));
        CHECK(count == 1, "root %d has %zu domains", i, count);
        vessel_domain_list_free(list);
    }
    for (int i = 0; i < 100; i++)
        vessel_host_unref(hosts[(i * 37) % 100]);
    CHECK(vt_count_entries("/proc/self/fd") == descriptors, "descriptors: %d, then %d", descriptors,
          vt_count_entries("/proc/self/fd"));
}

/* ---- the list ---- */

static const VtProgram programs[] = {
    {"forks", program_forks},
    {"forks_amid_calls", program_forks_amid_calls},
    {"has_many_threads", program_has_many_threads},
    {"has_fighting_threads", program_has_fighting_threads},
    {"closes_amid_jobs", program_closes_amid_jobs},
    {"autodestroys", program_autodestroys},
    {"opens_many_roots", program_opens_many_roots},
    {"has_many_roots_open", program_has_many_roots_open},
};

VT_PROGRAM(forks)
VT_PROGRAM(forks_amid_calls)
VT_PROGRAM(has_many_threads)
VT_PROGRAM(has_fighting_threads)
VT_PROGRAM(closes_amid_jobs)
VT_PROGRAM(autodestroys)
VT_PROGRAM(opens_many_roots)
VT_PROGRAM(has_many_roots_open)

int main(int argc, char **argv)
{
    vt_program_main(argc, argv, programs, G_N_ELEMENTS(programs));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forks),
        cmocka_unit_test(forks_amid_calls),
        cmocka_unit_test(has_many_threads),
        cmocka_unit_test(has_fighting_threads),
        cmocka_unit_test(closes_amid_jobs),
        cmocka_unit_test(autodestroys),
        cmocka_unit_test(opens_many_roots),
        cmocka_unit_test(has_many_roots_open),
    };
    return vt_main(tests);
}
