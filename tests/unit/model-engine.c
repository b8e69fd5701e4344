/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine of lib/model and its calls, beside what vectors can show (model.c). */
#include "tests/unit/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "model/domain-shape.h"
#include "model/schema.h"

#define SECRET VESSEL_FORMAT_SECRET

static VesselDomainDef *parse(const char *text, gsize length, unsigned flags,
                              VesselProblems *problems, VesselProblems *warnings)
{
    VesselDomainDef *def = NULL;
    vessel__domain_def_parse(text, length, flags, &def, problems, warnings);
    return def;
}

/* What is written for everybody, and what is said of a wrong one, never has a secret. */
static void test_secrets(void **state G_GNUC_UNUSED)
{
    static const char text[] = "<domain type='kvm'><name>a</name><memory>1</memory><os><type>hvm"
                               "</type></os><devices><graphics type='vnc' passwd='%s'/></devices>"
                               "</domain>";
    g_autofree char *good = g_strdup_printf(text, "swordfish");
    g_autofree char *bad = g_strdup_printf(text, "sword&#10;fish");
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselDomainDef) def = parse(good, strlen(good), 0, problems, problems);
    g_autofree char *xml = vessel__domain_def_format_xml(def, 0);
    g_autofree char *whole = vessel__domain_def_format_xml(def, SECRET);
    g_autoptr(VesselJson) json = vessel__domain_def_format_json(def, 0);
    g_autofree char *json_text = vessel__json_format(json, true);

    assert_non_null(strstr(whole, "swordfish"));
    assert_non_null(strstr(xml, "<graphics type='vnc'/>"));
    assert_null(strstr(json_text, "swordfish"));
    assert_null(parse(bad, strlen(bad), 0, problems, NULL));
    g_autofree char *found = describe(problems);
    assert_non_null(strstr(found, "passwd is not right"));
    assert_null(strstr(found, "fish"));
}

static const char small[] =
    "<domain type='kvm'><name>a</name><memory unit='%s'>%s</memory>%s</domain>";

/* The memory in KiB, or 0 if it is refused. */
static uint64_t memory_of(const char *unit, const char *number)
{
    g_autofree char *text = g_strdup_printf(small, unit, number, "");
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselDomainDef) def = parse(text, strlen(text), 0, problems, NULL);
    if (!def)
        assert_string_equal(vessel_error_path(vessel__problems_get(problems, 0)), "/domain/memory");
    return def ? def->memory_kib.value : 0;
}

static void test_units(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {
        {"b", 1},      {"byte", 1},     {"bytes", 1}, {"k", 1024},   {"K", 1024},     {"KiB", 1024},
        {"kib", 1024}, {"KB", 1e3},     {"kB", 1e3},  {"M", 0x1p20}, {"MiB", 0x1p20}, {"MB", 1e6},
        {"G", 0x1p30}, {"GiB", 0x1p30}, {"GB", 1e9},  {"T", 0x1p40}, {"TiB", 0x1p40}, {"TB", 1e12},
        {"P", 0x1p50}, {"PiB", 0x1p50}, {"PB", 1e15}, {"E", 0x1p60}, {"EiB", 0x1p60}, {"EB", 1e18},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        uint64_t bytes = (uint64_t)units[i].bytes;
        /* Seven of it, rounded up to KiB. */
        assert_int_equal(memory_of(units[i].unit, "7"), (bytes * 7 + 1023) / 1024);
        /* The first number beyond 63 bits, the first beyond 64, and one beyond what is a number. */
        uint64_t over63 = ((UINT64_C(1) << 63) - 1024) / bytes + 1;
        g_autofree char *a = g_strdup_printf("%" G_GUINT64_FORMAT, over63);
        g_autofree char *b = g_strdup_printf("%" G_GUINT64_FORMAT, UINT64_MAX / bytes + 1);
        assert_int_equal(memory_of(units[i].unit, a), 0);
        if (bytes > 1)
            assert_int_equal(memory_of(units[i].unit, b), 0);
        assert_int_equal(memory_of(units[i].unit, "18446744073709551616"), 0);
        assert_int_equal(memory_of(units[i].unit, "0"), 0);
        assert_int_equal(memory_of(units[i].unit, "-1"), 0);
        assert_int_equal(memory_of(units[i].unit, "1.5"), 0);
        assert_int_equal(memory_of(units[i].unit, ""), 0);
    }
    assert_int_equal(memory_of("KiB", "9007199254740991"), (UINT64_C(1) << 53) - 1);
    assert_int_equal(memory_of("KiB", "9007199254740992"), 0);
    assert_int_equal(memory_of("KiB", "9223372036854775808"), 0);
}

