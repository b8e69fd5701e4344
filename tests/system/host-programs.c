/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that have their own ideas of processes, signals and descriptors, and a library in them
 * that leaves all of it alone. */
#include "base/json.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <vessel/vessel.h>

extern char **environ;

static VesselHost *open_root(const char *name, VesselError **err)
{
    VesselHost *host = NULL;
    VesselHostOpenOptions options = VESSEL_HOST_OPEN_OPTIONS_INIT;
    g_autofree char *root = vt_path("%s", name);
    g_autofree char *uri = g_strdup_printf("local:?root=%s", root);
    g_autofree char *helper = g_build_filename(vt_build_dir(), "libexec", "vessel", NULL);
    options.helper_dir = helper;
    vessel_host_open(uri, &options, &host, err);
    return host;
}

static VesselHost *open_host(void)
{
    VesselError *err = NULL;
    VesselHost *host = open_root("root", &err);
    vt_no_error(err);
    return host;
}

static VesselDomain *define(VesselHost *host)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_define(host,
                         "<domain type='emulator'><name>web</name><memory unit='MiB'>32</memory>"
                         "<os><type arch='x86_64' machine='microvm'>hvm</type></os>"
                         "<devices><serial type='pty'/></devices></domain>",
                         NULL, &domain, &err);
    vt_no_error(err);
    return domain;
}

static void needs(void)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    char why[512], *why_not = NULL;
    VesselHost *host = open_host();
    spec.type = "emulator";
    int can = vessel_host_supports(host, "domain_start", &spec, &why_not, NULL);
    g_strlcpy(why, why_not ? why_not : "", sizeof why);
    vessel_free(why_not);
    vessel_host_unref(host);
    if (can == 0)
        vt_skip("%s", why);
}

