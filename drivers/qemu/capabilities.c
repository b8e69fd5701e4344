/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The documents that say what can be run, from the probed facts. */
#include "base/words.h"
#include "qemu/family.h"

static VesselJson *machines_of(const VesselQemuFacts *facts)
{
    VesselJson *machines = vessel__json_new_array();
    for (guint i = 0; i < facts->machines->len; i++) {
        const VesselQemuMachine *machine = facts->machines->pdata[i];
        uint64_t most = MIN(machine->cpu_max, VESSEL__QEMU_VCPUS_MAX);
        for (int alias = 0; alias < 1 + (machine->alias != NULL); alias++) {
            VesselJson *entry = vessel__json_new_object();
            vessel__json_set_string(entry, "name", alias ? machine->alias : machine->name);
            vessel__json_set_string(entry, "canonical", alias ? machine->name : NULL);
            vessel__json_set_uint(entry, "max_cpus", most);
            vessel__json_append(machines, entry);
        }
    }
    return machines;
}

int vessel__qemu_capabilities(VesselQemuAccel accel, VesselDriverHost *host, VesselJson **guests,
                              VesselError **err)
{
    (void)err;
    *guests = vessel__json_new_array();
    for (const char *const *arch = vessel__qemu_arches; *arch; arch++) {
        g_autoptr(VesselQemuFacts) facts = NULL;
        g_autoptr(VesselError) why = NULL;
        g_autofree char *binary = NULL;
        if (!vessel__qemu_usable(accel, host, *arch, NULL, NULL) ||
            vessel__qemu_binary(NULL, *arch, &binary, NULL) < 0)
            continue;
        if (vessel__qemu_facts(host, binary, &facts, &why) < 0) {
            vessel_log(host->log, VESSEL__LOG_WARNING, "qemu", "left out of the capabilities: %s",
                       vessel_error_message(why));
            continue;
        }
        if (!(accel == VESSEL_QEMU_KVM ? facts->kvm : facts->tcg))
            continue;
        VesselJson *guest = vessel__json_new_object(), *types = vessel__json_new_array();
        /* "emulator" is the same as "qemu", and libvirt's schema knows only that. */
        vessel__json_append_string(types, accel == VESSEL_QEMU_KVM ? "kvm" : "qemu");
        vessel__json_set_string(guest, "arch", *arch);
        vessel__json_set_int(guest, "wordsize", strcmp(*arch, "x86_64") == 0 ? 64 : 32);
        vessel__json_set_string(guest, "emulator", binary);
        vessel__json_set_string(guest, "os_type", "hvm");
        vessel__json_set(guest, "machines", machines_of(facts));
        vessel__json_set(guest, "types", types);
        vessel__json_append(*guests, guest);
    }
    return 0;
}

/* ---- domain capabilities ---- */

static void add_enum(GString *xml, const char *indent, const char *name, VesselWords words)
{
    g_string_append_printf(xml, "%s<enum name='%s'>\n", indent, name);
    for (; words && *words; words++)
        g_string_append_printf(xml, "%s  <value>%s</value>\n", indent, *words);
    g_string_append_printf(xml, "%s</enum>\n", indent);
}

/* The words of a support row, without those that this machine or QEMU does not have. */
static char **supported_words(const char *path, const char *const *without)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (const VesselSupport *row = vessel__qemu_support; row->path; row++)
        if (strcmp(row->path, path) == 0)
            for (VesselWords word = row->words; word && *word; word++)
                if (vessel__word_find(without, *word) < 0)
                    g_ptr_array_add(words, g_strdup(*word));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

static void add_cpu(GString *xml, VesselQemuAccel accel)
{
    bool kvm = accel == VESSEL_QEMU_KVM;
    static const char *const on_off[] = {"on", "off", NULL};
    g_string_append_printf(xml, "  <cpu>\n    <mode name='host-passthrough' supported='%s'>\n",
                           kvm ? "yes" : "no");
    if (kvm)
        add_enum(xml, "      ", "hostPassthroughMigratable", on_off);
    g_string_append(xml, "    </mode>\n    <mode name='maximum' supported='yes'>\n");
    add_enum(xml, "      ", "maximumMigratable", on_off);
    g_string_append(xml, "    </mode>\n    <mode name='host-model' supported='no'/>\n"
                         "    <mode name='custom' supported='no'/>\n  </cpu>\n");
}

