/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walk over all rows, with the names they have in XML and in JSON. */
#include "model/shape.h"

typedef struct {
    VesselPlaceVisitor visit;
    void *data;
    GString *path, *json;
    GPtrArray *inside;           /* tables that are being walked */
    guint still;                 /* STILL elements around */
    const VesselLiveIf *live_if; /* the innermost around */
} Walk;

static const VesselRow *tag_of(const VesselShape *shape)
{
    return shape->root && shape->root->tag ? shape->root->tag->row : NULL;
}

static void report(Walk *walk, const VesselShape *shape, const VesselRow *row,
                   const VesselVariant *variant, bool again)
{
    /* Beside attributes the text has a member of its own, but where it may stand plain. */
    bool value = shape->json_value && row && vessel__row_has_text(row) && !variant &&
                 row->kind != VESSEL_KIND_SIZE;
    gsize length = walk->json->len;
    if (value)
        g_string_append(walk->json, ".value");
    VesselRowPlace place = {walk->path->str, walk->json->str, shape,           row, tag_of(shape),
                            variant,         again,           walk->still > 0, NULL};
    if (row && row->flags & VESSEL_ROW_LIVE && !place.still)
        place.live_if = walk->live_if;
    walk->visit(&place, walk->data);
    g_string_truncate(walk->json, length);
}

static void walk_shape(Walk *walk, const VesselShape *shape, const VesselVariant *variant);

static void walk_inside(Walk *walk, const VesselShape *shape)
{
    for (guint i = 0; i < shape->attribute_count; i++)
        walk_shape(walk, shape->attributes[i], NULL);
    for (guint i = 0; i < shape->element_count; i++)
        walk_shape(walk, shape->elements[i], NULL);
    for (guint i = 0; shape->variants && shape->variants[i]; i++)
        walk_shape(walk, shape->variants[i], &shape->row->list->variants[i]);
}

/* The path of what @row looks at, which is in the same table; @path is that of @row. */
static char *live_path(const char *path, const VesselRow *row)
{
    size_t above = strlen(path) - strlen(row->path);
    return g_strdup_printf("%.*s%s", (int)above, path, row->live_if);
}

static void walk_shape(Walk *walk, const VesselShape *shape, const VesselVariant *variant)
{
    gsize path = walk->path->len, json = walk->json->len;
    const VesselRow *live_tag = vessel__shape_live_tag(shape);
    const VesselLiveIf *outer = walk->live_if;
    const VesselShape *inner = vessel__shape_inside(shape->object ? shape->object : shape);
    if (vessel__shape_is_unit(shape))
        return;
    vessel__path_append(walk->path, shape->name, shape->attribute);
    if (walk->json->len > 0)
        g_string_append_c(walk->json, '.');
    g_string_append(walk->json, shape->json);
    g_autofree char *at = live_tag ? live_path(walk->path->str, shape->row) : NULL;
    VesselLiveIf own = {at, live_tag, shape->row ? shape->row->live_words : 0};
    if (live_tag)
        walk->live_if = &own;
    bool again = inner->table && g_ptr_array_find(walk->inside, inner->table, NULL);
    if (variant && variant->table)
        report(walk, shape, NULL, variant, again);
    if (shape->row)
        report(walk, shape, shape->row, variant && !variant->table ? variant : NULL, again);
    for (guint i = 1; i < shape->row_count; i++)
        report(walk, shape, shape->rows[i], NULL, again);
    if (shape->object && vessel__shape_own(inner))
        report(walk, inner, inner->row, NULL, again);
    bool still = shape->row && (shape->row->flags & VESSEL_ROW_STILL);
    walk->still += still;
    if (inner->table && !again) {
        g_ptr_array_add(walk->inside, (gpointer)inner->table);
        walk_inside(walk, inner);
        g_ptr_array_remove(walk->inside, (gpointer)inner->table);
    } else if (!inner->table) {
        walk_inside(walk, inner);
    }
    walk->still -= still;
    walk->live_if = outer;
    g_string_truncate(walk->path, path);
    g_string_truncate(walk->json, json);
}

void vessel__schema_each_place(const VesselShape *shape, VesselPlaceVisitor visit, void *data)
{
    g_autoptr(GString) path = g_string_sized_new(128), json = g_string_sized_new(128);
    g_autoptr(GPtrArray) inside = g_ptr_array_new();
    Walk walk = {visit, data, path, json, inside, 0, NULL};
    walk_shape(&walk, shape, NULL);
}

typedef struct {
    VesselRowVisitor visit;
    void *data;
} Rows;

static void visit_row(const VesselRowPlace *place, void *data)
{
    const Rows *rows = data;
    if (place->row)
        rows->visit(place->path, place->row, rows->data);
}

void vessel__schema_each_row(const VesselShape *shape, VesselRowVisitor visit, void *data)
{
    Rows rows = {visit, data};
    vessel__schema_each_place(shape, visit_row, &rows);
}
