/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <seclabel>, <launchSecurity>, <keywrap>, <idmap>. */
#include "model/things.h"

static const char *const seclabel_type_words[] = {"", "dynamic", "static", "none", NULL};

enum { NOT_GIVEN, DYNAMIC, STATIC };

static const VesselRow seclabel_rows[] = {
    VESSEL_STRING(VesselSeclabel, model, "@model", &vessel__form_word, 128, VESSEL_ROW_KEY,
                  "security driver of the host"),
    VESSEL_ENUM(VesselSeclabel, type, "@type", seclabel_type_words, 0, "who makes the label",
                .otherwise = "dynamic or none, as the security driver has it"),
    VESSEL_SWITCH(VesselSeclabel, relabel, "@relabel", vessel__no_yes, 0,
                  "whether files get the label", .otherwise = "yes, but no for a static label"),
    VESSEL_STRING(VesselSeclabel, label, "label", &vessel__form_name_any, 4096, 0,
                  "label of the process",
                  .when = VESSEL_WHEN(NOT_GIVEN) | VESSEL_WHEN(DYNAMIC) | VESSEL_WHEN(STATIC)),
    VESSEL_STRING(VesselSeclabel, imagelabel, "imagelabel", &vessel__form_name_any, 4096,
                  VESSEL_ROW_RUNTIME, "label of the running domain's files"),
    VESSEL_STRING(VesselSeclabel, baselabel, "baselabel", &vessel__form_name_any, 4096, 0,
                  "what a dynamic label is made from",
                  .when = VESSEL_WHEN(NOT_GIVEN) | VESSEL_WHEN(DYNAMIC)),
    {.path = NULL},
};

const VesselTable vessel__seclabel_table =
    VESSEL_PART_TABLE(VesselSeclabel, "seclabel", seclabel_rows, .tag = "@type");

static const char *const launch_security_type_words[] = {"", "sev", "s390-pv", NULL};

enum { SEV = 1, S390_PV };

static const VesselRow launch_security_rows[] = {
    VESSEL_ENUM(VesselLaunchSecurity, type, "@type", launch_security_type_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "kind of protection"),
    VESSEL_SWITCH(VesselLaunchSecurity, kernel_hashes, "@kernelHashes", vessel__no_yes,
                  VESSEL_ROW_GUEST_ABI,
                  "whether hashes of kernel, initrd and command line are measured",
                  .when = VESSEL_WHEN(SEV), .preset = "no"),
    VESSEL_NUMBER(VesselLaunchSecurity, cbitpos, "cbitpos", 0, UINT32_MAX, VESSEL_ROW_GUEST_ABI,
                  "position of the bit that means encrypted", .when = VESSEL_WHEN(SEV),
                  .otherwise = "that of the host"),
    VESSEL_NUMBER(VesselLaunchSecurity, reduced_phys_bits, "reducedPhysBits", 0, UINT32_MAX,
                  VESSEL_ROW_GUEST_ABI, "bits of addresses that are lost", .when = VESSEL_WHEN(SEV),
                  .otherwise = "those of the host"),
    VESSEL_HEX(VesselLaunchSecurity, policy, "policy", 4, UINT32_MAX,
               VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_BARE_HEX,
               "policy of the guest", .when = VESSEL_WHEN(SEV)),
    VESSEL_NUMBER(VesselLaunchSecurity, handle, "handle", 0, UINT32_MAX, 0,
                  "handle of the platform's session", .when = VESSEL_WHEN(SEV)),
    VESSEL_STRING(VesselLaunchSecurity, dh_cert, "dhCert", NULL, 65536, 0,
                  "key of the guest's owner", .when = VESSEL_WHEN(SEV)),
    VESSEL_STRING(VesselLaunchSecurity, session, "session", NULL, 65536, 0, "the owner's session",
                  .when = VESSEL_WHEN(SEV)),
    {.path = NULL},
};

const VesselTable vessel__launch_security_table =
    VESSEL_PART_TABLE(VesselLaunchSecurity, "launchSecurity", launch_security_rows, .tag = "@type");

static const char *const cipher_name_words[] = {"", "aes", "dea", NULL};

static const VesselRow cipher_rows[] = {
    VESSEL_ENUM(VesselCipher, name, "@name", cipher_name_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "algorithm"),
    VESSEL_SWITCH(VesselCipher, state, "@state", vessel__off_on,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "whether keys may be wrapped"),
    {.path = NULL},
};

const VesselTable vessel__cipher_table = VESSEL_PART_TABLE(VesselCipher, "cipher", cipher_rows);

static const VesselRow idmap_entry_rows[] = {
    VESSEL_NUMBER(VesselIdmapEntry, start, "@start", 0, UINT32_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "first number inside"),
    VESSEL_NUMBER(VesselIdmapEntry, target, "@target", 0, UINT32_MAX, VESSEL_ROW_REQUIRED,
                  "first number outside"),
    VESSEL_NUMBER(VesselIdmapEntry, count, "@count", 1, UINT32_MAX, VESSEL_ROW_REQUIRED,
                  "how many"),
    {.path = NULL},
};

const VesselTable vessel__idmap_entry_table =
    VESSEL_PART_TABLE(VesselIdmapEntry, "idmap", idmap_entry_rows);

static const char *const perf_event_name_words[] = {"",
                                                    "cmt",
                                                    "mbmt",
                                                    "mbml",
                                                    "cpu_cycles",
                                                    "instructions",
                                                    "cache_references",
                                                    "cache_misses",
                                                    "branch_instructions",
                                                    "branch_misses",
                                                    "bus_cycles",
                                                    "stalled_cycles_frontend",
                                                    "stalled_cycles_backend",
                                                    "ref_cpu_cycles",
                                                    "cpu_clock",
                                                    "task_clock",
                                                    "page_faults",
                                                    "context_switches",
                                                    "cpu_migrations",
                                                    "page_faults_min",
                                                    "page_faults_maj",
                                                    "alignment_faults",
                                                    "emulation_faults",
                                                    NULL};

static const VesselRow perf_event_rows[] = {
    VESSEL_ENUM(VesselPerfEvent, name, "@name", perf_event_name_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "event that is counted"),
    VESSEL_SWITCH(VesselPerfEvent, enabled, "@enabled", vessel__no_yes,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_LIVE, "whether it is counted"),
    {.path = NULL},
};

const VesselTable vessel__perf_event_table =
    VESSEL_PART_TABLE(VesselPerfEvent, "event", perf_event_rows);
