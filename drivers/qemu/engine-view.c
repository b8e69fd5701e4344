/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a confined QEMU sees of the file system: libraries, its firmware and data read-only, a /dev
 * of its own, and nothing else. Put together in a mount namespace of its own, in a detached tmpfs
 * that then becomes the root. */
#include "base/file.h"
#include "qemu/engine.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* Beside what the plan names: the loader and its libraries, and what the C library and QEMU's user
 * mode network read at run time. */
static const char *const always[] = {
    "/lib",           "/lib32",           "/lib64",      "/libx32",          "/usr/lib",
    "/usr/lib32",     "/usr/lib64",       "/usr/libx32", "/etc/ld.so.cache", "/etc/alternatives",
    "/etc/localtime", "/etc/resolv.conf", NULL,
};

static const struct {
    const char *name;
    unsigned major, minor;
} common_nodes[] = {{"null", 1, 3}, {"zero", 1, 5}, {"random", 1, 8}, {"urandom", 1, 9}};

typedef struct {
    int root;         /* of the new tmpfs */
    GPtrArray *bound; /* files, and directories with their contents, that are there already */
} View;

static int make_tmpfs(const char *size, int *fd, VesselError **err)
{
    vessel_autofd int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
    if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "size", size, 0) < 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return vessel__fail_errno(err, errno, "a tmpfs for the guest's view");
    *fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    return *fd < 0 ? vessel__fail_errno(err, errno, "a tmpfs for the guest's view") : 0;
}

static int set_attributes(int fd, uint64_t attributes)
{
    struct mount_attr attr = {.attr_set = attributes};
    return mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr);
}

/* Opens @path, a directory of the view, making it and those above it where they are missing; each
 * step stays beneath the view's root, also through the links that are there. */
static int make_directory(const View *view, const char *path, int *fd, VesselError **err)
{
    vessel_autofd int above = -1;
    int code =
        vessel__open_beneath(view->root, *path ? path : ".", O_PATH | O_DIRECTORY, 0, fd, NULL);
    if (code == 0)
        return 0;
    if (code != VESSEL_ERROR_NOT_FOUND || !*path)
        return vessel__fail(err, code, "/%s in the guest's view", path);
    const char *slash = strrchr(path, '/');
    g_autofree char *parent = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    code = make_directory(view, parent, &above, err);
    if (code < 0)
        return code;
    if (mkdirat(above, slash ? slash + 1 : path, 0755) < 0 && errno != EEXIST)
        return vessel__fail_errno(err, errno, "%s in the guest's view", path);
    return vessel__open_beneath(view->root, path, O_PATH | O_DIRECTORY, 0, fd, err);
}

static int make_parents(const View *view, const char *path, int *parent, VesselError **err)
{
    g_autofree char *above = g_path_get_dirname(path);
    return make_directory(view, above + 1, parent, err); /* without its first slash */
}

static bool is_bound(const View *view, const char *path)
{
    for (guint i = 0; i < view->bound->len; i++) {
        const char *above = g_ptr_array_index(view->bound, i);
        size_t length = strlen(above);
        if (strncmp(path, above, length) == 0 && (path[length] == '/' || path[length] == '\0'))
            return true;
    }
    return false;
}

/* Mounts @tree, a copy of @path, as @name in the directory @parent of a view. */
static int put_tree(int tree, int parent, const char *name, bool directory, const char *path,
                    VesselError **err)
{
    vessel_autofd int made =
        directory ? -1 : openat(parent, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0444);
    if (directory ? mkdirat(parent, name, 0755) < 0 && errno != EEXIST : made < 0)
        return vessel__fail_errno(err, errno, "%s in the guest's view", path);
    vessel_autofd int target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0 ||
        move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "%s in the guest's view", path);
    return 0;
}

static int copy_tree(const char *path, int *tree, VesselError **err)
{
    *tree = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (*tree >= 0 &&
        set_attributes(*tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV) == 0)
        return 0;
    return vessel__fail_errno(err, errno, "a read-only view of %s", path);
}

