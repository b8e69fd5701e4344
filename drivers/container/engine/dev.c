/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's /dev: a small tmpfs, the devices that every program expects, terminals of its
 * own, and the console. */
#include "base/file.h"
#include "container/engine/devices.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

static const struct {
    const char *name, *target;
} links[] = {{"ptmx", "pts/ptmx"},
             {"fd", "/proc/self/fd"},
             {"stdin", "/proc/self/fd/0"},
             {"stdout", "/proc/self/fd/1"},
             {"stderr", "/proc/self/fd/2"}};

#define INNOCENT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static const struct {
    const char *name, *type;
    const char *options[7];
    unsigned attributes;
} systems[] = {
    {"pts",
     "devpts",
     {"gid", "5", "mode", "0620", "ptmxmode", "0666"},
     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC},
    {"shm", "tmpfs", {"mode", "1777", "size", "65536k"}, INNOCENT},
    {"mqueue", "mqueue", {NULL}, INNOCENT},
};

/* By name: this file system is new, and nobody else is in the namespace that sees it. */
static int put(int dev, int tree, const char *name, bool directory, VesselError **err)
{
    int made = directory ? mkdirat(dev, name, 0755) : mknodat(dev, name, S_IFREG | 0644, 0);
    if (made < 0 || move_mount(tree, "", dev, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "/dev/%s in the container", name);
    return 0;
}

/* Bound from the host: in a user namespace no node can be made. */
static int add_nodes(const ContainerInside *inside, VesselError **err)
{
    for (size_t i = 0; i < vessel__container_devices_count; i++) {
        const ContainerDevice *device = &vessel__container_devices[i];
        vessel_autofd int tree = -1;
        if (!device->name)
            continue;
        g_autofree char *path = g_strconcat("/dev/", device->name, NULL);
        int code = vessel__container_host_device(path, device->major, device->minor, &tree, err);
        if (code == 0)
            code = put(inside->dev, tree, device->name, false, err);
        if (code < 0)
            return code;
    }
    return 0;
}

static int add_systems(const ContainerInside *inside, VesselError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(systems); i++) {
        vessel_autofd int mount = -1;
        g_autofree char *path = g_strconcat("/dev/", systems[i].name, NULL);
        const char *const *options = systems[i].options;
        if (vessel__container_has_tmpfs(inside, path))
            continue;
        /* Terminals belong to group tty, 5 nearly everywhere, if there is such an id inside. */
        if (options[0] && strcmp(options[0], "gid") == 0 &&
            !vessel__container_has_id(vessel__json_get(inside->spawn->plan, "gids"), 5))
            options += 2;
        int code = vessel__container_new_mount(systems[i].type, options, systems[i].attributes,
                                               &mount, err);
        if (code == VESSEL_ERROR_UNSUPPORTED && strcmp(systems[i].type, "mqueue") == 0) {
            g_clear_pointer(err, vessel_error_free); /* a kernel without message queues */
            continue;
        }
        if (code == 0)
            code = put(inside->dev, mount, systems[i].name, true, err);
        if (code < 0)
            return code;
    }
    return 0;
}

int vessel__container_make_dev(ContainerInside *inside, VesselError **err)
{
    static const char *const options[] = {"mode", "0755", "size", "512k", NULL};
    int code = vessel__container_new_mount("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
                                           &inside->dev, err);
    if (code == 0)
        code = vessel__container_mount(inside->root, inside->dev, "dev", true, true, err);
    umask(0);
    if (code == 0)
        code = add_nodes(inside, err);
    if (code == 0)
        code = add_systems(inside, err);
    for (size_t i = 0; i < G_N_ELEMENTS(links) && code == 0; i++)
        if (symlinkat(links[i].target, inside->dev, links[i].name) < 0)
            code = vessel__fail_errno(err, errno, "/dev/%s in the container", links[i].name);
    umask(0022);
    return code;
}

/* ---- the console ---- */

/* In the container's own devpts, and by descriptor: no path of the container is opened. */
static int open_terminal(const ContainerInside *inside, int *master, int *slave, VesselError **err)
{
    int locked = 0;
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    *slave = -1;
    *master = openat(inside->dev, "pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    if (*master >= 0 && ioctl(*master, TIOCSPTLCK, &locked) == 0)
        *slave = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*slave < 0)
        return vessel__fail_errno(err, errno, "the container's terminal");
    ioctl(*master, TIOCSWINSZ, &size);
    if (fchown(*slave, (uid_t)inside->user.uid, (gid_t)-1) < 0)
        return vessel__fail_errno(err, errno, "the container's terminal");
    return 0;
}

static int open_null(ContainerInside *inside, VesselError **err)
{
    inside->console = openat(inside->dev, "null", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    return inside->console < 0 ? vessel__fail_errno(err, errno, "/dev/null in the container") : 0;
}

/* Their owner is the program's user, as a terminal's is: it may open /dev/stdout. */
static int take_pipes(ContainerInside *inside, VesselError **err)
{
    for (int i = 0; i < 2; i++)
        if (fchown(inside->spawn->pipes[i], (uid_t)inside->user.uid, (gid_t)-1) < 0)
            return vessel__fail_errno(err, errno, "the container's pipes");
    inside->input = inside->spawn->pipes[0];
    inside->console = inside->spawn->pipes[1];
    return 0;
}

int vessel__container_open_console(ContainerInside *inside, VesselError **err)
{
    vessel_autofd int master = -1, tree = -1;
    if (inside->spawn->pipes[0] >= 0)
        return take_pipes(inside, err);
    if (!vessel__json_get_string(inside->spawn->plan, "console", NULL))
        return open_null(inside, err);
    int code = open_terminal(inside, &master, &inside->console, err);
    if (code < 0)
        return code;
    tree = open_tree(inside->console, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (tree < 0)
        return vessel__fail_errno(err, errno, "/dev/console in the container");
    code = put(inside->dev, tree, "console", false, err);
    /* Its own end goes along: while the warden has it too, the stream does not end when a program
     * that had it closes it. */
    const int ends[] = {master, inside->console};
    return code < 0 ? code : vessel__container_tell(inside, "console", ends, 2, err);
}
