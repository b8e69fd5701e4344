/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats: docs/interop/qcow2.txt of QEMU. An image comes from anywhere: every number in it is
 * checked before it is used, and nothing is read beyond the first cluster. */
#include "kit/image.h"
#include "base/file.h"
#include "base/words.h"
#include "sys/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define QCOW2_MAGIC 0x514649fbu
#define QCOW2_HEADER 104 /* version 3; version 2 ends at 72 */
#define QCOW2_HEADER_V2 72
/* Header extensions that go on past this are of no program we know. */
#define QCOW2_EXTENSIONS_MAX 65536
#define QCOW2_BACKING_NAME_MAX 1023
#define QCOW2_BACKING_FORMAT_MAX 64
enum {
    QCOW2_EXT_END = 0,
    QCOW2_EXT_BACKING_FORMAT = 0xe2792aca,
};
enum { /* incompatible features */
       QCOW2_DIRTY = 1u << 0,
       QCOW2_CORRUPT = 1u << 1,
       QCOW2_DATA_FILE = 1u << 2,
       QCOW2_COMPRESSION = 1u << 3,
       QCOW2_EXTENDED_L2 = 1u << 4,
       QCOW2_KNOWN = 0x1f,
};

void vessel__image_info_clear(VesselImageInfo *info)
{
    g_free(info->backing_file);
    g_free(info->backing_format);
    *info = (VesselImageInfo){0};
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
    return (uint64_t)be32(p) << 32 | be32(p + 4);
}

