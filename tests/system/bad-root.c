/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A root that is full, read-only, somebody else's, damaged, of another version:
 * told by the documented error, and nothing in it is lost or changed. */
#include "tests/lib/guest.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static VesselError *cannot_open(const char *dir, int code)
{
    g_autofree char *uri = vt_uri(dir);
    VesselHost *host = NULL;
    VesselError *err = NULL;
    int64_t began = vt_now_us();
    assert_int_equal(vessel_host_open(uri, NULL, &host, &err), code);
    assert_true(vt_now_us() - began < 5000000);
    assert_null(host);
    vt_one_of(err, code);
    return err;
}

static VesselDomain *lookup(VesselHost *host, const char *name)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_lookup_by_name(host, name, &domain, &err);
    vt_no_error(err);
    return domain;
}

static size_t count_domains(VesselHost *host)
{
    VesselDomain **list = NULL;
    VesselError *err = NULL;
    size_t count = 0;
    vessel_domain_list(host, 0, &list, &count, &err);
    vt_no_error(err);
    vessel_domain_list_free(list);
    return count;
}

/* Everything can be done in it, and nothing is left of it. */
static void is_in_order(const char *dir)
{
    VesselHost *host = vt_open_at(dir);
    VesselDomain *domain = vt_define(host, "order");
    vt_start(domain);
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- full ---- */

static void mount_small(const char *dir, const char *options)
{
    vt_need_root();
    vt_private_mounts();
    mkdir(dir, 0700);
    assert_int_equal(mount("vt", dir, "tmpfs", 0, options), 0);
}

static void fill_up(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "filler", NULL);
    vessel_autofd int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char block[4096] = {1};
    assert_true(fd >= 0);
    for (size_t size = sizeof block; size > 0; size /= 2)
        while (write(fd, block, size) > 0)
            ;
}

static void make_room(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, "filler", NULL);
    assert_int_equal(unlink(path), 0);
}

static void full_with_a_guest(void **state)
{
    (void)state;
    mount_small(vt_state(), "mode=700,size=8m");
    VesselHost *host = vt_open();
    VesselDomain *running = vt_define(host, "running"), *other = vt_define(host, "other");
    VesselDomain *third = NULL;
    VesselError *err = NULL;
    g_autofree char *xml = vt_idle_xml("third", NULL);
    vt_start(running);
    fill_up(vt_state());
    int code = vessel_domain_define(host, xml, NULL, &third, &err);
    assert_true(code < 0);
    vt_one_of(err, VESSEL_ERROR_NO_SPACE);
    vt_says(err, 'p', vt_state());
    assert_non_null(vessel_error_hint(err));
    g_clear_pointer(&err, vessel_error_free);
    vessel_domain_rename(other, "another", NULL, &err);
    if (err)
        vt_error(&err, VESSEL_ERROR_NO_SPACE);
    vessel_host_unref(host);
    vessel_domain_unref(running);
    vessel_domain_unref(other);

    /* Another program: sees everything, and ends the guest. */
    host = vt_open();
    assert_int_equal(count_domains(host), 2);
    running = lookup(host, "running");
    vt_expect_state(running, VESSEL_DOMAIN_RUNNING, NULL);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(running));
    vt_destroy(running);
    vt_gone(pids.guest, 100);
    vt_expect_state(running, VESSEL_DOMAIN_SHUT_OFF, NULL);
    make_room(vt_state());
    vt_expect_state(running, VESSEL_DOMAIN_SHUT_OFF, NULL);
    assert_int_equal(count_domains(host), 2);
    vessel_domain_unref(running);
    vessel_host_unref(host);
    is_in_order(vt_state());
}

/* At every amount of room a start works or is refused, and a new root is made whole or not at all.
 */
