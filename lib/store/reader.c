/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readers of the events. For a local root a reader's descriptor is an epoll of two: the inotify
 * instance that all readers of this process share, and a bell of its own. Whoever drains the
 * inotify instance rings the bells of the others. For a mock the bell is all there is. */
#include "store/internal.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

struct VesselStoreReader {
    VesselStore *store;
    VesselEventReader *log; /* local */
    uint64_t number;        /* memory: the last one handed out */
    bool gap;               /* memory: to be told first */
    int bell;
    int poll; /* local: the epoll; memory: -1 */
    bool watched;
};

void vessel__reader_ring(VesselStoreReader *reader)
{
    uint64_t one = 1;
    /* A full counter (EAGAIN) is readable already. */
    (void)!write(reader->bell, &one, sizeof one);
}

static void quiet(VesselStoreReader *reader)
{
    uint64_t count;
    (void)!read(reader->bell, &count, sizeof count); /* EAGAIN: it was not rung */
}

/* ---- the watch ---- */

static int watch_fail(int errnum, const char *what, VesselError **err)
{
    int code = vessel__fail_errno(err, errnum, "%s", what);
    if (errnum == EMFILE)
        vessel__error_hint(err, "raise the limit of descriptors (ulimit -n) or "
                                "fs.inotify.max_user_instances");
    else if (errnum == ENOSPC)
        vessel__error_hint(err, "raise fs.inotify.max_user_watches");
    return code;
}

/* watch.mutex held. */
static int watch_open(VesselStore *store, VesselError **err)
{
    if (store->watch.inotify >= 0)
        return 0;
    vessel_autofd int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0)
        return watch_fail(errno, "cannot make an inotify instance", err);
    char path[64]; /* by descriptor, so that the length of the root's path does not matter */
    g_snprintf(path, sizeof path, "/proc/self/fd/%d", store->events_dir);
    if (inotify_add_watch(fd, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
        return watch_fail(errno, "cannot watch the event log", err);
    store->watch.inotify = vessel__steal_fd(&fd);
    store->watch.readers = g_ptr_array_new();
    return 0;
}

static int watch_join(VesselStoreReader *reader, VesselError **err)
{
    VesselWatch *watch = &reader->store->watch;
    pthread_mutex_lock(&watch->mutex);
    int rc = watch_open(reader->store, err);
    struct epoll_event event = {.events = EPOLLIN};
    if (rc >= 0 && epoll_ctl(reader->poll, EPOLL_CTL_ADD, watch->inotify, &event) < 0)
        rc = watch_fail(errno, "cannot poll the event log", err);
    if (rc >= 0) {
        g_ptr_array_add(watch->readers, reader);
        reader->watched = true;
    }
    pthread_mutex_unlock(&watch->mutex);
    return rc;
}

/* The last reader closes the inotify instance. */
static void watch_leave(VesselStoreReader *reader)
{
    VesselWatch *watch = &reader->store->watch;
    pthread_mutex_lock(&watch->mutex);
    g_ptr_array_remove_fast(watch->readers, reader);
    if (watch->readers->len == 0) {
        g_ptr_array_unref(g_steal_pointer(&watch->readers));
        vessel__close_fd(&watch->inotify);
    }
    pthread_mutex_unlock(&watch->mutex);
}

static void watch_drain(VesselStoreReader *reader)
{
    VesselWatch *watch = &reader->store->watch;
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    pthread_mutex_lock(&watch->mutex);
    bool any = false;
    while (read(watch->inotify, buffer, sizeof buffer) > 0)
        any = true;
    for (guint i = 0; any && i < watch->readers->len; i++) {
        VesselStoreReader *other = g_ptr_array_index(watch->readers, i);
        if (other != reader)
            vessel__reader_ring(other);
    }
    pthread_mutex_unlock(&watch->mutex);
}

void vessel__watch_close(VesselStore *store)
{
    if (store->watch.readers)
        g_ptr_array_unref(g_steal_pointer(&store->watch.readers));
    vessel__close_fd(&store->watch.inotify);
}

/* ---- opening ---- */

static int open_local(VesselStoreReader *reader, const char *epoch, uint64_t number,
                      VesselError **err)
{
    VesselStore *store = reader->store;
    char made[VESSEL__EPOCH_SIZE];
    int rc = vessel__local_need_runtime(store, err);
    if (rc >= 0 && !vessel__dir_is_readonly(store->events_dir))
        rc = vessel__eventlog_create(store->events_dir, made, err);
    if (rc < 0)
        return rc;
    reader->poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (reader->poll < 0 || epoll_ctl(reader->poll, EPOLL_CTL_ADD, reader->bell, &event) < 0)
        return watch_fail(errno, "cannot make an epoll instance", err);
    rc = watch_join(reader, err); /* before the log is looked at: nothing falls between */
    if (rc < 0)
        return rc;
    return vessel__eventreader_open(store->events_dir, epoch, number, &reader->log, err);
}

static void open_memory(VesselStoreReader *reader, const char *epoch, uint64_t number)
{
    VesselMemory *memory = reader->store->memory;
    pthread_mutex_lock(&reader->store->table_mutex);
    uint64_t gone = memory->last > VESSEL__MEMORY_EVENTS ? memory->last - VESSEL__MEMORY_EVENTS : 0;
    bool known = epoch && strcmp(epoch, memory->epoch) == 0 && number <= memory->last;
    if (!epoch) {
        reader->number = memory->last;
    } else if (known && number >= gone) {
        reader->number = number;
    } else {
        reader->number = gone;
        reader->gap = true;
    }
    g_ptr_array_add(memory->readers, reader);
    reader->watched = true;
    pthread_mutex_unlock(&reader->store->table_mutex);
}

int vessel__store_reader_open(VesselStore *store, const char *epoch, uint64_t number,
                              VesselStoreReader **result, VesselError **err)
{
    *result = NULL;
    g_autoptr(VesselStoreReader) reader = g_new0(VesselStoreReader, 1);
    reader->store = vessel__store_ref(store);
    reader->poll = -1;
    reader->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reader->bell < 0)
        return watch_fail(errno, "cannot make an event descriptor", err);
    int rc = 0;
    if (store->memory)
        open_memory(reader, epoch, number);
    else
        rc = open_local(reader, epoch, number, err);
    if (rc < 0)
        return rc;
    vessel__reader_ring(reader); /* there may be something to read at once */
    *result = g_steal_pointer(&reader);
    return 0;
}

