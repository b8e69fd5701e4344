/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/namespace.h"
#include "model/domain-shape.h"

#define PATH_MAX_LENGTH 4095
#define OVERLAYS_MAX 64
#define LOWERS_MAX 32
#define MOUNTS_MAX 1024
#define RLIMITS_MAX 16   /* as many as there are */
#define STOP_MAX 86400   /* a day */
#define PIDS_MAX 4194304 /* PID_MAX_LIMIT: what the kernel numbers */

static const VesselRow lower_rows[] = {
    VESSEL_STRING(VesselLower, dir, "@dir", &vessel__form_path, PATH_MAX_LENGTH,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY | VESSEL_ROW_HOSTPATH,
                  "directory of the host that is a layer"),
    {.path = NULL},
};

static const VesselTable lower_table = VESSEL_PART_TABLE(VesselLower, "lower", lower_rows);

static const char *const uppers[] = {"", "memory", "kept", NULL};

static const VesselRow overlay_rows[] = {
    VESSEL_STRING(VesselOverlay, target, "@target", &vessel__form_path, PATH_MAX_LENGTH,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY | VESSEL_ROW_OURS,
                  "target of the filesystem that is not written to itself"),
    VESSEL_ENUM(VesselOverlay, upper, "@upper", uppers, VESSEL_ROW_REQUIRED,
                "where what is written goes: to memory, and is gone with the container, or to a "
                "directory that is kept"),
    VESSEL_SIZE(VesselOverlay, size_kib, "size", 1, UINT64_MAX / 1024, 0,
                "most that is kept in memory", .otherwise = "half of the host's memory"),
    VESSEL_STRING(VesselOverlay, dir, "@dir", &vessel__form_path, PATH_MAX_LENGTH,
                  VESSEL_ROW_HOSTPATH,
                  "the directory that is kept, of this container alone; for upper kept"),
    VESSEL_OBJECTS(VesselOverlay, lowers, "lower", &lower_table, LOWERS_MAX, 0,
                   "a layer above the filesystem's source, the topmost first"),
    {.path = NULL},
};

static const VesselTable overlay_table = VESSEL_PART_TABLE(VesselOverlay, "overlay", overlay_rows);

const char *const vessel__container_image_types[] = {
    "", "ext2", "ext3", "ext4", "xfs", "btrfs", "squashfs", "erofs", "iso9660", "vfat", NULL};

static const VesselRow image_rows[] = {
    VESSEL_STRING(VesselContainerImage, target, "@target", &vessel__form_path, PATH_MAX_LENGTH,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY | VESSEL_ROW_OURS,
                  "target of the filesystem that is an image or a block device"),
    VESSEL_ENUM(VesselContainerImage, type, "@type", vessel__container_image_types,
                VESSEL_ROW_REQUIRED, "what is on it; it is never guessed"),
    VESSEL_SWITCH(VesselContainerImage, writable, "@writable", vessel__no_yes, 0,
                  "whether the container may write to it", .preset = "no"),
    {.path = NULL},
};

static const VesselTable image_table = VESSEL_PART_TABLE(VesselContainerImage, "image", image_rows);

/* Of prlimit(1). */
const char *const vessel__container_rlimit_names[] = {
    "",     "as",     "core",  "cpu", "data",   "fsize",  "locks",      "memlock", "msgqueue",
    "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",   NULL};

static const VesselRow rlimit_rows[] = {
    VESSEL_ENUM(VesselRlimit, name, "@name", vessel__container_rlimit_names,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY | VESSEL_ROW_OURS,
                "which, as prlimit(1) calls it; in the units of setrlimit(2)"),
    VESSEL_NUMBER(VesselRlimit, soft, "@soft", 0, UINT64_MAX, 0,
                  "what is in force until the program raises it",
                  .otherwise = "the hard one; none if that is not given either"),
    VESSEL_NUMBER(VesselRlimit, hard, "@hard", 0, UINT64_MAX, 0,
                  "how far it may; 18446744073709551615 is no limit",
                  .otherwise = "the soft one; none if that is not given either"),
    {.path = NULL},
};

static const VesselTable rlimit_table = VESSEL_PART_TABLE(VesselRlimit, "rlimit", rlimit_rows);

const char *const vessel__container_atimes[] = {"", "relatime", "noatime", "strictatime", NULL};

static const VesselRow mount_rows[] = {
    VESSEL_STRING(VesselContainerMount, target, "@target", &vessel__form_path, PATH_MAX_LENGTH,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY | VESSEL_ROW_OURS,
                  "target of the filesystem that is mounted so"),
    VESSEL_SWITCH(VesselContainerMount, recursive, "@recursive", vessel__no_yes, 0,
                  "whether what is mounted beneath its source is seen, too",
                  .otherwise =
                      "no; yes for an ordinary user, whom the kernel uncovers nothing for"),
    VESSEL_SWITCH(VesselContainerMount, noexec, "@noexec", vessel__no_yes, 0,
                  "whether none of its files can be executed", .preset = "no"),
    VESSEL_SWITCH(VesselContainerMount, nosuid, "@nosuid", vessel__no_yes, 0,
                  "whether its setuid and setgid files and file capabilities count for nothing",
                  .preset = "no"),
    VESSEL_ENUM(VesselContainerMount, atime, "@atime", vessel__container_atimes, 0,
                "when it is written down that a file was read",
                .otherwise = "as where its source is mounted on the host, else relatime"),
    {.path = NULL},
};

