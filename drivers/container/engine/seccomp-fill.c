/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's filter, filled in for its capabilities. Compiled into vessel-init as well, where
 * there is no library. */
#include "container/engine/seccomp.h"

void vessel__seccomp_fill(struct sock_filter *program, uint64_t kept)
{
    for (size_t i = 0; i < vessel__seccomp_length; i++) {
        program[i] = vessel__seccomp_program[i];
        uint32_t data = program[i].k & SECCOMP_RET_DATA;
        if (program[i].code != (BPF_RET | BPF_K) || data < SECCOMP_OPEN ||
            (program[i].k & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
            continue;
        const VesselSeccompCondition *condition = &vessel__seccomp_conditions[data - SECCOMP_OPEN];
        program[i].k =
            kept & condition->needs ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | condition->errnum;
    }
}
