/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tree out of a stream, which may come from a container: each record is checked, each name is one
 * name, made in a directory that is open, and nothing that is there is followed or written to. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "base/depth.h"
#include "container/init/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PERMISSIONS 0777 /* not setuid: whose it was there it is not here */

static char text[CHUNK + 1]; /* of the record at hand */

static struct {
    int fd;
    bool ours;    /* made by us: its mode and time are the source's */
    size_t shown; /* before it */
} levels[VESSEL__DEPTH_MAX + 1];
static int level = -1;

/* ---- records ---- */

static void read_all(void *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t got = read(STREAM, (char *)data + done, length - done);
        if (got == 0 || (got < 0 && errno != EINTR))
            fail_cut();
        done += got > 0 ? (size_t)got : 0;
    }
}

static void __attribute__((noreturn)) fail_record(void)
{
    errno = EBADMSG;
    fail_copy("record");
}

static void next_record(Record *record)
{
    read_all(record, sizeof *record);
    if (record->length > CHUNK)
        fail_record();
    read_all(text, record->length);
    text[record->length] = '\0';
}

/* One name, and no way to anywhere. @end: what follows it, in a link's record. */
static const char *check_name(const Record *record, size_t *end)
{
    size_t length = strlen(text);
    if (length == 0 || length > NAME_MAX || strchr(text, '/') || strcmp(text, ".") == 0 ||
        strcmp(text, "..") == 0 || (end ? length >= record->length : length != record->length))
        fail_record();
    if (end)
        *end = length + 1;
    return text;
}

static void set_time_and_mode(int fd, const Record *record)
{
    const struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = record->seconds,
         .tv_nsec = record->nanoseconds < 1000000000 ? (long)record->nanoseconds : 0}};
    if (fchmod(fd, record->mode & PERMISSIONS) < 0)
        fail_copy("mode");
    futimens(fd, times); /* what its file system can keep of it */
}

/* ---- one function for each kind ---- */

static void go_into(int fd, bool ours, size_t shown)
{
    if (level + 1 >= (int)(sizeof levels / sizeof *levels))
        fail_record();
    level++;
    levels[level].fd = fd;
    levels[level].ours = ours;
    levels[level].shown = shown;
}

static void add_directory(int parent, const char *name, size_t shown)
{
    bool ours = mkdirat(parent, name, 0700) == 0;
    if (!ours && errno != EEXIST)
        fail_copy("make");
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        fail_copy(errno == ELOOP || errno == ENOTDIR ? "directory" : "open");
    go_into(fd, ours, shown);
}

/* What has its name goes; a directory stays, and so does a device, which somebody may have meant
 * to write to: the host's /dev/null is one. */
static void make_room(int parent, const char *name)
{
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
        fail_copy("device");
    if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
        fail_copy(errno == EISDIR || errno == EPERM ? "room" : "make");
}

static void put_data(int fd, uint64_t at, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t put = pwrite(fd, text + done, length - done, (off_t)(at + done));
        if (put < 0 && errno != EINTR)
            fail_copy("write");
        done += put > 0 ? (size_t)put : 0;
    }
    count(length);
}

/* A file is whole, or there is none. */
static struct {
    int parent;
    const char *name;
} unfinished;

void undo_copy(void)
{
    int errnum = errno;
    if (unfinished.name)
        unlinkat(unfinished.parent, unfinished.name, 0);
    errno = errnum;
}

static void add_file(int parent, const char *given)
{
    char name[NAME_MAX + 1];
    Record record;
    uint64_t stored = 0;
    memcpy(name, given, strlen(given) + 1); /* the next record's text takes its place */
    make_room(parent, name);
    int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        fail_copy("make");
    unfinished.parent = parent;
    unfinished.name = name;
    for (next_record(&record); record.kind == RECORD_DATA; next_record(&record)) {
        if (record.size > (uint64_t)INT64_MAX - CHUNK)
            fail_record();
        check_size(record.size);
        put_data(fd, record.size, record.length);
        stored += record.length;
    }
    if (record.kind != RECORD_FILE_END || record.size > (uint64_t)INT64_MAX)
        fail_record();
    count(record.size > stored ? record.size - stored : 0); /* its holes */
    if (ftruncate(fd, (off_t)record.size) < 0)
        fail_copy("write");
    set_time_and_mode(fd, &record);
    if (close(fd) < 0) /* where a network file system tells that it is full */
        fail_copy("write");
    unfinished.name = NULL;
}

