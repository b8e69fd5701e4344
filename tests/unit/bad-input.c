/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What must be refused, of every row of every kind: numbers and sizes beside their limits, in every
 * unit, words that are none, texts that are too long. Each is one problem, at its own line. Then
 * what only comes of another problem, which is not told. */
#include "tests/unit/model.h"

#include <stdio.h>
#include <vessel/vessel.h>

#include "model/kinds.h"
#include "model/shape.h"

#define DEPTH_MAX 32
#define TOO_LARGE "18446744073709551616" /* 2 to the power of 64 */

/* ---- a document with nothing in it but one value ---- */

typedef struct {
    char name[64];
    const VesselShape *table; /* if its element has one */
    const char *tag;          /* attribute that decides about what is inside, and its word */
    const char *word;
} Level;

typedef struct {
    Level levels[DEPTH_MAX];
    guint depth;
    const VesselShape *shape;
    bool attribute;
} Way;

/* The tag of the innermost table, or of the one that it copies it from, must have this value. */
static bool want_tag(Way *way, const VesselRow *row)
{
    guint value = 1, i = way->depth;
    if (!row || !row->when)
        return true;
    while (!((row->when >> value) & 1))
        value++;
    while (i > 0) {
        Level *level = &way->levels[--i];
        if (!level->table || level->table->tag_of_holder)
            continue;
        const VesselShape *tag = level->table->tag;
        if (!tag || !tag->attribute || tag->parent != level->table)
            return false;
        level->tag = tag->name;
        level->word = tag->row->words[value];
        return true;
    }
    return false;
}

static const VesselShape *child_of(const VesselShape *shape, const VesselPathPart *part)
{
    for (guint i = 0; shape->variants && shape->variants[i]; i++) {
        if (strcmp(shape->variants[i]->name, part->name) == 0)
            return shape->variants[i];
    }
    if (shape->item && part->attribute)
        return shape->item;
    return part->attribute ? vessel__shape_attribute(shape, part->name)
                           : vessel__shape_element(shape, part->name);
}

/* From the root to @place; false where a row depends on what no attribute says. */
static bool find_way(const VesselKind *kind, const VesselRowPlace *place, Way *way)
{
    const char *path = place->path;
    const VesselShape *shape = vessel__shape_inside(kind->shape());
    VesselPathPart part = {0};

    *way = (Way){.depth = 0};
    vessel__path_next(&path, &part);
    g_strlcpy(way->levels[0].name, part.name, sizeof part.name);
    way->levels[way->depth++].table = shape;
    while (vessel__path_next(&path, &part)) {
        const VesselShape *child = child_of(shape, &part);
        if (!child || way->depth == DEPTH_MAX)
            return false;
        if (child->object && (*path || child->row != place->row) && !want_tag(way, child->row))
            return false;
        way->shape = child;
        way->attribute = part.attribute;
        if (part.attribute)
            break;
        shape = vessel__shape_inside(child->object ? child->object : child);
        Level *level = &way->levels[way->depth++];
        g_strlcpy(level->name, part.name, sizeof level->name);
        level->table = shape->table ? shape : NULL;
    }
    /* The text of a table's own element belongs to the table. */
    return want_tag(way, place->row);
}

/* Each element and each attribute has a line of its own; *line gets that of the value. */
static char *write_document(const Way *way, const char *value, const char *unit, int *line)
{
    GString *text = g_string_new(NULL);
    int now = 1;
    for (guint i = 0; i < way->depth; i++) {
        const Level *level = &way->levels[i];
        bool last = i + 1 == way->depth;
        g_string_append_printf(text, "<%s", level->name);
        if (last)
            *line = now;
        bool same =
            last && way->attribute && level->tag && strcmp(level->tag, way->shape->name) == 0;
        if (level->tag && !same) {
            g_string_append_printf(text, "\n %s='%s'", level->tag, level->word);
            now++;
        }
        if (last && unit) {
            g_string_append_printf(text, "\n unit='%s'", unit);
            now++;
        }
        if (last && way->attribute) {
            g_string_append_printf(text, "\n %s='%s'", way->shape->name, value);
            *line = ++now;
        }
        g_string_append_printf(text, last ? ">%s" : ">\n", way->attribute ? "" : value);
        now += !last;
    }
    for (guint i = way->depth; i > 0; i--)
        g_string_append_printf(text, "</%s>", way->levels[i - 1].name);
    return g_string_free(text, FALSE);
}

static bool is_at(const char *found, const char *path)
{
    for (; *found; found++) {
        if (*found == '[')
            found = strchr(found, ']');
        else if (*found != *path++)
            return false;
    }
    return !*path;
}

