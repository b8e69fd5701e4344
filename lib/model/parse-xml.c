/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling structs from XML: walks the document and looks rows up by name. */
#include "model/metadata.h"
#include "model/shape.h"

#define LENIENT (VESSEL_PARSE_LENIENT | VESSEL_PARSE_STORED)

static void parse_element(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                          const VesselXmlNode *node, const VesselPlace *place);

static VesselAt at_node(const VesselXmlNode *node)
{
    return (VesselAt){.node = node};
}

static char *qualified(const char *prefix, const char *name)
{
    return prefix ? g_strconcat(prefix, ":", name, NULL) : g_strdup(name);
}

static bool is_ours(const VesselShape *shape, const char *uri)
{
    return g_strcmp0(uri, vessel__shape_uri(shape)) == 0;
}

/* As it is called in @shape: where its namespace is clear it goes without saying. */
static char *element_name(const VesselShape *shape, const VesselXmlNode *node)
{
    return qualified(is_ours(shape, node->uri) ? NULL : node->prefix, node->name);
}

static void unknown_attribute(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                              const VesselXmlNode *node, const VesselXmlAttribute *attribute,
                              const VesselPlace *in)
{
    VesselShown shown;
    g_autofree char *name = qualified(attribute->prefix, attribute->name);
    VesselPlace place = {in, name, 0, true};
    VesselAt at = {.node = node, .attribute = attribute};
    g_autofree char *hint = vessel__parse_nearest(parse, shape, true, name, false);

    /* An attribute in a namespace would need the declaration kept as well; one of an element that
     * repeats would not find its element again. */
    bool lost = !fill->leftovers || attribute->uri || (in->index > 0 && in != fill->leftovers_at);
    if (!(parse->flags & LENIENT) || lost) {
        vessel__parse_problem(parse, &place, at, hint, "the attribute '%s' is not known here",
                              vessel__shown(name, shown));
        return;
    }
    vessel__parse_leftover(parse, fill, in, at, true, name, NULL, attribute->value);
    vessel__parse_warning(parse, &place, at, hint,
                          "the attribute '%s' is not known here and was kept as it is",
                          vessel__shown(name, shown));
}

static char *element_hint(const VesselParse *parse, const VesselShape *shape,
                          const VesselXmlNode *node)
{
    if (is_ours(shape, node->uri))
        return vessel__parse_nearest(parse, shape, false, node->name, false);
    if (shape->space)
        return g_strdup("it must be in the namespace of the element around it");
    return g_strdup_printf("elements of other namespaces stand in <metadata> or directly in <%s>",
                           parse->root->name);
}

static void unknown_element(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                            const VesselXmlNode *node, const VesselPlace *in)
{
    VesselShown shown;
    g_autofree char *name = element_name(shape, node);
    VesselPlace place = {in, name, 0, false};
    VesselAt at = at_node(node);
    bool foreign = node->uri && fill->leftovers && in == fill->place &&
                   (!in->up || fill->shape->table->document);

    /* It would not find its place again in an element that repeats, and change the text of another.
     */
    bool lost = !fill->leftovers || (in->index > 0 && in != fill->leftovers_at) ||
                vessel__row_has_text(shape->row);

    if (foreign || ((parse->flags & LENIENT) && !lost)) {
        g_autofree char *text = vessel__xml_verbatim(parse->xml, node);
        vessel__parse_leftover(parse, fill, in, at, false, name, foreign ? node->uri : NULL, text);
    }
    if (foreign)
        return;
    g_autofree char *hint = element_hint(parse, shape, node);
    if ((parse->flags & LENIENT) && !lost)
        vessel__parse_warning(parse, &place, at, hint,
                              "the element '%s' is not known here and was kept as it is",
                              vessel__shown(name, shown));
    else
        vessel__parse_problem(parse, &place, at, hint, "the element '%s' is not known here",
                              vessel__shown(name, shown));
}

/* "" if none is given: what the row counts in. */
static const char *unit_of(const VesselRow *row, const VesselXmlNode *node)
{
    if (row->kind != VESSEL_KIND_SIZE)
        return NULL;
    const char *unit = vessel__xml_attribute(node, "unit");
    if (unit)
        return unit;
    return row->unit ? row->unit : "";
}

static void parse_attribute(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                            const VesselXmlNode *node, const VesselXmlAttribute *attribute,
                            const VesselPlace *in)
{
    const VesselShape *known =
        attribute->uri ? NULL : vessel__shape_attribute(shape, attribute->name);
    if (!known) {
        unknown_attribute(parse, fill, shape, node, attribute, in);
        known = vessel__parse_near(parse, fill, shape, true, attribute->name, false);
    }
    if (!known || vessel__shape_is_unit(known))
        return;
    VesselPlace place = {in, known->name, 0, true};
    VesselAt at = {.node = node, .attribute = attribute};
    const char *unit = unit_of(known->row, node);
    if (vessel__parse_once(parse, fill, known, &place, at))
        vessel__parse_value(parse, fill, known, &place, at, attribute->value, unit);
}