static void add_link(int parent, const char *name, const char *target)
{
    make_room(parent, name);
    if (symlinkat(target, parent, name) < 0)
        fail_copy("make");
}

static void leave_directory(const Record *record)
{
    if (levels[level].ours)
        set_time_and_mode(levels[level].fd, record);
    close(levels[level].fd);
    unshow(levels[level].shown);
    level--;
}

/* ---- where it goes ---- */

static int open_directory(const char *path)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

/* PATH is no directory: it is the name that what is copied gets, in the directory above it. */
static int open_parent(const char *path, bool directory, char name[NAME_MAX + 1])
{
    char *copy = strdup(path), *slash;
    size_t length = copy ? strlen(copy) : 0;
    bool ends_with_slash = length > 0 && copy[length - 1] == '/';
    if (!length) {
        errno = ENOENT;
        fail_copy("open");
    }
    while (length > 1 && copy[length - 1] == '/')
        copy[--length] = '\0';
    slash = strrchr(copy, '/');
    const char *last = slash ? slash + 1 : copy;
    if ((ends_with_slash && !directory) || strlen(last) > NAME_MAX || strcmp(last, "..") == 0 ||
        strcmp(last, ".") == 0)
        fail_copy("open"); /* as errno says since it was tried as a directory */
    memcpy(name, last, strlen(last) + 1);
    if (slash)
        slash[slash == copy ? 1 : 0] = '\0';
    int fd = open_directory(slash ? copy : ".");
    if (fd < 0)
        fail_copy("open");
    free(copy);
    return fd;
}

/* The directory that the top goes into, and its name there; "": it is that directory itself.
 * @into: that name is not PATH's. */
static int find_place(const char *path, const Record *top, char name[NAME_MAX + 1], bool *into)
{
    size_t end = 0;
    bool directory = top->kind == RECORD_DIRECTORY;
    int fd = open_directory(path);
    if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
        fail_copy("open");
    if (fd < 0)
        return open_parent(path, directory, name);
    *name = '\0';
    if (directory && top->length == 0)
        return fd;
    const char *given = check_name(top, top->kind == RECORD_LINK ? &end : NULL);
    memcpy(name, given, strlen(given) + 1);
    *into = true;
    return fd;
}

/* @shown: before it */
static void receive_entry(int parent, const char *name, const Record *record, size_t shown)
{
    char kept[NAME_MAX + 1];
    memcpy(kept, name, strlen(name) + 1);
    if (record->kind == RECORD_DIRECTORY)
        add_directory(parent, kept, shown);
    else if (record->kind == RECORD_FILE)
        add_file(parent, kept);
    else
        add_link(parent, kept, text + strlen(text) + 1);
}

static void receive_top(const char *path)
{
    char name[NAME_MAX + 1];
    Record record;
    next_record(&record);
    if (record.kind != RECORD_DIRECTORY && record.kind != RECORD_FILE && record.kind != RECORD_LINK)
        fail_record();
    bool into = false;
    int place = find_place(path, &record, name, &into);
    if (*name) {
        size_t before = show(into ? name : "");
        receive_entry(place, name, &record, before);
        close(place);
        return;
    }
    int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        fail_copy("open");
    close(place);
    go_into(fd, false, show(""));
}

void receive_tree(const char *path)
{
    Record record;
    size_t end = 0;
    receive_top(path);
    while (level >= 0) {
        next_record(&record);
        switch (record.kind) {
        case RECORD_UP:
            leave_directory(&record);
            continue;
        case RECORD_DIRECTORY:
        case RECORD_FILE:
        case RECORD_LINK:
            break;
        default:
            fail_record();
        }
        check_name(&record, record.kind == RECORD_LINK ? &end : NULL);
        size_t before = show(text);
        receive_entry(levels[level].fd, text, &record, before);
        if (record.kind != RECORD_DIRECTORY)
            unshow(before);
    }
    next_record(&record);
    if (record.kind != RECORD_END)
        fail_record();
}
