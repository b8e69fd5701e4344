/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/images.h"
#include "base/file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define KERNEL_MAX (UINT64_C(4) * 1024 * 1024 * 1024) /* x86's boot protocol has 32-bit sizes */

static void image_free(gpointer data)
{
    VesselQemuImage *image = data;
    vessel__close_fd(&image->read_fd);
    vessel__close_fd(&image->write_fd);
    g_free(image->path);
    g_free(image);
}

void vessel__qemu_chain_free(VesselQemuChain *chain)
{
    if (!chain)
        return;
    g_ptr_array_unref(chain->images);
    g_free(chain);
}

/* One step of the walk along a chain. */
typedef struct {
    const VesselDomainDef *def;
    const VesselDevice *device;
    VesselProblems *problems;
    GString *place; /* path of the element that holds source, format and backingStore */
} Walk;

static void add_problem(Walk *walk, const char *rest, const VesselError *err)
{
    g_autofree char *path = g_strconcat(walk->place->str, rest, NULL);
    g_autoptr(VesselError) here = vessel__error_copy(err);
    vessel__error_move(&here, path);
    vessel__error_at(&here, NULL, walk->device->line, 0);
    vessel__problems_add_error(walk->problems, here);
}

static void G_GNUC_PRINTF(5, 6)
    problem(Walk *walk, int code, const char *rest, const char *hint, const char *format, ...)
{
    g_autofree char *path = g_strconcat(walk->place->str, rest, NULL);
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    vessel__problems_add(walk->problems, code, path, walk->device->line, 0, hint, "%s", message);
}

static const char *block_or_file(const VesselQemuImage *image)
{
    return image->block ? "/source/@dev" : "/source/@file";
}

static const char *kind_word(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISCHR(mode)  ? "a character device"
           : S_ISBLK(mode)  ? "a block device"
           : S_ISREG(mode)  ? "a regular file"
                            : "something unknown";
}

/* O_NONBLOCK, so that a FIFO in the place of an image does not hold us up. */
static int open_image(const char *path, int flags, int *fd, VesselError **err)
{
    struct stat st;
    int code = vessel__open_at(AT_FDCWD, path, flags | O_NONBLOCK | O_NOCTTY, 0, fd, err);
    if (code == VESSEL_ERROR_NOT_FOUND)
        vessel__error_hint(err, "Make this file, or correct its path");
    if (code == VESSEL_ERROR_IO && stat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        g_clear_pointer(err, vessel_error_free); /* "No such device or address" */
        return vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s is a socket", path);
    }
    if (code < 0)
        return code;
    int now = fcntl(*fd, F_GETFL);
    if (now >= 0 && fcntl(*fd, F_SETFL, now & ~O_NONBLOCK) == 0)
        return 0;
    code = vessel__fail_errno(err, errno, "cannot use %s", path);
    vessel__close_fd(fd);
    return code;
}

/* From the device and inode, so that two names of one file are one. */
static bool check_circle(Walk *walk, const VesselQemuChain *chain, const VesselQemuImage *image,
                         const struct stat *st)
{
    for (guint i = 0; i < chain->images->len; i++) {
        const VesselQemuImage *above = chain->images->pdata[i];
        struct stat other;
        if (fstat(above->read_fd, &other) < 0 || other.st_dev != st->st_dev ||
            other.st_ino != st->st_ino)
            continue;
        g_autoptr(GString) all = g_string_new(NULL);
        for (guint j = 0; j < chain->images->len; j++)
            g_string_append_printf(all, "%s -> ",
                                   ((const VesselQemuImage *)chain->images->pdata[j])->path);
        const VesselQemuImage *last = chain->images->pdata[chain->images->len - 1];
        g_autofree char *hint = g_strdup_printf(
            "Give the last one its real backing file: `qemu-img rebase -u -f qcow2 -F FORMAT -b "
            "FILE %s`",
            last->path);
        problem(walk, VESSEL_ERROR_CORRUPT, block_or_file(image), hint,
                "the backing chain goes round in a circle: %s%s", all->str, image->path);
        return false;
    }
    return true;
}

static bool check_kind(Walk *walk, const VesselQemuChain *chain, const VesselQemuImage *image)
{
    const char *rest = block_or_file(image);
    struct stat st;
    if (fstat(image->read_fd, &st) < 0) {
        problem(walk, VESSEL_ERROR_IO, rest, NULL, "cannot look at %s: %s", image->path,
                g_strerror(errno));
        return false;
    }
    if (S_ISBLK(st.st_mode) ? image->block : S_ISREG(st.st_mode) && !image->block)
        return check_circle(walk, chain, image, &st);
    problem(walk, VESSEL_ERROR_INVALID_DEFINITION, rest,
            S_ISBLK(st.st_mode)   ? "Use type='block' and source dev="
            : S_ISREG(st.st_mode) ? "Use type='file' and source file="
                                  : "Name the image itself",
            "%s is %s, not a %s", image->path, kind_word(st.st_mode),
            image->block ? "block device" : "regular file");
    return false;
}

