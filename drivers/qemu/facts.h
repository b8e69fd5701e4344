/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a QEMU binary can do: asked once per binary (path, size, mtime) and kept, in memory for all
 * hosts of the process and on disk in the cache directory. */
#ifndef VESSEL_QEMU_FACTS_H
#define VESSEL_QEMU_FACTS_H

#include "kit/guest.h"

/* The floor: the JSON form of -netdev came with it. */
#define VESSEL__QEMU_FLOOR_MAJOR 7
#define VESSEL__QEMU_FLOOR_MINOR 2

typedef struct {
    char *name;  /* "pc-q35-7.2" */
    char *alias; /* "q35" or NULL */
    uint32_t cpu_max;
} VesselQemuMachine;

typedef struct {
    char *version; /* "7.2.22" */
    GPtrArray
        *machines; /* of VesselQemuMachine: those of a kind we know (vessel__qemu_machine_kind) */
    GPtrArray *devices; /* of char *: those of the devices we use that it has */
    bool kvm, tcg;      /* accelerators it was built with */
    int references;     /* atomic */
} VesselQemuFacts;

void vessel__qemu_facts_unref(VesselQemuFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselQemuFacts, vessel__qemu_facts_unref)
/* By name or alias; NULL if it has none such. */
const VesselQemuMachine *vessel__qemu_facts_machine(const VesselQemuFacts *facts, const char *name);
/* The same, or `unsupported` with what it has instead; *found may be NULL. */
int vessel__qemu_facts_need_machine(const VesselQemuFacts *facts, const char *name,
                                    const VesselQemuMachine **found, VesselError **err);
bool vessel__qemu_facts_device(const VesselQemuFacts *facts, const char *device);

/* The binary that runs guests of @arch: @emulator if it is given, else the first of the usual
 * places (not PATH: the environment is the program's). Failing: missing-feature. g_free() it. */
int vessel__qemu_binary(const char *emulator, const char *arch, char **binary, VesselError **err);

/* @binary's facts. missing-feature: there is no such file or no helper to ask it with; unsupported:
 * it is older than the floor; others: it does not behave as QEMU. At most 10 s. */
int vessel__qemu_facts(VesselDriverHost *host, const char *binary, VesselQemuFacts **facts,
                       VesselError **err);

/* Pure halves, for tests: from the probe's answer, and the form that is kept on disk. */
int vessel__qemu_facts_from_replies(const char *binary, const VesselJson *version,
                                    const VesselJson *replies, VesselQemuFacts **facts,
                                    VesselError **err);
VesselJson *vessel__qemu_facts_to_json(const VesselQemuFacts *facts);
VesselQemuFacts *vessel__qemu_facts_from_json(const VesselJson *json); /* NULL if damaged */

#endif
