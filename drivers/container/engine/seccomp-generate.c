/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp-generate CPU: writes the filter of a table, SECCOMP_TABLE, for CPU as C. It runs where
 * Vessel is built, which need not be a CPU of that kind.
 *
 * libseccomp knows the numbers of each processor and makes a binary tree of them. What an argument
 * decides about is appended behind its program, and jumped to: its own rules compare 64 bits, which
 * is one way around them, and know no answer for "none of these". */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include SECCOMP_TABLE
#include "seccomp.h"

#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GROUPS COUNT(seccomp_groups)
#define ARGUMENTS COUNT(seccomp_arguments)
#define PROGRAM_MAX 4096 /* the kernel's */
#define LOW_WORD 0       /* of an argument: all processors below are little-endian */

/* The first is the processor's own; x32 is not among x86-64's, so that its calls do not exist. */
static const struct {
    const char *cpu;
    uint32_t architectures[3];
} processors[] = {
    {"x86_64", {SCMP_ARCH_X86_64, SCMP_ARCH_X86}},
    {"aarch64", {SCMP_ARCH_AARCH64, SCMP_ARCH_ARM}},
};

static __attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("seccomp-generate: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* ---- the tree of numbers ---- */

static void add_calls(scmp_filter_ctx tree, uint32_t action, const char *calls, bool newer)
{
    SeccompName name;
    while (seccomp_next_name(&calls, name)) {
        int number = seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR && newer)
            continue;
        if (number == __NR_SCMP_ERROR)
            fail("libseccomp knows no system call %s", name);
        int code = seccomp_rule_add(tree, action, number, 0);
        if (code < 0)
            fail("%s: %s", name, strerror(-code));
    }
    if (*calls)
        fail("a name is too long: %s", calls);
}

/* Conditions: one for each group, then one for each argument. */
static uint32_t answer(size_t condition, uint64_t needs, int errnum)
{
    if (errnum == 0)
        return SCMP_ACT_ALLOW;
    return SCMP_ACT_ERRNO(needs ? SECCOMP_OPEN + (unsigned)condition : (unsigned)errnum);
}

static scmp_filter_ctx new_tree(const uint32_t *architectures)
{
    scmp_filter_ctx tree = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!tree || seccomp_arch_remove(tree, SCMP_ARCH_NATIVE) < 0)
        fail("no filter");
    for (const uint32_t *architecture = architectures;
         *architecture && (SECCOMP_FOREIGN || architecture == architectures); architecture++)
        if (seccomp_arch_add(tree, *architecture) < 0)
            fail("libseccomp does not know this processor");
    if (seccomp_attr_set(tree, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)) < 0 ||
        seccomp_attr_set(tree, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
        fail("libseccomp is too old: 2.5 has binary trees");
    return tree;
}

static size_t make_tree(const uint32_t *architectures, struct sock_filter *program)
{
    scmp_filter_ctx tree = new_tree(architectures);
    for (size_t i = 0; i < GROUPS; i++) {
        const SeccompGroup *group = &seccomp_groups[i];
        add_calls(tree, answer(i, group->needs, group->errnum), group->calls, group->newer);
    }
    /* Always open: the jumps to what is appended are made of these. */
    for (size_t i = 0; i < ARGUMENTS; i++)
        add_calls(tree, answer(GROUPS + i, 1, 1), seccomp_arguments[i].calls, false);
    int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0 || seccomp_export_bpf(tree, fd) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        fail("the filter cannot be made");
    ssize_t size = read(fd, program, PROGRAM_MAX * sizeof *program);
    close(fd);
    seccomp_release(tree);
    if (size <= 0 || (size_t)size == PROGRAM_MAX * sizeof *program)
        fail("the filter is too long");
    return (size_t)size / sizeof *program;
}

/* ---- the arguments ---- */

static size_t append_argument(struct sock_filter *program, size_t length, size_t i)
{
    const SeccompArgument *rule = &seccomp_arguments[i];
    uint32_t other = answer(GROUPS + i, rule->needs, rule->errnum);
    uint32_t at = offsetof(struct seccomp_data, args) + 8 * rule->argument + LOW_WORD;
    if (length + rule->count + 4 > PROGRAM_MAX)
        fail("the filter is too long");
    program[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at);
    program[length++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, rule->mask);
    for (size_t value = 0; value < rule->count; value++)
        program[length++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, rule->values[value], (uint8_t)(rule->count - value), 0);
    program[length++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rule->except ? SECCOMP_RET_ALLOW : other);
    program[length++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rule->except ? other : SECCOMP_RET_ALLOW);
    return length;
}

static size_t add_arguments(struct sock_filter *program, size_t length)
{
    size_t tree = length;
    for (size_t i = 0; i < ARGUMENTS; i++) {
        uint32_t open = SCMP_ACT_ERRNO(SECCOMP_OPEN + (unsigned)(GROUPS + i));
        for (size_t at = 0; at < tree; at++)
            if (program[at].code == (BPF_RET | BPF_K) && program[at].k == open)
                program[at] =
                    (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(length - at - 1));
        length = append_argument(program, length, i);
    }
    return length;
}

/* ---- what is written ---- */

static void write_condition(uint64_t needs, int errnum)
{
    printf("    {UINT64_C(%#llx), %d},\n", (unsigned long long)needs, errnum);
}

static void write_all(const char *cpu, const struct sock_filter *program, size_t length)
{
    const struct scmp_version *version = seccomp_version();
    printf("/* Made by seccomp-generate from " SECCOMP_TABLE
           ", for %s, with libseccomp %u.%u.%u. */\n"
           "#include \"container/engine/seccomp.h\"\n\nconst struct sock_filter "
           "vessel__seccomp_program[] = "
           "{\n",
           cpu, version->major, version->minor, version->micro);
    for (size_t i = 0; i < length; i++)
        printf("    {%#x, %u, %u, %#x},\n", program[i].code, program[i].jt, program[i].jf,
               program[i].k);
    printf("};\nconst size_t vessel__seccomp_length = %zu;\n\n"
           "const VesselSeccompCondition vessel__seccomp_conditions[] = {\n",
           length);
    for (size_t i = 0; i < GROUPS; i++)
        write_condition(seccomp_groups[i].needs, seccomp_groups[i].errnum);
    for (size_t i = 0; i < ARGUMENTS; i++)
        write_condition(seccomp_arguments[i].needs, seccomp_arguments[i].errnum);
    puts("};");
    if (fflush(stdout) != 0 || ferror(stdout))
        fail("the filter cannot be written");
}

int main(int argc, char **argv)
{
    static struct sock_filter program[PROGRAM_MAX];
    for (size_t i = 0; argc == 2 && i < COUNT(processors); i++) {
        if (strcmp(processors[i].cpu, argv[1]) != 0)
            continue;
        size_t length = make_tree(processors[i].architectures, program);
        write_all(argv[1], program, add_arguments(program, length));
        return 0;
    }
    fail("no list of architectures for the processor %s", argc == 2 ? argv[1] : "(none given)");
}
