/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids for containers of root's. The ranges lie above what /etc/subuid gives out (to 600100000),
 * what systemd-nspawn picks from (524288 to 1879048191) and what podman and LXD take from those,
 * and below the range of QEMU guests (configure's --with-uid-base).
 *
 * One file for the machine, whatever root a container is defined in: a record of fixed length for
 * each range, with the UUID that has it and when that was last asked for. A range is given to
 * another only when all were given out: that of a container that does not run and was started
 * longest ago. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "base/file.h"
#include "base/words.h"
#include "container/container.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define FIRST UINT64_C(1879048192)
#define RECORD 64
#define REGISTRY "container-ids"
#define LOCK_MS 5000

static uint64_t ranges_count(void)
{
    return (VESSEL_UID_BASE - FIRST) / VESSEL__CONTAINER_IDS;
}

bool vessel__container_owns(uint64_t base)
{
    return base >= FIRST && base < FIRST + ranges_count() * VESSEL__CONTAINER_IDS &&
           (base - FIRST) % VESSEL__CONTAINER_IDS == 0;
}

/* Process 1 of a running container is its root's. */
static bool is_running(uint64_t at)
{
    errno = 0;
    return getpriority(PRIO_USER, (id_t)(FIRST + at * VESSEL__CONTAINER_IDS)) != -1 ||
           errno != ESRCH;
}

static int open_registry(int *fd, VesselError **err)
{
    struct stat st;
    int code = vessel__make_dirs(VESSEL_STATE_DIR, 0700, err);
    if (code == 0)
        code = vessel__open_at(AT_FDCWD, VESSEL_STATE_DIR "/" REGISTRY,
                               O_RDWR | O_CREAT | O_NOFOLLOW, 0600, fd, err);
    if (code < 0)
        return code;
    if (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0) {
        vessel__close_fd(fd);
        return vessel__fail(err, VESSEL_ERROR_DENIED, "%s does not belong to root",
                            VESSEL_STATE_DIR "/" REGISTRY);
    }
    return 0;
}

/* Nobody holds it for longer than it takes to read the file. */
static int lock_registry(int fd, VesselError **err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    VesselDeadline deadline = vessel__deadline_after(LOCK_MS);
    while (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
        if ((errno != EAGAIN && errno != EACCES) || vessel__deadline_passed(deadline))
            return vessel__fail_errno(err, errno, "the lock of %s", VESSEL_STATE_DIR "/" REGISTRY);
        g_usleep(1000);
    }
    return 0;
}

static uint64_t used_at(const char *record)
{
    uint64_t seconds = 0;
    g_autofree char *text = g_strndup(record + VESSEL__UUID_SIZE, 20);
    return vessel__parse_u64(g_strchomp(text), &seconds) ? seconds : 0;
}

/* The record of @uuid; else an empty one, looked for from where its hash says; else the oldest. */
static uint64_t find_record(const char *records, uint64_t count, const char *uuid)
{
    uint64_t first = g_str_hash(uuid) % count, oldest = count, empty = count;
    uint64_t oldest_use = UINT64_MAX;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = (first + i) % count;
        const char *record = records + at * RECORD;
        if (strncmp(record, uuid, VESSEL__UUID_LENGTH) == 0)
            return at;
        if (!*record && empty == count)
            empty = at;
        if (used_at(record) < oldest_use && !is_running(at)) {
            oldest_use = used_at(record);
            oldest = at;
        }
    }
    return empty < count ? empty : oldest;
}

int vessel__container_range(const char *uuid, uint64_t *base, VesselError **err)
{
    vessel_autofd int fd = -1;
    uint64_t count = ranges_count();
    g_autofree char *records = g_malloc0(count * RECORD);
    char record[RECORD + 1];
    int code = open_registry(&fd, err);
    if (code == 0)
        code = lock_registry(fd, err);
    if (code < 0)
        return code;
    if (pread(fd, records, count * RECORD, 0) < 0)
        return vessel__fail_errno(err, errno, "%s", VESSEL_STATE_DIR "/" REGISTRY);
    uint64_t at = find_record(records, count, uuid);
    if (at == count)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE,
                            "all %" PRIu64 " ranges of ids are those of running containers", count);
    snprintf(record, sizeof record, "%-36.36s %-26" PRId64 "\n", uuid,
             vessel__realtime_us() / 1000000);
    if (pwrite(fd, record, RECORD, (off_t)(at * RECORD)) != RECORD)
        return vessel__fail_errno(err, errno, "%s", VESSEL_STATE_DIR "/" REGISTRY);
    *base = FIRST + at * VESSEL__CONTAINER_IDS;
    return 0;
}
