/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include "sys/cgroup-tops.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static VesselCgroups *open_here(void)
{
    VesselError *err = NULL;
    VesselCgroups *here = NULL;
    vessel__cgroups_open(&here, &err);
    vt_no_error(err);
    return here;
}

static VesselCgroups *open_writable(void)
{
    VesselCgroups *here = open_here();
    if (!vessel__cgroups_writable(here)) {
        vessel__cgroups_free(here);
        vt_skip("no writable control groups for this user");
    }
    return here;
}

static VesselCgroup *make(VesselCgroups *here, const char *name)
{
    g_autofree char *root_id = g_strdup_printf("vt%d", (int)getpid());
    VesselError *err = NULL;
    VesselCgroup *group = NULL;
    vessel__cgroup_create(here, root_id, name, &group, &err);
    vt_no_error(err);
    return group;
}

static void the_report_is_consistent(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselCgroups) here = open_here();
    g_autoptr(VesselJson) report = vessel__cgroups_to_json(here);
    static const char *const layouts[] = {"none", "v1", "hybrid", "v2"};
    assert_string_equal(vessel__json_get_string(report, "layout", ""),
                        layouts[vessel__cgroups_layout(here)]);
    const char *const *names = vessel__cgroups_controllers(here);
    for (guint i = 0; names[i]; i++) {
        const VesselJson *one = vessel__json_path(report, "controllers", names[i], NULL);
        assert_non_null(one);
        assert_int_equal(access(vessel__json_get_string(one, "path", ""), F_OK), 0);
    }
}

static void a_group_is_made_joined_left_and_removed(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselCgroups) here = open_writable();
    g_autoptr(VesselCgroup) group = make(here, "guest-1");
    VesselError *err = NULL;
    g_autoptr(VesselJson) record = vessel__cgroup_to_json(group);
    assert_true(vessel__json_length(record) > 0);
    vessel__cgroup_join_v1(group, &err);
    vt_no_error(err);

    /* Somebody else finds it by its record. */
    g_autoptr(VesselCgroup) again = NULL;
    vessel__cgroup_open(record, &again, &err);
    vt_no_error(err);
    uint64_t cpu_ns = 0;
    for (int i = 0; i < 20000000; i++)
        __asm__ volatile("");
    if (vessel__cgroup_cpu_ns(again, &cpu_ns, &err) == VESSEL_OK &&
        vessel__cgroups_layout(here) != VESSEL_CGROUP_V2)
        assert_true(cpu_ns > 1000000);
    g_clear_pointer(&err, vessel_error_free);
    if (vessel__cgroups_layout(here) != VESSEL_CGROUP_V2)
        assert_int_equal(vessel__cgroup_remove(again, vessel__deadline_after(10000), NULL),
                         VESSEL_ERROR_BUSY);
    vessel__cgroup_leave(again, &err);
    vt_no_error(err);
    vessel__cgroup_remove(again, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    VESSEL_JSON_FOREACH (path, record) {
        const char *text = vessel__json_string(path, "");
        assert_int_equal(access(text, F_OK), -1);
        g_autofree char *above = g_path_get_dirname(text);
        if (vessel__cgroups_layout(here) == VESSEL_CGROUP_V2)
            assert_int_equal(access(above, F_OK), -1);
    }
    /* Removing what is gone, and opening it, is no error. */
    vessel__cgroup_remove(again, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    g_autoptr(VesselCgroup) gone = NULL;
    vessel__cgroup_open(record, &gone, &err);
    vt_no_error(err);
    assert_int_equal(vessel__cgroup_v2_fd(gone), -1);
}

static void groups_inside_are_removed_too(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselCgroups) here = open_writable();
    g_autoptr(VesselCgroup) group = make(here, "guest-2");
    g_autoptr(VesselJson) record = vessel__cgroup_to_json(group);
    VESSEL_JSON_FOREACH (path, record) {
        g_autofree char *deep = g_strdup_printf("%s/a", vessel__json_string(path, ""));
        g_autofree char *deeper = g_strdup_printf("%s/a/b", vessel__json_string(path, ""));
        assert_int_equal(mkdir(deep, 0700), 0);
        assert_int_equal(mkdir(deeper, 0700), 0);
    }
    VesselError *err = NULL;
    vessel__cgroup_remove(group, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    assert_int_equal(access(vessel__json_string(vessel__json_at(record, 0), ""), F_OK), -1);
}

#define MANY 3000

/* As what runs inside can do: side by side, each with one of its own. */
static void flood(const char *path)
{
    for (int i = 0; i < MANY / 2; i++) {
        g_autofree char *one = g_strdup_printf("%s/%d", path, i);
        g_autofree char *two = g_strdup_printf("%s/%d/x", path, i);
        assert_int_equal(mkdir(one, 0755), 0);
        assert_int_equal(mkdir(two, 0755), 0);
    }
}

/* At once and not later: some go each time, and what is left is told. */
static void groups_by_the_thousand_are_removed_bit_by_bit(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselCgroups) here = open_writable();
    g_autoptr(VesselCgroup) group = make(here, "guest-2");
    g_autoptr(VesselJson) record = vessel__cgroup_to_json(group);
    const char *path = vessel__json_string(vessel__json_at(record, 0), "");
    VesselError *err = NULL;
    int rounds = 0, code;
    flood(path);
    while ((code = vessel__cgroup_clear(group, 0, &err)) != VESSEL_OK) {
        assert_true(vessel_error_retryable(err));
        vt_error(&err, VESSEL_ERROR_TIMEOUT);
        assert_true(++rounds < MANY);
    }
    assert_true(rounds > 3);
    flood(path);
    assert_int_equal(vessel__cgroup_remove(group, 0, &err), VESSEL_ERROR_TIMEOUT);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_int_equal(access(path, F_OK), 0);
    vessel__cgroup_remove(group, vessel__deadline_after(30000), &err);
    vt_no_error(err);
    assert_int_equal(access(path, F_OK), -1);
}

