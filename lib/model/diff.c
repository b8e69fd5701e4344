/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/diff.h"
#include "model/shape.h"

typedef struct {
    VesselJson *changes;
    const char *in; /* what names the nearest element around that has a name */
    guint still;    /* STILL elements around */
    bool values;    /* no whole elements where they do not repeat */
} Diff;

static void diff_struct(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                        const VesselPlace *place);

static VesselJson *add_change(Diff *diff, const char *change, const VesselPlace *place,
                              unsigned flags)
{
    VesselJson *json = vessel__json_new_object();
    g_autofree char *path = vessel__place_path(place, true);
    vessel__json_set_string(json, "path", path);
    vessel__json_set_string(json, "change", change);
    vessel__json_set_bool(json, "live", (flags & VESSEL_ROW_LIVE) && !diff->still);
    vessel__json_set_bool(json, "guest_visible", (flags & VESSEL_ROW_GUEST_ABI) != 0);
    vessel__json_set_string(json, "in", diff->in);
    vessel__json_append(diff->changes, json);
    return json;
}

static void diff_texts(Diff *diff, const VesselPlace *place, unsigned flags, const char *old,
                       const char *new)
{
    if (g_strcmp0(old, new) == 0)
        return;
    const char *change = !old ? "added" : !new ? "removed" : "changed";
    VesselJson *json = add_change(diff, change, place, flags);
    if (flags & VESSEL_ROW_SECRET) {
        vessel__json_set_bool(json, "secret", true);
        return;
    }
    vessel__json_set_string(json, "old", old);
    vessel__json_set_string(json, "new", new);
}

static void find_guest_visible(const VesselValue *value, void *data)
{
    unsigned *flags = data;
    if (value->row)
        *flags |= value->row->flags & VESSEL_ROW_GUEST_ABI;
}

/* A whole element that only one of the two has. */
static void diff_whole(Diff *diff, const VesselPlace *place, const VesselDiffItem *item,
                       unsigned flags, bool added)
{
    g_autofree char *xml =
        item->shape ? vessel__schema_format_xml(item->shape, item->body, 0) : g_strdup(item->body);
    if (!xml)
        return; /* it says nothing: a dump leaves it out */
    if (item->shape)
        vessel__schema_each_value(item->shape, item->body, find_guest_visible, &flags);
    VesselJson *json = add_change(diff, added ? "added" : "removed", place, flags);
    vessel__json_set_string(json, "name", item->key);
    vessel__json_set_string(json, added ? "new" : "old", g_strchomp(xml));
}

static void diff_moved(Diff *diff, const VesselPlace *place, const VesselDiffItem *from,
                       unsigned flags)
{
    VesselPlace old = {place->up, place->name, from->index, false};
    g_autofree char *path = vessel__place_path(&old, true);
    if (from->shape)
        vessel__schema_each_value(from->shape, from->body, find_guest_visible, &flags);
    VesselJson *json = add_change(diff, "moved", place, flags);
    vessel__json_set_string(json, "name", from->key);
    vessel__json_set_string(json, "old", path);
}

/* What @item has become, which is in the list @a as well. */
static void diff_pair(Diff *diff, GArray *a, const VesselDiffItem *item, unsigned flags,
                      const VesselPlace *place)
{
    const VesselDiffItem *was = &g_array_index(a, VesselDiffItem, item->other);
    const char *around = diff->in;
    if (item->moved)
        diff_moved(diff, place, was, flags);
    diff->in = item->key ? item->key : around;
    if (item->shape)
        diff_struct(diff, item->shape, was->body, item->body, place);
    else
        diff_texts(diff, place, item->row ? item->row->flags : flags, was->body, item->body);
    diff->in = around;
}

/* Two lists of elements of one kind. */
static void diff_items(Diff *diff, GArray *a, GArray *b, unsigned flags, const VesselPlace *up)
{
    vessel__diff_match(a, b);
    for (guint i = 0; i < a->len; i++) {
        const VesselDiffItem *item = &g_array_index(a, VesselDiffItem, i);
        VesselPlace place = {up, item->element, item->index, false};
        if (item->other == VESSEL_DIFF_NONE)
            diff_whole(diff, &place, item, flags, false);
    }
    for (guint k = 0; k < b->len; k++) {
        const VesselDiffItem *item = &g_array_index(b, VesselDiffItem, k);
        VesselPlace place = {up, item->element, item->index, false};
        if (item->other == VESSEL_DIFF_NONE)
            diff_whole(diff, &place, item, flags, true);
        else
            diff_pair(diff, a, item, flags, &place);
    }
}

