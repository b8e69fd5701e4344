/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between cgroups.c, cgroup.c, cgroup-files.c and cgroup-remove.c: where in each hierarchy groups of ours can be made,
 * and what a group is. */
#ifndef VESSEL_SYS_CGROUP_TOPS_H
#define VESSEL_SYS_CGROUP_TOPS_H

#include "sys/cgroup.h"

typedef struct {
    bool v2;
    char **controllers; /* of this hierarchy; "name=systemd" for one without */
    char *path;         /* v1: the top of the mount; v2: the top of what is delegated to us */
    char *own;          /* where in it this process is; NULL: that is not to be seen from here */
    bool writable;
    bool here; /* v1: this process stands at the top */
} VesselCgroupTop;

/* NULL past the end. */
const VesselCgroupTop *vessel__cgroups_top(const VesselCgroups *cgroups, guint index);

typedef struct {
    bool v2;
    char *path;         /* see vessel__cgroup_create() */
    int fd;             /* the directory, O_PATH */
    char **controllers; /* v1: whose files are there; NULL: not known */
    bool left;          /* v1: this process stands at the top of the hierarchy, or in the scope */
} VesselCgroupPlace;

#define VESSEL_CGROUP_LEAVING "leaving" /* beside the NAMEs */

struct VesselCgroup {
    GArray *places; /* of VesselCgroupPlace */
};

static inline const VesselCgroupPlace *vessel__cgroup_place(const VesselCgroup *group, guint index)
{
    return &g_array_index(group->places, VesselCgroupPlace, index);
}

/* systemd made it, and removes it with its last process. */
static inline bool vessel__cgroup_is_scope(const char *path)
{
    return g_str_has_suffix(path, ".scope");
}

/* To a file of the group; 0 or an errno. */
int vessel__cgroup_write(int dir, const char *name, const char *word);

#endif
