/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include "base/json.h"

#include <locale.h>

static VesselJson *parse(const char *text)
{
    VesselError *err = NULL;
    VesselJson *json = NULL;
    vessel__json_parse(text, strlen(text), NULL, "text", &json, &err);
    vt_no_error(err);
    return json;
}

static void refuse_bytes(const char *text, size_t length, const char *why)
{
    VesselError *err = NULL;
    VesselJson *json = NULL;
    assert_int_equal(vessel__json_parse(text, length, NULL, "text", &json, &err),
                     VESSEL_ERROR_PROTOCOL);
    assert_null(json);
    if (!strstr(vessel_error_message(err), why))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, vessel_error_message(err), why);
    vessel_error_free(err);
}

static void refuse(const char *text, const char *why)
{
    refuse_bytes(text, strlen(text), why);
}

static void round_trip(const char *text)
{
    g_autoptr(VesselJson) json = parse(text);
    g_autofree char *out = vessel__json_format(json, false);
    assert_string_equal(out, text);
    g_autoptr(VesselJson) copy = vessel__json_copy(json);
    g_autofree char *again = vessel__json_format(copy, false);
    assert_string_equal(again, text);
}

static void values_come_back(void **state G_GNUC_UNUSED)
{
    round_trip("null");
    round_trip("true");
    round_trip("[]");
    round_trip("{}");
    round_trip("{\"a\":1,\"b\":[true,false,null,\"x\",{\"c\":{}}],\"\":\"\"}");
    round_trip("[0,-1,9223372036854775807,-9223372036854775808,18446744073709551615]");
    round_trip("[1.5,-0.25,1e+300,1.0]");
    round_trip("\"\\\"\\\\\\n\\t\\r\\b\\f\\u0001äöü€😀\"");
    g_autoptr(VesselJson) json = parse(" \n[ 1 , 2 ]\r\n\t");
    assert_int_equal(vessel__json_length(json), 2);
}

static void numbers_have_kinds(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselJson) json =
        parse("[1, 9223372036854775807, 9223372036854775808, -1, 1.0, 1e2, -0]");
    static const VesselJsonKind kinds[] = {VESSEL_JSON_INT, VESSEL_JSON_INT,    VESSEL_JSON_UINT,
                                           VESSEL_JSON_INT, VESSEL_JSON_DOUBLE, VESSEL_JSON_DOUBLE,
                                           VESSEL_JSON_INT};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        assert_int_equal(vessel__json_kind(vessel__json_at(json, i)), kinds[i]);
    const VesselJson *large = vessel__json_at(json, 2), *negative = vessel__json_at(json, 3);
    assert_int_equal(vessel__json_int(large, 5), 5);
    assert_true(vessel__json_uint(large, 5) == 9223372036854775808u);
    assert_int_equal(vessel__json_uint(negative, 5), 5);
    assert_int_equal(vessel__json_int(vessel__json_at(json, 4), 5), 5);
    assert_true(vessel__json_double(vessel__json_at(json, 5), 0) == 100.0);
    assert_true(vessel__json_double(negative, 0) == -1.0);
    refuse("18446744073709551616", "too large");
    refuse("-9223372036854775809", "too large");
    refuse("1e400", "too large");
    refuse("01", "");
    refuse("+1", "");
    refuse("1.", "");
    refuse(".5", "");
    refuse("NaN", "");
    refuse("1111111111111111111111111111111111111111111111111111111111111111111", "digits");
    g_autoptr(VesselJson) not_a_number = vessel__json_new_double(0.0 / 0.0);
    assert_int_equal(vessel__json_kind(not_a_number), VESSEL_JSON_NULL);
}

