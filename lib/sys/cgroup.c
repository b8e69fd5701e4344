/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A group of our own: made, joined, left. Where it can be is found in cgroups.c; what its files say
 * and take is in cgroup-files.c; how it goes, in cgroup-remove.c. */
#include "sys/cgroup.h"

#include "base/file.h"
#include "base/words.h"
#include "sys/cgroup-tops.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define DEPTH_MAX "32" /* of groups that a container makes beneath its own, on v2 */
#define GROUPS_MAX "10000"

static void place_clear(void *data)
{
    VesselCgroupPlace *place = data;
    g_free(place->path);
    g_strfreev(place->controllers);
    vessel__close_fd(&place->fd);
}

static VesselCgroup *group_new(void)
{
    VesselCgroup *group = g_new0(VesselCgroup, 1);
    group->places = g_array_new(FALSE, TRUE, sizeof(VesselCgroupPlace));
    g_array_set_clear_func(group->places, place_clear);
    return group;
}

void vessel__cgroup_free(VesselCgroup *group)
{
    if (!group)
        return;
    g_array_unref(group->places);
    g_free(group);
}

/* "0::/PATH" of /proc/self/cgroup; NULL: there is none. */
static char *own_v2_line(void)
{
    g_autofree char *text = NULL;
    if (vessel__read_file(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &text, NULL, NULL) < 0)
        return NULL;
    const char *line = g_str_has_prefix(text, "0::") ? text : strstr(text, "\n0::");
    if (!line)
        return NULL;
    line += *line == '\n';
    return g_strndup(line, strcspn(line, "\n"));
}

/* ---- making ---- */

/* A v1 cpuset takes no process until it has processors and memory nodes: those of its parent. */
static int fill_cpuset(const char *parent, const char *path)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *from = g_build_filename(parent, files[i], NULL);
        g_autofree char *to = g_build_filename(path, files[i], NULL);
        g_autofree char *value = NULL;
        if (vessel__read_file(AT_FDCWD, from, 65536, &value, NULL, NULL) < 0)
            return EIO;
        g_strchomp(value);
        int errnum = *value ? vessel__cgroup_write(AT_FDCWD, to, value) : 0;
        if (errnum != 0)
            return errnum;
    }
    return 0;
}

static int make_level(const VesselCgroupTop *top, const char *parent, const char *path)
{
    if (mkdir(path, 0755) < 0)
        return errno == EEXIST ? 0 : errno;
    bool cpuset = !top->v2 && g_strv_contains((const char *const *)top->controllers, "cpuset");
    return cpuset ? fill_cpuset(parent, path) : 0;
}

/* On v1 one level: each costs a group in a dozen hierarchies, and nothing is handed down there. */
static char *path_beneath(const VesselCgroupTop *top, const char *root_id, const char *name)
{
    return g_strdup_printf("%s/vessel-%s%s%s", top->path, root_id, top->v2 ? "/" : "-", name);
}

/* What systemd made for it in that hierarchy; NULL: nothing. */
static char *path_of_scope(const VesselCgroupTop *top, const char *root_id, const char *name)
{
    g_autofree char *scope = g_strdup_printf("/vessel-%s-%s.scope", root_id, name);
    return top->own && g_str_has_suffix(top->own, scope) ? g_strdup(top->own) : NULL;
}

static int make_levels(const VesselCgroupTop *top, const char *path)
{
    g_autofree char *above = g_path_get_dirname(path);
    int errnum = top->v2 ? make_level(top, top->path, above) : 0;
    return errnum == 0 ? make_level(top, above, path) : errnum;
}

static int make_place(VesselCgroup *group, const VesselCgroupTop *top, const char *root_id,
                      const char *name)
{
    g_autofree char *scope = path_of_scope(top, root_id, name);
    g_autofree char *path = scope ? g_strdup(scope) : path_beneath(top, root_id, name);
    int errnum = scope ? 0 : make_levels(top, path);
    int fd = errnum == 0 ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return errnum != 0 ? errnum : errno;
    VesselCgroupPlace place = {.v2 = top->v2,
                               .path = g_steal_pointer(&path),
                               .fd = fd,
                               .controllers = top->v2 ? NULL : g_strdupv(top->controllers),
                               .left = scope || top->here};
    g_array_append_val(group->places, place);
    return 0;
}

