/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vessel-seccomp may ask of the kernel once it reads a profile: to compute, and to answer. It
 * opens no file and has no socket but its own, and no code is mapped. Rows as in a container's
 * table; all else is ENOSYS. */
#ifndef VESSEL_CONTAINER_PROFILE_SECCOMP_TABLE_H
#define VESSEL_CONTAINER_PROFILE_SECCOMP_TABLE_H

#include "container/engine/seccomp-rule.h"

#include <errno.h>
#include <sys/mman.h>

#define SECCOMP_FOREIGN false

static const SeccompGroup seccomp_groups[] = {
    /* the profile; what libseccomp makes of it, which goes to a file in memory alone */
    {"close fstat lseek memfd_create newfstatat read write"},
    /* words to the library */
    {"poll ppoll sendmsg"},
    /* itself */
    {"brk clock_gettime exit exit_group futex getrandom madvise mremap munmap restart_syscall "
     "rt_sigprocmask rt_sigreturn uname"},
};

static const SeccompArgument seccomp_arguments[] = {
    {.calls = "mmap mprotect", .argument = 2, .mask = PROT_EXEC, SECCOMP_LIST(0), .errnum = EACCES},
};

#endif