static void what_is_not_json_is_refused(void **state G_GNUC_UNUSED)
{
    refuse("", "empty");
    refuse("  \n ", "empty");
    refuse("{", "");
    refuse("[1,]", "");
    refuse("[1 2]", "");
    refuse("{\"a\"}", "");
    refuse("{a:1}", "");
    refuse("'a'", "");
    refuse("[1] [2]", "");
    refuse("[1]x", "");
    refuse("{} {}", "");
    refuse("/* no */ 1", "");
    refuse("// no\n1", "");
    refuse("\"a\nb\"", "");
    refuse("\"\\x\"", "");
    refuse("{\"a\":1,\"b\":2,\"a\":3}", "\"a\" is there twice");
    refuse("{\"a\":{\"b\":1,\"b\":1}}", "\"b\" is there twice");
    refuse("\"\\u0000\"", "NUL");
    refuse("{\"a\\u0000b\":1}", "NUL");
    refuse_bytes("\"a\0b\"", 5, "");
    refuse_bytes("1\0", 2, "");
    refuse("\xef\xbb\xbf{}", "");
}

static void text_is_utf8(void **state G_GNUC_UNUSED)
{
    refuse("\"\xff\"", "UTF-8");
    refuse("\"\xc3\"", "UTF-8");
    refuse("\"\xc0\xaf\"", "UTF-8");         /* overlong */
    refuse("\"\xed\xa0\x80\"", "UTF-8");     /* half of a surrogate pair */
    refuse("\"\xf5\x80\x80\x80\"", "UTF-8"); /* beyond U+10FFFF */
    refuse("\"\\udc00\"", "UTF-8");          /* the same, escaped */
    refuse("{\"\xff\":1}", "UTF-8");
    g_autoptr(VesselJson) pair = parse("\"\\ud83d\\ude00\"");
    assert_string_equal(vessel__json_string(pair, ""), "😀");
    /* A file name may be anything; what is made of it can always be read. */
    g_autoptr(VesselJson) name = vessel__json_new_object();
    vessel__json_set_string(name, "\xff\xfe", "a\xc3z");
    g_autofree char *text = vessel__json_format(name, false);
    g_autoptr(VesselJson) again = parse(text);
    assert_string_equal(vessel__json_string(vessel__json_at(again, 0), ""), "a\uFFFDz");
}

static void caps_are_kept(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 65; i++)
        g_string_append_c(deep, '[');
    refuse(deep->str, "deeper than 64");
    g_string_truncate(deep, 64);
    for (int i = 0; i < 64; i++)
        g_string_append_c(deep, ']');
    round_trip(deep->str);

    g_autoptr(GString) many = g_string_new("[0");
    for (int i = 2; i < 100000; i++)
        g_string_append(many, ",0");
    g_string_append_c(many, ']');
    round_trip(many->str);
    g_string_truncate(many, many->len - 1);
    g_string_append(many, ",0]");
    refuse(many->str, "more than 100000");

    VesselJsonLimits limits = {.bytes = 10};
    VesselJson *json = NULL;
    VesselError *err = NULL;
    assert_int_equal(vessel__json_parse("[1,2,3,4,5]", 11, &limits, "x", &json, &err),
                     VESSEL_ERROR_PROTOCOL);
    assert_non_null(strstr(vessel_error_message(err), "larger than 10 bytes"));
    vessel_error_free(err);
}

static void places_are_known(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselJson) json = parse("{\n  \"a\": 1,\n  \"b\": [\n    true\n  ]\n}");
    assert_int_equal(vessel__json_line(json), 1);
    assert_int_equal(vessel__json_column(json), 1);
    assert_int_equal(vessel__json_line(vessel__json_get(json, "a")), 2);
    assert_int_equal(vessel__json_column(vessel__json_get(json, "a")), 8);
    assert_int_equal(vessel__json_line(vessel__json_get(json, "b")), 3);
    assert_int_equal(vessel__json_line(vessel__json_at(vessel__json_get(json, "b"), 0)), 4);
    VesselError *err = NULL;
    VesselJson *none = NULL;
    const char *text = "{\n  \"a\": 1,\n  \"a\": 2\n}";
    vessel__json_parse(text, strlen(text), NULL, "state.json", &none, &err);
    assert_string_equal(vessel_error_path(err), "state.json");
    assert_int_equal(vessel_error_line(err), 3);
    g_clear_pointer(&err, vessel_error_free);
    vessel__json_parse("[1,\n2", 5, NULL, "x", &none, &err);
    assert_int_equal(vessel_error_line(err), 2);
    vessel_error_free(err);
}

