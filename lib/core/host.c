/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/host.h"
#include "core/close.h"
#include "core/guests.h"
#include "core/registry.h"
#include <stdlib.h>
#include <sys/eventfd.h>

#define DEFAULT_TIMEOUT_MS 30000

/* ---- inside and outside ---- */

bool vessel__host_forked(const VesselHost *host)
{
    return vessel__fork_guard_forked(&host->guard);
}

bool vessel__host_closed(const VesselHost *host)
{
    return vessel__gate_closed(&host->gate);
}

int vessel__enter(VesselHost *host, VesselHost **inside, VesselError **err)
{
    if (!vessel__handle_is(host, VESSEL__MAGIC_HOST))
        return vessel__need(false, "host", err);
    if (vessel__host_forked(host)) {
        vessel__fail(err, VESSEL_ERROR_FORKED, "the host was opened before a fork()");
        vessel__error_hint(err, "open a host of its own in the child");
        return VESSEL_ERROR_FORKED;
    }
    if (vessel__gate_enter(&host->gate)) {
        *inside = host;
        return VESSEL_OK;
    }
    vessel__leave(host);
    return vessel__fail(err, VESSEL_ERROR_CLOSED, "the host was closed");
}

void vessel__leave(VesselHost *host)
{
    if (vessel__gate_leave(&host->gate))
        vessel__host_teardown(host);
}

VesselHost *vessel__host_ref(VesselHost *host)
{
    if (!vessel__handle_is(host, VESSEL__MAGIC_HOST))
        return NULL;
    vessel__handle_ref(&host->handle);
    return host;
}

/* ---- what calls ask for ---- */

VesselDeadline vessel__host_deadline(const VesselHost *host, int64_t timeout_ms)
{
    return vessel__deadline_after(timeout_ms ? timeout_ms : host->timeout_ms);
}

VesselDeadline vessel__host_query_deadline(const VesselHost *host, int64_t timeout_ms)
{
    return vessel__deadline_after(timeout_ms ? timeout_ms : host->query_timeout_ms);
}

void vessel__host_author(const VesselHost *host, const char *operation, VesselHolder *holder)
{
    vessel__holder_self(operation, holder);
    if (host->program)
        g_strlcpy(holder->name, host->program, sizeof holder->name);
}

/* The helper is looked for when it is first needed, and again after a failure: somebody may have
 * installed it meanwhile. */
VesselDriverHost *vessel__host_for_driver(VesselHost *host)
{
    if (host->mock)
        return &host->driver_host;
    pthread_mutex_lock(&host->helper_lock);
    if (!host->helper_sought) {
        host->helper_sought = true;
        vessel__helper_find(host->helper_option, &host->helper_dir, &host->helper_error);
        host->driver_host.helper_dir = host->helper_dir;
        host->driver_host.helper_error = host->helper_error;
    }
    pthread_mutex_unlock(&host->helper_lock);
    return &host->driver_host;
}

/* ---- open ---- */

static int read_options(const VesselHostOpenOptions *given, VesselHostOpenOptions *options,
                        VesselError **err)
{
    int code = vessel__options_read(given, "options", options, sizeof *options, err);
    if (!code)
        code = vessel__flags_check(options->flags, 0, "flags", err);
    if (!code && (options->log_level < VESSEL_LOG_ERROR || options->log_level > VESSEL_LOG_DEBUG))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "there is no log level %d",
                            options->log_level);
    if (!code && options->helper_dir && *options->helper_dir != '/')
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "helper_dir \"%s\" is not an absolute path", options->helper_dir);
    if (!options->timeout_ms)
        options->timeout_ms = DEFAULT_TIMEOUT_MS;
    if (!options->query_timeout_ms)
        options->query_timeout_ms = DEFAULT_TIMEOUT_MS;
    return code;
}