/* The tag comes first: it decides which of the others may be there. */
static void parse_attributes(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                             const VesselXmlNode *node, const VesselPlace *place)
{
    const char *tag = shape->tag ? shape->tag->name : NULL;
    for (int round = tag ? 0 : 1; round < 2; round++) {
        for (guint i = 0; i < node->attribute_count; i++) {
            const VesselXmlAttribute *attribute = &node->attributes[i];
            bool is_tag = tag && !attribute->uri && strcmp(attribute->name, tag) == 0;
            if (is_tag == (round == 0))
                parse_attribute(parse, fill, shape, node, attribute, place);
        }
    }
}

/* @holder is the row it hangs on, NULL for a document and in a list. */
static void *parse_struct(VesselParse *parse, const VesselFill *up, const VesselRow *holder,
                          const VesselShape *shape, const VesselXmlNode *node,
                          const VesselPlace *place)
{
    void *object = g_malloc0(shape->table->size);
    VesselFill fill = vessel__fill_begin(parse, shape, object, up, place, at_node(node));
    fill.alone = holder ? holder->alone : NULL;
    parse_element(parse, &fill, shape, node, place);
    vessel__fill_end(parse, &fill);
    return object;
}

static void parse_variant(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                          const VesselShape *inner, const VesselVariant *variant,
                          const VesselXmlNode *node, const VesselPlace *place)
{
    VesselAt at = at_node(node);
    if (variant->single && place->index > 1) {
        vessel__parse_problem(parse, place, at, NULL, "'%s' is given more than once",
                              variant->element);
        return;
    }
    char *item = vessel__parse_item(parse, fill, row, place, at, variant->kind);
    if (!item)
        return;
    void **body = (void **)(item + row->list->body_offset);
    if (variant->table) {
        *body = parse_struct(parse, fill, NULL, inner, node, place);
        return;
    }
    VesselFill value = {.shape = inner,
                        .object = body,
                        .place = place,
                        .at = at,
                        .leftovers = fill->leftovers,
                        .leftovers_at = fill->leftovers_at};
    parse_element(parse, &value, inner, node, place);
}

static void keep_in_list(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         const VesselXmlNode *node, const VesselPlace *in)
{
    VesselShown shown;
    g_autofree char *name = element_name(shape, node);
    VesselPlace place = {in, name, 0, false};
    VesselAt at = at_node(node);
    g_autofree char *hint = element_hint(parse, shape, node);
    if (!(parse->flags & LENIENT)) {
        vessel__parse_problem(parse, &place, at, hint, "the element '%s' is not known here",
                              vessel__shown(name, shown));
        return;
    }
    g_autofree char *text = vessel__xml_verbatim(parse->xml, node);
    if (!vessel__parse_keep(parse, &place, at, text))
        return;
    char *item = vessel__parse_item(parse, fill, shape->row, &place, at, shape->row->list->unknown);
    if (!item)
        return;
    *(char **)(item + shape->row->list->body_offset) = g_steal_pointer(&text);
    vessel__parse_warning(parse, &place, at, hint,
                          "the element '%s' is not known here and was kept as it is",
                          vessel__shown(name, shown));
}

static void parse_list(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                       const VesselXmlNode *node, const VesselPlace *place)
{
    const VesselVariant *variants = shape->row->list->variants;
    guint counts[VESSEL_VARIANTS_MAX] = {0};

    for (const VesselXmlNode *child = node->children; child; child = child->next) {
        guint which = 0;
        while (variants[which].element && strcmp(variants[which].element, child->name) != 0)
            which++;
        if (!variants[which].element || !is_ours(shape, child->uri)) {
            keep_in_list(parse, fill, shape, child, place);
            continue;
        }
        guint index = ++counts[which];
        if (variants[which].single && index == 1)
            index = 0;
        VesselPlace at = {place, variants[which].element, index, false};
        parse_variant(parse, fill, shape->row, shape->variants[which], &variants[which], child,
                      &at);
    }
}

static void parse_enum_element(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                               const VesselXmlNode *node, const VesselPlace *place)
{
    const VesselShape *item = shape->item;
    const char *text = vessel__xml_attribute(node, item->name);
    VesselPlace at = {place, item->name, 0, true};

    if (text)
        vessel__parse_enum_item(parse, fill, item->row, &at, at_node(node), text);
    else
        vessel__parse_problem(parse, &at, at_node(node), NULL, "the attribute '%s' is missing",
                              item->name);
    for (guint i = 0; i < node->attribute_count; i++) {
        if (node->attributes[i].uri || strcmp(node->attributes[i].name, item->name) != 0)
            unknown_attribute(parse, fill, shape, node, &node->attributes[i], place);
    }
    for (const VesselXmlNode *child = node->children; child; child = child->next)
        unknown_element(parse, fill, shape, child, place);
}

static void parse_child(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                        const VesselXmlNode *node, const VesselPlace *in);

