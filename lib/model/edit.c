/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/edit.h"
#include "xml/read.h"

static const VesselXmlLimits limits = {.depth = 65};

static int open_inner(const char *inner, char **text, VesselXml **xml, VesselError **err)
{
    *text = g_strconcat("<metadata>", inner ? inner : "", "</metadata>", NULL);
    return vessel__xml_parse(*text, strlen(*text), &limits, "metadata", xml, err);
}

static const VesselXmlNode *child_of(const VesselXml *xml, const char *uri)
{
    for (const VesselXmlNode *child = vessel__xml_root(xml)->children; child; child = child->next) {
        if (g_strcmp0(child->uri, uri) == 0)
            return child;
    }
    return NULL;
}

int vessel__metadata_find(const char *inner, const char *uri, char **element, VesselError **err)
{
    g_autofree char *text = NULL;
    g_autoptr(VesselXml) xml = NULL;
    int code = open_inner(inner, &text, &xml, err);
    if (code)
        return code;
    const VesselXmlNode *child = child_of(xml, uri);
    if (!child)
        return 0;
    *element = vessel__xml_verbatim(xml, child);
    return 1;
}

/* ---- an element of its own namespace ---- */

static bool is_prefix(const char *prefix)
{
    if (!g_ascii_isalpha(*prefix) && *prefix != '_')
        return false;
    for (const char *p = prefix; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("_-.", *p))
            return false;
    }
    return g_ascii_strncasecmp(prefix, "xml", 3) != 0;
}

/* Copies @text up to @offset and adds @more. */
static void copy_to(GString *out, const char *text, size_t *done, size_t offset, const char *more)
{
    g_string_append_len(out, text + *done, (gssize)(offset - *done));
    g_string_append(out, more);
    *done = offset;
}

/* Gives every element beneath that has no namespace the prefix, start tag and end tag. */
static void add_prefix(GString *out, const char *text, size_t *done, const VesselXmlNode *node,
                       const char *prefix, const char *declaration)
{
    if (!node->uri && prefix) {
        copy_to(out, text, done, node->start + 1, prefix);
        g_string_append_c(out, ':');
    }
    if (declaration)
        copy_to(out, text, done, node->start + 1 + strlen(node->name), declaration);
    for (const VesselXmlNode *child = node->children; child; child = child->next)
        add_prefix(out, text, done, child, prefix, NULL);
    if (!node->uri && prefix && node->inner_end + 2 < node->end) {
        copy_to(out, text, done, node->inner_end + 2, prefix);
        g_string_append_c(out, ':');
    }
}

static char *into_namespace(const char *text, const VesselXmlNode *root, const char *uri,
                            const char *prefix)
{
    g_autofree char *escaped = g_markup_escape_text(uri, -1);
    g_autofree char *declaration =
        g_strdup_printf(" xmlns%s%s=\"%s\"", prefix ? ":" : "", prefix ? prefix : "", escaped);
    g_autoptr(GString) out = g_string_new(NULL);
    size_t done = root->start;
    add_prefix(out, text, &done, root, prefix, declaration);
    copy_to(out, text, &done, root->end, "");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static int settle_element(const char *element, const char *uri, const char *prefix, char **result,
                          VesselError **err)
{
    g_autoptr(VesselXml) xml = NULL;
    if (prefix && !is_prefix(prefix))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" is no namespace prefix",
                            prefix);
    int code = vessel__metadata_check_text(uri, "namespace", err);
    if (!code)
        code = vessel__xml_parse(element, strlen(element), &limits, "metadata", &xml, err);
    if (code)
        return code;
    const VesselXmlNode *root = vessel__xml_root(xml);
    if (!root->uri) {
        *result = into_namespace(element, root, uri, prefix);
        return VESSEL_OK;
    }
    if (!g_str_equal(root->uri, uri))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the element is in the namespace \"%s\", not in \"%s\"", root->uri,
                            uri);
    *result = vessel__xml_verbatim(xml, root);
    return VESSEL_OK;
}

int vessel__metadata_check_text(const char *text, const char *what, VesselError **err)
{
    size_t bad;
    if (vessel__xml_valid_text(text, strlen(text), &bad))
        return VESSEL_OK;
    return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                        "the %s has a character at byte %zu that XML cannot carry", what, bad);
}

/* ---- its place among the others ---- */

/* A namespace may have more than one element, and is then edited as a whole: the next one after
 * @first, or NULL. */
static const VesselXmlNode *second_of(const VesselXmlNode *first, const char *uri)
{
    const VesselXmlNode *next = first ? first->next : NULL;
    while (next && g_strcmp0(next->uri, uri) != 0)
        next = next->next;
    return next;
}

int vessel__metadata_replace(const char *inner, const char *uri, const char *prefix,
                             const char *element, char **result, VesselError **err)
{
    g_autofree char *text = NULL;
    g_autofree char *settled = NULL;
    g_autoptr(VesselXml) xml = NULL;
    int code = element ? settle_element(element, uri, prefix, &settled, err) : VESSEL_OK;
    if (!code)
        code = open_inner(inner, &text, &xml, err);
    if (code)
        return code;
    const VesselXmlNode *root = vessel__xml_root(xml), *old = child_of(xml, uri);
    const VesselXmlNode *second = second_of(old, uri);
    if (second) {
        g_autofree char *less =
            g_strdup_printf("%.*s%.*s", (int)(second->start - root->inner), text + root->inner,
                            (int)(root->inner_end - second->end), text + second->end);
        return vessel__metadata_replace(less, uri, prefix, element, result, err);
    }
    size_t from = old ? old->start : root->inner_end, to = old ? old->end : root->inner_end;
    while (!(old && settled) && from > root->inner && g_ascii_isspace(text[from - 1]))
        from--;
    g_autoptr(GString) out = g_string_new_len(text + root->inner, (gssize)(from - root->inner));
    if (settled && !old)
        g_string_append_printf(out, "\n    %s\n  ", settled);
    else if (settled)
        g_string_append(out, settled);
    if (old)
        g_string_append_len(out, text + to, (gssize)(root->inner_end - to));
    bool empty = vessel__xml_blank(out->str);
    *result = empty ? NULL : g_string_free(g_steal_pointer(&out), FALSE);
    return VESSEL_OK;
}
