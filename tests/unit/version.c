/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include <vessel/vessel.h>

static void version_number_and_string_agree(void **state G_GNUC_UNUSED)
{
    uint32_t version = vessel_version();
    g_autofree char *text = g_strdup_printf("%u.%u.%u", version / 1000000, version / 1000 % 1000,
                                            version % 1000);
    assert_int_equal(version, VESSEL_VERSION_NUMBER);
    assert_string_equal(vessel_version_string(), text);
}

static void free_takes_null(void **state G_GNUC_UNUSED)
{
    vessel_free(NULL);
}

static void reading_nothing_gives_nothing(void **state G_GNUC_UNUSED)
{
    assert_null(vessel_event_kind(NULL));
    assert_null(vessel_event_object_name(NULL));
    assert_null(vessel_event_json(NULL));
    assert_int_equal(vessel_event_number(NULL), 0);
    assert_null(vessel_stats_domain_name(NULL));
    assert_null(vessel_stats_key(NULL, 0));
    assert_int_equal(vessel_stats_count(NULL), 0);
    assert_int_equal(vessel_stats_find(NULL, "cpu.time"), -1);
    assert_null(vessel_stats_json(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_number_and_string_agree),
        cmocka_unit_test(free_takes_null),
        cmocka_unit_test(reading_nothing_gives_nothing),
    };
    return vt_main(tests);
}