/* All elements of one namespace, when the first of them is met. */
static void parse_namespace(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                            const VesselXmlNode *node, const VesselPlace *place)
{
    VesselNamespaced *member = vessel__member(fill->object, shape->row);
    const VesselShape *inner = shape->object;
    if (vessel__was_seen(fill, shape))
        return;
    vessel__parse_once(parse, fill, shape, place, at_node(node));
    member->body = g_malloc0(inner->table->size);
    if (g_strcmp0(node->prefix, inner->space->prefix) != 0)
        member->prefix = g_strdup(node->prefix);
    VesselFill own = vessel__fill_begin(parse, inner, member->body, fill, place, at_node(node));
    for (const VesselXmlNode *one = node; one; one = one->next) {
        if (is_ours(inner, one->uri))
            parse_child(parse, &own, inner, one, place);
    }
    vessel__fill_end(parse, &own);
    if (vessel__value_hollow(shape->row, member->body, VESSEL_FORMAT_SECRET))
        vessel__value_clear(shape->row, member);
}

static void parse_child(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                        const VesselXmlNode *node, const VesselPlace *in)
{
    bool ours = is_ours(shape, node->uri);
    const VesselShape *known = ours ? vessel__shape_element(shape, node->name)
                               : node->uri && !shape->space
                                   ? vessel__shape_namespace(shape, node->uri)
                                   : NULL;
    if (!known) {
        unknown_element(parse, fill, shape, node, in);
        known = ours ? vessel__parse_near(parse, fill, shape, false, node->name, false) : NULL;
    }
    if (!known)
        return;
    VesselPlace place = {in, known->name, 0, false};
    if (vessel__shape_is_namespace(known)) {
        parse_namespace(parse, fill, known, node, &place);
        return;
    }
    if (known->item) {
        vessel__parse_found(parse, fill, known, at_node(node));
        place.index = ++fill->counts[known->list_number];
        parse_enum_element(parse, fill, known, node, &place);
        return;
    }
    VesselAt at = at_node(node);
    if (known->row && known->row->kind == VESSEL_KIND_OBJECTS) {
        vessel__parse_found(parse, fill, known, at);
        place.index = ++fill->counts[known->list_number];
        void **next = vessel__parse_next(parse, fill, known->row, &place, at);
        if (next)
            *next = parse_struct(parse, fill, known->row, known->object, node, &place);
        return;
    }
    if (!vessel__parse_once(parse, fill, known, &place, at))
        return;
    if (known->row && known->row->kind == VESSEL_KIND_OBJECT) {
        void **member = vessel__member(fill->object, known->row);
        if (vessel__parse_applies(parse, fill, known->row, &place, at))
            *member = parse_struct(parse, fill, known->row, known->object, node, &place);
        vessel__parse_drop_runtime(parse, fill, known->row, &place, at, member);
        return;
    }
    parse_element(parse, fill, known, node, &place);
    if (known->needs)
        vessel__parse_needed(parse, fill, known, &place, at);
}

static void parse_element(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                          const VesselXmlNode *node, const VesselPlace *place)
{
    const VesselRow *row = shape->row;

    parse_attributes(parse, fill, shape, node, place);
    if (row && row->kind == VESSEL_KIND_METADATA) {
        vessel__metadata_parse_xml(parse, row, node, place, vessel__member(fill->object, row));
        return;
    }
    if (!vessel__row_has_text(row) && (node->mixed || !vessel__xml_blank(node->text)))
        vessel__parse_problem(parse, place, at_node(node), NULL,
                              "'%s' has text where only elements may stand", shape->name);
    if (row && row->kind == VESSEL_KIND_LIST) {
        parse_list(parse, fill, shape, node, place);
        return;
    }
    if (row && row->kind != VESSEL_KIND_OBJECT)
        vessel__parse_value(parse, fill, shape, place, at_node(node), node->text,
                            unit_of(row, node));
    for (const VesselXmlNode *child = node->children; child; child = child->next)
        parse_child(parse, fill, shape, child, place);
}

void *vessel__parse_xml(VesselParse *parse, const VesselShape *shape, const char *text,
                        size_t length)
{
    g_autoptr(VesselXml) xml = NULL;
    g_autoptr(VesselError) err = NULL;

    if (vessel__xml_parse(text, length, NULL, shape->name, &xml, &err) != 0) {
        vessel__problems_add_error(parse->problems, err);
        return NULL;
    }
    const VesselXmlNode *root = vessel__xml_root(xml);
    VesselPlace place = {NULL, shape->name, 0, false};
    parse->xml = xml;
    if (root->uri || strcmp(root->name, shape->name) != 0) {
        VesselShown shown;
        VesselPlace found = {NULL, root->name, 0, false};
        g_autofree char *hint = g_strdup_printf("the root element must be <%s>", shape->name);
        vessel__parse_problem(parse, &found, at_node(root), hint, "<%s> is no %s definition",
                              vessel__shown(root->name, shown), shape->name);
        return NULL;
    }
    return parse_struct(parse, NULL, NULL, shape, root, &place);
}
