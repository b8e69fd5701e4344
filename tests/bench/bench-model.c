/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition costs: a text is read, checked and written anew. No guest. */
#include "bench/figure.h"
#include "bench/libvirt.h"

#include "model/document.h"
#include "model/domain.h"

#include <libxml/parser.h>
#include <malloc.h>
#include <stdlib.h>
#include <vessel/vessel.h>

#define ROUNDS 2000
#define MANY 10000

/* Medians over interleaved rounds: what the machine does otherwise slows down all of them. */
typedef struct {
    Sample tree, parse, check, format, whole, json_parse, json_format;
} Costs;

static char *read_vector(const char *name)
{
    const char *source = g_getenv("VT_SOURCE_DIR");
    g_autofree char *path =
        g_strdup_printf("%s/tests/unit/data/%s.xml", source ? source : ".", name);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        bench_die("%s cannot be read", path);
    return text;
}

/* Ends the benchmark if something failed. */
static void must(int result, VesselError **err, const char *what)
{
    if (result >= 0)
        return;
    g_autofree char *text = vessel_error_text(*err);
    bench_die("%s: %s", what, text ? text : "failed");
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

static void check(const VesselDocument *document)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    if (document->kind->check)
        document->kind->check(document->def, problems);
    if (vessel__problems_count(problems) > 0)
        bench_die("the definition has problems");
}

static char *format(const VesselDocument *document, VesselDocumentForm form)
{
    char *text = NULL;
    VesselError *err = NULL;
    must(vessel__document_format(document, form, false, &text, &err), &err, "format");
    return text;
}

static void parse(const char *text, const char *kind, VesselDocument *document)
{
    VesselError *err = NULL;
    must(vessel__document_parse(text, kind, 0, kind, document, NULL, &err), &err, "parse");
}

static void measure_xml(const char *text, const char *kind, Costs *costs)
{
    g_auto(VesselDocument) document = {0};
    sample_add(&costs->tree, parse_by_libxml2(text));
    int64_t start = clock_ns();
    parse(text, kind, &document);
    int64_t parsed = clock_ns();
    check(&document);
    int64_t checked = clock_ns();
    g_autofree char *xml = format(&document, VESSEL_DOCUMENT_XML);
    int64_t end = clock_ns();
    sample_add(&costs->parse, (double)(parsed - start));
    sample_add(&costs->check, (double)(checked - parsed));
    sample_add(&costs->format, (double)(end - checked));
    sample_add(&costs->whole, (double)(end - start));
}

static void measure_json(const char *text, const char *kind, Costs *costs)
{
    g_auto(VesselDocument) document = {0}, again = {0};
    parse(text, kind, &document);
    int64_t start = clock_ns();
    g_autofree char *json = format(&document, VESSEL_DOCUMENT_JSON);
    int64_t end = clock_ns();
    parse(json, kind, &again);
    sample_add(&costs->json_format, (double)(end - start));
    sample_add(&costs->json_parse, (double)(clock_ns() - end));
}

static void costs_clear(Costs *costs)
{
    sample_clear(&costs->tree);
    sample_clear(&costs->parse);
    sample_clear(&costs->check);
    sample_clear(&costs->format);
    sample_clear(&costs->whole);
    sample_clear(&costs->json_parse);
    sample_clear(&costs->json_format);
}

static void measure_domain(const char *text)
{
    Costs costs = {0};
    for (int i = 0; i < ROUNDS; i++)
        measure_xml(text, "domain", &costs);
    for (int i = 0; i < ROUNDS; i++)
        measure_json(text, "domain", &costs);
    double tree = sample_median(&costs.tree);
    double parsed = sample_median(&costs.parse), formatted = sample_median(&costs.format);
    figure("domain: parse, check, format", "us", sample_median(&costs.whole), "libxml2's tree",
           tree, "<= 60 us, where libxml2 takes 17 to 19: 3.3");
    figure("the same, the quickest round", "us", sample_least(&costs.whole), "libxml2's tree",
           sample_least(&costs.tree), "");
    figure("of that: parse", "us", parsed, "libxml2's tree", tree, "");
    figure("of that: check", "us", sample_median(&costs.check), NULL, 0, "");
    figure("of that: format", "us", formatted, NULL, 0, "");
    figure("parse from JSON", "us", sample_median(&costs.json_parse), "from XML", parsed, "");
    figure("format as JSON", "us", sample_median(&costs.json_format), "as XML", formatted, "");
    costs_clear(&costs);
}

