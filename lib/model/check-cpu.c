/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks: virtual CPUs and what they look like. */
#include "model/check.h"

#define VCPU "/domain/vcpus/vcpu[%u]"

static void check_current(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    uint64_t most = vessel__number(def->vcpus, 1);
    if (def->vcpus_current.set && def->vcpus_current.value > most)
        vessel__check_at(
            check, g_strdup("/domain/vcpu/@current"), "the text of <vcpu> is the maximum",
            "%" G_GUINT64_FORMAT " virtual CPUs at boot are more than the %" G_GUINT64_FORMAT
            " there can be",
            def->vcpus_current.value, most);
}

static void check_vcpu_list(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    uint64_t most = vessel__number(def->vcpus, 1);
    g_autoptr(GHashTable) seen = NULL;

    for (guint i = 0; i < vessel__check_count(def->vcpu_list); i++) {
        const VesselVcpu *vcpu = def->vcpu_list->pdata[i];
        if (vcpu->id.value >= most)
            vessel__check_at(check, g_strdup_printf(VCPU "/@id", i + 1),
                             "the text of <vcpu> says how many there can be",
                             "there is no virtual CPU %" G_GUINT64_FORMAT
                             ": the last is %" G_GUINT64_FORMAT,
                             vcpu->id.value, most - 1);
        if (!vessel__check_first(&seen, g_strdup_printf("%" G_GUINT64_FORMAT, vcpu->id.value)))
            vessel__check_at(check, g_strdup_printf(VCPU "/@id", i + 1), NULL,
                             "virtual CPU %" G_GUINT64_FORMAT " is given more than once",
                             vcpu->id.value);
        if (vcpu->enabled == VESSEL_TRI_NO && vcpu->hotpluggable == VESSEL_TRI_NO)
            vessel__check_at(check, g_strdup_printf(VCPU "/@hotpluggable", i + 1), NULL,
                             "a virtual CPU that is not enabled must be hotpluggable");
    }
}

/* Either no virtual CPU that is there at boot has a turn, or each. */
static void check_vcpu_order(const VesselCheck *check)
{
    const GPtrArray *list = check->def->vcpu_list;
    const VesselVcpu *with = NULL, *without = NULL;
    guint where = 0;

    for (guint i = 0; i < vessel__check_count(list); i++) {
        const VesselVcpu *vcpu = list->pdata[i];
        if (vcpu->enabled != VESSEL_TRI_YES)
            continue;
        if (vcpu->order.set)
            with = vcpu;
        if (!vcpu->order.set && !without) {
            without = vcpu;
            where = i + 1;
        }
    }
    if (with && without)
        vessel__check_at(
            check, g_strdup_printf(VCPU "/@order", where), "give all of them an order, or none",
            "virtual CPU %" G_GUINT64_FORMAT " has no order, but another has", without->id.value);
}

/* Of containers and foreign hypervisors nothing is said about it. */
static bool is_machine(const VesselDomainDef *def)
{
    return def->type == VESSEL_DOMAIN_TYPE_KVM || def->type == VESSEL_DOMAIN_TYPE_EMULATOR ||
           def->type == VESSEL_DOMAIN_TYPE_QEMU || def->type == VESSEL_DOMAIN_TYPE_AUTO ||
           def->type == VESSEL_DOMAIN_TYPE_HVF;
}

static void check_topology(const VesselCheck *check)
{
    const VesselCpuTopology *topology = check->def->cpu_topology;
    uint64_t most = vessel__number(check->def->vcpus, 1), all;
    if (!topology)
        return;
    /* More than the word that libvirt counts them in is too many everywhere. */
    bool over = __builtin_mul_overflow(topology->sockets.value, topology->cores.value, &all);
    over = over || __builtin_mul_overflow(all, topology->threads.value, &all);
    over = over || __builtin_mul_overflow(all, vessel__number(topology->dies, 1), &all) ||
           all > UINT32_MAX;
    if (over)
        vessel__check_at(check, g_strdup("/domain/cpu/topology"), NULL,
                         "the topology has more virtual CPUs than can be counted");
    else if (all != most && is_machine(check->def))
        vessel__check_at(
            check, g_strdup("/domain/cpu/topology"),
            "sockets × dies × cores × threads must be the text of <vcpu>",
            "the topology does not give the %" G_GUINT64_FORMAT " virtual CPUs there can be", most);
}

