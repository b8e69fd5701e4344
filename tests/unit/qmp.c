/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor's codec, fed by a hypervisor that means well, and by one that does not. */
#include "tests/lib/vt.h"

#include "sys/qmp.h"

static void feed(VesselQmp *qmp, const char *text)
{
    VesselError *err = NULL;
    vessel__qmp_feed(qmp, text, strlen(text), &err);
    vt_no_error(err);
}

static void expect(VesselQmp *qmp, VesselQmpKind kind, uint64_t id)
{
    VesselError *err = NULL;
    VesselQmpMessage message;
    int result = vessel__qmp_next(qmp, &message, &err);
    vt_no_error(err);
    assert_int_equal(result, 1);
    assert_int_equal(message.kind, kind);
    assert_int_equal(message.id, id);
    assert_non_null(message.json);
    vessel__qmp_message_clear(&message);
    assert_null(message.json);
}

static void expect_none(VesselQmp *qmp)
{
    VesselError *err = NULL;
    VesselQmpMessage message;
    assert_int_equal(vessel__qmp_next(qmp, &message, &err), 0);
    vt_no_error(err);
    assert_null(message.json);
}

static const char conversation[] =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}}, "
    "\"capabilities\": [\"oob\"]}}\r\n"
    "{\"return\": {}, \"id\": 1}\r\n"
    "\r\n"
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\n"
    "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r\n"
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error\"}}\r\n"
    "{\"return\": [1, 2], \"id\": 18446744073709551615}\r\n";

static void expect_conversation(VesselQmp *qmp)
{
    expect(qmp, VESSEL_QMP_GREETING, 0);
    expect(qmp, VESSEL_QMP_RETURN, 1);
    expect(qmp, VESSEL_QMP_EVENT, 0);
    expect(qmp, VESSEL_QMP_ERROR, 2);
    expect(qmp, VESSEL_QMP_ERROR, 0);
    expect(qmp, VESSEL_QMP_RETURN, UINT64_MAX);
    expect_none(qmp);
}

static void a_conversation_in_pieces(void **state G_GNUC_UNUSED)
{
    size_t length = strlen(conversation);
    g_autoptr(VesselQmp) whole = vessel__qmp_new(0);
    feed(whole, conversation);
    expect_conversation(whole);
    for (size_t piece = 1; piece < length; piece += 7) {
        g_autoptr(VesselQmp) qmp = vessel__qmp_new(0);
        VesselError *err = NULL;
        for (size_t at = 0; at < length; at += piece)
            vessel__qmp_feed(qmp, conversation + at, MIN(piece, length - at), &err);
        vt_no_error(err);
        expect_conversation(qmp);
    }
    /* Taking between the pieces. */
    g_autoptr(VesselQmp) qmp = vessel__qmp_new(0);
    int taken = 0;
    for (size_t at = 0; at < length; at++) {
        VesselQmpMessage message;
        VesselError *err = NULL;
        vessel__qmp_feed(qmp, conversation + at, 1, &err);
        taken += vessel__qmp_next(qmp, &message, &err);
        vt_no_error(err);
        vessel__qmp_message_clear(&message);
    }
    assert_int_equal(taken, 6);
}

static void nonsense_is_a_protocol_error(void **state G_GNUC_UNUSED)
{
    static const char *const lines[] = {
        "hello\n",
        "{}\n",
        "[]\n",
        "1\n",
        "{\"event\": 3}\n",
        "{\"x\": 1}\n",
        "{\"id\":1}\n",
        "\"QMP\"\n",
        "{\"return\":\n",
        "\xff\n",
        "{\"return\": 1, \"return\": 2}\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(VesselQmp) qmp = vessel__qmp_new(0);
        VesselQmpMessage message;
        VesselError *err = NULL;
        feed(qmp, lines[i]);
        assert_int_equal(vessel__qmp_next(qmp, &message, &err), VESSEL_ERROR_PROTOCOL);
        vt_error(&err, VESSEL_ERROR_PROTOCOL);
        assert_null(message.json);
        /* And it stays one. */
        assert_int_equal(vessel__qmp_next(qmp, &message, &err), VESSEL_ERROR_PROTOCOL);
        vt_error(&err, VESSEL_ERROR_PROTOCOL);
        assert_int_equal(vessel__qmp_feed(qmp, "{\"return\":{},\"id\":1}\n", 21, &err),
                         VESSEL_ERROR_PROTOCOL);
        vt_error(&err, VESSEL_ERROR_PROTOCOL);
    }
}

