/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting the helper from programs of every kind. The helper is this program itself, called with
 * what it is to do. */
#include "tests/lib/vt.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "sys/process.h"
#include "sys/socket.h"
#include "sys/spawn.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- the helper's side ---- */

static VesselJson *open_descriptors(void)
{
    VesselJson *list = vessel__json_new_array();
    DIR *stream = opendir("/proc/self/fd");
    struct dirent *entry;
    while ((entry = readdir(stream)))
        if (g_ascii_isdigit(entry->d_name[0]) && atoi(entry->d_name) != dirfd(stream))
            vessel__json_append(list, vessel__json_new_int(atoi(entry->d_name)));
    closedir(stream);
    return list;
}

static char *status_line(const char *name)
{
    g_autofree char *text = NULL;
    assert_int_equal(vessel__read_file(AT_FDCWD, "/proc/self/status", 65536, &text, NULL, NULL), 0);
    g_autofree char *wanted = g_strdup_printf("%s:\t", name);
    char *at = strstr(text, wanted);
    return at ? g_strndup(at + strlen(wanted), strcspn(at + strlen(wanted), "\n")) : NULL;
}

static VesselJson *about_me(void)
{
    VesselJson *json = vessel__json_new_object();
    static const char *const lines[] = {"SigBlk", "SigIgn", "SigCgt", "Name"};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *value = status_line(lines[i]);
        vessel__json_set_string(json, lines[i], value);
    }
    char cwd[256];
    vessel__json_set_string(json, "cwd", getcwd(cwd, sizeof cwd));
    vessel__json_set(json, "fds", open_descriptors());
    vessel__json_set_int(json, "pid", getpid());
    vessel__json_set_int(json, "ppid", getppid());
    vessel__json_set_int(json, "sid", getsid(0));
    vessel__json_set_string(json, "word", getenv("WORD"));
    vessel__json_set_string(json, "home", getenv("HOME"));
    return json;
}

/* Answers one message with what it finds, then waits for the other end to close. */
static int helper_main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[2], "quick"))
        return 0;
    VesselError *err = NULL;
    g_autoptr(VesselJson) before = about_me();
    g_autoptr(VesselJson) json = vessel__json_new_object();
    vessel__json_set(json, "before", vessel__json_copy(before));
    if (argc > 2 && !strcmp(argv[2], "reset")) {
        vessel__json_set(json, "notes", vessel__helper_reset("vt-helper"));
        VesselJson *after = about_me();
        struct rlimit nofile;
        getrlimit(RLIMIT_NOFILE, &nofile);
        vessel__json_set_bool(after, "nofile_soft_is_hard", nofile.rlim_cur == nofile.rlim_max);
        vessel__json_set_int(after, "umask", umask(0));
        vessel__json_set_int(after, "nice", getpriority(PRIO_PROCESS, 0));
        cpu_set_t set;
        sched_getaffinity(0, sizeof set, &set);
        vessel__json_set_int(after, "cpus", CPU_COUNT(&set));
        int subreaper = 0;
        prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
        vessel__json_set_bool(after, "subreaper", subreaper);
        vessel__json_set(json, "after", after);
    }
    if (vessel__message_send(3, json, NULL, 0, VESSEL_DEADLINE_NEVER, &err) < 0)
        return 1;
    g_autoptr(VesselJson) goodbye = NULL;
    vessel__message_receive(3, &goodbye, NULL, 0, NULL, VESSEL_DEADLINE_NEVER, NULL);
    return 7;
}

/* ---- starting it ---- */

typedef struct {
    int socket;
    pid_t pid;
    int pidfd;
} Helper;

static int start_with(const char *mode, const int *more, size_t more_count, Helper *helper,
                      VesselError **err)
{
    int ends[2];
    if (vessel__socket_pair(SOCK_SEQPACKET, ends, err) < 0)
        return -1;
    vessel_autofd int program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    int fds[16] = {ends[1]};
    for (size_t i = 0; i < more_count; i++)
        fds[i + 1] = more[i];
    const char *const argv[] = {"vt-helper", "--helper", mode, NULL};
    const char *const envp[] = {"WORD=given", NULL};
    VesselSpawn spawn = {.exec_fd = program,
                         .argv = argv,
                         .envp = envp,
                         .fds = fds,
                         .fds_count = more_count + 1,
                         .cgroup_fd = -1};
    int result = vessel__spawn(&spawn, &helper->pid, err);
    close(ends[1]);
    helper->socket = ends[0];
    helper->pidfd = -1;
    if (result < 0)
        close(ends[0]);
    return result;
}

