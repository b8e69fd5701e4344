/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <features>: of the machine. */
#include "model/things.h"

static const char *const hyperv_mode_words[] = {"", "passthrough", "custom", NULL};

static const VesselRow hyperv_rows[] = {
    VESSEL_ENUM(VesselHyperv, mode, "@mode", hyperv_mode_words, VESSEL_ROW_GUEST_ABI,
                "all the host has, or those that are named"),
    VESSEL_SWITCH(VesselHyperv, relaxed, "relaxed/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "no watchdog on timers"),
    VESSEL_SWITCH(VesselHyperv, vapic, "vapic/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "a faster APIC"),
    VESSEL_SWITCH(VesselHyperv, spinlocks, "spinlocks/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "spinlocks that give way"),
    VESSEL_NUMBER(VesselHyperv, spinlock_retries, "spinlocks/@retries", 4095, 4294967295,
                  VESSEL_ROW_GUEST_ABI, "how often they try first"),
    VESSEL_SWITCH(VesselHyperv, vpindex, "vpindex/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "numbers of virtual processors"),
    VESSEL_SWITCH(VesselHyperv, runtime, "runtime/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "time a processor ran"),
    VESSEL_SWITCH(VesselHyperv, synic, "synic/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "synthetic interrupts"),
    VESSEL_SWITCH(VesselHyperv, stimer, "stimer/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "synthetic timers"),
    VESSEL_SWITCH(VesselHyperv, stimer_direct, "stimer/direct/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "which need no message"),
    VESSEL_SWITCH(VesselHyperv, reset, "reset/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "reset by the hypervisor"),
    VESSEL_SWITCH(VesselHyperv, vendor_id, "vendor_id/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "a vendor of one's own"),
    VESSEL_STRING(VesselHyperv, vendor_id_value, "vendor_id/@value", &vessel__form_name_any, 12,
                  VESSEL_ROW_GUEST_ABI, "its name"),
    VESSEL_SWITCH(VesselHyperv, frequencies, "frequencies/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "frequencies can be read"),
    VESSEL_SWITCH(VesselHyperv, reenlightenment, "reenlightenment/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "news of a migration"),
    VESSEL_SWITCH(VesselHyperv, tlbflush, "tlbflush/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "flushes by the hypervisor"),
    VESSEL_SWITCH(VesselHyperv, ipi, "ipi/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "interrupts between processors by the hypervisor"),
    VESSEL_SWITCH(VesselHyperv, evmcs, "evmcs/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "nested virtualization that is faster"),
    VESSEL_SWITCH(VesselHyperv, avic, "avic/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "interrupts by hardware"),
    {.path = NULL},
};

const VesselTable vessel__hyperv_table = VESSEL_PART_TABLE(VesselHyperv, "hyperv", hyperv_rows);

static const VesselRow kvm_features_rows[] = {
    VESSEL_SWITCH(VesselKvmFeatures, hidden, "hidden/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "the guest does not see what it runs on"),
    VESSEL_SWITCH(VesselKvmFeatures, hint_dedicated, "hint-dedicated/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "CPUs are not shared"),
    VESSEL_SWITCH(VesselKvmFeatures, poll_control, "poll-control/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "the guest may stop polling by the host"),
    VESSEL_SWITCH(VesselKvmFeatures, pv_ipi, "pv-ipi/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "interrupts between processors by the hypervisor"),
    VESSEL_SWITCH(VesselKvmFeatures, dirty_ring, "dirty-ring/@state", vessel__off_on,
                  VESSEL_ROW_NEEDED, "rings of dirty pages"),
    VESSEL_NUMBER(VesselKvmFeatures, dirty_ring_size, "dirty-ring/@size", 1024, 65536, 0,
                  "entries of a ring"),
    {.path = NULL},
};

const VesselTable vessel__kvm_features_table =
    VESSEL_PART_TABLE(VesselKvmFeatures, "kvm", kvm_features_rows);

static const char *const xen_features_passthrough_mode_words[] = {"", "sync_pt", "share_pt", NULL};

static const VesselRow xen_features_rows[] = {
    VESSEL_SWITCH(VesselXenFeatures, e820_host, "e820_host/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "the host's memory map"),
    VESSEL_SWITCH(VesselXenFeatures, passthrough, "passthrough/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "devices of the host"),
    VESSEL_ENUM(VesselXenFeatures, passthrough_mode, "passthrough/@mode",
                xen_features_passthrough_mode_words, VESSEL_ROW_GUEST_ABI,
                "how their page tables are kept"),
    {.path = NULL},
};

const VesselTable vessel__xen_features_table =
    VESSEL_PART_TABLE(VesselXenFeatures, "xen", xen_features_rows);

static const VesselRow smm_rows[] = {
    VESSEL_SWITCH(VesselSmm, state, "@state", vessel__off_on, VESSEL_ROW_GUEST_ABI,
                  "system management mode; on if left out"),
    VESSEL_SIZE(VesselSmm, tseg, "tseg", 0, VESSEL_KIB_MAX, VESSEL_ROW_GUEST_ABI, "its memory",
                .unit = "MiB"),
    {.path = NULL},
};

const VesselTable vessel__smm_table = VESSEL_PART_TABLE(VesselSmm, "smm", smm_rows);

static const char *const hpt_resizing_words[] = {"", "enabled", "disabled", "required", NULL};

static const VesselRow hpt_rows[] = {
    VESSEL_ENUM(VesselHpt, resizing, "@resizing", hpt_resizing_words, VESSEL_ROW_GUEST_ABI,
                "whether the guest may resize its page table"),
    VESSEL_SIZE(VesselHpt, maxpagesize, "maxpagesize", 1, VESSEL_KIB_MAX, VESSEL_ROW_GUEST_ABI,
                "the largest page"),
    {.path = NULL},
};

const VesselTable vessel__hpt_table = VESSEL_PART_TABLE(VesselHpt, "hpt", hpt_rows);
