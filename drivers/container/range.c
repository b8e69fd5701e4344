/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids for containers of root's. The ranges lie above what /etc/subuid gives out (to 600100000),
 * what systemd-nspawn picks from (524288 to 1879048191) and what podman and LXD take from those,
 * and below the range of QEMU guests (configure's --with-uid-base).
 *
 * One file for the machine, whatever root a container is defined in: a record of fixed length for
 * each range, with the UUID that has it, when that was last asked for, and whether a definition is
 * kept that has it written down. Such a range is that domain's until it is undefined. One that was
 * given to a definition that was only looked at, or to a transient domain that has ended, goes to
 * the next who asks when no other is free. Who looks after a container that runs holds a lock on
 * its records. */
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
#define MARK_AT (VESSEL__UUID_LENGTH + 1 + 20 + 1)
#define KEPT "kept"
#define FILE_PATH VESSEL_STATE_DIR "/container-ids"
#define LOCK_MS 5000
#define SETTLE_S 60 /* between a definition's look at its ids and its being kept, at most */
#define HURRY_S 5   /* when all others are taken: nearly always */

typedef struct {
    int fd;
    uint64_t count;
    char *records;
} Registry;

static void registry_clear(Registry *registry)
{
    vessel__close_fd(&registry->fd); /* and with it the lock */
    g_clear_pointer(&registry->records, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Registry, registry_clear)

static uint64_t ranges_count(void)
{
    return (VESSEL_UID_BASE - FIRST) / VESSEL__CONTAINER_IDS;
}

/* ---- the file ---- */

static int open_file(int *fd, VesselError **err)
{
    struct stat st;
    int code = vessel__make_dirs(VESSEL_STATE_DIR, 0700, err);
    if (code == 0)
        code = vessel__open_at(AT_FDCWD, FILE_PATH, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, fd, err);
    if (code < 0)
        return code;
    if (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0) {
        vessel__close_fd(fd);
        return vessel__fail(err, VESSEL_ERROR_DENIED, "%s does not belong to root", FILE_PATH);
    }
    return 0;
}

/* Behind all records, which are locked one by one. Nobody holds it for longer than it takes to read
 * the file. */
static int lock_file(int fd, uint64_t count, VesselError **err)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)(count * RECORD), .l_len = 1};
    VesselDeadline deadline = vessel__deadline_after(LOCK_MS);
    while (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
        if ((errno != EAGAIN && errno != EACCES) || vessel__deadline_passed(deadline))
            return vessel__fail_errno(err, errno, "the lock of %s", FILE_PATH);
        g_usleep(1000);
    }
    return 0;
}

