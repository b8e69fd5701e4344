/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handles: what every public call is checked with first. A handle has a magic number, a reference
 * count and, through its host, two questions: did it come across a fork, and was it closed. */
#ifndef VESSEL_CORE_HANDLE_H
#define VESSEL_CORE_HANDLE_H

#include "base/clock.h"
#include "base/common.h"
#include "base/error.h"
#include <stdatomic.h>
#include <vessel/types.h>

#define VESSEL__MAGIC_HOST 0x7e55e101u
#define VESSEL__MAGIC_DOMAIN 0x7e55e102u
#define VESSEL__MAGIC_JOB 0x7e55e103u
#define VESSEL__MAGIC_STREAM 0x7e55e104u
#define VESSEL__MAGIC_EXEC 0x7e55e105u
#define VESSEL__MAGIC_DEAD 0x7e55dead

/* First member of every handle. */
typedef struct {
    _Atomic uint32_t magic;
    _Atomic unsigned refs;
} VesselHandle;

void vessel__handle_init(VesselHandle *handle, uint32_t magic);
/* True if @handle is one of that kind and alive. NULL is none. */
bool vessel__handle_is(const void *handle, uint32_t magic);
void vessel__handle_ref(VesselHandle *handle);
/* True if that was the last one: the magic is gone and the caller frees. */
bool vessel__handle_unref(VesselHandle *handle);

/* The gate of a host: counts the calls that are inside, and closes once. Whoever leaves a closed
 * gate last is told to tear down, exactly once. */
typedef struct {
    _Atomic uint32_t word;
    atomic_flag torn;
} VesselGate;

void vessel__gate_init(VesselGate *gate);
bool vessel__gate_enter(VesselGate *gate); /* false: it is closed */
void vessel__gate_again(VesselGate *gate); /* one more, by somebody who is inside */
bool vessel__gate_close(VesselGate *gate); /* true for the one who closed it */
bool vessel__gate_leave(VesselGate *gate); /* true: tear down now */
bool vessel__gate_closed(const VesselGate *gate);

/* A page that a fork leaves empty: tells a child from its parent without a system call. */
typedef struct {
    volatile unsigned char *page;
    pid_t pid; /* where the kernel cannot do that */
} VesselForkGuard;

int vessel__fork_guard_init(VesselForkGuard *guard, VesselError **err);
void vessel__fork_guard_clear(VesselForkGuard *guard);
bool vessel__fork_guard_forked(const VesselForkGuard *guard);

/* ---- arguments ---- */

/* invalid-argument unless @there; @what names the argument. */
int vessel__need(bool there, const char *what, VesselError **err);
/* Copies the caller's options (NULL: only the defaults that @out holds already) over @out. A struct
 * of an older header is shorter; a longer one may hold nothing but zeros past what we know. */
int vessel__options_read(const void *given, const char *what, void *out, size_t size,
                         VesselError **err);
/* invalid-argument if @flags has a bit that is not in @known. */
int vessel__flags_check(uint32_t flags, uint32_t known, const char *what, VesselError **err);

/* Waits until @fd is readable, the host's end (@closed_fd) or @deadline: 1, -1, 0. -1 descriptors
 * are left out. */
int vessel__wait_fd(int fd, int closed_fd, VesselDeadline deadline);

#endif
