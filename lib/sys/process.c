/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/process.h"

#include "base/words.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

/* A file of proc(5) in one read; the length, or -1. */
static ssize_t read_proc(const char *path, char *text, size_t size)
{
    vessel_autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length;
    do {
        length = read(fd, text, size - 1);
    } while (length < 0 && errno == EINTR);
    if (length >= 0)
        text[length] = '\0';
    return length;
}

/* ---- this boot, this PID namespace ---- */

/* A program that has no descriptor left just now cannot read it, and asks again later. */
const char *vessel__boot_id(void)
{
    static _Atomic(char *) known;
    char text[64], uuid[VESSEL__UUID_SIZE], *mine, *theirs = NULL;
    char *id = atomic_load(&known);
    if (id)
        return id;
    if (read_proc("/proc/sys/kernel/random/boot_id", text, sizeof text) < 0 ||
        !vessel__uuid_parse(text, uuid))
        return "";
    mine = g_strdup(uuid);
    if (atomic_compare_exchange_strong(&known, &theirs, mine))
        return mine;
    g_free(mine);
    return theirs;
}

/* Atomics, not a mutex: a fork in another thread must not leave it locked. Two threads that fill it
 * at once find the same. */
uint64_t vessel__pidns(void)
{
    static _Atomic(pid_t) known_for;
    static _Atomic(uint64_t) known;
    struct stat st;
    pid_t self = getpid();
    if (atomic_load(&known_for) == self)
        return atomic_load(&known);
    uint64_t inode = stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
    atomic_store(&known, inode);
    atomic_store(&known_for, self);
    return inode;
}

/* ---- one process ---- */

typedef struct {
    char state;
    uint64_t user_ticks, system_ticks, threads, start, rss_pages;
} ProcStat;

/* proc(5), /proc/PID/stat: the second field is the name in parentheses and may contain anything, so
 * the others are counted from its last one. */
static bool read_stat(pid_t pid, ProcStat *out)
{
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (pid <= 0 || read_proc(path, text, sizeof text) <= 0)
        return false;
    char *at = strrchr(text, ')');
    if (!at || at[1] != ' ' || !at[2])
        return false;
    out->state = at[2];
    at += 3;
    uint64_t value[25] = {0};
    for (unsigned field = 4; field < G_N_ELEMENTS(value); field++) {
        char *end;
        value[field] = g_ascii_strtoull(at, &end, 10); /* negative ones are none of ours */
        if (end == at)
            return false;
        at = end;
    }
    out->user_ticks = value[14];
    out->system_ticks = value[15];
    out->threads = value[20];
    out->start = value[22];
    out->rss_pages = value[24];
    return true;
}

/* A first thread that has left while others run is a zombie, too, but the process is not. */
static bool is_dead(const ProcStat *stat)
{
    return strchr("ZXx", stat->state) && stat->threads <= 1;
}

int vessel__process_of(pid_t pid, VesselProcess *process, VesselError **err)
{
    ProcStat stat;
    memset(process, 0, sizeof *process);
    if (!read_stat(pid, &stat) || is_dead(&stat))
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no process %d", (int)pid);
    process->pid = pid;
    process->start = stat.start;
    process->pidns = vessel__pidns();
    g_strlcpy(process->boot_id, vessel__boot_id(), sizeof process->boot_id);
    return VESSEL_OK;
}

/* Who has no descriptor to look with must not take the living for dead. */
static bool cannot_look(int errnum)
{
    return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM;
}

int vessel__process_self(VesselProcess *process, VesselError **err)
{
    errno = 0;
    int result = vessel__process_of(getpid(), process, NULL);
    if (result == VESSEL_OK)
        return result;
    if (cannot_look(errno))
        return vessel__fail_errno(err, errno, "cannot read /proc/%d/stat", (int)getpid());
    vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "cannot read /proc/%d/stat", (int)getpid());
    vessel__error_hint(err, "/proc must be mounted and belong to this PID namespace");
    return VESSEL_ERROR_MISSING_FEATURE;
}