/* The devices that libvirt 9 has here: it says nothing of interfaces, ports and balloons. */
static void add_devices(GString *xml, VesselQemuMachineKind kind)
{
    static const char *const none[] = {NULL};
    static const char *const buses_q35[] = {"ide", NULL}, *const buses_pc[] = {"sata", NULL};
    static const char *const buses_microvm[] = {"ide", "sata", NULL};
    static const char *const cdrom[] = {"cdrom", NULL};
    bool microvm = kind == VESSEL_QEMU_MACHINE_MICROVM;
    const char *const *buses = microvm                           ? buses_microvm
                               : kind == VESSEL_QEMU_MACHINE_Q35 ? buses_q35
                                                                 : buses_pc;
    g_auto(GStrv) devices = supported_words("/domain/devices/disk/@device", microvm ? cdrom : none);
    g_auto(GStrv) bus_words = supported_words("/domain/devices/disk/target/@bus", buses);
    g_string_append(xml, "  <devices>\n    <disk supported='yes'>\n");
    add_enum(xml, "      ", "diskDevice", (VesselWords)devices);
    add_enum(xml, "      ", "bus", (VesselWords)bus_words);
    g_string_append(xml, "    </disk>\n");
    static const char *const no[] = {"graphics",   "video", "hostdev",  "rng",
                                     "filesystem", "tpm",   "redirdev", "channel"};
    for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
        g_string_append_printf(xml, "    <%s supported='no'/>\n", no[i]);
    g_string_append(xml, "  </devices>\n");
}

/* The binary to ask. A kind of guest that is never run is no missing feature; and an emulator of the
 * caller's own may be there where the usual one is not. */
static int ask_about(VesselQemuAccel accel, VesselDriverHost *host, const char *emulator,
                     const char *arch, const char *machine, char **binary, VesselError **err)
{
    g_autofree char *why_not = NULL;
    int code = vessel__qemu_kind_check(arch, machine, err);
    if (code == 0)
        code = vessel__qemu_binary(emulator, arch, binary, err);
    if (code < 0 || emulator || vessel__qemu_usable(accel, host, arch, machine, &why_not))
        return code;
    vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "no such guest can run here: %s",
                 why_not ? why_not : "no reason was given");
    vessel__error_hint(err, "`vessel doctor` says what is missing and what to do");
    return VESSEL_ERROR_MISSING_FEATURE;
}

int vessel__qemu_domain_capabilities(VesselQemuAccel accel, VesselDriverHost *host,
                                     const char *emulator, const char *arch, const char *machine,
                                     char **xml, VesselError **err)
{
    g_autoptr(VesselQemuFacts) facts = NULL;
    g_autofree char *binary = NULL;
    const VesselQemuMachine *found = NULL;
    const char *wanted = arch ? arch : vessel__qemu_arch(&(VesselDomainDef){0});
    *xml = NULL;
    int code = ask_about(accel, host, emulator, wanted, machine, &binary, err);
    if (code == 0)
        code = vessel__qemu_facts(host, binary, &facts, err);
    if (code == 0)
        code = vessel__qemu_facts_need_machine(facts, machine ? machine : "pc", &found, err);
    if (code < 0)
        return code;
    if (!(accel == VESSEL_QEMU_KVM ? facts->kvm : facts->tcg))
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "%s was built without %s", binary,
                            accel == VESSEL_QEMU_KVM ? "KVM" : "its emulator");
    GString *text = g_string_new("<domainCapabilities>\n");
    g_autofree char *path = g_markup_escape_text(binary, -1),
                    *name = g_markup_escape_text(found->name, -1);
    g_string_append_printf(text,
                           "  <path>%s</path>\n  <domain>%s</domain>\n  <machine>%s</machine>\n",
                           path, accel == VESSEL_QEMU_KVM ? "kvm" : "qemu", name);
    g_string_append_printf(text,
                           "  <arch>%s</arch>\n  <vcpu max='%u'/>\n  <iothreads supported='no'/>\n",
                           wanted, MIN(found->cpu_max, VESSEL__QEMU_VCPUS_MAX));
    g_string_append(text, "  <os supported='yes'>\n    <loader supported='no'/>\n  </os>\n");
    add_cpu(text, accel);
    add_devices(text, vessel__qemu_machine_kind(found->name));
    g_string_append(text, "  <features/>\n</domainCapabilities>\n");
    *xml = g_string_free(text, FALSE);
    return 0;
}
