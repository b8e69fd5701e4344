/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which file that is, in a record: for who finds it again by its path and has no descriptor of it. */
#ifndef VESSEL_SYS_FILEID_H
#define VESSEL_SYS_FILEID_H

#include "base/error.h"
#include "base/json.h"

/* Its number and when it was made, where its file system knows that: numbers are given anew as soon as
 * a file is gone. */
int vessel__fileid_record(int fd, VesselJson *record, VesselError **err);
bool vessel__fileid_is(int fd, const VesselJson *record);

#endif
