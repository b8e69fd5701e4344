/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs with their own ideas of children, signals, descriptors, system calls, settings: a guest
 * lives its whole life in each, and the program finds nothing changed. */
#include "tests/lib/program.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

/* ---- children and their signals ---- */

static volatile sig_atomic_t chld_count;

static void count_chld(int signal_number)
{
    (void)signal_number;
    chld_count++;
}

static pid_t own_child(int wait_fd)
{
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        if (wait_fd >= 0)
            while (read(wait_fd, &byte, 1) < 0)
                ;
        _exit(7);
    }
    return pid;
}

static void program_counts_sigchld(void)
{
    struct sigaction action = {.sa_handler = count_chld, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    vt_program_whole_life();
    CHECK(chld_count == 0, "%d times SIGCHLD", (int)chld_count);
    /* The counter counts. */
    waitpid(own_child(-1), NULL, 0);
    CHECK(chld_count == 1, "%d times SIGCHLD for a child of its own", (int)chld_count);
}

typedef struct {
    pid_t seen[16];
    atomic_int count, stop;
} Waiter;

static void *wait_for_any(void *data)
{
    Waiter *waiter = data;
    while (!waiter->stop) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid > 0 && waiter->count < 16)
            waiter->seen[waiter->count++] = pid;
        else
            sched_yield();
    }
    return NULL;
}

static void program_waits_for_any(void)
{
    Waiter waiter = {0};
    pthread_t thread;
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    CHECK(pthread_create(&thread, NULL, wait_for_any, &waiter) == 0, "thread");
    vt_program_whole_life(); /* wait() finds no child at all */
    CHECK(waiter.count == 0, "wait(-1) saw %d", waiter.seen[0]);
    pid_t child = own_child(ends[0]);
    vt_program_whole_life(); /* wait() blocks */
    CHECK(waiter.count == 0, "wait(-1) saw %d beside %d", waiter.seen[0], child);
    waiter.stop = 1;
    close(ends[1]);
    CHECK(write(ends[1], "x", 1) < 0, "closed");
    kill(child, SIGKILL);
    pthread_join(thread, NULL);
    CHECK(waiter.count == 1 && waiter.seen[0] == child, "wait(-1) missed a child of its own");
}

static void program_ignores_sigchld(void)
{
    signal(SIGCHLD, SIG_IGN);
    vt_program_whole_life();
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    sigaction(SIGCHLD, &action, NULL);
    vt_program_whole_life();
}

/* A subreaper becomes the parent of our helpers, whether or not it cares for them. */
static void program_is_subreaper(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    vt_program_whole_life();
    vt_program_whole_life(); /* zombies of the first are there */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    Waiter waiter = {0};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, wait_for_any, &waiter) == 0, "thread");
    vt_program_whole_life(); /* one that reaps at once */
    waiter.stop = 1;
    pid_t child = own_child(-1);
    CHECK(child > 0, "fork");
    pthread_join(thread, NULL);
}

/* Every signal is blocked, or every signal has a handler that interrupts calls. */
static void nothing(int signal_number)
{
    (void)signal_number;
}

static void program_blocks_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    vt_program_whole_life();
}

static void program_gets_many_signals(void)
{
    struct sigaction action = {.sa_handler = nothing}; /* no SA_RESTART: EINTR everywhere */
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    VesselHost *host = vt_program_open(vt_program_root);
    for (int i = 0; i < 3; i++) {
        VesselDomain *domain = vt_program_define(host, "guest");
        vt_program_start(domain);
        vt_program_finish(domain);
    }
    vessel_host_unref(host);
    setitimer(ITIMER_REAL, &never, NULL);
}

/* ---- descriptors ---- */

static int open_many(int count)
{
    int fd = -1;
    vt_limit_descriptors((rlim_t)count + 100);
    for (int i = 0; i < count; i++)
        fd = dup(0); /* not close-on-exec */
    CHECK(fd >= count, "cannot open %d descriptors", count);
    return fd;
}

/* Whoever looks after the guest has none of them. */
static void check_strangers_descriptors(VesselDomain *domain)
{
    VtPids pids = vt_pids(vt_program_root, vessel_domain_get_uuid(domain));
    CHECK(pids.warden > 0 && pids.guest > 0, "no warden or guest in the state");
    for (int i = 0; i < 2; i++) {
        g_autofree char *path = g_strdup_printf("/proc/%d/fd", i ? pids.guest : pids.warden);
        int count = vt_count_entries(path);
        CHECK(count > 0 && count < 64, "%s has %d descriptors", i ? "QEMU" : "the warden", count);
    }
}

