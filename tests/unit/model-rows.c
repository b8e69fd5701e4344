/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What rows say of themselves, over all rows of all kinds: what names an element of a list, what
 * holds if something is left out, which values are files of the host and which are secret. */
#include "tests/unit/model.h"

#include <vessel/vessel.h>

#include "model/explain.h"
#include "model/shape.h"

/* An exception, with its reason. What is no exception any more must go. */
typedef struct {
    const char *path, *why;
} Except;

typedef struct {
    const VesselKind *kind;
    const Except *except;
    GHashTable *met; /* those of @except */
    guint wrong;
} Walk;

static bool is_except(Walk *walk, const char *path)
{
    for (const Except *one = walk->except; one->path; one++) {
        if (strcmp(one->path, path) == 0) {
            g_hash_table_add(walk->met, (gpointer)one);
            return true;
        }
    }
    return false;
}

static void complain(Walk *walk, const char *path, const char *what)
{
    print_message("# %s: %s\n", path, what);
    walk->wrong++;
}

static void walk_all(const Except *except, VesselPlaceVisitor visit)
{
    g_autoptr(GHashTable) met = g_hash_table_new(NULL, NULL);
    Walk walk = {NULL, except, met, 0};
    for (walk.kind = vessel__kinds; walk.kind->word; walk.kind++)
        vessel__schema_each_place(walk.kind->shape(), visit, &walk);
    for (; except->path; except++) {
        if (!g_hash_table_contains(met, except))
            complain(&walk, except->path, "no longer is an exception");
    }
    assert_int_equal(walk.wrong, 0);
}

static bool is_value(const VesselRowPlace *place)
{
    return place->row && place->row->kind < VESSEL_KIND_OBJECT &&
           !(place->row->flags & (VESSEL_ROW_OLD | VESSEL_ROW_RUNTIME));
}

/* ---- what names an element ---- */

static const Except nameless[] = {
    {"/domain/os/initarg", "an argument is what it is by its turn"},
    {"/domain/sysinfo/baseBoard", "a board has no name of its own"},
    {"/domain/sysinfo/oemStrings/entry", "a string is what it is by its turn"},
    {"/domain/devices/smartcard/certificate", "nothing but a text"},
    {"/domain/devices/graphics/listen", "the first is the one that counts"},
    {"/domain/devices/redirfilter/usbdev", "the first rule that fits decides"},
    {"/domain/qemu:commandline/arg", "an argument is what it is by its turn"},
    {"/domain/bhyve:commandline/arg", "an argument is what it is by its turn"},
    {"/domain/xen:commandline/arg", "an argument is what it is by its turn"},
    {"/network/dnsmasq:options/option", "a line of a file"},
    {NULL, NULL},
};

static bool has_key(const VesselTable *table)
{
    for (const VesselRow *row = table->rows; row->path; row++) {
        if (row->flags & (VESSEL_ROW_KEY | VESSEL_ROW_ELSE_KEY))
            return true;
    }
    return false;
}

static void check_key(const VesselRowPlace *place, void *data)
{
    bool repeats = place->row ? place->row->kind == VESSEL_KIND_OBJECTS
                              : place->variant->table && !place->variant->single;
    const VesselTable *table = place->row ? place->row->table : place->variant->table;
    if (!repeats || is_in_other_document(place->path) || has_key(table))
        return;
    if (!is_except(data, place->path))
        complain(data, place->path, "nothing tells its elements apart: mark rows of it as KEY");
}

static void test_lists_have_keys(void **state G_GNUC_UNUSED)
{
    walk_all(nameless, check_key);
}

/* ---- what is live ---- */

static const Except none[] = {{NULL, NULL}};

static void check_live_if(const VesselRowPlace *place, void *data)
{
    const VesselRow *row = place->row;
    if (!row || !row->live_if || place->still)
        return;
    if (!(row->flags & VESSEL_ROW_LIVE) || !row->live_words)
        complain(data, place->path, "it has a condition for being LIVE, and is not");
    if (!place->live_if || !place->live_if->tag || place->live_if->tag->kind != VESSEL_KIND_ENUM)
        complain(data, place->path, "its live_if is no row of words in its table");
}

static void test_live_if(void **state G_GNUC_UNUSED)
{
    walk_all(none, check_live_if);
}

/* ---- what holds if it is left out ---- */

/* The literal is one that the row takes. */
static bool is_taken(const VesselRow *row, const char *text)
{
    uint64_t number;
    switch (row->kind) {
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
        return vessel__word_find(row->words, text) > 0;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        return vessel__parse_u64(text, &number) && number >= row->min && number <= row->max;
    case VESSEL_KIND_STRING: {
        g_autofree char *read = row->form ? row->form->read(text) : g_strdup(text);
        return read && strlen(read) <= row->max;
    }
    default:
        return false;
    }
}

