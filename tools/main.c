/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int run(ToolCall *call)
{
    int status;

    if (call->want_version && call->json)
        return cmd_version(call);
    if (call->want_version) {
        puts(vessel_version_string());
        return TOOL_DONE;
    }
    if (call->want_help) {
        if (call->command)
            tool_help_command(call->command);
        else
            tool_help_overview();
        return TOOL_DONE;
    }
    if (!call->command->no_host && (status = tool_open(call)) != TOOL_DONE)
        return call->command->failure ? call->command->failure : status;
    return call->command->run(call);
}

/* A descriptor of ours must not become standard input or output. */
static void open_standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    ToolCall call = {0};
    int status;

    open_standard_streams();
    status = tool_parse(&call, argc, argv);
    if (status == TOOL_DONE)
        status = tool_flush(&call, run(&call));
    else if (call.command && call.command->failure)
        status = call.command->failure;
    tool_call_clear(&call);
    return status;
}
