/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel_definition_*(): the tools over definitions of any kind. */
#include "tests/unit/model.h"

#include <vessel/vessel.h>

#include "model/kinds.h"

static const char small[] = "<domain type='%s'><name>a</name><memory>1024</memory></domain>";

static void test_validate(void **state G_GNUC_UNUSED)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    g_autoptr(VesselError) err = NULL, no_kind = NULL, twice = NULL;
    g_autofree char *good = g_strdup_printf(small, "kvm");

    assert_int_equal(vessel_definition_validate(good, NULL, NULL), 0);
    assert_int_equal(vessel_definition_validate("<x:y xmlns:x='u'/>", NULL, &err),
                     VESSEL_ERROR_INVALID_DEFINITION);
    assert_int_equal(vessel_error_problem_count(err), 1);
    options.kind = "pool party";
    assert_int_equal(vessel_definition_validate(good, &options, &no_kind),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_non_null(vessel_error_hint(no_kind));
    options.kind = "domain";
    options.flags = VESSEL_DEFINITION_HOST;
    assert_int_equal(vessel_definition_validate(good, &options, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    options.flags = VESSEL_DEFINITION_LIBVIRT;
    assert_int_equal(vessel_definition_validate(good, &options, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    /* The form and what goes together, in one answer. */
    assert_int_equal(
        vessel_definition_validate("<domain type='kvm'><name>a</name><memory>1</memory><bogus/>"
                                   "<vcpu current='2'>1</vcpu></domain>",
                                   NULL, &twice),
        VESSEL_ERROR_INVALID_DEFINITION);
    assert_int_equal(vessel_error_problem_count(twice), 2);
}

/* What the driver of a host says is said too, but only with a host. */
static void test_validate_on_host(void **state G_GNUC_UNUSED)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    g_autofree char *root = vt_path("root"), *uri = g_strdup_printf("local:?root=%s", root);
    g_autofree char *mock = g_strdup_printf(small, "mock");
    g_autoptr(VesselError) err = NULL;

    vessel_host_open(uri, NULL, &options.host, &err);
    vt_no_error(err);
    assert_int_equal(vessel_definition_validate(mock, NULL, NULL), 0);
    assert_true(vessel_definition_validate(mock, &options, &err) < 0);
    assert_string_equal(vessel_error_path(err), "/domain/@type");
    vessel_host_unref(options.host);
}

static char *convert(const char *text, int form, uint32_t flags, VesselError **err)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    char *result = NULL;

    options.flags = flags;
    int code = vessel_definition_convert(text, form, &options, &result, err);
    assert_true((code == 0) == (result != NULL));
    return result;
}

static void test_convert(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselError) err = NULL, wrong = NULL;
    g_autofree char *given = g_strdup_printf(small, "kvm");
    g_autofree char *xml = convert(given, VESSEL_DEFINITION_XML, 0, NULL);
    g_autofree char *json = convert(given, VESSEL_DEFINITION_JSON, 0, NULL);
    g_autofree char *back = convert(json, VESSEL_DEFINITION_XML, 0, NULL);
    g_autofree char *again = convert(back, VESSEL_DEFINITION_JSON, 0, NULL);

    assert_string_equal(back, xml);
    assert_string_equal(again, json);
    assert_null(convert("<domain/>", VESSEL_DEFINITION_XML, 0, &err));
    assert_true(vessel_error_problem_count(err) > 1);
    assert_null(convert(given, 7, 0, &wrong));
    assert_int_equal(vessel_error_code(wrong), VESSEL_ERROR_INVALID_ARGUMENT);
}

/* What a lenient reading let pass, and what was left out, reaches who asked for it. */
static void test_warnings(void **state G_GNUC_UNUSED)
{
    static const char text[] = "<domain type='kvm' id='3'><name>a</name><memory>1024</memory>%s"
                               "</domain>";
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    g_autoptr(VesselError) warnings = NULL, err = NULL;
    g_autofree char *plain = g_strdup_printf(text, ""), *result = NULL;
    g_autofree char *more = g_strdup_printf(text, "\n <colour/>");

    options.warnings = &warnings;
    assert_int_equal(vessel_definition_validate(plain, &options, NULL), 0);
    assert_int_equal(vessel_error_problem_count(warnings), 1);
    assert_string_equal(vessel_error_path(vessel_error_problem(warnings, 0)), "/domain/@id");
    g_clear_pointer(&warnings, vessel_error_free);
    options.flags = VESSEL_DEFINITION_LENIENT;
    for (int i = 0; i < 3; i++) {
        if (i == 2) {
            vessel_host_open("mock:", NULL, &options.host, &err);
            vt_no_error(err);
        }
        assert_int_equal(
            i == 1 ? vessel_definition_convert(more, VESSEL_DEFINITION_XML, &options, &result, NULL)
                   : vessel_definition_validate(more, &options, NULL),
            0);
        assert_int_equal(vessel_error_problem_count(warnings), 2);
        const VesselError *unknown = vessel_error_problem(warnings, 1);
        assert_string_equal(vessel_error_path(unknown), "/domain/colour");
        assert_int_equal(vessel_error_line(unknown), 2);
        assert_int_equal(vessel_error_column(unknown), 2);
        g_clear_pointer(&warnings, vessel_error_free);
    }
    g_clear_pointer(&options.host, vessel_host_unref);
    warnings = (VesselError *)&options; /* a call that fails puts NULL there */
    assert_true(vessel_definition_validate("<domain/>", &options, NULL) < 0);
    assert_null(warnings);
}

static char *paths_of(const VesselError *err)
{
    GString *paths = g_string_new(NULL);
    for (size_t i = 0; i < vessel_error_problem_count(err); i++)
        g_string_append_printf(paths, "%s ", vessel_error_path(vessel_error_problem(err, i)));
    return g_string_free(paths, FALSE);
}

/* What reads a text leniently tells what it let pass, in the order of the text. */
static void test_warnings_everywhere(void **state G_GNUC_UNUSED)
{
    static const char text[] =
        "<domain type='mock' z='1' id='3'>\n<name>a</name>\n<aa/><os>\n<bb/></os><cc/><memory "
        "d='1'>1</memory><devices><ee/>\n<sound model='ac97'/>"
        "<interface type='user'><target dev='vnet0'/></interface><ff/></devices></domain>";
    static const char paths[] = "/domain/@z /domain/@id /domain/aa /domain/os/bb /domain/cc "
                                "/domain/memory/@d /domain/devices/ee "
                                "/domain/devices/interface[1]/target/@dev /domain/devices/ff ";
    VesselDefinitionOptions diff = VESSEL_DEFINITION_OPTIONS_INIT;
    VesselDomainDefineOptions define = VESSEL_DOMAIN_DEFINE_OPTIONS_INIT;
    VesselDomainCreateOptions create = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    VesselError *warnings[5] = {NULL}, *err = NULL;
    VesselHost *host = NULL;
    VesselDomain *domain = NULL, *none = NULL;
    char *json = NULL;

    diff.flags = VESSEL_DEFINITION_LENIENT;
    define.flags = create.define_flags = VESSEL_DOMAIN_DEFINE_LENIENT;
    vessel_host_open("mock:", NULL, &host, &err);
    diff.warnings = &warnings[0];
    vessel_definition_validate(text, &diff, NULL);
    diff.host = host;
    diff.warnings = &warnings[1];
    vessel_definition_validate(text, &diff, NULL);
    diff.warnings = &warnings[2];
    vessel_definition_diff("<domain type='mock'><name>a</name></domain>", text, &diff, &json, NULL);
    vessel_free(json);
    define.warnings = &warnings[3];
    vessel_domain_define(host, text, &define, &domain, &err);
    vt_no_error(err);
    vessel_domain_undefine(domain, NULL, NULL);
    vessel_domain_unref(domain);
    create.warnings = &warnings[4];
    vessel_domain_create(host, text, &create, NULL, &domain, &err);
    vt_no_error(err);
    create.warnings = &err; /* a call that fails puts NULL there */
    err = (VesselError *)&create;
    assert_true(vessel_domain_create(host, text, &create, NULL, &none, NULL) < 0);
    assert_null(err);
    vessel_domain_destroy(domain, NULL, NULL);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    for (size_t i = 0; i < G_N_ELEMENTS(warnings); i++) {
        g_autofree char *found = paths_of(warnings[i]);
        assert_string_equal(found, paths);
        vessel_error_free(warnings[i]);
    }
}

static void must_have(const char *text, const char *part)
{
    if (!text || !strstr(text, part)) {
        print_message("# no %s in %s\n", part, text ? text : "nothing");
        fail();
    }
}

typedef struct {
    const char *document;
    guint found;
} Extensions;

static void check_extension(const char *path, const VesselRow *row, void *data)
{
    Extensions *extensions = data;
    /* A domain inside another document is the same. */
    if (strstr(path + 1, "/domain/") || strstr(path, "/inactiveDomain/"))
        return;
    if (row->flags & VESSEL_ROW_OURS) {
        g_autofree char *line = g_strdup_printf("| `%s` | any | none | ", path);
        must_have(extensions->document, line);
        extensions->found++;
    }
    for (VesselWords pair = row->libvirt; pair && pair[0]; pair += 2) {
        assert_true(vessel__word_find(row->words, pair[0]) > 0);
        g_autofree char *theirs = *pair[1] ? g_strdup_printf("`%s`", pair[1]) : g_strdup("none");
        g_autofree char *line = g_strdup_printf("| `%s` | `%s` | %s | ", path, pair[0], theirs);
        if (!strstr(extensions->document, line)) {
            print_message("# docs/extensions.md does not have: %s\n", line);
            fail();
        }
        extensions->found++;
    }
}

/* Every word of ours is in docs/extensions.md, and no other; --libvirt writes what it says. */
static void test_extensions(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *ours, *theirs;
    } types[] = {{"emulator", "qemu"}, {"qemu", "qemu"}, {"container", "lxc"},
                 {"auto", "kvm"},      {"kvm", "kvm"},   {"mock", NULL}};
    g_autofree char *path = g_strconcat(vt_source_dir(), "/docs/extensions.md", NULL);
    g_autofree char *document = NULL;

    assert_true(g_file_get_contents(path, &document, NULL, NULL));
    Extensions extensions = {document, 0};
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
        vessel__schema_each_row(kind->shape(), check_extension, &extensions);
    g_auto(GStrv) rows = g_strsplit(document, "\n| `", -1);
    assert_int_equal(g_strv_length(rows) - 1, extensions.found);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(VesselError) err = NULL;
        g_autofree char *given = g_strdup_printf(small, types[i].ours);
        g_autofree char *begin =
            types[i].theirs ? g_strdup_printf("<domain type='%s'>", types[i].theirs) : NULL;
        g_autofree char *result =
            convert(given, VESSEL_DEFINITION_XML, VESSEL_DEFINITION_LIBVIRT, &err);
        assert_true(begin ? g_str_has_prefix(result, begin)
                          : vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED);
    }
    g_autoptr(VesselError) err = NULL;
    g_autofree char *own =
        g_strconcat(vt_source_dir(), "/tests/unit/data/domain/namespaces-vessel.xml", NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(own, &text, NULL, NULL));
    assert_null(convert(text, VESSEL_DEFINITION_XML, VESSEL_DEFINITION_LIBVIRT, &err));
    assert_int_equal(vessel_error_code(err), VESSEL_ERROR_UNSUPPORTED);
    assert_int_equal(vessel_error_problem_count(err), 18);
}