static void program_has_many_descriptors(void)
{
    open_many(1000);
    vt_limit_descriptors(1000 + 64);
    vt_program_whole_life();
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain *domain = vt_program_define(host, "guest");
    vt_program_start(domain);
    check_strangers_descriptors(domain);
    vt_program_finish(domain);
    vessel_host_unref(host);
}

/* With N descriptors left each call works or says that there are too few; none is lost. */
static void one_with_room(VesselHost *host, int used, int room, bool *worked)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    g_autofree char *xml = vt_idle_xml("guest", NULL);
    vt_limit_descriptors((rlim_t)(used + room));
    int code = vessel_domain_define(host, xml, NULL, &domain, &err);
    if (code == 0)
        code = vessel_domain_start(domain, NULL, NULL, &err);
    *worked = code == 0;
    CHECK(code == 0 || code == VESSEL_ERROR_NO_RESOURCE, "with room for %d: %s: %s", room,
          vessel_error_code_name(code), vt_text(err));
    vessel_error_free(err);
    vt_limit_descriptors((rlim_t)used + 200);
    int state = domain ? vessel_domain_state(domain, NULL, NULL) : VESSEL_DOMAIN_SHUT_OFF;
    CHECK(state == (*worked ? VESSEL_DOMAIN_RUNNING : VESSEL_DOMAIN_SHUT_OFF),
          "with room for %d it is %s", room, vessel_domain_state_name(state));
    if (*worked)
        GOOD(vessel_domain_destroy(domain, NULL, &err));
    vessel_domain_unref(domain);
}

static void program_runs_out_of_descriptors(void)
{
    bool worked = false;
    int used = open_many(100) + 1;
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain *domain = vt_program_define(host, "guest");
    vt_program_start(domain); /* whatever is opened once is open now */
    GOOD(vessel_domain_destroy(domain, NULL, &err));
    used = MAX(used, fcntl(0, F_DUPFD_CLOEXEC, 0));
    close(used);
    int descriptors = vt_count_entries("/proc/self/fd"), failures = 0;
    for (int room = 0; room < 48 && !worked; room++) {
        one_with_room(host, used, room, &worked);
        failures += !worked;
        int now = vt_count_entries("/proc/self/fd");
        CHECK(now == descriptors, "with room for %d: %d descriptors were open, now %d", room,
              descriptors, now);
    }
    CHECK(worked && failures > 2, "worked: %d, failures: %d", worked, failures);
    vt_limit_descriptors((rlim_t)used + 100);
    vt_program_start(domain);
    vt_program_finish(domain);
    vessel_host_unref(host);
}

/* ---- seccomp ---- */

static void forbid(const int *calls, size_t count, int errnum)
{
    struct sock_filter filter[64];
    unsigned short used = 0;
    filter[used++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        filter[used++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        filter[used++] = (struct sock_filter)BPF_STMT(
            BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)errnum & SECCOMP_RET_DATA));
    }
    filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = used, .filter = filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "seccomp");
}

/* What the C library itself does without, nobody misses. */
static void program_has_old_kernel_filter(void)
{
    static const int calls[] = {SYS_clone3,     SYS_faccessat2,     SYS_rseq,
                                SYS_statx,      SYS_epoll_pwait2,   SYS_io_uring_setup,
                                SYS_membarrier, SYS_copy_file_range};
    forbid(calls, G_N_ELEMENTS(calls), ENOSYS);
    vt_program_whole_life();
}

/* The helper inherits the filter, and the domain's notes say so. */
static void program_has_harmless_filter(void)
{
    static const int calls[] = {SYS_ptrace, SYS_kexec_load, SYS_bpf};
    bool said = false;
    forbid(calls, G_N_ELEMENTS(calls), EPERM);
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain *domain = vt_program_define(host, "guest");
    VesselDomainInfo *info = NULL;
    vt_program_start(domain);
    GOOD(vessel_domain_info(domain, &info, &err));
    for (const char *const *note = info->notes; note && *note; note++)
        said = said || strstr(*note, "seccomp");
    CHECK(said, "no note says that a seccomp filter is inherited");
    vessel_domain_info_free(info);
    vt_program_finish(domain);
    vessel_host_unref(host);
}

