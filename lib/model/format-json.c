/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing structs as JSON. */
#include "model/metadata.h"
#include "model/shape.h"

static VesselJson *format_struct(const VesselShape *shape, const void *object, unsigned flags);

static VesselJson *format_value(const VesselRow *row, const void *member)
{
    VesselValueBuffer buffer;
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        if (vessel__form_is_number(row->form))
            return vessel__json_new_int(g_ascii_strtoll(*(char *const *)member, NULL, 10));
        return vessel__json_new_string(*(char *const *)member);
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        return vessel__json_new_uint(((const VesselNumber *)member)->value);
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_PRESENCE:
        return vessel__json_new_bool(*(const VesselTri *)member == VESSEL_TRI_YES);
    case VESSEL_KIND_METADATA:
        return vessel__metadata_json(row, *(char *const *)member);
    default:
        return vessel__json_new_string(vessel__value_text(row, member, buffer));
    }
}

static VesselJson *format_enums(const VesselShape *shape, const void *object)
{
    const VesselRow *row = shape->item->row;
    const GArray *list = *(GArray *const *)vessel__member(object, row);
    if (!list || list->len == 0)
        return NULL;
    VesselJson *array = vessel__json_new_array();
    for (guint i = 0; i < list->len; i++) {
        VesselJson *one = vessel__json_new_object();
        vessel__json_set_string(one, shape->item->json,
                                vessel__word_at(row->words, g_array_index(list, int, i)));
        vessel__json_append(array, one);
    }
    return array;
}

static int kind_of(const VesselList *list, const GPtrArray *items, guint i)
{
    return *(const int *)((const char *)items->pdata[i] + list->kind_offset);
}

static const char *json_word(const VesselShape *shape, int kind, guint *which)
{
    const VesselVariant *variants = shape->row->list->variants;
    for (*which = 0; variants[*which].element; (*which)++) {
        if (variants[*which].kind == kind)
            return shape->variants[*which]->json;
    }
    return "unknown";
}

static void add_kind(VesselJson *object, const VesselShape *shape, const GPtrArray *items, int kind,
                     unsigned flags)
{
    const VesselList *list = shape->row->list;
    guint which;
    const char *word = json_word(shape, kind, &which);
    VesselJson *array = vessel__json_new_array();

    for (guint i = 0; i < items->len; i++) {
        if (kind_of(list, items, i) != kind)
            continue;
        const void *body = *(void *const *)((const char *)items->pdata[i] + list->body_offset);
        VesselJson *one = list->variants[which].table
                              ? format_struct(shape->variants[which], body, flags)
                              : vessel__json_new_string(body ? body : "");
        if (list->variants[which].element && list->variants[which].single) {
            vessel__json_set(object, word, one);
            vessel__json_free(array);
            return;
        }
        vessel__json_append(array, one);
    }
    vessel__json_set(object, word, array);
}

/* An object with an array for each kind of element, in the order in which the kinds come first. If
 * kinds are mixed, "_order" tells how, so that nothing is lost. */
static VesselJson *format_items(const VesselShape *shape, const GPtrArray *items, unsigned flags)
{
    const VesselList *list = shape->row->list;
    VesselJson *object = vessel__json_new_object();
    bool mixed = false;
    guint which;

    for (guint i = 0; i < items->len; i++) {
        int kind = kind_of(list, items, i);
        if (!vessel__json_get(object, json_word(shape, kind, &which)))
            add_kind(object, shape, items, kind, flags);
        else
            mixed |= kind_of(list, items, i - 1) != kind;
    }
    if (mixed) {
        VesselJson *order = vessel__json_new_array();
        for (guint i = 0; i < items->len; i++)
            vessel__json_append_string(order, json_word(shape, kind_of(list, items, i), &which));
        vessel__json_set(object, "_order", order);
    }
    return object;
}

static bool format_children(VesselJson *json, const VesselShape *shape, const void *object,
                            unsigned flags);

static VesselJson *format_objects(const VesselShape *shape, const GPtrArray *objects,
                                  unsigned flags)
{
    VesselJson *array = vessel__json_new_array();
    for (guint i = 0; i < objects->len; i++) {
        if (!vessel__value_hollow(shape->row, objects->pdata[i], flags))
            vessel__json_append(array, format_struct(shape->object, objects->pdata[i], flags));
    }
    if (vessel__json_length(array) == 0)
        g_clear_pointer(&array, vessel__json_free);
    return array;
}

