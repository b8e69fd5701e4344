/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A static program for the insides of test containers: it does what its argument says. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "tests/lib/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void show_file(const char *path)
{
    char line[4096];
    FILE *file = fopen(path, "re");
    printf("[%s]\n", path);
    while (file && fgets(line, sizeof line, file))
        fputs(line, stdout);
    if (file)
        fclose(file);
}

/* Without the one that the listing itself needs. */
static void show_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    printf("descriptors:");
    while (dir && (entry = readdir(dir)))
        if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(dir))
            printf(" %s", entry->d_name);
    printf("\n");
    if (dir)
        closedir(dir);
}

static void show_names(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    printf("names in %s:", path);
    while (dir && (entry = readdir(dir)))
        if (*entry->d_name != '.')
            printf(" %s", entry->d_name);
    printf("\n");
    if (dir)
        closedir(dir);
}

static int show_facts(char **argv)
{
    char name[256] = "", cwd[4096] = "";
    gethostname(name, sizeof name - 1);
    show_descriptors();
    printf("ids: %u %u\nhostname: %s\ncwd: %s\npid: %d parent: %d\n", getuid(), getgid(), name,
           getcwd(cwd, sizeof cwd), getpid(), getppid());
    for (char **arg = argv; *arg; arg++)
        printf("arg: %s\n", *arg);
    for (char **env = environ; *env; env++)
        printf("env: %s\n", *env);
    show_names("/");
    show_names("/dev");
    show_file("/proc/self/mountinfo");
    show_file("/proc/self/status");
    show_file("/proc/self/uid_map");
    show_file("/proc/self/cgroup");
    show_file("/proc/net/dev");
    return 0;
}

static int show_facts_to_the_end(char **argv)
{
    show_facts(argv);
    printf("that is all\n");
    return 0;
}

/* What root of a container might try against its host: each line says how the kernel answered. */
void try(const char *what, int code)
{
    printf("%s: %s\n", what, code < 0 ? strerror(errno) : "done");
}

static int try_to_escape(char **argv UNUSED)
{
    try("mount", mount("none", "/tmp", "tmpfs", 0, NULL));
    try("remount proc/sys", mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL));
    try("umount mask", umount2("/proc/keys", MNT_DETACH));
    try("mknod", mknod("/tmp/sda", S_IFBLK | 0600, 0x800));
    try("sysrq", open("/proc/sysrq-trigger", O_WRONLY));
    try("core_pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY));
    try("kcore", open("/proc/kcore", O_RDONLY) < 0
                     ? -1
                     : (int)read(open("/proc/kcore", O_RDONLY), &(char){0}, 1) - 1);
    try("init's memory", open("/proc/1/mem", O_RDWR));
    try("init's program", open("/proc/1/exe", O_WRONLY));
    try("reboot", reboot(RB_AUTOBOOT));
    try("sethostname", sethostname("other", 5));
    printf("that is all\n");
    return 0;
}

/* Keys of whoever started it or brought it in, by every call there is; process 1; and the files
 * that are its standard streams. Each line says how the kernel answered. "given [once]" */
static int try_what_it_was_given(char **argv)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {(void *)environ, 1};
    try("request_key", (int)syscall(SYS_request_key, "user", "vt-secret", NULL, 0));
    try("search", (int)syscall(SYS_keyctl, 10, -3, "user", "vt-secret", 0)); /* KEYCTL_SEARCH */
    try("read", (int)syscall(SYS_keyctl, 11, -3, &byte, 1));                 /* KEYCTL_READ */
    try("add_key", (int)syscall(SYS_add_key, "user", "vt-mine", "x", 1, -3));
    try("keys", open("/proc/keys", O_RDONLY) < 0
                    ? -1
                    : (int)read(open("/proc/keys", O_RDONLY), &byte, 1) - 1);
    try("attach", (int)ptrace(PTRACE_ATTACH, 1, NULL, NULL));
    try("seize", (int)ptrace(PTRACE_SEIZE, 1, NULL, NULL));
    try("memory of 1", (int)process_vm_readv(1, &here, 1, &there, 1, 0));
    try("descriptor of 1", (int)syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 0, 0));
    for (int fd = 0; fd < 3; fd++) {
        try("owner", fchown(fd, 0, 0));
        try("mode", fchmod(fd, 04777));
    }
    printf("that is all\n");
    while (!argv[2])
        pause();
    return 0;
}

