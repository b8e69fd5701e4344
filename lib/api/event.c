/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/event.h"

int vessel_host_subscribe(VesselHost *host, const VesselEventOptions *options,
                          VesselEventStream **stream, VesselError **err)
{
    if (stream)
        *stream = NULL;
    return vessel__host_subscribe(host, options, stream, err);
}

VesselEventStream *vessel_event_stream_ref(VesselEventStream *stream)
{
    return vessel__event_stream_ref(stream);
}

void vessel_event_stream_unref(VesselEventStream *stream)
{
    vessel__event_stream_unref(stream);
}

int vessel_event_stream_fd(VesselEventStream *stream, VesselError **err)
{
    return vessel__event_stream_fd(stream, err);
}

int vessel_event_stream_next(VesselEventStream *stream, int64_t timeout_ms, VesselEvent **event,
                             VesselError **err)
{
    if (event)
        *event = NULL;
    return vessel__event_stream_next(stream, timeout_ms, event, err);
}

int vessel_event_stream_place(VesselEventStream *stream, char **epoch, uint64_t *number,
                              VesselError **err)
{
    if (epoch)
        *epoch = NULL;
    return vessel__event_stream_place(stream, epoch, number, err);
}

void vessel_event_free(VesselEvent *event)
{
    vessel__event_free(event);
}

static const char *text_of(const VesselEvent *event, const char *key, const char *fallback)
{
    return event ? vessel__json_get_string(event->record, key, fallback) : NULL;
}

static const char *object_text(const VesselEvent *event, const char *key)
{
    return event ? vessel__json_get_string(vessel__json_get(event->record, "object"), key, NULL)
                 : NULL;
}

const char *vessel_event_epoch(const VesselEvent *event)
{
    return event ? event->epoch : NULL;
}

uint64_t vessel_event_number(const VesselEvent *event)
{
    return event ? event->number : 0;
}

const char *vessel_event_time(const VesselEvent *event)
{
    return text_of(event, "time", "");
}

const char *vessel_event_kind(const VesselEvent *event)
{
    return text_of(event, "kind", "");
}

const char *vessel_event_object_name(const VesselEvent *event)
{
    return object_text(event, "name");
}

const char *vessel_event_object_uuid(const VesselEvent *event)
{
    return object_text(event, "uuid");
}

const char *vessel_event_reason(const VesselEvent *event)
{
    return text_of(event, "reason", NULL);
}

char *vessel_event_json(const VesselEvent *event)
{
    return event ? vessel__event_json(event) : NULL;
}
