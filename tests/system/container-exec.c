/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other programs in a running container: what they get, how they end, and what a container and a
 * caller that die or do harm cannot do. */
#include "base/file.h"
#include "sys/process.h"
#include "tests/lib/command.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define COUNT 20

static VesselHost *open_host(void)
{
    VesselHost *host = vt_container_host();
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    VesselError *err = NULL;
    spec.type = "container";
    assert_int_equal(vessel_host_supports(host, "domain_exec", &spec, NULL, &err), 1);
    vt_no_error(err);
    return host;
}

static void done(VesselHost *host, VesselDomain *domain)
{
    if (vt_state_of(domain) != VESSEL_DOMAIN_SHUT_OFF)
        vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static VesselDomain *begin(VesselHost **host, const char *word)
{
    *host = open_host();
    VesselDomain *domain = vt_container_define(*host, "web", word);
    vt_start(domain);
    return domain;
}

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static VesselExec *run(VesselDomain *domain, const char *const *argv,
                       const VesselExecOptions *options)
{
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    vessel_domain_exec(domain, argv, options, &exec, &err);
    vt_no_error(err);
    assert_non_null(exec);
    return exec;
}

/* Its end; the reference goes. */
static int end_of(VesselExec *exec, int *number)
{
    VesselError *err = NULL;
    int status = -1;
    vessel_exec_wait(exec, 10000, &status, number, &err);
    vt_no_error(err);
    vessel_exec_unref(exec);
    return status;
}

static int refused(VesselDomain *domain, const char *const *argv, const VesselExecOptions *options,
                   const char *path)
{
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    int code = vessel_domain_exec(domain, argv, options, &exec, &err);
    assert_null(exec);
    assert_int_equal(code, vessel_error_code(err));
    if (path)
        assert_string_equal(vessel_error_path(err), path);
    vessel_error_free(err);
    return code;
}

/* What it writes until its end. */
static char *output_of(VesselDomain *domain, const char *const *argv, VesselExecOptions options)
{
    int ends[2];
    GString *said = g_string_new(NULL);
    char data[4096];
    ssize_t got;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    options.stdout_fd = options.stderr_fd = ends[1];
    VesselExec *exec = run(domain, argv, &options);
    close(ends[1]);
    while ((got = read(ends[0], data, sizeof data)) > 0)
        g_string_append_len(said, data, got);
    close(ends[0]);
    assert_int_equal(end_of(exec, NULL), 0);
    return g_string_free(said, FALSE);
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in: %s", part, text);
}

/* ---- what it gets ---- */

static void test_inside(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "facts");
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    g_autofree char *own = vt_container_says(domain, "that is all");
    g_autofree char *said = output_of(domain, ARGV("/inside", "show", "two words"), options);
    assert_says(said, "descriptors: 0 1 2\n");
    assert_says(said, "ids: 0 0\n");
    assert_says(said, "hostname: web\n");
    assert_says(said, "cwd: /\n");
    assert_says(said, "arg: two words\n");
    assert_says(said, "env: container=vessel\n");
    /* As the container's own program has them. */
    static const char *const same[] = {"CapInh:", "CapPrm:",     "CapEff:",  "CapBnd:",
                                       "CapAmb:", "NoNewPrivs:", "Seccomp:", "Cpus_allowed_list:"};
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        const char *line = strstr(own, same[i]);
        assert_non_null(line);
        g_autofree char *theirs = g_strndup(line, strcspn(line, "\r\n"));
        assert_says(said, theirs);
    }
    if (strstr(own, ":devices:/\r\n")) /* v1: held to the same devices */
        assert_says(said, ":devices:/\n");
    assert_null(strstr(said, "env: HOSTNAME="));
    done(host, domain);
}

