/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a disk, opened by us: QEMU gets descriptors, never a path. */
#ifndef VESSEL_QEMU_IMAGES_H
#define VESSEL_QEMU_IMAGES_H

#include "kit/image.h"

/* Images of one chain, and so descriptors, that a disk may have. */
#define VESSEL__QEMU_CHAIN_MAX 16

typedef struct {
    char *path;
    VesselImageFormat format;
    bool block; /* a block device of the host */
    int read_fd;
    int write_fd; /* -1 unless the guest may write */
    uint64_t capacity_bytes;
} VesselQemuImage;

typedef struct {
    GPtrArray *images; /* of VesselQemuImage, the active one first; empty for an empty drive */
} VesselQemuChain;

void vessel__qemu_chain_free(VesselQemuChain *chain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselQemuChain, vessel__qemu_chain_free)

/* Opens the images of a disk and compares them with the definition: each must exist and be of the
 * format that was said, unlocked by others, with the backing file that the definition records; an
 * image whose backing file it does not record must say that one's format itself. What is wrong
 * becomes problems, and *chain is NULL then. */
void vessel__qemu_chain_open(const VesselDomainDef *def, const VesselDevice *disk,
                             VesselProblems *problems, VesselQemuChain **chain);

/* An initrd: its contents in a sealed memory file, since QEMU maps it for as long as the guest
 * lives and a file that becomes shorter would end it. @path is of the definition, for errors. */
int vessel__qemu_file_copy(const char *file, const char *path, int *fd, VesselError **err);
/* A kernel, which QEMU reads once: the file itself where the guest's user may open it again through
 * /proc/self/fd (copying it takes as long as a third of the start), else a copy. */
int vessel__qemu_file_open(const char *file, const char *path, int *fd, VesselError **err);
/* Whether it could be read. */
int vessel__qemu_file_check(const char *file, const char *path, VesselError **err);

#endif
