/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/pool.h"
#include <pthread.h>
#include <signal.h>
#include <time.h>

typedef struct {
    VesselTask task;
    void *data;
} Entry;

struct VesselPool {
    pthread_mutex_t lock;
    pthread_cond_t wake, ended;
    GQueue queue; /* of Entry */
    pthread_t threads[VESSEL__POOL_THREADS];
    unsigned most, started, idle;
    unsigned running; /* threads that have not said goodbye yet */
    unsigned refs;    /* the owner's and one per running thread */
    bool stopping;
    bool joined;
};

VesselPool *vessel__pool_new(unsigned threads)
{
    VesselPool *pool = g_new0(VesselPool, 1);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, &attributes);
    pthread_cond_init(&pool->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    g_queue_init(&pool->queue);
    pool->refs = 1;
    pool->most = MIN(threads, VESSEL__POOL_THREADS);
    return pool;
}

static void pool_free(VesselPool *pool)
{
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->wake);
    pthread_cond_destroy(&pool->ended);
    g_queue_clear_full(&pool->queue, g_free);
    g_free(pool);
}

/* With the lock held, which it gives up. */
static void drop_ref_unlock(VesselPool *pool)
{
    bool last = --pool->refs == 0;
    pthread_mutex_unlock(&pool->lock);
    if (last)
        pool_free(pool);
}

static void *worker(void *data)
{
    VesselPool *pool = data;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->queue.length && !pool->stopping) {
            pool->idle++;
            pthread_cond_wait(&pool->wake, &pool->lock);
            pool->idle--;
        }
        g_autofree Entry *entry = g_queue_pop_head(&pool->queue);
        if (!entry)
            break;
        pthread_mutex_unlock(&pool->lock);
        entry->task(entry->data);
        pthread_mutex_lock(&pool->lock);
    }
    pool->running--;
    pthread_cond_broadcast(&pool->ended);
    drop_ref_unlock(pool);
    return NULL;
}

/* With the lock held. */
static int start_thread(VesselPool *pool)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&pool->threads[pool->started], NULL, worker, pool);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error)
        return error;
    pool->started++;
    pool->running++;
    pool->refs++;
    return 0;
}

int vessel__pool_run(VesselPool *pool, VesselTask task, void *data, VesselError **err)
{
    pthread_mutex_lock(&pool->lock);
    int error = pool->stopping ? ECANCELED : 0;
    if (!error && pool->queue.length >= pool->idle && pool->started < pool->most) {
        error = start_thread(pool);
        if (pool->running)
            error = 0; /* those that there are will come to it */
    }
    if (!error) {
        Entry *entry = g_new(Entry, 1);
        *entry = (Entry){task, data};
        g_queue_push_tail(&pool->queue, entry);
        pthread_cond_signal(&pool->wake);
    }
    pthread_mutex_unlock(&pool->lock);
    if (error == ECANCELED)
        return vessel__fail(err, VESSEL_ERROR_CLOSED, "the host was closed");
    if (error)
        return vessel__fail_errno(err, error, "cannot start a thread");
    return VESSEL_OK;
}

bool vessel__pool_stop(VesselPool *pool, VesselDeadline deadline)
{
    pthread_t self = pthread_self();
    unsigned own = 0;
    pthread_mutex_lock(&pool->lock);
    if (pool->joined) {
        pthread_mutex_unlock(&pool->lock);
        return true;
    }
    pool->joined = true;
    pool->stopping = true;
    pthread_cond_broadcast(&pool->wake);
    for (unsigned i = 0; i < pool->started; i++)
        own += pthread_equal(pool->threads[i], self) ? 1 : 0;
    int error = 0;
    while (pool->running > own && error != ETIMEDOUT && !vessel__deadline_passed(deadline)) {
        struct timespec until = {deadline / 1000, deadline % 1000 * 1000000};
        error = pthread_cond_timedwait(&pool->ended, &pool->lock, &until);
    }
    bool all = pool->running <= own;
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++) {
        /* Those who said goodbye are a few instructions from their end. */
        if (all && !pthread_equal(pool->threads[i], self))
            pthread_join(pool->threads[i], NULL);
        else
            pthread_detach(pool->threads[i]);
    }
    return all;
}

void vessel__pool_release(VesselPool *pool, bool forked)
{
    if (forked) {
        /* Nobody waits on its conditions here, whatever they say: no destroying of them. */
        g_queue_clear_full(&pool->queue, g_free);
        g_free(pool);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    drop_ref_unlock(pool);
}
