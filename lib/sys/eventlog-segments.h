/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between eventlog.c, eventwriter.c and eventreader.c: a directory of segments. */
#ifndef VESSEL_SYS_EVENTLOG_SEGMENTS_H
#define VESSEL_SYS_EVENTLOG_SEGMENTS_H

#include "sys/eventlog.h"

typedef struct {
    int dir;
    char epoch[VESSEL__EPOCH_SIZE];
    uint64_t size; /* of a segment, from the epoch file */
} VesselSegments;

int vessel__segments_open(int dir, VesselSegments *segments, VesselError **err);
void vessel__segment_name(uint64_t segment, char name[32]);
/* Those that are there now, ascending; may be none. */
int vessel__segments_list(const VesselSegments *segments, GArray **numbers, VesselError **err);
/* The segment with the highest number, and the lowest from which on none is missing. False if there
 * are none. */
bool vessel__segments_range(const GArray *numbers, uint64_t *first, uint64_t *last);

#endif