static void test_options(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    g_autofree char *passwd = vt_path("rootfs/etc/passwd"), *group = vt_path("rootfs/etc/group");
    assert_true(g_file_set_contents(passwd, "app:x:33:34::/tmp:/bin/sh\n", -1, NULL));
    assert_true(g_file_set_contents(group, "www:x:77:app\nwheel:x:88:\n", -1, NULL));
    options.user = "app";
    options.cwd = "/etc";
    options.env = ARGV("COLOR=red", "PATH=/:/bin");
    g_autofree char *said = output_of(domain, ARGV("inside", "show"), options);
    assert_says(said, "ids: 33 34\n");
    assert_says(said, "Groups:\t77 ");
    assert_says(said, "cwd: /etc\n");
    assert_says(said, "env: COLOR=red\n");
    assert_says(said, "env: PATH=/:/bin\n");
    assert_says(said, "env: HOME=/tmp\n");
    assert_says(said, "CapEff:\t0000000000000000");
    options.user = "7:wheel";
    g_autofree char *other = output_of(domain, ARGV("/inside", "show"), options);
    assert_says(other, "ids: 7 88\n");
    options.user = "nobody-there";
    assert_int_equal(refused(domain, ARGV("/inside"), &options, "user"), VESSEL_ERROR_NOT_FOUND);
    options.user = "app:no-group";
    assert_int_equal(refused(domain, ARGV("/inside"), &options, "user"), VESSEL_ERROR_NOT_FOUND);
    options.user = NULL;
    options.cwd = "/nowhere";
    assert_int_equal(refused(domain, ARGV("/inside"), &options, "cwd"), VESSEL_ERROR_NOT_FOUND);
    done(host, domain);
}

static void test_refused(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autofree char *text = vt_path("rootfs/etc/text");
    assert_true(g_file_set_contents(text, "text", -1, NULL));
    assert_int_equal(refused(domain, ARGV("/none"), NULL, "argv"), VESSEL_ERROR_NOT_FOUND);
    assert_int_equal(refused(domain, ARGV("none"), NULL, "argv"), VESSEL_ERROR_NOT_FOUND);
    assert_int_equal(refused(domain, ARGV("/etc/text"), NULL, "argv"), VESSEL_ERROR_DENIED);
    assert_int_equal(refused(domain, ARGV(""), NULL, NULL), VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(refused(domain, NULL, NULL, NULL), VESSEL_ERROR_INVALID_ARGUMENT);
    options.stdin_fd = folder;
    assert_int_equal(refused(domain, ARGV("/inside"), &options, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    options.stdin_fd = -1;
    options.env = ARGV("no setting");
    assert_int_equal(refused(domain, ARGV("/inside"), &options, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    close(folder);
    done(host, domain);
}

static void test_terminal(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselDomain *domain = begin(&host, "wait");
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    options.flags = VESSEL_EXEC_TTY;
    options.rows = 30;
    options.columns = 100;
    VesselExec *exec = run(domain, ARGV("/inside", "size"), &options);
    int fd = vessel_exec_terminal(exec, &err);
    vt_no_error(err);
    vt_read_until(fd, "size: 30x100", 5000);
    vessel_exec_resize(exec, 50, 120, &err);
    vt_no_error(err);
    vt_read_until(fd, "size: 50x120", 5000);
    assert_int_equal(vessel__write_all(fd, "\x03", 1), 0); /* ^C */
    int number = 0;
    assert_int_equal(end_of(exec, &number), 128 + SIGINT);
    assert_int_equal(number, SIGINT);
    exec = run(domain, ARGV("/inside", "exit"), NULL);
    assert_int_equal(vessel_exec_terminal(exec, NULL), VESSEL_ERROR_UNSUPPORTED);
    assert_int_equal(end_of(exec, NULL), 0);
    done(host, domain);
}

/* ---- how it ends ---- */

static void test_ends(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    int number = 0;
    VesselDomain *domain = begin(&host, "wait");
    assert_int_equal(end_of(run(domain, ARGV("/inside", "exit", "42"), NULL), &number), 42);
    assert_int_equal(number, 0);
    assert_int_equal(end_of(run(domain, ARGV("/inside", "abort"), NULL), &number), 128 + SIGABRT);
    assert_int_equal(number, SIGABRT);
    VesselExec *exec = run(domain, ARGV("/inside", "wait"), NULL);
    assert_int_equal(vessel_exec_wait(exec, 50, NULL, NULL, NULL), VESSEL_ERROR_TIMEOUT);
    vessel_exec_signal(exec, SIGTERM, &err);
    vt_no_error(err);
    assert_int_equal(end_of(vessel_exec_ref(exec), &number), 128 + SIGTERM);
    assert_int_equal(vessel_exec_signal(exec, SIGTERM, &err), 0); /* it has ended: no error */
    assert_int_equal(end_of(exec, &number), 128 + SIGTERM);       /* and is still known */
    done(host, domain);
}

static void test_many(void **state)
{
    (void)state;
    VesselHost *host;
    VesselExec *execs[COUNT];
    VesselDomain *domain = begin(&host, "wait");
    for (int i = 0; i < COUNT; i++)
        execs[i] = run(domain, ARGV("/inside", "wait"), NULL);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(vessel_exec_signal(execs[i], SIGKILL, NULL), 0);
        assert_int_equal(end_of(execs[i], NULL), 128 + SIGKILL);
    }
    done(host, domain);
}

/* Processes of the container beside the first two, as one that looks from inside counts them. */
static int count_inside(VesselDomain *domain)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    g_autofree char *said = output_of(domain, ARGV("/inside", "count"), options);
    return atoi(said + strlen("processes: "));
}

static bool nothing_beside(void *data)
{
    return count_inside(data) == 3; /* process 1, the program, and who counts */
}

/* How many of vessel-init this program has in memory; @spoil: and takes their mode off, as root of
 * a user's container can. */
static unsigned count_copies(bool spoil)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    const char *name;
    unsigned count = 0;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename("/proc/self/fd", name, NULL);
        g_autofree char *target = g_file_read_link(path, NULL);
        bool copy = target && strstr(target, "memfd:vessel-init");
        count += copy;
        if (copy && spoil)
            assert_int_equal(fchmod(atoi(name), 0), 0);
    }
    return count;
}

/* A copy serves all of a host's, until that is closed; what becomes of it in one container is of no
 * use to another. */
static void test_copies(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(end_of(run(domain, ARGV("/inside", "exit", "3"), NULL), NULL), 3);
        assert_int_equal(count_copies(i == 1), 1);
    }
    done(host, domain);
    assert_int_equal(count_copies(false), 0);
}

