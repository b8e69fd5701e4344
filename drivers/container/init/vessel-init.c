/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-init: process 1 of a container that runs a program, what brings another program into
 * one (join.c), what copies files into one and out of it (copy.c), and what removes files
 * (remove.c). It is a static program without any library but the C library, since nothing of the
 * container may be loaded into it.
 *
 * vessel-init KIND UID GID GROUPS CWD PATH ARGV…
 *   KIND "program": starts PATH as its child, passes signals on to it, reaps what is left to it,
 * and ends as the program ended: its status, or 128 + the signal. "init": becomes PATH. Descriptor
 * 3 is a socket to the warden: {"errno": N} if PATH cannot be executed; its end says that it was.
 * Descriptor 4, of a program, is where to write how it ended: {"status": N} or {"signal": N}. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "container/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void report(int errnum)
{
    char message[32];
    int length = snprintf(message, sizeof message, "{\"errno\":%d}", errnum);
    send(SOCKET, message, (size_t)length, MSG_NOSIGNAL);
}

/* "4,27,100" */
static void parse_groups(char *text, User *user)
{
    for (char *rest = NULL, *word = strtok_r(text, ",", &rest); word && user->count < GROUPS_MAX;
         word = strtok_r(NULL, ",", &rest))
        user->groups[user->count++] = (gid_t)strtoul(word, NULL, 10);
}

/* In a user namespace of one id the kernel refuses setgroups(2), and there are none to lose but
 * those that say nothing inside. */
bool become(const User *user)
{
    if (setgroups(user->count, user->groups) < 0 && (errno != EPERM || user->count > 0))
        return false;
    return setresgid(user->gid, user->gid, user->gid) == 0 &&
           setresuid(user->uid, user->uid, user->uid) == 0;
}

static void __attribute__((noreturn)) execute(char **argv)
{
    User user = {.uid = (uid_t)strtoul(argv[2], NULL, 10),
                 .gid = (gid_t)strtoul(argv[3], NULL, 10)};
    sigset_t none;
    parse_groups(argv[4], &user);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    ioctl(0, TIOCSCTTY, 0); /* no terminal: nothing to control */
    fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
    if (become(&user) && chdir(argv[5]) == 0)
        execvp(argv[6], argv + 7);
    report(errno);
    _exit(FAILED);
}

/* Mapped, and closed: there is no descriptor of it for anybody to find, and it cannot grow. */
static char *record;

static void map_record(void)
{
    void *page = mmap(NULL, RECORD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, RECORD, 0);
    record = page == MAP_FAILED ? NULL : page;
    close(RECORD);
}

/* The last byte closes it: cut short it is no JSON, and nobody is told half of it. */
static void write_record(int status)
{
    char text[RECORD_SIZE];
    bool killed = WIFSIGNALED(status);
    int length = snprintf(text, sizeof text, "{\"%s\":%d", killed ? "signal" : "status",
                          killed ? WTERMSIG(status) : WEXITSTATUS(status));
    if (!record)
        return;
    memcpy(record, text, (size_t)length);
    __atomic_store_n(record + length, '}', __ATOMIC_RELEASE);
}

/* Ends as the program did. Whatever else there is ends with process 1. */
static void reap(pid_t program)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != program)
            continue;
        write_record(status);
        _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
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
    if (argc >= JOIN_ARGUMENTS && strcmp(argv[1], "join") == 0)
        return join_container(argv);
    if (argc == COPY_ARGUMENTS && strcmp(argv[1], "copy") == 0)
        return copy_outside(argv);
    if (argc == 3 && strcmp(argv[1], "remove") == 0)
        return remove_tree(argv[2]);
    if (argc < 8 || getpid() != 1) {
        fputs("vessel-init is started by vessel-warden in a container\n", stderr);
        return 2;
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (strcmp(argv[1], "init") == 0)
        execute(argv);
    map_record();
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pid_t program = fork();
    if (program == 0) {
        if (record)
            munmap(record, RECORD_SIZE);
        execute(argv);
    }
    if (program < 0) {
        report(errno);
        return FAILED;
    }
    /* Nothing of the host is open in the container from here on. */
    for (int fd = 0; fd <= SOCKET; fd++)
        close(fd);
    look_after(program, &all);
}
