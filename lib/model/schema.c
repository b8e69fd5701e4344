/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arranging tables by name, and walking them. */
#include "model/schema.h"

#include "model/shape.h"

#include <pthread.h>

static const VesselRow unit_row = {.path = "@unit",
                                   .kind = VESSEL_KIND_ENUM,
                                   .words = vessel__size_units,
                                   .doc = "unit of the number"};

/* Tables are arranged when they are first looked into: most documents are made of few of them.
 * What is made stays as long as the process. */
static pthread_mutex_t tables_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *tables; /* VesselTable → VesselShape, arranged or not */

/* @xml itself where it is the same, as it mostly is. */
static const char *json_name(const char *xml, const char *suffix)
{
    if (!*suffix && !strpbrk(xml, "-ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        return xml;
    GString *name = g_string_new(NULL);
    for (const char *at = xml; *at; at++) {
        if (g_ascii_isupper(*at) && at > xml && !g_ascii_isupper(at[-1]))
            g_string_append_c(name, '_');
        g_string_append_c(name, *at == '-' ? '_' : g_ascii_tolower(*at));
    }
    g_string_append(name, suffix);
    return g_string_free(name, FALSE);
}

static const char *size_suffix(const VesselRow *row)
{
    if (!row || row->kind != VESSEL_KIND_SIZE)
        return "";
    return row->bytes ? "_bytes" : "_kib";
}

/* The element of a table, with what is known of it from outside. */
static VesselShape *table_shape(const VesselTable *table, const char *element,
                                const VesselNamespace *space)
{
    VesselShape *root = g_hash_table_lookup(tables, table);
    /* Two elements may share a table (serial and console) but not a name. */
    if (root && root->space == space && strcmp(root->name, element) == 0)
        return root;
    root = g_new0(VesselShape, 1);
    root->name = element;
    root->space = space;
    root->table = table;
    root->root = root;
    for (const VesselRow *row = table->rows; row->path; row++)
        if (!*row->path)
            root->row = row;
    root->json = json_name(element, size_suffix(root->row));
    g_hash_table_insert(tables, (gpointer)table, root);
    return root;
}

static VesselShape *child(VesselShape *parent, const char *name, size_t length, bool attribute,
                          guint *index)
{
    VesselShape **list = attribute ? parent->attributes : parent->elements;
    guint count = attribute ? parent->attribute_count : parent->element_count;
    for (guint i = 0; i < count; i++) {
        if (strlen(list[i]->name) == length && memcmp(list[i]->name, name, length) == 0)
            return list[i];
    }
    g_assert(*index < VESSEL_SHAPES_MAX);
    VesselShape *made = g_new0(VesselShape, 1);
    made->name = g_strndup(name, length);
    made->attribute = attribute;
    made->parent = parent;
    made->root = parent->root;
    made->space = parent->space;
    made->index = (*index)++;
    list = g_renew(VesselShape *, list, count + 1);
    list[count] = made;
    if (attribute) {
        parent->attributes = list;
        parent->attribute_count++;
    } else {
        parent->elements = list;
        parent->element_count++;
    }
    return made;
}

static VesselShape **variant_shapes(const VesselList *list, const VesselNamespace *space)
{
    guint count = 0;
    while (list->variants[count].element)
        count++;
    VesselShape **shapes = g_new0(VesselShape *, count + 1);
    for (guint i = 0; i < count; i++) {
        const VesselVariant *variant = &list->variants[i];
        if (variant->table) {
            shapes[i] = table_shape(variant->table, variant->element, space);
        } else {
            shapes[i] = g_new0(VesselShape, 1);
            shapes[i]->name = variant->element;
            shapes[i]->row = variant->row;
            shapes[i]->root = shapes[i];
            shapes[i]->space = space;
            shapes[i]->arranged = true;
            shapes[i]->json = json_name(variant->element, "");
        }
    }
    g_assert(count <= VESSEL_VARIANTS_MAX);
    return shapes;
}

/* The tag of the struct around it: it has no place in this element. */
static void add_tag_of_holder(VesselShape *root, const VesselRow *row, guint *index)
{
    root->tag = g_new0(VesselShape, 1);
    root->tag->name = "type";
    root->tag->row = row;
    root->tag->index = (*index)++;
    root->tag_offset = row->offset;
    root->tag_of_holder = true;
}

static void add_row(VesselShape *root, const VesselRow *row, guint *index)
{
    VesselShape *shape = root, *parent = root;
    if (strcmp(row->path, "..") == 0) {
        add_tag_of_holder(root, row, index);
        return;
    }
    for (const char *part = row->path; *part;) {
        size_t length = strcspn(part, "/");
        bool attribute = *part == '@';
        parent = shape;
        shape = child(shape, part + attribute, length - attribute, attribute, index);
        part += length + (part[length] == '/');
    }
    if (row->flags & VESSEL_ROW_NEEDED)
        parent->needs = true;
    if (shape->row_count++ == 0) {
        shape->row = row;
    } else {
        shape->rows = g_renew(const VesselRow *, shape->rows, shape->row_count);
        shape->rows[0] = shape->row;
        shape->rows[shape->row_count - 1] = row;
        /* The same place for another variant: a scalar as well. */
        g_assert(shape->row->when && row->when && !(shape->row->when & row->when));
        g_assert(row->kind <= VESSEL_KIND_SWITCH && !(row->flags & VESSEL_ROW_REQUIRED));
        return;
    }
    if (row->kind == VESSEL_KIND_SIZE)
        child(shape->attribute ? parent : shape, "unit", strlen("unit"), true, index)->row =
            &unit_row;
    if (row->kind == VESSEL_KIND_OBJECTS) {
        shape->list_number = root->enum_lists++;
        g_assert(root->enum_lists <= VESSEL_ENUM_LISTS_MAX);
    }
    g_assert(!row->alone || (row->kind == VESSEL_KIND_OBJECT && row->table->tag));
    if (row->kind == VESSEL_KIND_OBJECT || row->kind == VESSEL_KIND_OBJECTS)
        shape->object = table_shape(row->table, shape->name, root->space);
    if (row->kind == VESSEL_KIND_LIST)
        shape->variants = variant_shapes(row->list, root->space);
    if (row->kind == VESSEL_KIND_ENUM_LIST) {
        parent->item = shape;
        parent->list_number = root->enum_lists++;
        g_assert(root->enum_lists <= VESSEL_ENUM_LISTS_MAX);
    }
    if (root->table->tag && strcmp(row->path, root->table->tag) == 0) {
        root->tag = shape;
        root->tag_offset = row->offset;
    }
    if (row->flags & VESSEL_ROW_REQUIRED) {
        root->required = g_renew(VesselShape *, root->required, root->required_count + 1);
        root->required[root->required_count++] = shape;
    }
}

/* The elements of a namespace that may stand in the document. */
static void add_namespace(VesselShape *root, const VesselNamespace *space, const VesselRow *row,
                          guint *index)
{
    VesselShape *shape = child(root, row->path, strlen(row->path), false, index);
    shape->row = row;
    shape->row_count = 1;
    shape->json = space->prefix;
    shape->object = table_shape(space->table, row->path, space);
    shape->object->json = space->prefix;
}

const VesselShape *vessel__shape_namespace(const VesselShape *shape, const char *uri)
{
    const VesselNamespaces *all = shape->table ? vessel__namespaces_of(shape->table) : NULL;
    for (guint i = 0; all && i < all->count; i++) {
        if (strcmp(all->spaces[i]->uri, uri) == 0)
            return vessel__shape_element(shape, all->rows[i].path);
    }
    return NULL;
}

bool vessel__shape_is_unit(const VesselShape *shape)
{
    return shape->row == &unit_row;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(VesselShape *const *)a)->name, (*(VesselShape *const *)b)->name);
}

