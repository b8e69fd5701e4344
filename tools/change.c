/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A part of a domain's definition, changed: read, edited, and made what it is, anew if somebody
 * else was faster. */
#include "tool.h"

#include <string.h>

#define TRIES 20 /* while others change the same domain */

char *tool_definition(ToolCall *call, VesselDomain *domain, uint32_t affect)
{
    VesselError *err = NULL;
    char *text = NULL;
    uint32_t flags = VESSEL_DOMAIN_XML_SECURE | VESSEL_DOMAIN_XML_JSON;

    flags |= affect & VESSEL_DOMAIN_AFFECT_NEXT ? VESSEL_DOMAIN_XML_INACTIVE : 0;
    if (vessel_domain_xml(domain, flags, &text, &err) < 0)
        tool_error(call, err);
    return text;
}

/* It was another when the library looked: somebody else changed it in between. */
static bool is_another(ToolCall *call, VesselDomain *domain, uint32_t affect, const char *before,
                       const VesselError *err)
{
    tool_autofree char *now = NULL;

    if (vessel_error_code(err) != VESSEL_ERROR_BUSY)
        return false;
    now = tool_definition(call, domain, affect);
    return now && strcmp(now, before) != 0;
}

/* @affect: one of the two. */
static int change_one(ToolCall *call, VesselDomain *domain, uint32_t affect, ToolEdit edit,
                      bool dry)
{
    for (int i = 0;; i++) {
        VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
        tool_autofree char *before = tool_definition(call, domain, affect);
        g_autofree char *text = NULL;
        VesselError *err = NULL;
        yajl_val tree = before ? yajl_tree_parse(before, NULL, 0) : NULL;

        text = tree ? edit(call, tree) : NULL;
        yajl_tree_free(tree);
        if (!text)
            return TOOL_FAILED;
        options.timeout_ms = tool_timeout(call);
        options.from = before;
        options.flags = affect | VESSEL_DOMAIN_CHANGE_LENIENT;
        options.flags |= dry ? VESSEL_DOMAIN_CHANGE_DRY_RUN : 0;
        if (vessel_domain_change(domain, text, &options, &err) == 0)
            return TOOL_DONE;
        if (i + 1 == TRIES || !is_another(call, domain, affect, before, err))
            return tool_error(call, err);
        vessel_error_free(err);
    }
}

int tool_affected(ToolCall *call, VesselDomain *domain, uint32_t *affect)
{
    VesselError *err = NULL;
    int status = tool_affect(call, affect), state;

    if (status != TOOL_DONE || *affect)
        return status;
    state = vessel_domain_state(domain, NULL, &err);
    if (state < 0)
        return tool_error(call, err);
    *affect =
        state == VESSEL_DOMAIN_SHUT_OFF ? VESSEL_DOMAIN_AFFECT_NEXT : VESSEL_DOMAIN_AFFECT_LIVE;
    return TOOL_DONE;
}

/* Of both the one in force comes first, since its guest may say no; that the other can be changed
 * is known by then. */
int tool_change(ToolCall *call, VesselDomain *domain, ToolEdit edit)
{
    uint32_t affect;
    int status = tool_affected(call, domain, &affect);
    bool live = affect & VESSEL_DOMAIN_AFFECT_LIVE, next = affect & VESSEL_DOMAIN_AFFECT_NEXT;

    if (status == TOOL_DONE && live && next)
        status = change_one(call, domain, VESSEL_DOMAIN_AFFECT_NEXT, edit, true);
    if (status == TOOL_DONE && live)
        status = change_one(call, domain, VESSEL_DOMAIN_AFFECT_LIVE, edit, false);
    if (status == TOOL_DONE && next)
        status = change_one(call, domain, VESSEL_DOMAIN_AFFECT_NEXT, edit, false);
    if (status == TOOL_DONE && call->json)
        status = tool_domain_done(call, domain, NULL);
    return status;
}

bool tool_is_container(yajl_val definition)
{
    const char *type = tool_tree_text(definition, "type");
    return !g_strcmp0(type, "container") || !g_strcmp0(type, "lxc");
}
