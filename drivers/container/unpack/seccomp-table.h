/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vessel-unpack may ask of the kernel once it reads an archive: to write files, and no more.
 * There is no socket, process, signal to another, program or mount in it, and no code is mapped.
 * Rows as in a container's table; all else is ENOSYS. */
#ifndef VESSEL_CONTAINER_UNPACK_SECCOMP_TABLE_H
#define VESSEL_CONTAINER_UNPACK_SECCOMP_TABLE_H

#include "container/engine/seccomp-rule.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define SECCOMP_FOREIGN false

static const SeccompGroup seccomp_groups[] = {
    /* files */
    {"close fchmod fchown fchownat fgetxattr fsetxattr fstat ftruncate getdents64 linkat "
     "lseek mkdirat mknodat newfstatat openat openat2 pread64 pwrite64 read readlinkat readv statx "
     "symlinkat unlinkat utimensat write writev"},
    /* words to the library */
    {"poll ppoll sendmsg sendto"},
    /* itself */
    {"brk clock_gettime clock_nanosleep exit exit_group futex getegid geteuid getgid getpid "
     "getrandom gettid getuid madvise mremap munmap nanosleep restart_syscall rseq "
     "rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield set_robust_list "
     "sysinfo uname"},
};

static const SeccompArgument seccomp_arguments[] = {
    /* By others of its commands the kernel sends a signal of the caller's choice to a process of the
     * caller's choice, and by a pid it takes that one's limits. */
    {.calls = "fcntl",
     .argument = 1,
     .mask = UINT32_MAX,
     SECCOMP_LIST(F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL),
     .errnum = EPERM},
    {.calls = "prlimit64", .argument = 0, .mask = UINT32_MAX, SECCOMP_LIST(0), .errnum = EPERM},
    {.calls = "mmap mprotect", .argument = 2, .mask = PROT_EXEC, SECCOMP_LIST(0), .errnum = EACCES},
};

#endif
