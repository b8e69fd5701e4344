/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <smartcard> as C data. */
#ifndef VESSEL_MODEL_DEVICE_SMARTCARD_H
#define VESSEL_MODEL_DEVICE_SMARTCARD_H

#include "model/device-chardev.h"

typedef enum {
    VESSEL_SMARTCARD_ABSENT,
    VESSEL_SMARTCARD_HOST,
    VESSEL_SMARTCARD_HOST_CERTIFICATES,
    VESSEL_SMARTCARD_PASSTHROUGH,
} VesselSmartcardMode;

typedef struct {
    VesselDeviceCommon common;
    VesselSmartcardMode mode;
    VesselChardevBackend backend; /* passthrough */
    GPtrArray *certificate;       /* host-certificates: three VesselText */
    char *database;
} VesselSmartcard;

#endif
