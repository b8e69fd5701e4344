/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks: how the machine begins, its clock and its features. */
#include "model/device-disk-rows.h"

#include <stdio.h>

#define TIMER "/domain/clock/timer[%u]"

/* The feature as the definition asks for it, or absent. */
static VesselTri asks_for(const VesselDomainDef *def, const char *name)
{
    for (guint i = 0; i < vessel__check_count(def->os_features); i++) {
        const VesselFirmwareFeature *feature = def->os_features->pdata[i];
        const char *word = vessel__domain_word("/domain/os/firmware/feature/@name", feature->name);
        if (g_strcmp0(word, name) == 0)
            return feature->enabled;
    }
    return VESSEL_TRI_ABSENT;
}

static void check_firmware(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    const VesselLoader *loader = def->loader;
    if (vessel__check_count(def->os_features) && !def->os_firmware)
        vessel__check_at(check, g_strdup("/domain/os/firmware/feature[1]"),
                         "give os/@firmware, such as efi",
                         "features are for firmware that is chosen by them");
    if (asks_for(def, "enrolled-keys") == VESSEL_TRI_YES &&
        asks_for(def, "secure-boot") == VESSEL_TRI_NO)
        vessel__check_at(check, g_strdup("/domain/os/firmware/feature[1]"), NULL,
                         "firmware without secure-boot cannot have enrolled-keys");
    if (loader && !loader->path && !def->os_firmware)
        vessel__check_at(check, g_strdup("/domain/os/loader"),
                         "give its path, or os/@firmware to have it chosen",
                         "the loader has no path");
    bool chosen_bios =
        g_strcmp0(vessel__domain_word("/domain/os/@firmware", def->os_firmware), "bios") == 0;
    const char *type = loader ? vessel__domain_word("/domain/os/loader/@type", loader->type) : NULL;
    bool rom = type ? strcmp(type, "rom") == 0 : !def->os_firmware;
    bool bios = chosen_bios || rom;
    if (chosen_bios && def->nvram)
        vessel__check_at(check, g_strdup("/domain/os/nvram"), NULL, "a BIOS keeps no variables");
    if (bios && loader && loader->stateless == VESSEL_TRI_NO)
        vessel__check_at(check, g_strdup("/domain/os/loader/@stateless"), NULL,
                         "a BIOS keeps no variables: it is stateless");
    if (loader && loader->stateless == VESSEL_TRI_YES && def->nvram)
        vessel__check_at(check, g_strdup("/domain/os/nvram"), NULL,
                         "a stateless loader keeps no variables");
}

static void check_init(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    bool container =
        def->os_type ? strcmp(def->os_type, "exe") == 0 : vessel__domain_is_container(def);
    if (container && !def->init)
        vessel__check_at(check, g_strdup("/domain/os/init"), NULL,
                         "a container needs an <init>: what it runs");
}

static void check_nvram(const VesselCheck *check)
{
    const VesselNvram *nvram = check->def->nvram;
    VesselWhere source = {check, NULL, NULL, "/os/nvram/source"};
    if (!nvram)
        return;
    if (nvram->path && (nvram->type || nvram->source))
        vessel__check_at(check, g_strdup("/domain/os/nvram"), "leave out one of the two",
                         "the store is a file, or a source");
    if (nvram->type > VESSEL_DISK_BLOCK && nvram->type != VESSEL_DISK_NETWORK)
        vessel__check_at(check, g_strdup("/domain/os/nvram/@type"), NULL,
                         "the store is a file, a block device or on a network, not '%s'",
                         vessel__disk_types[nvram->type]);
    if (nvram->type && !nvram->source)
        vessel__check_at(check, g_strdup("/domain/os/nvram/source"), NULL,
                         "the store has no source");
    vessel__check_source(&source, nvram->source);
}

/* mm/dd/yy or mm/dd/yyyy */
static bool is_date(const char *text)
{
    guint month = 0, day = 0, year = 0;
    int length = 0;
    if (sscanf(text, "%2u/%2u/%4u%n", &month, &day, &year, &length) != 3 || text[length])
        return false;
    size_t digits = strlen(strrchr(text, '/') + 1);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 && (digits == 2 || digits == 4);
}

static void check_smbios(const VesselCheck *check, const VesselSysinfo *sysinfo, guint number)
{
    char uuid[VESSEL__UUID_SIZE];
    for (guint i = 0; i < vessel__check_count(sysinfo->bios); i++) {
        const VesselSysinfoEntry *entry = sysinfo->bios->pdata[i];
        if (g_strcmp0(entry->name, "date") == 0 && entry->value && !is_date(entry->value))
            vessel__check_at(check,
                             g_strdup_printf("/domain/sysinfo[%u]/bios/entry[%u]", number, i + 1),
                             "write it as mm/dd/yyyy", "'%s' is no date", entry->value);
    }
    for (guint i = 0; i < vessel__check_count(sysinfo->system); i++) {
        const VesselSysinfoEntry *entry = sysinfo->system->pdata[i];
        if (g_strcmp0(entry->name, "uuid") != 0 || !entry->value)
            continue;
        bool valid = vessel__uuid_parse(entry->value, uuid);
        if (!valid || (check->def->uuid && strcmp(uuid, check->def->uuid) != 0))
            vessel__check_at(check,
                             g_strdup_printf("/domain/sysinfo[%u]/system/entry[%u]", number, i + 1),
                             "leave it out: it is filled in",
                             valid ? "the UUID is not that of the domain" : "the entry is no UUID");
    }
}

