/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the container driver fills in at define is what rows say, and stays. */
#include "container/container.h"
#include "tests/lib/container.h"
#include "tests/unit/filled.h"

static VesselDriverHost no_host = {.cache_fd = -1};

static void test_rows_tell_what_is_filled_in(void **state G_GNUC_UNUSED)
{
    static const char text[] =
        "<domain type='container'><name>x</name><memory>65536</memory><os><init>/i</init></os>"
        "<devices><filesystem><source dir='/r'/><target dir='/'/></filesystem></devices></domain>";
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(GHashTable) out = g_hash_table_new(NULL, NULL);
    g_autoptr(VesselDomainDef) def = NULL;
    VesselError *err = NULL;

    vt_container_registry();
    vessel__domain_def_parse(text, strlen(text), 0, &def, problems, NULL);
    assert_non_null(def);
    vessel__domain_def_defaults(def);
    vessel__container_defaults(&no_host, def, &err);
    vt_no_error(err);
    note_filled(text, def, out);
    assert_true(g_hash_table_size(out) > 0);
    g_autoptr(VesselDomainDef) again = vessel__domain_def_copy(def);
    vessel__container_defaults(&no_host, again, &err);
    vt_no_error(err);
    assert_true(vessel__domain_def_equal(def, again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_tell_what_is_filled_in),
    };
    return vt_main(tests);
}
