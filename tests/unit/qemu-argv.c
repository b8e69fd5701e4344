/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions and the command lines that become of them: data/qemu/NAME.xml and NAME.args, an
 * argument a line. After a wanted change: VT_UPDATE=1 tests/unit/qemu-argv, and read the
 * difference. */
#include "base/file.h"
#include "qemu/build.h"
#include "qemu/family.h"
#include "qemu/plan.h"
#include "tests/lib/image.h"
#include "tests/lib/vt.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static char *slurp(const char *path)
{
    char *text = NULL;
    size_t length;
    VesselError *err = NULL;
    vessel__read_file(AT_FDCWD, path, 1 << 20, &text, &length, &err);
    vt_no_error(err);
    return text;
}

/* The definition of data/qemu/NAME.xml with its files in this case's directory, complete. */
static VesselDomainDef *load(const char *name, VesselQemuAccel accel)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselDriverHost host = {.cache_fd = -1};
    VesselDomainDef *def = NULL;
    VesselError *err = NULL;
    g_autofree char *path =
        g_strdup_printf("%s/tests/unit/data/qemu/%s.xml", vt_source_dir(), name);
    g_autofree char *template = slurp(path);
    g_auto(GStrv) parts = g_strsplit(template, "@DIR@", -1);
    g_autofree char *text = g_strjoinv(vt_root(), parts);
    vessel__domain_def_parse(text, strlen(text), 0, &def, problems, NULL);
    vessel__problems_to_error(problems, name, &err);
    vt_no_error(err);
    vessel__domain_def_defaults(def);
    vessel__qemu_defaults(accel, &host, def, &err);
    vt_no_error(err);
    vessel__domain_def_check(def, problems);
    vessel__domain_def_check_support(def, vessel__qemu_support, "qemu", problems);
    vessel__qemu_check(accel, &host, def, problems);
    vessel__problems_to_error(problems, name, &err);
    vt_no_error(err);
    return def;
}

static void make_files(void)
{
    g_autofree char *kernel = vt_write("kernel", "kernel"), *initrd = vt_write("initrd", "initrd");
    vt_image_raw("disk.raw", 1 << 20);
    vt_image_raw("shared.raw", 1 << 20);
    vt_image_raw("cd.iso", 1 << 20);
    vt_image_raw("base.raw", 1 << 20);
    vt_image_qcow2("overlay.qcow2", 1 << 20, "base.raw", "raw");
}

static void run(const VesselDomainDef *def, VesselQemuAccel accel, VesselLaunch **launch,
                VesselError **err)
{
    VesselQemuRunner runner = {.accel = accel,
                               .tsc_khz = 2500000,
                               .binary = "/usr/bin/qemu-system-x86_64",
                               .version = "7.2.0"};
    vessel__qemu_build(def, &runner, launch, err);
}

static VesselLaunch *build(const char *name, VesselQemuAccel accel)
{
    g_autoptr(VesselDomainDef) def = load(name, accel);
    VesselLaunch *launch = NULL;
    VesselError *err = NULL;
    run(def, accel, &launch, &err);
    vt_no_error(err);
    return launch;
}

static void check_golden(const char *name, VesselQemuAccel accel)
{
    g_autofree char *path =
        g_strdup_printf("%s/tests/unit/data/qemu/%s.args", vt_source_dir(), name);
    make_files();
    g_autoptr(VesselLaunch) launch = build(name, accel);
    g_autoptr(GString) text = g_string_new(NULL);
    VESSEL_JSON_FOREACH (arg, vessel__json_get(vessel__launch_plan(launch), "argv"))
        g_string_append_printf(text, "%s\n", vessel__json_string(arg, NULL));
    if (getenv("VT_UPDATE"))
        assert_true(g_file_set_contents(path, text->str, -1, NULL));
    g_autofree char *wanted = slurp(path);
    assert_string_equal(text->str, wanted);
    assert_null(strstr(text->str, vt_root())); /* no path of the host */
}

static void test_q35(void **state)
{
    (void)state;
    check_golden("q35", VESSEL_QEMU_KVM);
}

static void test_pc(void **state)
{
    (void)state;
    check_golden("pc", VESSEL_QEMU_TCG);
}

static void test_microvm(void **state)
{
    (void)state;
    check_golden("microvm", VESSEL_QEMU_TCG);
}