/* Works, or fails in words and in time, with nothing left. */
static const int sensible_codes[] = {VESSEL_OK,
                                     VESSEL_ERROR_DENIED,
                                     VESSEL_ERROR_UNSUPPORTED,
                                     VESSEL_ERROR_MISSING_FEATURE,
                                     VESSEL_ERROR_NO_RESOURCE,
                                     VESSEL_ERROR_IO,
                                     VESSEL_ERROR_HYPERVISOR_DIED};

static void check_sensible(const char *what, int code, const VesselError *err)
{
    bool fine = false;
    for (size_t i = 0; i < G_N_ELEMENTS(sensible_codes); i++)
        fine = fine || code == sensible_codes[i];
    CHECK(fine, "%s: %s: %s", what, vessel_error_code_name(code), vt_text(err));
}

static void sensible(const char *what)
{
    VesselHost *host = NULL;
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    g_autofree char *uri = vt_uri(vt_program_root), *xml = vt_idle_xml("guest", NULL);
    int64_t began = vt_now_us();
    int code = vessel_host_open(uri, NULL, &host, &err);
    if (code == 0)
        code = vessel_domain_define(host, xml, NULL, &domain, &err);
    if (code == 0)
        code = vessel_domain_start(domain, NULL, NULL, &err);
    int64_t took = (vt_now_us() - began) / 1000;
    CHECK(took < 15000, "%s: took %d ms", what, (int)took);
    check_sensible(what, code, err);
    if (code == 0)
        check_sensible(what, vessel_domain_destroy(domain, NULL, &err), err);
    else if (domain)
        CHECK(vessel_domain_state(domain, NULL, NULL) == VESSEL_DOMAIN_SHUT_OFF, "%s: not shut off",
              what);
    vessel_error_free(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void end_what_runs(void)
{
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain **list = NULL;
    GOOD(vessel_domain_list(host, VESSEL_DOMAIN_LIST_ACTIVE, &list, NULL, &err));
    for (VesselDomain **domain = list; *domain; domain++)
        GOOD(vessel_domain_destroy(*domain, NULL, &err));
    vessel_domain_list_free(list);
    vessel_host_unref(host);
}

static void program_has_strict_filter(void)
{
    static const struct {
        const char *name;
        int call, errnum;
    } all[] = {{"pidfd_open", SYS_pidfd_open, ENOSYS},
               {"pidfd_send_signal", SYS_pidfd_send_signal, ENOSYS},
               {"openat2", SYS_openat2, ENOSYS},
               {"close_range", SYS_close_range, ENOSYS},
               {"execveat", SYS_execveat, EPERM},
               {"execve", SYS_execve, EPERM},
               {"clone", SYS_clone, EPERM},
               {"memfd_create", SYS_memfd_create, ENOSYS},
               {"inotify_init1", SYS_inotify_init1, EPERM},
               {"socketpair", SYS_socketpair, EPERM},
               {"mount", SYS_mount, EPERM},
               {"unshare", SYS_unshare, EPERM},
               {"setresuid", SYS_setresuid, EPERM},
               {"keyctl", SYS_keyctl, EPERM}};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) {
            forbid(&all[i].call, 1, all[i].errnum);
            sensible(all[i].name);
            _exit(0);
        }
        waitpid(pid, &status, 0);
        CHECK(status == 0, "without %s: status %x", all[i].name, status);
        end_what_runs(); /* what could not be destroyed with the filter can be without it */
    }
    vt_program_whole_life(); /* and the root is as it was */
}

/* ---- settings and places ---- */

/* As odd as a program may be. */
static void program_has_odd_settings(void)
{
    umask(0777);
    setpriority(PRIO_PROCESS, 0, 5);
    CHECK(chdir("/proc/self") == 0, "chdir");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    setlocale(LC_ALL, "C.UTF-8");
    vt_program_whole_life();
    umask(0);
    vt_program_whole_life();
}

