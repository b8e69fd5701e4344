/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Root file systems of archives: what is kept, and what an archive that was made to do harm cannot
 * do. The archives are made here, byte by byte, since no other program would. */
#include "base/file.h"
#include "kit/left-out.h"
#include "sys/process.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <vessel/vessel.h>

#define BLOCK 512
#define TIME 1700000000

/* ---- archives ---- */

typedef struct {
    const char *name; /* NULL: the end */
    char type; /* as tar has it: 0 file, 1 hard link, 2 link, 3 4 devices, 5 directory, 6 FIFO,
                  x attributes of the next one, L the next one's name */
    const char *data; /* or what a link leads to */
    unsigned mode;    /* 0: 0644 */
    const char *uid;  /* the field as it is; NULL: 0 */
} Entry;

static void add_entry(GString *tar, const Entry *entry)
{
    char header[BLOCK] = {0};
    bool link = entry->type == '1' || entry->type == '2';
    size_t length = entry->data && !link ? strlen(entry->data) : 0;
    unsigned sum = 0;
    strncpy(header, entry->name, 100);
    g_snprintf(header + 100, 8, "%07o", entry->mode ? entry->mode : 0644);
    g_snprintf(header + 108, 8, "%s", entry->uid ? entry->uid : "0000000");
    g_snprintf(header + 116, 8, "%07o", 0);
    g_snprintf(header + 124, 12, "%011zo", length);
    g_snprintf(header + 136, 12, "%011o", TIME);
    memset(header + 148, ' ', 8);
    header[156] = entry->type;
    if (link)
        strncpy(header + 157, entry->data, 100);
    memcpy(header + 257, "ustar\00000", 8);
    for (int i = 0; i < BLOCK; i++)
        sum += (unsigned char)header[i];
    g_snprintf(header + 148, 8, "%06o", sum);
    g_string_append_len(tar, header, BLOCK);
    if (!length)
        return;
    g_string_append(tar, entry->data);
    while (tar->len % BLOCK)
        g_string_append_c(tar, '\0');
}

static GString *make_tar(const Entry *entries)
{
    GString *tar = g_string_new(NULL);
    for (; entries->name; entries++)
        add_entry(tar, entries);
    for (int i = 0; i < 2 * BLOCK; i++)
        g_string_append_c(tar, '\0');
    return tar;
}

/* In the case's directory; its path, to be freed. */
static char *write_tar(const char *name, const Entry *entries)
{
    g_autoptr(GString) tar = make_tar(entries);
    char *path = vt_path("%s", name);
    assert_true(g_file_set_contents(path, tar->str, (gssize)tar->len, NULL));
    return path;
}

#define ENTRIES(...) ((const Entry[]){__VA_ARGS__, {NULL}})

/* ---- imports ---- */

static VesselHost *open_host(void)
{
    g_autofree char *uri = g_strdup_printf("local:?root=%s/state", vt_root());
    VesselHost *host = NULL;
    VesselError *err = NULL;
    g_autofree char *why_not = NULL;
    vessel_host_open(uri, NULL, &host, &err);
    vt_no_error(err);
    if (vessel_host_supports(host, "host_import_rootfs", NULL, &why_not, &err) == 0)
        vt_skip("%s", why_not);
    vt_no_error(err);
    return host;
}

static int import(VesselHost *host, const char *const *files, const char *name, uint64_t max_bytes,
                  VesselError **err)
{
    VesselHostImportOptions options = VESSEL_HOST_IMPORT_OPTIONS_INIT;
    options.name = name;
    options.max_bytes = max_bytes;
    return vessel_host_import_rootfs(host, files, &options, NULL, NULL, err);
}

static char *in_tree(const char *format, ...) G_GNUC_PRINTF(1, 2);
static char *in_tree(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *path = g_strdup_vprintf(format, args);
    va_end(args);
    return vt_path("state/rootfs/%s", path);
}

