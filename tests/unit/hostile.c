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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_MEASURED false
#else
#define MEMORY_IS_MEASURED true
#endif

/* ---- texts ---- */

static void times(FILE *to, unsigned count, const char *piece)
{
    for (unsigned i = 0; i < count; i++)
        fputs(piece, to);
}

/* @before, a number, @after. */
static void each(FILE *to, unsigned count, const char *before, const char *after)
{
    for (unsigned i = 0; i < count; i++)
        fprintf(to, "%s%x%s", before, i, after);
}

static void nothing(FILE *to G_GNUC_UNUSED, const char *root G_GNUC_UNUSED)
{
}

static void blanks(FILE *to, const char *root G_GNUC_UNUSED)
{
    times(to, MIB, " \n\t\r");
}

static void entity(FILE *to, const char *root)
{
    fprintf(to,
            "<!DOCTYPE %s [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>\n<%s><name>&e;</name></%s>",
            root, root, root);
}

static void unknown_entity(FILE *to, const char *root)
{
    fprintf(to, "<%s><name>&nobody;</name></%s>", root, root);
}

static void parameter_entity(FILE *to, const char *root)
{
    fprintf(to, "<!DOCTYPE %s [<!ENTITY %% e SYSTEM 'http://192.0.2.1/e.dtd'> %%e;]><%s/>", root,
            root);
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

static void deep_unclosed(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    times(to, 1000000, "<a>");
}

static void many_attributes(FILE *to, const char *root)
{
    fprintf(to, "<%s", root);
    each(to, 1000000, " ", "=''");
    fputs("/>", to);
}

static void all_attributes(FILE *to, const char *root)
{
    fprintf(to, "<%s", root);
    each(to, 255, " a", "='x'");
    fputs("/>", to);
}

static void many_elements(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    times(to, 1000000, "<a/>");
    fprintf(to, "</%s>", root);
}

static void all_elements(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    each(to, 30000, "<elemnt", "/>\n");
    fprintf(to, "</%s>", root);
}

static void all_known(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    times(to, 10000, "<name>a</name><devices><disk type='x'/></devices>");
    fprintf(to, "</%s>", root);
}

static void long_text(FILE *to, const char *root)
{
    fprintf(to, "<%s><name>", root);
    times(to, 8 * MIB - 100, "x");
    fprintf(to, "</name></%s>", root);
}

static void long_value(FILE *to, const char *root)
{
    fprintf(to, "<%s type='", root);
    times(to, 8 * MIB - 100, "x");
    fputs("'/>", to);
}

static void long_unit(FILE *to, const char *root)
{
    fprintf(to, "<%s><memory unit='", root);
    times(to, 4 * MIB - 100, "x");
    fputs("'>1</memory><capacity unit='", to);
    times(to, 4 * MIB - 100, "x");
    fprintf(to, "'>1</capacity></%s>", root);
}

static void long_name(FILE *to, const char *root)
{
    fprintf(to, "<%s><", root);
    times(to, 8 * MIB - 100, "x");
    fprintf(to, "/></%s>", root);
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

static void references(FILE *to, const char *root)
{
    fprintf(to, "<%s><name>", root);
    times(to, 8 * MIB / 5 - 20, "&#65;");
    fprintf(to, "</name></%s>", root);
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

static void too_large(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    times(to, 16 * MIB, "\n");
    fprintf(to, "</%s>", root);
}

static void open_comment(FILE *to, const char *root)
{
    fprintf(to, "<%s><!--", root);
    times(to, 4 * MIB, "-");
}

static void open_cdata(FILE *to, const char *root)
{
    fprintf(to, "<%s><name><![CDATA[", root);
    times(to, 4 * MIB, "]");
}

static void open_tags(FILE *to, const char *root)
{
    fprintf(to, "<%s>", root);
    times(to, 4 * MIB, "<");
}

static void open_instruction(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("<?", to);
    times(to, 4 * MIB, "?");
}

static void prologs(FILE *to, const char *root G_GNUC_UNUSED)
{
    times(to, 600000, "<!-- -->\n<?a?>");
}

static void not_utf8(FILE *to, const char *root)
{
    fprintf(to, "<%s>\n<name>\xff\xfe</name></%s>", root, root);
}

static void overlong(FILE *to, const char *root)
{
    fprintf(to, "<%s><name>\xc0\xbcscript\xc0\xbe \xed\xa0\x80</name></%s>", root, root);
}

static void half_character(FILE *to, const char *root)
{
    fprintf(to, "<%s><name>\xe2\x82", root);
}

static void control(FILE *to, const char *root)
{
    fprintf(to, "<%s><name>a\x1b[2Jb</name></%s>", root, root);
}

static void latin1(FILE *to, const char *root)
{
    fprintf(to, "<?xml version='1.0' encoding='ISO-8859-1'?>\n<%s/>", root);
}

static void says_utf16(FILE *to, const char *root)
{
    fprintf(to, "<?xml version='1.0' encoding='UTF-16'?>\n<%s/>", root);
}

static void utf16(FILE *to, const char *root)
{
    fputs("\xff\xfe", to);
    for (const char *at = root; *at; at++)
        fprintf(to, "%c\x01", *at); /* no NUL: that would be the end of a text in C */
}

static void other_root(FILE *to, const char *root)
{
    fprintf(to, "<x%s/>", root);
}

/* ---- JSON ---- */

static void json_deep(FILE *to, const char *root G_GNUC_UNUSED)
{
    times(to, 1000000, "{\"a\":");
}

static void json_deep_arrays(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\":", to);
    times(to, 1000000, "[");
}

static void json_many(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"a\": 1", to);
    each(to, 600000, ",\"", "\":1");
    fputs("}", to);
}

static void json_all(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"a\": 1", to);
    each(to, 30000, ",\n\"nmae", "\":1");
    fputs("}", to);
}

