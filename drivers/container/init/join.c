/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brings a program into a container that runs: executed by the library in any program, from a
 * sealed memory file, so that nothing that runs inside can write to what is executed here.
 *
 * vessel-init join CWD USER KEPT FLAGS FIRST SCORE SIZE TASKS PATH ARGV…
 *   USER: "USER[:GROUP]", looked up in the container's files; "" is its root.
 *   KEPT: the capabilities of the container. FLAGS: 'n' no_new_privs, 'h' HOME is the user's,
 * 't' it has a time namespace, 'u' no filter of system calls, 'f' one of its own, 'c' PATH ARGV…
 * are those of a copy (copy.c), which this process does itself. FIRST: the container's first
 * process, as the caller numbers it. SCORE: its OOM score.
 *   SIZE: "" or "ROWSxCOLUMNS" of a terminal to make. TASKS: how many v1 groups to join. PATH is
 *   looked for in the environment's PATH, and the environment is the program's.
 * Descriptors: 3 a socket to the library, 4 a pidfd of the container's first process, 5-7 standard
 * input, output and error, 8 the root of that process, 9… the groups' `tasks`; then that filter.
 *
 * Two processes. The first goes into the namespaces and stays outside of the PID namespace, where
 * nobody inside can see it; it follows no path of the container's, so nothing inside can hold it
 * up. It ends the other when the socket ends. The second does what the container might delay, and
 * becomes the program.
 *
 * On the socket, JSON messages. To the library: {"terminal":true} with the terminal's far end;
 * {"running":true}, or {"step":WORD,"errno":N} and the end; {"status":N} or {"signal":N} at the
 * program's end. From it: {"signal":N} for the program and what is in its process group. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "container/engine/seccomp.h"
#include "container/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define TARGET 4
#define STDIO 5
#define ROOT 8
#define TASKS 9
#define RESULT 4 /* in the second process: written to when it fails, closed when it is executed */

#define NAMESPACES                                                                                 \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |     \
     CLONE_NEWCGROUP)
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80 /* glibc 2.36 */
#endif
#define DATABASE_MAX (1 << 20)

enum { CWD = 2, USER, KEPT, FLAGS, FIRST, SCORE, SIZE, TASKS_COUNT, PATH };

typedef struct {
    uid_t uid;
    gid_t gid;
    gid_t groups[GROUPS_MAX];
    size_t count;
} User;

/* ---- talking to the library ---- */

void say(const char *text, int fd)
{
    char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec data = {.iov_base = (void *)(size_t)text, .iov_len = strlen(text)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    while (sendmsg(SOCKET, &message, MSG_NOSIGNAL) < 0 && errno == EAGAIN) {
        struct pollfd room = {.fd = SOCKET, .events = POLLOUT};
        poll(&room, 1, -1);
    }
}

static void __attribute__((noreturn)) fail_at(const char *step)
{
    char text[96];
    snprintf(text, sizeof text, "{\"step\":\"%s\",\"errno\":%d}", step, errno ? errno : EIO);
    say(text, -1);
    _exit(FAILED);
}

static void say_end(int status)
{
    char text[32];
    if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "{\"signal\":%d}", WTERMSIG(status));
    else
        snprintf(text, sizeof text, "{\"status\":%d}", WEXITSTATUS(status));
    say(text, -1);
}

/* ---- the first process ---- */

/* What was the caller's and would be felt by the program. */
static void reset(const char *score)
{
    static const unsigned long every[8192 / (8 * sizeof(unsigned long))] = {
        [0 ... 8192 / (8 * sizeof(unsigned long)) - 1] = ~0ul};
    struct sched_param usual = {0};
    sched_setscheduler(0, SCHED_OTHER, &usual);
    setpriority(PRIO_PROCESS, 0, 0);
    syscall(SYS_sched_setaffinity, 0, sizeof every, every);
    umask(0022);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, score, strlen(score)) >= 0;
    if (!written && strcmp(score, "0") != 0) /* else the caller's stays in force */
        fail_at("score");
    close(fd);
}

