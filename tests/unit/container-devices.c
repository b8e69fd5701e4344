/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The BPF program that holds a container to its devices: run here instruction by instruction, and
 * loaded where the kernel lets us. */
#include "container/engine/devices.h"
#include "tests/lib/vt.h"

#include <linux/bpf.h>
#include <sys/syscall.h>

#define STEPS_MAX 1000

/* The few instructions that it is made of; any other, and one that reads what was never written,
 * fails the case, as the kernel would refuse it. */
static uint64_t run(const GArray *program, const struct bpf_cgroup_dev_ctx *context)
{
    uint64_t regs[16] = {[1] = (uint64_t)(uintptr_t)context};
    bool written[16] = {[1] = true};
    guint at = 0;
    for (unsigned steps = 0; steps < STEPS_MAX; steps++) {
        assert_true(at < program->len);
        struct bpf_insn in = g_array_index(program, struct bpf_insn, at++);
        if (in.code == (BPF_JMP | BPF_EXIT)) {
            assert_true(written[0]);
            return regs[0];
        }
        bool moves = (in.code & 0xf0) == BPF_MOV && BPF_CLASS(in.code) == BPF_ALU64;
        assert_true(moves || BPF_CLASS(in.code) == BPF_LDX || written[in.dst_reg]);
        uint64_t value = in.code & BPF_X && BPF_CLASS(in.code) == BPF_ALU64
                             ? regs[in.src_reg]
                             : (uint64_t)(int64_t)in.imm;
        switch (in.code) {
        case BPF_LDX | BPF_MEM | BPF_W:
            assert_int_equal(in.src_reg, 1);
            assert_true(in.off >= 0 && (size_t)in.off + 4 <= sizeof *context);
            regs[in.dst_reg] = *(const uint32_t *)((const char *)context + in.off);
            break;
        case BPF_ALU64 | BPF_MOV | BPF_K:
        case BPF_ALU64 | BPF_MOV | BPF_X:
            regs[in.dst_reg] = value;
            break;
        case BPF_ALU64 | BPF_AND | BPF_K:
            regs[in.dst_reg] &= value;
            break;
        case BPF_ALU64 | BPF_RSH | BPF_K:
            regs[in.dst_reg] >>= value;
            break;
        case BPF_JMP | BPF_JNE | BPF_K:
            assert_true(in.off > 0); /* only forwards: it ends */
            at += regs[in.dst_reg] != value ? (guint)in.off : 0;
            break;
        default:
            fail_msg("instruction %u is 0x%x", at - 1, in.code);
        }
        written[in.dst_reg] = true;
    }
    fail_msg("it does not end");
    return 0;
}

static bool allows(const GArray *program, bool block, uint32_t major, uint32_t minor,
                   uint32_t access)
{
    struct bpf_cgroup_dev_ctx context = {
        .access_type = access << 16 | (block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR),
        .major = major,
        .minor = minor};
    return run(program, &context) == 1;
}

static GArray *usual(void)
{
    GArray *program = g_array_new(FALSE, FALSE, sizeof(struct bpf_insn));
    vessel__container_device_program(vessel__container_devices, vessel__container_devices_count,
                                     program);
    return program;
}

static void test_what_it_allows(void **state)
{
    static const struct {
        bool block;
        uint32_t major, minor, access;
        bool allowed;
    } cases[] = {
        {false, 1, 3, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE, true}, /* null */
        {false, 1, 9, BPF_DEVCG_ACC_READ, true},                       /* urandom */
        {false, 5, 0, BPF_DEVCG_ACC_WRITE, true},                      /* tty */
        {false, 5, 2, BPF_DEVCG_ACC_READ, true},                       /* ptmx */
        {false, 136, 0, BPF_DEVCG_ACC_READ, true},                     /* a terminal */
        {false, 136, 70000, BPF_DEVCG_ACC_WRITE, true},
        {false, 1, 3, BPF_DEVCG_ACC_MKNOD, false},
        {false, 1, 3, BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ, false},
        {true, 1, 3, BPF_DEVCG_ACC_READ, false},   /* a block device of that number */
        {false, 1, 1, BPF_DEVCG_ACC_READ, false},  /* mem */
        {false, 1, 11, BPF_DEVCG_ACC_READ, false}, /* kmsg */
        {false, 5, 1, BPF_DEVCG_ACC_WRITE, false}, /* the host's console */
        {true, 8, 0, BPF_DEVCG_ACC_READ, false},   /* a disk */
        {true, 136, 0, BPF_DEVCG_ACC_READ, false},
        {false, 10, 229, BPF_DEVCG_ACC_READ, false}, /* fuse */
        {false, 0, 0, BPF_DEVCG_ACC_READ, false},
        {false, UINT32_MAX, UINT32_MAX, BPF_DEVCG_ACC_READ, false},
    };
    (void)state;
    g_autoptr(GArray) program = usual();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (allows(program, cases[i].block, cases[i].major, cases[i].minor, cases[i].access) !=
            cases[i].allowed)
            fail_msg("case %zu", i);
}

static void test_of_none(void **state)
{
    (void)state;
    g_autoptr(GArray) program = g_array_new(FALSE, FALSE, sizeof(struct bpf_insn));
    vessel__container_device_program(NULL, 0, program);
    assert_false(allows(program, false, 1, 3, BPF_DEVCG_ACC_READ));
}

/* The kernel's own judge. */
static void test_the_kernel_takes_it(void **state)
{
    char log[8192] = "";
    (void)state;
    g_autoptr(GArray) program = usual();
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                           .insns = (uint64_t)(uintptr_t)program->data,
                           .insn_cnt = program->len,
                           .license = (uint64_t)(uintptr_t) "LGPL",
                           .log_buf = (uint64_t)(uintptr_t)log,
                           .log_size = sizeof log,
                           .log_level = 1};
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
    if (fd < 0 && errno == EPERM)
        vt_skip("this user may load no BPF program");
    if (fd < 0 && (errno == ENOSYS || (errno == EINVAL && !*log)))
        vt_skip("this kernel has no BPF programs for devices");
    if (fd < 0)
        fail_msg("%s: %s", g_strerror(errno), log);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_allows),
        cmocka_unit_test(test_of_none),
        cmocka_unit_test(test_the_kernel_takes_it),
    };
    return vt_main(tests);
}
