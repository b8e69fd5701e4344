/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A piece of a path, such as "disk/target", and the places whose path ends with it. */
#include "model/explain.h"
#include "model/shape.h"

/* Of a piece that could be anything only the first are told. */
#define SHOWN_MAX 8

char **vessel__explain_parts(const char *path, bool json)
{
    g_autoptr(GString) bare = g_string_new(NULL);
    path += strspn(path, "/");
    for (bool inside = false; *path; path++) {
        inside = *path == '[' || (inside && *path != ']');
        if (!inside && *path != ']')
            g_string_append_c(bare, *path);
        if (!inside && *path == ':' && !json)
            g_string_append_c(bare, '/');
    }
    return g_strsplit(bare->str, json ? "." : "/", -1);
}

typedef struct {
    char **given;
    guint count;
    bool loose;      /* attributes without "@", and names of JSON */
    GHashTable *met; /* paths, which own them */
    GPtrArray *found;
    char *whole; /* what is a document of another kind: it is looked at by itself */
} Search;

/* Whether the first @length of @parts end as was given. */
static bool ends_as_given(const Search *search, char **parts, guint length)
{
    for (guint i = 0; i < search->count; i++) {
        const char *part = length < search->count ? "" : parts[length - search->count + i];
        if (strcmp(part + (search->loose && *part == '@'), search->given[i]) != 0)
            return false;
    }
    return true;
}

static void add(Search *search, const char *path, size_t length)
{
    g_autofree char *one = g_strndup(path, length);
    if (g_hash_table_contains(search->met, one))
        return;
    g_ptr_array_add(search->found, one);
    g_hash_table_add(search->met, g_steal_pointer(&one));
}

/* The path of each element on the way: those that only hold others have no row of their own. */
static void look_at_path(Search *search, const char *path)
{
    g_auto(GStrv) parts = vessel__explain_parts(path, false);
    const char *end = path;
    for (guint length = 1; parts[length - 1]; length++) {
        end += (*end == '/') + strlen(parts[length - 1]);
        if (ends_as_given(search, parts, length))
            add(search, path, (size_t)(end - path));
    }
}

static void look_at(const VesselRowPlace *place, void *data)
{
    Search *search = data;
    if (place->again || (search->whole && g_str_has_prefix(place->path, search->whole)))
        return;
    look_at_path(search, place->path);
    g_auto(GStrv) names = search->loose ? vessel__explain_parts(place->json, true) : NULL;
    if (names && ends_as_given(search, names, g_strv_length(names)))
        add(search, place->path, strlen(place->path));
    if (vessel__kind_inside(place->row) && strrchr(place->path, '/') != place->path) {
        g_free(search->whole);
        search->whole = g_strconcat(place->path, "/", NULL);
    }
}

static guint depth_of(const char *path)
{
    guint depth = 0;
    for (; *path; path++)
        depth += *path == '/' || *path == ':';
    return depth;
}

/* The nearest to a root first, else in the order of the rows. */
static GPtrArray *by_depth(const GPtrArray *found)
{
    GPtrArray *sorted = g_ptr_array_new();
    for (guint depth = 1; sorted->len < found->len; depth++) {
        for (guint i = 0; i < found->len; i++) {
            if (depth_of(found->pdata[i]) == depth)
                g_ptr_array_add(sorted, found->pdata[i]);
        }
    }
    g_ptr_array_add(sorted, NULL);
    return sorted;
}

int vessel__explain_whole(const char *piece, char **path, VesselError **err)
{
    bool json = !strchr(piece, '/') && strchr(piece, '.');
    g_auto(GStrv) given = vessel__explain_parts(piece, json);
    g_autoptr(GHashTable) met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) found = g_ptr_array_new(); /* borrowed */
    Search search = {given, g_strv_length(given), false, met, found, NULL};
    for (int i = 0; i < 2 && found->len == 0 && search.count > 0; i++, search.loose = true) {
        for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
            vessel__schema_each_place(kind->shape(), look_at, &search);
    }
    g_free(search.whole);
    if (found->len < 2) {
        *path = found->len ? g_strdup(found->pdata[0]) : NULL;
        return VESSEL_OK;
    }
    g_autoptr(GPtrArray) sorted = by_depth(found);
    g_autofree char *list = vessel__words_join((VesselWords)sorted->pdata, SHOWN_MAX);
    vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is more than one '%s'", piece);
    vessel__error_at(err, piece, 0, 0);
    vessel__error_hint(err, "say which: %s", list);
    return VESSEL_ERROR_NOT_FOUND;
}
