/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two stages, because what is to be seen by nobody's wait() must not be this program's child for
 * longer than we look: the first stage is a child with exit signal 0, which wait(-1) skips and
 * which we reap by its number; it starts the second, which becomes the helper, and leaves, so that
 * the helper goes to the nearest subreaper.
 *
 * Both share this program's memory (nothing is copied, however large it is) and suspend the thread
 * before them until they have executed or left. So they must not allocate, lock, or return; what
 * they have to say stands in Start. They have their own signal handlers' table, descriptors, and
 * working directory. */
#include "sys/spawn.h"
#include "sys/socket.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define STACK_SIZE (64 * 1024)
#define GUARD_SIZE (64 * 1024) /* the largest page there is on aarch64 */
#define FIRST_FD 3

/* The sanitizers' idea of a thread's stack does not hold for what runs on ours. */
#define CHILD_SIDE __attribute__((no_sanitize("address", "undefined", "thread")))

typedef struct {
    const VesselSpawn *spawn;
    int *keep; /* descriptors of @spawn, sorted */
    size_t keep_count;
    int *moved;  /* room for those that are passed on */
    char *stack; /* of the second stage: its lowest address */
    pid_t pid;
    int errnum;       /* 0: executed */
    const char *step; /* what failed */
} Start;

/* ---- the second stage: system calls alone. What wraps them in the C library may be a cancellation
 * point, or a sanitizer's, which would take our descriptors for the program's. ---- */

CHILD_SIDE G_GNUC_NORETURN static void leave(int status)
{
    for (;;)
        syscall(SYS_exit_group, status);
}

