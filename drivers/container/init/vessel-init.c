/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-init: process 1 of a container that runs a program. It is a static program without any
 * library but the C library, since nothing of the container may be loaded into it.
 *
 * vessel-init KIND UID GID GROUPS CWD PATH ARGV…
 *   KIND "program": starts PATH as its child, passes signals on to it, reaps what is left to it, and
 *   ends as the program ended: its status, or 128 + the signal. "init": becomes PATH.
 * Descriptor 3 is a socket to the warden: {"errno": N} if PATH cannot be executed; its end says that
 * it was. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET 3
#define GROUPS_MAX 64
#define FAILED 127

static void report(int errnum)
{
    char message[32];
    int length = snprintf(message, sizeof message, "{\"errno\":%d}", errnum);
    send(SOCKET, message, (size_t)length, MSG_NOSIGNAL);
}

/* "4,27,100" */
static size_t parse_groups(char *text, gid_t groups[GROUPS_MAX])
{
    size_t count = 0;
    for (char *rest = NULL, *word = strtok_r(text, ",", &rest); word && count < GROUPS_MAX;
         word = strtok_r(NULL, ",", &rest))
        groups[count++] = (gid_t)strtoul(word, NULL, 10);
    return count;
}

/* In a user namespace of one id the kernel refuses setgroups(2), and there are none to lose but
 * those that say nothing inside. */
static bool become(uid_t uid, gid_t gid, char *list)
{
    gid_t groups[GROUPS_MAX];
    size_t count = parse_groups(list, groups);
    if (setgroups(count, groups) < 0 && (errno != EPERM || count > 0))
        return false;
    return setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0;
}

static void __attribute__((noreturn)) execute(char **argv)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    ioctl(0, TIOCSCTTY, 0); /* no terminal: nothing to control */
    fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
    if (become((uid_t)strtoul(argv[2], NULL, 10), (gid_t)strtoul(argv[3], NULL, 10), argv[4]) &&
        chdir(argv[5]) == 0)
        execvp(argv[6], argv + 7);
    report(errno);
    _exit(FAILED);
}

/* Ends as the program did. Whatever else there is ends with process 1. */
static void reap(pid_t program)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == program)
            _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static void __attribute__((noreturn)) look_after(pid_t program, const sigset_t *all)
{
    for (;;) {
        int number = sigwaitinfo(all, NULL);
        if (number == SIGCHLD)
            reap(program);
        else if (number > 0)
            kill(program, number);
    }
}

int main(int argc, char **argv)
{
    sigset_t all;
    if (argc < 8 || getpid() != 1) {
        fputs("vessel-init is started by vessel-warden in a container\n", stderr);
        return 2;
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (strcmp(argv[1], "init") == 0)
        execute(argv);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pid_t program = fork();
    if (program == 0)
        execute(argv);
    if (program < 0) {
        report(errno);
        return FAILED;
    }
    /* Nothing of the host is open in the container from here on. */
    for (int fd = 0; fd <= SOCKET; fd++)
        close(fd);
    look_after(program, &all);
}
