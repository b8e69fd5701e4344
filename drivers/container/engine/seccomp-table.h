/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container's processes may ask of the kernel: the one table, from which seccomp-generate
 * makes the filter when Vessel is built. The names are libseccomp's; one that a processor has not
 * is left out there. What stands nowhere here does not exist inside (ENOSYS): so a C library that
 * is newer than the table takes its older way, as on an older kernel. README.md has the reasons. */
#ifndef VESSEL_CONTAINER_SECCOMP_TABLE_H
#define VESSEL_CONTAINER_SECCOMP_TABLE_H

#include "seccomp-rule.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/socket.h>

#define SECCOMP_FOREIGN true /* programs of the processor's 32-bit kind as well */

static const SeccompGroup seccomp_groups[] = {
    /* files and directories */
    {"access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 "
     "faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchown fchown32 "
     "fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat "
     "fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents "
     "getdents64 getxattr lchown lchown32 lgetxattr link linkat listxattr llistxattr _llseek "
     "lremovexattr lseek lsetxattr lstat lstat64 mkdir mkdirat name_to_handle_at newfstatat open "
     "openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead "
     "readdir readlink readlinkat readv removexattr rename renameat renameat2 rmdir sendfile "
     "sendfile64 setxattr splice stat stat64 statfs statfs64 statx symlink symlinkat sync "
     "sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat "
     "utimensat_time64 utimes vmsplice write writev arm_fadvise64_64 arm_sync_file_range "
     "sync_file_range2"},
    /* Device nodes are the kernel's to refuse; FIFOs, sockets and overlay's whiteouts are not. */
    {"mknod mknodat"},
    {"inotify_add_watch inotify_init inotify_init1 inotify_rm_watch fanotify_mark"},
    /* waiting */
    {"epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 "
     "_newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4 "
     "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit"},
    /* sockets; those that make one are below. socketcall is i386's way to all of them: where the
     * family stands no filter sees it. */
    {"accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg "
     "recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall"},
    /* System V and POSIX IPC */
    {"ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend "
     "mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop "
     "semtimedop_time64 shmat shmctl shmdt shmget"},
    /* memory, and where it lies: a process's own */
    {"brk get_mempolicy madvise mbind membarrier memfd_create memfd_secret mincore mlock mlock2 "
     "mlockall mmap mmap2 mprotect mremap msync munlock munlockall munmap pkey_alloc pkey_free "
     "pkey_mprotect process_mrelease remap_file_pages set_mempolicy set_mempolicy_home_node"},
    /* processes and threads */
    {"execve execveat exit exit_group fork futex futex_time64 futex_waitv get_robust_list getcpu "
     "getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid gettid ioprio_get "
     "ioprio_set kill pause pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall "
     "rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
     "rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max "
     "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
     "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr "
     "sched_setparam sched_setscheduler sched_yield set_robust_list set_tid_address setpgid "
     "setpriority setrlimit setsid sigaction sigaltstack signal sigpending sigprocmask sigreturn "
     "sigsuspend tgkill times tkill ugetrlimit vfork wait4 waitid waitpid"},
    /* of the processor */
    {"arch_prctl breakpoint cacheflush get_thread_area modify_ldt set_thread_area set_tls"},
    /* Whom one may trace is decided for each pair of processes, in the user namespace. */
    {"pidfd_getfd process_vm_readv process_vm_writev ptrace"},
    /* who one is */
    {"capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 "
     "getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid "
     "setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 "
     "setresuid setresuid32 setreuid setreuid32 setuid setuid32"},
    /* confining oneself further */
    {"landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp"},
    /* time, and what the host is; adjtimex and clock_adjtime also only read */
    {"adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
     "clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer getrandom gettimeofday "
     "nanosleep setitimer sysinfo time timer_create timer_delete timer_getoverrun timer_gettime "
     "timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
     "timerfd_gettime64 timerfd_settime timerfd_settime64 uname"},
    /* uretprobe is not called by programs: the kernel puts it into one that the host observes. */
    {"cachestat fchmodat2 futex_requeue futex_wait futex_wake getxattrat listmount listxattrat "
     "map_shadow_stack mseal removexattrat setxattrat statmount uretprobe",
     .newer = true},

    {"fanotify_init fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree "
     "pivot_root quotactl quotactl_fd setdomainname sethostname setns umount umount2",
     SECCOMP_CAP(SYS_ADMIN), EPERM},
    /* Its flags lie in memory, where no filter sees them; the C library then takes clone. */
    {"clone3", SECCOMP_CAP(SYS_ADMIN), ENOSYS},
    {"bpf", SECCOMP_CAP(BPF) | SECCOMP_CAP(SYS_ADMIN), EPERM},
    {"perf_event_open", SECCOMP_CAP(PERFMON) | SECCOMP_CAP(SYS_ADMIN), EPERM},
    {"syslog", SECCOMP_CAP(SYSLOG) | SECCOMP_CAP(SYS_ADMIN), EPERM},
    {"open_by_handle_at", SECCOMP_CAP(DAC_READ_SEARCH), EPERM},
    {"reboot", SECCOMP_CAP(SYS_BOOT), EPERM},
    {"chroot", SECCOMP_CAP(SYS_CHROOT), EPERM},
    {"delete_module finit_module init_module", SECCOMP_CAP(SYS_MODULE), EPERM},
    {"migrate_pages move_pages", SECCOMP_CAP(SYS_NICE), EPERM},
    {"acct", SECCOMP_CAP(SYS_PACCT), EPERM},
    {"kcmp", SECCOMP_CAP(SYS_PTRACE), EPERM},
    {"process_madvise", SECCOMP_CAP(SYS_PTRACE) | SECCOMP_CAP(SYS_NICE), EPERM},
    {"ioperm iopl", SECCOMP_CAP(SYS_RAWIO), EPERM},
    {"clock_settime clock_settime64 settimeofday stime", SECCOMP_CAP(SYS_TIME), EPERM},
    {"vhangup", SECCOMP_CAP(SYS_TTY_CONFIG), EPERM},

    /* Never: the host's own affairs; keys, whose quotas and some keyrings are the host's; and two
     * that have opened more kernels than they are worth here. */
    {"kexec_file_load kexec_load swapoff swapon", .errnum = EPERM},
    {"add_key keyctl request_key", .errnum = EPERM},
    {"io_uring_enter io_uring_register io_uring_setup userfaultfd", .errnum = EPERM},
};