/* With the capabilities of an init system. What is mounted over /proc is in its way no longer. */
static int try_to_escape_as_init(char **argv UNUSED)
{
    static const char *const masks[] = {"/proc/sys", "/proc/kcore",         "/proc/keys",
                                        "/proc/fs",  "/proc/sysrq-trigger", "/proc/irq",
                                        "/proc/bus"};
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
        umount2(masks[i], MNT_DETACH);
    mkdir("/tmp/sys", 0700);
    mkdir("/tmp/groups", 0700);
    mount("none", "/tmp/sys", "sysfs", 0, NULL);
    mount("none", "/tmp/groups", "cgroup", 0, "devices");
    try("sysrq", open("/proc/sysrq-trigger", O_WRONLY));
    try("core_pattern", open("/proc/sys/kernel/core_pattern", O_WRONLY));
    try("modprobe", open("/proc/sys/kernel/modprobe", O_WRONLY));
    try("kcore", open("/proc/kcore", O_RDONLY));
    try("uevent_helper", open("/tmp/sys/kernel/uevent_helper", O_WRONLY));
    try("devices.allow", open("/tmp/groups/devices.allow", O_WRONLY));
    try("release_agent", open("/tmp/groups/release_agent", O_WRONLY));
    try("mknod", mknod("/tmp/sda", S_IFBLK | 0600, 0x800));
    try("disk", mount("/dev/null", "/tmp/sys", "ext4", 0, NULL));
    try("module", (int)syscall(SYS_init_module, "", 0, ""));
    try("clock", settimeofday(&(struct timeval){.tv_sec = 1}, NULL));
    try("handle", (int)syscall(SYS_open_by_handle_at, AT_FDCWD, "\0\0\0\0\0\0\0\0\0", O_RDONLY));
    try("memory of the kernel", open("/dev/mem", O_RDONLY));
    printf("that is all\n");
    return 0;
}

/* What its definition says of mounts. A copy of one, in mounts of its own as well, is no better. */
static int try_to_undo(char **argv UNUSED)
{
    mkdir("/tmp/copy", 0700);
    printf("rw is %s\n", open("/rw/file", O_WRONLY) >= 0 ? "writable" : strerror(errno));
    for (int i = 0; i < 2; i++) {
        try("ro writable", mount(NULL, "/ro", NULL, MS_REMOUNT | MS_BIND | MS_NODEV, NULL));
        mount("/ro", "/tmp/copy", NULL, MS_BIND, NULL);
        try("copy writable", mount(NULL, "/tmp/copy", NULL, MS_REMOUNT | MS_BIND | MS_NODEV, NULL));
        try("write to ro", open("/ro/file", O_WRONLY));
        try("write to copy", open("/tmp/copy/file", O_WRONLY));
        try("programs on rw", mount(NULL, "/rw", NULL, MS_REMOUNT | MS_BIND | MS_NODEV, NULL));
        try("program on rw", execl("/rw/inside", "/rw/inside", "exit", NULL));
        try("devices on rw", mount(NULL, "/rw", NULL, MS_REMOUNT | MS_BIND, NULL));
        try("devices on the root", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
        try("device", open("/rw/zero", O_RDONLY));
        unshare(CLONE_NEWNS);
    }
    printf("that is all\n");
    return 0;
}

static int echo(char **argv UNUSED)
{
    char line[1024];
    printf("ready\n");
    while (fgets(line, sizeof line, stdin))
        printf("heard %s", line);
    return 0;
}

/* What its standard streams are; the last line is on the third. */
static int show_streams(char **argv UNUSED)
{
    for (int fd = 0; fd < 3; fd++) {
        struct stat st = {0};
        fstat(fd, &st);
        printf("stream %d: %s, of %u, mode %o\n", fd,
               isatty(fd)             ? "terminal"
               : S_ISFIFO(st.st_mode) ? "pipe"
               : S_ISREG(st.st_mode)  ? "file"
               : S_ISCHR(st.st_mode)  ? "device"
                                      : "other",
               st.st_uid, st.st_mode & 07777);
    }
    printf("stdout: %s\n", open("/dev/stdout", O_WRONLY) >= 0 ? "opens" : strerror(errno));
    fprintf(stderr, "that is all\n");
    pause();
    return 0;
}

/* A tree of one's own: deep, closed, and with more in each directory than in one reading. */
static int make_tree(char **argv)
{
    char name[32];
    if (mkdir(argv[2], 0700) < 0 || chdir(argv[2]) < 0)
        return 1;
    for (int depth = 0; depth < 200; depth++) {
        for (int i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "file %d", i);
            close(open(name, O_WRONLY | O_CREAT, 0600));
        }
        if (mkdir("empty", 0) < 0 || mkdir("next", 0700) < 0 || symlink("/etc", "link") < 0 ||
            chdir("next") < 0 || chmod("..", 0100) < 0)
            return 2;
    }
    return 0;
}