/* Where a filter forbids close_range(2): look at what is open. */
CHILD_SIDE static int close_listed(unsigned first, unsigned last)
{
    char buffer[2048] __attribute__((aligned(8)));
    int listing =
        (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (listing < 0)
        return -1;
    long length;
    while ((length = syscall(SYS_getdents64, listing, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);
            unsigned fd = 0;
            bool number = entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
            for (const char *digit = entry->d_name; *digit; digit++)
                fd = fd * 10 + (unsigned)(*digit - '0');
            if (number && fd >= first && fd <= last && fd != (unsigned)listing)
                syscall(SYS_close, fd);
            at += entry->d_reclen;
        }
    }
    syscall(SYS_close, listing);
    return (int)length;
}

CHILD_SIDE static int close_between(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return 0;
    return close_listed(first, last);
}

/* Closes all that is not needed first, so that there is room to move what is, also for a program
 * that is at its limit of descriptors. */
CHILD_SIDE static int close_unneeded(const Start *start)
{
    unsigned from = 0;
    for (size_t i = 0; i < start->keep_count; i++) {
        unsigned fd = (unsigned)start->keep[i];
        if (fd > from && close_between(from, fd - 1) < 0)
            return -1;
        from = fd + 1;
    }
    return close_between(from, ~0u);
}

/* The descriptors of @spawn become 3, 4, …; returns that of the program, or -1. */
CHILD_SIDE static int arrange_descriptors(Start *start)
{
    const VesselSpawn *spawn = start->spawn;
    int count = (int)spawn->fds_count, above = FIRST_FD + count;
    start->step = "close the program's descriptors";
    if (close_unneeded(start) < 0)
        return -1;
    start->step = "pass descriptors";
    int program = (int)syscall(SYS_fcntl, spawn->exec_fd, F_DUPFD_CLOEXEC, above);
    if (program < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        start->moved[i] = (int)syscall(SYS_fcntl, spawn->fds[i], F_DUPFD_CLOEXEC, above);
        if (start->moved[i] < 0)
            return -1;
    }
    if (close_between(0, (unsigned)above - 1) < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (syscall(SYS_dup3, start->moved[i], FIRST_FD + i, 0) < 0)
            return -1;
    if (close_between((unsigned)above, (unsigned)program - 1) < 0 ||
        close_between((unsigned)program + 1, ~0u) < 0)
        return -1;
    start->step = "open /dev/null";
    long null = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    bool standard = null == 0 && syscall(SYS_dup3, 0, 1, 0) == 1 && syscall(SYS_dup3, 0, 2, 0) == 2;
    return standard ? program : -1;
}

/* An ignored signal would stay ignored in what is executed, a blocked one blocked. */
CHILD_SIDE static void reset_signals(void)
{
    static const uint64_t kernel_sigaction[4]; /* handler SIG_DFL, no flags, empty mask */
    static const uint64_t none;
    for (int signal = 1; signal <= 64; signal++)
        syscall(SYS_rt_sigaction, signal, kernel_sigaction, NULL, sizeof none);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

/* As far as it is allowed: a limit that suits the program may be too tight to execute anything. */
CHILD_SIDE static void widen_limits(void)
{
    static const int resources[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_NOFILE};
    struct rlimit64 limit;
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        if (syscall(SYS_prlimit64, 0, resources[i], NULL, &limit) < 0)
            continue;
        limit.rlim_cur = limit.rlim_max;
        syscall(SYS_prlimit64, 0, resources[i], &limit, NULL);
    }
    if (syscall(SYS_prlimit64, 0, RLIMIT_STACK, NULL, &limit) == 0) {
        rlim64_t usual = 8 << 20;
        limit.rlim_cur = limit.rlim_max < usual ? limit.rlim_max : usual;
        syscall(SYS_prlimit64, 0, RLIMIT_STACK, &limit, NULL);
    }
}

CHILD_SIDE static int second_stage(void *data)
{
    Start *start = data;
    syscall(SYS_setsid); /* before signals are let through: those of the terminal are not for us */
    widen_limits();
    int program = arrange_descriptors(start);
    if (program >= 0) {
        start->step = "execute it";
        reset_signals();
        syscall(SYS_execveat, program, "", start->spawn->argv, start->spawn->envp, AT_EMPTY_PATH);
    }
    start->errnum = errno ? errno : EIO;
    leave(127);
}

/* ---- the first stage ---- */

/* clone(2) or clone3(2) by number, going on in @run on another stack, suspended until the child has
 * executed or left. Not glibc's clone(): it knows no clone3, and the thread sanitizer takes it for
 * a fork, which a child with this memory is not. */
CHILD_SIDE static pid_t raw_clone(long number, long first, long second, int (*run)(void *),
                                  void *data)
{
    long result;
#if defined(__x86_64__)
    register int (*entry)(void *) __asm__("r12") = run;
    register void *argument __asm__("r13") = data;
    register long zero_10 __asm__("r10") = 0;
    register long zero_8 __asm__("r8") = 0;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r13, %%rdi\n\t"
                     "call *%%r12\n\t"
                     "hlt\n\t"
                     "1:"
                     : "=a"(result)
                     : "0"(number), "D"(first), "S"(second), "d"(0l), "r"(zero_10), "r"(zero_8),
                       "r"(entry), "r"(argument)
                     : "rcx", "r11", "memory", "cc");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = first;
    register long x1 __asm__("x1") = second;
    register long x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    register int (*entry)(void *) __asm__("x10") = run;
    register void *argument __asm__("x11") = data;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x0, %[argument]\n\t"
                     "blr %[entry]\n\t"
                     "brk #1\n\t"
                     "1:"
                     : "+r"(x0)
                     : "r"(x1), "r"(x2), "r"(x3), "r"(x4),
                       "r"(x8), [entry] "r"(entry), [argument] "r"(argument)
                     : "memory", "cc");
    result = x0;
#else
#error "vessel__spawn needs a few lines for this processor"
#endif
    if (result >= 0)
        return (pid_t)result;
    errno = (int)-result;
    return -1;
}

/* @stack is its lowest address. clone(2), which every seccomp filter allows, unless there is a
 * control group to be born in. */
CHILD_SIDE static pid_t start_child(int (*run)(void *), char *stack, int cgroup, void *data)
{
    struct clone_args args = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_INTO_CGROUP,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = STACK_SIZE,
        .cgroup = (uint64_t)cgroup,
    };
    if (cgroup >= 0)
        return raw_clone(SYS_clone3, (long)&args, sizeof args, run, data);
    return raw_clone(SYS_clone, CLONE_VM | CLONE_VFORK, (long)(stack + STACK_SIZE), run, data);
}

CHILD_SIDE static int first_stage(void *data)
{
    Start *start = data;
    int cgroup = start->spawn->cgroup_fd;
    start->pid = start_child(second_stage, start->stack, cgroup, start);
    if (start->pid < 0) {
        start->step = cgroup >= 0 ? "make a process in its control group" : "make a process";
        start->errnum = errno;
    } else if (start->errnum != 0) {
        syscall(SYS_wait4, start->pid, NULL, __WCLONE, NULL); /* nothing is left of it */
    }
    leave(0);
}

/* ---- this side ---- */

