/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs test programs that print TAP, at most two at a time, and counts their cases.
 *
 *     run [-j N] [-l LOG_FOLDER] [-s SUMMARY_FILE] [-t SECONDS] PROGRAM...
 *
 * A program that prints no result for SECONDS (70; a case has 60) is killed with everything below
 * it; one that has to wait for a whole guest's system says "# silence SECONDS" first. The last line
 * is "N passed, N failed, N skipped"; the exit status is 1 when a case failed. */
#define _GNU_SOURCE
#include "tests/lib/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SILENCE_S 70
#define JOBS_MAX 8

typedef struct {
    char *text;
    size_t size, room;
} Text;

typedef struct {
    const char *program;
    pid_t keeper; /* the process that runs the program and is the subreaper of all below it */
    int output;   /* both streams of the program */
    int log;
    int64_t began, heard; /* ms */
    int silence_s;        /* how long it may be silent */
    char line[8192];
    size_t line_length;
    long planned, passed, failed, skipped;
    bool bailed, overran;
    Text failures; /* with what was printed after them */
    Text failed_cases;
    bool in_failure;
} Run;

typedef struct {
    long passed, failed, skipped;
    Text failures, skips;
    int silence_s;
} Total;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void die(const char *what)
{
    fprintf(stderr, "run: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void text_add(Text *text, const char *prefix, const char *line)
{
    size_t need = strlen(prefix) + strlen(line) + 2;
    if (text->size + need > text->room) {
        text->room = (text->size + need) * 2;
        text->text = realloc(text->text, text->room);
        if (!text->text)
            die("memory");
    }
    text->size += (size_t)snprintf(text->text + text->size, need, "%s%s\n", prefix, line);
}

static void program_main(const char *program, int output, const sigset_t *signals)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* GLib's slices go from thread to thread without a lock that thread sanitizer sees. */
    setenv("G_SLICE", "always-malloc", 1);
    execl(program, program, (char *)NULL);
    printf("Bail out! cannot run %s: %s\n", program, strerror(errno));
    fflush(stdout);
    _exit(127);
}

/* The keeper outlives the program until all that the program started is gone. SIGTERM, also when
 * the runner dies, ends everything at once. */
static void keeper_main(const char *program, int output)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    tree_adopt();
    setsid();
    pid_t pid = fork();
    if (pid == 0)
        program_main(program, output, &signals);
    close(output);
    for (;;) {
        int status = 0, got = 0;
        if (sigwaitinfo(&signals, NULL) == SIGTERM) {
            tree_kill();
            _exit(124);
        }
        while ((got = waitpid(-1, &status, WNOHANG)) > 0 && got != pid)
            ;
        if (got == pid) {
            tree_kill();
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        }
    }
}

static int open_log(const char *folder, const char *program)
{
    char path[PATH_MAX];
    const char *tests = strstr(program, "tests/");
    char *name = strdup(tests ? tests + strlen("tests/") : program);
    for (char *c = name; *c; c++)
        if (*c == '/')
            *c = '-';
    snprintf(path, sizeof path, "%s/%s.log", folder, name);
    free(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        die(path);
    return fd;
}

static void begin(Run *run, const char *program, const char *log_folder, int silence_s)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        die("pipe");
    *run = (Run){.program = program, .output = ends[0], .planned = -1, .silence_s = silence_s};
    run->log = open_log(log_folder, program);
    run->began = run->heard = now_ms();
    fflush(NULL);
    run->keeper = fork();
    if (run->keeper < 0)
        die("fork");
    if (run->keeper == 0) {
        close(ends[0]);
        keeper_main(program, ends[1]);
    }
    close(ends[1]);
}

/* The name in "ok 3 - name: why" or "ok 3 - name # SKIP why". */
static const char *case_name(const char *line)
{
    line += strspn(line, " 0123456789");
    return strncmp(line, "- ", 2) == 0 ? line + 2 : line;
}

static void add_failure(Run *run, const char *why)
{
    run->failed++;
    text_add(&run->failures, "    ", why);
    text_add(&run->failed_cases, "    ", why);
}

static void take_line(Run *run, Total *total, const char *line)
{
    char text[8300];
    bool good = strncmp(line, "ok ", 3) == 0, bad = strncmp(line, "not ok ", 7) == 0;
    if (good || bad)
        run->heard = now_ms();
    sscanf(line, "# silence %d", &run->silence_s); /* it says itself */
    if (strncmp(line, "1..", 3) == 0) {
        run->planned = strtol(line + 3, NULL, 10);
        const char *skip = strstr(line, "# SKIP");
        if (run->planned == 0 && skip) {
            run->planned = 1;
            run->skipped++;
            snprintf(text, sizeof text, "%s: %s", run->program, skip + strlen("# SKIP"));
            text_add(&total->skips, "  ", text);
        }
    } else if (strncmp(line, "Bail out!", 9) == 0) {
        run->bailed = true;
        text_add(&run->failures, "    ", line);
    } else if (good && strstr(line, "# SKIP")) {
        run->skipped++;
        snprintf(text, sizeof text, "%s: %s", run->program, case_name(line + 3));
        text_add(&total->skips, "  ", text);
    } else if (good) {
        run->passed++;
    } else if (bad) {
        add_failure(run, line);
    } else if (run->in_failure) {
        text_add(&run->failures, "    ", line);
    }
    if (good || bad)
        run->in_failure = bad;
}

