/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <sound> as C data. */
#ifndef VESSEL_MODEL_DEVICE_SOUND_H
#define VESSEL_MODEL_DEVICE_SOUND_H

#include "model/device-common.h"

typedef struct {
    VesselDeviceCommon common;
    int model;          /* word */
    GArray *codecs;     /* of words: codec/@type; may be NULL */
    VesselNumber audio; /* audio/@id */
} VesselSound;

#endif
