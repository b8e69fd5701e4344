/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a path to the line and column where it stands in a text. The structs know lines, roughly,
 * and no columns: whoever still has the text asks it. */
#include "model/document.h"
#include "model/shape.h"

typedef struct {
    int line, column;
    bool whole; /* all of the path is there; else this is the nearest thing around it */
} Found;

/* ---- XML ---- */

/* @foreign: of whatever namespace; else of that of the element around it. */
static const VesselXmlNode *find_child(const VesselXmlNode *node, const VesselPathPart *part,
                                       bool foreign)
{
    guint index = part->index;
    const char *uri = node->uri;
    for (node = node->children; node; node = node->next) {
        bool here = foreign ? node->uri != NULL : g_strcmp0(node->uri, uri) == 0;
        if (here && strcmp(node->name, part->name) == 0 && --index == 0)
            return node;
    }
    return NULL;
}

static const VesselXmlAttribute *find_attribute(const VesselXmlNode *node, const char *name)
{
    for (guint i = 0; i < node->attribute_count; i++) {
        if (!node->attributes[i].uri && strcmp(node->attributes[i].name, name) == 0)
            return &node->attributes[i];
    }
    return NULL;
}

static Found find_in_xml(VesselXml *xml, const char *path)
{
    const VesselXmlNode *node = vessel__xml_root(xml), *next = node;
    const VesselXmlAttribute *attribute = NULL;
    VesselPathPart part = {0};
    bool foreign = false;
    Found found = {0};

    if (!vessel__path_next(&path, &part) || strcmp(node->name, part.name) != 0)
        return found;
    while (next && !attribute && vessel__path_next(&path, &part)) {
        bool prefix = g_str_has_suffix(part.name, ":"); /* "qemu:" */
        attribute = part.attribute ? find_attribute(node, part.name) : NULL;
        next = prefix ? node : part.attribute ? NULL : find_child(node, &part, foreign);
        node = next ? next : node;
        foreign = prefix;
    }
    found.whole = (next || attribute) && !*path;
    vessel__xml_position(
        xml, attribute ? vessel__xml_attribute_offset(xml, node, attribute) : node->start,
        &found.line, &found.column);
    return found;
}

/* ---- JSON ---- */

typedef struct {
    const VesselShape *shape; /* NULL: no row knows it */
    const VesselJson *json;
} Step;

static const VesselJson *item_of(const VesselJson *json, guint index)
{
    if (vessel__json_kind(json) != VESSEL_JSON_ARRAY)
        return json;
    return index > 0 ? vessel__json_at(json, index - 1) : NULL;
}

static const VesselShape *child_of(const VesselShape *shape, const VesselPathPart *part)
{
    for (guint i = 0; shape->variants && shape->variants[i]; i++) {
        if (strcmp(shape->variants[i]->name, part->name) == 0)
            return shape->variants[i];
    }
    if (shape->item && part->attribute)
        return shape->item;
    return part->attribute ? vessel__shape_attribute(shape, part->name)
                           : vessel__shape_element(shape, part->name);
}

static bool step(Step *at, const VesselPathPart *part)
{
    const VesselShape *inside = at->shape && at->shape->object ? at->shape->object : at->shape;
    const VesselShape *child = inside ? child_of(vessel__shape_inside(inside), part) : NULL;
    const char *name = child ? child->json : part->name;
    const VesselJson *value = item_of(vessel__json_get(at->json, name), part->index);
    if (!value)
        return false;
    *at = (Step){child, value};
    return true;
}

static Found find_in_json(const VesselShape *shape, const VesselJson *json, const char *path)
{
    Step at = {shape, json};
    VesselPathPart part = {0};
    bool there = vessel__path_next(&path, &part) && strcmp(part.name, shape->name) == 0;

    if (!there)
        return (Found){0};
    while (there && vessel__path_next(&path, &part))
        there = step(&at, &part);
    return (Found){vessel__json_line(at.json), vessel__json_column(at.json), there && !*path};
}

static void locate_all(const VesselKind *kind, const char *text, VesselProblems *problems)
{
    g_autoptr(VesselXml) xml = NULL;
    g_autoptr(VesselJson) json = NULL;
    for (guint i = 0; i < vessel__problems_count(problems); i++) {
        const VesselError *one = vessel__problems_get(problems, i);
        if (!one || !vessel_error_path(one) || vessel_error_column(one))
            continue;
        bool tree = xml || json ||
                    vessel__xml_parse(text, strlen(text), NULL, "", &xml, NULL) == 0 ||
                    vessel__json_parse(text, strlen(text), NULL, "", &json, NULL) == 0;
        if (!tree)
            return;
        Found found = xml ? find_in_xml(xml, vessel_error_path(one))
                          : find_in_json(kind->shape(), json, vessel_error_path(one));
        int line = vessel_error_line(one);
        /* Of what is not there the later of two places is the nearer. */
        if (found.whole || found.line >= MAX(line, 1))
            vessel__problems_place(problems, i, found.line, found.column);
    }
}

void vessel__document_locate(const VesselKind *kind, const char *text, VesselProblems *problems)
{
    locate_all(kind, text, problems);
    vessel__problems_sort(problems);
}
