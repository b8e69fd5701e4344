/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts about disk images, read by us, from headers only. A format is never guessed for use. */
#ifndef VESSEL_KIT_IMAGE_H
#define VESSEL_KIT_IMAGE_H

#include "base/error.h"
#include "model/domain.h"
#include "sys/lock.h"

typedef struct {
    uint64_t capacity_bytes, allocation_bytes;
    char *backing_file;   /* as the header has it; NULL if none */
    char *backing_format; /* as the header has it; NULL if it does not say */
    bool encrypted, dirty, corrupt, data_file;
} VesselImageInfo;
void vessel__image_info_clear(VesselImageInfo *info);

/* Reads the header of an open image that the definition says is of @format. A qcow2 that is none is
 * `corrupt`; raw is never looked into. */
int vessel__image_read(int fd, VesselImageFormat format, const char *path, VesselImageInfo *info,
                       VesselError **err);

/* How somebody means to use an image, for vessel__image_holder. */
enum {
    VESSEL_IMAGE_WRITE = 1u << 0,
    VESSEL_IMAGE_SHARED = 1u << 1, /* others may write at the same time */
};
/* Who holds a lock on that file that is in the way of such a use (QEMU's image locks: bytes 100-299
 * of the file, OFD locks whose holder only /proc/PID/fdinfo knows): 1 and the holder in words, 0
 * free. Takes nothing and waits for nothing. g_free() *holder. */
int vessel__image_holder(int fd, unsigned use, char **holder, VesselError **err);

#endif