int vessel__cgroup_create(VesselCgroups *cgroups, const char *root_id, const char *name,
                          VesselCgroup **group, VesselError **err)
{
    g_autoptr(VesselCgroup) made = group_new();
    *group = NULL;
    if (strchr(root_id, '/') || strchr(name, '/') || name[0] == '.' || !*name)
        return vessel__fail(err, VESSEL_ERROR_BUG, "\"%s\" is no name for a control group", name);
    const VesselCgroupTop *top;
    for (guint i = 0; (top = vessel__cgroups_top(cgroups, i)); i++) {
        /* Hybrid: nobody is ever born in the v2 hierarchy beside the others (it comes last). */
        if (!top->writable || (top->v2 && made->places->len > 0))
            continue;
        int errnum = make_place(made, top, root_id, name);
        if (errnum == 0)
            continue;
        vessel__cgroup_remove(made, vessel__deadline_after(0), NULL);
        return vessel__fail_errno(err, errnum, "cannot make a control group beneath %s", top->path);
    }
    if (made->places->len == 0) {
        vessel__fail(err, VESSEL_ERROR_DENIED, "this user may not make a control group");
        vessel__error_hint(err, "run where systemd delegates a subtree, or as root with a writable "
                                "cgroup mount");
        return VESSEL_ERROR_DENIED;
    }
    *group = g_steal_pointer(&made);
    return VESSEL_OK;
}

static int make_inner(const VesselCgroupPlace *outer, const char *inner, VesselCgroupPlace *made,
                      VesselError **err)
{
    bool beneath = outer->v2 || vessel__cgroup_is_scope(outer->path);
    *made = (VesselCgroupPlace){.v2 = outer->v2, .controllers = g_strdupv(outer->controllers)};
    made->path = beneath ? g_build_filename(outer->path, inner, NULL) : g_strdup(outer->path);
    int errnum = beneath && mkdir(made->path, 0755) < 0 && errno != EEXIST ? errno : 0;
    made->fd = beneath && errnum == 0 ? open(made->path, O_PATH | O_DIRECTORY | O_CLOEXEC)
                                      : fcntl(outer->fd, F_DUPFD_CLOEXEC, 0);
    if (errnum == 0 && made->fd < 0)
        errnum = errno;
    return errnum ? vessel__fail_errno(err, errnum, "the control group %s", made->path) : 0;
}

int vessel__cgroup_make_inner(const VesselCgroup *group, const char *inner, VesselCgroup **result,
                              VesselError **err)
{
    g_autoptr(VesselCgroup) made = group_new();
    int code = 0;
    *result = NULL;
    for (guint i = 0; i < group->places->len && code == 0; i++) {
        VesselCgroupPlace place;
        code = make_inner(vessel__cgroup_place(group, i), inner, &place, err);
        g_array_append_val(made->places, place);
    }
    if (code == 0)
        *result = g_steal_pointer(&made);
    return code;
}

/* What a limit may need, of what the group has itself. One that cannot be enabled, since a process
 * stands in the way, is missed where it is used. */
static void enable(const char *path, unsigned levels)
{
    static const char *const wanted[] = {"cpu", "cpuset", "io", "memory", "pids"};
    g_autofree char *has = NULL, *gives = NULL;
    vessel_autofd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (levels > 0) {
        g_autofree char *above = g_path_get_dirname(path);
        enable(above, levels - 1);
    }
    if (fd < 0 || vessel__read_file(fd, "cgroup.controllers", 4096, &has, NULL, NULL) < 0 ||
        vessel__read_file(fd, "cgroup.subtree_control", 4096, &gives, NULL, NULL) < 0)
        return;
    g_auto(GStrv) there = g_strsplit(g_strchomp(has), " ", -1);
    g_auto(GStrv) given = g_strsplit(g_strchomp(gives), " ", -1);
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_autofree char *word = g_strconcat("+", wanted[i], NULL);
        if (g_strv_contains((const char *const *)there, wanted[i]) &&
            !g_strv_contains((const char *const *)given, wanted[i]))
            vessel__cgroup_write(fd, "cgroup.subtree_control", word);
    }
}

