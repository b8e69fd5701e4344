/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container has for itself and what it shares: namespaces, its root, mounts, its console's
 * readers, the list of all domains. */
#include "tests/lib/container.h"
#include "tests/lib/image.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static ino_t namespace_of(pid_t pid, const char *kind)
{
    struct stat st;
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/%s", pid, kind);
    if (stat(path, &st) < 0)
        fail_msg("%s: %s", path, g_strerror(errno));
    return st.st_ino;
}

/* Nobody else's: not the host's, not its warden's, not another container's. */
static void expect_own_namespaces(void)
{
    static const char *const kinds[] = {"user", "mnt", "pid", "uts", "ipc", "net", "cgroup"};
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait");
    VesselDomain *other = vt_container_define(host, "two", "wait");
    vt_start(domain);
    vt_start(other);
    pid_t program = vt_container_program(domain), beside = vt_container_program(other);
    pid_t warden = vt_container_pids(domain).warden;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        ino_t own = namespace_of(program, kinds[i]);
        if (own == namespace_of(getpid(), kinds[i]) || own == namespace_of(warden, kinds[i]) ||
            own == namespace_of(beside, kinds[i]))
            fail_msg("the %s namespace is somebody else's, too", kinds[i]);
    }
    vt_destroy(other);
    vt_undefine(other);
    vessel_domain_unref(other);
    vt_container_done(host, domain);
}

static void test_namespaces(void **state)
{
    (void)state;
    expect_own_namespaces();
}

static void test_namespaces_of_a_users(void **state)
{
    (void)state;
    vt_need_root(); /* who is none already runs all the others so */
    vt_as_user();
    expect_own_namespaces();
}

/* ---- its root ---- */

static char *root_xml(const char *filesystem, const char *word, const char *more)
{
    return g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                           "<name>web</name><os><type>exe</type><init>/inside</init>"
                           "<initarg>%s</initarg></os><devices>%s</devices>%s</domain>",
                           word, filesystem, more);
}

static void expect_said(const char *xml, const char *says)
{
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    vt_container_await(domain, says);
    vt_container_done(host, domain);
}

static void expect_readonly_root(void)
{
    vt_container_prepare();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *filesystem =
        g_strdup_printf("<filesystem type='mount'><source dir='%s'/><target dir='/'/><readonly/>"
                        "</filesystem>",
                        root);
    g_autofree char *xml = root_xml(filesystem, "change", "");
    expect_said(xml, "etc: Read-only file system, inside: Read-only file system");
}

static void test_readonly_root(void **state)
{
    (void)state;
    expect_readonly_root();
}

static void test_readonly_root_of_a_users(void **state)
{
    (void)state;
    vt_need_root();
    vt_as_user();
    expect_readonly_root();
}

/* A loop device of the host's with a file system of @root's files, which goes when the descriptor
 * is closed; *path is the caller's to free. */
static int make_block_device(const char *root, char **path)
{
    struct loop_info64 info = {.lo_flags = LO_FLAGS_AUTOCLEAR};
    g_autofree char *image = vt_image_of("ext4", root);
    vessel_autofd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    vessel_autofd int file = open(image, O_RDWR | O_CLOEXEC);
    for (int i = 0; i < 20 && control >= 0; i++) { /* another test may be quicker */
        *path = g_strdup_printf("/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
        int device = open(*path, O_RDWR | O_CLOEXEC);
        if (device >= 0 && ioctl(device, LOOP_SET_FD, file) == 0) {
            assert_int_equal(ioctl(device, LOOP_SET_STATUS64, &info), 0);
            return device;
        }
        if (device >= 0)
            close(device);
        g_clear_pointer(path, g_free);
    }
    vt_skip("no loop device can be had here");
    return -1;
}

static void test_block_device(void **state)
{
    (void)state;
    vt_container_prepare();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *device = NULL;
    vessel_autofd int fd = make_block_device(root, &device);
    g_autofree char *filesystem = g_strdup_printf(
        "<filesystem type='block'><source dev='%s'/><target dir='/'/></filesystem>", device);
    g_autofree char *plain =
        root_xml(filesystem, "facts", "<vessel:image target='/' type='ext4'/>");
    g_autofree char *writable =
        root_xml(filesystem, "change", "<vessel:image target='/' type='ext4' writable='yes'/>");
    expect_said(plain, " / / ro,nosuid,nodev");
    expect_said(writable, "etc: written, inside: removed");
    assert_true(fd >= 0);
}

/* ---- statistics ---- */

static bool has_text(const VesselStats *stats, const char *key, const char *part)
{
    int64_t index = vessel_stats_find(stats, key);
    const char *value = index < 0 ? NULL : vessel_stats_value_string(stats, (size_t)index);
    return value && strstr(value, part);
}

static uint64_t number_of(const VesselStats *stats, const char *key)
{
    int64_t index = vessel_stats_find(stats, key);
    return index < 0 ? 0 : vessel_stats_value_u64(stats, (size_t)index);
}

/* The disk that its root is read from: nobody has read that before. It has a limit, since v1 counts
 * no others since Linux 6.10. */
static void test_reads_of_a_disk(void **state)
{
    VesselError *err = NULL;
    VesselStats *stats = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *device = NULL, *name = NULL;
    vessel_autofd int fd = make_block_device(root, &device);
    g_autofree char *filesystem = g_strdup_printf(
        "<filesystem type='block'><source dev='%s'/><target dir='/'/></filesystem>", device);
    g_autofree char *more = g_strdup_printf(
        "<blkiotune><device><path>%s</path><read_bytes_sec>1000000000</read_bytes_sec></device>"
        "</blkiotune><vessel:image target='/' type='ext4'/>",
        device);
    g_autofree char *xml = root_xml(filesystem, "wait", more);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    bool counted = vessel_stats_find(stats, "block.count") >= 0, found = false;
    for (uint64_t i = 0; i < number_of(stats, "block.count") && !found; i++) {
        g_autofree char *key = g_strdup_printf("block.%d.name", (int)i);
        g_autofree char *bytes = g_strdup_printf("block.%d.rd.bytes", (int)i);
        found = has_text(stats, key, device + strlen("/dev/")) && number_of(stats, bytes) > 4096;
    }
    vessel_stats_free(stats);
    vt_container_done(host, domain);
    assert_true(fd >= 0);
    if (!counted)
        vt_skip("no controller counts what a group reads here");
    assert_true(found);
}

/* Both kinds in one call, each with what it used. */
static void test_one_call_for_all(void **state)
{
    VesselError *err = NULL;
    VesselStats **all = NULL;
    size_t count = 0, seen = 0;
    (void)state;
    vt_need_program("qemu-system-x86_64");
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_define(host, "web", "wait"),
                 *machine = vt_define(host, "vm");
    vt_start(domain);
    vt_start(machine);
    vessel_host_stats(host, NULL, &all, &count, &err);
    vt_no_error(err);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        bool container = strcmp(vessel_stats_domain_name(all[i]), "web") == 0;
        assert_null(vessel_stats_error(all[i]));
        assert_true(vessel_stats_find(all[i], "cpu.time") >= 0);
        assert_true((vessel_stats_find(all[i], "x.pids.current") >= 0) == container);
        seen |= container ? 1 : 2;
    }
    assert_int_equal(seen, 3);
    vessel_stats_list_free(all);
    vt_destroy(machine);
    vt_undefine(machine);
    vessel_domain_unref(machine);
    vt_container_done(host, domain);
}

