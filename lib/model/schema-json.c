/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON Schema, draft 2020-12. */
#include "model/explain.h"
#include "model/schema-files.h"

typedef struct {
    GPtrArray *parts;
    const VesselShape *root;
} Schema;

static VesselJson *typed(const char *type)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_string(json, "type", type);
    return json;
}

/* The row's regular expression: anchored, and without classes that not every engine knows. */
static VesselJson *matching(const char *pattern)
{
    VesselJson *json = typed("string");
    g_auto(GStrv) parts = g_strsplit(pattern, "\\p{Cc}", -1);
    g_autofree char *plain = g_strjoinv("\\u0000-\\u001f\\u007f-\\u009f", parts);
    g_autofree char *anchored = g_strdup_printf("^(?:%s)$", plain);
    vessel__json_set_string(json, "pattern", anchored);
    return json;
}

/* Takes both. */
static VesselJson *either(VesselJson *a, VesselJson *b)
{
    VesselJson *json = vessel__json_new_object(), *array = vessel__json_new_array();
    vessel__json_append(array, a);
    vessel__json_append(array, b);
    vessel__json_set(json, "anyOf", array);
    return json;
}

static VesselJson *within(uint64_t min, uint64_t max)
{
    VesselJson *json = typed("integer");
    vessel__json_set_uint(json, "minimum", min);
    vessel__json_set_uint(json, "maximum", max);
    return json;
}

static VesselJson *one_of_words(VesselWords words, uint32_t which)
{
    VesselJson *json = vessel__json_new_object(), *array = vessel__json_new_array();
    for (guint i = 1; words[i]; i++) {
        if (!which || ((which >> i) & 1))
            vessel__json_append_string(array, words[i]);
    }
    vessel__json_set(json, "enum", array);
    return json;
}

static VesselJson *value_of_string(const VesselRow *row)
{
    if (vessel__form_is_number(row->form))
        return either(typed("integer"), matching(row->form->pattern));
    g_autofree char *pattern = vessel__row_pattern(row);
    VesselJson *json = pattern ? matching(pattern) : typed("string");
    vessel__json_set_uint(json, "maxLength", row->max);
    return json;
}

static VesselJson *value_of_number(const VesselRow *row)
{
    const char *hex = vessel__row_hex_pattern(row);
    g_autofree char *pattern =
        g_strdup_printf("\\s*(%s%s[0-9]+)\\s*", hex ? hex : "", hex ? "|" : "");
    return either(within(row->min, row->max), matching(pattern));
}

/* A number may come as a string, too. */
static VesselJson *value_of(const VesselRow *row, uint32_t which)
{
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        return value_of_string(row);
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
        return value_of_number(row);
    case VESSEL_KIND_SIZE:
        return either(within(row->min, row->max),
                      matching("\\s*[0-9]+( *(" VESSEL_UNIT_PATTERN "))?\\s*"));
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_PRESENCE:
        return typed("boolean");
    case VESSEL_KIND_METADATA: {
        if (row->flags & VESSEL_ROW_OPAQUE)
            return typed("string");
        VesselJson *map = typed("object");
        vessel__json_set(map, "additionalProperties", typed("string"));
        return map;
    }
    default:
        return one_of_words(row->words, which);
    }
}

static VesselJson *reference(Schema *schema, const VesselShape *shape, VesselCase one)
{
    VesselJson *json = vessel__json_new_object();
    g_autofree char *place =
        g_strconcat("#/$defs/", vessel__part_name(schema->parts, shape, one), NULL);
    vessel__json_set_string(json, "$ref", place);
    return json;
}

static VesselJson *array_of(VesselJson *item, uint64_t max)
{
    VesselJson *json = typed("array");
    vessel__json_set(json, "items", item);
    if (max)
        vessel__json_set_uint(json, "maxItems", max);
    return json;
}

/* An object with this one member. */
static VesselJson *alone_of(const VesselShape *member)
{
    VesselJson *one = typed("object"), *members = vessel__json_new_object();
    VesselJson *required = vessel__json_new_array();
    vessel__json_set(members, member->json, value_of(member->row, 0));
    vessel__json_append_string(required, member->json);
    vessel__json_set(one, "properties", members);
    vessel__json_set(one, "required", required);
    vessel__json_set_bool(one, "additionalProperties", false);
    return one;
}

/* The same, and any others but the tag. */
static VesselJson *alone_without(const VesselShape *member, const VesselShape *tag)
{
    VesselJson *one = alone_of(member), *members = vessel__json_new_object();
    vessel__json_set(members, member->json, value_of(member->row, 0));
    vessel__json_set_bool(members, tag->json, false);
    vessel__json_set(one, "properties", members);
    vessel__json_set_bool(one, "additionalProperties", true);
    return one;
}

static VesselJson *enums_of(const VesselShape *item)
{
    return array_of(alone_of(item), item->row->max);
}

static VesselJson *list_of(Schema *schema, const VesselShape *shape, VesselCase one)
{
    VesselJson *json = typed("object"), *members = vessel__json_new_object();
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (gpointer) "");
    for (guint i = 0; shape->variants[i]; i++) {
        const VesselVariant *variant = &shape->row->list->variants[i];
        VesselJson *item =
            variant->table ? reference(schema, shape->variants[i], one) : value_of(variant->row, 0);
        if (!variant->single)
            item = array_of(item, 0);
        vessel__json_set_string(item, "description", variant->doc);
        vessel__json_set(members, shape->variants[i]->json, item);
        g_ptr_array_add(words, (gpointer)shape->variants[i]->json);
    }
    g_ptr_array_add(words, NULL);
    vessel__json_set(members, "_order", array_of(one_of_words((VesselWords)words->pdata, 0), 0));
    vessel__json_set(json, "properties", members);
    vessel__json_set_bool(json, "additionalProperties", false);
    return json;
}

