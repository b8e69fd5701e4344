/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <redirdev> and <redirfilter>. */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const char *const buses[] = {"", "usb", NULL};

static const VesselRow redirdev_rows[] = {
    VESSEL_ENUM(VesselRedirdev, bus, "@bus", buses, ABI | VESSEL_ROW_KEY,
                "what the device is connected to", .preset = "usb"),
    VESSEL_CHARDEV_BACKEND_ROWS(VesselRedirdev, VESSEL_ROW_REQUIRED),
    VESSEL_DEVICE_BOOT_ROWS(VesselRedirdev),
    VESSEL_DEVICE_ROWS(VesselRedirdev),
    {.path = NULL},
};

const VesselTable vessel__redirdev_table = {
    .name = "redirdev",
    VESSEL_DEVICE_TABLE(VesselRedirdev),
    .rows = redirdev_rows,
    .tag = "@type",
};

static const VesselRow usb_filter_rows[] = {
    VESSEL_STRING(VesselUsbFilter, class, "@class", &vessel__form_usb_class, 6, 0,
                  "class of the device, such as 0x08 for disks", .otherwise = "any"),
    VESSEL_STRING(VesselUsbFilter, vendor, "@vendor", &vessel__form_usb_match, 6, 0,
                  "vendor of the device, such as 0x1234", .otherwise = "any"),
    VESSEL_STRING(VesselUsbFilter, product, "@product", &vessel__form_usb_match, 6, 0,
                  "product of the device, such as 0xBEEF", .otherwise = "any"),
    VESSEL_STRING(VesselUsbFilter, version, "@version", &vessel__form_usb_version, 5, 0,
                  "version of the device, such as 2.56", .otherwise = "any"),
    VESSEL_SWITCH(VesselUsbFilter, allow, "@allow", vessel__no_yes, VESSEL_ROW_REQUIRED,
                  "whether such a device may be redirected"),
    {.path = NULL},
};

static const VesselTable usb_filter_table =
    VESSEL_PART_TABLE(VesselUsbFilter, "usbdev", usb_filter_rows);

static const VesselRow redirfilter_rows[] = {
    VESSEL_OBJECTS(VesselRedirfilter, usbdev, "usbdev", &usb_filter_table, 4096, 0,
                   "rules, the first that fits decides"),
    {.path = NULL},
};

const VesselTable vessel__redirfilter_table = {
    .name = "redirfilter",
    VESSEL_DEVICE_TABLE(VesselRedirfilter),
    .rows = redirfilter_rows,
};

void vessel__check_redirdevs(const VesselCheck *check)
{
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_REDIRDEV)
            vessel__check_chardev_backend(check, device, "", &device->redirdev->backend, false);
    }
}
