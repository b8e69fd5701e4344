/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/explain.h"
#include "model/shape.h"

const VesselRowMark vessel__row_marks[] = {
    {VESSEL_ROW_REQUIRED, "required", "must be given"},
    {VESSEL_ROW_NEEDED, "needed", "must be given if its element is"},
    {VESSEL_ROW_KEY | VESSEL_ROW_ELSE_KEY, "key", "tells it from the others of its list"},
    {VESSEL_ROW_LIVE, "live", "can be changed while it runs"},
    {VESSEL_ROW_GUEST_ABI, "guest_visible", "the guest would notice a change"},
    {VESSEL_ROW_SECRET, "secret", "left out of logs and plain dumps"},
    {VESSEL_ROW_RUNTIME, "runtime", "told by the host, never taken: accepted and left out"},
    {VESSEL_ROW_HOSTPATH, "hostpath", "a file of the host"},
    {VESSEL_ROW_OLD, "old", "an old name: read and never written"},
    {0, NULL, NULL},
};

const char *vessel__row_type(const VesselRow *row)
{
    static const char *const types[] = {
        [VESSEL_KIND_STRING] = "text",       [VESSEL_KIND_NUMBER] = "number",
        [VESSEL_KIND_HEX] = "hexadecimal",   [VESSEL_KIND_SIZE] = "size",
        [VESSEL_KIND_ENUM] = "word",         [VESSEL_KIND_SWITCH] = "switch",
        [VESSEL_KIND_PRESENCE] = "presence", [VESSEL_KIND_METADATA] = "xml",
        [VESSEL_KIND_ENUM_LIST] = "words",   [VESSEL_KIND_OBJECT] = "element",
        [VESSEL_KIND_OBJECTS] = "elements",  [VESSEL_KIND_LIST] = "elements",
    };
    return types[row->kind];
}

static char *takes_words(const VesselRow *row)
{
    g_autofree char *words = vessel__words_join(row->words + 1, G_MAXUINT);
    if (row->kind == VESSEL_KIND_ENUM_LIST)
        return g_strdup_printf("%s; may be repeated", words);
    return g_steal_pointer(&words);
}

static char *takes_text(const VesselRow *row)
{
    if (row->form)
        return g_strdup_printf("%s; at most %" G_GUINT64_FORMAT " bytes", row->form->wants,
                               row->max);
    return g_strdup_printf("text of at most %" G_GUINT64_FORMAT " bytes", row->max);
}

char *vessel__row_takes(const VesselRow *row)
{
    const char *unit = row->bytes ? "bytes" : "KiB";
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        return takes_text(row);
    case VESSEL_KIND_NUMBER:
        return g_strdup_printf("a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                               row->min, row->max);
    case VESSEL_KIND_HEX:
        return g_strdup_printf("a number from 0x%" G_GINT64_MODIFIER "x to 0x%" G_GINT64_MODIFIER
                               "x",
                               row->min, row->max);
    case VESSEL_KIND_SIZE:
        return g_strdup_printf("a size from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                               " %s; another unit in @unit, or in JSON as in \"2 GiB\"",
                               row->min, row->max, unit);
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_ENUM_LIST:
        return takes_words(row);
    case VESSEL_KIND_PRESENCE:
        return g_strdup("nothing: it is there or not; true or false in JSON");
    case VESSEL_KIND_METADATA:
        if (row->flags & VESSEL_ROW_OPAQUE)
            return g_strdup("any elements, kept as they are; in JSON a string of XML");
        return g_strdup("elements of other namespaces, each namespace once");
    case VESSEL_KIND_OBJECT:
        return g_strdup("what is beneath it");
    case VESSEL_KIND_OBJECTS:
        return g_strdup_printf("what is beneath it; at most %" G_GUINT64_FORMAT, row->max);
    case VESSEL_KIND_LIST:
        return g_strdup_printf("the elements beneath it, in any order; at most %u", row->list->max);
    }
    return g_strdup("");
}

