/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's file system: its root, /proc and /sys, what of the host is mounted in it, and
 * what of /proc and /sys it does not see. Everything is mounted on descriptors: a path of the
 * container is looked at once, beneath its root, and what was found there is what is mounted on. */
#include "base/file.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* ---- mounting ---- */

int vessel__container_new_mount(const char *type, const char *const *options, unsigned attributes,
                                int *mount, VesselError **err)
{
    vessel_autofd int context = fsopen(type, FSOPEN_CLOEXEC);
    bool ok = context >= 0;
    for (size_t i = 0; ok && options && options[i]; i += 2) {
        bool flag = !*options[i + 1];
        ok = fsconfig(context, flag ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, options[i],
                      flag ? NULL : options[i + 1], 0) == 0;
    }
    ok = ok && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0;
    *mount = ok ? fsmount(context, FSMOUNT_CLOEXEC, attributes) : -1;
    return *mount < 0 ? vessel__fail_errno(err, errno, "a new %s", type) : 0;
}

static int resolve(int above, const char *path, bool strict, int flags)
{
    uint64_t how = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (strict ? RESOLVE_NO_SYMLINKS : 0);
    return vessel__openat2(above, path, O_PATH | flags, 0, how);
}

/* The directory @path, made with those above it where they are missing. */
static int make_directory(int above, const char *path, bool strict, int *fd, VesselError **err)
{
    *fd = resolve(above, *path ? path : ".", strict, O_DIRECTORY);
    if (*fd >= 0)
        return 0;
    if (errno != ENOENT || !*path)
        return vessel__fail_errno(err, errno, "/%s in the container", path);
    const char *slash = strrchr(path, '/');
    g_autofree char *parent = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    vessel_autofd int directory = -1;
    int code = make_directory(above, parent, strict, &directory, err);
    if (code < 0)
        return code;
    if (mkdirat(directory, slash ? slash + 1 : path, 0755) < 0 && errno != EEXIST)
        return vessel__fail_errno(err, errno, "/%s in the container", path);
    *fd = resolve(above, path, strict, O_DIRECTORY); /* may be another's by now: looked at again */
    return *fd < 0 ? vessel__fail_errno(err, errno, "/%s in the container", path) : 0;
}

static int make_file(int above, const char *path, bool strict, int *fd, VesselError **err)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *parent = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    vessel_autofd int directory = -1, made = -1;
    *fd = resolve(above, path, strict, 0);
    if (*fd >= 0)
        return 0;
    int code = errno == ENOENT ? make_directory(above, parent, strict, &directory, err)
                               : vessel__fail_errno(err, errno, "/%s in the container", path);
    if (code < 0)
        return code;
    made = openat(directory, slash ? slash + 1 : path,
                  O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (made >= 0)
        *fd = resolve(above, path, strict, 0);
    return *fd < 0 ? vessel__fail_errno(err, errno, "/%s in the container", path) : 0;
}

static int find_target(int above, const char *path, bool directory, bool strict, int *target,
                       VesselError **err)
{
    struct stat st;
    int code = directory ? make_directory(above, path, strict, target, err)
                         : make_file(above, path, strict, target, err);
    if (code < 0)
        return code;
    if (fstat(*target, &st) < 0)
        return vessel__fail_errno(err, errno, "/%s in the container", path);
    return S_ISDIR(st.st_mode) == directory
               ? 0
               : vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "/%s in the container is %s",
                              path, directory ? "no directory" : "a directory");
}

static int mount_on(int tree, int target, const char *path, VesselError **err)
{
    return move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
               ? vessel__fail_errno(err, errno, "a mount on /%s in the container", path)
               : 0;
}

static const char *without_slash(const char *path)
{
    return path + strspn(path, "/");
}

int vessel__container_mount(int above, int tree, const char *path, bool directory, bool strict,
                            VesselError **err)
{
    vessel_autofd int target = -1;
    path = without_slash(path);
    int code = find_target(above, path, directory, strict, &target, err);
    return code < 0 ? code : mount_on(tree, target, path, err);
}

int vessel__container_host_device(const char *path, unsigned major, unsigned minor, int *tree,
                                  VesselError **err)
{
    struct stat st;
    *tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (*tree < 0 || fstat(*tree, &st) < 0)
        return vessel__fail_errno(err, errno, "%s of the host", path);
    if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(major, minor))
        return 0;
    return vessel__fail(err, VESSEL_ERROR_DENIED, "%s of the host is not device %u:%u", path, major,
                        minor);
}

/* ---- the root ---- */

