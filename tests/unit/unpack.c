/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vessel-unpack may while it reads an archive, looked at from outside while it waits for a
 * pipe's next bytes; and what its filter of system calls lets through. */
#include "kit/rootfs.h"
#include "sys/process.h"
#include "tests/unit/confined.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <vessel/vessel.h>

/* ---- one that waits ---- */

typedef struct {
    VesselHost *host;
    VesselJob *job;
    int ends[2];
    pid_t pid; /* of what reads the pipe */
} Import;

static void start_import(Import *import)
{
    g_autofree char *uri = g_strdup_printf("local:?root=%s/state", vt_root()), *why_not = NULL;
    VesselHostImportOptions options = VESSEL_HOST_IMPORT_OPTIONS_INIT;
    VesselError *err = NULL;
    vessel_host_open(uri, NULL, &import->host, &err);
    vt_no_error(err);
    if (vessel_host_supports(import->host, "host_import_rootfs", NULL, &why_not, &err) == 0)
        vt_skip("%s", why_not);
    assert_int_equal(pipe2(import->ends, O_CLOEXEC), 0);
    g_autofree char *file = g_strdup_printf("/proc/self/fd/%d", import->ends[0]);
    options.name = "t";
    vessel_host_import_rootfs(import->host, (const char *const[]){file, NULL}, &options,
                              &import->job, NULL, &err);
    vt_no_error(err);
}

static void end_import(Import *import)
{
    VesselError *err = NULL;
    vessel_job_cancel(import->job, &err);
    vt_no_error(err);
    vessel_job_wait(import->job, 10000, &err);
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    vessel_job_unref(import->job);
    vessel_host_unref(import->host);
    close(import->ends[0]);
    close(import->ends[1]);
}

/* The one that has our pipe as its first archive, once it is shut in. */
static bool is_reading(void *data)
{
    Import *import = data;
    g_autoptr(GDir) processes = g_dir_open("/proc", 0, NULL);
    struct stat ours, theirs;
    const char *name;
    assert_int_equal(fstat(import->ends[0], &ours), 0);
    while ((name = g_dir_read_name(processes))) {
        g_autofree char *archive = g_strdup_printf("/proc/%s/fd/5", name);
        pid_t pid = atoi(name);
        char comm[32];
        if (pid <= 0 || pid == getpid() || stat(archive, &theirs) < 0 ||
            theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev)
            continue;
        vessel__process_name(pid, comm);
        g_autofree char *confined = vt_status_of(pid, "NoNewPrivs");
        g_autofree char *filtered = vt_status_of(pid, "Seccomp");
        import->pid = pid;
        return strcmp(comm, VESSEL__UNPACK_NAME) == 0 && strcmp(confined, "1") == 0 &&
               (VESSEL__SANITIZED || strcmp(filtered, "2") == 0);
    }
    return false;
}

/* Its root is the new directory, and so is what lies above that; nothing else is mounted. */
static void assert_shut_in(pid_t pid)
{
    g_autofree char *folder = vt_path("state/rootfs"), *root = vt_of_process(pid, "root/."),
                    *above = vt_of_process(pid, "root/.."), *given = vt_of_process(pid, "fd/4/."),
                    *cwd = vt_of_process(pid, "cwd/.."), *mounts = vt_of_process(pid, "mountinfo"),
                    *text = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autofree char *tree = g_build_filename(folder, g_dir_read_name(dir), NULL);
    ino_t inode = vt_inode_of(tree);
    const char *const same[] = {root, above, given, cwd};
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
        if (vt_inode_of(same[i]) != inode)
            fail_msg("%s is not %s", same[i], tree);
    assert_true(g_file_get_contents(mounts, &text, NULL, NULL));
    assert_null(strchr(text, '\n'));
    for (int fd = 0; fd < 16; fd++) { /* no other way out */
        g_autofree char *link = g_strdup_printf("/proc/%d/fd/%d", (int)pid, fd);
        g_autofree char *out = g_strconcat(link, "/..", NULL);
        struct stat st;
        if (stat(link, &st) == 0 && S_ISDIR(st.st_mode))
            assert_int_equal(vt_inode_of(out), inode);
    }
}

static void need_namespace(int flags)
{
    pid_t able = fork();
    int status = 0;
    if (able == 0)
        _exit(unshare(flags) < 0);
    assert_int_equal(waitpid(able, &status, 0), able);
    if (status != 0)
        vt_skip("this user may make no namespace");
}

