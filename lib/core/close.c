/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/close.h"
#include "core/dispatch.h"
#include "core/domain.h"
#include "core/event.h"
#include "core/job.h"
#include "core/registry.h"
#include <sys/eventfd.h>

#define CLOSE_MS 5000

/* ---- guests that are tied to the handle ---- */

static void destroy_tied(VesselHost *host, VesselDeadline deadline)
{
    GHashTableIter iter;
    gpointer key, value;
    g_autoptr(GPtrArray) uuids = g_ptr_array_new_with_free_func(g_free);
    pthread_mutex_lock(&host->lock);
    g_hash_table_iter_init(&iter, host->autodestroy);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        g_autoptr(VesselLive) live = vessel__store_live(host->store, key);
        /* Only if it is still that start of it. */
        if (live && live->id == GPOINTER_TO_INT(value))
            g_ptr_array_add(uuids, g_strdup(key));
    }
    g_hash_table_remove_all(host->autodestroy);
    pthread_mutex_unlock(&host->lock);
    for (guint i = 0; i < uuids->len; i++) {
        g_autoptr(VesselError) error = NULL;
        VesselHow how = {.deadline = deadline};
        if (vessel__run_simple(host, uuids->pdata[i], VESSEL_OP_DOMAIN_DESTROY, &how, &error) &&
            vessel_error_code(error) != VESSEL_ERROR_WRONG_STATE)
            vessel_log(host->log, VESSEL__LOG_WARNING, "close", "autodestroy of %s: %s",
                       (char *)uuids->pdata[i], vessel_error_message(error));
    }
}

/* ---- close ---- */

static int close_first(VesselHost *host, VesselError **err)
{
    VesselDeadline deadline = vessel__deadline_after(CLOSE_MS);
    vessel__jobs_cancel_all(host);
    eventfd_write(host->closed_fd, 1); /* whoever waits */
    if (host->store)
        destroy_tied(host, deadline);
    bool all = vessel__pool_stop(host->pool, deadline);
    vessel__leave(host);
    if (all)
        return VESSEL_OK;
    return vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                        "a job could not be ended in %d s and was left to itself", CLOSE_MS / 1000);
}

static int close_host(VesselHost *host, VesselError **err)
{
    bool inside = vessel__gate_enter(&host->gate);
    if (inside && vessel__gate_close(&host->gate))
        return close_first(host, err);
    vessel__leave(host);
    return VESSEL_OK;
}

int vessel__host_close(VesselHost *host, VesselError **err)
{
    if (!vessel__handle_is(host, VESSEL__MAGIC_HOST))
        return vessel__need(false, "host", err);
    if (vessel__host_forked(host))
        return vessel__fail(err, VESSEL_ERROR_FORKED, "the host was opened before a fork()");
    return close_host(host, err);
}

/* Drivers forget what they know of this host; those that it never used have nothing to forget. */
static void close_drivers(VesselHost *host)
{
    const VesselDriver *driver;
    for (guint i = 0; (driver = vessel__driver_at(host, i)); i++) {
        if (vessel_driver_has(driver, host, close))
            driver->host->close(&host->driver_host);
    }
}

void vessel__host_teardown(VesselHost *host)
{
    vessel__streams_drop_readers(host);
    vessel__store_reader_free(__atomic_exchange_n(&host->spare_reader, NULL, __ATOMIC_ACQ_REL));
    pthread_mutex_lock(&host->lock);
    GHashTable *guests = g_steal_pointer(&host->guests);
    pthread_mutex_unlock(&host->lock);
    g_hash_table_unref(guests);
    vessel__follower_free(g_steal_pointer(&host->follower));
    close_drivers(host);
    if (host->store && host->log)
        vessel__store_drop_log(host->store, host->log);
    g_clear_pointer(&host->store, vessel__store_unref);
    g_clear_pointer(&host->log, vessel__log_free);
}

/* ---- the last reference ---- */

static void free_memory(VesselHost *host, bool forked)
{
    if (forked) {
        /* The locks may be held by threads that do not exist here; nothing is closed but what is
         * this process's own copy. */
        g_clear_pointer(&host->store, vessel__store_unref);
    } else {
        pthread_mutex_destroy(&host->helper_lock);
        pthread_mutex_destroy(&host->record_lock);
        pthread_mutex_destroy(&host->lock);
    }
    vessel__pool_release(host->pool, forked);
    vessel__close_fd(&host->closed_fd);
    vessel__store_reader_free(g_steal_pointer(&host->spare_reader));
    vessel__fork_guard_clear(&host->guard);
    g_ptr_array_unref(host->jobs);
    g_ptr_array_unref(host->streams);
    g_hash_table_unref(host->autodestroy);
    g_clear_pointer(&host->log, vessel__log_free);
    vessel_error_free(host->helper_error);
    g_free(host->helper_option);
    g_free(host->helper_dir);
    g_free(host->program);
    g_free(host->uri);
    g_free(host);
}

void vessel__host_unref(VesselHost *host)
{
    if (!vessel__handle_is(host, VESSEL__MAGIC_HOST))
        return;
    bool forked = vessel__host_forked(host);
    if (!vessel__handle_unref(&host->handle))
        return;
    if (!forked)
        close_host(host, NULL);
    free_memory(host, forked);
}

/* ---- the mock's fixtures ---- */

int vessel__host_fixture_default(VesselHost *host, VesselError **err)
{
    static const char xml[] = "<domain type='test'>\n"
                              "  <name>test</name>\n"
                              "  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>\n"
                              "  <memory unit='KiB'>8388608</memory>\n"
                              "  <currentMemory unit='KiB'>2097152</currentMemory>\n"
                              "  <vcpu>2</vcpu>\n"
                              "  <os><type>hvm</type></os>\n"
                              "  <devices><serial type='pty'/></devices>\n"
                              "</domain>\n";
    VesselDomain *domain = NULL;
    int code = vessel__domain_define(host, xml, NULL, &domain, err);
    if (!code)
        code = vessel__domain_start(domain, NULL, NULL, err);
    vessel__domain_unref(domain);
    return code;
}
