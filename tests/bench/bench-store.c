/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store's part of the library's figures. */
#include "tests/bench/figure.h"

#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_SIZE 3000 /* of a definition as virt-install writes it */

static void check(int rc, VesselError *err, const char *step)
{
    if (rc < 0)
        bench_die("%s: %s", step, vessel_error_message(err));
}

static VesselStore *open_root(const char *root)
{
    VesselError *err = NULL;
    VesselPlaces *places = NULL;
    VesselStore *store = NULL;
    check(vessel__places_resolve(root, &places, &err), err, "places");
    check(vessel__store_open(places, NULL, &store, &err), err, "open");
    vessel__places_free(places);
    return store;
}

static void define(VesselStore *store, unsigned number)
{
    char uuid[VESSEL__UUID_SIZE], name[32];
    g_snprintf(uuid, sizeof uuid, "00000000-0000-4000-8000-%012x", number);
    g_snprintf(name, sizeof name, "domain-%u", number);
    VesselError *err = NULL;
    VesselTxn *txn = NULL;
    g_autoptr(VesselDomainRecord) record = vessel__record_new(uuid, name, "emulator");
    record->persistent = true;
    record->given = g_strnfill(TEXT_SIZE, 'g');
    record->full = g_strnfill(TEXT_SIZE, 'f');
    g_autoptr(VesselJson) event = vessel__json_new_object();
    VesselJson *object = vessel__json_new_object();
    vessel__json_set_string(object, "type", "domain");
    vessel__json_set_string(object, "name", name);
    vessel__json_set_string(object, "uuid", uuid);
    vessel__json_set_string(event, "kind", "domain.defined");
    vessel__json_set(event, "object", object);
    check(vessel__txn_begin(store, "domain_define", vessel__deadline_after(5000), &txn, &err), err,
          "begin");
    check(vessel__txn_put_domain(txn, record, &err), err, "put");
    check(vessel__txn_event(txn, event, &err), err, "event");
    check(vessel__txn_commit(txn, &err), err, "commit");
}

/* The floor of a durable change: as many bytes as the journal gets, appended and synced. */
static double one_fsync(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, "fsync", NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    static const char block[28 * 1024];
    Sample sample = {0};
    for (int i = 0; i < 200; i++) {
        int64_t start = clock_ns();
        if (write(fd, block, sizeof block) != sizeof block || fdatasync(fd) < 0)
            bench_die("fsync: %s", g_strerror(errno));
        sample_add(&sample, (double)(clock_ns() - start));
    }
    close(fd);
    unlink(path);
    double median = sample_median(&sample);
    sample_clear(&sample);
    return median;
}

static void bench_open(const char *root)
{
    Sample cold = {0}, alone = {0}, beside = {0};
    for (int i = 0; i < 50; i++) {
        g_autofree char *fresh = g_strdup_printf("%s/cold-%d", root, i);
        int64_t start = clock_ns();
        VesselStore *store = open_root(fresh);
        sample_add(&cold, (double)(clock_ns() - start));
        vessel__store_unref(store);
    }
    g_autofree char *warm = g_build_filename(root, "cold-0", NULL);
    for (int i = 0; i < 200; i++) {
        int64_t start = clock_ns();
        VesselStore *store = open_root(warm);
        sample_add(&alone, (double)(clock_ns() - start));
        vessel__store_unref(store);
    }
    VesselStore *other = open_root(warm);
    for (int i = 0; i < 200; i++) {
        int64_t start = clock_ns();
        VesselStore *store = open_root(warm);
        sample_add(&beside, (double)(clock_ns() - start));
        vessel__store_unref(store);
    }
    vessel__store_unref(other);
    figure("open a root that must be made", "ms", sample_median(&cold), NULL, 0, "<= 5 ms");
    figure("open a root", "ms", sample_median(&alone), NULL, 0, "<= 0.5 ms");
    figure("open a root that this program has open", "us", sample_median(&beside), NULL, 0, "");
    sample_clear(&cold);
    sample_clear(&alone);
    sample_clear(&beside);
}