void vessel__cgroup_enable(const VesselCgroup *group)
{
    for (guint i = 0; i < group->places->len; i++) {
        const VesselCgroupPlace *place = vessel__cgroup_place(group, i);
        /* TOP, vessel-ROOTID and this one; above a scope it is systemd's matter. */
        if (place->v2)
            enable(place->path, vessel__cgroup_is_scope(place->path) ? 0 : 2);
    }
}

/* ---- the record ---- */

VesselJson *vessel__cgroup_to_json(const VesselCgroup *group)
{
    VesselJson *json = vessel__json_new_array();
    for (guint i = 0; i < group->places->len; i++)
        vessel__json_append_string(json, vessel__cgroup_place(group, i)->path);
    return json;
}

/* What is gone is left out; what is no control group was never recorded by us. */
static int open_place(VesselCgroup *group, const char *path, VesselError **err)
{
    struct statfs fs;
    vessel_autofd int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return VESSEL_OK;
    if (fd < 0)
        return vessel__fail_errno(err, errno, "cannot open the control group %s", path);
    if (fstatfs(fd, &fs) < 0)
        return vessel__fail_errno(err, errno, "cannot look at the control group %s", path);
    bool v2 = (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
    if (!strstr(path, "/vessel-") || (!v2 && (unsigned long)fs.f_type != CGROUP_SUPER_MAGIC))
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "%s is no control group of ours", path);
    VesselCgroupPlace place = {.v2 = v2, .path = g_strdup(path), .fd = vessel__steal_fd(&fd)};
    g_array_append_val(group->places, place);
    return VESSEL_OK;
}

int vessel__cgroup_open(const VesselJson *record, VesselCgroup **group, VesselError **err)
{
    g_autoptr(VesselCgroup) opened = group_new();
    *group = NULL;
    VESSEL_JSON_FOREACH (directory, record) {
        int result = open_place(opened, vessel__json_string(directory, ""), err);
        if (result < 0)
            return result;
    }
    *group = g_steal_pointer(&opened);
    return VESSEL_OK;
}

int vessel__cgroup_find_named(const char *root_id, const char *name, VesselCgroup **group,
                              VesselError **err)
{
    g_autoptr(VesselCgroups) groups = NULL;
    g_autoptr(VesselCgroup) found = group_new();
    *group = NULL;
    int code = vessel__cgroups_open(&groups, err);
    const VesselCgroupTop *top;
    for (guint i = 0; code == 0 && (top = vessel__cgroups_top(groups, i)); i++) {
        g_autofree char *path = path_beneath(top, root_id, name);
        g_autofree char *above = g_path_get_dirname(path);
        if (top->v2)
            rmdir(above); /* its maker came no further */
        code = open_place(found, path, err);
    }
    if (code == 0)
        *group = g_steal_pointer(&found);
    return code;
}

bool vessel__cgroup_without_scope(VesselCgroup *group)
{
    for (guint i = group->places->len; i-- > 0;)
        if (vessel__cgroup_is_scope(vessel__cgroup_place(group, i)->path))
            g_array_remove_index(group->places, i);
    return group->places->len > 0;
}

int vessel__cgroup_v2_fd(const VesselCgroup *group)
{
    for (guint i = 0; i < group->places->len; i++)
        if (vessel__cgroup_place(group, i)->v2)
            return vessel__cgroup_place(group, i)->fd;
    return -1;
}

/* ---- joining and leaving ---- */

int vessel__cgroup_join_v1(VesselCgroup *group, VesselError **err)
{
    for (guint i = 0; i < group->places->len; i++) {
        VesselCgroupPlace *place = &g_array_index(group->places, VesselCgroupPlace, i);
        int errnum = place->v2 ? 0 : vessel__cgroup_write(place->fd, "tasks", "0");
        if (errnum != 0)
            return vessel__fail_errno(err, errnum, "cannot join the control group %s", place->path);
        place->left = false;
    }
    return VESSEL_OK;
}

