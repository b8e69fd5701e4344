/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between cgroups.c and cgroup.c: where in each hierarchy groups of ours can be made. */
#ifndef VESSEL_SYS_CGROUP_TOPS_H
#define VESSEL_SYS_CGROUP_TOPS_H

#include "sys/cgroup.h"

typedef struct {
    bool v2;
    char **controllers; /* of this hierarchy; "name=systemd" for one without */
    char *path;         /* v1: the top of the mount; v2: the top of what is delegated to us */
    bool writable;
} VesselCgroupTop;

/* NULL past the end. */
const VesselCgroupTop *vessel__cgroups_top(const VesselCgroups *cgroups, guint index);

#endif
