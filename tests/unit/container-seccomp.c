/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filter of containers: that the table is sound, that each call of it is answered as it says
 * for every processor of the build's, and that the kernel takes the filter and answers alike. */
#include "container/engine/engine.h"
#include "container/engine/seccomp-table.h"
#include "container/engine/seccomp.h"
#include "tests/unit/bpf.h"

#include <linux/audit.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ALLOW 0 /* an answer is this, or an error */
#define NO_FILTER 99
#define ABOVE (UINT64_C(1) << 40) /* what the kernel does not look at in an int */

static const uint32_t architectures[] = {
#if defined(__x86_64__)
    SCMP_ARCH_X86_64,
    SCMP_ARCH_X86,
#elif defined(__aarch64__)
    SCMP_ARCH_AARCH64,
    SCMP_ARCH_ARM,
#endif
};

/* ---- the filter, without the kernel ---- */

static int outcome(uint32_t action)
{
    if (action == SECCOMP_RET_ALLOW)
        return ALLOW;
    assert_int_equal(action & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
    return (int)(action & SECCOMP_RET_DATA);
}

/* What the filter of a container that keeps @kept says to one call. */
static int ask(uint64_t kept, const struct seccomp_data *data)
{
    g_autofree struct sock_filter *program = g_new(struct sock_filter, vessel__seccomp_length);
    vessel__seccomp_fill(program, kept);
    return outcome(vt_bpf(program, vessel__seccomp_length, data));
}

static int ask_name(uint64_t kept, uint32_t architecture, const char *name, unsigned argument,
                    uint64_t value)
{
    int number = seccomp_syscall_resolve_name_arch(architecture, name);
    struct seccomp_data data = {.nr = number, .arch = architecture};
    data.args[argument] = value;
    return number < 0 ? -1 : ask(kept, &data);
}

/* ---- the table ---- */

static void enter(GHashTable *seen, const char *calls, bool newer)
{
    for (SeccompName name = ""; seccomp_next_name(&calls, name);) {
        if (!g_hash_table_add(seen, g_strdup(name)))
            fail_msg("%s stands twice in the table", name);
        if (!newer && seccomp_syscall_resolve_name(name) == __NR_SCMP_ERROR)
            fail_msg("libseccomp does not know %s", name);
    }
}

static void test_each_call_stands_once(void **state)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(seccomp_groups); i++)
        enter(seen, seccomp_groups[i].calls, seccomp_groups[i].newer);
    for (size_t i = 0; i < G_N_ELEMENTS(seccomp_arguments); i++)
        enter(seen, seccomp_arguments[i].calls, false);
    assert_true(g_hash_table_size(seen) > 350);
}

static void check_group(const SeccompGroup *group, uint64_t kept, int wanted)
{
    SeccompName name;
    for (size_t i = 0; i < G_N_ELEMENTS(architectures); i++)
        for (const char *rest = group->calls; seccomp_next_name(&rest, name);) {
            int answer = ask_name(kept, architectures[i], name, 0, 0);
            if (answer != wanted && answer != -1)
                fail_msg("%s, architecture %#x, capabilities %#" G_GINT64_MODIFIER "x: %d, not %d",
                         name, architectures[i], kept, answer, wanted);
        }
}

/* With none of the capabilities, all others, each that it names, and all. */
static void test_groups(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(seccomp_groups); i++) {
        const SeccompGroup *group = &seccomp_groups[i];
        int never = group->needs ? ALLOW : group->errnum;
        check_group(group, 0, group->errnum);
        check_group(group, ~group->needs, group->errnum);
        check_group(group, UINT64_MAX, never);
        for (int cap = 0; cap <= 63; cap++)
            if (group->needs >> cap & 1)
                check_group(group, UINT64_C(1) << cap, ALLOW);
    }
}