/* Mounted over the host's /proc, for want of a better place: the container's takes its turn. */
int vessel__container_make_root(ContainerInside *inside, VesselError **err)
{
    ContainerSource *root = &inside->spawn->sources[CONTAINER_ROOT];
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return vessel__fail_errno(err, errno, "mounts of its own");
    /* Of the new PID namespace; while the host's can still be seen, or it would be refused. */
    int code = vessel__container_new_mount(
        "proc", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, &inside->proc, err);
    if (code < 0) {
        vessel__error_hint(err, "where parts of the host's /proc are masked (inside another "
                                "container) no new one can be mounted");
        return code;
    }
    code = vessel__container_overlay(inside, root, err);
    if (code < 0)
        return code;
    if (move_mount(root->tree, "", AT_FDCWD, "/proc", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "%s", vessel__container_source_name(root));
    inside->root = root->tree;
    return 0;
}

static bool is_init(const ContainerInside *inside)
{
    return strcmp(vessel__json_get_string(inside->spawn->plan, "kind", "program"), "init") == 0;
}

/* Its own groups: as the only hierarchy (v2), or that of systemd's name beside others (v1). A host
 * that has neither gives an init system none, and it says so itself. */
static int make_cgroups(const ContainerInside *inside, VesselError **err)
{
    static const char *const none[] = {NULL}, *const named[] = {"none", "", "name", "systemd",
                                                                NULL};
    static const char *const tmpfs[] = {"mode", "0755", "size", "16k", NULL};
    const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    vessel_autofd int v2 = -1, v1 = -1, cover = -1;
    if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
        int code = vessel__container_new_mount("cgroup2", none, attributes, &v2, err);
        return code < 0 ? code
                        : vessel__container_mount(inside->sys, v2, "fs/cgroup", true, true, err);
    }
    if (vessel__container_new_mount("cgroup", named, attributes, &v1, NULL) < 0)
        return 0;
    int code = vessel__container_new_mount("tmpfs", tmpfs, attributes, &cover, err);
    if (code == 0)
        code = vessel__container_mount(inside->sys, cover, "fs/cgroup", true, true, err);
    return code < 0 ? code : vessel__container_mount(cover, v1, "systemd", true, true, err);
}

/* What an init system expects to find mounted. */
static int make_run(ContainerInside *inside, VesselError **err)
{
    static const char *const options[] = {"mode", "0755", NULL};
    int code = vessel__container_new_mount("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
                                           &inside->run, err);
    return code < 0 ? code
                    : vessel__container_mount(inside->root, inside->run, "run", true, true, err);
}

int vessel__container_make_proc(ContainerInside *inside, VesselError **err)
{
    int code = vessel__container_mount(inside->root, inside->proc, "proc", true, true, err);
    if (code == 0)
        code = vessel__container_new_mount("sysfs", NULL,
                                           MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                               MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY,
                                           &inside->sys, err);
    if (code == 0)
        code = vessel__container_mount(inside->root, inside->sys, "sys", true, true, err);
    if (code == 0 && is_init(inside))
        code = make_cgroups(inside, err);
    return code == 0 && is_init(inside) ? make_run(inside, err) : code;
}

/* ---- what the definition mounts ---- */

bool vessel__container_has_tmpfs(const ContainerInside *inside, const char *target)
{
    VESSEL_JSON_FOREACH (mount, vessel__json_get(inside->spawn->plan, "mounts"))
        if (vessel__json_get(mount, "tmpfs") &&
            strcmp(vessel__json_get_string(mount, "target", ""), target) == 0)
            return true;
    return false;
}

/* Everybody may write to it, as in libvirt's: it may be /tmp or /dev/shm. */
static int new_tmpfs(const VesselJson *plan, int *mount, VesselError **err)
{
    g_autofree char *size =
        g_strdup_printf("%" G_GUINT64_FORMAT "k", vessel__json_get_uint(plan, "tmpfs", 0));
    const char *options[] = {"mode", "1777", "size", size, NULL};
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    vessel__container_attributes(plan, &attr);
    return vessel__container_new_mount("tmpfs", options, (unsigned)attr.attr_set, mount, err);
}

/* Wherever the definition's path led, it may be a link of the container's. What is mounted already
 * is our work (the root, /dev and what is in it) or another row's; what is hidden of /proc and /sys
 * is hidden afterwards, and must be theirs. */
