/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_EVENT_H
#define VESSEL_EVENT_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * VesselEventOptions: for vessel_host_subscribe(). Initialise with VESSEL_EVENT_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @flags: must be 0
 * @epoch: (nullable) the epoch of the last event that was seen; NULL = only what happens from now
 * on
 * @number: the number of the last event that was seen (with @epoch); 0 = from the beginning
 * @kind: (nullable) only events of this kind ("domain.started") or, ending in a dot, of this family
 *     ("domain."); gaps are always delivered
 * @uuid: (nullable) only events of the object with this UUID; gaps of the host are always delivered
 *
 * Since: 0.1.0
 */
typedef struct VesselEventOptions {
    size_t size;
    uint32_t flags;
    const char *epoch;
    uint64_t number;
    const char *kind;
    const char *uuid;
} VesselEventOptions;
/** VESSEL_EVENT_OPTIONS_INIT: the defaults. */
#define VESSEL_EVENT_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(VesselEventOptions), 0, NULL, 0, NULL, NULL                                         \
    }

/**
 * vessel_host_subscribe:
 * @host: the host
 * @options: (nullable): NULL for everything from now on
 * @stream: (out): the stream, to be released with vessel_event_stream_unref()
 * @err: (out) (optional): the error
 *
 * Follows the numbered events of a host from a place. A reader that was away continues where it
 * stopped; if what it missed is gone, or the epoch is another (the machine was rebooted), the first
 * event is `host.gap`.
 *
 * Errors: closed, forked, invalid-argument, no-resource, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_subscribe(VesselHost *host, const VesselEventOptions *options,
                                     VesselEventStream **stream, VesselError **err);

/**
 * vessel_event_stream_ref:
 * @stream: the stream
 *
 * Returns: (transfer full): @stream with one more reference.
 * Since: 0.1.0
 */
VESSEL_API VesselEventStream *vessel_event_stream_ref(VesselEventStream *stream);

/**
 * vessel_event_stream_unref:
 * @stream: (nullable) (transfer full): the stream
 *
 * Drops a reference; the last one ends the subscription.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_event_stream_unref(VesselEventStream *stream);

/**
 * vessel_event_stream_fd:
 * @stream: the stream
 * @err: (out) (optional): the error
 *
 * Gives a descriptor to wait for events with poll(2).
 *
 * Errors: closed, forked.
 * Returns: a descriptor that polls readable while there may be an event, borrowed (never read it or
 * close it), or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_event_stream_fd(VesselEventStream *stream, VesselError **err);

/**
 * vessel_event_stream_next:
 * @stream: the stream
 * @timeout_ms: how long to wait for one: 0 = not at all, -1 = for ever
 * @event: (out) (nullable): the event, to be freed with vessel_event_free(); NULL if there is none
 * @err: (out) (optional): the error
 *
 * Takes the next event.
 *
 * Errors: closed (also while it waits), forked, corrupt, io.
 * Returns: 1 with an event, 0 if there was none in time, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_event_stream_next(VesselEventStream *stream, int64_t timeout_ms,
                                        VesselEvent **event, VesselError **err);

/**
 * vessel_event_stream_place:
 * @stream: the stream
 * @epoch: (out) (transfer full): the epoch, to be freed with vessel_free()
 * @number: (out): the number of the last event that was handed out or passed over
 * @err: (out) (optional): the error
 *
 * Tells the place from which a later subscription continues.
 *
 * Errors: closed, forked.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_event_stream_place(VesselEventStream *stream, char **epoch, uint64_t *number,
                                         VesselError **err);

/**
 * vessel_event_free:
 * @event: (nullable) (transfer full): the event
 *
 * Frees it and everything borrowed from it. NULL is allowed.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_event_free(VesselEvent *event);

/**
 * vessel_event_epoch:
 * @event: the event
 *
 * Returns: (borrowed) the epoch in which @event's number counts.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_event_epoch(const VesselEvent *event);

/**
 * vessel_event_number:
 * @event: the event
 *
 * Returns: its number; numbers grow within an epoch and are not consecutive.
 * Since: 0.1.0
 */
VESSEL_API uint64_t vessel_event_number(const VesselEvent *event);

/**
 * vessel_event_time:
 * @event: the event
 *
 * Returns: (borrowed) when it happened, RFC 3339 in UTC.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_event_time(const VesselEvent *event);

/**
 * vessel_event_kind:
 * @event: the event
 *
 * Returns: (borrowed) "domain.started", "host.gap" …
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_event_kind(const VesselEvent *event);

/**
 * vessel_event_object_name:
 * @event: the event
 *
 * Returns: (borrowed) (nullable) the name of the domain or other object it is about.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_event_object_name(const VesselEvent *event);

/**
 * vessel_event_object_uuid:
 * @event: the event
 *
 * Returns: (borrowed) (nullable) the UUID of the object it is about.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_event_object_uuid(const VesselEvent *event);

/**
 * vessel_event_reason:
 * @event: the event
 *
 * Returns: (borrowed) (nullable) "booted", "destroyed", "shutdown" …
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_event_reason(const VesselEvent *event);

/**
 * vessel_event_json:
 * @event: the event
 *
 * Returns: (transfer full) the event as one JSON object on one line: epoch, number, time, kind,
 * object, reason, author, request and detail as far as there are any; to be freed with
 * vessel_free().
 * Since: 0.1.0
 */
VESSEL_API char *vessel_event_json(const VesselEvent *event);

#ifdef __cplusplus
}
#endif

#endif
