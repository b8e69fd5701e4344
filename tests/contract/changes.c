/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel_domain_change(): the whole definition as it shall be, of what runs and of the next start.
 */
#include "tests/contract/suite.h"

#define MORE "<currentMemory unit='MiB'>48</currentMemory><title>more</title>"
#define LIVE VESSEL_DOMAIN_AFFECT_LIVE
#define NEXT VESSEL_DOMAIN_AFFECT_NEXT

/* What the call says; @plan may be NULL. */
static int change(VesselDomain *domain, const char *name, const char *extra, uint32_t flags,
                  char **plan, VesselError **err)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    g_autofree char *text = suite_xml(name, NULL, extra);
    options.flags = flags;
    options.plan = plan;
    return vessel_domain_change(domain, text, &options, err);
}

static bool says(VesselDomain *domain, uint32_t flags, const char *part)
{
    VesselError *err = NULL;
    char *xml = NULL;
    vessel_domain_xml(domain, flags, &xml, &err);
    vt_no_error(err);
    bool found = strstr(xml, part) != NULL;
    vessel_free(xml);
    return found;
}

/* No event of that kind is there now. */
static void expect_quiet(VesselEventStream *stream)
{
    VesselError *err = NULL;
    VesselEvent *event = NULL;
    assert_int_equal(vessel_event_stream_next(stream, 200, &event, &err), 0);
    vt_no_error(err);
}

static VesselEventStream *subscribe(VesselHost *host)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    VesselEventOptions options = VESSEL_EVENT_OPTIONS_INIT;
    options.kind = "domain.changed";
    vessel_host_subscribe(host, &options, &stream, &err);
    vt_no_error(err);
    return stream;
}

static void test_change_next(void **state)
{
    VesselError *err = NULL;
    char *plan = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    VesselEventStream *stream = subscribe(host);
    assert_int_equal(change(domain, "web", MORE, VESSEL_DOMAIN_CHANGE_DRY_RUN, &plan, &err), 0);
    vt_no_error(err);
    assert_non_null(strstr(plan, "\"next\":[{\"path\":\"/domain/"));
    assert_null(strstr(plan, "\"live\":["));
    vessel_free(plan);
    assert_false(says(domain, 0, "<title>more"));
    expect_quiet(stream);
    change(domain, "web", MORE, 0, NULL, &err);
    vt_no_error(err);
    assert_true(says(domain, 0, "<title>more"));
    vessel_event_free(suite_event(stream, "domain.changed"));
    change(domain, "web", MORE, NEXT, &plan, &err);
    vt_no_error(err);
    assert_string_equal(plan, "{\"next\":[]}");
    vessel_free(plan);
    expect_quiet(stream);
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_change_bad(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    change(domain, "web", MORE, LIVE, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    change(domain, "mail", MORE, 0, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    change(domain, "web", "<currentMemory unit='MiB'>48</currentMemory><bogus/>", 0, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    change(domain, "web", MORE, 1 << 20, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_change(domain, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    assert_false(says(domain, 0, "<title>more"));
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* Made of what is no more: refused, and nothing of the other's is lost. */
static void test_change_of_an_old_one(void **state)
{
    VesselError *err = NULL;
    char *from = NULL;
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_SECURE, &from, &err);
    vt_no_error(err);
    g_autofree char *text = suite_xml("web", NULL, "<description>mine</description>");
    options.from = from;
    change(domain, "web", MORE, 0, NULL, &err);
    vt_no_error(err);
    vessel_domain_change(domain, text, &options, &err);
    assert_true(vessel_error_retryable(err));
    vt_error(&err, VESSEL_ERROR_BUSY);
    assert_true(says(domain, 0, "<title>more"));
    vessel_free(from);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_SECURE | VESSEL_DOMAIN_XML_JSON, &from, &err);
    vt_no_error(err);
    options.from = from;
    vessel_domain_change(domain, text, &options, &err);
    vt_no_error(err);
    assert_true(says(domain, 0, "<description>mine"));
    vessel_free(from);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* Skips where there is nothing to change: no slot, or (a container) no group to limit. */
static VesselDomain *run(VesselHost *host, VesselEventStream **stream)
{
    suite_need(host, "domain_change.live");
    VesselDomain *domain = suite_define(host, "web");
    suite_start(domain);
    *stream = subscribe(host);
    return domain;
}

static void end(VesselHost *host, VesselDomain *domain, VesselEventStream *stream)
{
    VesselError *err = NULL;
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_change_live(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = run(host, &stream);
    change(domain, "web", MORE, 0, NULL, &err);
    vt_no_error(err);
    assert_true(says(domain, 0, "<title>more"));
    assert_true(says(domain, 0, "49152</currentMemory>"));
    assert_false(says(domain, VESSEL_DOMAIN_XML_INACTIVE, "<title>more"));
    VesselEvent *event = suite_event(stream, "domain.changed");
    char *json = vessel_event_json(event);
    assert_non_null(strstr(json, "\"definition\":\"live\""));
    assert_non_null(strstr(json, "/domain/currentMemory"));
    vessel_free(json);
    vessel_event_free(event);
    change(domain, "web", MORE, LIVE, NULL, &err);
    vt_no_error(err);
    expect_quiet(stream);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    suite_start(domain);
    assert_false(says(domain, 0, "<title>more"));
    end(host, domain, stream);
}

static void test_change_both(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = run(host, &stream);
    change(domain, "web", MORE, NEXT, NULL, &err);
    vt_no_error(err);
    assert_false(says(domain, 0, "<title>more"));
    change(domain, "web", MORE, LIVE | NEXT, NULL, &err);
    vt_no_error(err);
    assert_true(says(domain, 0, "<title>more"));
    assert_true(says(domain, VESSEL_DOMAIN_XML_INACTIVE, "<title>more"));
    end(host, domain, stream);
}

/* One difference that has to wait for the next start, and nothing is done of the others. */
static void test_change_refused(void **state)
{
    static const char still[] = MORE "<clock offset='utc'/>";
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    char *plan = NULL;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = run(host, &stream);
    change(domain, "web", still, LIVE | NEXT, &plan, &err);
    assert_string_equal(vessel_error_path(err), "/domain/clock/@offset");
    assert_true(vessel_error_line(err) > 1);
    assert_non_null(vessel_error_hint(err));
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    assert_non_null(strstr(plan, "\"live\":false"));
    vessel_free(plan);
    assert_false(says(domain, 0, "<title>more"));
    assert_false(says(domain, VESSEL_DOMAIN_XML_INACTIVE, "<title>more"));
    expect_quiet(stream);
    change(domain, "web", still, NEXT, NULL, &err);
    vt_no_error(err);
    end(host, domain, stream);
}

const struct CMUnitTest suite_changes[] = {
    cmocka_unit_test(test_change_next),
    cmocka_unit_test(test_change_bad),
    cmocka_unit_test(test_change_live),
    cmocka_unit_test(test_change_both),
    cmocka_unit_test(test_change_refused),
    cmocka_unit_test(test_change_of_an_old_one),
    {0},
};
