/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing structs as XML, in the order of the rows. An element appears only if something is in it.
 */
#include "model/shape.h"
#include "xml/write.h"

typedef struct {
    VesselXmlWriter writer;
    unsigned flags;
    GPtrArray *leftovers; /* of the struct we are in */
    const VesselPlace *leftovers_at;
    const char *prefix; /* of elements in a namespace: the user's or the usual one */
    unsigned outside;   /* depth of the first of them, which declare it */
} Format;

static bool write_content(Format *format, const VesselShape *shape, const void *object,
                          const VesselPlace *place);

static void open_element(Format *format, const VesselShape *shape, const char *name)
{
    if (!shape->space) {
        vessel__xml_write_open(&format->writer, name);
        return;
    }
    g_autofree char *qualified = g_strconcat(format->prefix, ":", name, NULL);
    g_autofree char *declaration = g_strconcat("xmlns:", format->prefix, NULL);
    bool first = format->writer.depth == format->outside;
    vessel__xml_write_open(&format->writer, qualified);
    if (first)
        vessel__xml_write_attribute(&format->writer, declaration, shape->space->uri);
}

static void close_element(Format *format, const VesselShape *shape, const char *name)
{
    g_autofree char *qualified = shape->space ? g_strconcat(format->prefix, ":", name, NULL) : NULL;
    vessel__xml_write_close(&format->writer, qualified ? qualified : name);
}

/* The element's own attributes among the leftovers, or its elements. */
static bool write_leftovers(Format *format, const VesselPlace *place, bool attributes)
{
    bool wrote = false;
    if (!format->leftovers || format->leftovers->len == 0)
        return false;
    g_autofree char *path = vessel__place_relative(place, format->leftovers_at);
    for (guint i = 0; i < format->leftovers->len; i++) {
        const VesselLeftover *one = format->leftovers->pdata[i];
        if (one->attribute != attributes || strcmp(one->path, path) != 0)
            continue;
        if (attributes)
            vessel__xml_write_attribute(&format->writer, one->name, one->text);
        else
            vessel__xml_write_child(&format->writer, one->text);
        wrote = true;
    }
    return wrote;
}

static void write_struct(Format *format, const VesselShape *shape, const void *object,
                         const VesselPlace *place)
{
    Format inner = *format;
    GPtrArray **own = vessel__leftovers(shape->table, object);

    if (own) {
        inner.leftovers = *own;
        inner.leftovers_at = place;
    }
    open_element(&inner, shape, place->name);
    write_content(&inner, vessel__shape_inside(shape), object, place);
    close_element(&inner, shape, place->name);
    format->writer = inner.writer;
}

static bool write_enums(Format *format, const VesselShape *shape, const void *object)
{
    const VesselRow *row = shape->item->row;
    const GArray *list = *(GArray *const *)vessel__member(object, row);

    for (guint i = 0; list && i < list->len; i++) {
        const char *word = vessel__word_at(row->words, g_array_index(list, int, i));
        open_element(format, shape, shape->name);
        vessel__xml_write_attribute(&format->writer, shape->item->name, word ? word : "");
        close_element(format, shape, shape->name);
    }
    return list && list->len > 0;
}

static void write_items(Format *format, const VesselShape *shape, const GPtrArray *items,
                        const VesselPlace *place)
{
    const VesselList *list = shape->row->list;
    for (guint i = 0; i < items->len; i++) {
        const char *item = items->pdata[i];
        int kind = *(const int *)(item + list->kind_offset);
        const void *body = *(void *const *)(item + list->body_offset);
        guint which = 0;
        if (kind == list->unknown) {
            vessel__xml_write_child(&format->writer, body);
            continue;
        }
        while (list->variants[which].element && list->variants[which].kind != kind)
            which++;
        const VesselVariant *variant = &list->variants[which];
        VesselPlace at = {place, variant->element, 0, false};
        if (variant->table) {
            write_struct(format, shape->variants[which], body, &at);
        } else if (variant->element) {
            open_element(format, shape, variant->element);
            vessel__xml_write_text(&format->writer, body ? body : "");
            close_element(format, shape, variant->element);
        }
    }
}

static const char *value_word(const Format *format, const VesselRow *row, const void *member,
                              VesselValueBuffer buffer)
{
    const char *text = vessel__value_text(row, member, buffer);
    return format->flags & VESSEL_FORMAT_LIBVIRT ? vessel__row_libvirt_word(row, text) : text;
}

static void write_unit(Format *format, const VesselRow *row)
{
    vessel__xml_write_attribute(&format->writer, "unit", row->bytes ? "B" : "KiB");
}

static bool write_own(Format *format, const VesselShape *shape, const void *object)
{
    VesselValueBuffer buffer;
    const VesselRow *row = vessel__shape_row(shape, object);
    const void *member = vessel__member(object, row);

    if (row->kind == VESSEL_KIND_SIZE)
        write_unit(format, row);
    if (row->kind == VESSEL_KIND_METADATA)
        vessel__xml_write_inner(&format->writer, *(char *const *)member);
    else if (row->kind != VESSEL_KIND_PRESENCE)
        vessel__xml_write_text(&format->writer, value_word(format, row, member, buffer));
    return true;
}

