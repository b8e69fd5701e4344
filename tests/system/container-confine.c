/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition says of the confinement of a container, seen from inside. */
#include "tests/lib/container.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define FEATURES "<features><capabilities policy='%s'>%s</capabilities></features>"
#define KIND_INIT "<vessel:init xmlns:vessel='urn:vessel:domain:1.0' kind='init'/>"

/* The set that a program has when nothing is said. */
#define USUAL                                                                                      \
    (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_KILL) |  \
     BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) |            \
     BIT(CAP_SYS_CHROOT) | BIT(CAP_SETFCAP) | BIT(CAP_AUDIT_WRITE))
/* 0 to 36; those after them have no name in the format. */
#define ALL (BIT(CAP_BLOCK_SUSPEND + 1) - 1)

static char *make_xml(const char *name, const char *policy, const char *capabilities,
                      const char *os, const char *more)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, os, "");
    return g_strdup_printf("<domain type='container'><name>%s</name>" FEATURES "%s%s</domain>",
                           name, policy, capabilities, more, body);
}

/* Of the container's own program, or of one that was brought into it. */
static void expect_kept(const char *said, uint64_t kept)
{
    static const char *const sets[] = {"CapPrm", "CapEff", "CapBnd"};
    for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
        g_autofree char *line =
            g_strdup_printf("%s:\t%016" G_GINT64_MODIFIER "x", sets[i], (guint64)kept);
        if (!strstr(said, line))
            fail_msg("no \"%s\" in: %s", line, said);
    }
    assert_non_null(strstr(said, "CapAmb:\t0000000000000000"));
}

static char *exec_says(VesselDomain *domain, const char *word)
{
    const char *const argv[] = {"/inside", word, NULL};
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    VesselExec *exec = NULL;
    VesselError *err = NULL;
    g_autoptr(GString) said = g_string_new(NULL);
    char data[4096];
    ssize_t got;
    int ends[2], status = -1;
    assert_int_equal(pipe(ends), 0);
    options.stdout_fd = ends[1];
    vessel_domain_exec(domain, argv, &options, &exec, &err);
    vt_no_error(err);
    close(ends[1]);
    while ((got = read(ends[0], data, sizeof data)) > 0)
        g_string_append_len(said, data, got);
    close(ends[0]);
    vessel_exec_wait(exec, 0, &status, NULL, &err);
    vt_no_error(err);
    assert_int_equal(status, 0);
    vessel_exec_unref(exec);
    return g_strdup(said->str);
}

/* The container's own program, and one that is brought into it. */
static void test_capabilities(void **state)
{
    static const struct {
        const char *policy, *capabilities, *more;
        uint64_t kept;
    } rows[] = {
        {"default", "<chown state='off'/><net_raw state='on'/>", "",
         (USUAL & ~BIT(CAP_CHOWN)) | BIT(CAP_NET_RAW)},
        {"deny", "<net_bind_service state='on'/>", "", BIT(CAP_NET_BIND_SERVICE)},
        {"deny", "", "", 0},
        {"allow", "<sys_admin state='off'/><sys_module state='off'/>", "",
         ALL & ~(BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_MODULE))},
        {"deny", "<sys_boot state='on'/>", KIND_INIT, BIT(CAP_SYS_BOOT)},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *xml = make_xml("vtcaps", rows[i].policy, rows[i].capabilities,
                                        "<initarg>facts</initarg>", rows[i].more);
        VesselDomain *domain = vt_define_xml(host, xml);
        vt_start(domain);
        g_autofree char *said = vt_container_says(domain, "that is all");
        g_autofree char *beside = exec_says(domain, "show");
        expect_kept(said, rows[i].kept);
        expect_kept(beside, rows[i].kept);
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* The filter of system calls follows: with the capability a call comes to the kernel. */
static void test_calls_follow(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *with =
        make_xml("vtwith", "default", "<sys_admin state='on'/>", "<initarg>escape</initarg>", "");
    g_autofree char *without =
        make_xml("vtwithout", "default", "", "<initarg>escape</initarg>", "");
    VesselDomain *domain = vt_define_xml(host, with);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "mount: done"));
    assert_non_null(strstr(said, "sethostname: done"));
    assert_null(strstr(said, "core_pattern: done"));
    assert_null(strstr(said, "sysrq: done"));
    assert_null(strstr(said, "mknod: done"));
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    domain = vt_define_xml(host, without);
    vt_start(domain);
    g_autofree char *other = vt_container_says(domain, "that is all");
    assert_null(strstr(other, "mount: done"));
    assert_null(strstr(other, "sethostname: done"));
    vt_container_done(host, domain);
}

