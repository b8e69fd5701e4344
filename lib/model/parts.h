/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain has beside its devices, as C data; its rows are in the file of that thing. An int
 * is a word of its row: vessel__domain_word(). Part of domain.h. */
#ifndef VESSEL_MODEL_PARTS_H
#define VESSEL_MODEL_PARTS_H

#include "model/device-disk.h"

/* <loader> */
typedef struct VesselLoader {
    char *path;
    VesselTri readonly;
    VesselTri secure;
    int type;
    VesselTri stateless;
} VesselLoader;

/* <nvram>: the variables of the firmware */
typedef struct VesselNvram {
    char *path;
    char *template;
    int format;
    int type;
    VesselDiskSource *source;
} VesselNvram;

/* <firmware><feature> */
typedef struct VesselFirmwareFeature {
    VesselTri enabled;
    int name;
} VesselFirmwareFeature;

/* <bootmenu> */
typedef struct VesselBootmenu {
    VesselTri enable;
    VesselNumber timeout;
} VesselBootmenu;

/* <os><bios> */
typedef struct VesselBios {
    VesselTri useserial;
    char *reboot_timeout;
} VesselBios;

/* <os><acpi><table> */
typedef struct VesselAcpiTable {
    int type;
    char *path;
} VesselAcpiTable;

/* an element that is only text and may repeat */
typedef struct VesselText {
    char *text;
} VesselText;

/* <initenv> */
typedef struct VesselInitenv {
    char *name;
    char *value;
} VesselInitenv;

/* <maxMemory> */
typedef struct VesselMaxMemory {
    VesselNumber kib;
    VesselNumber slots;
} VesselMaxMemory;

/* <hugepages><page> */
typedef struct VesselHugepage {
    VesselNumber size;
    char *nodeset;
} VesselHugepage;

/* <memoryBacking> */
typedef struct VesselMemoryBacking {
    VesselTri hugepages;
    GPtrArray *pages;
    VesselTri nosharepages;
    VesselTri locked;
    int source;
    int access;
    int allocation;
    VesselNumber allocation_threads;
    VesselTri discard;
} VesselMemoryBacking;

/* <memtune> */
typedef struct VesselMemtune {
    VesselNumber hard_limit;
    VesselNumber soft_limit;
    VesselNumber min_guarantee;
    VesselNumber swap_hard_limit;
} VesselMemtune;

/* <numatune><memnode> */
typedef struct VesselMemnode {
    VesselNumber cellid;
    int mode;
    char *nodeset;
} VesselMemnode;

/* <numatune> */
typedef struct VesselNumatune {
    int mode;
    int placement;
    char *nodeset;
    GPtrArray *memnode;
} VesselNumatune;

/* <vcpus><vcpu> */
typedef struct VesselVcpu {
    VesselNumber id;
    VesselTri enabled;
    VesselTri hotpluggable;
    VesselNumber order;
} VesselVcpu;

/* <iothreadids><iothread> */
typedef struct VesselIothread {
    VesselNumber id;
    VesselNumber thread_pool_min;
    VesselNumber thread_pool_max;
    VesselNumber poll_max;
    VesselNumber poll_grow;
    VesselNumber poll_shrink;
} VesselIothread;

/* <defaultiothread> */
typedef struct VesselThreadPool {
    VesselNumber thread_pool_min;
    VesselNumber thread_pool_max;
} VesselThreadPool;

/* <cputune><vcpupin> */
typedef struct VesselVcpupin {
    VesselNumber vcpu;
    char *cpuset;
} VesselVcpupin;

/* <cputune><iothreadpin> */
typedef struct VesselIothreadpin {
    VesselNumber iothread;
    char *cpuset;
} VesselIothreadpin;

/* <cputune><vcpusched> */
typedef struct VesselVcpusched {
    char *vcpus;
    int scheduler;
    VesselNumber priority;
} VesselVcpusched;

/* <cputune><iothreadsched> */
typedef struct VesselIothreadsched {
    char *iothreads;
    int scheduler;
    VesselNumber priority;
} VesselIothreadsched;

/* <cputune><emulatorsched> */
typedef struct VesselEmulatorsched {
    int scheduler;
    VesselNumber priority;
} VesselEmulatorsched;

/* <cachetune><cache> */
typedef struct VesselCachetuneCache {
    VesselNumber id;
    VesselNumber level;
    int type;
    VesselNumber size;
} VesselCachetuneCache;

