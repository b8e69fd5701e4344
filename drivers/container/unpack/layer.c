/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An archive, read with libarchive and written by us: libarchive's own writer goes by path names,
 * changes the working directory and the umask, and follows what it has unpacked before. */
#include "base/file.h"
#include "container/unpack/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/xattr.h>

#define BLOCK (128 * 1024)

typedef struct archive Archive;
static void archive_end(Archive *archive)
{
    archive_read_free(archive);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_end)

typedef struct {
    VesselUnpack *unpack;
    struct archive *archive;
    struct archive_entry *entry;
    const char *path; /* cleaned */
    int parent;
    const char *name; /* in it */
} Item;

static int damaged(struct archive *archive, VesselError **err)
{
    const char *why = archive_error_string(archive);
    return vessel__fail(err, VESSEL_ERROR_CORRUPT, "not a whole tar archive: %s",
                        why ? why : "it cannot be read");
}

/* ---- how much ---- */

static int too_large(const VesselUnpack *unpack, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_NO_SPACE,
                 "unpacked, holes counted, it is more than the %" G_GUINT64_FORMAT
                 " bytes that are allowed",
                 unpack->max_bytes);
    vessel__error_hint(err, "allow more (max_bytes, --max-size) if you know where it is from");
    return VESSEL_ERROR_NO_SPACE;
}

/* What is stored, headers too, and the holes of files: neither a file of zeros in a kilobyte nor a
 * million empty ones, nor one that takes for ever to read. */
static int check_size(const VesselUnpack *unpack, struct archive *archive, VesselError **err)
{
    uint64_t read = unpack->bytes + unpack->holes + (uint64_t)archive_filter_bytes(archive, 0);
    if (unpack->progress)
        unpack->progress((uint64_t)archive_filter_bytes(archive, -1), unpack->data);
    return read > unpack->max_bytes ? too_large(unpack, err) : 0;
}

static int check_entry(VesselUnpack *unpack, struct archive *archive, struct archive_entry *entry,
                       VesselError **err)
{
    if (++unpack->files > VESSEL__UNPACK_FILES)
        return vessel__fail(err, VESSEL_ERROR_NO_SPACE, "more than %u files", VESSEL__UNPACK_FILES);
    /* Before any of it; and what is skipped is read by libarchive, without asking. */
    if (archive_entry_size(entry) > 0 && (uint64_t)archive_entry_size(entry) > unpack->max_bytes)
        return too_large(unpack, err);
    return check_size(unpack, archive, err);
}

/* ---- whose, and since when ---- */

static int describe(const Item *item, VesselUnpackFolder *what, VesselError **err)
{
    int64_t uid = archive_entry_uid(item->entry), gid = archive_entry_gid(item->entry);
    if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "there is no such owner");
    *what = (VesselUnpackFolder){.uid = (uint64_t)uid,
                                 .gid = (uint64_t)gid,
                                 .mode = archive_entry_mode(item->entry) & 07777,
                                 .is_directory = archive_entry_filetype(item->entry) == AE_IFDIR,
                                 .mtime = {.tv_nsec = UTIME_OMIT}};
    if (archive_entry_mtime_is_set(item->entry)) {
        long part = archive_entry_mtime_nsec(item->entry);
        what->mtime.tv_sec = archive_entry_mtime(item->entry);
        what->mtime.tv_nsec = part >= 0 && part < 1000000000 ? part : 0;
    }
    return 0;
}

/* Those of users, and capabilities: of the rest, some tell the kernel how to treat a layer
 * (trusted.overlay) or belong to the host (security.selinux). */
static bool is_kept(const char *name)
{
    return strcmp(name, "security.capability") == 0 ||
           (g_str_has_prefix(name, "user.") && !g_str_has_prefix(name, "user.overlay."));
}

static void set_attributes(const Item *item, int fd)
{
    const char *name;
    const void *value;
    size_t size;
    archive_entry_xattr_reset(item->entry);
    while (archive_entry_xattr_next(item->entry, &name, &value, &size) == ARCHIVE_OK)
        if (!is_kept(name) || fsetxattr(fd, name, value, size, 0) < 0)
            vessel__unpack_left_out(item->unpack, item->path, name);
    if (archive_entry_acl_count(item->entry,
                                ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT) > 0)
        vessel__unpack_left_out(item->unpack, item->path, "an access control list");
}

