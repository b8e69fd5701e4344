/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words, UUIDs, numbers, times. */
#include "tests/lib/vt.h"

#include "base/clock.h"
#include "base/words.h"

static const char *const words[] = {"memory", "currentMemory", "vcpu", "name", "", "os", NULL};

static void words_and_values(void **state G_GNUC_UNUSED)
{
    assert_int_equal(vessel__word_find(words, "vcpu"), 2);
    assert_int_equal(vessel__word_find(words, "VCPU"), -1);
    assert_string_equal(vessel__word_at(words, 0), "memory");
    assert_null(vessel__word_at(words, 6));
    assert_null(vessel__word_at(words, -1));
    assert_int_equal(vessel__words_count(words), 6);
}

static void the_nearest_word(void **state G_GNUC_UNUSED)
{
    assert_string_equal(vessel__word_nearest(words, "memroy"), "memory");
    assert_string_equal(vessel__word_nearest(words, "currentmemory"), "currentMemory");
    assert_string_equal(vessel__word_nearest(words, "vcpus"), "vcpu");
    assert_string_equal(vessel__word_nearest(words, "nmae"), "name");
    assert_null(vessel__word_nearest(words, "interface"));
    assert_null(vessel__word_nearest(words, ""));
    g_autofree char *endless = g_strnfill(100000, 'm');
    assert_null(vessel__word_nearest(words, endless));
}

static void words_in_a_sentence(void **state G_GNUC_UNUSED)
{
    static const char *const one[] = {"a", NULL}, *const none[] = {NULL};
    g_autofree char *all = vessel__words_join(words, 10), *some = vessel__words_join(words, 2),
                    *single = vessel__words_join(one, 10), *empty = vessel__words_join(none, 10);
    assert_string_equal(all, "memory, currentMemory, vcpu, name or os");
    assert_string_equal(some, "memory, currentMemory, …");
    assert_string_equal(single, "a");
    assert_string_equal(empty, "");
}

static void uuids(void **state G_GNUC_UNUSED)
{
    static const char *const good[] = {
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",   "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        "6ba7b8109dad11d180b400c04fd430c8",       " 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n",
        "6ba7-b810-9dad-11d1-80b4-00c0-4fd430c8",
    };
    static const char *const bad[] = {
        "",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8a",
        "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8 x",
        "-6ba7b8109dad11d180b400c04fd430c8",
        "6ba7b810 9dad11d180b400c04fd430c8",
    };
    char uuid[VESSEL__UUID_SIZE], other[VESSEL__UUID_SIZE];
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_true(vessel__uuid_parse(good[i], uuid));
        assert_string_equal(uuid, "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(vessel__uuid_parse(bad[i], uuid));
    vessel__uuid_generate(uuid);
    vessel__uuid_generate(other);
    assert_string_not_equal(uuid, other);
    assert_int_equal(uuid[14], '4');
    assert_non_null(strchr("89ab", uuid[19]));
    assert_true(vessel__uuid_parse(uuid, other));
    assert_string_equal(uuid, other);
}

static void whole_numbers(void **state G_GNUC_UNUSED)
{
    static const char *const bad[] = {"",   " 1", "1 ",  "+1", "0x1",
                                      "1.", "a",  "--1", "-",  "18446744073709551616"};
    uint64_t natural = 7;
    int64_t integer = 7;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_false(vessel__parse_u64(bad[i], &natural));
        assert_false(vessel__parse_i64(bad[i], &integer));
    }
    assert_false(vessel__parse_u64("-1", &natural));
    assert_false(vessel__parse_i64("9223372036854775808", &integer));
    assert_false(vessel__parse_i64("-9223372036854775809", &integer));
    assert_int_equal(natural, 7);
    assert_int_equal(integer, 7);
    assert_true(vessel__parse_u64("18446744073709551615", &natural));
    assert_true(natural == UINT64_MAX);
    assert_true(vessel__parse_i64("-9223372036854775808", &integer));
    assert_true(integer == INT64_MIN);
    assert_true(vessel__parse_i64("007", &integer));
    assert_int_equal(integer, 7);
}

static void times(void **state G_GNUC_UNUSED)
{
    static const char *const bad[] = {
        "",
        "2026-11-21",
        "2026-11-21T08:00:00",
        "2026-11-21 08:00:00Z",
        "2026-13-21T08:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T08:00:00.Z",
        "2026-11-21T08:00:00Zx",
        "2026-11-21T08:00:00+01:00",
        " 026-11-21T08:00:00Z",
        "+026-11-21T08:00:00Z",
    };
    char text[32];
    int64_t us = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(vessel__time_parse(bad[i], &us));
    vessel__time_format(1795248000123456, text);
    assert_string_equal(text, "2026-11-21T08:00:00.123456Z");
    assert_true(vessel__time_parse(text, &us));
    assert_true(us == 1795248000123456);
    assert_true(vessel__time_parse("2026-11-21T08:00:00.5Z", &us));
    assert_true(us == 1795248000500000);
    assert_true(vessel__time_parse("2026-11-21T08:00:00.1234567899Z", &us));
    assert_true(us == 1795248000123456);
    vessel__time_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
    vessel__time_format(vessel__realtime_us(), text);
    assert_true(vessel__time_parse(text, &us));
    assert_true(vessel__realtime_us() - us < 10000000);
}

static void deadlines(void **state G_GNUC_UNUSED)
{
    assert_true(vessel__deadline_after(-1) == VESSEL_DEADLINE_NEVER);
    assert_true(vessel__deadline_after(INT64_MAX) == VESSEL_DEADLINE_NEVER);
    assert_int_equal(vessel__deadline_poll(VESSEL_DEADLINE_NEVER), -1);
    assert_false(vessel__deadline_passed(VESSEL_DEADLINE_NEVER));
    assert_true(vessel__deadline_passed(vessel__deadline_after(0)));
    assert_int_equal(vessel__deadline_poll(vessel__deadline_after(0)), 0);
    assert_int_equal(vessel__deadline_poll(0), 0);
    assert_in_range(vessel__deadline_poll(vessel__deadline_after(5000)), 4000, 5000);
    assert_int_equal(vessel__deadline_poll(vessel__deadline_after(1ll << 40)), INT32_MAX);
    assert_true(vessel__deadline_min(3, VESSEL_DEADLINE_NEVER) == 3);
}

/* Two measurements of one thing; under any load. */
static void the_counter(void **state G_GNUC_UNUSED)
{
    double one = vessel__tsc_khz(), other = vessel__tsc_khz();
    if (one == 0)
        vt_skip("this CPU has no time stamp counter that a program can read");
    assert_true(one > 100 * 1000 && one < 10 * 1000 * 1000);
    assert_true(other > one * 0.998 && other < one * 1.002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_values),    cmocka_unit_test(the_nearest_word),
        cmocka_unit_test(words_in_a_sentence), cmocka_unit_test(uuids),
        cmocka_unit_test(whole_numbers),       cmocka_unit_test(times),
        cmocka_unit_test(deadlines),           cmocka_unit_test(the_counter),
    };
    return vt_main(tests);
}