static void bench_define(VesselStore *store, const char *what, double fsync_ns, const char *aim)
{
    Sample sample = {0};
    for (unsigned i = 0; i < 400; i++) {
        int64_t start = clock_ns();
        define(store, i);
        sample_add(&sample, (double)(clock_ns() - start));
    }
    figure(what, "us", sample_median(&sample), fsync_ns > 0 ? "one fsync" : NULL, fsync_ns, aim);
    sample_clear(&sample);
}

static void bench_read(VesselStore *store, const char *where)
{
    VesselError *err = NULL;
    Sample find = {0}, list = {0};
    for (unsigned i = 400; i < 10000; i++)
        if (vessel__store_is_memory(store))
            define(store, i);
    for (int i = 0; i < 100; i++) {
        int64_t start = clock_ns();
        for (int j = 0; j < 1000; j++)
            vessel__record_unref(vessel__store_find_name(store, "domain-77", &err));
        sample_add(&find, (double)(clock_ns() - start) / 1000);
        GPtrArray *records = NULL, *lives = NULL;
        start = clock_ns();
        check(vessel__store_snapshot(store, &records, &lives, NULL, NULL, &err), err, "list");
        sample_add(&list, (double)(clock_ns() - start));
        g_ptr_array_unref(records);
        g_ptr_array_unref(lives);
    }
    g_autofree char *what = g_strdup_printf("look-up by name, %s", where);
    figure(what, "us", sample_median(&find), NULL, 0, "<= 2 us");
    g_free(what);
    what = g_strdup_printf("list, %s", where);
    figure(what, "ms", sample_median(&list), NULL, 0, "10,000: <= 3 ms");
    sample_clear(&find);
    sample_clear(&list);
}

/* As another program would: all of it from the disk. */
static void bench_load(const char *root, VesselStore *store)
{
    VesselError *err = NULL;
    VesselTxn *txn = NULL;
    check(vessel__txn_begin(store, "fill", vessel__deadline_after(5000), &txn, &err), err, "begin");
    for (unsigned i = 400; i < 10000; i++) {
        char uuid[VESSEL__UUID_SIZE], name[32];
        g_snprintf(uuid, sizeof uuid, "00000000-0000-4000-8000-%012x", i);
        g_snprintf(name, sizeof name, "domain-%u", i);
        g_autoptr(VesselDomainRecord) record = vessel__record_new(uuid, name, "emulator");
        record->persistent = true;
        record->given = g_strnfill(TEXT_SIZE, 'g');
        record->full = g_strnfill(TEXT_SIZE, 'f');
        check(vessel__txn_put_domain(txn, record, &err), err, "put");
    }
    check(vessel__txn_commit(txn, &err), err, "commit");
    bench_read(store, "10,000 on disk");
    vessel__store_unref(store);
    VesselStore *again = open_root(root);
    int64_t start = clock_ns();
    check(vessel__store_refresh(again, &err), err, "load");
    figure("load 10,000 definitions", "ms", (double)(clock_ns() - start), NULL, 0, "");
    vessel__store_unref(again);
}

int main(int argc, char **argv)
{
    g_autofree char *scratch = NULL;
    if (argc > 1)
        scratch = g_strdup(argv[1]);
    else
        scratch = g_dir_make_tmp("vessel-bench-XXXXXX", NULL);
    if (!scratch)
        bench_die("no scratch directory");
    figure_heading("The store");
    bench_open(scratch);
    double fsync_ns = one_fsync(scratch);
    g_autofree char *root = g_build_filename(scratch, "root", NULL);
    VesselStore *store = open_root(root);
    bench_define(store, "define, durable", fsync_ns, "<= 3 x one fsync");
    bench_define(store, "redefine, durable", fsync_ns, "<= 3 x one fsync");
    bench_read(store, "400 on disk");
    bench_load(root, store);
    VesselError *err = NULL;
    VesselStore *mock = NULL;
    check(vessel__store_open_memory(&mock, &err), err, "mock");
    bench_define(mock, "define in memory", 0, "~ 15 us");
    bench_read(mock, "10,000 in memory");
    vessel__store_unref(mock);
    return 0;
}