static GArray *objects_of(const VesselShape *shape, const GPtrArray *objects)
{
    GArray *items = vessel__diff_items_new();
    for (guint i = 0; objects && i < objects->len; i++) {
        VesselDiffItem item = {.shape = shape->object,
                               .element = shape->name,
                               .index = i + 1,
                               .body = objects->pdata[i]};
        if (!vessel__value_hollow(shape->row, item.body, VESSEL_FORMAT_SECRET))
            vessel__diff_items_add(items, item);
    }
    return items;
}

/* The elements of one kind in a list of several; @which past the last: those that no row knows. */
static GArray *variants_of(const VesselShape *shape, const GPtrArray *all, guint which)
{
    GArray *items = vessel__diff_items_new();
    const VesselList *list = shape->row->list;
    const VesselVariant *variant = &list->variants[which];
    int kind = variant->element ? variant->kind : list->unknown;
    for (guint i = 0; all && i < all->len; i++) {
        const char *one = all->pdata[i];
        if (*(const int *)(one + list->kind_offset) != kind)
            continue;
        VesselDiffItem item = {.body = *(void *const *)(one + list->body_offset),
                               .row = variant->row,
                               .element = variant->element ? variant->element : "*",
                               .shape = variant->table ? shape->variants[which] : NULL,
                               .index = variant->single ? 0 : items->len + 1};
        vessel__diff_items_add(items, item);
    }
    return items;
}

static void diff_list(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                      const VesselPlace *place)
{
    const VesselRow *row = shape->row;
    const GPtrArray *old = *(GPtrArray *const *)vessel__member(a, row);
    const GPtrArray *new = *(GPtrArray *const *)vessel__member(b, row);
    for (guint i = 0; i == 0 || row->list->variants[i - 1].element; i++) {
        g_autoptr(GArray) x = variants_of(shape, old, i), y = variants_of(shape, new, i);
        diff_items(diff, x, y, row->flags, place);
    }
}

static void diff_object(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                        const VesselPlace *place)
{
    const void *old = *(void *const *)vessel__member(a, shape->row);
    const void *new = *(void *const *)vessel__member(b, shape->row);
    bool space = vessel__shape_is_namespace(shape); /* no element itself */
    size_t before = vessel__json_length(diff->changes);
    if (!old && !new)
        return;
    if ((old && new) || space || diff->values) {
        g_autofree void *none = g_malloc0(shape->object->table->size);
        diff_struct(diff, shape->object, old ? old : none, new ? new : none, place);
    }
    bool told = (old && new) || space || vessel__json_length(diff->changes) > before;
    if (!told) {
        VesselDiffItem item = {.shape = shape->object, .body = old ? old : new};
        diff_whole(diff, place, &item, shape->row->flags, new != NULL);
    }
}

static char *enum_words(const VesselRow *row, const void *object)
{
    const GArray *list = *(GArray *const *)vessel__member(object, row);
    GString *text = g_string_new(NULL);
    for (guint i = 0; list && i < list->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "",
                               vessel__word_at(row->words, g_array_index(list, int, i)));
    return g_string_free(text, text->len == 0);
}

/* The text of a value as far as it counts; NULL if it is not there. */
static char *value_of(const VesselRow *row, const void *object)
{
    VesselValueBuffer buffer;
    const void *member = vessel__member(object, row);
    if (!vessel__value_present(row, member))
        return NULL;
    if ((row->flags & VESSEL_ROW_RUNTIME) && (!row->own || !row->own(*(char *const *)member)))
        return NULL;
    if (row->kind == VESSEL_KIND_METADATA)
        return g_strdup(*(char *const *)member);
    return g_strdup(vessel__value_text(row, member, buffer));
}

static void diff_scalar(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                        const VesselPlace *place)
{
    const VesselRow *old = vessel__shape_row(shape, a), *new = vessel__shape_row(shape, b);
    g_autofree char *x = value_of(old, a), *y = value_of(new, b);
    diff_texts(diff, place, old->flags | new->flags, x, y);
}

static void diff_children(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                          const VesselPlace *place);

