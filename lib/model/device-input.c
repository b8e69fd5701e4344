/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define ON_PASSTHROUGH VESSEL_WHEN(VESSEL_INPUT_PASSTHROUGH)
#define ON_EVDEV VESSEL_WHEN(VESSEL_INPUT_EVDEV)

static const char *const input_types[] = {"",      "mouse", "tablet", "keyboard", "passthrough",
                                          "evdev", NULL};
static const char *const buses[] = {"", "ps2", "usb", "xen", "virtio", NULL};
static const char *const grabs[] = {"", "all", NULL};
static const char *const toggles[] = {"",          "ctrl-ctrl",  "alt-alt",         "shift-shift",
                                      "meta-meta", "scrolllock", "ctrl-scrolllock", NULL};

static const VesselRow input_rows[] = {
    VESSEL_ENUM(VesselInput, type, "@type", input_types, VESSEL_ROW_REQUIRED | ABI | VESSEL_ROW_KEY,
                "kind of device"),
    VESSEL_ENUM(VesselInput, bus, "@bus", buses, ABI | VESSEL_ROW_KEY, "what it is connected to",
                .otherwise = "usb, but ps2 for a mouse or keyboard of a machine that has it"),
    VESSEL_ENUM(VesselInput, model, "@model", vessel__virtio_models, ABI,
                "device model on the virtio bus", .otherwise = "virtio on the bus virtio"),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselInput),
    VESSEL_STRING(VesselInput, evdev, "source/@evdev", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_KEY, "the host's device that the guest gets",
                  .when = ON_PASSTHROUGH),
    VESSEL_STRING(VesselInput, dev, "source/@dev", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH | VESSEL_ROW_KEY,
                  "the host's device whose events the guest gets", .when = ON_EVDEV),
    VESSEL_ENUM(VesselInput, grab, "source/@grab", grabs, 0,
                "all devices change sides together, not this one alone", .when = ON_EVDEV,
                .otherwise = "this one alone"),
    VESSEL_ENUM(VesselInput, grab_toggle, "source/@grabToggle", toggles, 0,
                "keys that change sides", .when = ON_EVDEV, .preset = "ctrl-ctrl"),
    VESSEL_SWITCH(VesselInput, repeat, "source/@repeat", vessel__off_on, 0,
                  "whether a key that is held repeats", .when = ON_EVDEV, .preset = "off"),
    VESSEL_DEVICE_ROWS(VesselInput),
    {.path = NULL},
};

const VesselTable vessel__input_table = {
    .name = "input",
    VESSEL_DEVICE_TABLE(VesselInput),
    .rows = input_rows,
    .tag = "@type",
};

/* Where the guest has which bus; an operating system that is not here, or not given, has any but
 * that of Xen. */
static void check_bus(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInput *input = device->input;
    const char *os = check->def->os_type;
    bool container = os && (strcmp(os, "exe") == 0 || strcmp(os, "uml") == 0);
    bool xen = os && (strcmp(os, "linux") == 0 || g_str_has_prefix(os, "xen"));

    if (container)
        vessel__check_problem(check, device, "", NULL, "a container has no input devices");
    else if (input->bus && xen != (input->bus == VESSEL_INPUT_BUS_XEN))
        vessel__check_problem(check, device, "/@bus", xen ? "use xen" : NULL,
                              "a guest of the type '%s' has no bus '%s'", os ? os : "hvm",
                              vessel__word_at(buses, (int)input->bus));
    if (input->bus == VESSEL_INPUT_BUS_XEN && input->type != VESSEL_INPUT_MOUSE &&
        input->type != VESSEL_INPUT_KEYBOARD)
        vessel__check_problem(check, device, "/@type", "use mouse or keyboard",
                              "there is no %s for the bus 'xen'",
                              vessel__word_at(input_types, (int)input->type));
}

static void check_input(const VesselCheck *check, const VesselDevice *device)
{
    const VesselInput *input = device->input;
    bool passthrough = input->type == VESSEL_INPUT_PASSTHROUGH;

    if (passthrough && !input->evdev)
        vessel__check_problem(check, device, "/source/@evdev", NULL,
                              "an input of the type 'passthrough' needs a device of the host");
    if (passthrough && input->bus && input->bus != VESSEL_INPUT_BUS_VIRTIO)
        vessel__check_problem(check, device, "/@bus", "use bus='virtio'",
                              "an input of the type 'passthrough' is on the virtio bus");
    if (input->type == VESSEL_INPUT_EVDEV && !input->dev)
        vessel__check_problem(check, device, "/source/@dev", NULL,
                              "an input of the type 'evdev' needs a device of the host");
    if (input->type == VESSEL_INPUT_EVDEV && input->bus)
        vessel__check_problem(check, device, "/@bus", NULL,
                              "an input of the type 'evdev' is on no bus");
    if (input->model && input->bus != VESSEL_INPUT_BUS_VIRTIO &&
        (input->bus || input->type == VESSEL_INPUT_EVDEV))
        vessel__check_problem(check, device, "/@model", input->bus ? "use bus='virtio'" : NULL,
                              "models are those of the virtio bus");
    if (input->type == VESSEL_INPUT_TABLET && input->bus == VESSEL_INPUT_BUS_PS2)
        vessel__check_problem(check, device, "/@bus", "use usb or virtio",
                              "there is no tablet for the bus 'ps2'");
}

void vessel__check_inputs(const VesselCheck *check)
{
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_INPUT)
            check_input(check, device), check_bus(check, device);
    }
}
