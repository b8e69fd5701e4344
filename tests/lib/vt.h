/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every test program in C is written with: cmocka's assertions, and around each case a process
 * of its own, a directory of its own, a deadline, and an end to whatever it started.
 *
 *     static void test_thing(void **state) { ... assert_int_equal(...); }
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {cmocka_unit_test(test_thing)};
 *         return vt_main(tests);
 *     }
 *
 * vt_main writes TAP. A case runs in a child process, so a crash or a leak is its own. A process that
 * a case leaves behind is killed and makes it fail. */
#ifndef VESSEL_TESTS_LIB_VT_H
#define VESSEL_TESTS_LIB_VT_H

#include "base/common.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h wants these before it. */
#include <cmocka.h>

#define VT_DEADLINE_S 60
/* What a case has; a program whose cases need longer sets it before vt_main(). */
extern int vt_deadline_s;

int vt_run(const struct CMUnitTest *tests, size_t count);
#define vt_main(tests) vt_run((tests), sizeof(tests) / sizeof((tests)[0]))

/* This case's own directory: absolute, empty at first, 0700; removed when the case has passed. */
const char *vt_root(void);
/* A path in it; the caller frees. */
char *vt_path(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Writes a file in it and returns its path; the caller frees. */
char *vt_write(const char *name, const char *content);
/* The trees: sources (test data is beneath tests/) and build. */
const char *vt_source_dir(void);
const char *vt_build_dir(void);

/* Ends the case as skipped. Never for what the code under test should have. */
void vt_skip(const char *reason, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;
void vt_need_root(void);
void vt_need_program(const char *name);
/* The path of an image that tests/guest/build made ("vmlinuz"), or skip; the caller frees. */
char *vt_guest(const char *name);

/* Mounts made from now on are this case's alone. */
void vt_private_mounts(void);
/* An empty network of its own with lo up, and /sys to match (implies private mounts). */
void vt_private_network(void);
/* A checkout below /root cannot be entered by anybody else: such a case sees it elsewhere from now
 * on, vt_root() and vt_path() included (implies private mounts). Only as root. */
void vt_reachable_by(uid_t id);
/* Goes on as an unprivileged user "vtuser" with a uid that nobody has, with a line in passwd, group,
 * subuid and subgid, HOME and XDG_RUNTIME_DIR inside vt_root(). Does nothing for who is not root. */
void vt_as_user(void);

/* err must be NULL: else fails with everything it says, and frees it. */
void vt_no_error_at(VesselError *err, const char *file, int line);
#define vt_no_error(err) vt_no_error_at((err), __FILE__, __LINE__)
/* err must have this code; frees it. */
void vt_error_at(VesselError **err, int code, const char *file, int line);
#define vt_error(err, code) vt_error_at((err), (code), __FILE__, __LINE__)

/* Calls @condition until it is true, or fails the case after @timeout_ms. */
void vt_wait_at(bool (*condition)(void *data), void *data, int timeout_ms, const char *what,
                const char *file, int line);
#define vt_wait(condition, data, timeout_ms) \
    vt_wait_at((condition), (data), (timeout_ms), #condition, __FILE__, __LINE__)

/* The state letter of a process ('R', 'S', 'T', 'Z', ...), 0 when there is none. */
char vt_process_state(pid_t pid);
/* Open descriptors of this process. */
int vt_fd_count(void);

#endif
