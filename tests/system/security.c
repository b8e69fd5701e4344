/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a running guest may hold and be: image files by descriptor and by nobody else, a uid that no
 * other running guest has, descriptors that are all accounted for, files that are nobody else's. */
#include "config.h"

#include "tests/lib/guest.h"

#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- who holds what ---- */

/* Calls @look for each open descriptor of @pid with what it leads to. */
static void each_descriptor(pid_t pid, void (*look)(const char *target, void *data), void *data)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char target[PATH_MAX];
        ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        if (length <= 0 || entry->d_name[0] == '.')
            continue;
        target[length] = '\0';
        look(target, data);
    }
    if (dir)
        closedir(dir);
}

typedef struct {
    const char *file;
    bool found;
} Search;

static void look_for(const char *target, void *data)
{
    Search *search = data;
    search->found |= g_str_equal(target, search->file);
}

/* The one process that has @file open; 0: nobody, -1: several. */
static pid_t holder_of(const char *file)
{
    pid_t holder = 0;
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    assert_non_null(proc);
    while ((entry = readdir(proc))) {
        Search search = {.file = file};
        pid_t pid = atoi(entry->d_name);
        if (pid <= 0)
            continue;
        each_descriptor(pid, look_for, &search);
        if (search.found)
            holder = holder ? -1 : pid;
    }
    closedir(proc);
    return holder;
}

static void no_fdset_in(const char *file)
{
    g_autofree char *text = NULL;
    gsize length;
    assert_true(g_file_get_contents(file, &text, &length, NULL));
    assert_null(memmem(text, length, "/dev/fdset", strlen("/dev/fdset")));
}

/* ---- images ---- */

