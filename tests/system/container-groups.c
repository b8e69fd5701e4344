/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container takes up of the host: control groups, what an init makes in those it is given,
 * and their end; file systems of the host, while it waits to be resumed. */
#include "tests/lib/command.h"
#include "tests/lib/network.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define IDS                                                                                        \
    "<idmap><uid start='0' target='100000' count='65536'/>"                                        \
    "<gid start='0' target='100000' count='65536'/></idmap>"
#define AN_INIT "<vessel:init kind='init'/><vessel:overlay target='/' upper='memory'/>"

/* ---- when an init's groups are given to it ---- */

/* Of this process and all that come of it: unshare(2) of a network, and fchownat(2), wait for the
 * word of who has the descriptor that this returns. */
static int hold_calls(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchownat, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unshare, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWNET, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &program);
}

/* A program with such a filter that starts "web"; @listener is here. */
static pid_t start_held(int *listener)
{
    int said[2], number = -1;
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        number = hold_calls();
        (void)!write(said[1], &number, sizeof number);
        char *complaint = NULL, *file = vt_path("complaint");
        int status = vt_command_line("start web", NULL, &complaint);
        g_file_set_contents(file, complaint, -1, NULL);
        _exit(status);
    }
    close(said[1]);
    assert_int_equal(read(said[0], &number, sizeof number), sizeof number);
    close(said[0]);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    *listener = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
    close(pidfd);
    assert_true(*listener >= 0);
    return pid;
}

static void let_go_on(int listener, uint64_t id)
{
    struct seccomp_notif_resp answer = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Whoever is nobody yet joins what is ours, not what is its own already: that it may not. */
static void test_given_when_the_child_stands_in_them(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml =
        vt_container_xml_of(root, "<initarg>stubborn</initarg>", "", AN_INIT IDS);
    VesselDomain *domain = vt_define_xml(host, xml);
    int listener = -1, status = -1;
    unsigned apart = 0, given = 0;
    uint64_t held = 0;
    pid_t starter = start_held(&listener);
    for (;;) {
        struct pollfd poller = {.fd = listener, .events = POLLIN};
        struct seccomp_notif call = {0};
        if (poll(&poller, 1, held ? 300 : 50) == 0 && held) {
            let_go_on(listener, held); /* the warden has come as far as it does */
            held = 0;
        }
        if ((poller.revents & POLLIN) && ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0) {
            bool parts = call.data.nr == SYS_unshare;
            given += !parts;
            apart += parts;
            assert_true(parts || !held);
            if (parts)
                held = call.id;
            else
                let_go_on(listener, call.id);
        }
        if (waitpid(starter, &status, WNOHANG) == starter)
            break;
    }
    close(listener);
    assert_int_equal(status, 0);
    assert_int_equal(apart, 1);
    assert_true(given > 0);
    vt_container_done(host, domain);
}

static bool is_prepared(void *unused)
{
    g_autofree char *said = NULL;
    (void)unused;
    return vt_command_line("log web", &said, NULL) == 0 && strstr(said, "in a container, pid");
}

static bool is_zombie(void *pid)
{
    return vt_process_state(GPOINTER_TO_INT(pid)) == 'Z';
}

static bool is_stopped(void *pid)
{
    return vt_process_state(GPOINTER_TO_INT(pid)) == 'T';
}

/* Of the v1 freezer; there is one of that life alone. */
static void remove_group_of(VesselDomain *domain)
{
    g_autofree char *pattern =
        g_strdup_printf("/sys/fs/cgroup/freezer/vessel-*-%s-*", vessel_domain_get_uuid(domain));
    glob_t found = {0};
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    assert_int_equal(rmdir(found.gl_pathv[0]), 0);
    globfree(&found);
}

/* It could not join its groups, and is gone when the warden hears that its network can be made. */
static void test_child_that_is_gone_before_its_network(void **state)
{
    (void)state;
    vt_need_root();
    if (access("/sys/fs/cgroup/freezer/tasks", W_OK) < 0)
        skip(); /* v2: it is born there */
    vt_net_bridge(1500);
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *complaint = NULL;
    g_autofree char *file = vt_path("complaint");
    g_autofree char *xml =
        vt_container_xml_of(root, "<initarg>stubborn</initarg>", VT_ON_BRIDGE(""), "");
    VesselDomain *domain = vt_define_xml(host, xml);
    struct seccomp_notif call = {0};
    int listener = -1, status = -1;
    pid_t starter = start_held(&listener);
    assert_int_equal(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call), 0);
    assert_int_equal(call.data.nr, SYS_unshare);
    vt_wait(is_prepared, NULL, 10000);
    pid_t warden = vt_container_pids(domain).warden;
    kill(warden, SIGSTOP);
    vt_wait(is_stopped, GINT_TO_POINTER(warden), 10000);
    remove_group_of(domain);
    let_go_on(listener, call.id);
    vt_wait(is_zombie, GINT_TO_POINTER((pid_t)call.pid), 10000);
    kill(warden, SIGCONT);
    assert_int_equal(waitpid(starter, &status, 0), starter);
    close(listener);
    assert_int_not_equal(status, 0);
    assert_true(g_file_get_contents(file, &complaint, NULL, NULL));
    vt_assert_says(complaint, "cannot join the control group");
    vt_container_done(host, domain);
}

