/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml/read.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <pthread.h>

#include "base/words.h"
#include "xml/scan.h"

/* How far the parser may see beyond a place that is not XML: enough to find its own words for it.
 */
#define BEYOND_ERROR 256
/* A long text is given back at once. */
#define PENDING_KEPT (64 * 1024)
/* Of the URI of a namespace: what is taken out of a text repeats it with each element. */
#define URI_BYTES_MAX 1024

typedef struct Block {
    struct Block *next;
    char data[];
} Block;

struct VesselXml {
    const char *text;
    size_t length;
    xmlParserCtxt *context; /* kept: names and URIs live in its dictionary */
    VesselXmlNode *root;
    /* What the tree is made of, freed at once. */
    Block *blocks;
    size_t block_size, block_used;
    /* While parsing. */
    VesselXmlNode *open;
    GString *pending; /* text of the open element, until its first child */
    char *message;
    bool starved;
    int error_line, error_column;
    const char *refused; /* what is well formed, and yet not taken */
    size_t refused_at;
    /* The last position that was asked for. */
    size_t known_offset;
    int known_line;
};

static void *allocate(VesselXml *xml, size_t size)
{
    enum { BLOCK = 8 * 1024 };

    size = (size + 7) & ~(size_t)7;
    if (!xml->blocks || xml->block_size - xml->block_used < size) {
        size_t block_size = MAX(size, (size_t)BLOCK);
        Block *block = g_try_malloc(sizeof(Block) + block_size);
        if (!block)
            return NULL;
        block->next = xml->blocks;
        xml->blocks = block;
        xml->block_size = block_size;
        xml->block_used = 0;
    }
    void *result = xml->blocks->data + xml->block_used;
    xml->block_used += size;
    return result;
}

