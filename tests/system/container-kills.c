/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers: kill -9 of the program and of the warden at each step of start, stop, change and exec
 * (matrix.h), of an exec's other processes and the container's first, and of both at once. Nothing
 * is left: no process, no mount, no group, no namespace. */
#include "tests/lib/container.h"

#include "tests/system/matrix.h"
#include <signal.h>
#include <sys/wait.h>

/* It ends when it is asked to, and not when its console does. */
static char *limited(const char *name, const char *limits)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body =
        vt_container_body(root, "<initarg>obey</initarg><initarg>0</initarg>", "");
    return g_strdup_printf("<domain type='container'><name>%s</name>%s%s</domain>", name, limits,
                           body);
}

static char *definition(const char *name)
{
    return limited(name, "");
}

static char *changed(const char *name)
{
    return limited(name, "<memory unit='MiB'>48</memory><cputune><shares>300</shares></cputune>");
}

/* What is in force and what the kernel has tell the same, of before or of after; once more, and it
 * is made. There is one event for it. */
static void check_changed(VesselDomain *domain, bool acknowledged)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselStats *stats = NULL;
    char *plan = NULL;
    g_autofree char *text = changed(NAME);
    options.flags = VESSEL_DOMAIN_CHANGE_DRY_RUN;
    options.plan = &plan;
    vessel_domain_change(domain, text, &options, &err); /* waits for whoever is at it */
    vt_no_error(err);
    vessel_domain_stats(domain, NULL, &stats, &err); /* its warden has looked at what was begun */
    vt_no_error(err);
    vessel_stats_free(stats);
    g_autofree char *v1 = vt_container_group_file(domain, "cpu", "cpu.shares");
    g_autofree char *v2 = vt_container_group_file(domain, NULL, "cpu.weight");
    if (!v1 && !v2)
        vt_skip("this host gives containers no groups to limit");
    bool made = strcmp(plan, "{\"live\":[]}") == 0;
    vessel_free(plan);
    assert_true(made || !acknowledged);
    vt_container_expect_file(domain, "cpu", "cpu.shares", made ? "300" : "1024", "cpu.weight",
                             made ? "12" : "100");
    g_autofree char *memory = vt_container_group_file(domain, "memory", "memory.limit_in_bytes");
    assert_true(!memory || made == (strcmp(memory, "50331648") == 0));
    vessel_domain_change(domain, text, NULL, &err);
    vt_no_error(err);
    vt_container_expect_file(domain, "cpu", "cpu.shares", "300", "cpu.weight", "12");
    VesselHost *host = vt_open();
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.changed", NULL), 1);
    vessel_host_unref(host);
}

static void await_ready(VesselDomain *domain)
{
    g_autofree char *said = vt_container_says(domain, "ready");
    (void)said;
}

static void program_killed_in_start(void **state)
{
    (void)state;
    matrix_sweep(START, PROGRAM, true);
}

static void program_killed_in_shutdown(void **state)
{
    (void)state;
    matrix_sweep(SHUTDOWN, PROGRAM, true);
}

static void program_killed_in_destroy(void **state)
{
    (void)state;
    matrix_sweep(DESTROY, PROGRAM, true);
}

static void program_killed_in_exec(void **state)
{
    (void)state;
    matrix_sweep(EXEC, PROGRAM, true);
}

static void warden_killed_in_exec(void **state)
{
    (void)state;
    matrix_sweep(EXEC, WARDEN, true);
}

static void guest_killed_in_exec(void **state)
{
    (void)state;
    matrix_sweep(EXEC, GUEST, true);
}

static void joiner_killed_in_exec(void **state)
{
    (void)state;
    matrix_sweep(EXEC, JOINER, true);
}

static void joined_killed_in_exec(void **state)
{
    (void)state;
    matrix_sweep(EXEC, JOINED, true);
}

static void warden_killed_in_start(void **state)
{
    (void)state;
    matrix_sweep(START, WARDEN, true);
}

static void warden_killed_in_shutdown(void **state)
{
    (void)state;
    matrix_sweep(SHUTDOWN, WARDEN, true);
}

static void warden_killed_in_destroy(void **state)
{
    (void)state;
    matrix_sweep(DESTROY, WARDEN, true);
}

static void program_killed_in_change(void **state)
{
    (void)state;
    matrix_sweep(CHANGE, false, true);
}

static void warden_killed_in_change(void **state)
{
    (void)state;
    matrix_sweep(CHANGE, true, true);
}

/* Warden and first process in the same moment; and the program that waits for the start, too. */
static void all_killed_at_once(void **state)
{
    (void)state;
    vt_need_root();
    vt_container_prepare();
    VesselHost *host = vt_open();
    g_autofree char *xml = definition(NAME);
    VesselDomain *domain = vt_define_xml(host, xml);
    for (int i = 0; i < 10; i++) {
        vt_start(domain);
        VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
        kill(i % 2 ? pids.warden : pids.guest, SIGKILL);
        kill(i % 2 ? pids.guest : pids.warden, SIGKILL);
        vt_gone(pids.guest, 5000);
        matrix_check_usable(domain);
    }
    for (int i = 0; i < 10; i++) {
        matrix_share();
        pid_t victim = matrix_start_victim(START);
        kill(victim, SIGCONT);
        g_usleep((gulong)i * 1000); /* some way into its start */
        kill(victim, SIGKILL);
        assert_int_equal(waitpid(victim, NULL, 0), victim);
        VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
        if (pids.warden > 0)
            kill(pids.warden, SIGKILL);
        if (pids.guest > 0)
            kill(pids.guest, SIGKILL);
        matrix_check_usable(domain);
    }
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

int main(int argc, char **argv)
{
    matrix_kind = (MatrixKind){.xml = definition,
                               .prepare = vt_container_prepare,
                               .started = await_ready,
                               .changed = changed,
                               .check = check_changed,
                               .budget_s = 6,
                               .shutdown_ms = 300};
    if (matrix_is_victim(argc, argv))
        return matrix_victim_main(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_killed_in_start),   cmocka_unit_test(program_killed_in_shutdown),
        cmocka_unit_test(program_killed_in_destroy), cmocka_unit_test(program_killed_in_exec),
        cmocka_unit_test(warden_killed_in_start),    cmocka_unit_test(warden_killed_in_shutdown),
        cmocka_unit_test(warden_killed_in_destroy),  cmocka_unit_test(program_killed_in_change),
        cmocka_unit_test(warden_killed_in_change),   cmocka_unit_test(all_killed_at_once),
        cmocka_unit_test(warden_killed_in_exec),     cmocka_unit_test(guest_killed_in_exec),
        cmocka_unit_test(joiner_killed_in_exec),     cmocka_unit_test(joined_killed_in_exec),
    };
    return vt_main(tests);
}
