/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <sysinfo>: what the guest reads of its maker. */
#include "model/things.h"

static const VesselRow sysinfo_entry_rows[] = {
    VESSEL_STRING(VesselSysinfoEntry, name, "@name", &vessel__form_name_any, 1024,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "name of the entry"),
    VESSEL_STRING(VesselSysinfoEntry, value, "", &vessel__form_line, 1024,
                  VESSEL_ROW_GUEST_ABI | VESSEL_ROW_EMPTY, "its value"),
    {.path = NULL},
};

const VesselTable vessel__sysinfo_entry_table =
    VESSEL_PART_TABLE(VesselSysinfoEntry, "entry", sysinfo_entry_rows);

static const VesselRow oem_string_rows[] = {
    VESSEL_STRING(VesselOemString, text, "", &vessel__form_line, 4096, VESSEL_ROW_GUEST_ABI,
                  "the text"),
    {.path = NULL},
};

const VesselTable vessel__oem_string_table =
    VESSEL_PART_TABLE(VesselOemString, "entry", oem_string_rows);

static const VesselRow fwcfg_entry_rows[] = {
    VESSEL_STRING(VesselFwcfgEntry, name, "@name", &vessel__form_name_any, 1024,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY, "name of the entry"),
    VESSEL_STRING(VesselFwcfgEntry, file, "@file", &vessel__form_file, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_GUEST_ABI, "file it is read from"),
    VESSEL_STRING(VesselFwcfgEntry, value, "", NULL, 16384, VESSEL_ROW_GUEST_ABI | VESSEL_ROW_EMPTY,
                  "its value"),
    {.path = NULL},
};

const VesselTable vessel__fwcfg_entry_table =
    VESSEL_PART_TABLE(VesselFwcfgEntry, "entry", fwcfg_entry_rows);

static const VesselRow sysinfo_block_rows[] = {
    VESSEL_OBJECTS(VesselSysinfoBlock, entry, "entry", &vessel__sysinfo_entry_table, 64,
                   VESSEL_ROW_GUEST_ABI, "entry of the board"),
    {.path = NULL},
};

const VesselTable vessel__sysinfo_block_table =
    VESSEL_PART_TABLE(VesselSysinfoBlock, "baseBoard", sysinfo_block_rows);

static const char *const sysinfo_type_words[] = {"", "smbios", "fwcfg", NULL};
enum { SMBIOS = 1, FWCFG };

static const VesselRow sysinfo_rows[] = {
    VESSEL_ENUM(VesselSysinfo, type, "@type", sysinfo_type_words,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI | VESSEL_ROW_KEY,
                "how the guest reads it"),
    VESSEL_OBJECTS(VesselSysinfo, bios, "bios/entry", &vessel__sysinfo_entry_table, 64,
                   VESSEL_ROW_GUEST_ABI, "entry of the BIOS", .when = VESSEL_WHEN(SMBIOS)),
    VESSEL_OBJECTS(VesselSysinfo, system, "system/entry", &vessel__sysinfo_entry_table, 64,
                   VESSEL_ROW_GUEST_ABI, "entry of the system", .when = VESSEL_WHEN(SMBIOS)),
    VESSEL_OBJECTS(VesselSysinfo, base_board, "baseBoard", &vessel__sysinfo_block_table, 64,
                   VESSEL_ROW_GUEST_ABI, "a board", .when = VESSEL_WHEN(SMBIOS)),
    VESSEL_OBJECTS(VesselSysinfo, chassis, "chassis/entry", &vessel__sysinfo_entry_table, 64,
                   VESSEL_ROW_GUEST_ABI, "entry of the chassis", .when = VESSEL_WHEN(SMBIOS)),
    VESSEL_OBJECTS(VesselSysinfo, oem_strings, "oemStrings/entry", &vessel__oem_string_table, 64,
                   VESSEL_ROW_GUEST_ABI, "string of the maker", .when = VESSEL_WHEN(SMBIOS)),
    VESSEL_OBJECTS(VesselSysinfo, entry, "entry", &vessel__fwcfg_entry_table, 1024,
                   VESSEL_ROW_GUEST_ABI, "entry of the firmware configuration device",
                   .when = VESSEL_WHEN(FWCFG)),
    {.path = NULL},
};

const VesselTable vessel__sysinfo_table =
    VESSEL_PART_TABLE(VesselSysinfo, "sysinfo", sysinfo_rows, .tag = "@type");
