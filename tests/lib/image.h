/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk images for tests, made without qemu-img, in the case's own directory. */
#ifndef VESSEL_TESTS_LIB_IMAGE_H
#define VESSEL_TESTS_LIB_IMAGE_H

#include "base/common.h"

/* A sparse file of zeros. */
void vt_image_raw(const char *name, off_t size);
/* The header of a qcow2 (version 3, 64 KiB clusters, no data): what a reader of headers needs.
 * @backing and @format may be NULL. */
GByteArray *vt_qcow2_header(uint64_t size, const char *backing, const char *format);
/* The same as a file. QEMU itself would not open it: it has no tables. */
void vt_image_qcow2(const char *name, uint64_t size, const char *backing, const char *format);
/* A file system of @type ("ext4", …) with what is in @root, for a loop device; the caller frees its
 * path, "image" in the case's directory. By root; what is not here is a reason to skip the case:
 * its tool, the kernel's code for it or for showing it with other owners, loop devices. */
char *vt_image_of(const char *type, const char *root);

#endif
