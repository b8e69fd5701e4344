/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/schema-files.h"

static void part_free(void *data)
{
    VesselPart *part = data;
    g_free(part->name);
    g_free(part);
}

GPtrArray *vessel__parts_new(void)
{
    return g_ptr_array_new_with_free_func(part_free);
}

static bool is_taken(const GPtrArray *parts, const char *name)
{
    for (guint i = 0; i < parts->len; i++) {
        if (strcmp(((const VesselPart *)parts->pdata[i])->name, name) == 0)
            return true;
    }
    return false;
}

const char *vessel__part_name(GPtrArray *parts, const VesselShape *shape, VesselCase holder)
{
    int tag = vessel__shape_inside(shape)->tag_of_holder ? holder.tag : -1;
    for (guint i = 0; i < parts->len; i++) {
        const VesselPart *part = parts->pdata[i];
        if (part->shape == shape && part->holder_tag == tag)
            return part->name;
    }
    VesselPart *part = g_new0(VesselPart, 1);
    part->shape = shape;
    part->holder_tag = tag;
    part->name = g_strdelimit(g_strdup(shape->table->name), " ", '-');
    for (guint i = 2; is_taken(parts, part->name); i++) {
        g_free(part->name);
        part->name = g_strdup_printf("%s-%u", shape->table->name, i);
        g_strdelimit(part->name, " ", '-');
    }
    g_ptr_array_add(parts, part);
    return part->name;
}

static bool applies(const VesselRow *row, int tag)
{
    return row->when == 0 || tag < 0 || ((row->when >> tag) & 1);
}

static bool same_rows(const VesselTable *table, int a, int b)
{
    for (const VesselRow *row = table->rows; row->path; row++) {
        if (applies(row, a) != applies(row, b))
            return false;
        /* What is inside may go by our tag. */
        if (row->table && row->table->tag && strcmp(row->table->tag, "..") == 0 &&
            !same_rows(row->table, a, b))
            return false;
    }
    return true;
}

GArray *vessel__part_cases(const VesselPart *part)
{
    const VesselShape *shape = part->shape;
    GArray *cases = g_array_new(FALSE, FALSE, sizeof(VesselCase));
    if (shape->tag_of_holder || !shape->tag) {
        VesselCase only = {shape->tag_of_holder ? part->holder_tag : -1, 0};
        g_array_append_val(cases, only);
        return cases;
    }
    const VesselRow *tag = shape->tag->row;
    for (int i = tag->flags & VESSEL_ROW_REQUIRED ? 1 : 0; i == 0 || tag->words[i]; i++) {
        guint k = 0;
        while (k < cases->len &&
               !same_rows(shape->table, g_array_index(cases, VesselCase, k).tag, i))
            k++;
        VesselCase one = {i, UINT32_C(1) << i};
        if (k < cases->len)
            g_array_index(cases, VesselCase, k).tags |= one.tags;
        else
            g_array_append_val(cases, one);
    }
    return cases;
}

const VesselRow *vessel__case_row(const VesselShape *shape, VesselCase one)
{
    for (guint i = 0; i < shape->row_count; i++) {
        const VesselRow *row = shape->row_count > 1 ? shape->rows[i] : shape->row;
        if (applies(row, one.tag))
            return row;
    }
    return NULL;
}

bool vessel__case_allows(const VesselShape *shape, VesselCase one)
{
    return vessel__shape_is_unit(shape) || !shape->row || vessel__case_row(shape, one);
}

/* It may be given under an old name. */
static bool has_old_name(const VesselTable *table, const VesselRow *row)
{
    for (const VesselRow *other = table->rows; other->path; other++) {
        if (other != row && (other->flags & VESSEL_ROW_OLD) && other->offset == row->offset)
            return true;
    }
    return false;
}

/* By itself or what is in it. */
static bool requires(const VesselShape *shape, VesselCase one, unsigned flags)
{
    const VesselRow *row = vessel__case_row(shape, one);
    if (vessel__shape_is_unit(shape))
        return false;
    if (row && (row->flags & flags) && !has_old_name(shape->root->table, row))
        return true;
    bool required = false;
    for (guint i = 0; i < shape->attribute_count && !shape->item; i++)
    required |= requires(shape->attributes[i], one, VESSEL_ROW_REQUIRED);
    for (guint i = 0; i < shape->element_count; i++)
    required |= requires(shape->elements[i], one, VESSEL_ROW_REQUIRED);
    return required;
}

bool vessel__case_requires(const VesselShape *shape, VesselCase one)
{
    return requires(shape, one, VESSEL_ROW_REQUIRED | VESSEL_ROW_NEEDED);
}

bool vessel__case_is_tag(const VesselShape *shape, VesselCase one)
{
    return one.tag >= 0 && shape->root->tag == shape && !shape->root->tag_of_holder;
}

char *vessel__row_pattern(const VesselRow *row)
{
    bool blank = row->flags & VESSEL_ROW_BLANK;
    return row->form && blank ? g_strdup_printf("(%s)?", row->form->pattern)
           : row->form        ? g_strdup(row->form->pattern)
                              : NULL;
}

const char *vessel__row_hex_pattern(const VesselRow *row)
{
    if (row->flags & VESSEL_ROW_BARE_HEX)
        return "(0x)?[0-9a-fA-F]{1,16}";
    return row->kind == VESSEL_KIND_HEX || (row->flags & VESSEL_ROW_ANY_BASE)
               ? "0x[0-9a-fA-F]{1,16}"
               : NULL;
}