static void nearly_full(void **state)
{
    (void)state;
    mount_small(vt_state(), "mode=700,size=2m");
    g_autofree char *root = g_build_filename(vt_state(), "r", NULL);
    g_autofree char *path = g_build_filename(vt_state(), "filler", NULL);
    int refused = 0;
    for (int room = 0; room < 400; room += 12) {
        fill_up(vt_state());
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(truncate(path, st.st_size - room * 1024), 0);
        g_autofree char *uri = vt_uri(root), *xml = vt_idle_xml("guest", NULL);
        VesselHost *host = NULL;
        VesselDomain *domain = NULL;
        VesselError *err = NULL;
        int code = vessel_host_open(uri, NULL, &host, &err);
        if (code == 0)
            code = vessel_domain_define(host, xml, NULL, &domain, &err);
        if (code == 0)
            code = vessel_domain_start(domain, NULL, NULL, &err);
        if (code < 0) {
            print_message("# with %d KiB: %s, at %s\n", room, vessel_error_message(err),
                          domain ? "start"
                          : host ? "define"
                                 : "open");
            vt_one_of(err, VESSEL_ERROR_NO_SPACE);
            refused++;
        } else {
            vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
            vt_destroy(domain);
        }
        if (domain)
            vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
        vessel_error_free(err);
        vessel_domain_unref(domain);
        vessel_host_unref(host);
        make_room(vt_state());
        vt_nothing_left();
        host = vt_open_at(root); /* with room again, it is in order */
        assert_true(count_domains(host) <= 1);
        vessel_host_unref(host);
        g_autofree char *remove = g_strdup_printf("rm -rf '%s'", root);
        assert_int_equal(system(remove), 0);
        if (code == 0)
            break;
    }
    assert_true(refused >= 2);
    is_in_order(root);
}

/* ---- read-only ---- */

static void read_only(void **state)
{
    (void)state;
    vt_need_root();
    vt_private_mounts();
    g_autofree char *view = vt_path("view");
    assert_int_equal(mkdir(view, 0700), 0);
    VesselHost *host = vt_open();
    VesselDomain *running = vt_define(host, "running"), *other = vt_define(host, "other");
    vt_start(running);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(running));
    vessel_domain_unref(running);
    vessel_domain_unref(other);
    vessel_host_unref(host);
    assert_int_equal(mount(vt_state(), view, NULL, MS_BIND, NULL), 0);
    assert_int_equal(mount(NULL, view, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);

    VesselError *err = NULL;
    VesselDomain *third = NULL;
    VesselStats *stats = NULL;
    char *text = NULL;
    g_autofree char *xml = vt_idle_xml("third", NULL);
    host = vt_open_at(view);
    assert_int_equal(count_domains(host), 2);
    running = lookup(host, "running");
    other = lookup(host, "other");
    vt_expect_state(running, VESSEL_DOMAIN_RUNNING, "booted");
    vessel_domain_xml(running, 0, &text, &err);
    vt_no_error(err);
    vessel_free(text);
    vessel_domain_stats(running, NULL, &stats, &err);
    vt_no_error(err);
    vessel_stats_free(stats);
    vessel_domain_define(host, xml, NULL, &third, &err);
    vt_one_of(err, VESSEL_ERROR_DENIED);
    vt_says(err, 'p', view);
    vt_says(err, 'm', "read-only");
    g_clear_pointer(&err, vessel_error_free);
    vessel_domain_undefine(other, NULL, &err);
    vt_error(&err, VESSEL_ERROR_DENIED);
    vessel_domain_start(other, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_DENIED);
    vt_destroy(running);
    vt_gone(pids.guest, 100);
    vt_expect_state(running, VESSEL_DOMAIN_SHUT_OFF, NULL);
    vessel_domain_unref(running);
    vessel_domain_unref(other);
    vessel_host_unref(host);
    assert_int_equal(umount2(view, MNT_DETACH), 0);
    is_in_order(vt_state());
}

/* ---- no locks ---- */

