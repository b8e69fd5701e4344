/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition of any kind from anybody, XML or JSON: what is taken is written as text that is
 * taken again and is the same, in both forms; what is not taken has a problem to tell. Its seeds
 * are the vectors of the test `model` too. JSON does not say its kind: that is VT_FUZZ_KIND, which
 * the driver sets to the folder's name. */
#include <stdio.h>

#include "model/diff.h"
#include "model/kinds.h"
#include "model/shape.h"

#define WRITE_ALL (VESSEL_FORMAT_RUNTIME | VESSEL_FORMAT_SECRET)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static const VesselKind *kind;
static const char *input;
static size_t input_size;

/* ---- what must be true ---- */

static void must(bool true_thing, const char *what, const char *text)
{
    if (true_thing)
        return;
    fprintf(stderr, "# %s: %s\n%s\nof this:\n", kind->word, what, text ? text : "");
    fwrite(input, 1, input_size, stderr);
    abort();
}

static int lines_of(const char *text, size_t size)
{
    int lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

static void *parse(const char *text, size_t size, unsigned flags, VesselProblems *problems)
{
    g_autoptr(VesselProblems) warnings = vessel__problems_new();
    void *def = vessel__schema_parse(kind->shape(), text, size, flags, problems, warnings);
    int lines = lines_of(text, size);

    must(def || vessel__problems_count(problems) > 0, "refused without a reason", NULL);
    for (guint i = 0; i < vessel__problems_count(problems) && i < VESSEL__PROBLEMS_MAX; i++) {
        const VesselError *problem = vessel__problems_get(problems, i);
        const char *path = vessel_error_path(problem);
        must(*vessel_error_message(problem), "a problem without words", path);
        must(vessel_error_line(problem) <= lines, "a line behind the end", path);
        must(!def || vessel_error_line(problem) > 0, "a problem without a line", path);
        must(!def || (path && path[0] == '/'), "a problem without a path", NULL);
    }
    return def;
}

static void *parse_own(const char *text, unsigned flags)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    void *def = parse(text, strlen(text), flags, problems);
    bool good = def && (vessel__problems_count(problems) == 0 || (flags & VESSEL_PARSE_STORED));
    if (!good)
        fprintf(stderr, "# %s\n", vessel_error_message(vessel__problems_get(problems, 0)));
    must(good, "what was written is not taken", text);
    return def;
}

static void free_def(void *def)
{
    vessel__schema_free(kind->shape()->table, def);
}

static bool same(const void *a, const void *b)
{
    return vessel__schema_equal(kind->shape()->table, a, b);
}

static char *to_xml(const void *def, unsigned flags)
{
    return vessel__schema_format_xml(kind->shape(), def, flags);
}

static char *to_json(const void *def)
{
    g_autoptr(VesselJson) json = vessel__schema_format_json(kind->shape(), def, WRITE_ALL);
    return vessel__json_format(json, false);
}

/* @whole: without a problem. Of what was stored wrong a part is left, which may be read anew as
 * something else (`<entry/>`: a text that is empty, where it was refused). */
static void check_xml(const void *def, bool whole, unsigned flags)
{
    g_autofree char *text = to_xml(def, WRITE_ALL);
    void *again = parse_own(text, flags | VESSEL_PARSE_STORED);
    g_autofree char *second = to_xml(again, WRITE_ALL);
    must(strcmp(text, second) == 0, "written twice, it is not the same XML", text);
    must(!whole || same(def, again), "what is read of its XML is not the same", text);
    free_def(again);
    g_autofree char *plain = to_xml(def, VESSEL_FORMAT_SECRET);
    if (!(flags & VESSEL_PARSE_STORED))
        free_def(parse_own(plain, flags));
}

static void check_json(const void *def, bool whole, unsigned flags)
{
    g_autofree char *text = to_json(def), *xml = to_xml(def, WRITE_ALL);
    void *again = parse_own(text, flags | VESSEL_PARSE_STORED);
    g_autofree char *second = to_json(again), *xml_second = to_xml(again, WRITE_ALL);
    must(!whole || strcmp(text, second) == 0, "written twice, it is not the same JSON", text);
    /* Between the elements of <metadata> JSON has nothing. */
    if (whole && !strstr(xml, "<metadata"))
        must(strcmp(xml, xml_second) == 0, "the XML of its JSON is not its XML", text);
    free_def(again);
}

