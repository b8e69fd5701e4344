/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domain definition as C data. The rows that fill it are in domain.c and device-*.c.
 *
 * Absent is not default: every member has a value that means "was not given": NULL for strings and
 * pointers, VESSEL_TRI_ABSENT, enum value 0, VesselNumber.set false. */
#ifndef VESSEL_MODEL_DOMAIN_H
#define VESSEL_MODEL_DOMAIN_H

#include "base/common.h"
#include "base/error.h"
#include "base/json.h"
#include "base/words.h"
#include "model/device-audio.h"
#include "model/device-chardev.h"
#include "model/device-controller.h"
#include "model/device-disk.h"
#include "model/device-filesystem.h"
#include "model/device-graphics.h"
#include "model/device-hostdev.h"
#include "model/device-hub.h"
#include "model/device-input.h"
#include "model/device-interface.h"
#include "model/device-iommu.h"
#include "model/device-memballoon.h"
#include "model/device-memory.h"
#include "model/device-panic.h"
#include "model/device-redirdev.h"
#include "model/device-rng.h"
#include "model/device-shmem.h"
#include "model/device-small.h"
#include "model/device-smartcard.h"
#include "model/device-sound.h"
#include "model/device-tpm.h"
#include "model/device-video.h"
#include "model/device-vsock.h"
#include "model/device-watchdog.h"
#include "model/parts.h"

/* Words of enums: value 0 is "absent", the word of value n is words[n] (words[0] is ""). */
typedef enum {
    VESSEL_DOMAIN_TYPE_ABSENT, VESSEL_DOMAIN_TYPE_KVM, VESSEL_DOMAIN_TYPE_EMULATOR,
    VESSEL_DOMAIN_TYPE_QEMU, VESSEL_DOMAIN_TYPE_CONTAINER, VESSEL_DOMAIN_TYPE_LXC,
    VESSEL_DOMAIN_TYPE_AUTO, VESSEL_DOMAIN_TYPE_TEST, VESSEL_DOMAIN_TYPE_MOCK,
    /* Hypervisors no driver is for: read and written. */
    VESSEL_DOMAIN_TYPE_HVF, VESSEL_DOMAIN_TYPE_XEN, VESSEL_DOMAIN_TYPE_KQEMU,
    VESSEL_DOMAIN_TYPE_UML, VESSEL_DOMAIN_TYPE_OPENVZ, VESSEL_DOMAIN_TYPE_VMWARE,
    VESSEL_DOMAIN_TYPE_HYPERV, VESSEL_DOMAIN_TYPE_VBOX, VESSEL_DOMAIN_TYPE_PHYP,
    VESSEL_DOMAIN_TYPE_VZ, VESSEL_DOMAIN_TYPE_PARALLELS, VESSEL_DOMAIN_TYPE_BHYVE,
} VesselDomainType;

typedef enum {
    VESSEL_BOOT_ABSENT, VESSEL_BOOT_HD, VESSEL_BOOT_CDROM, VESSEL_BOOT_NETWORK, VESSEL_BOOT_FD,
} VesselBootDevice;

/* on_poweroff, on_reboot, on_crash. */
typedef enum {
    VESSEL_ACTION_ABSENT, VESSEL_ACTION_DESTROY, VESSEL_ACTION_RESTART, VESSEL_ACTION_PRESERVE,
    VESSEL_ACTION_RENAME_RESTART, VESSEL_ACTION_COREDUMP_DESTROY, VESSEL_ACTION_COREDUMP_RESTART,
} VesselAction;

typedef enum {
    VESSEL_CPU_MODE_ABSENT, VESSEL_CPU_MODE_CUSTOM, VESSEL_CPU_MODE_HOST_MODEL,
    VESSEL_CPU_MODE_HOST_PASSTHROUGH, VESSEL_CPU_MODE_MAXIMUM,
} VesselCpuMode;

typedef enum {
    VESSEL_CPU_CHECK_ABSENT, VESSEL_CPU_CHECK_NONE, VESSEL_CPU_CHECK_PARTIAL, VESSEL_CPU_CHECK_FULL,
} VesselCpuCheck;

/* libvirt writes "static" into every dump: it is what is done anyway. */
typedef enum {
    VESSEL_VCPU_PLACEMENT_ABSENT, VESSEL_VCPU_PLACEMENT_STATIC, VESSEL_VCPU_PLACEMENT_AUTO,
} VesselVcpuPlacement;

typedef enum {
    VESSEL_CLOCK_ABSENT, VESSEL_CLOCK_UTC, VESSEL_CLOCK_LOCALTIME, VESSEL_CLOCK_TIMEZONE,
    VESSEL_CLOCK_VARIABLE, VESSEL_CLOCK_ABSOLUTE,
} VesselClockOffset;

