/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <domain>, and the definition's life. */
#include "model/domain.h"

#include <pthread.h>

#include "model/device.h"
#include "model/domain-shape.h"
#include "model/things.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define PATH_LIMIT 4095
#define KIB_LIMIT VESSEL_KIB_MAX

static const char *const domain_types[] = {
    "",     "kvm",  "emulator", "qemu",      "container", "lxc",    "auto",   "test",
    "mock", "hvf",  "xen",      "kqemu",     "uml",       "openvz", "vmware", "hyperv",
    "vbox", "phyp", "vz",       "parallels", "bhyve",     NULL};
/* auto takes kvm where it can: whoever has libvirt has that. */
static const char *const libvirt_types[] = {"emulator", "qemu", "container", "lxc", "auto",
                                            "kvm",      "mock", "",          NULL};
static const char *const boot_devices[] = {"", "hd", "cdrom", "network", "fd", NULL};
static const char *const actions[] = {"", "destroy", "restart", "preserve", "rename-restart", NULL};
static const char *const crash_actions[] = {
    "",  "destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart",
    NULL};
static const char *const cpu_modes[] = {"",        "custom", "host-model", "host-passthrough",
                                        "maximum", NULL};
static const char *const cpu_checks[] = {"", "none", "partial", "full", NULL};
static const char *const clock_offsets[] = {"",         "utc",      "localtime", "timezone",
                                            "variable", "absolute", NULL};
static const char *const placements[] = {"", "static", "auto", NULL};

static const char *const domain_def_os_firmware_words[] = {"", "bios", "efi", NULL};
static const char *const domain_def_smbios_mode_words[] = {"", "emulate", "host", "sysinfo", NULL};

static const char *const domain_def_cpu_match_words[] = {"", "minimum", "exact", "strict", NULL};
static const char *const domain_def_gic_version_words[] = {"", "host", "2", "3", NULL};
static const char *const domain_def_ioapic_words[] = {"", "qemu", "kvm", NULL};
static const char *const domain_def_msrs_unknown_words[] = {"", "ignore", "fault", NULL};
static const char *const mitigation_words[] = {"", "broken", "workaround", "fixed", NULL};
static const char *const domain_def_ibs_words[] = {
    "", "broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na", NULL};
static const char *const domain_def_clock_basis_words[] = {"", "utc", "localtime", NULL};
static const char *const domain_def_on_lockfailure_words[] = {"",      "poweroff", "restart",
                                                              "pause", "ignore",   NULL};

#define OWN_RANGE "a range of its own, where root defines it"

static const VesselRow emulator_row = {
    .path = "",
    .kind = VESSEL_KIND_STRING,
    .form = &vessel__form_path,
    .max = PATH_LIMIT,
    .flags = VESSEL_ROW_HOSTPATH | VESSEL_ROW_BLANK,
    .doc = "program of the hypervisor",
    .otherwise = "found on the host",
};

