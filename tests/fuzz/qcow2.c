/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header of an image that comes from anywhere. */
#include "kit/image.h"

#include <stdlib.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VesselError) err = NULL;
    VesselImageInfo info;
    vessel_autofd int fd = memfd_create("image", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    int result = vessel__image_read(fd, VESSEL_FORMAT_QCOW2, "image", &info, &err);
    if ((result == 0) != (err == NULL) || (result != 0 && info.backing_file))
        abort();
    if (info.backing_file &&
        (strlen(info.backing_file) > 1023 || !g_utf8_validate(info.backing_file, -1, NULL)))
        abort();
    vessel__image_info_clear(&info);
    return 0;
}
