/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be done with a filled struct and its rows: presence, copy, free, equality, the walk. */
#include "model/namespaces.h"
#include "model/shape.h"

bool vessel__value_present(const VesselRow *row, const void *member)
{
    switch (row->kind) {
    case VESSEL_KIND_STRING:
    case VESSEL_KIND_METADATA:
    case VESSEL_KIND_OBJECT:
        return *(void *const *)member != NULL;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        return ((const VesselNumber *)member)->set;
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
        return *(const int *)member != 0;
    case VESSEL_KIND_PRESENCE:
        return *(const VesselTri *)member == VESSEL_TRI_YES;
    case VESSEL_KIND_ENUM_LIST:
        return *(GArray *const *)member && (*(GArray *const *)member)->len > 0;
    case VESSEL_KIND_OBJECTS:
    case VESSEL_KIND_LIST:
        return *(GPtrArray *const *)member && (*(GPtrArray *const *)member)->len > 0;
    }
    return false;
}

/* Written from the end of @buffer: snprintf() would be a seventh of a dump. */
static const char *number_text(const VesselRow *row, uint64_t value, VesselValueBuffer buffer)
{
    bool hex = row->kind == VESSEL_KIND_HEX;
    unsigned base = hex ? 16 : 10;
    char *end = buffer + sizeof(VesselValueBuffer) - 1, *at = end;

    *at = '\0';
    do {
        *--at = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0 || end - at < row->width);
    if (hex) {
        *--at = 'x';
        *--at = '0';
    }
    return at;
}

const char *vessel__value_text(const VesselRow *row, const void *member, VesselValueBuffer buffer)
{
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        return *(char *const *)member;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        return number_text(row, ((const VesselNumber *)member)->value, buffer);
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
        return vessel__word_at(row->words, *(const int *)member);
    default:
        return "";
    }
}

const char *vessel__row_libvirt_word(const VesselRow *row, const char *word)
{
    for (VesselWords pair = row->libvirt; word && pair && pair[0]; pair += 2) {
        if (strcmp(pair[0], word) == 0)
            return pair[1];
    }
    return word;
}

bool vessel__value_hidden(const VesselRow *row, const void *member, unsigned flags)
{
    if (row->flags & VESSEL_ROW_OLD)
        return true;
    if ((row->flags & VESSEL_ROW_SECRET) && !(flags & VESSEL_FORMAT_SECRET))
        return true;
    if (!(row->flags & VESSEL_ROW_RUNTIME) || (flags & VESSEL_FORMAT_RUNTIME))
        return false;
    return !row->own || !row->own(*(char *const *)member);
}

bool vessel__value_hollow(const VesselRow *row, const void *object, unsigned flags)
{
    if (!(row->flags & VESSEL_ROW_HOLLOW))
        return false;
    for (const VesselRow *one = row->table->rows; one->path; one++) {
        const void *member = vessel__member(object, one);
        bool of_holder = strcmp(one->path, "..") == 0;
        if (!of_holder && vessel__value_present(one, member) &&
            !vessel__value_hidden(one, member, flags))
            return false;
    }
    GPtrArray **leftovers = vessel__leftovers(row->table, object);
    return !leftovers || !*leftovers || (*leftovers)->len == 0;
}

void vessel__value_clear(const VesselRow *row, void *member)
{
    switch (row->kind) {
    case VESSEL_KIND_STRING:
    case VESSEL_KIND_METADATA:
        g_clear_pointer((char **)member, g_free);
        return;
    case VESSEL_KIND_OBJECT:
        vessel__schema_free(row->table, *(void **)member);
        *(void **)member = NULL;
        return;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        *(VesselNumber *)member = (VesselNumber){0};
        return;
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_PRESENCE:
        *(int *)member = 0;
        return;
    case VESSEL_KIND_ENUM_LIST:
        g_clear_pointer((GArray **)member, g_array_unref);
        return;
    case VESSEL_KIND_OBJECTS: {
        GPtrArray *objects = *(GPtrArray **)member;
        for (guint i = 0; objects && i < objects->len; i++)
            vessel__schema_free(row->table, objects->pdata[i]);
        g_clear_pointer((GPtrArray **)member, g_ptr_array_unref);
        return;
    }
    case VESSEL_KIND_LIST:
        g_clear_pointer((GPtrArray **)member, g_ptr_array_unref);
        return;
    }
}

