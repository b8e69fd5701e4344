/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is checked when a definition is made: it has gone through the defaults. Single words are
 * support.c's; here is what depends on several values, on the machine or on this QEMU. */
#include "qemu/address.h"
#include "qemu/family.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <sys/ioctl.h>

#define SERIAL_MAX 20                      /* of virtio-blk and ATA alike */
#define MEMORY_MAX_KIB (UINT64_C(1) << 40) /* what x86 can address: 1 PiB */

typedef struct {
    VesselQemuAccel accel;
    const VesselDomainDef *def;
    VesselQemuMachineKind kind;
    const VesselQemuFacts *facts; /* NULL: QEMU is not installed */
    VesselProblems *problems;
} Check;

static void G_GNUC_PRINTF(5, 6) problem(const Check *check, int code, const char *path,
                                        const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    vessel__problems_add(check->problems, code, path, 0, 0, hint, "%s", message);
}

static void G_GNUC_PRINTF(6, 7)
    device_problem(const Check *check, int code, const VesselDevice *device, const char *rest,
                   const char *hint, const char *format, ...)
{
    g_autofree char *path = vessel__device_path(check->def, device);
    g_autofree char *full = g_strconcat(path, rest, NULL);
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    vessel__problems_add(check->problems, code, full, device->line, 0, hint, "%s", message);
}

/* ---- machine, CPU, memory, boot ---- */

static void check_machine(const Check *check)
{
    g_autoptr(VesselError) err = NULL;
    const char *name = check->def->os_machine;
    if (!name)
        vessel__fail(&err, VESSEL_ERROR_UNSUPPORTED, "no machine type is given");
    else if (vessel__qemu_kind_check(NULL, name, &err) == 0 && check->facts)
        vessel__qemu_facts_need_machine(check->facts, name, NULL, &err);
    if (!err)
        return;
    vessel__error_at(&err, "/domain/os/type/@machine", 0, 0);
    vessel__problems_add_error(check->problems, err);
}

/* The kernel's own limit; 0 if it cannot be asked. */
static uint64_t kvm_vcpus_max(void)
{
    vessel_autofd int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    int count = fd < 0 ? 0 : ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_MAX_VCPUS);
    return count > 0 ? (uint64_t)count : 0;
}

static void check_vcpus(const Check *check)
{
    const VesselDomainDef *def = check->def;
    uint64_t count = vessel__number(def->vcpus, 1), most = VESSEL__QEMU_VCPUS_MAX, kvm;
    const VesselQemuMachine *machine =
        check->facts ? vessel__qemu_facts_machine(check->facts, def->os_machine) : NULL;
    const char *whose = "this library";
    if (machine && machine->cpu_max < most) {
        most = machine->cpu_max;
        whose = machine->name;
    }
    if (check->accel == VESSEL_QEMU_KVM && (kvm = kvm_vcpus_max()) && kvm < most) {
        most = kvm;
        whose = "KVM on this host";
    }
    if (count > most)
        problem(check, VESSEL_ERROR_UNSUPPORTED, "/domain/vcpu", NULL,
                "%" G_GUINT64_FORMAT " vCPUs are more than the %" G_GUINT64_FORMAT " of %s", count,
                most, whose);
    if (check->kind == VESSEL_QEMU_MACHINE_MICROVM &&
        vessel__number(def->vcpus_current, count) < count)
        problem(check, VESSEL_ERROR_UNSUPPORTED, "/domain/vcpu/@current", NULL,
                "machine microvm cannot be given vCPUs later: all must be there at boot");
}

static void check_cpu(const Check *check)
{
    const VesselDomainDef *def = check->def;
    bool most = def->type == VESSEL_DOMAIN_TYPE_AUTO; /* the most this accelerator has */
    if (def->cpu_mode == VESSEL_CPU_MODE_HOST_MODEL && !most)
        problem(check, VESSEL_ERROR_UNSUPPORTED, "/domain/cpu/@mode",
                "Use mode='host-passthrough' or 'maximum'", "CPU mode host-model is not supported");
    if (def->cpu_mode == VESSEL_CPU_MODE_HOST_PASSTHROUGH && check->accel == VESSEL_QEMU_TCG &&
        !most)
        problem(check, VESSEL_ERROR_UNSUPPORTED, "/domain/cpu/@mode", "Use mode='maximum'",
                "the emulator cannot pass the host's CPU through");
    if (def->cpu_migratable && def->cpu_mode != VESSEL_CPU_MODE_HOST_PASSTHROUGH &&
        def->cpu_mode != VESSEL_CPU_MODE_MAXIMUM)
        problem(check, VESSEL_ERROR_INVALID_DEFINITION, "/domain/cpu/@migratable", NULL,
                "migratable goes with mode host-passthrough or maximum only");
}

