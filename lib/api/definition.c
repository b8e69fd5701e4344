/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/document.h"

int vessel_definition_validate(const char *text, const VesselDefinitionOptions *options,
                               VesselError **err)
{
    return vessel__definition_validate(text, options, err);
}

int vessel_definition_convert(const char *text, int form, const VesselDefinitionOptions *options,
                              char **result, VesselError **err)
{
    if (result)
        *result = NULL;
    return vessel__definition_convert(text, form, options, result, err);
}

int vessel_definition_schema(const char *kind, int form, char **result, VesselError **err)
{
    if (result)
        *result = NULL;
    return vessel__definition_schema(kind, form, result, err);
}

int vessel_definition_explain(const char *path, char **json, VesselError **err)
{
    if (json)
        *json = NULL;
    return vessel__definition_explain(path, json, err);
}

int vessel_definition_diff(const char *from, const char *to, const VesselDefinitionOptions *options,
                           char **json, VesselError **err)
{
    if (json)
        *json = NULL;
    return vessel__definition_diff(from, to, options, json, err);
}
