/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/eventlog-segments.h"

#include "base/clock.h"
#include "base/file.h"

#include <fcntl.h>
#include <pthread.h>

/* Of going to a newer segment again because there is a newer one already. */
#define TRIES 1000

struct VesselEventWriter {
    pthread_mutex_t mutex; /* write(2) and asking for the place are two calls */
    VesselSegments log;
    uint64_t segment;
    int fd; /* -1: none yet */
};

/* ---- which segment to write to ---- */

static int newest(const VesselSegments *log, bool *any, uint64_t *last, VesselError **err)
{
    g_autoptr(GArray) numbers = NULL;
    uint64_t first;
    int result = vessel__segments_list(log, &numbers, err);
    *any = result == VESSEL_OK && vessel__segments_range(numbers, &first, last);
    return result;
}

/* Only what follows the newest is ever made. *fd stays -1 when the segment was swept meanwhile. */
static int open_segment(const VesselSegments *log, uint64_t segment, bool make, int *fd, bool *made,
                        VesselError **err)
{
    char name[32];
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    vessel__segment_name(segment, name);
    *fd = make ? openat(log->dir, name, flags | O_CREAT | O_EXCL, 0600) : -1;
    *made = *fd >= 0;
    if (*fd < 0 && (!make || errno == EEXIST))
        *fd = openat(log->dir, name, flags);
    if (*fd >= 0 || errno == ENOENT)
        return VESSEL_OK;
    return vessel__fail_errno(err, errno, "cannot open the event log");
}

static int sweep(const VesselSegments *log, uint64_t segment, VesselError **err)
{
    g_autoptr(GArray) numbers = NULL;
    int result = vessel__segments_list(log, &numbers, err);
    for (guint i = 0; result == VESSEL_OK && i < numbers->len; i++) {
        uint64_t number = g_array_index(numbers, uint64_t, i);
        char name[32];
        vessel__segment_name(number, name);
        if (number + VESSEL__EVENT_SEGMENTS <= segment)
            unlinkat(log->dir, name, 0); /* another writer may have been first */
    }
    return result;
}

/* To the newest segment, made if ours was it. Between two steps of this we may have been stopped
 * for hours: so what was opened counts only if it is still the newest afterwards, and a segment
 * that had been swept and was made again by us is taken away. Stopped later than that, the segment
 * is full, and what is written to it is void. */
static int advance(VesselEventWriter *writer, VesselError **err)
{
    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t last = 0, now = 0;
        bool any, made = false;
        vessel_autofd int fd = -1;
        int result = newest(&writer->log, &any, &last, err);
        if (result < 0)
            return result;
        bool first = !any && writer->fd < 0;
        bool make = first || (writer->fd >= 0 && last <= writer->segment);
        uint64_t target = first ? 0 : make ? writer->segment + 1 : last;
        result = open_segment(&writer->log, target, make, &fd, &made, err);
        if (result == VESSEL_OK && fd >= 0)
            result = newest(&writer->log, &any, &now, err);
        if (result < 0)
            return result;
        if (fd >= 0 && any && now == target) {
            vessel__close_fd(&writer->fd);
            writer->fd = vessel__steal_fd(&fd);
            writer->segment = target;
            return made ? sweep(&writer->log, target, err) : VESSEL_OK;
        }
        if (made && now >= target + VESSEL__EVENT_SEGMENTS) {
            char name[32];
            vessel__segment_name(target, name);
            unlinkat(writer->log.dir, name, 0);
        }
    }
    return vessel__fail(err, VESSEL_ERROR_BUSY, "the event log is always one segment ahead");
}

int vessel__eventwriter_open(int dir, VesselEventWriter **writer, VesselError **err)
{
    VesselEventWriter *made = g_new0(VesselEventWriter, 1);
    made->log.dir = made->fd = -1;
    pthread_mutex_init(&made->mutex, NULL);
    int result = vessel__segments_open(dir, &made->log, err);
    if (result == VESSEL_OK)
        result = advance(made, err);
    *writer = made;
    if (result < 0)
        g_clear_pointer(writer, vessel__eventwriter_free);
    return result;
}