static void check_memory(const Check *check)
{
    const VesselDomainDef *def = check->def;
    uint64_t memory = vessel__number(def->memory_kib, 0);
    const VesselDevice *balloon = vessel__domain_def_device(def, VESSEL_DEVICE_MEMBALLOON, 0);
    if (memory > MEMORY_MAX_KIB)
        problem(check, VESSEL_ERROR_INVALID_DEFINITION, "/domain/memory", NULL,
                "%" G_GUINT64_FORMAT " KiB are more than a machine can have (%" G_GUINT64_FORMAT
                ")",
                memory, MEMORY_MAX_KIB);
    if (vessel__number(def->current_memory_kib, memory) < memory &&
        !(balloon && balloon->balloon->model == VESSEL_BALLOON_VIRTIO))
        problem(check, VESSEL_ERROR_INVALID_DEFINITION, "/domain/currentMemory",
                "Add <memballoon model='virtio'/>, or make it as much as <memory>",
                "less than <memory> can be given at boot only with a balloon");
}

static void check_kernel(const Check *check)
{
    const VesselDomainDef *def = check->def;
    if (!def->kernel && def->initrd)
        problem(check, VESSEL_ERROR_INVALID_DEFINITION, "/domain/os/initrd", "Give os/kernel too",
                "an initrd needs a kernel");
    if (!def->kernel && def->cmdline)
        problem(check, VESSEL_ERROR_INVALID_DEFINITION, "/domain/os/cmdline", "Give os/kernel too",
                "a cmdline needs a kernel");
}

/* ---- devices ---- */

static void check_disk_bus(const Check *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    bool q35 = check->kind == VESSEL_QEMU_MACHINE_Q35, pc = check->kind == VESSEL_QEMU_MACHINE_PC;
    if (disk->bus == VESSEL_DISK_BUS_IDE && !pc)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/target/@bus",
                       q35 ? "Use bus='sata' or bus='virtio'" : "Use bus='virtio'",
                       "machine %s has no IDE controller", check->def->os_machine);
    if (disk->bus == VESSEL_DISK_BUS_SATA && !q35)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/target/@bus",
                       pc ? "Use bus='ide' or bus='virtio'" : "Use bus='virtio'",
                       "machine %s has no SATA controller", check->def->os_machine);
    if (disk->bus == VESSEL_DISK_BUS_VIRTIO && disk->device == VESSEL_DISK_DEVICE_CDROM)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/target/@bus",
                       q35 ? "Use bus='sata'" : "Use bus='ide' on machine pc",
                       "a virtio disk cannot be a CD-ROM drive");
    if (disk->readonly == VESSEL_TRI_YES && disk->device == VESSEL_DISK_DEVICE_DISK &&
        disk->bus != VESSEL_DISK_BUS_VIRTIO)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/readonly", "Use bus='virtio'",
                       "IDE and SATA disks cannot be read-only");
}

static const char *disk_word(const char *name, int value)
{
    g_autofree char *path = g_strconcat("/domain/devices/disk/driver/@", name, NULL);
    const char *word = vessel__domain_word(path, value);
    return word ? word : "";
}

static const char *disk_source(const VesselDisk *disk)
{
    return vessel__source_path(disk->source);
}

static void check_disk(const Check *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    const char *cache = disk_word("cache", disk->cache), *source = disk_source(disk);
    check_disk_bus(check, device);
    if (!source && disk->type <= VESSEL_DISK_BLOCK && disk->device == VESSEL_DISK_DEVICE_DISK)
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/source", NULL,
                       "a disk needs a source; only a CD-ROM drive can be empty");
    if (!source && disk->backing)
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/backingStore", NULL,
                       "an empty drive has no backing chain");
    if (disk->format == VESSEL_FORMAT_RAW && disk->backing && disk->backing->type)
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/backingStore", NULL,
                       "a raw image has no backing file");
    if (strcmp(disk_word("io", disk->io), "native") == 0 && strcmp(cache, "none") != 0 &&
        strcmp(cache, "directsync") != 0)
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/driver/@io",
                       "Use cache='none' or cache='directsync' with it",
                       "native I/O needs a cache mode that goes around the host's cache");
    if (disk->serial && strlen(disk->serial) > SERIAL_MAX)
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/serial", NULL,
                       "a serial number longer than %d characters would reach the guest cut off",
                       SERIAL_MAX);
    if (disk->shareable == VESSEL_TRI_YES && disk->format == VESSEL_FORMAT_QCOW2 &&
        disk->readonly != VESSEL_TRI_YES)
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/shareable",
                       "Use a raw image", "a qcow2 image cannot be written by two at once");
    for (guint i = 0; source && i < check->def->devices->len; i++) {
        const VesselDevice *other = check->def->devices->pdata[i];
        if (other == device)
            break;
        if (other->kind != VESSEL_DEVICE_DISK || g_strcmp0(disk_source(other->disk), source) != 0)
            continue;
        bool read = disk->readonly == VESSEL_TRI_YES && other->disk->readonly == VESSEL_TRI_YES;
        bool shared = disk->shareable == VESSEL_TRI_YES && other->disk->shareable == VESSEL_TRI_YES;
        g_autofree char *where = vessel__device_where(check->def, other);
        if (!read && !shared)
            device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/source",
                           "Mark both <readonly/> or both <shareable/>", "the same image as %s",
                           where);
    }
}

