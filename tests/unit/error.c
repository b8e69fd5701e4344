/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include "base/json.h"

static void every_code_has_a_word(void **state G_GNUC_UNUSED)
{
    for (int code = VESSEL_ERROR_BUG; code <= VESSEL_OK; code++) {
        const char *name = vessel_error_code_name(code);
        assert_non_null(name);
        assert_int_equal(vessel__error_code_from_name(name), code);
    }
    assert_null(vessel_error_code_name(1));
    assert_null(vessel_error_code_name(VESSEL_ERROR_BUG - 1));
    assert_int_equal(vessel__error_code_from_name("no-such"), 0);
    assert_int_equal(vessel__error_code_from_name(NULL), 0);
    assert_string_equal(vessel_error_code_name(VESSEL_ERROR_WRONG_STATE), "wrong-state");
}

static void nobody_need_ask_for_errors(void **state G_GNUC_UNUSED)
{
    assert_int_equal(vessel__fail(NULL, VESSEL_ERROR_BUSY, "%d", 1), VESSEL_ERROR_BUSY);
    assert_int_equal(vessel__fail_errno(NULL, ENOSPC, "x"), VESSEL_ERROR_NO_SPACE);
    VesselError *none = NULL;
    vessel__error_hint(NULL, "x");
    vessel__error_hint(&none, "x");
    vessel__error_at(&none, "x", 1, 1);
    vessel__error_cause(&none, "x");
    vessel__error_holder(&none, "x");
    vessel__error_prefix(&none, "x");
    vessel__error_outcome(&none, VESSEL_OUTCOME_DONE);
    vessel__error_retryable(&none, true);
    assert_null(none);
    /* The place is known to whoever failed, its line to whoever has the text. */
    g_autoptr(VesselError) err = NULL;
    vessel__fail(&err, VESSEL_ERROR_UNSUPPORTED, "no");
    vessel__error_at(&err, "/domain/@type", 0, 0);
    vessel__error_at(&err, NULL, 4, 0);
    vessel__error_at(&err, NULL, 9, 0);
    assert_string_equal(vessel_error_path(err), "/domain/@type");
    assert_int_equal(vessel_error_line(err), 4);
    assert_null(vessel__error_copy(NULL));
    assert_null(vessel_error_text(NULL));
    assert_null(vessel_error_json(NULL));
    assert_non_null(vessel_error_message(NULL));
    assert_int_equal(vessel_error_code(NULL), VESSEL_OK);
    assert_int_equal(vessel_error_problem_count(NULL), 0);
    vessel_error_free(NULL);
}

static void system_errors_have_codes(void **state G_GNUC_UNUSED)
{
    static const struct {
        int errnum, code;
    } rows[] = {
        {EACCES, VESSEL_ERROR_DENIED},          {EPERM, VESSEL_ERROR_DENIED},
        {EROFS, VESSEL_ERROR_DENIED},           {ENOENT, VESSEL_ERROR_NOT_FOUND},
        {EEXIST, VESSEL_ERROR_EXISTS},          {ENOSPC, VESSEL_ERROR_NO_SPACE},
        {EDQUOT, VESSEL_ERROR_NO_SPACE},        {EFBIG, VESSEL_ERROR_NO_SPACE},
        {ENOMEM, VESSEL_ERROR_NO_RESOURCE},     {EMFILE, VESSEL_ERROR_NO_RESOURCE},
        {ENFILE, VESSEL_ERROR_NO_RESOURCE},     {EAGAIN, VESSEL_ERROR_NO_RESOURCE},
        {ETIMEDOUT, VESSEL_ERROR_TIMEOUT},      {ENOSYS, VESSEL_ERROR_UNSUPPORTED},
        {EOPNOTSUPP, VESSEL_ERROR_UNSUPPORTED}, {EIO, VESSEL_ERROR_IO},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        VesselError *err = NULL;
        assert_int_equal(vessel__fail_errno(&err, rows[i].errnum, "cannot do %s", "it"),
                         rows[i].code);
        g_autofree char *wanted =
            g_strdup_printf("cannot do it: %s", strerrordesc_np(rows[i].errnum));
        assert_string_equal(vessel_error_message(err), wanted);
        vt_error(&err, rows[i].code);
    }
    VesselError *err = NULL;
    vessel__fail_errno(&err, 99999, "x");
    assert_string_equal(vessel_error_message(err), "x: error 99999");
    vt_error(&err, VESSEL_ERROR_IO);
}

