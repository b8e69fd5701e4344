/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml/write.h"

void vessel__xml_write_init(VesselXmlWriter *writer, GString *out)
{
    *writer = (VesselXmlWriter){.out = out};
}

/* GLib's own is a call into another library, and a dump is made of hundreds of short pieces. */
static inline void append(GString *out, const char *text, gsize length)
{
    if (length >= out->allocated_len - out->len) {
        g_string_append_len(out, text, (gssize)length);
        return;
    }
    memcpy(out->str + out->len, text, length);
    out->len += length;
    out->str[out->len] = '\0';
}

static inline void append_word(GString *out, const char *word)
{
    append(out, word, strlen(word));
}

static void finish_tag(VesselXmlWriter *writer)
{
    if (writer->tag_open)
        g_string_append_c(writer->out, '>');
    writer->tag_open = false;
}

static void new_line(VesselXmlWriter *writer)
{
    static const char blanks[] = "                                ";
    gsize left = (gsize)writer->depth * 2;

    if (writer->out->len > 0 && writer->out->str[writer->out->len - 1] != '\n')
        g_string_append_c(writer->out, '\n');
    while (left > 0) {
        gsize now = MIN(left, sizeof(blanks) - 1);
        append(writer->out, blanks, now);
        left -= now;
    }
}

/* Blanks other than the space would be changed by the next reader of an attribute, a carriage
 * return also by the next reader of text. */
static const char *escape(unsigned char c, bool attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '\'':
        return attribute ? "&apos;" : NULL;
    case '\n':
        return attribute ? "&#10;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

static void append_escaped(GString *out, const char *text, bool attribute)
{
    const char *from = text;
    for (; *text; text++) {
        const char *instead = escape((unsigned char)*text, attribute);
        if (!instead)
            continue;
        append(out, from, (gsize)(text - from));
        append_word(out, instead);
        from = text + 1;
    }
    append(out, from, (gsize)(text - from));
}

void vessel__xml_write_open(VesselXmlWriter *writer, const char *name)
{
    finish_tag(writer);
    new_line(writer);
    g_string_append_c(writer->out, '<');
    append_word(writer->out, name);
    writer->tag_open = true;
    writer->on_line = false;
    writer->depth++;
}

void vessel__xml_write_attribute(VesselXmlWriter *writer, const char *name, const char *value)
{
    g_string_append_c(writer->out, ' ');
    append_word(writer->out, name);
    append(writer->out, "='", 2);
    append_escaped(writer->out, value, true);
    g_string_append_c(writer->out, '\'');
}

void vessel__xml_write_text(VesselXmlWriter *writer, const char *text)
{
    if (!*text)
        return;
    finish_tag(writer);
    append_escaped(writer->out, text, false);
    writer->on_line = true;
}

void vessel__xml_write_inner(VesselXmlWriter *writer, const char *xml)
{
    if (!*xml)
        return;
    finish_tag(writer);
    append_word(writer->out, xml);
    writer->on_line = true;
}

void vessel__xml_write_child(VesselXmlWriter *writer, const char *xml)
{
    finish_tag(writer);
    new_line(writer);
    append_word(writer->out, xml);
    writer->on_line = false;
}

void vessel__xml_write_close(VesselXmlWriter *writer, const char *name)
{
    writer->depth--;
    if (writer->tag_open) {
        append(writer->out, "/>", 2);
    } else {
        if (!writer->on_line)
            new_line(writer);
        append(writer->out, "</", 2);
        append_word(writer->out, name);
        g_string_append_c(writer->out, '>');
    }
    writer->tag_open = writer->on_line = false;
    if (writer->depth == 0)
        g_string_append_c(writer->out, '\n');
}

void vessel__xml_write_element(VesselXmlWriter *writer, const char *name, const char *text)
{
    vessel__xml_write_open(writer, name);
    vessel__xml_write_text(writer, text);
    vessel__xml_write_close(writer, name);
}

VesselXmlMark vessel__xml_write_mark(const VesselXmlWriter *writer)
{
    return (VesselXmlMark){writer->out->len, *writer};
}

void vessel__xml_write_reset(VesselXmlWriter *writer, const VesselXmlMark *mark)
{
    g_string_truncate(writer->out, mark->length);
    *writer = mark->state;
}
