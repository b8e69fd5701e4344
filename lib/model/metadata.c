/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/metadata.h"

static VesselAt at_node(const VesselXmlNode *node)
{
    return (VesselAt){.node = node};
}

static void check_text(VesselParse *parse, const VesselXmlNode *node, const VesselPlace *place,
                       VesselAt at)
{
    if (node->mixed || !vessel__xml_blank(node->text))
        vessel__parse_problem(parse, place, at, NULL, "'%s' has text where only elements may stand",
                              place->name);
}

/* As libvirt has it: each element is in a namespace. One namespace should have one element, but
 * libvirt takes more. */
static void check_child(VesselParse *parse, const VesselXmlNode *node, const VesselPlace *in)
{
    VesselPlace place = {in, node->name, 0, false};
    if (!node->uri)
        vessel__parse_problem(parse, &place, at_node(node), "give it an xmlns of your own",
                              "an element in <metadata> must have a namespace");
}

/* Takes @text over. */
static void set_inner(VesselParse *parse, const VesselRow *row, const VesselPlace *place,
                      VesselAt at, char *text, char **inner)
{
    g_autofree char *owned = text;
    if (strlen(owned) > row->max)
        vessel__parse_problem(parse, place, at, NULL,
                              "%s has %zu bytes, at most %" G_GUINT64_FORMAT " are allowed",
                              place->name, strlen(owned), row->max);
    else
        *inner = g_steal_pointer(&owned);
}

void vessel__metadata_parse_xml(VesselParse *parse, const VesselRow *row, const VesselXmlNode *node,
                                const VesselPlace *place, char **inner)
{
    VesselAt at = at_node(node);

    check_text(parse, node, place, at);
    const VesselXmlNode *child = row->flags & VESSEL_ROW_OPAQUE ? NULL : node->children;
    for (; child; child = child->next)
        check_child(parse, child, place);
    set_inner(parse, row, place, at, vessel__xml_verbatim_inner(parse->xml, node, row->max),
              inner);
}

/* The inner XML as a document, so that it can be taken apart again. */
static int open_inner(const char *inner, char **text, VesselXml **xml, VesselError **err)
{
    VesselXmlLimits limits = {.depth = 65};
    *text = g_strconcat("<metadata>", inner, "</metadata>", NULL);
    return vessel__xml_parse(*text, strlen(*text), &limits, "metadata", xml, err);
}

static void free_text(void *text)
{
    g_string_free(text, TRUE);
}

static const char *uri_of(const VesselXmlNode *node)
{
    return node->uri ? node->uri : "";
}

VesselJson *vessel__metadata_json(const VesselRow *row, const char *inner)
{
    if (row->flags & VESSEL_ROW_OPAQUE)
        return vessel__json_new_string(inner);
    g_autofree char *text = NULL;
    g_autoptr(VesselXml) xml = NULL;
    VesselJson *map = vessel__json_new_object();

    if (open_inner(inner, &text, &xml, NULL) != 0)
        return map;
    /* Those of one namespace are put together here: there may be very many. */
    g_autoptr(GHashTable) texts =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_text);
    const VesselXmlNode *first = vessel__xml_root(xml)->children;
    for (const VesselXmlNode *child = first; child; child = child->next) {
        g_autofree char *one = vessel__xml_verbatim(xml, child);
        GString *text_of = g_hash_table_lookup(texts, uri_of(child));
        if (!text_of)
            g_hash_table_insert(texts, (gpointer)uri_of(child), text_of = g_string_new(NULL));
        g_string_append(text_of, one);
    }
    for (const VesselXmlNode *child = first; child; child = child->next) {
        const GString *all = g_hash_table_lookup(texts, uri_of(child));
        if (all)
            vessel__json_set_string(map, uri_of(child), all->str);
        g_hash_table_remove(texts, uri_of(child));
    }
    return map;
}