/* What the kernel answers on a filesystem that cannot lock. */
static void forbid_locks(int errnum)
{
    static const unsigned commands[] = {F_OFD_SETLK, F_OFD_SETLKW, F_OFD_GETLK,
                                        F_SETLK,     F_SETLKW,     F_GETLK};
    struct sock_filter filter[20];
    unsigned short used = 0;
    filter[used++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    filter[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 1, 0);
    filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                  offsetof(struct seccomp_data, args[1]));
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        filter[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, commands[i], 0, 1);
        filter[used++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)errnum);
    }
    filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = used, .filter = filter};
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void cannot_lock(void **state)
{
    (void)state;
    vessel_host_unref(vt_open()); /* also when it was made where one could */
    g_autofree char *fresh = vt_path("fresh");
    forbid_locks(ENOLCK);
    const char *const roots[] = {vt_state(), fresh};
    for (size_t i = 0; i < G_N_ELEMENTS(roots); i++) {
        VesselError *err = cannot_open(roots[i], VESSEL_ERROR_UNSUPPORTED);
        vt_says(err, 'p', roots[i]);
        vt_says(err, 'm', "lock");
        assert_non_null(vessel_error_hint(err));
        vessel_error_free(err);
    }
}

/* ---- somebody else's ---- */

static void made_by_another_user(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_open();
    vessel_domain_unref(vt_define(host, "guest"));
    vessel_host_unref(host);
    assert_int_equal(chmod(vt_root(), 0755), 0);
    vt_as_user();
    VesselError *err = cannot_open(vt_state(), VESSEL_ERROR_DENIED);
    vt_says(err, 'm', "root");
    vt_says(err, 'p', vt_state());
    assert_non_null(vessel_error_hint(err));
    vessel_error_free(err);
}

static void root_meets_a_users(void **state)
{
    (void)state;
    vt_need_root();
    vt_private_mounts();
    assert_int_equal(mkdir(vt_state(), 0700), 0);
    assert_int_equal(mount("vt", vt_state(), "tmpfs", 0, "mode=700,uid=65534,gid=65534"), 0);
    VesselError *err = cannot_open(vt_state(), VESSEL_ERROR_DENIED);
    vt_says(err, 'm', "nobody");
    vt_says(err, 'p', vt_state());
    vessel_error_free(err);
    g_autofree char *made = g_build_filename(vt_state(), "vessel.db", NULL);
    assert_int_not_equal(access(made, F_OK), 0);
}

/* One that others may write in is no place for what root believes. */
static void others_may_write(void **state)
{
    (void)state;
    assert_int_equal(mkdir(vt_state(), 0700), 0);
    assert_int_equal(chmod(vt_state(), 0777), 0);
    VesselError *err = cannot_open(vt_state(), VESSEL_ERROR_DENIED);
    vt_says(err, 'p', vt_state());
    vt_says(err, 'h', "chmod");
    vessel_error_free(err);
    assert_int_equal(chmod(vt_state(), 0700), 0);
    is_in_order(vt_state());
}

/* ---- a long path ---- */

static void long_path(void **state)
{
    (void)state;
    vt_need_root();
    GString *path = g_string_new(vt_root());
    while (path->len < 340)
        g_string_append(path, "/a directory with a rather, =long& 'name' %41");
    assert_int_equal(g_mkdir_with_parents(path->str, 0700), 0);
    is_in_order(path->str);
    g_autofree char *xml = vt_bootsect_xml("guest");
    VesselHost *host = vt_open_at(path->str);
    VesselDomain *domain = vt_define_xml(host, xml);
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;
    VesselDomainOptions wait = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    char byte;
    int console = -1;
    vt_start(domain);
    vessel_domain_open_console(domain, &options, &console, &err);
    vt_no_error(err);
    struct pollfd readable = {.fd = console, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 10000), 1);
    assert_int_equal(read(console, &byte, 1), 1);
    assert_int_equal(write(console, "p", 1), 1);
    wait.timeout_ms = 10000;
    vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &wait, &err);
    vt_no_error(err);
    close(console);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    /* Too long a one is refused in words. */
    while (path->len < 3000)
        g_string_append(path, "/and-a-directory-with-an-even-longer-name-for-the-test");
    g_autofree char *uri = vt_uri(path->str);
    if (vessel_host_open(uri, NULL, &host, &err) < 0)
        vt_one_of(err, VESSEL_ERROR_INVALID_ARGUMENT, VESSEL_ERROR_UNSUPPORTED, VESSEL_ERROR_IO);
    vessel_error_free(err);
    vessel_host_unref(host);
    g_string_free(path, TRUE);
}

