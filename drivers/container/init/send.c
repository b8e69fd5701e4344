/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tree that may change under our hands, and whose owner may wish us ill: every name is opened as
 * a path first, without following it, and for reading when it is known to be a file. So no FIFO
 * holds us up, no device is opened, and a link that takes a directory's place leads nowhere. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "base/depth.h"
#include "container/init/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static void send_opened(int fd, const char *name, int depth, dev_t device);

/* ---- records ---- */

static void write_all(const void *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t put = write(STREAM, (const char *)data + done, length - done);
        if (put < 0 && errno != EINTR)
            fail_cut();
        done += put > 0 ? (size_t)put : 0;
    }
}

static void send_record(RecordKind kind, const struct stat *st, uint64_t size, const void *text,
                        size_t length)
{
    Record record = {.kind = kind,
                     .mode = st ? st->st_mode & 07777 : 0,
                     .size = size,
                     .seconds = st ? st->st_mtim.tv_sec : 0,
                     .nanoseconds = st ? (uint32_t)st->st_mtim.tv_nsec : 0,
                     .length = (uint32_t)length};
    write_all(&record, sizeof record);
    write_all(text, length);
}

/* ---- files ---- */

/* No more than it had at first: one that grows for ever has an end. */
static uint64_t send_range(int fd, uint64_t at, uint64_t end)
{
    static char data[CHUNK];
    while (at < end) {
        size_t wanted = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        ssize_t got = pread(fd, data, wanted, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail_copy("read");
        if (got == 0)
            break;
        send_record(RECORD_DATA, NULL, at, data, (size_t)got);
        count((uint64_t)got);
        at += (uint64_t)got;
    }
    return at;
}

/* Holes stay holes. True if the file system knows of them; *size is what was found to be there. */
static bool send_parts(int fd, uint64_t *size)
{
    off_t end = (off_t)*size, hole, at = lseek(fd, 0, SEEK_DATA);
    if (at < 0 && errno != ENXIO)
        return false;
    while (at >= 0 && at < end) {
        hole = lseek(fd, at, SEEK_HOLE);
        if (hole < 0 || hole > end)
            hole = end;
        uint64_t reached = send_range(fd, (uint64_t)at, (uint64_t)hole);
        if (reached < (uint64_t)hole) { /* it was cut */
            *size = reached;
            break;
        }
        at = lseek(fd, hole, SEEK_DATA);
    }
    return true;
}

static void send_file(int path, const char *name, const struct stat *st)
{
    char link[32];
    uint64_t size = (uint64_t)st->st_size;
    snprintf(link, sizeof link, "self/fd/%d", path);
    int fd = openat(PROC, link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        fail_copy("open");
    check_size(size);
    send_record(RECORD_FILE, st, 0, name, strlen(name));
    if (!send_parts(fd, &size))
        size = send_range(fd, 0, size);
    send_record(RECORD_FILE_END, st, size, NULL, 0);
    close(fd);
}

static void send_link(int fd, const char *name, const struct stat *st)
{
    char text[NAME_MAX + 1 + PATH_MAX];
    size_t length = strlen(name) + 1;
    memcpy(text, name, length);
    ssize_t got = readlinkat(fd, "", text + length, sizeof text - length);
    if (got < 0)
        fail_copy("read");
    send_record(RECORD_LINK, st, 0, text, length + (size_t)got);
}

/* ---- directories ---- */

/* Their files have no size and no end. */
static bool is_kernels(int fd)
{
    static const long magic[] = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,       CGROUP_SUPER_MAGIC,
                                 CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,     TRACEFS_MAGIC,
                                 SECURITYFS_MAGIC,    DEVPTS_SUPER_MAGIC};
    struct statfs fs;
    if (fstatfs(fd, &fs) < 0)
        return false;
    for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
        if ((long)fs.f_type == magic[i])
            return true;
    return false;
}

static void send_entry(int directory, const char *name, int depth, dev_t device)
{
    size_t before = show(name);
    int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) {
        send_opened(fd, name, depth, device);
        close(fd);
    } else if (errno != ENOENT) { /* else it has just gone */
        fail_copy("open");
    }
    unshow(before);
}

static void send_directory(int path, const char *name, const struct stat *st, int depth)
{
    int fd = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory)
        fail_copy("open");
    if (depth > VESSEL__DEPTH_MAX) {
        errno = ENAMETOOLONG;
        fail_copy("depth");
    }
    send_record(RECORD_DIRECTORY, st, 0, name, strlen(name));
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(directory);
        if (!entry && errno)
            fail_copy("read");
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            send_entry(fd, entry->d_name, depth + 1, st->st_dev);
    }
    closedir(directory);
    send_record(RECORD_UP, st, 0, NULL, 0);
}

/* ---- the whole ---- */

static const char *unfit(int fd, const struct stat *st, dev_t device)
{
    if (st->st_dev != device && is_kernels(fd))
        return "a file system of the kernel";
    return S_ISFIFO(st->st_mode)                          ? "a FIFO"
           : S_ISSOCK(st->st_mode)                        ? "a socket"
           : S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? "a device"
                                                          : NULL;
}

/* Of the top @device is none: what it is on is looked at as well. */
static void send_opened(int fd, const char *name, int depth, dev_t device)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        fail_copy("open");
    const char *why = unfit(fd, &st, device);
    if (why && depth > 0) {
        leave_out(why);
        return;
    }
    if (why) {
        errno = EINVAL;
        fail_copy(why);
    }
    if (S_ISDIR(st.st_mode))
        send_directory(fd, name, &st, depth);
    else if (S_ISLNK(st.st_mode))
        send_link(fd, name, &st);
    else
        send_file(fd, name, &st);
}

/* The last name of a path; "" for one that has none of its own: /, . and DIR/. */
static void last_name(const char *path, char name[NAME_MAX + 1])
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    if (end - begin > NAME_MAX)
        end = begin;
    memcpy(name, path + begin, end - begin);
    name[end - begin] = '\0';
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        *name = '\0';
}

void send_tree(const char *path)
{
    struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                           .resolve = RESOLVE_NO_MAGICLINKS};
    char name[NAME_MAX + 1];
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    if (fd < 0)
        fail_copy("open");
    last_name(path, name);
    show("");
    send_opened(fd, name, 0, 0);
    send_record(RECORD_END, NULL, 0, NULL, 0);
    close(fd);
    close(STREAM);
}