/* As deep as no list of names, no stack and no number of descriptors is. */
static void test_groups_that_an_init_nested(void **state)
{
    VesselError *err = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain =
        vt_container_begin(host, "<initarg>init</initarg><initarg>600</initarg>", AN_INIT);
    g_autofree char *said = vt_container_says(domain, "init is 1");
    if (!strstr(said, "nested 600, moved") && !strstr(said, "nested 32, moved")) /* v2: capped */
        fail_msg("no groups were nested: %s", said);
    /* Another program finds where it is. */
    assert_int_equal(vt_container_exec(domain, (const char *const[]){"/inside", "exit", "5", NULL}),
                     5);
    /* And so does the next life, whose groups are others. */
    VtLives lives = vt_container_lives(host);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 10000);
    g_autofree char *again = vt_container_says(domain, "init is 1");
    vt_container_done(host, domain);
}

static char *v2_group_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", pid), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *line = g_str_has_prefix(text, "0::") ? text : strstr(text, "\n0::");
    assert_non_null(line);
    line += *line == '\n';
    g_autofree char *way = g_strndup(line + 3, strcspn(line + 3, "\n"));
    return g_strconcat("/sys/fs/cgroup", way, NULL);
}

/* Hands @controller down in @group and all above it; what cannot be is said by the file. */
static bool hand_down(const char *group, const char *controller)
{
    g_autofree char *word = g_strconcat("+", controller, NULL);
    g_autofree char *file = g_build_filename(group, "cgroup.subtree_control", NULL);
    if (strlen(group) > strlen("/sys/fs/cgroup")) {
        g_autofree char *above = g_path_get_dirname(group);
        if (!hand_down(above, controller))
            return false;
    }
    return vt_container_write(file, word);
}

/* As systemd does it: into a group below, and then the controllers are handed down. Nothing more
 * can be born in the group above, and the next life's first process is to be. */