/* What is not given stays absent; the core's defaults fill it in. */
static void test_absent(void **state G_GNUC_UNUSED)
{
    g_autofree char *text = g_strdup_printf(small, "MiB", "2", "");
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselDomainDef) def = parse(text, strlen(text), 0, problems, NULL);

    assert_non_null(def);
    assert_null(def->uuid);
    assert_false(def->vcpus.set);
    assert_int_equal(def->on_crash, VESSEL_ACTION_ABSENT);
    assert_non_null(def->devices);
    vessel__domain_def_defaults(def);
    assert_int_equal(strlen(def->uuid), VESSEL__UUID_LENGTH);
    assert_int_equal(def->current_memory_kib.value, 2048);
    assert_int_equal(def->vcpus.value, 1);
    assert_int_equal(def->on_poweroff, VESSEL_ACTION_DESTROY);
    assert_int_equal(def->on_reboot, VESSEL_ACTION_RESTART);
    g_autofree char *uuid = g_strdup(def->uuid);
    vessel__domain_def_defaults(def);
    assert_string_equal(def->uuid, uuid);
    /* What libvirt makes of it: never more than there is. */
    def->current_memory_kib.value = 4096;
    vessel__domain_def_defaults(def);
    assert_int_equal(def->current_memory_kib.value, 2048);
    def->current_memory_kib.value = 0;
    vessel__domain_def_defaults(def);
    assert_int_equal(def->current_memory_kib.value, 2048);
}

static void test_device_helpers(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselDomainDef) def = g_new0(VesselDomainDef, 1);
    VesselDevice *disk = vessel__domain_def_add_device(def, VESSEL_DEVICE_DISK);
    VesselDevice *net = vessel__domain_def_add_device(def, VESSEL_DEVICE_INTERFACE);
    VesselDevice *second = vessel__domain_def_add_device(def, VESSEL_DEVICE_DISK);
    VesselDevice *emulator = vessel__domain_def_add_device(def, VESSEL_DEVICE_EMULATOR);
    VesselDevice *balloon = vessel__domain_def_add_device(def, VESSEL_DEVICE_MEMBALLOON);
    VesselDevice *unknown = vessel__domain_def_add_device(def, VESSEL_DEVICE_UNKNOWN);

    unknown->unknown = g_strdup("<beeper model='x'/>");
    emulator->emulator = g_strdup("/q");
    assert_ptr_equal(vessel__domain_def_device(def, VESSEL_DEVICE_DISK, 0), disk);
    assert_ptr_equal(vessel__domain_def_device(def, VESSEL_DEVICE_DISK, 1), second);
    assert_null(vessel__domain_def_device(def, VESSEL_DEVICE_DISK, 2));
    assert_null(vessel__domain_def_device(def, VESSEL_DEVICE_SERIAL, 0));
    assert_ptr_equal(vessel__device_common(net), &net->interface->common);
    assert_null(vessel__device_common(emulator));
    const struct {
        const VesselDevice *device;
        const char *path;
    } paths[] = {{disk, "/domain/devices/disk[1]"},       {second, "/domain/devices/disk[2]"},
                 {net, "/domain/devices/interface[1]"},   {emulator, "/domain/devices/emulator"},
                 {balloon, "/domain/devices/memballoon"}, {unknown, "/domain/devices/beeper"}};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *path = vessel__device_path(def, paths[i].device);
        assert_string_equal(path, paths[i].path);
    }
}