/* ---- damaged ---- */

static char *db_path(void)
{
    return g_build_filename(vt_state(), "vessel.db", NULL);
}

static void make_definitions(void)
{
    VesselHost *host = vt_open();
    for (int i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("guest-%d", i);
        vessel_domain_unref(vt_define(host, name));
    }
    vessel_host_unref(host);
    /* All of it into the one file. */
    g_autofree char *path = db_path();
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
}

static void damaged_by(const char *bytes, size_t size, off_t offset, off_t truncate_to)
{
    g_autofree char *path = db_path(), *before = NULL, *damaged = NULL, *after = NULL;
    gsize whole = 0, length = 0, now = 0;
    assert_true(g_file_get_contents(path, &before, &whole, NULL));
    vessel_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    if (size > 0)
        assert_int_equal(pwrite(fd, bytes, size, offset), size);
    if (truncate_to >= 0)
        assert_int_equal(ftruncate(fd, truncate_to), 0);
    assert_true(g_file_get_contents(path, &damaged, &length, NULL));
    VesselError *err = cannot_open(vt_state(), VESSEL_ERROR_CORRUPT);
    vt_says(err, 'p', path);
    assert_non_null(vessel_error_hint(err));
    vessel_error_free(err);
    assert_true(g_file_get_contents(path, &after, &now, NULL));
    if (now != length || memcmp(after, damaged, now) != 0)
        fail_msg("a damaged vessel.db was changed");
    assert_int_equal(pwrite(fd, before, whole, 0), whole);
    assert_int_equal(ftruncate(fd, (off_t)whole), 0);
    VesselHost *host = vt_open(); /* put right, it is all there */
    assert_int_equal(count_domains(host), 20);
    vessel_host_unref(host);
}

static void damaged(void **state)
{
    (void)state;
    static const char text[100] = "this is no database";
    static char garbage[8192];
    memset(garbage, 0xa5, sizeof garbage);
    make_definitions();
    damaged_by(text, sizeof text, 0, -1);
    damaged_by(garbage, sizeof garbage, 4096, -1);
    damaged_by(NULL, 0, 0, 5000);
    damaged_by(NULL, 0, 0, 50);
    damaged_by(NULL, 0, 0, 0);
    is_in_order(vt_state());
}

static void damaged_while_open(void **state)
{
    (void)state;
    make_definitions();
    g_autofree char *path = db_path();
    VesselHost *host = vt_open();
    assert_int_equal(count_domains(host), 20);
    static char garbage[65536];
    memset(garbage, 0xa5, sizeof garbage);
    pid_t pid = fork(); /* a close of that file by this process would drop its locks */
    if (pid == 0) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        _exit(pwrite(fd, garbage, sizeof garbage, 4096) == sizeof garbage ? 0 : 1);
    }
    waitpid(pid, NULL, 0);
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    g_autofree char *xml = vt_idle_xml("guest", NULL);
    if (vessel_domain_define(host, xml, NULL, &domain, &err) < 0)
        vt_one_of(err, VESSEL_ERROR_CORRUPT);
    vessel_error_free(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- versions ---- */

static void sql(const char *statement)
{
    g_autofree char *path = db_path();
    sqlite3 *db = NULL;
    char *words = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, statement, NULL, NULL, &words) != SQLITE_OK)
        fail_msg("%s: %s", statement, words);
    sqlite3_close(db);
}