static void test_arguments(void **state)
{
    static const uint64_t admin = SECCOMP_CAP(SYS_ADMIN);
    static const struct {
        const char *call;
        unsigned argument;
        uint64_t value, kept;
        int answer;
    } cases[] = {
        {"clone", 0, CLONE_VM | CLONE_FS | CLONE_THREAD | SIGCHLD, 0, ALLOW},
        {"clone", 0, CLONE_NEWUSER | SIGCHLD, 0, EPERM},
        {"clone", 0, CLONE_NEWUSER | ABOVE, 0, EPERM},
        {"clone", 0, CLONE_NEWNET, ~admin, EPERM},
        {"clone", 0, CLONE_NEWCGROUP, 0, EPERM},
        {"clone", 0, CLONE_NEWUSER | CLONE_NEWNS, admin, ALLOW},
        {"unshare", 0, CLONE_FILES | CLONE_FS, 0, ALLOW},
        {"unshare", 0, CLONE_NEWUSER, 0, EPERM},
        {"unshare", 0, CLONE_FILES | SECCOMP_NEWTIME, 0, EPERM},
        {"unshare", 0, CLONE_NEWNS, admin, ALLOW},
        {"ioctl", 1, TCGETS, 0, ALLOW},
        {"ioctl", 1, TIOCSTI, 0, EPERM},
        {"ioctl", 1, TIOCSTI | ABOVE, 0, EPERM},
        {"ioctl", 1, TIOCLINUX, 0, EPERM},
        {"ioctl", 1, TIOCSTI, admin, ALLOW},
        {"personality", 0, 0xffffffff, 0, ALLOW},
        {"personality", 0, UINT64_MAX, 0, ALLOW},
        {"personality", 0, PER_LINUX32 | UNAME26, 0, ALLOW},
        {"personality", 0, ADDR_NO_RANDOMIZE, 0, ALLOW},
        {"personality", 0, READ_IMPLIES_EXEC, UINT64_MAX, EPERM},
        {"socket", 0, AF_UNIX, 0, ALLOW},
        {"socket", 0, AF_INET6, 0, ALLOW},
        {"socket", 0, AF_PACKET, 0, ALLOW},
        {"socket", 0, AF_ALG, UINT64_MAX, EAFNOSUPPORT},
        {"socket", 0, AF_VSOCK, 0, EAFNOSUPPORT},
        {"socket", 0, AF_VSOCK | ABOVE, 0, EAFNOSUPPORT},
        {"socketpair", 0, AF_TIPC, 0, EAFNOSUPPORT},
        /* libseccomp gives their parts rules of their own, made from those of other calls. */
        {"socketcall", 0, 1 /* socket */, 0, ALLOW},
        {"socketcall", 0, 8 /* socketpair */, 0, ALLOW},
        {"ipc", 0, 2 /* semget */, 0, ALLOW},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (size_t a = 0; a < G_N_ELEMENTS(architectures); a++) {
            int answer = ask_name(cases[i].kept, architectures[a], cases[i].call, cases[i].argument,
                                  cases[i].value);
            if (answer != cases[i].answer && answer != -1)
                fail_msg("case %zu, %s, architecture %#x: %d", i, cases[i].call, architectures[a],
                         answer);
        }
}

/* Numbers of the future, of processors that are not here, and of x32. */
static void test_what_does_not_exist(void **state)
{
    const struct seccomp_data strange[] = {
        {.nr = 100000, .arch = architectures[0]},
        {.nr = -1, .arch = architectures[0]},
        {.nr = 0, .arch = AUDIT_ARCH_SPARC64},
        {.nr = 0x40000000 | SYS_getpid, .arch = architectures[0]},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(strange); i++)
        assert_int_equal(ask(UINT64_MAX, &strange[i]), ENOSYS);
}

/* ---- the kernel ---- */

static long native(int number, long first)
{
    return syscall(number, first, -1L, -1L, -1L, -1L, -1L) < 0 ? -errno : 0;
}

#if defined(__x86_64__)
static long i386(int number, long first)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"((long)number), "b"(first), "c"(-1L), "d"(-1L), "S"(-1L), "D"(-1L)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)result;
}
#endif