/* <cachetune><monitor> */
typedef struct VesselCachetuneMonitor {
    VesselNumber level;
    char *vcpus;
} VesselCachetuneMonitor;

/* <cputune><cachetune> */
typedef struct VesselCachetune {
    char *vcpus;
    char *id;
    GPtrArray *cache;
    GPtrArray *monitor;
} VesselCachetune;

/* <memorytune><node> */
typedef struct VesselMemorytuneNode {
    VesselNumber id;
    VesselNumber bandwidth;
} VesselMemorytuneNode;

/* <memorytune><monitor> */
typedef struct VesselMemorytuneMonitor {
    char *vcpus;
} VesselMemorytuneMonitor;

/* <cputune><memorytune> */
typedef struct VesselMemorytune {
    char *vcpus;
    GPtrArray *node;
    GPtrArray *monitor;
} VesselMemorytune;

/* <cputune> */
typedef struct VesselCputune {
    VesselNumber shares;
    VesselNumber global_period;
    char *global_quota;
    VesselNumber period;
    char *quota;
    VesselNumber emulator_period;
    char *emulator_quota;
    VesselNumber iothread_period;
    char *iothread_quota;
    GPtrArray *vcpupin;
    char *emulatorpin;
    GPtrArray *iothreadpin;
    GPtrArray *vcpusched;
    GPtrArray *iothreadsched;
    VesselEmulatorsched *emulatorsched;
    GPtrArray *cachetune;
    GPtrArray *memorytune;
} VesselCputune;

/* <cpu><model> */
typedef struct VesselCpuModel {
    int fallback;
    char *vendor_id;
    char *name;
} VesselCpuModel;

/* <cpu><topology> */
typedef struct VesselCpuTopology {
    VesselNumber sockets;
    VesselNumber dies;
    VesselNumber cores;
    VesselNumber threads;
} VesselCpuTopology;

/* <cpu><feature> */
typedef struct VesselCpuFeature {
    int policy;
    char *name;
} VesselCpuFeature;

/* <cpu><cache> */
typedef struct VesselCpuCache {
    VesselNumber level;
    int mode;
} VesselCpuCache;

/* <cpu><maxphysaddr> */
typedef struct VesselMaxphysaddr {
    int mode;
    VesselNumber bits;
    VesselNumber limit;
} VesselMaxphysaddr;

/* <cell><distances><sibling> */
typedef struct VesselNumaSibling {
    VesselNumber id;
    VesselNumber value;
} VesselNumaSibling;

/* <cell><cache> */
typedef struct VesselNumaCache {
    VesselNumber level;
    int associativity;
    int policy;
    VesselNumber size_kib;
    VesselNumber line;
} VesselNumaCache;

/* <numa><cell> */
typedef struct VesselNumaCell {
    VesselNumber id;
    char *cpus;
    VesselNumber memory;
    int mem_access;
    VesselTri discard;
    GPtrArray *distances;
    GPtrArray *cache;
} VesselNumaCell;

/* <interconnects><latency> */
typedef struct VesselNumaLatency {
    VesselNumber initiator;
    VesselNumber target;
    VesselNumber cache;
    int type;
    VesselNumber value;
} VesselNumaLatency;

/* <interconnects><bandwidth> */
typedef struct VesselNumaBandwidth {
    VesselNumber initiator;
    VesselNumber target;
    VesselNumber cache;
    int type;
    VesselNumber value;
} VesselNumaBandwidth;

/* <hyperv>: what makes Windows faster */
typedef struct VesselHyperv {
    int mode;
    VesselTri relaxed;
    VesselTri vapic;
    VesselTri spinlocks;
    VesselNumber spinlock_retries;
    VesselTri vpindex;
    VesselTri runtime;
    VesselTri synic;
    VesselTri stimer;
    VesselTri stimer_direct;
    VesselTri reset;
    VesselTri vendor_id;
    char *vendor_id_value;
    VesselTri frequencies;
    VesselTri reenlightenment;
    VesselTri tlbflush;
    VesselTri ipi;
    VesselTri evmcs;
    VesselTri avic;
} VesselHyperv;

/* <kvm> */
typedef struct VesselKvmFeatures {
    VesselTri hidden;
    VesselTri hint_dedicated;
    VesselTri poll_control;
    VesselTri pv_ipi;
    VesselTri dirty_ring;
    VesselNumber dirty_ring_size;
} VesselKvmFeatures;

