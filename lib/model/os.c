/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <os>: firmware, and how a container begins. */
#include "model/device-disk-rows.h"
#include "model/things.h"

static const char *const loader_type_words[] = {"", "rom", "pflash", NULL};

static const VesselRow loader_rows[] = {
    VESSEL_STRING(VesselLoader, path, "", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_EMPTY, "firmware image",
                  .otherwise = "chosen by firmware and its features"),
    VESSEL_SWITCH(VesselLoader, readonly, "@readonly", vessel__no_yes, VESSEL_ROW_GUEST_ABI,
                  "the image may not be written", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselLoader, secure, "@secure", vessel__no_yes, VESSEL_ROW_GUEST_ABI,
                  "the firmware enforces secure boot", .preset = "no"),
    VESSEL_ENUM(VesselLoader, type, "@type", loader_type_words, VESSEL_ROW_GUEST_ABI,
                "how the image is seen by the guest", .preset = "rom"),
    VESSEL_SWITCH(VesselLoader, stateless, "@stateless", vessel__no_yes, VESSEL_ROW_GUEST_ABI,
                  "the firmware has no store for its variables", .preset = "no"),
    {.path = NULL},
};

const VesselTable vessel__loader_table = VESSEL_PART_TABLE(VesselLoader, "loader", loader_rows);

static const char *const nvram_format_words[] = {"", "raw", "qcow2", NULL};

static const VesselRow nvram_rows[] = {
    VESSEL_STRING(VesselNvram, path, "", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_EMPTY, "the store's file",
                  .otherwise = "made from the template, for this domain alone"),
    VESSEL_STRING(VesselNvram, template, "@template", &vessel__form_path, 4095, VESSEL_ROW_HOSTPATH,
                  "what a new file is copied from", .otherwise = "what goes with the firmware"),
    VESSEL_ENUM(VesselNvram, format, "@format", nvram_format_words, 0, "format of the file",
                .preset = "raw"),
    VESSEL_ENUM(VesselNvram, type, "@type", vessel__disk_types, 0, "where the store is",
                .preset = "file"),
    VESSEL_OBJECT(VesselNvram, source, "source", &vessel__disk_source_table, VESSEL_ROW_STILL,
                  "the store, if it has a type"),
    {.path = NULL},
};

const VesselTable vessel__nvram_table =
    VESSEL_PART_TABLE(VesselNvram, "nvram", nvram_rows, .tag = "@type");

static const char *const firmware_feature_name_words[] = {"", "enrolled-keys", "secure-boot", NULL};

static const VesselRow firmware_feature_rows[] = {
    VESSEL_SWITCH(VesselFirmwareFeature, enabled, "@enabled", vessel__no_yes,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI,
                  "whether the firmware must or must not have it"),
    VESSEL_ENUM(VesselFirmwareFeature, name, "@name", firmware_feature_name_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                "feature of the firmware"),
    {.path = NULL},
};

const VesselTable vessel__firmware_feature_table =
    VESSEL_PART_TABLE(VesselFirmwareFeature, "feature", firmware_feature_rows);

static const VesselRow bootmenu_rows[] = {
    VESSEL_SWITCH(VesselBootmenu, enable, "@enable", vessel__no_yes,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI,
                  "whether the firmware asks what to boot"),
    VESSEL_NUMBER(VesselBootmenu, timeout, "@timeout", 0, 65535, VESSEL_ROW_GUEST_ABI,
                  "how long it asks, in milliseconds", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__bootmenu_table =
    VESSEL_PART_TABLE(VesselBootmenu, "bootmenu", bootmenu_rows);

static const VesselRow bios_rows[] = {
    VESSEL_SWITCH(VesselBios, useserial, "@useserial", vessel__no_yes, VESSEL_ROW_GUEST_ABI,
                  "the BIOS talks on the serial port", .preset = "no"),
    VESSEL_STRING(VesselBios, reboot_timeout, "@rebootTimeout", &vessel__form_reboot, 24,
                  VESSEL_ROW_GUEST_ABI,
                  "milliseconds until a failed boot is tried again, -1 for never",
                  .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__bios_table = VESSEL_PART_TABLE(VesselBios, "bios", bios_rows);

static const char *const acpi_table_type_words[] = {"", "slic", NULL};

static const VesselRow acpi_table_rows[] = {
    VESSEL_ENUM(VesselAcpiTable, type, "@type", acpi_table_type_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "kind of table"),
    VESSEL_STRING(VesselAcpiTable, path, "", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_GUEST_ABI, "file the table is read from"),
    {.path = NULL},
};

const VesselTable vessel__acpi_table_table =
    VESSEL_PART_TABLE(VesselAcpiTable, "table", acpi_table_rows);

static const VesselRow text_rows[] = {
    VESSEL_STRING(VesselText, text, "", NULL, 16384, VESSEL_ROW_GUEST_ABI, "the text"),
    {.path = NULL},
};

const VesselTable vessel__text_table = VESSEL_PART_TABLE(VesselText, "text", text_rows);

static const VesselRow initenv_rows[] = {
    VESSEL_STRING(VesselInitenv, name, "@name", &vessel__form_variable, 128,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                  "name of the variable"),
    VESSEL_STRING(VesselInitenv, value, "", NULL, 16384, VESSEL_ROW_GUEST_ABI, "its value"),
    {.path = NULL},
};

const VesselTable vessel__initenv_table = VESSEL_PART_TABLE(VesselInitenv, "initenv", initenv_rows);
