/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container sees of its host's files and devices, and what it cannot make of it. */
#include "base/file.h"
#include "tests/lib/container.h"
#include "tests/lib/image.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

/* ---- devices ---- */

/* The directory of our group that @pid is in: of v1's @controller, or (NULL) of v2; NULL: none. */
static char *group_of(pid_t pid, const char *controller)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", pid), *text = NULL;
    g_autofree char *mark = g_strdup_printf(":%s:/vessel-", controller ? controller : "");
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *at = strstr(text, mark);
    if (!at)
        return NULL;
    at = strstr(at, "/vessel-");
    g_autofree char *group = g_strndup(at, strcspn(at, "\n"));
    return g_strconcat("/sys/fs/cgroup/", controller ? controller : "", group, NULL);
}

/* Skips where @path cannot be opened: before anything is started. */
static void need_device(const char *path)
{
    vessel_autofd int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        vt_skip("%s cannot be opened here: %s", path, g_strerror(errno));
}

/* A node of the case's own of /dev/kmsg, which is on no list; the caller frees its path. */
static char *unlisted_device(void)
{
    char *path = vt_path("kmsg");
    vt_need_root();
    if (mknod(path, S_IFCHR | 0600, makedev(1, 11)) < 0 && errno != EEXIST)
        vt_skip("no device can be made here: %s", g_strerror(errno));
    need_device(path);
    return path;
}

/* How @path, which can be opened here, opens for a process in @group. */
static int opens_in(const char *group, const char *tasks, const char *path)
{
    g_autofree char *file = g_build_filename(group, tasks, NULL);
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(file, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || vessel__write_all(fd, "0", 1) != 0)
            _exit(255);
        _exit(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) < 0 ? errno : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 255);
    return WEXITSTATUS(status);
}

static void expect_devices(const char *group, const char *tasks)
{
    g_autofree char *unlisted = unlisted_device();
    assert_int_equal(opens_in(group, tasks, "/dev/null"), 0);
    assert_int_equal(opens_in(group, tasks, "/dev/urandom"), 0);
    assert_int_equal(opens_in(group, tasks, "/dev/ptmx"), 0);
    assert_int_equal(opens_in(group, tasks, unlisted), EPERM);
}

/* Whatever node comes its way, what is in its group opens those of the list and no others: in the
 * second life as well. */
static void test_devices(void **state)
{
    VesselError *err = NULL;
    (void)state;
    g_autofree char *unlisted = unlisted_device();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    vt_start(domain);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *v1 = group_of(pids.guest, "devices");
    g_autofree char *v2 = v1 ? NULL : group_of(pids.guest, NULL);
    if (!v1 && !v2) {
        vt_container_done(host, domain);
        vt_skip("the container has no group with devices here");
    }
    expect_devices(v1 ? v1 : v2, v1 ? "tasks" : "cgroup.procs");
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    VtPids after = pids;
    for (int i = 0; i < 250 && (after.guest == pids.guest || after.guest <= 0); i++) {
        g_usleep(20000);
        after = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    }
    assert_int_not_equal(after.guest, pids.guest);
    expect_devices(v1 ? v1 : v2, v1 ? "tasks" : "cgroup.procs");
    vt_container_done(host, domain);
}

static void test_devices_on_v2(void **state)
{
    vt_container_v2();
    test_devices(state);
}

/* ---- what an init system may do ---- */

/* A domain of kind init that does @word, with @devices beside a root that is the host's directory.
 */
static VesselDomain *start_init(VesselHost *host, const char *word, const char *devices,
                                const char *more)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *arg = g_strdup_printf("<initarg>%s</initarg>", word);
    g_autofree char *init = g_strconcat("<vessel:init kind='init'/>", more, NULL);
    g_autofree char *xml = vt_container_xml_of(root, arg, devices, init);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    return domain;
}

/* It may mount and unmount, and gets nowhere with that. */
static void test_escapes_of_an_init(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_init(host, "escape-init", "", "");
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "core_pattern: "));
    if (strstr(said, ": done"))
        fail_msg("something was done: %s", said);
    vt_container_done(host, domain);
}