bool vessel__process_alive(const VesselProcess *process)
{
    ProcStat stat;
    if (process->pid <= 0 || process->pidns != vessel__pidns())
        return false;
    const char *boot_id = vessel__boot_id();
    if (*boot_id && strcmp(process->boot_id, boot_id) != 0)
        return false;
    errno = 0;
    if (!read_stat(process->pid, &stat))
        return cannot_look(errno) && (kill(process->pid, 0) == 0 || errno == EPERM);
    return stat.start == process->start && !is_dead(&stat);
}

bool vessel__process_stopped(pid_t pid)
{
    ProcStat stat;
    return read_stat(pid, &stat) && (stat.state == 'T' || stat.state == 't');
}

int vessel__process_pidfd(const VesselProcess *process, int *pidfd, VesselError **err)
{
    *pidfd = -1;
    vessel_autofd int fd =
        process->pid > 0 ? (int)syscall(SYS_pidfd_open, process->pid, 0) : (errno = ESRCH, -1);
    if (fd < 0 && errno != ESRCH && errno != EINVAL)
        return vessel__fail_errno(err, errno, "cannot open process %d", (int)process->pid);
    /* After the open: from now on the number cannot become another process's unnoticed. */
    if (fd < 0 || !vessel__process_alive(process))
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "process %d is gone", (int)process->pid);
    *pidfd = vessel__steal_fd(&fd);
    return VESSEL_OK;
}

bool vessel__pidfd_dead(int pidfd)
{
    struct pollfd poller = {.fd = pidfd, .events = POLLIN};
    int ready;
    do {
        ready = poll(&poller, 1, 0);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && (poller.revents & POLLIN);
}

int vessel__pidfd_signal(int pidfd, int signal, VesselError **err)
{
    if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0 || errno == ESRCH)
        return VESSEL_OK;
    return vessel__fail_errno(err, errno, "cannot send signal %d", signal);
}

void vessel__process_name(pid_t pid, char name[32])
{
    char path[32], text[64];
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    if (pid <= 0 || read_proc(path, text, sizeof text) <= 0)
        strcpy(text, "?");
    text[strcspn(text, "\n")] = '\0';
    for (char *at = text; *at; at++)
        if (g_ascii_iscntrl(*at))
            *at = '?';
    g_strlcpy(name, text, 32);
}

int vessel__process_usage(const VesselProcess *process, uint64_t *cpu_ns, uint64_t *rss_kib,
                          VesselError **err)
{
    ProcStat stat;
    clockid_t clock;
    struct timespec used;
    uint64_t ignored;
    cpu_ns = cpu_ns ? cpu_ns : &ignored;
    rss_kib = rss_kib ? rss_kib : &ignored;
    *cpu_ns = *rss_kib = 0;
    /* The clock first: if the process is still the same afterwards, it was its. */
    bool exact = process->pid > 0 && clock_getcpuclockid(process->pid, &clock) == 0 &&
                 clock_gettime(clock, &used) == 0;
    if (!vessel__process_alive(process) || !read_stat(process->pid, &stat) ||
        stat.start != process->start)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "process %d is gone", (int)process->pid);
    uint64_t ticks = stat.user_ticks + stat.system_ticks;
    *cpu_ns = exact ? (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec
                    : ticks * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
    *rss_kib = stat.rss_pages * ((uint64_t)sysconf(_SC_PAGESIZE) / 1024);
    return VESSEL_OK;
}

VesselJson *vessel__process_to_json(const VesselProcess *process)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_int(json, "pid", process->pid);
    vessel__json_set_uint(json, "start", process->start);
    vessel__json_set_uint(json, "pidns", process->pidns);
    vessel__json_set_string(json, "boot_id", process->boot_id);
    return json;
}

bool vessel__process_from_json(const VesselJson *json, VesselProcess *process)
{
    int64_t pid = vessel__json_get_int(json, "pid", 0);
    memset(process, 0, sizeof *process);
    if (pid <= 0 || pid > INT32_MAX)
        return false;
    process->pid = (pid_t)pid;
    process->start = vessel__json_get_uint(json, "start", 0);
    process->pidns = vessel__json_get_uint(json, "pidns", 0);
    g_strlcpy(process->boot_id, vessel__json_get_string(json, "boot_id", ""),
              sizeof process->boot_id);
    return true;
}
