/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing a definition with what a driver honours. */
#include "model/domain-shape.h"
#include "model/explain.h"

#define LIBVIRT_NAMESPACE "http://libvirt.org/schemas/domain/"
#define SELF_NESTED "/backingStore/backingStore"

typedef struct {
    const VesselDomainDef *def;
    GPtrArray *sorted;    /* of const VesselSupport *, by path */
    GPtrArray *wildcards; /* paths of those that end in a star */
    const char *driver;
    VesselProblems *problems;
    GString *refused; /* path of a refused element: what is in it is not told apart */
} Check;

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const VesselSupport *const *)a)->path,
                  (*(const VesselSupport *const *)b)->path);
}

/* The first row whose path is not less than @path. */
static guint lower_bound(const Check *check, const char *path)
{
    guint low = 0, high = check->sorted->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        const VesselSupport *row = check->sorted->pdata[middle];
        if (strcmp(row->path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const VesselSupport *row_at(const Check *check, guint index)
{
    return index < check->sorted->len ? check->sorted->pdata[index] : NULL;
}

static const VesselSupport *find_exact(const Check *check, const char *path)
{
    const VesselSupport *row = row_at(check, lower_bound(check, path));
    return row && strcmp(row->path, path) == 0 ? row : NULL;
}

/* Whether a row that ends in "/" and a star stands for @path. */
static bool has_wildcard(const Check *check, const char *path)
{
    for (guint i = 0; i < check->wildcards->len; i++) {
        const char *row = check->wildcards->pdata[i];
        if (strncmp(path, row, strlen(row) - 1) == 0)
            return true;
    }
    return false;
}

static char *beneath_of(const char *path)
{
    return g_str_has_suffix(path, ":") ? g_strdup(path) : g_strconcat(path, "/", NULL);
}

static bool has_beneath(const Check *check, const char *path)
{
    g_autofree char *prefix = beneath_of(path);
    const VesselSupport *row = row_at(check, lower_bound(check, prefix));
    return row && g_str_has_prefix(row->path, prefix);
}

static void refuse(Check *check, const VesselValue *value, const char *name, VesselWords words)
{
    g_autofree char *path = vessel__schema_value_path(value);
    g_autofree char *list = words ? vessel__words_join(words, 12) : NULL;
    const char *nearest = words && value->word ? vessel__word_nearest(words, value->word) : NULL;
    g_autofree char *hint = !list ? NULL
                            : nearest
                                ? g_strdup_printf("did you mean %s? It takes %s", nearest, list)
                                : g_strdup_printf("it takes %s", list);
    bool tell = value->word && (words || value->row->words);
    g_autofree char *word = tell ? g_strdup_printf(" '%s'", value->word) : g_strdup("");

    vessel__problems_add(check->problems, VESSEL_ERROR_UNSUPPORTED, path,
                         vessel__domain_def_line(check->def, path), 0, hint,
                         "%s%s is not supported by the driver %s", name, word, check->driver);
}

/* Whether it is the text of the element that was refused just now. */
static bool is_text_of_refused(const Check *check, const char *path, bool container)
{
    size_t length = strlen(path);
    return !container && check->refused->len == length + 1 &&
           strncmp(check->refused->str, path, length) == 0;
}

/* A chain of any length is one thing to a driver. */
static char *unnested(const char *path)
{
    GString *short_path = g_string_new(path);
    for (char *at; (at = strstr(short_path->str, SELF_NESTED));)
        g_string_erase(short_path, at - short_path->str, strlen(SELF_NESTED) / 2);
    return g_string_free(short_path, FALSE);
}

/* A path that means something else in every folder. */
static bool is_relative(const VesselValue *value)
{
    const VesselRow *row = value->row;
    bool path = row && row->kind == VESSEL_KIND_STRING &&
                (row->form == &vessel__form_path || row->form == &vessel__form_file);
    return path && value->word && *value->word != '/';
}

static void refuse_relative(Check *check, const VesselValue *value)
{
    g_autofree char *path = vessel__schema_value_path(value);
    vessel__problems_add(check->problems, VESSEL_ERROR_UNSUPPORTED, path,
                         vessel__domain_def_line(check->def, path), 0,
                         "give the path from the root folder on",
                         "'%s' is not an absolute path, which the driver %s needs", value->word,
                         check->driver);
}

static bool words_have(VesselWords words, const char *word)
{
    return !words || !word || vessel__word_find(words, word) >= 0;
}

/* A value of a running domain that is the user's own all the same. */
static bool is_own(const VesselValue *value)
{
    return value->row->own && value->word && value->row->own(value->word);
}

static void check_value(const VesselValue *value, void *data)
{
    Check *check = data;
    g_autofree char *made = strstr(value->path, SELF_NESTED) ? unnested(value->path) : NULL;
    const char *path = made ? made : value->path;
    const char *name = strrchr(value->path, '/') + 1;
    bool container = !value->row || value->row->kind == VESSEL_KIND_OBJECT ||
                     value->row->kind == VESSEL_KIND_OBJECTS;

    if (check->refused->len > 0 &&
        (g_str_has_prefix(path, check->refused->str) || is_text_of_refused(check, path, container)))
        return;
    g_string_truncate(check->refused, 0);
    if (value->row && (value->row->flags & VESSEL_ROW_RUNTIME) && !is_own(value))
        return;
    /* What is in a namespace is told apart. */
    if (value->row && (value->row->flags & VESSEL_ROW_NAMESPACE))
        return;
    /* Namespaces of other programs are theirs; libvirt's own ones change the machine. */
    if (value->uri && !g_str_has_prefix(value->uri, LIBVIRT_NAMESPACE))
        return;
    const VesselSupport *row = find_exact(check, path);
    if (row && words_have(row->words, value->word)) {
        if (is_relative(value))
            refuse_relative(check, value);
        return;
    }
    if (!row && ((container && has_beneath(check, path)) || has_wildcard(check, path)))
        return;
    refuse(check, value, name + (*name == '@'), row ? row->words : NULL);
    if (container)
        g_string_printf(check->refused, "%s/", path);
}

bool vessel__support_has(const VesselSupport *support, const char *path, const VesselRow *row,
                         VesselWords *words)
{
    g_autofree char *made = unnested(path), *beneath = beneath_of(made);
    bool container = !row || row->kind >= VESSEL_KIND_OBJECT;
    bool found = false;
    *words = NULL;
    for (; support->path; support++) {
        size_t length = strlen(support->path);
        if (strcmp(support->path, made) == 0) {
            *words = support->words;
            return true;
        }
        found |=
            g_str_has_suffix(support->path, "/*") && strncmp(made, support->path, length - 1) == 0;
        found |= container && g_str_has_prefix(support->path, beneath);
    }
    return found || (row && (row->flags & VESSEL_ROW_RUNTIME));
}

void vessel__domain_def_check_support(const VesselDomainDef *def, const VesselSupport *support,
                                      const char *driver, VesselProblems *problems)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_sized_new(128);
    g_autoptr(GPtrArray) wildcards = g_ptr_array_new();
    g_autoptr(GString) refused = g_string_new(NULL);
    Check check = {def, sorted, wildcards, driver, problems, refused};

    for (; support->path; support++) {
        g_ptr_array_add(sorted, (gpointer)support);
        if (g_str_has_suffix(support->path, "/*"))
            g_ptr_array_add(wildcards, (gpointer)support->path);
    }
    qsort(sorted->pdata, sorted->len, sizeof(gpointer), by_path);
    vessel__schema_each_value(vessel__domain_shape(), def, check_value, &check);
}