/* Read-only and without devices is what it cannot change, though it may mount. */
static void test_mounts_are_locked(void **state)
{
    (void)state;
    vt_need_root(); /* a user's own files are the user's, whoever is root inside */
    VesselHost *host = vt_container_host();
    g_autofree char *ro = vt_path("ro"), *rw = vt_container_root("rw"), *zero = vt_path("rw/zero");
    assert_int_equal(mkdir(ro, 0755), 0);
    g_free(vt_write("ro/file", "as it was\n"));
    g_free(vt_write("rw/file", "as it was\n"));
    assert_int_equal(mknod(zero, S_IFCHR | 0666, makedev(1, 5)), 0); /* of those it may open */
    g_autofree char *devices = g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target dir='/ro'/><readonly/></filesystem>"
        "<filesystem type='mount'><source dir='%s'/><target dir='/rw'/></filesystem>",
        ro, rw);
    VesselDomain *domain =
        start_init(host, "undo", devices, "<vessel:mount target='/rw' noexec='yes'/>");
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "rw is writable"));
    assert_non_null(strstr(said, "write to ro: Read-only file system"));
    assert_non_null(strstr(said, "program on rw: Permission denied"));
    if (strstr(said, ": done"))
        fail_msg("something was done: %s", said);
    vt_container_done(host, domain);
}

/* A file system that happens to be mounted beneath a source is none of the container's. */
static void test_what_is_mounted_beneath(void **state)
{
    (void)state;
    vt_need_root();
    vt_private_mounts();
    VesselHost *host = vt_container_host();
    g_autofree char *data = vt_path("data"), *beneath = vt_path("data/beneath");
    assert_int_equal(mkdir(data, 0755), 0);
    assert_int_equal(mkdir(beneath, 0755), 0);
    assert_int_equal(mount("vt", beneath, "tmpfs", 0, "mode=0755"), 0);
    g_autofree char *devices = g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target dir='/data'/></filesystem>", data);
    g_autofree char *xml = vt_container_xml("web", "facts", devices);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, " /data rw,"));
    assert_null(strstr(said, "/data/beneath"));
    assert_int_equal(umount2(beneath, MNT_DETACH), 0);
    vt_container_done(host, domain);
}

/* ---- how they are mounted ---- */

/* The options of what is mounted on @target, from a mountinfo; the caller frees. */
static char *options_of(const char *said, const char *target)
{
    g_autofree char *mark = g_strdup_printf(" %s ", target);
    const char *at = strstr(said, mark);
    if (at && at[strlen(mark)] == '/') /* that was its root in its own file system */
        at = strstr(at + strlen(mark) - 1, mark);
    if (!at)
        fail_msg("nothing is mounted on %s: %s", target, said);
    at += strlen(mark);
    return g_strndup(at, strcspn(at, " "));
}

static void expect_options(const char *said, const char *target, const char *expected)
{
    g_autofree char *found = options_of(said, target);
    g_auto(GStrv) words = g_strsplit(expected, ",", -1), there = g_strsplit(found, ",", -1);
    for (size_t i = 0; words[i]; i++) {
        bool absent = *words[i] == '!';
        if (g_strv_contains((const char *const *)there, words[i] + absent) == absent)
            fail_msg("%s is mounted with %s, and not with %s", target, found, words[i]);
    }
}

#define OWN_IDS                                                                                    \
    "<idmap><uid start='0' target='1900000000' count='1000'/>"                                     \
    "<gid start='0' target='1900000000' count='1000'/></idmap>"

/* Beneath a directory that is the container's own something else is mounted. */
static char *mounted_beneath(void)
{
    char *deep = vt_path("deep");
    g_autofree char *beneath = vt_path("deep/beneath");
    assert_int_equal(mkdir(deep, 0755), 0);
    assert_int_equal(mkdir(beneath, 0755), 0);
    assert_int_equal(chown(deep, 1900000000, 1900000000), 0);
    assert_int_equal(mount("vt", beneath, "tmpfs", 0, "uid=1900000000"), 0);
    return deep;
}

