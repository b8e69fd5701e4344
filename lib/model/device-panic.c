/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

static const char *const models[] = {"", "isa", "pseries", "hyperv", "s390", "pvpanic", NULL};

static const VesselRow panic_rows[] = {
    VESSEL_ENUM(VesselPanic, model, "@model", models, VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                "how the guest tells that it crashed", .otherwise = "what the architecture has"),
    VESSEL_DEVICE_ROWS(VesselPanic),
    {.path = NULL},
};

const VesselTable vessel__panic_table = {
    .name = "panic",
    VESSEL_DEVICE_TABLE(VesselPanic),
    .rows = panic_rows,
};

void vessel__check_panic(const VesselCheck *check, const VesselDevice *device)
{
    const VesselPanic *panic = device->panic;
    bool part_of_machine = panic->model == VESSEL_PANIC_PSERIES ||
                           panic->model == VESSEL_PANIC_HYPERV || panic->model == VESSEL_PANIC_S390;
    if (part_of_machine && panic->common.address)
        vessel__check_problem(check, device, "/address", "leave the address out",
                              "a panic device of the model '%s' has no address",
                              vessel__word_at(models, (int)panic->model));
}
