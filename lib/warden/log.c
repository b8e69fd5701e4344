/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domain's log: our own lines with time, the guest process's stderr as it came, and in memory
 * the last lines of the latter, which become the cause when it dies. */
#include "base/file.h"
#include "warden/warden.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define LOG_MAX (1024 * 1024)
#define TAIL_LINES 20
#define LINE_MAX_BYTES                                                                             \
    1024 /* the rest of a longer line is cut off in the tail, not in the file                      \
          */

struct VesselDomainLog {
    int fd, dir; /* the file, and the directory that it is in */
    GQueue tail; /* of char * */
    GString *line;
    bool inside; /* the file ends inside a line of output */
};

/* Where a descriptor's file is by now; asked of the kernel, since we were given a descriptor alone. */
static char *path_of(int fd)
{
    char link[64], path[4096];
    g_snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 0 && length < (ssize_t)sizeof path ? g_strndup(path, (gsize)length) : NULL;
}

/* By descriptor, and only if the path leads there: it may be one of another mount namespace. */
static int open_directory(int fd)
{
    struct stat mine, named;
    g_autofree char *path = path_of(fd);
    if (!path || fstat(fd, &mine) < 0 || stat(path, &named) < 0 || named.st_ino != mine.st_ino ||
        named.st_dev != mine.st_dev)
        return -1;
    g_autofree char *folder = g_path_get_dirname(path);
    return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

VesselDomainLog *vessel__domainlog_new(int fd)
{
    VesselDomainLog *log = g_new0(VesselDomainLog, 1);
    log->fd = fd;
    log->dir = fd >= 0 ? open_directory(fd) : -1;
    log->line = g_string_new(NULL);
    g_queue_init(&log->tail);
    return log;
}

int vessel__domainlog_fd(const VesselDomainLog *log)
{
    return log->fd;
}

void vessel__domainlog_free(VesselDomainLog *log)
{
    if (!log)
        return;
    vessel__close_fd(&log->fd);
    vessel__close_fd(&log->dir);
    g_queue_clear_full(&log->tail, g_free);
    g_string_free(log->line, TRUE);
    g_free(log);
}

static bool strip(char *name, const char *suffix)
{
    if (!g_str_has_suffix(name, suffix))
        return false;
    name[strlen(name) - strlen(suffix)] = '\0';
    return true;
}

/* The name that the domain's log has: a rename of the domain changes it, turning over makes
 * NAME.log.1 of it. *current: our file is still the one of that name. */
static char *log_name(const VesselDomainLog *log, bool *current)
{
    g_autofree char *path = path_of(log->fd);
    char *name = path ? g_path_get_basename(path) : NULL;
    *current = true;
    if (name && strip(name, " (deleted)"))
        *current = false;
    if (name && g_str_has_suffix(name, ".log.1") && strip(name, ".1"))
        *current = false;
    return name;
}

static bool open_current(VesselDomainLog *log, const char *name)
{
    struct stat st;
    vessel_autofd int fd = openat(
        log->dir, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    vessel__close_fd(&log->fd);
    log->fd = vessel__steal_fd(&fd);
    return true;
}

/* NAME.log becomes NAME.log.1. */
static bool turn_over(VesselDomainLog *log, const char *name)
{
    g_autofree char *older = g_strconcat(name, ".1", NULL);
    return renameat(log->dir, name, log->dir, older) == 0 && open_current(log, name);
}

/* Others turn the log over, too (whoever opens it for a start or an adopter), and a rename of the
 * domain renames it: lines land in the file that has the name now. */
static void append(VesselDomainLog *log, const char *data, size_t length)
{
    struct stat st;
    bool current = true;
    if (log->fd < 0)
        return;
    g_autofree char *name = log->dir >= 0 ? log_name(log, &current) : NULL;
    if (name && !current)
        current = open_current(log, name);
    bool full = fstat(log->fd, &st) == 0 && st.st_size > 0 &&
                (uint64_t)st.st_size + length > LOG_MAX;
    /* What cannot be turned over begins again. */
    if (full && !(name && current && turn_over(log, name)) && ftruncate(log->fd, 0) < 0)
        return; /* a full disk loses log lines and nothing else */
    vessel__write_all(log->fd, data, length);
}

void vessel__domainlog_line(VesselDomainLog *log, const char *text)
{
    char now[32];
    vessel__time_format(vessel__realtime_us(), now);
    g_autofree char *line = g_strdup_printf("%s%s vessel-warden[%d]: %s\n", log->inside ? "\n" : "",
                                            now, getpid(), text);
    log->inside = false;
    append(log, line, strlen(line));
}

static void end_line(VesselDomainLog *log)
{
    g_queue_push_tail(&log->tail, g_strndup(log->line->str, log->line->len));
    g_string_truncate(log->line, 0);
    if (log->tail.length > TAIL_LINES)
        g_free(g_queue_pop_head(&log->tail));
}

void vessel__domainlog_output(VesselDomainLog *log, const char *data, size_t length)
{
    if (length == 0)
        return;
    append(log, data, length);
    log->inside = data[length - 1] != '\n';
    for (size_t i = 0; i < length; i++) {
        if (data[i] == '\n')
            end_line(log);
        else if (log->line->len < LINE_MAX_BYTES && data[i] != '\0')
            g_string_append_c(log->line, data[i]);
    }
}

char *vessel__domainlog_tail(const VesselDomainLog *log)
{
    GString *text = g_string_new(NULL);
    for (const GList *i = log->tail.head; i; i = i->next)
        g_string_append_printf(text, "%s%s", text->len ? "\n" : "", (const char *)i->data);
    if (log->line->len)
        g_string_append_printf(text, "%s%s", text->len ? "\n" : "", log->line->str);
    return g_string_free(text, text->len == 0);
}