/* How many lines came before "end". */
static int count_lines(char **argv UNUSED)
{
    char line[1024];
    int count = 0;
    printf("ready\n");
    while (fgets(line, sizeof line, stdin) && strcmp(line, "end\n") != 0)
        count++;
    printf("lines: %d\n", count);
    return 0;
}

/* So many lines at each SIGUSR1, numbered from 1. */
static int say_much(char **argv)
{
    sigset_t set;
    int number, line = 0, lines = argv[2] ? atoi(argv[2]) : 1;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    printf("ready\n");
    while (sigwait(&set, &number) == 0)
        for (int i = 0; i < lines; i++)
            if (printf("line %d of what it says\n", ++line) < 0)
                return 3;
    return 0;
}

static int show_count(char **argv UNUSED)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    int count = 0;
    while (dir && (entry = readdir(dir)))
        count += atoi(entry->d_name) > 0;
    printf("processes: %d\n", count);
    if (dir)
        closedir(dir);
    return 0;
}

static int show_terminal(char **argv UNUSED)
{
    struct stat st = {0};
    fstat(0, &st);
    printf("terminal: %u %u %s\n", st.st_uid, st.st_gid,
           open("/dev/stdout", O_WRONLY) >= 0 ? "opens" : strerror(errno));
    pause();
    return 0;
}

static int show_size(char **argv UNUSED)
{
    struct winsize size = {0};
    for (int i = 0; i < 500; i++) {
        struct winsize now;
        if (ioctl(0, TIOCGWINSZ, &now) < 0)
            return 1;
        if (now.ws_row != size.ws_row || now.ws_col != size.ws_col)
            printf("size: %ux%u\n", now.ws_row, now.ws_col);
        size = now;
        usleep(10000);
    }
    return 0;
}

/* Whatever comes into the container beside us: can what it was before, or its descriptors, be had?
 * Says what could be. */
static void meddle_with(const char *pid)
{
    static const char *const files[] = {"exe", "fd/3", "fd/4", "fd/5"};
    char path[64], target[256];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        if (length > 0 && strcmp(target, "/inside") != 0)
            printf("could: %s (%s)\n", path, target);
    }
}

static int meddle(char **argv UNUSED)
{
    printf("meddling\n");
    for (;;) {
        DIR *dir = opendir("/proc");
        struct dirent *entry;
        while (dir && (entry = readdir(dir)))
            if (atoi(entry->d_name) > 2 && atoi(entry->d_name) != getpid())
                meddle_with(entry->d_name);
        if (dir)
            closedir(dir);
    }
    return 0;
}

