/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Root file systems that were made of archives: directories in the state directory's rootfs/, which
 * is 0700, so that a setuid file in one of them is nobody's but a container's. */
#ifndef VESSEL_KIT_ROOTFS_H
#define VESSEL_KIT_ROOTFS_H

#include "base/clock.h"
#include "base/error.h"

#define VESSEL__ROOTFS_FOLDER "rootfs"
#define VESSEL__UNPACK_NAME "vessel-unpack" /* beside vessel-warden, where libarchive is */

typedef struct {
    const char *helper_dir, *state_dir;
    const char *name;
    const char *const *files; /* the lowest layer first */
    uint64_t max_bytes;
    VesselDeadline deadline;
    bool (*cancelled)(void *data);
    void (*progress)(void *data, int percent, const char *phase);
    void *data;
} VesselRootfsImport;

/* A name that can stand there: one that hides nothing and leads nowhere. */
int vessel__rootfs_check_name(const char *name, VesselError **err);
/* "debian-12" of /srv/debian-12.tar.xz; NULL if nothing is left. */
char *vessel__rootfs_name_of(const char *file);

/* The whole of it or nothing: unpacked under another name and renamed. What a kill leaves goes with
 * the next one. */
int vessel__rootfs_import(const VesselRootfsImport *import, VesselError **err);

#endif
