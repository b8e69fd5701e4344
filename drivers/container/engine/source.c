/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the host that a container sees. They were opened when the start was planned; what is
 * mounted is that very file, whatever has become of its path. */
#include "base/file.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

const char *vessel__container_source_name(const ContainerSource *source)
{
    return vessel__json_get_string(source->plan, "source", "?");
}

const VesselJson *vessel__container_source_device(const ContainerSource *source)
{
    return vessel__json_get(source->plan, "device");
}

unsigned vessel__container_depth(const ContainerSource *source)
{
    return vessel__json_get_bool(source->plan, "recursive", false) ? AT_RECURSIVE : 0;
}

/* @flags: what is mounted beneath it, too (AT_RECURSIVE), or not. */
static int copy_tree(ContainerSource *source, int fd, unsigned flags, VesselError **err)
{
    vessel__close_fd(&source->tree);
    source->tree = open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);
    return source->tree >= 0
               ? 0
               : vessel__fail_errno(err, errno, "%s", vessel__container_source_name(source));
}

static int map_owners(const ContainerSource *source, pid_t pid, VesselError **err)
{
    char path[64];
    g_snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    vessel_autofd int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0)
        return vessel__fail_errno(err, errno, "%s", path);
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t) namespace};
    if (mount_setattr(source->tree, "", AT_EMPTY_PATH | vessel__container_depth(source), &attr,
                      sizeof attr) == 0)
        return 0;
    int errnum = errno;
    int code = vessel__fail_errno(err, errnum, "%s cannot be shown with the container's owners",
                                  vessel__container_source_name(source));
    if (errnum == EINVAL || errnum == EPERM)
        vessel__error_hint(err, "its file system takes no mapped mounts: give the files to the "
                                "container's ids (chown), or use a copy on another file system");
    return code;
}

void vessel__container_attributes(const VesselJson *plan, struct mount_attr *attr)
{
    static const struct {
        const char *name;
        unsigned attribute;
    } flags[] = {{"readonly", MOUNT_ATTR_RDONLY},
                 {"nosuid", MOUNT_ATTR_NOSUID},
                 {"noexec", MOUNT_ATTR_NOEXEC}},
      atimes[] = {{"relatime", MOUNT_ATTR_RELATIME},
                  {"noatime", MOUNT_ATTR_NOATIME},
                  {"strictatime", MOUNT_ATTR_STRICTATIME}};
    const char *atime = vessel__json_get_string(plan, "atime", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++)
        if (vessel__json_get_bool(plan, flags[i].name, false))
            attr->attr_set |= flags[i].attribute;
    for (size_t i = 0; atime && i < G_N_ELEMENTS(atimes); i++)
        if (strcmp(atimes[i].name, atime) == 0) {
            attr->attr_clr |= MOUNT_ATTR__ATIME;
            attr->attr_set |= atimes[i].attribute;
        }
}

/* Nothing on it is a device or makes anybody root who was not: not even by what is mounted beneath.
 */
static int restrict_tree(const ContainerSource *source, VesselError **err)
{
    struct mount_attr attr = {.propagation = MS_PRIVATE};
    if (!vessel__container_source_device(source))
        attr.attr_set |= MOUNT_ATTR_NODEV;
    if (vessel__json_get(source->plan, "overlay")) /* as the lowest layer nobody writes to it */
        attr.attr_set |= MOUNT_ATTR_RDONLY;
    vessel__container_attributes(source->plan, &attr);
    if (mount_setattr(source->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0)
        return vessel__fail_errno(err, errno, "%s", vessel__container_source_name(source));
    return 0;
}

int vessel__container_copy_source(ContainerSource *source, VesselError **err)
{
    if (vessel__container_source_device(source))
        return 0; /* it is made on the stage */
    return vessel__json_get(source->plan, "image")
               ? vessel__container_mount_image(source, err)
               : copy_tree(source, source->fd, vessel__container_depth(source), err);
}

int vessel__container_fit_source(ContainerSource *source, pid_t pid, VesselError **err)
{
    bool idmapped = vessel__json_get_bool(source->plan, "idmapped", false);
    if (source->tree < 0)
        return 0;
    int code = idmapped ? map_owners(source, pid, err) : 0;
    return code < 0 ? code : restrict_tree(source, err);
}

int vessel__container_find_source(ContainerSource *source, VesselError **err)
{
    const char *name = vessel__container_source_name(source);
    struct stat planned, found;
    vessel_autofd int fd = -1;
    int code = vessel__open_at(AT_FDCWD, name, O_PATH, 0, &fd, err);
    if (code < 0)
        return code;
    if (fstat(source->fd, &planned) < 0 || fstat(fd, &found) < 0)
        return vessel__fail_errno(err, errno, "%s", name);
    if (planned.st_dev != found.st_dev || planned.st_ino != found.st_ino)
        return vessel__fail(err, VESSEL_ERROR_BUSY, "%s was replaced while the container started",
                            name);
    /* The kernel shows it with what is mounted beneath it, or not at all: these are copies of the
     * host's mounts, locked in a namespace of less power. */
    code = copy_tree(source, fd, AT_RECURSIVE, err);
    return code < 0 ? code : restrict_tree(source, err);
}
