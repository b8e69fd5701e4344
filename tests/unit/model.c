/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents of every kind, by vectors in tests/unit/data/KIND:
 *   NAME.xml, NAME.json-in       the input; lenient*.xml is read leniently
 *   NAME.out                     what it is written as; if missing, exactly the input
 *   NAME.json                    the same as JSON
 *   NAME.warnings                what is mentioned; if missing, nothing
 *   bad-NAME.xml, .json-in and .errors   the problems, all of them
 * VT_UPDATE=1 writes the expected files anew: read the difference before you keep it. */
#include "tests/unit/model.h"

#include "model/document.h"
#include "model/shape.h"

#define SECRET VESSEL_FORMAT_SECRET

typedef struct {
    const VesselKind *kind;
    char *name, *text;
    gsize length;
    unsigned flags;
    bool bad;
} Vector;

static char *data_path(const VesselKind *kind, const char *name, const char *suffix)
{
    return g_strconcat(vt_source_dir(), "/tests/unit/data/", kind->word, "/", name, suffix, NULL);
}

static void vector_free(Vector *vector)
{
    g_free(vector->name);
    g_free(vector->text);
    g_free(vector);
}

static void read_vectors(const VesselKind *kind, GPtrArray *vectors)
{
    g_autofree char *folder = data_path(kind, "", "");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *entry;

    if (!dir)
        print_message("# there is no folder %s\n", folder);
    assert_non_null(dir);
    while ((entry = g_dir_read_name(dir))) {
        const char *suffix = strrchr(entry, '.');
        if (!suffix || (strcmp(suffix, ".xml") != 0 && strcmp(suffix, ".json-in") != 0))
            continue;
        g_autofree char *path = data_path(kind, entry, "");
        Vector *vector = g_new0(Vector, 1);
        vector->kind = kind;
        vector->name = g_strndup(entry, (gsize)(suffix - entry));
        vector->bad = g_str_has_prefix(entry, "bad-");
        vector->flags = g_str_has_prefix(entry, "lenient")  ? VESSEL_PARSE_LENIENT
                        : g_str_has_prefix(entry, "stored") ? VESSEL_PARSE_STORED
                                                            : 0;
        assert_true(g_file_get_contents(path, &vector->text, &vector->length, NULL));
        g_ptr_array_add(vectors, vector);
    }
}

/* Those of all kinds. */
static GPtrArray *all_vectors(void)
{
    GPtrArray *vectors = g_ptr_array_new_with_free_func((GDestroyNotify)vector_free);
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
        read_vectors(kind, vectors);
    return vectors;
}

static void must_equal_file(const Vector *vector, const char *suffix, const char *found,
                            const char *otherwise)
{
    g_autofree char *path = data_path(vector->kind, vector->name, suffix), *wanted = NULL;
    if (g_getenv("VT_UPDATE") && (!otherwise || strcmp(found, otherwise) != 0)) {
        assert_true(g_file_set_contents(path, found, -1, NULL));
        return;
    }
    if (!g_file_get_contents(path, &wanted, NULL, NULL))
        wanted = g_strdup(otherwise ? otherwise : "(no such file)");
    must_equal(vector->name, suffix, found, wanted);
}

static VesselDocument parse(const Vector *vector, const char *text, gsize length, unsigned flags,
                            VesselProblems *problems, VesselProblems *warnings)
{
    VesselDocument document = {vector->kind, NULL};
    document.def =
        vessel__schema_parse(vector->kind->shape(), text, length, flags, problems, warnings);
    return document;
}

static void check(const VesselDocument *document, VesselProblems *problems)
{
    if (document->kind->check)
        document->kind->check(document->def, problems);
}

static char *to_xml(const VesselDocument *document)
{
    return vessel__schema_format_xml(document->kind->shape(), document->def, SECRET);
}

static VesselDocument parse_good(const Vector *vector, VesselProblems *warnings)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselDocument document =
        parse(vector, vector->text, vector->length, vector->flags, problems, warnings);
    if (vessel__problems_count(problems) == 0)
        check(&document, problems);
    g_autofree char *found = describe(problems);
    must_equal(vector->name, "problems", found, "");
    return document;
}

/* The problems of a bad vector, at least one. */
static VesselProblems *parse_bad(const Vector *vector)
{
    VesselProblems *problems = vessel__problems_new();
    g_auto(VesselDocument) document =
        parse(vector, vector->text, vector->length, vector->flags, problems, NULL);
    if (vessel__problems_count(problems) == 0) {
        assert_non_null(document.def);
        check(&document, problems);
    }
    if (vessel__problems_count(problems) == 0)
        print_message("# %s has no problem\n", vector->name);
    assert_true(vessel__problems_count(problems) > 0);
    return problems;
}

/* What could be read of a bad document is checked all the same: whatever is missing. */
static void check_rest(const Vector *vector)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_auto(VesselDocument) rest =
        parse(vector, vector->text, vector->length, VESSEL_PARSE_STORED, problems, NULL);
    if (rest.def)
        check(&rest, problems);
}

static void must_be_equal(const Vector *vector, const VesselDocument *a, const void *b,
                          const char *what)
{
    if (vessel__schema_equal(a->kind->shape()->table, a->def, b))
        return;
    print_message("# %s is not equal to %s\n", vector->name, what);
    fail();
}