/* What the engine reads besides the command line. */
static void test_plan(void **state)
{
    (void)state;
    make_files();
    g_autoptr(VesselLaunch) launch = build("q35", VESSEL_QEMU_KVM);
    const VesselJson *plan = vessel__launch_plan(launch);
    const VesselJson *consoles = vessel__json_get(plan, "consoles"),
                     *blocks = vessel__json_get(plan, "blocks");
    assert_int_equal(vessel__json_length(consoles), 2);
    assert_string_equal(vessel__json_get_string(vessel__json_at(consoles, 0), "alias", ""),
                        "serial0");
    assert_string_equal(vessel__json_get_string(vessel__json_at(consoles, 1), "alias", ""),
                        "ua-second");
    assert_int_equal(vessel__json_length(blocks), 3);
    assert_string_equal(vessel__json_get_string(vessel__json_at(blocks, 1), "target", ""), "sdb");
    assert_string_equal(vessel__json_get_string(vessel__json_at(blocks, 2), "qdev", ""),
                        "sata0-0-0");
    assert_int_equal(vessel__json_get_uint(plan, "memory_kib", 0), 512 * 1024);
    assert_int_equal(vessel__json_get_uint(plan, "current_kib", 0), 256 * 1024);
    assert_true(vessel__json_get_bool(plan, "power_button", false));
    assert_false(vessel__json_get_bool(plan, "proc", true));
    /* Every descriptor and socket has a number of its own. */
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    const char *lists[] = {"fds", "listen"};
    for (int i = 0; i < 2; i++)
        VESSEL_JSON_FOREACH (entry, vessel__json_get(plan, lists[i]))
            assert_true(
                g_hash_table_add(seen, GINT_TO_POINTER(vessel__json_get_int(entry, "number", 0))));
    assert_int_equal(g_hash_table_size(seen), 9);
}

/* A guest without a user interface needs nothing of the host's network. */
static void test_plan_network(void **state)
{
    (void)state;
    make_files();
    g_autoptr(VesselLaunch) launch = build("q35", VESSEL_QEMU_KVM);
    g_autoptr(VesselJson) without = vessel__json_new_object();
    assert_true(vessel__json_get_bool(vessel__launch_plan(launch), "network", false));
    vessel__qemu_confine(without, "/usr/bin/qemu", VESSEL_QEMU_TCG, NULL); /* of a probe */
    assert_false(vessel__json_get_bool(without, "network", true));
}

/* ---- the folders that a QEMU of one's own names ---- */

typedef struct {
    ElfW(Ehdr) header;
    ElfW(Phdr) program[2];
    ElfW(Dyn) dynamic[3];
    char strings[128];
} TinyElf;

static TinyElf tiny_elf(const char *run_path)
{
    TinyElf elf = {
        .header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
                               sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32},
                   .e_phoff = offsetof(TinyElf, program),
                   .e_phentsize = sizeof(ElfW(Phdr)),
                   .e_phnum = 2},
        .program = {{.p_type = PT_LOAD, .p_vaddr = 0x10000, .p_filesz = sizeof elf},
                    {.p_type = PT_DYNAMIC,
                     .p_offset = offsetof(TinyElf, dynamic),
                     .p_filesz = sizeof elf.dynamic}},
        .dynamic = {{.d_tag = DT_RUNPATH, .d_un.d_val = 1},
                    {.d_tag = DT_STRTAB, .d_un.d_ptr = 0x10000 + offsetof(TinyElf, strings)}}};
    g_strlcpy(elf.strings + 1, run_path, sizeof elf.strings - 1);
    return elf;
}

static char **library_folders(const TinyElf *elf, size_t length)
{
    g_autofree char *path = vt_path("qemu");
    assert_true(g_file_set_contents(path, (const char *)elf, (gssize)length, NULL));
    return vessel__qemu_library_folders(path);
}

