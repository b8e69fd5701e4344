/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a group, whichever version it is of: limits, the freezer, what was used. */
#include "base/file.h"
#include "base/words.h"
#include "sys/cgroup-tops.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>

int vessel__cgroup_write(int dir, const char *name, const char *word)
{
    vessel_autofd int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? errno : -vessel__write_all(fd, word, strlen(word));
}

/* Whether the hierarchy has the file. Most are told by the controller's name before the dot. */
static bool has_file(const VesselCgroupPlace *place, const char *file)
{
    bool may = !place->controllers;
    for (guint i = 0; !may && place->controllers[i]; i++) {
        size_t length = strlen(place->controllers[i]);
        may = strncmp(file, place->controllers[i], length) == 0 && file[length] == '.';
    }
    return may && faccessat(place->fd, file, F_OK, AT_EACCESS) == 0;
}

/* ---- limits ---- */

/* The hierarchy that has the way's file. */
static const VesselCgroupPlace *place_of_way(const VesselCgroup *group, const VesselCgroupWay *way,
                                             bool *meant)
{
    for (guint i = 0; i < group->places->len; i++) {
        const VesselCgroupPlace *place = vessel__cgroup_place(group, i);
        if (place->v2 != way->v2)
            continue;
        *meant = true;
        if (has_file(place, way->file))
            return place;
    }
    return NULL;
}

/* In v1 a group has its own, and never none. */
static int write_way(const VesselCgroupPlace *place, const VesselCgroupWay *way)
{
    g_autofree char *above = NULL;
    if (place->v2 || strcmp(way->value, VESSEL_CGROUP_INHERIT) != 0)
        return vessel__cgroup_write(place->fd, way->file, way->value);
    g_autofree char *path = g_build_filename(place->path, "..", way->file, NULL);
    if (vessel__read_file(AT_FDCWD, path, 65536, &above, NULL, NULL) < 0)
        return EIO;
    return vessel__cgroup_write(place->fd, way->file, g_strchomp(above));
}

int vessel__cgroup_set(const VesselCgroup *group, const VesselCgroupWay *ways, size_t count,
                       VesselError **err)
{
    const char *missed = NULL;
    for (size_t i = 0; i < count; i++) {
        bool meant = false;
        const VesselCgroupPlace *place = place_of_way(group, &ways[i], &meant);
        int errnum = place ? write_way(place, &ways[i]) : 0;
        if (errnum)
            return vessel__fail_errno(err, errnum, "%s/%s = %s", place->path, ways[i].file,
                                      ways[i].value);
        if (place)
            return VESSEL_OK;
        missed = meant && !missed ? ways[i].file : missed;
    }
    return missed
               ? vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the control group has no %s", missed)
               : VESSEL_OK;
}

/* ---- reading ---- */

/* The one hierarchy that has the file, and the file's name there. */
static const VesselCgroupPlace *place_of(const VesselCgroup *group, const char *v1, const char *v2,
                                         const char **file, VesselError **err)
{
    for (guint i = 0; i < group->places->len; i++) {
        const VesselCgroupPlace *place = vessel__cgroup_place(group, i);
        *file = place->v2 ? v2 : v1;
        if (*file && has_file(place, *file))
            return place;
    }
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the control group has no %s", v2 ? v2 : v1);
    return NULL;
}

int vessel__cgroup_read(const VesselCgroup *group, const char *v1, const char *v2, bool *is_v2,
                        char **text, VesselError **err)
{
    const char *file = NULL;
    const VesselCgroupPlace *place = place_of(group, v1, v2, &file, err);
    *text = NULL;
    if (!place)
        return VESSEL_ERROR_UNSUPPORTED;
    if (is_v2)
        *is_v2 = place->v2;
    return vessel__read_file(place->fd, file, 1 << 20, text, NULL, err);
}

int vessel__cgroup_get(const VesselCgroup *group, const char *v1, const char *v2, uint64_t *value,
                       VesselError **err)
{
    g_autofree char *text = NULL;
    int code = vessel__cgroup_read(group, v1, v2, NULL, &text, err);
    if (code == 0 && !vessel__parse_u64(g_strchomp(text), value))
        code = vessel__fail(err, VESSEL_ERROR_IO, "%s is \"%s\", no number", v2 ? v2 : v1, text);
    return code;
}

