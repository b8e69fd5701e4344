/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that are killed at any moment: what was acknowledged is there, what was not is there
 * whole or not at all, and each change has its event exactly once and in order. */
#include "tests/unit/test-store.h"

#include <sys/mman.h>
#include <time.h>

#define WRITERS 3
#define UUIDS 5 /* of each writer */

/* What the processes of a case share. */
typedef struct {
    _Atomic(uint32_t) started[WRITERS]; /* operations begun and acknowledged */
    _Atomic(uint32_t) acknowledged[WRITERS];
} Shared;

static Shared *share(void)
{
    Shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    return shared;
}

/* Operation @k of a writer: domains come, are renamed, go. */
static bool defines(uint32_t k)
{
    return (k / UUIDS) % 3 != 2;
}

static unsigned domain_of(unsigned writer, uint32_t k)
{
    return writer * 100 + k % UUIDS;
}

static int operate(VesselStore *store, unsigned writer, uint32_t k, VesselError **err)
{
    g_autoptr(VesselTxn) txn = NULL;
    const char *uuid = uuid_of(domain_of(writer, k));
    g_autofree char *name = g_strdup_printf("w%u-%u", writer, k);
    g_autoptr(VesselJson) event = domain_event("domain.changed", uuid, name);
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_int(detail, "writer", writer);
    vessel__json_set_int(detail, "k", k);
    vessel__json_set(event, "detail", detail);
    int rc = vessel__txn_begin(store, "test", vessel__deadline_after(20000), &txn, err);
    if (rc >= 0 && defines(k)) {
        g_autoptr(VesselDomainRecord) record = new_record(uuid, name);
        rc = vessel__txn_put_domain(txn, record, err);
    } else if (rc >= 0) {
        rc = vessel__txn_delete_domain(txn, uuid, err);
    }
    if (rc >= 0)
        rc = vessel__txn_event(txn, event, err);
    return rc < 0 ? rc : vessel__txn_commit(g_steal_pointer(&txn), err);
}

static void write_until_killed(const char *root, Shared *shared, unsigned writer)
{
    VesselStore *store = NULL;
    VesselError *err = NULL;
    if (try_open(root, &store, &err) < 0)
        _exit(2);
    /* What it was doing when it was killed was done or not: the store knows. */
    uint32_t k = shared->acknowledged[writer];
    if (shared->started[writer] > k) {
        g_autofree char *name = g_strdup_printf("w%u-%u", writer, k);
        g_autoptr(VesselDomainRecord) record =
            vessel__store_find_uuid(store, uuid_of(domain_of(writer, k)), &err);
        bool done = defines(k) ? record && strcmp(record->name, name) == 0 : !record;
        if (done)
            shared->acknowledged[writer] = ++k;
    }
    for (;; k++) {
        shared->started[writer] = k + 1;
        if (operate(store, writer, k, &err) < 0) {
            fprintf(stderr, "operation %u: %s\n", k, vessel_error_message(err));
            _exit(3);
        }
        shared->acknowledged[writer] = k + 1;
    }
}

/* How many operations of a writer the database shows, between those acknowledged and those begun.
 */
static uint32_t check_domains(VesselStore *store, unsigned writer, const Shared *shared)
{
    VesselError *err = NULL;
    for (uint32_t n = shared->acknowledged[writer]; n <= shared->started[writer]; n++) {
        bool right = true;
        for (unsigned i = 0; i < UUIDS; i++) {
            /* the last operation before n on domain i */
            uint32_t last = n > i ? (n - 1 - i) / UUIDS * UUIDS + i : UINT32_MAX;
            g_autoptr(VesselDomainRecord) record =
                vessel__store_find_uuid(store, uuid_of(writer * 100 + i), &err);
            vt_no_error(err);
            if (last == UINT32_MAX || !defines(last)) {
                right &= record == NULL;
            } else {
                g_autofree char *name = g_strdup_printf("w%u-%u", writer, last);
                right &= record && strcmp(record->name, name) == 0 && record->given &&
                         strstr(record->given, name) && strstr(record->full, name);
            }
        }
        if (right)
            return n;
    }
    fail_msg("writer %u: acknowledged %u, begun %u, and the database shows neither", writer,
             shared->acknowledged[writer], shared->started[writer]);
    return 0;
}

