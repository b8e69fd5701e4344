/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory with all that is in it, once more. */
#ifndef VESSEL_KIT_TREE_H
#define VESSEL_KIT_TREE_H

#include "base/clock.h"
#include "base/error.h"

typedef struct {
    VesselDeadline deadline;
    bool (*cancelled)(void *data); /* may be NULL; asked at every file */
    void *data;
} VesselTreeHow;

/* What is in @from into the empty @to, both open for reading; @to gets @from's mode and owner too.
 * By reference where the file system can (reflink), else with holes kept; owners (as root), modes,
 * times, attributes of users and capabilities; several names of one file stay that. Nothing is
 * followed; devices and sockets are left out. After an error something of it is there. */
int vessel__tree_copy(int from, int to, const VesselTreeHow *how, VesselError **err);

#endif
