/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domif-getlink and domif-setlink: the cable of an interface, which is a part of the definition. */
#include "tool.h"

#include <libxml/parser.h>
#include <string.h>

#define NOBODY SIZE_MAX

static yajl_val interfaces_of(yajl_val definition)
{
    const char *way[] = {"devices", "interface", NULL};
    return yajl_tree_get(definition, way, yajl_t_array);
}

static const char *text_of(yajl_val interface, const char *element, const char *attribute)
{
    return tool_tree_text(tool_tree_member(interface, element, yajl_t_object), attribute);
}

static bool is_mac(const char *word)
{
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? word[i] != ':' : !g_ascii_isxdigit(word[i]))
            return false;
    return word[17] == '\0';
}

static bool matches(yajl_val interface, const char *word)
{
    const char *mac = text_of(interface, "mac", "address");

    if (is_mac(word))
        return mac && !g_ascii_strcasecmp(mac, word);
    return !g_strcmp0(text_of(interface, "target", "dev"), word);
}

/* The one with that MAC address, or that end outside; NOBODY: printed why not. */
static size_t find(ToolCall *call, yajl_val definition)
{
    const char *word = tool_text(call, "interface");
    yajl_val all = interfaces_of(definition);
    size_t found = NOBODY, count = 0;

    for (size_t i = 0; i < tool_tree_length(all); i++) {
        if (!matches(YAJL_GET_ARRAY(all)->values[i], word))
            continue;
        found = i;
        count++;
    }
    if (count > 1)
        tool_fail(call, "invalid-argument", NULL, "name its end outside (domiflist)",
                  "Domain has multiple interfaces matching MAC address %s", word);
    else if (count == 0)
        tool_fail(call, "not-found", NULL, "`domiflist` shows those that there are",
                  "interface '%s' not found", word);
    return count == 1 ? found : NOBODY;
}

static void print_state(ToolCall *call, const char *state)
{
    yajl_gen json = call->json ? tool_json_new() : NULL;

    if (!json) {
        tool_line(stdout, "%s %s", tool_text(call, "interface"), state);
        return;
    }
    tool_json_object(json, NULL);
    tool_json_string(json, "interface", tool_text(call, "interface"));
    tool_json_string(json, "state", state);
    tool_json_close_object(json);
    tool_json_print(json);
}

int cmd_domif_getlink(ToolCall *call)
{
    const char *way[] = {"link", "state", NULL};
    g_autoptr(VesselDomain) domain = NULL;
    tool_autofree char *text = NULL;
    yajl_val tree;
    size_t at;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    text = tool_definition(call, domain, tool_flag(call, "config") ? VESSEL_DOMAIN_AFFECT_NEXT : 0);
    if (!text)
        return TOOL_FAILED;
    tree = yajl_tree_parse(text, NULL, 0);
    at = find(call, tree);
    if (at != NOBODY) {
        yajl_val interface = YAJL_GET_ARRAY(interfaces_of(tree))->values[at];
        bool down = YAJL_IS_FALSE(yajl_tree_get(interface, way, yajl_t_any));

        print_state(call, down ? "down" : "up");
    }
    yajl_tree_free(tree);
    return at == NOBODY ? TOOL_FAILED : TOOL_DONE;
}

/* All of them, that one's with the state that was given. */
static char *edit_link(ToolCall *call, yajl_val definition)
{
    bool up = !strcmp(tool_text(call, "state"), "up");
    yajl_val all = interfaces_of(definition);
    g_autoptr(GString) patch = g_string_new("{\"devices\":{\"interface\":[");
    size_t at = find(call, definition);

    if (at == NOBODY)
        return NULL;
    for (size_t i = 0; i < tool_tree_length(all); i++) {
        const char *change = i != at ? "{}"
                             : up    ? "{\"link\":{\"state\":true}}"
                                     : "{\"link\":{\"state\":false}}";
        g_autofree char *text = tool_merge(YAJL_GET_ARRAY(all)->values[i], change);

        g_string_append_printf(patch, "%s%s", i ? "," : "", text);
    }
    g_string_append(patch, "]}}");
    return tool_merge(definition, patch->str);
}

/* ---- --print-xml ---- */

static xmlNodePtr child_of(xmlNodePtr node, const char *name, size_t number)
{
    for (node = node ? node->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, (const xmlChar *)name) &&
            number-- == 0)
            return node;
    return NULL;
}

static void print_interface(const char *xml, size_t number)
{
    xmlDocPtr document = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
    xmlNodePtr devices = child_of(xmlDocGetRootElement(document), "devices", 0);
    xmlBufferPtr buffer = xmlBufferCreate();

    xmlNodeDump(buffer, document, child_of(devices, "interface", number), 0, 0);
    printf("%s\n", (const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    xmlFreeDoc(document);
}

static int show_edited(ToolCall *call, VesselDomain *domain)
{
    VesselDefinitionOptions options = VESSEL_DEFINITION_OPTIONS_INIT;
    tool_autofree char *text = NULL, *xml = NULL;
    g_autofree char *edited = NULL;
    VesselError *err = NULL;
    uint32_t affect;
    yajl_val tree;
    size_t at;
    int status = tool_affected(call, domain, &affect);

    if (status != TOOL_DONE)
        return status;
    text = tool_definition(call, domain, affect & VESSEL_DOMAIN_AFFECT_LIVE ? 0 : affect);
    if (!text)
        return TOOL_FAILED;
    tree = yajl_tree_parse(text, NULL, 0);
    edited = edit_link(call, tree);
    at = edited ? find(call, tree) : NOBODY;
    yajl_tree_free(tree);
    if (!edited)
        return TOOL_FAILED;
    options.flags = VESSEL_DEFINITION_LENIENT;
    if (vessel_definition_convert(edited, VESSEL_DEFINITION_XML, &options, &xml, &err) < 0)
        return tool_error(call, err);
    print_interface(xml, at);
    return TOOL_DONE;
}

int cmd_domif_setlink(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    if (tool_flag(call, "print-xml"))
        return show_edited(call, domain);
    status = tool_change(call, domain, edit_link);
    if (status == TOOL_DONE)
        tool_say(call, "Device updated successfully");
    return status;
}
