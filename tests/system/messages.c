/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The situations that users of such libraries meet, and what they are told: the cause, the place
 * and the remedy. A row for each; what else is done about it is the business of bad-input and
 * hypervisor. */
#include "base/clock.h"
#include "sys/lock.h"
#include "tests/lib/guest.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define QEMU "/usr/bin/qemu-system-x86_64"

/* An element a line; the devices begin at line 6. */
#define GUEST(name, type, rest, devices)                                                           \
    "<domain type='" type "'>\n<name>" name "</name>" rest "\n<memory unit='MiB'>32</memory>\n"    \
    "<os><type arch='x86_64' machine='q35'>hvm</type></os>\n<devices>\n" devices                   \
    "<memballoon model='none'/>\n</devices>\n</domain>\n"
#define DISK(file, target)                                                                         \
    "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='" file          \
    "'/><target dev='" target "' bus='virtio'/></disk>\n"
#define NIC(model, rest) "<interface type='user'><model type='" model "'/>" rest "</interface>\n"
#define SLOT_5 "<address type='pci' bus='0' slot='5' function='0'/>"
#define UUID "0f0e0d0c-0b0a-4908-8706-050403020100"

typedef struct {
    const char *situation;
    VesselError *(*meet)(VesselHost *host, const char *xml);
    const char *xml; /* "@" is the case's directory */
    int code;
    const char *cause, *place, *remedy; /* parts of message, path and hint */
    int line;                           /* 0: it has none that is known here */
    const char *holder, *last_words;
    bool as_user;
} Row;

/* ---- how they are met ---- */

static VesselError *define_fails(VesselHost *host, const char *xml)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_define(host, xml, NULL, &domain, &err);
    assert_null(domain);
    return err;
}

static VesselError *start_fails(VesselHost *host, const char *xml)
{
    VesselError *err = NULL;
    VesselDomain *domain = vt_define_xml(host, xml);
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    return err;
}

static VesselError *without_kvm(VesselHost *host, const char *xml)
{
    if (access("/dev/kvm", R_OK | W_OK) == 0)
        vt_skip("everybody may use /dev/kvm here");
    return start_fails(host, xml);
}

/* Goes on when the child says that it has what it wanted. */
static pid_t child_that(int (*take)(void))
{
    int ready[2];
    char word;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, "vt-holder");
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (take() == 0 && write(ready[1], "y", 1) == 1)
            for (;;)
                pause();
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &word, 1), 1);
    close(ready[0]);
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int lock_image(void)
{
    g_autofree char *image = vt_path("disk.img");
    int fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 200};
    return fd < 0 ? -1 : fcntl(fd, F_OFD_SETLK, &lock);
}

static VesselError *while_image_is_locked(VesselHost *host, const char *xml)
{
    pid_t pid = child_that(lock_image);
    VesselError *err = start_fails(host, xml);
    end_child(pid);
    return err;
}

static int lock_domain(void)
{
    g_autofree char *path = vt_path("root/run/domains/" UUID);
    VesselHolder holder;
    VesselLock *lock = NULL;
    vessel__holder_self("domain_rename", &holder);
    g_mkdir_with_parents(path, 0700);
    int dir = open(path, O_DIRECTORY | O_CLOEXEC);
    return vessel__lock_take(dir, "op.lock", &holder, vessel__deadline_after(5000), &lock, NULL);
}

static VesselError *while_it_is_busy(VesselHost *host, const char *xml)
{
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselDomain *domain = vt_define_xml(host, xml);
    pid_t pid = child_that(lock_domain);
    options.timeout_ms = 200;
    vessel_domain_start(domain, &options, NULL, &err);
    end_child(pid);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    return err;
}

static VesselError *beside_another(VesselHost *host, const char *xml)
{
    VesselDomain *other =
        vt_define_xml(host, GUEST("first", "emulator", "<uuid>" UUID "</uuid>", ""));
    VesselError *err = define_fails(host, xml);
    vt_undefine(other);
    vessel_domain_unref(other);
    return err;
}