static void see(const VesselValue *value, void *data)
{
    g_autofree char *path = vessel__schema_value_path(value);
    must(path[0] == '/', "a value without a place", path);
    *(guint *)data += 1;
}

/* What is done with a definition that was taken. */
static void use(void *def, VesselProblems *problems)
{
    guint values = 0;
    vessel__schema_each_value(kind->shape(), def, see, &values);
    g_autoptr(VesselJson) changes = vessel__diff(kind, def, def);
    must(vessel__json_length(changes) == 0, "it differs from itself", NULL);
    if (kind->check)
        kind->check(def, problems);
}

/* What is filled in is a definition too, and is complete. */
static void check_defaults(void *def)
{
    if (!kind->defaults)
        return;
    kind->defaults(def);
    g_autofree char *text = to_xml(def, VESSEL_FORMAT_SECRET);
    void *again = parse_own(text, 0);
    must(same(def, again), "what was filled in is not read again", text);
    kind->defaults(again);
    must(same(def, again), "it is filled in twice", text);
    free_def(again);
}

static void try_flags(const char *text, size_t size, unsigned flags)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    void *def = parse(text, size, flags, problems);
    bool good = vessel__problems_count(problems) == 0;
    if (!def)
        return;
    void *copy = vessel__schema_copy(kind->shape()->table, def);
    must(same(def, copy), "its copy is not the same", NULL);
    use(copy, problems);
    if (good || (flags & VESSEL_PARSE_STORED)) {
        check_xml(def, good, flags);
        check_json(def, good, flags);
    }
    if (vessel__problems_count(problems) == 0 && flags == 0)
        check_defaults(copy);
    free_def(copy);
    free_def(def);
}

static const VesselKind *kind_of(const char *text, size_t size)
{
    const char *word = g_getenv("VT_FUZZ_KIND");
    const VesselKind *found = vessel__kind_of_text(text, size);
    if (!found && word)
        found = vessel__kind_find(word);
    return found ? found : vessel__kinds;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kind = kind_of((const char *)data, size);
    input = (const char *)data;
    input_size = size;
    try_flags((const char *)data, size, 0);
    try_flags((const char *)data, size, VESSEL_PARSE_LENIENT);
    try_flags((const char *)data, size, VESSEL_PARSE_STORED);
    return 0;
}

/* ---- changes that know what a definition is made of ---- */

typedef struct {
    char *data;
    size_t size, max;
    uint32_t state;
} Text;

static uint32_t roll(Text *text, size_t sides)
{
    text->state = text->state * 1664525u + 1013904223u;
    return (text->state >> 8) % (uint32_t)MAX(sides, 1);
}

static void replace(Text *text, size_t from, size_t to, const char *with, size_t length)
{
    if (text->size - (to - from) + length > text->max)
        return;
    memmove(text->data + from + length, text->data + to, text->size - to);
    memmove(text->data + from, with, length);
    text->size = text->size - (to - from) + length;
}

static bool in_word(char c)
{
    return g_ascii_isalnum(c) || strchr("_-.:/@", c) != NULL;
}

/* The word at or behind some place. */
static bool find_word(Text *text, size_t *from, size_t *to)
{
    *from = roll(text, text->size);
    while (*from < text->size && !(text->data[*from] && in_word(text->data[*from])))
        (*from)++;
    while (*from > 0 && text->data[*from - 1] && in_word(text->data[*from - 1]))
        (*from)--;
    for (*to = *from; *to < text->size && text->data[*to] && in_word(text->data[*to]); (*to)++)
        ;
    return *to > *from;
}

static void add_words(const VesselRowPlace *place, void *data)
{
    GPtrArray *words = data;
    const VesselShape *shape = place->shape;
    g_ptr_array_add(words, (gpointer)shape->name);
    if (shape->json)
        g_ptr_array_add(words, (gpointer)shape->json);
    const VesselRow *row = place->row;
    for (guint i = 1; row && row->words && row->words[i]; i++)
        g_ptr_array_add(words, (gpointer)row->words[i]);
}

