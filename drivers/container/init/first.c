/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Process 1 of a container, without the C library: making that ready takes longer than all that is
 * done here, where the processor is a virtual one half a millisecond of each start, and what it
 * keeps would be kept for as long as the container lives. It is the entry of vessel-init; whoever
 * is not process 1 goes on to the C library's and to main().
 *
 * vessel-init KIND UID GID GROUPS CWD PATH ARGV…
 *   KIND "program": starts PATH as its child, passes signals on to it, reaps what is left to it,
 * and ends as the program ended: its status, or 128 + the signal. "init": becomes PATH. Descriptor
 * 3 is a socket to the warden: {"errno": N} if PATH cannot be executed; its end says that it was.
 * Descriptor 4, of a program, is where to write how it ended: {"status": N} or {"signal": N}.
 *
 * Nothing of the C library may be called here, by the compiler neither: it would make a memcpy of a
 * loop over what is not volatile. tests/tree/linkage looks at what is undefined. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "container/init/init.h"

/* For their constants alone. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* A stack protector's value is the C library's. */
#define BARE __attribute__((no_stack_protector))

void vessel__first(void);
/* Called by the lines below alone, which an optimizer of the whole program does not see. */
__attribute__((used)) void vessel__first_process(long *stack);

/* ---- the kernel ---- */

#if defined(__x86_64__)
/* The stack as the kernel made it, and %rdx, are the C library's to see. */
__asm__(".text\n.globl vessel__first\n.type vessel__first, @function\n"
        "vessel__first:\n\t"
        "xor %ebp, %ebp\n\t"
        "mov %rsp, %rbx\n\t"
        "mov %rdx, %r12\n\t"
        "mov %rsp, %rdi\n\t"
        "call vessel__first_process\n\t"
        "mov %rbx, %rsp\n\t"
        "mov %r12, %rdx\n\t"
        "jmp _start\n"
        ".size vessel__first, . - vessel__first");

BARE static long call(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".text\n.globl vessel__first\n.type vessel__first, %function\n"
        "vessel__first:\n\t"
        "mov x29, xzr\n\t"
        "mov x19, x0\n\t"
        "mov x0, sp\n\t"
        "bl vessel__first_process\n\t"
        "mov x0, x19\n\t"
        "b _start\n"
        ".size vessel__first, . - vessel__first");

BARE static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory", "cc");
    return x0;
}
#else
#error "process 1 of a container needs a few lines for this processor"
#endif

#define CALL(number, a, b, c, d) call(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

BARE static void __attribute__((noreturn)) leave(int status)
{
    for (;;)
        CALL(SYS_exit_group, status, 0, 0, 0);
}

/* ---- words ---- */

BARE static bool is(const char *word, const char *other)
{
    while (*word && *word == *other)
        word++, other++;
    return *word == *other;
}

/* @rest: what stands behind it. */
BARE static uint32_t read_number(const char *text, const char **rest)
{
    uint32_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint32_t)(*text - '0');
    *rest = text;
    return number;
}

/* {"@key":@number without its last brace; its length. */
BARE static size_t write_member(volatile char *text, const char *key, unsigned number)
{
    char digits[10];
    size_t count = 0, length = 0;
    text[length++] = '{';
    text[length++] = '"';
    while (*key)
        text[length++] = *key++;
    text[length++] = '"';
    text[length++] = ':';
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        text[length++] = digits[--count];
    return length;
}

BARE static void report(long errnum)
{
    volatile char message[32];
    size_t length = write_member(message, "errno", (unsigned)errnum);
    message[length++] = '}';
    call(SYS_sendto, SOCKET, (long)message, (long)length, MSG_NOSIGNAL, 0, 0);
}

/* ---- the program ---- */

/* "4,27,100". In a user namespace of one id the kernel refuses setgroups(2), and there are none to
 * lose but those that say nothing inside. */
BARE static long take_groups(const char *text)
{
    gid_t groups[GROUPS_MAX];
    long count = 0;
    while (*text && count < GROUPS_MAX) {
        groups[count++] = read_number(text, &text);
        text += *text == ',';
    }
    long result = CALL(SYS_setgroups, count, groups, 0, 0);
    return result == -EPERM && count == 0 ? 0 : result;
}