/* A line "KEY NUMBER". */
static bool find_key(const char *text, const char *key, uint64_t *value)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) == 0 && line[length] == ' ') {
            *value = g_ascii_strtoull(line + length, NULL, 10);
            return true;
        }
    }
    return false;
}

int vessel__cgroup_get_key(const VesselCgroup *group, const char *v1, const char *v1_key,
                           const char *v2, const char *v2_key, uint64_t *value, VesselError **err)
{
    g_autofree char *text = NULL;
    bool is_v2 = false;
    int code = vessel__cgroup_read(group, v1, v2, &is_v2, &text, err);
    if (code == 0 && !find_key(text, is_v2 ? v2_key : v1_key, value))
        code = vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "%s says nothing of %s", is_v2 ? v2 : v1,
                            is_v2 ? v2_key : v1_key);
    return code;
}

/* ---- the freezer ---- */

int vessel__cgroup_freeze(const VesselCgroup *group, bool freeze, VesselError **err)
{
    const VesselCgroupWay ways[] = {{false, "freezer.state", freeze ? "FROZEN" : "THAWED"},
                                    {true, "cgroup.freeze", freeze ? "1" : "0"}};
    if (group->places->len == 0)
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "there is no control group");
    return vessel__cgroup_set(group, ways, G_N_ELEMENTS(ways), err);
}

bool vessel__cgroup_frozen(const VesselCgroup *group)
{
    g_autofree char *text = NULL;
    bool is_v2 = false;
    return vessel__cgroup_read(group, "freezer.state", "cgroup.events", &is_v2, &text, NULL) == 0 &&
           strstr(text, is_v2 ? "frozen 1" : "FROZEN");
}

/* ---- what was used ---- */

/* The v2 keys are of cpu.stat, in microseconds. */
static int cpu_used(const VesselCgroup *group, const char *v1, const char *key, uint64_t *ns,
                    VesselError **err)
{
    bool is_v2 = false;
    g_autofree char *text = NULL;
    *ns = 0;
    int code = vessel__cgroup_read(group, v1, "cpu.stat", &is_v2, &text, NULL);
    if (code == 0 && is_v2 && find_key(text, key, ns))
        *ns *= 1000;
    else if (code < 0 || is_v2 || !vessel__parse_u64(g_strchomp(text), ns))
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "CPU time is not accounted for this group");
    return VESSEL_OK;
}

int vessel__cgroup_cpu_ns(const VesselCgroup *group, uint64_t *cpu_ns, VesselError **err)
{
    return cpu_used(group, "cpuacct.usage", "usage_usec", cpu_ns, err);
}

int vessel__cgroup_cpu_modes_ns(const VesselCgroup *group, uint64_t *user_ns, uint64_t *system_ns,
                                VesselError **err)
{
    int code = cpu_used(group, "cpuacct.usage_user", "user_usec", user_ns, err);
    return code == 0 ? cpu_used(group, "cpuacct.usage_sys", "system_usec", system_ns, err) : code;
}

/* What the kernel would have to write out or kill for, as others count it too: not the files that
 * it merely remembers. */
int vessel__cgroup_memory(const VesselCgroup *group, uint64_t *bytes, VesselError **err)
{
    uint64_t inactive = 0;
    int code = vessel__cgroup_get(group, "memory.usage_in_bytes", "memory.current", bytes, err);
    if (code == 0 && vessel__cgroup_get_key(group, "memory.stat", "total_inactive_file",
                                            "memory.stat", "inactive_file", &inactive, NULL) == 0)
        *bytes -= MIN(inactive, *bytes);
    return code;
}

/* "MAJ:MIN KEY NUMBER" (v1) or "MAJ:MIN KEY=NUMBER…" (v2); others ("Total", "(unknown)") are none.
 */
