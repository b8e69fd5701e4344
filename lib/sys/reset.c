/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The helper puts right what a foreign program handed down. */
#include "base/json.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

G_GNUC_PRINTF(2, 3) static void note(VesselJson *notes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    vessel__json_append_string(notes, text);
}

/* A field of proc(5), /proc/PID/status, or NULL. */
static const char *status_field(const char *status, const char *name)
{
    const char *at = strstr(status, name);
    return at ? at + strlen(name) : NULL;
}

/* What is executed handles none, and ignores what the program ignored. */
static void reset_signals(const char *status)
{
    const char *field = status_field(status, "\nSigIgn:\t");
    uint64_t ignored = field ? g_ascii_strtoull(field, NULL, 16) : ~(uint64_t)0;
    /* By system calls: glibc's refuse the two signals that it keeps for itself (32 and 33), which a
     * program may have been started with ignored all the same. */
    static const uint64_t usual[4]; /* the kernel's sigaction: SIG_DFL, no flags, empty mask */
    static const uint64_t none;
    for (int signal = 1; signal <= 64; signal++)
        if (ignored >> (signal - 1) & 1)
            syscall(SYS_rt_sigaction, signal, usual, NULL, sizeof none);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

static void reset_scheduling(VesselJson *notes)
{
    static const struct sched_param usual;
    if (sched_getscheduler(0) != SCHED_OTHER && sched_setscheduler(0, SCHED_OTHER, &usual) < 0)
        note(notes, "the scheduling policy of the program that started the guest stays in force");
    errno = 0;
    int nice_value = getpriority(PRIO_PROCESS, 0);
    if (nice_value != 0 && setpriority(PRIO_PROCESS, 0, 0) < 0)
        note(notes, "the nice value %d of the program that started the guest stays in force",
             nice_value);
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
    syscall(SYS_set_mempolicy, 0 /* MPOL_DEFAULT */, NULL, 0);
    prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0);
    prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
    /* More processors than there are: the kernel takes what the cpuset allows. */
    static const unsigned long every[8192 / (8 * sizeof(unsigned long))] = {
        [0 ... 8192 / (8 * sizeof(unsigned long)) - 1] = ~0ul};
    if (syscall(SYS_sched_setaffinity, 0, sizeof every, every) < 0)
        note(notes, "the processors of the program that started the guest stay the only ones");
}

typedef struct {
    int resource;
    const char *name;
    rlim_t enough; /* a hard limit below this is worth telling */
} Limit;

static const Limit limits[] = {
    {RLIMIT_AS, "address space", RLIM_INFINITY}, {RLIMIT_DATA, "data size", RLIM_INFINITY},
    {RLIMIT_RSS, "resident memory", 0},          {RLIMIT_FSIZE, "file size", RLIM_INFINITY},
    {RLIMIT_CPU, "CPU time", RLIM_INFINITY},     {RLIMIT_NOFILE, "open descriptors", 4096},
    {RLIMIT_NPROC, "processes", 1024},           {RLIMIT_MEMLOCK, "locked memory", 0},
    {RLIMIT_SIGPENDING, "pending signals", 0},   {RLIMIT_MSGQUEUE, "message queues", 0},
};

/* The hard limits of a system that nobody has tightened (those of an ordinary user stay). */
static rlim_t generous(int resource)
{
    return resource == RLIMIT_NOFILE ? 1024 * 1024 : RLIM_INFINITY;
}

static void reset_limits(VesselJson *notes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)limits[i].resource;
        struct rlimit now, wanted;
        if (getrlimit(resource, &now) < 0)
            continue;
        wanted.rlim_cur = wanted.rlim_max = MAX(now.rlim_max, generous(limits[i].resource));
        if (setrlimit(resource, &wanted) == 0)
            continue;
        wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
        setrlimit(resource, &wanted); /* up to the hard limit is always allowed */
        if (now.rlim_max < limits[i].enough)
            note(notes, "the hard limit %llu on %s of the program that started the guest stays",
                 (unsigned long long)now.rlim_max, limits[i].name);
    }
    struct rlimit stack, core;
    if (getrlimit(RLIMIT_STACK, &stack) == 0) {
        stack.rlim_cur = MIN(stack.rlim_max, (rlim_t)8 << 20);
        setrlimit(RLIMIT_STACK, &stack);
    }
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0; /* a core file of a guest is all of the guest's memory */
        setrlimit(RLIMIT_CORE, &core);
    }
}

static void reset_oom_score(VesselJson *notes)
{
    char text[16] = "";
    vessel_autofd int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (length <= 0 || !strcmp(g_strchomp(text), "0"))
        return;
    if (pwrite(fd, "0", 1, 0) != 1)
        note(notes,
             "the kernel prefers this guest when memory runs out: oom_score_adj %s of the "
             "program that started it stays",
             text);
}

static void note_filters(VesselJson *notes, const char *status)
{
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        note(notes, "the program that started the guest had set no_new_privs");
    const char *seccomp = status_field(status, "\nSeccomp:\t");
    if (seccomp && *seccomp != '0')
        note(notes, "the program that started the guest had a seccomp filter, which is in force");
}

/* Compared with init's, where we may look at them. */
static void note_namespaces(VesselJson *notes)
{
    static const struct {
        const char *file, *name;
    } kinds[] = {{"user", "user"}, {"mnt", "mount"}, {"net", "network"}, {"ipc", "IPC"}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        char ours[32], inits[32];
        struct stat a, b;
        snprintf(ours, sizeof ours, "/proc/self/ns/%s", kinds[i].file);
        snprintf(inits, sizeof inits, "/proc/1/ns/%s", kinds[i].file);
        if (stat(ours, &a) == 0 && stat(inits, &b) == 0 && a.st_ino != b.st_ino)
            note(notes, "the guest runs in the %s namespace of the program that started it",
                 kinds[i].name);
    }
}

static void read_status(char *text, size_t size)
{
    vessel_autofd int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);
    text[MAX(length, 0)] = '\0';
}

VesselJson *vessel__helper_reset(const char *name)
{
    VesselJson *notes = vessel__json_new_array();
    char status[8192];
    read_status(status, sizeof status);
    umask(077);
    if (chdir("/") < 0)
        note(notes, "the directory of the program that started the guest stays in use");
    reset_signals(status);
    personality(PER_LINUX);
    if (getsid(0) != getpid() && setsid() < 0)
        note(notes, "the session of the program that started the guest stays in force");
    /* ENOSYS: there are no keys, so none were handed down. */
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
        note(notes, "the session keyring of the program that started the guest stays in force");
    reset_scheduling(notes);
    reset_limits(notes);
    reset_oom_score(notes);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_NAME, name, 0, 0, 0);
    note_filters(notes, status);
    note_namespaces(notes);
    return notes;
}