/* The definition may have given it more than the caller has; from inside none of it is to be had.
 */
static void raise_limits(pid_t first)
{
    struct rlimit theirs, ours;
    for (int i = 0; i < RLIMIT_NLIMITS; i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)i;
        if (prlimit(first, resource, NULL, &theirs) < 0 || getrlimit(resource, &ours) < 0 ||
            theirs.rlim_max <= ours.rlim_max)
            continue;
        ours.rlim_max = theirs.rlim_max;
        setrlimit(resource, &ours);
    }
}

static void join_groups(int count)
{
    for (int i = 0; i < count; i++) {
        if (write(TASKS + i, "0", 1) != 1)
            fail_at("group");
        close(TASKS + i);
    }
}

static void end_program(pid_t program, int number)
{
    if (kill(-program, number) < 0 || number == SIGKILL)
        kill(program, number);
}

/* False at the socket's end: whoever wanted the program is gone. */
static bool obey(pid_t program)
{
    char text[64];
    ssize_t got = recv(SOCKET, text, sizeof text - 1, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    text[got] = '\0';
    int number = atoi(text + strcspn(text, "0123456789"));
    if (number > 0)
        end_program(program, number);
    return true;
}

static int __attribute__((noreturn)) watch(pid_t program, int result)
{
    struct pollfd fds[] = {{.fd = (int)syscall(SYS_pidfd_open, program, 0), .events = POLLIN},
                           {.fd = result, .events = POLLIN},
                           {.fd = SOCKET, .events = POLLIN}};
    bool failed = false;
    int status = 0;
    char byte;
    while (!(fds[0].revents & POLLIN)) {
        if (poll(fds, 3, -1) < 0)
            continue;
        if (fds[1].revents) {
            failed = read(result, &byte, 1) == 1;
            if (!failed)
                say("{\"running\":true}", -1);
            fds[1].fd = -1;
            fds[1].revents = 0;
        }
        if (fds[2].revents && !obey(program)) {
            end_program(program, SIGKILL);
            fds[2].fd = -1;
            fds[2].revents = 0;
        }
    }
    while (waitpid(program, &status, 0) < 0 && errno == EINTR)
        ;
    if (!failed)
        say_end(status);
    _exit(0);
}

/* ---- the second process ---- */

static void __attribute__((noreturn)) give_up(const char *step)
{
    int errnum = errno;
    if (write(RESULT, "", 1) < 0)
        errnum = errno;
    errno = errnum;
    fail_at(step);
}

static FILE *open_database(const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
                           .resolve = RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= DATABASE_MAX)
        return fdopen(fd, "r");
    if (fd >= 0) {
        close(fd);
        errno = EINVAL; /* whatever it is, it is no such file */
    }
    return NULL;
}