/* Whether that is the v2 group at @path, ".../vessel-ROOTID/NAME", or one beneath it. */
static bool inside_v2(const char *path)
{
    g_autofree char *line = own_v2_line();
    const char *ours = g_strrstr(path, "/vessel-");
    const char *at = line && ours ? strstr(line, ours) : NULL;
    return at && (at[strlen(ours)] == '/' || at[strlen(ours)] == '\0');
}

int vessel__cgroup_enter_v2(const VesselCgroup *group, VesselError **err)
{
    int fd = vessel__cgroup_v2_fd(group);
    int errnum = fd < 0 ? ENOENT : vessel__cgroup_write(fd, "cgroup.procs", "0");
    return errnum ? vessel__fail_errno(err, errnum, "cannot enter the control group") : VESSEL_OK;
}

/* To the top of what is ours; if that hands controllers out, it takes processes no more, and they
 * go to a leaf that all who leave share. */
static int leave_place(const VesselCgroupPlace *place)
{
    const char *tasks = vessel__cgroup_is_scope(place->path) ? "tasks" : "../tasks";
    if (!place->v2)
        return place->left ? 0 : vessel__cgroup_write(place->fd, tasks, "0");
    if (!inside_v2(place->path))
        return 0;
    int errnum = vessel__cgroup_write(place->fd, "../../cgroup.procs", "0");
    if (errnum != EBUSY)
        return errnum;
    if (mkdirat(place->fd, "../" VESSEL_CGROUP_LEAVING, 0755) < 0 && errno != EEXIST)
        return errno;
    return vessel__cgroup_write(place->fd, "../" VESSEL_CGROUP_LEAVING "/cgroup.procs", "0");
}

int vessel__cgroup_leave(VesselCgroup *group, VesselError **err)
{
    for (guint i = 0; i < group->places->len; i++) {
        const VesselCgroupPlace *place = vessel__cgroup_place(group, i);
        int errnum = leave_place(place);
        if (errnum != 0 && errnum != ENOENT)
            return vessel__fail_errno(err, errnum, "cannot leave the control group %s",
                                      place->path);
    }
    return VESSEL_OK;
}

/* v1 and no controller: "name=systemd" and its like. What its mount says counts, and not what
 * anybody called a directory. */
static bool is_named(const VesselCgroups *groups, const VesselCgroupPlace *place)
{
    const VesselCgroupTop *top, *found = NULL;
    for (guint i = 0; (top = vessel__cgroups_top(groups, i)); i++)
        if (g_str_has_prefix(place->path, top->path) && place->path[strlen(top->path)] == '/' &&
            (!found || strlen(top->path) > strlen(found->path)))
            found = top;
    return found && !found->v2 && g_str_has_prefix(found->controllers[0], "name=");
}

/* What is made there is ours to remove: not without end. Files of the group's own, which stay ours.
 */
static void cap_delegation(const VesselCgroupPlace *place)
{
    vessel__cgroup_write(place->fd, "cgroup.max.depth", DEPTH_MAX);
    vessel__cgroup_write(place->fd, "cgroup.max.descendants", GROUPS_MAX);
}

int vessel__cgroup_delegate(const VesselCgroup *group, uid_t uid, gid_t gid, VesselError **err)
{
    /* cgroups(7), "Delegation"; a file that this hierarchy has not is none to give. */
    static const char *const files[] = {"", "cgroup.procs", "cgroup.subtree_control",
                                        "cgroup.threads", "tasks"};
    g_autoptr(VesselCgroups) groups = NULL;
    int code = vessel__cgroups_open(&groups, err);
    if (code < 0)
        return code;
    for (guint i = 0; i < group->places->len; i++) {
        const VesselCgroupPlace *place = vessel__cgroup_place(group, i);
        if (!place->v2 && !is_named(groups, place))
            continue;
        if (place->v2)
            cap_delegation(place);
        for (size_t j = 0; j < G_N_ELEMENTS(files); j++)
            if (fchownat(place->fd, files[j], uid, gid, AT_EMPTY_PATH) < 0 && errno != ENOENT)
                return vessel__fail_errno(err, errno, "%s/%s", place->path, files[j]);
    }
    return VESSEL_OK;
}