static int bind_one(View *view, const char *path, const struct stat *st, int parent,
                    VesselError **err)
{
    vessel_autofd int tree = -1;
    int code = copy_tree(path, &tree, err);
    if (code == 0)
        code = put_tree(tree, parent, strrchr(path, '/') + 1, S_ISDIR(st->st_mode), path, err);
    if (code == 0)
        g_ptr_array_add(view->bound, g_strdup(path));
    return code;
}

/* What is not there is not missed: QEMU itself says what it does not find. */
static int show(View *view, const char *path, bool required, VesselError **err)
{
    struct stat st, target;
    char link[4096];
    vessel_autofd int parent = -1;
    if (*path != '/' || !path[1] || is_bound(view, path))
        return 0;
    if (lstat(path, &st) < 0 || stat(path, &target) < 0)
        return required ? vessel__fail_errno(err, errno, "%s", path) : 0;
    int code = make_parents(view, path, &parent, err);
    if (code < 0)
        return code;
    ssize_t length =
        S_ISLNK(st.st_mode) && S_ISDIR(target.st_mode) ? readlink(path, link, sizeof link - 1) : -1;
    if (length < 0)
        return bind_one(view, path, &target, parent, err);
    link[length] = '\0';
    if (symlinkat(link, parent, strrchr(path, '/') + 1) < 0 && errno != EEXIST)
        return vessel__fail_errno(err, errno, "%s in the guest's view", path);
    g_autofree char *real = realpath(path, NULL);
    return real ? show(view, real, required, err) : 0;
}

static int make_node(int dev, const char *name, dev_t device, uid_t uid, mode_t mode,
                     VesselError **err)
{
    int made = mknodat(dev, name, S_IFCHR | mode, device);
    if (made < 0 && errno == EEXIST) /* the plan names what everybody has */
        return 0;
    if (made < 0 || fchmodat(dev, name, mode, 0) < 0 ||
        fchownat(dev, name, uid, uid, AT_SYMLINK_NOFOLLOW) < 0)
        return vessel__fail_errno(err, errno, "/dev/%s in the guest's view", name);
    return 0;
}

/* The guest's own nodes belong to it, so that a /dev/kvm that is root's alone on the host works. */
static int fill_dev(int dev, const QemuSpawn *spawn, VesselError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(common_nodes); i++) {
        dev_t device = makedev(common_nodes[i].major, common_nodes[i].minor);
        int code = make_node(dev, common_nodes[i].name, device, 0, 0666, err);
        if (code < 0)
            return code;
    }
    VESSEL_JSON_FOREACH (item, spawn->devices) {
        const char *path = vessel__json_string(item, "");
        struct stat st;
        if (!g_str_has_prefix(path, "/dev/") || strchr(path + 5, '/'))
            return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the plan's device %s is not in /dev",
                                path);
        if (stat(path, &st) < 0)
            return vessel__fail_errno(err, errno, "%s", path);
        if (!S_ISCHR(st.st_mode))
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is no character device",
                                path);
        int code = make_node(dev, path + 5, st.st_rdev, spawn->uid, 0600, err);
        if (code < 0)
            return code;
    }
    return 0;
}

