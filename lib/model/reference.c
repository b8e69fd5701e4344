/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/reference.h"
#include "model/shape.h"

typedef struct {
    GString *out;
    const VesselKind *kind;
    const VesselHonour *drivers;
    bool man, top; /* the values of the root, or the rest */
    char *root;    /* "/domain" */
    char *section; /* the path whose section this is */
    char *whole;   /* what is a document of another kind: its page is elsewhere */
} Page;

/* Appends @text as plain text of the page's language. */
static void put(Page *page, const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (page->man && line_start && (*text == '.' || *text == '\''))
            g_string_append(page->out, "\\&");
        if (page->man && *text == '\\')
            g_string_append(page->out, "\\e");
        else if (page->man && *text == '-')
            g_string_append(page->out, "\\-");
        else if (!page->man && strchr("|<>*_\\", *text))
            g_string_append_printf(page->out, "\\%c", *text);
        else
            g_string_append_c(page->out, *text);
        line_start = *text == '\n';
    }
}

/* A new section at each child of the root, and at each element of a list. */
static bool begins_section(const Page *page, const VesselRowPlace *place)
{
    size_t length = page->section ? strlen(page->section) : 0;
    if (place->variant)
        return true;
    return !page->section || strncmp(place->path, page->section, length) != 0 ||
           (place->path[length] && place->path[length] != '/');
}

static void begin_section(Page *page, const VesselRowPlace *place)
{
    const char *second = strchr(place->path + 1, '/');
    const char *end = page->top                   ? second
                      : second && !place->variant ? strchr(second + 1, '/')
                                                  : NULL;
    g_free(page->section);
    page->section =
        end ? g_strndup(place->path, (gsize)(end - place->path)) : g_strdup(place->path);
    if (page->man) {
        g_string_append(page->out, ".SH \"");
        put(page, page->section);
        g_string_append(page->out, "\"\n");
    } else {
        g_string_append_printf(page->out, "\n## %s\n\n| path | takes | meaning |\n|---|---|---|\n",
                               page->section);
    }
}

/* Everything beside its meaning: "; must be given; only for type file". */
static char *remarks(const Page *page, const VesselRowPlace *place)
{
    GString *text = g_string_new(NULL);
    const VesselRow *row = place->row;
    g_autoptr(GPtrArray) when = row ? vessel__row_when(row, place->tag) : NULL;
    if (when) {
        g_autofree char *words = vessel__words_join((VesselWords)when->pdata, G_MAXUINT);
        bool holder = strcmp(place->tag->path, "..") == 0;
        g_string_append_printf(text, "; only for %s %s",
                               holder ? "type" : place->tag->path + (*place->tag->path == '@'),
                               words);
    }
    g_autofree char *left_out = row ? vessel__row_if_left_out(row) : NULL;
    if (left_out)
        g_string_append_printf(text, "; if left out: %s", left_out);
    for (const VesselRowMark *mark = vessel__row_marks; mark->name; mark++) {
        g_autofree char *note = vessel__place_note(place, mark);
        if (note)
            g_string_append_printf(text, "; %s", note);
    }
    if (vessel__shape_is_namespace(place->shape))
        g_string_append_printf(text, "; the namespace %s", vessel__shape_uri(place->shape->object));
    if (row && row->since)
        g_string_append_printf(text, "; since %s", row->since);
    bool first = true;
    for (const VesselHonour *driver = page->drivers; driver && driver->name; driver++) {
        VesselWords words = NULL;
        if (!vessel__honours(driver, page->root, place->path, row, &words))
            continue;
        g_autofree char *list = words ? vessel__words_join(words, G_MAXUINT) : NULL;
        g_string_append_printf(text, "%s %s%s%s%s", first ? "; honoured by" : ",", driver->name,
                               list ? " (" : "", list ? list : "", list ? ")" : "");
        first = false;
    }
    return g_string_free(text, FALSE);
}

/* A value of the root itself: all of them stand together. */
static bool is_top(const VesselRowPlace *place)
{
    const char *second = strchr(place->path + 1, '/');
    return second && !strchr(second + 1, '/') && place->row &&
           place->row->kind < VESSEL_KIND_OBJECT;
}

