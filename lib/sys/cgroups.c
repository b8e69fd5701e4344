/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which control group hierarchies there are, and where in them this process may make groups. */
#include "base/file.h"
#include "sys/cgroup-tops.h"

#include <fcntl.h>

struct VesselCgroups {
    VesselCgroupLayout layout;
    GArray *tops;           /* of VesselCgroupTop */
    GPtrArray *controllers; /* words, NULL at the end */
};

static void top_clear(void *data)
{
    VesselCgroupTop *top = data;
    g_strfreev(top->controllers);
    g_free(top->path);
    g_free(top->own);
}

void vessel__cgroups_free(VesselCgroups *cgroups)
{
    if (!cgroups)
        return;
    g_array_unref(cgroups->tops);
    g_ptr_array_unref(cgroups->controllers);
    g_free(cgroups);
}

const VesselCgroupTop *vessel__cgroups_top(const VesselCgroups *cgroups, guint index)
{
    return index < cgroups->tops->len ? &g_array_index(cgroups->tops, VesselCgroupTop, index)
                                      : NULL;
}

/* ---- mounts ---- */

typedef struct {
    bool v2;
    char *root, *point;
    char **options; /* of the filesystem: the controllers of a v1 mount */
} Mount;

static void mount_clear(void *data)
{
    Mount *mount = data;
    g_free(mount->root);
    g_free(mount->point);
    g_strfreev(mount->options);
}

/* proc(5), mountinfo: "ID PARENT MAJ:MIN ROOT POINT OPTIONS [FIELD…] - TYPE SOURCE SUPER-OPTIONS",
 * blanks in paths as \040. */
static void take_mount(GArray *mounts, const char *line)
{
    const char *dash = strstr(line, " - ");
    if (!dash)
        return;
    g_auto(GStrv) left = g_strsplit(line, " ", 7);
    g_auto(GStrv) right = g_strsplit(dash + 3, " ", 3);
    bool v2 = right[0] && !strcmp(right[0], "cgroup2");
    if (g_strv_length(left) < 6 || g_strv_length(right) < 3 || (!v2 && strcmp(right[0], "cgroup")))
        return;
    Mount mount = {.v2 = v2,
                   .root = g_strcompress(left[3]),
                   .point = g_strcompress(left[4]),
                   .options = g_strsplit(right[2], ",", -1)};
    g_array_append_val(mounts, mount);
}

static int read_mounts(GArray *mounts, VesselError **err)
{
    g_autofree char *text = NULL;
    int result = vessel__read_file(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &text, NULL, err);
    if (result < 0)
        return result;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        take_mount(mounts, lines[i]);
    return VESSEL_OK;
}

/* ---- where we may make groups ---- */

/* Out of what is mounted, or of our cgroup namespace. A group may well be called "..x". */
static bool leaves(const char *way)
{
    for (const char *at = way; (at = strstr(at, "/..")); at += 3)
        if (at[3] == '/' || at[3] == '\0')
            return true;
    return false;
}

/* The group @way of /proc/PID/cgroup, as the mount shows it; NULL: it does not. */
static char *directory_in(const Mount *mount, const char *way)
{
    if (strcmp(mount->root, "/") && g_str_has_prefix(way, mount->root))
        way += strlen(mount->root);
    return leaves(way) ? NULL : g_build_filename(mount->point, way, NULL);
}

