/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/storage.h"

#include "model/check-document.h"

static const VesselRow permissions_rows[] = {
    VESSEL_STRING(VesselPermissions, mode, "mode", &vessel__form_mode, 16, 0,
                  "what may be done with it, in octal digits",
                  .otherwise = "0711 for a folder, 0600 for a volume"),
    VESSEL_STRING(VesselPermissions, owner, "owner", &vessel__form_id, 16, 0,
                  "number of the user it belongs to", .otherwise = "who makes it, as with -1"),
    VESSEL_STRING(VesselPermissions, group, "group", &vessel__form_id, 16, 0,
                  "number of the group it belongs to", .otherwise = "who makes it, as with -1"),
    VESSEL_STRING(VesselPermissions, label, "label", &vessel__form_line, 4096, 0,
                  "label of the host's security driver",
                  .otherwise = "as the security driver has it"),
    {.path = NULL},
};

const VesselTable vessel__permissions_table =
    VESSEL_PART_TABLE(VesselPermissions, "permissions", permissions_rows);