static void assert_file(const char *path, const char *content)
{
    g_autofree char *full = in_tree("%s", path), *text = NULL;
    if (!g_file_get_contents(full, &text, NULL, NULL))
        fail_msg("%s is not there", path);
    assert_string_equal(text, content);
}

static bool is_there(const char *path)
{
    g_autofree char *full = in_tree("%s", path);
    struct stat st;
    return lstat(full, &st) == 0;
}

static guint count_trees(void)
{
    g_autofree char *folder = vt_path("state/rootfs");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;
    while (dir && g_dir_read_name(dir))
        count++;
    return count;
}

static void import_one(VesselHost *host, const char *name, const Entry *entries)
{
    VesselError *err = NULL;
    g_autofree char *file = write_tar("one.tar", entries);
    import(host, (const char *const[]){file, NULL}, name, 0, &err);
    vt_no_error(err);
}

/* ---- what is kept ---- */

static void test_kept(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    g_autoptr(VesselError) err = NULL;
    g_autofree char *path = NULL, *phase = NULL, *target = NULL;
    VesselJob *job = NULL;
    struct stat st, other;
    g_autofree char *file = write_tar(
        "debian-12.tar",
        ENTRIES({"./", '5', NULL, 0750}, {"./bin/su", '0', "#!", 04755}, {"bin/sh", '2', "/bin/su"},
                {"/srv/other", '1', "bin/su"}, {"deep/er/file", '0', "text", 0600, "0002322"},
                {"deep", '5', NULL, 0500}, {"run/pipe", '6'}, {"dev/null", '3', NULL, 0666},
                {"dev/sda", '4', NULL, 0666}));
    vessel_host_import_rootfs(host, (const char *const[]){file, NULL}, NULL, &job, &path, &err);
    vt_no_error(err);
    vessel_job_wait(job, 10000, &err);
    vt_no_error(err);
    vessel_job_state(job, NULL, &phase, &err);
    assert_string_equal(phase, "9 files; 2 left out: dev/null (a device), dev/sda (a device)");
    vessel_job_unref(job);
    g_autofree char *expected = in_tree("debian-12");
    assert_string_equal(path, expected);
    assert_file("debian-12/deep/er/file", "text");
    g_autofree char *su = in_tree("debian-12/bin/su"), *same = in_tree("debian-12/srv/other"),
                    *sh = in_tree("debian-12/bin/sh"), *deep = in_tree("debian-12/deep"),
                    *text = in_tree("debian-12/deep/er/file"),
                    *fifo = in_tree("debian-12/run/pipe");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0750);
    assert_int_equal(st.st_mtime, TIME);
    assert_int_equal(stat(su, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 04755);
    assert_int_equal(st.st_mtime, TIME);
    assert_int_equal(stat(same, &other), 0);
    assert_int_equal(st.st_ino, other.st_ino);
    assert_int_equal(stat(deep, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | (geteuid() == 0 ? 0500 : 0700));
    assert_int_equal(st.st_mtime, TIME);
    assert_int_equal(stat(text, &st), 0);
    assert_int_equal(st.st_uid, geteuid() == 0 ? 1234 : geteuid());
    assert_int_equal(stat(fifo, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    target = g_file_read_link(sh, NULL);
    assert_string_equal(target, "/bin/su");
    assert_false(is_there("debian-12/dev/null"));
    g_autofree char *folder = in_tree(".");
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    vessel_host_unref(host);
}

static void test_kept_as_user(void **state)
{
    vt_need_root();
    vt_as_user();
    test_kept(state);
    VesselHost *host = open_host();
    g_autofree char *shadow = in_tree("closed/d/shadow"), *dir = in_tree("closed/d");
    struct stat st;
    import_one(host, "closed", ENTRIES({"d/shadow", '0', "x", 01000}, {"d", '5', NULL, 0111}));
    assert_int_equal(stat(shadow, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 01400);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0711);
    vessel_host_unref(host);
}

/* In whichever locale: a name is bytes. */
static void test_names(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    g_autofree char *name = g_strnfill(250, 'n'), *where = g_strdup_printf("t/d/%s", name);
    import_one(host, "t",
               ENTRIES({"pax", 'x', "18 path=cafe\xcc\x81-\xc3\xa9\n"}, {"x", '0', "one"},
                       {"bad-\xff", '0', "two"}, {"long", 'L', where + 2}, {"x", '0', "three"},
                       {"pax", 'x', "21 hdrcharset=BINARY\n"}, {"y", '0', "four"}));
    assert_file("t/cafe\xcc\x81-\xc3\xa9", "one");
    assert_file("t/bad-\xff", "two");
    assert_file(where, "three");
    vessel_host_unref(host);
}

static void test_attributes(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    char value[64] = "";
    g_autofree char *file = NULL;
    import_one(host, "t",
               ENTRIES({"pax", 'x',
                        "29 SCHILY.xattr.user.vt=here\n"
                        "46 SCHILY.xattr.trusted.overlay.redirect=/etc\n"},
                       {"file", '0', "one"}));
    file = in_tree("t/file");
    if (setxattr(file, "user.vt2", "", 0, 0) < 0 && errno == EOPNOTSUPP)
        vt_skip("no attributes of users on this file system");
    assert_int_equal(getxattr(file, "user.vt", value, sizeof value), 4);
    assert_string_equal(value, "here");
    assert_true(getxattr(file, "trusted.overlay.redirect", value, sizeof value) < 0);
    vessel_host_unref(host);
}

static void run(const char *command)
{
    g_autoptr(GError) error = NULL;
    int status = 0;
    if (!g_spawn_command_line_sync(command, NULL, NULL, &status, &error) || status != 0)
        vt_skip("%s: %s", command, error ? error->message : "failed");
}

static void test_compressed(void **state)
{
    (void)state;
    static const char *const ways[][2] = {
        {"gzip", ".gz"}, {"bzip2", ".bz2"}, {"xz", ".xz"}, {"zstd", ".zst"}};
    VesselHost *host = open_host();
    guint tried = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *file = write_tar("c.tar", ENTRIES({"file", '0', "text"}));
        g_autofree char *program = g_find_program_in_path(ways[i][0]);
        g_autofree char *command = g_strdup_printf("%s -f %s", ways[i][0], file);
        g_autofree char *packed = g_strconcat(file, ways[i][1], NULL);
        g_autofree char *name = g_strdup_printf("by-%s", ways[i][0]);
        g_autofree char *where = g_strdup_printf("%s/file", name);
        VesselError *err = NULL;
        if (!program)
            continue;
        run(command);
        import(host, (const char *const[]){packed, NULL}, name, 0, &err);
        vt_no_error(err);
        assert_file(where, "text");
        tried++;
    }
    assert_true(tried > 0);
    vessel_host_unref(host);
}

static void test_sparse(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    g_autofree char *hole = vt_write("hole", "start"), *file = vt_path("s.tar");
    g_autofree char *command = g_strdup_printf("tar -C %s -S -cf %s hole", vt_root(), file);
    VesselError *err = NULL;
    struct stat st;
    assert_int_equal(truncate(hole, (off_t)1 << 33), 0);
    vt_need_program("tar");
    run(command);
    import(host, (const char *const[]){file, NULL}, NULL, UINT64_C(1) << 33, &err);
    vt_error(&err, VESSEL_ERROR_NO_SPACE); /* headers, too */
    import(host, (const char *const[]){file, NULL}, NULL, (UINT64_C(1) << 33) + (1 << 20), &err);
    vt_no_error(err);
    g_autofree char *made = in_tree("s/hole");
    assert_int_equal(stat(made, &st), 0);
    assert_int_equal(st.st_size, (off_t)1 << 33);
    assert_true(st.st_blocks < 100);
    vessel_host_unref(host);
}

static void test_again(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    import_one(host, "t",
               ENTRIES({"a", '0', "old"}, {"a", '0', "new"}, {"d/file", '0', "x"},
                       {"d", '0', "file"}, {"f", '0', "x"}, {"f", '5', NULL, 0755},
                       {"f/in", '0', "it"}));
    assert_file("t/a", "new");
    assert_file("t/d", "file");
    assert_file("t/f/in", "it");
    VesselError *err = NULL;
    g_autofree char *file = write_tar("one.tar", ENTRIES({"a", '0', "other"}));
    assert_int_equal(import(host, (const char *const[]){file, NULL}, "t", 0, &err),
                     VESSEL_ERROR_EXISTS);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    assert_file("t/a", "new");
    vessel_host_unref(host);
}

/* ---- layers ---- */

static void test_layers(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselError *err = NULL;
    g_autofree char *base = write_tar(
        "base.tar", ENTRIES({"gone", '0', "x"}, {"tree/of/it", '0', "x"}, {"d/old", '0', "x"},
                            {"d/sub/old", '0', "x"}, {"e/gone", '0', "x"}, {"e/stays", '0', "x"},
                            {"both", '0', "old"}, {".wh.nothing", '0', ""}));
    g_autofree char *upper = write_tar(
        "upper.tar", ENTRIES({".wh.gone", '0', ""}, {".wh.tree", '0', ""}, {"d/new", '0', "new"},
                             {"d/sub/new", '0', "new"}, {"d/.wh..wh..opq", '0', ""},
                             {"e/.wh.gone", '0', ""}, {"both", '0', "new"}, {".wh.both", '0', ""},
                             {"no/such/.wh.thing", '0', ""}, {".wh..wh.aufs", '0', ""}));
    g_autofree char *last = write_tar("last.tar", ENTRIES({".wh.e", '0', ""}));
    import(host, (const char *const[]){base, upper, NULL}, "two", 0, &err);
    vt_no_error(err);
    static const char *const gone[] = {
        "two/gone",     "two/tree", "two/d/old",    "two/d/sub/old",    "two/e/gone",
        "two/.wh.gone", "two/no",   "two/.wh.both", "two/.wh..wh.aufs", "two/.wh.nothing"};
    for (size_t i = 0; i < G_N_ELEMENTS(gone); i++)
        if (is_there(gone[i]))
            fail_msg("%s is there", gone[i]);
    assert_file("two/d/new", "new");
    assert_file("two/d/sub/new", "new");
    assert_file("two/e/stays", "x");
    assert_file("two/both", "new");
    import(host, (const char *const[]){base, upper, last, NULL}, "three", 0, &err);
    vt_no_error(err);
    assert_false(is_there("three/e"));
    assert_file("three/both", "new");
    vessel_host_unref(host);
}

/* ---- what is refused, and what goes nowhere else ---- */

static void test_hostile(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    g_autofree char *outside = vt_path("outside"), *secret = vt_path("outside/secret");
    g_autofree char *through = g_strdup_printf("%s/evil", outside);
    g_autofree char *way = g_strdup_printf("l%s", outside);
    g_autofree char *nested = g_strnfill(6000, 'p');
    assert_int_equal(mkdir(outside, 0700), 0);
    assert_true(g_file_set_contents(secret, "secret", -1, NULL));
    for (size_t i = 200; i < 6000; i += 200)
        nested[i] = '/';
    const struct {
        int code; /* 0: it is taken, and stays inside */
        const Entry *entries;
    } cases[] = {
        {VESSEL_ERROR_CORRUPT, ENTRIES({"../evil", '0', "x"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"a/../../evil", '0', "x"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"..", '5', NULL, 0777})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({".", '2', outside}, {"evil", '0', "x"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"", '0', "x"})},
        {0, ENTRIES({through, '0', "x"})},
        {0, ENTRIES({"l", '2', "../../../../../../../../../.."}, {way, '0', "x"},
                    {"l/evil", '0', "x"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"l", '2', outside}, {"l/evil", '0', "x"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"l", '2', outside}, {"h", '1', "l/secret"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"h", '1', "../../../outside/secret"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"h", '1', secret})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"d", '5', NULL, 0755}, {"h", '1', "d"})},
        {0, ENTRIES({"l", '2', secret}, {"l", '0', "evil"})},
        {0, ENTRIES({"l", '2', outside}, {"l", '5', NULL, 0777}, {"l/evil", '0', "x"})},
        {0, ENTRIES({"l", '2', secret}, {"h", '1', "l"}, {"h", '0', "evil"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"f", '0', "x"}, {"f/evil", '0', "x"})},
        {VESSEL_ERROR_CORRUPT, ENTRIES({"f", '0', "x", 0644, "\xff\xff\xff\xff\xff\xff\xff\xfe"})},
        {VESSEL_ERROR_IO, ENTRIES({"long", 'L', nested}, {"x", '0', "x"})},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VesselError *err = NULL;
        g_autofree char *file = write_tar("evil.tar", cases[i].entries), *text = NULL;
        g_autofree char *name = g_strdup_printf("case-%zu", i);
        guint before = count_trees();
        int code = import(host, (const char *const[]){file, NULL}, name, 0, &err);
        if (code != cases[i].code)
            fail_msg("case %zu: %d, %s", i, code, err ? vessel_error_message(err) : "taken");
        vessel_error_free(err);
        assert_int_equal(count_trees() - before, code == 0);
        assert_false(g_file_test(through, G_FILE_TEST_EXISTS));
        assert_true(g_file_get_contents(secret, &text, NULL, NULL));
        assert_string_equal(text, "secret");
    }
    vessel_host_unref(host);
}

