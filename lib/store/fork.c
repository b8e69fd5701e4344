/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which process this is, known without a system call: a page that the kernel wipes in a forked
 * child. A pid would not do, since a child in a new PID namespace may have its parent's. */
#include "store/internal.h"

#include <sched.h>
#include <sys/mman.h>

/* Values of the page's word. Others are tokens; they grow along a line of forks. */
#define WIPED 0u
#define BEING_MADE UINT32_MAX

static pthread_once_t page_once = PTHREAD_ONCE_INIT;
static _Atomic(uint32_t) *page;
/* Where the kernel cannot wipe pages (before 4.14, or no memory), a child is found out by its pid.
 */
static _Atomic(uint32_t) unwiped;
static _Atomic(pid_t) unwiped_pid;
static uint32_t last_token; /* copied to a child like any memory */

static pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;

static void make_page(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        page = &unwiped;
    } else if (madvise(memory, size, MADV_WIPEONFORK) < 0) {
        munmap(memory, size);
        page = &unwiped;
    } else {
        page = memory;
    }
}

uint32_t vessel__process_token(void)
{
    pthread_once(&page_once, make_page);
    if (page == &unwiped) {
        pid_t pid = getpid();
        if (atomic_exchange(&unwiped_pid, pid) != pid)
            atomic_store(page, WIPED);
    }
    for (;;) {
        uint32_t token = atomic_load(page);
        if (token != WIPED && token != BEING_MADE)
            return token;
        if (token == WIPED && atomic_compare_exchange_strong(page, &token, BEING_MADE)) {
            /* First of the child: whoever held the mutex at the fork is not in this process. */
            registry_mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
            atomic_store(page, ++last_token);
        } else {
            sched_yield();
        }
    }
}

void vessel__registry_lock(void)
{
    vessel__process_token();
    pthread_mutex_lock(&registry_mutex);
}

void vessel__registry_unlock(void)
{
    pthread_mutex_unlock(&registry_mutex);
}
