/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt's format lacks of a container: <vessel:init>, <vessel:shutdown>, <vessel:console>,
 * <vessel:pids>, <vessel:overlay>, <vessel:image>, <vessel:mount>, and what relaxes its confinement:
 * <vessel:rlimit>, <vessel:oom>, <vessel:no_new_privs>, <vessel:seccomp>; and <vessel:time>. */
#ifndef VESSEL_CONTAINER_NAMESPACE_H
#define VESSEL_CONTAINER_NAMESPACE_H

#include "model/namespaces.h"

typedef enum {
    VESSEL_INIT_ABSENT, VESSEL_INIT_PROGRAM, VESSEL_INIT_INIT,
} VesselInitKind;

typedef enum {
    VESSEL_INIT_CONSOLE_ABSENT, VESSEL_INIT_CONSOLE_TERMINAL, VESSEL_INIT_CONSOLE_PIPE,
} VesselConsoleKind;

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

typedef enum {
    VESSEL_RLIMIT_ABSENT, VESSEL_RLIMIT_AS, VESSEL_RLIMIT_CORE, VESSEL_RLIMIT_CPU,
    VESSEL_RLIMIT_DATA, VESSEL_RLIMIT_FSIZE, VESSEL_RLIMIT_LOCKS, VESSEL_RLIMIT_MEMLOCK,
    VESSEL_RLIMIT_MSGQUEUE, VESSEL_RLIMIT_NICE, VESSEL_RLIMIT_NOFILE, VESSEL_RLIMIT_NPROC,
    VESSEL_RLIMIT_RSS, VESSEL_RLIMIT_RTPRIO, VESSEL_RLIMIT_RTTIME, VESSEL_RLIMIT_SIGPENDING,
    VESSEL_RLIMIT_STACK,
} VesselRlimitName;

/* <vessel:rlimit>: RLIM_INFINITY is none, and one that is not given is as the other. */
typedef struct {
    VesselRlimitName name;
    VesselNumber soft, hard;
} VesselRlimit;

typedef enum {
    VESSEL_SECCOMP_ABSENT, VESSEL_SECCOMP_DEFAULT, VESSEL_SECCOMP_NONE,
} VesselSeccompMode;

/* <vessel:time>: what is added to a clock of the host's. */
typedef struct {
    char *seconds; /* a number; NULL: it is the host's */
    VesselNumber nanoseconds;
} VesselContainerClock;

typedef enum {
    VESSEL_ATIME_ABSENT, VESSEL_ATIME_RELATIVE, VESSEL_ATIME_NONE, VESSEL_ATIME_STRICT,
} VesselContainerAtime;

/* <vessel:mount>: how the <filesystem> with that target is mounted */
typedef struct {
    char *target;
    VesselTri recursive, noexec, nosuid;
    VesselContainerAtime atime;
} VesselContainerMount;

typedef struct {
    VesselInitKind init_kind;
    char *stop_signal;         /* vessel__signal_number() */
    VesselNumber stop_timeout; /* seconds */
    VesselConsoleKind console_kind;
    VesselNumber pids;
    GPtrArray *rlimits;    /* of VesselRlimit */
    char *oom_score;       /* a number */
    VesselTri no_new_privs;
    VesselSeccompMode seccomp;
    char *seccomp_profile; /* NULL: as `seccomp` says */
    VesselContainerClock monotonic, boottime;
    GPtrArray *overlays; /* of VesselOverlay */
    GPtrArray *images;   /* of VesselContainerImage */
    GPtrArray *mounts;   /* of VesselContainerMount */
    GPtrArray *unknown;
    int *lines;
} VesselContainerNamespace;

/* "ext4" … of a VesselImageType */
extern const char *const vessel__container_image_types[];
/* "relatime" … of a VesselContainerAtime */
extern const char *const vessel__container_atimes[];
/* "nofile" … of a VesselRlimitName */
extern const char *const vessel__container_rlimit_names[];

/* vessel__namespace_get() gives a VesselContainerNamespace. */
extern const VesselNamespace vessel__namespace_container;

#endif
