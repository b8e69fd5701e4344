/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bits: Intel SDM vol. 3 (CPUID leaf 1 ECX[5] VMX, MSR 0x3a IA32_FEATURE_CONTROL), AMD APM vol. 2
 * (CPUID 0x80000001 ECX[2] SVM, MSR 0xc0010114 VM_CR); hypervisor leaf 0x40000000 by convention. */
#include "kit/cpu.h"
#include "base/file.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define MSR_FEATURE_CONTROL 0x3a
#define MSR_VM_CR 0xc0010114
#define KVM_API 12

#if defined(__x86_64__) || defined(__i386__)
/* The virtual MSR device exists only with the module msr and for root. */
static bool read_msr(off_t msr, uint64_t *value)
{
    vessel_autofd int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && pread(fd, value, sizeof *value, msr) == (ssize_t)sizeof *value;
}

static bool cpuinfo_has(const char *flag)
{
    g_autofree char *text = NULL, *word = g_strdup_printf(" %s ", flag);
    size_t length;
    if (vessel__read_file(AT_FDCWD, "/proc/cpuinfo", 8 * 1024 * 1024, &text, &length, NULL) < 0)
        return false;
    char *flags = strstr(text, "\nflags");
    if (!flags)
        return false;
    flags[1 + strcspn(flags + 1, "\n")] = '\0';
    g_autofree char *padded = g_strconcat(flags, " ", NULL);
    return strstr(padded, word) != NULL;
}

static void read_cpuid(VesselCpuFacts *facts)
{
    unsigned a, b, c, d;
    uint64_t msr;
    facts->x86 = true;
    if (__get_cpuid(1, &a, &b, &c, &d)) {
        facts->vmx = c & (1u << 5);
        if (c & (1u << 31)) {
            __cpuid(0x40000000, a, b, c, d);
            memcpy(facts->hypervisor, &b, 4);
            memcpy(facts->hypervisor + 4, &c, 4);
            memcpy(facts->hypervisor + 8, &d, 4);
            if (!facts->hypervisor[0])
                g_strlcpy(facts->hypervisor, "unnamed", sizeof facts->hypervisor);
        }
    }
    if (__get_cpuid(0x80000001, &a, &b, &c, &d))
        facts->svm = c & (1u << 2);
    facts->cpuinfo_flag = cpuinfo_has("vmx") || cpuinfo_has("svm");
    if (facts->vmx && read_msr(MSR_FEATURE_CONTROL, &msr))
        facts->msr = (msr & 1) && !(msr & 4) ? VESSEL_CPU_MSR_OFF : VESSEL_CPU_MSR_ON;
    else if (facts->svm && read_msr(MSR_VM_CR, &msr))
        facts->msr = msr & (1u << 4) ? VESSEL_CPU_MSR_OFF : VESSEL_CPU_MSR_ON;
}
#else
static void read_cpuid(VesselCpuFacts *facts)
{
    (void)facts;
}
#endif

static void read_device(VesselCpuFacts *facts)
{
    vessel_autofd int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    int errnum = errno;
    if (fd >= 0) {
        int version = ioctl(fd, KVM_GET_API_VERSION, 0);
        facts->device = version == KVM_API ? VESSEL_DEV_KVM_OK : VESSEL_DEV_KVM_BROKEN;
        if (version != KVM_API)
            facts->device_why = g_strdup("/dev/kvm does not answer as KVM does");
        return;
    }
    if (errnum == ENOENT) {
        facts->device = VESSEL_DEV_KVM_ABSENT;
        facts->device_why = g_strdup("there is no /dev/kvm");
        return;
    }
    facts->device =
        errnum == EACCES || errnum == EPERM ? VESSEL_DEV_KVM_DENIED : VESSEL_DEV_KVM_BROKEN;
    if (facts->device == VESSEL_DEV_KVM_DENIED)
        facts->device_why = vessel__path_denied("/dev/kvm", R_OK | W_OK, (uid_t)-1, (gid_t)-1);
    if (!facts->device_why)
        facts->device_why = g_strdup_printf("/dev/kvm cannot be opened: %s", g_strerror(errnum));
}

void vessel__cpu_facts_read(VesselCpuFacts *facts)
{
    *facts = (VesselCpuFacts){0};
    read_cpuid(facts);
    read_device(facts);
    facts->page_table = access("/sys/module/kvm_pvm", F_OK) == 0;
}

void vessel__cpu_facts_clear(VesselCpuFacts *facts)
{
    g_free(facts->device_why);
    *facts = (VesselCpuFacts){0};
}

/* True, and how that is known, if the processor can and the firmware does not let it. */
static bool disabled_by_firmware(const VesselCpuFacts *facts, const char **how)
{
    if (!facts->vmx && !facts->svm)
        return false;
    if (facts->msr == VESSEL_CPU_MSR_OFF) {
        *how = facts->vmx ? "MSR IA32_FEATURE_CONTROL is locked without it"
                          : "MSR VM_CR has SVMDIS set";
        return true;
    }
    if (facts->msr == VESSEL_CPU_MSR_UNREAD && !facts->cpuinfo_flag) {
        *how = "CPUID has it, the flags in /proc/cpuinfo do not: the kernel found it locked";
        return true;
    }
    return false;
}