static const VesselVariant *find_variant(const VesselList *list, int kind)
{
    for (const VesselVariant *variant = list->variants; variant->element; variant++) {
        if (variant->kind == kind)
            return variant;
    }
    return NULL;
}

static void **item_body(const VesselList *list, const void *item)
{
    return (void **)((char *)item + list->body_offset);
}

static int item_kind(const VesselList *list, const void *item)
{
    return *(const int *)((const char *)item + list->kind_offset);
}

void vessel__schema_free_item(const VesselList *list, void *item)
{
    const VesselVariant *variant = find_variant(list, item_kind(list, item));
    void **body = item_body(list, item);
    if (variant && variant->table)
        vessel__schema_free(variant->table, *body);
    else
        g_free(*body);
    g_free(item);
}

static void *copy_item(const VesselList *list, const void *item)
{
    const VesselVariant *variant = find_variant(list, item_kind(list, item));
    void *copy = g_memdup2(item, list->size);
    void **body = item_body(list, copy);
    *body = variant && variant->table ? vessel__schema_copy(variant->table, *body)
                                      : (void *)g_strdup(*body);
    return copy;
}

static bool equal_items(const VesselList *list, const void *a, const void *b)
{
    int kind = item_kind(list, a);
    if (kind != item_kind(list, b))
        return false;
    const VesselVariant *variant = find_variant(list, kind);
    const void *body_a = *item_body(list, a), *body_b = *item_body(list, b);
    if (variant && variant->table)
        return vessel__schema_equal(variant->table, body_a, body_b);
    return g_strcmp0(body_a, body_b) == 0;
}

static GPtrArray *copy_list(const VesselList *list, const GPtrArray *from)
{
    GPtrArray *copy = g_ptr_array_new_full(from->len, list->free);
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(copy, copy_item(list, from->pdata[i]));
    return copy;
}

static bool equal_lists(const VesselList *list, const GPtrArray *a, const GPtrArray *b)
{
    guint count = a ? a->len : 0;
    if (count != (b ? b->len : 0))
        return false;
    for (guint i = 0; i < count; i++) {
        if (!equal_items(list, a->pdata[i], b->pdata[i]))
            return false;
    }
    return true;
}

static bool equal_enums(const GArray *a, const GArray *b)
{
    guint count = a ? a->len : 0;
    return count == (b ? b->len : 0) &&
           (count == 0 || memcmp(a->data, b->data, count * sizeof(int)) == 0);
}

static GPtrArray *copy_objects(const VesselTable *table, const GPtrArray *from)
{
    GPtrArray *copy = g_ptr_array_sized_new(from->len);
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(copy, vessel__schema_copy(table, from->pdata[i]));
    return copy;
}

/* The next one from *at on that counts; NULL at the end. */
static const void *next_object(const VesselRow *row, const GPtrArray *objects, guint *at)
{
    while (objects && *at < objects->len) {
        const void *one = objects->pdata[(*at)++];
        if (!vessel__value_hollow(row, one, VESSEL_FORMAT_SECRET))
            return one;
    }
    return NULL;
}

static bool equal_objects(const VesselRow *row, const GPtrArray *a, const GPtrArray *b)
{
    guint at_a = 0, at_b = 0;
    for (;;) {
        const void *one = next_object(row, a, &at_a), *two = next_object(row, b, &at_b);
        if (!one && !two)
            return true;
        if (!vessel__schema_equal(row->table, one, two))
            return false;
    }
}

