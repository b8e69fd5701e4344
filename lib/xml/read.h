/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XML from anybody, read into a small tree. No DTD, no entity beyond the five, no network, no file;
 * size, depth and the number of nodes are checked before anything is allocated for them. */
#ifndef VESSEL_XML_READ_H
#define VESSEL_XML_READ_H

#include "base/common.h"
#include "base/error.h"

typedef struct {
    size_t bytes;        /* of the whole text; 0 = 8 MiB */
    unsigned depth;      /* 0 = 64 */
    unsigned nodes;      /* elements and attributes; 0 = 100,000 */
    unsigned attributes; /* of one element; 0 = 256 */
} VesselXmlLimits;

typedef struct {
    const char *name, *prefix, *uri; /* prefix and uri are NULL for an attribute without one */
    const char *value;
} VesselXmlAttribute;

typedef struct {
    const char *prefix; /* NULL: the default namespace */
    const char *uri;
} VesselXmlNamespace;

typedef struct VesselXmlNode VesselXmlNode;
struct VesselXmlNode {
    const char *name, *prefix, *uri;
    const char *text; /* before the first child element; "" if it is blank and there are children */
    guint attribute_count, namespace_count;
    VesselXmlAttribute *attributes;                 /* xmlns declarations are not among them */
    VesselXmlNamespace *namespaces;                 /* declared by this element */
    VesselXmlNode *parent, *children, *last, *next; /* elements only */
    size_t start, end;                              /* of the whole element, in the text */
    size_t inner, inner_end;                        /* of what is between its tags */
    bool mixed;                                     /* there is text beside child elements */
};

typedef struct VesselXml VesselXml;

/* @text is borrowed and must live as long as the tree. UTF-8 only. @name is what an error calls the
 * text ("domain.xml"); a refusal is `invalid-definition` with line and column, the parser's own
 * words as cause. @limits may be NULL. */
int vessel__xml_parse(const char *text, size_t length, const VesselXmlLimits *limits,
                      const char *name, VesselXml **xml, VesselError **err);
void vessel__xml_free(VesselXml *xml);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselXml, vessel__xml_free)
const VesselXmlNode *vessel__xml_root(const VesselXml *xml);

/* Value of an attribute that is in no namespace, NULL if there is none. */
const char *vessel__xml_attribute(const VesselXmlNode *node, const char *name);

/* Line and column (in characters, may be NULL), from 1. Asking for lines in the order of the text
 * is cheap. */
void vessel__xml_position(VesselXml *xml, size_t offset, int *line, int *column);
/* Where an attribute stands in its start tag. */
size_t vessel__xml_attribute_offset(const VesselXml *xml, const VesselXmlNode *node,
                                    const VesselXmlAttribute *attribute);

/* The element as it stands in the text, byte for byte; but if it uses a prefix that is declared
 * outside of it, the declaration is added to its start tag, so that it can stand alone. */
char *vessel__xml_verbatim(const VesselXml *xml, const VesselXmlNode *node);
/* The same for everything between the tags of @node; what is longer than @max bytes is cut, and
 * still longer: declarations may make a text grow. */
char *vessel__xml_verbatim_inner(const VesselXml *xml, const VesselXmlNode *node, size_t max);

bool vessel__xml_blank(const char *text);
/* Whether XML can carry this text at all: UTF-8 without control characters and U+FFFE, U+FFFF. */
bool vessel__xml_valid_text(const char *text, size_t length, size_t *bad);

#endif
