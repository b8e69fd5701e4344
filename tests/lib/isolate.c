/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A case's own mounts, network and user. */
#include "tests/lib/vt.h"
#include "tests/lib/isolate.h"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define USER_NAME "vtuser"
#define SUBIDS 65536

static void must(int result, const char *what)
{
    if (result < 0)
        fail_msg("%s: %s", what, strerror(errno));
}

void vt_private_mounts(void)
{
    vt_need_root();
    must(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
}

void vt_private_network(void)
{
    vt_private_mounts();
    must(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
    vessel_autofd int groups =
        open_tree(AT_FDCWD, "/sys/fs/cgroup", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    must(mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "a fresh /sys");
    if (groups >= 0)
        must(move_mount(groups, "", AT_FDCWD, "/sys/fs/cgroup", MOVE_MOUNT_F_EMPTY_PATH),
             "the control groups in it");
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    vessel_autofd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(fd, "socket");
    must(ioctl(fd, SIOCSIFFLAGS, &lo), "lo up");
}

static uid_t unused_id(void)
{
    for (uid_t id = 47000; id < 47999; id++)
        if (!getpwuid(id) && !getgrgid(id))
            return id;
    fail_msg("every id from 47000 to 47999 has a user");
    return 0;
}

/* Shows @path with @line added to it, in this mount namespace alone. */
static void add_line(const char *path, const char *line)
{
    g_autofree char *old = NULL, *base = g_path_get_basename(path);
    if (!g_file_get_contents(path, &old, NULL, NULL))
        return; /* a host without /etc/subuid has no newuidmap either */
    g_autofree char *all = g_strconcat(old, line, "\n", NULL);
    g_autofree char *name = g_strconcat("etc-", base, NULL);
    g_autofree char *copy = vt_write(name, all);
    must(chmod(copy, 0644), "chmod");
    must(mount(copy, path, NULL, MS_BIND, NULL), path);
}

static bool reachable(uid_t id, const char *path)
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(setgroups(0, NULL) == 0 && setgid(id) == 0 && setuid(id) == 0 &&
                      access(path, X_OK) == 0
                  ? 0
                  : 1);
    return waitpid(pid, &status, 0) == pid && status == 0;
}

static char *beneath(const char *new_top, const char *old_top, const char *path)
{
    size_t length = strlen(old_top);
    if (strncmp(path, old_top, length) != 0 || (path[length] != '/' && path[length] != '\0'))
        return NULL;
    return g_strconcat(new_top, path + length, NULL);
}

void vt_reachable_by(uid_t id)
{
    vt_private_mounts();
    if (reachable(id, vt_root()) && reachable(id, vt_source_dir()))
        return;
    const char *source = vt_source_dir(), *build = vt_build_dir();
    g_autofree char *probe = beneath("", source, build);
    const char *top = probe ? source : build;
    char place[] = "/tmp/vt-XXXXXX";
    if (!mkdtemp(place))
        fail_msg("mkdtemp: %s", strerror(errno));
    must(chmod(place, 0755), "chmod");
    must(mount(top, place, NULL, MS_BIND | MS_REC, NULL), "binding the checkout");
    g_autofree char *new_build = beneath(place, top, build);
    g_autofree char *new_root = beneath(place, top, vt_root());
    g_autofree char *new_source = probe ? g_strdup(place) : g_strdup(source);
    vt__moved(new_source, new_build, new_root, place);
}

void vt_as_user(void)
{
    if (geteuid() != 0)
        return;
    uid_t id = unused_id();
    vt_private_mounts();
    g_autofree char *passwd =
        g_strdup_printf(USER_NAME ":x:%u:%u::%s/home:/bin/sh", id, id, vt_root());
    g_autofree char *group = g_strdup_printf(USER_NAME ":x:%u:", id);
    g_autofree char *subids = g_strdup_printf(USER_NAME ":%u:%u", 0x30000000u, SUBIDS);
    add_line("/etc/passwd", passwd);
    add_line("/etc/group", group);
    add_line("/etc/subuid", subids);
    add_line("/etc/subgid", subids);

    must(chown(vt_root(), id, id), "chown");
    vt_reachable_by(id);
    g_autofree char *home = vt_path("home"), *run = vt_path("run");
    must(mkdir(home, 0700), "mkdir");
    must(mkdir(run, 0700), "mkdir");
    must(chown(home, id, id), "chown");
    must(chown(run, id, id), "chown");
    must(setgroups(0, NULL), "setgroups");
    must(setresgid(id, id, id), "setresgid");
    must(setresuid(id, id, id), "setresuid");
    must(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "PR_SET_DUMPABLE");
    setenv("HOME", home, 1);
    setenv("USER", USER_NAME, 1);
    setenv("LOGNAME", USER_NAME, 1);
    setenv("XDG_RUNTIME_DIR", run, 1);
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
}
