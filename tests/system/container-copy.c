/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files into a running container and out of it, and what a container that wishes us ill can make of
 * that: an error, in time, and nothing else. */
#include "base/file.h"
#include "tests/lib/command.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#define TIME 1600000000
#define LONG_MS 5000

static VesselHost *open_host(void)
{
    VesselHost *host = vt_container_host();
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    VesselError *err = NULL;
    spec.type = "container";
    assert_int_equal(vessel_host_supports(host, "domain_copy_in", &spec, NULL, &err), 1);
    vt_no_error(err);
    return host;
}

static VesselDomain *begin(VesselHost **host, const char *word)
{
    *host = open_host();
    VesselDomain *domain = vt_container_define(*host, "web", word);
    vt_start(domain);
    return domain;
}

static void done(VesselHost *host, VesselDomain *domain)
{
    if (vt_state_of(domain) != VESSEL_DOMAIN_SHUT_OFF)
        vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void copy_in(VesselDomain *domain, const char *from, const char *to)
{
    VesselError *err = NULL;
    vessel_domain_copy_in(domain, from, to, NULL, NULL, &err);
    vt_no_error(err);
}

static void copy_out(VesselDomain *domain, const char *from, const char *to)
{
    VesselError *err = NULL;
    vessel_domain_copy_out(domain, from, to, NULL, NULL, &err);
    vt_no_error(err);
}

static void put(const char *path, const char *text)
{
    if (!g_file_set_contents(path, text, -1, NULL))
        fail_msg("%s cannot be written", path);
}

static void assert_text(const char *path, const char *expected)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail_msg("%s is not there", path);
    assert_string_equal(text, expected);
}

static void assert_link(const char *path, const char *expected)
{
    g_autofree char *target = g_file_read_link(path, NULL);
    if (!target)
        fail_msg("%s is no link", path);
    assert_string_equal(target, expected);
}

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* A directory in the case's own, with those below it. */
static char *make_dirs(const char *format, ...) G_GNUC_PRINTF(1, 2);
static char *make_dirs(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *name = g_strdup_vprintf(format, args);
    va_end(args);
    char *path = vt_path("%s", name);
    assert_int_equal(g_mkdir_with_parents(path, 0755), 0);
    return path;
}

static char *below(const char *directory, const char *name)
{
    return g_build_filename(directory, name, NULL);
}

/* ---- what arrives ---- */

static const char *const names[] = {"plain", "two\nlines", "caf\xc3\xa9", "bad-\xff", "-dash"};

static char *make_tree(void)
{
    char *tree = make_dirs("tree");
    const struct timespec times[2] = {{.tv_sec = TIME}, {.tv_sec = TIME, .tv_nsec = 7}};
    g_autofree char *deep = make_dirs("tree/deep/er"), *link = below(tree, "link"),
                    *program = below(tree, "program"), *hole = below(tree, "hole"),
                    *empty = make_dirs("tree/empty");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = below(deep, names[i]);
        put(path, names[i]);
    }
    put(program, "#!");
    assert_int_equal(chmod(program, 06751), 0);
    put(hole, "");
    assert_int_equal(truncate(hole, (off_t)1 << 32), 0);
    assert_int_equal(symlink("/etc/shadow", link), 0);
    assert_int_equal(chmod(empty, 0710), 0);
    assert_int_equal(utimensat(AT_FDCWD, program, times, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, tree, times, 0), 0);
    return tree;
}