void vessel__store_reader_free(VesselStoreReader *reader)
{
    if (!reader)
        return;
    VesselStore *store = reader->store;
    bool ours = !vessel__store_forked(store);
    if (ours && reader->watched && store->memory) {
        pthread_mutex_lock(&store->table_mutex);
        g_ptr_array_remove_fast(store->memory->readers, reader);
        pthread_mutex_unlock(&store->table_mutex);
    }
    /* The epoll first: a forked child's copy of it would go on holding the inotify instance. */
    vessel__close_fd(&reader->poll);
    if (ours && reader->watched && !store->memory)
        watch_leave(reader);
    vessel__close_fd(&reader->bell);
    vessel__eventreader_free(reader->log);
    vessel__store_unref(store);
    g_free(reader);
}

int vessel__store_reader_fd(VesselStoreReader *reader)
{
    return reader->poll >= 0 ? reader->poll : reader->bell;
}

const char *vessel__store_reader_epoch(VesselStoreReader *reader)
{
    return reader->store->memory ? reader->store->memory->epoch
                                 : vessel__eventreader_epoch(reader->log);
}

/* ---- reading ---- */

static int next_local(VesselStoreReader *reader, VesselJson **record, uint64_t *number,
                      VesselError **err)
{
    int rc = vessel__eventreader_next(reader->log, record, number, err);
    if (rc < 0 || *record)
        return rc;
    /* First quiet, then a last look: what is appended after it makes the descriptor readable. */
    quiet(reader);
    watch_drain(reader);
    rc = vessel__eventreader_next(reader->log, record, number, err);
    if (rc >= 0 && *record)
        vessel__reader_ring(reader); /* there may be more */
    return rc;
}

static int next_memory(VesselStoreReader *reader, VesselJson **record, uint64_t *number)
{
    VesselMemory *memory = reader->store->memory;
    pthread_mutex_lock(&reader->store->table_mutex);
    uint64_t gone = memory->last > VESSEL__MEMORY_EVENTS ? memory->last - VESSEL__MEMORY_EVENTS : 0;
    if (reader->number < gone) { /* overtaken while nobody read */
        reader->number = gone;
        reader->gap = true;
    }
    if (reader->gap) {
        char time[32];
        vessel__time_format(vessel__realtime_us(), time);
        *record = vessel__json_new_object();
        vessel__json_set_string(*record, "kind", "host.gap");
        vessel__json_set_string(*record, "time", time);
        reader->gap = false;
        *number = reader->number;
    } else if (reader->number < memory->last) {
        *number = ++reader->number;
        *record = vessel__json_copy(vessel__memory_event(memory, *number));
    } else {
        quiet(reader);
    }
    pthread_mutex_unlock(&reader->store->table_mutex);
    return 0;
}

int vessel__store_reader_next(VesselStoreReader *reader, VesselJson **record, uint64_t *number,
                              VesselError **err)
{
    *record = NULL;
    return reader->store->memory ? next_memory(reader, record, number)
                                 : next_local(reader, record, number, err);
}
