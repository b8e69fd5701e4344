/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp-generate CPU: writes the filter of a table, SECCOMP_TABLE, for CPU as C. It runs where
 * Vessel is built, which need not be a CPU of that kind.
 *
 * libseccomp knows the numbers of each processor and makes a program of them, which compares with
 * each number. Numbers with the same answer stand side by side, so its answers are asked for and a
 * tree of ranges is made of them: a quarter of the length, which the kernel translates at each
 * start of a container. What an argument decides about is appended behind that, and jumped to:
 * libseccomp's own rules compare 64 bits, which is one way around them, and know no answer for
 * "none of these". */
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

/* ---- libseccomp's program ---- */

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

/* ---- the tree of ranges ---- */

/* From @first to where the next one begins. */
typedef struct {
    uint32_t first, answer;
} Range;

/* What libseccomp's program says of the system call @number of @architecture. */
static uint32_t ask(const struct sock_filter *program, uint32_t architecture, uint32_t number)
{
    uint32_t word = 0;
    for (const struct sock_filter *at = program;; at++) {
        switch (at->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (at->k != offsetof(struct seccomp_data, nr) &&
                at->k != offsetof(struct seccomp_data, arch))
                fail("libseccomp looks at an argument of the system call %u", number);
            word = at->k == offsetof(struct seccomp_data, nr) ? number : architecture;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += word == at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            at += word > at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += word >= at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JA:
            at += at->k;
            break;
        case BPF_RET | BPF_K:
            return at->k;
        default:
            fail("libseccomp has made an instruction %#x", at->code);
        }
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* The answer can change only at a number that the program compares with, and behind it. */
static size_t find_ranges(const struct sock_filter *program, size_t length, uint32_t architecture,
                          Range *ranges)
{
    static uint32_t edges[2 * PROGRAM_MAX + 1];
    size_t edges_count = 1, count = 0; /* the first edge is 0 */
    for (size_t i = 0; i < length; i++)
        if (BPF_CLASS(program[i].code) == BPF_JMP && BPF_OP(program[i].code) != BPF_JA) {
            edges[edges_count++] = program[i].k;
            edges[edges_count++] = program[i].k + 1;
        }
    qsort(edges, edges_count, sizeof *edges, compare_numbers);
    for (size_t i = 0; i < edges_count; i++) {
        uint32_t answer = ask(program, architecture, edges[i]);
        if (count == 0 || ranges[count - 1].answer != answer)
            ranges[count++] = (Range){edges[i], answer};
    }
    return count;
}

/* Filled from its end, since jumps lead forwards: a place in it is its distance from the end. */
typedef struct {
    struct sock_filter program[PROGRAM_MAX];
    size_t length;
} Backwards;

static size_t emit(Backwards *out, uint16_t code, uint32_t k, size_t if_true, size_t if_false)
{
    size_t here = out->length + 1;
    bool jumps = BPF_CLASS(code) == BPF_JMP;
    size_t jt = jumps ? here - if_true - 1 : 0, jf = jumps ? here - if_false - 1 : 0;
    if (here > PROGRAM_MAX || jt > UINT8_MAX || jf > UINT8_MAX)
        fail("the filter is too long");
    out->program[PROGRAM_MAX - here] = (struct sock_filter){code, (uint8_t)jt, (uint8_t)jf, k};
    return out->length = here;
}

/* One that is near enough is used again. */
static size_t emit_answer(Backwards *out, uint32_t answer)
{
    for (size_t at = out->length; at > 0 && out->length - at < UINT8_MAX / 2; at--) {
        const struct sock_filter *there = &out->program[PROGRAM_MAX - at];
        if (there->code == (BPF_RET | BPF_K) && there->k == answer)
            return at;
    }
    return emit(out, BPF_RET | BPF_K, answer, 0, 0);
}

static size_t emit_ranges(Backwards *out, const Range *ranges, size_t count)
{
    if (count == 1)
        return emit_answer(out, ranges[0].answer);
    size_t half = count / 2;
    size_t above = emit_ranges(out, ranges + half, count - half);
    size_t below = emit_ranges(out, ranges, half);
    return emit(out, BPF_JMP | BPF_JGE | BPF_K, ranges[half].first, above, below);
}

/* @program becomes another that answers the same; its new length. */
static size_t shorten(const uint32_t *architectures, struct sock_filter *program, size_t length)
{
    static Backwards out;
    static Range ranges[2 * PROGRAM_MAX + 1];
    size_t next = emit_answer(&out, SCMP_ACT_ERRNO(ENOSYS)), count = 0;
    while (architectures[count])
        count++;
    while (count-- > 0) {
        uint32_t architecture = architectures[count]; /* libseccomp's are the kernel's */
        emit_ranges(&out, ranges, find_ranges(program, length, architecture, ranges));
        size_t entry =
            emit(&out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
        next = emit(&out, BPF_JMP | BPF_JEQ | BPF_K, architecture, entry, next);
    }
    emit(&out, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
    memcpy(program, out.program + PROGRAM_MAX - out.length, out.length * sizeof *program);
    return out.length;
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
        const uint32_t *architectures = processors[i].architectures;
        size_t length = make_tree(architectures, program);
        length = shorten(architectures, program, length);
        write_all(argv[1], program, add_arguments(program, length));
        return 0;
    }
    fail("no list of architectures for the processor %s", argc == 2 ? argv[1] : "(none given)");
}
