/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/slots.h"

#include <pthread.h>

struct VesselSlots {
    pthread_mutex_t mutex;
    pthread_cond_t released;
    GHashTable *held; /* key -> VesselHolder */
};

VesselSlots *vessel__slots_new(void)
{
    VesselSlots *slots = g_new0(VesselSlots, 1);
    pthread_mutex_init(&slots->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&slots->released, &attributes);
    pthread_condattr_destroy(&attributes);
    slots->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return slots;
}

void vessel__slots_free(VesselSlots *slots)
{
    if (!slots)
        return;
    /* Mutex and condition are not destroyed: on Linux that frees nothing, and in a forked child it
     * could wait for threads that are not there. */
    g_hash_table_unref(slots->held);
    g_free(slots);
}

/* True if something was released meanwhile, or may have been. */
static bool wait_released(VesselSlots *slots, VesselDeadline deadline)
{
    if (deadline == VESSEL_DEADLINE_NEVER)
        return pthread_cond_wait(&slots->released, &slots->mutex) == 0;
    struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
    return pthread_cond_timedwait(&slots->released, &slots->mutex, &until) != ETIMEDOUT;
}

static int held_by(const VesselHolder *holder, VesselError **err)
{
    g_autofree char *text = vessel__holder_text(holder);
    vessel__fail(err, VESSEL_ERROR_BUSY, "another operation is under way: %s", holder->operation);
    vessel__error_holder(err, text);
    vessel__error_retryable(err, true);
    return VESSEL_ERROR_BUSY;
}

int vessel__slots_take(VesselSlots *slots, const char *key, const VesselHolder *holder,
                       VesselDeadline deadline, VesselError **err)
{
    pthread_mutex_lock(&slots->mutex);
    bool in_time = true;
    const VesselHolder *other;
    while ((other = g_hash_table_lookup(slots->held, key)) && in_time)
        in_time = wait_released(slots, deadline);
    int result = other ? held_by(other, err) : 0;
    if (!other)
        g_hash_table_insert(slots->held, g_strdup(key), g_memdup2(holder, sizeof *holder));
    pthread_mutex_unlock(&slots->mutex);
    return result;
}

void vessel__slots_release(VesselSlots *slots, const char *key)
{
    pthread_mutex_lock(&slots->mutex);
    g_hash_table_remove(slots->held, key);
    pthread_cond_broadcast(&slots->released);
    pthread_mutex_unlock(&slots->mutex);
}

bool vessel__slots_peek(VesselSlots *slots, const char *key, VesselHolder *holder)
{
    pthread_mutex_lock(&slots->mutex);
    const VesselHolder *other = g_hash_table_lookup(slots->held, key);
    if (other && holder)
        *holder = *other;
    pthread_mutex_unlock(&slots->mutex);
    return other != NULL;
}