static void measure_other(const char *what, const char *kind, const char *vector)
{
    Costs costs = {0};
    g_autofree char *text = read_vector(vector);
    for (int i = 0; i < ROUNDS; i++)
        measure_xml(text, kind, &costs);
    figure(what, "us", sample_median(&costs.whole), "libxml2's tree", sample_median(&costs.tree),
           "");
    costs_clear(&costs);
}

static void parse_many(const char *text, VesselDocument *documents)
{
    for (int i = 0; i < MANY; i++) {
        parse(text, "domain", &documents[i]);
        check(&documents[i]);
    }
}

/* The quickest of three times: one is long enough for other programs to come between. */
static void measure_many(const char *text)
{
    g_autofree VesselDocument *documents = g_new0(VesselDocument, MANY);
    Sample ours = {0}, theirs = {0};
    double each = 0;
    for (int round = 0; round < 3; round++) {
        double trees = 0;
        for (int i = 0; i < MANY; i++)
            trees += parse_by_libxml2(text);
        size_t before = mallinfo2().uordblks;
        int64_t start = clock_ns();
        parse_many(text, documents);
        sample_add(&ours, (double)(clock_ns() - start));
        sample_add(&theirs, trees);
        each = (double)(mallinfo2().uordblks - before) / MANY / 1024;
        for (int i = 0; i < MANY; i++)
            vessel__document_clear(&documents[i]);
        malloc_trim(0); /* the next round pays for its pages as well */
    }
    figure("10,000 domains parsed and checked, kept", "ms", sample_least(&ours),
           "libxml2's trees, not kept", sample_least(&theirs), "<= 600 ms");
    figure("memory of a parsed domain", "KiB", each, NULL, 0, "<= 16 KiB");
    sample_clear(&ours);
    sample_clear(&theirs);
}

static void define_here(VesselHost *host, const char *text, Sample *sample)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    char *xml = NULL;
    int64_t before = clock_ns();
    must(vessel_domain_define(host, text, NULL, &domain, &err), &err, "define");
    must(vessel_domain_xml(domain, 0, &xml, &err), &err, "xml");
    sample_add(sample, (double)(clock_ns() - before));
    vessel_free(xml);
    vessel_domain_unref(domain);
}

static void define_by_libvirt(const Libvirt *vir, Conn conn, const char *text, Sample *sample)
{
    int64_t before = clock_ns();
    Dom dom = vir->virDomainDefineXML(conn, text);
    char *xml = dom ? vir->virDomainGetXMLDesc(dom, 0) : NULL;
    sample_add(sample, (double)(clock_ns() - before));
    if (!xml)
        bench_die("libvirt: %s", vir->virGetLastErrorMessage());
    free(xml);
    vir->virDomainFree(dom);
}

/* Both have a driver that has everything but the guests, inside the program. */
static void measure_mock(const char *text)
{
    static const char what[] = "domain: define on the mock, and its XML";
    Libvirt vir;
    VesselHost *host = NULL;
    VesselError *err = NULL;
    Sample ours = {0}, theirs = {0};
    if (!libvirt_load(&vir)) {
        figure_skip(what, "libvirt is not installed");
        return;
    }
    g_autoptr(GString) for_libvirt = g_string_new(text);
    g_string_replace(for_libvirt, "type='kvm'", "type='test'", 1);
    Conn conn = libvirt_open(&vir, "test:///default");
    must(vessel_host_open("mock:", NULL, &host, &err), &err, "mock:");
    for (int i = 0; i < ROUNDS; i++) {
        define_here(host, text, &ours);
        define_by_libvirt(&vir, conn, for_libvirt->str, &theirs);
    }
    figure(what, "us", sample_median(&ours), "libvirt's test:///default", sample_median(&theirs),
           "");
    vessel_host_unref(host);
    vir.virConnectClose(conn);
    sample_clear(&ours);
    sample_clear(&theirs);
}

int main(void)
{
    g_autofree char *text = read_vector("domain/typical");

    xmlInitParser();
    figure_heading("Definitions: a domain of 60 lines, and others");
    measure_domain(text);
    measure_other("network of 59 lines", "network", "network/nat");
    measure_other("storage pool of 23 lines", "storage-pool", "storage-pool/dir");
    measure_other("volume of 51 lines", "volume", "volume/qcow2");
    measure_many(text);
    measure_mock(text);
    return 0;
}