static VesselError *behind_a_closed_directory(VesselHost *host, const char *xml)
{
    g_autofree char *closed = vt_path("closed"), *image = vt_path("closed/disk.img");
    assert_int_equal(mkdir(closed, 0700), 0);
    assert_true(g_file_set_contents(image, "x", 1, NULL));
    assert_int_equal(chmod(closed, 0600), 0);
    VesselError *err = start_fails(host, xml);
    assert_int_equal(chmod(closed, 0700), 0);
    return err;
}

/* Answers the probe as the real one and dies at a start as one does that gets no memory. */
static VesselError *without_memory(VesselHost *host, const char *xml)
{
    static const char text[] =
        "#!/bin/sh\ncase \"$*\" in *id=monitor*server=on*) echo \"qemu: cannot set up guest memory 'pc.ram': "
        "Cannot allocate memory\" >&2; exit 1;; esac\nexec " QEMU " \"$@\"\n";
    vt_need_program("qemu-system-x86_64");
    vt_private_mounts();
    assert_int_equal(mount("vt", "/mnt", "tmpfs", 0, "mode=755"), 0);
    assert_true(g_file_set_contents("/mnt/qemu", text, -1, NULL));
    assert_int_equal(chmod("/mnt/qemu", 0755), 0);
    return start_fails(host, xml);
}

/* By the probe's kept answer: a QEMU whose package for this device is not installed. */
static VesselError *with_a_poor_qemu(VesselHost *host, const char *xml)
{
    VesselError *err = NULL;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        char *document = NULL;
        VesselHost *own = vt_open();
        _exit(vessel_host_domain_capabilities(own, NULL, &document, NULL) == 0 ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    g_autofree char *cache = vt_path("root/cache");
    g_autoptr(GDir) dir = g_dir_open(cache, 0, NULL);
    assert_non_null(dir);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(cache, name, NULL), *text = NULL;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_auto(GStrv) parts = g_strsplit(text, "\"e1000\"", -1);
        g_autofree char *without = g_strjoinv("\"none\"", parts);
        assert_true(g_file_set_contents(path, without, -1, NULL));
    }
    err = define_fails(host, xml);
    return err;
}

/* ---- the rows ---- */