static void check_fwcfg(const VesselCheck *check, const VesselSysinfo *sysinfo, guint number)
{
    for (guint i = 0; i < vessel__check_count(sysinfo->entry); i++) {
        const VesselFwcfgEntry *entry = sysinfo->entry->pdata[i];
        bool text = entry->value && *entry->value;
        if (text == (entry->file != NULL))
            vessel__check_at(
                check, g_strdup_printf("/domain/sysinfo[%u]/entry[%u]", number, i + 1), NULL,
                text ? "the entry has a value and a file" : "the entry has no value and no file");
    }
}

static void check_sysinfo(const VesselCheck *check)
{
    const GPtrArray *all = check->def->sysinfo;
    for (guint i = 0; i < vessel__check_count(all); i++) {
        check_smbios(check, all->pdata[i], i + 1);
        check_fwcfg(check, all->pdata[i], i + 1);
    }
}

/* What is given beside an offset that has no use for it would be lost. */
static void check_clock_parts(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    const struct {
        const char *path;
        bool given;
        unsigned offsets;
    } parts[] = {
        {"/domain/clock/@adjustment", def->clock_adjustment != NULL,
         1u << VESSEL_CLOCK_UTC | 1u << VESSEL_CLOCK_LOCALTIME | 1u << VESSEL_CLOCK_VARIABLE},
        {"/domain/clock/@basis", def->clock_basis != 0, 1u << VESSEL_CLOCK_VARIABLE},
        {"/domain/clock/@timezone", def->clock_timezone != NULL, 1u << VESSEL_CLOCK_TIMEZONE},
        {"/domain/clock/@start", def->clock_start.set, 1u << VESSEL_CLOCK_ABSOLUTE},
    };
    int offset = def->clock_offset ? (int)def->clock_offset : VESSEL_CLOCK_UTC;
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].given && !((parts[i].offsets >> offset) & 1))
            vessel__check_at(check, g_strdup(parts[i].path), "leave it out, or give another offset",
                             "the offset '%s' has no %s",
                             vessel__domain_word("/domain/clock/@offset", offset),
                             strrchr(parts[i].path, '@') + 1);
    }
}

static void check_clock(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    const char *adjustment = def->clock_adjustment;
    g_autofree char *number = adjustment ? vessel__form_integer.read(adjustment) : NULL;
    bool reset = adjustment && strcmp(adjustment, "reset") == 0;

    if (def->clock_offset == VESSEL_CLOCK_TIMEZONE && !def->clock_timezone)
        vessel__check_at(check, g_strdup("/domain/clock/@timezone"), "such as Europe/Paris",
                         "the offset 'timezone' needs the name of one");
    if (def->clock_offset == VESSEL_CLOCK_ABSOLUTE && !def->clock_start.set)
        vessel__check_at(check, g_strdup("/domain/clock/@start"), "seconds since 1970",
                         "the offset 'absolute' needs a start");
    if (adjustment && !number && !(reset && def->clock_offset != VESSEL_CLOCK_VARIABLE))
        vessel__check_at(check, g_strdup("/domain/clock/@adjustment"),
                         reset ? "'reset' is for the offsets utc and localtime" : NULL,
                         "adjustment '%s' is no number of seconds", adjustment);
    for (guint i = 0; i < vessel__check_count(def->timers); i++) {
        const VesselTimer *timer = def->timers->pdata[i];
        const char *policy =
            vessel__domain_word("/domain/clock/timer/@tickpolicy", timer->tickpolicy);
        bool details =
            timer->catchup_threshold.set || timer->catchup_slew.set || timer->catchup_limit.set;
        if (details && (!policy || strcmp(policy, "catchup") != 0))
            vessel__check_at(check, g_strdup_printf(TIMER "/catchup", i + 1),
                             "give tickpolicy='catchup' too",
                             "only a timer that catches up is told how");
    }
}

static void check_features(const VesselCheck *check)
{
    const VesselHyperv *hyperv = check->def->hyperv;
    const VesselKvmFeatures *kvm = check->def->kvm;
    if (hyperv && hyperv->spinlocks == VESSEL_TRI_YES && !hyperv->spinlock_retries.set)
        vessel__check_at(check, g_strdup("/domain/features/hyperv/spinlocks/@retries"),
                         "4095 at least", "spinlocks need a number of retries");
    if (hyperv && hyperv->vendor_id == VESSEL_TRI_YES && !hyperv->vendor_id_value)
        vessel__check_at(check, g_strdup("/domain/features/hyperv/vendor_id/@value"), NULL,
                         "vendor_id needs a value");
    const VesselSmm *smm = check->def->smm;
    if (smm && smm->tseg.set && smm->tseg.value % 1024 != 0)
        vessel__check_at(check, g_strdup("/domain/features/smm/tseg"), NULL,
                         "the size is not a multiple of 1 MiB");
    if (vessel__number(check->def->tcg_tb_cache, 0) % 1024 != 0)
        vessel__check_at(check, g_strdup("/domain/features/tcg/tb-cache"), NULL,
                         "the size is not a multiple of 1 MiB");
    uint64_t size = kvm ? vessel__number(kvm->dirty_ring_size, 0) : 0;
    if (kvm && kvm->dirty_ring == VESSEL_TRI_YES && (!size || (size & (size - 1))))
        vessel__check_at(check, g_strdup("/domain/features/kvm/dirty-ring/@size"), NULL,
                         size ? "the size of a dirty ring is a power of two"
                              : "a dirty ring needs a size");
}

void vessel__check_os(const VesselCheck *check)
{
    check_firmware(check);
    check_init(check);
    check_nvram(check);
    check_sysinfo(check);
    check_clock(check);
    check_clock_parts(check);
    check_features(check);
}