static const char *keep(VesselXml *xml, const char *text, size_t length)
{
    if (length == 0)
        return "";
    char *copy = allocate(xml, length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

bool vessel__xml_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static bool blank_bytes(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
            return false;
    }
    return true;
}

static size_t here(const VesselXml *xml)
{
    const xmlParserInput *input = xml->context->input;
    size_t offset = (size_t)input->consumed + (size_t)(input->cur - input->base);
    return MIN(offset, xml->length);
}

static void out_of_memory(VesselXml *xml)
{
    xml->starved = true;
    xmlStopParser(xml->context);
}

/* The text of the open element is over: its end or its first child has come. */
static bool flush_text(VesselXml *xml, bool child_follows)
{
    VesselXmlNode *node = xml->open;
    if (node->children || xml->pending->len == 0)
        return true;
    if (child_follows) {
        node->mixed = !blank_bytes(xml->pending->str, xml->pending->len);
        if (!node->mixed) {
            g_string_truncate(xml->pending, 0);
            return true;
        }
    }
    node->text = keep(xml, xml->pending->str, xml->pending->len);
    if (xml->pending->allocated_len > PENDING_KEPT) {
        g_string_free(xml->pending, TRUE);
        xml->pending = g_string_sized_new(256);
    }
    g_string_truncate(xml->pending, 0);
    return node->text != NULL;
}

static bool take_attributes(VesselXml *xml, VesselXmlNode *node, guint count, const xmlChar **from)
{
    node->attribute_count = count;
    if (count == 0)
        return true;
    node->attributes = allocate(xml, count * sizeof(VesselXmlAttribute));
    if (!node->attributes)
        return false;
    for (guint i = 0; i < count; i++, from += 5) {
        VesselXmlAttribute *to = &node->attributes[i];
        to->name = (const char *)from[0];
        to->prefix = (const char *)from[1];
        to->uri = (const char *)from[2];
        to->value = keep(xml, (const char *)from[3], (size_t)(from[4] - from[3]));
        if (!to->value)
            return false;
    }
    return true;
}

/* A blank other than the space would be another one when it is read again. */
static bool uri_is_taken(const char *uri)
{
    size_t length = strlen(uri);
    return length <= URI_BYTES_MAX && !strpbrk(uri, "\t\r\n");
}

static bool take_namespaces(VesselXml *xml, VesselXmlNode *node, guint count, const xmlChar **from)
{
    node->namespace_count = count;
    if (count == 0)
        return true;
    node->namespaces = allocate(xml, count * sizeof(VesselXmlNamespace));
    if (!node->namespaces)
        return false;
    for (guint i = 0; i < count; i++, from += 2) {
        node->namespaces[i].prefix = (const char *)from[0];
        node->namespaces[i].uri = from[1] ? (const char *)from[1] : "";
        if (!uri_is_taken(node->namespaces[i].uri) && !xml->refused) {
            xml->refused = "the name of a namespace has line breaks or more than 1024 bytes";
            xml->refused_at = node->start;
        }
    }
    return true;
}

static VesselXmlNode *new_node(VesselXml *xml)
{
    VesselXmlNode *node = allocate(xml, sizeof(*node));
    if (!node)
        return NULL;
    *node = (VesselXmlNode){.text = "", .parent = xml->open};
    if (!xml->open) {
        xml->root = node;
    } else if (xml->open->last) {
        xml->open->last->next = node;
        xml->open->last = node;
    } else {
        xml->open->children = xml->open->last = node;
    }
    return node;
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **namespace_list, int attributes,
                     int defaulted G_GNUC_UNUSED, const xmlChar **attribute_list)
{
    VesselXml *xml = data;
    if (xml->open && !flush_text(xml, true)) {
        out_of_memory(xml);
        return;
    }
    VesselXmlNode *node = new_node(xml);
    if (!node || !take_attributes(xml, node, (guint)attributes, attribute_list)) {
        out_of_memory(xml);
        return;
    }
    node->name = (const char *)name;
    node->prefix = (const char *)prefix;
    node->uri = (const char *)uri;
    /* The parser stands before the ">" or "/>" of the tag, in which no "<" can be. */
    node->inner = here(xml);
    const char *open = memrchr(xml->text, '<', node->inner);
    node->start = open ? (size_t)(open - xml->text) : 0;
    xml->open = node;
    if (!take_namespaces(xml, node, (guint)namespaces, namespace_list))
        out_of_memory(xml);
    else if (xml->refused)
        xmlStopParser(xml->context);
}

static void on_end(void *data, const xmlChar *name G_GNUC_UNUSED,
                   const xmlChar *prefix G_GNUC_UNUSED, const xmlChar *uri G_GNUC_UNUSED)
{
    VesselXml *xml = data;
    VesselXmlNode *node = xml->open;
    if (!node)
        return;
    if (!flush_text(xml, false)) {
        out_of_memory(xml);
        return;
    }
    node->end = here(xml);
    if (xml->text[node->inner] == '/') {
        node->inner = node->inner_end = node->end;
    } else {
        const char *close = memrchr(xml->text, '<', node->end);
        node->inner++;
        node->inner_end = close ? (size_t)(close - xml->text) : node->end;
    }
    xml->open = node->parent;
}

static void on_text(void *data, const xmlChar *text, int length)
{
    VesselXml *xml = data;
    if (!xml->open)
        return;
    if (!xml->open->children)
        g_string_append_len(xml->pending, (const char *)text, length);
    else if (!xml->open->mixed)
        xml->open->mixed = !blank_bytes((const char *)text, (size_t)length);
}

/* libxml2 passes a const error since 2.12; the cast in the table below takes either. */
static void on_error(void *data, const xmlError *error)
{
    VesselXml *xml = data;
    xml->starved |= error->code == XML_ERR_NO_MEMORY;
    if (xml->message || error->level < XML_ERR_ERROR)
        return;
    VesselShown shown;
    g_autofree char *words = g_strchomp(g_strdup(error->message ? error->message : "unknown"));
    xml->message = g_strdup(vessel__shown(words, shown));
    xml->error_line = error->line;
    xml->error_column = error->int2;
}

static xmlParserCtxt *new_context(VesselXml *xml, size_t length)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, xmlInitParser);

    xmlParserCtxt *context = xmlCreateMemoryParserCtxt(xml->text, (int)length);
    if (!context)
        return NULL;
    /* NOENT: the five entities arrive as characters in attributes too. There are no others. */
    xmlCtxtUseOptions(context, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOENT);
    *context->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .ignorableWhitespace = on_text,
        .serror = (xmlStructuredErrorFunc)on_error,
    };
    context->userData = xml;
    return context;
}

