/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/image.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#define HEADER 104
#define CLUSTER_BITS 16
#define BACKING_FORMAT 0xe2792acau

static void put32(GByteArray *bytes, guint at, uint32_t value)
{
    value = GUINT32_TO_BE(value);
    memcpy(bytes->data + at, &value, 4);
}

static void put64(GByteArray *bytes, guint at, uint64_t value)
{
    put32(bytes, at, (uint32_t)(value >> 32));
    put32(bytes, at + 4, (uint32_t)value);
}

GByteArray *vt_qcow2_header(uint64_t size, const char *backing, const char *format)
{
    guint at = HEADER;
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, 1024);
    memset(bytes->data, 0, bytes->len);
    put32(bytes, 0, 0x514649fb);
    put32(bytes, 4, 3);
    put32(bytes, 20, CLUSTER_BITS);
    put64(bytes, 24, size);
    put32(bytes, 96, 4);
    put32(bytes, 100, HEADER);
    if (format) {
        put32(bytes, at, BACKING_FORMAT);
        put32(bytes, at + 4, (uint32_t)strlen(format));
        memcpy(bytes->data + at + 8, format, strlen(format));
        at += 8 + (guint)((strlen(format) + 7) & ~(size_t)7);
    }
    at += 8; /* the end mark */
    if (backing) {
        put64(bytes, 8, at);
        put32(bytes, 16, (uint32_t)strlen(backing));
        memcpy(bytes->data + at, backing, strlen(backing));
    }
    return bytes;
}

void vt_image_raw(const char *name, off_t size)
{
    g_autofree char *path = vt_path("%s", name);
    vessel_autofd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
}

void vt_image_qcow2(const char *name, uint64_t size, const char *backing, const char *format)
{
    g_autofree char *path = vt_path("%s", name);
    g_autoptr(GByteArray) header = vt_qcow2_header(size, backing, format);
    assert_true(g_file_set_contents(path, (const char *)header->data, header->len, NULL));
}

/* ---- file systems ---- */

/* A container's small machine may have the control file, and none of the devices. */
static void need_loop(void)
{
    vessel_autofd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        vt_skip("/dev/loop-control cannot be opened here: %s", g_strerror(errno));
    g_autofree char *path = g_strdup_printf("/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
    vessel_autofd int device = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (device < 0)
        vt_skip("%s cannot be opened here: %s", path, g_strerror(errno));
}

static void need_kernel(const char *type, int major, int minor)
{
    struct utsname name;
    int have_major = 0, have_minor = 0;
    vessel_autofd int context = fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0)
        vt_skip("this kernel has no %s: %s", type, g_strerror(errno));
    assert_int_equal(uname(&name), 0);
    assert_int_equal(sscanf(name.release, "%d.%d", &have_major, &have_minor), 2);
    if (have_major < major || (have_major == major && have_minor < minor))
        vt_skip("Linux %d.%d is the first that shows %s with other owners", major, minor, type);
}

/* $1: what is to be on it; $2: the file. */
#define FILL                                                                                       \
    " && mkdir \"$2.on\" && mount -o loop \"$2\" \"$2.on\" && cp -r \"$1/.\" \"$2.on\" && umount " \
    "\"$2.on\""

static const struct {
    const char *type, *tool, *command;
    int major, minor;
} systems[] = {
    {"ext4", "mkfs.ext4", "mkfs.ext4 -q -F -O ^has_journal -d \"$1\" \"$2\" 16M", 5, 12},
    {"xfs", "mkfs.xfs", "truncate -s 300M \"$2\" && mkfs.xfs -q \"$2\"" FILL, 5, 12},
    {"btrfs", "mkfs.btrfs", "truncate -s 300M \"$2\" && mkfs.btrfs -q \"$2\"" FILL, 5, 15},
    {"vfat", "mkfs.vfat", "truncate -s 64M \"$2\" && mkfs.vfat \"$2\"" FILL, 5, 12},
    {"squashfs", "mksquashfs", "mksquashfs \"$1\" \"$2\" -noappend", 6, 2},
    {"erofs", "mkfs.erofs", "mkfs.erofs \"$2\" \"$1\"", 5, 19},
};

char *vt_image_of(const char *type, const char *root)
{
    char *path = vt_path("image");
    g_autofree char *said = NULL;
    size_t i = 0;
    int status = 0;
    while (strcmp(systems[i].type, type) != 0)
        assert_true(++i < G_N_ELEMENTS(systems));
    vt_private_mounts();
    vt_need_program(systems[i].tool);
    need_kernel(type, systems[i].major, systems[i].minor);
    need_loop();
    const char *argv[] = {"sh", "-c", systems[i].command, "sh", root, path, NULL};
    assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                             &said, &status, NULL));
    if (status != 0)
        fail_msg("%s: %s", systems[i].tool, said);
    return path;
}