/* Deep, and a process at the bottom: all but its own and those above it. */
static void a_process_far_below_is_told(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselCgroups) here = open_writable();
    if (vessel__cgroups_layout(here) == VESSEL_CGROUP_V2) {
        g_clear_pointer(&here, vessel__cgroups_free);
        vt_skip("no process is moved on v2");
    }
    g_autoptr(VesselCgroup) group = make(here, "guest-2");
    g_autoptr(VesselJson) record = vessel__cgroup_to_json(group);
    g_autoptr(GString) deep = g_string_new(vessel__json_string(vessel__json_at(record, 0), ""));
    VesselError *err = NULL;
    for (int i = 0; i < 50; i++) {
        g_string_append(deep, "/x");
        assert_int_equal(mkdir(deep->str, 0755), 0);
    }
    g_autofree char *tasks = g_strdup_printf("%s/tasks", deep->str);
    g_autofree char *top = g_strndup(tasks, strstr(tasks, "/vessel-") - tasks);
    g_autofree char *home = g_strconcat(top, "/tasks", NULL);
    assert_int_equal(vessel__cgroup_write(AT_FDCWD, tasks, "0"), 0);
    vessel__cgroup_remove_by(group, vessel__deadline_after(20), &err);
    assert_true(vessel_error_retryable(err));
    vt_error(&err, VESSEL_ERROR_BUSY);
    assert_int_equal(access(tasks, F_OK), 0);
    assert_int_equal(vessel__cgroup_write(AT_FDCWD, home, "0"), 0);
    vessel__cgroup_remove(group, vessel__deadline_after(30000), &err);
    vt_no_error(err);
}

/* The first v1 hierarchy of the host that has that controller. */
static const VesselCgroupTop *top_of(const VesselCgroups *here, const char *controller)
{
    const VesselCgroupTop *top;
    for (guint i = 0; (top = vessel__cgroups_top(here, i)); i++)
        if (!top->v2 && g_strv_contains((const char *const *)top->controllers, controller))
            return top;
    return NULL;
}

static bool stands_in(const char *controller, const char *name)
{
    g_autofree char *text = NULL;
    g_autofree char *pattern =
        g_strdup_printf("(?m)^\\d+:([^:\n]*,)?%s(,[^:\n]*)?:.*/%s$", controller, name);
    assert_true(g_file_get_contents("/proc/self/cgroup", &text, NULL, NULL));
    return g_regex_match_simple(pattern, text, 0, 0);
}

