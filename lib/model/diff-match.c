/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which element of one list is which of another. */
#include "model/diff.h"
#include "model/shape.h"

#define AT(items, i) (&g_array_index(items, VesselDiffItem, i))

static void clear_item(void *data)
{
    g_free(((VesselDiffItem *)data)->key);
}

GArray *vessel__diff_items_new(void)
{
    GArray *items = g_array_new(FALSE, TRUE, sizeof(VesselDiffItem));
    g_array_set_clear_func(items, clear_item);
    return items;
}

/* Whether @object has the row at all: of several for one member only that of its variant. */
static bool applies(const VesselTable *table, const VesselRow *row, const void *object)
{
    for (const VesselRow *tag = table->rows; row->when && tag->path; tag++) {
        if (strcmp(tag->path, table->tag) == 0)
            return (row->when >> *(const int *)vessel__member(object, tag)) & 1;
    }
    return true;
}

static void append_value(GString *key, const VesselRow *row, const void *member);

/* All that is in an element, such as an address. */
static void append_object(GString *key, const VesselTable *table, const void *object)
{
    for (const VesselRow *row = table->rows; row->path; row++) {
        const void *member = vessel__member(object, row);
        if (applies(table, row, object) && vessel__value_present(row, member))
            append_value(key, row, member);
    }
}

static void append_value(GString *key, const VesselRow *row, const void *member)
{
    VesselValueBuffer buffer;
    if (row->kind == VESSEL_KIND_OBJECT) {
        append_object(key, row->table, *(void *const *)member);
        return;
    }
    const char *text = vessel__value_text(row, member, buffer);
    g_string_append_printf(key, "%s%s", key->len ? " " : "", text ? text : "");
}

/* Values of rows that are keys. NULL if it has none. */
static char *key_of(const VesselDiffItem *item)
{
    g_autoptr(GString) key = g_string_new(NULL);
    const VesselTable *table = item->shape ? item->shape->table : NULL;
    for (const VesselRow *row = table ? table->rows : NULL; row && row->path; row++) {
        const void *member = vessel__member(item->body, row);
        bool is_key =
            (row->flags & VESSEL_ROW_KEY) || ((row->flags & VESSEL_ROW_ELSE_KEY) && key->len == 0);
        if (is_key && applies(table, row, item->body) && vessel__value_present(row, member))
            append_value(key, row, member);
    }
    return key->len ? g_strdup(key->str) : NULL;
}

/* The name that the user gave to a device. */
static char *own_name(const VesselDiffItem *item)
{
    const VesselRow *row = item->shape ? item->shape->table->rows : NULL;
    for (; row && row->path; row++) {
        const char *value = row->own ? *(char *const *)vessel__member(item->body, row) : NULL;
        if (value && row->own(value))
            return g_strdup(value);
    }
    return NULL;
}

static char *given_key(const VesselDiffItem *item)
{
    return g_strdup(item->key);
}

static char *whole(const VesselDiffItem *item)
{
    return item->shape ? vessel__schema_format_xml(item->shape, item->body, VESSEL_FORMAT_SECRET)
                       : g_strdup(item->body);
}

void vessel__diff_items_add(GArray *items, VesselDiffItem item)
{
    if (item.shape)
        vessel__shape_inside(item.shape);
    item.key = key_of(&item);
    item.other = VESSEL_DIFF_NONE;
    g_array_append_val(items, item);
}

static void pair(GArray *a, GArray *b, guint i, guint k)
{
    AT(a, i)->other = k;
    AT(b, k)->other = i;
}

/* Those that have the same word, the first with the first. */
static void match_by(GArray *a, GArray *b, char *(*word_of)(const VesselDiffItem *))
{
    g_autoptr(GHashTable) waiting =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    for (guint k = b->len; k-- > 0;) {
        char *word = AT(b, k)->other == VESSEL_DIFF_NONE ? word_of(AT(b, k)) : NULL;
        GArray *places = word ? g_hash_table_lookup(waiting, word) : NULL;
        if (word && !places)
            g_hash_table_insert(waiting, g_strdup(word),
                                places = g_array_new(FALSE, FALSE, sizeof(guint)));
        if (word)
            g_array_append_val(places, k);
        g_free(word);
    }
    for (guint i = 0; i < a->len; i++) {
        g_autofree char *word = AT(a, i)->other == VESSEL_DIFF_NONE ? word_of(AT(a, i)) : NULL;
        GArray *places = word ? g_hash_table_lookup(waiting, word) : NULL;
        if (!places || places->len == 0)
            continue;
        pair(a, b, i, g_array_index(places, guint, places->len - 1));
        g_array_set_size(places, places->len - 1);
    }
}

static void match_by_turn(GArray *a, GArray *b)
{
    guint k = 0;
    for (guint i = 0; i < a->len; i++) {
        if (AT(a, i)->other != VESSEL_DIFF_NONE)
            continue;
        while (k < b->len && AT(b, k)->other != VESSEL_DIFF_NONE)
            k++;
        if (k == b->len)
            return;
        if (AT(a, i)->key && AT(b, k)->key) /* they are others */
            continue;
        pair(a, b, i, k);
    }
}

/* Of those that are in both lists as few as possible have moved: all that are not in the longest
 * sequence whose order is the same. */
static void find_moved(GArray *b)
{
    g_autofree guint *tails = g_new(guint, b->len + 1), *before = g_new(guint, b->len + 1);
    guint length = 0;
    for (guint k = 0; k < b->len; k++) {
        guint low = 0, high = length;
        if (AT(b, k)->other == VESSEL_DIFF_NONE)
            continue;
        while (low < high) {
            guint middle = (low + high) / 2;
            if (AT(b, tails[middle])->other < AT(b, k)->other)
                low = middle + 1;
            else
                high = middle;
        }
        before[k] = low > 0 ? tails[low - 1] : VESSEL_DIFF_NONE;
        tails[low] = k;
        length = MAX(length, low + 1);
        AT(b, k)->moved = true;
    }
    for (guint k = length ? tails[length - 1] : VESSEL_DIFF_NONE; k != VESSEL_DIFF_NONE;
         k = before[k])
        AT(b, k)->moved = false;
}

void vessel__diff_match(GArray *a, GArray *b)
{
    match_by(a, b, own_name);
    match_by(a, b, whole); /* before the keys: several may have the same */
    match_by(a, b, given_key);
    match_by_turn(a, b);
    find_moved(b);
}
