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
    const char *word, *name;
    rlim_t soft, hard;
} limits[] = {
    {RLIMIT_NOFILE, "nofile", "descriptors", 1024, 524288},
    {RLIMIT_CORE, "core", "core files", 0, NONE},
    {RLIMIT_STACK, "stack", "the stack", 8 * MIB, NONE},
    {RLIMIT_MEMLOCK, "memlock", "locked memory", 8 * MIB, 8 * MIB},
    {RLIMIT_MSGQUEUE, "msgqueue", "message queues", 819200, 819200},
    {RLIMIT_SIGPENDING, "sigpending", "pending signals", 65536, 65536},
    {RLIMIT_NICE, "nice", "niceness", 0, 0},
    {RLIMIT_RTPRIO, "rtprio", "real-time priority", 0, 0},
    {RLIMIT_RTTIME, "rttime", "real-time", NONE, NONE},
    {RLIMIT_NPROC, "nproc", "processes", NONE, NONE},
    {RLIMIT_AS, "as", "address space", NONE, NONE},
    {RLIMIT_DATA, "data", "data", NONE, NONE},
    {RLIMIT_RSS, "rss", "resident memory", NONE, NONE},
    {RLIMIT_FSIZE, "fsize", "files", NONE, NONE},
    {RLIMIT_CPU, "cpu", "processor time", NONE, NONE},
    {RLIMIT_LOCKS, "locks", "locks", NONE, NONE},
};

/* The plan's; NULL: it is for the table to say. */
static const VesselJson *said_limit(const VesselJson *plan, const char *word)
{
    VESSEL_JSON_FOREACH (limit, vessel__json_get(plan, "rlimits"))
        if (strcmp(vessel__json_get_string(limit, "name", ""), word) == 0)
            return limit;
    return NULL;
}

static int refuse_limit(const VesselJson *said, int errnum, const char *name, VesselError **err)
{
    int code = vessel__fail_errno(err, errnum, "the limit of %s", name);
    if (said)
        vessel__error_at(err, vessel__json_get_string(said, "at", NULL), 0, 0);
    return code;
}

/* More than the warden's hard limit, which it has raised as far as it may, is not to be had. One
 * that the definition says is set as it is, or refused. */
int vessel__container_set_limits(const ContainerInside *inside, VesselError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        const VesselJson *said = said_limit(inside->spawn->plan, limits[i].word);
        struct rlimit now;
        int errnum = getrlimit(limits[i].resource, &now) < 0 ? errno : 0;
        now.rlim_max =
            said ? vessel__json_get_uint(said, "hard", 0) : MIN(limits[i].hard, now.rlim_max);
        now.rlim_cur =
            said ? vessel__json_get_uint(said, "soft", 0) : MIN(limits[i].soft, now.rlim_max);
        if (errnum == 0 && setrlimit(limits[i].resource, &now) < 0)
            errnum = errno;
        if (errnum != 0)
            return refuse_limit(said, errnum, limits[i].name, err);
    }
    return 0;
}

/* ---- by the warden, what the child may not ---- */

/* A hard limit is raised with the host's CAP_SYS_RESOURCE alone. */
static int raise_limit(pid_t pid, size_t i, const VesselJson *said, VesselError **err)
{
    struct rlimit now;
    uint64_t hard = vessel__json_get_uint(said, "hard", 0), before = 0;
    int errnum = prlimit(pid, limits[i].resource, NULL, &now) < 0 ? errno : 0;
    if (errnum == 0 && now.rlim_max >= hard)
        return 0;
    before = now.rlim_max;
    now.rlim_max = hard;
    if (errnum == 0 && prlimit(pid, limits[i].resource, &now, NULL) < 0)
        errnum = errno;
    if (errnum == 0)
        return 0;
    int code = refuse_limit(said, errnum, limits[i].name, err);
    if (errnum == EPERM)
        vessel__error_hint(err,
                           "that of who starts it is %" G_GUINT64_FORMAT
                           ": more takes root with CAP_SYS_RESOURCE%s",
                           before,
                           limits[i].resource == RLIMIT_NOFILE
                               ? ", and at most what /proc/sys/fs/nr_open says"
                               : "");
    return code;
}

static int set_oom_score(pid_t pid, int64_t score, VesselError **err)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/oom_score_adj", pid);
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, score);
    vessel_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    int errnum = fd < 0 ? errno : -vessel__write_all(fd, text, strlen(text));
    if (errnum == 0)
        return 0;
    int code = vessel__fail_errno(err, errnum, "the OOM score %s", text);
    vessel__error_at(err, "/domain/vessel:oom/@score", 0, 0);
    if (errnum == EACCES)
        vessel__error_hint(err, "one below what the processes of who starts it were given takes "
                                "root with CAP_SYS_RESOURCE");
    return code;
}

int vessel__container_relax(const VesselJson *plan, pid_t pid, VesselError **err)
{
    int code = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(limits) && code == 0; i++) {
        const VesselJson *said = said_limit(plan, limits[i].word);
        code = said ? raise_limit(pid, i, said, err) : 0;
    }
    if (code == 0 && vessel__json_get(plan, "oom_score"))
        code = set_oom_score(pid, vessel__json_get_int(plan, "oom_score", 0), err);
    return code;
}

/* ---- in the child again ---- */

/* The bounding set decides: root inside gets at its exec what is in it, and nobody ever more. The
 * filter is loaded between: without no_new_privs that takes a capability, which then goes. */
int vessel__container_drop(const ContainerInside *inside, VesselError **err)
{
    const VesselJson *plan = inside->spawn->plan;
    uint64_t kept = vessel__json_get_uint(plan, "capabilities", 0);
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
    if (vessel__json_get_bool(plan, "no_new_privs", true) &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return vessel__fail_errno(err, errno, "no_new_privs");
    return 0;
}
