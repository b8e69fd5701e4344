/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions: define, create, undefine, dumpxml, edit, rename. */
#include "tool.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cmd_define(ToolCall *call)
{
    static const char *const exclusive[] = {"validate", "lenient", NULL};
    VesselDomainDefineOptions options = VESSEL_DOMAIN_DEFINE_OPTIONS_INIT;
    const char *file = tool_text(call, "file");
    g_autoptr(VesselDomain) domain = NULL;
    g_autofree char *text = NULL, *what = NULL;
    g_autoptr(VesselError) warnings = NULL;
    VesselError *err = NULL;
    int status = tool_exclusive(call, exclusive);

    if (status != TOOL_DONE)
        return status;
    text = tool_read_file(call, file);
    if (!text)
        return TOOL_FAILED;
    options.warnings = &warnings;
    options.timeout_ms = tool_timeout(call);
    options.flags = (tool_flag(call, "lenient") ? VESSEL_DOMAIN_DEFINE_LENIENT : 0) |
                    (tool_flag(call, "new") ? VESSEL_DOMAIN_DEFINE_NEW : 0);
    if (vessel_domain_define(call->host, text, &options, &domain, &err) < 0)
        return tool_error(call, err);
    tool_warnings(call, stderr, file, warnings);
    what = g_strdup_printf("defined from %s", file);
    return tool_domain_done(call, domain, what);
}

int cmd_undefine(ToolCall *call)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    options.timeout_ms = tool_timeout(call);
    if (vessel_domain_undefine(domain, &options, &err) < 0)
        return tool_error(call, err);
    return tool_domain_done(call, domain, "has been undefined");
}

int cmd_dumpxml(ToolCall *call)
{
    static const char *const exclusive[] = {"given", "security-info", NULL};
    static const char *const no_xpath[] = {"given", "xpath", NULL};
    const char *xpath = tool_text(call, "xpath");
    g_autoptr(VesselDomain) domain = NULL;
    tool_autofree char *text = NULL;
    VesselError *err = NULL;
    uint32_t flags = 0;
    int status = tool_exclusive(call, exclusive);

    if (status == TOOL_DONE)
        status = tool_exclusive(call, no_xpath);
    if (status == TOOL_DONE && tool_flag(call, "wrap") && !xpath)
        status = tool_usage(call, NULL, "--wrap goes with --xpath");
    if (status == TOOL_DONE && call->json && (xpath || tool_flag(call, "given")))
        status = tool_usage(call, NULL, "--json excludes --xpath and --given");
    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    flags |= tool_flag(call, "inactive") ? VESSEL_DOMAIN_XML_INACTIVE : 0;
    flags |= tool_flag(call, "security-info") ? VESSEL_DOMAIN_XML_SECURE : 0;
    flags |= tool_flag(call, "given") ? VESSEL_DOMAIN_XML_GIVEN : 0;
    flags |= call->json ? VESSEL_DOMAIN_XML_JSON : 0;
    if (vessel_domain_xml(domain, flags, &text, &err) < 0)
        return tool_error(call, err);
    if (xpath)
        return tool_print_xpath(call, text, xpath, tool_flag(call, "wrap"));
    fputs(text, stdout);
    if (!(flags & VESSEL_DOMAIN_XML_GIVEN) && !g_str_has_suffix(text, "\n"))
        putchar('\n');
    return TOOL_DONE;
}

int cmd_domrename(ToolCall *call)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    g_autoptr(VesselDomain) domain = NULL;
    VesselError *err = NULL;
    int status = tool_domain(call, &domain);

    if (status != TOOL_DONE)
        return status;
    options.timeout_ms = tool_timeout(call);
    if (vessel_domain_rename(domain, tool_text(call, "new-name"), &options, &err) < 0)
        return tool_error(call, err);
    if (call->json)
        return tool_domain_done(call, domain, NULL);
    tool_say(call, "Domain successfully renamed");
    return TOOL_DONE;
}

/* ---- edit ---- */

enum { STOP, AGAIN, AGAIN_LENIENT };

/* After an error on a terminal: what to do with the text the user wrote. */
static int ask_again(void)
{
    char answer[16];

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return STOP;
    fputs("Edit it again? [y: yes, l: define it leniently as it is, n: no] ", stderr);
    if (!fgets(answer, sizeof(answer), stdin))
        return STOP;
    return answer[0] == 'y' || answer[0] == '\n' ? AGAIN : answer[0] == 'l' ? AGAIN_LENIENT : STOP;
}

/* Somebody else may have changed it while the editor was open. */
static int check_unchanged(ToolCall *call, VesselDomain *domain, const char *before)
{
    tool_autofree char *now = NULL;
    VesselError *err = NULL;

    if (vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE | VESSEL_DOMAIN_XML_SECURE, &now,
                          &err) < 0)
        return tool_error(call, err);
    if (strcmp(now, before))
        return tool_fail(call, "busy", NULL, "edit it again to see the other change",
                         "the definition was changed by somebody else meanwhile");
    return TOOL_DONE;
}

static int define_edited(ToolCall *call, VesselDomain *domain, const char *before, const char *text,
                         uint32_t flags)
{
    VesselDomainDefineOptions options = VESSEL_DOMAIN_DEFINE_OPTIONS_INIT;
    g_autoptr(VesselDomain) defined = NULL;
    VesselError *err = NULL;
    int status = check_unchanged(call, domain, before);

    if (status != TOOL_DONE)
        return status;
    options.timeout_ms = tool_timeout(call);
    options.flags = flags;
    if (vessel_domain_define(call->host, text, &options, &defined, &err) < 0)
        return tool_error(call, err);
    return tool_domain_done(call, defined, "XML configuration edited.");
}

int cmd_edit(ToolCall *call)
{
    g_autoptr(VesselDomain) domain = NULL;
    tool_autofree char *before = NULL;
    g_autofree char *text = NULL;
    bool changed, lenient = tool_flag(call, "lenient") || tool_flag(call, "skip-validate");
    VesselError *err = NULL;
    int status = tool_domain(call, &domain), next = AGAIN;

    if (status != TOOL_DONE)
        return status;
    if (vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE | VESSEL_DOMAIN_XML_SECURE, &before,
                          &err) < 0)
        return tool_error(call, err);
    text = g_strdup(before);
    while (next != STOP) {
        if (next == AGAIN && tool_edit(call, ".xml", &text, &changed) != TOOL_DONE)
            return TOOL_FAILED;
        if (!strcmp(text, before))
            return tool_domain_done(call, domain, "XML configuration not changed.");
        lenient |= next == AGAIN_LENIENT;
        status =
            define_edited(call, domain, before, text, lenient ? VESSEL_DOMAIN_DEFINE_LENIENT : 0);
        next = status == TOOL_DONE ? STOP : ask_again();
    }
    return status;
}