typedef struct {
    const VesselKind *kind;
    guint rows, skipped, wrong;
} Tally;

/* Whether the value has as many problems as it should, of which the line is right. */
static void try_value(Tally *tally, const VesselRowPlace *place, const Way *way, const char *value,
                      const char *unit, bool good)
{
    int line = 0;
    guint count = 0;
    bool right = true;
    g_autofree char *text = write_document(way, value, unit, &line);
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    void *def = vessel__schema_parse(tally->kind->shape(), text, strlen(text), 0, problems, NULL);
    vessel__schema_free(tally->kind->shape()->table, def);
    for (guint i = 0; i < vessel__problems_count(problems); i++) {
        const VesselError *one = vessel__problems_get(problems, i);
        if (!one || !is_at(vessel_error_path(one), place->path))
            continue;
        count++;
        right = right && vessel_error_line(one) == line && vessel_error_column(one) > 0;
    }
    if (count == (good ? 0 : 1) && right)
        return;
    g_autofree char *found = describe(problems);
    tally->wrong++;
    print_message("# %s '%.40s' %s should be %s, at line %d:\n%.400s\n# %.2000s", place->path,
                  value, unit ? unit : "", good ? "taken" : "refused once", line, text, found);
}

static void try_limit(Tally *tally, const VesselRowPlace *place, const Way *way, uint64_t value,
                      bool good)
{
    bool hex = place->row->kind == VESSEL_KIND_HEX;
    g_autofree char *text = hex ? g_strdup_printf("0x%" G_GINT64_MODIFIER "x", value)
                                : g_strdup_printf("%" G_GINT64_MODIFIER "u", value);
    try_value(tally, place, way, text, NULL, good);
}

static void try_number(Tally *tally, const VesselRowPlace *place, const Way *way)
{
    static const char *const wrong[] = {
        TOO_LARGE, "99999999999999999999999999999999", "-1", "1x", "1.5", "1e+3", "x"};
    const VesselRow *row = place->row;
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        try_value(tally, place, way, wrong[i], NULL, false);
    try_limit(tally, place, way, row->min, true);
    try_limit(tally, place, way, row->max, true);
    if (row->min > 0)
        try_limit(tally, place, way, row->min - 1, false);
    if (row->max < UINT64_MAX)
        try_limit(tally, place, way, row->max + 1, false);
}

/* As the format says it: a letter alone or with "iB" counts in 1024s, with "B" in 1000s. */
static unsigned __int128 bytes_of(const char *unit)
{
    static const char letters[] = "KMGTPE";
    const char *letter = strchr(letters, g_ascii_toupper(*unit));
    unsigned __int128 bytes = 1;
    if (!letter || strcmp(unit, "b") == 0)
        return 1;
    for (const char *at = letters; at <= letter; at++)
        bytes *= strlen(unit) == 2 ? 1000 : 1024;
    return bytes;
}

static void try_size_in(Tally *tally, const VesselRowPlace *place, const Way *way, const char *unit)
{
    const VesselRow *row = place->row;
    unsigned __int128 scale = bytes_of(unit);
    uint64_t last = (uint64_t)(UINT64_MAX / scale);
    const uint64_t values[] = {0, 1, 1023, last, last + 1, UINT64_MAX};

    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        unsigned __int128 bytes = values[i] * scale;
        unsigned __int128 size = row->bytes ? bytes : (bytes + 1023) / 1024;
        bool good = bytes <= UINT64_MAX && size >= row->min && size <= row->max;
        g_autofree char *text = g_strdup_printf("%" G_GINT64_MODIFIER "u", values[i]);
        try_value(tally, place, way, text, unit, good);
    }
    try_value(tally, place, way, TOO_LARGE, unit, false);
    try_value(tally, place, way, "-1", unit, false);
    try_value(tally, place, way, "0.5", unit, false);
}

static void try_size(Tally *tally, const VesselRowPlace *place, const Way *way)
{
    const VesselShape *element = way->attribute ? way->shape->parent : way->shape;
    const VesselShape *unit = vessel__shape_attribute(
        vessel__shape_inside(element->object ? element->object : element), "unit");
    for (guint i = 0; unit && vessel__shape_is_unit(unit) && vessel__size_units[i]; i++)
        try_size_in(tally, place, way, vessel__size_units[i]);
    try_value(tally, place, way, TOO_LARGE, NULL, false);
    try_value(tally, place, way, "1 XiB", NULL, false);
}

