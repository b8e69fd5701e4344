/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/image.h"
#include "tests/lib/vt.h"

#include <fcntl.h>

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