static VesselJson *hear(Helper *helper)
{
    VesselError *err = NULL;
    VesselJson *json = NULL;
    vessel__message_receive(helper->socket, &json, NULL, 0, NULL, vessel__deadline_after(10000),
                            &err);
    vt_no_error(err);
    VesselProcess process;
    vessel__process_of(helper->pid, &process, &err);
    vt_no_error(err);
    vessel__process_pidfd(&process, &helper->pidfd, &err);
    vt_no_error(err);
    return json;
}

static bool helper_dead(void *data)
{
    return vessel__pidfd_dead(*(int *)data);
}

static void finish(Helper *helper)
{
    close(helper->socket);
    vt_wait(helper_dead, &helper->pidfd, 10000);
    close(helper->pidfd);
}

/* Starts one, hears from it, ends it. */
static VesselJson *once(const char *mode)
{
    VesselError *err = NULL;
    Helper helper;
    start_with(mode, NULL, 0, &helper, &err);
    vt_no_error(err);
    VesselJson *json = hear(&helper);
    finish(&helper);
    return json;
}

static _Atomic int sigchld_count;

static void count_sigchld(int signal G_GNUC_UNUSED)
{
    sigchld_count++;
}

static void the_program_sees_no_child(void **state G_GNUC_UNUSED)
{
    signal(SIGCHLD, count_sigchld);
    for (int i = 0; i < 20; i++) {
        g_autoptr(VesselJson) json = once("plain");
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1); /* nothing is left behind */
    assert_int_equal(errno, ECHILD);
    assert_int_equal(sigchld_count, 0);
}

static void what_is_handed_over(void **state G_GNUC_UNUSED)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGTERM, count_sigchld);
    sigset_t blocked, before, after;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    int noise[50];
    for (size_t i = 0; i < G_N_ELEMENTS(noise); i++)
        noise[i] = open("/dev/zero", O_RDONLY); /* not close-on-exec */
    g_autoptr(VesselJson) json = once("plain");
    const VesselJson *me = vessel__json_get(json, "before");
    g_autofree char *fds = vessel__json_format(vessel__json_get(me, "fds"), false);
    assert_string_equal(fds, "[0,1,2,3]");
    assert_string_equal(vessel__json_get_string(me, "SigBlk", ""), "0000000000000000");
    assert_string_equal(vessel__json_get_string(me, "SigIgn", ""), "0000000000000000");
    assert_string_equal(vessel__json_get_string(me, "word", ""), "given");
    assert_null(vessel__json_get_string(me, "home", NULL));
    assert_int_equal(vessel__json_get_int(me, "sid", 0), vessel__json_get_int(me, "pid", 1));
    assert_int_not_equal(vessel__json_get_int(me, "ppid", 0), getpid());
    /* Here nothing changed. */
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    assert_memory_equal(&before, &after, 8);
    struct sigaction action;
    sigaction(SIGPIPE, NULL, &action);
    assert_ptr_equal(action.sa_handler, SIG_IGN);
    for (size_t i = 0; i < G_N_ELEMENTS(noise); i++)
        assert_int_equal(close(noise[i]), 0);
}