static void try_word(Tally *tally, const VesselRowPlace *place, const Way *way)
{
    try_value(tally, place, way, "no such word", NULL, false);
    for (guint i = 1; place->row->words[i]; i++)
        try_value(tally, place, way, place->row->words[i], NULL, true);
}

static void try_text(Tally *tally, const VesselRowPlace *place, const Way *way)
{
    g_autofree char *longer = g_strnfill(place->row->max + 1, 'x');
    try_value(tally, place, way, longer, NULL, false);
}

static void try_row(const VesselRowPlace *place, void *data)
{
    Tally *tally = data;
    const VesselRow *row = place->row;
    Way way;
    /* A domain inside another document is the same; namespaces are tried by vectors. */
    if (!row || row->kind >= VESSEL_KIND_OBJECT || strstr(place->path + 1, "/domain/") ||
        strchr(place->path, ':'))
        return;
    if (!find_way(tally->kind, place, &way)) {
        tally->skipped++;
        return;
    }
    tally->rows++;
    if (row->kind == VESSEL_KIND_NUMBER || row->kind == VESSEL_KIND_HEX)
        try_number(tally, place, &way);
    else if (row->kind == VESSEL_KIND_SIZE)
        try_size(tally, place, &way);
    else if (row->kind == VESSEL_KIND_ENUM || row->kind == VESSEL_KIND_SWITCH)
        try_word(tally, place, &way);
    else if (row->kind == VESSEL_KIND_STRING && row->max < 65536)
        try_text(tally, place, &way);
}

static void test_rows(void **state G_GNUC_UNUSED)
{
    Tally tally = {0};
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++) {
        tally.kind = kind;
        vessel__schema_each_place(kind->shape(), try_row, &tally);
    }
    if (tally.skipped * 20 > tally.rows)
        print_message("# %u of %u rows were not tried\n", tally.skipped, tally.rows);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.rows > 1000 && tally.skipped * 20 < tally.rows);
}

