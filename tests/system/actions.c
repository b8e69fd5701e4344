/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* on_poweroff and on_reboot, seen from a program with a guest that does it by itself: the boot
 * sector powers off at "p" and resets at "r". */
#include "tests/lib/guest.h"

#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    VesselHost *host;
    VesselDomain *domain;
    VesselEventStream *stream;
    int console;
} Guest;

static void open_console(Guest *guest)
{
    VesselError *err = NULL;
    vessel_domain_open_console(guest->domain, NULL, &guest->console, &err);
    vt_no_error(err);
    vt_read_until(guest->console, "vessel-guest: ready", 20000);
}

/* Runs, with @action such as "<on_reboot>destroy</on_reboot>", and has greeted. */
static void begin(Guest *guest, const char *action)
{
    VesselError *err = NULL;
    vt_need_root();
    g_autofree char *plain = vt_bootsect_xml("guest");
    g_auto(GStrv) parts = g_strsplit(plain, "<devices>", 2);
    g_autofree char *xml = g_strdup_printf("%s%s<devices>%s", parts[0], action, parts[1]);
    guest->host = vt_open();
    guest->domain = vt_define_xml(guest->host, xml);
    vt_start(guest->domain);
    vessel_host_subscribe(guest->host, NULL, &guest->stream, &err);
    vt_no_error(err);
    open_console(guest);
}

static void press(Guest *guest, char key)
{
    assert_int_equal(send(guest->console, &key, 1, MSG_NOSIGNAL), 1);
}

static void expect_event(Guest *guest, const char *kind, const char *reason)
{
    bool found = false;
    while (!found) {
        VesselEvent *event = NULL;
        VesselError *err = NULL;
        int got = vessel_event_stream_next(guest->stream, 20000, &event, &err);
        vt_no_error(err);
        if (got != 1)
            fail_msg("no event %s came", kind);
        found = g_str_equal(vessel_event_kind(event), kind);
        if (found)
            assert_string_equal(vessel_event_reason(event), reason);
        vessel_event_free(event);
    }
}

static void end(Guest *guest)
{
    close(guest->console);
    vt_undefine(guest->domain);
    vessel_event_stream_unref(guest->stream);
    vessel_domain_unref(guest->domain);
    vessel_host_unref(guest->host);
    vt_nothing_left();
}

static void powers_off(void **state)
{
    Guest guest;
    (void)state;
    begin(&guest, "");
    press(&guest, 'p');
    expect_event(&guest, "domain.stopped", "shutdown");
    vt_expect_state(guest.domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    end(&guest);
}

static void powers_off_and_is_kept(void **state)
{
    Guest guest;
    VesselError *err = NULL;
    (void)state;
    begin(&guest, "<on_poweroff>preserve</on_poweroff>");
    press(&guest, 'p');
    expect_event(&guest, "domain.suspended", "shutdown");
    vt_expect_state(guest.domain, VESSEL_DOMAIN_IN_SHUTDOWN, "shutdown");
    vessel_domain_start(guest.domain, NULL, NULL, &err);
    vt_says(err, 'h', "preserve");
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vessel_domain_resume(guest.domain, NULL, &err);
    vt_says(err, 'h', "destroy ends it");
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    vt_destroy(guest.domain);
    end(&guest);
}

static void powers_off_and_is_restarted(void **state)
{
    Guest guest;
    (void)state;
    begin(&guest, "<on_poweroff>restart</on_poweroff>");
    VtPids before = vt_pids(vt_state(), vessel_domain_get_uuid(guest.domain));
    press(&guest, 'p');
    expect_event(&guest, "domain.rebooted", "booted");
    vt_read_until(guest.console, "vessel-guest: ready", 20000);
    VtPids after = vt_pids(vt_state(), vessel_domain_get_uuid(guest.domain));
    assert_int_equal(before.guest, after.guest);
    vt_destroy(guest.domain);
    end(&guest);
}

static void reboots(void **state)
{
    Guest guest;
    (void)state;
    begin(&guest, "");
    press(&guest, 'r');
    expect_event(&guest, "domain.rebooted", "guest");
    vt_read_until(guest.console, "vessel-guest: ready", 20000);
    vt_expect_state(guest.domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(guest.domain);
    end(&guest);
}

static void reboots_and_is_ended(void **state)
{
    Guest guest;
    (void)state;
    begin(&guest, "<on_reboot>destroy</on_reboot>");
    press(&guest, 'r');
    expect_event(&guest, "domain.stopped", "shutdown");
    end(&guest);
}

/* Our own reset is none of the guest's reboots. */
static void is_reset_and_goes_on(void **state)
{
    Guest guest;
    VesselError *err = NULL;
    (void)state;
    begin(&guest, "<on_reboot>destroy</on_reboot>");
    vessel_domain_reset(guest.domain, NULL, &err);
    vt_no_error(err);
    vt_read_until(guest.console, "vessel-guest: ready", 20000);
    vt_expect_state(guest.domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(guest.domain);
    end(&guest);
}

/* What stop-all cannot ask is not waited for. */
static void kept_ones_do_not_hold_up_stop_all(void **state)
{
    Guest guest;
    VesselHostStopOptions options = VESSEL_HOST_STOP_OPTIONS_INIT;
    VesselError *err = NULL;
    (void)state;
    begin(&guest, "<on_poweroff>preserve</on_poweroff>");
    press(&guest, 'p');
    expect_event(&guest, "domain.suspended", "shutdown");
    options.timeout_ms = 30000;
    int64_t began = vt_now_us();
    vessel_host_stop_all(guest.host, &options, NULL, &err);
    vt_no_error(err);
    assert_true(vt_now_us() - began < 15000000);
    vt_expect_state(guest.domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    end(&guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_off),
        cmocka_unit_test(powers_off_and_is_kept),
        cmocka_unit_test(powers_off_and_is_restarted),
        cmocka_unit_test(reboots),
        cmocka_unit_test(reboots_and_is_ended),
        cmocka_unit_test(is_reset_and_goes_on),
        cmocka_unit_test(kept_ones_do_not_hold_up_stop_all),
    };
    return vt_main(tests);
}
