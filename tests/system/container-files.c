/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container sees of its host's files and devices, and what it cannot make of it. */
#include "base/file.h"
#include "tests/lib/container.h"

#include <fcntl.h>
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

/* How @path, which can be opened here, opens for a process in @group. */
static int opens_in(const char *group, const char *tasks, const char *path)
{
    g_autofree char *file = g_build_filename(group, tasks, NULL);
    int status = 0;
    vessel_autofd int here = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (here < 0)
        vt_skip("%s cannot be opened here: %s", path, g_strerror(errno));
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
    assert_int_equal(opens_in(group, tasks, "/dev/null"), 0);
    assert_int_equal(opens_in(group, tasks, "/dev/urandom"), 0);
    assert_int_equal(opens_in(group, tasks, "/dev/ptmx"), 0);
    assert_int_equal(opens_in(group, tasks, "/dev/kmsg"), EPERM);
}

/* Whatever node comes its way, what is in its group opens those of the list and no others: in the
 * second life as well. */
static void test_devices(void **state)
{
    VesselError *err = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    vt_start(domain);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *v1 = group_of(pids.guest, "devices");
    g_autofree char *v2 = v1 ? NULL : group_of(pids.guest, NULL);
    if (!v1 && !v2)
        vt_skip("the container has no group with devices here");
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
    vt_need_root();
    vt_private_mounts();
    if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0 ||
        mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
        vt_skip("no v2 hierarchy can be mounted here: %s", strerror(errno));
    test_devices(state);
}

/* ---- what an init system may do ---- */

/* A domain of kind init that does @word, with @devices beside a root that is the host's directory.
 */
static VesselDomain *start_init(VesselHost *host, const char *word, const char *devices)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *arg = g_strdup_printf("<initarg>%s</initarg>", word);
    g_autofree char *body = vt_container_body(root, arg, devices);
    g_autofree char *xml =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>os</name>%s<vessel:init kind='init'/></domain>",
                        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    return domain;
}

/* It may mount and unmount, and gets nowhere with that. */
static void test_escapes_of_an_init(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = start_init(host, "escape-init", "");
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
    g_autofree char *ro = vt_path("ro"), *rw = vt_path("rw"), *zero = vt_path("rw/zero");
    assert_int_equal(mkdir(ro, 0755), 0);
    assert_int_equal(mkdir(rw, 0755), 0);
    g_free(vt_write("ro/file", "as it was\n"));
    g_free(vt_write("rw/file", "as it was\n"));
    assert_int_equal(mknod(zero, S_IFCHR | 0666, makedev(1, 5)), 0); /* of those it may open */
    g_autofree char *devices = g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target dir='/ro'/><readonly/></filesystem>"
        "<filesystem type='mount'><source dir='%s'/><target dir='/rw'/></filesystem>",
        ro, rw);
    VesselDomain *domain = start_init(host, "undo", devices);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "rw is writable"));
    assert_non_null(strstr(said, "write to ro: Read-only file system"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_devices_on_v2),
        cmocka_unit_test(test_escapes_of_an_init),
        cmocka_unit_test(test_mounts_are_locked),
        cmocka_unit_test(test_what_is_mounted_beneath),
    };
    return vt_main(tests);
}
