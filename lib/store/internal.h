/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of lib/store share. Locks, in the order in which they may be taken:
 * registry -> db_mutex -> table_mutex -> events_mutex, watch.mutex. */
#ifndef VESSEL_STORE_INTERNAL_H
#define VESSEL_STORE_INTERNAL_H

#include "store/db.h"
#include "store/slots.h"
#include "store/store.h"
#include "store/table.h"
#include "sys/eventlog.h"
#include <pthread.h>

/* What a process that lives in another time zone of the disk is waited for, where the caller has no
 * deadline of its own: opening, numbers, reads while another program closes. */
#define VESSEL__STORE_PATIENCE_MS 5000

/* Names beneath the runtime directory. */
#define RUN_BOOT "boot" /* the boot id that the rest belongs to */
#define RUN_BOOT_LOCK "boot.lock"
#define RUN_STALE "stale"           /* what another boot left, about to be removed */
#define RUN_WRITE_LOCK "write.lock" /* one writer of vessel.db */
#define SLOT_WRITE "write"          /* among the slots: no UUID has that name */
#define RUN_NEXT_ID "next-id"       /* its length is the last domain id */
#define RUN_DOMAINS "domains"
#define RUN_JOBS "jobs"
#define RUN_EVENTS "events"
#define RUN_PROGRAMS "programs" /* who has the root open */

/* What the memory store keeps beside the table. */
typedef struct {
    char epoch[VESSEL__EPOCH_SIZE];
    VesselJson **ring;  /* VESSEL__MEMORY_EVENTS places; number n is at (n - 1) % that */
    uint64_t last;      /* number of the newest, 0 = none yet */
    GPtrArray *readers; /* VesselStoreReader, to be rung */
    GHashTable *facts;  /* name -> value */
    GPtrArray *jobs;    /* VesselJobFile */
    uint64_t generation;
    int next_id;
} VesselMemory;
#define VESSEL__MEMORY_EVENTS 10000

/* One inotify instance for all readers of this process on this root. */
typedef struct {
    pthread_mutex_t mutex;
    int inotify;        /* -1 until the first reader */
    GPtrArray *readers; /* VesselStoreReader, not owned */
} VesselWatch;

typedef struct VesselInstance VesselInstance;

struct VesselStore {
    _Atomic(int) refs;
    uint32_t process; /* which process this belongs to: see fork.c */
    char root_id[9];
    bool readonly;
    pthread_mutex_t log_mutex;
    VesselLog *log; /* borrowed; see vessel__store_drop_log */

    pthread_mutex_t table_mutex;
    VesselTable *table;

    VesselMemory *memory; /* NULL: local, and all of what follows counts */

    VesselPlaces *places;
    dev_t device; /* of the state directory */
    ino_t inode;
    int state_dir, runtime_dir, events_dir, cache_dir; /* -1: not to be had (read-only, full) */
    bool runtime_full; /* why runtime_dir is not to be had: no space, else no permission */
    VesselInstance *instance;
    VesselSlots *slots; /* operation locks, where op.lock cannot be written; and the next writer */

    pthread_mutex_t db_mutex;
    VesselDb *db;          /* NULL while the disk is too full to open it: see load.c */
    bool loaded;           /* the table was filled once */
    bool stale_transients; /* vessel.db names transient domains of another boot */

    VesselEventReader *follower;       /* table_mutex; NULL while there is no log to follow */
    char no_epoch[VESSEL__EPOCH_SIZE]; /* the snapshot's epoch while there is no log */
    bool lives_loaded;
    bool folders_swept; /* db_mutex */
    _Atomic(int64_t) jobs_swept_us;

    pthread_mutex_t events_mutex;
    VesselEventWriter *writer;
    VesselWatch watch;
};

/* ---- fork.c: which process is this, without a system call ---- */
uint32_t vessel__process_token(void);
/* The registry's mutex, made anew in a forked child. */
void vessel__registry_lock(void);
void vessel__registry_unlock(void);

/* ---- local.c ---- */
int vessel__local_open(VesselPlaces *places, VesselLog *log, VesselStore *store, VesselError **err);
void vessel__local_close(VesselStore *store);
/* The same in a forked child: memory and this process's own copies of descriptors, nothing that
 * another process could notice. */
void vessel__local_forget(VesselStore *store);
/* "DIR is not writable ..." for what needs a runtime directory. */
int vessel__local_need_runtime(VesselStore *store, VesselError **err);
/* A warning to whoever asked for a log. */
void vessel__store_warn(VesselStore *store, const VesselError *err, const char *what);

/* ---- dirs.c ---- */
/* Opens a directory of ours, made with its parents where it is missing; @durable: their names are
 * on the disk then. */
int vessel__dir_open(const char *path, bool durable, int *fd, VesselError **err);
/* The same without making it; not-found when it is missing. */
int vessel__dir_open_existing(const char *path, int *fd, VesselError **err);
bool vessel__dir_is_readonly(int fd);

