/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a copy or an import did, as the last phase of its job. What was left out is told by a
 * program that reads what others made, so neither their number nor their length is believed. */
#ifndef VESSEL_KIT_LEFT_OUT_H
#define VESSEL_KIT_LEFT_OUT_H

#include "base/common.h"

typedef struct {
    GString *named; /* NULL: none yet */
    guint count;
} VesselLeftOut;

void vessel__left_out_add(VesselLeftOut *left_out, const char *name);
/* "12 files; 3 left out: a (a FIFO), b (a device) and 1 more". */
char *vessel__left_out_note(const VesselLeftOut *left_out, uint64_t files, uint64_t count);
void vessel__left_out_clear(VesselLeftOut *left_out);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VesselLeftOut, vessel__left_out_clear)

#endif