static int fail_at(VesselXml *xml, const char *name, size_t offset, VesselError **err,
                   const char *format, ...) G_GNUC_PRINTF(5, 6);
static int fail_at(VesselXml *xml, const char *name, size_t offset, VesselError **err,
                   const char *format, ...)
{
    int line, column;
    va_list list;
    va_start(list, format);
    g_autofree char *what = g_strdup_vprintf(format, list);
    va_end(list);
    vessel__xml_position(xml, offset, &line, &column);
    int code = vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s: %s", name, what);
    vessel__error_at(err, NULL, line, column);
    return code;
}

bool vessel__xml_valid_text(const char *text, size_t length, size_t *bad)
{
    const char *at = text, *end = text + length;

    while (at < end) {
        unsigned char byte = (unsigned char)*at;
        if ((byte >= 0x20 && byte < 0x80) || byte == '\n' || byte == '\t' || byte == '\r') {
            at++;
            continue;
        }
        if (byte < 0x20)
            break;
        /* What is no UTF-8 comes back as (gunichar)-1 or -2. */
        gunichar c = g_utf8_get_char_validated(at, end - at);
        if (c > 0x10ffff || c == 0xfffe || c == 0xffff)
            break;
        at = g_utf8_next_char(at);
    }
    if (bad)
        *bad = (size_t)(at - text);
    return at == end;
}

static int check_characters(VesselXml *xml, const char *name, VesselError **err)
{
    size_t bad;
    if (vessel__xml_valid_text(xml->text, xml->length, &bad))
        return 0;
    gunichar c = g_utf8_get_char_validated(xml->text + bad, (gssize)(xml->length - bad));
    if (xml->text[bad] == '\0')
        return fail_at(xml, name, bad, err, "a NUL byte is not allowed");
    if (c != (gunichar)-1 && c != (gunichar)-2)
        return fail_at(xml, name, bad, err, "the character U+%04X is not allowed in XML", c);
    int code = fail_at(xml, name, bad, err, "the byte 0x%02x is not UTF-8",
                       (unsigned)(unsigned char)xml->text[bad]);
    vessel__error_hint(err, "save the file as UTF-8");
    return code;
}

static int check_scan(VesselXml *xml, const char *name, const VesselXmlLimits *limits,
                      size_t *length, VesselError **err)
{
    size_t offset = 0;
    int code;
    switch (vessel__xml_scan(xml->text, xml->length, limits, &offset)) {
    case VESSEL_XML_SCAN_OK:
        return 0;
    case VESSEL_XML_SCAN_BROKEN:
        *length = MIN(xml->length, offset + BEYOND_ERROR);
        return 0;
    case VESSEL_XML_SCAN_DOCTYPE:
        code = fail_at(xml, name, offset, err, "a DOCTYPE is not allowed");
        vessel__error_hint(err, "remove the document type declaration and write its entities out");
        return code;
    case VESSEL_XML_SCAN_DEPTH:
        return fail_at(xml, name, offset, err, "elements are nested deeper than %u levels",
                       limits->depth);
    case VESSEL_XML_SCAN_NODES:
        return fail_at(xml, name, offset, err, "more than %u elements and attributes",
                       limits->nodes);
    case VESSEL_XML_SCAN_ATTRIBUTES:
        return fail_at(xml, name, offset, err, "more than %u attributes in one element",
                       limits->attributes);
    case VESSEL_XML_SCAN_ENCODING:
        code = fail_at(xml, name, offset, err, "only the encoding UTF-8 is read");
        vessel__error_hint(err, "save the file as UTF-8 and declare no other encoding");
        return code;
    }
    g_assert_not_reached();
}

/* What libxml2 cannot lay to a document's charge, its buffers' lack of memory, it prints, unless
 * the thread has a function for it. The program may have one of its own. */
