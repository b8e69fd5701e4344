/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON lines for whoever asked for them: {"time":…,"level":…,"facility":…,"pid":…,"message":…}.
 * Nobody asked = no log object = nothing is done. There is no process-wide log. */
#ifndef VESSEL_BASE_LOG_H
#define VESSEL_BASE_LOG_H

#include "base/common.h"
#include "base/error.h"

typedef enum {
    VESSEL__LOG_ERROR,
    VESSEL__LOG_WARNING,
    VESSEL__LOG_INFO,
    VESSEL__LOG_DEBUG,
} VesselLogLevel;

typedef struct VesselLog VesselLog;

/* @fd is borrowed and must stay open. */
VesselLog *vessel__log_new(int fd, VesselLogLevel level);
/* "LEVEL[,FACILITY…][:FILE]", as VESSEL_LOG has it; NULL or "" gives *log = NULL. */
int vessel__log_parse(const char *spec, VesselLog **log, VesselError **err);
void vessel__log_free(VesselLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselLog, vessel__log_free)
bool vessel__log_wants(const VesselLog *log, VesselLogLevel level, const char *facility);
void vessel__log_write(VesselLog *log, VesselLogLevel level, const char *facility,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);
/* Evaluates its arguments only when somebody wants the line. */
#define vessel_log(log, level, facility, ...)                                                      \
    do {                                                                                           \
        if (vessel__log_wants((log), (level), (facility)))                                         \
            vessel__log_write((log), (level), (facility), __VA_ARGS__);                            \
    } while (0)

#endif