/* A clean environment, and one that would change other programs' words and ways. */
static void program_has_odd_environment(void)
{
    clearenv();
    vt_program_whole_life();
    setenv("LANG", "tr_TR.UTF-8", 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("TZ", "Asia/Kathmandu", 1);
    setenv("TMPDIR", "/nonexistent", 1);
    setenv("HOME", "/nonexistent", 1);
    setenv("PATH", "/nonexistent", 1);
    setenv("MALLOC_PERTURB_", "165", 1);
    setenv("QEMU_AUDIO_DRV", "nonsense", 1);
    vt_program_whole_life();
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_lookup_by_name(host, "no such", &domain, &err);
    CHECK(strstr(vt_text(err), "no such"), "%s", vt_text(err));
    vessel_error_free(err);
    vessel_host_unref(host);
}

static void program_has_closed_stdio(void)
{
    close(0);
    close(1);
    close(2);
    vt_program_whole_life();
    for (int fd = 0; fd < 3; fd++)
        CHECK(fcntl(fd, F_GETFD) < 0, "descriptor %d is open now", fd);
}

/* Nothing is written outside the root: everything else that could be is empty, and stays so. But
 * for the one file of the machine by which guests of all roots get users of their own. */
static void program_writes_in_its_root_alone(void)
{
    static const char *const places[] = {"/tmp",     "/var", "/run", "/home",   "/root",
                                         "/etc/ssl", "/srv", "/opt", "/dev/shm"};
    char *before[G_N_ELEMENTS(places)] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (g_str_has_prefix(vt_program_root, places[i]) || access(places[i], F_OK) < 0)
            continue;
        CHECK(mount("vt", places[i], "tmpfs", 0, "mode=755") == 0, "mount %s", places[i]);
        before[i] = (char *)places[i];
    }
    setenv("HOME", "/root", 1);
    setenv("XDG_RUNTIME_DIR", "/run", 1);
    vt_program_whole_life();
    unlink("/run/vessel-guest-ids.lock");
    unlink("/var/run/vessel-guest-ids.lock");
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (before[i])
            CHECK(vt_count_entries(places[i]) == 0, "something was written into %s", places[i]);
    }
}

/* ---- the list ---- */

static const VtProgram programs[] = {
    {"counts_sigchld", program_counts_sigchld},
    {"waits_for_any", program_waits_for_any},
    {"ignores_sigchld", program_ignores_sigchld},
    {"is_subreaper", program_is_subreaper},
    {"blocks_signals", program_blocks_signals},
    {"gets_many_signals", program_gets_many_signals},
    {"has_many_descriptors", program_has_many_descriptors},
    {"runs_out_of_descriptors", program_runs_out_of_descriptors},
    {"has_old_kernel_filter", program_has_old_kernel_filter},
    {"has_harmless_filter", program_has_harmless_filter},
    {"has_strict_filter", program_has_strict_filter},
    {"has_odd_settings", program_has_odd_settings},
    {"has_odd_environment", program_has_odd_environment},
    {"has_closed_stdio", program_has_closed_stdio},
    {"writes_in_its_root_alone", program_writes_in_its_root_alone},
};

VT_PROGRAM(counts_sigchld)
VT_PROGRAM(waits_for_any)
VT_PROGRAM(ignores_sigchld)
VT_PROGRAM(is_subreaper)
VT_PROGRAM(blocks_signals)
VT_PROGRAM(gets_many_signals)
VT_PROGRAM(has_many_descriptors)
VT_PROGRAM(runs_out_of_descriptors)
VT_PROGRAM(has_old_kernel_filter)
VT_PROGRAM(has_harmless_filter)
VT_PROGRAM(has_strict_filter)
VT_PROGRAM(has_odd_settings)
VT_PROGRAM(has_odd_environment)
VT_PROGRAM(has_closed_stdio)

static void writes_in_its_root_alone(void **state)
{
    (void)state;
    vt_need_root();
    vt_private_mounts();
    vt_run_program("writes_in_its_root_alone");
}

int main(int argc, char **argv)
{
    vt_program_main(argc, argv, programs, G_N_ELEMENTS(programs));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_sigchld),           cmocka_unit_test(waits_for_any),
        cmocka_unit_test(ignores_sigchld),          cmocka_unit_test(is_subreaper),
        cmocka_unit_test(blocks_signals),           cmocka_unit_test(gets_many_signals),
        cmocka_unit_test(has_many_descriptors),     cmocka_unit_test(runs_out_of_descriptors),
        cmocka_unit_test(has_old_kernel_filter),    cmocka_unit_test(has_harmless_filter),
        cmocka_unit_test(has_strict_filter),        cmocka_unit_test(has_odd_settings),
        cmocka_unit_test(has_odd_environment),      cmocka_unit_test(has_closed_stdio),
        cmocka_unit_test(writes_in_its_root_alone),
    };
    return vt_main(tests);
}
