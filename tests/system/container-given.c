/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program in a container could make of what it is given or finds: keys of its caller's,
 * files of the host that are its standard streams, the processes it was started by. */
#include "tests/lib/container.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* As a login has one: whoever is a child of this process would have it. */
static void have_a_key(void)
{
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "vt") < 0)
        vt_skip("no keys here: %s", strerror(errno));
    assert_true(syscall(SYS_add_key, "user", "vt-secret", "x", 1, KEY_SPEC_SESSION_KEYRING) >= 0);
    assert_true(syscall(SYS_request_key, "user", "vt-secret", NULL, 0) >= 0);
}

static void expect_nothing(const char *said)
{
    static const char *const never[] = {"request_key: done", "search: done",         "read: done",
                                        "keys: done",        "attach: done",         "seize: done",
                                        "memory of 1: done", "descriptor of 1: done"};
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++)
        if (strstr(said, never[i]))
            fail_msg("%s, of: %s", never[i], said);
    assert_non_null(strstr(said, "attach: Operation not permitted"));
}

/* By exec, with that file of the host as all its streams. */
static void exec_with(VesselDomain *domain, const char *const *argv, int fd, const char *user)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    int status = -1;
    options.user = user;
    options.stdin_fd = options.stdout_fd = options.stderr_fd = fd;
    vessel_domain_exec(domain, argv, &options, &exec, &err);
    vt_no_error(err);
    vessel_exec_wait(exec, 20000, &status, NULL, &err);
    vt_no_error(err);
    vessel_exec_unref(exec);
    assert_int_equal(status, 0);
}

static const char *const given[] = {"/inside", "given", "once", NULL};

static void test_keys_and_processes(void **state)
{
    (void)state;
    have_a_key();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>given</initarg>", "");
    g_autofree char *own = vt_container_says(domain, "that is all");
    g_autofree char *path = vt_write("said", ""), *said = NULL;
    vessel_autofd int fd = open(path, O_RDWR | O_CLOEXEC);
    exec_with(domain, given, fd, NULL);
    assert_true(g_file_get_contents(path, &said, NULL, NULL));
    assert_non_null(strstr(said, "that is all"));
    expect_nothing(own);
    expect_nothing(said);
    vt_container_done(host, domain);
}

/* An init may do more, to itself. */
static void test_an_init(void **state)
{
    (void)state;
    have_a_key();
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_container_begin(host, "<initarg>given</initarg>",
                           "<vessel:init kind='init'/><vessel:overlay target='/' "
                           "upper='memory'/>");
    g_autofree char *said = vt_container_says(domain, "that is all");
    static const char *const never[] = {"request_key: done", "search: done", "read: done",
                                        "keys: done"};
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++)
        if (strstr(said, never[i]))
            fail_msg("%s, of: %s", never[i], said);
    vt_container_done(host, domain);
}

static void expect_same(const struct stat *before, const char *path)
{
    struct stat after;
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_uid, before->st_uid);
    assert_int_equal(after.st_gid, before->st_gid);
    assert_int_equal(after.st_mode, before->st_mode);
}

/* Neither by us, who make a terminal of ours the program's user's, nor by the program. */
static void test_files_of_the_host(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *file = vt_write("file", "");
    assert_int_equal(chown(file, 12345, 54321), 0);
    assert_int_equal(chmod(file, 0640), 0);
    const char *const paths[] = {"/dev/null", file};
    const char *const users[] = {NULL, "33"};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(users); j++) {
            struct stat before;
            vessel_autofd int fd = open(paths[i], O_RDWR | O_CLOEXEC);
            assert_true(fd >= 0 && fstat(fd, &before) == 0);
            exec_with(domain, given, fd, users[j]);
            expect_same(&before, paths[i]);
        }
    vt_container_done(host, domain);
}

/* And of the caller, who is a daemon perhaps: what the container's program has is none of them. */
static void test_streams_of_the_caller(void **state)
{
    struct stat before, null;
    (void)state;
    vt_need_root();
    g_autofree char *file = vt_write("file", "");
    assert_int_equal(chown(file, 12345, 54321), 0);
    assert_int_equal(chmod(file, 0640), 0);
    assert_true(stat(file, &before) == 0 && stat("/dev/null", &null) == 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int in = open("/dev/null", O_RDONLY), out = open(file, O_RDWR);
        dup2(in, 0);
        dup2(out, 1);
        dup2(out, 2);
        VesselHost *host = vt_container_host();
        VesselDomain *domain =
            vt_container_begin(host, "<initarg>given</initarg><inituser>33</inituser>", "");
        vt_container_await(domain, "that is all");
        vt_container_done(host, domain);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    expect_same(&before, file);
    expect_same(&null, "/dev/null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_and_processes),
        cmocka_unit_test(test_an_init),
        cmocka_unit_test(test_files_of_the_host),
        cmocka_unit_test(test_streams_of_the_caller),
    };
    return vt_main(tests);
}
