/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"
#include <poll.h>

static void test_start_as_a_job(void **state)
{
    VesselError *err = NULL;
    VesselJob *job = NULL, *again = NULL;
    VesselEventStream *stream = NULL;
    int percent = -1;
    char *json = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    VesselDomain *domain = suite_define(host, "web");
    vessel_host_subscribe(host, NULL, &stream, &err);
    vessel_domain_start(domain, NULL, &job, &err);
    vt_no_error(err);
    assert_int_equal(strlen(vessel_job_id(job)), 16);
    assert_string_equal(vessel_job_operation(job), "domain_start");
    struct pollfd poller = {vessel_job_fd(job, &err), POLLIN, 0};
    vt_no_error(err);
    assert_int_equal(poll(&poller, 1, 30000), 1);
    assert_int_equal(vessel_job_state(job, &percent, NULL, &err), VESSEL_JOB_DONE);
    assert_int_equal(percent, 100);
    assert_int_equal(vessel_job_wait(job, 0, &err), 0);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_RUNNING);
    vessel_job_cancel(job, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_job_json(job, &json, &err);
    assert_non_null(strstr(json, "\"state\":\"done\""));
    vessel_free(json);
    /* Followers see the end for a while. */
    vessel_job_lookup_by_id(host, vessel_job_id(job), &again, &err);
    vt_no_error(err);
    assert_int_equal(vessel_job_state(again, NULL, NULL, &err), VESSEL_JOB_DONE);
    assert_int_equal(vessel_job_wait(again, 0, &err), 0);
    vessel_job_unref(again);
    vessel_job_lookup_by_id(host, "ffffffffffffffff", &again, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    VesselEvent *event = suite_event(stream, "job.started");
    assert_string_equal(vessel_event_object_uuid(event), vessel_domain_get_uuid(domain));
    vessel_event_free(event);
    event = suite_event(stream, "job.ended");
    assert_string_equal(vessel_event_reason(event), "done");
    vessel_event_free(event);
    assert_int_equal(vessel_job_lookup_by_domain(domain, &again, &err), 0);
    vt_no_error(err);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_event_stream_unref(stream);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_create_as_a_job(void **state)
{
    VesselError *err = NULL;
    VesselJob *job = NULL;
    VesselDomain *domain = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_create");
    g_autofree char *xml = suite_xml("web", NULL, NULL);
    vessel_domain_create(host, xml, NULL, &job, &domain, &err);
    vt_no_error(err);
    assert_non_null(domain);
    assert_int_equal(vessel_job_wait(job, 30000, &err), 0);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_RUNNING);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_failed_job(void **state)
{
    VesselError *err = NULL;
    VesselJob *job = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    VesselDomain *domain = suite_define(host, "web");
    suite_start(domain);
    vessel_domain_start(domain, NULL, &job, &err);
    vt_no_error(err);
    vessel_job_wait(job, 30000, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    assert_int_equal(vessel_job_state(job, NULL, NULL, &err), VESSEL_JOB_FAILED);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_job_unref(job);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_close_with_jobs(void **state)
{
    VesselError *err = NULL;
    VesselJob *jobs[20];
    VesselDomain *domains[20];
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    int most = contract.mock ? 20 : 4;
    for (int i = 0; i < most; i++) {
        g_autofree char *name = g_strdup_printf("web%d", i);
        domains[i] = suite_define(host, name);
        vessel_domain_start(domains[i], NULL, &jobs[i], &err);
        vt_no_error(err);
    }
    vessel_host_close(host, &err);
    vt_no_error(err);
    for (int i = 0; i < most; i++) {
        assert_int_equal(vessel_job_wait(jobs[i], 0, NULL), VESSEL_ERROR_CLOSED);
        vessel_job_unref(jobs[i]);
        vessel_domain_unref(domains[i]);
    }
    vessel_host_unref(host);
    if (contract.mock)
        return;
    /* Each is one or the other, and nothing in between. */
    host = suite_host();
    for (int i = 0; i < most; i++) {
        g_autofree char *name = g_strdup_printf("web%d", i);
        VesselDomain *domain = NULL;
        vessel_domain_lookup_by_name(host, name, &domain, &err);
        vt_no_error(err);
        if (suite_state(domain) == VESSEL_DOMAIN_RUNNING)
            vessel_domain_destroy(domain, NULL, &err);
        vt_no_error(err);
        assert_int_equal(suite_state(domain), VESSEL_DOMAIN_SHUT_OFF);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
}

static void test_autostart_and_stop_all(void **state)
{
    VesselError *err = NULL;
    VesselHostStopOptions stop = VESSEL_HOST_STOP_OPTIONS_INIT;
    VesselHostAutostartOptions again = VESSEL_HOST_AUTOSTART_OPTIONS_INIT;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "host_autostart");
    VesselDomain *marked = suite_define(host, "marked"), *other = suite_define(host, "other");
    vessel_domain_set_autostart(marked, 1, NULL, &err);
    vt_no_error(err);
    vessel_host_autostart(host, NULL, NULL, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(marked), VESSEL_DOMAIN_RUNNING);
    assert_int_equal(suite_state(other), VESSEL_DOMAIN_SHUT_OFF);
    vessel_domain_destroy(marked, NULL, &err);
    vt_no_error(err);
    vessel_host_autostart(host, NULL, NULL, &err); /* once a boot */
    vt_no_error(err);
    assert_int_equal(suite_state(marked), VESSEL_DOMAIN_SHUT_OFF);
    suite_start(other);
    stop.timeout_ms = contract.guest_obeys ? 10000 : 300;
    vessel_host_stop_all(host, &stop, NULL, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(other), VESSEL_DOMAIN_SHUT_OFF);
    /* What ran is started again. */
    vessel_host_autostart(host, NULL, NULL, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(other), VESSEL_DOMAIN_RUNNING);
    assert_int_equal(suite_state(marked), VESSEL_DOMAIN_SHUT_OFF);
    again.flags = VESSEL_AUTOSTART_AGAIN;
    vessel_host_autostart(host, &again, NULL, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(marked), VESSEL_DOMAIN_RUNNING);
    vessel_host_stop_all(host, &stop, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(marked);
    vessel_domain_unref(other);
    vessel_host_unref(host);
}

const struct CMUnitTest suite_jobs[] = {
    cmocka_unit_test(test_start_as_a_job),
    cmocka_unit_test(test_create_as_a_job),
    cmocka_unit_test(test_failed_job),
    cmocka_unit_test(test_close_with_jobs),
    cmocka_unit_test(test_autostart_and_stop_all),
    {0},
};
