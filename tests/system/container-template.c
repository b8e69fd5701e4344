/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers of templates: each has a copy of its own, from its first start to its end. */
#include "base/file.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static char *state_path(const char *format, ...) G_GNUC_PRINTF(1, 2);
static char *state_path(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *path = g_strdup_vprintf(format, args);
    va_end(args);
    return g_build_filename(vt_state(), path, NULL);
}

/* As rootfs-import puts it there. */
static void make_template(void)
{
    g_autofree char *folder = state_path("rootfs");
    assert_true(mkdir(folder, 0700) == 0 || errno == EEXIST);
    g_autofree char *name = g_strdup_printf("%s/rootfs/small", strrchr(vt_state(), '/') + 1);
    g_free(vt_container_root(name));
}

/* @what is beside the source and the target. */
static char *make_xml(const char *name, const char *template, const char *what, const char *own)
{
    return g_strdup_printf(
        "<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>\n"
        "  <name>%s</name>\n  "
        "<os><type>exe</type><init>/inside</init><initarg>wait</initarg></os>\n"
        "  <devices><filesystem type='template'><source name='%s'/><target dir='/'/>%s"
        "</filesystem></devices>\n%s</domain>\n",
        name, template, what, own);
}

static VesselDomain *define(VesselHost *host, const char *name, const char *what, const char *own)
{
    g_autofree char *xml = make_xml(name, "small", what, own);
    return vt_define_xml(host, xml);
}

static char *copy_of(VesselDomain *domain, const char *file)
{
    return state_path("copies/%s/%%2F@small/%s", vessel_domain_get_uuid(domain), file);
}

static void put(VesselDomain *domain, const char *text)
{
    VesselError *err = NULL;
    g_autofree char *file = vt_write("mine", text);
    vessel_domain_copy_in(domain, file, "/etc/mine", NULL, NULL, &err);
    vt_no_error(err);
}

static void assert_has(VesselDomain *domain, const char *expected)
{
    g_autofree char *file = copy_of(domain, "etc/mine"), *text = NULL;
    g_file_get_contents(file, &text, NULL, NULL);
    assert_string_equal(text ? text : "nothing", expected);
}

static bool is_gone(void *path)
{
    struct stat st;
    return lstat(path, &st) < 0;
}

static void done(VesselHost *host)
{
    g_autofree char *mine = state_path("rootfs/small/etc/mine");
    assert_true(is_gone(mine));
    vessel_host_unref(host);
    vt_nothing_left();
}

static void own_copies(void)
{
    VesselHost *host = vt_container_host();
    make_template();
    VesselDomain *one = define(host, "one", "", ""), *two = define(host, "two", "", "");
    vt_start(one);
    vt_start(two);
    put(one, "one");
    put(two, "two");
    vt_destroy(one);
    vt_start(one); /* the same copy */
    assert_has(one, "one");
    assert_has(two, "two");
    g_autofree char *copy = copy_of(one, ""), *other = copy_of(two, "");
    vt_destroy(one);
    vt_undefine(one);
    assert_true(is_gone(copy));
    /* What runs keeps it, and it goes at the end. */
    vt_undefine(two);
    assert_has(two, "two");
    vt_destroy(two);
    vessel_host_unref(host);
    host = vt_open();
    vt_wait(is_gone, other, 10000);
    vessel_domain_unref(one);
    vessel_domain_unref(two);
    done(host);
}

static void test_own_copies(void **state)
{
    (void)state;
    own_copies();
}

static void test_as_user(void **state)
{
    (void)state;
    vt_need_root();
    vt_reachable_by(1000);
    vt_as_user();
    own_copies();
}

/* What belongs to another of a user's ids goes as well, and nothing that a link leads to. */
static void test_files_of_other_ids(void **state)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    int status = -1;
    (void)state;
    vt_container_newuidmap();
    vt_as_user();
    VesselHost *host = vt_container_host();
    make_template();
    g_autofree char *open_to_all = state_path("rootfs/small/tmp");
    assert_int_equal(chmod(open_to_all, 0777), 0);
    VesselDomain *domain = define(host, "web", "", "");
    g_autofree char *copy = copy_of(domain, "");
    vt_start(domain);
    options.user = "33";
    vessel_domain_exec(domain, (const char *const[]){"/inside", "tree", "/tmp/mine", NULL},
                       &options, &exec, &err);
    vt_no_error(err);
    vessel_exec_wait(exec, 20000, &status, NULL, &err);
    vt_no_error(err);
    vessel_exec_unref(exec);
    assert_int_equal(status, 0);
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    assert_true(is_gone(copy));
    done(host);
}

static void test_not_copied(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    make_template();
    const char *const cases[][2] = {
        {"<readonly/>", ""},
        {"", "<vessel:overlay target='/' upper='memory'/>\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VesselDomain *domain = define(host, "web", cases[i][0], cases[i][1]);
        g_autofree char *copy = copy_of(domain, "");
        vt_start(domain);
        assert_true(is_gone(copy));
        g_autofree char *file = vt_write("mine", "text");
        int code = vessel_domain_copy_in(domain, file, "/etc/mine", NULL, NULL, &err);
        assert_int_equal(code == 0, i == 1);
        g_clear_pointer(&err, vessel_error_free);
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    done(host);
}

static void test_transient(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    make_template();
    g_autofree char *xml = make_xml("web", "small", "", "");
    vessel_domain_create(host, xml, NULL, NULL, &domain, &err);
    vt_no_error(err);
    put(domain, "text");
    assert_has(domain, "text");
    g_autofree char *copy = copy_of(domain, "");
    vt_destroy(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    host = vt_open();
    vt_wait(is_gone, copy, 10000);
    done(host);
}

/* A start that was killed in the middle of a copy. */
static void test_half_made(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    make_template();
    VesselDomain *domain = define(host, "web", "", "");
    g_autofree char *half = state_path("copies/%s/.new-0001/etc", vessel_domain_get_uuid(domain));
    assert_int_equal(g_mkdir_with_parents(half, 0700), 0);
    vt_start(domain);
    assert_true(is_gone(half));
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    done(host);
}

static void test_refused(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    static const char *const names[] = {"..", "../../etc", ".import-x", "a/b"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *xml = make_xml("web", names[i], "", "");
        assert_true(vessel_domain_define(host, xml, NULL, &domain, &err) < 0);
        vt_says(err, 'p', "/source/@name");
        g_clear_pointer(&err, vessel_error_free);
    }
    domain = define(host, "web", "", ""); /* which does not have to be there yet */
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_says(err, 'p', "/source/@name");
    vt_says(err, 'h', "rootfs-import");
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    done(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_copies),
        cmocka_unit_test(test_as_user),
        cmocka_unit_test(test_files_of_other_ids),
        cmocka_unit_test(test_not_copied),
        cmocka_unit_test(test_transient),
        cmocka_unit_test(test_half_made),
        cmocka_unit_test(test_refused),
    };
    return vt_main(tests);
}
