/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML reader against hostile texts, and what it tells of good ones. */
#include "tests/lib/vt.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "xml/read.h"
#include "xml/write.h"

/* The error of a text that must be refused; the caller frees. */
static VesselError *refused_bytes(const char *text, size_t length)
{
    VesselXml *xml = NULL;
    VesselError *err = NULL;
    struct rusage before, after;

    getrusage(RUSAGE_SELF, &before);
    gint64 start = g_get_monotonic_time();
    assert_int_equal(vessel__xml_parse(text, length, NULL, "test", &xml, &err),
                     VESSEL_ERROR_INVALID_DEFINITION);
    assert_true(g_get_monotonic_time() - start < 2 * G_USEC_PER_SEC);
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
    assert_null(xml);
    assert_non_null(err);
    return err;
}

static void refused(const char *text, int line, int column, const char *words)
{
    VesselError *err = refused_bytes(text, strlen(text));
    g_autofree char *all = vessel_error_text(err);
    if (!strstr(all, words) || vessel_error_line(err) != line ||
        vessel_error_column(err) != column) {
        print_message("# '%s' (%d:%d) has not %d:%d or the words '%s'\n", all,
                      vessel_error_line(err), vessel_error_column(err), line, column, words);
        fail();
    }
    vessel_error_free(err);
}

static VesselXml *parsed(const char *text)
{
    VesselXml *xml = NULL;
    VesselError *err = NULL;
    vessel__xml_parse(text, strlen(text), NULL, "test", &xml, &err);
    vt_no_error(err);
    assert_non_null(xml);
    return xml;
}

static void test_tree(void **state G_GNUC_UNUSED)
{
    static const char text[] = "<?xml version='1.0' encoding='UTF-8'?>\n"
                               "<a one='1' two=\"&lt;2>\">\n"
                               "  <b>te<!-- -->xt&#65;<![CDATA[<&]]></b >\n"
                               "  <x:c xmlns:x='urn:x' x:d='e'/>tail\n"
                               "</a>\n";
    g_autoptr(VesselXml) xml = parsed(text);
    const VesselXmlNode *a = vessel__xml_root(xml), *b = a->children, *c = b->next;
    int line, column;

    assert_string_equal(a->name, "a");
    assert_null(a->uri);
    assert_string_equal(a->text, "");
    assert_true(a->mixed);
    assert_string_equal(vessel__xml_attribute(a, "two"), "<2>");
    assert_null(vessel__xml_attribute(a, "three"));
    assert_string_equal(b->text, "textA<&");
    assert_false(b->mixed);
    assert_ptr_equal(b->parent, a);
    assert_null(c->next);
    assert_string_equal(c->uri, "urn:x");
    assert_string_equal(c->prefix, "x");
    assert_null(vessel__xml_attribute(c, "d"));
    assert_string_equal(c->attributes[0].uri, "urn:x");
    vessel__xml_position(xml, c->start, &line, &column);
    assert_int_equal(line, 4);
    assert_int_equal(column, 3);
    vessel__xml_position(xml, vessel__xml_attribute_offset(xml, c, &c->attributes[0]), &line,
                         &column);
    assert_int_equal(column, 26);
    vessel__xml_position(xml, vessel__xml_attribute_offset(xml, a, &a->attributes[1]), &line,
                         &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 12);
    g_autofree char *verbatim = vessel__xml_verbatim(xml, b);
    assert_string_equal(verbatim, "<b>te<!-- -->xt&#65;<![CDATA[<&]]></b >");
}