#define SECCOMP_NAMESPACES                                                                         \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)
/* Values of the kernel's interface, whose headers define them for one processor alone or beside
 * what the C library defines. */
#define SECCOMP_NEWTIME 0x80
#define SECCOMP_TIOCSTI 0x5412
#define SECCOMP_TIOCLINUX 0x541c
#define SECCOMP_UNAME26 0x20000
#define SECCOMP_NO_RANDOMIZE 0x40000
#define SECCOMP_LINUX32 8

static const SeccompArgument seccomp_arguments[] = {
    /* A user namespace gives its maker every capability within it, and with them the code of the
     * kernel that only root used to reach. */
    {.calls = "clone",
     .mask = SECCOMP_NAMESPACES,
     SECCOMP_LIST(0),
     .needs = SECCOMP_CAP(SYS_ADMIN),
     .errnum = EPERM},
    {.calls = "unshare",
     .mask = SECCOMP_NAMESPACES | SECCOMP_NEWTIME,
     SECCOMP_LIST(0),
     .needs = SECCOMP_CAP(SYS_ADMIN),
     .errnum = EPERM},
    /* Typing into a terminal that another reads from. */
    {.calls = "ioctl",
     .argument = 1,
     .mask = UINT32_MAX,
     .except = true,
     SECCOMP_LIST(SECCOMP_TIOCSTI, SECCOMP_TIOCLINUX),
     .needs = SECCOMP_CAP(SYS_ADMIN),
     .errnum = EPERM},
    /* Asking (all ones), the names of older kernels and processors, and what debuggers want. */
    {.calls = "personality",
     .mask = UINT32_MAX,
     SECCOMP_LIST(0, SECCOMP_LINUX32, SECCOMP_UNAME26, SECCOMP_UNAME26 | SECCOMP_LINUX32,
                  SECCOMP_NO_RANDOMIZE, UINT32_MAX),
     .errnum = EPERM},
    /* Most of the others know no network namespaces, or load a module at the first call. */
    {.calls = "socket socketpair",
     .mask = UINT32_MAX,
     SECCOMP_LIST(AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET),
     .errnum = EAFNOSUPPORT},
};

#endif
