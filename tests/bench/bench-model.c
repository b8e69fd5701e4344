/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition costs: parse, check and format of a domain of 60 lines. No host, no guest. */
#include "tests/bench/figure.h"

#include "model/domain.h"

#include <libxml/parser.h>
#include <malloc.h>

#define ROUNDS 2000
#define MANY 10000

static char *read_domain(void)
{
    const char *source = g_getenv("VT_SOURCE_DIR");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "tests/unit/data/domain/typical.xml", NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        bench_die("%s cannot be read", path);
    return text;
}

static VesselDomainDef *parse(const char *text)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselDomainDef *def = NULL;
    vessel__domain_def_parse(text, strlen(text), 0, &def, problems, NULL);
    if (!def)
        bench_die("the definition is refused: %s",
                  vessel_error_message(vessel__problems_get(problems, 0)));
    vessel__domain_def_check(def, problems);
    if (vessel__problems_count(problems) > 0)
        bench_die("the definition has problems");
    return def;
}

/* The floor: libxml2 makes its tree of the same text, and nothing is looked at. */
static double parse_by_libxml2(const char *text)
{
    int64_t start = clock_ns();
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET);
    int64_t end = clock_ns();
    if (!doc)
        bench_die("libxml2 refuses the definition");
    xmlFreeDoc(doc);
    return (double)(end - start);
}

static void measure_many(const char *text)
{
    VesselDomainDef **defs = g_new(VesselDomainDef *, MANY);
    size_t before = mallinfo2().uordblks;
    int64_t start = clock_ns();
    for (int i = 0; i < MANY; i++)
        defs[i] = parse(text);
    int64_t end = clock_ns();
    double each = (double)(mallinfo2().uordblks - before) / MANY / 1024;
    figure("10,000 definitions parsed and checked", "ms", (double)(end - start), NULL, 0,
           "<= 600 ms");
    figure("memory of a parsed definition", "KiB", each, NULL, 0, "<= 16 KiB");
    for (int i = 0; i < MANY; i++)
        vessel__domain_def_free(defs[i]);
    g_free(defs);
}

int main(void)
{
    g_autofree char *text = read_domain(), *json_text = NULL;
    Sample whole = {0}, parsed = {0}, formatted = {0}, copied = {0}, json = {0}, floor = {0};

    xmlInitParser();
    for (int i = 0; i < ROUNDS; i++) {
        sample_add(&floor, parse_by_libxml2(text));
        int64_t start = clock_ns();
        g_autoptr(VesselDomainDef) def = parse(text);
        int64_t middle = clock_ns();
        g_autofree char *out = vessel__domain_def_format_xml(def, 0);
        int64_t end = clock_ns();
        sample_add(&parsed, (double)(middle - start));
        sample_add(&formatted, (double)(end - middle));
        sample_add(&whole, (double)(end - start));

        start = clock_ns();
        g_autoptr(VesselDomainDef) copy = vessel__domain_def_copy(def);
        sample_add(&copied, (double)(clock_ns() - start));
        if (!json_text) {
            g_autoptr(VesselJson) value = vessel__domain_def_format_json(def, 0);
            json_text = vessel__json_format(value, false);
        }
        start = clock_ns();
        g_autoptr(VesselDomainDef) from_json = parse(json_text);
        sample_add(&json, (double)(clock_ns() - start));
    }
    figure_heading("definitions: a domain of 60 lines");
    figure("parse, check, format", "us", sample_median(&whole), "libxml2's tree alone",
           sample_median(&floor), "<= 60 us, where libxml2 takes 17 to 19");
    figure("of that: parse and check", "us", sample_median(&parsed), NULL, 0, "");
    figure("of that: format", "us", sample_median(&formatted), NULL, 0, "");
    figure("copy", "us", sample_median(&copied), NULL, 0, "");
    figure("parse and check from JSON", "us", sample_median(&json), NULL, 0, "");
    measure_many(text);
    sample_clear(&floor);
    sample_clear(&whole);
    sample_clear(&parsed);
    sample_clear(&formatted);
    sample_clear(&copied);
    sample_clear(&json);
    return 0;
}