static bool is_same_file(int a, int b)
{
    struct stat one, other;
    return fstat(a, &one) == 0 && fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* To write as well, what was looked at through the first descriptor. */
static bool open_to_write(Walk *walk, VesselQemuImage *image, VesselError **err)
{
    if (open_image(image->path, O_RDWR, &image->write_fd, err))
        return false;
    if (is_same_file(image->read_fd, image->write_fd))
        return true;
    problem(walk, VESSEL_ERROR_BUSY, block_or_file(image), "Start it again",
            "%s was replaced by another file while it was opened", image->path);
    return false;
}

/* Opened twice: QEMU looks in the set for a descriptor of the access mode it needs. */
static VesselQemuImage *open_one(Walk *walk, const VesselQemuChain *chain, const char *path,
                                 bool block, VesselImageFormat format, bool write)
{
    g_autoptr(VesselError) err = NULL;
    VesselQemuImage *image = g_new0(VesselQemuImage, 1);
    *image = (VesselQemuImage){g_strdup(path), format, block, -1, -1, 0};
    if (open_image(path, O_RDONLY, &image->read_fd, &err) == 0 &&
        check_kind(walk, chain, image) &&
        (!write || open_to_write(walk, image, &err)))
        return image;
    if (err)
        add_problem(walk, block_or_file(image), err);
    image_free(image);
    return NULL;
}

static bool check_lock(Walk *walk, const VesselQemuImage *image, bool shared)
{
    g_autoptr(VesselError) err = NULL;
    g_autofree char *holder = NULL;
    const char *rest = block_or_file(image);
    unsigned use =
        (image->write_fd >= 0 ? VESSEL_IMAGE_WRITE : 0) | (shared ? VESSEL_IMAGE_SHARED : 0);
    int held = vessel__image_holder(image->read_fd, use, &holder, &err);
    if (held < 0)
        add_problem(walk, rest, err);
    if (held <= 0)
        return held == 0;
    g_autofree char *path = g_strconcat(walk->place->str, rest, NULL);
    g_autoptr(VesselError) busy = NULL;
    vessel__fail(&busy, VESSEL_ERROR_BUSY, "the image %s is in use by %s", image->path, holder);
    vessel__error_at(&busy, path, walk->device->line, 0);
    vessel__error_holder(&busy, holder);
    vessel__error_hint(&busy, "Shut that down first; a disk of several at once has <shareable/> or "
                              "<readonly/> in each of them");
    vessel__error_retryable(&busy, true);
    vessel__problems_add_error(walk->problems, busy);
    return false;
}

static bool check_header(Walk *walk, const VesselQemuImage *image, const VesselImageInfo *info)
{
    const char *rest = block_or_file(image), *what = NULL;
    if (info->encrypted)
        what = "is encrypted";
    else if (info->data_file)
        what = "keeps its data in another file";
    else if (info->corrupt)
        what = "is marked corrupt: repair it with `qemu-img check -f qcow2 -r all`";
    if (what)
        problem(walk, info->corrupt ? VESSEL_ERROR_CORRUPT : VESSEL_ERROR_UNSUPPORTED, rest, NULL,
                "the image %s %s", image->path, what);
    return !what;
}

/* Direct I/O needs the filesystem's consent; QEMU would only find out when it starts. */
static bool check_direct(Walk *walk, const VesselDisk *disk, const VesselQemuImage *image)
{
    const char *cache = vessel__domain_word("/domain/devices/disk/driver/@cache", disk->cache);
    if (g_strcmp0(cache, "none") != 0 && g_strcmp0(cache, "directsync") != 0)
        return true;
    vessel_autofd int fd = open(image->path, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 || errno != EINVAL)
        return true;
    problem(walk, VESSEL_ERROR_UNSUPPORTED, "/driver/@cache", "Use cache='writeback'",
            "the filesystem of %s has no direct I/O, which cache='%s' needs", image->path, cache);
    return false;
}

/* The name in a header: relative ones are beside the image; "nbd:" and "json:" forms are no files.
 */
static char *resolve_backing(const char *image, const char *name)
{
    const char *colon = strchr(name, ':'), *slash = strchr(name, '/');
    if (colon && (!slash || colon < slash))
        return NULL;
    if (g_path_is_absolute(name))
        return g_strdup(name);
    g_autofree char *dir = g_path_get_dirname(image);
    return g_build_filename(dir, name, NULL);
}

static bool same_file(const char *a, const char *b)
{
    struct stat first, second;
    return strcmp(a, b) == 0 || (stat(a, &first) == 0 && stat(b, &second) == 0 &&
                                 first.st_dev == second.st_dev && first.st_ino == second.st_ino);
}

static const char *backing_source(const VesselBacking *backing)
{
    return vessel__source_path(backing->source);
}

/* What an image is based on, from the definition and the header; both must agree. False: a problem
 * was added. *path NULL: nothing. */
static bool find_backing(Walk *walk, const VesselQemuImage *image, const VesselImageInfo *info,
                         const VesselBacking *recorded, char **path, VesselImageFormat *format)
{
    bool ends = recorded && recorded->type == VESSEL_DISK_TYPE_ABSENT;
    *path = NULL;
    *format = VESSEL_FORMAT_ABSENT;
    if (!info->backing_file) {
        if (!recorded || ends)
            return true;
        problem(walk, VESSEL_ERROR_INVALID_DEFINITION, "/backingStore",
                "Take the <backingStore> out", "%s has no backing file", image->path);
        return false;
    }
    g_autofree char *real = resolve_backing(image->path, info->backing_file);
    if (!real) {
        problem(walk, VESSEL_ERROR_UNSUPPORTED, "/backingStore", NULL,
                "the backing file of %s (\"%s\") is not a local file", image->path,
                info->backing_file);
        return false;
    }
    if (ends) {
        problem(walk, VESSEL_ERROR_INVALID_DEFINITION, "/backingStore",
                "Record it in <backingStore>, or leave that element out",
                "%s has a backing file, %s, and the definition says that it has none", image->path,
                real);
        return false;
    }
    if (recorded && !same_file(backing_source(recorded), real)) {
        problem(walk, VESSEL_ERROR_INVALID_DEFINITION, "/backingStore/source", NULL,
                "the backing file of %s is %s, not %s as recorded", image->path, real,
                backing_source(recorded));
        return false;
    }
    const char *words[] = {"raw", "qcow2"};
    const VesselImageFormat formats[] = {VESSEL_FORMAT_RAW, VESSEL_FORMAT_QCOW2};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_strcmp0(info->backing_format, words[i]) == 0)
            *format = formats[i];
    if (recorded && *format && *format != recorded->format) {
        problem(walk, VESSEL_ERROR_INVALID_DEFINITION, "/backingStore/format/@type", NULL,
                "%s says that its backing file is %s, not as recorded", image->path,
                info->backing_format);
        return false;
    }
    if (recorded)
        *format = recorded->format;
    if (!*format) {
        problem(
            walk, VESSEL_ERROR_INVALID_DEFINITION, "/backingStore/format/@type",
            "Record it in <backingStore>, or set it in the image with `qemu-img rebase -u -F "
            "FORMAT -b FILE`",
            info->backing_format
                ? "the backing file of %s is of a format that is not supported"
                : "%s does not say the format of its backing file, and formats are never guessed",
            image->path);
        return false;
    }
    *path = g_strdup(recorded ? backing_source(recorded) : real);
    return true;
}

