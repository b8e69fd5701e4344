/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts that are made to hurt, as definitions of every kind: each is refused in little memory and
 * time, by the library and by the command, with an error that is short. They are made here, not
 * kept. */
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vessel/vessel.h>

#include "model/kinds.h"

#define MIB (1u << 20)
#define RSS_MAX_KIB (64 * 1024)
#define SECONDS_MAX 20        /* of a machine that is busy; each takes some hundredths */
#define ERROR_MAX (64 * 1024) /* of all its text: a hundred problems */

/* ---- texts ---- */

/* Written in large pieces: some have a million. */
static void times(FILE *to, unsigned count, const char *piece)
{
    enum { AT_ONCE = 4096 };
    g_autoptr(GString) many = g_string_new(NULL);
    for (unsigned i = 0; i < MIN(count, AT_ONCE); i++)
        g_string_append(many, piece);
    for (; count >= AT_ONCE; count -= AT_ONCE)
        fwrite(many->str, 1, many->len, to);
    fwrite(many->str, 1, count * strlen(piece), to);
}

/* Of @piece "~" is a number, another each time. */
static void each(FILE *to, unsigned count, const char *piece)
{
    int before = (int)strcspn(piece, "~");
    for (unsigned i = 0; i < count; i++)
        fprintf(to, "%.*s%x%s", before, piece, i, piece + before + 1);
}

/* In @pattern "@" is the name of the kind's element. */
static void with_root(FILE *to, const char *pattern, const char *root)
{
    for (; *pattern; pattern++) {
        if (*pattern == '@')
            fputs(root, to);
        else
            fputc(*pattern, to);
    }
}

static void laughs(FILE *to, const char *root)
{
    fprintf(to, "<?xml version='1.0'?>\n<!DOCTYPE %s [\n<!ENTITY l0 'lol'>\n", root);
    for (int i = 1; i < 12; i++) {
        fprintf(to, "<!ENTITY l%d '", i);
        for (int j = 0; j < 10; j++)
            fprintf(to, "&l%d;", i - 1);
        fputs("'>\n", to);
    }
    fprintf(to, "]>\n<%s><name>&l11;</name></%s>", root, root);
}

static void deep(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    times(to, 1000000, "<a>");
    times(to, 1000000, "</a>");
}

static void long_unit(FILE *to, const char *root)
{
    fprintf(to, "<%s><memory unit='", root);
    times(to, 4 * MIB - 100, "x");
    fputs("'>1</memory><capacity unit='", to);
    times(to, 4 * MIB - 100, "x");
    fprintf(to, "'>1</capacity></%s>", root);
}

static void long_names(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    for (int i = 0; i < 190; i++) {
        fprintf(to, "<e%d", i);
        times(to, 40000, "x");
        fputs("/>", to);
    }
    fprintf(to, "</%s>", root);
}

static void namespaces(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    for (int i = 0; i < 50; i++) {
        fprintf(to, "<n%d:a", i);
        for (int j = 0; j < 200; j++)
            fprintf(to, " xmlns:n%d='urn:%d'", (i + j) % 200, j);
        fputs(">", to);
    }
    for (int i = 49; i >= 0; i--)
        fprintf(to, "</n%d:a>", i);
    fprintf(to, "<nothing/></%s>", root);
}

static void utf16(FILE *to, const char *root)
{
    fputs("\xff\xfe", to);
    for (const char *at = root; *at; at++)
        fprintf(to, "%c\x01", *at); /* no NUL: that would be the end of a text in C */
}

