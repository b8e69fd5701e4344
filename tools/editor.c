/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* $VISUAL or $EDITOR on a text: a temporary file that only its user can read. */
#define _GNU_SOURCE /* mkostemps */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* By the shell, since $EDITOR may have options; the file's name is passed as an argument. */
static int run_editor(ToolCall *call, const char *file)
{
    const char *editor = g_getenv("VISUAL");
    g_autofree char *command = NULL;
    void (*interrupt)(int), (*quit)(int);
    int status;
    pid_t child;

    if (!editor || !*editor)
        editor = g_getenv("EDITOR");
    if (!editor || !*editor)
        editor = isatty(STDIN_FILENO) ? "vi" : NULL;
    if (!editor)
        return tool_fail(call, "unsupported", NULL,
                         "set EDITOR to a program that edits by itself, or run this on a terminal",
                         "there is no terminal to edit on");
    command = g_strdup_printf("%s \"$1\"", editor);
    fflush(stdout);
    child = fork();
    if (child < 0)
        return tool_fail(call, "no-resource", NULL, NULL, "cannot run the editor: %s",
                         g_strerror(errno));
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", command, editor, file, NULL);
        _exit(127);
    }
    /* ^C is for the editor. */
    interrupt = signal(SIGINT, SIG_IGN);
    quit = signal(SIGQUIT, SIG_IGN);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    signal(SIGINT, interrupt);
    signal(SIGQUIT, quit);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TOOL_DONE;
    return tool_fail(call, "cancelled", NULL, "set EDITOR to an editor of yours",
                     "the editor '%s' failed, nothing was changed", editor);
}

static int write_text(ToolCall *call, int fd, const char *file, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t written = write(fd, text, left);

        if (written < 0 && errno != EINTR)
            return tool_fail(call, errno == ENOSPC ? "no-space" : "io", file, NULL,
                             "cannot write a temporary file: %s", g_strerror(errno));
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
    return TOOL_DONE;
}

int tool_edit(ToolCall *call, const char *suffix, char **text, bool *changed)
{
    g_autofree char *file = g_strdup_printf("%s/vesselXXXXXX%s", g_get_tmp_dir(), suffix);
    g_autofree char *edited = NULL;
    int fd = mkostemps(file, (int)strlen(suffix), O_CLOEXEC); /* 0600 */
    int status;

    if (fd < 0)
        return tool_fail(call, "io", file, NULL, "cannot make a temporary file: %s",
                         g_strerror(errno));
    status = write_text(call, fd, file, *text);
    close(fd);
    if (status == TOOL_DONE)
        status = run_editor(call, file);
    /* By name: many editors replace the file instead of writing into it. */
    if (status == TOOL_DONE && !(edited = tool_read_file(call, file)))
        status = TOOL_FAILED;
    unlink(file);
    if (status != TOOL_DONE)
        return status;
    *changed = strcmp(edited, *text) != 0;
    g_free(*text);
    *text = g_steal_pointer(&edited);
    return TOOL_DONE;
}
