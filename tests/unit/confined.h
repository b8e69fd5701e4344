/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that shut themselves in, looked at from outside; and the filter of system calls that is
 * linked to the test, asked of the kernel. */
#ifndef VESSEL_TESTS_UNIT_CONFINED_H
#define VESSEL_TESTS_UNIT_CONFINED_H

#include "base/common.h"
#include "container/engine/seccomp.h"
#include "tests/lib/vt.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static inline char *vt_of_process(pid_t pid, const char *what)
{
    return g_strdup_printf("/proc/%d/%s", (int)pid, what);
}

/* A field of its status, "" if it is gone. */
static inline char *vt_status_of(pid_t pid, const char *field)
{
    g_autofree char *path = vt_of_process(pid, "status"), *text = NULL;
    g_autofree char *start = g_strdup_printf("\n%s:\t", field);
    const char *at = g_file_get_contents(path, &text, NULL, NULL) ? strstr(text, start) : NULL;
    at += at ? strlen(start) : 0;
    return at ? g_strndup(at, strcspn(at, "\n")) : g_strdup("");
}

static inline ino_t vt_inode_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        fail_msg("%s: %s", path, g_strerror(errno));
    return st.st_ino;
}

typedef struct {
    const char *name;
    int errnum; /* 0: it is done */
    long number, arguments[6];
} VtCall;

/* 0, or which call was answered otherwise. Nothing but system calls from the filter on. */
static inline int vt_ask_kernel(const struct sock_fprog *filter, const VtCall *calls, size_t count)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter, 0, 0) < 0)
        return 255;
    for (size_t i = 0; i < count; i++) {
        const long *a = calls[i].arguments;
        errno = 0;
        syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
        if (errno != calls[i].errnum)
            return (int)i + 1;
    }
    return 0;
}

static inline void vt_filter_answers(const VtCall *calls, size_t count)
{
    g_autofree struct sock_filter *program = g_new(struct sock_filter, vessel__seccomp_length);
    struct sock_fprog filter = {.len = (unsigned short)vessel__seccomp_length, .filter = program};
    int status = 0;
    if (VESSEL__SANITIZED)
        vt_skip("the filter has no room for a sanitizer");
    vessel__seccomp_fill(program, 0);
    pid_t asker = fork();
    if (asker == 0)
        syscall(SYS_exit_group, vt_ask_kernel(&filter, calls, count));
    assert_int_equal(waitpid(asker, &status, 0), asker);
    assert_true(WIFEXITED(status));
    int answer = WEXITSTATUS(status);
    if (answer == 255)
        vt_skip("this kernel takes no filter");
    if (answer != 0)
        fail_msg("%s", calls[answer - 1].name);
}

#endif
