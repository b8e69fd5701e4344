/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* change: a definition becomes that of a file. */
#include "tool.h"

static void print_plan(const char *plan)
{
    static const char *const titles[][2] = {{"live", "The definition in force:"},
                                            {"next", "The definition of the next start:"}};
    yajl_val all = yajl_tree_parse(plan, NULL, 0);

    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
        yajl_val changes = tool_tree_member(all, titles[i][0], yajl_t_array);

        if (!changes)
            continue;
        puts(titles[i][1]);
        if (tool_tree_length(changes) == 0)
            puts("  nothing is to be changed");
        tool_print_changes(changes);
    }
    yajl_tree_free(all);
}

int cmd_change(ToolCall *call)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    g_autoptr(VesselDomain) domain = NULL;
    g_autofree char *text = NULL;
    tool_autofree char *plan = NULL;
    VesselError *err = NULL;
    bool dry = tool_flag(call, "dry-run");
    int status = tool_affect(call, &options.flags), code;

    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    text = tool_read_file(call, tool_text(call, "file"));
    if (!text)
        return TOOL_FAILED;
    options.timeout_ms = tool_timeout(call);
    options.flags |= dry ? VESSEL_DOMAIN_CHANGE_DRY_RUN : 0;
    options.flags |= tool_flag(call, "lenient") ? VESSEL_DOMAIN_CHANGE_LENIENT : 0;
    options.plan = &plan;
    code = vessel_domain_change(domain, text, &options, &err);
    if (dry && plan && call->json && code == 0)
        puts(plan);
    else if (dry && plan && !call->json)
        print_plan(plan);
    if (code < 0)
        return tool_error(call, err);
    return dry ? TOOL_DONE : tool_domain_done(call, domain, "has been changed");
}
