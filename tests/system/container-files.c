/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container sees of its host's files and devices, and what it cannot make of it. */
#include "base/file.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_devices_on_v2),
    };
    return vt_main(tests);
}
