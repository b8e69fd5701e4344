/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/lock.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

/* A holder is written over the one before by one write of this size, so that nobody reads a mixture
 * and nothing is truncated, which some filesystems answer with writing to disk. */
#define HOLDER_SIZE 512
#define PAUSE_MOST_MS 20

struct VesselLock {
    int fd; /* -1 in a child that was forked while we had it */
    VesselLock *next, **link;
};

/* ---- locks and fork ---- */

/* A description that a forked child has too is locked for as long as that child lives, even when
 * the process that took it was killed: so a child closes them first of all. Who opens and locks a
 * file has the window for reading; fork waits for it. */
static const pthread_rwlock_t new_window = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_rwlock_t window = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;
static VesselLock *held;

static void before_fork(void)
{
    pthread_rwlock_wrlock(&window);
    pthread_mutex_lock(&held_lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&held_lock);
    pthread_rwlock_unlock(&window);
}

static void after_fork_in_child(void)
{
    for (VesselLock *lock = held, *next; lock; lock = next) {
        next = lock->next;
        close(lock->fd);
        *lock = (VesselLock){.fd = -1};
    }
    held = NULL;
    pthread_mutex_unlock(&held_lock);
    window = new_window; /* its writer was a thread with another id */
}

static pthread_once_t forks_watched = PTHREAD_ONCE_INIT;
static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

static VesselLock *remember(int fd)
{
    VesselLock *lock = g_new(VesselLock, 1);
    pthread_mutex_lock(&held_lock);
    *lock = (VesselLock){.fd = fd, .next = held, .link = &held};
    if (held)
        held->link = &lock->next;
    held = lock;
    pthread_mutex_unlock(&held_lock);
    return lock;
}

/* The descriptor, which is not ours any more. */
static int forget(VesselLock *lock)
{
    pthread_mutex_lock(&held_lock);
    int fd = lock->fd;
    if (lock->link)
        *lock->link = lock->next;
    if (lock->next)
        lock->next->link = lock->link;
    pthread_mutex_unlock(&held_lock);
    g_free(lock);
    return fd;
}

/* ---- holders ---- */

void vessel__holder_self(const char *operation, VesselHolder *holder)
{
    memset(holder, 0, sizeof *holder);
    if (vessel__process_self(&holder->process, NULL) < 0)
        holder->process.pid = getpid(); /* no /proc: the number alone */
    vessel__process_name(holder->process.pid, holder->name);
    g_strlcpy(holder->operation, operation, sizeof holder->operation);
    vessel__time_format(vessel__realtime_us(), holder->since);
}

char *vessel__holder_who(const VesselHolder *holder)
{
    return g_strdup_printf("pid %d (%s)", (int)holder->process.pid, holder->name);
}

char *vessel__holder_text(const VesselHolder *holder)
{
    if (!holder->process.pid)
        return g_strdup("somebody who has not said who it is");
    g_autofree char *who = vessel__holder_who(holder);
    return g_strconcat(who, *holder->operation ? ", " : "", holder->operation,
                       *holder->asked_by ? " asked for by " : "", holder->asked_by,
                       *holder->since ? " since " : "", holder->since, NULL);
}

static char *holder_format(const VesselHolder *holder)
{
    g_autoptr(VesselJson) json = vessel__process_to_json(&holder->process);
    vessel__json_set_string(json, "name", holder->name);
    vessel__json_set_string(json, "operation", holder->operation);
    vessel__json_set_string(json, "since", holder->since);
    if (*holder->asked_by)
        vessel__json_set_string(json, "asked_by", holder->asked_by);
    g_autofree char *text = vessel__json_format(json, false);
    return g_strdup_printf("%-*s\n", HOLDER_SIZE - 1, text);
}

static bool holder_parse(const char *text, size_t length, VesselHolder *holder)
{
    g_autoptr(VesselJson) json = NULL;
    memset(holder, 0, sizeof *holder);
    if (vessel__json_parse(text, length, NULL, "holder", &json, NULL) < 0 ||
        !vessel__process_from_json(json, &holder->process))
        return false;
    g_strlcpy(holder->name, vessel__json_get_string(json, "name", "?"), sizeof holder->name);
    g_strlcpy(holder->operation, vessel__json_get_string(json, "operation", ""),
              sizeof holder->operation);
    g_strlcpy(holder->since, vessel__json_get_string(json, "since", ""), sizeof holder->since);
    g_strlcpy(holder->asked_by, vessel__json_get_string(json, "asked_by", ""),
              sizeof holder->asked_by);
    return true;
}

