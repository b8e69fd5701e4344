/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/words.h"

#include <fcntl.h>
#include <stdarg.h>

struct VesselLog {
    int fd;
    int owned_fd; /* -1 when @fd is borrowed */
    VesselLogLevel level;
    char **facilities; /* NULL: all */
};

static const char *const level_words[] = {"error", "warning", "info", "debug", NULL};

VesselLog *vessel__log_new(int fd, VesselLogLevel level)
{
    VesselLog *log = g_new0(VesselLog, 1);
    log->fd = fd;
    log->owned_fd = -1;
    log->level = level;
    return log;
}

int vessel__log_parse(const char *spec, VesselLog **log, VesselError **err)
{
    *log = NULL;
    if (!spec || !*spec)
        return VESSEL_OK;
    const char *colon = strchr(spec, ':');
    bool file = colon && colon[1];
    g_autofree char *wanted = colon ? g_strndup(spec, (gsize)(colon - spec)) : g_strdup(spec);
    g_auto(GStrv) words = g_strsplit(wanted, ",", -1);
    int level = words[0] ? vessel__word_find(level_words, words[0]) : -1;
    if (level < 0) {
        vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" is no log level", wanted);
        vessel__error_hint(err, "VESSEL_LOG is LEVEL[,FACILITY…][:FILE] with the levels error, "
                                "warning, info and debug");
        return VESSEL_ERROR_INVALID_ARGUMENT;
    }
    vessel_autofd int fd = -1;
    if (file) {
        int result = vessel__open_at(AT_FDCWD, colon + 1, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY,
                                     0600, &fd, err);
        if (result < 0) {
            vessel__error_prefix(err, "the log");
            return result;
        }
    }
    *log = vessel__log_new(file ? fd : STDERR_FILENO, (VesselLogLevel)level);
    (*log)->owned_fd = vessel__steal_fd(&fd);
    if (words[1])
        (*log)->facilities = g_strdupv(words + 1);
    return VESSEL_OK;
}

void vessel__log_free(VesselLog *log)
{
    if (!log)
        return;
    vessel__close_fd(&log->owned_fd);
    g_strfreev(log->facilities);
    g_free(log);
}

bool vessel__log_wants(const VesselLog *log, VesselLogLevel level, const char *facility)
{
    if (!log || level > log->level)
        return false;
    return !log->facilities || g_strv_contains((const char *const *)log->facilities, facility);
}

void vessel__log_write(VesselLog *log, VesselLogLevel level, const char *facility,
                       const char *format, ...)
{
    if (!vessel__log_wants(log, level, facility))
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    char time[32];
    vessel__time_format(vessel__realtime_us(), time);
    g_autoptr(VesselJson) json = vessel__json_new_object();
    vessel__json_set_string(json, "time", time);
    vessel__json_set_string(json, "level", vessel__word_at(level_words, (int)level));
    vessel__json_set_string(json, "facility", facility);
    vessel__json_set_int(json, "pid", getpid());
    vessel__json_set_string(json, "message", message);
    g_autofree char *text = vessel__json_format(json, false);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    /* One write, so that lines of several programs do not mix. A log that cannot be written has
     * nobody to be told, and must not stop the work. */
    ssize_t wrote = write(log->fd, line, strlen(line));
    (void)wrote;
}