typedef struct {
    uint32_t architecture;
    long (*call)(int number, long first);
} Way;

static bool answers(const Way *way, const char *name, long first, long wanted)
{
    int number = seccomp_syscall_resolve_name_arch(way->architecture, name);
    long answer = number < 0 ? wanted : way->call(number, first);
    if (answer != wanted)
        fprintf(stderr, "%s, architecture %#x: %ld\n", name, way->architecture, answer);
    return answer == wanted;
}

/* Arguments that do no harm should a call be made after all. */
static int try_all(const Way *way)
{
    SeccompName name;
    for (size_t i = 0; i < G_N_ELEMENTS(seccomp_groups); i++) {
        const char *rest = seccomp_groups[i].errnum ? seccomp_groups[i].calls : "";
        while (seccomp_next_name(&rest, name))
            if (!answers(way, name, -1, -seccomp_groups[i].errnum))
                return 1;
    }
    if (!answers(way, "close", -1, -EBADF) || !answers(way, "dup3", -1, -EINVAL) ||
        !answers(way, "socketcall", -1, -EINVAL) || !answers(way, "timer_delete", -1, -EINVAL) ||
        !answers(way, "ioctl", -1, -EBADF) || !answers(way, "mq_unlink", 0, -EFAULT))
        return 2;
    if (!answers(way, "clone", CLONE_NEWUSER | SIGCHLD, -EPERM) ||
        !answers(way, "unshare", CLONE_NEWUSER, -EPERM) || !answers(way, "unshare", 0, 0) ||
        !answers(way, "socket", AF_ALG, -EAFNOSUPPORT) ||
        !answers(way, "personality", READ_IMPLIES_EXEC, -EPERM) ||
        !answers(way, "personality", 0, 0))
        return 3;
    return way->call(100000, 0) == -ENOSYS ? 0 : 4;
}

/* In a child that is behind the filter of a container without capabilities; the wait status. */
static int behind_filter(int (*act)(const Way *way), const Way *way)
{
    g_autoptr(VesselJson) plan = vessel__json_new_object();
    const ContainerSpawn spawn = {.plan = plan};
    const ContainerInside inside = {.spawn = &spawn};
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setsid(); /* away from the terminal */
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || vessel__container_filter(&inside, NULL))
            _exit(NO_FILTER);
        _exit(act(way));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER)
        vt_skip("this kernel, or what runs the tests, allows no seccomp filter");
    return status;
}

static void test_kernel(void **state)
{
    const Way way = {architectures[0], native};
    (void)state;
    assert_int_equal(behind_filter(try_all, &way), 0);
}

static int get_pid(const Way *way)
{
    return way->call(20, 0) == getpid() ? 0 : 1;
}

static void test_kernel_i386(void **state)
{
    (void)state;
#if defined(__x86_64__)
    const Way way = {SCMP_ARCH_X86, i386};
    int status = behind_filter(get_pid, &way);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
        vt_skip("this kernel runs no programs of i386");
    assert_int_equal(status, 0);
    assert_int_equal(behind_filter(try_all, &way), 0);
#else
    vt_skip("not a processor that runs programs of i386");
#endif
}

/* What vessel-init, and a shell after it, do. */
static int work(const Way *way)
{
    int status;
    (void)way;
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "echo work | (read word && test \"$word\" = work)",
              (char *)NULL);
        _exit(1);
    }
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static void test_work(void **state)
{
    (void)state;
    assert_int_equal(behind_filter(work, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call_stands_once),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_what_does_not_exist),
        cmocka_unit_test(test_kernel),
        cmocka_unit_test(test_kernel_i386),
        cmocka_unit_test(test_work),
    };
    return vt_main(tests);
}
