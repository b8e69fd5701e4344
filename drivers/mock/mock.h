/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guests that exist in the memory of this program alone. */
#ifndef VESSEL_MOCK_MOCK_H
#define VESSEL_MOCK_MOCK_H

#include "core/driver.h"
#include <pthread.h>

typedef struct VesselMockConsole VesselMockConsole;

/* VesselGuest.data: made at the first start, kept until the domain is gone. */
typedef struct {
    pthread_mutex_t lock;
    bool running;               /* its vCPUs run */
    int64_t since_ns;           /* from when, if they do */
    uint64_t busy_ns;           /* how long they ran before that */
    VesselMockConsole *console; /* NULL: nobody opened it since the start */
    VesselDriverHost *host;
} VesselMockGuest;

VesselMockGuest *vessel__mock_guest(VesselGuest *guest); /* NULL: it was never started */

/* console.c: what a writer sends comes back to everybody. */
int vessel__mock_console_open(VesselGuest *guest, const char *device, unsigned flags, int *fd,
                              VesselError **err);
/* The guest is gone: its readers see the end. */
void vessel__mock_console_end(VesselDriverHost *host, VesselMockConsole *console);
void vessel__mock_consoles_close(VesselDriverHost *host);

/* stats.c */
void vessel__mock_collect(VesselGuest *const *guests, VesselStatsSink *const *sinks, size_t count,
                          unsigned groups, VesselDeadline deadline);
int vessel__mock_cpu_time(VesselGuest *guest, uint64_t *cpu_ns, VesselError **err);

extern const VesselDriver vessel__driver_mock;

#endif