static void json_key_twice(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{", to);
    for (int i = 0; i < 2; i++) {
        fputs(i ? ",\"" : "\"", to);
        times(to, 4 * MIB - 100, "k");
        fputs("\": 1", to);
    }
    fputs("}", to);
}

typedef struct {
    const char *name;
    bool every; /* in every kind: it comes as far as the model */
    const char *before;
    unsigned count; /* how often the next is repeated */
    const char *piece, *after;
    void (*write)(FILE *to, const char *root); /* what is no such row */
} Text;
#define ALL 8 * MIB - 100 /* what is taken at all */

static const Text texts[] = {
    {"nothing", true, ""},
    {"blanks", false, "", MIB, " \n\t\r", ""},
    {"entity", true,
     "<!DOCTYPE @ [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>\n<@><name>&e;</name></@>"},
    {"unknown_entity", true, "<@><name>&nobody;</name></@>"},
    {"parameter_entity", false,
     "<!DOCTYPE @ [<!ENTITY % e SYSTEM 'http://192.0.2.1/e.dtd'> %e;]><@/>"},
    {"laughs", true, .write = laughs},
    {"deep", false, .write = deep},
    {"deep_unclosed", false, "<@>", 1000000, "<a>", ""},
    {"many_attributes", false, "<@", 1000000, " ~=''", "/>"},
    {"all_attributes", true, "<@", 255, " a~='x'", "/>"},
    {"many_elements", false, "<@>", 1000000, "<a/>", "</@>"},
    {"all_elements", false, "<@>", 30000, "<elemnt~/>\n", "</@>"},
    {"all_known", false, "<@>", 10000, "<name>a</name><devices><disk type='x'/></devices>", "</@>"},
    {"long_text", false, "<@><name>", ALL, "x", "</name></@>"},
    {"long_value", false, "<@ type='", ALL, "x", "'/>"},
    {"long_unit", false, .write = long_unit},
    {"long_name", false, "<@><", ALL, "x", "/></@>"},
    {"long_names", false, .write = long_names},
    {"references", false, "<@><name>", 8 * MIB / 5 - 20, "&#65;", "</name></@>"},
    {"namespaces", false, .write = namespaces},
    {"too_large", false, "<@>", 16 * MIB, "\n", "</@>"},
    {"open_comment", false, "<@><!--", 4 * MIB, "-", ""},
    {"open_cdata", false, "<@><name><![CDATA[", 4 * MIB, "]", ""},
    {"open_tags", false, "<@>", 4 * MIB, "<", ""},
    {"open_instruction", false, "<?", 4 * MIB, "?", ""},
    {"prologs", false, "", 600000, "<!-- -->\n<?a?>", ""},
    {"not_utf8", true, "<@>\n<name>\xff\xfe</name></@>"},
    {"overlong", false, "<@><name>\xc0\xbcscript\xc0\xbe \xed\xa0\x80</name></@>"},
    {"half_character", true, "<@><name>\xe2\x82"},
    {"control", true, "<@><name>a\x1b[2Jb</name></@>"},
    {"latin1", true, "<?xml version='1.0' encoding='ISO-8859-1'?>\n<@/>"},
    {"says_utf16", true, "<?xml version='1.0' encoding='UTF-16'?>\n<@/>"},
    {"utf16", true, .write = utf16},
    {"other_root", true, "<x@/>"},
    {"json_deep", false, "", 1000000, "{\"a\":", ""},
    {"json_deep_arrays", false, "{\"name\":", 1000000, "[", ""},
    {"json_many", false, "{\"a\": 1", 600000, ",\"~\":1", "}"},
    {"json_all", false, "{\"a\": 1", 30000, ",\n\"nmae~\":1", "}"},
    {"json_array", false, "{\"devices\": {\"disk\": [{}", 1000000, ",{}", "]}}"},
    {"json_all_items", false, "{\"devices\": {\"disk\": [{}", 99000, ",{}", "]}, \"_order\": [1]}"},
    {"json_number", true, "{\"memory_kib\": 1", 1000000, "0", "}"},
    {"json_exponent", true, "{\"memory_kib\": 1e999999999}"},
    {"json_fraction", true,
     "{\"name\": \"a\", \"memory_kib\": 1.5, \"capacity_bytes\": 1.5, \"uuid\": 1.5}"},
    {"json_twice", true, "{\"name\": \"a\", \"name\": \"b\"}"},
    {"json_key", false, "{\"", ALL, "k", "\": 1}"},
    {"json_key_twice", false, .write = json_key_twice},
    {"json_string", false, "{\"name\": \"", ALL, "k", "\"}"},
    {"json_enum", false, "{\"type\": \"", ALL, "k", "\"}"},
    {"json_surrogate", true, "{\"name\": \"\\ud800\", \"title\": \"\\udc00\\ud800\"}"},
    {"json_nul", true, "{\"name\": \"a\\u0000b\"}"},
    {"json_escape", true, "{\"name\": \"a\", \"type\": \"\\u001b[2J\", \"\\u001b[2J\": 1}"},
    {"json_utf8", true, "{\"name\": \"\xff\"}"},
    {"json_rest", true, "{\"name\": \"a\"} {}"},
    {"json_cut", true, "{\"name\": \"a"},
    {"json_comment", true, "{/* */ \"name\": \"a\"}"},
    {"json_types", true,
     "{\"name\": [], \"uuid\": {}, \"type\": null, \"devices\": \"disk\", \"metadata\": 3,"
     " \"target\": [1], \"source\": 1, \"disks\": {\"disk\": {}}, \"forward\": []}"},
};

static void write_row(FILE *to, const Text *text, const char *root)
{
    with_root(to, text->before, root);
    if (!text->count)
        return;
    if (strchr(text->piece, '~'))
        each(to, text->count, text->piece);
    else
        times(to, text->count, text->piece);
    with_root(to, text->after, root);
}

static char *write_text(const Text *text, const VesselKind *kind)
{
    char *path = vt_path("%s.%s", text->name, kind->word);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    if (text->write)
        text->write(file, kind->root);
    else
        write_row(file, text, kind->root);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* ---- what came of it ---- */

static void must(bool good, const char *what, const char *name, const char *more)
{
    if (good)
        return;
    print_message("# %s: %s%s%.2000s\n", name, what, more ? ": " : "", more ? more : "");
    fail();
}

/* Waits for a child, which must have ended by itself, in bounds; its status. */
static int wait_for(pid_t pid, const char *name, gint64 begun)
{
    struct rusage usage;
    int status;
    assert_int_equal(wait4(pid, &status, 0, &usage), pid);
    g_autofree char *used = g_strdup_printf("%ld KiB", usage.ru_maxrss);
    must(WIFEXITED(status), "it died", name, NULL);
    must(g_get_monotonic_time() - begun < SECONDS_MAX * G_USEC_PER_SEC, "it took long", name, NULL);
    must(VESSEL__SANITIZED || usage.ru_maxrss < RSS_MAX_KIB, "it took memory", name, used);
    return WEXITSTATUS(status);
}

/* Every problem is told where it is, as far as it is anywhere. */
static const char *fault(const VesselError *err)
{
    g_autofree char *all = err ? vessel_error_text(err) : NULL;
    if (!err)
        return "it was taken";
    if (vessel_error_code(err) != VESSEL_ERROR_INVALID_DEFINITION)
        return "another code";
    if (strlen(all) > ERROR_MAX)
        return "a long error";
    for (const char *at = all; *at; at++) {
        if ((unsigned char)*at < 0x20 && *at != '\n')
            return "a control character";
    }
    for (size_t i = 0; i < vessel_error_problem_count(err); i++) {
        const VesselError *problem = vessel_error_problem(err, i);
        bool line = vessel_error_line(problem) > 0 && vessel_error_column(problem) > 0;
        if (!line && !strstr(all, "empty") && !strstr(all, "larger than") &&
            !strstr(all, "more than the"))
            return "a problem without a place";
    }
    return NULL;
}

/* In a process of its own: all calls that read the text. */
static int read_it(const char *path, const VesselKind *kind)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    g_autofree char *text = NULL;
    options.kind = kind->word;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 2;
    for (int i = 0; i < 4; i++) {
        VesselError *err = NULL;
        char *result = NULL;
        options.flags = i & 1 ? VESSEL_DEFINITION_LENIENT : 0;
        if (i < 2)
            vessel_definition_validate(text, &options, &err);
        else
            vessel_definition_convert(text, i & 1, &options, &result, &err);
        /* What only is not known is kept by a lenient reading. */
        bool kept = (i & 1) && !err;
        const char *what = kept ? NULL : fault(err);
        if (what) {
            g_autofree char *words = err ? vessel_error_text(err) : NULL;
            print_message("# call %d: %s: %.1000s\n", i, what, words ? words : "");
            return 1;
        }
        vessel_error_free(err);
        vessel_free(result);
    }
    return 0;
}

static void try_library(const Text *text, const VesselKind *kind)
{
    g_autofree char *path = write_text(text, kind);
    gint64 begun = g_get_monotonic_time();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(read_it(path, kind));
    g_autofree char *name = g_strdup_printf("%s as %s", text->name, kind->word);
    must(wait_for(pid, name, begun) == 0, "not refused as it should be", name, NULL);
    unlink(path);
}

/* The large ones in one kind each, in turn. */
static void test_library(void **state G_GNUC_UNUSED)
{
    const VesselKind *turn = vessel__kinds;
    for (const VesselKind *kind = turn; kind->word; kind++) {
        /* What is made once need not be made by each of the processes. */
        g_autofree char *text = g_strdup_printf("<%s><a/></%s>", kind->root, kind->root);
        assert_true(vessel_definition_validate(text, NULL, NULL) < 0);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        for (const VesselKind *kind = vessel__kinds; kind->word && texts[i].every; kind++)
            try_library(&texts[i], kind);
        if (texts[i].every)
            continue;
        try_library(&texts[i], turn);
        turn = turn[1].word ? turn + 1 : vessel__kinds;
    }
}

/* ---- through a host and the command: the small ones and the large ---- */

static void test_define(void **state G_GNUC_UNUSED)
{
    VesselHost *host = NULL;
    VesselError *err = NULL;
    vessel_host_open("mock:", NULL, &host, &err);
    vt_no_error(err);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (!texts[i].every)
            continue;
        g_autofree char *path = write_text(&texts[i], vessel__kinds), *text = NULL;
        VesselDomain *domain = NULL;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        gint64 begun = g_get_monotonic_time();
        vessel_domain_define(host, text, NULL, &domain, &err);
        const char *what = domain ? "it was defined" : fault(err);
        must(!what, what, texts[i].name, err ? vessel_error_message(err) : NULL);
        must(g_get_monotonic_time() - begun < SECONDS_MAX * G_USEC_PER_SEC, "it took long",
             texts[i].name, NULL);
        g_clear_pointer(&err, vessel_error_free);
        unlink(path);
    }
    vessel_host_unref(host);
}