/* The options win over the environment. */
static int open_log(VesselHost *host, const VesselHostOpenOptions *options, VesselError **err)
{
    if (options->log_fd >= 0) {
        host->log = vessel__log_new(options->log_fd, (VesselLogLevel)options->log_level);
        return VESSEL_OK;
    }
    int code = vessel__log_parse(secure_getenv("VESSEL_LOG"), &host->log, err);
    if (code)
        vessel__error_prefix(err, "VESSEL_LOG");
    return code;
}

static int open_store(VesselHost *host, const VesselUri *uri, VesselError **err)
{
    g_autoptr(VesselPlaces) places = NULL;
    if (uri->mock)
        return vessel__store_open_memory(&host->store, err);
    int code = vessel__places_resolve(uri->root, &places, err);
    if (!code)
        code = vessel__store_open(places, host->log, &host->store, err);
    return code;
}

static VesselHost *new_host(const VesselHostOpenOptions *options, const VesselUri *uri)
{
    VesselHost *host = g_new0(VesselHost, 1);
    vessel__handle_init(&host->handle, VESSEL__MAGIC_HOST);
    vessel__gate_init(&host->gate);
    host->closed_fd = -1;
    host->uri = g_strdup(uri->text);
    host->mock = uri->mock;
    host->program = g_strdup(options->program);
    host->timeout_ms = options->timeout_ms;
    host->query_timeout_ms = options->query_timeout_ms;
    host->helper_option = g_strdup(options->helper_dir);
    host->pool = vessel__pool_new(VESSEL__POOL_THREADS - (uri->mock ? 1 : 0));
    pthread_mutex_init(&host->helper_lock, NULL);
    pthread_mutex_init(&host->record_lock, NULL);
    pthread_mutex_init(&host->lock, NULL);
    host->jobs = g_ptr_array_new();
    host->streams = g_ptr_array_new();
    host->autodestroy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    host->guests = vessel__entries_new();
    return host;
}

static int fill(VesselHost *host, const VesselHostOpenOptions *options, const VesselUri *uri,
                VesselError **err)
{
    int code = vessel__fork_guard_init(&host->guard, err);
    if (code)
        return code;
    host->closed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (host->closed_fd < 0)
        return vessel__fail_errno(err, errno, "cannot get a descriptor for the host");
    code = open_log(host, options, err);
    if (!code)
        code = open_store(host, uri, err);
    if (code)
        return code;
    const VesselPlaces *places = vessel__store_places(host->store);
    host->driver_host = (VesselDriverHost){
        .log = host->log,
        .root_id = vessel__store_root_id(host->store),
        .state_dir = places ? places->state_dir : NULL,
        .cache_fd = vessel__store_cache_fd(host->store),
        .mock = host->mock,
    };
    return VESSEL_OK;
}

static int open_uri(const VesselUri *uri, const VesselHostOpenOptions *options, VesselHost **result,
                    VesselError **err)
{
    VesselHost *host = new_host(options, uri);
    int code = fill(host, options, uri, err);
    if (!code && uri->mock && g_strcmp0(uri->fixture, "default") == 0)
        code = vessel__host_fixture_default(host, err);
    if (code) {
        vessel__host_unref(host);
        return code;
    }
    *result = host;
    return VESSEL_OK;
}

int vessel__host_open(const char *text, const VesselHostOpenOptions *given, VesselHost **result,
                      VesselError **err)
{
    VesselHostOpenOptions options = VESSEL_HOST_OPEN_OPTIONS_INIT;
    VesselUri uri;
    int code = vessel__need(result != NULL, "host", err);
    if (code)
        return code;
    *result = NULL;
    code = read_options(given, &options, err);
    if (code)
        return code;
    if (!text || !*text)
        text = secure_getenv("VESSEL_URI");
    code = vessel__uri_parse(text && *text ? text : "local:", &uri, err);
    if (code)
        return code;
    code = open_uri(&uri, &options, result, err);
    vessel__uri_clear(&uri);
    return code;
}