static void finish(VesselShape *shape)
{
    bool size = shape->row && shape->row->kind == VESSEL_KIND_SIZE;

    if (!shape->json)
        shape->json =
            json_name(shape->name, size_suffix(shape->object ? shape->object->row : shape->row));
    shape->json_value = shape->row && shape->row->kind < VESSEL_KIND_OBJECT &&
                        (shape->element_count > 0 || shape->attribute_count > (size ? 1 : 0));
    shape->by_name = g_new(VesselShape *, shape->element_count + 1);
    if (shape->element_count > 0) {
        memcpy(shape->by_name, shape->elements, shape->element_count * sizeof(VesselShape *));
        qsort(shape->by_name, shape->element_count, sizeof(VesselShape *), by_name);
    }
    for (guint i = 0; i < shape->element_count; i++)
        finish(shape->elements[i]);
    for (guint i = 0; i < shape->attribute_count; i++) {
        VesselShape *attribute = shape->attributes[i];
        bool clash = vessel__shape_element(shape, attribute->name) != NULL;
        attribute->json = json_name(attribute->name, clash ? "_attr" : size_suffix(attribute->row));
    }
}

void vessel__shape_arrange(const VesselShape *shape)
{
    VesselShape *root = (VesselShape *)shape;
    guint index = 0;
    pthread_mutex_lock(&tables_lock);
    if (!root->arranged) {
        for (const VesselRow *row = root->table->rows; row->path; row++)
            add_row(root, row, &index);
        const VesselNamespaces *all = vessel__namespaces_of(root->table);
        for (guint i = 0; i < all->count; i++)
            add_namespace(root, all->spaces[i], &all->rows[i], &index);
        root->shape_count = index;
        g_assert(!vessel__shape_is_namespace_table(root) ||
                 (root->attribute_count == 0 && root->required_count == 0));
        finish(root);
        __atomic_store_n(&root->arranged, true, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&tables_lock);
}

const VesselShape *vessel__schema_compile(const VesselTable *table, const char *element)
{
    pthread_mutex_lock(&tables_lock);
    if (!tables)
        tables = g_hash_table_new(NULL, NULL);
    VesselShape *root = table_shape(table, element, NULL);
    pthread_mutex_unlock(&tables_lock);
    return vessel__shape_inside(root);
}

const VesselShape *vessel__shape_element(const VesselShape *shape, const char *name)
{
    guint low = 0, high = shape->element_count;
    while (low < high) {
        guint middle = (low + high) / 2;
        int order = strcmp(name, shape->by_name[middle]->name);
        if (order == 0)
            return shape->by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const VesselShape *vessel__shape_attribute(const VesselShape *shape, const char *name)
{
    for (guint i = 0; i < shape->attribute_count; i++) {
        if (strcmp(shape->attributes[i]->name, name) == 0)
            return shape->attributes[i];
    }
    return NULL;
}

bool vessel__shape_applies(const VesselShape *shape, const VesselRow *row, const void *object)
{
    if (row->when == 0)
        return true;
    int tag = *(const int *)((const char *)object + shape->root->tag_offset);
    return (row->when >> tag) & 1;
}

const VesselRow *vessel__shape_row(const VesselShape *shape, const void *object)
{
    for (guint i = 1; i < shape->row_count; i++) {
        if (vessel__shape_applies(shape, shape->rows[i], object))
            return shape->rows[i];
    }
    return shape->row;
}

const VesselRow *vessel__shape_live_tag(const VesselShape *shape)
{
    if (!shape->row || !shape->row->live_if)
        return NULL;
    for (const VesselRow *row = shape->root->table->rows; row->path; row++) {
        if (strcmp(row->path, shape->row->live_if) == 0)
            return row;
    }
    return NULL;
}

bool vessel__shape_is_live(const VesselShape *shape, const void *object)
{
    const VesselRow *tag = vessel__shape_live_tag(shape);
    return !tag || (shape->row->live_words >> *(const int *)vessel__member(object, tag)) & 1;
}

void vessel__path_append(GString *path, const char *name, bool attribute)
{
    if (path->len == 0 || path->str[path->len - 1] != ':')
        g_string_append_c(path, '/');
    if (attribute)
        g_string_append_c(path, '@');
    g_string_append(path, name);
}

bool vessel__path_next(const char **path, VesselPathPart *part)
{
    const char *at = *path;
    bool in_namespace = g_str_has_suffix(part->name, ":");
    if (!in_namespace && *at++ != '/')
        return false;
    part->attribute = *at == '@';
    at += part->attribute;
    size_t length = strcspn(at, ":/[");
    length += at[length] == ':';
    if (length == 0 || length >= sizeof(part->name))
        return false;
    memcpy(part->name, at, length);
    part->name[length] = '\0';
    part->index = 1;
    at += length;
    if (*at == '[') {
        part->index = (guint)g_ascii_strtoull(at + 1, NULL, 10);
        at = strchr(at, ']');
        if (!at++)
            return false;
    }
    *path = at;
    return true;
}

static void append_place(GString *path, const VesselPlace *place, const VesselPlace *top,
                         bool indices)
{
    if (place == top)
        return;
    VesselShown shown;
    append_place(path, place->up, top, indices);
    vessel__path_append(path, vessel__shown(place->name, shown), place->attribute);
    if (indices && place->index)
        g_string_append_printf(path, "[%u]", place->index);
}

char *vessel__place_path(const VesselPlace *place, bool indices)
{
    GString *path = g_string_sized_new(64);
    append_place(path, place, NULL, indices);
    return g_string_free(path, FALSE);
}

char *vessel__place_relative(const VesselPlace *place, const VesselPlace *top)
{
    GString *path = g_string_sized_new(32);
    append_place(path, place, top, false);
    if (path->len > 0)
        g_string_erase(path, 0, 1);
    return g_string_free(path, FALSE);
}

VesselLeftover *vessel__leftover_copy(const VesselLeftover *leftover)
{
    VesselLeftover *copy = g_new(VesselLeftover, 1);
    *copy = (VesselLeftover){g_strdup(leftover->path), leftover->attribute,
                             g_strdup(leftover->name), g_strdup(leftover->uri),
                             g_strdup(leftover->text), leftover->line};
    return copy;
}

void vessel__leftover_free(VesselLeftover *leftover)
{
    g_free(leftover->path);
    g_free(leftover->name);
    g_free(leftover->uri);
    g_free(leftover->text);
    g_free(leftover);
}

GPtrArray **vessel__leftovers(const VesselTable *table, const void *object)
{
    if (table->leftovers < 0)
        return NULL;
    return (GPtrArray **)((char *)object + table->leftovers);
}

int **vessel__lines(const VesselTable *table, const void *object)
{
    return table->lines < 0 ? NULL : (int **)((char *)object + table->lines);
}

/* The shape one step down from @shape; through objects and lists to the table behind them. */
static const VesselShape *step(const VesselShape *shape, const char *name, bool attribute)
{
    if (shape->object)
        shape = shape->object;
    vessel__shape_inside(shape);
    if (attribute)
        return vessel__shape_attribute(shape, name);
    for (guint i = 0; shape->variants && shape->variants[i]; i++) {
        if (strcmp(shape->variants[i]->name, name) == 0)
            return shape->variants[i];
    }
    return vessel__shape_element(shape, name);
}

const VesselRow *vessel__schema_find(const VesselShape *shape, const char *path)
{
    VesselPathPart part = {0};
    if (!vessel__path_next(&path, &part) || strcmp(shape->name, part.name) != 0)
        return NULL;
    while (shape && *path && vessel__path_next(&path, &part))
        shape = step(shape, part.name, part.attribute);
    return shape && !*path && !vessel__shape_is_unit(shape) ? shape->row : NULL;
}

void *vessel__schema_parse(const VesselShape *shape, const char *text, size_t length,
                           unsigned flags, VesselProblems *problems, VesselProblems *warnings)
{
    VesselParse parse = {flags, problems, warnings, NULL, shape, 0, 0};
    size_t blanks = 0;
    while (blanks < length && strchr(" \t\r\n", text[blanks]) && text[blanks])
        blanks++;
    if (blanks < length && text[blanks] == '{')
        return vessel__parse_json(&parse, shape, text, length);
    return vessel__parse_xml(&parse, shape, text, length);
}