/* The case's directory is on one, as in most containers. */
static void need_overlay(void)
{
    static const char *const layers[] = {"lower", "upper", "work"};
    vt_private_mounts();
    assert_int_equal(mount("vt", vt_root(), "tmpfs", 0, "mode=0700,size=64m"), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(layers); i++) {
        g_autofree char *layer = vt_path("%s", layers[i]);
        assert_int_equal(mkdir(layer, 0700), 0);
    }
    g_autofree char *options = g_strdup_printf("lowerdir=%1$s/lower,upperdir=%1$s/upper,"
                                               "workdir=%1$s/work",
                                               vt_root());
    if (mount("vt", vt_root(), "overlay", 0, options) < 0)
        vt_skip("no overlay: %s", strerror(errno));
}

/* There each link that is followed leaves what of the kernel's walk is short. */
static void test_hostile_on_overlay(void **state)
{
    need_overlay();
    test_hostile(state);
}

static void test_hostile_on_overlay_as_user(void **state)
{
    need_overlay();
    vt_as_user();
    test_hostile(state);
}

static void test_hostile_marks(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    static const char *const names[] = {".wh...", ".wh..", ".wh.", "d/.wh..."};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *base = write_tar("base.tar", ENTRIES({"d/file", '0', "x"}));
        g_autofree char *upper = write_tar("upper.tar", ENTRIES({names[i], '0', ""}));
        VesselError *err = NULL;
        import(host, (const char *const[]){base, upper, NULL}, "t", 0, &err);
        vt_error(&err, VESSEL_ERROR_CORRUPT);
    }
    assert_int_equal(count_trees(), 0);
    vessel_host_unref(host);
}