static void test_rows(void **state G_GNUC_UNUSED)
{
    assert_string_equal(
        vessel__domain_word("/domain/devices/disk/target/@bus", VESSEL_DISK_BUS_SATA), "sata");
    assert_string_equal(vessel__domain_word("/domain/os/boot/@dev", VESSEL_BOOT_FD), "fd");
    assert_string_equal(
        vessel__domain_word("/domain/devices/disk/address/@type", VESSEL_ADDRESS_UNASSIGNED),
        "unassigned");
    assert_string_equal(
        vessel__domain_word("/domain/devices/controller/@model", VESSEL_CONTROLLER_MODEL_QEMU_XHCI),
        "qemu-xhci");
    assert_string_equal(vessel__domain_word("/domain/devices/serial/target/model/@name",
                                            VESSEL_SERIAL_MODEL_ISA_DEBUGCON),
                        "isa-debugcon");
    assert_string_equal(
        vessel__domain_word("/domain/devices/console/target/@type", VESSEL_CONSOLE_TARGET_SCLPLM),
        "sclplm");
    assert_string_equal(vessel__domain_word("/domain/on_crash", VESSEL_ACTION_COREDUMP_RESTART),
                        "coredump-restart");
    assert_string_equal(vessel__domain_word("/domain/@type", VESSEL_DOMAIN_TYPE_MOCK), "mock");
    assert_null(vessel__domain_word("/domain/@type", 0));
    assert_null(vessel__domain_word("/domain/@type", 99));
    assert_null(vessel__domain_word("/domain/name", 1));
    assert_null(vessel__domain_word("/domain/nothing", 1));
    assert_int_equal(vessel__domain_row_flags("/domain/@id"), VESSEL_ROW_RUNTIME);
    assert_true(vessel__domain_row_flags("/domain/devices/disk/source/@file") &
                VESSEL_ROW_HOSTPATH);
    assert_true(vessel__domain_row_flags("/domain/devices/emulator") & VESSEL_ROW_HOSTPATH);
    assert_int_equal(vessel__domain_row_flags("nonsense"), 0);
    assert_int_equal(vessel__domain_row_flags(""), 0);
    assert_int_equal(vessel__domain_row_flags("/domain/memory/@unit"), 0);
}

static char *unsupported(const char *text, const VesselSupport *support)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselDomainDef) def = parse(text, strlen(text), 0, problems, NULL);
    assert_non_null(def);
    vessel__domain_def_check_support(def, support, "test", problems);
    for (guint i = 0; i < vessel__problems_count(problems); i++)
        assert_int_equal(vessel_error_code(vessel__problems_get(problems, i)),
                         VESSEL_ERROR_UNSUPPORTED);
    return describe(problems);
}

static const char with_much[] =
    "<domain type='kvm' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><name>a</name>\n"
    "<memory>1</memory><vcpu>2</vcpu><devices>\n"
    "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/>\n"
    "<backingStore type='file'><format type='raw'/><source file='/b'/>\n"
    "<backingStore type='file'><format type='raw'/><source file='/c'/></backingStore>\n"
    "</backingStore></disk>\n"
    "<disk type='file'><source file='/a'/><target dev='vdb' bus='usb'/><readonly/>\n"
    "<address type='pci' slot='1'/></disk>\n"
    "<memballoon model='none'/></devices><q:commandline/><x xmlns='urn:x'/></domain>";

static void test_support(void **state G_GNUC_UNUSED)
{
    static const char *const buses[] = {"", "virtio", "sata", NULL};
    static const VesselSupport support[] = {
        {"/domain/@type", NULL},
        {"/domain/name", buses},
        {"/domain/memory", NULL},
        {"/domain/devices/disk/@type", NULL},
        {"/domain/devices/disk/source/*", NULL},
        {"/domain/devices/disk/target/@dev", NULL},
        {"/domain/devices/disk/target/@bus", buses},
        {"/domain/devices/disk/backingStore/*", NULL},
        {"/domain/devices/disk/address/@type", NULL},
        {NULL, NULL},
    };
    static const VesselSupport everything[] = {{"/domain/*", NULL}, {NULL, NULL}};
    g_autofree char *found = unsupported(with_much, support);
    g_autofree char *none = unsupported(with_much, everything);
    assert_string_equal(
        found,
        "/domain/name:1:0: name 'a' is not supported by the driver test (it takes virtio or sata)\n"
        "/domain/vcpu:2:0: vcpu is not supported by the driver test\n"
        "/domain/devices/disk[2]/target/@bus:7:0: bus 'usb' is not supported by the driver test "
        "(it takes virtio or sata)\n"
        "/domain/devices/disk[2]/readonly:7:0: readonly is not supported by the driver test\n"
        "/domain/devices/disk[2]/address/@slot:8:0: slot is not supported by the driver test\n"
        "/domain/devices/memballoon:9:0: memballoon is not supported by the driver test\n"
        "/domain/qemu:commandline:9:0: qemu:commandline is not supported by the driver test\n");
    assert_string_equal(none, "");
}

