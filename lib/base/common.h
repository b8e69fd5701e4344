/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every file of the library and of the helpers includes first. */
#ifndef VESSEL_BASE_COMMON_H
#define VESSEL_BASE_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* A descriptor that closes itself at the end of its scope. */
static inline void vessel__close_fd(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
    *fd = -1;
}
#define vessel_autofd __attribute__((cleanup(vessel__close_fd)))

static inline int vessel__steal_fd(int *fd)
{
    int result = *fd;
    *fd = -1;
    return result;
}

/* A sanitizer's run time takes memory, system calls and threads of its own, for which limits and
 * filters have no room. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VESSEL__SANITIZED true
#elif defined(__has_feature)
#define VESSEL__SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define VESSEL__SANITIZED false
#endif

/* Length of a UUID in its textual form, with and without the final NUL. */
#define VESSEL__UUID_LENGTH 36
#define VESSEL__UUID_SIZE 37

#endif