static int fork_away(char **argv UNUSED)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            pause();
            _exit(0);
        }
        _exit(0);
    }
    wait(NULL);
    return 0; /* the grandchild is left to process 1 */
}

static int bomb(char **argv UNUSED)
{
    int count = 0;
    while (count < 100000) {
        pid_t pid = fork();
        if (pid == 0)
            for (;;)
                pause();
        if (pid < 0)
            break;
        count++;
    }
    printf("processes: %d %s\n", count, strerror(errno));
    pause();
    return 0;
}

static int hog(char **argv UNUSED)
{
    for (size_t total = 0;; total += 1 << 20) {
        char *block = malloc(1 << 20);
        if (!block)
            return 1;
        memset(block, 1, 1 << 20);
    }
}

/* As systemd does: SIGRTMIN+3 is power-off, SIGINT a reboot. */
int be_init(char **argv UNUSED)
{
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 3);
    sigaddset(&set, SIGRTMIN + 5);
    sigprocmask(SIG_SETMASK, &set, NULL);
    printf(
        "init is %d, /run %s, groups %s\n", getpid(), mkdir("/run/mine", 0700) == 0 ? "ok" : "no",
        mkdir("/sys/fs/cgroup/mine", 0700) == 0 || mkdir("/sys/fs/cgroup/systemd/mine", 0700) == 0
            ? "ok"
            : strerror(errno));
    sigwait(&set, &number);
    return reboot(number == SIGRTMIN + 3 ? RB_POWER_OFF : RB_AUTOBOOT);
}

static int change_files(char **argv UNUSED)
{
    FILE *file = fopen("/etc/changed", "we");
    printf("etc: %s", file ? "written" : strerror(errno));
    if (file)
        fclose(file);
    printf(", inside: %s", unlink("/inside") == 0 ? "removed" : strerror(errno));
    printf(", layer: %s\n", access("/etc/layer", F_OK) == 0 ? "there" : "missing");
    pause();
    return 0;
}

/* What a filter of the definition's may answer in its own way. */
static int show_calls(char **argv UNUSED)
{
    try("mkdir", mkdir("/tmp/made", 0700));
    rmdir("/tmp/made");
    try("sethostname", sethostname("other", 5));
    show_file("/proc/self/status");
    printf("that is all\n");
    return 0;
}

/* Clocks of the host's are much the same while the test runs. */
static int show_clocks(char **argv UNUSED)
{
    struct timespec monotonic, boottime;
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_BOOTTIME, &boottime);
    printf("monotonic: %lld\nboottime: %lld\n", (long long)monotonic.tv_sec,
           (long long)boottime.tv_sec);
    show_file("/proc/self/timens_offsets");
    FILE *file = fopen("/proc/uptime", "re");
    long long uptime = -1;
    if (file && fscanf(file, "%lld", &uptime) == 1)
        printf("uptime: %lld\n", uptime);
    printf("that is all\n");
    return 0;
}

/* Mode and owner, before it changes them and after. */
static int change_root(char **argv)
{
    const char *path = argv[2] ? argv[2] : "/";
    struct stat before = {0}, after = {0};
    stat(path, &before);
    int code = chmod(path, 0750) < 0 || chown(path, 33, 34) < 0 ? errno : 0;
    stat(path, &after);
    printf("root: %o %u %u, then %o %u %u (%d)\n", before.st_mode & 07777, before.st_uid,
           before.st_gid, after.st_mode & 07777, after.st_uid, after.st_gid, code);
    pause();
    return 0;
}

/* Something else is mounted over its root, which it goes on to see. */
static int cover_root(char **argv UNUSED)
{
    try("covered", mount("none", "/", "tmpfs", 0, NULL));
    pause();
    return 0;
}

/* Limits, and what of its caller a program could still have. */
static int show_limits(char **argv UNUSED)
{
    show_file("/proc/self/limits");
    show_file("/proc/self/status");
    show_file("/proc/self/oom_score_adj");
    printf("that is all\n");
    return 0;
}

