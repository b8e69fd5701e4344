/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of <secret>. */
#include "model/secret.h"

#include "model/check-document.h"

#define VOLUME VESSEL_WHEN(VESSEL_SECRET_VOLUME)
#define NAMED                                                                                      \
    (VESSEL_WHEN(VESSEL_SECRET_CEPH) | VESSEL_WHEN(VESSEL_SECRET_TLS) |                            \
     VESSEL_WHEN(VESSEL_SECRET_VTPM))
#define ISCSI VESSEL_WHEN(VESSEL_SECRET_ISCSI)

static const char *const types[] = {"", "volume", "ceph", "iscsi", "tls", "vtpm", NULL};

static const VesselRow usage_rows[] = {
    VESSEL_ENUM(VesselSecretUsage, type, "@type", types, VESSEL_ROW_REQUIRED,
                "what kind of thing needs the secret"),
    VESSEL_STRING(VesselSecretUsage, volume, "volume", &vessel__form_path, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_HOSTPATH, "encrypted volume", .when = VOLUME),
    VESSEL_STRING(VesselSecretUsage, name, "name", &vessel__form_entry, 1024, VESSEL_ROW_REQUIRED,
                  "name by which the secret is found", .when = NAMED),
    VESSEL_STRING(VesselSecretUsage, target, "target", &vessel__form_entry, 1024,
                  VESSEL_ROW_REQUIRED, "name by which the secret of an iSCSI target is found",
                  .when = ISCSI),
    {.path = NULL},
};

static const VesselTable usage_table =
    VESSEL_PART_TABLE(VesselSecretUsage, "usage", usage_rows, .tag = "@type");

static const VesselRow secret_rows[] = {
    VESSEL_SWITCH(VesselSecretDef, ephemeral, "@ephemeral", vessel__no_yes, 0,
                  "whether the value is kept in memory only", .preset = "no"),
    VESSEL_SWITCH(VesselSecretDef, private, "@private", vessel__no_yes, 0,
                  "whether the value is told to nobody", .preset = "no"),
    VESSEL_STRING(VesselSecretDef, uuid, "uuid", &vessel__form_uuid, 64, VESSEL_ROW_FILLED, "UUID",
                  .otherwise = "made up"),
    VESSEL_STRING(VesselSecretDef, description, "description", NULL, 65536, 0, "description"),
    VESSEL_OBJECT(VesselSecretDef, usage, "usage", &usage_table, 0, "what the secret is for"),
    {.path = NULL},
};

static const VesselTable secret_table = VESSEL_ROOT_TABLE(VesselSecretDef, "secret", secret_rows);

const VesselShape *vessel__secret_shape(void)
{
    return vessel__schema_compile(&secret_table, "secret");
}

void vessel__secret_defaults(void *def)
{
    VesselSecretDef *secret = def;
    vessel__document_default_uuid(&secret->uuid);
}
