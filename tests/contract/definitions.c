/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"

#define UUID_A "6695eb01-f6a4-8304-79aa-97f2502e193f"
#define UUID_B "0d4a9c11-3a4b-4e2e-9a3e-0c9e1f1f0001"

static VesselDomain *define(VesselHost *host, const char *xml, uint32_t flags, VesselError **err)
{
    VesselDomain *domain = NULL;
    VesselDomainDefineOptions options = VESSEL_DOMAIN_DEFINE_OPTIONS_INIT;
    options.flags = flags;
    vessel_domain_define(host, xml, &options, &domain, err);
    return domain;
}

static void test_define(void **state)
{
    VesselError *err = NULL;
    char *text = NULL, *reason = NULL;
    int id = 0;
    (void)state;
    VesselHost *host = suite_host();
    g_autofree char *xml = suite_xml("web", UUID_A, NULL);
    VesselDomain *domain = define(host, xml, 0, &err);
    vt_no_error(err);
    assert_string_equal(vessel_domain_get_uuid(domain), UUID_A);
    assert_ptr_equal(vessel_domain_get_host(domain), host);
    vessel_domain_name(domain, &text, &err);
    assert_string_equal(text, "web");
    vessel_free(text);
    assert_int_equal(vessel_domain_state(domain, &reason, &err), VESSEL_DOMAIN_SHUT_OFF);
    assert_string_equal(reason, "unknown");
    vessel_free(reason);
    vessel_domain_id(domain, &id, &err);
    assert_int_equal(id, -1);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_GIVEN, &text, &err);
    vt_no_error(err);
    assert_string_equal(text, xml);
    vessel_free(text);
    vessel_domain_xml(domain, 0, &text, &err);
    assert_non_null(strstr(text, "<name>web</name>"));
    vessel_free(text);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_JSON, &text, &err);
    assert_non_null(strstr(text, "\"memory_kib\""));
    vessel_free(text);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_redefine(void **state)
{
    VesselError *err = NULL;
    VesselDomainInfo *info = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *first = suite_define(host, "web");
    g_autofree char *xml = suite_xml("web", NULL, "  <title>second</title>\n");
    VesselDomain *second = define(host, xml, 0, &err);
    vt_no_error(err);
    assert_string_equal(vessel_domain_get_uuid(first), vessel_domain_get_uuid(second));
    define(host, xml, VESSEL_DOMAIN_DEFINE_NEW, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    vessel_domain_set_autostart(first, 1, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(define(host, xml, 0, &err));
    vt_no_error(err);
    vessel_domain_info(second, &info, &err);
    assert_int_equal(info->autostart, 1);
    vessel_domain_info_free(info);
    vessel_domain_unref(first);
    vessel_domain_unref(second);
    vessel_host_unref(host);
}

static void test_clash(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = suite_host();
    g_autofree char *first = suite_xml("web", UUID_A, NULL);
    g_autofree char *same_name = suite_xml("web", UUID_B, NULL);
    g_autofree char *same_uuid = suite_xml("mail", UUID_A, NULL);
    VesselDomain *domain = define(host, first, 0, &err);
    vt_no_error(err);
    assert_null(define(host, same_name, 0, &err));
    assert_non_null(strstr(vessel_error_message(err), UUID_A));
    vt_error(&err, VESSEL_ERROR_EXISTS);
    assert_null(define(host, same_uuid, 0, &err));
    assert_non_null(strstr(vessel_error_message(err), "web"));
    vt_error(&err, VESSEL_ERROR_EXISTS);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static bool has_problem(const VesselError *err, const char *path)
{
    for (size_t i = 0; i < vessel_error_problem_count(err); i++) {
        const VesselError *one = vessel_error_problem(err, i);
        if (g_strcmp0(vessel_error_path(one), path) == 0 && vessel_error_line(one) > 0)
            return true;
    }
    return false;
}

/* A form problem, a word problem and a cross problem in one answer. */
static void test_all_problems_at_once(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = suite_host();
    g_autofree char *xml = suite_xml("web", NULL,
                                     "  <vcpuu>2</vcpuu>\n"
                                     "  <on_crash>explode</on_crash>\n"
                                     "  <memtune><hard_limit>2</hard_limit>"
                                     "<swap_hard_limit>1</swap_hard_limit></memtune>\n");
    assert_null(define(host, xml, 0, &err));
    assert_non_null(err);
    assert_true(has_problem(err, "/domain/vcpuu"));
    assert_true(has_problem(err, "/domain/on_crash"));
    assert_true(has_problem(err, "/domain/memtune/swap_hard_limit"));
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    assert_int_equal(vessel_host_validate(host, xml, 0, &err), VESSEL_ERROR_INVALID_DEFINITION);
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    vessel_host_unref(host);
}

static void test_lenient(void **state)
{
    VesselError *err = NULL;
    char *text = NULL;
    (void)state;
    VesselHost *host = suite_host();
    g_autofree char *xml = suite_xml("web", NULL, "  <futureThing a='b'/>\n");
    assert_null(define(host, xml, 0, &err));
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    VesselDomain *domain = define(host, xml, VESSEL_DOMAIN_DEFINE_LENIENT, &err);
    if (contract.mock) {
        vt_no_error(err);
        vessel_domain_xml(domain, 0, &text, &err);
        assert_non_null(strstr(text, "futureThing"));
        vessel_free(text);
        vessel_domain_unref(domain);
    } else {
        /* Kept is not honoured: a driver that would not is named. */
        vessel_domain_unref(domain);
        vessel_error_free(err);
    }
    vessel_host_unref(host);
}

static void test_json_definition(void **state)
{
    VesselError *err = NULL;
    char *json = NULL, *xml = NULL, *again = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_JSON, &json, &err);
    vt_no_error(err);
    vessel_domain_xml(domain, 0, &xml, &err);
    vessel_domain_undefine(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    domain = define(host, json, 0, &err);
    vt_no_error(err);
    vessel_domain_xml(domain, 0, &again, &err);
    assert_string_equal(xml, again);
    vessel_free(json);
    vessel_free(xml);
    vessel_free(again);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* The suite's guest with two cards that have no address. */
static char *with_cards(void)
{
    g_autofree char *xml = suite_xml("web", NULL, NULL);
    g_auto(GStrv) halves = g_strsplit(xml, "</devices>", 2);
    const char *card = contract.interface ? contract.interface : "<interface type='user'/>";
    return g_strconcat(halves[0], card, card, "</devices>", halves[1], NULL);
}

/* The addresses of both, which are no others' and of the prefix that machines and containers have.
 */
static void read_macs(const char *xml, char macs[2][18])
{
    static const char before[] = "<mac address='52:54:00:";
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(xml, before);
        assert_non_null(at);
        xml = at + sizeof before - 1;
        g_strlcpy(macs[i], xml - 9, 18);
    }
    assert_null(strstr(xml, before));
    assert_string_not_equal(macs[0], macs[1]);
}

static char *define_and_dump(VesselHost *host, const char *xml)
{
    VesselError *err = NULL;
    char *dump = NULL;
    VesselDomain *domain = define(host, xml, 0, &err);
    vt_no_error(err);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &dump, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    return dump;
}

/* What the guest sees is made up at define, and then it stays; a card that is given without an
 * address again is another one, as with libvirt. */
static void test_mac(void **state)
{
    char macs[2][18], later[2][18];
    (void)state;
    VesselHost *host = suite_host();
    g_autofree char *xml = with_cards();
    char *dump = define_and_dump(host, xml), *again = define_and_dump(host, dump);
    read_macs(dump, macs);
    assert_string_equal(dump, again);
    vessel_free(again);
    again = define_and_dump(host, xml);
    read_macs(again, later);
    assert_string_not_equal(macs[0], later[0]);
    vessel_free(again);
    vessel_free(dump);
    vessel_host_unref(host);
}

/* Who leaves an address out does not want another. */
static void test_mac_of_a_change(void **state)
{
    VesselError *err = NULL;
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    VesselDomain *domain = NULL;
    char *plan = NULL;
    (void)state;
    VesselHost *host = suite_host();
    g_autofree char *xml = with_cards();
    vessel_domain_define(host, xml, NULL, &domain, &err);
    vt_no_error(err);
    options.plan = &plan;
    vessel_domain_change(domain, xml, &options, &err);
    vt_no_error(err);
    assert_string_equal(plan, "{\"next\":[]}");
    vessel_free(plan);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_undefine(void **state)
{
    VesselError *err = NULL;
    VesselDomain *found = NULL;
    char *name = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_undefine(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_lookup_by_name(host, "web", &found, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    assert_null(found);
    vessel_domain_name(domain, &name, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_undefine(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_foreign_types(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = suite_host();
    static const char xml[] = "<domain type='mock'>\n<name>x</name>\n<memory>1024</memory>\n"
                              "<os><type>hvm</type></os>\n</domain>";
    VesselDomain *domain = define(host, xml, 0, &err);
    if (contract.mock) {
        vt_no_error(err);
        vessel_domain_unref(domain);
    } else {
        assert_null(domain);
        assert_string_equal(vessel_error_path(err), "/domain/@type");
        assert_non_null(strstr(vessel_error_hint(err), "mock:"));
        vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    }
    vessel_host_unref(host);
}

/* ---- look-ups and lists ---- */

static void test_lookup(void **state)
{
    VesselError *err = NULL;
    VesselDomain *found = NULL;
    (void)state;
    VesselHost *host = suite_host();
    g_autofree char *xml = suite_xml("webserver", UUID_A, NULL);
    VesselDomain *domain = define(host, xml, 0, &err);
    vessel_domain_lookup_by_name(host, "webserver", &found, &err);
    vt_no_error(err);
    assert_string_equal(vessel_domain_get_uuid(found), UUID_A);
    vessel_domain_unref(found);
    vessel_domain_lookup_by_uuid(host, "6695EB01F6A4830479AA97F2502E193F", &found, &err);
    vt_no_error(err);
    vessel_domain_unref(found);
    vessel_domain_lookup_by_uuid(host, "no uuid", &found, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_lookup_by_uuid(host, UUID_B, &found, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_lookup_by_id(host, 77, &found, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_lookup_by_name(host, "webservr", &found, &err);
    assert_non_null(strstr(vessel_error_hint(err), "webserver"));
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static size_t count(VesselHost *host, uint32_t flags)
{
    VesselError *err = NULL;
    VesselDomain **list = NULL;
    size_t n = 99;
    vessel_domain_list(host, flags, &list, &n, &err);
    vt_no_error(err);
    assert_null(list[n]);
    vessel_domain_list_free(list);
    return n;
}

static void test_list(void **state)
{
    static const char *const names[] = {"c", "a", "b"};
    VesselError *err = NULL;
    VesselDomain *domains[3], **list = NULL;
    (void)state;
    VesselHost *host = suite_host();
    assert_int_equal(count(host, 0), 0);
    for (int i = 0; i < 3; i++)
        domains[i] = suite_define(host, names[i]);
    vessel_domain_list(host, 0, &list, NULL, &err);
    vt_no_error(err);
    assert_string_equal(vessel_domain_get_uuid(list[0]), vessel_domain_get_uuid(domains[1]));
    assert_string_equal(vessel_domain_get_uuid(list[2]), vessel_domain_get_uuid(domains[0]));
    vessel_domain_list_free(list);
    vessel_domain_set_autostart(domains[0], 1, NULL, &err);
    vt_no_error(err);
    assert_int_equal(count(host, VESSEL_DOMAIN_LIST_INACTIVE), 3);
    assert_int_equal(count(host, VESSEL_DOMAIN_LIST_ACTIVE), 0);
    assert_int_equal(count(host, VESSEL_DOMAIN_LIST_AUTOSTART), 1);
    assert_int_equal(count(host, VESSEL_DOMAIN_LIST_NO_AUTOSTART), 2);
    assert_int_equal(count(host, VESSEL_DOMAIN_LIST_TRANSIENT), 0);
    assert_int_equal(count(host, VESSEL_DOMAIN_LIST_SHUT_OFF | VESSEL_DOMAIN_LIST_RUNNING), 3);
    assert_int_equal(count(host, VESSEL_DOMAIN_LIST_PERSISTENT | VESSEL_DOMAIN_LIST_AUTOSTART), 1);
    vessel_domain_list(host, 1u << 30, &list, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    for (int i = 0; i < 3; i++)
        vessel_domain_unref(domains[i]);
    vessel_host_unref(host);
}

/* ---- changes ---- */

static void test_rename(void **state)
{
    VesselError *err = NULL;
    VesselDomain *found = NULL;
    char *xml = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    VesselDomain *other = suite_define(host, "mail");
    vessel_domain_rename(domain, "mail", NULL, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    vessel_domain_rename(domain, "a/b", NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_rename(domain, "www", NULL, &err);
    vt_no_error(err);
    vessel_domain_lookup_by_name(host, "web", &found, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_lookup_by_name(host, "www", &found, &err);
    vt_no_error(err);
    assert_string_equal(vessel_domain_get_uuid(found), vessel_domain_get_uuid(domain));
    vessel_domain_unref(found);
    vessel_domain_xml(domain, 0, &xml, &err);
    assert_non_null(strstr(xml, "<name>www</name>"));
    vessel_free(xml);
    vessel_domain_unref(domain);
    vessel_domain_unref(other);
    vessel_host_unref(host);
}

#define NS "http://example.org/app"

static char *metadata(VesselDomain *domain, int kind, uint32_t affect)
{
    VesselError *err = NULL;
    char *text = NULL;
    vessel_domain_metadata(domain, kind, kind == VESSEL_DOMAIN_METADATA_ELEMENT ? NS : NULL, affect,
                           &text, &err);
    vt_no_error(err);
    return text;
}

static void test_metadata(void **state)
{
    VesselError *err = NULL;
    VesselDomainMetadataOptions live = VESSEL_DOMAIN_METADATA_OPTIONS_INIT;
    char *text = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, NULL, 0, &text, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "A title", NULL, NULL, NULL,
                               &err);
    vt_no_error(err);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "two\nlines", NULL, NULL, NULL,
                               &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "\xff", NULL, NULL, NULL,
                               &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_DESCRIPTION, "a\001b", NULL, NULL,
                               NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_ELEMENT, "<x/>", "app", "urn:\xff",
                               NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "A", NULL, NS, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "A", "app", NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_ELEMENT, "<x a='1'><y/></x>", "app",
                               NS, NULL, &err);
    vt_no_error(err);
    text = metadata(domain, VESSEL_DOMAIN_METADATA_ELEMENT, 0);
    assert_string_equal(text, "<app:x xmlns:app=\"" NS "\" a='1'><app:y/></app:x>");
    vessel_free(text);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_ELEMENT, "<x a='1'><y></x>", "app",
                               NS, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_ELEMENT, NULL, NULL, NS, NULL, &err);
    vt_no_error(err);
    vessel_domain_metadata(domain, VESSEL_DOMAIN_METADATA_ELEMENT, NS, 0, &text, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    text = metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, VESSEL_DOMAIN_AFFECT_NEXT);
    assert_string_equal(text, "A title");
    vessel_free(text);
    live.flags = VESSEL_DOMAIN_AFFECT_LIVE;
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "B", NULL, NULL, &live, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

const struct CMUnitTest suite_definitions[] = {
    cmocka_unit_test(test_define),
    cmocka_unit_test(test_redefine),
    cmocka_unit_test(test_clash),
    cmocka_unit_test(test_all_problems_at_once),
    cmocka_unit_test(test_lenient),
    cmocka_unit_test(test_json_definition),
    cmocka_unit_test(test_mac),
    cmocka_unit_test(test_mac_of_a_change),
    cmocka_unit_test(test_undefine),
    cmocka_unit_test(test_foreign_types),
    cmocka_unit_test(test_lookup),
    cmocka_unit_test(test_list),
    cmocka_unit_test(test_rename),
    cmocka_unit_test(test_metadata),
    {0},
};
