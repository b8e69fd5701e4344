/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the container's first process may still do once it is executed. */
#include "base/file.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define DESCRIPTORS_SOFT 1024
#define DESCRIPTORS_HARD 524288

/* As a login on an ordinary host has them. More than the host's own hard limit is not to be had. */
int vessel__container_set_limits(const ContainerInside *inside, VesselError **err)
{
    struct rlimit files, core = {0, RLIM_INFINITY};
    (void)inside;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return vessel__fail_errno(err, errno, "the limit of descriptors");
    files.rlim_max = MIN(files.rlim_max, DESCRIPTORS_HARD);
    files.rlim_cur = MIN(files.rlim_max, DESCRIPTORS_SOFT);
    if (setrlimit(RLIMIT_NOFILE, &files) < 0)
        return vessel__fail_errno(err, errno, "the limit of descriptors");
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &core);
    }
    return 0;
}

/* The bounding set decides: root inside gets at its exec what is in it, and nobody ever more. The
 * filter is loaded between: without no_new_privs that takes a capability, which then goes. */
int vessel__container_drop(const ContainerInside *inside, VesselError **err)
{
    const VesselJson *plan = inside->spawn->plan;
    uint64_t kept = vessel__json_get_uint(plan, "capabilities", 0);
    bool program = strcmp(vessel__json_get_string(plan, "kind", "program"), "program") == 0;
    for (int cap = 0; cap <= 63; cap++) {
        if (kept >> cap & 1)
            continue;
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL)
            return vessel__fail_errno(err, errno, "dropping capability %d", cap);
    }
    int code = vessel__container_filter(inside, err);
    if (code < 0)
        return code;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    for (int i = 0; i < 2; i++)
        data[i].permitted = data[i].effective = (uint32_t)(kept >> (32 * i));
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
        syscall(SYS_capset, &header, data) < 0)
        return vessel__fail_errno(err, errno, "dropping capabilities");
    if (program && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return vessel__fail_errno(err, errno, "no_new_privs");
    return 0;
}