/* ---- one function for each kind ---- */

static int add_data(const Item *item, int fd, VesselError **err)
{
    int64_t size = archive_entry_size(item->entry);
    uint64_t stored = 0;
    for (;;) {
        const void *data;
        size_t length;
        la_int64_t at;
        int got = archive_read_data_block(item->archive, &data, &length, &at);
        if (got == ARCHIVE_EOF)
            break;
        if (got == ARCHIVE_RETRY)
            continue;
        if (got < ARCHIVE_WARN)
            return damaged(item->archive, err);
        if (at < 0 || at > size || (uint64_t)length > (uint64_t)(size - at))
            return vessel__fail(err, VESSEL_ERROR_CORRUPT, "it is larger than it says");
        int code = check_size(item->unpack, item->archive, err);
        stored += length;
        for (size_t done = 0; done < length && code == 0;) {
            ssize_t put = pwrite(fd, (const char *)data + done, length - done, at + (off_t)done);
            if (put < 0 && errno != EINTR)
                code = vessel__fail_errno(err, errno, "writing");
            done += put > 0 ? (size_t)put : 0;
        }
        if (code < 0)
            return code;
    }
    item->unpack->holes += (uint64_t)size > stored ? (uint64_t)size - stored : 0;
    return ftruncate(fd, size) < 0 ? vessel__fail_errno(err, errno, "its size")
                                   : check_size(item->unpack, item->archive, err);
}