static void check_model(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    bool named = def->cpu_model && def->cpu_model->name;
    bool custom = !def->cpu_mode || def->cpu_mode == VESSEL_CPU_MODE_CUSTOM;

    if (def->cpu_migratable && def->cpu_mode != VESSEL_CPU_MODE_HOST_PASSTHROUGH &&
        def->cpu_mode != VESSEL_CPU_MODE_MAXIMUM)
        vessel__check_at(check, g_strdup("/domain/cpu/@migratable"), NULL,
                         "migratable is for the modes host-passthrough and maximum only");
    if (def->cpu_check && custom && !named)
        vessel__check_at(check, g_strdup("/domain/cpu/@check"),
                         "give cpu/model, or a mode such as host-passthrough",
                         "there is no model to compare the CPU with");
    if (def->cpu_vendor && !named)
        vessel__check_at(check, g_strdup("/domain/cpu/vendor"), "give cpu/model too",
                         "the CPU has a vendor but no model");
    if (custom && !named && vessel__check_count(def->cpu_features))
        vessel__check_at(check, g_strdup("/domain/cpu/feature[1]"),
                         "give cpu/model, or a mode such as host-passthrough",
                         "the CPU has features but no model they are added to");
}

static void check_features(const VesselCheck *check)
{
    const GPtrArray *features = check->def->cpu_features;
    g_autoptr(GHashTable) seen = NULL;
    for (guint i = 0; i < vessel__check_count(features); i++) {
        const VesselCpuFeature *feature = features->pdata[i];
        if (!vessel__check_first(&seen, g_strdup(feature->name)))
            vessel__check_at(check, g_strdup_printf("/domain/cpu/feature[%u]/@name", i + 1), NULL,
                             "the CPU feature '%s' is given more than once", feature->name);
    }
}

static void check_address_size(const VesselCheck *check)
{
    const VesselMaxphysaddr *size = check->def->cpu_maxphysaddr;
    const char *mode =
        size ? vessel__domain_word("/domain/cpu/maxphysaddr/@mode", size->mode) : NULL;
    if (mode && strcmp(mode, "emulate") == 0 && !size->bits.set)
        vessel__check_at(check, g_strdup("/domain/cpu/maxphysaddr/@bits"), NULL,
                         "the mode 'emulate' needs the number of bits");
    if (mode && strcmp(mode, "passthrough") == 0 && size->bits.set)
        vessel__check_at(check, g_strdup("/domain/cpu/maxphysaddr/@bits"), NULL,
                         "the mode 'passthrough' has the number of bits of the host");
    if (mode && strcmp(mode, "passthrough") == 0 &&
        check->def->cpu_mode != VESSEL_CPU_MODE_HOST_PASSTHROUGH &&
        check->def->cpu_mode != VESSEL_CPU_MODE_MAXIMUM)
        vessel__check_at(check, g_strdup("/domain/cpu/maxphysaddr/@mode"), NULL,
                         "the host's size of an address goes with the host's CPU");
}

static void check_cache(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    const VesselCpuCache *cache = def->cpu_cache;
    const char *mode = cache ? vessel__domain_word("/domain/cpu/cache/@mode", cache->mode) : NULL;
    if (!mode)
        return;
    bool emulated = strcmp(mode, "emulate") == 0;
    if (emulated && vessel__number(cache->level, 0) != 3)
        vessel__check_at(check, g_strdup("/domain/cpu/cache/@level"), "give level='3'",
                         "only the cache of level 3 can be emulated");
    if (!emulated && cache->level.set)
        vessel__check_at(check, g_strdup("/domain/cpu/cache/@level"), "leave out the level",
                         "the mode '%s' is for all levels", mode);
    if (strcmp(mode, "passthrough") == 0 && def->cpu_mode != VESSEL_CPU_MODE_HOST_PASSTHROUGH &&
        def->cpu_mode != VESSEL_CPU_MODE_MAXIMUM)
        vessel__check_at(check, g_strdup("/domain/cpu/cache/@mode"), "use mode='host-passthrough'",
                         "the host's cache goes with the host's CPU");
}

void vessel__check_cpu(const VesselCheck *check)
{
    check_current(check);
    check_vcpu_list(check);
    check_vcpu_order(check);
    check_topology(check);
    check_model(check);
    check_features(check);
    check_address_size(check);
    check_cache(check);
}
