/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domblklist and domiflist: read from the definition. */
#include "tool.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdarg.h>
#include <string.h>

/* The definition that --inactive means, parsed. */
static int parse_definition(ToolCall *call, xmlDocPtr *document)
{
    g_autoptr(VesselDomain) domain = NULL;
    tool_autofree char *xml = NULL;
    VesselError *err = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    if (vessel_domain_xml(domain, tool_flag(call, "inactive") ? VESSEL_DOMAIN_XML_INACTIVE : 0,
                          &xml, &err) < 0)
        return tool_error(call, err);
    *document = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!*document)
        return tool_fail(call, "corrupt", NULL, NULL, "the definition cannot be read as XML");
    return TOOL_DONE;
}

/* The string value of @expression below @node, or NULL if it is empty. */
static char *value_at(xmlXPathContextPtr context, xmlNodePtr node, const char *expression)
{
    xmlXPathObjectPtr found;
    xmlChar *text;
    char *copy;

    context->node = node;
    found = xmlXPathEvalExpression((const xmlChar *)expression, context);
    text = xmlXPathCastToString(found);
    copy = text && *text ? g_strdup((const char *)text) : NULL;
    xmlFree(text);
    xmlXPathFreeObject(found);
    return copy;
}

typedef struct {
    const char *title, *key; /* in the table, in JSON */
    const char *expression;
    bool detail; /* with --details only (JSON has it always) */
} Column;

static void print_device(xmlXPathContextPtr context, xmlNodePtr node, const Column *columns,
                         yajl_gen json, GPtrArray *cells)
{
    if (json)
        tool_json_object(json, NULL);
    for (const Column *column = columns; column->title; column++) {
        g_autofree char *value = value_at(context, node, column->expression);

        if (json)
            tool_json_string(json, column->key, value);
        else
            g_ptr_array_add(cells, g_strdup(value ? value : "-"));
    }
    if (json)
        tool_json_close_object(json);
}

static void print_cells(ToolCall *call, const Column *columns, size_t count, GPtrArray *cells,
                        bool details)
{
    const char *titles[8] = {NULL};
    size_t shown = 0, first;
    ToolTable *table;

    for (size_t i = 0; i < count; i++) {
        if (details || !columns[i].detail)
            titles[shown++] = columns[i].title;
    }
    first = details ? 0 : count - shown; /* details come first */
    table = tool_table_new(titles);
    for (guint row = 0; row + count <= cells->len; row += (guint)count) {
        char **cell = (char **)&cells->pdata[row + first];

        tool_table_row(table, cell[0], cell[1], shown > 2 ? cell[2] : NULL,
                       shown > 3 ? cell[3] : NULL, shown > 4 ? cell[4] : NULL, NULL);
    }
    tool_table_print(table, call);
}

static int list_devices(ToolCall *call, const char *devices, const Column *columns, size_t count,
                        bool details)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    yajl_gen json = call->json ? tool_json_new() : NULL;
    xmlDocPtr document = NULL;
    xmlXPathContextPtr context;
    xmlXPathObjectPtr found;
    int status = parse_definition(call, &document);

    if (status != TOOL_DONE) {
        g_clear_pointer(&json, yajl_gen_free);
        return status;
    }
    context = xmlXPathNewContext(document);
    found = xmlXPathEvalExpression((const xmlChar *)devices, context);
    if (json)
        tool_json_array(json, NULL);
    for (int i = 0; found && found->nodesetval && i < found->nodesetval->nodeNr; i++)
        print_device(context, found->nodesetval->nodeTab[i], columns, json, cells);
    if (json) {
        tool_json_close_array(json);
        tool_json_print(json);
    } else {
        print_cells(call, columns, count, cells, details);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
    return TOOL_DONE;
}

int cmd_domblklist(ToolCall *call)
{
    static const Column columns[] = {
        {"Type", "type", "string(@type)", true},
        {"Device", "device", "string(@device)", true},
        {"Target", "target", "string(target/@dev)", false},
        {"Source", "source",
         "string(source/@file|source/@dev|source/@dir|source/@name|source/@volume)", false},
        {NULL, NULL, NULL, false}};

    return list_devices(call, "/domain/devices/disk", columns, G_N_ELEMENTS(columns) - 1,
                        tool_flag(call, "details"));
}

int cmd_domiflist(ToolCall *call)
{
    static const Column columns[] = {
        {"Interface", "interface", "string(target/@dev)", false},
        {"Type", "type", "string(@type)", false},
        {"Source", "source", "string(source/@network|source/@bridge|source/@dev|source/@name)",
         false},
        {"Model", "model", "string(model/@type)", false},
        {"MAC", "mac", "string(mac/@address)", false},
        {NULL, NULL, NULL, false}};

    return list_devices(call, "/domain/devices/interface", columns, G_N_ELEMENTS(columns) - 1,
                        true);
}
