/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

static const char *const interface_types[] = {"", "user", NULL};
static const char *const down_up[] = {"", "down", "up", NULL};

/* What libvirt names the host's end itself is of the running domain only. */
static bool target_is_own(const char *name)
{
    return !g_str_has_prefix(name, "vnet");
}

static const VesselRow interface_rows[] = {
    VESSEL_ENUM(VesselInterface, type, "@type", interface_types,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "how it is connected"),
    VESSEL_STRING(VesselInterface, mac, "mac/@address", &vessel__form_mac, 17, VESSEL_ROW_GUEST_ABI,
                  "MAC address; made up if left out"),
    VESSEL_STRING(VesselInterface, target, "target/@dev", &vessel__form_word, 15,
                  VESSEL_ROW_RUNTIME, "name of the host's end", .own = target_is_own),
    VESSEL_STRING(VesselInterface, model, "model/@type", &vessel__form_word, 64,
                  VESSEL_ROW_GUEST_ABI, "device model, such as virtio or e1000"),
    VESSEL_SWITCH(VesselInterface, link, "link/@state", down_up, VESSEL_ROW_LIVE,
                  "whether the cable is plugged in"),
    VESSEL_DEVICE_BOOT_ROWS(VesselInterface),
    VESSEL_DEVICE_ROWS(VesselInterface),
    {.path = NULL},
};

const VesselTable vessel__interface_table = {
    .name = "interface",
    VESSEL_DEVICE_TABLE(VesselInterface),
    .rows = interface_rows,
    .tag = "@type",
};
