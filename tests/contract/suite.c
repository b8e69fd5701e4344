/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"

static char *helper_dir(void)
{
    return g_build_filename(vt_build_dir(), "libexec", "vessel", NULL);
}

VesselHost *suite_host(void)
{
    if (contract.prepare)
        contract.prepare();
    VesselHost *host = NULL;
    VesselError *err = NULL;
    g_autofree char *helper = helper_dir();
    g_autofree char *root = vt_path("root");
    g_autofree char *uri =
        contract.mock ? g_strdup("mock:") : g_strdup_printf("local:?root=%s", root);
    VesselHostOpenOptions options = VESSEL_HOST_OPEN_OPTIONS_INIT;
    options.helper_dir = helper;
    options.program = "suite";
    vessel_host_open(uri, &options, &host, &err);
    vt_no_error(err);
    assert_non_null(host);
    return host;
}

void suite_need(VesselHost *host, const char *operation)
{
    VesselError *err = NULL;
    char *why_not = NULL;
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    spec.type = contract.type;
    int answer = vessel_host_supports(host, operation, &spec, &why_not, &err);
    vt_no_error(err);
    if (answer == 0) {
        char reason[512];
        g_strlcpy(reason, why_not, sizeof reason);
        vessel_free(why_not);
        vessel_host_unref(host);
        vt_skip("%s: %s", operation, reason);
    }
    assert_int_equal(answer, 1);
}

static char *pc_body(void)
{
    return g_strdup("  <os><type arch='x86_64'>hvm</type></os>\n"
                    "  <features><acpi/></features>\n"
                    "  <devices>\n    <serial type='pty'/>\n  </devices>\n");
}

char *suite_xml(const char *name, const char *uuid, const char *extra)
{
    g_autofree char *body = contract.body ? contract.body() : pc_body();
    return g_strdup_printf("<domain type='%s'>\n"
                           "  <name>%s</name>\n"
                           "%s%s%s"
                           "  <memory unit='MiB'>64</memory>\n"
                           "%s%s"
                           "</domain>\n",
                           contract.type, name, uuid ? "  <uuid>" : "", uuid ? uuid : "",
                           uuid ? "</uuid>\n" : "", body, extra ? extra : "");
}

VesselDomain *suite_define(VesselHost *host, const char *name)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    g_autofree char *xml = suite_xml(name, NULL, NULL);
    vessel_domain_define(host, xml, NULL, &domain, &err);
    vt_no_error(err);
    assert_non_null(domain);
    return domain;
}

void suite_start(VesselDomain *domain)
{
    VesselError *err = NULL;
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
}

int suite_state(VesselDomain *domain)
{
    VesselError *err = NULL;
    int state = vessel_domain_state(domain, NULL, &err);
    vt_no_error(err);
    return state;
}

VesselEvent *suite_event(VesselEventStream *stream, const char *kind)
{
    for (;;) {
        VesselEvent *event = NULL;
        VesselError *err = NULL;
        int result = vessel_event_stream_next(stream, 10000, &event, &err);
        vt_no_error(err);
        if (result != 1)
            fail_msg("no %s within 10 s", kind);
        if (g_str_equal(vessel_event_kind(event), kind))
            return event;
        vessel_event_free(event);
    }
}

int suite_main(void)
{
    const struct CMUnitTest *const parts[] = {suite_hosts,  suite_definitions, suite_lives,
                                              suite_events, suite_jobs,        suite_facts,
                                              suite_threads, suite_changes};
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        for (const struct CMUnitTest *test = parts[i]; test->name; test++)
            g_array_append_val(all, *test);
    }
    return vt_run((const struct CMUnitTest *)all->data, all->len);
}