/* The elements of one member, which are all of its namespace. */
static void add_elements(VesselParse *parse, const char *uri, const VesselXml *xml,
                         const VesselPlace *place, VesselAt at, int indent, GString *inner)
{
    VesselShown shown, other;
    const VesselXmlNode *root = vessel__xml_root(xml);
    const VesselXmlNode *child = root->children;
    if (!child || root->mixed || !vessel__xml_blank(root->text)) {
        vessel__parse_problem(parse, place, at, NULL, "metadata of '%s' is no element",
                              vessel__shown(uri, shown));
        return;
    }
    for (; child; child = child->next) {
        if (g_strcmp0(child->uri, uri) != 0) {
            vessel__parse_problem(
                parse, place, at, NULL, "metadata of '%s' is an element of the namespace '%s'",
                vessel__shown(uri, shown), vessel__shown(child->uri ? child->uri : "", other));
            if (!(parse->flags & VESSEL_PARSE_STORED))
                continue;
        }
        g_autofree char *one = vessel__xml_verbatim(xml, child);
        g_string_append_printf(inner, "\n%*s%s", indent, "", one);
    }
}

/* One member of the map, which is one element or, one after the other, several. */
static void json_member(VesselParse *parse, const char *uri, const VesselJson *value,
                        const VesselPlace *place, int indent, GString *inner)
{
    VesselShown shown;
    VesselAt at = {.json = value};
    g_autofree char *wrapped = NULL;
    g_autoptr(VesselXml) xml = NULL;
    g_autoptr(VesselError) err = NULL;
    const char *text = vessel__json_string(value, NULL);

    if (!text)
        vessel__parse_problem(parse, place, at, NULL, "metadata of '%s' must be XML in a string",
                              vessel__shown(uri, shown));
    else if (open_inner(text, &wrapped, &xml, &err) != 0)
        vessel__parse_problem(
            parse, place, at, NULL, "metadata of '%s': %s", vessel__shown(uri, shown),
            vessel_error_cause(err) ? vessel_error_cause(err) : vessel_error_message(err));
    else
        add_elements(parse, uri, xml, place, at, indent, inner);
}

static void parse_opaque(VesselParse *parse, const VesselRow *row, const VesselJson *json,
                         const VesselPlace *place, char **inner)
{
    VesselAt at = {.json = json};
    g_autofree char *text = NULL;
    g_autoptr(VesselXml) xml = NULL;
    g_autoptr(VesselError) err = NULL;
    const char *found = vessel__json_string(json, NULL);

    if (!found) {
        vessel__parse_problem(parse, place, at, NULL, "%s must be XML in a string", place->name);
        return;
    }
    if (open_inner(found, &text, &xml, &err) != 0) {
        vessel__parse_problem(parse, place, at, NULL, "%s: %s", place->name,
                              vessel_error_cause(err) ? vessel_error_cause(err)
                                                      : vessel_error_message(err));
        return;
    }
    check_text(parse, vessel__xml_root(xml), place, at);
    set_inner(parse, row, place, at, g_strdup(found), inner);
}

/* Blanks before an element inside @place. */
static int indent_in(const VesselPlace *place)
{
    int indent = 0;
    for (; place; place = place->up)
        indent += 2;
    return indent;
}

void vessel__metadata_parse_json(VesselParse *parse, const VesselRow *row, const VesselJson *json,
                                 const VesselPlace *place, char **inner)
{
    VesselAt at = {.json = json};
    g_autoptr(GString) text = g_string_new(NULL);

    if (row->flags & VESSEL_ROW_OPAQUE) {
        parse_opaque(parse, row, json, place, inner);
        return;
    }
    if (vessel__json_kind(json) != VESSEL_JSON_OBJECT) {
        vessel__parse_problem(parse, place, at, NULL,
                              "metadata must be an object from namespace to XML");
        return;
    }
    int indent = indent_in(place);
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        json_member(parse, vessel__json_key_at(json, i), vessel__json_at(json, i), place, indent,
                    text);
    }
    if (text->len > 0)
        g_string_append_printf(text, "\n%*s", indent - 2, "");
    set_inner(parse, row, place, at, g_strdup(text->str), inner);
}
