/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control groups, v1, v2 and both at once (hybrid). No process is ever moved by its pid (writing
 * cgroup.procs costs 5-18 ms): a still single-threaded process writes "0" into `tasks` of v1 groups
 * itself, and in v2 it is born in its group (vessel__spawn's cgroup_fd) . */
#ifndef VESSEL_SYS_CGROUP_H
#define VESSEL_SYS_CGROUP_H

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

/* A group of our own at the top of each hierarchy we may write (v1, hybrid), or beneath the delegated
 * subtree (v2): "vessel-ROOTID/NAME". In v2 a group that hands controllers to those beneath it has no
 * process itself: there the warden stands in NAME/warden, and a guest that is to be limited in
 * NAME/guest. A scope that systemd made takes the place of NAME. */
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
/* "NAME/@inner" in each hierarchy, made if it is not there. Goes with @group when that is removed. */
int vessel__cgroup_make_inner(const VesselCgroup *group, const char *inner, VesselCgroup **made,
                              VesselError **err);
/* v2: the groups beneath @group get the controllers that limits need, as far as they can be had. No
 * process may be left in @group itself. */
void vessel__cgroup_enable(const VesselCgroup *group);
/* The v2 group of this process, if its name is one of ours (a scope made for it). */
int vessel__cgroup_of_self(VesselCgroup **group, VesselError **err);
/* This process goes to that v2 group. */
int vessel__cgroup_enter_v2(const VesselCgroup *group, VesselError **err);
/* Writes @value to the file that the hierarchy with that controller has: @v1 in a v1 one, @v2 in
 * v2's. `unsupported` where there is neither. */
int vessel__cgroup_set(const VesselCgroup *group, const char *v1, const char *v2, const char *value,
                       VesselError **err);
/* A number from such a file. */
int vessel__cgroup_get(const VesselCgroup *group, const char *v1, const char *v2, uint64_t *value,
                       VesselError **err);
/* Stops or continues whatever is in the group: v1 freezer, v2 cgroup.freeze. The kernel takes its
 * time: @_frozen tells. `unsupported` where the host has no freezer. */
int vessel__cgroup_freeze(const VesselCgroup *group, bool freeze, VesselError **err);
bool vessel__cgroup_frozen(const VesselCgroup *group);
/* This (single-threaded) process joins the v1 groups. */
int vessel__cgroup_join_v1(VesselCgroup *group, VesselError **err);
/* This (single-threaded) process goes to where vessel-ROOTID stands in each hierarchy, so that the
 * group can be removed; where a v2 group there takes no processes, to "vessel-ROOTID/leaving", which
 * goes with the next group that is removed. */
int vessel__cgroup_leave(VesselCgroup *group, VesselError **err);
/* CPU time used by the group: v2 cpu.stat, v1 cpuacct.usage; `unsupported` where neither is. */
int vessel__cgroup_cpu_ns(const VesselCgroup *group, uint64_t *cpu_ns, VesselError **err);
/* rmdir of each, deepest first, and of vessel-ROOTID above when it is empty; a group that is not
 * empty yet is `busy`. */
int vessel__cgroup_remove(VesselCgroup *group, VesselError **err);
/* What is there of vessel-ROOTID/NAME, of which there is no record: its maker was killed. */
int vessel__cgroup_remove_named(const char *root_id, const char *name, VesselError **err);

#endif
