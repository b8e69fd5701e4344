/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where one record ends and the next begins: the cursor stands on the newline that ends the last
 * one. If a newline follows, that one begins the next record. If a brace follows, the last record
 * was torn, and the newline that the cursor stands on is the first byte of the next. */
#include "sys/eventlog-segments.h"

#include "base/clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define CHUNK (4 * VESSEL__EVENT_MAX)
/* A segment ends with the record that passes its size, and what is void behind it: rarely more. */
#define MAP_BEHIND (64 * 1024)

struct VesselEventReader {
    VesselSegments log;
    uint64_t segment;
    int fd;          /* of the segment; -1 while there is none at all */
    uint64_t cursor; /* see above; 0 at the beginning of a segment */
    uint64_t number; /* everything up to it was returned */
    const char *gap; /* to be told first: why */
    char *chunk;     /* what was read ahead, and where it stands in the segment */
    uint64_t chunk_at;
    size_t chunk_length;
    bool idle; /* nothing was there at the last look, when the segment ended at @end */
    uint64_t end;
    const char *map; /* of the segment, for looking at one byte; never read beyond a known page */
    size_t map_length;
};

static void leave_segment(VesselEventReader *reader)
{
    if (reader->map)
        munmap((void *)reader->map, reader->map_length);
    reader->map = NULL;
    vessel__close_fd(&reader->fd);
    reader->chunk_length = 0;
    reader->idle = false;
}

void vessel__eventreader_free(VesselEventReader *reader)
{
    if (!reader)
        return;
    leave_segment(reader);
    vessel__close_fd(&reader->log.dir);
    g_free(reader->chunk);
    g_free(reader);
}

static void enter_segment(VesselEventReader *reader, uint64_t segment, int fd)
{
    leave_segment(reader);
    reader->segment = segment;
    reader->fd = fd;
    reader->cursor = 0;
}

/* ---- which segment to read ---- */