/* What a definition is told, "PATH; PATH;" in the order it is told. */
static char *told(const char *text)
{
    g_autoptr(VesselError) err = NULL;
    GString *paths = g_string_new(NULL);

    assert_true(vessel_definition_validate(text, NULL, &err) < 0);
    for (size_t i = 0; i < vessel_error_problem_count(err); i++)
        g_string_append_printf(paths, "%s; ", vessel_error_path(vessel_error_problem(err, i)));
    if (vessel_error_problem_count(err) > 1)
        must_have(vessel_error_message(err), vessel_error_message(vessel_error_problem(err, 0)));
    return g_string_free(paths, FALSE);
}

/* In the order of the text, whoever finds it, and once. */
static void test_what_is_told(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *text, *paths;
    } cases[] = {
        {"<domain type='kvm'>\n<name>a</name>\n<vcpu current='2'>1</vcpu>\n"
         "<memory>none</memory>\n</domain>",
         "/domain/vcpu/@current; /domain/memory; "},
        {"{\"type\":\"kvm\",\"name\":\"x\",\"memory_kib\":512,"
         "\"devices\":{\"disk\":[null,5]}}",
         "/domain/devices/disk[1]; /domain/devices/disk[2]; "},
        {"<domain type='kvm'><name>a</name><memory>1</memory><devices><disk type='block'>"
         "<source file='/x'/><target dev='vda'/></disk></devices></domain>",
         "/domain/devices/disk[1]/source/@file; "},
        {"<domain type='kvm'><name>a</name><memory>1</memory><devices><disk type='file'>"
         "<source dev='/x'/><target dev='vda'/></disk></devices></domain>",
         "/domain/devices/disk[1]/source/@dev; "},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *paths = told(cases[i].text);
        assert_string_equal(paths, cases[i].paths);
    }
}