static void run_command(const char *command, const char *path, int wanted)
{
    g_autofree char *vessel = g_strconcat(vt_build_dir(), "/vessel", NULL);
    g_autofree char *out = vt_path("out"), *said = NULL, *name = NULL;
    gint64 begun = g_get_monotonic_time();
    name = g_strconcat(command, " ", path, NULL);
    pid_t pid = vfork();
    if (pid == 0) {
        int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        execl(vessel, vessel, "-c", "mock:", command, path, (char *)NULL);
        _exit(99);
    }
    int status = wait_for(pid, name, begun);
    assert_true(g_file_get_contents(out, &said, NULL, NULL));
    must(status == wanted, "another status", name, said);
    must(*said && strlen(said) < ERROR_MAX, "no error, or a long one", name, said);
}

static void need_command(void)
{
    g_autofree char *vessel = g_strconcat(vt_build_dir(), "/vessel", NULL);
    if (access(vessel, X_OK) != 0)
        vt_skip("the vessel command was not built");
}

static void run_commands(const char *path)
{
    run_command("validate", path, 1);
    run_command("define", path, 1);
}

static void test_command(void **state G_GNUC_UNUSED)
{
    need_command();
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i].every)
            continue;
        g_autofree char *path = write_text(&texts[i], vessel__kinds);
        run_command("validate", path, 1);
        unlink(path);
    }
}