/* ---- boot.c ---- */
/* Does what is beneath @runtime belong to this boot? */
bool vessel__boot_is_this(int runtime);
/* 1: a program or a warden is there, and *who says which (g_free() it); 0: nobody. */
int vessel__boot_used(int runtime, char **who, VesselError **err);
/* Makes what is beneath @runtime belong to this boot. */
int vessel__boot_prepare(int runtime, const char *path, VesselError **err);

/* ---- elsewhere.c ---- */
/* Where guests of this state directory run already with another runtime directory, that one it is.
 */
void vessel__runtime_elsewhere(VesselStore *store);

/* ---- instances.c ---- */
int vessel__instance_enter(int runtime, const char *root, VesselInstance **instance,
                           VesselError **err);
void vessel__instance_leave(VesselInstance *instance);
/* In a forked child: the parent goes on having it open. */
void vessel__instance_forget(VesselInstance *instance);
/* "pid 12 (virt-panel, libvessel 0.1.0), …": the others; NULL if there are none. g_free() it. */
char *vessel__instances_others(const VesselInstance *instance);
/* 1: somebody has the root open, and *who says who (g_free() it); 0: nobody. */
int vessel__instances_any(int runtime, char **who, VesselError **err);

/* ---- load.c: vessel.db -> table ---- */
/* Is the table what vessel.db says? No system call. */
bool vessel__load_is_current(const VesselStore *store);
/* Brings it up to date; db_mutex and table_mutex held. */
int vessel__load(VesselStore *store, VesselError **err);

/* ---- follow.c: event log and state.json -> table; table_mutex held ---- */
int vessel__follow(VesselStore *store, VesselError **err);
void vessel__follow_domain(VesselStore *store, const char *uuid);
void vessel__follow_stop(VesselStore *store);
/* The place that the table is true from. */
const char *vessel__follow_epoch(const VesselStore *store);
uint64_t vessel__follow_number(const VesselStore *store);

/* ---- lookup.c ---- */
/* 0: the table is up to date and table_mutex is held. */
int vessel__store_lock_fresh(VesselStore *store, VesselError **err);

/* ---- txn.c ---- */
typedef struct {
    char uuid[VESSEL__UUID_SIZE];
    VesselDomainRecord *record; /* NULL: deleted */
} VesselChange;

struct VesselTxn {
    VesselStore *store;
    bool slot;              /* local: first in this process, so that its threads do not poll */
    VesselLock *write_lock; /* local: first of all processes */
    GPtrArray *changes;     /* VesselChange */
    GPtrArray *events;      /* VesselJson, each with its "tx" */
    GHashTable *facts;      /* memory: name -> value or NULL */
    char id[17];
    uint64_t generation;   /* the last one given out */
    uint64_t outbox_first; /* local: ids of our own rows, 0 = none */
    uint64_t outbox_last;
};
/* Puts what it changed into the table; table_mutex held. */
void vessel__txn_apply(VesselTxn *txn);
/* txn-local.c: what a transaction is in vessel.db. Begin returns with db_mutex held. */
int vessel__local_begin(VesselTxn *txn, const char *operation, VesselDeadline deadline,
                        VesselError **err);
int vessel__local_put(VesselTxn *txn, const VesselDomainRecord *record, VesselError **err);
int vessel__local_delete(VesselTxn *txn, const char *uuid, VesselError **err);
int vessel__local_set_fact(VesselTxn *txn, const char *name, const char *value, VesselError **err);
int vessel__local_commit(VesselTxn *txn, VesselError **err);
void vessel__local_abort(VesselTxn *txn);

/* ---- outbox.c: db_mutex and write.lock held ---- */
/* Takes @event over. */
int vessel__outbox_add(VesselTxn *txn, VesselJson *event, VesselError **err);
/* Inside a transaction: what a writer that died left behind. */
int vessel__outbox_recover(VesselStore *store, VesselError **err);
/* After the commit. Never fails the operation: what stays is moved by the next writer. */
void vessel__outbox_move(VesselTxn *txn);
/* At open: if a writer died and nobody writes just now. */
void vessel__outbox_sweep(VesselStore *store);

/* ---- memory.c ---- */
VesselMemory *vessel__memory_new(void);
void vessel__memory_free(VesselMemory *memory);
/* table_mutex held. Takes @event over; returns its number. */
uint64_t vessel__memory_append(VesselMemory *memory, VesselJson *event);
/* Number n of the ring, or NULL when it is too old or not there yet. */
const VesselJson *vessel__memory_event(const VesselMemory *memory, uint64_t number);
void vessel__memory_commit(VesselTxn *txn);

/* ---- events.c ---- */
/* To the log of a local root; @number may be NULL. */
int vessel__events_append(VesselStore *store, const VesselJson *event, uint64_t *number,
                          VesselError **err);

/* ---- reader.c ---- */
/* Makes the reader's descriptor readable. */
void vessel__reader_ring(VesselStoreReader *reader);
void vessel__watch_close(VesselStore *store);

/* ---- folders.c ---- */
/* Once, by the first writer: folders that a program left which died between forgetting a domain and
 * removing its folder. db_mutex held. */
void vessel__folders_sweep(VesselStore *store);

/* ---- jobs.c ---- */
void vessel__job_entry_free(VesselJobFile *job);

#endif