static bool may_write(const char *path)
{
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

/* v2: the highest group on the way to our own that we may write: the top for root, that of
 * user@UID.service in a user's session. From there down everything is ours to arrange. */
static char *delegated_top(const Mount *mount, const char *own)
{
    const char *way = own;
    if (strcmp(mount->root, "/") && g_str_has_prefix(own, mount->root))
        way = own + strlen(mount->root);
    if (leaves(way))
        way = "";
    g_autoptr(GString) path = g_string_new(mount->point);
    g_auto(GStrv) parts = g_strsplit(way, "/", -1);
    for (guint i = 0;; i++) {
        g_autofree char *processes = g_strconcat(path->str, "/cgroup.procs", NULL);
        if (may_write(path->str) && may_write(processes))
            return g_strdup(path->str);
        while (parts[i] && !*parts[i])
            i++;
        if (!parts[i])
            return NULL;
        g_string_append_printf(path, "/%s", parts[i]);
    }
}

static void add_top(VesselCgroups *cgroups, bool v2, char **controllers, const char *path,
                    bool writable)
{
    VesselCgroupTop top = {
        .v2 = v2, .controllers = controllers, .path = g_strdup(path), .writable = writable};
    g_array_append_val(cgroups->tops, top);
    for (guint i = 0; controllers[i]; i++)
        if (!g_str_has_prefix(controllers[i], "name="))
            g_ptr_array_add(cgroups->controllers, g_strdup(controllers[i]));
}

static void add_v2(VesselCgroups *cgroups, const Mount *mount, const char *own)
{
    g_autofree char *top = delegated_top(mount, own);
    g_autofree char *file = g_build_filename(top ? top : mount->point, "cgroup.controllers", NULL);
    g_autofree char *words = NULL;
    if (vessel__read_file(AT_FDCWD, file, 4096, &words, NULL, NULL) < 0)
        words = g_strdup("");
    g_strstrip(words);
    char **controllers = g_strsplit(words, " ", *words ? -1 : 0);
    add_top(cgroups, true, controllers, top ? top : mount->point, top != NULL);
}

/* One line of /proc/self/cgroup, "ID:CONTROLLERS:PATH", and the first mount of that hierarchy that
 * we may write, else the first. */
static void add_hierarchy(VesselCgroups *cgroups, const GArray *mounts, const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, ":", 3);
    if (g_strv_length(fields) != 3)
        return;
    bool v2 = !strcmp(fields[0], "0") && !*fields[1];
    char **controllers = g_strsplit(fields[1], ",", -1);
    const Mount *found = NULL;
    bool writable = false;
    for (guint i = 0; i < mounts->len && !writable; i++) {
        const Mount *mount = &g_array_index(mounts, Mount, i);
        if (mount->v2 != v2 ||
            (!v2 && !g_strv_contains((const char *const *)mount->options, controllers[0])))
            continue;
        writable = !v2 && may_write(mount->point);
        if (!found || writable)
            found = mount;
    }
    if (found && v2)
        add_v2(cgroups, found, fields[2]);
    else if (found)
        add_top(cgroups, false, g_steal_pointer(&controllers), found->point, writable);
    g_strfreev(controllers);
    if (!found)
        return;
    VesselCgroupTop *top = &g_array_index(cgroups->tops, VesselCgroupTop, cgroups->tops->len - 1);
    top->own = directory_in(found, fields[2]);
    top->here = !v2 && strcmp(fields[2], found->root) == 0;
}

static VesselCgroupLayout layout_of(const VesselCgroups *cgroups)
{
    bool v1 = false, v2 = false;
    const VesselCgroupTop *top;
    for (guint i = 0; (top = vessel__cgroups_top(cgroups, i)); i++) {
        v1 = v1 || !top->v2;
        v2 = v2 || top->v2;
    }
    if (v1)
        return v2 ? VESSEL_CGROUP_HYBRID : VESSEL_CGROUP_V1;
    return v2 ? VESSEL_CGROUP_V2 : VESSEL_CGROUP_NONE;
}

int vessel__cgroups_open(VesselCgroups **cgroups, VesselError **err)
{
    g_autoptr(GArray) mounts = g_array_new(FALSE, TRUE, sizeof(Mount));
    g_array_set_clear_func(mounts, mount_clear);
    g_autofree char *text = NULL;
    *cgroups = NULL;
    int result = read_mounts(mounts, err);
    if (result == VESSEL_OK)
        result = vessel__read_file(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &text, NULL, err);
    if (result < 0)
        return result;
    VesselCgroups *made = g_new0(VesselCgroups, 1);
    made->tops = g_array_new(FALSE, TRUE, sizeof(VesselCgroupTop));
    g_array_set_clear_func(made->tops, top_clear);
    made->controllers = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        add_hierarchy(made, mounts, lines[i]);
    g_ptr_array_add(made->controllers, NULL);
    made->layout = layout_of(made);
    *cgroups = made;
    return VESSEL_OK;
}

/* ---- where another process is ---- */

/* The path of the hierarchy of @line in a /proc/PID/cgroup, NULL: it is not there. */
static char *find_line(char **lines, const char *line)
{
    const char *path = strchr(strchr(line, ':') + 1, ':') + 1;
    for (guint i = 0; lines[i]; i++)
        if (strncmp(lines[i], line, (size_t)(path - line)) == 0)
            return lines[i] + (path - line);
    return NULL;
}

static char *directory_of(const GArray *mounts, char **fields)
{
    bool v2 = !strcmp(fields[0], "0") && !*fields[1];
    g_auto(GStrv) controllers = g_strsplit(fields[1], ",", -1);
    for (guint i = 0; i < mounts->len; i++) {
        const Mount *mount = &g_array_index(mounts, Mount, i);
        if (mount->v2 == v2 &&
            (v2 || g_strv_contains((const char *const *)mount->options, controllers[0])))
            return directory_in(mount, fields[2]);
    }
    return NULL;
}

