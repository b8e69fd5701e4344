/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vessel-unpack may ask of the kernel once it reads an archive: to write files, and no more.
 * There is no socket, process, signal to another, program or mount in it, and no code is mapped.
 * Rows as in a container's table; all else is ENOSYS. */
#ifndef VESSEL_CONTAINER_UNPACK_SECCOMP_TABLE_H
#define VESSEL_CONTAINER_UNPACK_SECCOMP_TABLE_H

#include "container/engine/seccomp-rule.h"

#include <errno.h>
#include <sys/mman.h>

#define SECCOMP_FOREIGN false

static const SeccompGroup seccomp_groups[] = {
    /* files */
    {"close fchmod fchown fchownat fcntl fgetxattr fsetxattr fstat ftruncate getdents64 linkat "
     "lseek mkdirat mknodat newfstatat openat openat2 pread64 pwrite64 read readlinkat readv statx "
     "symlinkat unlinkat utimensat write writev"},
    /* words to the library */
    {"poll ppoll sendmsg sendto"},
    /* itself */
    {"brk clock_gettime clock_nanosleep exit exit_group futex getegid geteuid getgid getpid "
     "getrandom gettid getuid madvise mremap munmap nanosleep prlimit64 restart_syscall rseq "
     "rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield set_robust_list "
     "sysinfo uname"},
};

static const SeccompArgument seccomp_arguments[] = {
    {.calls = "mmap mprotect", .argument = 2, .mask = PROT_EXEC, SECCOMP_LIST(0), .errnum = EACCES},
};

#endif