BARE static long become_user(char **argv)
{
    const char *rest;
    long uid = read_number(argv[2], &rest), gid = read_number(argv[3], &rest);
    long result = take_groups(argv[4]);
    if (result == 0)
        result = CALL(SYS_setresgid, gid, gid, gid, 0);
    return result == 0 ? CALL(SYS_setresuid, uid, uid, uid, 0) : result;
}

BARE static long set_mask(uint64_t mask)
{
    return CALL(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof mask);
}

/* What is no program of the kernel's is a script of the shell's, as execvp(3) has it. */
BARE static long run_program(char **argv, char **env)
{
    static char shell[] = "/bin/sh";
    long result = CALL(SYS_execve, argv[6], argv + 7, env, 0);
    if (result != -ENOEXEC)
        return result;
    argv[7] = argv[6];
    argv[6] = shell;
    return CALL(SYS_execve, shell, argv + 6, env, 0);
}

BARE static void __attribute__((noreturn)) execute(char **argv, char **env)
{
    set_mask(0);
    CALL(SYS_setsid, 0, 0, 0, 0);
    CALL(SYS_ioctl, 0, TIOCSCTTY, 0, 0); /* no terminal: nothing to control */
    CALL(SYS_fcntl, SOCKET, F_SETFD, FD_CLOEXEC, 0);
    long result = become_user(argv);
    if (result == 0)
        result = CALL(SYS_chdir, argv[5], 0, 0, 0);
    if (result == 0)
        result = run_program(argv, env);
    report(-result);
    leave(FAILED);
}

/* ---- who looks after it ---- */

/* Mapped, and closed: there is no descriptor of it for anybody to find, and it cannot grow. */
BARE static volatile char *map_record(void)
{
    long page = call(SYS_mmap, 0, RECORD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, RECORD, 0);
    CALL(SYS_close, RECORD, 0, 0, 0);
    return page < 0 && page > -4096 ? NULL : (volatile char *)page;
}

/* Ends as the program did; whatever else there is ends with process 1. The last byte closes the
 * record: cut short it is no JSON, and nobody is told half of it. */
BARE static void __attribute__((noreturn)) end_as(int status, volatile char *record)
{
    unsigned killed = (unsigned)status & 0x7f, code = (unsigned)status >> 8 & 0xff;
    if (record) {
        size_t length = write_member(record, killed ? "signal" : "status", killed ? killed : code);
        __atomic_store_n(record + length, '}', __ATOMIC_RELEASE);
    }
    leave(killed ? 128 + (int)killed : (int)code);
}

/* @options: WNOHANG, or 0 to wait for one. */
BARE static long reap(long program, volatile char *record, int options)
{
    int status;
    for (;;) {
        long pid = CALL(SYS_wait4, -1, &status, options, 0);
        if (pid <= 0)
            return pid;
        if (pid == program)
            end_as(status, record);
    }
}

BARE static void __attribute__((noreturn)) look_after(long program, volatile char *record)
{
    static const uint64_t all = ~UINT64_C(0);
    for (;;) {
        long number = CALL(SYS_rt_sigtimedwait, &all, 0, 0, sizeof all);
        if (number == SIGCHLD)
            reap(program, record, WNOHANG);
        else if (number > 0)
            CALL(SYS_kill, program, number, 0, 0);
        else if (number != -EINTR && reap(program, record, 0) != -EINTR)
            leave(FAILED); /* the definition's own filter forbids both: it can look after nobody */
    }
}

BARE static void __attribute__((noreturn)) run_child(char **argv, char **env)
{
    volatile char *record = map_record();
    set_mask(~UINT64_C(0));
    long program = CALL(SYS_clone, SIGCHLD, 0, 0, 0);
    if (program == 0) {
        CALL(SYS_munmap, record, RECORD_SIZE, 0, 0);
        execute(argv, env);
    }
    if (program < 0) {
        report(-program);
        leave(FAILED);
    }
    /* Nothing of the host is open in the container from here on. */
    for (int fd = 0; fd <= SOCKET; fd++)
        CALL(SYS_close, fd, 0, 0, 0);
    look_after(program, record);
}

/* @stack: argc, argv, NULL, the environment. */
BARE void vessel__first_process(long *stack)
{
    char **argv = (char **)(stack + 1), **env = argv + stack[0] + 1;
    if (stack[0] < 8 || CALL(SYS_getpid, 0, 0, 0, 0) != 1)
        return;
    CALL(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0);
    if (is(argv[1], "init"))
        execute(argv, env);
    if (is(argv[1], "program"))
        run_child(argv, env);
}