static void diff_any(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                     const VesselPlace *up)
{
    VesselPlace place = {up, shape->name, 0, shape->attribute};
    const VesselRow *row = shape->row;
    if (shape->item) {
        VesselPlace item = {&place, shape->item->name, 0, true};
        g_autofree char *x = enum_words(shape->item->row, a), *y = enum_words(shape->item->row, b);
        diff_texts(diff, &item, shape->item->row->flags, x, y);
    } else if (row && row->kind == VESSEL_KIND_OBJECT) {
        diff_object(diff, shape, a, b, &place);
    } else if (row && row->kind == VESSEL_KIND_OBJECTS) {
        g_autoptr(GArray) x = objects_of(shape, *(GPtrArray *const *)vessel__member(a, row));
        g_autoptr(GArray) y = objects_of(shape, *(GPtrArray *const *)vessel__member(b, row));
        diff_items(diff, x, y, row->flags, up);
    } else if (row && row->kind == VESSEL_KIND_LIST) {
        diff_list(diff, shape, a, b, &place);
    } else {
        if (row)
            diff_scalar(diff, shape, a, b, &place);
        diff_children(diff, shape, a, b, &place);
    }
}

static void diff_shape(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                       const VesselPlace *up)
{
    const VesselRow *row = shape->row;
    bool inner = row && row->kind >= VESSEL_KIND_OBJECT;
    if (vessel__shape_is_unit(shape) || (row && (row->flags & VESSEL_ROW_OLD)) ||
        (inner && (row->flags & VESSEL_ROW_RUNTIME)))
        return;
    bool still = row && ((row->flags & VESSEL_ROW_STILL) || !vessel__shape_is_live(shape, a) ||
                         !vessel__shape_is_live(shape, b));
    diff->still += still;
    diff_any(diff, shape, a, b, up);
    diff->still -= still;
}

static void diff_children(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                          const VesselPlace *place)
{
    for (guint i = 0; i < shape->attribute_count; i++)
        diff_shape(diff, shape->attributes[i], a, b, place);
    for (guint i = 0; i < shape->element_count; i++)
        diff_shape(diff, shape->elements[i], a, b, place);
}

/* What no row knows, and elements of other namespaces. */
static bool has_leftover(const GPtrArray *all, const VesselLeftover *one)
{
    for (guint i = 0; all && i < all->len; i++) {
        const VesselLeftover *other = all->pdata[i];
        if (other->attribute == one->attribute && strcmp(other->path, one->path) == 0 &&
            strcmp(other->name, one->name) == 0 && g_strcmp0(other->uri, one->uri) == 0 &&
            strcmp(other->text, one->text) == 0)
            return true;
    }
    return false;
}

static void diff_leftovers(Diff *diff, const GPtrArray *in, const GPtrArray *other, bool added,
                           const VesselPlace *place)
{
    for (guint i = 0; in && i < in->len; i++) {
        const VesselLeftover *one = in->pdata[i];
        if (has_leftover(other, one))
            continue;
        VesselPlace inner = {place, one->path, 0, false};
        VesselPlace at = {*one->path ? &inner : place, one->name, 0, one->attribute};
        VesselJson *json = add_change(diff, added ? "added" : "removed", &at, 0);
        vessel__json_set_string(json, added ? "new" : "old", one->text);
    }
}

static void diff_struct(Diff *diff, const VesselShape *shape, const void *a, const void *b,
                        const VesselPlace *place)
{
    if (vessel__shape_own(vessel__shape_inside(shape)))
        diff_scalar(diff, shape, a, b, place);
    diff_children(diff, shape, a, b, place);
    GPtrArray **old = vessel__leftovers(shape->table, a);
    if (!old)
        return;
    GPtrArray **new = vessel__leftovers(shape->table, b);
    diff_leftovers(diff, *old, *new, false, place);
    diff_leftovers(diff, *new, *old, true, place);
}

static VesselJson *diff_all(const VesselKind *kind, const void *a, const void *b, bool values)
{
    const VesselShape *shape = kind->shape();
    VesselPlace place = {NULL, shape->name, 0, false};
    Diff diff = {.changes = vessel__json_new_array(), .values = values};
    diff_struct(&diff, shape, a, b, &place);
    return diff.changes;
}

VesselJson *vessel__diff(const VesselKind *kind, const void *a, const void *b)
{
    return diff_all(kind, a, b, false);
}

VesselJson *vessel__diff_values(const VesselKind *kind, const void *a, const void *b)
{
    return diff_all(kind, a, b, true);
}
