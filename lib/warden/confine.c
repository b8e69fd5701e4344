/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The warden parses what a guest and a hypervisor say. Once its guest is executed it needs little
 * of the host, and gives up the rest: capabilities, and by a seccomp filter every system call that
 * looking after a guest does not make.
 *
 * The filter is written here and not with libseccomp: it is one list for one processor, and the
 * helper, of which one runs for each guest, has no library more. */
#include "warden/warden.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* ---- system calls ---- */

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "the warden's filter needs a line for this processor"
#endif

/* What no warden does and an intruder wants: the warden dies, loudly, and the guest gets another. */
static const int fatal[] = {
    SYS_execve,        SYS_execveat,          SYS_clone,       SYS_clone3,
    SYS_ptrace,        SYS_process_vm_readv,  SYS_unshare,     SYS_process_vm_writev,
    SYS_setns,         SYS_mount,             SYS_umount2,     SYS_pivot_root,
    SYS_move_mount,    SYS_open_tree,         SYS_fsopen,      SYS_chroot,
    SYS_bpf,           SYS_perf_event_open,   SYS_userfaultfd, SYS_io_uring_setup,
    SYS_keyctl,        SYS_add_key,           SYS_init_module, SYS_finit_module,
    SYS_kexec_load,    SYS_open_by_handle_at, SYS_setuid,      SYS_setresuid,
#ifdef SYS_fork
    SYS_fork,          SYS_vfork,
#endif
};

static const int allowed[] = {
    /* files, most of them beneath a directory that is open already */
    SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_close,
    SYS_close_range, SYS_openat, SYS_openat2, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs,
    SYS_fstatfs, SYS_lseek, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_renameat,
    SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_linkat, SYS_ftruncate, SYS_fallocate, SYS_fsync,
    SYS_fdatasync, SYS_getdents64, SYS_fcntl, SYS_flock, SYS_dup, SYS_dup3, SYS_fchmod,
    SYS_fchmodat, SYS_getcwd, SYS_umask, SYS_memfd_create, SYS_pipe2,
    /* sockets; socket(2) itself is below */
    SYS_socketpair, SYS_connect, SYS_accept, SYS_accept4, SYS_sendto, SYS_sendmsg, SYS_recvfrom,
    SYS_recvmsg, SYS_getsockopt, SYS_setsockopt, SYS_getsockname, SYS_getpeername, SYS_shutdown,
    SYS_bind, SYS_listen,
    /* time, waiting, signals */
    SYS_ppoll, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres,
    SYS_gettimeofday, SYS_restart_syscall, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_sigaltstack, SYS_futex, SYS_sched_yield,
    /* its guest, and itself */
    SYS_kill, SYS_tgkill, SYS_pidfd_open, SYS_pidfd_send_signal, SYS_waitid, SYS_wait4, SYS_getpid,
    SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_capget,
    SYS_capset, SYS_prctl, SYS_uname, SYS_sysinfo, SYS_getrusage, SYS_prlimit64,
    SYS_sched_getaffinity, SYS_getrandom, SYS_exit, SYS_exit_group,
    /* memory; what maps it is below */
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_membarrier, SYS_set_robust_list,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_open /* the forms that x86-64 has beside them */
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_rename, SYS_unlink, SYS_mkdir,
    SYS_rmdir, SYS_dup2, SYS_poll, SYS_getdents, SYS_time,
#endif
};

/* Allowed for one value of an argument: (argument & mask) == value. */
static const struct {
    int number, argument;
    uint32_t mask, value;
    int errnum;
} narrow[] = {
    {SYS_socket, 0, UINT32_MAX, AF_UNIX, EAFNOSUPPORT},
    {SYS_mmap, 2, PROT_EXEC, 0, EACCES},
    {SYS_mprotect, 2, PROT_EXEC, 0, EACCES},
};

static void add(GArray *program, struct sock_filter instruction)
{
    g_array_append_val(program, instruction);
}