/* Byte order mark, carriage returns, and lines where 16 bits end. */
static void test_positions(void **state G_GNUC_UNUSED)
{
    g_autoptr(VesselXml) marked = parsed("\xef\xbb\xbf<a>\r\n<b>x\r\ny</b></a>");
    int line, column;
    vessel__xml_position(marked, vessel__xml_root(marked)->children->start, &line, &column);
    assert_int_equal(line, 2);
    assert_string_equal(vessel__xml_root(marked)->children->text, "x\ny");
    g_autofree char *verbatim = vessel__xml_verbatim(marked, vessel__xml_root(marked)->children);
    assert_string_equal(verbatim, "<b>x\r\ny</b>");

    g_autoptr(GString) text = g_string_new("<a>");
    for (int i = 0; i < 100000; i++)
        g_string_append_c(text, '\n');
    g_string_append(text, "<é><b/></é></a>");
    g_autoptr(VesselXml) xml = parsed(text->str);
    vessel__xml_position(xml, vessel__xml_root(xml)->children->children->start, &line, &column);
    assert_int_equal(line, 100001);
    assert_int_equal(column, 4);
    vessel__xml_position(xml, 0, &line, &column);
    assert_int_equal(line, 1);
    g_string_append(text, "<");
    refused(text->str, 100001, 17, "not well-formed");
}

static void test_refused(void **state G_GNUC_UNUSED)
{
    refused("", 0, 0, "empty");
    refused(" \n", 0, 0, "empty");
    refused("<a>\n <b></c></a>", 2, 9, "Opening and ending tag mismatch");
    refused("<a>\n  <b>", 2, 6, "Premature end");
    refused("<a/><b/>", 1, 5, "Extra content");
    refused("plain", 1, 1, "Start tag expected");
    refused("<a b='1' b='2'/>", 1, 15, "redefined");
    refused("<a b=1/>", 1, 6, "AttValue");
    refused("<a b='<'/>", 1, 7, "not allowed in attributes");
    refused("<a>&none;</a>", 1, 10, "not defined");
    refused("<a>&#1;</a>", 1, 8, "invalid");
    refused("<x:a/>", 1, 5, "prefix x on a is not defined");
    refused("<a>\n\x01</a>", 2, 1, "U+0001");
    refused("<a>\xef\xbf\xbe</a>", 1, 4, "U+FFFE");
    refused("<a>é\n é\xff</a>", 2, 3, "0xff is not UTF-8");
    refused("<a>\xef\xbf\xbf</a>", 1, 4, "U+FFFF");
    refused("<a>\xc0\xaf</a>", 1, 4, "not UTF-8");
    refused("<a>\xed\xa0\x80</a>", 1, 4, "not UTF-8");     /* half of a surrogate pair */
    refused("<a>\xf4\x90\x80\x80</a>", 1, 4, "not UTF-8"); /* beyond U+10FFFF */
    refused("<a>\xe2\x82", 1, 4, "not UTF-8");
    refused("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", 1, 1, "encoding UTF-8");
    refused("<?xml version='1.0' encoding=\"UTF-16\"?><a/>", 1, 1, "encoding UTF-8");
    refused("\xfe\xff", 1, 1, "not UTF-8");
    VesselError *err = refused_bytes("<a>\0</a>", 8);
    assert_non_null(strstr(vessel_error_message(err), "NUL"));
    vessel_error_free(err);
}

static void test_doctype(void **state G_GNUC_UNUSED)
{
    refused("<!DOCTYPE a><a/>", 1, 1, "DOCTYPE");
    refused(
        "<?xml version='1.0'?>\n<!-- <!DOCTYPE --> <!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", 2,
        20, "DOCTYPE");
    refused("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", 1, 1, "DOCTYPE");
    refused("<!doctype a><a/>", 1, 2, "not well-formed");
    refused("<a><!ENTITY b 'c'></a>", 1, 5, "not well-formed");
    /* Not one: */
    g_autoptr(VesselXml) xml =
        parsed("<a b='>' c=\"&lt;!DOCTYPE\"><![CDATA[<!DOCTYPE]]><!--<!DOCTYPE--></a>");
    assert_string_equal(vessel__xml_root(xml)->text, "<!DOCTYPE");

    g_autoptr(GString) bomb = g_string_new("<!DOCTYPE lolz [<!ENTITY lol0 'lol'>");
    for (int i = 1; i < 10; i++) {
        g_string_append_printf(bomb, "<!ENTITY lol%d '", i);
        for (int j = 0; j < 10; j++)
            g_string_append_printf(bomb, "&lol%d;", i - 1);
        g_string_append(bomb, "'>");
    }
    g_string_append(bomb, "]><a>&lol9;</a>");
    refused(bomb->str, 1, 1, "DOCTYPE");
}

