/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a definition to a launch plan (plan.h): the command line and the descriptors it names. */
#ifndef VESSEL_QEMU_BUILD_H
#define VESSEL_QEMU_BUILD_H

#include "kit/launch.h"
#include "qemu/images.h"
#include "qemu/machine.h"

/* What runs the guest. */
typedef struct {
    VesselQemuAccel accel;
    bool soft_kvm;    /* KVM without hardware virtualisation (VESSEL_KVM_SOFT) */
    unsigned tsc_khz; /* told to the guest's kernel where vessel__qemu_tells_tsc(); 0: not known */
    const char *binary;
    const char *version;
} VesselQemuRunner;

/* A plan under construction. */
typedef struct {
    const VesselDomainDef *def; /* complete: defaults and aliases are there */
    const VesselQemuRunner *runner;
    VesselQemuMachineKind kind;
    GPtrArray *argv;
    VesselLaunch *launch;
    VesselJson *fds, *listen, *consoles, *blocks, *interfaces; /* arrays of the plan */
    int next_number;                                           /* of a descriptor in QEMU */
    guint descriptors, fdsets;
} VesselQemuBuild;

/* Descriptors of one start that are ours to use: a message carries 253, some are the kit's. */
#define VESSEL__QEMU_DESCRIPTORS_MAX 240
/* QEMU's descriptors of a plan begin here: above what a library may open before it looks. */
#define VESSEL__QEMU_FIRST_NUMBER 10

/* Linux on a microvm with ACPI has one clock to measure its TSC with, the PIT; a vCPU of the
 * emulator that waits 0.2 ms for a CPU spoils that, and without TSC such a kernel has no timer at
 * all: it stands still early in its boot. So it is told the frequency. Under KVM it asks. */
bool vessel__qemu_tells_tsc(const VesselDomainDef *def, VesselQemuAccel accel);

/* Opens what the definition names (images, kernel, initrd) and writes the plan. */
int vessel__qemu_build(const VesselDomainDef *def, const VesselQemuRunner *runner,
                       VesselLaunch **launch, VesselError **err);

/* For build.c, blocks.c and devices.c. Formatted text is one argument. */
void vessel__qemu_arg(VesselQemuBuild *build, const char *option, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void vessel__qemu_arg_json(VesselQemuBuild *build, const char *option,
                           VesselJson *json); /* taken */
/* A descriptor that the start sends along; returns its number in QEMU. @fd is taken. */
int vessel__qemu_send_fd(VesselQemuBuild *build, const char *name, int fd);
/* A listening socket that the engine makes; returns its number in QEMU. */
int vessel__qemu_listen(VesselQemuBuild *build, const char *socket);
/* {"driver": …, "id": …} with the address of @device. */
VesselJson *vessel__qemu_device_json(VesselQemuBuild *build, const VesselDevice *device);
void vessel__qemu_set_boot_index(const VesselQemuBuild *build, const VesselDevice *device,
                                 VesselJson *json);

void vessel__qemu_add_devices(VesselQemuBuild *build, GPtrArray *chains);
void vessel__qemu_add_disk(VesselQemuBuild *build, const VesselDevice *device, guint index,
                           VesselQemuChain *chain);

/* What the confined QEMU has: identity, device nodes, files; members of a plan or of a probe's
 * arguments. @def may be NULL (probe). */
/* Where the loader looks for the libraries of that program before the usual places: absolute paths
 * (its DT_RUNPATH or DT_RPATH, $ORIGIN put in); none when it says nothing or is no program.
 * g_strfreev(). */
char **vessel__qemu_library_folders(const char *binary);
void vessel__qemu_confine(VesselJson *plan, const char *binary, VesselQemuAccel accel,
                          const VesselDomainDef *def);

/* A value inside a comma-separated option: QEMU reads ",," as one comma. g_free() it. */
char *vessel__qemu_escape(const char *value);

#endif