static char *explain(const char *path, VesselError **err)
{
    char *json = NULL;
    int code = vessel_definition_explain(path, &json, err);
    assert_true((code == 0) == (json != NULL));
    return json;
}

/* What is said of a path, and what is not. */
static void test_explain(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *path, *parts[6], *none;
    } cases[] = {
        {"", {"{\"kind\":\"domain\",\"path\":\"/domain\""}},
        {"/domain/devices/disk/target/@bus",
         {"\"words\":[\"ide\"", "\"json\":\"domain.devices.disk.target.bus\"",
          "\"guest_visible\":true", "\"since\":\"0.1.0\"",
          "{\"name\":\"kvm\",\"words\":[\"ide\",\"sata\",\"virtio\"]}"}},
        {"/domain/devices/disk/", {"\"beneath\":[{\"path\":\"/domain/devices/disk/@type\""}},
        {"/domain/devices/disk/driver", {"\"rows\":[]"}},
        {"/domain/memory/@unit", {"\"path\":\"/domain/memory\""}},
        {"/domain/vcpu",
         {"\"default\":1,\"if_left_out\":\"1; no limit for a container, filled in at define\"",
          "\"drivers\":[{\"name\":\"kvm\"}", "a change waits for the next start",
          "\"live\":false"}},
        {"/domain/devices/interface/mac/@address",
         {"\"if_left_out\":\"52:54:00 and three random bytes, filled in at define\","
          "\"since\":\"0.1.0\",\"needed\":true,\"key\":true"}},
        {"/network/bridge/@stp", {"\"default\":true,\"if_left_out\":\"on\""}},
        {"/volume/key", {"\"runtime\":true", "\"drivers\":[]"}},
        {"/network/portgroup/bandwidth/inbound/@peak", {"\"live\":true"}},
        {"/network/bandwidth/inbound/@average", {NULL}, "\"live\":true"},
        {"/domain/devices/disk/backingStore/backingStore/source/@file",
         {"\"only_for\":{\"attribute\":\"type\",\"words\":[\"file\""},
         "\"live_if\""},
        {"/domain/qemu:",
         {"\"namespace\":\"http://libvirt.org/schemas/domain/qemu/1.0\"",
          "\"beneath\":[{\"path\":\"/domain/qemu:commandline\"",
          "{\"path\":\"/domain/qemu:commandline/arg/@value\","
          "\"json\":\"domain.qemu.commandline.arg.value\""}},
        {"/domain/title", {"\"live\":true"}, "\"live_if\""},
        {"/domain/devices/disk/source/@file",
         {"if /domain/devices/disk/@device is cdrom or floppy",
          "\"live_if\":{\"path\":\"/domain/devices/disk/@device\",\"words\":[\"cdrom\"",
          "\"live\":true"}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *json = explain(cases[i].path, NULL);
        for (size_t k = 0; k < G_N_ELEMENTS(cases[i].parts) && cases[i].parts[k]; k++)
            must_have(json, cases[i].parts[k]);
        if (cases[i].none)
            assert_null(strstr(json, cases[i].none));
    }
}