/* <xen> */
typedef struct VesselXenFeatures {
    VesselTri e820_host;
    VesselTri passthrough;
    int passthrough_mode;
} VesselXenFeatures;

/* <smm> */
typedef struct VesselSmm {
    VesselTri state;
    VesselNumber tseg;
} VesselSmm;

/* <hpt> */
typedef struct VesselHpt {
    int resizing;
    VesselNumber maxpagesize;
} VesselHpt;

/* <capabilities>: what root of a container may do */
typedef struct VesselCapabilities {
    int policy;
    VesselTri audit_control;
    VesselTri audit_write;
    VesselTri block_suspend;
    VesselTri chown;
    VesselTri dac_override;
    VesselTri dac_read_search;
    VesselTri fowner;
    VesselTri fsetid;
    VesselTri ipc_lock;
    VesselTri ipc_owner;
    VesselTri kill;
    VesselTri lease;
    VesselTri linux_immutable;
    VesselTri mac_admin;
    VesselTri mac_override;
    VesselTri mknod;
    VesselTri net_admin;
    VesselTri net_bind_service;
    VesselTri net_broadcast;
    VesselTri net_raw;
    VesselTri setgid;
    VesselTri setfcap;
    VesselTri setpcap;
    VesselTri setuid;
    VesselTri sys_admin;
    VesselTri sys_boot;
    VesselTri sys_chroot;
    VesselTri sys_module;
    VesselTri sys_nice;
    VesselTri sys_pacct;
    VesselTri sys_ptrace;
    VesselTri sys_rawio;
    VesselTri sys_resource;
    VesselTri sys_time;
    VesselTri sys_tty_config;
    VesselTri syslog;
    VesselTri wake_alarm;
} VesselCapabilities;

/* <clock><timer> */
typedef struct VesselTimer {
    int name;
    int track;
    int tickpolicy;
    VesselNumber frequency;
    int mode;
    VesselTri present;
    VesselNumber catchup_threshold;
    VesselNumber catchup_slew;
    VesselNumber catchup_limit;
} VesselTimer;

/* <entry> */
typedef struct VesselSysinfoEntry {
    char *name;
    char *value;
} VesselSysinfoEntry;

/* <oemStrings><entry> */
typedef struct VesselOemString {
    char *text;
} VesselOemString;

/* <entry> of the firmware configuration device */
typedef struct VesselFwcfgEntry {
    char *name;
    char *file;
    char *value;
} VesselFwcfgEntry;

/* <baseBoard> */
typedef struct VesselSysinfoBlock {
    GPtrArray *entry;
} VesselSysinfoBlock;

/* <sysinfo> */
typedef struct VesselSysinfo {
    int type;
    GPtrArray *bios;
    GPtrArray *system;
    GPtrArray *base_board;
    GPtrArray *chassis;
    GPtrArray *oem_strings;
    GPtrArray *entry;
} VesselSysinfo;

/* <blkiotune><device> */
typedef struct VesselBlkioDevice {
    char *path;
    VesselNumber weight;
    VesselNumber read_iops_sec;
    VesselNumber write_iops_sec;
    VesselNumber read_bytes_sec;
    VesselNumber write_bytes_sec;
} VesselBlkioDevice;

/* <blkiotune> */
typedef struct VesselBlkiotune {
    VesselNumber weight;
    GPtrArray *device;
} VesselBlkiotune;

/* <seclabel> */
typedef struct VesselSeclabel {
    char *model;
    int type;
    VesselTri relabel;
    char *label;
    char *imagelabel;
    char *baselabel;
} VesselSeclabel;

/* <launchSecurity> */
typedef struct VesselLaunchSecurity {
    int type;
    VesselTri kernel_hashes;
    VesselNumber cbitpos;
    VesselNumber reduced_phys_bits;
    VesselNumber policy;
    VesselNumber handle;
    char *dh_cert;
    char *session;
} VesselLaunchSecurity;

/* <keywrap><cipher> */
typedef struct VesselCipher {
    int name;
    VesselTri state;
} VesselCipher;

/* <idmap><uid>, <gid> */
typedef struct VesselIdmapEntry {
    VesselNumber start;
    VesselNumber target;
    VesselNumber count;
} VesselIdmapEntry;

/* <perf><event> */
typedef struct VesselPerfEvent {
    int name;
    VesselTri enabled;
} VesselPerfEvent;

#endif