static void test_library_folders(void **state)
{
    (void)state;
    TinyElf elf = tiny_elf("$ORIGIN/../lib:/opt/a//b/:relative::${ORIGIN}:/");
    g_auto(GStrv) folders = library_folders(&elf, sizeof elf);
    g_autofree char *dir = g_path_get_dirname(vt_root());
    g_autofree char *lib = g_build_filename(dir, "lib", NULL);
    assert_int_equal(g_strv_length(folders), 3);
    assert_string_equal(folders[0], lib);
    assert_string_equal(folders[1], "/opt/a/b");
    assert_string_equal(folders[2], vt_root());
    for (size_t length = 1; length < sizeof elf; length += 3) { /* cut off */
        g_auto(GStrv) none = library_folders(&elf, length);
        if (length <= offsetof(TinyElf, strings))
            assert_null(none[0]);
    }
    for (size_t i = 0; i < sizeof elf; i++) { /* and damaged */
        TinyElf bad = elf;
        ((unsigned char *)&bad)[i] ^= 0xff;
        g_strfreev(library_folders(&bad, sizeof bad));
    }
    g_auto(GStrv) missing = vessel__qemu_library_folders("/nonexistent/qemu");
    assert_null(missing[0]);
}

static bool has_arg(VesselLaunch *launch, const char *wanted)
{
    VESSEL_JSON_FOREACH (arg, vessel__json_get(vessel__launch_plan(launch), "argv"))
        if (strcmp(vessel__json_string(arg, ""), wanted) == 0)
            return true;
    return false;
}

/* The CPU by mode, architecture and accelerator. */
static void test_cpu(void **state)
{
    (void)state;
    static const struct {
        const char *arch, *model;
        VesselCpuMode mode;
        VesselQemuAccel accel;
        bool soft_kvm;
    } cases[] = {
        {"x86_64", "qemu64", VESSEL_CPU_MODE_ABSENT, VESSEL_QEMU_KVM, true},
        {"i686", "qemu32", VESSEL_CPU_MODE_ABSENT, VESSEL_QEMU_TCG, false},
        {"x86_64", "host", VESSEL_CPU_MODE_HOST_PASSTHROUGH, VESSEL_QEMU_KVM, false},
        {"x86_64", "host,arch-capabilities=off", VESSEL_CPU_MODE_HOST_MODEL, VESSEL_QEMU_KVM, true},
        {"x86_64", "max", VESSEL_CPU_MODE_HOST_PASSTHROUGH, VESSEL_QEMU_TCG, false},
        {"x86_64", "max", VESSEL_CPU_MODE_MAXIMUM, VESSEL_QEMU_KVM, false},
    };
    make_files();
    g_autoptr(VesselDomainDef) def = load("microvm", VESSEL_QEMU_TCG);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VesselQemuRunner runner = {.accel = cases[i].accel,
                                   .soft_kvm = cases[i].soft_kvm,
                                   .binary = "/usr/bin/qemu-system-x86_64",
                                   .version = "7.2.0"};
        g_autoptr(VesselLaunch) launch = NULL;
        VesselError *err = NULL;
        g_free(def->os_arch);
        def->os_arch = g_strdup(cases[i].arch);
        def->cpu_mode = cases[i].mode;
        vessel__qemu_build(def, &runner, &launch, &err);
        vt_no_error(err);
        assert_true(has_arg(launch, cases[i].model));
    }
}

/* The command line is the definition's, but for the one machine whose kernel needs a word more. */
static void test_cmdline(void **state)
{
    (void)state;
    static const struct {
        const char *machine, *given, *becomes; /* NULL: there is none */
        VesselTri acpi;
        VesselQemuAccel accel;
    } cases[] = {
        {"microvm", "quiet", "tsc_early_khz=2500000 quiet", VESSEL_TRI_YES, VESSEL_QEMU_TCG},
        {"microvm", NULL, "tsc_early_khz=2500000", VESSEL_TRI_YES, VESSEL_QEMU_TCG},
        {"microvm", "quiet", "quiet", VESSEL_TRI_YES, VESSEL_QEMU_KVM},
        {"microvm", "quiet", "quiet", VESSEL_TRI_ABSENT, VESSEL_QEMU_TCG},
        {"q35", "quiet", "quiet", VESSEL_TRI_YES, VESSEL_QEMU_TCG},
        {"q35", NULL, NULL, VESSEL_TRI_YES, VESSEL_QEMU_TCG},
    };
    make_files();
    g_autoptr(VesselDomainDef) def = load("microvm", VESSEL_QEMU_TCG);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VesselLaunch) launch = NULL;
        VesselError *err = NULL;
        g_free(def->os_machine);
        def->os_machine = g_strdup(cases[i].machine);
        g_free(def->cmdline);
        def->cmdline = g_strdup(cases[i].given);
        def->acpi = cases[i].acpi;
        run(def, cases[i].accel, &launch, &err);
        vt_no_error(err);
        assert_int_equal(has_arg(launch, "-append"), cases[i].becomes != NULL);
        if (cases[i].becomes)
            assert_true(has_arg(launch, cases[i].becomes));
    }
}

