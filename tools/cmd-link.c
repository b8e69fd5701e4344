/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domif-getlink and domif-setlink: the cable of an interface, read from the definition and changed
 * in it. */
#include "tool.h"

#include <libxml/parser.h>
#include <string.h>

typedef struct {
    VesselDomain *domain;
    char *text; /* as the library has it; vessel_free() */
    xmlDocPtr document;
    xmlNodePtr interface;
} Found;

static void found_clear(Found *found)
{
    vessel_domain_unref(found->domain);
    vessel_free(found->text);
    if (found->document)
        xmlFreeDoc(found->document);
}
#define found_auto __attribute__((cleanup(found_clear))) Found

static xmlNodePtr child_of(xmlNodePtr node, const char *name)
{
    for (node = node ? node->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, (const xmlChar *)name))
            return node;
    return NULL;
}

/* g_free() */
static char *attribute_of(xmlNodePtr interface, const char *child, const char *name)
{
    xmlNodePtr node = child_of(interface, child);
    xmlChar *text = node ? xmlGetProp(node, (const xmlChar *)name) : NULL;
    char *copy = g_strdup((const char *)text);

    xmlFree(text);
    return copy;
}

static bool is_mac(const char *word)
{
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? word[i] != ':' : !g_ascii_isxdigit(word[i]))
            return false;
    return word[17] == '\0';
}

static bool matches(xmlNodePtr interface, const char *word)
{
    g_autofree char *mac = attribute_of(interface, "mac", "address");
    g_autofree char *target = attribute_of(interface, "target", "dev");

    if (is_mac(word))
        return mac && g_ascii_strcasecmp(mac, word) == 0;
    return g_strcmp0(target, word) == 0;
}

/* The interface with that MAC address, or that end outside. */
static int find_interface(ToolCall *call, Found *found)
{
    const char *word = tool_text(call, "interface");
    xmlNodePtr devices = child_of(xmlDocGetRootElement(found->document), "devices");
    size_t count = 0;

    for (xmlNodePtr node = devices ? devices->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE &&
            xmlStrEqual(node->name, (const xmlChar *)"interface") && matches(node, word)) {
            found->interface = node;
            count++;
        }
    }
    if (count == 1)
        return TOOL_DONE;
    if (count > 1)
        return tool_fail(call, "invalid-argument", NULL, "name its end outside (domiflist)",
                         "Domain has multiple interfaces matching MAC address %s", word);
    return tool_fail(call, "not-found", NULL, "`domiflist` shows those that there are",
                     "interface '%s' not found", word);
}

/* Of the definition in force if it runs, or of the next start's. */
static int find(ToolCall *call, uint32_t flags, Found *found)
{
    VesselError *err = NULL;
    int status = tool_domain(call, &found->domain);

    if (status != TOOL_DONE)
        return status;
    if (tool_flag(call, "config"))
        flags |= VESSEL_DOMAIN_XML_INACTIVE;
    if (vessel_domain_xml(found->domain, flags, &found->text, &err) < 0)
        return tool_error(call, err);
    found->document = xmlReadMemory(found->text, (int)strlen(found->text), NULL, NULL,
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!found->document)
        return tool_fail(call, "corrupt", NULL, NULL, "the definition cannot be read as XML");
    return find_interface(call, found);
}

int cmd_domif_getlink(ToolCall *call)
{
    found_auto found = {0};
    int status = find(call, 0, &found);
    g_autofree char *state = NULL;

    if (status != TOOL_DONE)
        return status;
    state = attribute_of(found.interface, "link", "state");
    if (call->json) {
        yajl_gen json = tool_json_new();

        tool_json_object(json, NULL);
        tool_json_string(json, "interface", tool_text(call, "interface"));
        tool_json_string(json, "state", state ? state : "up");
        tool_json_close_object(json);
        tool_json_print(json);
    } else {
        printf("%s %s\n", tool_text(call, "interface"), state ? state : "up");
    }
    return TOOL_DONE;
}

static void print_interface(const Found *found)
{
    xmlBufferPtr buffer = xmlBufferCreate();

    xmlNodeDump(buffer, found->document, found->interface, 0, 0);
    printf("%s\n", (const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
}

static int change(ToolCall *call, const Found *found)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    VesselError *err = NULL;
    xmlChar *text = NULL;
    int size = 0, code;

    xmlDocDumpMemory(found->document, &text, &size);
    options.flags = VESSEL_DOMAIN_CHANGE_LENIENT;
    if (tool_flag(call, "config"))
        options.flags |= VESSEL_DOMAIN_AFFECT_NEXT;
    options.timeout_ms = tool_timeout(call);
    options.from = found->text;
    code = vessel_domain_change(found->domain, (const char *)text, &options, &err);
    xmlFree(text);
    if (code < 0)
        return tool_error(call, err);
    if (call->json)
        return tool_domain_done(call, found->domain, "changed");
    tool_say(call, "Device updated successfully");
    return TOOL_DONE;
}

int cmd_domif_setlink(ToolCall *call)
{
    found_auto found = {0};
    int status = find(call, VESSEL_DOMAIN_XML_SECURE, &found);
    xmlNodePtr link;

    if (status != TOOL_DONE)
        return status;
    link = child_of(found.interface, "link");
    if (!link)
        link = xmlNewChild(found.interface, NULL, (const xmlChar *)"link", NULL);
    xmlSetProp(link, (const xmlChar *)"state", (const xmlChar *)tool_text(call, "state"));
    if (!tool_flag(call, "print-xml"))
        return change(call, &found);
    print_interface(&found);
    return TOOL_DONE;
}