void vessel__value_copy(const VesselRow *row, const void *from, void *to)
{
    switch (row->kind) {
    case VESSEL_KIND_STRING:
    case VESSEL_KIND_METADATA:
        *(char **)to = g_strdup(*(char *const *)from);
        return;
    case VESSEL_KIND_OBJECT:
        *(void **)to = vessel__schema_copy(row->table, *(void *const *)from);
        return;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        *(VesselNumber *)to = *(const VesselNumber *)from;
        return;
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_PRESENCE:
        *(int *)to = *(const int *)from;
        return;
    case VESSEL_KIND_ENUM_LIST:
        *(GArray **)to = *(GArray *const *)from ? g_array_copy(*(GArray *const *)from) : NULL;
        return;
    case VESSEL_KIND_OBJECTS:
        *(GPtrArray **)to =
            *(GPtrArray *const *)from ? copy_objects(row->table, *(GPtrArray *const *)from) : NULL;
        return;
    case VESSEL_KIND_LIST:
        *(GPtrArray **)to =
            *(GPtrArray *const *)from ? copy_list(row->list, *(GPtrArray *const *)from) : NULL;
        return;
    }
}

bool vessel__value_equal(const VesselRow *row, const void *a, const void *b)
{
    switch (row->kind) {
    case VESSEL_KIND_STRING:
    case VESSEL_KIND_METADATA:
        return g_strcmp0(*(char *const *)a, *(char *const *)b) == 0;
    case VESSEL_KIND_OBJECT:
        return vessel__schema_equal(row->table, *(void *const *)a, *(void *const *)b);
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE: {
        const VesselNumber *x = a, *y = b;
        return x->set == y->set && (!x->set || x->value == y->value);
    }
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_PRESENCE:
        return *(const int *)a == *(const int *)b;
    case VESSEL_KIND_ENUM_LIST:
        return equal_enums(*(GArray *const *)a, *(GArray *const *)b);
    case VESSEL_KIND_OBJECTS:
        return equal_objects(row, *(GPtrArray *const *)a, *(GPtrArray *const *)b);
    case VESSEL_KIND_LIST:
        return equal_lists(row->list, *(GPtrArray *const *)a, *(GPtrArray *const *)b);
    }
    return false;
}

static GPtrArray *copy_leftovers(const GPtrArray *from)
{
    GPtrArray *copy = g_ptr_array_new_with_free_func((GDestroyNotify)vessel__leftover_free);
    for (guint i = 0; i < from->len; i++) {
        const VesselLeftover *one = from->pdata[i];
        g_ptr_array_add(copy, vessel__leftover_copy(one));
    }
    return copy;
}

static bool equal_leftovers(const GPtrArray *a, const GPtrArray *b)
{
    guint count = a ? a->len : 0;
    if (count != (b ? b->len : 0))
        return false;
    for (guint i = 0; i < count; i++) {
        const VesselLeftover *x = a->pdata[i], *y = b->pdata[i];
        if (strcmp(x->path, y->path) != 0 || x->attribute != y->attribute ||
            strcmp(x->name, y->name) != 0 || g_strcmp0(x->uri, y->uri) != 0 ||
            strcmp(x->text, y->text) != 0)
            return false;
    }
    return true;
}

void *vessel__schema_copy(const VesselTable *table, const void *object)
{
    if (!object)
        return NULL;
    void *copy = g_malloc0(table->size);
    for (const VesselRow *row = table->rows; row->path; row++) {
        void *member = vessel__member(copy, row);
        if (!vessel__value_present(row, member)) /* of several rows of one member the first */
            vessel__value_copy(row, vessel__member(object, row), member);
    }
    GPtrArray **leftovers = vessel__leftovers(table, object);
    if (leftovers && *leftovers)
        *vessel__leftovers(table, copy) = copy_leftovers(*leftovers);
    int **lines = vessel__lines(table, object);
    if (lines && *lines)
        *vessel__lines(table, copy) = g_memdup2(*lines, (gsize)(**lines + 1) * sizeof(int));
    vessel__namespaces_copy(table, object, copy);
    return copy;
}

