/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling structs from JSON. Problems carry the same paths as those of XML. */
#include "model/metadata.h"
#include "model/shape.h"

#define LENIENT (VESSEL_PARSE_LENIENT | VESSEL_PARSE_STORED)
#define PREFIX VESSEL_JSON_PREFIX

static void parse_members(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                          const VesselJson *json, const VesselPlace *place);

static VesselAt at_json(const VesselJson *json)
{
    return (VesselAt){.json = json};
}

static void wrong_kind(VesselParse *parse, const VesselJson *json, const VesselPlace *place,
                       const char *wanted)
{
    const char *hint = NULL;
    if (vessel__json_kind(json) == VESSEL_JSON_NULL)
        hint = "leave out what is not there";
    vessel__parse_problem(parse, place, at_json(json), hint, "'%.*s' must be %s",
                          (int)strcspn(place->name, ":"), place->name, wanted);
}

static const char *wanted_kind(const VesselRow *row)
{
    switch (row->kind) {
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
        return "a number";
    case VESSEL_KIND_SIZE:
        return "a number of KiB or a string such as \"2 GiB\"";
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_PRESENCE:
        return "true or false";
    default:
        return "a string";
    }
}

/* The text XML would have for this value; NULL if it is of the wrong kind. */
static const char *scalar_text(const VesselRow *row, const VesselJson *json,
                               VesselValueBuffer buffer)
{
    VesselJsonKind kind = vessel__json_kind(json);
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        if (vessel__form_is_number(row->form) && kind == VESSEL_JSON_INT) {
            g_snprintf(buffer, sizeof(VesselValueBuffer), "%" G_GINT64_FORMAT,
                       vessel__json_int(json, 0));
            return buffer;
        }
        return vessel__json_string(json, NULL);
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        if (kind == VESSEL_JSON_STRING)
            return vessel__json_string(json, NULL);
        if (kind == VESSEL_JSON_INT)
            g_snprintf(buffer, sizeof(VesselValueBuffer), "%" G_GINT64_FORMAT,
                       vessel__json_int(json, 0));
        else if (kind == VESSEL_JSON_UINT)
            g_snprintf(buffer, sizeof(VesselValueBuffer), "%" G_GUINT64_FORMAT,
                       vessel__json_uint(json, 0));
        else
            return NULL;
        return buffer;
    case VESSEL_KIND_SWITCH:
        if (kind == VESSEL_JSON_BOOL)
            return row->words[vessel__json_bool(json, false) ? VESSEL_TRI_YES : VESSEL_TRI_NO];
        return NULL;
    case VESSEL_KIND_PRESENCE:
        return kind == VESSEL_JSON_BOOL ? "" : NULL;
    default:
        return vessel__json_string(json, NULL);
    }
}

static void parse_scalar(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         const VesselJson *json, const VesselPlace *place)
{
    VesselValueBuffer buffer;
    const VesselRow *row = vessel__shape_row(shape, fill->object);
    if (row->kind == VESSEL_KIND_METADATA) {
        vessel__metadata_parse_json(parse, row, json, place, vessel__member(fill->object, row));
        return;
    }
    const char *text = scalar_text(row, json, buffer);
    if (!text)
        wrong_kind(parse, json, place, wanted_kind(row));
    else if (row->kind != VESSEL_KIND_PRESENCE || vessel__json_bool(json, false))
        vessel__parse_value(parse, fill, shape, place, at_json(json), text, NULL);
}

/* @holder is the row it hangs on, NULL for a document and in a list. */
static void *parse_struct(VesselParse *parse, const VesselFill *up, const VesselRow *holder,
                          const VesselShape *shape, const VesselJson *json,
                          const VesselPlace *place)
{
    void *object = g_malloc0(shape->table->size);
    vessel__shape_inside(shape); /* knows whether it has a `value` */
    bool text = shape->row && !(shape->json_value && vessel__json_kind(json) == VESSEL_JSON_OBJECT);
    if (!text && vessel__json_kind(json) != VESSEL_JSON_OBJECT) {
        wrong_kind(parse, json, place, "an object");
        return object; /* what an object would need is not what is wrong */
    }
    VesselFill fill = vessel__fill_begin(parse, shape, object, up, place, at_json(json));
    fill.alone = holder ? holder->alone : NULL;
    if (text)
        parse_scalar(parse, &fill, shape, json, place);
    else
        parse_members(parse, &fill, shape, json, place);
    vessel__parse_json_settle(parse, &fill);
    vessel__fill_end(parse, &fill);
    return object;
}

