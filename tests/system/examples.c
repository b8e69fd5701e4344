/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs of examples/ do what they say, for root and for an ordinary user, and leave nothing.
 */
#include "tests/lib/container.h"

enum { NO_CONTAINERS = 77 };

/* Runs examples/NAME with the arguments that follow; what it said, the caller frees. */
static char *run_example(const char *const *argv, int *status)
{
    g_autoptr(GError) error = NULL;
    char *output = NULL;
    int ended = -1;
    g_spawn_sync(NULL, (char **)(void *)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL,
                 &ended, &error);
    if (error)
        fail_msg("%s: %s", argv[0], error->message);
    *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    return output;
}

static void expect_words(const char *said, int status, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(said, *words))
            fail_msg("status %d, it did not say \"%s\" but: %s", status, *words, said);
    assert_int_equal(status, 0);
}

static void run_container(void)
{
    static const char *const words[] = {
        "container: ready, demo-container-", "uid=0(root)", "it ended with 0",
        "domain.stopped, shutdown",          "undefined",   NULL};
    g_autofree char *archive = vt_guest("rootfs.tar"), *rootfs = vt_path("root/rootfs");
    g_autofree char *example = g_build_filename(vt_build_dir(), "examples", "container", NULL);
    const char *const argv[] = {example, "--root", vt_state(), archive, NULL};
    int status;
    g_autofree char *said = run_example(argv, &status);
    if (status == NO_CONTAINERS)
        vt_skip("this host has no containers");
    expect_words(said, status, words);
    assert_int_equal(rmdir(rootfs), 0);
    vt_nothing_left();
}

static void test_container(void **state)
{
    (void)state;
    vt_container_prepare();
    run_container();
}

static void test_container_of_user(void **state)
{
    (void)state;
    vt_as_user();
    run_container();
}

static void test_boot(void **state)
{
    static const char *const words[] = {"vessel-guest: ready", "domain.stopped, shutdown",
                                        "undefined", NULL};
    (void)state;
    g_autofree char *kernel = vt_guest("vmlinuz"), *initrd = vt_guest("initrd.img");
    g_autofree char *example = g_build_filename(vt_build_dir(), "examples", "boot", NULL);
    const char *const argv[] = {example, "--root",   vt_state(), "--kernel",
                                kernel,  "--initrd", initrd,     NULL};
    int status;
    vt_need_root();
    g_autofree char *said = run_example(argv, &status);
    expect_words(said, status, words);
    vt_nothing_left();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_container),
                                       cmocka_unit_test(test_container_of_user),
                                       cmocka_unit_test(test_boot)};
    return vt_main(tests);
}