static void test_controllers_that_an_init_handed_down(void **state)
{
    VesselError *err = NULL;
    (void)state;
    vt_container_v2();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>stubborn</initarg>", "");
    vt_container_await(domain, "ready");
    g_autofree char *group = v2_group_of(vt_container_pids(domain).guest);
    g_autofree char *below = g_build_filename(group, "init.scope", NULL);
    g_autofree char *procs = g_build_filename(below, "cgroup.procs", NULL);
    assert_true(g_str_has_suffix(group, "/guest"));
    assert_int_equal(mkdir(below, 0755), 0);
    pid_t both[] = {vt_container_program(domain), vt_container_pids(domain).guest};
    for (size_t i = 0; i < 2; i++) {
        g_autofree char *text = g_strdup_printf("%d", both[i]);
        assert_true(vt_container_write(procs, text));
    }
    bool handed = hand_down(group, "hugetlb");
    VtLives lives = vt_container_lives(host);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 10000);
    vt_container_await(domain, "ready");
    vt_container_done(host, domain);
    if (handed)
        vt_container_write("/sys/fs/cgroup/cgroup.subtree_control", "-hugetlb");
    else
        vt_skip("no controller of v2 can be handed down here");
}

/* The group of @pid's in the hierarchy of "pids", or in v2's. */
static char *pids_group_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", pid), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *line = strstr(text, ":pids:");
    if (!line)
        return v2_group_of(pid);
    line += strlen(":pids:");
    g_autofree char *way = g_strndup(line, strcspn(line, "\n"));
    return g_strconcat("/sys/fs/cgroup/pids", way, NULL);
}

/* Whom the group of @pid belongs to in the hierarchy that is mounted on @point. */
static uid_t owner_of_group(pid_t pid, const char *word, const char *point)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", pid), *text = NULL;
    struct stat st;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *line = strstr(text, word);
    assert_non_null(line);
    line += strlen(word);
    g_autofree char *way = g_strndup(line, strcspn(line, "\n"));
    g_autofree char *group = g_strconcat(point, way, NULL);
    if (stat(group, &st) < 0)
        fail_msg("%s: %s", group, strerror(errno));
    return st.st_uid;
}

/* An init gets what has a name and no controller, whatever directories are called. */
static void test_only_what_is_named_is_delegated(void **state)
{
    (void)state;
    vt_need_root();
    vt_container_prepare();
    g_autofree char *above = vt_path("systemd"), *memory = vt_path("systemd/memory");
    g_autofree char *named = vt_path("named");
    assert_int_equal(mkdir(above, 0755), 0);
    assert_int_equal(mkdir(memory, 0755), 0);
    assert_int_equal(mkdir(named, 0755), 0);
    if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0 ||
        mount("none", memory, "cgroup", 0, "memory") < 0 ||
        mount("none", named, "cgroup", 0, "none,name=systemd") < 0)
        vt_skip("this host has no v1 hierarchies: %s", strerror(errno));
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>init</initarg>", AN_INIT);
    vt_container_await(domain, "init is 1");
    pid_t first = vt_container_pids(domain).guest;
    assert_int_equal(owner_of_group(first, ":memory:", memory), 0);
    assert_true(owner_of_group(first, ":name=systemd:", named) >= 1879048192u);
    vt_container_done(host, domain);
}

/* A process that is in the way when the domain ends, and gone when it is undefined: who else would
 * ever remove what it kept? */
static void test_group_that_was_busy(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *group = pids_group_of(vt_container_pids(domain).guest);
    g_autofree char *procs = g_build_filename(group, "cgroup.procs", NULL);
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    g_autofree char *text = g_strdup_printf("%d", pid);
    if (!strstr(group, "/vessel-") || !vt_container_write(procs, text)) {
        kill(pid, SIGKILL);
        vt_skip("no process can be moved to %s", group);
    }
    vt_destroy(domain);
    assert_int_equal(access(group, F_OK), 0);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    vt_container_done(host, domain);
    assert_int_equal(access(group, F_OK), -1);
}

/* As who brings a program into a container, and with it into its groups: ends with it, a moment
 * later. */
