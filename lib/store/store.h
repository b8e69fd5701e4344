/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Vessel remembers: definitions (vessel.db), the live state of this boot (runtime folders),
 * jobs, and the numbered events. One VesselStore per process and root, shared by every host opened
 * on it; thread-safe. It keeps texts and records, and knows no definition.
 *
 * The same interface has two makes: `local` (SQLite and files) and `memory` (the mock's), chosen at
 * open. Reads are answered from a table in memory that follows the database's change counter (the
 * wal-index header, mapped) and the event log, so a look-up costs no system call while nothing
 * changed. */
#ifndef VESSEL_STORE_STORE_H
#define VESSEL_STORE_STORE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "sys/lock.h"
#include <stdatomic.h>

/* ---- places (interfaces.md section 4) ---- */

typedef struct {
    char *state_dir;   /* vessel.db, log/ */
    char *runtime_dir; /* domains/, jobs/, events/, this boot only */
    char *cache_dir;
} VesselPlaces;
/* @root: an absolute directory that gets all of it (DIR, DIR/run, DIR/cache), or NULL for the
 * user's own places. */
int vessel__places_resolve(const char *root, VesselPlaces **places, VesselError **err);
void vessel__places_free(VesselPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselPlaces, vessel__places_free)

typedef struct VesselStore VesselStore;

/* Makes the directories (0700) and files where needed. Another user's: `denied` with the owner's
 * name. Read-only filesystem: opened immutable, changes are refused later. Damaged vessel.db:
 * `corrupt` with what to do; nothing is overwritten. A newer major, or a second copy of this
 * library in this process: `incompatible`, naming the program. A runtime directory of another boot
 * is put aside and swept. @log is borrowed from the first opener and may be NULL. */
int vessel__store_open(const VesselPlaces *places, VesselLog *log, VesselStore **store,
                       VesselError **err);
int vessel__store_open_memory(VesselStore **store, VesselError **err);
VesselStore *vessel__store_ref(VesselStore *store);
/* The last one closes. In a forked child it frees memory and touches nothing else. */
void vessel__store_unref(VesselStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselStore, vessel__store_unref)

/* Is this a child of the process that opened it? No system call. Nothing but unref may follow. */
bool vessel__store_forked(const VesselStore *store);
/* Before @log is freed: the store, which others may have open as well, forgets it. */
void vessel__store_drop_log(VesselStore *store, VesselLog *log);

bool vessel__store_is_memory(const VesselStore *store);
bool vessel__store_is_readonly(const VesselStore *store);
const char *
vessel__store_root_id(const VesselStore *store); /* 8 hex digits, part of kernel names */
const VesselPlaces *vessel__store_places(const VesselStore *store); /* NULL for memory */
int vessel__store_runtime_fd(const VesselStore *store); /* the runtime directory; -1 for memory */
int vessel__store_events_fd(const VesselStore *store);  /* its events/; -1 for memory */
int vessel__store_cache_fd(const VesselStore *store);   /* -1 for memory */

/* ---- domains: records are immutable once in the table; changing means putting another ---- */

typedef struct {
    _Atomic(int) refs;
    char uuid[VESSEL__UUID_SIZE];
    char *name;
    char *type;      /* what runs it: a driver's name ("kvm"), fixed at define ("auto" resolved) */
    bool persistent; /* false: a transient domain: only its name and UUID are kept here */
    bool autostart;
    char *given;         /* the text as the user gave it; NULL for a transient one */
    char *full;          /* with all that was filled in, as XML: the next start's definition */
    uint64_t generation; /* grows with each write of this record */
    /* One slot for the layer above to keep the parsed form in; set once, freed with the record. */
    _Atomic(void *) parsed;
    void (*parsed_free)(void *);
} VesselDomainRecord;

VesselDomainRecord *vessel__record_new(const char *uuid, const char *name, const char *type);
VesselDomainRecord *
vessel__record_copy(const VesselDomainRecord *record); /* parsed is not copied */
VesselDomainRecord *vessel__record_ref(VesselDomainRecord *record);
void vessel__record_unref(VesselDomainRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselDomainRecord, vessel__record_unref)

/* The live state of a domain in this boot, as its warden wrote it (state.json) or, where there is
 * no warden, as dispatch recorded it. Immutable. */