static char *repeated(const char *before, const char *part, int count, const char *after)
{
    GString *text = g_string_new(before);
    for (int i = 0; i < count; i++)
        g_string_append(text, part);
    g_string_append(text, after);
    return g_string_free(text, FALSE);
}

static void refused_all(char *text, const char *words)
{
    VesselError *err = refused_bytes(text, strlen(text));
    g_autofree char *all = vessel_error_text(err);
    if (!strstr(all, words)) {
        print_message("# '%s' has not the words '%s'\n", all, words);
        fail();
    }
    vessel_error_free(err);
    g_free(text);
}

static void test_limits(void **state G_GNUC_UNUSED)
{
    g_autofree char *deep = repeated("", "<a>", 63, "<b/>");
    g_autofree char *closed = repeated(deep, "</a>", 63, "");
    g_autoptr(VesselXml) xml = parsed(closed);
    refused_all(repeated("", "<a>", 64, "<b/>"), "deeper than 64");
    refused_all(repeated("", "<a>", 1000000, ""), "deeper than 64");
    refused_all(repeated("<a>", "<b/>", 100000, "</a>"), "more than 100000");
    refused_all(repeated("<a>", "<b c='' d=''/>", 40000, "</a>"), "more than 100000");
    refused_all(repeated("<a>", "<b>", 1000000, ""), "deeper");

    GString *attributes = g_string_new("<a");
    for (int i = 0; i < 800000; i++)
        g_string_append_printf(attributes, " a%x=''", i);
    g_string_append(attributes, "/>");
    refused_all(g_string_free(attributes, FALSE), "more than 256 attributes");
}

/* What would hide the attributes from the count must not reach the parser, whose work for them
 * grows with the square. */
static void test_hidden_attributes(void **state G_GNUC_UNUSED)
{
    static const char *const covers[] = {"<a \"x ",  "<a 'x ", "<? ",         "<!-",
                                         "<a b=c '", "</a '",  "<1 '",        "<![CDATA ",
                                         "<a b= >'", "<a/ '",  "<a b='1'c='", "<a b=\"<"};
    for (size_t i = 0; i < G_N_ELEMENTS(covers); i++) {
        GString *text = g_string_new("<r>");
        g_string_append(text, covers[i]);
        g_string_append(text, "<b");
        for (int j = 0; j < 800000; j++)
            g_string_append_printf(text, " a%x=''", j);
        g_string_append(text, "/>\">'></r>");
        refused_all(g_string_free(text, FALSE), "");
    }
}

/* The name of a namespace is repeated with each element that is taken out of the text. */
static void test_long_namespace(void **state G_GNUC_UNUSED)
{
    g_autofree char *most = repeated("<a xmlns:b='", "x", 1024, "'/>");
    g_autoptr(VesselXml) xml = parsed(most);
    refused_all(repeated("<a>\n <c xmlns:b='", "x", 1025, "'/></a>"), "more than 1024 bytes");
    refused("<a>\n <c xmlns='u&#10;v'/></a>", 2, 2, "line breaks");
}

static void test_huge(void **state G_GNUC_UNUSED)
{
    size_t size = (size_t)512 << 20;
    char *text = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(text != MAP_FAILED);
    VesselError *err = refused_bytes(text, size);
    assert_non_null(strstr(vessel_error_message(err), "8388608"));
    vessel_error_free(err);
    munmap(text, size);
    /* As much as is allowed, in one text, one comment, one attribute. */
    int most = (8 << 20) - 32;
    static const char *const around[][2] = {
        {"<a>", "</a>"}, {"<a><!--", "--></a>"}, {"<a b='", "'/>"}, {"<a><![CDATA[", "]]></a>"}};
    for (size_t i = 0; i < G_N_ELEMENTS(around); i++) {
        g_autofree char *large =
            repeated(around[i][0], "xxxxxxxxxxxxxxxx", most / 16, around[i][1]);
        g_autoptr(VesselXml) xml = parsed(large);
    }
}