static bool parse_quietly(VesselXml *xml, size_t length)
{
    xmlStructuredErrorFunc function = xmlStructuredError;
    void *data = xmlStructuredErrorContext;
    xmlSetStructuredErrorFunc(xml, (xmlStructuredErrorFunc)on_error);
    xml->context = new_context(xml, length);
    if (xml->context)
        xmlParseDocument(xml->context);
    xmlSetStructuredErrorFunc(data, function);
    /* Its names are still needed, its copy of the text is not. */
    while (xml->context && xml->context->inputNr > 0)
        xmlFreeInputStream(inputPop(xml->context));
    return xml->context && !xml->starved;
}

static int run_parser(VesselXml *xml, const char *name, size_t length, VesselError **err)
{
    if (!parse_quietly(xml, length))
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "%s: out of memory", name);
    if (xml->refused)
        return fail_at(xml, name, xml->refused_at, err, "%s", xml->refused);
    if (xml->context->wellFormed && !xml->message && xml->root && length == xml->length)
        return 0;
    int code =
        vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s: this is not well-formed XML", name);
    vessel__error_at(err, NULL, xml->error_line, xml->error_column);
    if (xml->message)
        vessel__error_cause(err, xml->message);
    return code;
}

static VesselXmlLimits complete(const VesselXmlLimits *limits)
{
    VesselXmlLimits all = limits ? *limits : (VesselXmlLimits){0};
    all.bytes = all.bytes ? all.bytes : 8u << 20;
    all.depth = all.depth ? all.depth : 64;
    all.nodes = all.nodes ? all.nodes : 100000;
    all.attributes = all.attributes ? all.attributes : 256;
    return all;
}

int vessel__xml_parse(const char *text, size_t length, const VesselXmlLimits *given,
                      const char *name, VesselXml **result, VesselError **err)
{
    VesselXmlLimits limits = complete(given);
    size_t parsed = length;

    *result = NULL;
    if (length > limits.bytes)
        return vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION,
                            "%s: the text has %zu bytes, more than the %zu that are read", name,
                            length, limits.bytes);
    int code = vessel__memory_check(length, name, err);
    if (code)
        return code;
    if (blank_bytes(text, length))
        return vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "%s: the text is empty", name);

    g_autoptr(VesselXml) xml = g_new0(VesselXml, 1);
    xml->text = text;
    xml->length = length;
    xml->known_line = 1;
    xml->pending = g_string_sized_new(256);
    code = check_characters(xml, name, err);
    if (!code)
        code = check_scan(xml, name, &limits, &parsed, err);
    if (!code)
        code = run_parser(xml, name, parsed, err);
    if (code)
        return code;
    *result = g_steal_pointer(&xml);
    return 0;
}

void vessel__xml_free(VesselXml *xml)
{
    if (!xml)
        return;
    while (xml->blocks) {
        Block *block = xml->blocks;
        xml->blocks = block->next;
        g_free(block);
    }
    if (xml->context)
        xmlFreeParserCtxt(xml->context);
    g_string_free(xml->pending, TRUE);
    g_free(xml->message);
    g_free(xml);
}

const VesselXmlNode *vessel__xml_root(const VesselXml *xml)
{
    return xml->root;
}

const char *vessel__xml_attribute(const VesselXmlNode *node, const char *name)
{
    for (guint i = 0; i < node->attribute_count; i++) {
        const VesselXmlAttribute *attribute = &node->attributes[i];
        if (!attribute->uri && strcmp(attribute->name, name) == 0)
            return attribute->value;
    }
    return NULL;
}

void vessel__xml_position(VesselXml *xml, size_t offset, int *line, int *column)
{
    offset = MIN(offset, xml->length);
    if (offset < xml->known_offset) {
        xml->known_offset = 0;
        xml->known_line = 1;
    }
    const char *at = xml->text + xml->known_offset, *end = xml->text + offset;
    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        at++;
        xml->known_line++;
    }
    xml->known_offset = offset;
    *line = xml->known_line;
    if (!column)
        return;
    const char *newline = memrchr(xml->text, '\n', offset);
    *column = 1;
    for (at = newline ? newline + 1 : xml->text; at < end; at++)
        *column += ((unsigned char)*at & 0xc0) != 0x80;
}

