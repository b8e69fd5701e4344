/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machines: kill -9 at each step (matrix.h), and programs that stand still, or both want the same.
 */
#include "tests/system/matrix.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define MATRIX(operation, constant)                                                                \
    static void program_killed_in_##operation(void **state)                                        \
    {                                                                                              \
        (void)state;                                                                               \
        matrix_sweep(constant, PROGRAM, true);                                                     \
    }

MATRIX(define, DEFINE)
MATRIX(undefine, UNDEFINE)
MATRIX(rename, RENAME)
MATRIX(live_rename, RENAME_LIVE)
MATRIX(start, START)
MATRIX(shutdown, SHUTDOWN)
MATRIX(destroy, DESTROY)

static void warden_killed_in_start(void **state)
{
    (void)state;
    matrix_sweep(START, WARDEN, true);
}

/* Nobody has asked this QEMU what it can: the first helper that dies is the one that asks. */
static void helper_killed_in_probe(void **state)
{
    (void)state;
    matrix_sweep(START, WARDEN, false);
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

/* ---- a program that stands still in the middle of a call ---- */

static void within(const char *what, int64_t began, int limit_ms)
{
    int took = (int)((vt_now_us() - began) / 1000);
    if (took > limit_ms)
        fail_msg("%s took %d ms while another program stood still", what, took);
}

/* Nobody who only looks is kept from it. */
static void look_around(VesselHost *host, VesselDomain *domain)
{
    VesselError *err = NULL;
    VesselDomain **list = NULL;
    VesselDomainInfo *info = NULL;
    VesselStats **stats = NULL;
    char *xml = NULL;
    int64_t began = vt_now_us();
    vessel_domain_list(host, 0, &list, NULL, &err);
    vt_no_error(err);
    vessel_domain_list_free(list);
    if (domain) {
        vt_state_of(domain);
        vessel_domain_info(domain, &info, &err);
        vt_no_error(err);
        vessel_domain_info_free(info);
        vessel_domain_xml(domain, 0, &xml, &err);
        vt_no_error(err);
        vessel_free(xml);
    }
    within("list, state, info and XML", began, 1000);
    vessel_host_stats(host, NULL, &stats, NULL, &err);
    vt_no_error(err);
    vessel_stats_list_free(stats);
    within("and stats", began, 6000);
}

static int nameless;

/* Whoever wants to change it is told who has it, when his time is over. */
static int contend(VesselDomain *domain, VesselHost *host, Operation operation, pid_t victim)
{
    VesselError *err = NULL;
    int code;
    int64_t began = vt_now_us();
    if (operation == START) {
        VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
        options.timeout_ms = 400;
        code = vessel_domain_start(domain, &options, NULL, &err);
    } else if (operation == DEFINE) {
        VesselDomainDefineOptions options = VESSEL_DOMAIN_DEFINE_OPTIONS_INIT;
        g_autofree char *xml = vt_idle_xml("third", NULL);
        VesselDomain *third = NULL;
        options.timeout_ms = 400;
        code = vessel_domain_define(host, xml, &options, &third, &err);
        vessel_domain_unref(third);
    } else {
        VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
        options.timeout_ms = 400;
        code = vessel_domain_set_autostart(domain, 1, &options, &err);
    }
    within("a change with a deadline of 400 ms", began, 1500);
    if (code == VESSEL_ERROR_BUSY) {
        g_autofree char *holder = g_strdup_printf("pid %d (", victim);
        /* Between taking a lock and writing his name into it nobody can know him; there are two. */
        if (strstr(vessel_error_holder(err), "has not said who"))
            nameless++;
        else
            vt_says(err, 'w', holder);
        assert_true(vessel_error_retryable(err));
    } else if (code < 0) {
        vt_one_of(err, VESSEL_ERROR_WRONG_STATE, VESSEL_ERROR_NOT_FOUND, VESSEL_ERROR_TIMEOUT,
                  VESSEL_ERROR_OUTCOME_UNKNOWN);
    }
    vessel_error_free(err);
    return code;
}

/* Returns what a contender got while the program stood at its @at-th call. */
static int stand_still(Operation operation, long at)
{
    matrix_prepare(operation, true);
    pid_t victim = matrix_start_victim(operation);
    pid_t tracer = matrix_start_holder(victim, at);
    while (!shared->reached && vt_process_state(tracer) != 'Z')
        g_usleep(200);
    if (!shared->reached)
        fail_msg("the program did not come to its call %ld", at);
    VesselHost *host = vt_open();
    VesselDomain *domain = operation == DEFINE ? NULL : matrix_find(host, NAME);
    int code = 0;
    if (operation == DEFINE || domain) {
        look_around(host, domain);
        code = contend(domain, host, operation, victim);
    }
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    kill(victim, SIGKILL);
    kill(tracer, SIGKILL);
    waitpid(tracer, NULL, 0);
    waitpid(victim, NULL, 0);
    host = vt_open();
    domain = matrix_find(host, NAME);
    if (operation == START)
        matrix_check_usable(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    return code;
}

static void standstill_sweep(Operation operation)
{
    int busy = 0;
    matrix_share();
    if (matrix_round_at(operation, PROGRAM, true, 1000000))
        fail_msg("it was killed all the same");
    long total = shared->calls, rounds = 12;
    for (long i = 0; i < rounds; i++) {
        int code = stand_still(operation, 1 + i * total / rounds);
        print_message("# %s stands at call %ld of %ld: another gets %s\n", matrix_words[operation],
                      1 + i * total / rounds, total,
                      code < 0 ? vessel_error_code_name(code) : "it done");
        busy += code == VESSEL_ERROR_BUSY;
    }
    assert_true(nameless <= 3);
    if (busy == 0)
        fail_msg("nobody was ever told that it is busy");
}

static void program_stands_still(void **state)
{
    (void)state;
    vt_need_root();
    standstill_sweep(START);
    standstill_sweep(DEFINE);
    standstill_sweep(RENAME);
}

/* ---- two programs, one domain ---- */

typedef struct {
    Shared *memory;
    int fd;
    pid_t pid;
} Starter;

static Starter start_starter(void)
{
    matrix_share();
    Starter starter = {shared, shared_fd, matrix_start_victim(START)};
    return starter;
}

static void two_programs_start_one_domain(void **state)
{
    (void)state;
    vt_need_root();
    for (int i = 0; i < 10; i++) {
        matrix_share();
        matrix_prepare(START, true);
        Starter starters[2] = {start_starter(), start_starter()};
        int won = 0;
        for (int j = 0; j < 2; j++)
            kill(starters[(i + j) % 2].pid, SIGCONT);
        for (int j = 0; j < 2; j++) {
            shared = starters[j].memory;
            for (int64_t end = vt_now_us() + 15000000; !shared->returned && vt_now_us() < end;)
                g_usleep(1000);
            assert_true(shared->returned);
            won += shared->code == 0;
            if (shared->code < 0 && shared->code != VESSEL_ERROR_BUSY)
                assert_int_equal(shared->code, VESSEL_ERROR_WRONG_STATE);
        }
        assert_int_equal(won, 1);
        for (int j = 0; j < 2; j++) {
            kill(starters[j].pid, SIGKILL);
            waitpid(starters[j].pid, NULL, 0);
        }
        VesselHost *host = vt_open();
        VesselDomain *domain = matrix_find(host, NAME);
        vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, "booted");
        vt_destroy(domain);
        matrix_check_events(host, 1, 0, 0);
        vessel_domain_unref(domain);
        vessel_host_unref(host);
    }
    vt_nothing_left();
}

int main(int argc, char **argv)
{
    matrix_kind = (MatrixKind){.xml = vt_bootsect_xml, .budget_s = 25, .shutdown_ms = 1500};
    if (matrix_is_victim(argc, argv))
        return matrix_victim_main(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_killed_in_define),
        cmocka_unit_test(program_killed_in_undefine),
        cmocka_unit_test(program_killed_in_rename),
        cmocka_unit_test(program_killed_in_live_rename),
        cmocka_unit_test(program_killed_in_start),
        cmocka_unit_test(program_killed_in_shutdown),
        cmocka_unit_test(program_killed_in_destroy),
        cmocka_unit_test(warden_killed_in_start),
        cmocka_unit_test(warden_killed_in_shutdown),
        cmocka_unit_test(warden_killed_in_destroy),
        cmocka_unit_test(helper_killed_in_probe),
        cmocka_unit_test(program_stands_still),
        cmocka_unit_test(two_programs_start_one_domain),
    };
    return vt_main(tests);
}