static void test_cpus(void **state G_GNUC_UNUSED)
{
    static const struct {
        const char *text, *canonical; /* NULL: it is none */
    } lists[] = {
        {"0", "0"},
        {"0-3", "0-3"},
        {"0-3,^2", "0-1,3"},
        {" 0-3 , 5 ", "0-3,5"},
        {"5,0-3", "0-3,5"},
        {"0-3,2-4", "0-4"},
        {"1,1", "1"},
        {"0-0", "0"},
        {"3-1", NULL},
        {"0,,1", NULL},
        {",0", NULL},
        {"0,", "0"},
        {"", NULL},
        {"^1", NULL},
        {"0-", NULL},
        {"-3", NULL},
        {"0-1-2", NULL},
        {"a", NULL},
        {"0x1", NULL},
        {"1.5", NULL},
        {"0,^0", NULL},
        {"99999999999", NULL},
        {"0-99999999999999999999999", NULL},
        {"0;1", NULL},
        {"0-3^2", NULL},
        {"--1", NULL},
        {"+1", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *found = vessel__form_cpus.read(lists[i].text);
        if (g_strcmp0(found, lists[i].canonical) == 0)
            continue;
        print_message("# '%s' is read as %s\n", lists[i].text, found ? found : "nothing");
        fail();
    }
}

/* ---- what is told, and what is not ---- */

#define BEGIN "<domain type='kvm'>\n<name>a</name>\n<memory>1024</memory>\n<vcpu>4</vcpu>\n"
#define HVM "<os><type>hvm</type></os>\n"

static const struct {
    const char *text;
    const char *found; /* path:line:column of each, each with a blank behind */
} causes[] = {
    {BEGIN HVM
     "<features><hyperv>\n<spinlocks state='on'\nretries='x'/></hyperv></features></domain>",
     "/domain/features/hyperv/spinlocks/@retries:8:1 "},
    {BEGIN HVM
     "<features><hyperv>\n<spinlocks state='on'\nretires='8191'/></hyperv></features></domain>",
     "/domain/features/hyperv/spinlocks/@retires:8:1 "},
    {BEGIN HVM "<features><hyperv>\n<spinlocks state='on'/></hyperv></features></domain>",
     "/domain/features/hyperv/spinlocks/@retries:7:1 "},
    {"<domain type='kvm'>\n<nmae>a</nmae>\n<memory unit='XiB'>1</memory></domain>",
     "/domain/nmae:2:1 /domain/memory/@unit:3:1 "},
    {"<domain type='kvm'>\n<name>a</name>\n<memory>1024</memory>\n<vcpu>x</vcpu>\n" HVM
     "<cpu>\n<topology sockets='2' cores='2' threads='1'/></cpu></domain>",
     "/domain/vcpu:4:1 "},
    {BEGIN HVM "<cpu>\n<topology sockets='2' cores='3' threads='1'/></cpu></domain>",
     "/domain/cpu/topology:7:1 "},
    {BEGIN HVM "<devices>\n<interface>\n<source network='n'/></interface>\n</devices></domain>",
     "/domain/devices/interface[1]/@type:7:1 "},
    {BEGIN HVM "<devices>\n<interface type='netwrk'>\n<source network='n'/></interface>\n"
               "<interface type='network'/></devices></domain>",
     "/domain/devices/interface[1]/@type:7:12 "
     "/domain/devices/interface[2]/source/@network:9:1 "},
    /* Of two that are the same, one wrong in another way. */
    {BEGIN HVM "<devices>\n<disk type='fiel'><source file='/a'/>\n<target dev='vda'/></disk>\n"
               "<disk type='file'>\n<source file='/b'/>\n<target\n dev='vda'\n bus='x'/></disk>\n"
               "</devices></domain>",
     "/domain/devices/disk[1]/@type:7:7 /domain/devices/disk[2]/target/@dev:12:2 "
     "/domain/devices/disk[2]/target/@bus:13:2 "},
    /* A list of lists, each element with its line. */
    {BEGIN HVM "<cpu><numa>\n<cell id='0' cpus='0-1' memory='1'><distances>\n"
               "<sibling id='0' value='10'/>\n<sibling id='x' value='20'/>\n"
               "<sibling id='1' value='300'/>\n</distances></cell>\n"
               "<cell id='1' cpus='1-3' memory='1'><distances>\n<sibling id='0'\nvalue='y'/>\n"
               "</distances></cell>\n</numa></cpu></domain>",
     "/domain/cpu/numa/cell[1]/distances/sibling[2]/@id:9:10 "
     "/domain/cpu/numa/cell[1]/distances/sibling[3]/@value:10:17 "
     "/domain/cpu/numa/cell[2]/@cpus:12:14 "
     "/domain/cpu/numa/cell[2]/distances/sibling[1]/@value:14:1 "},
    /* In JSON a value is where its token ends. */
    {"{\n\"type\": \"kvm\",\n\"nmae\": \"a\",\n\"memory_kib\": 1024,\n\"vcpu\": {\"value\": 1},\n"
     "\"os\": {\"type\": {\"value\": \"hvm\"}, \"kernel\": []},\n\"devices\": {\"disk\": [\n"
     "{\"type\": \"file\", \"source\": {\"file\": \"/a\"}, \"target\": {\"dev\": \"vda\"}},\n"
     "{\"type\": \"file\", \"source\": {\"file\": \"/a\"},\n\"target\": {\"dev\": \"vda\"}}]}}",
     "/domain/nmae:3:11 /domain/os/kernel:6:44 /domain/devices/disk[2]/target/@dev:10:23 "},
    /* A document inside another. */
    {"<domaincheckpoint>\n<name>c</name>\n<domain type='kvm'>\n<name>a</name>\n"
     "<memory>x</memory>\n</domain></domaincheckpoint>",
     "/domaincheckpoint/domain/memory:5:1 "},
    {"<network>\n<name>n</name>\n<ip address='192.0.2.1' netmask='255.255.255.0'>\n<dhcp>\n"
     "<range start='192.0.2.9'\nend='192.0.2.1'/>\n<host mac='x' ip='192.0.2.5'/>\n"
     "</dhcp></ip></network>",
     "/network/ip[1]/dhcp/range[1]/@end:6:1 /network/ip[1]/dhcp/host[1]/@mac:7:7 "},
};

static void test_causes(void **state G_GNUC_UNUSED)
{
    guint wrong = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
        g_autoptr(VesselError) err = NULL;
        g_autoptr(GString) found = g_string_new(NULL);
        vessel_definition_validate(causes[i].text, NULL, &err);
        for (size_t j = 0; j < vessel_error_problem_count(err); j++) {
            const VesselError *one = vessel_error_problem(err, j);
            g_string_append_printf(found, "%s:%d:%d ", vessel_error_path(one),
                                   vessel_error_line(one), vessel_error_column(one));
        }
        if (strcmp(found->str, causes[i].found) == 0)
            continue;
        g_autofree char *words = err ? vessel_error_text(err) : g_strdup("nothing");
        print_message("# %s\n# found: %s\n# wanted: %s\n# %s\n", causes[i].text, found->str,
                      causes[i].found, words);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_causes),
    };
    return vt_main(tests);
}