static int read_records(Registry *registry, VesselError **err)
{
    size_t size = registry->count * RECORD, have = 0;
    registry->records = g_malloc0(size);
    while (have < size) {
        ssize_t got = pread(registry->fd, registry->records + have, size - have, (off_t)have);
        if (got < 0 && errno != EINTR)
            return vessel__fail_errno(err, errno, "%s", FILE_PATH);
        if (got == 0)
            return 0; /* it grows as ranges are given out */
        have += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

static int open_registry(Registry *registry, VesselError **err)
{
    *registry = (Registry){.fd = -1, .count = ranges_count()};
    int code = open_file(&registry->fd, err);
    if (code == 0)
        code = lock_file(registry->fd, registry->count, err);
    return code == 0 ? read_records(registry, err) : code;
}

/* @uuid NULL: nobody has it. */
static int write_record(Registry *registry, uint64_t at, const char *uuid, bool kept,
                        VesselError **err)
{
    char record[RECORD + 1] = {0};
    if (uuid)
        snprintf(record, sizeof record, "%-36.36s %-20" PRId64 " %-5s\n", uuid,
                 vessel__realtime_us() / 1000000, kept ? KEPT : "");
    if (pwrite(registry->fd, record, RECORD, (off_t)(at * RECORD)) != RECORD)
        return vessel__fail_errno(err, errno, "%s", FILE_PATH);
    memcpy(registry->records + at * RECORD, record, RECORD);
    return 0;
}

/* ---- one record ---- */

static const char *record_of(const Registry *registry, uint64_t at)
{
    return registry->records + at * RECORD;
}

static bool is_of(const Registry *registry, uint64_t at, const char *uuid)
{
    return strncmp(record_of(registry, at), uuid, VESSEL__UUID_LENGTH) == 0;
}

static bool is_kept(const Registry *registry, uint64_t at)
{
    return strncmp(record_of(registry, at) + MARK_AT, KEPT, strlen(KEPT)) == 0;
}

/* 0: never, or in a future that does not count. */
static uint64_t used_at(const Registry *registry, uint64_t at)
{
    uint64_t seconds = 0;
    g_autofree char *text = g_strndup(record_of(registry, at) + VESSEL__UUID_LENGTH + 1, 20);
    bool known = vessel__parse_u64(g_strchomp(text), &seconds);
    return known && seconds <= (uint64_t)(vessel__realtime_us() / 1000000) ? seconds : 0;
}

static struct flock lock_of(uint64_t at, uint64_t count)
{
    return (struct flock){.l_type = F_WRLCK,
                          .l_whence = SEEK_SET,
                          .l_start = (off_t)(at * RECORD),
                          .l_len = (off_t)(count * RECORD)};
}

/* A container that runs has a warden that holds the record; between two wardens its process 1 is
 * its root's. */
static bool is_in_use(const Registry *registry, uint64_t at)
{
    struct flock lock = lock_of(at, 1);
    if (fcntl(registry->fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        return true;
    errno = 0;
    return getpriority(PRIO_USER, (id_t)(FIRST + at * VESSEL__CONTAINER_IDS)) != -1 ||
           errno != ESRCH;
}

/* Given out, and no definition is kept or about to be. */
static bool is_loose(const Registry *registry, uint64_t at, uint64_t settle_s)
{
    uint64_t now = (uint64_t)(vessel__realtime_us() / 1000000);
    return *record_of(registry, at) && !is_kept(registry, at) &&
           used_at(registry, at) + settle_s <= now;
}

/* ---- giving out ---- */

/* The one that was given out longest ago and is nobody's all the same; @count: there is none.
 * Whether one is in use takes the kernel a look at every process: asked of the oldest alone. */
static uint64_t find_left(const Registry *registry, uint64_t settle_s)
{
    g_autofree uint64_t *since = g_new(uint64_t, registry->count);
    for (uint64_t at = 0; at < registry->count; at++)
        since[at] = is_loose(registry, at, settle_s) ? used_at(registry, at) : UINT64_MAX;
    for (;;) {
        uint64_t oldest = 0;
        for (uint64_t at = 1; at < registry->count; at++)
            oldest = since[at] < since[oldest] ? at : oldest;
        if (since[oldest] == UINT64_MAX)
            return registry->count;
        if (!is_in_use(registry, oldest))
            return oldest;
        since[oldest] = UINT64_MAX;
    }
}

/* The record of @uuid; else an empty one, looked for from where its hash says; else one that is
 * left. */
static uint64_t find_record(const Registry *registry, const char *uuid)
{
    uint64_t count = registry->count, first = g_str_hash(uuid) % count, empty = count;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = (first + i) % count;
        if (is_of(registry, at, uuid))
            return at;
        if (!*record_of(registry, at) && empty == count)
            empty = at;
    }
    if (empty == count)
        empty = find_left(registry, SETTLE_S);
    return empty < count ? empty : find_left(registry, HURRY_S);
}

int vessel__container_range(const char *uuid, uint64_t *base, VesselError **err)
{
    g_auto(Registry) registry = {.fd = -1};
    int code = open_registry(&registry, err);
    if (code < 0)
        return code;
    uint64_t at = find_record(&registry, uuid);
    if (at == registry.count) {
        vessel__fail(err, VESSEL_ERROR_NO_RESOURCE,
                     "all %" PRIu64 " ranges of ids belong to containers that are defined or run",
                     registry.count);
        vessel__error_at(err, "/domain/idmap", 0, 0);
        vessel__error_hint(err,
                           "undefine containers that are not needed, or give an <idmap> of ids "
                           "that are nobody's");
        return VESSEL_ERROR_NO_RESOURCE;
    }
    bool kept = is_of(&registry, at, uuid) && is_kept(&registry, at);
    *base = FIRST + at * VESSEL__CONTAINER_IDS;
    return write_record(&registry, at, uuid, kept, err);
}

void vessel__container_kept(const char *uuid, bool kept)
{
    g_auto(Registry) registry = {.fd = -1};
    if (geteuid() != 0 || open_registry(&registry, NULL) < 0)
        return; /* what is not written down is found at the next start */
    for (uint64_t at = 0; at < registry.count; at++) {
        if (!is_of(&registry, at, uuid))
            continue;
        bool stays = kept || is_in_use(&registry, at); /* it was undefined and runs on */
        write_record(&registry, at, stays ? uuid : NULL, kept, NULL);
    }
}

/* ---- at a start ---- */

static int fail_theirs(const Registry *registry, uint64_t at, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_BUSY,
                 "the ids from %" PRIu64 " on belong to the container with UUID %.36s",
                 FIRST + at * VESSEL__CONTAINER_IDS, record_of(registry, at));
    vessel__error_at(err, "/domain/idmap", 0, 0);
    vessel__error_hint(err,
                       "take <idmap> out of the definition and define it again: it is given ids "
                       "of its own, and its files must be given to those");
    return VESSEL_ERROR_BUSY;
}

static int claim_record(Registry *registry, uint64_t at, const char *uuid, bool kept,
                        VesselError **err)
{
    struct flock lock = lock_of(at, 1);
    bool free = !*record_of(registry, at) || is_of(registry, at, uuid) ||
                (is_loose(registry, at, SETTLE_S) && !is_in_use(registry, at));
    if (!free)
        return fail_theirs(registry, at, err);
    if (fcntl(registry->fd, F_OFD_SETLK, &lock) < 0)
        return errno == EAGAIN || errno == EACCES
                   ? fail_theirs(registry, at, err)
                   : vessel__fail_errno(err, errno, "the lock of %s", FILE_PATH);
    return write_record(registry, at, uuid, kept, err);
}

/* The records that @entries touch. */
static int claim_entries(Registry *registry, const GPtrArray *entries, const char *uuid, bool kept,
                         VesselJson *records, VesselError **err)
{
    uint64_t end = FIRST + registry->count * VESSEL__CONTAINER_IDS;
    int code = 0;
    for (guint i = 0; entries && i < entries->len && code == 0; i++) {
        const VesselIdmapEntry *entry = entries->pdata[i];
        uint64_t from = MAX(entry->target.value, FIRST);
        uint64_t to = MIN(entry->target.value + entry->count.value, end);
        for (uint64_t id = from; id < to && code == 0;) {
            uint64_t at = (id - FIRST) / VESSEL__CONTAINER_IDS;
            code = claim_record(registry, at, uuid, kept, err);
            vessel__json_append(records, vessel__json_new_uint(at * RECORD));
            id = FIRST + (at + 1) * VESSEL__CONTAINER_IDS;
        }
    }
    return code;
}

int vessel__container_claim(const VesselDomainDef *def, bool kept, VesselJson *ids, int *hold,
                            VesselError **err)
{
    g_auto(Registry) registry = {.fd = -1};
    VesselJson *records = vessel__json_new_array();
    *hold = -1;
    vessel__json_set_string(ids, "source", FILE_PATH);
    vessel__json_set_uint(ids, "length", RECORD);
    vessel__json_set(ids, "records", records);
    if (geteuid() != 0)
        return 0;
    int code = open_registry(&registry, err);
    if (code == 0)
        code = claim_entries(&registry, def->idmap_uids, def->uuid, kept, records, err);
    if (code == 0)
        code = claim_entries(&registry, def->idmap_gids, def->uuid, kept, records, err);
    if (code < 0)
        return code;
    struct flock unlock = {.l_type = F_UNLCK,
                           .l_whence = SEEK_SET,
                           .l_start = (off_t)(registry.count * RECORD),
                           .l_len = 1};
    fcntl(registry.fd, F_OFD_SETLK, &unlock); /* the records' locks stay with the descriptor */
    *hold = vessel__steal_fd(&registry.fd);
    return 0;
}