/* Its own processes alone. */
static int show_proc(const View *view, VesselError **err)
{
    vessel_autofd int context = fsopen("proc", FSOPEN_CLOEXEC);
    if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "hidepid", "invisible", 0) < 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return vessel__fail_errno(err, errno, "/proc for the guest's view");
    vessel_autofd int mount =
        fsmount(context, FSMOUNT_CLOEXEC,
                MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
    if (mount < 0 || mkdirat(view->root, "proc", 0555) < 0 ||
        move_mount(mount, "", view->root, "proc", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "/proc for the guest's view");
    return 0;
}

static int fill(View *view, const QemuSpawn *spawn, VesselError **err)
{
    int code = 0;
    for (int i = 0; always[i] && code == 0; i++)
        code = show(view, always[i], false, err);
    if (code == 0)
        code = show(view, spawn->binary, true, err);
    VESSEL_JSON_FOREACH (path, spawn->paths)
        if (code == 0)
            code = show(view, vessel__json_string(path, ""), false, err);
    if (code == 0 && spawn->proc)
        code = show_proc(view, err);
    if (code < 0)
        return code;
    vessel_autofd int dev = -1;
    code = vessel__make_dir_at(view->root, "dev", 0755, &dev, err);
    return code < 0 ? code : fill_dev(dev, spawn, err);
}

int vessel__qemu_view_enter(int root, VesselError **err)
{
    if (set_attributes(root, MOUNT_ATTR_RDONLY) < 0 || fchdir(root) < 0 ||
        syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return vessel__fail_errno(err, errno, "entering the guest's view");
    return 0;
}

/* The first directory on the way to @path that others may not search; NULL: none. */
static char *first_closed(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path + 1, "/", -1);
    g_autoptr(GString) way = g_string_new(NULL);
    struct stat st;
    for (guint i = 0; parts[i] && parts[i + 1]; i++) {
        g_string_append_printf(way, "/%s", parts[i]);
        if (stat(way->str, &st) < 0 || !(st.st_mode & S_IXOTH))
            return g_string_free(g_steal_pointer(&way), FALSE);
    }
    return NULL;
}

/* A script in root's own directories is run as somebody else: it is shown at its place, and nothing
 * else of that directory. */
static int open_way(const char *binary, VesselError **err)
{
    struct stat st;
    g_autofree char *real = realpath(binary, NULL);
    g_autofree char *closed = real ? first_closed(real) : NULL;
    if (!closed || stat(real, &st) < 0)
        return 0; /* what is wrong will show when it is executed */
    const char *rest = real + strlen(closed);
    vessel_autofd int way = -1, parent = -1, tree = -1;
    int code = copy_tree(real, &tree, err);
    if (code == 0)
        code = make_tmpfs("16k", &way, err);
    if (code < 0)
        return code;
    if (move_mount(way, "", AT_FDCWD, closed, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "%s in the guest's view", closed);
    View view = {.root = way};
    code = make_parents(&view, rest, &parent, err);
    return code < 0 ? code : put_tree(tree, parent, strrchr(rest, '/') + 1, false, real, err);
}

/* An emulator that is a script needs an interpreter and whatever the script calls: it sees the
 * host's files with the rights of its user, and still has a /dev of its own. */
static int view_of_script(const QemuSpawn *spawn, int dev, char **note, VesselError **err)
{
    umask(0022);
    int code = fill_dev(dev, spawn, err);
    if (code == 0)
        code = open_way(spawn->binary, err);
    umask(0077);
    if (code < 0)
        return code;
    if (move_mount(dev, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "/dev for the guest's view");
    *note = g_strdup_printf("the emulator %s is a script: it sees the files of the host with the "
                            "rights of its user",
                            spawn->binary);
    return 0;
}

static bool is_script(const char *binary)
{
    char magic[2] = {0};
    vessel_autofd int fd = open(binary, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, magic, 2) == 2 && magic[0] == '#' && magic[1] == '!';
}

int vessel__qemu_view_make(const QemuSpawn *spawn, int *root, char **note, VesselError **err)
{
    vessel_autofd int made = -1;
    if (!spawn->own_identity)
        return 0; /* the user's own guest sees what the user sees; said by whoever decided so */
    /* A directory of ours that nothing is to be seen of is where it is put together; the working
     * directory is followed into the new namespace. */
    if (spawn->folder >= 0 && fchdir(spawn->folder) < 0)
        return vessel__fail_errno(err, errno, "the guest's view");
    int code = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
                   ? make_tmpfs("256k", &made, err)
                   : vessel__fail_errno(err, errno, "a mount namespace for QEMU");
    if (code == VESSEL_ERROR_DENIED || code == VESSEL_ERROR_UNSUPPORTED) {
        *note = g_strdup_printf("QEMU has no view of its own and sees the files of the host: %s",
                                vessel_error_message(*err));
        g_clear_pointer(err, vessel_error_free);
        return 0;
    }
    if (code < 0)
        return code;
    if (is_script(spawn->binary))
        return view_of_script(spawn, made, note, err);
    if (move_mount(made, "", AT_FDCWD, spawn->folder >= 0 ? "." : "/proc",
                   MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "the guest's view");
    View view = {.root = made, .bound = g_ptr_array_new_with_free_func(g_free)};
    umask(0022);
    code = fill(&view, spawn, err);
    umask(0077);
    g_ptr_array_unref(view.bound);
    if (code == 0)
        *root = vessel__steal_fd(&made);
    return code;
}