void vessel__schema_free(const VesselTable *table, void *object)
{
    if (!object)
        return;
    for (const VesselRow *row = table->rows; row->path; row++)
        vessel__value_clear(row, vessel__member(object, row));
    GPtrArray **leftovers = vessel__leftovers(table, object);
    if (leftovers)
        g_clear_pointer(leftovers, g_ptr_array_unref);
    int **lines = vessel__lines(table, object);
    if (lines)
        g_free(*lines);
    vessel__namespaces_free(table, object);
    g_free(object);
}

/* What only a running domain has is no part of what it is defined as: alias net0 is nothing, ua-net
 * is. */
static bool equal_runtime(const VesselRow *row, const void *a, const void *b)
{
    if (!row->own)
        return true;
    const char *one = *(char *const *)a, *two = *(char *const *)b;
    one = one && row->own(one) ? one : NULL;
    two = two && row->own(two) ? two : NULL;
    return g_strcmp0(one, two) == 0;
}

bool vessel__schema_equal(const VesselTable *table, const void *a, const void *b)
{
    if (!a || !b)
        return a == b;
    for (const VesselRow *row = table->rows; row->path; row++) {
        const void *one = vessel__member(a, row), *two = vessel__member(b, row);
        if (!(row->flags & VESSEL_ROW_RUNTIME ? equal_runtime(row, one, two)
                                              : vessel__value_equal(row, one, two)))
            return false;
    }
    GPtrArray **leftovers = vessel__leftovers(table, a);
    return (!leftovers || equal_leftovers(*leftovers, *vessel__leftovers(table, b))) &&
           vessel__namespaces_equal(table, a, b);
}

typedef struct {
    VesselValueVisitor visit;
    void *data;
    GString *path; /* without indices */
} ValueWalk;

static void walk_values(ValueWalk *walk, const VesselShape *shape, const void *object,
                        const VesselPlace *place);

static void report(ValueWalk *walk, const VesselPlace *place, const VesselRow *row,
                   const char *word, const char *uri)
{
    VesselValue value = {walk->path->str, row, word, uri, place};
    walk->visit(&value, walk->data);
}

char *vessel__schema_value_path(const VesselValue *value)
{
    return vessel__place_path(value->place, true);
}

static void walk_enums(ValueWalk *walk, const VesselRow *row, const void *object,
                       const VesselPlace *element, const char *attribute)
{
    const GArray *list = *(GArray *const *)vessel__member(object, row);
    for (guint i = 0; list && i < list->len; i++) {
        VesselPlace at = {element->up, element->name, i + 1, false};
        VesselPlace place = {&at, attribute, 0, true};
        report(walk, &place, row, vessel__word_at(row->words, g_array_index(list, int, i)), NULL);
    }
}

static void walk_list(ValueWalk *walk, const VesselShape *shape, const GPtrArray *items,
                      const VesselPlace *place)
{
    const VesselList *list = shape->row->list;
    gsize length = walk->path->len;
    guint counts[VESSEL_VARIANTS_MAX] = {0};

    for (guint i = 0; items && i < items->len; i++) {
        const void *item = items->pdata[i];
        const VesselVariant *variant = find_variant(list, item_kind(list, item));
        if (!variant)
            continue;
        guint which = (guint)(variant - list->variants);
        const VesselShape *inner = shape->variants[which];
        VesselPlace at = {place, variant->element, variant->single ? 0 : ++counts[which], false};
        vessel__path_append(walk->path, variant->element, false);
        report(walk, &at, variant->row, NULL, NULL);
        if (variant->table)
            walk_values(walk, inner, *item_body(list, item), &at);
        g_string_truncate(walk->path, length);
    }
}

