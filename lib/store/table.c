/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/table.h"

struct VesselTable {
    GHashTable *by_uuid; /* owns the entries; the key is the entry's own uuid */
    GHashTable *by_name; /* the key is the record's name */
    GHashTable *by_id;
    GPtrArray *sorted;
};

static void entry_free(void *data)
{
    VesselEntry *entry = data;
    vessel__record_unref(entry->record);
    vessel__live_unref(entry->live);
    g_free(entry);
}

VesselTable *vessel__table_new(void)
{
    VesselTable *table = g_new0(VesselTable, 1);
    table->by_uuid = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    table->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    table->by_id = g_hash_table_new(g_direct_hash, g_direct_equal);
    table->sorted = g_ptr_array_new();
    return table;
}

void vessel__table_free(VesselTable *table)
{
    if (!table)
        return;
    g_ptr_array_unref(table->sorted);
    g_hash_table_unref(table->by_id);
    g_hash_table_unref(table->by_name);
    g_hash_table_unref(table->by_uuid);
    g_free(table);
}

/* The first place in the order whose name is not before @name. */
static guint lower_bound(const VesselTable *table, const char *name)
{
    guint low = 0, high = table->sorted->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const VesselEntry *entry = g_ptr_array_index(table->sorted, middle);
        if (strcmp(entry->record->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void order_insert(VesselTable *table, VesselEntry *entry)
{
    /* Loading comes in order: nothing is searched or moved then. */
    guint count = table->sorted->len;
    if (count) {
        const VesselEntry *last = g_ptr_array_index(table->sorted, count - 1);
        if (strcmp(last->record->name, entry->record->name) > 0) {
            g_ptr_array_insert(table->sorted, (gint)lower_bound(table, entry->record->name), entry);
            return;
        }
    }
    g_ptr_array_add(table->sorted, entry);
}

static void order_remove(VesselTable *table, const VesselEntry *entry)
{
    /* Two may have one name for a moment, while a batch of renames comes in. */
    for (guint i = lower_bound(table, entry->record->name); i < table->sorted->len; i++) {
        if (g_ptr_array_index(table->sorted, i) == entry) {
            g_ptr_array_remove_index(table->sorted, i);
            return;
        }
    }
}

static void drop_record(VesselTable *table, VesselEntry *entry)
{
    if (!entry->record)
        return;
    order_remove(table, entry);
    if (g_hash_table_lookup(table->by_name, entry->record->name) == entry)
        g_hash_table_remove(table->by_name, entry->record->name);
    vessel__record_unref(g_steal_pointer(&entry->record));
}

static VesselEntry *entry_for(VesselTable *table, const char *uuid)
{
    VesselEntry *entry = g_hash_table_lookup(table->by_uuid, uuid);
    if (!entry) {
        entry = g_new0(VesselEntry, 1);
        g_strlcpy(entry->uuid, uuid, sizeof entry->uuid);
        g_hash_table_insert(table->by_uuid, entry->uuid, entry);
    }
    return entry;
}

static void drop_if_empty(VesselTable *table, const VesselEntry *entry)
{
    if (!entry->record && !entry->live)
        g_hash_table_remove(table->by_uuid, entry->uuid);
}

void vessel__table_put(VesselTable *table, VesselDomainRecord *record)
{
    VesselEntry *entry = entry_for(table, record->uuid);
    drop_record(table, entry);
    entry->record = vessel__record_ref(record);
    g_hash_table_replace(table->by_name, record->name, entry);
    order_insert(table, entry);
}

void vessel__table_remove(VesselTable *table, const char *uuid)
{
    VesselEntry *entry = g_hash_table_lookup(table->by_uuid, uuid);
    if (!entry)
        return;
    drop_record(table, entry);
    drop_if_empty(table, entry);
}

void vessel__table_retain(VesselTable *table, bool (*keep)(const VesselDomainRecord *, void *),
                          void *data)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new();
    for (guint i = 0; i < table->sorted->len; i++) {
        VesselEntry *entry = g_ptr_array_index(table->sorted, i);
        if (!keep(entry->record, data))
            g_ptr_array_add(gone, entry);
    }
    for (guint i = 0; i < gone->len; i++) {
        VesselEntry *entry = g_ptr_array_index(gone, i);
        drop_record(table, entry);
        drop_if_empty(table, entry);
    }
}

static void drop_live(VesselTable *table, VesselEntry *entry)
{
    if (!entry->live)
        return;
    void *id = GINT_TO_POINTER(entry->live->id);
    if (entry->live->id > 0 && g_hash_table_lookup(table->by_id, id) == entry)
        g_hash_table_remove(table->by_id, id);
    vessel__live_unref(g_steal_pointer(&entry->live));
}

void vessel__table_set_live(VesselTable *table, const char *uuid, VesselLive *live)
{
    if (!live && !g_hash_table_contains(table->by_uuid, uuid))
        return;
    VesselEntry *entry = entry_for(table, uuid);
    drop_live(table, entry);
    entry->live = live;
    if (live && live->id > 0)
        g_hash_table_replace(table->by_id, GINT_TO_POINTER(live->id), entry);
    drop_if_empty(table, entry);
}

void vessel__table_clear_lives(VesselTable *table)
{
    g_autoptr(GList) entries = g_hash_table_get_values(table->by_uuid);
    for (GList *item = entries; item; item = item->next) {
        drop_live(table, item->data);
        drop_if_empty(table, item->data);
    }
}

const VesselEntry *vessel__table_by_uuid(const VesselTable *table, const char *uuid)
{
    return g_hash_table_lookup(table->by_uuid, uuid);
}

const VesselEntry *vessel__table_by_name(const VesselTable *table, const char *name)
{
    return g_hash_table_lookup(table->by_name, name);
}

const VesselEntry *vessel__table_by_id(const VesselTable *table, int id)
{
    return g_hash_table_lookup(table->by_id, GINT_TO_POINTER(id));
}

guint vessel__table_count(const VesselTable *table)
{
    return table->sorted->len;
}

const VesselEntry *vessel__table_at(const VesselTable *table, guint index)
{
    return g_ptr_array_index(table->sorted, index);
}
