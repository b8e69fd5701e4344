/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers: kill -9 of the program and of the warden at each step of start, stop and exec
 * (matrix.h); of both at once. Nothing is left: no process, no mount, no group. */
#include "tests/lib/container.h"
#include "tests/system/matrix.h"

/* It ends when it is asked to, and not when its console does. */
static char *definition(const char *name)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body =
        vt_container_body(root, "<initarg>obey</initarg><initarg>0</initarg>", "");
    return g_strdup_printf("<domain type='container'><name>%s</name>%s</domain>", name, body);
}

static void await_ready(VesselDomain *domain)
{
    g_autofree char *said = vt_container_says(domain, "ready");
    (void)said;
}

static void program_killed_in_start(void **state)
{
    (void)state;
    matrix_sweep(START, false, true);
}

static void program_killed_in_shutdown(void **state)
{
    (void)state;
    matrix_sweep(SHUTDOWN, false, true);
}

static void program_killed_in_destroy(void **state)
{
    (void)state;
    matrix_sweep(DESTROY, false, true);
}

static void program_killed_in_exec(void **state)
{
    (void)state;
    matrix_sweep(EXEC, false, true);
}

static void warden_killed_in_start(void **state)
{
    (void)state;
    matrix_sweep(START, true, true);
}

static void warden_killed_in_shutdown(void **state)
{
    (void)state;
    matrix_sweep(SHUTDOWN, true, true);
}

static void warden_killed_in_destroy(void **state)
{
    (void)state;
    matrix_sweep(DESTROY, true, true);
}

int main(int argc, char **argv)
{
    matrix_kind = (MatrixKind){
        .xml = definition, .prepare = vt_container_prepare, .started = await_ready, .budget_s = 8};
    if (matrix_is_victim(argc, argv))
        return matrix_victim_main(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_killed_in_start),   cmocka_unit_test(program_killed_in_shutdown),
        cmocka_unit_test(program_killed_in_destroy), cmocka_unit_test(program_killed_in_exec),
        cmocka_unit_test(warden_killed_in_start),    cmocka_unit_test(warden_killed_in_shutdown),
        cmocka_unit_test(warden_killed_in_destroy),
    };
    return vt_main(tests);
}
