/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions that are no good, and files that are not there, not readable or in use: the
 * documented error, where it is, what to do, and nothing changed. */
#include "tests/lib/guest.h"
#include "tests/lib/image.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- define ---- */

static void nothing_changed(VesselHost *host)
{
    VesselDomain **list = NULL;
    VesselError *err = NULL;
    size_t count = 0;
    vessel_domain_list(host, 0, &list, &count, &err);
    vt_no_error(err);
    assert_int_equal(count, 0);
    vessel_domain_list_free(list);
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.defined", NULL), 0);
}

static VesselError *refused_quickly(VesselHost *host, const char *text)
{
    VesselDomain *domain = (VesselDomain *)0x1;
    VesselError *err = NULL, *validation = NULL;
    int64_t began = vt_now_us();
    int code = vessel_domain_define(host, text, NULL, &domain, &err);
    if (vt_now_us() - began > 3000000)
        fail_msg("it took %d ms", (int)((vt_now_us() - began) / 1000));
    assert_true(code < 0);
    assert_int_equal(code, vessel_error_code(err));
    assert_null(domain);
    /* The answer of validate is the same. */
    assert_int_equal(vessel_host_validate(host, text, 0, &validation), code);
    assert_string_equal(vessel_error_message(validation), vessel_error_message(err));
    vessel_error_free(validation);
    return err;
}

/* Refused as a definition; *line and *path of one of its problems, as far as they are given. */
static void refused(const char *text, const char *path, const char *message)
{
    VesselHost *host = vt_open();
    VesselError *err = refused_quickly(host, text);
    vt_one_of(err, VESSEL_ERROR_INVALID_DEFINITION);
    if (path)
        vt_says(err, 'p', path);
    if (message)
        vt_says(err, 'm', message);
    assert_true(vessel_error_problem_count(err) >= 1);
    vessel_error_free(err);
    nothing_changed(host);
    vessel_host_unref(host);
}

static char *with(const char *where, const char *what)
{
    g_autofree char *xml = vt_idle_xml("guest", NULL);
    char *at = strstr(xml, where);
    assert_non_null(at);
    *at = '\0';
    return g_strconcat(xml, what, at + strlen(where), NULL);
}

static void malformed(void **state)
{
    (void)state;
    refused("<domain type='emulator'>\n<name>a</name>\n<memory>1</domain>", NULL, "well-formed");
    refused("<domain", NULL, NULL);
    refused("no XML at all", NULL, NULL);
    refused("{\"name\": ", NULL, NULL);
    refused("<domain type='emulator'><name>\xff\xfe</name></domain>", NULL, NULL);
    VesselHost *host = vt_open();
    VesselError *err = refused_quickly(host, "<domain type='emulator'>\n<name>a</nome>\n</domain>");
    assert_int_equal(vessel_error_line(vessel_error_problem(err, 0)), 2);
    vessel_error_free(err);
    vessel_host_unref(host);
}