/* A bootable chain in the case's directory: top.qcow2 over base.img, by its name alone. */
static char *make_chain(char **base)
{
    g_autofree char *boot = vt_guest("bootsect.img");
    g_autofree char *top = vt_path("top.qcow2");
    g_autofree char *said = NULL;
    g_autofree char *text = NULL;
    gsize length;
    int status;
    vt_need_program("qemu-img");
    *base = vt_path("base.img");
    assert_true(g_file_get_contents(boot, &text, &length, NULL));
    assert_true(g_file_set_contents(*base, text, (gssize)length, NULL));
    const char *argv[] = {"qemu-img", "create", "-q",  "-f", "qcow2", "-b",
                          "base.img", "-F",     "raw", top,  NULL};
    assert_true(g_spawn_sync(vt_root(), (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                             &said, &status, NULL));
    if (status)
        fail_msg("qemu-img: %s", said);
    return g_steal_pointer(&top);
}

static char *chain_xml(const char *top)
{
    g_autofree char *plain = vt_idle_xml("guest", NULL);
    g_auto(GStrv) parts = g_strsplit(plain, "<devices>", 2);
    return g_strdup_printf("%s<devices><disk type='file' device='disk'>"
                           "<driver name='qemu' type='qcow2'/><source file='%s'/>"
                           "<target dev='vda' bus='virtio'/></disk>%s",
                           parts[0], top, parts[1]);
}

static void images_by_descriptor(void **state)
{
    (void)state;
    vt_need_root();
    g_autofree char *base = NULL;
    g_autofree char *top = make_chain(&base);
    g_autofree char *xml = chain_xml(top);
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define_xml(host, xml);
    for (int round = 0; round < 2; round++) { /* a copy would hold QEMU's lock into the second */
        VesselError *err = NULL;
        int console = -1;
        vt_start(domain);
        VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
        vessel_domain_open_console(domain, NULL, &console, &err);
        vt_no_error(err);
        vt_read_until(console, "vessel-guest: ready", 20000); /* it read the base, by the top */
        assert_int_equal(holder_of(top), pids.guest);
        assert_int_equal(holder_of(base), pids.guest);
        g_autofree char *cmdline = g_strdup_printf("/proc/%d/cmdline", (int)pids.guest);
        g_autofree char *words = NULL;
        gsize length;
        assert_true(g_file_get_contents(cmdline, &words, &length, NULL));
        assert_null(memmem(words, length, top, strlen(top)));
        vt_destroy(domain);
        close(console);
        assert_int_equal(holder_of(top), 0);
        assert_int_equal(holder_of(base), 0);
    }
    no_fdset_in(top);
    no_fdset_in(base);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- what QEMU has ---- */

/* All that a guest without a disk needs; a directory or a file of ours would be a way out. */
static void is_expected(const char *target, void *data)
{
    static const char *const prefixes[] = {"socket:[",
                                           "anon_inode:[eventfd]",
                                           "anon_inode:[signalfd]",
                                           "anon_inode:[eventpoll]",
                                           "anon_inode:[io_uring]",
                                           "/memfd:"};
    guint *count = data;
    bool known = g_str_equal(target, "/dev/null") || g_str_has_suffix(target, "/stderr.fifo");
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        known |= g_str_has_prefix(target, prefixes[i]);
    if (!known)
        fail_msg("QEMU has a descriptor of %s", target);
    (*count)++;
}

static void descriptors_are_accounted_for(void **state)
{
    guint count = 0;
    (void)state;
    vt_need_root();
    /* Not close-on-exec, as a careless program has them. */
    int dir = open(vt_root(), O_RDONLY | O_DIRECTORY);
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define(host, "guest");
    vt_start(domain);
    each_descriptor(vt_pids(vt_state(), vessel_domain_get_uuid(domain)).guest, is_expected, &count);
    assert_in_range(count, 4, 40);
    vt_destroy(domain);
    vt_undefine(domain);
    close(dir);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- who it is ---- */

static uid_t uid_of(VesselDomain *domain, const char *dir)
{
    struct stat st;
    g_autofree char *path =
        g_strdup_printf("/proc/%d", (int)vt_pids(dir, vessel_domain_get_uuid(domain)).guest);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_gid, st.st_uid);
    assert_in_range(st.st_uid, VESSEL_UID_BASE, VESSEL_UID_BASE + VESSEL_UID_COUNT - 1);
    return st.st_uid;
}

/* Two roots know nothing of each other, and yet no two guests are one user. */
static void each_has_a_uid_of_its_own(void **state)
{
    enum { ROOTS = 2, EACH = 2 };
    VesselHost *hosts[ROOTS];
    VesselDomain *domains[ROOTS * EACH];
    uid_t uids[ROOTS * EACH];
    (void)state;
    vt_need_root();
    for (int i = 0; i < ROOTS * EACH; i++) {
        g_autofree char *dir = vt_path("root%d", i / EACH);
        g_autofree char *name = g_strdup_printf("guest-%d", i % EACH);
        if (i % EACH == 0)
            hosts[i / EACH] = vt_open_at(dir);
        domains[i] = vt_define(hosts[i / EACH], name);
        vt_start(domains[i]);
        uids[i] = uid_of(domains[i], dir);
        for (int k = 0; k < i; k++)
            assert_int_not_equal(uids[i], uids[k]);
    }
    for (int i = 0; i < ROOTS * EACH; i++) {
        vt_destroy(domains[i]);
        vt_undefine(domains[i]);
        vessel_domain_unref(domains[i]);
    }
    for (int i = 0; i < ROOTS; i++)
        vessel_host_unref(hosts[i]);
}

/* ---- files ---- */

static int is_private(const char *path, const struct stat *st, int type, struct FTW *where)
{
    mode_t wanted = S_ISDIR(st->st_mode) ? 0700 : 0600;
    (void)type;
    (void)where;
    if ((st->st_mode & 07777) != wanted || st->st_uid != 0)
        fail_msg("%s is 0%o and belongs to %u", path, st->st_mode & 07777, st->st_uid);
    return 0;
}

static void files_are_private(void **state)
{
    (void)state;
    vt_need_root();
    umask(0); /* a program's, which must not matter */
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define(host, "guest");
    vt_start(domain);
    assert_int_equal(nftw(vt_state(), is_private, 32, FTW_PHYS), 0);
    vt_destroy(domain);
    assert_int_equal(nftw(vt_state(), is_private, 32, FTW_PHYS), 0);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_by_descriptor),
        cmocka_unit_test(descriptors_are_accounted_for),
        cmocka_unit_test(each_has_a_uid_of_its_own),
        cmocka_unit_test(files_are_private),
    };
    return vt_main(tests);
}
