/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RELAX NG. Elements are in any order, so their content is an <interleave>. */
#include "model/schema-files.h"
#include "xml/write.h"

typedef struct {
    VesselXmlWriter writer;
    GPtrArray *parts;
    const VesselShape *root;
} Rng;

static void open_tag(Rng *rng, const char *tag, const char *name)
{
    vessel__xml_write_open(&rng->writer, tag);
    if (name)
        vessel__xml_write_attribute(&rng->writer, "name", name);
}

static void close_tag(Rng *rng, const char *tag)
{
    vessel__xml_write_close(&rng->writer, tag);
}

static void empty_tag(Rng *rng, const char *tag, const char *name)
{
    open_tag(rng, tag, name);
    close_tag(rng, tag);
}

static void write_param(Rng *rng, const char *name, const char *value)
{
    open_tag(rng, "param", name);
    vessel__xml_write_text(&rng->writer, value);
    close_tag(rng, "param");
}

static void write_number_param(Rng *rng, const char *name, uint64_t value)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);
    write_param(rng, name, text);
}

static void open_data(Rng *rng, const char *type)
{
    vessel__xml_write_open(&rng->writer, "data");
    vessel__xml_write_attribute(&rng->writer, "type", type);
}

static void write_token(Rng *rng, const char *pattern)
{
    open_data(rng, "token");
    write_param(rng, "pattern", pattern);
    close_tag(rng, "data");
}

static void write_number(Rng *rng, const VesselRow *row)
{
    const char *hex = vessel__row_hex_pattern(row);
    if (hex)
        vessel__xml_write_open(&rng->writer, "choice");
    open_data(rng, "unsignedLong");
    write_number_param(rng, "minInclusive", row->min);
    write_number_param(rng, "maxInclusive", row->max);
    close_tag(rng, "data");
    if (hex) {
        write_token(rng, hex);
        close_tag(rng, "choice");
    }
}

static void write_words(Rng *rng, VesselWords words, uint32_t which)
{
    vessel__xml_write_open(&rng->writer, "choice");
    for (guint i = 1; words[i]; i++) {
        if (!which || ((which >> i) & 1))
            vessel__xml_write_element(&rng->writer, "value", words[i]);
    }
    close_tag(rng, "choice");
}

static void write_string(Rng *rng, const VesselRow *row)
{
    g_autofree char *pattern = vessel__row_pattern(row);
    open_data(rng, "string");
    if (pattern)
        write_param(rng, "pattern", pattern);
    write_number_param(rng, "maxLength", row->max);
    close_tag(rng, "data");
}

static void open_element(Rng *rng, const VesselShape *shape, const char *name)
{
    open_tag(rng, "element", name);
    if (shape->space)
        vessel__xml_write_attribute(&rng->writer, "ns", shape->space->uri);
}

/* The text of an attribute or element. */
static void write_value(Rng *rng, const VesselRow *row, uint32_t which)
{
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        write_string(rng, row);
        return;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
        write_number(rng, row);
        return;
    case VESSEL_KIND_SIZE: /* limits hang on the unit */
        write_token(rng, "[0-9]+( *(" VESSEL_UNIT_PATTERN "))?");
        return;
    default:
        write_words(rng, row->words, which);
        return;
    }
}

static void write_doc(Rng *rng, const VesselRow *row)
{
    vessel__xml_write_element(&rng->writer, "a:documentation", row->doc);
}

static void write_attribute(Rng *rng, const VesselShape *shape, VesselCase one)
{
    const VesselRow *row = vessel__case_row(shape, one);
    bool unit = vessel__shape_is_unit(shape), is_tag = vessel__case_is_tag(shape, one);
    if ((!row && !unit) || (is_tag && one.tags == 1)) /* the case in which it is not given */
        return;
    /* The tag must be there unless the same rows apply without it. */
    bool optional = is_tag ? (one.tags & 1) : !vessel__case_requires(shape, one);
    if (optional)
        vessel__xml_write_open(&rng->writer, "optional");
    open_tag(rng, "attribute", shape->name);
    if (unit) {
        write_token(rng, VESSEL_UNIT_PATTERN);
    } else {
        write_doc(rng, row);
        write_value(rng, row, is_tag ? one.tags : 0);
    }
    close_tag(rng, "attribute");
    if (optional)
        close_tag(rng, "optional");
}