VesselKvmKind vessel__cpu_facts_kind(const VesselCpuFacts *facts, char **why)
{
    VesselKvmKind kind = VESSEL_KVM_NONE;
    char *reason = NULL;
    if (facts->device == VESSEL_DEV_KVM_DENIED)
        kind = VESSEL_KVM_DENIED;
    else if (facts->device == VESSEL_DEV_KVM_OK)
        kind = !facts->x86 || facts->cpuinfo_flag ? VESSEL_KVM_HARDWARE : VESSEL_KVM_SOFT;
    if (kind == VESSEL_KVM_SOFT)
        reason = g_strdup_printf(
            "/dev/kvm is there, but no hardware virtualisation is behind it (no vmx or "
            "svm flag%s): an ordinary kernel would crawl",
            facts->page_table ? "; kvm_pvm is loaded: page-table virtualisation" : "");
    else if (kind != VESSEL_KVM_HARDWARE)
        reason = g_strdup(facts->device_why);
    if (why)
        *why = reason;
    else
        g_free(reason);
    return kind;
}

VesselKvmKind vessel__kvm_kind(char **why)
{
    VesselCpuFacts facts;
    vessel__cpu_facts_read(&facts);
    VesselKvmKind kind = vessel__cpu_facts_kind(&facts, why);
    vessel__cpu_facts_clear(&facts);
    return kind;
}

/* The vendor words of leaf 0x40000000 in a form people know. */
static const char *hypervisor_name(const char *vendor)
{
    static const char *const names[][2] = {
        {"KVMKVMKVM", "KVM"},
        {"Microsoft Hv", "Hyper-V"},
        {"VMwareVMware", "VMware"},
        {"XenVMMXenVMM", "Xen"},
        {"TCGTCGTCGTCG", "QEMU's emulator"},
        {"bhyve bhyve ", "bhyve"},
        {" lrpepyh  vr", "Parallels"},
        {"ACRNACRNACRN", "ACRN"},
        {"VBoxVBoxVBox", "VirtualBox"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(vendor, names[i][0]) == 0)
            return names[i][1];
    return vendor;
}

static void report_processor(const VesselCpuFacts *facts, VesselReport *report)
{
    const char *what = facts->vmx ? "VT-x (Intel)" : "AMD-V", *how = NULL;
    g_autofree char *inside = facts->hypervisor[0]
                                  ? g_strdup_printf("; this machine is itself a guest of %s",
                                                    hypervisor_name(facts->hypervisor))
                                  : g_strdup("");
    if (!facts->x86)
        vessel__report_pass(report, "cpu-virtualisation",
                            "not an x86 processor: /dev/kvm alone tells");
    else if (disabled_by_firmware(facts, &how))
        vessel__report_fail(
            report, "cpu-virtualisation",
            facts->hypervisor[0]
                ? "Switch nested virtualisation on for this machine in the hypervisor below it"
                : "Switch virtualisation (VT-x, SVM) on in the firmware setup",
            "%s is there but disabled by the firmware (%s)%s", what, how, inside);
    else if (facts->vmx || facts->svm)
        vessel__report_pass(report, "cpu-virtualisation", "%s, by CPUID%s", what, inside);
    else
        vessel__report_warn(
            report, "cpu-virtualisation",
            facts->hypervisor[0]
                ? "Switch nested virtualisation on in the hypervisor below, or use type='emulator'"
                : "Use type='emulator'; this processor has no virtualisation",
            "neither VT-x nor AMD-V, by CPUID%s", inside);
}

void vessel__cpu_facts_report(const VesselCpuFacts *facts, VesselReport *report)
{
    g_autofree char *why = NULL;
    report_processor(facts, report);
    switch (vessel__cpu_facts_kind(facts, &why)) {
    case VESSEL_KVM_HARDWARE:
        vessel__report_pass(report, "kvm-device", "/dev/kvm can be used");
        break;
    case VESSEL_KVM_SOFT:
        vessel__report_pass(report, "kvm-device", "/dev/kvm can be used");
        vessel__report_warn(report, "kvm-kind",
                            "Use type='auto' or type='emulator' for ordinary guests",
                            "%s; type='auto' takes the emulator here", why);
        break;
    case VESSEL_KVM_DENIED:
        vessel__report_fail(
            report, "kvm-device",
            "Add the user to the group that owns /dev/kvm (usually kvm) and log in again, or run "
            "as root",
            "%s", why);
        break;
    case VESSEL_KVM_NONE:
        vessel__report_warn(report, "kvm-device",
                            facts->vmx ? "modprobe kvm_intel"
                            : facts->svm
                                ? "modprobe kvm_amd"
                                : "Use type='emulator'; in a container, pass /dev/kvm into it",
                            "%s", why);
        break;
    }
}
