/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const char *const models[] = {"", "intel", "smmuv3", "virtio", NULL};

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
    if (iommu->eim == VESSEL_TRI_YES && iommu->intremap == VESSEL_TRI_NO)
        vessel__check_problem(check, device, "/driver/@eim", "give intremap='on'",
                              "extended interrupts have to be remapped");
}
