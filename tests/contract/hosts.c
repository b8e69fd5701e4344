/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"
#include "tests/contract/suite.h"
#include <sys/wait.h>

static void test_open_close(void **state)
{
    VesselError *err = NULL;
    char *name = NULL;
    (void)state;
    VesselHost *host = suite_host();
    assert_true(
        g_str_has_prefix(vessel_host_get_uri(host), contract.mock ? "mock:" : "local:?root=/"));
    vessel_host_hostname(host, &name, &err);
    vt_no_error(err);
    assert_true(*name);
    vessel_free(name);
    assert_int_equal(vessel_host_close(host, &err), 0);
    assert_int_equal(vessel_host_close(host, &err), 0);
    assert_int_equal(vessel_host_hostname(host, &name, &err), VESSEL_ERROR_CLOSED);
    assert_null(name);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    vessel_host_unref(host);
}

static void test_handles_after_close(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "one");
    vessel_host_subscribe(host, NULL, &stream, &err);
    vt_no_error(err);
    vessel_host_close(host, &err);
    vt_no_error(err);
    assert_int_equal(vessel_domain_state(domain, NULL, &err), VESSEL_ERROR_CLOSED);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    assert_int_equal(vessel_event_stream_fd(stream, &err), VESSEL_ERROR_CLOSED);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    assert_int_equal(strlen(vessel_domain_get_uuid(domain)), 36);
    /* In whatever order. */
    vessel_host_unref(host);
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
}

