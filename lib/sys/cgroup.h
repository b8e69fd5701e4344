/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control groups, v1, v2 and both at once (hybrid). No process is ever moved by its pid (writing
 * cgroup.procs costs 5-18 ms): a still single-threaded process writes "0" into `tasks` of v1 groups
 * itself, and in v2 it is born in its group (vessel__spawn's cgroup_fd) . */
#ifndef VESSEL_SYS_CGROUP_H
#define VESSEL_SYS_CGROUP_H

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

typedef enum {
    VESSEL_CGROUP_NONE,
    VESSEL_CGROUP_V1,
    VESSEL_CGROUP_HYBRID,
    VESSEL_CGROUP_V2,
} VesselCgroupLayout;

typedef struct VesselCgroups VesselCgroups;
/* Reads /proc/self/mountinfo and /proc/self/cgroup. Hybrid: controllers on v1 and a v2 mount beside
 * it, whatever that one holds. A mount that is there but not writable is not used. */
int vessel__cgroups_open(VesselCgroups **cgroups, VesselError **err);
void vessel__cgroups_free(VesselCgroups *cgroups);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselCgroups, vessel__cgroups_free)
VesselCgroupLayout vessel__cgroups_layout(const VesselCgroups *cgroups);
/* "cpu", "memory" …, NULL-terminated, borrowed. */
const char *const *vessel__cgroups_controllers(const VesselCgroups *cgroups);
bool vessel__cgroups_writable(const VesselCgroups *cgroups);
/* A report for `doctor` and the host report: {layout, controllers: {NAME: {version, path, writable}},
 * delegated: bool}. */
VesselJson *vessel__cgroups_to_json(const VesselCgroups *cgroups);

/* Where the process @pid is in each hierarchy and this process is not: the v1 groups' `tasks`, opened
 * for writing, are appended to @tasks (of int; may be NULL), for a process that is to write "0" there;
 * @v2 is its v2 group to be born in, or -1. */
int vessel__cgroups_of(pid_t pid, GArray *tasks, int *v2, VesselError **err);
/* This (single-threaded) process goes where @pid is in each v1 hierarchy. */
int vessel__cgroups_follow_v1(pid_t pid, VesselError **err);

/* A group of our own: "vessel-ROOTID-NAME" at the top of each hierarchy we may write (v1, hybrid), or
 * "vessel-ROOTID/NAME" beneath the delegated subtree (v2). In v2 a group that hands controllers to those
 * beneath it has no process itself: there the warden stands in NAME/warden, and a guest that is to be
 * limited in NAME/guest. In v1 such a guest stands in NAME, and its warden at the top.
 * In each hierarchy where this process is in "vessel-ROOTID-NAME.scope", which systemd made, that takes the
 * place of NAME: the guest's group is beneath it in v1 too, and the warden stands in the scope itself. */
#define VESSEL_CGROUP_WARDEN "warden"
#define VESSEL_CGROUP_GUEST "guest"
typedef struct VesselCgroup VesselCgroup;
int vessel__cgroup_create(VesselCgroups *cgroups, const char *root_id, const char *name,
                          VesselCgroup **group, VesselError **err);
int vessel__cgroup_open(const VesselJson *record, VesselCgroup **group, VesselError **err);
void vessel__cgroup_free(VesselCgroup *group); /* leaves the group itself alone */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselCgroup, vessel__cgroup_free)
/* Enough to find it again: an array of directories. */
VesselJson *vessel__cgroup_to_json(const VesselCgroup *group);
int vessel__cgroup_v2_fd(const VesselCgroup *group); /* for CLONE_INTO_CGROUP; -1 without v2 */
/* v2, and in a scope: "NAME/@inner", made if it is not there. v1: NAME itself. Goes with @group when that is
 * removed. */
int vessel__cgroup_make_inner(const VesselCgroup *group, const char *inner, VesselCgroup **made,
                              VesselError **err);
/* v2: the groups beneath @group get the controllers that limits need, as far as they can be had. No
 * process may be left in @group itself. */
void vessel__cgroup_enable(const VesselCgroup *group);
/* This process goes to that v2 group. */
int vessel__cgroup_enter_v2(const VesselCgroup *group, VesselError **err);
/* Gives the group to @uid, who may then make groups in it (on v2 not without end): v2's, and v1's that has a name and no
 * controller (what systemd keeps its processes in). */
int vessel__cgroup_delegate(const VesselCgroup *group, uid_t uid, gid_t gid, VesselError **err);
/* A value of a cpuset's file: whatever the group above has. */
#define VESSEL_CGROUP_INHERIT "\n"
/* One way to say a limit: @value to @file of a hierarchy of that version. */
typedef struct {
    bool v2;
    const char *file, *value;
} VesselCgroupWay;
/* By the first way whose file is there. None of them is for a version that the group is of: nothing
 * is to be done; `unsupported` where all are missing. */