static void test_root(void **state)
{
    (void)state;
    const uint64_t kept = 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER |
                          1u << CAP_FSETID | UINT64_C(1) << CAP_SETFCAP;
    Import import = {0};
    vt_need_root();
    need_namespace(CLONE_NEWNS); /* as a mount of its own */
    start_import(&import);
    vt_wait(is_reading, &import, 10000);
    assert_shut_in(import.pid);
    g_autofree char *caps = vt_status_of(import.pid, "CapPrm");
    assert_int_equal(g_ascii_strtoull(caps, NULL, 16), kept);
    end_import(&import);
}

static void test_user(void **state)
{
    (void)state;
    Import import = {0};
    vt_as_user();
    need_namespace(CLONE_NEWUSER | CLONE_NEWNS);
    start_import(&import);
    vt_wait(is_reading, &import, 10000);
    assert_shut_in(import.pid);
    g_autofree char *caps = vt_status_of(import.pid, "CapPrm");
    assert_int_equal(g_ascii_strtoull(caps, NULL, 16), 0);
    end_import(&import);
}

/* It is killed: that is the end of this import, with nothing left. */
static void test_killed(void **state)
{
    (void)state;
    Import import = {0};
    VesselError *err = NULL;
    g_autofree char *folder = vt_path("state/rootfs");
    start_import(&import);
    vt_wait(is_reading, &import, 10000);
    assert_int_equal(kill(import.pid, SIGKILL), 0);
    vessel_job_wait(import.job, 10000, &err);
    vt_error(&err, VESSEL_ERROR_CORRUPT);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    assert_null(g_dir_read_name(dir));
    vessel_job_unref(import.job);
    vessel_host_unref(import.host);
    close(import.ends[0]);
    close(import.ends[1]);
}

/* ---- the filter ---- */

static const VtCall calls[] = {
    {"close", EBADF, SYS_close, {-1}},
    {"openat", ENOENT, SYS_openat, {AT_FDCWD, (long)"/no such file", O_RDONLY}},
    {"mkdirat", EEXIST, SYS_mkdirat, {AT_FDCWD, (long)"/", 0700}},
    {"mmap", 0, SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"mmap code",
     EACCES,
     SYS_mmap,
     {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"mprotect code", EACCES, SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}},
    {"socket", ENOSYS, SYS_socket, {1, 1, 0}},
    {"connect", ENOSYS, SYS_connect, {3, 0, 0}},
    {"execve", ENOSYS, SYS_execve, {(long)"/bin/true", 0, 0}},
    {"execveat", ENOSYS, SYS_execveat, {0}},
    {"clone", ENOSYS, SYS_clone, {SIGCHLD}},
    {"clone3", ENOSYS, SYS_clone3, {0}},
    {"kill", ENOSYS, SYS_kill, {0, 0}},
    {"tgkill", ENOSYS, SYS_tgkill, {0}},
    {"F_SETOWN", EPERM, SYS_fcntl, {0, F_SETOWN, 1}},
    {"F_SETSIG", EPERM, SYS_fcntl, {0, F_SETSIG, SIGKILL}},
    {"F_NOTIFY", EPERM, SYS_fcntl, {0, F_NOTIFY, DN_CREATE}},
    {"F_GETFD", EBADF, SYS_fcntl, {-1, F_GETFD}},
    {"own limits", 0, SYS_prlimit64, {0, RLIMIT_NOFILE, 0, 0}},
    {"limits of another", EPERM, SYS_prlimit64, {1, RLIMIT_NOFILE, 0, 0}},
    {"pidfd_open", ENOSYS, SYS_pidfd_open, {1}},
    {"ptrace", ENOSYS, SYS_ptrace, {PTRACE_TRACEME}},
    {"process_vm_writev", ENOSYS, SYS_process_vm_writev, {0}},
    {"memfd_create", ENOSYS, SYS_memfd_create, {(long)"m", 0}},
    {"chroot", ENOSYS, SYS_chroot, {(long)"/"}},
    {"unshare", ENOSYS, SYS_unshare, {CLONE_NEWUSER}},
    {"setns", ENOSYS, SYS_setns, {0}},
    {"mount", ENOSYS, SYS_mount, {0}},
    {"open_by_handle_at", ENOSYS, SYS_open_by_handle_at, {0}},
    {"bpf", ENOSYS, SYS_bpf, {0}},
    {"keyctl", ENOSYS, SYS_keyctl, {0}},
    {"io_uring_setup", ENOSYS, SYS_io_uring_setup, {0}},
    {"ioctl", ENOSYS, SYS_ioctl, {0}},
    {"prctl", ENOSYS, SYS_prctl, {PR_GET_DUMPABLE}},
    {"setuid", ENOSYS, SYS_setuid, {0}},
};

static void test_calls(void **state)
{
    (void)state;
    vt_filter_answers(calls, G_N_ELEMENTS(calls));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root),
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_calls),
    };
    return vt_main(tests);
}