/* As systemd does once nothing is in the group itself; v2 alone. */
static void hand_down(const char *top)
{
    char path[64];
    snprintf(path, sizeof path, "%s/cgroup.subtree_control", top);
    FILE *file = fopen(path, "we");
    int written = file && fputs("+memory +pids", file) >= 0;
    written = file && fclose(file) == 0 && written;
    printf("handed down: %s\n", written ? "ok" : "no");
}

/* An init that makes groups in groups, and itself goes to one with an odd name. */
static void nest(int depth)
{
    static const char *const tops[] = {"/sys/fs/cgroup/systemd", "/sys/fs/cgroup"};
    int made = 0;
    for (size_t i = 0; i < 2 && made == 0; i++) {
        if (chdir(tops[i]) < 0 || mkdir("..odd", 0755) < 0)
            continue;
        FILE *file = fopen("..odd/cgroup.procs", "we");
        int moved = file && fputs("1", file) >= 0;
        moved = file && fclose(file) == 0 && moved;
        while (made < depth && mkdir("x", 0755) == 0 && mkdir("y", 0755) == 0 && chdir("x") == 0)
            made++;
        printf("nested %d, %s\n", made, moved ? "moved" : "not moved");
        hand_down(tops[i]);
    }
    if (chdir("/") < 0)
        exit(1);
}

void ignore(int number)
{
    (void)number;
}

/* Its child is killed for memory; it lives on, and so when its console ends. */
static int lose_child_after(unsigned seconds)
{
    int status = 0;
    signal(SIGHUP, ignore);
    printf("ready\n");
    pid_t pid = fork();
    if (pid == 0) {
        sleep(seconds);
        _exit(hog(NULL));
    }
    waitpid(pid, &status, 0);
    printf("child: signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    for (;;)
        pause();
}

static int lose_child(char **argv UNUSED)
{
    return lose_child_after(0);
}

static int lose_child_later(char **argv UNUSED)
{
    return lose_child_after(2);
}

/* It lives until it is told by SIGUSR1, and whatever becomes of its console. */
static int obey(char **argv)
{
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGHUP, ignore);
    printf("ready\n");
    sigwait(&set, &number);
    return argv[2] ? atoi(argv[2]) : 0;
}

static long long now_us(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

/* How much processor time it gets in a second. */
static int burn(char **argv UNUSED)
{
    long long begin = now_us(CLOCK_MONOTONIC), wall, used;
    do {
        wall = now_us(CLOCK_MONOTONIC) - begin;
    } while (wall < 1000000);
    used = now_us(CLOCK_PROCESS_CPUTIME_ID);
    printf("burnt: %lld of %lld\n", used, wall);
    show_file("/proc/self/status");
    printf("that is all\n");
    pause();
    return 0;
}

/* Two names change places, for ever. */
static int swap(char **argv)
{
    printf("swapping\n");
    fflush(stdout);
    for (;;)
        if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE) < 0)
            return 1;
}

/* What the driver makes in a root changes places with others, for all who share that root: after
 * what is mounted there is taken off. */
static int swap_ours(char **argv UNUSED)
{
    static const char *const names[] = {"proc", "sys", "dev"};
    char other[16];
    umount2("/run", MNT_DETACH);
    for (int i = 0; i < 3; i++)
        if (chdir("/") < 0 || umount2(names[i], MNT_DETACH) < 0)
            return 1;
    printf("swapping\n");
    for (unsigned i = 0;; i++) {
        snprintf(other, sizeof other, "%s.dir", names[i % 3]);
        mkdir(other, 0755);
        if (renameat2(AT_FDCWD, names[i % 3], AT_FDCWD, other, RENAME_EXCHANGE) < 0)
            return 1;
        usleep(100);
        renameat2(AT_FDCWD, names[i % 3], AT_FDCWD, other, RENAME_EXCHANGE);
        usleep(200);
    }
}

