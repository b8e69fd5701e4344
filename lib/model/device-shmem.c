/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define MIB (UINT64_C(1) << 20)

static const char *const roles[] = {"", "master", "peer", NULL};
static const char *const models[] = {"", "ivshmem", "ivshmem-plain", "ivshmem-doorbell", NULL};

static const VesselRow msi_rows[] = {
    VESSEL_NUMBER(VesselShmemMsi, vectors, "@vectors", 0, UINT32_MAX, ABI, "interrupt vectors",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselShmemMsi, ioeventfd, "@ioeventfd", vessel__off_on, 0,
                  "the kernel passes interrupts on", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

static const VesselTable msi_table = VESSEL_PART_TABLE(VesselShmemMsi, "msi", msi_rows);

static const VesselRow shmem_rows[] = {
    VESSEL_STRING(VesselShmem, name, "@name", &vessel__form_file_name, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "name of the memory on the host"),
    VESSEL_ENUM(VesselShmem, role, "@role", roles, 0,
                "whether its content moves with the domain (master) or not (peer)",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselShmem, model, "model/@type", models, ABI | VESSEL_ROW_NEEDED, "device model",
                .preset = "ivshmem"),
    VESSEL_BYTES(VesselShmem, size, "size", MIB, INT64_MAX, ABI,
                 "size, a power of two and at least 1 MiB", .otherwise = VESSEL_ITS_OWN),
    VESSEL_PRESENCE(VesselShmem, server, "server", 0,
                    "a program gives the memory and passes interrupts"),
    VESSEL_STRING(VesselShmem, server_path, "server/@path", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "its socket",
                  .otherwise = "made from the name of the memory"),
    VESSEL_OBJECT(VesselShmem, msi, "msi", &msi_table, ABI,
                  "interrupts between those who share it"),
    VESSEL_DEVICE_ROWS(VesselShmem),
    {.path = NULL},
};

const VesselTable vessel__shmem_table = {
    .name = "shmem",
    VESSEL_DEVICE_TABLE(VesselShmem),
    .rows = shmem_rows,
};

void vessel__check_shmem(const VesselCheck *check, const VesselDevice *device)
{
    const VesselShmem *shmem = device->shmem;
    uint64_t size = vessel__number(shmem->size, MIB);

    if (size & (size - 1))
        vessel__check_problem(check, device, "/size", NULL, "the size is not a power of two");
    if (shmem->msi && !shmem->server)
        vessel__check_problem(check, device, "/msi", "give a server too",
                              "interrupts need a server that passes them on");
    if (shmem->model == VESSEL_SHMEM_PLAIN && shmem->server)
        vessel__check_problem(check, device, "/server", "use ivshmem-doorbell",
                              "memory of the model 'ivshmem-plain' has no server");
    if (shmem->model == VESSEL_SHMEM_DOORBELL && !shmem->server)
        vessel__check_problem(check, device, "/server", "use ivshmem-plain",
                              "memory of the model 'ivshmem-doorbell' has a server");
    if (shmem->role && shmem->model == VESSEL_SHMEM_IVSHMEM)
        vessel__check_problem(check, device, "/@role", NULL,
                              "memory of the model 'ivshmem' has no role");
}