static void check_controller(const Check *check, const VesselDevice *device)
{
    const VesselController *controller = device->controller;
    if (controller->type == VESSEL_CONTROLLER_USB &&
        !controller->model) /* other words are refused as such */
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/@model",
                       "Use model='none', or leave it out", "USB controllers are not supported");
    if (controller->type != VESSEL_CONTROLLER_PCI && controller->type != VESSEL_CONTROLLER_USB &&
        controller->model)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/@model", NULL,
                       "a controller of this type has no models");
    if (controller->type == VESSEL_CONTROLLER_USB && controller->model &&
        !vessel__qemu_word_is(VESSEL__QEMU_CONTROLLER_MODEL, controller->model, "none") &&
        g_str_has_prefix(vessel__domain_word(VESSEL__QEMU_CONTROLLER_MODEL, controller->model),
                         "pci"))
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/@model", NULL,
                       "this is no model of a USB controller");
    if (controller->type == VESSEL_CONTROLLER_VIRTIO_SERIAL &&
        vessel__number(controller->ports, 31) > 31)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/@ports", NULL,
                       "a virtio-serial controller has 31 ports at most");
    if (controller->vectors.set && check->kind == VESSEL_QEMU_MACHINE_MICROVM)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/@vectors", NULL,
                       "virtio-mmio devices have no interrupt vectors");
}

static void check_interface(const Check *check, const VesselDevice *device)
{
    if (check->kind == VESSEL_QEMU_MACHINE_MICROVM &&
        g_strcmp0(device->interface->model, "virtio") != 0)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/model/@type",
                       "Use model type='virtio'", "machine microvm has no PCI bus for this model");
    if (check->kind == VESSEL_QEMU_MACHINE_MICROVM && device->interface->common.boot_order.set)
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/boot", NULL,
                       "machine microvm cannot boot from the network");
}

static void check_serials(const Check *check)
{
    bool used[VESSEL__QEMU_ISA_SERIAL_MAX] = {0};
    guint consoles = 0;
    for (guint i = 0; i < check->def->devices->len; i++) {
        const VesselDevice *device = check->def->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_CONSOLE && consoles++ > 0 &&
            !vessel__qemu_is_virtio_console(device))
            device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/target/@type",
                           "Use target type='virtio'",
                           "only the first console can be the serial port");
        if (device->kind != VESSEL_DEVICE_SERIAL)
            continue;
        uint64_t port = vessel__number(device->chardev->port, 0);
        if (port >= VESSEL__QEMU_ISA_SERIAL_MAX)
            device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "/target/@port", NULL,
                           "there are serial ports 0 to %d", VESSEL__QEMU_ISA_SERIAL_MAX - 1);
        else if (used[port])
            device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, device, "/target/@port", NULL,
                           "another serial port has this number");
        else
            used[port] = true;
    }
}

static void check_device(const Check *check, const VesselDevice *device)
{
    const char *name = vessel__qemu_device_name(device, check->kind);
    if (device->kind == VESSEL_DEVICE_DISK)
        check_disk(check, device);
    else if (device->kind == VESSEL_DEVICE_CONTROLLER)
        check_controller(check, device);
    else if (device->kind == VESSEL_DEVICE_INTERFACE)
        check_interface(check, device);
    if (name && check->facts && !vessel__qemu_facts_device(check->facts, name))
        device_problem(check, VESSEL_ERROR_UNSUPPORTED, device, "",
                       "Install its modules, or choose another model", "QEMU %s has no device %s",
                       check->facts->version, name);
}

static void check_balloons(const Check *check)
{
    const VesselDevice *second = vessel__domain_def_device(check->def, VESSEL_DEVICE_MEMBALLOON, 1);
    if (second)
        device_problem(check, VESSEL_ERROR_INVALID_DEFINITION, second, "", NULL,
                       "there can be one memory balloon only");
}

void vessel__qemu_check(VesselQemuAccel accel, VesselDriverHost *host, const VesselDomainDef *def,
                        VesselProblems *problems)
{
    g_autoptr(VesselQemuFacts) facts = NULL;
    g_autofree char *binary = NULL;
    /* What is wrong with the binary itself was said by the defaults. */
    if (vessel__qemu_facts_of(host, def, &binary, &facts, NULL) < 0)
        facts = NULL;
    Check check = {accel, def, vessel__qemu_machine_kind(def->os_machine), facts, problems};
    check_machine(&check);
    if (check.kind == VESSEL_QEMU_MACHINE_OTHER)
        return;
    check_vcpus(&check);
    check_cpu(&check);
    check_memory(&check);
    check_kernel(&check);
    for (guint i = 0; i < def->devices->len; i++)
        check_device(&check, def->devices->pdata[i]);
    check_serials(&check);
    check_balloons(&check);
    vessel__qemu_check_addresses(def, check.kind, problems);
}