char *vessel__row_if_left_out(const VesselRow *row)
{
    const char *filled = row->flags & VESSEL_ROW_FILLED ? ", filled in at define"
                         : row->flags & VESSEL_ROW_DRIVER_FILLED
                             ? ", filled in at define by a driver that needs it"
                             : "";
    if (!row->preset && !row->otherwise)
        return NULL;
    return g_strdup_printf("%s%s%s%s", row->preset ? row->preset : "",
                           row->preset && row->otherwise ? "; " : "",
                           row->otherwise ? row->otherwise : "", filled);
}

VesselJson *vessel__row_preset(const VesselRow *row)
{
    uint64_t number;
    bool counted = row->kind == VESSEL_KIND_NUMBER || row->kind == VESSEL_KIND_HEX ||
                   row->kind == VESSEL_KIND_SIZE;
    if (!row->preset)
        return NULL;
    if (row->kind == VESSEL_KIND_SWITCH)
        return vessel__json_new_bool(strcmp(row->preset, row->words[VESSEL_TRI_YES]) == 0);
    if (counted && vessel__parse_u64(row->preset, &number))
        return vessel__json_new_uint(number);
    return vessel__json_new_string(row->preset);
}

static GPtrArray *words_of(const VesselRow *tag, uint32_t bits)
{
    GPtrArray *words = g_ptr_array_new();
    for (guint i = 1; tag->words[i]; i++) {
        if ((bits >> i) & 1)
            g_ptr_array_add(words, (gpointer)tag->words[i]);
    }
    g_ptr_array_add(words, NULL);
    return words;
}

GPtrArray *vessel__row_when(const VesselRow *row, const VesselRow *tag)
{
    return row->when && tag ? words_of(tag, row->when) : NULL;
}

static VesselJson *json_words(VesselWords words)
{
    VesselJson *array = vessel__json_new_array();
    for (; *words; words++)
        vessel__json_append_string(array, *words);
    return array;
}

static void add_units(VesselJson *json, const VesselRow *row)
{
    const char *unit = row->bytes ? "bytes" : "KiB";
    vessel__json_set_string(json, "unit", unit);
    vessel__json_set_string(json, "unit_of_xml", row->unit ? row->unit : unit);
    vessel__json_set(json, "units", json_words(vessel__size_units));
}

static void add_limits(VesselJson *json, const VesselRow *row)
{
    bool number = row->kind == VESSEL_KIND_NUMBER || row->kind == VESSEL_KIND_HEX ||
                  row->kind == VESSEL_KIND_SIZE;
    if (row->words)
        vessel__json_set(json, "words", json_words(row->words + 1));
    if (number) {
        vessel__json_set_uint(json, "minimum", row->min);
        vessel__json_set_uint(json, "maximum", row->max);
    }
    if (row->kind == VESSEL_KIND_SIZE)
        add_units(json, row);
    if (row->kind == VESSEL_KIND_STRING)
        vessel__json_set_uint(json, "max_bytes", row->max);
    if (row->kind == VESSEL_KIND_STRING && row->form)
        vessel__json_set_string(json, "pattern", row->form->pattern);
    if (row->kind == VESSEL_KIND_OBJECTS || row->kind == VESSEL_KIND_ENUM_LIST)
        vessel__json_set_uint(json, "max_count", row->max);
}

char *vessel__place_note(const VesselRowPlace *place, const VesselRowMark *mark)
{
    const VesselLiveIf *live_if = mark->flag == VESSEL_ROW_LIVE ? place->live_if : NULL;
    bool still = mark->flag == VESSEL_ROW_LIVE && place->still;
    if (!place->row || !(place->row->flags & mark->flag) || still)
        return NULL;
    if (!live_if)
        return g_strdup(mark->meaning);
    g_autoptr(GPtrArray) words = words_of(live_if->tag, live_if->words);
    g_autofree char *list = vessel__words_join((VesselWords)words->pdata, G_MAXUINT);
    return g_strdup_printf("%s if %s is %s", mark->meaning, live_if->path, list);
}

/* Only a domain runs, and only a value of its own can wait. */
static bool waits(const VesselRowPlace *place)
{
    const VesselRow *row = place->row;
    return g_str_has_prefix(place->path, "/domain/") && row->kind != VESSEL_KIND_OBJECT &&
           row->kind != VESSEL_KIND_OBJECTS && row->kind != VESSEL_KIND_LIST &&
           !(row->flags & VESSEL_ROW_RUNTIME) && (!(row->flags & VESSEL_ROW_LIVE) || place->still);
}