static void test_fork(void **state)
{
    int status = -1;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "one");
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        VesselError *err = NULL;
        int ok = vessel_domain_state(domain, NULL, &err) == VESSEL_ERROR_FORKED;
        ok = ok && vessel_error_code(err) == VESSEL_ERROR_FORKED && vessel_error_hint(err);
        vessel_error_free(err);
        vessel_domain_unref(domain);
        vessel_host_unref(host);
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_SHUT_OFF);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_wrong_arguments(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    (void)state;
    VesselHost *host = suite_host();
    assert_int_equal(vessel_domain_define(host, NULL, NULL, &domain, &err),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_domain_define(host, "<domain/>", NULL, NULL, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_domain_lookup_by_name(NULL, "x", &domain, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_domain_state(NULL, NULL, NULL), VESSEL_ERROR_INVALID_ARGUMENT);
    domain = suite_define(host, "one");
    options.flags = 1u << 31;
    vessel_domain_start(domain, &options, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    options.size = 3;
    vessel_domain_start(domain, &options, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_unref(domain);
    vessel_domain_unref(NULL);
    vessel_host_unref(NULL);
    vessel_domain_list_free(NULL);
    vessel_host_unref(host);
}

/* Every list, with nothing in it and with something; without a count, an error or a place. */
static void test_lists(void **state)
{
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *one = NULL;
    for (size_t expected = 0; expected < 2; expected++) {
        VesselDomain **domains = NULL;
        VesselStats **stats = NULL;
        VesselJob **jobs = NULL;
        size_t count = 99;
        assert_int_equal(vessel_domain_list(host, 0, &domains, &count, NULL), 0);
        assert_int_equal(count, expected);
        assert_null(domains[expected]);
        vessel_domain_list_free(domains);
        assert_int_equal(vessel_domain_list(host, 0, &domains, NULL, NULL), 0);
        vessel_domain_list_free(domains);
        count = 99;
        assert_int_equal(vessel_host_stats(host, NULL, &stats, &count, NULL), 0);
        assert_int_equal(count, expected);
        assert_null(stats[expected]);
        vessel_stats_list_free(stats);
        assert_int_equal(vessel_host_stats(host, NULL, &stats, NULL, NULL), 0);
        vessel_stats_list_free(stats);
        count = 99;
        assert_int_equal(vessel_job_list(host, &jobs, &count, NULL), 0);
        assert_int_equal(count, 0);
        assert_null(jobs[0]);
        vessel_job_list_free(jobs);
        assert_int_equal(vessel_job_list(host, &jobs, NULL, NULL), 0);
        vessel_job_list_free(jobs);
        if (!one)
            one = suite_define(host, "one");
    }
    assert_int_equal(vessel_domain_list(host, 0, NULL, NULL, NULL), VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_host_stats(host, NULL, NULL, NULL, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_job_list(host, NULL, NULL, NULL), VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_domain_xml(one, 0, NULL, NULL), VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_domain_open_console(one, NULL, NULL, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_list_free(NULL);
    vessel_stats_list_free(NULL);
    vessel_job_list_free(NULL);
    vessel_domain_unref(one);
    vessel_host_unref(host);
}

static void test_supports(void **state)
{
    VesselError *err = NULL;
    char *why_not = NULL;
    (void)state;
    VesselHost *host = suite_host();
    assert_int_equal(vessel_host_supports(host, "domain_list", NULL, &why_not, &err), 1);
    assert_null(why_not);
    vessel_host_supports(host, "domain_strat", NULL, NULL, &err);
    assert_string_equal(vessel_error_hint(err), "did you mean \"domain_start\"?");
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_host_supports(host, "domain_open_log", NULL, &why_not, &err),
                     contract.mock ? 0 : 1);
    assert_true((why_not != NULL) == contract.mock);
    vessel_free(why_not);
    vessel_host_unref(host);
}

static void test_node(void **state)
{
    VesselError *err = NULL;
    VesselNodeInfo info = {.size = sizeof info};
    (void)state;
    VesselHost *host = suite_host();
    vessel_host_node_info(host, &info, &err);
    vt_no_error(err);
    assert_true(info.cpus >= 1);
    assert_true(info.memory_kib > 1024);
    assert_true(*info.arch);
    info.size = 0;
    vessel_host_node_info(host, &info, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_host_unref(host);
}

/* A mock is none of libvirt's hypervisors. */
static void check_schema(const char *xml, const char *schema)
{
    g_autofree char *rng = g_strdup_printf("/usr/share/libvirt/schemas/%s.rng", schema);
    g_autofree char *file = vt_path("capabilities.xml"), *said = NULL;
    const char *const argv[] = {"xmllint", "--noout", "--relaxng", rng, file, NULL};
    int status = 0;
    if (contract.mock || access(rng, R_OK) < 0)
        return;
    assert_true(g_file_set_contents(file, xml, -1, NULL));
    bool ran = g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said,
                            &status, NULL);
    if (ran && status != 0)
        fail_msg("%s", said);
}

static void test_capabilities(void **state)
{
    VesselError *err = NULL;
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    char *xml = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "host_domain_capabilities");
    vessel_host_capabilities(host, &xml, &err);
    vt_no_error(err);
    g_autofree char *type = g_strdup_printf("<domain type='%s'/>",
                                            contract.libvirt ? contract.libvirt : contract.type);
    assert_non_null(strstr(xml, "<arch>x86_64</arch>"));
    assert_non_null(strstr(xml, type));
    check_schema(xml, "capability");
    vessel_free(xml);
    spec.type = contract.type;
    vessel_host_domain_capabilities(host, &spec, &xml, &err);
    vt_no_error(err);
    assert_non_null(strstr(xml, "<domainCapabilities"));
    check_schema(xml, "domaincaps");
    vessel_free(xml);
    vessel_host_unref(host);
}

/* What no driver runs is unsupported, not something to install; and the hint says what there is. */
static void test_capabilities_of_nothing(void **state)
{
    const struct {
        const char *type, *arch, *machine, *hint;
    } rows[] = {
        {"nonsense", NULL, NULL, "auto"},
        {"emulater", NULL, NULL, "Did you mean emulator?"},
        {NULL, "pdp11", NULL, "x86_64"},
        {NULL, "pdp11", "nothing", "x86_64"},
        {NULL, NULL, "q53", contract.no_machine ? contract.no_machine : "Did you mean q35?"},
        {NULL, "x86_64", "pc-q35-99.9", contract.no_machine ? contract.no_machine : "for short q35"},
        {NULL, "x86_64", "virt", contract.no_machine ? contract.no_machine : "q35, pc or microvm"},
    };
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "host_domain_capabilities");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        VesselError *err = NULL;
        char *xml = NULL, *why_not = NULL;
        spec.type = rows[i].type ? rows[i].type : contract.type;
        spec.arch = rows[i].arch;
        spec.machine = rows[i].machine;
        vessel_host_domain_capabilities(host, &spec, &xml, &err);
        assert_null(xml);
        if (!strstr(vessel_error_hint(err) ? vessel_error_hint(err) : "", rows[i].hint))
            fail_msg("row %zu: hint: %s", i, vessel_error_hint(err));
        vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
        if (contract.mock && !rows[i].type)
            continue; /* it takes every guest */
        if (g_strcmp0(rows[i].machine, "pc-q35-99.9") == 0)
            continue; /* only the binary knows, and this question is a cheap one */
        assert_int_equal(vessel_host_supports(host, "domain_start", &spec, &why_not, &err), 0);
        assert_non_null(why_not);
        vessel_free(why_not);
    }
    vessel_host_unref(host);
}

static void test_doctor(void **state)
{
    VesselError *err = NULL;
    char *text = NULL;
    g_autoptr(VesselJson) json = NULL;
    (void)state;
    VesselHost *host = suite_host();
    vessel_host_doctor(host, &text, &err);
    vt_no_error(err);
    vessel__json_parse(text, strlen(text), NULL, "doctor", &json, &err);
    vt_no_error(err);
    assert_true(vessel__json_length(json) >= 1);
    VESSEL_JSON_FOREACH (row, json) {
        const char *status = vessel__json_get_string(row, "status", "");
        assert_true(g_str_equal(status, "pass") || vessel__json_get_string(row, "remedy", NULL));
        assert_non_null(vessel__json_get_string(row, "message", NULL));
    }
    vessel_free(text);
    vessel_host_unref(host);
}

const struct CMUnitTest suite_hosts[] = {
    cmocka_unit_test(test_open_close),
    cmocka_unit_test(test_handles_after_close),
    cmocka_unit_test(test_fork),
    cmocka_unit_test(test_wrong_arguments),
    cmocka_unit_test(test_lists),
    cmocka_unit_test(test_supports),
    cmocka_unit_test(test_node),
    cmocka_unit_test(test_capabilities),
    cmocka_unit_test(test_capabilities_of_nothing),
    cmocka_unit_test(test_doctor),
    {0},
};
