/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <metadata>: XML of other programs, one element for each namespace. A row may be OPAQUE: any XML.
 */
#ifndef VESSEL_MODEL_METADATA_H
#define VESSEL_MODEL_METADATA_H

#include "model/shape.h"

void vessel__metadata_parse_xml(VesselParse *parse, const VesselRow *row, const VesselXmlNode *node,
                                const VesselPlace *place, char **inner);
/* A map from namespace to XML, or XML as it is. */
void vessel__metadata_parse_json(VesselParse *parse, const VesselRow *row, const VesselJson *json,
                                 const VesselPlace *place, char **inner);
VesselJson *vessel__metadata_json(const VesselRow *row, const char *inner);

#endif