static void test_options(void **state)
{
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    (void)state;
    vt_need_root();
    vt_private_mounts();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *data = vt_container_root("data");
    g_autofree char *deep = mounted_beneath(), *beneath = vt_path("deep/beneath");
    g_autofree char *devices = g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target dir='/data'/></filesystem>"
        "<filesystem type='mount'><source dir='%s'/><target dir='/deep'/></filesystem>"
        "<filesystem type='mount'><source dir='%s'/><target dir='/layers'/></filesystem>"
        "<filesystem type='ram'><source usage='64'/><target dir='/ram'/></filesystem>"
        "<filesystem type='ram'><source usage='128' units='MiB'/><target dir='/dev/shm/'/>"
        "</filesystem>",
        data, deep, data);
    g_autofree char *xml = vt_container_xml_of(
        root, "<initarg>facts</initarg>", devices,
        OWN_IDS "<vessel:overlay target='/layers' upper='memory'/>"
                "<vessel:mount target='/' nosuid='yes' noexec='no'/>"
                "<vessel:mount target='/data' noexec='yes' nosuid='yes' atime='noatime'/>"
                "<vessel:mount target='/deep' recursive='yes' nosuid='yes' atime='strictatime'/>"
                "<vessel:mount target='/layers' noexec='yes' atime='noatime'/>"
                "<vessel:mount target='/ram' noexec='yes' atime='strictatime'/>");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    expect_options(said, "/", "rw,nosuid,nodev,!noexec");
    expect_options(said, "/data", "rw,nosuid,nodev,noexec,noatime,!relatime");
    expect_options(said, "/deep", "rw,nosuid,nodev,!noexec,!noatime,!relatime");
    expect_options(said, "/deep/beneath", "rw,nosuid,nodev,!noexec,!noatime,!relatime");
    expect_options(said, "/layers", "rw,nodev,noexec,noatime,!nosuid");
    expect_options(said, "/ram", "rw,nosuid,nodev,noexec,!relatime");
    const char *shm = strstr(said, " /dev/shm "); /* in the place of the driver's */
    assert_non_null(shm);
    assert_non_null(strstr(shm, "size=131072k"));
    assert_null(strstr(shm + 1, " /dev/shm "));
    assert_null(strstr(said, "mode=755,size=131072k"));
    const char *const argv[] = {"/data/inside", "exit", NULL};
    assert_int_equal(vessel_domain_exec(domain, argv, NULL, &exec, &err), VESSEL_ERROR_DENIED);
    vessel_error_free(err);
    assert_int_equal(umount2(beneath, MNT_DETACH), 0);
    vt_container_done(host, domain);
}

/* Nothing is uncovered for an ordinary user, and nothing taken away that the host's mount has. */
static void test_options_as_user(void **state)
{
    (void)state;
    if (geteuid() == 0)
        vt_as_user();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *data = vt_container_root("data");
    g_autofree char *devices = vt_container_filesystem(data, "/data");
    g_autofree char *xml = vt_container_xml_of(
        root, "<initarg>facts</initarg>", devices,
        "<vessel:mount target='/data' noexec='yes' nosuid='yes' recursive='yes'/>");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    expect_options(said, "/data", "rw,nosuid,nodev,noexec");
    vt_container_done(host, domain);
}

static void test_bad_options(void **state)
{
    static const struct {
        const char *more, *path;
        bool user; /* of an ordinary one alone */
    } cases[] = {
        {"<vessel:mount target='/nothing'/>", "/domain/vessel:mount[1]", false},
        {"<vessel:mount target='/r' recursive='yes'/>", "/domain/vessel:mount[1]/@recursive",
         false},
        {"<vessel:mount target='/d' recursive='yes'/><vessel:overlay target='/d' upper='memory'/>",
         "/domain/vessel:mount[1]/@recursive", false},
        {"<vessel:mount target='/r'/><vessel:mount target='/r'/>",
         "/domain/vessel:mount[2]/@target", false},
        {"<vessel:overlay target='/d' upper='memory'/><vessel:overlay target='/d' upper='memory'/>",
         "/domain/vessel:overlay[2]/@target", false},
        {"<vessel:mount target='/d' recursive='no'/>", "/domain/vessel:mount[1]/@recursive", true},
        {"<vessel:mount target='/d' atime='noatime'/>", "/domain/vessel:mount[1]/@atime", true},
    };
    (void)state;
    bool as_user = geteuid() != 0;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *data = vt_container_root("data");
    g_autofree char *devices = g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target dir='/d'/></filesystem>"
        "<filesystem type='ram'><source usage='64'/><target dir='/r'/></filesystem>",
        data);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = vt_container_xml_of(root, "", devices, cases[i].more);
        if (cases[i].user && !as_user)
            continue;
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'p', cases[i].path);
    }
    g_autofree char *xml =
        vt_container_xml_of(root, "", devices, "<vessel:mount target='/d' recursive='yes'/>");
    if (!as_user) { /* it is the host's, and may be written to */
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', "reached elsewhere");
    }
    vessel_host_unref(host);
}

static void test_bad_options_as_user(void **state)
{
    vt_need_root();
    vt_as_user();
    test_bad_options(state);
}

/* ---- layers and users ---- */