static int add_file(const Item *item, const VesselUnpackFolder *what, VesselError **err)
{
    vessel_autofd int fd = openat(item->parent, item->name,
                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return vessel__fail_errno(err, errno, "a file");
    int code = add_data(item, fd, err);
    if (code == 0)
        code = vessel__unpack_owner(item->unpack, fd, what, err);
    if (code == 0)
        set_attributes(item, fd); /* after the owner, who takes capabilities away */
    return code;
}

/* Open to us alone until the end: what comes into it changes its time, and its mode may forbid it.
 */
static int add_directory(const Item *item, const VesselUnpackFolder *what, VesselError **err)
{
    const char *name = *item->path ? item->name : ".";
    g_autoptr(VesselError) why = NULL;
    int code = *item->path ? vessel__unpack_make(item->unpack, item->parent, name, 0700, &why) : 0;
    if (code < 0 && code != VESSEL_ERROR_EXISTS)
        return vessel__error_steal(err, g_steal_pointer(&why));
    vessel_autofd int fd =
        openat(item->parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return vessel__fail_errno(err, errno, "a directory");
    set_attributes(item, fd);
    g_hash_table_replace(item->unpack->folders, g_strdup(item->path),
                         g_memdup2(what, sizeof *what));
    return 0;
}

static int add_link(const Item *item, const VesselUnpackFolder *what, VesselError **err)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, what->mtime};
    const char *target = archive_entry_symlink(item->entry);
    if (!target || symlinkat(target, item->parent, item->name) < 0)
        return vessel__fail_errno(err, target ? errno : EINVAL, "a symbolic link");
    if (item->unpack->owner && fchownat(item->parent, item->name, (uid_t)what->uid,
                                        (gid_t)what->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return vessel__fail_errno(err, errno, "its owner");
    utimensat(item->parent, item->name, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

static int add_fifo(const Item *item, const VesselUnpackFolder *what, VesselError **err)
{
    if (mknodat(item->parent, item->name, S_IFIFO | 0600, 0) < 0)
        return vessel__fail_errno(err, errno, "a FIFO");
    vessel_autofd int fd =
        openat(item->parent, item->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return vessel__fail_errno(err, errno, "a FIFO");
    return vessel__unpack_owner(item->unpack, fd, what, err);
}

static const struct {
    mode_t type;
    int (*add)(const Item *item, const VesselUnpackFolder *what, VesselError **err);
} kinds[] = {
    {AE_IFREG, add_file},
    {AE_IFDIR, add_directory},
    {AE_IFLNK, add_link},
    {AE_IFIFO, add_fifo},
};

/* A second name of a file that is there. */
static int add_name(const Item *item, const char *given, VesselError **err)
{
    g_autofree char *path = NULL;
    vessel_autofd int from = -1;
    const char *name;
    struct stat there, here;
    int code = vessel__unpack_clean(given, &path, err);
    if (code < 0)
        return code;
    if (vessel__unpack_parent(item->unpack, path, false, &from, &name, NULL) < 0 ||
        fstatat(from, name, &there, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(there.st_mode))
        return vessel__fail(err, VESSEL_ERROR_CORRUPT,
                            "there is no file %s, which it is to be "
                            "another name of",
                            path);
    if (fstatat(item->parent, item->name, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        return 0;
    code = vessel__unpack_remove(item->parent, item->name, false, err);
    if (code == 0 && linkat(from, name, item->parent, item->name, 0) < 0)
        code = vessel__fail_errno(err, errno, "another name of %s", path);
    return code;
}

/* ---- the archive ---- */

static int add_item(Item *item, VesselError **err)
{
    const char *other = archive_entry_hardlink(item->entry);
    mode_t type = archive_entry_filetype(item->entry);
    VesselUnpackFolder what;
    size_t kind = 0;
    while (!other && kind < G_N_ELEMENTS(kinds) && kinds[kind].type != type)
        kind++;
    if (kind == G_N_ELEMENTS(kinds)) {
        vessel__unpack_left_out(item->unpack, item->path, "a device");
        return 0;
    }
    if (!*item->path && (other || type != AE_IFDIR))
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "the root is no directory");
    if (other)
        return add_name(item, other, err);
    int code = describe(item, &what, err);
    if (code == 0 && *item->path)
        code = vessel__unpack_remove(item->parent, item->name, type == AE_IFDIR, err);
    return code < 0 ? code : kinds[kind].add(item, &what, err);
}

static int add_entry(VesselUnpack *unpack, struct archive *archive, struct archive_entry *entry,
                     VesselError **err)
{
    const char *given = archive_entry_pathname(entry);
    g_autofree char *path = NULL;
    vessel_autofd int parent = -1;
    Item item = {.unpack = unpack, .archive = archive, .entry = entry};
    if (!given)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "a file without a name");
    int code = vessel__unpack_clean(given, &path, err);
    if (code == 0)
        code = vessel__unpack_whiteout(unpack, path, err);
    if (code != 0)
        return code < 0 ? code : 0;
    code = vessel__unpack_parent(unpack, path, true, &parent, &item.name, err);
    item.path = path;
    item.parent = parent;
    if (code == 0)
        code = add_item(&item, err);
    if (code == 0)
        vessel__unpack_made(unpack, path);
    return code;
}

/* Those alone that libarchive reads by itself: for others it would look for a program. */
static void support(struct archive *archive)
{
    int (*const filters[])(struct archive *) = {
        archive_read_support_filter_gzip, archive_read_support_filter_bzip2,
        archive_read_support_filter_xz,   archive_read_support_filter_zstd,
        archive_read_support_filter_lzma, archive_read_support_filter_lz4,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++) {
        g_autoptr(Archive) trial = archive_read_new();
        if (filters[i](trial) == ARCHIVE_OK)
            filters[i](archive);
    }
    archive_read_support_format_tar(archive);
}

int vessel__unpack_layer(VesselUnpack *unpack, int fd, VesselError **err)
{
    g_autoptr(Archive) archive = archive_read_new();
    struct archive_entry *entry;
    int code = 0, got;
    support(archive);
    if (archive_read_open_fd(archive, fd, BLOCK) != ARCHIVE_OK)
        return damaged(archive, err);
    while (code == 0 && (got = archive_read_next_header(archive, &entry)) != ARCHIVE_EOF) {
        if (got == ARCHIVE_RETRY)
            continue;
        /* A warning is that a name says nothing in the C locale: it is taken byte by byte. */
        if (got < ARCHIVE_WARN)
            return damaged(archive, err);
        code = check_entry(unpack, archive, entry, err);
        if (code == 0)
            code = add_entry(unpack, archive, entry, err);
        if (code < 0 && archive_entry_pathname(entry))
            vessel__error_prefix(err, "\"%s\"", archive_entry_pathname(entry));
    }
    unpack->bytes += (uint64_t)archive_filter_bytes(archive, 0);
    return code;
}