static void test_support_paths(void **state G_GNUC_UNUSED)
{
    static const VesselSupport disks[] = {{"/domain/@type", NULL},
                                          {"/domain/name", NULL},
                                          {"/domain/devices/disk/*", NULL},
                                          {"/domain/devices/disk/source/@file", NULL},
                                          {NULL, NULL}};
    g_autofree char *relative = unsupported("<domain type='kvm'><name>a</name><devices>"
                                            "<disk type='file'>\n<source file='a.img'/>"
                                            "<target dev='vda'/></disk></devices></domain>",
                                            disks);
    assert_string_equal(relative, "/domain/devices/disk[1]/source/@file:2:0: 'a.img' is not an "
                                  "absolute path, which the driver test needs "
                                  "(give the path from the root folder on)\n");
}

/* An element and its text are refused once, the next of that name again. */
static void test_support_once(void **state G_GNUC_UNUSED)
{
    static const VesselSupport few[] = {
        {"/domain/@type", NULL}, {"/domain/name", NULL}, {"/domain/os/type", NULL}, {NULL, NULL}};
    g_autofree char *once = unsupported("<domain type='kvm'><name>a</name><os>"
                                        "<loader>/x</loader><nvram>/y</nvram></os></domain>",
                                        few);
    assert_string_equal(once, "/domain/os/loader:1:0: loader is not supported by the driver test\n"
                              "/domain/os/nvram:1:0: nvram is not supported by the driver test\n");
}

/* By its namespace, not by the user's prefix. */
static void test_support_namespace(void **state G_GNUC_UNUSED)
{
    static const VesselSupport qemu[] = {{"/domain/@type", NULL},
                                         {"/domain/name", NULL},
                                         {"/domain/qemu:commandline/*", NULL},
                                         {NULL, NULL}};
    static const char start[] = "<domain type='kvm' xmlns:%s='http://libvirt.org/schemas/domain/%s"
                                "/1.0'><name>a</name><%s:commandline><%s:arg value='a'/>"
                                "</%s:commandline></domain>";
    g_autofree char *renamed = g_strdup_printf(start, "q", "qemu", "q", "q", "q");
    g_autofree char *posing = g_strdup_printf(start, "qemu", "xen", "qemu", "qemu", "qemu");
    g_autofree char *of_renamed = unsupported(renamed, qemu),
                    *of_posing = unsupported(posing, qemu);
    assert_string_equal(of_renamed, "");
    assert_string_equal(of_posing, "/domain/xen:commandline/arg[1]:1:0: arg is not supported by "
                                   "the driver test\n");
}

/* What a running domain has is written on demand, and kept only from our own store. */
static void test_runtime(void **state G_GNUC_UNUSED)
{
    g_autofree char *path =
        g_strconcat(vt_source_dir(), "/tests/unit/data/domain/runtime.xml", NULL);
    g_autofree char *text = NULL;
    g_autoptr(VesselProblems) problems = vessel__problems_new();

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autoptr(VesselDomainDef) def = parse(text, strlen(text), VESSEL_PARSE_STORED, problems, NULL);
    assert_int_equal(vessel__problems_count(problems), 0);
    g_autofree char *live = vessel__domain_def_format_xml(def, VESSEL_FORMAT_RUNTIME);
    assert_string_equal(live, text);
    g_autofree char *plain = vessel__domain_def_format_xml(def, 0);
    assert_null(strstr(plain, "pts"));
    assert_null(strstr(plain, "alias"));
    assert_null(strstr(plain, "vnet"));
    assert_null(strstr(plain, "index"));
    g_autoptr(VesselJson) json = vessel__domain_def_format_json(def, VESSEL_FORMAT_RUNTIME);
    assert_int_equal(vessel__json_get_int(json, "id", 0), 12);
}

