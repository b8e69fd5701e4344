/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const char *const backend_models[] = {"", "random", "egd", "builtin", NULL};

/* The tag is the type of the character device, which its source asks for; what goes with which
 * model is checked below. */
static const VesselRow backend_rows[] = {
    VESSEL_ENUM(VesselRngBackend, model, "@model", backend_models, VESSEL_ROW_REQUIRED,
                "where random numbers come from"),
    VESSEL_STRING(VesselRngBackend, file, "", &vessel__form_file, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_EMPTY, "the host's device of the model random",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_CHARDEV_BACKEND_ROWS(VesselRngBackend, 0),
    {.path = NULL},
};

static const VesselTable backend_table =
    VESSEL_PART_TABLE(VesselRngBackend, "backend", backend_rows, .tag = "@type");

static const VesselRow rate_rows[] = {
    VESSEL_NUMBER(VesselRngRate, bytes, "@bytes", 1, UINT32_MAX, VESSEL_ROW_REQUIRED,
                  "bytes the guest gets in each period"),
    VESSEL_NUMBER(VesselRngRate, period, "@period", 1, UINT32_MAX, 0, "period, in milliseconds",
                  .preset = "1000"),
    {.path = NULL},
};

static const VesselTable rate_table = VESSEL_PART_TABLE(VesselRngRate, "rate", rate_rows);

static const VesselRow rng_rows[] = {
    VESSEL_ENUM(VesselRng, model, "@model", vessel__virtio_models, VESSEL_ROW_REQUIRED | ABI,
                "device model"),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselRng),
    VESSEL_OBJECT(VesselRng, rate, "rate", &rate_table, 0, "how much the guest gets at most",
                  .otherwise = "no limit"),
    VESSEL_OBJECT(VesselRng, backend, "backend", &backend_table, VESSEL_ROW_REQUIRED,
                  "what is behind it"),
    VESSEL_DEVICE_ROWS(VesselRng),
    {.path = NULL},
};

const VesselTable vessel__rng_table = {
    .name = "rng",
    VESSEL_DEVICE_TABLE(VesselRng),
    .rows = rng_rows,
};

void vessel__check_rng(const VesselCheck *check, const VesselDevice *device)
{
    const VesselRngBackend *backend = device->rng->backend;
    if (!backend)
        return;
    const VesselChardevBackend *chardev = &backend->backend;
    bool egd = backend->model == VESSEL_RNG_EGD;

    if (backend->file && backend->model != VESSEL_RNG_RANDOM)
        vessel__check_problem(check, device, "/backend", "use model='random'",
                              "only the model 'random' reads a device of the host");
    if (egd && !chardev->type)
        vessel__check_problem(check, device, "/backend/@type", NULL,
                              "the model 'egd' needs the type of a character device");
    if (!egd && (chardev->type || chardev->source || chardev->protocol || chardev->log_file))
        vessel__check_problem(check, device, "/backend", "use model='egd'",
                              "only the model 'egd' has a character device");
    if (egd && chardev->type)
        vessel__check_chardev_backend(check, device, "/backend", chardev, false);
}
