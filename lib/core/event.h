/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_CORE_EVENT_H
#define VESSEL_CORE_EVENT_H

#include "core/host.h"
#include <vessel/event.h>

struct VesselEventStream {
    VesselHandle handle;
    VesselHost *host;          /* a reference */
    pthread_mutex_t lock;      /* of everything below */
    VesselStoreReader *reader; /* NULL once the host is closed */
    uint64_t number;           /* of the last one that was handed out or passed over */
    char *kind, *uuid;         /* the filter */
};

struct VesselEvent {
    char *epoch;
    uint64_t number;
    VesselJson *record;
};

int vessel__host_subscribe(VesselHost *host, const VesselEventOptions *options,
                           VesselEventStream **stream, VesselError **err);
VesselEventStream *vessel__event_stream_ref(VesselEventStream *stream);
void vessel__event_stream_unref(VesselEventStream *stream);
int vessel__event_stream_fd(VesselEventStream *stream, VesselError **err);
int vessel__event_stream_next(VesselEventStream *stream, int64_t timeout_ms, VesselEvent **event,
                              VesselError **err);
int vessel__event_stream_place(VesselEventStream *stream, char **epoch, uint64_t *number,
                               VesselError **err);
void vessel__event_free(VesselEvent *event);
char *vessel__event_json(const VesselEvent *event);
/* When a host is torn down. */
void vessel__streams_drop_readers(VesselHost *host);

#endif