/* What a namespace has: with the prefix that its elements get, if it is not the usual one. */
static void parse_namespace(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                            const VesselJson *json, const VesselPlace *place)
{
    VesselNamespaced *member = vessel__member(fill->object, shape->row);
    const VesselJson *given = vessel__json_get(json, PREFIX);
    const char *prefix = vessel__json_string(given, NULL);
    member->body = parse_struct(parse, fill, NULL, shape->object, json, place);
    if (vessel__value_hollow(shape->row, member->body, VESSEL_FORMAT_SECRET))
        vessel__value_clear(shape->row, member);
    VesselPlace at = {place, PREFIX, 0, true};
    if (prefix && vessel__name_is_plain(prefix) && g_ascii_strncasecmp(prefix, "xml", 3) != 0)
        member->prefix = g_strdup(prefix);
    else if (given)
        vessel__parse_problem(parse, &at, at_json(given), NULL,
                              "'%s' must be a prefix that XML elements can have", PREFIX);
}

static void parse_enums(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                        const VesselJson *json, const VesselPlace *place)
{
    const VesselShape *item = shape->item;
    if (vessel__json_kind(json) != VESSEL_JSON_ARRAY) {
        wrong_kind(parse, json, place, "an array");
        return;
    }
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        const VesselJson *one = vessel__json_at(json, i);
        const char *text = vessel__json_get_string(one, item->json, NULL);
        VesselPlace element = {place->up, place->name, (guint)i + 1, false};
        VesselPlace at = {&element, item->name, 0, true};
        if (text && vessel__json_length(one) == 1)
            vessel__parse_enum_item(parse, fill, item->row, &at, at_json(one), text);
        else
            vessel__parse_problem(parse, &element, at_json(one), NULL,
                                  "'%s' must be an object with the one member '%s'", shape->name,
                                  item->json);
    }
}

static void parse_objects(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                          const VesselJson *json, const VesselPlace *place)
{
    if (vessel__json_kind(json) != VESSEL_JSON_ARRAY) {
        wrong_kind(parse, json, place, "an array");
        return;
    }
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        const VesselJson *one = vessel__json_at(json, i);
        VesselPlace at = {place->up, place->name, (guint)i + 1, false};
        void **next = vessel__parse_next(parse, fill, shape->row, &at, at_json(one));
        if (next)
            *next = parse_struct(parse, fill, shape->row, shape->object, one, &at);
    }
}

static void parse_item(VesselParse *parse, VesselFill *fill, const VesselShape *list, guint which,
                       const VesselJson *json, const VesselPlace *place)
{
    const VesselVariant *variant = &list->row->list->variants[which];
    const VesselShape *inner = list->variants[which];
    char *item = vessel__parse_item(parse, fill, list->row, place, at_json(json), variant->kind);
    if (!item)
        return;
    void **body = (void **)(item + list->row->list->body_offset);
    if (variant->table) {
        *body = parse_struct(parse, fill, NULL, inner, json, place);
        return;
    }
    VesselFill value = {.shape = inner, .object = body, .place = place, .at = at_json(json)};
    parse_scalar(parse, &value, inner, json, place);
}

static void keep_unknown_items(VesselParse *parse, VesselFill *fill, const VesselShape *list,
                               const VesselJson *json, const VesselPlace *place)
{
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        const VesselJson *one = vessel__json_at(json, i);
        g_autofree char *text = vessel__parse_json_element(one, list, NULL, NULL);
        if (!text) {
            wrong_kind(parse, one, place,
                       "an array of XML elements, which are not known, in strings");
            return;
        }
        char *item = vessel__parse_item(parse, fill, list->row, place, at_json(one),
                                        list->row->list->unknown);
        if (!item)
            return;
        *(char **)(item + list->row->list->body_offset) = g_steal_pointer(&text);
        vessel__parse_warning(parse, place, at_json(one), NULL,
                              "an element that is not known was kept as it is");
    }
}

static bool find_variant(const VesselShape *list, const char *key, guint *which)
{
    for (*which = 0; list->variants[*which]; (*which)++) {
        if (strcmp(list->variants[*which]->json, key) == 0)
            return true;
    }
    return false;
}

