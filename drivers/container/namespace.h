/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt's format lacks of a container: <vessel:init>, <vessel:pids>, <vessel:overlay>,
 * <vessel:image>. */
#ifndef VESSEL_CONTAINER_NAMESPACE_H
#define VESSEL_CONTAINER_NAMESPACE_H

#include "model/namespaces.h"

typedef enum {
    VESSEL_INIT_ABSENT, VESSEL_INIT_PROGRAM, VESSEL_INIT_INIT,
} VesselInitKind;

typedef enum {
    VESSEL_UPPER_ABSENT, VESSEL_UPPER_MEMORY, VESSEL_UPPER_KEPT,
} VesselUpper;

typedef struct {
    char *dir;
} VesselLower;

/* <vessel:overlay>: on the <filesystem> with that target */
typedef struct {
    char *target;
    VesselUpper upper;
    VesselNumber size_kib; /* of one in memory */
    char *dir;             /* of one that is kept */
    GPtrArray *lowers;     /* of VesselLower, the topmost first */
} VesselOverlay;

typedef enum {
    VESSEL_IMAGE_ABSENT, VESSEL_IMAGE_EXT2, VESSEL_IMAGE_EXT3, VESSEL_IMAGE_EXT4, VESSEL_IMAGE_XFS,
    VESSEL_IMAGE_BTRFS, VESSEL_IMAGE_SQUASHFS, VESSEL_IMAGE_EROFS, VESSEL_IMAGE_ISO9660,
    VESSEL_IMAGE_VFAT,
} VesselImageType;

/* <vessel:image>: of the <filesystem> of type file or block with that target */
typedef struct {
    char *target;
    VesselImageType type;
    VesselTri writable;
} VesselContainerImage;

typedef struct {
    VesselInitKind init_kind;
    VesselNumber pids;
    GPtrArray *overlays; /* of VesselOverlay */
    GPtrArray *images;   /* of VesselContainerImage */
    GPtrArray *unknown;
    int *lines;
} VesselContainerNamespace;

/* "ext4" … of a VesselImageType */
extern const char *const vessel__container_image_types[];

/* vessel__namespace_get() gives a VesselContainerNamespace. */
extern const VesselNamespace vessel__namespace_container;

#endif