/* Files that do not end, or have holes of half a gigabyte. */
static void test_endless(void **state G_GNUC_UNUSED)
{
    g_autofree char *sparse = vt_path("sparse"), *fifo = vt_path("fifo");
    need_command();
    assert_int_equal(mknod(sparse, S_IFREG | 0600, 0), 0);
    assert_int_equal(truncate(sparse, (off_t)512 * MIB), 0);
    run_commands(sparse);
    g_autofree char *late = vt_write("late", "<domain>");
    assert_int_equal(truncate(late, (off_t)512 * MIB), 0);
    run_commands(late);
    run_commands("/dev/zero");

    assert_int_equal(mkfifo(fifo, 0600), 0);
    for (int i = 0; i < 2; i++) {
        fflush(NULL);
        pid_t writer = fork();
        if (writer == 0) {
            char line[4096];
            memset(line, i ? ' ' : '<', sizeof line);
            int fd = open(fifo, O_WRONLY | O_CLOEXEC);
            while (write(fd, line, sizeof line) > 0)
                ; /* until SIGPIPE */
            _exit(0);
        }
        run_command("validate", fifo, 1);
        assert_int_equal(waitpid(writer, NULL, 0), writer);
    }
}

/* Half a gigabyte in memory already: nothing is made of it. */
static void test_huge(void **state G_GNUC_UNUSED)
{
    enum { PIECES = 512 };
    static const char *const begins[] = {"<domain>", "{\"name\": \"", "<!-- ", ""};
    int fd = memfd_create("vt", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, MIB), 0);
    char *one = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(one, 'x', MIB);
    char *text = mmap(NULL, (size_t)(PIECES + 1) * MIB, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(one != MAP_FAILED && text != MAP_FAILED);
    for (int i = 0; i < PIECES; i++)
        assert_true(mmap(text + (size_t)i * MIB, MIB, PROT_READ | (i ? 0 : PROT_WRITE),
                         (i ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED, fd, 0) != MAP_FAILED);
    assert_int_equal(mprotect(text + (size_t)PIECES * MIB, MIB, PROT_READ), 0); /* the NUL */
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        gint64 begun = g_get_monotonic_time();
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            struct rlimit heap = {64 * MIB, 64 * MIB};
            VesselError *err = NULL;
            memcpy(text, begins[i], strlen(begins[i]));
            if (!VESSEL__SANITIZED)
                setrlimit(RLIMIT_DATA, &heap);
            vessel_definition_validate(text, NULL, &err);
            const char *what = fault(err);
            if (what)
                print_message("# %s: %s\n", what, err ? vessel_error_message(err) : "");
            _exit(what ? 1 : 0);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        must(status == 0, "not refused as it should be", begins[i], NULL);
        must(g_get_monotonic_time() - begun < SECONDS_MAX * G_USEC_PER_SEC, "it took long",
             begins[i], NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library), cmocka_unit_test(test_define),
        cmocka_unit_test(test_command), cmocka_unit_test(test_endless),
        cmocka_unit_test(test_huge),
    };
    return vt_main(tests);
}
