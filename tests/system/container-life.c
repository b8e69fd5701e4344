/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lives of containers: how one ends and who learns of it, when its warden is replaced; what follows
 * an end; ids, limits and groups of one life and the next. */
#include "tests/lib/container.h"
#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void await(VesselDomain *domain, const char *text)
{
    g_autofree char *said = vt_container_says(domain, text);
    (void)said;
}

static VtPids pids_of(VesselDomain *domain)
{
    return vt_pids(vt_state(), vessel_domain_get_uuid(domain));
}

/* A domain whose program is /inside with @args; @more is beside <os>. */
static VesselDomain *begin(VesselHost *host, const char *args, const char *more)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, args, "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>web</name>%s%s</domain>",
                        body, more);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    return domain;
}

static void kill_warden(VesselDomain *domain)
{
    VtPids pids = pids_of(domain);
    assert_int_equal(kill(pids.warden, SIGKILL), 0);
    vt_gone(pids.warden, 2000);
}

/* A call that only another warden can answer. */
static void have_adopted(VesselDomain *domain)
{
    VesselError *err = NULL;
    VesselStats *stats = NULL;
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    vessel_stats_free(stats);
    assert_true(pids_of(domain).warden > 0);
}

/* The program, child of process 1. */
static pid_t program_of(VesselDomain *domain)
{
    pid_t first = pids_of(domain).guest;
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", first, first);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_true(atoi(text) > 0);
    return atoi(text);
}

static void tell(VesselDomain *domain, int number)
{
    assert_int_equal(kill(program_of(domain), number), 0);
}

#define OBEY(status) "<initarg>obey</initarg><initarg>" #status "</initarg>"

/* ---- how it ended ---- */

static void test_end_seen_by_another_warden(void **state)
{
    static const struct {
        int signal;
        const char *reason, *exit;
    } cases[] = {{SIGUSR1, "exit:7", "\"exit\":{\"status\":7}"},
                 {SIGHUP, NULL, NULL}, /* its console's, which it does not hear */
                 {SIGKILL, "signal:9", "\"exit\":{\"signal\":9}"}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VesselHost *host = vt_container_host();
        VesselDomain *domain = begin(host, OBEY(7), "");
        await(domain, "ready");
        kill_warden(domain);
        have_adopted(domain);
        tell(domain, cases[i].signal);
        if (cases[i].reason) {
            vt_wait(vt_container_is_off, domain, 5000);
            vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, cases[i].reason);
            vt_container_event(host, "domain.stopped", cases[i].exit);
        } else {
            vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
        }
        vt_container_done(host, domain);
    }
}

/* It ended before anybody came; and with it, at once. */
static void test_end_seen_by_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        VesselHost *host = vt_container_host();
        VesselDomain *domain = begin(host, OBEY(7), "");
        await(domain, "ready");
        pid_t first = pids_of(domain).guest;
        if (i == 0)
            kill_warden(domain);
        tell(domain, SIGUSR1);
        if (i == 1) {
            pid_t warden = pids_of(domain).warden;
            if (warden > 0)
                kill(warden, SIGKILL);
        }
        vt_gone(first, 2000);
        vt_wait(vt_container_is_off, domain, 5000);
        vt_container_event(host, "domain.stopped", "\"exit\":{\"status\":7}");
        vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "exit:7");
        vt_container_done(host, domain);
    }
}

/* An init leaves no record, and who was its parent is gone: the kernel tells, or nobody. */
static void test_end_of_an_init_that_was_adopted(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        begin(host, "<initarg>init</initarg>",
              "<vessel:init kind='init'/><vessel:overlay target='/' upper='memory'/>");
    await(domain, "init is 1");
    kill_warden(domain);
    have_adopted(domain);
    pid_t first = pids_of(domain).guest;
    assert_int_equal(kill(first, SIGKILL), 0);
    for (int i = 0; i < 500 && waitpid(-1, NULL, WNOHANG) != first; i++)
        g_usleep(1000); /* it became ours */
    vt_wait(vt_container_is_off, domain, 5000);
    char *reason = NULL;
    VesselError *err = NULL;
    vessel_domain_state(domain, &reason, &err);
    vt_no_error(err);
    if (strcmp(reason, "unknown") != 0) /* before Linux 6.15 */
        assert_string_equal(reason, "signal:9");
    vessel_free(reason);
    vt_container_done(host, domain);
}

