/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of lib/store share. */
#ifndef VESSEL_TESTS_UNIT_TEST_STORE_H
#define VESSEL_TESTS_UNIT_TEST_STORE_H

#include "base/words.h"
#include "store/store.h"
#include "tests/lib/vt.h"
#include <vessel/domain.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

static inline VesselPlaces *places_at(const char *root)
{
    VesselPlaces *places = NULL;
    VesselError *err = NULL;
    vessel__places_resolve(root, &places, &err);
    vt_no_error(err);
    return places;
}

static inline int try_open(const char *root, VesselStore **store, VesselError **err)
{
    g_autoptr(VesselPlaces) places = places_at(root);
    return vessel__store_open(places, NULL, store, err);
}

static inline VesselStore *open_at(const char *root)
{
    VesselStore *store = NULL;
    VesselError *err = NULL;
    try_open(root, &store, &err);
    vt_no_error(err);
    assert_non_null(store);
    return store;
}

/* The case's own root. */
static inline VesselStore *open_root(void)
{
    g_autofree char *root = vt_path("root");
    return open_at(root);
}

static inline VesselStore *open_mock(void)
{
    VesselStore *store = NULL;
    VesselError *err = NULL;
    vessel__store_open_memory(&store, &err);
    vt_no_error(err);
    return store;
}

/* 00000000-0000-4000-8000-0000000000NN */
static inline const char *uuid_of(unsigned number)
{
    static __thread char uuid[8][VESSEL__UUID_SIZE];
    static __thread unsigned next;
    char *text = uuid[next++ % 8];
    snprintf(text, VESSEL__UUID_SIZE, "00000000-0000-4000-8000-%012x", number);
    return text;
}

static inline VesselJson *domain_event(const char *kind, const char *uuid, const char *name)
{
    VesselJson *event = vessel__json_new_object();
    VesselJson *object = vessel__json_new_object();
    vessel__json_set_string(object, "type", "domain");
    vessel__json_set_string(object, "uuid", uuid);
    vessel__json_set_string(object, "name", name);
    vessel__json_set_string(event, "kind", kind);
    vessel__json_set(event, "object", object);
    return event;
}

static inline VesselDomainRecord *new_record(const char *uuid, const char *name)
{
    VesselDomainRecord *record = vessel__record_new(uuid, name, "emulator");
    record->persistent = true;
    record->given = g_strdup_printf("<domain><name>%s</name></domain>", name);
    record->full = g_strdup_printf("<domain type='emulator'><name>%s</name></domain>", name);
    return record;
}

/* One transaction: the record and an event; 0 or the code. */
static inline int try_define(VesselStore *store, VesselDomainRecord *record, int64_t timeout_ms,
                             VesselError **err)
{
    g_autoptr(VesselTxn) txn = NULL;
    g_autoptr(VesselJson) event = domain_event("domain.defined", record->uuid, record->name);
    int rc =
        vessel__txn_begin(store, "domain_define", vessel__deadline_after(timeout_ms), &txn, err);
    if (rc >= 0)
        rc = vessel__txn_put_domain(txn, record, err);
    if (rc >= 0)
        rc = vessel__txn_event(txn, event, err);
    return rc < 0 ? rc : vessel__txn_commit(g_steal_pointer(&txn), err);
}

static inline void define(VesselStore *store, unsigned number, const char *name)
{
    VesselError *err = NULL;
    g_autoptr(VesselDomainRecord) record = new_record(uuid_of(number), name);
    int rc = try_define(store, record, 5000, &err);
    vt_no_error(err);
    assert_int_equal(rc, 0);
}

static inline int try_undefine(VesselStore *store, unsigned number, VesselError **err)
{
    g_autoptr(VesselTxn) txn = NULL;
    g_autoptr(VesselJson) event = domain_event("domain.undefined", uuid_of(number), "x");
    int rc = vessel__txn_begin(store, "domain_undefine", vessel__deadline_after(5000), &txn, err);
    if (rc >= 0)
        rc = vessel__txn_delete_domain(txn, uuid_of(number), err);
    if (rc >= 0)
        rc = vessel__txn_event(txn, event, err);
    return rc < 0 ? rc : vessel__txn_commit(g_steal_pointer(&txn), err);
}

static inline void undefine(VesselStore *store, unsigned number)
{
    VesselError *err = NULL;
    int rc = try_undefine(store, number, &err);
    vt_no_error(err);
    assert_int_equal(rc, 0);
}

/* NULL when there is none. */
static inline VesselDomainRecord *find(VesselStore *store, const char *name)
{
    VesselError *err = NULL;
    VesselDomainRecord *record = vessel__store_find_name(store, name, &err);
    vt_no_error(err);
    return record;
}

static inline bool has(VesselStore *store, const char *name)
{
    g_autoptr(VesselDomainRecord) record = find(store, name);
    return record != NULL;
}

static inline guint count_domains(VesselStore *store)
{
    VesselError *err = NULL;
    g_autoptr(GPtrArray) records = NULL;
    vessel__store_snapshot(store, &records, NULL, NULL, NULL, &err);
    vt_no_error(err);
    return records->len;
}

static inline VesselJson *state_json(const char *state, int id)
{
    char time[32];
    vessel__time_format(vessel__realtime_us(), time);
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_string(json, "state", state);
    vessel__json_set_string(json, "reason", "booted");
    vessel__json_set_string(json, "driver", "emulator");
    vessel__json_set_string(json, "since", time);
    vessel__json_set_string(json, "boot_id", vessel__boot_id());
    vessel__json_set_int(json, "id", id);
    return json;
}

/* Runs @body in a process of its own and returns its pid. It must end by _exit(). */
#define IN_CHILD(pid)                                                                              \
    pid_t pid = fork();                                                                            \
    assert_true((pid) >= 0);                                                                       \
    if ((pid) == 0)

static inline int wait_exit(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