static void test_damaged(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    g_autoptr(GString) tar = make_tar(ENTRIES({"file", '0', "x"}, {"other", '0', "text"}));
    g_autofree char *file = vt_path("t.tar"), *missing = vt_path("none.tar");
    const struct {
        size_t cut;
        int code;
    } cases[] = {{0, VESSEL_ERROR_CORRUPT},
                 {300, VESSEL_ERROR_CORRUPT},
                 {700, VESSEL_ERROR_CORRUPT},
                 {1300, VESSEL_ERROR_CORRUPT},
                 {1538, VESSEL_ERROR_CORRUPT}};
    VesselError *err = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_true(g_file_set_contents(file, tar->str, (gssize)cases[i].cut, NULL));
        import(host, (const char *const[]){file, NULL}, "t", 0, &err);
        vt_error(&err, cases[i].code);
    }
    import(host, (const char *const[]){missing, NULL}, "t", 0, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    import(host, (const char *const[]){vt_root(), NULL}, "t", 0, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    import(host, (const char *const[]){"/dev/zero", NULL}, "t", 0, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    static const char *const names[] = {"..", ".hidden", "a/b", "", "-x", "a b"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        import(host, (const char *const[]){file, NULL}, names[i], 0, &err);
        vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    }
    assert_int_equal(count_trees(), 0);
    vessel_host_unref(host);
}

/* ---- how much ---- */

static void test_bomb(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    g_autofree char *zeros = vt_path("zeros"), *file = vt_path("b.tar.gz");
    g_autofree char *command = g_strdup_printf("tar -C %s -czf %s zeros", vt_root(), file);
    g_autoptr(GString) many = g_string_new(NULL);
    VesselError *err = NULL;
    int fd = open(zeros, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    vt_need_program("tar");
    assert_int_equal(ftruncate(fd, 64 << 20), 0);
    close(fd);
    run(command);
    import(host, (const char *const[]){file, NULL}, "t", 1 << 20, &err);
    vt_error(&err, VESSEL_ERROR_NO_SPACE);
    for (int i = 0; i < 4000; i++)
        add_entry(many, &(Entry){"dir", '5', NULL, 0755});
    assert_true(g_file_set_contents(file, many->str, (gssize)many->len, NULL));
    import(host, (const char *const[]){file, NULL}, "t", 1 << 20, &err);
    vt_error(&err, VESSEL_ERROR_NO_SPACE);
    assert_int_equal(count_trees(), 0);
    vessel_host_unref(host);
}

static void test_full_disk(void **state)
{
    (void)state;
    vt_need_root();
    vt_private_mounts();
    g_autofree char *folder = vt_path("state/rootfs"), *big = g_strnfill(3 << 20, 'x');
    VesselHost *host = open_host();
    VesselError *err = NULL;
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mount("vt", folder, "tmpfs", 0, "size=1m,mode=0700"), 0);
    g_autofree char *file = write_tar("one.tar", ENTRIES({"big", '0', big}));
    import(host, (const char *const[]){file, NULL}, "t", 0, &err);
    assert_non_null(strstr(vessel_error_message(err), "big"));
    vt_error(&err, VESSEL_ERROR_NO_SPACE);
    assert_int_equal(count_trees(), 0);
    import_one(host, "t", ENTRIES({"small", '0', "x"}));
    assert_int_equal(umount2(folder, MNT_DETACH), 0);
    vessel_host_unref(host);
}

/* Names that are long by themselves, or by links to what is deep already. */
static void test_deep(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    g_autoptr(GString) way = g_string_new(NULL), tar = g_string_new(NULL);
    g_autofree char *file = vt_path("deep.tar");
    for (int i = 0; i < 43; i++)
        g_string_append_printf(way, "%sd", i ? "/" : "");
    g_autofree char *twice = g_strdup_printf("l/%s", way->str);
    g_autofree char *there = g_strdup_printf("%s/m", twice), *rest = g_strndup(way->str, 83);
    const Entry steps[] = {{"l", '2', way->str},
                           {way->str, '5', NULL, 0755},
                           {twice, '5', NULL, 0755},
                           {"m", '2', twice},
                           {there, '0', "x"}};
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        add_entry(tar, &steps[i]);
    g_autofree char *last = g_strdup_printf("m/%s/file", rest); /* 43 + 43 + 42 */
    g_autofree char *beyond = g_strdup_printf("m/%s/d/file", rest);
    const struct {
        const char *name;
        int code;
    } cases[] = {{last, 0}, {beyond, VESSEL_ERROR_INVALID_ARGUMENT}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) whole = g_string_new_len(tar->str, (gssize)tar->len);
        VesselError *err = NULL;
        add_entry(whole, &(Entry){cases[i].name, '0', "x"});
        g_string_append_len(whole, (char[2 * BLOCK]){0}, 2 * BLOCK);
        assert_true(g_file_set_contents(file, whole->str, (gssize)whole->len, NULL));
        import(host, (const char *const[]){file, NULL}, i ? "no" : "yes", 0, &err);
        if (cases[i].code)
            vt_error(&err, cases[i].code);
        vt_no_error(err);
    }
    assert_int_equal(count_trees(), 1);
    vessel_host_unref(host);
}

/* ---- when ---- */

static bool has_one_tree(void *data)
{
    (void)data;
    return count_trees() == 1;
}

/* Neither more names nor longer ones than anybody reads, whatever the other program says. */
static void test_left_out(void **state)
{
    (void)state;
    g_autoptr(GString) expected = g_string_new("3 files; 40 left out: ");
    g_autofree char *huge = g_strnfill(1 << 20, 'h');
    g_auto(VesselLeftOut) many = {0}, none = {0}, long_one = {0};
    for (int i = 0; i < 40; i++) {
        g_autofree char *name = g_strdup_printf("f%d (a FIFO)", i);
        vessel__left_out_add(&many, name);
        if (i < 16)
            g_string_append_printf(expected, "%s%s", i ? ", " : "", name);
    }
    g_string_append(expected, " and 24 more");
    vessel__left_out_add(&many, huge);
    g_autofree char *text = vessel__left_out_note(&many, 3, 40);
    assert_string_equal(text, expected->str);
    g_autofree char *plain = vessel__left_out_note(&none, 3, 0);
    assert_string_equal(plain, "3 files");
    vessel__left_out_add(&long_one, huge);
    g_autofree char *unnamed = vessel__left_out_note(&long_one, 3, 1);
    assert_string_equal(unnamed, "3 files; 1 left out");
}

static void test_deadline(void **state)
{
    (void)state;
    VesselHost *host = open_host();
    VesselHostImportOptions options = VESSEL_HOST_IMPORT_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselJob *job = NULL;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    g_autofree char *file = g_strdup_printf("/proc/self/fd/%d", ends[0]);
    options.name = "t";
    options.timeout_ms = 100;
    vessel_host_import_rootfs(host, (const char *const[]){file, NULL}, &options, NULL, NULL, &err);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_int_equal(count_trees(), 0);
    options.timeout_ms = 0;
    vessel_host_import_rootfs(host, (const char *const[]){file, NULL}, &options, &job, NULL, &err);
    vt_no_error(err);
    vt_wait(has_one_tree, NULL, 10000);
    vessel_job_cancel(job, &err);
    vt_no_error(err);
    vessel_job_wait(job, 10000, &err);
    vt_error(&err, VESSEL_ERROR_CANCELLED);
    assert_int_equal(count_trees(), 0);
    vessel_job_unref(job);
    close(ends[0]);
    close(ends[1]);
    vessel_host_unref(host);
}

static bool is_consumed(void *pipe)
{
    int left = -1;
    return ioctl(*(int *)pipe, FIONREAD, &left) == 0 && left == 0;
}

/* The program is killed when the first @fed bytes of @tar were read; what it had begun goes with
 * the next import. */
static void kill_at(const GString *tar, size_t fed)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], tar->str, fed), fed);
    pid_t program = fork();
    assert_true(program >= 0);
    if (program == 0) {
        VesselHost *host = open_host();
        g_autofree char *file = g_strdup_printf("/proc/self/fd/%d", ends[0]);
        import(host, (const char *const[]){file, NULL}, "t", 0, NULL);
        _exit(1);
    }
    vt_wait(has_one_tree, NULL, 10000);
    vt_wait(is_consumed, ends, 10000);
    assert_int_equal(kill(program, SIGKILL), 0);
    assert_int_equal(waitpid(program, NULL, 0), program);
    assert_true(has_one_tree(NULL));
    VesselHost *host = open_host();
    /* The one that reads ends by itself, a moment later; until then its directory is its own. */
    for (int i = 0; i < 1000 && count_trees() == 1; i++) {
        g_autofree char *name = g_strdup_printf("t%d", i), *made = in_tree("%s", name);
        import_one(host, name, ENTRIES({"file", '0', "x"}));
        assert_true(is_there(name));
        vessel__remove_tree(AT_FDCWD, made, NULL);
    }
    assert_int_equal(count_trees(), 0);
    close(ends[0]);
    close(ends[1]);
    vessel_host_unref(host);
}

