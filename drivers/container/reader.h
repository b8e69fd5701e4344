/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vessel-unpack and vessel-seccomp give up before they read what somebody else made. */
#ifndef VESSEL_CONTAINER_READER_H
#define VESSEL_CONTAINER_READER_H

#include "base/error.h"

typedef struct {
    int directory;         /* becomes "/", this descriptor too; -1: there are no files */
    uint64_t capabilities; /* that root keeps */
    uint64_t memory_bytes, file_bytes, descriptors; /* at most, and so large a file */
} VesselReader;

/* By the filter of system calls that is linked to the program. */
int vessel__reader_confine(const VesselReader *reader, VesselError **err);

#endif
