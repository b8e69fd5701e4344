/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <serial> and <console>. */
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const char *const chardev_types[] = {"", "pty", NULL};
static const char *const serial_targets[] = {"",
                                             "isa-serial",
                                             "usb-serial",
                                             "pci-serial",
                                             "spapr-vio-serial",
                                             "system-serial",
                                             "sclp-serial",
                                             "isa-debug",
                                             NULL};
static const char *const serial_models[] = {
    "",       "isa-serial",  "usb-serial",    "pci-serial",   "spapr-vty", "pl011",
    "16550a", "sclpconsole", "sclplmconsole", "isa-debugcon", NULL};
static const char *const console_targets[] = {"",    "serial", "virtio", "xen",
                                              "lxc", "sclp",   "sclplm", NULL};

static const VesselRow serial_rows[] = {
    VESSEL_ENUM(VesselChardev, type, "@type", chardev_types, 0,
                "the host's side; pty if left out, reached with the console calls"),
    VESSEL_STRING(VesselChardev, path, "source/@path", &vessel__form_path, 4095, VESSEL_ROW_RUNTIME,
                  "the host's terminal"),
    VESSEL_ENUM(VesselChardev, target_type, "target/@type", serial_targets, ABI,
                "kind of serial port"),
    VESSEL_NUMBER(VesselChardev, port, "target/@port", 0, 255, ABI, "number of the port"),
    VESSEL_ENUM(VesselChardev, target_model, "target/model/@name", serial_models, ABI,
                "device model"),
    VESSEL_DEVICE_ROWS(VesselChardev),
    {.path = NULL},
};

const VesselTable vessel__serial_table = {
    .name = "serial",
    VESSEL_DEVICE_TABLE(VesselChardev),
    .rows = serial_rows,
    .tag = "@type",
};

static const VesselRow console_rows[] = {
    VESSEL_ENUM(VesselChardev, type, "@type", chardev_types, 0,
                "the host's side; pty if left out, reached with the console calls"),
    VESSEL_STRING(VesselChardev, tty, "@tty", &vessel__form_path, 4095, VESSEL_ROW_RUNTIME,
                  "the host's terminal"),
    VESSEL_STRING(VesselChardev, path, "source/@path", &vessel__form_path, 4095, VESSEL_ROW_RUNTIME,
                  "the host's terminal"),
    VESSEL_ENUM(VesselChardev, target_type, "target/@type", console_targets, ABI,
                "what carries it; serial is the first serial port under another name"),
    VESSEL_NUMBER(VesselChardev, port, "target/@port", 0, 255, ABI, "number of the console"),
    VESSEL_DEVICE_ROWS(VesselChardev),
    {.path = NULL},
};

const VesselTable vessel__console_table = {
    .name = "console",
    VESSEL_DEVICE_TABLE(VesselChardev),
    .rows = console_rows,
    .tag = "@type",
};
