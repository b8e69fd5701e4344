/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"
#include "tests/lib/isolate.h"
#include "tests/lib/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define GRACE_MS 5000
#define OUTPUT_MAX (64 * 1024)

/* Shared with the child that runs a case. */
typedef struct {
    char skip_reason[256];
    char host_dir[64]; /* a mount point outside the case's directory, to be removed after it */
} Shared;

static struct {
    char *source_dir, *build_dir, *root, *program;
    Shared *shared;
} vt;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int remove_entry(const char *path, const struct stat *info G_GNUC_UNUSED,
                        int type G_GNUC_UNUSED, struct FTW *where G_GNUC_UNUSED)
{
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static void prepare(void)
{
    const char *source = getenv("VT_SOURCE_DIR"), *build = getenv("VT_BUILD_DIR");
    vt.source_dir = g_strdup(source ? source : VT_SOURCE_DIR);
    vt.build_dir = g_strdup(build ? build : VT_BUILD_DIR);
    vt.program = g_strdup(program_invocation_short_name);
    vt.shared =
        mmap(NULL, sizeof *vt.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    g_assert(vt.shared != MAP_FAILED);
    setenv("VESSEL_HELPER_DIR", vt.build_dir, 1);
    unsetenv("VESSEL_URI");
    unsetenv("VESSEL_LOG");
    signal(SIGPIPE, SIG_DFL);
    umask(022);
    tree_adopt();
    setvbuf(stdout, NULL, _IOLBF, 0);
}

static char *case_root(const char *name)
{
    g_autofree char *all = g_build_filename(vt.build_dir, "tests", "tmp", NULL);
    char *root = g_strdup_printf("%s/%s.%s.%d", all, vt.program, name, (int)getpid());
    g_mkdir_with_parents(all, 0755);
    remove_tree(root);
    if (mkdir(root, 0700) < 0) {
        printf("Bail out! cannot make %s: %s\n", root, strerror(errno));
        exit(1);
    }
    return root;
}

static void child(const struct CMUnitTest *test, int output)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close(output);
    setvbuf(stdout, NULL, _IONBF, 0);
    cmocka_set_message_output(CM_OUTPUT_STDOUT);
    int failed = _cmocka_run_group_tests(test->name, test, 1, NULL, NULL);
    fflush(NULL);
    exit(failed ? 1 : 0);
}

/* Waits for the case, reaping orphans that came to us meanwhile. Returns false at the deadline. */
static bool wait_for_case(pid_t pid, int *status)
{
    int64_t end = now_ms() + vt_deadline_s * 1000;
    for (int pause_us = 100;; pause_us = MIN(pause_us * 2, 5000)) {
        for (pid_t got; (got = waitpid(-1, status, WNOHANG)) > 0;)
            if (got == pid)
                return true;
        if (now_ms() >= end)
            return false;
        g_usleep((gulong)pause_us);
    }
}

static void print_output(int output)
{
    g_autofree char *text = g_malloc0(OUTPUT_MAX + 1);
    off_t size = lseek(output, 0, SEEK_END);
    ssize_t got = pread(output, text, OUTPUT_MAX, MAX(0, size - OUTPUT_MAX));
    g_auto(GStrv) lines = g_strsplit(got > 0 ? text : "", "\n", -1);
    for (char **line = lines; *line; line++)
        if (**line)
            printf("#   %s\n", *line);
}

int vt_deadline_s = VT_DEADLINE_S;

/* What is below this process after @grace_ms at most: who is about to leave by itself is not left
 * behind (a warden goes a moment after it has said that its guest is gone). */
static size_t count_left(pid_t *left, size_t max, int grace_ms)
{
    size_t count;
    for (; (count = tree_list(left, max)) > 0 && grace_ms > 0; grace_ms -= 10)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    return count;
}

/* What went wrong with a case, or NULL. */
static char *judge(bool in_time, int status)
{
    pid_t left[256];
    char names[1024];
    size_t count = count_left(left, G_N_ELEMENTS(left), in_time && status == 0 ? GRACE_MS : 0);
    tree_describe(left, count, names, sizeof names);
    bool clean = tree_kill() == 0;

    if (!in_time)
        return g_strdup_printf("overran its %d s: %s", vt_deadline_s, names);
    if (WIFSIGNALED(status))
        return g_strdup_printf("died of signal %d (%s)", WTERMSIG(status),
                               strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        return g_strdup_printf("failed, exit status %d", WEXITSTATUS(status));
    if (count > 0)
        return g_strdup_printf("left behind: %s", names);
    if (!clean)
        return g_strdup("left a process that cannot be killed");
    return NULL;
}

/* Everything of a failed case was killed, wardens and guests at once, and nobody would ever look at
 * its root again: the product's own recovery takes away what that left in the kernel (control
 * groups). */
static void recover(void)
{
    g_autofree char *state = g_build_filename(vt.root, "root", NULL);
    g_autofree char *program = g_build_filename(vt.build_dir, "vessel", NULL);
    g_autofree char *encoded = g_uri_escape_string(state, "/", FALSE);
    g_autofree char *uri = g_strconcat("local:?root=", encoded, NULL);
    char *argv[] = {program, (char *)"-c", uri, (char *)"list", (char *)"--all", NULL};
    if (access(state, F_OK) == 0 && access(program, X_OK) == 0)
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, NULL, NULL);
}

static bool run_case(const struct CMUnitTest *test, size_t number)
{
    vessel_autofd int output = memfd_create("vt-output", MFD_CLOEXEC);
    int status = 0;
    memset(vt.shared, 0, sizeof *vt.shared);
    vt.root = case_root(test->name);
    fflush(NULL);

    pid_t pid = fork();
    if (pid == 0)
        child(test, output);
    bool in_time = pid > 0 && wait_for_case(pid, &status);
    g_autofree char *problem = judge(in_time, status);

    if (vt.shared->host_dir[0])
        rmdir(vt.shared->host_dir);
    if (problem) {
        recover();
        printf("not ok %zu - %s: %s\n", number, test->name, problem);
        printf("# its files: %s\n", vt.root);
        print_output(output);
    } else {
        remove_tree(vt.root);
        printf("ok %zu - %s%s%s\n", number, test->name, vt.shared->skip_reason[0] ? " # SKIP " : "",
               vt.shared->skip_reason);
    }
    g_clear_pointer(&vt.root, g_free);
    return problem == NULL;
}

int vt_run(const struct CMUnitTest *tests, size_t count)
{
    const char *only = getenv("VT_ONLY"); /* one case by name, while working on it */
    size_t failed = 0;
    prepare();
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++) {
        if (only && strcmp(only, tests[i].name) != 0)
            printf("ok %zu - %s # SKIP not VT_ONLY\n", i + 1, tests[i].name);
        else if (!run_case(&tests[i], i + 1))
            failed++;
    }
    return failed ? 1 : 0;
}

