/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver fills in at define, beside what rows say of it. */
#ifndef VESSEL_TESTS_UNIT_FILLED_H
#define VESSEL_TESTS_UNIT_FILLED_H

#include "model/domain-shape.h"
#include "model/explain.h"
#include "tests/lib/vt.h"

typedef struct {
    GHashTable *given, *out; /* paths; rows that were filled in */
    GString *whole;          /* an element that was added whole: what is in it was not left out */
} Filled;

static inline void note_given(const VesselValue *value, void *data)
{
    g_hash_table_add(data, vessel__schema_value_path(value));
}

static inline void check_filled(const VesselValue *value, void *data)
{
    Filled *filled = data;
    g_autofree char *path = vessel__schema_value_path(value);
    unsigned flags = value->row ? value->row->flags : 0;
    bool whole = !value->row || value->row->kind == VESSEL_KIND_OBJECT ||
                 value->row->kind == VESSEL_KIND_OBJECTS;
    if (g_hash_table_contains(filled->given, path) ||
        (filled->whole->len > 0 && g_str_has_prefix(path, filled->whole->str)))
        return;
    if (whole)
        g_string_printf(filled->whole, "%s/", path);
    if (!value->row || (flags & VESSEL_ROW_FILLED))
        return;
    const char *preset = value->row->otherwise ? NULL : value->row->preset;
    if (!(flags & VESSEL_ROW_DRIVER_FILLED) || (preset && g_strcmp0(preset, value->word) != 0))
        fail_msg("%s is filled in with '%s', and its row says '%s'", path, value->word, preset);
    g_hash_table_add(filled->out, (gpointer)value->row);
}

/* What is in @after and not in @text was filled in as rows say; they are added to @out. */
static inline void note_filled(const char *text, const VesselDomainDef *after, GHashTable *out)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(GHashTable) given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) whole = g_string_new(NULL);
    g_autoptr(VesselDomainDef) before = NULL;
    Filled filled = {given, out, whole};
    vessel__domain_def_parse(text, strlen(text), 0, &before, problems, NULL);
    assert_non_null(before);
    vessel__schema_each_value(vessel__domain_shape(), before, note_given, given);
    vessel__schema_each_value(vessel__domain_shape(), after, check_filled, &filled);
}

typedef struct {
    GHashTable *out;
    const VesselSupport *support;
} MustFill;

static inline void check_was_filled(const char *path, const VesselRow *row, void *data)
{
    const MustFill *must = data;
    VesselWords words = NULL;
    if ((row->flags & VESSEL_ROW_DRIVER_FILLED) && !g_hash_table_contains(must->out, row) &&
        vessel__support_has(must->support, path, row, &words))
        fail_msg("%s says that a driver fills it in, and this one, which honours it, does not",
                 path);
}

/* All rows that say so, of those that a driver honours, are in @out. */
static inline void all_must_be_filled(GHashTable *out, const VesselSupport *support)
{
    MustFill must = {out, support};
    vessel__schema_each_row(vessel__domain_shape(), check_was_filled, &must);
}

#endif