static int compare_fds(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* A child of a program that has unshared its PID namespace would be init of another one. As long as
 * that one has no init, the link to it leads nowhere. */
static int check_namespace(VesselError **err)
{
    struct stat own, children;
    if (stat("/proc/thread-self/ns/pid", &own) < 0)
        return VESSEL_OK;
    int result = stat("/proc/thread-self/ns/pid_for_children", &children);
    if (result == 0 ? children.st_ino == own.st_ino : errno != ENOENT)
        return VESSEL_OK;
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                 "this program starts its children in another PID namespace than its own");
    vessel__error_hint(err, "start guests before unshare(CLONE_NEWPID) or setns() into a PID "
                            "namespace, or from a process inside it");
    return VESSEL_ERROR_UNSUPPORTED;
}

/* Runs both stages; signals are blocked in this thread meanwhile, those of the C library too. */
static void run_stages(Start *start, char *stacks)
{
    uint64_t all = ~(uint64_t)0, before;
    int cancel, saved = errno;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    start->stack = stacks + GUARD_SIZE;
    char *first = start->stack + STACK_SIZE + GUARD_SIZE;
    pid_t pid = start_child(first_stage, first, -1, start);
    if (pid < 0) {
        start->errnum = errno;
        start->step = "make a process";
    } else {
        /* Reaped by somebody else's wait(__WALL)? It has left all the same. */
        while (waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR)
            ;
    }
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
    pthread_setcancelstate(cancel, NULL);
    errno = saved;
}

static int fail_spawn(VesselError **err, const Start *start)
{
    bool in_group = start->spawn->cgroup_fd >= 0 && start->pid < 0;
    if (in_group &&
        (start->errnum == ENOSYS || start->errnum == EINVAL || start->errnum == E2BIG)) {
        vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                     "cannot start the helper in its control group: %s",
                     strerrordesc_np(start->errnum));
        vessel__error_hint(err, "clone3(2) with CLONE_INTO_CGROUP is needed: Linux 5.7, and no "
                                "seccomp filter that hides it");
        return VESSEL_ERROR_UNSUPPORTED;
    }
    return vessel__fail_errno(err, start->errnum, "cannot start the helper %s: cannot %s",
                              start->spawn->argv[0], start->step);
}

int vessel__spawn(const VesselSpawn *spawn, pid_t *pid, VesselError **err)
{
    size_t stacks_size = 2 * STACK_SIZE + 3 * GUARD_SIZE, count = spawn->fds_count;
    *pid = 0;
    int result = check_namespace(err);
    if (result < 0)
        return result;
    g_autofree int *keep = g_new(int, count + 1);
    g_autofree int *moved = g_new(int, count + 1);
    if (count > 0)
        memcpy(keep, spawn->fds, count * sizeof *keep);
    keep[count] = spawn->exec_fd;
    qsort(keep, count + 1, sizeof *keep, compare_fds);
    if (keep[0] < 0)
        return vessel__fail(err, VESSEL_ERROR_BUG, "the helper was to get descriptor %d", keep[0]);
    /* Guard pages below, between and above. */
    char *stacks =
        mmap(NULL, stacks_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED)
        return vessel__fail_errno(err, errno, "no memory to start the helper");
    if (mprotect(stacks + GUARD_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE) < 0 ||
        mprotect(stacks + 2 * GUARD_SIZE + STACK_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE) < 0) {
        result = vessel__fail_errno(err, errno, "no memory to start the helper");
        munmap(stacks, stacks_size);
        return result;
    }
    Start start = {.spawn = spawn, .keep = keep, .keep_count = count + 1, .moved = moved};
    run_stages(&start, stacks);
    munmap(stacks, stacks_size);
    if (start.errnum != 0)
        return fail_spawn(err, &start);
    *pid = start.pid;
    return VESSEL_OK;
}

int vessel__spawn_with_socket(const VesselSpawn *spawn, int *socket, VesselError **err)
{
    int ends[2];
    pid_t pid;
    int code = vessel__socket_pair(SOCK_SEQPACKET, ends, err);
    if (code < 0)
        return code;
    *socket = ends[0];
    vessel_autofd int theirs = ends[1];
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_append_val(fds, theirs);
    if (spawn->fds_count > 0)
        g_array_append_vals(fds, spawn->fds, (guint)spawn->fds_count);
    VesselSpawn with = *spawn;
    with.fds = (const int *)(const void *)fds->data;
    with.fds_count = fds->len;
    return vessel__spawn(&with, &pid, err);
}
