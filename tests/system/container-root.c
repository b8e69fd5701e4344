/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a root file system that is hostile, or one that somebody else writes to meanwhile, makes of
 * a start: nothing of the host's, and no container that lacks what it is to have. */
#include "base/file.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- links, where a container's files have some ---- */

/* A directory that no container is told of, and what is in it: "here" alone, whatever happens. */
static char *make_victim(void)
{
    char *victim = vt_path("victim");
    assert_true(mkdir(victim, 0777) == 0 || errno == EEXIST);
    g_free(vt_write("victim/here", "as it was\n"));
    return victim;
}

static void expect_untouched(const char *victim)
{
    g_auto(GStrv) names = NULL;
    struct stat st;
    VesselError *err = NULL;
    vessel__list_dir(AT_FDCWD, victim, 16, &names, &err);
    vt_no_error(err);
    assert_int_equal(g_strv_length(names), 1);
    assert_string_equal(names[0], "here");
    assert_int_equal(stat(victim, &st), 0);
    assert_int_equal(st.st_uid, geteuid());
}

/* /proc, /sys, /dev and, for an init, /run may be no links at all. */
static void test_links_for_ours(void **state)
{
    static const char *const places[] = {"proc", "sys", "dev", "run"};
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *victim = make_victim();
    const char *links[] = {victim, "../../../../../../../../tmp", "/tmp", "nowhere"};
    for (size_t i = 0; i < G_N_ELEMENTS(places) * G_N_ELEMENTS(links); i++) {
        const char *name = places[i / G_N_ELEMENTS(links)];
        g_autofree char *folder = g_strdup_printf("root-%zu", i);
        g_autofree char *root = vt_container_root(folder);
        g_autofree char *place = g_build_filename(root, name, NULL);
        rmdir(place);
        assert_int_equal(symlink(links[i % G_N_ELEMENTS(links)], place), 0);
        g_autofree char *xml = vt_container_xml_of(root, "", "", "<vessel:init kind='init'/>");
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', name);
    }
    expect_untouched(victim);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* A target may be a link, which leads where it leads inside: to what is there, to nothing, or to
 * what the driver made. */
static void test_links_for_targets(void **state)
{
    static const struct {
        const char *link, *target, *says; /* NULL: it is mounted */
    } cases[] = {{"/etc", "/data", NULL},
                 {"../../../../../../etc", "/data", NULL},
                 {"../../../../../../etc", "/data/more/and/more", NULL},
                 {"/victim", "/data", "data in the container"},
                 {"../../victim", "/data/x", "data in the container"},
                 {"/proc", "/data", "mounted there already"},
                 {"/proc/sys", "/data", "mounted there already"},
                 {"../../proc/self/../sys/kernel", "/data", "mounted there already"},
                 {"/proc/self/root/etc", "/data", "data in the container"}, /* a magic link */
                 {"/sys/firmware", "/data", "mounted there already"},
                 {"/dev", "/data", "mounted there already"},
                 {"/dev/../sys", "/data", "mounted there already"},
                 {"/", "/data", "mounted there already"},
                 {"../../..", "/data", "mounted there already"},
                 {"/dev/pts", "/data", "mounted there already"},
                 {"/dev/pts", "/data/x", "data/x in the container"},
                 {"/dev/shm", "/data", "mounted there already"},
                 {"/dev/mqueue", "/data", "mounted there already"},
                 {"/dev/null", "/data", "data in the container"}};
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *victim = make_victim(), *source = vt_path("source");
    assert_int_equal(mkdir(source, 0755), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *folder = g_strdup_printf("root-%zu", i);
        g_autofree char *root = vt_container_root(folder);
        g_autofree char *link = g_build_filename(root, "data", NULL);
        g_autofree char *devices = vt_container_filesystem(source, cases[i].target);
        g_autofree char *xml = vt_container_xml_of(root, "<initarg>facts</initarg>", devices, "");
        assert_int_equal(symlink(cases[i].link, link), 0);
        if (cases[i].says) {
            g_autoptr(VesselError) err = vt_container_fails(host, xml);
            vt_says(err, 'm', cases[i].says);
            continue;
        }
        VesselDomain *domain = vt_define_xml(host, xml);
        vt_start(domain);
        g_autofree char *said = vt_container_says(domain, "that is all");
        assert_non_null(strstr(said, i == 2 ? " /etc/more/and/more rw," : " /etc rw,"));
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    expect_untouched(victim);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* What is mounted may be a file, and a link may have the very path of something of the host's. */
static void test_links_for_files(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *victim = make_victim(), *source = vt_write("source", "x\n");
    const char *targets[] = {victim, "../../../../victim", "../victim", "/dev/null"};
    static const char *const names[] = {"", "/here", "/new"};
    for (size_t i = 0; i < G_N_ELEMENTS(targets) * G_N_ELEMENTS(names); i++) {
        g_autofree char *folder = g_strdup_printf("root-%zu", i);
        g_autofree char *root = vt_container_root(folder);
        g_autofree char *link = g_build_filename(root, "data", NULL);
        g_autofree char *to =
            g_strconcat(targets[i / G_N_ELEMENTS(names)], names[i % G_N_ELEMENTS(names)], NULL);
        g_autofree char *devices = vt_container_filesystem(source, "/data");
        g_autofree char *xml = vt_container_xml_of(root, "", devices, "");
        assert_int_equal(symlink(to, link), 0);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', "data in the container");
    }
    expect_untouched(victim);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* Whose names the host's files have is nobody's matter inside. */
static void test_links_for_users(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *outside = vt_path("outside"), *passwd = vt_path("outside/passwd");
    assert_int_equal(mkdir(outside, 0755), 0);
    g_free(vt_write("outside/passwd", "app:x:33:34::/tmp:/bin/sh\n"));
    const struct {
        const char *name, *link; /* NULL: it is a FIFO */
    } cases[] = {{"etc", outside},
                 {"etc", "../outside"},
                 {"etc", "../../../../../../../outside"},
                 {"etc/passwd", passwd},
                 {"etc/passwd", "../../outside/passwd"},
                 {"etc/passwd", "/proc/self/root/etc/group"},
                 {"etc/passwd", "/"},
                 {"etc/passwd", NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *folder = g_strdup_printf("root-%zu", i);
        g_autofree char *root = vt_container_root(folder);
        g_autofree char *name = g_build_filename(root, cases[i].name, NULL);
        g_autofree char *xml = vt_container_xml_of(root, "<inituser>app</inituser>", "", "");
        rmdir(name);
        assert_int_equal(cases[i].link ? symlink(cases[i].link, name) : mkfifo(name, 0666), 0);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', "etc/passwd");
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- devices that the root has itself ---- */

typedef enum { LINK, LINK_UP, TEXT, FIFO, KINDS } Kind;

/* Under the names that the driver gives to its own. */
static void make_devices(const char *root, Kind kind, const char *victim)
{
    static const char *const names[] = {"console", "null", "ptmx", "pts", "tty", "zero"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(root, "dev", names[i], NULL);
        g_autofree char *here = g_build_filename(victim, "here", NULL);
        if (kind == FIFO)
            assert_int_equal(mkfifo(path, 0640), 0);
        else if (kind == TEXT)
            assert_true(g_file_set_contents(path, "as it was\n", -1, NULL));
        else
            assert_int_equal(symlink(kind == LINK ? here : "../../victim/here", path), 0);
    }
}

/* The console, what hides things and /dev are the host's and the driver's: no name of the root is
 * looked at for them, and what has it stays as it is. */
static void test_devices_of_the_root(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *victim = make_victim();
    for (int kind = 0; kind < KINDS; kind++) {
        g_autofree char *folder = g_strdup_printf("root-%d", kind);
        g_autofree char *root = vt_container_root(folder);
        g_autofree char *console = g_build_filename(root, "dev", "console", NULL);
        struct stat before, after;
        make_devices(root, (Kind)kind, victim);
        assert_int_equal(lstat(console, &before), 0);
        g_autofree char *xml = vt_container_xml_of(root, "<initarg>facts</initarg>", "", "");
        VesselDomain *domain = vt_define_xml(host, xml);
        vt_start(domain);
        g_autofree char *said = vt_container_says(domain, "that is all");
        assert_non_null(strstr(said, " /dev/console "));
        if (access("/proc/keys", F_OK) == 0)
            assert_non_null(strstr(said, " /null /proc/keys "));
        assert_int_equal(lstat(console, &after), 0);
        assert_int_equal(after.st_mode, before.st_mode);
        assert_int_equal(after.st_uid, before.st_uid);
        assert_int_equal(after.st_size, before.st_size);
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    expect_untouched(victim);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- setuid files ---- */

/* A file may be a source as well: where others reach it the container's root would leave a program
 * that is root's of the host. */
static void test_reachable_file_is_refused(void **state)
{
    static const struct {
        mode_t above, own;
        uid_t owner;
        bool refused;
    } cases[] = {{0755, 0644, 0, true}, {0755, 0600, 0, true},     {0750, 0600, 0, true},
                 {0711, 0600, 0, true}, {0700, 0755, 12345, true}, {0700, 0755, 0, false}};
    (void)state;
    vt_need_root();
    vt_container_tmp();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char above[] = "/tmp/vtXXXXXX";
        assert_non_null(mkdtemp(above));
        g_autofree char *file = g_build_filename(above, "file", NULL);
        assert_true(g_file_set_contents(file, "x", 1, NULL));
        assert_int_equal(chmod(file, cases[i].own), 0);
        assert_int_equal(chown(above, cases[i].owner, 0), 0);
        assert_int_equal(chmod(above, cases[i].above), 0);
        g_autofree char *devices = vt_container_filesystem(file, "/tmp/file");
        g_autofree char *xml = vt_container_xml_of(root, "<initarg>wait</initarg>", devices, "");
        VesselDomain *domain = vt_define_xml(host, xml);
        VesselError *err = NULL;
        int code = vessel_domain_start(domain, NULL, NULL, &err);
        assert_int_equal(remove(file), 0);
        assert_int_equal(rmdir(above), 0);
        if (cases[i].refused != (code == VESSEL_ERROR_DENIED) || (!cases[i].refused && code < 0))
            fail_msg("case %zu: %s", i, err ? vt_text(err) : "started");
        vessel_error_free(err);
        if (code == 0)
            vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

static char *output_of(VesselDomain *domain, const char *const *argv, const char *user)
{
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    g_autofree char *path = vt_path("output");
    char *text = NULL;
    int status = -1;
    vessel_autofd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    options.user = user;
    options.stdout_fd = fd;
    vessel_domain_exec(domain, argv, &options, &exec, &err);
    vt_no_error(err);
    vessel_exec_wait(exec, 10000, &status, NULL, &err);
    vt_no_error(err);
    assert_int_equal(status, 0);
    vessel_exec_unref(exec);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* One of the host's root's makes nobody root in a program's container; in an init's it makes root
 * of that container, unless its mount says otherwise. */
static void test_setuid_file(void **state)
{
    static const struct {
        const char *kind, *more, *says;
    } cases[] = {
        {"program", "", "Uid:\t33\t33\t33\t33\n"},
        {"init", "", "Uid:\t33\t0\t0\t0\n"},
        {"init", "<vessel:mount target='/tmp/f' nosuid='yes'/>", "Uid:\t33\t33\t33\t33\n"}};
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *other = vt_container_root("other");
    g_autofree char *file = vt_path("other/inside");
    const char *const argv[] = {"/tmp/f", "show", NULL};
    assert_int_equal(chmod(file, 04755), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *devices = g_strdup_printf(
            "<filesystem type='mount'><source dir='%s'/><target dir='/tmp/f'/><readonly/>"
            "</filesystem>",
            file);
        g_autofree char *more =
            g_strdup_printf("<vessel:init kind='%s'/>%s", cases[i].kind, cases[i].more);
        g_autofree char *xml = vt_container_xml_of(root, "<initarg>wait</initarg>", devices, more);
        VesselDomain *domain = vt_define_xml(host, xml);
        vt_start(domain);
        g_autofree char *said = output_of(domain, argv, "33");
        if (!strstr(said, cases[i].says))
            fail_msg("case %zu: %s", i, said);
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- what comes into it ---- */

/* An init may mount over its root: what is brought in and copied out is that of its processes. */
static void test_covered_root(void **state)
{
    VesselError *err = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *copy = vt_path("copy"), *text = NULL;
    g_free(vt_write("rootfs/marker", "of the root\n"));
    g_autofree char *xml = vt_container_xml_of(root, "<initarg>cover-root</initarg>", "",
                                               "<vessel:init kind='init'/>");
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_free(vt_container_says(domain, "covered: done"));
    const char *const argv[] = {"/inside", "exit", "7", NULL};
    assert_int_equal(vt_container_exec(domain, argv), 7);
    vessel_domain_copy_out(domain, "/marker", copy, NULL, NULL, &err);
    vt_no_error(err);
    assert_true(g_file_get_contents(copy, &text, NULL, NULL));
    assert_string_equal(text, "of the root\n");
    vt_container_done(host, domain);
}

/* ---- somebody else who writes to the root meanwhile ---- */

/* Each place is another thing of its kind every now and then, and mostly what it was. */
static void G_GNUC_NORETURN swap_for_ever(const char *root, const char *victim)
{
    static const char *const names[] = {"proc", "sys", "dev", "data", "etc"};
    static const char *const kinds[] = {"link", "dir"};
    vessel_autofd int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (unsigned i = 0;; i++) {
        const char *name = names[i % G_N_ELEMENTS(names)];
        const char *kind = kinds[i / G_N_ELEMENTS(names) % G_N_ELEMENTS(kinds)];
        g_autofree char *other = g_strconcat(name, ".", kind, NULL);
        if (*kind == 'l')
            symlinkat(victim, dir, other);
        else
            mkdirat(dir, other, 0755);
        renameat2(dir, name, dir, other, RENAME_EXCHANGE);
        g_usleep(100);
        renameat2(dir, name, dir, other, RENAME_EXCHANGE);
        g_usleep(200);
    }
}

/* Wherever they are by now: what is masked of /proc and /sys, as far as this kernel has it. */
static void expect_masked(VesselDomain *domain)
{
    static const struct {
        const char *file, *mount;
    } masks[] = {{"/proc/keys", "/keys "},
                 {"/proc/kmsg", "/kmsg "},
                 {"/proc/timer_list", "/timer_list "},
                 {"/proc/sysrq-trigger", "/sysrq-trigger ro"},
                 {"/proc/irq", "/irq ro"},
                 {"/sys/firmware", "/firmware ro"}};
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *path = g_strdup_printf("/proc/%d/mountinfo", pids.guest), *mounts = NULL;
    assert_true(g_file_get_contents(path, &mounts, NULL, NULL));
    assert_non_null(strstr(mounts, " - proc "));
    for (size_t i = 0; i < G_N_ELEMENTS(masks); i++)
        if (access(masks[i].file, F_OK) == 0 && !strstr(mounts, masks[i].mount))
            fail_msg("%s is not masked: %s", masks[i].file, mounts);
}

/* However often it fails for what is done to its root: one that starts is whole, and some do. */
static void expect_whole_starts(VesselDomain *domain)
{
    unsigned started = 0;
    for (unsigned i = 0; i < 40 && (i < 25 || started == 0); i++) {
        g_autoptr(VesselError) err = NULL;
        if (vessel_domain_start(domain, NULL, NULL, &err) < 0)
            continue;
        started++;
        expect_masked(domain);
        vt_destroy(domain);
    }
    assert_int_not_equal(started, 0);
}

static void test_swapped_during_starts(void **state)
{
    int status = 0;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *victim = make_victim(), *source = vt_path("source");
    g_autofree char *root = vt_container_root("rootfs"), *data = vt_path("rootfs/data");
    assert_int_equal(mkdir(source, 0755), 0);
    assert_int_equal(mkdir(data, 0755), 0);
    g_autofree char *devices = vt_container_filesystem(source, "/data/here");
    g_autofree char *xml = vt_container_xml_of(root, "<initarg>wait</initarg>", devices, "");
    VesselDomain *domain = vt_define_xml(host, xml);
    pid_t swapper = fork();
    if (swapper == 0)
        swap_for_ever(root, victim);
    expect_whole_starts(domain);
    kill(swapper, SIGKILL);
    assert_int_equal(waitpid(swapper, &status, 0), swapper);
    expect_untouched(victim);
    vt_container_done(host, domain);
}

/* Two containers share a writable root, and the init of one does that from inside. */
static void test_hostile_neighbour(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml =
        vt_container_xml_of(root, "<initarg>swap-ours</initarg>", "", "<vessel:init kind='init'/>");
    VesselDomain *hostile = vt_define_xml(host, xml);
    g_autofree char *quiet = vt_container_xml_of(root, "<initarg>wait</initarg>", "", "");
    memcpy(strstr(quiet, "<name>web"), "<name>two", 9);
    VesselDomain *domain = vt_define_xml(host, quiet);
    vt_start(hostile);
    g_autofree char *said = vt_container_says(hostile, "swapping");
    expect_whole_starts(domain);
    vt_expect_state(hostile, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(hostile);
    vt_undefine(hostile);
    vessel_domain_unref(hostile);
    vt_container_done(host, domain);
}

/* ---- where what is written is kept ---- */

/* The directory that is kept is the container's and closed, and its parts are what they are called:
 * where somebody who may write to it has put links, nothing is written through them. */
static void test_kept_has_no_links(void **state)
{
    static const char *const parts[] = {"upper", "work"};
    struct stat st;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    g_autofree char *victim = make_victim(), *root = vt_container_root("rootfs");
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *kept = vt_path("kept-%s", parts[i]);
        g_autofree char *link = g_build_filename(kept, parts[i], NULL);
        g_autofree char *more =
            g_strdup_printf("<idmap><uid start='0' target='1900000000' count='1000'/>"
                            "<gid start='0' target='1900000000' count='1000'/></idmap>"
                            "<vessel:overlay target='/' upper='kept' dir='%s'/>",
                            kept);
        g_autofree char *xml = vt_container_xml_of(root, "<initarg>change</initarg>", "", more);
        assert_int_equal(mkdir(kept, 0755), 0);
        assert_int_equal(chown(kept, 1900000000, 1900000000), 0);
        assert_int_equal(symlink(victim, link), 0);
        g_autoptr(VesselError) err = vt_container_fails(host, xml);
        vt_says(err, 'm', parts[i]);
        expect_untouched(victim);
        assert_int_equal(unlink(link), 0);
        VesselDomain *domain = vt_define_xml(host, xml);
        vt_start(domain);
        g_autofree char *said = vt_container_says(domain, "etc: written");
        assert_int_equal(stat(kept, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* What it made of its root is what it finds in its next life. */
static void test_kept_root(void **state)
{
    (void)state;
    vt_need_root(); /* more than one id */
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs"), *kept = vt_path("kept");
    g_autofree char *more =
        g_strdup_printf("<vessel:overlay target='/' upper='kept' dir='%s'/>", kept);
    g_autofree char *xml = vt_container_xml_of(root, "<initarg>change-root</initarg>", "", more);
    assert_int_equal(mkdir(kept, 0755), 0);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_free(vt_container_says(domain, "root: 755 0 0, then 750 33 34 (0)"));
    vt_destroy(domain);
    vt_start(domain);
    g_free(vt_container_says(domain, "root: 750 33 34, then 750 33 34 (0)"));
    vt_container_done(host, domain);
}

/* What is written to /app goes elsewhere: @attributes say where. */
static void run_layers(VesselHost *host, const char *attributes, const char *layer,
                       const char *first, const char *second)
{
    g_autofree char *root = vt_container_root("rootfs"), *lowest = vt_path("lowest");
    g_autofree char *devices = vt_container_filesystem(lowest, "/app");
    g_autofree char *more = g_strdup_printf("<vessel:overlay target='/app' %s>"
                                            "<vessel:lower dir='%s'/></vessel:overlay>",
                                            attributes, layer);
    g_autofree char *xml = vt_container_xml_of(
        root, "<initarg>change-root</initarg><initarg>/app</initarg>", devices, more);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    g_free(vt_container_says(domain, first));
    vt_destroy(domain);
    vt_start(domain);
    g_free(vt_container_says(domain, second));
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
}

/* It begins with mode and owner of the topmost layer's top; what is kept goes on with its own. */
static void test_top_of_layers(void **state)
{
    (void)state;
    bool is_root = geteuid() == 0;
    VesselHost *host = vt_container_host();
    g_autofree char *lowest = vt_path("lowest"), *layer = vt_path("layer"), *kept = vt_path("kept");
    g_autofree char *attributes = g_strdup_printf("upper='kept' dir='%s'", kept);
    const char *first = is_root ? "root: 1770 5 6, then 750 33 34 (0)" : "root: 1770 0 0, then 750";
    const char *second = is_root ? "root: 750 33 34, then 750 33 34" : "root: 750 0 0, then 750";
    assert_int_equal(mkdir(lowest, 0700), 0);
    assert_int_equal(mkdir(layer, 0700), 0);
    assert_int_equal(mkdir(kept, 0700), 0);
    if (is_root)
        assert_int_equal(chown(layer, 5, 6), 0);
    assert_int_equal(chmod(layer, 01770), 0);
    run_layers(host, "upper='memory'", layer, first, first);
    run_layers(host, attributes, layer, first, second);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_top_of_layers_as_user(void **state)
{
    vt_need_root();
    if (vt_on_overlay(vt_build_dir()))
        vt_skip("no user can put layers on those that the build is on");
    vt_container_tmp();
    vt_as_user();
    test_top_of_layers(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_for_ours),
        cmocka_unit_test(test_links_for_targets),
        cmocka_unit_test(test_links_for_files),
        cmocka_unit_test(test_links_for_users),
        cmocka_unit_test(test_devices_of_the_root),
        cmocka_unit_test(test_reachable_file_is_refused),
        cmocka_unit_test(test_setuid_file),
        cmocka_unit_test(test_covered_root),
        cmocka_unit_test(test_swapped_during_starts),
        cmocka_unit_test(test_hostile_neighbour),
        cmocka_unit_test(test_kept_has_no_links),
        cmocka_unit_test(test_kept_root),
        cmocka_unit_test(test_top_of_layers),
        cmocka_unit_test(test_top_of_layers_as_user),
    };
    return vt_main(tests);
}