/* A path as in XML or in JSON, with or without the place among its like. */
static void test_explain_spellings(void **state G_GNUC_UNUSED)
{
    static const char *const spellings[] = {
        "/domain/devices/disk/target/@bus", "/domain/devices/disk[2]/target/@bus",
        "domain.devices.disk.target.bus", "domain.devices.disk[0].target.bus"};
    static const char *const arguments[] = {
        "/domain/qemu:commandline/arg/@value", "qemu:commandline/arg[3]/@value",
        "domain.qemu.commandline.arg.value", "qemu.commandline.arg.value"};
    g_autofree char *first = explain(spellings[0], NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
        g_autofree char *same = explain(spellings[i], NULL);
        assert_string_equal(same, first);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
        g_autofree char *argument = explain(arguments[i], NULL);
        must_have(argument, "\"path\":\"/domain/qemu:commandline/arg/@value\"");
        must_have(argument, "\"type\":\"text\"");
        must_have(argument, "\"drivers\":[]");
    }
}

static void test_explain_wrong(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *path, *hint;
    } wrong[] = {{"/domain/devices/disk/target/@buss", "'bus'"},
                 {"domain.devices.disk.targe", "'target'"},
                 {"/domain/target", "/domain/devices/disk/target"},
                 {"/domain/qemu:comandline", "'commandline'"},
                 {"/domain/vcpu/@unit", "placement"},
                 {"/doman/name", "'domain'"}};

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(VesselError) err = NULL;
        g_autofree char *none = explain(wrong[i].path, &err);
        assert_null(none);
        assert_int_equal(vessel_error_code(err), VESSEL_ERROR_NOT_FOUND);
        must_have(vessel_error_hint(err), wrong[i].hint);
    }
}