static VesselCgroupDisk *disk_of_line(GArray *disks, const char *line)
{
    unsigned major, minor;
    if (sscanf(line, "%u:%u ", &major, &minor) != 2)
        return NULL;
    for (guint i = 0; i < disks->len; i++) {
        VesselCgroupDisk *disk = &g_array_index(disks, VesselCgroupDisk, i);
        if (disk->major == major && disk->minor == minor)
            return disk;
    }
    if (disks->len >= VESSEL_CGROUP_DISKS_MAX)
        return NULL;
    VesselCgroupDisk disk = {.major = major, .minor = minor};
    g_array_append_val(disks, disk);
    return &g_array_index(disks, VesselCgroupDisk, disks->len - 1);
}

static void take_disks(GArray *disks, const char *text, const char *const keys[4])
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        VesselCgroupDisk *disk = disk_of_line(disks, lines[i]);
        for (guint k = 0; disk && k < 4; k++) {
            const char *at = *keys[k] ? strstr(lines[i], keys[k]) : NULL;
            if (at)
                disk->used[k] = g_ascii_strtoull(at + strlen(keys[k]), NULL, 10);
        }
    }
}

int vessel__cgroup_disks(const VesselCgroup *group, GArray **disks, VesselError **err)
{
    static const char *const v2[] = {" rios=", " rbytes=", " wios=", " wbytes="};
    static const char *const v1_bytes[] = {"", " Read ", "", " Write "};
    static const char *const v1_requests[] = {" Read ", "", " Write ", ""};
    g_autofree char *text = NULL, *requests = NULL;
    bool is_v2 = false;
    *disks = NULL;
    int code = vessel__cgroup_read(group, "blkio.throttle.io_service_bytes_recursive", "io.stat",
                                   &is_v2, &text, err);
    if (code == 0 && !is_v2)
        code = vessel__cgroup_read(group, "blkio.throttle.io_serviced_recursive", NULL, NULL,
                                   &requests, err);
    if (code < 0)
        return code;
    *disks = g_array_new(FALSE, FALSE, sizeof(VesselCgroupDisk));
    take_disks(*disks, text, is_v2 ? v2 : v1_bytes);
    if (requests)
        take_disks(*disks, requests, v1_requests);
    return VESSEL_OK;
}

/* ---- killed for memory ---- */

int vessel__cgroup_oom_kills(const VesselCgroup *group, uint64_t *count, VesselError **err)
{
    return vessel__cgroup_get_key(group, "memory.oom_control", "oom_kill", "memory.events",
                                  "oom_kill", count, err);
}

/* cgroups(7), v1: "EVENTFD CONTROLFD" to cgroup.event_control. */
static int watch_v1(const VesselCgroupPlace *place, int *fd, VesselError **err)
{
    vessel_autofd int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    vessel_autofd int control = openat(place->fd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
    g_autofree char *word = g_strdup_printf("%d %d", event, control);
    int errnum = event < 0 || control < 0
                     ? errno
                     : vessel__cgroup_write(place->fd, "cgroup.event_control", word);
    if (errnum)
        return vessel__fail_errno(err, errnum, "%s/cgroup.event_control", place->path);
    *fd = vessel__steal_fd(&event);
    return VESSEL_OK;
}

int vessel__cgroup_watch_oom(const VesselCgroup *group, int *fd, short *events, VesselError **err)
{
    const char *file = NULL;
    const VesselCgroupPlace *place =
        place_of(group, "memory.oom_control", "memory.events", &file, err);
    *fd = -1;
    if (!place)
        return VESSEL_ERROR_UNSUPPORTED;
    *events = place->v2 ? POLLPRI : POLLIN;
    if (!place->v2)
        return watch_v1(place, fd, err);
    *fd = openat(place->fd, file, O_RDONLY | O_CLOEXEC);
    return *fd < 0 ? vessel__fail_errno(err, errno, "%s/%s", place->path, file) : VESSEL_OK;
}

void vessel__cgroup_oom_heard(int fd)
{
    char text[4096];
    lseek(fd, 0, SEEK_SET); /* an event descriptor has no place to go to */
    while (read(fd, text, sizeof text) == sizeof text)
        continue;
}
