/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What to write instead of a name that is not known. */
#include "model/shape.h"

#define PLACES_MAX 3
/* Looking through all rows is for the first problems. */
#define LOOKED_UP 20

typedef struct {
    const char *name;
    GPtrArray *places; /* of char *, as long as one more than are shown */
} Elsewhere;

/* The beginning of @path that ends in an element called @name; NULL if it has none. */
static char *place_of(const char *path, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = path; (at = strpbrk(at, "/:")); at++) {
        const char *end = at + 1 + length;
        if (strncmp(at + 1, name, length) == 0 && (*end == '/' || !*end))
            return g_strndup(path, (gsize)(end - path));
    }
    return NULL;
}

static void find_elsewhere(const char *path, const VesselRow *row, void *data)
{
    Elsewhere *elsewhere = data;
    GPtrArray *places = elsewhere->places;
    if (places->len > PLACES_MAX || (row->flags & VESSEL_ROW_OLD))
        return;
    g_autofree char *place = place_of(path, elsewhere->name);
    if (place && !g_ptr_array_find_with_equal_func(places, place, g_str_equal, NULL))
        g_ptr_array_add(places, g_steal_pointer(&place));
}

static void add_name(const VesselRowPlace *place, void *data)
{
    for (const VesselShape *shape = place->shape; shape; shape = shape->parent) {
        if (!shape->attribute)
            g_hash_table_add(data, (gpointer)shape->name);
    }
}

/* Whether there is an element of that name anywhere. The walk over all rows takes too long to ask
 * it for every name that is not known; the names are kept from the first on. */
static bool is_anywhere(const VesselShape *root, const char *name)
{
    static GMutex mutex;
    static GHashTable *roots; /* the element → a set of names */
    g_mutex_lock(&mutex);
    if (!roots)
        roots = g_hash_table_new(NULL, NULL);
    GHashTable *names = g_hash_table_lookup(roots, root);
    if (!names) {
        names = g_hash_table_new(g_str_hash, g_str_equal);
        vessel__schema_each_place(root, add_name, names);
        g_hash_table_insert(roots, (gpointer)root, names);
    }
    bool found = g_hash_table_contains(names, name);
    g_mutex_unlock(&mutex);
    return found;
}

/* Where a known element stands; NULL if it is none. */
static char *right_place(const VesselShape *root, const char *name)
{
    if (!is_anywhere(root, name))
        return NULL;
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);
    Elsewhere elsewhere = {name, places};
    vessel__schema_each_row(root, find_elsewhere, &elsewhere);
    if (places->len == 0)
        return NULL;
    g_ptr_array_add(places, NULL);
    g_autofree char *all = vessel__words_join((VesselWords)places->pdata, PLACES_MAX);
    return g_steal_pointer(&all);
}

/* What may stand in @shape; borrowed names. */
static GPtrArray *names_in(const VesselShape *shape, bool attributes, bool json)
{
    GPtrArray *words = g_ptr_array_new();
    for (guint i = 0; (attributes || json) && i < shape->attribute_count; i++)
        g_ptr_array_add(words,
                        (gpointer)(json ? shape->attributes[i]->json : shape->attributes[i]->name));
    for (guint i = 0; (!attributes || json) && i < shape->element_count; i++) {
        const VesselShape *one = shape->elements[i];
        if (json || !vessel__shape_is_namespace(one))
            g_ptr_array_add(words, (gpointer)(json ? one->json : one->name));
    }
    for (guint i = 0; !attributes && shape->variants && shape->variants[i]; i++)
        g_ptr_array_add(words, (gpointer)shape->variants[i]->name);
    g_ptr_array_add(words, NULL);
    return words;
}

static bool has(const VesselProblems *problems, guint count)
{
    return problems && vessel__problems_count(problems) >= count;
}

char *vessel__shape_nearest(const VesselShape *root, const VesselShape *shape, bool attributes,
                            const char *name, bool json)
{
    g_autoptr(GPtrArray) words = names_in(shape, attributes, json);
    bool here = attributes || json || !root || shape->space; /* a namespace is small */
    g_autofree char *place = here ? NULL : right_place(root, name);
    const char *nearest = vessel__word_nearest((VesselWords)words->pdata, name);
    if (nearest && place)
        return g_strdup_printf("did you mean '%s'? The place of '%s' is %s", nearest, name, place);
    if (place)
        return g_strdup_printf("its place is %s", place);
    if (nearest)
        return g_strdup_printf("did you mean '%s'?", nearest);
    if (words->len == 1)
        return g_strdup("nothing may stand here");
    g_autofree char *all = vessel__words_join((VesselWords)words->pdata, 12);
    return g_strdup_printf("what may stand here: %s", all);
}

const VesselShape *vessel__parse_near(VesselParse *parse, VesselFill *fill,
                                      const VesselShape *shape, bool attribute, const char *name,
                                      bool json)
{
    /* A reading that takes what is not known has no problems to count. */
    if (has(parse->problems, VESSEL__PROBLEMS_MAX) || parse->near++ >= VESSEL__PROBLEMS_MAX)
        return NULL;
    g_autoptr(GPtrArray) words = names_in(shape, attribute, json);
    const char *nearest = vessel__word_nearest((VesselWords)words->pdata, name);
    for (guint i = 0; nearest && i < shape->attribute_count + shape->element_count; i++) {
        const VesselShape *child = i < shape->attribute_count
                                       ? shape->attributes[i]
                                       : shape->elements[i - shape->attribute_count];
        bool named = json ? strcmp(child->json, nearest) == 0
                          : child->attribute == attribute && strcmp(child->name, nearest) == 0;
        if (!named || vessel__shape_is_unit(child) || vessel__shape_is_namespace(child))
            continue;
        fill->near[child->index / 64] |= UINT64_C(1) << (child->index % 64);
        return parse->flags & VESSEL_PARSE_STAND_IN ? child : NULL;
    }
    return NULL;
}

char *vessel__parse_nearest(const VesselParse *parse, const VesselShape *shape, bool attributes,
                            const char *name, bool json)
{
    /* LINES: these problems were told already. */
    if (has(parse->problems, VESSEL__PROBLEMS_MAX) || has(parse->warnings, VESSEL__PROBLEMS_MAX) ||
        (parse->flags & VESSEL_PARSE_LINES))
        return NULL;
    bool look = !has(parse->problems, LOOKED_UP) && !has(parse->warnings, LOOKED_UP);
    return vessel__shape_nearest(look ? parse->root : NULL, shape, attributes, name, json);
}
