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
    bool writable;
    bool here; /* v1: this process stands there */
} VesselCgroupTop;

/* NULL past the end. */
const VesselCgroupTop *vessel__cgroups_top(const VesselCgroups *cgroups, guint index);

typedef struct {
    bool v2;
    char *path;         /* TOP/vessel-ROOTID-NAME (v1), TOP/vessel-ROOTID/NAME (v2) */
    int fd;             /* the directory, O_PATH */
    char **controllers; /* v1: whose files are there; NULL: not known */
    bool left;          /* v1: this process stands at the top of the hierarchy */
} VesselCgroupPlace;

#define VESSEL_CGROUP_LEAVING "leaving" /* beside the NAMEs */

struct VesselCgroup {
    GArray *places; /* of VesselCgroupPlace */
};

static inline const VesselCgroupPlace *vessel__cgroup_place(const VesselCgroup *group, guint index)
{
    return &g_array_index(group->places, VesselCgroupPlace, index);
}

/* To a file of the group; 0 or an errno. */
int vessel__cgroup_write(int dir, const char *name, const char *word);

#endif
