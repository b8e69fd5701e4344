/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int open_root(void)
{
    int fd = open(vt_root(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void make_dir(int dir, const char *name, mode_t mode)
{
    assert_int_equal(mkdirat(dir, name, mode), 0);
}

static void make_file(int dir, const char *name, mode_t mode)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    close(fd);
}

static void files_are_read_whole(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    for (size_t size = 0; size < 20000; size += 997) {
        g_autofree char *content = g_malloc(size + 1);
        memset(content, 'x', size);
        assert_int_equal(
            vessel__replace_file(dir, "f", content, size, 0600, VESSEL_REPLACE_QUICK, &err), 0);
        g_autofree char *text = NULL;
        size_t length = 1;
        vessel__read_file(dir, "f", 20000, &text, &length, &err);
        vt_no_error(err);
        assert_int_equal(length, size);
        assert_memory_equal(text, content, size);
        assert_int_equal(text[size], 0);
    }
    g_autofree char *text = NULL;
    assert_int_equal(vessel__read_file(dir, "f", 100, &text, NULL, &err),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_non_null(strstr(vessel_error_message(err), "larger than 100"));
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    assert_null(text);
    vessel__read_file(AT_FDCWD, "/proc/self/status", 65536, &text, NULL, &err); /* no size */
    vt_no_error(err);
    assert_non_null(strstr(text, "Name:"));
    g_clear_pointer(&text, g_free);
    assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
    assert_int_equal(vessel__read_file(dir, "fifo", 10, &text, NULL, &err),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel__read_file(dir, "none", 10, &text, NULL, &err), VESSEL_ERROR_NOT_FOUND);
    assert_string_equal(vessel_error_path(err), "none");
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
}

static void replacing_is_whole(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    struct stat st;
    umask(0777);
    vessel__replace_file(dir, "f", "one", 3, 0640, VESSEL_REPLACE_DURABLE, &err);
    vt_no_error(err);
    vessel__replace_file(dir, "f", "second", 6, 0600, VESSEL_REPLACE_QUICK, &err);
    vt_no_error(err);
    umask(022);
    g_autofree char *text = NULL;
    vessel__read_file(dir, "f", 100, &text, NULL, &err);
    vt_no_error(err);
    assert_string_equal(text, "second");
    assert_int_equal(fstatat(dir, "f", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    g_autofree char *path = vt_path("f");
    vessel__replace_file(AT_FDCWD, path, "third", 5, 0600, VESSEL_REPLACE_DURABLE, &err);
    vt_no_error(err);
    g_auto(GStrv) names = NULL;
    vessel__list_dir(dir, ".", 10, &names, &err);
    vt_no_error(err);
    assert_int_equal(g_strv_length(names), 1); /* nothing temporary is left */
    assert_int_equal(vessel__replace_file(dir, "none/f", "x", 1, 0600, VESSEL_REPLACE_QUICK, &err),
                     VESSEL_ERROR_NOT_FOUND);
    assert_true(g_str_has_prefix(vessel_error_path(err), "/")); /* where it is */
    assert_true(g_str_has_suffix(vessel_error_path(err), "/none/f"));
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    /* What cannot be replaced leaves nothing behind either. */
    make_dir(dir, "d", 0700);
    assert_true(vessel__replace_file(dir, "d", "x", 1, 0600, VESSEL_REPLACE_QUICK, &err) < 0);
    g_clear_pointer(&err, vessel_error_free);
    g_auto(GStrv) after = NULL;
    vessel__list_dir(dir, ".", 10, &after, &err);
    assert_int_equal(g_strv_length(after), 2);
}

static void descriptors_are_close_on_exec(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    int fds[4];
    g_autofree char *path = vt_write("f", "x");
    vessel_autofd int dir = open_root();
    vessel__open_at(AT_FDCWD, path, O_RDONLY, 0, &fds[0], &err);
    vessel__open_beneath(dir, "f", O_RDONLY, 0, &fds[1], &err);
    vessel__make_dir_at(dir, "d", 0700, &fds[2], &err);
    vessel__memfd("m", "abc", 3, &fds[3], &err);
    vt_no_error(err);
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
        assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
        close(fds[i]);
    }
}

static void nothing_leads_out_of_a_root(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    int fd;
    make_dir(dir, "root", 0700);
    make_dir(dir, "root/etc", 0700);
    make_file(dir, "root/etc/passwd", 0600);
    assert_int_equal(symlinkat("/etc/passwd", dir, "root/absolute"), 0);
    assert_int_equal(symlinkat("../../../../../../../etc/passwd", dir, "root/up"), 0);
    assert_int_equal(symlinkat("/proc/self/root", dir, "root/magic"), 0);
    vessel_autofd int root = openat(dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat inside, found;
    assert_int_equal(fstatat(dir, "root/etc/passwd", &inside, 0), 0);
    static const char *const ways[] = {"absolute", "up", "/etc/passwd", "../../etc/passwd"};
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        vessel__open_beneath(root, ways[i], O_RDONLY, 0, &fd, &err);
        vt_no_error(err);
        assert_int_equal(fstat(fd, &found), 0);
        assert_int_equal(found.st_ino, inside.st_ino);
        close(fd);
    }
    assert_int_equal(vessel__open_beneath(root, "magic", O_RDONLY, 0, &fd, &err),
                     VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel__open_beneath(root, "new", O_WRONLY | O_CREAT | O_EXCL, 0600, &fd, &err);
    vt_no_error(err);
    close(fd);
}

static void directories_are_made(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    struct stat st;
    umask(0777);
    g_autofree char *path = vt_path("a//b/c/");
    vessel__make_dirs(path, 0750, &err);
    vt_no_error(err);
    vessel__make_dirs(path, 0750, &err);
    vt_no_error(err);
    umask(022);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0750);
    vessel__make_dirs("/", 0700, &err);
    vt_no_error(err);
    g_autofree char *file = vt_write("file", "");
    g_autofree char *below = vt_path("file/x");
    assert_true(vessel__make_dirs(below, 0700, &err) < 0);
    assert_string_equal(vessel_error_path(err), file);
    g_clear_pointer(&err, vessel_error_free);
    assert_int_equal(vessel__make_dirs("relative", 0700, &err), VESSEL_ERROR_INVALID_ARGUMENT);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_autofd int dir = open_root();
    int fd;
    assert_true(vessel__make_dir_at(dir, "file", 0700, &fd, &err) < 0);
    g_clear_pointer(&err, vessel_error_free);
    assert_int_equal(symlinkat("a", dir, "link"), 0);
    assert_true(vessel__make_dir_at(dir, "link", 0700, &fd, NULL) < 0);
}

static void a_tree_is_removed(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    make_dir(dir, "keep", 0700);
    make_file(dir, "keep/file", 0600);
    make_dir(dir, "tree", 0700);
    assert_int_equal(symlinkat("../keep", dir, "tree/link"), 0);
    for (int i = 0; i < 300; i++) {
        g_autofree char *sub = g_strdup_printf("tree/d%d", i % 30);
        g_autofree char *file = g_strdup_printf("%s/f%d", sub, i);
        mkdirat(dir, sub, 0700);
        make_file(dir, file, 0);
    }
    vessel__remove_tree(dir, "tree", &err);
    vt_no_error(err);
    assert_int_equal(faccessat(dir, "tree", F_OK, 0), -1);
    assert_int_equal(faccessat(dir, "keep/file", F_OK, 0), 0);
    vessel__remove_tree(dir, "tree", &err); /* absent is fine */
    vessel__remove_tree(dir, "keep/file", &err);
    vt_no_error(err);
    assert_int_equal(symlinkat("keep", dir, "link"), 0);
    vessel__remove_tree(dir, "link", &err);
    vt_no_error(err);
    assert_int_equal(faccessat(dir, "keep", F_OK, 0), 0);
    g_autofree char *path = vt_path("keep/"), *none = vt_path("none/at/all");
    vessel__remove_tree(AT_FDCWD, path, &err);
    vessel__remove_tree(AT_FDCWD, none, &err);
    vt_no_error(err);
    assert_int_equal(faccessat(dir, "keep", F_OK, 0), -1);
}

/* Deeper than any path, than the limit of descriptors, and than a stack would take. */
static void a_deep_tree_is_removed(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    int at = dup(dir);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(mkdirat(at, "d", 0700), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = next;
    }
    close(at);
    struct rlimit limit = {32, 32};
    setrlimit(RLIMIT_NOFILE, &limit);
    VesselError *err = NULL;
    int before = vt_fd_count();
    vessel__remove_tree(dir, "d", &err);
    vt_no_error(err);
    assert_int_equal(faccessat(dir, "d", F_OK, 0), -1);
    assert_int_equal(vt_fd_count(), before);
}

static void a_mount_is_not_crossed(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    vt_private_mounts();
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    make_dir(dir, "outside", 0700);
    make_file(dir, "outside/file", 0600);
    make_dir(dir, "tree", 0700);
    make_dir(dir, "tree/sub", 0700);
    make_dir(dir, "tree/sub/point", 0700);
    g_autofree char *from = vt_path("outside"), *to = vt_path("tree/sub/point");
    /* A bind mount has the same device number as what is around it. */
    assert_int_equal(mount(from, to, NULL, MS_BIND, NULL), 0);
    assert_int_equal(vessel__remove_tree(dir, "tree", &err), VESSEL_ERROR_BUSY);
    vt_error(&err, VESSEL_ERROR_BUSY);
    assert_int_equal(faccessat(dir, "outside/file", F_OK, 0), 0);
    umount2(to, MNT_DETACH);
    vessel__remove_tree(dir, "tree", &err);
    vt_no_error(err);
}

static void lists_are_sorted_and_capped(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    make_file(dir, "b", 0600);
    make_file(dir, "a", 0600);
    make_file(dir, ".c", 0600);
    g_auto(GStrv) names = NULL;
    vessel__list_dir(dir, ".", 3, &names, &err);
    vt_no_error(err);
    g_autofree char *joined = g_strjoinv(" ", names);
    assert_string_equal(joined, ".c a b");
    char **more = NULL;
    assert_int_equal(vessel__list_dir(dir, ".", 2, &more, &err), VESSEL_ERROR_NO_RESOURCE);
    vt_error(&err, VESSEL_ERROR_NO_RESOURCE);
    assert_null(more);
}

static void a_memory_file_is_sealed(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    vessel_autofd int fd = -1;
    vessel__memfd("name", "contents", 8, &fd, &err);
    vt_no_error(err);
    g_autofree char *text = NULL;
    vessel__read_fd(fd, "it", 100, &text, NULL, &err);
    vt_no_error(err);
    assert_string_equal(text, "contents");
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), -1);
}

/* ---- why a path is denied ---- */

static void expect_denied(const char *path, int mode, uid_t uid, const char *first,
                          const char *last)
{
    g_autofree char *why = vessel__path_denied(path, mode, uid, (gid_t)uid);
    assert_non_null(why);
    if (!g_str_has_prefix(why, first) || !g_str_has_suffix(why, last))
        fail_msg("\"%s\" is not \"%s … %s\"", why, first, last);
}

static void the_component_and_the_bit_are_named(void **state G_GNUC_UNUSED)
{
    if (geteuid() == 0)
        vt_reachable_by(54321);
    vessel_autofd int dir = open_root();
    make_dir(dir, "open", 0755);
    make_dir(dir, "open/closed", 0700);
    make_file(dir, "open/closed/file", 0644);
    make_file(dir, "open/private", 0600);
    make_file(dir, "open/public", 0644);
    assert_int_equal(symlinkat("closed/file", dir, "open/link"), 0);
    assert_int_equal(symlinkat("../open/./closed/../private", dir, "open/way"), 0);
    assert_int_equal(symlinkat("loop", dir, "open/loop"), 0);
    assert_int_equal(chmod(vt_root(), 0711), 0);
    g_autofree char *above = vessel__path_denied(vt_root(), X_OK, 54321, 54321);
    if (above)
        vt_skip("%s", above);
    g_autofree char *closed = vt_path("open/closed"), *inside = vt_path("open/closed/file"),
                    *private = vt_path("open/private"), *public = vt_path("open/public"),
                    *link = vt_path("open/link"), *way = vt_path("open/way"),
                    *none = vt_path("open/none"), *loop = vt_path("open/loop");
    g_autofree char *first =
        g_strdup_printf("%s is not searchable by uid 54321 (mode 0700, owner ", closed);
    expect_denied(inside, R_OK, 54321, first, "): x is missing");
    expect_denied(link, R_OK, 54321, first, "): x is missing");
    expect_denied(way, R_OK, 54321, first, "): x is missing");
    g_autofree char *second =
        g_strdup_printf("%s is not readable by uid 54321 (mode 0600, owner ", private);
    expect_denied(private, R_OK, 54321, second, "): r is missing");
    expect_denied(private, R_OK | W_OK, 54321, second, "): rw are missing");
    g_autofree char *third = g_strdup_printf("%s is not writable by uid 54321", public);
    expect_denied(public, R_OK | W_OK, 54321, third, "): w is missing");
    g_autofree char *fourth = vt_path("open is not writable by uid 54321");
    expect_denied(none, W_OK, 54321, fourth, "): w is missing");
    assert_null(vessel__path_denied(public, R_OK, 54321, 54321));
    assert_null(vessel__path_denied(none, R_OK, 54321, 54321));
    assert_null(vessel__path_denied(loop, R_OK, 54321, 54321));
    assert_null(vessel__path_denied("relative", R_OK, 54321, 54321));
    assert_null(vessel__path_denied("/", R_OK, 54321, 54321));
    assert_null(vessel__path_denied(private, R_OK | W_OK, (uid_t)-1, (gid_t)-1));
}

static void an_open_says_why(void **state G_GNUC_UNUSED)
{
    vt_as_user();
    g_autofree char *dir = vt_path("closed"), *path = vt_path("closed/sub/file");
    assert_int_equal(mkdir(dir, 0700), 0);
    chmod(dir, 0600);
    VesselError *err = NULL;
    int fd;
    assert_int_equal(vessel__open_at(AT_FDCWD, path, O_RDONLY, 0, &fd, &err), VESSEL_ERROR_DENIED);
    assert_string_equal(vessel_error_path(err), path);
    g_autofree char *wanted = g_strdup_printf("%s is not searchable by uid %u", dir, geteuid());
    assert_true(g_str_has_prefix(vessel_error_hint(err), wanted));
    vt_error(&err, VESSEL_ERROR_DENIED);
    assert_int_equal(vessel__make_dirs(path, 0700, &err), VESSEL_ERROR_DENIED);
    assert_true(g_str_has_prefix(vessel_error_hint(err), wanted));
    vt_error(&err, VESSEL_ERROR_DENIED);
    chmod(dir, 0700);
}

/* ---- the log ---- */

static void the_log_is_as_asked_for(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autoptr(VesselLog) none = NULL;
    vessel__log_parse(NULL, &none, &err);
    vessel__log_parse("", &none, &err);
    vt_no_error(err);
    assert_null(none);
    assert_false(vessel__log_wants(none, VESSEL__LOG_ERROR, "store"));
    g_autofree char *path = vt_path("a log");
    g_autofree char *spec = g_strdup_printf("info,store,warden:%s", path);
    g_autoptr(VesselLog) log = NULL;
    vessel__log_parse(spec, &log, &err);
    vt_no_error(err);
    assert_true(vessel__log_wants(log, VESSEL__LOG_ERROR, "store"));
    assert_false(vessel__log_wants(log, VESSEL__LOG_DEBUG, "store"));
    assert_false(vessel__log_wants(log, VESSEL__LOG_ERROR, "events"));
    vessel_log(log, VESSEL__LOG_INFO, "warden", "guest \"%s\"", "web");
    int evaluated = 0;
    vessel_log(log, VESSEL__LOG_DEBUG, "warden", "%d", ++evaluated);
    assert_int_equal(evaluated, 0);
    g_autofree char *text = NULL;
    vessel__read_file(AT_FDCWD, path, 4096, &text, NULL, &err);
    vt_no_error(err);
    assert_true(g_str_has_suffix(text, "\n"));
    g_autoptr(VesselJson) line = NULL;
    vessel__json_parse(text, strlen(text), NULL, "line", &line, &err);
    vt_no_error(err);
    assert_string_equal(vessel__json_get_string(line, "message", ""), "guest \"web\"");
    assert_string_equal(vessel__json_get_string(line, "level", ""), "info");
    assert_string_equal(vessel__json_get_string(line, "facility", ""), "warden");
    assert_int_equal(vessel__json_get_int(line, "pid", 0), getpid());
    VesselLog *bad = NULL;
    assert_int_equal(vessel__log_parse("loud", &bad, &err), VESSEL_ERROR_INVALID_ARGUMENT);
    assert_non_null(vessel_error_hint(err));
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel__log_parse("debug:/no/such/dir/log", &bad, &err),
                     VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_whole),
        cmocka_unit_test(replacing_is_whole),
        cmocka_unit_test(descriptors_are_close_on_exec),
        cmocka_unit_test(nothing_leads_out_of_a_root),
        cmocka_unit_test(directories_are_made),
        cmocka_unit_test(a_tree_is_removed),
        cmocka_unit_test(a_deep_tree_is_removed),
        cmocka_unit_test(a_mount_is_not_crossed),
        cmocka_unit_test(lists_are_sorted_and_capped),
        cmocka_unit_test(a_memory_file_is_sealed),
        cmocka_unit_test(the_component_and_the_bit_are_named),
        cmocka_unit_test(an_open_says_why),
        cmocka_unit_test(the_log_is_as_asked_for),
    };
    return vt_main(tests);
}