static bool write_attribute(Format *format, const VesselShape *shape, const void *object)
{
    VesselValueBuffer buffer;
    const VesselRow *row = vessel__shape_row(shape, object);
    const void *member = vessel__member(object, row);

    if (vessel__shape_is_unit(shape) || !vessel__value_present(row, member) ||
        vessel__value_hidden(row, member, format->flags))
        return false;
    const char *text = value_word(format, row, member, buffer);
    vessel__xml_write_attribute(&format->writer, shape->name, text ? text : "");
    if (row->kind == VESSEL_KIND_SIZE)
        write_unit(format, row);
    return true;
}

static bool write_element(Format *format, const VesselShape *shape, const void *object,
                          const VesselPlace *up);

/* The elements of a namespace. Each declares it, so that it can stand anywhere. */
static bool write_namespace(Format *format, const VesselShape *shape,
                            const VesselNamespaced *member, const VesselPlace *place)
{
    const VesselShape *inside = vessel__shape_inside(shape->object);
    GPtrArray **leftovers = vessel__leftovers(inside->table, member->body);
    Format inner = *format;
    bool wrote = false;
    inner.prefix = member->prefix ? member->prefix : inside->space->prefix;
    inner.outside = inner.writer.depth;
    inner.leftovers = leftovers ? *leftovers : NULL;
    inner.leftovers_at = place;
    for (guint i = 0; i < inside->element_count; i++)
        wrote |= write_element(&inner, inside->elements[i], member->body, place);
    wrote |= write_leftovers(&inner, place, false);
    format->writer = inner.writer;
    return wrote;
}

/* One element; nothing is left of it if there was nothing in it. */
static bool write_element(Format *format, const VesselShape *shape, const void *object,
                          const VesselPlace *up)
{
    VesselPlace place = {up, shape->name, 0, false};
    const VesselRow *row = vessel__shape_row(shape, object);
    const void *member = row ? vessel__member(object, row) : NULL;
    bool present = row && vessel__value_present(row, member) &&
                   !vessel__value_hidden(row, member, format->flags);

    if (shape->item)
        return write_enums(format, shape, object);
    if (vessel__shape_is_namespace(shape))
        return present && write_namespace(format, shape, member, &place);
    if (row && row->kind == VESSEL_KIND_OBJECT) {
        if (present)
            write_struct(format, shape->object, *(void *const *)member, &place);
        return present;
    }
    if (row && row->kind == VESSEL_KIND_OBJECTS) {
        const GPtrArray *objects = *(GPtrArray *const *)member;
        bool any = false;
        for (guint i = 0; present && i < objects->len; i++) {
            if (vessel__value_hollow(row, objects->pdata[i], format->flags))
                continue;
            write_struct(format, shape->object, objects->pdata[i], &place);
            any = true;
        }
        return any;
    }
    VesselXmlMark mark = vessel__xml_write_mark(&format->writer);
    open_element(format, shape, shape->name);
    bool wrote = false;
    for (guint i = 0; i < shape->attribute_count; i++)
        wrote |= write_attribute(format, shape->attributes[i], object);
    wrote |= write_leftovers(format, &place, true);
    if (present && row->kind == VESSEL_KIND_LIST) {
        write_items(format, shape, *(GPtrArray *const *)member, &place);
        wrote = true;
    } else if (present) {
        wrote |= write_own(format, shape, object);
    }
    for (guint i = 0; i < shape->element_count; i++)
        wrote |= write_element(format, shape->elements[i], object, &place);
    wrote |= write_leftovers(format, &place, false);
    if (wrote)
        close_element(format, shape, shape->name);
    else
        vessel__xml_write_reset(&format->writer, &mark);
    return wrote;
}

/* What is inside the element of a table. */
static bool write_content(Format *format, const VesselShape *shape, const void *object,
                          const VesselPlace *place)
{
    bool wrote = false;
    for (guint i = 0; i < shape->attribute_count; i++)
        wrote |= write_attribute(format, shape->attributes[i], object);
    wrote |= write_leftovers(format, place, true);
    const VesselRow *own = vessel__shape_own(shape);
    if (own && vessel__value_present(own, vessel__member(object, own)) &&
        !vessel__value_hidden(own, vessel__member(object, own), format->flags))
        wrote |= write_own(format, shape, object);
    for (guint i = 0; i < shape->element_count; i++)
        wrote |= write_element(format, shape->elements[i], object, place);
    wrote |= write_leftovers(format, place, false);
    return wrote;
}

char *vessel__schema_format_xml(const VesselShape *shape, const void *object, unsigned flags)
{
    Format format = {.flags = flags, .prefix = shape->space ? shape->space->prefix : NULL};
    VesselPlace place = {NULL, shape->name, 0, false};

    vessel__xml_write_init(&format.writer, g_string_sized_new(4096));
    write_struct(&format, shape, object, &place);
    return g_string_free(format.writer.out, FALSE);
}
