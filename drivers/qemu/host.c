/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this host can run, and what stands in the way. */
#include "base/words.h"
#include "qemu/family.h"
#include "qemu/images.h"

#include <fcntl.h>

/* KVM runs guests of the host's own architecture, x86-64 also its 32-bit ones. */
static bool kvm_runs(const char *arch)
{
    const char *own = vessel__qemu_arch(&(VesselDomainDef){0});
    return strcmp(own, arch) == 0 || (strcmp(own, "x86_64") == 0 && strcmp(arch, "i686") == 0);
}

int vessel__qemu_usable(VesselQemuAccel accel, VesselDriverHost *host, const char *arch,
                        const char *machine, char **why_not)
{
    g_autoptr(VesselError) err = NULL;
    g_autofree char *binary = NULL, *why = NULL;
    const char *wanted = arch ? arch : vessel__qemu_arch(&(VesselDomainDef){0});
    if (vessel__qemu_kind_check(wanted, machine, &err) < 0)
        why = g_strdup(vessel_error_message(err));
    else if (accel == VESSEL_QEMU_KVM && !kvm_runs(wanted))
        why = g_strdup_printf("KVM here does not run guests of architecture %s", wanted);
    else if (accel == VESSEL_QEMU_KVM && vessel__kvm_kind(&why) >= VESSEL_KVM_SOFT)
        g_clear_pointer(&why, g_free); /* slow is not unusable */
    if (!why && vessel__qemu_binary(NULL, wanted, &binary, &err) < 0)
        why = g_strdup(vessel_error_message(err));
    if (!why && !host->helper_dir)
        why = g_strdup(host->helper_error ? vessel_error_message(host->helper_error)
                                          : "vessel-warden was not found");
    int usable = !why;
    if (why_not)
        *why_not = g_steal_pointer(&why);
    return usable;
}

void vessel__qemu_in_force(VesselDriverHost *host, VesselDomainDef *def, int id)
{
    (void)host;
    (void)id;
    vessel__qemu_assign_aliases(def);
}

/* ---- what a start needs ---- */

static void add_error(VesselProblems *problems, VesselError *err, const char *path)
{
    g_autoptr(VesselError) owned = err;
    vessel__error_move(&owned, path);
    vessel__problems_add_error(problems, owned);
}

static void check_binary(VesselQemuAccel accel, VesselDriverHost *host, const VesselDomainDef *def,
                         VesselProblems *problems)
{
    g_autoptr(VesselQemuFacts) facts = NULL;
    g_autofree char *binary = NULL;
    VesselError *err = NULL;
    const VesselDevice *emulator = vessel__domain_def_device(def, VESSEL_DEVICE_EMULATOR, 0);
    if (vessel__qemu_binary(emulator ? emulator->emulator : NULL, vessel__qemu_arch(def), &binary,
                            &err) < 0 ||
        vessel__qemu_facts(host, binary, &facts, &err) < 0) {
        add_error(problems, err, "/domain/devices/emulator");
        return;
    }
    if (!(accel == VESSEL_QEMU_KVM ? facts->kvm : facts->tcg))
        vessel__problems_add(problems, VESSEL_ERROR_UNSUPPORTED, "/domain/@type", 0, 0, NULL,
                             "%s was built without %s", binary,
                             accel == VESSEL_QEMU_KVM ? "KVM" : "its emulator");
    if (vessel__qemu_facts_need_machine(facts, def->os_machine, NULL, &err) < 0)
        add_error(problems, err, "/domain/os/type/@machine");
}

static void check_kvm(VesselProblems *problems)
{
    g_autofree char *why = NULL;
    VesselKvmKind kind = vessel__kvm_kind(&why);
    if (kind >= VESSEL_KVM_SOFT)
        return;
    vessel__problems_add(
        problems, kind == VESSEL_KVM_DENIED ? VESSEL_ERROR_DENIED : VESSEL_ERROR_MISSING_FEATURE,
        "/domain/@type", 0, 0,
        "`vessel doctor` says more; type='emulator' and type='auto' run without KVM",
        "KVM cannot be used: %s", why);
}

static void check_memory(const VesselDomainDef *def, VesselProblems *problems)
{
    VesselNode node;
    uint64_t memory = vessel__number(def->memory_kib, 0);
    if (vessel__node_read(&node, NULL) == 0 && memory > node.memory_kib)
        vessel__problems_add(problems, VESSEL_ERROR_NO_RESOURCE, "/domain/memory", 0, 0,
                             "Give the guest less memory",
                             "%" G_GUINT64_FORMAT
                             " KiB are more than this machine has (%" G_GUINT64_FORMAT " KiB)",
                             memory, node.memory_kib);
}

static void check_file(const char *file, const char *path, VesselProblems *problems)
{
    VesselError *err = NULL;
    if (file && vessel__qemu_file_check(file, path, &err) < 0)
        add_error(problems, err, path);
}

void vessel__qemu_check_start(VesselQemuAccel accel, VesselDriverHost *host,
                              const VesselDomainDef *def, VesselProblems *problems)
{
    check_binary(accel, host, def, problems);
    if (accel == VESSEL_QEMU_KVM)
        check_kvm(problems);
    check_memory(def, problems);
    check_file(def->kernel, "/domain/os/kernel", problems);
    check_file(def->initrd, "/domain/os/initrd", problems);
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        g_autoptr(VesselQemuChain) chain = NULL;
        if (device->kind == VESSEL_DEVICE_DISK)
            vessel__qemu_chain_open(def, device, problems, &chain);
    }
}

/* ---- doctor ---- */

void vessel__qemu_report(VesselQemuAccel accel, VesselDriverHost *host, VesselReport *report)
{
    bool kvm = accel == VESSEL_QEMU_KVM;
    guint found = 0;
    for (const char *const *arch = vessel__qemu_arches; *arch; arch++) {
        g_autoptr(VesselQemuFacts) facts = NULL;
        g_autoptr(VesselError) err = NULL;
        g_autofree char *binary = NULL;
        if (vessel__qemu_binary(NULL, *arch, &binary, NULL) < 0)
            continue;
        found++;
        if (vessel__qemu_facts(host, binary, &facts, &err) < 0) {
            if (!kvm) /* said once */
                vessel__report_fail(report, "qemu", vessel_error_hint(err), "%s: %s", binary,
                                    vessel_error_message(err));
        } else if (!kvm) {
            vessel__report_pass(report, "qemu", "%s: QEMU %s%s%s", binary, facts->version,
                                facts->tcg ? ", emulator" : "", facts->kvm ? ", KVM" : "");
        } else if (!facts->kvm) {
            vessel__report_warn(report, "qemu-kvm", "Install a QEMU that was built with KVM",
                                "%s was built without KVM", binary);
        }
    }
    if (!found && !kvm)
        vessel__report_fail(report, "qemu",
                            "apt-get install qemu-system-x86 (or your distribution's package)",
                            "no QEMU is installed");
}