typedef struct {
    VesselDomain *domain;
    pid_t than;
} Other;

static bool has_another_life(void *data)
{
    Other *other = data;
    VtPids pids = pids_of(other->domain);
    return pids.guest > 0 && pids.guest != other->than &&
           vt_state_of(other->domain) == VESSEL_DOMAIN_RUNNING;
}

/* The warden that restarts it is not the one that started it, and so again. Each life has a record of
 * its own: the last one was killed and left none. */
static void test_restarted_by_an_adopter(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, OBEY(7), "<on_crash>restart</on_crash>");
    for (int i = 0; i < 2; i++) {
        await(domain, "ready");
        kill_warden(domain);
        have_adopted(domain);
        Other other = {domain, pids_of(domain).guest};
        tell(domain, SIGUSR1);
        vt_wait(has_another_life, &other, 10000);
    }
    await(domain, "ready");
    vt_container_event(host, "domain.rebooted", "");
    assert_true(program_of(domain) > 0);
    vt_destroy(domain);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
    vt_container_done(host, domain);
}

/* Who takes over knows what was asked. */
static void test_shutdown_asked_of_an_earlier_warden(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, "<initarg>stubborn</initarg>", "<on_crash>restart</on_crash>");
    await(domain, "ready");
    vessel_domain_shutdown(domain, NULL, &err); /* it does not hear it */
    vt_no_error(err);
    kill_warden(domain);
    have_adopted(domain);
    tell(domain, SIGKILL);
    vt_wait(vt_container_is_off, domain, 5000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "shutdown");
    vt_container_done(host, domain);
}

/* ---- its ids ---- */

#define REGISTRY VESSEL_STATE_DIR "/container-ids" /* the case's own: vt_container_prepare() */

/* What is written down of a domain: 'k' its definition is kept, 'l' it is not, 0 nothing. */
static char ids_of(const char *uuid)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(REGISTRY, &text, &length, NULL))
        return 0;
    for (gsize at = 0; at + 64 <= length; at += 64)
        if (strncmp(text + at, uuid, 36) == 0)
            return strncmp(text + at + 58, "kept", 4) == 0 ? 'k' : 'l';
    return 0;
}

static bool is_held(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 64 * 2560};
    vessel_autofd int fd = open(REGISTRY, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0);
    return lock.l_type != F_UNLCK;
}

static void test_ids_of_a_definition(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = begin(host, "<initarg>stubborn</initarg>", "");
    g_autofree char *uuid = g_strdup(vessel_domain_get_uuid(domain));
    await(domain, "ready");
    assert_int_equal(ids_of(uuid), 'k');
    assert_true(is_held());
    kill_warden(domain);
    assert_false(is_held());
    have_adopted(domain);
    assert_true(is_held());
    vt_undefine(domain); /* it runs on, and has its ids */
    assert_int_equal(ids_of(uuid), 'l');
    assert_true(is_held());
    VesselError *err = NULL;
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    assert_false(is_held());
}

static void test_ids_of_what_is_not_kept(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    g_autofree char *xml = vt_container_xml("web", "exit", "");
    vessel_domain_create(host, xml, NULL, NULL, &domain, &err);
    vt_no_error(err);
    g_autofree char *uuid = g_strdup(vessel_domain_get_uuid(domain));
    for (int i = 0; i < 250 && ids_of(uuid) != 0; i++) {
        VesselDomain **list = NULL;
        vessel_domain_list(host, 0, &list, NULL, NULL); /* who looks sweeps */
        vessel_domain_list_free(list);
        g_usleep(20000);
    }
    assert_int_equal(ids_of(uuid), 0);
    vessel_domain_unref(domain);
    domain = vt_define_xml(host, xml);
    g_free(g_steal_pointer(&uuid));
    uuid = g_strdup(vessel_domain_get_uuid(domain));
    assert_int_equal(ids_of(uuid), 'k');
    vt_container_done(host, domain);
    assert_int_equal(ids_of(uuid), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_seen_by_another_warden),
        cmocka_unit_test(test_end_seen_by_nobody),
        cmocka_unit_test(test_end_of_an_init_that_was_adopted),
        cmocka_unit_test(test_restarted_by_an_adopter),
        cmocka_unit_test(test_shutdown_asked_of_an_earlier_warden),
        cmocka_unit_test(test_ids_of_a_definition),
        cmocka_unit_test(test_ids_of_what_is_not_kept),
    };
    return vt_main(tests);
}