static void descriptors_in_order(void **state G_GNUC_UNUSED)
{
    /* Numbers that collide with those that they become, some twice. */
    int more[6];
    for (size_t i = 0; i < 5; i++)
        more[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    more[5] = more[0];
    int swap = more[0];
    more[0] = more[3];
    more[3] = swap;
    VesselError *err = NULL;
    Helper helper;
    start_with("plain", more, 6, &helper, &err);
    vt_no_error(err);
    g_autoptr(VesselJson) json = hear(&helper);
    g_autofree char *fds =
        vessel__json_format(vessel__json_path(json, "before", "fds", NULL), false);
    assert_string_equal(fds, "[0,1,2,3,4,5,6,7,8,9]");
    finish(&helper);
}

static void a_failed_exec_is_an_error(void **state G_GNUC_UNUSED)
{
    g_autofree char *path = vt_write("text", "no program");
    chmod(path, 0700);
    vessel_autofd int program = open(path, O_PATH | O_CLOEXEC);
    const char *const argv[] = {"thing", NULL}, *const envp[] = {NULL};
    VesselSpawn spawn = {.exec_fd = program, .argv = argv, .envp = envp, .cgroup_fd = -1};
    pid_t pid;
    VesselError *err = NULL;
    int before = vt_fd_count();
    assert_int_equal(vessel__spawn(&spawn, &pid, &err), VESSEL_ERROR_IO); /* ENOEXEC */
    assert_non_null(strstr(vessel_error_message(err), "Exec format error"));
    vt_error(&err, VESSEL_ERROR_IO);
    chmod(path, 0600);
    assert_int_equal(vessel__spawn(&spawn, &pid, &err), VESSEL_ERROR_DENIED);
    vt_error(&err, VESSEL_ERROR_DENIED);
    int bad = 999;
    spawn.fds = &bad;
    spawn.fds_count = 1;
    assert_int_equal(vessel__spawn(&spawn, &pid, &err), VESSEL_ERROR_IO); /* EBADF */
    vt_error(&err, VESSEL_ERROR_IO);
    assert_int_equal(pid, 0);
    assert_int_equal(vt_fd_count(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

static void a_subreaper_gets_it_as_any_orphan(void **state G_GNUC_UNUSED)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    VesselError *err = NULL;
    Helper helper;
    start_with("plain", NULL, 0, &helper, &err);
    vt_no_error(err);
    g_autoptr(VesselJson) json = hear(&helper);
    close(helper.socket);
    int status;
    assert_int_equal(waitpid(helper.pid, &status, 0), helper.pid);
    assert_int_equal(WEXITSTATUS(status), 7);
    close(helper.pidfd);
}

static void *wait_for_anybody(void *data)
{
    _Atomic bool *stop = data;
    while (!*stop) {
        assert_int_equal(waitpid(-1, NULL, 0), -1);
        assert_int_equal(errno, ECHILD);
        sched_yield();
    }
    return NULL;
}

static void a_program_that_waits_for_anybody(void **state G_GNUC_UNUSED)
{
    _Atomic bool stop = false;
    pthread_t waiter;
    pthread_create(&waiter, NULL, wait_for_anybody, &stop);
    for (int i = 0; i < 20; i++) {
        g_autoptr(VesselJson) json = once("plain");
    }
    stop = true;
    pthread_join(waiter, NULL);
}

static void *start_some(void *data G_GNUC_UNUSED)
{
    for (int i = 0; i < 3; i++) {
        g_autoptr(VesselJson) json = once("plain");
    }
    return NULL;
}

static void sixty_four_threads(void **state G_GNUC_UNUSED)
{
    pthread_t threads[64];
    signal(SIGCHLD, count_sigchld);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, start_some, NULL), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(sigchld_count, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
}

static void at_the_limit_of_descriptors(void **state G_GNUC_UNUSED)
{
    struct rlimit limit = {64, 64};
    VesselError *err = NULL;
    Helper helper;
    int ends[2];
    assert_int_equal(vessel__socket_pair(SOCK_SEQPACKET, ends, &err), 0);
    int program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    while (dup(0) >= 0)
        ;
    int fds[20];
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = ends[1];
    const char *const argv[] = {"vt-helper", "--helper", "plain", NULL}, *const envp[] = {NULL};
    VesselSpawn spawn = {program, argv, envp, fds, G_N_ELEMENTS(fds), -1};
    vessel__spawn(&spawn, &helper.pid, &err);
    vt_no_error(err);
    helper.socket = ends[0];
    for (int fd = 10; fd < 64; fd++)
        if (fd != ends[0])
            close(fd);
    g_autoptr(VesselJson) json = hear(&helper);
    assert_int_equal(vessel__json_length(vessel__json_path(json, "before", "fds", NULL)), 23);
    close(ends[1]);
    finish(&helper);
}

static pid_t handlers_pid;
static _Atomic int handled, handled_elsewhere;

static void look_where(int signal G_GNUC_UNUSED)
{
    handled++;
    if (syscall(SYS_getpid) != handlers_pid)
        handled_elsewhere++;
}

static bool number_dead(void *data)
{
    char letter = vt_process_state(*(pid_t *)data);
    return letter == 0 || letter == 'Z';
}

/* A signal for the whole group finds the children on their way; the program's handler must not run
 * in them, since they have its memory. */
static void handlers_do_not_run_in_the_children(void **state G_GNUC_UNUSED)
{
    handlers_pid = getpid();
    signal(SIGUSR1, SIG_IGN);
    pid_t killer = fork();
    if (killer == 0)
        for (;; g_usleep(30)) /* leaves us time to do something between */
            kill(0, SIGUSR1);
    signal(SIGUSR1, look_where);
    for (int i = 0; i < 100; i++) {
        VesselError *err = NULL;
        Helper helper;
        start_with("quick", NULL, 0, &helper, &err);
        vt_no_error(err);
        vt_wait(number_dead, &helper.pid, 10000);
        close(helper.socket);
    }
    signal(SIGUSR1, SIG_IGN);
    kill(killer, SIGKILL);
    waitpid(killer, NULL, 0);
    assert_true(handled > 0);
    assert_int_equal(handled_elsewhere, 0);
}

static void signals_are_reset(void **state G_GNUC_UNUSED)
{
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t mask;
        sigfillset(&mask);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        signal(SIGPIPE, SIG_IGN);
        signal(SIGRTMAX, SIG_IGN);
        g_autoptr(VesselJson) notes = vessel__helper_reset("vt");
        g_autofree char *blocked = status_line("SigBlk"), *ignored = status_line("SigIgn");
        bool clean = !strcmp(blocked, "0000000000000000") && !strcmp(ignored, "0000000000000000");
        if (!clean)
            print_error("blocked %s, ignored %s\n", blocked, ignored);
        _exit(!clean);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

static void what_was_inherited_is_reset(void **state G_GNUC_UNUSED)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    cpu_set_t before;
    sched_getaffinity(0, sizeof before, &before);
    int cpus = CPU_COUNT(&before);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    umask(0);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 100;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (geteuid() == 0)
        setpriority(PRIO_PROCESS, 0, 5);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    g_autoptr(VesselJson) json = once("reset");
    const VesselJson *after = vessel__json_get(json, "after");
    assert_string_equal(vessel__json_get_string(after, "cwd", ""), "/");
    assert_string_equal(vessel__json_get_string(after, "Name", ""), "vt-helper");
    assert_int_equal(vessel__json_get_int(after, "umask", 0), 077);
    assert_int_equal(vessel__json_get_int(after, "cpus", 0), cpus);
    assert_true(vessel__json_get_bool(after, "nofile_soft_is_hard", false));
    assert_true(vessel__json_get_bool(after, "subreaper", false));
    if (geteuid() == 0)
        assert_int_equal(vessel__json_get_int(after, "nice", 9), 0);
    g_autofree char *notes = vessel__json_format(vessel__json_get(json, "notes"), false);
    assert_non_null(strstr(notes, "no_new_privs"));
}

/* As the usual filters of container engines: what is newer than they know does not exist. */
static void forbid(long number)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {G_N_ELEMENTS(filter), filter};
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        vt_skip("no seccomp filters here: %s", strerror(errno));
}

static void a_program_behind_a_filter(void **state G_GNUC_UNUSED)
{
    int noise[50];
    for (size_t i = 0; i < G_N_ELEMENTS(noise); i++)
        noise[i] = open("/dev/zero", O_RDONLY);
    forbid(SYS_close_range);
    forbid(SYS_clone3);
    g_autoptr(VesselJson) json = once("reset");
    g_autofree char *fds =
        vessel__json_format(vessel__json_path(json, "before", "fds", NULL), false);
    assert_string_equal(fds, "[0,1,2,3]");
    g_autofree char *notes = vessel__json_format(vessel__json_get(json, "notes"), false);
    assert_non_null(strstr(notes, "seccomp"));
    /* Without clone3 there is no being born in a group. */
    vessel_autofd int program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    const char *const argv[] = {"vt-helper", NULL}, *const envp[] = {NULL};
    VesselSpawn spawn = {program, argv, envp, NULL, 0, program};
    VesselError *err = NULL;
    pid_t pid;
    assert_int_equal(vessel__spawn(&spawn, &pid, &err), VESSEL_ERROR_UNSUPPORTED);
    assert_non_null(vessel_error_hint(err));
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    for (size_t i = 0; i < G_N_ELEMENTS(noise); i++)
        close(noise[i]);
}

static void children_of_another_namespace_are_refused(void **state G_GNUC_UNUSED)
{
    vt_need_root();
    pid_t pid = fork();
    if (pid == 0) { /* leaves at once: what ends a program may want to make a thread, which fails */
        VesselError *err = NULL;
        Helper helper;
        if (unshare(CLONE_NEWPID) < 0)
            _exit(77);
        int result = start_with("plain", NULL, 0, &helper, &err);
        _exit(result != VESSEL_ERROR_UNSUPPORTED ||
              !strstr(vessel_error_message(err), "PID namespace"));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WEXITSTATUS(status) == 77)
        vt_skip("a PID namespace cannot be made here");
    assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--helper"))
        return helper_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_sees_no_child),
        cmocka_unit_test(what_is_handed_over),
        cmocka_unit_test(descriptors_in_order),
        cmocka_unit_test(a_failed_exec_is_an_error),
        cmocka_unit_test(a_subreaper_gets_it_as_any_orphan),
        cmocka_unit_test(a_program_that_waits_for_anybody),
        cmocka_unit_test(sixty_four_threads),
        cmocka_unit_test(at_the_limit_of_descriptors),
        cmocka_unit_test(handlers_do_not_run_in_the_children),
        cmocka_unit_test(signals_are_reset),
        cmocka_unit_test(what_was_inherited_is_reset),
        cmocka_unit_test(a_program_behind_a_filter),
        cmocka_unit_test(children_of_another_namespace_are_refused),
    };
    return vt_main(tests);
}