/* Elements of namespaces that are not known in @shape. libxml2 does not find them in an
 * <interleave> behind a <ref>. */
static void write_foreign(Rng *rng, const VesselShape *shape)
{
    g_autoptr(GString) known = g_string_new(NULL);
    const VesselNamespaces *all = shape->table ? vessel__namespaces_of(shape->table) : NULL;
    for (guint i = 0; all && i < all->count; i++)
        g_string_append_printf(known, "<nsName ns='%s'/>", all->spaces[i]->uri);
    g_autofree char *xml =
        g_strdup_printf("<zeroOrMore><element><anyName><except><nsName ns=''/>%s</except>"
                        "</anyName><ref name='_anything'/></element></zeroOrMore>",
                        known->str);
    vessel__xml_write_child(&rng->writer, xml);
}

static void write_element(Rng *rng, const VesselShape *shape, VesselCase one);

/* What an element's row, its attributes and the elements in it make of it. */
static void write_content(Rng *rng, const VesselShape *shape, const VesselRow *row, VesselCase one);

static void write_variants(Rng *rng, const VesselShape *shape, VesselCase one)
{
    for (guint i = 0; shape->variants[i]; i++) {
        const VesselVariant *variant = &shape->row->list->variants[i];
        const char *how = variant->single ? "optional" : "zeroOrMore";
        vessel__xml_write_open(&rng->writer, how);
        open_element(rng, shape, variant->element);
        vessel__xml_write_element(&rng->writer, "a:documentation", variant->doc);
        if (variant->table)
            empty_tag(rng, "ref", vessel__part_name(rng->parts, shape->variants[i], one));
        else
            write_value(rng, variant->row, 0);
        close_tag(rng, "element");
        close_tag(rng, how);
    }
}

static void write_children(Rng *rng, const VesselShape *shape, const VesselRow *row, VesselCase one)
{
    bool document = shape == rng->root || (shape->table && shape->table->document);
    bool foreign = document && shape->table->leftovers >= 0;
    bool list = row && row->kind == VESSEL_KIND_LIST;
    guint count = foreign + (list ? 2 : 0);
    for (guint i = 0; i < shape->element_count; i++)
        count += vessel__case_allows(shape->elements[i], one);
    if (count == 0)
        empty_tag(rng, "empty", NULL);
    /* libxml2 loses its way in an <interleave> of one. */
    if (count > 1)
        vessel__xml_write_open(&rng->writer, "interleave");
    for (guint i = 0; i < shape->element_count; i++)
        write_element(rng, shape->elements[i], one);
    if (list)
        write_variants(rng, shape, one);
    if (foreign)
        write_foreign(rng, shape);
    if (count > 1)
        close_tag(rng, "interleave");
}

static void write_content(Rng *rng, const VesselShape *shape, const VesselRow *row, VesselCase one)
{
    for (guint i = 0; i < shape->attribute_count; i++)
        write_attribute(rng, shape->attributes[i], one);
    if (row && row->kind == VESSEL_KIND_METADATA) {
        if (row->flags & VESSEL_ROW_OPAQUE)
            vessel__xml_write_child(&rng->writer, "<zeroOrMore><element><anyName/>"
                                                  "<ref name='_anything'/></element></zeroOrMore>");
        else
            write_foreign(rng, shape);
        return;
    }
    if (!vessel__row_has_text(row)) {
        write_children(rng, shape, row, one);
        return;
    }
    bool choice = shape->element_count > 0 || (row->flags & VESSEL_ROW_EMPTY);
    if (choice)
        vessel__xml_write_open(&rng->writer, "choice");
    write_value(rng, row, 0);
    if (choice) {
        write_children(rng, shape, NULL, one);
        close_tag(rng, "choice");
    }
}

/* What is enough in an element without its tag, and whatever may stand beside it. */
static void write_alone(Rng *rng, const VesselShape *alone, const char *tag)
{
    g_autofree char *rest = g_strdup_printf(
        "<zeroOrMore><attribute><anyName><except><name>%s</name></except></anyName></attribute>"
        "</zeroOrMore><zeroOrMore><element><anyName><except><name>%s</name></except></anyName>"
        "<ref name='_anything'/></element></zeroOrMore>",
        tag, alone->name);
    vessel__xml_write_open(&rng->writer, "interleave");
    open_tag(rng, "element", alone->name);
    write_value(rng, alone->row, 0);
    close_tag(rng, "element");
    vessel__xml_write_child(&rng->writer, rest);
    close_tag(rng, "interleave");
}