static VesselJson *content_of(Schema *schema, const VesselShape *shape, const VesselRow *row,
                              VesselCase one);

static VesselJson *element_of(Schema *schema, const VesselShape *shape, const VesselRow *row,
                              VesselCase one)
{
    if (shape->item)
        return enums_of(shape->item);
    if (shape->object && row->kind == VESSEL_KIND_OBJECTS)
        return array_of(reference(schema, shape->object, one), row->max);
    if (shape->object && row->alone) {
        const VesselShape *inside = vessel__shape_inside(shape->object);
        return either(alone_without(vessel__shape_element(inside, row->alone), inside->tag),
                      reference(schema, shape->object, one));
    }
    if (shape->object)
        return reference(schema, shape->object, one);
    if (row && row->kind == VESSEL_KIND_LIST)
        return list_of(schema, shape, one);
    return content_of(schema, shape, row, one);
}

static void add_member(Schema *schema, VesselJson *members, VesselJson *required,
                       const VesselShape *shape, VesselCase one)
{
    const VesselRow *row = vessel__case_row(shape, one);
    bool is_tag = vessel__case_is_tag(shape, one);
    if (!vessel__case_allows(shape, one) || vessel__shape_is_unit(shape) ||
        (is_tag && one.tags == 1))
        return;
    VesselJson *json = is_tag ? value_of(row, one.tags) : element_of(schema, shape, row, one);
    if (row)
        vessel__json_set_string(json, "description", row->doc);
    if (row && row->preset)
        vessel__json_set(json, "default", vessel__row_preset(row));
    vessel__json_set(members, shape->json, json);
    if (is_tag ? !(one.tags & 1) : vessel__case_requires(shape, one))
        vessel__json_append_string(required, shape->json);
}

/* An object of the members of @shape; its text is one of them. */
static VesselJson *object_of(Schema *schema, const VesselShape *shape, const VesselRow *row,
                             VesselCase one)
{
    VesselJson *json = typed("object"), *members = vessel__json_new_object();
    VesselJson *required = vessel__json_new_array();

    if (row)
        vessel__json_set(members, "value", value_of(row, 0));
    if (row && (row->flags & VESSEL_ROW_REQUIRED))
        vessel__json_append_string(required, "value");
    for (guint i = 0; i < shape->attribute_count; i++)
        add_member(schema, members, required, shape->attributes[i], one);
    for (guint i = 0; i < shape->element_count; i++)
        add_member(schema, members, required, shape->elements[i], one);
    if ((shape == schema->root || (shape->table && shape->table->document)) &&
        shape->table->leftovers >= 0)
        vessel__json_set(members, "foreign", array_of(typed("string"), 0));
    if (vessel__shape_is_namespace_table(shape))
        vessel__json_set(members, VESSEL_JSON_PREFIX, typed("string"));
    vessel__json_set(json, "properties", members);
    if (vessel__json_length(required) > 0)
        vessel__json_set(json, "required", g_steal_pointer(&required));
    vessel__json_free(required);
    vessel__json_set_bool(json, "additionalProperties", false);
    return json;
}

static VesselJson *content_of(Schema *schema, const VesselShape *shape, const VesselRow *row,
                              VesselCase one)
{
    if (!row || row->kind >= VESSEL_KIND_OBJECT)
        return object_of(schema, shape, NULL, one);
    if (!shape->json_value)
        return value_of(row, 0);
    return either(value_of(row, 0), object_of(schema, shape, row, one));
}

static VesselJson *part_of(Schema *schema, const VesselPart *part)
{
    g_autoptr(GArray) cases = vessel__part_cases(part);
    VesselJson *json = NULL, *any = vessel__json_new_array();
    for (guint i = 0; i < cases->len; i++) {
        VesselCase one = g_array_index(cases, VesselCase, i);
        json = content_of(schema, part->shape, vessel__case_row(part->shape, one), one);
        if (cases->len > 1)
            vessel__json_append(any, json);
    }
    if (cases->len > 1) {
        json = vessel__json_new_object();
        vessel__json_set(json, "anyOf", g_steal_pointer(&any));
    }
    vessel__json_free(any);
    return json;
}

char *vessel__schema_json(const VesselKind *kind)
{
    g_autoptr(GPtrArray) parts = vessel__parts_new();
    g_autoptr(VesselJson) json = vessel__json_new_object();
    Schema schema = {parts, kind->shape()};
    VesselCase none = {-1, 0};
    VesselJson *first = reference(&schema, schema.root, none), *all = vessel__json_new_object();

    for (guint i = 0; i < parts->len; i++) {
        const VesselPart *part = parts->pdata[i];
        VesselJson *made = part_of(&schema, part);
        vessel__json_set(all, part->name, made);
    }
    vessel__json_set_string(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    vessel__json_set_string(json, "title", kind->word);
    vessel__json_set_string(json, "description", kind->doc);
    vessel__json_set_string(json, "$ref", vessel__json_get_string(first, "$ref", NULL));
    vessel__json_set(json, "$defs", all);
    vessel__json_free(first);
    return vessel__json_format(json, true);
}
