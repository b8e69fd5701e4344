/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store of a mock host: the same table, and beside it what the disk keeps for others. */
#include "store/internal.h"

#include "base/words.h"

static void free_job(void *job)
{
    vessel__job_entry_free(job);
}

VesselMemory *vessel__memory_new(void)
{
    VesselMemory *memory = g_new0(VesselMemory, 1);
    vessel__random_hex(8, memory->epoch);
    memory->ring = g_new0(VesselJson *, VESSEL__MEMORY_EVENTS);
    memory->readers = g_ptr_array_new();
    memory->facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    memory->jobs = g_ptr_array_new_with_free_func(free_job);
    return memory;
}

void vessel__memory_free(VesselMemory *memory)
{
    if (!memory)
        return;
    for (size_t i = 0; i < VESSEL__MEMORY_EVENTS; i++)
        vessel__json_free(memory->ring[i]);
    g_free(memory->ring);
    g_ptr_array_unref(memory->readers);
    g_hash_table_unref(memory->facts);
    g_ptr_array_unref(memory->jobs);
    g_free(memory);
}

uint64_t vessel__memory_append(VesselMemory *memory, VesselJson *event)
{
    uint64_t number = ++memory->last;
    VesselJson **place = &memory->ring[(number - 1) % VESSEL__MEMORY_EVENTS];
    vessel__json_free(*place);
    *place = event;
    for (guint i = 0; i < memory->readers->len; i++)
        vessel__reader_ring(g_ptr_array_index(memory->readers, i));
    return number;
}

const VesselJson *vessel__memory_event(const VesselMemory *memory, uint64_t number)
{
    if (number == 0 || number > memory->last || number + VESSEL__MEMORY_EVENTS <= memory->last)
        return NULL;
    return memory->ring[(number - 1) % VESSEL__MEMORY_EVENTS];
}

void vessel__memory_commit(VesselTxn *txn)
{
    VesselStore *store = txn->store;
    VesselMemory *memory = store->memory;
    GHashTableIter iterator;
    gpointer name, value;
    if (txn->facts) {
        g_hash_table_iter_init(&iterator, txn->facts);
        while (g_hash_table_iter_next(&iterator, &name, &value)) {
            if (value)
                g_hash_table_replace(memory->facts, g_strdup(name), g_strdup(value));
            else
                g_hash_table_remove(memory->facts, name);
        }
    }
    memory->generation = txn->generation;
    pthread_mutex_lock(&store->table_mutex);
    vessel__txn_apply(txn);
    for (guint i = 0; i < txn->events->len; i++) {
        vessel__memory_append(memory, g_ptr_array_index(txn->events, i));
        g_ptr_array_index(txn->events, i) = NULL;
    }
    pthread_mutex_unlock(&store->table_mutex);
}