/* One image into the chain; *next is what it is based on. */
static bool walk_one(Walk *walk, VesselQemuChain *chain, const char *path, bool block,
                     VesselImageFormat format, const VesselBacking *recorded, char **next,
                     VesselImageFormat *next_format)
{
    g_autoptr(VesselError) err = NULL;
    VesselImageInfo info = {0};
    const VesselDisk *disk = walk->device->disk;
    bool first = chain->images->len == 0;
    VesselQemuImage *image =
        open_one(walk, chain, path, block, format, first && disk->readonly != VESSEL_TRI_YES);
    if (!image)
        return false;
    g_ptr_array_add(chain->images, image);
    if (vessel__image_read(image->read_fd, format, path, &info, &err) < 0) {
        add_problem(walk, block ? "/source/@dev" : "/source/@file", err);
        return false;
    }
    image->capacity_bytes = info.capacity_bytes;
    bool fine = check_header(walk, image, &info) &&
                check_lock(walk, image, first && disk->shareable == VESSEL_TRI_YES) &&
                (!first || check_direct(walk, disk, image)) &&
                find_backing(walk, image, &info, recorded, next, next_format);
    vessel__image_info_clear(&info);
    return fine;
}

static bool is_block_device(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

void vessel__qemu_chain_open(const VesselDomainDef *def, const VesselDevice *device,
                             VesselProblems *problems, VesselQemuChain **result)
{
    const VesselDisk *disk = device->disk;
    g_autofree char *start = vessel__device_path(def, device);
    g_autoptr(GString) place = g_string_new(start);
    g_autoptr(VesselQemuChain) chain = g_new0(VesselQemuChain, 1);
    Walk walk = {def, device, problems, place};
    const VesselBacking *recorded = disk->backing;
    VesselImageFormat format = disk->format ? disk->format : VESSEL_FORMAT_RAW;
    bool block = disk->type == VESSEL_DISK_BLOCK;
    g_autofree char *path = g_strdup(vessel__source_path(disk->source));
    *result = NULL;
    chain->images = g_ptr_array_new_with_free_func(image_free);
    while (path) {
        g_autofree char *next = NULL;
        VesselImageFormat next_format = VESSEL_FORMAT_ABSENT;
        if (chain->images->len == VESSEL__QEMU_CHAIN_MAX) {
            problem(&walk, VESSEL_ERROR_UNSUPPORTED, "",
                    "Shorten it with `qemu-img rebase` or `qemu-img commit`",
                    "the backing chain has more than %d images", VESSEL__QEMU_CHAIN_MAX);
            return;
        }
        if (!walk_one(&walk, chain, path, block, format, recorded, &next, &next_format))
            return;
        g_free(path);
        path = g_steal_pointer(&next);
        format = next_format;
        g_string_append(place, "/backingStore");
        block = recorded ? recorded->type == VESSEL_DISK_BLOCK : path && is_block_device(path);
        recorded = recorded ? recorded->backing : NULL;
    }
    *result = g_steal_pointer(&chain);
}

/* ---- kernel and initrd ---- */

static int open_plain(const char *file, const char *path, int *fd, uint64_t *size,
                      VesselError **err)
{
    struct stat st;
    int code = open_image(file, O_RDONLY, fd, err);
    if (code == 0 && fstat(*fd, &st) < 0)
        code = vessel__fail_errno(err, errno, "cannot look at %s", file);
    if (code == 0 && !S_ISREG(st.st_mode))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s is %s, not a regular file",
                            file, kind_word(st.st_mode));
    if (code == 0 && st.st_size == 0)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s is empty", file);
    if (code == 0 && (uint64_t)st.st_size > KERNEL_MAX)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s is larger than 4 GiB", file);
    if (code == 0) {
        *size = (uint64_t)st.st_size;
        return 0;
    }
    vessel__close_fd(fd);
    vessel__error_move(err, path);
    return code;
}

