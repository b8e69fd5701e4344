/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel_definition_*(): the tools over definitions of any kind. */
#include "tests/lib/vt.h"

#include <vessel/vessel.h>

#include "model/kinds.h"

static const char small[] = "<domain type='%s'><name>a</name><memory>1024</memory></domain>";

static void test_validate(void **state G_GNUC_UNUSED)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    g_autoptr(VesselError) err = NULL, no_kind = NULL, twice = NULL;
    g_autofree char *good = g_strdup_printf(small, "kvm");

    assert_int_equal(vessel_definition_validate(good, NULL, NULL), 0);
    assert_int_equal(vessel_definition_validate("<x:y xmlns:x='u'/>", NULL, &err),
                     VESSEL_ERROR_INVALID_DEFINITION);
    assert_int_equal(vessel_error_problem_count(err), 1);
    options.kind = "pool party";
    assert_int_equal(vessel_definition_validate(good, &options, &no_kind),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_non_null(vessel_error_hint(no_kind));
    options.kind = "domain";
    options.flags = VESSEL_DEFINITION_HOST;
    assert_int_equal(vessel_definition_validate(good, &options, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    options.flags = VESSEL_DEFINITION_LIBVIRT;
    assert_int_equal(vessel_definition_validate(good, &options, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    /* The form and what goes together, in one answer. */
    assert_int_equal(vessel_definition_validate(
                         "<domain type='kvm'><name>a</name><memory>1</memory><bogus/>"
                         "<currentMemory>2</currentMemory></domain>",
                         NULL, &twice),
                     VESSEL_ERROR_INVALID_DEFINITION);
    assert_int_equal(vessel_error_problem_count(twice), 2);
}

/* What the driver of a host says is said too, but only with a host. */
static void test_validate_on_host(void **state G_GNUC_UNUSED)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    g_autofree char *root = vt_path("root"), *uri = g_strdup_printf("local:?root=%s", root);
    g_autofree char *mock = g_strdup_printf(small, "mock");
    g_autoptr(VesselError) err = NULL;

    vessel_host_open(uri, NULL, &options.host, &err);
    vt_no_error(err);
    assert_int_equal(vessel_definition_validate(mock, NULL, NULL), 0);
    assert_true(vessel_definition_validate(mock, &options, &err) < 0);
    assert_string_equal(vessel_error_path(err), "/domain/@type");
    vessel_host_unref(options.host);
}

static char *convert(const char *text, int form, uint32_t flags, VesselError **err)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    char *result = NULL;

    options.flags = flags;
    int code = vessel_definition_convert(text, form, &options, &result, err);
    assert_true((code == 0) == (result != NULL));
    return result;
}

static void test_convert(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselError) err = NULL, wrong = NULL;
    g_autofree char *given = g_strdup_printf(small, "kvm");
    g_autofree char *xml = convert(given, VESSEL_DEFINITION_XML, 0, NULL);
    g_autofree char *json = convert(given, VESSEL_DEFINITION_JSON, 0, NULL);
    g_autofree char *back = convert(json, VESSEL_DEFINITION_XML, 0, NULL);
    g_autofree char *again = convert(back, VESSEL_DEFINITION_JSON, 0, NULL);

    assert_string_equal(back, xml);
    assert_string_equal(again, json);
    assert_null(convert("<domain/>", VESSEL_DEFINITION_XML, 0, &err));
    assert_true(vessel_error_problem_count(err) > 1);
    assert_null(convert(given, 7, 0, &wrong));
    assert_int_equal(vessel_error_code(wrong), VESSEL_ERROR_INVALID_ARGUMENT);
}

typedef struct {
    const char *document;
    guint found;
} Extensions;

static void check_extension(const char *path, const VesselRow *row, void *data)
{
    Extensions *extensions = data;
    for (VesselWords pair = row->libvirt; pair && pair[0]; pair += 2) {
        assert_true(vessel__word_find(row->words, pair[0]) > 0);
        g_autofree char *theirs = *pair[1] ? g_strdup_printf("`%s`", pair[1]) : g_strdup("none");
        g_autofree char *line = g_strdup_printf("| `%s` | `%s` | %s | ", path, pair[0], theirs);
        if (!strstr(extensions->document, line)) {
            print_message("# docs/extensions.md does not have: %s\n", line);
            fail();
        }
        extensions->found++;
    }
}

/* Every word of ours is in docs/extensions.md, and no other; --libvirt writes what it says. */
static void test_extensions(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *ours, *theirs;
    } types[] = {{"emulator", "qemu"}, {"qemu", "qemu"}, {"container", "lxc"},
                 {"auto", "kvm"},      {"kvm", "kvm"},   {"mock", NULL}};
    g_autofree char *path = g_strconcat(vt_source_dir(), "/docs/extensions.md", NULL);
    g_autofree char *document = NULL;

    assert_true(g_file_get_contents(path, &document, NULL, NULL));
    Extensions extensions = {document, 0};
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
        vessel__schema_each_row(kind->shape(), check_extension, &extensions);
    g_auto(GStrv) rows = g_strsplit(document, "\n| `", -1);
    assert_int_equal(g_strv_length(rows) - 1, extensions.found);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(VesselError) err = NULL;
        g_autofree char *given = g_strdup_printf(small, types[i].ours);
        g_autofree char *begin =
            types[i].theirs ? g_strdup_printf("<domain type='%s'>", types[i].theirs) : NULL;
        g_autofree char *result =
            convert(given, VESSEL_DEFINITION_XML, VESSEL_DEFINITION_LIBVIRT, &err);
        assert_true(begin ? g_str_has_prefix(result, begin)
                          : vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validate),
        cmocka_unit_test(test_validate_on_host),
        cmocka_unit_test(test_convert),
        cmocka_unit_test(test_extensions),
    };
    return vt_main(tests);
}
