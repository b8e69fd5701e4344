/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define ON_PASSTHROUGH VESSEL_WHEN(VESSEL_TPM_PASSTHROUGH)
#define ON_EMULATOR VESSEL_WHEN(VESSEL_TPM_EMULATOR)
#define ON_EXTERNAL VESSEL_WHEN(VESSEL_TPM_EXTERNAL)

static const char *const models[] = {"",          "tpm-tis",         "tpm-crb",
                                     "tpm-spapr", "spapr-tpm-proxy", NULL};
static const char *const backend_types[] = {"", "passthrough", "emulator", "external", NULL};
static const char *const versions[] = {"", "1.2", "2.0", NULL};
static const char *const source_types[] = {"", "unix", NULL};
static const char *const source_modes[] = {"", "connect", NULL};

static const VesselRow source_rows[] = {
    VESSEL_ENUM(VesselTpmSource, type, "@type", source_types, VESSEL_ROW_REQUIRED,
                "how the program is reached"),
    VESSEL_ENUM(VesselTpmSource, mode, "@mode", source_modes, VESSEL_ROW_REQUIRED,
                "who makes the connection"),
    VESSEL_STRING(VesselTpmSource, path, "@path", &vessel__form_path, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_HOSTPATH, "its socket"),
    {.path = NULL},
};

static const VesselTable source_table = VESSEL_PART_TABLE(VesselTpmSource, "source", source_rows);

static const VesselRow backend_rows[] = {
    VESSEL_ENUM(VesselTpmBackend, type, "@type", backend_types, VESSEL_ROW_REQUIRED,
                "the host's TPM, a program for this domain, or one that runs already"),
    VESSEL_ENUM(VesselTpmBackend, version, "@version", versions, ABI, "version of the TPM",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselTpmBackend, persistent_state, "@persistent_state", vessel__no_yes, 0,
                  "its state is kept when a transient domain ends", .when = ON_EMULATOR,
                  .preset = "no"),
    VESSEL_STRING(VesselTpmBackend, device, "device/@path", &vessel__form_file, 4095,
                  VESSEL_ROW_HOSTPATH, "the host's device", .when = ON_PASSTHROUGH,
                  .preset = "/dev/tpm0"),
    VESSEL_STRING(VesselTpmBackend, encryption, "encryption/@secret", &vessel__form_uuid, 64,
                  VESSEL_ROW_NEEDED, "UUID of the secret its state is encrypted with",
                  .when = ON_EMULATOR),
    VESSEL_PRESENCE(VesselTpmBackend, sha1, "active_pcr_banks/sha1", ABI, "bank of SHA-1",
                    .when = ON_EMULATOR),
    VESSEL_PRESENCE(VesselTpmBackend, sha256, "active_pcr_banks/sha256", ABI, "bank of SHA-256",
                    .when = ON_EMULATOR),
    VESSEL_PRESENCE(VesselTpmBackend, sha384, "active_pcr_banks/sha384", ABI, "bank of SHA-384",
                    .when = ON_EMULATOR),
    VESSEL_PRESENCE(VesselTpmBackend, sha512, "active_pcr_banks/sha512", ABI, "bank of SHA-512",
                    .when = ON_EMULATOR),
    VESSEL_OBJECT(VesselTpmBackend, source, "source", &source_table, 0,
                  "the program that runs already", .when = ON_EXTERNAL),
    {.path = NULL},
};

static const VesselTable backend_table =
    VESSEL_PART_TABLE(VesselTpmBackend, "backend", backend_rows, .tag = "@type");

static const VesselRow tpm_rows[] = {
    VESSEL_ENUM(VesselTpm, model, "@model", models, ABI | VESSEL_ROW_KEY, "device model",
                .otherwise = "what the architecture has, tpm-tis on x86"),
    VESSEL_OBJECT(VesselTpm, backend, "backend", &backend_table, VESSEL_ROW_REQUIRED,
                  "what is behind it"),
    VESSEL_DEVICE_ROWS(VesselTpm),
    {.path = NULL},
};

const VesselTable vessel__tpm_table = {
    .name = "tpm",
    VESSEL_DEVICE_TABLE(VesselTpm),
    .rows = tpm_rows,
};

static void check_tpm(const VesselCheck *check, const VesselDevice *device)
{
    const VesselTpm *tpm = device->tpm;
    if (!tpm->backend)
        return;
    if (tpm->model == VESSEL_TPM_CRB && tpm->backend->version == VESSEL_TPM_1_2)
        vessel__check_problem(check, device, "/@model", "use tpm-tis, or version='2.0'",
                              "a TPM 1.2 cannot be of the model 'tpm-crb'");
    if (tpm->backend->version == VESSEL_TPM_1_2 && (tpm->backend->sha1 || tpm->backend->sha256 ||
                                                    tpm->backend->sha384 || tpm->backend->sha512))
        vessel__check_problem(check, device, "/backend/active_pcr_banks", "use version='2.0'",
                              "a TPM 1.2 has no banks to choose from");
    if (tpm->model == VESSEL_TPM_SPAPR_PROXY && tpm->backend->type != VESSEL_TPM_PASSTHROUGH)
        vessel__check_problem(check, device, "/backend/@type", "use type='passthrough'",
                              "the model 'spapr-tpm-proxy' is for the host's TPM only");
}

void vessel__check_tpms(const VesselCheck *check)
{
    const VesselDevice *first[2] = {NULL, NULL};
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_TPM)
            continue;
        check_tpm(check, device);
        bool proxy = device->tpm->model == VESSEL_TPM_SPAPR_PROXY;
        if (first[proxy]) {
            g_autofree char *other = vessel__check_where(check, first[proxy]);
            vessel__check_problem(check, device, "", "leave out one of the two",
                                  "a domain has at most one %s, and there is %s already",
                                  proxy ? "TPM proxy" : "TPM", other);
        } else {
            first[proxy] = device;
        }
    }
}