/* One line of /proc/PID/cgroup. */
static int open_line(const GArray *mounts, const char *line, GArray *tasks, int *v2,
                     VesselError **err)
{
    g_auto(GStrv) fields = g_strsplit(line, ":", 3);
    g_autofree char *directory = directory_of(mounts, fields);
    g_autofree char *file = g_build_filename(directory ? directory : "", "tasks", NULL);
    bool is_v2 = !strcmp(fields[0], "0") && !*fields[1];
    if (!is_v2 && !tasks)
        return VESSEL_OK;
    if (!directory)
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "the control group %s cannot be seen "
                            "from here",
                            line);
    int fd = is_v2 ? open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC)
                   : open(file, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return vessel__fail_errno(err, errno, "the control group %s", directory);
    if (is_v2)
        *v2 = fd;
    else
        g_array_append_val(tasks, fd);
    return VESSEL_OK;
}

int vessel__cgroups_of(pid_t pid, GArray *tasks, int *v2, VesselError **err)
{
    g_autoptr(GArray) mounts = g_array_new(FALSE, TRUE, sizeof(Mount));
    g_autofree char *file = g_strdup_printf("/proc/%d/cgroup", pid);
    g_autofree char *theirs = NULL, *ours = NULL;
    g_array_set_clear_func(mounts, mount_clear);
    *v2 = -1;
    int result = read_mounts(mounts, err);
    if (result == VESSEL_OK)
        result = vessel__read_file(AT_FDCWD, file, 1 << 20, &theirs, NULL, err);
    if (result == VESSEL_OK)
        result = vessel__read_file(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &ours, NULL, err);
    if (result < 0)
        return result;
    g_auto(GStrv) lines = g_strsplit(theirs, "\n", -1);
    g_auto(GStrv) own = g_strsplit(ours, "\n", -1);
    for (guint i = 0; lines[i] && result == VESSEL_OK; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", 3);
        const char *here = g_strv_length(fields) == 3 ? find_line(own, lines[i]) : NULL;
        if (here && strcmp(here, fields[2]) != 0)
            result = open_line(mounts, lines[i], tasks, v2, err);
    }
    return result;
}

int vessel__cgroups_follow_v1(pid_t pid, VesselError **err)
{
    g_autoptr(GArray) tasks = g_array_new(FALSE, FALSE, sizeof(int));
    vessel_autofd int v2 = -1;
    int code = vessel__cgroups_of(pid, tasks, &v2, err);
    for (guint i = 0; i < tasks->len; i++) {
        vessel_autofd int fd = g_array_index(tasks, int, i);
        int failed = code == 0 ? -vessel__write_all(fd, "0", 1) : 0;
        if (failed)
            code =
                vessel__fail_errno(err, failed, "cannot join a control group of process %d", pid);
    }
    return code;
}

/* ---- asking ---- */

VesselCgroupLayout vessel__cgroups_layout(const VesselCgroups *cgroups)
{
    return cgroups->layout;
}

const char *const *vessel__cgroups_controllers(const VesselCgroups *cgroups)
{
    return (const char *const *)cgroups->controllers->pdata;
}

bool vessel__cgroups_writable(const VesselCgroups *cgroups)
{
    const VesselCgroupTop *top;
    for (guint i = 0; (top = vessel__cgroups_top(cgroups, i)); i++)
        if (top->writable)
            return true;
    return false;
}

VesselJson *vessel__cgroups_to_json(const VesselCgroups *cgroups)
{
    static const char *const layouts[] = {"none", "v1", "hybrid", "v2"};
    VesselJson *json = vessel__json_new_object();
    VesselJson *controllers = vessel__json_new_object();
    bool delegated = false;
    const VesselCgroupTop *top;
    for (guint i = 0; (top = vessel__cgroups_top(cgroups, i)); i++) {
        delegated = delegated || (top->v2 && top->writable);
        for (guint k = 0; top->controllers[k]; k++) {
            VesselJson *entry = vessel__json_new_object();
            vessel__json_set_int(entry, "version", top->v2 ? 2 : 1);
            vessel__json_set_string(entry, "path", top->path);
            vessel__json_set_bool(entry, "writable", top->writable);
            vessel__json_set(controllers, top->controllers[k], entry);
        }
    }
    vessel__json_set_string(json, "layout", layouts[cgroups->layout]);
    vessel__json_set(json, "controllers", controllers);
    vessel__json_set_bool(json, "delegated", delegated);
    return json;
}
