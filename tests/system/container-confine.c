/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition says of the confinement of a container, seen from inside. */
#include "tests/lib/container.h"

#include <linux/capability.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define FEATURES "<features><capabilities policy='%s'>%s</capabilities></features>"
#define KIND_INIT "<vessel:init xmlns:vessel='urn:vessel:domain:1.0' kind='init'/>"

/* The set that a program has when nothing is said. */
#define USUAL                                                                                      \
    (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_KILL) |  \
     BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) |            \
     BIT(CAP_SYS_CHROOT) | BIT(CAP_SETFCAP) | BIT(CAP_AUDIT_WRITE))
/* 0 to 36; those after them have no name in the format. */
#define ALL (BIT(CAP_BLOCK_SUSPEND + 1) - 1)

static char *make_xml(const char *name, const char *policy, const char *capabilities,
                      const char *os, const char *more)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, os, "");
    return g_strdup_printf("<domain type='container'><name>%s</name>" FEATURES "%s%s</domain>",
                           name, policy, capabilities, more, body);
}

/* Of the container's own program, or of one that was brought into it. */
static void expect_kept(const char *said, uint64_t kept)
{
    static const char *const sets[] = {"CapPrm", "CapEff", "CapBnd"};
    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
        g_autofree char *line =
            g_strdup_printf("%s:\t%016" G_GINT64_MODIFIER "x", sets[i], (guint64)kept);
        if (!strstr(said, line))
            fail_msg("no \"%s\" in: %s", line, said);
    }
    assert_non_null(strstr(said, "CapAmb:\t0000000000000000"));
}

static char *exec_show(VesselDomain *domain)
{
    static const char *const argv[] = {"/inside", "show", NULL};
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    VesselExec *exec = NULL;
    VesselError *err = NULL;
    g_autoptr(GString) said = g_string_new(NULL);
    char data[4096];
    ssize_t got;
    int ends[2], status = -1;
    assert_int_equal(pipe(ends), 0);
    options.stdout_fd = ends[1];
    vessel_domain_exec(domain, argv, &options, &exec, &err);
    vt_no_error(err);
    close(ends[1]);
    while ((got = read(ends[0], data, sizeof data)) > 0)
        g_string_append_len(said, data, got);
    close(ends[0]);
    vessel_exec_wait(exec, 0, &status, NULL, &err);
    vt_no_error(err);
    assert_int_equal(status, 0);
    vessel_exec_unref(exec);
    return g_strdup(said->str);
}

/* The container's own program, and one that is brought into it. */
static void test_capabilities(void **state)
{
    static const struct {
        const char *policy, *capabilities, *more;
        uint64_t kept;
    } rows[] = {
        {"default", "<chown state='off'/><net_raw state='on'/>", "",
         (USUAL & ~BIT(CAP_CHOWN)) | BIT(CAP_NET_RAW)},
        {"deny", "<net_bind_service state='on'/>", "", BIT(CAP_NET_BIND_SERVICE)},
        {"deny", "", "", 0},
        {"allow", "<sys_admin state='off'/><sys_module state='off'/>", "",
         ALL & ~(BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_MODULE))},
        {"deny", "<sys_boot state='on'/>", KIND_INIT, BIT(CAP_SYS_BOOT)},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *xml = make_xml("vtcaps", rows[i].policy, rows[i].capabilities,
                                        "<initarg>facts</initarg>", rows[i].more);
        VesselDomain *domain = vt_define_xml(host, xml);
        vt_start(domain);
        g_autofree char *said = vt_container_says(domain, "that is all");
        g_autofree char *beside = exec_show(domain);
        expect_kept(said, rows[i].kept);
        expect_kept(beside, rows[i].kept);
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* The filter of system calls follows: with the capability a call comes to the kernel. */
static void test_calls_follow(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *with =
        make_xml("vtwith", "default", "<sys_admin state='on'/>", "<initarg>escape</initarg>", "");
    g_autofree char *without =
        make_xml("vtwithout", "default", "", "<initarg>escape</initarg>", "");
    VesselDomain *domain = vt_define_xml(host, with);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "mount: done"));
    assert_non_null(strstr(said, "sethostname: done"));
    assert_null(strstr(said, "core_pattern: done"));
    assert_null(strstr(said, "sysrq: done"));
    assert_null(strstr(said, "mknod: done"));
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    domain = vt_define_xml(host, without);
    vt_start(domain);
    g_autofree char *other = vt_container_says(domain, "that is all");
    assert_null(strstr(other, "mount: done"));
    assert_null(strstr(other, "sethostname: done"));
    vt_container_done(host, domain);
}

/* Without them process 1 could not become the user, nor end what it has become. */
static void test_user_needs_some(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *refused =
        make_xml("vtuser", "default", "<setuid state='off'/>", "<inituser>33</inituser>", "");
    g_autofree char *denied =
        make_xml("vtuser", "deny", "<kill state='on'/><setgid state='on'/><setuid state='on'/>",
                 "<initarg>facts</initarg><inituser>33</inituser><initgroup>33</initgroup>", "");
    VesselError *err = vt_container_fails(host, refused);
    vt_says(err, 'p', "/domain/features/capabilities/setuid/@state");
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    VesselDomain *domain = vt_define_xml(host, denied);
    if (geteuid() != 0)
        vt_skip("an ordinary user's container has one id");
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "ids: 33 33"));
    assert_non_null(strstr(said, "CapEff:\t0000000000000000"));
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_capabilities),
                                       cmocka_unit_test(test_calls_follow),
                                       cmocka_unit_test(test_user_needs_some)};
    return vt_main(tests);
}