/* The end of a path will do where one place alone has it. */
static void test_explain_piece(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *piece, *path; /* or what the hint begins with */
    } pieces[] = {
        {"//disk/target/@bus", "/domain/devices/disk/target/@bus"},
        {"//disk/target", "say which: /domain/devices/disk/target or /domainbackup/disks/disk/tar"},
        {"interface/mac", "/domain/devices/interface/mac"},
        {"interface[2]/mac", "/domain/devices/interface/mac"},
        {"devices/interface/mac/@address", "/domain/devices/interface/mac/@address"},
        {"interface/mac/address", "/domain/devices/interface/mac/@address"},
        {"interface.mac.address", "/domain/devices/interface/mac/@address"},
        {"domain.memory", "/domain/memory"},
        {"current_memory_kib", "/domain/currentMemory"},
        {"hyperv/vapic", "/domain/features/hyperv/vapic"},
        {"qemu:commandline/arg", "/domain/qemu:commandline/arg"},
        {"qemu.commandline", "/domain/qemu:commandline"},
        {"disk/@device", "/domain/devices/disk/@device"},
        {"disk", "say which: /domain/devices/disk, /domainsnapshot/disks/disk, "},
        {"vcpu", "say which: /domain/vcpu or /domain/vcpus/vcpu"},
        {"name", "say which: /domain/name, /network/name, "},
        {"nothing/like/it", NULL},
        {"/domain/disk", NULL},
        {"[1]", NULL},
        {"@", NULL},
    };
    guint wrong = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(VesselError) err = NULL;
        g_autofree char *json = explain(pieces[i].piece, &err);
        const char *hint = err && vessel_error_hint(err) ? vessel_error_hint(err) : "";
        const char *path = pieces[i].path;
        g_autofree char *start = g_strdup_printf("{\"path\":\"%s\",", path ? path : "");
        bool right = path && *path == '/' ? json && g_str_has_prefix(json, start)
                     : path               ? !json && g_str_has_prefix(hint, path)
                                          : !json && !g_str_has_prefix(hint, "say which");
        if (right && vessel_error_code(err) == (json ? 0 : VESSEL_ERROR_NOT_FOUND))
            continue;
        print_message("# %s: %.300s\n", pieces[i].piece, json ? json : hint);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

typedef struct {
    const char *rng, *json, *markdown, *man;
    guint count;
} Schemas;

