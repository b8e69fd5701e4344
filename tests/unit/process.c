/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include "sys/process.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static pid_t start_sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

static VesselProcess identity_of(pid_t pid)
{
    VesselProcess process;
    VesselError *err = NULL;
    vessel__process_of(pid, &process, &err);
    vt_no_error(err);
    return process;
}

static void who_we_are(void **state G_GNUC_UNUSED)
{
    VesselProcess self;
    VesselError *err = NULL;
    vessel__process_self(&self, &err);
    vt_no_error(err);
    assert_int_equal(self.pid, getpid());
    assert_true(self.start > 0);
    assert_true(self.pidns > 0);
    assert_int_equal(strlen(self.boot_id), VESSEL__UUID_LENGTH);
    assert_true(vessel__process_alive(&self));
    g_autoptr(VesselJson) json = vessel__process_to_json(&self);
    VesselProcess back;
    assert_true(vessel__process_from_json(json, &back));
    assert_memory_equal(&back, &self, sizeof self);
    static const char *const bad[] = {"{}", "[]", "{\"pid\":0}", "{\"pid\":99999999999}"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(VesselJson) nonsense = NULL;
        vessel__json_parse(bad[i], strlen(bad[i]), NULL, "x", &nonsense, NULL);
        assert_false(vessel__process_from_json(nonsense, &back));
        assert_int_equal(back.pid, 0);
    }
}

static void another_with_the_same_number_is_not_it(void **state G_GNUC_UNUSED)
{
    VesselProcess self = identity_of(getpid()), other;
    other = self;
    other.start++;
    assert_false(vessel__process_alive(&other));
    int pidfd;
    VesselError *err = NULL;
    assert_int_equal(vessel__process_pidfd(&other, &pidfd, &err), VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    assert_int_equal(pidfd, -1);
    other = self;
    other.pidns++;
    assert_false(vessel__process_alive(&other));
    other = self;
    other.boot_id[0] ^= 1;
    assert_false(vessel__process_alive(&other));
    memset(&other, 0, sizeof other);
    assert_false(vessel__process_alive(&other));
    assert_int_equal(vessel__process_pidfd(&other, &pidfd, NULL), VESSEL_ERROR_NOT_FOUND);
    assert_int_equal(vessel__process_of(0, &other, NULL), VESSEL_ERROR_NOT_FOUND);
    assert_int_equal(vessel__process_of(-1, &other, NULL), VESSEL_ERROR_NOT_FOUND);
}

static void a_zombie_is_dead(void **state G_GNUC_UNUSED)
{
    pid_t pid = start_sleeper();
    VesselProcess process = identity_of(pid);
    VesselError *err = NULL;
    vessel_autofd int pidfd = -1;
    vessel__process_pidfd(&process, &pidfd, &err);
    vt_no_error(err);
    assert_false(vessel__pidfd_dead(pidfd));
    vessel__pidfd_signal(pidfd, SIGKILL, &err);
    vt_no_error(err);
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    assert_int_equal(poll(&poller, 1, 5000), 1);
    assert_int_equal(vt_process_state(pid), 'Z');
    assert_true(vessel__pidfd_dead(pidfd));
    assert_false(vessel__process_alive(&process));
    assert_int_equal(vessel__process_of(pid, &process, NULL), VESSEL_ERROR_NOT_FOUND);
    waitpid(pid, NULL, 0);
    assert_true(vessel__pidfd_dead(pidfd));
    vessel__pidfd_signal(pidfd, SIGKILL, &err); /* gone already is fine */
    vt_no_error(err);
}

static void *live_on(void *data)
{
    int *pipe_end = data;
    char byte;
    while (read(*pipe_end, &byte, 1) < 0)
        ;
    _exit(0);
}

/* A program whose first thread has left is a zombie in /proc, and lives. */
static void the_first_thread_may_leave(void **state G_GNUC_UNUSED)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, live_on, &ends[0]);
        pthread_exit(NULL);
    }
    for (int i = 0; i < 1000 && vt_process_state(pid) != 'Z'; i++)
        g_usleep(1000);
    assert_int_equal(vt_process_state(pid), 'Z');
    VesselProcess process = identity_of(pid);
    assert_true(vessel__process_alive(&process));
    vessel_autofd int pidfd = -1;
    assert_int_equal(vessel__process_pidfd(&process, &pidfd, NULL), 0);
    assert_false(vessel__pidfd_dead(pidfd));
    assert_int_equal(write(ends[1], "x", 1), 1);
    waitpid(pid, NULL, 0);
    assert_false(vessel__process_alive(&process));
}

/* /proc/PID/stat has the name in the middle. */
static void a_name_may_be_anything(void **state G_GNUC_UNUSED)
{
    static const char *const names[] = {"a) R 1 2 3", "((((", "x y z", "\n\n\n", ") Z 0 0 0 0"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        VesselProcess before = identity_of(getpid()), after;
        prctl(PR_SET_NAME, names[i]);
        after = identity_of(getpid());
        assert_memory_equal(&before, &after, sizeof before);
        char name[32];
        vessel__process_name(getpid(), name);
        assert_true(*name || names[i][0] == '\n');
        assert_null(strchr(name, '\n'));
    }
    char name[32];
    vessel__process_name(0, name);
    assert_string_equal(name, "?");
}

static void usage_counts_other_processes(void **state G_GNUC_UNUSED)
{
    size_t size = 32 << 20;
    pid_t pid = fork();
    if (pid == 0) {
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(memory, 1, size);
        while (clock() < CLOCKS_PER_SEC / 10)
            ;
        for (;;)
            pause();
    }
    VesselProcess process = identity_of(pid);
    uint64_t cpu_ns = 0, rss_kib = 0, again = 0;
    VesselError *err = NULL;
    for (int i = 0; i < 20000 && cpu_ns < 90000000; i++) {
        g_usleep(1000);
        vessel__process_usage(&process, &cpu_ns, &rss_kib, &err);
        vt_no_error(err);
    }
    assert_in_range(cpu_ns, 90000000, 2000000000);
    assert_in_range(rss_kib, size / 2 / 1024, 8 * size / 1024); /* the kernel counts in batches */
    vessel__process_usage(&process, &again, NULL, &err);
    vt_no_error(err);
    assert_true(again >= cpu_ns);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(vessel__process_usage(&process, &cpu_ns, &rss_kib, &err),
                     VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
}

static void a_child_in_another_namespace_knows_it(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    uint64_t here = vessel__pidns(),
             *there = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWPID) < 0)
            _exit(2);
        pid_t inner = fork();
        if (inner == 0) {
            *there = vessel__pidns(); /* not what the parent remembered */
            _exit(0);
        }
        waitpid(inner, NULL, 0);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WEXITSTATUS(status) == 2)
        vt_skip("a PID namespace cannot be made here");
    assert_true(*there != 0);
    assert_true(*there != here);
    assert_true(vessel__pidns() == here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_we_are),
        cmocka_unit_test(another_with_the_same_number_is_not_it),
        cmocka_unit_test(a_zombie_is_dead),
        cmocka_unit_test(the_first_thread_may_leave),
        cmocka_unit_test(a_name_may_be_anything),
        cmocka_unit_test(usage_counts_other_processes),
        cmocka_unit_test(a_child_in_another_namespace_knows_it),
    };
    return vt_main(tests);
}