void vessel__eventwriter_free(VesselEventWriter *writer)
{
    if (!writer)
        return;
    vessel__close_fd(&writer->fd);
    vessel__close_fd(&writer->log.dir);
    pthread_mutex_destroy(&writer->mutex);
    g_free(writer);
}

/* ---- writing ---- */

/* "\n" + one line + "\n", at most VESSEL__EVENT_MAX bytes: what is too long loses its detail. */
static char *record_text(const VesselJson *record)
{
    g_autoptr(VesselJson) whole = vessel__json_copy(record);
    if (!vessel__json_get(whole, "time")) {
        char now[32];
        vessel__time_format(vessel__realtime_us(), now);
        vessel__json_set_string(whole, "time", now);
    }
    g_autofree char *text = vessel__json_format(whole, false);
    if (strlen(text) + 2 > VESSEL__EVENT_MAX) {
        VesselJson *detail = vessel__json_new_object();
        vessel__json_set_bool(detail, "truncated", true);
        vessel__json_set(whole, "detail", detail);
        g_free(text);
        text = vessel__json_format(whole, false);
    }
    return strlen(text) + 2 > VESSEL__EVENT_MAX ? NULL : g_strconcat("\n", text, "\n", NULL);
}

/* One write(2); *start is where it went. What a full disk leaves of it ends at the next newline,
 * which the next record begins with. */
static int put(const VesselEventWriter *writer, const char *text, size_t length, uint64_t *start,
               VesselError **err)
{
    ssize_t wrote;
    do {
        wrote = write(writer->fd, text, length);
    } while (wrote < 0 && errno == EINTR);
    if (wrote != (ssize_t)length)
        return vessel__fail_errno(err, wrote < 0 ? errno : ENOSPC, "cannot write the event log");
    off_t end = lseek(writer->fd, 0, SEEK_CUR);
    if (end < wrote)
        return vessel__fail_errno(err, errno, "cannot tell the place in the event log");
    *start = (uint64_t)(end - wrote);
    return VESSEL_OK;
}

static int append(VesselEventWriter *writer, const char *text, uint64_t *number, VesselError **err)
{
    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t start = 0;
        int result = put(writer, text, strlen(text), &start, err);
        if (result < 0)
            return result;
        if (start < writer->log.size) {
            *number = writer->segment * writer->log.size + start + 1;
            return VESSEL_OK;
        }
        result = advance(writer, err); /* it was void: again in a newer segment */
        if (result < 0)
            return result;
    }
    return vessel__fail(err, VESSEL_ERROR_BUSY, "the event log is always full");
}

int vessel__eventwriter_append(VesselEventWriter *writer, const VesselJson *record,
                               uint64_t *number, VesselError **err)
{
    uint64_t ignored;
    g_autofree char *text = record_text(record);
    if (!text)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "an event is longer than %d bytes",
                            VESSEL__EVENT_MAX);
    pthread_mutex_lock(&writer->mutex);
    int result = append(writer, text, number ? number : &ignored, err);
    pthread_mutex_unlock(&writer->mutex);
    return result;
}

static bool same_member(const VesselJson *a, const VesselJson *b, const char *name)
{
    return g_strcmp0(vessel__json_get_string(a, name, NULL),
                     vessel__json_get_string(b, name, NULL)) == 0;
}

static bool same_event(const VesselJson *a, const VesselJson *b)
{
    return same_member(a, b, "time") && same_member(a, b, "kind") &&
           same_member(vessel__json_get(a, "object"), vessel__json_get(b, "object"), "uuid");
}

int vessel__eventwriter_append_once(VesselEventWriter *writer, const VesselJson *record,
                                    VesselError **err)
{
    g_autoptr(VesselEventReader) reader = NULL;
    int result = vessel__eventreader_open(writer->log.dir, writer->log.epoch, 0, &reader, err);
    while (result == VESSEL_OK) {
        g_autoptr(VesselJson) other = NULL;
        uint64_t number;
        result = vessel__eventreader_next(reader, &other, &number, err);
        if (result == VESSEL_OK && !other)
            return vessel__eventwriter_append(writer, record, NULL, err);
        if (result == VESSEL_OK && same_event(other, record))
            return VESSEL_OK;
    }
    return result;
}