/* Something no row knows, kept as it came: by a lenient parse, or because it is an element of a
 * foreign namespace (which is always kept). */
typedef struct {
    char *path;     /* the element it stands in, from that of the struct: "" or "os/type" */
    bool attribute; /* or an element */
    char *name;     /* as it was written, "qemu:commandline" */
    char *uri;      /* of a foreign namespace, else NULL */
    char *text;     /* the attribute's value or the whole element */
    int line;       /* where it stood; 0 if that was not asked for. No difference */
} VesselLeftover;

typedef enum {
    VESSEL_DEVICE_NONE, VESSEL_DEVICE_EMULATOR, VESSEL_DEVICE_DISK, VESSEL_DEVICE_CONTROLLER,
    VESSEL_DEVICE_INTERFACE, VESSEL_DEVICE_SERIAL, VESSEL_DEVICE_CONSOLE, VESSEL_DEVICE_MEMBALLOON,
    VESSEL_DEVICE_AUDIO, VESSEL_DEVICE_GRAPHICS, VESSEL_DEVICE_SOUND, VESSEL_DEVICE_VIDEO,
    VESSEL_DEVICE_RNG, VESSEL_DEVICE_IOMMU, VESSEL_DEVICE_PANIC, VESSEL_DEVICE_SHMEM,
    VESSEL_DEVICE_TPM, VESSEL_DEVICE_VSOCK, VESSEL_DEVICE_WATCHDOG, VESSEL_DEVICE_PARALLEL,
    VESSEL_DEVICE_CHANNEL, VESSEL_DEVICE_HOSTDEV, VESSEL_DEVICE_SMARTCARD, VESSEL_DEVICE_REDIRDEV,
    VESSEL_DEVICE_REDIRFILTER, VESSEL_DEVICE_INPUT, VESSEL_DEVICE_HUB, VESSEL_DEVICE_FILESYSTEM,
    VESSEL_DEVICE_MEMORY, VESSEL_DEVICE_LEASE, VESSEL_DEVICE_NVRAM, VESSEL_DEVICE_CRYPTO,
    VESSEL_DEVICE_UNKNOWN, /* kept verbatim: lenient define */
} VesselDeviceKind;

typedef struct {
    VesselDeviceKind kind;
    int line; /* where it stood in the text, 0 if it was made */
    union {
        VesselDeviceCommon *common; /* what every body but emulator and unknown begins with */
        char *emulator;             /* path of the binary */
        VesselDisk *disk;
        VesselController *controller;
        VesselInterface *interface;
        VesselHostdev *hostdev;
        VesselSmartcard *smartcard;
        VesselRedirdev *redirdev;
        VesselRedirfilter *redirfilter;
        VesselInput *input;
        VesselHub *hub;
        VesselChardev *chardev; /* SERIAL, PARALLEL, CONSOLE, CHANNEL */
        VesselBalloon *balloon;
        VesselAudio *audio;
        VesselGraphics *graphics;
        VesselIommu *iommu;
        VesselPanic *panic;
        VesselRng *rng;
        VesselShmem *shmem;
        VesselSound *sound;
        VesselTpm *tpm;
        VesselVideo *video;
        VesselVsock *vsock;
        VesselWatchdog *watchdog;
        VesselFilesystem *filesystem;
        VesselMemoryDevice *memory;
        VesselLease *lease;
        VesselNvramDevice *nvram;
        VesselCrypto *crypto;
        char *unknown; /* the element's XML */
    };
} VesselDevice;