static void test_verbatim(void **state G_GNUC_UNUSED)
{
    static const char text[] =
        "<a xmlns='urn:d' xmlns:x='urn:x&amp;y' xmlns:y='urn:y' xml:lang='en'>\n"
        "<b><c/></b><x:d y:e='1' xml:space='preserve'><y:f xmlns:y='urn:z'/></x:d></a>";
    g_autoptr(VesselXml) xml = parsed(text);
    const VesselXmlNode *b = vessel__xml_root(xml)->children;
    g_autofree char *one = vessel__xml_verbatim(xml, b), *two = vessel__xml_verbatim(xml, b->next);
    assert_string_equal(one, "<b xmlns='urn:d'><c/></b>");
    assert_string_equal(two, "<x:d xmlns:x='urn:x&amp;y' xmlns:y='urn:y' y:e='1' "
                             "xml:space='preserve'><y:f xmlns:y='urn:z'/></x:d>");
    g_autoptr(VesselXml) alone = parsed(two);
    assert_string_equal(vessel__xml_root(alone)->uri, "urn:x&y");
    g_autofree char *inner = vessel__xml_verbatim_inner(xml, vessel__xml_root(xml), SIZE_MAX);
    g_autofree char *wanted = g_strconcat("\n", one, two, NULL);
    assert_string_equal(inner, wanted);
}

static void test_write(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) out = g_string_new(NULL);
    VesselXmlWriter writer;
    vessel__xml_write_init(&writer, out);
    vessel__xml_write_open(&writer, "a");
    vessel__xml_write_attribute(&writer, "b", "<'\"&>\n\t\r é");
    vessel__xml_write_element(&writer, "c", "<'\"&>\n\t\r]]>");
    vessel__xml_write_element(&writer, "d", "");
    VesselXmlMark mark = vessel__xml_write_mark(&writer);
    vessel__xml_write_open(&writer, "gone");
    vessel__xml_write_element(&writer, "gone", "too");
    vessel__xml_write_reset(&writer, &mark);
    vessel__xml_write_open(&writer, "e");
    vessel__xml_write_open(&writer, "f");
    vessel__xml_write_child(&writer, "<g  h = '1'/>");
    vessel__xml_write_close(&writer, "f");
    vessel__xml_write_close(&writer, "e");
    vessel__xml_write_open(&writer, "i");
    vessel__xml_write_inner(&writer, " <j/>\n ");
    vessel__xml_write_close(&writer, "i");
    vessel__xml_write_close(&writer, "a");
    assert_string_equal(out->str, "<a b='&lt;&apos;\"&amp;&gt;&#10;&#9;&#13; é'>\n"
                                  "  <c>&lt;'\"&amp;&gt;\n\t&#13;]]&gt;</c>\n"
                                  "  <d/>\n"
                                  "  <e>\n"
                                  "    <f>\n"
                                  "      <g  h = '1'/>\n"
                                  "    </f>\n"
                                  "  </e>\n"
                                  "  <i> <j/>\n </i>\n"
                                  "</a>\n");
    g_autoptr(VesselXml) xml = parsed(out->str);
    assert_string_equal(vessel__xml_attribute(vessel__xml_root(xml), "b"), "<'\"&>\n\t\r é");
    assert_string_equal(vessel__xml_root(xml)->children->text, "<'\"&>\n\t\r]]>");
}

static void *parse_many(void *text)
{
    for (int i = 0; i < 200; i++) {
        g_autoptr(VesselXml) xml = parsed(text);
        VesselXml *none = NULL;
        assert_int_not_equal(vessel__xml_parse("<a>", 3, NULL, "test", &none, NULL), 0);
    }
    return NULL;
}

static void test_threads(void **state G_GNUC_UNUSED)
{
    pthread_t threads[8];
    char text[] = "<a><b c='d'>e</b></a>";
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, parse_many, text), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),    cmocka_unit_test(test_positions),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_doctype),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_hidden_attributes),
        cmocka_unit_test(test_long_namespace), cmocka_unit_test(test_huge),    cmocka_unit_test(test_verbatim),
        cmocka_unit_test(test_write),   cmocka_unit_test(test_threads),
    };
    return vt_main(tests);
}