static bool is_elsewhere(const Page *page, const VesselRowPlace *place)
{
    return page->whole && g_str_has_prefix(place->path, page->whole);
}

/* The page of what stands here whole, "" if it does not. */
static char *see_other_page(Page *page, const VesselRowPlace *place)
{
    const VesselKind *kind = vessel__kind_inside(place->row);
    if (!kind)
        return g_strdup("");
    g_free(page->whole);
    page->whole = g_strconcat(place->path, "/", NULL);
    return g_strdup_printf("; what is beneath it is that of a %s: vessel-%s(5)", kind->root,
                           kind->word);
}

static void put_man(Page *page, const VesselRowPlace *place, const char *takes, const char *more)
{
    g_string_append(page->out, ".TP\n.B ");
    put(page, place->path);
    g_string_append_c(page->out, '\n');
    put(page, place->row ? place->row->doc : place->variant->doc);
    put(page, more);
    g_string_append(page->out, ".\nTakes ");
    put(page, takes);
    g_string_append(page->out, ".\nIn JSON ");
    put(page, place->json);
    g_string_append(page->out, ".\n");
}

static void put_place(const VesselRowPlace *place, void *data)
{
    Page *page = data;
    if (is_top(place) != page->top || is_elsewhere(page, place))
        return;
    if (begins_section(page, place))
        begin_section(page, place);
    g_autofree char *takes =
        place->row ? vessel__row_takes(place->row) : g_strdup("what is beneath it");
    g_autofree char *marks = remarks(page, place), *other = see_other_page(page, place);
    g_autofree char *more = g_strconcat(marks, other, NULL);
    if (page->man) {
        put_man(page, place, takes, more);
        return;
    }
    g_string_append_printf(page->out, "| `%s` | ", place->path);
    put(page, takes);
    g_string_append(page->out, " | ");
    put(page, place->row ? place->row->doc : place->variant->doc);
    put(page, more);
    g_string_append(page->out, " |\n");
}

static const char left_out_says[] =
    "What is left out stays out of the definition, unless it says that it is filled in at define; "
    "a default that is not filled in is what the hypervisor or Vessel does then.";

static char *make_page(Page *page)
{
    page->root = g_strconcat("/", page->kind->root, NULL);
    page->top = true;
    vessel__schema_each_place(page->kind->shape(), put_place, page);
    page->top = false;
    g_clear_pointer(&page->section, g_free);
    vessel__schema_each_place(page->kind->shape(), put_place, page);
    g_free(page->section);
    g_free(page->whole);
    g_free(page->root);
    return g_string_free(page->out, FALSE);
}

char *vessel__reference_markdown(const VesselKind *kind, const VesselHonour *drivers)
{
    Page page = {.out = g_string_sized_new(65536), .kind = kind, .drivers = drivers};
    g_string_append_printf(page.out,
                           "# %s\n\n`<%s>`: %s. Elements may stand in any order, and what is not "
                           "described here is refused. %s\n",
                           kind->word, kind->root, kind->doc, left_out_says);
    return make_page(&page);
}

char *vessel__reference_man(const VesselKind *kind, const VesselHonour *drivers)
{
    g_autofree char *title = g_ascii_strup(kind->word, -1);
    Page page = {.out = g_string_sized_new(65536), .kind = kind, .drivers = drivers, .man = true};
    g_string_append(page.out, ".TH VESSEL\\-");
    put(&page, title);
    g_string_append(page.out, " 5 \"\" \"vessel\" \"Vessel\"\n.SH NAME\nvessel\\-");
    put(&page, kind->word);
    g_string_append(page.out, " \\- ");
    put(&page, kind->doc);
    g_string_append(page.out, "\n.SH DESCRIPTION\nThe definition ");
    put(&page, kind->root);
    g_string_append(
        page.out, ", in XML or JSON. Elements may stand in any order, and what is not described "
                  "here is refused.\n.BR vessel (1)\nchecks, converts and explains definitions.\n");
    put(&page, left_out_says);
    g_string_append_c(page.out, '\n');
    char *text = make_page(&page);
    g_autofree char *made = text;
    return g_strconcat(made, ".SH SEE ALSO\n.BR vessel (1),\n.BR libvessel (3)\n", NULL);
}
