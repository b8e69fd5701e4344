/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The QEMU monitor protocol as bytes, no I/O of its own: feed what was read, take messages out;
 * format commands. The hypervisor is not trusted: lines are capped, garbage is `protocol`. */
#ifndef VESSEL_SYS_QMP_H
#define VESSEL_SYS_QMP_H

#include "base/error.h"
#include "base/json.h"

#define VESSEL__QMP_LINE_MAX (16 * 1024 * 1024) /* query-qmp-schema is about 200 KiB in one line */

typedef enum {
    VESSEL_QMP_GREETING,
    VESSEL_QMP_RETURN, /* id is set */
    VESSEL_QMP_ERROR,  /* id is set (0 if the peer left it out) */
    VESSEL_QMP_EVENT,
} VesselQmpKind;

typedef struct {
    VesselQmpKind kind;
    uint64_t id;
    VesselJson *json; /* the whole message */
} VesselQmpMessage;

typedef struct VesselQmp VesselQmp;
/* @line_max 0 = VESSEL__QMP_LINE_MAX. */
VesselQmp *vessel__qmp_new(size_t line_max);
void vessel__qmp_free(VesselQmp *qmp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselQmp, vessel__qmp_free)
int vessel__qmp_feed(VesselQmp *qmp, const char *data, size_t length, VesselError **err);
/* 1 and a message (its json belongs to the caller), 0 when there is none yet, negative: garbage. */
int vessel__qmp_next(VesselQmp *qmp, VesselQmpMessage *message, VesselError **err);
void vessel__qmp_message_clear(VesselQmpMessage *message);
/* {"execute":…,"arguments":…,"id":…}\n; @arguments may be NULL and stays the caller's. g_free(). */
char *vessel__qmp_command(const char *name, const VesselJson *arguments, uint64_t id);
/* The error of a VESSEL_QMP_ERROR message: guest-refused, cause = "class: desc". */
int vessel__qmp_error(const VesselJson *message, const char *command, VesselError **err);

#endif
