/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XML text as libvirt writes it: two spaces a level, single quotes, <empty/>. */
#ifndef VESSEL_XML_WRITE_H
#define VESSEL_XML_WRITE_H

#include "base/common.h"

typedef struct {
    GString *out;
    unsigned depth;
    bool tag_open; /* a start tag that can still take attributes */
    bool on_line;  /* the present element holds text: its end tag follows at once */
} VesselXmlWriter;

typedef struct {
    gsize length;
    VesselXmlWriter state;
} VesselXmlMark;

void vessel__xml_write_init(VesselXmlWriter *writer, GString *out);
void vessel__xml_write_open(VesselXmlWriter *writer, const char *name);
void vessel__xml_write_attribute(VesselXmlWriter *writer, const char *name, const char *value);
void vessel__xml_write_text(VesselXmlWriter *writer, const char *text);
void vessel__xml_write_close(VesselXmlWriter *writer, const char *name);
/* Well-formed XML, byte for byte: inside the present element without anything around it, or as a
 * child on a line of its own. */
void vessel__xml_write_inner(VesselXmlWriter *writer, const char *xml);
void vessel__xml_write_child(VesselXmlWriter *writer, const char *xml);
/* <name>text</name> */
void vessel__xml_write_element(VesselXmlWriter *writer, const char *name, const char *text);

/* Undo: everything written since the mark is taken back. */
VesselXmlMark vessel__xml_write_mark(const VesselXmlWriter *writer);
void vessel__xml_write_reset(VesselXmlWriter *writer, const VesselXmlMark *mark);

#endif
