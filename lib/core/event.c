/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/event.h"
#include "base/words.h"

/* ---- streams ---- */

/* The place: where the caller stopped, or now. */
static int open_reader(VesselEventStream *stream, const VesselEventOptions *options,
                       VesselError **err)
{
    VesselStore *store = stream->host->store;
    g_autofree char *epoch = g_strdup(options->epoch);
    stream->number = options->number;
    if (!epoch) {
        int code = vessel__store_snapshot(store, NULL, NULL, &epoch, &stream->number, err);
        if (code)
            return code;
    }
    return vessel__store_reader_open(store, epoch, stream->number, &stream->reader, err);
}

static int check(const VesselEventOptions *options, char uuid[VESSEL__UUID_SIZE], VesselError **err)
{
    int code = vessel__flags_check(options->flags, 0, "flags", err);
    if (!code && options->number && !options->epoch)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "a number means nothing without the epoch that it belongs to");
    if (!code && options->uuid && !vessel__uuid_parse(options->uuid, uuid))
        code =
            vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" is not a UUID", options->uuid);
    return code;
}

int vessel__host_subscribe(VesselHost *host, const VesselEventOptions *given,
                           VesselEventStream **result, VesselError **err)
{
    VesselEventOptions options = VESSEL_EVENT_OPTIONS_INIT;
    char uuid[VESSEL__UUID_SIZE];
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(result != NULL, "stream", err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = check(&options, uuid, err);
    if (code)
        return code;
    VesselEventStream *stream = g_new0(VesselEventStream, 1);
    vessel__handle_init(&stream->handle, VESSEL__MAGIC_STREAM);
    stream->host = vessel__host_ref(host);
    pthread_mutex_init(&stream->lock, NULL);
    stream->kind = g_strdup(options.kind);
    stream->uuid = options.uuid ? g_strdup(uuid) : NULL;
    code = open_reader(stream, &options, err);
    if (code) {
        vessel__event_stream_unref(stream);
        return code;
    }
    pthread_mutex_lock(&host->lock);
    g_ptr_array_add(host->streams, stream);
    pthread_mutex_unlock(&host->lock);
    *result = stream;
    return VESSEL_OK;
}

VesselEventStream *vessel__event_stream_ref(VesselEventStream *stream)
{
    if (!vessel__handle_is(stream, VESSEL__MAGIC_STREAM))
        return NULL;
    vessel__handle_ref(&stream->handle);
    return stream;
}

void vessel__event_stream_unref(VesselEventStream *stream)
{
    if (!vessel__handle_is(stream, VESSEL__MAGIC_STREAM))
        return;
    bool forked = vessel__host_forked(stream->host);
    if (!vessel__handle_unref(&stream->handle))
        return;
    if (!forked) {
        pthread_mutex_lock(&stream->host->lock);
        g_ptr_array_remove_fast(stream->host->streams, stream);
        if (stream->reader)
            vessel__store_reader_free(g_steal_pointer(&stream->reader));
        pthread_mutex_unlock(&stream->host->lock);
        pthread_mutex_destroy(&stream->lock);
    }
    g_free(stream->kind);
    g_free(stream->uuid);
    vessel__host_unref(stream->host);
    g_free(stream);
}

/* Nobody is inside any more: the locks of the streams are free. */
void vessel__streams_drop_readers(VesselHost *host)
{
    pthread_mutex_lock(&host->lock);
    for (guint i = 0; i < host->streams->len; i++) {
        VesselEventStream *stream = host->streams->pdata[i];
        if (stream->reader)
            vessel__store_reader_free(g_steal_pointer(&stream->reader));
    }
    g_ptr_array_set_size(host->streams, 0);
    pthread_mutex_unlock(&host->lock);
}

static int enter(VesselEventStream *stream, VesselHost **inside, VesselError **err)
{
    int code = vessel__need(vessel__handle_is(stream, VESSEL__MAGIC_STREAM), "stream", err);
    return code ? code : vessel__enter(stream->host, inside, err);
}

int vessel__event_stream_fd(VesselEventStream *stream, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = enter(stream, &inside, err);
    return code ? code : vessel__store_reader_fd(stream->reader, err);
}

static bool wants(const VesselEventStream *stream, const VesselJson *record)
{
    const char *kind = vessel__json_get_string(record, "kind", "");
    const char *uuid = vessel__json_get_string(vessel__json_get(record, "object"), "uuid", NULL);
    bool mine = !stream->uuid || g_strcmp0(uuid, stream->uuid) == 0;
    /* A gap of the host concerns everybody; that of a domain, those who look at it. */
    if (g_str_equal(kind, "host.gap") || g_str_equal(kind, "host.overflow"))
        return !uuid || mine;
    if (!mine || !stream->kind || !*stream->kind)
        return mine;
    return g_str_has_suffix(stream->kind, ".") ? g_str_has_prefix(kind, stream->kind)
                                               : g_str_equal(kind, stream->kind);
}

/* 1 with an event, 0 without. */
static int next_now(VesselEventStream *stream, VesselEvent **event, VesselError **err)
{
    int result = 0;
    pthread_mutex_lock(&stream->lock);
    for (;;) {
        g_autoptr(VesselJson) record = NULL;
        uint64_t number = 0;
        result = vessel__store_reader_next(stream->reader, &record, &number, err);
        if (result || !record)
            break;
        stream->number = number;
        if (!wants(stream, record))
            continue;
        *event = g_new0(VesselEvent, 1);
        (*event)->epoch = g_strdup(vessel__store_reader_epoch(stream->reader));
        (*event)->number = number;
        (*event)->record = g_steal_pointer(&record);
        result = 1;
        break;
    }
    pthread_mutex_unlock(&stream->lock);
    return result;
}

int vessel__event_stream_next(VesselEventStream *stream, int64_t timeout_ms, VesselEvent **event,
                              VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = enter(stream, &inside, err);
    if (!code)
        code = vessel__need(event != NULL, "event", err);
    if (code)
        return code;
    VesselDeadline deadline = vessel__deadline_after(timeout_ms);
    for (;;) {
        if (vessel__host_closed(inside))
            return vessel__fail(err, VESSEL_ERROR_CLOSED, "the host was closed");
        code = next_now(stream, event, err);
        if (code || vessel__deadline_passed(deadline))
            return code;
        code = vessel__store_reader_wait(stream->reader, inside->closed_fd, deadline, err);
        if (code)
            return code;
    }
}

int vessel__event_stream_place(VesselEventStream *stream, char **epoch, uint64_t *number,
                               VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = enter(stream, &inside, err);
    if (!code)
        code = vessel__need(epoch && number, "epoch or number", err);
    if (code)
        return code;
    pthread_mutex_lock(&stream->lock);
    *epoch = g_strdup(vessel__store_reader_epoch(stream->reader));
    *number = stream->number;
    pthread_mutex_unlock(&stream->lock);
    return VESSEL_OK;
}

/* ---- events ---- */

void vessel__event_free(VesselEvent *event)
{
    if (!event)
        return;
    vessel__json_free(event->record);
    g_free(event->epoch);
    g_free(event);
}

char *vessel__event_json(const VesselEvent *event)
{
    g_autoptr(VesselJson) json = vessel__json_new_object();
    vessel__json_set_string(json, "epoch", event->epoch);
    vessel__json_set_uint(json, "number", event->number);
    for (size_t i = 0; i < vessel__json_length(event->record); i++) {
        const char *key = vessel__json_key_at(event->record, i);
        /* Members that the store writes for itself ("tx") are nobody's business. */
        if (g_str_equal(key, "tx") || g_str_equal(key, "epoch") || g_str_equal(key, "number"))
            continue;
        vessel__json_set(json, key, vessel__json_copy(vessel__json_at(event->record, i)));
    }
    return vessel__json_format(json, false);
}