int vessel__qemu_file_check(const char *file, const char *path, VesselError **err)
{
    vessel_autofd int fd = -1;
    uint64_t size;
    return open_plain(file, path, &fd, &size, err);
}

static int copy_file(int from, const char *file, uint64_t size, int *result, VesselError **err)
{
    vessel_autofd int to = memfd_create("vessel-boot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    uint64_t done = 0;
    if (to < 0)
        return vessel__fail_errno(err, errno, "cannot make a memory file for %s", file);
    while (done < size) {
        ssize_t n = sendfile(to, from, NULL, MIN(size - done, 1u << 30));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return vessel__fail_errno(err, errno, "cannot copy %s into memory", file);
        if (n == 0)
            break; /* it became shorter: QEMU will say what is wrong with it */
        done += (uint64_t)n;
    }
    if (fcntl(to, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return vessel__fail_errno(err, errno, "cannot seal a memory file");
    *result = vessel__steal_fd(&to);
    return 0;
}

int vessel__qemu_file_copy(const char *file, const char *path, int *fd, VesselError **err)
{
    vessel_autofd int from = -1;
    uint64_t size;
    *fd = -1;
    int code = open_plain(file, path, &from, &size, err);
    return code == 0 ? copy_file(from, file, size, fd, err) : code;
}

/* Another user may open it again: not where FUSE lets in nobody but the one who mounted. */
static bool readable_by_all(int fd)
{
    struct stat st;
    struct statfs fs;
    return fstat(fd, &st) == 0 && (st.st_mode & S_IROTH) && fstatfs(fd, &fs) == 0 &&
           fs.f_type != FUSE_SUPER_MAGIC;
}

int vessel__qemu_file_open(const char *file, const char *path, int *fd, VesselError **err)
{
    vessel_autofd int from = -1;
    uint64_t size;
    *fd = -1;
    int code = open_plain(file, path, &from, &size, err);
    if (code < 0)
        return code;
    if (geteuid() == 0 && !readable_by_all(from))
        return copy_file(from, file, size, fd, err);
    *fd = vessel__steal_fd(&from);
    return 0;
}