static void reading_what_is_not_there(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselJson) json = parse("{\"a\":{\"b\":{\"c\":7}},\"s\":\"x\",\"n\":null}");
    assert_int_equal(vessel__json_int(vessel__json_path(json, "a", "b", "c", NULL), 0), 7);
    assert_null(vessel__json_path(json, "a", "x", "c", NULL));
    assert_null(vessel__json_path(json, "s", "x", NULL));
    assert_null(vessel__json_get(NULL, "a"));
    assert_null(vessel__json_at(json, 3));
    assert_null(vessel__json_key_at(json, 3));
    assert_string_equal(vessel__json_key_at(json, 1), "s");
    assert_string_equal(vessel__json_get_string(json, "a", "otherwise"), "otherwise");
    assert_null(vessel__json_get_string(json, "n", NULL));
    assert_int_equal(vessel__json_get_int(json, "s", 3), 3);
    assert_true(vessel__json_get_bool(json, "s", true));
    assert_int_equal(vessel__json_length(vessel__json_get(json, "s")), 0);
    assert_int_equal(vessel__json_kind(NULL), VESSEL_JSON_NULL);
    assert_null(vessel__json_copy(NULL));
    vessel__json_free(NULL);
}

static void building_and_changing(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselJson) json = vessel__json_new_object();
    for (int i = 0; i < 100; i++) { /* past the size where an index begins */
        g_autofree char *key = g_strdup_printf("key%d", i);
        vessel__json_set_int(json, key, i);
    }
    vessel__json_set_int(json, "key5", 500);
    vessel__json_set(json, "key6", NULL);
    vessel__json_set_string(json, "key7", NULL);
    vessel__json_set(json, "absent", NULL);
    assert_int_equal(vessel__json_length(json), 98);
    assert_int_equal(vessel__json_get_int(json, "key5", 0), 500);
    assert_string_equal(vessel__json_key_at(json, 5), "key5");
    assert_null(vessel__json_get(json, "key6"));
    assert_int_equal(vessel__json_get_int(json, "key99", 0), 99);
    vessel__json_set_int(json, "key6", 6);
    assert_string_equal(vessel__json_key_at(json, 98), "key6");
    assert_int_equal(vessel__json_get_int(json, "key6", 0), 6);

    g_autoptr(VesselJson) array = vessel__json_new_array();
    vessel__json_append_string(array, "one");
    vessel__json_append_string(array, NULL);
    vessel__json_append(array, vessel__json_new_uint(UINT64_MAX));
    g_autofree char *text = vessel__json_format(array, false);
    assert_string_equal(text, "[\"one\",null,18446744073709551615]");
    g_autofree char *pretty = vessel__json_format(array, true);
    assert_true(g_str_has_suffix(pretty, "]\n"));
    assert_non_null(strchr(pretty, '\n'));
}

static void going_through(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselJson) json = parse("[1,2,3,4,5]");
    int sum = 0, seen = 0;
    VESSEL_JSON_FOREACH (value, json) {
        seen++;
        if (vessel__json_int(value, 0) == 2)
            continue;
        if (vessel__json_int(value, 0) == 5)
            break;
        VESSEL_JSON_FOREACH (inner, json)
            sum += (int)vessel__json_int(inner, 0);
    }
    assert_int_equal(seen, 5);
    assert_int_equal(sum, 3 * 15);
    seen = 0;
    VESSEL_JSON_FOREACH (value, json) {
        seen += value != NULL;
        break;
    }
    assert_int_equal(seen, 1);
    VESSEL_JSON_FOREACH (value, NULL)
        fail_msg("there is %p", (const void *)value);
}

static void the_locale_does_not_matter(void **state G_GNUC_UNUSED)
{
    static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", NULL};
    bool found = false;
    for (int i = 0; commas[i] && !found; i++)
        found = setlocale(LC_ALL, commas[i]) != NULL;
    if (!found)
        vt_skip("no locale with a decimal comma is installed");
    round_trip("[1.5]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(numbers_have_kinds),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(text_is_utf8),
        cmocka_unit_test(caps_are_kept),
        cmocka_unit_test(places_are_known),
        cmocka_unit_test(reading_what_is_not_there),
        cmocka_unit_test(building_and_changing),
        cmocka_unit_test(going_through),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return vt_main(tests);
}
