/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml/scan.h"

typedef struct {
    const char *at, *end;
    const VesselXmlLimits *limits;
    unsigned depth, nodes;
} Scan;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts(const Scan *scan, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(scan->end - scan->at) >= length && memcmp(scan->at, word, length) == 0;
}

static bool skip_past(Scan *scan, const char *word)
{
    const char *found = memmem(scan->at, (size_t)(scan->end - scan->at), word, strlen(word));
    if (!found)
        return false;
    scan->at = found + strlen(word);
    return true;
}

static void skip_blanks(Scan *scan)
{
    while (scan->at < scan->end && is_blank(*scan->at))
        scan->at++;
}

static bool ends_name(char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
    case '/':
    case '>':
    case '=':
    case '<':
    case '\'':
    case '"':
    case '?':
    case '!':
        return true;
    default:
        return false;
    }
}

/* A name as far as structure goes; which letters it may have is the parser's to say. */
static bool skip_name(Scan *scan)
{
    const char *from = scan->at;
    while (scan->at < scan->end && !ends_name(*scan->at))
        scan->at++;
    return scan->at > from;
}

static bool skip_attribute(Scan *scan)
{
    if (!skip_name(scan))
        return false;
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != '=')
        return false;
    scan->at++;
    skip_blanks(scan);
    if (scan->at == scan->end || (*scan->at != '\'' && *scan->at != '"'))
        return false;
    const char *close = memchr(scan->at + 1, *scan->at, (size_t)(scan->end - scan->at - 1));
    if (!close || memchr(scan->at, '<', (size_t)(close - scan->at)))
        return false;
    scan->at = close + 1;
    return scan->at < scan->end && (is_blank(*scan->at) || *scan->at == '/' || *scan->at == '>');
}

static VesselXmlScan start_tag(Scan *scan)
{
    unsigned attributes = 0;
    scan->at++;
    if (!skip_name(scan))
        return VESSEL_XML_SCAN_BROKEN;
    if (++scan->nodes > scan->limits->nodes)
        return VESSEL_XML_SCAN_NODES;
    if (scan->depth + 1 > scan->limits->depth)
        return VESSEL_XML_SCAN_DEPTH;
    for (;;) {
        skip_blanks(scan);
        if (starts(scan, "/>")) {
            scan->at += 2;
            return VESSEL_XML_SCAN_OK;
        }
        if (starts(scan, ">")) {
            scan->at++;
            scan->depth++;
            return VESSEL_XML_SCAN_OK;
        }
        if (!skip_attribute(scan))
            return VESSEL_XML_SCAN_BROKEN;
        if (++attributes > scan->limits->attributes)
            return VESSEL_XML_SCAN_ATTRIBUTES;
        if (++scan->nodes > scan->limits->nodes)
            return VESSEL_XML_SCAN_NODES;
    }
}

static VesselXmlScan end_tag(Scan *scan)
{
    scan->at += 2;
    bool named = skip_name(scan);
    skip_blanks(scan);
    if (!named || !starts(scan, ">") || scan->depth == 0)
        return VESSEL_XML_SCAN_BROKEN;
    scan->at++;
    scan->depth--;
    return VESSEL_XML_SCAN_OK;
}

/* The encoding that an XML declaration names; only UTF-8 and its subset are read. */
static bool encoding_is_read(const char *declaration, size_t length)
{
    const char *name = memmem(declaration, length, "encoding", strlen("encoding"));
    const char *end = declaration + length;
    if (!name)
        return true;
    for (name += strlen("encoding"); name < end && (is_blank(*name) || *name == '='); name++)
        ;
    if (name == end)
        return true;
    const char *close = memchr(name + 1, *name, (size_t)(end - name - 1));
    if ((*name != '\'' && *name != '"') || !close)
        return true; /* malformed: the parser says so */
    size_t size = (size_t)(close - name - 1);
    return (size == 5 && g_ascii_strncasecmp(name + 1, "UTF-8", size) == 0) ||
           (size == 8 && g_ascii_strncasecmp(name + 1, "US-ASCII", size) == 0) ||
           (size == 5 && g_ascii_strncasecmp(name + 1, "ASCII", size) == 0);
}

static VesselXmlScan instruction(Scan *scan)
{
    const char *from = scan->at;
    scan->at += 2;
    if (!skip_name(scan) || !skip_past(scan, "?>"))
        return VESSEL_XML_SCAN_BROKEN;
    if (g_str_has_prefix(from, "<?xml") && is_blank(from[5]) &&
        !encoding_is_read(from, (size_t)(scan->at - from)))
        return VESSEL_XML_SCAN_ENCODING;
    return VESSEL_XML_SCAN_OK;
}

static VesselXmlScan markup(Scan *scan)
{
    if (starts(scan, "</"))
        return end_tag(scan);
    if (starts(scan, "<?"))
        return instruction(scan);
    if (!starts(scan, "<!"))
        return start_tag(scan);
    if (starts(scan, "<!DOCTYPE"))
        return VESSEL_XML_SCAN_DOCTYPE;
    bool comment = starts(scan, "<!--");
    if (!comment && !starts(scan, "<![CDATA["))
        return VESSEL_XML_SCAN_BROKEN;
    scan->at += 4;
    return skip_past(scan, comment ? "-->" : "]]>") ? VESSEL_XML_SCAN_OK : VESSEL_XML_SCAN_BROKEN;
}

VesselXmlScan vessel__xml_scan(const char *text, size_t length, const VesselXmlLimits *limits,
                               size_t *offset)
{
    Scan scan = {text, text + length, limits, 0, 0};

    while ((scan.at = memchr(scan.at, '<', (size_t)(scan.end - scan.at)))) {
        const char *from = scan.at;
        VesselXmlScan result = markup(&scan);
        if (result != VESSEL_XML_SCAN_OK) {
            *offset = (size_t)((result == VESSEL_XML_SCAN_BROKEN ? scan.at : from) - text);
            return result;
        }
    }
    return VESSEL_XML_SCAN_OK;
}
