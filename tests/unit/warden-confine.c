/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filter that a warden looks after its guest behind: what kills it, what is refused, what works. */
#include "tests/lib/vt.h"
#include "warden/warden.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NO_FILTER 99

/* In a child behind the filter, by system calls alone; the wait status of it. */
static int behind_filter(int (*act)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        syscall(SYS_exit_group, vessel__filter_install() ? NO_FILTER : act());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER)
        vt_skip("this kernel, or what runs the tests, allows no seccomp filter");
    return status;
}

static int execute(void)
{
    static char *const argv[] = {(char *)"true", NULL};
    syscall(SYS_execve, "/bin/true", argv, argv + 1);
    return 1;
}

static int multiply(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0 ? 2 : 1;
}

static int trace(void)
{
    syscall(SYS_ptrace, 0, 0, 0, 0);
    return 1;
}

/* It is not told that it may not: it is gone, and the guest gets another warden. */
static void test_what_kills(void **state)
{
    static int (*const acts[])(void) = {execute, multiply, trace};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(acts); i++) {
        int status = behind_filter(acts[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static bool fails(long result, int errnum)
{
    return result < 0 && errno == errnum;
}

static int try_forbidden(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return 1;
    if (!fails(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT) ||
        !fails(syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0), EAFNOSUPPORT))
        return 2;
    if (!fails(syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC), EACCES) ||
        mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        return 3;
    if (!fails(syscall(SYS_swapoff, "/nonexistent"), ENOSYS) ||
        !fails(syscall(SYS_sethostname, "x", 0), ENOSYS) || !fails(syscall(100000), ENOSYS))
        return 4;
#if defined(__x86_64__)
    if (!fails(syscall(0x40000000 | SYS_getpid), ENOSYS)) /* x32 */
        return 5;
#endif
    return 0;
}

static void test_what_is_refused(void **state)
{
    (void)state;
    int status = behind_filter(try_forbidden);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Through the C library, whose forms of these calls may change. */
static int work(void)
{
    int ends[2];
    char data[4];
    struct pollfd poller = {.events = POLLIN};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ||
        send(ends[0], "abc", 3, MSG_NOSIGNAL) != 3)
        return 1;
    poller.fd = ends[1];
    if (poll(&poller, 1, 1000) != 1 || recv(ends[1], data, sizeof data, MSG_DONTWAIT) != 3)
        return 2;
    int fd = open("work", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "abc", 3) != 3 || fsync(fd) < 0 || ftruncate(fd, 1) < 0)
        return 3;
    if (renameat(AT_FDCWD, "work", AT_FDCWD, "done") < 0 || unlink("done") < 0 ||
        mkdir("dir", 0700) < 0 || rmdir("dir") < 0)
        return 4;
    void *block = malloc(8 << 20);
    if (!block)
        return 5;
    free(block);
    if (kill(getpid(), 0) < 0 || waitpid(-1, NULL, WNOHANG) != -1)
        return 6;
    return 0;
}

static void test_what_works(void **state)
{
    (void)state;
    assert_int_equal(chdir(vt_root()), 0);
    int status = behind_filter(work);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_kills),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_what_works),
    };
    return vt_main(tests);
}