static uint64_t file_size(int fd)
{
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

typedef enum {
    SEGMENT_ABSENT,
    SEGMENT_STRAY, /* there, but never to be read */
    SEGMENT_THERE,
} Presence;

/* A segment that is not full though there is a newer one is a stray: a writer that was stopped for
 * long made it again after it had been swept, and has not seen that yet, or was killed before. */
static int open_segment(const VesselSegments *log, uint64_t segment, int *fd, Presence *presence,
                        VesselError **err)
{
    char name[32];
    g_autoptr(GArray) numbers = NULL;
    uint64_t first = 0, last = 0;
    vessel__segment_name(segment, name);
    *fd = -1;
    *presence = SEGMENT_ABSENT;
    vessel_autofd int opened = openat(log->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (opened < 0 && errno == ENOENT)
        return VESSEL_OK;
    if (opened < 0)
        return vessel__fail_errno(err, errno, "cannot open the event log");
    int result = vessel__segments_list(log, &numbers, err);
    if (result < 0)
        return result;
    bool newer = vessel__segments_range(numbers, &first, &last) && last > segment;
    *presence = SEGMENT_STRAY;
    if (newer && file_size(opened) <= log->size)
        return VESSEL_OK;
    *presence = SEGMENT_THERE;
    *fd = vessel__steal_fd(&opened);
    return VESSEL_OK;
}

/* To the oldest segment from @from on (the newest, if @newest). *there is false if there is none
 * yet. */
static int enter_any(VesselEventReader *reader, uint64_t from, bool newest, bool *there,
                     VesselError **err)
{
    *there = false;
    for (;;) {
        g_autoptr(GArray) numbers = NULL;
        uint64_t first = 0, last = 0;
        Presence presence;
        int fd, result = vessel__segments_list(&reader->log, &numbers, err);
        if (result < 0 || !vessel__segments_range(numbers, &first, &last) || from > last)
            return result;
        from = newest ? last : MAX(first, from);
        result = open_segment(&reader->log, from, &fd, &presence, err);
        if (result < 0)
            return result;
        *there = presence == SEGMENT_THERE;
        if (*there) {
            enter_segment(reader, from, fd);
            return VESSEL_OK;
        }
        from++; /* swept meanwhile, or a stray */
    }
}

/* From the segment that was read to its end to the next one. *there is false if there is none yet.
 */
static int enter_next(VesselEventReader *reader, bool *there, VesselError **err)
{
    uint64_t first = 0, last = 0, next = reader->segment + 1;
    Presence presence;
    *there = false;
    do {
        g_autoptr(GArray) numbers = NULL;
        int fd, result = open_segment(&reader->log, next, &fd, &presence, err);
        if (result < 0)
            return result;
        if (presence == SEGMENT_THERE) {
            enter_segment(reader, next, fd);
            *there = true;
            return VESSEL_OK;
        }
        result = vessel__segments_list(&reader->log, &numbers, err);
        if (result < 0 || !vessel__segments_range(numbers, &first, &last) || last < next)
            return result;
        /* If it was made between the two looks, then again. */
    } while (presence == SEGMENT_ABSENT && first <= next);
    int result = enter_any(reader, next, false, there, err);
    if (*there) {
        reader->gap = "overrun";
        reader->number = MAX(reader->number, reader->segment * reader->log.size);
    }
    return result;
}

/* ---- lines ---- */

/* The bytes from @offset on, as far as they were read ahead. */
static void view(const VesselEventReader *reader, uint64_t offset, const char **data,
                 size_t *length)
{
    bool inside = offset >= reader->chunk_at && offset - reader->chunk_at < reader->chunk_length;
    *data = inside ? reader->chunk + (offset - reader->chunk_at) : reader->chunk;
    *length = inside ? reader->chunk_length - (offset - reader->chunk_at) : 0;
}

/* Reads ahead from @offset. */
static int fill(VesselEventReader *reader, uint64_t offset, VesselError **err)
{
    ssize_t got;
    do {
        got = pread(reader->fd, reader->chunk, CHUNK, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return vessel__fail_errno(err, errno, "cannot read the event log");
    reader->chunk_at = offset;
    reader->chunk_length = (size_t)got;
    reader->end = offset + (size_t)got;
    return VESSEL_OK;
}

typedef enum {
    LINE_NONE,  /* not yet */
    LINE_FOUND, /* the cursor stands at its end */
    LINE_TORN,  /* found, but it cannot be a record */
    LINE_VOID,  /* it and all that follow in this segment */
} Line;

typedef struct {
    const char *text;
    size_t length;
    uint64_t start;
} LineText;

/* Looks for a line in what was read ahead. */
static Line scan(VesselEventReader *reader, LineText *line)
{
    const char *data;
    size_t length, skip = 0;
    if (reader->cursor >= reader->log.size)
        return LINE_VOID;
    view(reader, reader->cursor, &data, &length);
    while (skip + 1 < length && data[skip] == '\n' && data[skip + 1] == '\n')
        skip++;
    reader->cursor += skip;
    data += skip;
    length -= skip;
    if (reader->cursor >= reader->log.size)
        return LINE_VOID;
    if (length < 2)
        return LINE_NONE;
    size_t from = data[0] == '\n';
    const char *end = memchr(data + from, '\n', length - from);
    *line = (LineText){data + from, end ? (size_t)(end - data) - from : 0, reader->cursor};
    if (!end && length - from <= VESSEL__EVENT_MAX)
        return LINE_NONE;
    reader->cursor += end ? (size_t)(end - data) : length;
    return end ? LINE_FOUND : LINE_TORN;
}

static int next_line(VesselEventReader *reader, Line *what, LineText *line, VesselError **err)
{
    *what = scan(reader, line);
    if (*what != LINE_NONE)
        return VESSEL_OK;
    do {
        int result = fill(reader, reader->cursor, err);
        if (result < 0)
            return result;
        *what = scan(reader, line);
        /* Again, if a chunk was full of newlines. */
    } while (*what == LINE_NONE && reader->chunk_length == CHUNK &&
             reader->cursor > reader->chunk_at);
    return VESSEL_OK;
}

/* ---- opening ---- */

/* Behind the last record that is whole. */
static int go_to_end(VesselEventReader *reader, VesselError **err)
{
    bool there;
    int result = enter_any(reader, 0, true, &there, err);
    if (!there)
        return result;
    uint64_t size = reader->log.size, until = MIN(file_size(reader->fd), size);
    uint64_t back = 2 * VESSEL__EVENT_MAX;
    reader->number = reader->segment * size;
    Line what = LINE_FOUND;
    if (until > back) {
        /* The middle of a line, which is none of ours; its end is what we want. */
        reader->cursor = until - back;
        LineText middle;
        result = next_line(reader, &what, &middle, err);
    }
    while (result == VESSEL_OK && (what == LINE_FOUND || what == LINE_TORN)) {
        LineText line;
        result = next_line(reader, &what, &line, err);
        if (what == LINE_FOUND || what == LINE_TORN)
            reader->number = reader->segment * size + line.start + 1;
    }
    return result;
}

static int go_to_begin(VesselEventReader *reader, const char *gap, VesselError **err)
{
    bool there;
    int result = enter_any(reader, 0, false, &there, err);
    reader->gap = gap ? gap : there && reader->segment > 0 ? "overrun" : NULL;
    reader->number = there ? reader->segment * reader->log.size : 0;
    return result;
}

static int go_to(VesselEventReader *reader, uint64_t number, VesselError **err)
{
    uint64_t segment = (number - 1) / reader->log.size, offset = (number - 1) % reader->log.size;
    Presence presence;
    int fd, result = open_segment(&reader->log, segment, &fd, &presence, err);
    if (result < 0)
        return result;
    if (presence == SEGMENT_THERE) {
        enter_segment(reader, segment, fd);
        result = fill(reader, offset + 1, err);
        if (result < 0)
            return result;
        const char *end = memchr(reader->chunk, '\n', reader->chunk_length);
        if (end) {
            reader->cursor = offset + 1 + (uint64_t)(end - reader->chunk);
            reader->number = number;
            return VESSEL_OK;
        }
    }
    return go_to_begin(reader, "overrun", err);
}

int vessel__eventreader_open(int dir, const char *epoch, uint64_t number,
                             VesselEventReader **reader, VesselError **err)
{
    g_autoptr(VesselEventReader) made = g_new0(VesselEventReader, 1);
    made->log.dir = made->fd = -1;
    *reader = NULL;
    int result = vessel__segments_open(dir, &made->log, err);
    if (result < 0)
        return result;
    made->chunk = g_malloc(CHUNK);
    if (!epoch)
        result = go_to_end(made, err);
    else if (strcmp(epoch, made->log.epoch))
        result = go_to_begin(made, "epoch", err);
    else if (number == 0)
        result = go_to_begin(made, NULL, err);
    else
        result = go_to(made, number, err);
    if (result < 0)
        return result;
    *reader = g_steal_pointer(&made);
    return VESSEL_OK;
}

/* ---- reading ---- */

static VesselJson *gap_record(const char *reason)
{
    char now[32];
    VesselJson *gap = vessel__json_new_object();
    vessel__time_format(vessel__realtime_us(), now);
    vessel__json_set_string(gap, "kind", "host.gap");
    vessel__json_set_string(gap, "time", now);
    vessel__json_set_string(gap, "reason", reason);
    return gap;
}

static VesselJson *parse_record(const LineText *line)
{
    g_autoptr(VesselJson) json = NULL;
    if (vessel__json_parse(line->text, line->length, NULL, "an event", &json, NULL) < 0 ||
        vessel__json_kind(json) != VESSEL_JSON_OBJECT)
        return gap_record("torn");
    return g_steal_pointer(&json);
}

static VesselJson *take_gap(VesselEventReader *reader, uint64_t *number)
{
    VesselJson *record = gap_record(reader->gap);
    reader->gap = NULL;
    *number = reader->number;
    return record;
}

/* Further in another segment, if *there. What has come to the end of the one segment is looked at
 * before the next is looked for: void records there mean that the next is coming. */
static int at_segment_end(VesselEventReader *reader, bool *there, VesselError **err)
{
    *there = false;
    if (reader->fd >= 0) {
        int result = fill(reader, reader->cursor, err);
        return result < 0 ? result : enter_next(reader, there, err);
    }
    /* The log was empty when the reader came. */
    int result = enter_any(reader, 0, false, there, err);
    if (*there && reader->segment > 0) {
        reader->gap = "overrun";
        reader->number = reader->segment * reader->log.size;
    }
    return result;
}

int vessel__eventreader_next(VesselEventReader *reader, VesselJson **record, uint64_t *number,
                             VesselError **err)
{
    *record = NULL;
    reader->idle = false;
    for (;;) {
        Line what = LINE_VOID;
        LineText line = {0};
        if (reader->gap) {
            *record = take_gap(reader, number);
            return VESSEL_OK;
        }
        int result = reader->fd < 0 ? VESSEL_OK : next_line(reader, &what, &line, err);
        if (result == VESSEL_OK && what == LINE_VOID) {
            bool there;
            result = at_segment_end(reader, &there, err);
            if (there)
                continue;
        }
        if (result < 0)
            return result;
        if (what == LINE_VOID || what == LINE_NONE) {
            reader->idle = true;
            return VESSEL_OK;
        }
        reader->number = *number = reader->segment * reader->log.size + line.start + 1;
        *record = what == LINE_FOUND ? parse_record(&line) : gap_record("torn");
        return VESSEL_OK;
    }
}

static bool grew(const VesselEventReader *reader)
{
    return file_size(reader->fd) > reader->end;
}

bool vessel__eventreader_pending(VesselEventReader *reader)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (!reader->idle || reader->fd < 0)
        return true;
    /* Void records are there already, so the next segment is about to be. */
    if (reader->cursor >= reader->log.size && reader->end > reader->cursor + 1)
        return true;
    if (!reader->map) {
        reader->map_length = (reader->log.size + MAP_BEHIND + page - 1) / page * page;
        void *map = mmap(NULL, reader->map_length, PROT_READ, MAP_SHARED, reader->fd, 0);
        if (map == MAP_FAILED)
            return grew(reader);
        reader->map = map;
    }
    /* The page of the byte before the end exists, and with it the rest of that page, zero until
     * something is appended. Any other page may not exist: touching it would raise SIGBUS. */
    if (reader->end % page == 0 || reader->end >= reader->map_length)
        return grew(reader);
    return __atomic_load_n(reader->map + reader->end, __ATOMIC_ACQUIRE) != 0;
}

const char *vessel__eventreader_epoch(const VesselEventReader *reader)
{
    return reader->log.epoch;
}

uint64_t vessel__eventreader_number(const VesselEventReader *reader)
{
    return reader->number;
}