static VesselError *full_error(void)
{
    VesselError *err = NULL;
    vessel__fail(&err, VESSEL_ERROR_BUSY, "the domain \"%s\" is busy", "web");
    vessel__error_hint(&err, "wait, or %s", "cancel");
    vessel__error_at(&err, "/domain/name", 3, 7);
    vessel__error_cause(&err, "first line\nsecond line\n");
    vessel__error_holder(&err, "pid 4711 (virt-panel), domain_start since 2026-11-21T08:00:00Z");
    vessel__error_outcome(&err, VESSEL_OUTCOME_UNKNOWN);
    vessel__error_retryable(&err, true);
    return err;
}

static void the_text_says_everything(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselError) err = full_error();
    g_autofree char *text = vessel_error_text(err);
    assert_string_equal(text, "the domain \"web\" is busy\n"
                              "  at: /domain/name:3:7\n"
                              "  hint: wait, or cancel\n"
                              "  cause: first line\n"
                              "          second line\n"
                              "  held by: pid 4711 (virt-panel), domain_start since "
                              "2026-11-21T08:00:00Z\n");
    g_autoptr(VesselError) plain = NULL;
    vessel__fail(&plain, VESSEL_ERROR_IO, "short");
    g_autofree char *short_text = vessel_error_text(plain);
    assert_string_equal(short_text, "short\n");
}

static void the_innermost_knows_best(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselError) err = full_error();
    vessel__error_hint(&err, "other");
    vessel__error_at(&err, "/other", 1, 1);
    vessel__error_cause(&err, "other");
    vessel__error_holder(&err, "other");
    vessel__error_prefix(&err, "cannot start %s", "it");
    assert_string_equal(vessel_error_hint(err), "wait, or cancel");
    assert_string_equal(vessel_error_path(err), "/domain/name");
    assert_int_equal(vessel_error_line(err), 3);
    assert_int_equal(vessel_error_column(err), 7);
    assert_true(g_str_has_prefix(vessel_error_cause(err), "first"));
    assert_true(g_str_has_prefix(vessel_error_holder(err), "pid 4711"));
    assert_string_equal(vessel_error_message(err), "cannot start it: the domain \"web\" is busy");
    /* A new failure replaces the old one. */
    vessel__fail(&err, VESSEL_ERROR_IO, "new");
    assert_null(vessel_error_hint(err));
    assert_int_equal(vessel_error_code(err), VESSEL_ERROR_IO);
}

static void same(const VesselError *a, const VesselError *b)
{
    g_autofree char *left = vessel_error_json(a), *right = vessel_error_json(b);
    assert_string_equal(left, right);
}

static void over_the_wire_and_back(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselError) err = full_error();
    g_autofree char *text = vessel_error_json(err);
    assert_string_equal(text, "{\"code\":\"busy\",\"message\":\"the domain \\\"web\\\" is busy\","
                              "\"hint\":\"wait, or cancel\",\"path\":\"/domain/name\",\"line\":3,"
                              "\"column\":7,\"holder\":\"pid 4711 (virt-panel), domain_start since "
                              "2026-11-21T08:00:00Z\",\"cause\":\"first line\\nsecond line\\n\","
                              "\"outcome\":\"unknown\",\"retryable\":true}");
    g_autoptr(VesselJson) json = vessel__error_to_json(err);
    g_autoptr(VesselError) back = vessel__error_from_json(json);
    same(err, back);
    g_autoptr(VesselError) copy = vessel__error_copy(err);
    same(err, copy);
    /* Nonsense gives an error all the same. */
    g_autoptr(VesselJson) nonsense = vessel__json_new_array();
    g_autoptr(VesselError) odd = vessel__error_from_json(nonsense);
    assert_int_equal(vessel_error_code(odd), VESSEL_ERROR_PROTOCOL);
    assert_non_null(vessel_error_message(odd));
    VesselError *taken = NULL;
    assert_int_equal(vessel__error_steal(&taken, vessel__error_copy(err)), VESSEL_ERROR_BUSY);
    same(err, taken);
    assert_int_equal(vessel__error_steal(NULL, taken), VESSEL_ERROR_BUSY);
}

