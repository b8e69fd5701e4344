/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <features>: of the machine. */
#include "model/things.h"

static const char *const hyperv_mode_words[] = {"", "passthrough", "custom", NULL};

static const VesselRow hyperv_rows[] = {
    VESSEL_ENUM(VesselHyperv, mode, "@mode", hyperv_mode_words, VESSEL_ROW_GUEST_ABI,
                "all the host has, or those that are named", .preset = "custom"),
    VESSEL_SWITCH(VesselHyperv, relaxed, "relaxed/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether guests relax their watchdogs on timers"),
    VESSEL_SWITCH(VesselHyperv, vapic, "vapic/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "whether there is a faster APIC"),
    VESSEL_SWITCH(VesselHyperv, spinlocks, "spinlocks/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether waiting for a spinlock gives the CPU away"),
    VESSEL_NUMBER(VesselHyperv, spinlock_retries, "spinlocks/@retries", 4095, 4294967295,
                  VESSEL_ROW_GUEST_ABI, "how often a spinlock is tried before that"),
    VESSEL_SWITCH(VesselHyperv, vpindex, "vpindex/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether virtual processors have numbers to be read"),
    VESSEL_SWITCH(VesselHyperv, runtime, "runtime/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the time a processor ran can be read"),
    VESSEL_SWITCH(VesselHyperv, synic, "synic/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether there are synthetic interrupts"),
    VESSEL_SWITCH(VesselHyperv, stimer, "stimer/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "whether there are synthetic timers"),
    VESSEL_SWITCH(VesselHyperv, stimer_direct, "stimer/direct/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether synthetic timers interrupt directly, without a message"),
    VESSEL_SWITCH(VesselHyperv, reset, "reset/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the hypervisor can reset the guest"),
    VESSEL_SWITCH(VesselHyperv, vendor_id, "vendor_id/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the hypervisor has a vendor of one's own"),
    VESSEL_STRING(VesselHyperv, vendor_id_value, "vendor_id/@value", &vessel__form_hv_vendor, 12,
                  VESSEL_ROW_GUEST_ABI, "vendor of the hypervisor that the guest reads"),
    VESSEL_SWITCH(VesselHyperv, frequencies, "frequencies/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "whether frequencies can be read"),
    VESSEL_SWITCH(VesselHyperv, reenlightenment, "reenlightenment/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the guest is told of a migration"),
    VESSEL_SWITCH(VesselHyperv, tlbflush, "tlbflush/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the hypervisor flushes TLBs for the guest"),
    VESSEL_SWITCH(VesselHyperv, ipi, "ipi/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the hypervisor sends interrupts between processors"),
    VESSEL_SWITCH(VesselHyperv, evmcs, "evmcs/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether nested virtualization has its faster form"),
    VESSEL_SWITCH(VesselHyperv, avic, "avic/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the hardware delivers interrupts"),
    {.path = NULL},
};

const VesselTable vessel__hyperv_table = VESSEL_PART_TABLE(VesselHyperv, "hyperv", hyperv_rows);

static const VesselRow kvm_features_rows[] = {
    VESSEL_SWITCH(VesselKvmFeatures, hidden, "hidden/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the guest cannot see that it runs on KVM"),
    VESSEL_SWITCH(VesselKvmFeatures, hint_dedicated, "hint-dedicated/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the guest is told that its CPUs are not shared"),
    VESSEL_SWITCH(VesselKvmFeatures, poll_control, "poll-control/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "the guest may stop polling by the host"),
    VESSEL_SWITCH(VesselKvmFeatures, pv_ipi, "pv-ipi/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the hypervisor sends interrupts between processors"),
    VESSEL_SWITCH(VesselKvmFeatures, dirty_ring, "dirty-ring/@state", vessel__off_on,
                  VESSEL_ROW_NEEDED, "whether written pages are told in rings"),
    VESSEL_NUMBER(VesselKvmFeatures, dirty_ring_size, "dirty-ring/@size", 1024, 65536, 0,
                  "entries of a ring"),
    {.path = NULL},
};

const VesselTable vessel__kvm_features_table =
    VESSEL_PART_TABLE(VesselKvmFeatures, "kvm", kvm_features_rows);

static const char *const xen_features_passthrough_mode_words[] = {"", "sync_pt", "share_pt", NULL};

static const VesselRow xen_features_rows[] = {
    VESSEL_SWITCH(VesselXenFeatures, e820_host, "e820_host/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the guest sees the host's memory map"),
    VESSEL_SWITCH(VesselXenFeatures, passthrough, "passthrough/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether devices of the host can be passed on"),
    VESSEL_ENUM(VesselXenFeatures, passthrough_mode, "passthrough/@mode",
                xen_features_passthrough_mode_words, VESSEL_ROW_GUEST_ABI,
                "how their page tables are kept", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__xen_features_table =
    VESSEL_PART_TABLE(VesselXenFeatures, "xen", xen_features_rows);

static const VesselRow smm_rows[] = {
    VESSEL_SWITCH(VesselSmm, state, "@state", vessel__off_on, VESSEL_ROW_GUEST_ABI,
                  "whether there is system management mode", .preset = "on"),
    VESSEL_SIZE(VesselSmm, tseg, "tseg", 0, VESSEL_KIB_MAX, VESSEL_ROW_GUEST_ABI,
                "memory that only system management mode sees", .unit = "MiB",
                .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__smm_table = VESSEL_PART_TABLE(VesselSmm, "smm", smm_rows);

static const char *const hpt_resizing_words[] = {"", "enabled", "disabled", "required", NULL};

static const VesselRow hpt_rows[] = {
    VESSEL_ENUM(VesselHpt, resizing, "@resizing", hpt_resizing_words, VESSEL_ROW_GUEST_ABI,
                "whether the guest may resize its page table", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SIZE(VesselHpt, maxpagesize, "maxpagesize", 1, VESSEL_KIB_MAX, VESSEL_ROW_GUEST_ABI,
                "the largest page", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__hpt_table = VESSEL_PART_TABLE(VesselHpt, "hpt", hpt_rows);
