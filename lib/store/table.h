/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domains in memory: by UUID, by name, by id, and in the order of their names. Not locked. */
#ifndef VESSEL_STORE_TABLE_H
#define VESSEL_STORE_TABLE_H

#include "store/store.h"

typedef struct {
    char uuid[VESSEL__UUID_SIZE];
    VesselDomainRecord *record; /* NULL: only a live state is known */
    VesselLive *live;           /* NULL: none in this boot */
} VesselEntry;

typedef struct VesselTable VesselTable;
VesselTable *vessel__table_new(void);
void vessel__table_free(VesselTable *table);

/* Takes a reference; what was there by that UUID is replaced. */
void vessel__table_put(VesselTable *table, VesselDomainRecord *record);
void vessel__table_remove(VesselTable *table, const char *uuid);
/* Removes the records that @keep does not want. */
void vessel__table_retain(VesselTable *table, bool (*keep)(const VesselDomainRecord *, void *),
                          void *data);
/* Takes the reference over; NULL: none. */
void vessel__table_set_live(VesselTable *table, const char *uuid, VesselLive *live);
void vessel__table_clear_lives(VesselTable *table);

const VesselEntry *vessel__table_by_uuid(const VesselTable *table, const char *uuid);
/* The one with a record that has this name, or whose guest has this id. */
const VesselEntry *vessel__table_by_name(const VesselTable *table, const char *name);
const VesselEntry *vessel__table_by_id(const VesselTable *table, int id);
/* Those with a record, sorted by name (strcmp). */
guint vessel__table_count(const VesselTable *table);
const VesselEntry *vessel__table_at(const VesselTable *table, guint index);

#endif
