/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk images and block devices that a container sees. The kernel reads them by the code of the
 * type that the definition names; the mount is the container's alone, without setuid and devices.
 */
#include "base/file.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define TRIES 64 /* for a loop device that somebody else took meanwhile */

static int reopen(const ContainerSource *source, bool writable)
{
    char path[64];
    g_snprintf(path, sizeof path, "/proc/self/fd/%d", source->fd);
    return open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
}

/* The device goes by itself: with the mount, or with this descriptor if there is none. */
static int make_loop(int image, bool writable, int *loop, VesselError **err)
{
    vessel_autofd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    struct loop_config config = {.fd = (uint32_t)image,
                                 .info.lo_flags =
                                     LO_FLAGS_AUTOCLEAR | (writable ? 0 : LO_FLAGS_READ_ONLY)};
    int errnum = control < 0 ? errno : EBUSY;
    for (int i = 0; i < TRIES && errnum == EBUSY; i++) {
        char path[64];
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        g_snprintf(path, sizeof path, "/dev/loop%d", number);
        vessel_autofd int fd = number < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
        errnum = fd < 0 || ioctl(fd, LOOP_CONFIGURE, &config) < 0 ? errno : 0;
        if (!errnum)
            *loop = vessel__steal_fd(&fd);
    }
    return errnum ? vessel__fail_errno(err, errnum, "a loop device") : 0;
}

/* What the file system's code has to say (fsopen(2)). */
static void add_reasons(int context, VesselError **err)
{
    char text[512];
    g_autoptr(GString) all = g_string_new(NULL);
    for (ssize_t got; (got = read(context, text, sizeof text)) > 2;)
        g_string_append_printf(all, "%s%.*s", all->len ? "; " : "", (int)got - 2, text + 2);
    if (all->len)
        vessel__error_hint(err, "%s", g_strchomp(all->str));
}

/* The kernel takes what is marked so for what was asked. */
static int check_writable(int tree, VesselError **err)
{
    struct statvfs fs;
    if (fstatvfs(tree, &fs) < 0)
        return vessel__fail_errno(err, errno, "what is on it");
    return !(fs.f_flag & ST_RDONLY)
               ? 0
               : vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                              "the file system on it can only be read: it is marked so");
}

static int mount_device(int device, const char *type, bool writable, int *tree, VesselError **err)
{
    char path[64];
    vessel_autofd int context = fsopen(type, FSOPEN_CLOEXEC);
    unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    g_snprintf(path, sizeof path, "/proc/self/fd/%d", device);
    if (context < 0 && errno == ENODEV)
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "this kernel has no %s", type);
    bool ok = context >= 0 && fsconfig(context, FSCONFIG_SET_STRING, "source", path, 0) == 0 &&
              (writable || fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) == 0) &&
              fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0;
    *tree = ok ? fsmount(context, FSMOUNT_CLOEXEC, attributes | (writable ? 0 : MOUNT_ATTR_RDONLY))
               : -1;
    if (*tree >= 0)
        return writable ? check_writable(*tree, err) : 0;
    int code = vessel__fail_errno(err, errno, "it cannot be mounted as %s", type);
    if (context >= 0)
        add_reasons(context, err);
    return code;
}

int vessel__container_mount_image(ContainerSource *source, VesselError **err)
{
    const VesselJson *image = vessel__json_get(source->plan, "image");
    const char *type = vessel__json_get_string(image, "type", "");
    bool writable = vessel__json_get_bool(image, "writable", false);
    vessel_autofd int fd = reopen(source, writable), loop = -1;
    struct stat st;
    vessel__close_fd(&source->tree);
    int code = fd < 0 || fstat(fd, &st) < 0 ? vessel__fail_errno(err, errno, "the image") : 0;
    bool file = code == 0 && S_ISREG(st.st_mode);
    if (file)
        code = make_loop(fd, writable, &loop, err);
    if (code == 0)
        code = mount_device(file ? loop : fd, type, writable, &source->tree, err);
    if (code < 0) {
        vessel__error_prefix(err, "%s", vessel__container_source_name(source));
        vessel__error_at(err, vessel__json_get_string(source->plan, "at", NULL), 0, 0);
    }
    return code;
}