typedef struct {
    VesselDomainType type;
    VesselNumber id; /* @id: RUNTIME */
    char *name, *uuid, *title, *description;
    char *metadata; /* inner XML of <metadata>, byte for byte */
    VesselNumber memory_kib, current_memory_kib;
    VesselNumber vcpus, vcpus_current;  /* vcpu, vcpu/@current */
    VesselVcpuPlacement vcpu_placement; /* vcpu/@placement */
    char *vcpu_placement_cpuset;        /* vcpu/@cpuset, refused by drivers that cannot */

    char *os_type, *os_arch, *os_machine; /* os/type: "hvm" (or exe), @arch, @machine */
    GArray *boot;                         /* of VesselBootDevice, os/boot/@dev in order; may be NULL */
    char *kernel, *initrd, *cmdline;
    char *bootloader, *bootloader_args; /* of the host, for Xen and bhyve */
    char *root;                         /* os/root: device of the root file system */

    VesselTri acpi, apic; /* features/acpi, features/apic: presence-only */

    VesselCpuMode cpu_mode;
    VesselCpuCheck cpu_check;
    VesselTri cpu_migratable; /* cpu/@migratable */

    VesselClockOffset clock_offset;
    VesselAction on_poweroff, on_reboot, on_crash;

    /* os.c */
    int os_firmware;
    GPtrArray *os_features;
    VesselLoader *loader;
    VesselNvram *nvram;
    char *dtb;
    VesselBootmenu *bootmenu;
    int smbios_mode;
    VesselBios *bios;
    GPtrArray *acpi_tables;
    char *init;
    GPtrArray *initargs;
    GPtrArray *initenvs;
    char *initdir;
    char *inituser;
    char *initgroup;

    /* memory.c */
    VesselMaxMemory *max_memory;
    VesselTri memory_dump_core;
    VesselMemoryBacking *memory_backing;
    VesselMemtune *memtune;
    VesselNumatune *numatune;

    /* cputune.c */
    GPtrArray *vcpu_list;
    VesselNumber iothreads;
    GPtrArray *iothread_ids;
    VesselThreadPool *defaultiothread;
    VesselCputune *cputune;

    /* cpu.c */
    int cpu_match;
    VesselCpuModel *cpu_model;
    char *cpu_vendor;
    VesselCpuTopology *cpu_topology;
    GPtrArray *cpu_features;
    GPtrArray *numa_cells;
    GPtrArray *numa_latencies;
    GPtrArray *numa_bandwidths;
    VesselCpuCache *cpu_cache;
    VesselMaxphysaddr *cpu_maxphysaddr;

    /* capabilities.c */
    VesselTri pae;
    VesselTri apic_eoi;
    VesselTri hap;
    VesselTri hap_state;
    VesselHyperv *hyperv;
    VesselTri viridian;
    VesselKvmFeatures *kvm;
    VesselXenFeatures *xen;
    VesselTri privnet;
    VesselTri pvspinlock;
    VesselTri pvspinlock_state;
    VesselCapabilities *capabilities;
    VesselTri pmu;
    VesselTri pmu_state;
    VesselTri vmport;
    VesselTri vmport_state;
    VesselTri gic;
    int gic_version;
    VesselSmm *smm;
    int ioapic;
    VesselHpt *hpt;
    VesselTri vmcoreinfo;
    VesselTri vmcoreinfo_state;
    VesselTri htm;
    VesselTri nested_hv;
    int msrs_unknown;
    VesselTri ccf_assist;
    int cfpc;
    int sbbc;
    int ibs;
    VesselNumber tcg_tb_cache;
    VesselTri async_teardown;
    VesselTri async_teardown_enabled;

    /* clock.c */
    char *clock_adjustment;
    int clock_basis;
    char *clock_timezone;
    VesselNumber clock_start;
    GPtrArray *timers;

    /* security.c */
    char *genid;
    int on_lockfailure;
    VesselTri suspend_to_mem;
    VesselTri suspend_to_disk;
    GPtrArray *perf_events;
    VesselBlkiotune *blkiotune;
    char *resource_partition;
    char *resource_appid;
    GPtrArray *idmap_uids;
    GPtrArray *idmap_gids;
    GPtrArray *keywrap;
    VesselLaunchSecurity *launch_security;
    GPtrArray *seclabel;
    GPtrArray *sysinfo;

    GPtrArray *devices; /* of VesselDevice, in the order given; never NULL after a parse */
    GPtrArray *unknown; /* of VesselLeftover; may be NULL */
    VesselNamespaced namespaces[VESSEL_NAMESPACES_MAX];
    int *lines;         /* the engine's; may be NULL */
} VesselDomainDef;

void vessel__domain_def_free(VesselDomainDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselDomainDef, vessel__domain_def_free)
VesselDomainDef *vessel__domain_def_copy(const VesselDomainDef *def);
/* RUNTIME rows do not count: a definition and its copy in force are equal. */
bool vessel__domain_def_equal(const VesselDomainDef *a, const VesselDomainDef *b);

enum {
    VESSEL_PARSE_LENIENT = 1u << 0, /* unknown input is kept and a warning, not an error */
    VESSEL_PARSE_STORED = 1u << 1,  /* from the store: always loads; problems are only reported */
    VESSEL_PARSE_STAND_IN = 1u << 3, /* what is wrong or missing is replaced by something right */
    VESSEL_PARSE_LINES = 1u << 2,   /* STORED, for messages: lines are kept all the same */
};
/* XML, or JSON if the text begins with '{'. All problems are added to @problems (paths and lines);
 * @warnings (may be NULL) gets what is only to be mentioned (lenient leftovers, RUNTIME rows that
 * were dropped). *def is NULL if anything was wrong (except with STORED, where it is NULL only if
 * the text is no definition at all). Only parsing: words, ranges and form; no defaults. */