static void add_marks(VesselJson *json, const VesselRowPlace *place)
{
    VesselJson *notes = vessel__json_new_array();
    for (const VesselRowMark *mark = vessel__row_marks; mark->name; mark++) {
        g_autofree char *note = vessel__place_note(place, mark);
        if (!note)
            continue;
        vessel__json_set_bool(json, mark->name, true);
        vessel__json_append_string(notes, note);
    }
    if (place->live_if) {
        VesselJson *live_if = vessel__json_new_object();
        g_autoptr(GPtrArray) words = words_of(place->live_if->tag, place->live_if->words);
        vessel__json_set_string(live_if, "path", place->live_if->path);
        vessel__json_set(live_if, "words", json_words((VesselWords)words->pdata));
        vessel__json_set(json, "live_if", live_if);
    }
    if (waits(place)) {
        vessel__json_set_bool(json, "live", false);
        vessel__json_append_string(notes, "a change waits for the next start");
    }
    vessel__json_set(json, "notes", notes);
}

static VesselJson *explain_row(const VesselRowPlace *place)
{
    const VesselRow *row = place->row;
    VesselJson *json = vessel__json_new_object();
    if (!row) { /* an element of a list */
        vessel__json_set_string(json, "meaning", place->variant->doc);
        vessel__json_set_string(json, "type", place->variant->single ? "element" : "elements");
        vessel__json_set_string(json, "since", VESSEL_FIRST_VERSION);
        return json;
    }
    g_autofree char *takes = vessel__row_takes(row);
    g_autoptr(GPtrArray) when = vessel__row_when(row, place->tag);
    vessel__json_set_string(json, "meaning", row->doc);
    vessel__json_set_string(
        json, "namespace",
        vessel__shape_uri(place->shape->object ? place->shape->object : place->shape));
    vessel__json_set_string(json, "type", vessel__row_type(row));
    vessel__json_set_string(json, "takes", takes);
    add_limits(json, row);
    if (when) {
        VesselJson *only = vessel__json_new_object();
        bool holder = strcmp(place->tag->path, "..") == 0;
        vessel__json_set_string(only, "attribute", holder ? "type" : place->tag->path + 1);
        vessel__json_set(only, "words", json_words((VesselWords)when->pdata));
        vessel__json_set(json, "only_for", only);
    }
    g_autofree char *left_out = vessel__row_if_left_out(row);
    if (row->preset)
        vessel__json_set(json, "default", vessel__row_preset(row));
    vessel__json_set_string(json, "if_left_out", left_out);
    vessel__json_set_string(json, "since", row->since ? row->since : VESSEL_FIRST_VERSION);
    add_marks(json, place);
    return json;
}

/* ---- finding it ---- */

typedef struct {
    const VesselKind *kind; /* of the root alone */
    const VesselShape *root, *shape;
    char *path, *json; /* as the rows have it */
} Found;

/* An element one step down in either spelling. */
static const VesselShape *step(const VesselShape *shape, const char *name, bool json)
{
    bool attribute = !json && *name == '@';
    shape = vessel__shape_inside(shape->object ? shape->object : shape);
    for (guint i = 0; (attribute || json) && i < shape->attribute_count; i++) {
        const VesselShape *one = shape->attributes[i];
        if (!vessel__shape_is_unit(one) &&
            strcmp(json ? one->json : one->name, name + attribute) == 0)
            return one;
    }
    for (guint i = 0; !attribute && i < shape->element_count; i++) {
        const VesselShape *one = shape->elements[i];
        if (strcmp(json ? one->json : one->name, name) == 0)
            return one;
    }
    for (guint i = 0; !attribute && shape->variants && shape->variants[i]; i++) {
        const VesselShape *one = shape->variants[i];
        if (strcmp(json ? one->json : one->name, name) == 0)
            return one;
    }
    return NULL;
}