static void an_endless_line_has_an_end(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselQmp) qmp = vessel__qmp_new(10000);
    g_autofree char *piece = g_strnfill(1000, ' ');
    VesselError *err = NULL;
    VesselQmpMessage message;
    int result = 0, fed = 0;
    for (; result == 0 && fed < 100; fed++) {
        result = vessel__qmp_feed(qmp, piece, 1000, &err);
        if (result == 0)
            result = vessel__qmp_next(qmp, &message, &err);
    }
    vt_error(&err, VESSEL_ERROR_PROTOCOL);
    assert_in_range(fed, 10, 12);
    /* One who never takes messages does not fill our memory either. */
    g_autoptr(VesselQmp) ignored = vessel__qmp_new(10000);
    for (result = 0, fed = 0; result == 0 && fed < 1000000; fed++)
        result = vessel__qmp_feed(ignored, "{\"event\":\"X\"}\n", 14, &err);
    vt_error(&err, VESSEL_ERROR_PROTOCOL);
    assert_true(fed < 3000);
}

static void a_long_line_that_is_allowed(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselQmp) qmp = vessel__qmp_new(0);
    g_autoptr(GString) line = g_string_new("{\"return\": [0");
    for (int i = 0; i < 50000; i++)
        g_string_append(line, ", 12345");
    g_string_append(line, "], \"id\": 3}\n");
    for (size_t at = 0; at < line->len; at += 4096) {
        VesselError *err = NULL;
        vessel__qmp_feed(qmp, line->str + at, MIN(4096, line->len - at), &err);
        vt_no_error(err);
        if (at + 4096 < line->len)
            expect_none(qmp);
    }
    expect(qmp, VESSEL_QMP_RETURN, 3);
}

static void commands_and_refusals(void **state G_GNUC_UNUSED)
{
    g_autofree char *plain = vessel__qmp_command("cont", NULL, 7);
    assert_string_equal(plain, "{\"execute\":\"cont\",\"id\":7}\n");
    g_autoptr(VesselJson) arguments = vessel__json_new_object();
    vessel__json_set_string(arguments, "fdname", "a\n\"b\"");
    g_autofree char *full = vessel__qmp_command("getfd", arguments, 8);
    assert_string_equal(full, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"a\\n\\\"b\\\"\"},"
                              "\"id\":8}\n");
    g_autoptr(VesselQmp) qmp = vessel__qmp_new(0);
    feed(qmp, "{\"id\": 2, \"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"no disk\"}}\n");
    VesselQmpMessage message;
    VesselError *err = NULL;
    assert_int_equal(vessel__qmp_next(qmp, &message, &err), 1);
    assert_int_equal(vessel__qmp_error(message.json, "device_del", &err),
                     VESSEL_ERROR_GUEST_REFUSED);
    assert_string_equal(vessel_error_cause(err), "DeviceNotFound: no disk");
    assert_non_null(strstr(vessel_error_message(err), "device_del"));
    vt_error(&err, VESSEL_ERROR_GUEST_REFUSED);
    vessel__qmp_message_clear(&message);
    g_autoptr(VesselJson) nothing = vessel__json_new_object();
    assert_int_equal(vessel__qmp_error(nothing, "x", &err), VESSEL_ERROR_GUEST_REFUSED);
    vt_error(&err, VESSEL_ERROR_GUEST_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_in_pieces),
        cmocka_unit_test(nonsense_is_a_protocol_error),
        cmocka_unit_test(an_endless_line_has_an_end),
        cmocka_unit_test(a_long_line_that_is_allowed),
        cmocka_unit_test(commands_and_refusals),
    };
    return vt_main(tests);
}