static void test_escape(void **state)
{
    (void)state;
    g_autofree char *escaped = vessel__qemu_escape("a,b=c,,d");
    assert_string_equal(escaped, "a,,b=c,,,,d");
}

static void expect_problem(const VesselDomainDef *def, int code, const char *path, const char *word)
{
    VesselLaunch *launch = NULL;
    VesselError *err = NULL;
    run(def, VESSEL_QEMU_TCG, &launch, &err);
    assert_null(launch);
    assert_non_null(err);
    assert_int_equal(vessel_error_problem_count(err), 1);
    const VesselError *problem = vessel_error_problem(err, 0);
    assert_int_equal(vessel_error_code(problem), code);
    assert_string_equal(vessel_error_path(problem), path);
    assert_non_null(strstr(vessel_error_message(problem), word));
    vessel_error_free(err);
}

#define DISK1 "/domain/devices/disk[1]"
static void test_files_that_are_wrong(void **state)
{
    (void)state;
    make_files();
    g_autoptr(VesselDomainDef) def = load("q35", VESSEL_QEMU_KVM);
    VesselDisk *disk = vessel__domain_def_device(def, VESSEL_DEVICE_DISK, 0)->disk;
    vt_image_qcow2("overlay.qcow2", 1 << 20, "base.raw", NULL);
    expect_problem(def, VESSEL_ERROR_INVALID_DEFINITION, DISK1 "/backingStore/format/@type",
                   "never guessed");
    vt_image_qcow2("overlay.qcow2", 1 << 20, "nbd:localhost:1", "raw");
    expect_problem(def, VESSEL_ERROR_UNSUPPORTED, DISK1 "/backingStore", "nbd:localhost:1");
    vt_image_qcow2("overlay.qcow2", 1 << 20, "gone.raw", "raw");
    expect_problem(def, VESSEL_ERROR_NOT_FOUND, DISK1 "/backingStore/source/@file", "gone.raw");
    vt_image_raw("overlay.qcow2", 1 << 20);
    expect_problem(def, VESSEL_ERROR_CORRUPT, DISK1 "/source/@file", "overlay.qcow2");
    vt_image_qcow2("overlay.qcow2", 1 << 20, "base.raw", "raw");
    disk->backing = g_new0(VesselBacking, 1); /* <backingStore/>: none */
    expect_problem(def, VESSEL_ERROR_INVALID_DEFINITION, DISK1 "/backingStore", "base.raw");
    VesselDiskSource *source = g_new0(VesselDiskSource, 1);
    *source = (VesselDiskSource){.type = VESSEL_DISK_FILE, .file = vt_path("disk.raw")};
    *disk->backing =
        (VesselBacking){.type = VESSEL_DISK_FILE, .format = VESSEL_FORMAT_RAW, .source = source};
    expect_problem(def, VESSEL_ERROR_INVALID_DEFINITION, DISK1 "/backingStore/source",
                   "as recorded");
    g_free(source->file);
    source->file = vt_path("base.raw");
    disk->backing->format = VESSEL_FORMAT_QCOW2;
    expect_problem(def, VESSEL_ERROR_INVALID_DEFINITION, DISK1 "/backingStore/format/@type",
                   "not as recorded");
    disk->backing->format = VESSEL_FORMAT_RAW;
    VesselError *err = NULL;
    g_autoptr(VesselLaunch) launch = NULL;
    run(def, VESSEL_QEMU_TCG, &launch, &err);
    vt_no_error(err);
}