static void check_json(const Vector *vector, const VesselDocument *document, const char *xml)
{
    const VesselShape *shape = vector->kind->shape();
    g_autoptr(VesselJson) json = vessel__schema_format_json(shape, document->def, SECRET);
    g_autofree char *text = vessel__json_format(json, true);
    g_autoptr(VesselProblems) problems = vessel__problems_new();

    must_equal_file(vector, ".json", text, NULL);
    g_auto(VesselDocument) back = parse(vector, text, strlen(text), vector->flags, problems, NULL);
    g_autofree char *found = describe(problems);
    must_equal(vector->name, "problems of its JSON", found, "");
    /* Between the elements of <metadata> JSON has nothing. */
    if (!strstr(xml, "<metadata>")) {
        g_autofree char *xml_back = to_xml(&back);
        must_equal(vector->name, "XML of its JSON", xml_back, xml);
        must_be_equal(vector, document, back.def, "its JSON");
    }
    g_autoptr(VesselJson) again = vessel__schema_format_json(shape, back.def, SECRET);
    g_autofree char *text_again = vessel__json_format(again, true);
    must_equal(vector->name, "JSON of its JSON", text_again, text);
}

static void check_good(const Vector *vector)
{
    g_autoptr(VesselProblems) warnings = vessel__problems_new();
    g_auto(VesselDocument) document = parse_good(vector, warnings);
    g_autofree char *out = to_xml(&document), *mentioned = describe(warnings);

    must_equal_file(vector, ".out", out, vector->text);
    must_equal_file(vector, ".warnings", mentioned, "");

    Vector again = {vector->kind, vector->name, out, strlen(out), vector->flags, false};
    g_auto(VesselDocument) back = parse_good(&again, NULL);
    g_autofree char *out_again = to_xml(&back);
    must_equal(vector->name, "written, read and written", out_again, out);
    must_be_equal(vector, &document, back.def, "what it is written as");
    g_auto(VesselDocument)
        copy = {vector->kind, vessel__schema_copy(vector->kind->shape()->table, document.def)};
    must_be_equal(vector, &document, copy.def, "its copy");
    g_autofree char *out_copy = to_xml(&copy);
    must_equal(vector->name, "its copy", out_copy, out);
    check_json(vector, &document, out);
}

static void test_good(void **state G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) vectors = all_vectors();
    for (guint i = 0; i < vectors->len; i++) {
        const Vector *vector = vectors->pdata[i];
        if (!vector->bad)
            check_good(vector);
    }
}

static void test_bad(void **state G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) vectors = all_vectors();
    for (guint i = 0; i < vectors->len; i++) {
        const Vector *vector = vectors->pdata[i];
        if (!vector->bad)
            continue;
        g_autoptr(VesselProblems) problems = parse_bad(vector);
        g_autofree char *found = describe(problems);
        must_equal_file(vector, ".errors", found, NULL);
        check_rest(vector);
    }
}

/* Every row has been given, and refused, by some vector. A row that stands in several tables, or in
 * a table that is used in several places, counts once: its path there and what it means are the
 * same. */
static char *row_key(const VesselKind *kind, const char *path)
{
    g_autoptr(GString) bare = g_string_new(NULL);
    for (; *path; path++) {
        if (*path == '[')
            path = strchr(path, ']');
        else
            g_string_append_c(bare, *path);
    }
    const VesselRow *row = vessel__schema_find(kind->shape(), bare->str);
    return row ? g_strdup_printf("%s: %s", row->path, row->doc) : NULL;
}

typedef struct {
    const VesselKind *kind;
    GHashTable *given, *refused;
    guint missing, rows;
} Coverage;

static void add_row(GHashTable *set, const VesselKind *kind, const char *path)
{
    char *key = row_key(kind, path);
    if (key)
        g_hash_table_add(set, key);
}

static void add_value(const VesselValue *value, void *data)
{
    const Coverage *coverage = data;
    add_row(coverage->given, coverage->kind, value->path);
}

static void add_paths(const VesselProblems *problems, const VesselKind *kind, GHashTable *set)
{
    for (guint i = 0; i < vessel__problems_count(problems); i++) {
        const char *path = vessel_error_path(vessel__problems_get(problems, i));
        add_row(set, kind, path ? path : "");
    }
}

static void check_covered(const char *path, const VesselRow *row, void *data)
{
    Coverage *coverage = data;
    g_autofree char *key = row_key(coverage->kind, path); /* of several for one place the first */

    coverage->rows++;
    assert_true(row->doc && *row->doc);
    assert_non_null(key);
    if (row->kind == VESSEL_KIND_LIST || row->kind == VESSEL_KIND_OBJECTS)
        return;
    /* What stood under an old name is found under the new one. */
    if (!(row->flags & VESSEL_ROW_OLD) && !g_hash_table_contains(coverage->given, key)) {
        print_message("# no good vector has %s\n", path);
        coverage->missing++;
    }
    if (!g_hash_table_contains(coverage->refused, key)) {
        print_message("# no bad vector has %s refused\n", path);
        coverage->missing++;
    }
}

static void test_coverage(void **state G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) vectors = all_vectors();
    g_autoptr(GHashTable) given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Coverage coverage = {NULL, given, refused, 0, 0};

    for (guint i = 0; i < vectors->len; i++) {
        const Vector *vector = vectors->pdata[i];
        if (vector->bad) {
            g_autoptr(VesselProblems) problems = parse_bad(vector);
            add_paths(problems, vector->kind, refused);
            continue;
        }
        g_autoptr(VesselProblems) warnings = vessel__problems_new();
        g_auto(VesselDocument) document = parse_good(vector, warnings);
        coverage.kind = vector->kind;
        vessel__schema_each_value(vector->kind->shape(), document.def, add_value, &coverage);
        add_paths(warnings, vector->kind, given); /* RUNTIME rows are only mentioned */
    }
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++) {
        coverage.kind = kind;
        vessel__schema_each_row(kind->shape(), check_covered, &coverage);
    }
    assert_true(coverage.rows > 80);
    assert_int_equal(coverage.missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_coverage),
    };
    return vt_main(tests);
}
