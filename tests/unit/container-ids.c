/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose ids are whose: the machine's registry, here one of the case's own. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "base/file.h"
#include "container/container.h"
#include "model/domain.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#define FILE_PATH VESSEL_STATE_DIR "/container-ids"
#define RECORD 64

static void uuid_of(guint number, char uuid[37])
{
    snprintf(uuid, 37, "%08x-0000-4000-8000-000000000000", number);
}

static uint64_t range_of(guint number)
{
    VesselError *err = NULL;
    uint64_t base = 0;
    char uuid[37];
    uuid_of(number, uuid);
    vessel__container_range(uuid, &base, &err);
    vt_no_error(err);
    return base;
}

static void keep(guint number, bool kept)
{
    char uuid[37];
    uuid_of(number, uuid);
    vessel__container_kept(uuid, kept);
}

static void registry(void)
{
    vt_need_root();
    vt_container_registry();
}

static guint count_of(const char *uuid)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    guint count = 0;
    if (!g_file_get_contents(FILE_PATH, &text, &length, NULL))
        return 0;
    for (gsize at = 0; at + RECORD <= length; at += RECORD)
        count += *uuid ? strncmp(text + at, uuid, 36) == 0 : text[at] != '\0';
    return count;
}

/* A file in which every range is taken, @since ago; as an older version wrote it, or kept. */
static guint fill(int64_t ago_s, const char *mark)
{
    uint64_t first = range_of(0);
    g_autoptr(GString) text = g_string_new(NULL);
    guint count = 0;
    char uuid[37];
    (void)first;
    for (; count < (VESSEL_UID_BASE - 1879048192u) / VESSEL__CONTAINER_IDS; count++) {
        uuid_of(count + 1, uuid);
        g_string_append_printf(text, "%-36.36s %-20" PRId64 " %-5s\n", uuid,
                               g_get_real_time() / G_USEC_PER_SEC - ago_s - count, mark);
    }
    assert_true(g_file_set_contents_full(FILE_PATH, text->str, (gssize)text->len,
                                         G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    return count;
}

static void test_same_ids_for_good(void **state)
{
    (void)state;
    registry();
    uint64_t one = range_of(1), two = range_of(2);
    assert_true(one != two && (one - two) % VESSEL__CONTAINER_IDS == 0);
    keep(1, true);
    assert_true(range_of(1) == one);
    keep(1, false);
    keep(2, false);
    assert_int_equal(count_of(""), 0);
}

/* What was only looked at goes to the next, that of longest ago first; not what is new. */
static void test_left_ranges_are_given_out_again(void **state)
{
    (void)state;
    registry();
    guint count = fill(100, "");
    uint64_t got = range_of(100000);
    char oldest[37], next[37];
    uuid_of(count, oldest);
    uuid_of(count - 1, next);
    assert_int_equal(count_of(oldest), 0);
    assert_int_equal(count_of(next), 1);
    assert_true(range_of(100000) == got);
    fill(-(int64_t)count,
         ""); /* all within the last minute or to come: those to come do not count */
    range_of(100000);
    assert_int_equal(count_of(""), count);
}

/* Two thousand definitions that were looked at within the minute keep nobody from defining. */
static void test_many_were_looked_at(void **state)
{
    VesselError *err = NULL;
    char newest[37], uuid[37];
    uint64_t base = 0;
    (void)state;
    registry();
    guint count = fill(0, ""); /* a second older each, from now on */
    uuid_of(1, newest);
    for (guint at = 60; at < count; at++)
        keep(at + 1, true);
    range_of(100000);
    assert_int_equal(count_of(newest), 1);
    assert_int_equal(count_of(""), count);
    for (guint at = 0; at < 60; at++)
        keep(at + 1, true);
    uuid_of(100001, uuid);
    vessel__container_range(uuid, &base, &err);
    vt_error(&err, VESSEL_ERROR_NO_RESOURCE);
}

static void test_none_is_taken_away(void **state)
{
    VesselError *err = NULL;
    uint64_t base = 1;
    char uuid[37];
    (void)state;
    registry();
    guint count = fill(1000000, "kept");
    uuid_of(100000, uuid);
    vessel__container_range(uuid, &base, &err);
    vt_says(err, 'h', "undefine");
    vt_says(err, 'p', "/domain/idmap");
    vt_error(&err, VESSEL_ERROR_NO_RESOURCE);
    keep(17, false);
    assert_int_equal(count_of(""), count - 1);
    range_of(100000);
    assert_int_equal(count_of(""), count);
}

static VesselDomainDef *definition(guint number, uint64_t target, uint64_t count)
{
    char uuid[37];
    uuid_of(number, uuid);
    g_autofree char *text = g_strdup_printf(
        "<domain type='container'><name>x</name><uuid>%s</uuid><os><init>/i</init></os>"
        "<idmap><uid start='0' target='%" PRIu64 "' count='%" PRIu64
        "'/><gid start='0' target='%" PRIu64 "' count='%" PRIu64 "'/></idmap></domain>",
        uuid, target, count, target, count);
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselDomainDef *def = NULL;
    vessel__domain_def_parse(text, strlen(text), 0, &def, problems, NULL);
    assert_non_null(def);
    return def;
}

static int claim(guint number, uint64_t target, uint64_t count, int *hold)
{
    g_autoptr(VesselDomainDef) def = definition(number, target, count);
    g_autoptr(VesselJson) ids = vessel__json_new_object();
    g_autoptr(VesselError) err = NULL;
    int code = vessel__container_claim(def, false, ids, hold, &err);
    if (code < 0)
        assert_string_equal(vessel_error_path(err), "/domain/idmap");
    return code;
}

/* A range by hand is looked up like any other; what runs keeps its ids, marked or not. */
static void test_claims(void **state)
{
    int hold = -1, other = -1;
    (void)state;
    registry();
    uint64_t base = range_of(1);
    keep(1, true);
    assert_int_equal(claim(2, base, 65536, &other), VESSEL_ERROR_BUSY);
    assert_int_equal(claim(2, base + 65535, 2, &other), VESSEL_ERROR_BUSY);
    assert_int_equal(claim(2, base - 10, 11, &other), VESSEL_ERROR_BUSY);
    assert_int_equal(other, -1);
    assert_int_equal(claim(2, 5000000, 65536, &other), 0); /* none of ours */
    close(other);
    assert_int_equal(claim(1, base, 65536, &hold), 0);
    assert_int_equal(claim(1, base, 65536, &other), VESSEL_ERROR_BUSY); /* a second root's */
    char uuid[37];
    uuid_of(1, uuid);
    keep(1, false); /* undefined while it runs */
    assert_int_equal(count_of(uuid), 1);
    fill(100, "");
    assert_int_equal(claim(100000, base, 65536, &other), VESSEL_ERROR_BUSY);
    close(hold);
    assert_int_equal(claim(100000, base, 65536, &hold), 0);
    close(hold);
}

static void test_strange_files(void **state)
{
    static const char *const texts[] = {"", "\n", "kept", "not a record at all, and too short"};
    (void)state;
    registry();
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        assert_int_equal(g_mkdir_with_parents(VESSEL_STATE_DIR, 0700), 0);
        assert_true(g_file_set_contents(FILE_PATH, texts[i], -1, NULL));
        assert_true(range_of(1) == range_of(1));
        assert_true(range_of(1) != range_of(2));
    }
    assert_int_equal(unlink(FILE_PATH), 0);
    assert_int_equal(symlink("/dev/null", FILE_PATH), 0);
    VesselError *err = NULL;
    uint64_t base = 0;
    char uuid[37];
    uuid_of(1, uuid);
    assert_true(vessel__container_range(uuid, &base, &err) < 0);
    vessel_error_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_ids_for_good),
        cmocka_unit_test(test_left_ranges_are_given_out_again),
        cmocka_unit_test(test_many_were_looked_at),
        cmocka_unit_test(test_none_is_taken_away),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_strange_files),
    };
    return vt_main(tests);
}