/* A whole life: every way in which a process of ours begins and ends. */
static void live(void)
{
    VesselError *err = NULL;
    VesselJob *job = NULL;
    VesselStats **stats = NULL;
    VesselHost *host = open_host();
    VesselDomain *domain = define(host);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    vessel_host_stats(host, NULL, &stats, NULL, &err);
    vt_no_error(err);
    vessel_stats_list_free(stats);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_start(domain, NULL, &job, &err);
    vt_no_error(err);
    vessel_job_wait(job, 30000, &err);
    vt_no_error(err);
    vessel_job_unref(job);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_undefine(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- children ---- */

static _Atomic int signals_seen;

static void count_signal(int number)
{
    (void)number;
    signals_seen++;
}

static void test_counts_sigchld(void **state)
{
    struct sigaction action = {.sa_handler = count_signal};
    (void)state;
    needs();
    sigaction(SIGCHLD, &action, NULL);
    live();
    assert_int_equal(signals_seen, 0);
}

static _Atomic bool stop_waiting;
static _Atomic int children_seen;

static void *wait_for_anybody(void *data)
{
    (void)data;
    while (!stop_waiting) {
        if (waitpid(-1, NULL, WNOHANG) > 0)
            children_seen++;
    }
    return NULL;
}

static void test_waits_for_every_child(void **state)
{
    pthread_t thread;
    (void)state;
    needs();
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    pthread_create(&thread, NULL, wait_for_anybody, NULL);
    live();
    stop_waiting = true;
    pthread_join(thread, NULL);
    assert_int_equal(children_seen, 0);
}

static void test_ignores_sigchld(void **state)
{
    (void)state;
    needs();
    signal(SIGCHLD, SIG_IGN);
    live();
    struct sigaction now;
    sigaction(SIGCHLD, NULL, &now);
    assert_true(now.sa_handler == SIG_IGN);
}

static void test_is_a_subreaper(void **state)
{
    int is = 0;
    (void)state;
    needs();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    live();
    prctl(PR_GET_CHILD_SUBREAPER, &is);
    assert_int_equal(is, 1);
}

/* ---- descriptors ---- */

static void test_has_no_descriptor_left(void **state)
{
    struct rlimit limit;
    VesselError *err = NULL;
    int fds[1000], count = 0;
    (void)state;
    needs();
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 1000;
    setrlimit(RLIMIT_NOFILE, &limit);
    while (count < 1000 && (fds[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        count++;
    assert_null(open_root("root", &err));
    vt_error(&err, VESSEL_ERROR_NO_RESOURCE);
    /* One more each time: every call says what is missing, until there is enough for all. */
    for (int i = 0; i < 60; i++) {
        close(fds[--count]);
        VesselHost *host = open_root("root", &err);
        if (!host) {
            vt_error(&err, VESSEL_ERROR_NO_RESOURCE);
            continue;
        }
        VesselDomain *domain = NULL;
        VesselJob *job = NULL;
        vessel_domain_define(host,
                             "<domain type='emulator'><name>web</name><memory>32768</memory>"
                             "<os><type arch='x86_64' machine='microvm'>hvm</type></os></domain>",
                             NULL, &domain, &err);
        if (domain && vessel_domain_start(domain, NULL, &job, &err) == 0) {
            vessel_job_wait(job, 30000, &err);
            vessel_job_unref(job);
        }
        if (err)
            vt_error(&err, VESSEL_ERROR_NO_RESOURCE);
        else if (vessel_domain_destroy(domain, NULL, &err) && err)
            vt_error(&err, VESSEL_ERROR_NO_RESOURCE);
        vessel_domain_unref(domain);
        vessel_host_unref(host);
    }
    while (count > 0)
        close(fds[--count]);
    live();
}

static void test_opens_100_roots(void **state)
{
    VesselHost *hosts[100];
    VesselError *err = NULL;
    (void)state;
    vessel_host_unref(open_host());
    int before = vt_fd_count();
    for (int i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf("root%d", i);
        hosts[i] = open_root(name, &err);
        vt_no_error(err);
        vessel_domain_unref(define(hosts[i]));
    }
    for (int i = 0; i < 100; i++) {
        VesselDomain **list = NULL;
        size_t count = 0;
        vessel_domain_list(hosts[i], 0, &list, &count, &err);
        assert_int_equal(count, 1);
        vessel_domain_list_free(list);
        vessel_host_unref(hosts[i]);
    }
    assert_int_equal(vt_fd_count(), before);
}

/* ---- a filter ---- */

static void test_has_a_seccomp_filter(void **state)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};
    VesselError *err = NULL;
    VesselDomainInfo *info = NULL;
    bool told = false;
    (void)state;
    needs();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
    VesselHost *host = open_host();
    VesselDomain *domain = define(host);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
    vessel_domain_info(domain, &info, &err);
    for (const char *const *note = info->notes; note && *note; note++)
        told |= strstr(*note, "seccomp") != NULL;
    assert_true(told);
    vessel_domain_info_free(info);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- what belongs to the program ---- */

typedef struct {
    void *handlers[65];
    int flags[65], blocked[65];
    struct rlimit limits[RLIM_NLIMITS];
    char cwd[4096], comm[17];
    mode_t mask_of_files;
    int priority, dumpable, subreaper, new_privs, pdeath, variables;
    pid_t session, group;
} Settings;

static void read_settings(Settings *settings)
{
    memset(settings, 0, sizeof *settings);
    for (int i = 1; i < 65; i++) {
        struct sigaction action = {0};
        sigset_t mask;
        sigaction(i, NULL, &action);
        pthread_sigmask(SIG_SETMASK, NULL, &mask);
        settings->handlers[i] = (void *)action.sa_handler;
        settings->flags[i] = action.sa_flags;
        settings->blocked[i] = sigismember(&mask, i);
    }
    for (int i = 0; i < RLIM_NLIMITS; i++)
        getrlimit((__rlimit_resource_t)i, &settings->limits[i]);
    assert_non_null(getcwd(settings->cwd, sizeof settings->cwd));
    prctl(PR_GET_NAME, settings->comm);
    settings->mask_of_files = umask(022);
    umask(settings->mask_of_files);
    settings->priority = getpriority(PRIO_PROCESS, 0);
    settings->dumpable = prctl(PR_GET_DUMPABLE);
    prctl(PR_GET_CHILD_SUBREAPER, &settings->subreaper);
    settings->new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    prctl(PR_GET_PDEATHSIG, &settings->pdeath);
    settings->session = getsid(0);
    settings->group = getpgrp();
    while (environ[settings->variables])
        settings->variables++;
}

static void test_nothing_of_the_program_changes(void **state)
{
    Settings before, after;
    struct stat out, err;
    (void)state;
    needs();
    g_autofree char *stdout_path = vt_write("stdout", "");
    g_autofree char *stderr_path = vt_write("stderr", "");
    int saved_out = dup(1), saved_err = dup(2);
    int new_out = open(stdout_path, O_WRONLY | O_CLOEXEC);
    int new_err = open(stderr_path, O_WRONLY | O_CLOEXEC);
    fflush(stdout);
    dup2(new_out, 1);
    dup2(new_err, 2);
    read_settings(&before);
    int fds = vt_fd_count();
    live();
    int fds_after = vt_fd_count();
    read_settings(&after);
    fflush(stdout);
    dup2(saved_out, 1);
    dup2(saved_err, 2);
    fstat(new_out, &out);
    fstat(new_err, &err);
    assert_int_equal(out.st_size, 0);
    assert_int_equal(err.st_size, 0);
    assert_int_equal(fds, fds_after);
    assert_memory_equal(&before, &after, sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_sigchld),
        cmocka_unit_test(test_waits_for_every_child),
        cmocka_unit_test(test_ignores_sigchld),
        cmocka_unit_test(test_is_a_subreaper),
        cmocka_unit_test(test_has_no_descriptor_left),
        cmocka_unit_test(test_opens_100_roots),
        cmocka_unit_test(test_has_a_seccomp_filter),
        cmocka_unit_test(test_nothing_of_the_program_changes),
    };
    return vt_main(tests);
}
