/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks between threads and processes, and who holds them. */
#include "tests/lib/vt.h"

#include "base/file.h"
#include "sys/lock.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int open_root(void)
{
    int fd = open(vt_root(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static VesselLock *take(int dir, int64_t timeout_ms)
{
    VesselHolder self;
    VesselLock *lock = NULL;
    VesselError *err = NULL;
    vessel__holder_self("domain_start", &self);
    vessel__lock_take(dir, "op.lock", &self, vessel__deadline_after(timeout_ms), &lock, &err);
    vt_no_error(err);
    return lock;
}

static void expect_busy(int dir, int64_t timeout_ms, pid_t holder)
{
    VesselHolder self;
    VesselLock *lock = NULL;
    VesselError *err = NULL;
    vessel__holder_self("domain_destroy", &self);
    int64_t start = vessel__now_ms();
    assert_int_equal(
        vessel__lock_take(dir, "op.lock", &self, vessel__deadline_after(timeout_ms), &lock, &err),
        VESSEL_ERROR_BUSY);
    assert_in_range(vessel__now_ms() - start, timeout_ms, timeout_ms + 1000);
    assert_null(lock);
    assert_int_equal(vessel_error_retryable(err), 1);
    g_autofree char *who = g_strdup_printf("pid %d (", (int)holder);
    assert_true(g_str_has_prefix(vessel_error_holder(err), who));
    assert_non_null(strstr(vessel_error_holder(err), "), domain_start since 20"));
    vt_error(&err, VESSEL_ERROR_BUSY);
}

static void one_at_a_time(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselHolder holder;
    VesselError *err = NULL;
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, &err), 0); /* absent */
    assert_int_equal(faccessat(dir, "op.lock", F_OK, 0), -1);
    VesselLock *lock = take(dir, 0);
    struct stat st;
    assert_int_equal(fstatat(dir, "op.lock", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(fcntl(vessel__lock_fd(lock), F_GETFD), FD_CLOEXEC);
    expect_busy(dir, 0, getpid());
    expect_busy(dir, 100, getpid());
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, &err), 1);
    assert_int_equal(holder.process.pid, getpid());
    assert_true(vessel__process_alive(&holder.process));
    assert_string_equal(holder.operation, "domain_start");
    assert_int_equal(vessel__lock_peek(dir, "op.lock", NULL, &err), 1);
    vessel__lock_release(lock);
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, &err), 0);
    lock = take(dir, 0);
    vessel__holder_self("domain_stop_all_with_a_name_that_is_far_too_long_for_it", &holder);
    vessel__lock_set_holder(lock, &holder);
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, &err), 1);
    assert_int_equal(strlen(holder.operation), sizeof holder.operation - 1);
    vessel__lock_release(lock);
    vessel__lock_release(NULL);
    vt_no_error(err);
}

static pid_t hold_elsewhere(int dir)
{
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        take(dir, 1000);
        assert_int_equal(write(ready[1], "x", 1), 1);
        pause();
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void a_lock_dies_with_its_holder(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    pid_t pid = hold_elsewhere(dir);
    expect_busy(dir, 50, pid);
    kill(pid, SIGSTOP); /* stopped, it holds on, and nobody waits longer for that */
    expect_busy(dir, 50, pid);
    kill(pid, SIGKILL);
    VesselLock *lock = take(dir, 5000);
    vessel__lock_release(lock);
    waitpid(pid, NULL, 0);
}

static void the_name_of_one_gone_is_not_told(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    vessel__lock_release(take(dir, 0));
    /* Somebody who locks without a word: not taken for the one before. */
    vessel_autofd int fd = openat(dir, "op.lock", O_RDWR | O_CLOEXEC);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &range), 0);
    VesselHolder holder;
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, NULL), 1);
    assert_int_equal(holder.process.pid, 0);
    VesselLock *lock = NULL;
    VesselError *err = NULL;
    vessel__holder_self("x", &holder);
    assert_int_equal(
        vessel__lock_take(dir, "op.lock", &holder, vessel__deadline_after(0), &lock, &err),
        VESSEL_ERROR_BUSY);
    assert_non_null(strstr(vessel_error_holder(err), "somebody"));
    vt_error(&err, VESSEL_ERROR_BUSY);
    static const char *const nonsense[] = {"",    "{", "[]", "{\"pid\":-1}", "{\"pid\":\"x\"}",
                                           "\xff"};
    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_true(pwrite(fd, nonsense[i], strlen(nonsense[i]), 0) >= 0);
        assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, NULL), 1);
        assert_int_equal(holder.process.pid, 0);
    }
}