static void parse_variant(VesselParse *parse, VesselFill *fill, const VesselShape *list,
                          guint which, const VesselJson *json, const VesselPlace *in)
{
    const VesselVariant *variant = &list->row->list->variants[which];
    VesselPlace place = {in, variant->element, 0, false};

    if (variant->single) {
        parse_item(parse, fill, list, which, json, &place);
        return;
    }
    if (vessel__json_kind(json) != VESSEL_JSON_ARRAY) {
        wrong_kind(parse, json, &place, "an array");
        return;
    }
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        place.index = (guint)i + 1;
        parse_item(parse, fill, list, which, vessel__json_at(json, i), &place);
    }
}

/* Brings the items, which came kind by kind, in the order that "_order" tells. */
static void apply_order(VesselParse *parse, VesselFill *fill, const VesselShape *list,
                        const VesselJson *order, const VesselPlace *place)
{
    const VesselList *rules = list->row->list;
    GPtrArray *items = *(GPtrArray **)vessel__member(fill->object, list->row);
    size_t count = vessel__json_length(order);
    guint placed = 0;

    for (size_t i = 0; items && i < count; i++) {
        const char *word = vessel__json_string(vessel__json_at(order, i), "");
        guint which, found = placed;
        bool known = find_variant(list, word, &which);
        int kind = known ? rules->variants[which].kind : rules->unknown;
        if (!known && strcmp(word, "unknown") != 0)
            break;
        while (found < items->len &&
               *(int *)((char *)items->pdata[found] + rules->kind_offset) != kind)
            found++;
        if (found == items->len)
            break;
        gpointer item = items->pdata[found];
        memmove(&items->pdata[placed + 1], &items->pdata[placed],
                (found - placed) * sizeof(gpointer));
        items->pdata[placed++] = item;
    }
    if (!items || placed != items->len || count != items->len)
        vessel__parse_problem(parse, place, at_json(order), "leave '_order' out",
                              "'_order' does not name each of the elements once");
}

static void parse_list(VesselParse *parse, VesselFill *fill, const VesselShape *list,
                       const VesselJson *json, const VesselPlace *place)
{
    const VesselJson *order = NULL;
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        const char *key = vessel__json_key_at(json, i);
        const VesselJson *value = vessel__json_at(json, i);
        VesselPlace at = {place, key, 0, false};
        guint which;
        if (find_variant(list, key, &which)) {
            parse_variant(parse, fill, list, which, value, place);
        } else if (strcmp(key, "_order") == 0) {
            order = value;
        } else if (strcmp(key, "unknown") == 0 && (parse->flags & LENIENT)) {
            keep_unknown_items(parse, fill, list, value, &at);
        } else {
            VesselShown shown;
            g_autofree char *hint = vessel__parse_nearest(parse, list, false, key, true);
            vessel__parse_problem(parse, &at, at_json(value), hint, "'%s' is not known here",
                                  vessel__shown(key, shown));
        }
    }
    if (order)
        apply_order(parse, fill, list, order, place);
}

/* An element by its shape. */
static void parse_element(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                          const VesselJson *json, const VesselPlace *place)
{
    bool object = vessel__json_kind(json) == VESSEL_JSON_OBJECT;
    const VesselRow *row = shape->row;

    if (shape->item) {
        parse_enums(parse, fill, shape, json, place);
    } else if (row && row->kind == VESSEL_KIND_OBJECTS) {
        parse_objects(parse, fill, shape, json, place);
    } else if (row && row->kind < VESSEL_KIND_OBJECT && !(shape->json_value && object)) {
        parse_scalar(parse, fill, shape, json, place);
    } else if (!object && !(shape->object && shape->object->row)) {
        wrong_kind(parse, json, place, "an object");
    } else if (row && row->kind == VESSEL_KIND_LIST) {
        parse_list(parse, fill, shape, json, place);
    } else if (vessel__shape_is_namespace(shape)) {
        parse_namespace(parse, fill, shape, json, place);
    } else if (row && row->kind == VESSEL_KIND_OBJECT) {
        void **member = vessel__member(fill->object, row);
        if (vessel__parse_applies(parse, fill, row, place, at_json(json)))
            *member = parse_struct(parse, fill, row, shape->object, json, place);
        vessel__parse_drop_runtime(parse, fill, row, place, at_json(json), member);
    } else {
        parse_members(parse, fill, shape, json, place);
    }
}

static const VesselShape *find_member(const VesselShape *shape, const char *key)
{
    for (guint i = 0; i < shape->attribute_count; i++) {
        if (!vessel__shape_is_unit(shape->attributes[i]) &&
            strcmp(shape->attributes[i]->json, key) == 0)
            return shape->attributes[i];
    }
    for (guint i = 0; i < shape->element_count; i++) {
        if (strcmp(shape->elements[i]->json, key) == 0)
            return shape->elements[i];
    }
    return NULL;
}

