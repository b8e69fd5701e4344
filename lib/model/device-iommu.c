/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const char *const models[] = {"", "intel", "smmuv3", "virtio", NULL};

enum { INTEL = 1, VIRTIO = 3 }; /* of these */

static const VesselRow iommu_rows[] = {
    VESSEL_ENUM(VesselIommu, model, "@model", models, VESSEL_ROW_REQUIRED | ABI, "device model"),
    VESSEL_SWITCH(VesselIommu, intremap, "driver/@intremap", vessel__off_on, ABI,
                  "interrupts are remapped", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselIommu, caching_mode, "driver/@caching_mode", vessel__off_on, ABI,
                  "caching mode, which devices of the host need", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselIommu, eim, "driver/@eim", vessel__off_on, ABI,
                  "extended interrupt mode, for more than 255 virtual CPUs",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselIommu, iotlb, "driver/@iotlb", vessel__off_on, ABI,
                  "translations are cached for devices that ask for them",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselIommu, aw_bits, "driver/@aw_bits", 0, 255, ABI, "bits of an address",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_ROWS(VesselIommu),
    {.path = NULL},
};

const VesselTable vessel__iommu_table = {
    .name = "iommu",
    VESSEL_DEVICE_TABLE(VesselIommu),
    .rows = iommu_rows,
};

void vessel__check_iommu(const VesselCheck *check, const VesselDevice *device)
{
    const VesselIommu *iommu = device->iommu;
    const VesselAddress *address = iommu->common.address;
    const char *model = vessel__word_at(models, (int)iommu->model);
    bool intel = (int)iommu->model == INTEL, virtio = (int)iommu->model == VIRTIO;
    const char *ioapic = vessel__domain_word("/domain/features/ioapic/@driver", check->def->ioapic);

    if (iommu->intremap == VESSEL_TRI_YES && g_strcmp0(ioapic, "qemu") != 0)
        vessel__check_problem(check, device, "/driver/@intremap",
                              "give <features><ioapic driver='qemu'/></features>",
                              "interrupts are remapped with an I/O APIC of the hypervisor only");
    if (iommu->eim == VESSEL_TRI_YES && iommu->intremap != VESSEL_TRI_YES)
        vessel__check_problem(check, device, "/driver/@eim", "give intremap='on'",
                              "extended interrupts have to be remapped");
    if (iommu->model && !intel &&
        (iommu->intremap || iommu->caching_mode || iommu->eim || iommu->iotlb ||
         vessel__number(iommu->aw_bits, 0)))
        vessel__check_problem(check, device, "/driver", "leave it out",
                              "an IOMMU of the model '%s' has no such options", model);
    if (iommu->model && address && address->type != (virtio ? VESSEL_ADDRESS_PCI : 0))
        vessel__check_problem(
            check, device, "/address", virtio ? "use type='pci'" : "leave the address out",
            "an IOMMU of the model '%s' has no %saddress", model, virtio ? "such " : "");
}
