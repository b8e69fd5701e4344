/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linux on machine microvm, from its definition to its end: with ACPI, where a kernel's clock is
 * hard to find (drivers/qemu/build.h), and without, where there is no power button. */
#include "kit/report.h"
#include "tests/lib/guest.h"

#include <unistd.h>

static const char greeting[] = "vessel-guest: ready, Linux";

/* @features and @more are elements; @words go on the kernel's command line. */
static VesselDomain *define_linux(VesselHost *host, const char *type, const char *features,
                                  const char *words, const char *more)
{
    g_autofree char *kernel = vt_guest("vmlinuz"), *initrd = vt_guest("initrd.img");
    g_autofree char *xml = g_markup_printf_escaped(
        "<domain type='%s'><name>guest</name><memory unit='MiB'>192</memory><vcpu>1</vcpu>"
        "<os><type arch='x86_64' machine='microvm'>hvm</type><kernel>%s</kernel>"
        "<initrd>%s</initrd><cmdline>console=ttyS0 no_timer_check %s</cmdline></os>",
        type, kernel, initrd, words);
    g_autofree char *whole =
        g_strconcat(xml, features, more, "<devices><serial type='pty'/></devices></domain>", NULL);
    return vt_define_xml(host, whole);
}

static void greets(VesselDomain *domain)
{
    VesselError *err = NULL;
    int fd = -1;
    vt_start(domain);
    vessel_domain_open_console(domain, NULL, &fd, &err);
    vt_no_error(err);
    vt_read_until(fd, greeting, 40000);
    close(fd);
}

static void ends(VesselHost *host, VesselDomain *domain, const char *reason)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    options.timeout_ms = 15000;
    vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err);
    vt_no_error(err);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, reason);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void obeys_its_button(const char *type)
{
    VesselError *err = NULL;
    vt_need_root();
    VesselHost *host = vt_open();
    VesselDomain *domain = define_linux(host, type, "<features><acpi/></features>", "quiet", "");
    greets(domain);
    vessel_domain_shutdown(domain, NULL, &err);
    vt_no_error(err);
    ends(host, domain, "shutdown");
}

static void on_the_emulator(void **state)
{
    (void)state;
    obeys_its_button("emulator");
}

static void under_kvm(void **state)
{
    (void)state;
    g_autofree char *why = NULL;
    if (vessel__kvm_kind(&why) != VESSEL_KVM_HARDWARE)
        vt_skip("no KVM on hardware virtualisation: %s", why);
    obeys_its_button("kvm");
}

/* No button: refused, with what to do instead. */
static void without_acpi(void **state)
{
    (void)state;
    VesselError *err = NULL;
    vt_need_root();
    VesselHost *host = vt_open();
    VesselDomain *domain = define_linux(host, "emulator", "", "quiet", "");
    greets(domain);
    vessel_domain_shutdown(domain, NULL, &err);
    vt_says(err, 'm', "no power button");
    vt_says(err, 'h', "<acpi/>");
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, "booted");
    vt_destroy(domain);
    ends(host, domain, "destroyed");
}

/* How such a guest ends itself: by a reboot that is not to happen. */
static void reboots_to_its_end(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_open();
    VesselDomain *domain =
        define_linux(host, "emulator", "", /* by triple fault: there is no keyboard controller */
                     "quiet reboot=t vt.reboot", "<on_reboot>destroy</on_reboot>");
    greets(domain);
    ends(host, domain, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_the_emulator),
        cmocka_unit_test(under_kvm),
        cmocka_unit_test(without_acpi),
        cmocka_unit_test(reboots_to_its_end),
    };
    return vt_main(tests);
}