/* A member that no row knows. What may stand in for it, or NULL. */
static const VesselShape *unknown_member(VesselParse *parse, VesselFill *fill,
                                         const VesselShape *shape, const char *key,
                                         const VesselJson *json, const VesselPlace *in)
{
    if (shape->table && fill->leftovers_at == in &&
        vessel__parse_json_leftovers(parse, fill, key, json))
        return NULL;
    VesselShown shown;
    VesselPlace place = {in, key, 0, false};
    g_autofree char *hint = vessel__parse_nearest(parse, shape, false, key, true);
    if (parse->flags & VESSEL_PARSE_STORED)
        vessel__parse_warning(parse, &place, at_json(json), hint, "'%s' is not known here",
                              vessel__shown(key, shown));
    else
        vessel__parse_problem(parse, &place, at_json(json), hint, "'%s' is not known here",
                              vessel__shown(key, shown));
    return vessel__parse_near(parse, fill, shape, false, key, true);
}

static void parse_member(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         const char *key, const VesselJson *json, const VesselPlace *in)
{
    const VesselShape *known = find_member(shape, key);
    if (!known)
        known = unknown_member(parse, fill, shape, key, json, in);
    if (!known)
        return;
    VesselPlace place = {in, known->name, 0, known->attribute};
    if (!vessel__parse_once(parse, fill, known, &place, at_json(json)))
        return;
    parse_element(parse, fill, known, json, &place);
    if (known->needs && !known->object)
        vessel__parse_needed(parse, fill, known, &place, at_json(json));
}

/* The value of an element that has attributes too, @value if it is given: in XML it would be there
 * whatever is in it, without a text one whose text is empty. */
static void parse_beside(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         const VesselJson *json, const VesselJson *value, const VesselPlace *place)
{
    const VesselRow *row = vessel__shape_row(shape, fill->object);
    bool presence = row->kind == VESSEL_KIND_PRESENCE;
    if (presence && value && vessel__json_kind(value) == VESSEL_JSON_BOOL &&
        !vessel__json_bool(value, false) && vessel__json_length(json) > 1)
        vessel__parse_problem(parse, place, at_json(value), "leave all of it out",
                              "'%s' cannot have attributes and not be there", place->name);
    else if (value)
        parse_scalar(parse, fill, shape, value, place);
    else if ((presence || vessel__row_has_text(row)) &&
             vessel__shape_applies(fill->shape, row, fill->object))
        vessel__parse_value(parse, fill, shape, place, at_json(json), "", NULL);
}

static void parse_members(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                          const VesselJson *json, const VesselPlace *place)
{
    const char *tag = shape->tag ? shape->tag->json : NULL;

    if (vessel__json_kind(json) != VESSEL_JSON_OBJECT) {
        wrong_kind(parse, json, place, "an object");
        return;
    }
    if (tag && vessel__json_get(json, tag))
        parse_member(parse, fill, shape, tag, vessel__json_get(json, tag), place);
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        const char *key = vessel__json_key_at(json, i);
        const VesselJson *value = vessel__json_at(json, i);
        if (shape->json_value && strcmp(key, "value") == 0)
            parse_beside(parse, fill, shape, json, value, place);
        else if ((!tag || strcmp(key, tag) != 0) &&
                 !(vessel__shape_is_namespace_table(shape) && strcmp(key, PREFIX) == 0))
            parse_member(parse, fill, shape, key, value, place);
    }
    if (shape->json_value && !vessel__json_get(json, "value"))
        parse_beside(parse, fill, shape, json, NULL, place);
}

void *vessel__parse_json(VesselParse *parse, const VesselShape *shape, const char *text,
                         size_t length)
{
    g_autoptr(VesselJson) json = NULL;
    g_autoptr(VesselError) err = NULL;
    VesselPlace place = {NULL, shape->name, 0, false};

    if (vessel__json_parse(text, length, NULL, shape->name, &json, &err) != 0) {
        g_autoptr(VesselError) own = NULL;
        vessel__fail(&own, VESSEL_ERROR_INVALID_DEFINITION, "%s", vessel_error_message(err));
        vessel__error_at(&own, NULL, vessel_error_line(err), vessel_error_column(err));
        vessel__error_cause(&own, vessel_error_cause(err));
        vessel__problems_add_error(parse->problems, own);
        return NULL;
    }
    return parse_struct(parse, NULL, NULL, shape, json, &place);
}