static void test_user_of_a_layer(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *layer = vt_path("layer");
    g_autofree char *etc = vt_path("layer/etc");
    assert_int_equal(mkdir(layer, 0755), 0);
    assert_int_equal(mkdir(etc, 0755), 0);
    g_free(vt_write("layer/etc/passwd", "app:x:33:34::/home/app:/bin/sh\n"));
    g_autofree char *overlay = g_strdup_printf(
        "<vessel:overlay target='/' upper='memory'><vessel:lower dir='%s'/></vessel:overlay>",
        layer);
    g_autofree char *xml =
        vt_container_xml_of(root, "<initarg>facts</initarg><inituser>app</inituser>", "", overlay);
    if (geteuid() != 0) { /* of one id */
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'p', "/domain/os/inituser");
        vessel_host_unref(host);
        return;
    }
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "ids: 33 34\r\n"));
    assert_non_null(strstr(said, "env: HOME=/home/app\r\n"));
    vt_container_done(host, domain);
}

/* Its program may open it again, and so may group tty. */
static void test_terminal_is_the_users(void **state)
{
    (void)state;
    vt_need_root(); /* more than one id */
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml =
        vt_container_xml_of(root, "<initarg>terminal</initarg><inituser>33</inituser>", "", "");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "terminal: 33 5 opens");
    vt_container_done(host, domain);
}

/* ---- devices of the definition ---- */

/* The container's root may use it, whosever it is on the host; it and no other. */
static void test_device_of_the_host(void **state)
{
    (void)state;
    g_autofree char *unlisted = unlisted_device();
    need_device("/dev/fuse");
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml = vt_container_xml_of(
        root, "<initarg>open</initarg><initarg>/dev/fuse</initarg>",
        "<hostdev mode='capabilities' type='misc'><source><char>/dev/fuse</char></source>"
        "</hostdev>",
        "");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "open: done");
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *group = group_of(pids.guest, "devices");
    if (group) {
        assert_int_equal(opens_in(group, "tasks", "/dev/fuse"), 0);
        expect_devices(group, "tasks");
    }
    vt_container_done(host, domain);
}

/* Which sees the host's node, and may what its user may. */
static void test_device_of_the_host_as_user(void **state)
{
    (void)state;
    vt_need_root();
    vt_as_user();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml = vt_container_xml_of(
        root, "<initarg>open</initarg><initarg>/dev/zero</initarg>",
        "<hostdev mode='capabilities' type='misc'><source><char>/dev/zero</char></source>"
        "</hostdev>",
        "");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "open: done");
    vt_container_done(host, domain);
}

/* A file is where its name says, and nowhere else: what is made of it through the container could
 * be reached by another name. */
static void test_file_of_two_names_is_refused(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *file = vt_path("file");
    g_autofree char *other = vt_path("other"), *devices = NULL;
    assert_true(g_file_set_contents(file, "", 0, NULL));
    assert_int_equal(link(file, other), 0);
    devices = g_strdup_printf("<filesystem type='mount'><source dir='%s'/><target dir='/tmp/f'/>"
                              "</filesystem>",
                              file);
    g_autofree char *xml = vt_container_xml_of(root, "<initarg>wait</initarg>", devices, "");
    VesselDomain *domain = vt_define_xml(host, xml);
    VesselError *err = NULL;
    assert_int_equal(vessel_domain_start(domain, NULL, NULL, &err), VESSEL_ERROR_DENIED);
    vt_says(err, 'h', "0700");
    vessel_error_free(err);
    assert_int_equal(unlink(other), 0);
    vt_start(domain);
    vt_container_done(host, domain);
}

static void test_bad_devices(void **state)
{
    static const struct {
        const char *type, *source, *says;
    } cases[] = {{"misc", "<char>/dev/nothing</char>", "No such file"},
                 {"misc", "<char>/etc/passwd</char>", "no name of a device"},
                 {"misc", "<char>/dev/../etc/passwd</char>", "no name of a device"},
                 {"storage", "<block>/dev/null</block>", "no block device"},
                 {"misc", "<char>/dev/shm</char>", "no character device"}};
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *devices =
            g_strdup_printf("<hostdev mode='capabilities' type='%s'><source>%s</source></hostdev>",
                            cases[i].type, cases[i].source);
        g_autofree char *xml = vt_container_xml_of(root, "", devices, "");
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', cases[i].says);
        vt_says(err, 'p', "/domain/devices/hostdev");
    }
    vessel_host_unref(host);
}

/* ---- images ---- */

