/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/facts.h"
#include "base/words.h"
#include "qemu/machine.h"

/* What -device and -accel of our plans may name. A probe keeps only these of the hundreds there
 * are; whoever adds one raises VERSION in probe.c. */
static const char *const used_types[] = {
    "e1000",
    "ide-cd",
    "ide-hd",
    "isa-serial",
    "pcie-root-port",
    "virtconsole",
    "virtio-balloon-device",
    "virtio-balloon-pci",
    "virtio-blk-device",
    "virtio-blk-pci",
    "virtio-net-device",
    "virtio-net-pci",
    "virtio-serial-device",
    "virtio-serial-pci",
    NULL,
};

static void machine_free(gpointer data)
{
    VesselQemuMachine *machine = data;
    g_free(machine->name);
    g_free(machine->alias);
    g_free(machine);
}

static VesselQemuFacts *facts_new(const char *version)
{
    VesselQemuFacts *facts = g_new0(VesselQemuFacts, 1);
    facts->version = g_strdup(version);
    facts->machines = g_ptr_array_new_with_free_func(machine_free);
    facts->devices = g_ptr_array_new_with_free_func(g_free);
    facts->references = 1;
    return facts;
}

void vessel__qemu_facts_unref(VesselQemuFacts *facts)
{
    if (!facts || __atomic_sub_fetch(&facts->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    g_free(facts->version);
    g_ptr_array_unref(facts->machines);
    g_ptr_array_unref(facts->devices);
    g_free(facts);
}

const VesselQemuMachine *vessel__qemu_facts_machine(const VesselQemuFacts *facts, const char *name)
{
    for (guint i = 0; i < facts->machines->len; i++) {
        const VesselQemuMachine *machine = facts->machines->pdata[i];
        if (strcmp(machine->name, name) == 0 || g_strcmp0(machine->alias, name) == 0)
            return machine;
    }
    return NULL;
}

/* What the short name stands for: who asks for a version that is not there wants one near the
 * newest, and the digits most alike may be ten years old. */
static const VesselQemuMachine *newest(const VesselQemuFacts *facts, const char *name)
{
    VesselQemuMachineKind kind = vessel__qemu_machine_kind(name);
    for (guint i = 0; i < facts->machines->len; i++) {
        const VesselQemuMachine *machine = facts->machines->pdata[i];
        if (machine->alias && vessel__qemu_machine_kind(machine->name) == kind)
            return machine;
    }
    return NULL;
}

int vessel__qemu_facts_need_machine(const VesselQemuFacts *facts, const char *name,
                                    const VesselQemuMachine **found, VesselError **err)
{
    const VesselQemuMachine *machine = vessel__qemu_facts_machine(facts, name);
    if (found)
        *found = machine;
    if (machine)
        return 0;
    const VesselQemuMachine *other = newest(facts, name);
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "QEMU %s has no machine type %s", facts->version,
                 name);
    if (other)
        vessel__error_hint(err, "Use %s, for short %s", other->name, other->alias);
    else
        vessel__error_hint(err, "`vessel capabilities` lists the machine types that it has");
    return VESSEL_ERROR_UNSUPPORTED;
}

bool vessel__qemu_facts_device(const VesselQemuFacts *facts, const char *device)
{
    for (guint i = 0; i < facts->devices->len; i++)
        if (strcmp(facts->devices->pdata[i], device) == 0)
            return true;
    return false;
}

static void add_machine(VesselQemuFacts *facts, const char *name, const char *alias,
                        uint64_t cpu_max)
{
    if (!name || vessel__qemu_machine_kind(name) == VESSEL_QEMU_MACHINE_OTHER)
        return;
    VesselQemuMachine *machine = g_new0(VesselQemuMachine, 1);
    machine->name = g_strdup(name);
    machine->alias = g_strdup(alias);
    machine->cpu_max = (uint32_t)CLAMP(cpu_max, 1, UINT32_MAX);
    g_ptr_array_add(facts->machines, machine);
}

static int check_version(const char *binary, const VesselJson *version, VesselError **err)
{
    int64_t major = vessel__json_get_int(version, "major", -1);
    int64_t minor = vessel__json_get_int(version, "minor", -1);
    if (major < 0 || minor < 0)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "%s does not tell its version as QEMU does",
                            binary);
    if (major > VESSEL__QEMU_FLOOR_MAJOR ||
        (major == VESSEL__QEMU_FLOOR_MAJOR && minor >= VESSEL__QEMU_FLOOR_MINOR))
        return 0;
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "%s is QEMU %d.%d; %d.%d or later is needed",
                 binary, (int)major, (int)minor, VESSEL__QEMU_FLOOR_MAJOR,
                 VESSEL__QEMU_FLOOR_MINOR);
    vessel__error_hint(err, "Install a newer QEMU, or name one in <emulator>");
    return VESSEL_ERROR_UNSUPPORTED;
}