static void kill_at_steps(void)
{
    g_autoptr(GString) tar =
        make_tar(ENTRIES({"d", '5', NULL, 0500}, {"d/file", '0', "text"}, {"last", '0', "x"}));
    vessel_host_unref(open_host());
    for (size_t fed = 0; fed <= tar->len - 2 * BLOCK; fed += BLOCK / 2)
        kill_at(tar, fed);
}

static void test_kill(void **state)
{
    (void)state;
    kill_at_steps();
}

static void test_kill_as_user(void **state)
{
    (void)state;
    vt_need_root();
    vt_as_user();
    kill_at_steps();
}

/* A build without libarchive has every helper but that one. */
static void test_not_built(void **state)
{
    (void)state;
    g_autofree char *dir = vt_path("helpers"), *file = write_tar("t.tar", ENTRIES({"f", '0', "x"}));
    g_autofree char *uri = g_strdup_printf("local:?root=%s/state", vt_root());
    g_autofree char *from = g_build_filename(vt_build_dir(), "vessel-warden", NULL);
    g_autofree char *to = g_build_filename(dir, "vessel-warden", NULL), *why_not = NULL;
    VesselHostOpenOptions options = VESSEL_HOST_OPEN_OPTIONS_INIT;
    VesselHost *host = NULL;
    VesselError *err = NULL;
    assert_int_equal(mkdir(dir, 0755), 0);
    assert_int_equal(link(from, to), 0);
    options.helper_dir = dir;
    vessel_host_open(uri, &options, &host, &err);
    vt_no_error(err);
    assert_int_equal(vessel_host_supports(host, "host_import_rootfs", NULL, &why_not, &err), 0);
    assert_string_equal(why_not, "built without vessel-unpack");
    import(host, (const char *const[]){file, NULL}, NULL, 0, &err);
    assert_non_null(strstr(vessel_error_hint(err), "libarchive-dev"));
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    assert_int_equal(count_trees(), 0);
    vessel_host_unref(host);
}

static void test_mock(void **state)
{
    (void)state;
    VesselHost *host = NULL;
    VesselError *err = NULL;
    vessel_host_open("mock:", NULL, &host, &err);
    vt_no_error(err);
    import(host, (const char *const[]){"/dev/null", NULL}, "t", 0, &err);
    vt_error(&err, VESSEL_ERROR_UNSUPPORTED);
    assert_int_equal(vessel_host_supports(host, "host_import_rootfs", NULL, NULL, NULL), 0);
    vessel_host_unref(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_kept_as_user),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_hostile_on_overlay),
        cmocka_unit_test(test_hostile_on_overlay_as_user),
        cmocka_unit_test(test_hostile_marks),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_kill_as_user),
        cmocka_unit_test(test_not_built),
        cmocka_unit_test(test_mock),
    };
    return vt_main(tests);
}