/* What is stored always loads, as far as it can be understood. */
static void test_stored(void **state G_GNUC_UNUSED)
{
    static const char text[] = "<domain type='future' new='x'><name>a</name><memory>none</memory>"
                               "<newer><thing/></newer></domain>";
    g_autoptr(VesselProblems) problems = vessel__problems_new(), warnings = vessel__problems_new();
    g_autoptr(VesselDomainDef) def =
        parse(text, strlen(text), VESSEL_PARSE_STORED, problems, warnings);
    assert_non_null(def);
    assert_string_equal(def->name, "a");
    assert_int_equal(vessel__problems_count(problems), 2);
    assert_int_equal(vessel__problems_count(warnings), 2);
    g_autofree char *out = vessel__domain_def_format_xml(def, 0);
    assert_non_null(strstr(out, "<newer><thing/></newer>"));
    assert_non_null(strstr(out, " new='x'"));
    assert_null(parse("<domain>", 8, VESSEL_PARSE_STORED, problems, NULL));
}

/* What the engine can and no row of <domain> needs yet. */
typedef struct {
    char *name, *secret;
    VesselNumber weight;
    int mode;
} Thing;

static const char *const modes[] = {"", "slow", "fast", NULL};
static const VesselRow thing_rows[] = {
    VESSEL_STRING(Thing, name, "@name", &vessel__form_word, 8, VESSEL_ROW_REQUIRED, "its name"),
    VESSEL_STRING(Thing, name, "@id", &vessel__form_word, 8, VESSEL_ROW_OLD, "its old name"),
    VESSEL_STRING(Thing, secret, "key/value", NULL, 8, VESSEL_ROW_SECRET, "a secret"),
    VESSEL_NUMBER(Thing, weight, "bodyWeight", 0, UINT64_MAX, 0, "its weight"),
    VESSEL_ENUM(Thing, mode, "key/@value", modes, 0, "a mode"),
    {.path = NULL},
};
static const VesselTable thing_table = {
    .name = "thing",
    .size = sizeof(Thing),
    .rows = thing_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static void check_thing(const VesselShape *shape, const char *text, const char *xml,
                        const char *json_text, const char *wanted)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    Thing *thing = vessel__schema_parse(shape, text, strlen(text), 0, problems, NULL);
    g_autofree char *found = describe(problems);
    assert_non_null(thing);
    must_equal(text, "problems", found, wanted);
    if (!*wanted) {
        Thing *copy = vessel__schema_copy(&thing_table, thing);
        g_autofree char *out = vessel__schema_format_xml(shape, copy, 0);
        g_autoptr(VesselJson) json = vessel__schema_format_json(shape, copy, VESSEL_FORMAT_SECRET);
        g_autofree char *json_out = vessel__json_format(json, false);
        must_equal(text, "XML", out, xml);
        must_equal(text, "JSON", json_out, json_text);
        vessel__schema_free(&thing_table, copy);
    }
    vessel__schema_free(&thing_table, thing);
}

static void test_engine(void **state G_GNUC_UNUSED)
{
    static const VesselShape *shape; /* stays, as the engine says */
    shape = vessel__schema_compile(&thing_table, "thing");
    check_thing(shape, "<thing id='a'/>", "<thing name='a'/>\n", "{\"name\":\"a\"}", "");
    check_thing(shape,
                "<thing name='a'><bodyWeight>18446744073709551615</bodyWeight>"
                "<key value='fast'><value>xyz</value></key></thing>",
                "<thing name='a'>\n  <key value='fast'/>\n"
                "  <bodyWeight>18446744073709551615</bodyWeight>\n</thing>\n",
                "{\"name\":\"a\",\"key\":{\"value_attr\":\"fast\",\"value\":\"xyz\"},"
                "\"body_weight\":18446744073709551615}",
                "");
    check_thing(shape, "{\"id\": \"a\", \"key\": {\"value_attr\": \"slow\"}}",
                "<thing name='a'>\n  <key value='slow'/>\n</thing>\n",
                "{\"name\":\"a\",\"key\":{\"value_attr\":\"slow\"}}", "");
    check_thing(shape, "<thing id='a' name='b'/>", "", "",
                "/thing/@name:1:15: 'name' is given under another name too\n");
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    static const char unknown[] = "<thing name='a' x=''><x/></thing>";
    Thing *thing =
        vessel__schema_parse(shape, unknown, strlen(unknown), VESSEL_PARSE_LENIENT, problems, NULL);
    assert_int_equal(vessel__problems_count(problems), 2); /* there is no room to keep them */
    vessel__schema_free(&thing_table, thing);
    check_thing(shape, "<thing/>", "", "", "/thing/@name:1:1: the attribute 'name' is missing\n");
    check_thing(shape, "<thing name='a'><x/></thing>", "", "",
                "/thing/x:1:17: the element 'x' is not known here (what may stand here: key or "
                "bodyWeight)\n");
}

