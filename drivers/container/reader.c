/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hole in a program that reads what somebody else made is worth: of the host's files what is
 * beneath the root that it is given, or none; the descriptors that it has; no other process, no
 * program, no network. For an ordinary user whose host has no user namespaces it is what that user
 * may, by the calls that the filter lets through.
 *
 * A root by chroot(2) holds for who may not call that again and has no descriptor outside. The
 * libraries are loaded by then. What the C library would still load, out of what is unpacked, is
 * not executed: the filter maps no code. */
#include "container/reader.h"

#include "base/common.h"
#include "container/engine/seccomp.h"

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

/* A file system without files. */
static int open_nothing(void)
{
    vessel_autofd int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return -1;
    return fsmount(fs, FSMOUNT_CLOEXEC,
                   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* Into a mount that is nowhere: nothing is above it, whoever finds a way around its root. That of a
 * directory is entered already: where the mount cannot be had that has to do.
 *
 * @tree is of that directory and leads no further. It stays open, since with it the mount would
 * lose its namespace: the kernel takes a reference to such a mount that is dropped for a change of
 * all mounts, and openat2(2) says EAGAIN to each ".." after it. On an overlay every link drops one.
 */
static bool detach(bool nothing, int *tree)
{
    if (geteuid() != 0 && !become_mounter())
        return !nothing;
    *tree =
        nothing ? open_nothing() : open_tree(AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    return (*tree >= 0 && fchdir(*tree) == 0) || !nothing;
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
    bool nothing = directory < 0;
    vessel_autofd int tree = -1;
    if (!nothing && fchdir(directory) < 0)
        return vessel__fail_errno(err, errno, "the new directory");
    bool away = detach(nothing, &tree);
    if (away && chroot(".") == 0) {
        if (chdir("/") < 0)
            return vessel__fail_errno(err, errno, "the new directory");
        if (nothing)
            return 0;
        vessel__steal_fd(&tree); /* until this program ends */
        return reopen(directory, err);
    }
    int errnum = errno;
    if (chdir("/") < 0 || geteuid() == 0) {
        int code = vessel__fail_errno(err, errnum, "hiding the host's files");
        vessel__error_hint(err, "root needs %s here", away ? "CAP_SYS_CHROOT" : "CAP_SYS_ADMIN");
        return code;
    }
    return 0;
}

static void set_limit(int of, uint64_t most)
{
    const struct rlimit limit = {most, most};
    setrlimit(of, &limit);
}

static void limit(const VesselReader *reader)
{
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_NOFILE, reader->descriptors);
    set_limit(RLIMIT_FSIZE, reader->file_bytes);
    if (!VESSEL__SANITIZED)
        set_limit(RLIMIT_AS, reader->memory_bytes);
}

static int drop(uint64_t kept)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    for (int i = 0; i < 2 && geteuid() == 0; i++)
        data[i].effective = data[i].permitted = (uint32_t)(kept >> (32 * i));
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

int vessel__reader_confine(const VesselReader *reader, VesselError **err)
{
    load_conversions();
    int code = enter(reader->directory, err);
    if (code < 0)
        return code;
    limit(reader);
    if (drop(reader->capabilities) < 0)
        return vessel__fail_errno(err, errno, "giving up capabilities");
    return filter() < 0 ? vessel__fail_errno(err, errno, "the filter of system calls") : 0;
}
