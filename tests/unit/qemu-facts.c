/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a probe's answer to facts, and through the form that is kept on disk. */
#include "qemu/facts.h"
#include "tests/lib/vt.h"

#define REPLIES                                                                                    \
    "[{\"return\":[{\"name\":\"pc-q35-8.1\",\"alias\":\"q35\",\"cpu-max\":288},"                   \
    "{\"name\":\"none\",\"cpu-max\":1},{\"name\":\"microvm\",\"cpu-max\":288}]},"                  \
    "{\"return\":[{\"name\":\"virtio-blk-pci\"},{\"name\":\"something-else\"},{\"name\":"          \
    "\"e1000\"}]},"                                                                                \
    "{\"return\":[{\"name\":\"tcg-accel\"},{\"name\":\"qtest-accel\"}]}]"

static int facts_from(const char *version, const char *replies, VesselQemuFacts **facts,
                      VesselError **err)
{
    g_autoptr(VesselJson) v = NULL, r = NULL;
    assert_int_equal(vessel__json_parse(version, strlen(version), NULL, "version", &v, NULL), 0);
    assert_int_equal(vessel__json_parse(replies, strlen(replies), NULL, "replies", &r, NULL), 0);
    return vessel__qemu_facts_from_replies("/q", v, r, facts, err);
}

static void check(const VesselQemuFacts *facts)
{
    assert_string_equal(facts->version, "8.1.3");
    assert_int_equal(facts->machines->len, 2);
    assert_string_equal(vessel__qemu_facts_machine(facts, "q35")->name, "pc-q35-8.1");
    assert_ptr_equal(vessel__qemu_facts_machine(facts, "q35"),
                     vessel__qemu_facts_machine(facts, "pc-q35-8.1"));
    assert_null(vessel__qemu_facts_machine(facts, "none"));
    assert_true(vessel__qemu_facts_device(facts, "e1000"));
    assert_false(vessel__qemu_facts_device(facts, "something-else"));
    assert_true(facts->tcg && !facts->kvm);
}

static void test_facts(void **state)
{
    (void)state;
    g_autoptr(VesselQemuFacts) facts = NULL, again = NULL;
    VesselError *err = NULL;
    facts_from("{\"major\":8,\"minor\":1,\"micro\":3}", REPLIES, &facts, &err);
    vt_no_error(err);
    check(facts);
    g_autoptr(VesselJson) json = vessel__qemu_facts_to_json(facts);
    again = vessel__qemu_facts_from_json(json);
    check(again);
    vessel__json_set(json, "machines", NULL);
    assert_null(vessel__qemu_facts_from_json(json));
    assert_null(vessel__qemu_facts_from_json(NULL));
}

static void test_floor(void **state)
{
    (void)state;
    VesselQemuFacts *facts = NULL;
    VesselError *err = NULL;
    assert_int_equal(facts_from("{\"major\":7,\"minor\":1,\"micro\":9}", REPLIES, &facts, &err),
                     VESSEL_ERROR_UNSUPPORTED);
    assert_non_null(strstr(vessel_error_message(err), "7.1"));
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    assert_int_equal(facts_from("{}", REPLIES, &facts, &err), VESSEL_ERROR_PROTOCOL);
    vt_error(&err, VESSEL_ERROR_PROTOCOL);
}

static void test_nonsense(void **state)
{
    (void)state;
    static const char *const replies[] = {"[]", "{}",
                                          "[{\"return\":{}},{\"return\":[]},{\"return\":[]}]",
                                          "[{\"return\":[]},{\"error\":{\"class\":\"GenericError\","
                                          "\"desc\":\"no\"}},{\"return\":[]}]"};
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        VesselQemuFacts *facts = NULL;
        VesselError *err = NULL;
        facts_from("{\"major\":7,\"minor\":2}", replies[i], &facts, &err);
        assert_null(facts);
        vt_error(&err, VESSEL_ERROR_PROTOCOL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_facts), cmocka_unit_test(test_floor),
                                       cmocka_unit_test(test_nonsense)};
    return vt_main(tests);
}
