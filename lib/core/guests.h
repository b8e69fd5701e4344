/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host remembers of a domain beside the store: the definition in force, a pidfd of its
 * warden, the driver's own data, its last statistics. All of it but the data of drivers whose truth
 * is the process can be found again. */
#ifndef VESSEL_CORE_GUESTS_H
#define VESSEL_CORE_GUESTS_H

#include "core/definition.h"

typedef struct VesselGuestEntry {
    _Atomic unsigned refs;
    pthread_mutex_t lock; /* of everything below */
    /* The definition in force. Where there is a runtime folder it is a copy of domain.xml, good as
     * long as the file is the same. */
    VesselDefinition *in_force;
    ino_t file;
    int64_t changed_ns;
    /* Its warden: readable once it is dead. */
    VesselProcess watched;
    int pidfd;
    int64_t kicked_ms; /* when recovery was last tried by somebody who only reads */
    /* Statistics. */
    VesselStats *last;
    int64_t last_ms;
    VesselProcess silent; /* the warden that did not answer; pid 0: it did */
    /* The driver's, see VesselGuest.data. */
    const VesselDriver *driver;
    void *data;
} VesselGuestEntry;

/* Made when it is not there. Drop with vessel__entry_unref. */
VesselGuestEntry *vessel__entry_get(VesselHost *host, const char *uuid);
VesselGuestEntry *vessel__entry_ref(VesselGuestEntry *entry);
void vessel__entry_unref(VesselGuestEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselGuestEntry, vessel__entry_unref)
/* True at most once a second: those who only read look after a domain no more often. */
bool vessel__entry_may_kick(VesselHost *host, const char *uuid);
GHashTable *vessel__entries_new(void);
/* The domain is gone (undefined, or transient and ended): what was remembered goes with the last
 * call that uses it. */
void vessel__entry_forget(VesselHost *host, const char *uuid);

/* ---- the definition in force ---- */

/* Of a running domain. not-found: nothing says what it is. */
int vessel__in_force(VesselHost *host, const char *uuid, VesselDefinition **definition,
                     VesselError **err);
int vessel__in_force_of(VesselHost *host, VesselGuestEntry *entry, const char *uuid,
                        VesselDefinition **definition, VesselError **err);
/* Before a start, and after a change of what no warden looks after. @dir: the runtime folder or -1.
 * NULL @def forgets it. */
int vessel__in_force_set(VesselHost *host, const char *uuid, int dir, const VesselDomainDef *def,
                         VesselError **err);

/* ---- state ---- */

typedef struct {
    VesselLive *live; /* may be NULL: never started in this boot */
    int state;        /* VesselDomainState */
    const char *reason;
    int id; /* -1 when shut off */
} VesselNow;
void vessel__now_clear(VesselNow *now);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VesselNow, vessel__now_clear)

/* The state of a domain, without waiting for anybody. What is recorded is believed as long as its
 * warden lives; if it does not, recovery is begun and not awaited. @live as the store has it (a
 * reference is taken), or NULL. */
void vessel__now(VesselHost *host, VesselDomainRecord *record, VesselLive *live, VesselNow *now);
/* True if that process, the domain's warden, lives. */
bool vessel__warden_lives(VesselHost *host, const char *uuid, const VesselProcess *warden);
/* The driver that runs it, or would: NULL if this build has none of that name. */
const VesselDriver *vessel__driver_of(const VesselDomainRecord *record, const VesselNow *now);
/* True if nobody should see the domain any more: transient, shut off, and nobody is starting it. */
bool vessel__is_leftover(VesselHost *host, const VesselDomainRecord *record, const VesselNow *now);

#endif