static void write_object(Rng *rng, const VesselShape *shape, const VesselRow *row, VesselCase one)
{
    const char *name = row ? row->alone : NULL;
    if (name) {
        const VesselShape *inside = vessel__shape_inside(shape->object);
        vessel__xml_write_open(&rng->writer, "choice");
        write_alone(rng, vessel__shape_element(inside, name), inside->tag->name);
    }
    empty_tag(rng, "ref", vessel__part_name(rng->parts, shape->object, one));
    if (name)
        close_tag(rng, "choice");
}

static void write_element(Rng *rng, const VesselShape *shape, VesselCase one)
{
    const VesselRow *row = vessel__case_row(shape, one);
    bool many = shape->item || (row && row->kind == VESSEL_KIND_OBJECTS);
    bool required = vessel__case_requires(shape, one);
    const char *how = many ? (required ? "oneOrMore" : "zeroOrMore") : required ? NULL : "optional";

    if (!vessel__case_allows(shape, one))
        return;
    if (vessel__shape_is_namespace(shape)) {
        const VesselShape *inside = vessel__shape_inside(shape->object);
        for (guint i = 0; i < inside->element_count; i++)
            write_element(rng, inside->elements[i], one);
        return;
    }
    if (how)
        vessel__xml_write_open(&rng->writer, how);
    open_element(rng, shape, shape->name);
    if (row)
        write_doc(rng, row);
    if (shape->item) {
        open_tag(rng, "attribute", shape->item->name);
        write_doc(rng, shape->item->row);
        write_words(rng, shape->item->row->words, 0);
        close_tag(rng, "attribute");
    } else if (shape->object) {
        write_object(rng, shape, row, one);
    } else {
        write_content(rng, shape, row, one);
    }
    close_tag(rng, "element");
    if (how)
        close_tag(rng, how);
}

static void write_part(Rng *rng, const VesselPart *part)
{
    g_autoptr(GArray) cases = vessel__part_cases(part);
    const char *group = cases->len > 1 ? "group" : NULL;
    open_tag(rng, "define", part->name);
    if (group)
        vessel__xml_write_open(&rng->writer, "choice");
    for (guint i = 0; i < cases->len; i++) {
        VesselCase one = g_array_index(cases, VesselCase, i);
        if (group)
            vessel__xml_write_open(&rng->writer, group);
        write_content(rng, part->shape, vessel__case_row(part->shape, one), one);
        if (group)
            close_tag(rng, group);
    }
    if (group)
        close_tag(rng, "choice");
    close_tag(rng, "define");
}

static const char anything_part[] = "<define name='_anything'><zeroOrMore><choice><text/>"
                                    "<attribute><anyName/></attribute>"
                                    "<element><anyName/><ref name='_anything'/></element>"
                                    "</choice></zeroOrMore></define>";

char *vessel__schema_rng(const VesselKind *kind)
{
    g_autoptr(GPtrArray) parts = vessel__parts_new();
    Rng rng = {.parts = parts, .root = kind->shape()};
    VesselCase none = {-1, 0};
    const char *first = vessel__part_name(parts, rng.root, none);

    vessel__xml_write_init(&rng.writer, g_string_sized_new(65536));
    vessel__xml_write_open(&rng.writer, "grammar");
    vessel__xml_write_attribute(&rng.writer, "xmlns", "http://relaxng.org/ns/structure/1.0");
    vessel__xml_write_attribute(&rng.writer, "xmlns:a",
                                "http://relaxng.org/ns/compatibility/annotations/1.0");
    vessel__xml_write_attribute(&rng.writer, "datatypeLibrary",
                                "http://www.w3.org/2001/XMLSchema-datatypes");
    vessel__xml_write_open(&rng.writer, "start");
    open_tag(&rng, "element", kind->root);
    empty_tag(&rng, "ref", first);
    close_tag(&rng, "element");
    close_tag(&rng, "start");
    for (guint i = 0; i < parts->len; i++)
        write_part(&rng, parts->pdata[i]);
    vessel__xml_write_child(&rng.writer, anything_part);
    close_tag(&rng, "grammar");
    return g_string_free(rng.writer.out, FALSE);
}