static pid_t follow(VesselDomain *domain, const char *group)
{
    g_autofree char *procs = g_build_filename(group, "cgroup.procs", NULL);
    struct pollfd guest = {.events = POLLIN};
    guest.fd = (int)syscall(SYS_pidfd_open, vt_container_pids(domain).guest, 0);
    assert_true(guest.fd >= 0);
    pid_t pid = fork();
    if (pid == 0) {
        poll(&guest, 1, -1);
        usleep(50000);
        _exit(0);
    }
    close(guest.fd);
    g_autofree char *text = g_strdup_printf("%d", pid);
    if (!vt_container_write(procs, text)) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        vt_skip("no process can be moved to %s", group);
    }
    return pid;
}

static void test_end_with_a_follower(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *group = pids_group_of(vt_container_pids(domain).guest);
    pid_t pid = follow(domain, group);
    vt_destroy(domain);
    assert_int_equal(access(group, F_OK), -1);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    vt_container_done(host, domain);
}

/* In a group that an init made: that has to go before the next life begins. */
static void test_restart_with_a_follower(void **state)
{
    VesselError *err = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *group = pids_group_of(vt_container_pids(domain).guest);
    g_autofree char *below = g_build_filename(group, "init.scope", NULL);
    if (mkdir(below, 0755) < 0)
        vt_skip("no groups can be made in %s: %s", group, strerror(errno));
    pid_t pid = follow(domain, below);
    VtLives lives = vt_container_lives(host);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 10000);
    assert_int_equal(access(below, F_OK), -1);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    vt_container_done(host, domain);
}

/* ---- by the thousand ---- */

#define MANY 6000

/* In the hierarchy of "pids", or in v2's; as an init could in its own. */
static char *flood(VesselDomain *domain)
{
    char *group = pids_group_of(vt_container_pids(domain).guest);
    for (int i = 0; i < MANY / 2; i++) {
        g_autofree char *one = g_strdup_printf("%s/%d", group, i);
        g_autofree char *two = g_strdup_printf("%s/%d/x", group, i);
        if (mkdir(one, 0755) < 0 || mkdir(two, 0755) < 0)
            vt_skip("no groups can be made in %s: %s", group, strerror(errno));
    }
    return group;
}

/* Nobody is there to remove them all. */
static void kill_both(VesselDomain *domain)
{
    VtPids pids = vt_container_pids(domain);
    kill(pids.warden, SIGKILL);
    kill(pids.guest, SIGKILL);
    vt_gone(pids.warden, 5000);
    vt_gone(pids.guest, 5000);
    vt_wait(vt_container_is_off, domain, 5000);
}

static void test_destroy_of_many(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *group = flood(domain);
    int64_t before = vt_now_us();
    vt_destroy(domain);
    assert_true(vt_now_us() - before < 5 * G_USEC_PER_SEC);
    vt_container_done(host, domain);
    assert_int_equal(access(group, F_OK), -1);
}

/* Removed in time or not: as long as something is left, so is the domain, and each try removes
 * more. */
static void test_undefine_of_many(void **state)
{
    VesselDomainOptions soon = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *group = flood(domain);
    kill_both(domain);
    assert_int_equal(access(group, F_OK), 0);
    soon.timeout_ms = 10;
    assert_true(vessel_domain_undefine(domain, &soon, &err) < 0);
    assert_true(vessel_error_retryable(err));
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
    assert_int_equal(access(group, F_OK), 0);
    vt_container_done(host, domain);
    assert_int_equal(access(group, F_OK), -1);
}

/* A start removes them first, and a restart those of the life before. */
static void test_lives_after_many(void **state)
{
    VesselError *err = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *first = flood(domain);
    kill_both(domain);
    vt_start(domain);
    assert_int_equal(access(first, F_OK), -1);
    g_autofree char *second = flood(domain);
    g_autofree char *below = g_build_filename(second, "7", NULL);
    VtLives lives = vt_container_lives(host);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 20000);
    assert_int_equal(access(second, F_OK), 0);
    assert_int_equal(access(below, F_OK), -1);
    vt_container_done(host, domain);
}

/* ---- paused ---- */

