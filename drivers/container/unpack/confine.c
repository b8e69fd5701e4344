/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hole in libarchive is worth: the directory that is written to anyway, as the root, with
 * nothing above it; the archives and a socket to the library; no other process, no program, no
 * network. For an ordinary user whose host has no user namespaces it is what that user may, by the
 * calls that the filter lets through.
 *
 * A root by chroot(2) holds for who may not call that again and has no descriptor outside. The
 * libraries are loaded by then. What the C library would still load, out of what is unpacked, is
 * not executed: the filter maps no code. */
#include "base/common.h"
#include "container/engine/seccomp.h"
#include "container/unpack/unpack.h"

#include <fcntl.h>
#include <iconv.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* A dictionary of xz or zstd may be as large as its header says. */
#define MEMORY_MAX (2ull << 30)
#define DESCRIPTORS_MAX 1024

/* The C library looks once for what converts names, in a file of the host's. */
static void load_conversions(void)
{
    iconv_t names = iconv_open("UTF-8", "ANSI_X3.4-1968");
    if (names != (iconv_t)-1)
        iconv_close(names);
}

static bool write_once(const char *path, const char *text)
{
    vessel_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* A user's own namespace, in which the user is who they are outside. */
static bool become_mounter(void)
{
    g_autofree char *uid = g_strdup_printf("%1$d %1$d 1", (int)geteuid());
    g_autofree char *gid = g_strdup_printf("%1$d %1$d 1", (int)getegid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           write_once("/proc/self/setgroups", "deny") && write_once("/proc/self/uid_map", uid) &&
           write_once("/proc/self/gid_map", gid);
}

/* The working directory as a mount of its own, which is nowhere: nothing is above it, whoever finds
 * a way around its root. Where that cannot be had the root has to do. */
static void detach(void)
{
    if (geteuid() != 0 && !become_mounter())
        return;
    vessel_autofd int tree = open_tree(AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0 || fchdir(tree) < 0)
        return;
}

/* From @directory, as it was given to us, ".." leads on through the host. Who sweeps away what was
 * left half made takes the lock for what nobody is at work on. */
static int reopen(int directory, VesselError **err)
{
    vessel_autofd int own = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0 || flock(own, LOCK_SH | LOCK_NB) < 0 || dup3(own, directory, O_CLOEXEC) < 0)
        return vessel__fail_errno(err, errno, "opening the new directory as a root");
    return 0;
}

static int enter(int directory, VesselError **err)
{
    if (fchdir(directory) < 0)
        return vessel__fail_errno(err, errno, "the new directory");
    detach();
    if (chroot(".") == 0)
        return chdir("/") < 0 ? vessel__fail_errno(err, errno, "the new directory")
                              : reopen(directory, err);
    int errnum = errno;
    if (chdir("/") < 0 || geteuid() == 0) {
        int code =
            vessel__fail_errno(err, errnum, "hiding the host's files from what reads archives");
        vessel__error_hint(err, "root needs CAP_SYS_CHROOT here");
        return code;
    }
    return 0;
}

static void limit(uint64_t max_bytes)
{
    const struct rlimit none = {0, 0}, memory = {MEMORY_MAX, MEMORY_MAX},
                        descriptors = {DESCRIPTORS_MAX, DESCRIPTORS_MAX},
                        file = {max_bytes, max_bytes};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_NOFILE, &descriptors);
    setrlimit(RLIMIT_FSIZE, &file);
    if (!VESSEL__SANITIZED)
        setrlimit(RLIMIT_AS, &memory);
}

/* Root here is to give files to their owners, and nothing else. */
static int drop(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    const int kept[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_SETFCAP};
    for (size_t i = 0; i < G_N_ELEMENTS(kept) && geteuid() == 0; i++)
        data[kept[i] / 32].permitted |= 1u << (kept[i] % 32);
    for (int i = 0; i < 2; i++)
        data[i].effective = data[i].permitted;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1
                                                      : (int)syscall(SYS_capset, &header, data);
}

static int filter(void)
{
    g_autofree struct sock_filter *program = g_new(struct sock_filter, vessel__seccomp_length);
    struct sock_fprog whole = {.len = (unsigned short)vessel__seccomp_length, .filter = program};
    vessel__seccomp_fill(program, 0);
    return VESSEL__SANITIZED ? 0 : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0);
}

int vessel__unpack_confine(int directory, uint64_t max_bytes, VesselError **err)
{
    load_conversions();
    int code = enter(directory, err);
    if (code < 0)
        return code;
    limit(max_bytes);
    if (drop() < 0)
        return vessel__fail_errno(err, errno, "giving up capabilities");
    return filter() < 0 ? vessel__fail_errno(err, errno, "the filter of system calls") : 0;
}
