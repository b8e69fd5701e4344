/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sixty-four threads on one store, each of which reads what all write; best run with the thread
 * sanitizer. */
#include "tests/unit/test-store.h"

#include <poll.h>
#include <pthread.h>

#define THREADS 64
#define ROUNDS 12

typedef struct {
    VesselStore *store;
    unsigned number;
    _Atomic(bool) *locked; /* by whoever has the operation lock of domain 0 */
    const char *failure;
} Worker;

static const char *change(VesselStore *store, unsigned domain, const char *name)
{
    g_autoptr(VesselError) err = NULL;
    g_autoptr(VesselDomainRecord) record = new_record(uuid_of(domain), name);
    if (try_define(store, record, 30000, &err) < 0)
        return "define";
    g_autoptr(VesselDomainRecord) found = vessel__store_find_name(store, name, &err);
    if (!found || strcmp(found->uuid, record->uuid) != 0)
        return "one's own change is not seen";
    return NULL;
}

static const char *live(VesselStore *store, unsigned domain)
{
    g_autoptr(VesselError) err = NULL;
    g_autoptr(VesselJson) running = state_json("running", (int)domain);
    g_autoptr(VesselJson) event = domain_event("domain.started", uuid_of(domain), "x");
    uint64_t number;
    if (vessel__store_set_live(store, uuid_of(domain), running, &err) < 0 ||
        vessel__store_event(store, event, &number, &err) < 0)
        return "set_live";
    g_autoptr(VesselLive) seen = vessel__store_live(store, uuid_of(domain));
    g_autoptr(VesselDomainRecord) by_id = vessel__store_find_id(store, (int)domain, &err);
    return seen && by_id ? NULL : "one's own state is not seen";
}

static const char *list(VesselStore *store)
{
    g_autoptr(VesselError) err = NULL;
    g_autoptr(GPtrArray) records = NULL, lives = NULL;
    g_autofree char *epoch = NULL;
    uint64_t number;
    if (vessel__store_snapshot(store, &records, &lives, &epoch, &number, &err) < 0)
        return "snapshot";
    for (guint i = 1; i < records->len; i++) {
        const VesselDomainRecord *a = g_ptr_array_index(records, i - 1);
        const VesselDomainRecord *b = g_ptr_array_index(records, i);
        if (strcmp(a->name, b->name) >= 0)
            return "the list is not sorted";
    }
    return NULL;
}

static const char *exclude(Worker *worker)
{
    g_autoptr(VesselError) err = NULL;
    g_autoptr(VesselOpLock) lock = NULL;
    VesselHolder holder;
    vessel__holder_self("test", &holder);
    if (vessel__store_op_lock(worker->store, uuid_of(0), &holder, vessel__deadline_after(30000),
                              &lock, &err) < 0)
        return "op_lock";
    if (atomic_exchange(worker->locked, true))
        return "two have one lock";
    sched_yield();
    atomic_store(worker->locked, false);
    return NULL;
}

static void *work(void *data)
{
    Worker *worker = data;
    VesselStore *store = vessel__store_ref(worker->store);
    for (unsigned i = 0; i < ROUNDS && !worker->failure; i++) {
        g_autofree char *name = g_strdup_printf("t%u-%u", worker->number, i);
        unsigned domain = worker->number + 1;
        if (i % 3 == 0)
            worker->failure = change(store, domain, name);
        else if (i % 3 == 1)
            worker->failure = live(store, domain);
        else
            worker->failure = exclude(worker);
        if (!worker->failure)
            worker->failure = list(store);
    }
    vessel__store_unref(store);
    return NULL;
}

static void *follow(void *data)
{
    Worker *worker = data;
    VesselError *err = NULL;
    VesselStoreReader *reader = NULL;
    unsigned seen = 0;
    vessel__store_reader_open(worker->store, NULL, 0, &reader, &err);
    atomic_store(worker->locked, true); /* ready */
    while (seen < THREADS * ROUNDS / 3 * 2 && !worker->failure) {
        struct pollfd poller = {.fd = vessel__store_reader_fd(reader, NULL), .events = POLLIN};
        if (poll(&poller, 1, 30000) != 1)
            worker->failure = "no event came";
        for (;;) {
            g_autoptr(VesselJson) record = NULL;
            uint64_t number;
            if (vessel__store_reader_next(reader, &record, &number, &err) < 0 || !record)
                break;
            seen++;
        }
    }
    vessel__store_reader_free(reader);
    return NULL;
}

static void many_threads(void **state)
{
    VesselStore *store = *state ? open_mock() : open_root();
    pthread_t threads[THREADS], followers[3];
    Worker workers[THREADS], readers[3];
    _Atomic(bool) locked = false, ready[3] = {false};
    for (unsigned i = 0; i < 3; i++) {
        readers[i] = (Worker){.store = store, .locked = &ready[i]};
        pthread_create(&followers[i], NULL, follow, &readers[i]);
        while (!atomic_load(&ready[i]))
            sched_yield();
    }
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (Worker){.store = store, .number = i, .locked = &locked};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].failure)
            fail_msg("%s", workers[i].failure);
    }
    for (unsigned i = 0; i < 3; i++) {
        pthread_join(followers[i], NULL);
        if (readers[i].failure)
            fail_msg("%s", readers[i].failure);
    }
    assert_int_equal(count_domains(store), THREADS);
    vessel__store_unref(store);
}

static void *open_and_close(void *data)
{
    const char *root = data;
    for (int i = 0; i < 20; i++) {
        VesselStore *store = NULL;
        if (try_open(root, &store, NULL) < 0)
            return (void *)"open";
        g_autoptr(VesselDomainRecord) record = vessel__store_find_name(store, "one", NULL);
        vessel__store_unref(store);
        if (!record)
            return (void *)"find";
    }
    return NULL;
}

static void opened_and_closed_by_many(void **state G_GNUC_UNUSED)
{
    g_autofree char *root = vt_path("root");
    VesselStore *store = open_at(root);
    define(store, 1, "one");
    vessel__store_unref(store);
    pthread_t threads[8];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_create(&threads[i], NULL, open_and_close, root);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        void *failure = NULL;
        pthread_join(threads[i], &failure);
        assert_null(failure);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {.name = "many_threads_disk", .test_func = many_threads},
        {.name = "many_threads_memory", .test_func = many_threads, .initial_state = (void *)"m"},
        cmocka_unit_test(opened_and_closed_by_many),
    };
    return vt_main(tests);
}