/* How many mount namespaces its warden holds open. */
static int held_namespaces(pid_t warden)
{
    g_autofree char *folder = g_strdup_printf("/proc/%d/fd", warden);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    int count = 0;
    assert_non_null(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *link = g_file_read_link(path, NULL);
        count += link && g_str_has_prefix(link, "mnt:");
    }
    return count;
}

static bool holds_none(void *warden)
{
    return held_namespaces(*(const pid_t *)warden) == 0;
}

/* One has a copy of every mount of the host's, none of which could be given up meanwhile. */
static void test_paused_keeps_no_mounts(void **state)
{
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    VesselError *err = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    options.flags = VESSEL_DOMAIN_START_PAUSED;
    vessel_domain_start(domain, &options, NULL, &err);
    vt_no_error(err);
    pid_t warden = vt_container_pids(domain).warden;
    vt_wait(holds_none, &warden, 5000);
    vessel_domain_resume(domain, NULL, &err);
    vt_no_error(err);
    vt_container_done(host, domain);
}

/* ---- none ---- */

/* In the case's own mounts, as in a container whose host gives it no groups. */
static void close_the_hierarchies(void)
{
    g_autofree char *text = NULL;
    vt_private_mounts();
    assert_true(g_file_get_contents("/proc/self/mountinfo", &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char place[256];
        if (sscanf(*line, "%*d %*d %*s %*s %255s", place) == 1 &&
            (strstr(*line, " - cgroup ") || strstr(*line, " - cgroup2 ")))
            assert_int_equal(
                mount(NULL, place, NULL,
                      MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
                0);
    }
}

/* What asks for no limit runs without a group, and says so; what asks for one does not run. */
static void expect_without_groups(void)
{
    static const struct {
        const char *more, *path;
    } limits[] = {{"<memory unit='MiB'>64</memory>", "/domain/memory"},
                  {"<vcpu>1</vcpu>", "/domain/vcpu"},
                  {"<cputune><shares>100</shares></cputune>", "/domain/cputune/shares"},
                  {"<vessel:pids max='10'/>", "/domain/vessel:pids/@max"}};
    VesselError *err = NULL;
    VesselDomainInfo *info = NULL;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "<initarg>wait</initarg>", "");
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autofree char *xml =
            g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                            "<name>web</name>%s%s</domain>",
                            limits[i].more, body);
        g_autoptr(VesselError) why = vt_container_fails(host, xml);
        vt_says(why, 'p', limits[i].path);
    }
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    vessel_domain_info(domain, &info, &err);
    vt_no_error(err);
    g_autofree char *notes = g_strjoinv("\n", (char **)(void *)info->notes);
    assert_non_null(strstr(notes, "control group"));
    vessel_domain_info_free(info);
    vt_container_done(host, domain);
}

static void test_groups_that_cannot_be_made(void **state)
{
    (void)state;
    vt_need_root();
    close_the_hierarchies();
    expect_without_groups();
}

static void test_no_groups_for_a_user(void **state)
{
    (void)state;
    vt_need_root();
    close_the_hierarchies();
    vt_as_user();
    expect_without_groups();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_when_the_child_stands_in_them),
        cmocka_unit_test(test_child_that_is_gone_before_its_network),
        cmocka_unit_test(test_groups_that_an_init_nested),
        cmocka_unit_test(test_controllers_that_an_init_handed_down),
        cmocka_unit_test(test_only_what_is_named_is_delegated),
        cmocka_unit_test(test_group_that_was_busy),
        cmocka_unit_test(test_end_with_a_follower),
        cmocka_unit_test(test_restart_with_a_follower),
        cmocka_unit_test(test_destroy_of_many),
        cmocka_unit_test(test_undefine_of_many),
        cmocka_unit_test(test_lives_after_many),
        cmocka_unit_test(test_paused_keeps_no_mounts),
        cmocka_unit_test(test_groups_that_cannot_be_made),
        cmocka_unit_test(test_no_groups_for_a_user),
    };
    return vt_main(tests);
}
