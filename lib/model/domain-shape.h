/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_MODEL_DOMAIN_SHAPE_H
#define VESSEL_MODEL_DOMAIN_SHAPE_H

#include "model/schema.h"

/* The rows of <domain>, for whoever walks them: checks, schema files, the reference. */
const VesselShape *vessel__domain_shape(void);
/* The same as it stands inside of other documents. */
extern const VesselTable vessel__domain_table;
/* The cross checks of one that stands there: @root is its path in that document. */
void vessel__domain_check_inside(const VesselDomainDef *def, const char *root,
                                 VesselProblems *problems);

#endif
