/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this host can do and what stands in the way: the rows of `vessel doctor` and the facts of
 * the capabilities document. */
#ifndef VESSEL_KIT_REPORT_H
#define VESSEL_KIT_REPORT_H

#include "base/error.h"
#include "base/json.h"

/* Rows: {"name": "kvm-device", "status": "pass|warn|fail", "message": …, "remedy": … or absent}. */
typedef struct VesselReport VesselReport;
VesselReport *vessel__report_new(void);
void vessel__report_free(VesselReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselReport, vessel__report_free)
void vessel__report_pass(VesselReport *report, const char *name, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void vessel__report_warn(VesselReport *report, const char *name, const char *remedy,
                         const char *format, ...) G_GNUC_PRINTF(4, 5);
void vessel__report_fail(VesselReport *report, const char *name, const char *remedy,
                         const char *format, ...) G_GNUC_PRINTF(4, 5);
VesselJson *vessel__report_steal_json(VesselReport *report);

/* The rows that belong to no driver: CPU virtualisation (CPUID: VT-x, AMD-V, disabled by firmware,
 * inside which hypervisor, page-table virtualisation), /dev/kvm and its permission, IOMMU, cgroup
 * layout and delegation, user namespaces, systemd, lingering, autostart unit. */
void vessel__report_host(VesselReport *report);

/* Of this process's user; its number where there is no name. Not GLib's: that one prints a warning
 * then. g_free() it. */
char *vessel__user_name(void);

/* How KVM is on this host. USABLE_SOFT: VMs can be created but no hardware virtualisation is behind
 * it (page-table virtualisation): ordinary guests would crawl, `auto` takes the emulator. */
typedef enum { VESSEL_KVM_NONE, VESSEL_KVM_DENIED, VESSEL_KVM_SOFT, VESSEL_KVM_HARDWARE } VesselKvmKind;
VesselKvmKind vessel__kvm_kind(char **why);

/* The physical machine. */
typedef struct {
    char arch[32];
    char model[64];
    uint64_t memory_kib;
    uint32_t cpus, mhz, nodes, sockets, cores, threads;
} VesselNode;
int vessel__node_read(VesselNode *node, VesselError **err);

#endif