static VesselJson *format_namespace(const VesselShape *shape, const VesselNamespaced *member,
                                    unsigned flags)
{
    VesselJson *json = format_struct(shape->object, member->body, flags);
    vessel__json_set_string(json, VESSEL_JSON_PREFIX, member->prefix);
    return json;
}

/* NULL if there is nothing to say. */
static VesselJson *format_element(const VesselShape *shape, const void *object, unsigned flags)
{
    const VesselRow *row = vessel__shape_row(shape, object);
    const void *member = row ? vessel__member(object, row) : NULL;
    bool present =
        row && vessel__value_present(row, member) && !vessel__value_hidden(row, member, flags);

    if (shape->item)
        return format_enums(shape, object);
    if (vessel__shape_is_namespace(shape))
        return present ? format_namespace(shape, member, flags) : NULL;
    if (row && row->kind == VESSEL_KIND_OBJECT)
        return present ? format_struct(shape->object, *(void *const *)member, flags) : NULL;
    if (row && row->kind == VESSEL_KIND_OBJECTS)
        return present ? format_objects(shape, *(GPtrArray *const *)member, flags) : NULL;
    if (row && row->kind == VESSEL_KIND_LIST)
        return present ? format_items(shape, *(GPtrArray *const *)member, flags) : NULL;
    if (row && !shape->json_value)
        return present ? format_value(row, member) : NULL;
    VesselJson *json = vessel__json_new_object();
    if (present)
        vessel__json_set(json, "value", format_value(row, member));
    if (format_children(json, shape, object, flags))
        return json;
    /* A size or a presence stays plain as long as no attribute is given. */
    bool plain = present && (row->kind == VESSEL_KIND_SIZE || row->kind == VESSEL_KIND_PRESENCE);
    if (!present || plain)
        g_clear_pointer(&json, vessel__json_free);
    return plain ? format_value(row, member) : json;
}

static bool format_children(VesselJson *json, const VesselShape *shape, const void *object,
                            unsigned flags)
{
    bool any = false;
    for (guint i = 0; i < shape->attribute_count + shape->element_count; i++) {
        const VesselShape *child = i < shape->attribute_count
                                       ? shape->attributes[i]
                                       : shape->elements[i - shape->attribute_count];
        VesselJson *value =
            vessel__shape_is_unit(child) ? NULL : format_element(child, object, flags);
        if (value)
            vessel__json_set(json, child->json, value);
        any |= value != NULL;
    }
    return any;
}

static void format_leftovers(VesselJson *json, const GPtrArray *leftovers)
{
    VesselJson *unknown = vessel__json_new_array(), *foreign = vessel__json_new_array();
    for (guint i = 0; i < leftovers->len; i++) {
        const VesselLeftover *one = leftovers->pdata[i];
        if (one->uri) {
            vessel__json_append_string(foreign, one->text);
            continue;
        }
        VesselJson *item = vessel__json_new_object();
        vessel__json_set_string(item, "path", one->path);
        vessel__json_set_string(item, "attribute", one->attribute ? one->name : NULL);
        vessel__json_set_string(item, one->attribute ? "value" : "xml", one->text);
        vessel__json_append(unknown, item);
    }
    if (vessel__json_length(unknown) > 0)
        vessel__json_set(json, "unknown", g_steal_pointer(&unknown));
    if (vessel__json_length(foreign) > 0)
        vessel__json_set(json, "foreign", g_steal_pointer(&foreign));
    vessel__json_free(unknown);
    vessel__json_free(foreign);
}

static VesselJson *format_struct(const VesselShape *shape, const void *object, unsigned flags)
{
    const VesselRow *own = vessel__shape_own(vessel__shape_inside(shape));
    const void *member = own ? vessel__member(object, own) : NULL;
    bool present =
        own && vessel__value_present(own, member) && !vessel__value_hidden(own, member, flags);
    if (present && !shape->json_value)
        return format_value(own, member);
    VesselJson *json = vessel__json_new_object();
    if (present)
        vessel__json_set(json, "value", format_value(own, member));
    format_children(json, shape, object, flags);
    GPtrArray **leftovers = vessel__leftovers(shape->table, object);
    if (leftovers && *leftovers && (*leftovers)->len > 0)
        format_leftovers(json, *leftovers);
    return json;
}

VesselJson *vessel__schema_format_json(const VesselShape *shape, const void *object, unsigned flags)
{
    return format_struct(shape, object, flags);
}
