/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_XML_SCAN_H
#define VESSEL_XML_SCAN_H

#include "xml/read.h"

typedef enum {
    VESSEL_XML_SCAN_OK,
    VESSEL_XML_SCAN_BROKEN, /* not XML from @offset on: the parser finds the words for it */
    VESSEL_XML_SCAN_DOCTYPE,
    VESSEL_XML_SCAN_DEPTH,
    VESSEL_XML_SCAN_NODES,
    VESSEL_XML_SCAN_ATTRIBUTES,
    VESSEL_XML_SCAN_ENCODING, /* declared, and neither UTF-8 nor ASCII */
} VesselXmlScan;

/* Counts without allocating. Needed before libxml2 sees the text because its work for one start tag
 * grows with the square of the attributes, and because it goes on after the first error: what it is
 * given must not reach far beyond @offset of a BROKEN text. */
VesselXmlScan vessel__xml_scan(const char *text, size_t length, const VesselXmlLimits *limits,
                               size_t *offset);

#endif
