/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readers of the events. For a local root a reader's descriptor is an epoll of two: the inotify
 * instance that all readers of this process share, and a bell of its own. Whoever drains the
 * inotify instance rings the bells of the others. For a mock the bell is all there is.
 *
 * Closing an inotify instance that watches anything waits for a grace period of the kernel's, 5 to
 * 15 ms, which a command that waits for a short-lived container would spend at its exit. So a new
 * reader that waits looks at the log now and then, which is a look at memory, and watches it only
 * when nothing has come for a while, or somebody wants the descriptor. */
#include "store/internal.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#define LOOKS_MS 100
#define LOOK_EACH_MS 1

struct VesselStoreReader {
    VesselStore *store;
    pthread_mutex_t mutex;
    VesselEventReader *log; /* local; one thread at a time looks at it */
    int64_t opened_ms;
    uint64_t number; /* memory: the last one handed out */
    bool gap;        /* memory: to be told first */
    int bell;
    int poll; /* local: the epoll, once it watches; memory: -1 */
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

static int make_poll(VesselStoreReader *reader, VesselError **err)
{
    const int fds[] = {reader->bell, reader->store->watch.inotify};
    struct epoll_event event = {.events = EPOLLIN};
    vessel_autofd int made = epoll_create1(EPOLL_CLOEXEC);
    if (made < 0)
        return watch_fail(errno, "cannot make an epoll instance", err);
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        if (epoll_ctl(made, EPOLL_CTL_ADD, fds[i], &event) < 0)
            return watch_fail(errno, "cannot poll the event log", err);
    reader->poll = vessel__steal_fd(&made);
    return 0;
}

/* Of several threads that share a reader the first makes it watch: 1; 0: it does already. */
static int watch_join(VesselStoreReader *reader, VesselError **err)
{
    VesselWatch *watch = &reader->store->watch;
    int rc = 0;
    pthread_mutex_lock(&watch->mutex);
    if (!reader->watched) {
        rc = watch_open(reader->store, err);
        if (rc >= 0)
            rc = make_poll(reader, err);
        if (rc >= 0) {
            g_ptr_array_add(watch->readers, reader);
            __atomic_store_n(&reader->watched, true, __ATOMIC_RELEASE);
            rc = 1;
        }
    }
    pthread_mutex_unlock(&watch->mutex);
    return rc;
}

static bool watches(VesselStoreReader *reader)
{
    return __atomic_load_n(&reader->watched, __ATOMIC_ACQUIRE);
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
    pthread_mutex_init(&reader->mutex, NULL);
    reader->poll = -1;
    reader->opened_ms = vessel__now_ms();
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
    pthread_mutex_destroy(&reader->mutex);
    vessel__store_unref(store);
    g_free(reader);
}

static bool is_pending(VesselStoreReader *reader)
{
    pthread_mutex_lock(&reader->mutex);
    bool pending = vessel__eventreader_pending(reader->log);
    pthread_mutex_unlock(&reader->mutex);
    return pending;
}

int vessel__store_reader_fd(VesselStoreReader *reader, VesselError **err)
{
    if (!reader->log)
        return reader->bell;
    int rc = watch_join(reader, err);
    if (rc > 0 && is_pending(reader)) /* what came before is not told by the watch */
        vessel__reader_ring(reader);
    return rc < 0 ? rc : reader->poll;
}

/* True if there is no need to watch. At least one pause: the log may have no segment to look at. */
static bool look(VesselStoreReader *reader, struct pollfd *other, VesselDeadline deadline)
{
    int64_t waited = vessel__now_ms() - reader->opened_ms;
    if (!reader->log || watches(reader) || waited >= LOOKS_MS)
        return false;
    do {
        struct timespec pause = {.tv_nsec = vessel__pause_us(waited, LOOK_EACH_MS) * 1000};
        if (ppoll(other, 1, &pause, NULL) > 0 || is_pending(reader))
            return true;
        waited = vessel__now_ms() - reader->opened_ms;
    } while (waited < LOOKS_MS && !vessel__deadline_passed(deadline));
    return vessel__deadline_passed(deadline);
}

int vessel__store_reader_wait(VesselStoreReader *reader, int other, VesselDeadline deadline,
                              VesselError **err)
{
    struct pollfd fds[] = {{.fd = other, .events = POLLIN}, {.events = POLLIN}};
    if (look(reader, fds, deadline))
        return 0;
    fds[1].fd = vessel__store_reader_fd(reader, err);
    if (fds[1].fd < 0)
        return fds[1].fd;
    poll(fds, G_N_ELEMENTS(fds), vessel__deadline_poll(deadline));
    return 0;
}

const char *vessel__store_reader_epoch(VesselStoreReader *reader)
{
    return reader->store->memory ? reader->store->memory->epoch
                                 : vessel__eventreader_epoch(reader->log);
}

/* ---- reading ---- */

static int look_again(VesselStoreReader *reader, VesselJson **record, uint64_t *number,
                      VesselError **err)
{
    /* First quiet, then a last look: what is appended after it makes the descriptor readable. */
    quiet(reader);
    if (watches(reader))
        watch_drain(reader);
    int rc = vessel__eventreader_next(reader->log, record, number, err);
    if (rc >= 0 && *record)
        vessel__reader_ring(reader); /* there may be more */
    return rc;
}

static int next_local(VesselStoreReader *reader, VesselJson **record, uint64_t *number,
                      VesselError **err)
{
    pthread_mutex_lock(&reader->mutex);
    int rc = vessel__eventreader_next(reader->log, record, number, err);
    if (rc >= 0 && !*record)
        rc = look_again(reader, record, number, err);
    pthread_mutex_unlock(&reader->mutex);
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
