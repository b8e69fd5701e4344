/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Root's guests run as users of their own: an id out of a range that is nobody else's, held by a
 * byte-range lock in one file of this machine (whatever root the guest belongs to), so that it is
 * given back by the death of its warden and taken up by the adopter. */
#include "base/file.h"
#include "qemu/engine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define LOCK_FILE VESSEL_RUN_DIR "-guest-ids.lock"

static int open_registry(int *fd, VesselError **err)
{
    struct stat st;
    *fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (*fd < 0)
        return vessel__fail_errno(err, errno, "%s", LOCK_FILE);
    if (fstat(*fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0) {
        vessel__close_fd(fd);
        return vessel__fail(err, VESSEL_ERROR_DENIED, "%s does not belong to root", LOCK_FILE);
    }
    return 0;
}

static int lock_byte(int fd, uid_t offset)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock);
}

static void unlock_byte(int fd, uid_t offset)
{
    struct flock lock = {
        .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};
    fcntl(fd, F_OFD_SETLK, &lock);
}

/* One system call: the kernel looks for a process of that user. A guest whose warden died holds no
 * lock, but is found here. */
static bool user_has_processes(uid_t uid)
{
    errno = 0;
    return getpriority(PRIO_USER, uid) != -1 || errno != ESRCH;
}

/* In a user namespace the range may be nobody's. */
static bool is_mapped(uint64_t base, uint64_t count)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    if (vessel__read_file(AT_FDCWD, "/proc/self/uid_map", 65536, &text, &length, NULL) < 0)
        return true;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        uint64_t inside, outside, mapped;
        if (sscanf(lines[i], "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside, &mapped) == 3 &&
            base >= inside && base + count <= inside + mapped)
            return true;
    }
    return false;
}

int vessel__qemu_identity_take(const VesselJson *range, const char *seed, uid_t *uid, int *lock_fd,
                               VesselError **err)
{
    uint64_t base = vessel__json_get_uint(range, "uid_base", 0);
    uint64_t count = vessel__json_get_uint(range, "uid_count", 0);
    vessel_autofd int fd = -1;
    if (base < 1000 || count == 0 || base + count >= UINT32_MAX)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the plan's range of guest ids, %" PRIu64 "+%" PRIu64 ", is none", base,
                            count);
    if (!is_mapped(base, count))
        return 0;
    int code = open_registry(&fd, err);
    if (code < 0)
        return code;
    uint64_t first = g_str_hash(seed) % count; /* a guest usually gets the one it had */
    for (uint64_t i = 0; i < count; i++) {
        uid_t offset = (uid_t)((first + i) % count);
        if (lock_byte(fd, offset) < 0) {
            if (errno == EAGAIN || errno == EACCES)
                continue;
            return vessel__fail_errno(err, errno, "%s", LOCK_FILE);
        }
        if (!user_has_processes((uid_t)base + offset)) {
            *uid = (uid_t)base + offset;
            *lock_fd = vessel__steal_fd(&fd);
            return 1;
        }
        unlock_byte(fd, offset);
    }
    return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE,
                        "all %" PRIu64 " guest ids from %" PRIu64 " on are in use", count, base);
}

int vessel__qemu_identity_keep(uid_t base, uid_t uid, int *lock_fd, VesselError **err)
{
    vessel_autofd int fd = -1;
    int code = open_registry(&fd, err);
    if (code < 0)
        return code;
    if (lock_byte(fd, uid - base) < 0)
        return vessel__fail_errno(err, errno, "guest id %u in %s", uid, LOCK_FILE);
    *lock_fd = vessel__steal_fd(&fd);
    return 0;
}
