/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Image headers, good and hostile, and who holds an image. */
#include "kit/image.h"
#include "base/file.h"
#include "tests/lib/image.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

static int read_bytes(const GByteArray *bytes, VesselImageInfo *info, VesselError **err)
{
    vessel_autofd int fd = memfd_create("image", MFD_CLOEXEC);
    assert_int_equal(write(fd, bytes->data, bytes->len), (ssize_t)bytes->len);
    return vessel__image_read(fd, VESSEL_FORMAT_QCOW2, "/x.qcow2", info, err);
}

static void test_header(void **state)
{
    (void)state;
    VesselImageInfo info;
    VesselError *err = NULL;
    g_autoptr(GByteArray) bytes = vt_qcow2_header(UINT64_C(5) << 30, "../base.qcow2", "qcow2");
    assert_int_equal(read_bytes(bytes, &info, &err), 0);
    vt_no_error(err);
    assert_int_equal(info.capacity_bytes, UINT64_C(5) << 30);
    assert_string_equal(info.backing_file, "../base.qcow2");
    assert_string_equal(info.backing_format, "qcow2");
    assert_false(info.encrypted || info.dirty || info.corrupt || info.data_file);
    vessel__image_info_clear(&info);
    g_autoptr(GByteArray) alone = vt_qcow2_header(4096, NULL, NULL);
    assert_int_equal(read_bytes(alone, &info, &err), 0);
    assert_null(info.backing_file);
    assert_null(info.backing_format);
}

static void test_flags(void **state)
{
    (void)state;
    VesselImageInfo info;
    VesselError *err = NULL;
    g_autoptr(GByteArray) bytes = vt_qcow2_header(4096, NULL, NULL);
    bytes->data[79] = 7; /* dirty, corrupt, data file */
    bytes->data[35] = 2; /* LUKS */
    assert_int_equal(read_bytes(bytes, &info, &err), 0);
    assert_true(info.encrypted && info.dirty && info.corrupt && info.data_file);
}

/* Each of these bytes alone makes an image that must not be used. */
static void test_hostile(void **state)
{
    (void)state;
    static const struct {
        guint at;
        uint8_t value;
    } changes[] = {
        {0, 'X'},    /* magic */
        {7, 4},      /* version */
        {23, 8},     /* cluster bits */
        {23, 22},    /* cluster bits */
        {24, 0x80},  /* size over 2^63 */
        {72, 1},     /* unknown incompatible feature */
        {103, 96},   /* header length */
        {102, 0xff}, /* header longer than the cluster's extensions */
        {16, 1},     /* backing name of 16 MiB */
        {12, 1},     /* backing name past the first cluster */
        {8, 0x80},   /* the same, past everything */
        {108, 0x80}, /* extension longer than the header */
        {110, 0x10}, /* backing format name of 4 KiB */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        VesselImageInfo info;
        VesselError *err = NULL;
        g_autoptr(GByteArray) bytes = vt_qcow2_header(4096, "base", "raw");
        bytes->data[changes[i].at] = changes[i].value;
        if (read_bytes(bytes, &info, &err) == 0)
            fail_msg("byte %u = %#x was taken", changes[i].at, changes[i].value);
        vt_error(&err, VESSEL_ERROR_CORRUPT);
        assert_null(info.backing_file);
    }
}

static void test_cut_short(void **state)
{
    (void)state;
    for (guint length = 0; length < 104; length++) {
        VesselImageInfo info;
        VesselError *err = NULL;
        g_autoptr(GByteArray) bytes = vt_qcow2_header(4096, "base", "raw");
        g_byte_array_set_size(bytes, length);
        assert_true(read_bytes(bytes, &info, &err) < 0);
        vt_error(&err, VESSEL_ERROR_CORRUPT);
    }
}

/* A raw image is what it is, whatever it looks like. */
static void test_raw_is_never_looked_into(void **state)
{
    (void)state;
    VesselImageInfo info;
    VesselError *err = NULL;
    vt_image_qcow2("looks.raw", 4096, "/etc/shadow", "raw");
    g_autofree char *path = vt_path("looks.raw");
    vessel_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(vessel__image_read(fd, VESSEL_FORMAT_RAW, path, &info, &err), 0);
    assert_null(info.backing_file);
    assert_int_equal(info.capacity_bytes, 1024);
}

static void lock_byte(int fd, off_t byte, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
}

static int use(const char *path, unsigned how, char **holder)
{
    vessel_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    VesselError *err = NULL;
    int held = vessel__image_holder(fd, how, holder, &err);
    vt_no_error(err);
    return held;
}

/* As QEMU does it: 100+n for a permission that is used, 200+n for one that is denied to others. */
static void test_holder(void **state)
{
    (void)state;
    g_autofree char *holder = NULL;
    vt_image_raw("disk", 4096);
    g_autofree char *path = vt_path("disk");
    vessel_autofd int writer = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(use(path, VESSEL_IMAGE_WRITE, &holder), 0);
    lock_byte(writer, 101, F_RDLCK); /* it writes */
    lock_byte(writer, 201, F_RDLCK); /* and nobody else may */
    assert_int_equal(use(path, VESSEL_IMAGE_WRITE, &holder), 1);
    g_autofree char *wanted = g_strdup_printf("pid %d (", getpid());
    assert_non_null(strstr(holder, wanted));
    g_clear_pointer(&holder, g_free);
    assert_int_equal(use(path, 0, &holder), 1);
    g_clear_pointer(&holder, g_free);
    lock_byte(writer, 201, F_UNLCK);
    assert_int_equal(use(path, VESSEL_IMAGE_WRITE | VESSEL_IMAGE_SHARED, &holder), 0);
    lock_byte(writer, 101, F_UNLCK);
    lock_byte(writer, 100, F_RDLCK); /* it reads */
    assert_int_equal(use(path, 0, &holder), 0);
    assert_int_equal(use(path, VESSEL_IMAGE_WRITE, &holder), 0);
    lock_byte(writer, 201, F_RDLCK); /* and nobody may write meanwhile */
    assert_int_equal(use(path, 0, &holder), 0);
    assert_int_equal(use(path, VESSEL_IMAGE_WRITE, &holder), 1);
}

/* Against the real thing. */
static void test_real_images(void **state)
{
    (void)state;
    VesselImageInfo info;
    VesselError *err = NULL;
    vt_need_program("qemu-img");
    g_autofree char *path = vt_path("real.qcow2");
    g_autofree char *command =
        g_strdup_printf("cd %s && qemu-img create -q -f raw base 1M && "
                        "qemu-img create -q -f qcow2 -o cluster_size=4k -b base -F raw %s",
                        vt_root(), path);
    assert_int_equal(system(command), 0);
    vessel_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    vessel__image_read(fd, VESSEL_FORMAT_QCOW2, path, &info, &err);
    vt_no_error(err);
    assert_int_equal(info.capacity_bytes, 1 << 20);
    assert_string_equal(info.backing_file, "base");
    assert_string_equal(info.backing_format, "raw");
    vessel__image_info_clear(&info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_raw_is_never_looked_into),
        cmocka_unit_test(test_holder),
        cmocka_unit_test(test_real_images),
    };
    return vt_main(tests);
}
