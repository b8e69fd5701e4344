/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The numbered event log of a root: the writer's side (library and wardens) and the reader's.
 *
 * A directory with `epoch` (a random word and the segments' size) and segments `00000000.log`,
 * `00000001.log` … of VESSEL__EVENT_SEGMENT bytes. A record is "\n" + one JSON object without
 * newlines + "\n", at most VESSEL__EVENT_MAX bytes, written by one write(2) with O_APPEND: writers
 * need no lock and never wait for each other.
 *
 * The number of a record is segment * VESSEL__EVENT_SEGMENT + its offset in the segment + 1: it
 * only grows within an epoch. A record that starts at or past VESSEL__EVENT_SEGMENT is void by
 * definition; its writer (who learns the offset from the file position after the write) goes to the
 * newest segment, made if there is none newer, and writes again there. So a reader that has seen
 * where a void record starts goes on in the next segment, and nothing has to be locked to rotate.
 * At most VESSEL__EVENT_SEGMENTS are kept.
 * A torn record (disk full, or its writer killed, in the middle of a write) ends at the next "\n",
 * which the next record begins with, and is returned as a gap with its number.
 * A gap is {"kind": "host.gap", "time", "reason"}, the reason being `epoch` (another log), `overrun`
 * (segments are gone that were not read) or `torn`.
 */
#ifndef VESSEL_SYS_EVENTLOG_H
#define VESSEL_SYS_EVENTLOG_H

#include "base/error.h"
#include "base/json.h"

#define VESSEL__EVENT_MAX 4096
#define VESSEL__EVENT_SEGMENT (1024 * 1024)
#define VESSEL__EVENT_SEGMENTS 8
#define VESSEL__EPOCH_SIZE 17

/* Makes the directory's epoch file if there is none yet (atomically; the first one wins). */
int vessel__eventlog_create(int dir, char epoch[VESSEL__EPOCH_SIZE], VesselError **err);
/* The same with segments of another size; the size is kept beside the epoch (tests use small ones).
 */
int vessel__eventlog_create_sized(int dir, uint64_t size, char epoch[VESSEL__EPOCH_SIZE],
                                  VesselError **err);

typedef struct VesselEventWriter VesselEventWriter;
/* @dir is the log's directory; duplicated. A writer may be used by several threads; after a fork the
 * child must open its own. */
int vessel__eventwriter_open(int dir, VesselEventWriter **writer, VesselError **err);
void vessel__eventwriter_free(VesselEventWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselEventWriter, vessel__eventwriter_free)
/* Adds "time" if it is missing. Too long a record loses its "detail" (and says so in it). */
int vessel__eventwriter_append(VesselEventWriter *writer, const VesselJson *record,
                               uint64_t *number, VesselError **err);
/* The same, unless the log has it: a record of the same kind and time about the same object. For who
 * ends what a killed writer began and cannot know how far that one came; looks through the whole log.
 */
int vessel__eventwriter_append_once(VesselEventWriter *writer, const VesselJson *record,
                                    VesselError **err);

typedef struct VesselEventReader VesselEventReader;
/* For one thread at a time. Reads on after @number of @epoch; epoch NULL: from now on (the end). An @epoch that is not the
 * log's, or a @number in a segment that is gone: the reader starts with what there is, and the
 * first record returned is {"kind":"host.gap"}. Does not keep segments it has left. */
int vessel__eventreader_open(int dir, const char *epoch, uint64_t number,
                             VesselEventReader **reader, VesselError **err);
void vessel__eventreader_free(VesselEventReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselEventReader, vessel__eventreader_free)
/* The next record with its number; *record NULL when there is none now. Never waits. */
int vessel__eventreader_next(VesselEventReader *reader, VesselJson **record, uint64_t *number,
                             VesselError **err);
/* True if something may have been appended since the last NULL from _next. Looks at a mapping of
 * the segment's last page, so the usual answer "no" costs no system call. */
bool vessel__eventreader_pending(VesselEventReader *reader);
/* The place: everything up to and including this number was returned. */
const char *vessel__eventreader_epoch(const VesselEventReader *reader);
uint64_t vessel__eventreader_number(const VesselEventReader *reader);

#endif