static void report_own(ValueWalk *walk, const VesselRow *row, const void *object,
                       const VesselPlace *place)
{
    VesselValueBuffer buffer;
    const void *member = vessel__member(object, row);
    bool word = row->words || row->kind == VESSEL_KIND_STRING;
    report(walk, place, row, word ? vessel__value_text(row, member, buffer) : NULL, NULL);
}

static void walk_objects(ValueWalk *walk, const VesselShape *shape, const GPtrArray *objects,
                         VesselPlace *place)
{
    for (guint i = 0; i < objects->len; i++) {
        place->index = i + 1;
        report(walk, place, shape->row, NULL, NULL);
        walk_values(walk, shape->object, objects->pdata[i], place);
    }
}

/* The value of an element or attribute itself, and what is beneath it. */
static void walk_one(ValueWalk *walk, const VesselShape *shape, const void *object,
                     const VesselPlace *up)
{
    VesselPlace place = {up, shape->name, 0, shape->attribute};
    const VesselRow *row = vessel__shape_row(shape, object);
    gsize length = walk->path->len;

    if (vessel__shape_is_unit(shape) || (row && (row->flags & VESSEL_ROW_OLD)))
        return;
    vessel__path_append(walk->path, shape->name, shape->attribute);
    if (shape->item) {
        g_string_append_printf(walk->path, "/@%s", shape->item->name);
        walk_enums(walk, shape->item->row, object, &place, shape->item->name);
    } else if (!row || !vessel__value_present(row, vessel__member(object, row))) {
        walk_values(walk, shape, object, &place);
    } else if (row->kind == VESSEL_KIND_OBJECT) {
        report(walk, &place, row, NULL, NULL);
        walk_values(walk, shape->object, *(void *const *)vessel__member(object, row), &place);
    } else if (row->kind == VESSEL_KIND_OBJECTS) {
        walk_objects(walk, shape, *(GPtrArray *const *)vessel__member(object, row), &place);
    } else if (row->kind == VESSEL_KIND_LIST) {
        walk_list(walk, shape, *(GPtrArray *const *)vessel__member(object, row), &place);
    } else {
        report_own(walk, row, object, &place);
        walk_values(walk, shape, object, &place);
    }
    g_string_truncate(walk->path, length);
}

static void walk_values(ValueWalk *walk, const VesselShape *shape, const void *object,
                        const VesselPlace *place)
{
    const VesselRow *own = vessel__shape_own(vessel__shape_inside(shape));
    if (own && vessel__value_present(own, vessel__member(object, own)))
        report_own(walk, own, object, place);
    for (guint i = 0; i < shape->attribute_count; i++)
        walk_one(walk, shape->attributes[i], object, place);
    for (guint i = 0; i < shape->element_count; i++)
        walk_one(walk, shape->elements[i], object, place);
    if (!shape->table)
        return;
    GPtrArray **leftovers = vessel__leftovers(shape->table, object);
    for (guint i = 0; leftovers && *leftovers && i < (*leftovers)->len; i++) {
        const VesselLeftover *one = (*leftovers)->pdata[i];
        if (!one->uri)
            continue;
        gsize length = walk->path->len;
        VesselPlace at = {place, one->name, 0, false};
        g_string_append_printf(walk->path, "/%s", one->name);
        report(walk, &at, NULL, NULL, one->uri);
        g_string_truncate(walk->path, length);
    }
}

void vessel__schema_each_value(const VesselShape *shape, const void *object,
                               VesselValueVisitor visit, void *data)
{
    g_autoptr(GString) path = g_string_sized_new(128);
    ValueWalk walk = {visit, data, path};
    VesselPlace place = {NULL, shape->name, 0, false};

    g_string_append_printf(path, "/%s", shape->name);
    walk_values(&walk, shape, object, &place);
}