static char *sql_text(const char *statement)
{
    g_autofree char *path = db_path();
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, statement, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    char *text = g_strdup((const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    sqlite3_close(db);
    return text;
}

static void of_a_newer_major(void **state)
{
    (void)state;
    VesselHost *host = vt_open();
    vessel_domain_unref(vt_define(host, "guest"));
    vessel_host_unref(host);
    g_autofree char *major = sql_text("SELECT value FROM meta WHERE key='schema_major'");
    sql("UPDATE meta SET value = value + 1 WHERE key = 'schema_major';"
        "UPDATE meta SET value = '77.7.7' WHERE key = 'written_by'");
    VesselError *err = cannot_open(vt_state(), VESSEL_ERROR_INCOMPATIBLE);
    vt_says(err, 'p', vt_state());
    vt_says(err, 'm', "77.7.7");
    assert_non_null(vessel_error_hint(err));
    vessel_error_free(err);
    sql("UPDATE meta SET value = value - 1 WHERE key = 'schema_major'");
    host = vt_open();
    assert_int_equal(count_domains(host), 1);
    vessel_host_unref(host);
    is_in_order(vt_state());
}

/* Within a major the file only grows: what we do not know we keep. */
static void of_a_newer_minor(void **state)
{
    (void)state;
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define(host, "guest");
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    sql("UPDATE meta SET value = value + 5 WHERE key = 'schema_minor';"
        "ALTER TABLE domains ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue';"
        "UPDATE domains SET colour = 'red';"
        "CREATE TABLE fresh(a TEXT); INSERT INTO fresh VALUES('kept')");
    VesselError *err = NULL;
    host = vt_open();
    domain = lookup(host, "guest");
    vessel_domain_rename(domain, "renamed", NULL, &err);
    vt_no_error(err);
    vessel_domain_set_autostart(domain, 1, NULL, &err);
    vt_no_error(err);
    g_autofree char *xml = vt_idle_xml("renamed", NULL);
    vt_start(domain);
    vt_destroy(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    g_autofree char *colour = sql_text("SELECT colour FROM domains");
    g_autofree char *kept = sql_text("SELECT a FROM fresh");
    assert_string_equal(colour, "red");
    assert_string_equal(kept, "kept");
    is_in_order(vt_state());
}

/* Two programs have it open, one of a major that comes: it cannot, and is told who is in the way.
 * The one case we can play is the second copy of the library in one process. */
static void second_copy_in_one_process(void **state)
{
    (void)state;
    g_autofree char *path = g_build_filename(vt_build_dir(), ".libs", "libvessel.so", NULL);
    void *copy = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!copy)
        vt_skip("no shared library was built: %s", dlerror());
    int (*open_host)(const char *, const VesselHostOpenOptions *, VesselHost **, VesselError **);
    const char *(*message)(const VesselError *);
    *(void **)&open_host = dlsym(copy, "vessel_host_open");
    *(void **)&message = dlsym(copy, "vessel_error_message");
    assert_non_null(open_host);
    assert_ptr_not_equal((void *)open_host, (void *)vessel_host_open);
    VesselHost *host = vt_open(), *second = NULL;
    VesselError *err = NULL;
    g_autofree char *uri = vt_uri(vt_state());
    int code = open_host(uri, NULL, &second, &err);
    if (code != VESSEL_ERROR_INCOMPATIBLE)
        fail_msg("a second copy of the library got %d: %s", code, err ? message(err) : "");
    assert_null(second);
    vessel_host_unref(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_with_a_guest),
        cmocka_unit_test(nearly_full),
        cmocka_unit_test(read_only),
        cmocka_unit_test(cannot_lock),
        cmocka_unit_test(made_by_another_user),
        cmocka_unit_test(root_meets_a_users),
        cmocka_unit_test(others_may_write),
        cmocka_unit_test(long_path),
        cmocka_unit_test(damaged),
        cmocka_unit_test(damaged_while_open),
        cmocka_unit_test(of_a_newer_major),
        cmocka_unit_test(of_a_newer_minor),
        cmocka_unit_test(second_copy_in_one_process),
    };
    return vt_main(tests);
}