static void assert_tree(const char *tree)
{
    g_autofree char *link = below(tree, "link"), *program = below(tree, "program"),
                    *hole = below(tree, "hole"), *empty = below(tree, "empty");
    struct stat st;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(tree, "deep/er", names[i], NULL);
        assert_text(path, names[i]);
    }
    assert_link(link, "/etc/shadow");
    assert_int_equal(stat(program, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0751);
    assert_int_equal(st.st_mtim.tv_sec, TIME);
    assert_int_equal(st.st_mtim.tv_nsec, 7);
    assert_int_equal(st.st_uid, geteuid());
    assert_int_equal(stat(hole, &st), 0);
    assert_int_equal(st.st_size, (off_t)1 << 32);
    assert_true(st.st_blocks < 100);
    assert_int_equal(stat(empty, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0710);
    assert_int_equal(stat(tree, &st), 0);
    assert_int_equal(st.st_mtime, TIME);
}

static void there_and_back(void)
{
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *tree = make_tree(), *inside = vt_path("rootfs/data"), *back = vt_path("back");
    copy_in(domain, tree, "/data");
    assert_tree(inside); /* the container's root is on the disk whom the root belongs to */
    copy_out(domain, "/data", back);
    assert_tree(back);
    done(host, domain);
}

static void test_there_and_back(void **state)
{
    (void)state;
    there_and_back();
}

static void test_as_user(void **state)
{
    (void)state;
    vt_need_root();
    vt_reachable_by(1000);
    vt_as_user();
    there_and_back();
}

/* ---- where it goes ---- */

static void test_places(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *file = vt_write("file", "text"), *other = vt_write("other", "other");
    g_autofree char *from = make_dirs("from"), *in = below(from, "in"),
                    *all = g_strconcat(from, "/.", NULL), *slash = g_strconcat(from, "/", NULL),
                    *root = vt_path("rootfs"), *link = vt_path("link"),
                    *led = g_strconcat(link, "/", NULL), *led_all = g_strconcat(link, "/.", NULL);
    const struct {
        const char *from, *to, *made; /* NULL: refused */
        int code;
    } cases[] = {
        {file, "/new", "new", 0},
        {file, "/tmp", "tmp/file", 0},
        {file, "tmp/named", "tmp/named", 0},
        {other, "/tmp/", "tmp/other", 0},
        {from, "/tmp", "tmp/from/in", 0},
        {from, "/tmp/also", "tmp/also/in", 0},
        {from, "/tmp/also/", "tmp/also/from/in", 0},
        {all, "/tmp/all", "tmp/all/in", 0},
        {all, "/etc", "etc/in", 0},
        {file, "/", "file", 0},
        {file, "/none/", NULL, VESSEL_ERROR_NOT_FOUND},
        {file, "/none/there", NULL, VESSEL_ERROR_NOT_FOUND},
        {file, "/tmp/file/", NULL, VESSEL_ERROR_NOT_FOUND},
        {from, "/tmp/file", NULL, VESSEL_ERROR_EXISTS},
        {file, "/tmp/..", "file", 0},
        {slash, "/tmp/slash", "tmp/slash/in", 0},
        {slash, "/tmp/slash", "tmp/slash/from/in", 0},
        {from, "/tmp/slash/.", "tmp/slash/from/in", 0},
        {all, "/none/all", NULL, VESSEL_ERROR_NOT_FOUND},
        {led, "/tmp/led", "tmp/led/in", 0}, /* what it leads to */
        {led_all, "/tmp/led-all", "tmp/led-all/in", 0},
        {from, "/to-tmp", "tmp/from/in", 0}, /* through a link to a directory */
        {from, "/to-tmp/through", "tmp/through/in", 0},
        {from, "/to-nothing", NULL, VESSEL_ERROR_EXISTS},
        {file, "/to-nothing/", NULL, VESSEL_ERROR_NOT_FOUND},
        {"/none", "/tmp", NULL, VESSEL_ERROR_NOT_FOUND},
        {file, "/proc/new", NULL, VESSEL_ERROR_NOT_FOUND},
        {"", "/tmp", NULL, VESSEL_ERROR_INVALID_ARGUMENT},
        {file, NULL, NULL, VESSEL_ERROR_INVALID_ARGUMENT},
    };
    static const char *const links[][2] = {{"to-tmp", "/tmp"}, {"to-nothing", "none"}};
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++) {
        g_autofree char *made = below(root, links[i][0]);
        assert_int_equal(symlink(links[i][1], made), 0);
    }
    assert_int_equal(symlink("from", link), 0);
    put(in, "in");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int code = vessel_domain_copy_in(domain, cases[i].from, cases[i].to, NULL, NULL, &err);
        g_autofree char *made = cases[i].made ? below(root, cases[i].made) : NULL;
        if (code != cases[i].code || (made && !is_there(made)))
            fail_msg("case %zu: %d %s", i, code, err ? vessel_error_message(err) : "");
        g_clear_pointer(&err, vessel_error_free);
    }
    done(host, domain);
}