static char *image_xml(const char *image, const char *word, const char *more)
{
    return g_strdup_printf(
        "<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'><name>web</name>"
        "<os><type>exe</type><init>/inside</init><initarg>%s</initarg></os><devices>"
        "<filesystem type='file'><driver type='loop' format='raw'/><source file='%s'/>"
        "<target dir='/'/></filesystem></devices>%s</domain>",
        word, image, more);
}

static void run_image(const char *type, const char *word, const char *more, const char *says)
{
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *image = vt_image_of(type, root);
    g_autofree char *xml = image_xml(image, word, more);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, says);
    assert_false(vt_container_no_loop(image));
    vt_destroy(domain);
    vt_wait(vt_container_no_loop, image, 5000);
    vt_container_done(host, domain);
}

/* Read-only unless asked; of its files, the host's root's are the container's root's. */
static void test_image(void **state)
{
    const char *type = *state;
    g_autofree char *more = g_strdup_printf("<vessel:image target='/' type='%s'/>", type);
    run_image(type, "facts", more, " / / ro,nosuid,nodev");
}

static void test_writable_image(void **state)
{
    const char *type = *state;
    g_autofree char *more =
        g_strdup_printf("<vessel:image target='/' type='%s' writable='yes'/>", type);
    run_image(type, "change", more, "etc: written, inside: removed");
}

static void test_image_beneath_an_overlay(void **state)
{
    const char *type = *state;
    g_autofree char *more = g_strdup_printf("<vessel:overlay target='/' upper='memory'/>"
                                            "<vessel:image target='/' type='%s'/>",
                                            type);
    run_image(type, "change", more, "etc: written, inside: removed");
}

static void test_bad_images(void **state)
{
    static const struct {
        const char *more, *says;
    } cases[] = {
        {"", "says what is on it"},
        {"<vessel:image target='/' type='proc'/>", "proc"},
        {"<vessel:image target='/srv' type='ext4'/>", "says what is on it"},
        {"<vessel:image target='/' type='squashfs'/>", "squashfs"},
        {"<vessel:image target='/' type='erofs' writable='yes'/>", "nothing can be written"},
        {"<vessel:image target='/' type='ext4' writable='yes'/>", "marked so"}};
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *image = vt_image_of("ext4", root);
    const char *mark[] = {"debugfs", "-w", "-R", "feature read-only", image, NULL};
    vt_need_program(mark[0]);
    assert_true(g_spawn_sync(NULL, (char **)mark, NULL,
                             G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                             NULL, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = image_xml(image, "wait", cases[i].more);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', cases[i].says);
    }
    vt_wait(vt_container_no_loop, image, 5000);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* Two that write to one image would ruin it. */
static void test_image_is_of_one(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *image = vt_image_of("ext4", root);
    g_autofree char *xml =
        image_xml(image, "wait", "<vessel:image target='/' type='ext4' writable='yes'/>");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    memcpy(strstr(xml, "<name>web"), "<name>two", 9);
    g_autoptr(VesselError) err = vt_container_fails(host, xml);
    assert_int_equal(vessel_error_code(err), VESSEL_ERROR_BUSY);
    vt_container_done(host, domain);
    vt_wait(vt_container_no_loop, image, 5000);
}

#define ON(type, test)                                                                             \
    {                                                                                              \
        .name = #test "_of_" type, .test_func = test, .initial_state = (void *)type                \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_devices_on_v2),
        cmocka_unit_test(test_escapes_of_an_init),
        cmocka_unit_test(test_mounts_are_locked),
        cmocka_unit_test(test_what_is_mounted_beneath),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_options_as_user),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_bad_options_as_user),
        cmocka_unit_test(test_user_of_a_layer),
        cmocka_unit_test(test_terminal_is_the_users),
        cmocka_unit_test(test_device_of_the_host),
        cmocka_unit_test(test_device_of_the_host_as_user),
        cmocka_unit_test(test_file_of_two_names_is_refused),
        cmocka_unit_test(test_bad_devices),
        ON("ext4", test_image),
        ON("ext4", test_writable_image),
        ON("ext4", test_image_beneath_an_overlay),
        ON("xfs", test_writable_image),
        ON("btrfs", test_writable_image),
        ON("vfat", test_writable_image),
        ON("squashfs", test_image),
        ON("squashfs", test_image_beneath_an_overlay),
        ON("erofs", test_image),
        ON("erofs", test_image_beneath_an_overlay),
        cmocka_unit_test(test_bad_images),
        cmocka_unit_test(test_image_is_of_one),
    };
    return vt_main(tests);
}
