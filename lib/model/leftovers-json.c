/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What no row knows, in JSON (an element of a namespace that is known is a member of its own):
 *   "unknown": [ { "path": "os", "xml": "<loader/>" },
 *                { "path": "os/type", "attribute": "x", "value": "y" } ]
 *   "foreign": [ "<app:x xmlns:app='…'/>" ]
 * Nothing may come in here that would be written as something else than it is. */
#include "model/shape.h"

bool vessel__name_is_plain(const char *name)
{
    if (!g_ascii_isalpha(*name) && *name != '_')
        return false;
    for (; *name; name++) {
        if (!g_ascii_isalnum(*name) && !strchr("_-.", *name))
            return false;
    }
    return true;
}

/* What stands at @path, if an attribute or an element can be kept there: elements of a list have a
 * place in the list itself. */
static const VesselShape *inside(const VesselShape *shape, const char *path, bool attribute)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (char **part = *path ? parts : NULL; part && *part && shape; part++) {
        shape = vessel__shape_element(vessel__shape_inside(shape->object ? shape->object : shape),
                                      *part);
        bool list = shape && shape->variants && (!attribute || part[1]);
        if (list ||
            (shape && (shape->item || (shape->row && shape->row->kind == VESSEL_KIND_OBJECTS))))
            return NULL;
    }
    if (shape && shape->object)
        shape = shape->object->table->leftovers < 0 ? vessel__shape_inside(shape->object) : NULL;
    return shape;
}

static bool has_variant(const VesselShape *shape, const char *name)
{
    for (guint i = 0; shape->variants && shape->variants[i]; i++) {
        if (strcmp(shape->variants[i]->name, name) == 0)
            return true;
    }
    return false;
}

char *vessel__parse_json_element(const VesselJson *json, const VesselShape *known, char **name,
                                 char **uri)
{
    g_autoptr(VesselXml) xml = NULL;
    const char *text = vessel__json_string(json, NULL);
    if (!text || vessel__xml_parse(text, strlen(text), NULL, "element", &xml, NULL) != 0)
        return NULL;
    const VesselXmlNode *root = vessel__xml_root(xml);
    bool ours = g_strcmp0(root->uri, vessel__shape_uri(known)) == 0;
    if (ours && (vessel__shape_element(known, root->name) || has_variant(known, root->name)))
        return NULL;
    if (name)
        *name = root->prefix && !ours ? g_strconcat(root->prefix, ":", root->name, NULL)
                                      : g_strdup(root->name);
    if (uri)
        *uri = g_strdup(root->uri);
    return vessel__xml_verbatim(xml, root);
}

static bool has_attribute(const VesselFill *fill, const char *path, const char *name)
{
    for (guint i = 0; *fill->leftovers && i < (*fill->leftovers)->len; i++) {
        const VesselLeftover *one = (*fill->leftovers)->pdata[i];
        if (one->attribute && strcmp(one->path, path) == 0 && strcmp(one->name, name) == 0)
            return true;
    }
    return false;
}

static bool keep_unknown(VesselParse *parse, VesselFill *fill, const VesselJson *json)
{
    const char *path = vessel__json_get_string(json, "path", "");
    const char *attribute = vessel__json_get_string(json, "attribute", NULL);
    const VesselShape *shape = inside(fill->shape, path, attribute != NULL);
    VesselPlace in = {fill->leftovers_at, path, 0, false};
    const VesselPlace *place = *path ? &in : fill->leftovers_at;
    g_autofree char *name = NULL;
    VesselAt at = {.json = json};

    if (!shape)
        return false;
    if (attribute) {
        const char *value = vessel__json_get_string(json, "value", "");
        if (!vessel__name_is_plain(attribute) || vessel__shape_attribute(shape, attribute) ||
            has_attribute(fill, path, attribute) ||
            !vessel__xml_valid_text(value, strlen(value), NULL))
            return false;
        vessel__parse_leftover(parse, fill, place, at, true, attribute, NULL, value);
        return true;
    }
    g_autofree char *uri = NULL, *text = vessel__parse_json_element(vessel__json_get(json, "xml"),
                                                                    shape, &name, &uri);
    /* Directly in a document its namespace decides where an element is read to. */
    bool top = !*path && (shape->table->document || vessel__shape_is_namespace_table(shape));
    if (!text || vessel__row_has_text(shape->row) || (uri && vessel__shape_namespace(shape, uri)) ||
        (top && g_strcmp0(uri, vessel__shape_uri(shape)) != 0))
        return false;
    vessel__parse_leftover(parse, fill, place, at, false, name, NULL, text);
    return true;
}

/* *hint (g_free()) says where it goes if not here. */
static bool keep_foreign(VesselParse *parse, VesselFill *fill, const VesselJson *json, char **hint)
{
    g_autofree char *name = NULL, *uri = NULL;
    VesselAt at = {.json = json};
    g_autofree char *text = vessel__parse_json_element(json, fill->shape, &name, &uri);
    const VesselShape *known = uri ? vessel__shape_namespace(fill->shape, uri) : NULL;
    if (known)
        *hint = g_strdup_printf("elements of its namespace are members of '%s'", known->json);
    if (known || !text || !uri)
        return false;
    vessel__parse_leftover(parse, fill, fill->leftovers_at, at, false, name, uri, text);
    return true;
}

/* Whether every struct on the way to @path is there. */
static bool is_there(const VesselShape *shape, const void *object, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (char **part = *path ? parts : NULL; part && *part; part++) {
        shape = vessel__shape_element(shape, *part);
        if (!shape->object)
            continue;
        object = *(void *const *)vessel__member(object, shape->row);
        shape = vessel__shape_inside(shape->object);
        if (!object)
            return false;
    }
    return true;
}

void vessel__parse_json_settle(VesselParse *parse, VesselFill *fill)
{
    GPtrArray **leftovers = vessel__leftovers(fill->shape->table, fill->object);
    for (guint i = 0; leftovers && *leftovers && i < (*leftovers)->len;) {
        const VesselLeftover *one = (*leftovers)->pdata[i];
        if (is_there(fill->shape, fill->object, one->path)) {
            i++;
            continue;
        }
        VesselPlace place = {fill->place, one->path, 0, false};
        vessel__parse_problem(parse, &place, fill->at, NULL,
                              "something that is not known is in '%s', which is not there",
                              one->path);
        g_ptr_array_remove_index(*leftovers, i);
    }
}

bool vessel__parse_json_leftovers(VesselParse *parse, VesselFill *fill, const char *key,
                                  const VesselJson *json)
{
    bool top = !fill->place->up || fill->shape->table->document;
    bool foreign = top && strcmp(key, "foreign") == 0;
    bool lenient = parse->flags & (VESSEL_PARSE_LENIENT | VESSEL_PARSE_STORED);
    if (!fill->leftovers || (!foreign && (!lenient || strcmp(key, "unknown") != 0)))
        return false;
    for (size_t i = 0; i < vessel__json_length(json); i++) {
        const VesselJson *one = vessel__json_at(json, i);
        VesselPlace place = {fill->place, key, (guint)i + 1, false};
        VesselAt at = {.json = one};
        g_autofree char *hint = NULL;
        if (foreign ? !keep_foreign(parse, fill, one, &hint) : !keep_unknown(parse, fill, one))
            vessel__parse_problem(parse, &place, at, hint, "this cannot be kept as '%s'", key);
        else if (!foreign)
            vessel__parse_warning(parse, &place, at, NULL,
                                  "something that is not known was kept as it is");
    }
    return true;
}