static bool is_number(const char *word, uint64_t *id)
{
    char *end;
    errno = 0;
    *id = strtoull(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && !errno && *id < UINT32_MAX;
}

static void add_memberships(const char *name, User *user)
{
    FILE *file = open_database("/etc/group");
    for (struct group *entry; file && (entry = fgetgrent(file));)
        for (char **member = entry->gr_mem; *member; member++)
            if (strcmp(*member, name) == 0 && user->count < GROUPS_MAX)
                user->groups[user->count++] = entry->gr_gid;
    if (file)
        fclose(file);
}

/* A number needs no entry; if there is one it tells the group and the home. */
static void find_user(const char *word, User *user, bool set_home)
{
    uint64_t id;
    bool number = is_number(word, &id), found = false;
    FILE *file = open_database("/etc/passwd");
    if (!file && !number)
        give_up("user");
    *user = (User){.uid = (uid_t)id};
    for (struct passwd *entry; file && !found && (entry = fgetpwent(file));) {
        found = number ? entry->pw_uid == id : strcmp(entry->pw_name, word) == 0;
        if (!found)
            continue;
        *user = (User){.uid = entry->pw_uid, .gid = entry->pw_gid};
        if (set_home)
            setenv("HOME", *entry->pw_dir ? entry->pw_dir : "/", 1);
        add_memberships(entry->pw_name, user);
    }
    if (!found && !number) {
        errno = ENOENT;
        give_up("user");
    }
}

static void find_group(const char *word, User *user)
{
    uint64_t id;
    if (is_number(word, &id)) {
        user->gid = (gid_t)id;
        return;
    }
    FILE *file = open_database("/etc/group");
    for (struct group *entry; file && (entry = fgetgrent(file));)
        if (strcmp(entry->gr_name, word) == 0) {
            user->gid = entry->gr_gid;
            return; /* the file goes at the exec */
        }
    if (file)
        errno = ENOENT;
    give_up("group-name");
}

static void choose_user(char **argv, User *user)
{
    char *group = strchr(argv[USER], ':');
    if (!*argv[USER])
        return;
    if (group)
        *group++ = '\0';
    find_user(argv[USER], user, strchr(argv[FLAGS], 'h') != NULL);
    if (group && *group)
        find_group(group, user);
}

/* In a user namespace of one id the kernel refuses setgroups(2), and there are none to lose but
 * those that say nothing inside. */
static bool become(const User *user)
{
    if (setgroups(user->count, user->groups) < 0 && (errno != EPERM || user->count > 0))
        return false;
    return setresgid(user->gid, user->gid, user->gid) == 0 &&
           setresuid(user->uid, user->uid, user->uid) == 0;
}

/* As the container's first process has them, as far as more is not to be had. */
static void take_limits(void)
{
    struct rlimit theirs, ours;
    for (int i = 0; i < RLIMIT_NLIMITS; i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)i;
        if (prlimit(1, resource, NULL, &theirs) < 0 || getrlimit(resource, &ours) < 0 ||
            setrlimit(resource, &theirs) == 0)
            continue;
        if (theirs.rlim_max > ours.rlim_max)
            theirs.rlim_max = ours.rlim_max;
        if (theirs.rlim_cur > theirs.rlim_max)
            theirs.rlim_cur = theirs.rlim_max;
        setrlimit(resource, &theirs);
    }
}

/* What is there may be anything by now, but no device other than those it was given. */
static int make_terminal(char **argv, const User *user)
{
    struct winsize size = {0};
    struct stat st;
    int unlocked = 0, far = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (far < 0 || fstat(far, &st) < 0)
        give_up("terminal");
    errno = ENOTTY;
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2) ||
        ioctl(far, TIOCSPTLCK, &unlocked) < 0)
        give_up("terminal");
    int near = ioctl(far, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (near < 0 || fchown(near, user->uid, (gid_t)-1) < 0)
        give_up("terminal");
    if (sscanf(argv[SIZE], "%hux%hu", &size.ws_row, &size.ws_col) == 2)
        ioctl(far, TIOCSWINSZ, &size);
    say("{\"terminal\":true}", far);
    return near;
}

/* 0, 1 and 2 are all that goes in. */
static void arrange_descriptors(int terminal)
{
    for (int i = 0; i < 3; i++)
        if (dup2(terminal >= 0 ? terminal : STDIO + i, i) < 0)
            give_up("descriptors");
    if (terminal >= 0 && ioctl(0, TIOCSCTTY, 0) < 0)
        give_up("terminal");
    fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
    if (syscall(SYS_close_range, RESULT + 1U, ~0U, 0U) < 0)
        give_up("descriptors");
}

static struct sock_filter filter_program[BPF_MAXINSNS];
static size_t filter_length; /* 0: none */