static const VesselVariant device_variants[] = {
    {"emulator", VESSEL_DEVICE_EMULATOR, NULL, &emulator_row, true, "program of the hypervisor"},
    {"disk", VESSEL_DEVICE_DISK, &vessel__disk_table, NULL, false, "disk, CD or floppy"},
    {"controller", VESSEL_DEVICE_CONTROLLER, &vessel__controller_table, NULL, false,
     "what other devices are connected to"},
    {"interface", VESSEL_DEVICE_INTERFACE, &vessel__interface_table, NULL, false,
     "network interface"},
    {"serial", VESSEL_DEVICE_SERIAL, &vessel__serial_table, NULL, false, "serial port"},
    {"smartcard", VESSEL_DEVICE_SMARTCARD, &vessel__smartcard_table, NULL, false,
     "reader of smartcards"},
    {"parallel", VESSEL_DEVICE_PARALLEL, &vessel__parallel_table, NULL, false, "parallel port"},
    {"console", VESSEL_DEVICE_CONSOLE, &vessel__console_table, NULL, false, "console"},
    {"channel", VESSEL_DEVICE_CHANNEL, &vessel__channel_table, NULL, false,
     "way between host and guest for programs"},
    {"input", VESSEL_DEVICE_INPUT, &vessel__input_table, NULL, false, "mouse, tablet or keyboard"},
    {"hostdev", VESSEL_DEVICE_HOSTDEV, &vessel__hostdev_table, NULL, false,
     "device of the host that the guest gets"},
    {"redirdev", VESSEL_DEVICE_REDIRDEV, &vessel__redirdev_table, NULL, false,
     "USB device of another computer"},
    {"redirfilter", VESSEL_DEVICE_REDIRFILTER, &vessel__redirfilter_table, NULL, true,
     "which devices may be redirected"},
    {"hub", VESSEL_DEVICE_HUB, &vessel__hub_table, NULL, false, "more ports for others"},
    {"memballoon", VESSEL_DEVICE_MEMBALLOON, &vessel__balloon_table, NULL, true,
     "takes memory from the guest and gives it back"},
    {"graphics", VESSEL_DEVICE_GRAPHICS, &vessel__graphics_table, NULL, false,
     "how the display is shown"},
    {"video", VESSEL_DEVICE_VIDEO, &vessel__video_table, NULL, false, "video device"},
    {"sound", VESSEL_DEVICE_SOUND, &vessel__sound_table, NULL, false, "sound device"},
    {"audio", VESSEL_DEVICE_AUDIO, &vessel__audio_table, NULL, false,
     "what of the host sound devices use"},
    {"iommu", VESSEL_DEVICE_IOMMU, &vessel__iommu_table, NULL, true,
     "translates the addresses devices use"},
    {"panic", VESSEL_DEVICE_PANIC, &vessel__panic_table, NULL, false,
     "tells the host that the guest crashed"},
    {"rng", VESSEL_DEVICE_RNG, &vessel__rng_table, NULL, false, "gives the guest random numbers"},
    {"shmem", VESSEL_DEVICE_SHMEM, &vessel__shmem_table, NULL, false,
     "memory shared with the host and other domains"},
    {"tpm", VESSEL_DEVICE_TPM, &vessel__tpm_table, NULL, false, "trusted platform module"},
    {"vsock", VESSEL_DEVICE_VSOCK, &vessel__vsock_table, NULL, true,
     "sockets between guest and host"},
    {"watchdog", VESSEL_DEVICE_WATCHDOG, &vessel__watchdog_table, NULL, false,
     "acts when the guest stops answering"},
    {"filesystem", VESSEL_DEVICE_FILESYSTEM, &vessel__filesystem_table, NULL, false,
     "directory or image of the host that the guest mounts"},
    {"memory", VESSEL_DEVICE_MEMORY, &vessel__memory_device_table, NULL, false,
     "memory beside that at boot"},
    {"lease", VESSEL_DEVICE_LEASE, &vessel__lease_table, NULL, false,
     "what a lock manager gives to one domain at a time"},
    {"nvram", VESSEL_DEVICE_NVRAM, &vessel__nvram_device_table, NULL, true,
     "store of a pSeries guest"},
    {"crypto", VESSEL_DEVICE_CRYPTO, &vessel__crypto_table, NULL, false, "encrypts for the guest"},
    {NULL, 0, NULL, NULL, false, NULL},
};

static void free_device(void *device);
static const VesselList device_list = {
    .size = sizeof(VesselDevice),
    .kind_offset = offsetof(VesselDevice, kind),
    .line_offset = offsetof(VesselDevice, line),
    .body_offset = offsetof(VesselDevice, common),
    .unknown = VESSEL_DEVICE_UNKNOWN,
    .max = 4096,
    .variants = device_variants,
    .free = free_device,
};

