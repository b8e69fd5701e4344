/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reference page of a kind of definition, made from its rows. */
#ifndef VESSEL_MODEL_REFERENCE_H
#define VESSEL_MODEL_REFERENCE_H

#include "model/explain.h"

char *vessel__reference_markdown(const VesselKind *kind,
                                 const VesselHonour *drivers);                    /* g_free() */
char *vessel__reference_man(const VesselKind *kind, const VesselHonour *drivers); /* g_free() */

#endif
