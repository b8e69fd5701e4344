/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where root's warden puts what a container is to see, before the container's own mounts are made.
 *
 * A mount namespace that is copied into another user namespace gets every mount of it locked: what
 * was read-only, without devices or without setuid there stays so, whatever capabilities its new
 * owner has (mount_namespaces(7)). So the trees are mounted in a namespace of the warden's user
 * namespace, the child is made in that, and its copy of it is the container's. The warden is in it
 * for no longer than that takes: it would keep every file system of the host busy. */
#include "base/file.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Over the domain's own folder, which nobody looks for by its path meanwhile. */
static int mount_top(ContainerStage *stage, int folder, VesselError **err)
{
    static const char *const options[] = {"mode", "0755", "size", "1m", NULL};
    char link[64], path[4096];
    g_snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return vessel__fail_errno(err, errno, "%s", link);
    path[length] = '\0';
    int code = vessel__container_new_mount("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
                                           &stage->top, err);
    if (code == 0 && move_mount(stage->top, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        code = vessel__fail_errno(err, errno, "a mount on %s", path);
    return code;
}

int vessel__container_stage_enter(ContainerStage *stage, int folder, VesselError **err)
{
    stage->home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    stage->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (stage->home < 0 || stage->root < 0)
        return vessel__fail_errno(err, errno, "the warden's mounts");
    if (unshare(CLONE_NEWNS) < 0) {
        vessel__close_fd(&stage->home);
        return vessel__fail_errno(err, errno, "a mount namespace");
    }
    stage->mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (stage->mounts < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return vessel__fail_errno(err, errno, "private mounts");
    return mount_top(stage, folder, err);
}

/* setns(2) leads to the namespace's root, which need not be that of this process. */
void vessel__container_stage_leave(ContainerStage *stage)
{
    if (stage->home >= 0 &&
        (setns(stage->home, CLONE_NEWNS) < 0 || fchdir(stage->root) < 0 || chroot(".") < 0))
        _exit(127); /* a warden that does not know where it is */
    vessel__close_fd(&stage->home);
    vessel__close_fd(&stage->root);
    vessel__close_fd(&stage->top);
    vessel__close_fd(&stage->mounts);
}

static void name_of(size_t number, char name[16])
{
    g_snprintf(name, 16, "%zu", number);
}

/* Of a file system that the host's root has mounted, where nodes are devices; and the container's.
 */
static int make_node(const ContainerStage *stage, const char *name, const VesselJson *device)
{
    mode_t mode = (mode_t)vessel__json_get_uint(device, "mode", 0600);
    dev_t number = makedev((unsigned)vessel__json_get_uint(device, "major", 0),
                           (unsigned)vessel__json_get_uint(device, "minor", 0));
    mode_t kind = vessel__json_get_bool(device, "block", false) ? S_IFBLK : S_IFCHR;
    if (mknodat(stage->top, name, kind | mode, number) < 0 ||
        fchmodat(stage->top, name, mode, 0) < 0)
        return -1;
    return fchownat(stage->top, name, stage->uid, stage->gid, AT_SYMLINK_NOFOLLOW);
}

int vessel__container_stage_add(const ContainerStage *stage, size_t number,
                                const ContainerSource *source, VesselError **err)
{
    const VesselJson *device = vessel__container_source_device(source);
    char name[16];
    struct stat st;
    name_of(number, name);
    if (device)
        return make_node(stage, name, device) < 0
                   ? vessel__fail_errno(err, errno, "%s", vessel__container_source_name(source))
                   : 0;
    if (fstat(source->tree, &st) < 0)
        return vessel__fail_errno(err, errno, "%s", vessel__container_source_name(source));
    int made = S_ISDIR(st.st_mode) ? mkdirat(stage->top, name, 0700)
                                   : mknodat(stage->top, name, S_IFREG | 0600, 0);
    if (made < 0 || move_mount(source->tree, "", stage->top, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "%s", vessel__container_source_name(source));
    return 0;
}

int vessel__container_stage_copy(int top, VesselError **err)
{
    if (fchdir(top) < 0 || unshare(CLONE_NEWNS) < 0) /* which takes the directory along */
        return vessel__fail_errno(err, errno, "mounts of its own");
    return 0;
}

int vessel__container_stage_take(size_t number, ContainerSource *source, VesselError **err)
{
    char name[16];
    name_of(number, name);
    vessel__close_fd(&source->tree);
    /* What is only executed needs no mount of its own, whose end the program would wait for. */
    source->tree =
        number == CONTAINER_INIT
            ? openat(AT_FDCWD, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)
            : open_tree(AT_FDCWD, name,
                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | vessel__container_depth(source));
    return source->tree < 0
               ? vessel__fail_errno(err, errno, "%s", vessel__container_source_name(source))
               : 0;
}