static const VesselRow domain_rows[] = {
    /* In libvirt's order: that of a dump. */
    VESSEL_ENUM(VesselDomainDef, type, "@type", domain_types, VESSEL_ROW_REQUIRED | ABI,
                "what runs the domain", .libvirt = libvirt_types),
    VESSEL_NUMBER(VesselDomainDef, id, "@id", 0, INT32_MAX, VESSEL_ROW_RUNTIME,
                  "number of the running domain"),
    VESSEL_STRING(VesselDomainDef, name, "name", &vessel__form_name, 200,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_LIVE, "name, unique on its host"),
    VESSEL_STRING(VesselDomainDef, uuid, "uuid", &vessel__form_uuid, 64, ABI | VESSEL_ROW_FILLED,
                  "UUID", .otherwise = "that of the domain with this name, else made up"),
    VESSEL_STRING(VesselDomainDef, genid, "genid", &vessel__form_genid, 64, ABI,
                  "number that changes when the guest is a copy; made up at define if it is empty",
                  .otherwise = "there is none"),
    VESSEL_STRING(VesselDomainDef, title, "title", &vessel__form_line, 1024, VESSEL_ROW_LIVE,
                  "short description, one line"),
    VESSEL_STRING(VesselDomainDef, description, "description", NULL, 65536, VESSEL_ROW_LIVE,
                  "description"),
    VESSEL_METADATA(VesselDomainDef, metadata, "metadata", VESSEL_METADATA_MAX, VESSEL_ROW_LIVE,
                    "data of other programs, one element for each namespace"),
    VESSEL_OBJECT(VesselDomainDef, max_memory, "maxMemory", &vessel__max_memory_table,
                  VESSEL_ROW_GUEST_ABI, "the most the memory can grow to",
                  .otherwise = "memory cannot be added"),
    VESSEL_SIZE(VesselDomainDef, memory_kib, "memory", 0, KIB_LIMIT, ABI | VESSEL_ROW_FILLED,
                "memory at boot", .otherwise = "the sum of the NUMA nodes"),
    VESSEL_SWITCH(VesselDomainDef, memory_dump_core, "memory/@dumpCore", vessel__off_on, 0,
                  "whether a dump of the hypervisor has the guest's memory", .preset = "on"),
    VESSEL_SIZE(VesselDomainDef, current_memory_kib, "currentMemory", 0, KIB_LIMIT,
                VESSEL_ROW_LIVE | VESSEL_ROW_FILLED, "memory the balloon leaves to the guest",
                .otherwise = "all of memory"),
    VESSEL_OBJECT(VesselDomainDef, blkiotune, "blkiotune", &vessel__blkiotune_table, 0,
                  "shares of the host's disks"),
    VESSEL_OBJECT(VesselDomainDef, memtune, "memtune", &vessel__memtune_table, 0,
                  "limits on the host's memory"),
    VESSEL_OBJECT(VesselDomainDef, memory_backing, "memoryBacking", &vessel__memory_backing_table,
                  0, "what is behind the guest's memory"),
    VESSEL_NUMBER(VesselDomainDef, vcpus, "vcpu", 1, 65535, ABI | VESSEL_ROW_FILLED,
                  "virtual CPUs at most", .preset = "1", .otherwise = "no limit for a container"),
    VESSEL_ENUM(VesselDomainDef, vcpu_placement, "vcpu/@placement", placements, 0,
                "who chooses the host's CPUs",
                .otherwise = "static if there is a cpuset, else as numatune says"),
    VESSEL_STRING(VesselDomainDef, vcpu_placement_cpuset, "vcpu/@cpuset", &vessel__form_cpus, 4096,
                  0, "the host's CPUs that may be used", .otherwise = "all"),
    VESSEL_NUMBER(VesselDomainDef, vcpus_current, "vcpu/@current", 1, 65535, VESSEL_ROW_LIVE,
                  "virtual CPUs that are there at boot", .otherwise = "all"),
    VESSEL_OBJECTS(VesselDomainDef, vcpu_list, "vcpus/vcpu", &vessel__vcpu_table, 65535, 0,
                   "virtual CPUs one by one"),
    VESSEL_NUMBER(VesselDomainDef, iothreads, "iothreads", 0, 65535, VESSEL_ROW_LIVE,
                  "how many I/O threads there are", .otherwise = "as many as iothreadids has"),
    VESSEL_OBJECTS(VesselDomainDef, iothread_ids, "iothreadids/iothread", &vessel__iothread_table,
                   4096, VESSEL_ROW_LIVE, "I/O threads one by one",
                   .otherwise = "as many as iothreads says, from 1 on"),
    VESSEL_OBJECT(VesselDomainDef, defaultiothread, "defaultiothread", &vessel__thread_pool_table,
                  0, "threads of the hypervisor's main loop", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDomainDef, cputune, "cputune", &vessel__cputune_table, 0,
                  "use of the host's CPUs"),
    VESSEL_OBJECT(VesselDomainDef, numatune, "numatune", &vessel__numatune_table, 0,
                  "the host's NUMA nodes"),
    VESSEL_STRING(VesselDomainDef, resource_partition, "resource/partition", &vessel__form_path,
                  4095, 0, "control group the domain is put in", .otherwise = "the driver's"),
    VESSEL_STRING(VesselDomainDef, resource_appid, "resource/fibrechannel/@appid",
                  &vessel__form_printable_some, 128, VESSEL_ROW_NEEDED, "name the fabric sees"),
    VESSEL_OBJECTS(VesselDomainDef, sysinfo, "sysinfo", &vessel__sysinfo_table, 8,
                   VESSEL_ROW_GUEST_ABI, "what the guest reads of its maker"),
    VESSEL_STRING(VesselDomainDef, bootloader, "bootloader", &vessel__form_line, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH | ABI, "program of the host that finds the guest's kernel"),
    VESSEL_STRING(VesselDomainDef, bootloader_args, "bootloader_args", &vessel__form_line, 16384,
                  ABI, "its arguments"),
    VESSEL_ENUM(VesselDomainDef, os_firmware, "os/@firmware", domain_def_os_firmware_words,
                VESSEL_ROW_GUEST_ABI, "kind of firmware, which is then chosen by its features",
                .otherwise = "as loader says; the firmware of the machine without one"),
    VESSEL_STRING(VesselDomainDef, os_type, "os/type", &vessel__form_os_type, 16,
                  ABI | VESSEL_ROW_DRIVER_FILLED, "hvm for a machine, exe for a container",
                  .preset = "hvm", .otherwise = "exe for a container"),
    VESSEL_STRING(VesselDomainDef, os_arch, "os/type/@arch", &vessel__form_arch, 32,
                  ABI | VESSEL_ROW_DRIVER_FILLED, "architecture of the guest's CPU",
                  .otherwise = "that of the host"),
    VESSEL_STRING(VesselDomainDef, os_machine, "os/type/@machine", &vessel__form_word, 64,
                  ABI | VESSEL_ROW_DRIVER_FILLED, "machine type, such as q35",
                  .otherwise =
                      "pc; the name of a family becomes its newest version (q35, pc-q35-7.2)"),
    VESSEL_OBJECTS(VesselDomainDef, os_features, "os/firmware/feature",
                   &vessel__firmware_feature_table, 16, 0, "what the firmware must have"),
    VESSEL_STRING(VesselDomainDef, init, "os/init", &vessel__form_path, 4095, VESSEL_ROW_GUEST_ABI,
                  "first program of a container, which needs one"),
    VESSEL_OBJECTS(VesselDomainDef, initargs, "os/initarg", &vessel__text_table, 1024,
                   VESSEL_ROW_GUEST_ABI, "its arguments"),
    VESSEL_OBJECTS(VesselDomainDef, initenvs, "os/initenv", &vessel__initenv_table, 1024,
                   VESSEL_ROW_GUEST_ABI, "its environment"),
    VESSEL_STRING(VesselDomainDef, initdir, "os/initdir", &vessel__form_path, 4095,
                  VESSEL_ROW_GUEST_ABI, "its folder", .preset = "/"),
    VESSEL_STRING(VesselDomainDef, inituser, "os/inituser", &vessel__form_user, 128,
                  VESSEL_ROW_GUEST_ABI, "its user, by name or number", .otherwise = "root"),
    VESSEL_STRING(VesselDomainDef, initgroup, "os/initgroup", &vessel__form_user, 128,
                  VESSEL_ROW_GUEST_ABI, "its group, by name or number", .otherwise = "root"),
    VESSEL_OBJECT(VesselDomainDef, loader, "os/loader", &vessel__loader_table, VESSEL_ROW_GUEST_ABI,
                  "firmware"),
    VESSEL_OBJECT(VesselDomainDef, nvram, "os/nvram", &vessel__nvram_table, VESSEL_ROW_GUEST_ABI,
                  "store of the firmware's variables"),
    VESSEL_STRING(VesselDomainDef, kernel, "os/kernel", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_BLANK | ABI, "kernel that is booted directly"),
    VESSEL_STRING(VesselDomainDef, initrd, "os/initrd", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_BLANK | ABI, "its initial RAM disk"),
    VESSEL_STRING(VesselDomainDef, cmdline, "os/cmdline", &vessel__form_line, 16384,
                  VESSEL_ROW_BLANK | ABI, "its command line"),
    VESSEL_STRING(VesselDomainDef, dtb, "os/dtb", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_BLANK,
                  "device tree of a kernel booted directly"),
    VESSEL_STRING(VesselDomainDef, root, "os/root", &vessel__form_path, PATH_LIMIT, ABI,
                  "device of its root file system, as the guest names it"),
    VESSEL_OBJECTS(VesselDomainDef, acpi_tables, "os/acpi/table", &vessel__acpi_table_table, 1,
                   VESSEL_ROW_GUEST_ABI, "ACPI table of the user's own"),
    VESSEL_ENUM_LIST(VesselDomainDef, boot, "os/boot/@dev", boot_devices, 16,
                     ABI | VESSEL_ROW_DRIVER_FILLED,
                     "kinds of device to boot from, the first first",
                     .otherwise = "hd, if nothing else says what to boot"),
    VESSEL_OBJECT(VesselDomainDef, bootmenu, "os/bootmenu", &vessel__bootmenu_table,
                  VESSEL_ROW_GUEST_ABI, "boot menu of the firmware", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDomainDef, bios, "os/bios", &vessel__bios_table, VESSEL_ROW_GUEST_ABI,
                  "settings of a BIOS"),
    VESSEL_ENUM(VesselDomainDef, smbios_mode, "os/smbios/@mode", domain_def_smbios_mode_words,
                VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "where the SMBIOS tables come from",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECTS(VesselDomainDef, idmap_uids, "idmap/uid", &vessel__idmap_entry_table, 64,
                   VESSEL_ROW_DRIVER_FILLED, "users of a container", .otherwise = OWN_RANGE),
    VESSEL_OBJECTS(VesselDomainDef, idmap_gids, "idmap/gid", &vessel__idmap_entry_table, 64,
                   VESSEL_ROW_DRIVER_FILLED, "groups of a container", .otherwise = OWN_RANGE),
    VESSEL_PRESENCE(VesselDomainDef, acpi, "features/acpi", ABI, "the guest has ACPI"),
    VESSEL_PRESENCE(VesselDomainDef, apic, "features/apic", ABI, "the guest has APICs"),
    VESSEL_SWITCH(VesselDomainDef, apic_eoi, "features/apic/@eoi", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI, "paravirtual end of interrupt",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_PRESENCE(VesselDomainDef, pae, "features/pae", VESSEL_ROW_GUEST_ABI,
                    "the guest may use the physical address extension"),
    VESSEL_PRESENCE(VesselDomainDef, hap, "features/hap", VESSEL_ROW_GUEST_ABI,
                    "nested paging is used", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, hap_state, "features/hap/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI, "whether nested paging is used", .preset = "on"),
    VESSEL_PRESENCE(VesselDomainDef, viridian, "features/viridian", VESSEL_ROW_GUEST_ABI,
                    "what makes Windows faster, on Xen"),
    VESSEL_PRESENCE(VesselDomainDef, privnet, "features/privnet", VESSEL_ROW_GUEST_ABI,
                    "a container has a network of its own"),
    VESSEL_OBJECT(VesselDomainDef, hyperv, "features/hyperv", &vessel__hyperv_table,
                  VESSEL_ROW_GUEST_ABI, "what makes Windows faster"),
    VESSEL_OBJECT(VesselDomainDef, kvm, "features/kvm", &vessel__kvm_features_table,
                  VESSEL_ROW_GUEST_ABI, "features of KVM"),
    VESSEL_PRESENCE(VesselDomainDef, pvspinlock, "features/pvspinlock", ABI,
                    "paravirtual spinlocks", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, pvspinlock_state, "features/pvspinlock/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI, "whether there are any", .preset = "on"),
    VESSEL_OBJECT(VesselDomainDef, capabilities, "features/capabilities",
                  &vessel__capabilities_table, VESSEL_ROW_GUEST_ABI,
                  "what root of a container may do"),
    VESSEL_PRESENCE(VesselDomainDef, pmu, "features/pmu", VESSEL_ROW_GUEST_ABI,
                    "performance counters", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, pmu_state, "features/pmu/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI, "whether there are performance counters", .preset = "on"),
    VESSEL_PRESENCE(VesselDomainDef, vmport, "features/vmport", ABI,
                    "port of another hypervisor's tools", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, vmport_state, "features/vmport/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI, "whether it is there", .preset = "on"),
    VESSEL_PRESENCE(VesselDomainDef, gic, "features/gic", VESSEL_ROW_GUEST_ABI,
                    "interrupt controller of ARM", .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselDomainDef, gic_version, "features/gic/@version", domain_def_gic_version_words,
                VESSEL_ROW_GUEST_ABI, "version of the interrupt controller",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDomainDef, smm, "features/smm", &vessel__smm_table, VESSEL_ROW_GUEST_ABI,
                  "system management mode"),
    VESSEL_ENUM(VesselDomainDef, ioapic, "features/ioapic/@driver", domain_def_ioapic_words,
                VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "who has the I/O APIC",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDomainDef, hpt, "features/hpt", &vessel__hpt_table, VESSEL_ROW_GUEST_ABI,
                  "page table of POWER"),
    VESSEL_PRESENCE(VesselDomainDef, vmcoreinfo, "features/vmcoreinfo", VESSEL_ROW_GUEST_ABI,
                    "the guest's kernel tells where its crash notes are"),
    VESSEL_SWITCH(VesselDomainDef, vmcoreinfo_state, "features/vmcoreinfo/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI, "whether it does", .preset = "on"),
    VESSEL_SWITCH(VesselDomainDef, htm, "features/htm/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether there is transactional memory, on POWER", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, nested_hv, "features/nested-hv/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "nested virtualization on POWER",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselDomainDef, msrs_unknown, "features/msrs/@unknown",
                domain_def_msrs_unknown_words, VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                "what becomes of an access to a model specific register that is not known",
                .preset = "fault"),
    VESSEL_OBJECT(VesselDomainDef, xen, "features/xen", &vessel__xen_features_table,
                  VESSEL_ROW_GUEST_ABI, "features of Xen"),
    VESSEL_SWITCH(VesselDomainDef, ccf_assist, "features/ccf-assist/@state", vessel__off_on,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                  "whether the guest is helped to flush the count cache, on POWER",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselDomainDef, cfpc, "features/cfpc/@value", mitigation_words,
                VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                "how the cache is flushed on a change of privilege, on POWER",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselDomainDef, sbbc, "features/sbbc/@value", mitigation_words,
                VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                "how speculation is stopped at a bounds check, on POWER",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselDomainDef, ibs, "features/ibs/@value", domain_def_ibs_words,
                VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED,
                "how indirect branches are kept from speculation, on POWER",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_SIZE(VesselDomainDef, tcg_tb_cache, "features/tcg/tb-cache", 1, VESSEL_KIB_MAX, 0,
                "the emulator's cache of translated code", .otherwise = VESSEL_ITS_OWN),
    VESSEL_PRESENCE(VesselDomainDef, async_teardown, "features/async-teardown", 0,
                    "memory is freed after the guest ended", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, async_teardown_enabled, "features/async-teardown/@enabled",
                  vessel__no_yes, 0, "whether it is", .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(
        VesselDomainDef, cpu_mode, "cpu/@mode", cpu_modes, ABI | VESSEL_ROW_DRIVER_FILLED,
        "where the CPU comes from",
        .otherwise =
            "custom if there is a model; what the driver has, maximum for a domain of type auto"),
    VESSEL_ENUM(VesselDomainDef, cpu_match, "cpu/@match", domain_def_cpu_match_words,
                VESSEL_ROW_GUEST_ABI, "how near the CPU must be to what is asked for",
                .preset = "exact"),
    VESSEL_ENUM(VesselDomainDef, cpu_check, "cpu/@check", cpu_checks, 0,
                "how the CPU is compared with what was asked for", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, cpu_migratable, "cpu/@migratable", vessel__off_on, ABI,
                  "leave out features that cannot be migrated", .preset = "on"),
    VESSEL_OBJECT(VesselDomainDef, cpu_model, "cpu/model", &vessel__cpu_model_table,
                  VESSEL_ROW_GUEST_ABI, "model"),
    VESSEL_STRING(VesselDomainDef, cpu_vendor, "cpu/vendor", &vessel__form_word, 128,
                  VESSEL_ROW_GUEST_ABI, "vendor the host's CPU must have", .otherwise = "any"),
    VESSEL_OBJECT(VesselDomainDef, cpu_topology, "cpu/topology", &vessel__cpu_topology_table,
                  VESSEL_ROW_GUEST_ABI, "sockets, cores and threads", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDomainDef, cpu_maxphysaddr, "cpu/maxphysaddr", &vessel__maxphysaddr_table,
                  VESSEL_ROW_GUEST_ABI, "size of physical addresses", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselDomainDef, cpu_cache, "cpu/cache", &vessel__cpu_cache_table,
                  VESSEL_ROW_GUEST_ABI, "caches", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECTS(VesselDomainDef, cpu_features, "cpu/feature", &vessel__cpu_feature_table, 1024,
                   VESSEL_ROW_GUEST_ABI, "features beside those of the model"),
    VESSEL_OBJECTS(VesselDomainDef, numa_cells, "cpu/numa/cell", &vessel__numa_cell_table, 1024,
                   VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "NUMA nodes of the guest"),
    VESSEL_OBJECTS(VesselDomainDef, numa_latencies, "cpu/numa/interconnects/latency",
                   &vessel__numa_latency_table, 4096, VESSEL_ROW_GUEST_ABI,
                   "latency between nodes"),
    VESSEL_OBJECTS(VesselDomainDef, numa_bandwidths, "cpu/numa/interconnects/bandwidth",
                   &vessel__numa_bandwidth_table, 4096, VESSEL_ROW_GUEST_ABI,
                   "bandwidth between nodes"),
    VESSEL_ENUM(VesselDomainDef, clock_offset, "clock/@offset", clock_offsets,
                ABI | VESSEL_ROW_DRIVER_FILLED, "what the guest's clock shows at boot",
                .preset = "utc"),
    VESSEL_ENUM(VesselDomainDef, clock_offset, "clock/@sync", clock_offsets, ABI | VESSEL_ROW_OLD,
                "the same, in old files"),
    VESSEL_STRING(VesselDomainDef, clock_adjustment, "clock/@adjustment", &vessel__form_name_any,
                  64, VESSEL_ROW_GUEST_ABI, "seconds from the offset, or reset", .preset = "0"),
    VESSEL_ENUM(VesselDomainDef, clock_basis, "clock/@basis", domain_def_clock_basis_words,
                VESSEL_ROW_GUEST_ABI, "what the adjustment is from", .preset = "utc"),
    VESSEL_STRING(VesselDomainDef, clock_timezone, "clock/@timezone", &vessel__form_timezone, 255,
                  VESSEL_ROW_GUEST_ABI, "name of the time zone"),
    VESSEL_NUMBER(VesselDomainDef, clock_start, "clock/@start", 0, INT64_MAX, VESSEL_ROW_GUEST_ABI,
                  "seconds since 1970 of an absolute clock"),
    VESSEL_OBJECTS(VesselDomainDef, timers, "clock/timer", &vessel__timer_table, 16,
                   VESSEL_ROW_GUEST_ABI, "timers of the guest"),
    VESSEL_ENUM(VesselDomainDef, on_poweroff, "on_poweroff", actions,
                VESSEL_ROW_FILLED | VESSEL_ROW_LIVE, "what happens when the guest powers off",
                .preset = "destroy"),
    VESSEL_ENUM(VesselDomainDef, on_reboot, "on_reboot", actions,
                VESSEL_ROW_FILLED | VESSEL_ROW_LIVE, "what happens when the guest reboots",
                .preset = "restart"),
    VESSEL_ENUM(VesselDomainDef, on_crash, "on_crash", crash_actions,
                VESSEL_ROW_FILLED | VESSEL_ROW_LIVE, "what happens when the guest crashes",
                .preset = "destroy"),
    VESSEL_ENUM(VesselDomainDef, on_lockfailure, "on_lockfailure", domain_def_on_lockfailure_words,
                0, "what happens when the lock manager loses a lock",
                .otherwise = "as the lock manager has it"),
    VESSEL_SWITCH(VesselDomainDef, suspend_to_mem, "pm/suspend-to-mem/@enabled", vessel__no_yes,
                  VESSEL_ROW_GUEST_ABI, "whether the guest may sleep in memory",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselDomainDef, suspend_to_disk, "pm/suspend-to-disk/@enabled", vessel__no_yes,
                  VESSEL_ROW_GUEST_ABI, "whether the guest may sleep on disk",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECTS(VesselDomainDef, perf_events, "perf/event", &vessel__perf_event_table, 64,
                   VESSEL_ROW_LIVE, "events that are counted"),
    VESSEL_OBJECTS(VesselDomainDef, keywrap, "keywrap/cipher", &vessel__cipher_table, 8,
                   VESSEL_ROW_GUEST_ABI | VESSEL_ROW_NEEDED, "keys that may be wrapped",
                   .otherwise = "all keys may be wrapped"),
    VESSEL_LIST(VesselDomainDef, devices, "devices", &device_list, 0, "devices, in their order"),
    VESSEL_OBJECTS(VesselDomainDef, seclabel, "seclabel", &vessel__seclabel_table, 8, 0,
                   "labels of the host's security drivers", .otherwise = "the driver's"),
    VESSEL_OBJECT(VesselDomainDef, launch_security, "launchSecurity",
                  &vessel__launch_security_table, VESSEL_ROW_GUEST_ABI, "protection from the host"),
    {.path = NULL},
};

const VesselTable vessel__domain_table = {
    .name = "domain",
    .size = sizeof(VesselDomainDef),
    .rows = domain_rows,
    .document = true,
    .tag = "@type",
    .leftovers = offsetof(VesselDomainDef, unknown),
    .lines = offsetof(VesselDomainDef, lines),
    .namespaces = offsetof(VesselDomainDef, namespaces),
};

static const VesselShape *shape;

static void compile(void)
{
    shape = vessel__schema_compile(&vessel__domain_table, "domain");
}

const VesselShape *vessel__domain_shape(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, compile);
    return shape;
}

static void free_device(void *device)
{
    vessel__schema_free_item(&device_list, device);
}

void vessel__domain_def_free(VesselDomainDef *def)
{
    vessel__schema_free(&vessel__domain_table, def);
}

VesselDomainDef *vessel__domain_def_copy(const VesselDomainDef *def)
{
    return vessel__schema_copy(&vessel__domain_table, def);
}

bool vessel__domain_def_equal(const VesselDomainDef *a, const VesselDomainDef *b)
{
    return vessel__schema_equal(&vessel__domain_table, a, b);
}

void vessel__domain_def_parse(const char *text, size_t length, unsigned flags,
                              VesselDomainDef **def, VesselProblems *problems,
                              VesselProblems *warnings)
{
    guint before = vessel__problems_count(problems);
    g_autoptr(VesselDomainDef) made =
        vessel__schema_parse(vessel__domain_shape(), text, length, flags, problems, warnings);

    *def = NULL;
    if (!made || (vessel__problems_count(problems) > before && !(flags & VESSEL_PARSE_STORED)))
        return;
    if (!made->devices)
        made->devices = g_ptr_array_new_with_free_func(free_device);
    *def = g_steal_pointer(&made);
}

char *vessel__domain_def_format_xml(const VesselDomainDef *def, unsigned flags)
{
    return vessel__schema_format_xml(vessel__domain_shape(), def, flags);
}

VesselJson *vessel__domain_def_format_json(const VesselDomainDef *def, unsigned flags)
{
    return vessel__schema_format_json(vessel__domain_shape(), def, flags);
}

int vessel__domain_name_check(const char *name, VesselError **err)
{
    g_autofree char *read = g_utf8_validate(name, -1, NULL) ? vessel__form_name.read(name) : NULL;
    if (read)
        return 0;
    return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                        "'%s' cannot be the name of a domain: it must be %s", name,
                        vessel__form_name.wants);
}

int vessel__domain_def_line(const VesselDomainDef *def, const char *path)
{
    return vessel__schema_line(vessel__domain_shape(), def, path);
}

const char *vessel__domain_word(const char *path, int value)
{
    const VesselRow *row = vessel__schema_find(vessel__domain_shape(), path);
    return row && row->words && value > 0 ? vessel__word_at(row->words, value) : NULL;
}

unsigned vessel__domain_row_flags(const char *path)
{
    const VesselRow *row = vessel__schema_find(vessel__domain_shape(), path);
    return row ? row->flags : 0;
}

/* NULL for a device that no row knows. */
static const VesselVariant *variant_of(VesselDeviceKind kind)
{
    for (const VesselVariant *variant = device_variants; variant->element; variant++) {
        if (variant->kind == (int)kind)
            return variant;
    }
    return NULL;
}

VesselDevice *vessel__domain_def_add_device(VesselDomainDef *def, VesselDeviceKind kind)
{
    VesselDevice *device = g_new0(VesselDevice, 1);
    const VesselVariant *variant = variant_of(kind);
    device->kind = kind;
    device->common = variant && variant->table ? g_malloc0(variant->table->size) : NULL;
    if (!def->devices)
        def->devices = g_ptr_array_new_with_free_func(free_device);
    g_ptr_array_add(def->devices, device);
    return device;
}

VesselDevice *vessel__domain_def_device(const VesselDomainDef *def, VesselDeviceKind kind,
                                        guint index)
{
    for (guint i = 0; def->devices && i < def->devices->len; i++) {
        VesselDevice *device = def->devices->pdata[i];
        if (device->kind == kind && index-- == 0)
            return device;
    }
    return NULL;
}

VesselDeviceCommon *vessel__device_common(const VesselDevice *device)
{
    const VesselVariant *variant = variant_of(device->kind);
    return variant && variant->table ? device->common : NULL;
}

char *vessel__device_path(const VesselDomainDef *def, const VesselDevice *device)
{
    guint index = 0;
    const VesselVariant *variant = variant_of(device->kind);
    if (!variant) {
        size_t length = device->unknown ? strcspn(device->unknown + 1, " \t\r\n/>") : 0;
        return g_strdup_printf("/domain/devices/%.*s", (int)length,
                               length ? device->unknown + 1 : "");
    }
    if (variant->single)
        return g_strdup_printf("/domain/devices/%s", variant->element);
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *other = def->devices->pdata[i];
        index += other->kind == device->kind;
        if (other == device)
            break;
    }
    return g_strdup_printf("/domain/devices/%s[%u]", variant->element, index);
}

char *vessel__device_where(const VesselDomainDef *def, const VesselDevice *device)
{
    g_autofree char *path = vessel__device_path(def, device);
    return device->line > 0 ? g_strdup_printf("%s (line %d)", path, device->line)
                            : g_steal_pointer(&path);
}
