/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filter that was made when Vessel was built: what seccomp-generate writes and seccomp.c loads.
 */
#ifndef VESSEL_CONTAINER_SECCOMP_H
#define VESSEL_CONTAINER_SECCOMP_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/* One program serves every set of capabilities: where an answer depends on them it gives, until it
 * is filled in, the error SECCOMP_OPEN + i, which stands for the i-th condition. No error of the
 * kernel's is as high. */
#define SECCOMP_OPEN 0x800

typedef struct {
    uint64_t needs;  /* one of these capabilities allows it */
    uint32_t errnum; /* else */
} VesselSeccompCondition;

extern const struct sock_filter vessel__seccomp_program[];
extern const size_t vessel__seccomp_length;
extern const VesselSeccompCondition vessel__seccomp_conditions[];

/* Fills @program, of vessel__seccomp_length, for a container that keeps the capabilities @kept. */
void vessel__seccomp_fill(struct sock_filter *program, uint64_t kept);

#endif