/* ---- mounts ---- */

static bool is_mounted(pid_t pid, const char *text)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/mountinfo", pid), *mounts = NULL;
    assert_true(g_file_get_contents(path, &mounts, NULL, NULL));
    return strstr(mounts, text) != NULL;
}

/* What is mounted later on either side stays there, whatever the host's mounts are: shared ones
 * here. */
static void test_propagation(void **state)
{
    (void)state;
    vt_need_root();
    vt_private_mounts();
    vt_container_prepare();
    g_autofree char *root = vt_container_root("rootfs"), *data = vt_path("data");
    g_autofree char *below = vt_path("data/below"), *within = vt_path("rootfs/tmp");
    assert_int_equal(mkdir(data, 0755), 0);
    assert_int_equal(mkdir(below, 0755), 0);
    assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
    VesselHost *host = vt_container_host();
    g_autofree char *devices = g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target dir='/data'/></filesystem>", data);
    g_autofree char *body = vt_container_body(root, "<initarg>escape-init</initarg>", devices);
    g_autofree char *xml = g_strdup_printf(
        "<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'><name>web</name>%s"
        "<vessel:init kind='init'/></domain>",
        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    vt_container_await(domain, "that is all"); /* it has mounted what it could */
    pid_t program = vt_container_pids(domain).guest;
    assert_false(is_mounted(getpid(), "/rootfs/tmp/sys "));
    assert_int_equal(mount("vtlater", below, "tmpfs", 0, NULL), 0);
    assert_int_equal(mount("vtlater", within, "tmpfs", 0, NULL), 0);
    assert_true(is_mounted(getpid(), "/data/below "));
    assert_false(is_mounted(program, " /data/below "));
    assert_false(is_mounted(program, " - tmpfs vtlater "));
    assert_false(is_mounted(program, "shared:"));
    assert_int_equal(umount2(below, MNT_DETACH), 0);
    assert_int_equal(umount2(within, MNT_DETACH), 0);
    vt_container_done(host, domain);
}

/* ---- who looks at it ---- */

static int open_reader(VesselDomain *domain)
{
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;
    VesselError *err = NULL;
    int fd = -1;
    options.flags = VESSEL_DOMAIN_CONSOLE_READONLY;
    vessel_domain_open_console(domain, &options, &fd, &err);
    vt_no_error(err);
    return fd;
}

/* Each has all of it, from the first byte on, whenever it came. */
static void test_readers_of_a_terminal(void **state)
{
    VesselError *err = NULL;
    int readers[3], writer = -1;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>echo</initarg>", "");
    readers[0] = open_reader(domain);
    readers[1] = open_reader(domain);
    vt_container_await(domain, "ready");
    vessel_domain_open_console(domain, NULL, &writer, &err);
    vt_no_error(err);
    assert_int_equal(write(writer, "hello\n", 6), 6);
    vt_container_await(domain, "heard hello");
    readers[2] = open_reader(domain);
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        vt_read_until(readers[i], "ready\r\nhello\r\nheard hello\r\n", 5000);
        close(readers[i]);
    }
    close(writer);
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_namespaces_of_a_users),
        cmocka_unit_test(test_readonly_root),
        cmocka_unit_test(test_readonly_root_of_a_users),
        cmocka_unit_test(test_block_device),
        cmocka_unit_test(test_reads_of_a_disk),
        cmocka_unit_test(test_one_call_for_all),
        cmocka_unit_test(test_propagation),
        cmocka_unit_test(test_readers_of_a_terminal),
    };
    return vt_main(tests);
}