/* What JSON keeps without knowing it may not turn into something else in XML. */
static void test_leftovers_of_json(void **state G_GNUC_UNUSED)
{
    static const char form[] = "{\"type\": \"kvm\", \"name\": \"a\", \"memory_kib\": 1,"
                               " \"os\": {\"type\": \"hvm\"}, %s }";
    static const struct {
        const char *members;
        bool good;
    } cases[] = {
        {"'unknown': [{'path': '', 'xml': '<x/>'}]", true},
        {"'unknown': [{'path': 'os/type', 'attribute': 'x', 'value': 'y'}]", true},
        {"'unknown': [{'path': 'title', 'attribute': 'x', 'value': 'y'}]", true},
        {"'unknown': [{'path': 'devices', 'attribute': 'x', 'value': 'y'}]", true},
        {"'unknown': [{'path': '', 'xml': '<name/>'}]", false},
        {"'unknown': [{'path': '', 'xml': '<x:y xmlns:x=\\'urn:x\\'/>'}]", false},
        {"'unknown': [{'path': '', 'xml': '<x>'}]", false},
        {"'unknown': [{'path': '', 'xml': '<x/><y/>'}]", false},
        {"'unknown': [{'path': '', 'xml': 1}]", false},
        {"'unknown': [{'path': 'nowhere', 'xml': '<x/>'}]", false},
        {"'unknown': [{'path': 'name', 'xml': '<x/>'}]", false},
        {"'unknown': [{'path': 'os/boot', 'xml': '<x/>'}]", false},
        {"'unknown': [{'path': 'devices', 'xml': '<x/>'}]", false},
        {"'unknown': [{'path': '', 'attribute': 'id', 'value': 'y'}]", false},
        {"'unknown': [{'path': '', 'attribute': 'x y', 'value': 'y'}]", false},
        {"'unknown': [{'path': '', 'attribute': 'x', 'value': '\\u0001'}]", false},
        {"'unknown': [{'attribute': 'x', 'value': '1'}, {'attribute': 'x', 'value': '2'}]", false},
        {"'foreign': ['<x:y xmlns:x=\\'urn:x\\'/>']", true},
        {"'foreign': ['<name/>']", false},
        {"'foreign': ['<x:a xmlns:x=\\'http://libvirt.org/schemas/domain/qemu/1.0\\'/>']", false},
        {"'unknown': [{'path': '', 'xml': '<x:a xmlns:x=\\'http://libvirt.org/schemas/domain/qemu"
         "/1.0\\'/>'}]",
         false},
        {"'devices': {'unknown': ['<beeper/>']}", true},
        {"'devices': {'unknown': ['<disk/>']}", false},
        {"'devices': {'unknown': ['sound']}", false},
        {"'devices': {'disk': [{'target': {'dev': 'a'}, "
         "'unknown': [{'path': 'address', 'attribute': 'x'}]}]}",
         false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        /* Quotes as in C: ' stands for ", \\' for itself. */
        g_auto(GStrv) quoted = g_strsplit(cases[i].members, "\\'", -1);
        for (char **part = quoted; *part; part++)
            g_strdelimit(*part, "'", '"');
        g_autofree char *members = g_strjoinv("'", quoted);
        g_autofree char *text = g_strdup_printf(form, members);
        g_autoptr(VesselProblems) problems = vessel__problems_new();
        g_autoptr(VesselDomainDef) def =
            parse(text, strlen(text), VESSEL_PARSE_LENIENT, problems, NULL);
        if ((def != NULL) != cases[i].good) {
            g_autofree char *found = describe(problems);
            print_message("# %s: %s\n", text, found);
            fail();
        }
    }
}

/* Each change of one thing makes a difference. */
static void test_equal(void **state G_GNUC_UNUSED)
{
    static const char *const parts[] = {
        "",
        "<title/>",
        "<title>a</title>",
        "<vcpu>1</vcpu>",
        "<vcpu>2</vcpu>",
        "<features><acpi/></features>",
        "<on_crash>destroy</on_crash>",
        "<on_crash>restart</on_crash>",
        "<os><boot dev='hd'/></os>",
        "<os><boot dev='hd'/><boot dev='fd'/></os>",
        "<os><boot dev='fd'/><boot dev='hd'/></os>",
        "<metadata><a xmlns='urn:a'/></metadata>",
        "<metadata><a  xmlns='urn:a'/></metadata>",
        "<unknown/>",
        "<unknown a=''/>",
        "<unknown/><unknown/>",
        "<os unknown=''/>",
        "<os><unknown/></os>",
        "<x:unknown xmlns:x='urn:x'/>",
        "<devices><serial/></devices>",
        "<devices><console/></devices>",
        "<devices><serial/><console/></devices>",
        "<devices><console/><serial/></devices>",
        "<devices><serial><address type='pci'/></serial></devices>",
        "<devices><serial><address type='pci' slot='0'/></serial></devices>",
        "<devices><emulator>/a</emulator></devices>",
        "<devices><emulator>/b</emulator></devices>",
        "<devices><unknown/></devices>",
        "<devices><unknown a=''/></devices>",
    };
    VesselDomainDef *defs[G_N_ELEMENTS(parts)];
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *text = g_strdup_printf(small, "KiB", "1", parts[i]);
        g_autoptr(VesselProblems) problems = vessel__problems_new();
        defs[i] = parse(text, strlen(text), VESSEL_PARSE_LENIENT, problems, NULL);
        assert_non_null(defs[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(parts); j++) {
            if (vessel__domain_def_equal(defs[i], defs[j]) != (i == j)) {
                print_message("# '%s' and '%s'\n", parts[i], parts[j]);
                fail();
            }
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        vessel__domain_def_free(defs[i]);
}

static void test_lines(void **state G_GNUC_UNUSED)
{
    static const char text[] = "<domain type='kvm'>\n<name>a</name>\n<os>\n<type\nmachine='x'>hvm"
                               "</type></os><memory>1</memory><devices>\n<emulator>/q</emulator>\n"
                               "<disk><source file='/a'/>\n<target dev='vda'/></disk>\n"
                               "<disk><source file='/a'/><target dev='vdb'/>\n<address\n type='pci'"
                               "\nslot='1'/></disk></devices></domain>";
    static const struct {
        const char *path;
        int line;
    } lines[] = {
        {"/domain", 1},
        {"/domain/name", 2},
        {"/domain/title", 1},
        {"/domain/os", 3},
        {"/domain/os/type/@machine", 4},
        {"/domain/os/boot[1]/@dev", 3},
        {"/domain/memory", 5},
        {"/domain/devices", 5},
        {"/domain/devices/emulator", 6},
        {"/domain/devices/disk[1]", 7},
        {"/domain/devices/disk[1]/target/@dev", 8},
        {"/domain/devices/disk[1]/address/@slot", 7},
        {"/domain/devices/disk[2]/target/@bus", 9},
        {"/domain/devices/disk[2]/address/@slot", 10},
        {"/domain/devices/disk[3]", 5},
        {"/domain/devices/beeper", 5},
        {"/network/name", 0},
        {"domain", 0},
        {"", 0},
        {"/domain/devices/disk[2", 5},
    };
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselDomainDef) def = parse(text, strlen(text), 0, problems, NULL);
    g_autoptr(VesselDomainDef) copy = vessel__domain_def_copy(def);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        assert_int_equal(vessel__domain_def_line(def, lines[i].path), lines[i].line);
        assert_int_equal(vessel__domain_def_line(copy, lines[i].path), lines[i].line);
    }
    g_autoptr(VesselDomainDef) stored =
        parse(text, strlen(text), VESSEL_PARSE_STORED, problems, NULL);
    assert_int_equal(vessel__domain_def_line(stored, "/domain/name"), 0);
}

static void test_names(void **state G_GNUC_UNUSED)
{
    static const char *const good[] = {"a", "debian 12", "-x", "ü", "a.b", "x:y", "*"};
    static const char *const bad[] = {"",     " ",     ".",  "..",        ".a",  "a/b",
                                      "a\nb", "a\x7f", "\t", "a\xc2\x85", "\xff"};
    VesselError *err = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        assert_int_equal(vessel__domain_name_check(good[i], NULL), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        vessel__domain_name_check(bad[i], &err);
        vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    }
}

/* More problems than are told apart, and more devices than a list takes. */
static void test_caps(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) text = g_string_new("<domain type='kvm'><name>a</name><memory>1</memory>");
    for (int i = 0; i < 1000; i++)
        g_string_append(text, "<nothing/>");
    g_string_append(text, "<devices>");
    for (int i = 0; i < 4097; i++)
        g_string_append(text, "<controller type='usb'/>");
    g_string_append(text, "</devices></domain>");
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselError *err = NULL;
    assert_null(parse(text->str, text->len, 0, problems, NULL));
    vessel__problems_to_error(problems, "the definition", &err);
    assert_int_equal(vessel_error_problem_count(err), VESSEL__PROBLEMS_MAX);
    vessel_error_free(err);
    g_autoptr(VesselProblems) lenient = vessel__problems_new();
    assert_null(parse(text->str, text->len, VESSEL_PARSE_LENIENT, lenient, NULL));
    assert_string_equal(vessel_error_message(vessel__problems_get(lenient, 0)),
                        "more than 4096 elements are given");
}