static ssize_t read_at(int fd, void *data, size_t length, off_t offset)
{
    size_t done = 0;
    while (done < length) {
        ssize_t n = pread(fd, (char *)data + done, length - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int fail_corrupt(VesselError **err, const char *path, const char *why)
{
    vessel__fail(err, VESSEL_ERROR_CORRUPT, "%s is not a usable qcow2 image: %s", path, why);
    vessel__error_at(err, path, 0, 0);
    return VESSEL_ERROR_CORRUPT;
}

static int read_exactly(int fd, void *data, size_t length, uint64_t offset, const char *path,
                        VesselError **err)
{
    ssize_t n = read_at(fd, data, length, (off_t)offset);
    if (n < 0) {
        int code = vessel__fail_errno(err, (int)-n, "cannot read %s", path);
        vessel__error_at(err, path, 0, 0);
        return code;
    }
    return (size_t)n == length ? 0 : fail_corrupt(err, path, "it ends within its header");
}

/* A string of the image that is used as a path or word: printable enough to be one. */
static bool text_is_sane(const char *text, size_t length)
{
    return length > 0 && !memchr(text, 0, length) && g_utf8_validate(text, (gssize)length, NULL);
}

static int read_extensions(int fd, uint32_t from, uint64_t to, const char *path,
                           VesselImageInfo *info, VesselError **err)
{
    g_autofree uint8_t *area = NULL;
    to = MIN(to, QCOW2_EXTENSIONS_MAX);
    if (from > to)
        return fail_corrupt(err, path, "its header is longer than its first cluster");
    size_t length = (size_t)(to - from);
    area = g_malloc0(length + 1);
    ssize_t got = read_at(fd, area, length, from);
    if (got < 0)
        return vessel__fail_errno(err, (int)-got, "cannot read %s", path);
    length = (size_t)got;
    for (size_t at = 0; length - at >= 8;) {
        uint32_t type = be32(area + at), size = be32(area + at + 4);
        at += 8;
        if (type == QCOW2_EXT_END)
            return 0;
        if (size > length - at)
            return fail_corrupt(err, path, "a header extension is longer than the header");
        if (type == QCOW2_EXT_BACKING_FORMAT && !info->backing_format) {
            const char *text = (const char *)area + at;
            if (size > QCOW2_BACKING_FORMAT_MAX || !text_is_sane(text, size))
                return fail_corrupt(err, path, "the name of its backing format is no word");
            info->backing_format = g_strndup(text, size);
        }
        at += MIN(length - at, ((size_t)size + 7) & ~(size_t)7);
    }
    return 0; /* an image without extensions may end here */
}

static int read_backing(int fd, uint64_t offset, uint32_t size, uint64_t cluster, const char *path,
                        VesselImageInfo *info, VesselError **err)
{
    char name[QCOW2_BACKING_NAME_MAX];
    int code;
    if (offset == 0)
        return 0;
    if (size == 0 || size > sizeof name || offset > cluster || size > cluster - offset)
        return fail_corrupt(err, path, "the place of its backing file's name is out of range");
    code = read_exactly(fd, name, size, offset, path, err);
    if (code < 0)
        return code;
    if (!text_is_sane(name, size))
        return fail_corrupt(err, path, "the name of its backing file is no text");
    info->backing_file = g_strndup(name, size);
    return 0;
}

static int read_qcow2(int fd, const char *path, VesselImageInfo *info, VesselError **err)
{
    uint8_t header[QCOW2_HEADER] = {0};
    uint64_t features = 0;
    uint32_t header_length = QCOW2_HEADER_V2;
    int code = read_exactly(fd, header, QCOW2_HEADER_V2, 0, path, err);
    if (code < 0)
        return code;
    if (be32(header) != QCOW2_MAGIC) {
        fail_corrupt(err, path, "it does not begin as one");
        vessel__error_hint(err,
                           "Say the image's real format in driver/@type; `qemu-img info` shows "
                           "what it looks like");
        return VESSEL_ERROR_CORRUPT;
    }
    uint32_t version = be32(header + 4);
    if (version != 2 && version != 3)
        return fail_corrupt(err, path, "its version is neither 2 nor 3");
    if (version == 3) {
        code = read_exactly(fd, header, QCOW2_HEADER, 0, path, err);
        if (code < 0)
            return code;
        features = be64(header + 72);
        header_length = be32(header + 100);
        if (header_length < QCOW2_HEADER || header_length % 8)
            return fail_corrupt(err, path, "the length of its header is wrong");
    }
    uint32_t cluster_bits = be32(header + 20);
    if (cluster_bits < 9 || cluster_bits > 21)
        return fail_corrupt(err, path, "its cluster size is out of range");
    if (features & ~(uint64_t)QCOW2_KNOWN)
        return fail_corrupt(err, path, "it needs features that are not known here");
    uint64_t cluster = UINT64_C(1) << cluster_bits, backing = be64(header + 8);
    info->capacity_bytes = be64(header + 24);
    if (info->capacity_bytes > INT64_MAX)
        return fail_corrupt(err, path, "its size is out of range");
    info->encrypted = be32(header + 32) != 0;
    info->dirty = features & QCOW2_DIRTY;
    info->corrupt = features & QCOW2_CORRUPT;
    info->data_file = features & QCOW2_DATA_FILE;
    code = read_backing(fd, backing, be32(header + 16), cluster, path, info, err);
    if (code < 0)
        return code;
    return read_extensions(fd, header_length, backing ? backing : cluster, path, info, err);
}

int vessel__image_read(int fd, VesselImageFormat format, const char *path, VesselImageInfo *info,
                       VesselError **err)
{
    struct stat st;
    int code = 0;
    *info = (VesselImageInfo){0};
    if (fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "cannot look at %s", path);
    if (S_ISBLK(st.st_mode)) {
        if (ioctl(fd, BLKGETSIZE64, &info->capacity_bytes) < 0)
            return vessel__fail_errno(err, errno, "cannot read the size of %s", path);
        info->allocation_bytes = info->capacity_bytes;
    } else if (S_ISREG(st.st_mode)) {
        info->capacity_bytes = (uint64_t)st.st_size;
        info->allocation_bytes = (uint64_t)st.st_blocks * 512;
    } else {
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%s is neither a file nor a block device", path);
        vessel__error_at(err, path, 0, 0);
        return code;
    }
    if (format == VESSEL_FORMAT_QCOW2)
        code = read_qcow2(fd, path, info, err);
    if (code < 0)
        vessel__image_info_clear(info);
    return code;
}

/* QEMU locks byte 100+n for each permission n it uses and 200+n for each it denies to others
 * (block/file-posix.c): 0 consistent read, 1 write, 3 resize. */
static bool locked(int fd, off_t byte, int *errnum)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0) {
        /* A filesystem without locks has nothing in our way. */
        if (errno != EINVAL && errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS)
            *errnum = errno;
        return false;
    }
    return lock.l_type != F_UNLCK;
}

/* True if /proc/PID/fdinfo/NUMBER names a lock among QEMU's bytes. */
static bool fdinfo_has_lock(int process_dir, const char *number)
{
    char path[64], text[4096];
    g_snprintf(path, sizeof path, "fdinfo/%s", number);
    vessel_autofd int fd = openat(process_dir, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read_at(fd, text, sizeof text - 1, 0);
    text[MAX(n, 0)] = '\0';
    for (char *line = strstr(text, "lock:"); line; line = strstr(line + 5, "lock:")) {
        char start[24], end[24];
        if (sscanf(line, "lock: %*s %*s %*s %*s %*s %*s %23s %23s", start, end) != 2)
            continue;
        long long first = atoll(start);
        long long last = strcmp(end, "EOF") == 0 ? INT64_MAX : atoll(end);
        if (first <= 299 && last >= 100)
            return true;
    }
    return false;
}

static bool process_holds(int process_dir, const struct stat *file)
{
    vessel_autofd int fd = openat(process_dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    bool found = false;
    if (!dir)
        return false;
    vessel__steal_fd(&fd);
    for (struct dirent *entry; !found && (entry = readdir(dir));) {
        struct stat st;
        if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, 0) < 0)
            continue;
        found = st.st_dev == file->st_dev && st.st_ino == file->st_ino &&
                fdinfo_has_lock(process_dir, entry->d_name);
    }
    closedir(dir);
    return found;
}

/* "guest=NAME" of a QEMU's -name, so that the answer names the guest and not only a number. */
static char *guest_name(int process_dir)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    if (vessel__read_file(process_dir, "cmdline", 1024 * 1024, &text, &length, NULL) < 0)
        return NULL;
    for (const char *arg = text; arg < text + length; arg += strlen(arg) + 1)
        if (g_str_has_prefix(arg, "guest=")) {
            GString *name = g_string_new(NULL);
            for (const char *p = arg + 6; *p && (*p != ',' || p[1] == ','); p++) {
                g_string_append_c(name, *p);
                p += *p == ','; /* QEMU's escape of a comma is a second one */
            }
            return g_string_free(name, FALSE);
        }
    return NULL;
}

