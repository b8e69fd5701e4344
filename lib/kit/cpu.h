/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the processor says about virtualisation, and what follows from it. */
#ifndef VESSEL_KIT_CPU_H
#define VESSEL_KIT_CPU_H

#include "kit/report.h"

typedef struct {
    bool x86;
    bool vmx, svm;     /* CPUID: VT-x, AMD-V */
    bool cpuinfo_flag; /* the kernel shows the flag too, so it found it switched on */
    enum { VESSEL_CPU_MSR_UNREAD, VESSEL_CPU_MSR_ON, VESSEL_CPU_MSR_OFF } msr;
    char hypervisor[13]; /* CPUID leaf 0x40000000; "" on a physical machine */
    bool page_table;     /* the kernel has page-table virtualisation (kvm_pvm) */
    enum {
        VESSEL_DEV_KVM_ABSENT,
        VESSEL_DEV_KVM_DENIED,
        VESSEL_DEV_KVM_BROKEN,
        VESSEL_DEV_KVM_OK
    } device;
    char *device_why; /* unless OK */
} VesselCpuFacts;

void vessel__cpu_facts_read(VesselCpuFacts *facts);
void vessel__cpu_facts_clear(VesselCpuFacts *facts);
/* Pure: from facts to an answer and rows. @why (may be NULL) is g_free()d; NULL for HARDWARE. */
VesselKvmKind vessel__cpu_facts_kind(const VesselCpuFacts *facts, char **why);
void vessel__cpu_facts_report(const VesselCpuFacts *facts, VesselReport *report);

#endif