static int refuse_taken(const ContainerSource *source, int target, const char *path,
                        VesselError **err)
{
    static const unsigned long ours[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC,
                                         CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC};
    struct statx stx;
    struct statfs fs;
    if (statx(target, "", AT_EMPTY_PATH, 0, &stx) < 0 || fstatfs(target, &fs) < 0)
        return vessel__fail_errno(err, errno, "/%s in the container", path);
    bool device = vessel__container_source_device(source) != NULL; /* it may be one that all have */
    bool taken = !device && (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
        taken |= (unsigned long)fs.f_type == ours[i];
    if (!taken)
        return 0;
    vessel__fail(err, VESSEL_ERROR_DENIED,
                 "/%s in the container leads to what is mounted there already", path);
    vessel__error_hint(err, "the root, /proc, /sys, /dev and what the driver mounts in them are "
                            "its own, and no two filesystems have one place: look where a link "
                            "on the way leads");
    return VESSEL_ERROR_DENIED;
}

static int mount_source(const ContainerInside *inside, const ContainerSource *source,
                        VesselError **err)
{
    const char *path = without_slash(vessel__json_get_string(source->plan, "target", ""));
    vessel_autofd int target = -1;
    struct stat st;
    if (fstat(source->tree, &st) < 0)
        return vessel__fail_errno(err, errno, "%s", vessel__container_source_name(source));
    int code = find_target(inside->root, path, S_ISDIR(st.st_mode), false, &target, err);
    if (code == 0)
        code = refuse_taken(source, target, path, err);
    return code < 0 ? code : mount_on(source->tree, target, path, err);
}

int vessel__container_make_mounts(ContainerInside *inside, VesselError **err)
{
    for (size_t i = 0; i < inside->spawn->mounts_count; i++) {
        ContainerSource *source = &inside->spawn->sources[CONTAINER_MOUNTS + i];
        int code = source->fd < 0 ? new_tmpfs(source->plan, &source->tree, err)
                                  : vessel__container_overlay(inside, source, err);
        if (code == 0)
            code = mount_source(inside, source, err);
        if (code < 0) {
            vessel__error_at(err, vessel__json_get_string(source->plan, "at", NULL), 0, 0);
            return code;
        }
    }
    return 0;
}

/* ---- what of /proc and /sys is not seen, or not written ---- */

/* What tells of or changes the host as a whole; as other container engines have it. */
static const struct {
    const char *path;
    bool hidden; /* or read-only */
} masks[] = {
    {"proc/acpi", true},
    {"proc/asound", true},
    {"proc/kcore", true},
    {"proc/keys", true},
    {"proc/key-users", true},
    {"proc/latency_stats", true},
    {"proc/timer_list", true},
    {"proc/timer_stats", true},
    {"proc/sched_debug", true},
    {"proc/scsi", true},
    {"proc/kmsg", true},
    {"sys/firmware", true},
    {"sys/devices/virtual/powercap", true},
    {"proc/bus", false},
    {"proc/fs", false},
    {"proc/irq", false},
    {"proc/sys", false},
    {"proc/sysrq-trigger", false},
};

static int hide(int target, const struct stat *st, VesselError **err)
{
    static const char *const empty[] = {"mode", "0555", "size", "4k", NULL};
    vessel_autofd int cover = -1;
    int code = S_ISDIR(st->st_mode)
                   ? vessel__container_new_mount("tmpfs", empty,
                                                 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                                     MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                                                 &cover, err)
                   : vessel__container_host_device("/dev/null", 1, 3, &cover, err);
    if (code < 0)
        return code;
    return move_mount(cover, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
               ? vessel__fail_errno(err, errno, "a mount")
               : 0;
}

static int make_readonly(int target, VesselError **err)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    vessel_autofd int copy =
        open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
    if (copy < 0 || mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0 ||
        move_mount(copy, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "a read-only mount");
    return 0;
}

/* Beneath the two file systems themselves: what has their names in the root is anybody's who may
 * write to it. What this kernel has not need not be hidden. */
int vessel__container_mask(ContainerInside *inside, VesselError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(masks); i++) {
        const char *path = masks[i].path;
        int above = g_str_has_prefix(path, "sys/") ? inside->sys : inside->proc;
        vessel_autofd int target = resolve(above, strchr(path, '/') + 1, true, 0);
        struct stat st;
        if (target < 0 && errno == ENOENT)
            continue;
        if (target < 0 || fstat(target, &st) < 0)
            return vessel__fail_errno(err, errno, "/%s in the container", path);
        int code = masks[i].hidden ? hide(target, &st, err) : make_readonly(target, err);
        if (code < 0) {
            vessel__error_prefix(err, "/%s in the container", path);
            return code;
        }
    }
    return 0;
}

/* ---- and in ---- */

static bool is_file(const char *path, int fd)
{
    struct stat one, other;
    return lstat(path, &one) == 0 && fstat(fd, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Whoever may write to the root may have moved a directory, with what was mounted on it, while the
 * rest was made. */
static int check_places(const ContainerInside *inside, VesselError **err)
{
    const struct {
        const char *path;
        int fd;
    } places[] = {{"/proc", inside->proc},
                  {"/sys", inside->sys},
                  {"/dev", inside->dev},
                  {"/run", inside->run}};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        if (places[i].fd >= 0 && !is_file(places[i].path, places[i].fd)) {
            vessel__fail(err, VESSEL_ERROR_BUSY,
                         "%s in the container was replaced while it started", places[i].path);
            vessel__error_hint(err, "somebody else writes to its root: another container that "
                                    "shares it, or a user of the host");
            return VESSEL_ERROR_BUSY;
        }
    return 0;
}

int vessel__container_enter_root(ContainerInside *inside, VesselError **err)
{
    if (fchdir(inside->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
        umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return vessel__fail_errno(err, errno, "entering the container's root");
    return check_places(inside, err);
}