/* Files that are no images: what they are, and where the definition names them. */
static void test_files_that_are_no_images(void **state)
{
    (void)state;
    make_files();
    g_autoptr(VesselDomainDef) def = load("q35", VESSEL_QEMU_KVM);
    g_autofree char *path = vt_path("overlay.qcow2");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    vessel_autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_problem(def, VESSEL_ERROR_INVALID_DEFINITION, DISK1 "/source/@file", "is a directory");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_problem(def, VESSEL_ERROR_INVALID_DEFINITION, DISK1 "/source/@file", "is a FIFO");
    unlink(path);
    assert_int_equal(chdir(vt_root()), 0); /* a path of any length fits so */
    strcpy(address.sun_path, "overlay.qcow2");
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    expect_problem(def, VESSEL_ERROR_INVALID_DEFINITION, DISK1 "/source/@file", "is a socket");
}

/* Chains without an end: refused with every image on the way, and after so many. */
static void test_chains_without_an_end(void **state)
{
    (void)state;
    make_files();
    g_autoptr(VesselDomainDef) def = load("q35", VESSEL_QEMU_KVM);
    vt_image_qcow2("overlay.qcow2", 1 << 20, "overlay.qcow2", "qcow2");
    expect_problem(def, VESSEL_ERROR_CORRUPT, DISK1 "/backingStore/source/@file", "circle");
    vt_image_qcow2("overlay.qcow2", 1 << 20, "second.qcow2", "qcow2");
    vt_image_qcow2("second.qcow2", 1 << 20, "link.qcow2", "qcow2");
    g_autofree char *link = vt_path("link.qcow2"); /* another name of the same file */
    assert_int_equal(symlink("overlay.qcow2", link), 0);
    g_autofree char *first = vt_path("overlay.qcow2"), *second = vt_path("second.qcow2");
    g_autofree char *chain = g_strdup_printf("%s -> %s -> %s", first, second, link);
    expect_problem(def, VESSEL_ERROR_CORRUPT, DISK1 "/backingStore/backingStore/source/@file",
                   chain);
    g_autoptr(GString) path = g_string_new(DISK1);
    for (int i = 0; i < VESSEL__QEMU_CHAIN_MAX; i++) {
        g_autofree char *name = i ? g_strdup_printf("%d.qcow2", i) : g_strdup("overlay.qcow2");
        g_autofree char *next = g_strdup_printf("%d.qcow2", i + 1);
        vt_image_qcow2(name, 1 << 20, next, "qcow2");
        g_string_append(path, "/backingStore");
    }
    expect_problem(def, VESSEL_ERROR_UNSUPPORTED, path->str, "more than 16");
}

/* What a guest wrote into its raw disk is data at the next start, whatever it looks like, whether
 * the definition says raw or nothing: no other file is opened, and the size is the file's. */
static void test_raw_stays_raw(void **state)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    (void)state;
    make_files();
    vt_image_raw("secret", 4096);
    g_autofree char *secret = vt_path("secret");
    vt_image_qcow2("disk.raw", UINT64_C(1) << 40, secret, "raw");
    for (int said = 0; said < 2; said++) {
        g_autoptr(VesselDomainDef) def = load("q35", VESSEL_QEMU_KVM);
        g_autoptr(VesselQemuChain) chain = NULL;
        const VesselDevice *device = vessel__domain_def_device(def, VESSEL_DEVICE_DISK, 0);
        VesselDisk *disk = device->disk;
        g_free(disk->source->file);
        disk->source->file = vt_path("disk.raw");
        disk->format = said ? VESSEL_FORMAT_RAW : VESSEL_FORMAT_ABSENT;
        vessel__qemu_chain_open(def, device, problems, &chain);
        assert_int_equal(vessel__problems_count(problems), 0);
        assert_int_equal(chain->images->len, 1);
        const VesselQemuImage *image = chain->images->pdata[0];
        assert_int_equal(image->format, VESSEL_FORMAT_RAW);
        assert_int_equal(image->capacity_bytes, 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_q35),
        cmocka_unit_test(test_pc),
        cmocka_unit_test(test_microvm),
        cmocka_unit_test(test_plan),
        cmocka_unit_test(test_plan_network),
        cmocka_unit_test(test_library_folders),
        cmocka_unit_test(test_cpu),
        cmocka_unit_test(test_cmdline),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_files_that_are_wrong),
        cmocka_unit_test(test_files_that_are_no_images),
        cmocka_unit_test(test_chains_without_an_end),
        cmocka_unit_test(test_raw_stays_raw),
    };
    return vt_main(tests);
}