static void check_preset(const VesselRowPlace *place, void *data)
{
    const VesselRow *row = place->row;
    if (!row)
        return;
    g_autofree char *left_out = vessel__row_if_left_out(row);
    bool filled = row->flags & (VESSEL_ROW_FILLED | VESSEL_ROW_DRIVER_FILLED);
    if (row->preset && !is_taken(row, row->preset))
        complain(data, place->path, "it does not take its own preset");
    if ((row->flags & VESSEL_ROW_REQUIRED) && left_out)
        complain(data, place->path, "it cannot be left out");
    if (filled && !left_out)
        complain(data, place->path, "it does not say what it is filled in with");
    if (strstr(row->doc, "if left out"))
        complain(data, place->path, "what holds if it is left out stands in `preset`");
    if (row->flags & VESSEL_ROW_RUNTIME && row->preset)
        complain(data, place->path, "only the host has it");
}

static void test_presets(void **state G_GNUC_UNUSED)
{
    walk_all(none, check_preset);
}

/* The smallest document of each kind in which everything that can be filled in is left out. */
static const struct {
    const char *kind, *text;
} smallest[] = {
    {"domain", "<domain type='mock'><name>a</name><cpu><numa><cell id='0' cpus='0' memory='4096'/>"
               "</numa></cpu><devices><interface type='user'/></devices></domain>"},
    {"network", "<network><name>a</name></network>"},
    {"network-port", "<networkport/>"},
    {"storage-pool", "<pool type='logical'><source><name>a</name></source></pool>"},
    {"secret", "<secret/>"},
};

typedef struct {
    const void *root;
    GHashTable *given; /* paths */
    GHashTable *out;   /* rows that were filled in */
} Filled;

static void note_given(const VesselValue *value, void *data)
{
    g_hash_table_add(data, vessel__schema_value_path(value));
}

/* The presets that are no words are numbers of the root. */
static const char *text_of(const Filled *filled, const VesselValue *value, VesselValueBuffer buffer)
{
    bool of_root = strrchr(value->path + 1, '/') == strchr(value->path + 1, '/');
    return value->word || !of_root
               ? value->word
               : vessel__value_text(value->row, vessel__member(filled->root, value->row), buffer);
}

static void check_filled(const VesselValue *value, void *data)
{
    Filled *filled = data;
    VesselValueBuffer buffer;
    g_autofree char *path = vessel__schema_value_path(value);
    if (g_hash_table_contains(filled->given, path))
        return;
    const char *text = text_of(filled, value, buffer);
    if (!(value->row->flags & VESSEL_ROW_FILLED) ||
        (value->row->preset && g_strcmp0(value->row->preset, text) != 0)) {
        print_message("# %s is filled in with '%s', and its row says '%s'\n", path, text,
                      value->row->preset);
        fail();
    }
    g_hash_table_add(filled->out, (gpointer)value->row);
}

static void check_was_filled(const VesselRowPlace *place, void *data)
{
    const Filled *filled = data;
    if (!place->row || !(place->row->flags & VESSEL_ROW_FILLED) ||
        is_in_other_document(place->path) || g_hash_table_contains(filled->out, place->row))
        return;
    print_message("# %s says that it is filled in, and is not\n", place->path);
    fail();
}

static const char *smallest_of(const VesselKind *kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(smallest); i++) {
        if (strcmp(smallest[i].kind, kind->word) == 0)
            return smallest[i].text;
    }
    return NULL;
}

static void *parse(const VesselKind *kind, const char *text)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    return vessel__schema_parse(kind->shape(), text, strlen(text), VESSEL_PARSE_STORED, problems,
                                NULL);
}

static void compare(const VesselKind *kind, const void *before, const void *after)
{
    g_autoptr(GHashTable) given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) out = g_hash_table_new(NULL, NULL);
    Filled filled = {after, given, out};
    vessel__schema_each_value(kind->shape(), before, note_given, given);
    vessel__schema_each_value(kind->shape(), after, check_filled, &filled);
    vessel__schema_each_place(kind->shape(), check_was_filled, &filled);
}

/* What rows call FILLED is what the core fills in, and nothing else is. */
static void test_filled(void **state G_GNUC_UNUSED)
{
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++) {
        const char *text = smallest_of(kind);
        assert_true((kind->defaults != NULL) == (text != NULL));
        if (!text)
            continue;
        void *before = parse(kind, text), *after = parse(kind, text);
        kind->defaults(after);
        compare(kind, before, after);
        vessel__schema_free(kind->shape()->table, before);
        vessel__schema_free(kind->shape()->table, after);
    }
}