/* Every row is documented, explained and in both schemas. */
static void check_place(const VesselRowPlace *place, void *data)
{
    Schemas *schemas = data;
    const char *meaning = place->row ? place->row->doc : place->variant->doc;
    const char *last = strrchr(place->path, '/') + 1, *member = strrchr(place->json, '.') + 1;
    const char *prefix = strchr(last, ':');
    bool old = place->row && (place->row->flags & VESSEL_ROW_OLD);
    if (prefix)
        last = prefix + 1; /* of a namespace all must be there that is in it */
    g_autofree char *name = g_strdup_printf("name='%s%s", last + (*last == '@'), *last ? "'" : "");
    g_autofree char *key = g_strdup_printf("\"%s\": ", member);
    g_autofree char *by_path = explain(place->path, NULL), *by_json = explain(place->json, NULL);
    g_autoptr(VesselJson) wanted = vessel__json_new_string(meaning);
    g_autofree char *quoted = vessel__json_format(wanted, false);

    assert_true(meaning && *meaning);
    must_have(by_path, quoted);
    must_have(by_json, quoted);
    /* The page of another kind has what is in a document of that kind. */
    bool elsewhere = is_in_other_document(place->path);
    g_autofree char *line = g_strdup_printf("| `%s` | ", place->path);
    assert_true(elsewhere == (strstr(schemas->markdown, line) == NULL));
    must_have(schemas->rng, name);
    if (!old)
        must_have(schemas->json, key);
    schemas->count++;
}