typedef struct {
    _Atomic(int) refs;
    int state;    /* public VesselDomainState */
    char *reason; /* "booted", "destroyed", "exit:3" … */
    int id;       /* -1 when shut off */
    int64_t since_us;
    char *driver;
    VesselProcess warden; /* pid 0: none */
    VesselProcess guest;  /* the hypervisor or init; pid 0: none */
    VesselJson *json;     /* the whole state.json, for the layers above */
} VesselLive;
VesselLive *vessel__live_ref(VesselLive *live);
void vessel__live_unref(VesselLive *live);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselLive, vessel__live_unref)

/* Brings the table up to date (cheap when nothing changed). Every look-up below does it itself. */
int vessel__store_refresh(VesselStore *store, VesselError **err);
/* NULL when there is none (then *err stays NULL) or on failure (then *err is set). */
VesselDomainRecord *vessel__store_find_uuid(VesselStore *store, const char *uuid,
                                            VesselError **err);
VesselDomainRecord *vessel__store_find_name(VesselStore *store, const char *name,
                                            VesselError **err);
VesselDomainRecord *vessel__store_find_id(VesselStore *store, int id, VesselError **err);
/* All records sorted by name (strcmp), each with its live state beside it (NULL = never started in
 * this boot) and the place in the events that this is true from; any out-parameter may be NULL. */
int vessel__store_snapshot(VesselStore *store, GPtrArray **records, GPtrArray **lives, char **epoch,
                           uint64_t *number, VesselError **err);
/* NULL: nothing recorded in this boot (shut off). */
VesselLive *vessel__store_live(VesselStore *store, const char *uuid);
/* For domains without a warden (memory store, or a dead warden's domain that was recovered): sets
 * it whole; @json as in state.json, NULL forgets it. Not for a domain whose warden lives. */
int vessel__store_set_live(VesselStore *store, const char *uuid, const VesselJson *json,
                           VesselError **err);

/* ---- writing ---- */

/* One write transaction. Holds the root's write.lock (so that a late one is told who holds it) and
 * BEGIN IMMEDIATE. No waiting, driver call or callback inside. */
typedef struct VesselTxn VesselTxn;
int vessel__txn_begin(VesselStore *store, const char *operation, VesselDeadline deadline,
                      VesselTxn **txn, VesselError **err);
/* Inserts or replaces by UUID; a name that another domain has is `exists`, saying which. A
 * transient record of another domain whose runtime folder shows it dead gives way. @record becomes
 * the table's (a reference is taken, its generation set) and is immutable from now on; what its
 * `parsed` holds is kept. One that was put before is copied instead. */
int vessel__txn_put_domain(VesselTxn *txn, VesselDomainRecord *record, VesselError **err);
int vessel__txn_delete_domain(VesselTxn *txn, const char *uuid, VesselError **err);
/* Written into the outbox in the same transaction; moved to the log after the commit, by whoever
 * writes next if this process dies in between; in the log exactly once. */
int vessel__txn_event(VesselTxn *txn, const VesselJson *event, VesselError **err);
/* Ends the transaction either way and frees it. 0 = durable. */
int vessel__txn_commit(VesselTxn *txn, VesselError **err);
void vessel__txn_abort(VesselTxn *txn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselTxn, vessel__txn_abort)

/* Facts with a name that outlive the boot ("ran" for stop-all …): small texts; NULL deletes. Not to
 * be read by a thread that is inside a transaction. */
int vessel__txn_set_fact(VesselTxn *txn, const char *name, const char *value, VesselError **err);
int vessel__store_fact(VesselStore *store, const char *name, char **value, VesselError **err);

/* ---- the runtime folder of a domain ---- */

/* Names inside domains/UUID/. */
#define VESSEL__RUN_OP_LOCK "op.lock"
#define VESSEL__RUN_WARDEN_LOCK "warden.lock"
#define VESSEL__RUN_STATE "state.json"
#define VESSEL__RUN_PLAN "plan.json"
#define VESSEL__RUN_DOMAIN "domain.xml" /* the definition in force, written before the start */
#define VESSEL__RUN_SOCKET "warden.sock"

