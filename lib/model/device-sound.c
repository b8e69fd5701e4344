/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI

static const char *const models[] = {"",     "sb16", "es1370", "pcspk", "ac97",
                                     "ich6", "ich7", "ich9",   "usb",   NULL};
static const char *const codecs[] = {"", "duplex", "micro", "output", NULL};

static const VesselRow sound_rows[] = {
    VESSEL_ENUM(VesselSound, model, "@model", models, VESSEL_ROW_REQUIRED | ABI, "device model"),
    VESSEL_ENUM_LIST(VesselSound, codecs, "codec/@type", codecs, 16, ABI,
                     "what is connected to an ich6 or ich9",
                     .otherwise = "one that plays and records"),
    VESSEL_NUMBER(VesselSound, audio, "audio/@id", 1, 255, VESSEL_ROW_NEEDED,
                  "audio backend that hears it", .otherwise = "the first"),
    VESSEL_DEVICE_ROWS(VesselSound),
    {.path = NULL},
};

const VesselTable vessel__sound_table = {
    .name = "sound",
    VESSEL_DEVICE_TABLE(VesselSound),
    .rows = sound_rows,
};
