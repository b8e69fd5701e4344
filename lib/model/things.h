/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of what a domain has beside its devices. */
#ifndef VESSEL_MODEL_THINGS_H
#define VESSEL_MODEL_THINGS_H

#include "model/schema.h"

/* What fits into 63 bits of bytes. */
#define VESSEL_KIB_MAX ((uint64_t)INT64_MAX / 1024)

extern const VesselTable vessel__loader_table;
extern const VesselTable vessel__nvram_table;
extern const VesselTable vessel__firmware_feature_table;
extern const VesselTable vessel__bootmenu_table;
extern const VesselTable vessel__bios_table;
extern const VesselTable vessel__acpi_table_table;
extern const VesselTable vessel__text_table;
extern const VesselTable vessel__initenv_table;
extern const VesselTable vessel__max_memory_table;
extern const VesselTable vessel__hugepage_table;
extern const VesselTable vessel__memory_backing_table;
extern const VesselTable vessel__memtune_table;
extern const VesselTable vessel__memnode_table;
extern const VesselTable vessel__numatune_table;
extern const VesselTable vessel__vcpu_table;
extern const VesselTable vessel__iothread_table;
extern const VesselTable vessel__thread_pool_table;
extern const VesselTable vessel__vcpupin_table;
extern const VesselTable vessel__iothreadpin_table;
extern const VesselTable vessel__vcpusched_table;
extern const VesselTable vessel__iothreadsched_table;
extern const VesselTable vessel__emulatorsched_table;
extern const VesselTable vessel__cachetune_cache_table;
extern const VesselTable vessel__cachetune_monitor_table;
extern const VesselTable vessel__cachetune_table;
extern const VesselTable vessel__memorytune_node_table;
extern const VesselTable vessel__memorytune_monitor_table;
extern const VesselTable vessel__memorytune_table;
extern const VesselTable vessel__cputune_table;
extern const VesselTable vessel__cpu_model_table;
extern const VesselTable vessel__cpu_topology_table;
extern const VesselTable vessel__cpu_feature_table;
extern const VesselTable vessel__cpu_cache_table;
extern const VesselTable vessel__maxphysaddr_table;
extern const VesselTable vessel__numa_sibling_table;
extern const VesselTable vessel__numa_cache_table;
extern const VesselTable vessel__numa_cell_table;
extern const VesselTable vessel__numa_latency_table;
extern const VesselTable vessel__numa_bandwidth_table;
extern const VesselTable vessel__hyperv_table;
extern const VesselTable vessel__kvm_features_table;
extern const VesselTable vessel__xen_features_table;
extern const VesselTable vessel__smm_table;
extern const VesselTable vessel__hpt_table;
extern const VesselTable vessel__capabilities_table;
extern const VesselTable vessel__timer_table;
extern const VesselTable vessel__sysinfo_entry_table;
extern const VesselTable vessel__oem_string_table;
extern const VesselTable vessel__fwcfg_entry_table;
extern const VesselTable vessel__sysinfo_block_table;
extern const VesselTable vessel__sysinfo_table;
extern const VesselTable vessel__blkio_device_table;
extern const VesselTable vessel__blkiotune_table;
extern const VesselTable vessel__seclabel_table;
extern const VesselTable vessel__launch_security_table;
extern const VesselTable vessel__cipher_table;
extern const VesselTable vessel__idmap_entry_table;
extern const VesselTable vessel__perf_event_table;
extern const VesselTable vessel__vlan_table;
extern const VesselTable vessel__bandwidth_table;
extern const VesselTable vessel__virtualport_table;
extern const VesselTable vessel__ip_table;
extern const VesselTable vessel__route_table;

extern const char *const vessel__families[];
/* Of interfaces, networks and their ports: who keeps the table of a bridge's MACs, how a macvtap
 * reaches the network, how a PCI function is assigned. */
extern const char *const vessel__mac_managers[], *const vessel__direct_modes[],
    *const vessel__pci_drivers[];

#endif