static void problems_are_collected(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselError *err = NULL;
    assert_int_equal(vessel__problems_to_error(problems, "the definition", &err), VESSEL_OK);
    assert_null(err);
    vessel__problems_add(problems, VESSEL_ERROR_INVALID_DEFINITION, "/domain/memory", 4, 3,
                         "give it some", "memory is %d", 0);
    assert_int_equal(vessel__problems_to_error(problems, "the definition", &err),
                     VESSEL_ERROR_INVALID_DEFINITION);
    assert_string_equal(vessel_error_message(err), "memory is 0");
    assert_string_equal(vessel_error_path(err), "/domain/memory");
    assert_int_equal(vessel_error_line(err), 4);
    assert_int_equal(vessel_error_problem_count(err), 1);
    g_autofree char *one = vessel_error_text(err);
    assert_string_equal(one, "memory is 0\n  at: /domain/memory:4:3\n  hint: give it some\n");
    g_clear_pointer(&err, vessel_error_free);

    vessel__problems_add(problems, VESSEL_ERROR_UNSUPPORTED, "/domain/@type", 1, 1, NULL, "no %s",
                         "xen");
    assert_int_equal(vessel__problems_to_error(problems, "the definition", &err),
                     VESSEL_ERROR_INVALID_DEFINITION);
    g_autofree char *two = vessel_error_text(err);
    assert_non_null(strstr(two, "has 2 problems"));
    assert_non_null(strstr(two, "  - /domain/memory (line 4): memory is 0 (give it some)\n"
                                "  - /domain/@type (line 1): no xen\n"));
    assert_string_equal(vessel_error_message(vessel_error_problem(err, 1)), "no xen");
    assert_int_equal(vessel_error_code(vessel_error_problem(err, 1)), VESSEL_ERROR_UNSUPPORTED);
    assert_null(vessel_error_problem(err, 2));
    g_autoptr(VesselJson) json = vessel__error_to_json(err);
    g_autoptr(VesselError) back = vessel__error_from_json(json);
    same(err, back);
    vessel_error_free(err);
}

static void a_hundred_problems_are_enough(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    for (int i = 0; i < 250; i++)
        vessel__problems_add(problems, VESSEL_ERROR_UNSUPPORTED, "/x", i, 1, NULL, "p%d", i);
    assert_int_equal(vessel__problems_count(problems), 250);
    assert_null(vessel__problems_get(problems, VESSEL__PROBLEMS_MAX));
    VesselError *err = NULL;
    assert_int_equal(vessel__problems_to_error(problems, "it", &err), VESSEL_ERROR_UNSUPPORTED);
    assert_int_equal(vessel_error_problem_count(err), VESSEL__PROBLEMS_MAX);
    assert_non_null(strstr(vessel_error_message(err), "250"));
    vessel_error_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_word),    cmocka_unit_test(nobody_need_ask_for_errors),
        cmocka_unit_test(system_errors_have_codes), cmocka_unit_test(the_text_says_everything),
        cmocka_unit_test(the_innermost_knows_best), cmocka_unit_test(over_the_wire_and_back),
        cmocka_unit_test(problems_are_collected),   cmocka_unit_test(a_hundred_problems_are_enough),
    };
    return vt_main(tests);
}
