/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <lease>, <nvram> and <crypto>: devices of a few rows. */
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define REQUIRED VESSEL_ROW_REQUIRED

static const VesselRow lease_rows[] = {
    VESSEL_STRING(VesselLease, lockspace, "lockspace", &vessel__form_line, 1024, VESSEL_ROW_KEY,
                  "where the key is unique"),
    VESSEL_STRING(VesselLease, key, "key", &vessel__form_name_any, 1024, REQUIRED | VESSEL_ROW_KEY,
                  "what the domain has while it runs"),
    VESSEL_STRING(VesselLease, path, "target/@path", &vessel__form_file, 4095,
                  REQUIRED | VESSEL_ROW_HOSTPATH, "file of the lock manager"),
    VESSEL_NUMBER(VesselLease, offset, "target/@offset", 0, UINT64_MAX, 0,
                  "where in the file, in bytes", .preset = "0"),
    {.path = NULL},
};

const VesselTable vessel__lease_table = {
    .name = "lease",
    VESSEL_DEVICE_TABLE(VesselLease),
    .rows = lease_rows,
};

static const VesselRow nvram_rows[] = {
    VESSEL_DEVICE_ROWS(VesselNvramDevice),
    {.path = NULL},
};

const VesselTable vessel__nvram_device_table = {
    .name = "nvram",
    VESSEL_DEVICE_TABLE(VesselNvramDevice),
    .rows = nvram_rows,
};

static const char *const crypto_models[] = {"", "virtio", NULL};
static const char *const crypto_types[] = {"", "qemu", NULL};
static const char *const crypto_backends[] = {"", "builtin", "lkcf", NULL};

static const VesselRow crypto_rows[] = {
    VESSEL_ENUM(VesselCrypto, model, "@model", crypto_models, REQUIRED | ABI, "device model"),
    VESSEL_ENUM(VesselCrypto, type, "@type", crypto_types, REQUIRED, "who does the work"),
    VESSEL_ENUM(VesselCrypto, backend, "backend/@model", crypto_backends, REQUIRED,
                "what does the encryption: the hypervisor, or the kernel (lkcf)"),
    VESSEL_NUMBER(VesselCrypto, queues, "backend/@queues", 1, UINT32_MAX, ABI, "how many queues",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselCrypto),
    VESSEL_DEVICE_ROWS(VesselCrypto),
    {.path = NULL},
};

const VesselTable vessel__crypto_table = {
    .name = "crypto",
    VESSEL_DEVICE_TABLE(VesselCrypto),
    .rows = crypto_rows,
};
