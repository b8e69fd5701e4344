/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several commands do: find a domain, read a file, pick parts of a definition. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT (8u << 20)

int tool_open(ToolCall *call)
{
    VesselError *err = NULL;

    return vessel_host_open(call->uri, NULL, &call->host, &err) < 0 ? tool_error(call, err)
                                                                    : TOOL_DONE;
}

static bool all_digits(const char *word)
{
    return *word && !word[strspn(word, "0123456789")];
}

/* As virsh: an id first, then a UUID, then a name; the error is that of the name. */
int tool_domain_find(ToolCall *call, const char *word, VesselDomain **domain)
{
    VesselError *err = NULL;

    if (all_digits(word) && strlen(word) < 10 &&
        vessel_domain_lookup_by_id(call->host, atoi(word), domain, NULL) == 0)
        return TOOL_DONE;
    if (g_uuid_string_is_valid(word) &&
        vessel_domain_lookup_by_uuid(call->host, word, domain, NULL) == 0)
        return TOOL_DONE;
    if (vessel_domain_lookup_by_name(call->host, word, domain, &err) < 0)
        return tool_error(call, err);
    return TOOL_DONE;
}

int tool_domain(ToolCall *call, VesselDomain **domain)
{
    int status = tool_domain_find(call, tool_text(call, "domain"), domain);
    tool_autofree char *name = NULL;

    if (status == TOOL_DONE && vessel_domain_name(*domain, &name, NULL) == 0)
        call->name = g_strdup(name);
    return status;
}

/* With a NUL after it; what is beyond the limit the library refuses. 0 or errno. */
static int read_all(int fd, char **text, size_t *length)
{
    size_t size = 0;

    while (*length <= FILE_LIMIT) {
        if (size - *length < 2) {
            char *more = g_try_realloc(*text, size = size ? size * 2 : 65536);

            if (!more)
                return ENOMEM;
            *text = more;
        }
        ssize_t got = read(fd, *text + *length, size - *length - 1);
        if (got < 0 && errno != EINTR)
            return errno;
        if (got == 0)
            break;
        *length += (size_t)MAX(got, 0);
    }
    (*text)[*length] = '\0';
    return 0;
}

/* NULL, with the word of an error and what is to be said, if it cannot be read. */
static char *read_text(const char *path, const char **code, char **why)
{
    bool standard = !strcmp(path, "-");
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    g_autofree char *text = NULL;
    size_t length = 0;
    int errnum = fd < 0 ? errno : read_all(fd, &text, &length);
    bool has_nul = !errnum && memchr(text, 0, length);

    if (fd >= 0 && !standard)
        close(fd);
    if (!errnum && !has_nul)
        return g_steal_pointer(&text);
    *code = has_nul            ? "invalid-definition"
            : errnum == ENOENT ? "not-found"
            : errnum == ENOMEM ? "no-resource"
                               : "io";
    *why = has_nul ? g_strdup_printf("%s has a NUL byte: it is no text", path)
                   : g_strdup_printf("cannot read %s: %s", standard ? "standard input" : path,
                                     g_strerror(errnum));
    return NULL;
}

char *tool_read_file(ToolCall *call, const char *path)
{
    const char *code = NULL;
    g_autofree char *why = NULL, *text = read_text(path, &code, &why);

    if (!text)
        tool_fail(call, code, strcmp(path, "-") ? path : NULL, NULL, "%s", why);
    call->file = path;
    return g_steal_pointer(&text);
}

char *tool_read_file_or_why(const char *path, char **error)
{
    const char *code = NULL;
    g_autofree char *why = NULL, *text = read_text(path, &code, &why);

    if (!text)
        *error = tool_fail_json(code, why, strcmp(path, "-") ? path : NULL, NULL);
    return g_steal_pointer(&text);
}