/* The holder is there a moment after the lock; a few milliseconds are given to it. */
static bool holder_read(int fd, VesselHolder *holder)
{
    char text[HOLDER_SIZE];
    for (int tries = 0; tries < 5; tries++) {
        ssize_t length = pread(fd, text, sizeof text, 0);
        if (length > 0 && holder_parse(text, (size_t)length, holder))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    memset(holder, 0, sizeof *holder);
    return false;
}

void vessel__lock_set_holder(VesselLock *lock, const VesselHolder *holder)
{
    g_autofree char *text = holder_format(holder);
    size_t length = strlen(text);
    /* On a full disk there is the lock, but nobody's name in it. */
    if (length != HOLDER_SIZE || pwrite(lock->fd, text, length, 0) != (ssize_t)length) {
        int emptied = ftruncate(lock->fd, 0);
        (void)emptied;
    }
}

/* ---- taking ---- */

static int set_lock(int fd, short type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET};
    int result;
    do {
        result = fcntl(fd, F_OFD_SETLK, &range);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? errno : 0;
}

static int fail_lock(VesselError **err, int errnum, const char *name)
{
    if (errnum != ENOLCK && errnum != EOPNOTSUPP && errnum != EINVAL && errnum != ENOSYS)
        return vessel__fail_errno(err, errnum, "cannot lock %s", name);
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the filesystem of %s cannot lock: %s", name,
                 strerrordesc_np(errnum));
    vessel__error_hint(err,
                       "Vessel's directories must be on a filesystem with open-file-description "
                       "locks (every local one has them); root=DIR chooses another place");
    return VESSEL_ERROR_UNSUPPORTED;
}

static int fail_busy(VesselError **err, const char *name, const VesselHolder *holder)
{
    g_autofree char *text = vessel__holder_text(holder);
    vessel__fail(err, VESSEL_ERROR_BUSY, "%s is held by %s", name, text);
    vessel__error_holder(err, text);
    vessel__error_retryable(err, true);
    return VESSEL_ERROR_BUSY;
}

/* Whether @fd is the file that has the name now. */
static bool has_name(int fd, int dir, const char *name)
{
    struct stat ours, named;
    return fstat(fd, &ours) == 0 && fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* 1: locked, in *fd; 0: somebody else has it (@holder, pid 0 if unknown, when @last); negative. */
static int try_lock(int dir, const char *name, bool last, int *fd, VesselHolder *holder,
                    VesselError **err)
{
    for (;;) {
        /* Opened each time: while we wait the file may be removed and made again. */
        vessel_autofd int file =
            openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
        if (file < 0 && errno == EINTR)
            continue;
        if (file < 0)
            return vessel__fail_errno(err, errno, "cannot open the lock file %s", name);
        int errnum = set_lock(file, F_WRLCK);
        if (errnum == EAGAIN || errnum == EACCES) {
            if (last)
                holder_read(file, holder);
            return 0;
        }
        if (errnum != 0)
            return fail_lock(err, errnum, name);
        if (!has_name(file, dir, name))
            continue;
        *fd = vessel__steal_fd(&file);
        return 1;
    }
}

static void sleep_before(VesselDeadline deadline, int64_t began_ms)
{
    int64_t now_ms = vessel__now_ms();
    int64_t left_ms = deadline == VESSEL_DEADLINE_NEVER ? 1000 : deadline - now_ms;
    int64_t pause_us = vessel__pause_us(now_ms - began_ms, PAUSE_MOST_MS);
    nanosleep(&(struct timespec){.tv_nsec = MIN(pause_us, MAX(left_ms, 0) * 1000) * 1000}, NULL);
}

int vessel__lock_take(int dir, const char *name, const VesselHolder *holder,
                      VesselDeadline deadline, VesselLock **lock, VesselError **err)
{
    VesselHolder other = {0};
    int64_t began_ms = vessel__now_ms();
    int fd = -1;
    *lock = NULL;
    pthread_once(&forks_watched, watch_forks);
    for (;;) {
        bool last = vessel__deadline_passed(deadline);
        pthread_rwlock_rdlock(&window);
        int result = try_lock(dir, name, last, &fd, &other, err);
        if (result > 0)
            *lock = remember(fd);
        pthread_rwlock_unlock(&window);
        if (result < 0)
            return result;
        if (result > 0)
            break;
        if (last)
            return fail_busy(err, name, &other);
        sleep_before(deadline, began_ms);
    }
    vessel__lock_set_holder(*lock, holder);
    return VESSEL_OK;
}

VesselLock *vessel__lock_adopt(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return remember(fd);
}

int vessel__lock_fd(const VesselLock *lock)
{
    return lock->fd;
}

void vessel__lock_release(VesselLock *lock)
{
    if (!lock)
        return;
    if (lock->fd >= 0) {
        /* Until the next holder has written its name, nobody shall read ours. */
        ssize_t blanked = pwrite(lock->fd, "-", 1, 0);
        (void)blanked;
        set_lock(lock->fd, F_UNLCK);
    }
    vessel__lock_hand_over(lock);
}

void vessel__lock_hand_over(VesselLock *lock)
{
    if (!lock)
        return;
    int fd = forget(lock);
    if (fd >= 0)
        close(fd);
}

int vessel__lock_peek(int dir, const char *name, VesselHolder *holder, VesselError **err)
{
    VesselHolder ignored;
    holder = holder ? holder : &ignored;
    memset(holder, 0, sizeof *holder);
    vessel_autofd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return vessel__fail_errno(err, errno, "cannot open the lock file %s", name);
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &range) < 0)
        return fail_lock(err, errno, name);
    if (range.l_type == F_UNLCK)
        return 0;
    holder_read(fd, holder);
    return 1;
}