/* ---- what <vessel:…> says ---- */

static char *ours_xml(const char *name, const char *os, const char *ours)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, os, "");
    return g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                           "<name>%s</name>%s%s</domain>",
                           name, body, ours);
}

/* That the container's program and one that is brought in both say @parts, up to a NULL. */
static void expect_both(VesselHost *host, const char *os, const char *ours,
                        const char *const *parts)
{
    g_autofree char *xml = ours_xml("vtours", os, ours);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    g_autofree char *beside = exec_says(domain, "limits-once");
    for (; *parts; parts++) {
        if (!strstr(said, *parts))
            fail_msg("%s: no \"%s\" in: %s", ours, *parts, said);
        if (!strstr(beside, *parts))
            fail_msg("%s: no \"%s\" of exec in: %s", ours, *parts, beside);
    }
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
}

/* Each line is as /proc/self/limits has it, but for its blanks on a terminal. */
static void test_limits(void **state)
{
    static const char *const parts[] = {"Max open files            300                  400 ",
                                        "Max core file size        unlimited            unlimited ",
                                        "Max locked memory         65536                65536 ",
                                        "Max stack size            1048576              2097152 ",
                                        "Max nice priority         0                    0 ",
                                        NULL};
    (void)state;
    VesselHost *host = vt_container_host();
    expect_both(host, "<initarg>limits</initarg>",
                "<vessel:rlimit name='nofile' soft='300' hard='400'/>"
                "<vessel:rlimit name='core'/><vessel:rlimit name='memlock' hard='65536'/>"
                "<vessel:rlimit name='stack' soft='1048576' hard='2097152'/>"
                "<vessel:rlimit name='nice' soft='0'/>",
                parts);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* Above what those have who start it and who bring a program into it. */
static void test_limits_raised(void **state)
{
    static const char *const parts[] = {"Max core file size        unlimited            unlimited ",
                                        NULL};
    const struct rlimit little = {4096, 4096}, much = {RLIM_INFINITY, RLIM_INFINITY};
    (void)state;
    vt_need_root();
    assert_int_equal(setrlimit(RLIMIT_CORE, &little), 0);
    if (setrlimit(RLIMIT_CORE, &much) < 0)
        vt_skip("root may not raise limits here");
    assert_int_equal(setrlimit(RLIMIT_CORE, &little), 0);
    VesselHost *host = vt_container_host();
    expect_both(host, "<initarg>limits</initarg>", "<vessel:rlimit name='core'/>", parts);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* The three that a program has, and not those that its process 1 begins with. */
static void test_three_descriptors(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *xml =
        ours_xml("vtthree", "<initarg>wait</initarg>", "<vessel:rlimit name='nofile' hard='3'/>");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    assert_int_equal(vt_state_of(domain), VESSEL_DOMAIN_RUNNING);
    vt_container_done(host, domain);
}

static void expect_refused(VesselHost *host, const char *ours, int code, const char *path,
                           const char *part)
{
    g_autofree char *xml = ours_xml("vtrefused", "<initarg>limits</initarg>", ours);
    VesselError *err = vt_container_fails(host, xml);
    vt_says(err, 'p', path);
    vt_says(err, 'm', part);
    vt_error(&err, code);
}

/* A hard limit that nobody has, and what contradicts itself. */
static void test_limits_refused(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    expect_refused(host,
                   "<vessel:rlimit name='core'/>"
                   "<vessel:rlimit name='nofile' soft='10' hard='2000000000'/>",
                   VESSEL_ERROR_DENIED, "/domain/vessel:rlimit[2]", "the limit of descriptors");
    expect_refused(host, "<vessel:rlimit name='cpu' soft='2' hard='1'/>",
                   VESSEL_ERROR_INVALID_DEFINITION, "/domain/vessel:rlimit[1]", "above the hard");
    expect_refused(host, "<vessel:rlimit name='as'/><vessel:rlimit name='as' soft='1'/>",
                   VESSEL_ERROR_INVALID_DEFINITION, "/domain/vessel:rlimit[2]", "another limit");
    vessel_host_unref(host);
    vt_nothing_left();
}

/* Below 0 is the host's to give, and some who are root may not either. */
static void test_oom_score(void **state)
{
    static const char *const more[] = {"[/proc/self/oom_score_adj]", "\n300", NULL};
    static const char *const less[] = {"\n-50", NULL};
    (void)state;
    vessel_autofd int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    VesselHost *host = vt_container_host();
    expect_both(host, "<initarg>limits</initarg>", "<vessel:oom score='300'/>", more);
    if (write(fd, "-50", 3) == 3 && write(fd, "0", 1) == 1)
        expect_both(host, "<initarg>limits</initarg>", "<vessel:oom score='-50'/>", less);
    else
        expect_refused(host, "<vessel:oom score='-50'/>", VESSEL_ERROR_DENIED,
                       "/domain/vessel:oom/@score", "the OOM score -50");
    vessel_host_unref(host);
    vt_nothing_left();
}

/* A setuid program of the container's: its real and its effective user. */
static void test_new_privileges(void **state)
{
    static const char *const without[] = {"Uid:\t33\t33", "NoNewPrivs:\t1", "Seccomp:\t2", NULL};
    static const char *const with[] = {"Uid:\t33\t0", "NoNewPrivs:\t0", "Seccomp:\t2",
                                       "CapEff:\t00000000a00405fb", NULL};
    static const char *const init[] = {"NoNewPrivs:\t1", "Seccomp:\t2", NULL};
    static const char os[] = "<initarg>limits</initarg><inituser>33</inituser>";
    (void)state;
    VesselHost *host = vt_container_host();
    if (geteuid() != 0)
        vt_skip("an ordinary user's container has one id");
    g_autofree char *root = vt_container_root("rootfs"), *program = vt_path("rootfs/inside");
    assert_int_equal(chmod(program, 04755), 0);
    expect_both(host, os, "", without);
    expect_both(host, os, "<vessel:no_new_privs state='off'/>", with);
    expect_both(host, "<initarg>limits</initarg>",
                "<vessel:init kind='init'/><vessel:no_new_privs state='on'/>", init);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* What @said has after @word. */
static int64_t number_after(const char *said, const char *word)
{
    const char *at = strstr(said, word);
    if (!at)
        fail_msg("no \"%s\" in: %s", word, said);
    return g_ascii_strtoll(at + strlen(word), NULL, 10);
}

static void expect_ahead(const char *said, const char *word, clockid_t clock, int64_t wanted)
{
    struct timespec now;
    clock_gettime(clock, &now);
    int64_t ahead = number_after(said, word) - now.tv_sec;
    if (ahead > wanted + 1 || ahead < wanted - 30)
        fail_msg("%s%" G_GINT64_FORMAT " s ahead, not %" G_GINT64_FORMAT, word, ahead, wanted);
}

static void expect_clocks(const char *said, int64_t monotonic, int64_t boottime)
{
    expect_ahead(said, "monotonic: ", CLOCK_MONOTONIC, monotonic);
    expect_ahead(said, "boottime: ", CLOCK_BOOTTIME, boottime);
    expect_ahead(said, "uptime: ", CLOCK_BOOTTIME, boottime);
}

/* The container's own program, one that is brought in, and the next life of it. */
static void test_clocks(void **state)
{
    static const char ours[] = "<vessel:time><vessel:monotonic seconds='86400'/>"
                               "<vessel:boottime seconds='604800' nanoseconds='999999999'/>"
                               "</vessel:time>";
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *xml = ours_xml("vtclocks", "<initarg>clocks</initarg>", ours);
    if (geteuid() != 0)
        vt_skip("only root gives a container other clocks");
    if (access("/proc/self/ns/time", F_OK) < 0)
        vt_skip("the kernel has no time namespaces");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    g_autofree char *beside = exec_says(domain, "clocks-once");
    expect_clocks(said, 86400, 604800);
    expect_clocks(beside, 86400, 604800);
    VtLives lives = vt_container_lives(host);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 10000);
    g_autofree char *again = exec_says(domain, "clocks-once");
    expect_clocks(again, 86400, 604800);
    vt_container_done(host, domain);
}

/* No clock is before 0. */
static void test_clocks_refused(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    if (geteuid() == 0 && access("/proc/self/ns/time", F_OK) == 0)
        expect_refused(host, "<vessel:time><vessel:monotonic seconds='-9000000000'/></vessel:time>",
                       VESSEL_ERROR_IO, "/domain/vessel:time/monotonic", "-9000000000 s");
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_clocks_of_a_user(void **state)
{
    (void)state;
    vt_as_user();
    VesselHost *host = vt_container_host();
    expect_refused(host, "<vessel:time><vessel:boottime seconds='1'/></vessel:time>",
                   VESSEL_ERROR_INVALID_DEFINITION, "/domain/vessel:time", "only root");
    vessel_host_unref(host);
}

/* Whose files in /proc are root's as soon as nobody may look into a process. */
static void test_score_of_a_users_container(void **state)
{
    static const char *const parts[] = {
        "\n300", "Max open files            300                  400 ", NULL};
    (void)state;
    vt_need_root(); /* who is none already runs all the others so */
    vt_as_user();
    VesselHost *host = vt_container_host();
    expect_both(host, "<initarg>limits</initarg>",
                "<vessel:oom score='300'/><vessel:rlimit name='nofile' soft='300' hard='400'/>",
                parts);
    vessel_host_unref(host);
}

/* ---- filters of the definition's own ---- */

#define CALLS "<initarg>calls</initarg>"
#define ALLOW_BUT(rules) "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [" rules "]}"
#define NO_MKDIR                                                                                   \
    "{\"names\": [\"mkdir\", \"mkdirat\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7}"

/* The profile, and <vessel:seccomp> that names it; the caller frees. */
static char *profile_of(const char *text)
{
    g_autofree char *path = vt_path("profile.json");
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return g_strdup_printf("<vessel:seccomp profile='%s'/>", path);
}

static void need_profiles(void)
{
    g_autofree char *program = g_build_filename(vt_build_dir(), "vessel-seccomp", NULL);
    if (access(program, X_OK) < 0)
        vt_skip("built without libseccomp");
}

static VesselDomain *start_with(VesselHost *host, const char *ours)
{
    g_autofree char *xml = ours_xml("vtprofile", CALLS, ours);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    return domain;
}

static void expect_answers(VesselDomain *domain, const char *mkdir, const char *filtered)
{
    g_autofree char *said = vt_container_says(domain, "that is all");
    g_autofree char *beside = exec_says(domain, "calls-once");
    assert_non_null(strstr(said, mkdir));
    assert_non_null(strstr(beside, mkdir));
    assert_non_null(strstr(said, filtered));
    assert_non_null(strstr(beside, filtered));
}

static void end_with(VesselDomain *domain)
{
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
}

/* What runs keeps the filter it was started with, whatever becomes of the file. */
static void test_profile(void **state)
{
    (void)state;
    need_profiles();
    VesselHost *host = vt_container_host();
    g_autofree char *ours = profile_of(ALLOW_BUT(NO_MKDIR)), *path = vt_path("profile.json");
    VesselDomain *domain = start_with(host, ours);
    assert_int_equal(unlink(path), 0);
    expect_answers(domain, "mkdir: Argument list too long", "Seccomp:\t2");
    end_with(domain);
    domain = start_with(host, "<vessel:seccomp mode='none'/>");
    expect_answers(domain, "mkdir: done", "Seccomp:\t0");
    end_with(domain);
    g_autofree char *init = profile_of(ALLOW_BUT(NO_MKDIR));
    g_autofree char *with_init = g_strconcat("<vessel:init kind='init'/>", init, NULL);
    domain = start_with(host, with_init);
    expect_answers(domain, "mkdir: Argument list too long", "NoNewPrivs:\t0");
    end_with(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* The names in the cache of filters; each is its owner's alone. */
static char **kept_filters(void)
{
    g_autofree char *path = vt_path("root/cache/seccomp");
    GPtrArray *names = g_ptr_array_new();
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char *file = g_build_filename(path, name, NULL);
        struct stat st;
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        g_ptr_array_add(names, file);
    }
    if (dir)
        g_dir_close(dir);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* A filter is compiled once, for each profile and set of capabilities; a file of the cache that
 * others may read or write is none. */
static void test_profile_is_kept(void **state)
{
    struct stat before, after;
    (void)state;
    need_profiles();
    VesselHost *host = vt_container_host();
    g_autofree char *ours = profile_of(ALLOW_BUT(NO_MKDIR));
    end_with(start_with(host, ours));
    g_auto(GStrv) first = kept_filters();
    assert_int_equal(g_strv_length(first), 1);
    assert_int_equal(stat(first[0], &before), 0);
    end_with(start_with(host, ours));
    assert_int_equal(stat(first[0], &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);

    assert_true(g_file_set_contents(first[0], "AAAA", -1, NULL));
    assert_int_equal(chmod(first[0], 0644), 0);
    VesselDomain *domain = start_with(host, ours);
    expect_answers(domain, "mkdir: Argument list too long", "Seccomp:\t2");
    end_with(domain);

    g_autofree char *other = profile_of(ALLOW_BUT(NO_MKDIR " "));
    end_with(start_with(host, other));
    g_auto(GStrv) second = kept_filters();
    assert_int_equal(g_strv_length(second), 2);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_profile_refused(void **state)
{
    static const struct {
        const char *profile, *says;
    } rows[] = {
        {"{\n \"defaultAction\": \"NO\"}", "profile.json:2: NO is no action"},
        {"{\n \"defaultAction\": \n", "profile.json"},
        {"{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\"}", "profile.json:1: capset is not allowed"},
    };
    static const char path[] = "/domain/vessel:seccomp/@profile";
    VesselError *err = NULL;
    (void)state;
    need_profiles();
    VesselHost *host = vt_container_host();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *ours = profile_of(rows[i].profile);
        g_autofree char *xml = ours_xml("vtrefused", CALLS, ours);
        err = vt_container_fails(host, xml);
        vt_says(err, 'p', path);
        vt_says(err, 'm', rows[i].says);
        g_clear_pointer(&err, vessel_error_free);
    }
    g_autofree char *missing =
        ours_xml("vtrefused", CALLS, "<vessel:seccomp profile='/nowhere/profile.json'/>");
    assert_true(vessel_host_validate(host, missing, VESSEL_VALIDATE_HOST, &err) < 0);
    vt_says(err, 'p', path);
    g_clear_pointer(&err, vessel_error_free);
    expect_refused(host, "<vessel:seccomp mode='none' profile='/a'/>",
                   VESSEL_ERROR_INVALID_DEFINITION, "/domain/vessel:seccomp", "exclude");
    vessel_host_unref(host);
    vt_nothing_left();
}

/* An ordinary user relaxes the same, as far as it is the user's to give. */
static void test_as_a_user(void **state)
{
    static const char ours[] = "<vessel:rlimit name='nofile' soft='300' hard='400'/>"
                               "<vessel:no_new_privs state='off'/><vessel:seccomp mode='none'/>";
    static const char *const parts[] = {"Max open files            300                  400 ",
                                        "NoNewPrivs:\t0", "Seccomp:\t0", NULL};
    (void)state;
    vt_as_user();
    VesselHost *host = vt_container_host();
    expect_both(host, "<initarg>limits</initarg>", ours, parts);
    expect_refused(host, "<vessel:oom score='-50'/>", VESSEL_ERROR_DENIED,
                   "/domain/vessel:oom/@score", "the OOM score -50");
    expect_refused(host, "<vessel:rlimit name='rtprio' hard='99'/>", VESSEL_ERROR_DENIED,
                   "/domain/vessel:rlimit[1]", "the limit of real-time priority");
    need_profiles();
    g_autofree char *profile = profile_of(ALLOW_BUT(NO_MKDIR));
    VesselDomain *domain = start_with(host, profile);
    expect_answers(domain, "mkdir: Argument list too long", "Seccomp:\t2");
    end_with(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* Without them process 1 could not become the user, nor end what it has become. */
static void test_user_needs_some(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *refused =
        make_xml("vtuser", "default", "<setuid state='off'/>", "<inituser>33</inituser>", "");
    g_autofree char *denied =
        make_xml("vtuser", "deny", "<kill state='on'/><setgid state='on'/><setuid state='on'/>",
                 "<initarg>facts</initarg><inituser>33</inituser><initgroup>33</initgroup>", "");
    VesselError *err = vt_container_fails(host, refused);
    vt_says(err, 'p', "/domain/features/capabilities/setuid/@state");
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    VesselDomain *domain = vt_define_xml(host, denied);
    if (geteuid() != 0)
        vt_skip("an ordinary user's container has one id");
    vt_start(domain);
    g_autofree char *said = vt_container_says(domain, "that is all");
    assert_non_null(strstr(said, "ids: 33 33"));
    assert_non_null(strstr(said, "CapEff:\t0000000000000000"));
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_capabilities),
                                       cmocka_unit_test(test_calls_follow),
                                       cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_limits_raised),
                                       cmocka_unit_test(test_three_descriptors),
                                       cmocka_unit_test(test_limits_refused),
                                       cmocka_unit_test(test_oom_score),
                                       cmocka_unit_test(test_score_of_a_users_container),
                                       cmocka_unit_test(test_new_privileges),
                                       cmocka_unit_test(test_clocks),
                                       cmocka_unit_test(test_clocks_refused),
                                       cmocka_unit_test(test_clocks_of_a_user),
                                       cmocka_unit_test(test_profile),
                                       cmocka_unit_test(test_profile_is_kept),
                                       cmocka_unit_test(test_profile_refused),
                                       cmocka_unit_test(test_as_a_user),
                                       cmocka_unit_test(test_user_needs_some)};
    return vt_main(tests);
}