static void print_domain_json(ToolCall *call, VesselDomain *domain)
{
    g_autoptr(VesselDomainInfo) info = NULL;
    yajl_gen json = tool_json_new();

    tool_json_object(json, NULL);
    tool_json_string(json, "uuid", vessel_domain_get_uuid(domain));
    if (vessel_domain_info(domain, &info, NULL) == 0) {
        tool_json_string(json, "name", info->name);
        if (info->id >= 0)
            tool_json_int(json, "id", info->id);
        tool_json_state(json, info->state);
        tool_json_string(json, "reason", info->reason);
        tool_json_bool(json, "persistent", info->persistent);
    } else {
        /* A transient domain that has ended, or one that was undefined. */
        tool_json_string(json, "name", call->name);
        tool_json_state(json, VESSEL_DOMAIN_SHUT_OFF);
        tool_json_bool(json, "persistent", false);
    }
    tool_json_close_object(json);
    tool_json_print(json);
}

int tool_domain_done(ToolCall *call, VesselDomain *domain, const char *what)
{
    tool_autofree char *name = NULL;

    if (call->json)
        print_domain_json(call, domain);
    else if (vessel_domain_name(domain, &name, NULL) == 0)
        tool_say(call, "Domain '%s' %s", name, what);
    else
        tool_say(call, "Domain '%s' %s", call->name ? call->name : vessel_domain_get_uuid(domain),
                 what);
    return TOOL_DONE;
}

int tool_affect(ToolCall *call, uint32_t *affect)
{
    static const char *const with_live[] = {"live", "current", NULL};
    static const char *const with_config[] = {"config", "current", NULL};
    int status = tool_exclusive(call, with_live);

    if (status == TOOL_DONE)
        status = tool_exclusive(call, with_config);
    *affect = VESSEL_DOMAIN_AFFECT_CURRENT;
    if (tool_flag(call, "live"))
        *affect |= VESSEL_DOMAIN_AFFECT_LIVE;
    if (tool_flag(call, "config"))
        *affect |= VESSEL_DOMAIN_AFFECT_NEXT;
    return status;
}

/* ---- --xpath ---- */

static void print_node(xmlDocPtr document, xmlNodePtr node)
{
    xmlBufferPtr buffer = xmlBufferCreate();

    xmlNodeDump(buffer, document, node, 0, 0);
    printf("%s\n", (const char *)xmlBufferContent(buffer));
    xmlBufferFree(buffer);
}

static void print_selection(xmlDocPtr document, xmlXPathObjectPtr found, bool wrap)
{
    if (found->type != XPATH_NODESET) {
        xmlChar *text = xmlXPathCastToString(found);

        g_autofree char *shown = tool_shown((const char *)text, true);

        puts(shown);
        xmlFree(text);
        return;
    }
    if (wrap)
        printf("<nodes>\n");
    for (int i = 0; found->nodesetval && i < found->nodesetval->nodeNr; i++)
        print_node(document, found->nodesetval->nodeTab[i]);
    if (wrap)
        printf("</nodes>\n");
}

/* libxml2 would print what is wrong with an expression. */
static void say_nothing(void *data, xmlErrorPtr error)
{
    (void)data;
    (void)error;
}

bool tool_xpath_finds(const char *xml, const char *expression)
{
    xmlDocPtr document = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
                                       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlXPathContextPtr context = document ? xmlXPathNewContext(document) : NULL;
    xmlXPathObjectPtr found =
        context ? xmlXPathEvalExpression((const xmlChar *)expression, context) : NULL;
    bool any = found && xmlXPathCastToBoolean(found);

    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
    return any;
}

int tool_print_xpath(ToolCall *call, const char *xml, const char *expression, bool wrap)
{
    xmlDocPtr document = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
                                       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlXPathContextPtr context = document ? xmlXPathNewContext(document) : NULL;
    xmlXPathObjectPtr found = NULL;
    int status = TOOL_DONE;

    if (context) {
        context->error = say_nothing;
        found = xmlXPathEvalExpression((const xmlChar *)expression, context);
    }
    if (found)
        print_selection(document, found, wrap);
    else
        status = tool_usage(call, NULL, "'%s' is no XPath expression", expression);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
    return status;
}