/* Every name and word of the kind, and what numbers, texts and JSON may go wrong with. */
static GPtrArray *words_of(const VesselKind *one)
{
    static const char *const more[] = {"0",
                                       "1",
                                       "-1",
                                       "4294967296",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "0x10",
                                       "1e3",
                                       "1.5",
                                       "0-3,^2",
                                       "00000000-0000-0000-0000-000000000001",
                                       "52:54:00:00:00:01",
                                       "fe80::1",
                                       "192.0.2.1",
                                       "24",
                                       "/a",
                                       "null",
                                       "true",
                                       "[]",
                                       "{}",
                                       "\"\"",
                                       "&lt;",
                                       "&#10;",
                                       "\\u000a",
                                       "\\ud800",
                                       "unknown",
                                       "foreign",
                                       "_order",
                                       "value",
                                       "path",
                                       "xml",
                                       "metadata",
                                       "xmlns:a",
                                       "TiB",
                                       "unit",
                                       "yes",
                                       "no",
                                       "on",
                                       "off"};
    GPtrArray *words = g_ptr_array_new();
    vessel__schema_each_place(one->shape(), add_words, words);
    guint known = words->len;
    for (guint i = 0; i < known / 4 + G_N_ELEMENTS(more); i++)
        g_ptr_array_add(words, (gpointer)more[i % G_N_ELEMENTS(more)]);
    return words;
}

static void change_word(Text *text, GPtrArray *words)
{
    size_t from, to, other, end;
    if (!find_word(text, &from, &to))
        return;
    if (roll(text, 4) == 0 && find_word(text, &other, &end)) {
        g_autofree char *own = g_strndup(text->data + other, end - other);
        replace(text, from, to, own, end - other);
        return;
    }
    const char *word = words->pdata[roll(text, words->len)];
    replace(text, from, to, word, strlen(word));
}

static size_t next_of(Text *text, size_t from, const char *set)
{
    while (from < text->size && !(text->data[from] && strchr(set, text->data[from])))
        from++;
    return from;
}

/* Something between two marks of structure: left out, doubled, or put elsewhere. */
static void change_piece(Text *text)
{
    const char *marks = memchr(text->data, '<', text->size) ? "<" : "{}[],";
    size_t from = next_of(text, roll(text, text->size), marks), to = from;
    for (uint32_t count = roll(text, 3) + 1; count > 0; count--)
        to = next_of(text, MIN(to + 1, text->size), marks);
    g_autofree char *piece = g_strndup(text->data + from, to - from);
    switch (roll(text, 3)) {
    case 0:
        replace(text, from, to, "", 0);
        break;
    case 1:
        replace(text, to, to, piece, to - from);
        break;
    default:
        from = next_of(text, roll(text, text->size), marks);
        replace(text, from, from, piece, strlen(piece));
    }
}

/* An attribute, or a member, of any of the names. */
static void add_name(Text *text, GPtrArray *words)
{
    bool xml = memchr(text->data, '<', text->size) != NULL;
    const char *name = words->pdata[roll(text, words->len)];
    const char *value = words->pdata[roll(text, words->len)];
    size_t at = next_of(text, roll(text, text->size), xml ? "/>" : ",{");
    g_autofree char *made =
        xml ? (roll(text, 2) ? g_strdup_printf(" %s='%s'", name, value)
                             : g_strdup_printf("><%s>%s</%s", name, value, name))
            : g_strdup_printf(roll(text, 2) ? ",\"%s\":\"%s\"" : ",\"%s\":%s", name, value);
    at = MIN(at + (!xml && at < text->size && text->data[at] == '{'), text->size);
    replace(text, at, at, made, strlen(made));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    static GPtrArray *words;
    static const VesselKind *words_kind;
    Text text = {(char *)data, size, max, seed};
    const VesselKind *now = kind_of((const char *)data, size);

    if (size == 0 || roll(&text, 8) == 0)
        return LLVMFuzzerMutate(data, size, max);
    if (now != words_kind) {
        g_clear_pointer(&words, g_ptr_array_unref);
        words = words_of(now);
        words_kind = now;
    }
    for (uint32_t count = roll(&text, 3) + 1; count > 0 && text.size > 0; count--) {
        uint32_t how = roll(&text, 6);
        if (how < 3)
            change_word(&text, words);
        else if (how < 5)
            change_piece(&text);
        else
            add_name(&text, words);
    }
    return text.size;
}
