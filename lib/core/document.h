/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel_definition_*(): what is done with the text of a definition; the model does it, and the
 * drivers that are built in are asked where they have a say. */
#ifndef VESSEL_CORE_DOCUMENT_H
#define VESSEL_CORE_DOCUMENT_H

#include "core/host.h"
#include <vessel/definition.h>

int vessel__definition_validate(const char *text, const VesselDefinitionOptions *options,
                                VesselError **err);
int vessel__definition_convert(const char *text, int form, const VesselDefinitionOptions *options,
                               char **result, VesselError **err);
int vessel__definition_schema(const char *kind, int form, char **result, VesselError **err);
int vessel__definition_diff(const char *from, const char *to, const VesselDefinitionOptions *options,
                            char **json, VesselError **err);
int vessel__definition_explain(const char *path, char **json, VesselError **err);

#endif