static const VesselTable mount_table = VESSEL_PART_TABLE(VesselContainerMount, "mount", mount_rows);

static const char *const init_kinds[] = {"", "program", "init", NULL};
static const char *const console_kinds[] = {"", "terminal", "pipe", NULL};

static const char *const seccomp_modes[] = {"", "default", "none", NULL};

/* clang-format off */
#define CLOCK(clock)                                                                               \
    VESSEL_STRING(VesselContainerNamespace, clock.seconds, "time/" #clock "/@seconds",             \
                  &vessel__form_integer, 24, VESSEL_ROW_NEEDED | VESSEL_ROW_OURS,                  \
                  "seconds that are added to the host's " #clock " clock",                         \
                  .preset = "0"),                                                                  \
    VESSEL_NUMBER(VesselContainerNamespace, clock.nanoseconds, "time/" #clock "/@nanoseconds", 0,  \
                  999999999, 0, "added to those", .preset = "0")
/* clang-format on */

static const VesselRow namespace_rows[] = {
    VESSEL_ENUM(VesselContainerNamespace, init_kind, "init/@kind", init_kinds,
                VESSEL_ROW_NEEDED | VESSEL_ROW_OURS,
                "what os/init is: a program, or an init system that is process 1 itself",
                .preset = "program"),
    VESSEL_ENUM(VesselContainerNamespace, console_kind, "console/@kind", console_kinds,
                VESSEL_ROW_NEEDED | VESSEL_ROW_OURS,
                "what standard input, output and error of os/init are: a terminal, or pipes, which "
                "outlive who looks after the container",
                .preset = "terminal"),
    VESSEL_STRING(VesselContainerNamespace, stop_signal, "shutdown/@signal", &vessel__form_signal,
                  16, VESSEL_ROW_OURS, "what asks os/init to end",
                  .otherwise = "SIGTERM for a program, SIGRTMIN+3 for an init system"),
    VESSEL_NUMBER(VesselContainerNamespace, stop_timeout, "shutdown/@timeout", 1, STOP_MAX,
                  VESSEL_ROW_OURS,
                  "after so many seconds one that was asked to end or to reboot is killed",
                  .otherwise = "never"),
    VESSEL_NUMBER(VesselContainerNamespace, pids, "pids/@max", 1, PIDS_MAX, VESSEL_ROW_OURS,
                  "most processes and threads of the container at a time",
                  .otherwise = "2048, where the host can count them"),
    VESSEL_OBJECTS(VesselContainerNamespace, rlimits, "rlimit", &rlimit_table, RLIMITS_MAX, 0,
                   "a limit of each process, in the place of the driver's own"),
    VESSEL_STRING(VesselContainerNamespace, oom_score, "oom/@score", &vessel__form_oom_score, 8,
                  VESSEL_ROW_OURS,
                  "what the kernel adds to the badness of each process when memory runs out "
                  "(oom_score_adj)",
                  .preset = "0"),
    VESSEL_SWITCH(VesselContainerNamespace, no_new_privs, "no_new_privs/@state", vessel__off_on,
                  VESSEL_ROW_NEEDED | VESSEL_ROW_OURS,
                  "whether setuid programs and file capabilities inside give nothing",
                  .otherwise = "on for a program, off for an init system"),
    VESSEL_ENUM(VesselContainerNamespace, seccomp, "seccomp/@mode", seccomp_modes, VESSEL_ROW_OURS,
                "which filter of system calls there is: Vessel's own, or none",
                .otherwise = "default, unless a profile is named"),
    VESSEL_STRING(VesselContainerNamespace, seccomp_profile, "seccomp/@profile", &vessel__form_path,
                  PATH_MAX_LENGTH, VESSEL_ROW_HOSTPATH | VESSEL_ROW_OURS,
                  "a profile in its place, as Docker, podman and OCI runtimes have them: a file of "
                  "the host, read at each start"),
    CLOCK(monotonic),
    CLOCK(boottime),
    VESSEL_OBJECTS(VesselContainerNamespace, overlays, "overlay", &overlay_table, OVERLAYS_MAX, 0,
                   "a filesystem of which nothing is changed: changes are kept elsewhere"),
    VESSEL_OBJECTS(VesselContainerNamespace, images, "image", &image_table, OVERLAYS_MAX, 0,
                   "a filesystem that is an image or a block device"),
    VESSEL_OBJECTS(VesselContainerNamespace, mounts, "mount", &mount_table, MOUNTS_MAX, 0,
                   "how a filesystem is mounted"),
    {.path = NULL},
};

static const VesselTable namespace_table =
    VESSEL_ROOT_TABLE(VesselContainerNamespace, "container", namespace_rows);

const VesselNamespace vessel__namespace_container = {
    .uri = "urn:vessel:domain:1.0",
    .prefix = "vessel",
    .document = &vessel__domain_table,
    .table = &namespace_table,
    .doc = "what libvirt's format lacks of a container",
};