/* A link is one, and gives way to a file; what it leads to stays. */
static void test_over_links(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *file = vt_write("file", "text"), *link = vt_path("link");
    g_autofree char *copied = vt_path("rootfs/tmp/link"), *named = vt_path("rootfs/to-file");
    g_autofree char *kept = vt_path("rootfs/tmp/kept");
    assert_int_equal(symlink("from", link), 0);
    copy_in(domain, link, "/tmp");
    assert_link(copied, "from");
    put(kept, "kept");
    assert_int_equal(symlink("/tmp/kept", named), 0);
    copy_in(domain, file, "/to-file");
    assert_text(kept, "kept");
    assert_text(named, "text");
    done(host, domain);
}

/* Directories are joined; a file does not take the place of one. */
static void test_over_directories(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *file = vt_write("file", "text"), *clash = make_dirs("rootfs/tmp/clash/file");
    g_autofree char *from = make_dirs("from"), *in = below(from, "in");
    g_autofree char *joined = vt_path("rootfs/tmp/from/kept"),
                    *came = vt_path("rootfs/tmp/from/in"), *there = vt_path("rootfs/tmp/from");
    struct stat st;
    vessel_domain_copy_in(domain, file, "/tmp/clash", NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    put(in, "in");
    copy_in(domain, from, "/tmp");
    put(joined, "kept");
    assert_int_equal(chmod(there, 0711), 0);
    copy_in(domain, from, "/tmp");
    assert_text(joined, "kept");
    assert_text(came, "in");
    assert_int_equal(stat(there, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0711); /* that of the one that was there */
    done(host, domain);
}

/* ---- what is not copied ---- */

static void test_left_out(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselJob *job = NULL;
    char *phase = NULL;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *tree = make_dirs("rootfs/data"), *fifo = below(tree, "fifo"),
                    *file = below(tree, "file"), *passwd = vt_path("rootfs/etc/passwd");
    g_autofree char *back = vt_path("back"), *got = below(back, "file"), *null = vt_path("null");
    struct stat st;
    int64_t began = vt_now_us();
    put(file, "text");
    assert_int_equal(mkfifo(fifo, 0666), 0);
    assert_int_equal(mkfifo(passwd, 0666), 0);
    vessel_domain_copy_out(domain, "/data", back, NULL, &job, &err);
    vt_no_error(err);
    vessel_job_wait(job, 10000, &err);
    vt_no_error(err);
    vessel_job_state(job, NULL, &phase, &err);
    assert_string_equal(phase, "3 files; 1 left out: /data/fifo (a FIFO)");
    vessel_free(phase);
    vessel_job_unref(job);
    assert_text(got, "text");
    static const char *const refused[] = {
        "/etc/passwd",  "/dev/null",       "/dev/pts", "/proc/self/mem",
        "/proc/1/root", "/proc/self/fd/0", "/sys"};
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        int code = vessel_domain_copy_out(domain, refused[i], back, NULL, NULL, &err);
        if (code == 0)
            fail_msg("%s was copied", refused[i]);
        g_clear_pointer(&err, vessel_error_free);
    }
    assert_true(vt_now_us() - began < LONG_MS * 1000);
    /* A device stays what it is: of the case's own, and not the host's /dev/null. */
    if (geteuid() == 0 && mknod(null, S_IFCHR | 0666, makedev(1, 3)) == 0) {
        vessel_domain_copy_out(domain, "/data/file", null, NULL, NULL, &err);
        vt_says(err, 'm', "is a device, which is neither replaced nor written to");
        vt_error(&err, VESSEL_ERROR_EXISTS);
        assert_int_equal(stat(null, &st), 0);
        assert_true(S_ISCHR(st.st_mode));
    }
    assert_true(vessel_domain_copy_in(domain, file, "/dev/null", NULL, NULL, NULL) < 0);
    /* In the place of a FIFO a file comes, and nobody writes to that FIFO. */
    copy_in(domain, file, "/etc/passwd");
    assert_text(passwd, "text");
    done(host, domain);
}

/* ---- links ---- */

static void test_links(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *outside = make_dirs("outside"), *secret = below(outside, "secret");
    g_autofree char *root = vt_path("rootfs"), *way = below(root, "way"), *up = below(root, "up");
    g_autofree char *file = vt_write("secret", "new"), *back = make_dirs("back");
    g_autofree char *up_path = g_strdup_printf("../../../../../..%s", outside);
    put(secret, "secret");
    assert_int_equal(symlink(outside, way), 0);
    assert_int_equal(symlink(up_path, up), 0);
    static const char *const into[] = {"/way/secret", "/way/", "/up/secret", "/up/"};
    for (size_t i = 0; i < G_N_ELEMENTS(into); i++) {
        assert_true(vessel_domain_copy_in(domain, file, into[i], NULL, NULL, NULL) < 0);
        assert_true(vessel_domain_copy_out(domain, into[i], back, NULL, NULL, NULL) < 0);
    }
    copy_out(domain, "/way", back);
    g_autofree char *got = below(back, "way");
    assert_link(got, outside);
    /* A link in a file's place goes, what it leads to stays; in a directory's place it is refused.
     */
    g_autofree char *data = make_dirs("rootfs/data"), *mine = below(data, "way");
    put(mine, "mine");
    copy_out(domain, "/data/.", back);
    assert_text(got, "mine");
    unlink(got);
    assert_int_equal(symlink(outside, got), 0);
    unlink(mine);
    g_autofree char *folder = make_dirs("rootfs/data/way"), *evil = below(folder, "secret");
    put(evil, "evil");
    vessel_domain_copy_out(domain, "/data/.", back, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    vessel_domain_copy_in(domain, folder, "/", NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    assert_text(secret, "secret");
    done(host, domain);
}

/* Directories and links change places while they are copied. */
static void test_swapped(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    int ends[2];
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    g_autofree char *outside = make_dirs("outside"), *secret = below(outside, "secret");
    g_autofree char *folder = make_dirs("rootfs/data/one"), *file = below(folder, "secret");
    g_autofree char *link = vt_path("rootfs/data/other"), *back = vt_path("back");
    static const char *const sides[] = {"one", "other"};
    struct stat st;
    g_autofree char *source = make_dirs("source/one"), *evil = below(source, "secret");
    put(secret, "secret");
    put(file, "mine");
    put(evil, "evil");
    assert_int_equal(symlink(outside, link), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    options.stdout_fd = ends[1];
    vessel_domain_exec(domain,
                       (const char *const[]){"/inside", "swap", "/data/one", "/data/other", NULL},
                       &options, &exec, &err);
    vt_no_error(err);
    vt_read_until(ends[0], "swapping", 5000);
    for (int i = 0; i < 40; i++) {
        vessel_domain_copy_out(domain, "/data", back, NULL, NULL, NULL);
        for (size_t k = 0; k < G_N_ELEMENTS(sides); k++) {
            g_autofree char *side = g_build_filename(back, sides[k], NULL);
            g_autofree char *got = below(side, "secret"), *text = NULL;
            /* What came as a link is one: it is we who would follow it. */
            if (lstat(side, &st) == 0 && S_ISDIR(st.st_mode) &&
                g_file_get_contents(got, &text, NULL, NULL))
                assert_string_not_equal(text, "secret");
        }
        vessel__remove_tree(AT_FDCWD, back, NULL);
        vessel_domain_copy_in(domain, source, "/data", NULL, NULL, NULL);
        assert_text(secret, "secret");
    }
    vessel_exec_unref(exec);
    close(ends[0]);
    close(ends[1]);
    done(host, domain);
}

/* ---- how much, and how long ---- */

#define BIG 128 /* MiB */

/* No holes: those are copied in no time. */
static void write_blocks(const char *path, int count)
{
    g_autofree char *block = g_strnfill(1 << 20, 'x');
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    for (int i = 0; i < count; i++)
        assert_int_equal(vessel__write_all(fd, block, 1 << 20), 0);
    close(fd);
}

static void assert_whole_or_gone(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        assert_int_equal(st.st_size, (off_t)BIG << 20);
}

static void test_endless(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    VesselDomainCopyOptions options = VESSEL_DOMAIN_COPY_OPTIONS_INIT;
    VesselExecOptions how = VESSEL_EXEC_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselExec *exec = NULL;
    int ends[2];
    g_autofree char *back = vt_path("back"), *big = vt_path("rootfs/big");
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    how.stdout_fd = ends[1];
    vessel_domain_exec(domain, (const char *const[]){"/inside", "grow", "/tmp/log", NULL}, &how,
                       &exec, &err);
    vt_no_error(err);
    vt_read_until(ends[0], "growing", 5000);
    copy_out(domain, "/tmp/log", back); /* what it was at first */
    assert_true(is_there(back));
    assert_int_equal(unlink(back), 0);
    vessel_exec_unref(exec);
    close(ends[0]);
    close(ends[1]);
    write_blocks(big, 8);
    options.max_bytes = 1 << 20;
    vessel_domain_copy_out(domain, "/big", back, &options, NULL, &err);
    vt_error(&err, VESSEL_ERROR_NO_SPACE);
    assert_false(is_there(back));
    vessel_domain_copy_in(domain, big, "/tmp/big", &options, NULL, &err);
    vt_error(&err, VESSEL_ERROR_NO_SPACE);
    g_autofree char *inside = vt_path("rootfs/tmp/big");
    assert_false(is_there(inside));
    done(host, domain);
}

/* A FUSE file system that nobody answers for, in this process's mounts or (@pid) another's. */
static int mount_hung(pid_t pid, const char *path)
{
    int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC), status = 0;
    if (fuse < 0)
        vt_skip("/dev/fuse: %s", g_strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        g_autofree char *mounts = g_strdup_printf("/proc/%d/ns/mnt", pid);
        g_autofree char *options =
            g_strdup_printf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
        int ns = pid ? open(mounts, O_RDONLY | O_CLOEXEC) : -1;
        if (pid && (ns < 0 || setns(ns, CLONE_NEWNS) < 0))
            _exit(1);
        _exit(mount("vt", path, "fuse", 0, options) < 0 ? 2 : 0);
    }
    waitpid(child, &status, 0);
    if (status != 0)
        vt_skip("a FUSE file system cannot be mounted (%d)", WEXITSTATUS(status));
    return fuse;
}

static void assert_too_late(int code, VesselError *err, int64_t began)
{
    assert_int_equal(code, VESSEL_ERROR_TIMEOUT);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_true(vt_now_us() - began < LONG_MS * 1000);
}

static void test_hung(void **state)
{
    (void)state;
    vt_need_root();
    vt_private_mounts();
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    VesselDomainCopyOptions options = VESSEL_DOMAIN_COPY_OPTIONS_INIT;
    VesselError *err = NULL;
    g_autofree char *hung = make_dirs("hung"), *file = vt_write("file", "text"),
                    *back = vt_path("back"), *uuid = g_strdup(vessel_domain_get_uuid(domain));
    int fuse = mount_hung(vt_pids(vt_state(), uuid).guest, "/tmp");
    int64_t began = vt_now_us();
    options.timeout_ms = 500;
    int code = vessel_domain_copy_out(domain, "/tmp/x", back, &options, NULL, &err);
    assert_too_late(code, g_steal_pointer(&err), began);
    began = vt_now_us();
    code = vessel_domain_copy_in(domain, file, "/tmp/x", &options, NULL, &err);
    assert_too_late(code, g_steal_pointer(&err), began);
    /* Others are not held up, nor is its end. */
    copy_in(domain, file, "/etc/hosts");
    int here = mount_hung(0, hung);
    began = vt_now_us();
    code = vessel_domain_copy_out(domain, "/inside", hung, &options, NULL, &err);
    assert_too_late(code, g_steal_pointer(&err), began);
    close(here);
    umount2(hung, MNT_DETACH);
    vt_destroy(domain);
    close(fuse);
    done(host, domain);
}

/* ---- the container's state, and the caller's end ---- */

static bool is_growing(void *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size > 0;
}

static void test_states(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *file = vt_write("file", "text");
    if (vessel_domain_suspend(domain, NULL, NULL) == 0) {
        vessel_domain_copy_in(domain, file, "/tmp", NULL, NULL, &err);
        vt_error(&err, VESSEL_ERROR_WRONG_STATE);
        vessel_domain_resume(domain, NULL, &err);
        vt_no_error(err);
    }
    copy_in(domain, file, "/tmp");
    vt_destroy(domain);
    vessel_domain_copy_out(domain, "/tmp/file", file, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_WRONG_STATE);
    assert_text(file, "text");
    done(host, domain);
}

static void test_ends(void **state)
{
    (void)state;
    VesselHost *host;
    VesselError *err = NULL;
    VesselJob *job = NULL;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *big = vt_path("rootfs/big"), *back = vt_path("back");
    write_blocks(big, BIG);
    /* Cancelled: what is not whole goes. */
    vessel_domain_copy_out(domain, "/big", back, NULL, &job, &err);
    vt_no_error(err);
    vt_wait(is_growing, back, 10000);
    if (vessel_job_cancel(job, &err) == 0) {
        vessel_job_wait(job, 10000, &err);
        if (err) { /* it may just have ended */
            vt_error(&err, VESSEL_ERROR_CANCELLED);
            assert_whole_or_gone(back);
        }
    }
    g_clear_pointer(&err, vessel_error_free);
    vessel_job_unref(job);
    unlink(back);
    /* The calling program is killed: both ends go with it. */
    pid_t program = fork();
    if (program == 0) {
        VesselHost *own = vt_open();
        VesselDomain *same = NULL;
        if (vessel_domain_lookup_by_name(own, "web", &same, NULL) == 0)
            vessel_domain_copy_out(same, "/big", back, NULL, NULL, NULL);
        _exit(0);
    }
    vt_wait(is_growing, back, 10000);
    kill(program, SIGKILL);
    waitpid(program, NULL, 0);
    unlink(back);
    /* The container ends. */
    vessel_domain_copy_out(domain, "/big", back, NULL, &job, &err);
    vt_no_error(err);
    vt_wait(is_growing, back, 10000);
    vt_destroy(domain);
    vessel_job_wait(job, 10000, &err);
    if (err) {
        vt_one_of(err, VESSEL_ERROR_WRONG_STATE, VESSEL_ERROR_IO);
        assert_whole_or_gone(back);
    }
    vessel_error_free(err);
    vessel_job_unref(job);
    done(host, domain);
}

static void test_ends_as_user(void **state)
{
    vt_need_root();
    vt_as_user();
    test_ends(state);
}

/* ---- the commands ---- */

static void test_command(void **state)
{
    (void)state;
    VesselHost *host;
    VesselDomain *domain = begin(&host, "wait");
    g_autofree char *file = vt_write("a:b", "text"), *inside = vt_path("rootfs/tmp/a:b");
    g_autofree char *back = vt_path("back"), *fifo = vt_path("rootfs/tmp/\033[2Jfifo"),
                    *said = NULL;
    assert_int_equal(vt_command(VT_WORDS("cp", "./a:b", "web:/tmp"), NULL, NULL), 0);
    assert_text(inside, "text");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(vt_command(VT_WORDS("cp", "web:tmp", "back"), NULL, &said), 0);
    assert_non_null(strstr(said, "1 left out: tmp/\\x1b[2Jfifo (a FIFO)"));
    g_autofree char *got = below(back, "a:b");
    assert_text(got, "text");
    assert_int_equal(vt_command(VT_WORDS("cp", "web:/none", "back"), NULL, NULL), 1);
    assert_int_equal(vt_command(VT_WORDS("cp", "nobody:/none", "back"), NULL, NULL), 1);
    assert_int_equal(vt_command(VT_WORDS("cp", "web:/tmp", "web:/etc"), NULL, NULL), 2);
    assert_int_equal(vt_command(VT_WORDS("cp", "a", "b"), NULL, NULL), 2);
    assert_int_equal(vt_command(VT_WORDS("cp", "web:", "b"), NULL, NULL), 2);
    done(host, domain);
}

/* A root file system of an archive, and a container of that. */
static void test_imported(void **state)
{
    (void)state;
    vt_container_prepare();
    VesselHost *host = open_host();
    if (vessel_host_supports(host, "host_import_rootfs", NULL, NULL, NULL) != 1)
        vt_skip("built without libarchive");
    vt_need_program("tar");
    g_autofree char *root = vt_container_root("packed"), *file = vt_path("small.tar");
    g_autofree char *tar = g_strdup_printf("tar -C %s -cf %s .", root, file), *path = NULL;
    int status = 1;
    assert_true(g_spawn_command_line_sync(tar, NULL, NULL, &status, NULL) && status == 0);
    g_autofree char *said = NULL;
    assert_int_equal(vt_command(VT_WORDS("rootfs-import", file), NULL, NULL), 0);
    path = g_build_filename(vt_state(), "rootfs/small", NULL);
    g_autofree char *body = vt_container_body(path, "<initarg>wait</initarg>", "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container'>\n  <name>web</name>\n%s</domain>\n", body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    copy_in(domain, file, "/tmp");
    g_autofree char *made = below(path, "tmp/small.tar");
    assert_true(is_there(made));
    done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_as_user),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_over_links),
        cmocka_unit_test(test_over_directories),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_swapped),
        cmocka_unit_test(test_endless),
        cmocka_unit_test(test_hung),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_ends_as_user),
        cmocka_unit_test(test_command),
        cmocka_unit_test(test_imported),
    };
    return vt_main(tests);
}