const char *vt_root(void)
{
    return vt.root;
}

const char *vt_source_dir(void)
{
    return vt.source_dir;
}

const char *vt_build_dir(void)
{
    return vt.build_dir;
}

char *vt_path(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *name = g_strdup_vprintf(format, args);
    va_end(args);
    return g_build_filename(vt.root, name, NULL);
}

char *vt_write(const char *name, const char *content)
{
    char *path = vt_path("%s", name);
    if (!g_file_set_contents(path, content, -1, NULL))
        fail_msg("cannot write %s", path);
    return path;
}

void vt_skip(const char *reason, ...)
{
    va_list args;
    va_start(args, reason);
    vsnprintf(vt.shared->skip_reason, sizeof vt.shared->skip_reason, reason, args);
    va_end(args);
    _skip(__FILE__, __LINE__);
    abort();
}

void vt_need_root(void)
{
    if (geteuid() != 0)
        vt_skip("needs root");
}

void vt_need_program(const char *name)
{
    g_autofree char *path = g_find_program_in_path(name);
    if (!path)
        vt_skip("%s is not installed", name);
}

char *vt_guest(const char *name)
{
    char *path = g_build_filename(vt.build_dir, "guest", name, NULL);
    if (access(path, R_OK) < 0)
        vt_skip("guest image %s was not built", name);
    return path;
}

void vt_no_error_at(VesselError *err, const char *file, int line)
{
    if (!err)
        return;
    char *text = vessel_error_text(err);
    print_error("unexpected error: %s: %s\n", vessel_error_code_name(vessel_error_code(err)), text);
    vessel_free(text);
    vessel_error_free(err);
    _fail(file, line);
}

void vt_error_at(VesselError **err, int code, const char *file, int line)
{
    int got = vessel_error_code(*err);
    if (got != code) {
        char *text = vessel_error_text(*err);
        print_error("expected the error %s, got %s: %s\n", vessel_error_code_name(code),
                    vessel_error_code_name(got), text ? text : "no error");
        vessel_free(text);
    }
    g_clear_pointer(err, vessel_error_free);
    if (got != code)
        _fail(file, line);
}

void vt_wait_at(bool (*condition)(void *data), void *data, int timeout_ms, const char *what,
                const char *file, int line)
{
    int64_t end = now_ms() + timeout_ms;
    while (!condition(data)) {
        if (now_ms() >= end) {
            print_error("%s was not true within %d ms\n", what, timeout_ms);
            _fail(file, line);
        }
        g_usleep(2000);
    }
}

char vt_process_state(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' ? end[2] : 0;
}

int vt_fd_count(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 3; /* ".", ".." and the directory itself */
}

void vt__moved(const char *source_dir, const char *build_dir, const char *root,
               const char *host_dir)
{
    g_free(vt.source_dir);
    g_free(vt.build_dir);
    g_free(vt.root);
    vt.source_dir = g_strdup(source_dir);
    vt.build_dir = g_strdup(build_dir);
    vt.root = g_strdup(root);
    g_strlcpy(vt.shared->host_dir, host_dir, sizeof vt.shared->host_dir);
    setenv("VESSEL_HELPER_DIR", build_dir, 1);
}