static void joins_and_leaves_a_scope(VesselCgroups *here, const char *scope)
{
    VesselError *err = NULL;
    g_autoptr(VesselCgroup) group = make(here, "guest-6"), inner = NULL, again = NULL;
    g_autoptr(VesselJson) record = vessel__cgroup_to_json(group);
    g_autofree char *guest = g_strconcat(scope, "/guest", NULL);
    g_autofree char *ours = g_strndup(scope, strlen(scope) - strlen(".scope"));
    vessel__cgroup_make_inner(group, VESSEL_CGROUP_GUEST, &inner, &err);
    vt_no_error(err);
    vessel__cgroup_join_v1(inner, &err);
    vt_no_error(err);
    assert_true(stands_in("memory", guest));
    assert_true(stands_in("freezer", ours));
    vessel__cgroup_open(record, &again, &err);
    vt_no_error(err);
    vessel__cgroup_leave(again, &err); /* as who adopts the guest */
    vt_no_error(err);
    assert_true(stands_in("memory", scope));
    assert_false(stands_in("freezer", ours));
    /* Its own last process cannot remove it. */
    assert_true(vessel__cgroup_without_scope(again));
    vessel__cgroup_remove(again, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    assert_true(vessel__cgroup_without_scope(group));
    assert_true(stands_in("memory", scope));
}

/* One hierarchy has a scope, as if systemd had made that, and the others have none. */
static void a_scope_takes_the_place_of_the_group(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    g_autoptr(VesselCgroups) before = open_writable();
    const VesselCgroupTop *memory = top_of(before, "memory");
    if (!memory || !memory->writable || !memory->own || !top_of(before, "freezer")) {
        g_clear_pointer(&before, vessel__cgroups_free);
        vt_skip("no controllers on v1");
    }
    g_autofree char *name = g_strdup_printf("vessel-vt%d-guest-6.scope", (int)getpid());
    g_autofree char *path = g_build_filename(memory->path, name, NULL);
    g_autofree char *guest = g_build_filename(path, VESSEL_CGROUP_GUEST, NULL);
    g_autofree char *tasks = g_build_filename(path, "tasks", NULL);
    g_autofree char *home = g_build_filename(memory->own, "tasks", NULL);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(vessel__cgroup_write(AT_FDCWD, tasks, "0"), 0);
    g_autoptr(VesselCgroups) here = open_here();
    joins_and_leaves_a_scope(here, name);
    assert_int_equal(vessel__cgroup_write(AT_FDCWD, home, "0"), 0);
    assert_int_equal(rmdir(guest), 0);
    assert_int_equal(rmdir(path), 0);
}

/* Found by its name where there is no record, and not made. */
static void a_group_without_a_record_is_found(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autoptr(VesselCgroups) here = open_writable();
    g_autoptr(VesselCgroup) group = make(here, "guest-7"), found = NULL, none = NULL;
    g_autoptr(VesselJson) record = vessel__cgroup_to_json(group);
    g_autofree char *root_id = g_strdup_printf("vt%d", (int)getpid());
    vessel__cgroup_find_named(root_id, "guest-7", &found, &err);
    vt_no_error(err);
    g_autoptr(VesselJson) same = vessel__cgroup_to_json(found);
    assert_int_equal(vessel__json_length(same), vessel__json_length(record));
    vessel__cgroup_remove(found, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    vessel__cgroup_find_named(root_id, "guest-7", &none, &err);
    vt_no_error(err);
    g_autoptr(VesselJson) nothing = vessel__cgroup_to_json(none);
    assert_int_equal(vessel__json_length(nothing), 0);
}

static void a_helper_is_born_in_its_v2_group(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselCgroups) here = open_writable();
    if (vessel__cgroups_layout(here) != VESSEL_CGROUP_V2) {
        g_clear_pointer(&here, vessel__cgroups_free);
        vt_skip("this host is not pure v2: see pure_v2");
    }
    g_autoptr(VesselCgroup) group = make(here, "guest-3");
    int v2 = vessel__cgroup_v2_fd(group);
    assert_true(v2 >= 0);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    vessel_autofd int program = open("/bin/cat", O_PATH | O_CLOEXEC);
    const char *const argv[] = {"cat", "/proc/self/cgroup", "/proc/self/fd/3", NULL};
    const char *const envp[] = {NULL};
    int fds[] = {ends[0]};
    VesselSpawn spawn = {program, argv, envp, fds, 1, v2};
    pid_t pid;
    VesselError *err = NULL;
    vessel__spawn(&spawn, &pid, &err);
    vt_no_error(err);
    close(ends[0]);
    g_autofree char *procs = g_strdup_printf("/proc/self/fd/%d/cgroup.procs", v2);
    g_autofree char *text = NULL, *wanted = g_strdup_printf("%d\n", (int)pid);
    assert_true(g_file_get_contents(procs, &text, NULL, NULL));
    assert_string_equal(text, wanted);
    assert_int_equal(vessel__cgroup_remove(group, vessel__deadline_after(10000), NULL),
                     VESSEL_ERROR_BUSY);
    close(ends[1]); /* its end of file */
    for (int i = 0;
         i < 1000 && vessel__cgroup_remove(group, vessel__deadline_after(10000), NULL) < 0; i++)
        g_usleep(5000);
    vessel__cgroup_remove(group, vessel__deadline_after(10000), &err);
    vt_no_error(err);
}

static void a_record_of_something_else_is_refused(void **state G_GNUC_UNUSED)
{
    g_autofree char *path = vt_path("vessel-x");
    assert_int_equal(mkdir(path, 0700), 0);
    g_autoptr(VesselJson) record = vessel__json_new_array();
    vessel__json_append_string(record, path);
    VesselCgroup *group = NULL;
    VesselError *err = NULL;
    assert_int_equal(vessel__cgroup_open(record, &group, &err), VESSEL_ERROR_CORRUPT);
    vt_error(&err, VESSEL_ERROR_CORRUPT);
    assert_null(group);
}

/* What another host's mounts look like is made by a private mount namespace. */
static void without_any_mount_there_is_no_layout(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    if (access("/sys/fs/cgroup", F_OK) == 0 && umount2("/sys/fs/cgroup", MNT_DETACH) < 0)
        vt_skip("the control group mounts cannot be taken away: %s", strerror(errno));
    g_autoptr(VesselCgroups) here = open_here();
    assert_int_equal(vessel__cgroups_layout(here), VESSEL_CGROUP_NONE);
    assert_false(vessel__cgroups_writable(here));
    VesselCgroup *group = NULL;
    VesselError *err = NULL;
    assert_int_equal(vessel__cgroup_create(here, "x", "y", &group, &err), VESSEL_ERROR_DENIED);
    assert_non_null(vessel_error_hint(err));
    vt_error(&err, VESSEL_ERROR_DENIED);
}

static void pure_v2(void **state)
{
    vt_need_root();
    vt_private_mounts();
    if ((access("/sys/fs/cgroup", F_OK) == 0 && umount2("/sys/fs/cgroup", MNT_DETACH) < 0) ||
        mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
        vt_skip("no v2 hierarchy can be mounted here: %s", strerror(errno));
    g_autoptr(VesselCgroups) here = open_here();
    assert_int_equal(vessel__cgroups_layout(here), VESSEL_CGROUP_V2);
    a_group_is_made_joined_left_and_removed(state);
    a_helper_is_born_in_its_v2_group(state);
}

static void read_only_mounts_are_not_used(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    umount2("/sys/fs/cgroup", MNT_DETACH);
    if (mount("none", "/sys/fs/cgroup", "cgroup2", MS_RDONLY, NULL) < 0)
        vt_skip("no v2 hierarchy can be mounted here: %s", strerror(errno));
    g_autoptr(VesselCgroups) here = open_here();
    assert_int_equal(vessel__cgroups_layout(here), VESSEL_CGROUP_V2);
    assert_false(vessel__cgroups_writable(here));
}

/* ---- where not even the top takes processes ---- */

typedef struct {
    char *name;
    int outside; /* the hierarchy's root, as the host has it */
    int procs;   /* its cgroup.procs */
} Delegated;

/* Back to where the case came from, with nothing left. */
static void leave_delegated(Delegated *delegated)
{
    g_autofree char *self = g_build_filename(delegated->name, "self", NULL);
    if (write(delegated->procs, "0", 1) == 1) {
        unlinkat(delegated->outside, self, AT_REMOVEDIR);
        unlinkat(delegated->outside, delegated->name, AT_REMOVEDIR);
    }
    close(delegated->procs);
    close(delegated->outside);
    g_free(delegated->name);
}

static bool write_file(const char *path, const char *text)
{
    vessel_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) > 0;
}

/* In a cgroup namespace whose root hands a controller down: what a host delegates may be so. */
static bool enter_delegated(Delegated *delegated)
{
    const char *point = access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0
                            ? "/sys/fs/cgroup/unified"
                            : "/sys/fs/cgroup";
    g_autofree char *top = NULL, *procs = NULL, *all = g_strconcat(point, "/cgroup.procs", NULL);
    g_autofree char *words = NULL, *word = NULL;
    delegated->name = g_strdup_printf("vt%d", (int)getpid());
    delegated->outside = open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);
    delegated->procs = open(all, O_WRONLY | O_CLOEXEC);
    top = g_build_filename(point, delegated->name, NULL);
    procs = g_build_filename(top, "cgroup.procs", NULL);
    if (mkdir(top, 0755) < 0 || !write_file(procs, "0") || unshare(CLONE_NEWCGROUP) < 0)
        return false;
    vt_private_mounts();
    if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0 ||
        mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0 ||
        mkdir("/sys/fs/cgroup/self", 0755) < 0 ||
        !write_file("/sys/fs/cgroup/self/cgroup.procs", "0") ||
        !g_file_get_contents("/sys/fs/cgroup/cgroup.controllers", &words, NULL, NULL))
        return false;
    words[strcspn(words, " \n")] = '\0';
    word = g_strconcat("+", words, NULL);
    errno = ENODEV; /* no controller is left for v2 */
    return *words && write_file("/sys/fs/cgroup/cgroup.subtree_control", word);
}