static const Row rows[] = {
    {"KVM is not usable", without_kvm, GUEST("guest", "kvm", "", ""), VESSEL_ERROR_DENIED,
     "/dev/kvm", "/domain/@type", "vessel doctor", .as_user = true},
    {"the image is locked", while_image_is_locked,
     GUEST("guest", "emulator", "", DISK("@/disk.img", "vda")), VESSEL_ERROR_BUSY, "disk.img",
     "/domain/devices/disk[1]/source/@file", "shareable", .holder = "(vt-holder)"},
    {"a directory on the way is closed", behind_a_closed_directory,
     GUEST("guest", "emulator", "", DISK("@/closed/disk.img", "vda")), VESSEL_ERROR_DENIED,
     "closed/disk.img", "/domain/devices/disk[1]/source/@file", "/closed", .as_user = true},
    {"the file of the disk is missing", start_fails,
     GUEST("guest", "emulator", "", DISK("@/none.img", "vda")), VESSEL_ERROR_NOT_FOUND,
     "none.img: No such file", "/domain/devices/disk[1]/source/@file", "Make this file"},
    {"the image is a directory", start_fails, GUEST("guest", "emulator", "", DISK("@", "vda")),
     VESSEL_ERROR_INVALID_DEFINITION, "is a directory", "/domain/devices/disk[1]/source/@file",
     "image itself"},
    {"no memory is left", without_memory,
     GUEST("guest", "emulator", "", "<emulator>/mnt/qemu</emulator>\n"),
     VESSEL_ERROR_HYPERVISOR_DIED, "QEMU ended with status 1", NULL, "log",
     .last_words = "cannot set up guest memory 'pc.ram': Cannot allocate memory"},
    {"an element is in the wrong place", define_fails,
     GUEST("guest", "emulator", "<disk type='file'/>", ""), VESSEL_ERROR_INVALID_DEFINITION,
     "'disk' is not known here", "/domain/disk", "its place is /domain/devices/disk", 2},
    {"a domain type that is not built", define_fails, GUEST("guest", "xen", "", ""),
     VESSEL_ERROR_UNSUPPORTED, "xen", "/domain/@type", "auto", 1},
    {"the domain is busy", while_it_is_busy,
     GUEST("guest", "emulator", "<uuid>" UUID "</uuid>", ""), VESSEL_ERROR_BUSY,
     "domain \"guest\" is busy", NULL, "domjobinfo guest", .holder = "vt-holder"},
    {"the name is taken", beside_another,
     GUEST("first", "emulator", "<uuid>1f0e0d0c-0b0a-4908-8706-050403020100</uuid>", ""),
     VESSEL_ERROR_EXISTS, "UUID " UUID, NULL, "another name"},
    {"the UUID is taken", beside_another,
     GUEST("second", "emulator", "<uuid>" UUID "</uuid>", ""), VESSEL_ERROR_EXISTS, "\"first\"",
     NULL, "another name and UUID"},
    {"a device model that is none", define_fails, GUEST("guest", "emulator", "", NIC("virtoi", "")),
     VESSEL_ERROR_UNSUPPORTED, "virtoi", "/domain/devices/interface[1]/model/@type",
     "did you mean virtio?", 6},
    {"a device model that this QEMU lacks", with_a_poor_qemu,
     GUEST("guest", "emulator", "", NIC("e1000", "")), VESSEL_ERROR_UNSUPPORTED,
     "has no device e1000", "/domain/devices/interface[1]", "another model", 6},
    {"a PCI slot is used twice", define_fails,
     GUEST("guest", "emulator", "", NIC("virtio", SLOT_5) NIC("virtio", SLOT_5)),
     VESSEL_ERROR_INVALID_DEFINITION, "/domain/devices/interface[1] (line 6)",
     "/domain/devices/interface[2]/address", "another", 7},
    {"a target is used twice", define_fails,
     GUEST("guest", "emulator", "", DISK("/a", "vda") NIC("virtio", "") DISK("/b", "vda")),
     VESSEL_ERROR_INVALID_DEFINITION, "/domain/devices/disk[1] (line 6)",
     "/domain/devices/disk[2]/target/@dev", "another", 8},
    {"an action that the driver has not", define_fails,
     GUEST("guest", "emulator", "<on_crash>coredump-destroy</on_crash>", ""),
     VESSEL_ERROR_UNSUPPORTED, "coredump-destroy", "/domain/on_crash",
     "destroy, restart or preserve", 2},
    {"another action that it has not", define_fails,
     GUEST("guest", "emulator", "<on_reboot>rename-restart</on_reboot>", ""),
     VESSEL_ERROR_UNSUPPORTED, "rename-restart", "/domain/on_reboot",
     "destroy, restart or preserve", 2},
};

static void met(void **state)
{
    const Row *row = *state;
    vt_need_root();
    g_auto(GStrv) parts = g_strsplit(row->xml, "@", -1);
    if (row->as_user)
        vt_as_user();
    g_autofree char *xml = g_strjoinv(vt_root(), parts);
    VesselHost *host = vt_open();
    VesselError *err = row->meet(host, xml);
    g_autofree char *text = vt_text(err);
    print_message("# %s\n", text); /* shown if something is missing */
    vt_one_of(err, row->code);
    vt_says(err, 'm', row->cause);
    vt_says(err, 'h', row->remedy);
    if (row->place)
        vt_says(err, 'p', row->place);
    if (row->holder)
        vt_says(err, 'w', row->holder);
    if (row->last_words)
        vt_says(err, 'c', row->last_words);
    const VesselError *first = vessel_error_problem(err, 0);
    if (row->line)
        assert_int_equal(vessel_error_line(first ? first : err), row->line);
    vessel_error_free(err);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* libvirt's schema takes the elements of a definition in any order, and so do we. */
static void any_order(void **state)
{
    static const char xml[] =
        "<domain type='emulator'><devices><memballoon model='none'/><disk><target bus='virtio' "
        "dev='vda'/><source file='/x'/></disk></devices><on_crash>destroy</on_crash><os><boot "
        "dev='hd'/><type machine='q35'>hvm</type></os><vcpu>1</vcpu><memory>32768</memory>"
        "<name>guest</name></domain>";
    (void)state;
    VesselHost *host = vt_open();
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

int main(void)
{
    struct CMUnitTest tests[G_N_ELEMENTS(rows) + 1] = {cmocka_unit_test(any_order)};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].situation,
                                           .test_func = met,
                                           .initial_state = (void *)&rows[i]};
    return vt_main(tests);
}
