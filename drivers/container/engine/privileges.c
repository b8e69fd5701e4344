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

#define NONE RLIM_INFINITY
#define MIB ((rlim_t)1 << 20)

/* As a login on an ordinary host has them; the README tells. The number of processes is the control
 * group's matter, and that of memory too. */
static const struct {
    __rlimit_resource_t resource;
    const char *name;
    rlim_t soft, hard;
} limits[] = {
    {RLIMIT_NOFILE, "descriptors", 1024, 524288},
    {RLIMIT_CORE, "core files", 0, NONE},
    {RLIMIT_STACK, "the stack", 8 * MIB, NONE},
    {RLIMIT_MEMLOCK, "locked memory", 8 * MIB, 8 * MIB},
    {RLIMIT_MSGQUEUE, "message queues", 819200, 819200},
    {RLIMIT_SIGPENDING, "pending signals", 65536, 65536},
    {RLIMIT_NICE, "niceness", 0, 0},
    {RLIMIT_RTPRIO, "real-time priority", 0, 0},
    {RLIMIT_RTTIME, "real-time", NONE, NONE},
    {RLIMIT_NPROC, "processes", NONE, NONE},
    {RLIMIT_AS, "address space", NONE, NONE},
    {RLIMIT_DATA, "data", NONE, NONE},
    {RLIMIT_RSS, "resident memory", NONE, NONE},
    {RLIMIT_FSIZE, "files", NONE, NONE},
    {RLIMIT_CPU, "processor time", NONE, NONE},
    {RLIMIT_LOCKS, "locks", NONE, NONE},
};

/* More than the warden's hard limit, which it has raised as far as it may, is not to be had. */
int vessel__container_set_limits(const ContainerInside *inside, VesselError **err)
{
    (void)inside;
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct rlimit now;
        int errnum = getrlimit(limits[i].resource, &now) < 0 ? errno : 0;
        now.rlim_max = MIN(limits[i].hard, now.rlim_max);
        now.rlim_cur = MIN(limits[i].soft, now.rlim_max);
        if (errnum == 0 && setrlimit(limits[i].resource, &now) < 0)
            errnum = errno;
        if (errnum != 0)
            return vessel__fail_errno(err, errnum, "the limit of %s", limits[i].name);
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