/* While it may still be read. */
static void take_filter(const char *flags, int fd, uint64_t kept)
{
    if (strchr(flags, 'u'))
        return;
    if (!strchr(flags, 'f')) {
        filter_length = vessel__seccomp_length;
        if (filter_length > BPF_MAXINSNS)
            fail_at("filter");
        vessel__seccomp_fill(filter_program, kept);
        return;
    }
    ssize_t size = pread(fd, filter_program, sizeof filter_program, 0);
    if (size <= 0)
        fail_at("filter");
    filter_length = (size_t)size / sizeof *filter_program;
    close(fd);
}

/* The same, and in the same order, as for the container's own program (engine/privileges.c). */
static void drop(uint64_t kept, bool no_new_privs)
{
    struct sock_fprog filter = {.len = (unsigned short)filter_length, .filter = filter_program};
    for (int cap = 0; cap <= 63; cap++)
        if (!(kept >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL)
            give_up("capabilities");
    if (filter_length > 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
        give_up("filter");
    if (no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        give_up("capabilities");
}

/* Any other than root has lost them by becoming what it is. */
static void keep_of_root(uint64_t kept)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    for (int i = 0; i < 2; i++)
        data[i].permitted = data[i].effective = (uint32_t)(kept >> (32 * i));
    if (geteuid() == 0 && syscall(SYS_capset, &header, data) < 0)
        give_up("capabilities");
}

/* The first process may have been killed before this one asked to end with it. */
static void end_with_the_first(void)
{
    struct pollfd reader = {.fd = RESULT};
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (poll(&reader, 1, 0) > 0 && reader.revents & POLLERR)
        _exit(FAILED);
}

static void __attribute__((noreturn)) run_program(char **argv)
{
    User root = {0}, user = {0};
    uint64_t kept = strtoull(argv[KEPT], NULL, 10);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    end_with_the_first();
    if (!become(&root))
        give_up("identity");
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    end_with_the_first();
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
        give_up("keyring");
    choose_user(argv, &user);
    take_limits();
    setsid();
    arrange_descriptors(*argv[SIZE] ? make_terminal(argv, &user) : -1);
    drop(kept, strchr(argv[FLAGS], 'n') != NULL);
    if (!become(&user))
        give_up("identity");
    keep_of_root(kept);
    end_with_the_first();
    if (strchr(argv[FLAGS], 'c')) {
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        close(RESULT);
        _exit(copy_files(argv + PATH));
    }
    if (chdir(argv[CWD]) < 0)
        give_up("directory");
    execvp(argv[PATH], argv + PATH);
    give_up("program");
}

int join_container(char **argv)
{
    int ends[2];
    prctl(PR_SET_NAME, "vessel-init", 0, 0, 0);
    reset(argv[SCORE]);
    prctl(PR_SET_DUMPABLE, 0, 0, 0,
          0); /* before it is in there: then its files are the host's root's */
    raise_limits(atoi(argv[FIRST]));
    int groups = atoi(argv[TASKS_COUNT]);
    join_groups(groups);
    take_filter(argv[FLAGS], TASKS + groups, strtoull(argv[KEPT], NULL, 10));
    int namespaces = strchr(argv[FLAGS], 't') ? NAMESPACES | CLONE_NEWTIME : NAMESPACES;
    if (syscall(SYS_setns, TARGET, namespaces) < 0)
        fail_at("namespaces");
    /* It leads to what is mounted over the root last, which need not be what those inside see. */
    if (fchdir(ROOT) < 0 || chroot(".") < 0)
        fail_at("root");
    close(ROOT);
    close(TARGET);
    if (pipe2(ends, O_CLOEXEC) < 0)
        fail_at("descriptors");
    pid_t program = fork();
    if (program < 0)
        fail_at("process");
    if (program == 0) {
        dup3(ends[1], RESULT, O_CLOEXEC);
        run_program(argv);
    }
    for (int i = 0; i < 3; i++)
        close(STDIO + i);
    close(ends[1]);
    watch(program, ends[0]);
}
