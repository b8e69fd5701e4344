/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"
#include <poll.h>
#include <sys/socket.h>

static void reason_is(VesselDomain *domain, int state, const char *reason)
{
    VesselError *err = NULL;
    char *text = NULL;
    assert_int_equal(vessel_domain_state(domain, &text, &err), state);
    vt_no_error(err);
    assert_string_equal(text, reason);
    vessel_free(text);
}

static void test_start_destroy(void **state)
{
    VesselError *err = NULL;
    VesselDomain *found = NULL;
    char *xml = NULL;
    int id = -1, second = -1;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    VesselDomain *domain = suite_define(host, "web");
    suite_start(domain);
    reason_is(domain, VESSEL_DOMAIN_RUNNING, "booted");
    vessel_domain_id(domain, &id, &err);
    assert_true(id >= 1);
    vessel_domain_lookup_by_id(host, id, &found, &err);
    vt_no_error(err);
    vessel_domain_unref(found);
    vessel_domain_xml(domain, 0, &xml, &err);
    vt_no_error(err);
    g_autofree char *attribute = g_strdup_printf(" id='%d'", id);
    assert_non_null(strstr(xml, attribute));
    vessel_free(xml);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &xml, &err);
    assert_null(strstr(xml, attribute));
    vessel_free(xml);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    reason_is(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    vessel_domain_destroy(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    suite_start(domain);
    vessel_domain_id(domain, &second, &err);
    assert_true(second > id);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_suspend_resume(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_suspend");
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_suspend(domain, NULL, &err);
    assert_non_null(strstr(vessel_error_message(err), "shut off"));
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    suite_start(domain);
    vessel_domain_resume(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_domain_suspend(domain, NULL, &err);
    vt_no_error(err);
    reason_is(domain, VESSEL_DOMAIN_PAUSED, "user");
    vessel_domain_resume(domain, NULL, &err);
    vt_no_error(err);
    reason_is(domain, VESSEL_DOMAIN_RUNNING, "unpaused");
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_start_paused(void **state)
{
    VesselError *err = NULL;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start.paused");
    VesselDomain *domain = suite_define(host, "web");
    options.flags = VESSEL_DOMAIN_START_PAUSED;
    vessel_domain_start(domain, &options, NULL, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_PAUSED);
    vessel_domain_resume(domain, NULL, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_RUNNING);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_reset_reboot(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_reset");
    VesselDomain *domain = suite_define(host, "web");
    suite_start(domain);
    vessel_host_subscribe(host, NULL, &stream, &err);
    vt_no_error(err);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vessel_event_free(suite_event(stream, "domain.reset"));
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_RUNNING);
    if (contract.guest_obeys) {
        vessel_domain_reboot(domain, NULL, &err);
        vt_no_error(err);
        vessel_event_free(suite_event(stream, "domain.rebooted"));
    }
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_shutdown(void **state)
{
    VesselError *err = NULL;
    VesselEventStream *stream = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_shutdown");
    VesselDomain *domain = suite_define(host, "web");
    suite_start(domain);
    vessel_host_subscribe(host, NULL, &stream, &err);
    vessel_domain_shutdown(domain, NULL, &err);
    vt_no_error(err);
    vessel_event_free(suite_event(stream, "domain.shutdown-requested"));
    if (contract.guest_obeys) {
        assert_int_equal(vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, NULL, &err),
                         VESSEL_DOMAIN_SHUT_OFF);
        reason_is(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    } else {
        vessel_domain_destroy(domain, NULL, &err);
        vt_no_error(err);
    }
    vessel_event_stream_unref(stream);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_wait(void **state)
{
    VesselError *err = NULL;
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    (void)state;
    VesselHost *host = suite_host();
    VesselDomain *domain = suite_define(host, "web");
    assert_int_equal(vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, NULL, &err),
                     VESSEL_DOMAIN_SHUT_OFF);
    options.timeout_ms = 50;
    vessel_domain_wait(domain, VESSEL_DOMAIN_RUNNING, &options, &err);
    assert_string_equal(vessel_error_message(err), "domain \"web\" is still shut off, not running");
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    vessel_domain_wait(domain, 0, NULL, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_undefine(domain, NULL, &err);
    assert_int_equal(vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, NULL, &err),
                     VESSEL_DOMAIN_SHUT_OFF);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_transient(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL, *found = NULL;
    VesselDomainInfo *info = NULL;
    char *xml = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_create");
    g_autofree char *text = suite_xml("web", NULL, NULL);
    vessel_domain_create(host, text, NULL, NULL, &domain, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_RUNNING);
    vessel_domain_info(domain, &info, &err);
    assert_int_equal(info->persistent, 0);
    vessel_domain_info_free(info);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &xml, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_domain_undefine(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_domain_set_autostart(domain, 1, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_domain_create(host, text, NULL, NULL, &found, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_lookup_by_name(host, "web", &found, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_state(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    assert_int_equal(vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, NULL, &err),
                     VESSEL_DOMAIN_SHUT_OFF);
    vessel_domain_unref(domain);
    /* The name is free again. */
    domain = suite_define(host, "web");
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_define_and_undefine_running(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL, *same = NULL;
    VesselDomainInfo *info = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    domain = suite_define(host, "web");
    suite_start(domain);
    g_autofree char *text = suite_xml("web", NULL, "  <title>later</title>\n");
    vessel_domain_define(host, text, NULL, &same, &err);
    vt_no_error(err);
    vessel_domain_info(same, &info, &err);
    assert_int_equal(info->changed, 1);
    assert_int_equal(info->state, VESSEL_DOMAIN_RUNNING);
    assert_int_equal(info->max_memory_kib, 64 * 1024);
    vessel_domain_info_free(info);
    vessel_domain_undefine(domain, NULL, &err);
    vt_no_error(err);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_RUNNING);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_state(domain, NULL, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_unref(same);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_rename_running(void **state)
{
    VesselError *err = NULL;
    char *xml = NULL, *title = NULL;
    VesselDomainMetadataOptions both = VESSEL_DOMAIN_METADATA_OPTIONS_INIT;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    VesselDomain *domain = suite_define(host, "web");
    suite_start(domain);
    vessel_domain_rename(domain, "www", NULL, &err);
    vt_no_error(err);
    vessel_domain_xml(domain, 0, &xml, &err);
    vt_no_error(err);
    assert_non_null(strstr(xml, "<name>www</name>"));
    vessel_free(xml);
    assert_int_equal(suite_state(domain), VESSEL_DOMAIN_RUNNING);
    both.flags = VESSEL_DOMAIN_AFFECT_LIVE;
    vessel_domain_set_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, "now", NULL, NULL, &both,
                               &err);
    vt_no_error(err);
    vessel_domain_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, NULL, 0, &title, &err);
    vt_no_error(err);
    assert_string_equal(title, "now");
    vessel_free(title);
    vessel_domain_metadata(domain, VESSEL_DOMAIN_METADATA_TITLE, NULL, VESSEL_DOMAIN_AFFECT_NEXT,
                           &title, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_autodestroy(void **state)
{
    VesselError *err = NULL;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    VesselDomain *domain = NULL;
    VesselDomainInfo *info = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start.autodestroy");
    domain = suite_define(host, "web");
    options.flags = VESSEL_DOMAIN_START_AUTODESTROY;
    vessel_domain_start(domain, &options, NULL, &err);
    vt_no_error(err);
    vessel_domain_info(domain, &info, &err);
    assert_int_equal(info->autodestroy, 1);
    vessel_domain_info_free(info);
    vessel_domain_unref(domain);
    vessel_host_close(host, &err);
    vt_no_error(err);
    vessel_host_unref(host);
    if (contract.mock)
        return; /* a mock's world ends with its host */
    host = suite_host();
    vessel_domain_lookup_by_name(host, "web", &domain, &err);
    vt_no_error(err);
    reason_is(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- consoles ---- */

static char *read_some(int fd)
{
    struct pollfd poller = {fd, POLLIN, 0};
    char data[4097];
    if (poll(&poller, 1, 10000) <= 0)
        return g_strdup("");
    ssize_t n = read(fd, data, sizeof data - 1);
    return g_strndup(data, n > 0 ? (gsize)n : 0);
}

static void test_console(void **state)
{
    VesselError *err = NULL;
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;
    int writer = -1, reader = -1, second = -1;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_open_console");
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_open_console(domain, NULL, &writer, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    suite_start(domain);
    options.device = "nothing";
    vessel_domain_open_console(domain, &options, &writer, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    options.device = contract.console ? contract.console : "serial0";
    vessel_domain_open_console(domain, &options, &writer, &err);
    vt_no_error(err);
    assert_true(writer >= 0);
    vessel_domain_open_console(domain, &options, &second, &err);
    vt_error(&err, VESSEL_ERROR_BUSY);
    assert_int_equal(second, -1);
    options.flags = VESSEL_DOMAIN_CONSOLE_READONLY;
    vessel_domain_open_console(domain, &options, &reader, &err);
    vt_no_error(err);
    options.flags = VESSEL_DOMAIN_CONSOLE_FORCE;
    vessel_domain_open_console(domain, &options, &second, &err);
    vt_no_error(err);
    /* Whose place was taken is not left to type into the void. */
    assert_int_equal(send(writer, "x", 1, MSG_NOSIGNAL), -1);
    assert_int_equal(errno, EPIPE);
    if (contract.mock) {
        g_autofree char *greeting = read_some(reader);
        assert_string_equal(greeting, "web login: ");
        assert_int_equal(send(second, "root\n", 5, MSG_NOSIGNAL), 5);
        g_autofree char *echo = read_some(reader);
        assert_string_equal(echo, "root\n");
        g_autofree char *too = read_some(writer);
        assert_string_equal(too, "web login: root\n");
    }
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    close(writer);
    close(reader);
    close(second);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

const struct CMUnitTest suite_lives[] = {
    cmocka_unit_test(test_start_destroy),  cmocka_unit_test(test_suspend_resume),
    cmocka_unit_test(test_start_paused),   cmocka_unit_test(test_reset_reboot),
    cmocka_unit_test(test_shutdown),       cmocka_unit_test(test_wait),
    cmocka_unit_test(test_transient),      cmocka_unit_test(test_define_and_undefine_running),
    cmocka_unit_test(test_rename_running), cmocka_unit_test(test_autodestroy),
    cmocka_unit_test(test_console),        {0},
};