static void empty(void **state)
{
    (void)state;
    refused("", NULL, NULL);
    refused(" \n\t ", NULL, NULL);
    VesselHost *host = vt_open();
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_define(host, NULL, NULL, &domain, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_host_unref(host);
}

static char *repeated(const char *before, const char *part, size_t count, const char *after)
{
    GString *text = g_string_new(before);
    for (size_t i = 0; i < count; i++)
        g_string_append(text, part);
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

static void over_long(void **state)
{
    (void)state;
    g_autofree char *name = repeated("", "x", 5000000, "");
    g_autofree char *blanks =
        repeated("<domain type='emulator'>", "        ", 2000000, "</domain>");
    g_autofree char *nodes =
        repeated("<domain type='emulator'><metadata>", "<a/>", 300000, "</metadata></domain>");
    g_autofree char *attribute = g_strconcat("<domain type='", name, "'/>", NULL);
    g_autofree char *json = g_strconcat("{\"name\": \"", name, name, "\"}", NULL);
    refused(blanks, NULL, NULL);
    refused(nodes, NULL, NULL);
    refused(attribute, NULL, NULL);
    refused(json, NULL, NULL);
}

static void deeply_nested(void **state)
{
    (void)state;
    g_autofree char *elements = repeated("", "<domain>", 500000, "");
    g_autofree char *closed =
        repeated("<domain type='emulator'><metadata>", "<a xmlns='b:c'>", 100, "");
    g_autofree char *json = repeated("{\"a\":", "[", 500000, "");
    refused(elements, NULL, NULL);
    refused(closed, NULL, NULL);
    refused(json, NULL, NULL);
}

static void entity_bomb(void **state)
{
    (void)state;
    GString *text = g_string_new("<!DOCTYPE domain [<!ENTITY e0 \"ha\">\n");
    for (int i = 1; i < 40; i++)
        g_string_append_printf(text, "<!ENTITY e%d \"&e%d;&e%d;\">\n", i, i - 1, i - 1);
    g_string_append(text, "]><domain type='emulator'><name>&e39;</name></domain>");
    refused(text->str, NULL, NULL);
    g_string_free(text, TRUE);
    refused("<domain type='emulator'><name>&e0;</name></domain>", NULL, NULL);
}

static void document_type(void **state)
{
    (void)state;
    g_autofree char *secret = vt_write("secret", "the secret of this file");
    g_autofree char *external =
        g_strdup_printf("<!DOCTYPE domain [<!ENTITY s SYSTEM \"file://%s\">]>"
                        "<domain type='emulator'><name>&s;</name><memory>65536</memory></domain>",
                        secret);
    refused(external, NULL, NULL);
    refused("<!DOCTYPE domain SYSTEM \"http://127.0.0.1:1/x.dtd\"><domain type='emulator'/>", NULL,
            NULL);
    VesselHost *host = vt_open();
    VesselError *err = refused_quickly(host, external);
    g_autofree char *text = vessel_error_text(err);
    assert_null(strstr(text, "the secret of"));
    vt_says(err, 'm', "DOCTYPE");
    vessel_error_free(err);
    vessel_host_unref(host);
}

static void unknown_words(void **state)
{
    (void)state;
    g_autofree char *element = with("<vcpu>1</vcpu>", "<vcpuu>1</vcpuu>");
    g_autofree char *attribute = with("<memory unit=", "<memory units=");
    g_autofree char *value = with("type='emulator'", "type='emulater'");
    VesselHost *host = vt_open();
    VesselError *err = refused_quickly(host, element);
    vt_one_of(err, VESSEL_ERROR_INVALID_DEFINITION);
    vt_says(err, 'p', "/domain/vcpuu");
    vt_says(err, 'h', "vcpu");
    assert_true(vessel_error_line(vessel_error_problem(err, 0)) == 4);
    vessel_error_free(err);
    err = refused_quickly(host, attribute);
    vt_says(err, 'p', "/domain/memory/@units");
    vt_says(err, 'h', "unit");
    vessel_error_free(err);
    err = refused_quickly(host, value);
    vt_says(err, 'p', "/domain/@type");
    vt_says(err, 'h', "emulator");
    vessel_error_free(err);
    nothing_changed(host);
    vessel_host_unref(host);
}

static void all_problems_at_once(void **state)
{
    (void)state;
    g_autofree char *two = with("<vcpu>1</vcpu>", "<vcpu>many</vcpu><colour/>");
    VesselHost *host = vt_open();
    VesselError *err = refused_quickly(host, two);
    assert_true(vessel_error_problem_count(err) >= 2);
    vt_says(err, 'p', "/domain/vcpu");
    vt_says(err, 'p', "/domain/colour");
    vessel_error_free(err);
    vessel_host_unref(host);
}

static void name_or_uuid_taken(void **state)
{
    (void)state;
    static const char *const uuids = "<uuid>0f0e0d0c-0b0a-4908-8706-050403020100</uuid>";
    VesselHost *host = vt_open();
    VesselDomain *domain = NULL, *other = NULL;
    VesselError *err = NULL;
    g_autofree char *first = with("<name>guest</name>", "<name>guest</name>");
    domain = vt_define_xml(host, first);
    g_autofree char *same_name = g_strconcat("<name>guest</name>", uuids, NULL);
    g_autofree char *same_name_xml = with("<name>guest</name>", same_name);
    vessel_domain_define(host, same_name_xml, NULL, &other, &err);
    vt_one_of(err, VESSEL_ERROR_EXISTS);
    vt_says(err, 'm', "guest");
    vt_says(err, 'm', vessel_domain_get_uuid(domain));
    g_clear_pointer(&err, vessel_error_free);
    g_autofree char *uuid =
        g_strdup_printf("<name>second</name><uuid>%s</uuid>", vessel_domain_get_uuid(domain));
    g_autofree char *same_uuid_xml = with("<name>guest</name>", uuid);
    vessel_domain_define(host, same_uuid_xml, NULL, &other, &err);
    vt_one_of(err, VESSEL_ERROR_EXISTS);
    vt_says(err, 'm', vessel_domain_get_uuid(domain));
    g_clear_pointer(&err, vessel_error_free);
    VesselDomain *second = vt_define(host, "second");
    vessel_domain_rename(second, "guest", NULL, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    VesselDomainCreateOptions create = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    vessel_domain_create(host, same_name_xml, &create, NULL, &other, &err);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    assert_null(other);
    vt_nothing_left();
    vt_undefine(second);
    vt_undefine(domain);
    vessel_domain_unref(second);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void memory_out_of_range(void **state)
{
    (void)state;
    static const char *const was = "<memory unit='MiB'>32</memory>";
    g_autofree char *zero = with(was, "<memory>0</memory>");
    g_autofree char *huge = with(was, "<memory unit='KiB'>9223372036854775808</memory>");
    g_autofree char *more = with(was, "<memory unit='EiB'>99999999999</memory>");
    g_autofree char *minus = with(was, "<memory>-1</memory>");
    g_autofree char *unit = with(was, "<memory unit='parsec'>1</memory>");
    refused(zero, "/domain/memory", NULL);
    refused(huge, "/domain/memory", NULL);
    refused(more, "/domain/memory", NULL);
    refused(minus, "/domain/memory", NULL);
    refused(unit, "/domain/memory/@unit", NULL);
}

/* What a machine cannot know at define: it may get more. Its start says so. */
static void memory_of_more_than_the_node(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_open();
    VesselNodeInfo node = {.size = sizeof node};
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_host_node_info(host, &node, &err);
    vt_no_error(err);
    g_autofree char *memory = g_strdup_printf("<memory unit='KiB'>%" G_GUINT64_FORMAT "</memory>",
                                              (guint64)node.memory_kib * 4);
    g_autofree char *xml = with("<memory unit='MiB'>32</memory>", memory);
    int code = vessel_domain_define(host, xml, NULL, &domain, &err);
    if (code == 0)
        code = vessel_domain_start(domain, NULL, NULL, &err);
    assert_true(code < 0);
    vt_one_of(err, VESSEL_ERROR_NO_RESOURCE, VESSEL_ERROR_INVALID_DEFINITION);
    vt_says(err, 'p', "/domain/memory");
    vessel_error_free(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void unknown_machine_or_device(void **state)
{
    (void)state;
    static const struct {
        const char *was, *is, *path, *hint;
    } all[] = {
        {"machine='q35'", "machine='q53'", "/domain/os/type/@machine", "q35"},
        {"machine='q35'", "machine='pc-q35-99.9'", "/domain/os/type/@machine", NULL},
        {"arch='x86_64'", "arch='pdp11'", "/domain/os/type/@arch", NULL},
        {"<memballoon model='none'/>", "<memballoon model='nine'/>",
         "/domain/devices/memballoon/@model", "none"},
        {"<memballoon model='none'/>", "<flux-capacitor/>", "/domain/devices/flux-capacitor", NULL},
        {"<memballoon model='none'/>", "<interface type='user'><model type='ne3k'/></interface>",
         "/domain/devices/interface[1]/model/@type", NULL},
        {"<memballoon model='none'/>",
         "<interface type='network'><source network='default'/></interface>",
         "/domain/devices/interface[1]/@type", NULL},
        {"<memballoon model='none'/>",
         "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/x'/>"
         "<target dev='sda' bus='scsi'/></disk>",
         "/domain/devices/disk[1]/target/@bus", NULL},
        {"<memballoon model='none'/>", "<graphics type='vnc'/>", "/domain/devices/graphics", NULL},
        {"<vcpu>1</vcpu>", "<vcpu>100000</vcpu>", "/domain/vcpu", NULL},
    };
    VesselHost *host = vt_open();
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *xml = with(all[i].was, all[i].is);
        VesselError *err = refused_quickly(host, xml);
        vt_one_of(err, VESSEL_ERROR_INVALID_DEFINITION, VESSEL_ERROR_UNSUPPORTED);
        vt_says(err, 'p', all[i].path);
        if (all[i].hint)
            vt_says(err, 'h', all[i].hint);
        vessel_error_free(err);
    }
    nothing_changed(host);
    vessel_host_unref(host);
}

/* ---- start: files ---- */

static char *disk_xml(const char *image, const char *format, bool readonly)
{
    g_autofree char *escaped = g_markup_escape_text(image, -1);
    g_autofree char *disk = g_strdup_printf(
        "<disk type='file' device='disk'><driver name='qemu' type='%s'/><source file='%s'/>"
        "<target dev='vda' bus='virtio'/>%s</disk>",
        format, escaped, readonly ? "<readonly/>" : "");
    g_autofree char *devices = g_strconcat("<memballoon model='none'/>", disk, NULL);
    return with("<memballoon model='none'/>", devices);
}

static VesselError *cannot_start(VesselHost *host, const char *xml)
{
    VesselDomain *domain = vt_define_xml(host, xml);
    VesselError *err = NULL;
    int64_t began = vt_now_us();
    assert_true(vessel_domain_start(domain, NULL, NULL, &err) < 0);
    assert_true(vt_now_us() - began < 5000000);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vt_nothing_left();
    g_autoptr(GPtrArray) events = vt_events(host);
    assert_int_equal(vt_count_events(events, "domain.started", NULL), 0);
    return err;
}

static void file_missing_at_start(void **state)
{
    (void)state;
    g_autofree char *none = vt_path("no-such-file");
    g_autofree char *disk = disk_xml(none, "raw", false);
    g_autofree char *os = g_strdup_printf("hvm</type><kernel>%s</kernel>", none);
    g_autofree char *kernel = with("hvm</type>", os);
    VesselHost *host = vt_open();
    VesselError *err = cannot_start(host, disk);
    vt_one_of(err, VESSEL_ERROR_NOT_FOUND);
    vt_says(err, 'p', "/domain/devices/disk");
    vt_says(err, 'p', "/source/@file");
    vt_says(err, 'm', none);
    vessel_error_free(err);
    err = cannot_start(host, kernel);
    vt_one_of(err, VESSEL_ERROR_NOT_FOUND);
    vt_says(err, 'p', "/domain/os/kernel");
    vt_says(err, 'm', none);
    vessel_error_free(err);
    vessel_host_unref(host);
}

/* All that is marked is tried, and each that did not start is told of by its name. */
static void autostart_tells_who_did_not_start(void **state)
{
    (void)state;
    VesselHost *host = vt_open();
    VesselDomain *domains[3];
    VesselError *err = NULL;
    for (int i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("guest-%d", i);
        g_autofree char *plain = vt_idle_xml(name, NULL);
        g_auto(GStrv) parts = g_strsplit(plain, "hvm</type>", 2);
        g_autofree char *xml = g_strjoinv(
            i == 1 ? "hvm</type>" : "hvm</type><kernel>/nonexistent/kernel</kernel>", parts);
        domains[i] = vt_define_xml(host, xml);
        vessel_domain_set_autostart(domains[i], 1, NULL, &err);
        vt_no_error(err);
    }
    vessel_host_autostart(host, NULL, NULL, &err);
    vt_says(err, 'm', "2 domains did not start");
    vt_says(err, 'm', "domain \"guest-0\": ");
    vt_says(err, 'm', "domain \"guest-2\": ");
    vt_says(err, 'm', "/nonexistent/kernel");
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vt_expect_state(domains[1], VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(domains[1]);
    for (int i = 0; i < 3; i++) {
        vt_undefine(domains[i]);
        vessel_domain_unref(domains[i]);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

static void file_of_the_wrong_kind(void **state)
{
    (void)state;
    g_autofree char *raw = vt_write("image", "not a qcow2 image");
    g_autofree char *dir = vt_path("dir");
    assert_int_equal(mkdir(dir, 0700), 0);
    g_autofree char *fifo = vt_path("fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    g_autofree char *not_qcow2 = disk_xml(raw, "qcow2", false);
    g_autofree char *is_dir = disk_xml(dir, "raw", false);
    g_autofree char *is_fifo = disk_xml(fifo, "raw", false);
    const char *const all[] = {not_qcow2, is_dir, is_fifo};
    VesselHost *host = vt_open();
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        VesselError *err = cannot_start(host, all[i]);
        vt_one_of(err, VESSEL_ERROR_CORRUPT, VESSEL_ERROR_INVALID_DEFINITION, VESSEL_ERROR_IO,
                  VESSEL_ERROR_UNSUPPORTED);
        vt_says(err, 'p', "/domain/devices/disk");
        vessel_error_free(err);
    }
    vessel_host_unref(host);
}

/* As an ordinary user: which directory on the way, and which permission of it. */
static void parent_not_searchable(void **state)
{
    (void)state;
    vt_need_root();
    g_autofree char *open_dir = vt_path("open"), *closed = vt_path("open/closed");
    g_autofree char *image = vt_path("open/closed/disk.img");
    assert_int_equal(mkdir(open_dir, 0755), 0);
    assert_int_equal(mkdir(closed, 0755), 0);
    assert_true(g_file_set_contents(image, "x", 1, NULL));
    assert_int_equal(chmod(image, 0666), 0);
    assert_int_equal(chmod(closed, 0700), 0); /* root's */
    vt_as_user();
    g_autofree char *seen = vt_path("open/closed/disk.img"), *component = vt_path("open/closed");
    g_autofree char *xml = disk_xml(seen, "raw", false);
    VesselHost *host = vt_open();
    VesselError *err = cannot_start(host, xml);
    vt_one_of(err, VESSEL_ERROR_DENIED);
    vt_says(err, 'p', "/domain/devices/disk");
    g_autofree char *all = vessel_error_text(err);
    if (!strstr(all, component) || !(strstr(all, "search") || strstr(all, "x permission")))
        fail_msg("it does not say that %s cannot be searched: %s", component, all);
    vessel_error_free(err);
    vessel_host_unref(host);
}

static void image_not_readable(void **state)
{
    (void)state;
    vt_need_root();
    g_autofree char *image = vt_path("disk.img");
    assert_true(g_file_set_contents(image, "x", 1, NULL));
    assert_int_equal(chmod(image, 0640), 0);
    vt_as_user();
    g_autofree char *seen = vt_path("disk.img");
    g_autofree char *xml = disk_xml(seen, "raw", true);
    VesselHost *host = vt_open();
    VesselError *err = cannot_start(host, xml);
    vt_one_of(err, VESSEL_ERROR_DENIED);
    g_autofree char *all = vessel_error_text(err);
    if (!strstr(all, seen) || !strstr(all, "read"))
        fail_msg("it does not say that %s cannot be read: %s", seen, all);
    vessel_error_free(err);
    vessel_host_unref(host);
}

/* What a guest can do to its raw disk: the next start must see data, and no other file. */
static void raw_disk_that_looks_like_qcow2(void **state)
{
    (void)state;
    vt_need_root();
    g_autofree char *secret = vt_write("secret", "the host's"), *image = vt_path("disk.img");
    vt_image_qcow2("disk.img", UINT64_C(1) << 40, secret, "raw");
    g_autofree char *said = disk_xml(image, "raw", false);
    g_auto(GStrv) parts = g_strsplit(said, " type='raw'", 2);
    g_autofree char *silent = g_strjoinv("", parts);
    const char *const all[] = {said, silent};
    VesselHost *host = vt_open();
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        VesselStats *stats = NULL;
        VesselError *err = NULL;
        VesselDomain *domain = vt_define_xml(host, all[i]);
        vt_start(domain);
        VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
        g_autofree char *fds = g_strdup_printf("/proc/%d/fd", pids.guest);
        g_autoptr(GDir) dir = g_dir_open(fds, 0, NULL);
        guint images = 0;
        for (const char *name; (name = g_dir_read_name(dir));) {
            g_autofree char *path = g_build_filename(fds, name, NULL);
            g_autofree char *target = g_file_read_link(path, NULL);
            images += g_strcmp0(target, image) == 0;
            assert_string_not_equal(target ? target : "", secret);
        }
        assert_true(images > 0);
        vessel_domain_stats(domain, NULL, &stats, &err);
        vt_no_error(err);
        int64_t index = vessel_stats_find(stats, "block.0.capacity");
        assert_true(index >= 0);
        assert_int_equal(vessel_stats_value_u64(stats, (size_t)index), 1024);
        vessel_stats_free(stats);
        vt_destroy(domain);
        vt_undefine(domain);
        vessel_domain_unref(domain);
    }
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- start: an image that somebody uses ---- */

static char *make_image(void)
{
    char *path = vt_path("disk.img");
    vessel_autofd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, 1 << 20) == 0);
    return path;
}

static bool is_locked(void *path)
{
    vessel_autofd int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 200};
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static void told_who_has(const char *image, pid_t holder, const char *name)
{
    g_autofree char *xml = disk_xml(image, "raw", false);
    g_autofree char *who = g_strdup_printf("pid %d (%s", holder, name);
    vt_wait(is_locked, (void *)image, 5000);
    VesselHost *host = vt_open();
    VesselError *err = cannot_start(host, xml);
    vt_one_of(err, VESSEL_ERROR_BUSY);
    vt_says(err, 'p', "/domain/devices/disk");
    vt_says(err, 'w', who);
    vt_says(err, 'm', image);
    vessel_error_free(err);
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void image_locked_by_a_program(void **state)
{
    (void)state;
    vt_need_root();
    g_autofree char *image = make_image();
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(image, O_RDWR | O_CLOEXEC);
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 200};
        prctl(PR_SET_NAME, "vt-locker");
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) < 0)
            _exit(1);
        for (;;)
            pause();
    }
    told_who_has(image, pid, "vt-locker");
}

static void image_used_by_another_qemu(void **state)
{
    (void)state;
    vt_need_root();
    vt_need_program("qemu-system-x86_64");
    g_autofree char *image = make_image();
    g_autofree char *drive = g_strdup_printf("file=%s,format=raw,if=virtio", image);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("qemu-system-x86_64", "qemu-system-x86_64", "-nodefaults", "-display", "none", "-S",
               "-M", "q35", "-m", "32", "-accel", "tcg", "-drive", drive, (char *)NULL);
        _exit(127);
    }
    told_who_has(image, pid, "qemu-system-x86");
}

/* By one of ours: the message is in the words of domains. */
static void image_used_by_another_domain(void **state)
{
    (void)state;
    vt_need_root();
    g_autofree char *image = make_image();
    g_autofree char *xml = disk_xml(image, "raw", false);
    g_autofree char *other = g_strdup(xml);
    VesselHost *host = vt_open();
    VesselDomain *first = vt_define_xml(host, xml);
    vt_start(first);
    memcpy(strstr(other, "<name>guest") + 6, "other", 5);
    VesselDomain *second = vt_define_xml(host, other);
    VesselError *err = NULL;
    vessel_domain_start(second, NULL, NULL, &err);
    vt_one_of(err, VESSEL_ERROR_BUSY);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(first));
    g_autofree char *who = g_strdup_printf("pid %d (", pids.guest);
    vt_says(err, 'w', who);
    vessel_error_free(err);
    vt_expect_state(second, VESSEL_DOMAIN_SHUT_OFF, NULL);
    vt_expect_state(first, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(first);
    vt_start(second);
    vt_destroy(second);
    vt_undefine(first);
    vt_undefine(second);
    vessel_domain_unref(first);
    vessel_domain_unref(second);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- the same by the command ---- */

static char *run_command(const char *arguments, int *status)
{
    g_autofree char *uri = vt_uri(vt_state());
    g_autofree char *line =
        g_strdup_printf("VESSEL_URI='%s' '%s/vessel' %s 2>&1", uri, vt_build_dir(), arguments);
    GString *text = g_string_new(NULL);
    char part[1024];
    FILE *pipe = popen(line, "re");
    assert_non_null(pipe);
    for (size_t got; (got = fread(part, 1, sizeof part, pipe)) > 0;)
        g_string_append_len(text, part, (gssize)got);
    *status = WEXITSTATUS(pclose(pipe));
    return g_string_free(text, FALSE);
}

static void command_tells_it_all(void **state)
{
    (void)state;
    int status = 0;
    g_autofree char *none = vt_path("no-such-file");
    g_autofree char *xml = disk_xml(none, "raw", false);
    g_autofree char *file = vt_write("domain.xml", xml);
    g_autofree char *bad = with("<vcpu>1</vcpu>", "<vcpuu>1</vcpuu>");
    g_autofree char *bad_file = vt_write("bad.xml", bad);
    g_autofree char *define_bad = g_strdup_printf("define '%s'", bad_file);
    g_autofree char *define = g_strdup_printf("define '%s'", file);
    g_autofree char *text = run_command(define_bad, &status);
    assert_int_equal(status, 1);
    if (!strstr(text, "error: ") || !strstr(text, "/domain/vcpuu") || !strstr(text, "vcpu"))
        fail_msg("define said: %s", text);
    g_autofree char *defined = run_command(define, &status);
    if (status != 0)
        fail_msg("define said: %s", defined);
    g_autofree char *start = run_command("start guest", &status);
    assert_int_equal(status, 1);
    if (!strstr(start, "error: ") || !strstr(start, none) ||
        !strstr(start, "at: /domain/devices/disk"))
        fail_msg("start said: %s", start);
    g_autofree char *listed = run_command("list --all --name", &status);
    assert_int_equal(status, 0);
    assert_non_null(strstr(listed, "guest"));
    vt_nothing_left();
}

/* Disks of one image, which is read only, and a network interface. */
static char *with_disks(const char *machine, int count)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    g_autofree char *image = g_build_filename(vt_root(), "disk.raw", NULL);
    g_autofree char *zeros = g_malloc0(1024 * 1024);
    GString *xml = g_string_new(NULL);
    assert_true(g_file_set_contents(image, zeros, 1024 * 1024, NULL));
    g_string_append_printf(xml,
                           "<domain type='emulator'><name>guest</name>"
                           "<memory unit='MiB'>64</memory><os>"
                           "<type arch='x86_64' machine='%s'>hvm</type></os><devices>"
                           "<interface type='user'><model type='virtio'/></interface>"
                           "<memballoon model='none'/>",
                           machine);
    for (int i = 0; i < count; i++) {
        char first[2] = {i < 26 ? '\0' : letters[i / 26 - 1], '\0'};
        g_string_append_printf(xml,
                               "<disk type='file' device='disk'><driver name='qemu' type='raw'/>"
                               "<source file='%s'/><target dev='vd%s%c' bus='virtio'/><readonly/>"
                               "</disk>",
                               image, first, letters[i % 26]);
    }
    g_string_append(xml, "</devices></domain>");
    return g_string_free(xml, FALSE);
}

/* A machine full of devices starts, with more descriptors than a message of the usual size has; one
 * device more has a place in the definition. */
static void as_many_devices_as_fit(void **state)
{
    static const struct {
        const char *machine;
        int disks;
        const char *beyond; /* the first one that has no slot; NULL: not asked */
    } rows[] = {{"pc", 28, "/domain/devices/disk[29]"}, {"q35", 100, NULL}};
    (void)state;
    vt_need_root();
    vt_need_program("qemu-system-x86_64");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *xml = with_disks(rows[i].machine, rows[i].disks);
        g_autofree char *more = with_disks(rows[i].machine, rows[i].disks + 1);
        if (rows[i].beyond)
            refused(more, rows[i].beyond, "no PCI slot is left");
        VesselHost *host = vt_open();
        VesselDomain *domain = vt_define_xml(host, xml);
        vt_start(domain);
        vt_destroy(domain);
        vessel_domain_undefine(domain, NULL, NULL);
        vessel_domain_unref(domain);
        vessel_host_unref(host);
    }
    vt_nothing_left();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed),
        cmocka_unit_test(empty),
        cmocka_unit_test(over_long),
        cmocka_unit_test(deeply_nested),
        cmocka_unit_test(entity_bomb),
        cmocka_unit_test(document_type),
        cmocka_unit_test(unknown_words),
        cmocka_unit_test(all_problems_at_once),
        cmocka_unit_test(name_or_uuid_taken),
        cmocka_unit_test(memory_out_of_range),
        cmocka_unit_test(memory_of_more_than_the_node),
        cmocka_unit_test(unknown_machine_or_device),
        cmocka_unit_test(file_missing_at_start),
        cmocka_unit_test(autostart_tells_who_did_not_start),
        cmocka_unit_test(file_of_the_wrong_kind),
        cmocka_unit_test(parent_not_searchable),
        cmocka_unit_test(image_not_readable),
        cmocka_unit_test(raw_disk_that_looks_like_qcow2),
        cmocka_unit_test(image_locked_by_a_program),
        cmocka_unit_test(image_used_by_another_qemu),
        cmocka_unit_test(image_used_by_another_domain),
        cmocka_unit_test(command_tells_it_all),
        cmocka_unit_test(as_many_devices_as_fit),
    };
    return vt_main(tests);
}