static void test_every_row(void **state G_GNUC_UNUSED)
{
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++) {
        char *rng = NULL, *json = NULL, *page = NULL, *man = NULL;
        assert_int_equal(vessel_definition_schema(kind->word, VESSEL_SCHEMA_RNG, &rng, NULL), 0);
        assert_int_equal(vessel_definition_schema(kind->word, VESSEL_SCHEMA_JSON, &json, NULL), 0);
        assert_int_equal(vessel_definition_schema(kind->word, VESSEL_SCHEMA_MARKDOWN, &page, NULL),
                         0);
        assert_int_equal(vessel_definition_schema(kind->word, VESSEL_SCHEMA_MAN, &man, NULL), 0);
        assert_true(g_str_has_prefix(man, ".TH VESSEL"));
        Schemas schemas = {rng, json, page, man, 0};
        vessel__schema_each_place(kind->shape(), check_place, &schemas);
        assert_true(schemas.count > 3);
        vessel_free(rng);
        vessel_free(json);
        vessel_free(page);
        vessel_free(man);
    }
    char *none = NULL;
    assert_int_equal(vessel_definition_schema("nothing", VESSEL_SCHEMA_RNG, &none, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vessel_definition_schema("domain", 9, &none, NULL),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    assert_null(none);
}

static const char two_disks[] =
    "<domain type='kvm' id='3'><name>a</name><title>one</title><memory>1024</memory><devices>"
    "<disk><source file='/a'/><target dev='vda' bus='virtio'/></disk>"
    "<disk><source file='/b'/><target dev='vdb' bus='virtio'/></disk>"
    "<disk><source file='/c'/><target dev='vdc' bus='virtio'/></disk></devices></domain>";

static char *diff(const char *from, const char *to)
{
    char *json = NULL;
    g_autoptr(VesselError) err = NULL;
    vessel_definition_diff(from, to, NULL, &json, &err);
    vt_no_error(err);
    return json;
}

static void test_diff(void **state G_GNUC_UNUSED)
{
    static const char changed[] =
        "<domain type='kvm'><name>a</name><title>two</title><memory>2048</memory><devices>"
        "<disk><source file='/x'/><target dev='vdd' bus='virtio'/></disk>"
        "<disk><source file='/c'/><target dev='vdc' bus='virtio'/></disk>"
        "<disk><source file='/new'/><target dev='vdb' bus='virtio'/></disk>"
        "</devices></domain>";
    g_autofree char *same = diff(two_disks, two_disks), *other = diff(two_disks, changed);

    assert_string_equal(same, "{\"kind\":\"domain\",\"changes\":[]}");
    must_have(other, "{\"path\":\"/domain/title\",\"change\":\"changed\",\"live\":true,"
                     "\"guest_visible\":false,\"old\":\"one\",\"new\":\"two\"}");
    must_have(other, "{\"path\":\"/domain/memory\",\"change\":\"changed\",\"live\":false,"
                     "\"guest_visible\":true,\"old\":\"1024\",\"new\":\"2048\"}");
    must_have(other, "{\"path\":\"/domain/devices/disk[1]\",\"change\":\"removed\",\"live\":false,"
                     "\"guest_visible\":true,\"name\":\"vda\"");
    must_have(other, "{\"path\":\"/domain/devices/disk[1]\",\"change\":\"added\",\"live\":false,"
                     "\"guest_visible\":true,\"name\":\"vdd\"");
    must_have(other, "\"change\":\"moved\"");
    must_have(other, "{\"path\":\"/domain/devices/disk[3]/source/@file\",\"change\":\"changed\","
                     "\"live\":false,\"guest_visible\":false,\"in\":\"vdb\",\"old\":\"/b\",\"new\":"
                     "\"/new\"}");
    assert_null(strstr(other, "/domain/@id"));

    char *none = NULL;
    g_autoptr(VesselError) err = NULL;
    assert_int_equal(vessel_definition_diff(two_disks, "<domain/>", NULL, &none, &err),
                     VESSEL_ERROR_INVALID_DEFINITION);
    assert_null(none);
}

/* The prefix is no difference; what a namespace has is compared by its rows. */
static void test_diff_namespaces(void **state G_GNUC_UNUSED)
{
#define SPACED(prefix, what)                                                                       \
    "<domain type='kvm' xmlns:" prefix "='http://libvirt.org/schemas/domain/qemu/1.0'>"            \
    "<name>a</name>" what "</domain>"
    static const char bare[] = "<domain type='kvm'><name>a</name></domain>";
    static const char one[] =
        SPACED("q", "<q:commandline><q:env name='A' value='1'/></q:commandline>");
    static const char same[] =
        SPACED("r", "<r:commandline><r:env name='A' value='1'/></r:commandline>");
    static const char two[] = SPACED("q", "<q:deprecation behavior='omit'/><q:commandline>"
                                          "<q:env name='A' value='2'/></q:commandline>");
    g_autofree char *none = diff(one, same), *added = diff(bare, one), *removed = diff(two, bare);
    g_autofree char *changed = diff(one, two);

    assert_string_equal(none, "{\"kind\":\"domain\",\"changes\":[]}");
    must_have(added, "{\"path\":\"/domain/qemu:commandline\",\"change\":\"added\"");
    must_have(added, "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>");
    must_have(removed, "{\"path\":\"/domain/qemu:commandline\",\"change\":\"removed\"");
    must_have(removed, "{\"path\":\"/domain/qemu:deprecation/@behavior\",\"change\":\"removed\"");
    must_have(changed,
              "{\"path\":\"/domain/qemu:commandline/env[1]/@value\",\"change\":\"changed\"");
    must_have(changed, "{\"path\":\"/domain/qemu:deprecation/@behavior\",\"change\":\"added\"");
}

/* Every good vector differs from none but itself, and is the same as its JSON. */
static void test_diff_vectors(void **state G_GNUC_UNUSED)
{
    g_autofree char *folder = g_strconcat(vt_source_dir(), "/tests/unit/data/domain", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *entry;
    guint count = 0;

    while ((entry = g_dir_read_name(dir))) {
        if (!g_str_has_suffix(entry, ".xml") || g_str_has_prefix(entry, "bad-") ||
            g_str_has_prefix(entry, "lenient"))
            continue;
        g_autofree char *path = g_build_filename(folder, entry, NULL), *text = NULL;
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_autofree char *again = convert(text, VESSEL_DEFINITION_XML, 0, NULL);
        g_autofree char *same = diff(text, again);
        if (!strstr(same, "\"changes\":[]")) {
            print_message("# %s: %s\n", entry, same);
            fail();
        }
        g_autofree char *other = diff(text, two_disks);
        must_have(other, "\"path\"");
        count++;
    }
    assert_true(count > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_told),
        cmocka_unit_test(test_validate),
        cmocka_unit_test(test_validate_on_host),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_warnings_everywhere),
        cmocka_unit_test(test_convert),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_explain_spellings),
        cmocka_unit_test(test_explain_wrong),
        cmocka_unit_test(test_explain_piece),
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_diff_namespaces),
        cmocka_unit_test(test_diff_vectors),
    };
    return vt_main(tests);
}
