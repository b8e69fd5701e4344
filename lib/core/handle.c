/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/handle.h"
#include <poll.h>
#include <sys/mman.h>

void vessel__handle_init(VesselHandle *handle, uint32_t magic)
{
    atomic_store(&handle->refs, 1u);
    atomic_store(&handle->magic, magic);
}

bool vessel__handle_is(const void *handle, uint32_t magic)
{
    return handle && atomic_load_explicit(&((const VesselHandle *)handle)->magic,
                                          memory_order_relaxed) == magic;
}

void vessel__handle_ref(VesselHandle *handle)
{
    atomic_fetch_add_explicit(&handle->refs, 1u, memory_order_relaxed);
}

bool vessel__handle_unref(VesselHandle *handle)
{
    if (atomic_fetch_sub_explicit(&handle->refs, 1u, memory_order_acq_rel) != 1u)
        return false;
    atomic_store(&handle->magic, VESSEL__MAGIC_DEAD);
    return true;
}

#define GATE_CLOSED 0x80000000u

void vessel__gate_init(VesselGate *gate)
{
    atomic_init(&gate->word, 0u);
    atomic_flag_clear(&gate->torn);
}

bool vessel__gate_enter(VesselGate *gate)
{
    if (!(atomic_fetch_add(&gate->word, 1u) & GATE_CLOSED))
        return true;
    return false;
}

void vessel__gate_again(VesselGate *gate)
{
    atomic_fetch_add(&gate->word, 1u);
}

bool vessel__gate_close(VesselGate *gate)
{
    return !(atomic_fetch_or(&gate->word, GATE_CLOSED) & GATE_CLOSED);
}

bool vessel__gate_leave(VesselGate *gate)
{
    /* One that was turned away counted for a moment, too: it leaves like the others. */
    return atomic_fetch_sub(&gate->word, 1u) == (GATE_CLOSED | 1u) &&
           !atomic_flag_test_and_set(&gate->torn);
}

bool vessel__gate_closed(const VesselGate *gate)
{
    return atomic_load(&gate->word) & GATE_CLOSED;
}

int vessel__fork_guard_init(VesselForkGuard *guard, VesselError **err)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    guard->pid = getpid();
    guard->page = NULL;
    if (page == MAP_FAILED)
        return vessel__fail_errno(err, errno, "cannot get a page of memory");
    if (madvise(page, size, MADV_WIPEONFORK) < 0) {
        munmap(page, size);
        return VESSEL_OK;
    }
    guard->page = page;
    *guard->page = 1;
    return VESSEL_OK;
}

void vessel__fork_guard_clear(VesselForkGuard *guard)
{
    if (guard->page)
        munmap((void *)guard->page, (size_t)sysconf(_SC_PAGESIZE));
    guard->page = NULL;
}

bool vessel__fork_guard_forked(const VesselForkGuard *guard)
{
    return guard->page ? *guard->page == 0 : guard->pid != getpid();
}

int vessel__need(bool there, const char *what, VesselError **err)
{
    if (there)
        return VESSEL_OK;
    return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is missing or is no such thing",
                        what);
}

int vessel__options_read(const void *given, const char *what, void *out, size_t size,
                         VesselError **err)
{
    if (!given)
        return VESSEL_OK;
    size_t theirs = *(const size_t *)given;
    /* The smallest that anybody ever had: the size and one more member. 4 KiB is no options. */
    if (theirs < 2 * sizeof(size_t) || theirs > 4096)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the size of %s is %zu: it was not initialised", what, theirs);
    for (size_t i = size; i < theirs; i++) {
        if (((const unsigned char *)given)[i])
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                                "%s has members that this version (%s) does not know", what,
                                vessel_version_string());
    }
    memcpy(out, given, MIN(size, theirs));
    *(size_t *)out = size;
    return VESSEL_OK;
}

int vessel__flags_check(uint32_t flags, uint32_t known, const char *what, VesselError **err)
{
    if (!(flags & ~known))
        return VESSEL_OK;
    return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s has unknown bits 0x%x", what,
                        flags & ~known);
}

int vessel__wait_fd(int fd, int closed_fd, VesselDeadline deadline)
{
    for (;;) {
        struct pollfd fds[2] = {{fd, POLLIN, 0}, {closed_fd, POLLIN, 0}};
        int n = poll(fds, 2, vessel__deadline_poll(deadline));
        if (n > 0)
            return fds[1].revents ? -1 : 1;
        if ((n == 0 && vessel__deadline_passed(deadline)) || (n < 0 && errno != EINTR))
            return 0;
    }
}
