/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <memory> among the devices. */
#include "model/check.h"
#include "model/device.h"
#include "model/things.h"

#define ON(model) VESSEL_WHEN(VESSEL_MEMORY_##model)
#define ABI VESSEL_ROW_GUEST_ABI

static const char *const models[] = {"",           "dimm",    "nvdimm", "virtio-pmem",
                                     "virtio-mem", "sgx-epc", NULL};
static const char *const accesses[] = {"", "shared", "private", NULL};
enum { SHARED = 1 }; /* of these */

static const VesselRow memory_rows[] = {
    VESSEL_ENUM(VesselMemoryDevice, model, "@model", models, VESSEL_ROW_REQUIRED | ABI,
                "kind of memory"),
    VESSEL_ENUM(VesselMemoryDevice, access, "@access", accesses, 0,
                "whether other processes may share it", .otherwise = "as memoryBacking says"),
    VESSEL_SWITCH(VesselMemoryDevice, discard, "@discard", vessel__no_yes, 0,
                  "what is in it is thrown away when the guest ends",
                  .when = ON(DIMM) | ON(VIRTIO_MEM) | ON(SGX_EPC),
                  .otherwise = "as memoryBacking says"),
    VESSEL_STRING(VesselMemoryDevice, uuid, "uuid", &vessel__form_uuid, 64, ABI, "its UUID",
                  .when = ON(NVDIMM), .otherwise = "made up"),
    VESSEL_SIZE(VesselMemoryDevice, pagesize_kib, "source/pagesize", 1, VESSEL_KIB_MAX, 0,
                "size of the host's pages", .when = ON(DIMM) | ON(VIRTIO_MEM),
                .otherwise = "the host's own"),
    VESSEL_STRING(VesselMemoryDevice, nodemask, "source/nodemask", &vessel__form_cpus, 4096, 0,
                  "the host's NUMA nodes it is taken from",
                  .when = ON(DIMM) | ON(VIRTIO_MEM) | ON(SGX_EPC), .otherwise = "as numatune says"),
    VESSEL_STRING(VesselMemoryDevice, path, "source/path", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "file or device it is kept in",
                  .when = ON(NVDIMM) | ON(VIRTIO_PMEM)),
    VESSEL_SIZE(VesselMemoryDevice, alignsize_kib, "source/alignsize", 0, VESSEL_KIB_MAX, 0,
                "what its address on the host is a multiple of", .when = ON(NVDIMM),
                .otherwise = "the size of its pages"),
    VESSEL_PRESENCE(VesselMemoryDevice, pmem, "source/pmem", 0,
                    "what is written is kept, as the hardware can", .when = ON(NVDIMM)),
    VESSEL_SIZE(VesselMemoryDevice, size_kib, "target/size", 1, VESSEL_KIB_MAX,
                VESSEL_ROW_REQUIRED | ABI, "how much of it; of virtio-mem at most"),
    VESSEL_NUMBER(VesselMemoryDevice, node, "target/node", 0, UINT32_MAX, ABI,
                  "the guest's NUMA node", .otherwise = "none: the guest has no NUMA nodes"),
    VESSEL_SIZE(VesselMemoryDevice, block_kib, "target/block", 1, VESSEL_KIB_MAX, ABI,
                "steps in which it grows", .when = ON(VIRTIO_MEM)),
    VESSEL_SIZE(VesselMemoryDevice, requested_kib, "target/requested", 0, VESSEL_KIB_MAX,
                VESSEL_ROW_LIVE, "how much of it the guest is to have", .when = ON(VIRTIO_MEM),
                .preset = "0"),
    VESSEL_SIZE(VesselMemoryDevice, current_kib, "target/current", 0, VESSEL_KIB_MAX,
                VESSEL_ROW_RUNTIME, "how much of it the guest has", .when = ON(VIRTIO_MEM)),
    VESSEL_SIZE(VesselMemoryDevice, label_size_kib, "target/label/size", 128, VESSEL_KIB_MAX,
                ABI | VESSEL_ROW_NEEDED, "part of it for labels of namespaces", .when = ON(NVDIMM)),
    VESSEL_PRESENCE(VesselMemoryDevice, readonly, "target/readonly", ABI, "the guest may not write",
                    .when = ON(NVDIMM)),
    VESSEL_DEVICE_ROWS(VesselMemoryDevice),
    {.path = NULL},
};

const VesselTable vessel__memory_device_table = {
    .name = "memory",
    VESSEL_DEVICE_TABLE(VesselMemoryDevice),
    .rows = memory_rows,
    .tag = "@model",
};

