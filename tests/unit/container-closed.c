/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files of the host others come to: a tree of the case's own, in /tmp, where everybody does.
 */
#include "base/file.h"
#include "container/container.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char top[] = "/tmp/vtXXXXXX";
static void (*meanwhile)(void);

/* What is looked at asks for a name, and somebody acts before that is used. */
ssize_t readlink(const char *path, char *target, size_t room)
{
    ssize_t length = readlinkat(AT_FDCWD, path, target, room);
    if (meanwhile)
        meanwhile();
    meanwhile = NULL;
    return length;
}

static char *at(const char *name)
{
    return g_build_filename(top, name, NULL);
}

static void make_dir(const char *name, mode_t mode)
{
    g_autofree char *path = at(name);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void make_file(const char *name)
{
    g_autofree char *path = at(name);
    assert_true(g_file_set_contents(path, "x", 1, NULL));
}

static void move(const char *from, const char *to)
{
    g_autofree char *old = at(from), *new = at(to);
    assert_int_equal(rename(old, new), 0);
}

static int open_at(const char *name)
{
    g_autofree char *path = at(name);
    int fd = open(path, O_PATH | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static bool is_closed(const char *name)
{
    vessel_autofd int fd = open_at(name);
    return vessel__container_is_closed(fd);
}

static void begin(void)
{
    assert_non_null(mkdtemp(top));
    assert_int_equal(chmod(top, 0755), 0);
    make_dir("closed", 0700);
    make_dir("closed/dir", 0755);
    make_dir("closed/dir/deep", 0777);
    make_file("closed/file");
    make_dir("open", 0755);
    make_dir("open/dir", 0700);
    make_file("open/file");
}

static void end(void)
{
    static const char *const names[] = {"closed/dir/deep",
                                        "closed/dir",
                                        "closed/other/deep",
                                        "closed/other",
                                        "closed/file",
                                        "closed/two",
                                        "closed",
                                        "open/dir/file",
                                        "open/dir",
                                        "open/file",
                                        "open/other/file",
                                        "open/two",
                                        "open/other/deep",
                                        "open/other",
                                        "open",
                                        "link"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = at(names[i]);
        remove(path);
    }
    assert_int_equal(rmdir(top), 0);
}

/* The mode of the source is the container's matter; that of what is above it is not. */
static void test_directories(void **state)
{
    static const mode_t modes[] = {0755, 0710, 0701, 0770, 0707, 0740, 0704};
    (void)state;
    begin();
    assert_true(is_closed("closed/dir"));
    assert_true(is_closed("closed/dir/deep"));
    assert_false(is_closed("closed"));
    assert_false(is_closed("open/dir"));
    assert_false(is_closed("open"));
    g_autofree char *above = at("closed");
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        assert_int_equal(chmod(above, modes[i]), 0);
        assert_false(is_closed("closed/dir/deep"));
    }
    assert_int_equal(chmod(above, 0700), 0);
    assert_true(is_closed("closed/dir/deep"));
    if (geteuid() == 0) { /* whoever it is closed for may let others in */
        assert_int_equal(chown(above, 12345, 0), 0);
        assert_false(is_closed("closed/dir/deep"));
    }
    end();
}

/* Where it is now counts, and not by which name it was found. */
static void test_moved(void **state)
{
    (void)state;
    begin();
    vessel_autofd int dir = open_at("closed/dir"), file = open_at("closed/file");
    assert_true(vessel__container_is_closed(dir));
    assert_true(vessel__container_is_closed(file));
    move("closed/dir", "open/other");
    move("closed/file", "open/two");
    assert_false(vessel__container_is_closed(dir));
    assert_false(vessel__container_is_closed(file));
    move("open/other", "closed/other");
    move("open/two", "closed/two");
    assert_true(vessel__container_is_closed(dir));
    assert_true(vessel__container_is_closed(file));
    end();
}

static void test_files(void **state)
{
    (void)state;
    begin();
    g_autofree char *closed = at("closed/file"), *two = at("open/two"), *link = at("link");
    assert_true(is_closed("closed/file"));
    assert_false(is_closed("open/file"));
    assert_int_equal(symlink(closed, link), 0);
    assert_true(is_closed("link"));
    if (linkat(AT_FDCWD, closed, AT_FDCWD, two, 0) == 0) { /* by the other name everybody comes */
        assert_false(is_closed("closed/file"));
        assert_false(is_closed("open/two"));
        assert_int_equal(unlink(two), 0);
        assert_true(is_closed("closed/file"));
    }
    vessel_autofd int gone = open_at("closed/file");
    assert_int_equal(unlink(closed), 0);
    assert_false(vessel__container_is_closed(gone));
    make_file("closed/file"); /* another of that name */
    assert_false(vessel__container_is_closed(gone));
    assert_true(is_closed("closed/file"));
    end();
}

static void exchange(void)
{
    g_autofree char *closed = at("closed"), *link = at("open/dir");
    move("open/dir", "open/other");
    assert_int_equal(symlink(closed, link), 0);
}

/* Who may write above it puts a directory of root's in its place, with a file of the same name. */
static void test_exchanged(void **state)
{
    (void)state;
    begin();
    g_autofree char *dir = at("open/dir");
    assert_int_equal(chmod(dir, 0755), 0);
    make_file("open/dir/file");
    vessel_autofd int file = open_at("open/dir/file");
    meanwhile = exchange;
    assert_false(vessel__container_is_closed(file));
    assert_null(meanwhile);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directories),
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_exchanged),
    };
    return vt_main(tests);
}
