/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every operation is a row. From the rows come what dispatch checks, what it records for domains
 * that have no warden, and the answers of vessel_host_supports(). */
#ifndef VESSEL_CORE_OPERATIONS_H
#define VESSEL_CORE_OPERATIONS_H

#include "core/driver.h"

/* What a deadline of 0 in the options means. */
typedef enum {
    VESSEL_WAITS_NEVER, /* it only reads */
    VESSEL_WAITS_QUERY, /* asks guests and changes nothing */
    VESSEL_WAITS_CHANGE,
} VesselWaits;

/* What it may run during. */
typedef enum {
    VESSEL_DURING_ALL,     /* every other operation: it takes no operation lock */
    VESSEL_DURING_NOTHING, /* one such operation on a domain at a time */
} VesselDuring;

typedef struct {
    const char *name;   /* the public function's without "vessel_"; a flag after a dot */
    size_t table, slot; /* of the driver's slot: offsets; table 0: core alone */
    unsigned states;    /* in which it is allowed; 0: it does not matter */
    VesselWaits waits;
    VesselDuring during;
    bool changes_definition; /* refused where the root is read-only */
    bool files;              /* needs a root with files: not on a mock */
    const char *helper;      /* a program beside vessel-warden that not every build has */
    /* For drivers whose truth is the process: what a success makes of the domain. */
    int becomes; /* 0: the state stays */
    const char *reason, *event;
} VesselOp;

typedef enum {
    VESSEL_OP_DOMAIN_DEFINE,
    VESSEL_OP_DOMAIN_CREATE,
    VESSEL_OP_DOMAIN_UNDEFINE,
    VESSEL_OP_DOMAIN_START,
    VESSEL_OP_DOMAIN_SHUTDOWN,
    VESSEL_OP_DOMAIN_DESTROY,
    VESSEL_OP_DOMAIN_REBOOT,
    VESSEL_OP_DOMAIN_RESET,
    VESSEL_OP_DOMAIN_SUSPEND,
    VESSEL_OP_DOMAIN_RESUME,
    VESSEL_OP_DOMAIN_RENAME,
    VESSEL_OP_DOMAIN_SET_AUTOSTART,
    VESSEL_OP_DOMAIN_SET_METADATA,
    VESSEL_OP_DOMAIN_CHANGE,
    VESSEL_OP_DOMAIN_OPEN_CONSOLE,
    VESSEL_OP_DOMAIN_EXEC,
    VESSEL_OP_DOMAIN_COPY_IN,
    VESSEL_OP_DOMAIN_COPY_OUT,
    VESSEL_OP_DOMAIN_OPEN_LOG,
    VESSEL_OP_DOMAIN_STATS,
    VESSEL_OP_DOMAIN_INFO,
    VESSEL_OP_HOST_AUTOSTART,
    VESSEL_OP_HOST_STOP_ALL,
    VESSEL_OP_HOST_IMPORT_ROOTFS,
    VESSEL_OP_HOST_CAPABILITIES,
    VESSEL_OP_HOST_DOMAIN_CAPABILITIES,
    VESSEL_OP_HOST_STATS,
    VESSEL_OP_HOST_VALIDATE,
    VESSEL_OP_COUNT_OF_CALLED, /* the rows above are called by name in the code; those below only
                                  answer "supports?" */
} VesselOpId;

const VesselOp *vessel__op(VesselOpId id);
/* By name, also those with a flag; NULL: there is no such operation. */
const VesselOp *vessel__op_find(const char *name);
/* All of them, for tests and documents. */
const VesselOp *vessel__ops(guint *count);
const char *vessel__op_nearest(const char *name);

/* The driver's slot, NULL if it has none (or the row needs none). */
typedef void (*VesselSlot)(void);
VesselSlot vessel__op_slot(const VesselOp *op, const VesselDriver *driver);
bool vessel__op_needs_slot(const VesselOp *op);

#endif