static void load(GArray *program, size_t offset)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(GArray *program, uint32_t what)
{
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

/* If the number that is loaded is this one, it gets @what. */
static void rule(GArray *program, int number, uint32_t what)
{
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1));
    answer(program, what);
}

/* The low half of an argument is enough: what is above it is another value to the kernel, too, only
 * for pointers. */
static void add_narrow(GArray *program, size_t i)
{
    size_t at = offsetof(struct seccomp_data, args) + 8 * (size_t)narrow[i].argument;
    if (G_BYTE_ORDER == G_BIG_ENDIAN)
        at += 4;
    add(program,
        (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)narrow[i].number, 0, 5));
    load(program, at);
    add(program, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, narrow[i].mask));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, narrow[i].value, 0, 1));
    answer(program, SECCOMP_RET_ALLOW);
    answer(program, SECCOMP_RET_ERRNO | (uint32_t)narrow[i].errnum);
}

/* What is not listed does not exist (ENOSYS): a C library newer than this list falls back to an
 * older call, as it does on an older kernel, and a warden is not lost for it. */
int vessel__filter_install(void)
{
    g_autoptr(GArray) program = g_array_new(FALSE, FALSE, sizeof(struct sock_filter));
    load(program, offsetof(struct seccomp_data, arch));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0));
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr)); /* those of x32 are none of ours */
    for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
        rule(program, allowed[i], SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < G_N_ELEMENTS(fatal); i++)
        rule(program, fatal[i], SECCOMP_RET_KILL_PROCESS);
    for (size_t i = 0; i < G_N_ELEMENTS(narrow); i++)
        add_narrow(program, i);
    answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    struct sock_fprog filter = {.len = (unsigned short)program->len,
                                .filter = (struct sock_filter *)(void *)program->data};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
        return errno;
    return 0;
}

/* ---- capabilities ---- */

/* Of those that there are. */
static int set_capabilities(uint64_t permitted, uint64_t effective)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        data[i].permitted &= (uint32_t)(permitted >> (32 * i));
        data[i].effective = data[i].permitted & (uint32_t)(effective >> (32 * i));
        data[i].inheritable = 0;
    }
    return (int)syscall(SYS_capset, &header, data);
}

/* Control groups of ours lie in a directory of the host that not even its owner may write. Where
 * systemd made a scope there is nothing to remove. */
static uint64_t for_groups(const VesselWarden *warden)
{
    return warden->cgroup ? UINT64_C(1) << CAP_DAC_OVERRIDE : 0;
}

void vessel__confine_lift(VesselWarden *warden, bool lift)
{
    if (!warden->confined || !warden->cgroup)
        return;
    uint64_t named = warden->engine->capabilities, groups = for_groups(warden);
    if (set_capabilities(named | groups, lift ? named | groups : named) < 0)
        vessel__warden_log(warden, "capabilities: %s", g_strerror(errno));
}

static void confine(VesselWarden *warden)
{
    uint64_t named = warden->engine->capabilities;
    warden->confined = true;
    for (int cap = 0; cap <= 63; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
            break; /* the kernel knows no more, or this user has none to lose */
    if (set_capabilities(named | for_groups(warden), named) < 0)
        vessel__warden_log(warden, "capabilities could not be dropped: %s", g_strerror(errno));
    int errnum = VESSEL__SANITIZED ? 0 : vessel__filter_install();
    if (errnum)
        vessel__warden_log(warden, "this kernel takes no seccomp filter: %s", g_strerror(errnum));
}

void vessel__confine_placed(VesselWarden *warden)
{
    if (warden->confine_wanted && !warden->confined && !warden->scope)
        confine(warden);
}

/* systemd looks at the capabilities of the one who asks for a scope: not before it has answered. */
void vessel__warden_confine(VesselWarden *warden)
{
    warden->confine_wanted = true;
    vessel__confine_placed(warden);
}