static void test_dropped(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    vessel_exec_unref(run(domain, ARGV("/inside", "stubborn"), NULL));
    vt_wait(nothing_beside, domain, 5000);
    done(host, domain);
}

static void test_caller_killed(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        VesselHost *own = vt_open();
        VesselDomain *same = NULL;
        VesselExec *exec = NULL;
        if (vessel_domain_lookup_by_name(own, "web", &same, NULL) < 0 ||
            vessel_domain_exec(same, ARGV("/inside", "stubborn"), NULL, &exec, NULL) < 0 ||
            write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    assert_int_equal(count_inside(domain), 4);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    vt_wait(nothing_beside, domain, 5000);
    done(host, domain);
}

/* ---- the container's state ---- */

static void test_states(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselDomain *domain = begin(&host, "wait");
    VesselExec *exec = run(domain, ARGV("/inside", "wait"), NULL);
    if (vessel_domain_suspend(domain, NULL, &err) == 0) {
        assert_int_equal(refused(domain, ARGV("/inside"), NULL, NULL), VESSEL_ERROR_WRONG_STATE);
        assert_int_equal(vessel_exec_signal(exec, SIGTERM, NULL), 0);
        assert_int_equal(vessel_exec_wait(exec, 50, NULL, NULL, NULL), VESSEL_ERROR_TIMEOUT);
        vessel_domain_resume(domain, NULL, &err);
        vt_no_error(err);
        assert_int_equal(end_of(vessel_exec_ref(exec), NULL), 128 + SIGTERM);
        vessel_exec_unref(exec);
        exec = run(domain, ARGV("/inside", "wait"), NULL);
    }
    g_clear_pointer(&err, vessel_error_free);
    vt_destroy(domain); /* and its end is the programs' */
    assert_int_equal(end_of(exec, NULL), 128 + SIGKILL);
    assert_int_equal(refused(domain, ARGV("/inside"), NULL, NULL), VESSEL_ERROR_WRONG_STATE);
    done(host, domain);
}

/* Execs meet a container's end at any moment of theirs: they fail or end, and nothing stays. */
static void test_just_ending(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    for (int round = 0; round < 5; round++) {
        vt_start(domain);
        pid_t pid = fork();
        if (pid == 0) {
            VesselHost *own = vt_open();
            VesselDomain *same = NULL;
            VesselError *err = NULL;
            int code = vessel_domain_lookup_by_name(own, "web", &same, NULL);
            while (code == 0) {
                VesselExec *exec = NULL;
                code = vessel_domain_exec(same, ARGV("/inside", "exit"), NULL, &exec, &err);
                vessel_exec_unref(exec);
            }
            if (code != VESSEL_ERROR_WRONG_STATE)
                fprintf(stderr, "%s\n", vessel_error_message(err));
            _exit(code != VESSEL_ERROR_WRONG_STATE);
        }
        g_usleep(20000 + (gulong)round * 7000);
        vt_destroy(domain);
        int status = -1;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
    done(host, domain);
}

/* ---- what a hostile container does ---- */

static void test_hostile_files(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    g_autofree char *passwd = vt_path("rootfs/etc/passwd"), *shell = vt_path("rootfs/sh");
    g_autofree char *fifo = vt_path("rootfs/fifo"), *interpreter = vt_path("rootfs/script");
    options.user = "root";
    unlink(passwd);
    assert_int_equal(mkfifo(passwd, 0600), 0);
    assert_int_equal(refused(domain, ARGV("/inside"), &options, "user"), VESSEL_ERROR_NOT_FOUND);
    unlink(passwd);
    assert_int_equal(symlink("/proc/self/fd/0", passwd), 0);
    assert_int_equal(refused(domain, ARGV("/inside"), &options, "user"), VESSEL_ERROR_NOT_FOUND);
    unlink(passwd);
    options.user = NULL;
    /* What is executed is the program's, or refused: never the joiner's file with rights to it. */
    assert_int_equal(symlink("/proc/self/exe", shell), 0);
    assert_int_equal(end_of(run(domain, ARGV("/sh", "exit"), NULL), NULL), 2);
    assert_true(g_file_set_contents(interpreter, "#!/proc/self/exe\n", -1, NULL));
    assert_int_equal(chmod(interpreter, 0755), 0);
    assert_int_equal(end_of(run(domain, ARGV("/script"), NULL), NULL), 2);
    /* A working directory or a program that is a FIFO. */
    assert_int_equal(mkfifo(fifo, 0700), 0);
    options.cwd = "/fifo";
    assert_true(refused(domain, ARGV("/inside"), &options, "cwd") < 0);
    assert_true(refused(domain, ARGV("/fifo"), NULL, "argv") < 0);
    done(host, domain);
}

static void test_meddling(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    int ends[2];
    char data[65536] = "";
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    options.stdout_fd = ends[1];
    VesselExec *meddler = run(domain, ARGV("/inside", "meddle"), &options);
    close(ends[1]);
    vt_read_until(ends[0], "meddling", 5000);
    for (int i = 0; i < 100; i++)
        assert_int_equal(end_of(run(domain, ARGV("/inside", "exit"), NULL), NULL), 0);
    vessel_exec_unref(meddler);
    ssize_t got = read(ends[0], data, sizeof data - 1);
    data[MAX(got, 0)] = '\0';
    if (strstr(data, "could"))
        fail_msg("%s", data);
    close(ends[0]);
    done(host, domain);
}

/* ---- the command ---- */

static void test_command(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *said = NULL;
    assert_int_equal(vt_command(VT_WORDS("exec", "web", "--env", "COLOR=red", "--cwd", "/etc",
                                         "--user", "0:7", "--", "/inside", "show", "--tty"),
                                &said, NULL),
                     0);
    assert_says(said, "env: COLOR=red\n");
    assert_says(said, "cwd: /etc\n");
    assert_says(said, "ids: 0 7\n");
    assert_says(said, "arg: --tty\n");
    assert_int_equal(vt_command(VT_WORDS("exec", "web", "--", "/inside", "exit", "3"), NULL, NULL),
                     3);
    assert_int_equal(vt_command(VT_WORDS("exec", "web", "--", "/inside", "abort"), NULL, NULL),
                     128 + SIGABRT);
    assert_int_equal(vt_command(VT_WORDS("exec", "web", "--", "/none"), NULL, NULL), 127);
    assert_int_equal(vt_command(VT_WORDS("exec", "web", "--", "/etc"), NULL, NULL), 126);
    assert_int_equal(
        vt_command(VT_WORDS("exec", "web", "--cwd", "/none", "--", "/inside"), NULL, NULL), 125);
    assert_int_equal(vt_command(VT_WORDS("exec", "nobody", "--", "/inside"), NULL, NULL), 125);
    assert_int_equal(vt_command(VT_WORDS("exec", "web"), NULL, NULL), 125);
    assert_int_equal(
        vt_command(VT_WORDS("exec", "web", "--timeout", "0.2", "--", "/inside"), NULL, NULL), 125);
    vt_wait(nothing_beside, domain, 5000);
    g_autofree char *shown = NULL; /* a terminal where this command has none */
    assert_int_equal(
        vt_command(VT_WORDS("exec", "web", "--tty", "--", "/inside", "show"), &shown, NULL), 0);
    assert_says(shown, "descriptors: 0 1 2\r\n");
    done(host, domain);
}

/* `exec --tty` of @words in a pipeline that begins with @before: its exit status. */
static int in_shell(const char *before, const char *words)
{
    g_autofree char *uri = vt_uri(vt_state());
    g_autofree char *line =
        g_strdup_printf("%s timeout 20 '%s/vessel' -c '%s' exec web --tty -- %s", before,
                        vt_build_dir(), uri, words);
    int status = system(line);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Who gives it a terminal and has none: the end of what is typed is heard, in a line or after one;
 * and what cannot be shown is not said to be. */
static void test_no_terminal_here(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    assert_int_equal(in_shell("", "/inside count-lines-once </dev/null >/dev/null"), 0);
    assert_int_equal(in_shell("", "/inside count-lines-once <&- >/dev/null"), 0);
    assert_int_equal(
        in_shell("printf 'one\\ntwo' |", "/inside count-lines-once | grep -q 'lines: 2'"), 0);
    assert_int_equal(in_shell("", "/inside show >/dev/full"), 125);
    assert_int_equal(in_shell("", "/inside --disable-host-loopback | head -n 1 >/dev/null"), 0);
    vt_wait(nothing_beside, domain, 5000);
    done(host, domain);
}

static void test_run_command(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselDomain *none = NULL;
    g_autofree char *root = vt_container_root("rootfs"), *said = NULL;
    static const struct {
        const char *os, *devices;
        int status;
    } lives[] = {{"<initarg>exit</initarg><initarg>9</initarg>", "", 9},
                 {"<initarg>exit</initarg>", "", 0},
                 {"<initarg>abort</initarg>", "", 128 + SIGABRT}};
    for (size_t i = 0; i < G_N_ELEMENTS(lives); i++) {
        g_autofree char *body = vt_container_body(root, lives[i].os, lives[i].devices);
        g_autofree char *xml =
            g_strdup_printf("<domain type='container'><name>short</name>%s</domain>", body);
        g_autofree char *file = vt_write("run.xml", xml);
        assert_int_equal(vt_command(VT_WORDS("run", file), NULL, NULL), lives[i].status);
        assert_int_equal(vt_command(VT_WORDS("run", "--rm", "--console", file), &said, NULL),
                         lives[i].status);
        g_clear_pointer(&said, g_free);
    }
    g_autofree char *body = vt_container_body(root, "<initarg>show</initarg>", "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container'><name>short</name>%s</domain>", body);
    g_autofree char *file = vt_write("run.xml", xml);
    assert_int_equal(vt_command(VT_WORDS("run", "--console", file), &said, NULL), 0);
    assert_says(said, "hostname: short\r\n");
    assert_int_equal(vt_command(VT_WORDS("run", "/none.xml"), NULL, NULL), 125);
    assert_true(vessel_domain_lookup_by_name(host, "short", &none, NULL) < 0);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- as an ordinary user ---- */

static void test_rootless(void **state)
{
    (void)state;
    vt_need_root(); /* who is none already runs all the others so */
    vt_as_user();
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    g_autofree char *said = output_of(domain, ARGV("/inside", "show"), options);
    assert_says(said, "ids: 0 0\n");
    assert_says(said, "descriptors: 0 1 2\n");
    options.user = "70000"; /* it has one id, or those of a range */
    assert_int_equal(refused(domain, ARGV("/inside"), &options, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_exec_unref(run(domain, ARGV("/inside", "stubborn"), NULL));
    vt_wait(nothing_beside, domain, 5000);
    done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_caller_killed),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_just_ending),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_meddling),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_no_terminal_here),
        cmocka_unit_test(test_run_command),
        cmocka_unit_test(test_rootless),
    };
    return vt_main(tests);
}