static void check_events(VesselStore *store, const char *epoch, const uint32_t done[WRITERS])
{
    VesselError *err = NULL;
    VesselStoreReader *reader = NULL;
    uint32_t next[WRITERS] = {0};
    uint64_t number, before = 0;
    vessel__store_reader_open(store, epoch, 0, &reader, &err);
    vt_no_error(err);
    assert_string_equal(vessel__store_reader_epoch(reader), epoch);
    for (;;) {
        g_autoptr(VesselJson) record = NULL;
        vessel__store_reader_next(reader, &record, &number, &err);
        vt_no_error(err);
        if (!record)
            break;
        const VesselJson *detail = vessel__json_get(record, "detail");
        int64_t writer = vessel__json_get_int(detail, "writer", -1);
        if (writer < 0)
            continue;
        assert_in_range(writer, 0, WRITERS - 1);
        assert_int_equal(vessel__json_get_int(detail, "k", -1), next[writer]);
        next[writer]++;
        assert_true(number > before);
        before = number;
    }
    vessel__store_reader_free(reader);
    for (unsigned writer = 0; writer < WRITERS; writer++)
        assert_int_equal(next[writer], done[writer]);
}

static void sleep_us(int us)
{
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L}, NULL);
}

static char *epoch_of(const char *root)
{
    g_autoptr(VesselStore) store = open_at(root);
    VesselError *err = NULL;
    char *epoch = NULL;
    vessel__store_snapshot(store, NULL, NULL, &epoch, NULL, &err);
    vt_no_error(err);
    return epoch;
}

static void kill_writers(unsigned writers, int rounds, int longest_us)
{
    g_autofree char *root = vt_path("root");
    Shared *shared = share();
    g_autofree char *epoch = epoch_of(root);
    unsigned seed = (unsigned)time(NULL);
    print_message("# seed %u\n", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    for (int round = 0; round < rounds; round++) {
        pid_t pids[WRITERS] = {0};
        for (unsigned i = 0; i < writers; i++) {
            pids[i] = fork();
            assert_true(pids[i] >= 0);
            if (pids[i] == 0)
                write_until_killed(root, shared, i);
        }
        uint32_t begun = shared->started[0];
        for (int i = 0; round % 4 != 0 && shared->started[0] == begun && i < 5000; i++)
            sleep_us(1000); /* every fourth is killed while it opens */
        for (unsigned i = 0; i < writers; i++) {
            sleep_us(g_rand_int_range(random, 0, longest_us));
            kill(pids[i], SIGKILL);
            assert_int_equal(wait_exit(pids[i]), 128 + SIGKILL);
        }
        if (round % 5 != 4)
            continue;
        uint32_t done[WRITERS] = {0};
        g_autoptr(VesselStore) store = open_at(root); /* moves what waits in the outbox */
        for (unsigned i = 0; i < writers; i++) {
            done[i] = check_domains(store, i, shared);
            shared->acknowledged[i] = shared->started[i] = done[i];
        }
        check_events(store, epoch, done);
    }
    uint32_t all = 0;
    for (unsigned i = 0; i < writers; i++)
        all += shared->acknowledged[i];
    print_message("# %u operations\n", all);
    assert_true(all > (uint32_t)rounds);
}

static void one_writer_is_killed(void **state G_GNUC_UNUSED)
{
    kill_writers(1, 80, 4000);
}

static void three_writers_are_killed(void **state G_GNUC_UNUSED)
{
    kill_writers(WRITERS, 20, 8000);
}

/* While the root is made for the first time. */
static void opener_is_killed(void **state G_GNUC_UNUSED)
{
    g_autoptr(GRand) random = g_rand_new();
    for (int round = 0; round < 30; round++) {
        g_autofree char *root = vt_path("root%d", round);
        for (int i = 0; i < 3; i++) {
            IN_CHILD(child)
            {
                VesselStore *store = open_at(root);
                define(store, 1, "one");
                pause();
            }
            sleep_us(g_rand_int_range(random, 500, 9000));
            kill(child, SIGKILL);
            wait_exit(child);
        }
        VesselStore *store = open_at(root);
        assert_true(count_domains(store) <= 1);
        define(store, 2, "two");
        vessel__store_unref(store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_writer_is_killed),
        cmocka_unit_test(three_writers_are_killed),
        cmocka_unit_test(opener_is_killed),
    };
    return vt_main(tests);
}