/* A file that has no end. */
static int grow(char **argv)
{
    static char block[65536];
    int fd = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
    printf("growing\n");
    fflush(stdout);
    while (write(fd, block, sizeof block) > 0)
        usleep(1000);
    return 1;
}

/* In the place of slirp4netns. */
static int say_without_end(char **argv UNUSED)
{
    static const char message[4096] = "words without end\n";
    for (;;)
        (void)!write(2, message, sizeof message);
    return 0;
}

static int open_one(char **argv)
{
    try("open", open(argv[2] ? argv[2] : "", O_RDWR));
    return 0;
}

static int hang(char **argv)
{
    return serve_nothing(argv[2]);
}

static int end(char **argv)
{
    return argv[2] ? atoi(argv[2]) : 0;
}

static int end_by_signal(char **argv UNUSED)
{
    abort();
}

static int be_nested_init(char **argv)
{
    nest(argv[2] ? atoi(argv[2]) : 0);
    return be_init(argv);
}

static int be_stubborn(char **argv UNUSED)
{
    signal(SIGTERM, ignore);
    signal(SIGHUP, ignore); /* the console's end is none of it */
    printf("ready\n");
    return 0;
}

/* A word's arguments begin at argv[2]. */
static const struct {
    const char *word;
    int least; /* arguments; with fewer the word does nothing but wait */
    int (*run)(char **argv);
    bool stays; /* once that has returned; else its value is the exit status */
} words[] = {
    {"--disable-host-loopback", 0, say_without_end, false},
    {"abort", 0, end_by_signal, false},
    {"bomb", 0, bomb, false},
    {"burn", 0, burn, false},
    {"calls", 0, show_calls, true},
    {"calls-once", 0, show_calls, false},
    {"change", 0, change_files, false},
    {"change-interface", 3, change_interface, false},
    {"change-root", 0, change_root, false},
    {"clocks", 0, show_clocks, true},
    {"clocks-once", 0, show_clocks, false},
    {"count", 0, show_count, false},
    {"count-lines", 0, count_lines, true},
    {"count-lines-once", 0, count_lines, false},
    {"cover-root", 0, cover_root, false},
    {"echo", 0, echo, false},
    {"escape", 0, try_to_escape, true},
    {"escape-init", 0, try_to_escape_as_init, true},
    {"exit", 0, end, false},
    {"facts", 0, show_facts_to_the_end, true},
    {"fork-away", 0, fork_away, false},
    {"given", 0, try_what_it_was_given, false},
    {"grow", 1, grow, false},
    {"hang", 1, hang, false},
    {"hog", 0, hog, false},
    {"init", 0, be_nested_init, false},
    {"limits", 0, show_limits, true},
    {"limits-once", 0, show_limits, false},
    {"lose-child", 0, lose_child, false},
    {"lose-child-later", 0, lose_child_later, false},
    {"meddle", 0, meddle, false},
    {"much", 0, say_much, false},
    {"net", 0, show_network, false},
    {"obey", 0, obey, false},
    {"open", 0, open_one, true},
    {"reach", 2, reach, false},
    {"show", 0, show_facts, false},
    {"size", 0, show_size, false},
    {"streams", 0, show_streams, false},
    {"stubborn", 0, be_stubborn, true},
    {"swap", 2, swap, false},
    {"swap-ours", 0, swap_ours, false},
    {"terminal", 0, show_terminal, false},
    {"tree", 1, make_tree, false},
    {"undo", 0, try_to_undo, true},
    {"watch-cable", 1, watch_cable, false},
};

/* Without a word, or with one that is not above, such as "wait", it waits. */
int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; argc > 1 && i < sizeof words / sizeof *words; i++) {
        if (strcmp(argv[1], words[i].word) != 0 || argc < words[i].least + 2)
            continue;
        int status = words[i].run(argv);
        if (!words[i].stays)
            return status;
    }
    for (;;)
        pause();
}