static void leaves_to_the_shared_leaf(void)
{
    VesselError *err = NULL;
    VesselCgroup *inner = NULL;
    g_autoptr(VesselCgroups) here = open_here();
    g_autoptr(VesselCgroup) group = make(here, "guest-4"), second = NULL;
    g_autoptr(VesselJson) record = vessel__cgroup_to_json(group);
    const char *path = vessel__json_string(vessel__json_at(record, 0), "");
    g_autofree char *above = g_path_get_dirname(path), *text = NULL;
    vessel__cgroup_make_inner(group, VESSEL_CGROUP_WARDEN, &inner, &err);
    vt_no_error(err);
    vessel__cgroup_enter_v2(inner, &err);
    vt_no_error(err);
    vessel__cgroup_free(inner);
    vessel__cgroup_leave(group, &err);
    vt_no_error(err);
    vessel__cgroup_remove(group, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    assert_int_equal(access(path, F_OK), -1);
    assert_true(g_file_get_contents("/proc/self/cgroup", &text, NULL, NULL));
    assert_non_null(strstr(text, "/leaving\n"));
    /* Once nobody is in it, it goes with the next. */
    assert_true(write_file("/sys/fs/cgroup/self/cgroup.procs", "0"));
    second = make(here, "guest-5");
    vessel__cgroup_remove(second, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    assert_int_equal(access(above, F_OK), -1);
}

static void the_top_takes_no_processes(void **state G_GNUC_UNUSED)
{
    Delegated delegated;
    vt_need_root();
    bool entered = enter_delegated(&delegated);
    int errnum = errno;
    if (entered)
        leaves_to_the_shared_leaf();
    leave_delegated(&delegated);
    if (!entered)
        vt_skip("no control group can be delegated here: %s", strerror(errnum));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_is_consistent),
        cmocka_unit_test(a_group_is_made_joined_left_and_removed),
        cmocka_unit_test(groups_inside_are_removed_too),
        cmocka_unit_test(groups_by_the_thousand_are_removed_bit_by_bit),
        cmocka_unit_test(a_process_far_below_is_told),
        cmocka_unit_test(a_scope_takes_the_place_of_the_group),
        cmocka_unit_test(a_group_without_a_record_is_found),
        cmocka_unit_test(a_helper_is_born_in_its_v2_group),
        cmocka_unit_test(a_record_of_something_else_is_refused),
        cmocka_unit_test(without_any_mount_there_is_no_layout),
        cmocka_unit_test(pure_v2),
        cmocka_unit_test(the_top_takes_no_processes),
        cmocka_unit_test(read_only_mounts_are_not_used),
    };
    return vt_main(tests);
}