/* Opens (and makes) the folder; for memory *dir is -1. */
int vessel__store_folder(VesselStore *store, const char *uuid, int *dir, VesselError **err);
/* Removes it whole: only with the operation lock held and no warden alive. */
int vessel__store_folder_remove(VesselStore *store, const char *uuid, VesselError **err);
/* A number for a domain that is being started: unique until reboot, from 1. */
int vessel__store_next_id(VesselStore *store, int *id, VesselError **err);
/* log/NAME.log, appended to, 0600, turned over at 1 MiB with one older kept (NAME.log.1). */
int vessel__store_log(VesselStore *store, const char *name, int *fd, VesselError **err);
int vessel__store_log_read(VesselStore *store, const char *name, int *fd, VesselError **err);
int vessel__store_log_rename(VesselStore *store, const char *old_name, const char *new_name,
                             VesselError **err);

/* The operation lock of a domain: op.lock for local, in memory for the mock; both across threads.
 */
typedef struct VesselOpLock VesselOpLock;
int vessel__store_op_lock(VesselStore *store, const char *uuid, const VesselHolder *holder,
                          VesselDeadline deadline, VesselOpLock **lock, VesselError **err);
int vessel__op_lock_fd(const VesselOpLock *lock); /* to pass to a warden; -1 for memory */
void vessel__op_lock_release(VesselOpLock *lock);
void vessel__op_lock_hand_over(VesselOpLock *lock); /* the warden owns it now */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselOpLock, vessel__op_lock_release)
/* 1 held (holder told), 0 free. */
int vessel__store_op_peek(VesselStore *store, const char *uuid, VesselHolder *holder,
                          VesselError **err);

/* ---- jobs: any program can list, follow and cancel them ---- */

typedef struct VesselJobFile VesselJobFile;
/* @record: {id, operation, object{type,name,uuid}, author{…}, started, progress, state}. The id is
 * made here (16 hex digits). The owner holds a lock while it lives; a record whose owner is dead is
 * listed as state "abandoned" and swept by the next writer. */
int vessel__store_job_new(VesselStore *store, VesselJson *record, VesselJobFile **job,
                          VesselError **err);
int vessel__store_job_update(VesselJobFile *job, const VesselJson *record, VesselError **err);
/* Has anybody asked to cancel it? */
bool vessel__store_job_cancelled(VesselJobFile *job);
/* Who did ("pid 4711 (virt-panel)"); NULL: nobody, or it is not known. g_free() it. */
char *vessel__store_job_canceller(VesselJobFile *job);
/* Final record kept for a short while so that followers see the end; frees @job. */
void vessel__store_job_end(VesselJobFile *job, const VesselJson *record);
int vessel__store_jobs(VesselStore *store, VesselJson **array, VesselError **err);
int vessel__store_job_read(VesselStore *store, const char *id, VesselJson **record,
                           VesselError **err);
int vessel__store_job_cancel(VesselStore *store, const char *id, const char *who,
                             VesselError **err);

/* ---- events ---- */

/* Appended at once (not through the outbox): for what is no change of a definition. */
int vessel__store_event(VesselStore *store, const VesselJson *event, uint64_t *number,
                        VesselError **err);
/* One that somebody who died was about to append: only if the log does not have it. */
int vessel__store_event_once(VesselStore *store, const VesselJson *event, VesselError **err);
typedef struct VesselStoreReader VesselStoreReader;
/* As vessel__eventreader_open; for the memory store the last 10,000 events are kept. */
int vessel__store_reader_open(VesselStore *store, const char *epoch, uint64_t number,
                              VesselStoreReader **reader, VesselError **err);
/* Readable (poll) while there may be something to read. One inotify instance per process and root
 * serves all readers. */
int vessel__store_reader_fd(VesselStoreReader *reader, VesselError **err);
/* Waits until there may be something to read, @other is readable (-1: none), or @deadline. */
int vessel__store_reader_wait(VesselStoreReader *reader, int other, VesselDeadline deadline,
                              VesselError **err);
int vessel__store_reader_next(VesselStoreReader *reader, VesselJson **record, uint64_t *number,
                              VesselError **err);
const char *vessel__store_reader_epoch(VesselStoreReader *reader);
void vessel__store_reader_free(VesselStoreReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselStoreReader, vessel__store_reader_free)

#endif
