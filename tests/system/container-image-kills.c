/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers on a disk image: kill -9 of the program, the warden and the container's first process
 * at each step of start and stop (matrix.h). No loop device keeps the image. */
#include "tests/lib/container.h"
#include "tests/lib/image.h"
#include "tests/system/matrix.h"

static void prepare(void)
{
    g_autofree char *root = vt_container_root("rootfs"), *image = vt_image_of("ext4", root);
    assert_non_null(image);
    vt_container_prepare();
}

static char *definition(const char *name)
{
    g_autofree char *image = vt_path("image");
    return g_strdup_printf(
        "<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'><name>%s</name>"
        "<os><type>exe</type><init>/inside</init><initarg>obey</initarg><initarg>0</initarg></os>"
        "<devices><filesystem type='file'><driver type='loop' format='raw'/><source file='%s'/>"
        "<target dir='/'/></filesystem></devices>"
        "<vessel:image target='/' type='ext4' writable='yes'/></domain>",
        name, image);
}

static void await_ready(VesselDomain *domain)
{
    vt_container_await(domain, "ready");
}

static void nothing_left(void)
{
    g_autofree char *image = vt_path("image");
    vt_wait(vt_container_no_loop, image, 5000);
}

static const struct {
    Victim who;
    Operation operation;
    const char *words;
} deaths[] = {
    {PROGRAM, START, "program_killed_in_start"},   {PROGRAM, DESTROY, "program_killed_in_destroy"},
    {WARDEN, START, "warden_killed_in_start"},     {WARDEN, SHUTDOWN, "warden_killed_in_shutdown"},
    {WARDEN, DESTROY, "warden_killed_in_destroy"}, {GUEST, START, "guest_killed_in_start"},
    {GUEST, DESTROY, "guest_killed_in_destroy"},
};

static void killed(void **state)
{
    size_t number = GPOINTER_TO_SIZE(*state);
    matrix_sweep(deaths[number].operation, deaths[number].who, true);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[G_N_ELEMENTS(deaths)];
    matrix_kind = (MatrixKind){.xml = definition,
                               .prepare = prepare,
                               .started = await_ready,
                               .left = nothing_left,
                               .budget_s = 2,
                               .shutdown_ms = 300};
    if (matrix_is_victim(argc, argv))
        return matrix_victim_main(argv);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        tests[i] = (struct CMUnitTest){
            .name = deaths[i].words, .test_func = killed, .initial_state = GSIZE_TO_POINTER(i)};
    return vt_main(tests);
}
