/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the core fills in at define, whatever runs the domain: what the guest sees is made up once
 * and stays. Stable: running it on its own result changes nothing. */
#include "base/words.h"
#include "model/domain.h"

#define MAC_PREFIX "52:54:00" /* the one of virtual machines and containers everywhere */

uint64_t vessel__domain_numa_memory(const VesselDomainDef *def)
{
    uint64_t sum = 0;
    for (guint i = 0; def->numa_cells && i < def->numa_cells->len; i++)
        sum += ((const VesselNumaCell *)def->numa_cells->pdata[i])->memory.value;
    return sum;
}

static char *new_uuid(void)
{
    char uuid[VESSEL__UUID_SIZE];
    vessel__uuid_generate(uuid);
    return g_strdup(uuid);
}

static char *new_mac(void)
{
    char hex[7];
    vessel__random_hex(3, hex);
    return g_strdup_printf(MAC_PREFIX ":%.2s:%.2s:%.2s", hex, hex + 2, hex + 4);
}

/* One that no other card of the domain has. */
static void default_macs(VesselDomainDef *def)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal); /* borrowed */
    g_autoptr(GPtrArray) without = g_ptr_array_new();
    for (guint i = 0; def->devices && i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_INTERFACE)
            continue;
        if (device->interface->mac)
            g_hash_table_add(taken, device->interface->mac);
        else
            g_ptr_array_add(without, device->interface);
    }
    for (guint i = 0; i < without->len; i++) {
        VesselInterface *interface = without->pdata[i];
        g_autofree char *mac = new_mac();
        while (g_hash_table_contains(taken, mac)) {
            g_free(mac);
            mac = new_mac();
        }
        interface->mac = g_steal_pointer(&mac);
        g_hash_table_add(taken, interface->mac);
    }
}

static VesselInterface *card(const VesselDomainDef *def, guint index)
{
    const VesselDevice *device = vessel__domain_def_device(def, VESSEL_DEVICE_INTERFACE, index);
    return device ? device->interface : NULL;
}

static bool has_mac(const VesselDomainDef *def, const char *mac)
{
    const VesselInterface *one;
    for (guint i = 0; (one = card(def, i)); i++)
        if (g_strcmp0(one->mac, mac) == 0)
            return true;
    return false;
}

void vessel__domain_def_keep(VesselDomainDef *def, const VesselDomainDef *before)
{
    VesselInterface *one;
    for (guint i = 0; (one = card(def, i)); i++) {
        const VesselInterface *was = card(before, i);
        if (!one->mac && was && was->mac && !has_mac(def, was->mac))
            one->mac = g_strdup(was->mac);
    }
    if (def->genid && !*def->genid && before->genid) {
        g_free(def->genid);
        def->genid = g_strdup(before->genid);
    }
}

static void default_memory(VesselDomainDef *def)
{
    if (!def->memory_kib.set && vessel__domain_numa_memory(def))
        def->memory_kib = (VesselNumber){vessel__domain_numa_memory(def), true};
    uint64_t current = vessel__number(def->current_memory_kib, 0);
    if (!current || (def->memory_kib.set && current > def->memory_kib.value))
        def->current_memory_kib = def->memory_kib;
}

void vessel__domain_def_defaults(VesselDomainDef *def)
{
    if (!def->uuid)
        def->uuid = new_uuid();
    if (def->genid && !*def->genid) {
        g_free(def->genid);
        def->genid = new_uuid();
    }
    default_memory(def);
    if (!def->vcpus.set && !vessel__domain_is_container(def))
        def->vcpus = (VesselNumber){1, true};
    if (!def->on_poweroff)
        def->on_poweroff = VESSEL_ACTION_DESTROY;
    if (!def->on_reboot)
        def->on_reboot = VESSEL_ACTION_RESTART;
    if (!def->on_crash)
        def->on_crash = VESSEL_ACTION_DESTROY;
    default_macs(def);
}
