/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A filter of system calls, run without the kernel. */
#ifndef VESSEL_TESTS_UNIT_BPF_H
#define VESSEL_TESTS_UNIT_BPF_H

#include "tests/lib/vt.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

/* What the filter @program says to one call. */
static inline uint32_t vt_bpf(const struct sock_filter *program, size_t length,
                              const struct seccomp_data *data)
{
    uint32_t value = 0;
    for (size_t at = 0; at < length; at++) {
        const struct sock_filter *step = &program[at];
        switch (step->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            assert_true(step->k + 4 <= sizeof *data);
            memcpy(&value, (const char *)data + step->k, 4);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            value &= step->k;
            break;
        case BPF_JMP | BPF_JA:
            at += step->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += value == step->k ? step->jt : step->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            at += value > step->k ? step->jt : step->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            at += value >= step->k ? step->jt : step->jf;
            break;
        case BPF_RET | BPF_K:
            return step->k;
        default:
            fail_msg("instruction %zu: %#x", at, step->code);
        }
    }
    fail_msg("the filter has no end");
    return 0;
}

#endif