int vessel__cgroup_set(const VesselCgroup *group, const VesselCgroupWay *ways, size_t count,
                       VesselError **err);
/* The text of a file; @v1 or @v2 may be NULL. @is_v2 (may be NULL): which of them it was. */
int vessel__cgroup_read(const VesselCgroup *group, const char *v1, const char *v2, bool *is_v2,
                        char **text, VesselError **err);
/* A number that is such a file, or stands in it behind a key. */
int vessel__cgroup_get(const VesselCgroup *group, const char *v1, const char *v2, uint64_t *value,
                       VesselError **err);
int vessel__cgroup_get_key(const VesselCgroup *group, const char *v1, const char *v1_key,
                           const char *v2, const char *v2_key, uint64_t *value, VesselError **err);
/* Stops or continues whatever is in the group: v1 freezer, v2 cgroup.freeze. The kernel takes its
 * time: @_frozen tells. `unsupported` where the host has no freezer. */
int vessel__cgroup_freeze(const VesselCgroup *group, bool freeze, VesselError **err);
bool vessel__cgroup_frozen(const VesselCgroup *group);
/* This (single-threaded) process joins the v1 groups. */
int vessel__cgroup_join_v1(VesselCgroup *group, VesselError **err);
/* This (single-threaded) process goes to where the groups are made in each hierarchy, so that the
 * group can be removed, or into the scope; where a v2 group there takes no processes, to "vessel-ROOTID/leaving", which
 * goes with the next group that is removed. */
int vessel__cgroup_leave(VesselCgroup *group, VesselError **err);
/* CPU time used by the group: v2 cpu.stat, v1 cpuacct.usage; `unsupported` where neither is. */
int vessel__cgroup_cpu_ns(const VesselCgroup *group, uint64_t *cpu_ns, VesselError **err);
int vessel__cgroup_cpu_modes_ns(const VesselCgroup *group, uint64_t *user_ns, uint64_t *system_ns,
                                VesselError **err);
/* Its working set: what is used without files that are only cached. */
int vessel__cgroup_memory(const VesselCgroup *group, uint64_t *bytes, VesselError **err);
#define VESSEL_CGROUP_DISKS_MAX 64
typedef struct {
    unsigned major, minor;
    uint64_t used[4]; /* read requests, read bytes, write requests, written bytes */
} VesselCgroupDisk;
/* The host's disks that it has used, as far as writes can be told whose they are. */
int vessel__cgroup_disks(const VesselCgroup *group, GArray **disks, VesselError **err);
/* How many of its processes were killed for want of memory. */
int vessel__cgroup_oom_kills(const VesselCgroup *group, uint64_t *count, VesselError **err);
/* A descriptor that shows @events (of poll) when one may have been: then vessel__cgroup_oom_heard().
 * v1 tells before it kills. */
int vessel__cgroup_watch_oom(const VesselCgroup *group, int *fd, short *events, VesselError **err);
void vessel__cgroup_oom_heard(int fd);
/* As long as this process lives the group is `busy` for who would remove it: rmdir(2) waits for those
 * who write to a file of it, and whatever the host does with any other group waits meanwhile. */
int vessel__cgroup_hold(const VesselCgroup *group, VesselError **err);
/* rmdir of each and of what is beneath it, and of vessel-ROOTID above when that is empty. `busy`: a
 * process is left in one, or holds it; `timeout`: there are so many that not all were removed by @deadline, but
 * some even after it. Both can be tried again, by several at a time. */
int vessel__cgroup_remove(VesselCgroup *group, VesselDeadline deadline, VesselError **err);
/* The same, and waits until @deadline for processes that are about to end. */
int vessel__cgroup_remove_by(VesselCgroup *group, VesselDeadline deadline, VesselError **err);
/* What an earlier life made in it goes: groups beneath it, and on v2 what it handed down to them, since
 * no other process could be born in it. `timeout` and `busy` as above. */
int vessel__cgroup_clear(const VesselCgroup *group, VesselDeadline deadline, VesselError **err);
/* What there is of vessel-ROOTID/NAME, of which there is no record since its maker was killed, to be
 * removed. */
int vessel__cgroup_find_named(const char *root_id, const char *name, VesselCgroup **group,
                              VesselError **err);
/* Leaves out what is systemd's to remove. Whether anything remains. */
bool vessel__cgroup_without_scope(VesselCgroup *group);

#endif