static void a_lock_is_handed_over(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    int ends[2], fd;
    size_t count;
    assert_int_equal(vessel__socket_pair(SOCK_SEQPACKET, ends, &err), 0);
    pid_t pid = fork();
    if (pid == 0) {
        VesselLock *lock = take(dir, 0);
        int lock_fd = vessel__lock_fd(lock);
        g_autoptr(VesselJson) json = vessel__json_new_object();
        vessel__message_send(ends[1], json, &lock_fd, 1, VESSEL_DEADLINE_NEVER, &err);
        vessel__lock_hand_over(lock);
        _exit(0);
    }
    g_autoptr(VesselJson) json = NULL;
    vessel__message_receive(ends[0], &json, &fd, 1, &count, vessel__deadline_after(5000), &err);
    vt_no_error(err);
    waitpid(pid, NULL, 0);
    VesselHolder holder;
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, &err), 1); /* no gap */
    VesselLock *lock = vessel__lock_adopt(fd);
    expect_busy(dir, 0, pid);
    /* Released explicitly, though a forked child still has the description. */
    pid_t keeper = fork();
    if (keeper == 0) {
        pause();
        _exit(0);
    }
    vessel__lock_release(lock);
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, &err), 0);
    kill(keeper, SIGKILL);
    waitpid(keeper, NULL, 0);
    close(ends[0]);
    close(ends[1]);
}

/* The file is removed and made again while others wait: they get the lock of the new one. */
/* Takes the lock, forks, and is killed: the child of it lives on. */
static void take_and_fork(int dir, int ready)
{
    VesselLock *lock = take(dir, 1000);
    pid_t child = fork();
    if (child == 0)
        vessel__lock_release(lock); /* no more than a child's clean-up: it is not its lock */
    if (write(ready, &child, sizeof child) != sizeof child)
        _exit(1);
    pause();
    _exit(0);
}

static void a_forked_child_holds_no_lock(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    int ready[2];
    pid_t words[2], child = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0)
        take_and_fork(dir, ready[1]);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(read(ready[0], &words[i], sizeof words[i]), sizeof words[i]);
        child = words[i] ? words[i] : child;
    }
    expect_busy(dir, 0, pid); /* what the child did has not let go of it */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(kill(child, 0), 0);
    vessel__lock_release(take(dir, 1000));
    kill(child, SIGKILL);
    close(ready[0]);
    close(ready[1]);
}

static void a_replaced_file(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    pid_t pid = hold_elsewhere(dir);
    assert_int_equal(unlinkat(dir, "op.lock", 0), 0);
    VesselLock *lock = take(dir, 1000);
    VesselHolder holder;
    assert_int_equal(vessel__lock_peek(dir, "op.lock", &holder, NULL), 1);
    assert_int_equal(holder.process.pid, getpid());
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    vessel__lock_release(lock);
}

static void what_cannot_be_opened(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselHolder self;
    VesselLock *lock = NULL;
    VesselError *err = NULL;
    vessel__holder_self("x", &self);
    assert_int_equal(symlinkat("/etc/passwd", dir, "link"), 0);
    assert_int_equal(vessel__lock_take(dir, "link", &self, 0, &lock, &err), VESSEL_ERROR_IO);
    vt_error(&err, VESSEL_ERROR_IO);
    assert_int_equal(vessel__lock_take(dir, "none/lock", &self, 0, &lock, &err),
                     VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
}

typedef struct {
    int dir;
    int *counter; /* read and written in two steps: the lock is what makes them one */
} Shared;

static void *count_up(void *data)
{
    Shared *shared = data;
    for (int i = 0; i < 50; i++) {
        VesselLock *lock = take(shared->dir, 30000);
        int value = __atomic_load_n(shared->counter, __ATOMIC_RELAXED);
        if (i % 10 == 0)
            sched_yield();
        __atomic_store_n(shared->counter, value + 1, __ATOMIC_RELAXED);
        if (i % 3 == 0) /* who has opened it by now must not be content with its lock */
            unlinkat(shared->dir, "op.lock", 0);
        vessel__lock_release(lock);
    }
    return NULL;
}

static void many_threads_and_processes(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    int *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    Shared shared = {dir, counter};
    pid_t pids[3];
    for (int i = 0; i < 3; i++) {
        pids[i] = fork();
        pthread_t threads[4];
        for (int k = 0; pids[i] == 0 && k < 4; k++)
            pthread_create(&threads[k], NULL, count_up, &shared);
        for (int k = 0; pids[i] == 0 && k < 4; k++)
            pthread_join(threads[k], NULL);
        if (pids[i] == 0)
            _exit(0);
    }
    for (int i = 0; i < 3; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(*counter, 3 * 4 * 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(a_lock_dies_with_its_holder),
        cmocka_unit_test(the_name_of_one_gone_is_not_told),
        cmocka_unit_test(a_lock_is_handed_over),
        cmocka_unit_test(a_forked_child_holds_no_lock),
        cmocka_unit_test(a_replaced_file),
        cmocka_unit_test(what_cannot_be_opened),
        cmocka_unit_test(many_threads_and_processes),
    };
    return vt_main(tests);
}
