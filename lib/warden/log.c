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
    int fd;
    uint64_t size;
    GQueue tail; /* of char * */
    GString *line;
    bool inside; /* the file ends inside a line of output */
};

VesselDomainLog *vessel__domainlog_new(int fd)
{
    VesselDomainLog *log = g_new0(VesselDomainLog, 1);
    struct stat st;
    log->fd = fd;
    log->line = g_string_new(NULL);
    g_queue_init(&log->tail);
    if (fd >= 0 && fstat(fd, &st) == 0)
        log->size = (uint64_t)st.st_size;
    return log;
}

void vessel__domainlog_free(VesselDomainLog *log)
{
    if (!log)
        return;
    vessel__close_fd(&log->fd);
    g_queue_clear_full(&log->tail, g_free);
    g_string_free(log->line, TRUE);
    g_free(log);
}

/* NAME.log becomes NAME.log.1. We were given a descriptor alone, and the domain may have been
 * renamed since, so the name is asked of the kernel; a file that has no name any more starts again.
 */
static void turn_over(VesselDomainLog *log)
{
    char link[64], path[4096];
    struct stat mine, named;
    g_snprintf(link, sizeof link, "/proc/self/fd/%d", log->fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0 && fstat(log->fd, &mine) == 0) {
        path[length] = '\0';
        g_autofree char *older = g_strconcat(path, ".1", NULL);
        if (stat(path, &named) == 0 && named.st_ino == mine.st_ino && named.st_dev == mine.st_dev &&
            rename(path, older) == 0) {
            int fresh = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
            if (fresh >= 0) {
                close(log->fd);
                log->fd = fresh;
                log->size = 0;
                return;
            }
        }
    }
    if (ftruncate(log->fd, 0) == 0)
        log->size = 0;
}

/* A full disk loses log lines and nothing else. */
static void append(VesselDomainLog *log, const char *data, size_t length)
{
    if (log->fd < 0)
        return;
    if (log->size + length > LOG_MAX && log->size > 0)
        turn_over(log);
    if (vessel__write_all(log->fd, data, length) == 0)
        log->size += length;
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