static void take_output(Run *run, Total *total, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n') {
            run->line[run->line_length] = '\0';
            take_line(run, total, run->line);
            run->line_length = 0;
        } else if (run->line_length + 1 < sizeof run->line) {
            run->line[run->line_length++] = data[i]; /* a longer line is whole in the log only */
        }
    }
}

/* What the counts of a program do not tell. */
static void check_end(Run *run, int status)
{
    char why[200];
    long seen = run->passed + run->failed + run->skipped;
    if (run->overran) {
        snprintf(why, sizeof why, "not ok - no result for %d s, killed", run->silence_s);
        add_failure(run, why);
    } else if (run->planned < 0) {
        snprintf(why, sizeof why, "not ok - ended with status %d and without a plan (1..N)",
                 status);
        add_failure(run, why);
    } else if (seen != run->planned) {
        snprintf(why, sizeof why, "not ok - planned %ld cases and ran %ld, status %d", run->planned,
                 seen, status);
        add_failure(run, why);
    } else if (status != 0 && run->failed == 0) {
        snprintf(why, sizeof why, "not ok - every case passed and the exit status is %d", status);
        add_failure(run, why);
    }
}

static void end(Run *run, Total *total)
{
    int status = 0;
    while (waitpid(run->keeper, &status, 0) < 0 && errno == EINTR)
        ;
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (run->line_length > 0)
        take_output(run, total, "\n", 1);
    check_end(run, status);
    printf("%s %s: %ld passed", run->failed ? "FAIL" : "ok  ", run->program, run->passed);
    if (run->failed)
        printf(", %ld failed", run->failed);
    if (run->skipped)
        printf(", %ld skipped", run->skipped);
    printf(" (%.1f s)\n%s", (double)(now_ms() - run->began) / 1000,
           run->failures.text ? run->failures.text : "");
    fflush(stdout);
    total->passed += run->passed;
    total->failed += run->failed;
    total->skipped += run->skipped;
    if (run->failed_cases.text) {
        text_add(&total->failures, "  ", run->program);
        text_add(&total->failures, "", run->failed_cases.text);
    }
    free(run->failures.text);
    free(run->failed_cases.text);
    close(run->output);
    close(run->log);
    run->keeper = 0;
}

static void overrun(Run *run)
{
    run->overran = true;
    kill(run->keeper, SIGTERM);
}

/* Takes what the program wrote; true when both its streams are closed. */
static bool serve(Run *run, Total *total)
{
    char data[16384];
    ssize_t got = read(run->output, data, sizeof data);
    if (got < 0 && errno == EINTR)
        return false;
    if (got <= 0)
        return true;
    if (write(run->log, data, (size_t)got) != got)
        die("writing the log");
    take_output(run, total, data, (size_t)got);
    return false;
}

static void run_all(char **programs, int count, int jobs, const char *log_folder, Total *total)
{
    Run *runs = calloc((size_t)jobs, sizeof *runs);
    int next = 0, active = 0;
    while (next < count || active > 0) {
        struct pollfd polls[JOBS_MAX];
        for (int i = 0; i < jobs; i++) {
            if (runs[i].keeper == 0 && next < count) {
                begin(&runs[i], programs[next++], log_folder, total->silence_s);
                active++;
            }
            polls[i] = (struct pollfd){runs[i].keeper ? runs[i].output : -1, POLLIN, 0};
        }
        if (poll(polls, (nfds_t)jobs, 1000) < 0 && errno != EINTR)
            die("poll");
        for (int i = 0; i < jobs; i++) {
            if (runs[i].keeper == 0)
                continue;
            if (polls[i].revents && serve(&runs[i], total)) {
                end(&runs[i], total);
                active--;
            } else if (!runs[i].overran && now_ms() - runs[i].heard > runs[i].silence_s * 1000) {
                overrun(&runs[i]);
            }
        }
    }
    free(runs);
}

static void report(const Total *total, const char *summary_file)
{
    char line[100];
    if (total->skips.text)
        printf("\nSkipped:\n%s", total->skips.text);
    if (total->failures.text)
        printf("\nFailed:\n%s", total->failures.text);
    snprintf(line, sizeof line, "%ld passed, %ld failed, %ld skipped", total->passed, total->failed,
             total->skipped);
    if (summary_file) {
        FILE *file = fopen(summary_file, "we");
        if (!file || fprintf(file, "%s\n", line) < 0 || fclose(file) != 0)
            die(summary_file);
    }
    printf("%s\n", line);
}

int main(int argc, char **argv)
{
    const char *log_folder = "tests/log", *summary_file = NULL;
    Total total = {.silence_s = SILENCE_S};
    int jobs = 2;
    for (int option; (option = getopt(argc, argv, "j:l:s:t:")) != -1;) {
        if (option == 'j')
            jobs = atoi(optarg);
        else if (option == 'l')
            log_folder = optarg;
        else if (option == 's')
            summary_file = optarg;
        else if (option == 't')
            total.silence_s = atoi(optarg);
        else
            return 2;
    }
    if (jobs < 1 || jobs > JOBS_MAX || total.silence_s < 1) {
        fprintf(stderr, "run: -j takes 1 to %d, -t at least 1\n", JOBS_MAX);
        return 2;
    }
    if (mkdir(log_folder, 0755) < 0 && errno != EEXIST)
        die(log_folder);
    signal(SIGPIPE, SIG_IGN);
    run_all(argv + optind, argc - optind, jobs, log_folder, &total);
    report(&total, summary_file);
    free(total.failures.text);
    free(total.skips.text);
    return total.failed ? 1 : 0;
}