static void check_virtio_mem(const VesselCheck *check, const VesselDevice *device)
{
    const VesselMemoryDevice *memory = device->memory;
    uint64_t block = vessel__number(memory->block_kib, 1);

    if (!memory->block_kib.set)
        vessel__check_problem(check, device, "/target/block", NULL,
                              "virtio-mem needs the size of a block");
    else if (block < 2048)
        vessel__check_problem(check, device, "/target/block", NULL,
                              "a block is at least 2 MiB, a huge page");
    if (block & (block - 1))
        vessel__check_problem(check, device, "/target/block", NULL,
                              "the size of a block is a power of two");
    else if (memory->requested_kib.value % block)
        vessel__check_problem(check, device, "/target/requested", NULL,
                              "the requested size is not a multiple of the block's");
    if (memory->requested_kib.value > memory->size_kib.value)
        vessel__check_problem(check, device, "/target/requested", NULL,
                              "the requested size is larger than the size");
}

/* Room for it in the guest: who tells one of maxMemory and the NUMA nodes tells the other. */
static void check_room(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDomainDef *def = check->def;
    const VesselMemoryDevice *memory = device->memory;
    const VesselMaxMemory *most = def->max_memory;
    guint nodes = vessel__check_count(def->numa_cells);
    bool pseries = def->os_arch && g_str_has_prefix(def->os_arch, "ppc64");
    const VesselAddress *address = memory->common.address;
    bool slotted = memory->model == VESSEL_MEMORY_DIMM || memory->model == VESSEL_MEMORY_NVDIMM;

    if (memory->model == VESSEL_MEMORY_SGX_EPC)
        return;
    if (nodes && (!most || !vessel__number(most->kib, 0)))
        vessel__check_problem(check, device, "", "give maxMemory with its slots",
                              "memory is added, and maxMemory does not say up to where");
    else if (slotted && address && address->slot.set && most && most->slots.set &&
             address->slot.value >= most->slots.value)
        vessel__check_problem(check, device, "/address/@slot", NULL,
                              "there is no slot %" G_GUINT64_FORMAT
                              ": maxMemory has %" G_GUINT64_FORMAT,
                              address->slot.value, most->slots.value);
    if (most && !nodes && !pseries)
        vessel__check_problem(check, device, "", "add one to cpu/numa",
                              "memory is added to a NUMA node, and the guest has none");
    else if (nodes && memory->node.set && memory->node.value >= nodes)
        vessel__check_problem(check, device, "/target/node", "the nodes are in cpu/numa",
                              "the guest has no NUMA node %" G_GUINT64_FORMAT, memory->node.value);
    if (address && address->type && slotted != (address->type == VESSEL_ADDRESS_DIMM))
        vessel__check_problem(check, device, "/address/@type",
                              slotted ? "use dimm" : "use pci, or ccw on s390",
                              "memory of this model has no address of this type");
}

static void check_kept(const VesselCheck *check, const VesselDevice *device)
{
    const VesselMemoryDevice *memory = device->memory;
    const char *arch = check->def->os_arch;
    bool pmem = memory->model == VESSEL_MEMORY_VIRTIO_PMEM;

    if (pmem && memory->access != SHARED)
        vessel__check_problem(check, device, "/@access", "give access='shared'",
                              "memory of the model 'virtio-pmem' is shared");
    if (pmem && memory->node.set)
        vessel__check_problem(check, device, "/target/node", NULL,
                              "memory of the model 'virtio-pmem' belongs to no NUMA node");
    if (!pmem && !memory->label_size_kib.set && arch && g_str_has_prefix(arch, "ppc64"))
        vessel__check_problem(check, device, "/target/label", NULL,
                              "memory of a pSeries guest that is kept has labels");
    if (!pmem && memory->uuid && arch && !g_str_has_prefix(arch, "ppc64"))
        vessel__check_problem(check, device, "/uuid", NULL,
                              "only a pSeries guest knows such memory by a UUID");
}

void vessel__check_memory_devices(const VesselCheck *check)
{
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_MEMORY)
            continue;
        const VesselMemoryDevice *memory = device->memory;
        bool kept =
            memory->model == VESSEL_MEMORY_NVDIMM || memory->model == VESSEL_MEMORY_VIRTIO_PMEM;
        if (kept && !memory->path)
            vessel__check_problem(check, device, "/source/path", NULL,
                                  "memory that is kept needs the path of a file or device");
        check_room(check, device);
        if (kept)
            check_kept(check, device);
        if (memory->model == VESSEL_MEMORY_VIRTIO_MEM)
            check_virtio_mem(check, device);
        if (memory->label_size_kib.set && memory->label_size_kib.value >= memory->size_kib.value)
            vessel__check_problem(check, device, "/target/label/size", NULL,
                                  "the labels take all of the memory");
    }
}
