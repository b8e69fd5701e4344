/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-init, in a memory file that nobody can write to: what is executed on the way into a
 * container. /proc/PID/exe is a way to what is executed: from inside, to a copy that is good for
 * nothing. Copying it takes a quarter of the time of an exec, so each host keeps one. */
#include "base/file.h"
#include "container/container.h"
#include "container/plan.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define PROGRAM_MAX (64 << 20)

/* VesselDriverHost.container_data */
typedef struct {
    pthread_mutex_t mutex;
    int fd;         /* the copy; -1: none yet */
    struct stat of; /* the file as it was copied */
} Program;

static Program *program_of(VesselDriverHost *host)
{
    Program *kept = __atomic_load_n((Program **)&host->container_data, __ATOMIC_ACQUIRE);
    Program *none = NULL;
    if (kept)
        return kept;
    kept = g_new0(Program, 1);
    pthread_mutex_init(&kept->mutex, NULL);
    kept->fd = -1;
    if (__atomic_compare_exchange_n((Program **)&host->container_data, &none, kept, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return kept;
    g_free(kept); /* another thread was first */
    return none;
}

void vessel__container_forget_program(VesselDriverHost *host)
{
    Program *kept = g_steal_pointer((Program **)&host->container_data);
    if (!kept)
        return;
    vessel__close_fd(&kept->fd);
    pthread_mutex_destroy(&kept->mutex);
    g_free(kept);
}

/* An upgrade makes another file; one that is written to has another time. */
static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int new_memory(void)
{
    int fd = memfd_create(VESSEL__CONTAINER_INIT, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    return fd < 0 && errno == EINVAL /* older than 6.3 */
               ? memfd_create(VESSEL__CONTAINER_INIT, MFD_CLOEXEC | MFD_ALLOW_SEALING)
               : fd;
}

static int copy_program(int from, int to, off_t size)
{
    for (off_t at = 0; at < size;) {
        ssize_t sent = sendfile(to, from, NULL, (size_t)(size - at));
        if (sent <= 0)
            return sent < 0 ? errno : EIO;
        at += sent;
    }
    return fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0
               ? errno
               : 0;
}

static int make_copy(Program *kept, int from, const struct stat *st, const char *path,
                     VesselError **err)
{
    vessel_autofd int copy = new_memory();
    if (copy < 0)
        return vessel__fail_errno(err, errno, "a memory file for %s", path);
    int errnum = copy_program(from, copy, st->st_size);
    if (errnum)
        return vessel__fail_errno(err, errnum, "a copy of %s", path);
    vessel__close_fd(&kept->fd);
    kept->fd = vessel__steal_fd(&copy);
    kept->of = *st;
    return 0;
}

/* Whoever is root of a user's container can open it by /proc/PID/exe and is its owner: it cannot be
 * written to, but its mode is theirs to change. */
static bool may_be_executed(int copy)
{
    struct stat st;
    return copy >= 0 && fstat(copy, &st) == 0 && (st.st_mode & 0111) == 0111;
}

int vessel__container_program(VesselDriverHost *host, int *result, VesselError **err)
{
    vessel_autofd int fd = -1;
    struct stat st;
    *result = -1;
    if (!host->helper_dir)
        return vessel__error_steal(err, vessel__error_copy(host->helper_error));
    g_autofree char *path = g_build_filename(host->helper_dir, VESSEL__CONTAINER_INIT, NULL);
    int code = vessel__open_at(AT_FDCWD, path, O_RDONLY, 0, &fd, err);
    if (code < 0)
        return code;
    if (fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) || st.st_size > PROGRAM_MAX)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "%s is no such program", path);
    Program *kept = program_of(host);
    pthread_mutex_lock(&kept->mutex);
    if (!may_be_executed(kept->fd) || !is_same(&kept->of, &st))
        code = make_copy(kept, fd, &st, path, err);
    if (code == 0) {
        *result = fcntl(kept->fd, F_DUPFD_CLOEXEC, 0);
        code = *result < 0 ? vessel__fail_errno(err, errno, "a copy of %s", path) : 0;
    }
    pthread_mutex_unlock(&kept->mutex);
    return code;
}