static int no_such_path(const Found *found, const char *path, const char *name, bool json,
                        VesselError **err)
{
    bool attribute = !json && *name == '@';
    const VesselShape *in =
        vessel__shape_inside(found->shape->object ? found->shape->object : found->shape);
    g_autofree char *hint =
        vessel__shape_nearest(found->root, in, attribute, name + attribute, json);
    int code =
        vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no '%s' in %s", name, found->path);
    vessel__error_hint(err, "%s", hint);
    vessel__error_at(err, path, 0, 0);
    return code;
}

static const VesselKind *find_kind(const char *name)
{
    const VesselKind *kind = vessel__kind_of_root(name);
    return kind ? kind : vessel__kind_find(name);
}

/* A path may begin with the prefix of a namespace. */
static const VesselKind *kind_with_namespace(const char *name, bool json)
{
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++) {
        const VesselShape *shape = step(kind->shape(), name, json);
        if (shape && vessel__shape_is_namespace(shape))
            return kind;
    }
    return NULL;
}

static int no_such_root(const char *name, VesselError **err)
{
    g_autoptr(GPtrArray) roots = g_ptr_array_new();
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
        g_ptr_array_add(roots, (gpointer)kind->root);
    g_ptr_array_add(roots, NULL);
    const char *nearest = vessel__word_nearest((VesselWords)roots->pdata, name);
    g_autofree char *all = vessel__words_join((VesselWords)roots->pdata, 24);
    int code = vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "no definition begins with '%s'", name);
    if (nearest)
        vessel__error_hint(err, "did you mean '%s'?", nearest);
    else
        vessel__error_hint(err, "a path begins with %s", all);
    return code;
}

/* The unit of a size has no row of its own: the size tells of it. */
static bool is_unit(const VesselShape *shape, const char *part)
{
    const VesselShape *inside = vessel__shape_inside(shape->object ? shape->object : shape);
    const VesselShape *unit = *part == '@' ? vessel__shape_attribute(inside, part + 1) : NULL;
    return unit && vessel__shape_is_unit(unit);
}

static int find_exactly(const char *path, Found *found, VesselError **err)
{
    bool json = *path != '/' && !strchr(path, '/');
    g_auto(GStrv) parts = vessel__explain_parts(path, json);
    if (!parts[0])
        return no_such_root(path, err);
    g_autoptr(GString) so_far = g_string_new(NULL), names = g_string_new(NULL);

    guint first = 1;
    found->kind = find_kind(parts[0]);
    if (!found->kind) {
        found->kind = kind_with_namespace(parts[0], json);
        first = 0;
    }
    if (!found->kind)
        return no_such_root(parts[0], err);
    found->root = found->shape = found->kind->shape();
    g_string_append_printf(so_far, "/%s", found->shape->name);
    g_string_append(names, found->shape->json);
    for (guint i = first; parts[i]; i++) {
        const VesselShape *next = step(found->shape, parts[i], json);
        bool text = json && !next && !parts[i + 1] && strcmp(parts[i], "value") == 0;
        bool end = !next && !*parts[i] && !parts[i + 1]; /* a slash at the end */
        if (text || end || (!next && !parts[i + 1] && is_unit(found->shape, parts[i])))
            break;
        found->path = so_far->str;
        if (!next)
            return no_such_path(found, path, parts[i], json, err);
        vessel__path_append(so_far, next->name, next->attribute);
        g_string_append_printf(names, ".%s", next->json);
        found->shape = next;
        found->kind = NULL;
    }
    found->path = g_string_free(g_steal_pointer(&so_far), FALSE);
    found->json = g_string_free(g_steal_pointer(&names), FALSE);
    return VESSEL_OK;
}

/* A piece of a path will do if there is one place that it can mean. */
static int find(const char *path, Found *found, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    g_autofree char *whole = NULL;
    if (find_exactly(path, found, &error) == VESSEL_OK)
        return VESSEL_OK;
    *found = (Found){0};
    int code = vessel__explain_whole(path, &whole, err);
    if (code)
        return code;
    return whole ? find_exactly(whole, found, err)
                 : vessel__error_steal(err, g_steal_pointer(&error));
}

/* ---- telling it ---- */