static char *find_holder(const struct stat *file)
{
    DIR *proc = opendir("/proc");
    char *holder = NULL;
    for (struct dirent *entry; proc && !holder && (entry = readdir(proc));) {
        uint64_t pid;
        if (!vessel__parse_u64(entry->d_name, &pid))
            continue;
        vessel_autofd int dir =
            openat(dirfd(proc), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0 || !process_holds(dir, file))
            continue;
        char name[32];
        g_autofree char *guest = guest_name(dir);
        vessel__process_name((pid_t)pid, name);
        holder = guest ? g_strdup_printf("pid %s (%s, guest %s)", entry->d_name, name, guest)
                       : g_strdup_printf("pid %s (%s)", entry->d_name, name);
    }
    if (proc)
        closedir(proc);
    return holder;
}

static int is_held(int fd, unsigned use, VesselError **err)
{
    bool write = use & VESSEL_IMAGE_WRITE, shared = use & VESSEL_IMAGE_SHARED;
    int errnum = 0;
    bool held = locked(fd, 200, &errnum) ||
                (!shared && (locked(fd, 101, &errnum) || locked(fd, 103, &errnum))) ||
                (write && (locked(fd, 201, &errnum) || locked(fd, 203, &errnum)));
    if (!held && errnum)
        return vessel__fail_errno(err, errnum, "cannot ask for the locks of an image");
    return held;
}

/* A holder that is not found may just have ended: then nobody holds it any more. */
int vessel__image_holder(int fd, unsigned use, char **holder, VesselError **err)
{
    struct stat st;
    *holder = NULL;
    if (fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "cannot look at an image");
    for (int looks = 0; looks < 2 && !*holder; looks++) {
        int held = is_held(fd, use, err);
        if (held <= 0)
            return held;
        *holder = find_holder(&st);
    }
    if (!*holder)
        *holder = g_strdup("a process that this user cannot see");
    return 1;
}