size_t vessel__xml_attribute_offset(const VesselXml *xml, const VesselXmlNode *node,
                                    const VesselXmlAttribute *attribute)
{
    const char *at = xml->text + node->start, *end = xml->text + node->end;
    size_t length = strlen(attribute->name);
    while (at < end && *at != '>') {
        if (*at == '\'' || *at == '"') {
            const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (!close)
                break;
            at = close + 1;
        } else if ((size_t)(end - at) > length && strncmp(at + 1, attribute->name, length) == 0 &&
                   strchr(" \t\r\n:", *at) && strchr(" \t\r\n=", at[1 + length])) {
            return (size_t)(at + 1 - xml->text);
        } else {
            at++;
        }
    }
    return node->start;
}

/* Prefixes of the fragment beneath @top that are declared above it, found by the one way in which
 * each can be used: as the prefix of an element or an attribute. */
static void add_outer(GPtrArray *found, const VesselXmlNode *top, const VesselXmlNode *user,
                      const char *prefix, const char *uri)
{
    if (!uri || (prefix && strcmp(prefix, "xml") == 0))
        return;
    for (const VesselXmlNode *node = user;; node = node->parent) {
        for (guint i = 0; i < node->namespace_count; i++) {
            if (g_strcmp0(node->namespaces[i].prefix, prefix) == 0)
                return;
        }
        if (node == top)
            break;
    }
    for (guint i = 0; i < found->len; i += 2) {
        if (g_strcmp0(found->pdata[i], prefix) == 0)
            return;
    }
    g_ptr_array_add(found, (gpointer)prefix);
    g_ptr_array_add(found, (gpointer)uri);
}

static void find_outer(GPtrArray *found, const VesselXmlNode *top, const VesselXmlNode *node)
{
    add_outer(found, top, node, node->prefix, node->uri);
    for (guint i = 0; i < node->attribute_count; i++) {
        const VesselXmlAttribute *attribute = &node->attributes[i];
        if (attribute->uri)
            add_outer(found, top, node, attribute->prefix, attribute->uri);
    }
    for (const VesselXmlNode *child = node->children; child; child = child->next)
        find_outer(found, top, child);
}

static void append_verbatim(const VesselXml *xml, const VesselXmlNode *node, GString *out)
{
    g_autoptr(GPtrArray) outer = g_ptr_array_new();
    const char *from = xml->text + node->start, *end = xml->text + node->end;
    size_t name = 1 + strlen(node->name) + (node->prefix ? strlen(node->prefix) + 1 : 0);

    find_outer(outer, node, node);
    g_string_append_len(out, from, (gssize)name);
    for (guint i = 0; i < outer->len; i += 2) {
        g_autofree char *uri = g_markup_escape_text(outer->pdata[i + 1], -1);
        if (outer->pdata[i])
            g_string_append_printf(out, " xmlns:%s='%s'", (char *)outer->pdata[i], uri);
        else
            g_string_append_printf(out, " xmlns='%s'", uri);
    }
    g_string_append_len(out, from + name, end - from - (gssize)name);
}

char *vessel__xml_verbatim(const VesselXml *xml, const VesselXmlNode *node)
{
    GString *out = g_string_sized_new(node->end - node->start + 64);
    append_verbatim(xml, node, out);
    return g_string_free(out, FALSE);
}

char *vessel__xml_verbatim_inner(const VesselXml *xml, const VesselXmlNode *node, size_t max)
{
    GString *out = g_string_sized_new(node->inner_end - node->inner + 64);
    size_t at = node->inner;
    const VesselXmlNode *child = node->children;
    for (; child && out->len <= max; child = child->next) {
        g_string_append_len(out, xml->text + at, (gssize)(child->start - at));
        append_verbatim(xml, child, out);
        at = child->end;
    }
    g_string_append_len(out, xml->text + at, (gssize)(node->inner_end - at));
    return g_string_free(out, FALSE);
}
