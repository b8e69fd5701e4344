/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include "sys/fileid.h"

#include <fcntl.h>
#include <unistd.h>

static int open_path(const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void a_file_is_known_again(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autofree char *path = vt_write("one", "text"), *other = vt_write("other", "text");
    g_autoptr(VesselJson) record = vessel__json_new_object();
    vessel_autofd int fd = open_path(path), again = open_path(path), another = open_path(other);
    vessel__fileid_record(fd, record, &err);
    vt_no_error(err);
    assert_true(vessel__fileid_is(again, record));
    assert_false(vessel__fileid_is(another, record));
    /* One of an older version says nothing of its birth. */
    if (vessel__json_get(record, "born")) {
        uint64_t born = vessel__json_get_uint(record, "born", 0);
        vessel__json_set_uint(record, "born", born + 1);
        assert_false(vessel__fileid_is(again, record));
    }
    vessel__json_set(record, "born", NULL);
    assert_true(vessel__fileid_is(again, record));
}

/* The same name, and on ext4 the same number. */
static void one_that_was_made_anew_is_another(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    for (int i = 0; i < 20; i++) {
        g_autofree char *path = vt_write("one", "text");
        g_autoptr(VesselJson) record = vessel__json_new_object();
        vessel_autofd int fd = open_path(path);
        vessel__fileid_record(fd, record, &err);
        vt_no_error(err);
        if (!vessel__json_get(record, "born"))
            vt_skip("this file system does not know when a file was made");
        vessel__close_fd(&fd);
        g_usleep(5000); /* the kernel's clock for files ticks */
        assert_int_equal(unlink(path), 0);
        g_autofree char *anew = vt_write("one", "text");
        vessel_autofd int other = open_path(anew);
        assert_false(vessel__fileid_is(other, record));
        assert_int_equal(unlink(anew), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_known_again),
        cmocka_unit_test(one_that_was_made_anew_is_another),
    };
    return vt_main(tests);
}