#ifdef __SANITIZE_THREAD__
#define SLOWER 8
#else
#define SLOWER 1
#endif

/* Parses @text, and must do so in little time and memory. */
static VesselDomainDef *parse_soon(const char *text, size_t length, unsigned flags,
                                   VesselProblems *problems)
{
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    VesselDomainDef *def = parse(text, length, flags, problems, NULL);
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_utime.tv_sec - before.ru_utime.tv_sec < 5 * SLOWER);
    assert_true(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
    return def;
}

/* Each element that is kept repeats the namespaces that it uses of those declared around it. */
static void test_repeated_namespaces(void **state G_GNUC_UNUSED)
{
    g_autofree char *uri = g_strnfill(1000, 'x');
    g_autoptr(GString) head = g_string_new("<domain type='kvm'"), one = g_string_new("<p0:a");
    for (int i = 0; i < 250; i++) {
        g_string_append_printf(head, " xmlns:p%d='%d%s'", i, i, uri);
        g_string_append_printf(one, " p%d:b=''", i);
    }
    g_string_append(head, "><name>a</name><memory>1</memory>");
    g_string_append(one, "/>");
    static const char *const around[][2] = {
        {"", ""}, {"<metadata>", "</metadata>"}, {"<devices>", "</devices>"}};
    for (size_t i = 0; i < G_N_ELEMENTS(around); i++) {
        g_autoptr(VesselProblems) problems = vessel__problems_new();
        g_autoptr(GString) text = g_string_new(head->str);
        g_string_append(text, around[i][0]);
        for (int k = 0; k < 390; k++)
            g_string_append(text, one->str);
        g_string_append_printf(text, "%s</domain>", around[i][1]);
        assert_null(parse_soon(text->str, text->len, VESSEL_PARSE_LENIENT, problems));
        g_autofree char *found = describe(problems);
        assert_non_null(strstr(found, i == 1 ? "metadata has" : "more than 8388608 bytes"));
    }
}

/* The widest definition there may be ends in little time and memory. */
static void test_wide(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) text =
        g_string_new("<domain type='kvm'><name>a</name><memory>1</memory><os>");
    for (int i = 0; i < 90000; i++)
        g_string_append(text, "<boot/>");
    g_string_append(text, "</os></domain>");
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    assert_null(parse_soon(text->str, text->len, 0, problems));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_device_helpers),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_support),
        cmocka_unit_test(test_support_paths),
        cmocka_unit_test(test_support_once),
        cmocka_unit_test(test_support_namespace),
        cmocka_unit_test(test_runtime),
        cmocka_unit_test(test_stored),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_engine),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_leftovers_of_json),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_repeated_namespaces),
    };
    return vt_main(tests);
}