/* What the guest sees is made up once: it stays where defaults are made of their own result. */
static void test_filled_once(void **state G_GNUC_UNUSED)
{
    static const char text[] = "<domain type='mock'><name>a</name><genid/><devices>"
                               "<interface type='user'><mac address='52:54:00:00:00:01'/>"
                               "</interface><interface type='user'/></devices></domain>";
    VesselDomainDef *def = parse(vessel__kind_find("domain"), text);
    vessel__domain_def_defaults(def);
    g_autofree char *once = vessel__domain_def_format_xml(def, 0);
    vessel__domain_def_defaults(def);
    g_autofree char *twice = vessel__domain_def_format_xml(def, 0);
    assert_string_equal(once, twice);
    assert_int_equal(strlen(def->genid), 36);
    assert_string_equal(vessel__domain_def_device(def, VESSEL_DEVICE_INTERFACE, 0)->interface->mac,
                        "52:54:00:00:00:01");
    vessel__domain_def_free(def);
}

/* The same where a user sees it: a host whose driver fills nothing in. */
static void test_filled_at_define(void **state G_GNUC_UNUSED)
{
    VesselHost *host = NULL;
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    char *xml = NULL;
    const VesselKind *kind = vessel__kind_find("domain");

    vessel_host_open("mock:", NULL, &host, &err);
    vt_no_error(err);
    vessel_domain_define(host, smallest_of(kind), 0, &domain, &err);
    vt_no_error(err);
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &xml, &err);
    vt_no_error(err);
    void *before = parse(kind, smallest_of(kind)), *after = parse(kind, xml);
    compare(kind, before, after);
    vessel__schema_free(kind->shape()->table, before);
    vessel__schema_free(kind->shape()->table, after);
    vessel_free(xml);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

/* ---- files of the host ---- */

static const Except no_files[] = {
    {"/domain/resource/partition", "a control group"},
    {"/domain/os/init", "inside the container"},
    {"/domain/os/initdir", "inside the container"},
    {"/domain/os/root", "a device as the guest names it"},
    {"/domain/devices/filesystem/target/@dir", "where the guest mounts it"},
    {"/domain/vessel:overlay/@target", "the same"},
    {"/domain/vessel:image/@target", "the same"},
    {"/domain/vessel:mount/@target", "the same"},
    {"/network/ip/dhcp/bootp/@file", "below the folder of TFTP"},
    {"/pool/source/dir/@path", "at the server; the row of a pool of type dir is one of the host"},
    {NULL, NULL},
};

/* Those whose value must be a path, and those that are called like one. */
static bool looks_like_file(const VesselRowPlace *place)
{
    static const char *const names[] = {
        "@path",    "path",        "@file",     "@dir",   "@socket", "@logFile", "@rendernode",
        "@evdev",   "@xauth",      "@tap",      "@vhost", "@master", "@slave",   "kernel",
        "initrd",   "dtb",         "@template", "loader", "nvram",   "emulator", "bootloader",
        "database", "@runtimeDir", "@root",     NULL};
    const char *last = strrchr(place->path, '/') + 1;
    return place->row->kind == VESSEL_KIND_STRING &&
           (place->row->form == &vessel__form_path || place->row->form == &vessel__form_file ||
            vessel__word_find(names, last) >= 0);
}

static void check_file(const VesselRowPlace *place, void *data)
{
    if (!is_value(place) || is_in_other_document(place->path) || !looks_like_file(place) ||
        (place->row->flags & VESSEL_ROW_HOSTPATH))
        return;
    if (!is_except(data, place->path))
        complain(data, place->path, "it looks like a file of the host: mark it as HOSTPATH");
}

static void test_files(void **state G_GNUC_UNUSED)
{
    walk_all(no_files, check_file);
}

/* ---- secrets ---- */

static const Except no_secrets[] = {
    {"/domain/devices/graphics/@passwdValidTo", "until when, no more"},
    {"/domainsnapshot/cookie", "of the hypervisor: not a secret of somebody's"},
    {NULL, NULL},
};

static void check_secret(const VesselRowPlace *place, void *data)
{
    static const char *const names[] = {"pass", "cookie", "token", "credential", NULL};
    const char *last = strrchr(place->path, '/') + 1;
    bool looks_secret = false;
    for (VesselWords name = names; *name; name++)
        looks_secret |= strstr(last, *name) != NULL;
    if (!place->row || place->row->kind == VESSEL_KIND_SWITCH ||
        is_in_other_document(place->path) || !looks_secret ||
        (place->row->flags & VESSEL_ROW_SECRET))
        return;
    if (!is_except(data, place->path))
        complain(data, place->path, "it looks like a secret: mark it as SECRET");
}

static void test_secrets(void **state G_GNUC_UNUSED)
{
    walk_all(no_secrets, check_secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_have_keys), cmocka_unit_test(test_live_if),
        cmocka_unit_test(test_presets),         cmocka_unit_test(test_filled),
        cmocka_unit_test(test_filled_once),     cmocka_unit_test(test_filled_at_define),
        cmocka_unit_test(test_files),           cmocka_unit_test(test_secrets),
    };
    return vt_main(tests);
}
