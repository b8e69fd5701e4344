/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Again and again: what a start takes is given back, by the caller and by wardens. VT_CYCLES for
 * another number. */
#include "tests/lib/container.h"

#include <stdio.h>
#include <stdlib.h>

#define GROWTH_KIB 256

static int cycles(int usual)
{
    const char *wanted = getenv("VT_CYCLES");
    return wanted ? atoi(wanted) : usual;
}

/* Of @pid; 0: this process. */
typedef struct {
    int descriptors;
    size_t kib;
} Use;

static Use use_of(pid_t pid)
{
    g_autofree char *fds = pid ? g_strdup_printf("/proc/%d/fd", pid) : g_strdup("/proc/self/fd");
    g_autofree char *memory =
        pid ? g_strdup_printf("/proc/%d/smaps_rollup", pid) : g_strdup("/proc/self/smaps_rollup");
    g_autofree char *text = NULL;
    Use use = {0};
    assert_true(g_file_get_contents(memory, &text, NULL, NULL));
    const char *line = strstr(text, "Anonymous:"); /* the log of events is a file */
    assert_non_null(line);
    use.kib = (size_t)atol(line + strlen("Anonymous:"));
    g_autoptr(GDir) dir = g_dir_open(fds, 0, NULL);
    assert_non_null(dir);
    while (g_dir_read_name(dir))
        use.descriptors++;
    return use;
}

static void expect_flat(Use before, Use after, int spare)
{
    if (after.descriptors > before.descriptors + spare || after.kib > before.kib + GROWTH_KIB)
        fail_msg("%d descriptors and %zu KiB, and later %d and %zu", before.descriptors, before.kib,
                 after.descriptors, after.kib);
}

static guint files_beneath(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    guint count = 0;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        count += 1 + files_beneath(below);
    }
    return count;
}

/* A whole life each: its program ends at once. */
static void test_a_thousand_lives(void **state)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    int count = cycles(1000);
    guint files = 0;
    Use before = {0};
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "exit");
    g_autofree char *run = vt_path("root/run/domains");
    options.timeout_ms = 30000;
    for (int i = 0; i < count; i++) {
        vt_start(domain);
        vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err);
        vt_no_error(err);
        if (i == count / 10) {
            before = use_of(0);
            files = files_beneath(run);
        }
    }
    expect_flat(before, use_of(0), 0);
    assert_true(files_beneath(run) <= files + 10);
    vt_container_done(host, domain);
}

/* Ended by us, in the middle of its life. */
static void test_destroyed_and_destroyed(void **state)
{
    int count = cycles(60);
    Use before = {0};
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    for (int i = 0; i < count; i++) {
        vt_start(domain);
        vt_destroy(domain);
        before = i == count / 3 ? use_of(0) : before;
    }
    expect_flat(before, use_of(0), 0);
    vt_container_done(host, domain);
}

/* Of one warden, whose container lives again and again. */
static void test_one_warden(void **state)
{
    VesselError *err = NULL;
    int count = cycles(100);
    Use before = {0}, after = {0};
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    pid_t warden = vt_container_pids(domain).warden;
    for (int i = 0; i < count; i++) {
        VtLives lives = vt_container_lives(host);
        vessel_domain_reset(domain, NULL, &err);
        vt_no_error(err);
        vt_wait(vt_container_lives_again, &lives, 20000);
        after = use_of(warden);
        before = i == count / 3 ? after : before;
    }
    expect_flat(before, after, 1); /* one more while it answers somebody */
    assert_int_equal(vt_container_pids(domain).warden, warden);
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thousand_lives),
        cmocka_unit_test(test_destroyed_and_destroyed),
        cmocka_unit_test(test_one_warden),
    };
    vt_deadline_s = 400; /* a quiet machine takes 30 s */
    printf("# silence %d\n", vt_deadline_s + 10);
    fflush(stdout);
    return vt_main(tests);
}
