/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warden/loop.h"

#include <poll.h>

struct VesselWatch {
    VesselLoop *loop;
    int fd;
    short events;
    bool freed;
    VesselWatchFn fn;
    void *data;
};

struct VesselTimer {
    VesselLoop *loop;
    VesselDeadline due;
    bool freed;
    VesselTimerFn fn;
    void *data;
};

typedef struct {
    VesselTimerFn fn;
    void *data;
} Deferred;

struct VesselLoop {
    GPtrArray *watches, *timers;
    GArray *deferred, *polled;
    bool quit, freed_any;
};

VesselLoop *vessel__loop_new(void)
{
    VesselLoop *loop = g_new0(VesselLoop, 1);
    loop->watches = g_ptr_array_new_with_free_func(g_free);
    loop->timers = g_ptr_array_new_with_free_func(g_free);
    loop->deferred = g_array_new(FALSE, FALSE, sizeof(Deferred));
    loop->polled = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    return loop;
}

void vessel__loop_free(VesselLoop *loop)
{
    if (!loop)
        return;
    g_ptr_array_unref(loop->watches);
    g_ptr_array_unref(loop->timers);
    g_array_unref(loop->deferred);
    g_array_unref(loop->polled);
    g_free(loop);
}

void vessel__loop_quit(VesselLoop *loop)
{
    loop->quit = true;
}

void vessel__loop_resume(VesselLoop *loop)
{
    loop->quit = false;
}

void vessel__loop_defer(VesselLoop *loop, VesselTimerFn fn, void *data)
{
    for (guint i = 0; i < loop->deferred->len; i++) {
        const Deferred *known = &g_array_index(loop->deferred, Deferred, i);
        if (known->fn == fn && known->data == data)
            return;
    }
    g_array_append_val(loop->deferred, ((Deferred){fn, data}));
}

VesselWatch *vessel__watch_new(VesselLoop *loop, int fd, short events, VesselWatchFn fn, void *data)
{
    VesselWatch *watch = g_new0(VesselWatch, 1);
    *watch = (VesselWatch){.loop = loop, .fd = fd, .events = events, .fn = fn, .data = data};
    g_ptr_array_add(loop->watches, watch);
    return watch;
}

void vessel__watch_events(VesselWatch *watch, short events)
{
    watch->events = events;
}

/* Freed at the end of the round, since the round may still look at it. */
void vessel__watch_free(VesselWatch *watch)
{
    if (!watch)
        return;
    watch->freed = true;
    watch->loop->freed_any = true;
}

VesselTimer *vessel__timer_new(VesselLoop *loop, VesselTimerFn fn, void *data)
{
    VesselTimer *timer = g_new0(VesselTimer, 1);
    *timer = (VesselTimer){.loop = loop, .due = VESSEL_DEADLINE_NEVER, .fn = fn, .data = data};
    g_ptr_array_add(loop->timers, timer);
    return timer;
}

void vessel__timer_set(VesselTimer *timer, VesselDeadline due)
{
    timer->due = due;
}

void vessel__timer_free(VesselTimer *timer)
{
    if (!timer)
        return;
    timer->freed = true;
    timer->loop->freed_any = true;
}

static void sweep(VesselLoop *loop)
{
    if (!loop->freed_any)
        return;
    loop->freed_any = false;
    for (guint i = loop->watches->len; i-- > 0;)
        if (((VesselWatch *)g_ptr_array_index(loop->watches, i))->freed)
            g_ptr_array_remove_index_fast(loop->watches, i);
    for (guint i = loop->timers->len; i-- > 0;)
        if (((VesselTimer *)g_ptr_array_index(loop->timers, i))->freed)
            g_ptr_array_remove_index_fast(loop->timers, i);
}

static void run_deferred(VesselLoop *loop)
{
    while (loop->deferred->len > 0) {
        Deferred next = g_array_index(loop->deferred, Deferred, 0);
        g_array_remove_index(loop->deferred, 0);
        next.fn(next.data);
    }
}

static void run_timers(VesselLoop *loop)
{
    guint count = loop->timers->len; /* those made meanwhile wait for the next round */
    for (guint i = 0; i < count; i++) {
        VesselTimer *timer = g_ptr_array_index(loop->timers, i);
        if (timer->freed || timer->due == VESSEL_DEADLINE_NEVER ||
            !vessel__deadline_passed(timer->due))
            continue;
        timer->due = VESSEL_DEADLINE_NEVER;
        timer->fn(timer->data);
    }
}

static VesselDeadline next_due(const VesselLoop *loop)
{
    VesselDeadline next = VESSEL_DEADLINE_NEVER;
    for (guint i = 0; i < loop->timers->len; i++) {
        const VesselTimer *timer = g_ptr_array_index(loop->timers, i);
        if (!timer->freed)
            next = vessel__deadline_min(next, timer->due);
    }
    return next;
}

static void run_watches(VesselLoop *loop)
{
    guint count = loop->watches->len;
    g_array_set_size(loop->polled, count);
    for (guint i = 0; i < count; i++) {
        const VesselWatch *watch = g_ptr_array_index(loop->watches, i);
        g_array_index(loop->polled, struct pollfd, i) =
            (struct pollfd){.fd = watch->events < 0 ? -1 : watch->fd, .events = watch->events};
    }
    int timeout = vessel__deadline_poll(next_due(loop));
    if (poll((struct pollfd *)(void *)loop->polled->data, count, timeout) <= 0)
        return;
    for (guint i = 0; i < count; i++) {
        VesselWatch *watch = g_ptr_array_index(loop->watches, i);
        short revents = g_array_index(loop->polled, struct pollfd, i).revents;
        if (revents && !watch->freed)
            watch->fn(watch->data, revents);
    }
}

void vessel__loop_run(VesselLoop *loop)
{
    while (!loop->quit) {
        run_deferred(loop);
        sweep(loop);
        if (loop->quit)
            break;
        run_watches(loop);
        run_timers(loop);
    }
    sweep(loop);
}