void vessel__domain_def_parse(const char *text, size_t length, unsigned flags, VesselDomainDef **def,
                              VesselProblems *problems, VesselProblems *warnings);

enum {
    VESSEL_FORMAT_RUNTIME = 1u << 0, /* write RUNTIME rows (id, aliases, …) */
    VESSEL_FORMAT_SECRET = 1u << 1,  /* write SECRET rows */
    VESSEL_FORMAT_LIBVIRT = 1u << 2, /* XML: libvirt's words where a row has others */
};
char *vessel__domain_def_format_xml(const VesselDomainDef *def, unsigned flags); /* g_free() */
VesselJson *vessel__domain_def_format_json(const VesselDomainDef *def, unsigned flags);

/* Core defaults (phase 2, first half): uuid, an empty genid, MACs, memory, currentMemory, vcpu, on_*;
 * nothing that depends on a driver. And the core's cross checks (phase 3, first half): duplicate targets,
 * aliases, MACs, boot orders, os/boot beside per-device order, currentMemory over memory … */
void vessel__domain_def_defaults(VesselDomainDef *def);
/* What would be made up anew, and is in @before: that stays. Before the defaults. */
void vessel__domain_def_keep(VesselDomainDef *def, const VesselDomainDef *before);
/* Types container and lxc. One has no memory and no processors of its own: what the definition says
 * of them are limits, and absent is none. */
static inline bool vessel__domain_is_container(const VesselDomainDef *def)
{
    return def->type == VESSEL_DOMAIN_TYPE_CONTAINER || def->type == VESSEL_DOMAIN_TYPE_LXC;
}
/* What the guest's NUMA nodes have together, in KiB; 0 if there are none. */
uint64_t vessel__domain_numa_memory(const VesselDomainDef *def);
void vessel__domain_def_check(const VesselDomainDef *def, VesselProblems *problems);

/* What a driver honours, as data: a path without indices ("/domain/devices/disk/target/@bus") and
 * the words it takes there (NULL: any value). An element or attribute whose path is in no row is
 * refused by its path; a container element needs no row of its own. A row whose path ends in "/ *"
 * (without the blank) stands for everything beneath. */
typedef struct {
    const char *path;
    VesselWords words;
} VesselSupport;
/* Adds a problem `unsupported` for everything in @def that @support (ends with path NULL) does not
 * have. @driver is named in the message. */
void vessel__domain_def_check_support(const VesselDomainDef *def, const VesselSupport *support,
                                      const char *driver, VesselProblems *problems);

/* The words of an enum row, for plans, capabilities and messages:
 * vessel__domain_word("/domain/devices/disk/target/@bus", disk->bus). NULL for absent. */
const char *vessel__domain_word(const char *path, int value);

/* A row whose value can be found and changed by its path in one running definition ("LIVE") and
 * whose change the guest would notice ("GUEST_ABI"): 0 if the path is unknown. */
enum {
    VESSEL_ROW_RUNTIME = 1u << 0, VESSEL_ROW_LIVE = 1u << 1, VESSEL_ROW_GUEST_ABI = 1u << 2,
    VESSEL_ROW_SECRET = 1u << 3, VESSEL_ROW_HOSTPATH = 1u << 4, VESSEL_ROW_REQUIRED = 1u << 5,
};
unsigned vessel__domain_row_flags(const char *path);

/* Whether @name may be the name of a domain: 1 to 200 bytes, not only blanks, no "/", no control
 * character, no leading ".". */
int vessel__domain_name_check(const char *name, VesselError **err);

/* Of VesselDomainDef.metadata, in bytes. */
#define VESSEL_METADATA_MAX (1 << 20)

/* The line on which a path with indices ("/domain/devices/disk[2]/target/@bus"), or what is around
 * it, stood in the text; 0 if there was no text. For the problems of checks. */
int vessel__domain_def_line(const VesselDomainDef *def, const char *path);

/* Helpers over the device list. */
VesselDevice *vessel__domain_def_add_device(VesselDomainDef *def, VesselDeviceKind kind);
/* The index-th (from 0) device of that kind, NULL if there are fewer. */
VesselDevice *vessel__domain_def_device(const VesselDomainDef *def, VesselDeviceKind kind, guint index);
VesselDeviceCommon *vessel__device_common(const VesselDevice *device); /* NULL for emulator, unknown */
/* "/domain/devices/disk[2]" for an error (index from 1 among its kind, as in XPath); g_free(). */
char *vessel__device_path(const VesselDomainDef *def, const VesselDevice *device);
/* The same with the line where it stands, if that is known: for a message about another place. */
char *vessel__device_where(const VesselDomainDef *def, const VesselDevice *device);

#endif