static void json_array(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"devices\": {\"disk\": [{}", to);
    times(to, 1000000, ",{}");
    fputs("]}}", to);
}

static void json_all_items(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"devices\": {\"disk\": [{}", to);
    times(to, 99000, ",{}");
    fputs("]}, \"_order\": [", to);
    fputs("1]}", to);
}

static void json_number(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"memory_kib\": 1", to);
    times(to, 1000000, "0");
    fputs("}", to);
}

static void json_exponent(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"memory_kib\": 1e999999999}", to);
}

static void json_fraction(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"a\", \"memory_kib\": 1.5, \"capacity_bytes\": 1.5, \"uuid\": 1.5}", to);
}

static void json_twice(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"a\", \"name\": \"b\"}", to);
}

static void json_key(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"", to);
    times(to, 8 * MIB - 100, "k");
    fputs("\": 1}", to);
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

static void json_string(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"", to);
    times(to, 8 * MIB - 100, "k");
    fputs("\"}", to);
}

static void json_enum(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"type\": \"", to);
    times(to, 8 * MIB - 100, "k");
    fputs("\"}", to);
}

static void json_surrogate(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"\\ud800\", \"title\": \"\\udc00\\ud800\"}", to);
}

static void json_nul(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"a\\u0000b\"}", to);
}

static void json_escape(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"a\", \"type\": \"\\u001b[2J\", \"\\u001b[2J\": 1}", to);
}

static void json_utf8(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"\xff\"}", to);
}

static void json_rest(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"a\"} {}", to);
}

static void json_cut(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": \"a", to);
}

static void json_comment(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{/* */ \"name\": \"a\"}", to);
}

static void json_types(FILE *to, const char *root G_GNUC_UNUSED)
{
    fputs("{\"name\": [], \"uuid\": {}, \"type\": null, \"devices\": \"disk\", \"metadata\": 3,"
          " \"target\": [1], \"source\": 1, \"disks\": {\"disk\": {}}, \"forward\": []}",
          to);
}

typedef struct {
    const char *name;
    void (*write)(FILE *to, const char *root);
    bool every; /* in every kind: it comes as far as the model */
} Text;
#define TEXT(name, every)                                                                          \
    {                                                                                              \
#name, name, every                                                                         \
    }

static const Text texts[] = {
    TEXT(nothing, true),
    TEXT(blanks, false),
    TEXT(entity, true),
    TEXT(unknown_entity, true),
    TEXT(parameter_entity, false),
    TEXT(laughs, true),
    TEXT(deep, false),
    TEXT(deep_unclosed, false),
    TEXT(many_attributes, false),
    TEXT(all_attributes, true),
    TEXT(many_elements, false),
    TEXT(all_elements, false),
    TEXT(all_known, false),
    TEXT(long_text, false),
    TEXT(long_value, false),
    TEXT(long_unit, false),
    TEXT(long_name, false),
    TEXT(long_names, false),
    TEXT(references, false),
    TEXT(namespaces, false),
    TEXT(too_large, false),
    TEXT(open_comment, false),
    TEXT(open_cdata, false),
    TEXT(open_tags, false),
    TEXT(open_instruction, false),
    TEXT(prologs, false),
    TEXT(not_utf8, true),
    TEXT(overlong, false),
    TEXT(half_character, true),
    TEXT(control, true),
    TEXT(latin1, true),
    TEXT(says_utf16, true),
    TEXT(utf16, true),
    TEXT(other_root, true),
    TEXT(json_deep, false),
    TEXT(json_deep_arrays, false),
    TEXT(json_many, false),
    TEXT(json_all, false),
    TEXT(json_array, false),
    TEXT(json_all_items, false),
    TEXT(json_number, true),
    TEXT(json_exponent, true),
    TEXT(json_fraction, true),
    TEXT(json_twice, true),
    TEXT(json_key, false),
    TEXT(json_key_twice, false),
    TEXT(json_string, false),
    TEXT(json_enum, false),
    TEXT(json_surrogate, true),
    TEXT(json_nul, true),
    TEXT(json_escape, true),
    TEXT(json_utf8, true),
    TEXT(json_rest, true),
    TEXT(json_cut, true),
    TEXT(json_comment, true),
    TEXT(json_types, true),
};

static char *write_text(const Text *text, const VesselKind *kind)
{
    char *path = vt_path("%s.%s", text->name, kind->word);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    text->write(file, kind->root);
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
    must(!MEMORY_IS_MEASURED || usage.ru_maxrss < RSS_MAX_KIB, "it took memory", name, used);
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
            if (MEMORY_IS_MEASURED)
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