typedef struct {
    const char *path;
    VesselJson *rows, *beneath;
    char *json_name;
    const VesselRow *row; /* the first */
} Tell;

static void tell(const VesselRowPlace *place, void *data)
{
    Tell *all = data;
    size_t length = strlen(all->path);
    if (strncmp(place->path, all->path, length) != 0)
        return;
    if (!place->path[length]) {
        /* Of an element the whole rather than its text. */
        if (!all->json_name)
            all->json_name = g_strdup(place->json);
        all->row = all->row ? all->row : place->row;
        vessel__json_append(all->rows, explain_row(place));
    } else if (place->path[length] == '/' || place->path[length - 1] == ':') {
        VesselJson *one = vessel__json_new_object();
        vessel__json_set_string(one, "path", place->path);
        vessel__json_set_string(one, "json", place->json);
        vessel__json_set_string(one, "meaning", place->row ? place->row->doc : place->variant->doc);
        vessel__json_append(all->beneath, one);
    }
}

bool vessel__honours(const VesselHonour *driver, const char *root, const char *path,
                     const VesselRow *row, VesselWords *words)
{
    return vessel__support_has(driver->support, root, NULL, words) &&
           vessel__support_has(driver->support, path, row, words);
}

static VesselJson *explain_drivers(const VesselHonour *drivers, const char *root, const Tell *all)
{
    VesselJson *array = vessel__json_new_array();
    for (; drivers && drivers->name; drivers++) {
        VesselWords words = NULL;
        if (!vessel__honours(drivers, root, all->path, all->row, &words))
            continue;
        VesselJson *one = vessel__json_new_object();
        vessel__json_set_string(one, "name", drivers->name);
        if (words)
            vessel__json_set(one, "words", json_words(words));
        vessel__json_append(array, one);
    }
    return array;
}

static VesselJson *explain_kinds(void)
{
    VesselJson *json = vessel__json_new_object(), *kinds = vessel__json_new_array();
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++) {
        VesselJson *one = vessel__json_new_object();
        g_autofree char *path = g_strconcat("/", kind->root, NULL);
        vessel__json_set_string(one, "kind", kind->word);
        vessel__json_set_string(one, "path", path);
        vessel__json_set_string(one, "meaning", kind->doc);
        vessel__json_append(kinds, one);
    }
    vessel__json_set(json, "kinds", kinds);
    return json;
}

/* A table inside itself is walked once: further down it is the same again. */
static char *first_of_chain(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    GString *made = g_string_new(NULL);
    for (guint i = 1; parts[i]; i++) {
        if (!parts[i + 1] || strcmp(parts[i], parts[i + 1]) != 0)
            g_string_append_printf(made, "/%s", parts[i]);
    }
    return g_string_free(made, FALSE);
}

int vessel__explain(const char *path, const VesselHonour *drivers, VesselJson **json,
                    VesselError **err)
{
    Found found = {0};
    if (path[strspn(path, "/")] == '\0') {
        *json = explain_kinds();
        return VESSEL_OK;
    }
    int code = find(path, &found, err);
    if (code)
        return code;
    g_autofree char *shown = found.path, *walked = first_of_chain(shown);
    g_autofree char *json_name = NULL, *own_json = found.json;
    g_autofree char *root = g_strconcat("/", found.root->name, NULL);
    Tell all = {
        .path = shown, .rows = vessel__json_new_array(), .beneath = vessel__json_new_array()};
    vessel__schema_each_place(found.root, tell, &all);
    if (vessel__json_length(all.rows) == 0 && vessel__json_length(all.beneath) == 0) {
        all.path = walked;
        vessel__schema_each_place(found.root, tell, &all);
    }
    json_name = all.json_name;
    *json = vessel__json_new_object();
    vessel__json_set_string(*json, "path", shown);
    vessel__json_set_string(*json, "json", json_name ? json_name : found.json);
    vessel__json_set_string(*json, "meaning", found.kind ? found.kind->doc : NULL);
    vessel__json_set(*json, "rows", all.rows);
    vessel__json_set(*json, "drivers", explain_drivers(drivers, root, &all));
    vessel__json_set(*json, "beneath", all.beneath);
    return VESSEL_OK;
}