/* "return" of the index-th reply as an array; the order is that of the queries in probe.c. */
static int reply_array(const char *binary, const VesselJson *replies, size_t index,
                       const VesselJson **array, VesselError **err)
{
    const VesselJson *reply = vessel__json_at(replies, index);
    *array = vessel__json_get(reply, "return");
    if (*array && vessel__json_kind(*array) == VESSEL_JSON_ARRAY)
        return 0;
    vessel__fail(err, VESSEL_ERROR_PROTOCOL, "%s does not answer as QEMU does", binary);
    vessel__error_cause(err,
                        vessel__json_string(vessel__json_path(reply, "error", "desc", NULL), NULL));
    return VESSEL_ERROR_PROTOCOL;
}

int vessel__qemu_facts_from_replies(const char *binary, const VesselJson *version,
                                    const VesselJson *replies, VesselQemuFacts **result,
                                    VesselError **err)
{
    const VesselJson *machines, *devices, *accels;
    int code = check_version(binary, version, err);
    *result = NULL;
    if (code == 0)
        code = reply_array(binary, replies, 0, &machines, err);
    if (code == 0)
        code = reply_array(binary, replies, 1, &devices, err);
    if (code == 0)
        code = reply_array(binary, replies, 2, &accels, err);
    if (code < 0)
        return code;
    g_autofree char *text =
        g_strdup_printf("%d.%d.%d", (int)vessel__json_get_int(version, "major", 0),
                        (int)vessel__json_get_int(version, "minor", 0),
                        (int)vessel__json_get_int(version, "micro", 0));
    VesselQemuFacts *facts = facts_new(text);
    VESSEL_JSON_FOREACH (machine, machines)
        add_machine(facts, vessel__json_get_string(machine, "name", NULL),
                    vessel__json_get_string(machine, "alias", NULL),
                    vessel__json_get_uint(machine, "cpu-max", 1));
    VESSEL_JSON_FOREACH (device, devices) {
        int known = vessel__word_find(used_types, vessel__json_get_string(device, "name", ""));
        if (known >= 0)
            g_ptr_array_add(facts->devices, g_strdup(used_types[known]));
    }
    VESSEL_JSON_FOREACH (accel, accels) {
        const char *name = vessel__json_get_string(accel, "name", "");
        facts->kvm |= strcmp(name, "kvm-accel") == 0;
        facts->tcg |= strcmp(name, "tcg-accel") == 0;
    }
    *result = facts;
    return 0;
}

VesselJson *vessel__qemu_facts_to_json(const VesselQemuFacts *facts)
{
    VesselJson *json = vessel__json_new_object(), *machines = vessel__json_new_array();
    VesselJson *devices = vessel__json_new_array();
    for (guint i = 0; i < facts->machines->len; i++) {
        const VesselQemuMachine *machine = facts->machines->pdata[i];
        VesselJson *one = vessel__json_new_object();
        vessel__json_set_string(one, "name", machine->name);
        vessel__json_set_string(one, "alias", machine->alias);
        vessel__json_set_uint(one, "cpu_max", machine->cpu_max);
        vessel__json_append(machines, one);
    }
    for (guint i = 0; i < facts->devices->len; i++)
        vessel__json_append_string(devices, facts->devices->pdata[i]);
    vessel__json_set_string(json, "version", facts->version);
    vessel__json_set(json, "machines", machines);
    vessel__json_set(json, "devices", devices);
    vessel__json_set_bool(json, "kvm", facts->kvm);
    vessel__json_set_bool(json, "tcg", facts->tcg);
    return json;
}

VesselQemuFacts *vessel__qemu_facts_from_json(const VesselJson *json)
{
    const char *version = vessel__json_get_string(json, "version", NULL);
    const VesselJson *machines = vessel__json_get(json, "machines");
    const VesselJson *devices = vessel__json_get(json, "devices");
    if (!version || vessel__json_length(machines) == 0 || vessel__json_length(devices) == 0)
        return NULL;
    VesselQemuFacts *facts = facts_new(version);
    VESSEL_JSON_FOREACH (machine, machines)
        add_machine(facts, vessel__json_get_string(machine, "name", NULL),
                    vessel__json_get_string(machine, "alias", NULL),
                    vessel__json_get_uint(machine, "cpu_max", 1));
    VESSEL_JSON_FOREACH (device, devices)
        g_ptr_array_add(facts->devices, g_strdup(vessel__json_string(device, "")));
    facts->kvm = vessel__json_get_bool(json, "kvm", false);
    facts->tcg = vessel__json_get_bool(json, "tcg", false);
    return facts;
}
