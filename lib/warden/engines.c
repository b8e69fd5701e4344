/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engines of this helper: with the driver table, the one place that names what is above. */
#include "warden/engine.h"

extern const VesselEngine vessel__engine_qemu, vessel__engine_container;

const VesselEngine *const vessel__engines[] = {&vessel__engine_qemu, &vessel__engine_container,
                                                NULL};
