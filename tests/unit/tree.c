/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory once more: what is kept of it, and what is not followed. */
#include "kit/tree.h"
#include "base/file.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define TIME 1500000000

static char *in(const char *tree, const char *name)
{
    return g_strdup_printf("%s/%s/%s", vt_root(), tree, name);
}

static int copy(VesselTreeHow how, VesselError **err)
{
    g_autofree char *one = vt_path("one"), *two = vt_path("two");
    vessel_autofd int from = open(one, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    vessel__remove_tree(AT_FDCWD, two, NULL);
    assert_int_equal(mkdir(two, 0700), 0);
    vessel_autofd int to = open(two, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return vessel__tree_copy(from, to, &how, err);
}

static void put(const char *name, const char *text)
{
    g_autofree char *path = in("one", name);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void make_tree(void)
{
    static const struct timespec times[2] = {{.tv_sec = TIME}, {.tv_sec = TIME, .tv_nsec = 9}};
    g_autofree char *deep = in("one", "deep/er"), *file = in("one", "file"),
                    *other = in("one", "deep/other"), *link = in("one", "link"),
                    *hole = in("one", "hole"), *fifo = in("one", "fifo"),
                    *closed = in("one", "deep");
    assert_int_equal(g_mkdir_with_parents(deep, 0755), 0);
    put("file", "text");
    put("hole", "start");
    put("deep/er/bad-\xff", "name");
    assert_int_equal(truncate(hole, (off_t)1 << 33), 0);
    assert_int_equal(chmod(file, 04751), 0);
    assert_int_equal(linkat(AT_FDCWD, file, AT_FDCWD, other, 0), 0);
    assert_int_equal(symlink("/etc/shadow", link), 0);
    assert_int_equal(mkfifo(fifo, 0640), 0);
    setxattr(file, "user.vt", "here", 4, 0);
    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, link, times, AT_SYMLINK_NOFOLLOW), 0);
    if (geteuid() == 0)
        assert_int_equal(lchown(link, 1234, 77), 0);
    assert_int_equal(chmod(closed, 01750), 0);
    assert_int_equal(utimensat(AT_FDCWD, closed, times, 0), 0);
}

static void assert_same(const char *name)
{
    g_autofree char *one = in("one", name), *two = in("two", name);
    struct stat a, b;
    assert_int_equal(lstat(one, &a), 0);
    if (lstat(two, &b) < 0)
        fail_msg("%s is not there", name);
    assert_int_equal(a.st_mode, b.st_mode);
    assert_int_equal(a.st_uid, b.st_uid);
    assert_int_equal(a.st_gid, b.st_gid);
    assert_int_equal(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
    assert_int_equal(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
    if (!S_ISDIR(a.st_mode))
        assert_int_equal(a.st_size, b.st_size);
}

static void test_kept(void **state)
{
    (void)state;
    VesselError *err = NULL;
    static const char *const names[] = {"",     "file", "deep", "deep/other", "deep/er/bad-\xff",
                                        "link", "hole"};
    struct stat a, b;
    char value[8] = "";
    make_tree();
    copy((VesselTreeHow){.deadline = VESSEL_DEADLINE_NEVER}, &err);
    vt_no_error(err);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        assert_same(names[i]);
    g_autofree char *file = in("two", "file"), *other = in("two", "deep/other"),
                    *hole = in("two", "hole"), *link = in("two", "link"), *was = in("one", "file"),
                    *fifo = in("two", "fifo"), *text = NULL, *target = g_file_read_link(link, NULL);
    assert_true(g_file_get_contents(file, &text, NULL, NULL));
    assert_string_equal(text, "text");
    assert_string_equal(target, "/etc/shadow");
    assert_int_equal(stat(file, &a), 0);
    assert_int_equal(stat(other, &b), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    assert_int_equal(stat(was, &b), 0);
    assert_int_not_equal(a.st_ino, b.st_ino);
    assert_int_equal(stat(hole, &a), 0);
    assert_true(a.st_blocks < 100);
    assert_int_equal(lstat(fifo, &a), 0);
    assert_int_equal(a.st_mode, S_IFIFO | 0640);
    if (getxattr(was, "user.vt", value, sizeof value) == 4)
        assert_int_equal(getxattr(file, "user.vt", value, sizeof value), 4);
}

static bool always(void *data)
{
    (void)data;
    return true;
}

static void test_ends(void **state)
{
    (void)state;
    VesselError *err = NULL;
    make_tree();
    copy((VesselTreeHow){.deadline = VESSEL_DEADLINE_NEVER, .cancelled = always}, &err);
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    copy((VesselTreeHow){.deadline = vessel__deadline_after(0)}, &err);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    g_autoptr(GString) path = g_string_new("one");
    for (int i = 0; i < 140; i++)
        g_string_append(path, "/d");
    g_autofree char *deep = vt_path("%s", path->str);
    assert_int_equal(g_mkdir_with_parents(deep, 0755), 0);
    copy((VesselTreeHow){.deadline = VESSEL_DEADLINE_NEVER}, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_ends),
    };
    return vt_main(tests);
}
